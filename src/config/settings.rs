//! What the settings mean. Choices that exclude each other are enums; secrets are files; relative paths are already joined.

use std::net::SocketAddr;
use std::path::PathBuf;

use crate::domain::ids::{AreaName, InterpretationName, PackName, RoleName};
use crate::domain::personal::Personal;
use crate::domain::time::Instant;

use super::canary::CanarySettings;
use super::defect::Place;
use super::mailboxes::{GraphSettings, ImapLogin, Mailbox};
use super::reader::Shown;
use super::scan::ScanSettings;

/// Everything a council chooses.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The settings file; `None` when all came from the environment.
    pub file: Option<PathBuf>,
    /// The folder relative paths counted from.
    pub folder: PathBuf,
    /// The programme.
    pub programme: ProgrammeSettings,
    /// Which reading of the published criteria gives the best grade; the rule pack's own when there is none.
    pub reading: Option<InterpretationName>,
    /// Where cases are kept.
    pub store: StoreSettings,
    /// 32 random bytes in a file: without it nothing stored can be read.
    pub master_key_file: PathBuf,
    /// Where mail comes from.
    pub mailboxes: Vec<Mailbox>,
    /// What is written to people.
    pub mail: MailSettings,
    /// How letters leave.
    pub delivery: Delivery,
    /// Limits of the reading of documents.
    pub reader: ReaderSettings,
    /// The virus scanner that looks at each mail first, if there is one.
    pub scan: Option<ScanSettings>,
    /// The test mail to ourselves, if one goes out.
    pub canary: Option<CanarySettings>,
    /// The pages.
    pub web: WebSettings,
    /// When digests go out.
    pub digest: Schedule,
    /// When the nightly look after everything runs.
    pub housekeeping: Schedule,
    /// Telephones for letters.
    pub contact: Contact,
    /// Who holds which role.
    pub people: Vec<Person>,
    /// Agencies whose proven mail is known.
    pub known_agencies: Vec<Agency>,
    /// The clock.
    pub clock: ClockSettings,
    pub(super) pack_place: Place,
    pub(super) reading_place: Place,
    pub(super) whole: Place,
    pub(super) shown: Vec<Shown>,
}

/// Which programme, which letters, which rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProgrammeSettings {
    /// A folder instead of the programme inside the program.
    pub folder: Option<PathBuf>,
    /// A folder instead of the letters inside the program.
    pub templates: Option<PathBuf>,
    /// The rule pack in force.
    pub rule_pack: PackName,
}

impl Default for ProgrammeSettings {
    /// What the program holds inside, under the rules of Cumbria from April 2015.
    fn default() -> Self {
        let rule_pack = PackName::new(super::DEFAULT_PACK).expect("the pack's name is a name");
        Self { folder: None, templates: None, rule_pack }
    }
}

/// Where cases are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StoreSettings {
    /// One file.
    Sqlite {
        /// The file.
        path: PathBuf,
    },
    /// A server, shared by several daemons.
    Postgres {
        /// Its address.
        url: PostgresUrl,
        /// Connections at most.
        connections: u32,
    },
}

/// Address of a PostgreSQL server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PostgresUrl {
    /// In a file, because it holds a password.
    File(PathBuf),
    /// As written; it holds no password.
    Plain(String),
}

/// Whether senders are proven before mail gets here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trust {
    /// Nothing gets into this mailbox that the border has not checked and let pass.
    BorderChecked,
    /// The council's border server checks SPF, DKIM and DMARC and writes `Authentication-Results` under one of these names.
    Results {
        /// Its names (authserv-ids), or `exchange-online` for a server that writes none.
        servers: Vec<String>,
    },
    /// Nobody checks: every sender is unproven and gets a receipt only.
    Unproven,
}

/// What is written to people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailSettings {
    /// The programme's own address.
    pub address: String,
    /// Its display name.
    pub sender_name: String,
    /// Whether letters leave.
    pub mode: Mode,
    /// How much a triage summary says.
    pub detail: Detail,
    /// Who may be written to at all.
    pub only_to: Recipients,
    /// Where answers to letters about a case go.
    pub answers_to: AnswersTo,
    /// Letters an hour at most; more are kept for the next hour.
    pub hourly_max: u32,
}

/// Whether letters leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Everything is read and judged, letters are written and kept, none leaves.
    Observe,
    /// Letters leave.
    Live,
}

/// Where answers to letters about a case go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AnswersTo {
    /// To the programme's address.
    Address,
    /// To the programme's address with a signed reference behind a `+`, which its mail server must deliver to the same mailbox.
    SubAddress,
}

/// How much a triage summary says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Detail {
    /// References, counts and dates.
    Minimal,
    /// Also initials and theme names, to these domains only.
    Trusted {
        /// The domains.
        domains: Vec<Domain>,
    },
}

/// Who may be written to at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recipients {
    /// Everybody a letter is for.
    Everybody,
    /// Only addresses that match one of these.
    Only(Vec<AddressPattern>),
}

impl Recipients {
    /// May `address` be written to?
    #[must_use]
    pub fn allows(&self, address: &str) -> bool {
        match self {
            Self::Everybody => true,
            Self::Only(patterns) => patterns.iter().any(|pattern| pattern.matches(address)),
        }
    }
}

/// `team@council.example.org`, or `*@council.example.org` for a whole domain. Upper and lower case are the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddressPattern(pub(super) String);

impl AddressPattern {
    /// Does `address` match?
    #[must_use]
    pub fn matches(&self, address: &str) -> bool {
        let address = address.to_ascii_lowercase();
        match self.0.strip_prefix('*') {
            Some(at_domain) => address.len() > at_domain.len() && address.ends_with(at_domain),
            None => address == self.0,
        }
    }
}

