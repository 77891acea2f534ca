//! Mails of machines: bounces find their letter and ask about it once, whatever server wrote them; none of them changes a case.

use std::path::Path;

use focus_family::daemon::app::App;
use focus_family::daemon::round::settle;
use focus_family::domain::ids::CaseReference;
use focus_family::store::{EndState, MailFilter, TaskFilter};

use crate::support::daemon::{County, all_is_well, nomination, record};
use crate::support::engines::{House, for_each_house, sqlite_house};

/// A case, and a letter about it that left for its keyworker.
struct Town<'a> {
    county: &'a County<'a>,
    app: App,
    case: CaseReference,
    message_id: String,
    return_path: String,
}

impl<'a> Town<'a> {
    async fn new(county: &'a County<'a>) -> Self {
        let app = county.start_captured().await;
        county.deliver("nomination", &nomination(1));
        settle(&app).await.unwrap();
        let rows = app.engine.store.mails(&MailFilter::default()).await.unwrap();
        let case = rows[0].reference.clone().unwrap();
        record(&app, &case, "accept", "area_officer", &[]).await.unwrap();
        record(&app, &case, "record_checks", "area_officer", &["checks=complete"]).await.unwrap();
        record(&app, &case, "allocate", "area_officer", &["keyworker=Nell Byrne <n.byrne@example.org>"]).await.unwrap();
        settle(&app).await.unwrap();
        let letter = county.captured.take().into_iter().find(|letter| letter.to.as_str() == "n.byrne@example.org").unwrap();
        let message = mail_parser::MessageParser::default().parse(&letter.message).unwrap();
        let focus_family::delivery::ReturnPath::Address(path) = letter.from else {
            panic!("we hear of a letter that is no answer")
        };
        let (message_id, return_path) = (format!("<{}>", message.message_id().unwrap()), path.as_str().to_owned());
        Self { county, app, case, message_id, return_path }
    }

    /// End, whether it was tied to the case, and how many items of the worklist ask about a letter that came back.
    async fn told(&self, uid: &str, raw: &[u8]) -> (Option<EndState>, bool, usize) {
        let uid = &uid.replace(' ', "-");
        self.county.deliver(uid, raw);
        settle(&self.app).await.unwrap();
        let rows = self.app.engine.store.mails(&MailFilter { limit: 2_000, ..MailFilter::default() }).await.unwrap();
        let row = rows.into_iter().find(|row| row.uid == *uid).unwrap();
        (row.end, row.reference.as_ref() == Some(&self.case), self.asked().await)
    }

    async fn asked(&self) -> usize {
        let tasks = self.app.engine.store.tasks(&TaskFilter { closed_too: true, ..TaskFilter::default() }).await.unwrap();
        tasks.iter().filter(|task| task.says.contains("came back")).count()
    }

    async fn version(&self) -> u64 {
        self.app.engine.case(&self.case).await.unwrap().case.version
    }
}

