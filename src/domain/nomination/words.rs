//! [`FormWords`] made ready for asking: which field a label names, which theme a criterion names, which list a text is in.
//!
//! All words are data; how a label may be dressed is in [`dressing`](super::dressing).

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{LazyLock, OnceLock};

use super::dressing::{Ending, after_owner, dressed_down, is_sentence_case, key, without_brackets};
use super::pattern::Patterns;
use super::phrases::{Mapping, Phrases};
use super::text::{fold, folded, has_phrase, word_count};
use crate::domain::workflow::programme::FormWords;

/// What a label asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Label {
    /// Canonical field: `date_of_birth`.
    pub field: String,
    /// Whose: `child`, `referrer`, `mother`; `None` when the section tells.
    pub owner: Option<String>,
    /// `Child 2` → 2.
    pub number: Option<u8>,
    /// The label itself, folded and without dressing.
    pub written: String,
}

/// Words that name whose answer a label asks for.
#[derive(Debug)]
struct Owner {
    phrase: String,
    /// The canonical word.
    word: String,
    /// Nobody of the family's and not the referrer.
    is_other: bool,
    /// The first and last byte of the phrase: of the many owners asked about each label nearly all are ruled out by them.
    first: u8,
    last: u8,
}

impl Owner {
    /// `None` for an empty phrase, which names nobody.
    fn of((phrase, word): &(String, String)) -> Option<Self> {
        let (first, last) = (phrase.bytes().next()?, phrase.bytes().next_back()?);
        Some(Self { phrase: phrase.clone(), word: word.clone(), is_other: word == "other", first, last })
    }
}

/// A list of the programme's, ready for each way of asking.
#[derive(Debug)]
struct List {
    phrases: Phrases,
    /// For asking whether a whole text is an entry.
    entries: HashSet<String>,
    /// The entries as patterns; few lists are asked so.
    patterns: OnceLock<Patterns>,
}

impl List {
    fn new(words: &[String]) -> Self {
        let all: Vec<String> = words.iter().map(|word| fold(word)).collect();
        Self { entries: all.iter().cloned().collect(), phrases: Phrases::new(all), patterns: OnceLock::new() }
    }
}

/// No pattern at all: what a programme without the list has.
static NO_PATTERNS: LazyLock<Patterns> = LazyLock::new(|| Patterns::new(&[]));

/// All words of a programme's forms, folded: made once, kept as long as the programme.
#[derive(Debug)]
pub struct Vocabulary {
    maps: HashMap<String, Mapping>,
    labels: HashMap<String, String>,
    /// What may stand within a label, the longest first.
    within: Mapping,
    owners: Vec<Owner>,
    /// Owners none of ours, save those whose name is a label by itself.
    foreign: Phrases,
    lists: HashMap<String, List>,
    /// Every theme.
    themes: Vec<String>,
    /// Criteria, each with its theme.
    criteria: Mapping,
    /// Fingerprints of the lines of learnt blank forms.
    printed: HashSet<String>,
}

impl Vocabulary {
    /// Folds every word.
    #[must_use]
    pub fn new(words: &FormWords) -> Self {
        let mut labels = HashMap::new();
        let mut within = Vec::new();
        for (field, variants) in &words.labels {
            for variant in variants {
                match variant.strip_prefix('~') {
                    Some(phrase) => within.push((fold(phrase), field.clone())),
                    None => {
                        labels.entry(key(dressed_down(&fold(variant)))).or_insert_with(|| field.clone());
                    }
                }
            }
        }
        within.sort_by_key(|(phrase, _): &(String, String)| std::cmp::Reverse(phrase.len()));
        let pairs = |map: &BTreeMap<String, String>| {
            map.iter().map(|(phrase, word)| (fold(phrase), word.clone())).collect::<Vec<(String, String)>>()
        };
        let maps: HashMap<String, Mapping> =
            words.maps.iter().map(|(name, map)| (name.clone(), Mapping::new(pairs(map)))).collect();
        let mut owners: Vec<Owner> = words.maps.get("owners").map(pairs).iter().flatten().filter_map(Owner::of).collect();
        owners.sort_by_key(|owner| std::cmp::Reverse(owner.phrase.len()));
        let is_label = |phrase: &str| maps.get("label_words").is_some_and(|labels| labels.whole.contains_key(phrase));
        let foreign = owners.iter().filter(|owner| owner.is_other && !is_label(&owner.phrase));
        let criteria = words.criteria.iter().flat_map(|(theme, list)| list.iter().map(|word| (fold(word), theme.to_string())));
        Self {
            foreign: Phrases::new(foreign.map(|owner| owner.phrase.clone()).collect()),
            criteria: Mapping::new(criteria),
            themes: words.criteria.keys().map(ToString::to_string).collect(),
            maps,
            labels,
            within: Mapping::new(within),
            owners,
            lists: words.lists.iter().map(|(name, list)| (name.clone(), List::new(list))).collect(),
            printed: words.learnt.iter().flat_map(|form| &form.lines).cloned().collect(),
        }
    }
}

