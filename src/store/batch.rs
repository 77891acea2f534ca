//! Decisions about different cases in one transaction: one wait for the disk for many timers that are due at once.

use super::Store;
use super::chain::{ChainRow, Link, chain_statements};
use super::commit::{disarm_statement, is_taken, letters_statement, task_rows, tasks_statement, timer_rows, timers_statement};
use super::decision::Commit;
use super::error::StoreError;
use super::statement::Statement;

const ATTEMPTED: &str = "commit decisions together";

/// Decisions about different cases, sealed: what is left to do is the transaction.
pub struct Together {
    commits: Vec<Commit>,
    /// One for each case, which answers with its row.
    asking: Vec<Statement>,
    rows: Vec<ChainRow>,
    writing: Vec<Statement>,
}
crate::redacted_debug!(Together);

impl Store {
    /// Writes `commits`, each about another case that is there already and all of one moment, in one transaction. They end no mail
    /// and no worklist item.
    ///
    /// # Errors
    /// As [`Store::commit`]; then nothing of any of them was written, unless it is [`StoreError::Unavailable`].
    pub async fn commit_all(&self, commits: Vec<Commit>) -> Result<(), StoreError> {
        self.commit_together(self.together(commits).await?).await
    }

    /// Seals `commits` for [`Store::commit_together`]: it takes the time of the processor that the transaction need not wait for.
    ///
    /// # Errors
    /// [`StoreError`] when the key of a case cannot be had.
    pub async fn together(&self, commits: Vec<Commit>) -> Result<Together, StoreError> {
        let (mut asking, mut rows, mut writing) = (Vec::new(), Vec::new(), Vec::new());
        let (mut timers, mut tasks, mut letters) = (Vec::new(), Vec::new(), Vec::new());
        for commit in &commits {
            let Some(case) = &commit.case else { continue };
            let key = self.case_key(case.id).await?;
            asking.push(self.case_statement(case, &key, commit.at)?);
            rows.extend(self.chain_rows(commit, Some(&key))?);
            writing.extend(disarm_statement(case));
            timers.extend(timer_rows(case));
            tasks.extend(task_rows(commit));
            writing.extend(self.people_statements(commit, Some(&key)));
            letters.extend(self.letter_rows(&commit.letters, commit.at, Some((case.id, &key))).await?);
        }
        // One statement for the rows of all: each statement more is an answer more that somebody is woken for.
        writing.extend(timers_statement(timers));
        writing.extend(tasks_statement(tasks));
        writing.extend(letters_statement(letters));
        rows.extend(self.settled_row(&commits)?);
        Ok(Together { commits, asking, rows, writing })
    }

    /// Writes decisions made ready by [`Store::together`] in one transaction.
    ///
    /// # Errors
    /// As [`Store::commit_all`].
    pub async fn commit_together(&self, mut together: Together) -> Result<(), StoreError> {
        if together.commits.is_empty() {
            return Ok(());
        }
        let may_go_at_once = together.commits.iter().all(|one| self.may_go_at_once(one));
        match self.write_together(&mut together, may_go_at_once).await {
            // Somebody else has written since: this time it is asked for.
            Err(StoreError::Sql { cause, .. }) if is_taken(&cause) => {
                together = self.together(together.commits).await?;
                self.write_together(&mut together, false).await?;
            }
            done => done?,
        }
        for commit in together.commits {
            if let Some(case) = commit.case {
                self.inner.states.keep(case, commit.at);
            }
        }
        Ok(())
    }

    async fn write_together(&self, together: &mut Together, may_go_at_once: bool) -> Result<(), StoreError> {
        let Together { commits, asking, rows, writing } = together;
        let (mut asking, rows, mut writing) = (std::mem::take(asking), std::mem::take(rows), std::mem::take(writing));
        let at = commits[0].at;
        let cases = || commits.iter().filter_map(|commit| commit.case.as_ref());
        let mut tx = self.inner.database.begin(ATTEMPTED).await?;
        let known = self.inner.head.last().filter(|_| may_go_at_once);
        if known.is_none() {
            asking.push(self.head_statement());
        }
        // A trip of its own: it is the same text for as many cases, and stays ready.
        let mut answers = tx.run(ATTEMPTED, asking).await?.into_iter();
        for case in cases() {
            if answers.next().is_none_or(|answer| answer.rows.is_empty()) {
                tx.undo().await;
                return Err(StoreError::Conflict { case: case.id, expected_version: case.expected_version });
            }
        }
        let head = match known {
            Some(head) => head,
            None => Link::told(answers.next().unwrap_or_default())?,
        };
        let (statements, last) = chain_statements(&self.inner.vault, head, rows, at);
        writing.extend(statements);
        let first = writing.len();
        writing.extend(cases().filter_map(|case| self.inner.eye.question(case)));
        self.inner.head.set(None);
        let answers = tx.commit(ATTEMPTED, writing).await?;
        self.inner.head.set(Some(last));
        for (case, answer) in cases().zip(answers.iter().skip(first)) {
            self.inner.eye.keep(case, at, answer);
        }
        Ok(())
    }
}
