//! Meetings of an area: on which days they are held, who is asked to them, which cases stand on their agenda and what they may decide.

use jiff::civil::Weekday;
use serde::{Deserialize, Serialize};

use crate::domain::ids::{AreaName, FactName, LetterName, MoveName, RoleName, StageName, TimerName};
use crate::domain::rules::Condition;
use crate::domain::time::{Calendar, Date, time_of_day};
use crate::domain::workflow::FactTest;

/// Days looked through for the next meeting: a year.
const DAYS_AHEAD_MAX: i64 = 366;

/// A kind of meeting.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MeetingDef {
    /// Its name, in keys and file names: `allocations`.
    pub name: String,
    /// For people: `Allocations meeting`.
    pub title: String,
    /// Who is asked to it, and how much of a family they may see in what they are given.
    pub members: Vec<MemberOf>,
    /// Whoever does not see names is shown references alone of a case for which this is not met (consent, say).
    #[serde(default)]
    pub shown_if: Option<Condition<FactTest>>,
    /// Which cases stand on the agenda. The first that fits says what is asked.
    pub agenda: Vec<AgendaRule>,
    /// The fact with the day a case is listed for.
    pub listed: FactName,
    /// The letter that goes to the members.
    pub letter: LetterName,
    /// The letter that says what of the agenda has changed since; without one nobody hears of it.
    #[serde(default)]
    pub changed_letter: Option<LetterName>,
    /// The letter that says that a meeting is not held; without one nobody hears of it.
    #[serde(default)]
    pub called_off_letter: Option<LetterName>,
    /// Working days before the meeting on which it goes.
    pub sent_working_days_before: u32,
    /// How long it takes.
    pub minutes: u32,
    /// On a day on which nobody works.
    pub on_day_off: OnDayOff,
    /// The days, by area.
    pub days: Vec<MeetingDay>,
    /// What can be decided about a case, each a move of the case.
    pub outcomes: Vec<MeetingOutcome>,
}

/// A member of a meeting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MemberOf {
    /// The role.
    pub role: RoleName,
    /// How much of a family they may see.
    pub sees: Sees,
}

/// How much of a family somebody may see. Ordered: each sees what stands before it as well.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sees {
    /// References, dates and counts.
    References,
    /// Initials and themes.
    Initials,
    /// Names, ages and themes.
    Names,
}

/// Which cases stand on an agenda, and what is asked of the meeting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AgendaRule {
    /// Cases in these stages.
    #[serde(default)]
    pub stages: Vec<StageName>,
    /// Or cases of which this timer runs.
    #[serde(default)]
    pub timer: Option<TimerName>,
    /// What is asked: `a lead agency and a keyworker`.
    pub asks: String,
}

/// What becomes of a meeting on a Saturday, Sunday, bank holiday or a day the council is closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnDayOff {
    /// There is none that week.
    Skipped,
    /// It is held on the next working day.
    NextWorkingDay,
}

/// When and where an area meets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MeetingDay {
    /// The areas; every area that no other line names when there is none.
    #[serde(default)]
    pub areas: Vec<AreaName>,
    /// The day of the week.
    pub weekday: DayOfWeek,
    /// Every so many weeks, counted from `first`.
    #[serde(default = "every_week")]
    pub every_weeks: u32,
    /// A day on which there was a meeting; needed when they are not every week.
    #[serde(default)]
    pub first: Option<Date>,
    /// The time, `10:00`.
    pub at: String,
    /// The room, or the address of the call: of the council, never of a family.
    #[serde(default)]
    pub place: Option<String>,
}

fn every_week() -> u32 {
    1
}

/// A day of the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DayOfWeek {
    /// Monday.
    Monday,
    /// Tuesday.
    Tuesday,
    /// Wednesday.
    Wednesday,
    /// Thursday.
    Thursday,
    /// Friday.
    Friday,
}

impl DayOfWeek {
    fn weekday(self) -> Weekday {
        match self {
            Self::Monday => Weekday::Monday,
            Self::Tuesday => Weekday::Tuesday,
            Self::Wednesday => Weekday::Wednesday,
            Self::Thursday => Weekday::Thursday,
            Self::Friday => Weekday::Friday,
        }
    }
}

/// What a meeting may decide about a case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MeetingOutcome {
    /// As typed: `allocate`.
    pub name: String,
    /// For people.
    pub title: String,
    /// The move it is.
    #[serde(rename = "move")]
    pub records: MoveName,
}

impl MeetingDef {
    /// When and where `area` meets; none when no line is for it.
    #[must_use]
    pub fn day_of(&self, area: &AreaName) -> Option<&MeetingDay> {
        let named = self.days.iter().find(|line| line.areas.contains(area));
        named.or_else(|| self.days.iter().find(|line| line.areas.is_empty()))
    }

