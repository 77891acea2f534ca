//! Which members words name: by name, by kinship, by `all the children`.

use std::borrow::Cow;

use super::members::full_name;
use super::names::{alike, clean};
use super::text::{bare, find_phrase, fold, has_phrase};
use super::words::Lexicon;
use crate::domain::nomination::Member;

/// Members named: surely, or one of several it may be.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Who {
    /// Named without doubt.
    pub sure: Vec<usize>,
    /// May be meant.
    pub unclear: Vec<usize>,
}

impl Who {
    fn add(&mut self, found: &[usize]) {
        match found {
            [one] => push(&mut self.sure, *one),
            many => many.iter().for_each(|one| push(&mut self.unclear, *one)),
        }
    }

    fn add_all(&mut self, found: Vec<usize>) {
        found.into_iter().for_each(|one| push(&mut self.sure, one));
    }

    /// Whether nobody was found.
    pub(super) fn is_nobody(&self) -> bool {
        self.sure.is_empty() && self.unclear.is_empty()
    }
}

fn push(list: &mut Vec<usize>, one: usize) {
    if !list.contains(&one) {
        list.push(one);
    }
}

/// Those a cell names: `Fatima and Ngozi`, `mum; both children`, `Wayne (son)`.
pub(super) fn named(text: &str, members: &[Member], lexicon: &Lexicon<'_>) -> Who {
    let mut who = Who::default();
    let text = super::people::behind_answer(text, lexicon);
    // `① ②`: whoever stands there among all of them.
    let text: Cow<'_, str> = match text.contains(is_circled) {
        true => text
            .chars()
            .flat_map(|c| circled(c).map_or_else(|| vec![c], |n| format!(", person {n}, ").chars().collect()))
            .collect::<String>()
            .into(),
        false => text.into(),
    };
    let text = text.as_ref();
    for part in parts(text) {
        // `Oskar - help from the children's centre`: of the one before the dash; what stands behind it is said of them.
        let divided = part
            .split_once(" - ")
            .or_else(|| part.split_once(" – "))
            .or_else(|| part.split_once(": ").filter(|(_, said)| !said.contains(": ")));
        if let Some((head, _)) = divided {
            let mut of_head = Who::default();
            one(head.trim(), members, lexicon, &mut of_head);
            if !of_head.is_nobody() {
                who.sure.extend(of_head.sure);
                who.unclear.extend(of_head.unclear);
                continue;
            }
        }
        one(without_figure(part), members, lexicon, &mut who);
    }
    let mut seen = std::collections::BTreeSet::new();
    who.sure.retain(|one| seen.insert(*one));
    if who.is_nobody() {
        for mention in mentions(text, members, lexicon) {
            who.add(&mention.members);
        }
    }
    who.unclear.retain(|one| !who.sure.contains(one));
    who
}

/// The parts of a list of people. A comma within brackets parts a remark: `RG (alcohol, waiting for a bed), OG`.
fn parts(text: &str) -> Vec<&str> {
    let mut depth = 0_usize;
    let mut from = 0;
    let mut found = Vec::new();
    for (at, sign) in text.char_indices() {
        match sign {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            ';' | ',' | '&' | '/' | '\n' | '+' if depth == 0 => {
                found.push(&text[from..at]);
                from = at + sign.len_utf8();
            }
            // `Donna (victim). Jade (saw it)`: a remark and its full stop end one of them.
            '.' if depth == 0 && text[..at].ends_with(')') => {
                found.push(&text[from..at]);
                from = at + 1;
            }
            ' ' if depth == 0 && at >= from && text[at..].starts_with(" and ") => {
                found.push(&text[from..at]);
                from = at + " and ".len();
            }
            _ => {}
        }
    }
    found.push(text.get(from..).unwrap_or_default());
    found.into_iter().map(str::trim).filter(|part| !part.is_empty()).collect()
}

/// `Ottilie 79%` → `Ottilie`: a share of days attended behind a name.
pub(super) fn without_figure(part: &str) -> &str {
    let Some((head, last)) = part.rsplit_once(' ') else { return part };
    let figure = last.strip_suffix('%').is_some_and(|figure| figure.parse::<f32>().is_ok());
    if figure { head.trim_end_matches([' ', '-', '–', ':', '(']) } else { part }
}

fn is_circled(character: char) -> bool {
    circled(character).is_some()
}

/// `①` → 1.
fn circled(character: char) -> Option<u32> {
    let from = |first: char| u32::from(character).checked_sub(u32::from(first)).filter(|away| *away < 10).map(|away| away + 1);
    from('①').or_else(|| from('❶')).or_else(|| from('⓵')).or_else(|| from('➀'))
}

