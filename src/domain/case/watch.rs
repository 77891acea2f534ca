//! The watch after the exit: whether a family stayed out of the service for 6 and for 12 months. Both lengths are of the outcome plan as published (6 months, and 12 without re-entry).

use serde::Serialize;

use crate::domain::case::Case;
use crate::domain::time::{Calendar, Date};
use crate::domain::workflow::FactValue;

/// The two looks: months after the exit, and the fact with what was recorded.
const LOOKS: [(i32, &str); 2] = [(6, "six_month_check"), (12, "twelve_month_check")];

/// What one look showed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Look {
    /// The family came back into the service before its day.
    ReEntered,
    /// It stayed out, and a person found that the progress has lasted.
    StayedOut,
    /// It stayed out, and the progress has not lasted.
    NotSustained,
    /// It stayed out as far as the program knows; a person could not find out more.
    NotKnown,
    /// Its day has come, and nobody has recorded it.
    NotRecorded,
    /// Its day has not come.
    NotYet,
}

impl Look {
    /// All of them, as they are told.
    pub const ALL: [Self; 6] =
        [Self::StayedOut, Self::ReEntered, Self::NotSustained, Self::NotKnown, Self::NotRecorded, Self::NotYet];

    /// For people.
    #[must_use]
    pub fn in_words(self) -> &'static str {
        match self {
            Self::ReEntered => "re-entered",
            Self::StayedOut => "stayed out",
            Self::NotSustained => "stayed out, not sustained",
            Self::NotKnown => "not known",
            Self::NotRecorded => "not recorded",
            Self::NotYet => "not yet",
        }
    }
}

/// The watch of one case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Watch {
    /// The day of the exit.
    pub since: Date,
    /// The day the family came back, when it did within the watch.
    pub re_entered_on: Option<Date>,
    /// After 6 months.
    pub six_months: Look,
    /// After 12 months.
    pub twelve_months: Look,
}

/// The watch of `case`; `None` when its family has not left with an exit. `nominated_again_on` is the day of another case of which a
/// person has said that it is of the same family.
#[must_use]
pub fn watch(case: &Case, nominated_again_on: &[Date], calendar: &Calendar, today: Date) -> Option<Watch> {
    let day = |fact: &str| {
        case.facts.iter().find(|(name, _)| name.as_str() == fact).and_then(|(_, value)| match value {
            FactValue::Date(day) => Some(*day),
            FactValue::YesNo(_) | FactValue::Count(_) | FactValue::Word(_) => None,
        })
    };
    let since = day("exit_confirmed_on").or_else(|| day("watch_started_on"))?;
    let end = calendar.add_months_clamped(since, LOOKS[1].0);
    let back = day("re_entered_on").into_iter().chain(nominated_again_on.iter().copied());
    let re_entered_on = back.filter(|day| (since..=end).contains(day)).min();
    let [six_months, twelve_months] = LOOKS.map(|(months, fact)| {
        let due = calendar.add_months_clamped(since, months);
        let said = case.facts.iter().find(|(name, _)| name.as_str() == fact).map(|(_, value)| value);
        match (re_entered_on, said) {
            (Some(day), _) if day <= due => Look::ReEntered,
            // Nobody can have seen by then what lasts until a day that is still to come.
            (_, Some(FactValue::Word(word))) if word == "sustained" && due > today => Look::NotYet,
            (_, Some(FactValue::Word(word))) if word == "sustained" => Look::StayedOut,
            (_, Some(FactValue::Word(word))) if word == "not_sustained" => Look::NotSustained,
            (_, Some(_)) => Look::NotKnown,
            (_, None) if due > today => Look::NotYet,
            (_, None) => Look::NotRecorded,
        }
    });
    Some(Watch { since, re_entered_on, six_months, twelve_months })
}
