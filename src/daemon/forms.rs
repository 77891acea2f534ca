//! `forms …`: the forms we hand out.

use std::io::Write;
use std::path::Path;

use crate::cli::{FormFormat, Forms};
use crate::daemon::app::load_programme;
use crate::daemon::cases::Usage;
use crate::forms;

/// Writes what was asked for, of the programme in `folder` or of the one inside the program.
///
/// # Errors
/// The programme's; [`Usage`] when it hands out no such form; the file system's.
pub fn run(asked: &Forms, folder: Option<&Path>) -> anyhow::Result<()> {
    let Forms::Blank { format, form, output } = asked;
    let programme = load_programme(folder)?;
    let blanks = &programme.forms.blanks;
    let found = match form {
        Some(name) => blanks.iter().find(|blank| blank.name == *name),
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
