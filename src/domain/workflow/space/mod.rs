//! The whole space of what a case can be: every combination of stage and side states that moves, mails and automatic transitions can
//! bring about, tried at once as sets. From each there must be a way to an end, somebody who answers for it, and a timer that goes on
//! reminding; and whatever the file writes must be possible in one of them. Start at [`explore`].

mod diagram;
mod model;
mod variables;

use super::check::explore::{Value, value_in_words};
use super::check::{Finding, finding, never_falls_silent};
use super::lifecycle::{Lifecycle, StageKind, TimerDef};
use crate::domain::ids::RoleName;
use diagram::{NONE, Set};
use model::{Model, What};

/// What came of trying everything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explored {
    /// Combinations of stage and side states that a case can be in.
    pub combinations: u128,
    /// How many facts and roles make them.
    pub side_states: usize,
    /// What is wrong, with its place in the file.
    pub defects: Vec<Finding>,
}

/// Tries everything that `lifecycle`, which has no other defect, lets happen.
#[must_use]
pub fn explore(lifecycle: &Lifecycle) -> Explored {
    let mut space = Space { model: Model::of(lifecycle), reached: NONE, taken: Vec::new(), begun: Vec::new() };
    space.walk();
    let mut defects = space.lost();
    defects.extend(space.impossible());
    defects.extend(space.unwatched());
    Explored { combinations: space.model.sets.count(space.reached), side_states: space.model.variables.len() - 1, defects }
}

struct Space<'a> {
    model: Model<'a>,
    /// Everything a case can be while it rests.
    reached: Set,
    /// The steps that reached more, in their order: which, and what was reached before.
    taken: Vec<(usize, Set)>,
    /// What each beginning takes, before automatic transitions.
    begun: Vec<Set>,
}

