//! What is typed into a form we hand out is what is read from it: the proof for a form and its answers, on every carrier.

use serde_json::{Value, json};

use super::{Answers, bytes, docx, pdf};
use crate::domain::document::Limits;
use crate::domain::mail;
use crate::domain::nomination::reading::read_mail;
use crate::domain::nomination::{Vocabulary, interpret};
use crate::domain::time::Date;
use crate::domain::workflow::blank::{AnswerKind, BlankForm, People, Question};
use crate::domain::workflow::programme::Programme;
use crate::explain;

/// What is read of a mail by nobody that carries this file, on `day`, in the published shape of `mail explain`.
///
/// # Errors
/// When the file is too large for a mail.
pub fn read(words: &Vocabulary, name: &str, file: &[u8], day: Date) -> Result<Value, mail::MailProblem> {
    let read = read_mail(&mail::carrying(name, file), &Limits::default())?;
    let intake = interpret(&read, words, day);
    Ok(explain::explanation(&read, &intake, None, None, &[], &[]))
}

/// What differs between the answers typed and what was read (`read` as [`read()`] gives it): one line each, with both.
#[must_use]
pub fn differences(blank: &BlankForm, answers: &Answers, read: &Value, day: Date) -> Vec<String> {
    let nomination = &read["nomination"];
    if nomination.is_null() {
        return if answers.iter().next().is_none() { Vec::new() } else { vec!["no nomination was read".to_owned()] };
    }
    let mut found = Found(Vec::new());
    for question in blank.questions() {
        let Some((part, key)) = question.fills.as_deref().and_then(|fills| fills.split_once('.')) else { continue };
        found.same(&question.name, typed(question, &question.name, answers), &nomination[part][key]);
    }
    if let Some(people) = blank.people() {
        found.people(people, answers, &nomination["members"], day);
    }
    let asked = blank.sections.iter().find_map(|section| section.agencies.as_ref());
    if let Some(agencies) = asked {
        let typed: Vec<Value> = (1..=usize::from(agencies.rows))
            .filter(|row| !answers.get(&agencies.field(*row)).is_empty())
            .map(|row| {
                let contact = answers.get(&agencies.contact_field(row));
                json!({"name": answers.get(&agencies.field(row)), "contact": if contact.is_empty() { Value::Null } else { json!(contact) }})
            })
            .collect();
        // Where each was read is no part of what was typed.
        let told = nomination["agencies"].as_array().into_iter().flatten();
        let told: Vec<Value> = told.map(|agency| json!({"name": agency["name"], "contact": agency["contact"]})).collect();
        found.same("agencies", json!(typed), &json!(told));
    }
    found.0
}

struct Found(Vec<String>);

impl Found {
    fn same(&mut self, what: &str, typed: Value, read: &Value) {
        // An empty list and nothing are the same answer: none.
        let nothing = |value: &Value| value.is_null() || value.as_array().is_some_and(Vec::is_empty);
        if typed != *read && !(nothing(&typed) && nothing(read)) {
            self.0.push(format!("{what}: typed {typed}, read {read}"));
        }
    }

    fn people(&mut self, people: &People, answers: &Answers, read: &Value, day: Date) {
        let rows: Vec<usize> = (1..=usize::from(people.rows))
            .filter(|row| people.columns.iter().any(|column| !answers.get(&people.field(*row, column)).is_empty()))
            .collect();
        let members = read.as_array().map(Vec::as_slice).unwrap_or_default();
        self.same("people", json!(rows.len()), &json!(members.len()));
        for (row, member) in rows.into_iter().zip(members) {
            for column in &people.columns {
                let Some(key) = column.fills.as_deref() else { continue };
                let field = people.field(row, column);
                let mut typed = typed(column, &field, answers);
                let mut read = &member[key];
                match key {
                    // A day that is still to come is the day a baby is due.
                    "date_of_birth" if typed.as_str().and_then(|text| text.parse().ok()).is_some_and(|on: Date| on > day) => {
                        read = &member["expected_on"];
                    }
                    // A relationship may tell what was not typed.
                    "gender" if typed.is_null() => continue,
                    "gender" => typed = typed.as_str().map_or(Value::Null, |word| json!(word.to_lowercase())),
                    // A baby not born yet has no name.
                    "given_name" if read.is_null() && !member["expected_on"].is_null() => continue,
                    _ => {}
                }
                self.same(&field, typed, read);
            }
            let ticked = people.themes.boxes.iter().filter(|one| !answers.get(&people.tick(row, &one.theme)).is_empty());
            let mut ticked: Vec<Value> = ticked.map(|one| json!([one.theme, "ticked"])).collect();
            let shown = member["themes"].as_array().into_iter().flatten();
            let mut shown: Vec<Value> = shown.map(|theme| json!([theme["theme"], theme["standing"]])).collect();
            ticked.sort_by_key(Value::to_string);
            shown.sort_by_key(Value::to_string);
            self.same(&format!("{}_{row}", people.themes.name), json!(ticked), &json!(shown));
        }
    }
}

