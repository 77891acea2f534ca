//! Raw mail bytes → [`Reading`]: the message, its newest text, the mails quoted below it, and every file it carries.
//!
//! A file that cannot be read is an entry with its problem, never a reason to lose the rest of the mail.

mod carried;
mod wrapped;

pub use carried::{ReadFile, Unpacked, unpack};

use super::Reading;
use crate::domain::document::scan::Seen;
use crate::domain::document::{self, Block, Document, Format, Limits, Table, grid, html, rtf, text, words};
use crate::domain::mail::{self, BodyText, MailProblem, quoted};

/// Lines of a reply that are kept, and characters of one: nobody answers five questions at greater length.
const REPLY_LINES_MAX: usize = 400;
const REPLY_LINE_CHARACTERS_MAX: usize = 1_000;

/// Reads a whole mail in this process.
///
/// # Errors
/// [`MailProblem`] when the mail as a whole breaks a limit or is no mail.
pub fn read_mail(raw: &[u8], limits: &Limits) -> Result<Reading, MailProblem> {
    read_mail_with(raw, limits, &mut |part, bytes_left| unpack(part, limits, bytes_left, &mut |_| Seen::Nobody))
}

/// Reads a mail, each file by `read_file`: the files in order, those within a file right after it.
///
/// # Errors
/// As [`read_mail`].
pub fn read_mail_with(raw: &[u8], limits: &Limits, read_file: ReadFile<'_>) -> Result<Reading, MailProblem> {
    let mut opened = mail::open(raw, limits)?;
    let (documents, wrapped) = carried::read(&opened.parts, limits, read_file);
    add_wrapped(&mut opened.body, wrapped);
    let (body, quoted) = bodies(&opened.body, limits);
    let mut message = opened.message;
    let lines = if message.references.is_empty() { Vec::new() } else { lines_of(&opened.body, limits) };
    message.attachments = opened.parts.into_iter().map(|part| part.head).collect();
    Ok(Reading { message, body, quoted, lines, documents })
}

/// The text of a `winmail.dat` is the text of the mail it came with, in another shape: beside a plain one it is what HTML would be.
fn add_wrapped(body: &mut Vec<BodyText>, wrapped: Vec<BodyText>) {
    for text in wrapped {
        if body.is_empty() {
            body.push(text);
        } else if let Some(own) = body.iter_mut().find(|own| own.html.is_none() && own.rtf.is_none()) {
            let blank = own.plain.as_deref().is_none_or(|plain| plain.trim().is_empty());
            own.plain = if blank { text.plain } else { own.plain.take() };
            (own.html, own.rtf) = (text.html, text.rtf);
        }
    }
}

/// The newest text as `body`, and each earlier mail below it.
fn bodies(texts: &[BodyText], limits: &Limits) -> (Document, Vec<Document>) {
    let mut newest = Vec::new();
    let mut earlier = Vec::new();
    let mut format = Format::Text;
    for text in texts {
        let split = match chosen(text, limits) {
            Chosen::Plain(blocks) => {
                let mut split = quoted::split(blocks, &[]);
                split.newest = wrapped::unwrapped(split.newest);
                split.earlier = split.earlier.into_iter().map(wrapped::unwrapped).collect();
                split
            }
            Chosen::Html(page) => {
                format = Format::Html;
                quoted::split(page.blocks, &page.quoted)
            }
            Chosen::Rtf(blocks) => {
                format = Format::Rtf;
                quoted::split(blocks, &[])
            }
        };
        newest.extend(split.newest);
        earlier.extend(split.earlier);
    }
    let document = |blocks: Vec<Block>, prefix: &str| {
        let mut document = Document::empty("body", format);
        document.blocks = blocks;
        html::number(&mut document.blocks);
        prefix_places(&mut document.blocks, prefix);
        document.read_by = document::surest_method(&document);
        document
    };
    let quoted = earlier.into_iter().enumerate().map(|(index, blocks)| document(blocks, &format!("quoted mail {}, ", index + 1)));
    let quoted = quoted.collect();
    (document(newest, ""), quoted)
}

/// The whole text in its order.
fn lines_of(texts: &[BodyText], limits: &Limits) -> Vec<String> {
    let mut lines = Vec::new();
    for text in texts {
        match &text.plain {
            // The plain shape keeps the order and the marks of what is quoted.
            Some(plain) if !plain.trim().is_empty() => lines.extend(plain.lines().map(shortened)),
            _ => match chosen(text, limits) {
                Chosen::Plain(blocks) | Chosen::Rtf(blocks) => lines_in(&blocks, &mut lines),
                Chosen::Html(page) => lines_in(&page.blocks, &mut lines),
            },
        }
    }
    lines.truncate(REPLY_LINES_MAX);
    lines
}

fn lines_in(blocks: &[Block], lines: &mut Vec<String>) {
    for block in blocks {
        match block {
            Block::Line(line) => lines.push(shortened(&words::words(&line.pieces))),
            Block::Table(table) => lines_of_table(table, lines),
        }
    }
}

fn lines_of_table(table: &Table, lines: &mut Vec<String>) {
    for cell in table.rows.iter().flatten() {
        lines.extend(cell.lines.iter().map(|line| shortened(&words::words(&line.pieces))));
        cell.tables.iter().for_each(|table| lines_of_table(table, lines));
    }
}

fn shortened(line: &str) -> String {
    line.chars().take(REPLY_LINE_CHARACTERS_MAX).collect()
}

fn prefix_places(blocks: &mut [Block], prefix: &str) {
    if prefix.is_empty() {
        return;
    }
    for block in blocks {
        match block {
            Block::Line(line) => line.place.path.insert_str(0, prefix),
            Block::Table(table) => {
                table.place.path.insert_str(0, prefix);
                grid::place_cells(table);
            }
        }
    }
}

enum Chosen {
    Plain(Vec<Block>),
    Html(html::Page),
    Rtf(Vec<Block>),
}

/// The shape that says more: HTML or RTF where it has tables or the plain text is only a remark, else plain text.
fn chosen(text: &BodyText, limits: &Limits) -> Chosen {
    let plain = text.plain.as_deref().unwrap_or_default();
    let rich = match (&text.html, &text.rtf) {
        (Some(html_text), _) => Some(Chosen::Html(html::read(html_text, limits))),
        (None, Some(rtf_text)) => rtf::read(rtf_text, limits).ok().map(Chosen::Rtf),
        (None, None) => None,
    };
    let blocks = match &rich {
        Some(Chosen::Html(page)) => page.blocks.as_slice(),
        Some(Chosen::Rtf(blocks)) => blocks.as_slice(),
        Some(Chosen::Plain(_)) | None => &[],
    };
    let in_plain = plain.split_whitespace().count();
    let in_rich: usize = blocks.iter().map(document::words_in).sum();
    let has_table = blocks.iter().any(|block| matches!(block, Block::Table(table) if table.rows.len() > 1));
    let says_more = in_rich > 0 && (has_table || in_plain * 10 < in_rich * 6);
    match rich.filter(|_| says_more || in_plain == 0) {
        Some(rich) => rich,
        None => Chosen::Plain(text::blocks(plain, limits)),
    }
}
