//! The chain as it grows: every event since the last look, opened and checked, for whoever keeps an eye on a store.

use super::chain::{event_name, event_place};
use super::error::StoreError;
use super::queue::{LetterRow, SELECT, letter_row};
use super::statement::Statement;
use super::{Store, count, instant, optional_id, unreadable};
use crate::domain::case::Event;
use crate::domain::ids::CaseId;
use crate::domain::time::Instant;
use crate::vault::ChainLink;

/// Rows read at once.
const PAGE: u32 = 500;

/// How far a follower has come along the chain.
#[derive(Debug, Clone, Default)]
pub struct Follower {
    seq: i64,
    hash: [u8; 32],
}

/// An event of a case, as it stands in the chain.
#[derive(Debug, Clone, PartialEq)]
pub struct Appended {
    /// The case.
    pub case: CaseId,
    /// Its place in the case's history, from 1.
    pub version: u64,
    /// When it was stored.
    pub at: Instant,
    /// What happened.
    pub event: Event,
}

/// What waits for a daemon's next look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Waits {
    /// A timer that is due, a letter that may leave, or a mail without an end.
    pub now: bool,
    /// A letter for the next digest.
    pub for_digest: bool,
}

impl Follower {
    /// Rows of the chain seen so far, audit rows included.
    #[must_use]
    pub fn rows_seen(&self) -> u64 {
        count(self.seq)
    }
}

impl Store {
    /// Events of cases that `follower` has not seen, oldest first, all of them.
    ///
    /// # Errors
    /// [`StoreError::Unreadable`] naming the first row whose link in the chain is broken or that cannot be opened; the rows before
    /// it count as seen.
    pub async fn follow(&self, follower: &mut Follower) -> Result<Vec<Appended>, StoreError> {
        let mut all = Vec::new();
        loop {
            let page = Statement::new(
                "SELECT e.seq, e.case_id, e.version, e.kind, e.at_us, e.sealed, e.previous_hash, e.hash, c.wrapped_key \
                 FROM events e LEFT JOIN cases c ON c.id = e.case_id WHERE e.seq > $1 ORDER BY e.seq LIMIT $2",
            );
            let rows = self.inner.database.read("follow the chain", page.with(follower.seq).with(PAGE)).await?;
            let last = rows.len() < PAGE as usize;
            for row in rows {
                let seq: i64 = row.get("seq")?;
                let name = seq.to_string();
                let (case, kind, body): (Option<CaseId>, String, Vec<u8>) =
                    (optional_id(&row, "events", "case_id", &name)?, row.get("kind")?, row.get("sealed")?);
                let version: Option<i64> = row.get("version")?;
                let case_text = case.map(CaseId::to_text).unwrap_or_default();
                let hash = self.link_hash(&ChainLink {
                    previous: &follower.hash,
                    seq,
                    case: &case_text,
                    version: version.unwrap_or_default(),
                    kind: &kind,
                    at_us: row.get("at_us")?,
                    body: &body,
                });
                let linked = seq == follower.seq + 1
                    && row.get::<Vec<u8>>("previous_hash")? == follower.hash
                    && row.get::<Vec<u8>>("hash")? == hash;
                if !linked {
                    return Err(unreadable("events", "hash", &name, "the chain is broken here"));
                }
                if let (Some(case), Some(version)) = (case, version) {
                    let version = count(version);
                    let key = self.case_key_in(case, &row.get::<Vec<u8>>("wrapped_key")?)?;
                    let place = event_name(case, version);
                    let opened = self.inner.vault.open(&key, &event_place(&place), body)?;
                    let event =
                        serde_json::from_slice(&opened).map_err(|_| unreadable("events", "sealed", &name, "it is no event"))?;
                    all.push(Appended { case, version, at: instant("events", "at_us", &name, &row)?, event });
                }
                (follower.seq, follower.hash) = (seq, hash);
            }
            if last {
                return Ok(all);
            }
        }
    }
    /// The letters of ours with these Message-IDs, in no order.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn letters_with_message_ids(&self, message_ids: &[String]) -> Result<Vec<LetterRow>, StoreError> {
        let statement = Statement::new(SELECT).then("message_id IN ").list(message_ids.iter().map(|id| id.as_str().into()));
        self.inner.database.read("look letters up", statement).await?.iter().map(letter_row).collect()
    }
    /// What waits at `now`. One question; a daemon with nothing to do may sleep until its answer changes.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn waits(&self, now: Instant) -> Result<Waits, StoreError> {
        let statement = Statement::new(
            "SELECT (SELECT COUNT(*) FROM (SELECT 1 FROM timers WHERE wake_at_us <= $1 LIMIT 1) AS t) \
             + (SELECT COUNT(*) FROM (SELECT 1 FROM letters WHERE state IN ('queued', 'unsure', 'sending') AND due_at_us <= $1 LIMIT 1) AS l) \
             + (SELECT COUNT(*) FROM (SELECT 1 FROM mails WHERE end_state IS NULL LIMIT 1) AS m) AS waiting, \
             (SELECT COUNT(*) FROM (SELECT 1 FROM letters WHERE state = 'gathering' AND due_at_us <= $1 LIMIT 1) AS g) AS gathering",
        )
        .with(now);
        let rows = self.inner.database.read("look what waits", statement).await?;
        let Some(row) = rows.first() else { return Ok(Waits::default()) };
        Ok(Waits { now: row.get::<i64>("waiting")? > 0, for_digest: row.get::<i64>("gathering")? > 0 })
    }
    /// Receipts of the mails that have not come to an end.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn mails_without_end(&self) -> Result<Vec<String>, StoreError> {
        let statement = Statement::new("SELECT receipt FROM mails WHERE end_state IS NULL ORDER BY received_at_us, receipt");
        let rows = self.inner.database.read("look for mails without an end", statement).await?;
        rows.iter().map(|row| row.get("receipt")).collect()
    }
}
