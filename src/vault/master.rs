//! The master key file: one key a line in base64, newest first. It lies outside the database and is backed up apart
//! from it, so that neither alone tells anything.

use std::fs;
use std::io::{self, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use super::{KEY_ID_BYTES, Key, VaultError};
use crate::ambient::Ambient;

/// The keys that wrap data keys. The first wraps; all unwrap; the last also makes the fingerprints, so it stays.
#[derive(Clone)]
pub struct MasterKey {
    keys: Vec<Key>,
}
crate::redacted_debug!(MasterKey);

impl MasterKey {
    /// Makes a new key file, readable by its owner alone, and has it on disk before returning.
    ///
    /// # Errors
    /// [`VaultError`]; a file that is there already is left alone.
    pub fn create(path: &Path, ambient: &Ambient) -> Result<Self, VaultError> {
        let master = Self::in_memory(ambient);
        master.write_new(path)?;
        Ok(master)
    }
    /// Reads the key file.
    ///
    /// # Errors
    /// [`VaultError`]; a file that others may read is refused.
    pub fn load(path: &Path) -> Result<Self, VaultError> {
        let failed = |cause: io::Error| match cause.kind() {
            io::ErrorKind::NotFound => VaultError::Missing { path: path.to_owned() },
            _ => VaultError::KeyFile { attempted: "read", path: path.to_owned(), cause },
        };
        let mode = fs::metadata(path).map_err(failed)?.permissions().mode() & 0o7777;
        if mode & 0o077 != 0 {
            return Err(VaultError::Exposed { path: path.to_owned(), mode });
        }
        let text = Zeroizing::new(fs::read_to_string(path).map_err(failed)?);
        let mut keys = Vec::new();
        for (index, line) in text.lines().map(str::trim).enumerate().filter(|(_, line)| !line.is_empty()) {
            let no_key = || VaultError::NoKey { path: path.to_owned(), line: index + 1 };
            let decoded = Zeroizing::new(STANDARD.decode(line).map_err(|_| no_key())?);
            keys.push(Key::new(decoded.as_slice().try_into().map_err(|_| no_key())?));
        }
        if keys.is_empty() {
            return Err(VaultError::NoKey { path: path.to_owned(), line: 0 });
        }
        Ok(Self { keys })
    }
    /// Puts a new key before the others of the file. Afterwards the store wraps every data key again.
    ///
    /// # Errors
    /// [`VaultError`]; the old file stays whole whatever happens.
    pub fn rotate(path: &Path, ambient: &Ambient) -> Result<Self, VaultError> {
        let rotated = Self::load(path)?.with_newer(ambient);
        let fresh = path.with_extension("new");
        rotated.write_new(&fresh)?;
        fs::rename(&fresh, path).and_then(|()| sync_folder(path)).map_err(|cause| VaultError::KeyFile {
            attempted: "write",
            path: path.to_owned(),
            cause,
        })?;
        Ok(rotated)
    }
    /// A key that is nowhere on disk: for tests and the simulator.
    #[must_use]
    pub fn in_memory(ambient: &Ambient) -> Self {
        let mut bytes = [0; 32];
        ambient.fill(&mut bytes);
        Self { keys: vec![Key::new(bytes)] }
    }
    /// The same keys with a fresh one before them.
    #[must_use]
    pub fn with_newer(&self, ambient: &Ambient) -> Self {
        let mut keys = Self::in_memory(ambient).keys;
        keys.extend(self.keys.iter().cloned());
        Self { keys }
    }

    pub(super) fn newest(&self) -> &Key {
        self.keys.first().expect("a master key holds at least one key")
    }
    pub(super) fn oldest(&self) -> &Key {
        self.keys.last().expect("a master key holds at least one key")
    }
    pub(super) fn by_id(&self, id: [u8; KEY_ID_BYTES]) -> Option<&Key> {
        self.keys.iter().find(|key| key.id == id)
    }

    fn write_new(&self, path: &Path) -> Result<(), VaultError> {
        let failed = |cause: io::Error| match cause.kind() {
            io::ErrorKind::AlreadyExists => VaultError::AlreadyThere { path: path.to_owned() },
            _ => VaultError::KeyFile { attempted: "write", path: path.to_owned(), cause },
        };
        let mut text = Zeroizing::new(String::new());
        for key in &self.keys {
            text.push_str(&STANDARD.encode(key.bytes));
            text.push('\n');
        }
        let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map_err(failed)?;
        file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).and_then(|()| sync_folder(path)).map_err(failed)
    }
}

/// A new name is on disk only once its folder is.
fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_file_is_made_once_for_its_owner_alone_and_read_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("master.key");
        let made = MasterKey::create(&path, &Ambient::Real).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert!(matches!(MasterKey::create(&path, &Ambient::Real), Err(VaultError::AlreadyThere { .. })));
        assert_eq!(MasterKey::load(&path).unwrap().newest().bytes, made.newest().bytes);
    }

    #[test]
    fn a_key_file_others_may_read_is_refused_with_what_to_do() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("master.key");
        MasterKey::create(&path, &Ambient::Real).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        let refusal = MasterKey::load(&path).unwrap_err().to_string();
        assert!(refusal.contains("mode 0640") && refusal.contains("chmod 600"), "{refusal}");
    }

    #[test]
    fn a_line_that_is_no_key_is_named_and_not_quoted() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("master.key");
        MasterKey::create(&path, &Ambient::Real).unwrap();
        let good = fs::read_to_string(&path).unwrap();
        for (text, line) in [(format!("{good}c2hvcnQ=\n"), "line 2"), (String::new(), "line 0")] {
            fs::write(&path, text).unwrap();
            let refusal = MasterKey::load(&path).unwrap_err().to_string();
            assert!(refusal.contains(line) && !refusal.contains("c2hvcnQ"), "{refusal}");
        }
    }

    #[test]
    fn rotation_puts_the_new_key_first_and_keeps_the_old() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("master.key");
        let before = MasterKey::create(&path, &Ambient::Real).unwrap();
        MasterKey::rotate(&path, &Ambient::Real).unwrap();
        let after = MasterKey::load(&path).unwrap();
        assert_ne!(after.newest().id, before.newest().id);
        assert_eq!(after.oldest().id, before.oldest().id);
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
}
