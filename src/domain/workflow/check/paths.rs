//! No case can get lost: every stage can be reached and left, no stage waits for ever, no guard is shut for ever.

use std::collections::{BTreeMap, BTreeSet};

use super::explore::{COMBINATIONS_MAX, Combination, Space};
use super::values::conditions;
use super::{Finding, finding, list};
use crate::domain::ids::{LetterName, RoleName, StageName, TimerName};
use crate::domain::rules::Truth;
use crate::domain::workflow::lifecycle::{
    AskKind, Automatic, Lifecycle, RoleDef, RoleScope, Rung, Stage, StageKind, TimerDef, TimerFrom,
};

pub(super) fn findings(lifecycle: &Lifecycle) -> Vec<Finding> {
    let mut found = reach_findings(lifecycle);
    found.extend(begin_findings(lifecycle));
    found.extend(circle_findings(lifecycle));
    found.extend(shut_guards(lifecycle));
    found.extend(ladder_findings(lifecycle));
    found.extend(unheld(lifecycle));
    found.extend(unguarded_family_letters(lifecycle));
    for (at, stage) in lifecycle.stages.iter().enumerate().filter(|(_, stage)| stage.kind == StageKind::Open) {
        found.extend(watched(lifecycle, stage).err().map(|says| finding(format!("stages[{at}]"), says)));
    }
    found
}

/// How it is sure that a case never waits in a stage for ever.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Watched {
    /// The stage.
    pub stage: StageName,
    /// A timer that runs there whatever the facts are; `None` when only together they cover all.
    pub always_by: Option<TimerName>,
    /// How many combinations of facts were tried; 0 when one timer always runs.
    pub combinations: usize,
}

/// For every open stage, how it is watched; stages that are not are left out, being defects.
#[must_use]
pub fn watched_stages(lifecycle: &Lifecycle) -> Vec<Watched> {
    let open = lifecycle.stages.iter().filter(|stage| stage.kind == StageKind::Open);
    open.filter_map(|stage| watched(lifecycle, stage).ok()).collect()
}

fn watched(lifecycle: &Lifecycle, stage: &Stage) -> Result<Watched, String> {
    let here = lifecycle.timers.iter().filter(|timer| timer.stages.contains(&stage.name) && never_falls_silent(lifecycle, timer));
    let timers: Vec<&TimerDef> = here.collect();
    if let Some(always) = timers.iter().find(|timer| timer.when.is_none() && !matches!(timer.from, TimerFrom::Fact(_))) {
        return Ok(Watched { stage: stage.name.clone(), always_by: Some(always.name.clone()), combinations: 0 });
    }
    let anchors = timers.iter().filter_map(|timer| if let TimerFrom::Fact(fact) = &timer.from { Some(fact) } else { None });
    let space = Space::of(lifecycle, timers.iter().filter_map(|timer| timer.when.as_ref()), anchors);
    let advice = "give it a timer without `when`, not counted from a fact, whose ladder has `again` with a task or a letter that always goes";
    let Some(mut combinations) = space.combinations() else {
        return Err(format!(
            "whether a case could wait in `{}` for ever cannot be told: its timers have {} combinations of facts, more than {COMBINATIONS_MAX}; {advice}",
            stage.name,
            space.size()
        ));
    };
    let runs = |timer: &&&TimerDef, facts: &Combination| {
        let anchored = if let TimerFrom::Fact(fact) = &timer.from { facts.knows(fact) } else { true };
        anchored && facts.truth(timer.when.as_ref()) == Truth::Met
    };
    match combinations.find(|facts| !timers.iter().any(|timer| runs(&timer, facts))) {
        None => Ok(Watched { stage: stage.name.clone(), always_by: None, combinations: space.size() }),
        Some(facts) => Err(format!(
            "a case could wait in `{}` for ever: no timer keeps reminding when {}; {advice}",
            stage.name,
            facts.in_words()
        )),
    }
}

/// Its ladder repeats, and every repetition reaches somebody: a task does, and so does a letter that always goes, to a role
/// somebody always answers for.
pub(in crate::domain::workflow) fn never_falls_silent(lifecycle: &Lifecycle, timer: &TimerDef) -> bool {
    let answered =
        |name: &RoleName| lifecycle.role(name).is_some_and(|role| role.scope != RoleScope::Case || role.falls_back_to.is_some());
    let heard = |name: &LetterName| {
        lifecycle.letter(name).is_some_and(|letter| letter.only_if.is_none() && letter.to.iter().any(answered))
    };
    let goes_on = |again: &Rung| again.task.is_some() || again.letters.iter().any(heard);
    timer.ladders().all(|(_, ladder)| ladder.again.as_ref().is_some_and(goes_on))
}

