//! What `mail list`, `show`, `settle`, `queue`, `preview`, `release` and `discard` print: what came, what is in it, what goes out.

use std::collections::BTreeMap;
use std::io::Write;
use std::process::ExitCode;

use crate::cli::print::{self, Paint, Table, Tone, line as say};
use crate::cli::{By, End, ListMails, OneLetter, Preview, Queue, Restored, Settle, ShowMail, State};
use crate::config::{Delivery, MailboxKind};
use crate::daemon::app::App;
use crate::daemon::cases::Usage;
use crate::daemon::commands;
use crate::daemon::explain::{self, Asked};
use crate::daemon::generation;
use crate::domain::ids::{LetterName, MailId, RoleName};
use crate::domain::personal::Personal;
use crate::engine::EngineError;
use crate::engine::intake::IMPORTED;
use crate::engine::settle::{Settlement, Settler};
use crate::engine::worklist::short;
use crate::explain::Detail;
use crate::store::{
    AuditEntry, Commit, EndState, LetterFilter, LetterRow, LetterState, MailFilter, MailRow, TaskFilter, TaskRow,
};

/// Mails of a list that is not asked for whole.
const NEWEST: u32 = 500;

/// The inbox ledger: the newest mails, or what waits, or requests that are not answered, with who is asked and until when.
///
/// # Errors
/// The store's; the terminal's.
pub async fn list(app: &App, asked: &ListMails) -> anyhow::Result<()> {
    let store = &app.engine.store;
    let end = match (asked.waiting, asked.requests) {
        (true, _) => Some(EndState::Waiting),
        (_, true) => Some(EndState::Request),
        (false, false) => None,
    };
    let limit = if asked.all || end.is_some() { u32::MAX } else { NEWEST };
    let rows = store.mails(&MailFilter { end, limit, ..MailFilter::default() }).await?;
    let open: BTreeMap<MailId, TaskRow> =
        store.tasks(&TaskFilter::default()).await?.into_iter().rev().filter_map(|task| Some((task.mail?, task))).collect();
    let mut rows: Vec<(&MailRow, Option<&TaskRow>)> = rows.iter().map(|row| (row, open.get(&row.mail))).collect();
    if asked.requests {
        rows.retain(|(_, task)| task.is_some());
    }
    if end.is_some() {
        rows.sort_by_key(|(row, task)| (task.is_none(), task.map(|task| task.due_on), row.received_at));
    }
    let today = app.engine.ambient.today();
    if asked.output.json {
        let list: Vec<_> = rows
            .iter()
            .map(|(row, task)| {
                serde_json::json!({
                    "receipt": row.receipt, "received_at": row.received_at, "kind": row.kind, "end": row.end.map(EndState::as_str),
                    "reference": row.reference, "reason": row.reason, "bytes": row.size_bytes, "attempts": row.attempts,
                    "scan": row.scan.as_ref().map(|(scan, _)| scan), "scan_says": row.scan.as_ref().map(|(_, says)| says),
                    "open": task.is_some(), "role": task.map(|task| &task.role), "due_on": task.map(|task| task.due_on),
                    "late": task.is_some_and(|task| task.due_on < today),
                })
            })
            .collect();
        return Ok(print::json(&list)?);
    }
    if rows.is_empty() {
        return Ok(say(if end.is_some() { "Nothing waits." } else { "No mail has come yet." })?);
    }
    let mut table = Table::new(&["receipt", "received", "kind", "ended as", "case", "for", "until", "why"]);
    for (row, task) in rows {
        let late = task.is_some_and(|task| task.due_on < today);
        let plain = |text: String| (text, Tone::Plain);
        table.toned([
            (row.receipt.clone(), Tone::Strong),
            plain(print::day(crate::domain::time::london_date(row.received_at))),
            plain(row.kind.clone().unwrap_or_default().replace('_', " ")),
            plain(row.end.map_or("not yet", EndState::as_str).replace('_', " ")),
            plain(row.reference.as_ref().map(ToString::to_string).unwrap_or_default()),
            plain(task.map(|task| role_title(app, &task.role)).unwrap_or_default()),
            (task.map(|task| print::day(task.due_on)).unwrap_or_default(), if late { Tone::Warning } else { Tone::Plain }),
            plain(why(row)),
        ]);
    }
    say(table.text(Paint::for_stdout()).trim_end())?;
    if end.is_some() {
        say("Read one with `mail show RECEIPT --original`; say what becomes of it with `mail settle RECEIPT …`.")?;
    }
    Ok(())
}

