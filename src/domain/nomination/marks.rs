//! What a cell or an answer says: yes, no, nothing, or words.
//!
//! Written for all the ways a form is answered: one word left, the unwanted one struck out, the wanted one bold,
//! underlined, highlighted, circled or ticked, a box before or after its word, a drop-down.

use super::slot::{Slot, Token};
use super::text::{fold, has_phrase};
use super::words::Lexicon;
use crate::domain::document::Style;

/// The sense of a cell under a criterion or after a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mark {
    /// Ticked, or answered Yes.
    Yes,
    /// Answered No.
    No,
    /// The boxes of both Yes and No are ticked: an answer that contradicts itself.
    Both,
    /// Nothing, or both answers left standing.
    Blank,
    /// Words that are neither: names, evidence.
    Words,
}

/// What `slot` says.
pub(super) fn mark(slot: &Slot, lexicon: &Lexicon<'_>) -> Mark {
    let options = options(slot, lexicon);
    let ticked = |yes: bool| options.iter().any(|option| option.yes == yes && option.boxed == Some(true));
    if ticked(true) && ticked(false) {
        return Mark::Both;
    }
    if options.iter().any(|option| option.yes) && options.iter().any(|option| !option.yes) {
        return chosen(&options);
    }
    if slot.printed && !slot.has_mark() {
        return Mark::Blank;
    }
    let text = slot.text();
    if slot.has_box() {
        return match (slot.has_mark(), options.first()) {
            (true, Some(option)) if options.len() == 1 => of(option.yes),
            (true, _) => Mark::Yes,
            (false, _) if lexicon.is_blank(&text) || options.len() == 1 => Mark::Blank,
            (false, _) => Mark::Words,
        };
    }
    if let Some(answer) = whole_answer(&text, lexicon) {
        return answer;
    }
    if lexicon.is_blank(&text) {
        return if slot.is_signed() { Mark::Yes } else { Mark::Blank };
    }
    leading_answer(&text, lexicon).unwrap_or(Mark::Words)
}

fn of(yes: bool) -> Mark {
    if yes { Mark::Yes } else { Mark::No }
}

fn whole_answer(text: &str, lexicon: &Lexicon<'_>) -> Option<Mark> {
    if lexicon.is("yes", text) || lexicon.is("tick_glyphs", text) {
        return Some(Mark::Yes);
    }
    if lexicon.is("no", text) {
        return Some(Mark::No);
    }
    None
}

/// `Yes - since May`, `No, not yet`: the first word answers, the rest explains.
fn leading_answer(text: &str, lexicon: &Lexicon<'_>) -> Option<Mark> {
    let folded = fold(text);
    // `n/a, both attending well`.
    if ["n/a", "not applicable"]
        .iter()
        .any(|word| folded.strip_prefix(word).is_some_and(|rest| rest.starts_with([',', ';', ' ', '.'])))
    {
        return Some(Mark::No);
    }
    let first = folded.split(|c: char| !(c.is_alphanumeric() || c == '\'')).next()?;
    let rest = folded[first.len()..].trim_start();
    let divided = rest.is_empty() || rest.starts_with([',', '.', '-', ':', ';', '(', '/', '!']);
    if first == "yes" && (divided || lexicon.mentions("yes_followers", rest).is_some()) {
        return Some(Mark::Yes);
    }
    if first == "no" && (divided || lexicon.mentions("no_followers", rest).is_some()) {
        return Some(Mark::No);
    }
    // `None, both children are above 95%`: what follows explains the answer and is no finding.
    if matches!(first, "none" | "nil" | "nothing") && rest.starts_with([',', '.', '-', ':', ';', '(']) {
        return Some(Mark::No);
    }
    // `N - with his parents`; a full stop would make an initial of the letter.
    if matches!(first, "y" | "n") && rest.starts_with([',', '-', ':', ';']) {
        return Some(of(first == "y"));
    }
    (lexicon.list("no_phrases").iter().any(|phrase| has_phrase(&folded, phrase)) && folded.split(' ').count() <= 8)
        .then_some(Mark::No)
}

struct Choice {
    yes: bool,
    boxed: Option<bool>,
    style: Style,
    wrapped: bool,
}

/// The words Yes and No in order, each with the box that belongs to it.
fn options(slot: &Slot, lexicon: &Lexicon<'_>) -> Vec<Choice> {
    let mut pieces: Vec<Piece> = Vec::new();
    for token in &slot.tokens {
        match token {
            Token::Box(marked) => pieces.push(Piece::Box(*marked)),
            Token::Words(..) | Token::Typed(_) => {
                let (text, style) = match token {
                    Token::Words(text, style) => (text, *style),
                    Token::Typed(text) => (text, Style::default()),
                    _ => continue,
                };
                for word in text.split(|c: char| c.is_whitespace() || c == '/' || c == '|').filter(|word| !word.is_empty()) {
                    let core = word.trim_matches(|c: char| !c.is_alphanumeric());
                    let wrapped = core.len() < word.len() && word.starts_with(['(', '[', '*', '<', '_', '"']);
                    if lexicon.is("yes_words", core) {
                        pieces.push(Piece::Word(true, style, wrapped));
                    } else if lexicon.is("no_words", core) {
                        pieces.push(Piece::Word(false, style, wrapped));
                    } else if core.chars().any(char::is_alphanumeric) {
                        pieces.push(Piece::Other);
                    }
                }
            }
            Token::Signed | Token::Break | Token::Hole => {}
        }
    }
    let boxes_first = matches!(pieces.iter().find(|piece| !matches!(piece, Piece::Other)), Some(Piece::Box(_)));
    (0..pieces.len())
        .filter_map(|index| {
            let Piece::Word(yes, style, wrapped) = pieces[index] else { return None };
            let beside = if boxes_first { index.checked_sub(1) } else { Some(index + 1) };
            let boxed = beside.and_then(|beside| pieces.get(beside)).and_then(|piece| match piece {
                Piece::Box(marked) => Some(*marked),
                Piece::Word(..) | Piece::Other => None,
            });
            Some(Choice { yes, boxed, style, wrapped })
        })
        .collect()
}

#[derive(Clone, Copy)]
enum Piece {
    Box(bool),
    Word(bool, Style, bool),
    Other,
}

/// The one of Yes and No that is chosen, by box, else by how it is set off.
fn chosen(options: &[Choice]) -> Mark {
    let tests: [fn(&Choice) -> bool; 6] = [
        |choice| choice.boxed == Some(true),
        |choice| choice.boxed.is_none() && !choice.style.struck,
        |choice| choice.style.highlighted,
        |choice| choice.style.underlined,
        |choice| choice.style.bold,
        |choice| choice.wrapped,
    ];
    for test in tests {
        let mut chosen = options.iter().filter(|choice| test(choice));
        if let (Some(first), None) = (chosen.next(), chosen.next()) {
            return of(first.yes);
        }
    }
    Mark::Blank
}
