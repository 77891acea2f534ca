//! Reads mails in children that can do nothing but answer. Start at [`Reader::read`].
//!
//! A worker (this program once more, loaded, warm and locked in) forks a child for each mail: a process of its own that reads this one
//! mail, answers and ends, so that no mail can leave anything behind for another, and none pays for the start of a program. A worker whose
//! child did anything but answer and end well is replaced. A file that brings a child down is passed over in the next try and
//! carries the reason; the rest of the mail is used.

mod child;
mod jail;
pub mod ocr;
mod one_mail;
pub mod protocol;
#[cfg(debug_assertions)]
mod rehearsal;
mod sandbox;
mod worker;

use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::domain::document::{Limits, Problem};
use crate::domain::mail::MailProblem;
use crate::domain::nomination::Reading;
use child::{Ended, Reusable, Worker};
pub use jail::jail_main;
use ocr::{Looker, Ocr, OcrLimits};
use protocol::{PagesWanted, RequestHead};
pub use worker::worker_main;

/// Workers kept for the next mail; more are started when more mails are read at once.
const IDLE_MAX: usize = 2;

/// Whether a child may work when the kernel cannot enforce its sandbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Sandbox {
    /// No sandbox, no reading.
    #[default]
    Required,
    /// Read anyway, under what can be enforced.
    Weakened,
}

/// How mails are read.
#[derive(Debug, Clone)]
pub struct ReaderSettings {
    /// The program whose `read-worker` command reads; this very program by default.
    pub program: Option<PathBuf>,
    /// Limits of one mail.
    pub limits: Limits,
    /// What to do without a sandbox.
    pub sandbox: Sandbox,
    /// Wall-clock time for one try at one mail.
    pub time_limit: Duration,
    /// Processor seconds for one try at one mail.
    pub processor_seconds: u64,
    /// Memory of a child beyond its own program, in bytes.
    pub memory_bytes_max: u64,
    /// Who reads words off pictures of pages.
    pub ocr: Ocr,
    /// Limits of reading one picture.
    pub ocr_limits: OcrLimits,
}

impl Default for ReaderSettings {
    /// The figures of the promise: 10 s, 5 s of processor, 256 MiB, a sandbox or nothing.
    fn default() -> Self {
        Self {
            program: None,
            limits: Limits::default(),
            sandbox: Sandbox::Required,
            time_limit: Duration::from_secs(10),
            processor_seconds: 5,
            memory_bytes_max: 256 << 20,
            ocr: Ocr::default(),
            ocr_limits: OcrLimits::default(),
        }
    }
}

impl ReaderSettings {
    /// Who looks at the pictures of one mail.
    fn looker(&self) -> Looker {
        let ours = self.program.clone().unwrap_or_else(|| "/proc/self/exe".into());
        Looker::new(ours, &self.ocr, self.sandbox, self.ocr_limits.clone(), &self.limits)
    }
}

/// Why a mail could not be read. The text is for the person whose worklist it comes to.
#[derive(Debug, thiserror::Error)]
pub enum ReadFailure {
    /// The mail breaks a limit, or is no mail.
    #[error("{0}")]
    Mail(MailProblem),
    /// The kernel cannot lock the reading child in.
    #[error(
        "this machine cannot lock the reading of mails in; use a kernel with Landlock and seccomp, or set `sandbox = \"weakened\"`"
    )]
    NotSandboxed,
    /// Reading took too long.
    #[error("reading the mail took too long and was stopped; look at the original")]
    TimeLimit,
    /// Reading took too much memory.
    #[error("reading the mail took too much memory and was stopped; look at the original")]
    MemoryLimit,
    /// The child ended without an answer.
    #[error("the mail brought its reading down; look at the original")]
    Crashed,
    /// The answer was too long or made no sense.
    #[error("reading the mail gave no usable answer; look at the original")]
    BadAnswer,
    /// The worker could not be started.
    #[error("cannot start `{program} read-worker`")]
    NotStarted {
        /// The program tried.
        program: String,
        /// Why.
        #[source]
        cause: std::io::Error,
    },
}

impl ReadFailure {
    /// The nearest name among the problems of a document; `None` when the machine is at fault, not the mail.
    #[must_use]
    pub fn problem(&self) -> Option<Problem> {
        use crate::domain::mail::Refused;
        match self {
            Self::Mail(problem) => Some(match problem.reason {
                Refused::Empty => Problem::Empty,
                Refused::NotAMail => Problem::Damaged,
                Refused::TooDeep => Problem::TooDeep,
                Refused::TooLarge | Refused::TooManyParts | Refused::HeadersOverLimit => Problem::TooLarge,
            }),
            Self::TimeLimit => Some(Problem::TimeLimit),
            Self::MemoryLimit => Some(Problem::MemoryLimit),
            Self::Crashed | Self::BadAnswer => Some(Problem::Damaged),
            Self::NotSandboxed | Self::NotStarted { .. } => None,
        }
    }
}

