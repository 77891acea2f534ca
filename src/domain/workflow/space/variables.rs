//! What of a case is told apart, and which values each of it can have at its beginning and after an answer.

use std::collections::BTreeMap;

use super::model::What;
use crate::domain::ids::FactName;
use crate::domain::rules::Condition;
use crate::domain::workflow::check::explore::{Value, values_of};
use crate::domain::workflow::lifecycle::{Ask, AskKind, FactTest, FactValue, Lifecycle, Move, RoleScope, TimerFrom};

/// Facts a nomination shows, and those of them a later mail can move.
const SHOWN: [&str; 6] = ["sender_proven", "danger_words", "nomination_kind", "area_known", "consent", "assessment"];
/// What a mail may say of consent and assessment; of the other choices everything.
const CONSENT_SHOWN: [&str; 4] = ["not_shown", "asserted", "given", "refused"];
pub(super) const SHOWN_LATER: [(&str, &[&str]); 2] =
    [("consent", &["asserted", "given"]), ("assessment", &["started", "complete"])];
/// Facts the case keeps of its family's record.
pub(super) const OF_FAMILY: [&str; 10] = [
    "needs_recorded",
    "needs_open",
    "needs_worse",
    "needs_without_action",
    "actions_incomplete",
    "next_action_on",
    "plan_version",
    "checks_asked",
    "checks_open",
    "checks_due_on",
];
/// Those of them that are days: known while something is due.
pub(super) const DAYS_OF_FAMILY: [&str; 2] = ["next_action_on", "checks_due_on"];

/// Every choice of answers to those questions of which some answer has a condition of its own; one empty choice where none has.
pub(super) fn gated_answers(definition: &Move) -> Vec<Vec<(&Ask, String)>> {
    let mut all: Vec<Vec<(&Ask, String)>> = vec![Vec::new()];
    for ask in definition.asks.iter().filter(|ask| !ask.gates.is_empty()) {
        let words: Vec<String> = match &ask.kind {
            AskKind::Choice(words) => words.clone(),
            AskKind::YesNo => vec!["yes".to_owned(), "no".to_owned()],
            _ => continue,
        };
        let mut further = Vec::with_capacity(all.len() * words.len());
        for answers in &all {
            further.extend(words.iter().map(|word| answers.iter().cloned().chain([(ask, word.clone())]).collect::<Vec<_>>()));
        }
        all = further;
    }
    all
}

/// Everything conditions and timers can tell apart, the stage first, then roles, then facts as the file lists them.
pub(super) fn variables(lifecycle: &Lifecycle) -> Vec<(What, Vec<Value>)> {
    let moves = lifecycle.moves.iter();
    let gates = lifecycle.moves.iter().flat_map(|mv| &mv.asks).flat_map(|ask| ask.gates.values()).map(|gate| &gate.guard);
    let conditions = moves
        .filter_map(|mv| mv.guard.as_ref())
        .chain(gates)
        .chain(lifecycle.begins.iter().filter_map(|step| step.when.as_ref()))
        .chain(lifecycle.automatic.iter().filter_map(|step| step.when.as_ref()))
        .chain(lifecycle.timers.iter().filter_map(|timer| timer.when.as_ref()));
    let mut tests: BTreeMap<&FactName, Vec<&FactTest>> = BTreeMap::new();
    for test in conditions.flat_map(Condition::terms) {
        if let Some(fact) = &test.fact {
            tests.entry(fact).or_default().push(test);
        }
    }
    for timer in &lifecycle.timers {
        if let TimerFrom::Fact(fact) = &timer.from {
            tests.entry(fact).or_default();
        }
    }
    let owners = lifecycle.facts.iter().find(|fact| fact.name.as_str() == "area_known");
    if let Some(area) = owners {
        tests.entry(&area.name).or_default();
    }
    // A stage has no value of its own kind: its number is its place in the file.
    let mut all = vec![(What::Stage, vec![Value::Nothing; lifecycle.stages.len()])];
    let of_case = lifecycle.roles.iter().filter(|role| role.scope == RoleScope::Case);
    all.extend(of_case.map(|role| (What::Held(role.name.clone()), vec![Value::Nothing, Value::Held])));
    for fact in &lifecycle.facts {
        if let Some(tests) = tests.get(&fact.name) {
            all.push((What::Fact(fact.name.clone()), values_of(lifecycle, &fact.name, tests)));
        }
    }
    all
}

/// Whether a case can begin so.
pub(super) fn begins_with(what: &What, value: &Value) -> bool {
    let fact = match what {
        What::Stage => return true,
        What::Held(role) => return role.as_str() == "referrer" || *value == Value::Nothing,
        What::Fact(fact) => fact.as_str(),
    };
    match fact {
        "match_possible" => *value != Value::Fact(FactValue::YesNo(false)),
        "match_asked_on" => true,
        "missing_items" => *value != Value::Nothing,
        "consent" => matches!(value, Value::Fact(FactValue::Word(word)) if CONSENT_SHOWN.contains(&word.as_str())),
        shown if SHOWN.contains(&shown) => *value != Value::Nothing,
        day if DAYS_OF_FAMILY.contains(&day) => *value == Value::Nothing,
        of_family if OF_FAMILY.contains(&of_family) => {
            of_family == "needs_open" || matches!(value, Value::Nothing | Value::Fact(FactValue::Count(0)))
        }
        _ => *value == Value::Nothing,
    }
}

/// The counts that are told apart, rising.
pub(super) fn counts_of(values: &[Value]) -> Vec<i64> {
    let counts =
        values.iter().filter_map(|value| if let Value::Fact(FactValue::Count(count)) = value { Some(*count) } else { None });
    let mut counts: Vec<i64> = counts.collect();
    counts.sort_unstable();
    counts
}

/// Whether `value`, which may stand for several, is what becomes of a fact that is set to `wanted`.
pub(super) fn stands_for(value: &Value, wanted: &FactValue) -> bool {
    match (value, wanted) {
        (Value::Fact(known), wanted) if known == wanted => true,
        (Value::SomeDate, FactValue::Date(_)) => true,
        // A count no test names stands under the next lower one that is told apart: all of them are possible.
        (Value::Fact(FactValue::Count(known)), FactValue::Count(wanted)) => known < wanted,
        (Value::Nothing | Value::Fact(_) | Value::SomeDate | Value::Held, _) => false,
    }
}

pub(super) fn can_be_answer(ask: &Ask, fixed: Option<&String>, value: &Value) -> bool {
    match (&ask.kind, value) {
        (_, Value::Nothing | Value::Held) => false,
        (AskKind::Choice(words), Value::Fact(FactValue::Word(word))) => {
            words.contains(word) && fixed.is_none_or(|fixed| fixed == word)
        }
        (AskKind::YesNo, Value::Fact(FactValue::YesNo(yes))) => {
            fixed.is_none_or(|fixed| fixed == if *yes { "yes" } else { "no" })
        }
        (AskKind::Count, Value::Fact(FactValue::Count(_))) => true,
        (AskKind::Date, Value::SomeDate | Value::Fact(FactValue::Date(_))) => true,
        (AskKind::Time, Value::SomeDate | Value::Fact(FactValue::Word(_))) => true,
        _ => false,
    }
}
