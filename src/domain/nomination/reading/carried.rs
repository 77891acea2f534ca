//! The files a mail carries, and the files and mails within them, each an entry right after what holds it.
//!
//! What is within is opened under limits that hold for the whole mail: how deep, how many, how many bytes together.

use super::bodies;
use crate::domain::document::scan::Eyes;
use crate::domain::document::{self, Document, Format, Limits, Problem, packed};
use crate::domain::mail::{self, AttachmentHead, BodyText, Part, PartKind};

/// Mails inside mails that are opened; deeper ones are named with a problem.
const MAILS_INSIDE_MAX: usize = 8;
/// Archives inside archives that are opened: one more than people make by mistake.
const ARCHIVES_INSIDE_MAX: usize = 2;

/// A file as it was read, with what it holds.
#[derive(Clone, PartialEq)]
pub struct Unpacked {
    /// Its entry. That of a mail has no text yet: [`Unpacked::texts`] are it.
    pub document: Document,
    /// The texts of a mail.
    pub texts: Vec<BodyText>,
    /// The files within, not read yet.
    pub inside: Vec<Part>,
}

crate::redacted_debug!(Unpacked);

/// How one carried file is read, and how many bytes what it holds may still have; the reader's worker passes over files that
/// brought it down before.
pub type ReadFile<'a> = &'a mut dyn FnMut(&Part, u64) -> Unpacked;

impl Unpacked {
    fn of(document: Document) -> Self {
        Self { document, texts: Vec::new(), inside: Vec::new() }
    }

    /// A file that is named and not read.
    #[must_use]
    pub fn unread(part: &Part, problem: Problem) -> Self {
        let mut document = Document::empty(&part.head.name, format(part));
        document.problem = Some(problem);
        Self::of(document)
    }
}

/// What `part` is; a part that is said to be a mail is one whatever it looks like.
fn format(part: &Part) -> Format {
    if part.problem.is_some() && part.bytes.is_empty() {
        return Format::Unknown;
    }
    match (part.kind, document::sniff(&part.head.name, &part.head.declared_type, &part.bytes)) {
        (PartKind::Mail, Format::Tnef) => Format::Msg,
        (_, found @ (Format::Msg | Format::Tnef)) => found,
        (PartKind::Mail, _) => Format::Mail,
        (PartKind::File, found) => found,
    }
}

/// Opens and reads one file, words of pictures by `eyes`. Never fails: what cannot be read is a document with its problem.
#[must_use]
pub fn unpack(part: &Part, limits: &Limits, bytes_left: u64, eyes: Eyes<'_>) -> Unpacked {
    if let Some(problem) = part.problem {
        return Unpacked::unread(part, problem);
    }
    let found = format(part);
    let within = Limits { inflated_bytes_max: bytes_left.min(limits.inflated_bytes_max), ..*limits };
    if matches!(found, Format::Mail | Format::Msg | Format::Tnef) {
        return mail_inside(part, found, &within);
    }
    let document = document::read_with(&part.head.name, &part.head.declared_type, &part.bytes, limits, eyes);
    let unread_zip = document.format == Format::Zip && document.problem == Some(Problem::Unsupported);
    if unread_zip && !packed::is_package(&part.bytes, &within) {
        return archive(part, document, &within);
    }
    Unpacked::of(document)
}

fn mail_inside(part: &Part, found: Format, limits: &Limits) -> Unpacked {
    let mut entry = Document::empty(&part.head.name, found);
    match mail::open(&part.bytes, limits) {
        Ok(inner) => {
            if found != Format::Tnef {
                entry.notes.extend(head_lines(&inner.message));
            }
            Unpacked { document: entry, texts: inner.body, inside: inner.parts }
        }
        Err(problem) => {
            entry.problem = Some(match problem.reason {
                mail::Refused::Empty => Problem::Empty,
                mail::Refused::NotAMail => Problem::Damaged,
                mail::Refused::TooDeep => Problem::TooDeep,
                mail::Refused::TooLarge | mail::Refused::TooManyParts | mail::Refused::HeadersOverLimit => Problem::TooLarge,
            });
            Unpacked::of(entry)
        }
    }
}

