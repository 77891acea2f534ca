//! Plain handling of words: folding, whole-word search, sentences. Knows no form.

use std::borrow::Cow;

/// `text` in lower case, with plain quotes and dashes and single blanks: what two spellings of one phrase share.
pub(super) fn fold(text: &str) -> String {
    folded(text).into_owned()
}

/// [`fold`], without a copy of what is folded already: every text is folded many times.
pub(super) fn folded(text: &str) -> Cow<'_, str> {
    let trimmed = text.trim_matches(is_ascii_blank);
    let seen = Seen::of(trimmed.as_bytes());
    if !seen.beyond && !seen.apart && !seen.tick {
        // Of what people write nearly all differs by its capitals at most.
        return if seen.capital { Cow::Owned(trimmed.to_ascii_lowercase()) } else { Cow::Borrowed(trimmed) };
    }
    if let Some(folded) = folded_ascii(text.as_bytes()) {
        return Cow::Owned(folded);
    }
    let mut folded = String::with_capacity(text.len());
    let mut blank = true;
    for character in text.chars() {
        // Nearly all letters are these.
        if character.is_ascii_alphanumeric() {
            folded.push(character.to_ascii_lowercase());
            blank = false;
            continue;
        }
        let character = plain(character);
        if character.is_whitespace() {
            if !blank {
                folded.push(' ');
            }
            blank = true;
        } else if !is_invisible(character) {
            folded.extend(character.to_lowercase());
            blank = false;
        }
    }
    folded.truncate(folded.trim_end().len());
    Cow::Owned(folded)
}

/// What stands in a text, told by one walk over its bytes without a branch: texts are short, and are asked by the thousand.
#[derive(Default)]
struct Seen {
    /// No printed character of ASCII, nor a blank.
    beyond: bool,
    /// Two blanks in a row.
    apart: bool,
    /// A grave accent, which stands for an apostrophe.
    tick: bool,
    /// A capital letter.
    capital: bool,
}

impl Seen {
    fn of(text: &[u8]) -> Self {
        let mut seen = Self::default();
        for byte in text {
            seen.beyond |= !(b' '..=b'~').contains(byte);
            seen.tick |= *byte == b'`';
            seen.capital |= byte.is_ascii_uppercase();
        }
        for (byte, next) in text.iter().zip(text.get(1..).unwrap_or_default()) {
            seen.apart |= (*byte == b' ') & (*next == b' ');
        }
        seen
    }
}

/// As `char::is_whitespace` has it of ASCII.
fn is_ascii_blank(character: char) -> bool {
    matches!(character, ' ' | '\t'..='\r')
}

/// What folding makes of ASCII, byte by byte; `None` when the text is none.
fn folded_ascii(text: &[u8]) -> Option<String> {
    if !text.is_ascii() {
        return None;
    }
    let mut folded = Vec::with_capacity(text.len());
    let mut blank = true;
    for byte in text {
        match byte {
            // As `char::is_whitespace` has it.
            b' ' | 0x09..=0x0d => {
                if !blank {
                    folded.push(b' ');
                }
                blank = true;
            }
            other => {
                folded.push(if *other == b'`' { b'\'' } else { other.to_ascii_lowercase() });
                blank = false;
            }
        }
    }
    if blank && !folded.is_empty() {
        folded.pop();
    }
    String::from_utf8(folded).ok()
}

fn plain(character: char) -> char {
    match character {
        '\u{2018}' | '\u{2019}' | '\u{201b}' | '`' | '\u{b4}' | '\u{2032}' => '\'',
        '\u{201c}' | '\u{201d}' => '"',
        '\u{2010}'..='\u{2015}' | '\u{2212}' => '-',
        '\u{a0}' | '\u{2007}' | '\u{202f}' => ' ',
        other => other,
    }
}

fn is_invisible(character: char) -> bool {
    matches!(character, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}' | '\u{feff}' | '\u{ad}')
}

/// [`fold`], and letters without their accents: for comparing names.
pub(super) fn bare(text: &str) -> String {
    use unicode_normalization::UnicodeNormalization;
    let folded = folded(text);
    let dots = |c: char| matches!(c, ' ' | '.' | ',' | ';' | ':');
    if folded.is_ascii() {
        return folded.trim_matches(dots).to_owned();
    }
    let spelt: String = folded
        .chars()
        .map(|character| match character {
            'ł' => 'l',
            'ø' => 'o',
            'ı' => 'i',
            'đ' => 'd',
            other => other,
        })
        .nfd()
        .filter(|character| !unicode_normalization::char::is_combining_mark(*character))
        .collect();
    spelt.trim_matches(dots).to_owned()
}

/// The words themselves, white space folded, otherwise as written.
pub(super) fn tidy(text: &str) -> String {
    if is_tidy(text) { text.to_owned() } else { text.split_whitespace().collect::<Vec<_>>().join(" ") }
}

/// [`tidy`], without a copy of what is tidy already.
pub(super) fn tidied(text: String) -> String {
    if is_tidy(&text) { text } else { tidy(&text) }
}

fn is_tidy(text: &str) -> bool {
    let seen = Seen::of(text.as_bytes());
    !seen.beyond && !seen.apart && !text.starts_with(' ') && !text.ends_with(' ')
}

