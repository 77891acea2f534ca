//! A database that is older than the letters that left: a backup was put back. Before letters leave a number is counted up in the
//! database, and written beside the master key, which no backup of the database holds. Where the file is ahead of the database, what the
//! database calls unsent may have left already: nothing leaves until a person has said so. Each number has a mark of its own, so that a
//! database that was put back and has counted on since is told from the one the file knows.
//!
//! Several machines on one database have a file each. The first that finds its own ahead says so in the database, and then nothing
//! leaves from any of them, however far behind the others' files are. The word of a person ends that for all: it begins a new *line* of
//! numbers, and neither a file of an earlier line nor one written before that word says anything against the database any more. A machine
//! that has sent nothing itself keeps up with the number at every look, so that it finds the same as the others. One that was not there
//! lets the others look first (`machines`); one without a file, on a database that has sent letters, knows nothing at all: where no
//! other machine is at work, it asks a person.

use std::path::PathBuf;

use crate::config::own;
use crate::daemon::app::App;
use crate::daemon::round::RoundError;
use crate::daemon::{head, machines};
use crate::engine::settle::Settler;
use crate::store::{AuditEntry, Commit, StoreError};

/// The note that holds the number in the database, and behind it the newest numbers with their marks: `8 8:5f0c… 7:91ab…`.
const NOTE: &str = "outbox_generation";
/// The note that holds the names of the lines, oldest first: a new one with each backup that a person knows was put back.
const LINES: &str = "outbox_lines";
/// The note that says which machine's file was found ahead; empty when a person has answered.
const FOUND: &str = "outbox_restored";
/// The note that says when a person last answered, in microseconds since 1970.
const ANSWERED: &str = "outbox_restored_answered";
/// The audit row of a person's answer.
pub(crate) const ACKNOWLEDGED: &str = "held_letters_of_a_backup";
/// In the file, where the database knew no mark.
const NO_MARK: &str = "-";
/// Marks kept: a machine that is further behind is told by its number alone.
const MARKS_MAX: usize = 32;
/// What is said of a letter that the backup brought back.
const HELD: &str = "a backup was put back: it may have left already; ask whoever it is for, then release or discard it";

/// The database is older than the letters that left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "a backup was put back, or this server is new (no `.generation` file beside its key): letters of the database may have left already, \
     and nothing is sent; `focus-family mail restored` holds those, and new ones leave again"
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
    /// The mark of the number; none where the database knew none.
    mark: Option<String>,
    /// By which name the other machines know this one.
    machine: Option<String>,
}

/// What the database says.
struct Stored {
    /// The note as it is.
    note: Option<String>,
    number: i64,
    /// Numbers and their marks, the newest first.
    marks: Vec<(i64, String)>,
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
            Some(_) | None => written.number > self.number || self.is_another(written),
        }
    }

    /// Whether the number of the file is there, of another batch of letters.
    fn is_another(&self, written: &Written) -> bool {
        let known = self.marks.iter().find(|(number, _)| *number == written.number);
        known.is_some_and(|(_, mark)| written.mark.as_ref().is_some_and(|own| own != mark))
    }

    fn mark(&self) -> Option<&str> {
        self.marks.first().filter(|(number, _)| *number == self.number).map(|(_, mark)| mark.as_str())
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
            let at_us = words.next().and_then(|at| at.parse().ok());
            let mark = words.next().filter(|mark| *mark != NO_MARK).map(str::to_owned);
            Ok(Some(Written { number, line, at_us, mark, machine: words.next().map(str::to_owned) }))
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
    write(app, stored.number, line, stored.mark(), None).map_err(RoundError::Generation)?;
    Ok(written(app)?)
}

fn lines(kept: Option<&str>) -> Vec<String> {
    kept.unwrap_or_default().split_whitespace().map(str::to_owned).collect()
}

async fn stored(app: &App) -> Result<Stored, StoreError> {
    let [note, found, answered, kept] = app.engine.store.get_notes([NOTE, FOUND, ANSWERED, LINES]).await?;
    let mut words = note.as_deref().unwrap_or_default().split_whitespace();
    let number = words.next().and_then(|word| word.parse().ok()).unwrap_or_default();
    let marks = words.filter_map(|word| word.split_once(':'));
    let marks = marks.filter_map(|(number, mark)| Some((number.parse().ok()?, mark.to_owned()))).collect();
    let found = found.is_some_and(|machine| !machine.is_empty());
    let answered_us = answered.and_then(|text| text.parse().ok());
    Ok(Stored { note, number, marks, lines: lines(kept.as_deref()), found, answered_us })
}

/// Whether a backup was put back and nobody has said what becomes of its letters.
///
/// # Errors
/// The store's.
pub async fn is_restored(app: &App) -> Result<bool, RoundError> {
    // The file first: another daemon may count up in between.
    let written = written_or_healed(app).await?;
    let stored = stored(app).await?;
    Ok(stored.found || is_behind(app, written.as_ref(), &stored).await?)
}

