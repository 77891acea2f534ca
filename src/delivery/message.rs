//! A finished letter as the bytes of a mail (RFC 5322). The same values give the same bytes: no clock, no randomness.
//!
//! No text of a mail, a form or a person gets into a header. What goes there is made here, or checked to be an address, a Message-ID,
//! a reference or the one line a template made.

use std::fmt;

use lettre::message::header::{ContentDisposition, ContentTransferEncoding, ContentType, HeaderName, HeaderValue};
use lettre::message::{Body, Mailbox, MultiPart, MultiPartKind, SinglePart};
use sha2::{Digest, Sha256};

use super::address::{AddressChecked, is_domain, is_dot_atom};
use crate::domain::ids::CaseReference;
use crate::domain::letter::{Letter, Method};
use crate::domain::time::Instant;

/// Bytes of a Message-ID at most, so that its header stays one line of 998.
const MESSAGE_ID_BYTES_MAX: usize = 250;
/// Message-IDs named in `References` at most: the first and the last ones, as mail programs do.
const REFERENCES_MAX: usize = 10;
const SENDER_NAME_CHARACTERS_MAX: usize = 60;

/// `<something@domain>`: one of ours, or one of a mail we answer, checked.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MessageId(String);

impl MessageId {
    /// A new one of `domain` from 128 random bits. Made once, when the letter is queued, and kept on every attempt.
    #[must_use]
    pub fn from_random(bits: u128, domain: &AddressChecked) -> Self {
        Self(format!("<ff.{bits:032x}@{}>", domain.domain()))
    }
    /// `text` if it is a Message-ID we can repeat in a header; `None` for all else, which is then left out: nothing is lost but a
    /// thread in somebody's mail program.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let inner = text.trim_matches([' ', '\t']);
        let inner = inner.strip_prefix('<').map_or(Some(inner), |rest| rest.strip_suffix('>'))?;
        let (left, right) = inner.rsplit_once('@')?;
        // Microsoft's servers write ids whose right side is a bare host name, so one label is enough here.
        let host = is_domain(right) || is_domain(&format!("{right}.example"));
        (inner.len() <= MESSAGE_ID_BYTES_MAX && is_dot_atom(left) && host).then(|| Self(format!("<{inner}>")))
    }
    /// With its angle brackets.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Who the programme is to those it writes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sender {
    name: String,
    address: AddressChecked,
}

/// A display name that cannot stand in a header.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the sender's name must be 1 to {SENDER_NAME_CHARACTERS_MAX} characters in one line; change it in the settings")]
pub struct BadSenderName;

impl Sender {
    /// `Focus Family <focusfamily@council.example.org>`, both from the settings.
    ///
    /// # Errors
    /// [`BadSenderName`] for control characters, an empty or a long name.
    pub fn new(name: &str, address: AddressChecked) -> Result<Self, BadSenderName> {
        let name = name.trim();
        let good =
            !name.is_empty() && name.chars().count() <= SENDER_NAME_CHARACTERS_MAX && !name.chars().any(is_unfit_for_a_header);
        if good { Ok(Self { name: name.to_owned(), address }) } else { Err(BadSenderName) }
    }
    /// The programme's own address.
    #[must_use]
    pub fn address(&self) -> &AddressChecked {
        &self.address
    }
}

/// Why the letter was written (RFC 3834).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// An answer to a mail: an acknowledgement or a receipt.
    Reply,
    /// Anything else.
    Event,
}

/// Everything of a mail that goes out.
#[derive(Debug, Clone)]
pub struct Outgoing<'a> {
    /// Who writes.
    pub sender: &'a Sender,
    /// Where answers go; to the sender when there is none. An address of the programme's own.
    pub reply_to: Option<&'a AddressChecked>,
    /// The one recipient.
    pub to: &'a AddressChecked,
    /// The finished letter.
    pub letter: &'a Letter,
    /// Made when the letter was queued.
    pub message_id: &'a MessageId,
    /// When it was queued: an attempt a day later carries the same date.
    pub queued_at: Instant,
    /// Answer or not.
    pub cause: Cause,
    /// The case it is about.
    pub case: Option<&'a CaseReference>,
    /// The mail it answers.
    pub in_reply_to: Option<&'a MessageId>,
    /// The thread, oldest first.
    pub references: &'a [MessageId],
}

/// Why no mail could be made of a letter. It is held for the operator.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// The subject is not one clean line of at most 120 characters.
    #[error("the subject of a letter made with `{template}` is not one line of 1 to 120 characters")]
    Subject {
        /// The letter's template.
        template: String,
    },
    /// The template's name has characters no template's name has.
    #[error("a letter does not say with which template it was made")]
    Template,
    /// The mail could not be put together.
    #[error("cannot put together a mail of a letter made with `{template}`")]
    Assembly {
        /// The letter's template.
        template: String,
        /// What the mail library says.
        #[source]
        cause: lettre::error::Error,
    },
}

