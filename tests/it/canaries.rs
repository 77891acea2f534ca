//! No letter tells who it is about: every letter of the programme for five hundred made-up families, whose every word is a mark that
//! is looked for in subjects, headers, bodies and file names.

use std::collections::BTreeMap;

use focus_family::delivery::message::{Cause, MessageId, Outgoing, Sender, build};
use focus_family::delivery::{AddressChecked, Delivery, ReturnPath};
use focus_family::domain::case::{Case, Command, Contact, Event, Holder, decide, replay};
use focus_family::domain::ids::{CaseReference, MailId, RoleName};
use focus_family::domain::nomination::Nomination;
use focus_family::domain::personal::Personal;
use focus_family::engine::judge::{Judged, Opening, judge, opened};
use serde_json::Value;

use crate::support::daemon::{County, nomination};
use crate::support::engines::sqlite_house;

const FAMILIES: u32 = 500;
const MARK: &str = "kanarie";

/// Every text of `value`, as a path to it.
fn texts(value: &Value, path: &str, found: &mut Vec<String>) {
    match value {
        Value::String(_) => found.push(path.to_owned()),
        Value::Array(list) => list.iter().enumerate().for_each(|(at, item)| texts(item, &format!("{path}/{at}"), found)),
        Value::Object(map) => map.iter().for_each(|(key, item)| texts(item, &format!("{path}/{key}"), found)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Paths of what is free text of a form: where any word can stand. The names of themes are the programme's own.
fn free_texts(nomination: &Value) -> Vec<String> {
    let mut all = Vec::new();
    texts(nomination, "", &mut all);
    all.retain(|path| {
        let mut changed = nomination.clone();
        *changed.pointer_mut(path).unwrap() = Value::String(format!("Kanarie {path}"));
        !path.ends_with("/theme") && serde_json::from_value::<Nomination>(changed).is_ok()
    });
    all
}

fn marked(judged: &Judged, nomination: &Value, paths: &[String], family: u32) -> Judged {
    let mut nomination = nomination.clone();
    for (number, path) in paths.iter().enumerate() {
        *nomination.pointer_mut(path).unwrap() = Value::String(format!("Kanarie{family}x{number}"));
    }
    let mut judged = judged.clone();
    judged.intake.nomination = Some(serde_json::from_value(nomination).unwrap());
    judged.intake.doubts = vec![format!("Kanarie{family}doubt")];
    judged
}

#[test]
fn no_letter_for_five_hundred_families_holds_a_word_of_theirs() {
    let house = sqlite_house();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let county = County::new(&house).await;
        let app = county.start().await;
        let engine = &app.engine;
        let reading = engine.reader.read(&nomination(1)).await.unwrap();
        let day = county.today();
        let judged = judge(&engine.programme, &engine.words, &engine.settings.programme.rule_pack, &reading, day).unwrap();
        let read = serde_json::to_value(judged.intake.nomination.as_ref().unwrap()).unwrap();
        let paths = free_texts(&read);
        assert!(paths.len() > 40, "names, schools, addresses, quotes: {paths:?}");
        let letters = &engine.programme.lifecycle.letters;
        let ours = AddressChecked::parse(&engine.settings.mail.address).unwrap();
        let sender = Sender::new("Focus Family", ours.clone()).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let outbox = Delivery::Maildir { path: folder.path().to_owned() };
        let mut composed = 0;
        for family in 0..FAMILIES {
            let judged = marked(&judged, &read, &paths, family);
            let case = case_of(engine, &judged, family);
            for definition in letters {
                for role in &definition.to {
                    let context = engine.case_context(&case, &definition.name, role);
                    let letter = engine.templates.compose(&definition.name, &context).unwrap();
                    composed += 1;
                    for text in [&letter.subject, &letter.text, &letter.html] {
                        assert!(!text.to_lowercase().contains(MARK), "{} to {role}: {text}", definition.name);
                    }
                    // The headers follow from the same values for every family; files are written for a few.
                    if family % 50 != 0 {
                        continue;
                    }
                    let message = build(&Outgoing {
                        sender: &sender,
                        reply_to: None,
                        to: &ours,
                        letter: &letter,
                        message_id: &MessageId::from_random(u128::from(family), &ours),
                        queued_at: engine.ambient.now(),
                        cause: Cause::Event,
                        case: Some(&case.reference),
                        in_reply_to: None,
                        references: &[],
                    })
                    .unwrap();
                    let text = String::from_utf8_lossy(&message).to_lowercase();
                    assert!(!text.contains(MARK), "{}: {text}", definition.name);
                    if family == 0 {
                        outbox.send(&ReturnPath::Null, &ours, &message).await;
                    }
                }
            }
        }
        let files: Vec<String> = std::fs::read_dir(folder.path())
            .unwrap()
            .map(|file| file.unwrap().file_name().to_string_lossy().to_lowercase())
            .collect();
        assert!(!files.is_empty() && files.iter().all(|name| !name.contains(MARK)), "{files:?}");
        assert!(composed > letters.len() * FAMILIES as usize / 2, "{composed}");
    });
}

/// A case as far as letters need one: opened, with somebody of a marked name in every role of its own.
fn case_of(engine: &focus_family::engine::Engine, judged: &Judged, family: u32) -> Case {
    let address = Personal::new(format!("kanarie{family}@agency.example.org"));
    let opening = Opening {
        lifecycle_version: engine.programme.lifecycle.version.clone(),
        mail: MailId::from_random(u128::from(family)),
        received_on: engine.ambient.today(),
        sender_proven: true,
        sender: Some(address.clone()),
    };
    let opened = opened(judged, opening, CaseReference::new(2026, 1_000 + family)).unwrap();
    let events = decide(None, &Command::Open(Box::new(opened)), &engine.world()).unwrap();
    assert!(matches!(events.first(), Some(Event::Opened(_))));
    let mut case = replay(None, &events).unwrap();
    let contact = Contact {
        name: Personal::new(format!("Kanarie{family} Holder")),
        address,
        organisation: Some(Personal::new(format!("Kanarie{family} School"))),
    };
    let roles = ["referrer", "lead_agency", "keyworker"].map(|role| RoleName::new(role).unwrap());
    let holders: BTreeMap<RoleName, Holder> =
        roles.into_iter().map(|role| (role, Holder { contact: contact.clone(), since: engine.ambient.today() })).collect();
    case.holders = holders;
    case
}
