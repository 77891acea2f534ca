//! What can go wrong with the store: one variant for each reaction.

use std::path::PathBuf;

use crate::domain::ids::{CaseId, CaseReference, MailId};
use crate::vault::VaultError;

/// Why the store did not do as asked. Nothing of the transaction happened, unless it says so.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Somebody else changed the case first. Load it again and decide again.
    #[error("case {case} is no longer at version {expected_version}; load it and decide again")]
    Conflict {
        /// The case.
        case: CaseId,
        /// The version decided upon.
        expected_version: u64,
    },
    /// Another case has this reference. Draw another one.
    #[error("reference {reference} is taken; draw another one")]
    ReferenceTaken {
        /// The reference.
        reference: CaseReference,
    },
    /// The lease was taken over, or the work was finished, by somebody else. Let go of it.
    #[error("the claim on {what} with epoch {epoch} is no longer held; leave it to whoever holds it")]
    Fenced {
        /// `mail 0f…`, `letter 3c…`, `lease maildir`.
        what: String,
        /// The epoch that was too old.
        epoch: i64,
    },
    /// The disk is full. Stop taking mail in, keep reading, try again.
    #[error("cannot {attempted}: the disk of the database is full; make room, nothing is lost meanwhile")]
    Full {
        /// What was attempted.
        attempted: &'static str,
    },
    /// The disk did not take what it was given. Stop the process at once: only a restart knows what is on it.
    #[error("cannot {attempted}: the disk of the database failed; the process must stop, and start again once the disk is sound")]
    DiskFailed {
        /// What was attempted.
        attempted: &'static str,
    },
    /// The database's own structure is damaged. Stop, and put the last backup back.
    #[error("cannot {attempted}: the file of the database is damaged; stop, keep it aside and put the last backup back")]
    Corrupt {
        /// What was attempted.
        attempted: &'static str,
    },
    /// The database does not answer, or is busy. Whether a commit happened is not known; try again later.
    #[error("cannot {attempted}: the database does not answer now")]
    Unavailable {
        /// What was attempted.
        attempted: &'static str,
        /// What the driver said.
        #[source]
        cause: sqlx::Error,
    },
    /// A stored row cannot be opened or understood. That row freezes; a person looks.
    #[error("cannot open a stored row")]
    Sealed(#[from] VaultError),
    /// A stored row opens, but what is in it is not understood. That row freezes; a person looks.
    #[error("cannot read `{table}.{column}` of row `{row}`: {why}")]
    Unreadable {
        /// Table.
        table: &'static str,
        /// Column.
        column: &'static str,
        /// Row.
        row: String,
        /// What is wrong with it, without its content.
        why: String,
    },
    /// The mail is not in the ledger.
    #[error("mail {mail} is not in the ledger")]
    NoSuchMail {
        /// The mail.
        mail: MailId,
    },
    /// The database was made by a newer program. Install that one.
    #[error("the database is at schema version {found}, this program knows versions up to {known}; install the newer program")]
    NewerSchema {
        /// Version found.
        found: i64,
        /// Highest version known.
        known: i64,
    },
    /// The database waits for its migration.
    #[error("{}", older(*found, *needed))]
    OlderSchema {
        /// Version found; 0 when there is none.
        found: i64,
        /// Version needed.
        needed: i64,
    },
    /// A migration failed; the database is as it was before it.
    #[error("cannot migrate the database; it is as it was before")]
    Migration {
        /// What went wrong.
        #[source]
        cause: sqlx::migrate::MigrateError,
    },
    /// SQLite is too old to be trusted with several connections.
    #[error("SQLite {found} can lose commits; 3.51.3 or newer is needed")]
    OldSqlite {
        /// Version found.
        found: String,
    },
    /// The folder of the database is not fit for it.
    #[error("cannot keep a database in `{}`: {why}", folder.display())]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// Why not, and what to do.
        why: String,
    },
    /// A test stopped the store, as if the process had died.
    #[doc(hidden)]
    #[error("the store was stopped by a test")]
    Stopped,
    /// Anything else the database refused: a defect of the program.
    #[error("cannot {attempted}")]
    Sql {
        /// What was attempted.
        attempted: &'static str,
        /// What the driver said.
        #[source]
        cause: sqlx::Error,
    },
}

fn older(found: i64, needed: i64) -> String {
    if found == 0 {
        return "there is no database yet; `focus-family init` or `focus-family serve` makes it".to_owned();
    }
    format!(
        "the database is at schema version {found}, this program needs {needed}; stop the older daemon and start `focus-family serve` of this version once: it brings the database up to date"
    )
}

impl StoreError {
    /// Whether only one stored row is at fault: it freezes, a person looks, and everything else goes on.
    #[must_use]
    pub fn is_of_one_row(&self) -> bool {
        matches!(self, Self::Sealed(_) | Self::Unreadable { .. } | Self::NoSuchMail { .. })
    }
    /// Sorts a driver's error by what there is to do about it.
    pub(super) fn from_driver(attempted: &'static str, cause: sqlx::Error) -> Self {
        let code = cause.as_database_error().and_then(|error| error.code().map(std::borrow::Cow::into_owned));
        match (&cause, code.as_deref()) {
            // SQLite answers in numbers. 13: disk full. 1034, 1290: fsync of a file or folder failed; 778, 1546: write or
            // truncate failed. 11, 26: not the file it was, also with more in the high byte.
            (_, Some("13" | "53100")) => Self::Full { attempted },
            (_, Some("1034" | "1290" | "778" | "1546")) => Self::DiskFailed { attempted },
            (_, Some("11" | "26" | "267" | "523" | "779" | "XX001" | "XX002")) => Self::Corrupt { attempted },
            // SQLite 5, 6, 261, 517: busy or locked. PostgreSQL: serialisation, deadlock, shutting down, too many clients.
            (_, Some("5" | "6" | "261" | "517" | "40001" | "40P01" | "53300" | "57P01" | "57P02" | "57P03" | "55P03")) => {
                Self::Unavailable { attempted, cause }
            }
            (_, Some(class)) if class.len() == 5 && class.starts_with("08") => Self::Unavailable { attempted, cause },
            (
                sqlx::Error::Io(_)
                | sqlx::Error::Tls(_)
                | sqlx::Error::PoolTimedOut
                | sqlx::Error::PoolClosed
                | sqlx::Error::WorkerCrashed,
                _,
            ) => Self::Unavailable { attempted, cause },
            _ => Self::Sql { attempted, cause },
        }
    }
}