async fn is_behind(app: &App, written: Option<&Written>, stored: &Stored) -> Result<bool, StoreError> {
    match written {
        Some(written) => Ok(stored.is_behind(written)),
        None if file(app).is_none() || stored.number == 0 => Ok(false),
        // Letters have left, and what this machine knew of it is gone or never was: a new server beside others, or a backup on a new server.
        None => Ok(!machines::another_is_at_work(app).await?),
    }
}

/// Looks whether a backup was put back, says so to the other machines, and keeps the file of this one up with the letters that leave
/// from theirs. Whether letters may leave now: not while others, who may know more, have not looked yet.
///
/// # Errors
/// [`RoundError::Restored`] when nothing may leave; the store's.
pub async fn look(app: &App) -> Result<bool, RoundError> {
    let written = written_or_healed(app).await?;
    let stored = stored(app).await?;
    if stored.found {
        return Err(Restored.into());
    }
    if is_behind(app, written.as_ref(), &stored).await? {
        app.engine.store.set_note(FOUND, &app.engine.worker).await?;
        return Err(Restored.into());
    }
    let (Some(line), Some(_)) = (stored.lines.last(), file(app)) else { return Ok(true) };
    let machine = write(app, stored.number, line, stored.mark(), written).map_err(RoundError::Generation)?;
    Ok(machines::have_looked(app, &machine).await?)
}

/// Counts up before letters leave. Whether they may leave now.
///
/// # Errors
/// [`RoundError::Restored`] when nothing may leave; the store's.
pub async fn before_letters_leave(app: &App) -> Result<bool, RoundError> {
    if !look(app).await? {
        return Ok(false);
    }
    let store = &app.engine.store;
    let kept = store.get_note(LINES).await?;
    let line = match lines(kept.as_deref()).pop() {
        Some(line) => line,
        None => begin_line(app, kept.as_deref()).await?,
    };
    // The file is there before the database counts: a machine that dies in between has one.
    let before = written(app)?;
    if before.is_none() {
        write(app, 0, &line, None, None).map_err(RoundError::Generation)?;
    }
    let (number, mark) = count_up(app).await?;
    // Put back between the look and the count, the database counts what has been before.
    let before = written(app)?;
    let known = stored(app).await?;
    if before.as_ref().is_some_and(|before| known.is_behind(before)) {
        store.set_note(FOUND, &app.engine.worker).await?;
        return Err(Restored.into());
    }
    let machine = write(app, number, &line, Some(&mark), before).map_err(RoundError::Generation)?;
    // The first letters of all leave without a look that found anything.
    machines::have_looked(app, &machine).await?;
    Ok(true)
}

/// The next number and its mark; of several machines that count at once each gets its own.
async fn count_up(app: &App) -> Result<(i64, String), StoreError> {
    loop {
        let known = stored(app).await?;
        let (number, mark) = (known.number + 1, format!("{:016x}", app.engine.ambient.bits() as u64));
        let kept = known.marks.iter().take(MARKS_MAX - 1).map(|(number, mark)| format!(" {number}:{mark}"));
        let note = format!("{number} {number}:{mark}{}", kept.collect::<String>());
        if app.engine.store.change_note(NOTE, known.note.as_deref(), &note).await? {
            return Ok((number, mark));
        }
    }
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

/// On the disk before it returns: what is in the file has happened. Returns by which name the other machines know this one, as `was`
/// says, or a new one.
fn write(app: &App, number: i64, line: &str, mark: Option<&str>, was: Option<Written>) -> std::io::Result<String> {
    let named = was.as_ref().and_then(|was| was.machine.clone());
    let machine = named.clone().unwrap_or_else(|| format!("{:08x}", app.engine.ambient.bits() as u32));
    let Some(file) = file(app) else { return Ok(machine) };
    let says_so = |was: Written| was.line.as_deref() == Some(line) && was.number >= number;
    if named.is_some() && was.is_some_and(says_so) {
        return Ok(machine);
    }
    let at_us = app.engine.ambient.now().as_microsecond();
    let text = format!("{number} {line} {at_us} {} {machine}\n", mark.unwrap_or(NO_MARK));
    // Under a name of its own first: several daemons on one machine keep one file, and the last one's stands.
    own::replace(&file, &app.engine.worker, text.as_bytes())?;
    Ok(machine)
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
    let known = stored(app).await?;
    // A damaged file says nothing, and is made anew.
    let was = written(app).ok().flatten();
    write(app, known.number, &line, known.mark(), was).map_err(RoundError::Generation)?;
    app.engine.store.set_note(ANSWERED, &now.as_microsecond().to_string()).await?;
    app.engine.store.set_note(FOUND, "").await?;
    head::keep(app).await?;
    Ok(Some(held))
}
