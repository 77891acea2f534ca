//! A named person records a move: everything wrong with it at once, or what it changes.

use std::collections::BTreeMap;

use jiff::civil::Weekday;

use crate::domain::case::answers::{self, nearest, option_name, parse};
use crate::domain::case::decide::Decision;
use crate::domain::case::{Actor, AnswerGiven, Case, Event, Refusal, World, family, guard};
use crate::domain::ids::{AskName, MoveName, RoleName};
use crate::domain::personal::Personal;
use crate::domain::workflow::{Ask, AskKind, FactValue, Lifecycle, Move, RoleScope, StageKind};

/// What somebody wants to record, as typed.
pub(super) struct Wish<'a> {
    pub name: &'a MoveName,
    pub by: &'a Actor,
    pub answers: &'a BTreeMap<AskName, String>,
    pub reason: Option<&'a str>,
}

/// Records the move, on top of what the decision has changed already.
pub(super) fn record(mut decision: Decision<'_>, wish: &Wish<'_>) -> Result<Vec<Event>, Refusal> {
    let lifecycle = decision.world.lifecycle;
    let Some(definition) = lifecycle.find_move(wish.name) else { return Err(unknown_move(wish.name, lifecycle)) };
    let mut defects = closed_because(&decision.case, definition, lifecycle);
    defects.extend(not_entitled(&decision.case, definition, wish.by, lifecycle));
    let (answers, wrong) = answered(definition, wish.answers, &decision.case, &decision.world);
    let understood = wrong.is_empty();
    defects.extend(wrong);
    let reason = match wish.reason.map(str::trim).filter(|reason| !reason.is_empty()) {
        Some(reason) => answers::words(reason, "reason").map_err(|defect| defects.push(defect)).ok(),
        None => None,
    };
    if definition.reason_required && wish.reason.is_none_or(|reason| reason.trim().is_empty()) {
        defects.push("say why with `because`".to_owned());
    }
    let given = family::Given { answers: &answers, reason: reason.as_ref(), by: wish.by };
    let changes = match definition.records.filter(|_| understood) {
        Some(records) => family::judge(records, &given, &decision.case, &decision.world).unwrap_or_else(|wrong| {
            defects.extend(wrong);
            Vec::new()
        }),
        None => Vec::new(),
    };
    if !defects.is_empty() {
        return Err(Refusal { defects });
    }
    let on = decision.world.today;
    let by = wish.by.clone();
    decision.push(Event::MoveRecorded { name: definition.name.clone(), by, answers: answers.clone(), reason, on })?;
    for change in changes {
        decision.push(Event::FamilyChanged { change, on })?;
    }
    carry_out(&mut decision, definition, &answers)?;
    decision.finished()
}

fn carry_out(decision: &mut Decision<'_>, definition: &Move, answers: &BTreeMap<AskName, AnswerGiven>) -> Result<(), Refusal> {
    let on = decision.world.today;
    for ask in &definition.asks {
        let Some(answer) = answers.get(&ask.name) else { continue };
        match (&ask.kind, answer) {
            (AskKind::Person(role), AnswerGiven::Person(contact)) => {
                if decision.case.holders.get(role).is_none_or(|holder| holder.contact != *contact) {
                    decision.push(Event::RoleGiven { role: role.clone(), to: contact.clone(), on })?;
                }
            }
            (AskKind::Area, answer) => {
                if let Some(area) = answers::area(answer).filter(|area| decision.case.area.as_ref() != Some(area)) {
                    decision.push(Event::AreaSet { area, decided_by: "person".to_owned() })?;
                }
            }
            (AskKind::Missing, AnswerGiven::Value(FactValue::Word(item))) => {
                decision.push(Event::MissingSupplied { items: vec![item.clone()] })?;
            }
            (AskKind::Text | AskKind::YesNo | AskKind::Choice(_) | AskKind::Count | AskKind::Date | AskKind::Time, _)
            | (
                AskKind::Member
                | AskKind::Theme
                | AskKind::Indicator
                | AskKind::Criteria
                | AskKind::Action
                | AskKind::Case
                | AskKind::Agency,
                _,
            )
            | (AskKind::Person(_) | AskKind::Missing, _) => {}
        }
    }
    let value = |ask: &AskName| match answers.get(ask) {
        Some(AnswerGiven::Value(value)) => Some(value.clone()),
        Some(AnswerGiven::Words(_) | AnswerGiven::Person(_)) | None => None,
    };
    decision.set_all(&definition.sets, value)?;
    for role in &definition.ends_roles {
        if decision.case.holders.contains_key(role) {
            decision.push(Event::RoleEnded { role: role.clone(), on })?;
        }
    }
    if let Some(to) = &definition.to {
        decision.enter(Some(decision.case.stage.clone()), to, &definition.title)?;
    }
    decision.call(&definition.letters);
    Ok(())
}

