//! The key of a table whose columns bear only numbers or letters: `1 = Crime; 2 = Not attending school`.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::Regex;

use super::sheet::Node;
use super::words::Lexicon;

static ENTRY: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(?:^|[\s;,(])(\d{1,2}|[A-Z]{1,3})\s*[=:\u{2013}-]\s*([^;,=\n]{3,80})").expect("valid"));

/// The same without a sign between: `ASB crime   EDU school attendance`, `1 offending; 2 health`, where the line says that it is a key.
static BARE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?:^|[;,:|\n\t\x{2003}]|\s{2,})\s*(\d{1,2}|[A-Z]{2,4})[.)]?\s+([^;\n\t|\x{2003}]+)").expect("valid")
});

/// Fewer are no key: `1 = yes` explains an answer.
const ENTRIES_MIN: usize = 3;

/// Each number or letter the lines explain, and the theme it stands for; empty when there is no such key.
pub(super) fn column_key(nodes: &[Node], lexicon: &Lexicon<'_>) -> BTreeMap<String, String> {
    let mut key = BTreeMap::new();
    for node in nodes {
        let Node::Line(slot) = node else { continue };
        let text = slot.lines_text();
        let lower = text.to_lowercase();
        let says_so = ["key", "code", "legend"].iter().any(|word| lower.contains(word));
        if !text.contains('=') && !says_so {
            continue;
        }
        let bare = if says_so { Some(BARE.captures_iter(&text)) } else { None };
        for entry in ENTRY.captures_iter(&text).chain(bare.into_iter().flatten()) {
            if let Some(theme) = lexicon.criterion(&entry[2]) {
                key.entry(entry[1].to_owned()).or_insert_with(|| theme.to_owned());
            }
        }
    }
    if key.len() < ENTRIES_MIN { BTreeMap::new() } else { key }
}
