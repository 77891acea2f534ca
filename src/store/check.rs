//! The invariants as questions to the database. Every answer is a finding, with what to do about it.

use super::cases::{CaseFilter, CaseKey, CaseRow, StoredCase, StoredEvent};
use super::error::StoreError;
use super::statement::Statement;
use super::{Store, after_us, unreadable};
use crate::domain::time::Instant;

/// Something that is not as it must be.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Finding {
    /// Which invariant: `open_case_without_timer`.
    pub check: &'static str,
    /// About what: a reference, an id.
    pub subject: String,
    /// What is wrong, and what to do.
    pub says: String,
}

/// How often a case that is being written is looked at anew.
const LOOKS_MAX: u32 = 5;

/// A question whose every row, one text `subject`, is a finding. `$1` is a moment in some of them.
struct Question {
    check: &'static str,
    says: &'static str,
    /// Seconds before now that `$1` stands for; none when it does not occur.
    seconds_ago: Option<u32>,
    sql: &'static str,
}

const QUESTIONS: &[Question] = &[
    Question {
        check: "open_case_without_timer",
        says: "no timer runs and no worklist item is open: nobody would notice that it drifts; run `focus-family case record` on it",
        seconds_ago: None,
        sql: "SELECT reference AS subject FROM cases c WHERE closed = 0 AND NOT EXISTS (SELECT 1 FROM timers t WHERE t.case_id = c.id) \
              AND NOT EXISTS (SELECT 1 FROM tasks k WHERE k.case_id = c.id AND k.closed_at_us IS NULL)",
    },
    Question {
        check: "open_case_without_owner",
        says: "nobody must act next, or no date is set; run `focus-family case record` on it",
        seconds_ago: None,
        sql: "SELECT reference AS subject FROM cases WHERE closed = 0 AND (owner_role IS NULL OR next_due_on IS NULL)",
    },
    Question {
        check: "mail_without_end",
        says: "it was taken in more than five minutes ago and has not ended; see that the daemon runs, then its log",
        seconds_ago: Some(300),
        sql: "SELECT receipt AS subject FROM mails WHERE end_state IS NULL AND taken_in_at_us < $1",
    },
    Question {
        check: "mail_without_bytes",
        says: "its bytes are gone; put the database back from the last backup, the mail is still in the mailbox's folder of processed mail",
        seconds_ago: None,
        sql: "SELECT m.receipt AS subject FROM mails m WHERE NOT EXISTS (SELECT 1 FROM mail_bytes b WHERE b.mail_id = m.id)",
    },
    Question {
        check: "bytes_without_mail",
        says: "bytes lie here that belong to no mail; tell the makers of the program",
        seconds_ago: None,
        sql: "SELECT b.mail_id AS subject FROM mail_bytes b WHERE NOT EXISTS (SELECT 1 FROM mails m WHERE m.id = b.mail_id)",
    },
    Question {
        check: "letter_stuck",
        says: "it has been due for more than an hour and has not gone out; see that the daemon runs and that the mail server answers",
        seconds_ago: Some(3600),
        sql: "SELECT id AS subject FROM letters WHERE state IN ('queued', 'sending', 'unsure') AND due_at_us < $1",
    },
    Question {
        check: "letter_failed",
        says: "it was refused for good; look at its reason, then release or discard it",
        seconds_ago: None,
        sql: "SELECT id AS subject FROM letters WHERE state = 'failed'",
    },
    Question {
        check: "timer_overdue",
        says: "it has been due for more than an hour and has not fired; see that the daemon runs, then its log",
        seconds_ago: Some(3600),
        sql: "SELECT c.reference AS subject FROM timers t JOIN cases c ON c.id = t.case_id WHERE t.due_at_us < $1",
    },
    Question {
        check: "timer_of_closed_case",
        says: "a timer runs on a closed case; tell the makers of the program",
        seconds_ago: None,
        sql: "SELECT c.reference AS subject FROM timers t JOIN cases c ON c.id = t.case_id WHERE c.closed = 1",
    },
    Question {
        check: "event_versions",
        says: "events are missing or too many; put the database back from the last backup",
        seconds_ago: None,
        sql: "SELECT c.reference AS subject FROM cases c LEFT JOIN events e ON e.case_id = c.id AND e.version IS NOT NULL \
              GROUP BY c.id, c.reference, c.version \
              HAVING COUNT(e.version) <> c.version OR COALESCE(MAX(e.version), 0) <> c.version OR COALESCE(MIN(e.version), 0) <> 1",
    },
];

