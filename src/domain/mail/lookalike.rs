//! Domains that pretend to be another: `cumbrla.gov.uk`, a Cyrillic letter, `westbeck-school.example.com.evil.example`.
//!
//! A guess that costs an honest sender no more than a receipt in place of an acknowledgement, so it may be wrong on that side.

use unicode_normalization::UnicodeNormalization;

/// How one domain resembles another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Likeness {
    /// Letters that look the same: `rn` for `m`, `1` for `l`, letters of another alphabet.
    Homoglyphs,
    /// One letter more, less, changed or swapped.
    OneLetter,
    /// The known name with words or another ending beside it.
    AddedWords,
    /// The known domain as the beginning of another's.
    SubDomain,
}

impl Likeness {
    /// For people.
    #[must_use]
    pub fn says(self) -> &'static str {
        match self {
            Self::Homoglyphs => "with letters that look alike",
            Self::OneLetter => "but for a letter",
            Self::AddedWords => "with something added or another ending",
            Self::SubDomain => "as the beginning of another domain",
        }
    }
}

/// A name so short is part of too many others to mean anything.
const NAME_CHARS_MIN: usize = 5;
/// Names no agency owns alone.
const COMMON_NAMES: [&str; 10] =
    ["school", "council", "police", "health", "academy", "surgery", "family", "families", "county", "primary"];

/// The first of `known` that `domain` resembles without being it or lying below it. `domain` as in a header, lower case.
#[must_use]
pub fn resembles<'k>(domain: &str, known: impl IntoIterator<Item = &'k str>) -> Option<(Likeness, &'k str)> {
    let known: Vec<&str> = known.into_iter().collect();
    let shown = unicode(domain);
    if known.iter().any(|own| shown == **own || shown.ends_with(&format!(".{own}"))) {
        return None;
    }
    known.into_iter().find_map(|own| likeness(&shown, own).map(|kind| (kind, own)))
}

fn likeness(domain: &str, known: &str) -> Option<Likeness> {
    if domain.starts_with(&format!("{known}.")) {
        return Some(Likeness::SubDomain);
    }
    if skeleton(domain) == skeleton(known) {
        return Some(Likeness::Homoglyphs);
    }
    let name = known.split('.').next().unwrap_or_default();
    let short = name.chars().count() < NAME_CHARS_MIN;
    if !short && strsim::osa_distance(domain, known) == 1 {
        return Some(Likeness::OneLetter);
    }
    let telling = !short && !COMMON_NAMES.contains(&name);
    let whole_as_words = known.replace('.', "-");
    let added = domain.split('.').any(|label| {
        let label = skeleton(label);
        (telling && has_words(&label, &skeleton(name))) || has_words(&label, &skeleton(&whole_as_words))
    });
    added.then_some(Likeness::AddedWords)
}

/// Whether `name` stands in `label` between hyphens or edges.
fn has_words(label: &str, name: &str) -> bool {
    label.match_indices(name).any(|(at, _)| {
        let before = label[..at].chars().next_back();
        let after = label[at + name.len()..].chars().next();
        before.is_none_or(|c| c == '-') && after.is_none_or(|c| c == '-')
    })
}

/// The same text for domains that look the same.
fn skeleton(domain: &str) -> String {
    let plain: String = domain.nfkd().filter(|c| !unicode_normalization::char::is_combining_mark(*c)).map(plain_letter).collect();
    plain.replace("rn", "m").replace("vv", "w").replace("cl", "d")
}

/// The Latin letter another letter or digit looks like.
fn plain_letter(c: char) -> char {
    match c {
        '0' | 'о' | 'ο' | 'օ' => 'o',
        '1' | 'i' | 'l' | '|' | 'і' | 'ι' | 'ı' | 'ӏ' | 'ⅼ' => 'l',
        '5' | 'ѕ' => 's',
        'а' | 'α' => 'a',
        'с' | 'ϲ' => 'c',
        'ԁ' => 'd',
        'е' | 'ҽ' => 'e',
        'ɡ' => 'g',
        'һ' => 'h',
        'ј' => 'j',
        'к' | 'κ' => 'k',
        'м' => 'm',
        'п' => 'n',
        'р' | 'ρ' => 'p',
        'ԛ' => 'q',
        'г' => 'r',
        'т' | 'τ' => 't',
        'υ' | 'ս' => 'u',
        'ν' | 'ѵ' => 'v',
        'ԝ' => 'w',
        'х' | 'χ' => 'x',
        'у' | 'γ' => 'y',
        other => other,
    }
}

