//! Every carrier, damaged in thousands of small ways: each ends in an answer, in this very process, without a panic.

use std::panic::{AssertUnwindSafe, catch_unwind};

use focus_family::demo::forms;
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
