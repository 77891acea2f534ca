//! The queue of letters as people see it.

use super::database::Row;
use super::error::StoreError;
use super::gathering::Answered;
use super::statement::Statement;
use super::{Store, count, instant, named, optional_id, optional_instant, parsed, small_count, unreadable};
use crate::domain::ids::{CaseId, CaseReference, LetterId, LetterName, MailId, RoleName};
use crate::domain::letter::Letter;
use crate::domain::personal::Personal;
use crate::domain::time::Instant;

/// Where a letter is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LetterState {
    /// To be sent when it is due.
    Queued,
    /// Waits for its recipient's digest.
    Gathering,
    /// Somebody is sending it.
    Sending,
    /// It may have gone out; it is tried again.
    Unsure,
    /// A server took it.
    Sent,
    /// A person must release it.
    Held,
    /// It is not to go out any more.
    Dropped,
    /// Refused for good; a person must look.
    Failed,
    /// It went into a digest.
    Gathered,
}

impl LetterState {
    const ALL: [Self; 9] = [
        Self::Queued,
        Self::Gathering,
        Self::Sending,
        Self::Unsure,
        Self::Sent,
        Self::Held,
        Self::Dropped,
        Self::Failed,
        Self::Gathered,
    ];
    /// As in the store and in published answers.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Gathering => "gathering",
            Self::Sending => "sending",
            Self::Unsure => "unsure",
            Self::Sent => "sent",
            Self::Held => "held",
            Self::Dropped => "dropped",
            Self::Failed => "failed",
            Self::Gathered => "gathered",
        }
    }
}

/// A letter in a list, without recipient and text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LetterRow {
    /// Its row.
    pub id: LetterId,
    /// Its effect key.
    pub key: String,
    /// The case it is about.
    pub case: Option<CaseId>,
    /// The mail it answers.
    pub mail: Option<MailId>,
    /// Which letter.
    pub letter: LetterName,
    /// The role its recipient held when it was queued.
    pub role: Option<RoleName>,
    /// Its Message-ID: what answers and bounces name.
    pub message_id: String,
    /// Where it is.
    pub state: LetterState,
    /// When it was queued.
    pub queued_at: Instant,
    /// When it is, or was, due.
    pub due_at: Instant,
    /// When it was sent, held, dropped or given up.
    pub settled_at: Option<Instant>,
    /// Tries so far.
    pub attempts: u32,
    /// A code or a reason.
    pub reason: Option<String>,
    /// An automatic answer, capped by recipient.
    pub automatic_answer: bool,
    /// The digest it went into.
    pub gathered_into: Option<LetterId>,
}

/// A letter with everything that is in it.
#[derive(Debug, Clone)]
pub struct QueuedLetter {
    /// Its row.
    pub row: LetterRow,
    /// The one address it goes to.
    pub recipient: Personal<String>,
    /// `Message-ID` of the mail it answers.
    pub in_reply_to: Option<String>,
    /// Finished text.
    pub content: Letter,
}

/// Which letters to list, the newest first; the default is the newest hundred.
#[derive(Debug, Clone)]
pub struct LetterFilter {
    /// Only those in this state.
    pub state: Option<LetterState>,
    /// Only those about this case.
    pub case: Option<CaseId>,
    /// Only those that answer this mail.
    pub mail: Option<MailId>,
    /// Only those of this name.
    pub letter: Option<LetterName>,
    /// At most so many.
    pub limit: u32,
}

impl Default for LetterFilter {
    fn default() -> Self {
        Self { state: None, case: None, mail: None, letter: None, limit: 100 }
    }
}

/// Message-IDs looked at in one mail: more are not of a conversation but of an attack.
pub(super) const REFERENCES_MAX: usize = 100;

pub(super) const SELECT: &str = "SELECT id, effect_key, case_id, mail_id, letter, role, message_id, state, queued_at_us, due_at_us, settled_at_us, \
     attempts, reason, automatic_answer, gathered_into, wrapped_key, sealed FROM letters WHERE ";