/// A mail domain in lower case: `council.example.org`. It does not stand for those below it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Domain(pub(super) String);

impl Domain {
    /// As text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
    /// Is `address` of this domain?
    #[must_use]
    pub fn holds(&self, address: &str) -> bool {
        address.rsplit_once('@').is_some_and(|(_, domain)| domain.eq_ignore_ascii_case(&self.0))
    }
}

/// An agency that nominates families.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agency {
    /// Its mail domain.
    pub domain: Domain,
    /// What people call it.
    pub title: Option<String>,
}

/// How letters leave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Delivery {
    /// They do not: they stay queued.
    Hold,
    /// Into a Maildir folder, as files.
    Maildir {
        /// The folder.
        path: PathBuf,
    },
    /// To a mail server.
    Smtp {
        /// Its name.
        host: String,
        /// Its port.
        port: u16,
        /// How the connection is protected.
        tls: Tls,
        /// Who we are to it.
        login: Option<Login>,
        /// Certificates to trust besides the machine's, PEM.
        ca_file: Option<PathBuf>,
    },
    /// By a mailbox at Microsoft 365; nothing is watched there.
    Graph(Box<GraphSettings>),
}

/// A login at a mail server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Login {
    /// The user.
    pub username: String,
    /// How the user is proven: as to an IMAP server.
    pub proof: ImapLogin,
}

/// How a connection is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tls {
    /// From the first byte, usually port 465.
    Implicit,
    /// After `STARTTLS`, usually port 587; without it nothing is sent.
    StartTls,
    /// Not at all: accepted for this machine only.
    None,
}

/// Limits of the reading of documents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReaderSettings {
    /// Whether the kernel confines the worker.
    pub sandbox: Sandbox,
    /// Memory of one worker, MiB.
    pub worker_memory_mb: u64,
    /// Processor time of one mail, seconds.
    pub cpu_seconds: u64,
    /// Time on the wall of one mail, seconds.
    pub wall_seconds: u64,
    /// Who reads words off pictures of pages.
    pub ocr: OcrSettings,
}

/// How words are read off scans and photos of pages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OcrSettings {
    /// Who does it.
    pub program: OcrProgram,
    /// The languages looked for, as tesseract names them, joined by `+`: `eng+cym`.
    pub languages: String,
    /// Time for all pictures of one mail, seconds; pages beyond it are for a person.
    pub mail_seconds: u64,
}

impl Default for OcrSettings {
    fn default() -> Self {
        Self { program: OcrProgram::OnPath, languages: "eng".to_owned(), mail_seconds: 22 }
    }
}

/// The program that reads words off pictures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OcrProgram {
    /// `tesseract`, where it is on the `PATH`.
    OnPath,
    /// This one, which takes tesseract's arguments.
    Named(PathBuf),
    /// None: scans wait for a person.
    Off,
}

impl Default for ReaderSettings {
    /// The figures of the promise: what no honest mail needs, and no hostile one gets more than.
    fn default() -> Self {
        let ocr = OcrSettings::default();
        Self { sandbox: Sandbox::Enforced, worker_memory_mb: 256, cpu_seconds: 5, wall_seconds: 10, ocr }
    }
}

/// Whether the kernel confines the worker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sandbox {
    /// Without confinement nothing is read.
    Enforced,
    /// Reads also where the kernel cannot confine; `check` warns.
    Weakened,
}

/// The pages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebSettings {
    /// A loopback address and port; without it there are no pages, and letters say how to look instead of linking to one.
    pub listen: Option<SocketAddr>,
    /// How letters name the pages: no slash at its end. None without pages.
    pub public_url: Option<String>,
    /// Whether who opens a page there signs in first.
    pub sign_in: SignIn,
}

impl WebSettings {
    /// The web address of a page, `path` beginning with a slash; empty where there are no pages, so that no letter leads nowhere.
    #[must_use]
    pub fn page(&self, path: &str) -> String {
        self.public_url.as_ref().map(|url| format!("{url}{path}")).unwrap_or_default()
    }
}

/// Who opens a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignIn {
    /// Whoever can reach it: letters say how to reach the team instead.
    None,
    /// A server before the program asks who it is.
    InFront,
}

/// A checked five-field `cron` line, London time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule(pub(super) String);

impl Schedule {
    /// As written: minute, hour, day, month, weekday.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
    /// With seconds before it, as the `cron` crate wants it.
    #[must_use]
    pub fn with_seconds(&self) -> String {
        format!("0 {}", self.0)
    }
}

/// Telephones for letters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contact {
    /// The programme's team.
    pub team_phone: String,
    /// The Safeguarding Hub.
    pub hub_phone: String,
    /// The emergency duty team.
    pub out_of_hours_phone: Option<String>,
    /// Who is told when the program itself needs help: an address. Without one it is whoever looks at mails.
    pub administrator: Option<Personal<String>>,
}

/// Somebody who works with the programme.
#[derive(Debug, Clone, PartialEq)]
pub struct Person {
    /// Their name.
    pub name: Personal<String>,
    /// Their mail address, lower case.
    pub address: Personal<String>,
    /// The roles they hold.
    pub roles: Vec<RoleName>,
    /// The areas they hold them in; empty for roles of the whole programme.
    pub areas: Vec<AreaName>,
    pub(crate) place: Place,
}

/// The clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClockSettings {
    /// The machine's.
    Machine,
    /// A script's, for demonstrations.
    Scripted {
        /// Where it starts.
        start: Instant,
        /// What its numbers follow from.
        seed: u64,
    },
}

impl Settings {
    /// Every effective setting with its origin; names and addresses of people are dots. Secrets are files, so none is in here.
    #[must_use]
    pub fn masked(&self) -> &[Shown] {
        &self.shown
    }
}
