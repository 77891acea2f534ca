//! `case …`: reading cases, and recording what people did or decided.

use std::path::PathBuf;

use clap::Subcommand;

use super::{Json, Record};
use crate::domain::ids::CaseReference;

/// `case …`.
#[derive(Debug, Subcommand)]
pub enum Case {
    /// Every case: where it stands, who owns it, what is due next
    List {
        /// How to answer.
        #[command(flatten)]
        output: Json,
    },
    /// One case: where it stands, what it needs, what can be recorded now
    Show(OneCase),
    /// Everything that happened to a case, newest last
    Timeline(OneCase),
    /// Why a case stands where it stands: rule, clause, evidence, versions
    Why(OneCase),
    /// Every need of every member: where it stands, what it still wants, and the evidence; without REF: how many families stayed out
    /// for 6 and 12 months after their exit, and how many came back
    Outcomes(Outcomes),
    /// The one plan: need, action, who, by when, outcome; what a new outcome plan changes for the family
    Plan(Plan),
    /// Other cases that may be of the same family, with every reason; nothing is ever merged
    Matches(OneCase),
    /// Answers by mail that wait: show them, confirm one (put right by --QUESTION ANSWER), or drop it
    #[command(
        override_usage = "focus-family case draft REF [confirm|drop] [--by ADDRESS] [--because TEXT] [--draft d1] [--QUESTION ANSWER]..."
    )]
    Draft(Record),
    /// What was shared of the case, with whom, when and on what basis; who is told here is recorded
    Shared(OneCase),
    /// What shows that a case stands still, each fact with its day and source; without REF: every open case that shows any
    Drift(Drift),
    /// Everything an auditor asks for of one family, in one folder: a page, tables, JSON, hashes; the look is recorded
    Pack(Pack),
    /// Record a move; without MOVE: the moves open now, and why others are not
    Record(Record),
}

/// `case outcomes`.
#[derive(Debug, clap::Args)]
pub struct Outcomes {
    /// The case, for example FF-2026-7142
    #[arg(value_name = "REF")]
    pub reference: Option<CaseReference>,
    /// Show what is about persons too; the look is recorded
    #[arg(long, requires = "reference")]
    pub reveal: bool,
    /// How to answer.
    #[command(flatten)]
    pub output: Json,
}

/// `case plan`.
#[derive(Debug, clap::Args)]
pub struct Plan {
    /// Which.
    #[command(flatten)]
    pub case: OneCase,
    /// A programme's folder with another outcome plan: what it would change for this family
    #[arg(long, value_name = "DIR")]
    pub against: Option<PathBuf>,
}

/// `case drift`.
#[derive(Debug, clap::Args)]
pub struct Drift {
    /// The case, for example FF-2026-7142
    #[arg(value_name = "REF")]
    pub reference: Option<CaseReference>,
    /// How to answer.
    #[command(flatten)]
    pub output: Json,
}

/// `case pack`.
#[derive(Debug, clap::Args)]
pub struct Pack {
    /// The case, for example FF-2026-7142
    #[arg(value_name = "REF")]
    pub reference: CaseReference,
    /// A new folder for it
    #[arg(long, value_name = "DIR")]
    pub dir: PathBuf,
    /// How to answer.
    #[command(flatten)]
    pub output: Json,
}

/// A case to read.
#[derive(Debug, clap::Args)]
pub struct OneCase {
    /// The case, for example FF-2026-7142
    #[arg(value_name = "REF")]
    pub reference: CaseReference,
    /// Show what is about persons too; the look is recorded
    #[arg(long)]
    pub reveal: bool,
    /// How to answer.
    #[command(flatten)]
    pub output: Json,
}
