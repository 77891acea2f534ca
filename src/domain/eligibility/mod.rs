//! Nomination × rule pack × date → [`Assessment`], with its reasons. Total: it never fails, and it never decides.

mod change;
mod family;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use self::family::Family;
use crate::domain::ids::{GradeName, InterpretationName, PackName};
use crate::domain::nomination::{Nomination, Source};
use crate::domain::rules::{self, Trace, Truth};
use crate::domain::time::Date;
use crate::domain::workflow::{CriterionTest, Grade, RulePack};

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

/// Judges `nomination` by every reading of `pack`. `judged_for` is the date of receipt; it is recorded, and the caller has
/// chosen the pack by it.
///
/// What is nowhere mentioned is *not shown*. A reading is *not met* only where every theme that could still make the
/// difference was asked and answered No. A theme of standing `possible` never makes a reading met.
#[must_use]
pub fn assess(pack: &RulePack, nomination: &Nomination, judged_for: Date) -> Assessment {
    let family = Family::of(pack, nomination);
    let traces: Vec<(InterpretationName, Trace<Evidence>)> = pack
        .interpretations
        .iter()
        .map(|reading| (reading.name.clone(), rules::evaluate(&reading.condition, &|test| leaf(test, &family, nomination))))
        .collect();
    let interpretations: BTreeMap<_, _> = traces.iter().map(|(name, trace)| (name.clone(), trace.truth)).collect();
    let grade = grade_of(pack, |name| interpretations.get(name).copied());
    let titles = pack.interpretations.iter().map(|reading| reading.title.as_str());
    Assessment {
        rule_pack: pack.name.clone(),
        rule_pack_version: pack.stamp.clone(),
        judged_for,
        grade: grade.map_or_else(no_grade, |grade| grade.name.clone()),
        reasons: titles.zip(&traces).map(|(title, (_, trace))| reason(title, trace)).collect(),
        would_change: change::would_change(pack, &family, nomination),
        interpretations,
        traces,
    }
}

/// The first grade one of whose readings is met, or the last.
fn grade_of(pack: &RulePack, truth: impl Fn(&InterpretationName) -> Option<Truth>) -> Option<&Grade> {
    let met = |grade: &&Grade| grade.any_of.iter().any(|name| truth(name) == Some(Truth::Met));
    pack.grades.iter().find(met).or(pack.grades.last())
}

/// A checked pack always has a grade; one made by hand may have none.
fn no_grade() -> GradeName {
    GradeName::new("not_shown").expect("a good name")
}

fn leaf(test: &CriterionTest, family: &Family, nomination: &Nomination) -> Trace<Evidence> {
    Trace { truth: family.truth(test), says: family.says(test), evidence: family.evidence(test, nomination), parts: Vec::new() }
}

/// `two members with two themes each: met (2 members show at least 2 themes each; the rule asks for 2)`.
fn reason(title: &str, trace: &Trace<Evidence>) -> String {
    let mut leaves = Vec::new();
    collect_leaves(trace, &mut leaves);
    format!("{title}: {} ({})", trace.truth.in_words(), leaves.join("; "))
}

fn collect_leaves<'a>(trace: &'a Trace<Evidence>, leaves: &mut Vec<&'a str>) {
    if trace.parts.is_empty() {
        leaves.push(&trace.says);
    }
    for part in &trace.parts {
        collect_leaves(part, leaves);
    }
}
