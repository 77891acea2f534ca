//! A form as a Word document with content controls. Word adds rows for further people and agencies itself.

use super::Answers;
use super::word::{Control, ControlKind, Word, words};
use crate::domain::workflow::blank::{AgencyRows, AnswerKind, BlankForm, People, Question, Section};

/// Rows for people before anybody adds one; what is filled in may be more.
const PEOPLE: usize = 5;
/// The same for agencies.
const AGENCIES: usize = 3;

/// `blank`, with `answers` in its controls, as a Word document. The same form and answers give the same bytes.
#[must_use]
pub fn docx(blank: &BlankForm, programme: &str, answers: &Answers) -> Vec<u8> {
    let title = format!("{programme}: {}", blank.title.to_lowercase());
    let mut form = Form { word: Word::across(&title, &blank.colour), answers };
    form.word.heading(1, &title);
    for text in &blank.introduction {
        form.word.paragraph(text);
    }
    for (index, section) in blank.sections.iter().enumerate() {
        form.section(index + 1, section);
    }
    if let Some(ending) = &blank.ending {
        form.word.paragraph(ending);
    }
    form.word.bytes()
}

struct Form<'a> {
    word: Word,
    answers: &'a Answers,
}

impl Form<'_> {
    fn section(&mut self, number: usize, section: &Section) {
        self.word.heading(2, &format!("{number}  {}", section.title));
        for text in section.help.iter().chain(&section.agreement) {
            self.word.paragraph(text);
        }
        let mut rows: Vec<Vec<String>> = Vec::new();
        let mut questions = section.questions.iter().peekable();
        while let Some(question) = questions.next() {
            match question.kind {
                AnswerKind::Lines => {
                    self.finish(&mut rows);
                    if question.label != section.title {
                        self.word.line(&words(&question.label, true));
                    }
                    let control = self.control(&question.name, question);
                    self.word.line(&control);
                }
                AnswerKind::YesNo => {
                    self.finish(&mut rows);
                    let line = self.yes_no(question);
                    self.word.line(&line);
                }
                AnswerKind::Line | AnswerKind::Date | AnswerKind::Choice => {
                    let mut row = self.pair(question);
                    if let Some(beside) = questions.next_if(|next| question.half && next.half) {
                        row.extend(self.pair(beside));
                    }
                    rows.push(row);
                }
            }
        }
        self.finish(&mut rows);
        if let Some(people) = &section.people {
            self.people(people);
        }
        if let Some(agencies) = &section.agencies {
            self.agencies(agencies);
        }
    }

    fn finish(&mut self, rows: &mut Vec<Vec<String>>) {
        if !rows.is_empty() {
            let label = 2_400;
            let answer = self.word.width() / 2 - label;
            self.word.pairs(&[label, answer, label, answer], rows);
            rows.clear();
        }
    }

    fn pair(&mut self, question: &Question) -> Vec<String> {
        vec![words(&question.label, true), self.control(&question.name, question)]
    }

    fn control(&mut self, tag: &str, question: &Question) -> String {
        let kind = match question.kind {
            AnswerKind::Lines => ControlKind::Lines,
            AnswerKind::Date => ControlKind::Date,
            AnswerKind::Choice if question.open => ControlKind::OpenChoice(&question.options),
            AnswerKind::Choice => ControlKind::Choice(&question.options),
            AnswerKind::Line | AnswerKind::YesNo => ControlKind::Line,
        };
        self.word.control(Control { tag, title: &question.label, kind, value: self.answers.get(tag) })
    }

    fn tick(&mut self, tag: &str, title: &str) -> String {
        self.word.control(Control { tag, title, kind: ControlKind::Tick, value: self.answers.get(tag) })
    }

    fn yes_no(&mut self, question: &Question) -> String {
        let mut line = words(&question.label, true);
        for (yes, word) in [(true, "Yes"), (false, "No")] {
            let tick = self.tick(&question.tick(yes), &format!("{} {word}", question.label));
            line.push_str(&format!("{}{}{tick}", words("   ", false), words(&format!("{word} "), false)));
        }
        line
    }

    /// One row for each person: who it is, and the boxes.
    fn people(&mut self, people: &People) {
        if let Some(help) = &people.themes.help {
            self.word.paragraph(help);
        }
        let ticks = u32::try_from(people.themes.boxes.len()).expect("a form has few themes");
        let tick_width = 1_130;
        let shares: u32 = people.columns.iter().map(|column| u32::from(column.share)).sum();
        let room = self.word.width().saturating_sub(ticks * tick_width);
        let mut widths: Vec<u32> = people.columns.iter().map(|column| room * u32::from(column.share) / shares).collect();
        widths.extend(people.themes.boxes.iter().map(|_| tick_width));
        let head: Vec<&str> = people
            .columns
            .iter()
            .map(|column| column.label.as_str())
            .chain(people.themes.boxes.iter().map(|one| one.label.as_str()))
            .collect();
        let in_row = |row: &usize| {
            let of_row = |field: String| !self.answers.get(&field).is_empty();
            people.columns.iter().any(|column| of_row(people.field(*row, column)))
                || people.themes.boxes.iter().any(|one| of_row(people.tick(*row, &one.theme)))
        };
        let filled = (1..=usize::from(people.rows)).rev().find(in_row).unwrap_or(0);
        let mut rows = Vec::new();
        for row in 1..=filled.max(PEOPLE) {
            let mut cells: Vec<String> =
                people.columns.iter().map(|column| self.control(&people.field(row, column), column)).collect();
            for one in &people.themes.boxes {
                cells.push(self.tick(&people.tick(row, &one.theme), &one.label));
            }
            rows.push(cells);
        }
        self.word.repeated(&widths, &head, (&people.name, "Person"), &rows);
    }

    fn agencies(&mut self, agencies: &AgencyRows) {
        let half = self.word.width() / 2;
        let filled = (1..=usize::from(agencies.rows)).rev().find(|row| !self.answers.get(&agencies.field(*row)).is_empty());
        let mut rows = Vec::new();
        for row in 1..=filled.unwrap_or(0).max(AGENCIES) {
            let cells = [(agencies.field(row), &agencies.label), (agencies.contact_field(row), &agencies.contact_label)];
            let controls = cells.iter().map(|(tag, title)| {
                self.word.control(Control { tag, title, kind: ControlKind::Line, value: self.answers.get(tag) })
            });
            rows.push(controls.collect::<Vec<_>>());
        }
        self.word.repeated(&[half, half], &[&agencies.label, &agencies.contact_label], (&agencies.name, "Agency"), &rows);
    }
}
