//! Letters on their way: what is written into a mail, and what becomes of it when the mail server does not do what it should.

mod cut;
pub mod sink;
mod tokens;

use std::fs;
use std::num::NonZeroU32;
use std::time::Duration;

use focus_family::delivery::message::{Cause, MessageId, Outgoing, Sender, build};
use focus_family::delivery::smtp::Patience;
use focus_family::delivery::{
    AddressChecked, BadAddress, Captured, Delivered, Delivery, Login, LoginProof, ReturnPath, Smtp, Tls, WayOut,
    retry_delay_seconds,
};
use focus_family::domain::ids::{CaseReference, LetterName};
use focus_family::domain::letter::{Letter, samples};
use focus_family::domain::time::Instant;
use sink::{Does, Protects, Sink, tls_file};

fn address(text: &str) -> AddressChecked {
    AddressChecked::parse(text).expect("a good address")
}
fn our_address() -> AddressChecked {
    address("focusfamily@council.example.org")
}
fn letter() -> Letter {
    let name = LetterName::new("review_due").expect("a name");
    crate::letters::shipped_letters().compose(&name, &samples(&name)[0]).expect("a sample letter")
}

/// A mail with the number `seed` in its Message-ID.
fn mail(seed: u128, letter: &Letter, cause: Cause, in_reply_to: Option<&str>) -> Vec<u8> {
    let sender = Sender::new("Focus Family", our_address()).expect("a good name");
    let answered = in_reply_to.and_then(MessageId::parse);
    let outgoing = Outgoing {
        sender: &sender,
        reply_to: None,
        to: &address("sam@agency.example.org"),
        letter,
        message_id: &MessageId::from_random(seed, &our_address()),
        queued_at: "2026-11-23T10:14:00Z".parse::<Instant>().expect("an instant"),
        cause,
        case: Some(&"FF-2026-7142".parse::<CaseReference>().expect("a reference")),
        in_reply_to: answered.as_ref(),
        references: &[MessageId::parse("<first@agency.example.org>").expect("an id")],
    };
    build(&outgoing).expect("a mail")
}

fn headers_of(mail: &[u8]) -> String {
    let text = String::from_utf8(mail.to_vec()).expect("ascii");
    text.split_once("\r\n\r\n").expect("headers end").0.replace("\r\n", "\n")
}

#[test]
fn a_mail_has_these_headers_and_is_the_same_twice() {
    let bytes = mail(7, &letter(), Cause::Event, Some("<second@agency.example.org>"));
    assert_eq!(bytes, mail(7, &letter(), Cause::Event, Some("<second@agency.example.org>")));
    let headers = headers_of(&bytes);
    insta::with_settings!({filters => vec![(r"review_due/[0-9a-f]{12}", "review_due/DIGEST")]}, { insta::assert_snapshot!(headers) });
    assert!(bytes.is_ascii() && bytes.split(|byte| *byte == b'\n').all(|line| line.len() <= 998 && !line.contains(&0)));
}

#[test]
fn an_acknowledgement_says_that_a_program_replied() {
    let headers = headers_of(&mail(7, &letter(), Cause::Reply, None));
    assert!(headers.contains("\nAuto-Submitted: auto-replied\n"), "{headers}");
}

#[test]
fn both_halves_of_a_mail_read_back_as_they_were_written() {
    let mut written = letter();
    written.subject =
        "FF-2026-7142: adolygiad ŵ – to do by Thu 26 Nov, and some more words so that the line must be folded".to_owned();
    written.text += "\n.\nFrom here on: ŵ\n..two dots\n";
    let bytes = mail(7, &written, Cause::Event, None);
    let parsed = mail_parser::MessageParser::default().parse(&bytes).expect("a mail");
    assert_eq!(parsed.subject(), Some(written.subject.as_str()));
    assert_eq!(parsed.body_text(0).expect("text").replace("\r\n", "\n"), written.text);
    assert_eq!(parsed.body_html(0).expect("html").replace("\r\n", "\n"), written.html);
    assert_eq!((parsed.text_body_count(), parsed.html_body_count(), parsed.attachment_count()), (1, 1, 0));
}

