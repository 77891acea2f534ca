//! Which assessment comes along, and how far it is: attached papers first, then what the form says.

use super::denials::is_no_finding;
use super::form::Answered;
use super::marks::{Mark, mark};
use super::papers::Paper;
use super::slot::Slot;
use super::text::has_phrase;
use super::words::Lexicon;
use crate::domain::nomination::{AssessmentKind, AssessmentShown, AssessmentState, DocumentKind, Member, Source};
use crate::domain::personal::Personal;
use crate::domain::time::Date;

/// What the papers show. A statutory plan goes before an Early Help Assessment; a finished one before one begun.
pub(super) fn assessment(papers: &[&Paper<'_>], lexicon: &Lexicon<'_>, received_on: Date) -> AssessmentShown {
    let mut shown: Vec<(u8, AssessmentShown)> = Vec::new();
    for paper in papers {
        match paper.kind {
            DocumentKind::StatutoryAssessment => shown.push((0, attached_plan(paper, lexicon))),
            DocumentKind::EarlyHelpAssessment => {
                let state = attached_state(paper, lexicon);
                shown.push((
                    if state == AssessmentState::Complete { 2 } else { 4 },
                    of(AssessmentKind::EarlyHelpAssessment, state, whole(paper)),
                ));
            }
            _ => {}
        }
        for answer in paper.form.answers_to("assessment_statutory").chain(paper.form.answers_to("assessment_eha")) {
            let found = told(answer, paper.name, lexicon, received_on);
            shown.extend(found.or_else(|| named_alone(answer, paper, lexicon)));
        }
        for slot in &paper.form.narrative {
            if !paper.is_assessment() {
                shown.extend(in_words(slot, paper.name, lexicon, received_on));
            }
        }
    }
    if shown.is_empty() {
        let forms = papers.iter().filter(|paper| paper.is_nomination());
        shown.extend(forms.filter_map(|paper| super::assessment_asked::asked(paper, lexicon, received_on)));
    }
    shown.sort_by_key(|(rank, _)| *rank);
    let Some((_, mut best)) = shown.first().cloned() else { return AssessmentShown::default() };
    for (_, other) in shown.into_iter().skip(1).filter(|(_, other)| other.kind == best.kind) {
        best.sources.extend(other.sources);
    }
    best
}

pub(super) fn of(kind: AssessmentKind, state: AssessmentState, source: Source) -> AssessmentShown {
    AssessmentShown { kind: Some(kind), state, sources: vec![source] }
}

fn whole(paper: &Paper<'_>) -> Source {
    let quote = paper.words.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    Source {
        document: Personal::from(paper.name),
        page: 1,
        place: "whole document".to_owned(),
        quote: Personal::from(quote),
        method: paper.document.read_by,
        confidence: if paper.is_unreadable() { 0.6 } else { 0.95 },
    }
}

fn attached_plan(paper: &Paper<'_>, lexicon: &Lexicon<'_>) -> AssessmentShown {
    let titled: Vec<&str> = paper.words.lines().filter(|line| !line.trim().is_empty()).take(8).collect();
    let kind = titled.iter().find_map(|line| lexicon.mapped("statutory_kinds", line));
    let kind = kind
        .or_else(|| lexicon.mapped("statutory_kinds", &paper.words))
        .or_else(|| lexicon.mapped("statutory_kinds", paper.name));
    of(kind_of(kind), AssessmentState::Complete, whole(paper))
}

pub(super) fn kind_of(word: Option<&str>) -> AssessmentKind {
    match word {
        Some("child_protection_plan") => AssessmentKind::ChildProtectionPlan,
        Some("child_in_need_plan") => AssessmentKind::ChildInNeedPlan,
        Some("youth_justice_assessment") => AssessmentKind::YouthJusticeAssessment,
        Some("early_help_assessment") => AssessmentKind::EarlyHelpAssessment,
        _ => AssessmentKind::OtherStatutory,
    }
}

/// Attached is complete, unless it says of itself that it is a draft or not finished.
fn attached_state(paper: &Paper<'_>, lexicon: &Lexicon<'_>) -> AssessmentState {
    let lines: Vec<&str> = paper.words.lines().filter(|line| !line.trim().is_empty()).collect();
    let head = lines.iter().take(14).any(|line| line.split(' ').count() <= 12 && draft(line, lexicon));
    let told = paper.form.answers_to("assessment_state").any(|answer| draft(&answer.slot.text(), lexicon));
    if head || told { AssessmentState::Started } else { AssessmentState::Complete }
}

fn draft(text: &str, lexicon: &Lexicon<'_>) -> bool {
    lexicon.mentions("draft_words", text).is_some()
}

/// One answer of a form. The rank says which goes first.
fn told(answer: &Answered, document: &str, lexicon: &Lexicon<'_>, received_on: Date) -> Option<(u8, AssessmentShown)> {
    let text = chosen_words(&answer.slot, lexicon);
    let source = answer.slot.source(document, "", 0.95);
    let said = mark(&answer.slot, lexicon);
    if said == Mark::No || (said == Mark::Blank && text.is_empty()) {
        return None;
    }
    let folded = super::text::fold(&text);
    if answer.field == "assessment_statutory" {
        let statutory = lexicon.mapped("statutory_kinds", &text).filter(|kind| *kind != "early_help_assessment");
        let kind = statutory.or_else(|| if said == Mark::Yes { lexicon.mapped("statutory_kinds", &answer.label) } else { None });
        let none = ["assessment_none", "assessment_not_begun"].iter().any(|list| lexicon.mentions(list, &folded).is_some())
            || is_no_finding(&folded, lexicon, received_on);
        // `AssetPlus closed July 2026`: there was one.
        let over = lexicon.mentions("ended_words", &folded).is_some();
        if over || said != Mark::Yes && (none || kind.is_none()) {
            return None;
        }
        let kind = kind.filter(|kind| *kind != "early_help_assessment");
        return Some((1, of(kind_of(kind), AssessmentState::Complete, source)));
    }
    if let Some(kind) = lexicon.mapped("statutory_kinds", &text).filter(|kind| *kind != "early_help_assessment")
        && !is_no_finding(&folded, lexicon, received_on)
    {
        return Some((1, of(kind_of(Some(kind)), AssessmentState::Complete, source)));
    }
    let state = state_asked(&folded, &super::text::fold(&answer.label), said, lexicon)?;
    Some((rank_of(state), of(AssessmentKind::EarlyHelpAssessment, state, source)))
}

/// `Type: Early Help Assessment`, and the next question asks how far it is.
fn named_alone(answer: &Answered, paper: &Paper<'_>, lexicon: &Lexicon<'_>) -> Option<(u8, AssessmentShown)> {
    let text = super::text::fold(&answer.slot.text());
    let named = lexicon.mentions("assessment_names", &text).is_some() && lexicon.mentions("assessment_none", &text).is_none();
    let state = paper.form.answers_to("assessment_state").filter(|_| named).find_map(|told| {
        let label = super::text::fold(&told.label);
        state_asked(&super::text::fold(&told.slot.text()), &label, mark(&told.slot, lexicon), lexicon)
    })?;
    Some((rank_of(state), of(AssessmentKind::EarlyHelpAssessment, state, answer.slot.source(paper.name, "", 0.9))))
}

/// A finished one goes before one that is begun.
fn rank_of(state: AssessmentState) -> u8 {
    if state == AssessmentState::Complete { 3 } else { 5 }
}

/// The state that the answer tells; of a bare Yes, the one the label asks for: `Has one been started?`.
fn state_asked(folded: &str, label: &str, said: Mark, lexicon: &Lexicon<'_>) -> Option<AssessmentState> {
    let told = |text: &str| {
        let has = |list: &str| lexicon.list(list).iter().any(|phrase| phrase != "yes" && has_phrase(text, phrase));
        (has("assessment_started"), has("assessment_complete"))
    };
    match (said, told(folded), told(label)) {
        (Mark::No, ..) => None,
        (Mark::Yes, (false, false), (true, false)) => Some(AssessmentState::Started),
        _ => state_of(folded, said, lexicon),
    }
}

/// None, begun or finished, by the words of the answer.
pub(super) fn state_of(folded: &str, said: Mark, lexicon: &Lexicon<'_>) -> Option<AssessmentState> {
    let has = |list: &str| lexicon.list(list).iter().any(|phrase| has_phrase(folded, phrase));
    if has("assessment_not_begun") {
        None
    } else if has("assessment_started") || has("draft_words") {
        Some(AssessmentState::Started)
    } else if has("assessment_none") {
        None
    } else if has("assessment_complete") || said == Mark::Yes {
        Some(AssessmentState::Complete)
    } else {
        None
    }
}

/// The words beside the marked box where there are several boxes, else all words.
pub(super) fn chosen_words(slot: &Slot, lexicon: &Lexicon<'_>) -> String {
    if !slot.has_box() {
        return slot.text();
    }
    let boxes = super::lines::boxed_words(slot, lexicon);
    let marked: Vec<String> =
        boxes.into_iter().filter(|(marked, words)| *marked && !words.is_empty()).map(|(_, words)| words).collect();
    marked.join("; ")
}

/// `Was started in June and is not yet finished`: begun, whatever it is not.
fn without_unfinished(folded: &str) -> String {
    let begun = ["started", "begun", "begun", "commenced", "opened", "in progress"].iter().any(|word| has_phrase(folded, word));
    let unfinished = [
        "is not yet finished",
        "is not yet complete",
        "not yet finished",
        "not yet completed",
        "not yet complete",
        "is not finished",
        "is not complete",
    ];
    match unfinished.iter().find(|words| begun && has_phrase(folded, words)) {
        Some(words) => folded.replacen(words, "goes on", 1),
        None => folded.to_owned(),
    }
}

/// A plan that the papers tell of a child is the family's statutory assessment, also where no form asks for one.
pub(super) fn with_plans_of(members: &[Member], shown: AssessmentShown) -> AssessmentShown {
    let statutory = shown.kind.is_some_and(|kind| kind != AssessmentKind::EarlyHelpAssessment);
    match members.iter().find_map(|member| member.child_protection_plan.clone()).filter(|_| !statutory) {
        Some(sources) => {
            AssessmentShown { kind: Some(AssessmentKind::ChildProtectionPlan), state: AssessmentState::Complete, sources }
        }
        None => shown,
    }
}

/// A sentence about an Early Help Assessment in free text.
fn in_words(slot: &Slot, document: &str, lexicon: &Lexicon<'_>, received_on: Date) -> Vec<(u8, AssessmentShown)> {
    let mut found = Vec::new();
    for sentence in super::text::sentences(&slot.lines_text()) {
        let folded = without_unfinished(&super::text::fold(&sentence));
        // `The Youth Justice Team has completed an AssetPlus assessment`, which others made.
        let statutory = lexicon.mapped("statutory_kinds", &folded).map(|kind| kind_of(Some(kind))).filter(|kind| {
            matches!(kind, AssessmentKind::YouthJusticeAssessment | AssessmentKind::OtherStatutory)
                && has_phrase(&folded, "assessment")
        });
        if let Some(kind) = statutory
            && lexicon.mentions("assessment_names", &folded).is_none()
            && lexicon.mentions("assessment_not_begun", &folded).is_none()
            && !is_no_finding(&folded, lexicon, received_on)
            && state_of(&folded, Mark::Words, lexicon) == Some(AssessmentState::Complete)
        {
            found.push((6, of(kind, AssessmentState::Complete, slot.source_quoting(document, sentence, 0.7))));
            continue;
        }
        if lexicon.mentions("assessment_names", &folded).is_none() || lexicon.mentions("instructions", &folded).is_some() {
            continue;
        }
        if lexicon.mentions("assessment_not_begun", &folded).is_some() || is_no_finding(&folded, lexicon, received_on) {
            continue;
        }
        if let Some(state) = state_of(&folded, Mark::Words, lexicon) {
            let rank = if state == AssessmentState::Complete { 6 } else { 7 };
            found.push((rank, of(AssessmentKind::EarlyHelpAssessment, state, slot.source_quoting(document, sentence, 0.7))));
        }
    }
    found
}
