//! What was understood of one mail, told: as the published JSON of `mail explain`, and as a calm page for people.
//!
//! Pure. Stores and sends nothing; what is not known is `null`, never a guess.

mod answers;
mod page;

use serde::Serialize;
use serde_json::{Value, json};

use crate::domain::eligibility::Assessment;
use crate::domain::nomination::numbers::Number;
use crate::domain::nomination::{
    Agency, Answer, Consent, DocumentHead, HomeAddress, Intake, MailKind, Member, Nomination, Reading, Referrer, Source,
};
use crate::domain::workflow::programme::Routing;

pub use answers::{Told, answers};
pub use page::{Detail, report};

/// The published answer of `mail explain --json`. `would` are the effects the mail would have when its sender is proven, in plain words,
/// `would_if_unproven` those when it is not.
#[must_use]
pub fn explanation(
    reading: &Reading,
    intake: &Intake,
    assessment: Option<&Assessment>,
    routing: Option<&Routing>,
    would: &[String],
    would_if_unproven: &[String],
) -> Value {
    let message = &reading.message;
    // The published kinds are a closed list; a complaint has a clock of its own all the same.
    let complaint = intake.kind == MailKind::Complaint;
    let published = if complaint { MailKind::Other } else { intake.kind };
    json!({
        "message": {
            "message_id": message.message_id,
            "from": message.from.first().map(|sender| sender.address.as_str()),
            "subject": message.subject,
            "kind": published,
            "request": complaint.then_some("complaint"),
        },
        "documents": intake.documents.iter().map(document).collect::<Vec<_>>(),
        "nomination": intake.nomination.as_ref().map(nomination),
        "eligibility": assessment.map(eligibility),
        "missing": intake.missing,
        "area": {
            "district": routing.and_then(|routing| routing.district.as_deref()),
            "decided_by": routing.map(|routing| routing.decided_by.as_str()),
        },
        "danger": intake.danger.iter().map(source).collect::<Vec<_>>(),
        "doubts": intake.doubts,
        "would": would,
        "would_if_unproven": would_if_unproven,
    })
}

fn document(head: &DocumentHead) -> Value {
    json!({
        "name": head.name.as_text(),
        "kind": head.kind,
        "format": head.format,
        "read_by": head.read_by,
        "problem": head.problem,
    })
}

fn nomination(nomination: &Nomination) -> Value {
    json!({
        "referrer": referrer(&nomination.referrer),
        "address": address(&nomination.address),
        "members": nomination.members.iter().map(member).collect::<Vec<_>>(),
        "agencies": nomination.agencies.iter().map(agency).collect::<Vec<_>>(),
        "consent": consent(&nomination.consent),
        "assessment": {
            "kind": nomination.assessment.kind,
            "state": nomination.assessment.state,
            "sources": nomination.assessment.sources.iter().map(source).collect::<Vec<_>>(),
        },
        "denied": nomination.denied,
        "themes_of_nobody": nomination.themes_of_nobody.iter().map(theme).collect::<Vec<_>>(),
    })
}

/// Where Yes and No both stand, neither is the answer: it is not shown, and `contradicted` names the doubt. A program that reads this must
/// never take it for a refusal, nor for consent.
fn consent(consent: &Consent) -> Value {
    let contradicted = consent.is_contradicted();
    let given = consent.given.as_ref().filter(|_| !contradicted);
    let all = |list: &[Answer<String>]| list.iter().map(|one| one.value.as_text().to_owned()).collect::<Vec<_>>();
    json!({
        "given": value(given),
        "contradicted": contradicted,
        "signed_by": value(consent.signed_by.as_ref()),
        "signed_on": value(consent.signed_on.as_ref()),
        "evidence": consent.evidence.filter(|_| !contradicted),
        "witnessed_by": value(consent.witnessed_by.as_ref()),
        "shared_with": all(&consent.shared_with),
        "purposes": all(&consent.purposes),
        "excluded_agencies": all(&consent.excluded_agencies),
        "hidden_from": all(&consent.hidden_from),
        "sources": sources_with_others(consent.given.as_ref()),
        "sources_of": of([
            ("signed_by", sources(consent.signed_by.as_ref())),
            ("signed_on", sources(consent.signed_on.as_ref())),
            ("witnessed_by", sources(consent.witnessed_by.as_ref())),
        ]),
    })
}

/// A stored nomination for programs: consent answered both ways is not shown, as in [`explanation`].
#[must_use]
pub fn stored(kept: &Value) -> Value {
    let mut shown = kept.clone();
    if let Some(consent) = shown.pointer_mut("/nomination/consent")
        && consent["given"]["others"].as_array().is_some_and(|others| !others.is_empty())
    {
        let answered = consent["given"].take();
        consent["answered_both_ways"] = answered;
        consent["evidence"] = Value::Null;
        consent["contradicted"] = Value::Bool(true);
    }
    shown
}

