//! A [`Context`] as the templates see it: every name there is, every text made safe for one line.

use serde_json::{Map, Value, json};

use super::Context;

/// Characters a text of a context may have; more is cut, because no title or reference is that long.
const TEXT_CHARACTERS_MAX: usize = 300;

/// The names a template may use, with those inside `lines` and `readings`.
pub const NAMES: [&str; 49] = [
    "reference",
    "area",
    "stage",
    "role",
    "due_on",
    "asked_by",
    "at",
    "late_by",
    "received_on",
    "missing",
    "to_chase",
    "grade",
    "readings",
    "counts",
    "details",
    "consent",
    "sender_proven",
    "match_possible",
    "suggestion",
    "rule_pack",
    "link",
    "look",
    "sign_in",
    "told",
    "outcome",
    "meeting_on",
    "kept_until",
    "kept_by",
    "holders",
    "moves",
    "lines",
    "team_phone",
    "hub_phone",
    "out_of_hours_phone",
    "unanswered_hours",
    "programme",
    "references",
    "request",
    "understood",
    "not_understood",
    "notice",
    "advice",
    // Inside `{{#each lines}}` and `{{#each readings}}`.
    "purpose",
    "late",
    "title",
    "standing",
    "this",
    "true",
    "false",
];

/// `context` for the templates. Texts lose control characters, so that none can end a line, and marks that turn the writing direction.
pub fn of(context: &Context) -> Value {
    let mut data = match serde_json::to_value(context).expect("a context is plain data") {
        Value::Object(map) => map,
        other => Map::from_iter([("reference".to_owned(), other)]),
    };
    let readings = context.readings.iter().map(|(title, standing)| json!({"title": title, "standing": standing})).collect();
    data.insert("readings".to_owned(), Value::Array(readings));
    let mut data = Value::Object(data);
    make_safe(&mut data);
    data
}

fn make_safe(value: &mut Value) {
    match value {
        Value::String(text) if is_one_line(text) => {}
        Value::String(text) => *text = one_line(text),
        Value::Array(items) => items.iter_mut().for_each(make_safe),
        Value::Object(map) => map.values_mut().for_each(make_safe),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Whether [`one_line`] would change nothing of `text`; said without a copy for plain letters, which almost all texts are.
fn is_one_line(text: &str) -> bool {
    let printable = text.len() <= TEXT_CHARACTERS_MAX && text.bytes().all(|byte| (b' '..=b'~').contains(&byte));
    printable && !text.starts_with(' ') && !text.ends_with(' ') && !text.contains("  ")
}

/// `text` in one line: control characters and line separators become spaces, direction marks go, a long text is cut.
pub fn one_line(text: &str) -> String {
    let spaced: String = text
        .chars()
        .filter(|c| !matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'))
        .map(|c| if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{fffd}') { ' ' } else { c })
        .collect();
    cut(&spaced.split_whitespace().collect::<Vec<_>>().join(" "), TEXT_CHARACTERS_MAX)
}

/// The first `characters_max` characters, the last of them `…` when some were cut.
pub fn cut(text: &str, characters_max: usize) -> String {
    if text.chars().count() <= characters_max {
        return text.to_owned();
    }
    let kept: String = text.chars().take(characters_max.saturating_sub(1)).collect();
    format!("{}…", kept.trim_end())
}
