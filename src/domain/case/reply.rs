//! What somebody wrote behind the numbered lines of a letter → answers to the questions of a move, as they would be typed.
//!
//! Only what is plain is taken. What could mean two things, or is of another kind than was asked, is left to whoever confirms it.

use std::collections::BTreeMap;

use crate::domain::ids::AskName;
use crate::domain::mail::numbered::Heard;
use crate::domain::personal::Personal;
use crate::domain::time::Date;
use crate::domain::workflow::{AnswerDef, Ask, AskKind, Move};

const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/// A reply, understood as far as it is plain.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Reply {
    /// Answers, as typed.
    pub answers: BTreeMap<AskName, Personal<String>>,
    /// Lines understood, from 1.
    pub understood: Vec<usize>,
    /// Lines on which something stands that is not plain.
    pub unclear: Vec<usize>,
    /// Every line that was answered once, by its number, as it was written.
    pub written: Vec<(u32, Personal<String>)>,
}

/// What `heard`, line by line, answers to the questions of `definition`; `today` is the day on which it was written.
#[must_use]
pub fn reply(answer: &AnswerDef, definition: &Move, heard: &[Heard], today: Date) -> Reply {
    let mut reply = Reply::default();
    for (index, (line, heard)) in answer.lines.iter().zip(heard).enumerate() {
        let number = index + 1;
        let Some(ask) = definition.asks.iter().find(|ask| ask.name == line.ask) else { continue };
        let words = match heard {
            Heard::Nothing => continue,
            Heard::Twice => {
                reply.unclear.push(number);
                continue;
            }
            Heard::Said(words) => words,
        };
        // An answer of one word may have words behind it that belong to nothing.
        let whole = words.join(if ask.kind == AskKind::Text { "\n" } else { " " });
        let line_number = u32::try_from(number).expect("a letter has few lines");
        reply.written.push((line_number, Personal::new(words.join("\n"))));
        let meant = [whole.as_str(), words.first().map_or("", String::as_str)];
        match meant.into_iter().find_map(|text| plain(ask, text, &line.words, today)) {
            Some(text) => {
                let besides = match told(&text) {
                    _ if line.means.is_empty() => Some(&line.means),
                    Voice::Plainly => Some(&line.means),
                    Voice::Denied => Some(&line.denied),
                    Voice::Unclear => None,
                };
                // The words stand for whoever confirms them, also where what they mean is not plain.
                reply.answers.insert(line.ask.clone(), Personal::new(text));
                match besides {
                    Some(besides) => {
                        reply.understood.push(number);
                        let besides = besides.iter().map(|(name, text)| (name.clone(), Personal::new(text.clone())));
                        reply.answers.extend(besides);
                    }
                    None => reply.unclear.push(number),
                }
            }
            None => reply.unclear.push(number),
        }
    }
    reply
}

/// `text` as it would be typed in answer to `ask`; `None` when it is not plain.
fn plain(ask: &Ask, text: &str, words: &BTreeMap<String, String>, today: Date) -> Option<String> {
    let lower = text.trim().trim_end_matches(['.', '!']).to_lowercase();
    if let Some(meant) = words.get(&lower) {
        return Some(meant.clone());
    }
    match &ask.kind {
        AskKind::Text => (!text.trim().is_empty()).then(|| text.trim().to_owned()),
        AskKind::YesNo if is_unsure(&lower) => None,
        AskKind::YesNo => match first_word(&lower) {
            "yes" | "y" | "yep" | "yeah" => Some("yes".to_owned()),
            "no" | "n" | "nope" | "none" => Some("no".to_owned()),
            _ => None,
        },
        AskKind::Choice(choices) => {
            let said: Vec<&str> = lower.split(|c: char| !c.is_alphanumeric() && c != '_').collect();
            let mapped = |word: &str| words.get(word).cloned().or_else(|| choices.iter().find(|choice| *choice == word).cloned());
            let negated = said.iter().any(|word| NEGATIONS.contains(word));
            let mut found: Vec<String> = said.iter().filter_map(|word| mapped(word)).collect();
            found.sort();
            found.dedup();
            match (found.as_slice(), negated) {
                ([only], false) => Some(only.clone()),
                // `No, we do not` says no more than its first word.
                _ => words.get(first_word(&lower)).cloned(),
            }
        }
        AskKind::Count => lower.parse::<u32>().ok().map(|count| count.to_string()),
        // A day beside a denial is that of something else: `attempted visit 9/10, not seen`. So is one end of a range.
        AskKind::Date if is_unsure(&lower) || denies(&lower) || is_range(&lower) => None,
        AskKind::Date => the_day(&lower, ask, today).map(|day| day.to_string()),
        AskKind::Time => crate::domain::time::time_of_day(&lower).map(|(hour, minute)| format!("{hour:02}:{minute:02}")),
        AskKind::Person(_)
        | AskKind::Area
        | AskKind::Missing
        | AskKind::Member
        | AskKind::Theme
        | AskKind::Indicator
        | AskKind::Criteria
        | AskKind::Action
        | AskKind::Agency
        | AskKind::Case => None,
    }
}

