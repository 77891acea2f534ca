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
    Agency, Answer, DocumentHead, HomeAddress, Intake, Member, Nomination, Reading, Referrer, Source,
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
    json!({
        "message": {
            "message_id": message.message_id,
            "from": message.from.first().map(|sender| sender.address.as_str()),
            "subject": message.subject,
            "kind": intake.kind,
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
        "consent": {
            "given": value(nomination.consent.given.as_ref()),
            "signed_by": value(nomination.consent.signed_by.as_ref()),
            "signed_on": value(nomination.consent.signed_on.as_ref()),
            "evidence": nomination.consent.evidence,
            "witnessed_by": value(nomination.consent.witnessed_by.as_ref()),
            "shared_with": nomination.consent.shared_with.iter().map(|agency| agency.value.as_text()).collect::<Vec<_>>(),
            "purposes": nomination.consent.purposes.iter().map(|purpose| purpose.value.as_text()).collect::<Vec<_>>(),
            "excluded_agencies": nomination.consent.excluded_agencies.iter().map(|agency| agency.value.as_text()).collect::<Vec<_>>(),
            "hidden_from": nomination.consent.hidden_from.iter().map(|person| person.value.as_text()).collect::<Vec<_>>(),
            "sources": sources(nomination.consent.given.as_ref()),
        },
        "assessment": {
            "kind": nomination.assessment.kind,
            "state": nomination.assessment.state,
            "sources": nomination.assessment.sources.iter().map(source).collect::<Vec<_>>(),
        },
        "denied": nomination.denied,
        "themes_of_nobody": nomination.themes_of_nobody.iter().map(theme).collect::<Vec<_>>(),
    })
}

fn referrer(referrer: &Referrer) -> Value {
    json!({
        "name": value(referrer.name.as_ref()),
        "role": value(referrer.role.as_ref()),
        "organisation": value(referrer.organisation.as_ref()),
        "email": value(referrer.email.as_ref()),
        "phone": value(referrer.phone.as_ref()),
        "sources": sources(referrer.name.as_ref()),
    })
}

fn address(address: &HomeAddress) -> Value {
    json!({
        "text": value(address.text.as_ref()),
        "postcode": value(address.postcode.as_ref()),
        "sources": sources(address.postcode.as_ref().or(address.text.as_ref())),
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
    json!({ "name": agency.name.value.as_text(), "contact": value(agency.contact.as_ref()) })
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

fn sources<T>(answer: Option<&Answer<T>>) -> Vec<Value> {
    answer.map(|answer| answer.sources.iter().map(source).collect()).unwrap_or_default()
}
