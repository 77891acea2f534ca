//! Bytes of one file → [`Document`]: what stands in it, where, how it was read and how sure that is.
//!
//! Everything after this module reads [`Document`] alone, so a new carrier is one new file here.
//! Nothing in here decides what an answer means. Limits are checked before anything is parsed.
//! Runs inside the sandboxed child of [`crate::reader`](../../reader/index.html).

mod aligned;
mod doc;
mod docx;
mod edges;
pub mod grid;
pub mod html;
mod odt;
pub mod packed;
mod pdf;
mod read;
pub mod rtf;
pub mod scan;
pub mod sealed;
mod shallow;
pub mod shown;
mod sniff;
pub mod text;
pub mod words;
mod xlsx;
mod xml;
mod zipped;

pub use read::{form_fields, read, read_with, surest_method, words_in};
pub use sniff::format as sniff;

use serde::{Deserialize, Serialize};

/// What kind of file the bytes are, told by the bytes, not by the name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// Portable Document Format.
    Pdf,
    /// Word 2007 and later (docx, docm).
    Docx,
    /// Word 97–2003.
    Doc,
    /// OpenDocument text.
    Odt,
    /// Rich Text Format.
    Rtf,
    /// Excel 2007 and later.
    Xlsx,
    /// Plain text.
    Text,
    /// HTML.
    Html,
    /// A picture of a page.
    Image,
    /// A mail attached to a mail.
    Mail,
    /// Outlook `.msg`.
    Msg,
    /// `winmail.dat`.
    Tnef,
    /// A ZIP that is none of the above.
    Zip,
    /// A 7z, RAR or other archive that is not opened.
    Archive,
    /// A photo in Apple's format.
    Heic,
    /// A letter sealed by a secure-mail service, S/MIME or OpenPGP.
    Sealed,
    /// Anything else.
    Unknown,
}

/// How the answers of a document were got, surest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// AcroForm or XFA field values.
    FormFields,
    /// Word content controls or legacy form fields.
    ContentControls,
    /// Cells of a table.
    Table,
    /// Lines of text.
    Text,
    /// Optical character recognition.
    Ocr,
}

/// Why a file could not be used. The names are those of the published answer of `mail explain`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Problem {
    /// Needs a password.
    Encrypted,
    /// Broken beyond reading.
    Damaged,
    /// No bytes, or nothing in it.
    Empty,
    /// Over the limit of size, also after inflating.
    TooLarge,
    /// Nested too deeply.
    TooDeep,
    /// A kind we do not read.
    Unsupported,
    /// A picture of text, and no OCR program is there.
    NeedsOcr,
    /// Reading took too long and was stopped.
    TimeLimit,
    /// Reading took too much memory and was stopped.
    MemoryLimit,
}

impl Format {
    /// What people call files of this kind; none where nobody would know.
    #[must_use]
    pub fn word(self) -> Option<&'static str> {
        match self {
            Self::Pdf => Some("PDF"),
            Self::Docx | Self::Doc => Some("Word"),
            Self::Odt => Some("OpenDocument"),
            Self::Rtf => Some("RTF"),
            Self::Xlsx => Some("Excel"),
            Self::Zip => Some("ZIP"),
            Self::Image => Some("picture"),
            Self::Text
            | Self::Html
            | Self::Mail
            | Self::Msg
            | Self::Tnef
            | Self::Archive
            | Self::Heic
            | Self::Sealed
            | Self::Unknown => None,
        }
    }
}

