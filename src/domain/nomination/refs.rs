//! Short marks for people: a form lists each with a code or initials (`A1 | Joanna Birkett`, `Finn Garside | FG`) and writes only these
//! where it asks who.
//!
//! A mark is one only when the form itself lists it beside a name, each another. Then its name stands in its place, everywhere else on
//! the form.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::Regex;

use super::sheet::{Grid, Node, at};
use super::slot::{Slot, Token};
use super::words::Lexicon;

/// `NB: Neil Brockbank`, `NB = Neil Brockbank`: a mark, and the name it stands for.
static LED: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"^\s*([A-Z]{2,4})\s*[:=–-]\s+(\p{Lu}[\p{L}'’-]+(?:\s+\p{Lu}[\p{L}'’-]+)+)").expect("valid"));

/// Fewer are no list.
const MARKS_MIN: usize = 2;
/// `A1`, `C12`, `JKB`.
const MARK_CHARACTERS_MAX: usize = 4;

/// Writes names for the marks that a list of people among `nodes` explains.
pub(super) fn settle(nodes: &mut [Node], lexicon: &Lexicon<'_>) {
    let listed = nodes.iter().enumerate().find_map(|(index, node)| match node {
        Node::Grid(grid) => marks(grid, lexicon).map(|marks| (index, marks)),
        Node::Line(_) => None,
    });
    let (list, marks) = match listed {
        Some((list, marks)) => (Some(list), marks),
        None => (None, unmark_lines(nodes)),
    };
    if marks.is_empty() {
        return;
    }
    for (_, node) in nodes.iter_mut().enumerate().filter(|(index, _)| Some(*index) != list) {
        match node {
            Node::Line(slot) => explain(slot, &marks),
            Node::Grid(grid) => explain_grid(grid, &marks),
        }
    }
}

/// The marks of lines that each begin with one and the name it stands for (`NB: Neil Brockbank, born …`); the marks leave those lines.
fn unmark_lines(nodes: &mut [Node]) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for node in nodes.iter() {
        each_slot(node, &mut |slot| found.extend(led_lines(slot).into_iter().map(|(_, mark, name)| (mark, name))));
    }
    if found.len() < MARKS_MIN {
        return BTreeMap::new();
    }
    for node in nodes.iter_mut() {
        each_slot_mut(node, &mut |slot| {
            for (at, mark, _) in led_lines(slot) {
                if let Some(Token::Words(text, _)) = slot.tokens.get_mut(at) {
                    let rest = text.trim_start()[mark.len()..].trim_start_matches([' ', ':', '=', '-', '–']).to_owned();
                    *text = rest;
                }
            }
        });
    }
    found
}

/// Where a line of `slot` begins with a mark and its name: the token, the mark, the name.
fn led_lines(slot: &Slot) -> Vec<(usize, String, String)> {
    let opens = |at: usize| at == 0 || matches!(slot.tokens[at - 1], Token::Break);
    let led = |(at, token): (usize, &Token)| {
        let Token::Words(text, _) = token else { return None };
        let led = LED.captures(text).filter(|_| opens(at))?;
        let (mark, name) = (led[1].to_owned(), led[2].to_owned());
        (is_mark(&mark) && is_initials(&mark, &name)).then_some((at, mark, name))
    };
    slot.tokens.iter().enumerate().filter_map(led).collect()
}

fn each_slot(node: &Node, told: &mut impl FnMut(&Slot)) {
    match node {
        Node::Line(slot) => told(slot),
        Node::Grid(grid) => grid.rows.iter().flatten().for_each(|cell| told(&cell.slot)),
    }
}

fn each_slot_mut(node: &mut Node, told: &mut impl FnMut(&mut Slot)) {
    match node {
        Node::Line(slot) => told(slot),
        Node::Grid(grid) => grid.rows.iter_mut().flatten().for_each(|cell| told(&mut cell.slot)),
    }
}

fn explain_grid(grid: &mut Grid, marks: &BTreeMap<String, String>) {
    for cell in grid.rows.iter_mut().flatten() {
        explain(&mut cell.slot, marks);
        cell.inner.iter_mut().for_each(|inner| explain_grid(inner, marks));
    }
}

