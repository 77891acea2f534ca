//! How a label may be dressed: numbered, in brackets, with an owner before or behind it (`Child's date of birth`, `name of referrer`),
//! in capitals, with dots and dashes at its end.

use std::borrow::Cow;

use super::text::tidy;

/// `owner` may be followed by `'s`, a number and a divider: what is left, and the number.
pub(super) fn after_owner(rest: &str) -> Option<(&str, Option<u8>)> {
    let rest = rest.strip_prefix("'s").or_else(|| rest.strip_prefix("s'")).or_else(|| rest.strip_prefix('\'')).unwrap_or(rest);
    if !rest.starts_with([' ', '-', ':', '/']) {
        return None;
    }
    let rest = rest.trim_start_matches([' ', '-', ':', '/', '#']);
    let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let number = rest[..digits].parse().ok();
    let rest = rest[digits..].trim_start_matches([' ', '-', ':', '.', '/']).trim_start_matches("'s ");
    (!rest.is_empty()).then_some((rest, number))
}

/// A label whose owner may stand at its end, taken apart once for all owners that are tried.
pub(super) struct Ending<'t> {
    /// Without the number and bracket at its end.
    pub(super) stem: &'t str,
    number: Option<u8>,
}

impl<'t> Ending<'t> {
    pub(super) fn of(label: &'t str) -> Self {
        let open = label.trim_end_matches(')');
        let stem = open.trim_end_matches(|c: char| c.is_ascii_digit() || c == ' ' || c == '#');
        Self { stem, number: open[stem.len()..].trim_matches(|c: char| !c.is_ascii_digit()).parse().ok() }
    }

    /// `name of referrer`, `name of the child 2`, `name (child)`, `name - child 1`: what is asked of `owner`, and which one.
    pub(super) fn before(&self, owner: &str) -> Option<(&'t str, Option<u8>)> {
        let rest = self.stem.strip_suffix(owner)?;
        let joined = rest.trim_end_matches([' ', '(', '-', ':', ',']);
        if joined.len() == rest.len() {
            return None;
        }
        let joined =
            ["of the", "of", "for the", "for", "of person"].iter().find_map(|w| joined.strip_suffix(w)).unwrap_or(joined);
        let joined = joined.trim_end();
        (!joined.is_empty()).then_some((joined, self.number))
    }
}

/// Without leading numbering and trailing colon, question mark, star.
pub(super) fn dressed_down(folded: &str) -> &str {
    let mut rest = folded.trim_start_matches(['*', '•', '-', ' ', '>']);
    if let Some(after) = rest.strip_prefix("section ").or_else(|| rest.strip_prefix("part ")) {
        rest = after;
    }
    let numbered = rest.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
    if numbered.len() < rest.len() && numbered.starts_with([' ', ')', ':']) {
        rest = numbered.trim_start_matches([' ', ')', ':', '-']);
    }
    rest.trim_end_matches(|c: char| c.is_whitespace() || matches!(c, ':' | '?' | '*' | '-' | '.' | ';' | '…' | '_'))
}

/// What two spellings of one label share: `D.O.B / E.D.D`, `DOB/EDD`; `Parents' & carers' names`, `parents and carers names`.
pub(super) fn key(label: &str) -> String {
    let mut key = String::with_capacity(label.len());
    for character in label.chars() {
        match character {
            '.' | '\'' | '"' => {}
            '&' => key.push_str("and"),
            ' ' if key.ends_with(['/', ' ']) => {}
            '/' => {
                key.truncate(key.trim_end().len());
                key.push('/');
            }
            other => key.push(other),
        }
    }
    key.truncate(key.trim_end().len());
    key
}

/// Small letters behind the first word, abbreviations apart; or capitals throughout.
pub(super) fn is_sentence_case(text: &str) -> bool {
    let bracketless = text.split('(').next().unwrap_or_default();
    let shouted = !bracketless.chars().any(char::is_lowercase);
    shouted
        || bracketless
            .split([' ', '/'])
            .skip(1)
            .all(|word| !word.starts_with(char::is_uppercase) || !word.chars().any(char::is_lowercase))
}

pub(super) fn without_brackets(folded: &str) -> Cow<'_, str> {
    if !folded.contains(['(', '[', ')', ']']) {
        return Cow::Borrowed(folded);
    }
    let mut depth = 0_usize;
    let mut rest = String::new();
    for character in folded.chars() {
        match character {
            '(' | '[' => depth += 1,
            ')' | ']' => depth = depth.saturating_sub(1),
            other if depth == 0 => rest.push(other),
            _ => {}
        }
    }
    Cow::Owned(tidy(&rest))
}
