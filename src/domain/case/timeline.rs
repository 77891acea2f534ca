//! What happened, in plain sentences. Names and free words stand apart, for whoever is entitled to them.

use std::collections::BTreeMap;

use crate::domain::case::{Actor, AnswerGiven, Contact, Event};
use crate::domain::ids::AskName;
use crate::domain::personal::Personal;
use crate::domain::time::Date;
use crate::domain::workflow::FactValue;

/// One line of a timeline.
#[derive(Debug, Clone, PartialEq)]
pub struct TimelineLine {
    /// Version of the event, from 1.
    pub version: u64,
    /// The day; of events that hold none, the day of the event before.
    pub on: Option<Date>,
    /// A sentence without personal data.
    pub says: String,
    /// Names and free words.
    pub detail: Option<Personal<String>>,
    /// Bookkeeping that a short view leaves out.
    pub minor: bool,
}

/// The events of a case from its first, one line each, oldest first. Needs no workflow file: it tells moves that no file knows any more.
#[must_use]
pub fn timeline(events: &[Event]) -> Vec<TimelineLine> {
    let mut day = None;
    let line = |(index, event): (usize, &Event)| {
        let (on, says, detail, minor) = told(event);
        // A rung carried out late holds the day it was due, which is no step back in time.
        day = on.max(day);
        TimelineLine { version: index as u64 + 1, on: day, says, detail, minor }
    };
    events.iter().enumerate().map(line).collect()
}

type Told = (Option<Date>, String, Option<Personal<String>>, bool);

fn told(event: &Event) -> Told {
    let plain = |on: Option<Date>, says: String| (on, says, None, false);
    match event {
        Event::Opened(opened) => {
            let grade = words(opened.verdict.grade.as_str());
            let (missing, pack) = (opened.missing.len(), &opened.verdict.rule_pack);
            plain(Some(opened.received_on), format!("a nomination arrived: {grade} by {pack}, missing things {missing}"))
        }
        Event::StageEntered { to, because, on, .. } => plain(Some(*on), format!("now {}: {because}", words(to.as_str()))),
        Event::MoveRecorded { name, by, answers, reason, on } => {
            let who = match by {
                Actor::Person { role, .. } => words(role.as_str()),
                Actor::Programme => "the program".to_owned(),
            };
            let said = facts_said(answers);
            let says = format!("{who} recorded {}{said}", words(name.as_str()));
            (Some(*on), says, words_said(by, answers, reason.as_ref()), false)
        }
        Event::FactSet { fact, value, .. } => {
            let value = value.as_ref().map_or_else(|| "not known any more".to_owned(), FactValue::in_words);
            (None, format!("{}: {value}", words(fact.as_str())), None, true)
        }
        Event::MissingSupplied { items } => plain(None, format!("no longer missing: {}", items.join(", "))),
        Event::RoleGiven { role, to, on } => {
            (Some(*on), format!("a {} is named", words(role.as_str())), Some(Personal::new(person(to))), false)
        }
        Event::RoleEnded { role, on } => plain(Some(*on), format!("nobody is {} any more", words(role.as_str()))),
        Event::AreaSet { area, decided_by } => plain(None, format!("belongs to {area}, {}", shown_by(decided_by))),
        Event::TimerArmed { timer, due_on, because, .. } => {
            (None, format!("{} will remind on {due_on}, {because}", words(timer.as_str())), None, true)
        }
        Event::TimerCleared { timer, .. } => (None, format!("{} needs no reminder any more", words(timer.as_str())), None, true),
        Event::TimerFired { timer, name, due_on, .. } => {
            plain(Some(*due_on), format!("{} reminded ({})", words(timer.as_str()), words(name)))
        }
        Event::LetterCalled { letter, .. } => plain(None, format!("letter {} was called for", words(letter.as_str()))),
        Event::TaskCalled { role, says, due_on, .. } => {
            plain(None, format!("{} was asked until {due_on}: {says}", words(role.as_str())))
        }
        Event::FamilyChanged { change, on } => plain(Some(*on), change.says()),
        Event::DraftReceived(draft) => {
            let says = format!("an answer by mail waits as draft {} ({})", draft.key, words(draft.records.as_str()));
            let said = draft.answers.iter().map(|(ask, text)| format!("{}: {}", words(ask.as_str()), text.reveal()));
            (Some(draft.on), says, Some(Personal::new(said.collect::<Vec<_>>().join("; "))), false)
        }
        Event::DraftSettled { draft, confirmed, by, reason, on } => {
            let says = format!("draft {draft} was {}", if *confirmed { "confirmed" } else { "dropped" });
            (Some(*on), says, words_said(by, &BTreeMap::new(), reason.as_ref()), false)
        }
        Event::MailDetached { by, reason, on, .. } => {
            let says = "a mail was taken off the case: it had joined by mistake".to_owned();
            (Some(*on), says, words_said(by, &BTreeMap::new(), Some(reason)), false)
        }
        Event::Migrated { from, to, stage, by, reason, on, .. } => {
            let moved = stage.as_ref().map(|(_, after)| format!(", now {}", words(after.as_str()))).unwrap_or_default();
            let says = format!("lives by version {to} of the life-cycle, no longer by {from}{moved}");
            (Some(*on), says, words_said(by, &BTreeMap::new(), Some(reason)), false)
        }
        Event::MailAttached { kind, by_person, on, .. } => {
            let who = if *by_person { "a mail of a person" } else { "an automatic mail" };
            plain(Some(*on), format!("{who} joined the case ({})", words(kind)))
        }
    }
}

/// How the area was known.
fn shown_by(decided_by: &str) -> &'static str {
    match decided_by {
        "outcode" => "by its postcode",
        "post_town" => "by the town of its address",
        _ => "as a person said",
    }
}

fn words(name: &str) -> String {
    name.replace('_', " ")
}

fn facts_said(answers: &BTreeMap<AskName, AnswerGiven>) -> String {
    let said = answers.iter().filter_map(|(ask, answer)| match answer {
        AnswerGiven::Value(value) => Some(format!("{} {}", words(ask.as_str()), value.in_words())),
        AnswerGiven::Words(_) | AnswerGiven::Person(_) => None,
    });
    let said: Vec<String> = said.collect();
    if said.is_empty() { String::new() } else { format!(" ({})", said.join(", ")) }
}

fn words_said(
    by: &Actor,
    answers: &BTreeMap<AskName, AnswerGiven>,
    reason: Option<&Personal<String>>,
) -> Option<Personal<String>> {
    let who = match by {
        Actor::Person { name, .. } => Some(name.reveal().clone()),
        Actor::Programme => None,
    };
    let said = answers.iter().filter_map(|(ask, answer)| match answer {
        AnswerGiven::Value(_) => None,
        AnswerGiven::Words(text) => Some(format!("{}: {}", words(ask.as_str()), text.reveal())),
        AnswerGiven::Person(contact) => Some(format!("{}: {}", words(ask.as_str()), person(contact))),
    });
    let reason = reason.map(|reason| format!("because: {}", reason.reveal()));
    let all: Vec<String> = who.into_iter().chain(said).chain(reason).collect();
    (!all.is_empty()).then(|| Personal::new(all.join("; ")))
}

fn person(contact: &Contact) -> String {
    let organisation = contact.organisation.as_ref().map(|name| format!(", {}", name.reveal())).unwrap_or_default();
    format!("{} <{}>{organisation}", contact.name.reveal(), contact.address.reveal())
}
