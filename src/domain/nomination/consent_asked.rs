//! Consent that a form asks for in words nobody listed: a Yes or No, or a parent's name with a day, where the form speaks of agreement.
//!
//! Only for forms of which nothing else was understood; the answer bears less confidence, and a person confirms it as any other.

use super::asked::{Topic, pieces};
use super::consent::said_of;
use super::dates::{self, Era};
use super::marks::{Mark, mark};
use super::members::{full_name, single, take};
use super::names;
use super::papers::Paper;
use super::text::tidy;
use super::words::Lexicon;
use crate::domain::nomination::{Consent, ConsentEvidence, Member};
use crate::domain::time::Date;

/// Fields whose questions are about the agreement.
const FIELDS: &[&str] = &[
    "consent",
    "consent_relationship",
    "signature",
    "print_name",
    "signed_on",
    "date",
    "witness",
    "who",
    "yes_no",
    "comments",
    "full_name",
];

/// What `paper` says where it asks for agreement; changes nothing when it says nothing.
pub(super) fn asked(paper: &Paper<'_>, members: &[Member], lexicon: &Lexicon<'_>, received_on: Date, consent: &mut Consent) {
    let parent = |text: &str| {
        let bare = name_part(text);
        let grown = members.iter().filter(|member| member.is_child != Some(true)).map(full_name);
        grown.into_iter().find(|name| !bare.is_empty() && names::alike(name, &bare))
    };
    let day = |text: &str| dates::first_date(text, Era::Near, received_on).first().copied();
    let names_parent = |text: &str| parent(text).is_some();
    let (mut given, mut signed_by, mut signed_on, mut evidence) = (None, None, None, None);
    let topic = Topic { words: "consent_topics", fields: FIELDS, names: &names_parent };
    for piece in pieces(&paper.nodes, lexicon, &topic) {
        let text = piece.value.text();
        // `Does the family know you are sending this?` is not the question whether they agree.
        let knows = lexicon.mentions("asks_knowing", &piece.label).is_some()
            && lexicon.mentions("consent_topics", &piece.label).is_none();
        if piece.value.is_blank(lexicon) || knows {
            continue;
        }
        let source = |sure: f32| piece.value.source(paper.name, "", sure);
        let found = said_of(&piece.value, lexicon);
        // What one agency may be told is a part of the agreement, and its refusal not the refusal of the whole.
        let of_part = lexicon.mentions("sharing_words", &piece.label).is_some();
        // A form's own sentence of agreement is nobody's answer.
        let own_words = !piece.asked && mark(&piece.value, lexicon) == Mark::Words && parent(&text).is_none();
        if given.is_none() && !of_part && !own_words {
            given = found.map(|given| single(given, source(0.75)));
        }
        evidence = evidence.or(lexicon.mentions("verbal_words", &text).map(|_| ConsentEvidence::Verbal));
        if signed_by.is_none()
            && let Some(name) = parent(&text)
        {
            signed_by = Some(single(name, source(0.8)));
            if signs(&piece.label, lexicon) && mark(&piece.value, lexicon) == Mark::Words {
                evidence = evidence.or(Some(ConsentEvidence::TypedName));
            }
        }
        signed_on = signed_on.or_else(|| day(&text).map(|day| single(day, source(0.8))));
    }
    // A parent's name and a day below the form's own sentence of agreement are its answer.
    if given.is_none() && signed_on.is_some() {
        given = signed_by.as_ref().map(|signed| crate::domain::nomination::Answer {
            value: crate::domain::personal::Personal::new(true),
            sources: signed.sources.clone(),
            others: Vec::new(),
        });
    }
    let Some(answer) = given else { return };
    if *answer.value.reveal() {
        consent.evidence = consent.evidence.or(evidence).or(Some(ConsentEvidence::AssertedByReferrer));
        take(&mut consent.signed_by, signed_by);
        take(&mut consent.signed_on, signed_on);
    }
    take(&mut consent.given, Some(answer));
}

/// Whether a label asks for a signature.
fn signs(label: &str, lexicon: &Lexicon<'_>) -> bool {
    lexicon.loose_label(label).is_some_and(|label| matches!(label.field.as_str(), "signature" | "print_name"))
        || lexicon.mentions("consent_topics", label).is_some()
}

/// `Chelsea Nuttall 12/10/2026` → the name.
fn name_part(text: &str) -> String {
    tidy(text.split(|c: char| c.is_ascii_digit() || c == ',').next().unwrap_or_default())
}
