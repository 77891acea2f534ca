//! Raw mail bytes → [`Reading`]: the message, its newest text, the mails quoted below it, and every file it carries.
//!
//! A file that cannot be read is an entry with its problem, never a reason to lose the rest of the mail.

mod carried;
mod wrapped;

pub use carried::{ReadFile, Unpacked, unpack};

use std::collections::BTreeSet;

use super::Reading;
use crate::domain::document::scan::Seen;
use crate::domain::document::{self, Block, Document, Format, Inline, Limits, Line, Table, grid, html, rtf, text, words};
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
    let Bodies { newest: body, earlier: quoted, other_shape } = bodies(&opened.body, limits);
    let mut message = opened.message;
    let lines = if message.references.is_empty() { Vec::new() } else { lines_of(&opened.body, limits) };
    message.attachments = opened.parts.into_iter().map(|part| part.head).collect();
    Ok(Reading { message, body, quoted, lines, other_shape, documents })
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

/// The texts of a mail.
struct Bodies {
    /// What its sender wrote.
    newest: Document,
    /// Each earlier mail below it.
    earlier: Vec<Document>,
    /// What a shape says that was not chosen, where it says something else.
    other_shape: Option<Document>,
}

/// The newest text, each earlier mail below it, and what another shape says.
fn bodies(texts: &[BodyText], limits: &Limits) -> Bodies {
    let mut newest = Vec::new();
    let mut earlier = Vec::new();
    let mut elsewhere = Vec::new();
    let mut format = Format::Text;
    for text in texts {
        let (shape, other) = chosen(text, limits);
        elsewhere.extend(other);
        let split = match shape {
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
    let numbered = |(index, blocks)| document(blocks, &format!("quoted mail {}, ", index + 1));
    Bodies {
        earlier: earlier.into_iter().enumerate().map(numbered).collect(),
        other_shape: (!elsewhere.is_empty()).then(|| document(elsewhere, "other shape, ")),
        newest: document(newest, ""),
    }
}

/// The whole text in its order.
fn lines_of(texts: &[BodyText], limits: &Limits) -> Vec<String> {
    let mut lines = Vec::new();
    for text in texts {
        match &text.plain {
            // The plain shape keeps the order and the marks of what is quoted.
            Some(plain) if !plain.trim().is_empty() => lines.extend(plain.lines().map(shortened)),
            _ => match chosen(text, limits).0 {
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

impl Chosen {
    fn blocks(&self) -> &[Block] {
        match self {
            Self::Plain(blocks) | Self::Rtf(blocks) => blocks,
            Self::Html(page) => &page.blocks,
        }
    }

    fn into_blocks(self) -> Vec<Block> {
        match self {
            Self::Plain(blocks) | Self::Rtf(blocks) => blocks,
            Self::Html(page) => page.blocks,
        }
    }
}

/// The shape that says more: HTML or RTF where it has tables or the plain text is only a remark, else plain text. Behind it what the
/// other one says, when that is something else.
fn chosen(text: &BodyText, limits: &Limits) -> (Chosen, Vec<Block>) {
    let plain = text.plain.as_deref().unwrap_or_default();
    let rich = match (&text.html, &text.rtf) {
        (Some(html_text), _) => Some(Chosen::Html(html::read(html_text, limits))),
        (None, Some(rtf_text)) => rtf::read(rtf_text, limits).ok().map(Chosen::Rtf),
        (None, None) => None,
    };
    let in_plain = plain.split_whitespace().count();
    let blocks = rich.as_ref().map_or(&[][..], Chosen::blocks);
    let in_rich: usize = blocks.iter().map(document::words_in).sum();
    let has_table = blocks.iter().any(|block| matches!(block, Block::Table(table) if table.rows.len() > 1));
    let says_more = in_rich > 0 && (has_table || in_plain * 10 < in_rich * 6);
    match rich {
        Some(rich) if says_more || in_plain == 0 => {
            let said: BTreeSet<&str> = words_of(rich.blocks()).collect();
            let unsaid = plain.split(is_between).filter(|word| counts(word) && !said.contains(word)).count();
            let other = if unsaid >= UNSAID_WORDS_MIN { text::blocks(plain, limits) } else { Vec::new() };
            (rich, other)
        }
        Some(rich) => {
            let said: BTreeSet<&str> = plain.split(is_between).collect();
            let unsaid = words_of(rich.blocks()).filter(|word| counts(word) && !said.contains(word)).count();
            let other = if unsaid >= UNSAID_WORDS_MIN { rich.into_blocks() } else { Vec::new() };
            (Chosen::Plain(text::blocks(plain, limits)), other)
        }
        None => (Chosen::Plain(text::blocks(plain, limits)), Vec::new()),
    }
}

/// So many words that the chosen shape lacks make the other one a text of its own.
const UNSAID_WORDS_MIN: usize = 2;

fn is_between(character: char) -> bool {
    !character.is_alphanumeric()
}

/// Short words are in every text, and those of a link are not written by anybody.
fn counts(word: &str) -> bool {
    word.len() > 2 && word.chars().all(char::is_alphabetic)
}

/// The words of all lines, as written.
fn words_of(blocks: &[Block]) -> impl Iterator<Item = &str> {
    blocks.iter().flat_map(lines_within).flat_map(|line| &line.pieces).flat_map(|piece| match piece {
        Inline::Text { text, .. } => text.split(is_between),
        Inline::Tick(_) | Inline::Control(_) => "".split(is_between),
    })
}

fn lines_within(block: &Block) -> Vec<&Line> {
    match block {
        Block::Line(line) => vec![line],
        Block::Table(table) => table.rows.iter().flatten().flat_map(|cell| &cell.lines).collect(),
    }
}
