//! People in a letter: `Mum is Joanne Carter (DOB 12/05/1986)`, `her son Kyle, born 3 March 2013, attends Maryside Academy`,
//! or one line a person under a heading. Used only where no form names anybody.
//!
//! A name counts when kinship, a birthday or an age stands with it; a name alone may be anybody's.

use std::sync::LazyLock;

use regex::Regex;

use super::dates::{self, Era};
use super::members::{merge, same_person, single};
use super::names;
use super::papers::Paper;
use super::postcode::postcode;
use super::slot::Slot;
use super::text::{bare, find_phrase, fold, sentences, tidy};
use super::words::Lexicon;
use crate::domain::nomination::{Answer, HomeAddress, Member};
use crate::domain::time::Date;

static NAME: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"\p{Lu}[\p{L}\p{M}'’-]+(?:(?:\s+(?:van|von|de|der|den|del|la|le|da|dos|al|bin|bint|ap))*\s+\p{Lu}[\p{L}\p{M}'’-]+){0,4}",
    )
    .expect("valid")
});
static SCHOOL: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?:attends|attending|goes to|going to|is at|are at|both at|pupils? at|student at|in [Yy]ear \d+ at|[Yy]ear \d+,?|on roll at|school is|at)\s+((?:(?:St|Ss|\p{Lu})[\p{L}'’.&-]*\s+(?:(?:of|the|and|on|in)\s+)?)*(?:School|Academy|Nursery|Infants?|Primary|College|Juniors?|High|Pre-school|Preschool|Playgroup)(?:\s+(?:School|Academy|Nursery|College))?)",
    )
    .expect("valid")
});
static HOME: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)\b(?:lives? (?:together )?at|living at|resid(?:es?|ing) at|home is(?: at)?|(?:home |family )?address is|address:|family of|family,? (?:who live )?at|family,? from)\s+([^;\n]{4,120})")
        .expect("valid")
});

/// What the letters tell of the household.
#[derive(Default)]
pub(super) struct Told {
    /// The people.
    pub members: Vec<Member>,
    /// Where they live.
    pub address: HomeAddress,
    /// The writer is one of them.
    pub writer: Option<usize>,
}

