//! Nomination × rule pack × date → [`Assessment`], with its reasons. Total: it never fails, and it never decides.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::domain::ids::{GradeName, InterpretationName, PackName};
use crate::domain::nomination::Source;
use crate::domain::rules::{Trace, Truth};
use crate::domain::time::Date;

/// What a leaf of the explanation rests on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// Index into `Nomination::members`; `None` when it is of nobody in particular.
    pub member: Option<usize>,
    /// Theme key, where it is about one.
    pub theme: Option<String>,
    /// Where it stands.
    pub sources: Vec<Source>,
}

/// The result of judging: every named reading of the published criteria, and one grade.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Assessment {
    /// Which pack judged, for ever.
    pub rule_pack: PackName,
    /// Its version: the file's own number and a digest of its text.
    pub rule_pack_version: String,
    /// The day that counted (the date of receipt).
    pub judged_for: Date,
    /// Every interpretation of the pack.
    pub interpretations: BTreeMap<InterpretationName, Truth>,
    /// The grade. None is a refusal.
    pub grade: GradeName,
    /// One trace an interpretation, same keys, in the pack's order.
    pub traces: Vec<(InterpretationName, Trace<Evidence>)>,
    /// Plain sentences without names: `2 members each show at least two themes; the rule asks for 2`.
    pub reasons: Vec<String>,
    /// The smallest single pieces of evidence that would change the grade, in plain words without names (`member 2`).
    pub would_change: Vec<String>,
}
