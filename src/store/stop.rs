//! A door for tests: the store stops before or after its n-th durable write, as if the process had died there.
//!
//! A write that never happened and a write nobody heard back from are the only two ways a process can die around a commit.
//! Nothing of the program calls this; without a call it costs one look at an empty cell for each statement.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use super::{Store, StoreError};

/// Where a store stops. Durable writes are counted from 1, from the call of [`Store::stop_at`] on.
#[doc(hidden)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Boundary {
    /// The write does not happen.
    Before(u32),
    /// The write is durable, and its caller never hears of it.
    After(u32),
}

/// Open, until a test says where to stop.
#[derive(Default)]
pub(super) struct Door(OnceLock<Stop>);

struct Stop {
    at: Boundary,
    writes: AtomicU32,
    stopped: AtomicBool,
}

impl Door {
    /// Lets a call through, unless the store has stopped.
    pub fn pass(&self) -> Result<(), StoreError> {
        match self.0.get() {
            Some(stop) if stop.stopped.load(Ordering::SeqCst) => Err(StoreError::Stopped),
            Some(_) | None => Ok(()),
        }
    }
    /// Counts a write that is about to happen; its number.
    pub fn before_write(&self) -> Result<u32, StoreError> {
        self.pass()?;
        let Some(stop) = self.0.get() else { return Ok(0) };
        let number = stop.writes.fetch_add(1, Ordering::SeqCst) + 1;
        stop.stop_if(stop.at == Boundary::Before(number))?;
        Ok(number)
    }
    /// Write `number` is durable.
    pub fn after_write(&self, number: u32) -> Result<(), StoreError> {
        self.0.get().map_or(Ok(()), |stop| stop.stop_if(stop.at == Boundary::After(number)))
    }
}

impl Stop {
    fn stop_if(&self, here: bool) -> Result<(), StoreError> {
        if here {
            self.stopped.store(true, Ordering::SeqCst);
        }
        if here { Err(StoreError::Stopped) } else { Ok(()) }
    }
}

#[doc(hidden)]
impl Store {
    /// From `boundary` on every call of this store and its clones fails with [`StoreError::Stopped`]. Can be said once.
    pub fn stop_at(&self, boundary: Boundary) {
        let stop = Stop { at: boundary, writes: AtomicU32::new(0), stopped: AtomicBool::new(false) };
        assert!(self.inner.database.door().0.set(stop).is_ok(), "a store stops once");
    }
    /// Whether it has stopped.
    #[must_use]
    pub fn has_stopped(&self) -> bool {
        self.inner.database.door().pass().is_err()
    }
}
