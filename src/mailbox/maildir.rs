//! A Maildir: one file a mail, `new/` for what nobody has seen, `cur/` for what was taken, `tmp/` for what is being written.
//!
//! The order that loses nothing: [`Maildir::scan_new`], [`Maildir::read`], store the bytes and the ledger row in one durable commit,
//! and only then [`Maildir::move_to_cur`]. After a crash between the last two the file is found again in `new/`, the ledger knows its
//! name, and it is only moved. Another mail program on the same folder may move files to `cur/` first: [`Maildir::scan_cur`] finds
//! those that the ledger does not know. The name of a mail without folder and flags never changes; it is what the ledger keeps.
//!
//! All calls block on the disk; an async caller wraps them.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};

use crate::ambient::Ambient;
use crate::domain::time::Instant;

const UID_VALIDITY_FILE: &str = ".focus-family-uidvalidity";
/// Bytes read of a mail that is too large: enough for its headers, so that a person sees what it is.
pub const HEAD_BYTES_MAX: u64 = 64 * 1024;

/// What went wrong with the folder. Which of the two decides whether the daemon may go on.
#[derive(Debug, thiserror::Error)]
pub enum MaildirError {
    /// Nothing is lost: look again later, and tell the operator.
    #[error("cannot {doing} `{}`", path.display())]
    Unusable {
        /// What was attempted.
        doing: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The system's reason.
        #[source]
        cause: io::Error,
    },
    /// The disk did not take what was written. The daemon must stop: after a failed flush nothing read back can be trusted.
    #[error("cannot make `{}` durable; stop, and look at the disk", path.display())]
    NotDurable {
        /// The file or folder.
        path: PathBuf,
        /// The system's reason.
        #[source]
        cause: io::Error,
    },
    /// Somebody took the mail away since it was found.
    #[error("the mail `{unique}` is not in the folder any more")]
    Gone {
        /// Its name without folder and flags.
        unique: String,
    },
    /// The file that tells this folder from any other is damaged.
    #[error("`{}` holds no number; restore it from a backup, or remove it to have every mail of the folder looked at again", path.display())]
    BadUidValidity {
        /// The file.
        path: PathBuf,
    },
    /// A name that cannot be the name of a mail.
    #[error("a mail cannot be called `{unique}`: use letters, digits and `._=,+-`, not beginning with a dot")]
    BadName {
        /// The name.
        unique: String,
    },
}

/// A mail in the folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Its name without folder and flags: the same for ever.
    pub unique: String,
    /// Where it is now.
    pub path: PathBuf,
    /// How large it is.
    pub bytes_len: u64,
    /// When it was written, as the file system says.
    pub modified: Instant,
}

/// What was read of a mail.
#[derive(Clone, PartialEq, Eq)]
pub enum Reading {
    /// All of it.
    Whole(Vec<u8>),
    /// It is larger than the limit: its beginning only. The file stays; a person must look.
    TooLarge {
        /// The first bytes, at most 64 KiB.
        head: Vec<u8>,
        /// The size of the whole.
        bytes_len: u64,
    },
}
crate::redacted_debug!(Reading);

/// A folder with `new/`, `cur/` and `tmp/`.
#[derive(Debug, Clone)]
pub struct Maildir {
    root: PathBuf,
    uid_validity: u32,
}

impl Maildir {
    /// Opens the folder at `path`; makes it, with its three folders, when it is not there. `ambient` gives a new folder its number.
    ///
    /// # Errors
    /// [`MaildirError`] when it cannot be made or its number is damaged.
    pub fn open(path: &Path, ambient: &Ambient) -> Result<Self, MaildirError> {
        for folder in ["tmp", "new", "cur"] {
            let path = path.join(folder);
            DirBuilder::new().recursive(true).mode(0o700).create(&path).map_err(unusable("make the folder", &path))?;
        }
        let uid_validity = uid_validity(path, ambient)?;
        Ok(Self { root: path.to_owned(), uid_validity })
    }

