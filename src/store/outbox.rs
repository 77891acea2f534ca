//! Sending letters: claimed with a lease, settled under the claim's epoch. Nothing is left to choose but "again later".

use super::commit::letter_place;
use super::database::Row;
use super::decision::LetterBody;
use super::error::StoreError;
use super::gathering::ungathering;
use super::statement::{Cell, Statement};
use super::{Epoch, Store, after_us, instant, named, optional_id, parsed, small_count, unreadable};
use crate::domain::ids::{CaseId, CaseReference, LetterId, LetterName, MailId, RoleName};
use crate::domain::letter::Letter;
use crate::domain::personal::Personal;
use crate::domain::time::Instant;
use crate::vault::Context;

/// How long to wait after an end nobody knows: a server that took the letter may still be passing it on.
const UNSURE_PAUSE_SECONDS: u32 = 900;

/// A letter to send, held until the lease ends.
#[derive(Debug, Clone)]
pub struct ClaimedLetter {
    /// Its row.
    pub id: LetterId,
    /// Its effect key.
    pub key: String,
    /// The case it is about.
    pub case: Option<CaseId>,
    /// That case's reference.
    pub reference: Option<CaseReference>,
    /// The mail it answers.
    pub mail: Option<MailId>,
    /// Which letter.
    pub letter: LetterName,
    /// The role its recipient held when it was queued.
    pub role: Option<RoleName>,
    /// The one address it goes to.
    pub recipient: Personal<String>,
    /// The same on every try.
    pub message_id: String,
    /// `Message-ID` of the mail it answers.
    pub in_reply_to: Option<String>,
    /// Finished text.
    pub content: Letter,
    /// When it was queued.
    pub queued_at: Instant,
    /// This try included.
    pub attempts: u32,
    /// An earlier try ended without anybody knowing how: it may have gone out.
    pub interrupted: bool,
    /// To be given back when it is settled.
    pub epoch: Epoch,
}

/// A letter that goes before others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueAlert {
    /// Its row.
    pub id: LetterId,
    /// Whose it is, by [`Store::recipient_fingerprint`].
    pub recipient: Vec<u8>,
    /// Which letter.
    pub letter: LetterName,
    /// The role its recipient held when it was queued.
    pub role: Option<RoleName>,
    /// No try of it is behind, and none in doubt.
    pub untried: bool,
}

/// Which letter is claimed, by whom, for how long.
#[derive(Debug, Clone, Copy)]
pub struct LetterClaim<'a> {
    /// The letter.
    pub id: LetterId,
    /// Who sends it.
    pub worker: &'a str,
    /// The moment.
    pub now: Instant,
    /// For how long.
    pub lease_seconds: u32,
}

/// Of which letters one is claimed.
enum Chosen {
    /// The longest due.
    Due,
    /// An automatic answer to a proven sender.
    Answer,
    /// This one.
    This(LetterId),
}