fn one(part: &str, members: &[Member], lexicon: &Lexicon<'_>, who: &mut Who) {
    let name = bare(&clean(part, lexicon));
    let by_name =
        |test: &dyn Fn(&Member) -> bool| -> Vec<usize> { (0..members.len()).filter(|index| test(&members[*index])).collect() };
    let given = |member: &Member| member.given_name.as_ref().map(|answer| bare(answer.value.reveal())).unwrap_or_default();
    if !name.is_empty() {
        let tests: [&dyn Fn(&Member) -> bool; 4] = [
            &|member| bare(&full_name(member)) == name,
            &|member| given(member) == name,
            &|member| given(member).split(' ').next() == Some(name.as_str()),
            &|member| alike(&full_name(member), &name),
        ];
        for test in tests {
            let found = by_name(test);
            if !found.is_empty() {
                who.add(&told_apart(part, found, members, lexicon));
                return;
            }
        }
    }
    if let Some(one) = titled(part, members, lexicon) {
        return push(&mut who.sure, one);
    }
    if let Some(found) = kin(part, members, lexicon) {
        match found {
            Kin::All(found) => who.add_all(found),
            Kin::One(found) => who.add(&found),
        }
        return;
    }
    let letters: String = name.chars().filter(|c| c.is_alphabetic()).collect();
    let first_letters =
        |name: &str, dividers: &[char]| -> String { name.split(dividers).filter_map(|word| word.chars().next()).collect() };
    // `TS`, `T.S.`, `T S`; `KTH` of somebody with two names in one: capitals, as initials are written.
    let spaced = first_letters(&name, &[' ', '-', '.']) == letters;
    let capitals = (2..=4).contains(&letters.len()) && clean(part, lexicon).chars().all(|c| !c.is_lowercase());
    if (2..=4).contains(&letters.len()) && (spaced || letters.len() == 2 || capitals) {
        let of = |dividers: &[char]| by_name(&|member| first_letters(&bare(&full_name(member)), dividers) == letters);
        let plain = of(&[' ']);
        let found = if plain.is_empty() { of(&[' ', '-']) } else { plain };
        if !found.is_empty() {
            who.add(&found);
        }
    }
}

/// `Attendance   FG (46 sessions missed)`: capitals that are the initials of exactly one member.
pub(super) fn initials_in(text: &str, members: &[Member], who: &mut Who) {
    let outside = super::lines::outside_brackets(text);
    for word in outside.split(|c: char| !(c.is_alphabetic() || c == '.')).filter(|word| (2..=4).contains(&word.len())) {
        let letters = word.replace('.', "");
        if letters.len() < 2 || !letters.chars().all(char::is_uppercase) {
            continue;
        }
        let fits = |member: &Member| {
            let name = full_name(member);
            name.split([' ', '-']).filter_map(|part| part.chars().next()).collect::<String>() == letters
        };
        let found: Vec<usize> = (0..members.len()).filter(|index| fits(&members[*index])).collect();
        if let [one] = found.as_slice() {
            push(&mut who.sure, *one);
        }
    }
}

/// `Mrs Sproat`: the only adult of that surname whom the title fits.
fn titled(part: &str, members: &[Member], lexicon: &Lexicon<'_>) -> Option<usize> {
    let words: Vec<&str> = part.split_whitespace().collect();
    let (title, surname) = words.split_first().filter(|(title, _)| lexicon.is("titles", title))?;
    let surname = bare(&surname.join(" "));
    let gender = match fold(title).trim_end_matches('.') {
        "mr" => Some("m"),
        "mrs" | "miss" | "ms" => Some("f"),
        _ => None,
    };
    let fits = |member: &Member| {
        member.is_child != Some(true)
            && member.family_name.as_ref().is_some_and(|name| bare(name.value.reveal()) == surname)
            && (gender.is_none()
                || member.gender.as_ref().is_none_or(|told| gender.is_some_and(|g| told.value.reveal().starts_with(g))))
    };
    let mut found = (0..members.len()).filter(|index| fits(&members[*index]));
    found.next().filter(|_| found.next().is_none() && !surname.is_empty())
}

/// Of several with one name, the one the bracket behind it tells: `(son)`, `(father)`.
fn told_apart(part: &str, found: Vec<usize>, members: &[Member], lexicon: &Lexicon<'_>) -> Vec<usize> {
    if found.len() < 2 {
        return found;
    }
    let remark = fold(part);
    let by_relationship: Vec<usize> = found
        .iter()
        .copied()
        .filter(|index| {
            members[*index].relationship.as_ref().is_some_and(|answer| has_phrase(&remark, &fold(answer.value.reveal())))
        })
        .collect();
    if by_relationship.len() == 1 {
        return by_relationship;
    }
    let child = lexicon.mapped("relationship_ages", &remark).map(|age| age == "child");
    let by_age: Vec<usize> = found.iter().copied().filter(|index| child.is_some() && members[*index].is_child == child).collect();
    if by_age.len() == 1 { by_age } else { found }
}

