//! Meetings of the areas: when they are, what they are asked, who comes, what was decided.

use std::path::PathBuf;

use clap::Subcommand;

use super::{By, Json, Record};
use crate::domain::time::Date;

/// `meeting …`.
#[derive(Debug, Subcommand)]
#[command(after_help = "Examples:
  focus-family meeting list
  focus-family meeting agenda copeland
  focus-family meeting pack copeland 2026-12-03 --dir packs
  focus-family meeting call-off copeland 2026-12-03 --by idris.example@council.example.org --because \"the hall is shut\"
  focus-family meeting record FF-2026-7142 allocate --by idris.example@council.example.org --keyworker \"Nell Byrne <n.byrne@example.org>\"
  focus-family meeting record FF-2026-7142 defer --by idris.example@council.example.org --because \"the school could not come\"
  focus-family meeting record FF-2026-7142 refuse --by idris.example@council.example.org --ground support_in_place --because \"one service is enough\"")]
pub enum Meeting {
    /// The next meetings of every area, with how many cases each is asked about
    List {
        /// How to answer.
        #[command(flatten)]
        output: Json,
    },
    /// What a meeting is asked: each case, since when it waits, what other agencies have said in counts
    Agenda(OneMeeting),
    /// Send the agenda to the members now; it goes by itself some days before
    Invite(OneMeeting),
    /// One paper for each member, without what that person may not see; each is recorded
    Pack {
        /// Which meeting.
        #[command(flatten)]
        meeting: OneMeeting,
        /// A new folder for them
        #[arg(long, value_name = "DIR")]
        dir: PathBuf,
    },
    /// A meeting is not held: whoever has its agenda hears, and what it was asked comes to the next
    CallOff {
        /// Which meeting, with its day.
        #[command(flatten)]
        meeting: OneMeeting,
        /// Who, and why.
        #[command(flatten)]
        by: By,
    },
    /// Record what was decided about one case; without an outcome: what can be decided. --meeting NAME where several are asked about it
    Record(Record),
}

/// A meeting.
#[derive(Debug, clap::Args)]
pub struct OneMeeting {
    /// The area, for example copeland
    #[arg(value_name = "AREA")]
    pub area: String,
    /// Its day [default: the next one]
    #[arg(value_name = "DATE", value_parser = super::date)]
    pub day: Option<Date>,
    /// Which kind of meeting [default: the first of the programme]
    #[arg(long, value_name = "NAME")]
    pub meeting: Option<String>,
    /// How to answer.
    #[command(flatten)]
    pub output: Json,
}
