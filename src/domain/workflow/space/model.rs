//! A life-cycle as sets: what a case can be, what people, mails and time can make of it.
//!
//! A variable is the stage, a fact that some condition of the file tests, or whether a role of the case is held. What no condition
//! tests changes nothing about where a case can go, and is left out. Where the program's own record says what a fact is (needs,
//! actions, likenesses of families), any value it could have is taken for possible.

use super::diagram::{ALL, Diagrams, NONE, Set};
use super::variables::{
    DAYS_OF_FAMILY, OF_FAMILY, SHOWN_LATER, begins_with, can_be_answer, counts_of, gated_answers, stands_for, variables,
};
use crate::domain::ids::{AskName, FactName, RoleName, StageName};
use crate::domain::rules::{Condition, Truth};
use crate::domain::workflow::check::explore::{Value, truth_of};
use crate::domain::workflow::lifecycle::{
    Ask, AskKind, FactKind, FactTest, FactValue, Lifecycle, Move, RoleScope, SetTo, StageKind, TimerDef, TimerFrom,
};
use crate::domain::workflow::outcomes::Records;

/// What a variable tells.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum What {
    /// Where the case is.
    Stage,
    /// A fact.
    Fact(FactName),
    /// Whether somebody of the case holds the role.
    Held(RoleName),
}

/// Something that can happen, and what it does to each case it can happen to.
#[derive(Debug)]
pub(super) struct Step {
    /// The move's name, or words for what comes from outside.
    pub name: String,
    /// Where it stands in the file; none for what comes from outside.
    pub place: Option<String>,
    /// A named person does it.
    pub by_person: bool,
    /// The cases it can happen to.
    pub can: Set,
    effects: Vec<Effect>,
}

/// What a step does to some variables, whatever the others are.
#[derive(Debug, Clone)]
struct Effect {
    variables: Vec<usize>,
    /// From these combinations of the variables to one of those.
    ways: Vec<(Set, Set)>,
    /// It may also leave them as they are.
    or_stays: bool,
}

/// The whole of it.
pub(super) struct Model<'a> {
    pub lifecycle: &'a Lifecycle,
    pub variables: Vec<(What, Vec<Value>)>,
    pub sets: Diagrams,
    pub steps: Vec<Step>,
    /// Automatic transitions, each only where none before it applies.
    pub automatic: Vec<Step>,
    /// The cases an automatic transition takes on at once.
    pub passing: Set,
}

const STAGE: usize = 0;

impl<'a> Model<'a> {
    pub fn of(lifecycle: &'a Lifecycle) -> Self {
        let variables = variables(lifecycle);
        let sizes = variables.iter().map(|(_, values)| values.len()).collect();
        let mut model =
            Self { lifecycle, variables, sets: Diagrams::new(sizes), steps: Vec::new(), automatic: Vec::new(), passing: NONE };
        for (at, step) in lifecycle.automatic.iter().enumerate() {
            let from = model.stages(&step.from);
            let met = model.met(step.when.as_ref());
            let applies = model.sets.and(from, met);
            let can = model.sets.without(applies, model.passing);
            model.passing = model.sets.or(model.passing, applies);
            let effects = vec![model.enters(&step.to)];
            let name = format!("by itself, for {}", step.because);
            model.automatic.push(Step { name, place: Some(format!("automatic[{at}]")), by_person: false, can, effects });
        }
        for (at, definition) in lifecycle.moves.iter().enumerate() {
            let step = model.step_of(at, definition);
            model.steps.extend(step);
        }
        let (mail, alike) = (model.mail(), model.likeness());
        model.steps.extend([mail, alike]);
        model
    }

    /// The cases in one of these stages.
    pub fn stages(&mut self, names: &[StageName]) -> Set {
        let stages = &self.lifecycle.stages;
        self.sets.where_is(STAGE, |value| names.contains(&stages[value].name))
    }

    /// The cases in a stage of this kind.
    pub fn of_kind(&mut self, kind: StageKind) -> Set {
        let stages = &self.lifecycle.stages;
        self.sets.where_is(STAGE, |value| stages[value].kind == kind)
    }

    fn enters(&mut self, to: &StageName) -> Effect {
        let to = self.stages(std::slice::from_ref(to));
        Effect { variables: vec![STAGE], ways: vec![(ALL, to)], or_stays: false }
    }

