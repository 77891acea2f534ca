//! An assessment that a form asks for in words nobody listed: whatever stands under a heading or behind a question that speaks of assessments.
//!
//! The answer is put together of all that stands there: what kind, how far, since when. Only for forms of which nothing else was understood.

use super::asked::{Topic, pieces};
use super::assessment::{chosen_words, kind_of, of, state_of};
use super::denials::is_no_finding;
use super::marks::{Mark, mark};
use super::papers::Paper;
use super::text::fold;
use super::words::Lexicon;
use crate::domain::nomination::{AssessmentKind, AssessmentShown, AssessmentState};
use crate::domain::time::Date;

/// Fields whose questions are about assessments and plans.
const FIELDS: &[&str] =
    &["assessment_eha", "assessment_statutory", "assessment_state", "who", "yes_no", "comments", "what", "date", "full_name"];

/// What `paper` says where it asks for an assessment.
pub(super) fn asked(paper: &Paper<'_>, lexicon: &Lexicon<'_>, received_on: Date) -> Option<(u8, AssessmentShown)> {
    let (mut kind, mut state, mut sources, mut unfinished) = (None, None, Vec::new(), false);
    let names =
        |text: &str| lexicon.mentions("assessment_names", text).is_some() || lexicon.mapped("statutory_kinds", text).is_some();
    let topic = Topic { words: "assessment_topics", fields: FIELDS, names: &names };
    for piece in pieces(&paper.nodes, lexicon, &topic) {
        let text = chosen_words(&piece.value, lexicon);
        let said = mark(&piece.value, lexicon);
        if text.is_empty() && said == Mark::Blank || lexicon.is_blank(&text) {
            continue;
        }
        let (label, folded) = (fold(&piece.label), fold(&text));
        let asks_end = lexicon.mentions("assessment_end_words", &label).is_some();
        let unsaid = is_no_finding(&folded, lexicon, received_on);
        let found = match said {
            Mark::No => {
                unfinished |= asks_end;
                None
            }
            _ if unsaid => None,
            // `Which child?` and `Date` are answered by what is no state.
            _ => state_of(&folded, said, lexicon),
        };
        let named = [&text, &piece.label].into_iter().find_map(|words| lexicon.mapped("statutory_kinds", words));
        let named = named
            .filter(|_| said != Mark::No && !unsaid && (found.is_some() || lexicon.mapped("statutory_kinds", &text).is_some()));
        kind = kind.or_else(|| named.map(|word| kind_of(Some(word))));
        state = match (state, found) {
            // Begun, whatever else is answered with Yes.
            (Some(AssessmentState::Started), _) | (_, Some(AssessmentState::Started)) => Some(AssessmentState::Started),
            (known, found) => known.or(found),
        };
        if found.is_some() || named.is_some() {
            sources.push(piece.value.source(paper.name, "", 0.75));
        }
    }
    let statutory = kind.filter(|kind| *kind != AssessmentKind::EarlyHelpAssessment);
    // `Finished? No` alone may also say that there is none.
    let state = state.map(|known| if unfinished { AssessmentState::Started } else { known });
    let state = if statutory.is_some() { AssessmentState::Complete } else { state? };
    let first = sources.first()?.clone();
    let mut shown = of(statutory.unwrap_or(AssessmentKind::EarlyHelpAssessment), state, first);
    shown.sources = sources;
    Some((8, shown))
}
