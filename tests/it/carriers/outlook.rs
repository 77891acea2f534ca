//! Mails as Outlook keeps them, made here: `.msg` and `winmail.dat`.

use std::io::{Cursor, Write};

use focus_family::domain::document::{Format, Limits, Problem};
use focus_family::domain::mail::AutomaticSign;
use focus_family::domain::nomination::Reading;
use focus_family::domain::nomination::reading::read_mail;

use super::made::{mail, read, shape, word, zipped};

/// A text of Outlook: UTF-16.
fn wide(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

/// RTF as Outlook keeps it, not packed.
fn unpacked_rtf(rtf: &str) -> Vec<u8> {
    let length = u32::try_from(rtf.len()).unwrap().to_le_bytes();
    [&length[..], &length, b"MELA", &[0; 4], rtf.as_bytes()].concat()
}

/// A file of a `.msg` in the making.
pub enum Attached<'a> {
    File(&'a str, &'a [u8]),
    Mail(&'a str, &'a Msg<'a>),
}

/// A `.msg` in the making: text properties, binary properties, files.
#[derive(Default)]
pub struct Msg<'a> {
    pub texts: Vec<(u16, &'a str)>,
    pub binaries: Vec<(u16, Vec<u8>)>,
    pub files: Vec<Attached<'a>>,
}

type Compound = cfb::CompoundFile<Cursor<Vec<u8>>>;

fn put(file: &mut Compound, path: &str, bytes: &[u8]) {
    file.create_stream(path).unwrap().write_all(bytes).unwrap();
}

impl Msg<'_> {
    pub fn bytes(&self) -> Vec<u8> {
        let mut file = cfb::CompoundFile::create(Cursor::new(Vec::new())).unwrap();
        self.write(&mut file, "", 32);
        file.flush().unwrap();
        file.into_inner().into_inner()
    }

    fn write(&self, file: &mut Compound, at: &str, head: usize) {
        // A submit time: 1 February 2016, 10:00 UTC.
        let mut fixed = vec![0; head];
        fixed.extend([0x40, 0, 0x39, 0, 6, 0, 0, 0]);
        fixed.extend(((1_454_320_800_i64 + 11_644_473_600) * 10_000_000).to_le_bytes());
        put(file, &format!("{at}/__properties_version1.0"), &fixed);
        for (number, text) in &self.texts {
            put(file, &format!("{at}/__substg1.0_{number:04X}001F"), &wide(text));
        }
        for (number, bytes) in &self.binaries {
            put(file, &format!("{at}/__substg1.0_{number:04X}0102"), bytes);
        }
        for (index, attached) in self.files.iter().enumerate() {
            let storage = format!("{at}/__attach_version1.0_#{index:08X}");
            file.create_storage(&storage).unwrap();
            put(file, &format!("{storage}/__properties_version1.0"), &[0; 8]);
            match attached {
                Attached::File(name, bytes) => {
                    put(file, &format!("{storage}/__substg1.0_3707001F"), &wide(name));
                    put(file, &format!("{storage}/__substg1.0_37010102"), bytes);
                }
                Attached::Mail(name, inner) => {
                    put(file, &format!("{storage}/__substg1.0_3001001F"), &wide(name));
                    let inside = format!("{storage}/__substg1.0_3701000D");
                    file.create_storage(&inside).unwrap();
                    inner.write(file, &inside, 24);
                }
            }
        }
    }
}

/// An attribute of TNEF.
fn attribute(level: u8, number: u32, data: &[u8]) -> Vec<u8> {
    let sum = data.iter().fold(0_u16, |sum, byte| sum.wrapping_add(u16::from(*byte)));
    let length = u32::try_from(data.len()).unwrap();
    [&[level][..], &number.to_le_bytes(), &length.to_le_bytes(), data, &sum.to_le_bytes()].concat()
}

/// MAPI properties as TNEF holds them: kind, number, bytes.
fn mapi(properties: &[(u16, u16, Vec<u8>)]) -> Vec<u8> {
    let mut out = u32::try_from(properties.len()).unwrap().to_le_bytes().to_vec();
    for (kind, number, bytes) in properties {
        out.extend(kind.to_le_bytes());
        out.extend(number.to_le_bytes());
        out.extend(1_u32.to_le_bytes());
        out.extend(u32::try_from(bytes.len()).unwrap().to_le_bytes());
        out.extend(bytes);
        out.extend(vec![0; bytes.len().next_multiple_of(4) - bytes.len()]);
    }
    out
}

/// A `winmail.dat` with these properties of the mail, and files.
pub fn winmail(properties: &[(u16, u16, Vec<u8>)], files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut out = vec![0x78, 0x9f, 0x3e, 0x22, 1, 0];
    out.extend(attribute(1, 0x0008_9006, &[0, 0, 1, 0]));
    out.extend(attribute(1, 0x0006_9003, &mapi(properties)));
    for (name, bytes) in files {
        out.extend(attribute(2, 0x0006_9002, &[0; 14]));
        out.extend(attribute(2, 0x0001_8010, format!("{}\0", &name[..8.min(name.len())]).as_bytes()));
        out.extend(attribute(2, 0x0006_800f, bytes));
        out.extend(attribute(2, 0x0006_9005, &mapi(&[(0x001f, 0x3707, wide(&format!("{name}\0")))])));
    }
    out
}