    fn variable(&self, what: &What) -> Option<usize> {
        self.variables.iter().position(|(known, _)| known == what)
    }

    fn fact(&self, name: &str) -> Option<usize> {
        self.variables.iter().position(|(known, _)| matches!(known, What::Fact(fact) if fact.as_str() == name))
    }

    /// The cases in which `variable` has such a value.
    fn having(&mut self, variable: usize, holds: impl Fn(&Value) -> bool) -> Set {
        let values = &self.variables[variable].1;
        self.sets.where_is(variable, |value| holds(&values[value]))
    }

    /// The cases that know `fact`.
    pub fn knowing(&mut self, fact: &FactName) -> Set {
        match self.variable(&What::Fact(fact.clone())) {
            Some(variable) => self.having(variable, |value| *value != Value::Nothing),
            None => NONE,
        }
    }

    /// The cases in which somebody holds `role`, or it is held outside the case.
    pub fn answered(&mut self, role: &RoleName) -> Set {
        match self.lifecycle.role(role).map(|role| role.scope) {
            None => NONE,
            Some(RoleScope::Programme) => ALL,
            Some(RoleScope::Area) => match self.fact("area_known") {
                Some(area) => self.having(area, |value| *value == Value::Fact(FactValue::YesNo(true))),
                None => ALL,
            },
            Some(RoleScope::Case) => match self.variable(&What::Held(role.clone())) {
                Some(held) => self.having(held, |value| *value == Value::Held),
                None => NONE,
            },
        }
    }

    /// The cases in which an absent condition, or this one, is met.
    pub fn met(&mut self, condition: Option<&Condition<FactTest>>) -> Set {
        condition.map_or(ALL, |condition| self.truths(condition).0)
    }

    /// Where `condition` is met, and where it is not met; elsewhere it is not shown.
    fn truths(&mut self, condition: &Condition<FactTest>) -> (Set, Set) {
        match condition {
            Condition::Term(test) => self.leaf(test),
            Condition::Not(inner) => {
                let (met, not_met) = self.truths(inner);
                (not_met, met)
            }
            Condition::All(parts) => {
                let (mut met, mut not_met) = (ALL, NONE);
                for part in parts {
                    let (part_met, part_not) = self.truths(part);
                    (met, not_met) = (self.sets.and(met, part_met), self.sets.or(not_met, part_not));
                }
                (met, not_met)
            }
            Condition::Any(parts) => {
                let (mut met, mut not_met) = (NONE, ALL);
                for part in parts {
                    let (part_met, part_not) = self.truths(part);
                    (met, not_met) = (self.sets.or(met, part_met), self.sets.and(not_met, part_not));
                }
                (met, not_met)
            }
            Condition::AtLeast { count, of } => {
                let parts: Vec<(Set, Set)> = of.iter().map(|part| self.truths(part)).collect();
                let met: Vec<Set> = parts.iter().map(|part| part.0).collect();
                let open: Vec<Set> = parts.iter().map(|part| self.sets.not(part.1)).collect();
                let (met, possible) = (self.so_many(*count, &met), self.so_many(*count, &open));
                (met, self.sets.not(possible))
            }
        }
    }

    /// Where at least `count` of `sets` hold.
    fn so_many(&mut self, count: usize, sets: &[Set]) -> Set {
        let Some((first, rest)) = sets.split_first() else { return if count == 0 { ALL } else { NONE } };
        if count == 0 {
            return ALL;
        }
        let (with, without) = (self.so_many(count - 1, rest), self.so_many(count, rest));
        let with = self.sets.and(*first, with);
        self.sets.or(with, without)
    }

    fn leaf(&mut self, test: &FactTest) -> (Set, Set) {
        if let Some(role) = &test.held {
            let met = self.answered(role);
            return (met, self.sets.not(met));
        }
        let variable = test.fact.as_ref().and_then(|fact| self.variable(&What::Fact(fact.clone())));
        let Some(variable) = variable else { return (NONE, NONE) };
        let mut comes_to = |truth| self.having(variable, |value| truth_of(value, test) == truth);
        (comes_to(Truth::Met), comes_to(Truth::NotMet))
    }

