//! One line, one person: `Child: Robin Airey, 12/05/2011, Hill Academy, attendance 71%`, `1. Ash (9) – year 4`,
//! `Children: Robin (14), Ash (9) and Wren (2)`.
//!
//! The line is cut at commas, semicolons, brackets, dashes and full stops; each part says what it is by its shape. What is
//! neither name nor day nor age nor kinship nor school is said of the person, in the words of the line.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::names;
use super::shapes::{dated, fold_prefix, is_led_by_birth};
use super::text::{fold, tidy};
use super::words::Lexicon;

static SCHOOL: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)^(?:(?:currently\s+)?(?:attends|attending|goes to|pupil at|student at|on roll at|year \d{1,2}(?: pupil)? at|in year \d{1,2} at|y\d{1,2} at|reception at|school(?: is)?:?|at)\s+)")
        .expect("valid")
});

/// Parts of one line that speak of one person; byte ranges of the line.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Entry {
    /// Canonical field of a person, and where its value stands.
    pub fields: Vec<(&'static str, Range<usize>)>,
    /// What else is said of the person, in order.
    pub said: Vec<Range<usize>>,
}

impl Entry {
    /// Whether the line tells `field` of the person.
    pub(super) fn has(&self, field: &str) -> bool {
        self.fields.iter().any(|(known, _)| *known == field)
    }

    /// A day of birth or of delivery, or an age.
    pub(super) fn is_dated(&self) -> bool {
        ["date_of_birth", "expected_on", "age"].iter().any(|field| self.has(field))
    }

    /// A day, an age or kinship: then a line without a label is a person's.
    fn is_plain(&self) -> bool {
        self.is_dated() || self.has("relationship")
    }

    /// Whether the name in `line` is of two words or more.
    pub(super) fn names_two(&self, line: &str) -> bool {
        self.fields.iter().any(|(field, range)| *field == "full_name" && line[range.clone()].contains(' '))
    }

    /// Whether `line` shows a member wherever it stands: by kinship, by `born`, by an age that is told as one.
    pub(super) fn tells_by_itself(&self, line: &str) -> bool {
        let names_two = self.names_two(line);
        self.has("relationship")
            || self.fields.iter().any(|(field, range)| {
                let before = &line[..range.start];
                match *field {
                    "date_of_birth" => is_led_by_birth(before),
                    "expected_on" => true,
                    "age" => names_two && (before.ends_with('(') || line[range.clone()].contains(char::is_alphabetic)),
                    _ => false,
                }
            })
    }
}

/// How a line is introduced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lead {
    /// By nothing, or a bullet or a number: the line must show by itself that it is a person's.
    Bare,
    /// By a label for one person: `Child:`, `Mum -`.
    One,
    /// By a label for several: `Children:`, `Household:`.
    Several,
}

/// The persons `line` tells of; nobody when it is a line of another kind.
pub(super) fn entries(line: &str, lead: Lead, lexicon: &Lexicon<'_>) -> Vec<Entry> {
    // `Ann Bell, 34, tenant at 6 Mill Row, Workington CA14 3NG`: a sentence about where they live.
    if lead == Lead::Bare && !super::postcode::postcodes(line).is_empty() {
        return Vec::new();
    }
    let mut reader = EntryReader { line, lead, lexicon, found: Vec::new() };
    let parts = parts(line);
    for (index, part) in parts.iter().enumerate() {
        let next = parts.get(index + 1).map(|next| line[next.clone()].trim());
        if !reader.part(part.clone(), next) {
            return Vec::new();
        }
    }
    let found = reader.found;
    match lead {
        // A heading's list may name people only.
        Lead::Several => found,
        Lead::One => found.into_iter().filter(|entry| entry.has("full_name") || entry.is_dated()).collect(),
        Lead::Bare => {
            let person = found.iter().all(|entry| entry.has("full_name") && entry.is_plain());
            if person { found } else { Vec::new() }
        }
    }
}

