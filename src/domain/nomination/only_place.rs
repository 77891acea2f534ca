//! The only place of a form: an address under a label nobody knew, where no other place could be the family's.
//!
//! Councils ask for a home in a hundred ways (`Location of family`, `Lives at`, `Where do we find them?`). A postcode is known by its nature; whose
//! it is follows from what stands beside it. So it counts only when nothing beside it speaks of work, of who writes or of anybody else,
//! and when the whole form holds no second one.

use super::home::Place;
use super::papers::Paper;
use super::postcode::{email, phone, postcodes};
use super::sheet::{Grid, Node};
use super::slot::Slot;
use super::text::tidy;
use super::words::Lexicon;

/// Sections whose places are never the family's.
const OF_OTHERS: [&str; 5] = ["referrer", "agencies", "official", "instructions", "consent"];
/// Lines around a place that may say whose it is, as a letterhead does.
const AROUND: usize = 1;

/// A text, and what stands beside it.
struct Piece {
    slot: Slot,
    text: String,
    beside: String,
}

/// The place, when the forms among `papers` hold exactly one that can be the family's.
pub(super) fn only_place(papers: &[&Paper<'_>], lexicon: &Lexicon<'_>) -> Option<Place> {
    let mut found: Option<Place> = None;
    for paper in papers.iter().filter(|paper| paper.is_nomination()) {
        let of_others = |slot: &Slot| {
            let answers = paper.form.answers.iter().filter(|answer| OF_OTHERS.contains(&answer.section.as_str()));
            answers.map(|answer| &answer.slot).chain(&paper.form.referrer_lines).any(|known| known.place == slot.place)
                || paper.form.agencies.iter().any(|(name, _)| name.place == slot.place)
        };
        for piece in pieces(&paper.nodes) {
            let codes = postcodes(&piece.text);
            let [(at, code)] = codes.as_slice() else {
                if codes.is_empty() {
                    continue;
                } else {
                    return None;
                };
            };
            let head = &piece.text[..at.start];
            if of_others(&piece.slot) || is_of_others(&piece, head, lexicon) {
                continue;
            }
            match &found {
                Some(known) if known.code == *code => {}
                Some(_) => return None,
                // Letters and digits of a serial number look alike: a postcode stands alone, or behind its street.
                None if !head.trim().is_empty() && super::home::street_before(head, lexicon).is_none() => {}
                None => {
                    let street =
                        super::home::street_before(head, lexicon).map(|street| tidy(street.trim_matches([' ', ',', '.'])));
                    found = Some(Place { code: code.clone(), street, document: paper.name.to_owned(), slot: piece.slot });
                }
            }
        }
    }
    found
}

/// Whether what stands before a postcode and beside it speaks of work, of who writes, or of somebody else.
fn is_of_others(piece: &Piece, head: &str, lexicon: &Lexicon<'_>) -> bool {
    let speaks = |text: &str| {
        email(text).is_some()
            || phone(text).is_some()
            || ["organisation_words", "role_words", "school_words", "places_of_work"]
                .iter()
                .any(|list| lexicon.mentions(list, text).is_some())
    };
    // A street may be called after a school; its house number says that it is a street.
    let numbered = head.contains(|c: char| c.is_ascii_digit());
    lexicon.is_foreign(head) || lexicon.is_foreign(&piece.beside) || speaks(&piece.beside) || !numbered && speaks(head)
}

fn pieces(nodes: &[Node]) -> Vec<Piece> {
    let mut all = Vec::new();
    let texts: Vec<Option<String>> =
        nodes.iter().map(|node| if let Node::Line(slot) = node { Some(slot.text()) } else { None }).collect();
    for (index, node) in nodes.iter().enumerate() {
        match node {
            Node::Line(slot) => {
                // A line with a label of its own needs no other.
                let around =
                    if slot.text().split(':').next().is_some_and(|label| label.len() < slot.text().len()) { 0 } else { AROUND };
                let near = index.saturating_sub(around)..(index + around + 1).min(texts.len());
                let beside = near.filter(|at| *at != index).filter_map(|at| texts[at].clone()).collect::<Vec<_>>().join("\n");
                all.push(Piece { slot: slot.clone(), text: slot.lines_text(), beside });
            }
            Node::Grid(grid) => of_grid(grid, index.checked_sub(1).and_then(|above| texts[above].clone()), &mut all),
        }
    }
    all
}

/// Beside a cell stands what is left of it and above it; over the first row the line above the table.
fn of_grid(grid: &Grid, over: Option<String>, all: &mut Vec<Piece>) {
    for (number, row) in grid.rows.iter().enumerate() {
        for cell in row.iter().filter(|cell| !cell.repeated) {
            let left = row.iter().filter(|other| other.column + other.columns == cell.column).map(|other| other.slot.text());
            let above = number.checked_sub(1).and_then(|above| super::sheet::at(&grid.rows[above], cell.column));
            let beside: Vec<String> =
                left.chain(above.map(|above| above.slot.text())).chain(over.clone().filter(|_| number == 0)).collect();
            all.push(Piece { slot: cell.slot.clone(), text: cell.slot.lines_text(), beside: beside.join("\n") });
            for inner in &cell.inner {
                of_grid(inner, None, all);
            }
        }
    }
}
