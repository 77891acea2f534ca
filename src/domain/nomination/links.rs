//! Words of links on a printed web page: `Change` behind each answer of `Check your answers`. They are nobody's words.
//!
//! One is a link only when it stands so often: `Change` may be an answer.

use super::sheet::{Grid, Node};
use super::slot::{Slot, Token};
use super::text::fold;
use super::words::Lexicon;

/// Fewer may be answers.
const LINKS_MIN: usize = 3;

/// Takes the words of links out of `nodes`.
pub(super) fn settle(nodes: &mut Vec<Node>, lexicon: &Lexicon<'_>) {
    // The foot of each printed page: its address on the web, and which page it is.
    nodes.retain(|node| !matches!(node, Node::Line(slot) if slot.drawn && is_address_of_page(&slot.text())));
    for link in lexicon.list("page_links") {
        let count = nodes.iter().map(|node| count(node, link)).sum::<usize>();
        if count < LINKS_MIN {
            continue;
        }
        nodes.retain_mut(|node| match node {
            Node::Line(slot) => {
                strip(slot, link);
                !slot.tokens.is_empty()
            }
            Node::Grid(grid) => {
                strip_grid(grid, link);
                true
            }
        });
    }
}

fn is_address_of_page(text: &str) -> bool {
    let mut words = text.split_whitespace();
    let web = words.next().is_some_and(|word| word.starts_with("https://") || word.starts_with("http://"));
    web && words.all(|word| word.chars().all(|c| c.is_ascii_digit() || c == '/') || matches!(word, "Page" | "page" | "of"))
}

fn count(node: &Node, link: &str) -> usize {
    match node {
        Node::Line(slot) => usize::from(ends_in(slot, link).is_some()),
        Node::Grid(grid) => grid.rows.iter().flatten().filter(|cell| ends_in(&cell.slot, link).is_some()).count(),
    }
}

/// Where in the last words of `slot` the link begins.
fn ends_in(slot: &Slot, link: &str) -> Option<usize> {
    let Some(Token::Words(words, _)) = slot.tokens.last() else { return None };
    let start = words.trim_end().len().checked_sub(link.len())?;
    let (before, last) = (words.get(..start)?, words.get(start..)?);
    // `NoneChange`: drawn close, as links are.
    let apart = before.is_empty() || before.ends_with(char::is_whitespace) || before.ends_with(char::is_lowercase);
    (fold(last) == link && last.starts_with(char::is_uppercase) && apart).then_some(start)
}

fn strip(slot: &mut Slot, link: &str) {
    let Some(start) = ends_in(slot, link) else { return };
    let Some(Token::Words(words, _)) = slot.tokens.last_mut() else { return };
    words.truncate(start);
    if words.trim().is_empty() {
        slot.tokens.pop();
    }
    while matches!(slot.tokens.last(), Some(Token::Break)) {
        slot.tokens.pop();
    }
}

fn strip_grid(grid: &mut Grid, link: &str) {
    grid.rows.iter_mut().flatten().for_each(|cell| strip(&mut cell.slot, link));
}
