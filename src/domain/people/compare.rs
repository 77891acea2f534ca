//! Two households → how alike they are, with every reason.

use crate::domain::people::names::a_slip_apart;
use crate::domain::people::{Household, Matcher, Person};
use crate::domain::workflow::people::{Level, Levels};

/// How sure a likeness is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Band {
    /// Worth a person's look.
    Possible,
    /// Probably the same family.
    Likely,
}

/// One reason, for or against.
#[derive(Debug, Clone, PartialEq)]
pub struct Seen {
    /// For people, without personal data: `the same date of birth`.
    pub says: String,
    /// What it weighs; below nothing when it speaks against.
    pub bits: f64,
}

/// Two people who may be one.
#[derive(Debug, Clone, PartialEq)]
pub struct PersonPair {
    /// Place in the first household, from 0.
    pub ours: usize,
    /// Place in the second.
    pub theirs: usize,
    /// The reasons.
    pub seen: Vec<Seen>,
    /// Their sum.
    pub bits: f64,
    /// What an NHS or pupil number both have adds to it; nothing where none is the same.
    pub by_number: f64,
    /// Their names are no forms of one another: only the number makes them one.
    pub contradicted: bool,
}

/// How alike two households are.
#[derive(Debug, Clone, PartialEq)]
pub struct Likeness {
    /// Everything together: each bit doubles the odds.
    pub bits: f64,
    /// Enough to be shown, and how sure; `None` below that.
    pub band: Option<Band>,
    /// People who may be one, the surest first.
    pub people: Vec<PersonPair>,
    /// What is said of the families as a whole.
    pub family: Vec<Seen>,
    /// People of the smaller family who have nobody like them in the other.
    pub unmatched: usize,
}

impl Matcher {
    /// How alike `ours` and `theirs` are; the same whichever stands first, but for the places in [`PersonPair`].
    #[must_use]
    pub fn compare(&self, ours: &Household, theirs: &Household) -> Likeness {
        let people = self.pairs(ours, theirs);
        let mut family = Vec::new();
        family.extend(seen(&self.rules.family.surname, surname(ours, theirs)));
        family.extend(seen(&self.rules.family.address, address(ours, theirs)));
        family.extend(seen(&self.rules.family.school, school(ours, theirs, &people)));
        let known = |household: &Household| household.people.iter().filter(|person| !person.is_blank()).count();
        let unmatched = known(ours).min(known(theirs)).saturating_sub(people.len());
        let missing = seen(&self.rules.family.unmatched, (unmatched > 0).then_some(Level::Different));
        let times = f64::from(u32::try_from(unmatched).unwrap_or(u32::MAX));
        family.extend(missing.map(|one| Seen { bits: one.bits * times, ..one }));
        let bits = people.iter().map(|pair| pair.bits).sum::<f64>() + family.iter().map(|one| one.bits).sum::<f64>();
        let band = self.band_of(bits, &people);
        Likeness { bits, band, people, family, unmatched }
    }

    /// Who shares a number is always shown. One on which the names do not agree makes nothing likely: somebody may have copied it from
    /// the wrong line.
    fn band_of(&self, bits: f64, people: &[PersonPair]) -> Option<Band> {
        let contradicted: f64 = people.iter().filter(|pair| pair.contradicted).map(|pair| pair.by_number).sum();
        let shared = people.iter().any(|pair| pair.by_number > 0.0);
        let band = self.band(bits);
        let without = self.band(bits - contradicted);
        if contradicted > 0.0 && without < Some(Band::Likely) {
            return Some(Band::Possible);
        }
        if shared { band.max(Some(Band::Possible)) } else { band }
    }

    /// Whether two families have so little in common that nobody would take one for the other. Not when of one nobody is known.
    #[must_use]
    pub fn are_strangers(&self, ours: &Household, theirs: &Household) -> bool {
        let known = |household: &Household| household.people.iter().any(|person| !person.is_blank());
        known(ours) && known(theirs) && self.compare(ours, theirs).bits < self.rules.possible_from / 2.0
    }

