//! Somebody a family keeps out, as it wrote it: whether a person we know is meant.
//!
//! People write names in any order, small, with an initial, with what the person is to them. Held out by mistake is cheap, told by
//! mistake can cost a life: a surname alone is enough for [`Meant::Perhaps`]. A first name alone says nothing.

use crate::domain::people::names::{a_slip_apart, levelled};

/// Whether a person is meant by what a family wrote.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Meant {
    /// Nothing says so.
    No,
    /// They share the surname, or what an address shows of it.
    Perhaps,
    /// Both names, or the surname and the initial.
    Surely,
}

/// What stands beside a name and is no part of it: titles, kin, work, and the words of a sentence.
const BESIDE_A_NAME: &str = "mr mrs ms miss mx dr prof rev sir pc wpc dc ds sgt \
    ex former partner husband wife boyfriend girlfriend fiance fiancee father dad mother mum mam stepfather stepdad stepmother stepmum \
    step grandmother grandfather grandparents grandparent nan nana gran grandad brother sister uncle aunt auntie cousin son daughter \
    birth paternal maternal family families relatives relations friend friends neighbour neighbours landlord side \
    the a an of for from in on at to by with and or who whom whose which that is was are were be been has have had he she it him \
    they them this these those our my her his their your mine hers not no none nobody noone never must should may can cannot will would \
    know told tell see find out contact contacted anyone anybody everyone someone somebody everybody all any else also called named \
    name still now because as us we i you me there here works work working lives living \
    officer worker social support key area duty team manager staff police constable school teacher nurse health housing council agency \
    department office service services";

/// Shortest part of an address that shows a surname.
const MAILED_LETTERS_MIN: usize = 3;

/// One person a family keeps out, as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptOutName {
    /// Every word, levelled, and each two neighbours as one: `mc donald` is `mcdonald`.
    words: Vec<String>,
    /// Initials written as such.
    initials: Vec<char>,
    /// What may be a surname.
    surnames: Vec<String>,
    /// What may be a first name.
    given: Vec<String>,
    /// Who it is is known by both names: a surname alone is somebody else.
    known: bool,
}

impl KeptOutName {
    /// Whom `entry` names: `her ex-partner Dean Carter (of Fell School)`, `carter, dean`, `Mr D. Carter`. None when it names nobody.
    #[must_use]
    pub fn written(entry: &str) -> Option<Self> {
        let (before, bracketed) = entry.split_once(['(', '[']).unwrap_or((entry, ""));
        Self::of(before).or_else(|| Self::of(bracketed))
    }
    /// Somebody known by both names.
    #[must_use]
    pub fn known(given: &str, family: &str) -> Option<Self> {
        let (given, surnames) = (tokens(given), tokens(family));
        let words = given.iter().take(1).chain(&surnames).cloned().collect();
        let whole = !given.is_empty() && !surnames.is_empty();
        whole.then_some(Self { words, initials: Vec::new(), surnames, given, known: true })
    }

    fn of(entry: &str) -> Option<Self> {
        // `Penny's` is `Penny`.
        let entry = &entry.replace("'s ", " ").replace("\u{2019}s ", " ");
        let (first, second) = entry.split_once(',').unwrap_or((entry, ""));
        let (first, second) = (names(first), names(second));
        // `Penny, Idris` has its surname first; what stands behind the comma of `Idris Penny, of the council` is no name.
        let turned = first.len() == 1 && (1..=2).contains(&second.len());
        let (given, surnames): (Vec<String>, Vec<String>) = match first.as_slice() {
            [] => return (!second.is_empty()).then(|| Self::of(entry.split_once(',')?.1)).flatten(),
            [surname] if turned => (second, vec![surname.clone()]),
            [single] => (Vec::new(), vec![single.clone()]),
            [given, rest @ ..] => (vec![given.clone()], rest.to_vec()),
        };
        let mut words = tokens(entry);
        let joined: Vec<String> = words.windows(2).map(|pair| pair.concat()).collect();
        words.extend(joined);
        let mut surnames = surnames;
        surnames.extend(surnames.windows(2).map(|pair| pair.concat()).collect::<Vec<_>>());
        // `O Brien`, `Mc Donald`: what looks like a first name may be the surname's own beginning.
        if let ([begins], [rest, ..]) = (given.as_slice(), surnames.as_slice())
            && ["o", "mc", "mac", "van", "von", "de", "da", "di", "al", "el", "st"].contains(&begins.as_str())
        {
            surnames.push(format!("{begins}{rest}"));
        }
        Some(Self { words, initials: initials(entry), surnames, given, known: false })
    }

