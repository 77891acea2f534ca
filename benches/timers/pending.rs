//! Cases by the thousand: one is opened from a mail as always, the others are its history under other references.

use std::path::Path;

use focus_family::ambient::Ambient;
use focus_family::config::{MailboxKind, Settings};
use focus_family::daemon::app::{App, Schema};
use focus_family::daemon::housekeeping::Night;
use focus_family::daemon::round::settle;
use focus_family::domain::case::{Actor, Command, Event, replay};
use focus_family::domain::ids::{CaseId, CaseReference, FactName, MoveName, RoleName};
use focus_family::domain::time::{Instant, london_date};
use focus_family::domain::workflow::{FactValue, RoleScope};
use focus_family::engine::outgoing::{Outgoing, Pace};
use focus_family::engine::roster::Relation;
use focus_family::store::{CaseFilter, CaseKey, CaseWrite, Commit, Durability, HouseholdWrite, Store, StoreSettings};
use focus_family::vault::{MasterKey, Vault};
use sqlx::{Column, ConnectOptions, Connection, Row, TypeInfo, ValueRef};

use crate::cpu_ms;

/// The file of the settings.
pub const DATABASE: &str = "focus-family.db";
/// The timer that is let fall due: a ladder of letters and worklist items.
const TIMER: &str = "triage";
/// From the making of the last case until its timer is due: the daemon starts, and is idle for ten seconds.
const LEAD_SECONDS: i64 = 30;

/// The history of a case that was opened from a mail and waits for a decision.
pub async fn one_case(app: &mut App) -> Vec<Event> {
    app.use_reader_program(env!("CARGO_BIN_EXE_focus-family").into());
    let MailboxKind::Maildir { path } = app.settings.mailboxes[0].kind.clone() else { panic!("a county has a Maildir") };
    std::fs::write(path.join("new/one"), focus_family::demo::bench_mail(0, 0)).unwrap();
    settle(app).await.unwrap();
    let row = app.engine.store.cases(&CaseFilter::default()).await.unwrap().pop().expect("the mail opens a case");
    let history = app.engine.store.history(row.id).await.unwrap();
    history.into_iter().map(|stored| stored.event).collect()
}

/// The same history with so many events more, as years of small facts leave them.
pub async fn with_events(app: &App, events: &[Event], count: usize) -> Vec<Event> {
    let counted = app.engine.programme.lifecycle.facts.iter().find(|fact| fact.name.as_str() == "review_number");
    let fact = counted.map_or_else(|| FactName::new("school_days_missed").unwrap(), |fact| fact.name.clone());
    let mut long = events.to_vec();
    let value = |number: usize| Some(FactValue::Count(i64::try_from(number).unwrap()));
    long.extend((0..count - 1).map(|number| Event::FactSet { fact: fact.clone(), value: value(number), by_person: true }));
    long.push(Event::FactSet { fact, value: None, by_person: true });
    long
}

/// The history under another reference; with `due_at`, one of its timers falls due then.
fn renamed(app: &App, events: &[Event], number: usize, due_at: Option<Instant>) -> CaseWrite {
    let reference = CaseReference::new(2026, u32::try_from(1_000_000 + number).unwrap());
    let mut events = events.to_vec();
    for event in &mut events {
        match event {
            Event::Opened(opened) => opened.reference = reference.clone(),
            Event::TimerArmed { timer, due_on, due_at: at, .. } if timer.as_str() == TIMER => {
                if let Some(due) = due_at {
                    (*at, *due_on) = (due, london_date(due));
                }
            }
            _ => {}
        }
    }
    let state = replay(None, &events).unwrap();
    let arm = state.timers.values().cloned().collect();
    let mut outgoing = Outgoing { arm, ..Outgoing::default() };
    let id = CaseId::from_random(app.engine.ambient.id());
    let mut write = app.engine.case_write(id, 0, events, state, &mut outgoing);
    // Families are found again by their marks, which is not what is measured here.
    write.household = Some(HouseholdWrite {
        stamp: app.engine.people.stamp().to_owned(),
        keys: std::collections::BTreeSet::new(),
        household: b"{}".to_vec(),
    });
    write
}

