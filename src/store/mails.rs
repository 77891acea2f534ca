//! The inbox ledger as people see it: what each mail ended as, what waits, what is still to be moved in its mailbox.

use super::database::Row;
use super::error::StoreError;
use super::statement::Statement;
use super::{Epoch, Store, count, instant, optional_id, optional_instant, parsed, small_count, unreadable};
use crate::domain::ids::{CaseId, CaseReference, MailId};
use crate::domain::personal::Personal;
use crate::domain::time::Instant;
use crate::vault::Context;

/// What a mail ends as: exactly one of these.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EndState {
    /// It opened a case.
    CaseOpened,
    /// It joined a case.
    Attached,
    /// A worklist item with its own clock, no case.
    Request,
    /// Filed: an automatic answer, a list, a bounce.
    Automatic,
    /// A person must look.
    Waiting,
}

impl EndState {
    /// As in the store and in published answers.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::CaseOpened => "case_opened",
            Self::Attached => "attached",
            Self::Request => "request",
            Self::Automatic => "automatic",
            Self::Waiting => "waiting",
        }
    }
    fn stored(text: &str, row: &str) -> Result<Self, StoreError> {
        [Self::CaseOpened, Self::Attached, Self::Request, Self::Automatic, Self::Waiting]
            .into_iter()
            .find(|state| state.as_str() == text)
            .ok_or_else(|| unreadable("mails", "end_state", row, "it is no end state"))
    }
}

/// A row of the inbox ledger, without anything of the mail's content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailRow {
    /// The mail.
    pub mail: MailId,
    /// Its receipt number.
    pub receipt: String,
    /// Account.
    pub account: String,
    /// Mailbox.
    pub mailbox: String,
    /// UID, or the unique base name in a Maildir.
    pub uid: String,
    /// When it reached the mailbox.
    pub received_at: Instant,
    /// When it was taken in.
    pub taken_in_at: Instant,
    /// Size of its bytes.
    pub size_bytes: u64,
    /// It is larger than is kept: its end is missing here.
    pub cut: bool,
    /// The first mail with the same content.
    pub same_as: Option<MailId>,
    /// Tries so far.
    pub attempts: u32,
    /// Grows with every claim and every end; the right to end it, given back in `MailEnd`.
    pub epoch: Epoch,
    /// What it ended as; none while it is worked on.
    pub end: Option<EndState>,
    /// When it ended.
    pub ended_at: Option<Instant>,
    /// A kind of the published answer.
    pub kind: Option<String>,
    /// Why it waits.
    pub reason: Option<String>,
    /// What the virus scanner said: `clean`, `infected` or `unscanned`, and a sentence; none when nobody was asked.
    pub scan: Option<(String, String)>,
    /// Its case.
    pub case: Option<CaseId>,
    /// Its case's reference.
    pub reference: Option<CaseReference>,
}

/// Which mails to list; the default is the newest hundred. Test mails to ourselves are listed by their kind alone.
#[derive(Debug, Clone)]
pub struct MailFilter {
    /// Only those that ended so.
    pub end: Option<EndState>,
    /// Only those without an end.
    pub unended: bool,
    /// Only those of this case.
    pub case: Option<CaseId>,
    /// Only those of this kind.
    pub kind: Option<String>,
    /// Oldest first instead of newest first.
    pub oldest_first: bool,
    /// At most so many.
    pub limit: u32,
}

impl Default for MailFilter {
    fn default() -> Self {
        Self { end: None, unended: false, case: None, kind: None, oldest_first: false, limit: 100 }
    }
}

const SELECT: &str = "SELECT m.id, m.receipt, m.account, m.mailbox, m.uid, m.received_at_us, m.taken_in_at_us, m.size_bytes, m.cut, \
     m.same_as, m.attempts, m.epoch, m.end_state, m.ended_at_us, m.kind, m.reason, m.scan, m.scan_says, m.case_id, \
     c.reference \
     FROM mails m LEFT JOIN cases c ON c.id = m.case_id WHERE ";

