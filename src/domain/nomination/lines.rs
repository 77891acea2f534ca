//! Labels and values on one line, boxes with their words, lists.

use super::slot::{Slot, Token};
use super::text::{fold, word_count};
use super::words::{Label, Lexicon};
use crate::domain::document::Style;
use crate::domain::document::words::GAP;

/// Longer runs of printed words are prose and hold no labels worth the search.
const LABELLED_CHARACTERS_MAX: usize = 4_000;

/// A label and what stands behind it.
pub(super) struct Pair {
    /// The label as written.
    pub text: String,
    /// What it asks for, when we know it.
    pub label: Option<Label>,
    /// What stands behind it; may be blank.
    pub value: Slot,
}

/// The pairs of a line: `Name: Jo Smith  DOB: 1/2/2010`, `Name - Jo Smith`, a label before a control or a box.
pub(super) fn split_pairs(slot: &Slot, lexicon: &Lexicon<'_>) -> Vec<Pair> {
    let pairs = divided_pairs(slot, lexicon);
    if pairs.is_empty() && !is_too_long(slot) {
        let alternating = super::over::alternating(slot, lexicon);
        if alternating.is_empty() {
            dashed(slot, lexicon).or_else(|| led(slot, lexicon)).into_iter().collect()
        } else {
            alternating
        }
    } else {
        pairs
    }
}

fn is_too_long(slot: &Slot) -> bool {
    let longest = slot.tokens.iter().map(|token| if let Token::Words(text, _) = token { text.len() } else { 0 }).max();
    longest.is_some_and(|length| length > LABELLED_CHARACTERS_MAX)
}

/// The pairs whose labels end with a colon or a question mark, or stand before a control or a box.
pub(super) fn divided_pairs(slot: &Slot, lexicon: &Lexicon<'_>) -> Vec<Pair> {
    if is_too_long(slot) {
        return Vec::new();
    }
    let mut splitter = Splitter { lexicon, slot, pairs: Vec::new(), open: None, value: Vec::new() };
    let count = slot.tokens.len();
    for (index, token) in slot.tokens.iter().enumerate() {
        match token {
            Token::Words(text, style) if !style.struck => {
                let last = index + 1 == count;
                let styled = slot.tokens.get(index + 1).is_some_and(|next| match next {
                    Token::Words(_, other) => other != style,
                    Token::Box(_) | Token::Signed | Token::Typed(_) | Token::Hole => true,
                    Token::Break => false,
                });
                let behind = index.checked_sub(1).and_then(|before| slot.tokens.get(before));
                if !(matches!(behind, Some(Token::Typed(_) | Token::Hole | Token::Box(_) | Token::Signed))
                    && splitter.behind_control(text, !last && styled))
                {
                    splitter.words(text, token, !last && styled);
                }
            }
            Token::Words(..) => splitter.value.push(token.clone()),
            Token::Break if splitter.open.is_some() && !splitter.value.is_empty() && !splitter.continues(index) => {
                splitter.close()
            }
            other => splitter.value.push(other.clone()),
        }
    }
    splitter.close();
    splitter.pairs
}

/// Fewer words are no sentence.
const SENTENCE_WORDS_MIN: usize = 4;

struct Splitter<'s, 'l, 'a> {
    lexicon: &'l Lexicon<'a>,
    slot: &'s Slot,
    pairs: Vec<Pair>,
    open: Option<(String, Option<Label>)>,
    value: Vec<Token>,
}

