//! `workflow migrate` as an operator types it, on both engines: tried first, then done, then undone.

use std::path::Path;
use std::process::Command;

use crate::support::engines::postgres_database;

const MAIL: &str = "From: \"Jane Roe\" <jane.roe@school.example.org>\r\nTo: focusfamily@council.example.org\r\n\
    Subject: Nomination\r\nDate: Fri, 20 Nov 2026 10:00:00 +0000\r\nMessage-ID: <m1@school.example.org>\r\n\
    Content-Type: text/html; charset=utf-8\r\n\r\n\
    <table><tr><th>Name</th><th>Date of birth</th><th>Relationship</th><th>Criteria met</th></tr>\
    <tr><td>Ann Doe</td><td>01/03/1985</td><td>Mother</td><td>Out of work; domestic abuse</td></tr>\
    <tr><td>Ben Doe</td><td>02/04/2012</td><td>Son</td><td>Not attending school; crime</td></tr></table>\
    <p>Address: 1 High Street, Whitehaven CA28 7XX</p>\r\n";
const BY: &str = "--by morag.example@council.example.org --because tried";

/// Runs the program in `folder`, under the programme of `workflow` where one is named: what it said, and its exit code.
fn run(folder: &Path, workflow: Option<&Path>, words: &str) -> String {
    let mut program = Command::new(env!("CARGO_BIN_EXE_focus-family"));
    program.args(words.split(' ')).current_dir(folder).env_remove("RUST_LOG");
    if let Some(workflow) = workflow {
        program.env("FOCUS_FAMILY__PROGRAMME__FOLDER", workflow);
    }
    let output = program.output().unwrap_or_else(|error| panic!("{words}: {error}"));
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    format!("{out}{err}exit {}\n", output.status.code().unwrap_or(-1))
}

/// The shipped programme in `folder`, as another version in which what is missing may take longer.
fn later_version(folder: &Path) {
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("workflows/focus-family");
    for entry in walk(&shipped) {
        let to = folder.join(entry.strip_prefix(&shipped).unwrap());
        std::fs::create_dir_all(to.parent().unwrap()).unwrap();
        std::fs::copy(&entry, to).unwrap();
    }
    let file = folder.join("lifecycle.yaml");
    let mut text = std::fs::read_to_string(&file).unwrap();
    for (from, to) in [
        ("version: \"2026.1\"", "version: \"2027.1\""),
        ("{name: due, working_days: 5, letters: [missing_chase]}", "{name: due, working_days: 16, letters: [missing_chase]}"),
        (
            "{name: chase, working_days: 10, letters: [missing_chase]}",
            "{name: chase, working_days: 18, letters: [missing_chase]}",
        ),
        ("{name: breach, working_days: 15, letters: [overdue", "{name: breach, working_days: 20, letters: [overdue"),
    ] {
        assert!(text.contains(from), "`{from}` is in the life-cycle");
        text = text.replacen(from, to, 1);
    }
    std::fs::write(&file, text).unwrap();
}

fn walk(folder: &Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { walk(&path) } else { vec![path] }).collect()
}

/// From which day to which the deadline for what is missing would move, as a trial tells.
fn would_move(folder: &Path, workflow: Option<&Path>, words: &str) -> (String, String) {
    let told = run(folder, workflow, words);
    let days = told.split_once("): information ").and_then(|(_, rest)| rest.split_once(" → "));
    let (before, after) = days.unwrap_or_else(|| panic!("{told}"));
    (before.to_owned(), after.chars().take_while(|character| !character.is_whitespace() && *character != ';').collect())
}

