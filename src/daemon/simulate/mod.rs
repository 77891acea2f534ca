//! `simulate`: years of a made-up programme on a scripted clock. Rounds, engine, workflow file, store and letters are those of
//! production; [`crate::simulate`] draws what comes from outside and watches the store after every step.

mod command;
mod outside;
mod parts;
mod people;

pub use command::run;
pub use parts::parts_of;
pub(crate) use people::who;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::ambient::{Ambient, Script};
use crate::config::{Person, Settings};
use crate::daemon::app::{App, StartError};
use crate::daemon::round::{RoundError, round};
use crate::delivery::{Captured, Delivery};
use crate::demo::actors::{Actors, Cast};
use crate::demo::dice::Dice;
use crate::domain::ids::{CaseId, MailId, RoleName};
use crate::domain::time::{Date, london_date};
use crate::domain::workflow::{Programme, SourceFile};
use crate::engine::EngineError;
use crate::reader::Reader;
use crate::simulate::families::{Families, Post, keyworker};
use crate::simulate::tally::Tally;
use crate::simulate::watcher::{Seen, Watcher};
use crate::simulate::weather::{Happening, Weather};
use crate::simulate::{Outcome, RULES, Violation};
use crate::store::{Arrival, EndState, Store, StoreError, StoreSettings, Waits};
use crate::vault::{MasterKey, Vault};

/// The first day, unless another is asked for: the shipped rules are in force from here on.
pub const FIRST_DAY: Date = jiff::civil::date(2015, 4, 1);
/// One mail in so many is read by the sandboxed child, as in production; the others by the same code in this process.
const CHILD_READS: u64 = 20;
/// Keyworkers for so many families.
const FAMILIES_A_KEYWORKER: u64 = 28;
/// People who come and go in one part of the county at most: each has a number of their own.
const PEOPLE_A_PART: u64 = 100_000;

/// What is counted when a keyworker leaves.
const KEYWORKERS_LEFT: &str = "keyworkers_left";

const PEOPLE: &str = include_str!("../../../assets/simulate/people.yaml");
const RULES_LATER: &str = include_str!("../../../assets/simulate/rules-later.yaml");

/// What to simulate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asked {
    /// Families nominated.
    pub families: u32,
    /// The first day.
    pub from: Date,
    /// Days.
    pub days: i64,
    /// Everything drawn follows from it.
    pub seed: u64,
    /// In how many parts, by area; see [`parts_of`].
    pub parts: u32,
    /// The program whose child reads mails, where it is not this very one.
    pub reader_program: Option<&'static str>,
}

