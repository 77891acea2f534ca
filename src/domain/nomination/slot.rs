//! What stands in one cell, after one label, or on one line: words, ticks, and whether somebody typed it.
//!
//! A placeholder is nothing. A tick counts only where it is: whether it belongs to the word before or after it
//! is told by what comes first.

use std::borrow::Cow;

use super::text::{fold, tidied, tidy};
use super::words::Lexicon;
use crate::domain::document::{self, Cell, Control, ControlValue, Format, Inline, Line, Method, Place, Style, Tick};
use crate::domain::nomination::Source;
use crate::domain::personal::Personal;

/// Boxes blacked out, or bullets.
const FULL_SQUARES: [char; 4] = ['■', '▪', '◼', '◾'];

/// A word group or a mark, in order.
#[derive(Clone, PartialEq)]
pub(super) enum Token {
    /// Words and how they are set off.
    Words(String, Style),
    /// Words typed into a control: surely an answer.
    Typed(String),
    /// An empty control.
    Hole,
    /// A mark in a box (`true`), or an empty box.
    Box(bool),
    /// A signed signature field.
    Signed,
    /// The end of a line inside a cell.
    Break,
}

/// What stands in one place.
#[derive(Clone)]
pub(super) struct Slot {
    /// In reading order.
    pub tokens: Vec<Token>,
    /// Where.
    pub place: Place,
    /// How it was read.
    pub method: Method,
    /// 0 to 1.
    pub confidence: f32,
    /// The carrier says heading or header cell, or all words are bold.
    pub heading: bool,
    /// Something was typed into a control here: surely an answer, never a label.
    pub typed: bool,
    /// A control stands here, filled or not.
    pub control: bool,
    /// Its words are those of a learnt blank form: no answer.
    pub printed: bool,
    /// It stands on a page that is drawn: what is far apart there is a piece of its own, and a sentence ends where the page does.
    pub drawn: bool,
    /// The theme whose heading or question it stands under.
    pub under: Option<String>,
}

impl Slot {
    /// Nothing, at `place`.
    pub(super) fn empty(place: Place, method: Method) -> Self {
        Self {
            tokens: Vec::new(),
            place,
            method,
            confidence: 1.0,
            heading: false,
            typed: false,
            control: false,
            printed: false,
            drawn: false,
            under: None,
        }
    }

    /// Words at `place`.
    pub(super) fn of_text(text: &str, like: &Self) -> Self {
        let mut slot = Self { tokens: Vec::new(), typed: false, ..like.clone() };
        push_text(&mut slot.tokens, text, Style::default());
        slot
    }

    /// A line as one slot.
    pub(super) fn of_line(line: &Line, lexicon: &Lexicon<'_>, method: Method) -> Self {
        let mut slot = Self { confidence: line.confidence, ..Self::empty(line.place.clone(), method) };
        slot.push_line(line, lexicon);
        slot.printed = !slot.typed && lexicon.has_learnt() && lexicon.is_printed(&super::learnt::printed_words(&slot.tokens));
        slot.heading = line.heading || slot.is_bold();
        slot
    }

    /// A cell's own lines as one slot.
    pub(super) fn of_cell(cell: &Cell, lexicon: &Lexicon<'_>, method: Method) -> Self {
        let mut slot = Self::empty(cell.place.clone(), method);
        // A line with a box, a field or a signature in it may say more than it prints.
        let printed = |line: &Line| {
            lexicon.has_learnt() && {
                let line = Self::of_line(line, lexicon, method);
                line.printed && !line.has_box() && !line.is_signed()
            }
        };
        let (fixed, written): (Vec<&Line>, Vec<&Line>) = cell.lines.iter().partition(|line| printed(line));
        slot.printed = !fixed.is_empty() && written.iter().all(|line| line.pieces.is_empty());
        // What the form says above or below an answer is no part of it.
        for line in if slot.printed { &fixed } else { &written } {
            if !slot.tokens.is_empty() {
                slot.tokens.push(Token::Break);
            }
            slot.confidence = slot.confidence.min(line.confidence);
            slot.push_line(line, lexicon);
        }
        slot.printed &= !slot.typed;
        slot.heading = cell.header || slot.is_bold();
        slot
    }

    /// The same of a document read by `read_by`: what somebody filled in is called as that kind of document calls it.
    pub(super) fn told_by(mut self, read_by: Method) -> Self {
        if self.method == Method::ContentControls && read_by == Method::FormFields {
            self.method = read_by;
        }
        self
    }

    /// The same on a page of `format`.
    pub(super) fn drawn_as(mut self, format: Format) -> Self {
        self.drawn = format == Format::Pdf;
        self
    }