impl Problem {
    /// The published name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Encrypted => "encrypted",
            Self::Damaged => "damaged",
            Self::Empty => "empty",
            Self::TooLarge => "too_large",
            Self::TooDeep => "too_deep",
            Self::Unsupported => "unsupported",
            Self::NeedsOcr => "needs_ocr",
            Self::TimeLimit => "time_limit",
            Self::MemoryLimit => "memory_limit",
        }
    }
    /// What is wrong with a file and what a person does about it, to stand behind the file: `the attachment …`.
    #[must_use]
    pub fn says(self, format: Format) -> &'static str {
        match self {
            Self::Unsupported if format == Format::Heic => "is a photo in Apple's HEIC format; ask for it as JPEG or PDF",
            Self::Unsupported if format == Format::Archive => {
                "is an archive that is not opened here (7z, RAR or the like); ask for the files themselves"
            }
            Self::Unsupported if format.word().is_some() => {
                "is made in a way that is not safe to open; ask the sender for it as PDF"
            }
            Self::Unsupported => "is of a kind that is not opened here; ask the sender for it as PDF or Word",
            Self::Encrypted => "is locked; open it with its password and save the form here",
            Self::NeedsOcr => "is a picture of text and was not read; look at it yourself",
            Self::Damaged => "is damaged; ask the sender for it again",
            Self::Empty => "is empty; ask the sender for it again",
            Self::TooLarge => "could not be read: it is too large; ask for it smaller, or in parts",
            Self::TooDeep => "could not be read: too much is packed into each other; ask for the form alone",
            Self::TimeLimit => "could not be read: it took too long; ask for it once more, as PDF or Word",
            Self::MemoryLimit => "could not be read: it would fill the memory; ask for it once more, as PDF or Word",
        }
    }
}

/// Where something stands.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Place {
    /// Page, from 1. Carriers without pages say 1.
    pub page: u32,
    /// For a person: `table 2, row 3, column 1`, `line 14`, `field consent_given`.
    pub path: String,
    /// Left, bottom, right, top in points from the page's lower left corner, where known; for the reading itself, not passed on.
    #[serde(skip)]
    pub bounds: Option<[f32; 4]>,
}

/// A mark in a box, or its absence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tick {
    /// Marked: ☑ ☒ ✓, `[x]`, a checked content control.
    Marked,
    /// An empty box: ☐, `[ ]`.
    Empty,
}

/// How a span is set off; a struck-out *No* leaves the *Yes*.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Style {
    /// Bold.
    pub bold: bool,
    /// Underlined.
    pub underlined: bool,
    /// Highlighted or shaded.
    pub highlighted: bool,
    /// Struck out.
    pub struck: bool,
}

impl Style {
    /// Not set off at all, as nearly everything is: then it need not be written down.
    fn is_plain(&self) -> bool {
        *self == Self::default()
    }
}

fn is_no(flag: &bool) -> bool {
    !flag
}

/// A piece of a line: words, a tick box, or a control somebody fills in.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Inline {
    /// Words.
    Text {
        /// The words, white space folded by the carrier to single blanks where it means nothing.
        text: String,
        /// How they are set off.
        #[serde(default, skip_serializing_if = "Style::is_plain")]
        style: Style,
    },
    /// A tick box standing in the text; its meaning is the words beside it.
    Tick(Tick),
    /// A field: AcroForm widget, Word content control, legacy form field.
    Control(Control),
}

/// A thing somebody fills in, with what is in it.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Control {
    /// Full field name (`/T` joined by dots), or the control's tag; empty when it has none.
    pub name: String,
    /// The tool tip (`/TU`) or the control's title, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// What it holds.
    pub value: ControlValue,
    /// Where it stands.
    pub place: Place,
}

/// What [`Place::path`] ends with of a control that nobody who looks at the page sees.
pub const NOT_SHOWN: &str = " (not shown on the page)";

/// What a control holds. A placeholder is `Empty`.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ControlValue {
    /// Nothing, or only the form's own placeholder.
    Empty,
    /// Typed text.
    Text(String),
    /// A check box.
    Tick(Tick),
    /// A choice out of options: radio group, list, drop-down; in the words the list shows, else the export values.
    /// Of a radio group the chosen button holds this, the others an empty tick.
    Choice(Vec<String>),
    /// A signature field that has been signed.
    Signed,
}

/// One line or paragraph.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Line {
    /// Its pieces in reading order.
    pub pieces: Vec<Inline>,
    /// Where it stands.
    pub place: Place,
    /// The carrier says it is a heading.
    #[serde(default, skip_serializing_if = "is_no")]
    pub heading: bool,
    /// From 1.0 (certain) down; below 1 only where characters were guessed.
    pub confidence: f32,
}

