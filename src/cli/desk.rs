//! What a person does with mails, letters and the worklist: `mail settle`, `mail release`, `task done`.

use clap::{Subcommand, ValueEnum};

use super::Json;
use crate::domain::ids::{CaseReference, RoleName};
use crate::domain::personal::Personal;
use crate::domain::workflow::RequestKind;

/// `mail list`.
#[derive(Debug, Clone, Copy, clap::Args)]
pub struct ListMails {
    /// Only what waits for a person
    #[arg(long, conflicts_with_all = ["requests", "all"])]
    pub waiting: bool,
    /// Only requests that are still to be answered
    #[arg(long, conflicts_with = "all")]
    pub requests: bool,
    /// Every mail there ever was, not only the newest 500
    #[arg(long)]
    pub all: bool,
    /// How to answer.
    #[command(flatten)]
    pub output: Json,
}

/// `mail queue`.
#[derive(Debug, Clone, Copy, clap::Args)]
pub struct Queue {
    /// Print the letters themselves
    #[arg(long, conflicts_with = "json")]
    pub text: bool,
    /// Only letters in this state
    #[arg(long, value_name = "STATE", conflicts_with = "all")]
    pub state: Option<State>,
    /// Also letters that have gone, went into a digest or were dropped
    #[arg(long)]
    pub all: bool,
    /// How to answer.
    #[command(flatten)]
    pub output: Json,
}

/// A state of letters that can be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum State {
    /// To be sent when it is due
    Queued,
    /// Waits for the next digest
    Gathering,
    /// Waits for a person's word
    Held,
    /// It may have gone out; it is tried again
    Unsure,
    /// Given up; a person looks
    Failed,
    /// A server took it
    Sent,
    /// Not to go out any more
    Dropped,
}

/// Who says so, and why.
#[derive(Debug, Clone, clap::Args)]
pub struct By {
    /// Address of the person, as in the settings
    #[arg(long, global = true, value_name = "ADDRESS", value_parser = personal)]
    pub by: Option<Personal<String>>,
    /// Why, in your own words
    #[arg(long, global = true, value_name = "WORDS", value_parser = personal)]
    pub because: Option<Personal<String>>,
}

/// `mail settle`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  focus-family mail settle FF-E-94744 nomination --by beth.example@council.example.org
  focus-family mail settle FF-E-94744 case FF-2026-7142 --by beth.example@council.example.org
  focus-family mail settle FF-E-94744 request foi_request --by beth.example@council.example.org
  focus-family mail settle FF-E-94744 answered --by hugh.example@council.example.org --because \"sent by post\"
  focus-family mail settle FF-E-94744 nomination --from-family --by beth.example@council.example.org
  focus-family mail settle FF-E-94744 detach --by beth.example@council.example.org --because \"another family\"
  focus-family mail settle FF-E-94744 nothing --by beth.example@council.example.org --because \"an advertisement\"")]
pub struct Settle {
    /// Its receipt number, for example FF-E-94744
    #[arg(value_name = "RECEIPT")]
    pub receipt: String,
    /// What becomes of it.
    #[command(subcommand)]
    pub end: End,
    /// Who says so.
    #[command(flatten)]
    pub by: By,
    /// How to answer.
    #[arg(long, global = true)]
    pub json: bool,
}

/// What becomes of a mail.
#[derive(Debug, Clone, Subcommand)]
pub enum End {
    /// It is a nomination: it opens a case
    Nomination {
        /// The family wrote it itself: it hears nothing of the case by mail, somebody rings
        #[arg(long)]
        from_family: bool,
    },
    /// It belongs to a case: it joins it
    Case {
        /// The case, for example FF-2026-7142
        #[arg(value_name = "REF")]
        reference: CaseReference,
    },
    /// It is a request: it gets its date and those who answer it
    Request {
        /// Which kind
        #[arg(value_name = "KIND", value_parser = request_kind)]
        kind: RequestKind,
    },
    /// The request has been answered (say how with --because)
    Answered,
    /// It is nothing for us: it is filed (say why with --because)
    Nothing,
    /// It joined a case by mistake: it leaves it and waits again (say why with --because)
    Detach,
}

/// One letter of the outbox.
#[derive(Debug, clap::Args)]
pub struct OneLetter {
    /// Its id as `mail queue` shows it, or the beginning or end of it
    #[arg(value_name = "ID")]
    pub letter: String,
    /// ID is the name of a letter (triage_summary): every one of it that has not left
    #[arg(long)]
    pub every: bool,
    /// Who says so.
    #[command(flatten)]
    pub by: By,
    /// How to answer.
    #[command(flatten)]
    pub output: Json,
}

/// `mail preview`.
#[derive(Debug, clap::Args)]
pub struct Preview {
    /// Its id as `mail queue` shows it, or the beginning or end of it
    #[arg(value_name = "ID")]
    pub letter: String,
    /// How to answer.
    #[command(flatten)]
    pub output: Json,
}

/// `task …`.
#[derive(Debug, Subcommand)]
pub enum Task {
    /// What people are asked to do, the longest due first
    List {
        /// Only what is late
        #[arg(long)]
        late: bool,
        /// Only what this role is asked
        #[arg(long, value_name = "ROLE", value_parser = role)]
        role: Option<RoleName>,
        /// How to answer.
        #[command(flatten)]
        output: Json,
    },
    /// Say that something is done
    Done {
        /// Its id as `task list` shows it, or the beginning or end of it
        #[arg(value_name = "ID")]
        item: String,
        /// Who says so.
        #[command(flatten)]
        by: By,
        /// How to answer.
        #[command(flatten)]
        output: Json,
    },
}

pub(super) fn personal(text: &str) -> Result<Personal<String>, String> {
    if text.trim().is_empty() { Err("it is empty".to_owned()) } else { Ok(Personal::new(text.trim().to_owned())) }
}

fn role(text: &str) -> Result<RoleName, String> {
    RoleName::new(&text.replace('-', "_")).map_err(|error| error.to_string())
}

fn request_kind(text: &str) -> Result<RequestKind, String> {
    let wanted = text.to_lowercase().replace('-', "_");
    RequestKind::ALL.into_iter().find(|kind| kind.as_str() == wanted).ok_or_else(|| {
        let kinds: Vec<&str> = RequestKind::ALL.iter().map(|kind| kind.as_str()).collect();
        format!("it is one of {}", kinds.join(", "))
    })
}
