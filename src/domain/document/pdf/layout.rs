//! Letters, fields and ruling lines of a page → lines and tables in reading order.

use kurbo::{Point, Rect};

use super::fields::Widget;
use super::page::{Drawn, Letter, Stroke};
use super::rulings::{self, Ruled};
use super::{columns, labels};
use crate::domain::document::{Block, Cell, Inline, Line, Place, Style, Table, grid, words};

/// Letters further apart than this share of their size have a blank between them.
const BLANK: f64 = 0.18;
/// Further apart than this they are two pieces: a label and what stands beside it.
const APART: f64 = 1.3;

/// A thing on a line.
#[derive(Clone)]
pub enum Token {
    /// A letter.
    Letter(Letter),
    /// A field or a tick.
    Inline(Inline),
}

/// A token where it stands.
#[derive(Clone)]
pub struct Placed {
    /// Left edge.
    pub x: f64,
    /// Right edge.
    pub end: f64,
    /// Baseline.
    pub y: f64,
    /// Size.
    pub size: f64,
    /// How sure it is read right.
    pub sure: f32,
    /// What it is.
    pub token: Token,
}

impl Placed {
    /// The same, further right.
    pub fn moved(mut self, by: f64) -> Self {
        self.x += by;
        self.end += by;
        if let Token::Letter(letter) = &mut self.token {
            letter.x += by;
            letter.end += by;
        }
        self
    }
}

/// Words or a field that stand apart from their neighbours on a line.
pub struct Span {
    /// Left edge.
    pub x: f64,
    /// Right edge.
    pub end: f64,
    /// What it is made of.
    pub pieces: Vec<Inline>,
    /// A field or a tick rather than words.
    pub field: bool,
}

/// A line with its spans.
pub struct Row {
    /// Baseline from the top of the page.
    pub y: f64,
    /// Size of its letters.
    pub size: f64,
    /// The line.
    pub line: Line,
    /// The same in pieces that stand apart.
    pub spans: Vec<Span>,
}

/// Where a token belongs: the page, or a cell of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Home {
    Page,
    Cell(usize, usize),
}

/// A field or tick: where it stands, what it is, how sure it is seen right.
type Field = (Rect, Inline, f32);

/// Appends the blocks of a page; `widgets` are the fields on it.
pub fn blocks(mut drawn: Drawn, widgets: Vec<Widget>, page: u32, out: &mut Vec<Block>) {
    let median = median_size(&drawn.letters);
    let ticks = drawn.drawn_ticks();
    let letters = upright_letters(std::mem::take(&mut drawn.letters));
    let boxes: Vec<Rect> = widgets.iter().map(|widget| box_of(widget, &drawn)).collect();
    let frames = frames(&boxes);
    let strokes: Vec<Stroke> = drawn.strokes.iter().filter(|stroke| !draws_a_box(stroke, &frames)).copied().collect();
    let tables = rulings::tables(&strokes);
    let mut homes: std::collections::BTreeMap<Home, Vec<Placed>> = std::collections::BTreeMap::new();
    for letter in letters {
        let middle = Point::new((letter.x + letter.end) / 2.0, letter.y - 0.3 * letter.size);
        homes.entry(home(&tables, middle)).or_default().push(placed_letter(letter));
    }
    let mut fields: std::collections::BTreeMap<Home, Vec<Field>> = std::collections::BTreeMap::new();
    for (widget, rect) in widgets.into_iter().zip(boxes.iter().copied()) {
        let mut control = widget.control;
        control.place.page = page;
        control.place.bounds = Some(bounds(rect, drawn.size.1));
        fields.entry(home(&tables, rect.center())).or_default().push((rect, Inline::Control(control), 1.0));
    }
    for tick in ticks {
        if boxes.iter().any(|field| field.inflate(2.0, 2.0).contains(tick.0.center())) {
            continue;
        }
        fields.entry(home(&tables, tick.0.center())).or_default().push((tick.0, Inline::Tick(tick.1), tick.2));
    }
    let mut lines_of = |home: Home| {
        let letters = homes.remove(&home).unwrap_or_default();
        lines(letters, fields.remove(&home).unwrap_or_default(), drawn.size.1, median)
    };
    let mut flow: Vec<(f64, Block)> = columns::blocks(lines_of(Home::Page));
    flow.extend(ruled_blocks(&tables, &mut lines_of, drawn.size.1));
    flow.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (mut line_number, mut table_number) = counts(out, page);
    for (_, mut block) in flow {
        match &mut block {
            Block::Line(line) => {
                line_number += 1;
                line.place.page = page;
                line.place.path = format!("line {line_number}");
            }
            Block::Table(table) => {
                table_number += 1;
                table.place.page = page;
                table.place.path = format!("table {table_number}");
                grid::place_cells(table);
            }
        }
        out.push(block);
    }
}

