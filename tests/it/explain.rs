//! `mail explain` through the door people use: the program, a file, an answer.

use std::process::{Command, Stdio};

use serde_json::Value;

/// The answer about a nomination, or about a plain question, that carries this date.
fn explained(date: &str, body: &str) -> Value {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("mail.eml");
    let head = "From: Robin Sample <robin@school.example.org>\nTo: nominations@example.org\nMessage-ID: <1@school.example.org>";
    std::fs::write(&file, format!("{head}\nDate: {date}\nSubject: Family nomination\n\n{body}")).unwrap();
    let program = Command::new(env!("CARGO_BIN_EXE_focus-family"))
        .args(["mail", "explain", "--json"])
        .arg(&file)
        .current_dir(folder.path())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(program.status.success(), "{date}: {}", String::from_utf8_lossy(&program.stderr));
    serde_json::from_slice(&program.stdout).unwrap()
}

const NOMINATION: &str = "I would like to nominate a family for the Focus Family programme.\n\nReferrer: Robin Sample\nAddress: 1 Made Up \
                          Lane, Whitehaven, CA28 7XX\n\nName: Kim Example\nDate of birth: 03/04/2005\nRelationship: son\n";

#[test]
fn a_nomination_is_judged_by_the_pack_of_its_day() {
    let told = explained("Mon, 1 Feb 2016 10:00:00 +0000", NOMINATION);
    assert_eq!(told["message"]["kind"], "nomination");
    assert_eq!(told["eligibility"]["rule_pack"], "cumbria-2015");
}

#[test]
fn a_mail_of_a_day_without_a_rule_pack_is_explained_and_a_nomination_of_it_is_not_judged() {
    for date in ["Wed, 1 Jan 2014 10:00:00 +0000", "Fri, 14 Feb 1969 10:00:00 +0000"] {
        let told = explained(date, NOMINATION);
        assert_eq!(told["message"]["kind"], "nomination", "{date}");
        assert_eq!(told["eligibility"], Value::Null, "{date}");
        assert!(told["doubts"].to_string().contains("not judged: no rule pack `cumbria-2015` is in force on"), "{told}");
        assert_eq!(explained(date, "Could we meet on Tuesday?\n")["doubts"], Value::Array(Vec::new()), "{date}");
    }
}
