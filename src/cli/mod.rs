//! The command line: what can be asked, and how answers are printed. Decides nothing and opens nothing.
//!
//! Exit codes: 0 done, 1 something is wrong or was found wrong, 2 wrong usage. Start at [`Args::parse_from_env`].

mod case;
mod desk;
mod forms;
mod meeting;
pub mod print;
mod record;
pub mod report;
mod workflow;

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Parser, Subcommand};

use crate::domain::personal::Personal;
use crate::domain::time::Date;

pub use case::{Case, Drift, OneCase, Outcomes, Pack, Plan};
pub use desk::{By, End, ListMails, OneLetter, Preview, Queue, Settle, State, Task};
pub use forms::{FormFormat, Forms};
pub use meeting::{Meeting, OneMeeting};
pub use record::Record;
pub use workflow::Workflow;

/// What the operator or the team asks for.
#[derive(Debug, Parser)]
#[command(
    name = "focus-family",
    version,
    about = "From an emailed nomination to the watch after exit: no case left waiting, no family left without an answer",
    after_help = "Examples:
  focus-family demo --days 60               a sample county, sixty days of it, nothing to set up
  focus-family mail explain nomination.eml  what a mail would do; stores and sends nothing
  focus-family init && focus-family check   set up, then see what is left to do
  focus-family serve                        run

Settings: focus-family.toml in the current folder, or --config FILE, overlaid by FOCUS_FAMILY__SECTION__KEY.
Exit codes: 0 done, 1 something is wrong or was found wrong, 2 wrong usage.",
    disable_help_subcommand = true,
    arg_required_else_help = true
)]
pub struct Args {
    /// Settings file [default: focus-family.toml in the current folder]
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Show everything at work in a sample county; nothing to set up, nothing leaves this machine
    Demo(Demo),
    /// Run: watch the mailboxes, drive the cases, send the letters
    Serve,
    /// Mails and letters: explain, import, list and show what came, settle what waits, look after what goes
    #[command(subcommand)]
    Mail(Mail),
    /// The worklist: what people are asked to do, and that it is done
    #[command(subcommand)]
    Task(Task),
    /// Test every promise and every outside thing; each problem comes with its fix
    Check(Json),
    /// Check, picture or compare the folder of a programme
    #[command(subcommand)]
    Workflow(Workflow),
    /// The forms we hand out: empty, as PDF, Word document or JSON Schema
    #[command(subcommand)]
    Forms(Forms),
    /// Read cases, and record what people did or decided
    #[command(subcommand)]
    Case(Case),
    /// Meetings of the areas: when, what they are asked, who comes, what was decided
    #[command(subcommand)]
    Meeting(Meeting),
    /// The chain that shows whether history was altered
    #[command(subcommand)]
    Audit(Audit),
    /// Years of a made-up programme on a scripted clock, with every promise held to the store at every instant
    Simulate(Simulate),
    /// Settings: what holds, whether they are right, an example of all
    #[command(subcommand)]
    Config(Config),
    /// Write a commented settings file, a key and a Maildir, and say what to do next
    Init(Init),
    /// A mailbox at Microsoft 365: what its administrator runs
    #[command(subcommand, name = "m365")]
    Microsoft365(Microsoft365),
}

/// For commands that only choose how to answer.
#[derive(Debug, Clone, Copy, clap::Args)]
pub struct Json {
    /// Print one JSON value on standard output and nothing else there
    #[arg(long)]
    pub json: bool,
}

/// `demo`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  focus-family demo                     pages on http://127.0.0.1:8080 until Ctrl-C
  focus-family demo --days 90           the story of ninety days on a scripted clock, then the end
  focus-family demo --dir county        keep everything in ./county and use the other commands there")]
pub struct Demo {
    /// Folder for the sample county; it gets a settings file [default: a new folder]
    #[arg(long, value_name = "DIR")]
    pub dir: Option<PathBuf>,
    /// Let this many days pass on a scripted clock, print the story, and end
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(0..=3660))]
    pub days: Option<u32>,
    /// Port of the pages on this machine; 0 takes a free one
    #[arg(long, value_name = "PORT", default_value_t = 8080)]
    pub port: u16,
}

