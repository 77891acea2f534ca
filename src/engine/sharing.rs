//! Whom the family keeps out: an agency it does not want told, and people who must not know, get no letter of its case, whatever role
//! they hold.
//!
//! The words are the family's own (`the housing people` names nobody). What surely names an agency's address or organisation, or a
//! person, keeps a letter back; so does a shared surname, until somebody who knows has said whether they are meant. Everything else
//! stands on the case for people to read.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::domain::case::Case;
use crate::domain::case::family::{Excluded, KeptOutSaid};
use crate::domain::ids::{CaseId, RoleName, TaskId};
use crate::domain::people::{KeptOutName, Meant};
use crate::domain::personal::Personal;
use crate::domain::workflow::people::PeopleRules;
use crate::domain::workflow::{FactValue, Lifecycle, Records};
use crate::engine::Engine;
use crate::store::NewTask;

/// Shorter names of agencies are parts of too many words.
const NAME_LETTERS_MIN: usize = 4;
/// Working days in which somebody says whether a person is meant.
const SAID_WORKING_DAYS: i32 = 2;

/// Those of one case who get no letter of it.
#[derive(Debug, Default)]
pub(crate) struct KeptOut {
    /// Names of agencies, letters and digits alone.
    agencies: Vec<String>,
    /// People, as the family wrote them.
    people: Vec<KeptOutName>,
    /// What was said of people since.
    said: Vec<KeptOutSaid>,
    /// The family's own, by both names: they share a surname with whom they keep out.
    family: Vec<Vec<String>>,
}

/// One entry of those who must not know, and who is meant by it.
pub(crate) struct KeptOutEntry {
    /// As the family wrote it.
    pub words: String,
    /// Names of people we know, and how sure it is; nobody when it names nobody who could be written to.
    pub people: Vec<(String, Meant)>,
    /// It names an agency.
    pub agency: bool,
}

impl KeptOut {
    /// Those the family of `case` keeps out, as the nomination has them and as people have recorded since.
    pub(crate) fn of(case: &Case, lifecycle: &Lifecycle) -> Self {
        let excluded = Excluded::of(case);
        let mut kept_out = Self::as_nominated(case, &excluded);
        let excluded = lifecycle.agencies.iter().filter(|agency| excluded.holds(agency));
        let called = excluded.flat_map(|agency| agency.words.iter().chain([&agency.title])).map(|name| squashed(name));
        kept_out.agencies.extend(called.filter(|name| name.len() >= NAME_LETTERS_MIN));
        kept_out.said.clone_from(&case.family.kept_out);
        if !kept_out.people.is_empty() {
            kept_out.family = names_of_family(case);
        }
        kept_out
    }

    fn as_nominated(case: &Case, excluded: &Excluded<'_>) -> Self {
        let Some(nomination) = case.nomination.reveal().bare().get("nomination") else { return Self::default() };
        let members = nomination.get("members").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let agencies: Vec<&str> = excluded.words().iter().map(String::as_str).collect();
        Self::named(&agencies, &hidden_from(nomination), members)
    }

    fn named(agencies: &[&str], hidden: &[&str], members: &[Value]) -> Self {
        let named = agencies.iter().map(|name| squashed(name));
        let people = hidden.iter().flat_map(|entry| meant_by(entry, members)).collect();
        let agencies = named.filter(|name| name.len() >= NAME_LETTERS_MIN).collect();
        Self { agencies, people, ..Self::default() }
    }

    /// Nobody is.
    pub(crate) fn is_empty(&self) -> bool {
        self.agencies.is_empty() && self.people.is_empty() && self.said.is_empty()
    }

    /// Whether somebody called `name` at `address`, of `organisation` where it is known, is one of them, or may be.
    pub(crate) fn holds(&self, name: &str, organisation: Option<&str>, address: &str) -> bool {
        self.is_of_agency(organisation, address) || self.person(name, address) > Meant::No
    }

    /// Whether they surely are one of them.
    pub(crate) fn surely_holds(&self, name: &str, organisation: Option<&str>, address: &str) -> bool {
        self.is_of_agency(organisation, address) || self.person(name, address) == Meant::Surely
    }

