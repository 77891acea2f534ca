//! Many small letters to one person become one digest.

use super::Store;
use super::commit::letters_statement;
use super::database::Answer;
use super::decision::NewLetter;
use super::error::StoreError;
use super::outbox::letter_cells;
use super::queue::{LetterRow, SELECT, letter_row};
use super::statement::Statement;
use crate::domain::ids::{CaseId, LetterId, LetterName, MailId, RoleName};
use crate::domain::letter::Letter;
use crate::domain::personal::Personal;
use crate::domain::time::Instant;

/// Whom an automatic answer goes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answered {
    /// Somebody who was proven to have written.
    Proven,
    /// Whoever the mail said it is from.
    Unproven,
}

impl Answered {
    /// The condition on a row of the letters: what is about a case went to a proven sender, and so did what answers a mail of one.
    pub(super) fn condition(self) -> &'static str {
        match self {
            Self::Proven => {
                " AND (case_id IS NOT NULL OR EXISTS \
                 (SELECT 1 FROM mails m WHERE m.id = letters.mail_id AND m.sender_mark IS NOT NULL))"
            }
            Self::Unproven => {
                " AND case_id IS NULL AND NOT EXISTS \
                 (SELECT 1 FROM mails m WHERE m.id = letters.mail_id AND m.sender_mark IS NOT NULL)"
            }
        }
    }
}

/// How many mails with automatic answers an address gets.
#[derive(Debug, Clone, Copy)]
pub struct AnswerPace {
    /// None while one went since then.
    pub none_since: Instant,
    /// Fewer than `most` since then.
    pub fewer_since: Instant,
    /// See `fewer_since`.
    pub most: u64,
}

/// A letter that waits for its recipient's digest, or to go with other answers.
#[derive(Debug, Clone)]
pub struct GatheringLetter {
    /// Its row.
    pub id: LetterId,
    /// The case it is about.
    pub case: Option<CaseId>,
    /// The mail it answers.
    pub mail: Option<MailId>,
    /// `Message-ID` of the mail it answers.
    pub in_reply_to: Option<String>,
    /// Which letter.
    pub letter: LetterName,
    /// The role its recipient held when it was queued.
    pub role: Option<RoleName>,
    /// The recipient.
    pub recipient: Personal<String>,
    /// Finished text, should it go by itself.
    pub content: Letter,
}

