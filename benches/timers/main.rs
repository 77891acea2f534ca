//! What the passing of time costs: 100,000 pending timers of which 2,000 fall due at once, one durable transition beside the bare inserts of
//! its rows, and a transition of a case with a thousand events beside one with few.
//!
//!     cargo bench --bench timers -- [--pending N] [--due N] [--moves N] [--rounds R] [--no-peers]
//!
//! The running daemon fires them (`serve`, a real clock, SQLite with `synchronous=FULL`): each is decided, its events are sealed and
//! chained, its letters composed and queued, the next rung armed. How late each was is seen from outside, by a second connection that counts
//! what is still due. Restate's server, where it is installed (`benches/peers/install.sh`), holds as many delayed calls in the same run and
//! makes as many of them at once; DBOS on PostgreSQL, where both are, runs a workflow of one step a call, which
//! writes nothing but its own journal.

#![expect(clippy::unwrap_used, reason = "a measurement stops where it stands when something is wrong")]

mod peers;
mod pending;
mod raw;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use focus_family::ambient::Ambient;
use focus_family::config::Settings;
use focus_family::daemon::app::{App, Schema};
use focus_family::daemon::serve::serve;
use focus_family::vault::MasterKey;
use sqlx::{ConnectOptions, Connection, Row};

/// Aims, for the last column.
const LATE_P99_SECONDS_MAX: f64 = 0.5;
const RESIDENT_MB_MAX: f64 = 64.0;

/// What is asked for on the command line.
pub struct Options {
    pending: usize,
    due: usize,
    moves: usize,
    rounds: usize,
    peers: bool,
}

fn options() -> Options {
    let number = |name: &str, otherwise: usize| {
        let mut words = std::env::args().skip_while(|word| word != name);
        words.nth(1).and_then(|word| word.parse().ok()).unwrap_or(otherwise)
    };
    Options {
        pending: number("--pending", 100_000),
        due: number("--due", 2_000),
        moves: number("--moves", 300),
        rounds: number("--rounds", 5),
        peers: !std::env::args().any(|word| word == "--no-peers"),
    }
}

/// User and system time of a process and the children it has waited for, in seconds.
pub fn cpu_of(process: u32) -> f64 {
    let row = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    let fields: Vec<f64> = row.rsplit(") ").next().unwrap_or_default().split(' ').filter_map(|word| word.parse().ok()).collect();
    // Field 14 of the row is `utime`; the state, the only word that is no number, stands before what was parsed. USER_HZ is 100.
    fields.get(10..14).map_or(0.0, |ticks| ticks.iter().sum::<f64>() / 100.0)
}

/// The same of this process's threads, finer than a hundredth of a second.
pub fn cpu_ms() -> f64 {
    let tasks = std::fs::read_dir("/proc/self/task").expect("Linux");
    let nanoseconds = tasks.filter_map(|task| {
        let text = std::fs::read_to_string(task.ok()?.path().join("schedstat")).ok()?;
        text.split(' ').next()?.parse::<u64>().ok()
    });
    nanoseconds.sum::<u64>() as f64 / 1e6
}

/// Resident megabytes of a process.
pub fn resident_mb(process: u32) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmRSS")).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|kb| kb.parse::<f64>().ok()).unwrap_or_default() / 1024.0
}

fn settings(dir: &Path) -> Settings {
    let file = dir.join("focus-family.toml");
    if !file.exists() {
        MasterKey::create(&dir.join("focus-family.key"), &Ambient::Real).expect("a key");
        std::fs::write(&file, focus_family::demo::settings_toml(dir, 0, None)).unwrap();
    }
    Settings::load(Some(&file), std::iter::empty()).expect("good settings")
}

/// How many came how late, as somebody outside saw it.
pub struct Fired {
    /// Seconds after the moment when they were due, and how many were done by then, in order.
    pub seen: Vec<(f64, usize)>,
}

impl Fired {
    /// A second's count over the whole time it took.
    pub fn rate(&self) -> f64 {
        self.seen.last().map_or(0.0, |(seconds, done)| *done as f64 / seconds)
    }
    /// How late the one was behind which only a hundredth came.
    pub fn late_p99(&self) -> f64 {
        let all = self.seen.last().map_or(0, |(_, done)| *done);
        let found = self.seen.iter().find(|(_, done)| *done * 100 >= all * 99);
        found.map_or(f64::INFINITY, |(seconds, _)| *seconds)
    }
}

fn line(what: &str, value: String, aim: &str, met: bool) {
    println!("{what:<58}{value:>16}   {aim:<14}{}", if aim.is_empty() || met { "" } else { "MISSED" });
}