/// Why `definition` is closed for the case whoever asks, and what to do about each.
pub(super) fn closed_because(case: &Case, definition: &Move, lifecycle: &Lifecycle) -> Vec<String> {
    let mut why = Vec::new();
    let stage = lifecycle.stage(&case.stage);
    let title = stage.map_or(case.stage.as_str(), |stage| stage.title.as_str());
    if definition.from.is_empty() {
        if stage.is_none_or(|stage| stage.kind == StageKind::Final) {
            why.push(format!("`{}` needs an open case, and this one is `{title}`", definition.name));
        }
    } else if !definition.from.contains(&case.stage) {
        let titles = definition.from.iter().map(|name| lifecycle.stage(name).map_or(name.as_str(), |stage| stage.title.as_str()));
        let titles: Vec<String> = titles.map(|title| format!("`{title}`")).collect();
        why.push(format!("`{}` is possible in {}; the case is in `{title}`", definition.name, either(&titles)));
    }
    if !guard::holds(case, definition.guard.as_ref()) {
        let otherwise = definition.otherwise.as_deref().map(str::trim);
        why.push(otherwise.map_or_else(|| format!("the condition of `{}` is not met", definition.name), str::to_owned));
    }
    why
}

/// Why `by` may not make the move. Whether a person holds a role of the programme or of an area is the roster's to say.
fn not_entitled(case: &Case, definition: &Move, by: &Actor, lifecycle: &Lifecycle) -> Option<String> {
    let Actor::Person { address, role, .. } = by else {
        return Some(format!("`{}` is recorded by a named person, never by the program", definition.name));
    };
    if !definition.by.contains(role) {
        let roles: Vec<String> = definition.by.iter().map(|role| format!("`{role}`")).collect();
        return Some(format!("`{}` is not for `{role}`; ask {} to record it", definition.name, either(&roles)));
    }
    holds(case, role, address, lifecycle).err()
}

fn holds(case: &Case, role: &RoleName, address: &Personal<String>, lifecycle: &Lifecycle) -> Result<(), String> {
    let of_case = lifecycle.role(role).is_some_and(|role| role.scope == RoleScope::Case);
    if !of_case {
        return Ok(());
    }
    let same = |holder: &crate::domain::case::Holder| holder.contact.address.as_text().eq_ignore_ascii_case(address.as_text());
    match case.holders.get(role) {
        Some(holder) if same(holder) => Ok(()),
        Some(_) => Err(format!("somebody else is `{role}` of this case; ask them, or have another named")),
        None => Err(format!("nobody is `{role}` of this case; have somebody named first")),
    }
}

