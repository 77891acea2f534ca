//! `mail list`, `mail show`, `mail queue`: what came, what is in it, what goes out. Reads and prints; changes nothing.

use std::io::Write;
use std::process::ExitCode;

use crate::cli::ShowMail;
use crate::cli::print::{self, Paint, Table, Tone, line as say};
use crate::config::Delivery;
use crate::daemon::app::App;
use crate::daemon::commands;
use crate::domain::personal::Personal;
use crate::store::{AuditEntry, Commit, EndState, LetterFilter, LetterRow, LetterState, MailFilter, MailRow};

/// The inbox ledger.
///
/// # Errors
/// The store's; the terminal's.
pub async fn list(app: &App, json: bool) -> anyhow::Result<()> {
    let rows = app.engine.store.mails(&MailFilter { limit: 500, ..MailFilter::default() }).await?;
    if json {
        let list: Vec<_> = rows
            .iter()
            .map(|row| {
                serde_json::json!({
                    "receipt": row.receipt, "received_at": row.received_at, "kind": row.kind, "end": row.end.map(EndState::as_str),
                    "reference": row.reference, "reason": row.reason, "bytes": row.size_bytes, "attempts": row.attempts,
                })
            })
            .collect();
        return Ok(print::json(&list)?);
    }
    let mut table = Table::new(&["receipt", "received", "kind", "ended as", "case", "why"]);
    for row in &rows {
        let end = row.end.map_or("not yet", EndState::as_str).replace('_', " ");
        let reference = row.reference.as_ref().map(ToString::to_string).unwrap_or_default();
        table.row([
            row.receipt.clone(),
            print::day(crate::domain::time::london_date(row.received_at)),
            row.kind.clone().unwrap_or_default().replace('_', " "),
            end,
            reference,
            row.reason.clone().unwrap_or_default(),
        ]);
    }
    Ok(say(table.text(Paint::for_stdout()).trim_end())?)
}

/// The outbox: what is to be sent, and what could not be; with `text` the letters themselves.
///
/// # Errors
/// The store's; the terminal's.
pub async fn queue(app: &App, json: bool, text: bool) -> anyhow::Result<()> {
    let over = |row: &LetterRow| matches!(row.state, LetterState::Sent | LetterState::Dropped | LetterState::Gathered);
    let mut rows = app.engine.store.letters(&LetterFilter { limit: 1_000, ..LetterFilter::default() }).await?;
    rows.retain(|row| !over(row));
    let references = crate::engine::views::references(&app.engine).await?;
    let reference = |row: &LetterRow| row.case.and_then(|case| references.get(&case)).map(ToString::to_string);
    if json {
        let list: Vec<_> = rows
            .iter()
            .map(|row| {
                serde_json::json!({
                    "letter": row.letter, "reference": reference(row), "role": row.role, "state": row.state.as_str(),
                    "attempts": row.attempts, "next_try_at": row.due_at, "reason": row.reason,
                })
            })
            .collect();
        return Ok(print::json(&list)?);
    }
    if rows.is_empty() {
        return Ok(say("Nothing waits to be sent.")?);
    }
    if text {
        return letters_in_full(app, &rows).await;
    }
    let lifecycle = &app.engine.programme.lifecycle;
    let mut table = Table::new(&["letter", "case", "to", "state", "tries", "why"]);
    for row in &rows {
        let role = row.role.as_ref();
        table.row([
            row.letter.as_str().replace('_', " "),
            reference(row).unwrap_or_default(),
            role.map(|name| lifecycle.role(name).map_or(name.as_str(), |role| &role.title).to_owned()).unwrap_or_default(),
            row.state.as_str().to_owned(),
            row.attempts.to_string(),
            row.reason.clone().or_else(|| waits_for(app, row)).unwrap_or_default(),
        ]);
    }
    say(table.text(Paint::for_stdout()).trim_end())?;
    Ok(say("Read them with `focus-family mail queue --text`.")?)
}