/// Fills `dir` with cases until so many timers are pending, `due` of which fall due at the moment that is returned with their number.
pub async fn make(dir: &Path, settings: &Settings, pending: usize, due: usize) -> (usize, Instant) {
    let mut app = App::open(settings.clone(), Schema::Migrate).await.expect("an installation");
    let events = one_case(&mut app).await;
    let timers = replay(None, &events).unwrap().timers.len();
    // The making is no part of the figures: it does not wait for the disk.
    let place = StoreSettings::Sqlite { path: dir.join(DATABASE), durability: Durability::Off, migrate: true };
    let key = MasterKey::load(&dir.join("focus-family.key")).unwrap();
    let store = Store::open(&place, Vault::new(key)).await.unwrap();
    let cases = pending.div_ceil(timers);
    let write = async |number: usize, due_at: Option<Instant>| {
        let case = renamed(&app, &events, number, due_at);
        store.commit(Commit { case: Some(case), ..Commit::at(app.engine.ambient.now()) }).await.unwrap();
    };
    for number in due..cases {
        write(number, None).await;
    }
    let now = Ambient::Real.now();
    // The look of last night is done: the first of a new installation comes at once, and takes its time with so many cases.
    let night = Night { at: now, late: 0, unended: 0, broken: Vec::new() };
    store.set_note("last_housekeeping", &serde_json::to_string(&night).unwrap()).await.unwrap();
    let due_at = now.checked_add(jiff::SignedDuration::from_secs(LEAD_SECONDS)).unwrap();
    for number in 0..due {
        write(number, Some(due_at)).await;
    }
    store.close().await;
    app.close().await.unwrap();
    ((cases + 1) * timers, due_at)
}

/// So many cases of this history, committed; `round` keeps their references apart.
pub async fn copies(app: &App, events: &[Event], count: usize, round: usize) -> Vec<CaseId> {
    let mut ids = Vec::with_capacity(count);
    for number in 0..count {
        let case = renamed(app, events, 100_000 + round * count + number, None);
        ids.push(case.id);
        app.engine.store.commit(Commit { case: Some(case), ..Commit::at(app.engine.ambient.now()) }).await.unwrap();
    }
    ids
}

/// A value of a row, whatever its column is.
#[derive(Clone)]
pub enum Cell {
    /// None.
    Null,
    /// A whole number.
    Number(i64),
    /// A text.
    Text(String),
    /// Bytes.
    Bytes(Vec<u8>),
}

/// A row that a transition wrote: table, columns, values.
#[derive(Clone)]
pub struct Written {
    /// Its table.
    pub table: &'static str,
    /// Its columns.
    pub columns: Vec<String>,
    /// Its values.
    pub values: Vec<Cell>,
}

/// Accepts each of the cases: CPU milliseconds a move, and the rows that each wrote.
pub async fn record(app: &App, cases: &[CaseId]) -> (f64, Vec<Vec<Written>>) {
    let engine = &app.engine;
    let first = engine.store.load_case(&CaseKey::Id(cases[0])).await.unwrap().unwrap();
    let before = first.case.version;
    let role = RoleName::new("area_officer").unwrap();
    let relation = Relation { area: first.case.area.as_ref(), holders: None };
    let officer = engine.roster.holders(RoleScope::Area, &role, relation).into_iter().next().expect("an officer");
    let name = MoveName::new("accept").unwrap();
    let by = Actor::Person { name: officer.address.clone(), address: officer.address, role };
    let command = Command::Record { name, by, answers: [].into(), reason: None };
    let cpu = cpu_ms();
    for case in cases {
        engine.perform(&CaseKey::Id(*case), &command, Pace::Usual).await.unwrap();
    }
    let cpu = (cpu_ms() - cpu) / cases.len() as f64;
    (cpu, rows(app, cases, before).await)
}

async fn rows(app: &App, cases: &[CaseId], before: u64) -> Vec<Vec<Written>> {
    let focus_family::config::StoreSettings::Sqlite { path } = &app.settings.store else { panic!("a county is one file") };
    let mut database = sqlx::sqlite::SqliteConnectOptions::new().filename(path).read_only(true).connect().await.unwrap();
    let mut all = Vec::new();
    for case in cases {
        let mut written = Vec::new();
        for (table, condition) in [
            ("cases", "id = $1 AND version > $2"),
            ("events", "case_id = $1 AND version > $2"),
            ("timers", "case_id = $1 AND $2 > 0"),
            ("tasks", "case_id = $1 AND $2 > 0"),
            ("letters", "case_id = $1 AND $2 > 0"),
        ] {
            let text = sqlx::AssertSqlSafe(format!("SELECT * FROM {table} WHERE {condition}"));
            let found = sqlx::query(text).bind(case.to_text()).bind(i64::try_from(before).unwrap()).fetch_all(&mut database);
            written.extend(found.await.unwrap().iter().map(|row| Written {
                table,
                columns: row.columns().iter().map(|column| column.name().to_owned()).collect(),
                values: (0..row.columns().len()).map(|at| cell(row, at)).collect(),
            }));
        }
        all.push(written);
    }
    database.close().await.unwrap();
    all
}

fn cell(row: &sqlx::sqlite::SqliteRow, at: usize) -> Cell {
    let raw = row.try_get_raw(at).unwrap();
    if raw.is_null() {
        return Cell::Null;
    }
    match raw.type_info().name() {
        "INTEGER" => Cell::Number(row.get(at)),
        "BLOB" => Cell::Bytes(row.get(at)),
        _ => Cell::Text(row.get(at)),
    }
}
