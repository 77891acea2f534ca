//! Every member × every relevant indicator, as people read it: where each need stands, what it still wants, and on what it rests.

use serde::Serialize;

use crate::domain::case::family::progress::{applies, who};
use crate::domain::case::family::{Cell, CellState, LedgerLine};
use crate::domain::case::{Case, World};
use crate::domain::ids::{IndicatorName, MemberKey, ThemeKey};
use crate::domain::time::Date;
use crate::domain::workflow::CellConfidence;

/// One row of the matrix: a need, or a theme of which nobody has said yet whether it is one.
#[derive(Debug, Clone, Serialize)]
pub struct MatrixCell {
    /// Whose; `None`: the nomination does not say.
    pub member: Option<MemberKey>,
    /// The theme.
    pub theme: ThemeKey,
    /// The indicator; `None` while only the theme is known.
    pub indicator: Option<IndicatorName>,
    /// Title of the indicator, or of what is to be done about the theme.
    pub title: String,
    /// Where it stands; `None` while only the theme is known.
    pub state: Option<CellState>,
    /// Since when it stands so.
    pub state_on: Option<Date>,
    /// The exit waits for it.
    pub open: bool,
    /// It counts by a named person's decision.
    pub decided: bool,
    /// What is still wanted, in plain words.
    pub wants: Vec<String>,
    /// The day on which progress will have lasted long enough, where a day decides it.
    pub lasts_on: Option<Date>,
    /// How sure the plan's text is.
    pub confidence: Option<CellConfidence>,
    /// Indicators of the theme that can be a need of this member, while only the theme is known.
    pub possible: Vec<IndicatorName>,
    /// Lines of the ledger, oldest first; says who and what, so only for whoever is entitled.
    #[serde(skip)]
    pub evidence: Vec<LedgerLine>,
}

/// The whole matrix.
#[derive(Debug, Clone, Serialize)]
pub struct Matrix {
    /// Version of the outcome plan it is read by.
    pub plan: String,
    /// Rows: needs in the order found, then themes without a need.
    pub cells: Vec<MatrixCell>,
    /// Members without any need, for whom nothing waits.
    pub without_need: Vec<MemberKey>,
    /// Members who are linked and do not count.
    pub not_counted: Vec<MemberKey>,
}

/// The matrix of `case` by the outcome plan in force.
#[must_use]
pub fn matrix(case: &Case, world: &World<'_>) -> Matrix {
    let family = &case.family;
    let mut cells: Vec<MatrixCell> = family.cells.iter().map(|cell| row(case, cell, world)).collect();
    cells.extend(family.open_themes().map(|seen| {
        let member = seen.member.as_ref().and_then(|key| family.member(key));
        let possible = world.outcomes.indicators.iter().filter(|indicator| indicator.theme == seen.theme);
        let possible = possible.filter(|indicator| member.is_none_or(|member| applies(indicator, member)));
        MatrixCell {
            member: seen.member.clone(),
            theme: seen.theme.clone(),
            indicator: None,
            title: "shown by the nomination".to_owned(),
            state: None,
            state_on: None,
            open: true,
            decided: false,
            wants: vec![format!("say which need it is, or that it is none of {}", who(seen.member.as_ref()))],
            lasts_on: None,
            confidence: None,
            possible: possible.map(|indicator| indicator.name.clone()).collect(),
            evidence: Vec::new(),
        }
    }));
    let named = |key: &MemberKey| cells.iter().any(|cell| cell.member.as_ref() == Some(key));
    let (counted, linked): (Vec<_>, Vec<_>) = family.members.iter().partition(|member| member.person.counted);
    Matrix {
        plan: world.outcomes.version.clone(),
        without_need: counted.iter().map(|member| member.key.clone()).filter(|key| !named(key)).collect(),
        not_counted: linked.iter().map(|member| member.key.clone()).collect(),
        cells,
    }
}

fn row(case: &Case, cell: &Cell, world: &World<'_>) -> MatrixCell {
    let indicator = world.outcomes.indicator(&cell.indicator);
    let mut wants = Vec::new();
    let mut lasts_on = None;
    match indicator {
        None => wants.push("the outcome plan in force does not know this indicator: needs decision".to_owned()),
        Some(known) if cell.is_open() => {
            match &known.significant {
                Some(condition) if cell.state < CellState::Significant || cell.state == CellState::Worse => {
                    let open = condition.terms().into_iter().filter(|name| !cell.shown.contains(*name));
                    wants.extend(open.map(|name| known.criterion_says(name).to_owned()));
                }
                Some(_) => {}
                None => wants.push("significant progress is not defined: needs decision".to_owned()),
            }
            match &known.sustained {
                Some(rule) if rule.window.ends_before_exit() => {
                    lasts_on =
                        cell.held_since.and_then(|since| rule.window.complete_on(since, world.calendar, case.area.as_ref()));
                    wants.push(rule.says.clone());
                }
                Some(_) => {}
                None => wants.push("sustained progress is not defined: needs decision".to_owned()),
            }
            wants.extend(known.needs_decision.clone());
        }
        Some(_) => {}
    }
    MatrixCell {
        member: Some(cell.member.clone()),
        theme: cell.theme.clone(),
        indicator: Some(cell.indicator.clone()),
        title: indicator.map_or_else(|| cell.indicator.as_str().replace('_', " "), |known| known.title.clone()),
        state: Some(cell.state),
        state_on: Some(cell.state_on),
        open: cell.is_open(),
        decided: cell.decided,
        wants,
        lasts_on,
        confidence: indicator.map(|known| known.confidence),
        possible: Vec::new(),
        evidence: case
            .family
            .ledger
            .iter()
            .filter(|line| line.member == cell.member && line.indicator == cell.indicator)
            .cloned()
            .collect(),
    }
}

/// Why the outcomes are not all met, in plain words; empty when they are. Says whose and which, so only for whoever is entitled.
#[must_use]
pub fn exit_closed_because(matrix: &Matrix) -> Vec<String> {
    if matrix.cells.is_empty() {
        return vec!["no need of any member is recorded".to_owned()];
    }
    let open = matrix.cells.iter().filter(|cell| cell.open);
    open.map(|cell| {
        let what = cell.indicator.as_ref().map_or_else(|| cell.theme.as_str(), IndicatorName::as_str);
        let state = cell.state.map_or("not looked into", CellState::in_words);
        let wants = if cell.wants.is_empty() { String::new() } else { format!("; wanted: {}", cell.wants.join("; ")) };
        let day = cell.lasts_on.map_or_else(String::new, |day| format!(" (complete on {day})"));
        format!("{} {}: {state}{wants}{day}", who(cell.member.as_ref()), what.replace('_', " "))
    })
    .collect()
}
