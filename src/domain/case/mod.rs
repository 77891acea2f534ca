//! A case: what happened to it ([`Event`]), what it is now ([`Case`]), what somebody wants ([`Command`]).
//!
//! [`decide()`] judges and the event stores the verdict; [`evolve()`] only applies, perhaps years later. Which stages, moves,
//! timers and letters exist is the workflow file's; nothing of any one programme is in here.
//! [`effects`] (letters, timers, tasks) follow from events, never the reverse. Start at [`decide()`].

mod agenda;
mod answers;
mod decide;
mod draft;
pub mod drift;
mod due;
mod effect;
mod event;
mod evolve;
pub mod family;
mod guard;
mod household;
mod meets;
mod migrate;
mod offers;
mod record;
mod reply;
mod retention;
mod state;
mod timeline;
mod timers;
pub mod watch;

pub use agenda::{AgendaEntry, agenda_entry};
pub use decide::{ANSWER, decide};
pub use draft::{Draft, DraftFate, task_name};
pub use due::{deadline, deadline_of_letter, next_due, next_rung_of_letter};
pub use effect::effects;
pub use event::{Actor, AnswerGiven, Contact, Event, Opened, Verdict};
pub use evolve::{evolve, replay};
pub use guard::{test, truth};
pub use household::household;
pub use meets::{Meets, meets};
pub use offers::{offers, owner_role, why};
pub use record::known_move;
pub use reply::{Reply, reply};
pub use retention::kept_until;
pub use state::{ArmedTimer, Case, Holder, Known};
pub use timeline::{TimelineLine, timeline};
pub use timers::{WantedTimer, wanted_timers};

use std::collections::BTreeMap;

use crate::domain::ids::{AskName, CaseReference, MailId, MoveName, RoleName, TimerName};
use crate::domain::time::{Date, Instant};

/// What somebody, or the passing of time, wants of a case.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// A nomination arrived: open a case of it.
    Open(Box<Opened>),
    /// A named person records a move.
    Record {
        /// Which move.
        name: MoveName,
        /// Who.
        by: Actor,
        /// Answers as typed, by question.
        answers: BTreeMap<AskName, String>,
        /// Why, free words.
        reason: Option<String>,
    },
    /// A timer's rung is due.
    Fire {
        /// Which timer.
        timer: TimerName,
        /// Which arming of it: a cleared and re-armed timer has a new one.
        arming: u32,
        /// Which rung, from 0; beyond the ladder's length it is the repeat.
        rung: u32,
    },
    /// A mail that belongs to the case.
    Attach {
        /// The mail.
        mail: MailId,
        /// What it brings, for the timeline: a kind of the published answer.
        kind: String,
        /// The mail shows that these are no longer missing: facts to set.
        facts: BTreeMap<crate::domain::ids::FactName, crate::domain::workflow::FactValue>,
        /// A person wrote it: counts as activity.
        by_person: bool,
        /// Roles that its proven writer holds: they are not asked to read it.
        written_by: Vec<RoleName>,
    },
    /// A reply to a letter would be a move: it waits until a person confirms it.
    Draft {
        /// What it would be; its key is given by the case.
        draft: Box<Draft>,
        /// Who is asked.
        confirmed_by: RoleName,
    },
    /// A person confirms or drops a draft.
    SettleDraft {
        /// Which; none when there is only one.
        draft: Option<String>,
        /// What becomes of it.
        fate: DraftFate,
        /// Who says so.
        by: Actor,
        /// Answers put right or added, as typed.
        answers: BTreeMap<AskName, String>,
        /// Why, free words.
        reason: Option<String>,
    },
    /// Other cases were found that may be of the same family.
    Propose {
        /// Which, and why.
        found: Vec<family::Alike>,
    },
    /// A mail had joined the case by mistake.
    Detach {
        /// The mail.
        mail: MailId,
        /// Who says so.
        by: Actor,
        /// Why.
        reason: crate::domain::personal::Personal<String>,
    },
    /// The case is to live by the life-cycle of the world it is decided in, another version than it is under.
    Migrate(Migrate),
    /// Whoever was told that a timer is late says that they know.
    Acknowledge {
        /// Which timer.
        timer: TimerName,
        /// The role that was asked.
        role: RoleName,
    },
    /// The calendar changed: every running deadline is computed again.
    Recalculate {
        /// Why, for the timeline.
        because: String,
    },
}

