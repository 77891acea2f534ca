//! One checked mail address.

use std::fmt;

/// Bytes of an address at most (RFC 5321, sections 4.5.3.1.1 to 4.5.3.1.3, with the angle brackets off).
const ADDRESS_BYTES_MAX: usize = 254;
const LOCAL_BYTES_MAX: usize = 64;
const LABEL_BYTES_MAX: usize = 63;

/// Exactly one address, `name@domain`, ASCII, without display name. Shown by [`AddressChecked::as_str`] only: it is about a person.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AddressChecked(String);

impl fmt::Debug for AddressChecked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AddressChecked(●)")
    }
}

/// Why a text is not one address we write to. Says nothing of the text itself, which may be about a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadAddress {
    /// Nothing there.
    #[error("there is no mail address; write one like `name@agency.example.org`")]
    Empty,
    /// Too long.
    #[error(
        "the mail address has more than {ADDRESS_BYTES_MAX} characters, or more than {LOCAL_BYTES_MAX} before the `@`; check it for text that does not belong to it"
    )]
    TooLong,
    /// A list, or a display name.
    #[error("this is more than one bare mail address; write exactly one, without a name, brackets or commas")]
    NotOne,
    /// Letters beyond ASCII.
    #[error(
        "the mail address has letters beyond a to z; write the domain in its `xn--` form, and ask the person for another address if the part before the `@` has them"
    )]
    NotAscii,
    /// No address at all.
    #[error("this is no mail address; write one like `name@agency.example.org`")]
    Malformed,
}

impl AddressChecked {
    /// Checks `text`, surrounding blanks taken off. The domain is kept in lower case.
    ///
    /// # Errors
    /// [`BadAddress`] says what to write instead.
    pub fn parse(text: &str) -> Result<Self, BadAddress> {
        let text = text.trim_matches([' ', '\t']);
        if text.is_empty() {
            return Err(BadAddress::Empty);
        }
        if text.len() > ADDRESS_BYTES_MAX {
            return Err(BadAddress::TooLong);
        }
        if !text.is_ascii() {
            return Err(BadAddress::NotAscii);
        }
        if text.contains([' ', '\t', ',', ';', '<', '>', '"', '(', ')']) || text.matches('@').count() > 1 {
            return Err(BadAddress::NotOne);
        }
        let (local, domain) = text.split_once('@').ok_or(BadAddress::Malformed)?;
        if local.len() > LOCAL_BYTES_MAX {
            return Err(BadAddress::TooLong);
        }
        if !is_dot_atom(local) || !is_domain(domain) {
            return Err(BadAddress::Malformed);
        }
        Ok(Self(format!("{local}@{}", domain.to_ascii_lowercase())))
    }

    /// `name@domain`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
    /// What follows the `@`, in lower case.
    #[must_use]
    pub fn domain(&self) -> &str {
        self.0.split_once('@').expect("checked when parsed").1
    }

    pub(super) fn to_lettre(&self) -> lettre::Address {
        let (local, domain) = self.0.split_once('@').expect("checked when parsed");
        lettre::Address::new(local, domain).expect("what passes our check passes lettre's; a test holds it")
    }
}

/// Letters, digits and the marks RFC 5322 allows, in parts divided by single dots.
pub(super) fn is_dot_atom(text: &str) -> bool {
    text.split('.').all(|part| {
        !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&byte))
    })
}

/// At least two labels of letters, digits and inner hyphens.
pub(super) fn is_domain(text: &str) -> bool {
    let label = |label: &str| {
        (1..=LABEL_BYTES_MAX).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let last_is_a_name = text.rsplit('.').next().is_some_and(|last| last.bytes().any(|byte| byte.is_ascii_alphabetic()));
    text.contains('.') && last_is_a_name && text.split('.').all(label)
}
