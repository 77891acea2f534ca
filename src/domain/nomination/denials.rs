//! Whether words deny, suppose or remember what they speak of.

use std::sync::LazyLock;

use regex::Regex;

use super::text::{find_phrase, word_count};
use super::words::Lexicon;
use crate::domain::time::Date;

/// The month, which supposes nothing: `since May`, `14 May`, `May 2026`.
static MONTH_OF_MAY: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\b(in|since|from|until|till|by|during|last|this|early|late|mid|of|end of|and|\d{1,2}(?:st|nd|rd|th)?) may\b(\s*$|[,.;:)]|\s+(?:and|when|after|for|this|last|20\d\d|to|he|she|they|but)\b|[^a-z]|$)").expect("valid")
});
static YEAR: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\b(?:in|until|since|from|of)\s+(?:[a-z]+\s+)?((?:19|20)\d{2})\b").expect("valid"));

/// A denial that stands further behind the words, in words, denies something else.
const BEHIND_MAX: usize = 6;

/// Whether the clause denies, supposes, remembers, or speaks to the reader.
pub(super) fn is_no_finding(clause: &str, lexicon: &Lexicon<'_>, received_on: Date) -> bool {
    says_none(clause, &["negations", "hypotheticals", "history"], lexicon, received_on)
}

/// Whether the clause denies or remembers. A fear or a guess (`I am worried that he …`) is neither.
pub(super) fn is_denied_or_past(clause: &str, lexicon: &Lexicon<'_>, received_on: Date) -> bool {
    says_none(clause, &["negations", "history"], lexicon, received_on)
}

pub(super) fn says_none(clause: &str, lists: &[&str], lexicon: &Lexicon<'_>, received_on: Date) -> bool {
    let clause = MONTH_OF_MAY.replace_all(clause, "$1 month$2");
    let clause = clause.as_ref();
    if denies_a_trouble(clause, lexicon) {
        return true;
    }
    if lists.iter().any(|list| lexicon.mentions(list, clause).is_some()) && lexicon.mentions("not_negations", clause).is_none() {
        return true;
    }
    YEAR.captures_iter(clause)
        .filter_map(|found| found[1].parse::<i16>().ok())
        .any(|year| year < received_on.year() - 3 && !clause.contains("since"))
}

/// `No money` is a lack; in `no money worries` and `no money or housing problems` the denial is of all that follows.
fn denies_a_trouble(clause: &str, lexicon: &Lexicon<'_>) -> bool {
    let lacks = lexicon.list("not_negations").iter().filter(|phrase| phrase.starts_with("no "));
    lacks.into_iter().any(|phrase| {
        let Some(at) = find_phrase(clause, phrase) else { return false };
        let mut words = clause[at + phrase.len()..].split_whitespace();
        let mut next = words.next();
        while matches!(next, Some("or" | "nor" | "and" | "&" | ",")) {
            (_, next) = (words.next(), words.next());
        }
        next.is_some_and(|word| lexicon.is("troubles", word))
    })
}

/// The clause up to `since`, behind which stands what came before: `no wage since her maternity pay ended`.
pub(super) fn before_since(clause: &str) -> &str {
    find_phrase(clause, "since").map(|at| &clause[..at]).filter(|before| word_count(before) > 2).unwrap_or(clause)
}

/// Whether a denial in `clause` is about the words at `at`: it stands before them, or soon behind.
pub(super) fn denies(clause: &str, at: usize, lexicon: &Lexicon<'_>) -> bool {
    if lexicon.mentions("not_negations", clause).is_some() {
        return false;
    }
    let about = |from: usize| from < at || clause.get(at..from).is_some_and(|between| word_count(between) <= BEHIND_MAX);
    lexicon.mentions("closing_denials", clause).is_some()
        || lexicon.mentions("negations", clause).is_some()
            && lexicon.list("negations").iter().any(|phrase| find_phrase(clause, phrase).is_some_and(about))
}

/// `Is working with the youth team, attends well`: words that deny one theme and say nothing of the others; the clause without them, and
/// the themes they deny.
pub(super) fn denied_themes<'l>(clause: &str, lexicon: &Lexicon<'l>) -> (String, Vec<&'l str>) {
    let (mut rest, mut denied) = (clause.to_owned(), Vec::new());
    for theme in lexicon.themes() {
        let list = format!("denies_{theme}");
        while let Some(phrase) = lexicon.mentions(&list, &rest) {
            let Some(at) = find_phrase(&rest, phrase) else { break };
            let end = at + phrase.len();
            rest.replace_range(at..end, &"~".repeat(end - at));
            denied.push(theme);
        }
    }
    (rest, denied)
}
