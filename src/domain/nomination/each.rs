//! What a form asks again of each person: lines and labels that stand in it more than once.

use std::collections::BTreeSet;

use super::form::{Form, FormReader};
use super::marks::{Mark, mark};
use super::people::{is_member_owner, is_person_field};
use super::sheet::Node;
use super::slot::Slot;
use super::text::{fold, word_count};
use super::words::{Label, Lexicon};

/// Lists of what an answer says of how far an assessment is.
const HOW_FAR: [&str; 3] = ["assessment_started", "assessment_complete", "assessment_not_begun"];

/// Lines, heads of tables and labels that stand more than once, folded.
pub(super) fn repeated(nodes: &[Node]) -> BTreeSet<String> {
    let mut seen = BTreeSet::new();
    let lines = nodes.iter().filter_map(|node| match node {
        Node::Line(slot) => Some(fold(&slot.text())),
        Node::Grid(grid) => grid.rows.first().map(|row| super::tables::head_of(row)),
    });
    let of_cells = nodes.iter().flat_map(|node| match node {
        Node::Line(_) => Vec::new(),
        Node::Grid(grid) => {
            let cells = grid.rows.iter().flatten().filter(|cell| !cell.repeated);
            cells.filter_map(|cell| super::cells::first_line(&cell.slot)).map(|(head, _)| fold(&head.text())).collect()
        }
    });
    let lines = lines.chain(of_cells);
    // What a line asks before its colon or dash, too.
    let lines = lines.flat_map(|line| {
        let head = line.split_once(": ").or_else(|| line.split_once(" - ")).map(|(head, _)| head.to_owned());
        std::iter::once(line).chain(head)
    });
    lines.filter(|line| !seen.insert(line.clone())).collect()
}

impl Form {
    /// How many people somebody wrote something of.
    pub(super) fn named(&self, lexicon: &Lexicon<'_>) -> usize {
        self.people.iter().filter(|draft| draft.fields.iter().any(|(_, slot)| !slot.is_blank(lexicon))).count()
    }
}

impl FormReader<'_, '_> {
    /// `Partner`, `Full name: …`, `Job title: …`: the first of whom a job is asked before anybody of the family is who nominates.
    pub(super) fn is_who_nominates(&mut self, label: Option<&Label>, text: &str, value: &Slot) -> bool {
        let Some(label) = label.filter(|label| matches!(label.field.as_str(), "role" | "organisation")) else { return false };
        let known = self.form.answers_to("referrer_name").any(|answer| !answer.slot.is_blank(self.lexicon));
        let [only] = self.form.people.as_slice() else { return false };
        let named = only.is_named() && only.fields.iter().all(|(field, _)| matches!(field.as_str(), "full_name" | "member"));
        if known || !named || !self.is_people_section() || only.number.is_some() || value.is_blank(self.lexicon) {
            return false;
        }
        let Some(name) = self.form.people.pop().and_then(|draft| draft.fields.into_iter().next()) else { return false };
        self.enter("referrer");
        self.answer("referrer_name", "", &name.1);
        self.answer(&label.field, text, value);
        true
    }

    /// `Person 1: date of birth`, a question about somebody: the same without its colon, behind which no answer stands.
    pub(super) fn asked_of_numbered(&self, slot: &Slot) -> Option<Slot> {
        let text = slot.text();
        let (head, rest) = text.split_once(": ")?;
        let numbered = matches!(self.lexicon.owner(head), Some((owner, Some(_))) if is_member_owner(&owner));
        let asks = || self.lexicon.label(rest).is_some_and(|label| is_person_field(&label.field));
        (numbered && !slot.typed && !slot.has_box() && asks())
            .then(|| Slot { heading: slot.heading, ..Slot::of_text(&format!("{head} {rest}"), slot) })
    }

    /// What a label asked of each person is answered in words: said of the present one. Whether it was.
    pub(super) fn said_of_current(&mut self, value: &Slot) -> bool {
        let words = !value.has_box() && !value.is_blank(self.lexicon) && mark(value, self.lexicon) == Mark::Words;
        let Some(index) = self.current.filter(|_| words && !self.lists_criteria_alone(value)) else { return false };
        self.form.people[index].said.push(value.clone());
        true
    }

    /// `Early Help Assessment: ☐ Not started ☒ Started`, wherever it stands, asks how far one is.
    pub(super) fn asks_how_far(&self, label: &Label, value: &Slot) -> bool {
        let said = value.text();
        label.field == "assessment_eha"
            && value.has_box()
            && HOW_FAR.iter().filter(|list| self.lexicon.mentions(list, &said).is_some()).count() >= 2
    }

    /// In the part about the assessment a value that names one, or says how far it is, answers whatever it was asked.
    pub(super) fn tells_of_assessment(&mut self, asked: &str, value: &Slot) -> bool {
        const WORDS_MAX: usize = 12;
        let said = value.text();
        if value.is_blank(self.lexicon) || word_count(&said) > WORDS_MAX {
            return false;
        }
        let names =
            self.lexicon.mentions("assessment_names", &said).is_some() || self.lexicon.mapped("statutory_kinds", &said).is_some();
        if names {
            self.answer("assessment_eha", asked, value);
        } else if HOW_FAR.iter().any(|list| self.lexicon.mentions(list, &said).is_some()) {
            self.answer("assessment_state", asked, value);
        } else {
            return false;
        }
        true
    }
}

/// `Attendance - who? Ada Bell and` → `Attendance - Ada Bell`: lists of which some were left open.
pub(super) fn without_asking_whom(words: &str) -> String {
    let Some(at) = words.to_ascii_lowercase().find("who?") else { return words.to_owned() };
    let mut behind = words[at + "who?".len()..].trim();
    while let Some(shorter) = behind.strip_suffix(" and").or_else(|| behind.strip_suffix([',', '/', '&'])) {
        behind = shorter.trim_end();
    }
    let head = words[..at].trim_end_matches([' ', '-', '–', ':', '(']);
    if behind.is_empty() || behind == "and" { head.to_owned() } else { format!("{head} - {behind}") }
}