/// What a mail's files are: name, format, and the shape or the problem.
pub fn files(reading: &Reading) -> Vec<String> {
    let told = reading.documents.iter().map(|document| {
        let said = document.problem.map_or_else(|| shape(document).replace('\n', "/"), |problem| format!("! {problem:?}"));
        format!("{} {:?}: {said}", document.name, document.format)
    });
    told.collect()
}

fn form() -> Vec<u8> {
    word("<w:p><w:r><w:t>Name: Jo</w:t></w:r></w:p>")
}

#[test]
fn a_saved_outlook_mail_is_a_forwarded_mail_with_its_text_its_files_and_the_mails_in_it() {
    let form = form();
    let inner = Msg {
        texts: vec![(0x0037, "The first"), (0x0c1a, "Sam Sample"), (0x5d01, "sam@example.org"), (0x1000, "Please nominate.\r\n")],
        files: vec![Attached::File("inner form.docx", &form)],
        ..Msg::default()
    };
    let outer = Msg {
        texts: vec![
            (0x0037, "FW: The first"),
            (0x0042, "Pat Example"),
            (0x0c1f, "/O=COUNCIL/CN=PAT"),
            (0x5d02, "pat@EXAMPLE.org"),
            (0x1000, "See below\r\n"),
        ],
        files: vec![Attached::File("form.docx", &form), Attached::Mail("The first", &inner)],
        ..Msg::default()
    };
    let reading = read(&mail("x", &[("Nomination.msg", "application/vnd.ms-outlook", &outer.bytes())]));
    assert_eq!(
        files(&reading),
        [
            "Nomination.msg Msg: See below",
            "form.docx Docx: Name: Jo",
            "The first Msg: Please nominate.",
            "inner form.docx Docx: Name: Jo",
        ]
    );
    assert_eq!(reading.documents[0].notes, ["from: Pat Example <pat@example.org>", "subject: FW: The first"]);
    assert_eq!(reading.documents[2].notes, ["from: Sam Sample <sam@example.org>", "subject: The first"]);
    let itself = read_mail(&outer.bytes(), &Limits::default()).expect("a saved mail can be given as it is");
    assert_eq!(itself.message.date.map(|date| date.to_string()).as_deref(), Some("2016-02-01T10:00:00Z"));
    assert_eq!(shape(&itself.body), "See below");
}

#[test]
fn the_headers_an_outlook_mail_came_with_are_its_headers() {
    let headers = "Received: from a by b; Mon, 1 Feb 2016 09:00:00 +0000\r\nFrom: Kim Example <kim@example.org>\r\n\
        Message-ID: <seven@example.org>\r\nAuto-Submitted: auto-replied\r\n";
    let kept = Msg { texts: vec![(0x007d, headers), (0x0037, "Hello"), (0x0c1a, "Somebody else")], ..Msg::default() };
    let reading = read_mail(&kept.bytes(), &Limits::default()).expect("it is a mail");
    assert_eq!(reading.message.from[0].address, "kim@example.org");
    assert_eq!(reading.message.subject, "Hello");
    assert_eq!(reading.message.automatic, [AutomaticSign::AutoSubmitted, AutomaticSign::AutoReplied]);
    assert_eq!(reading.message.message_id.as_deref(), Some("<seven@example.org>"));
}

#[test]
fn the_text_of_an_outlook_mail_is_read_in_every_shape_it_is_kept_in() {
    let wrapped = "{\\rtf1\\ansi\\fromhtml1 {\\*\\htmltag64 <table><tr><td>}Name{\\*\\htmltag64 </td><td>}Jo\
        {\\*\\htmltag64 </td></tr><tr><td>}School{\\*\\htmltag64 </td><td>}Hill{\\*\\htmltag64 </td></tr></table>}}";
    for (what, number, bytes, expected) in [
        ("HTML", 0x1013, b"<p>caf\xe9 <b>x</b></p>".to_vec(), "café *x*"),
        ("HTML in RTF", 0x1009, unpacked_rtf(wrapped), "|0:Name|1:Jo|\n|0:School|1:Hill|"),
        ("RTF", 0x1009, unpacked_rtf("{\\rtf1\\ansi one\\par two\\par}"), "one\ntwo"),
    ] {
        let kept = Msg { texts: vec![(0x0037, "x")], binaries: vec![(number, bytes)], ..Msg::default() };
        let reading = read_mail(&kept.bytes(), &Limits::default()).expect("it is a mail");
        assert_eq!(shape(&reading.body), expected, "{what}");
    }
}

