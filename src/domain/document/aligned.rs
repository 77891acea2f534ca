//! Tables of plain text, their columns set apart by blanks or tabs: lines one below the other in which the same places are empty, or that
//! have as many cells.

use super::grid::Grid;
use super::{Inline, Line, Place, Style, Table, words};

/// Longer lines are prose.
const WIDTH_MAX: usize = 200;
/// The same where tabs part the cells, which nobody writes into prose.
const TABBED_WIDTH_MAX: usize = 1000;
/// More lines than this are a report, not a form.
const ROWS_MAX: usize = 200;

/// How many of the first `lines` are set apart by blanks, and the table they make; `None` when they are plain lines.
///
/// `number` is that of the first line, from 1.
#[must_use]
pub fn table(lines: &[&str], number: usize) -> (usize, Option<Table>) {
    let rows: Vec<Vec<char>> = lines
        .iter()
        .take(ROWS_MAX)
        .map(|line| line.trim_end().replace('\u{a0}', " ").chars().collect::<Vec<char>>())
        .take_while(|row| row.len() <= WIDTH_MAX && is_divided(row))
        .collect();
    if rows.is_empty() {
        return tabbed(lines, number);
    }
    if rows.len() < 2 {
        return (rows.len(), None);
    }
    let starts = starts(&rows);
    if starts.len() < 2 {
        return (rows.len(), None);
    }
    let mut grid = Grid::default();
    for (index, row) in rows.iter().enumerate() {
        grid.row();
        for (column, from) in starts.iter().enumerate() {
            let until = starts.get(column + 1).copied().unwrap_or(WIDTH_MAX + 1).min(row.len());
            let text: String = row.get(*from..until).unwrap_or_default().iter().collect();
            grid.cell(1, 1, false, cell_lines(&text, number + index), Vec::new());
        }
    }
    let table = grid.finish(&format!("lines {number} to {}", number + rows.len() - 1), 1);
    (rows.len(), Some(table))
}

/// The same where tabs part the cells, as programs write a table that was pasted into plain text.
fn tabbed(lines: &[&str], number: usize) -> (usize, Option<Table>) {
    let rows: Vec<Vec<&str>> = lines.iter().take(ROWS_MAX).map_while(|line| cells(line)).collect();
    let Some(columns) = rows.first().map(Vec::len) else { return (0, None) };
    // The empty cells at the end of a row are often left out.
    let alike: Vec<&Vec<&str>> = rows.iter().take_while(|row| row.len() <= columns).collect();
    if alike.len() < 2 {
        return (alike.len(), None);
    }
    let mut grid = Grid::default();
    for (index, row) in alike.iter().enumerate() {
        grid.row();
        for text in row.iter().chain(std::iter::repeat_n(&"", columns - row.len())) {
            grid.cell(1, 1, false, cell_lines(text, number + index), Vec::new());
        }
    }
    (alike.len(), Some(grid.finish(&format!("lines {number} to {}", number + alike.len() - 1), 1)))
}

/// The cells of a line that tabs part; none when it is no row of a table, or a label whose colon tells its value.
fn cells(line: &str) -> Option<Vec<&str>> {
    let row = line.trim_end();
    let told = row.chars().count() <= TABBED_WIDTH_MAX && !row.trim_start().starts_with(['>', '|']);
    let cells: Vec<&str> = row.split('\t').map(str::trim).collect();
    let filled = cells.iter().filter(|cell| cell.chars().any(char::is_alphanumeric)).count();
    let labelled = cells.first().is_some_and(|cell| cell.ends_with(':'));
    (told && !labelled && cells.len() >= 2 && filled >= 1).then_some(cells)
}

fn cell_lines(text: &str, number: usize) -> Vec<Line> {
    let mut pieces: Vec<Inline> = Vec::new();
    words::append(&mut pieces, text.trim(), Style::default(), true);
    words::trim(&mut pieces);
    let place = Place { page: 1, path: format!("line {number}"), bounds: None };
    if pieces.is_empty() { Vec::new() } else { vec![Line { pieces, place, heading: false, confidence: 1.0 }] }
}