/// Byte offset of `phrase` in `folded` where it stands as whole words; a plural or possessive ending may follow.
pub(super) fn find_phrase(folded: &str, phrase: &str) -> Option<usize> {
    if phrase.is_empty() {
        return None;
    }
    // Byte by byte: phrases are short and many, and a cleverer search costs more to set up than it saves.
    let (bytes, wanted) = (folded.as_bytes(), phrase.as_bytes());
    let opens_anywhere = !phrase.starts_with(char::is_alphanumeric);
    let last_start = bytes.len().checked_sub(wanted.len())?;
    let mut from = 0;
    while let Some(found) = bytes.get(from..=last_start).and_then(|rest| rest.iter().position(|byte| *byte == wanted[0])) {
        let start = from + found;
        from = start + 1;
        // Within a word most places are, and none of them begins one.
        if !opens_anywhere && start > 0 && bytes[start - 1].is_ascii_alphanumeric() || !bytes[start..].starts_with(wanted) {
            continue;
        }
        let opens = opens_anywhere || !folded[..start].ends_with(char::is_alphanumeric);
        if opens && closes(&folded[start + wanted.len()..], phrase) {
            return Some(start);
        }
    }
    None
}

/// Whether a word ends where `rest` begins, a plural or possessive ending of it apart, when `phrase` ends with one.
pub(super) fn closes(rest: &str, phrase: &str) -> bool {
    if !phrase.ends_with(char::is_alphanumeric) {
        return true;
    }
    let rest = rest.strip_prefix("'s").or_else(|| rest.strip_prefix('s')).unwrap_or(rest);
    !rest.starts_with(char::is_alphanumeric)
}

/// Whether `phrase` stands in `folded` as whole words.
pub(super) fn has_phrase(folded: &str, phrase: &str) -> bool {
    find_phrase(folded, phrase).is_some()
}

/// A sentence longer than this is cut behind its next blank, or at twice the length wherever that is: nobody writes one, and every
/// sentence is searched many times.
const SENTENCE_CHARACTERS_MAX: usize = 1_500;

/// The sentences of `text`, trimmed, in order. A full stop after a title, an initial or a number does not end one.
pub(super) fn sentences(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut current = String::new();
    let characters: Vec<char> = text.chars().collect();
    for (index, &character) in characters.iter().enumerate() {
        let next = characters.get(index + 1).copied();
        if character == '\n' {
            close_sentence(&mut current, &mut found);
            continue;
        }
        current.push(character);
        let ends = matches!(character, '!' | '?' | ';' | '•')
            || (current.len() > SENTENCE_CHARACTERS_MAX && (character == ' ' || current.len() > 2 * SENTENCE_CHARACTERS_MAX))
            || (character == '.' && next.is_none_or(char::is_whitespace) && !abbreviated(&current));
        if ends {
            close_sentence(&mut current, &mut found);
        }
    }
    close_sentence(&mut current, &mut found);
    found
}

fn abbreviated(current: &str) -> bool {
    let last = current.trim_end_matches('.').rsplit(char::is_whitespace).next().unwrap_or_default();
    let initial = last.chars().count() == 1 && last.chars().all(char::is_uppercase);
    initial
        || matches!(
            fold(last).as_str(),
            "mr" | "mrs" | "ms" | "dr" | "st" | "e.g" | "i.e" | "approx" | "no" | "prof" | "d.o.b" | "d.o"
        )
}

fn close_sentence(current: &mut String, found: &mut Vec<String>) {
    let sentence = current.trim_matches(|c: char| c.is_whitespace() || c == '•').to_owned();
    current.clear();
    if sentence.chars().any(char::is_alphanumeric) {
        found.push(sentence);
    }
}

/// How many words.
pub(super) fn word_count(text: &str) -> usize {
    text.split_whitespace().filter(|word| word.chars().any(char::is_alphanumeric)).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folding_makes_two_spellings_one() {
        for (text, told) in [
            ("", ""),
            ("   ", ""),
            ("plain words", "plain words"),
            (" Two  Blanks\t\n", "two blanks"),
            ("O`Neill", "o'neill"),
            ("O\u{2019}NEILL \u{2013} Zo\u{cb}", "o'neill - zo\u{eb}"),
            ("a\u{a0}\u{200b}b", "a b"),
            ("line\r\nbreak ", "line break"),
            ("bell\u{7} rings", "bell\u{7} rings"),
        ] {
            assert_eq!(fold(text), told, "{text:?}");
            assert_eq!(fold(&fold(text)), told, "folded twice: {text:?}");
        }
    }

    #[test]
    fn texts_are_tidied_and_words_counted_whatever_stands_between_them() {
        for (text, told, words) in [
            ("", "", 0),
            (" ", "", 0),
            ("Two words", "Two words", 2),
            (" Two  words\t", "Two words", 2),
            ("a - b\u{b}c", "a - b c", 3),
            ("-- . ?", "-- . ?", 0),
            ("it's (really) 4", "it's (really) 4", 3),
            ("Zo\u{eb}\u{a0}\u{2013} x", "Zo\u{eb} \u{2013} x", 2),
            ("bell\u{7} \u{1f}", "bell\u{7} \u{1f}", 1),
        ] {
            assert_eq!(tidy(text), told, "{text:?}");
            assert_eq!(tidied(text.to_owned()), told, "{text:?}");
            assert_eq!(word_count(text), words, "{text:?}");
        }
    }

    #[test]
    fn a_phrase_is_found_as_whole_words() {
        for (text, phrase, found) in [
            ("the mother's name", "mother", true),
            ("grandmother", "mother", false),
            ("step-mother", "mother", true),
            ("mothers and fathers", "mother", true),
            ("motherhood", "mother", false),
            ("zo\u{eb} works", "works", true),
            ("zo\u{eb} works", "zo\u{eb}", true),
            ("(yes) no", "(yes)", true),
            ("a/b", "b", true),
            ("short", "longer than that", false),
            ("", "x", false),
            ("x", "", false),
        ] {
            assert_eq!(has_phrase(text, phrase), found, "{phrase} in {text}");
        }
    }
}
