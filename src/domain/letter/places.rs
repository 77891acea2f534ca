//! Where in a template something stands: a block that nothing ends, a place that stays empty. For whoever has to put it right.

use serde_json::Value;

use super::lint::names_in;

/// Every `{{…}}` of `text`: the line it begins in, from 1, and what stands between the braces, which may run over lines.
pub fn expressions(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let begins = text.match_indices("{{").map(|(at, braces)| (at, at + braces.len()));
    begins.map(|(at, from)| {
        let inside = text[from..].split("}}").next().unwrap_or_default();
        (text[..at].matches('\n').count() + 1, inside)
    })
}

/// The line of the innermost block that nothing ends; none where braces are left open too, for then nobody knows what a block is.
pub fn left_open(text: &str) -> Option<usize> {
    let mut open = Vec::new();
    for (line, expression) in expressions(text) {
        if expression.contains("{{") {
            return None;
        }
        match expression.trim_start_matches('~').trim_start().chars().next() {
            Some('#') => open.push(line),
            Some('/') => drop(open.pop()),
            _ => {}
        }
    }
    open.pop()
}

/// The first line that shows one of the values that `is_empty` where the values of `data` let it be shown.
pub fn empty_place(text: &str, data: &Value) -> Option<usize> {
    let value = |name: &str| data.get(name);
    let is_empty = |name: &str| value(name).is_some_and(|value| value.is_null() || value.as_str() == Some(""));
    // Of each open block whether its inside is shown; a condition of more than one name is taken as met, and its opposite too.
    let mut shown: Vec<(bool, bool)> = Vec::new();
    for (line, expression) in expressions(text) {
        let expression = expression.trim_matches('~').trim();
        if let Some(begins) = expression.strip_prefix('#') {
            let mut words = begins.split_whitespace();
            let (kind, name, more) = (words.next().unwrap_or_default(), words.next().unwrap_or_default(), words.next());
            let met = value(name).filter(|_| more.is_none()).map(|value| !is_falsy(value));
            shown.push(match met {
                Some(met) if kind == "unless" => (!met, met),
                Some(met) => (met, !met),
                None => (true, true),
            });
        } else if expression.starts_with('/') {
            shown.pop();
        } else if expression.split_whitespace().next() == Some("else") {
            // `else if` has a condition of its own.
            let plain = expression == "else";
            shown.iter_mut().last().into_iter().for_each(|block| *block = if plain { (block.1, block.0) } else { (true, true) });
        } else if shown.iter().all(|(inside, _)| *inside) && names_in(expression).any(is_empty) {
            return Some(line);
        }
    }
    None
}

fn is_falsy(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(is) => !is,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_open_block_and_an_empty_place_are_found_at_their_lines() {
        let data = serde_json::json!({ "empty": "", "none": null, "full": "x", "many": [] });
        for (text, open, empty) in [
            ("{{full}}\n{{#if full}}\n{{full}}", Some(2), None),
            ("{{#if full}}\n{{#if none}}\n{{/if}}", Some(1), None),
            ("{{#if full}}x{{/if}}\n{{empty}}", None, Some(2)),
            ("{{#if empty}}\n{{empty}}\n{{/if}}", None, None),
            ("{{#if full}}\nx{{else}}\n{{empty}}{{/if}}\n{{none}}", None, Some(4)),
            ("{{#unless empty}}\n{{long_date\n  none}}{{/unless}}", None, Some(2)),
            ("{{#each many}}{{empty}}{{/each}}", None, None),
            ("{{#if (or empty full)}}\n{{empty}}{{/if}}", None, Some(2)),
            ("{{! empty }}{{> empty}}", None, None),
            ("{{full\n{{#if full}}", None, None),
        ] {
            assert_eq!((left_open(text), empty_place(text, &data)), (open, empty), "{text}");
        }
    }
}
