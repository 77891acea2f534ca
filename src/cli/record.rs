//! `case record REF [MOVE] [--by ADDRESS] [--as ROLE] [--because TEXT] [--QUESTION ANSWER | QUESTION=ANSWER]…`
//!
//! Which questions there are is the programme's business, so what follows `record` is taken as it is and read here.

use std::path::PathBuf;

use clap::error::ErrorKind;
use clap::{Arg, ArgAction, ArgMatches, Command};

use super::Json;
use crate::domain::ids::{AskName, CaseReference, MoveName, RoleName};
use crate::domain::personal::Personal;

/// A move to record, or to choose.
#[derive(Debug, Clone)]
pub struct Record {
    /// The case.
    pub reference: CaseReference,
    /// The move; without one the open moves are listed.
    pub chosen: Option<MoveName>,
    /// Address of the person who makes it.
    pub by: Option<Personal<String>>,
    /// The role they make it in, when they hold several.
    pub role: Option<RoleName>,
    /// Their reason, for moves that override.
    pub because: Option<Personal<String>>,
    /// Answers to the move's questions, as typed, in the order typed. A question named without an answer was answered `yes`.
    pub answers: Vec<(AskName, Personal<String>)>,
    /// How to answer.
    pub output: Json,
    /// `--config` written behind the move, where clap does not see it.
    pub(super) config: Option<PathBuf>,
}

const WORDS: &str = "words";

