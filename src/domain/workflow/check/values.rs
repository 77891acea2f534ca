//! Facts hold only what their kind allows, wherever they are tested, set or read.

use super::explore::value_in_words;
use super::{Finding, finding, list, nearest};
use crate::domain::ids::{AskName, FactName};
use crate::domain::rules::Condition;
use crate::domain::workflow::MeetingOfCase;
use crate::domain::workflow::lifecycle::{Ask, AskKind, FactKind, FactTest, FactValue, Lifecycle, Move, Set, SetTo, TimerFrom};

pub(super) fn findings(lifecycle: &Lifecycle) -> Vec<Finding> {
    let mut found = Vec::new();
    for (place, condition) in conditions(lifecycle) {
        for term in condition.terms() {
            found.extend(test_findings(lifecycle, &place, term));
        }
    }
    for (at, fact) in lifecycle.facts.iter().enumerate() {
        let values = fact.supplies.iter().flat_map(|supplies| &supplies.when);
        found.extend(
            values
                .filter_map(|value| misfit(&fact.name, &fact.kind, value))
                .map(|says| finding(format!("facts[{at}].supplies"), says)),
        );
    }
    for (at, mv) in lifecycle.moves.iter().enumerate() {
        found.extend(ask_findings(&format!("moves[{at}]"), mv));
        for (which, ask) in mv.asks.iter().enumerate() {
            let place = format!("moves[{at}].asks[{which}]");
            let before = ask.not_before.iter().filter_map(|fact| date_finding(lifecycle, fact));
            found.extend(before.map(|says| finding(format!("{place}.not_before"), says)));
            let asked = |name: &AskName| mv.asks.iter().any(|other| other.name == *name && other.kind == AskKind::YesNo);
            let unasked = ask.day_off.iter().filter(|name| !asked(name));
            found.extend(unasked.map(|name| {
                let says = format!("`{}` asks nothing of kind `yes_no` called `{name}`; add it to the questions", mv.name);
                finding(format!("{place}.day_off"), says)
            }));
        }
        for (which, set) in mv.sets.iter().enumerate() {
            let place = format!("moves[{at}].sets[{which}].to");
            found.extend(set_finding(lifecycle, mv, set).map(|says| finding(place, says)));
        }
    }
    for (at, timer) in lifecycle.timers.iter().enumerate() {
        if let TimerFrom::Fact(fact) = &timer.from {
            found.extend(date_finding(lifecycle, fact).map(|says| finding(format!("timers[{at}].from"), says)));
        }
        if let Some(fact) = timer.later_by.as_ref().filter(|fact| kind(lifecycle, fact) != Some(&FactKind::Count)) {
            let says = format!("`{fact}` is no fact of kind `count`; a timer is later by a number of working days");
            found.push(finding(format!("timers[{at}].later_by"), says));
        }
    }
    for (at, letter) in lifecycle.letters.iter().enumerate() {
        if let Some(fact) = &letter.date_from {
            found.extend(date_finding(lifecycle, fact).map(|says| finding(format!("letters[{at}].date_from"), says)));
        }
        if let Some(meeting) = &letter.calendar {
            found.extend(meeting_findings(lifecycle, &format!("letters[{at}].calendar"), meeting));
        }
        if let Some(fact) = &letter.outcome_from
            && !matches!(kind(lifecycle, fact), Some(FactKind::Choice(_)))
        {
            let says = format!("`{fact}` is no fact of kind `choice`; an outcome is a word of a closed list");
            found.push(finding(format!("letters[{at}].outcome_from"), says));
        }
    }
    found
}

