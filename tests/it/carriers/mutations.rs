//! Every carrier, damaged in thousands of small ways: each ends in an answer, in this very process, without a panic.

use std::panic::{AssertUnwindSafe, catch_unwind};

use std::io::{Cursor, Read};

use focus_family::demo::forms;
use focus_family::domain::document::scan::{self, Picture, Seen};
use focus_family::domain::document::{self, Limits};
use focus_family::domain::nomination::reading::read_mail;

use super::made::{mail as mail_with, page, word, zipped};
use super::outlook::{Attached, Msg, winmail};
use crate::support::daemon::form;

/// Numbers that look random and are the same in every run (xorshift).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % (below.max(1) as u64)).expect("it is below a usize")
    }
}

/// `bytes` with one to four things wrong with them.
fn damaged(bytes: &[u8], dice: &mut Dice) -> Vec<u8> {
    let mut out = bytes.to_vec();
    for _ in 0..=dice.roll(4) {
        if out.is_empty() {
            return out;
        }
        let at = dice.roll(out.len());
        let length = 1 + dice.roll(64.min(out.len() - at));
        match dice.roll(7) {
            0 => out[at] ^= 1 << dice.roll(8),
            1 => out.truncate(at),
            2 => {
                let range = out[at..at + length].to_vec();
                out.splice(at..at, range);
            }
            3 => {
                out.drain(at..at + length);
            }
            // Lengths and counts that lie.
            4 => {
                let lie = [0xff, 0x7f, 0x00, 0x80][dice.roll(4)];
                let end = (at + [1, 2, 4, 8][dice.roll(4)]).min(out.len());
                out[at..end].fill(lie);
            }
            5 => {
                let digits: Vec<usize> = (0..out.len()).filter(|at| out[*at].is_ascii_digit()).collect();
                if !digits.is_empty() {
                    out[digits[dice.roll(digits.len())]] = b'9';
                }
            }
            _ => {
                let other = dice.roll(out.len());
                out.swap(at, other);
            }
        }
    }
    out
}

/// Damages `bytes` `times` times and gives each to `take`.
fn check(what: &str, times: u64, bytes: &[u8], take: impl Fn(&[u8])) {
    take(bytes);
    for seed in 1..=times {
        let mut dice = Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
        let hurt = damaged(bytes, &mut dice);
        if let Err(panic) = catch_unwind(AssertUnwindSafe(|| take(&hurt))) {
            eprintln!("{what}, seed {seed}");
            std::panic::resume_unwind(panic);
        }
    }
}

fn file(name: &str, bytes: &[u8]) {
    let limits = Limits { inflated_bytes_max: 8 << 20, ..Limits::default() };
    let _read = document::read(name, "application/octet-stream", bytes, &limits);
}

/// Every part of the ZIP damaged on its own inside a whole ZIP: damage of the packed bytes seldom gets past their checksum.
fn check_parts(what: &str, times: u64, archive: &[u8], name: &str) {
    let mut zip = zip::ZipArchive::new(Cursor::new(archive)).expect("a ZIP");
    let parts: Vec<(String, Vec<u8>)> = (0..zip.len())
        .map(|index| {
            let mut part = zip.by_index(index).expect("it is there");
            let mut bytes = Vec::new();
            part.read_to_end(&mut bytes).expect("it is whole");
            (part.name().expect("in letters").into_owned(), bytes)
        })
        .filter(|(_, bytes)| !bytes.is_empty())
        .collect();
    for (index, (part, bytes)) in parts.iter().enumerate() {
        check(&format!("{what}: {part}"), times, bytes, |bytes| {
            let with = |(at, (part, whole)): (usize, &'_ (String, Vec<u8>))| -> (String, Vec<u8>) {
                (part.clone(), if at == index { bytes.to_vec() } else { whole.clone() })
            };
            let parts: Vec<(String, Vec<u8>)> = parts.iter().enumerate().map(with).collect();
            let parts: Vec<(&str, &[u8])> = parts.iter().map(|(part, bytes)| (part.as_str(), bytes.as_slice())).collect();
            file(name, &zipped(&parts));
        });
    }
}

