//! What each part of the way costs, so that a change for the worse names its part.

use std::time::Instant;

use focus_family::daemon::app::App;
use focus_family::domain::case::{Command, decide, replay};
use focus_family::domain::document::{self, Limits};
use focus_family::domain::ids::{CaseId, CaseReference};
use focus_family::domain::mail;
use focus_family::domain::nomination::reading::read_mail;
use focus_family::domain::personal::Personal;
use focus_family::domain::time::london_date;
use focus_family::engine::judge::{Opening, judge, opened};
use focus_family::engine::outgoing::{Outgoing, Pace};
use focus_family::store::{Arrival, Commit, EndState, MailEnd};

use crate::{cpu_ms, threads_ms};

/// A part's name and its processor milliseconds a mail.
pub struct Part(pub &'static str, pub f64);

/// Every part of the way of `mails`, one after the other, each over all of them. They must be mails that open a case.
pub async fn measure(app: &App, mails: &[Vec<u8>]) -> Vec<Part> {
    let (engine, store, ambient) = (&app.engine, &app.engine.store, &app.engine.ambient);
    let limits = Limits::default();
    let count = mails.len() as f64;
    let mut parts = Vec::new();
    let mut part = |name, before: f64, after: f64| parts.push(Part(name, (after - before) / count));

    let before = threads_ms();
    let mut taken = Vec::new();
    for (batch, some) in mails.chunks(16).enumerate() {
        let arrivals = some.iter().enumerate().map(|(index, raw)| arrival(app, raw, batch * 16 + index)).collect();
        taken.extend(store.take_in(arrivals, ambient).await.unwrap());
    }
    part("take in: digests, sealing, a durable commit for 16", before, threads_ms());

    let before = threads_ms();
    let mut claimed = Vec::new();
    while claimed.len() < mails.len() {
        claimed.extend(store.claim_mails(&engine.worker, ambient.now(), 600, 16).await.unwrap());
    }
    part("claim: a durable commit for 16", before, threads_ms());

    let before = threads_ms();
    let mut raws = Vec::new();
    for one in &claimed {
        raws.push(store.raw_mail(one.mail).await.unwrap().unwrap());
    }
    part("open what was sealed", before, threads_ms());

    let before = cpu_ms();
    let in_child = Instant::now();
    for raw in &raws {
        engine.reader.read(raw).await.unwrap();
    }
    let child = (cpu_ms() - before) / count;
    let child_wall = in_child.elapsed().as_secs_f64() * 1000.0 / count;

    let before = threads_ms();
    let letters: Vec<_> = raws.iter().map(|raw| mail::open(raw, &limits).unwrap()).collect();
    let opened_ms = (threads_ms() - before) / count;
    let before = threads_ms();
    for file in letters.iter().flat_map(|opened| &opened.parts) {
        std::hint::black_box(document::read(&file.head.name, &file.head.declared_type, &file.bytes, &limits));
    }
    let files_ms = (threads_ms() - before) / count;
    let before = threads_ms();
    let readings: Vec<_> = raws.iter().map(|raw| read_mail(raw, &limits).unwrap()).collect();
    let read_ms = (threads_ms() - before) / count;

    let pack = &engine.settings.programme.rule_pack;
    let day = london_date(ambient.now());
    let before = threads_ms();
    let judged: Vec<_> =
        readings.iter().map(|reading| judge(&engine.programme, &engine.words, pack, reading, day).unwrap()).collect();
    part("judge: interpret, assess, route", before, threads_ms());

    let before = threads_ms();
    let mut decisions = Vec::new();
    for (index, (judged, claimed)) in judged.iter().zip(&claimed).enumerate() {
        let opening = Opening {
            lifecycle_version: engine.programme.lifecycle.version.clone(),
            mail: claimed.mail,
            received_on: day,
            sender_proven: true,
            sender: Some(Personal::from("sender@example.org")),
        };
        let number = 7_000_000 + u32::try_from(index).unwrap();
        let command = Command::Open(Box::new(opened(judged, opening, CaseReference::new(day.year(), number)).unwrap()));
        let events = decide(None, &command, &engine.world()).unwrap();
        let case = replay(None, &events).unwrap();
        decisions.push((CaseId::from_random(ambient.bits()), events, case));
    }
    part("decide", before, threads_ms());

    let before = threads_ms();
    let mut outgoings: Vec<Outgoing> = Vec::new();
    for (id, events, case) in &decisions {
        outgoings.push(engine.outgoing(*id, None, case, events, Pace::Usual).unwrap());
    }
    part("letters: compose", before, threads_ms());

    let before = threads_ms();
    for ((((id, events, case), mut outgoing), claimed), judged) in decisions.into_iter().zip(outgoings).zip(&claimed).zip(&judged)
    {
        let write = engine.case_write(id, 0, events, case, &mut outgoing);
        let end = MailEnd {
            mail: claimed.mail,
            epoch: claimed.epoch,
            end: EndState::CaseOpened,
            kind: "nomination".to_owned(),
            reason: None,
            case: Some(id),
            intake: Some(serde_json::to_vec(&judged.intake).unwrap()),
        };
        let Outgoing { letters, tasks, .. } = outgoing;
        let commit = Commit { case: Some(write), letters, tasks, mail: Some(end), ..Commit::at(ambient.now()) };
        store.commit(commit).await.unwrap();
    }
    part("commit: sealing, a durable commit", before, threads_ms());

    parts.insert(3, Part("read in the child, its start included", child));
    parts.insert(4, Part("  of it: opening the mail (as measured in this process)", opened_ms));
    parts.insert(5, Part("  of it: its files", files_ms));
    parts.insert(6, Part("  of it: all reading", read_ms));
    parts.insert(7, Part("  of it: process, sandbox, pipes, answer", child - read_ms));
    parts.insert(8, Part("  (wall)", child_wall));
    parts
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
