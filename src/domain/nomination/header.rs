//! The head of a table: what each column is about.

use super::people::{is_name_field, is_person_field};
use super::sheet::{Grid, GridCell, at};
use super::slot::Slot;
use super::words::{Label, Lexicon};

/// So many questions about a person in one row are the head of a table.
const HEADS_MIN: usize = 4;

/// What a column of a table is about, as its header says.
#[derive(Clone)]
pub(super) enum Column {
    /// A field we know.
    Field(Label),
    /// A theme, and the words that name it.
    Theme(String, String),
    /// Words that are neither; in a criteria table they may name a person.
    Words(Slot),
}

/// The header of a table: columns with their left edge and width.
#[derive(Clone)]
pub(super) struct Header {
    /// Left edge, width, meaning.
    pub columns: Vec<(usize, usize, Column)>,
    /// How many columns the whole table covers.
    pub width: usize,
}

impl Header {
    pub(super) fn fields(&self) -> impl Iterator<Item = &str> {
        self.columns
            .iter()
            .filter_map(|(_, _, column)| if let Column::Field(label) = column { Some(label.field.as_str()) } else { None })
    }

    pub(super) fn themes(&self) -> usize {
        self.columns.iter().filter(|(_, _, column)| matches!(column, Column::Theme(..))).count()
    }

    /// Themes across, with people down the first column, or nothing but themes.
    pub(super) fn is_row_of_themes(&self) -> bool {
        let mut themes: Vec<&str> = self
            .columns
            .iter()
            .filter_map(|(_, _, c)| if let Column::Theme(t, _) = c { Some(t.as_str()) } else { None })
            .collect();
        let all = themes.len();
        themes.sort_unstable();
        themes.dedup();
        let answered = self.has("yes") || self.has("no");
        let first_is_theme = matches!(self.columns.first(), Some((_, _, Column::Theme(..))));
        themes.len() >= 2 && themes.len() == all && !answered && (!first_is_theme || all >= 3)
    }

    pub(super) fn has(&self, field: &str) -> bool {
        self.fields().any(|known| known == field)
    }

    /// Columns of unknown wording, by their telling word; only where other columns are known.
    pub(super) fn guess_words(&mut self, lexicon: &Lexicon<'_>) {
        for (_, _, column) in &mut self.columns {
            if let Column::Words(slot) = column
                && !lexicon.is("consent_answers", &slot.text())
                && let Some(label) = lexicon.loose_label(&slot.text())
            {
                *column = Column::Field(label);
            }
        }
    }

    /// One theme alone among the columns about a person is no theme: `Education setting` asks for a school.
    pub(super) fn drop_lone_theme(&mut self, lexicon: &Lexicon<'_>) {
        if self.themes() != 1 || !self.fields().any(is_person_field) {
            return;
        }
        for (_, _, column) in &mut self.columns {
            if let Column::Theme(_, written) = column
                && let Some(label) = lexicon.loose_label(written).filter(|label| label.field == "school")
            {
                *column = Column::Field(label);
            }
        }
    }

    /// Among themes, `Education` and `Benefits` are themes too; `School` only among many, where no other column is that theme, and
    /// where no words stand below it (`holds_words`): those are the names of schools.
    pub(super) fn prefer_themes(&mut self, whole: bool, lexicon: &Lexicon<'_>, holds_words: impl Fn(usize) -> bool) {
        let told = |column: &Column| if let Column::Theme(theme, _) = column { Some(theme.clone()) } else { None };
        let mut there: Vec<String> = self.columns.iter().filter_map(|(_, _, column)| told(column)).collect();
        for of_school in [false, true] {
            for (at, _, column) in &mut self.columns {
                if let Column::Field(label) = column
                    && super::form::is_weak_among_criteria(&label.field)
                    && (label.field == "school") == of_school
                    && (whole || label.written == "education")
                    && let Some(theme) = lexicon.criterion(&label.written)
                    && !there.iter().any(|known| known == theme)
                    && !(of_school && holds_words(*at))
                {
                    there.push(theme.to_owned());
                    *column = Column::Theme(theme.to_owned(), label.written.clone());
                }
            }
        }
    }

    /// `Y`, `N` and `DK` over columns of ticks.
    pub(super) fn answer_columns(&mut self, lexicon: &Lexicon<'_>) {
        for (_, _, column) in self.columns.iter_mut().skip(1) {
            let Column::Words(slot) = column else { continue };
            let text = slot.text();
            let field = if lexicon.is("yes_words", &text) {
                "yes"
            } else if lexicon.is("no_words", &text) {
                "no"
            } else if lexicon.is("unsure_words", &text) {
                "ignored"
            } else {
                continue;
            };
            *column = Column::Field(Label { written: text, field: field.to_owned(), owner: None, number: None });
        }
    }