/// A widget's box in our coordinates.
fn box_of(widget: &Widget, drawn: &Drawn) -> Rect {
    let [left, bottom, right, top] = widget.rectangle.map(f64::from);
    drawn.transform.transform_rect_bbox(Rect::new(left, bottom, right, top))
}

/// A field smaller than this has a frame of its own, drawn this close around it.
const SMALL: f64 = 26.0;
const FRAME: f64 = 3.0;
/// The frame of a larger field stands this close around it; where other fields stand closer than [`TOUCHING`], it may be a table's.
const LARGE_FRAME: f64 = 0.6;
const TOUCHING: f64 = 1.0;

/// Where the frames of fields are.
struct Frames {
    /// From the top.
    places: Vec<Rect>,
    tallest: f64,
}

/// The places of the fields' own frames.
fn frames(boxes: &[Rect]) -> Frames {
    let is_small = |field: &Rect| field.width() < SMALL && field.height() < SMALL;
    let alone = |index: usize, field: &Rect| {
        let near = field.inflate(TOUCHING, TOUCHING);
        !boxes.iter().enumerate().any(|(other, rect)| other != index && near.overlaps(*rect))
    };
    let place = |(index, field): (usize, &Rect)| {
        if is_small(field) {
            Some(field.inflate(FRAME, FRAME))
        } else {
            alone(index, field).then(|| field.inflate(LARGE_FRAME, LARGE_FRAME))
        }
    };
    let mut places: Vec<Rect> = boxes.iter().enumerate().filter_map(place).collect();
    places.sort_by(|one, other| one.y0.total_cmp(&other.y0));
    let tallest = places.iter().map(Rect::height).fold(0.0, f64::max);
    Frames { places, tallest }
}

/// The frame drawn around a field is no ruling line of a table.
fn draws_a_box(stroke: &Stroke, frames: &Frames) -> bool {
    let (from, to) = (stroke.rect.origin(), Point::new(stroke.rect.x1, stroke.rect.y1));
    // A frame that holds the stroke begins above it, and no further than the tallest is high.
    let first = frames.places.partition_point(|frame| frame.y0 < from.y - frames.tallest);
    frames.places[first..].iter().take_while(|frame| frame.y0 <= from.y).any(|frame| frame.contains(from) && frame.contains(to))
}

/// Lines are numbered on each page, tables through the document.
fn counts(out: &[Block], page: u32) -> (usize, usize) {
    let lines = out.iter().filter(|block| matches!(block, Block::Line(line) if line.place.page == page)).count();
    let tables = out.iter().filter(|block| matches!(block, Block::Table(_))).count();
    (lines, tables)
}

