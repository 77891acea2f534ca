//! Rows of the outbox on their way to a mail server or a folder. Decides nothing but "again later".
//!
//! What goes is finished before it comes here: [`message::build`] makes the bytes when a letter is queued, and every attempt sends the
//! same bytes with the same Message-ID. One recipient a letter, always. The answer of an attempt is one of five, [`Delivered`];
//! whoever asked stores it before the next attempt. Start at [`Delivery::send`].

pub mod address;
pub mod folder;
pub mod graph;
pub mod message;
pub mod smtp;

use std::num::NonZeroU32;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

pub use address::{AddressChecked, BadAddress};
pub use graph::GraphSender;
pub use smtp::{Login, LoginProof, Smtp, Tls};

/// Where letters go.
#[derive(Debug, Clone)]
pub enum Delivery {
    /// To a mail server.
    Smtp(Box<Smtp>),
    /// By a mailbox at Microsoft 365.
    Graph(GraphSender),
    /// Into a folder, each letter one `.eml` file.
    Maildir {
        /// The folder; made when it is not there.
        path: PathBuf,
    },
    /// Kept in memory, for tests and the simulator.
    Capture(Captured),
}

/// Where a mail server shall report that a letter did not arrive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReturnPath {
    /// Nowhere: an answer to a mail, written by a program, must not cause another (RFC 3834, section 3.3).
    Null,
    /// To this address, which is the programme's own mailbox.
    Address(AddressChecked),
}

/// What became of an attempt. Codes are the server's numbers or words of ours; none holds an address or a text of a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Delivered {
    /// The server, or the disk, has it for good.
    Accepted {
        /// What it said, for tracing a letter in its log: `250 2.0.0 queued as 4F5A`.
        reply: String,
    },
    /// It does not have it. Try again.
    Later {
        /// Why: `rcpt 451 4.7.1`, `connection lost in the letter`.
        code: String,
    },
    /// Nobody said anything about this letter: the server could not be spoken to, or refuses us and not the recipient. Try again; it
    /// is no try of the letter's.
    Unreached {
        /// Why: `connect failed`, `starttls missing`, `auth 535 5.7.8`.
        code: String,
    },
    /// It will never take it. A person must look at the address.
    Refused {
        /// Why: `rcpt 550 5.1.1`.
        code: String,
    },
    /// The connection broke after the whole letter was sent and before the answer came: it may have it. Trying again with the same
    /// Message-ID is right; the team sees how many there are.
    Unsure {
        /// Why: `connection lost after the letter`.
        code: String,
    },
}

/// What an attempt tells of the way out itself, whatever becomes of the letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WayOut {
    /// It has just taken a letter.
    Open,
    /// It takes none now: nobody is there, or it refuses us.
    Shut,
    /// Nothing: what was said was about one address, or the answer was lost.
    Unknown,
}

impl Delivered {
    /// What it tells of the way out. A server that puts off one address (RFC 3463, x.1.x and x.2.x; `450` without more) is no trouble
    /// of the others'.
    #[must_use]
    pub fn way_out(&self) -> WayOut {
        match self {
            Self::Accepted { .. } => WayOut::Open,
            Self::Unreached { .. } => WayOut::Shut,
            Self::Later { code } => {
                let last = code.rsplit(' ').next().unwrap_or_default();
                let of_one = last.starts_with("4.1.") || last.starts_with("4.2.") || code == "rcpt 450";
                if of_one { WayOut::Unknown } else { WayOut::Shut }
            }
            Self::Refused { .. } | Self::Unsure { .. } => WayOut::Unknown,
        }
    }
}

/// A letter kept in memory.
#[derive(Clone, PartialEq, Eq)]
pub struct CapturedLetter {
    /// Its return path.
    pub from: ReturnPath,
    /// Its one recipient.
    pub to: AddressChecked,
    /// The bytes.
    pub message: Vec<u8>,
}
crate::redacted_debug!(CapturedLetter);

/// Letters kept in memory; clones share them.
#[derive(Debug, Clone, Default)]
pub struct Captured(Arc<Mutex<Vec<CapturedLetter>>>);

impl Captured {
    /// All letters so far, oldest first, and forgets them.
    #[must_use]
    pub fn take(&self) -> Vec<CapturedLetter> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
    fn keep(&self, letter: CapturedLetter) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(letter);
    }
}

impl Delivery {
    /// Whether the way out is open now: connects, signs in, names the sender, and hands nothing over. What was found, in plain words.
    ///
    /// # Errors
    /// A code as of an attempt: `connect failed`, `auth 535 5.7.8`.
    pub async fn probe(&self, from: &AddressChecked) -> Result<String, String> {
        match self {
            Self::Smtp(smtp) => Box::pin(smtp.probe(from)).await,
            Self::Graph(mailbox) => mailbox.probe().await,
            Self::Maildir { path } if path.is_dir() || !path.exists() => Ok(format!("letters are written to {}", path.display())),
            Self::Maildir { path } => Err(format!("{} is no folder", path.display())),
            Self::Capture(_) => Ok("letters are kept in memory".to_owned()),
        }
    }

    /// One attempt to hand `message` over for `to`. May be run again with the same arguments: a folder then holds it once, a mail
    /// server gets the same Message-ID.
    pub async fn send(&self, from: &ReturnPath, to: &AddressChecked, message: &[u8]) -> Delivered {
        match self {
            Self::Smtp(smtp) => Box::pin(smtp.send(from, to, message)).await,
            Self::Graph(mailbox) => mailbox.send(message).await,
            Self::Maildir { path } => folder::send(path.clone(), from.clone(), to.clone(), message.to_vec()).await,
            Self::Capture(captured) => {
                captured.keep(CapturedLetter { from: from.clone(), to: to.clone(), message: message.to_vec() });
                Delivered::Accepted { reply: "kept in memory".to_owned() }
            }
        }
    }
}

/// Seconds to wait before attempt `attempt` (the first is 1): doubles from a minute, capped at a day,
/// because after a day a person must look and a longer pause only delays the look.
#[must_use]
pub fn retry_delay_seconds(attempt: NonZeroU32) -> u32 {
    const FIRST: u32 = 60;
    const DAY: u32 = 24 * 60 * 60;
    // 60 · 2^11 is more than a day already, so the shift never overflows.
    FIRST
        .checked_shl(attempt.get().saturating_sub(2).min(11))
        .map_or(DAY, |seconds| if attempt.get() == 1 { 0 } else { seconds.min(DAY) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_attempt_is_at_once_and_pauses_double_up_to_a_day() {
        let delay = |attempt: u32| retry_delay_seconds(NonZeroU32::new(attempt).unwrap());
        assert_eq!([1, 2, 3, 4, 12, 13, 99, u32::MAX].map(delay), [0, 60, 120, 240, 61_440, 86_400, 86_400, 86_400]);
    }
}
