//! Nothing written contradicts what stands beside it: no answer that its own move shuts out, no transition that never gets its turn, no
//! timer that its own day silences, no two items that are one.

use super::explore::Space;
use super::{Finding, duplicates, finding, never_falls_silent};
use crate::domain::ids::{FactName, StageName};
use crate::domain::rules::{Condition, Truth};
use crate::domain::workflow::lifecycle::{AskKind, Automatic, FactTest, Lifecycle, Move, SetTo, TimerDef, TimerFrom};

pub(super) fn findings(lifecycle: &Lifecycle) -> Vec<Finding> {
    let mut found = answers(lifecycle);
    found.extend(passed_over(lifecycle));
    found.extend(timers(lifecycle));
    found.extend(letters(lifecycle));
    found.extend(twins(lifecycle));
    found.extend(sets(lifecycle));
    found.extend(pauses(lifecycle));
    found
}

/// Whether some combination of facts meets all of `conditions` and knows `fact`. What cannot be tried is not accused.
fn can_all_be_met(lifecycle: &Lifecycle, conditions: &[&Condition<FactTest>], fact: Option<&FactName>) -> bool {
    let space = Space::of(lifecycle, conditions.iter().copied(), fact);
    let met = |facts: &super::explore::Combination<'_>| {
        fact.is_none_or(|fact| facts.knows(fact)) && conditions.iter().all(|one| facts.truth(Some(one)) == Truth::Met)
    };
    space.combinations().is_none_or(|mut all| all.any(|facts| met(&facts)))
}

/// An answer's own condition and the guard of its move can be met together.
fn answers(lifecycle: &Lifecycle) -> Vec<Finding> {
    let mut found = Vec::new();
    for (at, mv) in lifecycle.moves.iter().enumerate() {
        for (which, ask) in mv.asks.iter().enumerate() {
            for (word, gate) in &ask.gates {
                let guard = mv.guard.iter().chain([&gate.guard]).collect::<Vec<_>>();
                if mv.guard.is_some() && !can_all_be_met(lifecycle, &guard, None) {
                    let says = format!(
                        "nobody can ever answer `{}` with `{word}`: its condition contradicts the guard of `{}`",
                        ask.name, mv.name
                    );
                    found.push(finding(format!("moves[{at}].asks[{which}].gates"), says));
                }
            }
        }
    }
    found
}

/// Of beginnings and automatic transitions the first that applies is taken: one that those before it always forestall does nothing.
fn passed_over(lifecycle: &Lifecycle) -> Vec<Finding> {
    let mut found = Vec::new();
    for (at, begin) in lifecycle.begins.iter().enumerate().skip(1) {
        if is_forestalled(lifecycle, begin, &lifecycle.begins[..at].iter().collect::<Vec<_>>()) {
            let says = format!("no nomination ever begins in `{}` by this: those before it take every one", begin.to);
            found.push(finding(format!("begins[{at}]"), says));
        }
    }
    for (at, step) in lifecycle.automatic.iter().enumerate().skip(1) {
        for (which, stage) in step.from.iter().enumerate() {
            let before: Vec<&Automatic> = lifecycle.automatic[..at].iter().filter(|other| other.from.contains(stage)).collect();
            if !before.is_empty() && is_forestalled(lifecycle, step, &before) {
                let says = format!(
                    "from `{stage}` this is never taken: a transition above it takes every case that meets its condition"
                );
                found.push(finding(format!("automatic[{at}].from[{which}]"), says));
            }
        }
    }
    found
}

fn is_forestalled(lifecycle: &Lifecycle, step: &Automatic, before: &[&Automatic]) -> bool {
    let conditions = before.iter().copied().chain([step]).filter_map(|one| one.when.as_ref());
    let space = Space::of(lifecycle, conditions, []);
    let Some(mut all) = space.combinations() else { return false };
    !all.any(|facts| {
        let met = |one: &Automatic| facts.truth(one.when.as_ref()) == Truth::Met;
        met(step) && !before.iter().any(|other| met(other))
    })
}

/// A timer can run while the day it counts from is known.
fn timers(lifecycle: &Lifecycle) -> Vec<Finding> {
    let mut found = Vec::new();
    for (at, timer) in lifecycle.timers.iter().enumerate() {
        if let (TimerFrom::Fact(fact), Some(when)) = (&timer.from, &timer.when)
            && !can_all_be_met(lifecycle, &[when], Some(fact))
        {
            let says = format!(
                "the timer `{}` never runs: its condition shuts it out while `{fact}`, which it counts from, is known",
                timer.name
            );
            found.push(finding(format!("timers[{at}].when"), says));
        }
        if timer.stages.is_empty() {
            found.push(finding(
                format!("timers[{at}]"),
                format!("the timer `{}` runs in no stage; name one under `stages`", timer.name),
            ));
        }
        for (ladder, what) in timer.ladders() {
            let names = what.rungs.iter().map(|rung| rung.name.as_str());
            found.extend(duplicates(&format!("timers[{at}].{ladder}.rungs"), "name", "rung", names));
        }
    }
    found
}