    /// The cases a new nomination can become, where each begins, before anything else happens. For each beginning the cases it takes.
    pub fn begun(&mut self) -> Vec<Set> {
        let mut start = ALL;
        for variable in 1..self.variables.len() {
            let what = self.variables[variable].0.clone();
            let possible = self.having(variable, |value| begins_with(&what, value));
            start = self.sets.and(start, possible);
        }
        let together = self.ties_together();
        let mut left = self.sets.and(start, together);
        let begins = &self.lifecycle.begins;
        begins
            .iter()
            .map(|begin| {
                let met = self.met(begin.when.as_ref());
                let taken = self.sets.and(left, met);
                left = self.sets.without(left, met);
                let anywhere = self.sets.forget(taken, &[STAGE]);
                let here = self.stages(std::slice::from_ref(&begin.to));
                self.sets.and(anywhere, here)
            })
            .collect()
    }

    /// A likeness is asked about exactly while there is a day since when.
    fn ties_together(&mut self) -> Set {
        let (Some(possible), Some(asked_on)) = (self.fact("match_possible"), self.fact("match_asked_on")) else { return ALL };
        let asked = self.having(possible, |value| *value == Value::Fact(FactValue::YesNo(true)));
        let since = self.having(asked_on, |value| *value != Value::Nothing);
        let (either, both) = (self.sets.or(asked, since), self.sets.and(asked, since));
        let differ = self.sets.without(either, both);
        self.sets.not(differ)
    }

    fn step_of(&mut self, at: usize, definition: &Move) -> Vec<Step> {
        let from = if definition.from.is_empty() { self.of_kind(StageKind::Open) } else { self.stages(&definition.from) };
        let by: Vec<Set> = definition.by.iter().map(|role| self.answered(role)).collect();
        let (met, by) = (self.met(definition.guard.as_ref()), self.sets.any(by));
        let entitled = self.sets.and(from, by);
        let can = self.sets.and(entitled, met);
        let mut steps = Vec::new();
        for answers in gated_answers(definition) {
            let mut can = can;
            for (ask, answer) in &answers {
                let gate = ask.gates.get(answer).map(|gate| self.met(Some(&gate.guard)));
                can = gate.map_or(can, |gate| self.sets.and(can, gate));
            }
            let said: Vec<String> = answers.iter().map(|(ask, answer)| format!("{} {answer}", ask.name)).collect();
            let name =
                if said.is_empty() { definition.name.to_string() } else { format!("{} ({})", definition.name, said.join(", ")) };
            let place = match answers.iter().find(|(ask, answer)| ask.gates.contains_key(answer.as_str())) {
                Some((ask, answer)) => {
                    let which = definition.asks.iter().position(|known| known.name == ask.name).unwrap_or_default();
                    format!("moves[{at}].asks[{which}].gates.{answer}")
                }
                None => format!("moves[{at}]"),
            };
            let effects = self.effects_of(definition, &answers);
            steps.push(Step { name, place: Some(place), by_person: true, can, effects });
        }
        steps
    }

    fn effects_of(&mut self, definition: &Move, answers: &[(&Ask, String)]) -> Vec<Effect> {
        let mut effects = Vec::new();
        for ask in &definition.asks {
            effects.extend(match &ask.kind {
                AskKind::Person(role) => self.becomes(&What::Held(role.clone()), !ask.required, |value| *value == Value::Held),
                AskKind::Area => self
                    .fact("area_known")
                    .map(|area| self.assigned(area, !ask.required, |value| *value == Value::Fact(FactValue::YesNo(true)))),
                AskKind::Missing => self.lessens("missing_items"),
                AskKind::Text
                | AskKind::YesNo
                | AskKind::Choice(_)
                | AskKind::Count
                | AskKind::Date
                | AskKind::Time
                | AskKind::Agency
                | AskKind::Member
                | AskKind::Theme
                | AskKind::Indicator
                | AskKind::Criteria
                | AskKind::Action
                | AskKind::Case => None,
            });
        }
        match definition.records {
            None => {}
            Some(Records::Tie) => effects.extend(self.tie_judged()),
            Some(_) => {
                for name in OF_FAMILY {
                    let dated = DAYS_OF_FAMILY.contains(&name);
                    effects.extend(
                        self.fact(name).map(|fact| self.assigned(fact, false, |value| dated || *value != Value::Nothing)),
                    );
                }
            }
        }
        for set in &definition.sets {
            effects.extend(self.set(definition, &set.fact, &set.to, answers));
            let supplies = self.lifecycle.facts.iter().any(|fact| fact.name == set.fact && fact.supplies.is_some());
            if supplies {
                effects.extend(self.lessens("missing_items"));
            }
        }
        for role in &definition.ends_roles {
            effects.extend(self.becomes(&What::Held(role.clone()), false, |value| *value == Value::Nothing));
        }
        effects.extend(definition.to.as_ref().map(|to| self.enters(to)));
        effects
    }