/// The bytes of `outgoing`: text first, its HTML twin second.
///
/// # Errors
/// [`BuildError`]; nothing is sent then.
pub fn build(outgoing: &Outgoing<'_>) -> Result<Vec<u8>, BuildError> {
    let letter = outgoing.letter;
    let subject_characters = letter.subject.chars().count();
    if subject_characters == 0 || subject_characters > 120 || letter.subject.chars().any(is_unfit_for_a_header) {
        return Err(BuildError::Subject { template: letter.template.clone() });
    }
    if letter.template.is_empty() || !letter.template.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-/".contains(&byte)) {
        return Err(BuildError::Template);
    }
    let sender = Mailbox { name: Some(outgoing.sender.name.clone()), email: outgoing.sender.address.to_lettre() };
    let reply_to =
        Mailbox { name: sender.name.clone(), email: outgoing.reply_to.unwrap_or(&outgoing.sender.address).to_lettre() };
    let mut builder = lettre::Message::builder()
        .from(sender)
        .reply_to(reply_to)
        .to(Mailbox { name: None, email: outgoing.to.to_lettre() })
        .subject(letter.subject.clone())
        .date(outgoing.queued_at.into())
        .message_id(Some(outgoing.message_id.as_str().to_owned()));
    if let Some(id) = outgoing.in_reply_to {
        builder = builder.in_reply_to(id.as_str().to_owned());
    }
    if let Some(thread) = thread(outgoing.references, outgoing.in_reply_to) {
        builder = builder.references(thread);
    }
    for (name, value) in fixed_headers(outgoing) {
        builder = builder.raw_header(HeaderValue::new(HeaderName::new_from_ascii_str(name), value));
    }
    let parts = MultiPart::builder()
        .kind(MultiPartKind::Alternative)
        .boundary(boundary(outgoing.message_id))
        .singlepart(SinglePart::builder().header(ContentType::TEXT_PLAIN).body(letter.text.clone()))
        .singlepart(SinglePart::builder().header(ContentType::TEXT_HTML).body(letter.html.clone()));
    let message = builder
        .multipart(with_calendar(parts, outgoing))
        .map_err(|cause| BuildError::Assembly { template: letter.template.clone(), cause })?;
    Ok(message.formatted())
}

/// A meeting goes as one more form of the letter, for programs that know invitations, and as a file, for those that do not.
fn with_calendar(parts: MultiPart, outgoing: &Outgoing<'_>) -> MultiPart {
    let Some(calendar) = &outgoing.letter.calendar else { return parts };
    let kind = |text: &str| ContentType::parse(text).expect("a fixed media type is one");
    let method = match calendar.method {
        Method::Request => kind("text/calendar; charset=utf-8; method=REQUEST; component=VEVENT"),
        Method::Cancel => kind("text/calendar; charset=utf-8; method=CANCEL; component=VEVENT"),
    };
    let invitation = SinglePart::builder().header(method).body(calendar.text.clone());
    let file = SinglePart::builder()
        .header(kind("application/ics; name=\"invite.ics\""))
        .header(ContentDisposition::attachment("invite.ics"))
        .body(
            Body::new_with_encoding(calendar.text.clone().into_bytes(), ContentTransferEncoding::Base64)
                .expect("bytes fit base64"),
        );
    MultiPart::builder()
        .kind(MultiPartKind::Mixed)
        .boundary(format!("{}_mixed", boundary(outgoing.message_id)))
        .multipart(parts.singlepart(invitation))
        .singlepart(file)
}

fn fixed_headers(outgoing: &Outgoing<'_>) -> Vec<(&'static str, String)> {
    let automatic = match outgoing.cause {
        Cause::Reply => "auto-replied",
        Cause::Event => "auto-generated",
    };
    let mut headers = vec![
        ("Auto-Submitted", automatic.to_owned()),
        // Exchange then sends no out-of-office answer and no receipts.
        ("X-Auto-Response-Suppress", "OOF, DR, RN, NRN".to_owned()),
        ("Content-Language", "en-GB".to_owned()),
        ("X-FF-Template", outgoing.letter.template.clone()),
    ];
    if let Some(case) = outgoing.case {
        headers.push(("X-FF-Case", case.as_str().to_owned()));
    }
    headers
}

/// The first and the last ids of the thread, the answered mail at its end, one line.
fn thread(references: &[MessageId], in_reply_to: Option<&MessageId>) -> Option<String> {
    let mut ids: Vec<&str> = references.iter().map(MessageId::as_str).collect();
    if let Some(answered) = in_reply_to {
        ids.retain(|id| *id != answered.as_str());
        ids.push(answered.as_str());
    }
    if ids.len() > REFERENCES_MAX {
        ids.drain(1..=ids.len() - REFERENCES_MAX);
    }
    (!ids.is_empty()).then(|| ids.join(" "))
}

/// A boundary no line of a letter can be: it follows from the Message-ID, which no letter shows.
fn boundary(id: &MessageId) -> String {
    let digest = Sha256::digest(id.as_str().as_bytes());
    format!("ff_{}", hex::encode(&digest[..16]))
}

fn is_unfit_for_a_header(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

impl fmt::Display for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
