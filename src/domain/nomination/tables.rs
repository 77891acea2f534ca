//! Tables: people in rows or columns, criteria with answers or with people, agencies, label and value side by side.

use std::collections::BTreeSet;

use super::form::{FormReader, Subject};
use super::header::{Column, Header};
use super::marks::{Mark, mark};
use super::people::{is_name_field, is_person_field};
use super::sheet::{Grid, GridCell, at};
use super::slot::Slot;

/// Fewer words are no sentence.
const SENTENCE_WORDS_MIN: usize = 3;
/// So many themes down the first column make a table of criteria, whatever stands over them.
const THEMES_UNDER_ANY_HEAD_MIN: usize = 3;

impl FormReader<'_, '_> {
    /// One table, row by row; a header holds until the next.
    pub(super) fn grid(&mut self, grid: &Grid) {
        if self.box_below_question(grid) {
            return;
        }
        self.of_each = grid.rows.first().is_some_and(|row| self.repeated.contains(&head_of(row)));
        if self.families_by_row(grid) {
            return;
        }
        let apart = super::cells::labels_in_cells(grid, self.lexicon);
        let grid = apart.as_ref().unwrap_or(grid);
        let answers = self.without_examples(grid);
        let grid = answers.as_ref().unwrap_or(grid);
        let unnumbered = grid.without_numbers();
        let people = self.form.people.len();
        let numbered = unnumbered.is_some();
        let grid = unnumbered.as_ref().unwrap_or(grid);
        self.whole_grid(grid);
        self.numbered |= numbered && self.form.people.len() > people;
    }

    fn whole_grid(&mut self, grid: &Grid) {
        let on_its_side = self.stands_on_its_side(grid);
        if self.section != "criteria" && !self.of_each && !on_its_side && self.lists_themes(grid) {
            self.enter("criteria");
            self.grid_rows(grid);
            return self.enter("");
        }
        if let Some(turned) = self.kin_across(grid) {
            self.grid_rows(&turned);
        } else if on_its_side {
            self.grid_rows(&grid.transposed());
        } else {
            self.grid_rows(grid);
        }
    }

    fn grid_rows(&mut self, grid: &Grid) {
        let width = grid.width();
        let mut header = self.last_header.take().filter(|header| header.width == width && self.goes_on(grid, header));
        // Asked once for all rows: each row that may be a head asks it of all below.
        let theme = |row: &Vec<GridCell>| row.first().and_then(|cell| self.lexicon.criterion(&cell.slot.text()));
        let themes: Vec<Option<&str>> = grid.rows.iter().map(theme).collect();
        for (index, row) in grid.rows.iter().enumerate() {
            if let Some(only) = self.lone_cell(row, width) {
                let opens = self.section_of(&only.slot, &only.slot.text()).is_some();
                if opens && !only.slot.has_box() && !only.slot.typed {
                    // A heading broken over the lines of a narrow cell is one.
                    self.line(&Slot { heading: only.slot.heading, ..Slot::of_text(&only.slot.text(), &only.slot) });
                } else {
                    self.cell_lines(&only);
                }
                if opens {
                    header = None;
                }
            } else if self.owner_row(row)
                || self.group_row(row, grid.rows.get(index + 1))
                || header.is_none() && self.bare_person_row(row)
            {
                header = None;
            } else if let Some(found) = self.header(row, &grid.rows[index + 1..], &themes[index + 1..], width, header.is_none()) {
                self.form.labels += found.fields().count();
                header = Some(found);
            } else if header.as_ref().is_some_and(|header| self.leaves(header, row)) {
                header = None;
                self.enter("");
                self.pair_row(row);
            } else if let Some(header) = &header {
                self.data_row(header, row);
            } else {
                self.pair_row(row);
            }
            for inner in row.iter().filter(|cell| !cell.repeated).flat_map(|cell| &cell.inner) {
                let section = self.section.clone();
                self.grid(inner);
                self.section = section;
            }
        }
        self.last_header = header;
    }

    /// Whether a table without a header goes on with the rows of the one before, as across pages.
    fn goes_on(&self, grid: &Grid, header: &Header) -> bool {
        let Some(first) = grid.rows.first() else { return false };
        let labels = first.iter().filter(|cell| !cell.slot.typed && self.lexicon.label(&cell.slot.text()).is_some()).count();
        labels == 0 && header.columns.len() > 2
    }

