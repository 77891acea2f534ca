//! Schools told in sentences: who surely is at one, and of whom a line or a row says it.

use std::sync::LazyLock;

use regex::Regex;

use super::members::single;
use super::text::{fold, sentences, tidy};
use super::words::Lexicon;
use crate::domain::nomination::Member;
use crate::domain::time::Date;

/// The name of a school, as it is written in a sentence.
const NAME: &str = r"((?:(?:St|Ss|\p{Lu})[\p{L}'’.&-]*\s+(?:(?:of|the|and|on|in)\s+)?)*(?:School|Academy|Nursery|Infants?|Primary|College|Juniors?|High|Middle|Grammar|Pre-?[Ss]chool|Playgroup)(?:\s+(?:School|Academy|Nursery|College))?)";
/// Where a school is named of somebody.
pub(super) static SCHOOL: LazyLock<Regex> = LazyLock::new(|| {
    let told = r"(?:attends|attending|goes to|going to|is at|are at|both at|pupils? at|student at|in [Yy]ear \d+ at|[Yy]ear \d+,?|on roll at|school is|excluded from|suspended from|at)\s+|\bschool\s*[(,]\s*";
    Regex::new(&format!("(?:{told}){NAME}")).expect("valid")
});
/// Who surely is at a school, not only seen there.
pub(super) static ATTENDS: LazyLock<Regex> = LazyLock::new(|| {
    let told = r"attends|attending|goes to|going to|(?:is|are) (?:now |both |all )?(?:in [Yy]ear \d+ )?at|[Bb]oth (?:at|attend|go to|pupils at)|[Aa]ll (?:at|attend|go to|pupils at)|pupils? at|student at|in [Yy]ear \d+ at|on roll at";
    Regex::new(&format!(r"(?:{told})\s+{NAME}")).expect("valid")
});

/// `, Year 11`, ` (Y4)`, ` - Reception class` behind the name of a school.
static YEAR: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)\s*[,;(–-]\s*(?:(?:in\s+)?y(?:ea)?r?\.?\s?\d{1,2}|reception(?:\s+class)?)\s*\)?$").expect("valid")
});

/// The name of a school without the year its pupil is in.
pub(super) fn without_year(school: &str) -> &str {
    YEAR.find(school).map_or(school, |year| &school[..year.start()])
}

/// Schools told in sentences that name one child and no other: `Max attends Hill Infants.`
pub(super) fn schools(
    forms: &[super::members::Named<'_>],
    household: &super::members::Household,
    lexicon: &Lexicon<'_>,
    received_on: Date,
    members: &mut [Member],
) {
    for (form_index, form) in forms.iter().enumerate() {
        // What is said of one person on that person's own line or row.
        for (draft_index, draft) in form.form.people.iter().enumerate() {
            let Some(member) = household.of_draft.get(&(form_index, draft_index)).and_then(|at| members.get_mut(*at)) else {
                continue;
            };
            for slot in &draft.said {
                for sentence in sentences(&slot.lines_text()) {
                    let school = ATTENDS.captures(&sentence).and_then(|found| Some(tidy(found.get(1)?.as_str())));
                    let denied = super::denials::is_no_finding(&fold(&sentence), lexicon, received_on);
                    if let Some(school) = school.filter(|_| member.school.is_none() && member.is_child != Some(false) && !denied)
                    {
                        member.school = Some(single(school, slot.source_quoting(form.document, sentence.clone(), 0.8)));
                    }
                }
            }
        }
        for slot in &form.form.narrative {
            let mut before: Option<usize> = None;
            for sentence in sentences(&slot.lines_text()) {
                let mut about: Vec<usize> =
                    super::who::mentions(&sentence, members, lexicon).into_iter().flat_map(|one| one.members).collect();
                about.dedup();
                // `He has stopped going to school (Hill Academy)`: the child of the sentence before.
                let pronoun = fold(sentence.split_whitespace().next().unwrap_or_default());
                if about.is_empty() && matches!(pronoun.as_str(), "he" | "she") {
                    about.extend(before);
                }
                before = match about.as_slice() {
                    [one] => Some(*one),
                    _ => None,
                };
                let Some(school) = SCHOOL.captures(&sentence).and_then(|found| Some(tidy(found.get(1)?.as_str()))) else {
                    continue;
                };
                let [one] = about.as_slice() else { continue };
                let member = &mut members[*one];
                let denied = super::denials::is_no_finding(&fold(&sentence), lexicon, received_on);
                if member.school.is_none() && member.is_child == Some(true) && !denied {
                    member.school = Some(single(school, slot.source_quoting(form.document, sentence.clone(), 0.8)));
                }
            }
        }
    }
}