    /// A control alone as one slot.
    pub(super) fn of_control(control: &Control, lexicon: &Lexicon<'_>) -> Self {
        let mut slot = Self::empty(control.place.clone(), Method::FormFields);
        slot.push_control(control, lexicon);
        slot
    }

    fn push_line(&mut self, line: &Line, lexicon: &Lexicon<'_>) {
        for (index, piece) in line.pieces.iter().enumerate() {
            match piece {
                Inline::Text { text, style } => {
                    let text = squares_told(text, index, &line.pieces);
                    let text = without_leader(&text);
                    push_text(&mut self.tokens, &text, *style);
                }
                Inline::Tick(tick) => self.tokens.push(Token::Box(*tick == Tick::Marked)),
                Inline::Control(control) if is_chosen_button(control, &line.pieces) => {
                    self.control = true;
                    self.tokens.push(Token::Box(true));
                }
                Inline::Control(control) => self.push_control(control, lexicon),
            }
        }
    }

    fn push_control(&mut self, control: &Control, lexicon: &Lexicon<'_>) {
        self.control = true;
        if self.method > Method::ContentControls && !matches!(control.value, ControlValue::Empty) {
            self.method = Method::ContentControls;
        }
        match &control.value {
            ControlValue::Empty => self.tokens.push(Token::Hole),
            ControlValue::Text(text) => self.push_typed(text, lexicon),
            ControlValue::Tick(tick) => self.tokens.push(Token::Box(*tick == Tick::Marked)),
            ControlValue::Choice(chosen) => {
                let chosen = if chosen.iter().all(|option| fold(option) == "off") { String::new() } else { chosen.join(", ") };
                self.push_typed(&chosen, lexicon);
            }
            ControlValue::Signed => self.tokens.push(Token::Signed),
        }
    }

    fn push_typed(&mut self, text: &str, lexicon: &Lexicon<'_>) {
        if lexicon.is_blank(text) {
            self.tokens.push(Token::Hole);
            return;
        }
        self.typed = true;
        for (index, line) in text.lines().enumerate() {
            if index > 0 {
                self.tokens.push(Token::Break);
            }
            if !line.trim().is_empty() {
                self.tokens.push(Token::Typed(tidy(line)));
            }
        }
    }

    /// `attached / in progress / not started → in progress`: what stands behind the arrow was chosen of what stands before it.
    pub(super) fn chosen_of_menu(&self) -> Option<Self> {
        let text = self.text();
        let (menu, chosen) = ["→", "->", "⇒", "=>"].iter().find_map(|arrow| text.split_once(arrow))?;
        let fits = menu.contains(" / ") && !self.has_box() && chosen.chars().any(char::is_alphanumeric);
        fits.then(|| Self::of_text(chosen.trim(), self))
    }

    /// `Q1. Where do they live?`, `A1: 4 Mill Row` without what counts question and answer.
    pub(super) fn without_question_number(&self) -> Option<Self> {
        let Some(Token::Words(words, style)) = self.tokens.first() else { return None };
        let rest = words.strip_prefix(['Q', 'A'])?.trim_start_matches(|c: char| c.is_ascii_digit());
        let counted = words.len() - rest.len() <= 3;
        let rest = rest.strip_prefix(['.', ':', ')']).filter(|rest| counted && rest.starts_with(' '))?;
        let mut slot = self.clone();
        slot.tokens[0] = Token::Words(rest.trim_start().to_owned(), *style);
        Some(slot)
    }

    /// Whether nothing at all stands here, not even an empty control.
    pub(super) fn is_bare(&self) -> bool {
        self.tokens.iter().all(|token| matches!(token, Token::Hole | Token::Break))
    }

    fn is_bold(&self) -> bool {
        let mut words = self.tokens.iter().filter_map(|token| match token {
            Token::Words(text, style) if text.chars().any(char::is_alphanumeric) => Some(style.bold),
            _ => None,
        });
        words.next().is_some_and(|first| first && words.all(|bold| bold))
    }

    /// The words, lines kept apart by `\n`, struck-out words left out.
    pub(super) fn lines_text(&self) -> String {
        let mut text = String::new();
        for token in &self.tokens {
            match token {
                Token::Words(words, Style { struck: false, .. }) | Token::Typed(words) => {
                    if !text.is_empty()
                        && !text.ends_with([' ', '\n'])
                        && !words.starts_with([' ', ',', '.', ')', '\'', ':', ';'])
                    {
                        text.push(' ');
                    }
                    text.push_str(words);
                }
                Token::Break => text.push('\n'),
                Token::Words(..) | Token::Box(_) | Token::Signed | Token::Hole => {}
            }
        }
        text.truncate(text.trim_end().len());
        if text.starts_with(char::is_whitespace) { text.trim_start().to_owned() } else { text }
    }

