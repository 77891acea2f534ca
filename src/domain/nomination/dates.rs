//! Dates as British people write them, ages, and days a baby is expected.
//!
//! Day before month. A date that only makes sense the other way round is read the other way round. A two-digit
//! year may mean two centuries: both are told, likelier first.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::Regex;

use crate::domain::time::Date;

/// What a year of two digits is likely to mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Era {
    /// The birthday of somebody: never after the day of receipt; of a child, of an adult, or not told.
    Birth(Option<bool>),
    /// A day close to the day of receipt, before or after it.
    Near,
}

static NUMERIC: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?:^|[^\d/.-])(\d{1,2})\s?[/.\-–\\ ]\s?(\d{1,2})\s?[/.\-–\\ ]\s?(\d{4}|\d{2})(?:$|[^\d/])").expect("valid")
});
static YEAR_FIRST: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\b((?:19|20)\d{2})[-/.](\d{1,2})[-/.](\d{1,2})\b").expect("valid"));
static DAY_MONTH: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)\b(\d{1,2})(?:st|nd|rd|th)?[\s.\-/]*(?:day\s+)?(?:of\s+)?(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*[\s.,\-/']*(\d{4}|\d{2})\b")
        .expect("valid")
});
static DAY_IN_WORDS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)\b((?:twenty|thirty)[ -](?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth)|[a-z]{5,9}(?:th|eth)|first|second|third|ninth)\s+((?:day\s+)?(?:of\s+)?(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*)\b")
        .expect("valid")
});
static DAY_ALONE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)\b(\d{1,2})(?:st|nd|rd|th)?\s+(?:of\s+)?(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\b(?:[^\s\d]|\s+[^\d]|$)").expect("valid")
});
static MONTH_DAY: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)\b(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*[\s.]+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})\b")
        .expect("valid")
});
static AGE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?i)^(?:approx(?:imately)?\.?\s*|about\s*|circa\s*|c\.?\s*|around\s*)?(?:age[d]?\s*:?\s*|approx(?:imately)?\.?\s*|about\s*)?(\d{1,3})\s*(months?|mths?|m|weeks?|wks?|days?)?(?:\s*(?:years?|yrs?|yr|y|yo|y/o)\.?(?:[\s-]*old)?)?(?:\s*old)?\s*(?:\(approx\.?\)|approx\.?|at time of referral)?$",
    )
    .expect("valid")
});
static AGE_WITHIN: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)\b(?:age[d]?:?\s+(\d{1,3})|(\d{1,3})\s*[- ]?(?:years?|yrs?|yr)(?:[\s-]*old)?|(\d{1,3})\s?y/?o)\b")
        .expect("valid")
});

static COMB: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\b(\d) (\d) (\d) (\d) (\d) (\d) (\d) (\d)\b").expect("valid"));

/// The dates written in `text`, in order; each as its readings, likeliest first.
pub(super) fn dates(text: &str, era: Era, received_on: Date) -> Vec<Vec<Date>> {
    let tidied = super::text::tidy(text);
    // Most of what is asked for a date is words alone: none of what follows finds one without a figure.
    if !tidied.contains(char::is_numeric) && matches!(numbered_days(&tidied), Cow::Borrowed(_)) {
        return Vec::new();
    }
    // One figure a box: `1 4 0 6 1 9 8 5`.
    let tidied = COMB.replace_all(&tidied, "$1$2/$3$4/$5$6$7$8");
    let text = numbered_days(&tidied).replace(['\u{2010}', '\u{2011}', '\u{2013}', '\u{2014}'], "-");
    let mut found: Vec<(usize, Vec<Date>)> = Vec::new();
    let mut add = |at: usize, readings: Vec<Date>| {
        if !readings.is_empty() && !found.iter().any(|(other, _)| other.abs_diff(at) < 3) {
            found.push((at, readings));
        }
    };
    // A comb of eight boxes: `02091989`, `19890902`.
    let packed: String = text.chars().filter(|c| *c != ' ').collect();
    if packed.len() == 8 && packed.bytes().all(|byte| byte.is_ascii_digit()) {
        let part = |range: std::ops::Range<usize>| packed[range].parse::<i16>().unwrap_or(0);
        let read = civil(part(4..8), part(2..4), part(0..2)).or_else(|| civil(part(0..4), part(4..6), part(6..8)));
        return read.map(|date| vec![vec![date]]).unwrap_or_default();
    }
    for captures in YEAR_FIRST.captures_iter(&text) {
        let at = captures.get(1).map_or(0, |m| m.start());
        add(at, civil(number(&captures, 1), number(&captures, 2), number(&captures, 3)).into_iter().collect());
    }
    for (regex, day, month) in [(&*DAY_MONTH, 1, 2), (&*MONTH_DAY, 2, 1)] {
        for captures in regex.captures_iter(&text) {
            let at = captures.get(1).map_or(0, |m| m.start());
            let month = month_number(captures.get(month).map_or("", |m| m.as_str()));
            add(at, years(&captures, 3, era, received_on, number(&captures, day), month));
        }
    }
    for captures in NUMERIC.captures_iter(&text) {
        let at = captures.get(1).map_or(0, |m| m.start());
        let (first, second) = (number(&captures, 1), number(&captures, 2));
        let british = years(&captures, 3, era, received_on, first, second);
        let readings = if british.is_empty() { years(&captures, 3, era, received_on, second, first) } else { british };
        add(at, readings);
    }
    found.sort_by_key(|(at, _)| *at);
    found.into_iter().map(|(_, readings)| readings).collect()
}