/// Why it waits, and that it was not scanned where its reason does not say so: what nobody looked at is never shown as clean.
#[must_use]
pub fn why(row: &MailRow) -> String {
    let reason = row.reason.clone().unwrap_or_default();
    match &row.scan {
        Some((scan, says)) if scan != "clean" && !reason.contains(says.as_str()) => {
            if reason.is_empty() {
                says.clone()
            } else {
                format!("{reason}; {says}")
            }
        }
        Some(_) | None => reason,
    }
}

fn role_title(app: &App, role: &RoleName) -> String {
    app.engine.programme.lifecycle.role(role).map_or(role.as_str(), |role| &role.title).to_owned()
}

/// What a person says a mail is.
///
/// # Errors
/// [`Usage`] when it does not say who; what the engine refuses; the terminal's.
pub async fn settle(app: &App, asked: &Settle) -> anyhow::Result<()> {
    let wish = match &asked.end {
        End::Nomination { from_family } => Settlement::Nomination { from_family: *from_family },
        End::Case { reference } => Settlement::Case(reference.clone()),
        End::Request { kind } => Settlement::Request(*kind),
        End::Answered => Settlement::Answered,
        End::Nothing => Settlement::Nothing,
        End::Detach => Settlement::Detached,
    };
    let receipt = asked.receipt.to_uppercase();
    let ended = app.engine.settle_mail(&receipt, &wish, &settler(&asked.by)?).await?;
    if asked.json {
        return Ok(print::json(&serde_json::json!({
            "receipt": receipt, "kind": ended.kind, "end": ended.end.as_str(), "reference": ended.reference, "grade": ended.grade,
            "missing": ended.missing, "letters": ended.letters, "reason": ended.reason,
        }))?);
    }
    Ok(say(&commands::received_line(&app.engine.programme, &ended))?)
}

/// Who says so.
///
/// # Errors
/// [`Usage`] when nobody is named.
pub fn settler(by: &By) -> Result<Settler, Usage> {
    let address = by.by.clone().ok_or_else(|| Usage("say who does it: --by name@council.example.org".to_owned()))?;
    Ok(Settler { by: Personal::new(address.as_text().to_lowercase()), because: by.because.clone() })
}

/// The outbox: what is to be sent, and what could not be; with `--text` the letters themselves.
///
/// # Errors
/// The store's; the terminal's.
pub async fn queue(app: &App, asked: &Queue) -> anyhow::Result<()> {
    let over = |row: &LetterRow| matches!(row.state, LetterState::Sent | LetterState::Dropped | LetterState::Gathered);
    let state = asked.state.map(|state| match state {
        State::Queued => LetterState::Queued,
        State::Gathering => LetterState::Gathering,
        State::Held => LetterState::Held,
        State::Unsure => LetterState::Unsure,
        State::Failed => LetterState::Failed,
        State::Sent => LetterState::Sent,
        State::Dropped => LetterState::Dropped,
    });
    let mut rows = app.engine.store.letters(&LetterFilter { state, limit: 1_000, ..LetterFilter::default() }).await?;
    rows.retain(|row| asked.all || state.is_some() || !over(row));
    let references = crate::engine::views::references(&app.engine).await?;
    let reference = |row: &LetterRow| row.case.and_then(|case| references.get(&case)).map(ToString::to_string);
    if asked.output.json {
        let list: Vec<_> = rows
            .iter()
            .map(|row| {
                serde_json::json!({
                    "id": row.id, "letter": row.letter, "reference": reference(row), "role": row.role, "state": row.state.as_str(),
                    "attempts": row.attempts, "queued_at": row.queued_at, "next_try_at": row.due_at, "settled_at": row.settled_at,
                    "reason": row.reason,
                })
            })
            .collect();
        return Ok(print::json(&list)?);
    }
    if rows.is_empty() {
        return Ok(say(if asked.all || state.is_some() { "No such letter." } else { "Nothing waits to be sent." })?);
    }
    if asked.text {
        return letters_in_full(app, &rows).await;
    }
    let mut table = Table::new(&["id", "letter", "case", "to", "state", "tries", "why"]);
    for row in &rows {
        let state = match row.state {
            LetterState::Failed => Tone::Bad,
            LetterState::Unsure | LetterState::Held => Tone::Warning,
            LetterState::Queued
            | LetterState::Gathering
            | LetterState::Sending
            | LetterState::Sent
            | LetterState::Dropped
            | LetterState::Gathered => Tone::Plain,
        };
        let plain = |text: String| (text, Tone::Plain);
        table.toned([
            (short(&row.id.to_text()).to_owned(), Tone::Strong),
            plain(row.letter.as_str().replace('_', " ")),
            plain(reference(row).unwrap_or_default()),
            plain(row.role.as_ref().map(|role| role_title(app, role)).unwrap_or_default()),
            (row.state.as_str().to_owned(), state),
            plain(row.attempts.to_string()),
            plain(row.reason.clone().or_else(|| waits_for(app, row)).unwrap_or_default()),
        ]);
    }
    say(table.text(Paint::for_stdout()).trim_end())?;
    Ok(say(
        "Read one with `mail preview ID`, all with `mail queue --text`; `mail release ID` lets one go, `mail discard ID` drops it.",
    )?)
}