#[test]
fn a_letter_whose_subject_is_not_one_line_is_never_built() {
    for subject in ["", "a\r\nBcc: x@example.org", "a\nb", "a\u{0}b", "a\u{2028}b", &"long ".repeat(30)] {
        let broken = Letter { subject: subject.to_owned(), ..letter() };
        let sender = Sender::new("Focus Family", our_address()).unwrap();
        let outgoing = Outgoing {
            sender: &sender,
            reply_to: None,
            to: &our_address(),
            letter: &broken,
            message_id: &MessageId::from_random(1, &our_address()),
            queued_at: Instant::UNIX_EPOCH,
            cause: Cause::Event,
            case: None,
            in_reply_to: None,
            references: &[],
        };
        assert!(build(&outgoing).is_err(), "{subject:?}");
    }
    for name in ["", "A\r\nBcc: x@example.org", "A\u{0}", &"n".repeat(61)] {
        assert!(Sender::new(name, our_address()).is_err(), "{name:?}");
    }
}

#[test]
fn foreign_message_ids_are_repeated_only_when_they_are_nothing_else() {
    for (text, expected) in [
        ("<a.b-c+1@mail.example.org>", Some("<a.b-c+1@mail.example.org>")),
        ("  bare@example.org ", Some("<bare@example.org>")),
        ("<AS8P123@AS8P123.eurprd05.prod.outlook.example>", Some("<AS8P123@AS8P123.eurprd05.prod.outlook.example>")),
        ("<x@host>", Some("<x@host>")),
        ("<a@b.example>\r\nBcc: x@example.org", None),
        ("<a b@example.org>", None),
        ("<a@example.org> <b@example.org>", None),
        ("<\"quoted\"@example.org>", None),
        ("<ŵ@example.org>", None),
        ("<no-at>", None),
        ("", None),
    ] {
        assert_eq!(MessageId::parse(text).as_ref().map(MessageId::as_str), expected, "{text:?}");
    }
    assert_eq!(MessageId::parse(&format!("<{}@example.org>", "a".repeat(300))), None);
}

#[test]
fn a_recipient_is_one_plain_address_or_refused_with_what_to_write() {
    for (text, expected) in [
        ("Sam.Lee+ff@Agency.Example.ORG", Ok("Sam.Lee+ff@agency.example.org")),
        (" o'brien@example.org ", Ok("o'brien@example.org")),
        ("sam@xn--bcher-kva.example", Ok("sam@xn--bcher-kva.example")),
        ("", Err(BadAddress::Empty)),
        ("Sam <sam@example.org>", Err(BadAddress::NotOne)),
        ("<sam@example.org>", Err(BadAddress::NotOne)),
        ("a@example.org,b@example.org", Err(BadAddress::NotOne)),
        ("a@example.org;b@example.org", Err(BadAddress::NotOne)),
        ("a@b@example.org", Err(BadAddress::NotOne)),
        ("\"a b\"@example.org", Err(BadAddress::NotOne)),
        ("sam@bücher.example", Err(BadAddress::NotAscii)),
        ("ŵyn@example.org", Err(BadAddress::NotAscii)),
        ("sam@example.org\r\nRCPT TO:<x@example.org>", Err(BadAddress::NotOne)),
        ("sam\r\n@example.org", Err(BadAddress::Malformed)),
        ("sam@example.org\n", Err(BadAddress::Malformed)),
        ("sam@example..org", Err(BadAddress::Malformed)),
        ("sam@-example.org", Err(BadAddress::Malformed)),
        ("sam@localhost", Err(BadAddress::Malformed)),
        ("sam@[127.0.0.1]", Err(BadAddress::Malformed)),
        ("sam@192.168.0.1", Err(BadAddress::Malformed)),
        (".sam@example.org", Err(BadAddress::Malformed)),
        ("@example.org", Err(BadAddress::Malformed)),
        ("sam", Err(BadAddress::Malformed)),
    ] {
        let parsed = AddressChecked::parse(text);
        assert_eq!(parsed.as_ref().map(AddressChecked::as_str).map_err(|error| *error), expected, "{text:?}");
    }
    assert_eq!(AddressChecked::parse(&format!("{}@example.org", "a".repeat(65))), Err(BadAddress::TooLong));
    assert_eq!(AddressChecked::parse(&format!("a@{}.org", "a.".repeat(200))), Err(BadAddress::TooLong));
    assert_eq!(format!("{:?}", address("sam@example.org")), "AddressChecked(●)");
}

