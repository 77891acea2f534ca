//! A sample county whose program can be stopped and started again: one folder, one database, one clock.

use std::path::Path;
use std::sync::Arc;

use base64::Engine as _;
use focus_family::ambient::{Ambient, Script};
use focus_family::config::Settings;
use focus_family::daemon::app::{App, Watched};
use focus_family::daemon::commands::invariants;
use focus_family::delivery::{Captured, Delivery};
use focus_family::demo::county::{self, Nomination};
use focus_family::demo::forms;
use focus_family::domain::case::{Actor, Command, Event};
use focus_family::domain::ids::{AskName, CaseReference, MoveName, RoleName};
use focus_family::domain::letter::Templates;
use focus_family::domain::time::{Date, Instant};
use focus_family::domain::workflow::Programme;
use focus_family::engine::outgoing::Pace;
use focus_family::engine::perform::Performed;
use focus_family::engine::roster::Relation;
use focus_family::engine::{Engine, EngineError};
use focus_family::mailbox::maildir::Maildir;
use focus_family::store::{CaseKey, Store};
use tempfile::TempDir;

use super::engines::House;

/// Where a county's program runs.
pub struct County<'a> {
    house: &'a House,
    /// Mailbox and outbox.
    pub folder: TempDir,
    /// Its clock.
    pub script: Arc<Script>,
    /// What was sent through [`County::captured`] apps.
    pub captured: Captured,
    first: App,
}

impl<'a> County<'a> {
    /// A county on the empty `house`, on a Monday morning.
    pub async fn new(house: &'a House) -> Self {
        Self::with_settings(house, "").await
    }

    /// The same with more lines at the end of its settings.
    pub async fn with_settings(house: &'a House, more: &str) -> Self {
        Self::with(house, |settings| settings + more).await
    }

    /// The same whose mailbox is trusted as these lines say.
    pub async fn with_trust(house: &'a House, lines: &str) -> Self {
        Self::with(house, |settings| settings.replace("trust = \"border_checked\"", lines)).await
    }

    /// The same whose settings were changed in this way.
    pub async fn with(house: &'a House, change: impl FnOnce(String) -> String) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let start: Instant = "2026-09-07T08:00:00Z".parse().unwrap();
        let script = Script::new(start, 7);
        let settings = change(focus_family::demo::settings_toml(folder.path(), 0, Some((start, 7))));
        let settings = Settings::from_text(&settings, &folder.path().join("focus-family.toml"), std::iter::empty()).unwrap();
        let mut first = App::assemble(settings, house.open().await, Ambient::Scripted(script.clone())).unwrap();
        first.use_reader_program(env!("CARGO_BIN_EXE_focus-family").into());
        Self { house, folder, script, captured: Captured::default(), first }
    }

    /// The program, started once more; what it sends ends as files.
    pub async fn start(&self) -> App {
        self.start_on(self.house.open().await)
    }

    /// The same on a store that is open already.
    pub fn start_on(&self, store: Store) -> App {
        let ambient = Ambient::Scripted(self.script.clone());
        let worker = format!("worker-{:08x}", ambient.below(1 << 32));
        let engine = Engine { store, worker: worker.into(), ..self.first.engine.clone() };
        App {
            settings: self.first.settings.clone(),
            engine,
            delivery: Some(Delivery::Maildir { path: self.outbox() }),
            mailboxes: vec![self.watched(&ambient)],
            servers: Vec::new(),
            instead_of: None,
            digests: self.first.digests.clone(),
            housekeeping: self.first.housekeeping.clone(),
            first_look: Default::default(),
            script: None,
        }
    }

    /// The program, started once more with another programme and other words of letters.
    pub async fn start_under(&self, programme: Programme, templates: Templates) -> App {
        let mut app = Box::pin(self.start()).await;
        app.engine.programme = Arc::new(app.engine.pinned(programme).await.unwrap());
        app.engine.templates = Arc::new(templates);
        app.engine.versions = Arc::default();
        app
    }

    /// The program, started once more; what it sends is kept in memory.
    pub async fn start_captured(&self) -> App {
        self.captured_on(self.house.open().await)
    }

    /// The same on a store that is open already.
    pub fn captured_on(&self, store: Store) -> App {
        App { delivery: Some(Delivery::Capture(self.captured.clone())), ..self.start_on(store) }
    }

    fn watched(&self, ambient: &Ambient) -> Watched {
        let maildir = Maildir::open(&self.folder.path().join("mailbox"), ambient).unwrap();
        Watched { name: self.first.mailboxes[0].name.clone(), maildir, look: Default::default() }
    }

    /// Where sent letters lie.
    pub fn outbox(&self) -> std::path::PathBuf {
        self.folder.path().join("outbox")
    }

    /// Puts a mail into the mailbox, as a mail server does.
    pub fn deliver(&self, unique: &str, raw: &[u8]) {
        self.first.mailboxes[0].maildir.deliver(raw, unique).unwrap();
    }

    /// The clock goes on.
    pub fn pass_seconds(&self, seconds: i64) {
        let now = self.first.engine.ambient.now();
        self.script.set(now.checked_add(jiff::SignedDuration::from_secs(seconds)).unwrap());
    }

    /// The clock goes to a time of a day.
    pub fn pass_until(&self, day: Date, hour: i8, minute: i8) {
        self.script.set(self.first.engine.programme.calendar.at(day, hour, minute));
    }

    /// Today in London.
    pub fn today(&self) -> Date {
        self.first.engine.ambient.today()
    }
}

/// Every invariant, the chain of events among them, holds.
pub async fn all_is_well(app: &App, when: &str) {
    let broken = invariants(app).await.unwrap();
    assert!(broken.is_empty(), "{when}: {broken:?}");
    let chain = app.engine.store.verify_chain().await.unwrap();
    assert_eq!(chain.first_bad, None, "{when}: the chain is whole");
}