/// The streams of a compound file damaged on their own: lengths and places inside them are what the reader believes.
fn check_streams(what: &str, times: u64, compound: &[u8], take: impl Fn(&[u8])) {
    let mut whole = cfb::CompoundFile::open(Cursor::new(compound)).expect("a compound file");
    let streams: Vec<_> = whole.walk().filter(cfb::Entry::is_stream).map(|entry| entry.path().to_owned()).collect();
    for stream in streams {
        let mut bytes = Vec::new();
        whole.open_stream(&stream).expect("it is there").read_to_end(&mut bytes).expect("it is whole");
        check(&format!("{what}: {}", stream.display()), times, &bytes, |bytes| {
            let mut hurt = cfb::CompoundFile::open(Cursor::new(compound.to_vec())).expect("a compound file");
            let mut written = hurt.create_stream(&stream).expect("it can be replaced");
            std::io::Write::write_all(&mut written, bytes).expect("memory takes it");
            drop(written);
            hurt.flush().expect("memory takes it");
            take(&hurt.into_inner().into_inner());
        });
    }
}

/// What a program for reading scans says of the picture below.
const SEEN: &str = "level\tpage_num\tblock_num\tpar_num\tline_num\tword_num\tleft\ttop\twidth\theight\tconf\ttext\n\
    1\t1\t0\t0\t0\t0\t0\t0\t240\t320\t-1\t\n5\t1\t1\t1\t1\t1\t24\t48\t40\t9\t96.5\tName\n5\t1\t1\t1\t1\t2\t120\t48\t30\t9\t91\tJo\n\
    5\t1\t1\t1\t2\t1\t24\t78\t60\t9\t20\tschool\n";

fn picture(bytes: &[u8]) {
    let mut eyes = |_: &Picture| Seen::Words(scan::words_of(SEEN));
    let limits = Limits { inflated_bytes_max: 8 << 20, ..Limits::default() };
    let _read = document::read_with("page.jpg", "image/jpeg", bytes, &limits, &mut eyes);
}

/// A small page with a table of two rows and a box with a mark, as a file of this kind.
fn small_page(format: image::ImageFormat) -> Vec<u8> {
    let dark = |x: u32, y: u32| {
        let ruled =
            (20..=220).contains(&x) && [40, 70, 100].contains(&y) || [20, 110, 220].contains(&x) && (40..=100).contains(&y);
        let framed = (150..=162).contains(&x) && (78..=90).contains(&y);
        let boxed = framed && ([150, 162].contains(&x) || [78, 90].contains(&y) || x - 150 == y - 78);
        ruled || boxed || (24..60).contains(&x) && (48..56).contains(&y) && (x + y) % 3 == 0
    };
    let page = image::GrayImage::from_fn(240, 320, |x, y| image::Luma([if dark(x, y) { 10 } else { 250 }]));
    let mut bytes = Cursor::new(Vec::new());
    image::DynamicImage::from(page).write_to(&mut bytes, format).expect("memory takes it");
    bytes.into_inner()
}

fn whole_mail(bytes: &[u8]) {
    let _read = read_mail(bytes, &Limits::default());
}

const RTF: &[u8] =
    b"{\\rtf1\\ansi\\ansicpg1252{\\fonttbl{\\f0 Arial;}}\\trowd\\cellx1000\\cellx2000 Name\\cell Jo\\cell\\row\\pard \
    {\\field{\\*\\fldinst FORMTEXT {\\*\\formfield{\\fftype0{\\*\\ffname n}}}}{\\fldrslt Jo}}\\par \\u8211? caf\\'e9\\par}";
const HTML: &[u8] =
    b"<html><body><table><tr><td colspan=2>Head<tr><td>Name<td><b>Jo</b></table><!-- x --><ul><li>one<li>two</ul>\
    <input type=checkbox checked><select><option selected>Yes</select><blockquote type=cite>old</blockquote><script>a<b</script>";

#[test]
fn damaged_texts_end_in_an_answer() {
    check("rtf", 2_000, RTF, |bytes| file("form.rtf", bytes));
    check("html", 2_000, HTML, |bytes| file("form.html", bytes));
    check("text", 500, b"Name: Jo\n[x] Yes [ ] No\n\xe9\xff\xfe", |bytes| file("form.txt", bytes));
}

