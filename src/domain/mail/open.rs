//! Raw bytes → headers, the mail's own texts, and the files it carries. Limits first, then the parser.

use std::borrow::Cow;

use mail_parser::{MessageParser, MessagePart, MimeHeaders, PartType};
use serde::{Deserialize, Serialize};

use super::{AttachmentHead, AutomaticSign, Message, headers, outlook, prescan, returned, signed, thread, transfer};
use crate::domain::document::words::shown_name;
use crate::domain::document::{Format, Limits, Problem, sealed, sniff};

/// Inline pictures below this are logos and icons of signatures; a photographed page is far larger.
const DECORATION_BYTES_MAX: usize = 20 << 10;

/// Which limit of the whole mail was broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum Refused {
    /// No bytes, or only blank lines.
    #[error("the mail is empty; ask the sender to send it again")]
    Empty,
    /// Bytes that are no mail.
    #[error("this is not a mail: it has no headers; look at the original")]
    NotAMail,
    /// Over [`Limits::mail_bytes_max`].
    #[error("the mail is larger than this programme reads; ask the sender to send the form alone")]
    TooLarge,
    /// Nested beyond [`Limits::depth_max`].
    #[error(
        "the mail holds mails or parts inside each other too deeply to be read safely; ask the sender to send the form alone"
    )]
    TooDeep,
    /// More than [`Limits::parts_max`].
    #[error("the mail has more parts than this programme reads; ask the sender to send the form alone")]
    TooManyParts,
    /// Too many headers, or too long ones.
    #[error("the headers of the mail are longer than any honest mail needs; look at the original")]
    HeadersOverLimit,
}

/// A mail that could not be opened as a whole, with what its headers say where they can be read.
#[derive(Clone, PartialEq, Serialize, Deserialize, thiserror::Error)]
#[error("{reason}")]
pub struct MailProblem {
    /// Why.
    pub reason: Refused,
    /// Who sent it, when, about what: so that a person can answer.
    pub message: Option<Box<Message>>,
}

/// One text of the mail's own, in the one or two shapes it was sent in.
#[derive(Clone, PartialEq, Default)]
pub struct BodyText {
    /// As plain text.
    pub plain: Option<String>,
    /// As HTML.
    pub html: Option<String>,
    /// As RTF, where Outlook kept no other shape with its layout.
    pub rtf: Option<Vec<u8>>,
}

/// What a part is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PartKind {
    /// A file.
    File,
    /// A mail attached to the mail; its bytes are a mail again.
    Mail,
}

/// A carried file, decoded.
#[derive(Clone, PartialEq)]
pub struct Part {
    /// Name, declared type, size.
    pub head: AttachmentHead,
    /// File or mail.
    pub kind: PartKind,
    /// The decoded bytes.
    pub bytes: Vec<u8>,
    /// Why its bytes could not be taken out of what holds it.
    pub problem: Option<Problem>,
}

/// A mail, opened: nothing in it read yet.
#[derive(Clone, PartialEq)]
pub struct Opened {
    /// Headers and heads of attachments.
    pub message: Message,
    /// The mail's own texts, in order.
    pub body: Vec<BodyText>,
    /// The files, in order; `message.attachments` are their heads.
    pub parts: Vec<Part>,
}

crate::redacted_debug!(MailProblem, BodyText, Part, Opened);

/// Opens `raw`.
///
/// # Errors
/// [`MailProblem`] when a limit of the whole mail is broken or the bytes are no mail.
pub fn open(raw: &[u8], limits: &Limits) -> Result<Opened, MailProblem> {
    if raw.len() as u64 > limits.mail_bytes_max {
        return Err(MailProblem { reason: Refused::TooLarge, message: heads(raw) });
    }
    let without_headers = |reason| MailProblem { reason, message: None };
    if raw.starts_with(outlook::MSG_MAGIC) {
        return outlook::open_msg(raw, limits).map_err(without_headers);
    }
    if raw.starts_with(outlook::TNEF_MAGIC) {
        return outlook::open_tnef(raw, limits).map_err(without_headers);
    }
    let raw = normalised(raw);
    if raw.trim_ascii().is_empty() {
        return Err(without_headers(Refused::Empty));
    }
    prescan::check(&raw, limits).map_err(|reason| MailProblem { reason, message: heads(&raw) })?;
    let parsed = MessageParser::default().parse(raw.as_ref()).ok_or_else(|| without_headers(Refused::NotAMail))?;
    if parsed.headers().is_empty() || !has_known_header(&parsed) {
        return Err(without_headers(Refused::NotAMail));
    }
    let mut taken = Taken::default();
    gather(&parsed, &raw, limits, 0, &mut taken);
    let Taken { body, parts, skipped, decorations } = taken;
    let mut message = headers::message(&parsed);
    tell_what_came_back(&mut message, &body, &parts);
    message.attachments = parts.iter().map(|part| part.head.clone()).collect();
    if skipped > 0 {
        message.notes.push(format!("{skipped} more attachments than this programme reads; see the original"));
    }
    if decorations > 0 {
        message.notes.push(format!("{decorations} small pictures in the text, such as logos, were passed over"));
    }
    Ok(Opened { message, body, parts })
}

