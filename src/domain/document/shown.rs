//! Pictures of a document's pages, with the place of each answer in a numbered box.

use std::io::Cursor;

use image::{ExtendedColorType, ImageEncoder};
use serde::{Deserialize, Serialize};

use super::scan::{self, Picture};
use super::{Block, Cell, Document, Format, Inline, Limits, Line, Place, Problem, Table, pdf};

/// Something on a page to be marked.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Mark {
    /// Name of the document.
    pub document: String,
    /// Page, from 1.
    pub page: u32,
    /// Where on it, as a source of an answer says.
    pub place: String,
    /// What is written beside it.
    pub number: u32,
}

crate::redacted_debug!(Mark);

/// What is wanted of the pages of one document.
pub struct Shown<'m> {
    /// So many pages of a document.
    pub pages_max: u32,
    /// Pixels of the longer side of a picture.
    pub long_side_max: u16,
    /// What to mark.
    pub marks: &'m [Mark],
}

/// A picture in the making.
pub struct Canvas {
    /// Pixels in a row.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// Pixels a point.
    pub scale: f64,
    /// Red, green, blue of each pixel, rows from the top.
    pub pixels: Vec<u8>,
}

/// Whether documents of this kind have pages that can be drawn. Word files, mails and tables have none of their own: what they look like
/// is up to the program that opens them.
#[must_use]
pub fn has_pages(format: Format) -> bool {
    matches!(format, Format::Pdf | Format::Image)
}

/// Gives `each` page of the file in `bytes`, which was read as `document`, as the bytes of a PNG.
///
/// # Errors
/// Why it cannot be drawn.
pub fn pictures(
    bytes: &[u8],
    limits: &Limits,
    document: &Document,
    shown: &Shown<'_>,
    each: &mut dyn FnMut(u32, Vec<u8>),
) -> Result<(), Problem> {
    let mut encoded = |page: u32, canvas: Canvas| each(page, canvas.png());
    match document.format {
        Format::Pdf => pdf::pictured::pages(bytes, limits, document, shown, &mut encoded),
        Format::Image => {
            let mut aside = Document::empty(&document.name, document.format);
            let pictures = scan::file::pictures(bytes, shown.pages_max, &mut aside)?;
            for (page, picture) in (1..).zip(&pictures) {
                let mut canvas = Canvas::of_picture(picture, shown.long_side_max);
                let height = f64::from(canvas.height) / canvas.scale;
                shown.mark(document, page, height, &mut canvas);
                encoded(page, canvas);
            }
            Ok(())
        }
        _ => Err(Problem::Unsupported),
    }
}

impl Shown<'_> {
    /// Marks on `canvas` what stands on `page`, which is `height` points high.
    pub(super) fn mark(&self, document: &Document, page: u32, height: f64, canvas: &mut Canvas) {
        let places = places(document, page);
        let mut taken: Vec<([f32; 4], u32)> = Vec::new();
        for mark in self.marks.iter().filter(|mark| mark.page == page && mark.document == document.name) {
            let fits = |place: &&&Place| {
                mark.place == place.path || mark.place.strip_prefix(&place.path).is_some_and(|rest| rest.starts_with(", "))
            };
            let Some(bounds) = places.iter().filter(fits).max_by_key(|place| place.path.len()).and_then(|place| place.bounds)
            else {
                continue;
            };
            let before = taken.iter_mut().find(|(known, _)| *known == bounds);
            let beside = match before {
                Some((_, count)) => {
                    *count += 1;
                    *count
                }
                None => {
                    taken.push((bounds, 0));
                    0
                }
            };
            canvas.mark(bounds, height, mark.number, beside);
        }
    }
}

/// Every place on `page` of which the bounds are known.
fn places(document: &Document, page: u32) -> Vec<&Place> {
    let mut found = Vec::new();
    for block in &document.blocks {
        match block {
            Block::Line(line) => of_line(line, &mut found),
            Block::Table(table) => of_table(table, &mut found),
        }
    }
    found.retain(|place| place.page == page && place.bounds.is_some());
    found
}

fn of_line<'d>(line: &'d Line, found: &mut Vec<&'d Place>) {
    found.push(&line.place);
    for piece in &line.pieces {
        if let Inline::Control(control) = piece {
            found.push(&control.place);
        }
    }
}

fn of_table<'d>(table: &'d Table, found: &mut Vec<&'d Place>) {
    let of_cell = |cell: &'d Cell, found: &mut Vec<&'d Place>| {
        found.push(&cell.place);
        // The lines of a cell are called as the cell is: the cell's own frame is the clearer mark.
        cell.lines.iter().filter(|_| cell.place.bounds.is_none()).for_each(|line| of_line(line, found));
        cell.tables.iter().for_each(|inner| of_table(inner, found));
    };
    table.rows.iter().flatten().for_each(|cell| of_cell(cell, found));
}

