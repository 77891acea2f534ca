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

/// The letters that `would` names, each once.
fn letters_of(would: &Value) -> std::collections::BTreeSet<String> {
    let steps = would.as_array().unwrap().iter().map(|step| step.as_str().unwrap());
    steps.filter_map(|step| step.strip_prefix("send ")).map(str::to_owned).collect()
}

/// What explain says of each mail of the sample county is what becomes of it when it arrives: the same end, the same letters.
#[test]
fn what_a_mail_would_do_is_what_it_does() {
    use focus_family::store::EndState;
    let house = crate::support::engines::sqlite_house();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let trust = "trust = \"border_results\"\nborder_servers = [\"mx.council.example.org\"]";
        let county = crate::support::daemon::County::with_trust(&house, trust).await;
        let settings = focus_family::demo::settings_toml(county.folder.path(), 0, None).replace("trust = \"border_checked\"", trust);
        let file = county.folder.path().join("focus-family.toml");
        std::fs::write(&file, settings).unwrap();
        let ambient = Ambient::Scripted(Script::new("2026-09-07T06:00:00Z".parse().unwrap(), 3));
        let mut mails: Vec<(String, Vec<u8>)> = focus_family::demo::mails(county.today(), &ambient, 19)
            .into_iter()
            .map(|mail| (mail.file_name, mail.raw))
            .collect();
        let alert = crate::support::daemon::sample("alert").into_bytes();
        mails.push(("alert.eml".to_owned(), alert));
        let news = "From: news@charity.example.org\r\nList-Id: <news>\r\nMessage-ID: <n@charity.example.org>\r\nSubject: News\r\n\r\nSummer.\r\n";
        mails.push(("circular.eml".to_owned(), news.as_bytes().to_vec()));
        let app = county.start().await;
        let mut wrong = Vec::new();
        for (name, raw) in &mails {
            let path = county.folder.path().join(name);
            std::fs::write(&path, raw).unwrap();
            let program = Command::new(env!("CARGO_BIN_EXE_focus-family"))
                .args(["mail", "explain", "--json", "--config"])
                .args([&file, &path])
                .stdin(Stdio::null())
                .output()
                .unwrap();
            assert!(program.status.success(), "{name}: {}", String::from_utf8_lossy(&program.stderr));
            let explained: Value = serde_json::from_slice(&program.stdout).unwrap();
            county.deliver(name, raw);
            let round = focus_family::daemon::round::settle(&app).await.unwrap();
            let [ended] = round.ended.as_slice() else { panic!("{name}: {:?}", round.ended) };
            let joins = explained["would"][0].as_str().unwrap().starts_with("attach it to the case it answers");
            let first = explained["would"][0].as_str().unwrap();
            let end = match ended.end {
                EndState::CaseOpened => "open a case",
                EndState::Attached => "attach it",
                EndState::Request => "open a task for a person",
                EndState::Automatic => "file it; answer nothing",
                EndState::Waiting => "wait for a person",
            };
            let did: std::collections::BTreeSet<String> = ended.letters.iter().cloned().collect();
            let letters = letters_of(&explained["would"]);
            let told = if ended.end == EndState::Attached { joins } else { first == end && letters == did };
            if !told {
                wrong.push(format!("{name}: would {first}, {letters:?}\n    did {end}, {did:?}"));
            }
            let missing: Vec<&str> = explained["missing"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
            if ended.end == EndState::CaseOpened && missing != ended.missing {
                wrong.push(format!("{name}: says missing {missing:?}, asked for {:?}", ended.missing));
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    });
}

#[test]
fn consent_answered_both_ways_is_not_shown_and_its_doubt_is_named() {
    let body = crate::support::daemon::sample("school-nomination").split_once("\r\n\r\n").unwrap().1.replace("\r\n", "\n");
    let both = body.replace("Consent obtained?: Yes", "Consent obtained?: [x] Yes  [x] No");
    assert_ne!(body, both, "the sample has the question");
    let mut told = explained("Mon, 1 Feb 2016 10:00:00 +0000", &both);
    let consent = told["nomination"]["consent"].take();
    assert_eq!(
        (&consent["given"], &consent["evidence"], &consent["contradicted"]),
        (&Value::Null, &Value::Null, &Value::Bool(true))
    );
    assert!(told["doubts"].to_string().contains("consent is answered both Yes and No"), "{told}");
    assert!(told["missing"].to_string().contains("\"consent\""), "{told}");
}

#[test]
fn a_file_that_cannot_be_read_is_what_is_missing_and_who_sent_it_is_known() {
    let nobody = filled_form().1;
    let boundary = "----=_b";
    let mail = |name: &str, file: &[u8]| {
        use base64::Engine as _;
        format!(
            "From: Joan Airey <joan@families.example.org>\r\nSubject: Nomination\r\nDate: Mon, 1 Feb 2016 10:00:00 +0000\r\nMIME-Version: 1.0\r\n\
             Content-Type: multipart/mixed; boundary=\"{boundary}\"\r\n\r\n--{boundary}\r\nContent-Type: text/plain\r\n\r\nNomination attached.\r\n\
             --{boundary}\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; filename=\"{name}\"\r\n\
             Content-Transfer-Encoding: base64\r\n\r\n{}\r\n--{boundary}--\r\n",
            base64::engine::general_purpose::STANDARD.encode(file)
        )
    };
    let broken = &nobody[..nobody.len() / 3];
    for (what, file, missing) in [("damaged", broken, "documents.damaged"), ("empty", &[][..], "documents")] {
        let (said, _folder) = told("mail.eml", mail("nomination.pdf", file).as_bytes(), &["--json"]);
        let said: Value = serde_json::from_str(&said).unwrap();
        assert_eq!(said["message"]["kind"], "nomination", "{what}");
        assert_eq!(said["missing"], serde_json::json!([missing]), "{what}: {said}");
        assert_eq!(said["nomination"]["referrer"]["email"], "joan@families.example.org", "{what}: {said}");
    }
}

/// The published kinds are a closed list, which programs of others read.
#[test]
fn a_complaint_is_published_as_other_with_the_request_it_is() {
    let told =
        explained("Thu, 10 Sep 2026 10:00:00 +0000", "I wish to make a formal complaint about how my family was treated.\n");
    assert_eq!((&told["message"]["kind"], &told["message"]["request"]), (&"other".into(), &"complaint".into()));
    assert!(told["would"].to_string().contains("open a task for a person"), "{}", told["would"]);
    let told = explained("Mon, 1 Feb 2016 10:00:00 +0000", NOMINATION);
    assert_eq!(told["message"]["request"], Value::Null);
}