proptest::proptest! {
    #[test]
    fn whatever_passes_as_an_address_goes_through_the_whole_mail_unharmed(text in "[ -~]{0,12}@[a-z0-9.-]{0,12}\\.[a-z]{1,4}") {
        if let Ok(checked) = AddressChecked::parse(&text) {
            let sender = Sender::new("Focus Family", checked.clone()).unwrap();
            let id = MessageId::from_random(1, &checked);
            let letter = Letter { subject: "a".into(), text: "b\n".into(), html: "<p>b</p>\n".into(), template: "x/1".into(), line: None, calendar: None };
            let bytes = build(&Outgoing {
                reply_to: None,
                sender: &sender, to: &checked, letter: &letter, message_id: &id, queued_at: Instant::UNIX_EPOCH,
                cause: Cause::Event, case: None, in_reply_to: Some(&id), references: &[],
            }).unwrap();
            let parsed = mail_parser::MessageParser::default().parse(&bytes).unwrap();
            let to = parsed.to().unwrap();
            proptest::prop_assert_eq!(to.iter().count(), 1);
            proptest::prop_assert_eq!(to.first().unwrap().address(), Some(checked.as_str()));
        }
    }
}

fn smtp(port: u16, tls: Tls) -> Smtp {
    let patience = Patience { connect_seconds: 5, command_seconds: 5, letter_seconds: 5 };
    let ca_file = Some(tls_file("ca.pem"));
    Smtp { host: "localhost".into(), port, tls, login: None, ca_file, hello_name: "council.example.org".into(), patience }
}

fn run<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async { tokio::time::timeout(Duration::from_secs(60), future).await.expect("no attempt hangs") })
}

fn attempt(smtp: Smtp, message: &[u8]) -> Delivered {
    run(Delivery::Smtp(Box::new(smtp)).send(&ReturnPath::Null, &address("sam@agency.example.org"), message))
}

/// One attempt in clear text on loopback at a server that does `does`.
fn check(does: Does, expected: &str) {
    let sink = Sink::start(Protects::No, &[does]);
    let message = mail(7, &letter(), Cause::Event, None);
    let delivered = attempt(smtp(sink.port, Tls::PlaintextLoopbackOnly), &message);
    assert_eq!(format!("{delivered:?}"), expected, "{does:?}");
}

#[test]
fn what_the_server_does_decides_whether_to_try_again() {
    check(Does::Accepts, "Accepted { reply: \"250 2.0.0 queued as 4F5A for\" }");
    check(Does::Answers("letter", "451 4.3.0 try later"), "Later { code: \"letter 451 4.3.0\" }");
    check(Does::Answers("letter", "554 5.7.1 never, sam@agency.example.org"), "Unreached { code: \"letter 554 5.7.1\" }");
    check(Does::Answers("rcpt", "450 4.2.0 greylisted"), "Later { code: \"rcpt 450 4.2.0\" }");
    check(Does::Answers("rcpt", "550 5.1.1 <sam@agency.example.org> unknown"), "Refused { code: \"rcpt 550 5.1.1\" }");
    check(Does::Answers("rcpt", "550 no such user"), "Refused { code: \"rcpt 550\" }");
    check(Does::Answers("mail", "550 5.7.1 you may not send"), "Unreached { code: \"mail 550 5.7.1\" }");
    check(Does::Answers("data", "452 4.3.1 full"), "Later { code: \"data 452 4.3.1\" }");
    check(Does::Answers("greeting", "554 go away"), "Unreached { code: \"connect 554\" }");
    check(Does::DropsAfterTheDot, "Unsure { code: \"connection lost after the letter\" }");
}

