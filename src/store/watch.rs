//! An eye on every transaction: each that writes a case is asked, inside itself and before it ends, whether it leaves the case with
//! an owner and a next dated action. For the simulator and tests; the engine refuses such decisions long before.

use std::sync::{Mutex, OnceLock, PoisonError};

use super::Store;
use super::database::Answer;
use super::decision::CaseWrite;
use super::error::StoreError;
use super::statement::Statement;
use crate::domain::ids::CaseReference;
use crate::domain::time::Instant;

/// What a transaction left that must never be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Witnessed {
    /// The case.
    pub reference: CaseReference,
    /// The moment of the decision.
    pub at: Instant,
}

/// What was seen; an empty cell while nobody watches.
#[derive(Default)]
pub(super) struct Eye(OnceLock<Mutex<Vec<Witnessed>>>);

impl Eye {
    /// The question of a transaction that writes `case`; `None` while nobody watches.
    pub fn question(&self, case: &CaseWrite) -> Option<Statement> {
        self.0.get()?;
        let adrift = "SELECT c.id FROM cases c WHERE c.id = $1 AND c.closed = 0 AND (c.owner_role IS NULL OR c.next_due_on IS NULL \
                      OR NOT EXISTS (SELECT 1 FROM timers t WHERE t.case_id = c.id))";
        Some(Statement::new(adrift).with(case.id.to_text()))
    }
    /// Keeps what `answer` shows of `case`.
    pub fn keep(&self, case: &CaseWrite, at: Instant, answer: &Answer) {
        let Some(seen) = self.0.get().filter(|_| !answer.rows.is_empty()) else { return };
        let witnessed = Witnessed { reference: case.state.reference.clone(), at };
        seen.lock().unwrap_or_else(PoisonError::into_inner).push(witnessed);
    }
}

impl Store {
    /// From now on every transaction of this store and its clones that writes a case is watched.
    pub fn watch(&self) {
        self.inner.eye.0.get_or_init(Mutex::default);
    }
    /// What transactions left since the last call: open cases without owner or next dated action. Empty while nobody watches.
    #[must_use]
    pub fn witnessed(&self) -> Vec<Witnessed> {
        let seen = self.inner.eye.0.get().map(|seen| std::mem::take(&mut *seen.lock().unwrap_or_else(PoisonError::into_inner)));
        seen.unwrap_or_default()
    }
    /// Open cases without owner, next dated action or running timer, asked of all of them.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn adrift(&self) -> Result<Vec<CaseReference>, StoreError> {
        let statement = Statement::new(
            "SELECT reference FROM cases c WHERE c.closed = 0 AND (c.owner_role IS NULL OR c.next_due_on IS NULL \
             OR NOT EXISTS (SELECT 1 FROM timers t WHERE t.case_id = c.id)) ORDER BY reference",
        );
        let rows = self.inner.database.read("look for cases adrift", statement).await?;
        rows.iter().map(|row| super::named("cases", "reference", "(adrift)", row.get("reference")?)).collect()
    }
}
