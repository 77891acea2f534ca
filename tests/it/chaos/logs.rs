//! The running daemon, at the level that says most, writes no word of any mail into its log; nor do its letters, but to whom they go.

use crate::carriers::made;
use crate::chaos::place::{Place, rows};
use crate::support::daemon::{form, mail_with, referrer, sample};
use focus_family::demo::forms;

/// Mails of each kind.
const EACH: u32 = 4;
/// What stands in names, streets, files, subjects and free text, and numbers nobody else has.
const CANARIES: [&str; 6] = ["kanarie", "07700 900731", "07700900731", "999 731 0027", "qq 73 10 27 c", "ca28 7zz"];

/// A nomination whose every word of a person is a canary, with its sender's address one too.
fn nomination(number: u32, ending: &str) -> Vec<u8> {
    let mut form = form(number);
    for (at, member) in form.members.iter_mut().enumerate() {
        member.given = format!("Kanariegiven{}", char::from(b'a' + u8::try_from(at).unwrap()));
        member.family = format!("Kanariefamily{number}");
    }
    form.address = format!("{number} Kanarie Row, Whitehaven");
    form.postcode = "CA28 7ZZ".to_owned();
    form.reason =
        "Kanariereason. NHS number: 999 731 0027. National Insurance number: QQ 73 10 27 C. Phone 07700 900731.".to_owned();
    form.consent = Some((format!("Kanariegivena Kanariefamily{number}"), "07/09/2026".to_owned()));
    let bytes = match ending {
        "docx" => forms::nomination_docx(&form),
        "locked.pdf" => forms::locked(forms::nomination_pdf(&form), "secret"),
        "damaged.pdf" => {
            let mut bytes = focus_family::forms::bytes(forms::nomination_pdf(&form));
            bytes.truncate(900);
            bytes
        }
        _ => focus_family::forms::bytes(forms::nomination_pdf(&form)),
    };
    marked(&mail_with(number, &[(&format!("Kanariefile {number}.{ending}"), "application/octet-stream", &bytes)]), number)
}

fn marked(mail: &[u8], number: u32) -> Vec<u8> {
    String::from_utf8(mail.to_vec())
        .unwrap()
        .replace(&referrer(number), &format!("kanarie.sender{number}@lakefoot-families.example.org"))
        .replacen("Frances Tolson", "Kanarie Sender", 1)
        .replacen("Subject: ", "Subject: Kanariesubject ", 1)
        .replace("Please find", "Kanariebody, ring 07700 900731. Please find")
        .into_bytes()
}

fn mails() -> Vec<Vec<u8>> {
    let mut mails = Vec::new();
    let kinds =
        ["advice", "alert", "foi", "out-of-office", "own-nomination", "subject-access", "without-consent", "danger-later"];
    for round in 0..EACH {
        for (at, ending) in ["docx", "pdf", "locked.pdf", "damaged.pdf"].iter().enumerate() {
            mails.push(nomination(round * 10 + u32::try_from(at).unwrap(), ending));
        }
        for (at, kind) in kinds.iter().enumerate() {
            let mail = sample(kind).replacen("Subject: ", "Subject: Kanariesubject ", 1);
            let mail = mail.replacen("Message-ID: <", &format!("Message-ID: <kanarie{round}x{at}"), 1);
            mails.push([mail.as_bytes(), b"\r\nKanarieword in the text, 07700 900731.\r\n"].concat());
        }
    }
    let bomb = made::zipped(&[("[Content_Types].xml", b"<Types/>"), ("word/document.xml", &vec![b' '; 101 << 20])]);
    mails.push(marked(&mail_with(901, &[("Kanariebomb.docx", "application/octet-stream", &bomb)]), 901));
    mails
        .push(b"From: Kanarie <kanarie@agency.example.org>\r\nFrom: Kanarie Two <k2@agency.example.org>\r\n\r\nKanarie".to_vec());
    mails.push(b"Kanarie is no mail at all".to_vec());
    mails.push(Vec::new());
    mails
}

fn canaries_in(text: &str) -> Vec<String> {
    let lines = text.lines().filter(|line| CANARIES.iter().any(|canary| line.to_lowercase().contains(canary)));
    lines.map(|line| line.chars().take(400).collect()).collect()
}

#[test]
fn the_daemon_that_says_most_writes_no_word_of_a_mail_into_its_log_nor_into_a_letter() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let folder = tempfile::tempdir().unwrap();
        let mut place = Place::new(folder.path(), &[]);
        let mails = mails();
        assert!(mails.iter().filter(|mail| !canaries_in(&String::from_utf8_lossy(mail)).is_empty()).count() + 1 >= mails.len());
        let life = place.live_saying(&[], "trace");
        life.ready();
        let new = folder.path().join("mailbox/new");
        for (at, mail) in mails.iter().enumerate() {
            std::fs::write(folder.path().join("mailbox/tmp").join(format!("mail-{at}")), mail).unwrap();
            std::fs::rename(folder.path().join("mailbox/tmp").join(format!("mail-{at}")), new.join(format!("mail-{at}")))
                .unwrap();
        }
        let app = place.open().await;
        let since = std::time::Instant::now();
        let ended = async || rows(&app).await.iter().filter(|row| row.end.is_some()).count();
        while ended().await < mails.len() {
            assert!(since.elapsed().as_secs() < 300, "{} of {} mails ended", ended().await, mails.len());
            tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        }
        // Of a flood of alerts one goes a minute, and the clock stands still.
        while crate::chaos::place::in_hand_but(&app, Some("danger_alert")).await > 0 {
            assert!(since.elapsed().as_secs() < 300, "letters do not leave");
            tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        }
        let log = life.told();
        life.kill();
        assert!(log.lines().count() >= mails.len(), "it tells of each mail:\n{log}");
        let told = canaries_in(&log);
        assert!(told.is_empty(), "{} lines, among them:\n{}", told.len(), told[..told.len().min(10)].join("\n"));
        let letters = place.sink.heard();
        assert!(letters.len() > 20, "{} letters", letters.len());
        for letter in letters {
            let parsed = mail_parser::MessageParser::default().parse(&letter.message).unwrap();
            let bodies: Vec<String> = (0..2).filter_map(|at| parsed.body_text(at).map(|text| text.into_owned())).collect();
            let html: Vec<String> = (0..2).filter_map(|at| parsed.body_html(at).map(|text| text.into_owned())).collect();
            // Whom it goes to, and which mail it answers, it must say: both were written by the sender.
            let head = &letter.message;
            let head: Vec<&str> = head.lines().take_while(|line| !line.is_empty()).collect();
            let head = head.join("\n").replace("\n\t", " ").replace("\n ", " ");
            let head =
                head.lines().filter(|line| !["To: ", "In-Reply-To: ", "References: "].iter().any(|name| line.starts_with(name)));
            let text = head.map(str::to_owned).chain(bodies).chain(html).collect::<Vec<_>>().join("\n");
            assert_eq!(canaries_in(&text), Vec::<String>::new());
        }
    });
}
