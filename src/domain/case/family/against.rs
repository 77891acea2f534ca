//! What another outcome plan changes for one family: need by need, in plain words. What was judged stays judged.

use std::collections::BTreeSet;

use crate::domain::case::family::matrix::{MatrixCell, matrix};
use crate::domain::case::family::progress::{applies, who};
use crate::domain::case::{Case, World};
use crate::domain::ids::ThemeKey;
use crate::domain::workflow::OutcomePlan;

/// What changes for the family of `case` when `then` follows the plan of `world`; empty when nothing does. Says whose and which, so
/// only for whoever is entitled.
#[must_use]
pub fn changes_by_plan(case: &Case, world: &World<'_>, then: &OutcomePlan) -> Vec<String> {
    let (now, new) = (matrix(case, world), matrix(case, &World { outcomes: then, ..*world }));
    // Needs and open themes are those of the case: the same rows in the same order, whichever plan reads them.
    let mut said: Vec<String> = now.cells.iter().zip(&new.cells).flat_map(|(now, new)| of_row(now, new, then)).collect();
    let themes: BTreeSet<&ThemeKey> =
        case.family.cells.iter().map(|cell| &cell.theme).chain(case.family.themes.iter().map(|seen| &seen.theme)).collect();
    let added = then.indicators.iter().filter(|indicator| world.outcomes.indicator(&indicator.name).is_none());
    for indicator in added.filter(|indicator| themes.contains(&indicator.theme)) {
        let members = case.family.members.iter().filter(|member| member.person.counted && applies(indicator, member));
        let members: Vec<&str> = members.map(|member| member.key.as_str()).collect();
        if !members.is_empty() {
            said.push(format!("new in the plan: {}; look whether it is a need of {}", indicator.title, members.join(", ")));
        }
    }
    said
}

fn of_row(now: &MatrixCell, new: &MatrixCell, then: &OutcomePlan) -> Vec<String> {
    let what = now.indicator.as_ref().map_or_else(|| now.theme.as_str(), |indicator| indicator.as_str()).replace('_', " ");
    let about = |says: String| format!("{} {what}: {says}", who(now.member.as_ref()));
    if now.indicator.as_ref().is_some_and(|indicator| then.indicator(indicator).is_none()) {
        return vec![about(
            "the plan does not know it any more; it stays as it is until a person decides on it or waives it".to_owned(),
        )];
    }
    let mut said = Vec::new();
    let only = |ours: &[String], theirs: &[String]| {
        ours.iter().filter(|one| !theirs.contains(one)).cloned().collect::<Vec<_>>().join("; ")
    };
    for (wants, says) in [(only(&new.wants, &now.wants), "wanted from now on"), (only(&now.wants, &new.wants), "wanted no more")]
    {
        if !wants.is_empty() {
            said.push(about(format!("{says}: {wants}")));
        }
    }
    if now.lasts_on != new.lasts_on {
        let day = |day: Option<crate::domain::time::Date>| day.map_or_else(|| "no day".to_owned(), |day| day.to_string());
        said.push(about(format!("complete on {} instead of {} if it holds", day(new.lasts_on), day(now.lasts_on))));
    }
    let more: Vec<&str> = new.possible.iter().filter(|name| !now.possible.contains(name)).map(|name| name.as_str()).collect();
    if !more.is_empty() {
        said.push(about(format!("it may also be {}", more.join(", ").replace('_', " "))));
    }
    said
}
