//! The only write of case state: everything of one decision in one transaction, or none of it.
//!
//! The first trip asks for the right to write (case version, claim on the mail, head of the chain); the second writes. Whoever wrote last
//! to an SQLite file knows the head already and does both in one trip: that nobody wrote in between is proven by the numbers of the new
//! rows, which are unique.

use serde::Serialize;

use super::Store;
use super::chain::{ChainRow, Link, chain_statements};
use super::claims::claimed_mails;
use super::database::{Answer, Tx};
use super::decision::{CaseWrite, Commit, Committed, LetterBody, MailEnd, NewLetter};
use super::error::StoreError;
use super::keys::{case_key_place, letter_key_place, mail_key_place};
use super::mails::intake_place;
use super::statement::{Cell, Statement};
use crate::domain::case::ArmedTimer;
use crate::domain::ids::{AreaName, CaseId, MailId, RoleName, TimerName};
use crate::domain::time::Instant;
use crate::vault::{Context, Key};

pub(super) fn state_place(id: &str) -> Context<'_> {
    Context { table: "cases", row: id, column: "sealed" }
}
pub(super) fn letter_place(id: &str) -> Context<'_> {
    Context { table: "letters", row: id, column: "sealed" }
}

const ATTEMPTED: &str = "commit a decision";

impl Store {
    /// Writes `commit` in one transaction.
    ///
    /// # Errors
    /// [`StoreError::Conflict`], [`StoreError::ReferenceTaken`], [`StoreError::Fenced`] or another; nothing was written.
    /// Only after [`StoreError::Unavailable`] it may have been: load the case to know.
    // In a box of its own: everybody commits, and a future as large as its parts is carried by each who waits for it.
    pub fn commit(&self, commit: Commit) -> impl Future<Output = Result<Committed, StoreError>> + Send {
        Box::pin(async move {
            let committed = match self.write(&commit, self.may_go_at_once(&commit)).await {
                // Somebody else has written since: this time it is asked for.
                Err(StoreError::Sql { cause, .. }) if is_taken(&cause) => self.write(&commit, false).await?,
                done => done?,
            };
            if let Some(case) = commit.case {
                self.inner.states.keep(case, commit.at);
            }
            Ok(committed)
        })
    }

