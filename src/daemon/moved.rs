//! Mails that somebody else's program moved to `cur/` before we had them: a colleague who opens the mailbox hides nothing from us.
//!
//! Only mails written since we first watched the folder count; whatever lay there before is history, not post. A folder in which
//! nothing has changed is not listed, and of one that has changed only names that are new are looked at.

use std::collections::HashSet;
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

/// What is remembered between two looks. Nothing durable: after a start everything is looked at once.
#[derive(Debug, Default)]
pub struct Look(Mutex<Seen>);

#[derive(Debug, Default)]
struct Seen {
    /// When the folder was last looked at.
    last: Option<Instant>,
    /// When it had last changed by then, if no later change can carry the same time.
    changed: Option<Instant>,
    /// Names that are in the ledger, or of mails from before the watch.
    known: HashSet<String>,
}

impl Look {
    fn seen(&self) -> std::sync::MutexGuard<'_, Seen> {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Whether it is time for another look; then this is it.
    fn is_due(&self, now: Instant) -> bool {
        let mut seen = self.seen();
        let due = seen.last.is_none_or(|last| now < last || now.duration_since(last).as_secs() >= LOOK_SECONDS);
        if due {
            seen.last = Some(now);
        }
        due
    }

    fn has_changed_since(&self, changed: Instant) -> bool {
        self.seen().changed != Some(changed)
    }

    fn knows(&self, name: &str) -> bool {
        self.seen().known.contains(name)
    }

    /// Remembers `names`. A time of change as old as the clock is coarse says that nothing was added after the names were listed.
    fn note(&self, names: impl IntoIterator<Item = String>, changed: Instant, listed_at: Instant) {
        let mut seen = self.seen();
        seen.known.extend(names);
        let settled = listed_at.duration_since(changed) > jiff::SignedDuration::from_secs(COARSE_SECONDS.cast_signed());
        seen.changed = settled.then_some(changed);
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
    let changed = watched.maildir.cur_changed_at()?;
    if !watched.look.has_changed_since(changed) {
        return Ok(0);
    }
    // The machine's clock, for that is what the times of files are written by.
    let listed_at = crate::ambient::Ambient::Real.now();
    let since = watched_since(app, watched).await?;
    let found = watched.maildir.scan_cur(usize::MAX, |name| watched.look.knows(name))?;
    let (recent, history): (Vec<Found>, Vec<Found>) = found.into_iter().partition(|mail| mail.modified >= since);
    let mut names: Vec<String> = history.into_iter().map(|mail| mail.unique).collect();
    let (mut taken, mut whole) = (0, true);
    for chunk in recent.chunks(NAMES_MAX) {
        let asked: Vec<String> = chunk.iter().map(|mail| mail.unique.clone()).collect();
        let validity = i64::from(watched.maildir.uid_validity());
        let known = app.engine.store.known_uids(&watched.name, "INBOX", validity, &asked).await?;
        let unknown: Vec<Found> = chunk.iter().filter(|mail| !known.contains(&mail.unique)).cloned().collect();
        for batch in unknown.chunks(16) {
            taken += take(app, watched, batch.to_vec()).await?;
        }
        // What was just taken in is asked for once more: a large one may have been left for the next look.
        whole &= unknown.is_empty();
        names.extend(known);
    }
    // Something new may not all have been taken: the folder is listed again, at the next look.
    let settled_at = if whole { listed_at } else { changed };
    watched.look.note(names, changed, settled_at);
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