#[test]
fn what_outlook_wrapped_as_winmail_dat_is_the_mails_own_text_and_its_files() {
    let form = form();
    let html = b"<p>Please see the form.</p><table><tr><td>Child<td>Jo</tr><tr><td>Born<td>1 May 2010</tr></table>".to_vec();
    let rich = winmail(&[(0x001f, 0x0037, wide("Nomination")), (0x0102, 0x1013, html)], &[("nomination form.docx", &form)]);
    let reading = read(&mail("Please see the form.", &[("winmail.dat", "application/ms-tnef", &rich)]));
    assert_eq!(shape(&reading.body), "Please see the form.\n|0:Child|1:Jo|\n|0:Born|1:1 May 2010|");
    assert_eq!(files(&reading), ["winmail.dat Tnef: ", "nomination form.docx Docx: Name: Jo"]);
    let same = winmail(&[(0x001e, 0x1000, b"Please see the form.\0".to_vec())], &[]);
    let reading = read(&mail("Please see the form.", &[("winmail.dat", "application/ms-tnef", &same)]));
    assert_eq!(shape(&reading.body), "Please see the form.", "it is said once");
    let alone = read(&mail("", &[("winmail.dat", "application/octet-stream", &same)]));
    assert_eq!(shape(&alone.body), "Please see the form.", "where there is no other text it is the text");
}

#[test]
fn a_mail_inside_a_winmail_dat_is_an_attached_mail() {
    let inner = winmail(
        &[
            (0x001f, 0x0037, wide("The first")),
            (0x001f, 0x0c1a, wide("Sam Sample\0")),
            (0x001f, 0x0c1f, wide("sam@example.org")),
            (0x001f, 0x1000, wide("Words of Sam")),
        ],
        &[("a.txt", b"a file of Sam")],
    );
    let object = [vec![7; 16], inner].concat();
    let mut outer = winmail(&[], &[]);
    outer.extend(attribute(2, 0x0006_9002, &[0; 14]));
    outer.extend(attribute(2, 0x0006_9005, &mapi(&[(0x001f, 0x3001, wide("The first")), (0x000d, 0x3701, object)])));
    let reading = read(&mail("x", &[("winmail.dat", "application/ms-tnef", &outer)]));
    assert_eq!(files(&reading), ["winmail.dat Tnef: ", "The first Msg: Words of Sam", "a.txt Text: a file of Sam"]);
    assert_eq!(reading.documents[1].notes[0], "from: Sam Sample <sam@example.org>");
}

#[test]
fn a_broken_outlook_file_is_read_as_far_as_it_goes_or_named() {
    let form = form();
    let whole = winmail(&[], &[("a.txt", b"first"), ("form.docx", &form)]);
    let cut = read(&mail("x", &[("winmail.dat", "application/ms-tnef", &whole[..whole.len() - form.len()])]));
    assert_eq!(cut.documents[1].name, "a.txt");
    for (name, bytes, expected) in [
        ("only its beginning.msg", &Msg::default().bytes()[..600], Problem::Damaged),
        ("winmail.dat", &[0x78, 0x9f, 0x3e, 0x22], Problem::Damaged),
    ] {
        let reading = read(&mail("x", &[(name, "application/octet-stream", bytes)]));
        assert_eq!(reading.documents[0].problem.or(Some(Problem::Damaged)), Some(expected), "{name}");
        assert_eq!(reading.documents.len(), 1, "{name}");
    }
}

#[test]
fn mails_inside_outlook_mails_end_at_their_depth() {
    let mut inner = Msg { texts: vec![(0x0037, "deep"), (0x1000, "deepest")], ..Msg::default() }.bytes();
    for _ in 0..12 {
        let next = Msg { texts: vec![(0x0037, "deep")], files: vec![Attached::File("in.msg", &inner)], ..Msg::default() };
        inner = next.bytes();
    }
    let reading = read(&mail("x", &[("out.msg", "application/vnd.ms-outlook", &inner)]));
    assert_eq!(reading.documents.last().and_then(|document| document.problem), Some(Problem::TooDeep));
    assert_eq!(reading.documents.len(), 9);
}

#[test]
fn a_saved_mail_packed_in_an_archive_keeps_its_writer() {
    let saved = Msg {
        texts: vec![(0x0037, "x"), (0x0c1a, "Sam Sample"), (0x5d01, "sam@example.org"), (0x1000, "Words of Sam")],
        ..Msg::default()
    };
    let zip = zipped(&[("mails/one.msg", &saved.bytes())]);
    let reading = read(&mail("x", &[("mails.zip", "application/zip", &zip)]));
    assert_eq!(files(&reading), ["mails.zip Zip: ", "one.msg Msg: Words of Sam"]);
    assert_eq!(reading.documents[1].format, Format::Msg);
    assert_eq!(reading.documents[1].notes[0], "from: Sam Sample <sam@example.org>");
}
