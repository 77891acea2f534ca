//! The one door: bytes of a file → [`Document`], whatever they are.

use super::{
    Block, Cell, Control, ControlValue, Document, Format, Inline, Limits, Method, Problem, doc, docx, html, odt, pdf, rtf, scan,
    sealed, sniff, text, words, xlsx, zipped,
};
use scan::{Eyes, Seen};

/// The paper a picture without a size of its own is taken for.
const A4_POINTS: (f64, f64) = (595.0, 842.0);

/// Reads one file where nobody reads words off pictures.
#[must_use]
pub fn read(name: &str, declared_type: &str, bytes: &[u8], limits: &Limits) -> Document {
    read_with(name, declared_type, bytes, limits, &mut |_| Seen::Nobody)
}

/// The fields of a PDF's form alone, in the order of its pages, without its words: for whoever wants no more.
///
/// # Errors
/// Why it could not be read.
pub fn form_fields(bytes: &[u8], limits: &Limits) -> Result<Vec<Control>, Problem> {
    pdf::form_fields(bytes, limits)
}

/// Reads one file, the words of pictures by `eyes`. Never fails: what cannot be read is a document with its problem.
#[must_use]
pub fn read_with(name: &str, declared_type: &str, bytes: &[u8], limits: &Limits, eyes: Eyes<'_>) -> Document {
    let format = sniff::format(name, declared_type, bytes);
    let mut document = Document::empty(name, format);
    let outcome = if bytes.is_empty() {
        Err(Problem::Empty)
    } else if bytes.len() as u64 > limits.inflated_bytes_max {
        Err(Problem::TooLarge)
    } else {
        by_format(declared_type, bytes, limits, eyes, &mut document)
    };
    if let Err(problem) = outcome {
        document.problem = Some(problem);
    } else if document.problem.is_none() && document.blocks.is_empty() && document.unplaced.is_empty() {
        document.problem = Some(Problem::Empty);
    }
    document.read_by = surest_method(&document);
    document
}

fn by_format(declared_type: &str, bytes: &[u8], limits: &Limits, eyes: Eyes<'_>, document: &mut Document) -> Result<(), Problem> {
    match document.format {
        Format::Text => {
            document.blocks = text::blocks(&text::decoded(bytes), limits);
            Ok(())
        }
        Format::Html => {
            document.blocks = html::read(&text::decoded(bytes), limits).blocks;
            Ok(())
        }
        Format::Zip => zip_container(bytes, limits, document),
        // A Word file that is no ZIP is one under a password.
        Format::Docx => Err(Problem::Encrypted),
        Format::Image => pictures(bytes, limits, eyes, document),
        Format::Pdf => pdf::read(bytes, limits, eyes, document),
        Format::Doc => doc::read(bytes, limits, document),
        Format::Rtf => {
            document.blocks = rtf::read(bytes, limits)?;
            Ok(())
        }
        Format::Sealed => {
            document.notes.extend(
                sealed::recognised(&document.name, declared_type, bytes).map(|seal| format!("sealed by {}", seal.name())),
            );
            Err(Problem::Encrypted)
        }
        Format::Heic => {
            document.notes.push("a photo in Apple's HEIC format; please ask for it as JPEG or PDF".to_owned());
            Err(Problem::Unsupported)
        }
        Format::Archive => {
            document.notes.push("an archive that is not opened; please ask for the files themselves, or for a ZIP".to_owned());
            Err(Problem::Unsupported)
        }
        Format::Odt | Format::Xlsx | Format::Mail | Format::Msg | Format::Tnef | Format::Unknown => Err(Problem::Unsupported),
    }
}

/// A photo or scan of a page, or of several.
fn pictures(bytes: &[u8], limits: &Limits, eyes: Eyes<'_>, document: &mut Document) -> Result<(), Problem> {
    let pictures = scan::file::pictures(bytes, limits.pictures_max, document)?;
    document.pages = u32::try_from(pictures.len()).unwrap_or(u32::MAX);
    for (page, picture) in (1..).zip(pictures) {
        match scan::read(picture, A4_POINTS, None, page, eyes, &mut document.blocks) {
            scan::Outcome::Read { with_gaps } => {
                document.seen = true;
                if with_gaps {
                    document.notes.push(format!("on page {page} something written could not be read; look at the original"));
                }
            }
            scan::Outcome::NoEyes => return Err(Problem::NeedsOcr),
            scan::Outcome::Failed => return Err(Problem::TimeLimit),
        }
    }
    Ok(())
}

/// What a ZIP is, by what is in it.
fn zip_container(bytes: &[u8], limits: &Limits, document: &mut Document) -> Result<(), Problem> {
    let mut archive = zipped::Archive::open(bytes, limits)?;
    let has = |name: &str| archive.names().iter().any(|found| found == name);
    if has("[Content_Types].xml") && archive.names().iter().any(|name| name.starts_with("word/")) {
        document.format = Format::Docx;
        return docx::read(bytes, limits, document);
    }
    if archive.names().iter().any(|name| name.starts_with("xl/")) {
        document.format = Format::Xlsx;
        return xlsx::read(bytes, limits, document);
    } else if has("mimetype") {
        let kind = archive.read("mimetype")?.unwrap_or_default();
        if kind.starts_with(b"application/vnd.oasis.opendocument.text") {
            document.format = Format::Odt;
            return odt::read(bytes, limits, document);
        }
    }
    Err(Problem::Unsupported)
}

/// The surest method that gave something in `document`.
#[must_use]
pub fn surest_method(document: &Document) -> Method {
    if document.seen {
        return Method::Ocr;
    }
    let by_controls = if document.format == Format::Pdf { Method::FormFields } else { Method::ContentControls };
    let filled = |pieces: &[Inline]| {
        pieces.iter().any(|piece| matches!(piece, Inline::Control(control) if control.value != ControlValue::Empty))
    };
    let in_blocks = document.blocks.iter().any(|block| match block {
        Block::Line(line) => filled(&line.pieces),
        Block::Table(table) => table.rows.iter().flatten().any(|cell| cell_any(cell, &filled)),
    });
    if in_blocks || document.unplaced.iter().any(|control| control.value != ControlValue::Empty) {
        by_controls
    } else if document.blocks.iter().any(|block| matches!(block, Block::Table(_))) {
        Method::Table
    } else {
        Method::Text
    }
}

fn cell_any(cell: &Cell, test: &impl Fn(&[Inline]) -> bool) -> bool {
    cell.lines.iter().any(|line| test(&line.pieces))
        || cell.tables.iter().any(|table| table.rows.iter().flatten().any(|cell| cell_any(cell, test)))
}

/// How many words stand in `block`.
#[must_use]
pub fn words_in(block: &Block) -> usize {
    fn in_cell(cell: &Cell) -> usize {
        let lines: usize = cell.lines.iter().map(|line| words::words(&line.pieces).split_whitespace().count()).sum();
        lines + cell.tables.iter().flat_map(|table| table.rows.iter().flatten()).map(in_cell).sum::<usize>()
    }
    match block {
        Block::Line(line) => words::words(&line.pieces).split_whitespace().count(),
        Block::Table(table) => table.rows.iter().flatten().map(in_cell).sum(),
    }
}
