//! Working days, and moments made of days.

use std::collections::BTreeMap;

use jiff::civil::Weekday;
use jiff::{Span, ToSpan};
use serde::{Deserialize, Serialize};

use super::{Calendar, Date, Instant, london_instant};
use crate::domain::ids::AreaName;

/// A day on which nobody works.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClosedDay {
    /// The day.
    pub on: Date,
    /// Why, for people: `Good Friday`.
    pub name: String,
}

/// A stretch of school days, both ends included.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Term {
    /// First day.
    pub from: Date,
    /// Last day.
    pub until: Date,
}

/// `calendar.yaml`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CalendarFile {
    /// Changes with the data: `2026.1`.
    pub version: String,
    /// The last day for which the tables below are complete.
    pub known_until: Date,
    /// Bank holidays of England and Wales.
    pub bank_holidays: Vec<ClosedDay>,
    /// Other days on which the council is closed.
    #[serde(default)]
    pub closures: Vec<ClosedDay>,
    /// School terms, in order.
    #[serde(default)]
    pub school_terms: Vec<Term>,
    /// School terms of areas that have others, by the area's name.
    #[serde(default)]
    pub area_school_terms: BTreeMap<AreaName, Vec<Term>>,
}

/// From the last day of one half of a term to the first of the other: a week with the weekends around it, and days on which schools train
/// their staff. Two weeks at Christmas and Easter are longer.
const HALF_TERM_DAYS_MAX: i32 = 13;

impl From<CalendarFile> for Calendar {
    fn from(file: CalendarFile) -> Self {
        let closed = file.bank_holidays.iter().chain(&file.closures).map(|day| day.on).collect();
        let bank_holidays = file.bank_holidays.iter().map(|day| day.on).collect();
        Calendar {
            version: file.version,
            closed,
            bank_holidays,
            known_until: file.known_until,
            terms: file.school_terms,
            area_terms: file.area_school_terms,
        }
    }
}

impl Calendar {
    /// The same calendar as the law counts: a day on which only the council is closed is a working day.
    #[must_use]
    pub fn statutory(&self) -> Calendar {
        Calendar { closed: self.bank_holidays.clone(), ..self.clone() }
    }

    /// Whether people are at their desks on `date`.
    #[must_use]
    pub fn is_working_day(&self, date: Date) -> bool {
        !matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday) && !self.closed.contains(&date)
    }

    /// `date`, or the next working day after it.
    #[must_use]
    pub fn working_day_on_or_after(&self, date: Date) -> Date {
        self.nearest_working_day(date, 1)
    }

    /// The working day `days` working days after `date`; negative goes back, 0 is `date` moved to a working day.
    #[must_use]
    pub fn add_working_days(&self, date: Date, days: i32) -> Date {
        let step = days.signum();
        let mut day = if days == 0 { self.working_day_on_or_after(date) } else { date };
        for _ in 0..days.unsigned_abs() {
            let next = moved(day, step);
            if next == day {
                break;
            }
            day = self.nearest_working_day(next, step);
        }
        day
    }

    /// Working days after `a` up to and including `b`; negative when `b` is earlier. `add_working_days(a, n)` is `n` away from `a`.
    #[must_use]
    pub fn working_days_between(&self, a: Date, b: Date) -> i32 {
        if b < a {
            // Counts what lies before `a`, so that going back is the mirror of going on.
            let mut count = 0;
            let mut day = b;
            while day < a {
                count -= i32::from(self.is_working_day(day));
                day = moved(day, 1);
            }
            return count;
        }
        let mut count = 0;
        let mut day = a;
        while day < b {
            day = moved(day, 1);
            count += i32::from(self.is_working_day(day));
        }
        count
    }

    /// The first moment of `date` in London.
    #[must_use]
    pub fn start_of_day(&self, date: Date) -> Instant {
        self.at(date, 0, 0)
    }

    /// The moment a clock in London shows `hour:minute` on `date`. Jumped over in spring: the moment of the jump. Shown twice
    /// in autumn: the first.
    ///
    /// # Panics
    /// When `hour` is over 23 or `minute` over 59.
    #[must_use]
    pub fn at(&self, date: Date, hour: i8, minute: i8) -> Instant {
        london_instant(date.at(hour, minute, 0, 0))
    }

    /// `date` some months on (or back), clamped to the end of the month: 31 January and one month is 28 or 29 February.
    #[must_use]
    pub fn add_months_clamped(&self, date: Date, months: i32) -> Date {
        let span = Span::new().try_months(months).unwrap_or_default();
        date.checked_add(span).unwrap_or(date)
    }

    /// The school terms of `area`, in order: its own, or those of everywhere else.
    #[must_use]
    pub fn terms_in(&self, area: Option<&AreaName>) -> &[Term] {
        area.and_then(|area| self.area_terms.get(area)).unwrap_or(&self.terms)
    }

    /// The same as whole terms: a half term is a week off, holidays between terms are longer.
    #[must_use]
    pub fn whole_terms_in(&self, area: Option<&AreaName>) -> Vec<Term> {
        let mut whole: Vec<Term> = Vec::new();
        for half in self.terms_in(area) {
            match whole.last_mut() {
                Some(term) if (half.from - term.until).get_days() <= HALF_TERM_DAYS_MAX => term.until = half.until,
                Some(_) | None => whole.push(half.clone()),
            }
        }
        whole
    }

    /// Whether schools are open on `date`; `None` when the table does not reach there.
    #[must_use]
    pub fn is_school_day(&self, date: Date) -> Option<bool> {
        let (first, last) = (self.terms.first()?, self.terms.last()?);
        if date < first.from || date > last.until {
            return None;
        }
        Some(self.is_working_day(date) && self.terms.iter().any(|term| (term.from..=term.until).contains(&date)))
    }

    /// Days after `today` for which the table is complete; negative when it has ended. Below 60 somebody should enter the next year.
    #[must_use]
    pub fn days_known_after(&self, today: Date) -> i32 {
        self.known_until.duration_since(today).as_hours().div_euclid(24).try_into().unwrap_or(i32::MAX)
    }

    fn nearest_working_day(&self, date: Date, step: i32) -> Date {
        let mut day = date;
        while !self.is_working_day(day) {
            let next = moved(day, step);
            if next == day {
                break;
            }
            day = next;
        }
        day
    }
}

/// The next or the last day; the ends of the calendar stay where they are.
fn moved(day: Date, step: i32) -> Date {
    day.checked_add(step.days()).unwrap_or(day)
}