/// At least two pieces with a wide gap between, and no label with a colon: those tell their values themselves.
fn is_divided(row: &[char]) -> bool {
    let text: String = row.iter().collect();
    let inner = text.trim();
    !text.contains('\t')
        && !inner.contains(": ")
        && !inner.ends_with(':')
        && !inner.starts_with(['>', '|'])
        && inner.split("  ").filter(|piece| piece.chars().any(char::is_alphanumeric)).count() >= 2
}

/// Where columns begin: behind places that are empty in every row, and before which most rows that go on leave a wide gap.
fn starts(rows: &[Vec<char>]) -> Vec<usize> {
    let width = rows.iter().map(Vec::len).max().unwrap_or(0);
    let empty = |at: usize| rows.iter().all(|row| row.get(at).is_none_or(|c| c.is_whitespace()));
    let filled = |row: &[char], at: usize| row.get(at).is_some_and(|c| !c.is_whitespace());
    let mut starts = Vec::new();
    let mut at = 0;
    while at < width {
        while at < width && empty(at) {
            at += 1;
        }
        let from = at;
        while at < width && !empty(at) {
            at += 1;
        }
        if from >= width {
            break;
        }
        // The words of one column are set apart by single blanks, which may stand one below the other by chance.
        let mut wide = 0;
        let mut there = 0;
        for row in rows.iter().filter(|row| (from..at).any(|place| filled(row, place))) {
            there += 1;
            let first = (from..at).find(|place| filled(row, *place)).unwrap_or(from);
            let gap = (0..first).rev().take_while(|place| !filled(row, *place)).count();
            wide += usize::from(gap >= 2 || gap == first);
        }
        if starts.is_empty() || wide * 2 > there {
            starts.push(from);
        }
    }
    if let Some(first) = starts.first_mut() {
        *first = 0;
    }
    starts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(text: &str) -> Vec<Vec<String>> {
        let lines: Vec<&str> = text.lines().collect();
        let (_, Some(table)) = table(&lines, 1) else { return Vec::new() };
        let cell =
            |cell: &crate::domain::document::Cell| cell.lines.iter().map(|line| words::words(&line.pieces)).collect::<String>();
        table.rows.iter().map(|row| row.iter().map(cell).collect()).collect()
    }

    #[test]
    fn columns_of_blanks_are_a_table_and_sentences_are_none() {
        for (text, expected) in [
            (
                "Name          DOB          Relation\nAda Bell      3/4/1985     Mother\nTom Bell      unknown (17) Son",
                vec![
                    vec!["Name", "DOB", "Relation"],
                    vec!["Ada Bell", "3/4/1985", "Mother"],
                    vec!["Tom Bell", "unknown (17)", "Son"],
                ],
            ),
            (
                "                 Ada    Tom\nCrime / ASB       N      Y\nHealth            Y      N",
                vec![vec!["", "Ada", "Tom"], vec!["Crime / ASB", "N", "Y"], vec!["Health", "Y", "N"]],
            ),
            (
                "Address     4 Mill Row, Egremont\nPostcode    CA22 2XX",
                vec![vec!["Address", "4 Mill Row, Egremont"], vec!["Postcode", "CA22 2XX"]],
            ),
            ("We met mum.  She is well.\nThe boys are in school.  All is calm.", Vec::new()),
            ("Name: Ada Bell    DOB: 3/4/1985\nName: Tom Bell    DOB: 5/6/2012", Vec::new()),
            ("One line alone     with a gap", Vec::new()),
            ("One line alone\twith a tab", Vec::new()),
            ("Name\tDOB\tThemes\nAda Bell\t3/4/1985\t\nTom Bell\t\tHealth\nThen a line.", {
                vec![vec!["Name", "DOB", "Themes"], vec!["Ada Bell", "3/4/1985", ""], vec!["Tom Bell", "", "Health"]]
            }),
            ("Name:\tAda Bell\nDOB:\t3/4/1985", Vec::new()),
        ] {
            assert_eq!(shape(text), expected, "{text}");
        }
    }
}
