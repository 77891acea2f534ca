//! The life of a case as data: stages, moves with guards, timers with ladders, roles, facts, letters (`lifecycle.yaml`).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::domain::ids::{AgencyName, AreaName, AskName, FactName, LetterName, MoveName, RoleName, StageName, TimerName};
use crate::domain::rules::Condition;
use crate::domain::time::Date;
use crate::domain::workflow::acknowledge::Acknowledge;
use crate::domain::workflow::drift::DriftSign;
use crate::domain::workflow::outcomes::{Gate, Records};
use crate::domain::workflow::retention::Retention;
use crate::domain::workflow::{AgencyDef, LetterDef, MeetingDef};

pub use crate::domain::workflow::sets::{Set, SetTo};

/// The whole life of a case, as one file says it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lifecycle {
    /// The file's own version, for people: `2026.1`.
    pub version: String,
    /// Who may hold what.
    pub roles: Vec<RoleDef>,
    /// What guards may test.
    pub facts: Vec<FactDef>,
    /// Where a new case begins: the first whose condition is met.
    pub begins: Vec<Automatic>,
    /// The stages.
    pub stages: Vec<Stage>,
    /// The moves.
    pub moves: Vec<Move>,
    /// Eventless transitions, tried after every decision in file order until none applies.
    #[serde(default)]
    pub automatic: Vec<Automatic>,
    /// The timers.
    pub timers: Vec<TimerDef>,
    /// The letters.
    pub letters: Vec<LetterDef>,
    /// Agencies that are asked what they know of a family.
    #[serde(default)]
    pub agencies: Vec<AgencyDef>,
    /// Meetings of the areas.
    #[serde(default)]
    pub meetings: Vec<MeetingDef>,
    /// What shows that a case drifts, beside what is overdue.
    #[serde(default)]
    pub drift: Vec<DriftSign>,
    /// How long the record of a closed case is kept; where no rule is named a person decides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retention: Option<Retention>,
    /// Letters called when a mail written by a person joins a case.
    #[serde(default)]
    pub mail_letters: Vec<LetterName>,
}

/// Who a role belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RoleScope {
    /// One or more people for the whole programme, from the settings.
    Programme,
    /// People of an area, from the settings.
    Area,
    /// A person of one case, named by a move (keyworker) or by the nomination (referrer).
    Case,
}

/// A role.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RoleDef {
    /// Its name.
    pub name: RoleName,
    /// For people: `Area Officer`.
    pub title: String,
    /// Who it belongs to.
    pub scope: RoleScope,
    /// Who answers when nobody holds it; the last of the chain must be of scope programme.
    #[serde(default)]
    pub falls_back_to: Option<RoleName>,
    /// Held by somebody of the family, at the safe contact a person has recorded. No other role is ever written to at an address of
    /// the family's.
    #[serde(default)]
    pub of_family: bool,
}

/// What a fact can hold. Never free text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FactKind {
    /// Yes or no.
    YesNo,
    /// One word of a closed list. The words stand in order: a mail moves such a fact only further down the list.
    Choice(Vec<String>),
    /// A whole number.
    Count,
    /// A civil date.
    Date,
    /// A time of day in London, `14:30`.
    Time,
}

/// A fact of a case.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FactDef {
    /// Its name.
    pub name: FactName,
    /// For people.
    pub title: String,
    /// What it can hold.
    pub kind: FactKind,
    /// Once a person has recorded it, a mail does not change it any more; a mail that says otherwise becomes a task.
    #[serde(default)]
    pub settled_by_people: bool,
    /// Setting it ends a gap of the nomination.
    #[serde(default)]
    pub supplies: Option<Supplies>,
}

/// Which gap of a nomination a fact ends, and with which values.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Supplies {
    /// The published name of what was missing: `consent`.
    pub missing: String,
    /// Any of these values ends it.
    pub when: Vec<FactValue>,
}

/// What a fact holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum FactValue {
    /// Yes or no.
    YesNo(bool),
    /// A whole number.
    Count(i64),
    /// A civil date.
    Date(Date),
    /// One word of the fact's closed list.
    Word(String),
}

/// A leaf of a guard: tests one fact, or whether a role is held. A fact without a value is *not shown*.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FactTest {
    /// The fact tested.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fact: Option<FactName>,
    /// It holds this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is: Option<FactValue>,
    /// It holds one of these.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub is_one_of: Vec<FactValue>,
    /// It is a count of at least this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_least: Option<i64>,
    /// It has a value (`true`) or none (`false`): this test is never *not shown*.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub known: Option<bool>,
    /// Somebody of the case holds this role (scope case): never *not shown*.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held: Option<RoleName>,
}

