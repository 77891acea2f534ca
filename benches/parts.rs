//! What each part of the way costs, so that a change for the worse names its part.

use std::collections::HashMap;
use std::time::Instant;

use focus_family::daemon::app::App;
use focus_family::domain::case::{Command, decide, replay};
use focus_family::domain::document::{self, Limits};
use focus_family::domain::ids::{CaseId, CaseReference, MailId};
use focus_family::domain::mail;
use focus_family::domain::nomination::Reading;
use focus_family::domain::nomination::reading::read_mail;
use focus_family::domain::personal::Personal;
use focus_family::domain::time::london_date;
use focus_family::engine::judge::{Judged, Opening, judge, opened};
use focus_family::engine::outgoing::{Outgoing, Pace};
use focus_family::store::{Arrival, Commit, EndState, MailEnd, NextClaim};

use crate::{cpu_ms, threads_ms};

/// A part's name and its processor milliseconds a mail.
pub struct Part {
    pub name: &'static str,
    pub ms: f64,
    /// It is part of another part, or of no mail's usual way: not to be summed.
    pub aside: bool,
}

impl Part {
    fn new(name: &'static str, ms: f64) -> Self {
        Self { name, ms, aside: false }
    }
    fn aside(name: &'static str, ms: f64) -> Self {
        Self { name, ms, aside: true }
    }
}

/// Every part of the way of `mails`, one after the other, each over all of them. They must be mails that open a case.
pub async fn measure(app: &App, mails: &[Vec<u8>]) -> Vec<Part> {
    let mut parts = Vec::new();
    let taken = taken_in(app, mails, &mut parts).await;
    let readings = read(app, mails, &mut parts).await;
    decided_and_committed(app, &taken, &readings, &mut parts).await;
    parts
}

/// What `work` costs the threads of this process, a mail.
fn cost<T>(count: usize, work: impl FnOnce() -> T) -> (T, f64) {
    let before = threads_ms();
    let done = work();
    (done, (threads_ms() - before) / count as f64)
}

async fn taken_in(app: &App, mails: &[Vec<u8>], parts: &mut Vec<Part>) -> Vec<MailId> {
    let (store, ambient) = (&app.engine.store, &app.engine.ambient);
    let batches: Vec<Vec<Arrival>> = mails
        .chunks(16)
        .enumerate()
        .map(|(batch, some)| some.iter().enumerate().map(|(index, raw)| arrival(app, raw, batch * 16 + index)).collect())
        .collect();
    let before = threads_ms();
    let mut taken = Vec::new();
    for arrivals in batches {
        taken.extend(store.take_in(arrivals, ambient).await.unwrap().into_iter().map(|one| one.mail));
    }
    parts.push(Part::new("take in: digests, sealing, a durable commit for 16", (threads_ms() - before) / mails.len() as f64));
    // They are at hand once; the second look is what a mail costs after a restart.
    for mail in &taken {
        store.raw_mail(*mail).await.unwrap().unwrap();
    }
    let before = threads_ms();
    for mail in &taken {
        store.raw_mail(*mail).await.unwrap().unwrap();
    }
    let opened = (threads_ms() - before) / mails.len() as f64;
    parts.push(Part::aside("  after a restart besides: open what was sealed", opened));
    taken
}

async fn read(app: &App, mails: &[Vec<u8>], parts: &mut Vec<Part>) -> Vec<Reading> {
    let (limits, count) = (Limits::default(), mails.len());
    let (before, before_here, started) = (cpu_ms(), threads_ms(), Instant::now());
    for raw in mails {
        app.engine.reader.read(raw).await.unwrap();
    }
    let all = (cpu_ms() - before) / count as f64;
    let here = (threads_ms() - before_here) / count as f64;
    let wall = started.elapsed().as_secs_f64() * 1000.0 / count as f64;
    let (letters, opening) = cost(count, || mails.iter().map(|raw| mail::open(raw, &limits).unwrap()).collect::<Vec<_>>());
    let ((), files) = cost(count, || {
        for file in letters.iter().flat_map(|opened| &opened.parts) {
            std::hint::black_box(document::read(&file.head.name, &file.head.declared_type, &file.bytes, &limits));
        }
    });
    let (readings, reading) = cost(count, || mails.iter().map(|raw| read_mail(raw, &limits).unwrap()).collect::<Vec<_>>());
    parts.extend([
        Part::new("read: in the child, and the talk with it", all),
        Part::aside("  of it: this process, handing over and taking the answer", here),
        Part::aside("  of it: reading, as measured in this process", reading),
        Part::aside("    of it: opening the mail", opening),
        Part::aside("    of it: its files", files),
        Part::aside("  of it: fork, sandbox, pages touched first, answer", all - here - reading),
        Part::aside("  (wall)", wall),
    ]);
    readings
}

