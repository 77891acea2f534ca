//! Contexts every template is tried with: all there can be, late, and only what is always there. A letter of a case is tried as a case
//! sends it: in the stage it leaves in, with the answer it brings. All made up.

use std::collections::BTreeMap;

use super::{Context, DigestLine};
use crate::domain::ids::LetterName;
use crate::domain::time::Date;

const DAY: Date = Date::constant(2026, 11, 26);
const EARLIER: Date = Date::constant(2026, 11, 23);
const LATER: Date = Date::constant(2026, 12, 3);

/// Samples of `letter`: with everything, late, and with the least it can be asked to say. A letter the program does not know of
/// gets those of a case.
#[must_use]
pub fn samples(letter: &LetterName) -> Vec<Context> {
    let (everything, mut least) = (of_letter(letter.as_str(), everything()), least());
    match letter.as_str() {
        "digest" => {
            least.reference = String::new();
            least.lines = vec![line("FF-2026-7142", "review due", None, false)];
            let digest = Context { reference: String::new(), counts: BTreeMap::new(), ..everything };
            let of_many = BTreeMap::from([("lines".to_owned(), 250), ("late".to_owned(), 40)]);
            vec![
                digest.clone(),
                Context { counts: of_many, ..digest.clone() },
                Context { lines: vec![line("FF-2026-0142", "triage", Some(DAY), true)], ..digest },
                least,
            ]
        }
        "gathered_acknowledgement" => {
            let received =
                |reference, purpose, due_on| DigestLine { link: String::new(), ..line(reference, purpose, due_on, false) };
            let two = vec![received("FF-2026-7142", "received", None), received("R-20391", "received", None)];
            let lines = vec![
                received("FF-2026-7142", "received", None),
                received("FF-2026-0358", "received, we still need the consent form, a date of birth", Some(DAY)),
                received("R-20391", "received", None),
            ];
            least.reference = String::new();
            least.lines = two.clone();
            vec![
                Context { reference: String::new(), lines, ..everything },
                Context { sender_proven: true, lines: two, ..least.clone() },
                least,
            ]
        }
        "receipt" | "mail_waiting" | "request_announcement" => {
            let receipt = Context { reference: "R-20391".to_owned(), ..everything };
            least.reference.clone_from(&receipt.reference);
            vec![receipt.clone(), late(receipt.clone()), without_pages(receipt), least]
        }
        "danger_alert" => {
            let one = Context { lines: Vec::new(), unanswered_hours: None, ..everything.clone() };
            let again = Context { unanswered_hours: Some(4), ..one.clone() };
            let together = Context { unanswered_hours: None, ..everything };
            vec![one.clone(), late(one.clone()), without_pages(one), least, again, together.clone(), without_pages(together)]
        }
        "system_alert" | "system_recovered" | "mail_summary" | "canary" => {
            least.reference = String::new();
            vec![Context { reference: String::new(), ..everything }, least]
        }
        // More than one answer goes by it: each is a sample.
        "decision" => {
            let more = some("we need more from you before we can decide");
            let asked = Context { stage: some("Waiting for information"), outcome: more, ..everything.clone() };
            vec![everything.clone(), asked, late(everything.clone()), without_pages(everything), least]
        }
        "decision_other_help" => {
            let declined = Context { outcome: some("the programme does not take up this nomination"), ..everything.clone() };
            vec![everything.clone(), declined, late(everything.clone()), without_pages(everything), least]
        }
        "closure" | "closure_to_referrer" => {
            let moved = Context { outcome: some("the family moved away"), ..everything.clone() };
            vec![everything.clone(), moved, without_pages(everything), least]
        }
        _ => vec![everything.clone(), late(everything.clone()), without_pages(everything), least],
    }
}

fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

/// `everything` as the case is when this letter leaves it.
fn of_letter(letter: &str, everything: Context) -> Context {
    let stage = match letter {
        "acknowledgement_missing" | "missing_chase" | "advice_due" => "Waiting for information",
        "acknowledgement_held" | "danger_alert" => "Safeguarding first",
        "acknowledgement_complete" | "triage_summary" | "triage_overdue" | "manager_escalation" | "area_unknown" => {
            "To be triaged"
        }
        "decision" | "check_request" | "check_chase" | "checks_due" => "Checks with other agencies",
        "meeting_agenda" | "meeting_agenda_changed" | "meeting_called_off" | "meeting_due" => "Waiting for allocation",
        "allocation_notice" | "allocation_chase" => "Allocated",
        "taf_invitation" | "taf_notice" | "taf_called_off" | "taf_due" | "employment_advisor_due" => "Initial TAF planned",
        "exit_check_due" => "Exit proposed",
        "watch_check_due" => "Watch after exit",
        "consent_withdrawn" | "sharing_stops" | "agencies_stop" => "Consent withdrawn",
        "exit_confirmed" => "Watch after exit",
        "decision_other_help" | "closure" | "closure_to_referrer" => "Closed",
        _ => "Working to the plan",
    };
    let role = match letter {
        "decision" | "decision_other_help" | "closure_to_referrer" | "missing_chase" | "taf_notice" => "Referrer",
        _ if letter.starts_with("acknowledgement") => "Referrer",
        "closure" | "sharing_stops" | "exit_confirmed" | "allocation_notice" | "allocation_chase" | "taf_invitation"
        | "update_notice" | "review_due" | "review_overdue" | "review_form" | "review_invitation" => "Keyworker",
        _ => "Area Officer",
    };
    let outcome = match letter {
        "decision" => some("accepted for the programme"),
        "decision_other_help" => some("another service is better placed to help"),
        "closure" | "closure_to_referrer" => some("all outcomes of the plan are met"),
        _ => None,
    };
    let notice = match letter {
        "outcome_plan_changed" => some("The Family Outcome Plan is now 2027. Before it was 2026."),
        "system_recovered" => some("The mailbox `nominations` is read again since 10:30. It had not been read since 09:12."),
        "mail_summary" => some("Yesterday 12 mails came in. 3 of them wait for a person."),
        "system_alert" => everything.notice.clone(),
        _ => None,
    };
    // Later than the checks nothing of the nomination is missing any more, and nobody speaks of a grade.
    let early = ["Waiting for information", "Safeguarding first", "To be triaged", "Checks with other agencies"].contains(&stage);
    let (missing, to_chase) = match letter {
        "acknowledgement_complete" => (Vec::new(), everything.to_chase),
        _ if early => (everything.missing, everything.to_chase),
        _ => (Vec::new(), Vec::new()),
    };
    Context {
        stage: some(stage),
        role: some(role),
        area: everything.area.filter(|_| letter != "area_unknown"),
        outcome,
        notice,
        missing,
        to_chase,
        moves: if letter == "triage_summary" { everything.moves } else { Vec::new() },
        ..everything
    }
}

