//! What differs between two programmes, in sentences: what a change would do, before it is done.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::Value;

use super::programme::Programme;
use crate::domain::time::Calendar;

/// Sentences, one a difference, in the order of the folder's parts; empty when nothing that matters differs.
#[must_use]
pub fn diff(a: &Programme, b: &Programme) -> Vec<String> {
    let mut said = Vec::new();
    said.extend(consequences(a, b));
    if a.title != b.title {
        said.push(format!("title: was \"{}\", now \"{}\"", a.title, b.title));
    }
    compare("themes", &json(&a.themes), &json(&b.themes), &mut said);
    compare("rules", &json(&a.packs), &json(&b.packs), &mut said);
    compare("lifecycle", &json(&a.lifecycle), &json(&b.lifecycle), &mut said);
    compare("desk", &json(&a.desk), &json(&b.desk), &mut said);
    compare("outcomes", &json(&a.outcomes), &json(&b.outcomes), &mut said);
    compare("areas", &json(&a.geography), &json(&b.geography), &mut said);
    compare("words", &json(&a.words), &json(&b.words), &mut said);
    compare("forms", &json(&*a.forms), &json(&*b.forms), &mut said);
    calendars(&a.calendar, &b.calendar, &mut said);
    said
}

/// What a person must do about cases that are running.
fn consequences(a: &Programme, b: &Programme) -> Vec<String> {
    let mut said = Vec::new();
    for stage in a.lifecycle.stages.iter().filter(|stage| b.lifecycle.stage(&stage.name).is_none()) {
        said.push(format!(
            "the stage `{}` is gone: cases in it stay under the version they began with until they are moved",
            stage.name
        ));
    }
    for old in &a.packs {
        let twin = b.packs.iter().find(|new| new.name == old.name && new.version == old.version);
        if twin.is_some_and(|new| (&new.interpretations, &new.grades) != (&old.interpretations, &old.grades)) {
            said.push(format!(
                "the rule pack `{}` is changed under the same version {}: a pack that has judged a family is never edited; end it with `until` and add another",
                old.name, old.version
            ));
        }
    }
    said.extend(outcome_consequences(a, b));
    for old in &a.themes {
        if b.theme(&old.key).is_none() {
            said.push(format!("the theme `{}` is gone: cases that show it keep it, and no rule knows it any more", old.key));
        }
    }
    said
}

/// What another outcome plan changes for needs that are recorded. What was judged stays judged, by the version that judged it.
fn outcome_consequences(a: &Programme, b: &Programme) -> Vec<String> {
    let mut said = Vec::new();
    for old in &a.outcomes.indicators {
        let Some(new) = b.outcomes.indicator(&old.name) else {
            said.push(format!(
                "the indicator `{}` is gone: open needs under it stay open until a person decides on them or waives them",
                old.name
            ));
            continue;
        };
        if (&old.significant, &old.sustained) != (&new.significant, &new.sustained) {
            said.push(format!(
                "progress on `{}` is judged in another way: open needs by the new words, those met stay met",
                old.name
            ));
        }
        if old.applies_to != new.applies_to {
            said.push(format!("`{}` can be the need of others: needs that are recorded stay", old.name));
        }
    }
    let changed = !said.is_empty() || a.outcomes != b.outcomes;
    if changed && a.outcomes.version == b.outcomes.version {
        said.push(format!("the outcome plan is changed under the same version {}: give it a new one", a.outcomes.version));
    }
    said
}

fn json<T: Serialize>(value: &T) -> Value {
    serde_json::to_value(value).expect("parts of a programme are plain data")
}

fn compare(place: &str, a: &Value, b: &Value, said: &mut Vec<String>) {
    match (a, b) {
        _ if a == b => {}
        (Value::Object(old), Value::Object(new)) => {
            let keys: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
            for key in keys {
                member(&format!("{place}.{key}"), old.get(key), new.get(key), said);
            }
        }
        (Value::Array(old), Value::Array(new)) => match (by_name(old), by_name(new)) {
            (Some(olds), Some(news)) => {
                for (name, old) in &olds {
                    member(&format!("{place}.{name}"), Some(*old), news.get(name).copied(), said);
                }
                for (name, new) in news.iter().filter(|(name, _)| !olds.contains_key(*name)) {
                    member(&format!("{place}.{name}"), None, Some(*new), said);
                }
                if olds.keys().eq(news.keys()) && order(old) != order(new) {
                    said.push(format!("{place}: the same, in another order"));
                }
            }
            _ => lists(place, old, new, said),
        },
        _ => said.push(format!("{place}: was {}, now {}", short(a), short(b))),
    }
}

fn member(place: &str, a: Option<&Value>, b: Option<&Value>, said: &mut Vec<String>) {
    match (a.filter(|value| !value.is_null()), b.filter(|value| !value.is_null())) {
        (Some(a), Some(b)) => compare(place, a, b, said),
        (Some(a), None) => said.push(format!("{place}: gone{}", was(a))),
        (None, Some(b)) => said.push(format!("{place}: new{}", was(b))),
        (None, None) => {}
    }
}

/// Scalars show their value; whatever is larger speaks by its name.
fn was(value: &Value) -> String {
    if value.is_object() || value.is_array() { String::new() } else { format!(", {}", short(value)) }
}

/// Plain lists: what was added and what was taken away.
fn lists(place: &str, old: &[Value], new: &[Value], said: &mut Vec<String>) {
    let gone: Vec<String> = old.iter().filter(|value| !new.contains(value)).map(short).collect();
    let added: Vec<String> = new.iter().filter(|value| !old.contains(value)).map(short).collect();
    match (gone.is_empty(), added.is_empty()) {
        (true, true) => said.push(format!("{place}: the same, in another order or number")),
        (false, true) => said.push(format!("{place}: without {}", gone.join(", "))),
        (true, false) => said.push(format!("{place}: also {}", added.join(", "))),
        (false, false) => said.push(format!("{place}: {} instead of {}", added.join(", "), gone.join(", "))),
    }
}

/// Items by their own name, where each has one of its own.
fn by_name(items: &[Value]) -> Option<BTreeMap<&str, &Value>> {
    let mut named = BTreeMap::new();
    for item in items {
        if named.insert(name(item)?, item).is_some() {
            return None;
        }
    }
    Some(named)
}

fn order(items: &[Value]) -> Vec<Option<&str>> {
    items.iter().map(name).collect()
}

fn name(item: &Value) -> Option<&str> {
    ["name", "key", "outcode", "title"].iter().find_map(|key| item.get(key)?.as_str())
}

fn short(value: &Value) -> String {
    let text = match value {
        Value::String(text) => format!("\"{text}\""),
        other => other.to_string(),
    };
    if text.chars().count() <= 80 { text } else { format!("{}…", text.chars().take(79).collect::<String>()) }
}

fn calendars(a: &Calendar, b: &Calendar, said: &mut Vec<String>) {
    for day in a.closed.difference(&b.closed) {
        said.push(format!("calendar: {day} becomes a working day"));
    }
    for day in b.closed.difference(&a.closed) {
        said.push(format!("calendar: {day} becomes a day on which nobody works"));
    }
    if (&a.terms, &a.area_terms) != (&b.terms, &b.area_terms) {
        said.push("calendar: the school terms differ".to_owned());
    }
    if a.known_until != b.known_until {
        said.push(format!("calendar: known until {}, was {}", b.known_until, a.known_until));
    }
    if a.closed != b.closed && a.version == b.version {
        said.push(
            "calendar: days differ under the same version; give it a new one, so that moved deadlines can say why".to_owned(),
        );
    }
}