/// Why a letter that nothing is wrong with is still here.
fn waits_for(app: &App, row: &LetterRow) -> Option<String> {
    match row.state {
        LetterState::Gathering => Some("goes with the next digest".to_owned()),
        LetterState::Queued if app.settings.delivery == Delivery::Hold => Some("the setting delivery.kind is `hold`".to_owned()),
        LetterState::Queued
        | LetterState::Sending
        | LetterState::Unsure
        | LetterState::Sent
        | LetterState::Held
        | LetterState::Dropped
        | LetterState::Failed
        | LetterState::Gathered => None,
    }
}

/// Letters as they would arrive. They hold nothing about a family; the reader's own address is left out.
async fn letters_in_full(app: &App, rows: &[LetterRow]) -> anyhow::Result<()> {
    let paint = Paint::for_stdout();
    for row in rows {
        let Some(letter) = app.engine.store.letter(row.id).await? else { continue };
        let to = row.role.as_ref().map_or("the sender".to_owned(), |role| role.as_str().replace('_', " "));
        say(&paint.tint(Tone::Strong, &format!("To {to}: {}", print::harmless(&letter.content.subject))))?;
        for line in letter.content.text.lines() {
            say(&format!("  {}", print::harmless(line)))?;
        }
        say("")?;
    }
    Ok(())
}

/// One mail: what became of it and what the program reads in it; with `--original` the mail itself, and the look is recorded.
///
/// # Errors
/// There is no such mail, or the store's, or the terminal's.
pub async fn show(app: &App, asked: &ShowMail) -> anyhow::Result<ExitCode> {
    let store = &app.engine.store;
    let receipt = asked.receipt.to_uppercase();
    let Some(row) = store.mail_by_receipt(&receipt).await? else {
        anyhow::bail!("there is no mail `{receipt}`; `mail list` shows those there are");
    };
    let Some(raw) = store.raw_mail(row.mail).await? else {
        anyhow::bail!("the original of `{receipt}` is not kept any more");
    };
    if asked.original {
        let entry = AuditEntry {
            by: Personal::new(format!("operator {}", print::user())),
            action: "looked at a mail by the command line".to_owned(),
            case: None,
            mail: Some(row.mail),
            detail: serde_json::Value::Null,
        };
        store.commit(Commit { audit: vec![entry], ..Commit::at(app.engine.ambient.now()) }).await?;
        std::io::stdout().lock().write_all(&raw)?;
        return Ok(ExitCode::SUCCESS);
    }
    let day = crate::domain::time::london_date(row.received_at);
    let explained = commands::explain_raw(&raw, Some(day), Some(&app.settings), day).await?;
    if asked.output.json {
        print::json(&explained.json)?;
        return Ok(ExitCode::SUCCESS);
    }
    became(&row, day)?;
    // A damaged row is told by `check`; the mail itself can still be shown.
    if let Ok(Some(kept)) = store.intake(row.mail).await
        && let Some(proof) = kept["sender"]["proof"].as_str()
    {
        let of = kept["sender"]["agency"].as_str().map(|agency| format!(", known as {agency}")).unwrap_or_default();
        say(&format!("{:<10}{}", "sender", print::harmless(&format!("{proof}{of}"))))?;
    }
    // What a mail would do is no news for one that has done it.
    for line in explained.text.lines().filter(|line| !line.starts_with("would ") && *line != "nothing was stored or sent") {
        say(line)?;
    }
    say(&format!("\nThe mail itself: focus-family mail show {receipt} --original"))?;
    Ok(ExitCode::SUCCESS)
}

fn became(row: &MailRow, day: crate::domain::time::Date) -> std::io::Result<()> {
    let line = |name: &str, says: &str| say(&format!("{name:<10}{says}"));
    line("receipt", &row.receipt)?;
    line("received", &print::day(day))?;
    line("ended as", &row.end.map_or("not yet", EndState::as_str).replace('_', " "))?;
    if let Some(reference) = &row.reference {
        line("case", reference.as_str())?;
    }
    if let Some(reason) = &row.reason {
        line("why", reason)?;
    }
    Ok(())
}