/// One letter as it would arrive.
///
/// # Errors
/// There is no such letter; the store's; the terminal's.
pub async fn preview(app: &App, asked: &Preview) -> anyhow::Result<()> {
    let letter = app.engine.letter_called(&asked.letter).await?;
    let row = &letter.row;
    if asked.output.json {
        return Ok(print::json(&serde_json::json!({
            "id": row.id, "letter": row.letter, "role": row.role, "state": row.state.as_str(), "attempts": row.attempts,
            "reason": row.reason, "template": letter.content.template, "subject": letter.content.subject, "text": letter.content.text,
        }))?);
    }
    letters_in_full(app, std::slice::from_ref(row)).await
}

/// Lets a letter go, or drops it.
///
/// # Errors
/// [`Usage`] when it does not say who; what the engine refuses; the terminal's.
pub async fn handle(app: &App, asked: &OneLetter, go: bool) -> anyhow::Result<()> {
    let settler = settler(&asked.by)?;
    if asked.every {
        let unknown = || EngineError::NoSuchLetter { letter: asked.letter.clone() };
        let letter = LetterName::new(&asked.letter).map_err(|_| unknown())?;
        let handled = app.engine.handle_every(&letter, go, &settler).await?;
        if asked.output.json {
            return Ok(print::json(&serde_json::json!({"letter": letter, "letters": handled}))?);
        }
        let done = if go { "released" } else { "dropped" };
        return Ok(say(&format!("{} {done}", print::count(handled, "letter")))?);
    }
    let row =
        if go { app.engine.release(&asked.letter, &settler).await? } else { app.engine.discard(&asked.letter, &settler).await? };
    let state = if go { LetterState::Queued } else { LetterState::Dropped };
    if asked.output.json {
        return Ok(print::json(&serde_json::json!({"id": row.id, "letter": row.letter, "was": row.state, "state": state}))?);
    }
    let name = row.letter.as_str().replace('_', " ");
    say(&format!("{name} {}: was {}, is now {}", short(&row.id.to_text()), row.state.as_str(), state.as_str()))?;
    if go && app.settings.delivery == Delivery::Hold {
        say("The setting delivery.kind is `hold`: it stays queued until there is a way for letters to leave.")?;
    }
    Ok(())
}

/// Holds the letters that a backup brought back.
///
/// # Errors
/// [`Usage`] when it does not say who; what the engine refuses; the terminal's.
pub async fn restored(app: &App, asked: &Restored) -> anyhow::Result<()> {
    match generation::acknowledge(app, &settler(&asked.by)?).await? {
        None => Ok(say("No backup was put back: every letter that left is in the database.")?),
        Some(held) => {
            let held = print::count(usize::try_from(held).unwrap_or(usize::MAX), "letter");
            Ok(say(&format!("{held} held: `mail queue --state held` shows them, `mail release` and `mail discard` end them."))?)
        }
    }
}