/// Each mark with its name, when the grid has a column of names and one of marks.
fn marks(grid: &Grid, lexicon: &Lexicon<'_>) -> Option<BTreeMap<String, String>> {
    let head = grid.rows.first()?;
    let asks = |column: usize| at(head, column).and_then(|cell| lexicon.loose_label(&cell.slot.text())).map(|label| label.field);
    let fields: Vec<Option<String>> = (0..grid.width()).map(asks).collect();
    let column = |wanted: &[&str]| fields.iter().position(|field| field.as_deref().is_some_and(|field| wanted.contains(&field)));
    let first = column(&["full_name", "member", "first_name"])?;
    let last = column(&["family_name"]);
    let text = |row: usize, column: usize| at(&grid.rows[row], column).filter(|cell| !cell.repeated).map(|cell| cell.slot.text());
    for marked in (0..grid.width()).filter(|column| *column != first && Some(*column) != last) {
        let mut found = BTreeMap::new();
        let mut listed = 0;
        for row in 1..grid.rows.len() {
            let Some(mark) = text(row, marked).filter(|mark| !mark.trim().is_empty()) else { continue };
            listed += 1;
            let names = [Some(first), last].into_iter().flatten().filter_map(|column| text(row, column));
            let name = names.map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()).collect::<Vec<_>>().join(" ");
            if is_mark(mark.trim()) && !name.is_empty() && !lexicon.is_blank(&name) {
                found.insert(mark.trim().to_owned(), name);
            } else if !is_mark(mark.trim()) {
                listed = usize::MAX;
                break;
            }
        }
        let initials = found.iter().all(|(mark, name)| is_initials(mark, name));
        let coded = found.keys().all(|mark| mark.contains(|c: char| c.is_ascii_digit()));
        if listed != usize::MAX && found.len() >= MARKS_MIN && (initials || coded) {
            return Some(found);
        }
    }
    None
}

/// Capital letters with a number behind them, or two capital letters and more.
fn is_mark(text: &str) -> bool {
    let letters = text.chars().take_while(char::is_ascii_uppercase).count();
    let digits = text.chars().skip(letters).filter(char::is_ascii_digit).count();
    letters + digits == text.chars().count()
        && (letters >= 1 && digits >= 1 || letters >= 2)
        && text.chars().count() <= MARK_CHARACTERS_MAX
}

/// Whether `mark` is made of the first letters of words of `name`.
fn is_initials(mark: &str, name: &str) -> bool {
    let mut letters = mark.chars();
    let mut next = letters.next();
    for word in name.split([' ', '-']) {
        if next.is_some() && word.chars().next().map(|c| c.to_ascii_uppercase()) == next {
            next = letters.next();
        }
    }
    next.is_none()
}

fn explain(slot: &mut Slot, marks: &BTreeMap<String, String>) {
    for token in &mut slot.tokens {
        if let Token::Words(text, _) | Token::Typed(text) = token
            && let Some(explained) = explained(text, marks)
        {
            *text = explained;
        }
    }
}

/// `text` with names for its marks; none when there is none in it.
fn explained(text: &str, marks: &BTreeMap<String, String>) -> Option<String> {
    let mut told = String::new();
    let mut any = false;
    for part in text.split_inclusive(|c: char| !c.is_ascii_alphanumeric()) {
        let word = part.trim_end_matches(|c: char| !c.is_ascii_alphanumeric());
        match marks.get(word) {
            Some(name) => {
                any = true;
                told.push_str(name);
                told.push_str(&part[word.len()..]);
            }
            None => told.push_str(part),
        }
    }
    any.then_some(told)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{explained, is_initials, is_mark};

    #[test]
    fn a_mark_is_short_and_capital_and_stands_alone() {
        for (text, is) in
            [("A1", true), ("FG", true), ("C12", true), ("Ann", false), ("A", false), ("1", false), ("ABCDE", false)]
        {
            assert_eq!(is_mark(text), is, "{text}");
        }
        assert!(is_initials("FG", "Finn Garside") && is_initials("JKB", "Jo Kay-Bell") && !is_initials("DV", "Finn Garside"));
        let marks = BTreeMap::from([("FG".to_owned(), "Finn Garside".to_owned())]);
        assert_eq!(explained("FG (46 sessions), FGM no", &marks).as_deref(), Some("Finn Garside (46 sessions), FGM no"));
        assert_eq!(explained("nobody", &marks), None);
    }
}
