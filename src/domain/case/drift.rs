//! Facts that show a case drifting, each with the day it counts from. A list for people, never a score.

use crate::domain::case::due::{deadline_of, running};
use crate::domain::case::offers::{owner_role, working_days};
use crate::domain::case::{Case, World, guard};
use crate::domain::time::Date;
use crate::domain::workflow::{FactValue, StageKind};

/// Working days without anything recorded after which a case is shown, and after which it is shown as long
/// (20 and 30: a family is seen at least every 20 working days).
const SILENCE_WORKING_DAYS: [i32; 2] = [20, 30];

/// One fact.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// The day it counts from.
    pub since: Date,
    /// In plain words, without personal data.
    pub says: String,
    /// Where it is taken from: `timer review`, `sign no_child_voice`, `plan a3`, `case`.
    pub source: String,
}

impl Finding {
    fn of_case(since: Date, says: impl Into<String>) -> Self {
        Self { since, says: says.into(), source: "case".to_owned() }
    }
}

/// What shows that the case drifts, oldest first; empty for a final stage and for a case that moves as planned.
#[must_use]
pub fn findings(case: &Case, world: &World<'_>) -> Vec<Finding> {
    let lifecycle = world.lifecycle;
    let Some(stage) = lifecycle.stage(&case.stage) else {
        return vec![Finding::of_case(case.stage_entered_on, format!("stage `{}` is not in the workflow file", case.stage))];
    };
    if stage.kind == StageKind::Final {
        return Vec::new();
    }
    let mut findings: Vec<Finding> =
        running(case, lifecycle).flat_map(|(definition, armed)| late(case, world, definition, armed)).collect();
    if case.timers.is_empty() {
        findings.push(Finding::of_case(case.stage_entered_on, "no next dated action"));
    }
    let owner = owner_role(case, lifecycle);
    if owner.is_none() {
        findings.push(Finding::of_case(case.stage_entered_on, "nobody answers for the case"));
    } else if owner != stage.owner.as_ref() {
        let (wanted, instead) =
            (stage.owner.as_ref().map_or("nobody", |role| role.as_str()), owner.map_or("nobody", |role| role.as_str()));
        let says = format!("nobody is {}; {} answers instead", wanted.replace('_', " "), instead.replace('_', " "));
        findings.push(Finding::of_case(case.stage_entered_on, says));
    }
    let signs = signs(case, world);
    // Where the workflow file counts the days since something of its own, that says more than that nothing at all was recorded.
    if !signs.iter().any(|(counted, _)| *counted) {
        let limits = SILENCE_WORKING_DAYS;
        let silent = so_long("nothing was recorded", case.last_activity_on, &limits, world);
        findings.extend(silent.map(|says| Finding::of_case(case.last_activity_on, says)));
    }
    findings.extend(actions_overdue(case, world));
    findings.extend(signs.into_iter().filter_map(|(_, sign)| sign));
    findings.sort();
    findings
}

/// Open actions of the plan whose day has passed.
fn actions_overdue(case: &Case, world: &World<'_>) -> Vec<Finding> {
    let late = case.family.open_actions().filter_map(|action| Some((action, action.due_on.filter(|due| *due < world.today)?)));
    late.map(|(action, due_on)| {
        let days = working_days(world.calendar.working_days_between(due_on, world.today));
        let says = format!("action {} is overdue by {days}", action.key);
        Finding { since: due_on, says, source: format!("plan {}", action.key) }
    })
    .collect()
}

/// `no contact for 23 working days, more than 20`; `None` before the first of `limits` has passed since the day.
fn so_long(what: &str, since: Date, limits: &[i32], world: &World<'_>) -> Option<String> {
    let days = world.calendar.working_days_between(since, world.today);
    let limit = limits.iter().filter(|limit| days >= **limit).max()?;
    Some(format!("{what} for {}, more than {limit}", working_days(days)))
}

/// The signs of the workflow file for this stage: whether its days are counted, and what it shows where it is met.
fn signs(case: &Case, world: &World<'_>) -> Vec<(bool, Option<Finding>)> {
    let here = |stages: &[crate::domain::ids::StageName]| stages.is_empty() || stages.contains(&case.stage);
    let day = |fact: &Option<crate::domain::ids::FactName>| match fact.as_ref().and_then(|fact| case.facts.get(fact)) {
        Some(FactValue::Date(date)) => Some(*date),
        Some(FactValue::YesNo(_) | FactValue::Count(_) | FactValue::Word(_)) | None => None,
    };
    let met = world.lifecycle.drift.iter().filter(|sign| here(&sign.stages) && guard::holds(case, Some(&sign.when)));
    met.map(|sign| {
        let since = day(&sign.since).or_else(|| day(&sign.or_since)).unwrap_or(case.stage_entered_on);
        let limits: Vec<i32> = sign.working_days.iter().filter_map(|days| i32::try_from(*days).ok()).collect();
        let sentence = || match sign.times.as_ref().and_then(|fact| case.facts.get(fact)) {
            Some(FactValue::Count(1)) => format!("{}: once", sign.says),
            Some(FactValue::Count(times)) => format!("{}: {times} times", sign.says),
            Some(FactValue::YesNo(_) | FactValue::Date(_) | FactValue::Word(_)) | None => sign.says.clone(),
        };
        let says = if limits.is_empty() { Some(sentence()) } else { so_long(&sign.says, since, &limits, world) };
        let source = format!("sign {}", sign.name);
        (!limits.is_empty(), says.map(|says| Finding { since, says, source }))
    })
    .collect()
}

fn late(
    case: &Case,
    world: &World<'_>,
    definition: &crate::domain::workflow::TimerDef,
    armed: &crate::domain::case::ArmedTimer,
) -> Vec<Finding> {
    let due_on = deadline_of(case, definition, armed.anchor, world.calendar);
    if due_on >= world.today {
        return Vec::new();
    }
    let days = working_days(world.calendar.working_days_between(due_on, world.today));
    let source = format!("timer {}", definition.name);
    let mut findings =
        vec![Finding { since: due_on, says: format!("{} is overdue by {days}", definition.title), source: source.clone() }];
    let rungs = u32::try_from(definition.ladder_in(case.area.as_ref()).rungs.len()).unwrap_or(u32::MAX);
    if armed.rung > rungs {
        let times = armed.rung - rungs;
        let since = case.stage_entered_on.max(due_on);
        let says = format!("{}: reminded {times} times more without an answer", definition.title);
        findings.push(Finding { since, says, source });
    }
    findings
}
