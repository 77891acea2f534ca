//! What of a household can be looked for by equality. Each key is of a number of its own or of two or more things together, so that
//! the number of times one occurs tells nothing of a name; a store keeps keyed digests of them and can read none.

use std::collections::BTreeSet;

use crate::domain::people::names::sound;
use crate::domain::people::{Household, Likeness, Matcher, Person};
use crate::domain::time::Date;

/// A date of birth is looked for together with the initial of the first name: alone it would bring up a dozen families of a county.
/// This stands for the initial of somebody whose name is not known.
const NO_INITIAL: char = '-';

impl Matcher {
    /// Keys under which `household` is kept. Few, for each is a place of its own in the store: what may be written otherwise in another
    /// record is asked for ([`Matcher::asked`]) rather than kept. A date with a digit wrong has no key: it weighs too little to be
    /// proposed unless the surname or the home is the same, and those have keys.
    #[must_use]
    pub fn keys(&self, household: &Household) -> BTreeSet<String> {
        let mut keys = homes(household);
        keys.extend(self.number_keys(household));
        for person in &household.people {
            self.names_of(person, &mut keys);
            keys.extend(person.born_on.map(|born| born_key(born, initial(person.given.first()))));
        }
        keys
    }

    /// Keys by which a record of the same family is looked for: those of [`Matcher::keys`], and what they would be if first name and
    /// surname had changed places, or a first name were not known.
    #[must_use]
    pub fn asked(&self, household: &Household) -> BTreeSet<String> {
        let mut keys = self.keys(household);
        for person in &household.people {
            let (first, last) = (person.given.first(), person.family.first());
            keys.extend(first.zip(last).map(|(first, last)| format!("name|~{}|{}", sound(last), sound(first))));
            if let Some(born) = person.born_on {
                keys.extend([initial(last), NO_INITIAL].map(|initial| born_key(born, initial)));
                keys.extend(person.given.get(1).map(|second| born_key(born, initial(Some(second)))));
            }
        }
        keys
    }

    /// Those of the numbers that other services know its people by. They are of one family each, so that whoever shares one is among
    /// the first that are looked at.
    #[must_use]
    pub fn number_keys(&self, household: &Household) -> BTreeSet<String> {
        let nhs = household.people.iter().filter_map(|person| person.nhs_number.as_ref()).map(|number| format!("nhs|{number}"));
        let pupil =
            household.people.iter().filter_map(|person| person.pupil_number.as_ref()).map(|number| format!("upn|{number}"));
        nhs.chain(pupil).collect()
    }

    fn names_of(&self, person: &Person, keys: &mut BTreeSet<String>) {
        let mut given: BTreeSet<String> = person.given.iter().take(2).map(|name| format!("~{}", sound(name))).collect();
        if let Some(first) = person.given.first() {
            given.extend(self.lines_of(first).iter().map(|line| format!("#{line}")));
        }
        for name in &given {
            keys.extend(person.family.iter().map(|part| format!("name|{name}|{}", sound(part))));
        }
    }
}

/// The home with a surname, and the house.
fn homes(household: &Household) -> BTreeSet<String> {
    let surnames: BTreeSet<String> = household.people.iter().flat_map(|person| &person.family).map(|part| sound(part)).collect();
    let number = household.address.iter().find(|word| word.chars().any(|c| c.is_ascii_digit()));
    let home = household.postcode.iter().flat_map(|code| surnames.iter().map(move |surname| format!("home|{code}|{surname}")));
    let house = household.postcode.iter().zip(number).map(|(code, number)| format!("house|{code}|{number}"));
    home.chain(house).collect()
}

/// Day and month may have changed places.
fn born_key(born: Date, initial: char) -> String {
    let (low, high) = (born.day().min(born.month()), born.day().max(born.month()));
    format!("born|{initial}|{}|{low}|{high}", born.year())
}

/// The letter a name begins with as it sounds: `Catherine` and `Katherine` share one.
fn initial(name: Option<&String>) -> char {
    name.and_then(|name| sound(name).chars().next()).unwrap_or(NO_INITIAL)
}

impl Likeness {
    /// What was found alike, as one text: the same for the same facts, whichever family stands first. Personal; only its keyed digest
    /// is kept, so that what a person has answered once is not asked again.
    #[must_use]
    pub fn facts(&self, ours: &Household, theirs: &Household) -> String {
        let person = |person: &Person| {
            let born = person.born_on.map_or_else(String::new, |born| born.to_string());
            let numbers = [&person.nhs_number, &person.pupil_number].into_iter().flatten();
            let numbers: String = numbers.map(|number| format!("/{number}")).collect();
            format!("{}/{}/{born}{numbers}", person.given.join(" "), person.family.join(" "))
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
