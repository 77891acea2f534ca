//! `workflow check`: everything wrong with a programme's folder and the letters it names, each with file and line.

use std::path::Path;
use std::process::ExitCode;

use crate::cli::print::{self, line as say};
use crate::daemon::app::{StartError, programme_files};
use crate::domain::letter::{TemplateDefect, TemplateFile, Templates, never_given};
use crate::domain::workflow::{Programme, SourceFile, load, space, unwritten};

/// What was looked at without finding anything.
pub struct InOrder {
    /// The programme.
    pub programme: Programme,
    /// What can become of its cases.
    pub explored: space::Explored,
}

/// Tries the folder of a programme with the folder of its letters; those inside the program where none is named.
///
/// # Errors
/// Every defect, in sentences with file and line. What takes long is tried only when the rest is in order.
pub fn check(folder: Option<&Path>, templates: Option<&Path>) -> Result<InOrder, Vec<String>> {
    let in_words = |error: StartError| match error {
        StartError::Programme(defects) => defects.iter().map(ToString::to_string).collect(),
        other => vec![format!("{:#}", anyhow::Error::new(other))],
    };
    let files = programme_files(folder).map_err(in_words)?;
    let programme = load(&files).map_err(|defects| in_words(StartError::Programme(defects)))?;
    let letters = crate::config::files::templates(templates).map_err(|error| in_words(error.into()))?;
    let letters: Vec<TemplateFile> = letters.into_iter().map(|(path, text)| TemplateFile { path, text }).collect();
    let found = of_letters(&files, &programme, &letters);
    if !found.is_empty() {
        return Err(found);
    }
    // Each form handed out is made, filled in and read back: a label nobody would read right is found here.
    let mut found = crate::forms::proof::defects(&programme);
    // Everything that can become of a case is tried: where it could get lost is found here.
    let (explored, lost) = crate::domain::workflow::explored(&files, &programme.lifecycle);
    found.extend(lost.iter().map(ToString::to_string));
    if found.is_empty() { Ok(InOrder { programme, explored }) } else { Err(found) }
}

/// What is wrong between a programme and its letters.
fn of_letters(files: &[SourceFile], programme: &Programme, letters: &[TemplateFile]) -> Vec<String> {
    let told = |defects: Vec<TemplateDefect>| defects.iter().map(|defect| format!("templates/{defect}")).collect::<Vec<_>>();
    match Templates::load(letters) {
        Err(defects) => told(defects),
        Ok(templates) => {
            let written = templates.letters().cloned().collect();
            let mut found: Vec<String> = unwritten(files, programme, &written).iter().map(ToString::to_string).collect();
            // Of the letters the program itself sends no file of the programme speaks.
            let named = programme.lifecycle.letters.iter().map(|letter| &letter.name).chain(programme.desk.letters());
            let named: Vec<_> = named.collect();
            let own: Vec<_> = programme.letters_sent().into_iter().filter(|letter| !named.contains(&letter)).collect();
            found.extend(told(templates.missing(&own)));
            found.extend(told(never_given(letters, &templates, &programme.lifecycle)));
            found
        }
    }
}

/// Tells every defect, or what was looked at.
///
/// # Errors
/// The terminal's.
pub fn tell(folder: Option<&Path>, templates: Option<&Path>, json: bool) -> anyhow::Result<ExitCode> {
    let defects = match check(folder, templates) {
        Err(defects) => defects,
        Ok(InOrder { programme, explored }) => {
            let life = &programme.lifecycle;
            if !json {
                say(&format!(
                    "{} {}: {} stages, {} moves, {} timers, {} letters, {} form; no defect\n\
                     {} combinations of stage and {} side states can come to be: each has a way to an \
                     end, somebody who answers for it, and a timer that goes on reminding",
                    programme.title,
                    life.version,
                    life.stages.len(),
                    life.moves.len(),
                    life.timers.len(),
                    life.letters.len(),
                    programme.forms.blanks.len(),
                    grouped(explored.combinations),
                    explored.side_states
                ))?;
            }
            Vec::new()
        }
    };
    if json {
        print::json(&defects)?;
    } else {
        defects.iter().try_for_each(|defect| say(defect))?;
    }
    Ok(ExitCode::from(u8::from(!defects.is_empty())))
}

/// `1,234,567`.
fn grouped(number: u128) -> String {
    let digits = number.to_string();
    let mut grouped = String::with_capacity(digits.len() * 4 / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}
