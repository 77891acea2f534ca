//! The signed reference by which an answer finds its case: in the Message-ID of our letters, and behind a `+` in our own address.
//!
//! It names a case and carries a mark that only the key file can make, of the case, the one it was written to and the role they were
//! written to in. By itself it opens nothing: the sender must be that person, proven, and hold that role now.

use super::sender::domain_of;
use crate::domain::ids::CaseReference;

/// Characters of a mark: 80 bits, five to a character.
const MARK_CHARS: usize = 16;
/// Letters and digits that no mail server changes, in one case (RFC 4648 §6, small).
const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";

/// A case named, with the mark that goes with it. Not checked by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedReference {
    /// The case it names.
    pub case: CaseReference,
    /// What the key file made of case, recipient and role.
    pub mark: String,
}

impl SignedReference {
    /// `2026-7142.abcdefghijklmnop`: no `FF-`, so that nobody takes it for the reference itself.
    #[must_use]
    pub fn to_text(&self) -> String {
        let number = self.case.as_str();
        format!("{}.{}", number.strip_prefix("FF-").unwrap_or(number), self.mark)
    }

    fn parse(text: &str) -> Option<Self> {
        let (number, mark) = text.split_once('.')?;
        let mark = mark.to_ascii_lowercase();
        let good = mark.len() == MARK_CHARS && mark.bytes().all(|byte| ALPHABET.contains(&byte));
        let case = format!("FF-{number}").parse().ok()?;
        good.then_some(Self { case, mark })
    }

    /// The one in a Message-ID of ours, `<ff.….2026-7142.mark@domain>`.
    #[must_use]
    pub fn in_message_id(id: &str) -> Option<Self> {
        let local = id.strip_prefix("<ff.")?.split('@').next()?;
        local.split_once('.').and_then(|(_, signed)| Self::parse(signed))
    }

    /// The one behind the `+` of `address`, when the rest of it is `own`.
    #[must_use]
    pub fn in_address(address: &str, own: &str) -> Option<Self> {
        behind_plus(address, own).and_then(Self::parse)
    }
}

/// The beginning of a mark's bytes as text; what is left over is not used.
#[must_use]
pub fn mark_of(bytes: &[u8; 32]) -> String {
    let five = |index: usize| {
        let bit = index * 5;
        let pair = u16::from(bytes[bit / 8]) << 8 | u16::from(bytes[bit / 8 + 1]);
        usize::from(pair >> (11 - bit % 8) & 31)
    };
    (0..MARK_CHARS).map(|index| char::from(ALPHABET[five(index)])).collect()
}

/// Whether `address` has the form of one that carries a signed reference, whoever's it is.
#[must_use]
pub(super) fn is_signed_address(address: &str) -> bool {
    let local = address.rsplit_once('@').map_or("", |(local, _)| local);
    local.split_once('+').is_some_and(|(_, extra)| SignedReference::parse(extra).is_some())
}

/// Whether `address` is `own`, or `own` with something behind a `+`.
#[must_use]
pub fn is_own_address(address: &str, own: &str) -> bool {
    address.eq_ignore_ascii_case(own) || behind_plus(address, own).is_some()
}

fn behind_plus<'a>(address: &'a str, own: &str) -> Option<&'a str> {
    let (local, domain) = address.trim().rsplit_once('@')?;
    let (own_local, own_domain) = (own.rsplit_once('@')?.0, domain_of(own));
    let (bare, extra) = local.split_once('+')?;
    (bare.eq_ignore_ascii_case(own_local) && domain.eq_ignore_ascii_case(own_domain)).then_some(extra)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signed_reference_reads_back_where_it_was_written_and_nothing_else_is_one() {
        let signed = SignedReference { case: CaseReference::new(2026, 7142), mark: mark_of(&[0xa7; 32]) };
        let text = signed.to_text();
        assert_eq!(text, "2026-7142.u6t2pj5hu6t2pj5h");
        let own = "FocusFamily@council.example.org";
        for id in [format!("<ff.0123.{text}@council.example.org>"), format!("<ff.0123.{}@x.example>", text.to_uppercase())] {
            assert_eq!(SignedReference::in_message_id(&id), Some(signed.clone()), "{id}");
        }
        let address = format!("focusfamily+{}@COUNCIL.example.org", text.to_uppercase());
        assert_eq!(SignedReference::in_address(&address, own), Some(signed));
        assert!(is_own_address(&address, own) && is_own_address("focusfamily@council.example.org", own));
        for foreign in [
            "<ff.0123@council.example.org>".to_owned(),
            format!("<0123.{text}@council.example.org>"),
            format!("<ff.0123.{}@council.example.org>", &text[..text.len() - 1]),
            format!("<ff.0123.{text}a@council.example.org>"),
            format!("<ff.0123.{}1@council.example.org>", &text[..text.len() - 1]),
            String::new(),
        ] {
            assert_eq!(SignedReference::in_message_id(&foreign), None, "{foreign}");
        }
        for foreign in ["focusfamily2+x@council.example.org", "focusfamily@evil.example", "x", ""] {
            assert!(SignedReference::in_address(foreign, own).is_none() && !is_own_address(foreign, own), "{foreign}");
        }
    }
}
