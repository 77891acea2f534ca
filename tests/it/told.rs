//! Nominations that are letters and nothing else, in the hands of many kinds of people: what a careful reader takes from each, a line a fact.
//! Those named `apart` were written with the others, and no rule was made for them: they measure.

use std::collections::BTreeSet;
use std::path::Path;

use focus_family::domain::document::Limits;
use focus_family::domain::nomination::reading::read_mail;
use focus_family::domain::nomination::{Answer, MailKind, Member, Nomination, Vocabulary, interpret};
use focus_family::domain::time::Date;

use super::reading::programme;

/// What was read of the mails whose names begin alike: facts right, facts wanted, and what is wrong with which.
struct Held {
    right: usize,
    wanted: usize,
    invented: Vec<String>,
    missed: Vec<String>,
}

impl Held {
    fn told(&self) -> String {
        format!(
            "{} of {} facts, {} invented or of another\n{}\n{}",
            self.right,
            self.wanted,
            self.invented.len(),
            self.invented.join("\n"),
            self.missed.join("\n")
        )
    }
}

/// The letter as a mail program breaks it at 72 characters.
fn broken(letter: &str) -> String {
    const WIDTH: usize = 72;
    let mut out = String::new();
    for line in letter.lines() {
        let mut length = 0;
        for word in line.split(' ') {
            let needed = word.chars().count() + usize::from(length > 0);
            if length > 0 && length + needed > WIDTH {
                out.push('\n');
                length = 0;
            } else if length > 0 {
                out.push(' ');
            }
            out.push_str(word);
            length += word.chars().count() + usize::from(length > 0);
        }
        out.push('\n');
    }
    out
}

fn held(begins: &str, form: impl Fn(&str) -> String) -> Held {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/prose");
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let mut held = Held { right: 0, wanted: 0, invented: Vec::new(), missed: Vec::new() };
    for file in files {
        let name = file.file_stem().unwrap().to_string_lossy().into_owned();
        if !name.starts_with(begins) {
            continue;
        }
        let text = std::fs::read_to_string(&file).unwrap();
        let (head, letter) = text.split_once("---\n").unwrap();
        let (headers, facts) = head.split_once("\n\n").unwrap();
        let wanted: BTreeSet<String> = facts.lines().map(str::to_owned).collect();
        let read = facts_of(headers, &form(letter));
        held.wanted += wanted.len();
        held.right += wanted.intersection(&read).count();
        held.invented.extend(read.difference(&wanted).map(|fact| format!("{name}: read {fact}")));
        held.missed.extend(wanted.difference(&read).map(|fact| format!("{name}: missed {fact}")));
    }
    held
}

/// What is understood of a letter, in the words of the files.
fn facts_of(headers: &str, letter: &str) -> BTreeSet<String> {
    let mut mail =
        String::from("To: focusfamily@example.org\r\nDate: Mon, 09 Nov 2026 10:00:00 +0000\r\nMessage-ID: <one@example.org>\r\n");
    mail.push_str("MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n");
    for line in headers.lines().chain([""]).chain(letter.lines()) {
        mail.push_str(line);
        mail.push_str("\r\n");
    }
    let reading = read_mail(mail.as_bytes(), &Limits::default()).unwrap();
    let received_on: Date = "2026-11-09".parse().unwrap();
    let intake = interpret(&reading, &Vocabulary::new(&programme().forms), received_on);
    if intake.kind != MailKind::Nomination {
        return BTreeSet::from([format!("kind: {:?}", intake.kind)]);
    }
    facts(&intake.nomination.unwrap_or_default())
}

fn facts(nomination: &Nomination) -> BTreeSet<String> {
    let mut facts = BTreeSet::new();
    let mut tell = |what: &str, value: Option<String>| {
        facts.extend(value.map(|value| format!("{what}: {value}")));
    };
    let referrer = &nomination.referrer;
    for (what, answer) in [
        ("referrer name", &referrer.name),
        ("referrer role", &referrer.role),
        ("referrer organisation", &referrer.organisation),
        ("referrer email", &referrer.email),
        ("referrer phone", &referrer.phone),
        ("address", &nomination.address.text),
        ("postcode", &nomination.address.postcode),
    ] {
        tell(what, value(answer));
    }
    for member in &nomination.members {
        let name = name_of(member);
        let of = |value: Option<String>| value.map(|value| format!("{name} {value}"));
        tell("member", Some(name.clone()));
        tell("born", of(value(&member.date_of_birth)));
        tell("age", of(value(&member.age_years)));
        tell("due", of(value(&member.expected_on)));
        tell("school", of(value(&member.school)));
    }
    let consent = &nomination.consent;
    let given = consent.given.as_ref().is_some_and(|given| *given.value.reveal() && given.others.is_empty());
    tell("consent", Some(if given { "yes" } else { "no" }.to_owned()));
    tell("consent by", value(&consent.signed_by));
    tell("consent on", value(&consent.signed_on));
    facts
}

/// An unborn child has no first name. The writer's surname, taken for a child at half confidence, is written nowhere and no fact of the
/// letter.
fn name_of(member: &Member) -> String {
    let given = value(&member.given_name).or_else(|| member.expected_on.is_some().then(|| "Unborn".to_owned()));
    let written = |answer: &Answer<String>| answer.sources.iter().any(|source| source.confidence > 0.5);
    let family = value(&member.family_name.clone().filter(written));
    [given, family].into_iter().flatten().collect::<Vec<_>>().join(" ")
}

fn value<T: ToString>(answer: &Option<Answer<T>>) -> Option<String> {
    answer.as_ref().map(|answer| answer.value.reveal().to_string())
}

#[test]
fn letters_in_many_hands_are_read_fact_by_fact() {
    let held = held("told", str::to_owned);
    println!("{}", held.told());
    assert!(held.invented.is_empty() && held.missed.is_empty(), "{}", held.told());
}

#[test]
fn letters_whose_lines_a_mail_program_broke_say_the_same() {
    let held = held("told", broken);
    assert!(held.invented.is_empty() && held.missed.is_empty(), "{}", held.told());
}

#[test]
fn letters_held_apart_are_mostly_read() {
    let held = held("apart", str::to_owned);
    println!("{} of {}, {} invented", held.right, held.wanted, held.invented.len());
    assert!(held.right >= 59, "{} of {}", held.right, held.wanted);
    assert!(held.invented.len() <= 3, "{} invented or of another", held.invented.len());
}
