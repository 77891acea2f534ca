//! Answers as people type them → values. Every sentence says what to write instead.

use crate::domain::case::{AnswerGiven, Case, Contact, World};
use crate::domain::ids::{AreaName, CaseReference};
use crate::domain::personal::Personal;
use crate::domain::time::Date;
use crate::domain::workflow::{Ask, AskKind, FactValue};

/// Longest answer in words, in bytes: a page and a half.
const WORDS_BYTES_MAX: usize = 8_000;
/// Longest mail address (RFC 5321, 4.5.3.1).
const ADDRESS_BYTES_MAX: usize = 254;

/// What `text` answers to `ask`.
///
/// # Errors
/// A sentence for the person who typed it, lower case, without the answer where it may be personal.
pub(super) fn parse(ask: &Ask, text: &str, case: &Case, world: &World<'_>) -> Result<AnswerGiven, String> {
    let text = text.trim();
    let option = option_name(ask);
    let value = |value: FactValue| Ok(AnswerGiven::Value(value));
    match &ask.kind {
        AskKind::Text => words(text, &option).map(AnswerGiven::Words),
        AskKind::YesNo => match text.to_lowercase().as_str() {
            "yes" | "y" | "true" => value(FactValue::YesNo(true)),
            "no" | "n" | "false" => value(FactValue::YesNo(false)),
            _ => Err(format!("`{option}` is answered with yes or no")),
        },
        AskKind::Choice(choices) => choice(text, choices, &option).map(|word| AnswerGiven::Value(FactValue::Word(word))),
        AskKind::Count => match text.parse::<u32>() {
            Ok(count) => value(FactValue::Count(i64::from(count))),
            Err(_) => Err(format!("`{option}` is a whole number, for example 3")),
        },
        AskKind::Date => {
            let date = date(text).ok_or_else(|| format!("`{option}` is a day, written 2026-11-26 or 26/11/2026"))?;
            in_bounds(ask, date, &option, world)?;
            not_before(ask, date, &option, case, world)?;
            value(FactValue::Date(date))
        }
        AskKind::Time => match crate::domain::time::time_of_day(text) {
            Some((hour, minute)) => value(FactValue::Word(format!("{hour:02}:{minute:02}"))),
            None => Err(format!("`{option}` is a time of day, written 14:30 or 2.30pm")),
        },
        AskKind::Person(_) => {
            let wrong =
                || format!("`{option}` is a person, written \"Name <name@example.org>\", with the agency behind it if you like");
            person(text).map(AnswerGiven::Person).ok_or_else(wrong)
        }
        AskKind::Area => {
            let names: Vec<String> = world.geography.areas.iter().map(|area| area.name.to_string()).collect();
            let titled = world.geography.areas.iter().find(|area| area.title.eq_ignore_ascii_case(text));
            let name = titled.map_or_else(|| choice(text, &names, &option), |area| Ok(area.name.to_string()))?;
            value(FactValue::Word(name))
        }
        AskKind::Member => member(text, case, &option).map(|key| AnswerGiven::Value(FactValue::Word(key))),
        AskKind::Indicator => {
            let names: Vec<String> = world.outcomes.indicators.iter().map(|one| one.name.to_string()).collect();
            if names.is_empty() {
                return Err("the programme has no outcome plan; add `outcomes.yaml` to its folder".to_owned());
            }
            choice(text, &names, &option).map(|word| AnswerGiven::Value(FactValue::Word(word)))
        }
        AskKind::Theme => {
            let mut names: Vec<String> = case.family.themes.iter().map(|seen| seen.theme.to_string()).collect();
            names.dedup();
            choice(text, &names, &option).map(|word| AnswerGiven::Value(FactValue::Word(word)))
        }
        AskKind::Criteria => value(FactValue::Word(text.to_lowercase().replace(['-', ' '], "_").replace(",_", ","))),
        AskKind::Action => {
            let names: Vec<String> = case.family.open_actions().map(|action| action.key.to_string()).collect();
            if names.is_empty() {
                return Err(format!("`{option}` names an open action, and none is open"));
            }
            choice(text, &names, &option).map(|word| AnswerGiven::Value(FactValue::Word(word)))
        }
        AskKind::Agency => {
            let names: Vec<String> = world.lifecycle.agencies.iter().map(|agency| agency.name.to_string()).collect();
            choice(text, &names, &option).map(|word| AnswerGiven::Value(FactValue::Word(word)))
        }
        AskKind::Case => match text.parse::<CaseReference>() {
            Ok(other) => value(FactValue::Word(other.to_string())),
            Err(_) => Err(format!("`{option}` is the reference of a case, for example {}", case.reference)),
        },
        AskKind::Missing if case.missing.is_empty() => Err(format!("`{option}` names something missing, and nothing is missing")),
        AskKind::Missing => match case.missing.iter().find(|item| item.as_str() == text) {
            Some(item) => value(FactValue::Word(item.clone())),
            None => Err(format!("`{option}` is one of what is missing: {}", case.missing.join(", "))),
        },
    }
}

