//! When two mails are the same: the same bytes, or the same content by another way.
//!
//! The header and the body are hashed apart, so that the body, which is nearly all of a mail, is hashed once for both.

use sha2::{Digest as _, Sha256};

use crate::vault::Vault;

/// Two keyed digests of a mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct MailDigests {
    /// Of the bytes as they came.
    pub raw: [u8; 32],
    /// Without what mail servers write on the way, and however lines end.
    pub content: [u8; 32],
}

/// Header fields a mail server or a list writes on the way: they tell how a mail came, not what it is.
const TRACE_FIELDS: [&str; 12] = [
    "received",
    "return-path",
    "delivered-to",
    "envelope-to",
    "authentication-results",
    "received-spf",
    "dkim-signature",
    "errors-to",
    "precedence",
    "status",
    "content-length",
    "lines",
];
const TRACE_PREFIXES: [&str; 3] = ["x-", "arc-", "list-"];

impl MailDigests {
    pub fn of(vault: &Vault, raw: &[u8]) -> Self {
        let (header, body) = raw.split_at(header_length(raw));
        let mut whole = Sha256::new();
        whole.update((raw.len() as u64).to_be_bytes());
        whole.update(Sha256::digest(header));
        let mut content = Sha256::new();
        let mut kept = Sha256::new();
        for field in fields(header).filter(|field| !is_trace(field)) {
            update_without_returns(&mut kept, field);
        }
        content.update(kept.finalize());
        let mut body_hash = Sha256::new();
        let returns = update_without_returns(&mut body_hash, body);
        let body_hash = body_hash.finalize();
        // Length and number of line ends tell the raw bytes apart from those of another way of ending lines.
        whole.update(returns.to_be_bytes());
        whole.update(body_hash);
        content.update(body_hash);
        Self {
            raw: vault.fingerprint("bytes of a mail", whole.finalize()),
            content: vault.fingerprint("content of a mail", content.finalize()),
        }
    }
}

/// Bytes up to the end of the empty line after the header; all of them when there is none.
fn header_length(raw: &[u8]) -> usize {
    let mut start = 0;
    while let Some(length) = raw[start..].iter().position(|&byte| byte == b'\n') {
        let line = &raw[start..start + length];
        start += length + 1;
        if line.is_empty() || line == b"\r" {
            return start;
        }
    }
    raw.len()
}

/// Header fields with their continuation lines.
fn fields(header: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = header;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let mut end = 0;
        loop {
            end = rest[end..].iter().position(|&byte| byte == b'\n').map_or(rest.len(), |length| end + length + 1);
            if !matches!(rest.get(end), Some(b' ' | b'\t')) {
                break;
            }
        }
        let (field, after) = rest.split_at(end);
        rest = after;
        Some(field)
    })
}

fn is_trace(field: &[u8]) -> bool {
    let name = field.split(|&byte| byte == b':').next().unwrap_or_default().trim_ascii_end();
    TRACE_FIELDS.iter().any(|trace| name.eq_ignore_ascii_case(trace.as_bytes()))
        || TRACE_PREFIXES
            .iter()
            .any(|prefix| name.get(..prefix.len()).is_some_and(|head| head.eq_ignore_ascii_case(prefix.as_bytes())))
}

/// Hashes `bytes` with each CR LF as LF; how many there were.
fn update_without_returns(hash: &mut Sha256, bytes: &[u8]) -> u64 {
    // Most mailboxes keep lines with a bare LF: then there is nothing to leave out.
    if memchr::memchr(b'\r', bytes).is_none() {
        hash.update(bytes);
        return 0;
    }
    let mut plain = Vec::with_capacity(bytes.len());
    let mut returns = 0;
    let mut kept = 0;
    for at in memchr::memchr_iter(b'\r', bytes).filter(|at| bytes.get(at + 1) == Some(&b'\n')) {
        plain.extend_from_slice(&bytes[kept..at]);
        kept = at + 1;
        returns += 1;
    }
    plain.extend_from_slice(&bytes[kept..]);
    hash.update(&plain);
    returns
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ambient::{Ambient, Script};
    use crate::domain::time::Instant;
    use crate::vault::MasterKey;

    fn check(one: &str, other: &str, same_bytes: bool, same_content: bool) {
        let vault = Vault::new(MasterKey::in_memory(&Ambient::Scripted(Script::new(Instant::UNIX_EPOCH, 1))));
        let (one, other) = (MailDigests::of(&vault, one.as_bytes()), MailDigests::of(&vault, other.as_bytes()));
        assert_eq!((one.raw == other.raw, one.content == other.content), (same_bytes, same_content));
    }

    #[test]
    fn a_mail_is_the_same_by_whatever_way_it_came_and_no_other_mail_is() {
        let mail = "Received: from a\n by b\nSubject: hello\nX-Spam: no\n\nbody\n";
        check(mail, mail, true, true);
        check(mail, "Received: from c\nDelivered-To: us@example.org\nSubject: hello\n\nbody\n", false, true);
        check(mail, &mail.replace('\n', "\r\n"), false, true);
        check(mail, &mail.replace("hello", "hallo"), false, false);
        check(mail, &mail.replace("body", "Body"), false, false);
        check("Subject: a\n folded\n\nb", "Subject: a\n\nb", false, false);
        check("", "\n", false, false);
        check("no header at all", "no header at all", true, true);
        check("Received: x\n", "", false, true);
    }

    #[test]
    fn a_line_moved_between_header_and_body_makes_another_mail() {
        check("Subject: a\nX: b\n\nc\n", "Subject: a\n\nX: b\nc\n", false, false);
    }
}
