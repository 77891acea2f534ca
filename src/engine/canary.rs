//! The test mail to ourselves: it leaves through the outbox like every letter and comes back through the mailbox like every mail. It is
//! known by its Message-ID, 128 random bits that nobody can guess and that count once. It opens nothing and nobody answers it.

use serde::{Deserialize, Serialize};

use crate::domain::ids::{LetterName, MailId};
use crate::domain::letter::Context;
use crate::domain::nomination::MailKind;
use crate::domain::personal::Personal;
use crate::domain::time::Instant;
use crate::engine::intake::{Ended, Mail, ended};
use crate::engine::{Engine, EngineError};
use crate::store::{Commit, EndState, MailEnd, StoreError};

/// The note that holds the flights.
const FLIGHTS: &str = "canary_flights";
/// Flights remembered: one that comes back after so many others is an ordinary mail.
const FLIGHTS_MAX: usize = 64;
/// What the ledger calls such a mail.
pub const KIND: &str = "canary";

/// One test mail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flight {
    /// Its Message-ID.
    pub message_id: String,
    /// When it was queued.
    pub left: Instant,
    /// When it was back in the ledger.
    pub back: Option<Instant>,
    /// The mail it came back as.
    #[serde(default)]
    pub mail: Option<MailId>,
}

impl Engine {
    /// The test mails of the last time, oldest first.
    ///
    /// # Errors
    /// The store's.
    pub async fn canaries(&self) -> Result<Vec<Flight>, StoreError> {
        Ok(read(self.store.get_note(FLIGHTS).await?.as_deref()))
    }

    /// Queues one more. It is remembered before it is queued, so that none comes back unknown.
    ///
    /// # Errors
    /// The store's, or the template's.
    pub async fn send_canary(&self) -> Result<(), EngineError> {
        let letter = LetterName::new(KIND).expect("a fixed name is a name");
        let message_id = self.new_message_id();
        let now = self.ambient.now();
        self.change_canaries(|flights| {
            flights.push(Flight { message_id: message_id.clone(), left: now, back: None, mail: None });
            flights.drain(..flights.len().saturating_sub(FLIGHTS_MAX));
            Some(())
        })
        .await?;
        let context = Context { reference: self.ambient.today().to_string(), ..self.base_context() };
        let content = self.templates.compose(&letter, &context)?;
        let to = (None, Personal::new(self.settings.mail.address.clone()));
        let row = self.letter_to(&letter, to, |_| message_id, content);
        self.store.commit(Commit { letters: vec![row], ..Commit::at(now) }).await?;
        Ok(())
    }

    /// Ends `mail` when it is one of these come back for the first time, as it left: from ourselves, with nothing in it for people.
    pub(crate) async fn canary_back(&self, mail: &Mail<'_>) -> Result<Option<Ended>, EngineError> {
        let intake = &mail.judged.intake;
        let for_nobody = intake.documents.is_empty()
            && intake.danger.is_empty()
            && !matches!(intake.kind, MailKind::Nomination | MailKind::Bounce);
        let Some(id) = mail.reading.message.message_id.as_ref().filter(|_| for_nobody && self.names_us(mail.reading)) else {
            return Ok(None);
        };
        let now = self.ambient.now();
        // Noted before the mail ends, with the mail: after a stop in between the same mail is known again, and no other counts.
        let back = |flights: &mut Vec<Flight>| {
            let flight = flights.iter_mut().find(|flight| flight.message_id == *id)?;
            if flight.back.is_some() && flight.mail != Some(mail.claimed.mail) {
                return None;
            }
            let back = *flight.back.get_or_insert(now);
            flight.mail = Some(mail.claimed.mail);
            Some(back.duration_since(flight.left).as_secs())
        };
        let Some(seconds) = self.change_canaries(back).await? else { return Ok(None) };
        let reason = format!("our own test mail: it took {seconds} seconds");
        let end = MailEnd {
            mail: mail.claimed.mail,
            epoch: mail.claimed.epoch,
            end: EndState::Automatic,
            kind: KIND.to_owned(),
            reason: Some(reason.clone()),
            case: None,
            intake: None,
            marks: None,
            leaves_case: false,
        };
        self.end_turn(mail.turn, Commit { mail: Some(end), ..Commit::at(now) }).await?;
        Ok(Some(Ended { end: EndState::Automatic, kind: KIND.to_owned(), reason: Some(reason), ..ended(mail.claimed) }))
    }

    /// Several tasks of several daemons change the flights: what one of them wrote meanwhile is read again and kept. `change` says
    /// `None` when there is nothing to keep.
    async fn change_canaries<T>(&self, change: impl Fn(&mut Vec<Flight>) -> Option<T>) -> Result<Option<T>, EngineError> {
        let keep = |kept: Option<&str>| {
            let mut flights = read(kept);
            let Some(changed) = change(&mut flights) else { return Ok(None) };
            Ok(Some((serde_json::to_string(&flights)?, changed)))
        };
        self.change_kept(FLIGHTS, keep).await
    }
}

fn read(kept: Option<&str>) -> Vec<Flight> {
    kept.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
}

/// Since when the way is silent: the oldest test mail that left after the last that came back, once it is `late_minutes` old.
#[must_use]
pub fn missing_since(flights: &[Flight], late_minutes: u64, now: Instant) -> Option<Instant> {
    let last_back = flights.iter().filter(|flight| flight.back.is_some()).map(|flight| flight.left).max();
    let oldest =
        flights.iter().filter(|flight| last_back.is_none_or(|last| flight.left > last)).map(|flight| flight.left).min()?;
    (now.duration_since(oldest).as_secs() >= i64::try_from(late_minutes * 60).unwrap_or(i64::MAX)).then_some(oldest)
}
