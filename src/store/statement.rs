//! SQL as values: one text for both engines, with its cells. Texts are constants of this folder; what comes from outside
//! travels in cells and never in a text.

use std::borrow::Cow;
use std::fmt::Write as _;

use crate::domain::time::Instant;

/// A value on its way into the database. Times, counts and flags are whole numbers on both engines.
#[derive(Debug, Clone)]
pub(super) enum Cell {
    Number(Option<i64>),
    Text(Option<String>),
    Bytes(Option<Vec<u8>>),
}

macro_rules! cells {
    ($($from:ty => |$value:ident| $cell:expr;)*) => {$(
        impl From<$from> for Cell {
            fn from($value: $from) -> Self { $cell }
        }
    )*};
}
cells! {
    i64 => |value| Cell::Number(Some(value));
    Option<i64> => |value| Cell::Number(value);
    u32 => |value| Cell::Number(Some(value.into()));
    u64 => |value| Cell::Number(Some(i64::try_from(value).expect("counts stay below 2^63")));
    usize => |value| Cell::Number(Some(i64::try_from(value).expect("counts stay below 2^63")));
    bool => |value| Cell::Number(Some(value.into()));
    Instant => |value| Cell::Number(Some(value.as_microsecond()));
    Option<Instant> => |value| Cell::Number(value.map(Instant::as_microsecond));
    &str => |value| Cell::Text(Some(value.to_owned()));
    String => |value| Cell::Text(Some(value));
    Option<String> => |value| Cell::Text(value);
    Option<&str> => |value| Cell::Text(value.map(str::to_owned));
    Vec<u8> => |value| Cell::Bytes(Some(value));
    Option<Vec<u8>> => |value| Cell::Bytes(value);
    [u8; 32] => |value| Cell::Bytes(Some(value.to_vec()));
}

/// One statement: a text with `$1`, `$2`, …, and the cells they stand for.
#[derive(Debug, Clone)]
pub(super) struct Statement {
    pub text: Cow<'static, str>,
    pub cells: Vec<Cell>,
}

impl Statement {
    /// A constant text.
    pub fn new(text: &'static str) -> Self {
        Self { text: Cow::Borrowed(text), cells: Vec::new() }
    }
    /// The next cell.
    pub fn with(mut self, cell: impl Into<Cell>) -> Self {
        self.cells.push(cell.into());
        self
    }
    /// More text; `$$` in it is the place of `cell`.
    pub fn and(mut self, text: &'static str, cell: impl Into<Cell>) -> Self {
        self.cells.push(cell.into());
        let place = format!("${}", self.cells.len());
        self.text.to_mut().push_str(&text.replacen("$$", &place, 1));
        self
    }
    /// The same when there is a cell; nothing otherwise.
    pub fn and_if<C: Into<Cell>>(self, text: &'static str, cell: Option<C>) -> Self {
        match cell {
            Some(cell) => self.and(text, cell),
            None => self,
        }
    }
    /// More constant text.
    pub fn then(mut self, text: &'static str) -> Self {
        self.text.to_mut().push_str(text);
        self
    }
    /// `($n, $n+1, …)` with a place for each cell; a list that holds nothing matches nothing.
    pub fn list(mut self, cells: impl IntoIterator<Item = Cell>) -> Self {
        self.text.to_mut().push('(');
        let first = self.cells.len();
        for cell in cells {
            if self.cells.len() > first {
                self.text.to_mut().push(',');
            }
            self.cells.push(cell);
            write!(self.text.to_mut(), "${}", self.cells.len()).expect("a string takes every write");
        }
        if self.cells.len() == first {
            self.text.to_mut().push_str("NULL");
        }
        self.text.to_mut().push(')');
        self
    }
    /// `($1, …), ($n, …), …`: many rows in one statement, because each statement costs a trip to the engine.
    pub fn rows<const N: usize>(mut self, rows: impl IntoIterator<Item = [Cell; N]>) -> Self {
        for (index, row) in rows.into_iter().enumerate() {
            if index > 0 {
                self.text.to_mut().push(',');
            }
            self = self.list(row);
        }
        self
    }
}

/// The texts of `statements` as one text with a bare `?` for each place, and the cells in the order of the places.
/// SQLite runs it in one trip; numbered places would be looked up one by one each time.
pub(super) fn join_for_sqlite(statements: Vec<Statement>) -> (String, Vec<Cell>) {
    let mut joined = String::with_capacity(statements.iter().map(|statement| statement.text.len() + 1).sum());
    let mut cells = Vec::with_capacity(statements.iter().map(|statement| statement.cells.len()).sum());
    for statement in statements {
        let mut given: Vec<Option<Cell>> = statement.cells.into_iter().map(Some).collect();
        let places = places(&statement.text);
        let mut last = vec![0; given.len()];
        for (index, &(_, _, number)) in places.iter().enumerate() {
            last[number - 1] = index;
        }
        let mut from = 0;
        for (index, &(start, end, number)) in places.iter().enumerate() {
            joined.push_str(&statement.text[from..start]);
            joined.push('?');
            from = end;
            let slot = &mut given[number - 1];
            let cell = if last[number - 1] == index { slot.take() } else { slot.clone() };
            cells.push(cell.expect("a cell is taken only at its last place"));
        }
        joined.push_str(&statement.text[from..]);
        joined.push(';');
    }
    (joined, cells)
}

/// Start, end and number of each `$n` in `text`. Our texts hold no other dollar sign.
fn places(text: &str) -> Vec<(usize, usize, usize)> {
    let mut places = Vec::new();
    let mut from = 0;
    while let Some(found) = text[from..].find('$') {
        let start = from + found;
        let digits = text[start + 1..].bytes().take_while(u8::is_ascii_digit).count();
        let end = start + 1 + digits;
        places.push((start, end, text[start + 1..end].parse().expect("a dollar sign is followed by a number")));
        from = end;
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_join_into_one_text_with_their_cells_in_order_of_place() {
        let update = Statement::new("UPDATE t SET a = $2 WHERE id = $1 AND b < $2").with("id").with(7_i64);
        let insert =
            Statement::new("INSERT INTO t (a, b) VALUES ").rows([[1_i64.into(), "x".into()], [2_i64.into(), "y".into()]]);
        let (text, cells) = join_for_sqlite(vec![update, insert]);
        assert_eq!(text, "UPDATE t SET a = ? WHERE id = ? AND b < ?;INSERT INTO t (a, b) VALUES (?,?),(?,?);");
        let shown: Vec<String> = cells.iter().map(|cell| format!("{cell:?}")).collect();
        assert_eq!(shown.len(), 7);
        assert_eq!(shown[..3], ["Number(Some(7))", "Text(Some(\"id\"))", "Number(Some(7))"]);
        assert_eq!(shown[6], "Text(Some(\"y\"))");
    }
}
