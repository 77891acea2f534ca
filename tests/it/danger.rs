//! Words of immediate danger: wherever somebody writes them, however the mail is made, and what only looks like them.

use focus_family::domain::document::Limits;
use focus_family::domain::nomination::reading::read_mail;
use focus_family::domain::nomination::{Intake, Vocabulary, interpret};

use focus_family::daemon::round::settle;
use focus_family::store::{Arrival, EndState, MailFilter, TaskFilter};

use crate::reading::{programme, received_on, understood};
use crate::support::daemon::{County, all_is_well};
use crate::support::engines::for_each_house;

const ALARM: &str = "The child is in immediate danger and wants to die tonight. Her father strangled her mother last night.";

/// What is understood of a mail with these headers and this body beside a sender.
fn of_mail(headers: &str, body: &str) -> Intake {
    let mail = format!(
        "From: Gwen Park <gwen@harbour.example.org>\r\nTo: focusfamily@example.org\r\nDate: Mon, 09 Nov 2026 10:00:00 +0000\r\n\
         Message-ID: <one@example.org>\r\nMIME-Version: 1.0\r\n{headers}\r\n{body}"
    );
    let reading = read_mail(mail.as_bytes(), &Limits::default()).unwrap();
    interpret(&reading, &Vocabulary::new(&programme().forms), received_on())
}

#[test]
fn a_sentence_that_tells_of_danger_now_is_heard_whatever_stands_around_it() {
    let told = [
        "The child wants to die tonight, please call the mother now on 01632 960111",
        "Father has a knife and please note mother is in danger right now",
        "She was not hurt yesterday but he is threatening to kill her tonight",
        "She is not sleeping and wants to die",
        "He denies drinking, and has a knife in the car.",
        "This is confidential: he is threatening to kill her tonight",
        "I am worried that he will kill her.",
        "She may take an overdose.",
        "I suspect she is being abused.",
        "If he finds out he will kill her.",
        "He says that he doesn't want to live anymore.",
        "She has taken pills.",
        "He had his hands round her throat.",
        "After the training he said that he wants to die.",
        "He is not at work today; he is outside the house with a knife.",
        "Mum has no money and is suicidal.",
    ];
    let untold = [
        "He is not suicidal.",
        "She denies that he has a knife.",
        "There are no concerns about bruising, overdose or suicide.",
        "He has never threatened to kill her.",
        "If a child is in immediate danger call 999; do not use this form.",
        "If you are in danger now, ring 999.",
        "We offer a training course on suicide prevention.",
        "Today is the anniversary of her brother's suicide.",
        "In 2009, when they lived in Carlisle, he threatened to kill her.",
        "The boy kills time on his telephone.",
    ];
    let heard = |line: &str| !understood("Hello", "plain", &format!("Hello,\n\n{line}\n")).danger.is_empty();
    let missed: Vec<&str> = told.into_iter().filter(|line| !heard(line)).collect();
    let invented: Vec<&str> = untold.into_iter().filter(|line| heard(line)).collect();
    assert!(missed.is_empty() && invented.is_empty(), "missed: {missed:#?}\ninvented: {invented:#?}");
}

