//! Where a daemon lives, is killed, and lives again an hour later.

use std::collections::BTreeMap;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant as Moment};

use focus_family::config::Settings;
use focus_family::daemon::app::{App, Schema};
use focus_family::domain::time::Instant;
use focus_family::store::{LetterFilter, LetterRow, LetterState, MailFilter, MailRow};

use crate::delivery::sink::{Heard, Protects, Sink};

/// What a run waits for something that must happen, at most.
const PATIENCE: Duration = Duration::from_secs(900);

/// A folder with settings, a key and whatever the daemon keeps; a mail server outside of it hears its letters.
pub struct Place {
    pub folder: PathBuf,
    pub sink: Sink,
    lives: u32,
    start: Instant,
}

impl Place {
    /// Settings of the sample county in `folder`, each of `changes` made to them, letters by SMTP to a server of the test's.
    pub fn new(folder: &Path, changes: &[(&str, &str)]) -> Self {
        let start: Instant = "2026-09-07T08:00:00Z".parse().unwrap();
        let sink = Sink::endless(Protects::No);
        let smtp = format!("kind = \"smtp\"\nhost = \"localhost\"\nport = {}\ntls = \"none\"\n", sink.port);
        let mut text = focus_family::demo::settings_toml(folder, 0, Some((start, 7)));
        for (from, to) in [("kind = \"maildir\"\npath = \"outbox\"\n", smtp.as_str())].iter().chain(changes) {
            assert!(text.contains(from), "`{from}` is not in the settings");
            text = text.replacen(from, to, 1);
        }
        std::fs::write(folder.join("focus-family.toml"), text).unwrap();
        focus_family::vault::MasterKey::create(&folder.join("focus-family.key"), &focus_family::ambient::Ambient::Real).unwrap();
        Self { folder: folder.to_owned(), sink, lives: 0, start }
    }

    fn settings_file(&self) -> PathBuf {
        self.folder.join("focus-family.toml")
    }

    /// The clock of the life number `lives`: a clock that stands still while it lives, an hour later in the next.
    fn environment(&self) -> [(String, String); 2] {
        let now = self.start.checked_add(jiff::SignedDuration::from_hours(i64::from(self.lives))).unwrap();
        [
            ("FOCUS_FAMILY__CLOCK__START".to_owned(), now.to_string()),
            ("FOCUS_FAMILY__CLOCK__SEED".to_owned(), (1_000 + self.lives).to_string()),
        ]
    }

    /// Starts the daemon once more, an hour after its last start; `under` is a program that runs it, with its words.
    pub fn live(&mut self, under: &[String]) -> Life {
        self.live_saying(under, "warn")
    }

    /// The same; `level` is how much it writes into its log.
    pub fn live_saying(&mut self, under: &[String], level: &str) -> Life {
        self.lives += 1;
        let log = self.folder.join("daemon.log");
        let written = std::fs::File::create(&log).unwrap();
        // Figures are of a release build; the tests themselves are not.
        let program = std::env::var("FOCUS_FAMILY_PROGRAM").unwrap_or_else(|_| env!("CARGO_BIN_EXE_focus-family").to_owned());
        let words: Vec<String> = under.iter().cloned().chain([program, "serve".to_owned(), "--config".to_owned()]).collect();
        let child = Command::new(&words[0])
            .args(&words[1..])
            .arg(self.settings_file())
            .envs(self.environment())
            .env("RUST_LOG", level)
            .stdin(Stdio::null())
            .stdout(written.try_clone().unwrap())
            .stderr(written)
            .process_group(0)
            .spawn()
            .unwrap_or_else(|error| panic!("cannot start {words:?}: {error}"));
        Life { child, log }
    }

    /// The program's own rooms, opened beside the daemon at the clock of its newest life.
    pub async fn open(&self) -> App {
        let settings = Settings::load(Some(&self.settings_file()), self.environment().into_iter()).expect("good settings");
        let mut app = App::open(settings, Schema::AsItIs).await.expect("what a killed daemon left can be opened");
        app.use_reader_program(env!("CARGO_BIN_EXE_focus-family").into());
        app
    }

