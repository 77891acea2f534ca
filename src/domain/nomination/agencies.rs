//! The agencies a form names: in a table of them, in a list, behind a label.

use super::form::FormReader;
use super::header::{Column, Header};
use super::marks::{Mark, mark};
use super::sheet::{GridCell, at};
use super::slot::Slot;
use super::text::fold;
use super::words::Label;

impl FormReader<'_, '_> {
    /// What stands behind a label that asks for agencies.
    pub(super) fn agencies_answer(&mut self, value: &Slot) {
        if value.is_blank(self.lexicon) {
            self.enter("agencies");
            return;
        }
        for part in value.lines_text().split(['\n', ';']) {
            self.agency_line(&Slot::of_text(part.trim(), value));
        }
    }

    /// `Health visiting: Rachel Postle, 01632 960000`.
    pub(super) fn agency_line(&mut self, slot: &Slot) {
        let text = slot.text();
        let text = text.trim_start_matches(['-', '•', '*', '–', '·', ' ']).to_owned();
        if self.lexicon.is_blank(&text) || self.lexicon.is("no", &text) {
            return;
        }
        let (name, contact) = match text.split_once(": ").or_else(|| text.split_once(" – ")) {
            Some((name, contact)) => (name.to_owned(), Some(Slot::of_text(contact, slot))),
            None => (text, None),
        };
        self.form.agencies.push((Slot::of_text(&name, slot), contact));
    }

    /// `Agencies`, over a column or before a list, are those of the family, and not whom the referrer works for.
    pub(super) fn of_several(&self, label: Label, text: &str) -> Label {
        let several =
            label.field == "organisation" && self.section != "referrer" && fold(text).trim_end_matches(':') == "agencies";
        if several { Label { field: "agencies".to_owned(), ..label } } else { label }
    }

    /// Agencies have names that sound like themes (`Youth Offending Service`): their tables are told first.
    pub(super) fn is_agency_table(&self, header: &Header) -> bool {
        self.section == "agencies" || (header.has("organisation") && self.section != "referrer" && !header.has("referrer_name"))
    }

    pub(super) fn agency_row(&mut self, header: &Header, row: &[GridCell]) {
        let find = |wanted: &[&str]| {
            header.columns.iter().find_map(|(column, _, kind)| match kind {
                Column::Field(label) if wanted.contains(&label.field.as_str()) => {
                    at(row, *column).filter(|cell| !cell.slot.is_blank(self.lexicon))
                }
                _ => None,
            })
        };
        // A row the form prints, as for the school nurse, names the agency that its other cells are about.
        let first = row.first().filter(|cell| cell.slot.printed || !cell.slot.is_blank(self.lexicon));
        let name = find(&["organisation", "agency_name"]).or_else(|| if header.has("organisation") { None } else { first });
        let Some(name) = name else { return };
        let contacts: Vec<String> = row
            .iter()
            .filter(|cell| {
                cell.column != name.column && !cell.slot.is_blank(self.lexicon) && mark(&cell.slot, self.lexicon) == Mark::Words
            })
            .map(|cell| cell.slot.text())
            .collect();
        let said: Vec<Mark> =
            row.iter().filter(|cell| cell.column != name.column).map(|cell| mark(&cell.slot, self.lexicon)).collect();
        let fixed_row = name.slot.printed || self.lexicon.is("agency_words", &name.slot.text());
        if said.contains(&Mark::No) || (fixed_row && contacts.is_empty() && !said.contains(&Mark::Yes)) {
            return;
        }
        let contact = (!contacts.is_empty()).then(|| Slot::of_text(&contacts.join(", "), &name.slot));
        self.form.agencies.push((Slot { printed: false, ..name.slot.clone() }, contact));
    }
}
