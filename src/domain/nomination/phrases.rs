//! Many phrases made ready for looking for all of them in a text at once: one walk over its words, however long the list is.

use std::cmp::Reverse;
use std::collections::HashMap;

use super::text::{closes, find_phrase};

/// How many groups the phrases are in, by the two bytes they begin with.
pub(super) const GROUPS: usize = 256;

/// Folded phrases in the programme's order, grouped by how they begin.
#[derive(Debug, Default)]
pub(super) struct Phrases {
    all: Vec<String>,
    /// Places in `all`, those of one group together; `begins[group]..begins[group + 1]` are its.
    grouped: Vec<u32>,
    begins: Vec<u32>,
    /// A bit for each group that has any.
    used: [u128; 2],
    /// Those that begin with no letter or figure, or are a single byte: looked for one by one.
    others: Vec<u32>,
}

impl Phrases {
    pub(super) fn new(all: Vec<String>) -> Self {
        let mut phrases = Self { begins: vec![0; GROUPS + 1], ..Self::default() };
        let mut groups: Vec<(usize, u32)> = Vec::with_capacity(all.len());
        for (place, phrase) in (0_u32..).zip(&all) {
            match phrase.as_bytes() {
                [] => {}
                [first, second, ..] if phrase.starts_with(char::is_alphanumeric) => {
                    let group = group_of(*first, *second);
                    phrases.used[group >> 7] |= 1 << (group & 127);
                    groups.push((group, place));
                }
                _ => phrases.others.push(place),
            }
        }
        groups.sort_unstable();
        for (group, _) in &groups {
            phrases.begins[group + 1] += 1;
        }
        for group in 0..GROUPS {
            phrases.begins[group + 1] += phrases.begins[group];
        }
        phrases.grouped = groups.into_iter().map(|(_, place)| place).collect();
        Self { all, ..phrases }
    }

    /// Every phrase, in the programme's order.
    pub(super) fn all(&self) -> &[String] {
        &self.all
    }

    /// The first of the phrases, in the programme's order, that stands in `folded` as whole words.
    pub(super) fn first_in(&self, folded: &str) -> Option<usize> {
        let mut first: Option<usize> = None;
        self.each_in(folded, |place, _| first = Some(first.map_or(place, |known| known.min(place))));
        first
    }

    /// The longest of the phrases that stands in `folded` as whole words; of several the last in the programme's order.
    pub(super) fn longest_in(&self, folded: &str) -> Option<usize> {
        let mut longest = None;
        self.each_in(folded, |place, _| longest = longest.max(Some((self.all[place].len(), place))));
        longest.map(|(_, place)| place)
    }

    /// Where the earliest of the phrases that stand in `folded` begins and ends, in bytes; of several there the longest.
    pub(super) fn earliest_in(&self, folded: &str) -> Option<(usize, usize)> {
        let mut earliest: Option<(usize, Reverse<usize>)> = None;
        self.each_in(folded, |place, at| {
            let found = (at, Reverse(at + self.all[place].len()));
            earliest = Some(earliest.map_or(found, |known| known.min(found)));
        });
        earliest.map(|(at, Reverse(end))| (at, end))
    }

    /// All phrases that stand in `folded` as whole words, each once, in the programme's order.
    pub(super) fn all_in(&self, folded: &str) -> Vec<usize> {
        let mut found = Vec::new();
        self.each_in(folded, |place, _| found.push(place));
        found.sort_unstable();
        found.dedup();
        found
    }