/// `domain` with its `xn--` labels decoded.
fn unicode(domain: &str) -> String {
    let labels: Vec<String> = domain
        .split('.')
        .map(|label| label.strip_prefix("xn--").and_then(punycode).unwrap_or_else(|| label.to_owned()))
        .collect();
    labels.join(".")
}

/// RFC 3492 §6.2, with the parameters of §5.
fn punycode(coded: &str) -> Option<String> {
    const LABEL_BYTES_MAX: usize = 63;
    let (basic, extended) = coded.rsplit_once('-').unwrap_or(("", coded));
    if coded.len() > LABEL_BYTES_MAX {
        return None;
    }
    let mut out: Vec<char> = basic.chars().collect();
    let (mut n, mut i, mut bias) = (128_u32, 0_u32, 72_u32);
    let mut digits = extended.bytes().peekable();
    while digits.peek().is_some() {
        let before = i;
        let (mut weight, mut k) = (1_u32, 36_u32);
        loop {
            let digit = match digits.next()? {
                letter @ b'a'..=b'z' => u32::from(letter - b'a'),
                number @ b'0'..=b'9' => u32::from(number - b'0') + 26,
                _ => return None,
            };
            i = i.checked_add(digit.checked_mul(weight)?)?;
            let threshold = k.saturating_sub(bias).clamp(1, 26);
            if digit < threshold {
                break;
            }
            weight = weight.checked_mul(36 - threshold)?;
            k += 36;
        }
        let length = u32::try_from(out.len()).ok()? + 1;
        bias = adapted(i - before, length, before == 0);
        n = n.checked_add(i / length)?;
        i %= length;
        out.insert(i as usize, char::from_u32(n)?);
        i += 1;
    }
    Some(out.into_iter().collect())
}

/// RFC 3492 §6.1.
fn adapted(delta: u32, length: u32, first: bool) -> u32 {
    let mut delta = if first { delta / 700 } else { delta / 2 };
    delta += delta / length;
    let mut k = 0;
    while delta > 455 {
        delta /= 35;
        k += 36;
    }
    k + 36 * delta / (delta + 38)
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: [&str; 4] = ["cumbria.gov.uk", "westbeck.example.org", "nhs.net", "lakefoot-families.example.org"];

    #[test]
    fn a_domain_that_pretends_is_told_from_one_that_is_another() {
        for (domain, expected) in [
            ("cumbria.gov.uk", None),
            ("mail.cumbria.gov.uk", None),
            ("cumbrla.gov.uk", Some(Likeness::Homoglyphs)),
            ("curnbria.gov.uk", Some(Likeness::Homoglyphs)),
            ("cumbri\u{0430}.gov.uk", Some(Likeness::Homoglyphs)),
            ("xn--cumbri-8nf.gov.uk", Some(Likeness::Homoglyphs)),
            ("cumbría.gov.uk", Some(Likeness::Homoglyphs)),
            ("cumbra.gov.uk", Some(Likeness::OneLetter)),
            ("cubmria.gov.uk", Some(Likeness::OneLetter)),
            ("cumbria.gov.uk.example.net", Some(Likeness::SubDomain)),
            ("cumbria-gov.uk", Some(Likeness::OneLetter)),
            ("cumbria-gov-uk.example.net", Some(Likeness::AddedWords)),
            ("secure-cumbria.example.net", Some(Likeness::AddedWords)),
            ("westbeck.example.net", Some(Likeness::AddedWords)),
            ("eastbeck.example.org", None),
            ("nhs.example.org", None),
            ("lakefoot.example.org", None),
            ("northumbria.gov.uk", None),
            ("", None),
        ] {
            assert_eq!(resembles(domain, KNOWN).map(|(kind, _)| kind), expected, "{domain}");
        }
        assert_eq!(punycode("cumbri-8nf").as_deref(), Some("cumbriа"));
        assert_eq!(punycode("bcher-kva").as_deref(), Some("bücher"));
        for broken in ["99999999999", "a-é", "zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz"] {
            assert_eq!(punycode(broken), None, "{broken}");
        }
    }
}
