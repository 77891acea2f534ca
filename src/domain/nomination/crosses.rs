//! `✗`: a mark on one form, and on another the opposite of `✓`.
//!
//! A table in which both stand, or a key that says so (`✗ = does not apply`), makes the cross a No.

use super::sheet::{Grid, GridCell, Node};
use super::slot::{Slot, Token};
use super::text::fold;

const CROSSES: [char; 8] = ['✗', '✘', '✕', '✖', '☓', '❌', '❎', '×'];

/// Reads the crosses of `nodes` that mean No as that word.
pub(super) fn settle(nodes: &mut [Node]) {
    let told = nodes.iter().any(|node| match node {
        Node::Line(slot) => denies(&slot.text()),
        Node::Grid(grid) => grid.rows.iter().flatten().any(|cell| denies(&cell.slot.text())),
    });
    for node in nodes {
        if let Node::Grid(grid) = node {
            settle_grid(grid, told);
        }
    }
}

fn settle_grid(grid: &mut Grid, told: bool) {
    let ticked = |cell: &GridCell| matches!(cell.slot.tokens.as_slice(), [Token::Box(true)]);
    let deny = told || grid.rows.iter().flatten().any(ticked);
    for cell in grid.rows.iter_mut().flatten() {
        if deny && is_cross(&cell.slot) {
            let like = Slot { tokens: Vec::new(), ..cell.slot.clone() };
            cell.slot = Slot::of_text("No", &like);
        }
        cell.inner.iter_mut().for_each(|inner| settle_grid(inner, told));
    }
}

/// Nothing but a cross.
fn is_cross(slot: &Slot) -> bool {
    let text = slot.text();
    let mut characters = text.chars().filter(|c| *c != '\u{fe0e}' && *c != '\u{fe0f}');
    matches!((characters.next(), characters.next()), (Some(only), None) if CROSSES.contains(&only)) && !slot.has_box()
}

/// `✗ = does not apply`, `✘ means no`.
fn denies(text: &str) -> bool {
    text.match_indices(CROSSES).any(|(at, cross)| {
        let behind = fold(&text[at + cross.len()..]);
        let behind = behind.trim_start_matches(['=', ':', '-', '(', ' ']);
        let behind = ["means ", "is ", "for "].iter().find_map(|word| behind.strip_prefix(word)).unwrap_or(behind);
        let first = behind.split(|c: char| !c.is_alphabetic()).next().unwrap_or_default();
        matches!(first, "no" | "not" | "does" | "none" | "never") && (first != "does" || behind.starts_with("does not"))
    })
}
