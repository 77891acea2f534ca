//! People in a letter: `Mum is Joanne Carter (DOB 12/05/1986)`, `her son Kyle, born 3 March 2013, attends Maryside Academy`,
//! or one line a person under a heading. Used only where no form names anybody.
//!
//! A name counts when kinship, a birthday or an age stands with it; a name alone may be anybody's.

use std::sync::LazyLock;

use regex::Regex;

use super::dates::{self, Era};
use super::members::{full_name, merge, same_person, single};
use super::names;
use super::papers::Paper;
use super::pattern::Told as Pattern;
use super::schooling::{ATTENDS, SCHOOL};
use super::several::{self, Spoken};
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
/// `, 34,`, ` is 15 and`, `whos 10`: an age straight behind a name, in years where no unit stands.
static AGE_BEHIND: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?x)^\s*(?:(?:,\s*)?(?:(?:who\s+)?is|(?:who)?['’]?s)\s+(?:now\s+|only\s+|just\s+)?(?P<told>\d{1,2}(?:\s+(?:months?|weeks?))?)(?:\s+years?(?:\s+old)?)?
        (?:[.,;)]|$|\s+(?:and|but|in|at|who|with|next|this|now|goes|attends|lives|years?)\b)|,\s*(?P<set>\d{1,2}(?:\s+(?:months?|weeks?))?)\s*(?:[,.;)]|$|and\b))",
    )
    .expect("valid")
});
/// `is my eldest son, he is 15`.
static THEY_ARE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^[^.;]{0,40},\s+(?:he|she)(?:\s+is|['’]s)\s+(?P<told>\d{1,2})\s*(?:[.,;)]|$|and\b|years?\b)").expect("valid")
});
static DATE_BEHIND: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"^\s*\d{1,2}\s?[/.-]\s?\d{1,2}\s?[/.-]\s?\d{2,4}\b").expect("valid"));

/// What the letters tell of the household.
#[derive(Default)]
pub(super) struct Told {
    /// The people.
    pub members: Vec<Member>,
    /// The writer is one of them.
    pub writer: Option<usize>,
    /// Which of the papers told of somebody.
    pub by: Vec<usize>,
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
    for (index, paper) in papers.iter().enumerate().filter(|(_, paper)| !paper.is_assessment()) {
        let known = told.members.len();
        let surname = surname(paper, lexicon);
        let own = speaks_of_own(&paper.words, lexicon);
        let letter = Letter { lexicon, document: paper.name, received_on, surname, referrer: referrer.map(bare), own };
        for (child, slot) in &paper.form.listing {
            letter.listed(slot, *child, &mut told);
        }
        for slot in &paper.form.narrative {
            for sentence in sentences(&slot.lines_text()).iter().filter(|_| !by_form) {
                letter.sentence(sentence, slot, &mut told);
            }
        }
        told.by.extend(Some(index).filter(|_| told.members.len() > known));
    }
    several::surnames_of_own(&mut told);
    told
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
    /// The writer tells of the own family.
    own: bool,
}

