//! A family as it can be compared: levelled names, dates, home and schools, nothing else of it.

use serde::{Deserialize, Serialize};

use crate::domain::nomination::numbers::Number;
use crate::domain::nomination::{Answer, Member, Nomination};
use crate::domain::people::Matcher;
use crate::domain::people::names::levelled;
use crate::domain::time::Date;

/// One person. Kept sealed; [`std::fmt::Debug`] shows nothing.
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Person {
    /// First names, levelled, the first first.
    pub given: Vec<String>,
    /// Parts of the surname, levelled.
    pub family: Vec<String>,
    /// Date of birth.
    pub born_on: Option<Date>,
    /// Year of birth by the age that was written, a year more or less.
    pub born_about: Option<i16>,
    /// First letter of the gender.
    pub gender: Option<char>,
    /// School, levelled, without the words that all schools have.
    pub school: Vec<String>,
    /// NHS number, when it passes its check.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nhs_number: Option<String>,
    /// Unique pupil number, when it passes its check and is no temporary one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pupil_number: Option<String>,
}

/// A family. Kept sealed; [`std::fmt::Debug`] shows nothing.
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Household {
    /// Its people, in the order they were named.
    pub people: Vec<Person>,
    /// Without blanks, lower case.
    pub postcode: Option<String>,
    /// First line of the address, levelled, street words in their short form.
    pub address: Vec<String>,
}
crate::redacted_debug!(Person, Household);

impl Person {
    /// Of names and a date of birth, as people write them.
    #[must_use]
    pub fn named(given: Option<&str>, family: Option<&str>, born_on: Option<Date>) -> Self {
        let level = |name: Option<&str>| name.map(levelled).unwrap_or_default();
        Self { given: level(given), family: level(family), born_on, ..Self::default() }
    }
    /// Nothing is known by which they could be told from anybody.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        self.given.is_empty() && self.born_on.is_none()
    }
}

impl Matcher {
    /// What of a nomination can be compared; `on` is the day its ages were true.
    #[must_use]
    pub fn household(&self, nomination: &Nomination, on: Date) -> Household {
        let people = nomination.members.iter().map(|member| self.person(member, on)).collect();
        let text = |answer: &Option<Answer<String>>| answer.as_ref().map(|answer| answer.value.as_text().to_owned());
        let postcode = text(&nomination.address.postcode).map(|code| levelled(&code).concat()).filter(|code| !code.is_empty());
        let address = text(&nomination.address.text).map(|address| self.address(&address)).unwrap_or_default();
        Household { people, postcode, address }
    }

    fn person(&self, member: &Member, on: Date) -> Person {
        let text = |answer: &Option<Answer<String>>| answer.as_ref().map(|answer| answer.value.as_text().to_owned());
        let born_on = member.date_of_birth.as_ref().map(|born| *born.value.reveal());
        let age = member.age_years.as_ref().filter(|_| born_on.is_none()).map(|age| i16::from(*age.value.reveal()));
        let school = text(&member.school).map(|school| levelled(&school)).unwrap_or_default();
        let gender = text(&member.gender).and_then(|gender| gender.chars().next()).map(|c| c.to_ascii_lowercase());
        // A number that two documents tell differently proves nothing.
        let number = |number: Number| {
            let answer = number.of(member).filter(|answer| answer.others.is_empty())?;
            number.levelled(answer.value.as_text())
        };
        Person {
            nhs_number: number(Number::Nhs),
            pupil_number: number(Number::Pupil),
            born_about: age.map(|years| on.year() - years),
            gender: gender.filter(|c| matches!(c, 'f' | 'm')),
            school: school.into_iter().filter(|word| !self.rules.school_words.contains(word)).collect(),
            ..Person::named(text(&member.given_name).as_deref(), text(&member.family_name).as_deref(), born_on)
        }
    }

    /// The first line that says more than a number: what follows is the town, and the postcode says that better.
    fn address(&self, text: &str) -> Vec<String> {
        let mut first = String::new();
        for line in text.split([',', '\n', ';']) {
            first.push_str(line);
            first.push(' ');
            if line.split_whitespace().filter(|word| word.chars().any(char::is_alphabetic) && word.len() > 2).count() >= 2 {
                break;
            }
        }
        let short = |word: String| self.rules.street_words.get(&word).cloned().unwrap_or(word);
        levelled(&first).into_iter().map(short).collect()
    }
}
