//! What a programme's folder must fulfil beyond its form. Every check reports all it finds; none stops at the first.

mod blanks;
mod budgets;
mod conflicts;
pub(super) mod explore;
mod letters;
mod names;
mod outcomes;
mod packs;
mod paths;
mod people;
mod program;
mod values;

pub(super) use blanks::blank_findings;
pub(super) use letters::{unwritten, unwritten_of_desk};
pub(super) use outcomes::findings as outcome_findings;
pub(super) use paths::never_falls_silent;
pub use paths::{Watched, watched_stages};
pub(super) use people::findings as people_findings;
pub(super) use program::{desk_findings, missing_words, program_findings};

use std::collections::BTreeSet;
use std::fmt::Display;

use super::lifecycle::Lifecycle;
use super::programme::{CriterionTest, FormWords, Geography, RulePack, Theme};
use crate::domain::time::CalendarFile;

/// Something wrong, and where in its file: `moves[3].guard`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The place in the file, as a path of keys and indexes.
    pub place: String,
    /// What is wrong and what to do, for people.
    pub says: String,
}

pub(super) fn finding(place: impl Into<String>, says: impl Into<String>) -> Finding {
    Finding { place: place.into(), says: says.into() }
}

/// Everything wrong with a life-cycle; empty when cases can safely live by it.
#[must_use]
pub fn lifecycle_defects(lifecycle: &Lifecycle) -> Vec<Finding> {
    let mut found = names::findings(lifecycle);
    found.extend(values::findings(lifecycle));
    found.extend(paths::findings(lifecycle));
    found.extend(budgets::findings(lifecycle));
    found.extend(conflicts::findings(lifecycle));
    found
}

/// The known name most like `found`, when one is near enough to be meant.
pub(super) fn nearest<'a>(found: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let scored = known.into_iter().map(|name| (strsim::jaro_winkler(found, name), name));
    scored.filter(|(score, _)| *score > 0.8).max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, name)| name)
}

/// `a`, `b` and `c`, in backticks.
pub(super) fn list<T: Display>(names: impl IntoIterator<Item = T>) -> String {
    let names: Vec<String> = names.into_iter().map(|name| format!("`{name}`")).collect();
    match names.split_last() {
        None => "none".to_owned(),
        Some((only, [])) => only.clone(),
        Some((last, others)) => format!("{} and {last}", others.join(", ")),
    }
}

/// Says that nothing of this `kind` is called so, and what may be meant.
pub(super) fn unknown<'a>(kind: &str, found: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    match nearest(found, known) {
        Some(near) => format!("no {kind} is called `{found}`; did you mean `{near}`?"),
        None => format!("no {kind} is called `{found}`"),
    }
}

/// One finding an item whose name an earlier item of the list has.
pub(super) fn duplicates<'a>(list: &str, key: &str, kind: &str, names: impl IntoIterator<Item = &'a str>) -> Vec<Finding> {
    let mut seen = BTreeSet::new();
    let twins = names.into_iter().enumerate().filter(|(_, name)| !seen.insert(*name));
    twins.map(|(at, name)| finding(format!("{list}[{at}].{key}"), format!("two {kind}s are called `{name}`"))).collect()
}

pub(super) fn theme_findings(themes: &[Theme]) -> Vec<Finding> {
    let mut found = duplicates("themes", "key", "theme", themes.iter().map(|theme| theme.key.as_str()));
    if themes.is_empty() {
        found.push(finding("themes", "a programme needs at least one theme"));
    }
    found
}

pub(super) fn pack_findings(pack: &RulePack, themes: &[Theme]) -> Vec<Finding> {
    let names = || pack.interpretations.iter().map(|one| one.name.as_str());
    let mut found = duplicates("interpretations", "name", "interpretation", names());
    found.extend(duplicates("grades", "name", "grade", pack.grades.iter().map(|grade| grade.name.as_str())));
    for (at, interpretation) in pack.interpretations.iter().enumerate() {
        for term in interpretation.condition.terms() {
            let CriterionTest::FamilyThemes { other_than, .. } = term else { continue };
            for key in other_than.iter().filter(|key| themes.iter().all(|theme| theme.key != **key)) {
                let says = unknown("theme", key.as_str(), themes.iter().map(|theme| theme.key.as_str()));
                found.push(finding(format!("interpretations[{at}].condition"), says));
            }
        }
    }
    for (at, grade) in pack.grades.iter().enumerate() {
        for (which, name) in grade.any_of.iter().enumerate().filter(|(_, name)| names().all(|known| known != name.as_str())) {
            let says = unknown("interpretation", name.as_str(), names());
            found.push(finding(format!("grades[{at}].any_of[{which}]"), says));
        }
        let last = at + 1 == pack.grades.len();
        if grade.any_of.is_empty() != last {
            let says = if last {
                "the last grade is what remains: it has no `any_of`, so that every family gets a grade"
            } else {
                "a grade that is not the last needs `any_of`, or those after it are never given"
            };
            found.push(finding(format!("grades[{at}]"), says));
        }
    }
    if pack.grades.is_empty() {
        found.push(finding("grades", "a rule pack needs at least one grade"));
    }
    if pack.until.is_some_and(|until| until < pack.from) {
        found.push(finding("until", "the pack ends before it begins"));
    }
    if pack.superseded_by.is_some() && pack.until.is_none() {
        found.push(finding("superseded_by", "a pack that is superseded ends: say `until` when"));
    }
    if found.is_empty() {
        found.extend(packs::findings(pack, themes));
    }
    found
}

