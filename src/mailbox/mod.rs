//! Where mail comes from. Looks, reads, and moves aside only what is stored; never deletes.
//!
//! [`maildir`] is a folder on this machine. [`imap`] and [`graph`] are mailboxes on a server, which people open with Outlook
//! meanwhile: mails vanish, come back, get flags, and folders get new numbers. Both do what [`Remote`] says, and whoever calls it keeps the order that loses nothing: look, fetch, store durably, and only then set aside.

pub mod graph;
pub mod http;
pub mod imap;
pub mod maildir;
pub mod secure;
pub mod state;
pub mod token;

use std::future::Future;
use std::path::Path;

use crate::domain::time::Instant;

/// A folder as one look found it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Look {
    /// The folder's UIDVALIDITY: names are for ever only together with it. 0 where names never repeat.
    pub validity: i64,
    /// The mails in the folder, oldest first.
    pub present: Vec<String>,
    /// Names given since the last look to mails that are not there any more.
    pub vanished: Vec<String>,
    /// What the next look needs to know of this one.
    pub bookmark: String,
}

/// A mail as the server gave it.
#[derive(Clone, PartialEq, Eq)]
pub struct Fetched {
    /// When the mailbox received it, as the server says.
    pub received_at: Option<Instant>,
    /// Its bytes; the first of them when it is larger than was asked for.
    pub raw: Vec<u8>,
    /// How many bytes it has: more than `raw` when it is larger.
    pub bytes_total: u64,
}
crate::redacted_debug!(Fetched);

/// What a folder holds that is only watched, never opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub struct Glance {
    /// How many mails.
    pub count: u64,
}

/// The folder got new numbers while mails were moved by their old ones: others may have been moved, which nobody has stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Doubt {
    /// The UIDVALIDITY of the target.
    pub validity: i64,
    /// What may have come into the target.
    pub uids: Vec<String>,
}

/// Why something was not done. One variant for each reaction.
#[derive(Debug, thiserror::Error)]
pub enum RemoteError {
    /// The connection is gone or useless: connect again, after a pause.
    #[error("lost the connection to the mail server while trying to {doing}")]
    Lost {
        /// What was attempted.
        doing: &'static str,
        /// The system's reason.
        #[source]
        cause: std::io::Error,
    },
    /// There never was one.
    #[error("cannot connect to the mail server")]
    Connect(#[from] secure::ConnectError),
    /// The server does not know us: a person must look, and asking often would lock the account.
    #[error("the mail server refused the sign-in ({said}); check the user name and the secret")]
    SignIn {
        /// What it said, without addresses.
        said: String,
    },
    /// The server refused one request; the connection is good.
    #[error("the mail server refused to {doing} ({said})")]
    Refused {
        /// What was attempted.
        doing: &'static str,
        /// What it said, without addresses.
        said: String,
    },
    /// The server asks for a pause.
    #[error("the mail server asks to wait {seconds} seconds")]
    Busy {
        /// For how long.
        seconds: u64,
    },
    /// This one mail cannot be had; the others can.
    #[error("the mail server cannot give one mail ({said})")]
    Unreadable {
        /// What it said, without addresses.
        said: String,
    },
    /// A file the settings name cannot be used.
    #[error("cannot use `{}`: {problem}", path.display())]
    File {
        /// The file.
        path: std::path::PathBuf,
        /// Why not.
        problem: String,
    },
}

/// A mailbox on a server, connected.
pub trait Remote: Send {
    /// Opens `folder` and lists it; `bookmark` is of the last look.
    ///
    /// # Errors
    /// [`RemoteError`].
    fn look(&mut self, folder: &str, bookmark: Option<&str>) -> impl Future<Output = Result<Look, RemoteError>> + Send;
    /// The mail `uid` of the folder looked at last, without any mark that it was read; none when it is gone.
    ///
    /// # Errors
    /// [`RemoteError`].
    fn fetch(&mut self, uid: &str, bytes_max: u64) -> impl Future<Output = Result<Option<Fetched>, RemoteError>> + Send;
    /// Moves these mails of the folder looked at last to `target`, which is made when it is not there. May run again. In doubt
    /// whether the right ones were moved, `target` is open afterwards, and everything the doubt is about must be stored.
    ///
    /// # Errors
    /// [`RemoteError`]; some may have been moved then.
    fn set_aside(&mut self, uids: &[String], target: &str) -> impl Future<Output = Result<Option<Doubt>, RemoteError>> + Send;
    /// Counts a folder without opening anything in it.
    ///
    /// # Errors
    /// [`RemoteError`].
    fn glance(&mut self, folder: &str) -> impl Future<Output = Result<Glance, RemoteError>> + Send;
    /// Returns when something may have happened in the folder, or after `seconds`. May be dropped at any time.
    ///
    /// # Errors
    /// [`RemoteError`].
    fn wait(&mut self, folder: &str, seconds: u64) -> impl Future<Output = Result<(), RemoteError>> + Send;
}

/// A server's words, fit for a log: one short line without anything that could be an address.
#[must_use]
pub fn traceable(said: &str) -> String {
    const CHARACTERS_MAX: usize = 160;
    let words = said.split_whitespace().filter(|word| !word.contains('@') && !word.contains('"'));
    words.collect::<Vec<_>>().join(" ").chars().filter(|c| !c.is_control()).take(CHARACTERS_MAX).collect()
}

/// The secret on the first line of a file.
///
/// # Errors
/// [`RemoteError::File`].
pub fn secret_in(file: &Path) -> Result<String, RemoteError> {
    let wrong = |problem: String| RemoteError::File { path: file.to_owned(), problem };
    let text = std::fs::read_to_string(file).map_err(|error| wrong(error.to_string()))?;
    match text.lines().next().map(str::trim).filter(|line| !line.is_empty()) {
        Some(line) => Ok(line.to_owned()),
        None => Err(wrong("its first line is empty".to_owned())),
    }
}
