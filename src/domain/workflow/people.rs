//! Is this a family we know? What each likeness weighs, and which names are forms of one another (`people.yaml`).

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

/// How alike two values of one thing are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Equal, once spelling is levelled.
    Same,
    /// Another form of the same: a short name, one part of a double surname.
    OtherForm,
    /// Day and month in each other's place.
    Swapped,
    /// A slip of the pen apart.
    Alike,
    /// The same initial, nothing more.
    Initial,
    /// The same street or postcode, not the same house.
    Near,
    /// Neither.
    Different,
}

/// What a level says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Weight {
    /// Of 100 pairs that are the same, how many look so.
    pub matching: f64,
    /// Of 100 pairs that are not, how many look so.
    pub chance: f64,
    /// For people.
    pub says: String,
}

impl Weight {
    /// log2 of the likelihood ratio.
    #[must_use]
    pub fn bits(&self) -> f64 {
        (self.matching / self.chance).log2()
    }
}

/// One thing compared, with a weight for each level it can come to.
pub type Levels = BTreeMap<Level, Weight>;

/// What is compared of two people.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PersonWeights {
    /// First names.
    pub given_name: Levels,
    /// First name and surname in each other's place.
    pub swapped_names: Levels,
    /// Dates of birth.
    pub born_on: Levels,
    /// Ages, where one date is not known.
    pub age: Levels,
    /// Genders.
    pub gender: Levels,
    /// NHS numbers that pass their check.
    pub nhs_number: Levels,
    /// Unique pupil numbers that pass their check.
    pub pupil_number: Levels,
}

/// What is compared of two families as a whole.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FamilyWeights {
    /// Surnames.
    pub surname: Levels,
    /// Addresses.
    pub address: Levels,
    /// Schools of children who are alike.
    pub school: Levels,
    /// Each person of the smaller family who has nobody like them in the other.
    pub unmatched: Levels,
}

/// The whole file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PeopleRules {
    /// The file's own version, for people.
    pub version: String,
    /// Bits from which a likeness is shown to a person.
    pub possible_from: f64,
    /// Bits from which it is called likely.
    pub likely_from: f64,
    /// Of two people.
    pub person: PersonWeights,
    /// Of two families.
    pub family: FamilyWeights,
    /// Words that tell no school from another.
    pub school_words: BTreeSet<String>,
    /// Words of a street with their short forms.
    pub street_words: BTreeMap<String, String>,
    /// First names that are forms of one another; the first of a line names it.
    pub first_names: Vec<Vec<String>>,
}

impl PeopleRules {
    /// `first` and every form of it: `kerry`, `kez`. Small letters.
    pub fn forms_of<'r>(&'r self, first: &'r str) -> impl Iterator<Item = &'r str> {
        let others = self.first_names.iter().filter(move |line| line.iter().any(|form| form == first)).flatten();
        std::iter::once(first).chain(others.map(String::as_str).filter(move |form| *form != first))
    }

    /// Every thing compared: its place in the file, its weights, the levels it can come to.
    #[must_use]
    pub fn compared(&self) -> Vec<(&'static str, &Levels, &'static [Level])> {
        use Level::{Alike, Different, Initial, Near, OtherForm, Same, Swapped};
        vec![
            ("person.given_name", &self.person.given_name, &[Same, OtherForm, Alike, Initial, Different]),
            ("person.swapped_names", &self.person.swapped_names, &[Same]),
            ("person.born_on", &self.person.born_on, &[Same, Swapped, Alike, Different]),
            ("person.age", &self.person.age, &[Same, Different]),
            ("person.gender", &self.person.gender, &[Same, Different]),
            ("person.nhs_number", &self.person.nhs_number, &[Same, Different]),
            ("person.pupil_number", &self.person.pupil_number, &[Same, Different]),
            ("family.surname", &self.family.surname, &[Same, OtherForm, Alike, Different]),
            ("family.address", &self.family.address, &[Same, Near, Different]),
            ("family.school", &self.family.school, &[Same, Different]),
            ("family.unmatched", &self.family.unmatched, &[Different]),
        ]
    }
}
