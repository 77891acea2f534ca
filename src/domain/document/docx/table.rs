//! Tables: `gridSpan`, `vMerge`, `gridBefore`, rows and cells wrapped in controls, tables in cells.

use super::{Story, controls, plain_line};
use crate::domain::document::xml::Element;
use crate::domain::document::{Block, Cell, Inline, Place, Table, Tick, grid, html};

/// A row's cell with the control it is wrapped in, if any.
type WrappedCell<'e> = (&'e Element, Option<&'e Element>);

impl Story {
    /// Appends `table`; one with a single column only arranges lines and is appended as lines.
    pub(super) fn table(&mut self, table: &Element, out: &mut Vec<Block>) {
        let mut rows: Vec<Vec<Cell>> = Vec::new();
        let mut flat = Vec::new();
        let outer = std::mem::take(&mut self.shaded);
        for row in rows_of(table) {
            if row.child("trPr").is_some_and(|properties| properties.child("del").is_some()) {
                continue;
            }
            let cells = self.row(row, &mut rows, &mut flat);
            rows.push(cells);
        }
        tick_shaded(&mut rows, &std::mem::replace(&mut self.shaded, outer));
        let table = Table { rows, place: Place { page: 1, ..Place::default() } };
        if grid::width(&table) <= 1 {
            out.append(&mut flat);
        } else {
            out.push(Block::Table(table));
        }
    }

    fn row(&mut self, row: &Element, above: &mut [Vec<Cell>], flat: &mut Vec<Block>) -> Vec<Cell> {
        let properties = row.child("trPr");
        let number = |properties: Option<&Element>, name| -> Option<u16> { properties?.child_value(name)?.parse().ok() };
        let header = properties.is_some_and(|properties| properties.switched_on("tblHeader"));
        let mut column = number(properties, "gridBefore").unwrap_or(0);
        let mut cells = Vec::new();
        for (cell, wrapper) in cells_of(row) {
            let cell_properties = cell.child("tcPr");
            let columns = number(cell_properties, "gridSpan").unwrap_or(1).clamp(1, 256);
            let merge = cell_properties.and_then(|properties| properties.child("vMerge"));
            let continues = merge.is_some_and(|merge| merge.attribute("val") != Some("restart"));
            if continues && lengthen(above, column) {
                column = column.saturating_add(columns);
                continue;
            }
            let blocks = match wrapper.and_then(|wrapper| controls::of_cell(wrapper, cell)) {
                Some(control) => vec![Block::Line(plain_line(vec![Inline::Control(control)]))],
                None => self.blocks(cell),
            };
            flat.extend(blocks.iter().cloned());
            let (lines, tables) = html::apart(blocks);
            if cell_properties.is_some_and(is_shaded) {
                self.shaded.push((above.len(), column));
            }
            cells.push(Cell { column, columns, rows: 1, header, lines, tables, place: Place::default() });
            column = column.saturating_add(columns);
        }
        cells
    }
}

fn is_shaded(properties: &Element) -> bool {
    let fill = properties.child("shd").and_then(|shade| shade.attribute("fill"));
    fill.is_some_and(|fill| !matches!(fill.to_ascii_lowercase().as_str(), "auto" | "ffffff" | ""))
}

/// So many empty cells with a ground of their own, and as many without, are answers.
const SHADED_MIN: usize = 2;

/// `Shade every box that applies`: empty cells with a ground of their own among empty cells without are ticks; whole rows and columns
/// of them are the form's dress.
fn tick_shaded(rows: &mut [Vec<Cell>], shaded: &[(usize, u16)]) {
    let is_empty = |cell: &Cell| {
        let bare = |inline: &Inline| matches!(inline, Inline::Text { text, .. } if text.trim().is_empty());
        cell.tables.is_empty() && cell.lines.iter().all(|line| line.pieces.iter().all(bare))
    };
    let mut empty = Vec::new();
    for (index, row) in rows.iter().enumerate().skip(1) {
        empty.extend(row.iter().filter(|cell| cell.column > 0 && is_empty(cell)).map(|cell| (index, cell.column)));
    }
    let (marked, plain): (Vec<_>, Vec<_>) = empty.into_iter().partition(|place| shaded.contains(place));
    let beside =
        |place: &&(usize, u16)| plain.iter().any(|other| other.0 == place.0) && plain.iter().any(|other| other.1 == place.1);
    if marked.len() < SHADED_MIN || plain.len() < SHADED_MIN || marked.iter().filter(beside).count() * 2 < marked.len() {
        return;
    }
    for (index, column) in marked {
        if let Some(cell) = rows[index].iter_mut().find(|cell| cell.column == column) {
            cell.lines = vec![plain_line(vec![Inline::Tick(Tick::Marked)])];
        }
    }
}

/// Lengthens the cell that covers `column` in the rows above by one row; false when there is none.
fn lengthen(above: &mut [Vec<Cell>], column: u16) -> bool {
    let height = above.len();
    for (index, row) in above.iter_mut().enumerate().rev() {
        if let Some(cell) = row.iter_mut().find(|cell| cell.column == column) {
            let reaches = height - index;
            cell.rows = u16::try_from(reaches + 1).unwrap_or(u16::MAX).max(cell.rows);
            return true;
        }
    }
    false
}

fn rows_of(table: &Element) -> Vec<&Element> {
    let mut rows = Vec::new();
    for element in table.elements() {
        match &*element.name {
            "tr" => rows.push(element),
            "sdt" => rows.extend(element.child("sdtContent").map(rows_of).unwrap_or_default()),
            "ins" | "customXml" | "moveTo" => rows.extend(rows_of(element)),
            _ => {}
        }
    }
    rows
}

fn cells_of(row: &Element) -> Vec<WrappedCell<'_>> {
    let mut cells = Vec::new();
    for element in row.elements() {
        match &*element.name {
            "tc" => cells.push((element, None)),
            "sdt" => {
                let inner = element.child("sdtContent").map(cells_of).unwrap_or_default();
                let alone = inner.len() == 1;
                cells.extend(inner.into_iter().map(|(cell, wrapper)| (cell, wrapper.or(alone.then_some(element)))));
            }
            "ins" | "customXml" => cells.extend(cells_of(element)),
            _ => {}
        }
    }
    cells
}
