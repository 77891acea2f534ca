//! Agencies that are asked what they know of a family, and whom a letter to agencies goes to.

use serde::{Deserialize, Serialize};

use crate::domain::ids::{AgencyName, RoleName};

/// An agency of the programme.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AgencyDef {
    /// Its name.
    pub name: AgencyName,
    /// For people: `Schools and education`.
    pub title: String,
    /// Who answers for it in an area, by the people of the settings. While nobody does, the owner of the case asks by telephone.
    pub contact: RoleName,
    /// Words by which forms and families name it; one that stands in the name of an agency is enough.
    pub words: Vec<String>,
    /// Asked about every family, or only about one whose nomination names it.
    pub asked: WhenAsked,
    /// Working days it has for an answer.
    pub answers_within_working_days: u32,
}

/// About which families an agency is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WhenAsked {
    /// About every one.
    Always,
    /// When the nomination names it.
    WhenNamed,
}

/// To which agencies of a case a letter goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ToAgencies {
    /// Those that were asked and have not answered.
    Asked,
    /// Those that are known to be in contact with the family: they have said so.
    InContact,
    /// Those that hold something of it: their contact was sent a letter of the case, or somebody rang them. Each hears at the address that
    /// has it, also where the case has come to another area since.
    Told,
}

impl AgencyDef {
    /// Whether `name`, as a form or a family writes it, means this agency.
    #[must_use]
    pub fn is_meant_by(&self, name: &str) -> bool {
        let name = name.to_lowercase();
        let words: Vec<&str> = name.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
        self.words.iter().any(|wanted| {
            let wanted: Vec<&str> = wanted.split(' ').collect();
            words.windows(wanted.len().max(1)).any(|have| have.iter().zip(&wanted).all(|(have, wanted)| is_form_of(have, wanted)))
        })
    }
}

/// `schools` is a form of `school`.
fn is_form_of(have: &str, wanted: &str) -> bool {
    have == wanted || have.strip_suffix('s') == Some(wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_agency_is_meant_by_any_of_its_words_and_by_no_part_of_a_word() {
        let agency = AgencyDef {
            name: AgencyName::new("health").expect("a name"),
            title: "Health".to_owned(),
            contact: RoleName::new("health_contact").expect("a name"),
            words: vec!["nurse".to_owned(), "health visitor".to_owned(), "gp".to_owned()],
            asked: WhenAsked::Always,
            answers_within_working_days: 5,
        };
        for (name, meant) in [
            ("School nurse", true),
            ("Health Visitors, Whitehaven", true),
            ("GP", true),
            ("Nursery", false),
            ("health and safety", false),
            ("", false),
        ] {
            assert_eq!(agency.is_meant_by(name), meant, "{name}");
        }
    }
}