/// A relay that does not let us send refuses every letter for good: a setting of ours or its, and no fault of an address.
#[test]
fn only_what_is_about_the_address_is_a_refusal() {
    let ours = [
        ("rcpt", "554 5.7.1 <sam@agency.example.org>: Relay access denied"),
        ("rcpt", "550 Relaying denied"),
        ("rcpt", "550 5.7.1 Unable to relay"),
        ("rcpt", "551 we do not relay"),
        ("rcpt", "530 5.7.57 Client not authenticated to send mail"),
        ("rcpt", "530 5.7.0 Must issue a STARTTLS command first"),
        ("rcpt", "535 5.7.8 no"),
        ("rcpt", "553 5.1.8 sender's domain does not exist"),
        ("rcpt", "550 5.1.7 sender is no address"),
        ("rcpt", "550 authentication required"),
        ("rcpt", "554 no"),
        ("rcpt", "503 5.5.1 bad sequence"),
        ("data", "554 5.5.1 no valid recipients"),
        ("letter", "550 5.7.1 not allowed"),
        ("letter", "554 5.7.1 refused"),
    ];
    let of_the_address = [
        ("rcpt", "550 5.1.1 User unknown in relay recipient table"),
        ("rcpt", "550 User unknown in relay recipient table"),
        ("rcpt", "550 5.1.10 no such recipient"),
        ("rcpt", "554 5.1.1 no mailbox here"),
        ("rcpt", "552 5.2.2 mailbox full"),
        ("rcpt", "550 5.4.1 Recipient address rejected"),
        ("rcpt", "551 user not local"),
        ("rcpt", "553 no such name"),
        ("letter", "550 5.2.1 disabled"),
    ];
    for (all, fate) in [(&ours[..], "Unreached"), (&of_the_address[..], "Refused")] {
        for (step, answer) in all {
            let sink = Sink::start(Protects::No, &[Does::Answers(step, answer)]);
            let delivered = attempt(smtp(sink.port, Tls::PlaintextLoopbackOnly), &mail(7, &letter(), Cause::Event, None));
            assert!(format!("{delivered:?}").starts_with(fate), "{step} {answer}: {delivered:?}");
        }
    }
}

#[test]
fn what_a_try_tells_of_the_way_out() {
    let later = |code: &str| Delivered::Later { code: code.to_owned() }.way_out();
    for shut in
        ["rcpt 451 4.3.0", "rcpt 451 4.7.1", "letter 452 4.3.1", "data 421", "mail timed out", "connection lost in the letter"]
    {
        assert_eq!(later(shut), WayOut::Shut, "{shut}");
    }
    for of_one in ["rcpt 450 4.2.0", "rcpt 450", "rcpt 451 4.1.8", "letter 452 4.2.2"] {
        assert_eq!(later(of_one), WayOut::Unknown, "{of_one}");
    }
    assert_eq!(Delivered::Unreached { code: "connect failed".to_owned() }.way_out(), WayOut::Shut);
    assert_eq!(Delivered::Accepted { reply: "250".to_owned() }.way_out(), WayOut::Open);
    assert_eq!(Delivered::Refused { code: "rcpt 550 5.1.1".to_owned() }.way_out(), WayOut::Unknown);
}

#[test]
fn a_connection_lost_in_the_middle_of_a_letter_is_no_delivery() {
    let sink = Sink::start(Protects::No, &[Does::DropsInTheLetter]);
    // Larger than what the system takes on the way without the other side reading.
    let mut message = mail(7, &letter(), Cause::Event, None);
    message.extend(b"More words in this line than anybody reads.\r\n".repeat(1 << 20));
    let delivered = attempt(smtp(sink.port, Tls::PlaintextLoopbackOnly), &message);
    assert_eq!(delivered, Delivered::Later { code: "connection lost in the letter".into() });
    assert_eq!(sink.heard(), []);
}

