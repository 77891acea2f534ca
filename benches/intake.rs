//! CPU a mail costs from the Maildir to an open case with its reply queued, beside a bare loop over the same bytes, in turn: A B A B.
//!
//!     cargo bench --bench intake -- [--mails N] [--rounds R] [--dir FOLDER] [--growth]
//!
//! The bare loop parses the mail, loads the PDF, walks its fields, and commits the raw bytes to SQLite with `synchronous=FULL`.
//! The program does everything: sandboxed child, sealing, reading, judging, case, letters, durable commits. CPU is user + system
//! of this process and of every child it has waited for. `--dir` takes mails of your own, `--growth` measures again at 20,000 cases.

#![expect(clippy::unwrap_used, missing_docs, reason = "a measurement stops where it stands when something is wrong")]

use std::path::{Path, PathBuf};
use std::time::Instant;

use focus_family::ambient::Ambient;
use focus_family::config::{MailboxKind, Settings};
use focus_family::daemon::app::App;
use focus_family::daemon::round::{settle, take_in};
use focus_family::mailbox::maildir::Maildir;
use focus_family::vault::MasterKey;
use sqlx::{ConnectOptions, Connection};

struct Options {
    mails: usize,
    rounds: usize,
    dir: Option<PathBuf>,
    growth: bool,
}

fn options() -> Options {
    let mut options = Options { mails: 200, rounds: 3, dir: None, growth: false };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        match word.as_str() {
            "--mails" => options.mails = words.next().and_then(|n| n.parse().ok()).expect("--mails N"),
            "--rounds" => options.rounds = words.next().and_then(|n| n.parse().ok()).expect("--rounds R"),
            "--dir" => options.dir = Some(words.next().expect("--dir FOLDER").into()),
            "--growth" => options.growth = true,
            _ => {}
        }
    }
    options
}

/// User and system time of this process and its waited-for children, in milliseconds.
fn cpu_ms() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").expect("Linux");
    let fields: Vec<&str> = stat.rsplit(") ").next().expect("a name in brackets").split(' ').collect();
    let ticks: u64 = fields[11..15].iter().map(|ticks| ticks.parse::<u64>().expect("a number")).sum();
    // USER_HZ is 100 on every Linux this is built for.
    ticks as f64 * 10.0
}

fn resident_mb() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux");
    let line = status.lines().find(|line| line.starts_with("VmRSS")).expect("a resident size");
    line.split_whitespace().nth(1).and_then(|kb| kb.parse::<f64>().ok()).expect("a number") / 1024.0
}

/// Mails of about 140 KB with one AcroForm PDF of about 100 KB each, every one of another family.
fn mails(options: &Options, count: usize, from: usize) -> Vec<Vec<u8>> {
    if let Some(dir) = &options.dir {
        let mut files: Vec<PathBuf> = std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()).collect();
        files.sort();
        return files.iter().cycle().skip(from).take(count).map(|file| std::fs::read(file).unwrap()).collect();
    }
    (from..from + count).map(|index| focus_family::demo::bench_mail(index, 100 << 10)).collect()
}

/// Settings of a bare installation in `dir`, live, letters into a Maildir.
fn settings(dir: &Path) -> Settings {
    MasterKey::create(&dir.join("master.key"), &Ambient::Real).expect("a key");
    let text = focus_family::demo::settings_toml(dir, 0, None);
    let file = dir.join("focus-family.toml");
    std::fs::write(&file, text).unwrap();
    Settings::load(Some(&file), std::iter::empty()).expect("good settings")
}

/// CPU and wall milliseconds a mail; the letters' sending is not part of it, their queueing is.
async fn program(app: &App, maildir: &Maildir, mails: &[Vec<u8>], from: usize) -> (f64, f64) {
    for (index, mail) in mails.iter().enumerate() {
        maildir.deliver(mail, &format!("bench-{}", from + index)).unwrap();
    }
    let (cpu, wall) = (cpu_ms(), Instant::now());
    let mut opened = 0;
    while opened < mails.len() {
        for watched in &app.mailboxes {
            take_in(app, watched).await.unwrap();
        }
        let ended = app.engine.take_next_mails(16).await.unwrap();
        assert!(!ended.is_empty(), "every mail opens a case; {opened} of {} did", mails.len());
        for one in &ended {
            assert!(one.reference.is_some(), "{one:?}");
        }
        opened += ended.len();
    }
    let spent = (cpu_ms() - cpu) / mails.len() as f64;
    let wall = wall.elapsed().as_secs_f64() * 1000.0 / mails.len() as f64;
    settle(app).await.unwrap();
    (spent, wall)
}