/// `my son`, `our children`, `nominate my family`: who writes is of the family.
pub(super) fn speaks_of_own(words: &str, lexicon: &Lexicon<'_>) -> bool {
    let words = bare(words);
    let told = Pattern::new(&words);
    ["own_children", "own_family"].iter().any(|list| told.first(lexicon.patterns(list)).is_some())
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
        let source = || slot.source_quoting(self.document, tidy(sentence), 0.8);
        let found = NAME.find_iter(sentence).filter_map(|found| self.trimmed(sentence, found.start(), found.end()));
        let names: Vec<(usize, usize)> = found.filter(|(start, end)| self.may_be_person(&sentence[*start..*end])).collect();
        let mut spoken_of: Vec<usize> = Vec::new();
        let mut spoken: Vec<Spoken> = Vec::new();
        for (index, (start, end)) in names.iter().enumerate() {
            // `Nathan Bell (Ada's partner)`: the bracket is about Nathan, though it names Ada.
            let whose =
                |(from, to): &&(usize, usize)| sentence[*end..*from].trim() == "(" && sentence[*to..].starts_with(['\'', '’']);
            let until = names[index + 1..].iter().find(|next| !whose(next)).map_or(sentence.len(), |(next, _)| *next);
            let since = index.checked_sub(1).map_or(0, |before| names[before].1);
            let (before, name, behind) = (&sentence[since..*start], &sentence[*start..*end], &sentence[*end..until]);
            let writer = self.introduces(before);
            // `Solway Young Carers (Ruth Bell)`: somebody to ask for at the organisation before the bracket.
            let of_agency = before.strip_suffix('(').is_some_and(|before| {
                let proper: Vec<&str> = before.split_whitespace().rev().take(2).collect();
                let person = |word: &&&str| {
                    let word = word.trim_end_matches("'s");
                    fold(word) == "family" || self.lexicon.is("titles", word) || self.is_kin(&fold(word))
                };
                let capital = |word: &&str| word.starts_with(char::is_uppercase);
                proper.len() == 2
                    && proper.iter().all(capital)
                    && proper.iter().filter(|word| fold(word) != "carers").find(person).is_none()
            });
            if of_agency || writer && !self.own && self.is_of_trade(behind) || self.is_away(before, behind, &sentence[*end..]) {
                continue;
            }
            if let Some(mut member) = self.person(name, before, behind, slot, writer) {
                if writer {
                    member.is_child = member.is_child.or(Some(false));
                }
                let at = add(told, member);
                if writer {
                    told.writer = Some(at);
                }
                spoken_of.push(at);
                spoken.push(Spoken { member: at, start: *start, end: *end });
            } else if let Some(at) = known_as(name, &told.members) {
                self.more_of(at, behind, slot, told);
                spoken_of.push(at);
            }
        }
        several::settle(sentence, &spoken, &mut told.members, self.lexicon, self.received_on, &source);
        if let Some(writer) = told.writer.filter(|_| self.own) {
            several::of_writer(sentence, &mut told.members[writer], self.lexicon, self.received_on, &source);
        }
        let due = several::expected(sentence, self.lexicon, self.received_on);
        if let Some(due) = due.filter(|_| told.members.iter().all(|member| member.expected_on.is_none())) {
            told.members.push(Member { expected_on: Some(single(due, source())), is_child: Some(true), ..Member::default() });
        }
        self.school_of_several(sentence, slot, &spoken_of, told);
    }

    /// `their mum, my daughter Stacey, moved away`: kin who are told of because they are not there.
    fn is_away(&self, before: &str, behind: &str, rest: &str) -> bool {
        let head = behind.split([';', '.']).next().unwrap_or_default();
        let parent =
            self.kin_before(before).is_some_and(|kin| self.lexicon.mapped_whole("relationship_ages", &kin) == Some("adult"));
        let away = |text: &str| self.lexicon.mentions("away_words", text).is_some();
        let dated = !dates::first_date(behind, Era::Birth(None), self.received_on).is_empty();
        // `Ash's father, Jo Marsh, has been charged`, `Denise's brother Ian`: of whom nothing says that they live with them.
        let folded = fold(before);
        let kin = folded.trim_end().trim_end_matches(',').rsplit_once("'s ").map_or("", |(_, kin)| kin);
        let far_kin = self.lexicon.is("kin_of_theirs", kin);
        let grown = age_behind(behind).is_some_and(|years| years >= 18);
        !dated && (far_kin || away(head) || (parent || grown) && away(rest))
    }

    /// `I am Ruth Bell, health visitor at Maryport Health Centre`: who writes does so by trade.
    fn is_of_trade(&self, behind: &str) -> bool {
        let near: String = behind.chars().take(90).collect();
        ["role_words", "organisation_words"].iter().any(|list| self.lexicon.mentions(list, &near).is_some())
    }

    /// What a later sentence adds of one who is known: `Alfie attends Marygate Primary School`, `Noah is 4`.
    fn more_of(&self, at: usize, behind: &str, slot: &Slot, told: &mut Told) {
        let source = || slot.source_quoting(self.document, tidy(behind), 0.8);
        let member = &mut told.members[at];
        if member.school.is_none() && member.is_child != Some(false) {
            let school = ATTENDS.captures(behind).and_then(|captures| captures.get(1));
            member.school = school.map(|school| single(tidy(school.as_str()), source()));
            member.is_child = member.is_child.or(member.school.is_some().then_some(true));
        }
        if member.age_years.is_none() && member.date_of_birth.is_none() {
            member.age_years = age_behind(behind).map(|years| single(years, source()));
        }
    }

    /// `Oliver and Isla, both at Fairfell Primary School`: the school of each child that the sentence names before it.
    fn school_of_several(&self, sentence: &str, slot: &Slot, spoken_of: &[usize], told: &mut Told) {
        let Some(school) = ATTENDS.captures(sentence).filter(|found| fold(&found[0]).starts_with(['b', 'a'])) else { return };
        let first = fold(&school[0]);
        if !(first.starts_with("both") || first.starts_with("all ")) || spoken_of.len() < 2 {
            return;
        }
        for at in spoken_of {
            let member = &mut told.members[*at];
            if member.school.is_none() && member.is_child != Some(false) {
                let source = slot.source_quoting(self.document, tidy(sentence), 0.8);
                member.school = Some(single(tidy(&school[1]), source));
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
            && !names::speaks_as_form(name, self.lexicon)
            && names::looks_like_name(name, self.lexicon)
            && (names::ends_in_a_word(name, self.lexicon) || self.lexicon.mentions("organisation_words", name).is_none())
            && self.lexicon.mentions("not_people", name).is_none()
    }

    fn person(&self, name: &str, before: &str, behind: &str, slot: &Slot, sure: bool) -> Option<Member> {
        if !self.may_be_person(name) {
            return None;
        }
        let sure = sure && (self.own || !self.introduces(before));
        if !sure && self.referrer.as_deref() == Some(bare(name).as_str()) {
            return None;
        }
        let kin = self.kin_before(before).or_else(|| self.kin_behind(behind));
        if let Some(unborn) = self.unborn(name, kin.as_deref(), behind, slot) {
            return Some(unborn);
        }
        let near: String = behind.chars().take(60).collect();
        let readings = dates::first_date(&near, Era::Birth(None), self.received_on);
        let told_date = DATE_BEHIND.is_match(&near)
            || near.trim_start().starts_with(['(', ',', '-', '–', ':'])
            // `Tom was born on 12 January 2013 and Joe on 1st April 2018`.
            || near.trim_start().starts_with("on ") && find_phrase(&fold(before), "born").is_some()
            || ["born", "dob", "d.o.b", "date of birth"].iter().any(|word| find_phrase(&fold(&near), word).is_some());
        let born = readings.first().copied().filter(|date| told_date && *date <= self.received_on);
        let age =
            dates::age_within(&near).or_else(|| bracketed_age(&near)).or_else(|| age_behind(&near)).filter(|_| born.is_none());
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
        if let Some(kin) = several::plural_kin(before, self.lexicon) {
            return Some(kin);
        }
        // `grandsons (I am their grandmother), Alfie`: a bracket that is closed is about those before it.
        let folded = fold(before.rsplit(')').next().unwrap_or_default());
        let words: Vec<&str> = folded.trim_end_matches([',', ':', '-', '(']).trim().split(' ').collect();
        let kept: Vec<&str> = words
            .iter()
            .rev()
            .copied()
            .skip_while(|word| matches!(*word, "is" | "called" | "named" | "are" | "a" | "-" | ":" | ","))
            .take(2)
            .collect();
        if let Some(kin) = self.own_child(&words) {
            return Some(kin);
        }
        let last = kept.first()?.trim_matches(|c: char| !c.is_alphanumeric() && c != '-');
        let pair = kept.get(1).map(|first| format!("{first} {last}"));
        pair.filter(|pair| self.is_kin(pair)).or_else(|| Some(last.to_owned()).filter(|last| self.is_kin(last)))
    }

    /// `my oldest lad`: what the writer calls a child of theirs.
    fn own_child(&self, words: &[&str]) -> Option<String> {
        let (last, before) = words.split_last().filter(|_| self.own)?;
        let own = before.iter().rev().take(3).any(|word| matches!(*word, "my" | "our"));
        let kin = self.lexicon.mapped_whole("own_children_words", last).filter(|_| own)?;
        Some(kin.to_owned())
    }

    /// `Freddie Thornber is my eldest son`: the kinship behind `is`.
    fn kin_told(&self, behind: &str) -> Option<String> {
        let folded = fold(behind.split([',', '.', ';', '(']).next()?);
        let words: Vec<&str> = folded.split_whitespace().collect();
        let (is, rest) = words.split_first()?;
        let (whose, rest) = rest.split_first()?;
        if *is != "is" || !matches!(*whose, "my" | "our" | "the" | "her" | "his" | "their") {
            return None;
        }
        let kin = rest.iter().take(3).find(|word| self.is_kin(word)).map(|word| (*word).to_owned());
        kin.or_else(|| (1..=words.len().min(5)).find_map(|to| self.own_child(&words[..to])))
    }

    /// The word of kinship straight behind: `(mum)`, `, the father`, `- son`.
    fn kin_behind(&self, behind: &str) -> Option<String> {
        let opener = behind.trim_start();
        if let Some(kin) = self.kin_told(opener) {
            return Some(kin);
        }
        if !opener.starts_with(['(', ',', '-', '–', ':']) {
            return None;
        }
        let head: String = fold(opener).chars().take(40).collect();
        // `Stacey, 34, and her husband Craig`: what is joined is somebody else.
        let head = if head.starts_with('(') { head.as_str() } else { head.split(" and ").next().unwrap_or_default() };
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
}

/// The age that stands straight behind a name.
fn age_behind(behind: &str) -> Option<u8> {
    let found = AGE_BEHIND.captures(behind).or_else(|| THEY_ARE.captures(behind))?;
    dates::age(["told", "set"].iter().find_map(|name| found.name(name))?.as_str())
}

/// The one member so called, by first name or in full.
fn known_as(name: &str, members: &[Member]) -> Option<usize> {
    let name = bare(name);
    let is_so_called = |member: &&Member| {
        bare(&full_name(member)) == name || member.given_name.as_ref().is_some_and(|given| bare(given.value.reveal()) == name)
    };
    let mut so_called = members.iter().enumerate().filter(|(_, member)| is_so_called(member));
    let (at, _) = so_called.next()?;
    so_called.next().is_none().then_some(at)
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