pub(super) fn form_findings(form: &FormWords, themes: &[Theme]) -> Vec<Finding> {
    let unknown_keys = form.criteria.keys().filter(|key| themes.iter().all(|theme| theme.key.as_str() != *key));
    unknown_keys
        .map(|key| {
            let says = unknown("theme", key, themes.iter().map(|theme| theme.key.as_str()));
            finding(format!("criteria.{key}"), says)
        })
        .chain(form.learnt.iter().enumerate().flat_map(|(at, learnt)| {
            let fingerprint = |line: &str| line.len() == 16 && line.bytes().all(|digit| digit.is_ascii_hexdigit());
            let wrong = learnt.lines.iter().position(|line| !fingerprint(line));
            wrong.map(|line| {
                let says = "this is no fingerprint of a line; write the file anew with `focus-family forms learn`";
                finding(format!("learnt[{at}].lines[{line}]"), says)
            })
        }))
        .collect()
}

pub(super) fn geography_findings(geography: &Geography) -> Vec<Finding> {
    let areas = || geography.areas.iter().map(|area| area.name.as_str());
    let districts = || geography.districts.iter().map(|district| district.title.as_str());
    let mut found = duplicates("areas", "name", "area", areas());
    found.extend(duplicates("districts", "title", "district", districts()));
    found.extend(duplicates("outcodes", "outcode", "outward code", geography.outcodes.iter().map(|code| code.outcode.as_str())));
    for (at, district) in geography.districts.iter().enumerate() {
        if areas().all(|area| area != district.area.as_str()) {
            found.push(finding(format!("districts[{at}].area"), unknown("area", district.area.as_str(), areas())));
        }
    }
    for (at, code) in geography.outcodes.iter().enumerate() {
        for title in code.districts.iter().filter(|title| districts().all(|known| known != title.as_str())) {
            found.push(finding(format!("outcodes[{at}].districts"), unknown("district", title, districts())));
        }
        if code.districts.len() > 1 && !code.split {
            let says = format!("`{}` lies in several districts; say `split: true`", code.outcode);
            found.push(finding(format!("outcodes[{at}]"), says));
        }
    }
    found
}

/// Areas that ladders of the life-cycle are for and that the programme does not have.
pub(super) fn area_findings(lifecycle: &Lifecycle, geography: &Geography) -> Vec<Finding> {
    let areas = || geography.areas.iter().map(|area| area.name.as_str());
    let named = lifecycle.timers.iter().enumerate().flat_map(|(at, timer)| timer.areas.keys().map(move |area| (at, area)));
    let strange = named.filter(|(_, area)| areas().all(|known| known != area.as_str()));
    strange.map(|(at, area)| finding(format!("timers[{at}].areas.{area}"), unknown("area", area.as_str(), areas()))).collect()
}

pub(super) fn calendar_findings(file: &CalendarFile, geography: Option<&Geography>) -> Vec<Finding> {
    let mut found = Vec::new();
    if let Some(geography) = geography {
        let areas = || geography.areas.iter().map(|area| area.name.as_str());
        let strange = file.area_school_terms.keys().filter(|area| areas().all(|known| known != area.as_str()));
        found.extend(strange.map(|area| finding(format!("area_school_terms.{area}"), unknown("area", area.as_str(), areas()))));
    }
    for (name, days) in [("bank_holidays", &file.bank_holidays), ("closures", &file.closures)] {
        for (at, day) in days.iter().enumerate().filter(|(_, day)| day.on > file.known_until) {
            let says = format!("{} is later than `known_until`; move that date when a year is complete", day.on);
            found.push(finding(format!("{name}[{at}].on"), says));
        }
        for (at, pair) in days.windows(2).enumerate().filter(|(_, pair)| pair[1].on <= pair[0].on) {
            found.push(finding(format!("{name}[{}].on", at + 1), format!("{} is twice here, or out of order", pair[1].on)));
        }
    }
    let of_areas = file.area_school_terms.iter().map(|(area, terms)| (format!("area_school_terms.{area}"), terms));
    for (name, terms) in std::iter::once(("school_terms".to_owned(), &file.school_terms)).chain(of_areas) {
        for (at, term) in terms.iter().enumerate().filter(|(_, term)| term.until < term.from) {
            found.push(finding(format!("{name}[{at}]"), format!("this term ends before it begins on {}", term.from)));
        }
        for (at, pair) in terms.windows(2).enumerate().filter(|(_, pair)| pair[1].from <= pair[0].until) {
            let says = format!("the term from {} begins before the one above it ends", pair[1].from);
            found.push(finding(format!("{name}[{}]", at + 1), says));
        }
    }
    found
}
