//! `forms …`: the forms we hand out, and those of others we learn.

use std::io::Write;
use std::path::Path;

use crate::cli::{FormFormat, Forms};
use crate::config::Settings;
use crate::daemon::app::load_programme;
use crate::daemon::cases::Usage;
use crate::daemon::learn;
use crate::forms;

/// Does what was asked for, with the programme of the settings or the one inside the program.
///
/// # Errors
/// The programme's; [`Usage`] when what was asked for cannot be; the reader's; the file system's.
pub async fn run(asked: &Forms, settings: Option<&Settings>) -> anyhow::Result<()> {
    let folder = settings.and_then(|settings| settings.programme.folder.as_deref());
    match asked {
        Forms::Blank { format, form, output } => blank(*format, form.as_deref(), output, folder),
        Forms::Learn { blank, name, dir } => {
            let Some(folder) = dir.as_deref().or(folder) else {
                let says = "the programme inside the program cannot be added to: name a folder with --dir, or as `programme.folder` in \
                            the settings";
                return Err(Usage(says.to_owned()).into());
            };
            learn::run(blank, name.as_deref(), folder, settings).await
        }
    }
}

fn blank(format: FormFormat, form: Option<&str>, output: &Path, folder: Option<&Path>) -> anyhow::Result<()> {
    let programme = load_programme(folder)?;
    let blanks = &programme.forms.blanks;
    let found = match form {
        Some(name) => blanks.iter().find(|blank| blank.name == name),
        None => blanks.first(),
    };
    let Some(blank) = found else {
        let known: Vec<&str> = blanks.iter().map(|blank| blank.name.as_str()).collect();
        let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
        return Err(Usage(format!("the programme hands out no such form; there are: {known}")).into());
    };
    let empty = forms::Answers::default();
    let bytes = match format {
        FormFormat::Pdf => forms::bytes(forms::pdf(blank, &programme.title, &empty)),
        FormFormat::Docx => forms::docx(blank, &programme.title, &empty),
        FormFormat::Schema => {
            let mut text = serde_json::to_vec_pretty(&forms::schema(blank, &programme))?;
            text.push(b'\n');
            text
        }
    };
    if output.as_os_str() == "-" {
        std::io::stdout().lock().write_all(&bytes)?;
        return Ok(());
    }
    std::fs::write(output, bytes).map_err(|error| anyhow::anyhow!("cannot write `{}`: {error}", output.display()))
}