/// Every answer parsed, and every defect of the answers.
fn answered(
    definition: &Move,
    given: &BTreeMap<AskName, String>,
    case: &Case,
    world: &World<'_>,
) -> (BTreeMap<AskName, AnswerGiven>, Vec<String>) {
    let mut parsed = BTreeMap::new();
    let mut defects = Vec::new();
    let asked = || definition.asks.iter().map(|ask| ask.name.as_str());
    for name in given.keys().filter(|name| !asked().any(|asked| asked == name.as_str())) {
        let near = nearest(name.as_str(), asked()).map(|near| format!("; did you mean `{}`?", near.replace('_', "-")));
        let name = name.as_str().replace('_', "-");
        defects.push(format!("`{}` asks nothing called `{name}`{}", definition.name, near.unwrap_or_default()));
    }
    let today = world.today.to_string();
    for ask in &definition.asks {
        let text = given.get(&ask.name).map(String::as_str).filter(|text| !text.trim().is_empty());
        match text.or_else(|| ask.today.then_some(today.as_str())) {
            Some(text) => match parse(ask, text, case, world) {
                Ok(answer) => {
                    defects.extend(gate_closed(ask, &answer, case, world));
                    defects.extend(day_off_unmeant(ask, &answer, given, world));
                    parsed.insert(ask.name.clone(), answer);
                }
                Err(defect) => defects.push(defect),
            },
            None if ask.required => {
                let choices = choices_of(ask).map(|words| format!(" ({})", either(&words))).unwrap_or_default();
                let (name, title) = (option_name(ask), ask.title.to_lowercase());
                // A title that only repeats the name would be no sentence.
                let says = if title == name.replace(['-', '_'], " ") { String::new() } else { format!(": {title}") };
                defects.push(format!("answer `{name}`{says}{choices}"));
            }
            None => {}
        }
    }
    (parsed, defects)
}

/// What a question can be answered with, where that is a closed list.
fn choices_of(ask: &Ask) -> Option<Vec<String>> {
    match &ask.kind {
        AskKind::Choice(words) => Some(words.clone()),
        AskKind::YesNo => Some(vec!["yes".to_owned(), "no".to_owned()]),
        _ => None,
    }
}

/// A day on which nobody works is asked about once more before it is taken.
fn day_off_unmeant(ask: &Ask, answer: &AnswerGiven, given: &BTreeMap<AskName, String>, world: &World<'_>) -> Option<String> {
    let (Some(question), AnswerGiven::Value(FactValue::Date(date))) = (&ask.day_off, answer) else { return None };
    let meant = given.get(question).is_some_and(|text| matches!(text.trim().to_lowercase().as_str(), "yes" | "y" | "true"));
    (!world.calendar.is_working_day(*date) && !meant).then(|| {
        let next = world.calendar.working_day_on_or_after(*date);
        let why =
            if matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday) { "" } else { ", on which the offices are closed" };
        format!(
            "`{}` is a {}{why}: write {next} or another day, or say that it is meant with `{}` yes",
            option_name(ask),
            date.strftime("%A"),
            question.as_str().replace('_', "-")
        )
    })
}

/// Why the case does not allow this answer, whoever gives it.
fn gate_closed(ask: &Ask, answer: &AnswerGiven, case: &Case, world: &World<'_>) -> Option<String> {
    let AnswerGiven::Value(value) = answer else { return None };
    let word = value.in_words().replace(' ', "_");
    let gate = ask.gates.get(&word)?;
    if !guard::holds(case, Some(&gate.guard)) {
        return Some(gate.otherwise.trim().to_owned());
    }
    let after = gate.not_before.as_ref()?;
    let Some(FactValue::Date(since)) = case.facts.get(&after.fact) else { return None };
    let day = world.calendar.add_months_clamped(*since, after.months);
    (world.today < day).then(|| {
        format!("`{}` can be {word} from {day} on, {} months after {since}, and not before", option_name(ask), after.months)
    })
}

/// Whether `lifecycle` has a move called `name`, in whatever stage.
///
/// # Errors
/// [`Refusal`] with the move that is most like it.
pub fn known_move(name: &MoveName, lifecycle: &Lifecycle) -> Result<(), Refusal> {
    lifecycle.find_move(name).map(drop).ok_or_else(|| unknown_move(name, lifecycle))
}

fn unknown_move(name: &MoveName, lifecycle: &Lifecycle) -> Refusal {
    let near = nearest(name.as_str(), lifecycle.moves.iter().map(|definition| definition.name.as_str()));
    let hint = near.map_or_else(
        || "without a move the command shows those that are open".to_owned(),
        |near| format!("did you mean `{near}`?"),
    );
    Refusal::because(format!("there is no move `{name}`; {hint}"))
}

/// `a, b or c`.
pub(super) fn either(words: &[String]) -> String {
    match words {
        [] => "nobody".to_owned(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} or {last}", first.join(", ")),
    }
}