impl Store {
    /// Letters that are due and nobody holds, the longest due first, at most `limit`. Each is claimed when its turn comes. Without those
    /// that go `beside` the others, [`Store::alerts_due`].
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn due_letters(&self, now: Instant, limit: u32, beside: Option<&LetterName>) -> Result<Vec<LetterId>, StoreError> {
        let statement =
            Statement::new("SELECT id FROM letters WHERE state IN ('queued', 'unsure', 'sending') AND due_at_us <= $1 ")
                .with(now)
                .then("AND (lease_until_us IS NULL OR lease_until_us <= $1) ")
                .and_if("AND letter NOT IN ('system_alert', $$) ", beside.map(LetterName::as_str))
                .then("ORDER BY due_at_us, id ")
                .and("LIMIT 0 + $$", limit);
        let rows = self.inner.database.read("look for letters that are due", statement).await?;
        let id = |row: &Row| row.get::<String>("id").and_then(|id| parsed("letters", "id", &id, &id));
        rows.iter().map(id).collect()
    }
    /// Claims one of [`Store::due_letters`]; none when somebody else was quicker, or it cannot be opened. The try counts from here.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn claim_letter(&self, claim: LetterClaim<'_>) -> Result<Option<ClaimedLetter>, StoreError> {
        let statement = self.letter_claim_statement((claim.worker, claim.now, claim.lease_seconds), 1, &Chosen::This(claim.id));
        let answer = self.inner.database.write("claim letters", statement).await?;
        Ok(self.claimed(&answer.rows, claim.now).await?.pop())
    }
    /// Claims up to `limit` letters that are due, the longest due first, for `lease_seconds`. The try counts from here.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn claim_letters(
        &self,
        worker: &str,
        now: Instant,
        lease_seconds: u32,
        limit: u32,
    ) -> Result<Vec<ClaimedLetter>, StoreError> {
        self.claim_some((worker, now, lease_seconds), limit, &Chosen::Due).await
    }
    /// As [`Store::claim_letters`], one of nothing but automatic answers to proven senders.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn claim_answer_to_proven(
        &self,
        worker: &str,
        now: Instant,
        lease_seconds: u32,
    ) -> Result<Vec<ClaimedLetter>, StoreError> {
        self.claim_some((worker, now, lease_seconds), 1, &Chosen::Answer).await
    }
    /// What goes before all others and beside them: letters called `urgent`, and what the program says of its own trouble; those that are
    /// due and nobody holds, the longest due first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn alerts_due(&self, now: Instant, urgent: &LetterName, limit: u32) -> Result<Vec<DueAlert>, StoreError> {
        let statement = Statement::new(
            "SELECT id, recipient_fingerprint, letter, role, state, attempts FROM letters WHERE state IN ('queued', 'unsure', 'sending') \
             AND due_at_us <= $1 AND (lease_until_us IS NULL OR lease_until_us <= $1) ",
        )
        .with(now)
        .and("AND letter IN ('system_alert', $$) ORDER BY due_at_us, id ", urgent.as_str())
        .and("LIMIT 0 + $$", limit);
        let rows = self.inner.database.read("look for alerts that are due", statement).await?;
        let alert = |row: &Row| {
            let id: String = row.get("id")?;
            let role: Option<String> = row.get("role")?;
            Ok(DueAlert {
                recipient: row.get("recipient_fingerprint")?,
                letter: named("letters", "letter", &id, row.get("letter")?)?,
                role: role.map(|role| named("letters", "role", &id, role)).transpose()?,
                untried: row.get::<String>("state")? == "queued" && row.get::<i64>("attempts")? == 0,
                id: parsed("letters", "id", &id, &id)?,
            })
        };
        rows.iter().map(alert).collect()
    }

    async fn claim_some(
        &self,
        holder: (&str, Instant, u32),
        limit: u32,
        chosen: &Chosen,
    ) -> Result<Vec<ClaimedLetter>, StoreError> {
        let statement = self.letter_claim_statement(holder, limit, chosen);
        let answer = self.inner.database.write("claim letters", statement).await?;
        self.claimed(&answer.rows, holder.1).await
    }

    fn letter_claim_statement(
        &self,
        (worker, now, lease_seconds): (&str, Instant, u32),
        limit: u32,
        chosen: &Chosen,
    ) -> Statement {
        let (answer, this) = match chosen {
            Chosen::Due => (false, None),
            Chosen::Answer => (true, None),
            Chosen::This(id) => (false, Some(id)),
        };
        Statement::new(
            "WITH chosen AS MATERIALIZED (SELECT l.id FROM letters l WHERE l.state IN ('queued', 'unsure', 'sending') AND l.due_at_us <= $1 \
             AND (l.lease_until_us IS NULL OR l.lease_until_us <= $1) ",
        )
        .with(now)
        .and_if("AND l.id = $$ ", this.map(|id| id.to_text()))
        .then(if answer {
            "AND l.automatic_answer = 1 AND (l.case_id IS NOT NULL OR EXISTS \
             (SELECT 1 FROM mails m WHERE m.id = l.mail_id AND m.sender_mark IS NOT NULL)) "
        } else {
            ""
        })
        .then("ORDER BY l.due_at_us, l.id ")
        .and("LIMIT 0 + $$", limit)
        // Correct without it; with it, daemons do not wait for each other.
        .then(self.inner.database.either("", " FOR UPDATE OF l SKIP LOCKED"))
        .then(") UPDATE letters SET interrupted = CASE WHEN state = 'queued' THEN interrupted ELSE 1 END, state = 'sending', ")
        .then("epoch = epoch + 1, attempts = attempts + 1, ")
        .and("worker = $$, ", worker)
        .and("lease_until_us = $$ ", after_us(now, lease_seconds))
        .then("WHERE id IN (SELECT id FROM chosen) RETURNING id, effect_key, case_id, mail_id, letter, role, message_id, wrapped_key, ")
        .then("sealed, queued_at_us, due_at_us, attempts, interrupted, epoch, ")
        .then("(SELECT c.reference FROM cases c WHERE c.id = letters.case_id) AS reference, ")
        .then("(SELECT c.wrapped_key FROM cases c WHERE c.id = letters.case_id) AS case_wrapped_key")
    }

    /// The letters of claimed rows, the longest due first.
    async fn claimed(&self, rows: &[Row], now: Instant) -> Result<Vec<ClaimedLetter>, StoreError> {
        let mut letters = Vec::with_capacity(rows.len());
        for row in rows {
            match self.claimed_letter(row).await {
                Ok(letter) => letters.push((row.get::<i64>("due_at_us")?, letter)),
                // It fails alone: the letters behind it must go.
                Err(error) if error.is_of_one_row() => self.freeze_letter(row, now).await?,
                Err(error) => return Err(error),
            }
        }
        letters.sort_by_key(|(due_at_us, letter)| (*due_at_us, letter.id));
        Ok(letters.into_iter().map(|(_, letter)| letter).collect())
    }
    /// The server took the letter and said `reply`.
    ///
    /// # Errors
    /// [`StoreError::Fenced`] when somebody else holds it.
    pub async fn letter_sent(&self, id: LetterId, epoch: Epoch, at: Instant, reply: &str) -> Result<(), StoreError> {
        self.settle(id, epoch, self.sent_statement(id, at, reply)).await
    }
    /// As [`Store::letter_sent`], and in the same commit the claim of the letter that goes next: each wait for the disk is a letter
    /// later. Returns whether the first was still held, and the next, when it could be claimed.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn letter_sent_and_next(
        &self,
        (id, epoch): (LetterId, Epoch),
        at: Instant,
        reply: &str,
        next: LetterClaim<'_>,
    ) -> Result<(bool, Option<ClaimedLetter>), StoreError> {
        let sent = settling(id, epoch, self.sent_statement(id, at, reply));
        let claim = self.letter_claim_statement((next.worker, next.now, next.lease_seconds), 1, &Chosen::This(next.id));
        let attempted = "settle a letter and claim the next";
        let tx = self.inner.database.begin(attempted).await?;
        let mut answers = tx.commit(attempted, vec![sent, claim]).await?;
        let claimed = self.claimed(&answers.pop().unwrap_or_default().rows, next.now).await?.pop();
        Ok((answers.pop().is_some_and(|settled| settled.changed > 0), claimed))
    }

    fn sent_statement(&self, id: LetterId, at: Instant, reply: &str) -> Statement {
        let sealed = self.inner.vault.seal(&self.inner.house, &reply_place(&id.to_text()), reply.as_bytes());
        Statement::new("UPDATE letters SET state = 'sent', reason = NULL, ")
            .and("settled_at_us = $$, ", at)
            .and("sealed_reply = $$, ", sealed)
    }
    /// The letter was not taken; it is tried again at `next_attempt_at`. `code` tells why, without personal data.
    ///
    /// # Errors
    /// [`StoreError::Fenced`] when somebody else holds it.
    pub async fn letter_deferred(
        &self,
        id: LetterId,
        epoch: Epoch,
        next_attempt_at: Instant,
        code: &str,
    ) -> Result<(), StoreError> {
        self.later(id, epoch, "queued", next_attempt_at.as_microsecond(), code).await
    }
    /// Nothing was said about the letter, so that this was no try: it waits until `next_attempt_at` as if it had not been claimed.
    ///
    /// # Errors
    /// [`StoreError::Fenced`] when somebody else holds it.
    pub async fn letter_unreached(
        &self,
        id: LetterId,
        epoch: Epoch,
        next_attempt_at: Instant,
        code: &str,
    ) -> Result<(), StoreError> {
        let statement = Statement::new("UPDATE letters SET attempts = attempts - 1, state = 'queued', ")
            .and("due_at_us = $$, ", next_attempt_at)
            .and("reason = $$, ", code);
        self.settle(id, epoch, statement).await
    }
    /// The line broke after the last byte: it may have gone out. Shown to people, and tried again a quarter of an hour after
    /// `at` with the same Message-ID.
    ///
    /// # Errors
    /// [`StoreError::Fenced`] when somebody else holds it.
    pub async fn letter_unsure(&self, id: LetterId, epoch: Epoch, at: Instant, code: &str) -> Result<(), StoreError> {
        self.later(id, epoch, "unsure", after_us(at, UNSURE_PAUSE_SECONDS), code).await
    }
    /// The letter stays until a person releases it.
    ///
    /// # Errors
    /// [`StoreError::Fenced`] when somebody else holds it.
    pub async fn letter_held(&self, id: LetterId, epoch: Epoch, at: Instant, reason: &str) -> Result<(), StoreError> {
        self.ended(id, epoch, "held", at, reason).await
    }
    /// The letter is not to go out any more: its recipient no longer holds the role, or its case moved on. What a digest had
    /// gathered waits for the next one, in the same commit.
    ///
    /// # Errors
    /// [`StoreError::Fenced`] when somebody else holds it.
    pub async fn letter_dropped(&self, id: LetterId, epoch: Epoch, at: Instant, reason: &str) -> Result<(), StoreError> {
        let attempted = "drop a letter";
        let mut tx = self.inner.database.begin(attempted).await?;
        let statement = ending("dropped", at, reason).and("sealed_reply = $$, ", self.proof_of_drop(id, reason));
        let dropped = tx.run(attempted, vec![settling(id, epoch, statement)]).await?;
        if dropped.first().is_none_or(|answer| answer.changed == 0) {
            tx.undo().await;
            return Err(StoreError::Fenced { what: format!("letter {id}"), epoch });
        }
        tx.commit(attempted, vec![ungathering(id)]).await.map(drop)
    }
    /// The letter was refused for good, or too often. A person must look.
    ///
    /// # Errors
    /// [`StoreError::Fenced`] when somebody else holds it.
    pub async fn letter_failed(&self, id: LetterId, epoch: Epoch, at: Instant, code: &str) -> Result<(), StoreError> {
        self.ended(id, epoch, "failed", at, code).await
    }

    async fn later(
        &self,
        id: LetterId,
        epoch: Epoch,
        state: &'static str,
        due_at_us: i64,
        reason: &str,
    ) -> Result<(), StoreError> {
        let statement = Statement::new("UPDATE letters SET ")
            .and("state = $$, ", state)
            .and("due_at_us = $$, ", due_at_us)
            .and("reason = $$, ", reason);
        self.settle(id, epoch, statement).await
    }
    async fn ended(&self, id: LetterId, epoch: Epoch, state: &'static str, at: Instant, reason: &str) -> Result<(), StoreError> {
        self.settle(id, epoch, ending(state, at, reason)).await
    }
    async fn freeze_letter(&self, row: &Row, at: Instant) -> Result<(), StoreError> {
        let name: String = row.get("id")?;
        let reason = "what is stored of it cannot be opened; put the last backup back";
        self.letter_failed(parsed("letters", "id", &name, &name)?, row.get("epoch")?, at, reason).await
    }
    async fn settle(&self, id: LetterId, epoch: Epoch, update: Statement) -> Result<(), StoreError> {
        let answer = self.inner.database.write("settle a letter", settling(id, epoch, update)).await?;
        if answer.changed == 0 { Err(StoreError::Fenced { what: format!("letter {id}"), epoch }) } else { Ok(()) }
    }

    async fn claimed_letter(&self, row: &Row) -> Result<ClaimedLetter, StoreError> {
        let name: String = row.get("id")?;
        let id: LetterId = parsed("letters", "id", &name, &name)?;
        let case = optional_id(row, "letters", "case_id", &name)?;
        if let (Some(case), Some(wrapped)) = (case, row.get::<Option<Vec<u8>>>("case_wrapped_key")?) {
            // Kept at hand on the way. One that cannot be opened is told by the body that needs it.
            let _kept = self.case_key_in(case, &wrapped);
        }
        let reference: Option<String> = row.get("reference")?;
        let body = self.letter_body(id, row).await?;
        let role: Option<String> = row.get("role")?;
        Ok(ClaimedLetter {
            id,
            key: row.get("effect_key")?,
            reference: reference.map(|reference| named("cases", "reference", &name, reference)).transpose()?,
            case,
            mail: optional_id(row, "letters", "mail_id", &name)?,
            letter: named("letters", "letter", &name, row.get("letter")?)?,
            role: role.map(|role| named("letters", "role", &name, role)).transpose()?,
            recipient: body.recipient,
            message_id: row.get("message_id")?,
            in_reply_to: body.in_reply_to,
            content: body.content,
            queued_at: instant("letters", "queued_at_us", &name, row)?,
            attempts: small_count(row.get("attempts")?),
            interrupted: row.get::<i64>("interrupted")? != 0,
            epoch: row.get("epoch")?,
        })
    }
    /// The sealed part of a letter's row.
    pub(super) async fn letter_body(&self, id: LetterId, row: &Row) -> Result<LetterBody, StoreError> {
        let name = id.to_text();
        let key = self.letter_key_in(id, row).await?;
        let opened = self.inner.vault.open(&key, &letter_place(&name), row.get("sealed")?)?;
        serde_json::from_slice(&opened).map_err(|_| unreadable("letters", "sealed", &name, "it is no letter"))
    }
}

