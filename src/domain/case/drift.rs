//! Facts that show a case drifting, each with the day it counts from. A list for people, never a score.

use crate::domain::case::due::{deadline_of, running};
use crate::domain::case::offers::{owner_role, working_days};
use crate::domain::case::{Case, World};
use crate::domain::time::Date;
use crate::domain::workflow::StageKind;

/// Working days without anything recorded after which a case is shown, and after which it is shown as long
/// (20 and 30: a family is seen at least every 20 working days).
const SILENCE_WORKING_DAYS: [i32; 2] = [30, 20];

/// One fact.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// The day it counts from.
    pub since: Date,
    /// In plain words, without personal data.
    pub says: String,
}

/// What shows that the case drifts, oldest first; empty for a final stage and for a case that moves as planned.
#[must_use]
pub fn findings(case: &Case, world: &World<'_>) -> Vec<Finding> {
    let lifecycle = world.lifecycle;
    let Some(stage) = lifecycle.stage(&case.stage) else {
        return vec![Finding {
            since: case.stage_entered_on,
            says: format!("stage `{}` is not in the workflow file", case.stage),
        }];
    };
    if stage.kind == StageKind::Final {
        return Vec::new();
    }
    let mut findings: Vec<Finding> =
        running(case, lifecycle).flat_map(|(definition, armed)| late(case, world, definition, armed)).collect();
    if case.timers.is_empty() {
        findings.push(Finding { since: case.stage_entered_on, says: "no next dated action".to_owned() });
    }
    let owner = owner_role(case, lifecycle);
    if owner.is_none() {
        findings.push(Finding { since: case.stage_entered_on, says: "nobody answers for the case".to_owned() });
    } else if owner != stage.owner.as_ref() {
        let (wanted, instead) =
            (stage.owner.as_ref().map_or("nobody", |role| role.as_str()), owner.map_or("nobody", |role| role.as_str()));
        let says = format!("nobody is {}; {} answers instead", wanted.replace('_', " "), instead.replace('_', " "));
        findings.push(Finding { since: case.stage_entered_on, says });
    }
    let silent = world.calendar.working_days_between(case.last_activity_on, world.today);
    if let Some(limit) = SILENCE_WORKING_DAYS.into_iter().find(|limit| silent >= *limit) {
        let says = format!("nothing was recorded for {}, more than {limit}", working_days(silent));
        findings.push(Finding { since: case.last_activity_on, says });
    }
    findings.sort();
    findings
}

fn late(
    case: &Case,
    world: &World<'_>,
    definition: &crate::domain::workflow::TimerDef,
    armed: &crate::domain::case::ArmedTimer,
) -> Vec<Finding> {
    let due_on = deadline_of(definition, armed.anchor, world.calendar);
    if due_on >= world.today {
        return Vec::new();
    }
    let days = working_days(world.calendar.working_days_between(due_on, world.today));
    let mut findings = vec![Finding { since: due_on, says: format!("{} is overdue by {days}", definition.title) }];
    let rungs = u32::try_from(definition.ladder.rungs.len()).unwrap_or(u32::MAX);
    if armed.rung > rungs {
        let times = armed.rung - rungs;
        let since = case.stage_entered_on.max(due_on);
        findings.push(Finding { since, says: format!("{}: reminded {times} times more without an answer", definition.title) });
    }
    findings
}
