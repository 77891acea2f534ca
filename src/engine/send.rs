//! Outbox → the world. Who holds the role and whether the letter may still go is asked again now; one envelope recipient a mail.

use std::num::NonZeroU32;

use crate::config::{AnswersTo, Mode};
use crate::delivery::message::{Cause, MessageId, Outgoing, Sender, build};
use crate::delivery::{AddressChecked, Delivered, Delivery, ReturnPath, WayOut, retry_delay_seconds};
use crate::domain::ids::{LetterId, LetterName};
use crate::domain::letter::Letter;
use crate::domain::personal::Personal;
use crate::domain::time::Instant;
use crate::engine::roster::Recipient;
use crate::engine::{Engine, EngineError};
use crate::store::{ClaimedLetter, LetterClaim, StoreError};

/// How long a claimed letter is ours: longer than the slowest server we wait for, which may take ten minutes over the letter itself
/// and two over each command before it. A second daemon that did not wait for it would send the letter twice.
const LETTER_LEASE_SECONDS: u32 = 1_800;
/// After so many ends nobody knows of, it is not tried again.
const UNSURE_MAX: u32 = 3;
/// Before so many tries no letter is given up, however long ago it was queued.
const TRIES_MIN: u32 = 12;
/// This part of an hour's letters is kept for answers to proven senders: what a flood of mails makes us write to
/// the team must not hold these back.
const KEPT_FREE: u32 = 4;
/// Why a letter is held that goes to nobody of `mail.only_to`.
const NOT_NAMED: &str = "the setting mail.only_to does not name this address";
/// How long an alert waits that its address does not take.
const ALERT_AGAIN_SECONDS: u32 = 30 * 60;
/// How long a letter waits for a server that cannot be reached: short, because this is seldom the letter's fault.
const UNREACHED_PAUSE: jiff::SignedDuration = jiff::SignedDuration::from_mins(5);

/// So many times the server has refused a letter for good while it took others: then it is this letter, and no trouble of ours.
const REFUSED_ALONE_MAX: u32 = 4;

/// What became of a letter in one round.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    /// Which letter.
    pub letter: String,
    /// `sent`, `later`, `held`, `dropped`, `failed`, `unsure`.
    pub fate: &'static str,
    /// Why, when it did not go.
    pub reason: Option<String>,
    /// What its try told of the way out.
    pub way_out: WayOut,
}

/// Which letter goes next, and that it is claimed already: with the end of the one before.
#[derive(Default)]
struct LetterTurn {
    next: Option<LetterId>,
    claimed: Option<ClaimedLetter>,
}

/// Why a letter must not go now.
enum Stop {
    /// Not at all: who it was for has no role any more, or its condition is gone. Of a digest the lines that still hold wait for
    /// the next one.
    Drop(String),
    /// Not yet: a setting holds it.
    Hold(String),
}

impl Engine {
    /// Sends up to `limit` letters that are due, each claimed when its turn comes (with the end of the one before), so that a process that
    /// dies leaves one letter in doubt at most. Returns what became of each; empty when none is due.
    ///
    /// # Errors
    /// The store's. A letter whose own row or case cannot be opened fails alone.
    pub async fn send_letters(&self, delivery: &Delivery, limit: u32) -> Result<Vec<Sent>, EngineError> {
        let now = self.ambient.now();
        self.hold_anew(now).await?;
        let mut all = self.send_alerts(delivery, now).await?;
        let room = self.room_this_hour(now).await?;
        if room == 0 {
            return Ok(all);
        }
        self.release_answers(now).await?;
        let (kept_free, limit) = (self.settings.mail.hourly_max / KEPT_FREE, limit.min(room));
        if room - limit < kept_free {
            all.extend(self.send_first_letters(delivery, room, limit, kept_free).await?);
            return Ok(all);
        }
        let due = self.store.due_letters(now, limit, Some(self.alert_letter())).await?;
        let mut turn = LetterTurn::default();
        for (at, id) in due.iter().enumerate() {
            turn.next = due.get(at + 1).copied();
            let letter = match turn.claimed.take() {
                Some(letter) => Some(letter),
                None => self.store.claim_letter(self.letter_claim(*id)).await?,
            };
            let Some(letter) = letter else { continue };
            match self.send_claimed(delivery, &letter, &mut turn).await {
                Ok(sent) => all.extend(sent),
                Err(error) => {
                    // The next was claimed with the end of this one, and nobody has begun it.
                    if let Some(next) = turn.claimed.take() {
                        self.store.letter_unreached(next.id, next.epoch, now, "not begun").await?;
                    }
                    return Err(error);
                }
            }
        }
        Ok(all)
    }

