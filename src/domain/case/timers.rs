//! Timers are a function of the case's state: which run, counted from which day, and which rung comes next.
//!
//! Nothing ends in silence: after the last rung the repeat goes on. After downtime a late rung is carried out once,
//! the latest of those that are over, and counting goes on from today.

use crate::domain::case::decide::Decision;
use crate::domain::case::due::is_warning;
use crate::domain::case::offers;
use crate::domain::case::{ArmedTimer, Case, Event, Refusal, World, guard};
use crate::domain::ids::{RoleName, TimerName};
use crate::domain::time::{Calendar, Date};
use crate::domain::workflow::{FactValue, Ladder, Rung, TimerDef, TimerFrom};

/// The hour in London at which reminders fall due.
const DUE_HOUR: i8 = 7;

/// A timer that should run, and the day it counts from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct WantedTimer<'a> {
    /// Its row of the workflow file.
    pub definition: &'a TimerDef,
    /// The day counted from.
    pub anchor: Date,
}

/// Every timer that should run for the case as it stands, in the order of the workflow file. A timer whose ladder has
/// run out, or holds nothing but warnings that are over, is wanted too and has nothing left to do.
#[must_use]
pub fn wanted_timers<'a>(case: &Case, world: &World<'a>) -> Vec<WantedTimer<'a>> {
    let wanted = |definition: &'a TimerDef| {
        let runs = definition.stages.contains(&case.stage) && guard::holds(case, definition.when.as_ref());
        let anchor = if runs { anchor(case, &definition.from) } else { None };
        let later_by = definition.later_by.as_ref().and_then(|fact| case.facts.get(fact));
        anchor.map(|anchor| match later_by {
            Some(FactValue::Count(days)) if *days > 0 => {
                let days = i32::try_from(*days).unwrap_or(i32::MAX);
                WantedTimer { definition, anchor: world.calendar.add_working_days(anchor, days) }
            }
            Some(FactValue::Count(_) | FactValue::YesNo(_) | FactValue::Date(_) | FactValue::Word(_)) | None => {
                WantedTimer { definition, anchor }
            }
        })
    };
    world.lifecycle.timers.iter().filter_map(wanted).collect()
}

fn anchor(case: &Case, from: &TimerFrom) -> Option<Date> {
    match from {
        TimerFrom::StageEntered => Some(case.stage_entered_on),
        TimerFrom::Opened => Some(case.opened_on),
        TimerFrom::LastActivity => Some(case.last_activity_on),
        TimerFrom::Fact(fact) => match case.facts.get(fact) {
            Some(FactValue::Date(date)) => Some(*date),
            Some(FactValue::YesNo(_) | FactValue::Count(_) | FactValue::Word(_)) | None => None,
        },
    }
}

/// The day of a rung counted from `anchor`; always a working day.
pub(super) fn rung_due_on(rung: &Rung, anchor: Date, calendar: &Calendar) -> Date {
    if let Some(months) = rung.months {
        return calendar.working_day_on_or_after(calendar.add_months_clamped(anchor, months));
    }
    if let Some(days) = rung.days {
        let day = anchor.checked_add(jiff::Span::new().days(days)).unwrap_or(anchor);
        return calendar.working_day_on_or_after(day);
    }
    calendar.add_working_days(anchor, rung.working_days.unwrap_or(0))
}

/// The next rung to wait for, from rung `start` on: the latest that is due already and no mere warning, else the first that
/// is still to come, else the repeat counted from the later of `after` and today. `None` when nothing is left.
fn next_rung(ladder: &Ladder, anchor: Date, start: usize, after: Date, world: &World<'_>) -> Option<(u32, Date)> {
    let mut late = None;
    for (index, rung) in ladder.rungs.iter().enumerate().skip(start) {
        let due_on = rung_due_on(rung, anchor, world.calendar);
        if due_on > world.today || (due_on == world.today && is_warning(rung)) {
            return late.or(Some((index, due_on))).map(numbered);
        }
        if !is_warning(rung) {
            late = Some((index, due_on));
        }
    }
    let again = |rung: &Rung| (start.max(ladder.rungs.len()), rung_due_on(rung, after.max(world.today), world.calendar));
    late.or_else(|| ladder.again.as_ref().map(again)).map(numbered)
}

