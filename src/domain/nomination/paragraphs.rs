//! Lines of a drawn page that are one paragraph: a sentence broken where the page ends is one sentence.

use super::lines::divided_pairs;
use super::over::parts;
use super::sheet::Node;
use super::slot::{Slot, Token};
use super::text::word_count;
use super::words::Lexicon;

/// A shorter line was ended by its writer.
const FULL_LINE_CHARACTERS: usize = 70;

/// `nodes` with the lines of a paragraph as one; `None` when no line goes on in the next.
pub(super) fn joined(nodes: &[Node], lexicon: &Lexicon<'_>) -> Option<Vec<Node>> {
    let mut laid: Vec<Node> = Vec::new();
    let mut last_line = String::new();
    let mut any = false;
    for node in nodes {
        let Node::Line(slot) = node else {
            last_line.clear();
            laid.push(node.clone());
            continue;
        };
        let text = slot.text();
        if let Some(Node::Line(before)) = laid.last_mut()
            && goes_on(&last_line, before)
            && continues(slot, &text, lexicon)
        {
            append(before, slot);
            any = true;
        } else {
            laid.push(node.clone());
        }
        last_line = text;
    }
    any.then_some(laid)
}

/// A full line of running words that ends in the middle of a sentence.
fn goes_on(last_line: &str, slot: &Slot) -> bool {
    let small = last_line.split_whitespace().filter(|word| word.starts_with(char::is_lowercase)).count();
    slot.drawn
        && !slot.heading
        && last_line.chars().count() >= FULL_LINE_CHARACTERS
        && !last_line.ends_with(['.', '?', '!', ':', ';'])
        && (small >= 6 || small >= 3 && last_line.ends_with(','))
        && parts(slot).len() == 1
}

fn continues(slot: &Slot, text: &str, lexicon: &Lexicon<'_>) -> bool {
    let asks = divided_pairs(slot, lexicon).iter().any(|pair| pair.label.is_some());
    !slot.heading
        && !asks
        && parts(slot).len() == 1
        && text.starts_with(|c: char| c.is_alphanumeric() || c == '(')
        && word_count(text) >= 1
}

fn append(before: &mut Slot, slot: &Slot) {
    before.confidence = before.confidence.min(slot.confidence);
    for token in &slot.tokens {
        match (before.tokens.last_mut(), token) {
            (Some(Token::Words(last, style)), Token::Words(words, other)) if style == other => {
                last.push(' ');
                last.push_str(words);
            }
            _ => before.tokens.push(token.clone()),
        }
    }
}
