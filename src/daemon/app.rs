//! An installation, opened: settings, programme, templates, keys, store, mailboxes, delivery.

use std::path::Path;
use std::sync::Arc;

use crate::ambient::{Ambient, Script};
use crate::cli::print::count;
use crate::config::files::FilesError;
use crate::config::{ClockSettings, ConfigDefect, ImapLogin, MailboxKind, PostgresUrl, Settings};
use crate::daemon::last_good::{self, Loaded};
use crate::daemon::moved::Look;
use crate::daemon::remote::{EXCHANGE_SCOPE, PATIENCE, Server, Way};
use crate::delivery::smtp::{Patience, TokenSource};
use crate::delivery::{Delivery, GraphSender, Login, LoginProof, Smtp, Tls};
use crate::domain::letter::{TemplateDefect, TemplateFile, Templates};
use crate::domain::nomination::Vocabulary;
use crate::domain::people::Matcher;
use crate::domain::time::{BadSchedule, Instant, Schedule};
use crate::domain::workflow::{Defect, Programme, SourceFile};
use crate::engine::Engine;
use crate::engine::roster::Roster;
use crate::mailbox::RemoteError;
use crate::mailbox::maildir::{Maildir, MaildirError};
use crate::mailbox::token::Tokens;
use crate::reader::ocr::{Ocr, OcrLimits};
use crate::reader::{Reader, ReaderSettings, Sandbox};
use crate::store::{Durability, Store, StoreError, StoreSettings};
use crate::vault::{MasterKey, Vault, VaultError};

/// A Maildir that is watched.
pub struct Watched {
    /// Its name in the settings: the account in the ledger.
    pub name: String,
    /// The folder.
    pub maildir: Maildir,
    /// When `cur/` was last looked at.
    pub look: Look,
}

/// Everything a running program holds.
pub struct App {
    /// The settings.
    pub settings: Arc<Settings>,
    /// The only room that changes a case.
    pub engine: Engine,
    /// Where letters go; `None` keeps them queued.
    pub delivery: Option<Delivery>,
    /// The Maildirs that are watched.
    pub mailboxes: Vec<Watched>,
    /// What is watched on servers.
    pub servers: Vec<Server>,
    /// When digests go.
    pub digests: Schedule,
    /// When the nightly look runs.
    pub housekeeping: Schedule,
    /// When it was first looked whether a backup was put back.
    pub first_look: std::sync::OnceLock<Instant>,
    /// The scripted clock of a demonstration.
    pub script: Option<Arc<Script>>,
    /// What is wrong with the programme's folder, in whose place the last one that was in order is used.
    pub instead_of: Option<String>,
}

/// The notes that hold where a scripted clock stands and how many numbers it has drawn.
const SCRIPT_NOW: &str = "script_now_us";
const SCRIPT_DRAWN: &str = "script_drawn";

/// What to do about a database that is older than the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Schema {
    /// Bring it up to date, or make it: the daemon, the demonstration and `init`.
    Migrate,
    /// Leave it, and say what to do: whoever only looks or records must not change what a running daemon works on.
    AsItIs,
}

