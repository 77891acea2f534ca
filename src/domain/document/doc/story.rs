//! Letters in order → lines and tables. A cell ends with a mark of its own, a row with a paragraph that says so.

use super::bytes::Bytes;
use super::properties::{self, Paragraph, Run, Stretches};
use super::{Word, fields};
use crate::domain::document::edges::{self, CellShape};
use crate::domain::document::{Block, Inline, Limits, Line, Place, Problem, Style, grid, html, words};

/// Pieces of text; a document saved a thousand times has as many.
const PIECES_MAX: usize = 200_000;
/// Fields in fields.
const FIELDS_DEPTH_MAX: usize = 32;

/// The text of the whole document: body, then notes, headers and text boxes.
pub fn blocks(word: &Word<'_>, limits: &Limits) -> Result<Vec<Block>, Problem> {
    let runs = Stretches::of_runs(word);
    let paragraphs = Stretches::of_paragraphs(word);
    let mut story = Story { fonts: fonts(word), ..Story::new(word) };
    let mut left = limits.text_chars_max;
    let mut run: Option<(Run, u32)> = None;
    for piece in pieces(word)? {
        for index in 0..piece.count {
            let place = piece.place(index);
            let Some(letter) = piece.letter(word.main, index) else { break };
            if left == 0 {
                return Ok(story.finish());
            }
            left -= 1;
            if run.is_none_or(|(_, until)| place >= until) || index == 0 {
                run = runs.at(place).map(|(list, until)| (properties::run(list), until));
            }
            let set = run.map(|(run, _)| run).unwrap_or_default();
            match letter {
                '\r' | '\u{7}' | '\u{c}' => {
                    let list = paragraphs.at(place).map(|(list, _)| list).unwrap_or_default();
                    story.end_paragraph(letter, &properties::paragraph(list, word.data));
                }
                _ if set.gone => {}
                _ => story.letter(letter, &set),
            }
        }
    }
    Ok(story.finish())
}

/// Letters that lie together in the file.
struct Piece {
    count: u32,
    from: u32,
    wide: bool,
}

impl Piece {
    fn place(&self, index: u32) -> u32 {
        self.from.saturating_add(if self.wide { index.saturating_mul(2) } else { index })
    }

    fn letter(&self, main: Bytes<'_>, index: u32) -> Option<char> {
        let place = self.place(index) as usize;
        if self.wide {
            let unit = main.u16(place)?;
            // Letters beyond the first plane are two halves; form texts have none, and a lone half is no letter.
            return Some(char::from_u32(u32::from(unit)).unwrap_or('\u{fffd}'));
        }
        let byte = main.u8(place)?;
        Some(if byte < 0x80 { char::from(byte) } else { encoding_rs::WINDOWS_1252.decode(&[byte]).0.chars().next()? })
    }
}

/// The pieces in the order of the text ([MS-DOC] 2.9.38, Clx).
fn pieces(word: &Word<'_>) -> Result<Vec<Piece>, Problem> {
    const CLX: usize = 33;
    let clx = word.part(CLX);
    let mut at = 0;
    while clx.u8(at) == Some(1) {
        at += 3 + usize::from(clx.u16(at + 1).ok_or(Problem::Damaged)?);
    }
    if clx.u8(at) != Some(2) {
        return Err(Problem::Damaged);
    }
    let length = clx.u32(at + 1).ok_or(Problem::Damaged)? as usize;
    let list = Bytes(clx.slice(at + 5, length).ok_or(Problem::Damaged)?);
    let count = length.saturating_sub(4) / 12;
    if count > PIECES_MAX {
        return Err(Problem::TooLarge);
    }
    let piece = |index: usize| {
        let (start, end) = (list.u32(4 * index)?, list.u32(4 * index + 4)?);
        let place = list.u32(4 * (count + 1) + 8 * index + 2)?;
        let narrow = place & 0x4000_0000 != 0;
        let from = place & 0x3fff_ffff;
        Some(Piece { count: end.checked_sub(start)?, from: if narrow { from / 2 } else { from }, wide: !narrow })
    };
    Ok((0..count).map_while(piece).collect())
}

/// Names of the fonts, in the order runs call them by.
fn fonts(word: &Word<'_>) -> Vec<String> {
    const FONTS: usize = 15;
    /// Where the name stands in a font's entry.
    const NAME: usize = 40;
    let list = word.part(FONTS);
    let mut at = 4;
    let mut out = Vec::new();
    while let Some(length) = list.u8(at).map(|length| usize::from(length) + 1) {
        let name = list.slice(at, length).map(Bytes).and_then(|entry| entry.wide(NAME, length.saturating_sub(NAME) / 2));
        out.push(name.unwrap_or_default().split('\0').next().unwrap_or_default().to_owned());
        at += length;
    }
    out
}

/// A field that is open: its code, and what it shows.
#[derive(Default)]
struct Field {
    code: String,
    in_result: bool,
    object: Option<u32>,
    result: String,
}

/// A row in the making, and the rows of its table so far.
#[derive(Default)]
struct TableMaking {
    rows: Vec<(Vec<Vec<Block>>, Vec<CellShape>)>,
    cells: Vec<Vec<Block>>,
    cell: Vec<Block>,
}

