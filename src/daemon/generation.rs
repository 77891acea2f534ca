//! A database that is older than the letters that left: a backup was put back. Before letters leave a number is counted up in the
//! database, and written beside the master key, which no backup of the database holds. Where the file is ahead of the database, what the
//! database calls unsent may have left already: nothing leaves until a person has said so.

use std::io::Write as _;
use std::path::PathBuf;

use crate::daemon::app::App;
use crate::daemon::round::RoundError;
use crate::engine::settle::Settler;
use crate::store::{AuditEntry, Commit, StoreError};

/// The note that holds the number in the database.
const NOTE: &str = "outbox_generation";
/// What is said of a letter that the backup brought back.
const HELD: &str = "a backup was put back: it may have left already; ask whoever it is for, then release or discard it";

/// The database is older than the letters that left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "the database is older than the letters that left: a backup was put back, and nothing is sent; `focus-family mail restored` holds \
     the letters of the backup, and new ones leave again"
)]
pub struct Restored;

/// The file beside the master key; none where the key is in no file of this machine.
fn file(app: &App) -> Option<PathBuf> {
    let key = &app.settings.master_key_file;
    let name = key.file_name()?.to_str()?;
    key.is_file().then(|| key.with_file_name(format!("{name}.generation")))
}

/// A file that is there and cannot be read says nothing: then nothing may leave.
fn written(app: &App) -> std::io::Result<i64> {
    let Some(file) = file(app) else { return Ok(0) };
    let about = |error: &dyn std::fmt::Display| {
        let advice = "with the number of letters' batches that left; make it readable, or write one of a copy of it back";
        std::io::Error::other(format!("`{}` {advice}: {error}", file.display()))
    };
    match std::fs::read_to_string(&file) {
        Ok(text) => text.trim().parse().map_err(|error| about(&error)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(0),
        Err(error) => Err(about(&error)),
    }
}

async fn stored(app: &App) -> Result<i64, StoreError> {
    let note = app.engine.store.get_note(NOTE).await?;
    Ok(note.and_then(|text| text.parse().ok()).unwrap_or_default())
}

/// Whether a backup was put back and nobody has said what becomes of its letters.
///
/// # Errors
/// The store's.
pub async fn is_restored(app: &App) -> Result<bool, RoundError> {
    // The file first: another daemon may count up in between.
    let written = written(app).map_err(RoundError::Generation)?;
    Ok(written > stored(app).await?)
}

/// Counts up before letters leave.
///
/// # Errors
/// [`RoundError::Restored`] when nothing may leave; the store's.
pub async fn before_letters_leave(app: &App) -> Result<(), RoundError> {
    if file(app).is_none() {
        return Ok(());
    }
    if is_restored(app).await? {
        return Err(Restored.into());
    }
    let generation = app.engine.store.count_up(NOTE).await?;
    write(app, generation).map_err(RoundError::Generation)
}

/// On the disk before it returns: what is in the file has happened.
fn write(app: &App, generation: i64) -> std::io::Result<()> {
    let Some(file) = file(app) else { return Ok(()) };
    if generation <= written(app)? {
        return Ok(());
    }
    let new = file.with_extension("generation.new");
    let mut open = std::fs::File::create(&new)?;
    open.write_all(format!("{generation}\n").as_bytes())?;
    open.sync_all()?;
    std::fs::rename(&new, &file)?;
    std::fs::File::open(file.parent().unwrap_or(std::path::Path::new(".")))?.sync_all()
}

/// A person knows that a backup was put back: its letters are held, each for a person, and new ones leave. Returns how many are held.
///
/// # Errors
/// What the engine refuses; the store's.
pub async fn acknowledge(app: &App, settler: &Settler) -> Result<Option<u64>, RoundError> {
    if !is_restored(app).await? {
        return Ok(None);
    }
    app.engine.may_answer_for_letters(settler).await?;
    let now = app.engine.ambient.now();
    let entry = AuditEntry {
        by: settler.by.clone(),
        action: "held_letters_of_a_backup".to_owned(),
        case: None,
        mail: None,
        detail: serde_json::json!({"because": settler.because}),
    };
    app.engine.store.commit(Commit { audit: vec![entry], ..Commit::at(now) }).await?;
    let held = app.engine.store.hold_letters(now, HELD).await?;
    let written = written(app).map_err(RoundError::Generation)?;
    app.engine.store.set_note(NOTE, &written.to_string()).await?;
    Ok(Some(held))
}
