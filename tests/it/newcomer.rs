//! What somebody meets in the first weeks: each sentence says what is so, and what to do next.

use std::path::Path;

use focus_family::config::Settings;
use focus_family::daemon::app::{App, Schema};
use focus_family::daemon::commands::received_line;
use focus_family::daemon::last_good::keep_or_tell;
use focus_family::daemon::round::settle;
use focus_family::domain::personal::Personal;
use focus_family::engine::settle::Settler;
use focus_family::store::{LetterFilter, TaskFilter};

use crate::support::daemon::{County, form, mail_with, nomination, record, sample};
use crate::support::engines::{for_each_house, sqlite_house};
use crate::terminal::{MAIL, change, holds, run};

/// A folder set up by `init`, its mailbox trusted, with one nomination taken in.
fn set_up(at: &Path) {
    run(at, "init");
    change(at, &[("trust = \"unproven\"", "trust = \"border_checked\""), ("# sandbox = \"enforced\"", "sandbox = \"weakened\"")]);
    std::fs::write(at.join("mail/one.eml"), MAIL).unwrap();
}

fn word<'a>(told: &'a str, beginning: &str) -> &'a str {
    told.split_whitespace().find(|word| word.starts_with(beginning)).unwrap_or_else(|| panic!("no {beginning} in {told}"))
}

fn of(app: &App, name: &str) -> Settler {
    let person = app.settings.people.iter().find(|person| person.address.as_text().starts_with(name)).unwrap();
    Settler { by: person.address.clone(), because: Some(Personal::from("seen")) }
}

#[test]
fn each_mail_is_told_with_its_receipt_and_why_it_waits() {
    let house = sqlite_house();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let county = County::new(&house).await;
        let app = county.start_captured().await;
        county.deliver(
            "one",
            b"From: Jane Roe <jane@school.example.org>\r\nTo: focusfamily@council.example.org\r\n\
            Subject: hello\r\nMessage-ID: <h1@school.example.org>\r\n\r\nHow are you?\r\n",
        );
        let ended = settle(&app).await.unwrap().ended;
        let line = received_line(&app.engine.programme, &ended[0]);
        assert!(line.starts_with("FF-E-"), "{line}");
        assert!(line.contains(": other → waiting (the program could not tell what it is for); letters: "), "{line}");
    });
}

#[test]
fn letters_without_pages_carry_no_link_and_say_how_to_look() {
    let house = sqlite_house();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let without = |settings: String| settings.replace("[web]\nlisten = \"127.0.0.1:0\"\n", "[web]\n");
        let county = County::with(&house, without).await;
        let app = county.start_captured().await;
        assert_eq!(app.settings.web.listen, None);
        county.deliver("one", &nomination(1));
        county.deliver("two", sample("foi").as_bytes());
        settle(&app).await.unwrap();
        let mut told = Vec::new();
        for row in app.engine.store.letters(&LetterFilter::default()).await.unwrap() {
            let letter = app.engine.store.letter(row.id).await.unwrap().unwrap();
            assert!(!letter.content.text.contains("http") && !letter.content.html.contains("href"), "{}", letter.content.text);
            told.push(format!("{}: {}", row.letter, letter.content.text));
        }
        let says = |letter: &str, words: &str| {
            assert!(told.iter().any(|one| one.starts_with(letter) && one.contains(words)), "{letter}: {words}: {told:#?}");
        };
        says("triage_summary", "There is no page to open. On the server, `focus-family case show FF-2026-");
        says("request_announcement", "On the server, `focus-family mail show FF-E-");
    });
    let folder = tempfile::tempdir().unwrap();
    run(folder.path(), "init");
    holds(&run(folder.path(), "check"), &["none: letters carry no links and say how to look instead"]);
    change(folder.path(), &[("# listen = \"127.0.0.1:8080\"", "listen = \"127.0.0.1:1\"")]);
    holds(
        &run(folder.path(), "check"),
        &["letters link to http://127.0.0.1:1, and nothing answers on 127.0.0.1:1", "take `listen` out of [web]"],
    );
}

#[test]
fn an_explained_mail_says_what_goes_when_its_sender_is_not_proven() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("one.eml"), MAIL).unwrap();
    std::fs::write(folder.path().join("plain.eml"), "From: a@example.org\r\nSubject: x\r\n\r\nHow are you?\r\n").unwrap();
    holds(
        &run(folder.path(), "mail explain one.eml"),
        &["if this sender is not proven, only a bare receipt goes to it", "exit 0"],
    );
    let told = run(folder.path(), "mail explain one.eml --json");
    holds(&told, &["\"would_if_unproven\": [\n    \"open a case\",\n    \"send triage_summary\",\n    \"send receipt\""]);
    assert!(!run(folder.path(), "mail explain plain.eml").contains("not proven"));
}

