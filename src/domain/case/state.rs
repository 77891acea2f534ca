//! What a case is now: the fold of its events. Stored sealed beside them, so that a decision reads one row.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::domain::case::draft::Draft;
use crate::domain::case::event::{Contact, Verdict};
use crate::domain::case::family::Family;
use crate::domain::ids::{AreaName, CaseReference, FactName, MailId, RoleName, StageName, TimerName};
use crate::domain::personal::{Personal, Written};
use crate::domain::time::{Date, Instant};
use crate::domain::workflow::FactValue;

/// Somebody holding a role of this case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// Who.
    pub contact: Contact,
    /// Since.
    pub since: Date,
}

/// A timer that runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArmedTimer {
    /// Which.
    pub timer: TimerName,
    /// Counts up with every arming.
    pub arming: u32,
    /// The next rung, from 0.
    pub rung: u32,
    /// Its name: in another ladder it is found by it. None when it was armed by a program that kept none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The day counted from.
    pub anchor: Date,
    /// The day it is due.
    pub due_on: Date,
    /// The instant it is due.
    pub due_at: Instant,
}

/// A case as it stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Case {
    /// Its reference.
    pub reference: CaseReference,
    /// The version of the life-cycle it is pinned to.
    pub lifecycle_version: String,
    /// How many events made it.
    pub version: u64,
    /// Where it is.
    pub stage: StageName,
    /// Since.
    pub stage_entered_on: Date,
    /// When it began.
    pub opened_on: Date,
    /// Its area, once known.
    pub area: Option<AreaName>,
    /// What the automatic check came to.
    pub verdict: Verdict,
    /// Facts.
    pub facts: BTreeMap<FactName, FactValue>,
    /// Facts whose present value a person has recorded.
    #[serde(default)]
    pub settled: BTreeSet<FactName>,
    /// What was missing when it was opened and has not come since.
    pub missing: Vec<String>,
    /// Who holds roles of this case.
    pub holders: BTreeMap<RoleName, Holder>,
    /// Addresses of those who held a role of this case before, small: an address of the family stays one.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub former: BTreeMap<RoleName, BTreeSet<Personal<String>>>,
    /// Running timers, at most one arming each.
    pub timers: BTreeMap<TimerName, ArmedTimer>,
    /// Timers whose ladder has run out, with the day it was counted from: they run again only from another day.
    #[serde(default)]
    pub finished: BTreeMap<TimerName, Date>,
    /// Highest arming used, by timer.
    pub armings: BTreeMap<TimerName, u32>,
    /// Mails of the case, oldest first.
    pub mails: Vec<MailId>,
    /// The day a person last did something.
    pub last_activity_on: Date,
    /// The sender of the nomination is proven.
    pub sender_proven: bool,
    /// Counts for letters.
    pub counts: BTreeMap<String, u32>,
    /// The nomination and assessment as stored JSON.
    pub nomination: Personal<Written>,
    /// Members, needs, progress, the plan.
    #[serde(default)]
    pub family: Family,
    /// Answers by mail that wait for a person, oldest first.
    #[serde(default)]
    pub drafts: Vec<Draft>,
    /// How many there ever were.
    #[serde(default)]
    pub drafts_received: u32,
}

/// What a case knows of itself and keeps among its facts, so that guards can test it. No mail sets these.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Known {
    /// `area_known`: yes or no.
    AreaKnown,
    /// `sender_proven`: yes or no; a person may say so too.
    SenderProven,
    /// `missing_items`: how many things are still missing from the nomination.
    MissingItems,
    /// `needs_recorded`: how many needs of members are recorded. This and those below: once the family is known.
    NeedsRecorded,
    /// `needs_open`: how many of them, and of the nomination's themes not yet looked into, are neither met nor waived.
    NeedsOpen,
    /// `needs_worse`: how many open needs are worse than they were.
    NeedsWorse,
    /// `needs_without_action`: how many open needs no open action serves.
    NeedsWithoutAction,
    /// `actions_incomplete`: how many open actions have nobody to do them, or no day.
    ActionsIncomplete,
    /// `next_action_on`: the earliest day an open action is due.
    NextActionOn,
    /// `plan_version`: how often the plan was agreed.
    PlanVersion,
    /// `checks_asked`: how many agencies were asked what they know.
    ChecksAsked,
    /// `checks_open`: how many of them have not answered.
    ChecksOpen,
    /// `checks_due_on`: the earliest day an answer is due.
    ChecksDueOn,
    /// `match_possible`: another case may be of the same family, and nobody has said. This and those below: once there is such a case.
    MatchPossible,
    /// `match_asked_on`: since when the oldest such question waits.
    MatchAskedOn,
    /// `known_family`: the most that is known of any other case, a word of its standings.
    KnownFamily,
}

impl Known {
    /// The name of the fact.
    #[must_use]
    pub fn name(self) -> FactName {
        let name = match self {
            Self::AreaKnown => "area_known",
            Self::SenderProven => "sender_proven",
            Self::MissingItems => "missing_items",
            Self::NeedsRecorded => "needs_recorded",
            Self::NeedsOpen => "needs_open",
            Self::NeedsWorse => "needs_worse",
            Self::NeedsWithoutAction => "needs_without_action",
            Self::ActionsIncomplete => "actions_incomplete",
            Self::NextActionOn => "next_action_on",
            Self::PlanVersion => "plan_version",
            Self::ChecksAsked => "checks_asked",
            Self::ChecksOpen => "checks_open",
            Self::ChecksDueOn => "checks_due_on",
            Self::MatchPossible => "match_possible",
            Self::MatchAskedOn => "match_asked_on",
            Self::KnownFamily => "known_family",
        };
        FactName::new(name).expect("a fixed name is a name")
    }
    /// Which of these `fact` is, if any.
    #[must_use]
    pub fn of(fact: &FactName) -> Option<Self> {
        match fact.as_str() {
            "area_known" => Some(Self::AreaKnown),
            "sender_proven" => Some(Self::SenderProven),
            "missing_items" => Some(Self::MissingItems),
            "needs_recorded" => Some(Self::NeedsRecorded),
            "needs_open" => Some(Self::NeedsOpen),
            "needs_worse" => Some(Self::NeedsWorse),
            "needs_without_action" => Some(Self::NeedsWithoutAction),
            "actions_incomplete" => Some(Self::ActionsIncomplete),
            "next_action_on" => Some(Self::NextActionOn),
            "plan_version" => Some(Self::PlanVersion),
            "checks_asked" => Some(Self::ChecksAsked),
            "checks_open" => Some(Self::ChecksOpen),
            "checks_due_on" => Some(Self::ChecksDueOn),
            "match_possible" => Some(Self::MatchPossible),
            "match_asked_on" => Some(Self::MatchAskedOn),
            "known_family" => Some(Self::KnownFamily),
            _ => None,
        }
    }
}
