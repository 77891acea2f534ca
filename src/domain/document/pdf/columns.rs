//! Tables without lines: words and fields that stand under the words of a heading row.

use super::layout::{Row, Span};
use crate::domain::document::{Block, Cell, Inline, Line, Place, Table};

/// How far left of its heading a column's content may begin, in points.
const LEFT_OF_HEADING: f64 = 10.0;
/// Rows further apart than this many letter sizes are no longer one table.
const ROW_DISTANCE: f64 = 4.0;

/// The rows as blocks with the height each stands at: runs under a heading row as tables, the others as lines.
pub fn blocks(rows: Vec<Row>) -> Vec<(f64, Block)> {
    let mut out = Vec::new();
    let mut rows = rows.into_iter().peekable();
    while let Some(row) = rows.next() {
        let columns: Vec<(f64, f64)> = row.spans.iter().map(|span| (span.x, span.end)).collect();
        let heading = columns.len() >= 3 && row.spans.iter().all(|span| !span.field);
        let mut below: Vec<Vec<(usize, Line)>> = Vec::new();
        let (mut last_y, mut filled) = (row.y, 0);
        while heading
            && let Some(next) = rows.peek()
            && next.y - last_y <= ROW_DISTANCE * row.size.max(8.0)
            && let Some(places) = under(&columns, next)
        {
            // One piece close below goes on in its cell; alone further down it is no row.
            let goes_on = next.spans.len() == 1 && next.y - last_y <= 1.4 * row.size;
            if next.spans.len() == 1 && (!goes_on || below.is_empty()) {
                break;
            }
            last_y = next.y;
            let next = rows.next().expect("it was peeked at");
            let lines = places.into_iter().zip(next.lines());
            match below.last_mut().filter(|_| goes_on) {
                Some(last) => last.extend(lines),
                None => {
                    filled += 1;
                    below.push(lines.collect());
                }
            }
        }
        // One row of words below three words is chance; fields, or a second row, are a table.
        let has_fields =
            below.iter().flatten().any(|(_, line)| line.pieces.iter().any(|piece| !matches!(piece, Inline::Text { .. })));
        if filled >= 2 || (filled == 1 && has_fields) {
            let y = row.y - row.size;
            out.push((y, Block::Table(table(row, columns.len(), below))));
        } else {
            let heading_y = row.y;
            out.push((heading_y, Block::Line(row.line)));
            out.extend(below.into_iter().flat_map(|cells| joined(cells).map(|line| (heading_y + 0.1, Block::Line(line)))));
        }
    }
    out
}

/// The lines of a row that turned out to be no table row: one line again.
fn joined(cells: Vec<(usize, Line)>) -> Option<Line> {
    cells.into_iter().map(|(_, line)| line).reduce(|mut all, mut next| {
        all.pieces.append(&mut next.pieces);
        all
    })
}

/// For each piece of `row` its column; `None` when a piece stands under no heading or two under one.
fn under(columns: &[(f64, f64)], row: &Row) -> Option<Vec<usize>> {
    let mut places: Vec<usize> = Vec::new();
    for span in &row.spans {
        let column = columns.iter().rposition(|(x, _)| span.x >= x - LEFT_OF_HEADING)?;
        let (_, end) = columns[column];
        let begins_there = span.x <= end + LEFT_OF_HEADING;
        if !begins_there || places.last().is_some_and(|last| *last >= column) {
            return None;
        }
        places.push(column);
    }
    Some(places)
}

fn table(heading: Row, columns: usize, below: Vec<Vec<(usize, Line)>>) -> Table {
    let page = heading.line.place.page;
    let bounds = heading.line.place.bounds;
    let head = heading.lines().into_iter().enumerate().collect();
    let rows = std::iter::once(head).chain(below).enumerate().map(|(index, cells)| {
        let mut row: Vec<Cell> = (0..columns)
            .map(|column| Cell {
                column: u16::try_from(column).unwrap_or(u16::MAX),
                columns: 1,
                rows: 1,
                header: index == 0,
                lines: Vec::new(),
                tables: Vec::new(),
                place: Place { page, path: String::new(), bounds },
            })
            .collect();
        for (column, line) in cells {
            row[column].lines.push(line);
        }
        row
    });
    Table { rows: rows.collect(), place: Place { page, path: String::new(), bounds } }
}

impl Row {
    /// Each span as a line of its own.
    fn lines(self) -> Vec<Line> {
        let Line { place, confidence, heading, .. } = self.line;
        self.spans.into_iter().map(|Span { pieces, .. }| Line { pieces, place: place.clone(), heading, confidence }).collect()
    }
}
