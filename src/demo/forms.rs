//! The forms of the sample county, filled in: the programme's own as PDF, another agency's as Word, and the Early Help Assessment.

use std::sync::LazyLock;

use super::county::{Nomination, THEMES};
use crate::domain::workflow::blank::{AnswerKind, BlankForm};
use crate::domain::workflow::load::SourceFile;
use crate::domain::workflow::programme::Programme;
use crate::forms::word::{BOXES, Word};
use crate::forms::{self, Answers};

/// The programme inside the program: its form is the one filled in here.
static PROGRAMME: LazyLock<Programme> = LazyLock::new(|| {
    let files = crate::config::files::programme(None).expect("the files are inside the program");
    let files: Vec<SourceFile> = files.into_iter().map(|(path, text)| SourceFile { path, text }).collect();
    crate::domain::workflow::load(&files).expect("the programme inside the program has no defect")
});

/// The form the programme hands out.
fn blank() -> &'static BlankForm {
    PROGRAMME.forms.blanks.first().expect("the programme inside the program hands out a form")
}

/// The nomination and consent form as a PDF with fields.
#[must_use]
pub fn nomination_pdf(nomination: &Nomination) -> lopdf::Document {
    forms::pdf(blank(), &PROGRAMME.title, &answers(nomination, blank()))
}

/// What somebody types into `blank` for `nomination`.
#[must_use]
pub fn answers(nomination: &Nomination, blank: &BlankForm) -> Answers {
    let mut answers = Answers::default();
    let referrer = &nomination.referrer;
    let (signed_by, signed_on) = nomination.consent.clone().unwrap_or_default();
    for question in blank.questions() {
        let value = match question.fills.as_deref() {
            Some("referrer.name") => &referrer.name,
            Some("referrer.role") => &referrer.role,
            Some("referrer.organisation") => &referrer.organisation,
            Some("referrer.email") => &referrer.email,
            Some("referrer.phone") => &referrer.phone,
            Some("address.text") => &nomination.address,
            Some("address.postcode") => &nomination.postcode,
            Some("consent.signed_by") => &signed_by,
            Some("consent.signed_on") => &signed_on,
            Some("assessment") if question.asks == "assessment_eha" => &nomination.assessment,
            Some("assessment") => &nomination.plan,
            _ if question.asks == "narrative" => &nomination.reason,
            _ => "",
        };
        answers.set(&question.name, value);
        if question.kind == AnswerKind::YesNo && !signed_by.is_empty() {
            answers.set(question.tick(true), "x");
        }
    }
    for section in &blank.sections {
        for (row, member) in (1..).zip(&nomination.members) {
            let Some(people) = &section.people else { break };
            for column in &people.columns {
                let value = match column.fills.as_deref() {
                    Some("given_name") => &member.given,
                    Some("family_name") => &member.family,
                    Some("date_of_birth") => &member.born,
                    Some("gender") => &member.gender,
                    Some("relationship") => &member.relationship,
                    Some("school") => &member.school,
                    _ => "",
                };
                answers.set(people.field(row, column), value);
            }
            for one in people.themes.boxes.iter().filter(|one| member.themes.contains(&one.theme.as_str())) {
                answers.set(people.tick(row, &one.theme), "x");
            }
        }
        for (row, (agency, contact)) in (1..).zip(&nomination.agencies) {
            let Some(agencies) = &section.agencies else { break };
            answers.set(agencies.field(row), agency);
            answers.set(agencies.contact_field(row), contact);
        }
    }
    answers
}