    /// Whether somebody called `name` at `address` is meant; `name` may be empty, or the address again.
    #[must_use]
    pub fn means(&self, name: &str, address: &str) -> Meant {
        let local = address.rsplit_once('@').map_or(address, |(local, _)| local);
        let mailed: Vec<String> = levelled(&local.replace(|c: char| !c.is_alphabetic() && c != '\'', " ")).into_iter().collect();
        let called = if name.contains('@') { Vec::new() } else { person(name) };
        let by_mail = self.by_mail(&mailed, called.is_empty());
        let Some((surname, given)) = called.split_last() else { return by_mail };
        by_mail.max(self.by_name(given, surname, name))
    }

    fn by_name(&self, given: &[String], surname: &str, name: &str) -> Meant {
        let mut parts: Vec<String> = tokens(surname);
        parts.push(parts.concat());
        // `van Dyke` may be written as one.
        if let [.., before] = given {
            parts.push(format!("{}{}", tokens(before).concat(), tokens(surname).concat()));
        }
        let given: Vec<String> = given.iter().flat_map(|word| tokens(word)).collect();
        let by_surname = parts.iter().any(|part| self.words.contains(part));
        let by_given = given.iter().any(|name| name.chars().count() > 1 && self.words.contains(name));
        let initial = given.first().and_then(|name| name.chars().next());
        let by_initial = initial.is_some_and(|initial| self.initials.contains(&initial))
            || given
                .first()
                .is_some_and(|name| name.chars().count() == 1 && self.given.iter().any(|own| own.starts_with(name.as_str())));
        if by_surname && (by_given || by_initial) {
            return Meant::Surely;
        }
        if self.known {
            return Meant::No;
        }
        let shared = parts.iter().any(|part| self.surnames.contains(part));
        let slip = by_given && parts.iter().any(|part| self.surnames.iter().any(|own| a_slip_apart(own, part)));
        // Whoever signs with one name alone is known by no other.
        let single = given.is_empty() && self.surnames.iter().any(|own| levelled(name).contains(own));
        if shared || slip || single { Meant::Perhaps } else { Meant::No }
    }

    fn by_mail(&self, mailed: &[String], unnamed: bool) -> Meant {
        let surname = |word: &String| self.surnames.contains(word);
        let starts = |word: &String| {
            let initial = word.chars().count() == 1;
            initial
                && (self.given.iter().any(|own| own.starts_with(word.as_str()))
                    || self.initials.iter().any(|own| word.starts_with(*own)))
        };
        let whole = mailed.iter().any(surname) && mailed.iter().any(|word| self.given.contains(word));
        let short = mailed.iter().any(surname) && mailed.iter().any(starts);
        // `ipenny`, `idrispenny`, `pennyi`.
        let first = |own: &String| own.chars().next().map(String::from).unwrap_or_default();
        let starts = self.given.iter().map(first).chain(self.initials.iter().map(|initial| initial.to_string()));
        let before: Vec<String> = self.given.iter().cloned().chain(starts).collect();
        let joined = self.surnames.iter().any(|own| {
            before.iter().any(|given| mailed.contains(&format!("{given}{own}")) || mailed.contains(&format!("{own}{given}")))
        });
        if whole || (unnamed && (short || joined)) {
            return Meant::Surely;
        }
        let shown = |word: &String| word.chars().count() >= MAILED_LETTERS_MIN && surname(word);
        if unnamed && !self.known && mailed.iter().any(shown) { Meant::Perhaps } else { Meant::No }
    }
}

/// Levelled words; an initial stands apart from what follows it.
fn tokens(text: &str) -> Vec<String> {
    levelled(&text.replace('.', " "))
}

/// The words that may be part of a name.
fn names(text: &str) -> Vec<String> {
    let beside: Vec<&str> = BESIDE_A_NAME.split_whitespace().collect();
    let word =
        |word: &String| word.chars().count() > 1 && !beside.contains(&word.as_str()) && !word.chars().any(char::is_numeric);
    tokens(text).into_iter().filter(word).collect()
}

/// `I.` of `Mr I. Penny` and `I Penny`; the `a` of a sentence is none.
fn initials(text: &str) -> Vec<char> {
    let mut found = Vec::new();
    for word in text.split(|c: char| c.is_whitespace() || c == ',') {
        for part in word.split_inclusive('.') {
            let bare = part.trim_end_matches('.');
            let mut letters = bare.chars();
            if let (Some(letter), None) = (letters.next(), letters.next())
                && letter.is_alphabetic()
                && (letter.is_uppercase() || part.ends_with('.'))
            {
                found.extend(levelled(&letter.to_string()).first().and_then(|letter| letter.chars().next()));
            }
        }
    }
    found
}

