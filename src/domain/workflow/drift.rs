//! Signs of drift as data: facts that show a case standing still, each in plain words and with the day it counts from.

use serde::{Deserialize, Serialize};

use crate::domain::ids::{FactName, StageName};
use crate::domain::rules::Condition;
use crate::domain::workflow::lifecycle::FactTest;

/// One sign.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DriftSign {
    /// Its name; stands beside the sentence as its source.
    pub name: FactName,
    /// In plain words, without personal data.
    pub says: String,
    /// In these stages; empty means in every open stage.
    #[serde(default)]
    pub stages: Vec<StageName>,
    /// Shown while this is met.
    pub when: Condition<FactTest>,
    /// The day in this fact is when it began; the day the stage was entered when absent or without a value.
    #[serde(default)]
    pub since: Option<FactName>,
    /// The fact that stands for `since` while that has no value.
    #[serde(default)]
    pub or_since: Option<FactName>,
    /// The count in this fact is told behind the sentence: `the next review was moved: 3 times`.
    #[serde(default)]
    pub times: Option<FactName>,
    /// Shown only once so many working days have passed since that day, and told with the largest of these that have.
    #[serde(default)]
    pub working_days: Vec<u32>,
}