/// Every condition of a life-cycle, with its place.
pub(super) fn conditions(lifecycle: &Lifecycle) -> Vec<(String, &Condition<FactTest>)> {
    let moves = lifecycle.moves.iter().enumerate().map(|(at, mv)| (format!("moves[{at}].guard"), mv.guard.as_ref()));
    let begins = lifecycle.begins.iter().enumerate().map(|(at, step)| (format!("begins[{at}].when"), step.when.as_ref()));
    let automatic =
        lifecycle.automatic.iter().enumerate().map(|(at, step)| (format!("automatic[{at}].when"), step.when.as_ref()));
    let timers = lifecycle.timers.iter().enumerate().map(|(at, timer)| (format!("timers[{at}].when"), timer.when.as_ref()));
    let letters =
        lifecycle.letters.iter().enumerate().map(|(at, letter)| (format!("letters[{at}].only_if"), letter.only_if.as_ref()));
    let instead = lifecycle
        .letters
        .iter()
        .enumerate()
        .map(|(at, letter)| (format!("letters[{at}].instead.when"), letter.instead.as_ref().map(|instead| &instead.when)));
    let agencies = lifecycle
        .letters
        .iter()
        .enumerate()
        .map(|(at, letter)| (format!("letters[{at}].agencies_if"), letter.agencies_if.as_ref()));
    let meetings = lifecycle
        .meetings
        .iter()
        .enumerate()
        .map(|(at, meeting)| (format!("meetings[{at}].shown_if"), meeting.shown_if.as_ref()));
    let gates = lifecycle.moves.iter().enumerate().flat_map(|(at, mv)| {
        let gates = mv.asks.iter().enumerate().flat_map(|(which, ask)| ask.gates.values().map(move |gate| (which, gate)));
        gates.map(move |(which, gate)| (format!("moves[{at}].asks[{which}].gates"), Some(&gate.guard)))
    });
    let also = lifecycle.letters.iter().enumerate().flat_map(|(at, letter)| {
        letter.also.iter().enumerate().map(move |(which, also)| (format!("letters[{at}].also[{which}].when"), Some(&also.when)))
    });
    let signs = lifecycle.drift.iter().enumerate().map(|(at, sign)| (format!("drift[{at}].when"), Some(&sign.when)));
    let all = moves
        .chain(gates)
        .chain(signs)
        .chain(begins)
        .chain(automatic)
        .chain(timers)
        .chain(letters)
        .chain(instead)
        .chain(agencies)
        .chain(meetings)
        .chain(also);
    all.filter_map(|(place, condition)| Some((place, condition?))).collect()
}

fn kind<'a>(lifecycle: &'a Lifecycle, fact: &FactName) -> Option<&'a FactKind> {
    lifecycle.facts.iter().find(|def| def.name == *fact).map(|def| &def.kind)
}

fn date_finding(lifecycle: &Lifecycle, fact: &FactName) -> Option<String> {
    match kind(lifecycle, fact) {
        Some(FactKind::Date) => None,
        Some(_) => Some(format!("`{fact}` holds no date; only a fact of kind `date` can be counted from")),
        None => Some(super::unknown("fact", fact.as_str(), lifecycle.facts.iter().map(|def| def.name.as_str()))),
    }
}

fn meeting_findings(lifecycle: &Lifecycle, place: &str, meeting: &MeetingOfCase) -> Vec<Finding> {
    let mut found: Vec<Finding> =
        date_finding(lifecycle, &meeting.day).map(|says| finding(format!("{place}.day"), says)).into_iter().collect();
    let wants = [("at", &meeting.at, FactKind::Time, "time"), ("number", &meeting.number, FactKind::Count, "count")];
    for (field, fact, wanted, word) in wants {
        let Some(fact) = fact else { continue };
        if kind(lifecycle, fact) != Some(&wanted) {
            found.push(finding(format!("{place}.{field}"), format!("`{fact}` is no fact of kind `{word}`")));
        }
    }
    for stage in meeting.stages.iter().filter(|stage| lifecycle.stage(stage).is_none()) {
        found.push(finding(format!("{place}.stages"), format!("there is no stage `{stage}`")));
    }
    if let Some(letter) = &meeting.taken_back_by {
        let takes_back = lifecycle.letter(letter).and_then(|letter| letter.calendar.as_ref());
        if !takes_back.is_some_and(|back| back.called_off && back.meeting == meeting.meeting && back.number == meeting.number) {
            let says = format!("`{letter}` is no letter that calls off the meeting `{}` with the same `number`", meeting.meeting);
            found.push(finding(format!("{place}.taken_back_by"), says));
        }
    }
    if meeting.minutes == 0 || meeting.minutes > 1_440 {
        found.push(finding(format!("{place}.minutes"), "a meeting lasts between one minute and a day"));
    }
    found
}

fn test_findings(lifecycle: &Lifecycle, place: &str, test: &FactTest) -> Vec<Finding> {
    let ways = [test.is.is_some(), !test.is_one_of.is_empty(), test.at_least.is_some(), test.known.is_some()];
    let ways = ways.iter().filter(|given| **given).count();
    let Some(fact) = &test.fact else {
        let good = test.held.is_some() && ways == 0;
        let says = "a test is either `held: role`, or `fact: name` with one of `is`, `is_one_of`, `at_least` and `known`";
        return if good { Vec::new() } else { vec![finding(place, says)] };
    };
    if ways != 1 || test.held.is_some() {
        let says = format!("test `{fact}` with exactly one of `is`, `is_one_of`, `at_least` and `known`");
        return vec![finding(place, says)];
    }
    let Some(kind) = kind(lifecycle, fact) else { return Vec::new() };
    let mut found: Vec<Finding> = test
        .is
        .iter()
        .chain(&test.is_one_of)
        .filter_map(|value| misfit(fact, kind, value))
        .map(|says| finding(place, says))
        .collect();
    if test.at_least.is_some() && *kind != FactKind::Count {
        found.push(finding(place, format!("`{fact}` is no count, so `at_least` says nothing of it")));
    }
    found
}

