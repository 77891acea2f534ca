//! A council's own blank form, learnt: what it prints is nobody's answer, and what somebody writes on it is read as before.

use std::process::Command;

use focus_family::domain::document::Limits;
use focus_family::domain::mail::carrying;
use focus_family::domain::nomination::reading::read_mail;
use focus_family::domain::nomination::{Intake, Learnt, Vocabulary, learn, nominated};
use focus_family::domain::time::Date;
use focus_family::domain::workflow::programme::{FormWords, LearntForm};
use focus_family::forms::word::Word;
use serde_json::Value;

use super::reading::{member_line, programme};

const TODAY: Date = jiff::civil::date(2026, 11, 9);

/// What a family's worker writes on the form; nothing, on the blank one.
#[derive(Default)]
struct Written {
    referrer: [&'static str; 3],
    address: [&'static str; 2],
    people: Vec<[&'static str; 4]>,
    reason: &'static str,
    agencies: [&'static str; 2],
}

const FILLED: fn() -> Written = || Written {
    referrer: ["Ann Bell", "Family worker", "Fell School"],
    address: ["3 Kiln Close, Whitehaven", "CA28 7XX"],
    people: vec![["Dawn Holme", "03/02/1985", "Mother", ""], ["Max Holme", "01/05/2015", "Son", "Fell School"]],
    reason: "Max was excluded from school in October. Dawn has lost her job and is in rent arrears.",
    agencies: ["", "Rachel Postle, 01632 960000"],
};

/// A form with traps of the kind that real ones print: an example row, an example of a reason, guidance between a label and its answer.
fn form(written: &Written) -> Vec<u8> {
    let mut file = Word::default();
    let row = |cells: &[&str]| cells.iter().map(|cell| (*cell).to_owned()).collect::<Vec<String>>();
    file.heading(1, "Northshire nomination to Focus Family");
    file.heading(2, "Details of person making referral");
    let labels = ["Name", "Job title", "Organisation"];
    let pairs: Vec<Vec<String>> = labels.iter().zip(written.referrer).map(|(label, value)| row(&[label, value])).collect();
    file.table(&[2400, 4000], false, &pairs);
    file.heading(2, "Where the family lives");
    file.paragraph("Home address");
    file.paragraph("Flat 9 Northshire House, Whitehaven if the family is moving");
    file.paragraph(written.address[0]);
    file.paragraph(&format!("Postcode: {}", written.address[1]));
    file.paragraph(&format!("Nickname at home: {}", if written.people.is_empty() { "" } else { "the Holmes" }));
    file.heading(2, "Family members");
    let mut people =
        vec![row(&["Name", "Date of birth", "Relationship", "School"]), row(&["Sam Sample", "04/05/2010", "Son", "Hill School"])];
    people.extend(written.people.iter().map(|person| row(person)));
    people.push(row(&["", "", "", ""]));
    file.table(&[2400, 1600, 1600, 2400], true, &people);
    file.heading(2, "Reason for nomination");
    file.paragraph("Write it as you would tell it: Sam has not been in school since March and was arrested last week.");
    file.paragraph(written.reason);
    file.heading(2, "Agencies involved");
    let agencies = vec![
        row(&["Agency", "Contact"]),
        row(&["Northshire Early Years Team", written.agencies[0]]),
        row(&["School nurse", written.agencies[1]]),
    ];
    file.table(&[3000, 4000], true, &agencies);
    file.bytes()
}

fn words(learnt: Option<&Learnt>) -> Vocabulary {
    let mut forms = FormWords::clone(&programme().forms);
    forms.learnt.extend(learnt.map(|learnt| LearntForm { name: "northshire".to_owned(), lines: learnt.lines.clone() }));
    Vocabulary::new(&forms)
}

fn read(file: &[u8], words: &Vocabulary) -> Intake {
    nominated(&read_mail(&carrying("form.docx", file), &Limits::default()).unwrap(), words, TODAY)
}

fn taught() -> Learnt {
    let reading = read_mail(&carrying("blank.docx", &form(&Written::default())), &Limits::default()).unwrap();
    learn(&reading.documents[0], &words(None))
}

/// Everything that was read, in words.
fn told(intake: &Intake) -> Vec<String> {
    let nomination = intake.nomination.as_ref().unwrap();
    let said = |answer: &Option<focus_family::domain::nomination::Answer<String>>| {
        answer.as_ref().map_or("-".to_owned(), |answer| answer.value.reveal().clone())
    };
    let mut told: Vec<String> = nomination.members.iter().map(member_line).collect();
    let by = &nomination.referrer;
    told.push(format!("by {}, {}, {}", said(&by.name), said(&by.role), said(&by.organisation)));
    told.push(format!("at {}, {}", said(&nomination.address.text), said(&nomination.address.postcode)));
    for agency in &nomination.agencies {
        told.push(format!("agency {}: {}", agency.name.value.reveal(), said(&agency.contact)));
    }
    for shown in &nomination.themes_of_nobody {
        told.push(format!("theme of nobody {}", shown.theme));
    }
    told
}

#[test]
fn what_a_learnt_blank_form_prints_is_no_answer_and_what_is_written_on_it_stays_one() {
    let (before, after) = (words(None), words(Some(&taught())));
    let blank = form(&Written::default());
    let said = told(&read(&blank, &before)).join("\n");
    for trap in ["Sam", "Flat 9 Northshire House"] {
        assert!(said.contains(trap), "the form sets no trap with {trap}: {said}");
    }
    assert_eq!(told(&read(&blank, &after)), ["by -, -, -", "at -, -"]);

    let filled = form(&FILLED());
    let (then, now) = (told(&read(&filled, &before)), told(&read(&filled, &after)));
    assert_eq!(
        now,
        [
            "Dawn|Holme|1985-02-03|-|female|Mother|-|adult|work_finance stated|",
            "Max|Holme|2015-05-01|-|male|Son|Fell School|child|education stated|",
            "by Ann Bell, Family worker, Fell School",
            "at 3 Kiln Close, Whitehaven, CA28 7XX",
            "agency School nurse: Rachel Postle, 01632 960000",
        ],
        "before: {then:?}"
    );
    assert!(then.iter().any(|line| line.contains("Sam|Sample")), "{then:?}");
    for kept in now.iter().filter(|line| !line.starts_with("at ")) {
        assert!(then.contains(kept), "`{kept}` is not what was read before: {then:?}");
    }
}

#[test]
fn a_label_nobody_knows_is_told_with_the_nearest_one_known_and_fingerprints_show_nothing_of_the_form() {
    let taught = taught();
    let unknown: Vec<&str> = taught.unknown.iter().map(|label| label.text.as_str()).collect();
    assert_eq!(unknown, ["Nickname at home"]);
    assert!(taught.lines.iter().all(|line| line.len() == 16 && line.bytes().all(|digit| digit.is_ascii_hexdigit())));
    // The words of criteria and labels may be somebody's answer: they are known by name, not by fingerprint.
    let mut own = Word::default();
    own.paragraph("Not attending school regularly");
    own.paragraph("Date of birth:");
    own.paragraph("Thank you for taking the time");
    let reading = read_mail(&carrying("own.docx", &own.bytes()), &Limits::default()).unwrap();
    assert_eq!(learn(&reading.documents[0], &words(None)).lines.len(), 1);
}

fn run(words: &[&str]) -> (i32, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_focus-family")).args(words).env_remove("RUST_LOG").output().unwrap();
    let text = [output.stdout, output.stderr].concat();
    (output.status.code().unwrap_or(-1), String::from_utf8_lossy(&text).into_owned())
}

#[test]
fn the_command_learns_a_form_into_the_folder_of_the_programme_and_the_next_mail_is_read_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
    let programme = folder.path().join("programme");
    for (path, text) in focus_family::config::files::programme(None).unwrap() {
        let file = programme.join(path);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, text).unwrap();
    }
    std::fs::write(at("Northshire Form.docx"), form(&Written::default())).unwrap();
    std::fs::write(at("filled.docx"), form(&FILLED())).unwrap();
    assert_eq!(run(&["init", &at("")]).0, 0);
    let settings = std::fs::read_to_string(at("focus-family.toml")).unwrap();
    let with_folder = settings.replacen("# folder = ", &format!("folder = {programme:?} # "), 1);
    assert_ne!(with_folder, settings);
    std::fs::write(at("focus-family.toml"), with_folder).unwrap();

    let (code, told) = run(&["forms", "learn", &at("Northshire Form.docx")]);
    assert!(code == 2 && told.contains("--dir"), "{told}");
    let config = at("focus-family.toml");
    let explain = || {
        let (code, told) = run(&["--config", &config, "mail", "explain", &at("filled.docx"), "--json", "--as-of", "2026-11-09"]);
        assert_eq!(code, 0, "{told}");
        let value: Value = serde_json::from_str(&told).unwrap();
        value["nomination"]["members"]
            .as_array()
            .unwrap()
            .iter()
            .map(|member| member["given_name"].to_string())
            .collect::<Vec<_>>()
    };
    assert_eq!(explain(), ["\"Sam\"", "\"Dawn\"", "\"Max\""]);
    let (code, told) = run(&["--config", &config, "forms", "learn", &at("Northshire Form.docx")]);
    assert!(code == 0 && told.contains("printed lines learnt") && told.contains("- \"nickname at home\""), "{told}");
    assert!(!told.contains("still taken to say"), "{told}");
    let file = std::fs::read_to_string(programme.join("forms/learnt/northshire-form.yaml")).unwrap();
    assert!(file.contains("name: northshire-form") && !file.contains("Sample"), "{file}");
    assert_eq!(explain(), ["\"Dawn\"", "\"Max\""]);
    // Learnt twice is learnt once, and the folder stays a whole programme.
    assert_eq!(run(&["--config", &config, "forms", "learn", &at("Northshire Form.docx")]).0, 0);
    assert_eq!(std::fs::read_to_string(programme.join("forms/learnt/northshire-form.yaml")).unwrap(), file);
    let (code, told) = run(&["workflow", "check", &programme.to_string_lossy()]);
    assert_eq!(code, 0, "{told}");
}
