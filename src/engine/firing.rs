//! Due timers → commands. Firing one is a commit on its case, so that two daemons never fire it twice.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use tokio::task::JoinHandle;

use crate::ambient::Ambient;
use crate::domain::case::{Command, Event};
use crate::domain::ids::{CaseId, CaseReference};
use crate::domain::time::Instant;
use crate::engine::intake::names;
use crate::engine::outgoing::Pace;
use crate::engine::{Engine, EngineError};
use crate::store::{CaseKey, CaseWrite, DueTimer, NewLetter, StoreError, Together};

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
/// Groups of them that are decided at once, while another waits for the disk.
const DECIDED_AT_ONCE: usize = 2;

/// Due timers that were decided together.
struct Group {
    due: Vec<DueTimer>,
    /// Those that share the transaction.
    fired: Vec<(DueTimer, Option<Fired>)>,
    /// The transaction, until it is written.
    together: Option<Together>,
}

/// A group that is being decided, and the cases it is about.
struct Deciding {
    cases: BTreeSet<CaseId>,
    task: JoinHandle<Result<Group, EngineError>>,
}

impl Deciding {
    async fn done(self) -> Result<Group, EngineError> {
        // Nobody stops it: what ends it early is a panic, which is this one's too.
        self.task.await.unwrap_or_else(|stopped| std::panic::resume_unwind(stopped.into_panic()))
    }
}

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
            let fired = self.fire_all(&due, pace).await?;
            if fired.is_empty() {
                break;
            }
            all.extend(fired);
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

    /// Carries out what is due, in groups. While one waits for the disk the next are decided: those that have no case in common with
    /// what is not yet written.
    async fn fire_all(&self, due: &[DueTimer], pace: Pace) -> Result<Vec<Fired>, EngineError> {
        let at_once = match self.ambient {
            Ambient::Real => DECIDED_AT_ONCE,
            // A script draws its numbers in one order.
            Ambient::Scripted(_) => 1,
        };
        let mut waiting: VecDeque<&[DueTimer]> = due.chunks(TOGETHER_MAX).collect();
        let mut deciding: VecDeque<Deciding> = VecDeque::new();
        let mut decided: Option<Group> = None;
        let mut all = Vec::new();
        loop {
            while let Some(next) = waiting.front().filter(|_| deciding.len() < at_once) {
                let begun = |case: &CaseId| {
                    deciding.iter().any(|other| other.cases.contains(case))
                        || decided.iter().flat_map(|group| &group.due).any(|timer| timer.case == *case)
                };
                if next.iter().any(|timer| begun(&timer.case)) {
                    break;
                }
                deciding.push_back(self.begin(next, pace));
                waiting.pop_front();
            }
            match (decided.take(), deciding.pop_front()) {
                (None, None) => return Ok(all),
                (None, Some(next)) => decided = Some(next.done().await?),
                (Some(mut group), None) => {
                    self.commit(&mut group).await?;
                    all.extend(self.rest(group, pace).await?);
                }
                (Some(mut group), Some(next)) => {
                    let (committed, next) = tokio::join!(self.commit(&mut group), next.done());
                    committed?;
                    all.extend(self.rest(group, pace).await?);
                    decided = Some(next?);
                }
            }
        }
    }

    fn begin(&self, due: &[DueTimer], pace: Pace) -> Deciding {
        let (engine, due) = (self.clone(), due.to_vec());
        let cases = due.iter().map(|timer| timer.case).collect();
        Deciding { cases, task: tokio::spawn(async move { engine.decided_together(due, pace).await }) }
    }

    /// Timers of different cases share a transaction: many due at once are one wait for the disk, not many. What cannot go with
    /// the others goes alone, as does the second timer of a case.
    async fn decided_together(&self, due: Vec<DueTimer>, pace: Pace) -> Result<Group, EngineError> {
        let mut first: BTreeMap<CaseId, &DueTimer> = BTreeMap::new();
        for timer in &due {
            first.entry(timer.case).or_insert(timer);
        }
        let (mut fired, mut commits) = (Vec::new(), Vec::new());
        if first.len() > 1 {
            let ids: Vec<CaseId> = first.keys().copied().collect();
            let mut loaded = self.store.load_cases(&ids).await?;
            // In the order of their ids, so that two daemons never wait for each other's rows in a ring.
            for (id, timer) in first {
                let Some(stored) = loaded.remove(&id) else { continue };
                let decided = self
                    .under(&stored.case)
                    .and_then(|engine| engine.commit_of(Arc::unwrap_or_clone(stored), &command(timer), pace));
                let Ok(Some(commit)) = decided else { continue };
                fired.push((timer.clone(), commit.case.as_ref().and_then(|case| said(timer, case, &commit.letters))));
                commits.push(commit);
            }
        }
        let together = Some(self.store.together(commits).await?);
        Ok(Group { due, fired, together })
    }

    /// Writes a group that was decided; when it cannot be written as a whole, nothing of it is, and each goes by itself.
    async fn commit(&self, group: &mut Group) -> Result<(), EngineError> {
        let Some(together) = group.together.take() else { return Ok(()) };
        match self.store.commit_together(together).await {
            Ok(()) => {}
            // Somebody else wrote to one of them meanwhile.
            Err(StoreError::Conflict { .. }) => group.fired.clear(),
            Err(error) if error.is_of_one_row() => group.fired.clear(),
            Err(error) => return Err(error.into()),
        }
        Ok(())
    }

    /// What a group did, once it is written, and what goes alone.
    async fn rest(&self, group: Group, pace: Pace) -> Result<Vec<Fired>, EngineError> {
        let (written, told): (Vec<DueTimer>, Vec<Option<Fired>>) = group.fired.into_iter().unzip();
        let mut all: Vec<Fired> = told.into_iter().flatten().collect();
        for timer in group.due.iter().filter(|timer| !written.contains(timer)) {
            all.extend(self.fire(timer, pace).await?);
        }
        Ok(all)
    }

    async fn fire(&self, due: &DueTimer, pace: Pace) -> Result<Option<Fired>, EngineError> {
        match self.perform(&CaseKey::Id(due.case), &command(due), pace).await {
            Ok(done) => Ok(fired(due, &done.case.reference, &done.events, done.letters)),
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

fn command(due: &DueTimer) -> Command {
    Command::Fire { timer: due.timer.clone(), arming: due.arming, rung: due.rung }
}

fn said(due: &DueTimer, written: &CaseWrite, letters: &[NewLetter]) -> Option<Fired> {
    fired(due, &written.state.reference, &written.events, names(letters))
}

fn fired(due: &DueTimer, reference: &CaseReference, events: &[Event], letters: Vec<String>) -> Option<Fired> {
    let name = events.iter().find_map(|event| match event {
        Event::TimerFired { name, .. } => Some(name.clone()),
        _ => None,
    });
    name.map(|rung| Fired { reference: reference.clone(), timer: due.timer.to_string(), rung, letters })
}
