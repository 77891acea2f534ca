//! Dates as people write them. The program speaks English wherever the machine stands.

use jiff::civil::Weekday;

use super::Date;

const MONTHS: [&str; 12] =
    ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];

/// `Thursday 26 November 2026`.
#[must_use]
pub fn long_date(date: Date) -> String {
    let weekday = match date.weekday() {
        Weekday::Monday => "Monday",
        Weekday::Tuesday => "Tuesday",
        Weekday::Wednesday => "Wednesday",
        Weekday::Thursday => "Thursday",
        Weekday::Friday => "Friday",
        Weekday::Saturday => "Saturday",
        Weekday::Sunday => "Sunday",
    };
    format!("{weekday} {} {}", short_date(date), date.year())
}

/// Hour and minute of `14:30`, `9.30`, `9:30 am`, `2pm`.
#[must_use]
pub fn time_of_day(text: &str) -> Option<(i8, i8)> {
    let lower: String = text.trim().to_lowercase().chars().filter(|c| !c.is_whitespace()).collect();
    let (digits, afternoon) = match (lower.strip_suffix("am"), lower.strip_suffix("pm")) {
        (Some(morning), _) => (morning, Some(false)),
        (_, Some(afternoon)) => (afternoon, Some(true)),
        (None, None) => (lower.as_str(), None),
    };
    let (hour, minute) = match digits.split_once([':', '.']) {
        Some((hour, minute)) if minute.len() == 2 => (hour, minute),
        Some(_) => return None,
        // A bare number is an hour only with a half of the day behind it.
        None if afternoon.is_some() => (digits, "00"),
        None => return None,
    };
    let number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse::<i8>().ok()).flatten();
    let (hour, minute) = (number(hour)?, number(minute)?);
    let hour = match (afternoon, hour) {
        (None, 0..=23) => hour,
        (Some(afternoon), 1..=12) => hour % 12 + if afternoon { 12 } else { 0 },
        (Some(_) | None, _) => return None,
    };
    (0..=59).contains(&minute).then_some((hour, minute))
}

/// `26 November`.
#[must_use]
pub fn short_date(date: Date) -> String {
    format!("{} {}", date.day(), MONTHS[usize::from(date.month().unsigned_abs()) - 1])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_written_as_people_write_them() {
        assert_eq!(long_date(jiff::civil::date(2026, 11, 26)), "Thursday 26 November 2026");
        assert_eq!(short_date(jiff::civil::date(2024, 2, 29)), "29 February");
    }
}