impl Store {
    /// Reminders that wait for a digest and are due at `now`, oldest first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn reminders_to_gather(&self, now: Instant) -> Result<Vec<GatheringLetter>, StoreError> {
        let statement = Statement::new(SELECT)
            .then("state = 'gathering' AND automatic_answer = 0")
            .and(" AND due_at_us <= $$ ORDER BY queued_at_us, id", now);
        self.gathering_letters(statement).await
    }

    /// Whether an automatic answer to such senders waits and is due at `now`.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn answers_wait(&self, whom: Answered, now: Instant) -> Result<bool, StoreError> {
        let statement = Statement::new("SELECT id FROM letters WHERE state = 'gathering' AND automatic_answer = 1")
            .then(whom.condition())
            .and(" AND due_at_us <= $$ LIMIT 1", now);
        Ok(!self.inner.database.read("look whether answers wait", statement).await?.is_empty())
    }

    /// Addresses, as [`Store::recipient_fingerprint`] marks them, to which automatic answers wait that are due at `now` and may go by
    /// `pace`: at most `limit`, who has waited longest first. However many letters wait, none of them is opened.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn addresses_to_answer(
        &self,
        whom: Answered,
        now: Instant,
        pace: AnswerPace,
        limit: u64,
    ) -> Result<Vec<Vec<u8>>, StoreError> {
        const SENT: &str = "(SELECT COUNT(*) FROM letters s WHERE s.recipient_fingerprint = waiting.recipient_fingerprint \
                            AND s.automatic_answer = 1 AND s.state NOT IN ('gathering', 'gathered', 'dropped')";
        let statement = Statement::new(
            "SELECT recipient_fingerprint FROM (SELECT recipient_fingerprint, MIN(queued_at_us) AS since_us FROM letters \
             WHERE state = 'gathering' AND automatic_answer = 1",
        )
        .then(whom.condition())
        .and(" AND due_at_us <= $$ GROUP BY recipient_fingerprint) waiting WHERE ", now)
        .then(SENT)
        .and(" AND s.due_at_us >= $$) = 0 AND ", pace.none_since)
        .then(SENT)
        .and(" AND s.due_at_us >= $$)", pace.fewer_since)
        .and(" < $$ ORDER BY since_us, recipient_fingerprint", pace.most)
        .and(" LIMIT $$", limit);
        let rows = self.inner.database.read("look for addresses to answer", statement).await?;
        rows.iter().map(|row| row.get("recipient_fingerprint")).collect()
    }

    /// The automatic answers to one of [`Store::addresses_to_answer`], oldest first, at most `limit`.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn answers_to(
        &self,
        address: &[u8],
        whom: Answered,
        now: Instant,
        limit: u32,
    ) -> Result<Vec<GatheringLetter>, StoreError> {
        let statement = Statement::new(SELECT)
            .then("state = 'gathering' AND automatic_answer = 1")
            .then(whom.condition())
            .and(" AND recipient_fingerprint = $$", address.to_vec())
            .and(" AND due_at_us <= $$ ORDER BY queued_at_us, id", now)
            .and(" LIMIT $$", limit);
        self.gathering_letters(statement).await
    }

    async fn gathering_letters(&self, statement: Statement) -> Result<Vec<GatheringLetter>, StoreError> {
        let mut letters = Vec::new();
        for row in &self.inner.database.read("look for letters to gather", statement).await? {
            let queued = match self.queued_letter(row).await {
                Ok(queued) => queued,
                // It stays where it is; the others are gathered without it.
                Err(error) if error.is_of_one_row() => {
                    tracing::error!(letter = %row.get::<String>("id")?, error = %error, "a reminder cannot be opened; put the last backup back");
                    continue;
                }
                Err(error) => return Err(error),
            };
            letters.push(GatheringLetter {
                id: queued.row.id,
                case: queued.row.case,
                mail: queued.row.mail,
                in_reply_to: queued.in_reply_to,
                letter: queued.row.letter,
                role: queued.row.role,
                recipient: queued.recipient,
                content: queued.content,
            });
        }
        Ok(letters)
    }
    /// What went into these digests, each row with its digest.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn gathered_into(&self, digests: &[LetterId]) -> Result<Vec<LetterRow>, StoreError> {
        let statement = Statement::new(SELECT).then("gathered_into IN ").list(letter_cells(digests));
        let statement = statement.then(" ORDER BY gathered_into, queued_at_us, id");
        self.inner.database.read("look at what a digest holds", statement).await?.iter().map(letter_row).collect()
    }
    /// Queues `digest` in place of `rows`, in one commit. Of several daemons only one does it.
    ///
    /// # Errors
    /// [`StoreError::Fenced`] when one of `rows` no longer waits for a digest; then nothing was queued.
    pub async fn gather(&self, rows: &[LetterId], digest: NewLetter, at: Instant) -> Result<(), StoreError> {
        let attempted = "gather letters into a digest";
        let insert = letters_statement(self.letter_rows(std::slice::from_ref(&digest), at, None).await?);
        let mark = gathering(rows, digest.id, at);
        // Marked only together with the digest: a digest that was queued before has gathered these rows before.
        let mut tx = self.inner.database.begin(attempted).await?;
        let queued = tx.run(attempted, insert.into_iter().collect()).await?.iter().any(|answer| answer.rows.len() == 1);
        let marked = queued && tx.run(attempted, vec![mark]).await?.iter().any(|answer| answer.changed == rows.len() as u64);
        if !marked {
            tx.undo().await;
            return Err(StoreError::Fenced { what: format!("digest {}", digest.key), epoch: 0 });
        }
        tx.commit(attempted, Vec::new()).await.map(drop)
    }
    /// Queues `together` in place of `rows`, which were to go one by one and have not been tried, in one commit.
    ///
    /// # Errors
    /// [`StoreError::Fenced`] when somebody has begun one of `rows`; then nothing was queued.
    pub async fn gather_alerts(&self, rows: &[LetterId], together: NewLetter, at: Instant) -> Result<(), StoreError> {
        let attempted = "gather alerts into one letter";
        let insert = letters_statement(self.letter_rows(std::slice::from_ref(&together), at, None).await?);
        let mark = Statement::new("UPDATE letters SET state = 'gathered', ")
            .and("gathered_into = $$, ", together.id.to_text())
            .and("settled_at_us = $$ WHERE state = 'queued' AND attempts = 0 AND id IN ", at)
            .list(letter_cells(rows));
        let mut tx = self.inner.database.begin(attempted).await?;
        let queued = tx.run(attempted, insert.into_iter().collect()).await?.iter().any(|answer| answer.rows.len() == 1);
        let marked = queued && tx.run(attempted, vec![mark]).await?.iter().any(|answer| answer.changed == rows.len() as u64);
        if !marked {
            tx.undo().await;
            return Err(StoreError::Fenced { what: format!("letter {}", together.key), epoch: 0 });
        }
        tx.commit(attempted, Vec::new()).await.map(drop)
    }
    /// As [`Store::gather`], many digests in one commit: each in place of its own rows.
    ///
    /// # Errors
    /// [`StoreError::Fenced`] when one of the rows no longer waits for a digest; then nothing was queued.
    pub async fn gather_all(&self, digests: &[(Vec<LetterId>, NewLetter)], at: Instant) -> Result<(), StoreError> {
        let attempted = "gather letters into digests";
        let mut statements = Vec::with_capacity(2 * digests.len());
        for (rows, digest) in digests {
            statements.extend(letters_statement(self.letter_rows(std::slice::from_ref(digest), at, None).await?));
            statements.push(gathering(rows, digest.id, at));
        }
        if statements.is_empty() {
            return Ok(());
        }
        let mut tx = self.inner.database.begin(attempted).await?;
        let answers = tx.run(attempted, statements).await?;
        let whole = |(answers, (rows, _)): (&[Answer], &(Vec<LetterId>, NewLetter))| {
            answers[0].rows.len() == 1 && answers[1].changed == rows.len() as u64
        };
        if !answers.chunks_exact(2).zip(digests).all(whole) {
            tx.undo().await;
            return Err(StoreError::Fenced { what: format!("{} digests", digests.len()), epoch: 0 });
        }
        tx.commit(attempted, Vec::new()).await.map(drop)
    }
    /// Sends a letter by itself, due `at`, that waits alone for a digest or to go with other answers. Whether it did: one that a
    /// person has to release stays where it is.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn send_alone(&self, id: LetterId, at: Instant) -> Result<bool, StoreError> {
        self.queue_again(id, at, "state = 'gathering'").await
    }
    /// A person lets a letter go, due `at`: one that waits for a digest, is held, or was given up. Whether it was one of these.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn release_letter(&self, id: LetterId, at: Instant) -> Result<bool, StoreError> {
        self.queue_again(id, at, "state IN ('gathering', 'held', 'failed')").await
    }

    async fn queue_again(&self, id: LetterId, at: Instant, from: &'static str) -> Result<bool, StoreError> {
        let statement = Statement::new(
            "UPDATE letters SET state = 'queued', attempts = 0, reason = NULL, settled_at_us = NULL, due_at_us = $1 \
             WHERE id = $2 AND ",
        )
        .then(from)
        .with(at)
        .with(id.to_text());
        self.inner.database.write("release a letter", statement).await.map(|answer| answer.changed == 1)
    }
}

/// `rows` have gone into `digest`.
fn gathering(rows: &[LetterId], digest: LetterId, at: Instant) -> Statement {
    Statement::new("UPDATE letters SET state = 'gathered', ")
        .and("gathered_into = $$, ", digest.to_text())
        .and("settled_at_us = $$ WHERE state = 'gathering' AND id IN ", at)
        .list(letter_cells(rows))
}

/// What `digest` holds waits again for a digest.
pub(super) fn ungathering(digest: LetterId) -> Statement {
    Statement::new("UPDATE letters SET state = 'gathering', gathered_into = NULL, settled_at_us = NULL ")
        .and("WHERE state = 'gathered' AND gathered_into = $$", digest.to_text())
}
