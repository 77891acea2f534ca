//! All SQL of the program, for both engines. Nothing else changes what is stored.
//!
//! [`Store::take_in`] puts mails into the ledger before anything is made of them; [`Store::commit`] is the only write of
//! a case: events, state, timers, letters, tasks, the end of a mail and audit rows in one transaction, or none of them.
//! Personal data is sealed on the way in and opened on the way out in here, so that nobody can forget to.
//! Claims carry an epoch that grows; what is written under an older one is refused.

mod balance;
mod batch;
mod cases;
mod chain;
mod check;
mod claims;
mod commit;
mod database;
mod decision;
mod digest;
mod direct;
mod error;
mod following;
mod fresh;
mod gathering;
mod inbox;
mod keys;
mod leases;
mod mails;
mod migration;
mod opening;
mod outbox;
mod people;
mod queue;
mod rotation;
mod settled;
mod statement;
mod states;
mod stop;
mod tasks;
mod timers;
mod versions;
mod watch;

pub use balance::Balance;
pub use batch::Together;
pub use cases::{CaseFilter, CaseKey, CaseRow, StoredCase, StoredEvent};
pub use chain::ChainReport;
pub use check::Finding;
pub use claims::ClaimedMail;
pub use decision::{
    AuditEntry, CaseSummary, CaseWrite, Commit, Committed, HouseholdWrite, MailEnd, MailMarks, NewLetter, NewTask, NextClaim,
};
pub use error::StoreError;
pub use following::{Appended, Follower, Waits};
pub use gathering::{AnswerPace, Answered, GatheringLetter};
pub use inbox::{Arrival, Fate, TakenIn};
pub use leases::Epoch;
pub use mails::{EndState, MailFilter, MailRow};
pub use migration::migration_files;
pub use opening::{Durability, StoreSettings};
pub use outbox::{ClaimedLetter, DueAlert, LetterClaim};
pub use people::{LikelyCase, TieRow};
pub use queue::{LetterFilter, LetterRow, LetterState, QueuedLetter};
#[doc(hidden)]
pub use stop::Boundary;
pub use tasks::{TaskFilter, TaskRow};
pub use timers::DueTimer;
pub use versions::{KeptVersion, VersionFiles, VersionKind};
pub use watch::Witnessed;

use std::str::FromStr;
use std::sync::Arc;

use crate::domain::time::{Date, Instant};
use crate::vault::{Key, Vault};
use chain::Head;
use database::{Database, Row};
use fresh::FreshMails;
use keys::Keys;
use states::States;
use versions::Versions;
use watch::Eye;

/// The store: an engine and a vault. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}
crate::redacted_debug!(Store);

struct Inner {
    database: Database,
    vault: Vault,
    /// For what belongs to no case and no mail.
    house: Key,
    keys: Keys,
    fresh: FreshMails,
    eye: Eye,
    states: States,
    versions: Versions,
    head: Head,
    /// Number of the first link of the chain that is keyed.
    keyed_from: i64,
}

impl Store {
    /// The vault, for fingerprints.
    #[must_use]
    pub fn vault(&self) -> &Vault {
        &self.inner.vault
    }
    /// `sqlite` or `postgres`, for people.
    #[must_use]
    pub fn engine(&self) -> &'static str {
        self.inner.database.either("sqlite", "postgres")
    }
    /// Returns once the disk under an SQLite database has failed: the process must end at once, without another write.
    pub async fn disk_failure(&self) {
        self.inner.database.disk_failure().await;
    }
    /// Lets go of the database; SQLite's journal is folded into the file.
    pub async fn close(&self) {
        self.inner.database.close().await;
    }
}

fn unreadable(table: &'static str, column: &'static str, row: &str, why: &str) -> StoreError {
    StoreError::Unreadable { table, column, row: row.to_owned(), why: why.to_owned() }
}

/// A typed name, id, date or reference from a text column.
fn parsed<T: FromStr>(table: &'static str, column: &'static str, row: &str, text: &str) -> Result<T, StoreError> {
    text.parse().map_err(|_| unreadable(table, column, row, "it is not of the form it was stored in"))
}

fn optional_id<T: FromStr>(row: &Row, table: &'static str, column: &'static str, id: &str) -> Result<Option<T>, StoreError> {
    row.get::<Option<String>>(column)?.map(|text| parsed(table, column, id, &text)).transpose()
}

fn named<T: TryFrom<String>>(table: &'static str, column: &'static str, row: &str, text: String) -> Result<T, StoreError> {
    T::try_from(text).map_err(|_| unreadable(table, column, row, "it is no name of the programme"))
}

fn instant(table: &'static str, column: &'static str, id: &str, row: &Row) -> Result<Instant, StoreError> {
    Instant::from_microsecond(row.get(column)?).map_err(|_| unreadable(table, column, id, "it is no moment in time"))
}

fn optional_instant(table: &'static str, column: &'static str, id: &str, row: &Row) -> Result<Option<Instant>, StoreError> {
    let microseconds: Option<i64> = row.get(column)?;
    let moment = |us| Instant::from_microsecond(us).map_err(|_| unreadable(table, column, id, "it is no moment in time"));
    microseconds.map(moment).transpose()
}

fn optional_date(table: &'static str, column: &'static str, id: &str, row: &Row) -> Result<Option<Date>, StoreError> {
    row.get::<Option<String>>(column)?.map(|text| parsed(table, column, id, &text)).transpose()
}

/// `seconds` after `now`, in microseconds since 1970.
fn after_us(now: Instant, seconds: u32) -> i64 {
    now.as_microsecond().saturating_add(i64::from(seconds) * 1_000_000)
}

/// A count from the database, which is never negative.
fn count(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

fn small_count(number: i64) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