    /// The first meeting of `area` on `from` or later.
    #[must_use]
    pub fn next(&self, area: &AreaName, from: Date, calendar: &Calendar) -> Option<Date> {
        let line = self.day_of(area)?;
        // One that has moved to `from` was meant for a day before it.
        let days = (-7..=DAYS_AHEAD_MAX).filter_map(|ahead| from.checked_add(jiff::Span::new().days(ahead)).ok());
        days.filter(|day| line.is_meant_on(*day)).filter_map(|day| self.held_on(day, calendar)).find(|day| *day >= from)
    }

    /// The day on which the meeting meant for `day` is held, if it is.
    fn held_on(&self, day: Date, calendar: &Calendar) -> Option<Date> {
        match (calendar.is_working_day(day), self.on_day_off) {
            (true, _) => Some(day),
            (false, OnDayOff::Skipped) => None,
            (false, OnDayOff::NextWorkingDay) => Some(calendar.working_day_on_or_after(day)),
        }
    }

    /// How much somebody who holds `roles` may see; the most any of them allows.
    #[must_use]
    pub fn sees(&self, roles: &[RoleName]) -> Option<Sees> {
        self.members.iter().filter(|member| roles.contains(&member.role)).map(|member| member.sees).max()
    }

    /// The move an outcome stands for.
    #[must_use]
    pub fn outcome(&self, name: &str) -> Option<&MeetingOutcome> {
        self.outcomes.iter().find(|outcome| outcome.name == name)
    }
}

impl MeetingDay {
    fn is_meant_on(&self, day: Date) -> bool {
        if day.weekday() != self.weekday.weekday() {
            return false;
        }
        let Some(first) = self.first.filter(|_| self.every_weeks > 1) else { return true };
        let days = first.until(day).map_or(0, |span| span.get_days());
        days.rem_euclid(7 * i32::try_from(self.every_weeks).unwrap_or(1)) == 0
    }

    /// Hour and minute.
    #[must_use]
    pub fn time(&self) -> Option<(i8, i8)> {
        time_of_day(&self.at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::{CalendarFile, ClosedDay};

    fn meeting(day: &str, on_day_off: OnDayOff) -> MeetingDef {
        let day: MeetingDay = serde_json::from_str(day).expect("a day of the week");
        MeetingDef {
            shown_if: None,
            name: "allocations".to_owned(),
            title: "Allocations meeting".to_owned(),
            members: Vec::new(),
            agenda: Vec::new(),
            listed: FactName::new("meeting_on").expect("a name"),
            letter: LetterName::new("meeting_agenda").expect("a name"),
            changed_letter: None,
            called_off_letter: None,
            sent_working_days_before: 3,
            minutes: 120,
            on_day_off,
            days: vec![day],
            outcomes: Vec::new(),
        }
    }

    fn check(day: &str, on_day_off: OnDayOff, from: &str, expected: &[&str]) {
        let closed = |on: &str| ClosedDay { on: on.parse().expect("a day"), name: "Closed".to_owned() };
        let file = CalendarFile {
            version: "1".to_owned(),
            known_until: "2027-12-31".parse().expect("a day"),
            bank_holidays: vec![closed("2026-12-25"), closed("2026-12-28"), closed("2027-01-01")],
            closures: Vec::new(),
            school_terms: Vec::new(),
            area_school_terms: std::collections::BTreeMap::new(),
        };
        let (meeting, calendar) = (meeting(day, on_day_off), Calendar::from(file));
        let area = AreaName::new("copeland").expect("a name");
        let mut from: Date = from.parse().expect("a day");
        for expected in expected {
            let next = meeting.next(&area, from, &calendar).expect("a meeting");
            assert_eq!(next.to_string(), *expected, "{day} from {from}");
            from = next.tomorrow().expect("a day");
        }
    }

    #[test]
    fn an_area_meets_on_its_day_and_never_on_a_bank_holiday() {
        let fridays = r#"{"weekday": "friday", "at": "10:00"}"#;
        check(fridays, OnDayOff::Skipped, "2026-12-18", &["2026-12-18", "2027-01-08"]);
        check(fridays, OnDayOff::NextWorkingDay, "2026-12-19", &["2026-12-29", "2027-01-04", "2027-01-08"]);
        let fortnightly = r#"{"weekday": "thursday", "at": "9.30", "every_weeks": 2, "first": "2026-11-05"}"#;
        check(fortnightly, OnDayOff::Skipped, "2026-11-06", &["2026-11-19", "2026-12-03"]);
        check(fortnightly, OnDayOff::Skipped, "2026-10-01", &["2026-10-08", "2026-10-22"]);
    }
}