impl clap::Args for Record {
    fn augment_args(command: Command) -> Command {
        command
            .override_usage(
                "focus-family case record REF [MOVE] [--by ADDRESS] [--as ROLE] [--because TEXT] [--QUESTION ANSWER]... [--json]",
            )
            .after_help(
                "REF   the case, for example FF-2026-7142
MOVE  the move; without it: the moves open now with their questions, and why others are not open
  --by ADDRESS         who makes it, as in the settings or the case
  --as ROLE            in which role, when they hold several
  --because TEXT       why, where the move asks for a reason
  --QUESTION ANSWER    an answer, as often as needed; QUESTION=ANSWER is the same, and --QUESTION alone is yes

Examples:
  focus-family case record FF-2026-7142
  focus-family case record FF-2026-7142 list_for_meeting --by idris.example@council.example.org --meeting-on 2026-12-03
  focus-family case record FF-2026-7142 hold_review --by a.lead@school.example.org next_review_on=2027-01-14",
            )
            .arg(
                Arg::new(WORDS)
                    .value_name("REF MOVE …")
                    .hide(true)
                    .num_args(1..)
                    .required(true)
                    .trailing_var_arg(true)
                    .allow_hyphen_values(true)
                    .action(ArgAction::Append),
            )
    }
    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl clap::FromArgMatches for Record {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let words: Vec<String> = matches.get_many::<String>(WORDS).unwrap_or_default().cloned().collect();
        if words.iter().any(|word| word == "--help" || word == "-h") {
            let mut command = <Self as clap::Args>::augment_args(Command::new("focus-family case record"));
            return Err(clap::Error::raw(ErrorKind::DisplayHelp, command.render_help()));
        }
        Self::from_words(&words).map_err(|problem| {
            clap::Error::raw(
                ErrorKind::ValueValidation,
                format!("{problem}\n\nUsage: focus-family case record REF [MOVE] [--by ADDRESS] [--QUESTION ANSWER]...\n"),
            )
        })
    }
    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl Record {
    /// What the words after `record` say, or what is wrong with them.
    fn from_words(words: &[String]) -> Result<Self, String> {
        let mut plain: Vec<&str> = Vec::new();
        let mut by = None;
        let mut role = None;
        let mut because = None;
        let mut config = None;
        let mut answers: Vec<(AskName, Personal<String>)> = Vec::new();
        let mut json = false;
        let mut words = words.iter().peekable();
        while let Some(word) = words.next() {
            let Some(option) = word.strip_prefix("--") else {
                match word.split_once('=') {
                    Some((name, value)) => answer(&mut answers, name, value)?,
                    None if word.starts_with('-') && word.len() > 1 => {
                        return Err(format!("`{word}` is no option; options begin with two hyphens"));
                    }
                    None => plain.push(word),
                }
                continue;
            };
            if option == "json" {
                json = true;
                continue;
            }
            let (name, value) = match option.split_once('=') {
                Some((name, value)) => (name, Some(value.to_owned())),
                // The next word is the value unless it is an option itself; a value that begins so is written --name=value.
                None => (option, words.next_if(|next| !next.starts_with("--")).cloned()),
            };
            let slot = match name {
                "by" => &mut by,
                "as" => &mut role,
                "because" => &mut because,
                "config" => &mut config,
                _ => {
                    answer(&mut answers, name, value.as_deref().unwrap_or("yes"))?;
                    continue;
                }
            };
            let value = value.filter(|value| !value.is_empty()).ok_or_else(|| format!("--{name} needs a value"))?;
            if slot.replace(value).is_some() {
                return Err(format!("--{name} is given twice"));
            }
        }
        let (reference, chosen) = match plain[..] {
            [] => return Err("name the case: focus-family case record FF-2026-7142".to_owned()),
            [reference] => (reference, None),
            [reference, chosen] => (reference, Some(chosen)),
            [_, _, extra, ..] => {
                return Err(format!(
                    "`{extra}` stands alone; put a text of several words in quotes, and name its question before it"
                ));
            }
        };
        Ok(Self {
            reference: reference.parse().map_err(|error: crate::domain::ids::BadReference| error.to_string())?,
            chosen: chosen.map(|name| MoveName::new(&name.replace('-', "_"))).transpose().map_err(|error| error.to_string())?,
            by: by.map(Personal::new),
            role: role.map(|name| RoleName::new(&name.replace('-', "_"))).transpose().map_err(|error| error.to_string())?,
            because: because.map(Personal::new),
            answers,
            output: Json { json },
            config: config.map(PathBuf::from),
        })
    }
}

fn answer(answers: &mut Vec<(AskName, Personal<String>)>, name: &str, value: &str) -> Result<(), String> {
    let name = AskName::new(&name.replace('-', "_")).map_err(|error| error.to_string())?;
    if answers.iter().any(|(given, _)| *given == name) {
        return Err(format!("`{name}` is answered twice"));
    }
    answers.push((name, Personal::new(value.trim().to_owned())));
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::cli::{Args, Case, Command};

    fn check(line: &[&str], expected: &str) {
        let words = ["focus-family", "case", "record"].iter().chain(line).copied();
        let told = match Args::parse_list(words) {
            Err(error) => error.to_string(),
            Ok(Args { command: Command::Case(Case::Record(record)), config }) => {
                let personal = |text: &Option<crate::domain::personal::Personal<String>>| {
                    text.as_ref().map_or("-".to_owned(), |text| text.as_text().to_owned())
                };
                let answers: Vec<String> =
                    record.answers.iter().map(|(name, value)| format!("{name}={}", value.as_text())).collect();
                format!(
                    "{} {} by {} as {} because {} [{}]{}{}",
                    record.reference,
                    record.chosen.map_or("-".to_owned(), |name| name.to_string()),
                    personal(&record.by),
                    record.role.map_or("-".to_owned(), |name| name.to_string()),
                    personal(&record.because),
                    answers.join("|"),
                    if record.output.json { " json" } else { "" },
                    config.map_or(String::new(), |file| format!(" config {}", file.display())),
                )
            }
            Ok(other) => panic!("{other:?}"),
        };
        assert!(told.contains(expected), "{line:?}: {told}");
    }

    #[test]
    fn a_move_is_recorded_with_answers_in_either_spelling_and_any_order() {
        check(&["FF-2026-7142"], "FF-2026-7142 - by - as - because - []");
        check(&["ff-2026-7142", "--json"], "FF-2026-7142 - by - as - because - [] json");
        check(
            &["FF-2026-7142", "hold-review", "--by", "a@example.org", "--next-review-on", "2026-12-11", "present=3"],
            "FF-2026-7142 hold_review by a@example.org as - because - [next_review_on=2026-12-11|present=3]",
        );
        check(
            &["--by=a@example.org", "FF-2026-7142", "--as", "area-officer", "hold_review", "--note=--dashes", "--json"],
            "FF-2026-7142 hold_review by a@example.org as area_officer because - [note=--dashes] json",
        );
        check(&["FF-2026-7142", "close", "--agreed", "--because", "two words"], "because two words [agreed=yes]");
        check(&["FF-2026-7142", "close", "--delta", "-5"], "[delta=-5]");
        check(&["FF-2026-7142", "close", "to=a=b"], "[to=a=b]");
    }

    #[test]
    fn a_slip_on_the_command_line_is_explained_and_records_nothing() {
        check(&["FF-26-7142"], "is no case reference");
        check(&["FF-2026-7142", "close", "two", "words"], "put a text of several words in quotes");
        check(&["FF-2026-7142", "close", "--by"], "--by needs a value");
        check(&["FF-2026-7142", "close", "--by", "a", "--by", "b"], "--by is given twice");
        check(&["FF-2026-7142", "close", "--x", "1", "x=2"], "`x` is answered twice");
        check(&["FF-2026-7142", "close", "-x"], "options begin with two hyphens");
        check(&["--json"], "name the case");
        check(&[], "required");
    }

    #[test]
    fn help_and_the_settings_file_work_before_and_after_record() {
        check(&["--help"], "--QUESTION ANSWER");
        check(&["FF-2026-7142", "--help"], "--QUESTION ANSWER");
        check(&["FF-2026-7142", "close", "--config", "x.toml"], "close by - as - because - [] config x.toml");
        check(&["--config", "x.toml", "FF-2026-7142", "close"], "close by - as - because - [] config x.toml");
    }
}
