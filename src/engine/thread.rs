//! Which case a mail answers. A signed reference or a Message-ID of ours names it; that alone ties nothing: the sender must be proven
//! and be of that case now. What stays untied waits for a person, with the best guesses first.

use std::collections::BTreeSet;

use crate::domain::case::Case;
use crate::domain::ids::{CaseId, CaseReference, RoleName};
use crate::domain::mail::thread::{SignedReference, is_own_address, mark_of};
use crate::domain::nomination::{MailKind, shown};
use crate::domain::personal::Personal;
use crate::engine::intake::{Mail, only_sender};
use crate::engine::roster::{Recipient, Relation};
use crate::engine::{Engine, EngineError};
use crate::store::{CaseKey, MailMarks};

/// Guesses told of one mail.
const GUESSES_MAX: usize = 3;
/// Cases looked up for one mail; nobody honest quotes letters of more.
const CASES_MAX: usize = 8;

impl Engine {
    /// Whether this is the programme's own address, with or without something behind a `+`.
    pub(crate) fn is_ours(&self, address: &str) -> bool {
        is_own_address(address, &self.settings.mail.address)
    }

    /// The mark of a letter about `case` to `recipient` in `role`: the same for the same three, made by nobody without the key file.
    pub(crate) fn thread_mark(&self, case: CaseId, recipient: &Personal<String>, role: &RoleName) -> String {
        let bound = format!("{}\0{role}\0{}", case.to_text(), recipient.as_text().trim().to_lowercase());
        mark_of(&self.store.vault().fingerprint("thread of a case", bound))
    }

    /// The signed reference of a letter about this case to this recipient.
    pub(crate) fn signed_reference(&self, id: CaseId, case: &CaseReference, to: &Recipient) -> SignedReference {
        SignedReference { case: case.clone(), mark: self.thread_mark(id, &to.address, &to.role) }
    }

    /// A new Message-ID of ours for a letter about a case: an answer brings it back.
    pub(crate) fn message_id_about(&self, id: CaseId, case: &CaseReference, to: &Recipient) -> String {
        let plain = self.new_message_id();
        plain.replacen('@', &format!(".{}@", self.signed_reference(id, case, to).to_text()), 1)
    }

    /// The case this mail answers: it names one, by a reference that was signed for its sender, or else by a Message-ID of ours; and
    /// its sender is proven and of that case now. Never by subject alone, never by sender alone.
    pub(crate) async fn case_answered(&self, mail: &Mail<'_>) -> Result<Option<CaseId>, EngineError> {
        let automatic = matches!(mail.judged.intake.kind, MailKind::AutoReply | MailKind::Bounce);
        let Some(sender) = only_sender(mail.reading).filter(|_| mail.proof.is_proven() && !automatic) else { return Ok(None) };
        let mut named = BTreeSet::new();
        for signed in self.signed_references(mail) {
            if let Some(id) = self.case_signed_for(&sender, &signed).await? {
                named.insert(id);
            }
        }
        if named.is_empty() {
            named.extend(self.store.cases_of_message_ids(&mail.reading.message.references).await?);
        }
        if named.is_empty() {
            named.extend(self.cases_of_own_mails(mail, &sender).await?);
        }
        // A letter may have been about several cases: the subject then says which, as the letter asks.
        if named.len() > 1 {
            let said = self.ids_of(&cases_named(&mail.reading.message.subject)).await?;
            named.retain(|id| said.contains(id));
        }
        // Who quotes letters about two cases means one of them; a person sees which.
        let (Some(id), 1) = (named.first().copied(), named.len()) else { return Ok(None) };
        let Some(stored) = self.store.load_case(&CaseKey::Id(id)).await? else { return Ok(None) };
        let sent = mail.judged.intake.nomination.as_ref();
        let other_family = sent.is_some_and(|sent| self.is_of_other_family(&stored.case, sent, mail.received_on));
        Ok((self.is_of_case(&sender, &stored.case) && !other_family).then_some(id))
    }

