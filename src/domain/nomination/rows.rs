//! Rows that say whose they are without a head of their own: people without labels, groups merged over several rows, one family a
//! row, two people side by side, worked examples beside the answers.

use super::entry::{Lead, entries};
use super::form::FormReader;
use super::header::{Column, Header};
use super::marks::{Mark, mark};
use super::people::{is_member_owner, is_name_field, is_person_field};
use super::sheet::{Grid, GridCell, at};
use super::slot::Slot;
use super::text::{fold, word_count};
use super::words::Label;

/// Columns of a table that holds a whole family in a row.
const FAMILY_COLUMNS_MIN: usize = 6;

impl FormReader<'_, '_> {
    /// `Leila Quayle | mother | 3/12/1985`: one person, in cells nobody gave a head.
    pub(super) fn bare_person_row(&mut self, row: &[GridCell]) -> bool {
        let closed = ["consent", "agencies", "official", "elsewhere", "assessment", "plan", "instructions"];
        if closed.contains(&self.section.as_str()) {
            return false;
        }
        let told = |cell: &&GridCell| {
            let text = cell.slot.text();
            !cell.repeated
                && !cell.slot.is_blank(self.lexicon)
                && (text.chars().any(char::is_alphabetic) || text.chars().count() >= 6)
        };
        let cells: Vec<&GridCell> = row.iter().filter(told).collect();
        if !(2..=7).contains(&cells.len()) || cells.iter().any(|cell| cell.slot.has_box() || cell.slot.heading) {
            return false;
        }
        let texts: Vec<String> = cells.iter().map(|cell| cell.slot.text()).collect();
        let name_alone = super::names::clean(&texts[0], self.lexicon);
        if word_count(&name_alone) < 2 || texts.iter().any(|text| word_count(text) > 8) || self.lexicon.label(&texts[0]).is_some()
        {
            return false;
        }
        let line = texts.join(", ");
        let found = entries(&line, Lead::Bare, self.lexicon);
        let [entry] = found.as_slice() else { return false };
        // Whoever nominates has no day of birth, and is nobody's mother.
        let sure = entry.is_dated() && (self.section != "referrer" || entry.has("relationship"));
        let kin = entry.has("relationship") && self.is_people_section();
        if entry.said.len() > 1 || !(sure || kin) {
            return false;
        }
        if !self.is_people_section() {
            self.enter("members");
        }
        let slot = cells[0].slot.clone();
        let number = row.first().map(|cell| cell.slot.text()).unwrap_or_default();
        self.numbered |=
            number.trim_end_matches(['.', ')']).parse().is_ok_and(|number: usize| number == self.form.people.len() + 1);
        self.open_person(None, None);
        self.push_entry(entry, &line, &slot);
        self.form.labels += 1;
        self.current = None;
        true
    }

    /// Fields of `line`, as a table's own: they are a form's answers, not a letter's.
    fn push_entry(&mut self, entry: &super::entry::Entry, line: &str, slot: &Slot) {
        for (field, range) in &entry.fields {
            self.push_field(field, &Slot::of_text(line[range.clone()].trim(), slot));
        }
        if let Some(index) = self.current {
            let said = entry.said.iter().map(|range| Slot::of_text(line[range.clone()].trim(), slot));
            self.form.people[index].said.extend(said);
        }
    }

    /// `Jo Bell, 2.3.1986 (mum)` in the cell for a name: more than a name stands there.
    pub(super) fn name_cell(&mut self, label: &Label, slot: &Slot) -> bool {
        // `Jo Bell`, and `Mum` on the line below it.
        let lines = slot.lines_text();
        let line = lines.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join(", ");
        let more = line.contains(['(', ',', ';']) || line.contains(|c: char| c.is_ascii_digit());
        if !matches!(label.field.as_str(), "full_name" | "member" | "name_and_dob") || !more {
            return false;
        }
        let found = entries(&line, Lead::One, self.lexicon);
        let [entry] = found.as_slice() else { return false };
        if !entry.has("full_name") || !(entry.has("relationship") || entry.is_dated()) || !entry.said.is_empty() {
            return false;
        }
        self.push_entry(entry, &line, slot);
        true
    }