/// An agency's own nomination and consent form as a Word document: tables, and a grid with a box for each person and criterion.
#[must_use]
pub fn nomination_docx(nomination: &Nomination) -> Vec<u8> {
    let mut word = Word::default();
    let row = |cells: &[&str]| cells.iter().map(|cell| (*cell).to_owned()).collect::<Vec<_>>();
    word.heading(1, "Focus Family: nomination and consent form");
    word.paragraph("Please talk with the family first. If somebody is in danger now, ring 999; do not send a form.");
    let referrer = &nomination.referrer;
    word.heading(2, "Nominated by");
    word.table(
        &[1900, 3050, 1700, 3250],
        false,
        &[
            row(&["Name", &referrer.name, "Job title", &referrer.role]),
            row(&["Organisation", &referrer.organisation, "Telephone", &referrer.phone]),
            row(&["Email", &referrer.email, "Postcode", &nomination.postcode]),
            row(&["Home address", &nomination.address, "", ""]),
        ],
    );
    word.heading(2, "Household composition");
    let mut rows = vec![row(&["Forename", "Surname", "DOB", "M/F", "Relationship", "School/Nursery/College"])];
    rows.extend(nomination.members.iter().map(|m| row(&[&m.given, &m.family, &m.born, &m.gender, &m.relationship, &m.school])));
    word.table(&[1500, 1700, 1500, 800, 1700, 2700], true, &rows);
    word.heading(2, "Criteria: please mark each one a person meets");
    let mut rows = vec![row(&["Criterion"])];
    rows[0].extend(nomination.members.iter().map(|member| member.given.clone()));
    for (key, title) in THEMES {
        let mut cells = row(&[title]);
        cells.extend(nomination.members.iter().map(|m| BOXES[usize::from(m.themes.contains(key))].to_owned()));
        rows.push(cells);
    }
    let mut widths = vec![4300];
    widths.extend(nomination.members.iter().map(|_| 1100));
    word.table(&widths, true, &rows);
    word.heading(2, "Professionals involved");
    let mut rows = vec![row(&["Agency", "Name and contact details"])];
    rows.extend(nomination.agencies.iter().map(|(agency, contact)| row(&[agency, contact])));
    word.table(&[4000, 5900], true, &rows);
    word.heading(2, "Reason for referral");
    word.paragraph(&nomination.reason);
    word.heading(2, "Assessment and consent");
    let (signed_by, signed_on) = nomination.consent.clone().unwrap_or_default();
    let [no, yes] = BOXES;
    let agreed = if signed_by.is_empty() { format!("Yes {no}   No {no}") } else { format!("Yes {yes}   No {no}") };
    word.table(
        &[4000, 5900],
        false,
        &[
            row(&["Early Help Assessment", &nomination.assessment]),
            row(&["Statutory plan", &nomination.plan]),
            row(&["Has the family consented to this referral?", &agreed]),
            row(&["Signed (parent/carer)", &signed_by]),
            row(&["Date", &signed_on]),
        ],
    );
    word.bytes()
}

/// An Early Help Assessment of the youngest child of `nomination`, completed on `completed_on`.
#[must_use]
pub fn early_help_assessment(nomination: &Nomination, completed_on: &str) -> Vec<u8> {
    let mut word = Word::default();
    let row = |cells: &[&str]| cells.iter().map(|cell| (*cell).to_owned()).collect::<Vec<_>>();
    let Some(child) = nomination.members.last() else { return word.bytes() };
    word.heading(1, "Early Help Assessment");
    word.table(
        &[2600, 2350, 2200, 2750],
        false,
        &[
            row(&["Child/Young Person's full name", &child.name(), "Date of birth", &child.born]),
            row(&["Home address", &nomination.address, "Postcode", &nomination.postcode]),
            row(&["Assessment completed by", &nomination.referrer.name, "Date completed", completed_on]),
        ],
    );
    for (title, text) in [
        ("What is working well?", "Mornings are calmer since breakfast club began. Grandparents help on two evenings a week."),
        (
            "What are we worried about?",
            "Appointments are missed, and letters are not opened. The family says that things pile up.",
        ),
        ("Wellbeing goals", "To be in class every day this half term. To have one person to ring."),
        ("Child's views", "I like art. I want somebody to sort out the damp in my room."),
        ("Parent/carer views", "We want one plan instead of six phone calls."),
    ] {
        word.heading(2, title);
        word.paragraph(text);
    }
    word.heading(2, "Plan");
    word.table(
        &[4600, 2700, 2600],
        true,
        &[
            row(&["Action", "Who", "By when"]),
            row(&["Meet the school about mornings", "Family and school", "In two weeks"]),
            row(&["Report the damp again, in writing", "Housing officer", "This week"]),
        ],
    );
    word.bytes()
}

/// `document` under a password. The oldest scheme, the one without a random part: a sample guards nothing, it only has to stay shut.
///
/// # Panics
/// When the document is encrypted already.
#[must_use]
pub fn locked(mut document: lopdf::Document, password: &str) -> Vec<u8> {
    let id = lopdf::Object::string_literal("sample county 01");
    document.trailer.set("ID", vec![id.clone(), id]);
    let state = lopdf::EncryptionState::try_from(lopdf::EncryptionVersion::V1 {
        document: &document,
        owner_password: password,
        user_password: password,
        permissions: lopdf::Permissions::all(),
    })
    .expect("the document has an id");
    document.encrypt(&state).expect("a fresh document is not encrypted yet");
    let mut bytes = Vec::new();
    document.save_to(&mut bytes).expect("a list of bytes takes everything");
    bytes
}