async fn town(house: &House, check: impl AsyncFn(Town<'_>)) {
    let county = County::with(house, |text| text.replace("sender_name =", "answers_to = \"sub_address\"\nsender_name =")).await;
    check(Town::new(&county).await).await;
}

fn mail(head: &str, body: &str) -> Vec<u8> {
    format!("{head}Date: Mon, 7 Sep 2026 10:28:02 +0100\r\n\r\n{body}").replace("\r\n", "\n").replace('\n', "\r\n").into_bytes()
}

fn report(id: &str, action: &str, status: &str) -> Vec<u8> {
    mail(
        "Return-Path: <>\nFrom: MAILER-DAEMON@mx.example.org\nTo: focusfamily@council.example.org\nSubject: Undelivered Mail Returned to Sender\n\
         Auto-Submitted: auto-replied\nMIME-Version: 1.0\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\n",
        &format!(
            "--b\n\nI'm sorry to have to inform you.\n--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example.org\n\n\
             Final-Recipient: rfc822; n.byrne@example.org\nAction: {action}\nStatus: {status}\n\n--b\nContent-Type: text/rfc822-headers\n\n\
             From: focusfamily@council.example.org\nMessage-ID:\n {id}\nSubject: x\n\n--b--\n"
        ),
    )
}

#[test]
fn a_letter_that_came_back_is_asked_about_once_and_changes_nothing_else() {
    for_each_house(async |house| {
        town(house, async |town| {
            let before = town.version().await;
            let (id, path) = (town.message_id.as_str(), town.return_path.as_str());
            let unknown = id.replacen("<ff.", "<ff.0", 1).replacen("@", "x@", 1);
            let qmail = mail(
                "Return-Path: <>\nFrom: MAILER-DAEMON@nq.example.org\nTo: focusfamily@council.example.org\nSubject: failure notice\n",
                &format!("Hi. This is the qmail-send program.\n<n.byrne@example.org>:\n550 5.1.1 unknown\n--- Below this line is a copy of the message.\n\nMessage-ID: {id}\n\nhello\n"),
            );
            let bare = mail(&format!("Return-Path: <MAILER-DAEMON>\nFrom: Postmaster@nq.example.org\nTo: <{path}>\nSubject: Returned mail\n"), "It did not arrive.\n");
            let away = mail(
                &format!("From: n.byrne@example.org\nTo: focusfamily@council.example.org\nSubject: Automatic reply: x\nAuto-Submitted: auto-replied\nIn-Reply-To: {id}\n"),
                "I am away.\n",
            );
            let foreign_away = mail(
                &format!("From: x@evil.example\nTo: focusfamily@council.example.org\nSubject: Automatic reply: x\nAuto-Submitted: auto-replied\nIn-Reply-To: {id}\n"),
                "I am away.\n",
            );
            let filed = Some(EndState::Automatic);
            for (uid, raw, expected) in [
                ("delayed", report(id, "delayed", "4.4.1"), (filed, true, 0)),
                ("arrived", report(id, "relayed", "2.0.0"), (filed, true, 0)),
                ("of another letter", report(&unknown, "failed", "5.1.1"), (filed, false, 0)),
                ("of a foreign letter", report("<a@b.example>", "failed", "5.1.1"), (filed, false, 0)),
                ("away", away, (filed, true, 0)),
                ("a stranger away", foreign_away, (filed, false, 0)),
                ("failed", report(id, "failed", "5.1.1"), (filed, true, 1)),
                ("once more", report(id, "failed", "5.0.0"), (filed, true, 1)),
                ("without a report", qmail, (filed, true, 1)),
                ("without the letter", bare, (filed, true, 1)),
            ] {
                assert_eq!(town.told(uid, &raw).await, expected, "{uid}");
            }
            assert_eq!(town.version().await, before, "no bounce changes a case");
            assert!(town.county.captured.take().is_empty(), "no machine is answered");
            all_is_well(&town.app, "after the bounces").await;
        })
        .await;
    });
}

/// Real bounces of other programs' collections with our letter in place of theirs: by its Message-ID where they quote one, else by
/// the address they went to.
#[test]
fn real_bounces_find_the_letter_they_are_about() {
    let shared = std::env::var("FOCUS_FAMILY_SHARED").unwrap_or_else(|_| "../shared".to_owned());
    let folder = Path::new(&shared).join("corpus/eml");
    let Ok(found) = std::fs::read_dir(&folder) else { return eprintln!("no corpus here; the fixtures above stand for it") };
    let mut files: Vec<_> = found.map(|entry| entry.unwrap().path()).collect();
    let name = |path: &Path| path.file_name().unwrap().to_str().unwrap().to_owned();
    // The one left out is a person's wish to be taken off a list, and reports on no letter.
    files.retain(|path| name(path).starts_with("sisimai") && !name(path).ends_with("arf-26.eml"));
    files.sort();
    let house = sqlite_house();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(town(&house, async |town| {
        let before = town.version().await;
        let mut missed = Vec::new();
        for (number, path) in files.iter().enumerate() {
            let raw = planted(&std::fs::read(path).unwrap(), &town.message_id, &town.return_path);
            let (end, tied, _) = town.told(&format!("real-{number}"), &raw).await;
            if !(tied && end == Some(EndState::Automatic)) {
                missed.push(format!("{} {end:?}", name(path)));
            }
        }
        eprintln!("{} of {} real bounces found their letter", files.len() - missed.len(), files.len());
        assert!(missed.len() * 100 <= files.len(), "{missed:#?}");
        assert_eq!((town.version().await, town.asked().await), (before, 1));
    }));
}

/// The bounce with our id in place of every one below its header, and from ours to our address.
fn planted(raw: &[u8], id: &str, path: &str) -> Vec<u8> {
    // Bytes as letters, so that no charset is lost.
    let text: String = raw.iter().map(|byte| char::from(*byte)).collect();
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let (head, body) = text.split_once("\n\n").unwrap_or((&text, ""));
    let ids = regex::Regex::new(r"(?im)^((?:[ >\t]|&gt;)*message-id:\s*)(?:<|&lt;)?[^\s<>]+(?:>|&gt;)?").unwrap();
    let to = regex::Regex::new(r"(?im)^to:.*(?:\n[ \t].*)*").unwrap();
    let quoted = ids.is_match(body);
    let body = ids.replace_all(body, |found: &regex::Captures<'_>| format!("{}{id}", &found[1]));
    let head = if quoted { head.to_owned() } else { to.replace(head, format!("To: {path}")).into_owned() };
    let all = format!("{head}\n\n{body}");
    all.chars().map(|c| u8::try_from(u32::from(c)).unwrap_or(b'?')).collect()
}

#[test]
fn forged_bounces_change_nothing_and_ask_nobody() {
    let house = sqlite_house();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(town(&house, async |town| {
        let before = town.version().await;
        let (head, tail) = town.message_id.split_at(4);
        for number in 0..1_000_u32 {
            // Each with another id: made up, or ours with a digit changed.
            let at = usize::try_from(number % 32).unwrap();
            let mut digits = tail.as_bytes().to_vec();
            digits[at] = if digits[at] == b'7' { b'8' } else { b'7' };
            let near = format!("{head}{}", String::from_utf8(digits).unwrap());
            let id = if number % 2 == 0 { near } else { format!("<ff.{number:032x}@council.example.org>") };
            let forged =
                report(&id, "failed", &format!("5.1.{}", number % 9)).into_iter().chain(format!("{number}\r\n").into_bytes());
            town.county.deliver(&format!("forged-{number}"), &forged.collect::<Vec<u8>>());
        }
        settle(&town.app).await.unwrap();
        let rows = town.app.engine.store.mails(&MailFilter { limit: 2_000, ..MailFilter::default() }).await.unwrap();
        let forged: Vec<_> = rows.iter().filter(|row| row.uid.starts_with("forged")).collect();
        assert_eq!(forged.iter().filter(|row| row.end == Some(EndState::Automatic) && row.case.is_none()).count(), 1_000);
        assert_eq!((town.version().await, town.asked().await), (before, 0));
    }));
}

#[test]
fn a_report_that_names_no_letter_asks_once_a_day_about_whom_we_have_written_to_and_about_nobody_else() {
    let house = sqlite_house();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(town(&house, async |town| {
        let weak = async || {
            let tasks = town.app.engine.store.tasks(&TaskFilter { closed_too: true, ..TaskFilter::default() }).await.unwrap();
            tasks.iter().filter(|task| task.says.contains("does not arrive")).count()
        };
        // Without the headers of the letter: only whom the server could not reach.
        let bare = |to: &str, more: &str, action: &str| {
            let text = String::from_utf8(report("<x@y.example>", action, "5.1.1")).unwrap();
            let (report, quoted) = text.split_once("--b\r\nContent-Type: text/rfc822-headers").unwrap();
            let _left_out = quoted;
            format!("{}{more}--b--\r\n", report.replace("n.byrne@example.org", to)).into_bytes()
        };
        let foreign = "--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: <other@b.example>\r\n\r\n";
        let before = town.version().await;
        for (uid, raw, expected) in [
            ("of nobody we wrote to", bare("nobody@elsewhere.example", "", "failed"), 0),
            ("of another letter", bare("n.byrne@example.org", foreign, "failed"), 0),
            ("only late", bare("n.byrne@example.org", "", "delayed"), 0),
            ("of the keyworker", bare("N.Byrne@example.org", "", "failed"), 1),
            ("once more", bare("n.byrne@example.org", "\r\n", "failed"), 1),
        ] {
            let (end, tied, asked) = town.told(uid, &raw).await;
            assert_eq!((end, tied, asked), (Some(EndState::Automatic), false, 0), "{uid}: it is tied to nothing");
            assert_eq!(weak().await, expected, "{uid}");
        }
        town.county.pass_seconds(86_400);
        town.told("the next day", &bare("n.byrne@example.org", "\r\n\r\n", "failed")).await;
        assert_eq!(weak().await, 2);
        assert_eq!(town.version().await, before, "no bounce changes a case");
    }));
}