impl Splitter<'_, '_, '_> {
    /// Words behind a filled or empty control, with another control behind them, are the label of that one.
    fn behind_control(&mut self, text: &str, before_control: bool) -> bool {
        let (stem, answer) = answer_word(text, self.lexicon);
        let stem_label = stem.trim_end_matches(':');
        let label = if before_control { self.lexicon.loose_label(stem_label) } else { self.lexicon.label(stem_label) };
        if stem.is_empty() || !(label.is_some() || before_control && self.lexicon.criterion(stem).is_some()) {
            return false;
        }
        self.close();
        self.open = Some((stem.trim_end_matches(':').trim().to_owned(), label));
        self.value.extend(answer.map(|answer| Token::Words(answer.to_owned(), Style::default())));
        true
    }

    fn words(&mut self, text: &str, token: &Token, before_other: bool) {
        let mut rest = text;
        let mut from = 0;
        while let Some(colon) = rest.get(from..).and_then(|part| part.find([':', '?'])).map(|at| at + from) {
            let question = rest[colon..].starts_with('?');
            let answered = self.criterion_before(&rest[..colon], &rest[colon + 1..]);
            let label = self.label_before(&rest[..colon], &rest[colon + 1..]);
            let known = label.as_ref().is_some_and(|(_, label, _)| label.is_some());
            let criterion = question && answered.is_some() && !known;
            let found = if criterion { answered } else { label.or(answered) };
            // A colon may stand behind the question mark: then that is the divider.
            let divides = !question || !rest[colon + 1..].trim_start().starts_with(':');
            if let Some((label_text, label, start)) =
                found.filter(|(_, label, _)| divides && (!question || label.is_some() || criterion))
            {
                // What divides this pair from the next is no part of either.
                self.push(rest[..start].trim_end_matches([' ', ',', ';']), token);
                self.close();
                self.open = Some((label_text, label));
                rest = rest[colon + 1..].trim_start_matches([' ', '-', '–', ':']);
                // `Consent? (name and date): Yes`.
                if question
                    && rest.starts_with('(')
                    && let Some((_, behind)) = rest.split_once("):")
                {
                    rest = behind.trim_start();
                }
                // `Where do they live? (with postcode)`: a remark of the form's, and no answer.
                if question
                    && rest.starts_with('(')
                    && rest.trim_end().ends_with(')')
                    && !rest.contains(|c: char| c.is_ascii_digit())
                {
                    rest = "";
                }
                from = 0;
            } else {
                from = colon + 1;
            }
        }
        let at_start = self.open.is_none() && self.value.iter().all(|token| matches!(token, Token::Break));
        if before_other && at_start && !rest.trim().is_empty() {
            let (stem, answer) = answer_word(rest, self.lexicon);
            let label = self
                .lexicon
                .loose_label(stem)
                .filter(|_| self.lexicon.label(stem).is_some() || self.lexicon.criterion(stem).is_none());
            if !stem.is_empty() && (label.is_some() || self.lexicon.criterion(stem).is_some()) {
                self.value.clear();
                self.open = Some((stem.trim().to_owned(), label));
                self.value.extend(answer.map(|answer| Token::Words(answer.to_owned(), Style::default())));
                return;
            }
        }
        self.push(rest, token);
    }

    /// A label that ends where the colon stands: the whole beginning of the line, or the last words of a value.
    fn label_before(&self, left: &str, right: &str) -> Option<(String, Option<Label>, usize)> {
        let line_start = self.open.is_none() && self.value.iter().all(|token| matches!(token, Token::Break | Token::Box(_)));
        if line_start {
            // `Ada has agreed to this. Signed: …`: the label is what follows the sentence.
            if let Some((sentence, tail)) = left.rsplit_once(". ").filter(|(sentence, _)| word_count(sentence) >= 4)
                && let Some(label) = self.lexicon.sentence_label(tail)
            {
                return Some((tail.trim().to_owned(), Some(label), sentence.len() + 2));
            }
            // `… on a plan since May (category: neglect)`: a colon within a remark divides nothing.
            let within = left.matches('(').count() > left.matches(')').count() && right.contains(')');
            if within && word_count(left) >= SENTENCE_WORDS_MIN {
                return None;
            }
            let numbered = super::entry::unlisted(left);
            let label = self.lexicon.sentence_label(left).or_else(|| self.lexicon.sentence_label(numbered));
            let known = label.is_some();
            let short = word_count(left) <= 8 && !left.trim().is_empty() && !left.contains(['.', '?']) && self.value.is_empty();
            let short = short && !self.goes_on_behind(left, right);
            return (known || short).then(|| (left.trim().to_owned(), label, 0));
        }
        // Behind a wide gap stands a label, whatever its wording.
        if let Some(start) = left.rfind(GAP).map(|at| at + GAP.len_utf8()) {
            let words = &left[start..];
            if (1..=7).contains(&word_count(words)) && words.starts_with(char::is_uppercase) {
                return Some((words.trim().to_owned(), self.lexicon.sentence_label(words), start));
            }
        }
        let starts: Vec<usize> = left
            .char_indices()
            .filter(|(at, c)| c.is_alphabetic() && (*at == 0 || left[..*at].ends_with(char::is_whitespace)))
            .map(|(at, _)| at)
            .collect();
        let from = starts.len().saturating_sub(7);
        starts[from..].iter().find_map(|start| {
            let words = &left[*start..];
            let label = self.lexicon.plain_label(words)?;
            Some((words.trim().to_owned(), Some(label), *start))
        })
    }

    /// `Tom has had three exclusions: two for fighting`: a sentence with a colon in it.
    fn goes_on_behind(&self, left: &str, right: &str) -> bool {
        /// Fewer words, or one of these at the beginning, answer a label.
        const SAID_MIN: usize = 3;
        let first = right.trim_start().split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
        let answers = first.is_empty()
            || first.starts_with(|c: char| c.is_ascii_digit())
            || self.lexicon.is("yes_words", first)
            || self.lexicon.is("no_words", first);
        let mut words = left.split_whitespace();
        let asks = words.next().is_none_or(|word| self.lexicon.is("question_openers", word));
        let told = word_count(left) >= SENTENCE_WORDS_MIN
            && !asks
            && words.clone().all(|word| !self.lexicon.is("relative_words", word))
            && words.any(|word| self.lexicon.is("telling_words", word));
        told && !answers && word_count(right) >= SAID_MIN
    }

    /// A criterion written out in full, answered behind the colon: too long for a label of unknown wording.
    fn criterion_before(&self, left: &str, right: &str) -> Option<(String, Option<Label>, usize)> {
        let first = right.trim_start().split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
        let answered = self.lexicon.is("yes_words", first) || self.lexicon.is("no_words", first);
        let begins = self.open.is_none() && self.value.iter().all(|token| matches!(token, Token::Break));
        (answered && begins && self.lexicon.criterion(left).is_some()).then(|| (left.trim().to_owned(), None, 0))
    }

    fn push(&mut self, text: &str, token: &Token) {
        if let (Token::Words(_, style), false) = (token, text.trim().is_empty()) {
            self.value.push(Token::Words(super::text::tidy(text), *style));
        }
    }

    /// Whether the line after a break goes on with the open value rather than beginning something new.
    fn continues(&self, index: usize) -> bool {
        let rest: Vec<&Token> = self.slot.tokens[index + 1..].iter().take_while(|token| !matches!(token, Token::Break)).collect();
        let Some(Token::Words(text, _)) = rest.first() else { return true };
        let before_colon = text.split(':').next().unwrap_or_default();
        !(text.contains(':') && self.lexicon.label(before_colon).is_some())
    }

    fn close(&mut self) {
        let mut value = std::mem::take(&mut self.value);
        while matches!(value.last(), Some(Token::Break)) {
            value.pop();
        }
        if let Some((text, label)) = self.open.take() {
            self.pairs.push(Pair { text, label, value: Slot { tokens: value, ..self.slot.clone() } });
        }
    }
}