fn main() {
    // The daemon under measurement is a process of its own, so that the making of cases is no part of its memory.
    if std::env::args().any(|word| word == "--daemon") {
        let dir = PathBuf::from(std::env::args().skip_while(|word| word != "--daemon").nth(1).expect("--daemon FOLDER"));
        return runtime().block_on(daemon(&dir));
    }
    let options = options();
    let dir = std::env::temp_dir().join(format!("focus-family-timers-{}", std::process::id()));
    std::fs::create_dir_all(&dir).unwrap();
    runtime().block_on(async {
        transitions(&dir.join("moves"), &options).await;
        let ours = Box::pin(fire(&dir.join("timers"), &options)).await;
        if options.peers {
            peers::restate(&options, &ours).await;
        }
    });
    std::fs::remove_dir_all(&dir).unwrap();
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

async fn daemon(dir: &Path) {
    let mut app = App::open(settings(dir), Schema::Migrate).await.expect("an installation");
    // What leaves is not measured; letters are queued.
    app.delivery = None;
    app.mailboxes.clear();
    let (_stop, stopped) = tokio::sync::watch::channel(false);
    println!("ready");
    serve(Arc::new(app), stopped, |_| {}).await.unwrap();
}

/// The daemon, fired upon.
async fn fire(dir: &Path, options: &Options) -> Fired {
    std::fs::create_dir_all(dir).unwrap();
    let settings = settings(dir);
    // Time to start and to be idle for ten seconds before they fall due.
    let (made, due_at) = pending::make(dir, &settings, options.pending, options.due).await;
    let mut database = sqlx::sqlite::SqliteConnectOptions::new()
        .filename(dir.join(pending::DATABASE))
        .read_only(true)
        .busy_timeout(Duration::from_secs(10))
        .connect()
        .await
        .unwrap();
    let due_us = due_at.as_microsecond();
    let mut daemon = std::process::Command::new(std::env::current_exe().unwrap())
        .arg("--daemon")
        .arg(dir)
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    tokio::time::sleep(Duration::from_secs(8)).await;
    let process = daemon.id();
    let (before, idle) = (cpu_of(process), Instant::now());
    tokio::time::sleep(Duration::from_secs(10)).await;
    let idle = (cpu_of(process) - before) / idle.elapsed().as_secs_f64();
    let left = due_us - Ambient::Real.now().as_microsecond();
    assert!(left > 0, "the daemon took too long to start: {left} µs");
    tokio::time::sleep(Duration::from_micros(u64::try_from(left).unwrap())).await;
    let cpu = cpu_of(process);
    let mut seen = Vec::new();
    let mut most = 0.0_f64;
    loop {
        let row =
            sqlx::query("SELECT COUNT(*) AS still FROM timers WHERE wake_at_us <= $1").bind(due_us).fetch_one(&mut database);
        let still = usize::try_from(row.await.unwrap().get::<i64, _>("still")).unwrap();
        let late = (Ambient::Real.now().as_microsecond() - due_us) as f64 / 1e6;
        seen.push((late, options.due - still));
        most = most.max(resident_mb(process));
        if still == 0 || late > 120.0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let cpu = (cpu_of(process) - cpu) / options.due as f64;
    let _killed = daemon.kill();
    let _waited = daemon.wait();
    database.close().await.unwrap();
    let fired = Fired { seen };
    println!("\n{made} timers pending, {} due at once", options.due);
    line("fired a second", format!("{:.0}", fired.rate()), "", true);
    line("CPU a timer", format!("{:.2} ms", cpu * 1000.0), "", true);
    let late = fired.late_p99();
    line("99 in 100 fired after", format!("{late:.2} s"), "0.5 s", late <= LATE_P99_SECONDS_MAX);
    line("CPU while nothing is due", format!("{:.1} %", idle * 100.0), "about 0", idle < 0.01);
    line("resident at the most", format!("{most:.0} MB"), "64 MB", most <= RESIDENT_MB_MAX);
    fired
}

/// One durable transition: beside bare inserts, beside DBOS, and with a long history.
async fn transitions(dir: &Path, options: &Options) {
    std::fs::create_dir_all(dir).unwrap();
    let mut app = App::open(settings(dir), Schema::Migrate).await.expect("an installation");
    let case = pending::one_case(&mut app).await;
    let (mut ours, mut bare, mut long) = (Vec::new(), Vec::new(), Vec::new());
    let mut floor = raw::Floor::open(dir).await;
    let old = pending::with_events(&app, &case, 1_000).await;
    for round in 0..options.rounds {
        let few = pending::copies(&app, &case, options.moves, round).await;
        let many = pending::copies(&app, &old, options.moves, 1_000 + round).await;
        let (a, written) = pending::record(&app, &few).await;
        ours.push(a);
        bare.push(floor.insert(&written).await);
        long.push(pending::record(&app, &many).await.0);
    }
    app.close().await.unwrap();
    let (ours, bare, long) = (median(ours), median(bare), median(long));
    println!("{} moves a round, {} rounds in turn; the median", options.moves, options.rounds);
    line("one durable transition", format!("{ours:.2} ms CPU"), "", true);
    let ratio = ours / bare;
    line("beside the bare inserts of its rows", format!("{bare:.2} ms, {ratio:.2} ×"), "1.5 ×", ratio <= 1.5);
    let ratio = long / ours;
    line("of a case with a thousand events", format!("{long:.2} ms, {ratio:.2} ×"), "1.2 ×", ratio <= 1.2);
    if options.peers {
        peers::dbos(options, ours);
    }
}

fn median(mut all: Vec<f64>) -> f64 {
    all.sort_by(f64::total_cmp);
    all[all.len() / 2]
}