    fn band(&self, bits: f64) -> Option<Band> {
        match bits {
            bits if bits >= self.rules.likely_from => Some(Band::Likely),
            bits if bits >= self.rules.possible_from => Some(Band::Possible),
            _ => None,
        }
    }

    /// Each person at most once, the surest pairs first.
    fn pairs(&self, ours: &Household, theirs: &Household) -> Vec<PersonPair> {
        let mut all = Vec::new();
        for (at, one) in ours.people.iter().enumerate() {
            for (other_at, other) in theirs.people.iter().enumerate() {
                all.extend(self.person_pair(at, other_at, one, other));
            }
        }
        all.sort_by(|a: &PersonPair, b| b.bits.total_cmp(&a.bits));
        let mut chosen: Vec<PersonPair> = Vec::new();
        for pair in all {
            if chosen.iter().all(|have| have.ours != pair.ours && have.theirs != pair.theirs) {
                chosen.push(pair);
            }
        }
        chosen
    }

    /// Two people, when they may be one: their first names are alike. Twins share everything but that.
    fn person_pair(&self, ours: usize, theirs: usize, one: &Person, other: &Person) -> Option<PersonPair> {
        let weights = &self.rules.person;
        let numbers = [
            (&weights.nhs_number, number(&one.nhs_number, &other.nhs_number)),
            (&weights.pupil_number, number(&one.pupil_number, &other.pupil_number)),
        ];
        let by_number: f64 = numbers
            .iter()
            .filter(|(_, level)| *level == Some(Level::Same))
            .filter_map(|(levels, level)| seen(levels, *level))
            .map(|one| one.bits)
            .sum();
        let mut reasons: Vec<Seen> = numbers.iter().filter_map(|(levels, level)| seen(levels, *level)).collect();
        let level = self.given(&one.given, &other.given);
        let mut contradicted = false;
        match level {
            Some(Level::Different) | None if are_swapped(one, other) => {
                reasons.extend(seen(&weights.given_name, Some(Level::Same)));
                reasons.extend(seen(&weights.swapped_names, Some(Level::Same)));
            }
            Some(Level::Different) if by_number > 0.0 => {
                reasons.extend(seen(&weights.given_name, level));
                contradicted = true;
            }
            // Of one of them no name is known.
            None if by_number > 0.0 => {}
            Some(Level::Different) | None => return None,
            Some(level) => reasons.extend(seen(&weights.given_name, Some(level))),
        }
        reasons.extend(match (one.born_on, other.born_on) {
            (Some(a), Some(b)) => seen(&weights.born_on, Some(born(a, b))),
            _ => {
                let year = |person: &Person| person.born_on.map(|born| born.year()).or(person.born_about);
                let level =
                    year(one).zip(year(other)).map(|(a, b)| if (a - b).abs() <= 1 { Level::Same } else { Level::Different });
                seen(&weights.age, level)
            }
        });
        let genders = one.gender.zip(other.gender);
        reasons.extend(seen(&weights.gender, genders.map(|(a, b)| if a == b { Level::Same } else { Level::Different })));
        let bits: f64 = reasons.iter().map(|one| one.bits).sum();
        (bits > 0.0 || by_number > 0.0).then_some(PersonPair { ours, theirs, seen: reasons, bits, by_number, contradicted })
    }

    fn given(&self, ours: &[String], theirs: &[String]) -> Option<Level> {
        let (one, other) = (ours.first()?, theirs.first()?);
        let a_line = |a: &str, b: &str| self.lines_of(a).iter().any(|line| self.lines_of(b).contains(line));
        Some(if one == other {
            Level::Same
        } else if one.chars().count() == 1 || other.chars().count() == 1 {
            if one.chars().next() == other.chars().next() { Level::Initial } else { Level::Different }
        } else if a_line(one, other) || ours.contains(other) || theirs.contains(one) || ours.concat() == theirs.concat() {
            Level::OtherForm
        } else if a_slip_apart(one, other) {
            Level::Alike
        } else {
            Level::Different
        })
    }
}

