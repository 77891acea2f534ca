//! Outbox → the world. Who holds the role and whether the letter may still go is asked again now; one envelope recipient a mail.

use std::num::NonZeroU32;

use crate::delivery::message::{Outgoing as Mail, build};
use crate::delivery::{AddressChecked, Delivered, Delivery, retry_delay_seconds};
use crate::domain::time::Instant;
use crate::config::Mode;
use crate::engine::{Engine, EngineError};
use crate::store::{CaseKey, ClaimedLetter};

/// How long a claimed letter is ours; longer than the slowest server we wait for.
const LETTER_LEASE_SECONDS: u32 = 300;
/// Automatic answers to one address in 24 hours (a loop of two machines ends here).
const ANSWERS_A_DAY_MAX: u32 = 10;
/// After so many tries a person looks.
const TRIES_MAX: u32 = 12;

/// What became of a letter in one round.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    /// Which letter.
    pub letter: String,
    /// `sent`, `later`, `held`, `dropped`, `failed`, `unsure`.
    pub fate: &'static str,
    /// Why, when it did not go.
    pub reason: Option<String>,
}

/// Why a letter must not go now.
enum Stop {
    /// Not at all: who it was for has no role any more, or its condition is gone.
    Drop(String),
    /// Not yet: a setting holds it.
    Hold(String),
}

impl Engine {
    /// Sends up to `limit` letters that are due. Returns what became of each; empty when none is due.
    ///
    /// # Errors
    /// The store's.
    pub async fn send_letters(&self, delivery: &Delivery, limit: u32) -> Result<Vec<Sent>, EngineError> {
        let now = self.ambient.now();
        let mut all = Vec::new();
        for letter in self.store.claim_letters(&self.worker, now, LETTER_LEASE_SECONDS, limit).await? {
            let (fate, reason) = self.send_letter(delivery, &letter, now).await?;
            all.push(Sent { letter: letter.letter.to_string(), fate, reason });
        }
        Ok(all)
    }

    async fn send_letter(
        &self,
        delivery: &Delivery,
        letter: &ClaimedLetter,
        now: Instant,
    ) -> Result<(&'static str, Option<String>), EngineError> {
        match self.stop(letter).await? {
            Some(Stop::Drop(reason)) => {
                self.store.letter_dropped(letter.id, letter.epoch, now, &reason).await?;
                return Ok(("dropped", Some(reason)));
            }
            Some(Stop::Hold(reason)) => {
                self.store.letter_held(letter.id, letter.epoch, now, &reason).await?;
                return Ok(("held", Some(reason)));
            }
            None => {}
        }
        let built = self.build_mail(letter, now);
        let (to, message) = match built {
            Ok(pair) => pair,
            Err(reason) => {
                self.store.letter_failed(letter.id, letter.epoch, now, &reason).await?;
                return Ok(("failed", Some(reason)));
            }
        };
        let from = AddressChecked::parse(&self.settings.mail.address).expect("the settings were checked");
        let delivered = delivery.send(&from, &to, &letter.message_id, &message).await;
        self.record(letter, now, delivered).await
    }

    async fn record(
        &self,
        letter: &ClaimedLetter,
        now: Instant,
        delivered: Delivered,
    ) -> Result<(&'static str, Option<String>), EngineError> {
        let (id, epoch) = (letter.id, letter.epoch);
        match delivered {
            Delivered::Accepted { reply } => {
                self.store.letter_sent(id, epoch, now, &reply).await?;
                Ok(("sent", None))
            }
            Delivered::Later { code } if letter.attempts < TRIES_MAX => {
                let attempt = NonZeroU32::new(letter.attempts.max(1)).expect("at least one");
                let delay = i64::from(retry_delay_seconds(attempt));
                let next = now.checked_add(jiff::SignedDuration::from_secs(delay)).unwrap_or(now);
                self.store.letter_deferred(id, epoch, next, &code).await?;
                Ok(("later", Some(code)))
            }
            Delivered::Later { code } | Delivered::Refused { code } => {
                self.store.letter_failed(id, epoch, now, &code).await?;
                Ok(("failed", Some(code)))
            }
            Delivered::Unsure { code } => {
                self.store.letter_unsure(id, epoch, now, &code).await?;
                Ok(("unsure", Some(code)))
            }
        }
    }

    async fn stop(&self, letter: &ClaimedLetter) -> Result<Option<Stop>, EngineError> {
        if let Some(stop) = self.stop_by_role(letter).await? {
            return Ok(Some(stop));
        }
        let to = letter.recipient.as_text();
        if letter.automatic_answer {
            let mark = self.store.vault().fingerprint("letter recipient", &to.to_lowercase());
            let day_ago = self.ambient.now().checked_sub(jiff::SignedDuration::from_hours(24)).unwrap_or(Instant::MIN);
            if self.store.count_automatic_answers(&mark, day_ago).await? >= ANSWERS_A_DAY_MAX {
                return Ok(Some(Stop::Hold(format!("{ANSWERS_A_DAY_MAX} automatic answers went to this address in 24 hours; a person answers"))));
            }
        }
        if self.settings.mail.mode == Mode::Observe {
            return Ok(Some(Stop::Hold("the setting mail.mode is `observe`: letters are composed, none is sent".to_owned())));
        }
        if !self.settings.mail.only_to.allows(to) {
            return Ok(Some(Stop::Hold("the setting mail.only_to does not name this address".to_owned())));
        }
        Ok(None)
    }

    /// Whoever the letter was for must answer for that role of that case now, at this address.
    async fn stop_by_role(&self, letter: &ClaimedLetter) -> Result<Option<Stop>, EngineError> {
        let (Some(case), Some(role)) = (letter.case, letter.role.as_ref()) else { return Ok(None) };
        let Some(stored) = self.store.load_case(&CaseKey::Id(case)).await? else {
            return Ok(Some(Stop::Drop("its case is gone".to_owned())));
        };
        let now_holds = self.recipients(&stored.case, std::slice::from_ref(role));
        if !now_holds.iter().any(|recipient| recipient.address == letter.recipient) {
            return Ok(Some(Stop::Drop(format!("the address does not answer for {role} of this case any more"))));
        }
        if self.programme.lifecycle.letter(&letter.letter).is_some() && !self.may_go(&stored.case, &letter.letter) {
            return Ok(Some(Stop::Drop("its condition is not met any more".to_owned())));
        }
        Ok(None)
    }

    fn build_mail(&self, letter: &ClaimedLetter, now: Instant) -> Result<(AddressChecked, Vec<u8>), String> {
        let to = AddressChecked::parse(letter.recipient.as_text()).map_err(|_| "the address is no mail address".to_owned())?;
        let mail = Mail {
            from: self.settings.mail.address.clone(),
            sender_name: self.settings.mail.sender_name.clone(),
            to: to.clone(),
            message_id: letter.message_id.clone(),
            in_reply_to: letter.in_reply_to.clone(),
            date: now,
            letter: letter.letter.clone(),
            template: self.programme.digest.clone(),
            case_reference: letter.reference.as_ref().map(ToString::to_string),
            automatic_answer: letter.automatic_answer,
            content: letter.content.clone(),
        };
        let bytes = build(&mail).map_err(|error| error.to_string())?;
        Ok((to, bytes))
    }
}