/// A letter reaches those it also goes to, and nobody is asked to say what it says.
fn letters(lifecycle: &Lifecycle) -> Vec<Finding> {
    let mut found = Vec::new();
    for (at, letter) in lifecycle.letters.iter().enumerate() {
        let Some(only_if) = &letter.only_if else { continue };
        for (which, also) in
            letter.also.iter().enumerate().filter(|(_, also)| !can_all_be_met(lifecycle, &[only_if, &also.when], None))
        {
            let says = format!("`{}` never goes to `{}` too: that condition contradicts its `only_if`", letter.name, also.role);
            found.push(finding(format!("letters[{at}].also[{which}].when"), says));
        }
        if let Some(instead) = &letter.instead
            && can_all_be_met(lifecycle, &[only_if, &instead.when], None)
        {
            let says = format!(
                "`{}` would go and be told in person as well: `instead` must be shut while `only_if` is met",
                letter.name
            );
            found.push(finding(format!("letters[{at}].instead.when"), says));
        }
    }
    found
}

/// Two moves or two timers that differ in name alone: people would not know which to take, and be reminded twice.
fn twins(lifecycle: &Lifecycle) -> Vec<Finding> {
    let mut found = Vec::new();
    for (at, mv) in lifecycle.moves.iter().enumerate() {
        if let Some(twin) = lifecycle.moves[..at].iter().find(|other| is_same_move(other, mv)) {
            let says = format!("`{}` and `{}` have the same guard and do the same; leave one out", twin.name, mv.name);
            found.push(finding(format!("moves[{at}]"), says));
        }
        for (which, ask) in mv.asks.iter().enumerate() {
            if let AskKind::Choice(words) = &ask.kind {
                let mut twice = duplicates("", "", "answer", words.iter().map(String::as_str));
                twice.iter_mut().for_each(|one| one.place = format!("moves[{at}].asks[{which}].kind"));
                found.extend(twice);
            }
        }
    }
    let is_same_timer = |one: &TimerDef, other: &TimerDef| {
        one.stages == other.stages
            && one.when == other.when
            && one.from == other.from
            && one.ladder == other.ladder
            && one.areas == other.areas
    };
    for (at, timer) in lifecycle.timers.iter().enumerate() {
        if let Some(twin) = lifecycle.timers[..at].iter().find(|other| is_same_timer(other, timer)) {
            let says = format!("`{}` and `{}` remind of the same on the same days; leave one out", twin.name, timer.name);
            found.push(finding(format!("timers[{at}]"), says));
        }
    }
    found
}

fn is_same_move(one: &Move, other: &Move) -> bool {
    let acts = |mv: &Move| !(mv.sets.is_empty() && mv.to.is_none() && mv.records.is_none() && mv.letters.is_empty());
    let asked = |mv: &Move| mv.asks.iter().map(|ask| (ask.name.clone(), ask.kind.clone())).collect::<Vec<_>>();
    acts(one)
        && one.from == other.from
        && one.to == other.to
        && one.guard == other.guard
        && one.records == other.records
        && one.sets == other.sets
        && one.ends_roles == other.ends_roles
        && one.letters == other.letters
        && asked(one) == asked(other)
}

/// A fact is set once by a move; before that it may be emptied, for a question that is left unanswered.
fn sets(lifecycle: &Lifecycle) -> Vec<Finding> {
    let mut found = Vec::new();
    for (at, mv) in lifecycle.moves.iter().enumerate() {
        for (which, set) in mv.sets.iter().enumerate() {
            if mv.sets[..which].iter().any(|before| before.fact == set.fact && before.to != SetTo::Nothing) {
                let says = format!("`{}` sets `{}` twice; the second takes the first back", mv.name, set.fact);
                found.push(finding(format!("moves[{at}].sets[{which}]"), says));
            }
        }
    }
    found
}

/// A day to come that people name and that stops a timer has a timer of its own, which goes on until somebody acts: a pause that is over
/// must not be a silence.
fn pauses(lifecycle: &Lifecycle) -> Vec<Finding> {
    let mut found = Vec::new();
    for (at, mv) in lifecycle.moves.iter().enumerate() {
        for (which, set) in mv.sets.iter().enumerate() {
            let SetTo::Answer(name) = &set.to else { continue };
            let to_come = |mv: &Move| mv.asks.iter().any(|ask| ask.name == *name && ask.kind == AskKind::Date && !ask.not_future);
            if !to_come(mv) {
                continue;
            }
            let stops = |timer: &&TimerDef| {
                let when =
                    timer.when.as_ref().filter(|when| when.terms().iter().any(|term| term.fact.as_ref() == Some(&set.fact)));
                when.is_some_and(|when| !can_all_be_met(lifecycle, &[when], Some(&set.fact)))
            };
            let wakes = |stage: &StageName| {
                lifecycle.timers.iter().any(|timer| {
                    timer.from == TimerFrom::Fact(set.fact.clone())
                        && timer.stages.contains(stage)
                        && never_falls_silent(lifecycle, timer)
                })
            };
            let rests: Vec<&StageName> = mv.to.as_ref().map_or_else(|| mv.from.iter().collect(), |to| vec![to]);
            for timer in lifecycle.timers.iter().filter(stops) {
                if let Some(stage) = rests.iter().find(|stage| timer.stages.contains(stage) && !wakes(stage)) {
                    let says = format!(
                        "`{}` stops the timer `{}` in `{stage}` until a day that no timer counts from: give `{}` a timer with `again`",
                        set.fact, timer.name, set.fact
                    );
                    found.push(finding(format!("moves[{at}].sets[{which}]"), says));
                    break;
                }
            }
        }
    }
    found
}