fn number(one: &Option<String>, other: &Option<String>) -> Option<Level> {
    one.as_ref().zip(other.as_ref()).map(|(a, b)| if a == b { Level::Same } else { Level::Different })
}

/// First name and surname in each other's place.
fn are_swapped(one: &Person, other: &Person) -> bool {
    let whole = |a: &[String], b: &[String]| !a.is_empty() && a == b;
    whole(&one.given, &other.family) && whole(&one.family, &other.given)
}

fn born(a: crate::domain::time::Date, b: crate::domain::time::Date) -> Level {
    if a == b {
        return Level::Same;
    }
    if a.year() == b.year() && a.month() == b.day() && a.day() == b.month() {
        return Level::Swapped;
    }
    let (a, b) = (a.strftime("%Y%m%d").to_string(), b.strftime("%Y%m%d").to_string());
    if strsim::osa_distance(&a, &b) == 1 { Level::Alike } else { Level::Different }
}

/// The nearest of any two surnames of the two families.
fn surname(ours: &Household, theirs: &Household) -> Option<Level> {
    let mut best = None;
    for one in &ours.people {
        for other in &theirs.people {
            let level = surnames(&one.family, &other.family);
            if level.is_some_and(|level| best.is_none_or(|best| level < best)) {
                best = level;
            }
        }
    }
    best
}

fn surnames(one: &[String], other: &[String]) -> Option<Level> {
    if one.is_empty() || other.is_empty() {
        return None;
    }
    let (whole, other_whole) = (one.concat(), other.concat());
    Some(if whole == other_whole {
        Level::Same
    } else if one.iter().any(|part| part.len() > 2 && other.contains(part)) {
        Level::OtherForm
    } else if a_slip_apart(&whole, &other_whole) {
        Level::Alike
    } else {
        Level::Different
    })
}

fn address(ours: &Household, theirs: &Household) -> Option<Level> {
    let number = |household: &Household| household.address.iter().find(|word| word.chars().any(|c| c.is_ascii_digit())).cloned();
    let street = |household: &Household| {
        let words = household.address.iter().filter(|word| !word.chars().any(|c| c.is_ascii_digit()));
        words.cloned().collect::<Vec<_>>().join(" ")
    };
    let (one, other) = (street(ours), street(theirs));
    let streets = (!one.is_empty() && !other.is_empty()).then(|| one == other || a_slip_apart(&one, &other));
    let postcodes = ours.postcode.as_ref().zip(theirs.postcode.as_ref()).map(|(a, b)| a == b);
    let numbers = number(ours).zip(number(theirs)).map(|(a, b)| a == b);
    match (numbers, streets, postcodes) {
        (_, None, None) => None,
        // A house has its number and either its street or its postcode; where houses have names, the name and the postcode.
        (Some(true), Some(true), _) | (Some(true), _, Some(true)) | (None, Some(true), Some(true)) => Some(Level::Same),
        (_, Some(true), _) | (_, _, Some(true)) => Some(Level::Near),
        (_, Some(false) | None, Some(false) | None) => Some(Level::Different),
    }
}

/// Of children who may be one: only there does a school say anything of the family.
fn school(ours: &Household, theirs: &Household, pairs: &[PersonPair]) -> Option<Level> {
    let mut best = None;
    for pair in pairs {
        let (one, other) = (&ours.people[pair.ours].school, &theirs.people[pair.theirs].school);
        if one.is_empty() || other.is_empty() {
            continue;
        }
        let same = one.iter().any(|word| other.iter().any(|theirs| word == theirs || a_slip_apart(word, theirs)));
        let level = if same { Level::Same } else { Level::Different };
        if best.is_none_or(|best| level < best) {
            best = Some(level);
        }
    }
    best
}

fn seen(levels: &Levels, level: Option<Level>) -> Option<Seen> {
    let weight = levels.get(&level?)?;
    Some(Seen { says: weight.says.clone(), bits: weight.bits() })
}
