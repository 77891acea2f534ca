//! The numbers other services know a person by: NHS number, National Insurance number, unique pupil number.
//!
//! Kept as typed; whether one passes its own check is told beside it. A number that fails is asked about, never mended, and
//! a number is read only behind its label: ten digits alone are a telephone.

use std::sync::LazyLock;

use regex::Regex;

use super::form::Draft;
use super::members::{Named, single, take};
use super::slot::Slot;
use super::text::{fold, sentences};
use super::who::mentions;
use super::words::Lexicon;
use crate::domain::nomination::{Answer, Member};

static TOLD: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?i)\b(?:(?P<nhs>nhs(?:\s+(?:number|no|num))?)|(?P<ni>n\.?i\.?(?:no\b|\s+(?:number|no))|national insurance(?:\s+(?:number|no))?)|(?P<upn>upn|unique pupil (?:number|no)))[.:#]?\s*(?:is\s+|of\s+|[-–]\s*)?(?P<number>[a-z]{0,2}[\s-]?\d(?:[\s-]?\d){4,11}(?:[\s-]?[a-z]\b)?)",
    )
    .expect("valid")
});

/// Which number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Number {
    /// NHS number: ten digits, the last a check by modulus 11 (NHS Data Dictionary, `NHS NUMBER`).
    Nhs,
    /// National Insurance number: two letters, six digits, a letter `A` to `D` (HMRC, NIM39110).
    NationalInsurance,
    /// Unique pupil number: a check letter and twelve digits, the last a letter while it is temporary (DfE, UPN guidance).
    Pupil,
}

impl Number {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Nhs, Self::NationalInsurance, Self::Pupil];

    /// The field of a form that asks for it.
    #[must_use]
    pub fn field(self) -> &'static str {
        match self {
            Self::Nhs => "nhs_number",
            Self::NationalInsurance => "ni_number",
            Self::Pupil => "upn",
        }
    }

    /// What people call it.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Nhs => "NHS number",
            Self::NationalInsurance => "National Insurance number",
            Self::Pupil => "unique pupil number",
        }
    }

    /// Whether `typed` is such a number and passes its check; blanks, dots and dashes are passed over.
    #[must_use]
    pub fn is_valid(self, typed: &str) -> bool {
        let letters: Vec<char> = typed
            .chars()
            .filter(|c| !c.is_whitespace() && !matches!(c, '-' | '–' | '.'))
            .map(|c| c.to_ascii_uppercase())
            .collect();
        match self {
            Self::Nhs => is_nhs_number(&letters),
            Self::NationalInsurance => is_national_insurance_number(&letters),
            Self::Pupil => is_pupil_number(&letters),
        }
    }

    /// `typed` as every writer of the same number would have it, when it is such a number for good: it passes its check, and is no pupil
    /// number that a school gave until the true one is known.
    #[must_use]
    pub fn levelled(self, typed: &str) -> Option<String> {
        let plain: String = typed
            .chars()
            .filter(|c| !c.is_whitespace() && !matches!(c, '-' | '–' | '.'))
            .map(|c| c.to_ascii_uppercase())
            .collect();
        let for_now = self == Self::Pupil && plain.ends_with(|last: char| !last.is_ascii_digit());
        (self.is_valid(&plain) && !for_now).then_some(plain)
    }

    /// This number of `member`.
    #[must_use]
    pub fn of(self, member: &Member) -> Option<&Answer<String>> {
        match self {
            Self::Nhs => member.nhs_number.as_ref(),
            Self::NationalInsurance => member.ni_number.as_ref(),
            Self::Pupil => member.upn.as_ref(),
        }
    }

    fn of_mut(self, member: &mut Member) -> &mut Option<Answer<String>> {
        match self {
            Self::Nhs => &mut member.nhs_number,
            Self::NationalInsurance => &mut member.ni_number,
            Self::Pupil => &mut member.upn,
        }
    }
}

fn digits(letters: &[char]) -> Option<Vec<u32>> {
    letters.iter().map(|letter| letter.to_digit(10)).collect()
}

