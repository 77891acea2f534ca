//! What becomes of a mail that answers nothing of ours, and which letters leave at once: decided here for the intake of a real mail and
//! for `mail explain` alike. Pure.

use std::collections::BTreeSet;

use crate::domain::case::{Command, Event, World, decide};
use crate::domain::ids::{CaseReference, LetterName, MailId};
use crate::domain::mail::{AutomaticSign, Message};
use crate::domain::nomination::{DocumentKind, Intake, MailKind, Reading};
use crate::domain::personal::Personal;
use crate::domain::time::Date;
use crate::domain::workflow::{Programme, RequestKind};
use crate::engine::judge::{Judged, Opening, opened};
use crate::engine::requests::{request_kind, request_of_law};

/// What becomes of a mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Becomes {
    /// It opens a case.
    Case,
    /// A request with a clock of its own.
    Request(RequestKind),
    /// Filed; answered by nobody.
    Filed,
    /// News of a case, which a person ties to it.
    News,
    /// A person says what it is.
    Waits,
}

/// What becomes of a mail that was understood so. Words of danger reach a person from whatever is no case. An absence note may be no more
/// than a sign on a mail that a person wrote; a bounce only gives back what was said elsewhere, when a machine made it: a subject or a
/// header alone, anybody can write.
#[must_use]
pub fn becomes(intake: &Intake, message: &Message) -> Becomes {
    if let Some(kind) = request_kind(intake.kind) {
        return Becomes::Request(kind);
    }
    let by_machine = intake.kind == MailKind::Bounce && is_made_by_machine(message);
    if !intake.danger.is_empty() && intake.kind != MailKind::Nomination && !by_machine {
        return Becomes::Request(RequestKind::SafeguardingAlert);
    }
    match intake.kind {
        MailKind::Nomination => Becomes::Case,
        MailKind::AutoReply | MailKind::Bounce => Becomes::Filed,
        MailKind::Update => Becomes::News,
        MailKind::Other if intake.circular => Becomes::Filed,
        MailKind::Other
        | MailKind::AdviceRequest
        | MailKind::FoiRequest
        | MailKind::SubjectAccessRequest
        | MailKind::Complaint
        | MailKind::SafeguardingAlert => Becomes::Waits,
    }
}

/// A report with a machine's part in it, or with a sign that only servers write.
fn is_made_by_machine(message: &Message) -> bool {
    message.attachments.iter().any(|part| part.declared_type == "message/delivery-status")
        || message.automatic.iter().any(|sign| matches!(sign, AutomaticSign::AutoSubmitted | AutomaticSign::NullReturnPath))
}

/// Why a mail that nobody could place waits for a person.
#[must_use]
pub fn unplaced(reading: &Reading, intake: &Intake) -> &'static str {
    let form = |kind| matches!(kind, DocumentKind::NominationForm | DocumentKind::NominationAndConsentForm);
    if intake.documents.iter().any(|document| document.problem.is_none() && form(document.kind)) {
        return "it brings a nomination form that nobody has filled in";
    }
    if intake.documents.is_empty() && reading.body.blocks.is_empty() && reading.quoted.is_empty() {
        return "the mail has no text and no attachment";
    }
    "the program could not tell what it is for"
}

/// Who sent a mail, as far as an answer depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sender {
    /// Their address is proven.
    pub proven: bool,
    /// A program may answer it: [`may_be_answered`], and it is not one of ours.
    pub answerable: bool,
}

/// Whether a program answers this mail at all: one sender, and a person (RFC 3834 §2).
#[must_use]
pub fn may_be_answered(message: &Message) -> bool {
    let by_machine = message.automatic.iter().any(|sign| *sign != AutomaticSign::Calendar);
    !by_machine && matches!(message.from.as_slice(), [one] if !one.address.is_empty())
}

/// Whether the sender hears of the case: proven, and none of the family, who are rung.
#[must_use]
pub fn hears_of_case(judged: &Judged, proven: bool) -> bool {
    proven && !judged.own_request
}

