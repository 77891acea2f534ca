//! An installation, opened: settings, programme, templates, keys, store, mailboxes, delivery.

use std::path::Path;
use std::sync::Arc;

use crate::ambient::Ambient;
use crate::config::{FilesError, MailboxKind, Settings};
use crate::delivery::{Delivery, DeliveryError};
use crate::domain::document::Limits;
use crate::domain::letter::{TemplateDefect, TemplateFile, Templates};
use crate::domain::time::{BadSchedule, Schedule};
use crate::domain::workflow::{Defect, Programme, SourceFile};
use crate::engine::Engine;
use crate::engine::roster::Roster;
use crate::mailbox::maildir::{Maildir, MaildirError};
use crate::reader::{Reader, ReaderSettings};
use crate::store::{Durability, Store, StoreError, StoreSettings};
use crate::vault::{MasterKey, Vault, VaultError};

/// A mailbox that is watched.
pub struct Watched {
    /// Its name in the settings: the account in the ledger.
    pub name: String,
    /// The folder.
    pub maildir: Maildir,
}

/// Everything a running program holds.
pub struct App {
    /// The settings.
    pub settings: Arc<Settings>,
    /// The only room that changes a case.
    pub engine: Engine,
    /// Where letters go; `None` keeps them queued.
    pub delivery: Option<Delivery>,
    /// What is watched.
    pub mailboxes: Vec<Watched>,
    /// When digests go.
    pub digests: Schedule,
}

/// Why an installation cannot be opened. Each says what to do.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The programme's folder has defects; all of them.
    #[error("the programme's folder has {} defects:\n{}", .0.len(), lines(.0))]
    Programme(Vec<Defect>),
    /// The letters' templates have defects; all of them.
    #[error("the letters' templates have {} defects:\n{}", .0.len(), lines(.0))]
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
    /// A mailbox.
    #[error("cannot open a mailbox")]
    Mailbox(#[from] MaildirError),
    /// The way out.
    #[error("cannot prepare the delivery of letters")]
    Delivery(#[from] DeliveryError),
    /// The time of digests.
    #[error("cannot read `digest.schedule`")]
    Schedule(#[from] BadSchedule),
}

fn lines<T: std::fmt::Display>(all: &[T]) -> String {
    all.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

/// What the programme's folder says, from the settings' folder or from inside the program.
///
/// # Errors
/// Every defect of the folder.
pub fn load_programme(folder: Option<&Path>) -> Result<Programme, StartError> {
    let files = crate::config::files::programme(folder)?;
    let files: Vec<SourceFile> = files.into_iter().map(|(path, text)| SourceFile { path, text }).collect();
    crate::domain::workflow::load(&files).map_err(StartError::Programme)
}

/// The letters' templates, from the settings' folder or from inside the program.
///
/// # Errors
/// Every defect of the templates.
pub fn load_templates(folder: Option<&Path>) -> Result<Templates, StartError> {
    let files = crate::config::files::templates(folder)?;
    let files: Vec<TemplateFile> = files
        .into_iter()
        .filter_map(|(path, text)| path.strip_prefix("mail/").map(|path| TemplateFile { path: path.to_owned(), text: text.clone() }))
        .collect();
    Templates::load(&files).map_err(StartError::Templates)
}

/// The limits of the settings, for the reader.
#[must_use]
pub fn reader_settings(settings: &crate::config::ReaderSettings) -> ReaderSettings {
    ReaderSettings {
        weakened: settings.sandbox == crate::config::Sandbox::Weakened,
        memory_bytes: settings.worker_memory_mb << 20,
        cpu_seconds: settings.cpu_seconds,
        wall_seconds: settings.wall_seconds,
        limits: Limits::default(),
        ..ReaderSettings::default()
    }
}

impl App {
    /// Opens everything the settings name; creates what a first start needs (folders, schema), never a master key over an old store.
    ///
    /// # Errors
    /// [`StartError`], each with what to do.
    pub async fn open(settings: Settings, ambient: Ambient) -> Result<Self, StartError> {
        let programme = load_programme(settings.programme.folder.as_deref())?;
        let templates = load_templates(settings.programme.templates.as_deref())?;
        let vault = Vault::new(MasterKey::load(&settings.master_key_file)?);
        let store = Store::open(&store_settings(&settings.store), vault).await?;
        let mut mailboxes = Vec::new();
        for mailbox in &settings.mailboxes {
            let MailboxKind::Maildir { path } = &mailbox.kind;
            mailboxes.push(Watched { name: mailbox.name.clone(), maildir: Maildir::open(path)? });
        }
        let delivery = Delivery::from_settings(&settings.delivery)?;
        let digests = Schedule::parse(settings.digest.as_str())?;
        let worker = format!("{}-{:08x}", std::process::id(), ambient.bits() as u32);
        let settings = Arc::new(settings);
        let engine = Engine {
            programme: Arc::new(programme),
            templates: Arc::new(templates),
            store,
            roster: Arc::new(Roster::new(settings.people.clone())),
            reader: Arc::new(Reader::new(reader_settings(&settings.reader))),
            settings: settings.clone(),
            worker: worker.into(),
            ambient,
        };
        Ok(Self { settings, engine, delivery, mailboxes, digests })
    }
}

fn store_settings(settings: &crate::config::StoreSettings) -> StoreSettings {
    match settings {
        crate::config::StoreSettings::Sqlite { path } => {
            StoreSettings::Sqlite { path: path.clone(), durability: Durability::Full, migrate: true }
        }
        crate::config::StoreSettings::Postgres { url, connections } => {
            StoreSettings::Postgres { url: url.clone(), schema: None, connections: *connections, migrate: true }
        }
    }
}
