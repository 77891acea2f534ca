//! The family of a case as it can be compared with others.

use crate::domain::case::Case;
use crate::domain::nomination::Nomination;
use crate::domain::people::{Household, Matcher, Person};

/// What is known of the family now: the nomination, and what people have recorded of its members since.
#[must_use]
pub fn household(case: &Case, matcher: &Matcher) -> Household {
    let stored = case.nomination.reveal().get("nomination").cloned();
    let nomination: Nomination = stored.and_then(|value| serde_json::from_value(value).ok()).unwrap_or_default();
    let mut household = matcher.household(&nomination, case.opened_on);
    for (place, member) in case.family.members.iter().enumerate() {
        let text = |name: &Option<crate::domain::personal::Personal<String>>| name.as_ref().map(|name| name.as_text().to_owned());
        let born_on = member.person.born_on.as_ref().map(|born| *born.reveal());
        let named =
            Person::named(text(&member.person.given_name).as_deref(), text(&member.person.family_name).as_deref(), born_on);
        // Members stand in the order of the nomination; who joined later stands behind them.
        match household.people.get_mut(place) {
            Some(known) => {
                (known.given, known.family, known.born_on) = (named.given, named.family, named.born_on);
            }
            None => household.people.push(named),
        }
    }
    household
}