/// What the mail says of letters of ours. A mail server that quotes one reports on it, however it writes.
fn tell_what_came_back(message: &mut Message, body: &[BodyText], parts: &[Part]) {
    const PART_BYTES_MAX: usize = 256 << 10;
    let own = body.iter().flat_map(|text| [&text.plain, &text.html]).flatten().map(|text| Cow::Borrowed(text.as_str()));
    let carried = parts.iter().filter(|part| {
        let kind = part.head.declared_type.as_str();
        kind.starts_with("message/") || kind.starts_with("text/")
    });
    let carried = carried.map(|part| String::from_utf8_lossy(&part.bytes[..part.bytes.len().min(PART_BYTES_MAX)]));
    let texts: Vec<Cow<'_, str>> = own.chain(carried).collect();
    let returned = returned::returned(&message.subject, texts.iter().map(AsRef::as_ref));
    let has = |sign: AutomaticSign| message.automatic.contains(&sign);
    let said = has(AutomaticSign::DeliveryReport);
    // An absence note may come with a null return path too; it answers a mail, or says that a program wrote it.
    let silent = has(AutomaticSign::NullReturnPath) && !has(AutomaticSign::AutoSubmitted) && message.references.is_empty();
    let by_server = silent || message.from.is_empty() || message.from.iter().any(|from| headers::is_mail_system(&from.address));
    let of_ours = !returned.message_ids.is_empty() || message.recipients.iter().any(|to| thread::is_signed_address(&to.address));
    let reports = said || (by_server && of_ours);
    if reports && !said {
        message.automatic.push(AutomaticSign::DeliveryReport);
    }
    message.returned = (reports || !returned.message_ids.is_empty()).then_some(returned);
}

fn has_known_header(parsed: &mail_parser::Message<'_>) -> bool {
    parsed.headers().iter().any(|header| !header.name.is_other())
}

/// Line ends and the odd wrappings some programs leave: CR alone, UTF-16, an mbox line in front.
fn normalised(raw: &[u8]) -> Cow<'_, [u8]> {
    if raw.starts_with(&[0xff, 0xfe]) || raw.starts_with(&[0xfe, 0xff]) {
        return Cow::Owned(crate::domain::document::text::decoded(raw).into_bytes());
    }
    let mut rest = raw.strip_prefix(b"\xef\xbb\xbf").unwrap_or(raw);
    while let Some(after) = rest.strip_prefix(b"\r\n").or(rest.strip_prefix(b"\n")) {
        rest = after;
    }
    let only_carriage_returns = rest.contains(&b'\r') && !rest.contains(&b'\n');
    let rest = if only_carriage_returns {
        Cow::Owned(rest.iter().map(|b| if *b == b'\r' { b'\n' } else { *b }).collect::<Vec<u8>>())
    } else {
        Cow::Borrowed(rest)
    };
    let mbox_line = |bytes: &[u8]| bytes.starts_with(b"From ").then(|| bytes.iter().position(|b| *b == b'\n')).flatten();
    match (mbox_line(&rest), rest) {
        (Some(end), Cow::Borrowed(bytes)) => Cow::Borrowed(&bytes[end + 1..]),
        (Some(end), Cow::Owned(bytes)) => Cow::Owned(bytes[end + 1..].to_vec()),
        (None, rest) => rest,
    }
}

/// The headers alone, of a mail that breaks a limit: the first two hundred of ordinary length.
fn heads(raw: &[u8]) -> Option<Box<Message>> {
    const HEADERS_MAX: usize = 200;
    const HEADER_BYTES_MAX: usize = 8 << 10;
    let block = &raw[..raw.len().min(1 << 20)];
    let mut kept: Vec<u8> = Vec::new();
    let mut header: Vec<u8> = Vec::new();
    let mut count = 0;
    for line in block.split_inclusive(|b| *b == b'\n') {
        let ends = line.trim_ascii().is_empty();
        if ends || !matches!(line[0], b' ' | b'\t') {
            if header.len() <= HEADER_BYTES_MAX {
                kept.append(&mut header);
            }
            header.clear();
            count += 1;
        }
        if ends || count > HEADERS_MAX {
            break;
        }
        header.extend_from_slice(line);
    }
    kept.extend_from_slice(b"\n");
    let parsed = MessageParser::default().parse_headers(kept.as_slice())?;
    has_known_header(&parsed).then(|| Box::new(headers::message(&parsed)))
}

