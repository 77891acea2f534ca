//! Conditions and ladders in plain words, for pictures and listings.

use super::lifecycle::{FactTest, FactValue, Ladder, Lifecycle, Rung, TimerDef, TimerFrom};
use crate::domain::rules::Condition;

/// `consent of the family is given or partial, and the keyworker is named`. Nested conditions stand in brackets.
pub(super) fn condition_in_words(condition: &Condition<FactTest>, lifecycle: &Lifecycle) -> String {
    let inner = |part: &Condition<FactTest>| {
        let words = condition_in_words(part, lifecycle);
        let flat = match part {
            Condition::Term(_) | Condition::Not(_) => true,
            Condition::All(parts) | Condition::Any(parts) => parts.len() == 1,
            Condition::AtLeast { .. } => false,
        };
        if flat { words } else { format!("({words})") }
    };
    let joined = |parts: &[Condition<FactTest>], with: &str| parts.iter().map(inner).collect::<Vec<_>>().join(with);
    match condition {
        Condition::All(parts) => joined(parts, " and "),
        Condition::Any(parts) => joined(parts, " or "),
        Condition::Not(part) => format!("not so: {}", inner(part)),
        Condition::AtLeast { count, of } => format!("at least {count} of: {}", joined(of, ", ")),
        Condition::Term(test) => test_in_words(test, lifecycle),
    }
}

fn test_in_words(test: &FactTest, lifecycle: &Lifecycle) -> String {
    if let Some(role) = &test.held {
        let title = lifecycle.role(role).map_or(role.as_str(), |def| def.title.as_str());
        return format!("somebody is {title}");
    }
    let Some(name) = &test.fact else { return "nothing is tested".to_owned() };
    let title = lifecycle.facts.iter().find(|def| def.name == *name).map_or(name.as_str(), |def| def.title.as_str());
    let values: Vec<String> = test.is.iter().chain(&test.is_one_of).map(FactValue::in_words).collect();
    match (test.known, test.at_least) {
        (Some(true), _) => format!("\"{title}\" is recorded"),
        (Some(false), _) => format!("\"{title}\" is not recorded"),
        (None, Some(least)) => format!("\"{title}\" is at least {least}"),
        (None, None) => format!("\"{title}\" is {}", values.join(" or ")),
    }
}

impl FactValue {
    /// As people write it.
    #[must_use]
    pub fn in_words(&self) -> String {
        match self {
            Self::YesNo(true) => "yes".to_owned(),
            Self::YesNo(false) => "no".to_owned(),
            Self::Count(count) => count.to_string(),
            Self::Date(date) => date.to_string(),
            Self::Word(word) => word.replace('_', " "),
        }
    }
}

/// `due after 3 working days, breach after 5 working days, then every 2 working days`, and from when it counts.
pub(super) fn ladder_in_words(timer: &TimerDef, lifecycle: &Lifecycle) -> String {
    let from = match &timer.from {
        TimerFrom::StageEntered => "the day the stage was entered".to_owned(),
        TimerFrom::Opened => "the day the case was opened".to_owned(),
        TimerFrom::LastActivity => "the last time anybody recorded something".to_owned(),
        TimerFrom::Fact(name) => {
            let title = lifecycle.facts.iter().find(|def| def.name == *name).map_or(name.as_str(), |def| def.title.as_str());
            format!("\"{title}\"")
        }
    };
    let of_areas = timer.areas.iter().map(|(area, ladder)| format!("; in {area}: {}", rungs_in_words(ladder)));
    format!("{}{}; counted from {from}", rungs_in_words(&timer.ladder), of_areas.collect::<String>())
}

fn rungs_in_words(ladder: &Ladder) -> String {
    let rungs = ladder.rungs.iter().map(|rung| format!("{} {}", rung.name, offset_in_words(rung)));
    let again = ladder.again.iter().map(|rung| format!("then every {}", step_in_words(rung)));
    rungs.chain(again).collect::<Vec<_>>().join(", ")
}

fn offset_in_words(rung: &Rung) -> String {
    let offset = rung.working_days.or(rung.days).or(rung.months).unwrap_or_default();
    match offset {
        0 => "on the day".to_owned(),
        ..0 => format!("{} before", step_in_words(rung)),
        _ => format!("after {}", step_in_words(rung)),
    }
}

fn step_in_words(rung: &Rung) -> String {
    let (count, unit) = match (rung.working_days, rung.days, rung.months) {
        (Some(count), _, _) => (count, "working day"),
        (None, Some(count), _) => (count, "day"),
        (None, None, count) => (count.unwrap_or_default(), "month"),
    };
    let plural = if count.unsigned_abs() == 1 { "" } else { "s" };
    format!("{} {unit}{plural}", count.unsigned_abs())
}
