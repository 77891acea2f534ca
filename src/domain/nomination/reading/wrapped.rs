//! Mail programs break the lines of a plain mail at a width of their own: what they broke is one line again, so that a sentence is whole.
//!
//! A line was broken when the first word of the next would not have fitted into it. The lines of a form are not: they are shorter, they
//! begin with a label, a box or a bullet, or they end a sentence.

use crate::domain::document::{Block, Inline, Line};

/// Widths at which mail programs break lines, in characters.
const WIDTHS: std::ops::RangeInclusive<usize> = 60..=80;
/// A text has at least so many lines close to its width when somebody broke it.
const FULL_LINES_MIN: usize = 3;
/// This close.
const FULL_WITHIN: usize = 14;
/// A label at the beginning of a line has no more words.
const LABEL_WORDS_MAX: usize = 5;

/// `blocks`, numbered as the lines of the mail are, with those lines whole that were broken; the same where none was.
pub(super) fn unwrapped(blocks: Vec<Block>) -> Vec<Block> {
    let lengths: Vec<usize> = blocks.iter().filter_map(plain).map(|(_, text)| text.chars().count()).collect();
    let width = lengths.iter().copied().max().unwrap_or(0);
    let full = lengths.iter().filter(|length| **length + FULL_WITHIN >= width).count();
    if !WIDTHS.contains(&width) || full < FULL_LINES_MIN {
        return blocks;
    }
    let mut whole: Vec<Block> = Vec::with_capacity(blocks.len());
    let mut before: Option<(usize, String)> = None;
    for block in blocks {
        let this = plain(&block).map(|(number, text)| (number, text.to_owned()));
        match (&before, &this, whole.last_mut()) {
            (Some((number, last)), Some((next, text)), Some(Block::Line(line)))
                if *next == number + 1 && is_broken(last, text, width) =>
            {
                append(line, text);
            }
            _ => whole.push(block),
        }
        before = this;
    }
    whole
}

/// The number of a line of plain text, and its words; `None` for anything else.
fn plain(block: &Block) -> Option<(usize, &str)> {
    let Block::Line(line) = block else { return None };
    let number = line.place.path.strip_prefix("line ")?.parse().ok()?;
    let [Inline::Text { text, .. }] = line.pieces.as_slice() else { return None };
    Some((number, text.trim()))
}

fn is_broken(last: &str, next: &str, width: usize) -> bool {
    let first = next.split(' ').next().unwrap_or_default();
    let too_long = last.chars().count() + 1 + first.chars().count() > width;
    let opens = next.chars().next().is_some_and(|c| c.is_alphanumeric() || matches!(c, '(' | '"' | '\'' | '‘' | '“' | '£'));
    let labelled = next
        .split_once(':')
        .is_some_and(|(label, _)| label.split_whitespace().count() <= LABEL_WORDS_MAX && next.starts_with(char::is_uppercase));
    too_long && opens && !labelled && !last.ends_with(['.', '!', '?', ':', ';'])
}

fn append(line: &mut Line, more: &str) {
    if let Some(Inline::Text { text, .. }) = line.pieces.last_mut() {
        text.push(' ');
        text.push_str(more);
    }
}
