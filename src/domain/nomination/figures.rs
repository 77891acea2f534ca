//! Figures in a sentence: the share of days somebody was in school, or missed.

use std::sync::LazyLock;

use regex::Regex;

use super::text::find_phrase;
use super::who::Mention;
use super::words::Lexicon;

pub(super) static PERCENT: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(\d{1,3})(?:\.\d+)?\s?(?:%|per ?cent)").expect("valid"));
/// The county's own page: attendance below 90 in the hundred.
const ATTENDANCE_MIN: f64 = 0.9;
const COUNTED: [&str; 12] = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"];
static DAYS_OF: LazyLock<Regex> = LazyLock::new(|| {
    let number = format!(r"\d{{1,3}}|{}", COUNTED.join("|"));
    let days = "(?:full |whole |school )?";
    Regex::new(&format!(
        r"\b(?<days>{number}) {days}(?<unit>days?|weeks?|sessions?)? ?(?:out )?of (?:the |her |his )?(?:last |past )?(?<of>{number}) {days}(?<units>days|weeks|sessions)\b"
    ))
    .expect("valid")
});
/// Below this many in the hundred attendance is low, above [`ABSENCE_MAX`] absence is high: the county's own page.
const ATTENDANCE_LOW: u32 = 90;
const ABSENCE_MAX: u32 = 10;

/// Where the clause tells of low attendance in figures; `Some(None)` when its figures say that it is good.
pub(super) fn attendance(clause: &str, lexicon: &Lexicon<'_>) -> Option<Option<usize>> {
    let (present, absent) = (lexicon.mentions("attendance_words", clause), lexicon.mentions("absence_words", clause));
    if let Some(percent) = PERCENT.captures(clause).filter(|_| present.or(absent).is_some()) {
        let low = percent[1].parse::<u32>().is_ok_and(|percent| is_low(percent, clause, lexicon));
        return Some(low.then(|| percent.get(0).map_or(0, |found| found.start())));
    }
    let (at, share) = attended(clause).filter(|_| present.or(absent).is_some())?;
    Some((share < ATTENDANCE_MIN).then_some(at))
}

/// `Missed 22% of the year` counts the days away, `attendance 78%` the days there; where both words stand it is attendance.
fn is_low(percent: u32, clause: &str, lexicon: &Lexicon<'_>) -> bool {
    let there = ["attendance", "attends", "attended", "attending", "present", "in school"];
    let away =
        lexicon.mentions("absence_words", clause).is_some() && !there.iter().any(|word| find_phrase(clause, word).is_some());
    if away { percent > ABSENCE_MAX } else { percent < ATTENDANCE_LOW }
}

/// `Both have poor attendance: Tom 77%, Ava 95%`: each figure is of the name before it, where there are several of both.
pub(super) fn of_each(clause: &str, theme: &str, named: &[Mention], lexicon: &Lexicon<'_>) -> Option<(Vec<usize>, bool)> {
    let figures: Vec<_> = PERCENT.captures_iter(clause).collect();
    if theme != "education" || figures.len() < 2 || named.len() < 2 {
        return None;
    }
    let mut members: Vec<usize> = Vec::new();
    let mut since = 0;
    for figure in &figures {
        let whole = figure.get(0)?;
        let of = named.iter().rev().find(|mention| mention.end <= whole.start() && mention.start >= since)?;
        let [one] = of.members.as_slice() else { return None };
        let low = figure[1].parse::<u32>().is_ok_and(|percent| is_low(percent, clause, lexicon));
        members.extend(Some(*one).filter(|one| low && !members.contains(one)));
        since = whole.end();
    }
    (!members.is_empty()).then_some((members, true))
}

/// Where a clause counts the days somebody was in school, and the share of days that is: `2 days out of the last three weeks`.
fn attended(clause: &str) -> Option<(usize, f64)> {
    const SCHOOL_DAYS_IN_A_WEEK: f64 = 5.0;
    let found = DAYS_OF.captures(clause)?;
    let number = |name: &str| {
        let word = found.name(name)?.as_str();
        let counted = COUNTED.iter().position(|one| *one == word).and_then(|index| u32::try_from(index + 1).ok());
        counted.or_else(|| word.parse().ok()).map(f64::from)
    };
    let days = |unit: Option<&str>| if unit.is_some_and(|unit| unit.starts_with("week")) { SCHOOL_DAYS_IN_A_WEEK } else { 1.0 };
    let unit = |name: &str| found.name(name).map(|unit| unit.as_str());
    let of = number("of")? * days(unit("units"));
    let share = number("days")? * days(unit("unit").or(unit("units"))) / of;
    let away = ["missed", "absent", "off", "away", "out of school"].iter().any(|word| find_phrase(clause, word).is_some());
    (of > 0.0).then(|| (found.get(0).map_or(0, |whole| whole.start()), if away { 1.0 - share } else { share }))
}

/// `He hasn't been in properly, his attendance is 41%`: a figure that no denial in the clause takes back.
pub(super) fn is_low_attendance(clause: &str, lexicon: &Lexicon<'_>) -> bool {
    PERCENT.is_match(clause) && attendance(clause, lexicon).flatten().is_some()
}