/// `Consent obtained? Yes` before a box: the question, and the word that belongs to the box.
fn answer_word<'t>(text: &'t str, lexicon: &Lexicon<'_>) -> (&'t str, Option<&'t str>) {
    let text = text.trim();
    match text.rsplit_once(char::is_whitespace) {
        Some((stem, last)) if lexicon.is("yes_words", last) || lexicon.is("no_words", last) => (stem.trim(), Some(last)),
        None if lexicon.is("yes_words", text) || lexicon.is("no_words", text) => ("", Some(text)),
        _ => (text, None),
    }
}

/// `Name - Jo Smith`: a known label, a dash, a value, or nothing behind the dash.
fn dashed(slot: &Slot, lexicon: &Lexicon<'_>) -> Option<Pair> {
    let text = slot.lines_text();
    let first = text.lines().next()?;
    if let Some((head, value)) =
        first.split_once(GAP).filter(|(_, value)| !value.trim().contains(GAP) && !value.trim().is_empty())
        && lexicon.criterion(head).is_some()
        && lexicon.is_criterion_alone(head)
        && lexicon.sentence_label(head).is_none_or(|label| super::form::is_weak_among_criteria(&label.field))
    {
        return Some(Pair { text: head.trim().to_owned(), label: None, value: valued(slot, value.trim()) });
    }
    for divider in [" - ", " – ", " — ", " = ", "\t", " | ", "...", "___", "…"] {
        let Some(at) = first.find(divider) else { continue };
        let label = lexicon.sentence_label(&first[..at]);
        let behind = first[at + divider.len()..].trim();
        // `Family member 1 - Date of birth` asks; it does not answer.
        let asks = || behind.ends_with('?') || lexicon.plain_label(first).is_some() || lexicon.label(behind).is_some();
        let owned = || lexicon.owner(&first[..at]).is_some_and(|(_, number)| number.is_some()) && !asks();
        if label.is_some() || owned() || (lexicon.criterion(&first[..at]).is_some() && word_count(&first[..at]) <= 12) {
            let value = text[at + divider.len()..].trim_start_matches(['.', '_', '…', ' ']);
            return Some(Pair { text: first[..at].to_owned(), label, value: valued(slot, value) });
        }
    }
    let stem = first.trim_end().strip_suffix([' ', '-', '–', '=']).filter(|_| text.lines().count() == 1)?;
    let stem = stem.trim_end_matches(['-', ' ', '–', '=']);
    (stem.len() < first.trim_end().len() && first.trim_end().ends_with(['-', '–', '='])).then_some(())?;
    let label = lexicon.sentence_label(stem)?;
    Some(Pair { text: stem.to_owned(), label: Some(label), value: valued(slot, "") })
}

