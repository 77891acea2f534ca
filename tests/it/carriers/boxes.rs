//! Files in files: archives, mails in any clothing, what is signed and what is sealed.

use focus_family::domain::document::{Limits, Problem};
use focus_family::domain::nomination::reading::read_mail;

use super::made::{mail, page, read, shape, word, zipped};
use super::outlook::files;

fn attached(name: &str, bytes: &[u8]) -> Vec<String> {
    files(&read(&mail("x", &[(name, "application/octet-stream", bytes)])))
}

fn form() -> Vec<u8> {
    word("<w:p><w:r><w:t>Name: Jo</w:t></w:r></w:p>")
}

/// The ZIP with every entry marked as under a password.
pub fn locked(mut zip: Vec<u8>) -> Vec<u8> {
    for (mark, flags) in [(b"PK\x03\x04", 6), (b"PK\x01\x02", 8)] {
        let at: Vec<usize> = zip.windows(4).enumerate().filter(|(_, window)| window == mark).map(|(at, _)| at).collect();
        at.into_iter().for_each(|at| zip[at + flags] |= 1);
    }
    zip
}

#[test]
fn the_papers_in_an_archive_are_papers_of_the_mail() {
    let inner = zipped(&[("consent.txt", b"Consent: Yes")]);
    let zip = zipped(&[
        ("Forms/", b""),
        ("Forms/nomination form.docx", &form()),
        ("__MACOSX/Forms/._nomination form.docx", b"\0\x05\x16\x07"),
        ("..\\..\\..\\windows\\system32\\evil.txt", b"a path"),
        ("/etc/passwd", b"another path"),
        ("Forms/more.zip", &inner),
        ("Forms/.DS_Store", b"x"),
        ("Forms/page.pdf", &page("BT /F 12 Tf 50 700 Td (School: Hill) Tj ET", &[])),
    ]);
    assert_eq!(
        attached("papers.zip", &zip),
        [
            "papers.zip Zip: ",
            "nomination form.docx Docx: Name: Jo",
            "evil.txt Text: a path",
            "passwd Text: another path",
            "more.zip Zip: ",
            "consent.txt Text: Consent: Yes",
            "page.pdf Pdf: School: Hill",
        ]
    );
}

#[test]
fn an_archive_under_a_password_is_named_with_what_stands_in_it() {
    let zip = zipped(&[("nomination form.docx", &form()[..]), ("plan.pdf", b"%PDF-1.7")]);
    assert_eq!(
        attached("secret.zip", &locked(zip)),
        ["secret.zip Zip: ! Encrypted", "nomination form.docx Unknown: ! Encrypted", "plan.pdf Unknown: ! Encrypted"]
    );
}

#[test]
fn archives_made_to_hurt_end_at_a_limit() {
    let entries: Vec<String> = (0..1_001).map(|index| format!("{index}.txt")).collect();
    let entries: Vec<(&str, &[u8])> = entries.iter().map(|name| (name.as_str(), &b"x"[..])).collect();
    assert_eq!(attached("many.zip", &zipped(&entries)), ["many.zip Zip: ! TooLarge"]);
    // The directory says how many it has: nothing is read of one with too many.
    let mut told = zipped(&[("a.txt", b"a")]);
    let end = told.len() - 22;
    told[end + 8..end + 12].copy_from_slice(&[0xff; 4]);
    assert_eq!(attached("told.zip", &told), ["told.zip Zip: ! TooLarge"]);
    let bomb = zipped(&[("bomb.txt", &vec![b' '; 8 << 20][..]), ("after.txt", b"also read")]);
    assert_eq!(attached("bomb.zip", &bomb), ["bomb.zip Zip: ", "bomb.txt Unknown: ! TooLarge", "after.txt Text: also read"]);
    let mut nested = zipped(&[("deep.txt", b"deepest")]);
    for _ in 0..4 {
        nested = zipped(&[("in.zip", &nested)]);
    }
    assert_eq!(attached("out.zip", &nested), ["out.zip Zip: ", "in.zip Zip: ", "in.zip Zip: ! TooDeep"]);
    let slides = zipped(&[("mimetype", &b"application/vnd.oasis.opendocument.presentation"[..]), ("content.xml", b"<a/>")]);
    assert_eq!(attached("slides.odp", &slides), ["slides.odp Zip: ! Unsupported"], "one paper, not an archive of its parts");
    assert_eq!(attached("nothing.zip", &zipped(&[])), ["nothing.zip Zip: ! Empty"]);
}

#[test]
fn all_files_within_files_share_one_measure_of_bytes() {
    let noise: Vec<u8> = (0..300_000_u32)
        .flat_map(|n| n.wrapping_mul(2_654_435_761).to_be_bytes())
        .map(|b| b"abcdefg hijk\n"[usize::from(b) % 13])
        .collect();
    let zip = zipped(&[("a.txt", &noise)]);
    let limits = Limits { inflated_bytes_max: 3 << 20, ..Limits::default() };
    let raw = mail("x", &[("one.zip", "", &zip), ("two.zip", "", &zip), ("three.zip", "", &zip)]);
    let reading = read_mail(&raw, &limits).expect("the mail itself is small");
    let problems: Vec<Option<Problem>> = reading.documents.iter().filter(|d| d.name == "a.txt").map(|d| d.problem).collect();
    assert_eq!(problems, [None, None, Some(Problem::TooLarge)]);
}

