//! What of a household can be looked for by equality. Each key is of two or more things together, so that the number of times one
//! occurs tells nothing of a name; a store keeps keyed digests of them and can read none.

use std::collections::BTreeSet;

use crate::domain::people::names::sound;
use crate::domain::people::{Household, Likeness, Matcher, Person};

impl Matcher {
    /// Keys of `household`: two records of one family share at least one, also when a name, a day or the home is written otherwise.
    #[must_use]
    pub fn keys(&self, household: &Household) -> BTreeSet<String> {
        let mut keys = BTreeSet::new();
        let mut surnames = BTreeSet::new();
        for person in &household.people {
            self.keys_of(person, &mut keys);
            surnames.extend(person.family.iter().map(|part| sound(part)));
        }
        let number = household.address.iter().find(|word| word.chars().any(|c| c.is_ascii_digit()));
        for surname in &surnames {
            keys.extend(household.postcode.iter().map(|code| format!("home|{code}|{surname}")));
        }
        keys.extend(household.postcode.iter().zip(number).map(|(code, number)| format!("house|{code}|{number}")));
        keys
    }

    fn keys_of(&self, person: &Person, keys: &mut BTreeSet<String>) {
        let mut given: BTreeSet<String> = person.given.iter().take(2).map(|name| format!("~{}", sound(name))).collect();
        if let Some(first) = person.given.first() {
            given.extend(self.lines_of(first).iter().map(|line| format!("#{line}")));
        }
        for name in &given {
            for part in &person.family {
                keys.insert(format!("name|{name}|{}", sound(part)));
            }
        }
        // First name and surname may have changed places.
        if let (Some(first), Some(part)) = (person.given.first(), person.family.first()) {
            keys.insert(format!("name|~{}|{}", sound(part), sound(first)));
        }
        if let Some(born) = person.born_on {
            // Day and month may have changed places.
            let (low, high) = (born.day().min(born.month()), born.day().max(born.month()));
            keys.insert(format!("born|{}|{low}|{high}", born.year()));
            for name in &given {
                // A digit of the year, of the month or of the day may be wrong.
                keys.insert(format!("day|{name}|{low}|{high}"));
                keys.insert(format!("month|{name}|{}|{}", born.year(), born.month()));
                keys.insert(format!("year|{name}|{}|{}", born.year(), born.day()));
            }
        }
    }
}

impl Likeness {
    /// What was found alike, as one text: the same for the same facts, whichever family stands first. Personal; only its keyed digest
    /// is kept, so that what a person has answered once is not asked again.
    #[must_use]
    pub fn facts(&self, ours: &Household, theirs: &Household) -> String {
        let person = |person: &Person| {
            let born = person.born_on.map_or_else(String::new, |born| born.to_string());
            format!("{}/{}/{born}", person.given.join(" "), person.family.join(" "))
        };
        let home =
            |household: &Household| format!("{}/{}", household.postcode.as_deref().unwrap_or(""), household.address.join(" "));
        let side = |of: &dyn Fn(&super::PersonPair) -> String, household: &Household| {
            let mut lines: Vec<String> = self.people.iter().map(of).collect();
            lines.sort();
            lines.push(home(household));
            lines.join("\n")
        };
        let mut sides =
            [side(&|pair| person(&ours.people[pair.ours]), ours), side(&|pair| person(&theirs.people[pair.theirs]), theirs)];
        sides.sort();
        sides.join("\n\n")
    }

    /// More people of the smaller family are in no way alike than are: rather somebody of both families than one family.
    #[must_use]
    pub fn shares_only_some(&self) -> bool {
        self.unmatched > self.people.len()
    }
}
