//! `mail explain` through the door people use: the program, a file, an answer.

use std::process::{Command, Stdio};

use focus_family::ambient::{Ambient, Script};
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

/// Runs `mail explain` with `arguments` in a folder of its own that holds `file` as `name`; what it says, and the folder.
fn told(name: &str, file: &[u8], arguments: &[&str]) -> (String, tempfile::TempDir) {
    let (says, code, folder) = asked(name, file, arguments);
    assert_eq!(code, Some(0), "{says}");
    (says, folder)
}

/// The same whatever its exit code is.
fn asked(name: &str, file: &[u8], arguments: &[&str]) -> (String, Option<i32>, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(name), file).unwrap();
    let program = Command::new(env!("CARGO_BIN_EXE_focus-family"))
        .args(["mail", "explain", name])
        .args(arguments)
        .current_dir(folder.path())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    (String::from_utf8(program.stdout).unwrap(), program.status.code(), folder)
}

fn filled_form() -> (focus_family::demo::county::Nomination, Vec<u8>) {
    let ambient = Ambient::Scripted(Script::new("2026-11-23T06:00:00Z".parse().unwrap(), 3));
    let nomination = focus_family::demo::county::drawn(jiff::civil::date(2026, 11, 23), &ambient);
    let bytes = focus_family::forms::bytes(focus_family::demo::forms::nomination_pdf(&nomination));
    (nomination, bytes)
}

#[test]
fn a_form_alone_is_told_with_the_place_of_every_answer_and_no_line_is_too_wide() {
    let (nomination, form) = filled_form();
    let (told, _folder) = told("form.pdf", &form, &["--as-of", "2026-11-23"]);
    for line in told.lines() {
        assert!(line.chars().count() <= 120, "{line}");
        assert!(!line.contains('\u{1b}'), "colour without a terminal: {line}");
    }
    for wanted in [
        "from      nobody: a file without a mail",
        "kind      nomination",
        "document  1: form.pdf, nomination and consent form, read by its form fields",
        "1: page 1, table 1, row 1, column 2",
        "where it stands",
        "person 2, child",
        &nomination.members[0].given,
        "missing   ",
        "doubtful  ",
        "would     open a case",
        "nothing was stored or sent",
    ] {
        assert!(told.contains(wanted), "`{wanted}` is not in:\n{told}");
    }
}

#[test]
fn the_pages_of_a_form_are_drawn_with_a_mark_at_each_answer() {
    let (_, form) = filled_form();
    let blank = {
        let nobody = focus_family::demo::county::Nomination { members: Vec::new(), ..filled_form().0 };
        focus_family::forms::bytes(focus_family::demo::forms::nomination_pdf(&nobody))
    };
    let marked = |file: &[u8]| {
        let (told, folder) = told("form.pdf", file, &["--pages", "pictures"]);
        assert!(told.contains("document-1-page-1.png  form.pdf, page 1"), "{told}");
        let picture = image::open(folder.path().join("pictures/document-1-page-1.png")).unwrap().to_rgb8();
        assert_eq!(picture.height(), 1400);
        assert!(folder.path().join("pictures/document-1-page-2.png").exists());
        picture.pixels().filter(|pixel| pixel.0 == [190, 20, 90]).count()
    };
    let (many, few) = (marked(&form), marked(&blank));
    assert!(few > 500 && many > 2 * few, "{many} marked pixels with people, {few} without");
}

#[test]
fn what_has_no_pages_is_named_and_a_hostile_page_is_no_harm() {
    let (says, _) = told("notes.rtf", br"{\rtf1 Nomination form\par Name: Kim Example\par}", &["--pages", "pictures"]);
    assert!(says.contains("notes.rtf has no pages of its own to draw"), "{says}");
    let mut sheet = focus_family::forms::sheet::Sheet::default();
    sheet.page();
    let mut document = sheet.document("huge");
    let page = *document.get_pages().get(&1).unwrap();
    let side: lopdf::Object = 9_000_000.into();
    let page = document.get_object_mut(page).and_then(lopdf::Object::as_dict_mut).unwrap();
    page.set("MediaBox", vec![0.into(), 0.into(), side.clone(), side]);
    let mut bytes = Vec::new();
    document.save_to(&mut bytes).unwrap();
    let (told, code, _) = asked("huge.pdf", &bytes, &["--pages", "pictures"]);
    assert!(told.contains("nothing was stored or sent") && code == Some(1), "{told}");
}
