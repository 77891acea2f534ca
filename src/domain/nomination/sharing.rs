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
                let text = answer.slot.text();
                let names = if field == "hidden_from" { people(&text, lexicon) } else { parts(&text) };
                for name in names.into_iter().filter(|name| !says_nothing(name, lexicon)) {
                    add(found, name, &answer.slot, paper, &text);
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
    let behind = |list: &str| lexicon.earliest(list, &lower);
    let excluded = behind("excluding_phrases");
    if let Some((_, end)) = excluded {
        for name in people(until_ending(&text[end..], &lower[end..]), lexicon) {
            if is_person_of_family(&name, lexicon) || is_named(&name, lexicon) {
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
    // `Her ex-partner must not know`: whoever stands before the words, with the name beside it.
    if let Some((at, _)) = behind("hiding_phrases") {
        let before = lexicon.list("hidden_people").iter().filter_map(|person| {
            let from = lower[..at].rfind(person.as_str())?;
            let whole = find_phrase(&lower[from..at], person).is_some_and(|found| found == 0);
            whole.then_some((from, from + person.len()))
        });
        let kin = before.max_by_key(|(from, end)| (*end, std::cmp::Reverse(*from)));
        if let Some((from, end)) = kin {
            let named = named_behind(&text[end..at]);
            let named = if named.is_empty() { named_before(&text[..from], lexicon) } else { named };
            add(&mut consent.hidden_from, tidy(&format!("{} {named}", &text[from..end])), slot, paper, sentence);
        }
    }
    // `Idris Penny must not know`: an order is about whoever is its subject; that somebody is not aware may say anything.
    if let Some((at, _)) = behind("hiding_orders") {
        for name in people(subject_of(&text[..at]), lexicon) {
            let known = is_person_of_family(&name, lexicon) || is_agency(&name, lexicon);
            if !known && (is_named(&name, lexicon) || is_small_name(&name, lexicon)) {
                add(&mut consent.hidden_from, name, slot, paper, sentence);
            }
        }
    }
}

/// Words that are no part of a name, and end one.
const NO_NAMES: &str = "a about again all also always am an and any anybody anyone are as at be because been before but by can cannot \
    could did do does else even ever everybody everyone family for form found from get gets has have he her here him his how i if in \
    information into is it its just know known like may me might must my never no nobody none nor not now of off on one only or other \
    others our out people person put really said say says she should so somebody someone something staff still such team than that the \
    their them then there these they things this those to told too until up us very was we were what when where which who whom why will \
    with without worker workers would yet you your";

fn is_no_name(word: &str) -> bool {
    let bare = word.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
    bare.is_empty() || bare.contains(char::is_numeric) || NO_NAMES.split_whitespace().any(|known| known == bare)
}

/// ` idris penny ` behind `ex-husband`: the words up to the first that is no part of a name.
fn named_behind(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().take_while(|word| !is_no_name(word)).collect();
    let name = words.join(" ");
    tidy(name.trim_matches(|c: char| !c.is_alphanumeric() && c != '.'))
}

/// `Idris Penny, ` before `her ex-husband`: capitals alone, for anything may stand there.
fn named_before(text: &str, lexicon: &Lexicon<'_>) -> String {
    let text = text.trim_end();
    let text = ["my", "her", "his", "their", "the", "our"].iter().fold(text, |text, own| {
        text.strip_suffix(own).filter(|rest| rest.ends_with(|c: char| !c.is_alphanumeric())).map_or(text, str::trim_end)
    });
    let Some(text) = text.strip_suffix([',', '(']) else { return String::new() };
    let mut words: Vec<&str> = text.split_whitespace().rev().take_while(|word| is_capital(word) && !is_no_name(word)).collect();
    words.reverse();
    let name = words.join(" ");
    if is_named(&name, lexicon) { name } else { String::new() }
}

/// What stands before an order, back to where the clause begins.
fn subject_of(text: &str) -> &str {
    let breaks =
        ["; ", ". ", ": ", " but ", " because ", " so ", " that ", "(", " if ", " when ", " while ", " - ", " \u{2013} "];
    let from = breaks.iter().filter_map(|sign| text.rfind(sign).map(|at| at + sign.len())).max().unwrap_or(0);
    &text[from..]
}

fn is_capital(word: &str) -> bool {
    word.trim_start_matches(|c: char| !c.is_alphanumeric()).starts_with(char::is_uppercase)
}

/// Whether a name is written as names are: two words with capitals, or one behind a title.
fn is_named(name: &str, lexicon: &Lexicon<'_>) -> bool {
    let words: Vec<&str> = name.split_whitespace().filter(|word| is_capital(word) && !is_no_name(word)).collect();
    let titled = words.first().is_some_and(|word| is_title(word)) && words.len() >= 2;
    let names = words.iter().filter(|word| !is_title(word)).count();
    (names >= 2 || titled) && lexicon.mentions("instructions", name).is_none() && !is_agency(name, lexicon)
}

fn is_title(word: &str) -> bool {
    let bare = word.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
    ["mr", "mrs", "ms", "miss", "mx", "dr", "pc", "dc", "rev"].contains(&bare.as_str())
}

/// `idris penny` as the whole subject of an order: two or three words, none of which is one of a sentence.
fn is_small_name(name: &str, lexicon: &Lexicon<'_>) -> bool {
    let words: Vec<&str> = name.split_whitespace().collect();
    (2..=3).contains(&words.len())
        && !words.iter().any(|word| is_no_name(word))
        && !is_agency(name, lexicon)
        && lexicon.mentions("instructions", name).is_none()
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

/// Most words of one entry: what is longer is a tale.
const WORDS_MAX: usize = 8;
/// The same of somebody who must not know: nothing said of them is left out.
const PERSON_WORDS_MAX: usize = 40;

/// The names of a list, without what introduces them.
fn parts(text: &str) -> Vec<String> {
    split(text, WORDS_MAX).into_iter().map(|(name, _)| name).collect()
}

/// The people of a list: `Penny, Idris` is one, with the surname first.
fn people(text: &str, lexicon: &Lexicon<'_>) -> Vec<String> {
    let single = |name: &str| {
        let words: Vec<&str> = name.split_whitespace().filter(|word| !is_title(word)).collect();
        matches!(words.as_slice(), [_])
            || matches!(words.as_slice(), [_, second] if is_one_letter(second))
            || matches!(words.as_slice(), [first, second] if is_one_letter(first) && is_one_letter(second))
    };
    let may_be_name = |name: &str| {
        single(name)
            && !says_nothing(name, lexicon)
            && !is_agency(name, lexicon)
            && !is_person_of_family(name, lexicon)
            && (!is_no_name(name) || is_initial(name))
    };
    let mut all: Vec<String> = Vec::new();
    let mut surname = false;
    for (name, behind_comma) in split(text, PERSON_WORDS_MAX) {
        let joins = surname && behind_comma && may_be_name(&name);
        match all.last_mut().filter(|_| joins) {
            Some(last) => {
                *last = format!("{last}, {name}");
                surname = false;
            }
            None => {
                surname = name.split_whitespace().count() == 1 && may_be_name(&name);
                all.push(name);
            }
        }
    }
    all
}

fn is_one_letter(word: &str) -> bool {
    word.trim_end_matches('.').chars().count() == 1
}

/// `I.` behind a surname is no word of a sentence.
fn is_initial(name: &str) -> bool {
    is_one_letter(name) && (name.ends_with('.') || is_capital(name))
}

/// Names, each with whether a comma stands before it.
fn split(text: &str, words_max: usize) -> Vec<(String, bool)> {
    let mut all = Vec::new();
    for piece in text.split([';', '&', '/', '\n']) {
        for (at, part) in piece.split(',').enumerate() {
            let words = part.split_whitespace().collect::<Vec<_>>();
            for (more, part) in words.split(|word| ["or", "and", "nor"].contains(&word.to_lowercase().as_str())).enumerate() {
                let part = part.join(" ");
                let mut name = part
                    .trim_start_matches(|c: char| !c.is_alphanumeric())
                    .trim_end_matches(|c: char| !c.is_alphanumeric() && c != '.' && c != ')');
                // A full stop stays behind an initial alone.
                if !name.rsplit(' ').next().is_some_and(is_one_letter) {
                    name = name.trim_end_matches('.');
                }
                if !name.contains('(') {
                    name = name.trim_end_matches(')');
                }
                while let Some(rest) = OPENERS.iter().find_map(|opener| {
                    name.get(..opener.len()).filter(|start| start.eq_ignore_ascii_case(opener)).map(|_| &name[opener.len()..])
                }) {
                    name = rest;
                }
                let name = tidy(name);
                if !name.is_empty() && name.split(' ').count() <= words_max {
                    all.push((name, at > 0 && more == 0));
                }
            }
        }
    }
    all
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
