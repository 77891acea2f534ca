//! Who answers for a case, what can be recorded now, and why it stands where it stands.

use crate::domain::case::due::{deadline_of, running};
use crate::domain::case::record::closed_because;
use crate::domain::case::{Case, MoveOffer, World};
use crate::domain::ids::RoleName;
use crate::domain::time::long_date;
use crate::domain::workflow::{FactValue, Lifecycle, RoleScope, StageKind};

/// The role that answers for the case now: the owner of its stage, or whoever that role falls back to while nobody of the
/// case holds it or the area is not known. `None` in a final stage, or when the workflow file leaves a gap.
#[must_use]
pub fn owner_role<'a>(case: &Case, lifecycle: &'a Lifecycle) -> Option<&'a RoleName> {
    answering(case, lifecycle, lifecycle.stage(&case.stage)?.owner.as_ref()?)
}

/// `role`, or whoever it falls back to while nobody of the case holds it or the area is not known.
pub(super) fn answering<'a>(case: &Case, lifecycle: &'a Lifecycle, role: &RoleName) -> Option<&'a RoleName> {
    let mut name = Some(role);
    // A chain longer than all roles is a circle.
    for _ in 0..=lifecycle.roles.len() {
        let role = lifecycle.role(name?)?;
        let answers = match role.scope {
            RoleScope::Programme => true,
            RoleScope::Area => case.area.is_some(),
            RoleScope::Case => case.holders.contains_key(&role.name),
        };
        if answers {
            return Some(&role.name);
        }
        name = role.falls_back_to.as_ref();
    }
    None
}

/// Who reads a mail on the case that somebody in the roles `written_by` has written: the owner, or the first behind the owner who has not.
pub(super) fn reader<'a>(case: &Case, lifecycle: &'a Lifecycle, written_by: &[RoleName]) -> Option<&'a RoleName> {
    let mut name = owner_role(case, lifecycle)?;
    for _ in 0..=lifecycle.roles.len() {
        if !written_by.contains(name) {
            return Some(name);
        }
        name = answering(case, lifecycle, lifecycle.role(name)?.falls_back_to.as_ref()?)?;
    }
    None
}

/// Who is asked when a case has no owner any more: the first role of scope programme.
pub(super) fn desk_role(lifecycle: &Lifecycle) -> Option<&RoleName> {
    lifecycle.roles.iter().find(|role| role.scope == RoleScope::Programme).map(|role| &role.name)
}

/// Every move of the workflow file in its order, open or with the reasons why not; with a role, only moves that role may make.
#[must_use]
pub fn offers(case: &Case, world: &World<'_>, role: Option<&RoleName>) -> Vec<MoveOffer> {
    let mine = |by: &[RoleName]| role.is_none_or(|role| by.contains(role));
    let moves = world.lifecycle.moves.iter().filter(|definition| mine(&definition.by));
    let offer = |definition: &crate::domain::workflow::Move| MoveOffer {
        name: definition.name.clone(),
        title: definition.title.clone(),
        closed_because: closed_because(case, definition, world.lifecycle),
    };
    moves.map(offer).collect()
}

/// Where the case stands, what it waits for and until when, and why each closed move of its stage is closed. Sentences
/// without personal data.
#[must_use]
pub fn why(case: &Case, world: &World<'_>) -> Vec<String> {
    let lifecycle = world.lifecycle;
    let mut says = Vec::new();
    let Some(stage) = lifecycle.stage(&case.stage) else {
        return vec![format!("stage `{}` is not in the workflow file; an operator has to migrate the case", case.stage)];
    };
    says.push(format!("{} since {}: {}", stage.title, long_date(case.stage_entered_on), stage.means));
    match owner_role(case, lifecycle).and_then(|role| lifecycle.role(role)) {
        Some(role) => says.push(format!("{} answers for it", role.title)),
        None if stage.kind == StageKind::Final => says.push("nothing is waited for".to_owned()),
        None => says.push("nobody answers for it; an operator has to mend the workflow file".to_owned()),
    }
    for (definition, armed) in running(case, lifecycle) {
        let due_on = deadline_of(case, definition, armed.anchor, world.calendar);
        let late = world.calendar.working_days_between(due_on, world.today);
        let when = match due_on {
            _ if due_on < world.today => format!("was due on {}, {} ago", long_date(due_on), working_days(late)),
            _ => format!("due on {}", long_date(due_on)),
        };
        says.push(format!("{}: {when}; next reminder on {}", definition.title, long_date(armed.due_on)));
    }
    if !case.missing.is_empty() {
        says.push(format!("still missing: {}", case.missing.join(", ")));
    }
    let known = lifecycle.facts.iter().filter_map(|fact| Some((fact, case.facts.get(&fact.name)?)));
    // What is counted and is none says nothing of why.
    let known = known.filter(|(_, value)| !matches!(value, FactValue::Count(0)));
    says.extend(known.map(|(fact, value)| match value {
        FactValue::Date(date) => format!("{}: {}", fact.title, long_date(*date)),
        value => format!("{}: {}", fact.title, value.in_words()),
    }));
    for offer in offers(case, world, None) {
        let here = lifecycle
            .find_move(&offer.name)
            .is_some_and(|definition| definition.from.is_empty() || definition.from.contains(&case.stage));
        if here && offer.closed_because.is_empty() {
            says.push(format!("open: {} ({})", offer.name, offer.title));
        } else if here {
            says.push(format!("closed: {} ({}), because {}", offer.name, offer.title, offer.closed_because.join("; ")));
        }
    }
    says
}

/// `1 working day`, `4 working days`.
pub(super) fn working_days(days: i32) -> String {
    if days == 1 { "1 working day".to_owned() } else { format!("{days} working days") }
}