#[test]
fn archives_and_photos_that_are_not_opened_say_how_to_send_them() {
    for (name, bytes, format, advice) in [
        ("papers.7z", &b"7z\xbc\xaf\x27\x1c\0\x04"[..], "Archive", "ZIP"),
        ("papers.rar", b"Rar!\x1a\x07\x01\0", "Archive", "ZIP"),
        ("form.heic", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "Heic", "JPEG"),
    ] {
        let reading = read(&mail("x", &[(name, "application/octet-stream", bytes)]));
        assert_eq!(files(&reading), [format!("{name} {format}: ! Unsupported")]);
        assert!(reading.documents[0].notes[0].contains(advice), "{name}");
    }
}

#[test]
fn a_mail_attached_as_any_kind_of_file_is_a_mail() {
    let inner = mail("Words of Pat", &[("form.docx", "application/msword", &form())]);
    for (name, kind) in
        [("fwd.eml", "application/octet-stream"), ("fwd.eml", "text/plain"), ("forwarded mail", "application/octet-stream")]
    {
        let reading = read(&mail("See below", &[(name, kind, &inner)]));
        assert_eq!(files(&reading), [format!("{name} Mail: Words of Pat"), "form.docx Docx: Name: Jo".to_owned()], "{kind}");
        assert_eq!(reading.documents[0].notes[0], "from: Pat Example <pat@example.org>");
    }
    let quoting = b"From: Pat\nSent: Monday\nSubject: a letter saved as text\n\nDear all";
    assert_eq!(attached("letter.txt", quoting).len(), 1);
    assert!(attached("letter.txt", quoting)[0].starts_with("letter.txt Text: From: Pat/Sent"));
}

/// An element of DER.
fn der(tag: u8, inner: &[u8]) -> Vec<u8> {
    [&[tag, 0x84][..], &u32::try_from(inner.len()).unwrap().to_be_bytes(), inner].concat()
}

pub fn signed(content: &[u8], kind: u8) -> Vec<u8> {
    let oid = |last: u8| vec![6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, last];
    let content = der(0x30, &[oid(1), der(0xa0, &der(4, content))].concat());
    let body = der(0x30, &[der(2, &[1]), der(0x31, &[]), content, der(0x31, &[])].concat());
    der(0x30, &[oid(kind), der(0xa0, &body)].concat())
}

#[test]
fn what_is_only_signed_is_opened_as_if_it_were_not() {
    let whole = mail("Signed words", &[("form.docx", "application/msword", &form())]);
    let entity = &whole[whole.windows(12).position(|window| window == b"Content-Type").expect("it has parts")..];
    let envelope = |bytes: &[u8]| {
        let coded = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, bytes);
        format!(
            "From: a@example.org\r\nSubject: Nomination\r\nMIME-Version: 1.0\r\nContent-Type: application/pkcs7-mime; \
             smime-type=signed-data; name=\"smime.p7m\"\r\nContent-Transfer-Encoding: base64\r\n\r\n{coded}\r\n"
        )
        .into_bytes()
    };
    let reading = read(&envelope(&signed(entity, 2)));
    assert_eq!(shape(&reading.body), "Signed words");
    assert_eq!(files(&reading), ["form.docx Docx: Name: Jo"]);
    let sealed = read(&envelope(&signed(entity, 3)));
    assert_eq!(files(&sealed), ["smime.p7m Sealed: ! Encrypted"]);
    assert_eq!(sealed.documents[0].notes, ["sealed by S/MIME"]);
    let beside = read(&mail("Hello", &[("smime.p7s", "application/pkcs7-signature", b"0\x80"), ("a.txt", "text/plain", b"a")]));
    assert_eq!(files(&beside), ["a.txt Text: a"], "a signature beside its mail is no paper");
}

#[test]
fn sealed_letters_are_named_by_who_can_open_them() {
    for (name, bytes, service) in [
        ("message_v2.rpmsg", &b"\x76\xe8\x04\x60\xc4\x11\xe3\x86...."[..], "Microsoft Purview"),
        ("securedoc.html", b"<html><script src='https://res.cisco.com/websafe/x.js'></script></html>", "Cisco Secure Email"),
        ("secure.switch", b"\0\x01\x02", "Egress"),
        ("encrypted.asc", b"-----BEGIN PGP MESSAGE-----\n\nhQEMA\n-----END PGP MESSAGE-----\n", "OpenPGP"),
    ] {
        let reading = read(&mail("You have a secure message", &[(name, "application/octet-stream", bytes)]));
        assert_eq!(files(&reading), [format!("{name} Sealed: ! Encrypted")]);
        assert_eq!(reading.documents[0].notes, [format!("sealed by {service}")]);
    }
    let in_the_text =
        read(b"From: a@example.org\nSubject: x\n\n-----BEGIN PGP MESSAGE-----\n\nhQEMA\n-----END PGP MESSAGE-----\n");
    assert_eq!(files(&in_the_text), ["message.asc Sealed: ! Encrypted"]);
}