    /// Tells `found` the place of each phrase that stands in `folded` and where it begins, perhaps more than once.
    fn each_in(&self, folded: &str, mut found: impl FnMut(usize, usize)) {
        let bytes = folded.as_bytes();
        let mut inside = false;
        for (at, pair) in bytes.windows(2).enumerate() {
            let (first, opens) = (pair[0], !inside);
            inside = if first.is_ascii() { first.is_ascii_alphanumeric() } else { is_inside(folded, at, inside) };
            if !opens {
                continue;
            }
            let group = group_of(first, pair[1]);
            if self.used[group >> 7] >> (group & 127) & 1 == 0 {
                continue;
            }
            for place in &self.grouped[self.begins[group] as usize..self.begins[group + 1] as usize] {
                let phrase = &self.all[*place as usize];
                if bytes[at..].starts_with(phrase.as_bytes()) && closes(&folded[at + phrase.len()..], phrase) {
                    found(*place as usize, at);
                }
            }
        }
        for place in &self.others {
            if let Some(at) = find_phrase(folded, &self.all[*place as usize]) {
                found(*place as usize, at);
            }
        }
    }
}

/// Whether the character that the byte at `at` belongs to is part of a word; within it that was told at its first byte.
fn is_inside(folded: &str, at: usize, told: bool) -> bool {
    folded.get(at..).map_or(told, |rest| rest.starts_with(char::is_alphanumeric))
}

/// The group of the phrases that begin with these two bytes; several pairs share one.
pub(super) fn group_of(first: u8, second: u8) -> usize {
    usize::from(first.wrapping_mul(31) ^ second.wrapping_mul(5))
}

/// Phrases, each with its canonical word.
#[derive(Debug, Default)]
pub(super) struct Mapping {
    pub(super) phrases: Phrases,
    /// As many as phrases, in their order.
    pub(super) words: Vec<String>,
    /// Where each phrase stands first.
    pub(super) whole: HashMap<String, usize>,
}

impl Mapping {
    pub(super) fn new(pairs: impl IntoIterator<Item = (String, String)>) -> Self {
        let (phrases, words): (Vec<String>, Vec<String>) = pairs.into_iter().unzip();
        let mut whole = HashMap::with_capacity(phrases.len());
        for (place, phrase) in phrases.iter().enumerate() {
            whole.entry(phrase.clone()).or_insert(place);
        }
        Self { phrases: Phrases::new(phrases), words, whole }
    }

    pub(super) fn phrases_in<'m>(&'m self, folded: &str) -> impl Iterator<Item = &'m str> {
        self.phrases.all_in(folded).into_iter().map(|place| self.phrases.all()[place].as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::nomination::text::has_phrase;

    #[test]
    fn phrases_are_found_together_as_each_is_alone() {
        let phrases = [
            "mother",
            "works",
            "zo\u{eb}",
            "(yes)",
            "b",
            "longer than that",
            "x",
            "in education",
            "education",
            "\u{e9}cole",
            "step-mother",
            "o'neill",
            "",
            "- no",
            "the mother's name",
        ];
        let ready = Phrases::new(phrases.iter().map(|phrase| (*phrase).to_owned()).collect());
        for text in [
            "the mother's name",
            "grandmother",
            "step-mother",
            "mothers and fathers",
            "motherhood",
            "zo\u{eb} works",
            "zo\u{eb}works",
            "x\u{eb}works",
            "(yes) no",
            "a/b",
            "not in education, employment or training",
            "\u{e9}cole",
            "l'\u{e9}cole o'neills",
            "short - no",
            "x",
            "",
        ] {
            let alone: Vec<usize> = (0..phrases.len()).filter(|place| has_phrase(text, phrases[*place])).collect();
            assert_eq!(ready.all_in(text), alone, "{text}");
            assert_eq!(ready.first_in(text), alone.first().copied(), "{text}");
            let longest = alone.iter().copied().max_by_key(|place| phrases[*place].len());
            assert_eq!(ready.longest_in(text), longest, "{text}");
            let places = phrases.iter().filter_map(|phrase| find_phrase(text, phrase).map(|at| (at, at + phrase.len())));
            let earliest = places.min_by_key(|(at, end)| (*at, Reverse(*end)));
            assert_eq!(ready.earliest_in(text), earliest, "{text}");
        }
    }
}
