//! Tables whose rows say where the edges of their cells are, in twentieths of a point (Word 97, RTF).

use super::{Block, Cell, Place, Table, html};

/// One cell by the definition of its row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CellShape {
    /// Its left edge.
    pub left: i16,
    /// Its right edge.
    pub right: i16,
    /// It goes on the cell at its left.
    pub goes_on_left: bool,
    /// It goes on the cell above.
    pub goes_on_above: bool,
}

/// The table of these rows: columns are the edges that any row has, merged cells stand once.
#[must_use]
pub fn table(rows: Vec<(Vec<Vec<Block>>, Vec<CellShape>)>) -> Table {
    /// Edges nearer than this, in twentieths of a point, are one.
    const NEAR: i16 = 60;
    let mut edges: Vec<i16> = rows.iter().flat_map(|(_, row)| row.iter().flat_map(|cell| [cell.left, cell.right])).collect();
    edges.sort_unstable();
    edges.dedup_by(|next, kept| next.saturating_sub(*kept) < NEAR);
    let column_of = |edge: i16| edges.partition_point(|known| *known <= edge.saturating_add(NEAR / 2)).saturating_sub(1);
    let narrow = |number: usize| u16::try_from(number).unwrap_or(u16::MAX);
    let mut out: Vec<Vec<Cell>> = Vec::new();
    for (cells, row) in rows {
        let mut made: Vec<Cell> = Vec::new();
        for (index, blocks) in cells.into_iter().enumerate() {
            let shape = row.get(index);
            let (column, columns) = match shape {
                Some(shape) => {
                    let from = column_of(shape.left);
                    (from, column_of(shape.right).saturating_sub(from).max(1))
                }
                None => (made.last().map_or(index, |cell| usize::from(cell.column + cell.columns)), 1),
            };
            if shape.is_some_and(|shape| shape.goes_on_left)
                && let Some(last) = made.last_mut()
            {
                last.columns = narrow(column + columns).saturating_sub(last.column);
                continue;
            }
            if shape.is_some_and(|shape| shape.goes_on_above) && lengthen(&mut out, narrow(column)) {
                continue;
            }
            let (lines, tables) = html::apart(blocks);
            made.push(Cell {
                column: narrow(column),
                columns: narrow(columns),
                rows: 1,
                header: false,
                lines,
                tables,
                place: Place::default(),
            });
        }
        out.push(made);
    }
    out.retain(|row| !row.is_empty());
    Table { rows: out, place: Place { page: 1, ..Place::default() } }
}

/// Lengthens the cell above that begins in `column` by a row; false when there is none.
fn lengthen(above: &mut [Vec<Cell>], column: u16) -> bool {
    let height = above.len();
    for (index, row) in above.iter_mut().enumerate().rev() {
        if let Some(cell) = row.iter_mut().find(|cell| cell.column == column) {
            cell.rows = u16::try_from(height - index + 1).unwrap_or(u16::MAX).max(cell.rows);
            return true;
        }
    }
    false
}