    /// An empty corner before names asks for criteria; `any` one does over a column of themes.
    pub(super) fn fill_corner(&mut self, any: bool) {
        let says = |column: &Column| match column {
            Column::Words(slot) => !slot.text().is_empty(),
            Column::Field(label) => {
                any && matches!(label.field.as_str(), "yes" | "no" | "ignored" | "yes_no" | "who" | "comments")
            }
            Column::Theme(..) => false,
        };
        let Some(((_, _, corner), others)) = self.columns.split_first_mut() else { return };
        let empty = matches!(corner, Column::Words(slot) if any || slot.text().is_empty());
        if empty && others.iter().all(|(_, _, column)| says(column)) {
            let field = "criteria".to_owned();
            *corner = Column::Field(Label { written: field.clone(), field, owner: None, number: None });
        }
    }

    /// Among the columns of people, `Who` over `Mum`, `Son` asks how they are related.
    pub(super) fn prefer_relationship(&mut self, is_kin: impl Fn(usize) -> bool) {
        for (at, _, column) in &mut self.columns {
            if let Column::Field(label) = column
                && label.written == "who"
                && is_kin(*at)
            {
                "relationship".clone_into(&mut label.field);
            }
        }
    }

    /// Beside criteria, `Faith` and `Mark` head the columns of persons.
    pub(super) fn prefer_names(&mut self, lexicon: &Lexicon<'_>) {
        let others = self.columns.iter().filter(|(_, _, column)| matches!(column, Column::Words(_))).count();
        for (_, _, column) in self.columns.iter_mut().skip(1) {
            if let Column::Field(label) = column
                && lexicon.is("names_too", &label.written)
                && (others > 0 || label.field == "ignored")
            {
                let mut name = label.written.clone();
                if let Some(first) = name.get_mut(0..1) {
                    first.make_ascii_uppercase();
                }
                let place = crate::domain::document::Place::default();
                let like = Slot::empty(place, crate::domain::document::Method::Table);
                *column = Column::Words(Slot::of_text(&name, &like));
            }
        }
    }

    pub(super) fn is_people(&self, in_people_section: bool) -> bool {
        let named = self.fields().any(is_name_field);
        let more = self.fields().any(|field| is_person_field(field) && !is_name_field(field)) || self.has("name_and_dob");
        let both = self.has("first_name") && self.has("family_name");
        named && (more || both || in_people_section)
    }

    /// Two names and two days of birth: children and their parents side by side.
    pub(super) fn holds_two_people(&self) -> bool {
        let count = |wanted: &str| self.fields().filter(|field| *field == wanted).count();
        count("full_name") == 2 && count("date_of_birth") == 2
    }

    pub(super) fn is_criteria(&self) -> bool {
        matches!(self.columns.first(), Some((_, _, Column::Field(label))) if label.field == "criteria")
    }
}

impl super::form::FormReader<'_, '_> {
    /// Labels down the first column and people across: at least three labels about a person, one of them a name.
    pub(super) fn stands_on_its_side(&self, grid: &Grid) -> bool {
        if grid.width() < 3 || grid.rows.len() < 3 {
            return false;
        }
        let label = |row: &Vec<GridCell>, column: usize| {
            at(row, column).filter(|cell| !cell.slot.typed && !cell.repeated).and_then(|cell| {
                if column == 0 {
                    self.lexicon.loose_label(&cell.slot.text())
                } else {
                    self.lexicon.plain_label(&cell.slot.text())
                }
            })
        };
        let fields: Vec<Label> = grid.rows.iter().filter_map(|row| label(row, 0)).collect();
        let person = fields.iter().filter(|label| is_person_field(&label.field)).count();
        let named = fields.iter().any(|label| is_name_field(&label.field));
        // `x` in a box and `M` for a boy are answers, whatever else they may ask for.
        let asks = |row: &Vec<GridCell>, column: usize| {
            label(row, column).is_some_and(|label| {
                label.written.chars().count() > 2 && !matches!(label.field.as_str(), "yes" | "no" | "yes_no")
            })
        };
        // `Surname | Forename | DOB | Relationship` among rows of other questions: people stand below it.
        let heads = |row: &Vec<GridCell>| {
            let asked = (0..grid.width()).filter_map(|column| label(row, column));
            asked.filter(|label| is_person_field(&label.field)).count() >= HEADS_MIN
        };
        if grid.rows.iter().any(heads) {
            return false;
        }
        let across = grid.rows.iter().filter(|row| (1..grid.width()).any(|column| asks(row, column))).count();
        person >= 3 && named && across * 4 <= grid.rows.len()
    }
}