fn numbered((index, due_on): (usize, Date)) -> (u32, Date) {
    (u32::try_from(index).unwrap_or(u32::MAX), due_on)
}

/// Clears what should not run any more, arms what should and does not.
pub(super) fn bring_up_to_date(decision: &mut Decision<'_>) -> Result<(), Refusal> {
    let wanted = wanted_timers(&decision.case, &decision.world);
    let anchor_of = |timer: &crate::domain::ids::TimerName| {
        wanted.iter().find(|wanted| wanted.definition.name == *timer).map(|wanted| wanted.anchor)
    };
    let counted = decision.case.timers.values().map(|armed| (&armed.timer, armed.anchor));
    let counted = counted.chain(decision.case.finished.iter().map(|(timer, anchor)| (timer, *anchor)));
    let stale: Vec<_> =
        counted.filter(|(timer, anchor)| anchor_of(timer) != Some(*anchor)).map(|(timer, _)| timer.clone()).collect();
    for timer in stale {
        let arming = decision.case.armings.get(&timer).copied().unwrap_or(0);
        decision.push(Event::TimerCleared { timer, arming })?;
    }
    for WantedTimer { definition, anchor } in wanted {
        let runs = decision.case.timers.contains_key(&definition.name) || decision.case.finished.contains_key(&definition.name);
        if runs {
            continue;
        }
        if let Some((rung, due_on)) =
            next_rung(definition.ladder_in(decision.case.area.as_ref()), anchor, 0, anchor, &decision.world)
        {
            let arming = decision.case.armings.get(&definition.name).map_or(1, |highest| highest + 1);
            let because = counted_from(definition, anchor);
            arm(decision, definition, Arming { arming, rung, anchor, due_on, because })?;
        }
    }
    Ok(())
}

struct Arming {
    arming: u32,
    rung: u32,
    anchor: Date,
    due_on: Date,
    because: String,
}

fn arm(decision: &mut Decision<'_>, definition: &TimerDef, arming: Arming) -> Result<(), Refusal> {
    let Arming { arming, rung, anchor, due_on, because } = arming;
    let World { calendar, now, .. } = decision.world;
    let ladder = definition.ladder_in(decision.case.area.as_ref());
    let name = usize::try_from(rung).ok().and_then(|index| ladder.rungs.get(index)).or(ladder.again.as_ref());
    decision.push(Event::TimerArmed {
        timer: definition.name.clone(),
        arming,
        rung,
        name: name.map(|rung| rung.name.as_str().to_owned()),
        anchor,
        due_on,
        // What is due already is due now: never in the past, so that lateness is only ever the program's.
        due_at: calendar.at(due_on, DUE_HOUR, 0).max(now),
        calendar: calendar.version.clone(),
        because,
    })
}

/// `counted from 2026-11-23, the day the stage was entered`.
fn counted_from(definition: &TimerDef, anchor: Date) -> String {
    let what = match &definition.from {
        TimerFrom::StageEntered => "the day the stage was entered".to_owned(),
        TimerFrom::Opened => "the day the nomination was received".to_owned(),
        TimerFrom::LastActivity => "the day somebody last did something".to_owned(),
        TimerFrom::Fact(fact) => format!("the day in `{fact}`"),
    };
    let what = match &definition.later_by {
        Some(fact) => format!("{what} and later by `{fact}`"),
        None => what,
    };
    format!("counted from {anchor}, {what}")
}