impl Store {
    /// The fingerprint letters to this address are counted by.
    #[must_use]
    pub fn recipient_fingerprint(&self, address: &Personal<String>) -> [u8; 32] {
        self.inner.vault.fingerprint("letter recipient", address.as_text().to_lowercase())
    }
}

/// `update` of the letter that is held under `epoch`, and nobody holds it any more.
impl Store {
    /// That a letter was dropped by the program or a person, and not by whoever writes to the database: sealed where the answer of a
    /// mail server would be.
    pub(super) fn proof_of_drop(&self, id: LetterId, reason: &str) -> Vec<u8> {
        self.inner.vault.seal(&self.inner.house, &reply_place(&id.to_text()), format!("{DROPPED}{reason}").as_bytes())
    }
}

/// How the proof begins that a letter was dropped; a server's answer begins with a number.
pub(super) const DROPPED: &str = "dropped: ";

fn settling(id: LetterId, epoch: Epoch, update: Statement) -> Statement {
    update
        .then("worker = NULL, lease_until_us = NULL WHERE state = 'sending' ")
        .and("AND id = $$ ", id.to_text())
        .and("AND epoch = $$", epoch)
}

fn ending(state: &'static str, at: Instant, reason: &str) -> Statement {
    Statement::new("UPDATE letters SET ").and("state = $$, ", state).and("settled_at_us = $$, ", at).and("reason = $$, ", reason)
}

pub(super) fn reply_place(id: &str) -> Context<'_> {
    Context { table: "letters", row: id, column: "sealed_reply" }
}

/// Cells of ids, for a list.
pub(super) fn letter_cells(letters: &[LetterId]) -> impl Iterator<Item = Cell> {
    letters.iter().map(|letter| letter.to_text().into())
}
