//! What a guard comes to for a case, and why.

use crate::domain::case::Case;
use crate::domain::ids::FactName;
use crate::domain::rules::{Condition, Trace, Truth};
use crate::domain::workflow::{FactTest, FactValue};

/// What `condition` comes to for `case`. A fact without a value is *not shown*.
#[must_use]
pub fn truth(case: &Case, condition: &Condition<FactTest>) -> Truth {
    condition.truth(&|test: &FactTest| leaf(case, test))
}

/// What `condition` comes to for `case`, with every part of it in plain words.
#[must_use]
pub fn test(case: &Case, condition: &Condition<FactTest>) -> Trace<FactName> {
    crate::domain::rules::evaluate(condition, &|test: &FactTest| Trace {
        truth: leaf(case, test),
        says: says(test),
        evidence: test.fact.iter().cloned().collect(),
        parts: Vec::new(),
    })
}

/// A timer or transition without a condition always holds; one with a condition only when it is met.
pub(super) fn holds(case: &Case, condition: Option<&Condition<FactTest>>) -> bool {
    condition.is_none_or(|condition| truth(case, condition) == Truth::Met)
}

/// All that a leaf asks must be so. What it asks of a value is *not shown* while there is none.
fn leaf(case: &Case, test: &FactTest) -> Truth {
    let mut truth = Truth::Met;
    if let Some(role) = &test.held {
        truth = truth.min(told(case.holders.contains_key(role)));
    }
    let Some(fact) = &test.fact else { return truth };
    let value = case.facts.get(fact);
    if let Some(known) = test.known {
        truth = truth.min(told(value.is_some() == known));
    }
    let of_value = |asked: &dyn Fn(&FactValue) -> bool| value.map_or(Truth::NotShown, |value| told(asked(value)));
    if let Some(wanted) = &test.is {
        truth = truth.min(of_value(&|value| value == wanted));
    }
    if !test.is_one_of.is_empty() {
        truth = truth.min(of_value(&|value| test.is_one_of.contains(value)));
    }
    if let Some(least) = test.at_least {
        truth = truth.min(of_value(&|value| matches!(value, FactValue::Count(count) if *count >= least)));
    }
    truth
}

fn told(yes: bool) -> Truth {
    if yes { Truth::Met } else { Truth::NotMet }
}

/// A leaf in plain words: `consent is given or partial`.
fn says(test: &FactTest) -> String {
    let mut parts = Vec::new();
    if let Some(role) = &test.held {
        parts.push(format!("somebody is {role}"));
    }
    let Some(fact) = &test.fact else { return parts.join(" and ") };
    let name = fact.as_str().replace('_', " ");
    match test.known {
        Some(true) => parts.push(format!("{name} is known")),
        Some(false) => parts.push(format!("{name} is not known")),
        None => {}
    }
    let wanted: Vec<String> = test.is.iter().chain(&test.is_one_of).map(FactValue::in_words).collect();
    if !wanted.is_empty() {
        parts.push(format!("{name} is {}", wanted.join(" or ")));
    }
    if let Some(least) = test.at_least {
        parts.push(format!("{name} is at least {least}"));
    }
    parts.join(" and ")
}