    /// `Referred by | Jo Bell, Deputy Head` below the rows of people: a question about something else, and its answer.
    fn leaves(&self, header: &Header, row: &[GridCell]) -> bool {
        let filled: Vec<&GridCell> = row.iter().filter(|cell| !cell.repeated && !cell.slot.text().is_empty()).collect();
        let [first, _] = filled.as_slice() else { return false };
        let text = first.slot.text();
        header.columns.len() >= 3
            && header.is_people(false)
            && !header.is_criteria()
            && self.lexicon.criterion(&text).is_none()
            && !first.slot.typed
            && !self.lexicon.is("names_too", &text)
            && !super::names::looks_like_name(&text, self.lexicon)
            && self
                .lexicon
                .plain_label(&text)
                .or_else(|| self.lexicon.label(&text))
                .is_some_and(|label| !is_person_field(&label.field))
    }

    /// The only cell of a row that holds anything, when it stretches over the row or is the whole row.
    fn lone_cell(&self, row: &[GridCell], width: usize) -> Option<GridCell> {
        let mut filled =
            row.iter().filter(|cell| !cell.repeated && (!cell.slot.is_bare() || cell.slot.control || !cell.inner.is_empty()));
        let only = filled.next()?;
        if filled.next().is_some() {
            return None;
        }
        let whole = row.len() == 1 || only.columns >= width;
        let heading = width > 2 && self.section_of(&only.slot, &only.slot.text()).is_some();
        (whole || heading).then(|| only.clone())
    }

    pub(super) fn cell_lines(&mut self, cell: &GridCell) {
        for line in lines_of(&cell.slot) {
            self.line(&line);
        }
    }

    /// A header asks for things in at least two columns, or opens a table of criteria.
    /// `themes` are those that the rows below begin with.
    fn header(
        &self,
        row: &[GridCell],
        below: &[Vec<GridCell>],
        themes: &[Option<&str>],
        width: usize,
        first: bool,
    ) -> Option<Header> {
        // `Why?` merged over two rows, with people below `Applies to`: the corner of the second row.
        let corner = row.len() > 2 && row.iter().skip(1).all(|cell| !cell.repeated);
        let cells: Vec<&GridCell> = row.iter().filter(|cell| !cell.repeated || corner && cell.column == 0).collect();
        if cells.len() < 2 || cells.iter().any(|cell| cell.slot.typed || cell.slot.has_mark()) {
            return None;
        }
        let columns: Vec<(usize, usize, Column)> = cells
            .iter()
            .map(|cell| {
                (cell.column, cell.columns, if cell.repeated { empty_corner(&cell.slot) } else { self.column(&cell.slot) })
            })
            .collect();
        // `Ada Bell | 3/4/1985 | unemployed | drinks` below a head of people is one of them.
        if !first && cells.iter().any(|cell| is_day(&cell.slot.text())) {
            return None;
        }
        let mut header = Header { columns, width };
        // People across, criteria down, and nothing in the corner.
        if cells[0].column == 0 && themes.iter().flatten().count() >= 2 {
            header.fill_corner(false);
        }
        let distinct: BTreeSet<&&str> = themes.iter().flatten().collect();
        if cells[0].column == 0 && distinct.len() >= THEMES_UNDER_ANY_HEAD_MIN && cells.len() > 2 {
            header.answer_columns(self.lexicon);
            header.fill_corner(true);
        }
        if header.is_criteria() {
            header.prefer_names(self.lexicon);
        }
        let exact = header.fields().count();
        if first && (exact > 0 || cells.iter().all(|cell| cell.slot.heading)) && !cells.iter().any(|cell| has_digit(&cell.slot)) {
            header.guess_words(self.lexicon);
        }
        let who =
            header.columns.iter().skip(1).any(|(_, _, kind)| matches!(kind, Column::Field(label) if label.written == "who"));
        if who && !header.has("relationship") && header.fields().filter(|field| is_person_field(field)).count() >= 3 {
            let is_kin = |column: usize| {
                let cells = below.iter().filter_map(|row| at(row, column)).map(|cell| cell.slot.text());
                cells.take(12).any(|text| self.lexicon.mapped_whole("relationship_ages", &text).is_some())
            };
            header.prefer_relationship(is_kin);
        }
        header.drop_lone_theme(self.lexicon);
        self.told_by_cells(&mut header, below);
        if header.themes() >= 2 {
            let whole = header.themes() >= 3;
            let holds_words = |column: usize| {
                let cells = below.iter().filter_map(|row| at(row, column)).filter(|cell| !cell.slot.is_blank(self.lexicon));
                cells.map(|cell| &cell.slot).any(|slot| mark(slot, self.lexicon) == Mark::Words)
            };
            header.prefer_themes(whole, self.lexicon, holds_words);
        }
        let filled = cells.iter().filter(|cell| !cell.slot.text().is_empty()).count();
        // `Yes` beside a question is an answer to it, not the head of a column.
        let beside = header.has("who") || header.has("comments") || header.has("member");
        let answers = |field: &str| matches!(field, "yes" | "no") || field == "yes_no" && !beside;
        let fields = header.fields().filter(|field| !answers(field)).count();
        // `Themes met | health` among the lines of a person is an answer, not a head.
        let heads_criteria = header.is_criteria() && (cells.len() > 2 || themes.iter().take(3).flatten().count() > 0);
        if heads_criteria || header.is_row_of_themes() {
            return Some(header);
        }
        if fields < 2 || self.is_row_of_pairs(&cells, below.first()) {
            return None;
        }
        let people = header.is_people(self.is_people_section());
        // Beside people, a column of a theme is as well known as one of dates.
        let known = if people { fields + header.themes() } else { fields };
        (known * 3 >= filled * 2 || (people && known * 2 >= filled)).then_some(header)
    }

