//! The programme's folder and the letters' templates as text: those inside the program, or those of a folder in the settings.

use std::path::{Path, PathBuf};

use include_dir::{Dir, include_dir};

static PROGRAMME: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/workflows/focus-family");
static TEMPLATES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/templates/mail");

/// No folder of a programme is deeper, or holds more, or larger files: what is beyond is a folder named by mistake.
const DEPTH_MAX: usize = 6;
const FILES_MAX: usize = 2_000;
const FILE_BYTES_MAX: u64 = 4 << 20;

/// A folder's files: path below the folder with `/` between its steps, and text; in the order of the paths.
pub type TextFiles = Vec<(String, String)>;

/// Why a folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum FilesError {
    /// Something could not be read.
    #[error("cannot read `{}`; check the folder named in the settings and who may read it", path.display())]
    Unreadable {
        /// What.
        path: PathBuf,
        /// Why.
        #[source]
        cause: std::io::Error,
    },
    /// Too deep, too many or too large.
    #[error("`{}` is more than a programme's folder holds; check the folder named in the settings", path.display())]
    TooMuch {
        /// Where it was noticed.
        path: PathBuf,
    },
    /// Nothing in it.
    #[error("`{}` holds no file; check the folder named in the settings", path.display())]
    Empty {
        /// The folder.
        path: PathBuf,
    },
}

/// The files of the programme: of `folder`, or those inside the program.
///
/// # Errors
/// [`FilesError`] when the folder cannot be used; never for the files inside the program.
pub fn programme(folder: Option<&Path>) -> Result<TextFiles, FilesError> {
    folder.map_or_else(|| Ok(embedded(&PROGRAMME)), from_folder)
}

/// The templates of the letters: of `folder`, or those inside the program. Paths are `<letter>/subject.txt` and so on.
///
/// # Errors
/// [`FilesError`] when the folder cannot be used; never for the files inside the program.
pub fn templates(folder: Option<&Path>) -> Result<TextFiles, FilesError> {
    folder.map_or_else(|| Ok(embedded(&TEMPLATES)), from_folder)
}

fn embedded(root: &Dir<'_>) -> TextFiles {
    let mut files = Vec::new();
    let mut folders = vec![root];
    while let Some(folder) = folders.pop() {
        folders.extend(folder.dirs());
        for file in folder.files() {
            let path = file.path().to_string_lossy().replace('\\', "/");
            if let (false, Some(text)) = (is_hidden(&path), file.contents_utf8()) {
                files.push((path, text.to_owned()));
            }
        }
    }
    files.sort();
    files
}

/// The files of `folder`, for `workflow check DIR` and `workflow diff DIR` too. Hidden files and other people's backup files are passed over.
///
/// # Errors
/// [`FilesError`] when it cannot be read, holds nothing, or is no such folder.
pub fn from_folder(folder: &Path) -> Result<TextFiles, FilesError> {
    let mut files = Vec::new();
    let mut folders = vec![(folder.to_owned(), String::new(), 0)];
    while let Some((path, prefix, depth)) = folders.pop() {
        let unreadable = |cause| FilesError::Unreadable { path: path.clone(), cause };
        if depth > DEPTH_MAX || files.len() > FILES_MAX {
            return Err(FilesError::TooMuch { path });
        }
        for entry in std::fs::read_dir(&path).map_err(unreadable)? {
            let entry = entry.map_err(unreadable)?;
            let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
            let metadata = std::fs::metadata(entry.path()).map_err(unreadable)?;
            if is_hidden(&name) {
                continue;
            }
            if metadata.is_dir() {
                folders.push((entry.path(), format!("{name}/"), depth + 1));
            } else if metadata.len() > FILE_BYTES_MAX {
                return Err(FilesError::TooMuch { path: entry.path() });
            } else {
                let text = std::fs::read_to_string(entry.path())
                    .map_err(|cause| FilesError::Unreadable { path: entry.path(), cause })?;
                files.push((name, text));
            }
        }
    }
    if files.is_empty() {
        return Err(FilesError::Empty { path: folder.to_owned() });
    }
    files.sort();
    Ok(files)
}

fn is_hidden(path: &str) -> bool {
    path.rsplit('/').next().is_some_and(|name| name.starts_with('.') || name.ends_with('~'))
}
