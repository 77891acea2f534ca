//! Journeys: mail in, days pass, people record, mail out. Each `tests/journeys/*.txt` is a session: lines that begin with `> ` are
//! said, the lines below are what the program did. Every journey runs on both engines and must read the same.
//!
//! `FOCUS_FAMILY_BLESS=1 ./test journeys` writes what happens into the files; read the difference before you keep it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use focus_family::ambient::{Ambient, Script};
use focus_family::config::Settings;
use focus_family::daemon::app::App;
use focus_family::daemon::round::{Round, settle};
use focus_family::domain::case::{Actor, Case, Command, DraftFate, Event};
use focus_family::domain::ids::{AskName, CaseReference, MoveName, RoleName};
use focus_family::domain::time::Date;
use focus_family::domain::workflow::RequestKind;
use focus_family::engine::EngineError;
use focus_family::engine::outgoing::Pace;
use focus_family::engine::roster::Relation;
use focus_family::engine::settle::{Settlement, Settler};
use focus_family::store::{CaseKey, MailFilter, Store, TaskFilter};
use mail_parser::MimeHeaders;

use crate::support::engines::for_each_engine;

#[test]
fn every_journey_reads_as_its_file_says_on_both_engines() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/journeys");
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "txt"));
    files.sort();
    assert!(files.len() >= 6, "the journeys are there");
    let mut wrong = Vec::new();
    for file in &files {
        let script = std::fs::read_to_string(file).unwrap();
        let first: Mutex<Option<String>> = Mutex::new(None);
        for_each_engine(async |store| {
            let engine = store.engine();
            let told = Journey::run(store, &script).await;
            let mut first = first.lock().unwrap();
            match first.as_ref() {
                Some(first) => assert_eq!(*first, told, "{}: {engine} tells another story", file.display()),
                None => *first = Some(told),
            }
        });
        let told = first.into_inner().unwrap().expect("at least one engine");
        if told != script {
            if std::env::var_os("FOCUS_FAMILY_BLESS").is_some() {
                std::fs::write(file, &told).unwrap();
            } else {
                wrong.push(format!("{}:\n{}", file.display(), difference(&script, &told)));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn difference(expected: &str, told: &str) -> String {
    let (expected, told): (Vec<&str>, Vec<&str>) = (expected.lines().collect(), told.lines().collect());
    let same = expected.iter().zip(&told).take_while(|(a, b)| a == b).count();
    let show = |lines: &[&str]| lines.iter().skip(same).take(6).map(|line| format!("    {line}\n")).collect::<String>();
    format!("  from line {}, the file says\n{}  but this happened\n{}", same + 1, show(&expected), show(&told))
}

/// One session.
struct Journey {
    app: App,
    script: Arc<Script>,
    folder: tempfile::TempDir,
    told: String,
    reference: Option<CaseReference>,
    mails: u32,
}

impl Journey {
    async fn run(store: Store, text: &str) -> String {
        let folder = tempfile::tempdir().unwrap();
        let start = "2026-09-07T08:00:00Z".parse().unwrap();
        let script = Script::new(start, 7);
        let settings = focus_family::demo::settings_toml(folder.path(), 0, Some((start, 7)));
        let settings = Settings::from_text(&settings, &folder.path().join("focus-family.toml"), std::iter::empty()).unwrap();
        let mut app = App::assemble(settings, store, Ambient::Scripted(script.clone())).unwrap();
        app.use_reader_program(env!("CARGO_BIN_EXE_focus-family").into());
        let mut journey = Self { app, script, folder, told: String::new(), reference: None, mails: 0 };
        for line in text.lines() {
            if line.starts_with('#') || line.is_empty() {
                journey.told.push_str(line);
                journey.told.push('\n');
            } else if let Some(said) = line.strip_prefix("> ") {
                journey.told.push_str(line);
                journey.told.push('\n');
                journey.say(said).await;
            }
        }
        let broken = focus_family::daemon::commands::invariants(&journey.app).await.unwrap();
        assert!(broken.is_empty(), "invariants are broken at the end: {broken:?}");
        journey.told
    }

    fn tell(&mut self, line: &str) {
        let line = masked(line);
        self.told.push_str("  ");
        self.told.push_str(&line);
        self.told.push('\n');
    }

    async fn say(&mut self, said: &str) {
        let (word, rest) = said.split_once(' ').unwrap_or((said, ""));
        match word {
            "on" => {
                let (day, time) = rest.split_once(' ').unwrap_or((rest, "09:30"));
                let (hour, minute) = time.split_once(':').unwrap();
                let day: Date = day.parse().unwrap();
                self.script.set(self.app.engine.programme.calendar.at(day, hour.parse().unwrap(), minute.parse().unwrap()));
                self.settle().await;
            }
            "until" => self.pass_until(rest.parse().unwrap()).await,
            "down" => {
                // The program was off: the clock moves, nothing runs meanwhile.
                let day: Date = rest.parse().unwrap();
                self.script.set(self.app.engine.programme.calendar.at(day, 9, 30));
                self.settle().await;
            }
            "mail" => self.mail(rest).await,
            "record" => self.record(rest).await,
            "offers" => self.offers(rest).await,
            "case" => self.show().await,
            "letter" => self.letter(rest),
            "calendar" => self.calendar(rest),
            "draft" if rest.is_empty() => self.drafts().await,
            "draft" => self.settle_draft(rest).await,
            "meeting" => self.meeting().await,
            "shared" => self.shared().await,
            "settle" => self.settle_mail(rest).await,
            "tasks" => self.tasks().await,
            other => panic!("a journey does not know `{other}`"),
        }
    }

    /// Hour by hour through every day, as a running daemon would.
    async fn pass_until(&mut self, last: Date) {
        let mut day = self.app.engine.ambient.today();
        while day < last {
            day = day.tomorrow().unwrap();
            for hour in [7, 8, 12] {
                self.script.set(self.app.engine.programme.calendar.at(day, hour, 30));
                self.settle().await;
            }
        }
    }

    async fn settle(&mut self) {
        let round = settle(&self.app).await.unwrap();
        self.tell_round(&round);
    }

    fn tell_round(&mut self, round: &Round) {
        let today = self.app.engine.ambient.today();
        for ended in &round.ended {
            if let Some(reference) = &ended.reference {
                self.reference = Some(reference.clone());
            }
            self.tell(&focus_family::daemon::commands::mail_line(&self.app.engine.programme, ended));
        }
        for fired in &round.fired {
            self.tell(&format!("{today} timer {} {}: {}", fired.timer, fired.rung, list(&fired.letters)));
        }
        if round.digests > 0 {
            self.tell(&format!("{today} reminders gathered for {} people", round.digests));
        }
        for sent in &round.sent {
            let reason = sent.reason.as_deref().map(|reason| format!(": {reason}")).unwrap_or_default();
            self.tell(&format!("{today} letter {} {}{reason}", sent.letter, sent.fate));
        }
    }

    async fn mail(&mut self, rest: &str) {
        let (name, answers) = rest.split_once(" answering ").map_or((rest, None), |(name, letter)| (name, Some(letter)));
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/mails").join(format!("{name}.eml"));
        let mut raw = std::fs::read_to_string(&path).unwrap_or_else(|_| panic!("there is no {}", path.display()));
        if let Some(letter) = answers {
            let id = self.newest(letter).1;
            raw = raw.replacen("Subject:", &format!("In-Reply-To: {id}\nSubject:"), 1);
        }
        self.mails += 1;
        let raw = raw.replace("\r\n", "\n").replace('\n', "\r\n");
        self.app.mailboxes[0].maildir.deliver(raw.as_bytes(), &format!("journey-{}", self.mails)).unwrap();
        self.settle().await;
    }

    async fn record(&mut self, rest: &str) {
        let (words, because) = rest.split_once(" because ").map_or((rest, None), |(words, why)| (words, Some(why.to_owned())));
        let (name, rest) = words.split_once(" as ").expect("record MOVE as ROLE");
        let mut parts = rest.split(", ");
        let role = RoleName::new(parts.next().unwrap()).unwrap();
        let answers: BTreeMap<AskName, String> = parts
            .map(|pair| pair.split_once('=').expect("question=answer"))
            .map(|(ask, answer)| (AskName::new(ask).unwrap(), answer.to_owned()))
            .collect();
        let case = self.load().await;
        let by = self.who(&case, &role);
        let command = Command::Record { name: MoveName::new(name).unwrap(), by, answers, reason: because };
        let key = CaseKey::Reference(self.reference.clone().unwrap());
        match self.app.engine.perform(&key, &command, Pace::Usual).await {
            Ok(done) => {
                for event in &done.events {
                    if let Event::StageEntered { to, because, .. } = event {
                        self.tell(&format!("now in {to}: {because}"));
                    }
                }
                self.tell(&format!("letters: {}", list(&done.letters)));
            }
            Err(EngineError::Refused(refusal)) => {
                for defect in &refusal.defects {
                    self.tell(&format!("refused: {defect}"));
                }
            }
            Err(error) => panic!("{error}"),
        }
        self.settle().await;
    }

    /// `settle END [WHAT] by LOCAL`: says what becomes of the newest mail.
    async fn settle_mail(&mut self, rest: &str) {
        let (wish, by) = rest.split_once(" by ").expect("settle END by LOCAL");
        let (end, what) = wish.split_once(' ').unwrap_or((wish, ""));
        let kind = |name: &str| RequestKind::ALL.into_iter().find(|kind| kind.as_str() == name).expect("a kind of request");
        let wish = match end {
            "nomination" => Settlement::Nomination { from_family: what == "from_family" },
            "detach" => Settlement::Detached,
            "case" => Settlement::Case(self.reference.clone().expect("a case was opened")),
            "request" => Settlement::Request(kind(what)),
            "answered" => Settlement::Answered,
            "nothing" => Settlement::Nothing,
            other => panic!("a mail does not end as `{other}`"),
        };
        let store = &self.app.engine.store;
        let all = store.mails(&MailFilter::default()).await.unwrap();
        let newest = all.iter().max_by_key(|row| row.uid.clone()).expect("a mail came").receipt.clone();
        let settler =
            Settler { by: format!("{by}@council.example.org").as_str().into(), because: Some("it was looked at".into()) };
        match self.app.engine.settle_mail(&newest, &wish, &settler).await {
            Ok(ended) => {
                if let Some(reference) = &ended.reference {
                    self.reference = Some(reference.clone());
                }
                self.tell(&focus_family::daemon::commands::mail_line(&self.app.engine.programme, &ended));
            }
            Err(EngineError::Refused(refusal)) => self.tell(&format!("refused: {refusal}")),
            Err(error) => panic!("{error}"),
        }
        self.settle().await;
    }

    /// The open worklist.
    async fn tasks(&mut self) {
        let tasks = self.app.engine.store.tasks(&TaskFilter::default()).await.unwrap();
        for task in &tasks {
            self.tell(&format!("{} by {}: {}", task.role, task.due_on, task.says));
        }
        if tasks.is_empty() {
            self.tell("nothing is to be done");
        }
    }

    fn who(&self, case: &Case, role: &RoleName) -> Actor {
        let engine = &self.app.engine;
        let relation = Relation { area: case.area.as_ref(), holders: Some(&case.holders) };
        let scope = engine.programme.lifecycle.role(role).unwrap_or_else(|| panic!("no role {role}")).scope;
        let address = engine
            .roster
            .holders(scope, role, relation)
            .into_iter()
            .next()
            .map_or_else(|| "nobody@example.org".into(), |recipient| recipient.address);
        Actor::Person { name: "Somebody".into(), address, role: role.clone() }
    }

    async fn load(&self) -> Case {
        let key = CaseKey::Reference(self.reference.clone().expect("a case was opened"));
        self.app.engine.store.load_case(&key).await.unwrap().expect("it is stored").case
    }

    async fn offers(&mut self, role: &str) {
        let case = self.load().await;
        let role = (!role.is_empty()).then(|| RoleName::new(role).unwrap());
        let offers = focus_family::domain::case::offers(&case, &self.app.engine.world(), role.as_ref());
        let open: Vec<String> =
            offers.iter().filter(|offer| offer.closed_because.is_empty()).map(|offer| offer.name.to_string()).collect();
        self.tell(&format!("open: {}", open.join(", ")));
    }

    async fn show(&mut self) {
        let case = self.load().await;
        let area = case.area.as_ref().map_or("no area", |area| area.as_str());
        let due = focus_family::domain::case::next_due(&case).map(|(on, timer)| format!("{timer} on {on}"));
        let line = format!("{} {} {area}, next: {}", case.stage, case.verdict.grade, due.as_deref().unwrap_or("nothing"));
        self.tell(&line);
    }

    /// Shows the newest letter of that name: its receiver, subject and text.
    fn letter(&mut self, name: &str) {
        let (text, _) = self.newest(name);
        for line in text.lines() {
            self.tell(line);
        }
    }

    /// Answers by mail that wait.
    async fn drafts(&mut self) {
        let case = self.load().await;
        if case.drafts.is_empty() {
            self.tell("no draft waits");
        }
        for draft in &case.drafts {
            let said: Vec<String> =
                draft.answers.iter().map(|(ask, text)| format!("{ask}={}", text.as_text().replace('\n', " / "))).collect();
            self.tell(&format!("{}: {} {}; unclear {:?}", draft.key, draft.records, said.join(", "), draft.unclear));
        }
    }

    /// `draft confirm|drop as ROLE, question=answer … because WHY`.
    async fn settle_draft(&mut self, rest: &str) {
        let (words, because) = rest.split_once(" because ").map_or((rest, None), |(words, why)| (words, Some(why.to_owned())));
        let (fate, rest) = words.split_once(" as ").expect("draft FATE as ROLE");
        let mut parts = rest.split(", ");
        let role = RoleName::new(parts.next().unwrap()).unwrap();
        let mut answers: BTreeMap<AskName, String> = parts
            .map(|pair| pair.split_once('=').expect("question=answer"))
            .map(|(ask, answer)| (AskName::new(ask).unwrap(), answer.to_owned()))
            .collect();
        let draft = answers.remove("draft");
        let case = self.load().await;
        let by = self.who(&case, &role);
        let fate = if fate == "confirm" { DraftFate::Confirm } else { DraftFate::Drop };
        let command = Command::SettleDraft { draft, fate, by, answers, reason: because };
        let key = CaseKey::Reference(self.reference.clone().unwrap());
        match self.app.engine.perform(&key, &command, Pace::Usual).await {
            Ok(done) => self.tell(&format!("settled; letters: {}", list(&done.letters))),
            Err(EngineError::Refused(refusal)) => {
                refusal.defects.iter().for_each(|defect| self.tell(&format!("refused: {defect}")))
            }
            Err(error) => panic!("{error}"),
        }
        self.settle().await;
    }

    /// The agenda of the next meeting of the case's area.
    async fn meeting(&mut self) {
        let case = self.load().await;
        let engine = self.app.engine.clone();
        let (meeting, area) = (engine.meeting(None).unwrap(), case.area.expect("the area is known"));
        let day = engine.next_meeting(meeting, &area, engine.ambient.today()).await.unwrap();
        let agenda = engine.agenda(meeting, &area, day).await.unwrap();
        self.tell(&format!("{} of {area} on {day}: {} to come", meeting.title, engine.members_of(meeting, &area).len()));
        for (stored, entry) in &agenda.entries {
            self.tell(&format!("{}: {}", stored.case.reference, entry.says()));
        }
    }

    /// What was shared of the case.
    async fn shared(&mut self) {
        let key = CaseKey::Reference(self.reference.clone().expect("a case was opened"));
        let stored = self.app.engine.store.load_case(&key).await.unwrap().expect("it is stored");
        for line in self.app.engine.shared(&stored).await.unwrap() {
            let on = focus_family::domain::time::london_date(line.at);
            self.tell(&format!("{on} {} with {}: {} ({}), {}", line.state, line.role, line.what, line.holds, line.basis));
        }
    }

    /// Shows the calendar part of the newest letter of that name, without what is drawn.
    fn calendar(&mut self, name: &str) {
        let Some(raw) = self.newest_bytes(name) else { return self.tell(&format!("no letter {name} was sent")) };
        let message = mail_parser::MessageParser::default().parse(&raw).expect("a mail of ours");
        let part = message.parts.iter().find(|part| part.is_content_type("text", "calendar"));
        let text = part.and_then(|part| part.text_contents()).unwrap_or("no calendar part").replace("\r\n ", "");
        let shown = ["METHOD", "SEQUENCE", "DTSTART", "DTEND", "SUMMARY", "STATUS", "ATTENDEE", "no "];
        for line in text.lines().filter(|line| shown.iter().any(|wanted| line.starts_with(wanted))) {
            if !line.ends_with("T010000") && !line.ends_with("T020000") {
                self.tell(line);
            }
        }
    }

    /// Text and Message-ID of the newest captured mail of a letter.
    fn newest(&self, letter: &str) -> (String, String) {
        let Some(raw) = self.newest_bytes(letter) else { return (format!("no letter {letter} was sent"), String::new()) };
        let message = mail_parser::MessageParser::default().parse(&raw).expect("a mail of ours");
        let to = message.to().and_then(|to| to.first()).and_then(|to| to.address()).unwrap_or_default();
        let subject = message.subject().unwrap_or_default();
        let body = message.body_text(0).unwrap_or_default().replace("\r\n", "\n");
        let text = format!("To: {to}\nSubject: {subject}\n\n{}", body.trim_end());
        (text, format!("<{}>", message.message_id().unwrap_or_default()))
    }

    /// The newest captured mail of a letter.
    fn newest_bytes(&self, letter: &str) -> Option<Vec<u8>> {
        let mut found: Vec<(std::time::SystemTime, PathBuf)> = Vec::new();
        let mut folders = vec![self.folder.path().join("outbox")];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).into_iter().flatten().map(Result::unwrap) {
                let path = entry.path();
                if path.is_dir() { folders.push(path) } else { found.push((entry.metadata().unwrap().modified().unwrap(), path)) }
            }
        }
        found.sort();
        for (_, path) in found.iter().rev() {
            let raw = std::fs::read(path).unwrap();
            let message = mail_parser::MessageParser::default().parse(&raw).expect("a mail of ours");
            let template = message.header("X-FF-Template").and_then(|value| value.as_text()).unwrap_or_default();
            let found = template.split('/').next() == Some(letter);
            if found {
                return Some(raw);
            }
        }
        None
    }
}

/// References and receipts are drawn; a story reads the same without them.
fn masked(line: &str) -> String {
    let mut told = String::new();
    let mut rest = line;
    while let Some(at) = rest.find("FF-") {
        let (before, found) = rest.split_at(at);
        told.push_str(before);
        let end = found.find(|c: char| !(c.is_ascii_alphanumeric() || c == '-')).unwrap_or(found.len());
        told.push_str(if found.starts_with("FF-E-") { "FF-RECEIPT" } else { "FF-REF" });
        rest = &found[end..];
    }
    told + rest
}

fn list(letters: &[String]) -> String {
    if letters.is_empty() { "none".to_owned() } else { letters.join(", ") }
}
