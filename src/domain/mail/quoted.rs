//! Sets the newest text of a mail apart from the earlier mails quoted or forwarded below it.
//!
//! Nothing is thrown away: what is set apart is kept, since a forward's content may be the nomination itself.

use std::ops::Range;

use crate::domain::document::{Block, Inline, words};

/// The newest blocks, and each earlier mail below them.
#[derive(Clone, PartialEq)]
pub struct Split {
    /// What the sender wrote last.
    pub newest: Vec<Block>,
    /// Earlier mails, newest first.
    pub earlier: Vec<Vec<Block>>,
}

crate::redacted_debug!(Split);

/// Splits `blocks`; `marked` are the ranges the carrier itself says are quoted.
#[must_use]
pub fn split(blocks: Vec<Block>, marked: &[Range<usize>]) -> Split {
    let texts: Vec<Option<String>> = blocks.iter().map(line_text).collect();
    let mut starts: Vec<usize> = (0..blocks.len()).filter(|index| begins_earlier_mail(&texts, *index)).collect();
    starts.retain(|start| *start < blocks.len());
    let first_start = starts.first().copied().unwrap_or(blocks.len());
    let mut newest = Vec::new();
    let mut earlier: Vec<Vec<Block>> = Vec::new();
    let mut quoting = false;
    for (index, block) in blocks.into_iter().enumerate() {
        let in_marked = marked.iter().any(|range| range.contains(&index));
        let arrow = texts[index].as_deref().is_some_and(|text| text.starts_with('>'));
        if index < first_start && !in_marked && !arrow {
            quoting = false;
            newest.push(block);
            continue;
        }
        let begins = starts.contains(&index) && !follows_separator(&texts, &starts, index);
        if !quoting || begins {
            earlier.push(Vec::new());
        }
        quoting = true;
        earlier.last_mut().expect("pushed when quoting began").push(if arrow { without_arrows(block) } else { block });
    }
    Split { newest, earlier: earlier.into_iter().filter(|blocks| !blocks.is_empty()).collect() }
}

/// A header block right under its own separator line belongs to the same earlier mail.
fn follows_separator(texts: &[Option<String>], starts: &[usize], index: usize) -> bool {
    index > 0 && starts.contains(&(index - 1)) && texts[index - 1].as_deref().is_some_and(is_separator)
}

fn line_text(block: &Block) -> Option<String> {
    match block {
        Block::Line(line) => Some(words::words(&line.pieces)),
        Block::Table(_) => None,
    }
}

fn begins_earlier_mail(texts: &[Option<String>], index: usize) -> bool {
    let Some(text) = texts[index].as_deref() else { return false };
    if text.starts_with('>') {
        return false;
    }
    is_separator(text) || is_attribution(texts, index) || is_header_block(texts, index)
}

/// `-----Original Message-----`, `Begin forwarded message:`.
fn is_separator(text: &str) -> bool {
    let lower = text.to_lowercase();
    let bare = lower.trim_matches(|c: char| matches!(c, '-' | '_' | '=' | '*') || c.is_whitespace());
    let dashed = lower.starts_with("--") || lower.starts_with("__");
    bare.starts_with("begin forwarded message")
        || (dashed
            && ["original message", "forwarded message", "original appointment", "forwarded by"]
                .iter()
                .any(|words| bare.starts_with(words)))
}

/// `On Monday Jo Bloggs wrote:`, also folded onto a second line.
fn is_attribution(texts: &[Option<String>], index: usize) -> bool {
    let text = texts[index].as_deref().unwrap_or_default();
    let begins = text.starts_with("On ") && text.len() < 300 && text.chars().any(|c| c.is_ascii_digit());
    let ends = |text: &str| text.trim_end().ends_with("wrote:");
    let next = texts.get(index + 1).and_then(Option::as_deref).unwrap_or_default();
    begins && (ends(text) || (ends(next) && next.len() < 200 && (text.contains('@') || next.contains('@') || text.contains(','))))
}

/// `From:` with at least two of `Sent:`, `Date:`, `To:`, `Cc:`, `Subject:` in the five lines below.
fn is_header_block(texts: &[Option<String>], index: usize) -> bool {
    let text = texts[index].as_deref().unwrap_or_default();
    if !begins_with_label(text, &["from:"]) {
        return false;
    }
    // Outlook may write the whole block as one line.
    let below = texts[index + 1..].iter().take(5).filter_map(Option::as_deref);
    let labels = ["sent:", "date:", "to:", "cc:", "subject:"];
    let found = below.filter(|line| begins_with_label(line, &labels)).count();
    let lower = text.to_lowercase();
    found >= 2 || labels.iter().filter(|label| lower.contains(&format!(" {label}"))).count() >= 2
}

fn begins_with_label(text: &str, labels: &[&str]) -> bool {
    let lower = text.trim_start_matches(['*', ' ']).to_lowercase().replace("*:", ":").replace(" :", ":");
    labels.iter().any(|label| lower.starts_with(label))
}

fn without_arrows(mut block: Block) -> Block {
    if let Block::Line(line) = &mut block {
        if let Some(Inline::Text { text, .. }) = line.pieces.first_mut() {
            *text = text.trim_start_matches(|c: char| c == '>' || c.is_whitespace()).to_owned();
        }
        words::trim(&mut line.pieces);
    }
    block
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::document::{Limits, text};

    fn check(mail: &str, newest: &str, earlier: &[&str]) {
        let split = split(text::blocks(mail, &Limits::default()), &[]);
        let joined = |blocks: &[Block]| blocks.iter().filter_map(line_text).collect::<Vec<_>>().join("|");
        assert_eq!(joined(&split.newest), newest, "{mail}");
        assert_eq!(split.earlier.iter().map(|blocks| joined(blocks)).collect::<Vec<_>>(), earlier, "{mail}");
    }

    #[test]
    fn the_newest_text_stands_apart_from_what_it_answers() {
        check("Hello\nFrom the family: all well", "Hello|From the family: all well", &[]);
        check(
            "Thanks\n\nOn Mon, 2 Nov 2026 at 10:12, Pat <pat@example.org> wrote:\n> Hi\n> there\n",
            "Thanks",
            &["On Mon, 2 Nov 2026 at 10:12, Pat <pat@example.org> wrote:|Hi|there"],
        );
        check(
            "See below\n\nFrom: Sam\nSent: 25 September 2026\nTo: Office\nSubject: Nomination\n\nGood morning",
            "See below",
            &["From: Sam|Sent: 25 September 2026|To: Office|Subject: Nomination|Good morning"],
        );
        check(
            "-----Original Message-----\nFrom: A\nTo: B\nSubject: C\nold\n-----Original Message-----\nolder",
            "",
            &["-----Original Message-----|From: A|To: B|Subject: C|old", "-----Original Message-----|older"],
        );
        check(
            "> question one\nanswer one\n> question two\nanswer two",
            "answer one|answer two",
            &["question one", "question two"],
        );
        check("On Monday 2 November they wrote to us", "On Monday 2 November they wrote to us", &[]);
    }
}