/// The words of the programme's forms, ready for asking.
#[derive(Clone, Copy)]
pub(super) struct Lexicon<'a> {
    words: &'a Vocabulary,
}

impl<'a> Lexicon<'a> {
    pub(super) fn new(words: &'a Vocabulary) -> Self {
        Self { words }
    }

    /// What `text` asks for, when it is a label we know.
    pub(super) fn label(&self, text: &str) -> Option<Label> {
        let folded = folded(text);
        if folded.is_empty() || word_count(&folded) > 22 {
            return None;
        }
        // A sentence is no label, whatever words stand in it.
        self.plain_label(&folded)
            .or_else(|| self.by_whom(&folded))
            .or_else(|| if folded.ends_with('.') { None } else { self.containing(&folded) })
    }

    /// `Completed for the school by`, `Profile drawn up by`: what was done to the form, and nothing that was done to something else.
    fn by_whom(&self, folded: &str) -> Option<Label> {
        let written = dressed_down(folded);
        let done = written.strip_suffix(" by").or_else(|| written.strip_suffix(" by (name)"))?;
        let told = (1..=7).contains(&word_count(done))
            && done.split(' ').any(|word| self.is("doings", word))
            && !done.split(' ').any(|word| self.is("doings_of_others", word.trim_end_matches("'s")));
        told.then(|| Label { field: "referrer_name".to_owned(), owner: None, number: None, written: written.to_owned() })
    }

    /// [`Self::label`], but not by words that merely stand in it: for cells that might as well be answers.
    pub(super) fn plain_label(&self, text: &str) -> Option<Label> {
        let folded = folded(text);
        if folded.is_empty() || word_count(&folded) > 14 {
            return None;
        }
        let whole = dressed_down(&folded);
        let outside = without_brackets(&folded);
        let bracketless = dressed_down(&outside);
        let found = self.exact(whole).or_else(|| self.owned(whole));
        let found = if bracketless == whole {
            found
        } else {
            found.or_else(|| self.exact(bracketless)).or_else(|| self.owned(bracketless))
        };
        found.or_else(|| self.trimmed(bracketless)).or_else(|| self.alternatives(bracketless))
    }

    /// `school or college attended`, `d.o.b/edd`: each part is a label, and all ask for one thing.
    fn alternatives(&self, label: &str) -> Option<Label> {
        let parts: Vec<&str> = label.split(['/', ',']).flat_map(|part| part.split(" or ")).map(str::trim).collect();
        if parts.len() < 2 || parts.len() > 4 {
            return None;
        }
        let found: Vec<Label> =
            parts.iter().map(|part| self.exact(part).or_else(|| self.trimmed(part))).collect::<Option<_>>()?;
        let asks_birth = |label: &Label| matches!(label.field.as_str(), "date_of_birth" | "expected_on" | "age");
        let field = if found.iter().all(|other| other.field == found[0].field) {
            found[0].field.clone()
        } else if found.iter().all(asks_birth) {
            "date_of_birth".to_owned()
        } else {
            return None;
        };
        Some(Label { field, owner: None, number: None, written: label.to_owned() })
    }

