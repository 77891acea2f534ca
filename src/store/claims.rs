//! Claiming mails to work on. The attempt is counted, and on disk, before any work is done; a claim lapses with its lease.

use super::database::{Answer, Row};
use super::decision::NextClaim;
use super::error::StoreError;
use super::statement::Statement;
use super::{Epoch, Store, after_us, count, instant, optional_id, parsed, small_count};
use crate::domain::ids::MailId;
use crate::domain::time::Instant;

/// Tries before a person must look.
const ATTEMPTS_MAX: u32 = 3;
/// Of those that were not tried so often.
const UNTIRED: &str = "m.attempts < ";
/// Mails set aside at once.
const POISONED_AT_ONCE: u32 = 100;

/// A mail to work on, held until the lease ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimedMail {
    /// The mail.
    pub mail: MailId,
    /// Its receipt number.
    pub receipt: String,
    /// Account.
    pub account: String,
    /// Mailbox.
    pub mailbox: String,
    /// When it reached the mailbox.
    pub received_at: Instant,
    /// Size of its bytes.
    pub size_bytes: u64,
    /// It is larger than is kept: its end is missing here.
    pub cut: bool,
    /// The first mail with the same content, which has ended.
    pub same_as: Option<MailId>,
    /// What the virus scanner said at an earlier try, as in [`super::MailRow`].
    pub scan: Option<(String, String)>,
    /// This try included.
    pub attempts: u32,
    /// To be given back with the end.
    pub epoch: Epoch,
}

impl Store {
    /// Claims up to `limit` mails without an end, oldest first, for `lease_seconds`. A mail that is the same as another is
    /// claimed only after that one has ended. After three tries see [`Store::poisoned_mails`].
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn claim_mails(
        &self,
        worker: &str,
        now: Instant,
        lease_seconds: u32,
        limit: u32,
    ) -> Result<Vec<ClaimedMail>, StoreError> {
        self.claim(UNTIRED, worker, now, lease_seconds, limit).await
    }
    /// Claims mails that three tries did not bring to an end: a person must look, whoever claims them ends them as waiting.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn poisoned_mails(&self, worker: &str, now: Instant, lease_seconds: u32) -> Result<Vec<ClaimedMail>, StoreError> {
        self.claim("m.attempts >= ", worker, now, lease_seconds, POISONED_AT_ONCE).await
    }
    async fn claim(
        &self,
        attempts: &'static str,
        worker: &str,
        now: Instant,
        lease_seconds: u32,
        limit: u32,
    ) -> Result<Vec<ClaimedMail>, StoreError> {
        let statement = self.claim_statement(attempts, worker, now, lease_seconds, limit);
        let answer = self.inner.database.write("claim mails", statement).await?;
        claimed_mails(&answer)
    }
    /// Claims one mail more in a transaction of another's end.
    pub(super) fn next_claim_statement(&self, claim: &NextClaim, now: Instant) -> Statement {
        self.claim_statement(UNTIRED, &claim.worker, now, claim.lease_seconds, 1)
    }
    // `LIMIT 0 + …`: SQLite plans a statement anew for every bare place behind LIMIT, which costs as much as the claim itself.
    fn claim_statement(&self, attempts: &'static str, worker: &str, now: Instant, lease_seconds: u32, limit: u32) -> Statement {
        Statement::new("WITH chosen AS MATERIALIZED (SELECT m.id FROM mails m WHERE m.end_state IS NULL AND ")
            .then(attempts)
            .and("$$", ATTEMPTS_MAX)
            .and(" AND (m.lease_until_us IS NULL OR m.lease_until_us <= $$)", now)
            .then(" AND (m.same_as IS NULL OR EXISTS (SELECT 1 FROM mails f WHERE f.id = m.same_as AND f.end_state IS NOT NULL))")
            .and(" ORDER BY m.received_at_us, m.id LIMIT 0 + $$", limit)
            // Correct without it; with it, daemons do not wait for each other.
            .then(self.inner.database.either("", " FOR UPDATE OF m SKIP LOCKED"))
            .then(") UPDATE mails SET epoch = epoch + 1, attempts = attempts + 1, ")
            .and("worker = $$, ", worker)
            .and("lease_until_us = $$ ", after_us(now, lease_seconds))
            .then("WHERE id IN (SELECT id FROM chosen) RETURNING id, receipt, account, mailbox, received_at_us, size_bytes, cut, same_as, scan, scan_says, \
                   attempts, epoch")
    }
    /// Gives a claimed mail back as if it had not been claimed: the try does not count. For work that could not begin.
    ///
    /// # Errors
    /// [`StoreError::Fenced`] when somebody else holds it.
    pub async fn give_back_mail(&self, mail: MailId, epoch: Epoch) -> Result<(), StoreError> {
        let statement = Statement::new(
            "UPDATE mails SET attempts = attempts - 1, worker = NULL, lease_until_us = NULL \
             WHERE id = $1 AND epoch = $2 AND end_state IS NULL AND attempts > 0",
        )
        .with(mail.to_text())
        .with(epoch);
        let answer = self.inner.database.write("give a mail back", statement).await?;
        if answer.changed == 0 { Err(StoreError::Fenced { what: format!("mail {mail}"), epoch }) } else { Ok(()) }
    }
}

/// The mails a claim answered with, oldest first.
pub(super) fn claimed_mails(answer: &Answer) -> Result<Vec<ClaimedMail>, StoreError> {
    let mut mails = answer.rows.iter().map(claimed).collect::<Result<Vec<_>, _>>()?;
    mails.sort_by_key(|mail| (mail.received_at, mail.mail));
    Ok(mails)
}

fn claimed(row: &Row) -> Result<ClaimedMail, StoreError> {
    let id: String = row.get("id")?;
    Ok(ClaimedMail {
        mail: parsed("mails", "id", &id, &id)?,
        receipt: row.get("receipt")?,
        account: row.get("account")?,
        mailbox: row.get("mailbox")?,
        received_at: instant("mails", "received_at_us", &id, row)?,
        size_bytes: count(row.get("size_bytes")?),
        cut: row.get::<i64>("cut")? != 0,
        same_as: optional_id(row, "mails", "same_as", &id)?,
        scan: row.get::<Option<String>>("scan")?.zip(row.get("scan_says")?),
        attempts: small_count(row.get("attempts")?),
        epoch: row.get("epoch")?,
    })
}
