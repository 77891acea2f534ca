//! Who writes says so in a sentence: `I am Ruth Bell, health visitor at Maryport Health Centre`, `ring me on 01632 960618`.

use std::sync::LazyLock;

use regex::Regex;

use super::members::single;
use super::names;
use super::papers::Paper;
use super::pattern::Told;
use super::postcode::phone;
use super::text::{bare, fold, sentences, tidy, word_count};
use super::words::Lexicon;
use crate::domain::nomination::Referrer;

/// A name of two to four words.
static NAME: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"^\s+(\p{Lu}[\p{L}\p{M}'’-]+(?:\s+\p{Lu}[\p{L}\p{M}'’-]+){1,3})").expect("valid"));

/// What the first sentence in which somebody introduces themselves by trade says of them.
pub(super) fn introduced(paper: &Paper<'_>, lexicon: &Lexicon<'_>) -> Option<Referrer> {
    let slots = paper.form.narrative.iter();
    slots.flat_map(|slot| sentences(&slot.lines_text()).into_iter().map(move |sentence| (slot, sentence))).find_map(
        |(slot, sentence)| {
            let (name, rest) = name_in(&sentence, lexicon)?;
            let (role, organisation) = trade(rest, lexicon);
            if role.is_none() && organisation.is_none() {
                return None;
            }
            let told = |value: String| single(value, slot.source_quoting(paper.name, tidy(&sentence), 0.85));
            Some(Referrer {
                name: Some(told(name)),
                role: role.map(told),
                organisation: organisation.map(told),
                email: None,
                phone: phone(&sentence).map(told),
            })
        },
    )
}

/// What is known keeps its place; the introduction fills what is open.
pub(super) fn fill(introduced: Referrer, referrer: &mut Referrer) {
    for (place, told) in [
        (&mut referrer.name, introduced.name),
        (&mut referrer.role, introduced.role),
        (&mut referrer.organisation, introduced.organisation),
        (&mut referrer.phone, introduced.phone),
    ] {
        if place.is_none() {
            *place = told;
        }
    }
}

/// `Ring me on 07700 900489`, `my number is …`: the number of who writes, never the one of somebody the sentence names.
pub(super) fn own_phone(paper: &Paper<'_>, lexicon: &Lexicon<'_>, referrer: &mut Referrer) {
    for slot in paper.form.narrative.iter().filter(|_| referrer.phone.is_none()) {
        for sentence in sentences(&slot.lines_text()) {
            let Some(number) = phone(&sentence) else { continue };
            let text = bare(&sentence);
            let before = sentence.find(number.as_str()).map_or(text.as_str(), |at| text.get(..at).unwrap_or(&text));
            if Told::new(before).first(lexicon.patterns("own_number")).is_some() {
                referrer.phone = Some(single(number, slot.source_quoting(paper.name, tidy(&sentence), 0.8)));
                return;
            }
        }
    }
}

/// The name behind `I am`, `my name is`, `this is`; and what stands behind it.
fn name_in<'s>(sentence: &'s str, lexicon: &Lexicon<'_>) -> Option<(String, &'s str)> {
    let mut openers: Vec<&String> = lexicon.list("introductions").iter().collect();
    openers.sort_by_key(|opener| std::cmp::Reverse(opener.len()));
    sentence.match_indices(char::is_whitespace).find_map(|(at, _)| {
        let before = fold(&sentence[..at]);
        let opens =
            |opener: &&String| before.strip_suffix(opener.as_str()).is_some_and(|rest| !rest.ends_with(char::is_alphanumeric));
        openers.iter().copied().find(opens)?;
        let found = NAME.captures(&sentence[at..])?.get(1)?;
        let name = names::clean(found.as_str(), lexicon);
        let rest = &sentence[at + found.end()..];
        (word_count(&name) > 1
            && names::looks_like_name(&name, lexicon)
            && lexicon.mentions("organisation_words", &name).is_none())
        .then_some((name, rest))
    })
}

/// `, health visitor at Maryport Health Centre, and …` → the trade, and where.
fn trade(rest: &str, lexicon: &Lexicon<'_>) -> (Option<String>, Option<String>) {
    const WORDS_MAX: usize = 8;
    let rest = rest.trim_start_matches([' ', ',', '(', '-', '–']);
    let lead = ["and i am ", "and i'm ", "i am ", "i'm ", "and i work as ", "the ", "a ", "an "];
    let mut text = rest;
    while let Some(word) = lead.iter().find(|word| fold(&text.chars().take(word.len()).collect::<String>()) == word.trim_end()) {
        text = text.get(word.len()..).unwrap_or_default().trim_start();
    }
    let clause = text.split([',', '.', ';', '(', ')']).next().unwrap_or_default();
    let clause = clause.split(" and I").next().unwrap_or(clause);
    let divided =
        [" at ", " from ", " for ", " with "].iter().filter_map(|word| clause.find(word).map(|at| (at, word.len()))).min();
    let (role, place) = match divided {
        Some((at, length)) => (&clause[..at], &clause[at + length..]),
        None => match ["at ", "from ", "for ", "with "].iter().find_map(|word| clause.strip_prefix(word)) {
            Some(place) => ("", place),
            None => (clause, ""),
        },
    };
    let role = Some(tidy(role)).filter(|role| lexicon.mentions("role_words", role).is_some() && word_count(role) <= WORDS_MAX);
    let place = place.strip_prefix("the ").unwrap_or(place);
    let is_place = place.starts_with(char::is_uppercase)
        && (role.is_some() || lexicon.mentions("organisation_words", place).is_some())
        && word_count(place) <= WORDS_MAX;
    (role, is_place.then(|| tidy(place)))
}
