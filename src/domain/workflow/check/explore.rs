//! Every combination of values the facts of some conditions can have, tried one after the other.
//!
//! A fact without a value is a value too. Of counts and dates only those are tried that a test can tell apart.

use std::collections::BTreeMap;

use crate::domain::ids::{FactName, RoleName};
use crate::domain::rules::{Condition, Truth};
use crate::domain::workflow::lifecycle::{FactKind, FactTest, FactValue, Lifecycle};

/// Beyond this many combinations nothing is tried: the file should be simpler.
pub(super) const COMBINATIONS_MAX: usize = 100_000;

/// What a condition can depend on.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Variable {
    Fact(FactName),
    Held(RoleName),
}

/// One value of a variable.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::domain::workflow) enum Value {
    Nothing,
    Fact(FactValue),
    /// A date no test names.
    SomeDate,
    Held,
}

/// Variables and the values each can have.
#[derive(Debug)]
pub(super) struct Space {
    variables: Vec<(Variable, Vec<Value>)>,
}

/// One combination.
#[derive(Debug, Clone)]
pub(super) struct Combination<'a> {
    space: &'a Space,
    /// For each variable, which of its values.
    chosen: Vec<usize>,
}

impl Space {
    /// The space of what `conditions` and `facts` depend on.
    pub(super) fn of<'a>(
        lifecycle: &Lifecycle,
        conditions: impl IntoIterator<Item = &'a Condition<FactTest>>,
        facts: impl IntoIterator<Item = &'a FactName>,
    ) -> Self {
        let mut tests: BTreeMap<Variable, Vec<&FactTest>> = BTreeMap::new();
        for fact in facts {
            tests.entry(Variable::Fact(fact.clone())).or_default();
        }
        for term in conditions.into_iter().flat_map(Condition::terms) {
            if let Some(fact) = &term.fact {
                tests.entry(Variable::Fact(fact.clone())).or_default().push(term);
            }
            if let Some(role) = &term.held {
                tests.entry(Variable::Held(role.clone())).or_default();
            }
        }
        let values = |variable: &Variable, tests: &[&FactTest]| match variable {
            Variable::Held(_) => vec![Value::Nothing, Value::Held],
            Variable::Fact(fact) => values_of(lifecycle, fact, tests),
        };
        Self {
            variables: tests
                .into_iter()
                .map(|(variable, tests)| {
                    let values = values(&variable, &tests);
                    (variable, values)
                })
                .collect(),
        }
    }

    /// How many combinations there are.
    pub(super) fn size(&self) -> usize {
        self.variables.iter().fold(1, |size, (_, values)| size.saturating_mul(values.len()))
    }

    /// All combinations; `None` when they are too many to try.
    pub(super) fn combinations(&self) -> Option<impl Iterator<Item = Combination<'_>>> {
        let size = self.size();
        (size <= COMBINATIONS_MAX).then(|| (0..size).map(|number| self.combination(number)))
    }

    /// The combination with this number: its digits, each in the base of its variable.
    fn combination(&self, mut number: usize) -> Combination<'_> {
        let digits = self.variables.iter().map(|(_, values)| {
            let digit = number % values.len();
            number /= values.len();
            digit
        });
        Combination { space: self, chosen: digits.collect() }
    }
}

/// The values of `fact` that these tests can tell apart, *nothing* first.
pub(in crate::domain::workflow) fn values_of(lifecycle: &Lifecycle, fact: &FactName, tests: &[&FactTest]) -> Vec<Value> {
    let mut values = vec![Value::Nothing];
    let mut add = |value: Value| {
        if !values.contains(&value) {
            values.push(value);
        }
    };
    let named = tests.iter().flat_map(|test| test.is.iter().chain(&test.is_one_of));
    match lifecycle.facts.iter().find(|def| def.name == *fact).map(|def| &def.kind) {
        None => {}
        Some(FactKind::YesNo) => [true, false].into_iter().for_each(|value| add(Value::Fact(FactValue::YesNo(value)))),
        Some(FactKind::Choice(words)) => words.iter().for_each(|word| add(Value::Fact(FactValue::Word(word.clone())))),
        Some(FactKind::Date | FactKind::Time) => {
            named.for_each(|value| add(Value::Fact(value.clone())));
            add(Value::SomeDate);
        }
        Some(FactKind::Count) => {
            let mut counts = vec![0];
            for test in tests {
                counts.extend(test.at_least.iter().flat_map(|least| [least - 1, *least]));
            }
            counts.extend(
                named.flat_map(|value| if let FactValue::Count(count) = value { vec![*count, count + 1] } else { Vec::new() }),
            );
            counts.into_iter().for_each(|count| add(Value::Fact(FactValue::Count(count))));
        }
    }
    values
}