fn archive(part: &Part, mut entry: Document, limits: &Limits) -> Unpacked {
    let (files, more) = match packed::files(&part.bytes, limits) {
        Ok(taken) => taken,
        Err(problem) => {
            entry.problem = Some(problem);
            return Unpacked::of(entry);
        }
    };
    if more > 0 {
        entry.notes.push(format!("{more} more files in it than this programme reads; see the original"));
    }
    let locked = files.iter().filter(|file| file.problem == Some(Problem::Encrypted)).count();
    entry.problem = if files.is_empty() { Some(Problem::Empty) } else { (locked == files.len()).then_some(Problem::Encrypted) };
    let inside = files.into_iter().map(|file| Part {
        head: AttachmentHead { name: file.name, declared_type: String::new(), bytes: file.bytes.len() as u64 },
        kind: PartKind::File,
        bytes: file.bytes,
        problem: file.problem,
    });
    Unpacked { document: entry, texts: Vec::new(), inside: inside.collect() }
}

/// Who wrote an attached mail, for the person who looks at it.
fn head_lines(message: &mail::Message) -> Vec<String> {
    let from = message.from.iter().map(|sender| match (&sender.name, sender.address.as_str()) {
        (Some(name), "") => name.clone(),
        (Some(name), address) => format!("{name} <{address}>"),
        (None, address) => address.to_owned(),
    });
    from.map(|sender| format!("from: {sender}")).chain(std::iter::once(format!("subject: {}", message.subject))).collect()
}

/// Reads `parts` and everything in them. The texts are those of a `winmail.dat` among them: they belong to the mail itself.
pub(super) fn read(parts: &[Part], limits: &Limits, read_file: ReadFile<'_>) -> (Vec<Document>, Vec<BodyText>) {
    let mut walk = Walk { limits, read_file, out: Vec::new(), bytes_left: limits.inflated_bytes_max };
    let wrapped = walk.parts(parts, Depth::default());
    (walk.out, wrapped)
}

#[derive(Clone, Copy, Default)]
struct Depth {
    mails: usize,
    archives: usize,
}

struct Walk<'l, 'r> {
    limits: &'l Limits,
    read_file: ReadFile<'r>,
    out: Vec<Document>,
    bytes_left: u64,
}

impl Walk<'_, '_> {
    fn parts(&mut self, parts: &[Part], depth: Depth) -> Vec<BodyText> {
        let mut wrapped = Vec::new();
        for part in parts {
            if self.out.len() >= self.limits.attachments_max {
                break;
            }
            wrapped.extend(self.part(part, depth));
        }
        wrapped
    }

    fn part(&mut self, part: &Part, depth: Depth) -> Vec<BodyText> {
        let is_mail = matches!(format(part), Format::Mail | Format::Msg | Format::Tnef);
        if is_mail && depth.mails >= MAILS_INSIDE_MAX {
            self.out.push(Unpacked::unread(part, Problem::TooDeep).document);
            return Vec::new();
        }
        let Unpacked { mut document, mut texts, mut inside } = (self.read_file)(part, self.bytes_left);
        let below =
            if is_mail { Depth { mails: depth.mails + 1, ..depth } } else { Depth { archives: depth.archives + 1, ..depth } };
        if below.archives > ARCHIVES_INSIDE_MAX && !inside.is_empty() {
            inside.clear();
            document.problem = Some(Problem::TooDeep);
        }
        let bytes: u64 = inside.iter().map(|part| part.bytes.len() as u64).sum();
        self.bytes_left = self.bytes_left.saturating_sub(bytes);
        let at = self.out.len();
        let wraps = document.format == Format::Tnef;
        self.out.push(document);
        let wrapped = self.parts(&inside, below);
        super::add_wrapped(&mut texts, wrapped);
        if wraps {
            return texts;
        }
        if is_mail {
            tell(&mut self.out[at], &texts, self.limits);
        }
        Vec::new()
    }
}

/// Writes a mail's own text into its entry, the mails it quotes below it.
fn tell(entry: &mut Document, texts: &[BodyText], limits: &Limits) {
    let told = bodies(texts, limits);
    entry.blocks = told.newest.blocks;
    for earlier in told.earlier.into_iter().chain(told.other_shape) {
        entry.blocks.extend(earlier.blocks);
    }
    entry.read_by = document::surest_method(entry);
}
