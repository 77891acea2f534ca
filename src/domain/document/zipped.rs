//! ZIP containers under limits that are counted while inflating, never believed from the headers.

use std::io::{Cursor, Read};

use super::{Limits, Problem};

/// Inflating more than this many times the stored size, past the first MiB, is a bomb.
const RATIO_MAX: u64 = 100;
const RATIO_FREE_BYTES: u64 = 1 << 20;

/// An opened container with what may still be inflated of it.
pub struct Archive<'a> {
    zip: zip::ZipArchive<Cursor<&'a [u8]>>,
    names: Vec<String>,
    bytes_left: u64,
}

impl<'a> Archive<'a> {
    /// Opens `bytes`.
    ///
    /// # Errors
    /// `Damaged` when it is no ZIP or its entries overlap, `TooLarge` with too many entries.
    pub fn open(bytes: &'a [u8], limits: &Limits) -> Result<Self, Problem> {
        let zip = opened(bytes, limits)?;
        let names = zip.file_names().filter_map(|name| name.ok().map(|name| name.into_owned())).collect();
        Ok(Self { zip, names, bytes_left: limits.inflated_bytes_max })
    }

    /// The names of the entries, in the order of the directory.
    #[must_use]
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// One entry, inflated; `None` when it is not there.
    ///
    /// # Errors
    /// `Encrypted`, `Damaged`, or `TooLarge` once the budget of the whole container is used up.
    pub fn read(&mut self, name: &str) -> Result<Option<Vec<u8>>, Problem> {
        let Some(index) = self.zip.index_for_name(name) else { return Ok(None) };
        let entry = self.zip.by_index(index).map_err(|error| problem(&error))?;
        let allowed = allowed(entry.compressed_size(), self.bytes_left);
        let mut out = Vec::new();
        entry.take(allowed + 1).read_to_end(&mut out).map_err(|_| Problem::Damaged)?;
        let got = out.len() as u64;
        if got > allowed {
            return Err(Problem::TooLarge);
        }
        self.bytes_left -= got;
        Ok(Some(out))
    }
}

/// The container with its directory read: not too many entries, none over another.
///
/// # Errors
/// `Damaged` when it is no ZIP or its entries overlap, `TooLarge` with too many entries.
pub fn opened<'a>(bytes: &'a [u8], limits: &Limits) -> Result<zip::ZipArchive<Cursor<&'a [u8]>>, Problem> {
    if entries_told(bytes).is_some_and(|entries| entries > limits.zip_entries_max) {
        return Err(Problem::TooLarge);
    }
    let mut zip = zip::ZipArchive::new(Cursor::new(bytes)).map_err(|_| Problem::Damaged)?;
    if zip.len() > limits.zip_entries_max {
        return Err(Problem::TooLarge);
    }
    if zip.has_overlapping_entries().unwrap_or(true) {
        return Err(Problem::Damaged);
    }
    Ok(zip)
}

/// How many entries the end of the directory tells of, read before the directory is: the last 64 KiB may hold a remark behind it.
fn entries_told(bytes: &[u8]) -> Option<usize> {
    let from = bytes.len().saturating_sub(22 + 0xffff);
    let tail = &bytes[from..];
    let at = tail.windows(4).rposition(|window| window == b"PK\x05\x06")?;
    let told = tail.get(at + 10..at + 12)?;
    Some(usize::from(u16::from_le_bytes([told[0], told[1]])))
}

/// How far an entry may inflate.
#[must_use]
pub fn allowed(compressed: u64, bytes_left: u64) -> u64 {
    compressed.saturating_mul(RATIO_MAX).max(RATIO_FREE_BYTES).min(bytes_left)
}

/// Why an entry cannot be read.
#[must_use]
pub fn problem(error: &zip::result::ZipError) -> Problem {
    match error {
        zip::result::ZipError::UnsupportedArchive(why) if why.contains("assword") => Problem::Encrypted,
        zip::result::ZipError::UnsupportedArchive(_) => Problem::Unsupported,
        _ => Problem::Damaged,
    }
}
