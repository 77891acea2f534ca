//! Cells that hold a label and, on the lines below it, the answer: drawn forms put each question in small print over its box.
//! And cards of two people side by side.

use super::form::FormReader;
use super::people::{is_name_field, is_person_field};
use super::sheet::Node;
use super::sheet::{Grid, GridCell, at};
use super::slot::{Slot, Token};
use super::text::word_count;
use super::words::Lexicon;

/// A longer first line of a cell is a sentence and asks nothing.
const LABEL_WORDS_MAX: usize = 16;
/// A longer first line of unknown wording asks nothing either.
const UNKNOWN_WORDS_MAX: usize = 8;
/// So many cells that begin with a label make a table of them.
const LABELLED_CELLS_MIN: usize = 2;

/// The first line of a cell, and the lines below it; `None` when it has one line.
pub(super) fn first_line(slot: &Slot) -> Option<(Slot, Slot)> {
    let at = slot.tokens.iter().position(|token| matches!(token, Token::Break))?;
    let part = |tokens: &[Token]| Slot { tokens: tokens.to_vec(), ..slot.clone() };
    let (head, below) = (part(&slot.tokens[..at]), part(&slot.tokens[at + 1..]));
    (!head.text().is_empty() && !head.has_box()).then_some((Slot { typed: false, ..head }, below))
}

/// `grid` with a row of label and answer for each cell that holds both; `None` when its cells are not made so.
pub(super) fn labels_in_cells(grid: &Grid, lexicon: &Lexicon<'_>) -> Option<Grid> {
    let cells: Vec<&GridCell> = grid
        .rows
        .iter()
        .flatten()
        .filter(|cell| !cell.repeated && !cell.slot.text().is_empty() && cell.inner.is_empty())
        .collect();
    let asks = |slot: &Slot| {
        let text = slot.text();
        word_count(&text) <= LABEL_WORDS_MAX
            && !text.contains(": ")
            && (lexicon.label(&text).is_some() || lexicon.titled(&text).is_some())
    };
    let labelled = |cell: &&&GridCell| first_line(&cell.slot).is_some_and(|(head, below)| asks(&head) && !asks(&below));
    // A head of unknown wording among known ones is one of them.
    let alike = |slot: &Slot| {
        let text = slot.text();
        word_count(&text) <= UNKNOWN_WORDS_MAX
            && text.starts_with(char::is_uppercase)
            && !text.ends_with('.')
            && !has_digit(&text)
    };
    let open = |cell: &&&GridCell| asks(&cell.slot) || first_line(&cell.slot).is_some_and(|(head, _)| alike(&head));
    let full = cells.iter().filter(labelled).count();
    let open = cells.iter().filter(|cell| !labelled(cell)).filter(open).count();
    // A lone cell made so is one as well, where it is all there is.
    let enough = full >= LABELLED_CELLS_MIN || full == 1 && cells.len() == 1 && grid.rows.len() == 1;
    if !enough || full + open < cells.len() || full * 2 < cells.len() {
        return None;
    }
    let rows = cells.iter().map(|cell| {
        let (head, below) =
            first_line(&cell.slot).unwrap_or_else(|| (cell.slot.clone(), Slot::empty(cell.slot.place.clone(), cell.slot.method)));
        let made = |column: usize, slot: Slot| GridCell { column, columns: 1, slot, repeated: false, inner: Vec::new() };
        vec![made(0, Slot { heading: true, ..head }), made(1, Slot { heading: false, ..below })]
    });
    Some(Grid { rows: rows.collect() })
}

/// `nodes` with each pair of cards that stand side by side one after the other, each below its own heading; `None` when there are none.
pub(super) fn cards_apart(nodes: &[Node], lexicon: &Lexicon<'_>) -> Option<Vec<Node>> {
    let mut laid: Vec<Node> = Vec::new();
    let mut any = false;
    for node in nodes {
        let Some([left, right]) = (if let Node::Grid(grid) = node { cards(grid, lexicon) } else { None }) else {
            laid.push(node.clone());
            continue;
        };
        any = true;
        let headings = match laid.last() {
            Some(Node::Line(slot)) => headings(slot, lexicon),
            Some(Node::Grid(_)) | None => None,
        };
        let [first, second] = match headings {
            Some(both) => {
                laid.pop();
                both.map(Some)
            }
            None => [None, None],
        };
        laid.extend(first.map(Node::Line));
        laid.push(Node::Grid(left));
        laid.extend(second.map(Node::Line));
        laid.push(Node::Grid(right));
    }
    any.then_some(laid)
}

/// `CHILD 1   CHILD 2` over two cards.
fn headings(slot: &Slot, lexicon: &Lexicon<'_>) -> Option<[Slot; 2]> {
    let parts = super::over::parts(slot);
    let [first, second] = parts.as_slice() else { return None };
    let owns = |part: &str| lexicon.owner(&super::lines::outside_brackets(part)).is_some_and(|(_, number)| number.is_some());
    let made = |part: &str| Slot { heading: true, ..Slot::of_text(part, slot) };
    (owns(first) && owns(second)).then(|| [made(first), made(second)])
}