fn is_nhs_number(letters: &[char]) -> bool {
    let Some(digits) = digits(letters).filter(|digits| digits.len() == 10) else { return false };
    let sum: u32 = digits[..9].iter().zip((2..=10).rev()).map(|(digit, weight)| digit * weight).sum();
    // A remainder that would need the check digit 10 is never issued.
    digits[9] == (11 - sum % 11) % 11
}

fn is_national_insurance_number(letters: &[char]) -> bool {
    let [first, second, middle @ .., last] = letters else { return false };
    let prefix: String = [*first, *second].iter().collect();
    let never = ["BG", "GB", "KN", "NK", "NT", "TN", "ZZ"].contains(&prefix.as_str());
    first.is_ascii_uppercase()
        && second.is_ascii_uppercase()
        && !"DFIQUV".contains(*first)
        && !"DFIOQUV".contains(*second)
        && !never
        && middle.len() == 6
        && digits(middle).is_some()
        && ('A'..='D').contains(last)
}

/// The letters a pupil number is checked with: the remainder of division by 23 counts along them.
const PUPIL_LETTERS: &str = "ABCDEFGHJKLMNPQRTUVWXYZ";

fn is_pupil_number(letters: &[char]) -> bool {
    let [check, middle @ .., last] = letters else { return false };
    let (Some(middle), true) = (digits(middle), letters.len() == 13) else { return false };
    let position = |letter: char| PUPIL_LETTERS.chars().zip(0_u32..).find(|(known, _)| *known == letter).map(|(_, at)| at);
    let Some(last) = last.to_digit(10).or_else(|| position(*last)) else { return false };
    let sum: u32 = middle.iter().chain([&last]).zip(2..).map(|(digit, weight)| digit * weight).sum();
    position(*check) == Some(sum % 23)
}

/// The numbers that stand on a person's own row or lines, given to `member`.
pub(super) fn of_draft(draft: &Draft, document: &str, lexicon: &Lexicon<'_>, member: &mut Member) {
    for number in Number::ALL {
        let asked = draft.fields.iter().filter(|(field, _)| field == number.field());
        for (_, slot) in asked {
            let typed = slot.answer(lexicon).filter(|text| text.chars().filter(char::is_ascii_digit).count() >= 4);
            take(number.of_mut(member), typed.map(|typed| single(typed, slot.source(document, "", 1.0))));
        }
    }
    draft.said.iter().for_each(|slot| told(slot, &slot.text(), document, member));
}

/// The numbers told in sentences that name one member and nobody else.
pub(super) fn in_sentences(forms: &[Named<'_>], lexicon: &Lexicon<'_>, members: &mut [Member]) {
    for named in forms {
        for slot in &named.form.narrative {
            for sentence in sentences(&slot.lines_text()).iter().filter(|sentence| TOLD.is_match(sentence)) {
                let mut about: Vec<usize> =
                    mentions(sentence, members, lexicon).into_iter().flat_map(|one| one.members).collect();
                about.dedup();
                if let [one] = about.as_slice() {
                    told(slot, sentence, named.document, &mut members[*one]);
                }
            }
        }
    }
}

fn told(slot: &Slot, text: &str, document: &str, member: &mut Member) {
    for found in TOLD.captures_iter(text) {
        let number = if found.name("nhs").is_some() {
            Number::Nhs
        } else if found.name("ni").is_some() {
            Number::NationalInsurance
        } else {
            Number::Pupil
        };
        let typed = found["number"].trim().to_owned();
        let known = number.of(member).is_some_and(|known| fold(known.value.reveal()) == fold(&typed));
        if !known {
            take(number.of_mut(member), Some(single(typed, slot.source_quoting(document, text.to_owned(), 0.9))));
        }
    }
}

/// What a person should ask about the numbers of `member`, the `place`th of the family; says none of them.
pub(super) fn doubts(place: usize, member: &Member) -> Vec<String> {
    let mut doubts = Vec::new();
    for number in Number::ALL {
        let Some(answer) = number.of(member) else { continue };
        if !number.is_valid(answer.value.reveal()) {
            doubts.push(format!("member {place}: the {} fails its check; ask for it again", number.title()));
        }
        if !answer.others.is_empty() {
            doubts.push(format!("member {place}: more than one {} is given", number.title()));
        }
    }
    doubts
}
