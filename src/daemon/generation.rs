//! A database that is older than the letters that left: a backup was put back. Before letters leave a number is counted up in the
//! database, and written beside the master key, which no backup of the database holds. Where the file is ahead of the database, what the
//! database calls unsent may have left already: nothing leaves until a person has said so.
//!
//! Several machines on one database have a file each. The first that finds its own ahead says so in the database, and then nothing
//! leaves from any of them, however far behind the others' files are. The word of a person ends that for all: it begins a new *line* of
//! numbers, and neither a file of an earlier line nor one written before that word says anything against the database any more. A machine that has sent nothing itself keeps up
//! with the number at every look, so that it finds the same as the others.

use std::path::PathBuf;

use crate::config::own;
use crate::daemon::app::App;
use crate::daemon::head;
use crate::daemon::round::RoundError;
use crate::engine::settle::Settler;
use crate::store::{AuditEntry, Commit, StoreError};

/// The note that holds the number in the database.
const NOTE: &str = "outbox_generation";
/// The note that holds the names of the lines, oldest first: a new one with each backup that a person knows was put back.
const LINES: &str = "outbox_lines";
/// The note that says which machine's file was found ahead; empty when a person has answered.
const FOUND: &str = "outbox_restored";
/// The note that says when a person last answered, in microseconds since 1970.
const ANSWERED: &str = "outbox_restored_answered";
/// The audit row of a person's answer.
pub(crate) const ACKNOWLEDGED: &str = "held_letters_of_a_backup";
/// What is said of a letter that the backup brought back.
const HELD: &str = "a backup was put back: it may have left already; ask whoever it is for, then release or discard it";

/// The database is older than the letters that left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "the database is older than the letters that left: a backup was put back, and nothing is sent; `focus-family mail restored` holds \
     the letters of the backup, and new ones leave again"
)]
pub struct Restored;

/// A file beside the master key; none where the key is in no file of this machine.
pub(crate) fn beside_key(app: &App, what: &str) -> Option<PathBuf> {
    let key = &app.settings.master_key_file;
    let name = key.file_name()?.to_str()?;
    key.is_file().then(|| key.with_file_name(format!("{name}.{what}")))
}

fn file(app: &App) -> Option<PathBuf> {
    beside_key(app, "generation")
}

/// What the file says: how many batches of letters left, in which line.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Written {
    number: i64,
    /// None in a file of the first days.
    line: Option<String>,
    /// When it was written, in microseconds since 1970.
    at_us: Option<i64>,
}

/// What the database says.
struct Stored {
    number: i64,
    lines: Vec<String>,
    /// A machine has found its file ahead, and nobody has answered.
    found: bool,
    /// When a person last answered.
    answered_us: Option<i64>,
}

impl Stored {
    /// Whether letters left after this database was copied.
    fn is_behind(&self, written: &Written) -> bool {
        match &written.line {
            // Of a line the database has left behind: a person has answered since.
            Some(line) if self.lines.contains(line) && self.lines.last() != Some(line) => false,
            // Of a line that began after the copy was made; unless a person has answered since it was written.
            Some(line) if !self.lines.contains(line) => {
                written.at_us.is_none_or(|at| self.answered_us.is_none_or(|answered| at > answered))
            }
            Some(_) | None => written.number > self.number,
        }
    }
}

/// Why the file tells nothing.
#[derive(Debug, thiserror::Error)]
enum Untold {
    /// The file system said no.
    #[error("`{}` with the number of letters' batches that left cannot be read; make it readable", file.display())]
    File {
        file: PathBuf,
        #[source]
        cause: std::io::Error,
    },
    /// It is empty, or something else.
    #[error(
        "`{}` holds no number of letters' batches that left: nobody knows whether a backup was put back; \
         `focus-family mail restored` holds the letters that are due, and new ones leave again",
        file.display()
    )]
    Damaged { file: PathBuf },
}

impl From<Untold> for RoundError {
    fn from(untold: Untold) -> Self {
        Self::Generation(std::io::Error::other(untold))
    }
}

/// A file that is there and cannot be read says nothing: then nothing may leave.
fn written(app: &App) -> Result<Option<Written>, Untold> {
    let Some(file) = file(app) else { return Ok(None) };
    match std::fs::read_to_string(&file) {
        Ok(text) => {
            let mut words = text.split_whitespace();
            let Some(number) = words.next().and_then(|number| number.parse().ok()) else { return Err(Untold::Damaged { file }) };
            let line = words.next().map(str::to_owned);
            Ok(Some(Written { number, line, at_us: words.next().and_then(|at| at.parse().ok()) }))
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) if error.kind() == std::io::ErrorKind::InvalidData => Err(Untold::Damaged { file }),
        Err(cause) => Err(Untold::File { file, cause }),
    }
}

/// As [`written`]; a damaged file is made anew from the database where it is sure that the database is not older: the end of the chain
/// that this machine saw since the file was last touched is in it.
async fn written_or_healed(app: &App) -> Result<Option<Written>, RoundError> {
    let file = match written(app) {
        Err(Untold::Damaged { file }) => file,
        told => return Ok(told?),
    };
    let touched = std::fs::metadata(&file).and_then(|data| data.modified());
    let stored = stored(app).await?;
    let line = stored.lines.last().filter(|_| !stored.found);
    let (Some(line), true) = (line, head::is_proven_since(app, touched.map_err(RoundError::Generation)?).await?) else {
        return Err(Untold::Damaged { file }.into());
    };
    tracing::warn!(file = %file.display(), "the file held no number; it was made anew, for the database is proven to be no older");
    put(app, &file, stored.number, line).map_err(RoundError::Generation)?;
    Ok(written(app)?)
}

