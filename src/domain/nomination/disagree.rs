//! What two papers of one mail say differently of one person or home: `born 3 June` on the form and `4 June` in the letter, `Odette`
//! here and `Odete` there. Both readings stay beside each other, and a person is asked; nobody is counted twice because of a slip.

use std::sync::LazyLock;

use regex::Regex;

use super::dates::{self, Era};
use super::members::{full_name, same_person, single, take};
use super::papers::{Origin, Paper};
use super::text::{bare, find_phrase, sentences, tidy};
use crate::domain::nomination::{Answer, HomeAddress, Member, Source};
use crate::domain::time::Date;

/// Two of one name whose birthdays lie so far apart are parent and child.
const GENERATION_YEARS: i16 = 12;
/// Longer than any pregnancy: a day beyond it is a slip of somebody's pen.
const DAYS_OF_A_PREGNANCY: i32 = 300;

/// `born`, `DOB`, `date of birth` within the words before a day.
static BORN: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(?i)\b(?:born|d\.?o\.?b\.?|date of birth|birthday)\b").expect("valid"));

/// Who of `known`, met on other papers, `member` of this paper is, although one of the two has a slip in the name or the birthday.
/// `claimed` are those that another entry of this paper is about beyond doubt. None when nobody or more than one fits.
pub(super) fn slip_of(known: &[Member], claimed: &[usize], member: &Member) -> Option<usize> {
    let mut fits = (0..known.len()).filter(|index| !claimed.contains(index) && are_one(&known[*index], member));
    fits.next().filter(|_| fits.next().is_none())
}

/// The places of `known` that `members` of one paper are about beyond doubt.
pub(super) fn claimed<'m>(known: &[Member], members: impl Iterator<Item = &'m Member>) -> Vec<usize> {
    members.filter_map(|member| known.iter().position(|known| same_person(known, member))).collect()
}

fn are_one(one: &Member, other: &Member) -> bool {
    let born = |member: &Member| member.date_of_birth.as_ref().map(|answer| *answer.value.reveal());
    let part = |answer: &Option<Answer<String>>| answer.as_ref().map(|answer| bare(answer.value.reveal())).unwrap_or_default();
    let (given, family) = (part(&one.given_name), part(&one.family_name));
    let (other_given, other_family) = (part(&other.given_name), part(&other.family_name));
    if [&given, &family, &other_given, &other_family].iter().any(|name| name.is_empty()) || contradict(one, other) {
        return false;
    }
    let (Some(born), Some(other_born)) = (born(one), born(other)) else { return false };
    if (&given, &family) == (&other_given, &other_family) {
        let kin = part(&one.relationship);
        let same_kin = !kin.is_empty() && kin == part(&other.relationship);
        return same_kin || (born.year() - other_born.year()).abs() < GENERATION_YEARS;
    }
    // Twins share a day and a surname: only what a slip makes of one name is one.
    born == other_born && is_slip(&given, &other_given) && is_slip(&family, &other_family)
}

/// A letter too many, too few, another, or two that changed places.
fn is_slip(one: &str, other: &str) -> bool {
    const LETTERS_MIN: usize = 4;
    one == other || one.chars().count().min(other.chars().count()) >= LETTERS_MIN && strsim::osa_distance(one, other) == 1
}

/// Gender tells two people apart; kinship does not, for `Mum` and `Mother` are one.
fn contradict(one: &Member, other: &Member) -> bool {
    match (&one.gender, &other.gender) {
        (Some(one), Some(other)) => one.value.reveal() != other.value.reveal(),
        _ => false,
    }
}

/// Whether a day to come can be the one somebody is expected on: near enough, and nothing says that it is a grown person's.
pub(super) fn may_be_expected(day: Date, child: Option<bool>, received_on: Date) -> bool {
    child != Some(false) && received_on.until(day).is_ok_and(|span| span.get_days() <= DAYS_OF_A_PREGNANCY)
}