    /// [`Self::label`], or what a label of unknown wording is about by its telling word (`How related`, `Property address`).
    ///
    /// Only for places where labels stand: before a colon or a control, at the head of a column, first in a row of pairs.
    pub(super) fn loose_label(&self, text: &str) -> Option<Label> {
        self.label(text).or_else(|| {
            let folded = folded(text);
            let outside = without_brackets(&folded);
            let written = dressed_down(&outside);
            if word_count(written) > 8
                || written.contains(|c: char| c.is_ascii_digit() || c == '@')
                || text.trim_end().ends_with('.')
            {
                return None;
            }
            // `Name of social worker` asks for nobody of ours; `School attended` asks for a school.
            let foreign = self.is_foreign(written);
            let field = if foreign { "ignored" } else { self.mapped("label_words", written)? };
            Some(Label { field: field.to_owned(), owner: None, number: None, written: written.to_owned() })
        })
    }

    /// Whether `text` names somebody who is neither of the family nor who writes: `GP`, `school`, `social worker`.
    pub(super) fn is_foreign(&self, text: &str) -> bool {
        self.words.foreign.first_in(&folded(text)).is_some()
    }

    /// Where a label and an answer look alike, a label is written as a sentence: small letters behind the first word.
    pub(super) fn sentence_label(&self, text: &str) -> Option<Label> {
        self.label(text).or_else(|| if is_sentence_case(text) { self.loose_label(text) } else { None })
    }

    fn exact(&self, label: &str) -> Option<Label> {
        let field = self.words.labels.get(&key(label))?;
        Some(Label { field: field.clone(), owner: None, number: None, written: label.to_owned() })
    }

    fn trimmed(&self, label: &str) -> Option<Label> {
        let mut rest = label;
        for _ in 0..3 {
            let apart = |left: &&str| !left.ends_with(char::is_alphanumeric);
            let behind = self.list("label_trimmings").iter().find_map(|t| rest.strip_suffix(t.as_str()).filter(apart));
            let opener = |o: &String| rest.strip_prefix(o.as_str()).and_then(|after| after.strip_prefix(' '));
            rest = behind.or_else(|| self.list("label_openers").iter().find_map(opener))?;
            let label = dressed_down(rest);
            if let Some(found) = self.exact(label).or_else(|| self.owned(label)) {
                return Some(found);
            }
        }
        None
    }

    fn containing(&self, folded: &str) -> Option<Label> {
        let field = &self.words.within.words[self.words.within.phrases.first_in(folded)?];
        Some(Label { field: field.clone(), owner: None, number: None, written: folded.to_owned() })
    }

    /// `child's date of birth`, `child 2 name`, `name of referrer`, `name (child)`.
    fn owned(&self, label: &str) -> Option<Label> {
        let behind = Ending::of(label);
        let (first, last) = (label.bytes().next()?, behind.stem.bytes().next_back());
        let mut of = None;
        for owner in &self.words.owners {
            if owner.first == first
                && let Some((rest, number)) = label.strip_prefix(owner.phrase.as_str()).and_then(after_owner)
                && let Some(found) = self.exact(rest)
            {
                return Some(Label { owner: Some(owner.word.clone()), number, ..found });
            }
            if Some(owner.last) != last {
                continue;
            }
            let Some((rest, number)) = behind.before(&owner.phrase) else { continue };
            // `Tenancy officer` is a trade; `name of officer` and `name (officer)` ask for one.
            let mut set_off = || *of.get_or_insert_with(|| label.contains(['(', '-', ':']) || has_phrase(label, "of"));
            if (!owner.is_other || set_off())
                && let Some(found) = self.exact(rest)
            {
                return Some(Label { owner: Some(owner.word.clone()), number, ..found });
            }
        }
        None
    }

    /// The owner a bare heading names (`Child 2`, `Mother`), with its number.
    pub(super) fn owner(&self, text: &str) -> Option<(String, Option<u8>)> {
        let folded = folded(text);
        let folded = dressed_down(&folded);
        let first = folded.bytes().next()?;
        self.words.owners.iter().filter(|owner| owner.first == first).find_map(|owner| {
            let rest = folded.strip_prefix(owner.phrase.as_str())?.trim_matches([' ', ':', '-', '.', '#']);
            let lettered = || match rest.as_bytes() {
                [letter @ b'a'..=b'h'] if text.trim_end().ends_with(char::is_uppercase) => Some(letter - b'a' + 1),
                _ => None,
            };
            let number = rest.parse().ok().or_else(lettered);
            (rest.is_empty() || number.is_some()).then(|| (owner.word.clone(), number))
        })
    }

