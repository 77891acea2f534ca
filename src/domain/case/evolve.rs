//! Applies events. Chooses nothing: the choice was made in `decide`, perhaps years ago.

use crate::domain::case::BrokenHistory;
use crate::domain::case::event::{Event, Opened};
use crate::domain::case::family;
use crate::domain::case::state::Known;
use crate::domain::case::state::{ArmedTimer, Case, Holder};
use crate::domain::ids::{FactName, RoleName, StageName};
use crate::domain::personal::Personal;
use crate::domain::workflow::FactValue;

/// `case` after `event`. Total over all events ever stored.
///
/// # Errors
/// [`BrokenHistory`] when the event cannot have happened to this case.
pub fn evolve(case: Option<Case>, event: &Event) -> Result<Case, BrokenHistory> {
    match (case, event) {
        (None, Event::Opened(opened)) => Ok(begun(opened)),
        (None, other) => Err(broken("(new)", 1, other, "the case has not been opened")),
        (Some(mut case), event) => {
            apply(&mut case, event)?;
            Ok(case)
        }
    }
}

/// `case` after all of `events`, in their order.
///
/// # Errors
/// [`BrokenHistory`] for the first event that cannot be applied, or when there is no case and no event.
pub fn replay(case: Option<Case>, events: &[Event]) -> Result<Case, BrokenHistory> {
    let mut case = case;
    for event in events {
        case = Some(evolve(case, event)?);
    }
    case.ok_or_else(|| BrokenHistory {
        reference: "(new)".to_owned(),
        version: 0,
        event: "none".to_owned(),
        why: "there is no event at all".to_owned(),
    })
}

/// The stage of a case between its opening and the first stage entered: an event later there is none such.
pub(super) fn no_stage() -> StageName {
    StageName::new("opening").expect("a fixed name is a name")
}

/// A case just opened.
pub(super) fn begun(opened: &Opened) -> Case {
    let holder = |contact: &crate::domain::case::Contact| Holder { contact: contact.clone(), since: opened.received_on };
    let mut case = Case {
        reference: opened.reference.clone(),
        lifecycle_version: opened.lifecycle_version.clone(),
        version: 1,
        stage: no_stage(),
        stage_entered_on: opened.received_on,
        opened_on: opened.received_on,
        area: opened.area.clone(),
        verdict: opened.verdict.clone(),
        facts: opened.facts.clone(),
        settled: std::collections::BTreeSet::new(),
        missing: opened.missing.clone(),
        holders: opened.holders.iter().map(|(role, contact)| (role.clone(), holder(contact))).collect(),
        former: std::collections::BTreeMap::new(),
        timers: std::collections::BTreeMap::new(),
        finished: std::collections::BTreeMap::new(),
        armings: std::collections::BTreeMap::new(),
        mails: vec![opened.mail],
        last_activity_on: opened.received_on,
        sender_proven: opened.sender_proven,
        counts: opened.counts.clone(),
        nomination: opened.nomination.clone(),
        family: crate::domain::case::family::Family::default(),
        drafts: Vec::new(),
        drafts_received: 0,
    };
    know(&mut case, Known::AreaKnown);
    know(&mut case, Known::SenderProven);
    know(&mut case, Known::MissingItems);
    case
}

/// Keeps the address of who held `role` of `case` before.
fn remember(case: &mut Case, role: &RoleName, before: Option<Holder>) {
    if let Some(before) = before {
        let address = Personal::new(before.contact.address.as_text().to_lowercase());
        case.former.entry(role.clone()).or_default().insert(address);
    }
}

