//! Letters of the workflow file: to whom each goes, under which condition, and the meeting it invites to.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::domain::ids::{AskName, FactName, LetterName, MoveName, RoleName, StageName};
use crate::domain::rules::Condition;
use crate::domain::workflow::{FactTest, ToAgencies};

/// A letter.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LetterDef {
    /// Its name, and the folder of its template.
    pub name: LetterName,
    /// For people.
    pub title: String,
    /// To whoever holds these roles; each person gets it once.
    pub to: Vec<RoleName>,
    /// And to whoever holds these, each while its own condition is met.
    #[serde(default)]
    pub also: Vec<AlsoTo>,
    /// And to the contacts of these agencies of the case.
    #[serde(default)]
    pub agencies: Option<ToAgencies>,
    /// To those agencies only while this is met (consent still stands, say).
    #[serde(default)]
    pub agencies_if: Option<Condition<FactTest>>,
    /// Gathered into one digest a person a day; otherwise it goes at once.
    #[serde(default)]
    pub gathered: bool,
    /// Only to whoever holds the role, not to who answers in their place.
    #[serde(default)]
    pub holders_only: bool,
    /// It says initials and themes as well, where the settings trust the recipient's domain with them.
    #[serde(default)]
    pub details: bool,
    /// It lists who holds something of the family already, by role and agency.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub tells_holders: bool,
    /// Goes only while this is met at the moment of sending (consent still stands, say).
    #[serde(default)]
    pub only_if: Option<Condition<FactTest>>,
    /// What is asked of whoever recorded what calls it, when it does not go for this reason.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instead: Option<Instead>,
    /// The date it names is the one in this fact; the deadline of the timer that caused it when absent.
    #[serde(default)]
    pub date_from: Option<FactName>,
    /// The outcome it tells is the word in this fact.
    #[serde(default)]
    pub outcome_from: Option<FactName>,
    /// It invites to a meeting of the case, or calls one off: a mail program puts the day into its owner's calendar.
    #[serde(default)]
    pub calendar: Option<MeetingOfCase>,
    /// It can be answered by writing behind numbered lines.
    #[serde(default)]
    pub answer: Option<AnswerDef>,
}

/// What a person does in place of a letter that does not go.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Instead {
    /// Why it does not go: a reason of many does not mean that its reader is to hear of it another way.
    pub when: Condition<FactTest>,
    /// What they do, a sentence.
    pub task: String,
}

/// What a reply to a letter records.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AnswerDef {
    /// The move.
    pub records: MoveName,
    /// It waits as a draft until a person confirms it, and this role is asked. Without one it counts as it comes, for it decides nothing.
    #[serde(default)]
    pub confirmed_by: Option<RoleName>,
    /// Answers that are known already. `@agency` is the agency whose contact replies.
    #[serde(default)]
    pub answers: BTreeMap<AskName, String>,
    /// The lines, numbered from 1 as the template numbers them.
    pub lines: Vec<AnswerLine>,
}

/// A line of a letter that is answered behind its title.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AnswerLine {
    /// The question of the move.
    pub ask: AskName,
    /// As the template words it.
    pub title: String,
    /// What people write and what it means; anything else stands as written.
    #[serde(default)]
    pub words: BTreeMap<String, String>,
    /// What an answer says besides: a child's words say that the child was heard.
    #[serde(default)]
    pub means: BTreeMap<AskName, String>,
    /// What it says instead when it denies that: "nobody spoke to her". Where it is not plain which, neither is taken.
    #[serde(default)]
    pub denied: BTreeMap<AskName, String>,
}

/// A role that gets a letter under a condition of its own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AlsoTo {
    /// Who.
    pub role: RoleName,
    /// Read again at the moment of sending.
    pub when: Condition<FactTest>,
}

/// A meeting of one case as a calendar keeps it. Nothing of the family can be put in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MeetingOfCase {
    /// One meeting of a case, however often it is moved: invitations with the same name and number are about the same meeting.
    pub meeting: String,
    /// The fact that tells one of several meetings from the next: how many there were.
    #[serde(default)]
    pub number: Option<FactName>,
    /// What stands in the calendar before the reference: `TAF meeting`.
    pub title: String,
    /// The day. A letter that calls the meeting off takes it from the case as it was.
    pub day: FactName,
    /// The time of day; the whole day while there is none.
    #[serde(default)]
    pub at: Option<FactName>,
    /// How long it takes.
    #[serde(default = "ninety_minutes")]
    pub minutes: u32,
    /// The letter calls the meeting off.
    #[serde(default)]
    pub called_off: bool,
    /// Of an invitation: the meeting stands only in these stages; empty means in every open stage.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stages: Vec<StageName>,
    /// Of an invitation: the letter that takes the meeting out of calendars again. With it both follow the case: it is taken back from
    /// whoever had it when the meeting goes away or loses its time or its reader, and whoever comes gets the invitation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub taken_back_by: Option<LetterName>,
}

fn ninety_minutes() -> u32 {
    90
}
