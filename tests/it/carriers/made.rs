//! Mails and files made for the tests.

use std::io::Write;

use base64::Engine;
use focus_family::domain::document::{Block, Control, ControlValue, Document, Inline, Limits, Line, Tick};
use focus_family::domain::nomination::Reading;
use focus_family::domain::nomination::reading::read_mail;

/// A file to attach: name, type, bytes.
pub type Attachment<'a> = (&'a str, &'a str, &'a [u8]);

/// A mail with a plain text and files.
pub fn mail(text: &str, files: &[Attachment<'_>]) -> Vec<u8> {
    let mut out = String::from(
        "From: Pat Example <pat@example.org>\r\nTo: focusfamily@example.gov.uk\r\nSubject: Nomination\r\n\
         Date: Tue, 16 Jun 2026 10:28:02 +0100\r\nMessage-ID: <one@example.org>\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/mixed; boundary=\"edge\"\r\n\r\n",
    );
    out.push_str(&format!("--edge\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{text}\r\n"));
    for (name, kind, bytes) in files {
        let coded = base64::engine::general_purpose::STANDARD.encode(bytes);
        out.push_str(&format!(
            "--edge\r\nContent-Type: {kind}\r\nContent-Transfer-Encoding: base64\r\n\
             Content-Disposition: attachment; filename=\"{name}\"\r\n\r\n{coded}\r\n"
        ));
    }
    out.push_str("--edge--\r\n");
    out.into_bytes()
}

/// The reading of a good mail.
pub fn read(raw: &[u8]) -> Reading {
    read_mail(raw, &Limits::default()).expect("a good mail is read")
}

/// A ZIP of these entries.
pub fn zipped(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, bytes) in entries {
        zip.start_file(*name, zip::write::SimpleFileOptions::default()).expect("an entry can be started");
        zip.write_all(bytes).expect("memory takes it");
    }
    zip.finish().expect("a directory can be written").into_inner()
}

/// A Word file with this inside its body.
pub fn word(body: &str) -> Vec<u8> {
    let xml = format!(
        "<?xml version=\"1.0\"?><w:document xmlns:w=\"w\" xmlns:w14=\"w14\" xmlns:mc=\"mc\"><w:body>{body}</w:body></w:document>"
    );
    zipped(&[("[Content_Types].xml", b"<Types/>"), ("word/document.xml", xml.as_bytes())])
}

/// A document in short: one line a block, `<+>` and `<->` for ticks, `{name=value}` for controls, rows with bars.
pub fn shape(document: &Document) -> String {
    let mut out = Vec::new();
    for block in &document.blocks {
        match block {
            Block::Line(line) => out.push(line_shape(line)),
            Block::Table(table) => {
                for row in &table.rows {
                    let cells = row.iter().map(|cell| {
                        let lines: Vec<String> = cell.lines.iter().map(line_shape).collect();
                        let span = if cell.columns * cell.rows > 1 {
                            format!("({}x{})", cell.columns, cell.rows)
                        } else {
                            String::new()
                        };
                        format!("{}{span}:{}", cell.column, lines.join("/"))
                    });
                    out.push(format!("|{}|", cells.collect::<Vec<_>>().join("|")));
                }
            }
        }
    }
    out.extend(document.unplaced.iter().map(|control| format!("unplaced {}", control_shape(control))));
    out.join("\n")
}

fn line_shape(line: &Line) -> String {
    let shape = |piece: &Inline| match piece {
        Inline::Text { text, style } if style.struck => format!("~{text}~"),
        Inline::Text { text, style } if style.bold => format!("*{text}*"),
        Inline::Text { text, .. } => text.clone(),
        Inline::Tick(Tick::Marked) => "<+>".to_owned(),
        Inline::Tick(Tick::Empty) => "<->".to_owned(),
        Inline::Control(control) => control_shape(control),
    };
    line.pieces.iter().map(shape).collect()
}

fn control_shape(control: &Control) -> String {
    let value = match &control.value {
        ControlValue::Empty => String::new(),
        ControlValue::Text(text) => text.replace('\n', "/"),
        ControlValue::Tick(Tick::Marked) => "+".to_owned(),
        ControlValue::Tick(Tick::Empty) => "-".to_owned(),
        ControlValue::Choice(chosen) => format!("[{}]", chosen.join(",")),
        ControlValue::Signed => "signed".to_owned(),
    };
    format!("{{{}={value}}}", control.name)
}

/// A PDF of these objects, numbered from 1; the first is the catalogue.
pub fn pdf(objects: &[Vec<u8>], trailer: &str) -> Vec<u8> {
    let mut out = b"%PDF-1.7\n".to_vec();
    let mut offsets = Vec::new();
    for (index, object) in objects.iter().enumerate() {
        offsets.push(out.len());
        out.extend(format!("{} 0 obj\n", index + 1).bytes());
        out.extend(object);
        out.extend(b"\nendobj\n");
    }
    let start = out.len();
    out.extend(format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1).bytes());
    for offset in offsets {
        out.extend(format!("{offset:010} 00000 n \n").bytes());
    }
    out.extend(format!("trailer\n<< /Size {} /Root 1 0 R {trailer} >>\nstartxref\n{start}\n%%EOF\n", objects.len() + 1).bytes());
    out
}

/// A stream object.
pub fn stream(dictionary: &str, bytes: &[u8]) -> Vec<u8> {
    let mut out = format!("<< {dictionary} /Length {} >>\nstream\n", bytes.len()).into_bytes();
    out.extend(bytes);
    out.extend(b"\nendstream");
    out
}

/// A one-page PDF: what is drawn, the form's fields as objects from number 6 on.
pub fn page(drawing: &str, fields: &[&str]) -> Vec<u8> {
    let numbers: Vec<String> = (0..fields.len()).map(|index| format!("{} 0 R", index + 6)).collect();
    let numbers = numbers.join(" ");
    let mut objects = vec![
        format!("<< /Type /Catalog /Pages 2 0 R /AcroForm << /Fields [{numbers}] >> >>").into_bytes(),
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_vec(),
        format!(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents 4 0 R /Annots [{numbers}] \
             /Resources << /Font << /F 5 0 R >> >> >>"
        )
        .into_bytes(),
        stream("", drawing.as_bytes()),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>".to_vec(),
    ];
    objects.extend(fields.iter().map(|field| field.as_bytes().to_vec()));
    pdf(&objects, "")
}

/// Text at a place.
pub fn at(x: u32, y: u32, text: &str) -> String {
    format!("BT /F 10 Tf {x} {y} Td ({text}) Tj ET\n")
}