#[test]
fn nobody_at_the_door_means_later() {
    let closed = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();
    assert_eq!(attempt(smtp(closed, Tls::PlaintextLoopbackOnly), b"x"), Delivered::Unreached { code: "connect failed".into() });
    assert_eq!(attempt(smtp(closed, Tls::Implicit), b"x"), Delivered::Unreached { code: "connect failed".into() });
}

#[test]
fn the_envelope_has_one_recipient_and_the_return_path_it_was_given() {
    let sink = Sink::start(Protects::No, &[Does::Accepts, Does::Accepts]);
    let delivery = Delivery::Smtp(Box::new(smtp(sink.port, Tls::PlaintextLoopbackOnly)));
    let (to, message) = (address("sam@agency.example.org"), mail(7, &letter(), Cause::Event, None));
    run(delivery.send(&ReturnPath::Null, &to, &message));
    run(delivery.send(&ReturnPath::Address(our_address()), &to, &message));
    let heard = sink.heard();
    assert_eq!(heard[0].mail_from, "MAIL FROM:<>");
    assert_eq!(heard[1].mail_from, "MAIL FROM:<focusfamily@council.example.org>");
    for letter in heard {
        assert_eq!(letter.rcpt_to, ["RCPT TO:<sam@agency.example.org>"]);
        assert_eq!(letter.message.as_bytes().trim_ascii_end(), message.trim_ascii_end());
    }
}

#[test]
fn a_trusted_server_gets_the_letter_encrypted_both_ways() {
    for (tls, protects) in
        [(Tls::StartTls, Protects::StartTls("localhost.pem")), (Tls::Implicit, Protects::Implicit("localhost.pem"))]
    {
        let sink = Sink::start(protects, &[Does::Accepts]);
        let delivered = attempt(smtp(sink.port, tls), &mail(7, &letter(), Cause::Event, None));
        assert!(matches!(delivered, Delivered::Accepted { .. }), "{tls:?}: {delivered:?}");
        assert_eq!(sink.heard().len(), 1);
    }
}

#[test]
fn a_server_that_cannot_be_trusted_gets_neither_the_letter_nor_the_password() {
    let folder = tempfile::tempdir().unwrap();
    let password_file = folder.path().join("password");
    fs::write(&password_file, "correct horse\n").unwrap();
    let login = Some(Login { username: "focusfamily".into(), proof: LoginProof::Password(password_file) });
    let cases: [(&str, Tls, Protects, bool, &str); 8] = [
        ("STARTTLS stripped", Tls::StartTls, Protects::No, true, "starttls missing"),
        ("wrong name", Tls::StartTls, Protects::StartTls("other.pem"), true, "starttls certificate not trusted"),
        ("expired", Tls::StartTls, Protects::StartTls("expired.pem"), true, "starttls certificate not trusted"),
        ("unknown authority", Tls::StartTls, Protects::StartTls("localhost.pem"), false, "starttls certificate not trusted"),
        ("wrong name, implicit", Tls::Implicit, Protects::Implicit("other.pem"), true, "connect certificate not trusted"),
        ("expired, implicit", Tls::Implicit, Protects::Implicit("expired.pem"), true, "connect certificate not trusted"),
        (
            "unknown authority, implicit",
            Tls::Implicit,
            Protects::Implicit("localhost.pem"),
            false,
            "connect certificate not trusted",
        ),
        ("no TLS at all, implicit", Tls::Implicit, Protects::No, true, "connect tls failed"),
    ];
    for (what, tls, protects, knows_authority, expected) in cases {
        let sink = Sink::start(protects, &[Does::Accepts]);
        let mut smtp = smtp(sink.port, tls);
        smtp.ca_file = smtp.ca_file.filter(|_| knows_authority);
        smtp.login.clone_from(&login);
        assert_eq!(
            attempt(smtp, &mail(7, &letter(), Cause::Event, None)),
            Delivered::Unreached { code: expected.into() },
            "{what}"
        );
        assert_eq!(sink.heard(), [], "{what}");
        assert!(!sink.commands().contains("AUTH"), "{what}: {}", sink.commands());
    }
}