    fn set(&mut self, definition: &Move, fact: &FactName, to: &SetTo, answers: &[(&Ask, String)]) -> Option<Effect> {
        let variable = self.variable(&What::Fact(fact.clone()))?;
        let asked = |name: &AskName| definition.asks.iter().find(|ask| ask.name == *name);
        Some(match to {
            SetTo::Value(wanted) => self.assigned(variable, false, |value| stands_for(value, wanted)),
            SetTo::Nothing => self.assigned(variable, false, |value| *value == Value::Nothing),
            SetTo::Today => self.assigned(variable, false, |value| *value != Value::Nothing),
            SetTo::Answer(name) | SetTo::Later(name) => {
                let ask = asked(name)?;
                let fixed = answers.iter().find(|(known, _)| known.name == ask.name).map(|(_, answer)| answer);
                self.assigned(variable, !ask.required && fixed.is_none(), |value| can_be_answer(ask, fixed, value))
            }
            SetTo::Add(_) => self.grows(variable, false, false),
            SetTo::AddWorkingDays { .. } => self.grows(variable, false, true),
            SetTo::Streak { answer, .. } => {
                let optional = asked(answer).is_some_and(|ask| !ask.required);
                self.grows(variable, true, optional)
            }
        })
    }

    fn becomes(&mut self, what: &What, or_stays: bool, holds: impl Fn(&Value) -> bool) -> Option<Effect> {
        let variable = self.variable(what)?;
        Some(self.assigned(variable, or_stays, holds))
    }

    fn assigned(&mut self, variable: usize, or_stays: bool, holds: impl Fn(&Value) -> bool) -> Effect {
        let to = self.having(variable, holds);
        Effect { variables: vec![variable], ways: vec![(ALL, to)], or_stays }
    }

    /// One more; a value that stands for several counts may stand for the next as well.
    fn grows(&mut self, variable: usize, or_zero: bool, or_stays: bool) -> Effect {
        let counts = counts_of(&self.variables[variable].1);
        let zero = |value: &Value| or_zero && *value == Value::Fact(FactValue::Count(0));
        let mut ways = Vec::new();
        for value in self.variables[variable].1.clone() {
            let from = self.having(variable, |known| *known == value);
            // None at all counts as 0.
            let now = if let Value::Fact(FactValue::Count(count)) = value { count } else { 0 };
            let next = counts.iter().copied().find(|count| *count > now);
            let to = self.having(variable, |known| {
                let stays = next.is_none_or(|next| next > now + 1);
                zero(known)
                    || matches!(known, Value::Fact(FactValue::Count(count)) if Some(*count) == next || (stays && *count == now))
            });
            ways.push((from, to));
        }
        Effect { variables: vec![variable], ways, or_stays }
    }

    /// As many or fewer.
    fn lessens(&mut self, name: &str) -> Option<Effect> {
        let variable = self.fact(name)?;
        let mut ways = Vec::new();
        for value in self.variables[variable].1.clone() {
            let Value::Fact(FactValue::Count(most)) = value else { continue };
            let from = self.having(variable, |known| *known == value);
            let to = self.having(variable, |known| matches!(known, Value::Fact(FactValue::Count(count)) if *count <= most));
            ways.push((from, to));
        }
        Some(Effect { variables: vec![variable], ways, or_stays: true })
    }

    /// A person says of other cases what they are.
    fn tie_judged(&mut self) -> Vec<Effect> {
        let known = self.becomes(&What::Fact(FactName::new("known_family").expect("a fixed name is a name")), true, |value| {
            *value != Value::Nothing
        });
        known.into_iter().chain(self.asked(false)).collect()
    }