/// What was taken of a mail's parts.
#[derive(Default)]
struct Taken {
    body: Vec<BodyText>,
    parts: Vec<Part>,
    skipped: usize,
    decorations: usize,
}

/// Takes the parts of `parsed`, then those of what is signed in it as one file (S/MIME): they are the mail's own too.
fn gather(parsed: &mail_parser::Message<'_>, raw: &[u8], limits: &Limits, depth: usize, taken: &mut Taken) {
    const SIGNED_IN_SIGNED_MAX: usize = 3;
    let mut gathered = Gathered { parsed, raw, limits, taken, signed: Vec::new() };
    gathered.part(0, None);
    for inner in gathered.signed {
        let within = depth < SIGNED_IN_SIGNED_MAX && prescan::check(&inner.bytes, limits).is_ok();
        match within.then(|| MessageParser::default().parse(&inner.bytes)).flatten() {
            Some(parsed) => gather(&parsed, &inner.bytes, limits, depth + 1, taken),
            None => taken.push(Part { bytes: Vec::new(), problem: Some(Problem::TooDeep), ..inner }, limits),
        }
    }
}

impl Taken {
    fn push(&mut self, part: Part, limits: &Limits) {
        if self.parts.len() < limits.attachments_max {
            self.parts.push(part);
        } else {
            self.skipped += 1;
        }
    }
}

/// Whether a picture set into the text is a logo or an icon, by its size.
pub(super) fn is_decoration(name: &str, declared_type: &str, bytes: &[u8]) -> bool {
    let picture = declared_type.starts_with("image/") || sniff(name, declared_type, bytes) == Format::Image;
    picture && bytes.len() <= DECORATION_BYTES_MAX
}

/// A signature of its own file proves something to a mail program and says nothing; so does the first part of a mail under OpenPGP.
fn says_nothing(declared_type: &str, bytes: &[u8]) -> bool {
    const VERSION_BYTES_MAX: usize = 200;
    matches!(
        declared_type,
        "application/pkcs7-signature" | "application/x-pkcs7-signature" | "application/pgp-signature" | "application/pgp-keys"
    ) || (declared_type == "application/pgp-encrypted" && bytes.len() <= VERSION_BYTES_MAX)
}

/// The walk over the parts; depth is bounded by the pre-scan.
struct Gathered<'a, 'm> {
    parsed: &'a mail_parser::Message<'m>,
    raw: &'a [u8],
    limits: &'a Limits,
    taken: &'a mut Taken,
    /// What is signed as one file, opened.
    signed: Vec<Part>,
}

impl Gathered<'_, '_> {
    /// Takes part `id`; inside an alternative, `slot` is the body text its shapes fill.
    fn part(&mut self, id: u32, slot: Option<usize>) {
        let Some(part) = self.parsed.parts.get(id as usize) else { return };
        match &part.body {
            PartType::Multipart(children) => {
                let alternative = part.content_type().is_some_and(|kind| kind.subtype() == Some("alternative"));
                let slot = if alternative && slot.is_none() {
                    self.taken.body.push(BodyText::default());
                    Some(self.taken.body.len() - 1)
                } else {
                    slot
                };
                for child in children {
                    self.part(*child, slot);
                }
            }
            PartType::Message(_) => self.mail(part, id),
            PartType::Text(_) | PartType::Html(_) if self.is_own_text(part) => self.own_text(part, slot),
            PartType::Text(_) | PartType::Html(_) | PartType::Binary(_) | PartType::InlineBinary(_) => self.file(part, id),
        }
    }

    fn is_own_text(&self, part: &MessagePart<'_>) -> bool {
        let attached = part.content_disposition().is_some_and(|kind| kind.is_attachment());
        let kind = part.content_type().map(|kind| (kind.ctype(), kind.subtype().unwrap_or_default()));
        let prose = matches!(kind, None | Some(("text", "plain" | "html" | "enriched")));
        !attached && prose && part.attachment_name().is_none()
    }