/// Colour of marks: seen on black and white print as well as on white paper.
const MARK: [u8; 3] = [190, 20, 90];
/// Side of a dot of a digit, pixels.
const DOT: u32 = 3;
/// Digits of 3 by 5 dots, a row each, the left dot the highest of three bits.
const DIGITS: [[u8; 5]; 10] = [
    [7, 5, 5, 5, 7],
    [2, 6, 2, 2, 7],
    [7, 1, 7, 4, 7],
    [7, 1, 7, 1, 7],
    [5, 5, 7, 1, 1],
    [7, 4, 7, 1, 7],
    [7, 4, 7, 5, 7],
    [7, 1, 1, 2, 2],
    [7, 5, 7, 5, 7],
    [7, 5, 7, 1, 7],
];

impl Canvas {
    fn of_picture(picture: &Picture, long_side_max: u16) -> Self {
        const A4_LONG_SIDE_POINTS: f64 = 842.0;
        let long = picture.width.max(picture.height).max(1);
        let shrink = (f64::from(long) / f64::from(long_side_max)).max(1.0);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "smaller than the picture")]
        let side = |length: u32| (f64::from(length) / shrink).floor().max(1.0) as u32;
        let (width, height) = (side(picture.width), side(picture.height));
        let mut pixels = Vec::with_capacity(width as usize * height as usize * 3);
        for y in 0..height {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "inside the picture")]
            let at = |place: u32, length: u32| ((f64::from(place) * shrink) as u32).min(length.saturating_sub(1));
            let row = picture.row(at(y, picture.height));
            pixels.extend((0..width).flat_map(|x| [row[at(x, picture.width) as usize]; 3]));
        }
        let scale = f64::from(width.max(height)) / A4_LONG_SIDE_POINTS;
        Self { width, height, scale, pixels }
    }

    /// A frame around `bounds` with `number` at its upper right, `beside` numbers to the left of where the first would stand.
    fn mark(&mut self, [left, bottom, right, top]: [f32; 4], page_height: f64, number: u32, beside: u32) {
        let x = |points: f32| self.pixel(f64::from(points) * self.scale, self.width);
        let y = |points: f32| self.pixel((page_height - f64::from(points)) * self.scale, self.height);
        let [left, bottom, right, top] = [x(left), y(bottom), x(right), y(top)];
        for thick in 0..2 {
            self.fill([left, top + thick, right, top + thick + 1], MARK);
            self.fill([left, bottom.saturating_sub(thick), right, bottom.saturating_sub(thick) + 1], MARK);
            self.fill([left + thick, top, left + thick + 1, bottom], MARK);
            self.fill([right.saturating_sub(thick), top, right.saturating_sub(thick) + 1, bottom], MARK);
        }
        let digits = number.to_string();
        let width = u32::try_from(digits.len()).unwrap_or(1) * 4 * DOT + DOT;
        let start = right.saturating_sub((beside + 1) * (width + DOT));
        self.fill([start, top, start + width, top + 7 * DOT], MARK);
        for (place, digit) in (0..).zip(digits.bytes()) {
            let rows = DIGITS[usize::from(digit - b'0')];
            for (row, bits) in (0..).zip(rows) {
                for column in (0..3).filter(|column| bits >> (2 - column) & 1 == 1) {
                    let (x, y) = (start + DOT + place * 4 * DOT + column * DOT, top + DOT + row * DOT);
                    self.fill([x, y, x + DOT, y + DOT], [255; 3]);
                }
            }
        }
    }

    fn pixel(&self, place: f64, length: u32) -> u32 {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped")]
        let pixel = place.round().clamp(0.0, f64::from(length)) as u32;
        pixel
    }

    fn fill(&mut self, [left, top, right, bottom]: [u32; 4], colour: [u8; 3]) {
        for y in top..bottom.min(self.height) {
            for x in left..right.min(self.width) {
                let at = (y as usize * self.width as usize + x as usize) * 3;
                if let Some(pixel) = self.pixels.get_mut(at..at + 3) {
                    pixel.copy_from_slice(&colour);
                }
            }
        }
    }

    fn png(&self) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        image::codecs::png::PngEncoder::new(&mut bytes)
            .write_image(&self.pixels, self.width, self.height, ExtendedColorType::Rgb8)
            .expect("the pixels fill the picture, and a list of bytes takes everything");
        bytes.into_inner()
    }
}
