//! Names of people: split into given and family name, cleaned of what is no name, compared.

use super::text::{bare, fold, tidy};
use super::words::Lexicon;

/// A name taken apart.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Split {
    /// First names.
    pub given: Option<String>,
    /// Surname.
    pub family: Option<String>,
}

impl Split {
    /// Both, as one.
    pub(super) fn full(&self) -> String {
        [self.given.as_deref(), self.family.as_deref()].into_iter().flatten().collect::<Vec<_>>().join(" ")
    }
}

/// `text` without title, bracketed remark, alias, age or date behind it: the name alone.
pub(super) fn clean(text: &str, lexicon: &Lexicon<'_>) -> String {
    let mut name = text.replace(['\u{2018}', '\u{2019}', '`', '\u{b4}'], "'");
    if let Some(open) = name.find(['(', '[', '{']) {
        name.truncate(open);
    }
    let mut folded = fold(&name);
    let enders = if lexicon.mentions("name_enders", &folded).is_some() { lexicon.list("name_enders") } else { &[] };
    for marker in enders {
        if let Some(at) = super::text::find_phrase(&folded, marker).filter(|at| *at > 0) {
            let kept = folded[..at].chars().count();
            name = name.trim_start().chars().take(kept).collect();
            folded = fold(&name);
        }
    }
    for opener in lexicon.list("name_openers") {
        if let Some(rest) = folded.strip_prefix(opener.as_str())
            && rest.starts_with([' ', ':', '-'])
        {
            let kept = rest.trim_start_matches([' ', ':', '-']).chars().count();
            let total = name.trim_end().chars().count();
            name = name.trim_end().chars().skip(total.saturating_sub(kept)).collect();
            folded = fold(&name);
        }
    }
    let mut words: Vec<&str> = name.split_whitespace().collect();
    while words.len() > 1 && lexicon.is("titles", words[0]) {
        words.remove(0);
    }
    // `PC 2214 Tom Birkett`: the number of a collar.
    if words.len() > 2 && words[0].chars().all(|c| c.is_ascii_digit()) {
        words.remove(0);
    }
    let joined = words.join(" ");
    tidy(joined.trim_matches(|c: char| matches!(c, ' ' | ',' | ';' | ':' | '-' | '.' | '/' | '"' | '*' | '–' | '_')))
}

/// Given and family name of `text`. `surnames` are those the family is known to use.
pub(super) fn split(text: &str, lexicon: &Lexicon<'_>, surnames: &[String]) -> Split {
    let name = clean(text, lexicon);
    if let Some((family, given)) = name.split_once(',') {
        let (family, given) = (tidy(family), tidy(given));
        if !family.is_empty() && !given.is_empty() {
            return Split { given: Some(proper(&clean(&given, lexicon))), family: Some(proper(&family)) };
        }
    }
    let words: Vec<&str> = name.split_whitespace().collect();
    match words.as_slice() {
        [] => Split::default(),
        [one] => Split { given: Some(proper(one)), family: None },
        words => {
            let at = boundary(words, lexicon, surnames);
            if at == usize::MAX {
                let leading = words.iter().take_while(|word| shouted(word)).count();
                return Split {
                    given: Some(proper(&words[leading..].join(" "))),
                    family: Some(proper(&words[..leading].join(" "))),
                };
            }
            Split { given: Some(proper(&words[..at].join(" "))), family: Some(proper(&words[at..].join(" "))) }
        }
    }
}

/// Where the surname begins; `usize::MAX` when it stands first in capitals (`SMITH Jane`).
fn boundary(words: &[&str], lexicon: &Lexicon<'_>, surnames: &[String]) -> usize {
    for at in 1..words.len() {
        let rest = bare(&words[at..].join(" "));
        if surnames.iter().any(|known| bare(known) == rest) {
            return at;
        }
    }
    let leading = words.iter().take_while(|word| shouted(word)).count();
    if leading > 0 && leading < words.len() && words[leading..].iter().all(|word| !shouted(word)) {
        return usize::MAX;
    }
    if let Some(at) = (1..words.len()).find(|at| words[*at..].iter().all(|word| shouted(word)))
        && !shouted(words[0])
    {
        return at;
    }
    (1..words.len() - 1).find(|at| lexicon.is("name_particles", words[*at])).unwrap_or(words.len() - 1)
}

fn shouted(word: &str) -> bool {
    let letters = word.chars().filter(|c| c.is_alphabetic()).count();
    letters > 1 && word.chars().all(|c| !c.is_lowercase())
}

