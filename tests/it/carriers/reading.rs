//! Mails of honest people.

use focus_family::domain::document::{Format, Limits, Method, Problem};
use focus_family::domain::mail::{AutomaticSign, Refused};
use focus_family::domain::nomination::reading::read_mail;

use super::made::{mail, read, shape, word};

#[test]
fn a_mail_gives_its_text_its_files_and_what_it_says_of_itself() {
    let reading = read(&mail(
        "Hello\n[x] Crime\n\n-----Original Message-----\nFrom: A\nold",
        &[("notes.txt", "text/plain", b"caf\xe9 \xe2")],
    ));
    assert_eq!(reading.message.from[0].address, "pat@example.org");
    assert_eq!(reading.message.message_id.as_deref(), Some("<one@example.org>"));
    assert_eq!(reading.message.date.map(|date| date.to_string()).as_deref(), Some("2026-06-16T09:28:02Z"));
    assert_eq!(shape(&reading.body), "Hello\n<+> Crime");
    assert_eq!(shape(&reading.quoted[0]), "-----Original Message-----\nFrom: A\nold");
    assert_eq!((reading.documents[0].name.as_str(), shape(&reading.documents[0]).as_str()), ("notes.txt", "café â"));
    assert_eq!(reading.message.attachments[0].bytes, 6);
}

#[test]
fn html_with_tables_is_read_before_a_remark_in_plain_text() {
    let raw = "From: a@example.org\nSubject: x\nMIME-Version: 1.0\nContent-Type: multipart/alternative; boundary=e\n\n\
        --e\nContent-Type: text/plain\n\nPlease use an HTML reader.\n--e\nContent-Type: text/html\n\n\
        <p>Hello <b>all</b><span style='display:none'>secret</span></p><table><tr><th>Name<th>DOB</tr>\
        <tr><td rowspan=2>Jo<td>1/2/2016</tr><tr><td>x</tr></table>\
        <select><option>No<option selected>Yes</select> <input type=checkbox checked>Health\
        <div id=appendonsend></div><div id=divRplyFwdMsg><b>From:</b> B</div><div>old words</div>\n--e--\n";
    let reading = read(raw.as_bytes());
    assert_eq!(shape(&reading.body), "Hello *all*\n|0:*Name*|1:*DOB*|\n|0(1x2):Jo|1:1/2/2016|\n|1:x|\n{=[Yes]} <+>Health");
    assert_eq!((reading.body.format, reading.body.read_by), (Format::Html, Method::ContentControls));
    assert_eq!(shape(&reading.quoted[0]), "*From:* B\nold words");
}

#[test]
fn an_attached_mail_has_an_entry_followed_by_its_own_files() {
    let inner = mail(
        "The form is attached.",
        &[("form.docx", "application/octet-stream", &word("<w:p><w:r><w:t>Name: Jo</w:t></w:r></w:p>"))],
    );
    let mut raw = b"From: b@example.org\r\nSubject: Fwd\r\nContent-Type: multipart/mixed; boundary=outer\r\n\r\n--outer\r\n\r\nSee below.\r\n--outer\r\nContent-Type: message/rfc822\r\n\r\n".to_vec();
    raw.extend(inner);
    raw.extend(b"\r\n--outer--\r\n");
    let reading = read(&raw);
    let heads: Vec<(&str, Format)> = reading.documents.iter().map(|document| (document.name.as_str(), document.format)).collect();
    assert_eq!(heads, [("", Format::Mail), ("form.docx", Format::Docx)]);
    assert_eq!(shape(&reading.documents[0]), "The form is attached.");
    assert_eq!(shape(&reading.documents[1]), "Name: Jo");
    assert_eq!(reading.documents[0].notes, ["from: Pat Example <pat@example.org>", "subject: Nomination"]);
}

#[test]
fn odd_mails_are_still_mails() {
    let only_returns = read(b"From: a@example.org\rSubject: x\r\rHello\rthere\r");
    assert_eq!(shape(&only_returns.body), "Hello\nthere");
    let two_senders = read(b"From: a@example.org\nFrom: B <b@EXAMPLE.org>\nSubject: x\n\nHi");
    assert_eq!(
        two_senders.message.from.iter().map(|from| from.address.as_str()).collect::<Vec<_>>(),
        ["a@example.org", "b@example.org"]
    );
    assert_eq!(two_senders.message.notes.len(), 1);
    let injected = read(b"From: =?utf-8?B?QQ0KQmNjOiB4?= <a@example.org>\nSubject: =?utf-8?Q?a=0D=0Ab?=\n\nHi");
    assert_eq!(injected.message.from[0].name.as_deref(), Some("A Bcc: x"));
    assert_eq!(injected.message.subject, "a b");
    let mbox = read(b"From someone Mon Nov  2 2026\nFrom: a@example.org\nSubject: x\n\nHi");
    assert_eq!(mbox.message.from[0].address, "a@example.org");
    let away = read(b"From: a@example.org\nSubject: Automatic reply: x\nAuto-Submitted: auto-replied\nReturn-Path: <>\n\nHi");
    assert_eq!(
        away.message.automatic,
        [AutomaticSign::AutoSubmitted, AutomaticSign::AutoReplied, AutomaticSign::Subject, AutomaticSign::NullReturnPath]
    );
}

#[test]
fn what_is_no_mail_is_refused_in_plain_words() {
    for (raw, expected) in [
        (&b""[..], Refused::Empty),
        (b"\r\n \r\n", Refused::Empty),
        (b"hello there", Refused::NotAMail),
        (&[0, 1, 2, 255], Refused::NotAMail),
    ] {
        let problem = read_mail(raw, &Limits::default()).expect_err("it is no mail");
        assert_eq!(problem.reason, expected);
        assert!(problem.to_string().contains("mail"), "{problem}");
    }
}

#[test]
fn files_are_known_by_their_bytes_and_the_unreadable_say_why() {
    let office_under_password = [
        &b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"[..],
        "EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>().as_slice(),
    ]
    .concat();
    let long = "x\n".repeat(9_000);
    for (name, bytes, format, problem) in [
        ("form.pdf", &b"\x89PNG\r\n\x1a\n...."[..], Format::Image, Some(Problem::Damaged)),
        ("photo.jpg", b"<html><body>Hi</body></html>", Format::Html, None),
        ("form.docx", &office_under_password, Format::Docx, Some(Problem::Encrypted)),
        ("empty.txt", b"", Format::Text, Some(Problem::Empty)),
        ("tool.exe", b"MZ\x90\0\x03\0\0\0", Format::Unknown, Some(Problem::Unsupported)),
        ("old.doc", b"PK\x03\x04 not really", Format::Zip, Some(Problem::Damaged)),
        ("long.txt", long.as_bytes(), Format::Text, None),
    ] {
        let reading = read(&mail("x", &[(name, "application/octet-stream", bytes)]));
        let document = &reading.documents[0];
        assert_eq!((document.format, document.problem), (format, problem), "{name}");
    }
}
