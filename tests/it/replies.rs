//! A mail in a thread we know, under our own name, or with a reference that somebody guessed: a family gets one case, and nobody
//! changes another's.

use focus_family::daemon::app::App;
use focus_family::daemon::round::settle;
use focus_family::demo::{county, forms};
use focus_family::domain::case::Event;
use focus_family::domain::ids::CaseReference;
use focus_family::store::{CaseFilter, EndState, MailFilter, MailRow};

use crate::support::daemon::{County, all_is_well, form, history, mail_with, nomination, referrer, sample};
use crate::support::engines::{House, for_each_house};

const SERVERS: &str = "trust = \"border_results\"\nborder_servers = [\"mx.council.example.org\"]";
const PASS: &str = "Authentication-Results: mx.council.example.org; dmarc=pass header.from=lakefoot-families.example.org\r\n";
const FAIL: &str = "Authentication-Results: mx.council.example.org; dmarc=fail header.from=lakefoot-families.example.org\r\n";

async fn row(app: &App, uid: &str) -> MailRow {
    let rows = app.engine.store.mails(&MailFilter { limit: 1_000, ..MailFilter::default() }).await.unwrap();
    rows.into_iter().find(|row| row.uid == uid).unwrap()
}

async fn cases(app: &App) -> usize {
    app.engine.store.cases(&CaseFilter::default()).await.unwrap().len()
}

/// The good mail of a number with other headers before it and other lines in place of its own.
fn changed(number: u32, before: &str, changes: &[(&str, &str)]) -> Vec<u8> {
    let mut text = String::from_utf8(nomination(number)).unwrap();
    for (from, to) in changes {
        assert!(text.contains(from), "{from}");
        text = text.replacen(from, to, 1);
    }
    format!("{before}{text}").into_bytes()
}

fn note(before: &str, from: &str, references: &str) -> Vec<u8> {
    format!(
        "{before}From: {from}\r\nTo: focusfamily@council.example.org\r\nSubject: Hello again\r\nReferences: {references}\r\n\
         Message-ID: <note@lakefoot-families.example.org>\r\n\r\nThank you, here is the news. Nothing else has changed.\r\n"
    )
    .into_bytes()
}

/// A county with the case of the first good mail, and what happened to it so far.
async fn with_one_case(house: &House) -> (County<'_>, App, CaseReference, Vec<Event>) {
    let county = County::with_trust(house, SERVERS).await;
    let app = county.start_captured().await;
    county.deliver("first", &changed(1, PASS, &[]));
    settle(&app).await.unwrap();
    let case = row(&app, "first").await.reference.unwrap();
    let before = history(&app, &case).await;
    (county, app, case, before)
}

#[test]
fn an_answer_in_the_senders_own_thread_belongs_to_the_case_that_the_thread_opened() {
    for_each_house(async |house| {
        let (county, app, case, before) = with_one_case(house).await;
        let own = "<x@elsewhere.example> <mail-1@lakefoot-families.example.org>";
        let answers = format!("\r\nReferences: {own}\r\nMIME-Version");
        let again = [("mail-1@", "mail-2@"), ("\r\nMIME-Version", answers.as_str())];
        let colleague = [again[0], again[1], (&*referrer(1), "dora.colleague@lakefoot-families.example.org")];
        let mut other = form(1);
        other.members = [
            county::member("Quill", ["Ada", "Mother", "F", ""], "01/01/1980".to_owned(), &["work_finance", "health"]),
            county::member("Quill", ["Ben", "Son", "M", "Fell School"], "02/02/2014".to_owned(), &["crime_asb", "education"]),
        ]
        .into();
        let other = mail_with(1, &[("nomination.docx", "application/octet-stream", &forms::nomination_docx(&other))]);
        let other = String::from_utf8(other).unwrap().replacen("mail-1@", "mail-3@", 1);
        let other = format!("{PASS}{}", other.replacen("\r\nMIME-Version", &answers, 1));
        let stranger = "x@evil.example";
        let rows = [
            ("forged", changed(1, FAIL, &again), "waiting: brings a nomination in the thread of a case", 1),
            ("of a colleague", changed(1, PASS, &colleague), "waiting: brings a nomination in the thread of a case", 1),
            ("a forged note", note(FAIL, &referrer(1), own), "waiting: the program could not tell", 1),
            ("a stranger's note", note("", stranger, own), "waiting: the program could not tell", 1),
            ("another family in the same thread", other.into_bytes(), "case_opened: ", 2),
            ("a note", note(PASS, &referrer(1), own).to_vec(), "attached: ", 2),
            ("the form once more", changed(1, PASS, &again), "attached: ", 2),
        ];
        for (number, (what, raw, expected, count)) in rows.into_iter().enumerate() {
            let uid = format!("answer-{number}");
            // Each has a Message-ID of its own.
            let raw = String::from_utf8(raw).unwrap().replacen("<note@", &format!("<note-{number}@"), 1);
            let raw = raw.replacen("<mail-2@", &format!("<mail-2-{number}@"), 1);
            county.deliver(&uid, raw.as_bytes());
            settle(&app).await.unwrap();
            let row = row(&app, &uid).await;
            let told = format!("{}: {}", row.end.map_or("none", EndState::as_str), row.reason.clone().unwrap_or_default());
            assert!(told.starts_with(expected), "{what}: {told}");
            assert_eq!(cases(&app).await, count, "{what}");
            match row.end {
                Some(EndState::Attached) => assert_eq!(row.reference.as_ref(), Some(&case), "{what}"),
                Some(EndState::Waiting) => {
                    assert!(told.contains(&format!("perhaps {case} (")), "{what}: {told}");
                    assert_eq!(history(&app, &case).await, before, "{what}: nothing has changed");
                }
                _ => assert_ne!(row.reference.as_ref(), Some(&case), "{what}"),
            }
        }
        all_is_well(&app, "after the answers").await;
    });
}