#[test]
fn a_form_alone_that_cannot_be_used_fails_with_its_reason_and_a_mail_with_it_does_not() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let damaged = b"%PDF-1.5\nnothing of a PDF follows";
    std::fs::write(at.join("form.pdf"), damaged).unwrap();
    std::fs::write(at.join("mail.eml"), mail_with(1, &[("form.pdf", "application/pdf", damaged)])).unwrap();
    holds(
        &run(at, "mail explain form.pdf"),
        &["`form.pdf` could not be used: an attachment is damaged; ask the sender for it again", "exit 1"],
    );
    let told = run(at, "mail explain form.pdf --json");
    let json = &told[..=told.find("\n}\n").unwrap() + 1];
    let json: serde_json::Value = serde_json::from_str(json).unwrap();
    assert_eq!(json["documents"][0]["problem"], "damaged");
    holds(&told, &["exit 1"]);
    holds(&run(at, "mail explain mail.eml"), &["an attachment is damaged; ask the sender for it again", "exit 0"]);
}

#[test]
fn a_form_in_the_mail_whose_title_names_the_consent_too_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let form = "From: Frances Tolson <f.tolson@school.example.org>\r\nSubject: Nomination\r\n\r\n\
        FOCUS FAMILY NOMINATION AND CONSENT FORM\r\n\r\nName of nominating professional: Frances Tolson\r\nRole: Head teacher\r\n\
        Organisation: Fell School\r\n\r\nAddress: 4 Kiln Close, Whitehaven\r\nPost code: CA28 8ZZ\r\n\r\n\
        First name: Dana\r\nSurname: Wannop\r\nDate of birth: 14/02/1985\r\nRelationship to child: Mother\r\n\r\n\
        First name: Jude\r\nSurname: Wannop\r\nDate of birth: 03/06/2013\r\nRelationship to child: Son\r\n\r\n\
        Consent obtained?: Yes\r\n";
    std::fs::write(folder.path().join("one.eml"), form).unwrap();
    let told = run(folder.path(), "mail explain one.eml");
    holds(&told, &["kind      nomination", "people    2", "Dana", "Jude"]);
}

/// The letters a nomination of Kerry Bell's family would send, when it comes from `from` and `agency` stands on it.
fn letters_to(from: &str, agency: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let form = format!(
        "From: {from}\r\nSubject: Nomination\r\n\r\nPlease find a nomination below.\r\n\r\n{agency}\
         Address: 4 Kiln Close, Whitehaven\r\nPost code: CA28 8ZZ\r\n\r\nDetails of everyone living in the household\r\n\r\n\
         First name: Kerry\r\nSurname: Bell\r\nDate of birth: 14/02/1985\r\nRelationship to child: Mother\r\n\
         Which criteria does this person meet?:\r\n  [x] Health problems\r\n\r\n\
         First name: Jude\r\nSurname: Bell\r\nDate of birth: 03/06/2013\r\nRelationship to child: Son\r\n\r\n"
    );
    std::fs::write(folder.path().join("one.eml"), form).unwrap();
    let told = run(folder.path(), "mail explain one.eml");
    holds(&told, &["kind      nomination", "people    2"]);
    told
}

#[test]
fn who_writes_by_a_short_name_or_from_a_private_mailbox_without_an_agency_gets_the_bare_receipt_only() {
    for from in [
        "Kez <kez.b@mailbox.example.org>",
        "kez@mailbox.example.org",
        "kezbell84@mailbox.example.org",
        "Kez Bell <frog@mailbox.example.org>",
        "k.bell@mailbox.example.org",
        "somebody@gmail.com",
        "Somebody <frog@BTInternet.com>",
    ] {
        let told = letters_to(from, "");
        assert!(told.contains("send receipt") && !told.contains("send acknowledgement"), "{from}: {told}");
    }
    let agency = "Referrer name: Frances Tolson\r\nJob title: Head teacher\r\nOrganisation: Fell School\r\n\r\n";
    for (from, agency) in [
        ("Frances Tolson <f.tolson@mailbox.example.org>", ""),
        ("Bell Ringers <bellringers@mailbox.example.org>", ""),
        ("kez.b@mailbox.example.org", agency),
        ("f.tolson@gmail.com", agency),
    ] {
        let told = letters_to(from, agency);
        assert!(told.contains("send acknowledgement"), "{from}: {told}");
    }
}