    /// The theme `text` names as a criterion, told by its words, never by its number. `None` when two fit alike.
    pub(super) fn criterion(&self, text: &str) -> Option<&'a str> {
        let folded = folded(text);
        if word_count(&folded) > 40 {
            return None;
        }
        let criteria = &self.words.criteria;
        let mut scored: Vec<(usize, &'a str)> = Vec::new();
        for place in criteria.phrases.all_in(&folded) {
            let (length, theme) = (criteria.phrases.all()[place].len(), criteria.words[place].as_str());
            match scored.iter_mut().find(|(_, known)| *known == theme) {
                Some((score, _)) => *score += length,
                None => scored.push((length, theme)),
            }
        }
        scored.sort_unstable_by(|a, b| b.cmp(a));
        match scored.as_slice() {
            [(best, _), (second, _), ..] if best == second => None,
            [(_, theme), ..] => Some(*theme),
            [] => None,
        }
    }

    /// Whether a phrase that names a criterion stands in `text` over a comma.
    pub(super) fn has_criterion_with_comma(&self, text: &str) -> bool {
        let folded = folded(text);
        self.words.criteria.phrases_in(&folded).any(|phrase| phrase.contains(','))
    }

    /// Whether `text` begins by saying that something is not so; in `rent arrears, no wages` what comes first is.
    pub(super) fn denies(&self, text: &str) -> bool {
        const WORDS_BEFORE: usize = 3;
        let first: Vec<&str> = text.split_whitespace().take(WORDS_BEFORE).collect();
        let text = first.join(" ");
        let text = text.as_str();
        self.mentions("negations", text).is_some() && self.mentions("not_negations", text).is_none()
    }

