//! Mails about a letter of ours that a mail server sent back, delayed or passed on: RFC 3464 reports, and what servers without them write.
//!
//! Which letter is told by its Message-ID, wherever the original or its headers are quoted. A claim, like all in a mail: the caller
//! looks the letter up, and only a letter that is there was sent back.

use std::sync::LazyLock;

use regex::Regex;
use serde::{Deserialize, Serialize};

use crate::domain::personal::Personal;

/// What became of the letter, by the one that writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReturnedFate {
    /// It did not arrive, or the mail does not say: a person must look.
    Failed,
    /// It is still tried.
    Delayed,
    /// It arrived, or was passed on.
    Arrived,
}

/// What a mail says of letters of ours.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Returned {
    /// What became of them.
    pub fate: ReturnedFate,
    /// `5.1.1` (RFC 3463), when it is there.
    pub status: Option<String>,
    /// Message-IDs of the form of ours that the mail quotes, with brackets, each once.
    pub message_ids: Vec<String>,
    /// It quotes a Message-ID that is not of that form: it is about somebody else's letter.
    #[serde(default)]
    pub names_others: bool,
    /// Addresses it says it could not reach, small letters, each once.
    #[serde(default)]
    pub recipients: Vec<Personal<String>>,
}

/// Message-IDs kept of one mail.
const IDS_MAX: usize = 20;

/// As `Engine::new_message_id` makes them, also where the brackets were taken off or escaped.
static OUR_IDS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)\bff\.(?:[0-9a-f]{32}|[0-9a-f]{16})(?:\.[0-9]{4}-[0-9]{4,10}\.[a-z2-7]{16})?@[a-z0-9-]+(?:\.[a-z0-9-]+)*")
        .expect("a fixed pattern is a pattern")
});
static STATUS: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\b[245]\.[0-9]{1,3}\.[0-9]{1,3}\b").expect("a fixed pattern is a pattern"));

/// What `texts` say: the subject, the mail's own texts and its parts, decoded.
#[must_use]
pub fn returned<'t>(subject: &str, texts: impl Iterator<Item = &'t str>) -> Returned {
    let mut found = Returned {
        fate: ReturnedFate::Failed,
        status: None,
        message_ids: Vec::new(),
        names_others: false,
        recipients: Vec::new(),
    };
    let mut actions: Vec<String> = Vec::new();
    let mut waits = says_it_waits(subject);
    for text in texts {
        for id in OUR_IDS.find_iter(text) {
            let id = format!("<{}>", id.as_str());
            if found.message_ids.len() < IDS_MAX && !found.message_ids.contains(&id) {
                found.message_ids.push(id);
            }
        }
        for line in text.lines() {
            let Some((name, value)) = line.split_once(':') else { continue };
            match name.trim().to_ascii_lowercase().as_str() {
                "action" => actions.push(value.trim().to_ascii_lowercase()),
                "message-id" => found.names_others |= !value.trim().is_empty() && !OUR_IDS.is_match(value),
                // RFC 3464, sections 2.3.1 and 2.3.2: a type, a semicolon and an address.
                "final-recipient" | "original-recipient" => {
                    let address = value.rsplit(';').next().unwrap_or_default().trim().trim_matches(['<', '>']).to_lowercase();
                    let address = Personal::new(address);
                    if found.recipients.len() < IDS_MAX && address.as_text().contains('@') && !found.recipients.contains(&address)
                    {
                        found.recipients.push(address);
                    }
                }
                "status" if found.status.is_none() => {
                    found.status = STATUS.find(value).map(|status| status.as_str().to_owned());
                }
                _ => {}
            }
        }
        waits |= says_it_waits(text);
        if found.status.is_none() {
            found.status = STATUS.find(text).map(|status| status.as_str().to_owned());
        }
    }
    let all =
        |words: &[&str]| !actions.is_empty() && actions.iter().all(|action| words.iter().any(|word| action.starts_with(word)));
    if all(&["delivered", "relayed", "expanded"]) {
        found.fate = ReturnedFate::Arrived;
    } else if all(&["delayed", "delivered", "relayed", "expanded"]) || (actions.is_empty() && waits) {
        found.fate = ReturnedFate::Delayed;
    }
    found
}

/// Sentences of servers that have not given up.
fn says_it_waits(text: &str) -> bool {
    let lower = text.to_lowercase();
    [
        "you do not need to resend",
        "will be retried for",
        "this is a warning message only",
        "warning: could not send message for past",
    ]
    .iter()
    .any(|sentence| lower.contains(sentence))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_tells_which_letter_and_what_became_of_it() {
        let id = "ff.0123456789abcdef0123456789abcdef.2026-7142.abcdefghijklmnop@council.example.org";
        for (text, fate, status, ids) in [
            (format!("Action: failed\nStatus: 5.1.1\n\nMessage-ID: <{id}>"), ReturnedFate::Failed, Some("5.1.1"), 1),
            (format!("Action: Failed (x)\nAction: delayed\nStatus: 4.4.7\n{id}"), ReturnedFate::Failed, Some("4.4.7"), 1),
            (format!("Action: delayed\nStatus: 4.4.1\n&lt;{id}&gt; and {id}"), ReturnedFate::Delayed, Some("4.4.1"), 1),
            ("Action: relayed\nStatus: 2.0.0".to_owned(), ReturnedFate::Arrived, Some("2.0.0"), 0),
            (format!("550 5.7.1 no\nMessage-Id:\n <{}>", id.to_uppercase()), ReturnedFate::Failed, Some("5.7.1"), 1),
            ("THIS IS A WARNING MESSAGE ONLY.".to_owned(), ReturnedFate::Delayed, None, 0),
            ("<ff.0123@council.example.org> <x@y.example>".to_owned(), ReturnedFate::Failed, None, 0),
        ] {
            let found = returned("Undelivered", std::iter::once(text.as_str()));
            assert_eq!((found.fate, found.status.as_deref(), found.message_ids.len()), (fate, status, ids), "{text}");
        }
    }
}
