//! Every kind of mail there is, stopped around every write of its way: each ends once, with its own case, letters and tasks and no other's.

use std::fs::File;

use focus_family::daemon::app::App;
use focus_family::daemon::round::settle;
use focus_family::demo::forms;
use focus_family::domain::ids::CaseReference;
use focus_family::domain::personal::Personal;
use focus_family::engine::settle::{Settlement, Settler};
use focus_family::store::{EndState, LetterFilter, TaskFilter};

use super::{BEFORE, BOTH, Scene, case_told, ended, letters, mails_named, opened, settled, stop_everywhere, taken_once};
use crate::sending::alert;
use crate::support::daemon::{County, form, mail_with, record, referrer, sample};
use crate::support::engines::for_each_house;

/// Larger than what the program stores of one mail (50 MiB).
const TOO_LARGE_BYTES: u64 = 51 << 20;

/// What is sent, and what it comes to.
struct Kind {
    /// Its end and its kind, as the ledger keeps them.
    ends: (EndState, &'static str),
    /// Letters and tasks that stand about it in the end: fewer would be lost, more would be doubled.
    leaves: (usize, usize),
    /// The letter about an open case that it answers, if it answers one.
    answers: Option<&'static str>,
    tells_of_danger: bool,
    raw: fn(run: u32, answered: &Answered) -> Vec<u8>,
}

/// A letter of ours that a mail answers; empty where it answers none.
#[derive(Default)]
struct Answered {
    message_id: String,
    recipient: String,
}

struct Sent {
    uid: String,
    raw: Vec<u8>,
    /// The case that is there before the mail comes.
    before: Option<CaseReference>,
}

impl Kind {
    fn is_too_large(&self) -> bool {
        self.ends.1 == "unread"
    }
}

fn lines(run: u32, from: &str, head: &str, body: &str) -> Vec<u8> {
    format!(
        "From: {from}\r\nTo: focusfamily@council.example.org\r\nDate: Mon, 7 Sep 2026 10:28:02 +0100\r\n\
         Message-ID: <kind-{run}@agency.example.org>\r\n{head}\r\n{body}"
    )
    .into_bytes()
}

fn nomination_on_paper(run: u32, _: &Answered) -> Vec<u8> {
    let pdf = focus_family::forms::bytes(forms::nomination_pdf(&form(run)));
    mail_with(run, &[("nomination.pdf", "application/pdf", &pdf)])
}

fn nomination_without_consent(run: u32, _: &Answered) -> Vec<u8> {
    let mut form = form(run);
    form.consent = None;
    mail_with(run, &[("nomination.docx", "application/octet-stream", &forms::nomination_docx(&form))])
}

fn nomination_in_danger(run: u32, answered: &Answered) -> Vec<u8> {
    let mail = String::from_utf8(nomination_without_consent(run, answered)).unwrap();
    mail.replacen("a nomination from us.", "a nomination from us. He has a knife and says he will kill her tonight.", 1)
        .into_bytes()
}

fn request(run: u32, _: &Answered) -> Vec<u8> {
    // Each from another desk: one that asks often has its receipts gathered.
    sample("foi").replace("desk@", &format!("desk{run}@")).replace("<foi-1@", &format!("<foi-{run}@")).into_bytes()
}

fn reply(run: u32, answered: &Answered) -> Vec<u8> {
    let head = format!("Subject: Re: your nomination\r\nReferences: {}\r\n", answered.message_id);
    lines(run, &referrer(run), &head, "Thank you, here is the news: they have moved to number 14.\r\n")
}

fn away(run: u32, answered: &Answered) -> Vec<u8> {
    let head = format!("Subject: Automatic reply: x\r\nAuto-Submitted: auto-replied\r\nIn-Reply-To: {}\r\n", answered.message_id);
    lines(run, &referrer(run), &head, "I am away until Monday.\r\n")
}

fn bounce(run: u32, answered: &Answered) -> Vec<u8> {
    let Answered { message_id, recipient } = answered;
    let head = "Return-Path: <>\r\nSubject: Undelivered Mail Returned to Sender\r\nAuto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\n\
                Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n";
    let body = format!(
        "--b\r\n\r\nIt did not arrive.\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example.org\r\n\r\n\
         Final-Recipient: rfc822; {recipient}\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n--b\r\nContent-Type: text/rfc822-headers\r\n\r\n\
         From: focusfamily@council.example.org\r\nMessage-ID: {message_id}\r\nSubject: x\r\n\r\n--b--\r\n"
    );
    lines(run, "MAILER-DAEMON@mx.example.org", head, &body)
}

fn too_large(run: u32, _: &Answered) -> Vec<u8> {
    lines(run, &format!("pat{run}@agency.example.org"), "Subject: Photographs\r\n", "What follows is a hole in the file.\r\n")
}

impl Scene for Kind {
    type Props = Sent;
    async fn prepare(&self, county: &County<'_>, app: &App, run: u32) -> Sent {
        let (mut answered, mut before) = (Answered::default(), None);
        if let Some(name) = self.answers {
            let case = opened(county, app, run).await;
            let id = app.engine.case(&case).await.unwrap().id;
            let rows = letters(app, LetterFilter { case: Some(id), limit: 100, ..LetterFilter::default() }).await;
            let row = rows.into_iter().find(|row| row.letter.as_str() == name).unwrap();
            let letter = app.engine.store.letter(row.id).await.unwrap().unwrap();
            answered = Answered { message_id: row.message_id, recipient: letter.recipient.reveal().clone() };
            before = Some(case);
        }
        let (uid, raw) = (format!("kind-{run}"), (self.raw)(run, &answered));
        if self.is_too_large() {
            let path = county.folder.path().join("mailbox/new").join(&uid);
            std::fs::write(&path, &raw).unwrap();
            File::options().write(true).open(&path).unwrap().set_len(TOO_LARGE_BYTES).unwrap();
        } else {
            county.deliver(&uid, &raw);
        }
        Sent { uid, raw, before }
    }
    async fn act(&self, app: &App, _: &Sent) -> Result<(), String> {
        settled(app).await
    }
    async fn again(&self, app: &App, _: &Sent) {
        settle(app).await.unwrap();
    }
    async fn told(&self, county: &County<'_>, app: &App, sent: &Sent) -> Vec<String> {
        let row = if self.is_too_large() {
            let lying = county.folder.path().join("mailbox/cur");
            let named = |path: &std::path::Path| path.file_name().unwrap().to_string_lossy().starts_with(&*sent.uid);
            let lying = std::fs::read_dir(lying).unwrap().map(|entry| entry.unwrap().path()).filter(|path| named(path));
            let sizes: Vec<u64> = lying.map(|path| path.metadata().unwrap().len()).collect();
            assert_eq!(sizes, [TOO_LARGE_BYTES], "the whole of it stays in the mailbox");
            let mut rows = mails_named(app, &sent.uid).await;
            assert_eq!(rows.len(), 1, "one row for {}", sent.uid);
            let kept = app.engine.store.raw_mail(rows[0].mail).await.unwrap().unwrap();
            assert!(rows[0].cut && kept.starts_with(&sent.raw), "its head is kept");
            rows.remove(0)
        } else {
            taken_once(county, app, &sent.uid, &sent.raw).await
        };
        assert_eq!((row.end, row.kind.as_deref()), (Some(self.ends.0), Some(self.ends.1)), "{:?}", row.reason);
        let mut told = vec![row.reason.clone().unwrap_or_default().replace(char::is_numeric, "#")];
        let about = row.case.filter(|_| self.ends.0 == EndState::CaseOpened);
        let by_mail = LetterFilter { mail: Some(row.mail), limit: 1_000, ..LetterFilter::default() };
        let mut rows = letters(app, by_mail).await;
        if let Some(case) = about {
            let of_case = letters(app, LetterFilter { case: Some(case), limit: 1_000, ..LetterFilter::default() }).await;
            rows.extend(of_case.into_iter().filter(|letter| letter.mail != Some(row.mail)));
        }
        let mut tasks = app
            .engine
            .store
            .tasks(&TaskFilter { mail: Some(row.mail), closed_too: true, ..TaskFilter::default() })
            .await
            .unwrap();
        if let Some(case) = about.or(row.case) {
            let of_case = TaskFilter { case: Some(case), closed_too: true, ..TaskFilter::default() };
            let of_case = app.engine.store.tasks(&of_case).await.unwrap();
            tasks.extend(of_case.into_iter().filter(|task| task.mail != Some(row.mail)));
        }
        let role = |role: &Option<_>| role.as_ref().map(ToString::to_string).unwrap_or_default();
        let mut shown: Vec<String> =
            rows.iter().map(|row| format!("{} to {} {}", row.letter, role(&row.role), row.state.as_str())).collect();
        shown.extend(tasks.iter().map(|task| format!("{}: {}", task.role, task.says.replace(char::is_numeric, "#"))));
        shown.sort();
        assert_eq!((rows.len(), tasks.len()), self.leaves, "letters and tasks: {shown:#?}");
        told.append(&mut shown);
        if let Some(case) = row.reference.as_ref().or(sent.before.as_ref()) {
            told.extend(case_told(app, case).await);
        }
        told
    }
    async fn clear(&self, app: &App, sent: &Sent) {
        let row = mails_named(app, &sent.uid).await.remove(0);
        let by = Settler {
            by: Personal::new("omar.dixon@council.example.org".to_owned()),
            because: Some(Personal::new("rung".to_owned())),
        };
        if row.kind.as_deref() == Some("safeguarding_alert") {
            app.engine.settle_mail(&row.receipt, &Settlement::Answered, &by).await.unwrap();
        }
        if let Some(case) = row.reference.or(sent.before.clone()) {
            if app.engine.case(&case).await.unwrap().case.stage.as_str() == "safeguarding_hold" {
                record(app, &case, "release_hold", "duty", &["outcome=no_immediate_danger"]).await.unwrap();
            }
            ended(app, &case).await;
        }
    }
}

fn check(kind: &Kind) {
    for_each_house(async |house| {
        let county = County::new(house).await;
        // Around danger both sides of each write; for the rest the stop after a write is that of a nomination, played beside this.
        let runs = Box::pin(stop_everywhere(&county, kind, if kind.tells_of_danger { &BOTH } else { &BEFORE })).await;
        assert!(runs > 6, "{runs} runs are too few to be all of them");
    });
}

#[test]
fn a_nomination_on_a_form_is_one_case_wherever_the_process_dies() {
    check(&Kind {
        ends: (EndState::CaseOpened, "nomination"),
        leaves: (2, 0),
        answers: None,
        raw: nomination_on_paper,
        tells_of_danger: false,
    });
}

#[test]
fn a_nomination_without_consent_is_one_case_wherever_the_process_dies() {
    check(&Kind {
        ends: (EndState::CaseOpened, "nomination"),
        leaves: (2, 0),
        answers: None,
        raw: nomination_without_consent,
        tells_of_danger: false,
    });
}

#[test]
fn a_nomination_with_danger_is_told_of_wherever_the_process_dies() {
    check(&Kind {
        ends: (EndState::CaseOpened, "nomination"),
        leaves: (4, 0),
        answers: None,
        raw: nomination_in_danger,
        tells_of_danger: true,
    });
}

#[test]
fn a_mail_with_danger_is_told_of_wherever_the_process_dies() {
    check(&Kind {
        ends: (EndState::Request, "safeguarding_alert"),
        leaves: (2, 1),
        answers: None,
        raw: |run, _| alert(run),
        tells_of_danger: true,
    });
}

#[test]
fn a_reply_joins_its_case_once_wherever_the_process_dies() {
    check(&Kind {
        ends: (EndState::Attached, "update"),
        leaves: (0, 1),
        answers: Some("acknowledgement_complete"),
        raw: reply,
        tells_of_danger: false,
    });
}

#[test]
fn a_letter_that_came_back_is_asked_about_once_wherever_the_process_dies() {
    check(&Kind {
        ends: (EndState::Automatic, "bounce"),
        leaves: (0, 1),
        answers: Some("triage_summary"),
        raw: bounce,
        tells_of_danger: false,
    });
}

#[test]
fn a_note_of_absence_changes_nothing_wherever_the_process_dies() {
    check(&Kind {
        ends: (EndState::Automatic, "auto_reply"),
        leaves: (0, 0),
        answers: Some("acknowledgement_complete"),
        raw: away,
        tells_of_danger: false,
    });
}

#[test]
fn a_request_for_information_is_one_request_wherever_the_process_dies() {
    check(&Kind {
        ends: (EndState::Request, "foi_request"),
        leaves: (2, 1),
        answers: None,
        raw: request,
        tells_of_danger: false,
    });
}

#[test]
fn a_mail_that_is_too_large_waits_for_a_person_once_wherever_the_process_dies() {
    check(&Kind { ends: (EndState::Waiting, "unread"), leaves: (2, 1), answers: None, raw: too_large, tells_of_danger: false });
}