impl Store {
    /// Letters for a list.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn letters(&self, filter: &LetterFilter) -> Result<Vec<LetterRow>, StoreError> {
        let statement = Statement::new(SELECT)
            .then("1 = 1")
            .and_if(" AND state = $$", filter.state.map(LetterState::as_str))
            .and_if(" AND case_id = $$", filter.case.map(CaseId::to_text))
            .and_if(" AND mail_id = $$", filter.mail.map(MailId::to_text))
            .and_if(" AND letter = $$", filter.letter.as_ref().map(LetterName::as_str))
            .and(" ORDER BY queued_at_us DESC, id LIMIT $$", filter.limit);
        self.inner.database.read("list letters", statement).await?.iter().map(letter_row).collect()
    }
    /// One letter with everything that is in it.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn letter(&self, id: LetterId) -> Result<Option<QueuedLetter>, StoreError> {
        let statement = Statement::new(SELECT).and("id = $$", id.to_text());
        match self.inner.database.read("read a letter", statement).await?.first() {
            Some(row) => self.queued_letter(row).await.map(Some),
            None => Ok(None),
        }
    }
    /// The letter of ours with this Message-ID: what an answer or a bounce names.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn letter_with_message_id(&self, message_id: &str) -> Result<Option<LetterRow>, StoreError> {
        let statement = Statement::new(SELECT).and("message_id = $$", message_id);
        self.inner.database.read("look a letter up", statement).await?.first().map(letter_row).transpose()
    }
    /// What the mail server said when it took the letter.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn letter_reply(&self, id: LetterId) -> Result<Option<String>, StoreError> {
        let name = id.to_text();
        let statement = Statement::new("SELECT sealed_reply FROM letters WHERE id = $1").with(name.as_str());
        let rows = self.inner.database.read("read a server's answer", statement).await?;
        let Some(sealed) = rows.first().map(|row| row.get::<Option<Vec<u8>>>("sealed_reply")).transpose()?.flatten() else {
            return Ok(None);
        };
        let opened = self.inner.vault.open(&self.inner.house, &super::outbox::reply_place(&name), sealed)?;
        String::from_utf8(opened).map(Some).map_err(|_| unreadable("letters", "sealed_reply", &name, "it is no text"))
    }
    /// A person drops a letter that has not gone out. Whether it did so.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn discard_letter(&self, id: LetterId, at: Instant, reason: &str) -> Result<bool, StoreError> {
        let statement = Statement::new(
            "UPDATE letters SET state = 'dropped', reason = $1, settled_at_us = $2, sealed_reply = $3 \
             WHERE id = $4 AND state IN ('queued', 'gathering', 'held', 'failed', 'unsure')",
        )
        .with(reason)
        .with(at)
        .with(self.proof_of_drop(id, reason))
        .with(id.to_text());
        self.inner.database.write("discard a letter", statement).await.map(|answer| answer.changed == 1)
    }
    /// How many letters wait for nothing but their turn.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn count_due_letters(&self, now: Instant) -> Result<u64, StoreError> {
        let statement =
            Statement::new("SELECT COUNT(*) AS letters FROM letters WHERE state = 'queued' ").and("AND due_at_us <= $$", now);
        let rows = self.inner.database.read("count letters that are due", statement).await?;
        rows.first().map_or(Ok(0), |row| row.get("letters").map(count))
    }
    /// Whether a letter is due.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn is_letter_due(&self, now: Instant) -> Result<bool, StoreError> {
        let statement = Statement::new("SELECT id FROM letters WHERE state IN ('queued', 'unsure', 'sending') ")
            .and("AND due_at_us <= $$ ", now)
            .and("AND (lease_until_us IS NULL OR lease_until_us <= $$) LIMIT 1", now);
        Ok(!self.inner.database.read("look for a letter that is due", statement).await?.is_empty())
    }
    /// Holds every letter that has not left and that nobody has given up, until a person releases it. Returns how many.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn hold_letters(&self, at: Instant, reason: &str) -> Result<u64, StoreError> {
        let statement =
            Statement::new("UPDATE letters SET state = 'held', worker = NULL, lease_until_us = NULL, epoch = epoch + 1, ")
                .and("reason = $$, ", reason)
                .and("settled_at_us = $$ ", at)
                .then("WHERE state IN ('queued', 'gathering', 'unsure', 'sending')");
        Ok(self.inner.database.write("hold letters", statement).await?.changed)
    }
    /// How many automatic answers were queued to the address of [`Store::recipient_fingerprint`] since `since`, whatever
    /// became of them.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn count_automatic_answers(&self, fingerprint: &[u8; 32], since: Instant) -> Result<u64, StoreError> {
        let statement = Statement::new(
            "SELECT COUNT(*) AS answers FROM letters WHERE recipient_fingerprint = $1 AND queued_at_us >= $2 AND automatic_answer = 1",
        )
        .with(*fingerprint)
        .with(since);
        let rows = self.inner.database.read("count automatic answers", statement).await?;
        rows.first().map_or(Ok(0), |row| row.get("answers").map(count))
    }
    /// How many mails with automatic answers went to the address of [`Store::recipient_fingerprint`], or are on their way, since `since`.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn count_answers_sent(&self, fingerprint: &[u8], since: Instant) -> Result<u64, StoreError> {
        let statement = Statement::new(
            "SELECT COUNT(*) AS answers FROM letters WHERE automatic_answer = 1 AND state NOT IN ('gathering', 'gathered', 'dropped')",
        )
        .and(" AND due_at_us >= $$", since)
        .and(" AND recipient_fingerprint = $$", fingerprint.to_vec());
        let rows = self.inner.database.read("count automatic answers", statement).await?;
        rows.first().map_or(Ok(0), |row| row.get("answers").map(count))
    }
    /// How many mails with automatic answers went to such senders, or are on their way, since `since`.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn count_answers_sent_to(&self, whom: Answered, since: Instant) -> Result<u64, StoreError> {
        let statement = Statement::new(
            "SELECT COUNT(*) AS answers FROM letters WHERE automatic_answer = 1 AND state NOT IN ('gathering', 'gathered', 'dropped')",
        )
        .then(whom.condition())
        .and(" AND due_at_us >= $$", since);
        let rows = self.inner.database.read("count automatic answers", statement).await?;
        rows.first().map_or(Ok(0), |row| row.get("answers").map(count))
    }
    /// The cases of letters of ours with these Message-IDs, also where several answers went as one, the newest letter first: what an answer names.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn cases_of_message_ids(&self, message_ids: &[String]) -> Result<Vec<CaseId>, StoreError> {
        if message_ids.is_empty() {
            return Ok(Vec::new());
        }
        let quoted = || message_ids.iter().take(REFERENCES_MAX).map(|id| id.as_str().into());
        let statement = Statement::new("SELECT id, case_id FROM letters WHERE case_id IS NOT NULL AND (message_id IN ")
            .list(quoted())
            .then(" OR gathered_into IN (SELECT g.id FROM letters g WHERE g.automatic_answer = 1 AND g.message_id IN ")
            .list(quoted())
            .then(")) ORDER BY queued_at_us DESC, id");
        let mut cases = Vec::new();
        for row in self.inner.database.read("look the case of a letter up", statement).await? {
            let case = optional_id(&row, "letters", "case_id", "(found)")?;
            cases.extend(case.filter(|case| !cases.contains(case)));
        }
        Ok(cases)
    }
    /// The cases we last wrote about to the address of [`Store::recipient_fingerprint`], the newest letter first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn cases_written_about(&self, fingerprint: &[u8; 32], limit: u32) -> Result<Vec<CaseReference>, StoreError> {
        let statement = Statement::new(
            "SELECT c.reference, MAX(l.queued_at_us) AS newest FROM letters l JOIN cases c ON c.id = l.case_id \
             WHERE l.recipient_fingerprint = $1 AND l.case_id IS NOT NULL GROUP BY c.reference ORDER BY newest DESC, c.reference",
        )
        .with(*fingerprint)
        .and(" LIMIT $$", limit);
        let rows = self.inner.database.read("look up who was written to about what", statement).await?;
        rows.iter().map(|row| named("cases", "reference", "(found)", row.get("reference")?)).collect()
    }
    /// How many letters left since `since`, for the breaker; without those that go `beside` the others, [`Store::alerts_due`].
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn count_sent(&self, since: Instant, beside: Option<&LetterName>) -> Result<u64, StoreError> {
        let statement = Statement::new("SELECT COUNT(*) AS letters FROM letters WHERE state = 'sent' AND settled_at_us >= $1")
            .with(since)
            .and_if(" AND letter NOT IN ('system_alert', $$)", beside.map(LetterName::as_str));
        let rows = self.inner.database.read("count the letters that left", statement).await?;
        rows.first().map_or(Ok(0), |row| row.get("letters").map(count))
    }

    /// How many letters of this name left since `since` for the address of [`Store::recipient_fingerprint`].
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn count_alerts_sent(&self, recipient: &[u8], letter: &LetterName, since: Instant) -> Result<u64, StoreError> {
        let statement = Statement::new("SELECT COUNT(*) AS letters FROM letters WHERE state = 'sent'")
            .and(" AND recipient_fingerprint = $$", recipient.to_vec())
            .and(" AND letter = $$", letter.as_str())
            .and(" AND settled_at_us >= $$", since);
        let rows = self.inner.database.read("count the alerts that left", statement).await?;
        rows.first().map_or(Ok(0), |row| row.get("letters").map(count))
    }
    /// The newest letters that left since `since`, or may have, for the address of [`Store::recipient_fingerprint`].
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn letters_to(&self, recipient: &[u8], since: Instant, limit: u32) -> Result<Vec<LetterRow>, StoreError> {
        let statement = Statement::new(SELECT)
            .then("state IN ('sent', 'unsure', 'sending', 'failed')")
            .and(" AND recipient_fingerprint = $$", recipient.to_vec())
            .and(" AND queued_at_us >= $$ ORDER BY queued_at_us DESC, id", since)
            .and(" LIMIT $$", limit);
        self.inner.database.read("look for letters to an address", statement).await?.iter().map(letter_row).collect()
    }
    /// Queues again, due `at`, what is held for this reason and was queued since `since`. Returns how many.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn queue_held(&self, reason: &str, since: Instant, at: Instant) -> Result<u64, StoreError> {
        let statement =
            Statement::new("UPDATE letters SET state = 'queued', reason = NULL, settled_at_us = NULL, attempts = 0, ")
                .and("due_at_us = $$ WHERE state = 'held' ", at)
                .and("AND reason = $$ ", reason)
                .and("AND queued_at_us >= $$", since);
        Ok(self.inner.database.write("look at held letters anew", statement).await?.changed)
    }

    pub(super) async fn queued_letter(&self, row: &Row) -> Result<QueuedLetter, StoreError> {
        let listed = letter_row(row)?;
        let body = self.letter_body(listed.id, row).await?;
        Ok(QueuedLetter { row: listed, recipient: body.recipient, in_reply_to: body.in_reply_to, content: body.content })
    }
}

