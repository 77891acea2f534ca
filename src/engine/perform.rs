//! A wish or a due timer → load, decide, compose, commit. Tried again when somebody else was quicker.

use crate::domain::case::{Case, Command, Event};
use crate::domain::ids::{CaseId, CaseReference};
use crate::domain::time::Instant;
use crate::engine::outgoing::{Outgoing, Pace};
use crate::engine::{Engine, EngineError};
use crate::store::{CaseKey, Commit, DueTimer, StoreError};

/// What a command did.
#[derive(Debug, Clone)]
pub struct Performed {
    /// The case.
    pub id: CaseId,
    /// As it stands now.
    pub case: Case,
    /// What happened; empty when the command had nothing to do.
    pub events: Vec<Event>,
    /// Letters queued, by name.
    pub letters: Vec<String>,
}

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

/// Attempts at a commit that meets another writer.
const ATTEMPTS_MAX: u32 = 5;
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

impl Engine {
    /// Performs `command` on the case.
    ///
    /// # Errors
    /// [`EngineError::Refused`] with everything that is wrong, [`EngineError::NoSuchCase`], or the store's.
    pub async fn perform(&self, key: &CaseKey, command: &Command, pace: Pace) -> Result<Performed, EngineError> {
        for _ in 0..ATTEMPTS_MAX {
            match self.try_perform(key, command, pace).await {
                Err(EngineError::Store(StoreError::Conflict { .. })) => {}
                done => return done,
            }
        }
        Err(EngineError::Busy { reference: key.to_string(), attempts: ATTEMPTS_MAX })
    }

    async fn try_perform(&self, key: &CaseKey, command: &Command, pace: Pace) -> Result<Performed, EngineError> {
        let stored = self.store.load_case(key).await?;
        let stored = stored.ok_or_else(|| EngineError::NoSuchCase { reference: key.to_string() })?;
        let (id, before) = (stored.id, stored.case);
        let events = crate::domain::case::decide(Some(&before), command, &self.world())?;
        if events.is_empty() {
            return Ok(Performed { id, case: before, events, letters: Vec::new() });
        }
        let version = before.version;
        let after = crate::domain::case::replay(Some(before.clone()), &events)?;
        let mut outgoing = self.outgoing(id, Some(&before), &after, &events, pace)?;
        let letters = crate::engine::intake::names(&outgoing.letters);
        let write = self.case_write(id, version, events.clone(), after.clone(), &mut outgoing);
        let Outgoing { letters: rows, tasks, .. } = outgoing;
        let done = match command {
            Command::Record { .. } => self.overtaken(id, &before, &after).await?,
            Command::Open(_) | Command::Fire { .. } | Command::Attach { .. } | Command::Recalculate { .. } => Vec::new(),
        };
        let commit = Commit { case: Some(write), letters: rows, tasks, done, ..Commit::at(self.ambient.now()) };
        self.store.commit(commit).await?;
        Ok(Performed { id, case: after, events, letters })
    }

    /// Carries out every timer that is due now, until none is, by the calendar as it is now. After downtime everything is gathered.
    ///
    /// # Errors
    /// The store's. A case that refuses or whose history is broken is logged and does not hold up the others.
    pub async fn fire_due_timers(&self) -> Result<Vec<Fired>, EngineError> {
        self.follow_calendar().await?;
        let now = self.ambient.now();
        let pace = self.pace(now).await?;
        let mut all = Vec::new();
        loop {
            let due = self.store.due_timers(now, SWEEP_MAX).await?;
            let mut moved = false;
            for timer in &due {
                if let Some(fired) = self.fire(timer, pace).await? {
                    all.push(fired);
                    moved = true;
                }
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

    async fn fire(&self, due: &DueTimer, pace: Pace) -> Result<Option<Fired>, EngineError> {
        let command = Command::Fire { timer: due.timer.clone(), arming: due.arming, rung: due.rung };
        match self.perform(&CaseKey::Id(due.case), &command, pace).await {
            Ok(done) => Ok(done.events.iter().find_map(|event| match event {
                Event::TimerFired { name, .. } => Some(Fired {
                    reference: done.case.reference.clone(),
                    timer: due.timer.to_string(),
                    rung: name.clone(),
                    letters: done.letters.clone(),
                }),
                _ => None,
            })),
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
