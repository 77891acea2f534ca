//! Every answer of a nomination, numbered, with its sources: what the report lists and what is marked on pictures of pages.

use serde::Serialize;
use serde_json::Value;

use crate::domain::nomination::{Answer, Nomination, Source};
use crate::domain::personal::Personal;
use crate::domain::time::Date;

/// An answer as people are told it.
#[derive(Debug, Clone)]
pub struct Told {
    /// From 1, in the order of the report; the same stands on the pictures.
    pub number: usize,
    /// What it is about: `referrer`, `person 2, child`.
    pub about: String,
    /// Which question it answers.
    pub question: String,
    /// The answer.
    pub value: Personal<String>,
    /// It tells who somebody is.
    pub of_persons: bool,
    /// Other readings of the same question: a person chooses.
    pub others: Vec<Personal<String>>,
    /// Where it stands.
    pub sources: Vec<Source>,
}

/// Every answer of `nomination`.
#[must_use]
pub fn answers(nomination: &Nomination) -> Vec<Told> {
    let mut list = List { told: Vec::new(), about: String::new() };
    list.referrer_and_address(nomination);
    for (index, member) in nomination.members.iter().enumerate() {
        let kind = match member.is_child {
            Some(true) => ", child",
            Some(false) => ", adult",
            None => "",
        };
        list.about = format!("person {}{kind}", index + 1);
        list.text("first name", true, member.given_name.as_ref());
        list.text("surname", true, member.family_name.as_ref());
        list.day("date of birth", true, member.date_of_birth.as_ref());
        list.day("baby due", true, member.expected_on.as_ref());
        if let Some(age) = &member.age_years {
            list.push("age", age.value.reveal().to_string(), false, &age.sources);
        }
        list.text("gender", true, member.gender.as_ref());
        list.text("relationship", true, member.relationship.as_ref());
        list.text("school", true, member.school.as_ref());
        if let Some(plan) = &member.child_protection_plan {
            list.push("plan", "child protection plan".to_owned(), false, plan);
        }
        for shown in &member.themes {
            list.push(&shown.theme.as_str().replace('_', " "), word(&shown.standing), false, &shown.sources);
        }
        for theme in &member.denied {
            list.push(&theme.as_str().replace('_', " "), "answered no".to_owned(), false, &[]);
        }
    }
    list.about = "the family".to_owned();
    for shown in &nomination.themes_of_nobody {
        let question = shown.theme.as_str().replace('_', " ");
        list.push(&question, format!("{}, of nobody in particular", word(&shown.standing)), false, &shown.sources);
    }
    for theme in &nomination.denied {
        list.push(&theme.as_str().replace('_', " "), "answered no".to_owned(), false, &[]);
    }
    list.about = "agencies".to_owned();
    for agency in &nomination.agencies {
        list.text("agency", false, Some(&agency.name));
        list.text("contact", true, agency.contact.as_ref());
    }
    list.consent_and_assessment(nomination);
    list.told
}

struct List {
    told: Vec<Told>,
    about: String,
}

impl List {
    fn referrer_and_address(&mut self, nomination: &Nomination) {
        let referrer = &nomination.referrer;
        self.about = "referrer".to_owned();
        self.text("name", true, referrer.name.as_ref());
        self.text("job title", true, referrer.role.as_ref());
        self.text("organisation", false, referrer.organisation.as_ref());
        self.text("email", true, referrer.email.as_ref());
        self.text("telephone", true, referrer.phone.as_ref());
        self.about = "home".to_owned();
        self.text("address", true, nomination.address.text.as_ref());
        self.text("postcode", false, nomination.address.postcode.as_ref());
    }

    fn consent_and_assessment(&mut self, nomination: &Nomination) {
        let consent = &nomination.consent;
        self.about = "consent".to_owned();
        if let Some(given) = &consent.given {
            let yes = if *given.value.reveal() { "yes" } else { "no" };
            let evidence = consent.evidence.map(|evidence| format!(", {}", word(&evidence))).unwrap_or_default();
            self.push("given", format!("{yes}{evidence}"), false, &given.sources);
            if let Some(told) = self.told.last_mut() {
                let other = |yes: &bool| Personal::new(if *yes { "yes" } else { "no" }.to_owned());
                told.others = given.others.iter().map(|(value, _)| other(value.reveal())).collect();
            }
        }
        self.text("signed by", true, consent.signed_by.as_ref());
        self.day("signed on", false, consent.signed_on.as_ref());
        let assessment = &nomination.assessment;
        self.about = "assessment".to_owned();
        if let Some(kind) = assessment.kind {
            self.push(&word(&kind), word(&assessment.state), false, &assessment.sources);
        }
    }

    fn text(&mut self, question: &str, of_persons: bool, answer: Option<&Answer<String>>) {
        self.answer(question, of_persons, answer, String::clone);
    }

    fn day(&mut self, question: &str, of_persons: bool, answer: Option<&Answer<Date>>) {
        self.answer(question, of_persons, answer, |day| day.strftime("%-d %b %Y").to_string());
    }

    fn answer<T>(&mut self, question: &str, of_persons: bool, answer: Option<&Answer<T>>, shown: impl Fn(&T) -> String) {
        let Some(answer) = answer else { return };
        self.push(question, shown(answer.value.reveal()), of_persons, &answer.sources);
        if let Some(told) = self.told.last_mut() {
            told.others = answer.others.iter().map(|(value, _)| Personal::new(shown(value.reveal()))).collect();
        }
    }

    fn push(&mut self, question: &str, value: String, of_persons: bool, sources: &[Source]) {
        self.told.push(Told {
            number: self.told.len() + 1,
            about: self.about.clone(),
            question: question.to_owned(),
            value: Personal::new(value),
            of_persons,
            others: Vec::new(),
            sources: sources.to_vec(),
        });
    }
}

/// The published name of a value with blanks for underscores.
pub(super) fn word<T: Serialize>(value: &T) -> String {
    match serde_json::to_value(value) {
        Ok(Value::String(text)) => text.replace('_', " "),
        _ => String::new(),
    }
}