/// Label, answer, label, answer, and in each row the same question of two people, their name among them: two cards.
fn cards(grid: &Grid, lexicon: &Lexicon<'_>) -> Option<[Grid; 2]> {
    if grid.width() != 4 || grid.rows.len() < 2 {
        return None;
    }
    let asked = |row: &[GridCell], column: usize| {
        let cell = at(row, column).filter(|cell| cell.column == column && !cell.slot.typed)?;
        lexicon.loose_label(&cell.slot.text()).map(|label| label.field).filter(|field| is_person_field(field))
    };
    let mut named = false;
    let mut twice = 0;
    for row in &grid.rows {
        match (asked(row, 0), asked(row, 2)) {
            (Some(left), Some(right)) if left == right => {
                named |= is_name_field(&left);
                twice += 1;
            }
            (Some(_), Some(_)) => return None,
            _ => {}
        }
    }
    let half = |from: usize| {
        let rows = grid.rows.iter().map(|row| {
            let own = row.iter().filter(|cell| (from..from + 2).contains(&cell.column));
            own.map(|cell| GridCell { column: cell.column - from, columns: 1, ..cell.clone() }).collect::<Vec<_>>()
        });
        Grid { rows: rows.filter(|row: &Vec<GridCell>| !row.is_empty()).collect() }
    };
    (named && twice >= 2).then(|| [half(0), half(2)])
}

impl FormReader<'_, '_> {
    /// The only cell of a table below a question is its answer: a box drawn for it.
    pub(super) fn box_below_question(&mut self, grid: &Grid) -> bool {
        let Some((text, label)) = self.pending.take() else { return false };
        let [row] = grid.rows.as_slice() else { return false };
        let [cell] = row.as_slice() else { return false };
        let whole = matches!(
            label.field.as_str(),
            "address"
                | "postcode"
                | "consent"
                | "assessment_eha"
                | "assessment_statutory"
                | "agencies"
                | "signature"
                | "signed_on"
        );
        let own = |pair: &super::lines::Pair| pair.label.is_some();
        if !whole
            || !cell.inner.is_empty()
            || cell.slot.is_blank(self.lexicon)
            || super::lines::divided_pairs(&cell.slot, self.lexicon).iter().any(own)
            || self.section_of(&cell.slot, &cell.slot.text()).is_some()
        {
            return false;
        }
        self.pair(&text, Some(label), &cell.slot);
        true
    }

    /// `Attendance   Ada Bell (46 sessions), Tom`: those named straight behind a criterion, without anything that divides them from it.
    pub(super) fn named_behind(&self, theme: &str, words: &str) -> Option<String> {
        let outside = super::lines::outside_brackets(words);
        let starts = outside.char_indices().filter(|(at, _)| *at > 0 && outside[..*at].ends_with(' ')).map(|(at, _)| at);
        for at in starts {
            let (head, rest) = outside.split_at(at);
            if self.lexicon.criterion(head) != Some(theme) || self.lexicon.criterion(rest).is_some() {
                continue;
            }
            // `- who? Ada and Tom`: what the form asks before the names is its own.
            let rest = rest.rsplit_once('?').map_or(rest, |(_, behind)| behind).trim();
            let rest = rest.trim_matches(|c: char| !c.is_alphanumeric());
            let rest = rest.strip_suffix(" and").unwrap_or(rest);
            let listed = rest.split([',', ';', '&', '/']).flat_map(|part| part.split(" and ")).map(str::trim);
            let mut known = 0;
            let all = listed.filter(|part| !part.is_empty()).all(|part| {
                known += 1;
                self.is_called(part)
            });
            if all && known > 0 {
                return Some(rest.to_owned());
            }
        }
        None
    }

    /// Whether somebody of the form bears the name: whole, or the first of it.
    fn is_called(&self, name: &str) -> bool {
        let wanted = super::text::bare(name);
        let part = |draft: &super::form::Draft, field: &str| {
            draft.slot(field).map(|slot| super::text::bare(&slot.text())).unwrap_or_default()
        };
        !wanted.is_empty()
            && self.form.people.iter().any(|draft| {
                let (first, last, full) = (part(draft, "first_name"), part(draft, "family_name"), part(draft, "full_name"));
                let full = if full.is_empty() { part(draft, "member") } else { full };
                let whole = if full.is_empty() { format!("{first} {last}").trim().to_owned() } else { full };
                whole == wanted || whole.split(' ').next() == Some(wanted.as_str())
            })
    }
}

fn has_digit(text: &str) -> bool {
    text.contains(|c: char| c.is_ascii_digit())
}