impl Space<'_> {
    /// One step after the other is taken from everything that is reached, again and again: sets that grow so stay simple, while the set
    /// of what is reached in exactly so many steps would not.
    fn walk(&mut self) {
        self.begun = self.model.begun();
        let begun = self.model.sets.any(self.begun.clone());
        self.reached = self.settled(begun);
        let steps = std::mem::take(&mut self.model.steps);
        let mut grown = true;
        while grown {
            grown = false;
            for (number, step) in steps.iter().enumerate() {
                let made = self.model.after(step, self.reached);
                if self.model.sets.without(made, self.reached) == NONE {
                    continue;
                }
                let settled = self.settled(made);
                let reached = self.model.sets.or(self.reached, settled);
                if reached != self.reached {
                    self.taken.push((number, self.reached));
                    (self.reached, grown) = (reached, true);
                }
            }
        }
        self.model.steps = steps;
    }

    /// Where automatic transitions leave `cases`.
    fn settled(&mut self, cases: Set) -> Set {
        let mut resting = self.model.sets.without(cases, self.model.passing);
        let mut seen = cases;
        let mut passing = self.model.sets.and(cases, self.model.passing);
        let automatic = std::mem::take(&mut self.model.automatic);
        while passing != NONE {
            let mut next = NONE;
            for step in &automatic {
                let after = self.model.after(step, passing);
                next = self.model.sets.or(next, after);
            }
            // One that goes round for ever is told by another check; it rests nowhere.
            next = self.model.sets.without(next, seen);
            seen = self.model.sets.or(seen, next);
            let rest = self.model.sets.without(next, self.model.passing);
            resting = self.model.sets.or(resting, rest);
            passing = self.model.sets.and(next, self.model.passing);
        }
        self.model.automatic = automatic;
        resting
    }

    /// What automatic transitions lead to one of `cases`, themselves among them.
    fn settles_to(&mut self, cases: Set) -> Set {
        let mut all = cases;
        let automatic = std::mem::take(&mut self.model.automatic);
        loop {
            let mut more = all;
            for step in &automatic {
                let before = self.model.before(step, more);
                more = self.model.sets.or(more, before);
            }
            if more == all {
                break;
            }
            all = more;
        }
        self.model.automatic = automatic;
        all
    }

    /// Cases from which no moves of people lead to an end, whatever people do.
    fn lost(&mut self) -> Vec<Finding> {
        let ends = self.model.of_kind(StageKind::Final);
        let mut saved = self.model.sets.and(ends, self.reached);
        let steps = std::mem::take(&mut self.model.steps);
        let mut settles = self.settles_to(saved);
        let mut grown = true;
        while grown && saved != self.reached {
            grown = false;
            for step in steps.iter().filter(|step| step.by_person) {
                let before = self.model.before(step, settles);
                let before = self.model.sets.and(before, self.reached);
                let more = self.model.sets.or(saved, before);
                if more != saved {
                    (saved, grown) = (more, true);
                    settles = self.settles_to(saved);
                }
                if saved == self.reached {
                    break;
                }
            }
        }
        self.model.steps = steps;
        let lost = self.model.sets.without(self.reached, saved);
        self.in_each_open_stage(lost, |stage, when, way| {
            format!("a case in `{stage}` can never come to an end when {when}: no move of anybody leads there. It comes to be so by {way}")
        })
    }

    /// What is written and can never be.
    fn impossible(&mut self) -> Vec<Finding> {
        let mut found = Vec::new();
        let lifecycle = self.model.lifecycle;
        for (at, stage) in lifecycle.stages.iter().enumerate() {
            let here = self.model.stages(std::slice::from_ref(&stage.name));
            let begun = self.begun.clone();
            let ever = self.model.sets.any(begun.into_iter().chain([self.reached]));
            if self.model.sets.and(ever, here) == NONE && !self.is_passed(here) {
                let says = format!("no case ever gets to the stage `{}`: what leads to it is never possible", stage.name);
                found.push(finding(format!("stages[{at}]"), says));
            }
        }
        let steps = std::mem::take(&mut self.model.steps);
        for step in &steps {
            if let Some(place) = &step.place
                && self.model.sets.and(step.can, self.reached) == NONE
            {
                let says =
                    format!("`{}` is never possible: no case that can be is in its stages with its condition met", step.name);
                found.push(finding(place, format!("{says} and somebody to record it")));
            }
        }
        self.model.steps = steps;
        for (at, _) in self.begun.iter().enumerate().filter(|(_, begun)| **begun == NONE) {
            found.push(finding(format!("begins[{at}]"), "no nomination ever begins here: those before it take all"));
        }
        for (at, timer) in lifecycle.timers.iter().enumerate() {
            let (here, runs) = (self.model.stages(&timer.stages), self.model.runs(timer));
            let here = self.model.sets.and(here, runs);
            if self.model.sets.and(here, self.reached) == NONE {
                let says =
                    format!("the timer `{}` never runs: no case that can be is in its stages with its condition met", timer.name);
                found.push(finding(format!("timers[{at}]"), says));
            }
        }
        found
    }

    /// Whether an automatic transition takes a case through `here`.
    fn is_passed(&mut self, here: Set) -> bool {
        let steps = std::mem::take(&mut self.model.steps);
        let mut made = NONE;
        for step in &steps {
            let after = self.model.after(step, self.reached);
            made = self.model.sets.or(made, after);
        }
        self.model.steps = steps;
        self.model.sets.and(made, here) != NONE
    }

    /// Open cases that nobody answers for, or that no timer goes on reminding of.
    fn unwatched(&mut self) -> Vec<Finding> {
        let mut found = Vec::new();
        let lifecycle = self.model.lifecycle;
        for stage in lifecycle.stages.iter().filter(|stage| stage.kind == StageKind::Open) {
            let here = self.model.stages(std::slice::from_ref(&stage.name));
            let here = self.model.sets.and(self.reached, here);
            let owned = self.owned(stage.owner.as_ref());
            let orphaned = self.model.sets.without(here, owned);
            found.extend(self.in_each_open_stage(orphaned, |stage, when, way| {
                format!("nobody answers for a case in `{stage}` when {when}; say who the owner falls back to. It comes to be so by {way}")
            }));
            let timers: Vec<&TimerDef> = lifecycle
                .timers
                .iter()
                .filter(|timer| timer.stages.contains(&stage.name) && never_falls_silent(lifecycle, timer))
                .collect();
            let running: Vec<Set> = timers.iter().map(|timer| self.model.runs(timer)).collect();
            let watched = self.model.sets.any(running);
            let silent = self.model.sets.without(here, watched);
            found.extend(self.in_each_open_stage(silent, |stage, when, way| {
                format!(
                    "a case could wait in `{stage}` for ever: no timer keeps reminding when {when}. It comes to be so by {way}"
                )
            }));
        }
        found
    }

    /// The cases that `owner`, or whoever it falls back to, answers for.
    fn owned(&mut self, owner: Option<&RoleName>) -> Set {
        let (mut owned, mut role) = (NONE, owner.cloned());
        for _ in 0..=self.model.lifecycle.roles.len() {
            let Some(name) = role else { break };
            let answered = self.model.answered(&name);
            owned = self.model.sets.or(owned, answered);
            role = self.model.lifecycle.role(&name).and_then(|role| role.falls_back_to.clone());
        }
        owned
    }

    /// A finding for each open stage that has cases of `bad`: one of them in words, and the shortest way to it.
    fn in_each_open_stage(&mut self, bad: Set, says: impl Fn(&str, &str, &str) -> String) -> Vec<Finding> {
        let lifecycle = self.model.lifecycle;
        let mut found = Vec::new();
        for (at, stage) in lifecycle.stages.iter().enumerate().filter(|(_, stage)| stage.kind == StageKind::Open) {
            let here = self.model.stages(std::slice::from_ref(&stage.name));
            let here = self.model.sets.and(bad, here);
            if let Some((picked, way)) = self.way_to(here) {
                let place = format!("stages[{at}]");
                found.push(finding(place, says(stage.name.as_str(), &self.in_words(&picked, bad), &way)));
            }
        }
        found
    }

    /// One of `cases`, and a way from a nomination to it.
    fn way_to(&mut self, cases: Set) -> Option<(Vec<Option<usize>>, String)> {
        let taken = self.taken.clone();
        let cases = self.model.sets.and(cases, self.reached);
        // The last step before which none of them was reached, or the nomination itself.
        let first = taken.iter().rev().find(|(_, before)| self.model.sets.and(*before, cases) == NONE);
        let among = match first.and_then(|first| taken.iter().position(|one| one == first)).and_then(|at| taken.get(at + 1)) {
            Some((_, after)) => self.model.sets.and(*after, cases),
            None if first.is_some() => cases,
            None => taken.first().map_or(cases, |(_, begun)| self.model.sets.and(*begun, cases)),
        };
        let picked = self.model.sets.pick(among)?;
        let mut target = self.model.sets.of(&picked);
        target = self.model.sets.and(target, among);
        let mut names: Vec<String> = Vec::new();
        let steps = std::mem::take(&mut self.model.steps);
        for (number, before) in taken.iter().rev() {
            if self.model.sets.and(target, *before) != NONE {
                continue;
            }
            let settles = self.settles_to(target);
            let from = self.model.before(&steps[*number], settles);
            let from = self.model.sets.and(from, *before);
            let Some(one) = self.model.sets.pick(from) else { continue };
            names.push(steps[*number].name.clone());
            let one = self.model.sets.of(&one);
            target = self.model.sets.and(one, from);
        }
        self.model.steps = steps;
        names.reverse();
        let way = if names.is_empty() { "the nomination itself".to_owned() } else { names.join(" → ") };
        Some((picked, way))
    }

    /// What of a combination matters for being in `bad`, in words.
    fn in_words(&mut self, picked: &[Option<usize>], bad: Set) -> String {
        // What may be anything without leaving the set says nothing.
        let mut told = picked.to_vec();
        for variable in 1..told.len() {
            let value = told[variable].take();
            let freed = self.model.sets.of(&told);
            let reached = self.model.sets.and(freed, self.reached);
            if self.model.sets.without(reached, bad) != NONE {
                told[variable] = value;
            }
        }
        let words = told.iter().zip(&self.model.variables).skip(1).filter_map(|(value, (what, values))| {
            let value = &values[(*value)?];
            Some(match (what, value) {
                (What::Held(role), Value::Held) => format!("somebody is `{role}`"),
                (What::Held(role), _) => format!("nobody is `{role}`"),
                (What::Fact(fact), Value::Nothing) => format!("`{fact}` has no value"),
                (What::Fact(fact), Value::Fact(value)) => format!("`{fact}` is {}", value_in_words(value)),
                (What::Fact(fact), Value::SomeDate | Value::Held) => format!("`{fact}` has a value"),
                (What::Stage, _) => return None,
            })
        });
        let words: Vec<String> = words.collect();
        if words.is_empty() { "it is there at all".to_owned() } else { words.join(", ") }
    }
}