#[test]
fn danger_is_heard_in_every_place_of_a_mail_that_a_person_reads() {
    let plain = "Content-Type: text/plain; charset=utf-8\r\n";
    let parts = |kind: &str, parts: &[(&str, &str)]| {
        let body: String = parts.iter().map(|(head, text)| format!("--b\r\n{head}\r\n\r\n{text}\r\n")).collect();
        (format!("Content-Type: multipart/{kind}; boundary=b\r\nSubject: Hello\r\n"), format!("{body}--b--\r\n"))
    };
    let (page, text) = ("Content-Type: text/html; charset=utf-8", "Content-Type: text/plain; charset=utf-8");
    let block = format!(
        "From: Jo Brown <jo@school.example.org>\r\nSent: 9 November 2026 07:00\r\nTo: Gwen Park\r\nSubject: Please help\r\n\r\n{ALARM}"
    );
    let old = "In-Reply-To: <old@example.org>\r\nReferences: <old@example.org>\r\n";
    let bland = "Good morning, see you on Friday. ".repeat(3);
    let table = "<table><tr><td>Name</td><td>Ty Moss</td></tr><tr><td>School</td><td>Ty wants to die</td></tr></table>";
    let inner = "From: a@b.example\r\nSubject: child in immediate danger, wants to die\r\n\r\nsee the subject";
    let file =
        |kind: &str, name: &str| format!("Content-Type: {kind}; name={name}\r\nContent-Disposition: attachment; filename={name}");
    let heard = [
        ("the text", (format!("{plain}Subject: Hello\r\n"), ALARM.to_owned())),
        ("the subject", (format!("{plain}Subject: {ALARM}\r\n"), "please call".to_owned())),
        ("an encoded subject", (format!("{plain}Subject: =?utf-8?Q?Child_wants_to_die_tonight?=\r\n"), "please call".to_owned())),
        ("what is passed on", (format!("{plain}Subject: FW: Please help\r\n"), format!("See below, please act.\r\n\r\n{block}"))),
        ("what is passed on under another subject", (format!("{plain}Subject: Hello\r\n"), format!("FYI\r\n\r\n{block}"))),
        (
            "what is passed on in an answer",
            (format!("{plain}{old}Subject: FW: Please\r\n"), format!("See below.\r\n\r\n{block}")),
        ),
        ("nothing but quoted lines", (format!("{plain}Subject: Please help\r\n"), format!("> {ALARM}"))),
        ("the HTML shape alone", parts("alternative", &[(text, &bland), (page, &format!("<p>{ALARM}</p>"))])),
        (
            "the plain shape alone",
            parts(
                "alternative",
                &[(text, ALARM), (page, &format!("<table><tr><td>{bland}</td></tr><tr><td>{bland}</td></tr></table>"))],
            ),
        ),
        ("a cell of an attached note", parts("mixed", &[(text, "see file"), (&file("text/html", "a.html"), table)])),
        ("the subject of an attached mail", parts("mixed", &[(text, "see file"), (&file("message/rfc822", "a.eml"), inner)])),
    ];
    let missed: Vec<&str> =
        heard.iter().filter(|(_, (head, body))| of_mail(head, body).danger.is_empty()).map(|(what, _)| *what).collect();
    assert!(missed.is_empty(), "{missed:#?}");
    let own = "Thank you. I have asked the school and will ring you about it on Friday morning.";
    let silent = [
        ("an old letter below an answer", format!("{plain}{old}Subject: Re: Please help\r\n"), format!("{own}\r\n\r\n{block}")),
        ("the subject of an old letter", format!("{plain}{old}Subject: Re: Child wants to die\r\n"), own.to_owned()),
    ];
    for (what, head, body) in silent {
        let danger = of_mail(&head, &body).danger;
        assert!(danger.is_empty(), "{what}: {danger:?}");
    }
}

/// One is enough; a mail made of nothing else must cost no more than its length. Counted, not timed: a list without an end would be its sign.
#[test]
fn a_mail_of_thousands_of_alarms_is_one_alarm() {
    let lines: String = (0..3_000).map(|number| format!("Child: Ty{number} wants to die {number}.\n\n")).collect();
    let danger = understood("Hello", "plain", &lines).danger;
    assert!(!danger.is_empty() && danger.len() <= 20, "{}", danger.len());
}