/// Carries out the rung that is due: its letters, its task, and the next rung of the same arming.
pub(super) fn carry_out(decision: &mut Decision<'_>, definition: &TimerDef, armed: &ArmedTimer) -> Result<(), Refusal> {
    let index = usize::try_from(armed.rung).unwrap_or(usize::MAX);
    let ladder = definition.ladder_in(decision.case.area.as_ref());
    let rung = ladder.rungs.get(index).or(ladder.again.as_ref());
    let name = rung.map_or("ended", |rung| rung.name.as_str()).to_owned();
    let ArmedTimer { timer, arming, rung: number, anchor, due_on, .. } = armed.clone();
    decision.push(Event::TimerFired { timer, arming, rung: number, name, due_on })?;
    if let Some(rung) = rung {
        decision.call(&rung.letters);
        decision.send_called()?;
        if let Some(task) = &rung.task {
            decision.ask(
                Some(&definition.name),
                rung.task_for.as_ref(),
                task,
                decision.world.calendar.working_day_on_or_after(decision.world.today),
            )?;
        }
    }
    let next = next_rung(ladder, anchor, index.saturating_add(1), due_on, &decision.world);
    let Some((next, next_on)) = next else { return Ok(()) };
    let Some(expected) = rung.and_then(|rung| rung.acknowledge.as_ref()) else {
        let because = counted_from(definition, anchor);
        return arm(decision, definition, Arming { arming, rung: next, anchor, due_on: next_on, because });
    };
    // Who says nothing hears of it again, or the next one does: at the latest then, and not later than the ladder says.
    let asked_until = in_working_days(expected.within_working_days, &decision.world);
    let is_ladders = usize::try_from(next).is_ok_and(|next| next < ladder.rungs.len());
    let until = if is_ladders { asked_until.min(next_on) } else { asked_until };
    let says = format!("{} is late. Say what is done about it and until when: `task done` with --because.", definition.title);
    decision.ask(Some(&definition.name), Some(&expected.by), &says, until)?;
    let because = format!("waits until {until} for whoever was told to say that they know");
    arm(decision, definition, Arming { arming, rung: next, anchor, due_on: until, because })
}

fn in_working_days(days: u32, world: &World<'_>) -> Date {
    world.calendar.add_working_days(world.today, i32::try_from(days).unwrap_or(i32::MAX))
}

/// Whoever answers for `role` has said that they know that the timer is late: its next rung waits as long as the ladder says. Nothing
/// happens when nobody was asked, or somebody else.
pub(super) fn acknowledge(decision: &mut Decision<'_>, timer: &TimerName, role: &RoleName) -> Result<(), Refusal> {
    let lifecycle = decision.world.lifecycle;
    let (Some(definition), Some(armed)) = (lifecycle.timer(timer), decision.case.timers.get(timer).cloned()) else {
        return Ok(());
    };
    let ladder = definition.ladder_in(decision.case.area.as_ref());
    let carried_out = usize::try_from(armed.rung).ok().and_then(|next| next.checked_sub(1));
    let last = carried_out.and_then(|index| ladder.rungs.get(index).or(ladder.again.as_ref()));
    let Some(expected) = last.and_then(|rung| rung.acknowledge.as_ref()) else { return Ok(()) };
    if expected.by != *role && offers::answering(&decision.case, lifecycle, &expected.by) != Some(role) {
        return Ok(());
    }
    let next = usize::try_from(armed.rung).ok().and_then(|next| ladder.rungs.get(next));
    let ladders = next.map_or(armed.due_on, |next| rung_due_on(next, armed.anchor, decision.world.calendar));
    let due_on = in_working_days(expected.holds_working_days, &decision.world).max(armed.due_on).max(ladders);
    let title = lifecycle.role(role).map_or(role.as_str(), |role| role.title.as_str());
    let because = format!("{title} said on {} that they know", decision.world.today);
    let arming = armed.arming + 1;
    decision.push(Event::TimerCleared { timer: armed.timer, arming: armed.arming })?;
    arm(decision, definition, Arming { arming, rung: armed.rung, anchor: armed.anchor, due_on, because })
}

/// The number of the running rung in `ladder`, which may be another than it was armed by: its own, the one of its name, or else the one
/// a timer would begin with today.
fn number_in(ladder: &Ladder, armed: &ArmedTimer, world: &World<'_>) -> u32 {
    let at = usize::try_from(armed.rung).unwrap_or(usize::MAX);
    let is_it = |rung: &Rung| armed.name.as_deref().is_none_or(|name| name == rung.name.as_str());
    if armed.name.is_none() || ladder.rungs.get(at).or(ladder.again.as_ref()).is_some_and(is_it) {
        return armed.rung;
    }
    let named = ladder
        .rungs
        .iter()
        .position(is_it)
        .or_else(|| ladder.again.as_ref().filter(|rung| is_it(rung)).map(|_| ladder.rungs.len()));
    match named {
        Some(index) => u32::try_from(index).unwrap_or(u32::MAX),
        None => next_rung(ladder, armed.anchor, 0, armed.anchor, world).map_or(armed.rung, |(index, _)| index),
    }
}