    /// This letter, when it is due and nobody else holds it.
    pub(crate) async fn send_one(&self, delivery: &Delivery, id: LetterId) -> Result<Option<Sent>, EngineError> {
        match self.store.claim_letter(self.letter_claim(id)).await? {
            Some(letter) => self.send_claimed(delivery, &letter, &mut LetterTurn::default()).await,
            None => Ok(None),
        }
    }

    /// The same when the hour's letters run short: of the last `kept_free` only answers to proven senders.
    async fn send_first_letters(
        &self,
        delivery: &Delivery,
        room: u32,
        limit: u32,
        kept_free: u32,
    ) -> Result<Vec<Sent>, EngineError> {
        let mut all = Vec::new();
        for left in (1..=room).rev().take(limit as usize) {
            let now = self.ambient.now();
            if left > kept_free {
                let due = self.store.due_letters(now, 1, Some(self.alert_letter())).await?;
                let Some(id) = due.first() else { break };
                all.extend(self.send_one(delivery, *id).await?);
                continue;
            }
            let claimed = self.store.claim_answer_to_proven(&self.worker, now, LETTER_LEASE_SECONDS).await?;
            let Some(letter) = claimed.into_iter().next() else { break };
            all.extend(self.send_claimed(delivery, &letter, &mut LetterTurn::default()).await?);
        }
        Ok(all)
    }

    /// What became of a claimed letter; none when it took longer than its lease, for whoever holds it now tells how it ends.
    async fn send_claimed(
        &self,
        delivery: &Delivery,
        letter: &ClaimedLetter,
        turn: &mut LetterTurn,
    ) -> Result<Option<Sent>, EngineError> {
        let now = self.ambient.now();
        let mut way_out = WayOut::Unknown;
        let (fate, reason) = match Box::pin(self.send_letter(delivery, letter, now, turn, &mut way_out)).await {
            Err(EngineError::Store(StoreError::Fenced { .. })) => return Ok(None),
            Err(EngineError::Store(error)) if error.is_of_one_row() => {
                self.given_up(letter, now, "its case cannot be opened in the store").await?
            }
            done => done?,
        };
        Ok(Some(Sent { letter: letter.letter.to_string(), fate, reason, way_out }))
    }

