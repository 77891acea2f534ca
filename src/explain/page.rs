//! The same for people: one aligned line a fact, where it stands behind it. Members are numbered, not named.

use serde::Serialize;
use serde_json::Value;

use crate::domain::eligibility::Assessment;
use crate::domain::nomination::{ConsentEvidence, Intake, MailKind, Member, Nomination, Reading, Source};
use crate::domain::workflow::programme::Routing;

/// Width of the first column.
const HEAD: usize = 10;
/// Width of the second column.
const FACT: usize = 24;

/// What was understood of the mail, as a page of text for a terminal; ends with what would happen, and that nothing did.
#[must_use]
pub fn report(
    reading: &Reading,
    intake: &Intake,
    assessment: Option<&Assessment>,
    routing: Option<&Routing>,
    would: &[String],
) -> String {
    let mut page = Page::default();
    let from = reading.message.from.first().map_or("nobody", |sender| sender.address.as_str());
    page.line("from", from, "");
    page.line("kind", &word(&intake.kind), "");
    for danger in &intake.danger {
        page.line("DANGER", "a person must look now", &place(danger));
    }
    for head in &intake.documents {
        let state = match (&head.problem, &head.read_by) {
            (Some(problem), _) => format!("could not be used: {}", word(problem)),
            (None, Some(method)) => format!("read by {}", word(method)),
            (None, None) => "nothing in it was read".to_owned(),
        };
        page.line("document", &word(&head.kind), &format!("{}: {state}", head.name.as_text()));
    }
    if let Some(nomination) = &intake.nomination {
        page.nomination(nomination);
    }
    if let Some(routing) = routing {
        let district = routing.district.as_deref().unwrap_or("a person must decide");
        page.line("area", district, &format!("by {}", routing.decided_by.replace('_', " ")));
    }
    if let Some(assessment) = assessment {
        page.assessment(assessment);
    }
    if intake.nomination.is_some() || intake.kind == MailKind::Nomination {
        let missing = if intake.missing.is_empty() { "nothing".to_owned() } else { intake.missing.join(", ") };
        page.line("missing", &missing, "");
    }
    for doubt in &intake.doubts {
        page.line("doubt", doubt, "");
    }
    for effect in would {
        page.line("would", effect, "");
    }
    page.text.push_str("nothing was stored or sent\n");
    page.text
}

#[derive(Default)]
struct Page {
    text: String,
}

impl Page {
    fn line(&mut self, head: &str, fact: &str, remark: &str) {
        let line = format!("{head:<HEAD$}{fact:<FACT$}  {remark}");
        self.text.push_str(line.trim_end());
        self.text.push('\n');
    }

    fn nomination(&mut self, nomination: &Nomination) {
        let people = nomination.members.len();
        let first =
            nomination.members.first().and_then(|member| member.given_name.as_ref()).and_then(|name| name.sources.first());
        self.line("people", &people.to_string(), &first.map(place).unwrap_or_default());
        match &nomination.address.postcode {
            Some(code) => self.line("postcode", code.value.as_text(), &code.sources.first().map(place).unwrap_or_default()),
            None => self.line("postcode", "not shown", ""),
        }
        self.consent(nomination);
        let kind = nomination.assessment.kind.map_or("none shown".to_owned(), |kind| word(&kind));
        let state = nomination.assessment.sources.first().map(place).unwrap_or_default();
        self.line("assessment", &format!(" {kind}, {}", word(&nomination.assessment.state)), &state);
        for (index, member) in nomination.members.iter().enumerate() {
            self.themes(index, member);
        }
        for shown in &nomination.themes_of_nobody {
            let where_it_stands = shown.sources.first().map(place).unwrap_or_default();
            self.line("themes", &format!("{} of nobody", shown.theme), &format!("{}  {where_it_stands}", word(&shown.standing)));
        }
    }

    fn consent(&mut self, nomination: &Nomination) {
        let consent = &nomination.consent;
        let Some(given) = &consent.given else {
            self.line("consent", "not shown", "");
            return;
        };
        let mut fact = if *given.value.reveal() { "yes".to_owned() } else { "no".to_owned() };
        if let Some(evidence) = consent.evidence {
            fact = format!("{fact}, {}", evidence_in_words(evidence));
        }
        if let Some(signed_on) = &consent.signed_on {
            fact = format!("{fact}, {}", signed_on.value.reveal());
        }
        let remark = given.sources.first().map(place).unwrap_or_default();
        self.line("consent", &fact, &format!("{remark}; a person must confirm"));
    }

    fn themes(&mut self, index: usize, member: &Member) {
        let number = index + 1;
        let who = match member.is_child {
            Some(true) => format!("child ({number})"),
            Some(false) => format!("adult ({number})"),
            None => format!("member ({number})"),
        };
        for shown in &member.themes {
            let where_it_stands = shown.sources.first().map(place).unwrap_or_default();
            self.line(
                "themes",
                &format!("{:<15} {who}", shown.theme),
                &format!("{:<10} {where_it_stands}", word(&shown.standing)),
            );
        }
    }

    fn assessment(&mut self, assessment: &Assessment) {
        for (name, truth) in &assessment.interpretations {
            self.line("criteria", name.as_str(), truth.in_words());
        }
        self.line(
            "grade",
            &assessment.grade.as_str().to_uppercase(),
            &format!("by {} {}", assessment.rule_pack, assessment.rule_pack_version),
        );
        for reason in &assessment.reasons {
            self.line("reason", reason, "");
        }
        for change in &assessment.would_change {
            self.line("change", change, "");
        }
    }
}

fn place(source: &Source) -> String {
    format!("{}, page {}, {}", source.document.as_text(), source.page, source.place)
}

fn evidence_in_words(evidence: ConsentEvidence) -> String {
    word(&evidence)
}

/// The published name of a value with blanks for underscores.
fn word<T: Serialize>(value: &T) -> String {
    match serde_json::to_value(value) {
        Ok(Value::String(text)) => text.replace('_', " "),
        _ => String::new(),
    }
}