/// Each person may be spoken of in every line: beyond a hundred they are no family, and a person is told.
#[test]
fn a_form_that_names_a_thousand_people_is_doubted_and_read_in_part() {
    let letter = |n: u8| char::from(b'a' + n);
    let people: String = (0..1_000_u16)
        .map(|n| {
            let [a, b, c] = [n % 26, n / 26 % 26, n / 676].map(|n| letter(u8::try_from(n).unwrap()));
            format!("Name: Ann{a}{b}{c} Bell\nDate of birth: 01/01/2010\nRelationship: Daughter\n\n")
        })
        .collect();
    let intake = understood("Nomination", "plain", &format!("Postcode: CA28 1AA\nConsent: yes\n\nFamily members\n{people}"));
    let members = intake.nomination.map(|nomination| nomination.members.len());
    assert_eq!(members, Some(101));
    assert!(intake.doubts.iter().any(|doubt| doubt.contains("people are named")), "{:?}", intake.doubts);
}

/// The mail waits for a person either way; whoever can act must not wait with it.
#[test]
fn words_of_danger_in_a_mail_that_is_not_read_whole_reach_the_duty_officer_at_once() {
    for_each_house(async |house| {
        let county = County::new(house).await;
        let app = county.start_captured().await;
        let bland = "I am sending some papers about the summer fair.";
        let danger = "He has a knife and says he will kill her tonight.";
        let plain = |number: u32, subject: &str, text: &str| {
            format!(
                "From: Gwen Park <g.park@school.example.org>\r\nTo: focusfamily@council.example.org\r\nSubject: {subject}\r\n\
                 Message-ID: <unread{number}@school.example.org>\r\n\r\n{text}\r\n"
            )
            .into_bytes()
        };
        let many_parts = |number: u32, subject: &str, text: &str| {
            let part = "--b\r\nContent-Type: application/octet-stream\r\n\r\nx\r\n";
            let head = format!("MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\nSubject: {subject}");
            let body = format!("--b\r\nContent-Type: text/plain\r\n\r\n{text}\r\n{}--b--\r\n", part.repeat(600));
            let mail = String::from_utf8(plain(number, "SUBJECT", "BODY")).unwrap();
            mail.replace("Subject: SUBJECT", &head).replace("BODY", &body).into_bytes()
        };
        let large = 60 << 20;
        // What is known of each: the text of its head, or no more than its subject.
        let cases = [
            ("too large, in its text", plain(1, "Please read", danger), large, true),
            ("too large, in its subject", plain(2, danger, bland), large, true),
            ("too large, and harmless", plain(3, "The fair", bland), large, false),
            ("too many parts, in its subject", many_parts(4, danger, danger), 0, true),
            ("too many parts, and harmless", many_parts(5, "The fair", bland), 0, false),
        ];
        for (number, (what, raw, bytes_total, told)) in cases.into_iter().enumerate() {
            let bytes_total = bytes_total.max(raw.len() as u64);
            let arrival = Arrival {
                account: app.mailboxes[0].name.clone(),
                mailbox: "INBOX".to_owned(),
                uid_validity: 0,
                uid: format!("unread-{number}"),
                received_at: app.engine.ambient.now(),
                bytes_total,
                raw,
            };
            app.engine.store.take_in(vec![arrival], &app.engine.ambient).await.unwrap();
            settle(&app).await.unwrap();
            let rows = app.engine.store.mails(&MailFilter::default()).await.unwrap();
            let row = rows.iter().find(|row| row.uid == format!("unread-{number}")).unwrap();
            assert_eq!((row.end, row.kind.as_deref()), (Some(EndState::Waiting), Some("unread")), "{what}");
            let to_duty =
                |letter: &focus_family::delivery::CapturedLetter| letter.to.as_str() == "omar.dixon@council.example.org";
            assert_eq!(county.captured.take().iter().any(to_duty), told, "{what}: the letter");
            let tasks = app.engine.store.tasks(&TaskFilter { mail: Some(row.mail), ..TaskFilter::default() }).await.unwrap();
            let alerted = tasks.iter().any(|task| task.role.as_str() == "duty" && task.due_on == county.today());
            assert_eq!(alerted, told, "{what}: the worklist");
            assert!(tasks.iter().any(|task| task.role.as_str() == "team"), "{what}: somebody opens it");
        }
        all_is_well(&app, "after mails that were not read whole").await;
    });
}
