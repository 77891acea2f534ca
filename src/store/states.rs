//! States of cases at hand, for whoever is alone with a database: the simulator. What was committed is what is here, so that a case that
//! is asked for again and again is read from no row. Off unless asked for: of several daemons each would miss what the others write.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use super::Store;
use super::cases::{CaseKey, StoredCase};
use super::decision::CaseWrite;
use crate::domain::ids::{CaseId, CaseReference};
use crate::domain::personal::Personal;
use crate::domain::time::Instant;

/// Cases by id, and their ids by reference; an empty cell while nothing is kept.
#[derive(Default)]
pub(super) struct States(OnceLock<Mutex<Kept>>);

#[derive(Default)]
struct Kept {
    cases: HashMap<CaseId, Arc<StoredCase>>,
    ids: HashMap<CaseReference, CaseId>,
}

impl States {
    fn kept(&self) -> Option<MutexGuard<'_, Kept>> {
        self.0.get().map(|kept| kept.lock().unwrap_or_else(PoisonError::into_inner))
    }
    /// Keeps what was committed at `at`. Cases that have ended too: worklists ask for them every day.
    pub fn keep(&self, written: CaseWrite, at: Instant) {
        let Some(mut kept) = self.kept() else { return };
        let CaseWrite { id, expected_version, mut state, .. } = written;
        state.nomination = Personal::new(state.nomination.into_revealed().put_away());
        let before = kept.cases.remove(&id);
        let opened_at = if expected_version == 0 { Some(at) } else { before.map(|before| before.opened_at) };
        if let Some(opened_at) = opened_at {
            kept.ids.insert(state.reference.clone(), id);
            kept.cases.insert(id, Arc::new(StoredCase { id, case: state, opened_at, changed_at: at }));
        }
    }
    pub fn case(&self, key: &CaseKey) -> Option<StoredCase> {
        let kept = self.kept()?;
        let id = match key {
            CaseKey::Id(id) => id,
            CaseKey::Reference(reference) => kept.ids.get(reference)?,
        };
        kept.cases.get(id).map(|stored| StoredCase::clone(stored))
    }
    /// Those of `ids` that are at hand, and the others.
    pub fn cases(&self, ids: &[CaseId]) -> (BTreeMap<CaseId, Arc<StoredCase>>, Vec<CaseId>) {
        let Some(kept) = self.kept() else { return (BTreeMap::new(), ids.to_vec()) };
        let found = ids.iter().filter_map(|id| Some((*id, kept.cases.get(id)?.clone()))).collect();
        (found, ids.iter().filter(|id| !kept.cases.contains_key(id)).copied().collect())
    }
}

impl Store {
    /// From now on the state of each case that this store and its clones write is kept in memory and read from there. Only while
    /// nobody else writes to the database.
    pub fn keep_states(&self) {
        self.inner.states.0.get_or_init(Mutex::default);
    }
    /// Forgets what was kept: what is asked for next is read from its row.
    pub fn forget_states(&self) {
        if let Some(mut kept) = self.inner.states.kept() {
            *kept = Kept::default();
        }
    }
}