/// The people of the letters, for a nomination whose form names nobody; and of lists under a heading, always.
///
/// `members` are those the forms name; their order stays. Where a form names them (`by_form`) it is believed before a letter;
/// lines under its heading of people are part of it.
pub(super) fn told(
    papers: &[&Paper<'_>],
    members: Vec<Member>,
    by_form: bool,
    referrer: Option<&str>,
    lexicon: &Lexicon<'_>,
    received_on: Date,
) -> Told {
    let mut told = Told { members, ..Told::default() };
    for paper in papers.iter().filter(|paper| !paper.is_assessment()) {
        let surname = surname(paper, lexicon);
        let letter = Letter { lexicon, document: paper.name, received_on, surname, referrer: referrer.map(bare) };
        for (child, slot) in &paper.form.listing {
            letter.listed(slot, *child, &mut told);
        }
        for slot in &paper.form.narrative {
            for sentence in sentences(&slot.lines_text()).iter().filter(|_| !by_form) {
                letter.sentence(sentence, slot, &mut told);
            }
            letter.home(slot, &mut told);
        }
        for slot in paper.form.people.iter().flat_map(|draft| &draft.said) {
            letter.home(slot, &mut told);
        }
        // A label or two make no form of a letter: `Family address: 22 Loop Road, CA25 5ZZ`.
        let elsewhere = ["referrer", "agencies", "official", "instructions"];
        for answer in paper.form.answers_to("address").filter(|answer| !elsewhere.contains(&answer.section.as_str())) {
            letter.labelled_home(&answer.slot, &mut told);
        }
    }
    told
}

/// Schools told in sentences that name one child and no other: `Max attends Hill Infants.`
pub(super) fn schools(forms: &[super::members::Named<'_>], lexicon: &Lexicon<'_>, received_on: Date, members: &mut [Member]) {
    for form in forms {
        for slot in &form.form.narrative {
            for sentence in sentences(&slot.lines_text()) {
                let Some(school) = SCHOOL.captures(&sentence).and_then(|found| Some(tidy(found.get(1)?.as_str()))) else { continue };
                let mut about: Vec<usize> =
                    super::who::mentions(&sentence, members, lexicon).into_iter().flat_map(|one| one.members).collect();
                about.dedup();
                let [one] = about.as_slice() else { continue };
                let member = &mut members[*one];
                let denied = super::prose::is_no_finding(&fold(&sentence), lexicon, received_on);
                if member.school.is_none() && member.is_child == Some(true) && !denied {
                    member.school = Some(single(school, slot.source_quoting(form.document, sentence.clone(), 0.8)));
                }
            }
        }
    }
}

/// `the Carter family` → `Carter`.
fn surname(paper: &Paper<'_>, lexicon: &Lexicon<'_>) -> Option<String> {
    let mut found = None;
    for slot in &paper.form.narrative {
        let text = slot.text();
        for name in NAME.find_iter(&text) {
            let behind = text[name.end()..].trim_start().to_lowercase();
            let last = name.as_str().split_whitespace().next_back().unwrap_or_default();
            if behind.starts_with("family")
                && !lexicon.is("not_names", last)
                && !matches!(fold(last).as_str(), "focus" | "the" | "this" | "whole" | "our" | "my" | "early")
            {
                found.get_or_insert_with(|| last.to_owned());
            }
        }
    }
    found
}

struct Letter<'l, 'a> {
    lexicon: &'l Lexicon<'a>,
    document: &'l str,
    received_on: Date,
    surname: Option<String>,
    referrer: Option<String>,
}

impl Letter<'_, '_> {
    /// One line, one person: `Kyle Carter, son, 3/3/2013, Maryside Academy`.
    fn listed(&self, slot: &Slot, child: Option<bool>, told: &mut Told) {
        let text = slot.text();
        let line = text.trim_start_matches(|c: char| !c.is_alphabetic());
        let Some(name) = NAME.find(line).filter(|name| name.start() == 0 || self.kin_before(&line[..name.start()]).is_some())
        else {
            return;
        };
        let rest = &line[name.end()..];
        let before = &line[..name.start()];
        if let Some(mut member) = self.person(name.as_str(), before, rest, slot, true) {
            member.is_child = member.is_child.or(child);
            add(told, member);
        }
    }

    fn sentence(&self, sentence: &str, slot: &Slot, told: &mut Told) {
        let found = NAME.find_iter(sentence).filter_map(|found| self.trimmed(sentence, found.start(), found.end()));
        let names: Vec<(usize, usize)> = found.filter(|(start, end)| self.may_be_person(&sentence[*start..*end])).collect();
        for (index, (start, end)) in names.iter().enumerate() {
            let until = names.get(index + 1).map_or(sentence.len(), |(next, _)| *next);
            let since = index.checked_sub(1).map_or(0, |before| names[before].1);
            let (before, name, behind) = (&sentence[since..*start], &sentence[*start..*end], &sentence[*end..until]);
            let writer = self.introduces(before);
            if let Some(mut member) = self.person(name, before, behind, slot, writer) {
                if writer {
                    member.is_child = member.is_child.or(Some(false));
                }
                let at = add(told, member);
                if writer {
                    told.writer = Some(at);
                }
            }
        }
    }

    /// A found name without a leading word that is none: `Mum`, `Her`, a month, the start of a sentence.
    fn trimmed(&self, sentence: &str, start: usize, end: usize) -> Option<(usize, usize)> {
        let mut start = start;
        let mut end = end;
        loop {
            let text = sentence.get(start..end)?;
            let first = text.split_whitespace().next()?;
            let lead = first.trim_end_matches("'s").trim_end_matches("’s");
            if !(self.lexicon.is("not_first_names", lead) || self.lexicon.is("titles", lead)) {
                break;
            }
            let rest = text[first.len()..].trim_start();
            // `April Church` is a person, `April Mum` is not.
            let next = rest.split_whitespace().next().unwrap_or_default();
            if self.lexicon.is("names_too", lead) && !next.is_empty() && !self.lexicon.is("not_first_names", next) {
                break;
            }
            if rest.is_empty() {
                return None;
            }
            start = end - rest.len();
        }
        let text = &sentence[start..end];
        for ending in ["'s", "’s"] {
            if text.ends_with(ending) {
                end -= ending.len();
            }
        }
        (end > start).then_some((start, end))
    }

    fn may_be_person(&self, name: &str) -> bool {
        !self.lexicon.is("not_first_names", name)
            && names::looks_like_name(name, self.lexicon)
            && (names::ends_in_a_word(name, self.lexicon) || self.lexicon.mentions("organisation_words", name).is_none())
            && self.lexicon.mentions("not_people", name).is_none()
    }

    fn person(&self, name: &str, before: &str, behind: &str, slot: &Slot, sure: bool) -> Option<Member> {
        if !self.may_be_person(name) {
            return None;
        }
        if !sure && self.referrer.as_deref() == Some(bare(name).as_str()) {
            return None;
        }
        let kin = self.kin_before(before).or_else(|| self.kin_behind(behind));
        if let Some(unborn) = self.unborn(name, kin.as_deref(), behind, slot) {
            return Some(unborn);
        }
        let near: String = behind.chars().take(60).collect();
        let readings = dates::first_date(&near, Era::Birth(None), self.received_on);
        let told_date = near.trim_start().starts_with(['(', ',', '-', '–', ':'])
            || ["born", "dob", "d.o.b", "date of birth"].iter().any(|word| find_phrase(&fold(&near), word).is_some());
        let born = readings.first().copied().filter(|date| told_date && *date <= self.received_on);
        let age = dates::age_within(&near).or_else(|| bracketed_age(&near)).filter(|_| born.is_none());
        let whole = sure && name.split_whitespace().count() > 1;
        if kin.is_none() && born.is_none() && age.is_none() && !whole {
            return None;
        }
        let split = names::split(name, self.lexicon, self.surname.as_slice());
        let source = |sure: f32| slot.source_quoting(self.document, tidy(&format!("{before} {name} {behind}")), sure);
        let mut member = Member { given_name: split.given.map(|given| single(given, source(0.8))), ..Member::default() };
        member.family_name = split.family.or_else(|| self.surname.clone()).map(|family| single(family, source(0.75)));
        member.date_of_birth = born.map(|date| single(date, source(0.85)));
        member.age_years = age.map(|years| single(years, source(0.85)));
        if let Some(kin) = kin {
            let gender = self.lexicon.mapped("relationship_genders", &kin).filter(|gender| *gender != "unknown");
            member.gender = gender.map(|gender| single(gender.to_owned(), source(0.7)));
            member.is_child = self.lexicon.mapped("relationship_ages", &kin).map(|age| age == "child");
            member.relationship = Some(single(names::proper(&kin), source(0.8)));
        }
        member.school = self.school(behind).map(|school| single(school, source(0.8)));
        if let Some(date) = born {
            member.is_child = Some(dates::years_between(date, self.received_on) < 18);
        } else if let Some(years) = age {
            member.is_child = Some(years < 18);
        }
        if member.is_child.is_none() && member.school.is_some() {
            member.is_child = Some(true);
        }
        Some(member)
    }

    /// `My name is …`, `I am …`: who writes is who is named.
    fn introduces(&self, before: &str) -> bool {
        let folded = fold(before);
        self.lexicon
            .list("introductions")
            .iter()
            .any(|phrase| folded.strip_suffix(phrase.as_str()).is_some_and(|rest| !rest.ends_with(char::is_alphanumeric)))
    }

    /// `Unborn Smith, due 3 March`: a day expected, and no name.
    fn unborn(&self, name: &str, kin: Option<&str>, behind: &str, slot: &Slot) -> Option<Member> {
        let first = name.split_whitespace().next().unwrap_or_default();
        let told = self.lexicon.is("unborn_names", first) || kin.is_some_and(|kin| self.lexicon.is("unborn_names", kin));
        let due = told.then(|| dates::first_date(behind, Era::Near, self.received_on).first().copied()).flatten()?;
        // `Baby Nell was born on 19 August` is here already.
        if due <= self.received_on && find_phrase(&fold(behind), "born").is_some() {
            return None;
        }
        let source = || slot.source_quoting(self.document, tidy(&format!("{name}{behind}")), 0.85);
        let family = self.surname.clone().or_else(|| name.split_whitespace().nth(1).map(str::to_owned));
        Some(Member {
            family_name: family.map(|family| single(family, source())),
            expected_on: Some(single(due, source())),
            relationship: kin.map(|kin| single(names::proper(kin), source())),
            is_child: Some(true),
            ..Member::default()
        })
    }

    /// The word of kinship straight before a name: `her son`, `Mum is`, `dad,`.
    fn kin_before(&self, before: &str) -> Option<String> {
        let folded = fold(before);
        let words: Vec<&str> = folded.trim_end_matches([',', ':', '-', '(']).trim().split(' ').collect();
        let kept: Vec<&str> = words
            .iter()
            .rev()
            .copied()
            .skip_while(|word| matches!(*word, "is" | "called" | "named" | "are" | "a" | "-" | ":" | ","))
            .take(2)
            .collect();
        let last = kept.first()?.trim_matches(|c: char| !c.is_alphanumeric() && c != '-');
        let pair = kept.get(1).map(|first| format!("{first} {last}"));
        pair.filter(|pair| self.is_kin(pair)).or_else(|| Some(last.to_owned()).filter(|last| self.is_kin(last)))
    }

    /// The word of kinship straight behind: `(mum)`, `, the father`, `- son`.
    fn kin_behind(&self, behind: &str) -> Option<String> {
        let opener = behind.trim_start();
        if !opener.starts_with(['(', ',', '-', '–', ':']) {
            return None;
        }
        let head: String = fold(opener).chars().take(40).collect();
        let words: Vec<&str> = head
            .split(|c: char| !(c.is_alphanumeric() || c == '\'' || c == '-'))
            .filter(|word| word.chars().any(char::is_alphanumeric))
            .collect();
        let pairs = words.windows(2).take(3).map(|pair| pair.join(" "));
        let singles = words.iter().take(4).map(|word| (*word).trim_matches('-').to_owned());
        pairs.chain(singles).find(|word| self.is_kin(word))
    }

    fn is_kin(&self, word: &str) -> bool {
        self.lexicon.mapped_whole("relationship_ages", word).is_some()
    }

    fn school(&self, behind: &str) -> Option<String> {
        let captures = SCHOOL.captures(behind);
        let named = captures.and_then(|captures| captures.get(1)).map(|found| tidy(found.as_str()));
        named.or_else(|| {
            // In a listing the school stands alone between commas.
            behind
                .split([',', ';', '(', ')'])
                .map(str::trim)
                .find(|part| {
                    self.lexicon.mentions("school_words", part).is_some()
                        && part.starts_with(char::is_uppercase)
                        && part.split(' ').count() <= 6
                })
                .map(tidy)
        })
    }

    /// An address behind its label, when it has a postcode.
    fn labelled_home(&self, slot: &Slot, told: &mut Told) {
        if told.address.text.is_some() {
            return;
        }
        let text = slot.text();
        if let Some((code, street)) = postcode(&text) {
            let source = || slot.source_quoting(self.document, text.clone(), 0.9);
            told.address.postcode = Some(single(code, source()));
            told.address.text = Some(street).filter(|street| !street.is_empty()).map(|street| single(street, source()));
        }
    }

    fn home(&self, slot: &Slot, told: &mut Told) {
        if told.address.text.is_some() {
            return;
        }
        let text = slot.text();
        let Some(found) = HOME.captures(&text).and_then(|captures| captures.get(1)) else { return };
        // One sentence: what stands behind a full stop is no part of the address.
        let whole = found.as_str();
        let written = &whole[..whole.find(". ").map_or(whole.len(), |at| at + 1)];
        let source = |sure: f32| slot.source_quoting(self.document, tidy(written), sure);
        if let Some((code, _)) = postcode(written) {
            let folded = written.to_uppercase();
            let stop = folded.find(code.split(' ').next().unwrap_or_default()).unwrap_or(written.len());
            let street = written.get(..stop).unwrap_or(written).trim_end_matches(|c: char| !c.is_alphanumeric());
            told.address.postcode = Some(single(code, source(0.85)));
            if street.starts_with(|c: char| c.is_ascii_digit() || c.is_uppercase()) && !street.is_empty() {
                told.address.text = Some(single(tidy(street), source(0.85)));
            }
        } else if written.starts_with(|c: char| c.is_ascii_digit()) {
            let street = written.split(". ").next().unwrap_or(written).trim_end_matches('.');
            told.address.text = Some(single(tidy(street), source(0.7)));
        }
    }
}

/// `Ellie (7)` is an age; a longer number is none.
fn bracketed_age(near: &str) -> Option<u8> {
    let inner = near.trim_start().strip_prefix('(')?.split([')', ',']).next()?;
    dates::age(inner)
}

fn add(told: &mut Told, member: Member) -> usize {
    let known = told.members.iter().position(|known| same_person(known, &member));
    match known {
        Some(index) => {
            merge(&mut told.members[index], member);
            index
        }
        None => {
            told.members.push(member);
            told.members.len() - 1
        }
    }
}

/// Keeps what a form answered; a letter only fills what is open.
pub(super) fn fill(home: &mut HomeAddress, told: HomeAddress) {
    let open = |known: &mut Option<Answer<String>>, other: Option<Answer<String>>| {
        if known.is_none() {
            *known = other;
        }
    };
    open(&mut home.text, told.text);
    open(&mut home.postcode, told.postcode);
}