    fn letter_claim(&self, id: LetterId) -> LetterClaim<'_> {
        LetterClaim { id, worker: &self.worker, now: self.ambient.now(), lease_seconds: LETTER_LEASE_SECONDS }
    }

    /// How many letters may still leave this hour. A mistake that queues thousands stops here; what is kept goes in the next hours.
    async fn room_this_hour(&self, now: Instant) -> Result<u32, EngineError> {
        let hour_ago = now.checked_sub(jiff::SignedDuration::from_hours(1)).unwrap_or(Instant::MIN);
        let sent = self.store.count_sent(hour_ago, Some(self.alert_letter())).await?;
        Ok(self.settings.mail.hourly_max.saturating_sub(u32::try_from(sent).unwrap_or(u32::MAX)))
    }

    async fn send_letter(
        &self,
        delivery: &Delivery,
        letter: &ClaimedLetter,
        now: Instant,
        turn: &mut LetterTurn,
        way_out: &mut WayOut,
    ) -> Result<(&'static str, Option<String>), EngineError> {
        match self.stop(letter).await? {
            Some(Stop::Drop(reason)) => {
                self.store.letter_dropped(letter.id, letter.epoch, now, &reason).await?;
                return Ok(("dropped", Some(reason)));
            }
            Some(Stop::Hold(reason)) => {
                if self.is_alert(&letter.letter) && self.settings.mail.mode == Mode::Live {
                    self.ask_about_alert(letter, "held", &reason, now).await?;
                }
                self.store.letter_held(letter.id, letter.epoch, now, &reason).await?;
                return Ok(("held", Some(reason)));
            }
            None => {}
        }
        let built = self.build_mail(letter);
        let (to, message) = match built {
            Ok(pair) => pair,
            Err(reason) => {
                return self.given_up(letter, now, &reason).await;
            }
        };
        // An answer of a program must not cause another (RFC 3834 §3.3); of anything else we want to hear when it does not arrive.
        let sender = self.sender()?;
        let return_path = if is_answer(letter) {
            ReturnPath::Null
        } else {
            ReturnPath::Address(self.reply_to(letter, &sender).unwrap_or_else(|| sender.address().clone()))
        };
        let delivered = delivery.send(&return_path, &to, &message).await;
        *way_out = delivered.way_out();
        let delivered = match delivered {
            Delivered::Unreached { code } if self.is_refused_alone(&code, now).await? => {
                *way_out = WayOut::Unknown;
                if letter.attempts < REFUSED_ALONE_MAX {
                    self.warn_of_late(letter, now, &code).await?;
                    let next = now.checked_add(UNREACHED_PAUSE).unwrap_or(now);
                    self.store.letter_deferred(letter.id, letter.epoch, next, &code).await?;
                    return Ok(("later", Some(code)));
                }
                Delivered::Refused { code }
            }
            delivered => delivered,
        };
        self.record(letter, now, delivered, turn).await
    }

    /// Whether a refusal for good, of a recipient or of the letter itself, is this letter's alone: the server has just taken others. What is
    /// about our login never is, for with it nothing leaves.
    async fn is_refused_alone(&self, code: &str, now: Instant) -> Result<bool, EngineError> {
        let step = code.strip_prefix("rcpt 5").or_else(|| code.strip_prefix("letter 5"));
        if step.is_none_or(|number| number.starts_with("30") || number.starts_with("35")) {
            return Ok(false);
        }
        // As long as two pauses: others have left since the try before this one.
        let since = now.checked_sub(UNREACHED_PAUSE).and_then(|at| at.checked_sub(UNREACHED_PAUSE)).unwrap_or(Instant::MIN);
        Ok(self.store.count_sent(since, None).await? > 0)
    }

    async fn record(
        &self,
        letter: &ClaimedLetter,
        now: Instant,
        delivered: Delivered,
        turn: &mut LetterTurn,
    ) -> Result<(&'static str, Option<String>), EngineError> {
        let (id, epoch) = (letter.id, letter.epoch);
        match delivered {
            Delivered::Accepted { reply } => {
                match turn.next {
                    None => self.store.letter_sent(id, epoch, now, &reply).await?,
                    Some(next) => {
                        let next = self.letter_claim(next);
                        let (held, claimed) = self.store.letter_sent_and_next((id, epoch), now, &reply, next).await?;
                        turn.claimed = claimed;
                        if !held {
                            return Err(StoreError::Fenced { what: format!("letter {id}"), epoch }.into());
                        }
                    }
                }
                self.arrived_at_last(letter, now).await?;
                Ok(("sent", None))
            }
            Delivered::Unreached { code } => {
                self.warn_of_late(letter, now, &code).await?;
                let next = now.checked_add(UNREACHED_PAUSE).unwrap_or(now);
                self.store.letter_unreached(id, epoch, next, &code).await?;
                Ok(("later", Some(code)))
            }
            Delivered::Later { code } if self.is_tried_on(letter, now) => {
                self.warn_of_late(letter, now, &code).await?;
                let next_attempt = NonZeroU32::MIN.saturating_add(letter.attempts);
                let delay = i64::from(retry_delay_seconds(next_attempt).min(self.pause_seconds_max(&letter.letter)));
                let next = now.checked_add(jiff::SignedDuration::from_secs(delay)).unwrap_or(now);
                self.store.letter_deferred(id, epoch, next, &code).await?;
                Ok(("later", Some(code)))
            }
            // An alert is tried on while people are asked to reach them otherwise: an address may be put right at any hour.
            Delivered::Later { code } | Delivered::Refused { code }
                if self.is_alert(&letter.letter) && self.is_tried_on(letter, now) =>
            {
                self.ask_about_alert(letter, "failed", &code, now).await?;
                let next = now.checked_add(jiff::SignedDuration::from_secs(i64::from(ALERT_AGAIN_SECONDS))).unwrap_or(now);
                self.store.letter_deferred(id, epoch, next, &code).await?;
                Ok(("later", Some(code)))
            }
            Delivered::Later { code } | Delivered::Refused { code } => self.given_up(letter, now, &code).await,
            // It has probably arrived each time: a person looks before it goes again.
            Delivered::Unsure { code } if letter.attempts >= UNSURE_MAX => self.given_up(letter, now, &code).await,
            Delivered::Unsure { code } => {
                self.store.letter_unsure(id, epoch, now, &code).await?;
                Ok(("unsure", Some(code)))
            }
        }
    }

    /// The longest pause between two tries: who is in danger does not wait for a server that has been well again for hours.
    fn pause_seconds_max(&self, letter: &LetterName) -> u32 {
        const ALERT: u32 = 10 * 60;
        const OTHER: u32 = 60 * 60;
        if self.is_alert(letter) { ALERT } else { OTHER }
    }

    /// Mail servers have bad days: a letter is tried for as long as the desk says, and often enough.
    fn is_tried_on(&self, letter: &ClaimedLetter, now: Instant) -> bool {
        let days = i64::from(self.programme.desk.undelivered.given_up_after_days);
        letter.attempts < TRIES_MIN || now.duration_since(letter.queued_at) < jiff::SignedDuration::from_hours(24 * days)
    }

    async fn stop(&self, letter: &ClaimedLetter) -> Result<Option<Stop>, EngineError> {
        if let Some(reason) = self.no_longer_entitled(letter).await? {
            return Ok(Some(Stop::Drop(reason)));
        }
        let to = letter.recipient.as_text();
        if self.settings.mail.mode == Mode::Observe {
            return Ok(Some(Stop::Hold("the setting mail.mode is `observe`: letters are composed, none is sent".to_owned())));
        }
        if !self.settings.mail.only_to.allows(to) && !self.is_ours(to) {
            return Ok(Some(Stop::Hold(NOT_NAMED.to_owned())));
        }
        Ok(None)
    }

    /// One letter that says nothing but that letters leave, to somebody of the settings who asked for it. It is in no list: nothing
    /// follows from it.
    ///
    /// # Errors
    /// [`EngineError::Sender`], [`EngineError::Test`].
    pub async fn send_test(&self, delivery: &Delivery, to: &Personal<String>) -> Result<Delivered, EngineError> {
        let sender = self.sender()?;
        let to = AddressChecked::parse(to.as_text()).map_err(|_| EngineError::Test)?;
        let message_id = MessageId::parse(&self.new_message_id()).ok_or(EngineError::Test)?;
        let programme = &self.programme.title;
        let says = "This is a test. Somebody asked the program on your server to write to you, to see that letters leave.";
        let letter = Letter {
            subject: format!("{programme}: test letter"),
            text: format!("{says}\n\nNobody has to do anything.\n"),
            html: format!("<p>{says}</p>\n<p>Nobody has to do anything.</p>\n"),
            template: "test/1".to_owned(),
            line: None,
            calendar: None,
        };
        let message = build(&Outgoing {
            sender: &sender,
            reply_to: None,
            to: &to,
            letter: &letter,
            message_id: &message_id,
            queued_at: self.ambient.now(),
            cause: Cause::Event,
            case: None,
            in_reply_to: None,
            references: &[],
        })
        .map_err(|_| EngineError::Test)?;
        Ok(delivery.send(&ReturnPath::Address(sender.address().clone()), &to, &message).await)
    }

    /// What `mail.only_to` held is tested again when the setting has changed, for as long as a letter is tried at all: what is older says
    /// nothing any more.
    async fn hold_anew(&self, now: Instant) -> Result<(), EngineError> {
        const NOTE: &str = "only_to";
        let set = hex::encode(self.store.vault().fingerprint("mail.only_to", format!("{:?}", self.settings.mail.only_to)));
        let noted = self.store.get_note(NOTE).await?;
        if noted.as_deref() == Some(set.as_str()) || self.settings.mail.mode == Mode::Observe {
            return Ok(());
        }
        if noted.is_some() {
            let days = i64::from(self.programme.desk.undelivered.given_up_after_days);
            let since = now.checked_sub(jiff::SignedDuration::from_hours(24 * days)).unwrap_or(Instant::MIN);
            let again = self.store.queue_held(NOT_NAMED, since, now).await?;
            if again > 0 {
                tracing::info!(letters = again, "mail.only_to has changed: what it held is looked at anew");
            }
        }
        self.store.set_note(NOTE, &set).await?;
        Ok(())
    }

    fn build_mail(&self, letter: &ClaimedLetter) -> Result<(AddressChecked, Vec<u8>), String> {
        let to = AddressChecked::parse(letter.recipient.as_text()).map_err(|_| "the address is no mail address".to_owned())?;
        let message_id = MessageId::parse(&letter.message_id).ok_or("its own Message-ID is damaged in the store")?;
        // A Message-ID of another's making that is no clean one is left out: foreign text reaches no header.
        let in_reply_to = letter.in_reply_to.as_deref().and_then(MessageId::parse);
        let references: Vec<MessageId> = in_reply_to.iter().cloned().collect();
        let sender = self.sender().map_err(|error| error.to_string())?;
        let reply_to = self.reply_to(letter, &sender);
        let bytes = build(&Outgoing {
            sender: &sender,
            reply_to: reply_to.as_ref(),
            to: &to,
            letter: &letter.content,
            message_id: &message_id,
            queued_at: letter.queued_at,
            cause: if is_answer(letter) { Cause::Reply } else { Cause::Event },
            case: letter.reference.as_ref(),
            in_reply_to: in_reply_to.as_ref(),
            references: &references,
        })
        .map_err(|error| error.to_string())?;
        Ok((to, bytes))
    }

    /// The address that says of an answer which case it is about; none when the settings or the letter have none. One that would be
    /// too long for an address is left out: the Message-ID says the same.
    fn reply_to(&self, letter: &ClaimedLetter, sender: &Sender) -> Option<AddressChecked> {
        let (case, reference) =
            letter.case.zip(letter.reference.as_ref()).filter(|_| self.settings.mail.answers_to == AnswersTo::SubAddress)?;
        let to = Recipient { role: letter.role.clone()?, address: letter.recipient.clone() };
        let (local, domain) = sender.address().as_str().split_once('@')?;
        AddressChecked::parse(&format!("{local}+{}@{domain}", self.signed_reference(case, reference, &to).to_text())).ok()
    }

    /// Who the programme is to those it writes to.
    fn sender(&self) -> Result<Sender, EngineError> {
        let address = AddressChecked::parse(&self.settings.mail.address).map_err(|_| EngineError::Sender)?;
        Sender::new(&self.settings.mail.sender_name, address).map_err(|_| EngineError::Sender)
    }
}

/// Whether the letter answers the sender of a mail by itself (RFC 3834): then it carries a null return path and counts against loops.
fn is_answer(letter: &ClaimedLetter) -> bool {
    letter.mail.is_some() && letter.role.as_ref().is_some_and(|role| matches!(role.as_str(), "sender" | "referrer"))
}
