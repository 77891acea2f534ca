//! Folders and files for their owner alone: what the program writes is about families, and other accounts of the machine have no
//! business with it.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

/// Counts what this process has replaced: two of its threads use different names too.
static REPLACED: AtomicU64 = AtomicU64::new(0);

/// Makes a folder that nobody else may open, with those above it; one that is there stays as it is.
///
/// # Errors
/// The file system's.
pub fn folder(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)
}

/// Opens a file to be written anew, which nobody else may read.
///
/// # Errors
/// The file system's.
pub fn create(path: &Path) -> io::Result<File> {
    let file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)?;
    // One that was there before keeps the mode it had.
    if file.metadata()?.permissions().mode() & 0o077 != 0 {
        file.set_permissions(std::fs::Permissions::from_mode(0o600))?;
    }
    Ok(file)
}

/// Writes a file that nobody else may read.
///
/// # Errors
/// The file system's.
pub fn write(path: &Path, bytes: impl AsRef<[u8]>) -> io::Result<()> {
    create(path)?.write_all(bytes.as_ref())
}

/// Writes a file whole or not at all, on the disk before it returns; several processes may do so at once. `own` is a name no other
/// process uses.
///
/// # Errors
/// The file system's.
pub fn replace(path: &Path, own: &str, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let fresh = folder.join(format!(".{name}.{own}-{}.new", REPLACED.fetch_add(1, Ordering::Relaxed)));
    let written = create(&fresh).and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_all()));
    if let Err(error) = written.and_then(|()| std::fs::rename(&fresh, path)) {
        let _gone_or_in_nobodys_way = std::fs::remove_file(&fresh);
        return Err(error);
    }
    File::open(folder)?.sync_all()
}

/// The permission bits by which others than its owner may do something with `path`; none when it is not there or all is well.
#[must_use]
pub fn open_to_others(path: &Path) -> Option<u32> {
    let mode = std::fs::metadata(path).ok()?.permissions().mode() & 0o777;
    (mode & 0o077 != 0).then_some(mode)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_made_is_its_owners_alone_whatever_was_there_before() {
        let outer = tempfile::tempdir().unwrap();
        let made = outer.path().join("a/b");
        folder(&made).unwrap();
        assert_eq!((open_to_others(&made), open_to_others(&outer.path().join("a"))), (None, None));
        let file = made.join("letter");
        std::fs::write(&file, "before").unwrap();
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
        assert_eq!(open_to_others(&file), Some(0o644));
        write(&file, "now").unwrap();
        assert_eq!((open_to_others(&file), std::fs::read_to_string(&file).unwrap().as_str()), (None, "now"));
    }

    #[test]
    fn a_file_that_many_replace_at_once_is_always_one_of_theirs_and_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("number");
        std::thread::scope(|scope| {
            for own in ["one", "two", "three"] {
                let file = &file;
                scope.spawn(move || {
                    for round in 0..20 {
                        replace(file, own, format!("{own} {round}").as_bytes()).unwrap();
                        assert!(std::fs::read_to_string(file).unwrap().contains(' '));
                    }
                });
            }
        });
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
        assert_eq!(open_to_others(&file), None);
    }
}
