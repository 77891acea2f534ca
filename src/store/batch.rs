//! Decisions about different cases in one transaction: one wait for the disk for many timers that are due at once.

use super::Store;
use super::chain::chain_statements;
use super::decision::Commit;
use super::error::StoreError;
use super::statement::Statement;

const ATTEMPTED: &str = "commit decisions together";

impl Store {
    /// Writes `commits`, each about another case that is there already and all of one moment, in one transaction. They end no mail
    /// and no worklist item.
    ///
    /// # Errors
    /// As [`Store::commit`]; then nothing of any of them was written, unless it is [`StoreError::Unavailable`].
    pub async fn commit_all(&self, commits: Vec<Commit>) -> Result<(), StoreError> {
        let Some(at) = commits.first().map(|commit| commit.at) else { return Ok(()) };
        let (mut asking, mut rows, mut writing, mut cases) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for commit in &commits {
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
        asking.push(Statement::new(self.inner.database.either(
            "SELECT seq, hash FROM chain_head WHERE id = 1",
            "SELECT seq, hash FROM chain_head WHERE id = 1 FOR UPDATE",
        )));
        let mut tx = self.inner.database.begin(ATTEMPTED).await?;
        let mut answers = tx.run(ATTEMPTED, asking).await?.into_iter();
        for case in &cases {
            if answers.next().is_none_or(|answer| answer.rows.is_empty()) {
                tx.undo().await;
                return Err(StoreError::Conflict { case: case.id, expected_version: case.expected_version });
            }
        }
        writing.extend(chain_statements(answers.next().unwrap_or_default(), rows, at)?.0);
        let first = writing.len();
        writing.extend(cases.iter().filter_map(|case| self.inner.eye.question(case)));
        let answers = tx.commit(ATTEMPTED, writing).await?;
        for (case, answer) in cases.iter().zip(answers.iter().skip(first)) {
            self.inner.eye.keep(case, at, answer);
        }
        for case in commits.into_iter().filter_map(|commit| commit.case) {
            self.inner.states.keep(case, at);
        }
        Ok(())
    }
}
