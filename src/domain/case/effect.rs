//! What must happen because of stored events. Follows from them alone.

use crate::domain::case::{Case, Effect, Event};

/// The effects of `events`, which led from `before` to `after`. Timers are the difference between the two states, so that
/// one armed and cleared in the same decision never reaches the store; letters and tasks stand in the order they were called.
#[must_use]
pub fn effects(before: Option<&Case>, after: &Case, events: &[Event]) -> Vec<Effect> {
    let mut effects = Vec::new();
    if let Some(before) = before {
        let gone =
            before.timers.values().filter(|armed| after.timers.get(&armed.timer).is_none_or(|now| now.arming != armed.arming));
        effects.extend(gone.map(|armed| Effect::Disarm { timer: armed.timer.clone(), arming: armed.arming }));
    }
    let new = after.timers.values().filter(|armed| before.and_then(|before| before.timers.get(&armed.timer)) != Some(armed));
    effects.extend(new.cloned().map(Effect::Arm));
    effects.extend(events.iter().filter_map(called));
    effects
}

fn called(event: &Event) -> Option<Effect> {
    match event {
        Event::LetterCalled { letter, key } => Some(Effect::Letter { letter: letter.clone(), key: key.clone() }),
        Event::TaskCalled { key, role, says, due_on } => {
            Some(Effect::Task { key: key.clone(), role: role.clone(), says: says.clone(), due_on: *due_on })
        }
        Event::Opened(_)
        | Event::StageEntered { .. }
        | Event::MoveRecorded { .. }
        | Event::FactSet { .. }
        | Event::MissingSupplied { .. }
        | Event::RoleGiven { .. }
        | Event::RoleEnded { .. }
        | Event::AreaSet { .. }
        | Event::TimerArmed { .. }
        | Event::TimerCleared { .. }
        | Event::TimerFired { .. }
        | Event::FamilyChanged { .. }
        | Event::DraftReceived(_)
        | Event::DraftSettled { .. }
        | Event::MailDetached { .. }
        | Event::Migrated { .. }
        | Event::MailAttached { .. } => None,
    }
}
