//! What happened. Every event ever stored has a fixture under `tests/histories` that still replays.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::domain::case::draft::Draft;
use crate::domain::case::family::FamilyChange;
use crate::domain::ids::{
    AreaName, AskName, CaseReference, FactName, GradeName, InterpretationName, LetterName, MailId, MoveName, PackName, RoleName,
    StageName, TimerName,
};
use crate::domain::personal::{Personal, Written};
use crate::domain::rules::Truth;
use crate::domain::time::{Date, Instant};
use crate::domain::workflow::FactValue;

/// Who did it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Actor {
    /// A named person, in a role.
    Person {
        /// The person's name.
        name: Personal<String>,
        /// The person's address, lower case.
        address: Personal<String>,
        /// The role used.
        role: RoleName,
    },
    /// The programme's own rules.
    Programme,
}

/// A person outside the settings: a referrer, a keyworker, a lead agency's contact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    /// Name.
    pub name: Personal<String>,
    /// Mail address, lower case.
    pub address: Personal<String>,
    /// Agency, if known.
    pub organisation: Option<Personal<String>>,
}

/// What the automatic check came to, kept for ever with the version of the rules.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Verdict {
    /// The grade.
    pub grade: GradeName,
    /// Which pack.
    pub rule_pack: PackName,
    /// Its version.
    pub rule_pack_version: String,
    /// Every named reading.
    pub interpretations: BTreeMap<InterpretationName, Truth>,
}

/// A case begins.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Opened {
    /// Its reference.
    pub reference: CaseReference,
    /// The version of the life-cycle it is pinned to.
    pub lifecycle_version: String,
    /// The mail that caused it.
    pub mail: MailId,
    /// Its area; `None` waits for a person to say.
    pub area: Option<AreaName>,
    /// The day the mail was received.
    pub received_on: Date,
    /// What the automatic check came to.
    pub verdict: Verdict,
    /// Facts shown by the nomination: `consent`, `assessment`, counts.
    pub facts: BTreeMap<FactName, FactValue>,
    /// What is missing, names of the published answer.
    pub missing: Vec<String>,
    /// First holders of roles of the case: the referrer.
    pub holders: BTreeMap<RoleName, Contact>,
    /// The nomination and the whole assessment as stored JSON, for people and for audit.
    #[serde(deserialize_with = "crate::domain::personal::written_inside")]
    pub nomination: Personal<Written>,
    /// The sender is proven: only then does anything but the bare receipt go out.
    pub sender_proven: bool,
    /// How many members the nomination names, and how many themes stand in which standing, for letters.
    pub counts: BTreeMap<String, u32>,
}

/// An answer given to a question of a move.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AnswerGiven {
    /// A value a fact could hold.
    Value(FactValue),
    /// Free words.
    Words(Personal<String>),
    /// A person.
    Person(Contact),
}