    /// Cases that mails of the same sender, proven then as now, opened or joined, when this mail answers one of these.
    async fn cases_of_own_mails(&self, mail: &Mail<'_>, sender: &Personal<String>) -> Result<Vec<CaseId>, EngineError> {
        let mark = self.store.sender_mark(sender);
        let found = self.store.cases_of_mails(&mail.reading.message.references).await?;
        Ok(found.into_iter().filter(|(_, of)| *of == Some(mark)).map(|(case, _)| case).collect())
    }

    /// By what later mails of the thread of this one are told.
    pub(crate) fn marks_of(&self, mail: &Mail<'_>) -> MailMarks {
        let message = mail.reading.message.message_id.as_ref().map(|id| self.store.message_mark(id));
        let sender = only_sender(mail.reading).filter(|_| mail.proof.is_proven());
        MailMarks { message, sender: sender.map(|sender| self.store.sender_mark(&sender)) }
    }

    /// Why a nomination opens no case by itself: it seems to be about a family that has one, and nobody has shown that it belongs there.
    /// Its thread is known, or somebody of the case names the case. A reference alone, guessed or not, changes nothing.
    pub(crate) async fn second_about_a_case(&self, mail: &Mail<'_>) -> Result<Option<&'static str>, EngineError> {
        let message = &mail.reading.message;
        let mut threads = self.store.cases_of_message_ids(&message.references).await?;
        threads.extend(self.store.cases_of_mails(&message.references).await?.into_iter().map(|(case, _)| case));
        let same_family = |case: &Case| {
            let sent = mail.judged.intake.nomination.as_ref();
            sent.is_none_or(|sent| !self.is_of_other_family(case, sent, mail.received_on))
        };
        for id in threads.into_iter().take(CASES_MAX) {
            let stored = self.store.load_case(&CaseKey::Id(id)).await?;
            if stored.is_some_and(|stored| same_family(&stored.case)) {
                return Ok(Some("brings a nomination in the thread of a case, and nobody has shown that it belongs there"));
            }
        }
        let Some(sender) = only_sender(mail.reading).filter(|_| mail.proof.is_proven()) else { return Ok(None) };
        for case in cases_named(&message.subject) {
            let stored = self.store.load_case(&CaseKey::Reference(case)).await?;
            if stored.is_some_and(|stored| self.is_of_case(&sender, &stored.case) && same_family(&stored.case)) {
                return Ok(Some("brings a nomination and names a case of its sender; one of the two is meant"));
            }
        }
        Ok(None)
    }

    async fn ids_of(&self, cases: &[CaseReference]) -> Result<Vec<CaseId>, EngineError> {
        let mut ids = Vec::new();
        for case in cases {
            ids.extend(self.store.load_case(&CaseKey::Reference(case.clone())).await?.map(|stored| stored.id));
        }
        Ok(ids)
    }

    fn is_of_case(&self, address: &Personal<String>, case: &Case) -> bool {
        let relation = Relation { area: case.area.as_ref(), holders: Some(&case.holders) };
        !self.roster.roles_of(&self.seen_by(case).programme.lifecycle, address.as_text(), relation).is_empty()
    }

    /// Signed references this mail brings, in its Message-IDs and in the addresses it went to. Not checked yet.
    fn signed_references(&self, mail: &Mail<'_>) -> Vec<SignedReference> {
        let message = &mail.reading.message;
        let own = &self.settings.mail.address;
        let addressed = message.recipients.iter().filter_map(|to| SignedReference::in_address(&to.address, own));
        let mut found: Vec<SignedReference> = Vec::new();
        for signed in addressed.chain(message.references.iter().filter_map(|id| SignedReference::in_message_id(id))) {
            if !found.contains(&signed) && found.len() < CASES_MAX {
                found.push(signed);
            }
        }
        found
    }

    /// The case named, when the mark was made for this sender in a role they hold now.
    async fn case_signed_for(&self, sender: &Personal<String>, signed: &SignedReference) -> Result<Option<CaseId>, EngineError> {
        let Some(stored) = self.store.load_case(&CaseKey::Reference(signed.case.clone())).await? else { return Ok(None) };
        let relation = Relation { area: stored.case.area.as_ref(), holders: Some(&stored.case.holders) };
        let roles = self.roster.roles_of(&self.seen_by(&stored.case).programme.lifecycle, sender.as_text(), relation);
        let made = roles.iter().any(|role| self.thread_mark(stored.id, sender, role) == signed.mark);
        Ok(made.then_some(stored.id))
    }

    /// Cases a person may look at first for a mail that could not be tied to one, the likeliest first, each with why.
    pub(crate) async fn guesses(&self, mail: &Mail<'_>) -> Result<String, EngineError> {
        let mut guesses: Vec<(CaseReference, &str)> = Vec::new();
        let mut guess = |case: CaseReference, why| {
            if guesses.len() < GUESSES_MAX && !guesses.iter().any(|(known, _)| *known == case) {
                guesses.push((case, why));
            }
        };
        for id in self.store.cases_of_message_ids(&mail.reading.message.references).await?.into_iter().take(CASES_MAX) {
            if let Some(stored) = self.store.load_case(&CaseKey::Id(id)).await? {
                let of_case = only_sender(mail.reading).is_some_and(|sender| self.is_of_case(&sender, &stored.case));
                guess(
                    stored.case.reference,
                    match (of_case, mail.proof.is_proven()) {
                        (true, true) => "it answers a letter of ours about it",
                        (true, false) => "it answers a letter of ours about it, and its sender is not proven",
                        (false, _) => "it answers a letter of ours about it, and its sender is not of that case now",
                    },
                );
            }
        }
        for (id, sender) in self.store.cases_of_mails(&mail.reading.message.references).await?.into_iter().take(CASES_MAX) {
            let own = only_sender(mail.reading).is_some_and(|address| sender == Some(self.store.sender_mark(&address)));
            if let Some(stored) = self.store.load_case(&CaseKey::Id(id)).await? {
                guess(
                    stored.case.reference,
                    match (own, mail.proof.is_proven()) {
                        (true, true) => "it answers a mail of its sender about it",
                        (_, false) => "it answers a mail about it, and its sender is not proven",
                        (false, true) => "it answers somebody else's mail about it",
                    },
                );
            }
        }
        for case in cases_named(&mail.reading.message.subject) {
            if self.store.reference_exists(&case).await? {
                guess(case, "its subject names it");
            }
        }
        if let Some(sender) = only_sender(mail.reading) {
            let mark = self.store.recipient_fingerprint(&sender);
            for case in self.store.cases_written_about(&mark, u32::try_from(GUESSES_MAX).unwrap_or(1)).await? {
                guess(case, "we have written to its sender about it");
            }
        }
        let nomination = mail.judged.intake.nomination.clone();
        let nomination = nomination.unwrap_or_else(|| shown(mail.reading, &self.words, mail.received_on));
        for found in self.families_like(&self.family_of(&nomination, mail.received_on), None).await? {
            guess(found.reference, "it names people like those of that case");
        }
        let told: Vec<String> = guesses.iter().map(|(case, why)| format!("{case} ({why})")).collect();
        Ok(if told.is_empty() { String::new() } else { format!("; perhaps {}", told.join(", ")) })
    }

    /// What a person should know of an answer that others got as well: a copy makes nobody part of a case.
    pub(crate) fn told_strangers(&self, mail: &Mail<'_>, case: &Case) -> Option<String> {
        let strangers = mail.reading.message.recipients.iter().filter(|to| {
            let address = Personal::new(to.address.to_lowercase());
            !self.is_ours(&to.address) && !self.is_of_case(&address, case)
        });
        let count = strangers.count();
        let addresses = if count == 1 { "one address that is" } else { "addresses that are" };
        (count > 0).then(|| format!("it also went to {addresses} not of this case; nobody else was answered"))
    }
}

/// `FF-2026-0263`, as often as `text` has one.
pub(crate) fn cases_named(text: &str) -> Vec<CaseReference> {
    let upper = text.to_ascii_uppercase();
    let mut named: Vec<CaseReference> = upper
        .match_indices("FF-")
        .filter_map(|(at, _)| {
            let number: String = upper[at..].chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
            number.trim_end_matches('-').parse().ok()
        })
        .collect();
    named.dedup();
    named.truncate(CASES_MAX);
    named
}
