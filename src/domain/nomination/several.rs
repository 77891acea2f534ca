//! What a sentence says of several people at once: `her sons Emrys and Macsen Pike`, `Zion and Zara, both born 21 February 2024`;
//! and what who writes says of themselves without a name.

use std::sync::LazyLock;

use regex::Regex;

use super::dates::{self, Era};
use super::letter::Told;
use super::members::single;
use super::names;
use super::text::{fold, tidy};
use super::words::Lexicon;
use crate::domain::nomination::{Answer, Member, Source};
use crate::domain::time::Date;

static BOTH_BORN: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"^[\s,(]*(?:who\s+were\s+|were\s+)?(?:both|all)\s+(?:were\s+)?born\b").expect("valid"));
static I_WAS_BORN: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\b(?:I am|I'm|I’m|I was)\s[^.;]{0,25}?\bborn\b(?P<day>[^.;]{4,40})").expect("valid"));
static I_AM_THEIR: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\b(?:I am|I'm|I’m)\s+(?:(?:their|his|her)\s+(?P<kin>[\p{L}-]+)|(?:a\s+)?(?:single\s+|lone\s+)?(?P<of>[\p{L}-]+)\s+(?:to|of)\b)")
            .expect("valid")
});

/// One of the members a sentence names, and where its name stands there.
pub(super) struct Spoken {
    /// Which member.
    pub member: usize,
    /// First byte of the name.
    pub start: usize,
    /// Byte behind it.
    pub end: usize,
}

/// Gives each of those who are named together what is said of all of them: kinship, surname, day of birth.
pub(super) fn settle(
    sentence: &str,
    spoken: &[Spoken],
    members: &mut [Member],
    lexicon: &Lexicon<'_>,
    received_on: Date,
    source: &dyn Fn() -> Source,
) {
    let mut from = 0;
    while from < spoken.len() {
        let mut to = from;
        while to + 1 < spoken.len() && are_joined(&sentence[spoken[to].end..spoken[to + 1].start], lexicon) {
            to += 1;
        }
        let chain = &spoken[from..=to];
        if chain.len() > 1 {
            kinship(&sentence[..chain[0].start], chain, members, lexicon, source);
            surname(chain, members);
            birth(&sentence[chain[chain.len() - 1].end..], chain, members, received_on, source);
        }
        from = to + 1;
    }
}

/// `(9) and`, `, a daughter`: nothing between two names but what joins them and details of the first.
fn are_joined(between: &str, lexicon: &Lexicon<'_>) -> bool {
    let plain = super::lines::outside_brackets(between);
    let joins = plain.contains(',') || fold(&plain).split(' ').any(|word| word == "and");
    let small = |word: &str| {
        matches!(
            word,
            "and" | "a" | "an" | "her" | "his" | "their" | "my" | "our" | "the" | "born" | "on" | "dob" | "aged" | "is"
        ) || lexicon.mapped_whole("relationship_ages", word).is_some()
            || word.chars().any(|c| c.is_ascii_digit())
            || dates::is_month(word)
    };
    joins
        && fold(&plain)
            .split([' ', ','])
            .map(|word| word.trim_matches(|c: char| !c.is_alphanumeric()))
            .all(|word| word.is_empty() || small(word))
}

/// `her sons Emrys (9) and Macsen`: sons both.
fn kinship(before: &str, chain: &[Spoken], members: &mut [Member], lexicon: &Lexicon<'_>, source: &dyn Fn() -> Source) {
    let Some(kin) = plural_kin(before, lexicon) else { return };
    let gender = lexicon.mapped("relationship_genders", &kin).filter(|gender| *gender != "unknown");
    for spoken in chain {
        let member = &mut members[spoken.member];
        if member.relationship.is_none() {
            member.relationship = Some(single(names::proper(&kin), source()));
            member.is_child = member.is_child.or_else(|| lexicon.mapped("relationship_ages", &kin).map(|age| age == "child"));
        }
        if member.gender.is_none() {
            member.gender = gender.map(|gender| single(gender.to_owned(), source()));
        }
    }
}

