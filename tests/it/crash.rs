//! The process dies around every durable write there is, is started again, and nothing is lost or doubled.
//!
//! Each scene is played once untouched; what it comes to is the measure. Then it is played again and again, stopped before and after
//! its first, second, third… write, until a run ends untouched. After each stop the program starts anew on the same folder and
//! database, later than any lease, and must come to the same.

mod kinds;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use focus_family::daemon::app::App;
use focus_family::daemon::round::settle;
use focus_family::domain::case::{Command, Event};
use focus_family::domain::ids::CaseReference;
use focus_family::domain::time::Instant;
use focus_family::engine::EngineError;
use focus_family::engine::outgoing::Pace;
use focus_family::store::{
    Boundary, CaseFilter, CaseKey, EndState, LetterFilter, LetterRow, LetterState, MailFilter, MailRow, TaskFilter,
};

use crate::support::daemon::{County, all_is_well, command, history, nomination, record, sample};
use crate::support::engines::for_each_house;

/// Longer than any lease of mails, letters and digests.
const BEYOND_LEASES_SECONDS: i64 = 40 * 60;
/// More writes than any scene has.
const WRITES_MAX: u32 = 200;

/// One thing the program does, to be stopped anywhere.
trait Scene {
    /// What the scene is played with.
    type Props;
    /// Makes all ready; everything is settled afterwards.
    async fn prepare(&self, county: &County<'_>, app: &App, run: u32) -> Self::Props;
    /// What is stopped.
    async fn act(&self, app: &App, props: &Self::Props) -> Result<(), String>;
    /// What happens once the program runs again.
    async fn again(&self, app: &App, props: &Self::Props);
    /// What it came to, without dates and references.
    async fn told(&self, county: &County<'_>, app: &App, props: &Self::Props) -> Vec<String>;
    /// Leaves nothing behind that could stir in the next run.
    async fn clear(&self, app: &App, props: &Self::Props);
}

/// Before and after each write.
const BOTH: [fn(u32) -> Boundary; 2] = [Boundary::Before, Boundary::After];
/// After a write is before the next one, but for what happens outside the database between the two.
const BEFORE: [fn(u32) -> Boundary; 1] = [Boundary::Before];

/// Plays `scene` to its end, then stopped at every boundary of `places`. Returns how many runs that took.
async fn stop_everywhere(county: &County<'_>, scene: &impl Scene, places: &[fn(u32) -> Boundary]) -> u32 {
    let mut measure: Option<Vec<String>> = None;
    let mut run = 0;
    let mut delivered: BTreeSet<String> = BTreeSet::new();
    for place in places {
        for number in if measure.is_none() { 0.. } else { 1.. } {
            // Before write 0 is nowhere: the measure.
            let boundary = place(number);
            run += 1;
            let when = format!("run {run}, stopped {boundary:?}");
            let app = county.start_captured().await;
            settle(&app).await.unwrap();
            let props = Box::pin(scene.prepare(county, &app, run)).await;
            delivered.extend(message_ids(county));
            drop(app);

            let app = county.start_captured().await;
            app.engine.store.stop_at(boundary);
            let outcome = Box::pin(scene.act(&app, &props)).await;
            let stopped = app.engine.store.has_stopped();
            assert_eq!(outcome.is_err(), stopped, "{when}: {outcome:?}");
            drop(app);
            let first_life = message_ids(county);

            county.pass_seconds(BEYOND_LEASES_SECONDS);
            let app = county.start_captured().await;
            let unrecorded = unrecorded(&app, &first_life, &when).await;
            Box::pin(scene.again(&app, &props)).await;
            let second_life = message_ids(county);
            letters_went_once(&app, &first_life, &unrecorded, &second_life, &when).await;
            delivered.extend(first_life.into_iter().chain(second_life));
            for row in letters(&app, LetterFilter { state: Some(LetterState::Sent), limit: 50, ..LetterFilter::default() }).await
            {
                assert!(delivered.contains(&row.message_id), "{when}: {} is recorded as sent and never left", row.letter);
            }
            let findings = app.engine.store.check(app.engine.ambient.now()).await.unwrap();
            assert!(findings.is_empty(), "{when}: {findings:?}");
            let told = scene.told(county, &app, &props).await;
            match &measure {
                None => measure = Some(told),
                Some(measure) => assert_eq!(&told, measure, "{when}"),
            }
            scene.clear(&app, &props).await;
            delivered.extend(message_ids(county));
            if !stopped && number > 0 {
                break;
            }
            assert!(number < WRITES_MAX, "it ends");
        }
    }
    // Replays every case there was, each once stopped somewhere.
    all_is_well(&county.start_captured().await, "after all runs").await;
    run
}

fn message_ids(county: &County<'_>) -> Vec<String> {
    let id = |raw: &[u8]| {
        let message = mail_parser::MessageParser::default().parse(raw).expect("a mail of ours");
        format!("<{}>", message.message_id().expect("it has one"))
    };
    county.captured.take().iter().map(|letter| id(&letter.message)).collect()
}

/// What went out before the stop and was not recorded as sent: at most the one letter in hand.
async fn unrecorded(app: &App, first_life: &[String], when: &str) -> Vec<String> {
    let mut open = Vec::new();
    for id in first_life {
        let row = app.engine.store.letter_with_message_id(id).await.unwrap().expect("what was sent is in the store");
        if row.state != LetterState::Sent {
            assert_eq!(row.state, LetterState::Sending, "{when}");
            open.push(id.clone());
        }
    }
    assert!(open.len() <= 1, "{when}: only the letter in hand may go twice, not {open:?}");
    open
}

/// Every letter went out once; the one between its delivery and its record went twice, with the same Message-ID.
async fn letters_went_once(app: &App, first_life: &[String], unrecorded: &[String], second_life: &[String], when: &str) {
    let mut times: BTreeMap<&String, usize> = BTreeMap::new();
    first_life.iter().chain(second_life).for_each(|id| *times.entry(id).or_default() += 1);
    for (id, times) in times {
        let expected = if unrecorded.contains(id) { 2 } else { 1 };
        assert_eq!(times, expected, "{when}: {id} went {times} times");
        let row = app.engine.store.letter_with_message_id(id).await.unwrap().expect("what was sent is in the store");
        assert_eq!(row.state, LetterState::Sent, "{when}: {row:?}");
    }
    for state in [LetterState::Queued, LetterState::Sending, LetterState::Unsure] {
        let waiting = letters(app, LetterFilter { state: Some(state), limit: 10, ..LetterFilter::default() }).await;
        assert!(waiting.is_empty(), "{when}: still to be sent: {waiting:?}");
    }
}

async fn letters(app: &App, filter: LetterFilter) -> Vec<LetterRow> {
    app.engine.store.letters(&filter).await.unwrap()
}

/// What a case came to: its events by kind, its letters with where they are, its tasks.
async fn case_told(app: &App, reference: &CaseReference) -> Vec<String> {
    let id = app.engine.case(reference).await.unwrap().id;
    let mut told: Vec<String> = history(app, reference).await.iter().map(event_told).collect();
    let mut rows = letters(app, LetterFilter { case: Some(id), limit: 1_000, ..LetterFilter::default() }).await;
    rows.sort_by(|a, b| (&a.letter, &a.role, a.queued_at).cmp(&(&b.letter, &b.role, b.queued_at)));
    let role = |row: &LetterRow| row.role.as_ref().map(ToString::to_string).unwrap_or_default();
    told.extend(rows.iter().map(|row| format!("letter {} to {} {}", row.letter, role(row), row.state.as_str())));
    let tasks = app.engine.store.tasks(&TaskFilter { case: Some(id), closed_too: true, ..TaskFilter::default() }).await.unwrap();
    // References are drawn.
    let says = |says: &str| says.replace(char::is_numeric, "#");
    let mut tasks: Vec<_> = tasks.iter().map(|task| format!("task for {}: {}", task.role, says(&task.says))).collect();
    tasks.sort();
    told.extend(tasks);
    told
}

fn event_told(event: &Event) -> String {
    match event {
        Event::TimerFired { name, arming, rung, .. } => format!("timer rung {name} {arming}.{rung}"),
        Event::StageEntered { to, .. } => format!("in {to}"),
        Event::LetterCalled { letter, .. } => format!("letter called {letter}"),
        other => other.kind().to_owned(),
    }
}

async fn mails_named(app: &App, uid: &str) -> Vec<MailRow> {
    let mut rows = app.engine.store.mails(&MailFilter { limit: 10_000, ..MailFilter::default() }).await.unwrap();
    rows.retain(|row| row.uid == uid);
    rows
}

/// The mail `uid` has one row, its own bytes, one end, and lies once in the folder, in `cur/`.
async fn taken_once(county: &County<'_>, app: &App, uid: &str, raw: &[u8]) -> MailRow {
    let rows = mails_named(app, uid).await;
    assert_eq!(rows.len(), 1, "one row for {uid}");
    let row = rows.into_iter().next().unwrap();
    assert_eq!(app.engine.store.raw_mail(row.mail).await.unwrap().as_deref(), Some(raw), "the bytes of {uid} are its own");
    assert!(row.end.is_some(), "{uid} has ended");
    let lying = |folder: &str| {
        let entries = std::fs::read_dir(county.folder.path().join("mailbox").join(folder)).unwrap();
        let names: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
        let name = |path: &Path| path.file_name().unwrap().to_string_lossy().split(':').next().unwrap() == uid;
        names.into_iter().filter(|path| name(path)).collect::<Vec<_>>()
    };
    assert!(lying("new").is_empty(), "{uid} was moved");
    let cur = lying("cur");
    assert_eq!(cur.len(), 1, "{uid} lies once in cur");
    assert_eq!(std::fs::read(&cur[0]).unwrap(), raw, "{uid} is untouched");
    row
}

async fn settled(app: &App) -> Result<(), String> {
    settle(app).await.map(drop).map_err(|error| error.to_string())
}

/// Delivers a nomination and settles; its case.
async fn opened(county: &County<'_>, app: &App, number: u32) -> CaseReference {
    let uid = format!("prepared-{number}");
    county.deliver(&uid, &nomination(number));
    settle(app).await.unwrap();
    mails_named(app, &uid).await.remove(0).reference.expect("a nomination opens a case")
}

/// Ends a case, so that none of its timers stirs any more.
async fn ended(app: &App, reference: &CaseReference) {
    record(app, reference, "decline", "area_officer", &["ground=other"]).await.unwrap();
    settle(app).await.unwrap();
}

/// A mail becomes a case: `new/` → ledger → `cur/` → claim → case → letter → sent.
struct MailToCase;

impl Scene for MailToCase {
    type Props = (String, Vec<u8>);
    async fn prepare(&self, county: &County<'_>, _: &App, run: u32) -> Self::Props {
        let (uid, raw) = (format!("mail-{run}"), nomination(run));
        county.deliver(&uid, &raw);
        (uid, raw)
    }
    async fn act(&self, app: &App, _: &Self::Props) -> Result<(), String> {
        settled(app).await
    }
    async fn again(&self, app: &App, _: &Self::Props) {
        settle(app).await.unwrap();
    }
    async fn told(&self, county: &County<'_>, app: &App, (uid, raw): &Self::Props) -> Vec<String> {
        let row = taken_once(county, app, uid, raw).await;
        assert_eq!(row.end, Some(EndState::CaseOpened));
        let open = CaseFilter { closed: Some(false), ..CaseFilter::default() };
        let open = app.engine.store.cases(&open).await.unwrap();
        assert_eq!(open.len(), 1, "one nomination, one case");
        case_told(app, row.reference.as_ref().unwrap()).await
    }
    async fn clear(&self, app: &App, (uid, _): &Self::Props) {
        let reference = mails_named(app, uid).await.remove(0).reference.unwrap();
        ended(app, &reference).await;
    }
}

/// A person records a move; who hears nothing back does it again.
struct Recorded;

impl Scene for Recorded {
    type Props = (CaseReference, Command);
    async fn prepare(&self, county: &County<'_>, app: &App, run: u32) -> Self::Props {
        let reference = opened(county, app, run).await;
        let command = command(app, &reference, "accept", "area_officer", &[]).await;
        (reference, command)
    }
    async fn act(&self, app: &App, (reference, command): &Self::Props) -> Result<(), String> {
        let done = app.engine.perform(&CaseKey::Reference(reference.clone()), command, Pace::Usual).await;
        done.map_err(|error| error.to_string())?;
        settled(app).await
    }
    async fn again(&self, app: &App, (reference, command): &Self::Props) {
        match app.engine.perform(&CaseKey::Reference(reference.clone()), command, Pace::Usual).await {
            Ok(_) | Err(EngineError::Refused(_)) => {}
            Err(error) => panic!("{error}"),
        }
        settle(app).await.unwrap();
    }
    async fn told(&self, _: &County<'_>, app: &App, (reference, _): &Self::Props) -> Vec<String> {
        case_told(app, reference).await
    }
    async fn clear(&self, app: &App, (reference, _): &Self::Props) {
        ended(app, reference).await;
    }
}

/// Timers of two cases fall due and their reminders go out as one digest, in the morning or after days of rest.
struct Reminders {
    days_off: i64,
}

impl Scene for Reminders {
    type Props = Vec<CaseReference>;
    async fn prepare(&self, county: &County<'_>, app: &App, run: u32) -> Self::Props {
        // Always the same day of the week, so that every run has the same working days before it.
        while county.today().weekday() != jiff::civil::Weekday::Monday {
            county.pass_until(county.today().tomorrow().unwrap(), 12, 0);
        }
        settle(app).await.unwrap();
        let cases = vec![opened(county, app, 2 * run).await, opened(county, app, 2 * run + 1).await];
        let due = next_due(app, &cases[0]).await;
        county.script.set(due.checked_sub(jiff::SignedDuration::from_hours(1)).unwrap());
        settle(app).await.unwrap();
        county.script.set(due.checked_add(jiff::SignedDuration::from_hours(2 + 24 * self.days_off)).unwrap());
        cases
    }
    async fn act(&self, app: &App, _: &Self::Props) -> Result<(), String> {
        settled(app).await
    }
    async fn again(&self, app: &App, _: &Self::Props) {
        settle(app).await.unwrap();
    }
    async fn told(&self, _: &County<'_>, app: &App, cases: &Self::Props) -> Vec<String> {
        let mut told = case_told(app, &cases[0]).await;
        told.extend(case_told(app, &cases[1]).await);
        let mut gathered = Vec::new();
        for reference in cases {
            let id = app.engine.case(reference).await.unwrap().id;
            gathered.extend(letters(app, LetterFilter { case: Some(id), limit: 1_000, ..LetterFilter::default() }).await);
        }
        gathered.retain(|row| row.state == LetterState::Gathered);
        let mut digests: BTreeMap<_, usize> = BTreeMap::new();
        for row in gathered {
            *digests.entry(row.gathered_into.expect("it says into which digest")).or_default() += 1;
        }
        for id in digests.keys() {
            let digest = app.engine.store.letter(*id).await.unwrap().expect("the digest is there");
            assert_eq!(digest.row.state, LetterState::Sent);
        }
        let mut sizes: Vec<usize> = digests.into_values().collect();
        sizes.sort_unstable();
        told.push(format!("digests of {sizes:?} reminders"));
        told
    }
    async fn clear(&self, app: &App, cases: &Self::Props) {
        for reference in cases {
            ended(app, reference).await;
        }
    }
}

async fn next_due(app: &App, reference: &CaseReference) -> Instant {
    let case = app.engine.case(reference).await.unwrap().case;
    case.timers.values().map(|timer| timer.due_at).min().expect("a timer runs")
}

#[test]
fn a_mail_becomes_one_case_wherever_the_process_dies() {
    for_each_house(async |house| {
        let county = County::new(house).await;
        let runs = Box::pin(stop_everywhere(&county, &MailToCase, &BOTH)).await;
        assert!(runs > 20, "{runs} runs are too few to be all of them");
    });
}

#[test]
fn a_move_happens_once_wherever_the_process_dies() {
    for_each_house(async |house| {
        let county = County::new(house).await;
        Box::pin(stop_everywhere(&county, &Recorded, &BOTH)).await;
    });
}

#[test]
fn a_timer_fires_once_and_its_digest_goes_once_wherever_the_process_dies() {
    for_each_house(async |house| {
        let county = County::new(house).await;
        Box::pin(stop_everywhere(&county, &Reminders { days_off: 0 }, &BEFORE)).await;
    });
}

#[test]
fn after_days_off_a_person_gets_one_digest_wherever_the_process_dies() {
    for_each_house(async |house| {
        let county = County::new(house).await;
        Box::pin(stop_everywhere(&county, &Reminders { days_off: 7 }, &BEFORE)).await;
    });
}

#[test]
fn a_letter_that_was_written_and_not_recorded_is_the_same_file_again() {
    for_each_house(async |house| {
        let county = County::new(house).await;
        for number in 1.. {
            county.deliver(&format!("mail-{number}"), &nomination(number));
            let app = county.start().await;
            app.engine.store.stop_at(Boundary::Before(number));
            let _how_it_ended = settle(&app).await;
            let stopped = app.engine.store.has_stopped();
            drop(app);
            county.pass_seconds(BEYOND_LEASES_SECONDS);
            let app = county.start().await;
            settle(&app).await.unwrap();
            let sent = LetterFilter { state: Some(LetterState::Sent), limit: 10_000, ..LetterFilter::default() };
            let sent = letters(&app, sent).await;
            let files = std::fs::read_dir(county.outbox()).unwrap().map(|entry| entry.unwrap().path());
            let files = files.filter(|path| path.extension().is_some_and(|extension| extension == "eml")).count();
            assert_eq!(files, sent.len(), "before write {number}: a file for each letter");
            if !stopped {
                break;
            }
        }
    });
}

#[test]
fn two_daemons_on_one_mailbox_and_one_store_do_nothing_twice() {
    for_each_house(async |house| {
        let county = County::new(house).await;
        let mails = 30;
        for number in 1..=mails {
            county.deliver(&format!("mail-{number:02}"), &nomination(number));
        }
        county.deliver("mail-31", sample("foi").as_bytes());
        let daemons: Vec<_> = [county.start_captured().await, county.start_captured().await]
            .map(|app| tokio::spawn(async move { settle(&app).await }))
            .into();
        let mut ended = 0;
        for daemon in daemons {
            ended += daemon.await.unwrap().unwrap().ended.len();
        }
        assert_eq!(ended, 31, "each mail was brought to its end by one daemon");
        let app = county.start_captured().await;
        let late = settle(&app).await.unwrap();
        assert!(late.ended.is_empty() && late.arrived == 0, "nothing was left");
        assert_eq!(app.engine.store.cases(&CaseFilter::default()).await.unwrap().len(), 30);
        for number in 1..=mails {
            let row = taken_once(&county, &app, &format!("mail-{number:02}"), &nomination(number)).await;
            assert_eq!((row.end, row.attempts), (Some(EndState::CaseOpened), 1), "one try for {}", row.uid);
        }
        let mut sent = message_ids(&county);
        let all = sent.len();
        sent.sort();
        sent.dedup();
        assert_eq!(sent.len(), all, "no letter went twice");
        let rows = letters(&app, LetterFilter { limit: 10_000, ..LetterFilter::default() }).await;
        assert_eq!(rows.len(), all, "every letter went");
        all_is_well(&app, "two daemons").await;
    });
}

#[test]
fn a_mail_stored_and_not_moved_is_known_again() {
    for_each_house(async |house| {
        let county = County::new(house).await;
        county.deliver("mail-1", &nomination(1));
        let app = county.start_captured().await;
        app.engine.store.stop_at(Boundary::After(1));
        settle(&app).await.unwrap_err();
        drop(app);
        let app = county.start_captured().await;
        let folder = i64::from(app.mailboxes[0].maildir.uid_validity());
        let known = app.engine.store.known_uids("nominations", "INBOX", folder, &["mail-1".to_owned()]).await.unwrap();
        assert_eq!(known, ["mail-1"], "it is stored");
        assert_eq!(settle(&app).await.unwrap().arrived, 0, "and only moved");
        taken_once(&county, &app, "mail-1", &nomination(1)).await;
    });
}