/// The timer runs as it ran once: on the same rung, due on the same day, under a new arming where it stands otherwise now.
pub(super) fn restore(decision: &mut Decision<'_>, earlier: &ArmedTimer, because: &str) -> Result<(), Refusal> {
    let stands = |armed: &ArmedTimer| {
        (armed.rung, &armed.name, armed.anchor, armed.due_on) == (earlier.rung, &earlier.name, earlier.anchor, earlier.due_on)
    };
    if let Some(armed) = decision.case.timers.get(&earlier.timer).cloned() {
        if stands(&armed) {
            return Ok(());
        }
        decision.push(Event::TimerCleared { timer: armed.timer, arming: armed.arming })?;
    }
    let World { calendar, now, .. } = decision.world;
    let arming = decision.case.armings.get(&earlier.timer).map_or(1, |highest| highest + 1);
    decision.push(Event::TimerArmed {
        timer: earlier.timer.clone(),
        arming,
        rung: earlier.rung,
        name: earlier.name.clone(),
        anchor: earlier.anchor,
        due_on: earlier.due_on,
        due_at: earlier.due_at.max(now),
        calendar: calendar.version.clone(),
        because: because.to_owned(),
    })
}

/// Timers whose ladder has run out go on where the ladder of another version has rungs that are still to come, or a repeat. What was due
/// before is not carried out afterwards.
pub(super) fn resume(decision: &mut Decision<'_>, because: &str) -> Result<(), Refusal> {
    resume_but(decision, &[], because)
}

/// As [`resume`], of all but `kept`.
pub(super) fn resume_but(decision: &mut Decision<'_>, kept: &[&TimerName], because: &str) -> Result<(), Refusal> {
    let ended = decision.case.finished.iter().filter(|(timer, _)| !kept.contains(timer));
    let ended: Vec<_> = ended.map(|(timer, anchor)| (timer.clone(), *anchor)).collect();
    for (timer, anchor) in ended {
        let wanted = wanted_timers(&decision.case, &decision.world);
        let Some(wanted) = wanted.iter().find(|wanted| wanted.definition.name == timer && wanted.anchor == anchor) else {
            continue;
        };
        let ladder = wanted.definition.ladder_in(decision.case.area.as_ref());
        let World { calendar, today, .. } = decision.world;
        let to_come = ladder.rungs.iter().position(|rung| rung_due_on(rung, anchor, calendar) > today);
        let Some((rung, due_on)) = next_rung(ladder, anchor, to_come.unwrap_or(ladder.rungs.len()), today, &decision.world)
        else {
            continue;
        };
        let arming = decision.case.armings.get(&timer).map_or(1, |highest| highest + 1);
        arm(decision, wanted.definition, Arming { arming, rung, anchor, due_on, because: because.to_owned() })?;
    }
    Ok(())
}

/// Computes the day of every running rung again. One that moves is armed anew and says why.
pub(super) fn recalculate(decision: &mut Decision<'_>, because: &str) -> Result<(), Refusal> {
    recalculate_but(decision, &[], because)
}

/// As [`recalculate`], of all but `kept`.
pub(super) fn recalculate_but(decision: &mut Decision<'_>, kept: &[&TimerName], because: &str) -> Result<(), Refusal> {
    let running: Vec<ArmedTimer> = decision.case.timers.values().filter(|armed| !kept.contains(&&armed.timer)).cloned().collect();
    for armed in running {
        let Some(definition) = decision.world.lifecycle.timer(&armed.timer) else { continue };
        let calendar = decision.world.calendar;
        let ladder = definition.ladder_in(decision.case.area.as_ref());
        let number = number_in(ladder, &armed, &decision.world);
        let rung = usize::try_from(number).ok().and_then(|index| ladder.rungs.get(index));
        // What waits for somebody's word, or is held back by it, is not the ladder's day.
        let answered = usize::try_from(number).ok().and_then(|index| ladder.rungs.get(index.checked_sub(1)?));
        let due_on = match rung.filter(|_| answered.is_none_or(|before| before.acknowledge.is_none())) {
            Some(rung) => rung_due_on(rung, armed.anchor, calendar),
            None => calendar.working_day_on_or_after(armed.due_on),
        };
        if due_on == armed.due_on && number == armed.rung {
            continue;
        }
        let arming = armed.arming + 1;
        decision.push(Event::TimerCleared { timer: armed.timer, arming: armed.arming })?;
        arm(decision, definition, Arming { arming, rung: number, anchor: armed.anchor, due_on, because: because.to_owned() })?;
    }
    Ok(())
}