    fn own_text(&mut self, part: &MessagePart<'_>, slot: Option<usize>) {
        let text = self.text_of(part);
        if sealed::has_pgp_block(text.as_bytes()) {
            let head = AttachmentHead {
                name: "message.asc".to_owned(),
                declared_type: "application/pgp-encrypted".to_owned(),
                bytes: text.len() as u64,
            };
            return self.taken.push(Part { head, kind: PartKind::File, bytes: text.into_bytes(), problem: None }, self.limits);
        }
        let html = part.content_type().is_some_and(|kind| kind.subtype() == Some("html"));
        let index = slot.unwrap_or_else(|| {
            self.taken.body.push(BodyText::default());
            self.taken.body.len() - 1
        });
        let target = if html { &mut self.taken.body[index].html } else { &mut self.taken.body[index].plain };
        match target {
            Some(earlier) => {
                earlier.push('\n');
                earlier.push_str(&text);
            }
            None => *target = Some(text),
        }
    }

    /// The text of a part; where the parser had to guess, decoded again more leniently.
    fn text_of(&self, part: &MessagePart<'_>) -> String {
        let text = part.text_contents().unwrap_or_default();
        if !part.is_encoding_problem && !text.contains('\u{fffd}') {
            return text.to_owned();
        }
        let charset = part.content_type().and_then(|kind| kind.attribute("charset"));
        transfer::text(&transfer::decoded(encoding_of(part), self.raw_body(part)), charset)
    }

    fn raw_body(&self, part: &MessagePart<'_>) -> &[u8] {
        let (start, end) = (part.offset_body as usize, part.offset_end as usize);
        self.raw.get(start..end.max(start)).or(self.raw.get(start..)).unwrap_or_default()
    }

    fn file(&mut self, part: &MessagePart<'_>, id: u32) {
        let encoding = encoding_of(part).to_ascii_lowercase();
        let foreign = !["", "7bit", "8bit", "binary", "base64", "quoted-printable"].contains(&encoding.as_str());
        let bytes = match &part.body {
            _ if part.is_encoding_problem || foreign => transfer::decoded(encoding_of(part), self.raw_body(part)),
            // Text parts were decoded to UTF-8; the file itself is wanted.
            PartType::Text(_) | PartType::Html(_) => transfer::decoded(encoding_of(part), self.raw_body(part)),
            _ => part.contents().to_vec(),
        };
        let declared_type = declared_type(part);
        let inline = part.content_disposition().is_some_and(|kind| kind.is_inline()) || part.content_id().is_some();
        if inline && declared_type.starts_with("image/") && bytes.len() <= DECORATION_BYTES_MAX {
            self.taken.decorations += 1;
            return;
        }
        if says_nothing(&declared_type, &bytes) {
            return;
        }
        let name = self.name_of(part, id);
        let head = AttachmentHead { name, declared_type, bytes: bytes.len() as u64 };
        let may_be_signed = head.declared_type.contains("pkcs7-mime") || head.name.to_ascii_lowercase().ends_with(".p7m");
        match signed::content(&bytes).filter(|_| may_be_signed) {
            Some(inner) => self.signed.push(Part { head, kind: PartKind::Mail, bytes: inner, problem: None }),
            None => self.taken.push(Part { head, kind: PartKind::File, bytes, problem: None }, self.limits),
        }
    }

    fn mail(&mut self, part: &MessagePart<'_>, id: u32) {
        let bytes = match &part.body {
            PartType::Message(inner) if part.encoding != mail_parser::Encoding::None => inner.raw_message.to_vec(),
            _ => self.raw_body(part).to_vec(),
        };
        let name = part.attachment_name().map(|_| self.name_of(part, id)).unwrap_or_default();
        let head = AttachmentHead { name, declared_type: "message/rfc822".to_owned(), bytes: bytes.len() as u64 };
        self.taken.push(Part { head, kind: PartKind::Mail, bytes, problem: None }, self.limits);
    }

    fn name_of(&self, part: &MessagePart<'_>, id: u32) -> String {
        let named = part.attachment_name().map(|name| shown_name(name, headers::NAME_CHARS_MAX)).filter(|name| !name.is_empty());
        named.unwrap_or_else(|| format!("part {id}"))
    }
}

fn encoding_of<'p>(part: &'p MessagePart<'_>) -> &'p str {
    part.content_transfer_encoding().map(str::trim).unwrap_or_default()
}

fn declared_type(part: &MessagePart<'_>) -> String {
    match part.content_type() {
        Some(kind) => format!("{}/{}", kind.ctype(), kind.subtype().unwrap_or("unknown")).to_ascii_lowercase(),
        None => "text/plain".to_owned(),
    }
}
