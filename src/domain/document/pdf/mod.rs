//! PDF → lines with the form's fields standing in them, tables from ruling lines, and fields that stand nowhere.
//!
//! The form's fields are read, then each page is drawn for where its letters and lines lie. Nothing in a file is run or fetched.

mod bounded;
mod columns;
mod fields;
mod labels;
pub(in crate::domain::document) mod layout;
mod objects;
pub(in crate::domain::document) mod page;
pub(in crate::domain::document) mod pictured;
mod raster;
mod rulings;
mod seams;
mod strings;
mod xfa;

use hayro_interpret::InterpreterCache;
use hayro_syntax::page::Page;
use hayro_syntax::{DecryptionError, LoadPdfError, Pdf};

use self::page::Drawn;
use super::scan::{self, Eyes, Outcome};
use super::{Block, ControlValue, Document, Limits, Problem};

/// Below this share of known letters a page of text is a picture for all we know.
const UNKNOWN_SHARE_MAX: f32 = 0.3;

/// Reads the PDF in `bytes` into `document`.
///
/// # Errors
/// Why it could not be read.
pub fn read(bytes: &[u8], limits: &Limits, eyes: Eyes<'_>, document: &mut Document) -> Result<(), Problem> {
    let pdf = opened(bytes)?;
    let mut form = fields::read(&pdf, limits);
    document.notes.append(&mut form.notes);
    // Without plain fields the XFA form is the form; its signatures may be plain fields all the same.
    let dynamic = if form.has_plain_fields { None } else { form.xfa.take() };
    if let Some(beside) = form.xfa.take() {
        xfa::reconcile(&mut form, beside);
    }
    let pages = pdf.pages();
    document.pages = u32::try_from(pages.len()).unwrap_or(u32::MAX).max(1);
    let read_max = usize::try_from(limits.pages_max).unwrap_or(usize::MAX);
    if pages.len() > read_max {
        document.notes.push(format!("only the first {read_max} pages were read"));
    }
    bounded::refuse_bombs(&pages[..pages.len().min(read_max)], !form.readable)?;
    let mut pictures = Pictures { left: limits.pictures_max, ..Pictures::default() };
    let cache = InterpreterCache::new();
    let mut chars_left = limits.text_chars_max;
    for (index, one) in pages.iter().take(read_max).enumerate() {
        let number = u32::try_from(index + 1).unwrap_or(u32::MAX);
        let drawn = page::draw(one, form.readable, &cache, &mut chars_left);
        let widgets = form.take_page(index);
        if pictures.page(one, &cache, &drawn, number, eyes, &mut document.blocks) {
            continue;
        }
        layout::blocks(drawn, widgets, number, &mut document.blocks);
    }
    seams::join(&mut document.blocks);
    document.unplaced = form.unplaced();
    if form.has_xfa && !form.has_plain_fields && xfa::is_please_wait(&document.blocks) {
        document.blocks.clear();
        if dynamic.is_none() {
            document.notes.push("an XFA form that could not be read; ask for it printed as PDF".to_owned());
            return Err(Problem::Unsupported);
        }
    }
    if let Some(xfa) = dynamic {
        take_over(xfa, document);
    }
    pictures.conclude(document)?;
    if document.blocks.is_empty() && document.unplaced.is_empty() {
        return Err(Problem::Empty);
    }
    if guessed_share(&document.blocks) > UNKNOWN_SHARE_MAX && !form.readable && pictures.read.is_empty() {
        return Err(Problem::NeedsOcr);
    }
    if is_cut_off(bytes) {
        document.problem = Some(Problem::Damaged);
        document.notes.push("the file ends before its end; what could be read of it is here".to_owned());
    }
    Ok(())
}

/// A PDF ends with where its table of objects stands and an end mark (ISO 32000-1, 7.5.5), which readers accept within the last
/// 1,024 bytes. One that was cut off on its way has neither; what a lenient reader makes of it is a part.
fn is_cut_off(bytes: &[u8]) -> bool {
    const END_BYTES: usize = 2_048;
    let written = bytes.iter().rposition(|byte| !byte.is_ascii_whitespace() && *byte != 0).map_or(0, |last| last + 1);
    let end = &bytes[written.saturating_sub(END_BYTES)..written];
    let has = |mark: &[u8]| end.windows(mark.len()).any(|window| window == mark);
    !has(b"%%EOF") && !has(b"startxref")
}

/// The fields of the form alone.
///
/// # Errors
/// Why it could not be read.
pub fn form_fields(bytes: &[u8], limits: &Limits) -> Result<Vec<super::Control>, Problem> {
    Ok(fields::read(&opened(bytes)?, limits).unplaced())
}

/// A form whose pages say nothing is its captions and values; beside pages that do, its values alone are added.
fn take_over(xfa: xfa::Xfa, document: &mut Document) {
    if document.blocks.is_empty() {
        document.blocks = xfa.blocks;
    } else {
        document.unplaced.extend(xfa.controls.into_iter().filter(|control| !matches!(control.value, ControlValue::Empty)));
    }
}

fn opened(bytes: &[u8]) -> Result<Pdf, Problem> {
    match Pdf::new(bytes.to_vec()) {
        Ok(pdf) => Ok(pdf),
        Err(LoadPdfError::Decryption(DecryptionError::PasswordProtected)) => Err(Problem::Encrypted),
        Err(LoadPdfError::Decryption(_)) => Err(Problem::Unsupported),
        Err(LoadPdfError::Invalid) => Err(Problem::Damaged),
    }
}

/// The pages that are pictures, and what came of them.
#[derive(Default)]
struct Pictures {
    left: u32,
    read: Vec<u32>,
    unread: Vec<u32>,
    with_gaps: Vec<u32>,
    failed: bool,
}

impl Pictures {
    /// Reads a page that is a picture; false when it is none, or nobody could read it and it is read as what it says itself.
    fn page<'a>(
        &mut self,
        page: &Page<'a>,
        cache: &InterpreterCache<'a>,
        drawn: &Drawn,
        number: u32,
        eyes: Eyes<'_>,
        out: &mut Vec<Block>,
    ) -> bool {
        let hidden = drawn.hidden_words();
        if hidden.is_none() && !drawn.is_picture() {
            return false;
        }
        let picture = if self.left == 0 { None } else { raster::picture(page, cache, drawn.dots_per_inch()) };
        let Some(picture) = picture else {
            self.unread.push(number);
            return false;
        };
        self.left -= 1;
        match scan::read(picture, drawn.size, hidden, number, eyes, out) {
            Outcome::Read { with_gaps } => {
                self.read.push(number);
                self.with_gaps.extend(with_gaps.then_some(number));
                true
            }
            outcome => {
                self.failed |= outcome == Outcome::Failed;
                self.unread.push(number);
                false
            }
        }
    }

    fn conclude(&self, document: &mut Document) -> Result<(), Problem> {
        document.seen |= !self.read.is_empty();
        let named = |pages: &[u32]| pages.iter().map(ToString::to_string).collect::<Vec<String>>().join(", ");
        if !self.with_gaps.is_empty() {
            let note = format!("on page {} something written could not be read; look at the original", named(&self.with_gaps));
            document.notes.push(note);
        }
        if self.unread.is_empty() {
            return Ok(());
        }
        if document.blocks.is_empty() && document.unplaced.is_empty() {
            return Err(if self.failed { Problem::TimeLimit } else { Problem::NeedsOcr });
        }
        document.notes.push(format!("page {} is a picture; its text was not read", named(&self.unread)));
        Ok(())
    }
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
