//! What templates ask for that the programme never gives them: an outcome of a letter that tells none, a time of one that invites to
//! nothing, a numbered line no reply is read by.

use super::compose::{TemplateDefect, TemplateFile};
use super::{Templates, lint, samples};
use crate::domain::workflow::{LetterDef, Lifecycle};

/// One defect for each place of a template, of a letter of `lifecycle`, that would stay empty whatever the case is.
///
/// `files` are those that `templates` were made of.
#[must_use]
pub fn never_given(files: &[TemplateFile], templates: &Templates, lifecycle: &Lifecycle) -> Vec<TemplateDefect> {
    let mut found = Vec::new();
    for letter in &lifecycle.letters {
        for file in files.iter().filter(|file| is_of(file, letter)) {
            found.extend(unfilled(file, letter, lifecycle));
        }
        found.extend(unread_lines(files, templates, letter));
    }
    found
}

fn is_of(file: &TemplateFile, letter: &LetterDef) -> bool {
    file.path.rsplit('/').nth(1) == Some(letter.name.as_str())
}

fn unfilled(file: &TemplateFile, letter: &LetterDef, lifecycle: &Lifecycle) -> Vec<TemplateDefect> {
    let of_meeting = || {
        lifecycle.meetings.iter().any(|meeting| {
            std::iter::once(&meeting.letter)
                .chain(&meeting.changed_letter)
                .chain(&meeting.called_off_letter)
                .any(|name| *name == letter.name)
        })
    };
    let lacks = |name: &str| match name {
        "outcome" => letter.outcome_from.is_none().then_some("`outcome_from`, the fact whose word it tells"),
        "at" => {
            let timed = letter.calendar.as_ref().is_some_and(|meeting| meeting.at.is_some()) || of_meeting();
            (!timed).then_some("`calendar` with `at`, the fact with the time of day")
        }
        "holders" => (!letter.tells_holders).then_some("`tells_holders: true`"),
        "details" => (!letter.details).then_some("`details: true`"),
        _ => None,
    };
    let lines = file.text.lines().enumerate();
    lines
        .filter_map(|(index, line)| lint::names_of_line(line).find_map(|name| Some((index, name, lacks(name)?))))
        .map(|(index, name, wanted)| TemplateDefect {
            path: file.path.clone(),
            line: Some(index + 1),
            says: format!(
                "`{name}` is never known to `{}`: give the letter {wanted} in lifecycle.yaml, or take it out here",
                letter.name
            ),
        })
        .collect()
}

/// Numbered lines of a letter that is answered by reply, where the text does not ask them as the life-cycle reads them.
fn unread_lines(files: &[TemplateFile], templates: &Templates, letter: &LetterDef) -> Vec<TemplateDefect> {
    let Some(answer) = &letter.answer else { return Vec::new() };
    let text =
        samples(&letter.name).first().and_then(|context| templates.compose(&letter.name, context).ok()).map(|letter| letter.text);
    let (Some(text), Some(file)) = (text, files.iter().find(|file| is_of(file, letter) && file.path.ends_with("body.txt")))
    else {
        return Vec::new();
    };
    let asked = answer.lines.iter().enumerate().map(|(at, line)| (at + 1, format!("{}. {}", at + 1, line.title)));
    asked
        .filter(|(_, wanted)| !text.lines().any(|line| line.starts_with(wanted.as_str())))
        .map(|(number, wanted)| {
            let at = file.text.lines().position(|line| line.starts_with(&format!("{number}.")));
            TemplateDefect {
                path: file.path.clone(),
                line: Some(at.unwrap_or(0) + 1),
                says: format!("a reply to `{}` is read by the line `{wanted}`, which the letter does not have", letter.name),
            }
        })
        .collect()
}
