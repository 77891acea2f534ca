//! What the people of a made-up county say about needs, actions and other cases: answers that depend on what the case has come to know.

use crate::domain::case::family::{Cell, CellState, Standing, matrix};
use crate::domain::case::{Case, World};
use crate::domain::people::Band;
use crate::domain::workflow::FactValue;

/// `text`, or, where it is one of the words below, what it stands for in this case; nothing where the case has no such thing.
///
/// `@theme.theme`, `@theme.member`, `@theme.indicator`: the first theme nobody has looked into; `@theme.of`: the member it is shown of,
/// if it is of one. `@need.…`: the first open need that has not changed
/// since the last review, with the `progress` it may have made and all its `criteria`. `@progress.…`: an open need with some progress. `@open.…`: any open need. `@unserved.…`: a need that never had an
/// action. `@action`: an open action whose day has come; `@action.next`: any open one.
/// `@check`: an agency that was asked and has not answered.
/// `@match`: another case the program asks about; `@match.outcome`: what a person says of it, who sees no more than the program.
pub(super) fn filled(text: &str, case: &Case, world: &World<'_>) -> String {
    let Some(word) = text.strip_prefix('@') else { return text.to_owned() };
    let family = &case.family;
    let (what, part) = word.split_once('.').unwrap_or((word, ""));
    let found = match what {
        "theme" => theme(part, case, world),
        "need" => family.open_cells().find(|cell| waits(cell, case)).and_then(|cell| of_cell(part, cell, world)),
        "progress" => family
            .open_cells()
            .find(|cell| matches!(cell.state, CellState::Some | CellState::Significant))
            .and_then(|cell| of_cell(part, cell, world)),
        "open" => family.open_cells().next().and_then(|cell| of_cell(part, cell, world)),
        "unserved" => {
            let served = |cell: &&Cell| {
                let serves = |of: &(crate::domain::ids::MemberKey, crate::domain::ids::IndicatorName)| {
                    of.0 == cell.member && of.1 == cell.indicator
                };
                family.actions.iter().any(|action| action.of.as_ref().is_some_and(serves))
            };
            family.cells_without_action().find(|cell| !served(cell)).and_then(|cell| of_cell(part, cell, world))
        }
        "match" => open_match(part, case),
        "check" => family.checks.iter().find(|(_, check)| check.answer.is_none()).map(|(agency, _)| agency.to_string()),
        "action" => family
            .open_actions()
            .find(|action| part == "next" || action.due_on.is_some_and(|due| due <= world.today))
            .map(|action| action.key.to_string()),
        _ => None,
    };
    found.unwrap_or_default()
}

fn theme(part: &str, case: &Case, world: &World<'_>) -> Option<String> {
    let matrix = matrix(case, world);
    let row = matrix.cells.iter().find(|cell| cell.indicator.is_none())?;
    // A theme shown of nobody in particular is taken to be the first member's whom it fits.
    let fits = |member: &&crate::domain::case::family::FamilyMember| {
        row.possible.iter().any(|name| {
            let kinds = world.outcomes.indicator(name).map(|one| one.applies_to.as_slice()).unwrap_or_default();
            let kind = match member.person.child {
                Some(true) => crate::domain::workflow::AppliesTo::Child,
                Some(false) | None => crate::domain::workflow::AppliesTo::Adult,
            };
            kinds.contains(&kind)
        })
    };
    match part {
        "member" => match &row.member {
            Some(member) => Some(member.to_string()),
            None => case.family.members.iter().find(fits).map(|member| member.key.to_string()),
        },
        "of" => row.member.as_ref().map(ToString::to_string),
        "indicator" => row.possible.first().map(ToString::to_string),
        _ => Some(row.theme.to_string()),
    }
}

/// A likely match is the family, a possible one is not.
fn open_match(part: &str, case: &Case) -> Option<String> {
    let (other, tie) = case.family.ties.iter().find(|(_, tie)| tie.standing == Standing::Proposed)?;
    if part != "outcome" {
        return Some(other.to_string());
    }
    let likely = tie.found.as_ref().is_some_and(|found| found.band == Band::Likely);
    Some(if likely { Standing::OpenElsewhere } else { Standing::NotKnown }.as_str().to_owned())
}

/// It has not changed since the last review.
fn waits(cell: &Cell, case: &Case) -> bool {
    match case.facts.get("last_review_on") {
        Some(FactValue::Date(review)) => cell.state_on < *review,
        _ => false,
    }
}

fn of_cell(part: &str, cell: &Cell, world: &World<'_>) -> Option<String> {
    let indicator = world.outcomes.indicator(&cell.indicator)?;
    match part {
        "member" => Some(cell.member.to_string()),
        "indicator" => Some(cell.indicator.to_string()),
        "criteria" => Some(indicator.criteria.iter().map(|one| one.name.as_str()).collect::<Vec<_>>().join(",")),
        "progress" => {
            let some = cell.state == CellState::Need || indicator.significant.is_none();
            Some(if some { "some" } else { "significant" }.to_owned())
        }
        _ => None,
    }
}