impl Store {
    /// One mail's row.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn mail(&self, mail: MailId) -> Result<Option<MailRow>, StoreError> {
        self.list_mails(Statement::new(SELECT).and("m.id = $$", mail.to_text())).await.map(|rows| rows.into_iter().next())
    }
    /// The mail with this receipt number.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn mail_by_receipt(&self, receipt: &str) -> Result<Option<MailRow>, StoreError> {
        self.list_mails(Statement::new(SELECT).and("m.receipt = $$", receipt)).await.map(|rows| rows.into_iter().next())
    }
    /// Mails for a list.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn mails(&self, filter: &MailFilter) -> Result<Vec<MailRow>, StoreError> {
        let statement = Statement::new(SELECT)
            .then(if filter.unended { "m.end_state IS NULL" } else { "1 = 1" })
            .and_if(" AND m.end_state = $$", filter.end.map(EndState::as_str))
            .and_if(" AND m.case_id = $$", filter.case.map(CaseId::to_text))
            .and_if(" AND m.kind = $$", filter.kind.as_deref())
            // Nobody's mail: only who asks for them sees them.
            .then(if filter.kind.is_none() { " AND (m.kind IS NULL OR m.kind <> 'canary')" } else { "" })
            .then(if filter.oldest_first { " ORDER BY m.received_at_us, m.id" } else { " ORDER BY m.received_at_us DESC, m.id" })
            .and(" LIMIT $$", filter.limit);
        self.list_mails(statement).await
    }
    /// Mails taken in more than `seconds` before `now` that still have no end. Each is an alarm.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn unended_older_than(&self, now: Instant, seconds: u32) -> Result<Vec<MailRow>, StoreError> {
        let before = now.as_microsecond().saturating_sub(i64::from(seconds) * 1_000_000);
        let statement = Statement::new(SELECT)
            .and("m.end_state IS NULL AND m.taken_in_at_us < $$", before)
            .then(" ORDER BY m.taken_in_at_us, m.id LIMIT 1000");
        self.list_mails(statement).await
    }
    /// Mails of `account` that were taken in and still lie where they came.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn unmoved_mails(&self, account: &str) -> Result<Vec<MailRow>, StoreError> {
        let statement = Statement::new(SELECT)
            .and("m.moved = 0 AND m.account = $$", account)
            .then(" ORDER BY m.received_at_us, m.id LIMIT 1000");
        self.list_mails(statement).await
    }
    /// Notes that these mails were moved in their mailbox. May run again.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn mark_moved(&self, mails: &[MailId]) -> Result<(), StoreError> {
        if mails.is_empty() {
            return Ok(());
        }
        let statement =
            Statement::new("UPDATE mails SET moved = 1 WHERE id IN ").list(mails.iter().map(|mail| mail.to_text().into()));
        self.inner.database.write("note that mails were moved", statement).await.map(drop)
    }
    /// Notes what the virus scanner said of a mail that is held under `epoch`, before anything else is made of it.
    ///
    /// # Errors
    /// [`StoreError::Fenced`] when somebody else holds it.
    pub async fn note_scan(&self, mail: MailId, epoch: Epoch, scan: &str, says: &str) -> Result<(), StoreError> {
        let statement = Statement::new("UPDATE mails SET ")
            .and("scan = $$, ", scan)
            .and("scan_says = $$ ", says)
            .and("WHERE id = $$ ", mail.to_text())
            .and("AND epoch = $$", epoch);
        let answer = self.inner.database.write("note what the virus scanner said", statement).await?;
        if answer.changed == 0 { Err(StoreError::Fenced { what: format!("mail {mail}"), epoch }) } else { Ok(()) }
    }
    /// Which of these places of a mailbox are in the ledger already, so that their bytes need not be fetched again.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn known_uids(
        &self,
        account: &str,
        mailbox: &str,
        uid_validity: i64,
        uids: &[String],
    ) -> Result<Vec<String>, StoreError> {
        let mut known = Vec::new();
        for chunk in uids.chunks(500) {
            let statement =
                Statement::new("SELECT uid FROM mails WHERE account = $1 AND mailbox = $2 AND uid_validity = $3 AND uid IN ")
                    .with(account)
                    .with(mailbox)
                    .with(uid_validity)
                    .list(chunk.iter().map(|uid| uid.as_str().into()));
            for row in self.inner.database.read("look mails up", statement).await? {
                known.push(row.get("uid")?);
            }
        }
        Ok(known)
    }
    /// What was read in a mail, as stored for people when it ended.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn intake(&self, mail: MailId) -> Result<Option<serde_json::Value>, StoreError> {
        let id = mail.to_text();
        let statement = Statement::new("SELECT sealed, wrapped_key, case_id FROM mails WHERE id = $1").with(id.as_str());
        let rows = self.inner.database.read("read what was found in a mail", statement).await?;
        let Some(row) = rows.first() else { return Ok(None) };
        let Some(sealed) = row.get::<Option<Vec<u8>>>("sealed")? else { return Ok(None) };
        let opened = self.inner.vault.open(&self.mail_key_in(mail, row).await?, &intake_place(&id), sealed)?;
        serde_json::from_slice(&opened).map(Some).map_err(|_| unreadable("mails", "sealed", &id, "it is no JSON"))
    }
    /// Cases that mails with one of these Message-IDs opened or joined, each with the mark of its proven sender, if it had one.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn cases_of_mails(&self, message_ids: &[String]) -> Result<Vec<(CaseId, Option<[u8; 32]>)>, StoreError> {
        if message_ids.is_empty() {
            return Ok(Vec::new());
        }
        let quoted = message_ids.iter().take(super::queue::REFERENCES_MAX).map(|id| self.message_mark(id).into());
        let statement = Statement::new("SELECT id, case_id, sender_mark FROM mails WHERE message_mark IN ").list(quoted).then(
            " AND case_id IS NOT NULL AND end_state IN ('case_opened', 'attached') ORDER BY received_at_us DESC, id LIMIT 100",
        );
        let mut found = Vec::new();
        for row in self.inner.database.read("look the case of a mail up", statement).await? {
            let id: String = row.get("id")?;
            let sender: Option<Vec<u8>> = row.get("sender_mark")?;
            let Some(case) = optional_id(&row, "mails", "case_id", &id)? else { continue };
            found.push((case, sender.and_then(|mark| mark.try_into().ok())));
        }
        Ok(found)
    }
    /// The mails with the same content as this one that wait as it does.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn waiting_copies(&self, mail: MailId) -> Result<Vec<MailRow>, StoreError> {
        let statement =
            Statement::new(SELECT).and("m.same_as = $$", mail.to_text()).then(" AND m.end_state = 'waiting' ORDER BY m.id");
        self.list_mails(statement).await
    }
    /// The receipt of an earlier mail with this Message-ID and other content.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn other_mail_with(&self, message_id: &str, mail: MailId) -> Result<Option<String>, StoreError> {
        let statement = Statement::new("SELECT receipt FROM mails WHERE same_as IS NULL ")
            .and("AND message_mark = $$ ", self.message_mark(message_id))
            .and("AND id <> $$ ORDER BY taken_in_at_us, id LIMIT 1", mail.to_text());
        let rows = self.inner.database.read("look a Message-ID up", statement).await?;
        rows.first().map(|row| row.get("receipt")).transpose()
    }
    /// The mark by which the ledger knows a Message-ID.
    #[must_use]
    pub fn message_mark(&self, message_id: &str) -> [u8; 32] {
        self.inner.vault.fingerprint("message of a mail", message_id)
    }
    /// The mark of who sent a mail.
    #[must_use]
    pub fn sender_mark(&self, address: &Personal<String>) -> [u8; 32] {
        self.inner.vault.fingerprint("sender of a mail", address.as_text().to_lowercase())
    }
    async fn list_mails(&self, statement: Statement) -> Result<Vec<MailRow>, StoreError> {
        self.inner.database.read("list mails", statement).await?.iter().map(mail_row).collect()
    }
}

