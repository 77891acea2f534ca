//! `demo`: a sample county in a folder of its own. The same daemon, engine, store and letters as in production; only the clock of
//! `--days` is scripted, the people are drawn (`demo::actors`), and letters end as files.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::civil::Weekday;

use crate::ambient::{Ambient, Script};
use crate::cli::print::{Paint, Table, Tone, line as say};
use crate::config::{Settings, own};
use crate::daemon::app::{App, Schema, StartError};
use crate::daemon::round::{Round, RoundError, settle};
use crate::daemon::simulate::who;
use crate::demo::actors::{Actors, Doing};
use crate::domain::case::{Command, DraftFate, Event};
use crate::domain::time::Date;
use crate::engine::EngineError;
use crate::engine::outgoing::Pace;
use crate::mailbox::maildir::MaildirError;
use crate::store::{CaseFilter, CaseKey, LetterFilter, LetterState, MailFilter};
use crate::vault::{MasterKey, VaultError};

/// The day the scripted county begins: a Monday in term time.
const FIRST_DAY: Date = jiff::civil::date(2026, 9, 7);
/// Mails of a county that runs by the machine's clock.
const SAMPLE_MAILS: usize = 19;
/// Everything drawn follows from this number.
const SEED: u64 = 2026;
/// Mails that arrive while days pass: one on each of these days from the first.
const MAIL_DAYS: &[i64] = &[0, 0, 0, 0, 1, 1, 2, 3, 3, 4, 7, 8, 10, 14];

/// The letter that one keyworker answers by mail.
const REVIEW_FORM: &str = "review_form";