enum Kin {
    /// All of these.
    All(Vec<usize>),
    /// One of these.
    One(Vec<usize>),
}

/// Words of kinship for the members they fit.
fn kin(part: &str, members: &[Member], lexicon: &Lexicon<'_>) -> Option<Kin> {
    let folded = fold(part);
    let all =
        |test: &dyn Fn(&Member) -> bool| -> Vec<usize> { (0..members.len()).filter(|index| test(&members[*index])).collect() };
    if let Some(number) = counted(&folded) {
        return (1..=members.len()).contains(&number).then(|| Kin::One(vec![number - 1]));
    }
    if let Some((owner, Some(number))) = lexicon.owner(part) {
        let child = owner == "child";
        let group = all(&|member| owner == "person" || member.is_child == Some(child));
        return group.get(usize::from(number).checked_sub(1)?).map(|one| Kin::One(vec![*one]));
    }
    let word = lexicon.mapped("kin", &folded)?;
    let children = all(&|member| member.is_child == Some(true));
    let adults = all(&|member| member.is_child == Some(false));
    Some(match word {
        "everybody" => Kin::All((0..members.len()).collect()),
        "children" => Kin::All(children),
        "adults" => Kin::All(adults),
        "sons" | "daughters" => {
            let gender = if word == "sons" { "m" } else { "f" };
            let fits = |member: &Member| {
                member.is_child == Some(true) && member.gender.as_ref().is_some_and(|g| g.value.reveal().starts_with(gender))
            };
            Kin::All(all(&fits))
        }
        "unborn" => Kin::One(all(&|member| member.expected_on.is_some())),
        "siblings" => Kin::All(all(&|member| is_sibling(member, lexicon))),
        "pupil" => {
            // The child that is nobody's brother or sister, where the others are.
            let chosen: Vec<usize> = children.iter().copied().filter(|index| !is_sibling(&members[*index], lexicon)).collect();
            Kin::One(if chosen.is_empty() { children } else { chosen })
        }
        "eldest" | "youngest" => {
            let mut born: Vec<(crate::domain::time::Date, usize)> = children
                .iter()
                .filter_map(|index| members[*index].date_of_birth.as_ref().map(|answer| (*answer.value.reveal(), *index)))
                .collect();
            born.sort_unstable();
            let complete = born.len() == children.len();
            let chosen = if word == "eldest" { born.first() } else { born.last() };
            Kin::One(chosen.filter(|_| complete).map(|(_, index)| vec![*index]).unwrap_or_default())
        }
        word => {
            let mut parts = word.split(' ');
            let (age, gender) = (parts.next()?, parts.next()?);
            let fits = |member: &Member| {
                let related = member.relationship.as_ref().is_some_and(|r| lexicon.mapped("kin", r.value.reveal()) == Some(word));
                let gendered = member.gender.as_ref().is_some_and(|g| g.value.reveal().starts_with(gender));
                let untold = member.relationship.is_none();
                member.is_child == Some(age == "child") && (related || (untold && gendered) || (age == "child" && gendered))
            };
            Kin::One(all(&fits))
        }
    })
}

fn is_sibling(member: &Member, lexicon: &Lexicon<'_>) -> bool {
    member.is_child == Some(true)
        && member.relationship.as_ref().is_some_and(|told| lexicon.mentions("sibling_words", told.value.reveal()).is_some())
}

/// `Subject 2`, `Person 3`, `Family member 1`: whoever stands there among all of them, from 1.
fn counted(folded: &str) -> Option<usize> {
    let head = folded.split('(').next().unwrap_or_default().trim();
    let (word, number) = head.rsplit_once(' ')?;
    matches!(word, "subject" | "person" | "family member" | "household member" | "member" | "individual" | "name" | "no.")
        .then(|| number.trim_start_matches('#').parse().ok())
        .flatten()
}

/// A name standing in a sentence.
#[derive(Debug, Clone)]
pub(super) struct Mention {
    /// Byte range in [`bare`] of the sentence.
    pub start: usize,
    /// End of it.
    pub end: usize,
    /// One, or several of the same name.
    pub members: Vec<usize>,
}