/// A person's own name as parts between blanks, the surname last: `Penny, Mr Idris` is `Idris`, `Penny`.
fn person(name: &str) -> Vec<String> {
    let beside = ["mr", "mrs", "ms", "miss", "mx", "dr", "prof", "rev", "sir", "pc", "dc", "ds", "sgt"];
    let (before, after) = name.split_once(',').unwrap_or((name, ""));
    let parts = |text: &str| {
        let word = |word: &&str| !levelled(word).is_empty() && !beside.contains(&levelled(word).concat().as_str());
        text.split_whitespace().filter(word).map(str::to_owned).collect::<Vec<String>>()
    };
    let (before, after) = (parts(before), parts(after));
    if before.len() == 1 && !after.is_empty() { after.into_iter().take(1).chain(before).collect() } else { before }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_is_named_in_any_of_the_ways_people_write_is_told() {
        use Meant::{No, Perhaps, Surely};
        let wrong: Vec<String> = [
            ("Idris Penny", Surely),
            ("idris penny", Surely),
            ("IDRIS PENNY", Surely),
            ("Penny, Idris", Surely),
            ("penny, idris", Surely),
            ("PENNY Idris", Surely),
            ("Penny, Mr I.", Surely),
            ("Mr I. Penny", Surely),
            ("I Penny", Surely),
            ("i.penny", Surely),
            ("Mr Idris R. Penny", Surely),
            ("Ídris Pénny", Surely),
            ("Idris  Penny ", Surely),
            ("Idris Penny-Smith", Surely),
            ("the officer Idris Penny who is my ex", Surely),
            ("my ex-husband idris penny", Surely),
            ("her ex (Idris Penny)", Surely),
            ("Idris Penny (of the council)", Surely),
            ("Idris Penny, area officer", Surely),
            ("area officer idris penny, who knows my family", Surely),
            ("anyone called Idris Penny", Surely),
            ("Idris Penny's team", Surely),
            ("Mr Penny", Perhaps),
            ("officer penny", Perhaps),
            ("Penny", Perhaps),
            ("Ann Penny", Perhaps),
            ("the Penny family", Perhaps),
            ("Mrs A. Penny", Perhaps),
            ("Idris Peny", Perhaps),
            ("Idris", No),
            ("idris", No),
            ("Idris Musgrave", No),
            ("Mr Idris Jones", No),
            ("Penny Musgrave", No),
            ("her ex-husband", No),
            ("the neighbours", No),
            ("nobody", No),
            ("the police", No),
        ]
        .into_iter()
        .filter_map(|(entry, expected)| {
            let found = KeptOutName::written(entry).map_or(No, |name| name.means("Idris Penny", "i.p@council.example.org"));
            (found != expected).then(|| format!("{entry}: {found:?}, not {expected:?}"))
        })
        .collect();
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    #[test]
    fn names_of_several_parts_and_names_only_an_address_shows_are_told() {
        use Meant::{No, Perhaps, Surely};
        for (entry, name, address, expected) in [
            ("O Brien, Sean", "Seán O'Brien", "s@example.org", Surely),
            ("sean obrien", "Seán O’Brien", "s@example.org", Surely),
            ("Mc Donald", "Ann McDonald", "a@example.org", Perhaps),
            ("Mia Vandyke", "Mia van Dyke", "m@example.org", Surely),
            ("Jo Smith", "Jo Penny-Smith", "j@example.org", Surely),
            ("Maria Souza", "Maria de Souza", "m@example.org", Surely),
            ("Lukasz Luczak", "Łukasz Łuczak", "l@example.org", Surely),
            ("Idris Penny", "Penny, Idris", "x@example.org", Surely),
            ("Idris Penny", "I. Penny", "x@example.org", Surely),
            ("Idris Penny", "", "idris.penny@example.org", Surely),
            ("Idris Penny", "i.penny@example.org", "i.penny@example.org", Surely),
            ("Idris Penny", "", "ipenny@example.org", Surely),
            ("Idris Penny", "", "penny2@example.org", Perhaps),
            ("Idris Penny", "", "idris@example.org", No),
            ("Idris Penny", "Idris Moss", "idris.moss@example.org", No),
            ("Idris Penny", "Nell Idris", "n@example.org", No),
            ("Dean Carter", "Mr Dean J Carter", "x@example.org", Surely),
            ("Dean Carter", "Dean Moss", "dean.moss@example.org", No),
        ] {
            let found = KeptOutName::written(entry).map_or(No, |written| written.means(name, address));
            assert_eq!(found, expected, "{entry}: {name} <{address}>");
        }
    }

    #[test]
    fn whom_the_family_names_by_kin_is_known_by_both_names_and_shares_a_surname_with_nobody() {
        let father = KeptOutName::known("Wilf", "Tranter").unwrap();
        assert_eq!(father.means("Wilf Tranter", "w@example.org"), Meant::Surely);
        assert_eq!(father.means("Odette Tranter", "o@example.org"), Meant::No);
        assert_eq!(KeptOutName::known("", "Tranter"), None);
    }
}
