//! Word 97–2003 (`.doc`, [MS-DOC]) → lines, tables and controls; of Word 6 and 95 the text alone.
//!
//! Only the text, the marks of its tables, the ways a run is set off and the results of form fields are read. Macros and embedded
//! objects stay closed. Every length comes from the file and is checked where it is used.

mod bytes;
mod fields;
mod properties;
mod story;

use std::io::{Cursor, Read};

use super::{Document, Limits, Problem};
use bytes::Bytes;

/// Bytes of one stream of the file.
const STREAM_BYTES_MAX: u64 = 64 << 20;
/// Bits of the header: under a password, and which of two tables is in use.
const ENCRYPTED: u16 = 0x0100;
const TABLE_ONE: u16 = 0x0200;
/// The first version with pieces of text: Word 97.
const WORD_97: u16 = 0x00c1;

/// Reads the Word document in `bytes` into `document`.
///
/// # Errors
/// Why it could not be read.
pub fn read(bytes: &[u8], limits: &Limits, document: &mut Document) -> Result<(), Problem> {
    let mut file = cfb::CompoundFile::open(Cursor::new(bytes)).map_err(|_| Problem::Damaged)?;
    let main = stream(&mut file, "WordDocument")?.ok_or(Problem::Damaged)?;
    let main = Bytes(&main);
    let flags = main.u16(0x0a).ok_or(Problem::Damaged)?;
    if flags & ENCRYPTED != 0 {
        return Err(Problem::Encrypted);
    }
    if file.exists("Macros") || file.exists("_VBA_PROJECT_CUR") {
        document.notes.push("has macros, not run".to_owned());
    }
    if main.u16(2).unwrap_or(0) < WORD_97 {
        document.blocks = old_text(main, limits)?;
        document.notes.push("of Word 6 or 95; only its text was read".to_owned());
        return Ok(());
    }
    let table = stream(&mut file, if flags & TABLE_ONE == 0 { "0Table" } else { "1Table" })?.ok_or(Problem::Damaged)?;
    let data = stream(&mut file, "Data")?.unwrap_or_default();
    let word = Word { main, table: Bytes(&table), data: Bytes(&data) };
    document.blocks = story::blocks(&word, limits)?;
    Ok(())
}

/// A stream of the file; `None` when there is none of this name.
fn stream(file: &mut cfb::CompoundFile<Cursor<&[u8]>>, name: &str) -> Result<Option<Vec<u8>>, Problem> {
    if !file.is_stream(name) {
        return Ok(None);
    }
    let opened = file.open_stream(name).map_err(|_| Problem::Damaged)?;
    if opened.len() > STREAM_BYTES_MAX {
        return Err(Problem::TooLarge);
    }
    let mut out = Vec::new();
    // A stream that breaks off is read as far as it goes.
    let _broken_off = opened.take(STREAM_BYTES_MAX).read_to_end(&mut out);
    Ok(Some(out))
}

/// Word 6 and 95 keep the text in one piece, a byte a letter.
fn old_text(main: Bytes<'_>, limits: &Limits) -> Result<Vec<super::Block>, Problem> {
    let (from, to) = (main.u32(0x18).ok_or(Problem::Damaged)?, main.u32(0x1c).ok_or(Problem::Damaged)?);
    let text = main.slice(from as usize, to.saturating_sub(from) as usize).ok_or(Problem::Damaged)?;
    let text = encoding_rs::WINDOWS_1252.decode_without_bom_handling(text).0;
    let text: String = text.chars().map(|c| if matches!(c, '\r' | '\u{7}' | '\u{b}' | '\u{c}') { '\n' } else { c }).collect();
    Ok(super::text::blocks(&text, limits))
}

/// The streams of a document.
struct Word<'a> {
    main: Bytes<'a>,
    table: Bytes<'a>,
    data: Bytes<'a>,
}

impl Word<'_> {
    /// The part of the table stream that entry `index` of the header's list of parts names; empty when it is not there.
    fn part(&self, index: usize) -> Bytes<'_> {
        const LIST: usize = 0x9a;
        let at = LIST + 8 * index;
        let found = self.main.u32(at).zip(self.main.u32(at + 4));
        Bytes(found.and_then(|(from, length)| self.table.slice(from as usize, length as usize)).unwrap_or_default())
    }
}