    fn column(&self, slot: &Slot) -> Column {
        let text = slot.text();
        if self.lexicon.is("consent_answers", &text) {
            return Column::Words(slot.clone());
        }
        if let Some(theme) = self.key.get(text.trim()) {
            return Column::Theme(theme.clone(), text);
        }
        // `First name | Faith` is an answer; `Faith` in bold over a column is not.
        let label = self.lexicon.plain_label(&text);
        if let Some(label) = label.filter(|_| slot.heading || !self.lexicon.is("names_too", &text)) {
            return Column::Field(label);
        }
        // A sentence tells of somebody and heads nothing.
        let sentence = text.ends_with('.') && super::text::word_count(&text) >= SENTENCE_WORDS_MIN;
        match self.lexicon.criterion(&text).filter(|_| !sentence) {
            Some(theme) => Column::Theme(theme.to_owned(), text),
            None => Column::Words(slot.clone()),
        }
    }

    fn data_row(&mut self, header: &Header, row: &[GridCell]) {
        if row.iter().all(|cell| cell.repeated || (cell.slot.is_blank(self.lexicon) && !cell.slot.has_box())) {
            return;
        }
        if self.lexicon.mentions("examples", &row.first().map(|cell| cell.slot.text()).unwrap_or_default()).is_some() {
            return;
        }
        if header.columns.len() > 2 && self.pair_below_people(row) {
            return;
        }
        if header.is_people(self.is_people_section())
            && !matches!(self.section.as_str(), "agencies" | "elsewhere")
            && (self.section != "referrer" || header.has("date_of_birth"))
        {
            self.person_row(header, row);
        } else if header.themes() >= 2 {
            self.themes_row(header, row);
        } else if !header.is_criteria() && self.is_agency_table(header) {
            self.agency_row(header, row);
        } else if header.is_criteria()
            || row.first().is_some_and(|cell| self.lexicon.criterion(&cell.slot.text()).is_some()) && !header.has("what")
        {
            self.criteria_row(header, row);
        } else if self.section != "plan" && !header.has("what") {
            for (column, _, kind) in &header.columns {
                if let (Column::Field(label), Some(cell)) = (kind, at(row, *column)) {
                    self.pair(&label.field, Some(label.clone()), &cell.slot);
                }
            }
        }
    }

