//! Columns of cells under spans: where the next cell of a row begins when cells above reach down into it.

use super::{Cell, Line, Place, Table};

/// Spans beyond these are damage or mischief.
const COLUMNS_MAX: u16 = 256;
const ROWS_SPAN_MAX: u16 = 1_000;

/// Builds a [`Table`] row by row from cells with spans.
#[derive(Default)]
pub struct Grid {
    rows: Vec<Vec<Cell>>,
    /// For each column, how many more rows a cell above still covers.
    covered: Vec<u16>,
    next: u16,
}

impl Grid {
    /// Begins a row.
    pub fn row(&mut self) {
        for rows in &mut self.covered {
            *rows = rows.saturating_sub(1);
        }
        self.rows.push(Vec::new());
        self.next = 0;
    }

    /// Appends a cell to the row begun last.
    pub fn cell(&mut self, columns: u16, rows: u16, header: bool, lines: Vec<Line>, tables: Vec<Table>) {
        if self.rows.is_empty() {
            self.row();
        }
        let columns = columns.clamp(1, COLUMNS_MAX);
        let rows = rows.clamp(1, ROWS_SPAN_MAX);
        while self.covered.get(usize::from(self.next)).is_some_and(|rows| *rows > 0) {
            self.next += 1;
        }
        let column = self.next;
        if column >= COLUMNS_MAX {
            return;
        }
        let end = usize::from(column + columns);
        if self.covered.len() < end {
            self.covered.resize(end, 0);
        }
        for covered in &mut self.covered[usize::from(column)..end] {
            *covered = rows;
        }
        self.next = column + columns;
        let row = self.rows.last_mut().expect("a row was begun");
        row.push(Cell { column, columns, rows, header, lines, tables, place: Place::default() });
    }

    /// The table, its cells placed by `path` (`table 2`) on `page`; rows without cells dropped.
    #[must_use]
    pub fn finish(self, path: &str, page: u32) -> Table {
        let mut rows = self.rows;
        rows.retain(|row| !row.is_empty());
        let mut table = Table { rows, place: Place { page, path: path.to_owned(), bounds: None } };
        place_cells(&mut table);
        table
    }
}

/// Writes where each cell and each of its lines stands: `table 2, row 3, column 1`.
pub fn place_cells(table: &mut Table) {
    for (row_index, row) in table.rows.iter_mut().enumerate() {
        for cell in row {
            let path = format!("{}, row {}, column {}", table.place.path, row_index + 1, cell.column + 1);
            let place = |bounds| Place { page: table.place.page, path: path.clone(), bounds };
            cell.place = place(cell.place.bounds);
            for line in &mut cell.lines {
                line.place = place(line.place.bounds);
            }
            for (index, inner) in cell.tables.iter_mut().enumerate() {
                inner.place = Place { page: table.place.page, path: format!("{path}, table {}", index + 1), bounds: None };
                place_cells(inner);
            }
        }
    }
}

/// How many columns the widest row has.
#[must_use]
pub fn width(table: &Table) -> u16 {
    table.rows.iter().flatten().map(|cell| cell.column + cell.columns).max().unwrap_or(0)
}