/// An eventless transition.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Automatic {
    /// From these stages; empty in `begins`.
    #[serde(default)]
    pub from: Vec<StageName>,
    /// Taken when met; always when absent.
    #[serde(default)]
    pub when: Option<Condition<FactTest>>,
    /// To this stage.
    pub to: StageName,
    /// Why, for the timeline.
    pub because: String,
    /// Letters that announce it.
    #[serde(default)]
    pub letters: Vec<LetterName>,
}

/// What a stage is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StageKind {
    /// The case is open in it: it needs an owner and a next dated action.
    #[default]
    Open,
    /// The case has ended.
    Final,
}

/// A stage.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stage {
    /// Its name.
    pub name: StageName,
    /// For people: `Waiting for information`.
    pub title: String,
    /// Open or final.
    #[serde(default)]
    pub kind: StageKind,
    /// Who answers for a case in it; required of open stages.
    #[serde(default)]
    pub owner: Option<RoleName>,
    /// What it means, one sentence.
    pub means: String,
}

/// What an answer to a question of a move can be.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AskKind {
    /// Free words, personal: kept in the sealed event, shown to nobody by mail.
    Text,
    /// Yes or no.
    YesNo,
    /// One word of a closed list.
    Choice(Vec<String>),
    /// A whole number.
    Count,
    /// A civil date, `2026-11-26`.
    Date,
    /// A time of day in London: `14:30`, `9.30`, `2pm`.
    Time,
    /// A person: `Name <address>`; the person becomes the holder of this role of the case.
    Person(RoleName),
    /// An area of the programme; the case then belongs to it.
    Area,
    /// One of the things the case still misses, by its published name; it is then no longer missing.
    Missing,
    /// A member of the family: `m2`, or a first name.
    Member,
    /// A theme the nomination shows.
    Theme,
    /// An indicator of the outcome plan.
    Indicator,
    /// Criteria of the indicator, with commas between them.
    Criteria,
    /// An open action of the family's plan: `a3`.
    Action,
    /// Another case, by its reference.
    Case,
    /// An agency of the programme.
    Agency,
}

/// A question of a move.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ask {
    /// Its name, as typed on the command line: `--next-review-on 2026-12-11` is `next_review_on`.
    pub name: AskName,
    /// The question, for people.
    pub title: String,
    /// What an answer can be.
    pub kind: AskKind,
    /// Must it be answered?
    #[serde(default)]
    pub required: bool,
    /// For dates: no earlier than the day of the move.
    #[serde(default)]
    pub not_past: bool,
    /// For dates: a day on which people work.
    #[serde(default)]
    pub working_day: bool,
    /// For dates: no later than the day of the move.
    #[serde(default)]
    pub not_future: bool,
    /// For dates: left unanswered it is the day of the move, and keeps to the same bounds.
    #[serde(default)]
    pub today: bool,
    /// For dates: no earlier than the day in this fact, while it holds one.
    #[serde(default)]
    pub not_before: Option<FactName>,
    /// For dates: a day on which nobody works is taken only when this other question, of kind `yes_no`, is answered with yes.
    #[serde(default)]
    pub day_off: Option<AskName>,
    /// For dates: no later than this many working days after the day of the move.
    #[serde(default)]
    pub within_working_days: Option<u32>,
    /// For dates: no later than this many calendar days after the day of the move.
    #[serde(default)]
    pub within_days: Option<u32>,
    /// Answers that the case allows only under a condition of their own, by the answer's word (`yes`, `outcomes_met`).
    #[serde(default)]
    pub gates: BTreeMap<String, Gate>,
}

/// A move: something a named person records.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Move {
    /// Its name.
    pub name: MoveName,
    /// For people: `List for the allocations meeting`.
    pub title: String,
    /// From these stages; empty means from every open stage.
    #[serde(default)]
    pub from: Vec<StageName>,
    /// To this stage; absent means it stays where it is.
    #[serde(default)]
    pub to: Option<StageName>,
    /// Roles that may make it.
    pub by: Vec<RoleName>,
    /// Must be met. *Not shown* closes the move as *not met* does.
    #[serde(default)]
    pub guard: Option<Condition<FactTest>>,
    /// What to do when the guard closes it, for people. Required with a guard.
    #[serde(default)]
    pub otherwise: Option<String>,
    /// Whoever makes it says why in free words.
    #[serde(default)]
    pub reason_required: bool,
    /// What is asked.
    #[serde(default)]
    pub asks: Vec<Ask>,
    /// What it writes into the family's record.
    #[serde(default)]
    pub records: Option<Records>,
    /// What it sets.
    #[serde(default)]
    pub sets: Vec<Set>,
    /// Roles of scope case that end with it.
    #[serde(default)]
    pub ends_roles: Vec<RoleName>,
    /// Letters it causes, to the roles their definition names.
    #[serde(default)]
    pub letters: Vec<LetterName>,
}

/// Where a timer counts from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TimerFrom {
    /// The day the stage was entered.
    StageEntered,
    /// The day the case was opened.
    Opened,
    /// The day in this fact; the timer runs only while it has one.
    Fact(FactName),
    /// The day something last happened on the case by a person.
    LastActivity,
}

