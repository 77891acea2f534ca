//! Dates of headers as real programs write them: RFC 5322, asctime, ISO 8601, long month names, zone words.
//!
//! An offset that makes no sense is no offset: the caller then takes the date of a `Received` header.

use crate::domain::time::Instant;

const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/// The moment `text` names, if it names one.
#[must_use]
pub fn parse(text: &str) -> Option<Instant> {
    let text = without_comments(text);
    iso(text.trim()).or_else(|| spoken(&text))
}

fn without_comments(text: &str) -> String {
    let mut depth = 0_usize;
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ if depth == 0 => out.push(c),
            _ => {}
        }
    }
    out
}

fn iso(text: &str) -> Option<Instant> {
    if !text.as_bytes().get(..4)?.iter().all(u8::is_ascii_digit) {
        return None;
    }
    text.parse::<Instant>().ok().or_else(|| {
        let civil: jiff::civil::DateTime = text.parse().ok()?;
        civil.to_zoned(jiff::tz::TimeZone::UTC).ok().map(|zoned| zoned.timestamp())
    })
}

/// Words in any order: day, month name, year, time, zone.
fn spoken(text: &str) -> Option<Instant> {
    let (mut day, mut month, mut year, mut time, mut offset) = (None, None, None, None, None);
    for word in text.split(|c: char| c.is_whitespace() || c == ',').filter(|word| !word.is_empty()) {
        if word.contains(':') && time.is_none() {
            time = clock(word);
        } else if let Some(found) = month_named(word) {
            month = month.or(Some(found));
        } else if let Ok(number) = word.trim_end_matches(['s', 't', 'n', 'd', 'r', 'h']).parse::<i16>()
            && !word.starts_with(['+', '-'])
        {
            if number > 31 || day.is_some() {
                year = year.or(Some(full_year(number)));
            } else {
                day = Some(i8::try_from(number).ok()?);
            }
        } else if time.is_some() && offset.is_none() {
            offset = zone(word);
        } else if word.contains('-') && day.is_none() {
            let mut pieces = word.split('-');
            day = pieces.next()?.parse().ok();
            month = pieces.next().and_then(month_named);
            year = pieces.next().and_then(|digits| digits.parse().ok()).map(full_year);
        }
    }
    let (hour, minute, second) = time?;
    let civil = jiff::civil::DateTime::new(year?, month?, day?, hour, minute, second.min(59), 0).ok()?;
    let zone = jiff::tz::Offset::from_seconds(offset.unwrap_or(0)).ok()?;
    zone.to_timestamp(civil).ok()
}

fn full_year(number: i16) -> i16 {
    match number {
        0..=49 => 2000 + number,
        50..=999 => 1900 + number,
        _ => number,
    }
}

fn clock(word: &str) -> Option<(i8, i8, i8)> {
    let mut pieces = word.splitn(3, ':');
    let hour = pieces.next()?.parse().ok()?;
    let minute = pieces.next()?.parse().ok()?;
    let second = match pieces.next() {
        Some(text) => text.split('.').next()?.parse().ok()?,
        None => 0,
    };
    Some((hour, minute, second))
}

fn month_named(word: &str) -> Option<i8> {
    let lower = word.get(..3)?.to_ascii_lowercase();
    if !word.bytes().all(|b| b.is_ascii_alphabetic() || b == b'.') {
        return None;
    }
    MONTHS.iter().position(|name| *name == lower).and_then(|index| i8::try_from(index + 1).ok())
}

/// Seconds east of UTC. Zone words beyond the common ones are no answer: they are used twice over the world.
fn zone(word: &str) -> Option<i32> {
    let upper = word.to_ascii_uppercase();
    let known = match upper.as_str() {
        "GMT" | "UTC" | "UT" | "Z" | "WET" => Some(0),
        "BST" | "CET" | "WEST" | "MEZ" => Some(1),
        "CEST" | "EET" | "MESZ" => Some(2),
        "EEST" | "MSK" => Some(3),
        "EDT" => Some(-4),
        "EST" | "CDT" => Some(-5),
        "CST" | "MDT" => Some(-6),
        "MST" | "PDT" => Some(-7),
        "PST" => Some(-8),
        _ => None,
    };
    if let Some(hours) = known {
        return Some(hours * 3600);
    }
    let digits = upper.strip_prefix("GMT").or(upper.strip_prefix("UTC")).unwrap_or(&upper);
    let (sign, digits) = match digits.as_bytes().first()? {
        b'+' => (1, &digits[1..]),
        b'-' => (-1, &digits[1..]),
        _ => return None,
    };
    let digits = digits.replace(':', "");
    if digits.is_empty() || digits.len() > 4 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let number: i32 = digits.parse().ok()?;
    // `-600` is six hours, not six hundred minutes; `+1` is an hour.
    let (hours, minutes) = if digits.len() <= 2 { (number, 0) } else { (number / 100, number % 100) };
    if hours > 14 || minutes > 59 { None } else { Some(sign * (hours * 3600 + minutes * 60)) }
}

#[cfg(test)]
mod tests {
    #[test]
    fn dates_are_understood_as_their_senders_meant_them() {
        for (written, expected) in [
            ("Sat, 07 Nov 2026 10:28:02 +0000", "2026-11-07T10:28:02Z"),
            ("Sat, 7 Nov 2026 10:28 +0100 (CET)", "2026-11-07T09:28:00Z"),
            ("Tue, 16 Jun 2026 10:28:02 BST", "2026-06-16T09:28:02Z"),
            ("Tue, 16 Jun 2026 10:28:02 GMT+0100", "2026-06-16T09:28:02Z"),
            ("Tue, 16 Jun 2026 10:28:02 -600", "2026-06-16T16:28:02Z"),
            ("16 September 2026 10:28:02 +0100", "2026-09-16T09:28:02Z"),
            ("Tue Jun 16 10:28:02 2026", "2026-06-16T10:28:02Z"),
            ("2026-06-16T10:28:02+01:00", "2026-06-16T09:28:02Z"),
            ("2026-06-16 10:28:02", "2026-06-16T10:28:02Z"),
            ("16-Jun-26 10:28:02 +0100", "2026-06-16T09:28:02Z"),
            ("Tue, 16 Jun 2026 23:59:60 +0000", "2026-06-16T23:59:59Z"),
        ] {
            assert_eq!(super::parse(written).map(|moment| moment.to_string()).as_deref(), Some(expected), "{written}");
        }
        for nonsense in ["", "soon", "32 Jun 2026 10:00 +0000", "16 Jun 2026", "16 Jun 2026 25:00:00 +0000"] {
            assert_eq!(super::parse(nonsense), None, "{nonsense}");
        }
    }
}
