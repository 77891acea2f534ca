//! Mails that somebody else's program moved to `cur/` before we had them: a colleague who opens the mailbox hides nothing from us.
//!
//! Only mails written since we first watched the folder count; whatever lay there before is history, not post.

use std::sync::Mutex;
use std::time::Duration;

use crate::daemon::app::{App, Watched};
use crate::daemon::round::{RoundError, take};
use crate::domain::time::Instant;
use crate::mailbox::maildir::Found;

/// Seconds between two looks into `cur/`, which only grows.
const LOOK_SECONDS: i64 = 60;
/// Names asked of the ledger at once.
const NAMES_MAX: usize = 500;
/// The coarsest times of files in use: FAT notes every second one.
const COARSE_SECONDS: u64 = 2;

/// What is remembered between two looks.
#[derive(Debug, Default)]
pub struct Look(Mutex<Option<Instant>>);

impl Look {
    /// Whether it is time for another look; then this is it.
    fn is_due(&self, now: Instant) -> bool {
        let mut last = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let due = last.is_none_or(|last| now < last || now.duration_since(last).as_secs() >= LOOK_SECONDS);
        if due {
            *last = Some(now);
        }
        due
    }
}

/// Takes in what stands in `cur/` and not in the ledger. Returns how many were new.
///
/// # Errors
/// [`RoundError`]; the next look tries again.
pub async fn take_in_moved(app: &App, watched: &Watched) -> Result<usize, RoundError> {
    let now = app.engine.ambient.now();
    if !watched.look.is_due(now) {
        return Ok(0);
    }
    let since = watched_since(app, watched).await?;
    let found = watched.maildir.scan_cur(usize::MAX, |_| false)?;
    let recent: Vec<Found> = found.into_iter().filter(|mail| mail.modified >= since).collect();
    let mut taken = 0;
    for chunk in recent.chunks(NAMES_MAX) {
        let names: Vec<String> = chunk.iter().map(|mail| mail.unique.clone()).collect();
        let validity = i64::from(watched.maildir.uid_validity());
        let known = app.engine.store.known_uids(&watched.name, "INBOX", validity, &names).await?;
        let unknown: Vec<Found> = chunk.iter().filter(|mail| !known.contains(&mail.unique)).cloned().collect();
        for batch in unknown.chunks(16) {
            taken += take(app, watched, batch.to_vec()).await?;
        }
    }
    Ok(taken)
}

/// The moment this folder was first watched, kept in the store.
async fn watched_since(app: &App, watched: &Watched) -> Result<Instant, RoundError> {
    let name = format!("watched_since_us:{}:{}", watched.name, watched.maildir.uid_validity());
    let store = &app.engine.store;
    if let Some(since) = store.get_note(&name).await?.and_then(|text| text.parse().ok()) {
        return Ok(Instant::from_microsecond(since).unwrap_or(Instant::MIN));
    }
    // The folder's own clock, for that is what the mails' times are compared with. Set back a little, because a file system notes
    // times coarsely: a mail written just after this moment may carry a time before it.
    let since = crate::ambient::Ambient::Real.now() - Duration::from_secs(COARSE_SECONDS);
    store.set_note(&name, &since.as_microsecond().to_string()).await?;
    Ok(since)
}