/// Words that turn an answer of one word round, `unknown` among them, which denies nothing that somebody told. `t` is what stands behind the apostrophe of `aren't`.
const NEGATIONS: [&str; 14] =
    ["not", "no", "t", "never", "cannot", "nobody", "none", "nothing", "without", "hardly", "neither", "nor", "unknown", "dont"];

/// Whether words that should tell of somebody do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Voice {
    /// They do.
    Plainly,
    /// They say that there is nothing to tell: "no", "nobody spoke to her".
    Denied,
    /// They may say either: "nothing much, she says", "Ruby is well. Jake was not seen".
    Unclear,
}

/// Words of somebody having been met: denied, nobody was heard.
const MET: [&str; 23] = [
    "see",
    "saw",
    "seen",
    "speak",
    "spoke",
    "spoken",
    "talk",
    "talked",
    "ask",
    "asked",
    "meet",
    "met",
    "hear",
    "heard",
    "visit",
    "visited",
    "contact",
    "chance",
    "opportunity",
    "available",
    "present",
    "attend",
    "attended",
];
/// Words of what somebody has said or shown.
const SAID: [&str; 23] = [
    "say", "says", "said", "saying", "tell", "tells", "told", "show", "shows", "showed", "drew", "wrote", "feels", "felt",
    "wants", "wanted", "wishes", "likes", "liked", "thinks", "hopes", "smiled", "cried",
];
/// Words that deny alone, before or behind another; `t` is what stands behind the apostrophe of `wasn't`.
const DENIALS: [&str; 16] = [
    "no", "not", "t", "nobody", "none", "nothing", "never", "neither", "nor", "without", "unable", "cannot", "hardly", "na",
    "nil", "dont",
];
/// Those that deny everybody and everything.
const NOBODY: [&str; 6] = ["nobody", "none", "nothing", "neither", "na", "nil"];
/// How many words may stand between a denial and what it denies.
const DENIES_WITHIN: usize = 4;

/// Whether `text`, which should tell what somebody said or showed, does.
fn told(text: &str) -> Voice {
    let lower = text.to_lowercase().replace("n/a", "na");
    let words: Vec<&str> = lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let denies = |word: &&str| DENIALS.contains(word);
    let said = words.iter().any(|word| SAID.contains(word));
    let unmet = words.iter().enumerate().any(|(at, word)| {
        let near = &words[at.saturating_sub(DENIES_WITHIN)..(at + 2).min(words.len())];
        MET.contains(word) && near.iter().any(denies)
    });
    let first_denies = words.first().is_some_and(denies);
    let says_nothing = words.len() <= 3 || words.first().is_some_and(|first| NOBODY.contains(first)) || unmet;
    match (first_denies, unmet, said) {
        // "No concerns, both children seen and happy" denies something else.
        (true, _, false) if words.len() <= DENYING_WORDS && says_nothing => Voice::Denied,
        (false, true, false) if words.len() <= SHORT_WORDS => Voice::Denied,
        (_, true, _) | (true, _, _) => Voice::Unclear,
        (false, false, _) => Voice::Plainly,
    }
}

/// A denial at the beginning of more words than these denies only the first of them.
const DENYING_WORDS: usize = 5;
/// So short a denial says nothing besides.
const SHORT_WORDS: usize = 8;

/// Words of somebody who does not know.
const UNSURE: [&str; 12] =
    ["idea", "sure", "unsure", "maybe", "perhaps", "possibly", "probably", "know", "tbc", "tba", "depends", "clue"];
