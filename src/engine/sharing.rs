//! Whom the family keeps out: an agency it does not want told, and people who must not know, get no letter of its case, whatever role
//! they hold.
//!
//! The words are the family's own (`the housing people` names nobody): only what surely names an agency's address or organisation, or a
//! person by both names, keeps a letter back. Everything else stands on the case for people to read.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::domain::case::Case;
use crate::domain::case::family::Excluded;
use crate::domain::ids::RoleName;
use crate::domain::workflow::people::PeopleRules;
use crate::domain::workflow::{FactValue, Lifecycle};

/// Shorter names of agencies are parts of too many words.
const NAME_LETTERS_MIN: usize = 4;
/// What stands before a name and is no part of it.
const TITLES: [&str; 9] = ["mr", "mrs", "ms", "miss", "mx", "dr", "rev", "pc", "her"];

/// Those of one case who get no letter of it.
#[derive(Debug, Default)]
pub(crate) struct KeptOut {
    /// Names of agencies, letters and digits alone.
    agencies: Vec<String>,
    /// Names of people, the words of each, small.
    people: Vec<Vec<String>>,
}

impl KeptOut {
    /// Those the family of `case` keeps out, as the nomination has them and as people have recorded since.
    pub(crate) fn of(case: &Case, lifecycle: &Lifecycle) -> Self {
        let excluded = Excluded::of(case);
        let mut kept_out = Self::as_nominated(case, &excluded);
        let excluded = lifecycle.agencies.iter().filter(|agency| excluded.holds(agency));
        let called = excluded.flat_map(|agency| agency.words.iter().chain([&agency.title])).map(|name| squashed(name));
        kept_out.agencies.extend(called.filter(|name| name.len() >= NAME_LETTERS_MIN));
        kept_out
    }

    fn as_nominated(case: &Case, excluded: &Excluded<'_>) -> Self {
        let Some(nomination) = case.nomination.reveal().bare().get("nomination") else { return Self::default() };
        let told = |key: &str| {
            let names = nomination.get("consent").and_then(|consent| consent.get(key)).and_then(Value::as_array);
            names.into_iter().flatten().filter_map(value).collect::<Vec<&str>>()
        };
        let members = nomination.get("members").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let agencies: Vec<&str> = excluded.words().iter().map(String::as_str).collect();
        Self::named(&agencies, &told("hidden_from"), members)
    }

    fn named(agencies: &[&str], hidden: &[&str], members: &[Value]) -> Self {
        let named = agencies.iter().map(|name| squashed(name));
        let people = hidden.iter().flat_map(|entry| {
            let written = name_of(entry);
            if written.len() >= 2 { vec![written] } else { members.iter().filter_map(|member| of_kin(member, entry)).collect() }
        });
        Self { people: people.collect(), agencies: named.filter(|name| name.len() >= NAME_LETTERS_MIN).collect() }
    }

    /// Nobody is.
    pub(crate) fn is_empty(&self) -> bool {
        self.agencies.is_empty() && self.people.is_empty()
    }

    /// Whether somebody called `name` at `address`, of `organisation` where it is known, is one of them.
    pub(crate) fn holds(&self, name: &str, organisation: Option<&str>, address: &str) -> bool {
        let organisation = organisation.map(squashed).unwrap_or_default();
        let (local, domain) = address.rsplit_once('@').unwrap_or((address, ""));
        let of_agency = |agency: &String| {
            organisation.contains(agency.as_str()) || domain.split('.').any(|label| squashed(label).contains(agency.as_str()))
        };
        let (called, mailed) = (words(name), words(local));
        let is_person = |person: &Vec<String>| {
            // `n.byrne` is Nell Byrne for this purpose: a letter kept back from a namesake is read by the team instead.
            let initial = |word: &String| mailed.iter().any(|known| known.len() == 1 && word.starts_with(known.as_str()));
            let by_mail = person
                .iter()
                .enumerate()
                .all(|(at, word)| mailed.contains(word) || at == 0 && called.is_empty() && initial(word));
            person.iter().all(|word| called.contains(word)) || by_mail
        };
        self.agencies.iter().any(of_agency) || self.people.iter().any(is_person)
    }
}

/// `her ex-partner Dean Carter (not to be told)` → `dean`, `carter`: the words written as names are.
fn name_of(entry: &str) -> Vec<String> {
    let told = entry.split(['(', ',']).next().unwrap_or_default();
    let capital = told.split_whitespace().filter(|word| word.starts_with(char::is_uppercase));
    capital.flat_map(words).filter(|word| !TITLES.contains(&word.as_str())).collect()
}

/// The name of `member`, when `entry` says who that is to the family: `the father`.
fn of_kin(member: &Value, entry: &str) -> Option<Vec<String>> {
    let part = |key: &str| member.get(key).and_then(value);
    let relationship = words(part("relationship")?);
    let entry: Vec<String> =
        words(entry).into_iter().filter(|word| !["the", "her", "his", "their", "my", "our"].contains(&word.as_str())).collect();
    let name = words(&format!("{} {}", part("given_name")?, part("family_name")?));
    (!entry.is_empty() && relationship == entry).then_some(name)
}

fn value(answer: &Value) -> Option<&str> {
    answer.get("value").and_then(Value::as_str)
}

fn words(text: &str) -> Vec<String> {
    let parts = text.split(|c: char| !c.is_alphanumeric() && c != '\'' && c != '\u{2019}').filter(|word| !word.is_empty());
    parts.map(squashed).collect()
}

