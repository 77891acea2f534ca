//! What a part of a line is by its shape: a day of birth, a day of delivery, an age.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

static DATE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?ix)^(?:
            \d{1,2}\s?[/.\-\x{2013}]\s?\d{1,2}\s?[/.\-\x{2013}]\s?(?:\d{4}|\d{2})
          | (?:19|20)\d{2}[-/.]\d{1,2}[-/.]\d{1,2}
          | \d{1,2}(?:st|nd|rd|th)?[\s.\-/]*(?:of\s+)?(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*[\s.\-/']*(?:\d{4}|\d{2})
          | (?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*[\s.]+\d{1,2}(?:st|nd|rd|th)?\s+\d{4}
        )(?:$|[^\d/])",
    )
    .expect("valid")
});
static BORN: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)^(?:d\.?o\.?b\.?|date of birth|birth ?date|born(?: on)?|b\.|was born(?: on)?)(?:\s+is)?\s*[:\-–]?\s*")
        .expect("valid")
});
static BORN_BEFORE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)\b(?:d\.?o\.?b\.?|date of birth|birth ?date|born(?: on)?|b\.)(?:\s+is)?\s*[:\-–]?\s*$").expect("valid")
});
static DUE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?i)^(?:e\.?d\.?d\.?|expected date of delivery|expected(?: on)?|baby due(?: on)?|due date|due(?: on)?)\s*[:\-–]?\s*",
    )
    .expect("valid")
});
static AGE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)^(?:is\s+)?(?:now\s+)?(?:age[d]?\s*:?\s*)?(\d{1,3})(?:\s*(?:months?|mths?|weeks?|years?|yrs?|yr|y/?o)\.?(?:[\s-]*old)?)?(?:\s+old)?(?:$|[\s,;.)])")
        .expect("valid")
});
/// A day or an age at the beginning of `text`: the field, where its value stands, and how much of the text it takes.
pub(super) fn dated(text: &str) -> Option<(&'static str, Range<usize>, usize)> {
    let due = DUE.find(text).map_or(0, |found| found.end());
    let born = BORN.find(text).map_or(0, |found| found.end());
    let led = due.max(born);
    if let Some(found) = DATE.find(&text[led..]) {
        let written = found.as_str();
        let length = written.trim_end_matches(|c: char| !c.is_alphanumeric()).len();
        let length = if written.ends_with(|c: char| c.is_alphanumeric()) { written.len() } else { length };
        let field = if due > born { "expected_on" } else { "date_of_birth" };
        let value = if due > born { 0..led + length } else { led..led + length };
        return Some((field, value, led + length));
    }
    let found = AGE.captures(text).filter(|_| led == 0)?;
    let whole = found.get(0)?.as_str().trim_end_matches([' ', ',', ';', '.', ')']);
    let bare = whole.len() == found.get(1)?.as_str().len();
    let ends = text[whole.len()..].trim_start();
    // `14 at Hill Academy`, `41, out of work`; but `71 days absent` is no age.
    let closed = ends.is_empty()
        || ["at ", "and ", "in ", "attends ", "with ", "who "].iter().any(|word| fold_prefix(ends, word).is_some());
    (!bare || closed).then_some(("age", 0..whole.len(), whole.len()))
}

/// Whether `before` ends with `born`, `DOB`, `date of birth`.
pub(super) fn is_led_by_birth(before: &str) -> bool {
    BORN_BEFORE.is_match(before)
}

/// The length of `prefix` at the beginning of `text`, case apart.
pub(super) fn fold_prefix(text: &str, prefix: &str) -> Option<usize> {
    text.get(..prefix.len()).filter(|start| start.eq_ignore_ascii_case(prefix)).map(str::len)
}