/// The tables with their cells filled; one inside another's cell goes there. Drawings that hold hardly anything
/// in cells fall back to lines.
fn ruled_blocks(tables: &[Ruled], lines_of: &mut impl FnMut(Home) -> Vec<Row>, height: f64) -> Vec<(f64, Block)> {
    let mut filled: Vec<Table> = Vec::new();
    for (index, ruled) in tables.iter().enumerate() {
        filled.push(filled_table(index, ruled, lines_of, height));
    }
    let mut out = Vec::new();
    // Smallest first, so that an inner table is complete when it moves into its outer one.
    for index in (0..tables.len()).rev() {
        let table = std::mem::replace(&mut filled[index], Table { rows: Vec::new(), place: Place::default() });
        let used = table.rows.iter().flatten().filter(|cell| !cell.lines.is_empty() || !cell.tables.is_empty()).count();
        let middle = tables[index].bounds.center();
        let outer = (0..index).rev().find_map(|outer| tables[outer].cell_at(middle).map(|cell| (outer, cell)));
        match outer {
            _ if used == 0 => {}
            Some((outer, cell)) => {
                let ruled = &tables[outer].cells[cell];
                let target = filled[outer].rows.iter_mut().flatten().find(|found| {
                    usize::from(found.column) == ruled.column && found.place.bounds == Some(bounds(ruled.rect, height))
                });
                if let Some(target) = target {
                    target.tables.push(table);
                }
            }
            None if used == 1 => {
                let lines = table.rows.into_iter().flatten().flat_map(|cell| cell.lines);
                out.extend(
                    lines.map(|line| (height - line.place.bounds.map_or(0.0, |bounds| f64::from(bounds[1])), Block::Line(line))),
                );
            }
            None => out.push((tables[index].bounds.y0, Block::Table(table))),
        }
    }
    out
}

fn filled_table(index: usize, ruled: &Ruled, lines_of: &mut impl FnMut(Home) -> Vec<Row>, height: f64) -> Table {
    let mut rows: Vec<Vec<Cell>> = Vec::new();
    for (cell_index, cell) in ruled.cells.iter().enumerate() {
        while rows.len() <= cell.row {
            rows.push(Vec::new());
        }
        let number = |value: usize| u16::try_from(value).unwrap_or(u16::MAX);
        rows[cell.row].push(Cell {
            column: number(cell.column),
            columns: number(cell.columns),
            rows: number(cell.rows),
            header: false,
            lines: lines_of(Home::Cell(index, cell_index)).into_iter().map(|row| row.line).collect(),
            tables: Vec::new(),
            place: Place { page: 1, path: String::new(), bounds: Some(bounds(cell.rect, height)) },
        });
    }
    rows.retain(|row| !row.is_empty());
    Table { rows, place: Place { page: 1, path: String::new(), bounds: Some(bounds(ruled.bounds, height)) } }
}

/// The smallest table whose cell holds `point`.
fn home(tables: &[Ruled], point: Point) -> Home {
    let found = tables.iter().enumerate().rev().find_map(|(index, table)| {
        if table.bounds.contains(point) { table.cell_at(point).map(|cell| Home::Cell(index, cell)) } else { None }
    });
    found.unwrap_or(Home::Page)
}

/// Our rectangle as left, bottom, right, top from the page's lower left corner.
#[expect(clippy::cast_possible_truncation, reason = "points of a page fit a 32-bit float")]
fn bounds(rect: Rect, height: f64) -> [f32; 4] {
    [rect.x0 as f32, (height - rect.y1) as f32, rect.x1 as f32, (height - rect.y0) as f32]
}

fn median_size(letters: &[Letter]) -> f64 {
    let mut sizes: Vec<f64> = letters.iter().map(|letter| letter.size).collect();
    let middle = sizes.len() / 2;
    if sizes.is_empty() { 10.0 } else { *sizes.select_nth_unstable_by(middle, f64::total_cmp).1 }
}

fn placed_letter(letter: Letter) -> Placed {
    Placed { x: letter.x, end: letter.end, y: letter.y, size: letter.size, sure: letter.sure, token: Token::Letter(letter) }
}

/// The letters, twice-drawn ones once, words that run up or down turned level.
fn upright_letters(letters: Vec<Letter>) -> Vec<Letter> {
    let mut out: Vec<Letter> = Vec::with_capacity(letters.len());
    let mut turned: Option<(Letter, f64)> = None;
    for letter in letters {
        let Some(reach) = letter.upward else {
            out.extend(turned.take().map(|(word, _)| word));
            out.push(letter);
            continue;
        };
        // The next letter of the same upright word stands where the last one ended.
        let goes_on = turned.as_ref().is_some_and(|(word, last_end)| {
            (word.x - letter.x).abs() < 0.3 * letter.size && (letter.y - last_end).abs() < 0.6 * letter.size
        });
        if goes_on {
            if let Some((word, last_end)) = &mut turned {
                word.text.push(&letter.text);
                *last_end = letter.y + reach;
            }
        } else {
            out.extend(turned.take().map(|(word, _)| word));
            let mut word = letter;
            word.end = word.x + word.size;
            let last_end = word.y + reach;
            turned = Some((word, last_end));
        }
    }
    out.extend(turned.map(|(word, _)| word));
    out
}