/// `simulate`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  focus-family simulate                                       3380 families, five years
  focus-family simulate --families 40 --years 1 --seed 3      a small one
  focus-family simulate --picture programme.html              with a picture of what came of it")]
pub struct Simulate {
    /// Families nominated
    #[arg(long, value_name = "N", default_value_t = 3380, value_parser = clap::value_parser!(u32).range(1..=50_000))]
    pub families: u32,
    /// Years
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=10))]
    pub years: u32,
    /// What everything drawn follows from: the same seed tells the same story
    #[arg(long, value_name = "N", default_value_t = 7)]
    pub seed: u64,
    /// So many simulations, each with the next seed; stops with the first that breaks a rule
    #[arg(long, value_name = "N", default_value_t = 1, conflicts_with = "picture", value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    pub runs: u64,
    /// Write a picture of the programme to this file, .html or .svg
    #[arg(long, value_name = "FILE")]
    pub picture: Option<PathBuf>,
    /// How to answer.
    #[command(flatten)]
    pub output: Json,
}

/// `mail …`.
#[derive(Debug, Subcommand)]
pub enum Mail {
    /// What a mail is, what was read in it and where, and what would happen; stores and sends nothing
    #[command(after_help = "Examples:
  focus-family mail explain nomination.eml --as-of 2016-02-01 --json
  focus-family mail explain form.pdf --pages pictures     each page as a picture, the place of each answer marked")]
    Explain {
        /// The mail as an .eml file, or a form alone: PDF, Word, a scan
        file: PathBuf,
        /// Draw every page of its PDFs and scans into this folder, the place of each answer marked with its number in the report
        #[arg(long, value_name = "DIR")]
        pages: Option<PathBuf>,
        /// Judge as if received on this day [default: the mail's own date]
        #[arg(long, value_name = "DATE", value_parser = date)]
        as_of: Option<Date>,
        /// How to answer.
        #[command(flatten)]
        output: Json,
    },
    /// Take every .eml of a folder, as if it had arrived
    Import {
        /// The folder
        dir: PathBuf,
        /// As if they had come by this mailbox of the settings, with its trust in senders [default: no sender is proven]
        #[arg(long, value_name = "NAME")]
        mailbox: Option<String>,
        /// How to answer.
        #[command(flatten)]
        output: Json,
    },
    /// Mails received, and what each ended as
    List(ListMails),
    /// One mail received: what became of it, what is read in it
    Show(ShowMail),
    /// Say what becomes of a mail that waits, of a request, or of one that was filed by mistake
    Settle(Settle),
    /// Whether letters can leave: connects and signs in; with --to one letter goes to yourself
    #[command(after_help = "Examples:
  focus-family mail test                                     connects, signs in, sends nothing
  focus-family mail test --to ada@council.example.org        and sends one letter to an address of [[people]] or [contact]")]
    Test {
        /// Also send one letter to this address: of somebody of the settings, nobody else
        #[arg(long, value_name = "ADDRESS", value_parser = desk::personal)]
        to: Option<Personal<String>>,
    },
    /// Letters waiting to leave, and those that could not
    Queue(Queue),
    /// One letter as it would arrive
    Preview(Preview),
    /// Let a letter go that is held, waits for a digest or was given up
    Release(OneLetter),
    /// Drop a letter that has not gone
    Discard(OneLetter),
    /// After a backup was put back, or on a new server: hold the letters that may have left already, and let new ones leave
    Restored(Restored),
}

/// `mail restored`.
#[derive(Debug, clap::Args)]
pub struct Restored {
    /// Who says so, and why.
    #[command(flatten)]
    pub by: By,
}

/// `mail show`.
#[derive(Debug, clap::Args)]
pub struct ShowMail {
    /// Its receipt number, for example FF-E-94744
    #[arg(value_name = "RECEIPT")]
    pub receipt: String,
    /// Show who sent it, its files by name, and the answers about persons, as --json always does; the look is recorded
    #[arg(long)]
    pub reveal: bool,
    /// Print the mail itself, as it came; the look is recorded
    #[arg(long, conflicts_with = "json")]
    pub original: bool,
    /// With --original: also a mail in which the virus scanner found something, or that it has to look at first
    #[arg(long, requires = "original")]
    pub although_infected: bool,
    /// How to answer.
    #[command(flatten)]
    pub output: Json,
}