    /// Whether a likeness waits for an answer is one thing with since when.
    fn asked(&mut self, surely: bool) -> Option<Effect> {
        let possible = self.fact("match_possible")?;
        let told = self.having(possible, |value| match value {
            Value::Fact(FactValue::YesNo(asked)) => *asked || !surely,
            Value::Nothing | Value::Fact(_) | Value::SomeDate | Value::Held => false,
        });
        let together = self.ties_together();
        let to = self.sets.and(told, together);
        let variables = [Some(possible), self.fact("match_asked_on")].into_iter().flatten().collect();
        Some(Effect { variables, ways: vec![(ALL, to)], or_stays: false })
    }

    /// A mail joins the case: it moves a choice only down its list, and takes nothing back.
    fn mail(&mut self) -> Step {
        let mut effects = Vec::new();
        for (name, words) in SHOWN_LATER {
            let Some(variable) = self.fact(name) else { continue };
            let kinds = self.lifecycle.facts.iter().find(|fact| fact.name.as_str() == name).map(|fact| &fact.kind);
            let Some(FactKind::Choice(list)) = kinds else { continue };
            let place = |value: &Value| match value {
                Value::Fact(FactValue::Word(word)) => list.iter().position(|known| known == word),
                Value::Nothing | Value::Fact(_) | Value::SomeDate | Value::Held => None,
            };
            let mut ways = Vec::new();
            for value in self.variables[variable].1.clone() {
                let from = self.having(variable, |known| *known == value);
                let to = self.having(variable, |known| {
                    place(known) > place(&value)
                        && matches!(known, Value::Fact(FactValue::Word(word)) if words.contains(&word.as_str()))
                });
                ways.push((from, to));
            }
            effects.push(Effect { variables: vec![variable], ways, or_stays: true });
        }
        let danger = self.fact("danger_words");
        effects.extend(danger.map(|danger| self.assigned(danger, true, |value| *value == Value::Fact(FactValue::YesNo(true)))));
        let withdrawal = self.fact("withdrawal_said_on");
        effects.extend(withdrawal.map(|said| self.assigned(said, true, |value| *value == Value::SomeDate)));
        effects.extend(self.lessens("missing_items"));
        Step { name: "a mail joins the case".to_owned(), place: None, by_person: false, can: ALL, effects }
    }

    /// Another family like this one is nominated.
    fn likeness(&mut self) -> Step {
        let effects = self.asked(true).into_iter().collect();
        Step { name: "a family like it is found".to_owned(), place: None, by_person: false, can: ALL, effects }
    }

    /// The cases that run of a timer that is never silent: its stage apart, its condition met and its day known.
    pub fn runs(&mut self, timer: &TimerDef) -> Set {
        let met = self.met(timer.when.as_ref());
        match &timer.from {
            TimerFrom::Fact(fact) => {
                let known = self.knowing(fact);
                self.sets.and(met, known)
            }
            TimerFrom::StageEntered | TimerFrom::Opened | TimerFrom::LastActivity => met,
        }
    }

    /// What `step` can make of `cases`.
    pub fn after(&mut self, step: &Step, cases: Set) -> Set {
        let mut now = self.sets.and(cases, step.can);
        for effect in &step.effects {
            let mut next = if effect.or_stays { now } else { NONE };
            for (from, to) in &effect.ways {
                let taken = self.sets.and(now, *from);
                let open = self.sets.forget(taken, &effect.variables);
                let made = self.sets.and(open, *to);
                next = self.sets.or(next, made);
            }
            now = next;
        }
        now
    }

    /// The cases of which `step` can make one of `cases`.
    pub fn before(&mut self, step: &Step, cases: Set) -> Set {
        let mut then = cases;
        for effect in step.effects.iter().rev() {
            let mut earlier = if effect.or_stays { then } else { NONE };
            for (from, to) in &effect.ways {
                let made = self.sets.and(then, *to);
                let open = self.sets.forget(made, &effect.variables);
                let taken = self.sets.and(open, *from);
                earlier = self.sets.or(earlier, taken);
            }
            then = earlier;
        }
        self.sets.and(then, step.can)
    }
}