/// Why an installation cannot be opened. Each says what to do.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Settings and programme do not fit each other; every misfit.
    #[error("the settings do not fit the programme:\n{}", lines(.0))]
    Settings(Vec<ConfigDefect>),
    /// The programme's folder has defects; all of them.
    #[error("the programme's folder has {}:\n{}", count(.0.len(), "defect"), lines(.0))]
    Programme(Vec<Defect>),
    /// Rule packs that judged families were edited; one sentence each.
    #[error("{}", lines(.0))]
    Packs(Vec<String>),
    /// What versions of the programme are kept.
    #[error("cannot look at the versions of the programme that were used")]
    Versions(#[from] crate::engine::EngineError),
    /// The letters' templates have defects; all of them.
    #[error("the letters' templates have {}:\n{}", count(.0.len(), "defect"), lines(.0))]
    Templates(Vec<TemplateDefect>),
    /// The files of the programme or of the templates cannot be read.
    #[error(transparent)]
    Files(#[from] FilesError),
    /// The keys.
    #[error("cannot open the master key")]
    Vault(#[from] VaultError),
    /// The store.
    #[error("cannot open the store")]
    Store(#[from] StoreError),
    /// The file with the database's address.
    #[error("cannot read the database's address from `{}`", path.display())]
    UrlFile {
        /// The file of the settings.
        path: std::path::PathBuf,
        /// Why not.
        #[source]
        cause: std::io::Error,
    },
    /// A mailbox.
    #[error("cannot open a mailbox")]
    Mailbox(#[from] MaildirError),
    /// The way letters leave.
    #[error("cannot use the way letters leave by; put right [delivery]")]
    Delivery(#[from] RemoteError),
    /// The time of digests.
    #[error("cannot read a schedule of the settings")]
    Schedule(#[from] BadSchedule),
}

fn lines<T: std::fmt::Display>(all: &[T]) -> String {
    all.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

/// The programme by these settings: of their folder or of the program, its criteria read as they say.
///
/// # Errors
/// [`StartError`] with every defect of the folder.
pub fn programme_of(settings: &Settings) -> Result<Programme, StartError> {
    Ok(read_as_settings_say(load_programme(settings.programme.folder.as_deref())?, settings))
}

/// `programme` with its criteria read as the settings say.
#[must_use]
pub fn read_as_settings_say(mut programme: Programme, settings: &Settings) -> Programme {
    if let Some(reading) = &settings.reading {
        programme.packs.iter_mut().for_each(|pack| pack.read_as(reading));
    }
    programme
}

/// What the programme's folder says, from the settings' folder or from inside the program.
///
/// # Errors
/// Every defect of the folder.
pub fn load_programme(folder: Option<&Path>) -> Result<Programme, StartError> {
    crate::domain::workflow::load(&programme_files(folder)?).map_err(StartError::Programme)
}

/// The files of the programme's folder, from the settings' folder or from inside the program.
///
/// # Errors
/// A folder that cannot be read.
pub fn programme_files(folder: Option<&Path>) -> Result<Vec<SourceFile>, StartError> {
    let files = crate::config::files::programme(folder)?;
    Ok(files.into_iter().map(|(path, text)| SourceFile { path, text }).collect())
}

/// The letters' templates, from the settings' folder or from inside the program.
///
/// # Errors
/// Every defect of the templates.
pub fn load_templates(folder: Option<&Path>) -> Result<Templates, StartError> {
    let files = crate::config::files::templates(folder)?;
    let files: Vec<TemplateFile> = files.into_iter().map(|(path, text)| TemplateFile { path, text }).collect();
    Templates::load(&files).map_err(StartError::Templates)
}

/// The limits of the settings, for the reader.
#[must_use]
pub fn reader_settings(settings: &crate::config::ReaderSettings) -> ReaderSettings {
    let own = OcrLimits::default();
    let pictures = std::time::Duration::from_secs(settings.ocr.mail_seconds);
    ReaderSettings {
        sandbox: match settings.sandbox {
            crate::config::Sandbox::Enforced => Sandbox::Required,
            crate::config::Sandbox::Weakened => Sandbox::Weakened,
        },
        memory_bytes_max: settings.worker_memory_mb << 20,
        processor_seconds: settings.cpu_seconds,
        time_limit: std::time::Duration::from_secs(settings.wall_seconds),
        ocr: match &settings.ocr.program {
            crate::config::OcrProgram::OnPath => Ocr::OnPath,
            crate::config::OcrProgram::Named(program) => Ocr::Program(program.clone()),
            crate::config::OcrProgram::Off => Ocr::Off,
        },
        ocr_limits: OcrLimits {
            time_limit: pictures.min(own.time_limit),
            mail_time_limit: pictures,
            languages: settings.ocr.languages.clone(),
            ..own
        },
        ..ReaderSettings::default()
    }
}

impl App {
    /// Opens everything the settings name; with [`Schema::Migrate`] it creates the folders a first start needs, never a master key over
    /// an old store.
    ///
    /// # Errors
    /// [`StartError`], each with what to do.
    pub async fn open(settings: Settings, schema: Schema) -> Result<Self, StartError> {
        let (ambient, script) = match settings.clock {
            ClockSettings::Machine => (Ambient::Real, None),
            ClockSettings::Scripted { start, seed } => {
                let script = Script::new(start, seed);
                (Ambient::Scripted(script.clone()), Some(script))
            }
        };
        let vault = Vault::new(MasterKey::load(&settings.master_key_file)?);
        let store = Box::pin(Store::open(&store_settings(&settings.store, schema)?, vault)).await?;
        let loaded = last_good::of_folder_or_kept(&settings, &store).await?;
        let mut app = Self::assemble_as(settings, store, ambient, schema, loaded)?;
        let programme = app.engine.pinned(Programme::clone(&app.engine.programme)).await?;
        if programme.lifecycle.version != app.engine.programme.lifecycle.version {
            app.engine.programme = Arc::new(programme);
        }
        if let Some(script) = script {
            app.resume(script).await?;
        }
        Ok(app)
    }

    /// Looks at the versions of the programme before anything is done with it: what an operator must know of them, in sentences.
    ///
    /// # Errors
    /// [`StartError::Packs`] when a rule pack that judged families was edited; the store's.
    pub async fn look_at_versions(&self) -> Result<Vec<String>, StartError> {
        self.refuse_edited_packs().await?;
        Ok(self.engine.versions_found().await?)
    }

    /// Nothing may be judged while the rules that judged families are not in the folder as they were.
    ///
    /// # Errors
    /// [`StartError::Packs`]; the store's.
    pub async fn refuse_edited_packs(&self) -> Result<(), StartError> {
        let edited = self.engine.packs_edited().await?;
        if edited.is_empty() { Ok(()) } else { Err(StartError::Packs(edited)) }
    }

    /// A scripted clock goes on where it stood when the folder was last used, and draws no number twice.
    async fn resume(&mut self, script: Arc<Script>) -> Result<(), StartError> {
        let number = |text: Option<String>| text.and_then(|text| text.parse::<i64>().ok());
        if let Some(now) = number(self.engine.store.get_note(SCRIPT_NOW).await?) {
            script.set(Instant::from_microsecond(now).unwrap_or(self.engine.ambient.now()));
        }
        if let Some(drawn) = number(self.engine.store.get_note(SCRIPT_DRAWN).await?) {
            script.skip_to(u64::try_from(drawn).unwrap_or(0));
        }
        self.script = Some(script);
        Ok(())
    }

    /// Lets go of everything in good order.
    ///
    /// # Errors
    /// The store's, when the place of a scripted clock cannot be kept.
    pub async fn close(&self) -> Result<(), StoreError> {
        if let Some(script) = &self.script {
            let now = self.engine.ambient.now().as_microsecond();
            self.engine.store.set_note(SCRIPT_NOW, &now.to_string()).await?;
            self.engine.store.set_note(SCRIPT_DRAWN, &script.drawn().to_string()).await?;
        }
        self.engine.store.close().await;
        Ok(())
    }

    /// Another program for the reading child: a test or a bench is not the program itself.
    pub fn use_reader_program(&mut self, program: std::path::PathBuf) {
        let settings = ReaderSettings { program: Some(program), ..reader_settings(&self.settings.reader) };
        self.engine.reader = Arc::new(Reader::new(settings));
    }

    /// As [`App::open`], on a store that is open already.
    ///
    /// # Errors
    /// [`StartError`], each with what to do.
    pub fn assemble(settings: Settings, store: Store, ambient: Ambient) -> Result<Self, StartError> {
        let loaded = last_good::of_folder(&settings)?;
        Self::assemble_as(settings, store, ambient, Schema::Migrate, loaded)
    }

    fn assemble_as(
        settings: Settings,
        store: Store,
        ambient: Ambient,
        schema: Schema,
        loaded: Loaded,
    ) -> Result<Self, StartError> {
        let Loaded { programme, templates, instead_of } = loaded;
        let defects = settings.defects_against(&programme);
        if !defects.is_empty() {
            return Err(StartError::Settings(defects));
        }
        let (mut mailboxes, mut servers) = (Vec::new(), Vec::new());
        for mailbox in &settings.mailboxes {
            let name = mailbox.name.clone();
            match &mailbox.kind {
                // Whoever only looks makes no folder: a slip in its name would become a mailbox. `check` tells of it.
                MailboxKind::Maildir { path } if schema == Schema::AsItIs && !Maildir::is_there(path) => {}
                MailboxKind::Maildir { path } => {
                    mailboxes.push(Watched { name, maildir: Maildir::open(path, &ambient)?, look: Look::default() });
                }
                MailboxKind::Imap(imap) => servers.push(Server::new(name, Way::Imap((**imap).clone()))),
                MailboxKind::Graph(graph) => servers.push(Server::new(name, Way::Graph((**graph).clone()))),
            }
        }
        let delivery = delivery(&settings, &ambient)?;
        let digests = Schedule::parse(settings.digest.as_str())?;
        let housekeeping = Schedule::parse(settings.housekeeping.as_str())?;
        let worker = format!("{}-{:08x}", std::process::id(), ambient.below(1 << 32));
        let settings = Arc::new(settings);
        let engine = Engine {
            words: Arc::new(Vocabulary::new(&programme.forms)),
            people: Arc::new(Matcher::new(&programme.people)),
            programme: Arc::new(programme.pinned()),
            current: None,
            versions: Arc::default(),
            templates: Arc::new(templates),
            store,
            roster: Arc::new(Roster::new(settings.people.clone())),
            reader: Arc::new(Reader::new(reader_settings(&settings.reader))),
            settings: settings.clone(),
            worker: worker.into(),
            ambient,
        };
        Ok(Self {
            settings,
            engine,
            delivery,
            mailboxes,
            servers,
            digests,
            housekeeping,
            first_look: Default::default(),
            script: None,
            instead_of,
        })
    }
}

/// Where letters go by the settings; `None` keeps them queued.
fn delivery(settings: &Settings, ambient: &Ambient) -> Result<Option<Delivery>, RemoteError> {
    use crate::config::{Delivery as Chosen, Tls as ChosenTls};
    Ok(match &settings.delivery {
        Chosen::Hold => None,
        Chosen::Maildir { path } => Some(Delivery::Maildir { path: path.clone() }),
        Chosen::Graph(mailbox) => Some(Delivery::Graph(GraphSender::new((**mailbox).clone(), ambient.clone(), PATIENCE)?)),
        Chosen::Smtp { host, port, tls, login, ca_file } => Some(Delivery::Smtp(Box::new(Smtp {
            host: host.clone(),
            port: *port,
            tls: match tls {
                ChosenTls::Implicit => Tls::Implicit,
                ChosenTls::StartTls => Tls::StartTls,
                ChosenTls::None => Tls::PlaintextLoopbackOnly,
            },
            login: login.as_ref().map(|login| smtp_login(login, ambient)).transpose()?,
            ca_file: ca_file.clone(),
            hello_name: settings.mail.address.rsplit_once('@').map_or("localhost", |(_, domain)| domain).to_owned(),
            patience: Patience::default(),
        }))),
    })
}

fn smtp_login(login: &crate::config::Login, ambient: &Ambient) -> Result<Login, RemoteError> {
    let proof = match &login.proof {
        ImapLogin::Password { file } => LoginProof::Password(file.clone()),
        ImapLogin::TokenFile { file } => LoginProof::TokenFile(file.clone()),
        ImapLogin::Microsoft(registration) => {
            let tokens = Tokens::new(registration.clone(), EXCHANGE_SCOPE, PATIENCE)?;
            LoginProof::Tokens(TokenSource::new(tokens, ambient.clone()))
        }
    };
    Ok(Login { username: login.username.clone(), proof })
}

pub(crate) fn store_settings(settings: &crate::config::StoreSettings, schema: Schema) -> Result<StoreSettings, StartError> {
    let migrate = schema == Schema::Migrate;
    Ok(match settings {
        crate::config::StoreSettings::Sqlite { path } => {
            StoreSettings::Sqlite { path: path.clone(), durability: Durability::Full, migrate }
        }
        crate::config::StoreSettings::Postgres { url, connections } => {
            let url = match url {
                PostgresUrl::Plain(url) => url.clone(),
                PostgresUrl::File(file) => std::fs::read_to_string(file)
                    .map_err(|cause| StartError::UrlFile { path: file.clone(), cause })?
                    .trim()
                    .to_owned(),
            };
            StoreSettings::Postgres { url, schema: None, connections: *connections, migrate }
        }
    })
}
