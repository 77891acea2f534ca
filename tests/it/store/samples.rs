//! Made-up cases, mails and letters for tests of the store. The canaries must never be seen in a file of the database.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use focus_family::ambient::{Ambient, Script};
use focus_family::domain::case::{ArmedTimer, Case, Event};
use focus_family::domain::ids::{CaseId, LetterId, LetterName, MailId, RoleName, StageName, TaskId, TimerName};
use focus_family::domain::letter::Letter;
use focus_family::domain::time::Instant;
use focus_family::store::{Arrival, CaseSummary, CaseWrite, ClaimedMail, Commit, EndState, MailEnd, NewLetter, NewTask, Store};
use serde_json::json;

/// Words that stand for personal data.
pub const CANARIES: [&str; 5] =
    ["Zebedee-Quillfeather", "12-Marmalade-Row", "quillfeather@example.org", "a-sealed-reason", "a-mailed-secret"];

/// `seconds` after the beginning of a scripted world.
pub fn at(seconds: i64) -> Instant {
    Instant::from_second(1_800_000_000 + seconds).unwrap()
}

/// Randomness and time for what is taken in; every call another seed.
pub fn ambient() -> Ambient {
    static SEEDS: AtomicU64 = AtomicU64::new(1);
    let script: Arc<Script> = Script::new(at(0), SEEDS.fetch_add(1, Ordering::SeqCst));
    Ambient::Scripted(script)
}

pub fn draw() -> u128 {
    ambient().bits()
}

pub fn mail_text(subject: &str) -> String {
    format!(
        "Received: from mx.example.org\r\nFrom: {0}\r\nSubject: {subject}\r\n\r\n{1} of {2}: {3}\r\n",
        CANARIES[2], CANARIES[0], CANARIES[1], CANARIES[4]
    )
}

pub fn arrival(uid: &str, raw: &str) -> Arrival {
    Arrival {
        account: "team".to_owned(),
        mailbox: "INBOX".to_owned(),
        uid_validity: 1,
        uid: uid.to_owned(),
        received_at: at(0),
        raw: raw.as_bytes().to_vec(),
        bytes_total: raw.len() as u64,
    }
}

/// Takes one new mail in.
pub async fn taken(store: &Store, uid: &str) -> MailId {
    store.take_in(vec![arrival(uid, &mail_text(uid))], &ambient()).await.unwrap()[0].mail
}

/// Takes one new mail in and claims it.
pub async fn claimed(store: &Store, uid: &str) -> ClaimedMail {
    let mail = taken(store, uid).await;
    let claimed = store.claim_mails("worker-1", at(1), 60, 100).await.unwrap();
    claimed.into_iter().find(|claimed| claimed.mail == mail).unwrap()
}

pub fn ended(claimed: &ClaimedMail, end: EndState, case: Option<CaseId>) -> MailEnd {
    MailEnd {
        mail: claimed.mail,
        epoch: claimed.epoch,
        end,
        kind: "nomination".to_owned(),
        reason: None,
        case,
        intake: Some(json!({ "family_name": CANARIES[0] }).to_string().into_bytes()),
        marks: None,
        leaves_case: false,
    }
}

pub fn timer(name: &str, arming: u32, due_at: Instant) -> ArmedTimer {
    let due_on = focus_family::domain::time::london_date(due_at);
    ArmedTimer { timer: TimerName::new(name).unwrap(), arming, rung: 0, name: None, anchor: due_on, due_on, due_at }
}

