//! Settings: `focus-family.toml`, overlaid by `FOCUS_FAMILY__SECTION__KEY` variables.
//!
//! Every defect is reported at once, with its place and what to do. No message repeats a value that could be a secret,
//! unknown keys are defects, and no default loses data: what has no safe default must be written. Start at [`Settings::load`].

mod against;
mod canary;
mod criteria;
mod defect;
pub mod files;
mod keys;
mod mailboxes;
pub mod own;
mod reader;
mod scan;
mod sections;
mod senders;
mod settings;
mod tree;

use std::path::{Path, PathBuf};

pub use against::{Named, holds_or_means};
pub use canary::CanarySettings;
pub use defect::{ConfigDefect, Place, nearest};
pub use files::FilesError;
pub use keys::SECTIONS;
pub use mailboxes::{Folders, GraphSettings, ImapLogin, ImapSettings, Mailbox, MailboxKind, Proof, Registration};
pub use reader::Shown;
pub use scan::{ScanSettings, ScannerAddress, UnscannedMail};
pub use settings::{
    AddressPattern, Agency, AnswersTo, ClockSettings, Contact, Delivery, Detail, Domain, Login, MailSettings, Mode, OcrProgram,
    OcrSettings, Person, PostgresUrl, ProgrammeSettings, ReaderSettings, Recipients, Sandbox, Schedule, Settings, SignIn,
    StoreSettings, Tls, Trust, WebSettings,
};

/// The settings file looked for in the current folder.
pub const FILE_NAME: &str = "focus-family.toml";
/// The rule pack in force unless the settings name another.
const DEFAULT_PACK: &str = "cumbria-2015";

impl Settings {
    /// Reads `explicit`, or `focus-family.toml` of the current folder, and lays the variables of `environment` over it.
    /// Without a file the variables alone must be complete.
    ///
    /// # Errors
    /// Everything wrong with them, in the order of the file; never empty.
    pub fn load(explicit: Option<&Path>, environment: impl Iterator<Item = (String, String)>) -> Result<Self, Vec<ConfigDefect>> {
        Self::load_or_named(explicit, environment).map_err(|(defects, _)| defects)
    }

    /// As [`Settings::load`], with `text` as the content of `file`. Reads nothing.
    ///
    /// # Errors
    /// Everything wrong with them; never empty.
    pub fn from_text(
        text: &str,
        file: &Path,
        environment: impl Iterator<Item = (String, String)>,
    ) -> Result<Self, Vec<ConfigDefect>> {
        Self::read(text, file, environment).map_err(|(defects, _)| defects)
    }