/// The places of each answer that has any, by its name: `sources` are those of the main one.
fn of<const N: usize>(answers: [(&str, Vec<Value>); N]) -> Value {
    answers
        .into_iter()
        .filter(|(_, places)| !places.is_empty())
        .map(|(name, places)| (name.to_owned(), Value::Array(places)))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

fn referrer(referrer: &Referrer) -> Value {
    json!({
        "name": value(referrer.name.as_ref()),
        "role": value(referrer.role.as_ref()),
        "organisation": value(referrer.organisation.as_ref()),
        "email": value(referrer.email.as_ref()),
        "phone": value(referrer.phone.as_ref()),
        "sources": sources(referrer.name.as_ref()),
        "sources_of": of([
            ("role", sources(referrer.role.as_ref())),
            ("organisation", sources(referrer.organisation.as_ref())),
            ("email", sources(referrer.email.as_ref())),
            ("phone", sources(referrer.phone.as_ref())),
        ]),
    })
}

fn address(address: &HomeAddress) -> Value {
    json!({
        "text": value(address.text.as_ref()),
        "postcode": value(address.postcode.as_ref()),
        "sources": sources(address.postcode.as_ref().or(address.text.as_ref())),
        "sources_of": of([
            ("text", sources(address.text.as_ref())),
            ("postcode", sources(address.postcode.as_ref())),
        ]),
    })
}

fn member(member: &Member) -> Value {
    json!({
        "given_name": value(member.given_name.as_ref()),
        "family_name": value(member.family_name.as_ref()),
        "date_of_birth": value(member.date_of_birth.as_ref()),
        "date_of_birth_others": others(member.date_of_birth.as_ref()),
        "age_years": value(member.age_years.as_ref()),
        "expected_on": value(member.expected_on.as_ref()),
        "gender": value(member.gender.as_ref()),
        "relationship": value(member.relationship.as_ref()),
        "school": value(member.school.as_ref()),
        "nhs_number": number(Number::Nhs, member),
        "ni_number": number(Number::NationalInsurance, member),
        "upn": number(Number::Pupil, member),
        "is_child": member.is_child,
        "child_protection_plan": member.child_protection_plan.as_ref().map(|plan| plan.iter().map(source).collect::<Vec<_>>()),
        "themes": member.themes.iter().map(theme).collect::<Vec<_>>(),
        "denied": member.denied,
        "sources": sources(member.given_name.as_ref().or(member.family_name.as_ref())),
        "sources_of": of([
            ("given_name", sources(member.given_name.as_ref())),
            ("family_name", sources(member.family_name.as_ref())),
            ("date_of_birth", sources(member.date_of_birth.as_ref())),
            ("age_years", sources(member.age_years.as_ref())),
            ("expected_on", sources(member.expected_on.as_ref())),
            ("gender", sources(member.gender.as_ref())),
            ("relationship", sources(member.relationship.as_ref())),
            ("school", sources(member.school.as_ref())),
        ]),
    })
}

/// A number as typed, whether it passes its own check, and where it stands.
fn number(kind: Number, member: &Member) -> Value {
    kind.of(member).map_or(Value::Null, |answer| {
        json!({
            "value": answer.value.as_text(),
            "valid": kind.is_valid(answer.value.as_text()),
            "source": answer.sources.first().map(source),
        })
    })
}

fn theme(shown: &crate::domain::nomination::ThemeShown) -> Value {
    json!({
        "theme": shown.theme,
        "standing": shown.standing,
        "sources": shown.sources.iter().map(source).collect::<Vec<_>>(),
    })
}

fn agency(agency: &Agency) -> Value {
    json!({
        "name": agency.name.value.as_text(),
        "contact": value(agency.contact.as_ref()),
        "sources": sources(Some(&agency.name)),
        "sources_of": of([("contact", sources(agency.contact.as_ref()))]),
    })
}

fn eligibility(assessment: &Assessment) -> Value {
    json!({
        "grade": assessment.grade,
        "rule_pack": assessment.rule_pack,
        "rule_pack_version": assessment.rule_pack_version,
        "judged_for": assessment.judged_for,
        "interpretations": assessment.interpretations,
        "reasons": assessment.reasons,
        "would_change": assessment.would_change,
    })
}

fn source(source: &Source) -> Value {
    // Two decimals: more would claim a precision the figure does not have.
    let confidence = (f64::from(source.confidence) * 100.0).round() / 100.0;
    json!({
        "document": source.document.as_text(),
        "page": source.page,
        "place": source.place,
        "quote": source.quote.as_text(),
        "method": source.method,
        "confidence": confidence,
    })
}

fn value<T: Serialize>(answer: Option<&Answer<T>>) -> Value {
    answer.map_or(Value::Null, |answer| json!(answer.value.reveal()))
}

fn others<T: Serialize>(answer: Option<&Answer<T>>) -> Vec<Value> {
    answer.map(|answer| answer.others.iter().map(|(value, _)| json!(value.reveal())).collect()).unwrap_or_default()
}

/// Of every reading of the answer.
fn sources_with_others<T>(answer: Option<&Answer<T>>) -> Vec<Value> {
    let others = answer.iter().flat_map(|answer| &answer.others).flat_map(|(_, places)| places);
    sources(answer).into_iter().chain(others.map(source)).collect()
}

fn sources<T>(answer: Option<&Answer<T>>) -> Vec<Value> {
    answer.map(|answer| answer.sources.iter().map(source).collect()).unwrap_or_default()
}