/// What intake would do with the mail, in plain words: the `would` of the published answer.
#[must_use]
pub fn would(programme: &Programme, judged: &Judged, sender: Sender, message: &Message) -> Vec<String> {
    let mut would = Vec::new();
    let mut letters: BTreeSet<LetterName> = BTreeSet::new();
    let desk = &programme.desk;
    let mut answered = false;
    // Which case that is only a store knows.
    let becomes = becomes(&judged.intake, message);
    if !message.references.is_empty() && matches!(becomes, Becomes::Case | Becomes::Waits) {
        would.push("attach it to the case it answers, if there is one; otherwise".to_owned());
    }
    match becomes {
        Becomes::Case => {
            would.push("open a case".to_owned());
            letters = first_letters(programme, judged, sender);
            if let Some(kind) = request_of_law(&judged.intake) {
                would.push("open a task for a person".to_owned());
                letters.insert(desk.request(kind).letter.clone());
            }
            answered = letters.iter().any(|letter| goes_to_referrer(programme, letter));
        }
        Becomes::Request(kind) => {
            would.push("open a task for a person".to_owned());
            letters.insert(desk.request(kind).letter.clone());
            if !judged.intake.danger.is_empty() {
                letters.insert(desk.request(RequestKind::SafeguardingAlert).letter.clone());
            }
        }
        Becomes::Filed => return vec!["file it; answer nothing".to_owned()],
        Becomes::News => {
            would.push("attach it to the case it answers, or wait for a person".to_owned());
            letters.insert(desk.waiting.letter.clone());
        }
        Becomes::Waits => {
            would.push("wait for a person".to_owned());
            letters.insert(desk.waiting.letter.clone());
        }
    }
    would.extend(letters.iter().map(|letter| format!("send {letter}")));
    if sender.answerable && !answered {
        would.push("send receipt".to_owned());
    }
    would
}

/// What becomes of a mail that could not be read; `answerable`: its head names one sender.
#[must_use]
pub fn would_unread(programme: &Programme, answerable: bool) -> Vec<String> {
    let mut would = vec!["wait for a person".to_owned(), format!("send {}", programme.desk.waiting.letter)];
    would.extend(answerable.then(|| "send receipt".to_owned()));
    would
}

fn goes_to_referrer(programme: &Programme, letter: &LetterName) -> bool {
    let definition = programme.lifecycle.letter(letter);
    definition.is_some_and(|definition| definition.to.iter().any(|role| role.as_str() == "referrer"))
}

/// The letters that opening this case would call, asked of the same decision that opens it.
fn first_letters(programme: &Programme, judged: &Judged, sender: Sender) -> BTreeSet<LetterName> {
    let day = judged.assessment.as_ref().map_or_else(Date::default, |assessment| assessment.judged_for);
    let opening = Opening {
        lifecycle_version: programme.lifecycle.version.clone(),
        mail: MailId::from_random(0),
        received_on: day,
        sender_proven: hears_of_case(judged, sender.proven),
        sender: Some(Personal::from("sender@example.org")),
    };
    let Some(opened) = opened(judged, opening, CaseReference::new(day.year(), 1000)) else { return BTreeSet::new() };
    let now = programme.calendar.at(day, 9, 0);
    let world = World {
        lifecycle: &programme.lifecycle,
        calendar: &programme.calendar,
        geography: &programme.geography,
        outcomes: &programme.outcomes,
        now,
        today: day,
    };
    let Ok(events) = decide(None, &Command::Open(Box::new(opened)), &world) else { return BTreeSet::new() };
    let called = |event: &Event| match event {
        Event::LetterCalled { letter, .. } => Some(letter.clone()),
        _ => None,
    };
    let mut letters: BTreeSet<LetterName> = events.iter().filter_map(called).collect();
    if !sender.answerable {
        letters.retain(|letter| !goes_to_referrer(programme, letter));
    }
    letters
}