/// A rung of a ladder.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rung {
    /// For people and logs: `warn`, `due`, `breach`, `escalate`.
    pub name: String,
    /// Working days after the anchor; negative is before it; 0 is the day itself.
    #[serde(default)]
    pub working_days: Option<i32>,
    /// Or calendar days after the anchor (the result moves to the next working day).
    #[serde(default)]
    pub days: Option<i32>,
    /// Or months after the anchor, clamped to the month's end, moved to the next working day.
    #[serde(default)]
    pub months: Option<i32>,
    /// Letters it causes.
    #[serde(default)]
    pub letters: Vec<LetterName>,
    /// A worklist item for the owner of the stage, in plain words.
    #[serde(default)]
    pub task: Option<String>,
    /// The item is for whoever answers for this role instead.
    #[serde(default)]
    pub task_for: Option<RoleName>,
    /// Who is told here says that they know; the ladder goes on when they do not. Of the last rung or the repeat.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acknowledge: Option<Acknowledge>,
}

/// Rungs in time order; after the last the `again` repeats for ever, so that nothing ends in silence.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ladder {
    /// The rungs.
    pub rungs: Vec<Rung>,
    /// After the last rung: every so many working days this rung again. Required of timers that guard against drift.
    #[serde(default)]
    pub again: Option<Rung>,
}

impl Ladder {
    /// Every rung with its place below that of the ladder, `place`: the repeat last.
    pub(super) fn placed(&self, place: &str) -> impl Iterator<Item = (String, &Rung)> {
        let rungs = self.rungs.iter().enumerate().map(move |(which, rung)| (format!("{place}.rungs[{which}]"), rung));
        rungs.chain(self.again.iter().map(move |rung| (format!("{place}.again"), rung)))
    }
}

/// A timer: a function of the case's state. It runs while its stage and condition hold, and is cleared when they do not.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TimerDef {
    /// Its name.
    pub name: TimerName,
    /// For people: `Decision on the nomination`.
    pub title: String,
    /// Runs in these stages.
    pub stages: Vec<StageName>,
    /// And while this is met; always when absent.
    #[serde(default)]
    pub when: Option<Condition<FactTest>>,
    /// Counts from here.
    pub from: TimerFrom,
    /// Later by as many working days as this fact counts: what is promised waits as long as the work did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub later_by: Option<FactName>,
    /// What happens when.
    pub ladder: Ladder,
    /// Another ladder for cases of an area, by the area's name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub areas: BTreeMap<AreaName, Ladder>,
}

impl TimerDef {
    /// What happens when in a case of this area.
    #[must_use]
    pub fn ladder_in(&self, area: Option<&AreaName>) -> &Ladder {
        area.and_then(|area| self.areas.get(area)).unwrap_or(&self.ladder)
    }
    /// Every ladder with its place below that of the timer: the usual one first.
    pub fn ladders(&self) -> impl Iterator<Item = (String, &Ladder)> {
        let of_areas = self.areas.iter().map(|(area, ladder)| (format!("areas.{area}"), ladder));
        std::iter::once(("ladder".to_owned(), &self.ladder)).chain(of_areas)
    }
}

impl Lifecycle {
    /// The stage called `name`.
    #[must_use]
    pub fn stage(&self, name: &StageName) -> Option<&Stage> {
        self.stages.iter().find(|stage| stage.name == *name)
    }
    /// The move called `name`.
    #[must_use]
    pub fn find_move(&self, name: &MoveName) -> Option<&Move> {
        self.moves.iter().find(|mv| mv.name == *name)
    }
    /// The timer called `name`.
    #[must_use]
    pub fn timer(&self, name: &TimerName) -> Option<&TimerDef> {
        self.timers.iter().find(|timer| timer.name == *name)
    }
    /// The letter called `name`.
    #[must_use]
    pub fn letter(&self, name: &LetterName) -> Option<&LetterDef> {
        self.letters.iter().find(|letter| letter.name == *name)
    }
    /// The agency called `name`.
    #[must_use]
    pub fn agency(&self, name: &AgencyName) -> Option<&AgencyDef> {
        self.agencies.iter().find(|agency| agency.name == *name)
    }
    /// The meeting called `name`.
    #[must_use]
    pub fn meeting(&self, name: &str) -> Option<&MeetingDef> {
        self.meetings.iter().find(|meeting| meeting.name == name)
    }
    /// The role called `name`.
    #[must_use]
    pub fn role(&self, name: &RoleName) -> Option<&RoleDef> {
        self.roles.iter().find(|role| role.name == *name)
    }
    /// The facts by name.
    #[must_use]
    pub fn facts_by_name(&self) -> BTreeMap<&FactName, &FactDef> {
        self.facts.iter().map(|fact| (&fact.name, fact)).collect()
    }
}