/// Words of a meeting that did not come about.
const ATTEMPTED: [&str; 10] =
    ["attempted", "attempt", "tried", "missed", "cancelled", "canceled", "failed", "unsuccessful", "refused", "postponed"];

fn words_of(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty())
}

fn is_unsure(text: &str) -> bool {
    text.contains('?') || words_of(text).any(|word| UNSURE.contains(&word))
}

fn denies(text: &str) -> bool {
    words_of(text).any(|word| DENIALS.contains(&word) || NEGATIONS.contains(&word) || ATTEMPTED.contains(&word))
}

/// `10-12/11`, `3 to 5 December`, `9/10 and 12/10`: more than one day.
fn is_range(text: &str) -> bool {
    let digits = |part: &str, end: bool| {
        let mut letters = part.trim().chars();
        let letter = if end { letters.next_back() } else { letters.next() };
        letter.is_some_and(|letter| letter.is_ascii_digit())
    };
    let joined = text.replace('\u{2013}', "-");
    let between = joined.match_indices('-').any(|(at, _)| digits(&joined[..at], true) && digits(&joined[at + 1..], false));
    let by_dash = between && (joined.contains('/') || joined.matches('-').count() == 1);
    let both =
        |joint: &str| joined.split_once(joint).is_some_and(|(a, b)| a.chars().any(|c| c.is_ascii_digit()) && digits(b, false));
    by_dash || [" to ", " and ", " or ", " & ", " until "].iter().any(|joint| both(joint))
}

fn first_word(text: &str) -> &str {
    text.split(|c: char| !c.is_alphanumeric()).find(|word| !word.is_empty()).unwrap_or_default()
}

/// The one day `text` names: `3 December`, `Tue 3rd Dec 2026`, `3/12`, `3.12.26`, `2026-12-03`, `today`, `yesterday`. Without a year it
/// is the nearest that the question allows.
fn the_day(text: &str, ask: &Ask, today: Date) -> Option<Date> {
    match text {
        "today" => return Some(today),
        "yesterday" => return today.yesterday().ok(),
        "tomorrow" => return today.tomorrow().ok(),
        _ => {}
    }
    if let Some(date) = text.split_whitespace().find_map(|word| word.parse::<Date>().ok().filter(|_| word.len() == 10)) {
        return Some(date);
    }
    let numbers: Vec<(usize, i16)> = numbers_of(text);
    let month = text.split(|c: char| !c.is_alphabetic()).filter(|word| word.len() >= 3).find_map(|word| {
        MONTHS
            .iter()
            .position(|month| word.starts_with(month))
            .filter(|_| is_month(word))
            .and_then(|at| i8::try_from(at + 1).ok())
    });
    let (day, month, year) = match (month, numbers.as_slice()) {
        (Some(month), [(_, day)]) => (*day, month, None),
        (Some(month), [(_, day), (digits, year)]) if *digits >= 2 => (*day, month, Some(*year)),
        (None, [(_, day), (_, month)]) if text.contains(['/', '.']) => (*day, i8::try_from(*month).ok()?, None),
        (None, [(_, day), (_, month), (digits, year)]) if *digits >= 2 => (*day, i8::try_from(*month).ok()?, Some(*year)),
        _ => return None,
    };
    let day = i8::try_from(day).ok()?;
    let year = year.map(|year| if year < 100 { 2000 + year } else { year });
    let dated = |year: i16| Date::new(year, month, day).ok();
    match year {
        Some(year) => dated(year),
        None if ask.not_future => dated(today.year()).filter(|day| *day <= today).or_else(|| dated(today.year() - 1)),
        None => dated(today.year()).filter(|day| *day >= today).or_else(|| dated(today.year() + 1)),
    }
}

/// A month by its name or a usual short form, and no word that only begins so.
fn is_month(word: &str) -> bool {
    const NAMES: [&str; 12] = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];
    word.len() == 3 || word == "sept" || NAMES.contains(&word)
}