/// Why a letter that nothing is wrong with is still here.
fn waits_for(app: &App, row: &LetterRow) -> Option<String> {
    match row.state {
        LetterState::Gathering if row.automatic_answer => {
            Some("goes with other answers: one mail an hour to one address".to_owned())
        }
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
    let looked = app.engine.look_before_opening(&row, &raw).await?;
    if asked.original && !looked.may_open && !asked.although_infected {
        let says = looked.says().unwrap_or_default();
        anyhow::bail!("`{receipt}` is not opened: {says}; add --although-infected if that is meant");
    }
    // What programs are told holds everything.
    if asked.original || ((asked.reveal || asked.output.json) && looked.may_open) {
        let entry = AuditEntry {
            by: Personal::new(format!("operator {}", print::user())),
            action: "looked at a mail by the command line".to_owned(),
            case: None,
            mail: Some(row.mail),
            detail: serde_json::Value::Null,
        };
        store.commit(Commit { audit: vec![entry], ..Commit::at(app.engine.ambient.now()) }).await?;
    }
    if asked.original {
        std::io::stdout().lock().write_all(&raw)?;
        return Ok(ExitCode::SUCCESS);
    }
    let day = crate::domain::time::london_date(row.received_at);
    let detail = if asked.reveal { Detail::Whole } else { Detail::WithoutPersons };
    let how = Asked {
        as_of: Some(day),
        pages: None,
        mailbox: Some(&row.account),
        today: day,
        detail,
        programme: Some(&app.engine.programme),
    };
    let explained = match looked.may_open {
        false => explain::closed(&looked.says().unwrap_or_default()),
        true => Box::pin(explain::explain_raw(&raw, Some(&app.settings), how)).await?,
    };
    if asked.output.json {
        print::json(&explained.json)?;
        return Ok(ExitCode::SUCCESS);
    }
    became(&row, day)?;
    if let Some(says) = where_the_whole_is(app, &row, raw.len()) {
        say(&format!("{:<10}{says}", "original"))?;
    }
    for task in store.tasks(&TaskFilter { mail: Some(row.mail), closed_too: true, ..TaskFilter::default() }).await? {
        let asked = format!("{} until {}", role_title(app, &task.role), print::day(task.due_on));
        let done = task.closed_at.map(|at| format!("; done on {}", print::day(crate::domain::time::london_date(at))));
        say(&format!("{:<10}{asked}{}", "asked", done.unwrap_or_default()))?;
    }
    // A damaged row is told by `check`; the mail itself can still be shown.
    if let Ok(Some(kept)) = store.intake(row.mail).await
        && let Some(proof) = kept["sender"]["proof"].as_str()
    {
        let of = kept["sender"]["agency"].as_str().map(|agency| format!(", known as {agency}")).unwrap_or_default();
        say(&format!("{:<10}{}", "sender", print::harmless(&format!("{proof}{of}"))))?;
    }
    if let Some(case) = row.case {
        let case = app.engine.store.load_case(&crate::store::CaseKey::Id(case)).await?;
        for (other, tie) in case.iter().flat_map(|stored| &stored.case.family.ties) {
            say(&format!("{:<10}{other}: {}", "known?", tie.standing.in_words()))?;
        }
    }
    if let Some(says) = looked.says().filter(|_| looked.may_open) {
        say(&format!("{:<10}{says}", "viruses"))?;
    }
    // What a mail would do is no news for one that has done it.
    let kind = row.kind.as_ref().map(|kind| kind.replace('_', " "));
    for line in explained.text.lines().take_while(|line| !line.starts_with("would ")) {
        match (&kind, line.strip_prefix("kind ").map(str::trim)) {
            // What it was taken for stands first: `mail list` says the same.
            (Some(kind), Some(read)) if kind != read => {
                say(&format!("{:<10}{kind} (by its own words: {read})", "kind"))?;
            }
            _ => say(line)?,
        }
    }
    if !asked.reveal {
        say(&format!("\nWho sent it, its files and its persons: focus-family mail show {receipt} --reveal"))?;
    }
    say(&format!("The mail itself: focus-family mail show {receipt} --original"))?;
    Ok(ExitCode::SUCCESS)
}

/// Where all of a mail is of which only the beginning is kept here.
fn where_the_whole_is(app: &App, row: &MailRow, kept_bytes: usize) -> Option<String> {
    if !row.cut {
        return None;
    }
    let mailbox = app.settings.mailboxes.iter().find(|mailbox| mailbox.name == row.account);
    let whole = match mailbox.map(|mailbox| &mailbox.kind) {
        _ if row.mailbox == IMPORTED => "the whole is the file that was imported".to_owned(),
        Some(MailboxKind::Maildir { path }) => {
            format!("the whole is `{}`, with flags behind it", path.join("cur").join(&row.uid).display())
        }
        Some(MailboxKind::Imap(_) | MailboxKind::Graph(_)) => {
            format!("the whole is in the mailbox `{}`, folder {}", row.account, row.mailbox)
        }
        None => format!("the whole was in the mailbox `{}`, which the settings no longer name", row.account),
    };
    Some(format!("its first {kept_bytes} bytes of {} are kept here; {whole}", row.size_bytes))
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