/// `case` after `event`, in place; on an error it is left half-changed and must be thrown away.
pub(super) fn apply(case: &mut Case, event: &Event) -> Result<(), BrokenHistory> {
    let version = case.version + 1;
    let refuse = |case: &Case, why: &str| Err(broken(case.reference.as_str(), version, event, why));
    match event {
        Event::Opened(_) => return refuse(case, "the case is already open"),
        Event::StageEntered { from, to, on, .. } => {
            let fits = from.as_ref().map_or(case.stage == no_stage(), |from| *from == case.stage);
            if !fits {
                return refuse(case, "it leaves a stage the case is not in");
            }
            case.stage = to.clone();
            case.stage_entered_on = *on;
        }
        Event::MoveRecorded { by, on, .. } => {
            if matches!(by, crate::domain::case::Actor::Person { .. }) {
                case.last_activity_on = case.last_activity_on.max(*on);
            }
        }
        Event::FactSet { fact, value, by_person } => set_fact(case, fact, value.as_ref(), *by_person),
        Event::MissingSupplied { items } => {
            case.missing.retain(|item| !items.contains(item));
            know(case, Known::MissingItems);
        }
        Event::RoleGiven { role, to, on } => {
            let before = case.holders.insert(role.clone(), Holder { contact: to.clone(), since: *on });
            remember(case, role, before.filter(|before| before.contact.address != to.address));
        }
        Event::RoleEnded { role, .. } => {
            let Some(before) = case.holders.remove(role) else { return refuse(case, "nobody holds the role") };
            remember(case, role, Some(before));
        }
        Event::AreaSet { area, .. } => {
            case.area = Some(area.clone());
            know(case, Known::AreaKnown);
        }
        Event::TimerArmed { .. } | Event::TimerCleared { .. } | Event::TimerFired { .. } => {
            if let Err(why) = apply_timer(case, event) {
                return refuse(case, why);
            }
        }
        Event::FamilyChanged { change, on } => {
            if let Err(why) = family::apply(&mut case.family, change, *on) {
                return refuse(case, why);
            }
            know_family(case);
        }
        Event::LetterCalled { .. } | Event::TaskCalled { .. } => {}
        Event::Migrated { from, to, stage, ended, .. } => {
            if *from != case.lifecycle_version {
                return refuse(case, "it leaves a version the case is not under");
            }
            if let Some((before, after)) = stage {
                if case.stage != *before {
                    return refuse(case, "it leaves a stage the case is not in");
                }
                case.stage = after.clone();
            }
            if ended.keys().any(|timer| case.timers.contains_key(timer)) {
                return refuse(case, "a timer that runs has not ended");
            }
            case.finished.extend(ended.iter().map(|(timer, anchor)| (timer.clone(), *anchor)));
            case.lifecycle_version.clone_from(to);
        }
        Event::DraftReceived(draft) => {
            case.drafts.push((**draft).clone());
            case.drafts_received += 1;
        }
        Event::DraftSettled { draft, by, on, .. } => {
            let known = case.drafts.len();
            case.drafts.retain(|have| have.key != *draft);
            if case.drafts.len() == known {
                return refuse(case, "no such draft waits");
            }
            if matches!(by, crate::domain::case::Actor::Person { .. }) {
                case.last_activity_on = case.last_activity_on.max(*on);
            }
        }
        Event::MailDetached { mail, by, on, .. } => {
            if case.mails.first() == Some(mail) || !case.mails.contains(mail) {
                return refuse(case, "the mail opened the case, or is not of it");
            }
            case.mails.retain(|have| have != mail);
            if matches!(by, crate::domain::case::Actor::Person { .. }) {
                case.last_activity_on = case.last_activity_on.max(*on);
            }
        }
        Event::MailAttached { mail, by_person, on, .. } => {
            case.mails.push(*mail);
            if *by_person {
                case.last_activity_on = case.last_activity_on.max(*on);
            }
        }
    }
    case.version = version;
    Ok(())
}

fn apply_timer(case: &mut Case, event: &Event) -> Result<(), &'static str> {
    match event {
        Event::TimerArmed { timer, arming, rung, name, anchor, due_on, due_at, .. } => {
            if case.armings.get(timer).is_some_and(|highest| highest > arming) {
                return Err("an arming with a higher number has been used");
            }
            let armed = ArmedTimer {
                timer: timer.clone(),
                arming: *arming,
                rung: *rung,
                name: name.clone(),
                anchor: *anchor,
                due_on: *due_on,
                due_at: *due_at,
            };
            case.finished.remove(timer);
            case.armings.insert(timer.clone(), *arming);
            case.timers.insert(timer.clone(), armed);
        }
        Event::TimerCleared { timer, .. } => {
            if case.timers.remove(timer).is_none() && case.finished.remove(timer).is_none() {
                return Err("the timer does not run");
            }
        }
        Event::TimerFired { timer, arming, rung, .. } => {
            let running = case.timers.remove(timer).filter(|armed| armed.arming == *arming && armed.rung == *rung);
            let Some(running) = running else { return Err("the timer does not run, or stands on another rung") };
            // Whether there is a next rung is the decision's to say: it arms the timer again.
            case.finished.insert(timer.clone(), running.anchor);
        }
        Event::Opened(_)
        | Event::StageEntered { .. }
        | Event::MoveRecorded { .. }
        | Event::FactSet { .. }
        | Event::MissingSupplied { .. }
        | Event::RoleGiven { .. }
        | Event::RoleEnded { .. }
        | Event::AreaSet { .. }
        | Event::LetterCalled { .. }
        | Event::TaskCalled { .. }
        | Event::FamilyChanged { .. }
        | Event::DraftReceived(_)
        | Event::DraftSettled { .. }
        | Event::MailDetached { .. }
        | Event::Migrated { .. }
        | Event::MailAttached { .. } => {}
    }
    Ok(())
}

