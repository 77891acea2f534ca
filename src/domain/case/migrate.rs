//! A case comes under another version of the life-cycle, or back under the one it came from: with its deadlines, and nothing told twice.

use std::collections::BTreeMap;

use super::decide::Decision;
use crate::domain::case::{ArmedTimer, Case, Event, Migrate, Refusal, TimersBefore, timers};
use crate::domain::ids::TimerName;

impl TimersBefore {
    /// Of `case`, as it was before it came under the version it now leaves; `since` is what has happened to it from then on. What was
    /// carried out since then is left out, for it is told already.
    #[must_use]
    pub fn of<'e>(case: &Case, since: impl IntoIterator<Item = &'e Event>) -> Self {
        let mut before = Self { running: case.timers.clone(), ended: case.finished.clone() };
        for event in since {
            if let Event::TimerFired { timer, .. } = event {
                before.running.remove(timer);
                before.ended.remove(timer);
            }
        }
        before
    }
}

/// The case comes under the version of the world's life-cycle. Its deadlines are counted from the same days by the new ladders; what
/// has no place in the new version any more is cleared. On the way back those that count from the same day as before stand as they stood.
pub(super) fn migrate(mut decision: Decision<'_>, wish: &Migrate) -> Result<Vec<Event>, Refusal> {
    let (lifecycle, on) = (decision.world.lifecycle, decision.world.today);
    if decision.case.lifecycle_version == lifecycle.version {
        return Ok(Vec::new());
    }
    let before = decision.case.stage.clone();
    let after = wish.stages.get(&before).cloned().unwrap_or_else(|| before.clone());
    if lifecycle.stage(&after).is_none() {
        let says = format!("version {} has no stage `{after}`: say which stage takes its place", lifecycle.version);
        return Err(Refusal::because(says));
    }
    let stage = (after != before).then_some((before, after));
    let (from, to) = (decision.case.lifecycle_version.clone(), lifecycle.version.clone());
    let because = format!("version {to} of the life-cycle");
    let migrated = |ended: BTreeMap<_, _>| Event::Migrated {
        from,
        to,
        stage: stage.clone(),
        ended,
        by: wish.by.clone(),
        reason: wish.reason.clone(),
        on,
    };
    let Some(earlier) = &wish.earlier else {
        decision.push(migrated(BTreeMap::new()))?;
        timers::recalculate(&mut decision, &because)?;
        timers::resume(&mut decision, &because)?;
        return decision.finished();
    };
    // What ended before, and counts from the same day, has ended.
    let mut there = decision.case.clone();
    if let Some((_, after)) = &stage {
        there.stage.clone_from(after);
    }
    let wanted: BTreeMap<TimerName, _> = timers::wanted_timers(&there, &decision.world)
        .into_iter()
        .map(|wanted| (wanted.definition.name.clone(), wanted.anchor))
        .collect();
    let ended: BTreeMap<_, _> = earlier
        .ended
        .iter()
        .filter(|(timer, anchor)| wanted.get(*timer) == Some(*anchor))
        .map(|(t, a)| (t.clone(), *a))
        .collect();
    for timer in ended.keys() {
        if let Some(armed) = decision.case.timers.get(timer).cloned() {
            decision.push(Event::TimerCleared { timer: armed.timer, arming: armed.arming })?;
        }
    }
    decision.push(migrated(ended))?;
    let stands: Vec<&ArmedTimer> =
        earlier.running.values().filter(|armed| wanted.get(&armed.timer) == Some(&armed.anchor)).collect();
    for armed in &stands {
        timers::restore(&mut decision, armed, &because)?;
    }
    let kept: Vec<&TimerName> = stands.iter().map(|armed| &armed.timer).chain(earlier.ended.keys()).collect();
    timers::recalculate_but(&mut decision, &kept, &because)?;
    timers::resume_but(&mut decision, &kept, &because)?;
    decision.finished()
}
