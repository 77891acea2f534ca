//! Bad mail, through the whole program with the sandboxed reader: each ends in exactly one end state with a sentence for a person, the
//! original is kept byte for byte, nobody who must not be answered is answered, and the good mail beside it becomes a case.

use std::fmt::Write as _;

use focus_family::daemon::app::{StartError, load_programme};
use focus_family::daemon::round::settle;
use focus_family::delivery::CapturedLetter;
use focus_family::demo::forms;
use focus_family::store::{EndState, MailFilter};

use crate::carriers::made;
use crate::support::daemon::{County, all_is_well, form, mail_with, nomination, sample};
use crate::support::engines::{for_each_house, sqlite_house};
use crate::support::told::{named, told};

/// Words of the mails that must never stand in a header of ours: a name, a subject.
const CANARIES: [&str; 2] = ["Quillfeather", "Marmalade"];
const OURS: &str = "focusfamily@council.example.org";

/// One bad input and what must come of it.
struct Row {
    what: &'static str,
    /// Delivered one after the other; the last is judged.
    mails: Vec<Vec<u8>>,
    /// End state, kind, reason; letters with their roles; tasks with their roles.
    expected: &'static str,
}

fn row(what: &'static str, mail: Vec<u8>, expected: &'static str) -> Row {
    Row { what, mails: vec![mail], expected }
}

/// A mail of lines.
fn plain(number: u32, from: &str, body: &str) -> Vec<u8> {
    format!(
        "From: {from}\r\nTo: {OURS}\r\nSubject: Quillfeather family, 12 Marmalade Row\r\n\
         Date: Mon, 7 Sep 2026 08:28:02 +0100\r\nMessage-ID: <bad-{number}@agency.example.org>\r\n\r\n{body}"
    )
    .into_bytes()
}

/// The body of a good nomination in lines.
fn lines_of_nomination() -> String {
    sample("school-nomination").split_once("\r\n\r\n").unwrap().1.to_owned()
}

fn pat(number: u32) -> String {
    format!("\"Pat Quillfeather\" <pat{number}@agency.example.org>")
}

fn with_file(number: u32, name: &str, bytes: &[u8]) -> Vec<u8> {
    mail_with(1_000 + number, &[(name, "application/octet-stream", bytes)])
}

/// `text` with the headers of `mail` in front of it.
fn before(head: &str, mail: &[u8]) -> Vec<u8> {
    [head.as_bytes(), b"\r\n", mail].concat()
}

/// A form that nobody has filled in.
fn blank() -> focus_family::demo::county::Nomination {
    let mut nobody = form(1);
    nobody.members.clear();
    nobody.agencies.clear();
    nobody.consent = None;
    for field in [&mut nobody.address, &mut nobody.postcode, &mut nobody.assessment, &mut nobody.plan, &mut nobody.reason] {
        field.clear();
    }
    nobody.referrer = focus_family::demo::county::referrer([""; 5]);
    nobody
}

fn sixty_megabytes() -> Vec<u8> {
    let mut raw = plain(5, &pat(5), "");
    let line = [b"x".repeat(76), b"\r\n".to_vec()].concat();
    raw.extend(line.repeat((60 << 20) / line.len()));
    raw
}

fn nested_parts() -> Vec<u8> {
    let mut parts = format!("From: {}\r\nSubject: Quillfeather\r\n", pat(6));
    for index in 0..30_000 {
        write!(parts, "Content-Type: multipart/mixed; boundary=b{index}\r\n\r\n--b{index}\r\n").unwrap();
    }
    parts.into_bytes()
}