    /// As [`Settings::load`]; with mistakes in them, also what they name all the same.
    ///
    /// # Errors
    /// Everything wrong with them; never empty.
    pub fn load_or_named(
        explicit: Option<&Path>,
        environment: impl Iterator<Item = (String, String)>,
    ) -> Result<Self, (Vec<ConfigDefect>, Option<Box<Named>>)> {
        let variables: Vec<(String, String)> = environment.filter(|(name, _)| name.starts_with(tree::PREFIX)).collect();
        let file = file_of(explicit);
        let problem = match std::fs::read_to_string(&file) {
            Ok(text) => {
                return Self::read(&text, &file, variables.into_iter()).map_err(|(defects, named)| (defects, Some(named)));
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && explicit.is_none() && !variables.is_empty() => {
                let settings = Self::from_text("", &file, variables.into_iter()).map_err(|defects| (defects, None))?;
                return Ok(Self { file: None, ..settings });
            }
            Err(error) => match error.kind() {
                std::io::ErrorKind::NotFound => "there is no such settings file".to_owned(),
                std::io::ErrorKind::InvalidData => "the settings file is not UTF-8 text".to_owned(),
                _ => format!("cannot read the settings file: {error}"),
            },
        };
        let fix =
            "name another with --config FILE, write one with `focus-family init`, or see all of it work with `focus-family demo`";
        Err((vec![ConfigDefect { place: Place::File(file), key: String::new(), problem, fix: fix.to_owned() }], None))
    }

    fn read(
        text: &str,
        file: &Path,
        environment: impl Iterator<Item = (String, String)>,
    ) -> Result<Self, (Vec<ConfigDefect>, Box<Named>)> {
        let (mut tree, mut defects) = tree::from_toml(text, file);
        let broken = !defects.is_empty();
        let (_, unlaid) = tree::overlay(&mut tree, environment);
        defects.extend(unlaid);
        let folder = file.parent().unwrap_or(Path::new(".")).to_owned();
        let mut reader =
            reader::Reader { whole: Place::File(file.to_owned()), folder: folder.clone(), defects, shown: Vec::new() };
        let (read, mut named) = everything(&mut reader, &mut tree, file, folder);
        reader.close(&tree);
        if broken {
            // What follows a line that is no TOML is often lost, so what seems to be missing may be there.
            reader.defects.retain(|defect| !matches!(defect.place, Place::File(_)));
        }
        match read {
            Some(mut settings) if reader.defects.is_empty() => {
                settings.shown = reader.shown;
                Ok(settings)
            }
            read => {
                named.settings = read.map(|settings| Box::new(Self { shown: std::mem::take(&mut reader.shown), ..settings }));
                let line = |defect: &ConfigDefect| match defect.place {
                    Place::Line { line, .. } => line,
                    Place::File(_) => usize::MAX - 1,
                    Place::Variable(_) | Place::Default => usize::MAX,
                };
                reader.defects.sort_by_key(line);
                Err((reader.defects, Box::new(named)))
            }
        }
    }

    /// A settings file with every setting and what it means; it loads as it is.
    #[must_use]
    pub fn example() -> &'static str {
        include_str!("../../focus-family.example.toml")
    }
}

/// The settings file: named, or that of the current folder.
fn file_of(explicit: Option<&Path>) -> PathBuf {
    std::path::absolute(explicit.unwrap_or(Path::new(FILE_NAME))).unwrap_or_else(|_| PathBuf::from(FILE_NAME))
}

fn everything(reader: &mut reader::Reader, tree: &mut sections::Tree, file: &Path, folder: PathBuf) -> (Option<Settings>, Named) {
    let (programme, pack_place) = criteria::programme(reader, tree);
    let (reading, reading_place) = criteria::criteria(reader, tree);
    let store = sections::store(reader, tree);
    let master_key_file = sections::vault(reader, tree);
    let mailboxes = mailboxes::mailboxes(reader, tree);
    let mail = sections::mail(reader, tree);
    let delivery = sections::delivery(reader, tree);
    let worker = sections::worker(reader, tree);
    let scan = scan::scan(reader, tree);
    let canary = canary::canary(reader, tree);
    let web = sections::web(reader, tree);
    let digest = sections::schedule(reader, tree, "digest", "30 7 * * Mon-Fri");
    let housekeeping = sections::schedule(reader, tree, "housekeeping", "30 2 * * *");
    let contact = sections::contact(reader, tree);
    let people = sections::people(reader, tree);
    let mut known_agencies = senders::known_agencies(reader, tree);
    known_agencies.extend(senders::agencies(reader, tree));
    let clock = sections::clock(reader, tree);
    let named = Named {
        programme: programme.clone(),
        master_key_file: master_key_file.clone(),
        mailboxes: mailboxes.clone(),
        pack_place: pack_place.clone(),
        reading: reading.clone(),
        reading_place: reading_place.clone(),
        people: people.clone(),
        people_known: reader.defects.iter().all(|defect| !defect.key.starts_with("people")),
        whole: reader.whole.clone(),
        settings: None,
    };
    let whole = || -> Option<Settings> {
        Some(Settings {
            file: Some(file.to_owned()),
            folder,
            programme,
            reading,
            reading_place,
            store: store?,
            master_key_file: master_key_file?,
            mailboxes,
            mail: mail?,
            delivery: delivery?,
            reader: worker,
            scan,
            canary,
            web: web?,
            digest: digest?,
            housekeeping: housekeeping?,
            contact: contact?,
            people,
            known_agencies,
            clock: clock?,
            pack_place,
            whole: reader.whole.clone(),
            shown: Vec::new(),
        })
    };
    (whole(), named)
}