pub(super) fn letter_row(row: &Row) -> Result<LetterRow, StoreError> {
    let name: String = row.get("id")?;
    let role: Option<String> = row.get("role")?;
    let state: String = row.get("state")?;
    let known = LetterState::ALL.into_iter().find(|known| known.as_str() == state);
    Ok(LetterRow {
        id: parsed("letters", "id", &name, &name)?,
        key: row.get("effect_key")?,
        case: optional_id(row, "letters", "case_id", &name)?,
        mail: optional_id(row, "letters", "mail_id", &name)?,
        letter: named("letters", "letter", &name, row.get("letter")?)?,
        role: role.map(|role| named("letters", "role", &name, role)).transpose()?,
        message_id: row.get("message_id")?,
        state: known.ok_or_else(|| unreadable("letters", "state", &name, "it is no state of a letter"))?,
        queued_at: instant("letters", "queued_at_us", &name, row)?,
        due_at: instant("letters", "due_at_us", &name, row)?,
        settled_at: optional_instant("letters", "settled_at_us", &name, row)?,
        attempts: small_count(row.get("attempts")?),
        reason: row.get("reason")?,
        automatic_answer: row.get::<i64>("automatic_answer")? != 0,
        gathered_into: optional_id(row, "letters", "gathered_into", &name)?,
    })
}
