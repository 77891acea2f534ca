//! A form that is handed out: names, labels and themes that fit the words forms are read by.

use std::collections::BTreeSet;

use super::{Finding, finding, unknown};
use crate::domain::workflow::blank::{AnswerKind, BlankForm, Question};
use crate::domain::workflow::programme::{FormWords, Theme};

/// What of a nomination a single question may fill.
pub(in crate::domain::workflow) const FILLS: &[&str] = &[
    "referrer.name",
    "referrer.role",
    "referrer.organisation",
    "referrer.email",
    "referrer.phone",
    "address.text",
    "address.postcode",
    "assessment",
    "consent.given",
    "consent.signed_by",
    "consent.signed_on",
    "consent.witnessed_by",
    "consent.shared_with",
    "consent.purposes",
    "consent.excluded_agencies",
    "consent.hidden_from",
];
/// What of a member a column may fill.
const FILLS_MEMBER: &[&str] = &["given_name", "family_name", "date_of_birth", "gender", "relationship", "school"];
/// Rows a form may have room for.
const ROWS_MAX: u16 = 20;

/// The defects of `blanks`, which stand in one file, by all words of the programme's forms.
pub(in crate::domain::workflow) fn blank_findings(blanks: &[BlankForm], words: &FormWords, themes: &[Theme]) -> Vec<Finding> {
    let mut found = Vec::new();
    for (at, blank) in blanks.iter().enumerate() {
        let mut checked = Checked { place: format!("blanks[{at}]"), words, found: Vec::new(), names: BTreeSet::new() };
        checked.form(blank, themes);
        found.append(&mut checked.found);
    }
    found
}

struct Checked<'a> {
    place: String,
    words: &'a FormWords,
    found: Vec<Finding>,
    names: BTreeSet<String>,
}

impl Checked<'_> {
    fn wrong(&mut self, below: &str, says: impl Into<String>) {
        self.found.push(finding(format!("{}{below}", self.place), says.into()));
    }

    fn form(&mut self, blank: &BlankForm, themes: &[Theme]) {
        if blank.colour.len() != 6 || !blank.colour.chars().all(|c| c.is_ascii_hexdigit()) {
            self.wrong(".colour", format!("`{}` is no colour; write six hexadecimal digits: 1F4E4A", blank.colour));
        }
        for (at, section) in blank.sections.iter().enumerate() {
            let below = format!(".sections[{at}]");
            self.heading(&below, &section.title, &section.opens);
            for (index, question) in section.questions.iter().enumerate() {
                self.question(&format!("{below}.questions[{index}]"), question, FILLS);
            }
            if let Some(agencies) = &section.agencies {
                let place = format!("{below}.agencies");
                self.rows(&place, agencies.rows);
                self.name(&place, &agencies.name);
            }
            let Some(people) = &section.people else { continue };
            let place = format!("{below}.people");
            self.rows(&place, people.rows);
            self.name(&place, &people.name);
            self.name(&format!("{place}.themes"), &people.themes.name);
            self.heading(&format!("{place}.themes"), &people.themes.title, &people.themes.opens);
            for (index, column) in people.columns.iter().enumerate() {
                let place = format!("{place}.columns[{index}]");
                self.question(&place, column, FILLS_MEMBER);
                if matches!(column.kind, AnswerKind::Lines | AnswerKind::YesNo) || column.share == 0 {
                    self.wrong(&place, format!("the column `{}` needs a share above 0 and one line", column.name));
                }
            }
            if people.naming().count() == 0 {
                self.wrong(&place, "no column asks for the name; one must fill `given_name` or `family_name`");
            }
            self.themes(&format!("{place}.themes.boxes"), people, themes);
        }
    }

    fn heading(&mut self, place: &str, title: &str, opens: &str) {
        let sections = self.words.maps.get("sections");
        let title = title.to_lowercase();
        let title = title.trim_end_matches(['?', ':']);
        let found = sections.and_then(|map| map.get(title)).map(String::as_str);
        if found != Some(opens) {
            self.wrong(
                &format!("{place}.title"),
                format!(
                    "this heading is not read as `{opens}`; write it under `sections` in the maps, or take one that is there"
                ),
            );
        }
    }

    fn question(&mut self, place: &str, question: &Question, may_fill: &[&str]) {
        self.name(place, &question.name);
        let label = question.label.to_lowercase();
        let label = label.trim_end_matches(['?', ':']);
        let known = match self.words.labels.get(&question.asks) {
            None => {
                let says = unknown("list of labels", &question.asks, self.words.labels.keys().map(String::as_str));
                self.wrong(&format!("{place}.asks"), says);
                true
            }
            Some(list) => list.iter().any(|written| written == label),
        };
        if !known {
            let says = format!("the label `{}` is not read as `{}`; write it into that list", question.label, question.asks);
            self.wrong(&format!("{place}.label"), says);
        }
        if let Some(fills) = question.fills.as_deref().filter(|fills| !may_fill.contains(fills)) {
            self.wrong(&format!("{place}.fills"), unknown("part of a nomination", fills, may_fill.iter().copied()));
        }
        if (question.kind == AnswerKind::Choice) == question.options.is_empty() {
            self.wrong(place, format!("`{}` needs options exactly when it is a choice", question.name));
        }
    }

    fn rows(&mut self, place: &str, rows: u16) {
        if !(1..=ROWS_MAX).contains(&rows) {
            self.wrong(&format!("{place}.rows"), format!("{rows} rows do not fit a form; take 1 to {ROWS_MAX}"));
        }
    }

    fn name(&mut self, place: &str, name: &str) {
        let plain = !name.is_empty() && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
        if !plain {
            self.wrong(&format!("{place}.name"), format!("`{name}` is no name of a field; take small letters, digits and `_`"));
        } else if !self.names.insert(name.to_owned()) {
            self.wrong(&format!("{place}.name"), format!("`{name}` stands here twice; each name is of one field"));
        }
    }

    fn themes(&mut self, place: &str, people: &crate::domain::workflow::blank::People, themes: &[Theme]) {
        let boxes = &people.themes.boxes;
        for theme in themes.iter().filter(|theme| boxes.iter().all(|one| one.theme != theme.key)) {
            self.wrong(place, format!("no box asks about the theme `{}`", theme.key));
        }
        for (index, one) in boxes.iter().enumerate() {
            let place = format!("{place}[{index}]");
            if themes.iter().all(|theme| theme.key != one.theme) {
                self.wrong(&place, unknown("theme", one.theme.as_str(), themes.iter().map(|theme| theme.key.as_str())));
                continue;
            }
            let label = one.label.to_lowercase();
            let named = self.words.criteria.get(one.theme.as_str());
            if !named.is_some_and(|phrases| phrases.iter().any(|phrase| label.contains(phrase.as_str()))) {
                let says = format!("`{}` is not read as the theme `{}`; write its words under `criteria`", one.label, one.theme);
                self.wrong(&place, says);
            }
        }
    }
}