/// Where a case can go from each stage, guards aside.
fn steps(lifecycle: &Lifecycle) -> BTreeMap<&StageName, BTreeSet<&StageName>> {
    let open = || lifecycle.stages.iter().filter(|stage| stage.kind == StageKind::Open).map(|stage| &stage.name);
    let mut steps: BTreeMap<&StageName, BTreeSet<&StageName>> = BTreeMap::new();
    for mv in &lifecycle.moves {
        let Some(to) = &mv.to else { continue };
        let from: Vec<&StageName> = if mv.from.is_empty() { open().collect() } else { mv.from.iter().collect() };
        from.into_iter().for_each(|from| {
            steps.entry(from).or_default().insert(to);
        });
    }
    for step in &lifecycle.automatic {
        step.from.iter().for_each(|from| {
            steps.entry(from).or_default().insert(&step.to);
        });
    }
    steps
}

fn reach_findings(lifecycle: &Lifecycle) -> Vec<Finding> {
    let steps = steps(lifecycle);
    let from_begin = reachable(&steps, lifecycle.begins.iter().map(|begin| &begin.to));
    let mut found = Vec::new();
    for (at, stage) in lifecycle.stages.iter().enumerate() {
        if !from_begin.contains(&stage.name) {
            let says = format!("no case ever gets to the stage `{}`: nothing that is reached leads to it", stage.name);
            found.push(finding(format!("stages[{at}]"), says));
        }
        let ends = |name: &&StageName| lifecycle.stage(name).is_some_and(|stage| stage.kind == StageKind::Final);
        if stage.kind == StageKind::Open && !reachable(&steps, [&stage.name]).iter().any(ends) {
            let says = format!("a case never ends from the open stage `{}`: no moves lead from it to a final stage", stage.name);
            found.push(finding(format!("stages[{at}]"), says));
        }
    }
    if !lifecycle.stages.iter().any(|stage| stage.kind == StageKind::Final) {
        found.push(finding("stages", "no stage is final; say `kind: final` of one at least"));
    }
    found
}

fn reachable<'a>(
    steps: &BTreeMap<&'a StageName, BTreeSet<&'a StageName>>,
    begin: impl IntoIterator<Item = &'a StageName>,
) -> BTreeSet<&'a StageName> {
    let mut seen = BTreeSet::new();
    let mut next: Vec<&StageName> = begin.into_iter().collect();
    while let Some(stage) = next.pop() {
        if seen.insert(stage) {
            next.extend(steps.get(stage).into_iter().flatten());
        }
    }
    seen
}

fn begin_findings(lifecycle: &Lifecycle) -> Vec<Finding> {
    let mut found = Vec::new();
    for (at, begin) in lifecycle.begins.iter().enumerate() {
        if !begin.from.is_empty() {
            found.push(finding(format!("begins[{at}].from"), "a new case comes from no stage; leave `from` out"));
        }
        if begin.when.is_none() && at + 1 < lifecycle.begins.len() {
            found.push(finding(format!("begins[{at}]"), "without `when` this always applies, and those after it never do"));
        }
    }
    let space = Space::of(lifecycle, lifecycle.begins.iter().filter_map(|begin| begin.when.as_ref()), []);
    let unmatched = |facts: &Combination| lifecycle.begins.iter().all(|begin| facts.truth(begin.when.as_ref()) != Truth::Met);
    let advice = "end the list with one that has no `when`";
    match space.combinations() {
        None => found.push(finding("begins", format!("whether every new case finds a place to begin cannot be told; {advice}"))),
        Some(mut combinations) => {
            if let Some(facts) = combinations.find(unmatched) {
                found.push(finding("begins", format!("a new case has nowhere to begin when {}; {advice}", facts.in_words())));
            }
        }
    }
    found
}

/// Automatic steps are taken until none applies: with the same facts they must never come back to a stage.
fn circle_findings(lifecycle: &Lifecycle) -> Vec<Finding> {
    let mut found = Vec::new();
    for (at, step) in lifecycle.automatic.iter().enumerate().filter(|(_, step)| step.from.is_empty()) {
        found
            .push(finding(format!("automatic[{at}]"), format!("say under `from` from which stages this leads to `{}`", step.to)));
    }
    let space = Space::of(lifecycle, lifecycle.automatic.iter().filter_map(|step| step.when.as_ref()), []);
    let Some(combinations) = space.combinations() else {
        let says = format!(
            "whether these go round in a circle cannot be told: they have {} combinations of facts, more than {COMBINATIONS_MAX}",
            space.size()
        );
        found.push(finding("automatic", says));
        return found;
    };
    for facts in combinations {
        let applies: Vec<&Automatic> =
            lifecycle.automatic.iter().filter(|step| facts.truth(step.when.as_ref()) == Truth::Met).collect();
        if let Some(circle) = lifecycle.stages.iter().find_map(|stage| circle_from(&stage.name, &applies)) {
            found.push(finding("automatic", format!("these go round in a circle, {}, when {}", list(circle), facts.in_words())));
            break;
        }
    }
    found
}

