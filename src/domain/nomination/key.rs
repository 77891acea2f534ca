//! The key of a form that writes numbers, letters or single words for its themes: `1 = Crime; 2 = Not attending school`,
//! `Need codes: 1 attendance; 2 offending`, `Key. Law: crime and anti-social behaviour. Work: out of work.`

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use regex::Regex;

use super::sheet::{Grid, Node, at};
use super::text::fold;
use super::words::Lexicon;

static ENTRY: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(?:^|[\s;,(])(\d{1,2}|[A-Z]{1,3})\s*[=:\u{2013}-]\s*([^;,=\n]{3,80})").expect("valid"));

/// `Law: crime and anti-social behaviour.` in a line that says it is a key.
static WORD: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(?:^|[.;,:]\s+)([A-Z][a-z]{2,11})\s*[:=]\s*([^.;:=]{3,120})").expect("valid"));

/// Fewer are no key: `1 = yes` explains an answer.
const ENTRIES_MIN: usize = 3;
/// A key is no longer than this.
const LINES_MAX: usize = 5;
/// Words by which a line says that a key follows.
const LEADS: [&str; 4] = ["key", "codes", "code", "legend"];

/// What a form's own key explains.
#[derive(Default)]
pub(super) struct Key {
    /// Each number, letters or word, and the theme it stands for; empty when there is no key.
    pub themes: BTreeMap<String, String>,
    /// Which nodes say so: they answer nothing.
    pub lines: BTreeSet<usize>,
    /// A table is headed as one: few entries are enough.
    headed: bool,
}

/// The key among `nodes`.
pub(super) fn column_key(nodes: &[Node], lexicon: &Lexicon<'_>) -> Key {
    let mut key = Key::default();
    for (index, node) in nodes.iter().enumerate() {
        match node {
            Node::Line(slot) => {
                let text = slot.lines_text();
                if leads(&text) || lists_letters(&text, lexicon) {
                    key.told_below(nodes, index, lexicon);
                } else if text.contains('=') {
                    let found: Vec<(String, String)> =
                        ENTRY.captures_iter(&text).map(|entry| (entry[1].to_owned(), entry[2].to_owned())).collect();
                    if found.iter().filter(|(_, says)| lexicon.criterion(says).is_some()).count() >= ENTRIES_MIN {
                        key.lines.insert(index);
                    }
                    key.add(found.into_iter(), lexicon);
                }
            }
            Node::Grid(grid) => {
                let found = of_grid(grid);
                key.headed |= !found.is_empty();
                key.add(found.into_iter(), lexicon);
            }
        }
    }
    if key.themes.len() < ENTRIES_MIN && !key.headed { Key::default() } else { key }
}

impl Key {
    fn add(&mut self, found: impl Iterator<Item = (String, String)>, lexicon: &Lexicon<'_>) {
        for (code, says) in found {
            if let Some(theme) = lexicon.criterion(&says) {
                self.themes.entry(code).or_insert_with(|| theme.to_owned());
            }
        }
    }

    /// The line that says a key follows, with the lines it goes on over.
    fn told_below(&mut self, nodes: &[Node], index: usize, lexicon: &Lexicon<'_>) {
        let lines = nodes[index..].iter().take(LINES_MAX).map_while(|node| match node {
            Node::Line(slot) => Some(slot.lines_text()),
            Node::Grid(_) => None,
        });
        let (mut text, mut best) = (String::new(), 0);
        for (more, line) in lines.enumerate() {
            text.push(' ');
            text.push_str(&line);
            let found = coded(&text).into_iter();
            let signed = ENTRY.captures_iter(&text).chain(WORD.captures_iter(&text));
            let found: Vec<(String, String)> =
                signed.map(|entry| (entry[1].to_owned(), entry[2].to_owned())).chain(found).collect();
            let themes = found.iter().filter(|(_, says)| lexicon.criterion(says).is_some()).count();
            if themes <= best {
                continue;
            }
            best = themes;
            if themes >= ENTRIES_MIN {
                self.add(found.into_iter(), lexicon);
                self.lines.extend(index..=index + more);
            }
        }
    }
}

fn leads(text: &str) -> bool {
    let head = text.split_once([':', '.', '=', '–']).map_or("", |(head, _)| head);
    let head = fold(head);
    (1..=4).contains(&head.split(' ').count()) && head.split(' ').any(|word| LEADS.contains(&word))
}

/// `Themes: C crime   E education   W work   H health`: a line of single letters, each with what it stands for.
fn lists_letters(text: &str, lexicon: &Lexicon<'_>) -> bool {
    let found = coded(text);
    let letters = found.iter().filter(|(code, _)| code.len() == 1 && code.chars().all(|c| c.is_ascii_uppercase())).count();
    letters > ENTRIES_MIN && found.iter().all(|(_, says)| lexicon.criterion(says).is_some())
}

/// `1 attendance; 2 offending, gangs`, `ASB crime   EDU school attendance`: each code up to the next of its kind.
fn coded(text: &str) -> Vec<(String, String)> {
    let digits = |word: &str| word.len() <= 2 && word.chars().all(|c| c.is_ascii_digit());
    let capitals = |word: &str| (2..=4).contains(&word.len()) && word.chars().all(|c| c.is_ascii_uppercase());
    let behind = text.split_once([':', '.', '=', '–']).map_or("", |(_, behind)| behind);
    let mut words =
        behind.split_whitespace().map(|word| (word, word.trim_matches(|c: char| matches!(c, '.' | ')' | '(' | ';' | ','))));
    let letter = |word: &str| word.len() == 1 && word.chars().all(|c| c.is_ascii_uppercase());
    let kinds: [&dyn Fn(&str) -> bool; 3] = [&digits, &capitals, &letter];
    let Some((_, first)) = words.next() else { return Vec::new() };
    let Some(is_code) = kinds.into_iter().find(|kind| kind(first)) else { return Vec::new() };
    let mut found = vec![(first.to_owned(), String::new())];
    // The first word behind a code explains it, whatever it looks like (`2 16+`).
    for (word, bare) in words {
        match found.last_mut() {
            Some((_, says)) if !is_code(bare) || says.is_empty() => {
                says.push(' ');
                says.push_str(word);
            }
            _ => found.push((bare.to_owned(), String::new())),
        }
    }
    found
}

/// Two columns, `Code` and `Meaning`.
fn of_grid(grid: &Grid) -> Vec<(String, String)> {
    let Some(head) = grid.rows.first() else { return Vec::new() };
    let says = |column: usize, words: &[&str]| {
        at(head, column).is_some_and(|cell| {
            let text = fold(&cell.slot.text());
            words.iter().any(|word| text.split(' ').any(|own| own == *word))
        })
    };
    if !says(0, &["code", "codes", "key"]) || !says(1, &["meaning", "means", "description", "stands", "theme"]) {
        return Vec::new();
    }
    let text = |row: &Vec<super::sheet::GridCell>, column: usize| at(row, column).map(|cell| cell.slot.text());
    grid.rows[1..].iter().filter_map(|row| Some((text(row, 0)?, text(row, 1)?))).collect()
}
