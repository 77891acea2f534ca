//! Recurring times of day for digests and housekeeping, as five cron fields, on London's wall clock.
//!
//! The `cron` crate works out the wall-clock times, in a zone without summer time; each is made a moment once. So no night
//! with a change of the clock skips a day or does one twice. Case deadlines never come from here.

use chrono::{Datelike, TimeZone, Timelike, Utc};
use jiff::civil::DateTime;

use super::{Instant, london_clock, london_instant};

/// `minute hour day-of-month month day-of-week`, where days of the week are names: `30 7 * * Mon-Fri`.
/// Day of the month and day of the week must both fit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule(cron::Schedule);

/// Why a text is no schedule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadSchedule {
    /// Not five fields.
    #[error("`{text}` has {fields} fields; write five: minute, hour, day of the month, month, day of the week")]
    Fields {
        /// The text.
        text: String,
        /// How many it has.
        fields: usize,
    },
    /// A day of the week as a number: tools disagree on which day 1 is.
    #[error("`{text}` numbers the days of the week, and tools disagree on which day 1 is; write names: Mon-Fri")]
    NumericWeekday {
        /// The text.
        text: String,
    },
    /// The crate does not read it.
    #[error("`{text}` is no schedule: {reason}")]
    Unreadable {
        /// The text.
        text: String,
        /// What the reader of cron expressions says.
        reason: String,
    },
}

impl Schedule {
    /// Reads five cron fields.
    ///
    /// # Errors
    /// [`BadSchedule`], with what to write instead.
    pub fn parse(text: &str) -> Result<Self, BadSchedule> {
        let fields: Vec<&str> = text.split_whitespace().collect();
        let [_, _, _, _, weekday] = fields[..] else {
            return Err(BadSchedule::Fields { text: text.to_owned(), fields: fields.len() });
        };
        if weekday.contains(|c: char| c.is_ascii_digit()) {
            return Err(BadSchedule::NumericWeekday { text: text.to_owned() });
        }
        let with_seconds = format!("0 {}", fields.join(" "));
        with_seconds
            .parse()
            .map(Self)
            .map_err(|error: cron::error::Error| BadSchedule::Unreadable { text: text.to_owned(), reason: error.to_string() })
    }

    /// The first moment strictly after `after`; `None` when there is none within the years the reader knows (to 2100).
    #[must_use]
    pub fn next_after(&self, after: Instant) -> Option<Instant> {
        // Two wall-clock times before a jump can be the same moment, and an hour shown twice puts the clock back: start
        // a little earlier and take the first moment that is really later.
        let wall = london_clock(after).checked_sub(jiff::ToSpan::hours(2)).ok()?;
        self.0.after(&as_utc(wall)?).filter_map(|next| from_utc(&next)).map(london_instant).find(|moment| *moment > after)
    }
}

fn as_utc(wall: DateTime) -> Option<chrono::DateTime<Utc>> {
    let (month, day) = (u32::try_from(wall.month()).ok()?, u32::try_from(wall.day()).ok()?);
    let (hour, minute, second) =
        (u32::try_from(wall.hour()).ok()?, u32::try_from(wall.minute()).ok()?, u32::try_from(wall.second()).ok()?);
    Utc.with_ymd_and_hms(i32::from(wall.year()), month, day, hour, minute, second).single()
}

fn from_utc(next: &chrono::DateTime<Utc>) -> Option<DateTime> {
    let small = |value: u32| i8::try_from(value).ok();
    DateTime::new(
        i16::try_from(next.year()).ok()?,
        small(next.month())?,
        small(next.day())?,
        small(next.hour())?,
        small(next.minute())?,
        small(next.second())?,
        0,
    )
    .ok()
}