/// `m2`, or a first name that only one member has.
fn member(text: &str, case: &Case, option: &str) -> Result<String, String> {
    let members = &case.family.members;
    if let Some(known) = members.iter().find(|member| member.key.as_str().eq_ignore_ascii_case(text)) {
        return Ok(known.key.to_string());
    }
    let called = members
        .iter()
        .filter(|member| member.person.given_name.as_ref().is_some_and(|name| name.as_text().eq_ignore_ascii_case(text)));
    match called.collect::<Vec<_>>()[..] {
        [one] => Ok(one.key.to_string()),
        [] if members.is_empty() => Err(format!("`{option}` is a member of the family, and nobody is named yet")),
        [] => {
            let keys: Vec<&str> = members.iter().map(|member| member.key.as_str()).collect();
            Err(format!("`{option}` is one of {}, or a first name", keys.join(", ")))
        }
        _ => Err(format!("more than one member has this first name; write `{option}` as m1, m2 …")),
    }
}

/// The area an answer names.
pub(super) fn area(answer: &AnswerGiven) -> Option<AreaName> {
    match answer {
        AnswerGiven::Value(FactValue::Word(word)) => AreaName::new(word).ok(),
        AnswerGiven::Value(FactValue::YesNo(_) | FactValue::Count(_) | FactValue::Date(_))
        | AnswerGiven::Words(_)
        | AnswerGiven::Person(_) => None,
    }
}

/// A question as the command line names it: `next-review-on`.
pub(super) fn option_name(ask: &Ask) -> String {
    ask.name.as_str().replace('_', "-")
}

/// `text` as words, or why it is none.
pub(super) fn words(text: &str, option: &str) -> Result<Personal<String>, String> {
    let clean: String = text.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect();
    if clean.len() > WORDS_BYTES_MAX {
        return Err(format!("`{option}` is too long; write at most {WORDS_BYTES_MAX} letters and attach the rest by mail"));
    }
    Ok(Personal::new(clean))
}

fn choice(text: &str, choices: &[String], option: &str) -> Result<String, String> {
    let wanted = text.to_lowercase().replace([' ', '-'], "_");
    let same = |choice: &&String| choice.to_lowercase().replace('-', "_") == wanted;
    if let Some(choice) = choices.iter().find(same) {
        return Ok(choice.clone());
    }
    let near = nearest(&wanted, choices.iter().map(String::as_str)).map(|near| format!("; did you mean `{near}`?"));
    Err(format!("`{option}` is one of {}{}", choices.join(", "), near.unwrap_or_default()))
}

/// The candidate most like `wanted`, when one is alike enough to be meant.
pub(super) fn nearest<'a>(wanted: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let scored = candidates.map(|candidate| (strsim::jaro_winkler(wanted, candidate), candidate));
    let best = scored.max_by(|a, b| a.0.total_cmp(&b.0));
    best.filter(|(score, _)| *score >= 0.75).map(|(_, candidate)| candidate)
}