#[test]
fn a_guessed_reference_changes_nothing_about_a_filled_nomination() {
    for_each_house(async |house| {
        let (county, app, case, before) = with_one_case(house).await;
        let subject = |reference: &str| format!("Subject: {reference} new form");
        let (there, nowhere) = (subject(case.as_str()), subject("FF-2019-0001"));
        let of_other = |subject: &str, number| changed(number, PASS, &[("Subject: Nomination", subject)]);
        let own = changed(1, PASS, &[("Subject: Nomination", &there), ("mail-1@", "mail-9@")]);
        for (what, raw, expected) in [
            ("no such case", of_other(&nowhere, 2), "case_opened"),
            ("a case of somebody else", of_other(&there, 3), "case_opened"),
            ("not proven", changed(4, FAIL, &[("Subject: Nomination", &there)]), "case_opened"),
            ("of the case about the same family", own, "waiting"),
        ] {
            county.deliver(&what.replace(' ', "-"), &raw);
            settle(&app).await.unwrap();
            let row = row(&app, &what.replace(' ', "-")).await;
            assert_eq!(row.end.map(EndState::as_str), Some(expected), "{what}: {:?}", row.reason);
            assert_ne!(row.reference.as_ref(), Some(&case), "{what}");
            assert_eq!(history(&app, &case).await, before, "{what}: the case that was named has not changed");
        }
        all_is_well(&app, "after the guesses").await;
    });
}

#[test]
fn a_mail_that_says_it_is_from_us_opens_nothing_and_waits_by_name() {
    for_each_house(async |house| {
        let county = County::new(house).await;
        let app = county.start_captured().await;
        let ours = "focusfamily@council.example.org";
        let of_us =
            |number: u32, from: &str| changed(number, "", &[(&*format!("<{}>", referrer(number)), &*format!("<{from}>"))]);
        let request = sample("foi")
            .lines()
            .map(|line| if line.starts_with("From:") { format!("From: {ours}") } else { line.to_owned() })
            .collect::<Vec<_>>()
            .join("\r\n");
        for (what, raw) in [
            ("our address", of_us(1, ours)),
            ("in capitals", of_us(2, "FocusFamily@Council.example.org")),
            ("with something behind a plus", of_us(3, "focusfamily+2026-7142.abcdefghijklmnop@council.example.org")),
            ("a request", request.into_bytes()),
        ] {
            county.deliver(&what.replace(' ', "-"), &raw);
            settle(&app).await.unwrap();
            let row = row(&app, &what.replace(' ', "-")).await;
            let reason = row.reason.unwrap_or_default();
            assert_eq!(row.end, Some(EndState::Waiting), "{what}: {reason}");
            assert!(reason.contains("says that it is from our own address"), "{what}: {reason}");
        }
        assert_eq!(cases(&app).await, 0);
        assert!(
            !county.captured.take().iter().any(|letter| letter.to.as_str().starts_with("focusfamily")),
            "we write not to ourselves"
        );
        all_is_well(&app, "after our own mails").await;
    });
}
