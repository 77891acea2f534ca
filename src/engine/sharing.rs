//! Whom the family has excluded: an agency it does not want told gets no letter of its case, whatever role somebody there holds.
//!
//! The words are the family's own (`the housing people` names nobody): only what surely names an agency's address or
//! organisation keeps a letter back. Everything else stands on the case for people to read.

use std::collections::BTreeSet;

use crate::domain::case::Case;
use crate::domain::ids::RoleName;
use crate::domain::workflow::{FactValue, Lifecycle};

/// Shorter names are parts of too many words.
const NAME_LETTERS_MIN: usize = 4;

/// The agencies the family of `case` does not want told, as the nomination has them.
pub(crate) fn excluded_agencies(case: &Case) -> Vec<String> {
    let names = crate::domain::case::family::excluded_words(case);
    names.iter().map(|name| squashed(name)).filter(|name| name.len() >= NAME_LETTERS_MIN).collect()
}

/// Addresses of the family of `case`, small: where a person has recorded a safe contact, and whoever nominated the own family.
pub(crate) fn family_addresses(case: &Case, lifecycle: &Lifecycle) -> BTreeSet<String> {
    let own = case.facts.get("nomination_kind") == Some(&FactValue::Word("self".to_owned()));
    let of_family =
        |role: &RoleName| lifecycle.role(role).is_some_and(|role| role.of_family) || (own && role.as_str() == "referrer");
    case.holders
        .iter()
        .filter(|(role, _)| of_family(role))
        .map(|(_, holder)| holder.contact.address.as_text().to_lowercase())
        .collect()
}

/// Whether somebody at `address`, of `organisation` where it is known, belongs to one of the agencies `names`.
pub(crate) fn belongs_to(names: &[String], organisation: Option<&str>, address: &str) -> bool {
    let organisation = organisation.map(squashed).unwrap_or_default();
    let domain = address.rsplit_once('@').map_or("", |(_, domain)| domain);
    names.iter().any(|name| {
        organisation.contains(name.as_str()) || domain.split('.').any(|label| squashed(label).contains(name.as_str()))
    })
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
        let names = ["Harbour Homes", "police"].map(squashed);
        for (organisation, address, excluded) in [
            (None, "n.byrne@harbour-homes.example.org", true),
            (Some("Harbour Homes Ltd"), "n.byrne@mail.example.org", true),
            (Some("Cumbria Police"), "a@example.org", true),
            (Some("Fell School"), "harbourhomes@fell.example.org", false),
            (None, "n.byrne@example.org", false),
        ] {
            assert_eq!(belongs_to(&names, organisation, address), excluded, "{address}");
        }
    }
}