/// The published value of what stands in a field.
fn typed(question: &Question, field: &str, answers: &Answers) -> Value {
    let text = answers.get(field);
    if question.is_list() {
        let names = text.split(',').map(str::trim).filter(|name| !name.is_empty());
        return json!(names.collect::<Vec<_>>());
    }
    match question.kind {
        AnswerKind::YesNo => {
            let ticked = |yes| !answers.get(&question.tick(yes)).is_empty();
            match (ticked(true), ticked(false)) {
                (true, false) => json!(true),
                (false, true) => json!(false),
                _ => Value::Null,
            }
        }
        AnswerKind::Date => day_of(text).map_or(Value::Null, |day| json!(day)),
        AnswerKind::Line | AnswerKind::Lines | AnswerKind::Choice if text.is_empty() => Value::Null,
        AnswerKind::Line | AnswerKind::Lines | AnswerKind::Choice => json!(text),
    }
}

/// `31/12/2026` as a day.
fn day_of(text: &str) -> Option<Date> {
    let mut parts = text.splitn(3, '/');
    let day: i8 = parts.next()?.parse().ok()?;
    let month: i8 = parts.next()?.parse().ok()?;
    let year: i16 = parts.next()?.parse().ok()?;
    Date::new(year, month, day).ok()
}

/// What is wrong with the forms of `programme`: each is made empty and filled in for a made-up family, as PDF and as Word document, and read
/// back. One sentence each; empty when all is well.
#[must_use]
pub fn defects(programme: &Programme) -> Vec<String> {
    let words = Vocabulary::new(&programme.forms);
    let day = jiff::civil::date(2026, 3, 2);
    let mut found = Vec::new();
    for blank in &programme.forms.blanks {
        for (state, answers) in [("empty", Answers::default()), ("filled in", sample(blank))] {
            for (name, file) in [
                ("form.pdf", bytes(pdf(blank, &programme.title, &answers))),
                ("form.docx", docx(blank, &programme.title, &answers)),
            ] {
                let told = match read(&words, name, &file, day) {
                    Ok(read) => differences(blank, &answers, &read, day),
                    Err(problem) => vec![problem.to_string()],
                };
                found.extend(told.into_iter().map(|one| format!("the form `{}` as {name}, {state}: {one}", blank.name)));
            }
        }
    }
    found
}

/// A made-up family's answers: something in every field, another box ticked for each of three people.
fn sample(blank: &BlankForm) -> Answers {
    let mut answers = Answers::default();
    for question in blank.questions() {
        let value = match question.fills.as_deref().unwrap_or_default() {
            "referrer.name" => "Frances Tolson",
            "referrer.role" => "Family support worker",
            "referrer.organisation" => "Lakefoot Families",
            "referrer.email" => "frances.tolson@lakefoot-families.example.org",
            "referrer.phone" => "01632 960417",
            "address.text" => "12 Kiln Close, Whitehaven",
            "address.postcode" => "CA28 7XX",
            "consent.signed_by" => "Dawn Thwaite",
            "consent.signed_on" => "27/02/2026",
            "consent.shared_with" => "Westbeck Academy, health visitor",
            "consent.purposes" => "one plan for the family, help with housing",
            "consent.excluded_agencies" => "Harbour Homes",
            "consent.hidden_from" => "Dean Carter",
            "consent.witnessed_by" => "Frances Tolson",
            _ => question.options.last().map_or("", String::as_str),
        };
        match question.kind {
            AnswerKind::YesNo => answers.set(question.tick(true), "x"),
            _ => answers.set(&question.name, value),
        }
    }
    let Some(people) = blank.people() else { return answers };
    let rows = [
        ["Dawn", "Thwaite", "04/05/1987", "Female", "Mother", ""],
        ["Callum", "Thwaite", "11/09/2012", "Male", "Son", "Westbeck Academy"],
        ["Isla", "Thwaite", "30/01/2017", "Female", "Daughter", "Oakrigg Primary School"],
    ];
    for (index, [given, family, born, gender, relationship, school]) in rows.into_iter().enumerate() {
        for column in &people.columns {
            let value = match column.fills.as_deref() {
                Some("given_name") => given,
                Some("family_name") => family,
                Some("date_of_birth") => born,
                Some("gender") => gender,
                Some("relationship") => relationship,
                Some("school") => school,
                _ => "",
            };
            answers.set(people.field(index + 1, column), value);
        }
        for one in people.themes.boxes.iter().skip(index).step_by(rows.len()) {
            answers.set(people.tick(index + 1, &one.theme), "x");
        }
    }
    answers
}
