//! Due timers → commands. Firing one is a commit on its case, so that two daemons never fire it twice.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::domain::case::{Command, Event};
use crate::domain::ids::{CaseId, CaseReference};
use crate::domain::time::Instant;
use crate::engine::outgoing::Pace;
use crate::engine::perform::Performed;
use crate::engine::{Engine, EngineError};
use crate::store::{CaseKey, Commit, DueTimer, StoreError};

/// A timer that was carried out, for the terminal and the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fired {
    /// The case.
    pub reference: CaseReference,
    /// Which timer.
    pub timer: String,
    /// Which rung.
    pub rung: String,
    /// Letters queued, by name.
    pub letters: Vec<String>,
}

/// After this long without a sweep the program was down, and what fell due meanwhile is gathered.
const DOWN_SECONDS: i64 = 20 * 60 * 60;
/// How fresh the mark of the last sweep is kept.
const MARK_MICROSECONDS: i64 = 60_000_000;
/// Due timers of one sweep.
const SWEEP_MAX: u32 = 500;
/// How long a timer that could not be carried out leaves the others their turn.
const PUT_OFF: jiff::SignedDuration = jiff::SignedDuration::from_hours(1);
/// The note that holds the instant of the last sweep.
const LAST_SWEEP: &str = "last_sweep_us";
/// Due timers that share a transaction.
const TOGETHER_MAX: usize = 32;

impl Engine {
    /// Carries out every timer that is due now, until none is, by the calendar as it is now. After downtime everything is gathered.
    ///
    /// # Errors
    /// The store's. A case that refuses or whose history is broken is logged and does not hold up the others.
    pub async fn fire_due_timers(&self) -> Result<Vec<Fired>, EngineError> {
        self.recalculate_if_changed().await?;
        let now = self.ambient.now();
        let pace = self.pace(now).await?;
        let mut all = Vec::new();
        loop {
            let due = self.store.due_timers(now, SWEEP_MAX).await?;
            let mut moved = false;
            for group in due.chunks(TOGETHER_MAX) {
                let fired = self.fire_group(group, pace).await?;
                moved |= !fired.is_empty();
                all.extend(fired);
            }
            if !moved {
                break;
            }
        }
        // Before the mark: whoever dies in between is still catching up when it starts again.
        if pace == Pace::CatchingUp {
            self.send_digests().await?;
        }
        self.mark_sweep(now).await?;
        Ok(all)
    }

    /// Writes the mark only when the old one is a minute old: a durable write for each look would keep the disk busy.
    async fn mark_sweep(&self, now: Instant) -> Result<(), EngineError> {
        let fresh = self.last_sweep().await?.is_some_and(|last| (0..MARK_MICROSECONDS).contains(&(now.as_microsecond() - last)));
        if !fresh {
            self.store.set_note(LAST_SWEEP, &now.as_microsecond().to_string()).await?;
        }
        Ok(())
    }

    async fn last_sweep(&self) -> Result<Option<i64>, EngineError> {
        Ok(self.store.get_note(LAST_SWEEP).await?.and_then(|text| text.parse().ok()))
    }

    async fn pace(&self, now: Instant) -> Result<Pace, EngineError> {
        let down = self.last_sweep().await?.is_some_and(|last| now.as_microsecond() - last > DOWN_SECONDS * 1_000_000);
        Ok(if down { Pace::CatchingUp } else { Pace::Usual })
    }

    /// Timers of different cases share a transaction: many due at once are one wait for the disk, not many. What cannot go with
    /// the others goes alone, as does the second timer of a case.
    async fn fire_group(&self, due: &[DueTimer], pace: Pace) -> Result<Vec<Fired>, EngineError> {
        let mut first: BTreeMap<CaseId, &DueTimer> = BTreeMap::new();
        for timer in due {
            first.entry(timer.case).or_insert(timer);
        }
        let mut together = Vec::new();
        if first.len() > 1 {
            let ids: Vec<CaseId> = first.keys().copied().collect();
            let mut loaded = self.store.load_cases(&ids).await?;
            // In the order of their ids, so that two daemons never wait for each other's rows in a ring.
            for (id, timer) in &first {
                let command = Command::Fire { timer: timer.timer.clone(), arming: timer.arming, rung: timer.rung };
                let decided = loaded.remove(id).map(|stored| {
                    let engine = self.under(&stored.case)?;
                    engine.decided(Arc::unwrap_or_clone(stored), &command, pace)
                });
                if let Some(Ok((done, Some(commit)))) = decided {
                    together.push((*timer, done, commit));
                }
            }
        }
        let commits: Vec<Commit> =
            together.iter_mut().map(|(_, _, commit)| std::mem::replace(commit, Commit::at(Instant::MIN))).collect();
        match self.store.commit_all(commits).await {
            Ok(()) => {}
            // Somebody else wrote to one of them meanwhile: nothing was written, and each goes by itself.
            Err(StoreError::Conflict { .. }) => together.clear(),
            Err(error) if error.is_of_one_row() => together.clear(),
            Err(error) => return Err(error.into()),
        }
        let mut all: Vec<Fired> = together.iter().filter_map(|(timer, done, _)| fired(timer, done)).collect();
        for timer in due.iter().filter(|timer| !together.iter().any(|(fired, ..)| fired == timer)) {
            all.extend(self.fire(timer, pace).await?);
        }
        Ok(all)
    }

    async fn fire(&self, due: &DueTimer, pace: Pace) -> Result<Option<Fired>, EngineError> {
        let command = Command::Fire { timer: due.timer.clone(), arming: due.arming, rung: due.rung };
        match self.perform(&CaseKey::Id(due.case), &command, pace).await {
            Ok(done) => Ok(fired(due, &done)),
            Err(EngineError::Store(error)) if !error.is_of_one_row() => Err(error.into()),
            Err(error) => {
                tracing::error!(case = %due.case, timer = %due.timer, error = %error, "a due timer could not be carried out");
                let wake_at = self.ambient.now().checked_add(PUT_OFF).unwrap_or(Instant::MAX);
                self.store.put_off_timer(due, wake_at).await?;
                Ok(None)
            }
        }
    }
}

fn fired(due: &DueTimer, done: &Performed) -> Option<Fired> {
    done.events.iter().find_map(|event| match event {
        Event::TimerFired { name, .. } => Some(Fired {
            reference: done.case.reference.clone(),
            timer: due.timer.to_string(),
            rung: name.clone(),
            letters: done.letters.clone(),
        }),
        _ => None,
    })
}