/// The state of a case at `version`, in `stage`, with `timers`.
pub fn state(reference: &str, version: u64, stage: &str, timers: &[ArmedTimer]) -> Case {
    let timers: serde_json::Map<_, _> =
        timers.iter().map(|timer| (timer.timer.to_string(), serde_json::to_value(timer).unwrap())).collect();
    serde_json::from_value(json!({
        "reference": reference,
        "lifecycle_version": "1",
        "version": version,
        "stage": stage,
        "stage_entered_on": "2027-01-15",
        "opened_on": "2027-01-15",
        "area": "west",
        "verdict": {"grade": "meets", "rule_pack": "cumbria-2015", "rule_pack_version": "1", "interpretations": {}},
        "facts": {},
        "missing": ["consent"],
        "holders": {},
        "timers": timers,
        "armings": {},
        "mails": [],
        "last_activity_on": "2027-01-15",
        "sender_proven": true,
        "counts": {},
        "nomination": {"members": [{"family_name": CANARIES[0], "address": CANARIES[1]}]},
    }))
    .unwrap()
}

pub fn stage_entered(from: Option<&str>, to: &str) -> Event {
    serde_json::from_value(json!({"event": "stage_entered", "from": from, "to": to, "because": CANARIES[3], "on": "2027-01-15"}))
        .unwrap()
}

pub fn summary(case: &Case) -> CaseSummary {
    let next = case.timers.values().min_by_key(|timer| timer.due_at);
    CaseSummary {
        stage: case.stage.clone(),
        area: case.area.clone(),
        grade: case.verdict.grade.clone(),
        owner_role: Some(RoleName::new("area_officer").unwrap()),
        next_due_on: next.map(|timer| timer.due_on),
        next_due_what: next.map(|timer| timer.timer.clone()),
        closed: false,
    }
}

/// A new case with two events and one timer.
pub fn opening(id: CaseId, reference: &str) -> CaseWrite {
    let armed = timer("triage", 1, at(1000));
    let state = state(reference, 2, "triage", std::slice::from_ref(&armed));
    CaseWrite {
        id,
        expected_version: 0,
        events: vec![stage_entered(None, "received"), stage_entered(Some("received"), "triage")],
        summary: summary(&state),
        state,
        arm: vec![armed],
        disarm: Vec::new(),
        household: None,
    }
}

/// The case of [`opening`] after one more event.
pub fn moved(id: CaseId, reference: &str, expected_version: u64, to: &str) -> CaseWrite {
    let armed = timer("triage", 1, at(1000));
    let mut state = state(reference, expected_version + 1, to, &[armed]);
    state.stage = StageName::new(to).unwrap();
    CaseWrite {
        id,
        expected_version,
        events: vec![stage_entered(Some("triage"), to)],
        summary: summary(&state),
        state,
        arm: Vec::new(),
        disarm: Vec::new(),
        household: None,
    }
}

/// Opens a case with its own commit.
pub async fn opened(store: &Store, reference: &str) -> CaseId {
    let id = CaseId::from_random(draw());
    store.commit(Commit::of_case(at(2), opening(id, reference))).await.unwrap();
    id
}

pub fn letter(key: &str, case: Option<CaseId>, mail: Option<MailId>) -> NewLetter {
    NewLetter {
        id: LetterId::from_random(draw()),
        key: key.to_owned(),
        case,
        mail,
        letter: LetterName::new("acknowledgement").unwrap(),
        role: Some(RoleName::new("referrer").unwrap()),
        recipient: CANARIES[2].into(),
        message_id: format!("<{key}@example.org>"),
        in_reply_to: Some(format!("<{}>", CANARIES[2])),
        content: content("FF-2027-0001: received"),
        gathered: false,
        not_before: None,
        automatic_answer: true,
    }
}

pub fn content(subject: &str) -> Letter {
    serde_json::from_value(json!({"subject": subject, "text": CANARIES[0], "html": CANARIES[1]})).unwrap()
}

pub fn task(key: &str, case: Option<CaseId>, mail: Option<MailId>) -> NewTask {
    NewTask {
        id: TaskId::from_random(draw()),
        key: key.to_owned(),
        case,
        mail,
        role: RoleName::new("team").unwrap(),
        says: "look at it".to_owned(),
        due_on: "2027-01-20".parse().unwrap(),
    }
}