/// Who gets no letter of one case in a role of others: whom the family keeps out, and the family itself. Found once for each letter.
pub(crate) struct Apart {
    /// Whom the family keeps out.
    pub kept_out: KeptOut,
    /// Addresses of the family, small.
    pub addresses: BTreeSet<String>,
}

impl Apart {
    /// Those of `case`.
    pub(crate) fn of(case: &Case, lifecycle: &Lifecycle) -> Self {
        Self { kept_out: KeptOut::of(case, lifecycle), addresses: family_addresses(case, lifecycle) }
    }

    /// Nobody is.
    pub(crate) fn is_empty(&self) -> bool {
        self.kept_out.is_empty() && self.addresses.is_empty()
    }

    /// Whether somebody called `name` at `address` is one of them.
    pub(crate) fn holds(&self, name: &str, address: &str) -> bool {
        self.kept_out.holds(name, None, address) || self.addresses.contains(&address.to_lowercase())
    }
}

/// Whether the family of `case` came forward itself.
pub(crate) fn nominates_itself(case: &Case) -> bool {
    case.facts.get("nomination_kind") == Some(&FactValue::Word("self".to_owned()))
}

/// Addresses of the family of `case`, small: where a person has recorded a safe contact, now or before, and whoever nominated the own
/// family.
fn family_addresses(case: &Case, lifecycle: &Lifecycle) -> BTreeSet<String> {
    let own = nominates_itself(case);
    let of_family =
        |role: &RoleName| lifecycle.role(role).is_some_and(|role| role.of_family) || (own && role.as_str() == "referrer");
    let now = case.holders.iter().filter(|(role, _)| of_family(role)).map(|(_, holder)| &holder.contact.address);
    let before = case.former.iter().filter(|(role, _)| of_family(role)).flat_map(|(_, addresses)| addresses);
    now.chain(before).map(|address| address.as_text().to_lowercase()).collect()
}

/// The people of the family of `case`, by both names in every form of the first that `rules` know: an address nobody has recorded may be
/// theirs all the same.
pub(crate) fn people_of_family(case: &Case, rules: &PeopleRules) -> KeptOut {
    let nominated = case.nomination.reveal().bare().get("nomination").and_then(|nomination| nomination.get("members"));
    let nominated = nominated.and_then(Value::as_array).into_iter().flatten().filter_map(|member| {
        let part = |key: &str| member.get(key).and_then(value);
        Some(both_names(part("given_name")?, part("family_name")?))
    });
    let recorded = case.family.members.iter().filter_map(|member| {
        let person = &member.person;
        Some(both_names(person.given_name.as_ref()?.as_text(), person.family_name.as_ref()?.as_text()))
    });
    let in_full = nominated.chain(recorded).filter(|names: &Vec<String>| names.len() >= 2);
    let people = in_full.flat_map(|names| {
        let forms =
            rules.forms_of(&names[0]).map(|form| std::iter::once(form.to_owned()).chain(names[1..].iter().cloned()).collect());
        forms.collect::<Vec<Vec<String>>>()
    });
    let people = people.collect();
    KeptOut { agencies: Vec::new(), people }
}

/// The first of the given names, and the family name.
fn both_names(given: &str, family: &str) -> Vec<String> {
    words(given).into_iter().take(1).chain(words(family)).collect()
}

/// Letters and digits alone, small: `Harbour Homes` and `harbour-homes` are one.
fn squashed(text: &str) -> String {
    text.chars().filter(|character| character.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_excluded_agency_is_told_by_its_organisation_or_its_domain_and_no_other_is_taken_for_it() {
        let kept_out = KeptOut::named(&["Harbour Homes", "police"], &[], &[]);
        for (organisation, address, excluded) in [
            (None, "n.byrne@harbour-homes.example.org", true),
            (Some("Harbour Homes Ltd"), "n.byrne@mail.example.org", true),
            (Some("Cumbria Police"), "a@example.org", true),
            (Some("Fell School"), "harbourhomes@fell.example.org", false),
            (None, "n.byrne@example.org", false),
        ] {
            assert_eq!(kept_out.holds("Nell Byrne", organisation, address), excluded, "{address}");
        }
    }

    #[test]
    fn a_person_who_must_not_know_is_told_by_both_names_or_by_kinship_and_no_namesake_of_one_name_is() {
        let members = [serde_json::json!({
            "given_name": {"value": "Wilf"}, "family_name": {"value": "Tranter"}, "relationship": {"value": "Father"},
        })];
        let cases = [
            ("her ex-partner Dean Carter (of Fell School)", "Dean Carter", "d@example.org", true),
            ("Dean Carter", "Mr Dean J Carter", "x@example.org", true),
            ("Dean Carter", "", "dean.carter@example.org", true),
            ("Dean Carter", "", "d.carter@example.org", true),
            ("Dean Carter", "Donna Carter", "d.carter@example.org", false),
            ("Dean Carter", "Dean Moss", "dean.moss@example.org", false),
            ("the father", "Wilf Tranter", "wilf@example.org", true),
            ("her father", "Odette Tranter", "o@example.org", false),
            ("her ex-husband", "Wilf Tranter", "wilf@example.org", false),
            ("Dean", "Dean Carter", "dean.carter@example.org", false),
            ("Harbour Homes", "Nell Byrne", "n.byrne@harbour-homes.example.org", true),
        ];
        for (hidden, name, address, kept_out) in cases {
            assert_eq!(
                KeptOut::named(&[hidden], &[hidden], &members).holds(name, None, address),
                kept_out,
                "{hidden}: {name} {address}"
            );
        }
    }
}