/// `audit …`.
#[derive(Debug, Subcommand)]
pub enum Audit {
    /// Compute the chain anew and compare
    Verify(Json),
}

/// `config …`.
#[derive(Debug, Subcommand)]
pub enum Config {
    /// Every setting that holds and where it comes from; secrets and people are not shown
    Show(Json),
    /// Every mistake in the settings, with its line and what to do
    Check(Json),
    /// A settings file with every setting explained
    Example,
}

/// `m365 …`.
#[derive(Debug, Subcommand)]
pub enum Microsoft365 {
    /// A PowerShell script that registers the program and lets it use one mailbox and no other
    #[command(after_help = "Example:\n  focus-family m365 script --mailbox focusfamily@council.example.org > focus-family.ps1")]
    Script {
        /// The mailbox
        #[arg(long, value_name = "ADDRESS")]
        mailbox: String,
        /// How the mailbox is read; Graph needs fewer rights
        #[arg(long, value_enum, default_value_t = MailProtocol::Graph)]
        protocol: MailProtocol,
    },
}

/// How a mailbox at Microsoft 365 is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum MailProtocol {
    /// Microsoft Graph
    Graph,
    /// IMAP with access tokens
    Imap,
}

/// `init`.
#[derive(Debug, clap::Args)]
pub struct Init {
    /// Folder to set up; nothing in it is overwritten
    #[arg(default_value = ".")]
    pub dir: PathBuf,
}

impl Args {
    /// The arguments of this process. Prints help, or what is wrong with them, and ends the process then.
    #[must_use]
    pub fn parse_from_env() -> Self {
        let asked_for_json = std::env::args_os().any(|word| word == "--json");
        Self::parse_list(std::env::args_os()).unwrap_or_else(|error| {
            if asked_for_json && error.use_stderr() {
                // A reader that went away wants no answer.
                let _gone = print::json(&serde_json::json!({"error": error.to_string().trim()}));
            }
            error.exit()
        })
    }
    /// As [`Args::parse_from_env`], from a list that begins with the program's name. Ends nothing.
    ///
    /// # Errors
    /// What is wrong with them, or the help asked for.
    pub fn parse_list(list: impl IntoIterator<Item = impl Into<OsString> + Clone>) -> Result<Self, clap::Error> {
        let mut args = Self::try_parse_from(list)?;
        if let Command::Case(Case::Record(record) | Case::Draft(record)) | Command::Meeting(Meeting::Record(record)) =
            &mut args.command
        {
            args.config = record.config.take().or(args.config);
        }
        Ok(args)
    }
    /// Was JSON asked for?
    #[must_use]
    pub fn json(&self) -> bool {
        match &self.command {
            Command::Check(output)
            | Command::Simulate(Simulate { output, .. })
            | Command::Mail(
                Mail::Explain { output, .. }
                | Mail::Import { output, .. }
                | Mail::Queue(Queue { output, .. })
                | Mail::List(ListMails { output, .. })
                | Mail::Show(ShowMail { output, .. })
                | Mail::Preview(Preview { output, .. })
                | Mail::Release(OneLetter { output, .. })
                | Mail::Discard(OneLetter { output, .. }),
            )
            | Command::Task(Task::List { output, .. } | Task::Done { output, .. })
            | Command::Workflow(
                Workflow::Check { output, .. }
                | Workflow::Show { output, .. }
                | Workflow::Kept { output, .. }
                | Workflow::Migrate { output, .. }
                | Workflow::Diff { output, .. },
            )
            | Command::Case(
                Case::List { output }
                | Case::Show(OneCase { output, .. })
                | Case::Timeline(OneCase { output, .. })
                | Case::Why(OneCase { output, .. })
                | Case::Matches(OneCase { output, .. })
                | Case::Outcomes(Outcomes { output, .. })
                | Case::Plan(Plan { case: OneCase { output, .. }, .. })
                | Case::Drift(Drift { output, .. })
                | Case::Pack(Pack { output, .. })
                | Case::Shared(OneCase { output, .. })
                | Case::Draft(Record { output, .. })
                | Case::Record(Record { output, .. }),
            )
            | Command::Meeting(
                Meeting::List { output }
                | Meeting::Agenda(OneMeeting { output, .. })
                | Meeting::Invite(OneMeeting { output, .. })
                | Meeting::Pack { meeting: OneMeeting { output, .. }, .. }
                | Meeting::CallOff { meeting: OneMeeting { output, .. }, .. }
                | Meeting::Record(Record { output, .. }),
            )
            | Command::Audit(Audit::Verify(output))
            | Command::Config(Config::Show(output) | Config::Check(output)) => output.json,
            Command::Mail(Mail::Settle(Settle { json, .. })) => *json,
            Command::Mail(Mail::Restored(_) | Mail::Test { .. }) => false,
            Command::Demo(_)
            | Command::Serve
            | Command::Config(Config::Example)
            | Command::Forms(_)
            | Command::Init(_)
            | Command::Microsoft365(_) => false,
        }
    }
}