fn rows() -> Vec<Row> {
    let bomb = made::zipped(&[("[Content_Types].xml", b"<Types/>"), ("word/document.xml", &vec![b' '; 101 << 20])]);
    let locked = forms::locked(forms::nomination_pdf(&form(4)), "secret");
    let mut damaged = focus_family::forms::bytes(forms::nomination_pdf(&form(3)));
    damaged.truncate(600);
    let mut far = form(9);
    far.postcode = "ZZ99 9ZZ".to_owned();
    far.address = "1 Nowhere Street".to_owned();
    let contradictory = lines_of_nomination().replace("Consent obtained?: Yes", "Consent obtained?: [x] Yes  [x] No");
    let good = nomination(2_000);
    let cut = |whole: Vec<u8>| whole[..whole.trim_ascii_end().len() - 1].to_vec();
    let mut asked = form(21);
    asked.consent = None;
    vec![
        row(
            "a mail whose end was lost, and nothing is missing",
            cut(with_file(20, "nomination.docx", &forms::nomination_docx(&form(20)))),
            "case_opened, nomination; triage meets copeland; acknowledgement_complete>referrer triage_summary>area_officer; \
             area_officer: FF-E-#####: look at the mail: the mail ends in the middle, so more may have been sent; ask the sender to send it again",
        ),
        row(
            "a mail whose end was lost with what is missing",
            cut(with_file(21, "nomination.docx", &forms::nomination_docx(&asked))),
            "case_opened, nomination; awaiting_information meets copeland; acknowledgement_missing>referrer triage_summary>area_officer; \
             area_officer: FF-E-#####: look at the mail: the mail ends in the middle, so more may have been sent; ask the sender to send it again",
        ),
        row(
            "no bytes at all",
            Vec::new(),
            "waiting, unread (the mail is empty; ask the sender to send it again); mail_waiting>team; \
             team: FF-E-#####: the mail is empty; ask the sender to send it again",
        ),
        row(
            "an empty mail",
            plain(1, &pat(1), ""),
            "waiting, other (the mail has no text and no attachment); mail_waiting>team receipt>sender; \
             team: FF-E-#####: the mail has no text and no attachment",
        ),
        row(
            "a blank form sent back",
            with_file(19, "nomination.pdf", &focus_family::forms::bytes(forms::nomination_pdf(&blank()))),
            "waiting, other (it brings a nomination form that nobody has filled in); mail_waiting>team receipt>sender; \
             team: FF-E-#####: it brings a nomination form that nobody has filled in",
        ),
        row(
            "a nomination announced, and nothing attached",
            plain(2, &pat(2), "Please find a nomination form attached.\r\n"),
            "case_opened, nomination; awaiting_information not_shown no area; \
             acknowledgement_missing>referrer area_unknown>team triage_summary>team; \
             team: FF-E-#####: look at the mail: the mail speaks of an attachment, and nothing is attached; \
             team: Say which area the family belongs to.",
        ),
        row(
            "a corrupt PDF",
            with_file(3, "nomination.pdf", &damaged),
            "case_opened, nomination; awaiting_information not_shown no area; \
             acknowledgement_missing>referrer area_unknown>team triage_summary>team; \
             team: FF-E-#####: look at the mail: an attachment is damaged; ask the sender for it again; \
             team: Say which area the family belongs to.",
        ),
        row(
            "a PDF with a password",
            with_file(4, "nomination.pdf", &locked),
            "case_opened, nomination; awaiting_information not_shown no area; \
             acknowledgement_missing>referrer area_unknown>team triage_summary>team; \
             team: FF-E-#####: look at the mail: an attachment is locked; \
             open it with its password and save the form here; team: Say which area the family belongs to.",
        ),
        row(
            "30,000 parts in each other",
            nested_parts(),
            "waiting, unread (the mail holds mails or parts inside each other too deeply to be read safely; \
             ask the sender to send the form alone); mail_waiting>team receipt>sender; \
             team: FF-E-#####: the mail holds mails or parts inside each other too deeply to be read safely; \
             ask the sender to send the form alone",
        ),
        row(
            "a Word file that unpacks to 101 megabytes",
            with_file(7, "nomination.docx", &bomb),
            "case_opened, nomination; awaiting_information not_shown no area; \
             acknowledgement_missing>referrer area_unknown>team triage_summary>team; \
             team: FF-E-#####: look at the mail: an attachment could not be read: it is too large; ask for it smaller, or in parts; \
             team: Say which area the family belongs to.",
        ),
        row(
            "a form that says yes and no",
            plain(8, &pat(8), &contradictory),
            "case_opened, nomination; awaiting_information meets copeland; \
             acknowledgement_missing>referrer triage_summary>area_officer; \
             area_officer: FF-E-#####: look at the mail: consent is answered both Yes and No",
        ),
        row(
            "an unknown postcode",
            with_file(9, "nomination.docx", &forms::nomination_docx(&far)),
            "case_opened, nomination; triage meets no area; \
             acknowledgement_complete>referrer area_unknown>team triage_summary>team; \
             team: FF-E-#####: look at the mail: the family's postcode lies outside the programme's county; \
             team: Say which area the family belongs to.",
        ),
        row(
            "two senders",
            before("From: someone.else@agency.example.org", &nomination(1_010)),
            "case_opened, nomination; triage meets copeland; triage_summary>area_officer; \
             area_officer: FF-E-#####: look at the mail: the mail names more than one sender",
        ),
        row(
            "a line break in the sender's name",
            plain(
                11,
                "=?utf-8?B?UXVpbGxmZWF0aGVyDQpCY2M6IGFsbEBleGFtcGxlLm9yZw==?= <pat11@agency.example.org>",
                &lines_of_nomination(),
            ),
            "case_opened, nomination; triage meets copeland; \
             receipt>sender triage_summary>area_officer; \
             area_officer: FF-E-#####: look at the mail: the sender's name shows another address than the mail is from",
        ),
        row(
            "a null return path",
            before("Return-Path: <>", &nomination(1_012)),
            "case_opened, nomination; triage meets copeland; triage_summary>area_officer",
        ),
        row(
            "our own address as sender",
            plain(13, OURS, &lines_of_nomination()),
            "waiting, nomination (says that it is from our own address: somebody uses our name, it was put into the mailbox by hand, or \
             it came back in a loop. Nothing was opened and nobody answered); mail_waiting>team; team: FF-E-#####: says that it is from \
             our own address: somebody uses our name, it was put into the mailbox by hand, or it came back in a loop. Nothing was \
             opened and nobody answered",
        ),
        row(
            "an automatic mail with a nomination inside",
            before("Auto-Submitted: auto-generated", &nomination(1_014)),
            "case_opened, nomination; triage meets copeland; triage_summary>area_officer",
        ),
        Row {
            what: "the same bytes twice",
            mails: vec![good.clone(), good.clone()],
            expected: "attached, nomination (the same mail as FF-E-#####); no letter",
        },
        row(
            "the same mail by another way",
            before("Received: from elsewhere.example.org by mx.example.org", &good),
            "attached, nomination (the same mail as FF-E-#####); no letter",
        ),
        Row {
            what: "a used Message-ID",
            mails: vec![nomination(1_017), renamed(&nomination(1_018), 1_018, 1_017)],
            expected: "case_opened, nomination; triage meets copeland; \
             acknowledgement_complete>referrer triage_summary>area_officer; area_officer: FF-E-#####: look at the mail: \
             FF-E-##### has the same Message-ID and other content: one of them may not be genuine",
        },
    ]
}