    fn person_row(&mut self, header: &Header, row: &[GridCell]) {
        let blank = header.columns.iter().all(|(column, _, kind)| match kind {
            Column::Field(label) if is_person_field(&label.field) => {
                at(row, *column).is_none_or(|cell| cell.slot.is_blank(self.lexicon))
            }
            _ => true,
        });
        if blank || self.lives_elsewhere(header, row) {
            return;
        }
        let owner = header.columns.iter().find_map(|(column, _, kind)| match kind {
            Column::Words(_) => at(row, *column).and_then(|cell| self.lexicon.owner(&cell.slot.text())),
            Column::Field(_) | Column::Theme(..) => None,
        });
        let (owner, number) = owner.map_or((None, None), |(owner, number)| (Some(owner), number));
        // `Person 2` over a table of one row: this is Person 2, and what follows the table is said of them too.
        let begun = self.current.filter(|index| {
            let draft = &self.form.people[*index];
            draft.number.is_some() && draft.fields.is_empty() && index + 1 == self.form.people.len()
        });
        if begun.is_none() {
            self.open_person(owner, number);
        }
        let labels: Vec<_> = header.columns.clone();
        let side_by_side = header.holds_two_people();
        let mut named = false;
        for (column, _, kind) in labels {
            let Some(cell) = at(row, column) else { continue };
            match kind {
                // A second name and a second day of birth: another person in the same row.
                Column::Field(label) if side_by_side && named && label.field == "full_name" => {
                    if cell.slot.is_blank(self.lexicon) {
                        break;
                    }
                    self.open_person(None, None);
                    if !self.name_cell(&label, &cell.slot) {
                        self.push_field(&label.field, &cell.slot);
                    }
                }
                Column::Field(label) if is_name_field(&label.field) && self.name_cell(&label, &cell.slot) => named = true,
                Column::Field(label) if is_person_field(&label.field) && self.says_something(&cell.slot) => {
                    named |= is_name_field(&label.field);
                    self.push_field(&label.field, &cell.slot);
                }
                Column::Field(label) if label.field == "criteria" => {
                    let subject = self.current.map_or(Subject::Nobody, Subject::Draft);
                    if !self.keyed(&subject, &cell.slot) {
                        self.criteria_list(&subject, &cell.slot);
                    }
                }
                // `Plan | Child protection` in the row of a child.
                Column::Field(label) if label.field == "assessment_statutory" && !cell.slot.is_blank(self.lexicon) => {
                    self.push_field("assessment_statutory", &cell.slot);
                    self.answer(&label.field, &label.written, &cell.slot);
                }
                // What somebody worries about beside a name is said of that person.
                Column::Field(label)
                    if matches!(label.field.as_str(), "narrative" | "comments")
                        && !cell.slot.is_blank(self.lexicon)
                        && mark(&cell.slot, self.lexicon) == Mark::Words =>
                {
                    let Some(index) = self.current else { continue };
                    let subject = Subject::Draft(index);
                    if self.keyed(&subject, &cell.slot) {
                    } else if self.lists_criteria_alone(&cell.slot) {
                        self.criteria_list(&subject, &cell.slot);
                    } else {
                        self.form.people[index].said.push(cell.slot.clone());
                    }
                }
                Column::Theme(theme, _) => {
                    let subject = self.current.map_or(Subject::Nobody, Subject::Draft);
                    self.theme_cell(&theme, subject, &cell.slot);
                }
                Column::Field(_) | Column::Words(_) => {}
            }
        }
        self.form.labels += 1;
        self.current = begun;
    }

    /// Filled, or a ditto mark.
    fn says_something(&self, slot: &Slot) -> bool {
        !slot.is_blank(self.lexicon) || self.lexicon.is("ditto", &slot.text())
    }
}

/// What is merged from the row above heads nothing of its own.
fn empty_corner(slot: &Slot) -> Column {
    Column::Words(Slot::of_text("", slot))
}

/// The words over a table, folded.
pub(super) fn head_of(row: &[GridCell]) -> String {
    let words: Vec<String> = row.iter().filter(|cell| !cell.repeated).map(|cell| super::text::fold(&cell.slot.text())).collect();
    words.join(" | ")
}

/// The lines of a cell as slots of their own.
fn lines_of(slot: &Slot) -> Vec<Slot> {
    let parts = slot.tokens.split(|token| matches!(token, super::slot::Token::Break));
    parts.filter(|tokens| !tokens.is_empty()).map(|tokens| Slot { tokens: tokens.to_vec(), ..slot.clone() }).collect()
}

/// `3/4/1985`, `12.05.11`, `2010-09-18`, `4 November 2011`: a day in three parts.
fn is_day(text: &str) -> bool {
    let figures = |part: &str| (1..=4).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
    let parts: Vec<&str> = text.trim().split(['/', '.', '-', ' ']).filter(|part| !part.is_empty()).collect();
    let [day, month, year] = parts.as_slice() else { return false };
    let ordinal = day.trim_end_matches(|c: char| c.is_ascii_lowercase());
    let named = super::dates::month_number(month) > 0;
    figures(year) && (figures(day) && figures(month) || figures(ordinal) && named)
}

fn has_digit(slot: &Slot) -> bool {
    slot.text().contains(|c: char| c.is_ascii_digit())
}
