//! Mails taken in a moment ago: they are nearly always read next, by the same daemon, and opening them again costs more
//! than anything else that is done to them. What is in here is on disk already; losing it loses nothing.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use crate::domain::ids::MailId;

/// Bytes held at most; then all are forgotten, for others seem to be reading them.
const BYTES_MAX: usize = 16 << 20;

/// Bytes of mails until they are read once.
#[derive(Default)]
pub(super) struct FreshMails {
    held: Mutex<Held>,
}

#[derive(Default)]
struct Held {
    mails: HashMap<MailId, Vec<u8>>,
    bytes: usize,
}

impl FreshMails {
    /// Whether a mail of so many bytes is held at all.
    pub fn holds(raw: &[u8]) -> bool {
        raw.len() <= BYTES_MAX
    }
    pub fn keep(&self, mail: MailId, raw: Vec<u8>) {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if held.bytes + raw.len() > BYTES_MAX {
            *held = Held::default();
        }
        if Self::holds(&raw) {
            held.bytes += raw.len();
            held.mails.insert(mail, raw);
        }
    }
    pub fn take(&self, mail: MailId) -> Option<Vec<u8>> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let raw = held.mails.remove(&mail)?;
        held.bytes -= raw.len();
        Some(raw)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_is_held_until_it_is_read_once_and_never_too_many() {
        let fresh = FreshMails::default();
        let id = MailId::from_random;
        fresh.keep(id(1), vec![1; 9 << 20]);
        assert_eq!(fresh.take(id(1)).map(|raw| raw.len()), Some(9 << 20));
        assert_eq!(fresh.take(id(1)), None);
        fresh.keep(id(2), vec![2; 9 << 20]);
        fresh.keep(id(3), vec![3; 9 << 20]);
        assert_eq!((fresh.take(id(2)), fresh.take(id(3)).is_some()), (None, true));
        fresh.keep(id(4), vec![4; 17 << 20]);
        assert_eq!(fresh.take(id(4)), None);
    }
}
