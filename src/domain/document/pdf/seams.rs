//! Tables that go on over the end of a page: one table again, with its head once and a row broken by the page's end whole.
//!
//! Only what looks like the same table is joined: it ends low on one page, goes on high on the next, between the same edges and with as
//! many columns, and nothing stands between but what the pages say of themselves. Of that, numbers and what an earlier page said already
//! are left out: below a table of people the name of the form would pass for somebody's.

use crate::domain::document::{Block, Cell, Inline, Line, Table};

/// Edges nearer than this, in points, are one edge.
const EDGE_NEAR: f32 = 4.0;
/// A page goes on where a table ends below this and the next begins above that, in points from the foot of the page: the thirds of A4.
const LOW_MAX: f32 = 320.0;
const HIGH_MIN: f32 = 520.0;
/// What stands nearer to the edge of the page than this is the page's own: its number, the name of the form.
const MARGIN: f32 = 60.0;
const TOP_MARGIN_MIN: f32 = 842.0 - MARGIN;
/// Lines a page may say of itself at one seam.
const FURNITURE_MAX: usize = 4;

/// Joins the tables of `blocks` that pages have parted. What only one page says of itself comes behind the joined table.
pub(super) fn join(blocks: &mut Vec<Block>) {
    let mut joined: Vec<Block> = Vec::with_capacity(blocks.len());
    for block in blocks.drain(..) {
        match block {
            Block::Table(table) => match open_table(&mut joined, &table) {
                Some(open) => {
                    append(open, table);
                    leave_out_repeated(&mut joined);
                }
                None => joined.push(Block::Table(table)),
            },
            line @ Block::Line(_) => joined.push(line),
        }
    }
    *blocks = joined;
}

/// Takes away the lines behind the last table that count pages, or that an earlier line has said.
fn leave_out_repeated(joined: &mut Vec<Block>) {
    let behind = joined.iter().rposition(|block| matches!(block, Block::Table(_))).map_or(joined.len(), |at| at + 1);
    let said = |block: &Block| if let Block::Line(line) = block { Some(words(std::slice::from_ref(line))) } else { None };
    let before: Vec<String> = joined[..behind].iter().filter_map(said).collect();
    let lines = joined.split_off(behind);
    joined.extend(lines.into_iter().filter(|block| said(block).is_none_or(|text| !counts(&text) && !before.contains(&text))));
}

/// The last table before, when `next` goes on with it.
fn open_table<'b>(before: &'b mut [Block], next: &Table) -> Option<&'b mut Table> {
    let back = before.iter().rev().take(FURNITURE_MAX + 1).position(|block| matches!(block, Block::Table(_)))?;
    let at = before.len() - 1 - back;
    if !before[at + 1..].iter().all(|block| matches!(block, Block::Line(line) if is_furniture(line))) {
        return None;
    }
    let Block::Table(open) = &mut before[at] else { return None };
    let last_page = open.rows.last().and_then(|row| row.first()).map_or(open.place.page, |cell| cell.place.page);
    let [left, _, right, _] = open.place.bounds?;
    let [next_left, _, next_right, top] = next.place.bounds?;
    let bottom = open.rows.last()?.iter().filter_map(|cell| cell.place.bounds).map(|[_, bottom, ..]| bottom).reduce(f32::min)?;
    let goes_on = next.place.page == last_page + 1
        && (left - next_left).abs() < EDGE_NEAR
        && (right - next_right).abs() < EDGE_NEAR
        && bottom < LOW_MAX
        && top > HIGH_MIN
        && width(open) == width(next);
    goes_on.then_some(open)
}

fn width(table: &Table) -> u16 {
    table.rows.iter().flatten().map(|cell| cell.column + cell.columns).max().unwrap_or(0)
}

/// A number of a page, or whatever stands in the margin.
fn is_furniture(line: &Line) -> bool {
    let counts = counts(&words(std::slice::from_ref(line)));
    let in_margin = line.place.bounds.is_some_and(|[_, bottom, _, top]| top < MARGIN || bottom > TOP_MARGIN_MIN);
    let asks = line.pieces.iter().any(|piece| !matches!(piece, Inline::Text { .. }));
    !asks && (counts || in_margin)
}

/// `Page 2 of 3`, `- 2 -`.
fn counts(text: &str) -> bool {
    // A telephone number or a day of the calendar counts nothing.
    let short = text.split_whitespace().count() <= 5 && text.chars().filter(char::is_ascii_digit).count() <= 6;
    short
        && text.split_whitespace().all(|word| {
            word.chars().filter(char::is_ascii_digit).count() <= 3
                && word.chars().all(|c| c.is_ascii_digit() || !c.is_alphanumeric())
                || matches!(word.trim_end_matches(':'), "page" | "of")
        })
}

fn append(open: &mut Table, next: Table) {
    let head: Vec<String> = open.rows.first().into_iter().flatten().map(|cell| words(&cell.lines)).collect();
    let mut rows = next.rows.into_iter().peekable();
    let repeated = rows.peek().is_some_and(|row| {
        head.iter().any(|cell| !cell.is_empty()) && row.iter().map(|cell| words(&cell.lines)).eq(head.iter().cloned())
    });
    if repeated {
        rows.next();
    }
    if let Some(first) = rows.next_if(|row| open.rows.len() > 1 && goes_on_with(open.rows.last(), row)) {
        let last = open.rows.last_mut().expect("it has more than one row");
        for cell in first {
            if let Some(begun) = last.iter_mut().find(|begun| begun.column == cell.column) {
                begun.lines.extend(cell.lines);
            }
        }
    }
    open.rows.extend(rows);
}

/// Whether `row` is the rest of the row before: nothing in its first cell, and only what had begun goes on.
fn goes_on_with(before: Option<&Vec<Cell>>, row: &[Cell]) -> bool {
    let Some(before) = before else { return false };
    let is_bare = |cell: &Cell| cell.tables.is_empty() && cell.lines.iter().all(|line| line.pieces.is_empty());
    let filled: Vec<&Cell> = row.iter().filter(|cell| !is_bare(cell)).collect();
    let begun = |cell: &&Cell| before.iter().any(|other| other.column == cell.column && !words(&other.lines).is_empty());
    let only_words = |cell: &&Cell| cell.tables.is_empty() && cell.lines.iter().flat_map(|line| &line.pieces).all(is_words);
    row.first().is_some_and(|first| first.column == 0 && is_bare(first))
        && !filled.is_empty()
        && filled.len() < before.len()
        && filled.iter().all(begun)
        && filled.iter().all(only_words)
}

fn is_words(piece: &Inline) -> bool {
    matches!(piece, Inline::Text { .. })
}

/// The words of these lines, small, blanks folded.
fn words(lines: &[Line]) -> String {
    let text = lines.iter().map(|line| crate::domain::document::words::words(&line.pieces)).collect::<Vec<_>>().join(" ");
    text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}
