//! Typed names and ids. A `String` that means something is one of these past the edge of the program.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Why a text is no name: names are 1 to 64 characters of `a-z`, `0-9`, `_` and `-`, and begin with a letter.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no {kind} name: use 1 to 64 characters of a-z, 0-9, _ and -, beginning with a letter")]
pub struct BadName {
    /// The offending text, as written.
    pub text: String,
    /// Which kind of name was wanted.
    pub kind: &'static str,
}

macro_rules! names {
    ($($(#[$doc:meta])* $name:ident = $kind:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// Checks `text` once, at the edge.
            ///
            /// # Errors
            /// [`BadName`] when a character or the length is not allowed.
            pub fn new(text: &str) -> Result<Self, BadName> {
                let good = (1..=64).contains(&text.len())
                    && text.starts_with(|c: char| c.is_ascii_lowercase())
                    && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_' || b == b'-');
                if good { Ok(Self(text.to_owned())) } else { Err(BadName { text: text.to_owned(), kind: $kind }) }
            }
            /// The name as written in the programme's folder.
            #[must_use]
            pub fn as_str(&self) -> &str { &self.0 }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { f.pad(&self.0) }
        }
        impl TryFrom<String> for $name {
            type Error = BadName;
            fn try_from(text: String) -> Result<Self, BadName> { Self::new(&text) }
        }
        impl From<$name> for String {
            fn from(name: $name) -> String { name.0 }
        }
        impl std::borrow::Borrow<str> for $name {
            fn borrow(&self) -> &str { &self.0 }
        }
    )*};
}

names! {
    /// A theme's stable key, for example `education`. Never a number: three numberings exist.
    ThemeKey = "theme";
    /// A stage of the life of a case.
    StageName = "stage";
    /// A move a person, or the programme's own rules, can make.
    MoveName = "move";
    /// A role somebody holds: `area_officer`, `keyworker`, `referrer`.
    RoleName = "role";
    /// A timer of the workflow file.
    TimerName = "timer";
    /// A letter of the workflow file; also the folder of its template.
    LetterName = "letter";
    /// A fact of a case that guards may test. Facts never hold free text.
    FactName = "fact";
    /// A question a move asks.
    AskName = "question";
    /// An area with its own officer and allocations meeting.
    AreaName = "area";
    /// A rule pack, for example `cumbria-2015`.
    PackName = "rule pack";
    /// One way to read the published criteria, for example `members_each_two`.
    InterpretationName = "interpretation";
    /// An agency that is asked what it knows of a family.
    AgencyName = "agency";
    /// A grade of the result, for example `meets`.
    GradeName = "grade";
    /// An indicator of the outcome plan, for example `persistent_absence`.
    IndicatorName = "indicator";
    /// One thing that shows progress under an indicator.
    CriterionName = "criterion";
    /// A member of the family of one case, for example `m2`: without meaning outside it.
    MemberKey = "member";
    /// An action of a family's plan, for example `a3`.
    ActionKey = "action";
}

macro_rules! opaque_ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(u128);

        impl $name {
            /// From the 128 bits of `Ambient::id` ([`crate::ambient`](../../ambient/index.html)).
            #[must_use]
            pub fn from_random(bits: u128) -> Self { Self(bits) }
            /// Thirty-two lower-case hexadecimal digits: the form in the store.
            #[must_use]
            pub fn to_text(self) -> String { format!("{:032x}", self.0) }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { write!(f, "{:032x}", self.0) }
        }
        impl std::str::FromStr for $name {
            type Err = BadId;
            fn from_str(text: &str) -> Result<Self, BadId> {
                if text.len() != 32 { return Err(BadId { text: text.to_owned() }); }
                u128::from_str_radix(text, 16).map(Self).map_err(|_| BadId { text: text.to_owned() })
            }
        }
        impl TryFrom<String> for $name {
            type Error = BadId;
            fn try_from(text: String) -> Result<Self, BadId> { text.parse() }
        }
        impl From<$name> for String {
            fn from(id: $name) -> String { id.to_text() }
        }
    )*};
}

opaque_ids! {
    /// One case. Random: it tells nothing and is a key to nothing.
    CaseId;
    /// One row of the inbox ledger.
    MailId;
    /// One row of the outbox.
    LetterId;
    /// One row of the worklist.
    TaskId;
}

/// A text that is not one of our ids.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no id: an id is 32 hexadecimal digits")]
pub struct BadId {
    /// The offending text.
    pub text: String,
}

/// `FF-YYYY-` and four or more digits. Unique, not in sequence, without meaning, a key to nothing.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CaseReference(String);

/// A text that is no case reference.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no case reference: one looks like FF-2026-7142")]
pub struct BadReference {
    /// The offending text.
    pub text: String,
}

impl CaseReference {
    /// The reference of `year` with `number`, at least four digits.
    #[must_use]
    pub fn new(year: i16, number: u32) -> Self {
        Self(format!("FF-{year:04}-{number:04}"))
    }
    /// As people write it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::str::FromStr for CaseReference {
    type Err = BadReference;
    fn from_str(text: &str) -> Result<Self, BadReference> {
        let upper = text.trim().to_ascii_uppercase();
        let good = upper.strip_prefix("FF-").and_then(|rest| rest.split_once('-')).is_some_and(|(year, number)| {
            year.len() == 4
                && (4..=10).contains(&number.len())
                && (year.bytes().chain(number.bytes())).all(|b| b.is_ascii_digit())
        });
        if good { Ok(Self(upper)) } else { Err(BadReference { text: text.to_owned() }) }
    }
}
impl fmt::Display for CaseReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}
impl TryFrom<String> for CaseReference {
    type Error = BadReference;
    fn try_from(text: String) -> Result<Self, BadReference> {
        text.parse()
    }
}
impl From<CaseReference> for String {
    fn from(reference: CaseReference) -> String {
        reference.0
    }
}