/// The mail with the Message-ID of another number.
fn renamed(mail: &[u8], from: u32, to: u32) -> Vec<u8> {
    let text = String::from_utf8(mail.to_vec()).unwrap();
    text.replacen(&format!("<mail-{from}@"), &format!("<mail-{to}@"), 1).into_bytes()
}

#[test]
fn bad_mail_ends_with_a_person_and_holds_up_nobody() {
    for_each_house(async |house| check(&County::new(house).await, rows()).await);
}

#[test]
fn a_mail_of_sixty_megabytes_waits_for_a_person_and_stays_whole_in_the_mailbox() {
    let house = sqlite_house();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let expected = "waiting, unread (it is larger than the program takes: its head is kept here, the whole of it in the mailbox; open it there); \
                    mail_waiting>team receipt>sender; \
                    team: FF-E-#####: it is larger than the program takes: its head is kept here, the whole of it in the mailbox; open it there";
    let rows = vec![row("60 megabytes", sixty_megabytes(), expected)];
    runtime.block_on(async {
        let county = County::new(&house).await;
        check(&county, rows).await;
        let whole = std::fs::read_dir(county.folder.path().join("mailbox/cur")).unwrap().any(|file| {
            let path = file.unwrap().path();
            path.metadata().unwrap().len() > 50 << 20 && std::fs::read(path).unwrap() == sixty_megabytes()
        });
        assert!(whole, "the whole of it lies in the mailbox");
    });
}