/// Lines of one home with the heights they stand at, from the top.
fn lines(mut letters: Vec<Placed>, fields: Vec<Field>, height: f64, median: f64) -> Vec<Row> {
    letters.sort_by(|a, b| (a.y, a.x).partial_cmp(&(b.y, b.x)).unwrap_or(std::cmp::Ordering::Equal));
    let mut rows: Vec<Vec<Placed>> = Vec::new();
    for letter in letters {
        match rows.last_mut() {
            Some(row) if (letter.y - row[0].y).abs() < 0.4 * row[0].size.min(letter.size).max(4.0) => row.push(letter),
            _ => rows.push(vec![letter]),
        }
    }
    for field in fields {
        add_field(&mut rows, field);
    }
    rows.sort_by(|a, b| a[0].y.total_cmp(&b[0].y));
    labels::join_between(&mut rows);
    labels::join_uneven(&mut rows);
    let mut out: Vec<Row> = rows.into_iter().filter_map(|row| line(row, height, median)).collect();
    out.sort_by(|a, b| a.y.total_cmp(&b.y));
    out
}

/// Puts a field on the line beside it, or on a line of its own.
fn add_field(rows: &mut Vec<Vec<Placed>>, (rect, inline, sure): Field) {
    const ONE_LINE: f64 = 30.0;
    let middle = rect.center().y;
    let near = |row: &[Placed]| -> Option<f64> {
        let (baseline, size) = (row[0].y, row[0].size);
        let centre = baseline - 0.3 * size;
        if rect.height() <= ONE_LINE {
            let distance = (centre - middle).abs();
            (distance <= 0.5 * rect.height().max(size)).then_some(distance)
        } else {
            // A box for several lines belongs to the label at its upper left.
            let left = row.iter().all(|placed| placed.end <= rect.x0 + 6.0);
            (left && centre >= rect.y0 - 2.0 && centre <= rect.y0 + 2.5 * size).then_some((centre - rect.y0).abs())
        }
    };
    let best = rows.iter().enumerate().filter_map(|(index, row)| near(row).map(|distance| (index, distance)));
    let best = best.min_by(|a, b| a.1.total_cmp(&b.1)).map(|(index, _)| index);
    let size = rect.height().clamp(6.0, 12.0);
    let y = if rect.height() <= ONE_LINE { middle + 0.3 * size } else { rect.y0 + size };
    let placed = Placed { x: rect.x0, end: rect.x1, y, size, sure, token: Token::Inline(inline) };
    match best {
        Some(index) => rows[index].push(placed),
        None => rows.push(vec![placed]),
    }
}

fn line(mut row: Vec<Placed>, height: f64, median: f64) -> Option<Row> {
    row.sort_by(|a, b| a.x.total_cmp(&b.x));
    drop_shadows(&mut row);
    let mut making = Making::default();
    let mut rect: Option<Rect> = None;
    let (mut letters, mut known, mut large) = (0_usize, 0.0_f32, 0_usize);
    let mut field_sure = 1.0_f32;
    for placed in &row {
        let here = Rect::new(placed.x, placed.y - placed.size, placed.end, placed.y + 0.25 * placed.size);
        match &placed.token {
            Token::Letter(letter) => {
                making.letter(letter);
                if !letter.text.is_blank() {
                    rect = Some(rect.map_or(here, |rect| rect.union(here)));
                    letters += 1;
                    known += if letter.text.is_unknown() { 0.0 } else { placed.sure };
                    large += usize::from(letter.size > 1.2 * median);
                }
            }
            Token::Inline(inline) => {
                field_sure = field_sure.min(placed.sure);
                rect = Some(rect.map_or(here, |rect| rect.union(here)));
                making.inline(inline.clone(), placed.x, placed.end);
            }
        }
    }
    let spans = making.finish();
    let mut pieces: Vec<Inline> = spans.iter().flat_map(|span| span.pieces.iter().cloned()).collect();
    words::trim(&mut pieces);
    let place = Place { page: 1, path: String::new(), bounds: Some(bounds(rect?, height)) };
    #[expect(clippy::cast_precision_loss, reason = "a line has far fewer letters than a float has digits")]
    let confidence = field_sure.min(if letters == 0 { 1.0 } else { known / letters as f32 });
    let heading = letters > 0 && large * 10 >= letters * 9;
    let line = Line { pieces, place, heading, confidence };
    (!line.pieces.is_empty()).then(|| Row { y: row[0].y, size: row[0].size, line, spans: trimmed(spans) })
}