/// `2026-11-26`, `26/11/2026` or `26.11.2026`: the day stands before the month, as people here write it.
fn date(text: &str) -> Option<Date> {
    if let Ok(date) = text.parse::<Date>() {
        return (text.len() == 10).then_some(date);
    }
    let mut parts = text.split(['/', '.']);
    let (day, month, year) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() || year.len() != 4 {
        return None;
    }
    Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok()
}

fn in_bounds(ask: &Ask, date: Date, option: &str, world: &World<'_>) -> Result<(), String> {
    let today = world.today;
    if ask.not_past && date < today {
        return Err(format!("`{option}` is over: write {today} or a later day"));
    }
    if ask.not_future && date > today {
        return Err(format!("`{option}` is still to come: write {today} or an earlier day"));
    }
    if ask.working_day && !world.calendar.is_working_day(date) {
        let next = world.calendar.working_day_on_or_after(date);
        return Err(format!(
            "`{option}` is no working day ({}): write {next} or another day on which people work",
            date.strftime("%A")
        ));
    }
    let by_working_days =
        ask.within_working_days.map(|days| world.calendar.add_working_days(today, i32::try_from(days).unwrap_or(i32::MAX)));
    let by_days = ask.within_days.and_then(|days| today.checked_add(jiff::Span::new().try_days(days).ok()?).ok());
    match by_working_days.into_iter().chain(by_days).min().filter(|latest| date > *latest) {
        Some(latest) => Err(format!("`{option}` is too far away: write {latest} or an earlier day")),
        None => Ok(()),
    }
}

/// What has a day of its own is not dated before it: an allocation not before its meeting.
fn not_before(ask: &Ask, date: Date, option: &str, case: &Case, world: &World<'_>) -> Result<(), String> {
    let first = ask.not_before.as_ref().and_then(|fact| case.facts.get(fact));
    match first {
        Some(FactValue::Date(first)) if date < *first => {
            let definition = world.lifecycle.facts.iter().find(|fact| Some(&fact.name) == ask.not_before.as_ref());
            let what = definition.map_or("its day", |fact| fact.title.as_str());
            Err(format!(
                "`{option}` is {date}, before {first} ({what}): write {first} or a later day, or put that day right first"
            ))
        }
        _ => Ok(()),
    }
}

/// `Name <address>`, or the bare address; what stands behind it is the agency.
fn person(text: &str) -> Option<Contact> {
    if text.chars().any(char::is_control) {
        return None;
    }
    let (name, rest) = text.split_once('<').unwrap_or(("", text));
    let (address, organisation) = if rest.len() == text.len() { (text, "") } else { rest.split_once('>')? };
    let address = address.trim().to_lowercase();
    let trim = |part: &str| part.trim_matches(|c: char| c.is_whitespace() || matches!(c, ',' | '"' | '(' | ')' | ';')).to_owned();
    let (name, organisation) = (trim(name), trim(organisation));
    if !is_address(&address) || name.len() > 200 || organisation.len() > 200 {
        return None;
    }
    Some(Contact {
        name: Personal::new(if name.is_empty() { address.clone() } else { name }),
        address: Personal::new(address),
        organisation: (!organisation.is_empty()).then(|| Personal::new(organisation)),
    })
}

fn is_address(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(c);
    let Some((local, domain)) = text.split_once('@') else { return false };
    let label = |label: &str| {
        !label.is_empty() && !label.starts_with('-') && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
    };
    let dots = |part: &str| !part.starts_with('.') && !part.ends_with('.') && !part.contains("..");
    text.len() <= ADDRESS_BYTES_MAX
        && (1..=64).contains(&local.len())
        && local.chars().all(plain)
        && dots(local)
        && domain.contains('.')
        && domain.split('.').all(label)
}
