//! What single piece of evidence would give a better grade: each is tried, and the sentences name nobody.

use std::collections::BTreeMap;

use super::family::{Family, Person, Themes};
use super::grade_of;
use crate::domain::nomination::Nomination;
use crate::domain::workflow::RulePack;

/// Sentences, the best grade first. Empty for the best grade of all.
pub(super) fn would_change(pack: &RulePack, family: &Family, nomination: &Nomination) -> Vec<String> {
    let now = rank(pack, family);
    if now == 0 {
        return Vec::new();
    }
    let mut sentences: Vec<(usize, String)> = Vec::new();
    // What a plan or a theme of somebody changes is the same for all who stand alike: say it once.
    let mut by_theme: BTreeMap<(usize, Themes), Vec<usize>> = BTreeMap::new();
    let mut by_look: BTreeMap<(usize, Themes), Vec<usize>> = BTreeMap::new();
    let mut by_plan: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    let mut tried: BTreeMap<Person, Vec<(Change, usize)>> = BTreeMap::new();
    for (at, person) in family.people.iter().enumerate() {
        let changes = tried.entry(*person).or_insert_with(|| changes_of(pack, family, at, now));
        for (change, rank) in changes.iter() {
            match change {
                Change::Theme(themes) => by_theme.entry((*rank, *themes)).or_default().push(at),
                Change::Look(themes) => by_look.entry((*rank, *themes)).or_default().push(at),
                Change::Plan => by_plan.entry(*rank).or_default().push(at),
            }
        }
    }
    let title = |rank: usize| pack.grades[rank].title.as_str();
    for ((rank, themes), who) in by_look {
        let what = words(pack, family, themes, &who);
        sentences.push((
            rank,
            format!("{what} of {}, which a person has to look at, made sure: {}", people(&who, nomination), title(rank)),
        ));
    }
    for ((rank, themes), who) in by_theme {
        let what = words(pack, family, themes, &who);
        sentences.push((rank, format!("{what} shown of {}: {}", people(&who, nomination), title(rank))));
    }
    for (rank, who) in by_plan {
        sentences.push((rank, format!("a current child protection plan of {}: {}", people(&who, nomination), title(rank))));
    }
    sentences.sort_by_key(|(rank, _)| *rank);
    if sentences.is_empty() {
        return vec!["no single piece of evidence changes the grade; at least two more are needed".to_owned()];
    }
    sentences.into_iter().map(|(_, sentence)| sentence).collect()
}

/// One thing that might yet be shown of a person.
enum Change {
    /// Any one of these themes, open so far.
    Theme(Themes),
    /// Any one of these, possible so far.
    Look(Themes),
    /// A current child protection plan.
    Plan,
}

/// What betters the grade when it is shown of person `at`, with the grade it gives.
fn changes_of(pack: &RulePack, family: &Family, at: usize, now: usize) -> Vec<(Change, usize)> {
    let person = family.people[at];
    let rank_with = |shown: Themes, plan: bool| {
        let mut other = family.clone();
        other.people[at].shown |= shown;
        other.people[at].plan |= plan;
        rank(pack, &other)
    };
    let (mut open, mut look): (BTreeMap<usize, Themes>, BTreeMap<usize, Themes>) = (BTreeMap::new(), BTreeMap::new());
    for theme in (0..family.keys.len()).map(|index| 1_u64 << index) {
        if (person.shown | person.denied) & theme != 0 {
            continue;
        }
        let rank = rank_with(theme, false);
        if rank < now {
            *if person.possible & theme != 0 { &mut look } else { &mut open }.entry(rank).or_default() |= theme;
        }
    }
    let mut changes: Vec<(Change, usize)> = open.into_iter().map(|(rank, themes)| (Change::Theme(themes), rank)).collect();
    changes.extend(look.into_iter().map(|(rank, themes)| (Change::Look(themes), rank)));
    let plan_rank = rank_with(family.protection(), true);
    if !person.adult && !person.plan && person.denied & family.protection() == 0 && plan_rank < now {
        changes.push((Change::Plan, plan_rank));
    }
    changes
}

/// Where the family's grade stands in the pack's list: 0 is best.
fn rank(pack: &RulePack, family: &Family) -> usize {
    let truth = |name: &_| {
        let reading = pack.interpretations.iter().find(|reading| reading.name == *name)?;
        Some(reading.condition.truth(&|test| family.truth(test)))
    };
    let grade = grade_of(pack, truth);
    grade.and_then(|grade| pack.grades.iter().position(|other| std::ptr::eq(other, grade))).unwrap_or(0)
}

/// `one more theme` when it hardly matters which, else the titles: `"Domestic violence or abuse" or "…"`.
fn words(pack: &RulePack, family: &Family, themes: Themes, who: &[usize]) -> String {
    let all_open = |at: &usize| themes == family.open_themes(&family.people[*at]);
    if themes.count_ones() > 1 && who.iter().all(all_open) {
        return "one more theme".to_owned();
    }
    let titles: Vec<String> = pack
        .themes
        .iter()
        .enumerate()
        .filter(|(at, _)| themes & (1 << at) != 0)
        .map(|(_, theme)| format!("\"{}\"", theme.title))
        .collect();
    titles.join(" or ")
}

/// `member 2, a child`, or `member 2, a child, or member 4, an adult`. Counted from 1, in the order of the form.
fn people(who: &[usize], nomination: &Nomination) -> String {
    let each = who.iter().map(|at| {
        let what = match nomination.members[*at].is_child {
            Some(true) => ", a child",
            Some(false) => ", an adult",
            None => "",
        };
        format!("member {}{what}", at + 1)
    });
    each.collect::<Vec<_>>().join(", or ")
}