fn late(context: Context) -> Context {
    Context {
        sign_in: false,
        told: vec!["Focus Family team".to_owned()],
        late_by: Some(4),
        missing: context.missing.into_iter().take(1).collect(),
        to_chase: Vec::new(),
        sender_proven: false,
        match_possible: false,
        ..context
    }
}

/// Who reads it works on the server, and no page is served.
fn without_pages(context: Context) -> Context {
    let lines = context.lines.into_iter().map(|line| DigestLine { link: String::new(), ..line }).collect();
    Context { link: String::new(), sign_in: false, lines, ..context }
}

/// Only what every letter has: a reference and whose programme it is. No pages, no telephones, nothing known.
fn least() -> Context {
    Context { reference: "FF-2026-7142".to_owned(), programme: "Focus Family".to_owned(), ..Context::default() }
}

fn line(reference: &str, purpose: &str, due_on: Option<Date>, late: bool) -> DigestLine {
    let link = format!("https://focus-family.example/cases/{reference}");
    DigestLine { reference: reference.to_owned(), purpose: purpose.to_owned(), due_on, late, link }
}

fn everything() -> Context {
    let all = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
    let counts = [
        ("members", 5),
        ("members_two", 2),
        ("themes_ticked", 3),
        ("themes_stated", 0),
        ("themes_documented", 0),
        ("themes_possible", 1),
        ("attachments", 2),
        ("cases", 4),
    ];
    Context {
        reference: "FF-2026-7142".to_owned(),
        area: some("Copeland"),
        stage: some("To be triaged"),
        role: some("Area Officer"),
        due_on: Some(DAY),
        asked_by: Some(LATER),
        at: some("10:30"),
        late_by: None,
        received_on: Some(EARLIER),
        missing: all(&["the consent form", "a date of birth"]),
        to_chase: all(&["the Early Help Assessment (started)"]),
        grade: some("meets the published criteria"),
        readings: [
            ("Two members with two themes each", "met"),
            ("Two themes spread over the family", "met"),
            ("Protection plan and one theme", "not shown"),
        ]
        .map(|(title, standing)| (title.to_owned(), standing.to_owned()))
        .to_vec(),
        counts: counts.iter().map(|(key, count)| ((*key).to_owned(), *count)).collect::<BTreeMap<_, _>>(),
        details: all(&["A. D., adult: Health needs (ticked)", "B. D., child: no theme is shown"]),
        consent: some("signed form attached, not yet checked by a person"),
        sender_proven: true,
        match_possible: true,
        suggestion: some("Ask for what is missing, then list it for the next allocations meeting."),
        rule_pack: some("cumbria-2015, version 3"),
        link: "https://focus-family.example/cases/FF-2026-7142".to_owned(),
        look: "focus-family case show FF-2026-7142".to_owned(),
        sign_in: true,
        told: all(&["Safeguarding duty officer", "Area Officer"]),
        outcome: None,
        meeting_on: Some(LATER),
        kept_until: Some(Date::constant(2032, 11, 26)),
        kept_by: some("the council's retention schedule of 2026"),
        holders: all(&[
            "Referrer, since 23 November 2026",
            "Keyworker, since 26 November 2026",
            "Agencies that were asked: 4, and 2 have answered",
        ]),
        moves: all(&["focus-family case record FF-2026-7142 accept", "focus-family case record FF-2026-7142 ask_for_more"]),
        lines: vec![
            line("FF-2026-0142", "review", Some(EARLIER), true),
            line("FF-2026-0358", "contact", Some(DAY), false),
            line("FF-2026-7142", "triage", None, false),
        ],
        team_phone: "01632 960123".to_owned(),
        hub_phone: "01632 960999".to_owned(),
        out_of_hours_phone: some("01632 960998"),
        unanswered_hours: Some(4),
        programme: "Focus Family".to_owned(),
        references: all(&["FF-2026-7142", "FF-2026-0358", "FF-2026-0142"]),
        request: some("a freedom of information request"),
        understood: all(&["1. Date you last saw or spoke with the family", "4. Date of the next meeting"]),
        not_understood: all(&["5. Do you need help from the team (yes / no)"]),
        notice: some("The mailbox has not been read since 09:12."),
        advice: some("Run `focus-family check` on the server. It says what to put right."),
    }
}
