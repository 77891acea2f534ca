//! Label and value side by side in a row of a table, once or several times.

use super::form::FormReader;
use super::sheet::GridCell;
use super::slot::Slot;
use super::words::Label;

impl FormReader<'_, '_> {
    /// `Early Help Assessment | Complete` below a table of people, in the same grid: a question of the form, and nobody's row.
    pub(super) fn pair_below_people(&mut self, row: &[GridCell]) -> bool {
        let filled: Vec<&GridCell> = row.iter().filter(|cell| !cell.repeated && !cell.slot.text().is_empty()).collect();
        let [asked, said] = filled.as_slice() else { return false };
        let (text, label) = (asked.slot.text(), self.lexicon.label(&asked.slot.text()));
        let of_form = |label: &Label| {
            let field = label.field.as_str();
            field.starts_with("assessment_") || matches!(field, "consent" | "agencies" | "signature" | "signed_on" | "print_name")
        };
        if (asked.column, said.column) != (0, 1) || !label.as_ref().is_some_and(of_form) {
            return false;
        }
        let value = said.slot.clone();
        self.pair(&text, label, &value);
        true
    }

    /// Label and value beside each other, several times a row; a criterion takes all that stands behind it.
    pub(super) fn pair_row(&mut self, row: &[GridCell]) {
        let cells: Vec<&GridCell> = row.iter().filter(|cell| !cell.repeated).collect();
        let mut alternates = self.alternates(&cells);
        let mut index = 0;
        while index < cells.len() {
            let slot = &cells[index].slot;
            let text = slot.text();
            if text.is_empty() && !slot.has_box() {
                index += 1;
                continue;
            }
            // `Agency: Haven House` beside `Tel: 01632 960266`: each cell brings its own label.
            let own = |pair: &super::lines::Pair| pair.label.is_some() && !pair.value.is_blank(self.lexicon);
            if !slot.typed && text.contains(": ") && super::lines::divided_pairs(slot, self.lexicon).first().is_some_and(own) {
                self.cell_lines(cells[index]);
                index += 1;
                continue;
            }
            // `Tenant(s) | Ada Bell, born 3.4.1985`, `Tom goes to | Hill School`: labels of people, whatever they look like.
            if cells.len() == 2
                && index == 0
                && !slot.typed
                && (self.is_elsewhere(&text)
                    || self.school_of_named(&text, &cells[1].slot)
                    || self.labelled_entry(&text, &cells[1].slot))
            {
                return;
            }
            let themed = self.section == "criteria" && self.lexicon.criterion(&text).is_some();
            let leads =
                index == 0 || slot.heading || super::lines::ends_like_label(&text) || self.is_next_of_others(cells[index], index);
            let label = match slot.typed {
                true => None,
                false if leads && cells.len() > 1 && !themed => self
                    .lexicon
                    .loose_label(&text)
                    .filter(|_| self.lexicon.criterion(&text).is_none() || self.lexicon.label(&text).is_some()),
                false => self.lexicon.label(&text).filter(|_| !is_letter(&text)),
            };
            let label = label.filter(|label| !(themed && super::form::is_weak_among_criteria(&label.field)));
            if label.is_none()
                && !slot.typed
                && self.lexicon.criterion(&text).is_some()
                && cells.len() > index + 1
                && !slot.has_box()
            {
                let beside: Vec<Slot> = cells[index + 1..].iter().map(|cell| cell.slot.clone()).collect();
                self.criterion_row(&text, &beside);
                return;
            }
            let asks = label.is_some()
                || alternates && index.is_multiple_of(2)
                || ((slot.heading || super::lines::ends_like_label(&text)) && !slot.typed);
            // `Job title | Family worker`: what somebody is may be worded like a label.
            let trade =
                cells.len() == 2 && label.as_ref().is_some_and(|label| matches!(label.field.as_str(), "role" | "organisation"));
            alternates |= self.answers_alone(&cells, index, label.as_ref());
            let turns = alternates && index.is_multiple_of(2);
            let value = cells.get(index + 1).filter(|next| trade || turns || !self.is_label_cell(&next.slot));
            if label.is_none() && cells.len() == 2 && index == 0 && self.is_place(&text, &cells[1].slot.text()) {
                return self.answer("place", &text, &cells[1].slot);
            }
            match (asks, value) {
                (true, Some(_)) => {
                    let behind = cells[index + 1..].iter().zip(1..);
                    let run = behind
                        .take(if turns { 1 } else { usize::MAX })
                        .take_while(|(cell, away)| {
                            trade || turns || !self.is_label_cell(&cell.slot) && !self.is_next_of_others(cell, *away)
                        })
                        .count();
                    let value = joined(&cells[index + 1..=index + run]);
                    self.pair(&text, label, &value);
                    index += 1 + run;
                }
                (true, None) if label.is_some() && super::lines::split_pairs(slot, self.lexicon).is_empty() => {
                    self.pair(&text, label, &Slot::empty(slot.place.clone(), slot.method));
                    index += 1;
                }
                _ => {
                    self.cell_lines(cells[index]);
                    index += 1;
                }
            }
        }
        self.pending = None;
    }