/// Sets beside the birthdays of a form what the mail's own sentences say of them.
pub(super) fn birthdays_in_sentences(papers: &[&Paper<'_>], members: &mut [Member], received_on: Date) {
    let letters = papers.iter().filter(|paper| paper.origin == Origin::Body && !paper.is_nomination());
    for paper in letters {
        for slot in &paper.form.narrative {
            for sentence in sentences(&slot.lines_text()) {
                let Some((index, day)) = birthday(&sentence, members, received_on) else { continue };
                let source = slot.source_quoting(paper.name, tidy(&sentence), 0.8);
                take(&mut members[index].date_of_birth, Some(single(day, source)));
            }
        }
    }
}

/// Whose birthday a sentence tells straight behind their whole name; only where it is told otherwise already.
fn birthday(sentence: &str, members: &[Member], received_on: Date) -> Option<(usize, Date)> {
    let found = members.iter().enumerate().filter_map(|(index, member)| Some((index, behind(sentence, &full_name(member))?)));
    let mut told = found.filter_map(|(index, rest)| {
        let born = BORN.find(rest)?;
        // `Ann Bell and Tom Bell, born …`: the day is his.
        let near = rest[..born.start()].chars().all(|c| c.is_lowercase() || !c.is_alphanumeric());
        let own = near && find_phrase(&bare(&rest[..born.start()]), "and").is_none();
        own.then(|| (index, dates::first_date(&rest[born.end()..], Era::Birth(members[index].is_child), received_on)))
    });
    let (index, readings) = told.next().filter(|_| told.next().is_none())?;
    let known = members[index].date_of_birth.as_ref()?;
    let day = readings.first().copied().filter(|day| *day <= received_on && !readings.contains(known.value.reveal()))?;
    Some((index, day))
}

/// What follows `name`, written in two words or more, in `sentence`.
fn behind<'s>(sentence: &'s str, name: &str) -> Option<&'s str> {
    let (folded, wanted) = (sentence.to_lowercase(), name.to_lowercase());
    if folded.len() != sentence.len() || !wanted.contains(' ') {
        return None;
    }
    let rest = &sentence[folded.find(&wanted)? + wanted.len()..];
    (!rest.starts_with(char::is_alphanumeric)).then_some(rest)
}

/// Sets beside the home of a form the one that the mail's own sentences say is the family's.
pub(super) fn home_in_sentences(said: HomeAddress, home: &mut HomeAddress) {
    let known = home.postcode.as_ref().map(|code| code.value.reveal().clone());
    let other = |code: &Answer<String>| known.as_ref().is_some_and(|known| known != code.value.reveal());
    if said.postcode.as_ref().is_some_and(other) {
        take(&mut home.postcode, said.postcode);
    }
    let differs =
        |text: &Answer<String>| home.text.as_ref().is_some_and(|known| houses_differ(known.value.reveal(), text.value.reveal()));
    if said.text.as_ref().is_some_and(differs) {
        take(&mut home.text, said.text);
    }
}

/// Whether two papers give the home different houses; one that only says more of the same place does not.
pub(super) fn homes_differ(home: &HomeAddress) -> bool {
    let Some(text) = &home.text else { return false };
    let paper = |sources: &[Source]| sources.first().map(|source| source.document.clone());
    text.others
        .iter()
        .any(|(other, sources)| paper(sources) != paper(&text.sources) && houses_differ(text.value.reveal(), other.reveal()))
}

fn houses_differ(one: &str, other: &str) -> bool {
    let number = |text: &str| {
        let found = text.split(|c: char| !c.is_alphanumeric()).find(|word| word.starts_with(|c: char| c.is_ascii_digit()));
        found.map(str::to_lowercase)
    };
    let words = |text: &str| bare(text).split(' ').map(str::to_owned).collect::<Vec<_>>();
    let (these, those) = (words(one), words(other));
    match (number(one), number(other)) {
        (Some(number), Some(other)) if number != other => true,
        _ => !these.iter().any(|word| those.contains(word)),
    }
}

/// Whether the readings of a name differ in more than capitals and blanks.
pub(super) fn names_differ(answer: Option<&Answer<String>>) -> bool {
    answer.is_some_and(|answer| answer.others.iter().any(|(other, _)| bare(other.reveal()) != bare(answer.value.reveal())))
}
