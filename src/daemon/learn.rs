//! `forms learn`: a council's own blank form, read in the sandbox, becomes a file of fingerprints in the programme's folder.

use std::path::Path;
use std::sync::Arc;

use crate::cli::print::{count, line as say};
use crate::config::Settings;
use crate::daemon::app::{load_programme, reader_settings};
use crate::daemon::cases::Usage;
use crate::domain::nomination::{Learnt, Nomination, Reading, Vocabulary, learn, nominated};
use crate::domain::time::{Date, london_date};
use crate::domain::workflow::programme::LearntForm;
use crate::reader::Reader;

/// Longer names are sentences.
const NAME_CHARACTERS_MAX: usize = 60;

/// Learns the form in `file` for the programme in `folder`, and tells what was learnt and what a person should look at.
///
/// # Errors
/// [`Usage`] for a name that is none; the programme's; a file that cannot be read or holds no words; the file system's.
pub async fn run(file: &Path, name: Option<&str>, folder: &Path, settings: Option<&Settings>) -> anyhow::Result<()> {
    let stem = file.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let name = file_name(name.unwrap_or(&stem));
    if name.is_empty() {
        return Err(Usage("give the form a name of letters and digits with --name".to_owned()).into());
    }
    let mut words = Arc::unwrap_or_clone(load_programme(Some(folder))?.forms);
    let reading = read(file, settings).await?;
    let [document] = reading.documents.as_slice() else {
        anyhow::bail!("`{}` holds more than one file; give the form alone", file.display());
    };
    if let Some(problem) = document.problem {
        anyhow::bail!(
            "cannot learn `{}` ({}); open it, save it anew as PDF or Word document and try again",
            file.display(),
            serde_json::to_value(problem)?.as_str().unwrap_or_default().replace('_', " ")
        );
    }
    words.learnt.retain(|known| known.name != name);
    let learnt = learn(document, &Vocabulary::new(&words));
    if learnt.lines.is_empty() {
        anyhow::bail!("`{}` has no printed line of three words or more: there is nothing to learn", file.display());
    }
    let target = folder.join("forms").join("learnt").join(format!("{name}.yaml"));
    std::fs::create_dir_all(target.parent().expect("it was joined to a folder"))
        .and_then(|()| std::fs::write(&target, yaml(&name, &learnt)))
        .map_err(|error| anyhow::anyhow!("cannot write `{}`: {error}", target.display()))?;
    words.learnt.push(LearntForm { name, lines: learnt.lines.clone() });
    let today = london_date(crate::ambient::Ambient::Real.now());
    say(&report(&target, &learnt, &still_said(&reading, &Vocabulary::new(&words), today)))?;
    Ok(())
}

async fn read(file: &Path, settings: Option<&Settings>) -> anyhow::Result<Reading> {
    let bytes = std::fs::read(file).map_err(|error| anyhow::anyhow!("cannot read `{}`: {error}", file.display()))?;
    let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let default = crate::config::ReaderSettings::default();
    let reader = Reader::new(reader_settings(settings.map_or(&default, |settings| &settings.reader)));
    Ok(reader.read(&crate::domain::mail::carrying(&name, &bytes)).await?)
}

/// `County Form 2026` → `county-form-2026`.
fn file_name(name: &str) -> String {
    let words = name.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let joined = words.collect::<Vec<_>>().join("-").to_lowercase();
    joined.chars().take(NAME_CHARACTERS_MAX).collect::<String>().trim_end_matches('-').to_owned()
}

fn yaml(name: &str, learnt: &Learnt) -> String {
    let mut text = "# The printed lines of a blank form, as fingerprints: they never count as an answer. Nothing of the form can be read here.\n\
                    # Written by `focus-family forms learn`; to forget the form, delete this file.\n"
        .to_owned();
    text.push_str(&format!("learnt:\n  - name: {name}\n    lines:\n"));
    learnt.lines.iter().for_each(|line| text.push_str(&format!("      - \"{line}\"\n")));
    text
}

/// What the blank form is still taken to say, in words for whoever learns it.
fn still_said(reading: &Reading, words: &Vocabulary, today: Date) -> Vec<&'static str> {
    let Some(found) = nominated(reading, words, today).nomination else { return Vec::new() };
    let Nomination { referrer, address, members, agencies, consent, themes_of_nobody, denied, .. } = &found;
    let of_referrer = [&referrer.name, &referrer.role, &referrer.organisation, &referrer.email, &referrer.phone];
    let said = [
        (of_referrer.into_iter().any(Option::is_some), "who nominates"),
        (address.text.is_some() || address.postcode.is_some(), "an address"),
        (!members.is_empty(), "people of the family"),
        (!agencies.is_empty(), "agencies"),
        (consent.given.is_some() || consent.signed_by.is_some(), "consent"),
        (
            !themes_of_nobody.is_empty() || !denied.is_empty() || members.iter().any(|member| !member.themes.is_empty()),
            "criteria",
        ),
    ];
    said.into_iter().filter(|(is_said, _)| *is_said).map(|(_, what)| what).collect()
}

fn report(target: &Path, learnt: &Learnt, still: &[&str]) -> String {
    let mut text =
        format!("{} learnt, kept as fingerprints in {}\n", count(learnt.lines.len(), "printed line"), target.display());
    if !still.is_empty() {
        text.push_str(&format!(
            "\nThe empty form is still taken to say: {}. If it was not empty, learn an empty one; if it was, look at those places\n\
             with `focus-family mail explain` and tell the makers of the form's words.\n",
            still.join(", ")
        ));
    }
    if !learnt.unknown.is_empty() {
        text.push_str(
            "\n# Labels that no list knows. Check the question each was put under, then paste into a file of forms/:\nlabels:\n",
        );
        let mut fields: Vec<&str> = learnt.unknown.iter().map(|label| field_of(label.nearest.as_ref())).collect();
        fields.sort_unstable();
        fields.dedup();
        for field in fields {
            text.push_str(&format!("  {field}:\n"));
            for label in learnt.unknown.iter().filter(|label| field_of(label.nearest.as_ref()) == field) {
                let written = serde_json::Value::from(label.text.to_lowercase());
                let near =
                    label.nearest.as_ref().map_or("no known label is like it".to_owned(), |(_, near)| format!("like: {near}"));
                text.push_str(&format!("    - {written}  # {near}\n"));
            }
        }
    }
    text.trim_end().to_owned()
}

/// The question a label may be; what is like none is not asked for.
fn field_of(nearest: Option<&(String, String)>) -> &str {
    nearest.map_or("ignored", |(field, _)| field.as_str())
}
