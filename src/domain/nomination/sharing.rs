//! With whom the family agrees to share, with whom it does not, and who must not know of the nomination.
//!
//! Taken only where somebody or something is named: `Agencies you do not want told` with nothing behind it says nothing,
//! and `do not share this form` excludes nobody. Words are kept as written; a person reads them before anything is shared.

use super::members::single;
use super::papers::{Origin, Paper};
use super::slot::Slot;
use super::text::{find_phrase, sentences, tidy};
use super::words::Lexicon;
use crate::domain::nomination::{Answer, Consent, DocumentKind};

/// Where the words of a limit end.
const ENDINGS: [&str; 12] =
    [";", ".", "(", " because", " as ", " until", " but ", " without", " unless", " for now", " at this", " about "];
/// Words before a name that are no part of it.
const OPENERS: [&str; 9] = ["the ", "any ", "her ", "his ", "their ", "with ", "to ", "or ", "anyone from "];

/// Adds to `consent` what the papers say of sharing.
pub(super) fn sharing(papers: &[&Paper<'_>], lexicon: &Lexicon<'_>, consent: &mut Consent) {
    for paper in papers.iter().filter(|paper| paper.origin != Origin::Quoted || paper.is_nomination()) {
        if paper.origin == Origin::File && !paper.is_nomination() && paper.kind != DocumentKind::ConsentForm {
            continue;
        }
        let asked = [
            ("sharing_agreed", &mut consent.shared_with),
            ("sharing_purposes", &mut consent.purposes),
            ("sharing_excluded", &mut consent.excluded_agencies),
            ("hidden_from", &mut consent.hidden_from),
        ];
        for (field, found) in asked {
            for answer in paper.form.answers_to(field).filter(|answer| !answer.slot.has_box()) {
                for name in parts(&answer.slot.text()).into_iter().filter(|name| !says_nothing(name, lexicon)) {
                    add(found, name, &answer.slot, paper, &answer.slot.text());
                }
            }
        }
        let lines = paper.form.narrative.iter().chain(&paper.form.agreement);
        let said = paper.form.people.iter().flat_map(|draft| &draft.said);
        for slot in lines.chain(said) {
            for sentence in sentences(&slot.lines_text()) {
                of_sentence(&sentence, slot, paper, lexicon, consent);
            }
        }
    }
}

fn of_sentence(sentence: &str, slot: &Slot, paper: &Paper<'_>, lexicon: &Lexicon<'_>, consent: &mut Consent) {
    if sentence.ends_with('?') || lexicon.mentions("sharing_questions", sentence).is_some() {
        return;
    }
    let text = tidy(&sentence.replace('\u{2019}', "'"));
    // Lower case by letter keeps every place where it was.
    let lower = text.to_ascii_lowercase();
    let behind = |list: &str| {
        let found = lexicon.list(list).iter().filter_map(|phrase| find_phrase(&lower, phrase).map(|at| (at, at + phrase.len())));
        found.min_by_key(|(at, end)| (*at, std::cmp::Reverse(*end)))
    };
    let excluded = behind("excluding_phrases");
    if let Some((_, end)) = excluded {
        for name in parts(until_ending(&text[end..], &lower[end..])) {
            if is_person_of_family(&name, lexicon) {
                add(&mut consent.hidden_from, name, slot, paper, sentence);
            } else if is_agency(&name, lexicon) {
                add(&mut consent.excluded_agencies, name, slot, paper, sentence);
            }
        }
    }
    if let Some((_, end)) = behind("agreeing_phrases").filter(|_| excluded.is_none()) {
        for name in parts(until_ending(&text[end..], &lower[end..])).into_iter().filter(|name| is_agency(name, lexicon)) {
            add(&mut consent.shared_with, name, slot, paper, sentence);
        }
    }
    // `Her ex-partner must not know`: whoever stands before the words.
    if let Some((at, _)) = behind("hiding_phrases") {
        let before = lexicon.list("hidden_people").iter().filter_map(|person| {
            let from = lower[..at].rfind(person.as_str())?;
            let whole = find_phrase(&lower[from..at], person).is_some_and(|found| found == 0);
            whole.then_some((from, from + person.len()))
        });
        if let Some((from, end)) = before.max_by_key(|(from, end)| (*end, std::cmp::Reverse(*from))) {
            add(&mut consent.hidden_from, text[from..end].to_owned(), slot, paper, sentence);
        }
    }
}

/// Whether the sentence hides the nomination from one person, which is no refusal of those who agreed.
pub(super) fn hides_from_one(sentence: &str, lexicon: &Lexicon<'_>) -> bool {
    lexicon.mentions("hiding_phrases", sentence).is_some() && lexicon.mentions("absent_people", sentence).is_some()
        || lexicon.mentions("excluding_phrases", sentence).is_some()
}

fn until_ending<'t>(text: &'t str, lower: &str) -> &'t str {
    let end = ENDINGS.iter().filter_map(|ending| lower.find(ending)).min().unwrap_or(text.len());
    &text[..end]
}

/// The names of a list, without what introduces them.
fn parts(text: &str) -> Vec<String> {
    let pieces = text.split([',', ';', '&', '\n']).flat_map(|part| part.split(" or ")).flat_map(|part| part.split(" and "));
    pieces
        .map(|part| {
            let mut name = part.trim_matches(|c: char| !c.is_alphanumeric());
            while let Some(rest) = OPENERS.iter().find_map(|opener| {
                name.get(..opener.len()).filter(|start| start.eq_ignore_ascii_case(opener)).map(|_| &name[opener.len()..])
            }) {
                name = rest;
            }
            tidy(name)
        })
        .filter(|name| !name.is_empty() && name.split(' ').count() <= 8)
        .collect()
}

fn says_nothing(name: &str, lexicon: &Lexicon<'_>) -> bool {
    lexicon.is_blank(name) || lexicon.is("no", name) || lexicon.is("yes", name)
}

fn is_agency(name: &str, lexicon: &Lexicon<'_>) -> bool {
    let known = ["agency_words", "organisation_words", "role_words"].iter().any(|list| lexicon.mentions(list, name).is_some());
    known && lexicon.mentions("instructions", name).is_none()
}

fn is_person_of_family(name: &str, lexicon: &Lexicon<'_>) -> bool {
    lexicon.mentions("hidden_people", name).is_some()
}

fn add(found: &mut Vec<Answer<String>>, name: String, slot: &Slot, paper: &Paper<'_>, quote: &str) {
    let source = slot.source_quoting(paper.name, quote.to_owned(), 0.8);
    match found.iter_mut().find(|known| known.value.reveal().eq_ignore_ascii_case(&name)) {
        Some(known) => known.sources.push(source),
        None => found.push(single(name, source)),
    }
}
