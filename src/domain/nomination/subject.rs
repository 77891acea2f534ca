//! Of whom something is said.

use super::prose::{Prose, SUBJECT_MAX};
use super::text::bare;
use super::who::{Mention, mentions};

/// So few words are no sentence of their own.
const FRAGMENT_WORDS_MAX: usize = 3;

impl Prose<'_, '_> {
    /// Those of `members` whom `theme` can be about at their age (a grown person misses no school); nothing when it is none of them.
    pub(super) fn of_age(&self, theme: &str, members: Vec<usize>) -> Option<Vec<usize>> {
        let Some(wanted) = self.lexicon.mapped_whole("theme_ages", theme) else { return Some(members) };
        let fits = |one: &usize| match wanted.parse::<i32>() {
            Ok(from) => self.age(*one).is_none_or(|years| years >= from),
            Err(_) => !self.is_adult(*one),
        };
        let fitting: Vec<usize> = members.iter().copied().filter(fits).collect();
        match fitting.is_empty() {
            true if members.is_empty() => Some(members),
            true => None,
            false => Some(fitting),
        }
    }

    /// What a form says of somebody young for the theme, and of nobody else, is believed; only a grown person is never a child.
    pub(super) fn may_be_young(&self, theme: &str, members: Vec<usize>) -> Option<Vec<usize>> {
        let from = self.lexicon.mapped_whole("theme_ages", theme)?;
        from.parse::<i32>().is_ok().then_some(members)
    }

    fn age(&self, member: usize) -> Option<i32> {
        let member = &self.members[member];
        let born = member
            .date_of_birth
            .as_ref()
            .map(|born| i32::from(super::dates::years_between(*born.value.reveal(), self.received_on)));
        born.or_else(|| member.age_years.as_ref().map(|age| i32::from(*age.value.reveal())))
    }

    /// Of whom the words at `at` are said, and whether that is clear.
    pub(super) fn about(
        &self,
        theme: &str,
        clause: &str,
        at: usize,
        named: &[Mention],
        (sentence, spoken_of): (&str, &[usize]),
    ) -> (Vec<usize>, bool) {
        // Whom the theme cannot be about is not meant, though the clause names them.
        let of_age = |mention: &Mention| self.of_age(theme, mention.members.clone()).is_some();
        let named: Vec<Mention> = named.iter().filter(|mention| of_age(mention)).cloned().collect();
        // `Ruby and Max are both children in need`: who is named before need not be named again.
        let before = |one: &usize| named.iter().any(|mention| mention.end <= at && mention.members.contains(one));
        let named: Vec<Mention> =
            named.iter().filter(|mention| mention.end <= at || !mention.members.iter().all(before)).cloned().collect();
        let named = named.as_slice();
        // `I take tablets, have done since Rory was born`: who begins so speaks of themselves.
        if let Some(writer) = self.writer
            && clause.split(|c: char| !c.is_alphabetic()).take(3).any(|word| matches!(word, "i" | "im" | "ive"))
            && named.iter().all(|mention| mention.start >= at)
        {
            return (vec![writer], true);
        }
        // `Charged with assault on Denise` on the line of somebody, `she looks after the children` behind a sentence about her: who is
        // only the object is not who it is said of.
        let objects = named.iter().all(|mention| is_object(clause, mention));
        let subject = clause.split(' ').next().filter(|word| matches!(*word, "he" | "she"));
        if let ([one], Some(_)) = (spoken_of, subject)
            && !named.is_empty()
            && objects
            && self.pronoun_fits(clause, *one)
        {
            return (vec![*one], true);
        }
        if let Some(of) = self.of
            && subject.is_none()
            && !named.is_empty()
            && objects
            && named.iter().all(|mention| mention.start > at)
        {
            return (vec![of], true);
        }
        let one_each = named.iter().all(|mention| mention.members.len() == 1);
        let people = distinct(named);
        match people.as_slice() {
            [one] => return (vec![*one], one_each),
            [] => {}
            many if joined(clause, named, at) => return (many.to_vec(), one_each),
            _ => {
                // `Dawn stays at home with the children and claims …`: who is only the object is not who it is said of.
                let subjects: Vec<Mention> = named.iter().filter(|mention| !is_object(clause, mention)).cloned().collect();
                let group = group_before(clause, if subjects.is_empty() { named } else { &subjects }, at);
                let Some(last) = group.last() else { return (Vec::new(), false) };
                let one_each = group.iter().all(|mention| mention.members.len() == 1);
                return (distinct(group), one_each && at.saturating_sub(last.end) < 45);
            }
        }
        // `Harris stays at home, and I have been out of work`: what a writer says of themselves is nobody else's.
        let first_person = |word: &str| matches!(word, "i" | "im" | "ive" | "my" | "we" | "our" | "weve");
        if let Some(writer) = self.writer
            && clause.get(..at).unwrap_or(clause).split(|c: char| !c.is_alphabetic()).any(first_person)
        {
            return (vec![writer], true);
        }
        // `She is a young carer and sees to her mother`: she is the one spoken of before, and not the mother.
        let subject = clause.split(' ').next().filter(|word| matches!(*word, "he" | "she"));
        if let ([one], Some(subject)) = (spoken_of, subject)
            && bare(sentence).split(' ').next() == Some(subject)
            && self.pronoun_fits(clause, *one)
        {
            return (vec![*one], true);
        }
        let all: Vec<Mention> = mentions(sentence, self.members, self.lexicon).into_iter().filter(of_age).collect();
        // `Kelly would like to work when Ava is settled, but has no job`: the subject of the sentence goes on.
        if self.goes_on(clause) {
            let first: Vec<Mention> = all.iter().filter(|mention| mention.start <= SUBJECT_MAX).cloned().collect();
            if let [one] = distinct(&first).as_slice() {
                return (vec![*one], true);
            }
        }
        let whole = distinct(&all);
        if let [one] = whole.as_slice() {
            return (vec![*one], true);
        }
        if let Some(one) = self.of {
            return (vec![one], whole.is_empty());
        }
        // `… is rarely there before eleven; attendance 66%`: a few words go on about the one spoken of.
        let fragment = super::text::word_count(sentence) <= FRAGMENT_WORDS_MAX;
        match spoken_of {
            [one] if whole.is_empty() && fragment => (vec![*one], true),
            [one] if whole.is_empty() && self.pronoun_fits(clause, *one) => (vec![*one], true),
            _ => (Vec::new(), false),
        }
    }

