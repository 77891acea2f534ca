//! Words read off a picture, as the program for it tells them, → letters for the layout.

use crate::domain::document::pdf::page::Letter;
use crate::domain::document::words;

/// Words kept of one page.
const WORDS_MAX: usize = 5_000;

/// What somebody saw on a picture.
#[derive(Clone, PartialEq)]
pub enum Seen {
    /// These words.
    Words(Vec<SeenWord>),
    /// There is nobody who could look.
    Nobody,
    /// Looking took too long, or failed.
    Failed,
}

/// A word where it stands, in pixels from the upper left corner.
#[derive(Clone, PartialEq)]
pub struct SeenWord {
    /// The word.
    pub text: String,
    /// Left edge.
    pub left: f64,
    /// Upper edge of its ink.
    pub top: f64,
    /// Right edge.
    pub right: f64,
    /// Lower edge of its ink.
    pub bottom: f64,
    /// Words of one line have one number.
    pub line: u32,
    /// How sure, from 0 to 1.
    pub confidence: f32,
}

crate::redacted_debug!(Seen, SeenWord);

/// The words of tesseract's tables, one after the other: twelve columns with tabs between, a heading row, level 5 for words. Where two
/// tables read the same place, the surer word stands.
#[must_use]
pub fn parsed(tables: &str) -> Vec<SeenWord> {
    let mut words: Vec<(usize, SeenWord)> = Vec::new();
    let (mut line, mut table) = (0, 0);
    let mut line_before: Option<Vec<&str>> = None;
    for row in tables.lines() {
        let columns: Vec<&str> = row.splitn(12, '\t').collect();
        let (&[level, page, block, paragraph, number, _, left, top, width, height, confidence], Some(text)) =
            (columns.first_chunk::<11>().unwrap_or(&[""; 11]), columns.get(11))
        else {
            continue;
        };
        let text = words::folded(text).trim().to_owned();
        if level == "level" {
            table += 1;
            line_before = None;
        }
        if level != "5" || text.is_empty() || words.len() >= WORDS_MAX {
            continue;
        }
        let numbers: Vec<f64> = [left, top, width, height].iter().filter_map(|number| number.parse().ok()).collect();
        let (&[left, top, width, height], Ok(confidence)) = (numbers.as_slice(), confidence.parse::<f32>()) else { continue };
        let this_line = vec![page, block, paragraph, number];
        if line_before.as_ref() != Some(&this_line) {
            line += 1;
            line_before = Some(this_line);
        }
        let sane = [left, top, width, height].iter().all(|number| (0.0..100_000.0).contains(number));
        if sane && confidence.is_finite() {
            let confidence = (confidence / 100.0).clamp(0.0, 1.0);
            words.push((table, SeenWord { text, left, top, right: left + width, bottom: top + height, line, confidence }));
        }
    }
    surest(words)
}

/// Of words of different tables in one place the surest, long words before short ones.
fn surest(mut words: Vec<(usize, SeenWord)>) -> Vec<SeenWord> {
    #[expect(clippy::cast_precision_loss, reason = "words are short")]
    let weight = |word: &SeenWord| word.confidence + 0.02 * word.text.chars().count().min(10) as f32;
    words.sort_by(|(_, a), (_, b)| weight(b).total_cmp(&weight(a)));
    let mut kept: Vec<(usize, SeenWord)> = Vec::new();
    for (table, word) in words {
        if !kept.iter().any(|(other, earlier)| *other != table && overlap(earlier, &word) > 0.3) {
            kept.push((table, word));
        }
    }
    kept.sort_by(|(_, a), (_, b)| (a.line, a.left).partial_cmp(&(b.line, b.left)).unwrap_or(std::cmp::Ordering::Equal));
    kept.into_iter().map(|(_, word)| word).collect()
}

/// The share of the smaller word that both cover.
fn overlap(one: &SeenWord, other: &SeenWord) -> f64 {
    let wide = one.right.min(other.right) - one.left.max(other.left);
    let high = one.bottom.min(other.bottom) - one.top.max(other.top);
    let area = |word: &SeenWord| (word.right - word.left) * (word.bottom - word.top);
    if wide <= 0.0 || high <= 0.0 { 0.0 } else { wide * high / area(one).min(area(other)).max(1.0) }
}

/// Letters, each a whole word, in points; words less sure than `sure_min` are left out.
pub fn letters(words: &[SeenWord], scale: f64, sure_min: f32) -> Vec<Letter> {
    let mut out = Vec::new();
    for line in words.chunk_by(|a, b| a.line == b.line) {
        let (size, baseline) = measure(line);
        for word in line.iter().filter(|word| word.confidence >= sure_min && !is_dirt(word, size)) {
            let blank = |x: f64| Letter::seen(" ".to_owned(), (x, x), baseline * scale, size * scale, 1.0);
            out.push(blank(word.left * scale));
            let across = (word.left * scale, word.right * scale);
            out.push(Letter::seen(tidied(&word.text), across, baseline * scale, size * scale, word.confidence));
            out.push(blank(word.right * scale));
        }
    }
    out
}

/// The remains of a ruling line at the edge of a word, and quotation marks as they are typed.
fn tidied(text: &str) -> String {
    let bare = text.trim_matches(['|', '¦']);
    let bare = if bare.is_empty() { text } else { bare };
    bare.replace(['‘', '’'], "'").replace(['“', '”'], "\"")
}

/// A dot or a dash that is no word: stains, and what is left of a line.
fn is_dirt(word: &SeenWord, size: f64) -> bool {
    let speaks = word.text.chars().any(char::is_alphanumeric);
    let small = word.bottom - word.top < 0.25 * size;
    let stroke =
        word.text.chars().all(|c| matches!(c, '|' | '¦' | '_' | '.' | '-' | '—' | '~' | '\'' | '`' | ',' | ':' | '[' | ']'));
    !speaks && (word.confidence < 0.6 || (stroke && small && word.confidence < 0.9) || matches!(&*word.text, "|" | "¦" | "_"))
}

/// The font size and the baseline of a line, from what its letters reach.
fn measure(line: &[SeenWord]) -> (f64, f64) {
    let reach = |text: &str| {
        let tall = text.chars().any(|c| c.is_uppercase() || c.is_ascii_digit() || "bdfhklt'()/[]&?!\"".contains(c));
        let deep = text.chars().any(|c| "gjpqy,;()/[]Q".contains(c));
        match (tall, deep) {
            (true, true) => (0.93, 0.21),
            (true, false) => (0.72, 0.0),
            (false, true) => (0.74, 0.21),
            (false, false) => (0.52, 0.0),
        }
    };
    let speaking: Vec<&SeenWord> = line.iter().filter(|word| word.text.chars().any(char::is_alphanumeric)).collect();
    let used: Vec<&SeenWord> = if speaking.is_empty() { line.iter().collect() } else { speaking };
    let size = median(used.iter().map(|word| (word.bottom - word.top) / reach(&word.text).0).collect()).max(4.0);
    let baseline = median(used.iter().map(|word| word.bottom - reach(&word.text).1 * size).collect());
    (size, baseline)
}

fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_by(f64::total_cmp);
    numbers.get(numbers.len() / 2).copied().unwrap_or(0.0)
}