    async fn write(&self, commit: &Commit, may_go_at_once: bool) -> Result<Committed, StoreError> {
        let case_key = self.key_for(commit).await?;
        let mut asking = Vec::new();
        if let (Some(case), Some(key)) = (&commit.case, &case_key) {
            asking.push(self.case_statement(case, key, commit.at)?);
        }
        if let Some(end) = &commit.mail {
            asking.push(self.mail_statement(end, commit.case.as_ref(), case_key.as_ref(), commit.at).await?);
        }
        for copy in &commit.copies {
            asking.push(self.mail_statement(copy, commit.case.as_ref(), case_key.as_ref(), commit.at).await?);
        }
        let mut rows = self.chain_rows(commit, case_key.as_ref())?;
        rows.extend(self.settled_row([commit])?);
        let appended = rows.len() as u64;
        let mut writing: Vec<Statement> = commit.case.iter().filter_map(disarm_statement).collect();
        writing.extend(timers_statement(commit.case.iter().flat_map(timer_rows).collect()));
        writing.extend(done_statement(commit));
        writing.extend(tasks_statement(task_rows(commit).collect()));
        writing.extend(self.people_statements(commit, case_key.as_ref()));
        let written = commit.case.as_ref().map(|case| case.id).zip(case_key.as_ref());
        let letters = letters_statement(self.letter_rows(&commit.letters, commit.at, written).await?);
        let mut tx = self.inner.database.begin(ATTEMPTED).await?;
        let mut last = self.inner.head.last().filter(|_| may_go_at_once);
        if last.is_some() {
            asking.append(&mut writing);
            writing = asking;
        } else {
            if appended > 0 {
                asking.push(self.head_statement());
            }
            let mut answers = if asking.is_empty() { Vec::new() } else { tx.run(ATTEMPTED, asking).await? }.into_iter();
            if let Err(refusal) = granted(commit, &mut answers) {
                return Err(self.refuse(tx, refusal, commit).await);
            }
            last = answers.next().map(Link::told).transpose()?;
        }
        if let Some(head) = last {
            let (statements, link) = chain_statements(&self.inner.vault, head, rows, commit.at);
            last = Some(link);
            writing.extend(statements);
        }
        let watched = commit.case.as_ref().and_then(|case| self.inner.eye.question(case));
        let place = watched.as_ref().map(|_| writing.len());
        writing.extend(watched);
        // The next mail is chosen once this one has ended: it may be the same mail by another way.
        let claim = commit.claim.as_ref().map(|claim| self.next_claim_statement(claim, commit.at));
        let claim_place = claim.as_ref().map(|_| writing.len());
        writing.extend(claim);
        // Letters last.
        writing.extend(letters);
        // Not known while it is written: whatever becomes of this, the next asks for the head or knows it from here.
        self.inner.head.set(None);
        let mut answers = tx.commit(ATTEMPTED, writing).await?;
        // All is written by now: a row that cannot be read is told by the claim that finds it next.
        let claimed = claim_place.and_then(|place| claimed_mails(answers.get(place)?).ok()?.pop());
        if let (Some(case), Some(answer)) = (&commit.case, place.and_then(|place| answers.get(place))) {
            self.inner.eye.keep(case, commit.at, answer);
        }
        let queued = answers.pop().unwrap_or_default();
        if let (Some(case), Some(key)) = (&commit.case, &case_key) {
            self.keep_case_key(case.id, key);
        }
        let version = commit.case.as_ref().map_or(0, |case| case.state.version);
        let after = last.as_ref().map(|last| last.rows() - appended);
        self.inner.head.set(last);
        Ok(Committed { version, duplicate_letters: not_queued(&commit.letters, queued)?, claimed, after })
    }

    /// Whether `commit` can be written after a link that is known without asking: nothing but numbers that are unique has to prove that
    /// nobody wrote in between.
    pub(super) fn may_go_at_once(&self, commit: &Commit) -> bool {
        let proven = match &commit.case {
            Some(case) => case.expected_version > 0 && !case.events.is_empty(),
            None => !commit.audit.is_empty(),
        };
        proven && commit.mail.is_none() && !self.inner.database.is_postgres()
    }

    pub(super) fn head_statement(&self) -> Statement {
        Statement::new(
            self.inner.database.either(
                "SELECT seq, hash FROM chain_end WHERE id = 1",
                "SELECT seq, hash FROM chain_end WHERE id = 1 FOR UPDATE",
            ),
        )
    }

    /// The key of the case written to; a new one for a new case.
    async fn key_for(&self, commit: &Commit) -> Result<Option<Key>, StoreError> {
        match &commit.case {
            None => Ok(None),
            Some(case) if case.expected_version == 0 => Ok(Some(self.inner.vault.new_key())),
            Some(case) => self.case_key(case.id).await.map(Some),
        }
    }