/// Why the demonstration stopped.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// The folder is there and is no county.
    #[error("`{}` is not empty and holds no sample county; name a new folder with --dir", .0.display())]
    Occupied(PathBuf),
    /// The folder cannot be written.
    #[error("cannot write `{}`", path.display())]
    Write {
        /// What was written.
        path: PathBuf,
        /// Why it could not.
        #[source]
        cause: std::io::Error,
    },
    /// The county's own settings were refused; a fault of the program.
    #[error("the county's settings have defects: {0}")]
    Settings(String),
    /// The installation could not be opened.
    #[error(transparent)]
    Start(#[from] StartError),
    /// The key.
    #[error(transparent)]
    Key(#[from] VaultError),
    /// The mailbox.
    #[error(transparent)]
    Mailbox(#[from] MaildirError),
    /// A round.
    #[error(transparent)]
    Round(#[from] RoundError),
    /// The engine.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The terminal went away.
    #[error("cannot write to the terminal")]
    Terminal(#[from] std::io::Error),
    /// The folder runs by the machine's clock.
    #[error("this county runs by the machine's clock; let days pass in a new folder")]
    NotScripted,
    /// What should hold at the end does not.
    #[error("{0}")]
    Broken(String),
}

/// The county's folder, made ready.
pub struct County {
    /// The folder.
    pub dir: PathBuf,
    /// Its settings file.
    pub settings_file: PathBuf,
    /// Whether it was there before.
    pub old: bool,
}

/// Makes `dir` a sample county: settings, key, Maildir. A folder that already is one is used as it is.
///
/// # Errors
/// [`DemoError::Occupied`] for a folder with other things in it.
pub fn prepare(dir: Option<PathBuf>, port: u16, scripted: bool) -> Result<County, DemoError> {
    let ambient = Ambient::Real;
    let dir = dir.unwrap_or_else(|| std::env::temp_dir().join(format!("focus-family-demo-{:08x}", ambient.bits() as u32)));
    let settings_file = dir.join(crate::config::FILE_NAME);
    let write = |path: &Path| {
        let path = path.to_owned();
        move |cause| DemoError::Write { path, cause }
    };
    if settings_file.exists() {
        return Ok(County { dir, settings_file, old: true });
    }
    let empty = std::fs::read_dir(&dir).map_or(true, |mut entries| entries.next().is_none());
    if !empty {
        return Err(DemoError::Occupied(dir));
    }
    own::folder(&dir).map_err(write(&dir))?;
    let dir = std::fs::canonicalize(&dir).map_err(write(&dir))?;
    let settings_file = dir.join(crate::config::FILE_NAME);
    let clock = scripted.then(|| FIRST_DAY.at(8, 0, 0, 0).in_tz("Europe/London").expect("the zone is built in").timestamp());
    let text = crate::demo::settings_toml(&dir, port, clock.map(|start| (start, SEED)));
    own::write(&settings_file, text).map_err(write(&settings_file))?;
    let county = County { dir, settings_file, old: false };
    MasterKey::create(&settings(&county)?.master_key_file, &ambient)?;
    Ok(county)
}

/// The county's settings, read from its folder like any other's.
///
/// # Errors
/// [`DemoError::Settings`].
pub fn settings(county: &County) -> Result<Settings, DemoError> {
    let settings = Settings::load(Some(&county.settings_file), std::iter::empty())
        .map_err(|defects| DemoError::Settings(defects.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")))?;
    // Whatever the folder is, a demonstration sends nothing: its letters end as files inside it.
    let inside =
        |path: &Path| std::fs::canonicalize(&county.dir).is_ok_and(|dir| path.starts_with(&dir) || path.starts_with(&county.dir));
    match &settings.delivery {
        crate::config::Delivery::Maildir { path } if inside(path) => Ok(settings),
        _ => Err(DemoError::Occupied(county.dir.clone())),
    }
}

/// Lets `days` pass and prints what happens. Ends with the invariants checked.
///
/// # Errors
/// [`DemoError`]; a broken invariant is one.
pub async fn pass_days(county: &County, days: u32, paint: Paint) -> Result<(), DemoError> {
    let settings = settings(county)?;
    let app = App::open(settings, Schema::Migrate).await?;
    let Some(script) = app.script.clone() else { return Err(DemoError::NotScripted) };
    let mut county = Days::resume(app, script, days, paint).await?;
    county.opening()?;
    for day in 0..i64::from(days) {
        county.day(day).await?;
    }
    county.closing().await?;
    county.app.close().await.map_err(EngineError::from)?;
    Ok(())
}

/// The county while days pass.
struct Days {
    app: App,
    script: Arc<Script>,
    first: Date,
    actors: Actors,
    days: u32,
    paint: Paint,
    /// One keyworker answers a review by mail; the others have it recorded.
    replied: bool,
    /// Refusals told already: one a case and day.
    refused: std::collections::BTreeSet<(Date, crate::domain::ids::CaseId)>,
}

/// The note with the last day that has passed, so that a second run goes on where the first ended.
const LAST_DAY: &str = "demo_last_day";

impl Days {
    async fn resume(app: App, script: Arc<Script>, days: u32, paint: Paint) -> Result<Self, DemoError> {
        let store = &app.engine.store;
        let last = store.get_note(LAST_DAY).await.map_err(EngineError::from)?.and_then(|text| text.parse::<Date>().ok());
        let first = last.and_then(|day| day.tomorrow().ok()).unwrap_or(FIRST_DAY);
        Ok(Self {
            actors: Actors::shipped(SEED),
            app,
            script,
            first,
            days,
            paint,
            replied: false,
            refused: std::collections::BTreeSet::new(),
        })
    }

    fn opening(&self) -> Result<(), DemoError> {
        let title = &self.app.engine.programme.title;
        say(&self.paint.tint(Tone::Strong, &format!("{title}: a sample county, {} days from {}", self.days, self.first)))?;
        say(
            "No real family, no real mail; letters end as files. The clock is scripted, everything else is the program itself.\n",
        )?;
        Ok(())
    }

    /// One day: post in the morning, people at work, timers and letters through the day.
    async fn day(&mut self, offset: i64) -> Result<(), DemoError> {
        let day = self.first.checked_add(jiff::Span::new().days(offset)).expect("a demonstration ends before the year 9999");
        for mail in self.mails_of(day) {
            self.app.mailboxes[0].maildir.deliver(&mail.raw, &format!("{day}-{}", mail.file_name))?;
        }
        for hour in [7, 9, 12, 16] {
            self.script.set(self.app.engine.programme.calendar.at(day, hour, 30));
            let round = settle(&self.app).await?;
            self.tell_round(day, &round)?;
            self.reply_by_mail(day, &round).await?;
            if hour == 12 && !matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday) {
                self.people_work(day).await?;
            }
        }
        let store = &self.app.engine.store;
        store.set_note(LAST_DAY, &day.to_string()).await.map_err(EngineError::from)?;
        Ok(())
    }

    /// The first letter that asks for a review by mail gets an answer by mail, and a person confirms what came of it.
    async fn reply_by_mail(&mut self, day: Date, round: &Round) -> Result<(), DemoError> {
        let asked = |sent: &crate::engine::send::Sent| sent.letter == REVIEW_FORM && sent.fate == "sent";
        if self.replied || !round.sent.iter().any(asked) {
            return Ok(());
        }
        let engine = self.app.engine.clone();
        let sent = LetterFilter { state: Some(LetterState::Sent), ..LetterFilter::default() };
        let rows = engine.store.letters(&sent).await.map_err(EngineError::from)?;
        let Some(row) = rows.iter().find(|row| row.letter.as_str() == REVIEW_FORM) else { return Ok(()) };
        let Some(letter) = engine.store.letter(row.id).await.map_err(EngineError::from)? else { return Ok(()) };
        self.replied = true;
        let in_weeks = |weeks: i64| {
            self.app.engine.programme.calendar.working_day_on_or_after(day.saturating_add(jiff::Span::new().weeks(weeks)))
        };
        let lines = [
            day.to_string(),
            "better".to_owned(),
            "The walk to school is fine now.".to_owned(),
            in_weeks(4).to_string(),
            "no".to_owned(),
        ];
        let reply = crate::demo::replies::Reply {
            from: letter.recipient.as_text(),
            answers: &letter.row.message_id,
            subject: &letter.content.subject,
            text: &letter.content.text,
            at: engine.ambient.now(),
            lines: &lines,
        };
        self.app.mailboxes[0].maildir.deliver(&reply.mail(), &format!("{day}-review-by-mail"))?;
        let round = settle(&self.app).await?;
        self.tell_round(day, &round)?;
        let Some(id) = letter.row.case else { return Ok(()) };
        let Some(stored) = engine.store.load_case(&CaseKey::Id(id)).await.map_err(EngineError::from)? else { return Ok(()) };
        let officer = crate::domain::ids::RoleName::new("area_officer").expect("a fixed name is a name");
        let Some(by) = who(&engine.roster, &engine.programme.lifecycle, &stored.case, &officer) else { return Ok(()) };
        let command = Command::SettleDraft {
            draft: None,
            fate: DraftFate::Confirm,
            by,
            answers: std::collections::BTreeMap::new(),
            reason: None,
        };
        let done = engine.perform(&CaseKey::Id(id), &command, Pace::Usual).await?;
        self.line(day, stored.case.reference.as_str(), "Area Officer: confirms the answer that came by mail", &done.letters)
    }

    fn mails_of(&self, day: Date) -> Vec<crate::demo::DemoMail> {
        let since_first = (day - FIRST_DAY).get_days();
        let here: Vec<usize> =
            MAIL_DAYS.iter().enumerate().filter(|(_, on)| **on == i64::from(since_first)).map(|(index, _)| index).collect();
        if here.is_empty() {
            return Vec::new();
        }
        // Of numbers of their own, the same every day: a mail that answers one of another day names it by the Message-ID it had.
        let numbers = Ambient::Scripted(Script::new(self.app.engine.ambient.now(), SEED));
        let all = crate::demo::mails(day, &numbers, MAIL_DAYS.len());
        all.into_iter().enumerate().filter(|(index, _)| here.contains(index)).map(|(_, mail)| mail).collect()
    }

    /// Everybody records what they would record today, one move a case and turn, at most three turns.
    async fn people_work(&mut self, day: Date) -> Result<(), DemoError> {
        if !self.app.engine.programme.calendar.is_working_day(day) {
            return Ok(());
        }
        for row in self
            .app
            .engine
            .store
            .cases(&CaseFilter { closed: Some(false), ..CaseFilter::default() })
            .await
            .map_err(EngineError::from)?
        {
            for _ in 0..3 {
                if !self.one_move(&row.reference.to_string(), row.id).await? {
                    break;
                }
            }
        }
        let round = settle(&self.app).await?;
        self.tell_round(day, &round)
    }

    async fn one_move(&mut self, reference: &str, id: crate::domain::ids::CaseId) -> Result<bool, DemoError> {
        let engine = self.app.engine.clone();
        let Some(stored) = engine.store.load_case(&CaseKey::Id(id)).await.map_err(EngineError::from)? else { return Ok(false) };
        for doing in self.actors.wishes(&stored.case, &engine.world()) {
            let Some(by) = who(&engine.roster, &engine.programme.lifecycle, &stored.case, &doing.role) else { continue };
            let shown = self.shown(&doing);
            let (name, today) = (doing.name.clone(), engine.ambient.today());
            let command = Command::Record { name: doing.name, by, answers: doing.answers, reason: doing.because };
            match engine.perform(&CaseKey::Id(id), &command, Pace::Usual).await {
                Ok(done) => {
                    let stage = done.events.iter().find_map(|event| match event {
                        Event::StageEntered { to, .. } => Some(format!(" → {}", self.stage_title(to.as_str()))),
                        _ => None,
                    });
                    self.line(
                        engine.ambient.today(),
                        reference,
                        &format!("{shown}{}", stage.unwrap_or_default()),
                        &done.letters,
                    )?;
                    return Ok(true);
                }
                // Somebody else's wish may be open. What is refused by an answer of its own is worth telling.
                Err(EngineError::Refused(refusal)) => {
                    let gated = |known: &crate::domain::workflow::Move| known.asks.iter().any(|ask| !ask.gates.is_empty());
                    let told = engine.programme.lifecycle.find_move(&name).is_some_and(gated);
                    if let Some(why) = refusal.defects.first().filter(|_| told && self.refused.insert((today, id))) {
                        self.line(today, reference, &format!("{shown} → refused: {why}"), &[])?;
                    }
                }
                Err(error) => return Err(error.into()),
            }
        }
        Ok(false)
    }

    fn shown(&self, doing: &Doing) -> String {
        let lifecycle = &self.app.engine.programme.lifecycle;
        let role = lifecycle.role(&doing.role).map_or(doing.role.as_str(), |role| &role.title);
        let title = lifecycle.find_move(&doing.name).map_or(doing.name.as_str(), |known| &known.title);
        format!("{role}: {title}")
    }

    fn timer_title(&self, name: &str) -> String {
        let timers = &self.app.engine.programme.lifecycle.timers;
        timers.iter().find(|timer| timer.name.as_str() == name).map_or_else(|| name.to_owned(), |timer| timer.title.clone())
    }

    fn stage_title(&self, name: &str) -> String {
        let stages = &self.app.engine.programme.lifecycle.stages;
        stages.iter().find(|stage| stage.name.as_str() == name).map_or_else(|| name.to_owned(), |stage| stage.title.clone())
    }

    fn tell_round(&mut self, day: Date, round: &Round) -> Result<(), DemoError> {
        for ended in &round.ended {
            say(&format!(
                "{}  {}",
                crate::cli::print::day(day),
                crate::daemon::commands::mail_line(&self.app.engine.programme, ended)
            ))?;
        }
        for fired in &round.fired {
            self.line(
                day,
                &fired.reference.to_string(),
                &format!("reminder: {} ({})", self.timer_title(&fired.timer), fired.rung),
                &fired.letters,
            )?;
        }
        let sent = round.sent.iter().filter(|letter| letter.fate == "sent").count();
        let stopped = round.sent.iter().filter(|letter| letter.fate != "sent" && letter.fate != "later");
        for letter in stopped {
            self.line(day, "", &format!("{} {}: {}", letter.letter, letter.fate, letter.reason.as_deref().unwrap_or("")), &[])?;
        }
        if round.digests > 0 {
            let people = crate::cli::print::count(round.digests, "person");
            let told = format!(
                "{people} got their list of reminders, one mail each; {} left in all",
                crate::cli::print::count(sent, "letter")
            );
            self.line(day, "", &told, &[])?;
        }
        Ok(())
    }

    fn line(&self, day: Date, reference: &str, says: &str, letters: &[String]) -> Result<(), DemoError> {
        let letters =
            if letters.is_empty() { String::new() } else { format!("   letters: {}", crate::daemon::commands::counted(letters)) };
        Ok(say(&format!("{}  {reference:<13} {says}{}", crate::cli::print::day(day), self.paint.tint(Tone::Faint, &letters)))?)
    }

    /// The same days told by case: where each stands, and how often it was reminded, escalated and reviewed on the way.
    async fn where_all_stand(&self) -> Result<(), DemoError> {
        let engine = &self.app.engine;
        let mut table = Table::new(&["reference", "stands at", "reminders", "escalations", "reviews", "next"]);
        let store = &engine.store;
        for row in store.cases(&CaseFilter::default()).await.map_err(EngineError::from)? {
            let history = store.history(row.id).await.map_err(EngineError::from)?;
            let count =
                |wanted: &dyn Fn(&Event) -> bool| history.iter().filter(|stored| wanted(&stored.event)).count().to_string();
            let escalates = |name: &str| name.contains("escalat");
            let next = row.next_due_on.filter(|_| !row.closed).map(crate::cli::print::day);
            table.row([
                row.reference.to_string(),
                self.stage_title(row.stage.as_str()),
                count(&|event| matches!(event, Event::TimerFired { .. })),
                count(&|event| matches!(event, Event::LetterCalled { letter, .. } if escalates(letter.as_str()))),
                count(&|event| matches!(event, Event::MoveRecorded { name, .. } if name.as_str() == "record_review")),
                next.unwrap_or_else(|| "ended".to_owned()),
            ]);
        }
        if !table.is_empty() {
            say(&format!("\n{}", table.text(self.paint).trim_end()))?;
        }
        Ok(())
    }

    async fn closing(&self) -> Result<(), DemoError> {
        self.where_all_stand().await?;
        let findings = crate::daemon::commands::invariants(&self.app).await?;
        let dir = self.app.settings.folder.display();
        say("\nWhere to look now:")?;
        for command in [
            "case list",
            "case timeline REF",
            "case shared REF",
            "meeting list",
            "meeting agenda copeland",
            "check",
            "audit verify",
        ] {
            say(&format!("  {} --config {dir}/{} {command}", program(), crate::config::FILE_NAME))?;
        }
        if findings.is_empty() {
            say("\nEvery invariant holds: each open case has an owner and a next dated action, each mail has its end.")?;
            Ok(())
        } else {
            Err(DemoError::Broken(format!("invariants are broken:\n{}", findings.join("\n"))))
        }
    }
}

/// Drops the sample mails of today into the Maildir of a county that runs by the machine's clock.
///
/// # Errors
/// The mailbox's.
pub fn post(app: &App) -> Result<(), DemoError> {
    for mail in crate::demo::mails(app.engine.ambient.today(), &app.engine.ambient, SAMPLE_MAILS) {
        app.mailboxes[0].maildir.deliver(&mail.raw, &mail.file_name)?;
    }
    Ok(())
}

/// Waits until every mail has its end, so that what to try next stands below what happened.
///
/// # Errors
/// The store's.
pub async fn when_quiet(app: &App) -> Result<(), DemoError> {
    for _ in 0..600 {
        let newest =
            app.engine.store.mails(&MailFilter { limit: 500, ..MailFilter::default() }).await.map_err(EngineError::from)?;
        let all_there = newest.len() >= SAMPLE_MAILS;
        if all_there && newest.iter().all(|mail| mail.end.is_some()) {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    Ok(())
}

/// The program as it can be called from any folder: a first look is not installed anywhere yet.
fn program() -> String {
    std::env::current_exe().map_or_else(|_| "focus-family".to_owned(), |path| path.display().to_string())
}

/// What to try on the folder.
///
/// # Errors
/// The terminal's.
pub fn next_commands(county: &County) -> Result<(), DemoError> {
    let file = county.settings_file.display();
    let program = program();
    say("\nTry, in another terminal:")?;
    for command in
        ["case list", "case timeline REF", "case record REF", "mail list", "mail show RECEIPT", "audit verify", "check"]
    {
        say(&format!("  {program} --config {file} {command}"))?;
    }
    say(&format!("  {program} mail explain {}/mailbox/cur/FILE", county.dir.display()))?;
    Ok(())
}