async fn decided_and_committed(app: &App, taken: &[MailId], readings: &[Reading], parts: &mut Vec<Part>) {
    let (engine, store, ambient) = (&app.engine, &app.engine.store, &app.engine.ambient);
    let (pack, day, count) = (&engine.settings.programme.rule_pack, london_date(ambient.now()), taken.len());
    let (judged, ms) = cost(count, || {
        let judged = |reading| judge(&engine.programme, &engine.words, pack, reading, day).unwrap();
        readings.iter().map(judged).collect::<Vec<_>>()
    });
    parts.push(Part::new("judge: interpret, assess, route", ms));

    let references: Vec<CaseReference> = (7_000_000..).take(count).map(|number| CaseReference::new(day.year(), number)).collect();
    let sender = Personal::from("sender@example.org");
    let before = threads_ms();
    for reference in &references {
        assert!(!store.reference_exists(reference).await.unwrap());
        store.count_automatic_answers(&store.recipient_fingerprint(&sender), ambient.now()).await.unwrap();
    }
    parts.push(Part::new("look up: is the reference free, may the sender be answered", (threads_ms() - before) / count as f64));

    let (decisions, ms) = cost(count, || {
        let decided = |((judged, mail), reference): ((&Judged, &MailId), CaseReference)| {
            let opening = Opening {
                lifecycle_version: engine.programme.lifecycle.version.clone(),
                mail: *mail,
                received_on: day,
                sender_proven: true,
                sender: Some(sender.clone()),
            };
            let command = Command::Open(Box::new(opened(judged, opening, reference).unwrap()));
            let events = decide(None, &command, &engine.world()).unwrap();
            let case = replay(None, &events).unwrap();
            (CaseId::from_random(ambient.id()), events, case)
        };
        judged.iter().zip(taken).zip(references).map(decided).collect::<Vec<_>>()
    });
    parts.push(Part::new("decide", ms));

    let (outgoings, ms) = cost(count, || {
        let outgoing = |(id, events, case): &(_, Vec<_>, _)| engine.outgoing(*id, None, case, events, Pace::Usual).unwrap();
        decisions.iter().map(outgoing).collect::<Vec<Outgoing>>()
    });
    parts.push(Part::new("letters: compose", ms));

    let mut waiting: HashMap<MailId, _> = taken.iter().copied().zip(decisions.into_iter().zip(outgoings).zip(judged)).collect();
    let before = threads_ms();
    let mut next = store.claim_mails(&engine.worker, ambient.now(), 600, 1).await.unwrap().pop();
    while let Some(claimed) = next {
        let (((id, events, case), mut outgoing), judged) = waiting.remove(&claimed.mail).expect("no other mail waits");
        let write = engine.case_write(id, 0, events, case, &mut outgoing);
        let end = MailEnd {
            mail: claimed.mail,
            epoch: claimed.epoch,
            end: EndState::CaseOpened,
            kind: "nomination".to_owned(),
            reason: None,
            case: Some(id),
            intake: Some(serde_json::to_vec(&judged.intake).unwrap()),
            marks: None,
            leaves_case: false,
        };
        let Outgoing { letters, tasks, .. } = outgoing;
        let claim = Some(NextClaim { worker: engine.worker.to_string(), lease_seconds: 600 });
        let commit = Commit { case: Some(write), letters, tasks, mail: Some(end), claim, ..Commit::at(ambient.now()) };
        next = store.commit(commit).await.unwrap().claimed;
    }
    assert!(waiting.is_empty(), "each was claimed with the end of another");
    let ms = (threads_ms() - before) / count as f64;
    parts.push(Part::new("commit: sealing, a durable commit with the next mail's claim", ms));
}

/// Reads each of `mails` once and judges it `times` times.
pub fn judge_alone(app: &App, mails: &[Vec<u8>], times: usize) {
    let (engine, limits) = (&app.engine, Limits::default());
    let readings: Vec<Reading> = mails.iter().map(|raw| read_mail(raw, &limits).unwrap()).collect();
    let (pack, day) = (&engine.settings.programme.rule_pack, london_date(engine.ambient.now()));
    let ((), ms) = cost(readings.len() * times, || {
        for reading in readings.iter().cycle().take(readings.len() * times) {
            std::hint::black_box(judge(&engine.programme, &engine.words, pack, reading, day).unwrap());
        }
    });
    println!("{ms:.3} ms a judgement");
}

fn arrival(app: &App, raw: &[u8], index: usize) -> Arrival {
    Arrival {
        account: app.mailboxes[0].name.clone(),
        mailbox: "INBOX".to_owned(),
        uid_validity: 1,
        uid: format!("parts-{index}-{:x}", app.engine.ambient.bits()),
        received_at: app.engine.ambient.now(),
        bytes_total: raw.len() as u64,
        raw: raw.to_vec(),
    }
}
