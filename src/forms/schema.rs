//! A nomination as a JSON Schema (draft 2020-12): the published answer of `mail explain`, in the words of the form.

use serde_json::{Map, Value, json};

use crate::domain::nomination::{AssessmentKind, AssessmentState, ConsentEvidence, Standing};
use crate::domain::workflow::blank::{AnswerKind, BlankForm, People, Question};
use crate::domain::workflow::programme::Programme;

/// Every kind of assessment there is.
const ASSESSMENTS: [AssessmentKind; 5] = [
    AssessmentKind::EarlyHelpAssessment,
    AssessmentKind::ChildProtectionPlan,
    AssessmentKind::ChildInNeedPlan,
    AssessmentKind::YouthJusticeAssessment,
    AssessmentKind::OtherStatutory,
];
const STATES: [AssessmentState; 3] = [AssessmentState::None, AssessmentState::Started, AssessmentState::Complete];
const STANDINGS: [Standing; 4] = [Standing::Ticked, Standing::Stated, Standing::Documented, Standing::Possible];
const EVIDENCE: [ConsentEvidence; 5] = [
    ConsentEvidence::Signature,
    ConsentEvidence::TypedName,
    ConsentEvidence::ElectronicSignature,
    ConsentEvidence::Verbal,
    ConsentEvidence::AssertedByReferrer,
];

/// The schema of what `blank` asks. A value nobody gave is null or absent; further keys are allowed, as the published answer may grow.
#[must_use]
pub fn schema(blank: &BlankForm, programme: &Programme) -> Value {
    let mut parts = Map::new();
    for question in blank.questions() {
        let Some((part, key)) = question.fills.as_deref().and_then(|fills| fills.split_once('.')) else { continue };
        let entry = parts.entry(part).or_insert_with(|| json!({"type": "object", "properties": {}}));
        entry["properties"][key] = property(question);
    }
    if let Some(consent) = parts.get_mut("consent") {
        let mut evidence: Vec<Value> = EVIDENCE.iter().map(|one| json!(one)).collect();
        evidence.push(Value::Null);
        consent["properties"]["evidence"] = json!({"title": "How the agreement is shown", "enum": evidence});
    }
    if blank.questions().any(|question| question.fills.as_deref() == Some("assessment")) {
        let mut kinds: Vec<Value> = ASSESSMENTS.iter().map(|kind| json!(kind)).collect();
        kinds.push(Value::Null);
        let properties = json!({"kind": {"enum": kinds}, "state": {"enum": STATES}});
        parts.insert("assessment".to_owned(), json!({"type": "object", "properties": properties, "required": ["state"]}));
    }
    for section in &blank.sections {
        if let Some(people) = &section.people {
            let members = json!({"type": "array", "title": section.title, "items": member(people)});
            parts.insert("members".to_owned(), with_help(members, section.help.as_deref()));
        }
        if let Some(agencies) = &section.agencies {
            let named = json!({"type": "string", "minLength": 1, "title": agencies.label});
            let contact = json!({"type": ["string", "null"], "title": agencies.contact_label});
            let one = json!({"type": "object", "properties": {"name": named, "contact": contact}, "required": ["name"]});
            let list = json!({"type": "array", "title": section.title, "items": one});
            parts.insert("agencies".to_owned(), with_help(list, section.help.as_deref()));
        }
    }
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": format!("urn:focus-family:form:{}:{}", blank.name, programme.digest),
        "title": format!("{} {}", programme.title, blank.title.to_lowercase()),
        "description": blank.introduction.join(" "),
        "type": "object",
        "properties": parts,
    })
}

fn member(people: &People) -> Value {
    let mut properties = Map::new();
    for column in &people.columns {
        let Some(key) = &column.fills else { continue };
        properties.insert(key.clone(), property(column));
        if key == "date_of_birth" {
            let due = json!({"type": ["string", "null"], "format": "date", "title": "Day a baby not born yet is due"});
            properties.insert("expected_on".to_owned(), due);
        }
    }
    let boxes = people.themes.boxes.iter().map(|one| json!({"const": one.theme, "title": one.label}));
    let shown = json!({
        "type": "object",
        "properties": {"theme": {"oneOf": boxes.collect::<Vec<_>>()}, "standing": {"enum": STANDINGS}},
        "required": ["theme"],
    });
    let themes = json!({"type": "array", "title": people.themes.title, "items": shown});
    properties.insert("themes".to_owned(), with_help(themes, people.themes.help.as_deref()));
    json!({"type": "object", "properties": properties})
}

fn property(question: &Question) -> Value {
    let mut property = match question.kind {
        _ if question.is_list() => json!({"type": ["array", "null"], "items": {"type": "string", "minLength": 1}}),
        AnswerKind::YesNo => json!({"type": ["boolean", "null"]}),
        AnswerKind::Date => json!({"type": ["string", "null"], "format": "date"}),
        AnswerKind::Line | AnswerKind::Lines | AnswerKind::Choice => json!({"type": ["string", "null"]}),
    };
    property["title"] = json!(question.label);
    if question.fills.as_deref() == Some("address.postcode") {
        // As the reading writes it: capitals and one blank.
        property["pattern"] = json!("^[A-Z]{1,2}[0-9][0-9A-Z]? [0-9][A-Z]{2}$");
    }
    with_help(property, question.help.as_deref())
}

fn with_help(mut property: Value, help: Option<&str>) -> Value {
    if let Some(help) = help {
        property["description"] = json!(help);
    }
    property
}