    /// `1, 3` for the people of the form's own numbered table.
    pub(super) fn by_number(&self, slot: &Slot) -> Option<Slot> {
        let text = slot.text();
        let numbers: Vec<&str> =
            text.split([',', ';', '&', '+', '/', ' ']).filter(|part| !part.is_empty() && *part != "and").collect();
        let known = |part: &&str| part.parse::<usize>().is_ok_and(|number| (1..=self.form.people.len()).contains(&number));
        let all = self.numbered && !slot.has_box() && !numbers.is_empty() && numbers.iter().all(known);
        all.then(|| Slot::of_text(&numbers.iter().map(|number| format!("person {number}")).collect::<Vec<_>>().join(", "), slot))
    }

    /// `Pupil` or `Parents` merged over the rows that are about them.
    pub(super) fn group_row(&mut self, row: &[GridCell], next: Option<&Vec<GridCell>>) -> bool {
        let Some(first) = row.first().filter(|cell| cell.column == 0 && !cell.slot.typed) else { return false };
        let text = first.slot.text();
        let goes_on = next.and_then(|next| next.first()).is_some_and(|cell| cell.repeated && cell.column == 0);
        if row.len() < 3 || text.is_empty() || !(first.repeated || goes_on) {
            return false;
        }
        let section = self.people_section(&text);
        let owner = self.lexicon.owner(&text).filter(|(owner, _)| is_member_owner(owner));
        if section.is_none() && owner.is_none() {
            return false;
        }
        if !first.repeated {
            match (section, owner) {
                (Some(section), _) => self.enter(&section),
                (None, Some((owner, number))) => {
                    self.enter("members");
                    self.open_person(Some(owner), number);
                }
                (None, None) => {}
            }
        }
        let rest: Vec<GridCell> = row[1..].iter().filter(|cell| !cell.repeated).cloned().collect();
        if !self.bare_person_row(&rest) {
            self.pair_row(&rest);
        }
        true
    }

    /// A table with a family in each row: `Nominated by | … | Parent 1 | P1 DOB | Child 1 | C1 DOB | … | Health – who?`.
    pub(super) fn families_by_row(&mut self, grid: &Grid) -> bool {
        let numbered = |row: &Vec<GridCell>| {
            let cells = row.iter().filter(|cell| !cell.repeated && !cell.slot.typed);
            cells
                .filter(|cell| matches!(self.lexicon.owner(&cell.slot.text()), Some((owner, Some(_))) if is_member_owner(&owner)))
                .count()
        };
        // `| Adult 1 | Adult 2 | Child 1 |` heads a column a person: nothing else is asked there.
        let more = |row: &Vec<GridCell>| row.iter().filter(|cell| !cell.slot.text().is_empty()).count() >= numbered(row) + 2;
        let heads = |row: &Vec<GridCell>| row.len() >= FAMILY_COLUMNS_MIN && numbered(row) >= 2 && more(row);
        let Some(head) = grid.rows.iter().take(4).position(heads) else {
            return false;
        };
        let example =
            |row: &Vec<GridCell>| row.iter().take(2).any(|cell| self.lexicon.mentions("examples", &cell.slot.text()).is_some());
        let filled = |row: &&Vec<GridCell>| row.iter().filter(|cell| !cell.slot.is_blank(self.lexicon)).count() >= 3;
        let rows: Vec<Vec<GridCell>> = grid.rows[head + 1..].iter().filter(filled).filter(|row| !example(row)).cloned().collect();
        let Some(first) = rows.first() else { return false };
        self.form.more_families |= rows.len() > 1;
        for cell in &grid.rows[head] {
            let text = cell.slot.text();
            let Some(value) = at(first, cell.column).map(|cell| cell.slot.clone()) else { continue };
            self.family_cell(&text, &value);
        }
        self.current = None;
        true
    }

