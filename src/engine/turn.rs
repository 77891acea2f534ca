//! Whose turn is next: the end of one mail and the claim of the next are one durable commit, for each wait for the disk costs as much as
//! the judging of a form. The attempt at the next mail is on disk before anything of it is read, as with a claim of its own.

use std::sync::{Mutex, PoisonError};

use crate::engine::{Engine, EngineError};
use crate::store::{ClaimedMail, Commit, NextClaim};

/// The turn of one mail, and what was claimed with its end.
pub(crate) struct Turn {
    /// Another mail may follow at once. Where none will, none is claimed: a lease would run before its work begins.
    more: bool,
    next: Mutex<Option<ClaimedMail>>,
}

impl Turn {
    pub fn new(more: bool) -> Self {
        Self { more, next: Mutex::default() }
    }
    /// The mail claimed with the end of this one.
    pub fn next(self) -> Option<ClaimedMail> {
        self.next.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Engine {
    /// Writes `commit`, the end of the mail whose turn it is; with it the next is claimed. Returns how many events the store held
    /// before those of the commit.
    pub(crate) async fn end_turn(&self, turn: Option<&Turn>, mut commit: Commit) -> Result<Option<u64>, EngineError> {
        if turn.is_some_and(|turn| turn.more) {
            commit.claim = Some(NextClaim { worker: self.worker.to_string(), lease_seconds: self.mail_lease_seconds() });
        }
        let committed = self.store.commit(commit).await?;
        if let Some(turn) = turn {
            *turn.next.lock().unwrap_or_else(PoisonError::into_inner) = committed.claimed;
        }
        Ok(committed.after)
    }
}