    /// Lets the daemon live, never killed at work, until it has taken in `mails` and nothing is left to do; then ends it.
    pub async fn settle(&mut self, mails: usize) -> App {
        loop {
            let life = self.live(&[]);
            let since = Moment::now();
            life.ready();
            let app = self.open().await;
            // What may leave in this hour has left when nothing has moved for a while: the rest is due in the next.
            let (mut quiet, mut before) = (0, 0);
            while quiet < 8 {
                assert!(since.elapsed() < PATIENCE, "it never came to rest: {}", life.told());
                std::thread::sleep(Duration::from_millis(150));
                let (stored, moving) = (rows(&app).await, in_hand(&app).await);
                let ended = stored.len() >= mails && stored.iter().all(|row| row.end.is_some());
                quiet = if ended && moving == before { quiet + 1 } else { 0 };
                before = moving;
            }
            let waiting = to_leave(&app).await;
            life.kill();
            if waiting == 0 {
                return app;
            }
            app.engine.store.close().await;
        }
    }

    /// What reached the mail server: each Message-ID with how often it came.
    pub fn heard(&self) -> BTreeMap<String, Vec<Heard>> {
        let mut heard: BTreeMap<String, Vec<Heard>> = BTreeMap::new();
        for letter in self.sink.heard() {
            let message = mail_parser::MessageParser::default().parse(&letter.message).expect("a mail of ours");
            let id = format!("<{}>", message.message_id().expect("it has one"));
            heard.entry(id).or_default().push(letter);
        }
        heard
    }
}

/// Every row of the ledger.
pub async fn rows(app: &App) -> Vec<MailRow> {
    let filter = MailFilter { oldest_first: true, limit: 100_000, ..MailFilter::default() };
    app.engine.store.mails(&filter).await.unwrap()
}

/// Every letter in this state.
pub async fn letters(app: &App, state: LetterState) -> Vec<LetterRow> {
    app.engine.store.letters(&LetterFilter { state: Some(state), limit: 100_000, ..LetterFilter::default() }).await.unwrap()
}

/// Letters that could leave now.
pub async fn in_hand(app: &App) -> usize {
    in_hand_but(app, None).await
}

/// The same without letters of this name.
pub async fn in_hand_but(app: &App, without: Option<&str>) -> usize {
    let now = app.engine.ambient.now();
    let is_in_hand = |row: &&LetterRow| row.due_at <= now && without != Some(row.letter.as_str());
    let mut due = 0;
    for state in [LetterState::Queued, LetterState::Sending, LetterState::Unsure] {
        due += letters(app, state).await.iter().filter(is_in_hand).count();
    }
    due
}

/// Letters that are to leave at some time by themselves: what a slow machine still has in hand counts, and so do answers
/// that wait for the next hour of their recipient. Reminders wait for the digest of a day that never comes here.
async fn to_leave(app: &App) -> usize {
    let mut waiting = 0;
    for state in [LetterState::Queued, LetterState::Sending, LetterState::Unsure] {
        waiting += letters(app, state).await.len();
    }
    waiting + letters(app, LetterState::Gathering).await.iter().filter(|row| row.automatic_answer).count()
}

/// A running daemon; ends with this value.
pub struct Life {
    child: Child,
    log: PathBuf,
}

impl Life {
    /// Waits until it watches its mailboxes.
    pub fn ready(&self) {
        let since = Moment::now();
        while !self.told().contains("ready:") {
            assert!(since.elapsed() < PATIENCE, "it does not start: {}", self.told());
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// What it said.
    pub fn told(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// Its number among the processes.
    pub fn process(&self) -> u32 {
        self.child.id()
    }

    /// Whether it still runs.
    pub fn lives(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// `SIGKILL`, then waits for its end.
    pub fn kill(self) {
        drop(self);
    }
}

impl Drop for Life {
    fn drop(&mut self) {
        // Its whole group: a daemon under another program must not outlive that one. What has ended already is as well.
        let group = format!("-{}", self.child.id());
        let _ended = Command::new("kill").args(["-9", "--", &group]).stderr(Stdio::null()).status();
        let _waited = self.child.wait();
    }
}

/// How many processes run from `folder`, whoever started them: a killed daemon leaves none.
pub fn processes_of(folder: &Path) -> usize {
    let folder = folder.to_str().unwrap().as_bytes().to_vec();
    let processes = std::fs::read_dir("/proc").expect("Linux").flatten();
    let lines = processes.filter_map(|process| std::fs::read(process.path().join("cmdline")).ok());
    lines.filter(|line| line.windows(folder.len()).any(|part| part == folder)).count()
}