/// The line without bullet, number and blanks before its first word.
pub(super) fn unlisted(line: &str) -> &str {
    let line = line.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '-' | '•' | '*' | '–' | '·' | '▪' | '●' | '>'));
    let digits = line.trim_start_matches(|c: char| c.is_ascii_digit());
    match digits.strip_prefix(['.', ')', ':']) {
        Some(rest) if digits.len() < line.len() && line.len() - digits.len() <= 2 && rest.starts_with(char::is_whitespace) => {
            rest.trim_start()
        }
        _ => line,
    }
}

/// The line cut where people cut such lines.
fn parts(line: &str) -> Vec<Range<usize>> {
    let mut parts = Vec::new();
    let mut from = 0;
    for (at, character) in line.char_indices() {
        let behind = &line[at + character.len_utf8()..];
        let before = &line[..at];
        let cuts = match character {
            ',' | ';' | '(' | ')' | '[' | ']' | '|' | '\n' | '\t' | crate::domain::document::words::GAP => true,
            ':' => !before.ends_with(|c: char| c.is_ascii_digit()) && behind.starts_with(char::is_whitespace),
            '-' | '–' | '—' => before.ends_with(char::is_whitespace) && behind.starts_with(char::is_whitespace),
            '.' => (behind.is_empty() || behind.starts_with(char::is_whitespace)) && !is_abbreviation(before),
            _ => false,
        };
        if cuts {
            parts.push(from..at);
            from = at + character.len_utf8();
        }
    }
    parts.push(from..line.len());
    parts.retain(|part| line[part.clone()].chars().any(char::is_alphanumeric));
    parts
}

fn is_abbreviation(before: &str) -> bool {
    let last = before.rsplit([' ', '(']).next().unwrap_or_default();
    last.chars().count() <= 1
        || matches!(
            fold(last).as_str(),
            "st" | "mr" | "mrs" | "ms" | "dr" | "d.o.b" | "d.o" | "no" | "e.d.d" | "approx" | "yr" | "yrs"
        )
}

struct EntryReader<'l, 'a> {
    line: &'l str,
    lead: Lead,
    lexicon: &'l Lexicon<'a>,
    found: Vec<Entry>,
}

impl EntryReader<'_, '_> {
    /// Takes in one part; `false` when it shows that the line is no list of persons.
    fn part(&mut self, part: Range<usize>, next: Option<&str>) -> bool {
        let mut at = self.trimmed(part);
        let mut fresh = true;
        while !at.is_empty() {
            let rest = match self.detail(at.clone(), fresh, next) {
                Step::Taken(rest) => rest,
                Step::Words => {
                    self.say(at);
                    return true;
                }
                Step::Refused => return false,
            };
            let joined = self.text(&rest);
            let and = ["and ", "& ", "+ ", "plus "].iter().find_map(|word| fold_prefix(joined, word)).unwrap_or(0);
            // `Ash (9) and Wren (2)` begins another person; `excluded and on a tag` never comes here.
            fresh = and > 0 || self.lead == Lead::Several;
            at = self.trimmed(rest.start + and..rest.end);
        }
        true
    }

    fn text(&self, at: &Range<usize>) -> &str {
        &self.line[at.clone()]
    }