/// What happened. Names are past; the serialised tag is the kind in the store.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// The case began.
    Opened(Box<Opened>),
    /// It is in another stage now.
    StageEntered {
        /// From where; `None` at the beginning.
        from: Option<StageName>,
        /// Where it is.
        to: StageName,
        /// Why, from the workflow file.
        because: String,
        /// Civil date of entering.
        on: Date,
    },
    /// A person recorded a move.
    MoveRecorded {
        /// Which.
        name: MoveName,
        /// Who.
        by: Actor,
        /// What was answered.
        answers: BTreeMap<AskName, AnswerGiven>,
        /// Why.
        reason: Option<Personal<String>>,
        /// Civil date.
        on: Date,
    },
    /// A fact has a value, or none any more.
    FactSet {
        /// Which.
        fact: FactName,
        /// What it holds now.
        value: Option<FactValue>,
        /// A person's move said so: where the workflow file wants it, a mail does not change it any more.
        #[serde(default)]
        by_person: bool,
    },
    /// Something the nomination did not hold has come.
    MissingSupplied {
        /// Published names, as in `Opened::missing`.
        items: Vec<String>,
    },
    /// Somebody holds a role of the case.
    RoleGiven {
        /// Which.
        role: RoleName,
        /// Who.
        to: Contact,
        /// Since.
        on: Date,
    },
    /// Nobody holds it any more.
    RoleEnded {
        /// Which.
        role: RoleName,
        /// Since.
        on: Date,
    },
    /// The area is known, or another one.
    AreaSet {
        /// Which.
        area: AreaName,
        /// Who said so: `outcode`, `person`.
        decided_by: String,
    },
    /// A timer runs.
    TimerArmed {
        /// Which.
        timer: TimerName,
        /// Counts up with every arming of this timer.
        arming: u32,
        /// The next rung.
        rung: u32,
        /// Its name; none in histories of programs that kept none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        name: Option<String>,
        /// The day counted from.
        anchor: Date,
        /// The day it is due.
        due_on: Date,
        /// The instant it is due.
        due_at: Instant,
        /// Version of the calendar that gave it.
        calendar: String,
        /// Why it was set or moved, for people.
        because: String,
    },
    /// A timer does not run any more.
    TimerCleared {
        /// Which.
        timer: TimerName,
        /// Which arming.
        arming: u32,
    },
    /// A rung was due and was carried out.
    TimerFired {
        /// Which.
        timer: TimerName,
        /// Which arming.
        arming: u32,
        /// Which rung.
        rung: u32,
        /// The rung's name in the file.
        name: String,
        /// The day it was due.
        due_on: Date,
    },
    /// A letter was asked for.
    LetterCalled {
        /// Which.
        letter: LetterName,
        /// The effect key.
        key: String,
    },
    /// A worklist item was asked for.
    TaskCalled {
        /// The effect key.
        key: String,
        /// For whom.
        role: RoleName,
        /// In plain words.
        says: String,
        /// Until when.
        due_on: Date,
    },
    /// The family's record changed: members, needs, progress, the plan.
    FamilyChanged {
        /// How.
        change: FamilyChange,
        /// Civil date.
        on: Date,
    },
    /// A person took a mail off the case that had joined it by mistake. What it said stays where people can see it.
    MailDetached {
        /// Which.
        mail: MailId,
        /// Who.
        by: Actor,
        /// Why.
        reason: Personal<String>,
        /// Civil date.
        on: Date,
    },
    /// The case lives by another version of the life-cycle from here on.
    Migrated {
        /// The version it was under.
        from: String,
        /// The version it is under.
        to: String,
        /// The stage it was in and the one that takes its place, where the new version has no such stage. Days count on.
        stage: Option<(StageName, StageName)>,
        /// Timers whose ladder had run out when the case left the version it comes back to, and that count from the same day still.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        ended: BTreeMap<TimerName, Date>,
        /// Who.
        by: Actor,
        /// Why.
        reason: Personal<String>,
        /// Civil date.
        on: Date,
    },
    /// An answer by mail waits for a person to confirm it.
    DraftReceived(Box<Draft>),
    /// A person has confirmed or dropped it.
    DraftSettled {
        /// Which.
        draft: String,
        /// It was recorded; otherwise it was dropped.
        confirmed: bool,
        /// Who.
        by: Actor,
        /// Why.
        reason: Option<Personal<String>>,
        /// Civil date.
        on: Date,
    },
    /// A mail joined the case.
    MailAttached {
        /// Which.
        mail: MailId,
        /// What it is.
        kind: String,
        /// A person wrote it.
        by_person: bool,
        /// Civil date.
        on: Date,
    },
}

impl Event {
    /// The serialised tag, for messages and for the store.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Opened(_) => "opened",
            Self::StageEntered { .. } => "stage_entered",
            Self::MoveRecorded { .. } => "move_recorded",
            Self::FactSet { .. } => "fact_set",
            Self::MissingSupplied { .. } => "missing_supplied",
            Self::RoleGiven { .. } => "role_given",
            Self::RoleEnded { .. } => "role_ended",
            Self::AreaSet { .. } => "area_set",
            Self::TimerArmed { .. } => "timer_armed",
            Self::TimerCleared { .. } => "timer_cleared",
            Self::TimerFired { .. } => "timer_fired",
            Self::LetterCalled { .. } => "letter_called",
            Self::TaskCalled { .. } => "task_called",
            Self::FamilyChanged { .. } => "family_changed",
            Self::DraftReceived(_) => "draft_received",
            Self::DraftSettled { .. } => "draft_settled",
            Self::MailAttached { .. } => "mail_attached",
            Self::MailDetached { .. } => "mail_detached",
            Self::Migrated { .. } => "migrated",
        }
    }
}
