//! CPU a mail costs from the Maildir to an open case with its reply queued, beside a bare loop over the same bytes, in turn: A B A B.
//!
//!     cargo bench --bench intake -- [--mails N] [--rounds R] [--dir FOLDER] [--settle N] [--judge N] [--growth] [--write FOLDER [--from INDEX]]
//!
//! The bare loop parses the mail, loads the PDF, walks its fields, and commits the raw bytes to SQLite with `synchronous=FULL`.
//! The program does everything: sandboxed child, sealing, reading, judging, case, letters, durable commits. CPU is user + system
//! of this process and of every child it has waited for. Then come the parts, one by one. `--dir` takes mails
//! of your own (one more round of them than R is needed, and 20), `--settle` sends N mails through everything and shows the memory,
//! `--judge` only reads ten mails and judges each N times, for a profiler, `--growth` measures again at 20,000 cases, `--write` only writes the mails as files, for other programs, the first of them of the
//! family `--from`.

#![expect(clippy::unwrap_used, reason = "a measurement stops where it stands when something is wrong")]

mod parts;

use std::path::{Path, PathBuf};
use std::time::Instant;

use focus_family::ambient::Ambient;
use focus_family::config::{MailboxKind, Settings};
use focus_family::daemon::app::{App, Schema};
use focus_family::daemon::round::{settle, take_in};
use focus_family::vault::MasterKey;
use sqlx::{ConnectOptions, Connection};

/// A picture in each form: none, for the sample county's form is of 110 KB by itself and its mail of 150.
const PICTURE_BYTES: usize = 0;

struct Options {
    mails: usize,
    rounds: usize,
    dir: Option<PathBuf>,
    growth: bool,
    write: Option<PathBuf>,
    from: usize,
    /// Mails of an endurance run through everything, sending included.
    settle: usize,
    /// Judgements of each of ten mails, nothing else.
    judge: usize,
}

fn options() -> Options {
    let mut options = Options { mails: 200, rounds: 3, dir: None, growth: false, write: None, from: 0, settle: 0, judge: 0 };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        match word.as_str() {
            "--mails" => options.mails = words.next().and_then(|n| n.parse().ok()).expect("--mails N"),
            "--rounds" => options.rounds = words.next().and_then(|n| n.parse().ok()).expect("--rounds R"),
            "--dir" => options.dir = Some(words.next().expect("--dir FOLDER").into()),
            "--settle" => options.settle = words.next().and_then(|n| n.parse().ok()).expect("--settle N"),
            "--judge" => options.judge = words.next().and_then(|n| n.parse().ok()).expect("--judge N"),
            "--growth" => options.growth = true,
            "--from" => options.from = words.next().and_then(|n| n.parse().ok()).expect("--from INDEX"),
            "--write" => options.write = Some(words.next().expect("--write FOLDER").into()),
            _ => {}
        }
    }
    options
}

/// User and system time of this process, of its children, and of theirs, living and ended, in milliseconds.
fn cpu_ms() -> f64 {
    let own = std::process::id().to_string();
    // A worker that reads mails lives on; what it and the children it waited for used is in its own row.
    let processes = std::fs::read_dir("/proc").expect("Linux").flatten();
    // `self` and `thread-self` stand beside the numbers and would count this process once more.
    let numbered = processes.filter(|process| process.file_name().to_string_lossy().bytes().all(|byte| byte.is_ascii_digit()));
    let rows = numbered.filter_map(|process| std::fs::read_to_string(process.path().join("stat")).ok());
    let ticks: u64 = rows
        .filter_map(|row| {
            let name = row.split(' ').next()?.to_owned();
            let fields: Vec<String> = row.rsplit(") ").next()?.split(' ').map(str::to_owned).collect();
            (name == own || fields[1] == own)
                .then(|| fields[11..15].iter().filter_map(|ticks| ticks.parse::<u64>().ok()).sum::<u64>())
        })
        .sum();
    // USER_HZ is 100 on every Linux this is built for.
    ticks as f64 * 10.0
}