    /// Whether there is a Maildir at `path`. Makes nothing.
    #[must_use]
    pub fn is_there(path: &Path) -> bool {
        ["tmp", "new", "cur"].iter().all(|folder| path.join(folder).is_dir())
    }

    /// The number of this very folder. A folder put in its place has another, and its names are then new names.
    #[must_use]
    pub fn uid_validity(&self) -> u32 {
        self.uid_validity
    }

    /// Up to `limit` mails of `new/`, oldest first. Hidden files, folders, links and pipes are passed over.
    ///
    /// # Errors
    /// [`MaildirError::Unusable`] when the folder cannot be listed.
    pub fn scan_new(&self, limit: usize) -> Result<Vec<Found>, MaildirError> {
        let mut found = self.scan("new", |_| false)?;
        found.truncate(limit);
        Ok(found)
    }

    /// Up to `limit` mails of `cur/` whose names the ledger does not know, oldest first: another program moved them there.
    ///
    /// # Errors
    /// [`MaildirError::Unusable`] when the folder cannot be listed.
    pub fn scan_cur(&self, limit: usize, known: impl Fn(&str) -> bool) -> Result<Vec<Found>, MaildirError> {
        let mut found = self.scan("cur", known)?;
        found.truncate(limit);
        Ok(found)
    }

    /// When `cur/` last changed: a name came, went or got other flags.
    ///
    /// # Errors
    /// [`MaildirError::Unusable`] when the folder cannot be looked at.
    pub fn cur_changed_at(&self) -> Result<Instant, MaildirError> {
        let folder = self.root.join("cur");
        let changed = fs::metadata(&folder).and_then(|metadata| metadata.modified()).map_err(unusable("look at", &folder))?;
        Ok(Instant::try_from(changed).unwrap_or(Instant::UNIX_EPOCH))
    }

    /// The mails of a folder but those whose names are known: only of the others the files are looked at, for a folder may hold
    /// hundreds of thousands.
    fn scan(&self, folder: &str, known: impl Fn(&str) -> bool) -> Result<Vec<Found>, MaildirError> {
        let folder = self.root.join(folder);
        let entries = fs::read_dir(&folder).map_err(unusable("list", &folder))?;
        let mut found = Vec::new();
        for entry in entries {
            let entry = entry.map_err(unusable("list", &folder))?;
            if known(&unique_of(entry.file_name().as_bytes())) {
                continue;
            }
            let path = entry.path();
            // A file that went away since the folder was listed is somebody else's doing; the next look tells.
            if let Some(mail) = mail_at(&path) {
                found.push(mail);
            }
        }
        found.sort_by(|a, b| (a.modified, &a.unique).cmp(&(b.modified, &b.unique)));
        Ok(found)
    }

    /// The mail called `unique`, wherever it is now and whatever its flags.
    ///
    /// # Errors
    /// [`MaildirError::Unusable`] when a folder cannot be listed.
    pub fn locate(&self, unique: &str) -> Result<Option<Found>, MaildirError> {
        match self.find_in("new", unique)? {
            Some(mail) => Ok(Some(mail)),
            None => self.find_in("cur", unique),
        }
    }

    fn find_in(&self, folder: &str, unique: &str) -> Result<Option<Found>, MaildirError> {
        let folder = self.root.join(folder);
        // Names are compared before any file is looked at: a folder may hold tens of thousands.
        for entry in fs::read_dir(&folder).map_err(unusable("list", &folder))? {
            let entry = entry.map_err(unusable("list", &folder))?;
            if unique_of(entry.file_name().as_bytes()) == unique
                && let Some(mail) = mail_at(&entry.path())
            {
                return Ok(Some(mail));
            }
        }
        Ok(None)
    }