    pub(super) fn case_statement(&self, case: &CaseWrite, key: &Key, at: Instant) -> Result<Statement, StoreError> {
        let id = case.id.to_text();
        let summary = &case.summary;
        let sealed = self.inner.vault.seal(key, &state_place(&id), &json(&case.state)?);
        let version = case.expected_version + case.events.len() as u64;
        let statement = if case.expected_version == 0 {
            Statement::new(
                "INSERT INTO cases (version, stage, area, grade, owner_role, next_due_on, next_due_what, closed, changed_at_us, \
                 sealed, id, lifecycle_version, reference, opened_at_us, wrapped_key) \
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $9, $14) ON CONFLICT DO NOTHING RETURNING id",
            )
        } else {
            Statement::new(
                "UPDATE cases SET version = $1, stage = $2, area = $3, grade = $4, owner_role = $5, next_due_on = $6, \
                 next_due_what = $7, closed = $8, changed_at_us = $9, sealed = $10, lifecycle_version = $12 \
                 WHERE id = $11 AND version = $13 RETURNING id",
            )
        };
        let statement = statement
            .with(version)
            .with(summary.stage.as_str())
            .with(summary.area.as_ref().map(AreaName::as_str))
            .with(summary.grade.as_str())
            .with(summary.owner_role.as_ref().map(RoleName::as_str))
            .with(summary.next_due_on.map(|date| date.to_string()))
            .with(summary.next_due_what.as_ref().map(TimerName::as_str))
            .with(summary.closed)
            .with(at)
            .with(sealed)
            .with(id.as_str())
            .with(case.state.lifecycle_version.as_str());
        Ok(if case.expected_version == 0 {
            statement.with(case.state.reference.as_str()).with(self.inner.vault.wrap(key, &case_key_place(&id)))
        } else {
            statement.with(case.expected_version)
        })
    }

    async fn mail_statement(
        &self,
        end: &MailEnd,
        case: Option<&CaseWrite>,
        case_key: Option<&Key>,
        at: Instant,
    ) -> Result<Statement, StoreError> {
        let id = end.mail.to_text();
        let key = self.mail_key(end.mail).await?;
        let intake = end.intake.as_ref().map(|json| self.inner.vault.seal(&key, &intake_place(&id), json));
        let wrapped = match (end.case, case, case_key) {
            (None, ..) => None,
            (Some(joined), Some(written), Some(outer)) if written.id == joined => Some(outer.clone()),
            (Some(joined), ..) => Some(self.case_key(joined).await?),
        }
        .map(|outer| self.inner.vault.wrap_under(&outer, &key, &mail_key_place(&id)))
        .or_else(|| end.leaves_case.then(|| self.inner.vault.wrap(&key, &mail_key_place(&id))));
        // A new case whose reference was taken is not there to point at: whoever asks hears of the reference, not of the pointer.
        Ok(Statement::new(
            "UPDATE mails SET end_state = $3, ended_at_us = $4, kind = $5, reason = $6, sealed = COALESCE($8, sealed), \
             wrapped_key = COALESCE($9, wrapped_key), message_mark = COALESCE($10, message_mark), \
             sender_mark = COALESCE($11, sender_mark), epoch = epoch + 1, worker = NULL, lease_until_us = NULL, ",
        )
        .then(if end.leaves_case { "case_id = NULL " } else { "case_id = COALESCE($7, case_id) " })
        .then("WHERE id = $1 AND epoch = $2 AND ($7 IS NULL OR EXISTS (SELECT 1 FROM cases WHERE cases.id = $7)) AND ")
        .then(if end.leaves_case {
            "end_state = 'attached' RETURNING id"
        } else {
            "(end_state IS NULL OR end_state IN ('waiting', 'request', 'automatic')) RETURNING id"
        })
        .with(id)
        .with(end.epoch)
        .with(end.end.as_str())
        .with(at)
        .with(end.kind.as_str())
        .with(end.reason.as_deref())
        .with(end.case.map(CaseId::to_text))
        .with(intake)
        .with(wrapped)
        .with(end.marks.and_then(|marks| marks.message).map(|message| message.to_vec()))
        .with(end.marks.and_then(|marks| marks.sender).map(|sender| sender.to_vec())))
    }

    pub(super) fn chain_rows(&self, commit: &Commit, case_key: Option<&Key>) -> Result<Vec<ChainRow>, StoreError> {
        let mut rows = Vec::new();
        if let (Some(case), Some(key)) = (&commit.case, case_key) {
            for (version, event) in (case.expected_version + 1..).zip(&case.events) {
                rows.push(self.event_row(case.id, version, event, key)?);
            }
        }
        for entry in &commit.audit {
            rows.push(self.audit_row(entry)?);
        }
        Ok(rows)
    }

