//! Several machines on one database: when each of them last looked whether a backup was put back.
//!
//! A machine that was switched off when letters left cannot know that the database is older than they are; one of the others does. So
//! one that starts lets those look first who were at work before, unless they do so anyway.

use crate::daemon::app::App;
use crate::domain::time::Instant;
use crate::store::StoreError;

/// The note that holds the machines and when each last looked, in microseconds since 1970: `5f0c91ab:1790000000000000 …`.
const NOTE: &str = "outbox_machines";
/// How often a machine says that it looks.
const SAID_EVERY_SECONDS: i64 = 60;
/// A machine that looked so recently is at work.
const AT_WORK_SECONDS: i64 = 120;
/// So long after its start a machine waits for the others; then somebody has taken them away.
const WAITS_SECONDS: i64 = 300;
/// A machine that has not looked for so long is forgotten.
const FORGOTTEN_SECONDS: i64 = 2 * 24 * 3_600;

async fn known(app: &App) -> Result<(Option<String>, Vec<(String, i64)>), StoreError> {
    let note = app.engine.store.get_note(NOTE).await?;
    let words = note.as_deref().unwrap_or_default().split_whitespace().filter_map(|word| word.split_once(':'));
    let all = words.filter_map(|(machine, at)| Some((machine.to_owned(), at.parse().ok()?))).collect();
    Ok((note, all))
}

/// Seconds from `at_us` to `now`; negative when it is ahead.
fn seconds_since(at_us: i64, now: Instant) -> i64 {
    (now.as_microsecond() - at_us) / 1_000_000
}

/// Whether some machine has looked lately; asked where this one has no name yet.
///
/// # Errors
/// The store's.
pub async fn another_is_at_work(app: &App) -> Result<bool, StoreError> {
    let now = app.engine.ambient.now();
    Ok(known(app).await?.1.iter().any(|(_, at)| seconds_since(*at, now) <= AT_WORK_SECONDS))
}

/// Says that `machine` looks, and whether all others have looked since it started, were at work shortly before, or were waited for.
///
/// # Errors
/// The store's.
pub async fn have_looked(app: &App, machine: &str) -> Result<bool, StoreError> {
    let now = app.engine.ambient.now();
    let start = *app.first_look.get_or_init(|| now);
    let (note, mut all) = known(app).await?;
    let late = |(other, at): &&(String, i64)| other != machine && seconds_since(*at, start) > AT_WORK_SECONDS;
    let waits = seconds_since(start.as_microsecond(), now) < WAITS_SECONDS && all.iter().any(|one| late(&one));
    let said = all.iter().find(|(name, _)| name == machine).map(|(_, at)| *at);
    if said.is_none_or(|at| seconds_since(at, now) >= SAID_EVERY_SECONDS) {
        if said.is_none() && waits {
            tracing::info!(
                "letters wait up to five minutes: other machines of this database have not looked yet whether a backup was put back"
            );
        }
        // While others are waited for none is forgotten.
        all.retain(|(name, at)| name != machine && (waits || seconds_since(*at, now) < FORGOTTEN_SECONDS));
        all.push((machine.to_owned(), now.as_microsecond()));
        let text = all.iter().map(|(name, at)| format!("{name}:{at}")).collect::<Vec<_>>().join(" ");
        // Who writes at the same moment is written first; the next look says it again.
        app.engine.store.change_note(NOTE, note.as_deref(), &text).await?;
    }
    Ok(!waits)
}