    /// The theme whose title `text` is: it names a criterion, and says little else.
    pub(super) fn titled(&self, text: &str) -> Option<&'a str> {
        // `Education, health, child in need` lists what was ticked and heads none of them.
        let of_parts: std::collections::BTreeSet<&str> = text.split(',').filter_map(|part| self.criterion(part)).collect();
        if of_parts.len() <= 1 && self.is_criterion_alone(text) { self.criterion(text) } else { None }
    }

    /// `Tell us more about education` → `education`.
    pub(super) fn behind_lead<'t>(&self, text: &'t str) -> &'t str {
        let folded = fold(text);
        let lead = self.list("topic_leads").iter().find(|lead| folded.starts_with(lead.as_str()));
        lead.and_then(|lead| text.trim().get(lead.len()..)).unwrap_or(text)
    }

    /// Whether phrases that name criteria make up most of `text`: a title, and not a sentence in which one stands.
    pub(super) fn is_criterion_alone(&self, text: &str) -> bool {
        /// Words that only join others.
        const JOINING: [&str; 12] = ["and", "or", "of", "the", "in", "a", "an", "with", "to", "for", "at", "&"];
        let folded = folded(text);
        let counts = |word: &&str| word.chars().any(char::is_alphanumeric) && !JOINING.contains(word);
        let named: Vec<&str> = self.words.criteria.phrases_in(&folded).flat_map(|phrase| phrase.split([' ', '/'])).collect();
        let words: Vec<&str> = folded.split([' ', '/', ',', '(', ')']).filter(counts).collect();
        let covered = words.iter().filter(|word| named.contains(word)).count();
        covered > 0 && covered * 2 >= words.len()
    }

    /// Whether a question is about a criterion, and does not only use a short word of one: `… be part of the work with the family?`.
    pub(super) fn asks_criterion(&self, question: &str) -> bool {
        /// Questions of so few words ask for each of them.
        const WORDS_MAX: usize = 7;
        const LETTERS_MIN: usize = 6;
        let folded = folded(question);
        let strong = |phrase: &str| phrase.len() >= LETTERS_MIN || phrase.contains([' ', '/']);
        word_count(&folded) <= WORDS_MAX || self.words.criteria.phrases_in(&folded).any(strong)
    }

    /// Whether any blank form was learnt.
    pub(super) fn has_learnt(&self) -> bool {
        !self.words.printed.is_empty()
    }

    /// Whether the words are a line of a learnt blank form: the form speaks, and nobody else.
    pub(super) fn is_printed(&self, text: &str) -> bool {
        self.has_learnt() && super::learnt::fingerprint(text).is_some_and(|print| self.words.printed.contains(&print))
    }

    /// Every known label with its field.
    pub(super) fn known_labels(&self) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.words.labels.iter().map(|(label, field)| (label.as_str(), field.as_str()))
    }

    /// Every theme.
    pub(super) fn themes(&self) -> impl Iterator<Item = &'a str> + '_ {
        self.words.themes.iter().map(String::as_str)
    }

    /// The list `name`, folded; empty when the programme has none.
    pub(super) fn list(&self, name: &str) -> &[String] {
        self.words.lists.get(name).map_or(&[], |list| list.phrases.all())
    }

    /// The list `name` as patterns; none when the programme has none.
    pub(super) fn patterns(&self, name: &str) -> &'a Patterns {
        let list = self.words.lists.get(name);
        list.map_or(&NO_PATTERNS, |list| list.patterns.get_or_init(|| Patterns::new(list.phrases.all())))
    }

    /// Where the earliest entry of the list that stands in `folded` as whole words begins and ends, in bytes; the longest of several.
    pub(super) fn earliest(&self, name: &str, folded: &str) -> Option<(usize, usize)> {
        self.words.lists.get(name)?.phrases.earliest_in(folded)
    }

    /// Whether the whole of `text` is an entry of the list.
    pub(super) fn is(&self, name: &str, text: &str) -> bool {
        let folded = folded(text);
        let trimmed =
            folded.trim_matches(|c: char| matches!(c, ' ' | '.' | ':' | ';' | ',' | '!' | '*' | '?' | '(' | ')' | '[' | ']'));
        let Some(List { entries, .. }) = self.words.lists.get(name) else { return false };
        entries.contains(&*folded) || (trimmed.len() < folded.len() && entries.contains(trimmed))
    }

    /// The first entry of the list that stands in `text` as whole words.
    pub(super) fn mentions(&self, name: &str, text: &str) -> Option<&str> {
        let list = &self.words.lists.get(name)?.phrases;
        list.first_in(&folded(text)).map(|place| list.all()[place].as_str())
    }

    /// The longest key of the map `name` that stands in `text` as whole words, and its canonical word.
    pub(super) fn mapped(&self, name: &str, text: &str) -> Option<&'a str> {
        let map = self.words.maps.get(name)?;
        map.phrases.longest_in(&folded(text)).map(|place| map.words[place].as_str())
    }

    /// Whether a phrase of this map makes up most of `text`: a heading in plain text is no bold line, but says little else.
    pub(super) fn is_mostly_mapped(&self, name: &str, text: &str) -> bool {
        let folded = folded(text);
        let words = |text: &str| text.split_whitespace().count();
        let Some(map) = self.words.maps.get(name) else { return false };
        map.phrases_in(&folded).map(words).max().is_some_and(|longest| longest >= 2 && longest * 2 >= words(&folded))
    }

    /// The canonical word for the whole of `text`.
    pub(super) fn mapped_whole(&self, name: &str, text: &str) -> Option<&'a str> {
        let folded = folded(text);
        let trimmed = folded.trim_matches(|c: char| matches!(c, ' ' | '.' | ':' | ';' | ',' | '(' | ')'));
        let map = self.words.maps.get(name)?;
        // `Parent(s)` is written so.
        let place = map.whole.get(trimmed).or_else(|| map.whole.get(&*folded));
        place.map(|place| map.words[*place].as_str())
    }

    /// Whether `text` says nothing: blank, a placeholder of the form, dots and dashes.
    pub(super) fn is_blank(&self, text: &str) -> bool {
        !text.chars().any(char::is_alphanumeric) && !text.chars().any(|c| "✓✔✗✘✕✖☓❌❎×√*●⬤◉".contains(c))
            || self.is("placeholders", text)
    }
}