/// How a case comes under another version of the life-cycle.
#[derive(Debug, Clone, PartialEq)]
pub struct Migrate {
    /// What takes the place of stages that the new version does not have.
    pub stages: BTreeMap<crate::domain::ids::StageName, crate::domain::ids::StageName>,
    /// Who says so.
    pub by: Actor,
    /// Why.
    pub reason: crate::domain::personal::Personal<String>,
    /// On the way back: its timers as they stood when it left the version it comes back to.
    pub earlier: Option<TimersBefore>,
}

/// Timers of a case as they stood.
#[derive(Debug, Clone, PartialEq)]
pub struct TimersBefore {
    /// Those that ran.
    pub running: BTreeMap<TimerName, ArmedTimer>,
    /// Those whose ladder had run out, with the day it was counted from.
    pub ended: BTreeMap<TimerName, Date>,
}

/// Why a command is refused: everything wrong at once, and what to do. Goes to the person who asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", .defects.join("; "))]
pub struct Refusal {
    /// One sentence each, lower case, saying what to do.
    pub defects: Vec<String>,
}

impl Refusal {
    /// A refusal for one reason.
    #[must_use]
    pub fn because(defect: impl Into<String>) -> Self {
        Self { defects: vec![defect.into()] }
    }
}

/// A stored history that cannot be applied. Goes to the operator: that one case freezes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("cannot apply event {version} `{event}` to case {reference}: {why}")]
pub struct BrokenHistory {
    /// Which case, or `(new)`.
    pub reference: String,
    /// Version of the event, from 1.
    pub version: u64,
    /// Kind of the event.
    pub event: String,
    /// What is impossible.
    pub why: String,
}

/// What a decision may look at besides the case: everything is a value.
#[derive(Clone, Copy)]
pub struct World<'a> {
    /// The life of a case.
    pub lifecycle: &'a crate::domain::workflow::Lifecycle,
    /// Working days and closures.
    pub calendar: &'a crate::domain::time::Calendar,
    /// The areas a case can belong to.
    pub geography: &'a crate::domain::workflow::Geography,
    /// What can be a need, and what counts as progress.
    pub outcomes: &'a crate::domain::workflow::OutcomePlan,
    /// The moment of the decision.
    pub now: Instant,
    /// Its civil date in London.
    pub today: Date,
}

/// What must happen because of stored events. The worker that carries one out has nothing left to choose but "again later".
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Compose and queue this letter to each holder of the roles of its definition.
    Letter {
        /// Which letter.
        letter: crate::domain::ids::LetterName,
        /// Unique for ever: case, letter, cause. A second queueing of the same key does nothing.
        key: String,
    },
    /// Wake the case at this instant.
    Arm(ArmedTimer),
    /// Forget a timer.
    Disarm {
        /// Which timer.
        timer: TimerName,
        /// Which arming.
        arming: u32,
    },
    /// A worklist item.
    Task {
        /// Unique for ever.
        key: String,
        /// For whom.
        role: RoleName,
        /// In plain words, no personal data.
        says: String,
        /// Until when.
        due_on: Date,
    },
}

/// A move as somebody sees it now.
#[derive(Debug, Clone, PartialEq)]
pub struct MoveOffer {
    /// Which.
    pub name: MoveName,
    /// For people.
    pub title: String,
    /// Empty when it is open; else every reason why not, and what to do.
    pub closed_because: Vec<String>,
}

/// Reference and version, for messages to people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseStamp {
    /// The case.
    pub reference: CaseReference,
    /// Events so far.
    pub version: u64,
}