impl Store {
    /// Asks every question, and the engine whether its file is whole. Empty when all is well.
    ///
    /// # Errors
    /// [`StoreError`] when a question cannot be asked.
    pub async fn check(&self, now: Instant) -> Result<Vec<Finding>, StoreError> {
        let mut findings = Vec::new();
        for question in QUESTIONS {
            let mut statement = Statement::new(question.sql);
            if let Some(seconds) = question.seconds_ago {
                statement = statement.with(2 * now.as_microsecond() - after_us(now, seconds));
            }
            for row in self.inner.database.read("check the store", statement).await? {
                findings.push(Finding { check: question.check, subject: row.get("subject")?, says: question.says.to_owned() });
            }
        }
        self.check_chain(&mut findings).await?;
        match self.check_settled(&mut findings).await {
            Err(error) if error.is_of_one_row() => {
                findings.push(Finding { check: "settled", subject: "the chain of events".to_owned(), says: chain_of(&error) });
            }
            done => done?,
        }
        self.check_file(&mut findings).await?;
        Ok(findings)
    }
    async fn check_chain(&self, findings: &mut Vec<Finding>) -> Result<(), StoreError> {
        if let Some(first_bad) = self.verify_chain().await?.first_bad {
            let says = "the chain of events is broken here: a row was changed, removed or put in; keep this file and put the last backup beside it";
            findings.push(Finding { check: "chain", subject: format!("event {first_bad}"), says: says.to_owned() });
        }
        Ok(())
    }
    async fn check_file(&self, findings: &mut Vec<Finding>) -> Result<(), StoreError> {
        if self.inner.database.is_postgres() {
            return Ok(());
        }
        for row in self.inner.database.read("check the file", Statement::new("PRAGMA integrity_check(20)")).await? {
            let says: String = row.get("integrity_check")?;
            if says != "ok" {
                findings.push(Finding {
                    check: "file",
                    subject: "database file".to_owned(),
                    says: format!("{says}; put the last backup back"),
                });
            }
        }
        Ok(())
    }
    /// Loads every case with its history and asks `replay` what of its row and its state does not follow from it; its timers must be
    /// those of its state. Opening each also proves that each can be opened.
    ///
    /// # Errors
    /// [`StoreError`] when the list of cases cannot be read.
    pub async fn replay_all(
        &self,
        mut replay: impl FnMut(&CaseRow, &StoredCase, &[StoredEvent]) -> Vec<String>,
    ) -> Result<Vec<Finding>, StoreError> {
        let mut findings = Vec::new();
        for row in self.cases(&CaseFilter::default()).await? {
            let subject = row.reference.to_string();
            let finding = |check, says| Finding { check, subject: subject.clone(), says };
            let seen = match self.look_at(row).await {
                Ok(seen) => seen,
                Err(error) => {
                    findings.push(finding("case_unreadable", chain_of(&error)));
                    continue;
                }
            };
            findings.extend(replay(&seen.row, &seen.case, &seen.history).into_iter().map(|says| finding("state_differs", says)));
            if seen.timers != expected_timers(&seen.case) {
                let says = "the timers that run are not those of its events: they were changed in the database and not by the program; put \
                            the last backup beside it";
                findings.push(finding("timers_differ", says.to_owned()));
            }
        }
        Ok(findings)
    }
    /// One case with everything that must agree. A daemon may write between two looks: then all are made again.
    async fn look_at(&self, mut row: CaseRow) -> Result<SeenCase, StoreError> {
        let mut looks = 0;
        loop {
            let case = self.load_case(&CaseKey::Id(row.id)).await?;
            let case = case.ok_or_else(|| unreadable("cases", "id", row.reference.as_str(), "the row has gone"))?;
            let (history, timers) = (self.history(row.id).await?, self.timers_of(&row.id.to_text()).await?);
            looks += 1;
            let now = self.case_row_of(row.id).await?.unwrap_or(row);
            if now.version == case.case.version && history.len() as u64 == now.version || looks >= LOOKS_MAX {
                return Ok(SeenCase { row: now, case, history, timers });
            }
            row = now;
        }
    }
    async fn timers_of(&self, case: &str) -> Result<Vec<(String, i64, i64)>, StoreError> {
        let statement = Statement::new("SELECT timer, arming, due_at_us FROM timers WHERE case_id = $1").with(case);
        let rows = self.inner.database.read("check the timers", statement).await?;
        let mut timers = rows
            .iter()
            .map(|row| Ok((row.get("timer")?, row.get("arming")?, row.get("due_at_us")?)))
            .collect::<Result<Vec<_>, StoreError>>()?;
        timers.sort();
        Ok(timers)
    }
}

/// A case as its row, its state, its events and its timers have it.
struct SeenCase {
    row: CaseRow,
    case: StoredCase,
    history: Vec<StoredEvent>,
    timers: Vec<(String, i64, i64)>,
}

fn expected_timers(case: &StoredCase) -> Vec<(String, i64, i64)> {
    let timers = case.case.timers.values();
    let mut expected: Vec<_> =
        timers.map(|timer| (timer.timer.to_string(), i64::from(timer.arming), timer.due_at.as_microsecond())).collect();
    expected.sort();
    expected
}

/// An error with its causes, on one line.
fn chain_of(error: &StoreError) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        text.push_str(": ");
        text.push_str(&inner.to_string());
        cause = inner.source();
    }
    text
}
