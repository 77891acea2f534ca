//! Postcodes and telephone numbers as people write them.

use std::sync::LazyLock;

use regex::Regex;

static POSTCODE: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(?i)\b([A-Z]{1,2}\s?[0-9O][A-Z0-9]?)\s{0,3}([0-9O][ABD-HJLNP-UW-Z]{2})\b").expect("valid"));
static PHONE: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"(?:\+44\s?\(?0?\)?|\(?0)[\d][\d\s().-]{7,14}\d").expect("valid"));
static EMAIL: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"(?i)[a-z0-9._%+'-]+@[a-z0-9-]+(?:\.[a-z0-9-]+)+").expect("valid"));

/// The first postcode of `text`: canonical (`CA28 7XX`), and what is left of the text without it.
pub(super) fn postcode(text: &str) -> Option<(String, String)> {
    let captures = POSTCODE.captures(text)?;
    let whole = captures.get(0)?;
    let canonical = canonical(&captures[1], &captures[2])?;
    let left = format!("{}{}", &text[..whole.start()], &text[whole.end()..]);
    let left = super::text::tidy(&left);
    Some((canonical, left.trim_matches(|c: char| matches!(c, ' ' | ',' | '.' | ';' | '-' | '(' | ')')).to_owned()))
}

/// All postcodes of `text`, each with where it stands.
pub(super) fn postcodes(text: &str) -> Vec<(std::ops::Range<usize>, String)> {
    let found = POSTCODE.captures_iter(text);
    found.filter_map(|captures| Some((captures.get(0)?.range(), canonical(&captures[1], &captures[2])?))).collect()
}

/// A postcode when the whole of `text` is one, whatever its spacing.
pub(super) fn whole_postcode(text: &str) -> Option<String> {
    let packed: String = text.chars().filter(|c| c.is_ascii_alphanumeric()).collect();
    if !(5..=7).contains(&packed.len()) {
        return None;
    }
    let (outward, inward) = packed.split_at(packed.len() - 3);
    let spaced = format!("{outward} {inward}");
    let captures = POSTCODE.captures(&spaced)?;
    (captures.get(0)?.len() == spaced.len()).then(|| canonical(&captures[1], &captures[2]))?
}

fn canonical(outward: &str, inward: &str) -> Option<String> {
    let letters = |c: char| c.is_ascii_alphabetic();
    let outward = outward.to_ascii_uppercase().replace(' ', "");
    let area = outward.find(|c: char| c.is_ascii_digit())?;
    let district = outward[area..].replace('O', "0");
    let inward = inward.to_ascii_uppercase();
    let (sector, unit) = inward.split_at(1);
    let good = area <= 2 && outward[..area].chars().all(letters) && district.starts_with(|c: char| c.is_ascii_digit());
    good.then(|| format!("{}{district} {}{unit}", &outward[..area], sector.replace('O', "0")))
}

/// The first telephone number of `text`, as written.
pub(super) fn phone(text: &str) -> Option<String> {
    let found = PHONE.find(text)?;
    let digits = found.as_str().chars().filter(char::is_ascii_digit).count();
    let as_written = found.as_str().trim();
    (10..=14).contains(&digits).then(|| as_written.to_owned())
}

/// The first mail address of `text`.
pub(super) fn email(text: &str) -> Option<String> {
    EMAIL.find(text).map(|found| found.as_str().trim_end_matches('.').to_owned())
}
