//! `workflow`: what is asked about the folder of a programme.

use std::path::PathBuf;

use clap::Subcommand;

use super::Json;
use crate::domain::ids::CaseReference;

/// `workflow …`.
#[derive(Debug, Subcommand)]
pub enum Workflow {
    /// Every mistake in a programme's folder, with file and line
    Check {
        /// The folder [default: the programme of the settings, or the one inside the program]
        dir: Option<PathBuf>,
        /// The folder of the letters [default: the templates of the settings, or those inside the program]
        #[arg(long, value_name = "DIR")]
        templates: Option<PathBuf>,
        /// How to answer.
        #[command(flatten)]
        output: Json,
    },
    /// Stages, moves and timers, in words or as a picture
    Show {
        /// The folder [default: the programme of the settings, or the one inside the program]
        dir: Option<PathBuf>,
        /// Write a picture to this file
        #[arg(long, value_name = "FILE")]
        svg: Option<PathBuf>,
        /// How to answer.
        #[command(flatten)]
        output: Json,
    },
    /// Move open cases to another version: each lives by the one it was opened under until then. Without `--apply` only tell what it would do to each
    Migrate {
        /// Which stage takes the place of one that is gone, `OLD=NEW`; again for each
        #[arg(long, value_name = "OLD=NEW")]
        stage: Vec<String>,
        /// Your address in the settings
        #[arg(long, value_name = "ADDRESS")]
        by: Option<String>,
        /// Why
        #[arg(long, value_name = "WORDS")]
        because: Option<String>,
        /// To this kept version, instead of that of the settings' folder; the beginning of its name is enough
        #[arg(long, value_name = "VERSION")]
        to: Option<String>,
        /// Only this case
        #[arg(long = "case", value_name = "REF")]
        only: Option<CaseReference>,
        /// Back: each case to the version it came from
        #[arg(long, conflicts_with = "to")]
        back: bool,
        /// Write it
        #[arg(long, requires = "by", requires = "because")]
        apply: bool,
        /// How to answer.
        #[command(flatten)]
        output: Json,
    },
    /// The versions that were used: of the life-cycle with how many open cases live by each, and of rule packs; or the text of one
    Kept {
        /// Of a rule pack its name, otherwise the version; the beginning of its name is enough
        name: Option<String>,
        /// Which version of the rule pack
        version: Option<String>,
        /// How to answer.
        #[command(flatten)]
        output: Json,
    },
    /// What changing to another folder would do to the cases that are open
    Diff {
        /// The folder with the changed programme
        dir: PathBuf,
        /// How to answer.
        #[command(flatten)]
        output: Json,
    },
}
