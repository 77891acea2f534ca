//! The forms a programme hands out, as data: what they ask, in which order and words, and what each answer fills.
//!
//! One definition serves the blank PDF, the blank Word form, the JSON Schema and the proof that all of them are read back.

use serde::{Deserialize, Serialize};

use crate::domain::ids::ThemeKey;

/// A form that is handed out, empty.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BlankForm {
    /// What the command line calls it: `nomination`.
    pub name: String,
    /// Its title, without the programme's.
    pub title: String,
    /// Colour of its headings, six hexadecimal digits: red, green, blue. Dark, for it stands on white.
    pub colour: String,
    /// What is said first, a paragraph each.
    #[serde(default)]
    pub introduction: Vec<String>,
    /// What is said last: where the form goes.
    #[serde(default)]
    pub ending: Option<String>,
    /// Its parts, in order; they are numbered.
    pub sections: Vec<Section>,
}

/// A part of a form under one heading. It holds questions, or people, or agencies.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Section {
    /// Its heading.
    pub title: String,
    /// The section that the reading of forms opens at this heading (a word of `maps.sections`).
    pub opens: String,
    /// What helps to fill it in.
    #[serde(default)]
    pub help: Option<String>,
    /// What is agreed to by answering, a paragraph each.
    #[serde(default)]
    pub agreement: Vec<String>,
    /// Everybody in the household, a row each.
    #[serde(default)]
    pub people: Option<People>,
    /// Who works with the family, a row each.
    #[serde(default)]
    pub agencies: Option<AgencyRows>,
    /// Single questions.
    #[serde(default)]
    pub questions: Vec<Question>,
}

/// One question with one answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// Name of its field, for ever: small letters, digits, `_`.
    pub name: String,
    /// What stands beside it.
    pub label: String,
    /// The list of `labels` its label is in.
    pub asks: String,
    /// What of a nomination the answer fills: `referrer.name`; of a column without the person: `given_name`. Empty: shown to people only.
    #[serde(default)]
    pub fills: Option<String>,
    /// How it is answered.
    pub kind: AnswerKind,
    /// Takes half a line beside another that does.
    #[serde(default)]
    pub half: bool,
    /// What helps to answer it.
    #[serde(default)]
    pub help: Option<String>,
    /// What can be chosen; of a choice only.
    #[serde(default)]
    pub options: Vec<String>,
    /// Something that is no option may be typed.
    #[serde(default)]
    pub open: bool,
    /// Width as a share of the table; of a column only.
    #[serde(default)]
    pub share: u16,
}

/// How a question is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AnswerKind {
    /// A line of text.
    Line,
    /// Several lines of text.
    Lines,
    /// A day, as 31/12/2026.
    Date,
    /// One of the options.
    Choice,
    /// A box for yes and a box for no.
    YesNo,
}

/// The people of the household: a row each, and a row of boxes each.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct People {
    /// Before the number of the row in names of fields: `person_1_first_name`.
    pub name: String,
    /// Rows a form on paper or PDF has room for.
    pub rows: u16,
    /// What is asked of each.
    pub columns: Vec<Question>,
    /// What is ticked for each.
    pub themes: ThemeBoxes,
}

/// A box for each person and theme.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ThemeBoxes {
    /// Their heading.
    pub title: String,
    /// The section that the reading of forms opens at this heading.
    pub opens: String,
    /// What helps to tick.
    #[serde(default)]
    pub help: Option<String>,
    /// Before the number of the row in names of fields: `criteria_1_health`.
    pub name: String,
    /// The boxes from left to right.
    pub boxes: Vec<ThemeBox>,
}

/// A theme as the form words it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ThemeBox {
    /// Which.
    pub theme: ThemeKey,
    /// Its words, short enough for the head of a narrow column.
    pub label: String,
}

/// Rows for agencies.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AgencyRows {
    /// Before the number of the row in names of fields: `agency_1_name`.
    pub name: String,
    /// How many.
    pub rows: u16,
    /// Words for the agency.
    pub label: String,
    /// Words for whom to speak to there.
    pub contact_label: String,
}

impl BlankForm {
    /// The people asked for, if any are.
    #[must_use]
    pub fn people(&self) -> Option<&People> {
        self.sections.iter().find_map(|section| section.people.as_ref())
    }
    /// Every single question, in order.
    pub fn questions(&self) -> impl Iterator<Item = &Question> {
        self.sections.iter().flat_map(|section| &section.questions)
    }
}

impl People {
    /// The field of `row` (from 1) under `column`.
    #[must_use]
    pub fn field(&self, row: usize, column: &Question) -> String {
        format!("{}_{row}_{}", self.name, column.name)
    }
    /// The box of `row` (from 1) for `theme`.
    #[must_use]
    pub fn tick(&self, row: usize, theme: &ThemeKey) -> String {
        format!("{}_{row}_{theme}", self.themes.name)
    }
    /// The columns that say who somebody is; they stand before the boxes too.
    pub fn naming(&self) -> impl Iterator<Item = &Question> {
        self.columns.iter().filter(|column| matches!(column.fills.as_deref(), Some("given_name" | "family_name")))
    }
}

impl AgencyRows {
    /// The field of the agency in `row` (from 1).
    #[must_use]
    pub fn field(&self, row: usize) -> String {
        format!("{}_{row}_name", self.name)
    }
    /// The field of its contact.
    #[must_use]
    pub fn contact_field(&self, row: usize) -> String {
        format!("{}_{row}_contact", self.name)
    }
}

impl Question {
    /// Whether the answer is a list of names, a comma between two.
    #[must_use]
    pub fn is_list(&self) -> bool {
        let lists = ["consent.shared_with", "consent.purposes", "consent.excluded_agencies", "consent.hidden_from"];
        self.fills.as_deref().is_some_and(|fills| lists.contains(&fills))
    }
    /// The box of a yes-or-no question.
    #[must_use]
    pub fn tick(&self, yes: bool) -> String {
        format!("{}_{}", self.name, if yes { "yes" } else { "no" })
    }
}