fn migrates(store: &str) {
    let folder = tempfile::tempdir().unwrap();
    let (at, workflow) = (folder.path(), folder.path().join("workflow"));
    run(at, None, "init");
    let file = at.join("focus-family.toml");
    let settings = std::fs::read_to_string(&file).unwrap();
    let changed = settings.replacen("kind = \"sqlite\"\npath = \"focus-family.db\"\n", store, 1).replacen(
        "# sandbox = \"enforced\"",
        "sandbox = \"weakened\"",
        1,
    );
    assert_ne!(changed, settings);
    std::fs::write(&file, changed).unwrap();
    let made = run(at, None, "init");
    assert!(made.contains("exit 0"), "{made}");
    std::fs::write(at.join("mail/one.eml"), MAIL).unwrap();
    let told = run(at, None, "mail import mail");
    assert!(told.contains("1 new") && told.contains("exit 0"), "{told}");
    later_version(&workflow);
    let later = Some(workflow.as_path());
    let tell = |workflow, words: &str, wanted: &[&str]| {
        let told = run(at, workflow, words);
        for text in wanted {
            assert!(told.contains(text), "`{text}` is not in:\n{told}");
        }
    };
    // Tried, and nothing is written.
    tell(later, "workflow migrate", &["1 case would move", "0 not", "exit 0"]);
    let (before, after) = would_move(at, later, "workflow migrate");
    assert!(before < after, "{before} {after}");
    // Nobody moves cases without a name and a reason.
    tell(later, "workflow migrate --apply", &["exit 2"]);
    tell(later, &format!("workflow migrate --apply {BY}"), &["1 case moved, 0 not", "exit 0"]);
    tell(later, "workflow migrate", &["every open case is under version 2027.1", "exit 0"]);
    // Back under the version it came from, to the same day.
    assert_eq!(would_move(at, None, "workflow migrate --back"), (after, before));
    tell(None, &format!("workflow migrate --back --apply {BY}"), &["1 case moved, 0 not", "exit 0"]);
    tell(None, "workflow migrate", &["every open case is under version 2026.1", "exit 0"]);
    // A second family under the later version: each lives by its own, whatever the folder has, and one alone is moved.
    std::fs::write(at.join("mail/two.eml"), second_mail()).unwrap();
    tell(later, "mail import mail", &["1 new", "exit 0"]);
    let cases: serde_json::Value =
        serde_json::from_str(run(at, later, "case list --json").split("exit").next().unwrap()).unwrap();
    let mut references: Vec<&str> = cases.as_array().unwrap().iter().map(|case| case["reference"].as_str().unwrap()).collect();
    references.sort_by_key(|reference| run(at, None, &format!("case why {reference}")).contains("life-cycle 2027.1"));
    let [old, new] = references.as_slice() else { panic!("two cases: {references:?}") };
    for workflow in [None, later] {
        tell(workflow, &format!("case why {old}"), &["life-cycle 2026.1+"]);
        tell(workflow, &format!("case why {new}"), &["life-cycle 2027.1+"]);
    }
    tell(None, &format!("case record {new}"), &["Open now", "exit 0"]);
    tell(later, "check", &["1 open case under 2026.1+", "1 open case under 2027.1+"]);
    tell(later, "workflow kept", &["life-cycle    2026.1+", "life-cycle    2027.1+", "1 open case, of the folder", "rule pack"]);
    tell(later, "workflow kept 2026.1", &["{name: due, working_days: 5, letters: [missing_chase]}", "exit 0"]);
    // By its own ladder: back under the earlier version its deadline is the earlier one.
    let told = would_move(at, None, &format!("workflow migrate --case {new}"));
    assert!(told.0 > told.1, "{told:?}");
    tell(None, &format!("workflow migrate --case {old} --to 2027.1"), &["1 case would move", "exit 0"]);
    tell(None, &format!("workflow migrate --case {old} --to 2027.1 --apply {BY}"), &["1 case moved, 0 not", "exit 0"]);
    tell(later, "workflow migrate", &["every open case is under version 2027.1", "exit 0"]);
    tell(later, &format!("workflow migrate --case {old} --back --apply {BY}"), &["1 case moved, 0 not", "exit 0"]);
    tell(later, &format!("case why {old}"), &["life-cycle 2026.1+"]);
    tell(None, "workflow migrate --to 2031", &["it is not one of those kept", "exit 1"]);
    tell(None, "audit verify", &["exit 0"]);
}

/// Another family.
fn second_mail() -> String {
    let changes = [
        ("m1@school", "m2@school"),
        ("Ann Doe", "Tess Roy"),
        ("Ben Doe", "Kit Roy"),
        ("01/03/1985", "11/09/1979"),
        ("02/04/2012", "22/10/2014"),
        ("1 High Street", "77 Low Road"),
    ];
    changes.into_iter().fold(MAIL.to_owned(), |mail, (from, to)| mail.replace(from, to))
}

#[test]
fn an_operator_moves_cases_to_another_version_and_back_on_sqlite() {
    migrates("kind = \"sqlite\"\npath = \"focus-family.db\"\n");
}

#[test]
fn an_operator_moves_cases_to_another_version_and_back_on_postgresql() {
    if std::env::var("FOCUS_FAMILY_TEST_ENGINES").is_ok_and(|engines| engines == "sqlite") {
        eprintln!("NOT RUN on postgres: FOCUS_FAMILY_TEST_ENGINES=sqlite");
        return;
    }
    migrates(&format!("kind = \"postgres\"\nurl = \"{}\"\n", postgres_database()));
}