    /// The rows of `letters`, sealed.
    pub(super) async fn letter_rows(
        &self,
        letters: &[NewLetter],
        at: Instant,
        case: Option<(CaseId, &Key)>,
    ) -> Result<Vec<[Cell; 14]>, StoreError> {
        let mut rows = Vec::with_capacity(letters.len());
        for letter in letters {
            let id = letter.id.to_text();
            let mut own = None;
            let key = match (letter.case, letter.mail, case) {
                (Some(about), _, Some((written, key))) if about == written => key.clone(),
                (Some(about), ..) => self.case_key(about).await?,
                (None, Some(mail), _) => self.mail_key(mail).await?,
                (None, None, _) => {
                    let key = self.inner.vault.new_key();
                    own = Some(self.inner.vault.wrap(&key, &letter_key_place(&id)));
                    key
                }
            };
            let body = LetterBody {
                recipient: letter.recipient.clone(),
                in_reply_to: letter.in_reply_to.clone(),
                content: letter.content.clone(),
            };
            let sealed = self.inner.vault.seal(&key, &letter_place(&id), &json(&body)?);
            rows.push([
                id.into(),
                letter.key.as_str().into(),
                letter.case.map(CaseId::to_text).into(),
                letter.mail.map(MailId::to_text).into(),
                letter.letter.as_str().into(),
                letter.role.as_ref().map(RoleName::as_str).into(),
                letter.message_id.as_str().into(),
                self.recipient_fingerprint(&letter.recipient).into(),
                own.into(),
                sealed.into(),
                letter.automatic_answer.into(),
                if letter.gathered { "gathering" } else { "queued" }.into(),
                at.into(),
                letter.not_before.unwrap_or(at).into(),
            ]);
        }
        Ok(rows)
    }

    /// Undoes `tx`; a new case is told whether it was its reference that was taken.
    async fn refuse(&self, tx: Tx, refusal: StoreError, commit: &Commit) -> StoreError {
        tx.undo().await;
        let (StoreError::Conflict { expected_version: 0, case }, Some(write)) = (&refusal, &commit.case) else { return refusal };
        let reference = &write.state.reference;
        match self.case_with(reference).await {
            Ok(Some(holder)) if holder != *case => StoreError::ReferenceTaken { reference: reference.clone() },
            Ok(_) => refusal,
            Err(error) => error,
        }
    }
}

/// Whether a row was refused because its number is taken.
pub(super) fn is_taken(cause: &sqlx::Error) -> bool {
    cause.as_database_error().is_some_and(sqlx::error::DatabaseError::is_unique_violation)
}

/// Forgets timers of a case.
pub(super) fn disarm_statement(case: &CaseWrite) -> Option<Statement> {
    let gone = case.disarm.iter().map(|(timer, arming)| [timer.as_str().into(), (*arming).into()]);
    let delete = Statement::new("DELETE FROM timers WHERE case_id = $1 AND (timer, arming) IN (VALUES ").with(case.id.to_text());
    (!case.disarm.is_empty()).then(|| delete.rows::<2>(gone).then(")"))
}

/// Timers of a case that are to run.
pub(super) fn timer_rows(case: &CaseWrite) -> Vec<[Cell; 6]> {
    // What one decision armed and cleared again never runs; of two armings of one timer the last counts.
    let mut running: Vec<&ArmedTimer> = Vec::new();
    for timer in &case.arm {
        running.retain(|earlier| earlier.timer != timer.timer);
        if !case.disarm.iter().any(|(name, arming)| *name == timer.timer && *arming == timer.arming) {
            running.push(timer);
        }
    }
    let row = |timer: &ArmedTimer| {
        let due = timer.due_at;
        [case.id.to_text().into(), timer.timer.as_str().into(), timer.arming.into(), timer.rung.into(), due.into(), due.into()]
    };
    running.into_iter().map(row).collect()
}