/// A table: rows of cells. A merged cell stands once, at its first row and column, with its spans.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Table {
    /// Rows from the top.
    pub rows: Vec<Vec<Cell>>,
    /// Where it begins.
    pub place: Place,
}

/// One cell.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Cell {
    /// Column of its left edge, from 0, counting spans.
    pub column: u16,
    /// How many columns it covers.
    pub columns: u16,
    /// How many rows it covers.
    pub rows: u16,
    /// The carrier says it is a header cell.
    #[serde(default, skip_serializing_if = "is_no")]
    pub header: bool,
    /// What stands in it.
    pub lines: Vec<Line>,
    /// A table inside the cell, flattened to lines when it has one column.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tables: Vec<Table>,
    /// Where it stands.
    pub place: Place,
}

/// A part of a document in reading order.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Block {
    /// A line or paragraph.
    Line(Line),
    /// A table.
    Table(Table),
}

/// One file, read. The name is the attachment's, or `body` for the mail's own text.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Document {
    /// Attachment name as sent, controls stripped; `body` for the mail's own text.
    pub name: String,
    /// What the bytes are.
    pub format: Format,
    /// The surest method that gave something.
    pub read_by: Method,
    /// How many pages; 1 where the carrier has none.
    pub pages: u32,
    /// What stands in it, in reading order.
    pub blocks: Vec<Block>,
    /// Controls the carrier knows of that have no visible place (reachable only through the field tree).
    pub unplaced: Vec<Control>,
    /// Why it could not be used, or only in part.
    pub problem: Option<Problem>,
    /// Words of it were read off pictures.
    #[serde(default)]
    pub seen: bool,
    /// What a person should know: `has JavaScript, not run`, `embedded file not opened`.
    pub notes: Vec<String>,
}

impl Document {
    /// A document named `name` of which nothing is known yet but its format.
    #[must_use]
    pub fn empty(name: &str, format: Format) -> Self {
        Self {
            name: name.to_owned(),
            format,
            read_by: Method::Text,
            pages: 1,
            blocks: Vec::new(),
            unplaced: Vec::new(),
            problem: None,
            seen: false,
            notes: Vec::new(),
        }
    }
}

crate::redacted_debug!(Document, Block, Table, Cell, Line, Inline, Control, ControlValue);

/// Limits of reading one file, checked before and while parsing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Bytes of one mail.
    pub mail_bytes_max: u64,
    /// Header lines of one mail.
    pub headers_max: usize,
    /// Bytes of one header.
    pub header_bytes_max: usize,
    /// Nesting of parts.
    pub depth_max: usize,
    /// Parts of one mail.
    pub parts_max: usize,
    /// Attachments read of one mail; more are named, not read.
    pub attachments_max: usize,
    /// Bytes of one file after inflating.
    pub inflated_bytes_max: u64,
    /// Entries of one ZIP.
    pub zip_entries_max: usize,
    /// Pages read of one document.
    pub pages_max: u32,
    /// Pictures of pages read of one mail.
    pub pictures_max: u32,
    /// Characters of text kept of one document.
    pub text_chars_max: usize,
    /// Bytes of the whole answer of the child.
    pub answer_bytes_max: usize,
}

impl Default for Limits {
    /// The figures of the promise: 50 MiB, 1,000 headers of 64 KiB, depth 20, 500 parts, 64 attachments,
    /// 100 MiB inflated, 1,000 entries, 20 pictures of pages, an answer of 4 MiB.
    fn default() -> Self {
        Self {
            mail_bytes_max: 50 << 20,
            headers_max: 1_000,
            header_bytes_max: 64 << 10,
            depth_max: 20,
            parts_max: 500,
            attachments_max: 64,
            inflated_bytes_max: 100 << 20,
            zip_entries_max: 1_000,
            pages_max: 300,
            pictures_max: 20,
            text_chars_max: 1_000_000,
            answer_bytes_max: 4 << 20,
        }
    }
}