impl Combination<'_> {
    /// What `condition` comes to here; an absent one is met.
    pub(super) fn truth(&self, condition: Option<&Condition<FactTest>>) -> Truth {
        condition.map_or(Truth::Met, |condition| condition.truth(&|test| self.test(test)))
    }

    /// Whether `fact` has a value here.
    pub(super) fn knows(&self, fact: &FactName) -> bool {
        *self.fact(fact) != Value::Nothing
    }

    /// The combination in words: `consent is given, keyworker is held by nobody`.
    pub(super) fn in_words(&self) -> String {
        let words = self.space.variables.iter().zip(&self.chosen).map(|((variable, values), chosen)| {
            match (variable, &values[*chosen]) {
                (Variable::Held(role), Value::Nothing) => format!("nobody is `{role}`"),
                (Variable::Held(role), _) => format!("somebody is `{role}`"),
                (Variable::Fact(fact), Value::Nothing) => format!("`{fact}` has no value"),
                (Variable::Fact(fact), Value::Fact(value)) => format!("`{fact}` is {}", value_in_words(value)),
                (Variable::Fact(fact), Value::SomeDate | Value::Held) => format!("`{fact}` has a value"),
            }
        });
        let words: Vec<String> = words.collect();
        if words.is_empty() { "always".to_owned() } else { words.join(", ") }
    }

    fn value(&self, is_it: impl Fn(&Variable) -> bool) -> &Value {
        let at = self.space.variables.iter().position(|(variable, _)| is_it(variable));
        at.map_or(&Value::Nothing, |at| &self.space.variables[at].1[self.chosen[at]])
    }

    fn fact(&self, name: &FactName) -> &Value {
        self.value(|variable| matches!(variable, Variable::Fact(fact) if fact == name))
    }

    /// A fact without a value leaves every test open but that for being known.
    fn test(&self, test: &FactTest) -> Truth {
        if let Some(role) = &test.held {
            let held = self.value(|variable| matches!(variable, Variable::Held(held) if held == role));
            return met_if(*held == Value::Held);
        }
        let Some(fact) = &test.fact else { return Truth::NotShown };
        truth_of(self.fact(fact), test)
    }
}

/// What a test of a fact comes to when the fact has this value.
pub(in crate::domain::workflow) fn truth_of(value: &Value, test: &FactTest) -> Truth {
    if let Some(known) = test.known {
        return met_if(known == (*value != Value::Nothing));
    }
    let is = |wanted: &FactValue| matches!(value, Value::Fact(held) if held == wanted);
    match (value, test.at_least) {
        (Value::Nothing, _) => Truth::NotShown,
        (Value::Fact(FactValue::Count(count)), Some(least)) => met_if(*count >= least),
        _ => met_if(test.is.as_ref().is_some_and(is) || test.is_one_of.iter().any(is)),
    }
}

fn met_if(shown: bool) -> Truth {
    if shown { Truth::Met } else { Truth::NotMet }
}

/// A value as one writes it in the file.
pub(in crate::domain::workflow) fn value_in_words(value: &FactValue) -> String {
    match value {
        FactValue::YesNo(value) => value.to_string(),
        FactValue::Count(count) => count.to_string(),
        FactValue::Date(date) => date.to_string(),
        FactValue::Word(word) => word.clone(),
    }
}