    fn is_of_agency(&self, organisation: Option<&str>, address: &str) -> bool {
        let organisation = organisation.map(squashed).unwrap_or_default();
        let domain = address.rsplit_once('@').map_or("", |(_, domain)| domain);
        let of_agency = |agency: &String| {
            organisation.contains(agency.as_str()) || domain.split('.').any(|label| squashed(label).contains(agency.as_str()))
        };
        self.agencies.iter().any(of_agency)
    }

    /// Whether the person is meant: as was said of them, and by their name where nothing was.
    fn person(&self, name: &str, address: &str) -> Meant {
        let said = self.said.iter().rev().find(|said| said.address.as_text().eq_ignore_ascii_case(address.trim()));
        if let Some(said) = said {
            return if said.kept_out { Meant::Surely } else { Meant::No };
        }
        let meant = self.people.iter().map(|written| written.means(name, address)).max().unwrap_or(Meant::No);
        let called = words(name);
        let of_family = || self.family.iter().any(|names| names.iter().all(|word| called.contains(word)));
        if meant == Meant::Perhaps && of_family() { Meant::No } else { meant }
    }
}

impl Engine {
    /// Somebody who would be written to may be whom the family keeps out, or may not: their letters are held, and whoever looks at mails
    /// is asked, once for each.
    pub(crate) fn asked_who_is_meant(&self, id: CaseId, case: &Case) -> Vec<NewTask> {
        let engine = self.seen_by(case);
        let lifecycle = &engine.programme.lifecycle;
        let kept_out = KeptOut::of(case, lifecycle);
        if kept_out.people.is_empty() {
            return Vec::new();
        }
        let by_move = lifecycle.moves.iter().find(|known| known.records == Some(Records::PersonKeptOut));
        let say = by_move.map_or_else(
            || "look at the case, and keep it from them by hand".to_owned(),
            |known| {
                format!(
                    "see whom with `case show {} --reveal`, and say with `case record {} {}` whether they are meant",
                    case.reference, case.reference, known.name
                )
            },
        );
        let perhaps = self
            .who_may_be_written_to(case)
            .into_iter()
            .filter(|(name, address)| kept_out.person(name, address) == Meant::Perhaps);
        perhaps
            .map(|(_, address)| NewTask {
                id: TaskId::from_random(self.ambient.id()),
                key: format!("case:{id}:kept_out:{}", self.address_mark(&Personal::new(address))),
                case: Some(id),
                mail: None,
                role: self.programme.desk.waiting.role.clone(),
                says: format!(
                    "the family names somebody who must not know, and somebody who would get letters of this case may be them: their \
                     letters are held. Do not ask them; {say}"
                ),
                due_on: self.programme.calendar.add_working_days(self.ambient.today(), SAID_WORKING_DAYS),
            })
            .collect()
    }

    /// Those who must not know, as the family wrote them, each with whom it means: what a reader of the case sees.
    pub(crate) fn kept_out_entries(&self, case: &Case) -> Vec<KeptOutEntry> {
        let engine = self.seen_by(case);
        let lifecycle = &engine.programme.lifecycle;
        let Some(nomination) = case.nomination.reveal().bare().get("nomination") else { return Vec::new() };
        let members = nomination.get("members").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let people = self.who_may_be_written_to(case);
        let entry = |entry: &str| {
            let one = KeptOut {
                people: meant_by(entry, members),
                said: case.family.kept_out.clone(),
                family: names_of_family(case),
                ..KeptOut::default()
            };
            let agency = lifecycle.agencies.iter().any(|agency| agency.is_meant_by(entry));
            let by_name = |(name, address): &&(String, String)| one.people.iter().any(|own| own.means(name, address) > Meant::No);
            let meant = people.iter().filter(by_name).map(|(name, address)| (name.clone(), one.person(name, address)));
            KeptOutEntry { words: entry.to_owned(), people: meant.collect(), agency }
        };
        hidden_from(nomination).into_iter().map(entry).collect()
    }

    /// Name and address of everybody of the settings who has to do with the area of the case, and of those who hold a role of it.
    fn who_may_be_written_to(&self, case: &Case) -> Vec<(String, String)> {
        let near = |areas: &[crate::domain::ids::AreaName]| {
            areas.is_empty() || case.area.as_ref().is_none_or(|area| areas.contains(area))
        };
        let staff = self.roster.people().iter().filter(|person| near(&person.areas));
        let mut all: Vec<(String, String)> =
            staff.map(|person| (person.name.as_text().to_owned(), person.address.as_text().to_lowercase())).collect();
        let of_family = |role: &RoleName| self.programme.lifecycle.role(role).is_some_and(|role| role.of_family);
        for (_, holder) in case.holders.iter().filter(|(role, _)| !of_family(role)) {
            all.push((holder.contact.name.as_text().to_owned(), holder.contact.address.as_text().to_lowercase()));
        }
        let mut seen = BTreeSet::new();
        all.retain(|(_, address)| seen.insert(address.clone()));
        all
    }
}