/// A page of a file, drawn.
#[derive(Clone, PartialEq, Eq)]
pub struct PageShown {
    /// Name of the document.
    pub document: String,
    /// Number of the file, from 0, in the order read.
    pub file: u32,
    /// Page, from 1.
    pub page: u32,
    /// Bytes of a PNG.
    pub png: Vec<u8>,
}

crate::redacted_debug!(PageShown);

/// Reads mails, each in a child of its own.
#[derive(Debug)]
pub struct Reader {
    settings: ReaderSettings,
    /// Workers without a child.
    idle: Mutex<Vec<Worker>>,
    /// No child: mails are read in this very process.
    here: bool,
}

impl Reader {
    /// A reader; no process is started before the first mail.
    #[must_use]
    pub fn new(settings: ReaderSettings) -> Self {
        Self { settings, idle: Mutex::default(), here: false }
    }

    /// A reader without children, for mails of our own making alone: what comes from outside is never read in this process.
    #[must_use]
    pub fn of_our_own_mails() -> Self {
        Self { settings: ReaderSettings::default(), idle: Mutex::default(), here: true }
    }

    /// Reads the mail `raw`. May run several at once; each has its own child.
    ///
    /// # Errors
    /// [`ReadFailure`]. A file that cannot be read is no failure but a document with its problem.
    pub async fn read(&self, raw: &[u8]) -> Result<Reading, ReadFailure> {
        if self.here {
            return crate::domain::nomination::reading::read_mail(raw, &self.settings.limits).map_err(ReadFailure::Mail);
        }
        self.read_with(raw, None, &mut Vec::new()).await
    }

    /// Pictures of the pages of the files in `raw`, as `wanted`, drawn by the child. Files that have no pages of their own have none.
    ///
    /// # Errors
    /// As [`Reader::read`].
    pub async fn pages(&self, raw: &[u8], wanted: PagesWanted) -> Result<Vec<PageShown>, ReadFailure> {
        let mut pages = Vec::new();
        self.read_with(raw, Some(wanted), &mut pages).await?;
        Ok(pages)
    }

    async fn read_with(
        &self,
        raw: &[u8],
        wanted: Option<PagesWanted>,
        pages: &mut Vec<PageShown>,
    ) -> Result<Reading, ReadFailure> {
        // One try with everything, one without the file at fault, one without any file.
        let mut head = RequestHead { limits: self.settings.limits, skip: Vec::new(), skip_all: None, pages: wanted };
        let mut outcome = self.attempt(&head, raw, pages).await?;
        if let Attempt::FileFailed(number, problem) = outcome {
            head.skip.push((number, problem));
            outcome = self.attempt(&head, raw, pages).await?;
        }
        if let Attempt::FileFailed(_, problem) = outcome {
            head.skip_all = Some(problem);
            outcome = self.attempt(&head, raw, pages).await?;
        }
        match outcome {
            Attempt::Read(reading) => Ok(*reading),
            Attempt::FileFailed(..) => Err(ReadFailure::Crashed),
        }
    }

    async fn attempt(&self, head: &RequestHead, raw: &[u8], pages: &mut Vec<PageShown>) -> Result<Attempt, ReadFailure> {
        pages.clear();
        let waiting = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let fresh = waiting.is_none();
        let mut worker = match waiting {
            Some(worker) => worker,
            None => Worker::start(&self.settings)?,
        };
        let mut outcome = worker.read(head, raw, &self.settings, pages).await;
        if !fresh && matches!(outcome, Err(Ended::BeforeWork)) {
            // The worker had died while it waited; that is not the mail's fault.
            worker = Worker::start(&self.settings)?;
            outcome = worker.read(head, raw, &self.settings, pages).await;
        }
        match outcome {
            Ok((answer, reusable)) => {
                if reusable == Reusable::Yes {
                    self.keep(worker);
                }
                (*answer).map(|reading| Attempt::Read(Box::new(reading))).map_err(ReadFailure::Mail)
            }
            Err(Ended::NotSandboxed) => Err(ReadFailure::NotSandboxed),
            Err(Ended::InFile(number, problem)) => Ok(Attempt::FileFailed(number, problem)),
            Err(Ended::TimeLimit) => Err(ReadFailure::TimeLimit),
            Err(Ended::MemoryLimit) => Err(ReadFailure::MemoryLimit),
            Err(Ended::BadAnswer) => Err(ReadFailure::BadAnswer),
            Err(Ended::BeforeWork | Ended::Crashed) => Err(ReadFailure::Crashed),
        }
    }

    fn keep(&self, worker: Worker) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < IDLE_MAX {
            idle.push(worker);
        }
    }
}

enum Attempt {
    Read(Box<Reading>),
    FileFailed(u32, Problem),
}
