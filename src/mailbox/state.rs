//! The balance of a folder: what the server gave numbers to, what the ledger has, and what is missing between them.
//!
//! Values in, values out. Whoever looks keeps this between two looks. A mail that a person removed before it could be taken in is
//! told, for nobody else would notice it.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::Look;
use crate::domain::time::Instant;

/// Missed mails that are told one by one; older ones are only counted.
const MISSED_MAX: usize = 50;

/// What is remembered of a folder between two looks.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct FolderState {
    /// For the next look.
    pub bookmark: Option<String>,
    /// The UIDVALIDITY of the last look.
    pub validity: Option<i64>,
    /// In the folder, and not in the ledger yet.
    pub pending: Vec<String>,
    /// Removed by a person, or by a rule, before they could be taken in; the newest of them.
    pub missed: Vec<Missed>,
    /// All of those, ever.
    pub missed_total: u64,
    /// In the folder, and the server does not give them.
    pub unreadable: Vec<String>,
    /// Stored, and still in the folder because the server does not move them.
    pub lingering: Option<Since>,
    /// How often the folder got new numbers.
    pub renumbered: u32,
    /// How many mails the folder held.
    pub present: u64,
    /// When it was looked at.
    pub looked_at: Option<Instant>,
}

/// A mail that was gone before it could be taken in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Missed {
    /// Its name in the folder.
    pub uid: String,
    /// When that was noticed.
    pub noticed_at: Instant,
}

/// So many, since then.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Since {
    /// How many.
    pub count: u64,
    /// Since when there have been any.
    pub at: Instant,
}

/// What is remembered of a whole mailbox on a server.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AccountState {
    /// When a look at all folders last succeeded.
    pub looked_at: Option<Instant>,
    /// Since when none does.
    pub failing_since: Option<Instant>,
    /// Why not: what was attempted and what came of it.
    pub failure: Option<String>,
    /// Mails in the junk folder.
    pub junk: Option<Since>,
}

/// What one look led to, besides the look itself.
#[derive(Debug, Clone, Default)]
pub struct Outcome {
    /// Those of the names in question that are in the ledger now.
    pub known: BTreeSet<String>,
    /// Those the server did not give.
    pub unreadable: Vec<String>,
    /// How many are stored and could not be moved.
    pub lingering: u64,
}

impl FolderState {
    /// Every name of which it matters whether the ledger has it.
    #[must_use]
    pub fn in_question(&self, look: &Look) -> Vec<String> {
        let pending = self.pending.iter().filter(|_| self.validity == Some(look.validity));
        let all: BTreeSet<&String> = look.present.iter().chain(&look.vanished).chain(pending).collect();
        all.into_iter().cloned().collect()
    }

    /// The state after `look`, in which everything that could be taken in was.
    #[must_use]
    pub fn after(self, look: &Look, outcome: Outcome, now: Instant) -> Self {
        let same = self.validity == Some(look.validity);
        let present: BTreeSet<&String> = look.present.iter().collect();
        // With other numbers the old names mean nothing; the mails themselves are in the folder under new ones.
        let waited = self.pending.iter().filter(|_| same);
        let gone: BTreeSet<&String> = waited.chain(&look.vanished).filter(|uid| !present.contains(uid)).collect();
        let gone = gone.into_iter().filter(|uid| !outcome.known.contains(*uid));
        let mut missed = self.missed;
        let before = missed.len();
        missed.extend(gone.map(|uid| Missed { uid: uid.clone(), noticed_at: now }));
        let missed_total = self.missed_total + (missed.len() - before) as u64;
        missed.drain(..missed.len().saturating_sub(MISSED_MAX));
        Self {
            bookmark: Some(look.bookmark.clone()),
            validity: Some(look.validity),
            pending: look.present.iter().filter(|uid| !outcome.known.contains(*uid)).cloned().collect(),
            missed,
            missed_total,
            unreadable: outcome.unreadable,
            lingering: since(self.lingering, outcome.lingering, now),
            renumbered: self.renumbered + u32::from(!same && self.validity.is_some()),
            present: look.present.len() as u64,
            looked_at: Some(now),
        }
    }
}

impl AccountState {
    /// After all folders were looked at and the junk folder held `junk` mails.
    #[must_use]
    pub fn succeeded(self, junk: u64, now: Instant) -> Self {
        Self { looked_at: Some(now), failing_since: None, failure: None, junk: since(self.junk, junk, now) }
    }
    /// After a look failed.
    #[must_use]
    pub fn failed(self, failure: String, now: Instant) -> Self {
        Self { failing_since: self.failing_since.or(Some(now)), failure: Some(failure), ..self }
    }
}

/// Keeps the moment at which there began to be some.
fn since(before: Option<Since>, count: u64, now: Instant) -> Option<Since> {
    (count > 0).then(|| Since { count, at: before.map_or(now, |before| before.at) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look(validity: i64, present: &[&str], vanished: &[&str]) -> Look {
        let names = |list: &[&str]| list.iter().map(|name| (*name).to_owned()).collect();
        Look { validity, present: names(present), vanished: names(vanished), bookmark: "next".to_owned() }
    }
    fn known(list: &[&str]) -> Outcome {
        Outcome { known: list.iter().map(|name| (*name).to_owned()).collect(), ..Outcome::default() }
    }
    fn missed(state: &FolderState) -> Vec<&str> {
        state.missed.iter().map(|missed| missed.uid.as_str()).collect()
    }

    #[test]
    fn a_mail_removed_before_it_was_taken_in_is_told_and_one_in_the_ledger_is_not() {
        let first = FolderState::default().after(&look(1, &["5", "6"], &[]), known(&["5"]), Instant::UNIX_EPOCH);
        assert_eq!(first.pending, ["6"], "not taken in yet, and in the folder");
        assert!(first.missed.is_empty());
        // 6 went while it waited, 7 came and went, 8 came, was taken in and was moved.
        let second = look(1, &[], &["7", "8"]);
        assert_eq!(first.in_question(&second), ["6", "7", "8"]);
        let state = first.after(&second, known(&["8"]), Instant::UNIX_EPOCH);
        assert_eq!(missed(&state), ["6", "7"]);
        assert_eq!(state.missed_total, 2);
        assert!(state.pending.is_empty());
    }

    #[test]
    fn old_names_mean_nothing_after_a_renumbering() {
        let first = FolderState::default().after(&look(1, &["5"], &[]), known(&[]), Instant::UNIX_EPOCH);
        let second = look(2, &["1"], &[]);
        assert_eq!(first.in_question(&second), ["1"]);
        let state = first.after(&second, known(&["1"]), Instant::UNIX_EPOCH);
        assert_eq!((missed(&state), state.renumbered), (vec![], 1));
    }

    #[test]
    fn what_lingers_keeps_the_moment_it_began() {
        let later = Instant::UNIX_EPOCH + std::time::Duration::from_secs(60);
        let lingering = |count| Outcome { lingering: count, ..Outcome::default() };
        let state = FolderState::default().after(&look(1, &[], &[]), lingering(2), Instant::UNIX_EPOCH);
        let state = state.after(&look(1, &[], &[]), lingering(1), later);
        assert_eq!(state.lingering, Some(Since { count: 1, at: Instant::UNIX_EPOCH }));
        assert_eq!(state.after(&look(1, &[], &[]), lingering(0), later).lingering, None);
    }
}