async fn floor(dir: &Path, mails: &[Vec<u8>]) -> (f64, f64) {
    use mail_parser::MimeHeaders;
    let mut database = sqlx::sqlite::SqliteConnectOptions::new()
        .filename(dir.join("floor.db"))
        .create_if_missing(true)
        .journal_mode(sqlx::sqlite::SqliteJournalMode::Wal)
        .synchronous(sqlx::sqlite::SqliteSynchronous::Full)
        .connect()
        .await
        .unwrap();
    sqlx::query("CREATE TABLE IF NOT EXISTS mails (id INTEGER PRIMARY KEY, raw BLOB NOT NULL)")
        .execute(&mut database)
        .await
        .unwrap();
    let (cpu, wall) = (cpu_ms(), Instant::now());
    for mail in mails {
        let message = mail_parser::MessageParser::default().parse(mail).expect("a mail");
        let mut fields = 0;
        for part in message.attachments().filter(|part| part.attachment_name().is_some_and(|name| name.ends_with(".pdf"))) {
            let pdf = lopdf::Document::load_from(part.contents()).expect("a PDF");
            fields += walk(&pdf);
        }
        assert!(fields > 0, "the form has fields");
        sqlx::query("INSERT INTO mails (raw) VALUES ($1)").bind(mail.as_slice()).execute(&mut database).await.unwrap();
    }
    let spent = ((cpu_ms() - cpu) / mails.len() as f64, wall.elapsed().as_secs_f64() * 1000.0 / mails.len() as f64);
    database.close().await.unwrap();
    spent
}

/// Every field's value, as a bare reader would take it.
fn walk(pdf: &lopdf::Document) -> usize {
    pdf.objects
        .values()
        .filter_map(|object| object.as_dict().ok())
        .filter(|dictionary| dictionary.has(b"FT") && dictionary.has(b"T"))
        .filter(|dictionary| dictionary.get(b"V").is_ok() || dictionary.get(b"AS").is_ok())
        .count()
}

fn median(mut all: Vec<f64>) -> f64 {
    all.sort_by(f64::total_cmp);
    all[all.len() / 2]
}

fn main() {
    let options = options();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let dir = std::env::temp_dir().join(format!("focus-family-bench-{}", std::process::id()));
        std::fs::create_dir_all(&dir).unwrap();
        let settings = settings(&dir);
        let maildir = match &settings.mailboxes[0].kind {
            MailboxKind::Maildir { path } => Maildir::open(path).unwrap(),
        };
        let mut app = App::open(settings, Ambient::Real).await.expect("an installation");
        app.use_reader_program(env!("CARGO_BIN_EXE_focus-family").into());
        println!("{} mails of {} KB a round, {} rounds in turn", options.mails, mails(&options, 1, 0)[0].len() / 1024, options.rounds);
        // Both warm: pages of the files, prepared child, prepared statements.
        let warm = mails(&options, 20, 0);
        program(&app, &maildir, &warm, 0).await;
        floor(&dir, &warm).await;
        let (mut ours, mut bare) = (Vec::new(), Vec::new());
        let mut from = 20;
        for round in 0..options.rounds {
            let set = mails(&options, options.mails, from);
            let (a, a_wall) = program(&app, &maildir, &set, from).await;
            let (b, b_wall) = floor(&dir, &set).await;
            from += options.mails;
            println!("round {round}: program {a:.2} ms CPU ({a_wall:.2} wall), bare loop {b:.2} ms CPU ({b_wall:.2} wall), ratio {:.2}", a / b);
            ours.push(a);
            bare.push(b);
        }
        let (a, b) = (median(ours), median(bare));
        println!("median: program {a:.2} ms CPU a mail, bare loop {b:.2}, ratio {:.2}; resident {:.0} MB", a / b, resident_mb());
        if options.growth {
            growth(&app, &maildir, &options, from).await;
        }
        std::fs::remove_dir_all(&dir).unwrap();
    });
}

/// The program's part again once the store holds 20,000 cases, made of small mails.
async fn growth(app: &App, maildir: &Maildir, options: &Options, mut from: usize) {
    let set = mails(options, options.mails, from);
    let before = program(app, maildir, &set, from).await.0;
    from += options.mails;
    while from < 20_000 {
        let set: Vec<Vec<u8>> = (from..from + 500).map(|index| focus_family::demo::bench_mail(index, 0)).collect();
        program(app, maildir, &set, from).await;
        from += 500;
    }
    let set = mails(options, options.mails, from);
    let after = program(app, maildir, &set, from).await.0;
    println!(
        "at {from} cases: {after:.2} ms CPU a mail, {before:.2} before, ratio {:.2}; resident {:.0} MB",
        after / before,
        resident_mb()
    );
}
