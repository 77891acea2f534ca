//! Decisions about different cases in one transaction: one wait for the disk for many timers that are due at once.

use super::Store;
use super::chain::{Link, chain_statements};
use super::commit::is_taken;
use super::decision::Commit;
use super::error::StoreError;

const ATTEMPTED: &str = "commit decisions together";

impl Store {
    /// Writes `commits`, each about another case that is there already and all of one moment, in one transaction. They end no mail
    /// and no worklist item.
    ///
    /// # Errors
    /// As [`Store::commit`]; then nothing of any of them was written, unless it is [`StoreError::Unavailable`].
    pub async fn commit_all(&self, commits: Vec<Commit>) -> Result<(), StoreError> {
        if commits.is_empty() {
            return Ok(());
        }
        match self.write_all(&commits, commits.iter().all(|one| self.may_go_at_once(one))).await {
            // Somebody else has written since: this time it is asked for.
            Err(StoreError::Sql { cause, .. }) if is_taken(&cause) => self.write_all(&commits, false).await?,
            done => done?,
        }
        for commit in commits {
            if let Some(case) = commit.case {
                self.inner.states.keep(case, commit.at);
            }
        }
        Ok(())
    }

    async fn write_all(&self, commits: &[Commit], may_go_at_once: bool) -> Result<(), StoreError> {
        let at = commits[0].at;
        let (mut asking, mut rows, mut writing, mut cases) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for commit in commits {
            let Some(case) = &commit.case else { continue };
            let key = self.case_key(case.id).await?;
            asking.push(self.case_statement(case, &key, at)?);
            rows.extend(self.chain_rows(commit, Some(&key))?);
            writing.extend(self.timer_statements(commit));
            writing.extend(self.task_statement(commit));
            writing.extend(self.people_statements(commit, Some(&key)));
            writing.extend(self.letters_statement(&commit.letters, at, Some((case.id, &key))).await?);
            cases.push(case);
        }
        rows.extend(self.settled_row(commits)?);
        let mut tx = self.inner.database.begin(ATTEMPTED).await?;
        let head = match self.inner.head.last().filter(|_| may_go_at_once) {
            Some(head) => {
                asking.append(&mut writing);
                writing = asking;
                head
            }
            None => {
                asking.push(self.head_statement());
                let mut answers = tx.run(ATTEMPTED, asking).await?.into_iter();
                for case in &cases {
                    if answers.next().is_none_or(|answer| answer.rows.is_empty()) {
                        tx.undo().await;
                        return Err(StoreError::Conflict { case: case.id, expected_version: case.expected_version });
                    }
                }
                Link::told(answers.next().unwrap_or_default())?
            }
        };
        let (statements, last) = chain_statements(&self.inner.vault, head, rows, at);
        writing.extend(statements);
        let first = writing.len();
        writing.extend(cases.iter().filter_map(|case| self.inner.eye.question(case)));
        self.inner.head.set(None);
        let answers = tx.commit(ATTEMPTED, writing).await?;
        self.inner.head.set(Some(last));
        for (case, answer) in cases.iter().zip(answers.iter().skip(first)) {
            self.inner.eye.keep(case, at, answer);
        }
        Ok(())
    }
}