    /// The bytes of `found`; of a mail larger than `bytes_max` its head only.
    ///
    /// # Errors
    /// [`MaildirError::Gone`] when somebody took it away, [`MaildirError::Unusable`] when it cannot be read.
    pub fn read(&self, found: &Found, bytes_max: u64) -> Result<Reading, MaildirError> {
        match read_at(&found.path, bytes_max) {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                let moved = self.locate(&found.unique)?.ok_or_else(|| MaildirError::Gone { unique: found.unique.clone() })?;
                read_at(&moved.path, bytes_max).map_err(unusable("read", &moved.path))
            }
            other => other.map_err(unusable("read", &found.path)),
        }
    }

    /// Moves a stored mail to `cur/`, without any flag: whether a person has seen it is not ours to say. May be run again.
    ///
    /// # Errors
    /// [`MaildirError`]; the mail is then still found, and known.
    pub fn move_to_cur(&self, found: &Found) -> Result<PathBuf, MaildirError> {
        let target = self.rename_to_cur(found)?;
        self.make_moves_durable()?;
        Ok(target)
    }

    /// As [`Maildir::move_to_cur`] for many, with one flush of the folders for all. Mails that somebody took away are passed over.
    ///
    /// # Errors
    /// [`MaildirError`]; what was not moved is still found, and known.
    pub fn move_all_to_cur(&self, found: &[Found]) -> Result<(), MaildirError> {
        for mail in found {
            match self.rename_to_cur(mail) {
                Ok(_) | Err(MaildirError::Gone { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        self.make_moves_durable()
    }

    fn rename_to_cur(&self, found: &Found) -> Result<PathBuf, MaildirError> {
        let cur = self.root.join("cur");
        if found.path.parent() == Some(cur.as_path()) {
            return Ok(found.path.clone());
        }
        let mut name = found.path.file_name().map(std::ffi::OsStr::to_owned).unwrap_or_default();
        if !name.as_bytes().contains(&b':') {
            name.push(":2,");
        }
        let target = cur.join(name);
        match fs::rename(&found.path, &target) {
            Ok(()) => Ok(target),
            Err(error) if error.kind() == ErrorKind::NotFound => {
                let moved = self.locate(&found.unique)?.ok_or_else(|| MaildirError::Gone { unique: found.unique.clone() })?;
                if moved.path.parent() == Some(cur.as_path()) { Ok(moved.path) } else { self.rename_to_cur(&moved) }
            }
            Err(cause) => Err(unusable("move aside", &found.path)(cause)),
        }
    }

    fn make_moves_durable(&self) -> Result<(), MaildirError> {
        make_durable(&self.root.join("cur"))?;
        make_durable(&self.root.join("new"))
    }

    /// Puts a mail into the folder as a mail server does: written aside, flushed, then moved to `new/`. A mail of that name that is
    /// there already stays as it is, so that doing it twice leaves one.
    ///
    /// # Errors
    /// [`MaildirError`]; nothing is in `new/` then.
    pub fn deliver(&self, bytes: &[u8], unique: &str) -> Result<Found, MaildirError> {
        let fit = |byte: u8| byte.is_ascii_alphanumeric() || b"._=,+-".contains(&byte);
        if unique.is_empty() || unique.len() > 200 || unique.starts_with('.') || !unique.bytes().all(fit) {
            return Err(MaildirError::BadName { unique: unique.to_owned() });
        }
        let (temporary, target) = (self.root.join("tmp").join(unique), self.root.join("new").join(unique));
        // In `new/` it has no flags: one look tells.
        if let Some(there) = mail_at(&target).map_or_else(|| self.find_in("cur", unique), |there| Ok(Some(there)))? {
            return Ok(there);
        }
        write_durably(&temporary, bytes)?;
        fs::rename(&temporary, &target).map_err(unusable("deliver", &target))?;
        make_durable(&self.root.join("new"))?;
        mail_at(&target).ok_or_else(|| MaildirError::Gone { unique: unique.to_owned() })
    }
}

fn unusable<'a>(doing: &'static str, path: &'a Path) -> impl FnOnce(io::Error) -> MaildirError + 'a {
    move |cause| MaildirError::Unusable { doing, path: path.to_owned(), cause }
}

fn make_durable(folder: &Path) -> Result<(), MaildirError> {
    let flush = File::open(folder).and_then(|folder| folder.sync_all());
    flush.map_err(|cause| MaildirError::NotDurable { path: folder.to_owned(), cause })
}

fn write_durably(path: &Path, bytes: &[u8]) -> Result<(), MaildirError> {
    let mut file = File::create(path).map_err(unusable("write", path))?;
    file.write_all(bytes).map_err(unusable("write", path))?;
    file.sync_all().map_err(|cause| MaildirError::NotDurable { path: path.to_owned(), cause })
}

/// The mail at `path`, if it is one: a plain file that does not begin with a dot, and no link.
fn mail_at(path: &Path) -> Option<Found> {
    let name = path.file_name()?.as_bytes();
    let metadata = fs::symlink_metadata(path).ok()?;
    if name.starts_with(b".") || !metadata.is_file() {
        return None;
    }
    // A clock far out of range is no reason to pass a mail over; it then counts as the oldest.
    let modified = metadata.modified().ok().and_then(|time| Instant::try_from(time).ok()).unwrap_or(Instant::UNIX_EPOCH);
    Some(Found { unique: unique_of(name), path: path.to_owned(), bytes_len: metadata.len(), modified })
}

/// The name up to its flags. Bytes that are no plain characters are written as `%e4`, so that two names never become one.
fn unique_of(name: &[u8]) -> String {
    let base = name.split(|byte| *byte == b':').next().unwrap_or(name);
    let plain = |byte: u8| byte.is_ascii_graphic() && byte != b'%';
    if base.iter().all(|byte| plain(*byte)) {
        return String::from_utf8_lossy(base).into_owned();
    }
    base.iter().map(|byte| if plain(*byte) { char::from(*byte).to_string() } else { format!("%{byte:02x}") }).collect()
}

fn read_at(path: &Path, bytes_max: u64) -> io::Result<Reading> {
    let seen = fs::symlink_metadata(path)?;
    if !seen.is_file() {
        return Err(io::Error::new(ErrorKind::InvalidInput, "not a plain file"));
    }
    let file = OpenOptions::new().read(true).open(path)?;
    let opened = file.metadata()?;
    // Put in its place between the two looks, a link would lead elsewhere.
    if (seen.dev(), seen.ino()) != (opened.dev(), opened.ino()) {
        return Err(io::Error::new(ErrorKind::InvalidInput, "changed while it was opened"));
    }
    let bytes_len = opened.len();
    let wanted = if bytes_len > bytes_max { HEAD_BYTES_MAX.min(bytes_max) } else { bytes_max };
    let mut bytes = Vec::new();
    file.take(wanted).read_to_end(&mut bytes)?;
    Ok(if bytes_len > bytes_max { Reading::TooLarge { head: bytes, bytes_len } } else { Reading::Whole(bytes) })
}

/// Reads the folder's number, or gives it one that stays. Two processes that both find none end with the same.
fn uid_validity(root: &Path, ambient: &Ambient) -> Result<u32, MaildirError> {
    let path = root.join(UID_VALIDITY_FILE);
    if !path.exists() {
        let number = u32::try_from(ambient.below(u64::from(u32::MAX - 1)) + 1).expect("below 2^32");
        let temporary = root.join(format!("{UID_VALIDITY_FILE}.{number}"));
        write_durably(&temporary, format!("{number}\n").as_bytes())?;
        // A link, unlike a move, fails when somebody was faster.
        let linked = fs::hard_link(&temporary, &path);
        fs::remove_file(&temporary).map_err(unusable("tidy up", &temporary))?;
        match linked {
            Err(cause) if cause.kind() != ErrorKind::AlreadyExists => return Err(unusable("write", &path)(cause)),
            Ok(()) | Err(_) => make_durable(root)?,
        }
    }
    let text = fs::read_to_string(&path).map_err(unusable("read", &path))?;
    text.trim().parse().map_err(|_| MaildirError::BadUidValidity { path })
}