struct Story<'w> {
    word: &'w Word<'w>,
    fonts: Vec<String>,
    out: Vec<Block>,
    pieces: Vec<Inline>,
    text: String,
    style: Style,
    fields: Vec<Field>,
    table: Option<TableMaking>,
}

impl<'w> Story<'w> {
    fn new(word: &'w Word<'w>) -> Self {
        Self {
            word,
            fonts: Vec::new(),
            out: Vec::new(),
            pieces: Vec::new(),
            text: String::new(),
            style: Style::default(),
            fields: Vec::new(),
            table: None,
        }
    }

    fn letter(&mut self, letter: char, run: &Run) {
        match letter {
            '\u{13}' => {
                if self.fields.len() < FIELDS_DEPTH_MAX {
                    self.fields.push(Field::default());
                }
            }
            '\u{14}' => self.fields.iter_mut().for_each(|field| field.in_result = true),
            '\u{15}' => self.end_field(),
            _ if self.in_code() => {
                if let Some(field) = self.fields.last_mut() {
                    field.code.push(letter);
                    field.object = field.object.or(run.object.filter(|_| letter == '\u{1}'));
                }
            }
            '\u{b}' => self.end_line(),
            '\t' => self.say(" ", run.style),
            '\u{1e}' => self.say("-", run.style),
            '\u{1}' if !self.fields.is_empty() => {
                let object = run.object;
                if let Some(field) = self.fields.last_mut() {
                    field.object = field.object.or(object);
                }
            }
            _ => match run.symbol {
                Some((font, code)) => {
                    let name = self.fonts.get(usize::from(font)).cloned().unwrap_or_default();
                    match words::symbol(&name, u32::from(code)) {
                        Inline::Text { text, .. } => self.say(&text, run.style),
                        tick => {
                            self.end_text();
                            self.pieces.push(tick);
                        }
                    }
                }
                None if letter >= ' ' => self.say(letter.encode_utf8(&mut [0; 4]), run.style),
                None => {}
            },
        }
    }

    fn in_code(&self) -> bool {
        self.fields.iter().any(|field| !field.in_result)
    }

    fn say(&mut self, text: &str, style: Style) {
        if let Some(field) = self.fields.iter_mut().rev().find(|field| is_form(&field.code)) {
            field.result.push_str(text);
            return;
        }
        if style != self.style {
            self.end_text();
            self.style = style;
        }
        self.text.push_str(text);
    }

    fn end_text(&mut self) {
        let text = std::mem::take(&mut self.text);
        words::append(&mut self.pieces, &text, self.style, true);
    }

    fn end_field(&mut self) {
        let Some(field) = self.fields.pop() else { return };
        if !is_form(&field.code) {
            return;
        }
        let known = field.object.and_then(|at| fields::control(self.word.data, at, &field.result));
        let place = Place { page: 1, path: "field".to_owned(), bounds: None };
        let control = known.unwrap_or_else(|| crate::domain::document::Control {
            name: String::new(),
            title: None,
            value: fields::typed(&field.result),
            place,
        });
        self.end_text();
        self.pieces.push(Inline::Control(control));
    }

    fn end_line(&mut self) {
        self.end_text();
        let mut pieces = std::mem::take(&mut self.pieces);
        words::trim(&mut pieces);
        if pieces.is_empty() {
            return;
        }
        let line = Line { pieces, place: Place { page: 1, ..Place::default() }, heading: false, confidence: 1.0 };
        match &mut self.table {
            Some(table) => table.cell.push(Block::Line(line)),
            None => self.out.push(Block::Line(line)),
        }
    }

    /// A paragraph ends with `mark`; of tables inside tables the cells become lines of the outer cell.
    fn end_paragraph(&mut self, mark: char, paragraph: &Paragraph) {
        let in_table = paragraph.depth > 0 || mark == '\u{7}' || paragraph.ends_row;
        if !in_table {
            self.end_table();
        } else if self.table.is_none() {
            self.table = Some(TableMaking::default());
        }
        self.end_line();
        let Some(table) = &mut self.table else { return };
        if paragraph.ends_row {
            let cells = std::mem::take(&mut table.cells);
            table.cell.clear();
            table.rows.push((cells, paragraph.cells.clone()));
        } else if mark == '\u{7}' && paragraph.depth <= 1 {
            let cell = std::mem::take(&mut table.cell);
            table.cells.push(cell);
        }
    }

    fn end_table(&mut self) {
        let Some(making) = self.table.take() else { return };
        let loose = making.cells.into_iter().flatten().chain(making.cell);
        let loose: Vec<Block> = loose.collect();
        let table = edges::table(making.rows);
        if grid::width(&table) <= 1 {
            self.out.extend(table.rows.into_iter().flatten().flat_map(|cell| cell.lines).map(Block::Line));
        } else {
            self.out.push(Block::Table(table));
        }
        self.out.extend(loose);
    }

    fn finish(mut self) -> Vec<Block> {
        self.end_line();
        self.end_table();
        html::number(&mut self.out);
        self.out
    }
}

fn is_form(code: &str) -> bool {
    let code = code.trim_start();
    ["FORMTEXT", "FORMCHECKBOX", "FORMDROPDOWN"].iter().any(|kind| code.starts_with(kind))
}
