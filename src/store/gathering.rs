//! Many small letters to one person become one digest.

use super::Store;
use super::decision::NewLetter;
use super::error::StoreError;
use super::outbox::letter_cells;
use super::queue::{LetterRow, SELECT, letter_row};
use super::statement::Statement;
use crate::domain::ids::{CaseId, LetterId, LetterName, MailId, RoleName};
use crate::domain::letter::Letter;
use crate::domain::personal::Personal;
use crate::domain::time::Instant;

/// What waits to go together with others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gathering {
    /// Reminders, for a digest.
    Reminders,
    /// Automatic answers, for the next hour: those to proven senders, or those to all others.
    Answers(Answered),
}

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
    /// When it was queued.
    pub queued_at: Instant,
}

impl Store {
    /// Everything of that sort that waits and is due at `now`, oldest first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn gathering_letters(&self, what: Gathering, now: Instant) -> Result<Vec<GatheringLetter>, StoreError> {
        let (answers, whom) = match what {
            Gathering::Reminders => (false, ""),
            Gathering::Answers(answered) => (true, answered.condition()),
        };
        let statement = Statement::new(SELECT)
            .then("state = 'gathering'")
            .then(whom)
            .and(" AND automatic_answer = $$", answers)
            .and(" AND due_at_us <= $$ ORDER BY queued_at_us, id", now);
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
                queued_at: queued.row.queued_at,
            });
        }
        Ok(letters)
    }
    /// What went into a digest.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn gathered_into(&self, digest: LetterId) -> Result<Vec<LetterRow>, StoreError> {
        let statement = Statement::new(SELECT).and("gathered_into = $$ ORDER BY queued_at_us, id", digest.to_text());
        self.inner.database.read("look at what a digest holds", statement).await?.iter().map(letter_row).collect()
    }
    /// Queues `digest` in place of `rows`, in one commit. Of several daemons only one does it.
    ///
    /// # Errors
    /// [`StoreError::Fenced`] when one of `rows` no longer waits for a digest; then nothing was queued.
    pub async fn gather(&self, rows: &[LetterId], digest: NewLetter, at: Instant) -> Result<(), StoreError> {
        let attempted = "gather letters into a digest";
        let insert = self.letters_statement(std::slice::from_ref(&digest), at, None).await?;
        let mark = Statement::new("UPDATE letters SET state = 'gathered', ")
            .and("gathered_into = $$, ", digest.id.to_text())
            .and("settled_at_us = $$ WHERE state = 'gathering' AND id IN ", at)
            .list(letter_cells(rows));
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
    /// Sends a letter by itself, due `at`: one that waits alone for a digest, is held, or was given up. Whether it was one
    /// of these.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn release_letter(&self, id: LetterId, at: Instant) -> Result<bool, StoreError> {
        let statement = Statement::new(
            "UPDATE letters SET state = 'queued', attempts = 0, reason = NULL, settled_at_us = NULL, due_at_us = $1 \
             WHERE id = $2 AND state IN ('gathering', 'held', 'failed')",
        )
        .with(at)
        .with(id.to_text());
        self.inner.database.write("release a letter", statement).await.map(|answer| answer.changed == 1)
    }
}

/// What `digest` holds waits again for a digest.
pub(super) fn ungathering(digest: LetterId) -> Statement {
    Statement::new("UPDATE letters SET state = 'gathering', gathered_into = NULL, settled_at_us = NULL ")
        .and("WHERE state = 'gathered' AND gathered_into = $$", digest.to_text())
}
