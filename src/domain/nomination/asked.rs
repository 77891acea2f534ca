//! What a form asks in words nobody listed: whatever stands under a heading or behind a question that names the matter.
//!
//! Labels have a thousand wordings; what they are about is told by few words. Used only for matters of which nothing else was understood.

use super::lines::split_pairs;
use super::sheet::{GridCell, Node};
use super::slot::Slot;
use super::text::{fold, word_count};
use super::words::Lexicon;

/// A heading or question with more words is a text.
const TOPIC_WORDS_MAX: usize = 14;
/// A line of no more words that names the matter itself asks for it.
const LABEL_WORDS_MAX: usize = 3;
/// Answers that belong to one matter.
const ANSWERS_MAX: usize = 12;

/// A matter that a form asks about.
pub(super) struct Topic<'a> {
    /// The list whose words name it.
    pub words: &'a str,
    /// Known fields that are about it; a question known to be about another is none of its own, whatever heading it stands under.
    pub fields: &'a [&'a str],
    /// Whether a line that nothing asks for names what the matter is about.
    pub names: &'a dyn Fn(&str) -> bool,
}

/// What a form asks, and what stands there.
pub(super) struct Piece {
    pub label: String,
    pub value: Slot,
    /// Whether the label stands beside the answer, not only above it.
    pub asked: bool,
}

/// What stands where the words of `topic` ask for it: under their heading, behind or below their question. A line that nothing asks for
/// counts under a heading only when it names the matter, for a form's own sentences stand there too.
pub(super) fn pieces(nodes: &[Node], lexicon: &Lexicon<'_>, topic: &Topic<'_>) -> Vec<Piece> {
    let speaks = |text: &str| word_count(text) <= TOPIC_WORDS_MAX && lexicon.mentions(topic.words, text).is_some();
    let of_another = |label: &str| lexicon.loose_label(label).is_some_and(|label| !topic.fields.contains(&label.field.as_str()));
    let mut found: Vec<Piece> = Vec::new();
    // The heading the node stands under, and the line straight above it.
    let (mut under, mut above) = (false, String::new());
    for node in nodes {
        match node {
            Node::Line(slot) => {
                let text = slot.text();
                let pairs = split_pairs(slot, lexicon);
                let heads = slot.heading && pairs.iter().all(|pair| pair.value.is_blank(lexicon)) || is_section(&text, lexicon);
                if heads {
                    // A question on the same matter goes on with it.
                    under = speaks(&text)
                        || under && text.trim_end().ends_with('?') && lexicon.mapped_whole("sections", &fold(&text)).is_none();
                } else if pairs.is_empty() {
                    // An empty label's next label is no answer to it.
                    let is_label = lexicon.loose_label(&text).is_some() || speaks(&text) && word_count(&text) <= LABEL_WORDS_MAX;
                    if under && (topic.names)(&text) || speaks(&above) && !is_label {
                        found.push(Piece { label: above.clone(), value: slot.clone(), asked: false });
                    }
                } else {
                    let asked = pairs.into_iter().filter(|pair| (under || speaks(&pair.text)) && !of_another(&pair.text));
                    found.extend(asked.map(|pair| Piece { label: pair.text, value: pair.value, asked: true }));
                }
                above = text;
            }
            Node::Grid(grid) => {
                for row in &grid.rows {
                    let cells: Vec<&GridCell> = row.iter().filter(|cell| !cell.repeated).collect();
                    match cells.as_slice() {
                        [only] => {
                            let text = only.slot.text();
                            let title = grid.rows.len() > 1 && (only.slot.heading || speaks(&text) && !text.contains(['.', ':']));
                            if title {
                                under = speaks(&text);
                            } else if under || speaks(&above) {
                                found.push(Piece { label: above.clone(), value: only.slot.clone(), asked: false });
                            }
                        }
                        cells => {
                            for pair in cells.chunks_exact(2) {
                                let label = pair[0].slot.text();
                                if (under || speaks(&label)) && !of_another(&label) {
                                    found.push(Piece { label, value: pair[1].slot.clone(), asked: true });
                                }
                            }
                        }
                    }
                }
                above = String::new();
            }
        }
    }
    found.truncate(ANSWERS_MAX);
    found
}

/// Whether a line opens another part of the form.
fn is_section(text: &str, lexicon: &Lexicon<'_>) -> bool {
    lexicon.mapped_whole("sections", super::headings::stripped(&fold(text))).is_some()
}
