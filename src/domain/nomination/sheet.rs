//! A document as a row of [`Node`]s in reading order: lines and grids, each cell with its column.
//!
//! Carriers differ here for the last time: form fields that have no visible place are laid out as a grid of their own.

use std::collections::BTreeMap;

use super::slot::Slot;
use super::text::fold;
use super::words::Lexicon;
use crate::domain::document::{Block, Control, ControlValue, Document, Inline, Method, NOT_SHOWN, Place, Table};

/// A part of a document.
#[derive(Clone)]
pub(super) enum Node {
    /// A line or paragraph.
    Line(Slot),
    /// A table.
    Grid(Grid),
}

/// One cell with where it stands.
#[derive(Clone)]
pub(super) struct GridCell {
    /// Column of its left edge, from 0.
    pub column: usize,
    /// How many columns it covers.
    pub columns: usize,
    /// What stands in it.
    pub slot: Slot,
    /// It is covered from above by a merged cell, which is repeated here.
    pub repeated: bool,
    /// Tables inside it.
    pub inner: Vec<Grid>,
}

/// Rows of cells.
#[derive(Clone)]
pub(super) struct Grid {
    /// From the top.
    pub rows: Vec<Vec<GridCell>>,
}

impl Grid {
    /// How many columns the widest row covers.
    pub(super) fn width(&self) -> usize {
        self.rows.iter().flatten().map(|cell| cell.column + cell.columns).max().unwrap_or(0)
    }

    /// The same without its first column, when that only counts the rows.
    pub(super) fn without_numbers(&self) -> Option<Self> {
        if self.width() < 3 || self.rows.len() < 3 {
            return None;
        }
        let counts = |text: &str| {
            let core = text.trim_matches(|c: char| !c.is_alphanumeric());
            core.len() <= 3 && core.chars().all(|c| c.is_ascii_digit()) && !core.is_empty()
        };
        let mut numbers = 0;
        for (index, row) in self.rows.iter().enumerate() {
            let Some(first) = at(row, 0) else { continue };
            let text = fold(&first.slot.text());
            let head = index == 0 && matches!(text.trim_end_matches('.'), "" | "no" | "number" | "ref" | "item" | "#" | "nr");
            if first.columns > 1 || first.slot.has_box() {
                return None;
            }
            if counts(&text) {
                numbers += 1;
            } else if !(head || text.is_empty()) {
                return None;
            }
        }
        let rows = self.rows.iter().map(|row| {
            let kept = row.iter().filter(|cell| cell.column > 0);
            kept.map(|cell| GridCell { column: cell.column - 1, ..cell.clone() }).collect()
        });
        (numbers >= 2).then(|| Self { rows: rows.collect() })
    }

    /// Rows as columns.
    pub(super) fn transposed(&self) -> Self {
        let mut rows: Vec<Vec<GridCell>> = vec![Vec::new(); self.width()];
        for (index, row) in self.rows.iter().enumerate() {
            for cell in row {
                rows[cell.column].push(GridCell { column: index, columns: 1, ..cell.clone() });
            }
        }
        Self { rows }
    }
}

/// The cell of `row` that covers `column`.
pub(super) fn at(row: &[GridCell], column: usize) -> Option<&GridCell> {
    row.iter().find(|cell| (cell.column..cell.column + cell.columns).contains(&column))
}

/// The nodes of `document`.
pub(super) fn nodes(document: &Document, lexicon: &Lexicon<'_>) -> Vec<Node> {
    let mut nodes = Vec::new();
    for block in &document.blocks {
        match block {
            Block::Line(line) => {
                let method = if document.read_by == Method::Ocr { Method::Ocr } else { Method::Text };
                nodes.push(Node::Line(Slot::of_line(line, lexicon, method).told_by(document.read_by).drawn_as(document.format)));
            }
            Block::Table(table) => nodes.push(Node::Grid(grid(table, lexicon, document.read_by))),
        }
    }
    nodes.extend(unplaced(document, lexicon));
    super::links::settle(&mut nodes, lexicon);
    super::crosses::settle(&mut nodes);
    super::refs::settle(&mut nodes, lexicon);
    nodes
}

fn grid(table: &Table, lexicon: &Lexicon<'_>, read_by: Method) -> Grid {
    let method = if read_by == Method::Ocr { Method::Ocr } else { Method::Table };
    let mut hanging: Vec<(usize, GridCell)> = Vec::new();
    let mut rows = Vec::new();
    for source in &table.rows {
        let mut row: Vec<GridCell> = hanging.iter().map(|(_, cell)| GridCell { repeated: true, ..cell.clone() }).collect();
        hanging.iter_mut().for_each(|(left, _)| *left -= 1);
        hanging.retain(|(left, _)| *left > 0);
        for cell in source {
            let made = GridCell {
                column: usize::from(cell.column),
                columns: usize::from(cell.columns.max(1)),
                slot: Slot::of_cell(cell, lexicon, method).told_by(read_by),
                repeated: false,
                inner: cell.tables.iter().map(|inner| grid(inner, lexicon, read_by)).collect(),
            };
            if cell.rows > 1 {
                hanging.push((usize::from(cell.rows) - 1, made.clone()));
            }
            row.push(made);
        }
        row.sort_by_key(|cell| cell.column);
        let own = row.iter().filter(|cell| !cell.repeated).map(|cell| &cell.slot);
        if lexicon.has_learnt() && lexicon.is_printed(&super::learnt::row_words(own)) {
            row.iter_mut().for_each(|cell| cell.slot.printed = !cell.slot.typed);
        }
        rows.push(row);
    }
    Grid { rows }
}