/// Whole numbers with how many digits each has; a time of day is none of a date.
fn numbers_of(text: &str) -> Vec<(usize, i16)> {
    let without_time: Vec<&str> =
        text.split_whitespace().filter(|word| !word.contains(':') && !word.ends_with("am") && !word.ends_with("pm")).collect();
    let joined = without_time.join(" ");
    let digits = joined.split(|c: char| !c.is_ascii_digit()).filter(|digits| !digits.is_empty());
    digits.filter_map(|digits| Some((digits.len(), digits.parse().ok()?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(kind: &str, not_future: bool, text: &str, expected: Option<&str>) {
        let ask: Ask =
            serde_json::from_value(serde_json::json!({"name": "one", "title": "One", "kind": serde_json::from_str::<serde_json::Value>(kind).expect("a kind"), "not_future": not_future}))
                .expect("a question");
        let words = BTreeMap::from([
            ("y".to_owned(), "known".to_owned()),
            ("yes".to_owned(), "known".to_owned()),
            ("no".to_owned(), "not_known".to_owned()),
        ]);
        let words = if kind.contains("known") { words } else { BTreeMap::new() };
        assert_eq!(plain(&ask, text, &words, jiff::civil::date(2026, 12, 10)).as_deref(), expected, "{text}");
    }

    #[test]
    fn days_are_understood_as_people_write_them_and_only_when_they_are_plain() {
        for (text, past, expected) in [
            ("3 December", true, Some("2026-12-03")),
            // A visit where nobody was met is no day on which the family was seen; one end of a range is no day.
            ("Attempted visit 9/10 - no answer, not seen", true, None),
            ("9/10 but they were out, tried again 12/10", true, None),
            ("10-12/11", true, None),
            ("9/10 and 12/10", true, None),
            ("not sure, maybe 3 December", true, None),
            ("Thursday 3rd Dec.", true, Some("2026-12-03")),
            ("3/12", true, Some("2026-12-03")),
            ("15/12", true, Some("2025-12-15")),
            ("14 January", false, Some("2027-01-14")),
            ("14/1/27", false, Some("2027-01-14")),
            ("14.01.2027", false, Some("2027-01-14")),
            ("2027-01-14", false, Some("2027-01-14")),
            ("14 Jan at 10:30", false, Some("2027-01-14")),
            ("yesterday", true, Some("2026-12-09")),
            ("next week", false, None),
            ("3 or 4 December", true, None),
            ("31/2/2027", false, None),
            ("32", false, None),
            ("2 marches", false, None),
        ] {
            check("\"date\"", past, text, expected);
        }
    }

    #[test]
    fn words_that_deny_are_told_from_words_of_a_child() {
        for (text, expected) in [
            ("She likes the new school", Voice::Plainly),
            ("She said it is not fine at home", Voice::Plainly),
            ("Ruby drew the bus; Jake does not want to move", Voice::Plainly),
            ("They were both at school and seemed happy", Voice::Plainly),
            ("No", Voice::Denied),
            ("no.", Voice::Denied),
            ("n/a", Voice::Denied),
            ("None this time", Voice::Denied),
            ("Nobody spoke to her", Voice::Denied),
            ("Not seen", Voice::Denied),
            ("neither of them was there", Voice::Denied),
            ("I didn't speak to her", Voice::Denied),
            ("We have not met the children yet", Voice::Denied),
            ("Child wasn't available", Voice::Denied),
            ("No change, she says she is well", Voice::Unclear),
            ("No concerns, both children seen and happy", Voice::Unclear),
            ("Not keen on school", Voice::Unclear),
            ("Ruby is doing well at her new school. Jake was not seen at either visit", Voice::Unclear),
            ("Nothing new: she showed me her room", Voice::Unclear),
        ] {
            assert_eq!(told(text), expected, "{text}");
        }
    }

    #[test]
    fn one_word_of_a_list_is_an_answer_and_two_are_none() {
        let change = r#"{"choice": ["better", "same", "worse"]}"#;
        check(change, false, "Better.", Some("better"));
        check(change, false, "much better than in summer", Some("better"));
        check(change, false, "better for one, worse for another", None);
        check(change, false, "not better", None);
        let known = r#"{"choice": ["known", "not_known"]}"#;
        check(known, false, "Yes, we do", Some("known"));
        check(known, false, "No, we do not", Some("not_known"));
        check(known, false, "perhaps", None);
        for denied in
            ["They aren't known to us", "We have never known them", "I don't think they are known", "unknown, not known here"]
        {
            check(known, false, denied, None);
        }
        check("\"yes_no\"", false, "Yes please", Some("yes"));
        check("\"yes_no\"", false, "n", Some("no"));
        check("\"yes_no\"", false, "if possible", None);
        check("\"yes_no\"", false, "No idea", None);
        check("\"yes_no\"", false, "not sure yet", None);
    }
}