    /// The words on one line.
    pub(super) fn text(&self) -> String {
        // Most slots hold one piece of one line.
        if let [Token::Words(words, Style { struck: false, .. }) | Token::Typed(words)] = self.tokens.as_slice() {
            return tidy(words);
        }
        let lines = self.lines_text();
        if !lines.contains('\n') {
            return tidied(lines);
        }
        let mut text = tidy(lines.split('\n').next().unwrap_or_default());
        for line in lines.split('\n').skip(1).map(tidy).filter(|line| !line.is_empty()) {
            // A narrow column breaks `Smith-Jones` behind its hyphen.
            let broken = text.ends_with('-')
                && text.trim_end_matches('-').ends_with(char::is_alphabetic)
                && line.starts_with(char::is_uppercase);
            if !broken && !text.is_empty() {
                text.push(' ');
            }
            text.push_str(&line);
        }
        text
    }

    /// The words, or nothing when they say nothing.
    pub(super) fn answer(&self, lexicon: &Lexicon<'_>) -> Option<String> {
        let text = self.text();
        (!self.printed && !lexicon.is_blank(&text)).then_some(text)
    }

    /// Whether nothing was answered: no words that say something, no mark.
    pub(super) fn is_blank(&self, lexicon: &Lexicon<'_>) -> bool {
        !self.is_signed() && !self.has_mark() && self.answer(lexicon).is_none()
    }

    /// Whether any box is marked.
    pub(super) fn has_mark(&self) -> bool {
        self.tokens.contains(&Token::Box(true))
    }

    /// Whether there is any box, marked or not.
    pub(super) fn has_box(&self) -> bool {
        self.tokens.iter().any(|token| matches!(token, Token::Box(_)))
    }

    /// Whether a signature field is signed.
    pub(super) fn is_signed(&self) -> bool {
        self.tokens.contains(&Token::Signed)
    }

    /// The source of an answer taken from here; `sure` is how sure the meaning is, apart from the characters.
    pub(super) fn source(&self, document: &str, place: &str, sure: f32) -> Source {
        let mut quote = self.text();
        if self.has_box() {
            quote = self.quoted();
        }
        let place = if place.is_empty() { self.place.path.clone() } else { format!("{}, {place}", self.place.path) };
        self.source_of(document, place, quote, sure)
    }

    /// The same with the words to quote given.
    pub(super) fn source_quoting(&self, document: &str, quote: String, sure: f32) -> Source {
        self.source_of(document, self.place.path.clone(), quote, sure)
    }

    fn source_of(&self, document: &str, place: String, quote: String, sure: f32) -> Source {
        Source {
            document: Personal::from(document),
            page: self.place.page.max(1),
            place,
            quote: Personal::from(quote),
            method: self.method,
            confidence: (self.confidence * sure * method_confidence(self.method)).clamp(0.0, 1.0),
        }
    }

    /// The words with their boxes, for a quote.
    fn quoted(&self) -> String {
        let pieces: Vec<&str> = self
            .tokens
            .iter()
            .map(|token| match token {
                Token::Words(words, _) | Token::Typed(words) => words.as_str(),
                Token::Hole => "",
                Token::Box(true) => "☒",
                Token::Box(false) => "☐",
                Token::Signed => "(signed)",
                Token::Break => "/",
            })
            .collect();
        tidy(&pieces.join(" "))
    }
}

/// How sure a way of reading is: fields and controls say what they hold, lines of text are matched by their words.
fn method_confidence(method: Method) -> f32 {
    match method {
        Method::FormFields | Method::ContentControls => 0.99,
        Method::Table => 0.97,
        Method::Text => 0.93,
        Method::Ocr => 0.85,
    }
}

/// The chosen button of a group whose states are only numbers or letters: a box among the others of its name, its words beside it.
fn is_chosen_button(control: &Control, pieces: &[Inline]) -> bool {
    let ControlValue::Choice(chosen) = &control.value else { return false };
    let [state] = chosen.as_slice() else { return false };
    let says_nothing = state.chars().count() <= 2 && !matches!(fold(state).as_str(), "y" | "n" | "no");
    let others = pieces.iter().filter(|piece| match piece {
        Inline::Control(other) => other.name == control.name && matches!(other.value, ControlValue::Tick(Tick::Empty)),
        Inline::Text { .. } | Inline::Tick(_) => false,
    });
    says_nothing && others.count() > 0
}