/// The command of a move by whoever holds `role`; answers as `question=answer`.
pub async fn command(app: &App, reference: &CaseReference, name: &str, role: &str, answers: &[&str]) -> Command {
    let engine = &app.engine;
    let case = engine.case(reference).await.unwrap().case;
    let role = RoleName::new(role).unwrap();
    let relation = Relation { area: case.area.as_ref(), holders: Some(&case.holders) };
    let scope = engine.programme.lifecycle.role(&role).unwrap().scope;
    let holder = engine.roster.holders(scope, &role, relation).into_iter().next().expect("somebody holds the role");
    let answers = answers.iter().map(|pair| pair.split_once('=').expect("question=answer"));
    Command::Record {
        name: MoveName::new(name).unwrap(),
        by: Actor::Person { name: "Somebody".into(), address: holder.address, role },
        answers: answers.map(|(ask, answer)| (AskName::new(ask).unwrap(), answer.to_owned())).collect(),
        reason: Some("because of a test".to_owned()),
    }
}

/// Records a move.
pub async fn record(
    app: &App,
    reference: &CaseReference,
    name: &str,
    role: &str,
    answers: &[&str],
) -> Result<Performed, EngineError> {
    let command = command(app, reference, name, role, answers).await;
    app.engine.perform(&CaseKey::Reference(reference.clone()), &command, Pace::Usual).await
}

/// Everything that happened to a case.
pub async fn history(app: &App, reference: &CaseReference) -> Vec<Event> {
    let id = app.engine.case(reference).await.unwrap().id;
    app.engine.store.history(id).await.unwrap().into_iter().map(|stored| stored.event).collect()
}

/// A mail of `tests/mails` with lines ended as on the wire.
pub fn sample(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/mails").join(format!("{name}.eml"));
    std::fs::read_to_string(path).unwrap().replace("\r\n", "\n").replace('\n', "\r\n")
}

/// A good nomination with a filled Word form; another family for another number.
pub fn nomination(number: u32) -> Vec<u8> {
    let form = form(number);
    mail_with(number, &[("nomination.docx", "application/octet-stream", &forms::nomination_docx(&form))])
}

/// A filled form: two people with two themes each, consent given, an assessment complete.
pub fn form(number: u32) -> Nomination {
    let family = format!("Tranter{}", letters(number));
    let day: Date = "2026-09-01".parse().unwrap();
    // Another family has other people in another house, or it would be taken for one that is known.
    let other = number.saturating_sub(1);
    let pick = |names: [&'static str; 7]| names[usize::try_from(other).unwrap() % names.len()];
    let born = |day: u32, month: u32, year: u32| {
        format!("{:02}/{:02}/{}", 1 + (day - 1 + 5 * other) % 28, 1 + (month - 1 + other) % 12, year + other % 9)
    };
    let father = pick(["Wilf", "Brandon", "Clive", "Desmond", "Everett", "Fergus", "Gordon"]);
    let daughter = pick(["Odette", "Perpetua", "Quilla", "Rosalba", "Saskia", "Thora", "Una"]);
    let people = [
        county::member(&family, [father, "Father", "M", ""], born(14, 2, 1985), &["work_finance", "health"]),
        county::member(&family, [daughter, "Daughter", "F", "Westbeck Academy"], born(3, 6, 2013), &["crime_asb", "education"]),
    ];
    Nomination {
        referrer: county::referrer([
            "Frances Tolson",
            "Family Support Worker",
            "Lakefoot Families",
            &referrer(number),
            "01632 960417",
        ]),
        address: format!("{} Quarry Rigg, Whitehaven", 9 + other),
        postcode: "CA28 8XX".to_owned(),
        agencies: Vec::new(),
        assessment: format!("Completed {}", county::slashed(day)),
        plan: "None".to_owned(),
        reason: "The family asked for one plan that everybody works to.".to_owned(),
        consent: Some((people[0].name(), county::slashed(day))),
        members: people.into(),
    }
}

/// The address of the good mail of a number.
pub fn referrer(number: u32) -> String {
    format!("frances.tolson{number}@lakefoot-families.example.org")
}

/// A mail from [`referrer`] with files: name, type, bytes.
pub fn mail_with(number: u32, files: &[(&str, &str, &[u8])]) -> Vec<u8> {
    let mut out = format!(
        "From: Frances Tolson <{}>\r\nTo: focusfamily@council.example.org\r\nSubject: Nomination\r\n\
         Date: Mon, 7 Sep 2026 08:28:02 +0100\r\nMessage-ID: <mail-{number}@lakefoot-families.example.org>\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/mixed; boundary=\"edge\"\r\n\r\n\
         --edge\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nPlease find a nomination from us.\r\n",
        referrer(number)
    );
    for (name, kind, bytes) in files {
        let coded = base64::engine::general_purpose::STANDARD.encode(bytes);
        let lines: Vec<&str> = coded.as_bytes().chunks(76).map(|line| std::str::from_utf8(line).unwrap()).collect();
        out.push_str(&format!(
            "--edge\r\nContent-Type: {kind}\r\nContent-Transfer-Encoding: base64\r\n\
             Content-Disposition: attachment; filename=\"{name}\"\r\n\r\n{}\r\n",
            lines.join("\r\n")
        ));
    }
    out.push_str("--edge--\r\n");
    out.into_bytes()
}

fn letters(mut number: u32) -> String {
    let mut word = String::new();
    while number > 0 {
        word.push(char::from(b'a' + u8::try_from(number % 26).expect("below 26")));
        number /= 26;
    }
    word
}