/// Why `value` cannot stand in a fact of this kind.
fn misfit(fact: &FactName, kind: &FactKind, value: &FactValue) -> Option<String> {
    let written = value_in_words(value);
    match (kind, value) {
        (FactKind::YesNo, FactValue::YesNo(_))
        | (FactKind::Count, FactValue::Count(_))
        | (FactKind::Date, FactValue::Date(_)) => None,
        (FactKind::Choice(words), FactValue::Word(word)) if words.contains(word) => None,
        (FactKind::Time, FactValue::Word(word)) if crate::domain::time::time_of_day(word).is_some() => None,
        (FactKind::Choice(words), _) => Some(match nearest(&written, words.iter().map(String::as_str)) {
            Some(near) => format!("`{fact}` is never `{written}`; did you mean `{near}`?"),
            None => format!("`{fact}` is never `{written}`; it is one of {}", list(words)),
        }),
        (FactKind::YesNo, _) => Some(format!("`{fact}` is `true` or `false`, never `{written}`")),
        (FactKind::Count, _) => Some(format!("`{fact}` is a whole number, never `{written}`")),
        (FactKind::Date, _) => Some(format!("`{fact}` is a date like 2026-11-26, never `{written}`")),
        (FactKind::Time, _) => Some(format!("`{fact}` is a time of day like 14:30, never `{written}`")),
    }
}

fn ask_findings(place: &str, mv: &Move) -> Vec<Finding> {
    let misplaced = |ask: &Ask| {
        ask.kind != AskKind::Date
            && (ask.not_past
                || ask.not_future
                || ask.working_day
                || ask.today
                || ask.not_before.is_some()
                || ask.day_off.is_some()
                || ask.within_days.is_some()
                || ask.within_working_days.is_some())
    };
    let asks = mv.asks.iter().enumerate().filter(|(_, ask)| misplaced(ask));
    asks.map(|(which, ask)| {
        let says = format!("`{}` is no date; only a date can be bound to the day of the move", ask.name);
        finding(format!("{place}.asks[{which}]"), says)
    })
    .collect()
}

fn set_finding(lifecycle: &Lifecycle, mv: &Move, set: &Set) -> Option<String> {
    let (fact, kind) = (&set.fact, kind(lifecycle, &set.fact)?);
    match &set.to {
        SetTo::Nothing => None,
        SetTo::Value(value) => misfit(fact, kind, value),
        SetTo::AddWorkingDays { since, until } if *kind == FactKind::Count => {
            std::iter::once(since).chain(until).find_map(|fact| date_finding(lifecycle, fact))
        }
        SetTo::Add(_) | SetTo::Streak { .. } | SetTo::AddWorkingDays { .. } => {
            (*kind != FactKind::Count).then(|| format!("`{fact}` is no count; nothing can be added to it"))
        }
        SetTo::Today => {
            (*kind != FactKind::Date).then(|| format!("`{fact}` is no date; it cannot be set to the day of the move"))
        }
        SetTo::Later(name) => {
            let of_dates = *kind == FactKind::Date && mv.asks.iter().all(|ask| ask.name != *name || ask.kind == AskKind::Date);
            (!of_dates).then(|| format!("`{fact}` or the answer to `{name}` is no date; neither is later than the other"))
        }
        SetTo::Answer(name) => {
            let ask = mv.asks.iter().find(|ask| ask.name == *name)?;
            answer_misfit(fact, kind, ask)
        }
    }
}

fn answer_misfit(fact: &FactName, kind: &FactKind, ask: &Ask) -> Option<String> {
    match (kind, &ask.kind) {
        (FactKind::YesNo, AskKind::YesNo) | (FactKind::Count, AskKind::Count) | (FactKind::Date, AskKind::Date) => None,
        (FactKind::Time, AskKind::Time) => None,
        (FactKind::Choice(allowed), AskKind::Choice(offered)) => {
            let strange: Vec<&String> = offered.iter().filter(|word| !allowed.contains(word)).collect();
            (!strange.is_empty())
                .then(|| format!("the question `{}` offers {}, which `{fact}` never is", ask.name, list(strange)))
        }
        (_, AskKind::Text) => Some(format!("`{}` is free text, and facts never hold free text", ask.name)),
        _ => Some(format!("an answer to `{}` is not of the kind that `{fact}` holds", ask.name)),
    }
}