#[test]
fn plain_text_goes_to_this_machine_only() {
    let mut elsewhere = smtp(2525, Tls::PlaintextLoopbackOnly);
    elsewhere.host = "192.0.2.1".into();
    assert_eq!(attempt(elsewhere, b"x"), Delivered::Unreached { code: "plaintext to another machine".into() });
}

#[test]
fn a_login_is_read_from_its_file_and_a_wrong_one_keeps_the_letter_waiting() {
    let folder = tempfile::tempdir().unwrap();
    let password_file = folder.path().join("password");
    fs::write(&password_file, "correct horse\nsecond line\n").unwrap();
    let sink = Sink::start(Protects::StartTls("localhost.pem"), &[Does::Accepts, Does::Answers("auth", "535 5.7.8 no")]);
    let mut smtp = smtp(sink.port, Tls::StartTls);
    smtp.login = Some(Login { username: "focusfamily".into(), proof: LoginProof::Password(password_file.clone()) });
    let message = mail(7, &letter(), Cause::Event, None);
    assert!(matches!(attempt(smtp.clone(), &message), Delivered::Accepted { .. }));
    // `\0focusfamily\0correct horse` in base64.
    assert!(sink.commands().contains("AUTH PLAIN AGZvY3VzZmFtaWx5AGNvcnJlY3QgaG9yc2U="), "{}", sink.commands());
    assert_eq!(attempt(smtp.clone(), &message), Delivered::Unreached { code: "auth 535 5.7.8".into() });
    fs::remove_file(password_file).unwrap();
    let sink = Sink::start(Protects::StartTls("localhost.pem"), &[Does::Accepts]);
    smtp.port = sink.port;
    assert_eq!(attempt(smtp, &message), Delivered::Unreached { code: "password_file unreadable".into() });
}

#[test]
fn an_access_token_signs_in_by_xoauth2_and_a_refused_one_uses_up_no_try() {
    let folder = tempfile::tempdir().unwrap();
    let token_file = folder.path().join("token");
    fs::write(&token_file, "made-up-token\n").unwrap();
    let sink = Sink::start(Protects::StartTls("localhost.pem"), &[Does::Accepts, Does::Answers("auth", "535 5.7.3 no")]);
    let mut smtp = smtp(sink.port, Tls::StartTls);
    smtp.login = Some(Login { username: "focusfamily".into(), proof: LoginProof::TokenFile(token_file.clone()) });
    let message = mail(7, &letter(), Cause::Event, None);
    assert!(matches!(attempt(smtp.clone(), &message), Delivered::Accepted { .. }));
    // `user=focusfamily\x01auth=Bearer made-up-token\x01\x01` in base64.
    let expected = "AUTH XOAUTH2 dXNlcj1mb2N1c2ZhbWlseQFhdXRoPUJlYXJlciBtYWRlLXVwLXRva2VuAQE=";
    assert!(sink.commands().contains(expected), "{}", sink.commands());
    assert_eq!(attempt(smtp.clone(), &message), Delivered::Unreached { code: "auth 535 5.7.3".into() });
    fs::remove_file(token_file).unwrap();
    let sink = Sink::start(Protects::StartTls("localhost.pem"), &[Does::Accepts]);
    smtp.port = sink.port;
    assert_eq!(attempt(smtp, &message), Delivered::Unreached { code: "token_file unreadable".into() });
}