    fn trimmed(&self, at: Range<usize>) -> Range<usize> {
        let text = self.text(&at);
        let left =
            text.len() - text.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '-' | '–' | ':' | '/' | '.')).len();
        let right = text.trim_end_matches(|c: char| c.is_whitespace() || matches!(c, '-' | '–' | '.' | ':')).len();
        let and = ["and ", "& "].iter().find_map(|word| fold_prefix(&text[left.min(right)..right.max(left)], word)).unwrap_or(0);
        at.start + (left + and).min(right)..at.start + right.max(left)
    }

    /// One detail at the beginning of `at`.
    fn detail(&mut self, at: Range<usize>, fresh: bool, next: Option<&str>) -> Step {
        let text = self.text(&at);
        if let Some((field, value, length)) = dated(text) {
            let value = at.start + value.start..at.start + value.end;
            return self.field(field, value, at.start + length..at.end);
        }
        if self.lexicon.mapped_whole("genders", text).is_some() && !self.found.is_empty() {
            return self.field("gender", at.clone(), at.end..at.end);
        }
        if let Some(kin) = self.kin(text).filter(|kin| !self.is_unborn_name(text, kin)) {
            return self.kinship(&at, kin, next);
        }
        if let Some(school) = self.school(text) {
            return self.field("school", at.start + school.start..at.start + school.end, at.end..at.end);
        }
        if let Some(own) = self.own_name(text) {
            // `Ash attends Hill Infants`: a detail said as a sentence; other sentences keep their name.
            let rest = self.trimmed(at.start + own..at.end);
            if let Some(school) = self.school(self.text(&rest)) {
                return self.field("school", rest.start + school.start..rest.start + school.end, rest.end..rest.end);
            }
            return Step::Words;
        }
        let Some(name) = self.name(text, fresh) else {
            return if self.found.is_empty() && self.lead != Lead::One { Step::Refused } else { Step::Words };
        };
        self.person(at.start..at.start + name, at.start + name..at.end, next)
    }

    fn field(&mut self, field: &'static str, value: Range<usize>, rest: Range<usize>) -> Step {
        if self.found.is_empty() {
            // `Unborn: due 3 March` names nobody; a bare line must begin with a name.
            if self.lead == Lead::Bare {
                return Step::Refused;
            }
            self.found.push(Entry::default());
        }
        if let Some(entry) = self.found.last_mut() {
            if entry.has(field) { entry.said.push(value) } else { entry.fields.push((field, value)) }
        }
        Step::Taken(rest)
    }

    /// `mum Tamsin`, `, mother`, `baby due in March`: whose kinship it is depends on what stands behind it.
    fn kinship(&mut self, at: &Range<usize>, kin: Kin, next: Option<&str>) -> Step {
        let word = at.start + kin.word.start..at.start + kin.word.end;
        let rest = at.start + kin.length..at.end;
        let named = self.name(self.text(&self.trimmed(rest.clone())), true).is_some();
        let behind = self.trimmed(rest.clone());
        let unborn = self.lexicon.is("unborn_names", self.text(&word))
            && (dated(self.text(&behind)).is_some() || next.is_some_and(|next| dated(next).is_some()));
        let told = self.found.last().is_some_and(|entry| entry.has("relationship"));
        if named || self.found.is_empty() || (told && self.lead == Lead::Several && (behind.is_empty() || unborn)) {
            if self.found.is_empty() && self.lead == Lead::Bare && !named && !unborn {
                return Step::Refused;
            }
            self.found.push(Entry { fields: vec![("relationship", word.clone())], ..Entry::default() });
            if let Some(entry) = self.found.last_mut().filter(|_| unborn && !named) {
                entry.fields.push(("full_name", word));
            }
            return Step::Taken(rest);
        }
        if told || !(behind.is_empty() || dated(self.text(&behind)).is_some()) {
            return Step::Words;
        }
        if let Some(entry) = self.found.last_mut() {
            entry.fields.push(("relationship", word));
        }
        Step::Taken(rest)
    }

    /// A name: of the first person, of the next one, or the first name behind a surname.
    fn person(&mut self, name: Range<usize>, rest: Range<usize>, next: Option<&str>) -> Step {
        let own = self.trimmed(rest.clone());
        let details = |text: &str| dated(text).is_some() || self.kin(text).is_some_and(|kin| kin.length == text.trim_end().len());
        let followed = if own.is_empty() { next.is_some_and(details) } else { details(self.text(&own)) };
        let Some(last) = self.found.last() else {
            // `Robin Airey has not been in school` is a sentence, not a list.
            if self.lead == Lead::Bare && !own.is_empty() && !followed {
                return Step::Refused;
            }
            self.found.push(Entry { fields: vec![("full_name", name)], ..Entry::default() });
            return Step::Taken(rest);
        };
        if !last.has("full_name") {
            if let Some(entry) = self.found.last_mut() {
                entry.fields.push(("full_name", name));
            }
            return Step::Taken(rest);
        }
        let alone = last.fields.iter().all(|(field, _)| matches!(*field, "full_name" | "relationship")) && last.said.is_empty();
        let before = last.fields.iter().find(|(field, _)| *field == "full_name").map_or(0..0, |(_, range)| range.clone());
        let single = |range: &Range<usize>| !self.text(range).contains(' ');
        let comma = self.line[before.end..name.start].trim() == ",";
        let surname_first = alone && comma && (single(&before) && (self.lead != Lead::Several || is_shouted(self.text(&before))));
        if surname_first && own.is_empty() && (single(&name) || is_shouted(self.text(&before))) {
            if let Some((_, range)) =
                self.found.last_mut().and_then(|entry| entry.fields.iter_mut().find(|(field, _)| *field == "full_name"))
            {
                range.end = name.end;
            }
            return Step::Taken(rest);
        }
        if self.lead == Lead::Several && (own.is_empty() || followed) || followed && self.lead == Lead::One {
            self.found.push(Entry { fields: vec![("full_name", name)], ..Entry::default() });
            return Step::Taken(rest);
        }
        Step::Words
    }

    /// The length of `Robin ` or `He ` before what goes on about the person of the line.
    fn own_name(&self, text: &str) -> Option<usize> {
        let (first, rest) = text.split_once(char::is_whitespace)?;
        let known = self.found.last()?.fields.iter().find(|(field, _)| *field == "full_name").map(|(_, range)| self.text(range));
        let same = known.and_then(|name| name.split_whitespace().next()) == Some(first)
            || matches!(fold(first).as_str(), "he" | "she" | "they");
        (same && rest.starts_with(char::is_lowercase)).then_some(first.len())
    }

    /// A name at the beginning of `text`: its length.
    fn name(&self, text: &str, fresh: bool) -> Option<usize> {
        if !fresh && !self.found.is_empty() {
            return None;
        }
        let mut end = 0;
        for (count, word) in words(text).enumerate() {
            let plain = text[word.clone()].trim_end_matches(['\'', '’']);
            let capital = plain.starts_with(char::is_uppercase);
            let particle = count > 0 && self.lexicon.is("name_particles", plain);
            let may_open =
                self.lexicon.is("names_too", plain) || fold(plain) == "unborn" || !self.lexicon.is("not_first_names", plain);
            let first_is_none = count == 0 && !may_open;
            if !(capital || particle) || first_is_none || !plain.chars().any(char::is_alphabetic) {
                break;
            }
            if plain.chars().any(|c| c.is_ascii_digit()) {
                break;
            }
            if capital {
                end = word.start + plain.len();
            }
        }
        // `child: robin airey, 12/5/11`: somebody who writes everything small.
        if end == 0 && self.found.is_empty() && self.lead == Lead::One && !text.chars().any(char::is_uppercase) {
            let plain = (1..=3).contains(&text.split_whitespace().count()) && !self.lexicon.is("not_first_names", text);
            let said = self.lexicon.themes().any(|theme| self.lexicon.mentions(&format!("prose_{theme}"), text).is_some());
            end = if plain && !said { text.len() } else { 0 };
        }
        let name = text[..end].trim_end();
        // `Ash's father, Jo`: Ash is not who the line is about.
        if name.ends_with("'s") || name.ends_with("’s") {
            return None;
        }
        let name_alone = names::clean(name, self.lexicon);
        (end > 0
            && name.split_whitespace().count() <= 5
            && names::looks_like_name(&name_alone, self.lexicon)
            && self.may_be_person(&name_alone))
        .then_some(end)
    }

    fn may_be_person(&self, name: &str) -> bool {
        let said = self.lexicon.themes().any(|theme| self.lexicon.mentions(&format!("prose_{theme}"), name).is_some());
        let thing = ["organisation_words", "role_words", "school_words", "agency_words", "not_people"];
        !said
            && !names::speaks_as_form(name, self.lexicon)
            && !self.lexicon.is("not_names", name)
            && (names::ends_in_a_word(name, self.lexicon) || thing.iter().all(|list| self.lexicon.mentions(list, name).is_none()))
    }

    /// `Unborn Airey` is how the child is called, `Unborn child` what it is to the family.
    fn is_unborn_name(&self, text: &str, kin: &Kin) -> bool {
        let word = &text[kin.word.clone()];
        let next = text[kin.word.end..].trim_start();
        fold(word) == "unborn" && next.starts_with(char::is_uppercase) && dated(next).is_none()
    }

    /// A word of kinship at the beginning of `text`.
    fn kin(&self, text: &str) -> Option<Kin> {
        let lead =
            ["the ", "her ", "his ", "their ", "eldest ", "oldest ", "youngest ", "older ", "younger ", "middle ", "other "];
        let mut start = 0;
        while let Some(length) = lead.iter().find_map(|word| fold_prefix(&text[start..], word)) {
            start += length;
        }
        let ends: Vec<usize> = words(&text[start..]).take(3).map(|word| start + word.end).collect();
        ends.iter().rev().find_map(|end| {
            let word = text[start..*end].trim_end_matches([':', ',', '.']);
            // On a form these name the child it is about; in a line they begin `self-harm` and `subject to a plan`.
            self.lexicon
                .mapped_whole("relationship_ages", word)
                .filter(|_| !matches!(fold(word).as_str(), "self" | "subject"))?;
            let behind = &text[*end..];
            // `mother of Robin`, `mum to the three`.
            let of = [" of ", " to "].iter().any(|of| fold_prefix(behind, of).is_some());
            Some(Kin { word: start..start + word.len(), length: if of { text.len() } else { *end } })
        })
    }

    /// The school a part names: `Hill Academy`, `attends Hill Infants`, `Year 9 at Hill`.
    fn school(&self, text: &str) -> Option<Range<usize>> {
        let led = SCHOOL.find(text).map_or(0, |found| found.end());
        let name = text[led..].trim_end();
        let significant = |word: &str| word.chars().count() > 3 || word.chars().any(char::is_uppercase);
        let titled = name
            .split_whitespace()
            .filter(|word| significant(word))
            .all(|word| word.starts_with(|c: char| c.is_uppercase() || !c.is_alphabetic()));
        let is_school = self.lexicon.mentions("school_words", name).is_some();
        let begins = name.starts_with(char::is_uppercase) && (2..=8).contains(&name.split_whitespace().count());
        let numbered = name.split_whitespace().any(|word| word.chars().all(|c| c.is_ascii_digit()));
        (titled && begins && is_school && !numbered && !self.found.is_empty()).then(|| led..led + name.len())
    }

    fn say(&mut self, at: Range<usize>) {
        let Some(entry) = self.found.last_mut() else {
            self.found.push(Entry { said: vec![at], ..Entry::default() });
            return;
        };
        // What follows without a detail between is one remark: `no crime, abuse or debt`.
        match entry.said.last_mut() {
            Some(last)
                if !self.line[last.end..at.start].chars().any(char::is_alphanumeric)
                    || self.line[last.end..at.start].trim().trim_matches([',', ';']).trim() == "and" =>
            {
                last.end = at.end;
            }
            _ => entry.said.push(at),
        }
    }
}