/// As [`cpu_ms`], of this process's living threads alone, and finer than a hundredth of a second.
fn threads_ms() -> f64 {
    let tasks = std::fs::read_dir("/proc/self/task").expect("Linux");
    let nanoseconds = tasks.filter_map(|task| {
        let text = std::fs::read_to_string(task.ok()?.path().join("schedstat")).ok()?;
        text.split(' ').next()?.parse::<u64>().ok()
    });
    nanoseconds.sum::<u64>() as f64 / 1e6
}

fn resident_mb() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux");
    let line = status.lines().find(|line| line.starts_with("VmRSS")).expect("a resident size");
    line.split_whitespace().nth(1).and_then(|kb| kb.parse::<f64>().ok()).expect("a number") / 1024.0
}

/// Mails of about 150 KB with one AcroForm PDF of about 110 KB each, every one of another family.
fn mails(options: &Options, count: usize, from: usize) -> Vec<Vec<u8>> {
    if let Some(dir) = &options.dir {
        let mut files: Vec<PathBuf> = std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()).collect();
        files.sort();
        assert!(files.len() >= from + count, "`--dir` needs {} mails for this many rounds; it has {}", from + count, files.len());
        return files[from..from + count].iter().map(|file| std::fs::read(file).unwrap()).collect();
    }
    family_mails(from, count, PICTURE_BYTES)
}

fn family_mails(from: usize, count: usize, picture_bytes: usize) -> Vec<Vec<u8>> {
    (from..from + count).map(|index| focus_family::demo::bench_mail(index, picture_bytes)).collect()
}

/// Settings of a bare installation in `dir`, live, letters into a Maildir.
fn settings(dir: &Path) -> Settings {
    MasterKey::create(&dir.join("focus-family.key"), &Ambient::Real).expect("a key");
    let text = focus_family::demo::settings_toml(dir, 0, None);
    let file = dir.join("focus-family.toml");
    std::fs::write(&file, text).unwrap();
    Settings::load(Some(&file), std::iter::empty()).expect("good settings")
}

/// Puts `mails` into the folder, as a mail server did a while ago.
fn post(mailbox: &Path, mails: &[Vec<u8>], from: usize) {
    for (index, mail) in mails.iter().enumerate() {
        std::fs::write(mailbox.join("new").join(format!("bench-{:06}", from + index)), mail).unwrap();
    }
}

