//! London's days and moments.

use focus_family::domain::time::{Date, Schedule, london_date};
use focus_family::domain::workflow::load;
use jiff::civil::date;

use super::shipped;

#[test]
fn working_days_are_those_of_england() {
    let calendar = load(&shipped()).unwrap().calendar;
    let check =
        |from: Date, days: i32, expected: Date| assert_eq!(calendar.add_working_days(from, days), expected, "{from} {days}");
    check(date(2026, 11, 26), 0, date(2026, 11, 26));
    check(date(2026, 11, 28), 0, date(2026, 11, 30));
    check(date(2026, 11, 26), 5, date(2026, 12, 3));
    check(date(2026, 12, 24), 1, date(2026, 12, 29)); // Christmas Day, a weekend, the substitute for Boxing Day
    check(date(2022, 6, 1), 1, date(2022, 6, 6)); // Spring bank holiday moved, and the jubilee
    check(date(2022, 5, 27), 1, date(2022, 5, 30)); // so the last Monday of May was worked
    check(date(2022, 9, 16), 1, date(2022, 9, 20));
    check(date(2023, 5, 5), 1, date(2023, 5, 9));
    check(date(2020, 5, 4), 0, date(2020, 5, 4));
    check(date(2020, 5, 7), 1, date(2020, 5, 11));
    check(date(2021, 12, 24), 1, date(2021, 12, 29));
    check(date(2026, 12, 29), -1, date(2026, 12, 24));
    check(date(2026, 11, 28), -1, date(2026, 11, 27));
    check(date(2040, 1, 6), 1, date(2040, 1, 9)); // beyond the table only weekends are known
    assert_eq!(calendar.working_days_between(date(2026, 11, 26), date(2026, 12, 3)), 5);
    assert_eq!(calendar.working_days_between(date(2026, 12, 3), date(2026, 11, 26)), -5);
    assert_eq!(calendar.working_days_between(date(2026, 11, 28), date(2026, 11, 29)), 0);
    let table = (2015..=2028).map(|year| calendar.closed.iter().filter(|day| day.year() == year).count());
    assert_eq!(table.collect::<Vec<_>>(), [8, 8, 8, 8, 8, 8, 8, 10, 9, 8, 8, 8, 8, 8]);
    assert!(
        calendar.closed.iter().all(|day| !matches!(day.weekday(), jiff::civil::Weekday::Saturday | jiff::civil::Weekday::Sunday))
    );
    for day in every_day(2015, 2028) {
        for days in [-21, -1, 1, 2, 21] {
            let there = calendar.add_working_days(day, days);
            assert!(calendar.is_working_day(there));
            assert_eq!(calendar.working_days_between(day, there), days, "{day} {days}");
        }
    }
}

#[test]
fn the_table_says_when_it_ends() {
    let calendar = load(&shipped()).unwrap().calendar;
    assert_eq!(calendar.days_known_after(date(2028, 12, 1)), 30);
    assert_eq!(calendar.days_known_after(date(2029, 1, 2)), -2);
}

#[test]
fn months_are_clamped_to_their_end() {
    let calendar = load(&shipped()).unwrap().calendar;
    assert_eq!(calendar.add_months_clamped(date(2024, 2, 29), 12), date(2025, 2, 28));
    assert_eq!(calendar.add_months_clamped(date(2026, 1, 31), 1), date(2026, 2, 28));
    assert_eq!(calendar.add_months_clamped(date(2026, 8, 31), 6), date(2027, 2, 28));
    assert_eq!(calendar.add_months_clamped(date(2026, 12, 31), 2), date(2027, 2, 28));
    assert_eq!(calendar.add_months_clamped(date(2026, 3, 31), -1), date(2026, 2, 28));
}