enum Step {
    /// A detail was taken; this is left.
    Taken(Range<usize>),
    /// Words about the person.
    Words,
    /// The line is of another kind.
    Refused,
}

struct Kin {
    word: Range<usize>,
    length: usize,
}

/// The words of `text`, as ranges.
fn words(text: &str) -> impl Iterator<Item = Range<usize>> + '_ {
    let mut from = 0;
    text.split_whitespace().map(move |word| {
        let start = from + text[from..].find(word).unwrap_or(0);
        from = start + word.len();
        start..from
    })
}

fn is_shouted(name: &str) -> bool {
    name.chars().filter(|c| c.is_alphabetic()).count() > 1 && !name.chars().any(char::is_lowercase)
}

/// A remark in which each item stands for itself: `attendance 71%, no police involvement` are two, `no crime, abuse or debt` is one.
pub(super) fn separated(remark: &str, lexicon: &Lexicon<'_>) -> String {
    let parts: Vec<&str> = remark.split(", ").collect();
    let mut spelt = String::new();
    let mut denied = false;
    for (index, part) in parts.iter().enumerate() {
        let folded = fold(part);
        let begins = folded.starts_with("or ") || folded.starts_with("nor ");
        let goes_on =
            denied && (begins || parts[index..].iter().any(|later| [" or ", " nor "].iter().any(|or| fold(later).contains(or))));
        if index > 0 {
            spelt.push_str(if goes_on { ", " } else { "; " });
        }
        spelt.push_str(part);
        denied = goes_on || lexicon.mentions("negations", &folded).is_some();
    }
    tidy(&spelt)
}
