//! Needs and their progress, judged by the outcome plan in force. Where the plan does not say, a named person decides.

use std::collections::BTreeSet;

use crate::domain::case::answers::nearest;
use crate::domain::case::family::change::{FamilyChange, Progress};
use crate::domain::case::family::judge::About;
use crate::domain::case::family::{Cell, CellState, FamilyMember, LedgerLine};
use crate::domain::ids::{CriterionName, MemberKey};
use crate::domain::rules::Truth;
use crate::domain::time::Date;
use crate::domain::workflow::{AppliesTo, Indicator, Records, Window};

pub(super) fn need(about: &About<'_>) -> Result<FamilyChange, String> {
    let (member, indicator) = (about.member()?, about.indicator()?);
    let known = about.case.family.member(&member).ok_or_else(|| format!("{member} is not known"))?;
    if !known.person.counted {
        return Err(format!(
            "{member} is linked and not counted; say first that they count{}",
            about.by_move(Records::MemberChanges)
        ));
    }
    if !applies(indicator, known) {
        let whose: Vec<&str> = indicator.applies_to.iter().map(|who| who.in_words()).collect();
        return Err(format!(
            "`{}` is a need of {}, and {member} is not; choose another indicator",
            indicator.name,
            whose.join(" or ")
        ));
    }
    let open =
        about.case.family.cell(&member, &indicator.name).is_some_and(|cell| cell.is_open() && cell.state == CellState::Need);
    if open {
        return Err(format!("the need `{}` of {member} is recorded already", indicator.name));
    }
    Ok(FamilyChange::NeedRecorded {
        member,
        indicator: indicator.name.clone(),
        theme: indicator.theme.clone(),
        evidence: about.evidence(),
        plan: about.plan(),
    })
}

/// What is not known of somebody excludes nothing.
pub(super) fn applies(indicator: &Indicator, member: &FamilyMember) -> bool {
    let is = match (member.person.expected_on.is_some(), member.person.child) {
        (true, _) => AppliesTo::Unborn,
        (false, Some(true)) => AppliesTo::Child,
        (false, Some(false)) => AppliesTo::Adult,
        (false, None) => return true,
    };
    indicator.applies_to.contains(&is)
}

pub(super) fn no_need(about: &About<'_>) -> Result<FamilyChange, String> {
    let (member, theme) = (about.optional_member(), about.theme()?);
    let open = about.case.family.open_themes().any(|seen| seen.member == member && seen.theme == theme);
    if open {
        return Ok(FamilyChange::ThemeRuledOut { member, theme });
    }
    let of = member.map_or_else(|| "of nobody in particular".to_owned(), |member| format!("of {member}"));
    Err(format!(
        "`{theme}` {of} does not wait for a look; a recorded need is waived{} instead",
        about.by_move(Records::NeedWaived)
    ))
}

pub(super) fn progress(about: &About<'_>) -> Result<Vec<FamilyChange>, Vec<String>> {
    let (cell, indicator) = match (about.cell(), about.indicator()) {
        (Ok(cell), Ok(indicator)) => (cell, indicator),
        (cell, indicator) => return Err(cell.err().into_iter().chain(indicator.err()).collect()),
    };
    let wanted = match about.word("progress") {
        Some("some") => Progress::Some,
        Some("significant") => Progress::Significant,
        Some("sustained") => Progress::Sustained,
        Some("worse") => Progress::Worse,
        _ => return Err(vec!["`progress` is some, significant, sustained or worse".to_owned()]),
    };
    let mut defects = Vec::new();
    if cell.state == CellState::Waived {
        defects.push(format!("the need is waived; take it up again first{}", about.by_move(Records::Need)));
    }
    let criteria = criteria(about, indicator).unwrap_or_else(|wrong| {
        defects.extend(wrong);
        BTreeSet::new()
    });
    let evidence = about.evidence();
    let judged = judged(about, cell, indicator, wanted, &criteria, evidence.said_on);
    match judged {
        Ok((met, held_since)) if defects.is_empty() => Ok(vec![FamilyChange::ProgressRecorded {
            member: cell.member.clone(),
            indicator: cell.indicator.clone(),
            progress: wanted,
            criteria,
            held_since,
            met,
            decided: false,
            evidence,
            plan: about.plan(),
        }]),
        Ok(_) => Err(defects),
        Err(defect) => {
            defects.push(defect);
            Err(defects)
        }
    }
}

