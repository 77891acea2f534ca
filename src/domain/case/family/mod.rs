//! The family of a case: its members, their needs and progress, the evidence for each, and the one plan.
//!
//! A fold of [`FamilyChange`]s, as the case is one of events. Which indicators there are is the outcome plan's (`outcomes.yaml`);
//! what was judged by it is stored with the judgement. Start at `judge` for what may be recorded and [`Matrix`] for reading.

mod against;
mod apply;
mod change;
mod checks;
mod judge;
mod matrix;
mod members;
mod plan;
mod progress;
mod ties;

pub use against::changes_by_plan;
pub use change::{Evidence, FamilyChange, Person, Progress};
pub use checks::{Check, CheckAnswer, Checks, Excluded, agencies_with};
pub use ties::{Alike, Standing, Tie};

pub use matrix::{Matrix, MatrixCell, exit_closed_because, matrix};

pub(super) use apply::apply;
pub(super) use judge::{Given, judge};
pub(super) use members::identified;
pub(super) use ties::proposed;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::domain::ids::{ActionKey, AgencyName, CaseReference, CriterionName, IndicatorName, MemberKey, ThemeKey};
use crate::domain::personal::Personal;
use crate::domain::time::Date;

/// The family as it stands.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Family {
    /// Members in the order they were named; nobody is ever taken away.
    pub members: Vec<FamilyMember>,
    /// Themes the nomination shows.
    pub themes: Vec<ThemeSeen>,
    /// Needs, in the order they were found.
    pub cells: Vec<Cell>,
    /// Everything said about a need, in the order it was recorded. Only ever longer.
    pub ledger: Vec<LedgerLine>,
    /// Actions of the plan, in the order they were agreed.
    pub actions: Vec<Action>,
    /// How often the plan was agreed with the family.
    pub plan_version: u32,
    /// When it last was.
    pub plan_agreed_on: Option<Date>,
    /// Other cases that are, or may be, of the same family.
    #[serde(default)]
    pub ties: BTreeMap<CaseReference, Tie>,
    /// What other agencies were asked, and said.
    #[serde(default)]
    pub checks: Checks,
    /// Agencies the family does not want told, as people have recorded.
    #[serde(default)]
    pub excluded: BTreeSet<AgencyName>,
    /// Of whom people have said whether the family keeps them out, by address.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub kept_out: Vec<KeptOutSaid>,
}

/// Whether the family keeps somebody out, as a person who knows has recorded.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct KeptOutSaid {
    /// Their address, lower case.
    pub address: Personal<String>,
    /// They get no letter of the case; otherwise somebody else was meant.
    pub kept_out: bool,
}

/// A member.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FamilyMember {
    /// `m2`.
    pub key: MemberKey,
    /// Who.
    pub person: Person,
    /// Since when the case knows them: what is frozen was so on this day.
    pub identified_on: Date,
    /// Since when they live elsewhere.
    pub left_on: Option<Date>,
}

/// A theme somebody saw before anybody named a need.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ThemeSeen {
    /// Of whom; `None` when the form does not say.
    pub member: Option<MemberKey>,
    /// Which.
    pub theme: ThemeKey,
    /// A person looked, and it is no need.
    pub ruled_out: bool,
}

/// Where a need stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CellState {
    /// It is there, nothing has changed.
    Need,
    /// Better, not yet enough.
    Some,
    /// What the plan calls significant.
    Significant,
    /// And it has lasted.
    Sustained,
    /// Worse than it was.
    Worse,
    /// A named person waived it, with a reason.
    Waived,
}

/// One need of one member.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Cell {
    /// Whose.
    pub member: MemberKey,
    /// Which.
    pub indicator: IndicatorName,
    /// The theme of the indicator when it was recorded.
    pub theme: ThemeKey,
    /// Where it stands.
    pub state: CellState,
    /// Judged to be enough for the exit, by the plan then in force or by a named person.
    pub met: bool,
    /// A named person decided it, where the plan leaves it open or by equal progress.
    pub decided: bool,
    /// The day it was found.
    pub found_on: Date,
    /// The day of the present state.
    pub state_on: Date,
    /// Since when progress is significant without a step back.
    pub held_since: Option<Date>,
    /// What has been shown since the last step back.
    pub shown: BTreeSet<CriterionName>,
}