#[test]
fn moments_of_a_day_are_those_of_a_clock_in_london() {
    let calendar = load(&shipped()).unwrap().calendar;
    let check =
        |day: Date, hour: i8, minute: i8, expected: &str| assert_eq!(calendar.at(day, hour, minute).to_string(), expected);
    check(date(2026, 11, 26), 9, 0, "2026-11-26T09:00:00Z");
    check(date(2026, 7, 1), 9, 0, "2026-07-01T08:00:00Z");
    check(date(2026, 3, 29), 1, 30, "2026-03-29T01:00:00Z"); // does not exist: the moment of the jump
    check(date(2026, 3, 29), 2, 0, "2026-03-29T01:00:00Z");
    check(date(2026, 10, 25), 1, 30, "2026-10-25T00:30:00Z"); // exists twice: the first
    assert_eq!(calendar.start_of_day(date(2026, 7, 1)).to_string(), "2026-06-30T23:00:00Z");
    for day in every_day(2024, 2035) {
        assert_eq!(london_date(calendar.start_of_day(day)), day);
        assert_eq!(london_date(calendar.at(day, 23, 59)), day);
    }
}

#[test]
fn school_days_are_told_only_where_terms_are_known() {
    let calendar = load(&shipped()).unwrap().calendar;
    assert_eq!(calendar.is_school_day(date(2026, 11, 26)), Some(true));
    assert_eq!(calendar.is_school_day(date(2026, 12, 25)), Some(false));
    assert_eq!(calendar.is_school_day(date(2026, 11, 28)), Some(false));
    assert_eq!(calendar.is_school_day(date(2014, 1, 1)), None);
    assert_eq!(calendar.is_school_day(date(2040, 1, 1)), None);
}

fn every_day(first_year: i16, last_year: i16) -> impl Iterator<Item = Date> {
    date(first_year, 1, 1).series(jiff::ToSpan::day(1)).take_while(move |day| day.year() <= last_year)
}

#[test]
fn a_daily_schedule_neither_skips_nor_doubles_a_day_whatever_the_clock_does() {
    let calendar = load(&shipped()).unwrap().calendar;
    for (text, hour, minute) in [
        ("30 1 * * *", 1, 30),
        ("0 1 * * *", 1, 0),
        ("30 7 * * *", 7, 30),
        ("0 2 * * *", 2, 0),
        ("59 23 * * *", 23, 59),
        ("0 0 * * *", 0, 0),
    ] {
        let schedule = Schedule::parse(text).unwrap();
        let mut now = calendar.at(date(2023, 12, 31), 23, 59);
        for day in every_day(2024, 2035) {
            now = schedule.next_after(now).unwrap();
            assert_eq!(now, calendar.at(day, hour, minute), "{text} on {day}");
        }
    }
}

#[test]
fn a_schedule_is_strictly_later_also_when_asked_in_the_doubled_hour() {
    let schedule = Schedule::parse("30 1 * * *").unwrap();
    let check = |after: &str, expected: &str| {
        assert_eq!(schedule.next_after(after.parse().unwrap()).unwrap().to_string(), expected, "{after}")
    };
    check("2026-10-25T00:29:59Z", "2026-10-25T00:30:00Z");
    check("2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z");
    check("2026-10-25T01:10:00Z", "2026-10-26T01:30:00Z");
    check("2026-03-29T00:59:00Z", "2026-03-29T01:00:00Z");
    check("2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z");
    let half_hours = Schedule::parse("*/30 * * * *").unwrap();
    let mut now: focus_family::domain::time::Instant = "2026-03-28T23:50:00Z".parse().unwrap();
    let mut last = now;
    for _ in 0..200 {
        now = half_hours.next_after(now).unwrap();
        assert!(now > last);
        last = now;
    }
    let digest = Schedule::parse("30 7 * * Mon-Fri").unwrap();
    assert_eq!(digest.next_after("2026-11-27T12:00:00Z".parse().unwrap()).unwrap().to_string(), "2026-11-30T07:30:00Z");
    assert_eq!(Schedule::parse("0 0 30 2 *").unwrap().next_after(now), None);
}

#[test]
fn a_schedule_that_could_be_misread_is_refused_with_what_to_write() {
    let refusal = |text: &str| Schedule::parse(text).unwrap_err().to_string();
    assert!(refusal("30 7 * * 1-5").contains("write names: Mon-Fri"));
    assert!(refusal("0 30 7 * * Mon").contains("has 6 fields; write five"));
    assert!(refusal("").contains("has 0 fields"));
    assert!(refusal("99 7 * * *").contains("is no schedule"));
    assert!(refusal("30 7 * * Mo").contains("is no schedule"));
}
