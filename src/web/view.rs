//! What pages show: plain values, ready to print. Nothing in here may hold anything about a person of a family.

use crate::domain::time::{Date, Instant};

/// A case in the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseLine {
    /// `FF-2026-7142`.
    pub reference: String,
    /// Title of the area, or `area not known yet`.
    pub area: String,
    /// Title of the stage.
    pub stage: String,
    /// Title of the grade.
    pub grade: String,
    /// Title of the role that owns it now, and the colleague's name where one holds it.
    pub owner: String,
    /// What happens next, by title of its timer; empty when the case has ended.
    pub next_action: String,
    /// When; `None` when the case has ended.
    pub next_due_on: Option<Date>,
    /// That day is over.
    pub late: bool,
}

/// One case.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CasePage {
    /// `FF-2026-7142`.
    pub reference: String,
    /// Title of the stage.
    pub stage: String,
    /// What the stage means, one sentence.
    pub stage_means: String,
    /// Title of the area, or `area not known yet`.
    pub area: String,
    /// Who owns it now.
    pub owner: String,
    /// The day it was opened.
    pub opened_on: Option<Date>,
    /// In this stage since.
    pub stage_since: Option<Date>,
    /// People in the household, and how many of them are children.
    pub people: String,
    /// The grade in words.
    pub verdict: String,
    /// Each reading of the rule: its title, and `met`, `not met` or `not shown`.
    pub readings: Vec<(String, String)>,
    /// Rule pack and version that judged.
    pub rule_pack: String,
    /// What a person may do about the verdict.
    pub suggestion: String,
    /// What the case still needs, in words of kinds: `the signed consent form`.
    pub needs: Vec<String>,
    /// Its timers, the next first.
    pub timers: Vec<TimerLine>,
    /// What can be recorded, and what cannot yet.
    pub moves: Vec<MoveLine>,
    /// Letters, the newest first.
    pub letters: Vec<LetterLine>,
    /// What happened, the newest first.
    pub timeline: Vec<HappenedLine>,
}

/// A running timer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimerLine {
    /// For people: `Decision on the nomination`.
    pub title: String,
    /// Its next rung.
    pub due_on: Date,
    /// What that rung does: who is reminded.
    pub does: String,
    /// That day is over.
    pub late: bool,
}

/// A move.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MoveLine {
    /// For people.
    pub title: String,
    /// How to record it: `focus-family case record FF-2026-7142 …`.
    pub command: String,
    /// Why it is not open now; `None` when it is.
    pub closed_because: Option<String>,
}

/// A letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LetterLine {
    /// The case, when it is about one.
    pub reference: Option<String>,
    /// Its subject.
    pub subject: String,
    /// Title of the role it is for.
    pub to: String,
    /// When it was queued.
    pub queued_at: Instant,
    /// `queued`, `sent`, `held back: …` in words.
    pub state: String,
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HappenedLine {
    /// When.
    pub at: Instant,
    /// What, short.
    pub title: String,
    /// By whom: a role and a colleague's name, or the program.
    pub by: String,
    /// Why, or more of it; may be empty.
    pub detail: String,
}

/// A mail received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailLine {
    /// Its receipt number.
    pub receipt: String,
    /// When it was received.
    pub received_at: Instant,
    /// What it is: `nomination`, `out-of-office answer`.
    pub kind: String,
    /// What it ended as, in words; `being read` until then.
    pub ended_as: String,
    /// The case it belongs to.
    pub reference: Option<String>,
    /// What a person has to do about it; may be empty.
    pub to_do: String,
    /// A person has still to say what becomes of it.
    pub waits: bool,
}

/// Something people are asked to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskLine {
    /// What `task done` takes.
    pub id: String,
    /// Until when.
    pub due_on: Date,
    /// That day is over.
    pub late: bool,
    /// Title of the role that is asked.
    pub role: String,
    /// Title of the area of its case; empty without one.
    pub area: String,
    /// The case it is about.
    pub reference: Option<String>,
    /// In plain words.
    pub says: String,
}