#[test]
fn the_area_of_a_family_is_told_with_what_shows_it_or_why_nobody_knows() {
    let folder = tempfile::tempdir().unwrap();
    let told = |postcode: &str, town: &str| {
        let mail = MAIL.replace("CA28 7XX", postcode).replace("Whitehaven", town);
        std::fs::write(folder.path().join("one.eml"), mail).unwrap();
        run(folder.path(), "mail explain one.eml")
    };
    holds(&told("CA28 7XX", "Whitehaven"), &["Copeland (by its postcode)"]);
    holds(&told("", "Whitehaven"), &["Copeland (by the town of its address)"]);
    holds(&told("ZZ99 9ZZ", "Nowhere"), &["not known, a person must decide: its postcode lies outside the county"]);
    holds(&told("", "Nowhere"), &["not known, a person must decide: neither its postcode nor its town shows it"]);
}

#[test]
fn who_belongs_to_another_area_is_told_which_one_is_meant() {
    for_each_house(async |house| {
        let county = County::new(house).await;
        let app = county.start_captured().await;
        county.deliver("one", &nomination(1));
        settle(&app).await.unwrap();
        let case = app.engine.store.cases(&Default::default()).await.unwrap().remove(0);
        record(&app, &case.reference, "note", "area_officer", &["words=look"]).await.unwrap();
        let letters = app.engine.store.letters(&LetterFilter::default()).await.unwrap();
        let summary = letters.iter().find(|row| row.letter.as_str() == "triage_summary").unwrap();
        let other = app.settings.people.iter().find(|person| {
            person.roles.iter().any(|role| role.as_str() == "area_officer")
                && person.areas.iter().all(|area| Some(area) != case.area.as_ref())
        });
        let other = other.unwrap();
        let settler = Settler { by: other.address.clone(), because: Some(Personal::from("mine")) };
        let refused = app.engine.discard(&summary.id.to_text(), &settler).await.unwrap_err().to_string();
        let area = app.engine.programme.area_title(case.area.as_ref().unwrap());
        assert!(refused.contains(&format!("it is for Area Officer of {area} or Focus Family team")), "{refused}");
        assert!(refused.contains("; it is Area Officer of "), "{refused}");
        let tasks =
            app.engine.store.tasks(&TaskFilter { case: Some(case.id), closed_too: true, ..TaskFilter::default() }).await.unwrap();
        assert!(tasks.iter().all(|task| task.area == case.area), "{tasks:?}");
    });
}

#[test]
fn an_item_is_known_by_either_end_of_its_id_and_one_that_is_done_says_by_whom() {
    for_each_house(async |house| {
        let county = County::new(house).await;
        let app = county.start_captured().await;
        county.deliver("one", sample("foi").as_bytes());
        county.deliver("two", sample("advice").as_bytes());
        let form = focus_family::demo::forms::nomination_docx(&form(1));
        let files: [(&str, &str, &[u8]); 2] =
            [("nomination.docx", "application/octet-stream", &form), ("notes.pdf", "application/pdf", b"%PDF-1.5 and no more")];
        county.deliver("three", &mail_with(1, &files));
        settle(&app).await.unwrap();
        let engine = &app.engine;
        let open = engine.store.tasks(&TaskFilter::default()).await.unwrap();
        let task = open.iter().find(|task| task.reference.is_some()).expect("somebody looks at the damaged file").clone();
        let id = task.id.to_text();
        let team = of(&app, "beth.salkeld");
        for (typed, expected) in [("", "is called ``"), ("zz", "is called `zz`")] {
            let refused = engine.finish_task(typed, &team).await.unwrap_err().to_string();
            assert!(refused.contains(expected), "{refused}");
        }
        // Neighbours begin alike: each is named.
        let refused = engine.finish_task(&id[..4], &team).await.unwrap_err().to_string();
        let named = open.iter().filter(|task| task.id.to_text().starts_with(&id[..4]));
        assert!(named.clone().count() > 1 && refused.contains("may mean"), "{refused}");
        for task in named.take(5) {
            assert!(refused.contains(&task.id.to_text()[24..]), "{refused}");
        }
        // The beginning of what the list shows.
        let done = engine.finish_task(&id[24..30].to_uppercase(), &team).await.unwrap();
        assert_eq!(done.id, task.id);
        let again = engine.finish_task(&id, &team).await.unwrap_err().to_string();
        assert_eq!(again, "this was ended already on Monday 7 September 2026: by Beth Salkeld");
    });
}

#[test]
fn a_letter_is_not_said_to_be_queued_while_nothing_may_leave() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    set_up(at);
    run(at, "mail import mail");
    let queue = run(at, "mail queue --state held");
    let id = queue.lines().find(|line| line.contains("triage")).and_then(|line| line.split(' ').next()).unwrap();
    let by = "--by morag.example@council.example.org --because now";
    let told = run(at, &format!("mail release {id} {by}"));
    holds(&told, &["nothing leaves while mail.mode is `observe`", "release it when the mode is `live`", "exit 1"]);
    assert!(!told.contains("queued"), "{told}");
    holds(
        &run(at, &format!("mail release triage_summary --every {by}")),
        &["nothing leaves while mail.mode is `observe`", "exit 1"],
    );
    assert_eq!(run(at, "mail queue --state held"), queue);
    change(at, &[("mode = \"observe\"", "mode = \"live\"")]);
    holds(
        &run(at, &format!("mail release {} {by}", &id[..6])),
        &["triage summary", "was held, is now queued", "delivery.kind is `hold`: it stays queued", "exit 0"],
    );
}