/// `Name of child Jo Smith`: a printed form whose divider is only space. Known labels of two words or more, or `DOB`.
fn led(slot: &Slot, lexicon: &Lexicon<'_>) -> Option<Pair> {
    let text = slot.text();
    let ends: Vec<usize> = text.char_indices().filter(|(_, c)| *c == ' ').map(|(at, _)| at).take(8).collect();
    let begins_behind = |at: usize| begins_a_value(text[at..].trim());
    if text.ends_with('.') || !ends.iter().any(|at| begins_behind(*at)) || lexicon.plain_label(&text).is_some() {
        return None;
    }
    let (at, label) = ends.iter().rev().find_map(|at| {
        let label = lexicon.plain_label(&text[..*at])?;
        Some((*at, label))
    })?;
    let value = text[at..].trim();
    let head = &text[..at];
    let sure =
        (head.ends_with(['?', ')']) || word_count(head) >= 2 || lexicon.is("strong_labels", head)) && word_count(value) <= 14;
    (sure && begins_a_value(value)).then(|| Pair { text: head.to_owned(), label: Some(label), value: valued(slot, value) })
}

/// A value behind a label without a divider begins with a capital, a figure or a bracket.
fn begins_a_value(text: &str) -> bool {
    text.chars().next().is_some_and(|c| c.is_uppercase() || c.is_ascii_digit() || c == '(')
}

/// The end of the slot that `text` is, its boxes where they stand between the words.
fn valued(slot: &Slot, text: &str) -> Slot {
    let written = |c: &char| !c.is_whitespace();
    let mut left = text.chars().filter(written).count();
    let mut tokens: Vec<Token> = Vec::new();
    for token in slot.tokens.iter().rev() {
        match token {
            Token::Words(words, _) | Token::Typed(words) => {
                let own = words.chars().filter(written).count();
                if left == 0 {
                    break;
                }
                if own > left {
                    let from = words.char_indices().filter(|(_, c)| written(c)).nth(own - left).map_or(0, |(at, _)| at);
                    let cut = words[from..].to_owned();
                    tokens.push(if let Token::Words(_, style) = token { Token::Words(cut, *style) } else { Token::Typed(cut) });
                    break;
                }
                left -= own;
                tokens.push(token.clone());
            }
            Token::Box(_) | Token::Signed | Token::Hole | Token::Break => tokens.push(token.clone()),
        }
    }
    tokens.reverse();
    let value = Slot::of_text("", slot);
    Slot { tokens, typed: slot.typed, ..value }
}

