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
    /// Learn a council's own blank form: its printed text never counts as an answer again
    #[command(after_help = "Examples:
  focus-family forms learn blank-nomination.docx --dir /srv/focus-family/programme
  focus-family forms learn ~/Downloads/form.pdf --name county-2026

The file must be the form as it is handed out, empty. It is read in the sandbox; only fingerprints of its printed lines are kept, in
forms/learnt/NAME.yaml of the programme's folder. Labels that no list knows yet are printed with the nearest known one, ready to be
pasted into a file of forms/. Learning the same name again replaces it; deleting the file forgets it.")]
    Learn {
        /// The empty form: PDF, Word, OpenDocument, RTF or text
        blank: PathBuf,
        /// What to call it [default: the name of the file]
        #[arg(long, value_name = "NAME")]
        name: Option<String>,
        /// The programme's folder [default: the folder of the settings]
        #[arg(long, value_name = "DIR")]
        dir: Option<PathBuf>,
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