/// A letter drawn again within a hair of itself is bold print, not two letters.
fn drop_shadows(row: &mut Vec<Placed>) {
    let mut kept: Vec<Placed> = Vec::with_capacity(row.len());
    for placed in row.drain(..) {
        let twin = kept.iter().rev().take(4).any(|earlier| match (&earlier.token, &placed.token) {
            (Token::Letter(a), Token::Letter(b)) => {
                a.text == b.text
                    && !a.text.is_blank()
                    && (a.x - b.x).abs() < 0.25 * (b.end - b.x).max(1.0)
                    && (a.y - b.y).abs() < 0.3 * b.size
            }
            _ => false,
        });
        if !twin {
            kept.push(placed);
        }
    }
    *row = kept;
}

/// Spans without blanks at their ends; those of nothing but blanks are none.
fn trimmed(mut spans: Vec<Span>) -> Vec<Span> {
    spans.iter_mut().for_each(|span| words::trim(&mut span.pieces));
    spans.retain(|span| !span.pieces.is_empty());
    spans
}

/// Spans of a line in the making.
#[derive(Default)]
struct Making {
    spans: Vec<Span>,
    text: String,
    bold: bool,
    end: Option<f64>,
    blank: bool,
    /// A blank stood where the last letter is.
    beneath: bool,
}

impl Making {
    fn letter(&mut self, letter: &Letter) {
        if letter.text.is_blank() {
            // Runs of blanks, as typists use for columns, are gaps: the next letter's place tells.
            // The blank an empty cell is printed with lies beneath what was typed over it.
            let beneath = self.end.is_some_and(|end| letter.x < end - 0.05 * letter.size);
            self.beneath |= beneath;
            self.blank |= !beneath;
            return;
        }
        let gap = self.end.map_or(0.0, |end| letter.x - end);
        // Where letters overlap anyway, their widths tell nothing.
        self.blank |= std::mem::take(&mut self.beneath) && gap.abs() > 0.08 * letter.size;
        let far = gap > APART * letter.size || self.spans.last().is_none_or(|span| span.field);
        if (self.blank || gap > BLANK * letter.size) && !self.text.is_empty() {
            self.text.push(if far { words::GAP } else { ' ' });
        }
        if far || letter.bold != self.bold {
            self.end_text();
            self.bold = letter.bold;
        }
        if far {
            self.spans.push(Span { x: letter.x, end: letter.end, pieces: Vec::new(), field: false });
        }
        self.blank = false;
        letter.text.append_to(&mut self.text);
        self.end = Some(self.end.unwrap_or(letter.end).max(letter.end));
        if let Some(span) = self.spans.last_mut() {
            span.end = span.end.max(letter.end);
        }
    }

    fn inline(&mut self, inline: Inline, x: f64, end: f64) {
        if !self.text.is_empty() {
            self.text.push(' ');
        }
        self.end_text();
        self.spans.push(Span { x, end, pieces: vec![inline], field: true });
        self.end = Some(end);
        self.blank = true;
    }

    /// Gives the letters so far to the span they belong to.
    fn end_text(&mut self) {
        let text = std::mem::take(&mut self.text);
        if let Some(span) = self.spans.last_mut() {
            let mut own = Vec::new();
            words::append(&mut own, &text, Style { bold: self.bold, ..Style::default() }, true);
            span.pieces.append(&mut own);
        }
    }

    fn finish(mut self) -> Vec<Span> {
        self.end_text();
        self.spans
    }
}
