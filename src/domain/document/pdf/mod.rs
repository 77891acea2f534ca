//! PDF → lines with the form's fields standing in them, tables from ruling lines, and fields that stand nowhere.
//!
//! The form's fields are read, then each page is drawn for where its letters and lines lie. Nothing in a file is run or fetched.

mod bounded;
mod columns;
mod fields;
mod labels;
mod layout;
mod objects;
mod page;
mod rulings;
mod strings;

use hayro_interpret::InterpreterCache;
use hayro_syntax::{DecryptionError, LoadPdfError, Pdf};

use super::{Block, Document, Limits, Problem};

/// Below this share of known letters a page of text is a picture for all we know.
const UNKNOWN_SHARE_MAX: f32 = 0.3;

/// Reads the PDF in `bytes` into `document`.
///
/// # Errors
/// Why it could not be read.
pub fn read(bytes: &[u8], limits: &Limits, document: &mut Document) -> Result<(), Problem> {
    let pdf = match Pdf::new(bytes.to_vec()) {
        Ok(pdf) => pdf,
        Err(LoadPdfError::Decryption(DecryptionError::PasswordProtected)) => return Err(Problem::Encrypted),
        Err(LoadPdfError::Decryption(_)) => return Err(Problem::Unsupported),
        Err(LoadPdfError::Invalid) => return Err(Problem::Damaged),
    };
    let mut form = fields::read(&pdf, limits);
    document.notes.append(&mut form.notes);
    let pages = pdf.pages();
    document.pages = u32::try_from(pages.len()).unwrap_or(u32::MAX).max(1);
    let read_max = usize::try_from(limits.pages_max).unwrap_or(usize::MAX);
    if pages.len() > read_max {
        document.notes.push(format!("only the first {read_max} pages were read"));
    }
    bounded::refuse_bombs(&pages[..pages.len().min(read_max)], !form.readable)?;
    let mut pictures = Vec::new();
    let cache = InterpreterCache::new();
    let mut chars_left = limits.text_chars_max;
    for (index, one) in pages.iter().take(read_max).enumerate() {
        let drawn = page::draw(one, form.readable, &cache, &mut chars_left);
        if drawn.is_picture() {
            pictures.push(index + 1);
        }
        let widgets = form.take_page(index);
        layout::blocks(&drawn, widgets, u32::try_from(index + 1).unwrap_or(u32::MAX), &mut document.blocks);
    }
    document.unplaced = form.unplaced();
    let text_blocks = document.blocks.len();
    if text_blocks == 0 && document.unplaced.is_empty() {
        return Err(if pictures.is_empty() { Problem::Empty } else { Problem::NeedsOcr });
    }
    if guessed_share(&document.blocks) > UNKNOWN_SHARE_MAX && !form.readable {
        return Err(Problem::NeedsOcr);
    }
    if !pictures.is_empty() {
        let pages: Vec<String> = pictures.iter().map(ToString::to_string).collect();
        document.notes.push(format!("page {} is a picture; its text was not read", pages.join(", ")));
    }
    Ok(())
}

/// The share of lines whose letters are mostly unknown.
fn guessed_share(blocks: &[Block]) -> f32 {
    let (mut all, mut unsure) = (0.0_f32, 0.0_f32);
    let mut count = |confidence: f32| {
        all += 1.0;
        if confidence < 0.5 {
            unsure += 1.0;
        }
    };
    for block in blocks {
        match block {
            Block::Line(line) => count(line.confidence),
            Block::Table(table) => {
                table.rows.iter().flatten().flat_map(|cell| &cell.lines).for_each(|line| count(line.confidence))
            }
        }
    }
    if all == 0.0 { 0.0 } else { unsure / all }
}
