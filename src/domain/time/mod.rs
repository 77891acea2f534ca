//! London civil dates, working days of England, school terms. Time is a value: nothing here asks what time it is.
//!
//! Deadlines are civil dates in Europe/London; an instant is made of one only at the edge ([`Calendar`] methods).

/// A moment, UTC. Stored as microseconds since 1970.
pub type Instant = jiff::Timestamp;
/// A civil date, meaning a day in Europe/London.
pub type Date = jiff::civil::Date;

/// Working days of England: weekends, bank holidays, council closure days, school terms. Data with a version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Calendar {
    /// Version for the timeline: changes with the data.
    pub version: String,
    /// Days on which nobody works though they are no weekend: bank holidays and closures.
    pub closed: std::collections::BTreeSet<Date>,
    /// The last day the table covers; beyond it only weekends are known.
    pub known_until: Date,
}

/// The civil date in London at `instant`.
#[must_use]
pub fn london_date(instant: Instant) -> Date {
    instant.in_tz("Europe/London").expect("the zone is built in").date()
}