fn lines(kept: Option<&str>) -> Vec<String> {
    kept.unwrap_or_default().split_whitespace().map(str::to_owned).collect()
}

async fn stored(app: &App) -> Result<Stored, StoreError> {
    let store = &app.engine.store;
    let number = store.get_note(NOTE).await?.and_then(|text| text.parse().ok()).unwrap_or_default();
    let found = store.get_note(FOUND).await?.is_some_and(|machine| !machine.is_empty());
    let answered_us = store.get_note(ANSWERED).await?.and_then(|text| text.parse().ok());
    Ok(Stored { number, lines: lines(store.get_note(LINES).await?.as_deref()), found, answered_us })
}

/// Whether a backup was put back and nobody has said what becomes of its letters.
///
/// # Errors
/// The store's.
pub async fn is_restored(app: &App) -> Result<bool, RoundError> {
    // The file first: another daemon may count up in between.
    let written = written_or_healed(app).await?;
    let stored = stored(app).await?;
    Ok(stored.found || written.is_some_and(|written| stored.is_behind(&written)))
}

/// Looks whether a backup was put back, says so to the other machines, and keeps the file of this one up with the letters that leave
/// from theirs.
///
/// # Errors
/// [`RoundError::Restored`] when nothing may leave; the store's.
pub async fn look(app: &App) -> Result<(), RoundError> {
    let written = written_or_healed(app).await?;
    let stored = stored(app).await?;
    if stored.found {
        return Err(Restored.into());
    }
    if written.as_ref().is_some_and(|written| stored.is_behind(written)) {
        app.engine.store.set_note(FOUND, &app.engine.worker).await?;
        return Err(Restored.into());
    }
    match stored.lines.last() {
        Some(line) if stored.number > 0 => write(app, stored.number, line).map_err(RoundError::Generation),
        Some(_) | None => Ok(()),
    }
}

/// Counts up before letters leave.
///
/// # Errors
/// [`RoundError::Restored`] when nothing may leave; the store's.
pub async fn before_letters_leave(app: &App) -> Result<(), RoundError> {
    look(app).await?;
    let store = &app.engine.store;
    let kept = store.get_note(LINES).await?;
    let line = match lines(kept.as_deref()).pop() {
        Some(line) => line,
        None => begin_line(app, kept.as_deref()).await?,
    };
    let generation = store.count_up(NOTE).await?;
    write(app, generation, &line).map_err(RoundError::Generation)
}

/// A new line; of several machines that begin one at once, one does.
async fn begin_line(app: &App, kept: Option<&str>) -> Result<String, RoundError> {
    let store = &app.engine.store;
    let new = format!("{:032x}", app.engine.ambient.bits());
    let all: Vec<String> = lines(kept).into_iter().chain([new.clone()]).collect();
    if store.change_note(LINES, kept, &all.join(" ")).await? {
        return Ok(new);
    }
    let begun = lines(store.get_note(LINES).await?.as_deref());
    Ok(begun.last().cloned().unwrap_or(new))
}

/// On the disk before it returns: what is in the file has happened.
fn write(app: &App, number: i64, line: &str) -> std::io::Result<()> {
    let Some(file) = file(app) else { return Ok(()) };
    let is_newer = |written: Written| written.line.as_deref() == Some(line) && written.number >= number;
    if written(app).ok().flatten().is_some_and(is_newer) {
        return Ok(());
    }
    put(app, &file, number, line)
}

/// Several daemons may share a key folder: each writes under a name of its own, and the last one's file stands.
fn put(app: &App, file: &std::path::Path, number: i64, line: &str) -> std::io::Result<()> {
    let text = format!("{number} {line} {}\n", app.engine.ambient.now().as_microsecond());
    own::replace(file, &app.engine.worker, text.as_bytes())
}

/// A person knows that a backup was put back: its letters are held, each for a person, and new ones leave. Returns how many are held.
///
/// # Errors
/// What the engine refuses; the store's.
pub async fn acknowledge(app: &App, settler: &Settler) -> Result<Option<u64>, RoundError> {
    let restored = match is_restored(app).await {
        // Whatever the file said: a person answers for what leaves from now on.
        Err(RoundError::Generation(_)) => matches!(written(app), Err(Untold::Damaged { .. })),
        told => told?,
    };
    if !restored && head::differs(app).await?.is_none() {
        return Ok(None);
    }
    app.engine.may_answer_for_letters(settler).await?;
    let now = app.engine.ambient.now();
    let entry = AuditEntry {
        by: settler.by.clone(),
        action: ACKNOWLEDGED.to_owned(),
        case: None,
        mail: None,
        detail: serde_json::json!({"because": settler.because}),
    };
    app.engine.store.commit(Commit { audit: vec![entry], ..Commit::at(now) }).await?;
    let held = app.engine.store.hold_letters(now, HELD).await?;
    let kept = app.engine.store.get_note(LINES).await?;
    let line = begin_line(app, kept.as_deref()).await?;
    let number = stored(app).await?.number;
    write(app, number, &line).map_err(RoundError::Generation)?;
    app.engine.store.set_note(ANSWERED, &now.as_microsecond().to_string()).await?;
    app.engine.store.set_note(FOUND, "").await?;
    head::keep(app).await?;
    Ok(Some(held))
}