pub(super) fn intake_place(id: &str) -> Context<'_> {
    Context { table: "mails", row: id, column: "sealed" }
}

fn mail_row(row: &Row) -> Result<MailRow, StoreError> {
    let id: String = row.get("id")?;
    Ok(MailRow {
        mail: parsed("mails", "id", &id, &id)?,
        receipt: row.get("receipt")?,
        account: row.get("account")?,
        mailbox: row.get("mailbox")?,
        uid: row.get("uid")?,
        received_at: instant("mails", "received_at_us", &id, row)?,
        taken_in_at: instant("mails", "taken_in_at_us", &id, row)?,
        size_bytes: count(row.get("size_bytes")?),
        cut: row.get::<i64>("cut")? != 0,
        same_as: optional_id(row, "mails", "same_as", &id)?,
        attempts: small_count(row.get("attempts")?),
        epoch: row.get("epoch")?,
        end: row.get::<Option<String>>("end_state")?.map(|text| EndState::stored(&text, &id)).transpose()?,
        ended_at: optional_instant("mails", "ended_at_us", &id, row)?,
        kind: row.get("kind")?,
        reason: row.get("reason")?,
        scan: row.get::<Option<String>>("scan")?.zip(row.get("scan_says")?),
        case: optional_id(row, "mails", "case_id", &id)?,
        reference: optional_id(row, "cases", "reference", &id)?,
    })
}
