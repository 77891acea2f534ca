//! Files packed in a ZIP: taken out one by one, under limits that hold for all of them together.

use std::io::{Cursor, Read};

use super::words::shown_name;
use super::{Limits, Problem, zipped};

/// A file taken out.
pub struct PackedFile {
    /// Its name without its folders, safe to show.
    pub name: String,
    /// Its bytes; empty when there is a problem.
    pub bytes: Vec<u8>,
    /// Why it could not be taken out.
    pub problem: Option<Problem>,
}

crate::redacted_debug!(PackedFile);

/// Takes the files out of the ZIP `bytes`, at most [`Limits::attachments_max`], with [`Limits::inflated_bytes_max`] for all together.
/// The second value says how many more there are.
///
/// # Errors
/// `Damaged` when it is no ZIP or its entries overlap, `TooLarge` with too many entries.
pub fn files(bytes: &[u8], limits: &Limits) -> Result<(Vec<PackedFile>, usize), Problem> {
    let mut zip = zipped::opened(bytes, limits)?;
    let mut bytes_left = limits.inflated_bytes_max;
    let (mut out, mut more) = (Vec::new(), 0);
    for index in 0..zip.len() {
        let Ok(entry) = zip.by_index_raw(index) else { continue };
        let raw_name = entry.name_raw().to_vec();
        if entry.is_dir() || entry.is_symlink() || is_litter(&raw_name) {
            continue;
        }
        if out.len() >= limits.attachments_max {
            more += 1;
            continue;
        }
        let locked = entry.encrypted();
        let name = base_name(&raw_name);
        drop(entry);
        let taken = if locked { Err(Problem::Encrypted) } else { taken_out(&mut zip, index, &mut bytes_left) };
        let (bytes, problem) = match taken {
            Ok(bytes) => (bytes, None),
            Err(problem) => (Vec::new(), Some(problem)),
        };
        out.push(PackedFile { name, bytes, problem });
    }
    Ok((out, more))
}

/// Whether the ZIP is one paper of an office program, a programme or a book, whose parts are no papers of their own.
#[must_use]
pub fn is_package(bytes: &[u8], limits: &Limits) -> bool {
    let Ok(zip) = zipped::opened(bytes, limits) else { return false };
    zip.file_names_raw().any(|name| {
        matches!(
            name,
            b"mimetype" | b"[Content_Types].xml" | b"META-INF/MANIFEST.MF" | b"Index/Document.iwa" | b"AndroidManifest.xml"
        )
    })
}

fn taken_out(zip: &mut zip::ZipArchive<Cursor<&[u8]>>, index: usize, bytes_left: &mut u64) -> Result<Vec<u8>, Problem> {
    let entry = zip.by_index(index).map_err(|error| zipped::problem(&error))?;
    let allowed = zipped::allowed(entry.compressed_size(), *bytes_left);
    let mut out = Vec::new();
    let read = entry.take(allowed + 1).read_to_end(&mut out);
    let got = out.len() as u64;
    *bytes_left = bytes_left.saturating_sub(got);
    read.map_err(|_| Problem::Damaged)?;
    if got > allowed { Err(Problem::TooLarge) } else { Ok(out) }
}

/// What systems leave in folders of their own accord.
fn is_litter(name: &[u8]) -> bool {
    let last = name.rsplit(|byte| matches!(byte, b'/' | b'\\')).next().unwrap_or_default();
    name.starts_with(b"__MACOSX/") || last.starts_with(b"._") || [&b".DS_Store"[..], b"Thumbs.db", b"desktop.ini"].contains(&last)
}

/// The last part of a path: nothing is ever written by these names, and nobody need read the folders of a stranger's machine.
fn base_name(name: &[u8]) -> String {
    let text = super::text::decoded(name);
    let last = text.rsplit(['/', '\\']).find(|part| !part.trim().is_empty()).unwrap_or_default();
    let shown = shown_name(last, 300);
    if shown.is_empty() { "file".to_owned() } else { shown }
}
