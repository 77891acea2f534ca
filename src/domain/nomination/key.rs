//! The key of a table whose columns bear only numbers or letters: `1 = Crime; 2 = Not attending school`.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::Regex;

use super::sheet::Node;
use super::words::Lexicon;

static ENTRY: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(?:^|[\s;,(])(\d{1,2}|[A-Z]{1,3})\s*[=:\u{2013}-]\s*([^;,=\n]{3,80})").expect("valid"));

/// Fewer are no key: `1 = yes` explains an answer.
const ENTRIES_MIN: usize = 3;

/// Each number or letter the lines explain, and the theme it stands for; empty when there is no such key.
pub(super) fn column_key(nodes: &[Node], lexicon: &Lexicon<'_>) -> BTreeMap<String, String> {
    let mut key = BTreeMap::new();
    for node in nodes {
        let Node::Line(slot) = node else { continue };
        let text = slot.lines_text();
        if !text.contains('=') && !text.to_lowercase().contains("key") {
            continue;
        }
        for entry in ENTRY.captures_iter(&text) {
            if let Some(theme) = lexicon.criterion(&entry[2]) {
                key.entry(entry[1].to_owned()).or_insert_with(|| theme.to_owned());
            }
        }
    }
    if key.len() < ENTRIES_MIN { BTreeMap::new() } else { key }
}
