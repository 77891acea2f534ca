//! Who sent a mail. Everything a mail says of itself is a claim; only what the own border checked proves one.

use serde::{Deserialize, Serialize};

use super::lookalike::{Likeness, resembles};
use super::{Address, Message, authentication};

/// What the mail itself shows that an honest one seldom does. Each alone keeps its sender from being proven.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SenderSign {
    /// Several `From` headers, or several addresses in one.
    SeveralSenders,
    /// A `From` that is a group of addresses.
    Group,
    /// `Sender` of another domain.
    SenderElsewhere,
    /// `Reply-To` at another domain.
    ReplyToElsewhere,
    /// The display name shows an address of another domain.
    NameShowsAnother,
}

impl SenderSign {
    /// For people, without personal data.
    #[must_use]
    pub fn says(self) -> &'static str {
        match self {
            Self::SeveralSenders => "the mail names more than one sender",
            Self::Group => "the mail names a group as its sender",
            Self::SenderElsewhere => "the mail was sent by another domain than it says it is from",
            Self::ReplyToElsewhere => "the mail asks for answers to another domain than it is from; none went there",
            Self::NameShowsAnother => "the sender's name shows another address than the mail is from",
        }
    }
}

/// What is known of a mailbox before a mail is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Border<'a> {
    /// Nobody checks.
    Nobody,
    /// Nothing gets here that was not checked.
    AlreadyChecked,
    /// A server of one of these names checks and writes what it found; [`NO_NAME`] stands for one that writes no name.
    Writes(&'a [String]),
}

/// In place of a name: the header has none, as Exchange Online writes it.
pub const NO_NAME: &str = "exchange-online";

/// Whether the address a mail is from is proven, and if not, why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Proof {
    /// An aligned DMARC pass, or a mailbox that is already checked.
    Proven,
    /// Nobody checks mail of this mailbox.
    NotChecked,
    /// It came by no mailbox of the settings: imported, or its mailbox is gone from them.
    NoMailbox,
    /// The own border wrote nothing on top of this mail, or nothing that could be understood.
    NoResult,
    /// The own border checked, and DMARC did not pass.
    NotPassed,
    /// It passed for another domain than the mail is from.
    OtherDomain,
    /// No single address, or a sign in the mail itself.
    Doubtful,
    /// The domain resembles one that is known.
    Resembles(Likeness, String),
}

impl Proof {
    /// The sender is proven.
    #[must_use]
    pub fn is_proven(&self) -> bool {
        *self == Self::Proven
    }

    /// For people. The domain named is one of the settings.
    #[must_use]
    pub fn says(&self) -> String {
        match self {
            Self::Proven => "proven".to_owned(),
            Self::NotChecked => "not proven: nobody checks the senders of this mailbox".to_owned(),
            Self::NoMailbox => {
                "not proven: it came by no mailbox of the settings; `mail import --mailbox NAME` says by which a file came"
                    .to_owned()
            }
            Self::NoResult => "not proven: our border server says nothing of it".to_owned(),
            Self::NotPassed => "not proven: DMARC did not pass at our border server".to_owned(),
            Self::OtherDomain => "not proven: DMARC passed for another domain than the mail is from".to_owned(),
            Self::Doubtful => "not proven: the mail does not name one sender clearly".to_owned(),
            Self::Resembles(likeness, known) => {
                format!("not proven: its domain resembles `{known}`, {}; ring somebody you know there", likeness.says())
            }
        }
    }
}

/// What [`Message::sender_signs`] holds: of the headers alone.
pub(super) fn signs(from: &[Address], group: bool, sender: &[Address], reply_to: &[Address]) -> Vec<SenderSign> {
    let mut signs = Vec::new();
    if from.len() > 1 {
        signs.push(SenderSign::SeveralSenders);
    } else if group {
        signs.push(SenderSign::Group);
    }
    let [one] = from else { return signs };
    let domain = domain_of(&one.address);
    let elsewhere = |list: &[Address]| list.iter().any(|other| domain_of(&other.address) != domain);
    if elsewhere(sender) {
        signs.push(SenderSign::SenderElsewhere);
    }
    if elsewhere(reply_to) {
        signs.push(SenderSign::ReplyToElsewhere);
    }
    if one.name.as_deref().is_some_and(|name| shows_another(name, domain)) {
        signs.push(SenderSign::NameShowsAnother);
    }
    signs
}

/// `Duty <duty@council.example.org>` as the name of another address.
fn shows_another(name: &str, domain: &str) -> bool {
    let words = name.split(|c: char| c.is_whitespace() || "<>()[]\"',;".contains(c));
    words.filter_map(|word| word.rsplit_once(['@', '＠', '﹫'])).any(|(local, shown)| {
        let shown = shown.trim_end_matches('.').to_lowercase();
        !local.is_empty() && shown.contains('.') && shown != domain
    })
}

/// What stands behind the last `@`; nothing when there is none.
#[must_use]
pub fn domain_of(address: &str) -> &str {
    address.rsplit_once('@').map_or("", |(_, domain)| domain)
}

/// Whether the one address `message` is from is proven. `known` are the domains of the own council and of known agencies.
#[must_use]
pub fn prove<'k>(message: &Message, border: Border<'_>, known: impl IntoIterator<Item = &'k str>) -> Proof {
    let [from] = message.from.as_slice() else { return Proof::Doubtful };
    let domain = domain_of(&from.address);
    if domain.is_empty() || !message.sender_signs.is_empty() {
        return Proof::Doubtful;
    }
    if let Some((likeness, own)) = resembles(domain, known) {
        return Proof::Resembles(likeness, own.to_owned());
    }
    let headers = message.authentication_results.iter().map(|text| (text, authentication::parse(text)));
    match border {
        Border::Nobody => Proof::NotChecked,
        // What stands topmost may still say that the check failed.
        Border::AlreadyChecked => match headers.into_iter().next() {
            Some((_, Some(topmost))) => of_dmarc(&topmost, None).unwrap_or(Proof::Proven),
            Some((text, None)) if text.to_lowercase().contains("dmarc") => Proof::NoResult,
            Some((_, None)) | None => Proof::Proven,
        },
        Border::Writes(names) => {
            // Only the topmost of our own: what stands below it came with the mail, whoever it says it is from.
            let is_ours = |found: &authentication::AuthenticationResults| {
                names.iter().any(|own| match found.server.as_deref() {
                    Some(name) => own != NO_NAME && own.eq_ignore_ascii_case(name),
                    None => own == NO_NAME,
                })
            };
            // One that cannot be understood could be ours: then nothing below it counts either.
            let topmost = headers.map(|(_, parsed)| parsed).find(|parsed| parsed.as_ref().is_none_or(is_ours)).flatten();
            topmost.and_then(|topmost| of_dmarc(&topmost, Some(domain))).unwrap_or(Proof::NoResult)
        }
    }
}

/// What the results say of DMARC: every one must have passed, and for `domain` when it must be named. `None` when they say nothing.
fn of_dmarc(results: &authentication::AuthenticationResults, domain: Option<&str>) -> Option<Proof> {
    let mut proof = None;
    for dmarc in results.results.iter().filter(|result| result.method == "dmarc") {
        if dmarc.result != "pass" {
            return Some(Proof::NotPassed);
        }
        let named = dmarc.property("header.from").and_then(|value| value.rsplit('@').next());
        if domain.is_some_and(|domain| named != Some(domain)) {
            return Some(Proof::OtherDomain);
        }
        proof = Some(Proof::Proven);
    }
    proof
}
