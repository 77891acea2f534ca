//! What a move sets facts to.

use serde::{Deserialize, Serialize};

use crate::domain::ids::{AskName, FactName};
use crate::domain::workflow::lifecycle::FactValue;

/// What a fact is set to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SetTo {
    /// This value.
    Value(FactValue),
    /// The answer to this question; an unanswered question sets nothing.
    Answer(AskName),
    /// The day that answers this question, unless the fact holds a later one: what is recorded late takes nothing back.
    Later(AskName),
    /// One more than before (0 when it had none).
    Add(i64),
    /// One more when the answer is one of these, else 0; an unanswered question sets nothing.
    Streak {
        /// The question.
        answer: AskName,
        /// The answers that go on with it.
        of: Vec<FactValue>,
    },
    /// More by the working days after the day in one fact until today, or until the day in another where that is earlier; nothing while
    /// the first holds no day.
    AddWorkingDays {
        /// After this day.
        since: FactName,
        /// Until this day at the latest.
        #[serde(default)]
        until: Option<FactName>,
    },
    /// The day of the move.
    Today,
    /// No value any more.
    Nothing,
}

/// A fact set by a move.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Set {
    /// The fact.
    pub fact: FactName,
    /// To what.
    pub to: SetTo,
}