/// Entries of those who must not know.
fn hidden_from(nomination: &Value) -> Vec<&str> {
    let names = nomination.get("consent").and_then(|consent| consent.get("hidden_from")).and_then(Value::as_array);
    names.into_iter().flatten().filter_map(value).collect()
}

/// Whom one entry means: a name, or a member of the family by kinship.
fn meant_by(entry: &str, members: &[Value]) -> Vec<KeptOutName> {
    match KeptOutName::written(entry) {
        Some(written) => vec![written],
        None => members.iter().filter_map(|member| of_kin(member, entry)).collect(),
    }
}

/// The name of `member`, when `entry` says who that is to the family: `the father`.
fn of_kin(member: &Value, entry: &str) -> Option<KeptOutName> {
    let part = |key: &str| member.get(key).and_then(value);
    let relationship = words(part("relationship")?);
    let entry: Vec<String> =
        words(entry).into_iter().filter(|word| !["the", "her", "his", "their", "my", "our"].contains(&word.as_str())).collect();
    let same = !entry.is_empty() && relationship == entry;
    if same { KeptOutName::known(part("given_name")?, part("family_name")?) } else { None }
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

/// Whether somebody called `name` at `address` has both names of one of `people`, as [`names_of_family`] gives them, in any form of the
/// first that `rules` know: an address nobody has recorded may be theirs all the same.
pub(crate) fn has_name_of_family(people: &[Vec<String>], rules: &PeopleRules, name: &str, address: &str) -> bool {
    let local = address.rsplit_once('@').map_or(address, |(local, _)| local);
    let (called, mailed) = (words(name), words(local));
    people.iter().filter_map(|names| names.split_first()).any(|(first, family)| {
        // The family name first: few have it, and the forms of a first name are many.
        let by_mail = family.iter().all(|word| mailed.contains(word));
        let by_name = family.iter().all(|word| called.contains(word));
        if !by_mail && !by_name {
            return false;
        }
        rules.forms_of(first).any(|form| {
            let stands_in = |words: &[String]| words.iter().any(|word| word == form);
            let initial = || mailed.iter().any(|known| known.len() == 1 && form.starts_with(known.as_str()));
            by_mail && (stands_in(&mailed) || called.is_empty() && initial()) || by_name && stands_in(&called)
        })
    })
}

/// The people of the family of `case`, each by both names.
pub(crate) fn names_of_family(case: &Case) -> Vec<Vec<String>> {
    let nominated = case.nomination.reveal().bare().get("nomination").and_then(|nomination| nomination.get("members"));
    let nominated = nominated.and_then(Value::as_array).into_iter().flatten().filter_map(|member| {
        let part = |key: &str| member.get(key).and_then(value);
        Some(both_names(part("given_name")?, part("family_name")?))
    });
    let recorded = case.family.members.iter().filter_map(|member| {
        let person = &member.person;
        Some(both_names(person.given_name.as_ref()?.as_text(), person.family_name.as_ref()?.as_text()))
    });
    nominated.chain(recorded).filter(|names: &Vec<String>| names.len() >= 2).collect()
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
    fn a_person_who_must_not_know_is_told_by_name_or_by_kinship_and_no_namesake_of_a_first_name_is() {
        let members = [serde_json::json!({
            "given_name": {"value": "Wilf"}, "family_name": {"value": "Tranter"}, "relationship": {"value": "Father"},
        })];
        let cases = [
            ("her ex-partner Dean Carter (of Fell School)", "Dean Carter", "d@example.org", true),
            ("Dean Carter", "Mr Dean J Carter", "x@example.org", true),
            ("Dean Carter", "", "dean.carter@example.org", true),
            ("Dean Carter", "", "d.carter@example.org", true),
            // A surname alone is held until somebody has said who is meant.
            ("Dean Carter", "Donna Carter", "d.carter@example.org", true),
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