/// CPU and wall milliseconds a mail; the letters' sending is not part of it, their queueing is.
async fn program(app: &App, mailbox: &Path, mails: &[Vec<u8>], from: usize) -> (f64, f64) {
    post(mailbox, mails, from);
    let (cpu, wall) = (cpu_ms(), Instant::now());
    let mut opened = 0;
    while opened < mails.len() {
        for watched in &app.mailboxes {
            take_in(app, watched).await.unwrap();
        }
        let ended = app.engine.take_next_mails(16).await.unwrap();
        assert!(!ended.is_empty(), "every mail opens a case; {opened} of {} did", mails.len());
        for one in &ended {
            assert!(one.reference.is_some() && !one.letters.is_empty(), "{one:?}");
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

fn median(mut all: Vec<f64>) -> Option<f64> {
    all.sort_by(f64::total_cmp);
    all.get(all.len() / 2).copied()
}

fn main() {
    let options = options();
    if let Some(folder) = &options.write {
        std::fs::create_dir_all(folder).unwrap();
        for index in options.from..options.from + options.mails {
            std::fs::write(folder.join(format!("{index:05}.eml")), &mails(&options, 1, index)[0]).unwrap();
        }
        return;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let dir = std::env::temp_dir().join(format!("focus-family-bench-{}", std::process::id()));
        std::fs::create_dir_all(&dir).unwrap();
        let settings = settings(&dir);
        let MailboxKind::Maildir { path: mailbox } = settings.mailboxes[0].kind.clone() else { panic!("a county has a Maildir") };
        let mut app = App::open(settings, Schema::Migrate).await.expect("an installation");
        app.use_reader_program(env!("CARGO_BIN_EXE_focus-family").into());
        if options.judge > 0 {
            parts::judge_alone(&app, &mails(&options, 10, 0), options.judge);
            std::fs::remove_dir_all(&dir).unwrap();
            return;
        }
        println!("{} mails of {} KB a round, {} rounds in turn", options.mails, mails(&options, 1, 0)[0].len() / 1024, options.rounds);
        // Both warm: pages of the files, prepared child, prepared statements.
        let warm = mails(&options, 20, 0);
        program(&app, &mailbox, &warm, 0).await;
        floor(&dir, &warm).await;
        let (mut ours, mut bare) = (Vec::new(), Vec::new());
        let mut from = 20;
        for round in 0..options.rounds {
            let set = mails(&options, options.mails, from);
            let (a, a_wall) = program(&app, &mailbox, &set, from).await;
            let (b, b_wall) = floor(&dir, &set).await;
            from += options.mails;
            println!("round {round}: program {a:.2} ms CPU ({a_wall:.2} wall), bare loop {b:.2} ms CPU ({b_wall:.2} wall), ratio {:.2}", a / b);
            ours.push(a);
            bare.push(b);
        }
        let (ours, bare) = (median(ours), median(bare));
        if let (Some(a), Some(b)) = (ours, bare) {
            println!("median: program {a:.2} ms CPU a mail, bare loop {b:.2}, ratio {:.2}; resident {:.0} MB", a / b, resident_mb());
            let set = mails(&options, options.mails, from);
            from += options.mails;
            let parts = parts::measure(&app, &set).await;
            let known: f64 = parts.iter().filter(|part| !part.aside).map(|part| part.ms).sum();
            let shown = |name: &str, ms: f64| println!("{ms:7.3} ms {:5.1} % of the bare loop  {name}", 100.0 * ms / b);
            parts.iter().for_each(|part| shown(part.name, part.ms));
            shown("rest: files found, read and moved, threads woken, what was not measured alone", a - known);
        }
        if options.settle > 0 {
            endure(&app, &mailbox, options.settle, from).await;
        }
        if options.growth {
            growth(&app, &mailbox, &options, from).await;
        }
        std::fs::remove_dir_all(&dir).unwrap();
    });
}

/// Mails through everything, letters sent included, and what the process holds meanwhile.
async fn endure(app: &App, mailbox: &Path, count: usize, from: usize) {
    for start in (from..from + count).step_by(500) {
        // Made by another process: what the making of forms leaves behind is no part of the figure.
        let (folder, some) = (mailbox.join("tmp"), (from + count - start).min(500));
        let mut maker = std::process::Command::new(std::env::current_exe().unwrap());
        maker.arg("--write").arg(&folder).args(["--mails", &some.to_string(), "--from", &start.to_string()]);
        assert!(maker.status().unwrap().success());
        for file in std::fs::read_dir(&folder).unwrap().map(|file| file.unwrap()) {
            std::fs::rename(file.path(), mailbox.join("new").join(file.file_name())).unwrap();
        }
        let cpu = cpu_ms();
        let round = settle(app).await.unwrap();
        println!(
            "{} mails settled, {} letters sent, {:.2} ms CPU a mail, resident {:.1} MB",
            start + round.ended.len() - from,
            round.sent.len(),
            (cpu_ms() - cpu) / some as f64,
            resident_mb()
        );
    }
}

/// The program's part at 100 cases and at 20,000, the store filled with small mails in between.
async fn growth(app: &App, mailbox: &Path, options: &Options, mut from: usize) {
    let set = family_mails(from, options.mails, PICTURE_BYTES);
    let before = program(app, mailbox, &set, from).await.0;
    let at = from;
    from += options.mails;
    while from < 20_000 {
        program(app, mailbox, &family_mails(from, 500, 0), from).await;
        from += 500;
    }
    let set = family_mails(from, options.mails, PICTURE_BYTES);
    let after = program(app, mailbox, &set, from).await.0;
    println!(
        "at {at} cases {before:.2} ms CPU a mail, at {from} {after:.2}, ratio {:.2}; resident {:.0} MB",
        after / before,
        resident_mb()
    );
}
