//! What is wrong with the settings: where, what, and what to do. Never a value that could be a secret.

use std::fmt;
use std::path::PathBuf;

/// Where a setting was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// A line, counted from 1, of a settings file.
    Line {
        /// The file.
        file: PathBuf,
        /// The line.
        line: usize,
    },
    /// A whole settings file: what is wrong is that something is absent.
    File(PathBuf),
    /// An environment variable, by name.
    Variable(String),
    /// Nowhere: the value is the program's own.
    Default,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line { file, line } => write!(f, "{}:{line}", file.display()),
            Self::File(file) => write!(f, "{}", file.display()),
            Self::Variable(name) => write!(f, "environment variable {name}"),
            Self::Default => f.write_str("default"),
        }
    }
}

/// One thing wrong with the settings. All of them are reported at once.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {problem}; {fix}")]
pub struct ConfigDefect {
    /// Where it is.
    pub place: Place,
    /// The setting, dotted: `mail.address`. Empty when it is the file as a whole.
    pub key: String,
    /// What is wrong.
    pub problem: String,
    /// What to do about it.
    pub fix: String,
}

/// The word of `known` most like `wanted`, when one is like it at all.
#[must_use]
pub fn nearest<'a>(wanted: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    known
        .into_iter()
        .map(|word| (strsim::damerau_levenshtein(wanted, word), word))
        // A third of the letters may be wrong, and two always: `adres` is `address`, `host` is not `port`.
        .filter(|(distance, word)| *distance <= (word.chars().count() / 3).max(1))
        .min()
        .map(|(_, word)| word)
}

/// `a`, `b` or `c`, each in backticks, for the fix of a defect.
#[must_use]
pub fn one_of(words: &[&str]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    match quoted.split_last() {
        None => String::new(),
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} or {last}", rest.join(", ")),
    }
}
