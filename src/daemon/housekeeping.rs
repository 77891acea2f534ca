//! The nightly look after everything: deadlines by a changed calendar, every invariant, what people let go late. One daemon of many
//! does it; the result stands in the log, and in `check` until the next.

use serde::{Deserialize, Serialize};

use crate::cli::print;
use crate::daemon::app::App;
use crate::daemon::commands::invariants;
use crate::daemon::head;
use crate::daemon::round::RoundError;
use crate::domain::time::Instant;
use crate::engine::EngineError;
use crate::store::{StoreError, TaskFilter};

/// What a night found, as it is kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Night {
    /// When.
    pub at: Instant,
    /// Open worklist items past their date.
    pub late: usize,
    /// Mails without an end for an hour: whoever claimed them has died, or nothing runs.
    pub unended: usize,
    /// Every invariant that did not hold, one sentence each; at most so many are kept.
    pub broken: Vec<String>,
}

impl Night {
    /// In one line.
    #[must_use]
    pub fn says(&self) -> String {
        let mut parts = vec![if self.broken.is_empty() {
            "every invariant holds".to_owned()
        } else {
            format!("{} broken", print::count(self.broken.len(), "invariant"))
        }];
        for (count, what) in [(self.late, "late on the worklist"), (self.unended, "mail without an end")] {
            if count > 0 {
                parts.push(format!("{count} {what}"));
            }
        }
        parts.join(", ")
    }
}

/// The note that holds the last night.
const LAST: &str = "last_housekeeping";
/// How long the work is ours.
const LEASE_SECONDS: u32 = 3_600;
/// Sentences kept of what is broken.
const BROKEN_MAX: usize = 20;
/// A mail without an end for so long is counted.
const UNENDED_SECONDS: u32 = 3_600;

/// What the last night found; none before the first.
///
/// # Errors
/// The store's.
pub async fn last(app: &App) -> Result<Option<Night>, StoreError> {
    let kept = app.engine.store.get_note(LAST).await?;
    Ok(kept.and_then(|text| serde_json::from_str(&text).ok()))
}

/// Does it when its time has come since the last. Returns what was found.
///
/// # Errors
/// [`RoundError`]; the next look tries again.
pub async fn if_due(app: &App) -> Result<Option<Night>, RoundError> {
    let (store, now) = (&app.engine.store, app.engine.ambient.now());
    // Each machine has a file of its own; one that cannot be written stops nothing else.
    if let Err(error) = head::look_if_due(app).await {
        tracing::error!(%error, "cannot keep the end of the chain of events");
    }
    let last = last(app).await?;
    let due = last.as_ref().is_none_or(|last| app.housekeeping.next_after(last.at).is_some_and(|due| due <= now));
    if !due || store.acquire_lease("housekeeping", &app.engine.worker, now, LEASE_SECONDS).await?.is_none() {
        return Ok(None);
    }
    let night = look_after(app).await?;
    if night.broken.is_empty() {
        tracing::info!(says = night.says(), "nightly look");
    } else {
        tracing::error!(says = night.says(), broken = night.broken.join("; "), "nightly look: run `focus-family check`");
    }
    store.set_note(LAST, &serde_json::to_string(&night).map_err(EngineError::Unwritable)?).await?;
    Ok(Some(night))
}

async fn look_after(app: &App) -> Result<Night, RoundError> {
    let (store, now) = (&app.engine.store, app.engine.ambient.now());
    app.engine.recalculate_if_changed().await?;
    app.engine.write_missing_households().await?;
    app.engine.tell_of_new_plan().await?;
    let mut broken: Vec<String> = head::differs(app).await?.into_iter().collect();
    broken.extend(invariants(app).await?);
    broken.truncate(BROKEN_MAX);
    let today = app.engine.ambient.today();
    let late = store.tasks(&TaskFilter::default()).await?.iter().filter(|task| task.due_on < today).count();
    let unended = store.unended_older_than(now, UNENDED_SECONDS).await?.len();
    Ok(Night { at: now, late, unended, broken })
}