/// `two grandsons` → `grandson`: the word of kinship for several at the end of `before`.
pub(super) fn plural_kin(before: &str, lexicon: &Lexicon<'_>) -> Option<String> {
    let plain = super::lines::outside_brackets(before);
    let last = fold(plain.trim_end_matches([' ', ',', ':', '-', '–'])).split(' ').next_back()?.to_owned();
    let one = last.strip_suffix('s')?;
    let is_kin = |word: &str| lexicon.mapped_whole("relationship_ages", word).is_some();
    (is_kin(one) && !is_kin(&last)).then(|| one.to_owned())
}

/// `a son Zion and a daughter Zara Adeleke`: the surname stands once.
fn surname(chain: &[Spoken], members: &mut [Member]) {
    let Some(family) = chain.last().and_then(|last| members[last.member].family_name.clone()) else { return };
    for spoken in chain {
        let member = &mut members[spoken.member];
        if member.family_name.is_none() && member.given_name.is_some() {
            member.family_name = Some(family.clone());
        }
    }
}

fn birth(behind: &str, chain: &[Spoken], members: &mut [Member], received_on: Date, source: &dyn Fn() -> Source) {
    if !BOTH_BORN.is_match(behind) {
        return;
    }
    let near: String = behind.chars().take(60).collect();
    let Some(born) = dates::first_date(&near, Era::Birth(None), received_on).first().copied() else { return };
    for spoken in chain.iter().filter(|_| born <= received_on) {
        let member = &mut members[spoken.member];
        if member.date_of_birth.is_none() {
            member.date_of_birth = Some(single(born, source()));
            member.is_child = Some(dates::years_between(born, received_on) < 18);
        }
    }
}

/// `I'm 61 (born 12/6/1965)`, `I am their grandmother`: what who writes says of themselves.
pub(super) fn of_writer(
    sentence: &str,
    writer: &mut Member,
    lexicon: &Lexicon<'_>,
    received_on: Date,
    source: &dyn Fn() -> Source,
) {
    let born = I_WAS_BORN
        .captures(sentence)
        .and_then(|found| dates::first_date(&found["day"], Era::Birth(None), received_on).first().copied());
    if let Some(born) = born.filter(|born| writer.date_of_birth.is_none() && *born < received_on) {
        writer.date_of_birth = Some(single(born, source()));
        writer.is_child = Some(dates::years_between(born, received_on) < 18);
    }
    let kin = I_AM_THEIR
        .captures(sentence)
        .map(|found| fold(found.name("kin").or_else(|| found.name("of")).map_or("", |kin| kin.as_str())));
    let kin = kin.filter(|kin| lexicon.mapped_whole("relationship_ages", kin) == Some("adult"));
    if let Some(kin) = kin.filter(|_| writer.relationship.is_none()) {
        let gender = lexicon.mapped("relationship_genders", &kin).filter(|gender| *gender != "unknown");
        writer.gender = writer.gender.take().or_else(|| gender.map(|gender| single(gender.to_owned(), source())));
        writer.relationship = Some(single(names::proper(&kin), source()));
    }
}

/// `is expecting her third child on 19 July`: a child not born yet, and no name.
pub(super) fn expected(sentence: &str, lexicon: &Lexicon<'_>, received_on: Date) -> Option<Date> {
    const DAYS_OF_A_PREGNANCY: i32 = 300;
    lexicon.mentions("expecting_words", sentence)?;
    let due = dates::dates(&tidy(sentence), Era::Near, received_on).into_iter().filter_map(|readings| readings.first().copied());
    let near =
        |day: &Date| *day > received_on && received_on.until(*day).is_ok_and(|span| span.get_days() <= DAYS_OF_A_PREGNANCY);
    due.into_iter().find(near)
}

/// The children of who writes, of whom no surname stands anywhere, are called as the writer: less sure than what is written.
pub(super) fn surnames_of_own(told: &mut Told) {
    let Some(family) = told.writer.and_then(|writer| told.members[writer].family_name.clone()) else { return };
    for member in told.members.iter_mut().filter(|member| member.is_child == Some(true)) {
        if member.family_name.is_none() && member.given_name.is_some() {
            let sources = family.sources.iter().map(|source| Source { confidence: 0.5, ..source.clone() }).collect();
            member.family_name = Some(Answer { value: family.value.clone(), sources, others: Vec::new() });
        }
    }
}