/// The members a sentence names, in the order of the words; kinship words count where they fit exactly one member.
pub(super) fn mentions(sentence: &str, members: &[Member], lexicon: &Lexicon<'_>) -> Vec<Mention> {
    let text = bare(sentence);
    let mut found: Vec<Mention> = Vec::new();
    for (index, member) in members.iter().enumerate() {
        let given = member.given_name.as_ref().map(|answer| bare(answer.value.reveal())).unwrap_or_default();
        let first = given.split(' ').next().unwrap_or_default().to_owned();
        for name in [bare(&full_name(member)), given.clone(), first] {
            if name.len() < 2 {
                continue;
            }
            let mut from = 0;
            while let Some(at) = text.get(from..).and_then(|rest| find_phrase(rest, &name)).map(|at| at + from) {
                note(&mut found, at, at + name.len(), index);
                from = at + name.len();
            }
        }
    }
    titled_mentions(&text, members, lexicon, &mut found);
    let family_words: Vec<&String> = lexicon.list("kin_mentions").iter().collect();
    for word in family_words {
        let mut from = 0;
        while let Some(at) = text.get(from..).and_then(|rest| find_phrase(rest, word)).map(|at| at + from) {
            from = at + word.len();
            let inside = found.iter().any(|mention| mention.start <= at && at < mention.end);
            let owned = text[from..].starts_with("'s")
                && lexicon.list("kin_mentions").iter().any(|k| text[from + 2..].trim_start().starts_with(k.as_str()));
            if inside || owned {
                continue;
            }
            match kin(word, members, lexicon) {
                Some(Kin::One(one)) if one.len() == 1 => found.push(Mention { start: at, end: from, members: one }),
                Some(Kin::All(all)) if !all.is_empty() => {
                    found.extend(all.iter().map(|one| Mention { start: at, end: from, members: vec![*one] }));
                }
                _ => {}
            }
        }
    }
    settle_same_names(&text, &mut found, members, lexicon);
    found.sort_by_key(|mention| mention.start);
    found
}

/// `Mr Wilde lost his job`: the only adult of that surname whom the title fits; nobody who is there by trade (`Mrs Wilde, headteacher`).
fn titled_mentions(text: &str, members: &[Member], lexicon: &Lexicon<'_>, found: &mut Vec<Mention>) {
    const NEAR_CHARACTERS: usize = 30;
    let mut surnames: Vec<String> =
        members.iter().filter_map(|member| member.family_name.as_ref()).map(|name| bare(name.value.reveal())).collect();
    surnames.sort_unstable();
    surnames.dedup();
    for title in ["mr", "mrs", "miss", "ms"].into_iter().filter(|title| has_phrase(text, title)) {
        for surname in surnames.iter().filter(|surname| surname.len() > 1) {
            let Some(one) = titled(&format!("{title} {surname}"), members, lexicon) else { continue };
            for name in [format!("{title} {surname}"), format!("{title}. {surname}")] {
                let mut from = 0;
                while let Some(at) = text.get(from..).and_then(|rest| find_phrase(rest, &name)).map(|at| at + from) {
                    from = at + name.len();
                    let behind: String = text[from..].chars().take(NEAR_CHARACTERS).collect();
                    let by_trade = behind.starts_with([',', ' ', '('])
                        && behind.trim_start().starts_with([',', '('])
                        && lexicon.mentions("role_words", &behind).is_some();
                    if !by_trade {
                        note(found, at, from, one);
                    }
                }
            }
        }
    }
}

fn note(found: &mut Vec<Mention>, start: usize, end: usize, index: usize) {
    if let Some(same) = found.iter_mut().find(|mention| mention.start == start) {
        if end > same.end {
            *same = Mention { start, end, members: vec![index] };
        } else if end == same.end {
            push(&mut same.members, index);
        }
        return;
    }
    if !found.iter().any(|mention| mention.start < end && start < mention.end) {
        found.push(Mention { start, end, members: vec![index] });
    }
}

fn settle_same_names(text: &str, found: &mut [Mention], members: &[Member], lexicon: &Lexicon<'_>) {
    for mention in found.iter_mut().filter(|mention| mention.members.len() > 1) {
        let behind = text[mention.end..].trim_start();
        if let Some(remark) = behind.strip_prefix('(').and_then(|rest| rest.split(')').next()) {
            mention.members = told_apart(remark, mention.members.clone(), members, lexicon);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::parts;

    #[test]
    fn people_are_parted_outside_brackets_only() {
        for (text, wanted) in [
            ("RG (alcohol, waiting for a bed), OG", vec!["RG (alcohol, waiting for a bed)", "OG"]),
            ("Ada (asthma) and Tom", vec!["Ada (asthma)", "Tom"]),
            ("Ada (hurt, 5/11/26). Tom (saw it)", vec!["Ada (hurt, 5/11/26)", "Tom (saw it)"]),
            ("Ada and and Tom", vec!["Ada", "and Tom"]),
            ("Ada ), (Tom", vec!["Ada )", "(Tom"]),
            ("", vec![]),
        ] {
            assert_eq!(parts(text), wanted, "{text}");
        }
    }
}
