//! Timers that are due. Firing one is a commit on its case, so that two daemons never fire it twice.

use super::error::StoreError;
use super::statement::Statement;
use super::{Store, instant, named, parsed, small_count};
use crate::domain::ids::{AreaName, CaseId, TimerName};
use crate::domain::time::Instant;

/// A timer whose rung is due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueTimer {
    /// The case.
    pub case: CaseId,
    /// Which timer.
    pub timer: TimerName,
    /// Which arming.
    pub arming: u32,
    /// Which rung.
    pub rung: u32,
    /// When it was due.
    pub due_at: Instant,
}

impl Store {
    /// Open cases of this area of which this timer runs.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn cases_with_timer(&self, timer: &TimerName, area: &AreaName) -> Result<Vec<CaseId>, StoreError> {
        let statement = Statement::new(
            "SELECT t.case_id FROM timers t JOIN cases c ON c.id = t.case_id WHERE t.timer = $1 AND c.area = $2 AND c.closed = 0 ORDER BY t.case_id",
        )
        .with(timer.as_str())
        .with(area.as_str());
        let rows = self.inner.database.read("look for cases with a timer", statement).await?;
        rows.iter()
            .map(|row| {
                let case: String = row.get("case_id")?;
                parsed("timers", "case_id", &case, &case)
            })
            .collect()
    }
    /// Up to `limit` timers due at `now`, the longest due first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn due_timers(&self, now: Instant, limit: u32) -> Result<Vec<DueTimer>, StoreError> {
        let statement = Statement::new(
            "SELECT case_id, timer, arming, rung, due_at_us FROM timers WHERE wake_at_us <= $1 ORDER BY wake_at_us, case_id, timer LIMIT 0 + $2",
        )
        .with(now)
        .with(limit);
        let mut due = Vec::new();
        for row in self.inner.database.read("look for due timers", statement).await? {
            let case: String = row.get("case_id")?;
            due.push(DueTimer {
                case: parsed("timers", "case_id", &case, &case)?,
                timer: named("timers", "timer", &case, row.get("timer")?)?,
                arming: small_count(row.get("arming")?),
                rung: small_count(row.get("rung")?),
                due_at: instant("timers", "due_at_us", &case, &row)?,
            });
        }
        Ok(due)
    }
    /// The moment the next timer wants looking at; none when none runs.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn next_timer_due_at(&self) -> Result<Option<Instant>, StoreError> {
        let statement = Statement::new("SELECT MIN(wake_at_us) AS wake_at_us FROM timers");
        let rows = self.inner.database.read("look for the next timer", statement).await?;
        rows.first().map_or(Ok(None), |row| super::optional_instant("timers", "wake_at_us", "(first)", row))
    }
    /// Looks at a timer again at `wake_at` only: one that could not be fired must not keep the others from their turn.
    /// Its due date stays.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn put_off_timer(&self, timer: &DueTimer, wake_at: Instant) -> Result<(), StoreError> {
        let statement =
            Statement::new("UPDATE timers SET wake_at_us = $1 WHERE case_id = $2 AND timer = $3 AND arming = $4 AND rung = $5")
                .with(wake_at)
                .with(timer.case.to_text())
                .with(timer.timer.as_str())
                .with(timer.arming)
                .with(timer.rung);
        self.inner.database.write("put a timer off", statement).await.map(drop)
    }
}