fn set_fact(case: &mut Case, fact: &FactName, value: Option<&FactValue>, by_person: bool) {
    match value {
        Some(value) => case.facts.insert(fact.clone(), value.clone()),
        None => case.facts.remove(fact),
    };
    if by_person && value.is_some() {
        case.settled.insert(fact.clone());
    } else {
        case.settled.remove(fact);
    }
    if Known::of(fact) == Some(Known::SenderProven) {
        case.sender_proven = value == Some(&FactValue::YesNo(true));
    }
}

/// Writes what the case knows of itself where guards can test it.
fn know(case: &mut Case, known: Known) {
    let count = |number: usize| Some(FactValue::Count(i64::try_from(number).unwrap_or(i64::MAX)));
    let family = &case.family;
    let asked = || family.ties.values().filter(|tie| tie.standing == family::Standing::Proposed);
    let open_checks = || family.checks.values().filter(|check| check.answer.is_none());
    let value = match known {
        Known::AreaKnown => Some(FactValue::YesNo(case.area.is_some())),
        Known::SenderProven => Some(FactValue::YesNo(case.sender_proven)),
        Known::MissingItems => count(case.missing.len()),
        Known::NeedsRecorded => count(family.cells.len()),
        Known::NeedsOpen => count(family.open_cells().count() + family.open_themes().count()),
        Known::NeedsWorse => count(family.open_cells().filter(|cell| cell.state == family::CellState::Worse).count()),
        Known::NeedsWithoutAction => count(family.cells_without_action().count()),
        Known::ActionsIncomplete => {
            count(family.open_actions().filter(|action| action.who.is_none() || action.due_on.is_none()).count())
        }
        Known::NextActionOn => family.open_actions().filter_map(|action| action.due_on).min().map(FactValue::Date),
        Known::ChecksAsked => count(family.checks.len()),
        Known::ChecksOpen => count(open_checks().count()),
        Known::ChecksDueOn => open_checks().map(|check| check.due_on).min().map(FactValue::Date),
        Known::MatchPossible => (!family.ties.is_empty()).then(|| FactValue::YesNo(asked().next().is_some())),
        Known::MatchAskedOn => asked().map(|tie| tie.on).min().map(FactValue::Date),
        Known::KnownFamily => {
            let most = family.ties.values().map(|tie| tie.standing).max().filter(|most| *most != family::Standing::Proposed);
            most.map(|most| FactValue::Word(most.as_str().to_owned()))
        }
        Known::PlanVersion => count(usize::try_from(family.plan_version).unwrap_or(usize::MAX)),
    };
    match value {
        Some(value) => case.facts.insert(known.name(), value),
        None => case.facts.remove(&known.name()),
    };
}

fn know_family(case: &mut Case) {
    for known in [
        Known::NeedsRecorded,
        Known::NeedsOpen,
        Known::NeedsWorse,
        Known::NeedsWithoutAction,
        Known::ActionsIncomplete,
        Known::NextActionOn,
        Known::PlanVersion,
        Known::ChecksAsked,
        Known::ChecksOpen,
        Known::ChecksDueOn,
        Known::MatchPossible,
        Known::MatchAskedOn,
        Known::KnownFamily,
    ] {
        know(case, known);
    }
}

fn broken(reference: &str, version: u64, event: &Event, why: &str) -> BrokenHistory {
    BrokenHistory { reference: reference.to_owned(), version, event: event.kind().to_owned(), why: why.to_owned() }
}
