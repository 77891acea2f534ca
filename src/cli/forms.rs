//! `forms`: what is asked about the forms we hand out.

use std::path::PathBuf;

use clap::Subcommand;

/// `forms …`.
#[derive(Debug, Subcommand)]
pub enum Forms {
    /// Write a form, empty, to be handed out; made of the same file that reading uses
    #[command(after_help = "Examples:
  focus-family forms blank --format pdf -o nomination.pdf
  focus-family forms blank --format docx -o nomination.docx
  focus-family forms blank --format schema -o nomination.schema.json")]
    Blank {
        /// What to make of it
        #[arg(long, value_enum)]
        format: FormFormat,
        /// Which form [default: the first of the programme]
        #[arg(long, value_name = "NAME")]
        form: Option<String>,
        /// Where to write it; - is standard output
        #[arg(short, long, value_name = "FILE")]
        output: PathBuf,
    },
}

/// What is made of a form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum FormFormat {
    /// PDF with fields
    Pdf,
    /// Word document with content controls
    Docx,
    /// JSON Schema (draft 2020-12) of a nomination
    Schema,
}
