//! Settings before they mean anything: a tree of values, each with the place it was written at.
//!
//! The file comes first, the environment is laid over it. The words of the environment stay raw text until somebody
//! asks for a number or a list, so that `FOCUS_FAMILY__MAIL__SENDER_NAME=1234` is a name all the same.

use std::collections::BTreeMap;
use std::path::Path;

use toml::de::{DeTable, DeValue};

use super::defect::{ConfigDefect, Place};

/// Begins the name of every variable that overlays a setting.
pub const PREFIX: &str = "FOCUS_FAMILY__";

/// A value as written.
#[derive(Debug, Clone)]
pub enum Value {
    /// A text in the file, dates included.
    Text(String),
    /// A word of the environment, not yet of any type.
    Raw(String),
    /// A whole number.
    Number(i64),
    /// Of a type no setting is of: yes or no, a fraction, a number past 64 bits.
    Other,
    /// A list.
    List(Vec<Node>),
    /// A section.
    Table(BTreeMap<String, Node>),
}

/// A value and its place.
#[derive(Debug, Clone)]
pub struct Node {
    /// What is written.
    pub value: Value,
    /// Where.
    pub place: Place,
}

/// The tree of `text`, the content of `file`, and everything that is not TOML in it.
#[must_use]
pub fn from_toml(text: &str, file: &Path) -> (BTreeMap<String, Node>, Vec<ConfigDefect>) {
    let line_of = |offset: usize| 1 + text.as_bytes()[..offset.min(text.len())].iter().filter(|byte| **byte == b'\n').count();
    let (table, errors) = DeTable::parse_recoverable(text);
    let defects = errors
        .iter()
        .map(|error| ConfigDefect {
            place: Place::Line { file: file.to_owned(), line: line_of(error.span().map_or(0, |span| span.start)) },
            key: String::new(),
            // The message alone: the error's own display quotes the line, and a line may hold a secret.
            problem: format!("this is no TOML: {}", error.message().lines().next().unwrap_or("unreadable")),
            fix: "compare the line with `focus-family config example`".to_owned(),
        })
        .collect();
    (table_from(table.get_ref(), &|offset| Place::Line { file: file.to_owned(), line: line_of(offset) }), defects)
}

fn table_from(table: &DeTable<'_>, place_of: &dyn Fn(usize) -> Place) -> BTreeMap<String, Node> {
    let node = |start: usize, value: &DeValue<'_>| Node { value: value_from(value, place_of), place: place_of(start) };
    table.iter().map(|(key, value)| (key.get_ref().to_string(), node(key.span().start, value.get_ref()))).collect()
}

fn value_from(value: &DeValue<'_>, place_of: &dyn Fn(usize) -> Place) -> Value {
    match value {
        DeValue::String(text) => Value::Text(text.to_string()),
        DeValue::Datetime(moment) => Value::Text(moment.to_string()),
        DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix()).map_or(Value::Other, Value::Number),
        DeValue::Float(_) | DeValue::Boolean(_) => Value::Other,
        DeValue::Table(table) => Value::Table(table_from(table, place_of)),
        DeValue::Array(list) => Value::List(
            list.iter()
                .map(|item| Node { value: value_from(item.get_ref(), place_of), place: place_of(item.span().start) })
                .collect(),
        ),
    }
}

/// Lays the variables named `FOCUS_FAMILY__SECTION__KEY` over `tree`. A number is a place in a list, counted from 0.
/// Returns how many there were, and which could not be laid.
pub fn overlay(
    tree: &mut BTreeMap<String, Node>,
    environment: impl Iterator<Item = (String, String)>,
) -> (usize, Vec<ConfigDefect>) {
    let mut variables: Vec<(String, String)> = environment.filter(|(name, _)| name.starts_with(PREFIX)).collect();
    variables.sort();
    let mut defects = Vec::new();
    for (name, value) in &variables {
        let path: Vec<String> = name[PREFIX.len()..].split("__").map(str::to_ascii_lowercase).collect();
        let laid = match path.split_first() {
            Some((first, rest)) if path.iter().all(|step| !step.is_empty()) => {
                let place = Place::Variable(name.clone());
                let node = tree.entry(first.clone()).or_insert_with(|| empty(rest, &place));
                lay(node, rest, value, &place)
            }
            _ => false,
        };
        if !laid {
            defects.push(ConfigDefect {
                place: Place::Variable(name.clone()),
                key: path.join("."),
                problem: "no setting can be reached by this name".to_owned(),
                fix: "write it as FOCUS_FAMILY__SECTION__KEY, lists counted from 0 without a gap: FOCUS_FAMILY__PEOPLE__0__NAME"
                    .to_owned(),
            });
        }
    }
    (variables.len(), defects)
}

/// What a path that continues with `rest` must stand on.
fn empty(rest: &[String], place: &Place) -> Node {
    let value = match rest.first() {
        None => Value::Raw(String::new()),
        Some(step) if step.parse::<usize>().is_ok() => Value::List(Vec::new()),
        Some(_) => Value::Table(BTreeMap::new()),
    };
    Node { value, place: place.clone() }
}

fn lay(node: &mut Node, path: &[String], text: &str, place: &Place) -> bool {
    let Some((step, rest)) = path.split_first() else {
        *node = Node { value: Value::Raw(text.to_owned()), place: place.clone() };
        return true;
    };
    match &mut node.value {
        Value::Table(table) => lay(table.entry(step.clone()).or_insert_with(|| empty(rest, place)), rest, text, place),
        Value::List(list) => match step.parse::<usize>() {
            Ok(index) if index <= list.len() => {
                if index == list.len() {
                    list.push(empty(rest, place));
                }
                lay(&mut list[index], rest, text, place)
            }
            _ => false,
        },
        Value::Text(_) | Value::Raw(_) | Value::Number(_) | Value::Other => false,
    }
}
