//! Tables whose cells hold a label and, on the line below it, its value.

use super::form::FormReader;
use super::sheet::{Grid, GridCell};
use super::slot::{Slot, Token};

/// So many cells of that shape make a form of a table.
const LABELLED_MIN: usize = 2;

/// The first line of a cell and what stands below it; `None` for a cell of one line.
pub(super) fn first_line(slot: &Slot) -> Option<(Slot, Slot)> {
    let cut = slot.tokens.iter().position(|token| matches!(token, Token::Break))?;
    let part = |tokens: &[Token]| Slot { tokens: tokens.to_vec(), ..slot.clone() };
    let (head, rest) = (part(&slot.tokens[..cut]), part(&slot.tokens[cut + 1..]));
    (cut > 0 && !head.has_box()).then_some((head, rest))
}

impl FormReader<'_, '_> {
    /// `grid` with label and value side by side, one pair a row, where most of its cells hold one above the other.
    pub(super) fn beside_in_cells(&self, grid: &Grid) -> Option<Grid> {
        let cells = || grid.rows.iter().flatten().filter(|cell| !cell.repeated && !cell.slot.text().is_empty());
        let asks = |slot: &Slot| !slot.typed && self.lexicon.label(&slot.text()).is_some();
        let of_cell = |cell: &GridCell| {
            let (head, below) = first_line(&cell.slot)?;
            let answers = !below.text().trim_end().ends_with([':', '?']);
            (asks(&head) && answers && cell.inner.is_empty()).then_some((head, below))
        };
        let labelled = cells().filter(|cell| of_cell(cell).is_some()).count();
        let open = cells().filter(|cell| asks(&cell.slot)).count();
        if labelled < LABELLED_MIN || (labelled + open) * 4 < cells().count() * 3 || open >= labelled {
            return None;
        }
        let made = |column: usize, slot: Slot| GridCell { column, columns: 1, slot, repeated: false, inner: Vec::new() };
        let rows = cells().map(|cell| match of_cell(cell) {
            Some((head, below)) => {
                vec![made(0, Slot { heading: true, control: false, ..head }), made(1, Slot { heading: false, ..below })]
            }
            None if asks(&cell.slot) => {
                vec![made(0, cell.slot.clone()), made(1, Slot::empty(cell.slot.place.clone(), cell.slot.method))]
            }
            None => vec![GridCell { column: 0, ..cell.clone() }],
        });
        Some(Grid { rows: rows.collect() })
    }
}
