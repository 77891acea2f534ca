//! London civil dates, working days of England, school terms. Time is a value: nothing here asks what time it is.
//!
//! Deadlines are civil dates in Europe/London; an instant is made of one only at the edge ([`Calendar`] methods).

mod calendar;
mod schedule;
mod words;

use crate::domain::ids::AreaName;

pub use calendar::{CalendarFile, ClosedDay, Term};
pub use schedule::{BadSchedule, Schedule};
pub use words::{long_date, short_date, time_of_day};

/// A moment, UTC. Stored as microseconds since 1970.
pub type Instant = jiff::Timestamp;
/// A civil date, meaning a day in Europe/London.
pub type Date = jiff::civil::Date;

/// Working days of England: weekends, bank holidays, council closure days, school terms. Data with a version.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Calendar {
    /// Version for the timeline: changes with the data.
    pub version: String,
    /// Days on which nobody works though they are no weekend: bank holidays and closures.
    pub closed: std::collections::BTreeSet<Date>,
    /// Those of them that are bank holidays: the only ones the law knows besides weekends.
    pub bank_holidays: std::collections::BTreeSet<Date>,
    /// The last day the table covers; beyond it only weekends are known.
    pub known_until: Date,
    /// School terms, in order, without their half-term weeks. Empty when nobody entered them.
    pub terms: Vec<Term>,
    /// Those of areas whose schools have others.
    pub area_terms: std::collections::BTreeMap<AreaName, Vec<Term>>,
}

/// The civil date in London at `instant`.
#[must_use]
pub fn london_date(instant: Instant) -> Date {
    london_clock(instant).date()
}

/// `09:12 on Thursday 26 November 2026`, as London has it.
#[must_use]
pub fn london_time_of_day(instant: Instant) -> String {
    let shown = london_clock(instant);
    format!("{:02}:{:02} on {}", shown.hour(), shown.minute(), long_date(shown.date()))
}

/// What a wall clock in London shows at `instant`.
pub(crate) fn london_clock(instant: Instant) -> jiff::civil::DateTime {
    london().to_datetime(instant)
}

fn london() -> jiff::tz::TimeZone {
    jiff::tz::TimeZone::get("Europe/London").expect("the zone is built in")
}

/// The moment at which a clock in London first shows `wall`. A time the clock jumps over in spring is the moment of the
/// jump; a time it shows twice in autumn is the first of the two.
pub(crate) fn london_instant(wall: jiff::civil::DateTime) -> Instant {
    use jiff::tz::AmbiguousOffset;
    let zone = london();
    let as_if = |offset: jiff::tz::Offset| offset.to_timestamp(wall).expect("a civil date of this programme is within range");
    match zone.to_ambiguous_timestamp(wall).offset() {
        AmbiguousOffset::Unambiguous { offset } => as_if(offset),
        AmbiguousOffset::Fold { before, .. } => as_if(before),
        AmbiguousOffset::Gap { after, .. } => {
            let before_the_jump = as_if(after);
            zone.following(before_the_jump).next().map_or(before_the_jump, |jump| jump.timestamp())
        }
    }
}