    /// `Name | Jo Bell | Year group | 9`: what is asked for stands whole in one cell, so the next one, whatever its wording, asks again.
    fn answers_alone(&self, cells: &[&GridCell], index: usize, label: Option<&Label>) -> bool {
        let one_cell = label.is_some_and(|label| {
            matches!(
                label.field.as_str(),
                "full_name"
                    | "member"
                    | "referrer_name"
                    | "date_of_birth"
                    | "upn"
                    | "nhs_number"
                    | "phone"
                    | "email"
                    | "role"
                    | "organisation"
                    | "postcode"
                    | "school"
            )
        });
        let whole = |slot: &Slot| {
            let text = slot.text();
            !slot.has_box() && !self.lexicon.is_blank(&text) && (super::text::word_count(&text) >= 2 || text.chars().count() >= 6)
        };
        let next_asks = |slot: &Slot| {
            let text = slot.text();
            !slot.has_box()
                && !slot.typed
                && text.starts_with(char::is_alphabetic)
                && super::text::word_count(&text) <= 5
                && !self.lexicon.is("yes_words", &text)
                && !self.lexicon.is("no_words", &text)
        };
        one_cell
            && index.is_multiple_of(2)
            && cells.len() >= 4
            && cells.len().is_multiple_of(2)
            && cells.len() >= index + 4
            && whole(&cells[index + 1].slot)
            && next_asks(&cells[index + 2].slot)
            && !cells[index + 3].slot.is_blank(self.lexicon)
    }

    /// `Address | | Health visitor |`: a label of people who are not ours, where the next label of the row stands.
    fn is_next_of_others(&self, cell: &GridCell, away: usize) -> bool {
        let of_others = || self.lexicon.owner(&cell.slot.text()).is_some_and(|(owner, _)| owner == "other");
        away > 0 && away.is_multiple_of(2) && !cell.slot.typed && of_others()
    }

    fn is_label_cell(&self, slot: &Slot) -> bool {
        let label = if slot.typed || slot.has_box() { None } else { self.lexicon.plain_label(&slot.text()) };
        label.is_some_and(|label| !matches!(label.field.as_str(), "yes" | "no" | "yes_no"))
            && !is_letter(&slot.text())
            && !self.lexicon.is("names_too", &slot.text())
            && !self.lexicon.is("consent_answers", &slot.text())
    }

    /// Label, value, label, value: the even cells are labels and the odd ones are not, here or in the next row.
    pub(super) fn is_row_of_pairs(&self, cells: &[&GridCell], next: Option<&Vec<GridCell>>) -> bool {
        let asks = |label: Label| !matches!(label.field.as_str(), "yes" | "no" | "yes_no");
        let labelled = |slot: &Slot| !slot.typed && self.lexicon.label(&slot.text()).is_some_and(asks);
        let even = cells.iter().step_by(2).all(|cell| labelled(&cell.slot) || cell.slot.text().is_empty());
        let odd = cells.iter().skip(1).step_by(2).any(|cell| labelled(&cell.slot));
        if even && !odd {
            // `Agency | Worker and telephone` over rows of agencies is a head, though only its first words are known.
            let goes_on = next.is_some_and(|next| next.iter().step_by(2).any(|cell| labelled(&cell.slot)));
            let heads = self.section == "agencies" || cells.iter().all(|cell| cell.slot.heading);
            return goes_on || next.is_none() || !heads;
        }
        // `Name | Jo Church | Job title | Headteacher`: the row alternates, also in the next one, and so the last word is an answer.
        if self.alternates(cells)
            && next.is_none_or(|next| {
                next.len() >= 2 && next.iter().step_by(2).all(|cell| labelled(&cell.slot) || cell.slot.text().is_empty())
            })
        {
            return true;
        }
        // Two cells a row, and the next row begins with a label too: the second cell answers, though its words are known (`Family worker`).
        if let [first, second] = cells
            && labelled(&first.slot)
            && !second.slot.heading
            && next.is_some_and(|next| next.first().is_some_and(|cell| labelled(&cell.slot)))
        {
            return true;
        }
        let Some(next) = next else { return false };
        let again = next.iter().filter(|cell| labelled(&cell.slot)).count();
        again >= 2 && again * 2 >= next.len() && !odd
    }

    /// Label, answer, label, answer: every other cell asks, and the first answer is none of the form's words.
    fn alternates(&self, cells: &[&GridCell]) -> bool {
        let answers = |cell: &GridCell| !self.is_label_cell(&cell.slot) && (!cell.slot.is_bare() || cell.slot.control);
        cells.len() >= 4
            && cells.len().is_multiple_of(2)
            && cells.iter().step_by(2).all(|cell| self.is_label_cell(&cell.slot))
            && cells.get(1).is_some_and(|cell| answers(cell) && self.lexicon.label(&cell.slot.text()).is_none())
    }
}

/// Several cells as one value: Yes and No in cells of their own.
fn joined(cells: &[&GridCell]) -> Slot {
    // A box beside printed words is an answer all the same.
    let says_nothing = |cell: &&GridCell| cell.slot.printed && !cell.slot.has_box();
    let first = cells.iter().position(|cell| !says_nothing(cell)).unwrap_or(0);
    let cells = &cells[first..];
    let mut slot = cells[0].slot.clone();
    for cell in cells[1..].iter().filter(|cell| !says_nothing(cell)) {
        if !cell.slot.tokens.is_empty() {
            slot.tokens.push(super::slot::Token::Break);
            slot.tokens.extend(cell.slot.tokens.iter().cloned());
        }
        slot.typed |= cell.slot.typed;
        slot.control |= cell.slot.control;
    }
    slot
}

/// `M` answers a question more often than it asks for a mobile number.
fn is_letter(text: &str) -> bool {
    text.chars().count() == 1
}
