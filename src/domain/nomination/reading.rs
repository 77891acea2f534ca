//! Raw mail bytes → [`Reading`]: the message, its newest text, the mails quoted below it, and every file it carries.
//!
//! A file that cannot be read is an entry with its problem, never a reason to lose the rest of the mail.

use super::Reading;
use crate::domain::document::{self, Block, Document, Format, Limits, Problem, grid, html, text};
use crate::domain::mail::{self, BodyText, MailProblem, Opened, Part, PartKind, quoted};

/// Mails inside mails that are opened; deeper ones are named with a problem.
const MAILS_INSIDE_MAX: usize = 8;

/// How one carried file is read; the reader's worker passes over files that brought it down before.
pub type ReadFile<'a> = &'a mut dyn FnMut(&Part) -> Document;

/// Reads a whole mail in this process.
///
/// # Errors
/// [`MailProblem`] when the mail as a whole breaks a limit or is no mail.
pub fn read_mail(raw: &[u8], limits: &Limits) -> Result<Reading, MailProblem> {
    read_mail_with(raw, limits, &mut |part| document::read(&part.head.name, &part.head.declared_type, &part.bytes, limits))
}

/// Reads a mail, each file by `read_file`, in the order of `Reading::documents` without the mails' own entries.
///
/// # Errors
/// As [`read_mail`].
pub fn read_mail_with(raw: &[u8], limits: &Limits, read_file: ReadFile<'_>) -> Result<Reading, MailProblem> {
    let opened = mail::open(raw, limits)?;
    let (body, quoted) = bodies(&opened.body, limits);
    let mut documents = Vec::new();
    carried(&opened, limits, read_file, &mut documents, 0);
    let mut message = opened.message;
    message.attachments = opened.parts.into_iter().map(|part| part.head).collect();
    Ok(Reading { message, body, quoted, documents })
}

/// Reads the files of `opened`; a mail among them gets an entry, its own text, and is followed by its own files.
fn carried(opened: &Opened, limits: &Limits, read_file: ReadFile<'_>, out: &mut Vec<Document>, depth: usize) {
    for part in &opened.parts {
        if out.len() >= limits.attachments_max {
            return;
        }
        match part.kind {
            PartKind::File => out.push(read_file(part)),
            PartKind::Mail => attached_mail(part, limits, read_file, out, depth),
        }
    }
}

fn attached_mail(part: &Part, limits: &Limits, read_file: ReadFile<'_>, out: &mut Vec<Document>, depth: usize) {
    let mut entry = Document::empty(&part.head.name, Format::Mail);
    if depth >= MAILS_INSIDE_MAX {
        entry.problem = Some(Problem::TooDeep);
        out.push(entry);
        return;
    }
    match mail::open(&part.bytes, limits) {
        Ok(inner) => {
            let (body, quoted) = bodies(&inner.body, limits);
            entry.notes.extend(head_lines(&inner.message));
            entry.blocks = body.blocks;
            for earlier in quoted {
                entry.blocks.extend(earlier.blocks);
            }
            entry.read_by = document::surest_method(&entry);
            out.push(entry);
            carried(&inner, limits, read_file, out, depth + 1);
        }
        Err(problem) => {
            entry.problem = Some(match problem.reason {
                mail::Refused::Empty => Problem::Empty,
                mail::Refused::NotAMail => Problem::Damaged,
                mail::Refused::TooDeep => Problem::TooDeep,
                mail::Refused::TooLarge | mail::Refused::TooManyParts | mail::Refused::HeadersOverLimit => Problem::TooLarge,
            });
            out.push(entry);
        }
    }
}

/// Who wrote an attached mail, for the person who looks at it.
fn head_lines(message: &mail::Message) -> Vec<String> {
    let from = message.from.iter().map(|sender| match &sender.name {
        Some(name) => format!("{name} <{}>", sender.address),
        None => sender.address.clone(),
    });
    from.map(|sender| format!("from: {sender}")).chain(std::iter::once(format!("subject: {}", message.subject))).collect()
}

/// The newest text as `body`, and each earlier mail below it.
fn bodies(texts: &[BodyText], limits: &Limits) -> (Document, Vec<Document>) {
    let mut newest = Vec::new();
    let mut earlier = Vec::new();
    let mut format = Format::Text;
    for text in texts {
        let split = match chosen(text, limits) {
            Chosen::Plain(blocks) => quoted::split(blocks, &[]),
            Chosen::Html(page) => {
                format = Format::Html;
                quoted::split(page.blocks, &page.quoted)
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
}

/// The shape that says more: HTML where it has tables or the plain text is only a remark, else plain text.
fn chosen(text: &BodyText, limits: &Limits) -> Chosen {
    let (plain, html_text) = match (&text.plain, &text.html) {
        (None, None) => return Chosen::Plain(Vec::new()),
        (Some(plain), None) => return Chosen::Plain(text::blocks(plain, limits)),
        (plain, Some(html_text)) => (plain.as_deref().unwrap_or_default(), html_text),
    };
    let page = html::read(html_text, limits);
    let in_plain = plain.split_whitespace().count();
    let in_html: usize = page.blocks.iter().map(document::words_in).sum();
    let has_table = page.blocks.iter().any(|block| matches!(block, Block::Table(table) if table.rows.len() > 1));
    if in_html > 0 && (has_table || in_plain * 10 < in_html * 6) {
        Chosen::Html(page)
    } else {
        Chosen::Plain(text::blocks(plain, limits))
    }
}