/// Fields that stand nowhere on a page, laid out by their names: `child_2_dob` becomes row 2, column `dob`.
fn unplaced(document: &Document, lexicon: &Lexicon<'_>) -> Vec<Node> {
    type Rows = BTreeMap<u32, Vec<(String, Slot)>>;
    let placed: Vec<&str> = document.blocks.iter().flat_map(block_controls).map(|control| control.name.as_str()).collect();
    let mut groups: BTreeMap<(usize, String), Rows> = BTreeMap::new();
    let mut nodes = Vec::new();
    for (order, control) in document.unplaced.iter().enumerate() {
        // What the sender could not see the sender did not say: a box ticked out of sight is no consent.
        if control.place.path.ends_with(NOT_SHOWN)
            || matches!(control.value, ControlValue::Empty)
            || (!control.name.is_empty() && placed.contains(&control.name.as_str()))
        {
            continue;
        }
        let slot = Slot::of_control(control, lexicon);
        let spelt = spelt_name(control);
        match numbered(&spelt, lexicon) {
            Some((prefix, number, label)) => {
                let key = groups.keys().find(|(_, known)| *known == prefix).cloned().unwrap_or((order, prefix));
                groups.entry(key).or_default().entry(number).or_default().push((label, slot));
            }
            None => nodes.push(Node::Grid(pair(&spelt, slot))),
        }
    }
    nodes.extend(groups.into_values().map(|rows| Node::Grid(laid_out(&rows))));
    nodes
}

fn block_controls(block: &Block) -> Vec<&Control> {
    fn of_table(table: &Table) -> Vec<&Control> {
        let cells = table.rows.iter().flatten();
        cells
            .flat_map(|cell| {
                let own = cell.lines.iter().flat_map(|line| &line.pieces).filter_map(as_control);
                own.chain(cell.tables.iter().flat_map(of_table)).collect::<Vec<_>>()
            })
            .collect()
    }
    fn as_control(piece: &Inline) -> Option<&Control> {
        match piece {
            Inline::Control(control) => Some(control),
            Inline::Text { .. } | Inline::Tick(_) => None,
        }
    }
    match block {
        Block::Line(line) => line.pieces.iter().filter_map(as_control).collect(),
        Block::Table(table) => of_table(table),
    }
}

/// The tool tip when it says more than the name, else the name with its words apart: `child2.dateOfBirth` → `child 2 date of birth`.
fn spelt_name(control: &Control) -> String {
    if let Some(title) = control.title.as_deref().filter(|title| title.contains(' ')) {
        return fold(title);
    }
    let mut spelt = String::new();
    let mut before = ' ';
    for character in control.name.chars() {
        let apart = (character.is_uppercase() && before.is_lowercase())
            || (character.is_ascii_digit() && before.is_alphabetic())
            || (character.is_alphabetic() && before.is_ascii_digit());
        if apart {
            spelt.push(' ');
        }
        spelt.push(if character.is_alphanumeric() || character == '\'' { character } else { ' ' });
        before = character;
    }
    fold(&spelt)
}

/// `details of 1 dob 5` → (`details of`, 1, `dob`), when what follows the number is a label or a criterion.
fn numbered(spelt: &str, lexicon: &Lexicon<'_>) -> Option<(String, u32, String)> {
    let words: Vec<&str> = spelt.split(' ').collect();
    (0..words.len()).rev().find_map(|at| {
        let number: u32 = words[at].parse().ok()?;
        let label = meaning(&words[at + 1..], lexicon)?;
        Some((words[..at].join(" "), number, label))
    })
}

/// The longest run of `words`, from the first, that means something; a serial number may follow.
fn meaning(words: &[&str], lexicon: &Lexicon<'_>) -> Option<String> {
    let kept: Vec<&str> = words.iter().copied().filter(|word| word.parse::<u32>().is_err()).collect();
    let text = kept.join(" ");
    (!text.is_empty() && (lexicon.label(&text).is_some() || lexicon.criterion(&text).is_some())).then_some(text)
}

fn pair(label: &str, value: Slot) -> Grid {
    let label = label.trim_end_matches(|c: char| c.is_ascii_digit() || c == ' ');
    let row = vec![cell(0, Slot::of_text(label, &heading_like(&value))), cell(1, value)];
    Grid { rows: vec![row] }
}

fn laid_out(rows: &BTreeMap<u32, Vec<(String, Slot)>>) -> Grid {
    let mut labels: Vec<&str> = Vec::new();
    for (label, _) in rows.values().flatten() {
        if !labels.contains(&label.as_str()) {
            labels.push(label);
        }
    }
    let like = rows.values().flatten().next().map(|(_, slot)| heading_like(slot));
    let like = like.unwrap_or_else(|| Slot::empty(Place::default(), Method::FormFields));
    let header = labels.iter().enumerate().map(|(column, label)| cell(column, Slot::of_text(label, &like))).collect();
    let body = rows.values().map(|row| {
        let column = |label: &str| labels.iter().position(|known| *known == label).unwrap_or(0);
        row.iter().map(|(label, slot)| cell(column(label), slot.clone())).collect()
    });
    Grid { rows: std::iter::once(header).chain(body).collect() }
}

fn heading_like(slot: &Slot) -> Slot {
    Slot { heading: true, control: false, typed: false, ..Slot::empty(slot.place.clone(), slot.method) }
}

fn cell(column: usize, slot: Slot) -> GridCell {
    GridCell { column, columns: 1, slot, repeated: false, inner: Vec::new() }
}

impl Grid {
    /// The words of every cell, for telling what a document is.
    pub(super) fn words(&self) -> impl Iterator<Item = String> + '_ {
        self.rows.iter().flatten().map(|cell| fold(&cell.slot.text()))
    }
}