fn circle_from<'a>(start: &'a StageName, applies: &[&'a Automatic]) -> Option<Vec<&'a StageName>> {
    let mut seen = vec![start];
    loop {
        let current = *seen.last().expect("begins with one");
        let next = &applies.iter().find(|step| step.from.contains(current))?.to;
        if seen.contains(&next) {
            return Some(seen);
        }
        seen.push(next);
    }
}

fn shut_guards(lifecycle: &Lifecycle) -> Vec<Finding> {
    let shut = conditions(lifecycle).into_iter().filter(|(_, condition)| {
        let space = Space::of(lifecycle, [*condition], []);
        // What cannot be tried is not accused.
        space.combinations().is_some_and(|mut all| !all.any(|facts| facts.truth(Some(condition)) == Truth::Met))
    });
    shut.map(|(place, _)| finding(place, "this can never be met, whatever the facts are")).collect()
}

fn ladder_findings(lifecycle: &Lifecycle) -> Vec<Finding> {
    let mut found = Vec::new();
    let ladders = lifecycle
        .timers
        .iter()
        .enumerate()
        .flat_map(|(at, timer)| timer.ladders().map(move |(place, ladder)| (format!("timers[{at}].{place}"), timer, ladder)));
    for (place, timer, ladder) in ladders {
        if ladder.rungs.is_empty() {
            found.push(finding(&place, format!("the timer `{}` has no rung; it would never do anything", timer.name)));
        }
        for (which, pair) in ladder.rungs.windows(2).enumerate() {
            if later(&pair[0], &pair[1]) {
                let says = format!("`{}` comes before `{}`; write rungs in order of time", pair[1].name, pair[0].name);
                found.push(finding(format!("{place}.rungs[{}]", which + 1), says));
            }
        }
        for (place, rung) in ladder.placed(&place) {
            if rung.letters.is_empty() && rung.task.is_none() {
                found.push(finding(place, format!("`{}` does nothing; give it a letter or a task", rung.name)));
            }
        }
        if let Some(again) = &ladder.again
            && [again.working_days, again.days, again.months].into_iter().flatten().any(|step| step < 1)
        {
            found.push(finding(format!("{place}.again"), "repeats must be at least one day apart"));
        }
    }
    found
}

/// Whether `first` is certainly later than `second`; rungs in different units are not compared.
fn later(first: &Rung, second: &Rung) -> bool {
    let both = |a: Option<i32>, b: Option<i32>| a.zip(b).is_some_and(|(a, b)| a > b);
    both(first.working_days, second.working_days) || both(first.days, second.days) || both(first.months, second.months)
}

/// Letters to the family without a condition: whether the contact is still safe is asked again when a letter leaves.
fn unguarded_family_letters(lifecycle: &Lifecycle) -> Vec<Finding> {
    let of_family = |name: &RoleName| lifecycle.role(name).is_some_and(|role| role.of_family);
    let letters = lifecycle.letters.iter().enumerate();
    letters
        .filter(|(_, letter)| letter.to.iter().any(of_family) && (letter.only_if.is_none() || letter.to.len() > 1))
        .map(|(at, letter)| {
            let says =
                format!("`{}` goes to the family: to nobody else, and with `only_if` the fact of a safe contact", letter.name);
            finding(format!("letters[{at}]"), says)
        })
        .collect()
}

/// Roles of a case that nobody can come to hold, and letters to them. The referrer comes with the nomination.
fn unheld(lifecycle: &Lifecycle) -> Vec<Finding> {
    let named: BTreeSet<&RoleName> = lifecycle
        .moves
        .iter()
        .flat_map(|mv| &mv.asks)
        .filter_map(|ask| if let AskKind::Person(role) = &ask.kind { Some(role) } else { None })
        .collect();
    let is_unheld =
        |role: &RoleDef| role.scope == RoleScope::Case && role.name.as_str() != "referrer" && !named.contains(&role.name);
    let says =
        |role: &RoleName| format!("nobody ever is `{role}`: no move asks for that person, and nobody answers in their place");
    let mut found = Vec::new();
    for (at, role) in lifecycle.roles.iter().enumerate().filter(|(_, role)| is_unheld(role)) {
        let says = match &role.falls_back_to {
            None => says(&role.name),
            Some(other) => format!("nobody ever is `{}`, only `{other}` in their place: no move asks for that person", role.name),
        };
        found.push(finding(format!("roles[{at}]"), says));
    }
    let alone = |name: &&RoleName| lifecycle.role(name).is_some_and(|role| role.falls_back_to.is_none() && is_unheld(role));
    for (at, letter) in lifecycle.letters.iter().enumerate() {
        found.extend(letter.to.iter().filter(alone).map(|role| finding(format!("letters[{at}].to"), says(role))));
    }
    found
}