    /// Whether the clause has no subject of its own: `but has no job`, `and is often late`.
    fn goes_on(&self, clause: &str) -> bool {
        let mut words = clause.split([' ', ',']).filter(|word| !word.is_empty());
        let joins = |word: &&str| matches!(*word, "but" | "and" | "although" | "though" | "while" | ";" | "-");
        words.next().filter(joins).and_then(|_| words.next()).is_some_and(|word| self.lexicon.is("elided_verbs", word))
    }

    /// `He`, `her`, `I` in the clause may stand for the one person spoken of before.
    fn pronoun_fits(&self, clause: &str, one: usize) -> bool {
        let words = ["he", "she", "his", "her", "him", "i", "im", "ive"];
        let Some(pronoun) = clause.split(|c: char| !c.is_alphabetic()).find(|word| words.contains(word)) else { return false };
        if pronoun.starts_with('i') {
            return self.writer == Some(one);
        }
        let male = matches!(pronoun, "he" | "his" | "him");
        self.members[one].gender.as_ref().is_none_or(|gender| gender.value.reveal().starts_with('m') == male)
    }
}

/// Whether all names stand together before what is said: `Tom, Ann and Joe have …`, `both Tom and Ann`.
fn joined(clause: &str, named: &[Mention], at: usize) -> bool {
    named.iter().all(|mention| mention.end <= at || named.iter().all(|mention| mention.start >= at))
        && named.windows(2).all(|pair| {
            let between = clause.get(pair[0].end..pair[1].start).unwrap_or_default();
            pair[0].start == pair[1].start
                || matches!(
                    between.trim(),
                    "," | "and" | "&" | "nor" | "or" | ", and" | "'s and" | "and also" | "as well as" | ""
                )
        })
}

/// The names joined with the last one before `at`: `Tom and Ava hear it … Kelly`; else the first.
pub(super) fn group_before<'m>(clause: &str, named: &'m [Mention], at: usize) -> &'m [Mention] {
    let Some(last) = named.iter().rposition(|mention| mention.end <= at) else { return named.get(..1).unwrap_or_default() };
    let mut first = last;
    while first > 0 && joined(clause, &named[first - 1..=first], at) {
        first -= 1;
    }
    &named[first..=last]
}

/// Whether a word stands before the name that makes an object of it.
pub(super) fn is_object(clause: &str, mention: &Mention) -> bool {
    let before = clause.get(..mention.start).unwrap_or_default().trim_end();
    let mut words = before.rsplit(' ').filter(|word| !matches!(*word, "her" | "his" | "the" | "their"));
    match words.next().unwrap_or_default() {
        // `Police came after Dean pushed her` is about Dean, `looks after Dean` is not.
        "after" => words.next().is_some_and(|verb| verb.starts_with("look") || matches!(verb, "sees" | "seeing" | "see")),
        word => matches!(word, "on" | "of" | "against" | "with" | "to" | "towards" | "for" | "about" | "at" | "from"),
    }
}

pub(super) fn distinct(named: &[Mention]) -> Vec<usize> {
    let mut people: Vec<usize> = Vec::new();
    for one in named.iter().flat_map(|mention| &mention.members) {
        if !people.contains(one) {
            people.push(*one);
        }
    }
    people
}
