//! What `case shared` prints: who holds what of a case, since when, and on what basis.

use crate::cli::OneCase;
use crate::cli::print::{self, Paint, Table, Tone, line as say};
use crate::daemon::app::App;
use crate::daemon::cases::record_look;
use crate::domain::time::london_date;

/// Prints the ledger. Addresses are shown only with `--reveal`, and the look is recorded.
///
/// # Errors
/// There is no such case, or the store's, or the terminal's.
pub async fn run(app: &App, asked: &OneCase) -> anyhow::Result<()> {
    let stored = app.engine.case(&asked.reference).await?;
    let ledger = app.engine.shared(&stored).await?;
    if asked.reveal {
        record_look(app, &stored).await?;
    }
    let to = |line: &crate::engine::shared::Shared| asked.reveal.then(|| line.to.as_text().to_owned());
    if asked.output.json {
        let list: Vec<_> = ledger
            .iter()
            .map(|line| {
                serde_json::json!({"at": line.at, "to": to(line), "role": line.role, "what": line.what, "holds": line.holds,
                    "basis": line.basis, "state": line.state})
            })
            .collect();
        return Ok(print::json(&list)?);
    }
    if ledger.is_empty() {
        return Ok(say("Nothing was shared of this case.")?);
    }
    let mut table = Table::new(&["day", "state", "with", "what", "holds", "on what basis"]);
    for line in &ledger {
        let tone = if line.state == "shared" { Tone::Plain } else { Tone::Faint };
        let with = to(line).map_or_else(|| line.role.clone(), |address| format!("{address} ({})", line.role));
        table.toned([
            (print::day(london_date(line.at)), tone),
            (line.state.to_owned(), tone),
            (with, tone),
            (line.what.clone(), tone),
            (line.holds.clone(), tone),
            (line.basis.clone(), tone),
        ]);
    }
    say(table.text(Paint::for_stdout()).trim_end())?;
    if !asked.reveal {
        say("With --reveal it also says the addresses; the look is recorded.")?;
    }
    Ok(())
}