/// Whether the exit may count on it, and since when it holds.
fn judged(
    about: &About<'_>,
    cell: &Cell,
    indicator: &Indicator,
    wanted: Progress,
    criteria: &BTreeSet<CriterionName>,
    said_on: Date,
) -> Result<(bool, Option<Date>), String> {
    if matches!(wanted, Progress::Some | Progress::Worse) {
        return Ok((false, None));
    }
    let shown: BTreeSet<CriterionName> = cell.shown.union(criteria).cloned().collect();
    significant(about, indicator, &shown)?;
    let since = about.day("since").or(cell.held_since).unwrap_or(said_on);
    if since > about.today() {
        return Err("`since` is still to come".to_owned());
    }
    // Progress is a change of this need: it can have begun no earlier than somebody found the need, or found it worse.
    if let Some(found_on) = last_found_on(about, cell).filter(|found_on| since < *found_on) {
        return Err(format!(
            "the need was found, or found worse, on {found_on}: progress cannot hold since {since}; say with `since` from which later day it holds"
        ));
    }
    let waits = indicator.sustained.as_ref().is_none_or(|sustained| sustained.window.ends_before_exit());
    if wanted == Progress::Significant {
        return Ok((!waits, Some(since)));
    }
    let Some(rule) = &indicator.sustained else {
        return Err(undecided(about, indicator, "sustained"));
    };
    lasted(about, cell, rule.window, since)
        .map_err(|why| format!("not sustained yet: the plan asks for {}; {why}", rule.says))?;
    Ok((true, Some(since)))
}

/// The day of which somebody last said that the need is there, or worse.
fn last_found_on(about: &About<'_>, cell: &Cell) -> Option<Date> {
    let of_cell = |line: &&LedgerLine| line.member == cell.member && line.indicator == cell.indicator;
    let found = |line: &&LedgerLine| matches!(line.state, CellState::Need | CellState::Worse);
    about.case.family.ledger.iter().filter(of_cell).rfind(found).map(|line| line.evidence.said_on)
}

fn significant(about: &About<'_>, indicator: &Indicator, shown: &BTreeSet<CriterionName>) -> Result<(), String> {
    let Some(condition) = &indicator.significant else { return Err(undecided(about, indicator, "significant")) };
    let truth = condition.truth(&|name: &CriterionName| if shown.contains(name) { Truth::Met } else { Truth::NotShown });
    if truth == Truth::Met {
        return Ok(());
    }
    let open: Vec<String> = condition
        .terms()
        .into_iter()
        .filter(|name| !shown.contains(*name))
        .map(|name| format!("`{name}` ({})", indicator.criterion_says(name)))
        .collect();
    Err(format!("not significant yet: not shown so far are {}; name in `criteria` what is shown", open.join(", ")))
}

fn undecided(about: &About<'_>, indicator: &Indicator, what: &str) -> String {
    let open = indicator.needs_decision.as_deref().unwrap_or("the plan does not say");
    format!(
        "{what} progress on `{}` is not defined in the plan: needs decision ({open}); a named person decides{}",
        indicator.name,
        about.by_move(Records::ProgressAccepted)
    )
}