#[test]
fn damaged_office_files_end_in_an_answer() {
    let body = "<w:p><w:r><w:t>Name: </w:t></w:r><w:sdt><w:sdtPr><w:tag w:val=\"n\"/></w:sdtPr><w:sdtContent><w:r><w:t>Jo</w:t></w:r>\
        </w:sdtContent></w:sdt></w:p><w:tbl><w:tr><w:tc><w:tcPr><w:gridSpan w:val=\"2\"/></w:tcPr><w:p/></w:tc></w:tr></w:tbl>\
        <w:p><w:r><w:fldChar w:fldCharType=\"begin\"><w:ffData><w:checkBox><w:checked/></w:checkBox></w:ffData></w:fldChar></w:r></w:p>";
    let docx = word(body);
    check("docx", 1_000, &docx, |bytes| file("form.docx", bytes));
    let xml = format!("<w:document xmlns:w=\"w\"><w:body>{body}</w:body></w:document>");
    check("word's xml", 1_000, xml.as_bytes(), |bytes| {
        file("form.docx", &zipped(&[("[Content_Types].xml", b"<Types/>"), ("word/document.xml", bytes)]));
    });
    let odt = "<office:body><office:text><text:p>Name <text:span>Jo</text:span></text:p><table:table><table:table-row>\
        <table:table-cell table:number-columns-spanned=\"2\"><text:p>a</text:p></table:table-cell></table:table-row></table:table>\
        </office:text></office:body>";
    check("opendocument's xml", 1_000, format!("<d>{odt}</d>").as_bytes(), |bytes| {
        let kind = &b"application/vnd.oasis.opendocument.text"[..];
        file("form.odt", &zipped(&[("mimetype", kind), ("content.xml", bytes)]));
    });
    let sheet = "<worksheet><sheetData><row r=\"1\"><c r=\"A1\" t=\"inlineStr\"><is><t>Name</t></is></c><c r=\"B1\"><v>42000</v></c></row>\
        </sheetData><mergeCells><mergeCell ref=\"A1:B2\"/></mergeCells></worksheet>";
    check("excel's xml", 1_000, sheet.as_bytes(), |bytes| {
        file("list.xlsx", &zipped(&[("[Content_Types].xml", b"<Types/>"), ("xl/worksheets/sheet1.xml", bytes)]));
    });
}

#[test]
fn damaged_pdfs_end_in_an_answer() {
    let field = "<< /Subtype /Widget /T (name) /FT /Tx /V (Jo) /Rect [10 10 90 30] >>";
    check("a small pdf", 1_500, &page("BT /F 12 Tf 50 700 Td (Name) Tj ET 1 0 0 1 5 5 re f", &[field]), |bytes| {
        file("form.pdf", bytes);
    });
    check("our form", 60, &focus_family::forms::bytes(forms::nomination_pdf(&form(3))), |bytes| file("form.pdf", bytes));
    check("an xfa form", 1_000, &super::xfa::sample(), |bytes| file("form.pdf", bytes));
}

#[test]
fn damaged_mails_and_what_holds_them_end_in_an_answer() {
    let inner = mail_with("Words", &[("a.txt", "text/plain", b"a file")]);
    let raw = mail_with("Hello", &[("fwd.eml", "message/rfc822", &inner), ("form.html", "text/html", HTML)]);
    check("a mail", 2_000, &raw, whole_mail);
    let saved = Msg {
        texts: vec![(0x0037, "A subject"), (0x0c1a, "Pat"), (0x5d01, "pat@example.org"), (0x1000, "Words")],
        binaries: vec![(0x1013, HTML.to_vec())],
        files: vec![Attached::File("form.rtf", RTF)],
    };
    let outer = Msg { files: vec![Attached::Mail("inner", &saved)], ..Msg::default() };
    check("a saved mail", 1_000, &outer.bytes(), whole_mail);
    let rich = winmail(&[(0x0102, 0x1013, HTML.to_vec()), (0x001e, 0x1000, b"Words".to_vec())], &[("form.rtf", RTF)]);
    check("a winmail.dat", 3_000, &rich, whole_mail);
    let packed = [&[0x40, 0, 0, 0, 0xff, 0, 0, 0][..], b"LZFu\0\0\0\0", &[0x55; 60]].concat();
    let rtf = Msg { binaries: vec![(0x1009, packed)], ..Msg::default() };
    check("packed rtf", 500, &rtf.bytes(), whole_mail);
    let zip = zipped(&[("form.rtf", RTF), ("inner.eml", &inner), ("more.zip", &zipped(&[("a.txt", b"a")]))]);
    check("an archive", 2_000, &mail_with("x", &[("papers.zip", "application/zip", &zip)]), whole_mail);
    check("an archive alone", 2_000, &zip, |bytes| {
        let _files = document::packed::files(bytes, &Limits::default());
    });
    let signed = super::boxes::signed(&inner, 2);
    check("a signed mail", 1_000, &signed, |bytes| {
        whole_mail(&mail_with("x", &[("smime.p7m", "application/pkcs7-mime", bytes)]));
    });
}