pub(super) fn timers_statement(rows: Vec<[Cell; 6]>) -> Option<Statement> {
    let insert = "INSERT INTO timers (case_id, timer, arming, rung, due_at_us, wake_at_us) VALUES ";
    let replaces = " ON CONFLICT (case_id, timer) DO UPDATE SET arming = excluded.arming, rung = excluded.rung, \
                    due_at_us = excluded.due_at_us, wake_at_us = excluded.wake_at_us";
    (!rows.is_empty()).then(|| Statement::new(insert).rows::<6>(rows).then(replaces))
}

pub(super) fn task_rows(commit: &Commit) -> impl Iterator<Item = [Cell; 8]> {
    commit.tasks.iter().map(|task| {
        [
            task.id.to_text().into(),
            task.key.as_str().into(),
            task.case.map(CaseId::to_text).into(),
            task.mail.map(MailId::to_text).into(),
            task.role.as_str().into(),
            task.says.as_str().into(),
            task.due_on.to_string().into(),
            commit.at.into(),
        ]
    })
}

pub(super) fn tasks_statement(rows: Vec<[Cell; 8]>) -> Option<Statement> {
    let insert = "INSERT INTO tasks (id, effect_key, case_id, mail_id, role, says, due_on, opened_at_us) VALUES ";
    (!rows.is_empty()).then(|| Statement::new(insert).rows::<8>(rows).then(" ON CONFLICT DO NOTHING"))
}

/// The insert of letters, which answers with the keys that were new.
pub(super) fn letters_statement(rows: Vec<[Cell; 14]>) -> Option<Statement> {
    let insert = "INSERT INTO letters (id, effect_key, case_id, mail_id, letter, role, message_id, recipient_fingerprint, \
         wrapped_key, sealed, automatic_answer, state, queued_at_us, due_at_us) VALUES ";
    let answers = " ON CONFLICT (effect_key) DO NOTHING RETURNING effect_key";
    (!rows.is_empty()).then(|| Statement::new(insert).rows::<14>(rows).then(answers))
}

fn done_statement(commit: &Commit) -> Option<Statement> {
    let done = commit.done.iter().map(|task| task.to_text().into());
    let update = Statement::new("UPDATE tasks SET closed_at_us = $1 WHERE closed_at_us IS NULL AND id IN ").with(commit.at);
    (!commit.done.is_empty()).then(|| update.list(done))
}

/// Whether case and mail were granted, each having answered with its row.
fn granted(commit: &Commit, answers: &mut std::vec::IntoIter<Answer>) -> Result<(), StoreError> {
    let mut next_is_empty = || answers.next().is_none_or(|answer| answer.rows.is_empty());
    if let Some(case) = &commit.case
        && next_is_empty()
    {
        return Err(StoreError::Conflict { case: case.id, expected_version: case.expected_version });
    }
    for end in commit.mail.iter().chain(&commit.copies) {
        if next_is_empty() {
            return Err(StoreError::Fenced { what: format!("mail {}", end.mail), epoch: end.epoch });
        }
    }
    Ok(())
}

fn not_queued(letters: &[NewLetter], queued: Answer) -> Result<Vec<String>, StoreError> {
    if letters.is_empty() {
        return Ok(Vec::new());
    }
    let queued = queued.rows.iter().map(|row| row.get::<String>("effect_key")).collect::<Result<Vec<_>, _>>()?;
    Ok(letters.iter().map(|letter| &letter.key).filter(|key| !queued.contains(key)).cloned().collect())
}

/// A value of ours as JSON.
pub(super) fn json<T: Serialize>(value: &T) -> Result<Vec<u8>, StoreError> {
    serde_json::to_vec(value).map_err(|cause| super::unreadable("(new)", "sealed", "(new)", &cause.to_string()))
}
