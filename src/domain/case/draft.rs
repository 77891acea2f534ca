//! What came by mail and would be a move: it waits, sealed with the case, until a person confirms or drops it. It decides nothing.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::domain::case::decide::Decision;
use crate::domain::case::record::{Wish, record};
use crate::domain::case::{Actor, Case, Event, Refusal};
use crate::domain::ids::{AskName, LetterName, MailId, MoveName, RoleName, TimerName};
use crate::domain::personal::Personal;
use crate::domain::time::Date;

/// Working days in which a draft is confirmed or dropped.
const CONFIRM_WORKING_DAYS: i32 = 2;

/// A draft.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Draft {
    /// `d1`: without meaning outside the case.
    pub key: String,
    /// The mail it came by.
    pub mail: MailId,
    /// The letter it answers.
    pub letter: LetterName,
    /// The move it would be.
    pub records: MoveName,
    /// Answers, as they would be typed.
    pub answers: BTreeMap<AskName, Personal<String>>,
    /// Numbers of lines on which something stands that was not plain.
    pub unclear: Vec<u32>,
    /// The lines as they were written, by number: whoever confirms sees them beside what was made of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub written: Vec<(u32, Personal<String>)>,
    /// Who wrote it.
    pub by: Actor,
    /// The day it came.
    pub on: Date,
}

/// What becomes of a draft.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DraftFate {
    /// It is recorded, as it is or put right.
    Confirm,
    /// It counts for nothing.
    Drop,
}

/// The name by which the worklist item of a draft is known: it is done when the draft is settled.
#[must_use]
pub fn task_name(key: &str) -> TimerName {
    TimerName::new(&format!("draft_{key}")).expect("a letter and digits are a name")
}

/// Keeps the draft and asks `confirmed_by` for it.
pub(super) fn receive(mut decision: Decision<'_>, draft: &Draft, confirmed_by: &RoleName) -> Result<Vec<Event>, Refusal> {
    if decision.case.drafts.iter().any(|known| known.mail == draft.mail) {
        return Ok(Vec::new());
    }
    let key = format!("d{}", decision.case.drafts_received + 1);
    let due_on = decision.world.calendar.add_working_days(decision.world.today, CONFIRM_WORKING_DAYS);
    let title = decision.world.lifecycle.find_move(&draft.records).map_or("a move", |known| known.title.as_str()).to_owned();
    decision.push(Event::DraftReceived(Box::new(Draft { key: key.clone(), ..draft.clone() })))?;
    let reference = decision.case.reference.clone();
    let says =
        format!("an answer by mail waits as a draft ({title}): look with `case draft {reference}`, then confirm or drop it");
    decision.ask(Some(&task_name(&key)), Some(confirmed_by), &says, due_on)?;
    decision.finished()
}

/// The draft called `key`, or the only one there is.
pub(super) fn wanted<'a>(case: &'a Case, key: Option<&str>) -> Result<&'a Draft, Refusal> {
    match (key, case.drafts.as_slice()) {
        (Some(key), drafts) => drafts.iter().find(|draft| draft.key == key).ok_or_else(|| {
            Refusal::because(format!("no draft `{key}` waits; `case draft {}` shows those there are", case.reference))
        }),
        (None, [only]) => Ok(only),
        (None, []) => Err(Refusal::because("no draft waits on this case")),
        (None, many) => {
            let keys: Vec<&str> = many.iter().map(|draft| draft.key.as_str()).collect();
            Err(Refusal::because(format!("several drafts wait: say which of {}", keys.join(", "))))
        }
    }
}

/// Confirms or drops a draft. What is confirmed goes through the same door as any move, with everything it checks.
pub(super) fn settle(
    mut decision: Decision<'_>,
    (key, fate): (Option<&str>, DraftFate),
    by: &Actor,
    answers: &BTreeMap<AskName, String>,
    reason: Option<&str>,
) -> Result<Vec<Event>, Refusal> {
    let draft = wanted(&decision.case, key)?.clone();
    let definition = decision.world.lifecycle.find_move(&draft.records);
    // A move that another version of the programme no longer has can still be dropped.
    let drops = fate != DraftFate::Confirm;
    let may = matches!(by, Actor::Person { role, .. } if definition.map_or(drops, |known| known.by.contains(role)));
    if !may {
        let says = format!("draft {} is for somebody who may record `{}`; ask them", draft.key, draft.records);
        return Err(Refusal::because(says));
    }
    let on = decision.world.today;
    let reason_kept = reason.map(str::trim).filter(|reason| !reason.is_empty()).map(|reason| Personal::new(reason.to_owned()));
    let confirmed = fate == DraftFate::Confirm;
    if !confirmed && reason_kept.is_none() {
        return Err(Refusal::because("say why with `because`"));
    }
    let settled = Event::DraftSettled { draft: draft.key.clone(), confirmed, by: by.clone(), reason: reason_kept, on };
    decision.push(settled)?;
    if !confirmed {
        return decision.finished();
    }
    let mut all: BTreeMap<AskName, String> =
        draft.answers.iter().map(|(ask, text)| (ask.clone(), text.as_text().to_owned())).collect();
    all.extend(answers.clone());
    record(decision, &Wish { name: &draft.records, by, answers: &all, reason })
}