    /// One column of a family's row.
    fn family_cell(&mut self, text: &str, value: &Slot) {
        if value.is_blank(self.lexicon) {
            return;
        }
        if let Some((owner, number @ Some(_))) = self.lexicon.owner(text).filter(|(owner, _)| is_member_owner(owner)) {
            if !self.is_people_section() {
                self.enter("members");
            }
            self.open_person(Some(owner), number);
            self.form.labels += 1;
            return self.push_field("full_name", value);
        }
        // `C1 DOB`, `P2 school`: of the one before.
        let short =
            |word: &str| word.len() <= 3 && word.starts_with(char::is_alphabetic) && word.ends_with(|c: char| c.is_ascii_digit());
        if let Some((_, rest)) = text.split_once(' ').filter(|(first, _)| short(first))
            && let Some(label) = self.lexicon.loose_label(rest).filter(|label| is_person_field(&label.field))
            && self.current.is_some()
        {
            return self.push_field(&label.field, value);
        }
        let asked = text.split([' ', '\u{2013}', '-']).next_back().is_some_and(|last| fold(last).trim_end_matches('?') == "who");
        let head = if asked {
            text.trim_end_matches(['?', ' ']).trim_end_matches(|c: char| c.is_alphabetic()).trim_end_matches([' ', '-', '–'])
        } else {
            text
        };
        let label = self.lexicon.loose_label(head);
        if asked && self.lexicon.criterion(head).is_some() {
            self.enter("criteria");
            return self.criterion_row(head, std::slice::from_ref(value));
        }
        if label.as_ref().is_none_or(|label| !is_person_field(&label.field)) {
            self.current = None;
        }
        self.pair(head, label, value);
    }

    /// The table without its column of worked examples.
    pub(super) fn without_examples(&self, grid: &Grid) -> Option<Grid> {
        let head = grid.rows.first()?;
        if grid.width() < 3 || grid.rows.len() < 3 || head.iter().any(|cell| cell.columns > 1) {
            return None;
        }
        let example = |text: &str| word_count(text) <= 9 && self.lexicon.mentions("examples", text).is_some();
        let gone: Vec<usize> =
            head.iter().filter(|cell| cell.column > 0 && example(&cell.slot.text())).map(|cell| cell.column).collect();
        let [column] = gone.as_slice() else { return None };
        let rows = grid.rows.iter().map(|row| {
            let kept = row.iter().filter(|cell| cell.column != *column);
            kept.map(|cell| GridCell { column: cell.column - usize::from(cell.column > *column), ..cell.clone() }).collect()
        });
        Some(Grid { rows: rows.collect() })
    }

    /// `| Mum | Son`, over `Called | …` and `Birthday | …`: kinship across, what is asked down the first column.
    pub(super) fn kin_across(&self, grid: &Grid) -> Option<Grid> {
        let head = grid.rows.first().filter(|_| grid.width() >= 3 && grid.rows.len() >= 3)?;
        let (corner, others) = head.split_first()?;
        let is_kin = |cell: &GridCell| self.lexicon.mapped_whole("relationship_ages", &cell.slot.text()).is_some();
        let across = others.len() >= 2 && others.iter().all(|cell| is_kin(cell) && !cell.repeated);
        let named = grid.rows[1..]
            .iter()
            .filter_map(|row| row.first())
            .any(|cell| self.lexicon.loose_label(&cell.slot.text()).is_some_and(|label| is_name_field(&label.field)));
        if !across
            || !named
            || self.lexicon.criterion(&corner.slot.text()).is_some()
            || grid.rows.iter().any(|row| row.len() != head.len())
        {
            return None;
        }
        let mut turned = grid.clone();
        let like = Slot { heading: true, ..corner.slot.clone() };
        turned.rows[0][0].slot = Slot::of_text("Relationship", &like);
        Some(turned.transposed())
    }