/// `the twenty-first of March`, `third April` → `the 21 of March`, `3 April`.
fn numbered_days(text: &str) -> Cow<'_, str> {
    const UNITS: [&str; 9] = ["first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth"];
    const TEENS: [&str; 10] = [
        "tenth",
        "eleventh",
        "twelfth",
        "thirteenth",
        "fourteenth",
        "fifteenth",
        "sixteenth",
        "seventeenth",
        "eighteenth",
        "nineteenth",
    ];
    let place = |words: &[&str], word: &str| words.iter().position(|one| *one == word);
    let number = |word: &str| -> Option<usize> {
        let tens = [("twenty", 20), ("thirty", 30)].into_iter().find_map(|(name, tens)| Some((word.strip_prefix(name)?, tens)));
        match tens {
            Some(("", _)) => None,
            Some(("th" | "eth" | "ieth", tens)) => Some(tens),
            Some((unit, tens)) => place(&UNITS, unit.trim_start_matches(['-', ' '])).map(|at| tens + at + 1),
            None if word == "twentieth" => Some(20),
            None if word == "thirtieth" => Some(30),
            None => place(&UNITS, word).map(|at| at + 1).or_else(|| place(&TEENS, word).map(|at| at + 10)),
        }
    };
    DAY_IN_WORDS.replace_all(text, |found: &regex::Captures<'_>| match number(&found[1].to_lowercase()) {
        Some(day) => format!("{day} {}", &found[2]),
        None => found[0].to_owned(),
    })
}

/// The first date of `text`, as its readings.
pub(super) fn first_date(text: &str, era: Era, received_on: Date) -> Vec<Date> {
    dates(text, era, received_on).into_iter().next().unwrap_or_default()
}

/// `on 4 November`: a day without its year, in the year before `received_on` or on that day itself.
pub(super) fn recent_day(text: &str, received_on: Date) -> Option<Date> {
    let captures = DAY_ALONE.captures(text)?;
    let month = month_number(captures.get(2)?.as_str());
    let in_year = |year: i16| civil(year, month, number(&captures, 1)).filter(|date| *date <= received_on);
    in_year(received_on.year()).or_else(|| in_year(received_on.year() - 1))
}

/// An age in whole years, when the whole of `text` is an age: `5 yrs`, `aged 7`, `approx. 7`, `18 months`.
pub(super) fn age(text: &str) -> Option<u8> {
    let text = super::text::tidy(text);
    let captures = AGE.captures(text.trim_matches(['(', ')', '~', '.', ' ']))?;
    let count: u16 = captures.get(1)?.as_str().parse().ok()?;
    let unit = captures.get(2).map_or(String::new(), |m| m.as_str().to_lowercase());
    let years = match unit.chars().next() {
        Some('m') => count / 12,
        Some('w' | 'd') => 0,
        _ => count,
    };
    u8::try_from(years).ok().filter(|years| *years <= 110)
}

/// An age that stands somewhere in `text`: `Tom, aged 7`, `7-year-old`.
pub(super) fn age_within(text: &str) -> Option<u8> {
    let captures = AGE_WITHIN.captures(text)?;
    let digits = (1..=3).find_map(|group| captures.get(group))?;
    digits.as_str().parse().ok().filter(|years| *years <= 110)
}

/// Whole years from `born_on` to `on`; negative before birth.
pub(super) fn years_between(born_on: Date, on: Date) -> i16 {
    let years = on.year() - born_on.year();
    if (on.month(), on.day()) < (born_on.month(), born_on.day()) { years - 1 } else { years }
}

fn number(captures: &regex::Captures<'_>, group: usize) -> i16 {
    captures.get(group).and_then(|found| found.as_str().parse().ok()).unwrap_or(0)
}

fn civil(year: i16, month: i16, day: i16) -> Option<Date> {
    if !(1900..=2100).contains(&year) {
        return None;
    }
    Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

/// The readings of one written date: its year as written, or, of two digits, the centuries that make sense.
fn years(captures: &regex::Captures<'_>, group: usize, era: Era, received_on: Date, day: i16, month: i16) -> Vec<Date> {
    let written = captures.get(group).map_or("", |found| found.as_str());
    let year: i16 = written.parse().unwrap_or(0);
    if written.len() == 4 {
        return civil(year, month, day).into_iter().collect();
    }
    let later = civil(2000 + year, month, day);
    let earlier = civil(1900 + year, month, day);
    match era {
        Era::Near => later.into_iter().collect(),
        Era::Birth(child) => {
            let mut readings: Vec<Date> =
                later.into_iter().chain(earlier).filter(|date| likely_birth(*date, child, received_on)).collect();
            if readings.is_empty() {
                readings.extend(later);
            }
            readings
        }
    }
}

fn likely_birth(date: Date, child: Option<bool>, received_on: Date) -> bool {
    let age = years_between(date, received_on);
    match child {
        // Sons and daughters of a household may be grown up, hence the wide range.
        Some(true) => (-1..=30).contains(&age),
        Some(false) => (12..=105).contains(&age),
        None => (-1..=105).contains(&age),
    }
}

/// Whether `word` is a month, whole or cut short.
pub(super) fn is_month(word: &str) -> bool {
    word.len() >= 3 && word.chars().all(char::is_alphabetic) && month_number(word) > 0
}

pub(super) fn month_number(name: &str) -> i16 {
    let name = name.to_lowercase();
    let names = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    names.iter().position(|month| name.starts_with(month)).and_then(|index| i16::try_from(index + 1).ok()).unwrap_or(0)
}