/// A full square is a bullet, save on a line with an empty box: there it is a box blacked out (`Agreed: ■ yes □ no`). At the very
/// beginning of such a line it is one too when next to nothing stands between the two.
fn squares_told<'t>(text: &'t str, index: usize, pieces: &[Inline]) -> Cow<'t, str> {
    let has_empty = pieces.iter().any(|piece| matches!(piece, Inline::Tick(Tick::Empty)));
    if !has_empty || !text.contains(FULL_SQUARES) {
        return Cow::Borrowed(text);
    }
    let opens = index == 0 && text.trim_start().starts_with(FULL_SQUARES);
    let first_words = text.trim_matches(|c: char| FULL_SQUARES.contains(&c) || c.is_whitespace());
    if opens && (first_words.split_whitespace().count() > 2 || first_words.ends_with([':', '?'])) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.replace(FULL_SQUARES, "☒"))
}

/// Pushes `text`, with boxes drawn in characters (`☒`, `[x]`, `( )`) set apart.
fn push_text(tokens: &mut Vec<Token>, text: &str, style: Style) {
    let mut words = String::new();
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        if let Some((marked, length)) = drawn_box(rest) {
            push_words(tokens, &mut words, style);
            tokens.push(Token::Box(marked));
            rest = &rest[length..];
        } else {
            match character {
                '\n' => {
                    push_words(tokens, &mut words, style);
                    tokens.push(Token::Break);
                }
                other => words.push(other),
            }
            rest = &rest[character.len_utf8()..];
        }
    }
    push_words(tokens, &mut words, style);
}

/// `School attendance ........ Yes`: dots that lead the eye from a question to its answer stand for its colon.
fn without_leader(text: &str) -> Cow<'_, str> {
    /// An ellipsis is shorter.
    const DOTS_MIN: usize = 5;
    let is_dot = |c: char| matches!(c, '.' | '·' | '…');
    let leads = |run: &str| run.chars().map(|c| if c == '…' { 3 } else { 1 }).sum::<usize>() >= DOTS_MIN;
    let Some(from) = text.find(is_dot) else { return Cow::Borrowed(text) };
    let mut told = text[..from].to_owned();
    let mut rest = &text[from..];
    let mut any = false;
    while !rest.is_empty() {
        let dots = rest.find(|c| !is_dot(c)).unwrap_or(rest.len());
        let (run, behind) = rest.split_at(dots);
        let asked = told.trim_end().chars().next_back().is_some_and(|c| c.is_alphanumeric() || matches!(c, ')' | '?' | ':'));
        if leads(run) && asked {
            any = true;
            told.truncate(told.trim_end().trim_end_matches(':').len());
            told.push_str(if told.ends_with('?') { " " } else { ": " });
        } else {
            told.push_str(run);
        }
        let next = behind.find(is_dot).unwrap_or(behind.len());
        told.push_str(&behind[..next]);
        rest = &behind[next..];
    }
    if any { Cow::Owned(told) } else { Cow::Borrowed(text) }
}

/// White space folded; a wide gap ([`words::GAP`](crate::domain::document::words::GAP)) stays one.
fn spaced(words: &str) -> String {
    document::words::folded(words).trim_matches(' ').to_owned()
}

fn push_words(tokens: &mut Vec<Token>, words: &mut String, style: Style) {
    if !words.trim().is_empty() {
        tokens.push(Token::Words(spaced(words), style));
    } else if let (true, Some(Token::Words(before, _))) = (words.contains(document::words::GAP), tokens.last_mut()) {
        before.push(document::words::GAP);
    }
    words.clear();
}

/// A box drawn at the beginning of `text`: whether it is marked, and its length in bytes.
fn drawn_box(text: &str) -> Option<(bool, usize)> {
    let first = text.chars().next()?;
    match first {
        '☐' | '□' | '❏' | '❑' | '▢' | '⬜' | '◻' | '○' => Some((false, first.len_utf8())),
        '☑' | '☒' | '✓' | '✔' | '🗹' | '🗷' | '⊠' | '√' => Some((true, first.len_utf8())),
        '[' | '(' => {
            let close = if first == '[' { ']' } else { ')' };
            let end = text.find(close)?;
            let inner = text[1..end].trim();
            let empty = inner.is_empty() || inner.chars().all(|c| c == '_');
            let marked = matches!(inner, "x" | "X" | "✓" | "✔" | "√" | "✗" | "✘" | "*");
            (empty || marked).then_some((marked, end + 1))
        }
        _ => None,
    }
}