#[test]
fn damaged_parts_of_office_files_end_in_an_answer() {
    let blank = forms::nomination_docx(&form(5));
    check_parts("our form", 60, &blank, "form.docx");
    check("our form, packed", 100, &blank, |bytes| file("form.docx", bytes));
    let odt = include_bytes!("../../data/files/form.odt");
    check_parts("opendocument", 60, odt, "form.odt");
    check("opendocument, packed", 400, odt, |bytes| file("form.odt", bytes));
    let book = super::office::book();
    check_parts("excel", 400, &book, "list.xlsx");
    check("excel, packed", 400, &book, |bytes| file("list.xlsx", bytes));
    let doc = include_bytes!("../../data/files/form.doc");
    check("word 97", 1_500, doc, |bytes| file("form.doc", bytes));
    check_streams("word 97", 600, doc, |bytes| file("form.doc", bytes));
}

#[test]
fn damaged_mails_inside_outlook_files_end_in_an_answer() {
    let form = forms::nomination_docx(&form(4));
    let saved = Msg {
        texts: vec![
            (0x0037, "A subject"),
            (0x0c1a, "Pat"),
            (0x5d01, "pat@example.org"),
            (0x1000, "Words"),
            (0x007d, "From: a\r\n"),
        ],
        binaries: vec![(0x1013, HTML.to_vec()), (0x1009, [&b"\x10\0\0\0\x08\0\0\0MELA\0\0\0\0"[..], RTF].concat())],
        files: vec![Attached::File("form.docx", &form), Attached::File("form.rtf", RTF)],
    };
    check_streams("a saved mail", 60, &saved.bytes(), whole_mail);
    let calendar = b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART:20260916T090000\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
    let report = b"Reporting-MTA: dns; mail.example.org\r\n\r\nFinal-Recipient: rfc822; pat@example.org\r\nAction: failed\r\nStatus: 5.1.1\r\n";
    let mail = mail_with("x", &[("a.ics", "text/calendar", calendar), ("b", "message/delivery-status", report)]);
    check("a calendar and a report", 1_500, &mail, whole_mail);
}

#[test]
fn damaged_pictures_end_in_an_answer() {
    use image::ImageFormat::{Bmp, Jpeg, Png, Tiff};
    for (what, format) in [("png", Png), ("jpeg", Jpeg), ("tiff", Tiff), ("bmp", Bmp)] {
        check(what, 50, &small_page(format), picture);
    }
    check("what is said of a scan", 3_000, SEEN.as_bytes(), |bytes| {
        let _words = scan::words_of(&String::from_utf8_lossy(bytes));
    });
    let jpeg = small_page(Jpeg);
    let image = super::made::stream(
        "/Subtype /Image /Width 240 /Height 320 /BitsPerComponent 8 /ColorSpace /DeviceGray /Filter /DCTDecode",
        &jpeg,
    );
    let scan = super::made::page("q 600 0 0 800 0 0 cm /P Do Q", &[]);
    let scan = String::from_utf8(scan).expect("made of letters").replace("/Font << /F 5 0 R >>", "/XObject << /P 6 0 R >>");
    let scan = scan.split("xref\n").next().expect("objects stand before it").as_bytes();
    let scan = [scan, b"6 0 obj\n", &image, b"\nendobj\ntrailer\n<< /Size 7 /Root 1 0 R >>\n%%EOF\n"].concat();
    check("a scan in a pdf", 40, &scan, |bytes| {
        let mut eyes = |_: &Picture| Seen::Words(scan::words_of(SEEN));
        let _read = document::read_with("scan.pdf", "application/pdf", bytes, &Limits::default(), &mut eyes);
    });
}