#[test]
fn moves_of_other_stages_ask_for_nothing_here_and_an_ended_case_misses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    set_up(at);
    run(at, "mail import mail --mailbox nominations");
    let list = run(at, "case list");
    let reference = word(&list, "FF-2026-");
    let told = run(at, &format!("case record {reference}"));
    let (here, elsewhere) = told.split_once("Open in other stages").unwrap();
    assert!(!here.contains("is possible in"), "{here}");
    holds(elsewhere, &["plan_taf", "confirm_exit"]);
    let shown = run(at, &format!("case show {reference}"));
    holds(&shown, &["missing    ", "mails      FF-E-"]);
    let by = "--by idris.example@council.example.org";
    run(at, &format!("case record {reference} record_risk_view {by} --risk-view no_concern --because seen"));
    let told = run(at, &format!("case record {reference} decline {by} --ground other --because moved"));
    holds(&told, &["recorded.", "exit 0"]);
    let shown = run(at, &format!("case show {reference}"));
    holds(&shown, &["nobody: the case has ended"]);
    assert!(!shown.contains("missing "), "{shown}");
}

#[test]
fn the_worklist_names_the_area_of_each_family() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    set_up(at);
    let elsewhere = MAIL.replace("To: focus", "Reply-To: jane.roe@elsewhere.example.org\r\nTo: focus");
    std::fs::write(at.join("mail/one.eml"), elsewhere).unwrap();
    run(at, "mail import mail --mailbox nominations");
    let list = run(at, "case list");
    let reference = word(&list, "FF-2026-");
    let told = run(at, "task list");
    holds(&told, &["area"]);
    assert!(told.lines().any(|line| line.contains(reference) && line.contains("Copeland")), "{told}");
    holds(&run(at, "task list --json"), &["\"area\": \"copeland\"", "\"area_title\": \"Copeland\""]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_programme_with_a_slip_in_it_is_stood_for_by_the_last_one_that_was_right_and_people_are_told_once() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    run(at, "init");
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("workflows/focus-family");
    crate::badmail::copy(&shipped, &at.join("programme"));
    change(at, &[("# folder = \"workflows/focus-family\"", "folder = \"programme\"")]);
    let settings = || Settings::load(Some(&at.join("focus-family.toml")), std::iter::empty()).unwrap();
    let file = at.join("programme/lifecycle.yaml");
    let right = std::fs::read_to_string(&file).unwrap();
    let wrong = format!("{right}\n : : [\n");

    // While nothing is kept, a folder with a slip is refused.
    std::fs::write(&file, &wrong).unwrap();
    assert!(App::open(settings(), Schema::Migrate).await.is_err());
    std::fs::write(&file, &right).unwrap();
    let app = App::open(settings(), Schema::Migrate).await.unwrap();
    keep_or_tell(&app).await.unwrap();
    app.close().await.unwrap();

    std::fs::write(&file, &wrong).unwrap();
    for _ in 0..2 {
        let app = App::open(settings(), Schema::Migrate).await.unwrap();
        assert!(app.instead_of.as_ref().is_some_and(|defects| defects.contains("lifecycle.yaml")), "{:?}", app.instead_of);
        assert_eq!(app.engine.programme.lifecycle.stages.len(), 12);
        keep_or_tell(&app).await.unwrap();
        let letters = app.engine.store.letters(&LetterFilter::default()).await.unwrap();
        assert_eq!(letters.iter().filter(|letter| letter.letter.as_str() == "system_alert").count(), 1);
        assert_eq!(app.engine.store.tasks(&TaskFilter::default()).await.unwrap().len(), 1);
        app.close().await.unwrap();
    }
    holds(&run(at, "task list"), &["the programme's files have a mistake", "exit 0"]);
    holds(&run(at, "case list"), &["No cases yet", "the last ones that were right are used", "exit 0"]);
    holds(&run(at, "check"), &["lifecycle.yaml:", "the last files that were right are used", "exit 1"]);

    std::fs::write(&file, &right).unwrap();
    let app = App::open(settings(), Schema::Migrate).await.unwrap();
    keep_or_tell(&app).await.unwrap();
    assert_eq!(app.engine.store.tasks(&TaskFilter::default()).await.unwrap(), Vec::new());
    let letters = app.engine.store.letters(&LetterFilter::default()).await.unwrap();
    assert!(letters.iter().any(|letter| letter.letter.as_str() == "system_recovered"));
    app.close().await.unwrap();
}
