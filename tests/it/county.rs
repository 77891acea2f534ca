//! Nominations as another county would send them, each a file with what a careful person reads from it beside it: tables in tables, people
//! as columns, consent on a paper of its own, American paper, labels in capitals, a numbered list, a family's own letter.
//!
//! A fact that is not in the list is an invention, and none is allowed. What was read of each: `COUNTY_SHOWN=1 cargo test --test it county`.

use std::collections::BTreeSet;
use std::path::Path;

use focus_family::domain::document::Limits;
use focus_family::domain::nomination::reading::read_mail;
use focus_family::domain::nomination::{Vocabulary, interpret};
use focus_family::explain::explanation;
use serde_json::Value;

/// Facts that may be missed, of all mails together.
const LOST_MAX: usize = 12;

/// The facts of a mail, one line each, as the files beside the mails list them.
fn facts(raw: &[u8]) -> BTreeSet<String> {
    let words = Vocabulary::new(&super::reading::programme().forms);
    let reading = read_mail(raw, &Limits::default()).unwrap();
    let intake = interpret(&reading, &words, jiff::civil::date(2026, 11, 9));
    let told = explanation(&reading, &intake, None, None, &[], &[]);
    let mut facts = BTreeSet::new();
    let mut tell = |what: String, value: &Value| {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        if !value.is_null() {
            facts.insert(format!("{what}: {text}"));
        }
    };
    tell("kind".to_owned(), &told["message"]["kind"]);
    for document in told["documents"].as_array().unwrap() {
        tell(format!("document {}", document["name"].as_str().unwrap()), &document["kind"]);
    }
    let nomination = &told["nomination"];
    for part in ["name", "role", "organisation", "phone"] {
        tell(format!("referrer {part}"), &nomination["referrer"][part]);
    }
    tell("address".to_owned(), &nomination["address"]["text"]);
    tell("postcode".to_owned(), &nomination["address"]["postcode"]);
    for member in nomination["members"].as_array().into_iter().flatten() {
        let name: Vec<&str> = ["given_name", "family_name"].iter().filter_map(|part| member[*part].as_str()).collect();
        let name = name.join(" ");
        tell("member".to_owned(), &Value::String(name.clone()));
        for part in ["date_of_birth", "expected_on", "relationship", "school"] {
            tell(format!("{name}, {part}"), &member[part]);
        }
        for shown in member["themes"].as_array().into_iter().flatten() {
            tell(format!("{name}, {}", shown["theme"].as_str().unwrap()), &shown["standing"]);
        }
    }
    for agency in nomination["agencies"].as_array().into_iter().flatten() {
        tell("agency".to_owned(), &agency["name"]);
    }
    for part in ["given", "signed_by", "signed_on"] {
        tell(format!("consent {part}"), &nomination["consent"][part]);
    }
    tell("assessment".to_owned(), &nomination["assessment"]["state"]);
    facts
}

#[test]
fn nominations_as_another_county_sends_them_are_read_and_nothing_is_invented() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/county");
    let mut mails: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    mails.retain(|path| path.extension().is_some_and(|ending| ending == "eml"));
    mails.sort();
    let (mut asked, mut lost, mut invented) = (0, Vec::new(), Vec::new());
    for mail in &mails {
        let name = mail.file_stem().unwrap().to_string_lossy().into_owned();
        let expected = std::fs::read_to_string(mail.with_extension("txt")).unwrap();
        let expected: BTreeSet<String> = expected.lines().map(str::to_owned).collect();
        let read = facts(&std::fs::read(mail).unwrap());
        if std::env::var_os("COUNTY_SHOWN").is_some() {
            println!("---- {name}\n{}", read.iter().cloned().collect::<Vec<_>>().join("\n"));
        }
        asked += expected.len();
        lost.extend(expected.difference(&read).map(|fact| format!("{name}: {fact}")));
        invented.extend(read.difference(&expected).map(|fact| format!("{name}: {fact}")));
    }
    println!("{} mails, {asked} facts, {} lost\n{}", mails.len(), lost.len(), lost.join("\n"));
    assert!(mails.len() >= 10, "only {} mails", mails.len());
    assert!(invented.is_empty(), "{} invented:\n{}", invented.len(), invented.join("\n"));
    assert!(lost.len() <= LOST_MAX, "{} lost:\n{}", lost.len(), lost.join("\n"));
}