    /// `Same address: No` in the row of somebody: who is meant does not live here.
    pub(super) fn lives_elsewhere(&self, header: &Header, row: &[GridCell]) -> bool {
        header.columns.iter().any(|(column, _, kind)| {
            let asked = match kind {
                Column::Field(label) => self.lexicon.mentions("asks_same_home", &label.written).is_some(),
                Column::Words(slot) => self.lexicon.mentions("asks_same_home", &slot.text()).is_some(),
                Column::Theme(..) => false,
            };
            asked && at(row, *column).is_some_and(|cell| mark(&cell.slot, self.lexicon) == Mark::No)
        })
    }

    /// What the cells below a head of unknown wording show it to ask: kinship, schools, names.
    pub(super) fn told_by_cells(&self, header: &mut Header, below: &[Vec<GridCell>]) {
        if !header.fields().any(|field| is_name_field(field) || field == "date_of_birth") {
            return;
        }
        let cells = |column: usize| -> Vec<String> {
            let cells =
                below.iter().filter_map(|row| at(row, column)).filter(|cell| !cell.repeated && !cell.slot.is_blank(self.lexicon));
            cells.take(12).map(|cell| cell.slot.lines_text()).collect()
        };
        let kin =
            |text: &String| self.lexicon.mapped_whole("relationship_ages", text.split('(').next().unwrap_or_default()).is_some();
        let school = |text: &String| {
            text.starts_with(char::is_uppercase) && word_count(text) <= 7 && self.lexicon.mentions("school_words", text).is_some()
        };
        let person = |text: &String| {
            let name = super::names::clean(text.split([',', '(', '\n']).next().unwrap_or_default(), self.lexicon);
            // Questions of the form may stand below its people.
            self.lexicon.label(text).is_some() || word_count(&name) >= 2 && super::names::looks_like_name(&name, self.lexicon)
        };
        let of_people = |text: &str| {
            let words: Vec<&str> = text.split([' ', '/', ',', '&']).map(str::trim).filter(|word| !word.is_empty()).collect();
            let known = |word: &&str| {
                matches!(fold(word).as_str(), "etc" | "or" | "and")
                    || self.people_section(word).is_some()
                    || self.lexicon.owner(word).is_some_and(|(owner, _)| is_member_owner(&owner))
            };
            !words.is_empty() && (self.people_section(text).is_some() || words.iter().all(known))
        };
        for index in 0..header.columns.len() {
            let (column, _, kind) = &header.columns[index];
            let (column, text, open) = match kind {
                Column::Words(slot) if !slot.text().is_empty() => (*column, slot.text(), true),
                Column::Field(label) if matches!(label.field.as_str(), "role" | "who" | "ignored" | "what" | "address") => {
                    (*column, label.written.clone(), false)
                }
                // `Where they are in education` over the names of schools.
                Column::Theme(theme, text) if theme == "education" => (*column, text.clone(), true),
                Column::Words(_) | Column::Field(_) | Column::Theme(..) => continue,
            };
            // `Who lives there` over names asks for no address.
            let lives = matches!(kind, Column::Field(label) if label.field == "address");
            let told = cells(column);
            let all = |test: &dyn Fn(&String) -> bool| !told.is_empty() && told.iter().all(test);
            let field = if !header.has("relationship") && all(&kin) {
                "relationship"
            } else if (open && of_people(&text)
                || lives && !header.fields().any(is_name_field)
                || column == 0 && text == "who" && !header.is_criteria())
                && all(&person)
            {
                "full_name"
            } else if open && !header.has("school") && all(&school) {
                "school"
            } else {
                continue;
            };
            header.columns[index].2 =
                Column::Field(Label { field: field.to_owned(), owner: None, number: None, written: fold(&text) });
        }
    }
}