/// One line of the ledger.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LedgerLine {
    /// Whose need.
    pub member: MemberKey,
    /// Which.
    pub indicator: IndicatorName,
    /// What it came to.
    pub state: CellState,
    /// What it shows.
    pub criteria: BTreeSet<CriterionName>,
    /// Who said what, when, where it stands.
    pub evidence: Evidence,
    /// The day it was recorded.
    pub on: Date,
    /// Version of the outcome plan that judged it.
    pub plan: String,
}

/// An action of the plan: need → action → who → by when → outcome.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Action {
    /// `a3`.
    pub key: ActionKey,
    /// The need it serves, when it serves one in particular.
    pub of: Option<(MemberKey, IndicatorName)>,
    /// What is to be done.
    pub what: Personal<String>,
    /// Who does it; `None` is a gap that is shown.
    pub who: Option<Personal<String>>,
    /// By when; `None` is a gap that is shown.
    pub due_on: Option<Date>,
    /// The day it was agreed.
    pub agreed_on: Date,
    /// The version of the plan it came in with.
    pub since_version: u32,
    /// When and how it ended.
    pub ended: Option<ActionEnd>,
}

/// How an action ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ActionEnd {
    /// When.
    pub on: Date,
    /// It was done; otherwise it was dropped.
    pub done: bool,
    /// What came of it.
    pub outcome: Option<Personal<String>>,
}

impl Family {
    /// The member with this key.
    #[must_use]
    pub fn member(&self, key: &MemberKey) -> Option<&FamilyMember> {
        self.members.iter().find(|member| member.key == *key)
    }
    /// The need of a member under an indicator.
    #[must_use]
    pub fn cell(&self, member: &MemberKey, indicator: &IndicatorName) -> Option<&Cell> {
        self.cells.iter().find(|cell| cell.member == *member && cell.indicator == *indicator)
    }
    /// The action with this key.
    #[must_use]
    pub fn action(&self, key: &ActionKey) -> Option<&Action> {
        self.actions.iter().find(|action| action.key == *key)
    }
    /// Actions that are not over.
    pub fn open_actions(&self) -> impl Iterator<Item = &Action> {
        self.actions.iter().filter(|action| action.ended.is_none())
    }
    /// Needs that are neither met nor waived. Also those of somebody who counted when they were found and does not any more: a need does
    /// not end by taking its member out of the count, a named person waives it and says why.
    pub fn open_cells(&self) -> impl Iterator<Item = &Cell> {
        self.cells.iter().filter(|cell| cell.is_open())
    }
    /// Themes of the nomination of which nobody has said yet whether they are a need.
    pub fn open_themes(&self) -> impl Iterator<Item = &ThemeSeen> {
        self.themes.iter().filter(|seen| {
            let of = |cell: &&Cell| cell.theme == seen.theme && seen.member.as_ref().is_none_or(|key| cell.member == *key);
            !seen.ruled_out && !self.cells.iter().any(|cell| of(&cell))
        })
    }
    /// Open needs without an open action.
    pub fn cells_without_action(&self) -> impl Iterator<Item = &Cell> {
        self.open_cells().filter(|cell| {
            let serves = |action: &Action| {
                action.of.as_ref().is_some_and(|(member, indicator)| *member == cell.member && *indicator == cell.indicator)
            };
            !self.open_actions().any(serves)
        })
    }
}

impl Cell {
    /// Neither met nor waived.
    #[must_use]
    pub fn is_open(&self) -> bool {
        !self.met && self.state != CellState::Waived
    }
}

impl CellState {
    /// For people: `significant progress`.
    #[must_use]
    pub fn in_words(self) -> &'static str {
        match self {
            CellState::Need => "need",
            CellState::Some => "some progress",
            CellState::Significant => "significant progress",
            CellState::Sustained => "sustained progress",
            CellState::Worse => "worse",
            CellState::Waived => "waived",
        }
    }
}
