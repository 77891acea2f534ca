//! Raw bytes → [`Message`]. Headers are claims: what a sender says of itself is kept as said.
//!
//! Never fails half-way: what cannot be decoded is kept with a note. Limits come before the parser.
//! Runs inside the sandboxed child of the reader.

pub mod answered;
pub mod authentication;
mod carrying;
pub mod dates;
mod headers;
pub mod lookalike;
pub mod numbered;
mod open;
mod outlook;
mod prescan;
pub mod quoted;
pub mod returned;
pub mod scanned;
pub mod sender;
mod signed;
pub mod thread;
mod transfer;

pub use carrying::carrying;
pub use headers::ENDS_IN_THE_MIDDLE;
pub use open::{BodyText, MailProblem, Opened, Part, PartKind, Refused, open};
pub use returned::{Returned, ReturnedFate};
pub use sender::SenderSign;

use serde::{Deserialize, Serialize};

use crate::domain::time::Instant;

/// A mailbox as written in a header. The display name is a claim and never reaches a header of ours.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Address {
    /// Display name, controls stripped.
    pub name: Option<String>,
    /// `local@domain`, domain in lower case.
    pub address: String,
}

/// Signs that no person wrote this mail (RFC 3834 and what real systems do).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AutomaticSign {
    /// `Auto-Submitted` other than `no`.
    AutoSubmitted,
    /// `Auto-Submitted: auto-replied`: a program answers a mail.
    AutoReplied,
    /// `Precedence: bulk`, `junk`, `list` or `auto_reply`.
    Precedence,
    /// `List-Id` or `List-Unsubscribe`.
    List,
    /// `List-Unsubscribe` on a mail to a list nobody can write to: a newsletter, not a list of colleagues.
    Newsletter,
    /// `X-Autoreply` and kin.
    VendorHeader,
    /// `X-Auto-Response-Suppress`: no program is to answer. Case systems write it on what people send, so it tells nothing else.
    NoAnswer,
    /// An out-of-office subject without any header.
    Subject,
    /// `multipart/report; report-type=delivery-status`, or a bounce that looks like one.
    DeliveryReport,
    /// `multipart/report; report-type=disposition-notification`.
    ReadReceipt,
    /// A calendar invitation or answer.
    Calendar,
    /// The answer of a calendar to an invitation (`METHOD:REPLY` or `COUNTER`, RFC 5546 §3.2).
    CalendarAnswer,
    /// Such an answer that is no plain yes: declined, tentative, another time, or words beside it (RFC 5545 §3.2.12).
    CalendarDoubt,
    /// Null return path.
    NullReturnPath,
}

/// A mail, decoded, without what its attachments say.
#[derive(Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Message {
    /// `Message-ID` with its angle brackets, a hint only.
    pub message_id: Option<String>,
    /// The `From` mailboxes, all of them, in order.
    pub from: Vec<Address>,
    /// `Reply-To`, if any. Answers never follow it to another domain.
    pub reply_to: Vec<Address>,
    /// Why these headers may not name the true sender.
    #[serde(default)]
    pub sender_signs: Vec<SenderSign>,
    /// `To` and `Cc`.
    pub recipients: Vec<Address>,
    /// Subject, decoded, controls stripped; may hold names.
    pub subject: String,
    /// The claimed `Date`.
    pub date: Option<Instant>,
    /// Topmost `Received` date, if any.
    pub received: Option<Instant>,
    /// Message-IDs of `In-Reply-To` then `References`, with brackets, each once.
    pub references: Vec<String>,
    /// What it says of letters of ours that came back, or that it quotes.
    #[serde(default)]
    pub returned: Option<Returned>,
    /// Why a person may not have written this.
    pub automatic: Vec<AutomaticSign>,
    /// What the calendar of its writer answers to an invitation.
    #[serde(default)]
    pub calendar_answer: Option<answered::CalendarAnswer>,
    /// `Authentication-Results` headers as written, topmost first.
    pub authentication_results: Vec<String>,
    /// Names, types and sizes of the attachments, in the order of `Reading::documents`.
    pub attachments: Vec<AttachmentHead>,
    /// What a person should know of how the mail was read: two From headers, more attachments than are read.
    pub notes: Vec<String>,
}

/// What the mail says of one attachment.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct AttachmentHead {
    /// File name as sent, controls stripped; made up (`part 3`) when it has none.
    pub name: String,
    /// Declared media type, lower case.
    pub declared_type: String,
    /// Decoded size in bytes.
    pub bytes: u64,
}

crate::redacted_debug!(Address, Message, AttachmentHead);