/// Whether progress that holds since `since` has lasted long enough.
fn lasted(about: &About<'_>, cell: &Cell, window: Window, since: Date) -> Result<(), String> {
    if window == Window::AllOtherOutcomes {
        let others = about.case.family.open_cells().filter(|other| {
            // Those that wait for each other do not hold each other up.
            let same = about.world.outcomes.indicator(&other.indicator).and_then(|one| one.sustained.as_ref());
            let waits_too = same.is_some_and(|rule| rule.window == Window::AllOtherOutcomes);
            let itself = other.member == cell.member && other.indicator == cell.indicator;
            !(itself || waits_too && other.state >= CellState::Significant && other.state != CellState::Worse)
        });
        let open = others.count() + about.case.family.open_themes().count();
        return if open == 0 { Ok(()) } else { Err(format!("open needs of the family: {open}")) };
    }
    if let Window::WeeksWithin { weeks, of } = window {
        let worked =
            about.count("weeks").ok_or_else(|| format!("say with `weeks` how many of the last {of} weeks are confirmed"))?;
        if worked > i64::from(of) {
            return Err(format!("`weeks` counts within the last {of}"));
        }
        if worked < i64::from(weeks) {
            return Err(format!("{worked} of {weeks} weeks are confirmed"));
        }
    }
    match window.complete_on(since, about.world.calendar, about.case.area.as_ref()) {
        Some(day) if day <= about.today() => Ok(()),
        Some(day) => Err(format!("counted from {since} it is complete on {day}")),
        None => Err(format!(
            "the school terms since {since} are not in the calendar; a named person decides{}",
            about.by_move(Records::ProgressAccepted)
        )),
    }
}

pub(super) fn accepted(about: &About<'_>) -> Result<FamilyChange, String> {
    let cell = about.cell()?;
    if !cell.is_open() {
        return Err(format!("the need `{}` of {} is {} already", cell.indicator, cell.member, cell.state.in_words()));
    }
    if matches!(cell.state, CellState::Need | CellState::Worse) {
        return Err(format!("no progress on it is recorded; record what has changed first{}", about.by_move(Records::Progress)));
    }
    let evidence = about.evidence();
    Ok(FamilyChange::ProgressRecorded {
        member: cell.member.clone(),
        indicator: cell.indicator.clone(),
        progress: Progress::Sustained,
        criteria: BTreeSet::new(),
        held_since: cell.held_since.or(Some(evidence.said_on)),
        met: true,
        decided: true,
        evidence,
        plan: about.plan(),
    })
}

pub(super) fn waived(about: &About<'_>) -> Result<FamilyChange, String> {
    let cell = about.cell()?;
    if cell.state == CellState::Waived {
        return Err(format!("the need `{}` of {} is waived already", cell.indicator, cell.member));
    }
    Ok(FamilyChange::NeedWaived {
        member: cell.member.clone(),
        indicator: cell.indicator.clone(),
        evidence: about.evidence(),
        plan: about.plan(),
    })
}

/// The criteria named, each one of the indicator's.
fn criteria(about: &About<'_>, indicator: &Indicator) -> Result<BTreeSet<CriterionName>, Vec<String>> {
    let Some(written) = about.word("criteria") else { return Ok(BTreeSet::new()) };
    let known = || indicator.criteria.iter().map(|criterion| criterion.name.as_str());
    let (mut found, mut wrong) = (BTreeSet::new(), Vec::new());
    for word in written.split(',').map(str::trim).filter(|word| !word.is_empty()) {
        match indicator.criteria.iter().find(|criterion| criterion.name.as_str() == word) {
            Some(criterion) => {
                found.insert(criterion.name.clone());
            }
            None => {
                let near = nearest(word, known()).map(|near| format!("did you mean `{near}`?"));
                let all = || format!("it has {}", known().collect::<Vec<_>>().join(", "));
                wrong.push(format!("`{}` has no criterion `{word}`; {}", indicator.name, near.unwrap_or_else(all)));
            }
        }
    }
    if wrong.is_empty() { Ok(found) } else { Err(wrong) }
}

impl AppliesTo {
    fn in_words(self) -> &'static str {
        match self {
            AppliesTo::Child => "a child",
            AppliesTo::Unborn => "a child not born yet",
            AppliesTo::Adult => "an adult",
        }
    }
}

/// The key in words for messages.
#[must_use]
pub(super) fn who(member: Option<&MemberKey>) -> String {
    member.map_or_else(|| "nobody in particular".to_owned(), MemberKey::to_string)
}