/// `SMITH-JONES` → `Smith-Jones`; a name with any small letter stays as written, save one all in small letters.
pub(super) fn proper(name: &str) -> String {
    let name = tidy(name);
    let letters = name.chars().filter(|c| c.is_alphabetic()).count();
    let upper = letters > 1 && name.chars().all(|c| !c.is_lowercase());
    let lower = letters > 1 && name.chars().all(|c| !c.is_uppercase());
    if !upper && !lower {
        return name;
    }
    let mut fresh = true;
    let mut spelt = String::new();
    let mut rest = name.chars();
    while let Some(character) = rest.next() {
        if fresh {
            spelt.extend(character.to_uppercase());
        } else {
            spelt.extend(character.to_lowercase());
        }
        // `O'Brien`, but `Mum's`.
        let ends_soon = rest.clone().nth(1).is_none_or(|next| !next.is_alphabetic());
        fresh = matches!(character, ' ' | '-' | '.') || matches!(character, '\'' | '’') && !ends_soon;
    }
    spelt
}

/// [`proper`], with the small words of an agency's name small: `ST BEGA'S SCHOOL OF ART` → `St Bega's School of Art`.
pub(super) fn unshouted(name: &str) -> String {
    let spelt = proper(name);
    if spelt == tidy(name) {
        return spelt;
    }
    let small = |(index, word): (usize, &str)| {
        let is_small = index > 0 && matches!(word, "Of" | "And" | "The" | "For" | "In" | "On");
        if is_small { word.to_lowercase() } else { word.to_owned() }
    };
    spelt.split(' ').enumerate().map(small).collect::<Vec<_>>().join(" ")
}

/// Whether `text` can be a person's name: one to six words of letters, not a label, not a list word.
pub(super) fn looks_like_name(text: &str, lexicon: &Lexicon<'_>) -> bool {
    let words: Vec<&str> = text.split_whitespace().collect();
    (1..=6).contains(&words.len())
        && text.chars().count() <= 60
        && text.chars().any(char::is_alphabetic)
        && text
            .chars()
            .all(|c| c.is_alphabetic() || matches!(c, ' ' | '-' | '\'' | '\u{2019}' | '.' | ',' | '(' | ')') || is_mark(c))
        && !lexicon.is_blank(text)
        && (is_also_a_word(&words, lexicon)
            || lexicon.label(text).is_none() && !lexicon.is("not_names", text) && lexicon.criterion(text).is_none())
}

/// Whether `text` is made of what forms say (`Address withheld`, `Which of these apply`), or is a letter alone (`Child A`): nobody is
/// called so.
pub(super) fn speaks_as_form(text: &str, lexicon: &Lexicon<'_>) -> bool {
    let mut words = text.split_whitespace().map(|word| word.trim_matches(|c: char| !c.is_alphanumeric()));
    text.chars().filter(|c| c.is_alphabetic()).count() < 2 || words.any(|word| lexicon.is("words_of_forms", word))
}

/// `Mark`, `Faith`, `Summer`, `Art Church`: names that mean something else in small letters.
fn is_also_a_word(words: &[&str], lexicon: &Lexicon<'_>) -> bool {
    words.iter().enumerate().all(|(index, word)| {
        let core = word.trim_matches(|c: char| !c.is_alphanumeric());
        core.starts_with(char::is_uppercase) && (lexicon.is("names_too", core) || index > 0 && lexicon.is("surnames_too", core))
    })
}

/// `Aoife Church`: a surname that is also the name of a thing, behind a first name that is not.
pub(super) fn ends_in_a_word(name: &str, lexicon: &Lexicon<'_>) -> bool {
    let words: Vec<&str> = name.split_whitespace().collect();
    let [first, .., last] = words.as_slice() else { return false };
    words.len() <= 3
        && lexicon.is("surnames_too", last)
        && (!lexicon.is("not_first_names", first) || lexicon.is("names_too", first))
        && ["organisation_words", "role_words", "not_people"].iter().all(|list| !lexicon.is(list, first))
}

fn is_mark(character: char) -> bool {
    unicode_normalization::char::is_combining_mark(character)
}

/// Whether the two may be one name: alike without accents, or one a close misspelling of the other.
pub(super) fn alike(one: &str, other: &str) -> bool {
    let (one, other) = (bare(one), bare(other));
    !one.is_empty() && (one == other || (one.len() > 5 && strsim::jaro_winkler(&one, &other) > 0.94))
}
