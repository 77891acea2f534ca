//! The text of blank forms a council has shown us: as fingerprints of its lines, so that it never counts as an answer.
//!
//! What the reading knows by name already, labels and criteria, is not among them: it is understood where it stands, and the same words
//! may be somebody's answer elsewhere. Start at [`learn`].

use sha2::{Digest, Sha256};

use super::slot::{Slot, Token};
use super::text::{fold, word_count};
use super::words::{Lexicon, Vocabulary};
use crate::domain::document::{Block, Cell, Document, Line, Method, Table};

/// Shorter lines are as likely to be answers.
const WORDS_MIN: usize = 3;
/// Less alike than this, a known question is no help to whoever looks.
const LIKENESS_MIN: f64 = 0.45;

/// What a blank form teaches.
#[derive(Debug, Clone, PartialEq)]
pub struct Learnt {
    /// Fingerprints of its fixed lines, in order, each once.
    pub lines: Vec<String>,
    /// What looks like a label and is none the programme knows, each once.
    pub unknown: Vec<UnknownLabel>,
}

/// A label nobody has defined.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownLabel {
    /// As written.
    pub text: String,
    /// The field, and the known label of it, that is most like it.
    pub nearest: Option<(String, String)>,
}

/// The words of a line alone: boxes, dots to write on, numbers of questions with a mark behind them and punctuation differ from copy to copy.
fn words_of(text: &str) -> String {
    let folded = fold(text);
    folded.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

/// The fingerprint of a line of at least three words: 16 hexadecimal digits.
pub(super) fn fingerprint(text: &str) -> Option<String> {
    let words = words_of(text);
    if word_count(&words) < WORDS_MIN {
        return None;
    }
    Some(Sha256::digest(words.as_bytes()).iter().take(8).map(|byte| format!("{byte:02x}")).collect())
}

/// What `blank`, a form on which nobody wrote, teaches beyond `words`.
#[must_use]
pub fn learn(blank: &Document, words: &Vocabulary) -> Learnt {
    let lexicon = Lexicon::new(words);
    let mut pupil = Pupil { lexicon: &lexicon, learnt: Learnt { lines: Vec::new(), unknown: Vec::new() } };
    for block in &blank.blocks {
        match block {
            Block::Line(line) => pupil.line(line),
            Block::Table(table) => pupil.table(table),
        }
    }
    pupil.learnt
}

struct Pupil<'l, 'a> {
    lexicon: &'l Lexicon<'a>,
    learnt: Learnt,
}

impl Pupil<'_, '_> {
    fn line(&mut self, line: &Line) {
        let slot = Slot::of_line(line, self.lexicon, Method::Text);
        self.fixed(&slot);
        for pair in super::lines::divided_pairs(&slot, self.lexicon) {
            if pair.label.is_none() && pair.value.is_blank(self.lexicon) {
                self.label(&pair.text);
            }
        }
    }

    fn table(&mut self, table: &Table) {
        for (index, row) in table.rows.iter().enumerate() {
            self.row(row);
            let below = table.rows.get(index + 1);
            for (at, cell) in row.iter().enumerate() {
                self.cell(cell);
                let open = |other: Option<&Cell>| other.is_some_and(|other| self.is_open(other));
                let heads =
                    index == 0 && below.is_some_and(|below| !below.is_empty() && below.iter().all(|cell| self.is_open(cell)));
                let first = cell.lines.first().filter(|_| cell.lines.len() <= 2);
                if let Some(first) = first.filter(|_| open(row.get(at + 1)) || heads) {
                    let text = Slot::of_line(first, self.lexicon, Method::Table).text();
                    self.label(&text);
                }
            }
        }
    }

    /// A row as a whole: of an example (`Jo Bloggs | 1/2/2010 | son`) each cell alone is too short to be known again.
    fn row(&mut self, row: &[Cell]) {
        let slots: Vec<Slot> = row.iter().map(|cell| Slot::of_cell(cell, self.lexicon, Method::Table)).collect();
        let filled = slots.iter().filter(|slot| !slot.text().is_empty()).count();
        let known = slots.iter().all(|slot| slot.text().is_empty() || self.is_known(&slot.text()));
        let text = row_words(slots.iter());
        if filled >= 2 && !known {
            self.keep(&text);
        }
    }

    fn cell(&mut self, cell: &Cell) {
        for line in &cell.lines {
            self.line(line);
        }
        for inner in &cell.tables {
            self.table(inner);
        }
    }

    /// Nothing stands there but room for an answer.
    fn is_open(&self, cell: &Cell) -> bool {
        cell.tables.is_empty() && Slot::of_cell(cell, self.lexicon, Method::Table).is_blank(self.lexicon)
    }

    fn fixed(&mut self, slot: &Slot) {
        let text = printed_words(&slot.tokens);
        if !self.is_known(&text) {
            self.keep(&text);
        }
    }

    fn keep(&mut self, text: &str) {
        if let Some(print) = fingerprint(text).filter(|print| !self.learnt.lines.contains(print)) {
            self.learnt.lines.push(print);
        }
    }

    /// Told by its words wherever it stands.
    fn is_known(&self, text: &str) -> bool {
        self.lexicon.label(text).is_some() || self.lexicon.titled(text).is_some()
    }

    fn label(&mut self, text: &str) {
        let written = text.trim().trim_end_matches([':', '?', '*', ' ']);
        let plain = (1..=8).contains(&word_count(written)) && written.starts_with(char::is_alphabetic) && !written.ends_with('.');
        let known = self.lexicon.loose_label(written).is_some()
            || self.lexicon.criterion(written).is_some()
            || self.lexicon.owner(written).is_some()
            || self.lexicon.mapped("sections", written).is_some()
            || ["yes_words", "no_words", "consent_answers", "agency_words"].iter().any(|list| self.lexicon.is(list, written));
        if !plain || known || self.learnt.unknown.iter().any(|other| other.text == written) {
            return;
        }
        self.learnt.unknown.push(UnknownLabel { text: written.to_owned(), nearest: self.nearest(written) });
    }

    fn nearest(&self, written: &str) -> Option<(String, String)> {
        let folded = fold(written);
        let scored = self.lexicon.known_labels().map(|(label, field)| (strsim::sorensen_dice(&folded, label), label, field));
        let best = scored.filter(|(score, ..)| *score >= LIKENESS_MIN).max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(a.1)))?;
        Some((best.2.to_owned(), best.1.to_owned()))
    }
}

/// The printed words of a row of a table, as one line.
pub(super) fn row_words<'s>(cells: impl Iterator<Item = &'s Slot>) -> String {
    cells.map(|slot| printed_words(&slot.tokens)).collect::<Vec<_>>().join(" ")
}

/// The words of a line that were printed rather than typed into a control; boxes are no words.
pub(super) fn printed_words(tokens: &[Token]) -> String {
    let words = tokens.iter().filter_map(|token| if let Token::Words(words, _) = token { Some(words.as_str()) } else { None });
    words.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_the_same_line_with_other_dots_boxes_and_capitals_and_two_words_are_no_line() {
        let print = fingerprint("Please say why you nominate: ......").unwrap();
        assert_eq!(fingerprint("please SAY why you  nominate ___"), Some(print));
        assert_ne!(fingerprint("Please say why you nominated"), fingerprint("Please say why you nominate"));
        assert_eq!(fingerprint("Not applicable."), None);
    }
}