fn date(text: &str) -> Result<Date, String> {
    text.parse().map_err(|_| "write a date as 2016-02-01".to_owned())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Args::command().debug_assert();
    }

    #[test]
    fn every_command_whose_name_is_fixed_is_understood() {
        for line in [
            "demo --dir d --days 60",
            "serve --config x.toml",
            "mail explain f.eml --json --as-of 2016-02-01",
            "mail import d",
            "mail queue --json",
            "mail queue --text",
            "mail list --json",
            "mail show FF-E-94744",
            "mail show FF-E-94744 --original",
            "mail list --waiting --json",
            "mail list --requests",
            "mail settle FF-E-94744 nomination --by a@example.org --json",
            "mail settle FF-E-94744 case FF-2026-7142 --by a@example.org --because words",
            "mail settle FF-E-94744 request foi_request --by a@example.org",
            "mail settle FF-E-94744 answered --by a@example.org",
            "mail settle --by a@example.org FF-E-94744 nothing",
            "mail queue --state held --json",
            "mail queue --all",
            "mail preview 1f0c2ab4",
            "mail release 1f0c2ab4 --by a@example.org --json",
            "mail discard 1f0c2ab4 --by a@example.org",
            "task list --late --role area-officer --json",
            "task done 1f0c2ab4 --by a@example.org",
            "check --json",
            "workflow check d",
            "workflow show d --svg s.svg",
            "workflow diff d",
            "case list --json",
            "case show FF-2026-7142",
            "case timeline ff-2026-7142 --reveal",
            "case why FF-2026-7142 --json",
            "case outcomes FF-2026-7142 --json",
            "case plan FF-2026-7142 --reveal",
            "case matches FF-2026-7142 --json",
            "case drift --json",
            "case drift FF-2026-7142",
            "case pack FF-2026-7142 --dir d",
            "case record FF-2026-7142",
            "audit verify",
            "simulate --families 12 --years 1 --seed 3 --json",
            "simulate --picture p.html",
            "config show",
            "config check",
            "config example",
            "init",
        ] {
            let args = Args::parse_list(std::iter::once("focus-family").chain(line.split(' ')))
                .unwrap_or_else(|e| panic!("{line}: {e}"));
            assert_eq!(args.json(), line.contains("--json"), "{line}");
        }
    }

    #[test]
    fn wrong_usage_ends_with_two_and_help_with_none() {
        for (line, code) in [
            ("frobnicate", 2),
            ("mail explain f.eml --as-of yesterday", 2),
            ("case show FF-1", 2),
            ("case record FF-2026-7142 close --by", 2),
            ("", 2),
            ("--help", 0),
            ("--version", 0),
            ("case record --help", 0),
        ] {
            let words = std::iter::once("focus-family").chain(line.split(' ').filter(|word| !word.is_empty()));
            assert_eq!(Args::parse_list(words).expect_err(line).exit_code(), code, "{line}");
        }
    }
}