/// Why a simulation stopped early.
#[derive(Debug, thiserror::Error)]
pub enum SimulateError {
    /// The folder for the database cannot be made.
    #[error("cannot make a folder for the simulation in `{}`", path.display())]
    Folder {
        /// Where.
        path: PathBuf,
        /// Why not.
        #[source]
        cause: std::io::Error,
    },
    /// The county's own settings or programme were refused; a fault of the program.
    #[error(transparent)]
    Start(#[from] StartError),
    /// A round.
    #[error(transparent)]
    Round(#[from] RoundError),
    /// The engine.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A part of the county cannot be simulated beside the others.
    #[error("cannot begin a part of the simulation")]
    Part(#[source] std::io::Error),
}

/// Simulates. `tell` hears of every month that has passed.
///
/// # Errors
/// [`SimulateError`]; a broken rule is no error but part of the outcome.
pub async fn simulate(asked: Asked, tell: impl Fn(Date, usize) + Sync) -> Result<Outcome, SimulateError> {
    let done = match asked.parts {
        0 | 1 => Box::pin(simulate_part(asked, Part::WHOLE, &tell)).await?,
        parts => parts::side_by_side(asked, parts, &tell)?,
    };
    Ok(done.outcome(asked))
}

/// Some areas of the county, or all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Part {
    /// From 0.
    number: u32,
    /// How many there are.
    of: u32,
}

impl Part {
    const WHOLE: Self = Self { number: 0, of: 1 };
}

async fn simulate_part(asked: Asked, part: Part, tell: &impl Fn(Date, usize)) -> Result<Done, SimulateError> {
    let folder = Folder::make()?;
    let mut run = Run::begin(asked, part, &folder.0).await?;
    for number in 0..asked.days {
        let day = after(asked.from, number);
        run.day(day).await?;
        if day.tomorrow().is_ok_and(|next| next.month() != day.month()) || number + 1 == asked.days {
            run.month(day).await?;
            tell(day, run.watcher.cases.len());
        }
    }
    run.end().await?;
    run.app.engine.store.close().await;
    let until = london_date(run.app.engine.ambient.now());
    Ok(Done {
        programme: run.app.engine.programme.clone(),
        until,
        tally: run.watcher.tally,
        cases: run.watcher.cases,
        violations: run.watcher.violations,
        refused: run.refused,
        faults: run.faults,
    })
}

/// What came of a part, or of all of them.
pub(super) struct Done {
    programme: Arc<Programme>,
    until: Date,
    tally: Tally,
    cases: BTreeMap<CaseId, Seen>,
    violations: Vec<Violation>,
    refused: u64,
    faults: BTreeMap<&'static str, u64>,
}

fn after(day: Date, days: i64) -> Date {
    day.checked_add(jiff::Span::new().days(days)).expect("a simulation ends before the year 9999")
}

/// A folder that goes with the simulation.
struct Folder(PathBuf);

impl Folder {
    fn make() -> Result<Self, SimulateError> {
        let path = std::env::temp_dir().join(format!("focus-family-simulate-{:016x}", Ambient::Real.bits() as u64));
        std::fs::create_dir_all(&path).map_err(|cause| SimulateError::Folder { path: path.clone(), cause })?;
        Ok(Self(path))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // Made up from its first byte to its last: what cannot be removed harms nobody.
        let _left_behind = std::fs::remove_dir_all(&self.0);
    }
}

/// A simulation on its way.
struct Run {
    part: Part,
    app: App,
    script: Arc<Script>,
    captured: Captured,
    families: Families,
    actors: Actors,
    weather: Weather,
    watcher: Watcher,
    /// When somebody looks at a case next.
    agenda: BTreeSet<(Date, CaseId)>,
    planned: BTreeMap<CaseId, Date>,
    /// Mails that came while the program was down.
    waiting: Vec<Post>,
    readers: [Arc<Reader>; 2],
    mails: u64,
    refused: u64,
    faults: BTreeMap<&'static str, u64>,
    /// Areas in the order of the settings, for officers who come and go.
    officers: Vec<Person>,
    people_made: u64,
}

impl Run {
    async fn begin(asked: Asked, part: Part, folder: &Path) -> Result<Self, SimulateError> {
        let start = crate::domain::time::Calendar::default().at(asked.from, 6, 0);
        // No two parts draw the same ids.
        let script = Script::new(start, asked.seed.wrapping_add(u64::from(part.number) << 48));
        let ambient = Ambient::Scripted(script.clone());
        let file = folder.join(crate::config::FILE_NAME);
        let text = crate::demo::settings_toml(folder, 0, Some((start, asked.seed)));
        // As many letters an hour as there are: the breaker is for mistakes, and this programme makes none on purpose.
        let more = [("FOCUS_FAMILY__MAIL__HOURLY_MAX".to_owned(), "100000".to_owned())];
        let settings = Settings::from_text(&text, &file, more.into_iter()).map_err(StartError::Settings)?;
        let place = StoreSettings::Scratch { path: folder.join("simulated.db") };
        let store = Store::open(&place, Vault::new(MasterKey::in_memory(&ambient))).await?;
        store.watch();
        // Nobody else writes to this county.
        store.keep_states();
        let mut app = App::assemble(settings, store, ambient)?;
        if let Some(program) = asked.reader_program {
            app.use_reader_program(program.into());
        }
        let captured = Captured::default();
        app.delivery = Some(Delivery::Capture(captured.clone()));
        // Mails are handed over below, one batch at a time, without files.
        app.mailboxes.clear();
        app.engine.programme = Arc::new(programme()?.pinned());
        let readers = [app.engine.reader.clone(), Arc::new(Reader::of_our_own_mails())];
        let count = u64::from(asked.families / part.of) / FAMILIES_A_KEYWORKER + 4;
        let first = u64::from(part.number) * PEOPLE_A_PART;
        let lead_agency = |number| keyworker(number + first + 10 * PEOPLE_A_PART).replace("fellside-family", "lead-agency");
        let cast = Cast {
            keyworkers: (first..first + count).map(keyworker).collect(),
            lead_agencies: (0..9).map(lead_agency).collect(),
        };
        let rule_pack = app.engine.settings.programme.rule_pack.clone();
        let watcher = Watcher::new(&app.engine.programme.lifecycle, rule_pack);
        let officer = RoleName::new("area_officer").expect("a fixed name is a name");
        let officers = app.engine.roster.people().iter().filter(|person| person.roles.contains(&officer)).cloned().collect();
        let mut families = Families::new(asked.seed, asked.families, asked.from, asked.days);
        if part != Part::WHOLE {
            families.keep_part(part.number == 0, |family| {
                parts::part_of(&app.engine.programme.geography, family, part.of) == part.number
            });
        }
        Ok(Self {
            part,
            families,
            actors: Actors::of(PEOPLE, asked.seed, cast),
            weather: Weather::new(Dice::new(asked.seed), asked.from, asked.days),
            app,
            script,
            captured,
            watcher,
            agenda: BTreeSet::new(),
            planned: BTreeMap::new(),
            waiting: Vec::new(),
            readers,
            mails: 0,
            refused: 0,
            faults: BTreeMap::new(),
            officers,
            people_made: first + count,
        })
    }

    async fn day(&mut self, day: Date) -> Result<(), SimulateError> {
        let happenings = self.weather.on(day, self.officers.len(), &self.app.engine.programme.calendar);
        let behind = happenings.contains(&Happening::ClockBehind);
        let down = self.weather.is_down(day);
        let post = self.families.post(day);
        self.waiting.extend(post);
        for happening in happenings {
            self.happen(day, happening).await?;
        }
        if down {
            *self.faults.entry("days_down").or_default() += 1;
            return Ok(());
        }
        if changes_clocks(day) {
            *self.faults.entry("clock_changes").or_default() += 1;
            for hour in [0, 1, 2] {
                self.at(day, hour, 30);
                self.round().await?;
            }
        }
        self.at(day, 7, 0);
        self.round().await?;
        self.at(day, 7, 30);
        if self.waits().await?.for_digest {
            self.round().await?;
        }
        self.at(day, 9, 15);
        self.arrive().await?;
        self.at(day, if behind { 6 } else { 12 }, 30);
        self.people(day).await?;
        for hour in [if behind { 7 } else { 13 }, 17] {
            self.at(day, hour, 0);
            if self.waits().await? != Waits::default() {
                self.round().await?;
            }
        }
        let engine = &self.app.engine;
        self.watcher.ask_days(&engine.programme.calendar, engine.ambient.now());
        Ok(())
    }

    fn at(&self, day: Date, hour: i8, minute: i8) {
        self.script.set(self.app.engine.programme.calendar.at(day, hour, minute));
    }

    /// What a sleeping daemon would wake for.
    async fn waits(&self) -> Result<Waits, SimulateError> {
        let engine = &self.app.engine;
        Ok(engine.store.waits(engine.ambient.now()).await?)
    }

    /// Rounds until nothing waits, watched after each.
    async fn round(&mut self) -> Result<(), SimulateError> {
        loop {
            let done = round(&self.app).await?;
            self.look().await?;
            let letters = self.captured.take();
            let now = self.app.engine.ambient.now();
            let engine = &self.app.engine;
            let who = (&engine.programme.lifecycle, engine.roster.as_ref());
            for (row, to) in self.watcher.letters(&engine.store, who, &letters, now).await? {
                if row.role.as_ref().is_some_and(|role| role.as_str() == "referrer") {
                    self.families.hears(row.letter.as_str(), &to, &row.message_id, now);
                }
            }
            if done.is_quiet() || !self.waits().await?.now {
                self.watcher.after_round(&self.app.engine.store, now).await?;
                return Ok(());
            }
        }
    }

    /// Looks at what was written; cases that moved come back to the people's desks today.
    async fn look(&mut self) -> Result<(), SimulateError> {
        let moved = self.watcher.look(&self.app.engine.store).await?;
        let today = self.app.engine.ambient.today();
        for case in moved {
            self.plan(case, Some(today));
        }
        Ok(())
    }

    fn plan(&mut self, case: CaseId, on: Option<Date>) {
        if let Some(before) = self.planned.remove(&case) {
            self.agenda.remove(&(before, case));
        }
        if let Some(on) = on {
            self.agenda.insert((on, case));
            self.planned.insert(case, on);
        }
    }

    /// Mails of the mailbox → the ledger → their ends.
    async fn arrive(&mut self) -> Result<(), SimulateError> {
        let posts = std::mem::take(&mut self.waiting);
        for batch in posts.chunks(16) {
            let engine = &mut self.app.engine;
            let received_at = engine.ambient.now();
            let arrival = |post: &Post| Arrival {
                account: "nominations".to_owned(),
                mailbox: "INBOX".to_owned(),
                uid_validity: 1,
                uid: post.uid.clone(),
                received_at,
                bytes_total: post.raw.len() as u64,
                raw: post.raw.clone(),
            };
            let taken = engine.store.take_in(batch.iter().map(arrival).collect(), &engine.ambient).await?;
            let nominates: BTreeSet<MailId> =
                taken.iter().zip(batch).filter(|(_, post)| post.nominates).map(|(taken, _)| taken.mail).collect();
            for _ in batch {
                self.mails += 1;
                let [child, own] = &self.readers;
                engine.reader = if self.mails.is_multiple_of(CHILD_READS) { child.clone() } else { own.clone() };
                for ended in engine.take_next_mails(1).await? {
                    self.watcher.tally.mail(ended.end.as_str());
                    if nominates.contains(&ended.mail) && !matches!(ended.end, EndState::CaseOpened | EndState::Attached) {
                        let says = format!("ended as {}: {}", ended.end.as_str(), ended.reason.unwrap_or_default());
                        self.watcher.accuse("a mail", received_at, "nomination_without_case", says);
                    }
                }
            }
        }
        if posts.is_empty() { Ok(()) } else { self.round().await }
    }

    async fn ask_all(&mut self) -> Result<(), SimulateError> {
        let engine = &self.app.engine;
        let who = (&engine.programme.lifecycle, engine.roster.as_ref());
        Ok(self.watcher.ask_all(&engine.store, who, engine.ambient.now()).await?)
    }

    async fn month(&mut self, day: Date) -> Result<(), SimulateError> {
        self.ask_all().await?;
        let lifecycle = &self.app.engine.programme.lifecycle;
        self.watcher.tally.month(day, lifecycle, &self.watcher.cases);
        Ok(())
    }

    async fn end(&mut self) -> Result<(), SimulateError> {
        let now = self.app.engine.ambient.now();
        // What is compared with the histories now are the rows themselves.
        self.app.engine.store.forget_states();
        for says in crate::daemon::commands::invariants(&self.app).await? {
            self.watcher.accuse("the store", now, "state", says);
        }
        Ok(())
    }
}

impl Done {
    fn outcome(self, asked: Asked) -> Outcome {
        let (lifecycle, tally) = (&self.programme.lifecycle, self.tally);
        let funnel = tally.funnel(lifecycle, &self.cases);
        Outcome {
            families: asked.families,
            from: asked.from,
            until: self.until,
            seed: asked.seed,
            cases: self.cases.len(),
            events: tally.events,
            moves: tally.moves.values().sum(),
            refused: self.refused,
            timers_fired: tally.timers_fired,
            letters: tally.letters.values().sum(),
            stages: funnel.iter().map(|line| (line.stage.to_string(), line.now)).collect(),
            times_in_stage: tally.stays(lifecycle),
            ended_by: tally.ended_by(lifecycle),
            letters_by_name: tally.letters,
            mails: tally.mails,
            caseload: tally.months,
            faults: self.faults,
            rules: RULES.iter().map(|(rule, _)| *rule).collect(),
            violations: self.violations,
            funnel,
        }
    }
}

/// The shipped programme with the rules of the second half beside its own.
fn programme() -> Result<Programme, StartError> {
    let mut files = crate::config::files::programme(None)?;
    files.push(("rules/simulated-later.yaml".to_owned(), RULES_LATER.to_owned()));
    files.sort();
    let files: Vec<SourceFile> = files.into_iter().map(|(path, text)| SourceFile { path, text }).collect();
    crate::domain::workflow::load(&files).map_err(StartError::Programme)
}

/// Whether a clock in London is put forward or back on `day`.
fn changes_clocks(day: Date) -> bool {
    let calendar = crate::domain::time::Calendar::default();
    let hours =
        day.tomorrow().map_or(24, |next| calendar.start_of_day(next).duration_since(calendar.start_of_day(day)).as_hours());
    hours != 24
}
