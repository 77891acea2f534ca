//! Mails made to hurt, read as in production: in the child.

use std::io::Write;

use focus_family::domain::document::{Limits, Problem};
use focus_family::domain::mail::Refused;
use focus_family::domain::nomination::reading::read_mail;
use focus_family::reader::{ReadFailure, Reader};

use super::made::{mail, page, pdf, shape, stream};
use super::sandbox::{read, settings};

/// The mail is refused as a whole, in the child and in this process alike, and says who sent it.
fn refused(raw: &[u8], expected: Refused) {
    let here = read_mail(raw, &Limits::default()).expect_err("it breaks a limit");
    assert_eq!(here.reason, expected);
    match read(&Reader::new(settings()), raw) {
        Err(ReadFailure::Mail(problem)) => {
            assert_eq!(problem.reason, expected);
            assert_eq!(problem.message.expect("its headers are read").from[0].address, "a@example.org");
        }
        other => panic!("it was {other:?}"),
    }
}

#[test]
fn mails_in_mails_and_parts_in_parts_end_at_their_depth() {
    let mails = "Content-Type: message/rfc822\n\n".repeat(30_000);
    refused(format!("From: a@example.org\n{mails}").as_bytes(), Refused::TooDeep);
    let mut parts = "From: a@example.org\n".to_owned();
    for index in 0..100_000 {
        parts.push_str(&format!("Content-Type: multipart/mixed; boundary=b{index}\n\n--b{index}\n"));
    }
    refused(parts.as_bytes(), Refused::TooDeep);
}

#[test]
fn too_many_parts_headers_pieces_and_mailboxes_are_refused() {
    let parts = "--e\n\nx\n".repeat(100_000);
    refused(
        format!("From: a@example.org\nContent-Type: multipart/mixed; boundary=e\n\n{parts}").as_bytes(),
        Refused::TooManyParts,
    );
    refused(format!("From: a@example.org\n{}\nx", "X: y\n".repeat(1_000_000)).as_bytes(), Refused::HeadersOverLimit);
    refused(format!("From: a@example.org\nX-Long: {}\n\nx", "y".repeat(5 << 20)).as_bytes(), Refused::HeadersOverLimit);
    let pieces: String = (0..5_000).map(|index| format!(";\n name*{index}=x")).collect();
    refused(format!("From: a@example.org\nContent-Type: text/plain{pieces}\n\nx").as_bytes(), Refused::HeadersOverLimit);
    let mailboxes = "b@example.org,\n ".repeat(500_000);
    refused(format!("From: a@example.org\nTo: {mailboxes}\n\nx").as_bytes(), Refused::HeadersOverLimit);
}

/// What a PDF's FlateDecode unpacks to `bytes`.
pub fn deflated(bytes: &[u8]) -> Vec<u8> {
    // A ZIP's deflate data is what FlateDecode wants, but for the two bytes of zlib in front and its sum behind.
    let zip = super::made::zipped(&[("a", bytes)]);
    let name_length = usize::from(u16::from_le_bytes([zip[26], zip[27]]));
    let extra_length = usize::from(u16::from_le_bytes([zip[28], zip[29]]));
    let directory = zip.windows(4).rposition(|window| window == b"PK\x01\x02").expect("it has a directory");
    let mut out = vec![0x78, 0x9c];
    out.write_all(&zip[30 + name_length + extra_length..directory]).expect("memory takes it");
    out
}

#[test]
fn one_bad_file_never_takes_the_rest_of_the_mail_with_it() {
    let drawing = vec![b' '; 64 << 20];
    let bomb = [
        b"<< /Type /Catalog /Pages 2 0 R >>".to_vec(),
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_vec(),
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents 4 0 R >>".to_vec(),
        stream("/Filter [/FlateDecode /FlateDecode]", &deflated(&deflated(&drawing))),
    ];
    let loops = [
        b"<< /Type /Catalog /Pages 2 0 R /AcroForm << /Fields [2 0 R 4 0 R] >> >>".to_vec(),
        b"<< /Type /Pages /Kids [2 0 R 3 0 R] /Count 2 /Parent 2 0 R >>".to_vec(),
        b"<< /Type /Page /Parent 3 0 R /Contents 3 0 R /Annots [4 0 R 4 0 R] >>".to_vec(),
        b"<< /T (a) /FT /Tx /Subtype /Widget /Parent 4 0 R /Kids [4 0 R] /Rect [0 0 9 9] >>".to_vec(),
    ];
    let deep = [b"<< /Type /Catalog /Pages ".to_vec(), b"[".repeat(300_000), b"]".repeat(300_000), b" >>".to_vec()].concat();
    let word_bomb = super::made::zipped(&[("[Content_Types].xml", b"<Types/>"), ("word/document.xml", &vec![b' '; 200 << 20])]);
    for (name, bytes, allowed) in [
        ("bomb.pdf", pdf(&bomb, ""), &[Problem::TooLarge, Problem::MemoryLimit, Problem::TimeLimit, Problem::Damaged][..]),
        ("loops.pdf", pdf(&loops, ""), &[Problem::Damaged, Problem::Empty]),
        ("deep.pdf", pdf(&[deep], ""), &[Problem::Damaged, Problem::Empty]),
        ("bomb.docx", word_bomb, &[Problem::TooLarge]),
        (
            "noise.pdf",
            [b"%PDF-1.7\n".to_vec(), (0..200_000_u32).map(|index| (index.wrapping_mul(2_654_435_761) >> 13) as u8).collect()]
                .concat(),
            &[Problem::Damaged, Problem::Empty],
        ),
        ("huge.pdf", page("999999999 0 0 999999999 0 0 cm BT /F 1e30 Tf 1e30 1e30 Td (x) Tj ET", &[]), &[Problem::Empty]),
    ] {
        let raw =
            mail("the body is used", &[(name, "application/octet-stream", &bytes), ("after.txt", "text/plain", b"also used")]);
        let reading = read(&Reader::new(settings()), &raw).unwrap_or_else(|failure| panic!("{name}: {failure}"));
        assert_eq!(shape(&reading.body), "the body is used", "{name}");
        assert_eq!(shape(&reading.documents[1]), "also used", "{name}");
        let problem = reading.documents[0].problem;
        let harmless = matches!(name, "loops.pdf" | "huge.pdf") && problem.is_none();
        assert!(harmless || problem.is_some_and(|problem| allowed.contains(&problem)), "{name}: {problem:?}");
    }
}

#[test]
fn a_page_of_open_tags_costs_one_pass() {
    let raw =
        |html: &str| format!("From: a@example.org\nSubject: x\nContent-Type: text/html\n\n<p>before{html}after").into_bytes();
    for (what, html) in [
        ("300,000 divisions", "<div>".repeat(300_000)),
        ("300,000 styles", (0..300_000).map(|index| format!("<font size={index}>")).collect()),
        ("styles in paragraphs", "<p><b><i><u><font color=red>".repeat(60_000)),
        ("lists in lists", "<ul><li>".repeat(100_000)),
        ("tables in tables", "<table><tr><td>".repeat(60_000)),
        ("a quote that never ends", format!("<a title=\"{}", "<b>".repeat(100_000))),
    ] {
        let reading = read(&Reader::new(settings()), &raw(&html)).unwrap_or_else(|failure| panic!("{what}: {failure}"));
        assert!(shape(&reading.body).starts_with("before"), "{what}");
    }
}
