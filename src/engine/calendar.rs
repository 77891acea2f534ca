//! A changed calendar moves the deadlines that run, and each says why.

use sha2::{Digest, Sha256};

use crate::domain::case::Command;
use crate::engine::outgoing::Pace;
use crate::engine::{Engine, EngineError};
use crate::store::{CaseFilter, CaseKey};

/// The note that holds the mark of the calendar by which running deadlines were counted.
const CALENDAR: &str = "calendar";

impl Engine {
    /// When the calendar is another than at the last look, counts every running deadline anew. Returns how many cases it moved.
    /// Stopped half-way and run again, it moves nothing twice.
    ///
    /// # Errors
    /// The store's. A case that cannot be counted anew is logged and holds up no other.
    pub async fn follow_calendar(&self) -> Result<usize, EngineError> {
        let mark = self.calendar_mark();
        if self.store.get_note(CALENDAR).await?.as_deref() == Some(&mark) {
            return Ok(0);
        }
        let because = format!("the calendar has changed, version {}", self.programme.calendar.version);
        let command = Command::Recalculate { because };
        let mut moved = 0;
        for row in self.store.cases(&CaseFilter { closed: Some(false), ..CaseFilter::default() }).await? {
            match self.perform(&CaseKey::Id(row.id), &command, Pace::Usual).await {
                Ok(done) => moved += usize::from(!done.events.is_empty()),
                Err(EngineError::Store(error)) if !error.is_of_one_row() => return Err(error.into()),
                Err(error) => tracing::error!(case = %row.reference, error = %error, "its deadlines could not be counted anew"),
            }
        }
        self.store.set_note(CALENDAR, &mark).await?;
        Ok(moved)
    }

    /// Version and days: whoever changes a day and forgets the version is followed too.
    fn calendar_mark(&self) -> String {
        let calendar = &self.programme.calendar;
        let mut hash = Sha256::new();
        calendar.closed.iter().for_each(|day| hash.update(day.to_string()));
        let days: String = hash.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        format!("{} {days}", calendar.version)
    }
}
