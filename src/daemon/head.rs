//! The end of the chain as this machine saw it last: its number and its hash, beside the master key, which no backup of the database
//! holds. A chain that is shorter now, or has another hash there, is not the one that was seen: rows were cut off, the whole was made
//! anew, or a backup was put back. The last a person may answer for with `mail restored`.
//!
//! Several machines on one database have a file each, and each keeps the newest end it saw.

use std::path::PathBuf;
use std::time::SystemTime;

use crate::config::own;
use crate::daemon::app::App;
use crate::daemon::generation::{ACKNOWLEDGED, beside_key};
use crate::daemon::round::RoundError;
use crate::domain::time::Instant;
use crate::store::StoreError;

/// A look at the chain's end by each daemon, at most once in so long.
const LOOK_HOURS: i64 = 20;
/// Digits of a hash that people compare.
const SHOWN_DIGITS: usize = 16;

/// What the file says.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Seen {
    events: u64,
    hash: String,
    /// When this end was seen.
    at: Instant,
    /// When the machine looked last, whatever it found.
    looked_at: Instant,
}

impl Seen {
    fn read(text: &str) -> Option<Self> {
        let mut words = text.split_whitespace();
        let (events, hash) = (words.next()?.parse().ok()?, words.next().filter(|hash| hash.len() == 64)?.to_owned());
        let mut moment = || Instant::from_microsecond(words.next()?.parse().ok()?).ok();
        Some(Self { events, hash, at: moment()?, looked_at: moment()? })
    }
    fn text(&self) -> String {
        format!("{} {} {} {}\n", self.events, self.hash, self.at.as_microsecond(), self.looked_at.as_microsecond())
    }
}

/// A file that is not there, or says nothing, is of a machine that has not looked yet; it is written with the next look.
fn seen(app: &App) -> Option<(PathBuf, Option<Seen>)> {
    let file = beside_key(app, "head")?;
    let kept = std::fs::read_to_string(&file).ok().and_then(|text| Seen::read(&text));
    Some((file, kept))
}

/// In one line, for the summary of the day and for whoever compares: `1,204 events, ends with 0f3a…`.
///
/// # Errors
/// The store's.
pub async fn says(app: &App) -> Result<String, StoreError> {
    let (events, hash) = app.engine.store.chain_end().await?;
    Ok(format!("{events} events, the last {}", hash.get(..SHOWN_DIGITS).unwrap_or(&hash)))
}

/// Why the chain is not the one this machine saw; none when it is, or nothing was seen.
///
/// # Errors
/// The store's.
pub async fn differs(app: &App) -> Result<Option<String>, StoreError> {
    let Some((file, Some(kept))) = seen(app) else { return Ok(None) };
    let now = app.engine.store.chain_hash_at(kept.events).await?;
    if now.as_ref() == Some(&kept.hash) || kept.events == 0 || is_answered(app, &kept).await? {
        return Ok(None);
    }
    let what = if now.is_some() { "has another hash there now" } else { "is shorter now" };
    Ok(Some(format!(
        "the chain had {} events when this machine saw it on {}, and {what} (`{}`): rows were cut off or made anew, or a backup was put back",
        kept.events,
        crate::domain::time::london_date(kept.at),
        file.display()
    )))
}

/// Whether a person has said since that a backup was put back. Their row of the chain is keyed: nobody else can have written it.
async fn is_answered(app: &App, kept: &Seen) -> Result<bool, StoreError> {
    let since = app.engine.store.audit(kept.at).await?;
    Ok(since.iter().any(|(at, entry)| *at > kept.at && entry.action == ACKNOWLEDGED))
}

/// Whether the chain holds the end that this machine saw after `moment`: then the database is at least as new as that.
pub(crate) async fn is_proven_since(app: &App, moment: SystemTime) -> Result<bool, StoreError> {
    let Some((_, Some(kept))) = seen(app) else { return Ok(false) };
    let later = SystemTime::from(kept.at) > moment && kept.events > 0;
    Ok(later && app.engine.store.chain_hash_at(kept.events).await? == Some(kept.hash))
}

/// Keeps the end of the chain as it is now, whatever was kept before.
///
/// # Errors
/// The store's, or the file system's.
pub async fn keep(app: &App) -> Result<(), RoundError> {
    let Some((file, _)) = seen(app) else { return Ok(()) };
    let (events, hash) = app.engine.store.chain_end().await?;
    let now = app.engine.ambient.now();
    put(app, &file, &Seen { events, hash, at: now, looked_at: now })
}

/// A look now and then: keeps the newest end where all is well. Returns what is not.
///
/// # Errors
/// The store's, or the file system's.
pub async fn look_if_due(app: &App) -> Result<Option<String>, RoundError> {
    let Some((file, kept)) = seen(app) else { return Ok(None) };
    let now = app.engine.ambient.now();
    let rested = |kept: &Seen| now.duration_since(kept.looked_at).as_hours() < LOOK_HOURS;
    if kept.as_ref().is_some_and(rested) {
        return Ok(None);
    }
    let found = differs(app).await?;
    match (&found, kept) {
        (Some(says), Some(kept)) => {
            tracing::error!(says, "the chain of events is not the one this machine saw: run `focus-family audit verify`");
            put(app, &file, &Seen { looked_at: now, ..kept })?;
        }
        (Some(_), None) | (None, _) => keep(app).await?,
    }
    Ok(found)
}

fn put(app: &App, file: &std::path::Path, seen: &Seen) -> Result<(), RoundError> {
    own::replace(file, &app.engine.worker, seen.text().as_bytes()).map_err(RoundError::Head)
}