/// Whether each box stands before its words. A line that begins with words either names what its first box is for (`Crime ☐
/// Health ☒`), or introduces boxes that stand before theirs (`Needs: ☐ Crime ☒ Health`).
pub(super) fn boxes_lead(slot: &Slot, names_one: impl Fn(&str) -> bool) -> bool {
    let told = |token: &&Token| !matches!(token, Token::Break | Token::Hole);
    let Some(first) = slot.tokens.iter().position(|token| matches!(token, Token::Box(_))) else { return false };
    let words = |tokens: &[Token]| Slot { tokens: tokens.to_vec(), ..slot.clone() }.text();
    let lead = words(&slot.tokens[..first]);
    if lead.is_empty() {
        return true;
    }
    if !matches!(slot.tokens.iter().rev().find(told), Some(Token::Words(..) | Token::Typed(_))) {
        return false;
    }
    let behind = words(&slot.tokens[first + 1..]);
    ends_like_label(&lead) && !behind.is_empty() || !names_one(&lead) && names_one(&behind)
}

/// Each box with its words: the box before its words, or behind them when the line begins with the words of a box.
pub(super) fn boxed_words(slot: &Slot, lexicon: &Lexicon<'_>) -> Vec<(bool, String)> {
    let mut found: Vec<(bool, String)> = Vec::new();
    let boxes_first = boxes_lead(slot, |words| lexicon.criterion(words).is_some());
    let mut words = String::new();
    let mut open: Option<bool> = None;
    for token in &slot.tokens {
        match token {
            Token::Box(marked) if boxes_first => {
                if let Some(before) = open.replace(*marked) {
                    found.push((before, super::text::tidy(&words)));
                }
                words.clear();
            }
            Token::Box(marked) => {
                found.push((*marked, super::text::tidy(&words)));
                words.clear();
            }
            // What introduces the boxes belongs to none of them.
            Token::Words(..) | Token::Typed(_) if boxes_first && open.is_none() => {}
            Token::Words(text, _) | Token::Typed(text) => {
                words.push(' ');
                words.push_str(text);
            }
            Token::Signed | Token::Break | Token::Hole => words.push(' '),
        }
    }
    if let Some(before) = open {
        found.push((before, super::text::tidy(&words)));
    }
    found
}

/// The parts of a list: by line, by semicolon, by comma outside brackets when each part names a criterion of its own.
pub(super) fn list_parts(text: &str, lexicon: &Lexicon<'_>) -> Vec<String> {
    let mut parts = Vec::new();
    for part in text.split(['\n', ';']) {
        let commas = split_outside_brackets(part);
        // `not in education, employment or training` is one.
        // `no domestic abuse, crime or debt` denies all of them.
        let denied = commas.first().is_some_and(|first| lexicon.denies(first)) && fold(part).contains(" or ");
        let each = commas.len() > 1
            && !denied
            && !lexicon.has_criterion_with_comma(part)
            && commas.iter().all(|piece| lexicon.criterion(piece).is_some());
        if each {
            parts.extend(commas);
        } else {
            parts.push(part.trim().to_owned());
        }
    }
    parts.retain(|part| !part.is_empty());
    parts
}

fn split_outside_brackets(text: &str) -> Vec<String> {
    let mut depth = 0_i32;
    let mut parts = vec![String::new()];
    for character in text.chars() {
        match character {
            '(' | '[' => depth += 1,
            ')' | ']' => depth -= 1,
            _ => {}
        }
        if character == ',' && depth <= 0 {
            parts.push(String::new());
        } else if let Some(last) = parts.last_mut() {
            last.push(character);
        }
    }
    parts.iter().map(|part| part.trim().to_owned()).filter(|part| !part.is_empty()).collect()
}

/// The words that stand in no brackets.
pub(super) fn outside_brackets(text: &str) -> String {
    let mut depth = 0_i32;
    let mut kept = String::new();
    for character in text.chars() {
        match character {
            '(' | '[' => depth += 1,
            ')' | ']' => depth -= 1,
            other if depth <= 0 => kept.push(other),
            _ => {}
        }
    }
    super::text::tidy(&kept)
}

/// Whether the words end as a question or a label does.
pub(super) fn ends_like_label(text: &str) -> bool {
    fold(text).ends_with([':', '?'])
}