#[test]
fn every_letter_arrives_and_is_repeated_only_after_an_unsure_end_with_the_same_message_id() {
    let moods = [
        Does::DropsAfterTheDot,
        Does::Answers("letter", "451 4.3.0 later"),
        Does::Accepts,
        Does::Answers("rcpt", "450 4.2.0 later"),
        Does::Accepts,
        Does::Answers("greeting", "421 busy"),
        Does::DropsAfterTheDot,
        Does::DropsAfterTheDot,
        Does::Accepts,
    ];
    let script: Vec<Does> = moods.iter().copied().cycle().take(20 * moods.len()).collect();
    let sink = Sink::start(Protects::No, &script);
    let delivery = Delivery::Smtp(Box::new(smtp(sink.port, Tls::PlaintextLoopbackOnly)));
    let (to, letter) = (address("sam@agency.example.org"), letter());
    let (mut unsure, mut accepted) = (0, 0);
    // Three letters go through in each round of moods.
    for seed in 0..60 {
        let message = mail(seed, &letter, Cause::Event, None);
        loop {
            match run(delivery.send(&ReturnPath::Null, &to, &message)) {
                Delivered::Accepted { .. } => break accepted += 1,
                Delivered::Unsure { .. } => unsure += 1,
                Delivered::Later { .. } | Delivered::Unreached { .. } => {}
                Delivered::Refused { code } => panic!("refused: {code}"),
            }
        }
    }
    let ids: Vec<String> = sink.heard().iter().map(|heard| message_id(&heard.message)).collect();
    let distinct: std::collections::BTreeSet<&String> = ids.iter().collect();
    assert_eq!((accepted, distinct.len(), ids.len()), (60, 60, 60 + unsure));
}

fn message_id(message: &str) -> String {
    message.lines().find_map(|line| line.strip_prefix("Message-ID: ")).expect("an id").trim().to_owned()
}

#[test]
fn a_folder_holds_each_letter_once_with_its_envelope_and_nothing_half_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("outbox");
    let delivery = Delivery::Maildir { path: path.clone() };
    let (to, message) = (address("sam@agency.example.org"), mail(7, &letter(), Cause::Event, None));
    for _ in 0..2 {
        assert!(matches!(run(delivery.send(&ReturnPath::Null, &to, &message)), Delivered::Accepted { .. }));
    }
    let names: Vec<String> =
        fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    assert_eq!(names.len(), 1, "{names:?}");
    assert!(names[0].starts_with("2026-11-23T101400Z-FF-2026-7142-review_due-") && names[0].ends_with(".eml"), "{names:?}");
    let written = fs::read(path.join(&names[0])).unwrap();
    assert!(written.starts_with(b"Return-Path: <>\r\nDelivered-To: sam@agency.example.org\r\n"));
    assert!(written.ends_with(&message));
    let other = run(delivery.send(&ReturnPath::Null, &address("kim@agency.example.org"), &message));
    assert!(matches!(other, Delivered::Accepted { .. }));
    assert_eq!(fs::read_dir(&path).unwrap().count(), 2);
}

#[test]
fn a_folder_that_cannot_be_written_means_later() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a file");
    fs::write(&path, "x").unwrap();
    let delivered = run(Delivery::Maildir { path }.send(&ReturnPath::Null, &our_address(), b"x"));
    assert!(matches!(delivered, Delivered::Later { .. }), "{delivered:?}");
}

#[test]
fn letters_kept_in_memory_are_all_there_once() {
    let captured = Captured::default();
    let delivery = Delivery::Capture(captured.clone());
    run(delivery.send(&ReturnPath::Address(our_address()), &our_address(), b"one"));
    let kept = captured.take();
    assert_eq!((kept.len(), kept[0].message.as_slice()), (1, b"one".as_slice()));
    assert!(captured.take().is_empty());
    assert_eq!(format!("{:?}", kept[0]), "CapturedLetter(●)");
}

#[test]
fn pauses_between_attempts_grow_and_stop_growing_at_a_day() {
    let delays: Vec<u32> = (1..=40).map(|attempt| retry_delay_seconds(NonZeroU32::new(attempt).unwrap())).collect();
    assert!(delays.is_sorted() && delays[1] == 60 && delays[39] == 86_400);
}