async fn check(county: &County<'_>, rows: Vec<Row>) {
    {
        let app = county.start_captured().await;
        let mut wrong = Vec::new();
        for (number, row) in rows.into_iter().enumerate() {
            let number = u32::try_from(number).unwrap();
            for (part, raw) in row.mails.iter().enumerate() {
                county.deliver(&format!("bad-{number}-{part}"), raw);
                // One after the other, in the order they are written here.
                settle(&app).await.unwrap_or_else(|error| panic!("{}: {error}", row.what));
            }
            let bad = named(&app, &format!("bad-{number}-{}", row.mails.len() - 1)).await;
            county.deliver(&format!("good-{number}"), &nomination(number));
            settle(&app).await.unwrap();
            let good = named(&app, &format!("good-{number}")).await;
            assert_eq!(good.end, Some(EndState::CaseOpened), "the good mail beside: {}", row.what);
            let kept = app.engine.store.raw_mail(bad.mail).await.unwrap();
            let (kept, raw) = (kept.unwrap(), row.mails.last().unwrap());
            assert!(if bad.cut { raw.starts_with(&kept) } else { kept == *raw }, "the original is kept: {}", row.what);
            let mut asks_again = false;
            for letter in county.captured.take() {
                no_text_of_mails_in_headers(&letter, row.what);
                let parsed = mail_parser::MessageParser::default().parse(&letter.message).unwrap();
                let text = parsed.body_text(0).unwrap();
                asks_again |= text.contains("your mail with its files once more, because its end did not reach us");
            }
            assert_eq!(asks_again, row.what.ends_with("with what is missing"), "{}", row.what);
            let told = told(&app, &bad).await;
            if told != row.expected {
                wrong.push(format!("{}:\n    file: {}\n    told: {told}", row.what, row.expected));
            }
            county.pass_seconds(3_600);
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        let mails = app.engine.store.mails(&MailFilter { limit: 1_000, ..MailFilter::default() }).await.unwrap();
        assert!(mails.iter().all(|mail| mail.end.is_some()), "every mail has its end");
        all_is_well(&app, "after all bad mails").await;
    }
}

fn no_text_of_mails_in_headers(letter: &CapturedLetter, what: &str) {
    let text = String::from_utf8(letter.message.clone()).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    let message = mail_parser::MessageParser::default().parse(&letter.message).unwrap();
    let decoded = message.subject().unwrap_or_default();
    for canary in CANARIES {
        assert!(!head.contains(canary) && !decoded.contains(canary), "{what}: `{canary}` stands in a header");
        assert!(!body.contains(canary), "{what}: `{canary}` stands in a letter");
    }
    assert!(!head.to_lowercase().contains("bcc:"), "{what}: a header was smuggled in");
    assert_ne!(letter.to.as_str(), OURS, "{what}: we write to ourselves");
}

#[test]
fn a_broken_workflow_file_is_refused_with_its_file_and_line() {
    let folder = tempfile::tempdir().unwrap();
    let shipped = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("workflows/focus-family");
    copy(&shipped, folder.path());
    let file = folder.path().join("lifecycle.yaml");
    let text = std::fs::read_to_string(&file).unwrap();
    let line = text.lines().position(|line| line.contains("to: checks")).unwrap() + 1;
    std::fs::write(&file, text.replacen("to: checks", "to: no_such_stage", 1)).unwrap();
    let Err(StartError::Programme(defects)) = load_programme(Some(folder.path())) else { panic!("it is refused") };
    let said = defects.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
    assert!(said.contains(&format!("lifecycle.yaml:{line}")) && said.contains("no_such_stage"), "{said}");
    std::fs::write(&file, "stages: [").unwrap();
    let Err(StartError::Programme(defects)) = load_programme(Some(folder.path())) else { panic!("it is refused") };
    assert!(defects.iter().any(|defect| defect.to_string().contains("lifecycle.yaml:")), "{defects:?}");
}

/// Copies a folder with all below it.
pub fn copy(from: &std::path::Path, to: &std::path::Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().map(Result::unwrap) {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}
