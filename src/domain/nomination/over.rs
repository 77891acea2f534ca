//! Labels in small print over their values, several side by side on one line: each line of labels with the line of values below it is
//! a table of two rows. And lines on which labels and values alternate over wide gaps.

use super::lines::Pair;
use super::sheet::{Grid, GridCell, Node};
use super::slot::{Slot, Token};
use super::text::{fold, word_count};
use super::words::Lexicon;
use crate::domain::document::words::GAP;

/// Parts of a line that stand apart; nothing when there is more on it than words.
pub(super) fn parts(slot: &Slot) -> Vec<String> {
    let words_only = slot.tokens.iter().all(|token| matches!(token, Token::Words(..)));
    if !words_only || slot.typed {
        return Vec::new();
    }
    let mut parts: Vec<String> = Vec::new();
    let mut bold: Option<bool> = None;
    let mut gap = false;
    // On a page that is drawn, words far apart are pieces of their own.
    let drawn = slot.place.bounds.is_some();
    for token in &slot.tokens {
        let Token::Words(text, style) = token else { continue };
        gap |= drawn && bold == Some(style.bold);
        for (index, part) in text.split(GAP).map(str::trim).enumerate() {
            gap |= index > 0;
            if part.is_empty() {
                continue;
            }
            // A label in bold and its value behind it need no gap.
            let apart = gap || bold.is_none() || bold == Some(true) && !style.bold;
            match parts.last_mut() {
                Some(last) if !apart => *last = format!("{last} {part}"),
                _ => parts.push(part.to_owned()),
            }
            bold = Some(style.bold);
            gap = false;
        }
    }
    parts
}

/// `nodes` with each line of labels over a line of as many values as a table; `None` when there is no such pair of lines.
pub(super) fn labels_over_values(nodes: &[Node], lexicon: &Lexicon<'_>) -> Option<Vec<Node>> {
    let line = |index: usize| match nodes.get(index) {
        Some(Node::Line(slot)) => Some((slot, parts(slot))),
        Some(Node::Grid(_)) | None => None,
    };
    let over = |index: usize| {
        let (head, labels) = line(index)?;
        let (body, values) = line(index + 1)?;
        let known = labels.iter().filter(|label| lexicon.loose_label(label).is_some()).count();
        let asks = |label: &String| word_count(label) <= 5 && !label.contains(|c: char| c.is_ascii_digit() || c == ':');
        let fits = labels.len() >= 2
            && labels.len() == values.len()
            && labels.iter().all(asks)
            && known >= 2
            && known * 3 >= labels.len() * 2
            && values.iter().filter(|value| lexicon.plain_label(value).is_some()).count() * 2 < values.len();
        fits.then(|| Node::Grid(grid(head, &labels, body, &values)))
    };
    let mut laid = Vec::new();
    let mut index = 0;
    let mut any = false;
    while index < nodes.len() {
        if let Some(grid) = over(index) {
            laid.push(grid);
            any = true;
            index += 2;
        } else {
            laid.push(nodes[index].clone());
            index += 1;
        }
    }
    any.then_some(laid)
}

fn grid(head: &Slot, labels: &[String], body: &Slot, values: &[String]) -> Grid {
    let row = |like: &Slot, texts: &[String], heading: bool| -> Vec<GridCell> {
        let cell = |(column, text): (usize, &String)| {
            let slot = Slot { heading, ..Slot::of_text(text, like) };
            GridCell { column, columns: 1, slot, repeated: false, inner: Vec::new() }
        };
        texts.iter().enumerate().map(cell).collect()
    };
    Grid { rows: vec![row(head, labels, true), row(body, values, false)] }
}

/// `Surname  BELL  Postcode  LA10 5ZY`, `Person referred  Ada Bell`: every other part asks, and what stands behind it answers.
pub(super) fn alternating(slot: &Slot, lexicon: &Lexicon<'_>) -> Vec<Pair> {
    let parts = parts(slot);
    if parts.len() < 2 || !parts.len().is_multiple_of(2) {
        return Vec::new();
    }
    let asks = |label: &str| {
        lexicon.loose_label(label).is_some()
            || lexicon.owner(label).is_some()
            || lexicon.mapped_whole("sections", super::headings::stripped(&fold(label))).is_some()
    };
    let labels = || parts.iter().step_by(2);
    let short = labels().all(|label| word_count(label) <= 7 && !label.ends_with('.'));
    let known = labels().filter(|label| asks(label)).count();
    let themed = parts.len() == 2 && lexicon.criterion(&parts[0]).is_some();
    // Alone on its line, an unknown label still shows by the house and postcode behind it.
    let place = parts.len() == 2 && super::postcode::postcode(&parts[1]).is_some_and(|(_, street)| !street.is_empty());
    let answered = !parts.iter().skip(1).step_by(2).any(|value| {
        lexicon
            .plain_label(value)
            .is_some_and(|label| !matches!(label.field.as_str(), "yes" | "no" | "yes_no") && !lexicon.is("names_too", value))
    });
    let asked = known * 2 == parts.len() || parts.len() > 4 && known * 4 >= parts.len();
    if !short || themed || !answered || !(asked || place) {
        return Vec::new();
    }
    let pair = |pair: &[String]| Pair {
        text: pair[0].clone(),
        label: lexicon.loose_label(&pair[0]),
        value: Slot { heading: false, ..Slot::of_text(&pair[1], slot) },
    };
    parts.chunks(2).map(pair).collect()
}
