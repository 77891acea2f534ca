//! What each command does, once the words are understood. Reading and printing; everything that changes a case goes to the engine.

use std::path::Path;

use crate::cli::print::{self, Paint, Table, Tone, line as say};
use crate::daemon::app::{App, load_programme};
use crate::domain::ids::PackName;
use crate::domain::nomination::{Reading, Vocabulary};
use crate::domain::time::Date;
use crate::domain::workflow::Programme;
use crate::engine::EngineError;
use crate::engine::intake::Ended;
use crate::engine::judge::{Judged, judge, understand, would};
use crate::reader::ReadFailure;
use crate::store::{CaseFilter, EndState, LetterFilter, LetterRow, LetterState, MailFilter};

/// What became of a mail, in one line for the terminal: kind, what was read, grade, what is missing, reference, letters.
#[must_use]
pub fn mail_line(ended: &Ended) -> String {
    let mut parts = vec![ended.kind.replace('_', " ")];
    let (members, read, documents) = ended.read;
    if members > 0 {
        parts.push(if members == 1 { "1 person".to_owned() } else { format!("{members} people") });
    }
    if documents > 0 {
        parts.push(format!("{read} of {} read", print::count(documents, "file")));
    }
    if let Some(grade) = &ended.grade {
        parts.push(format!("grade {grade}"));
    }
    if !ended.missing.is_empty() {
        parts.push(format!("missing {}", ended.missing.join(", ")));
    }
    let end = match (ended.end, &ended.reference) {
        (EndState::CaseOpened, Some(reference)) => format!("case {reference}"),
        (EndState::Attached, Some(reference)) => format!("joined {reference}"),
        (end, _) => end.as_str().replace('_', " "),
    };
    let reason = ended.reason.as_deref().map(|reason| format!(" ({reason})")).unwrap_or_default();
    let letters = if ended.letters.is_empty() { "no letter".to_owned() } else { format!("letters: {}", counted(&ended.letters)) };
    format!("{} → {end}{reason}; {letters}", parts.join(", "))
}

/// `triage_summary, danger_alert ×3`: each letter once, in the order queued.
#[must_use]
pub fn counted(letters: &[String]) -> String {
    let mut counts: Vec<(&str, usize)> = Vec::new();
    for letter in letters {
        match counts.iter_mut().find(|(name, _)| name == letter) {
            Some((_, count)) => *count += 1,
            None => counts.push((letter, 1)),
        }
    }
    let shown = |(name, count): &(&str, usize)| if *count > 1 { format!("{name} ×{count}") } else { (*name).to_owned() };
    counts.iter().map(shown).collect::<Vec<_>>().join(", ")
}

/// Every invariant that does not hold, one sentence each: of the store, and of every case by its own history.
///
/// # Errors
/// The store's.
pub async fn invariants(app: &App) -> Result<Vec<String>, EngineError> {
    let engine = &app.engine;
    let findings = engine.store.check(engine.ambient.now()).await?;
    let mut broken: Vec<String> = findings.iter().map(|finding| format!("{}: {}", finding.subject, finding.says)).collect();
    for row in engine.store.cases(&CaseFilter::default()).await? {
        let history = engine.store.history(row.id).await?;
        let events: Vec<_> = history.into_iter().map(|stored| stored.event).collect();
        match crate::domain::case::replay(None, &events) {
            Err(fault) => broken.push(fault.to_string()),
            Ok(replayed) => {
                let stored = engine.store.load_case(&crate::store::CaseKey::Id(row.id)).await?;
                if stored.is_none_or(|stored| stored.case != replayed) {
                    broken.push(format!("{}: its stored state is not what its events make; restore it from them", row.reference));
                }
                let owner = crate::domain::case::owner_role(&replayed, &engine.programme.lifecycle);
                if !row.closed && (owner.is_none() || replayed.timers.is_empty()) {
                    broken.push(format!("{}: it has no owner or no next dated action", row.reference));
                }
            }
        }
    }
    Ok(broken)
}

/// What `mail explain` needs: nothing but the file, the programme and the sandboxed reader.
pub struct Explained {
    /// The published answer.
    pub json: serde_json::Value,
    /// The same for people.
    pub text: String,
}

/// Why a mail cannot be explained.
#[derive(Debug, thiserror::Error)]
pub enum ExplainError {
    /// The file.
    #[error("cannot read `{path}`")]
    File {
        /// Which.
        path: String,
        /// Why.
        #[source]
        cause: std::io::Error,
    },
    /// The programme.
    #[error(transparent)]
    Start(#[from] crate::daemon::app::StartError),
}

/// Reads, judges and explains one mail. Stores and sends nothing.
///
/// # Errors
/// [`ExplainError`]; a mail that cannot be read is explained, not an error.
pub async fn explain(
    file: &Path,
    as_of: Option<Date>,
    settings: Option<&crate::config::Settings>,
    today: Date,
) -> Result<Explained, ExplainError> {
    let raw = std::fs::read(file).map_err(|cause| ExplainError::File { path: file.display().to_string(), cause })?;
    let default_reader = crate::config::ReaderSettings::default();
    let reader = crate::reader::Reader::new(crate::daemon::app::reader_settings(settings.map_or(&default_reader, |s| &s.reader)));
    let programme = load_programme(settings.and_then(|settings| settings.programme.folder.as_deref()))?;
    let pack = settings.map_or_else(|| crate::config::ProgrammeSettings::default().rule_pack, |s| s.programme.rule_pack.clone());
    match reader.read(&raw).await {
        Ok(reading) => {
            let received = reading.message.date.or(reading.message.received);
            let day = as_of.or_else(|| received.map(crate::domain::time::london_date)).unwrap_or(today);
            let (judged, would) = judged_or_not(&programme, &pack, &reading, day);
            let assessment = judged.assessment.as_ref();
            let routing = judged.routing.as_ref();
            Ok(Explained {
                json: crate::explain::explanation(&reading, &judged.intake, assessment, routing, &would),
                text: crate::explain::report(&reading, &judged.intake, assessment, routing, &would),
            })
        }
        Err(failure) => {
            let says = failure.to_string();
            let json = unread(&failure);
            Ok(Explained {
                json,
                text: format!("kind      other\nproblem   {says}\nwould     wait for a person\nnothing was stored or sent\n"),
            })
        }
    }
}

/// What is made of the mail and what it would cause. A nomination of a day without a rule pack is told all the same, unjudged.
fn judged_or_not(programme: &Programme, pack: &PackName, reading: &Reading, day: Date) -> (Judged, Vec<String>) {
    let words = Vocabulary::new(&programme.forms);
    match judge(programme, &words, pack, reading, day) {
        Ok(judged) => {
            // What a mail would cause is shown as if its sender were proven; a single file cannot show whether it is.
            let would = would(programme, &judged, true);
            (judged, would)
        }
        Err(no_pack) => {
            let mut judged = understand(programme, &words, reading, day);
            judged.intake.doubts.push(format!("not judged: {no_pack}"));
            (judged, vec!["wait until the settings name a rule pack of that day".to_owned()])
        }
    }
}

/// The published answer for a mail that could not be read: what its head says, and why.
fn unread(failure: &ReadFailure) -> serde_json::Value {
    let message = match failure {
        ReadFailure::Mail(problem) => problem.message.as_deref(),
        ReadFailure::NotSandboxed
        | ReadFailure::TimeLimit
        | ReadFailure::MemoryLimit
        | ReadFailure::Crashed
        | ReadFailure::BadAnswer
        | ReadFailure::NotStarted { .. } => None,
    };
    serde_json::json!({
        "message": {
            "message_id": message.and_then(|message| message.message_id.clone()),
            "from": message.and_then(|message| message.from.first()).map(|from| from.address.clone()),
            "subject": message.map(|message| message.subject.clone()),
            "kind": "other",
        },
        "problem": failure.to_string(), "documents": [], "nomination": null, "eligibility": null, "missing": [], "area": null,
        "would": ["wait for a person"],
    })
}

/// The cases as a table, or as the published list of objects.
///
/// # Errors
/// The store's; the terminal's.
pub async fn case_list(app: &App, json: bool) -> anyhow::Result<()> {
    let rows = crate::engine::views::case_list(&app.engine).await?;
    if json {
        return Ok(print::json(&rows)?);
    }
    let mut table = Table::new(&["reference", "area", "stage", "grade", "owner", "next due"]);
    let today = app.engine.ambient.today();
    for row in &rows {
        let late = row.next_due_on.is_some_and(|due| due < today);
        let due = row.next_due_on.map(print::day).unwrap_or_default();
        table.toned([
            (row.reference.to_string(), Tone::Strong),
            (row.area.clone().unwrap_or_else(|| "not known".to_owned()), Tone::Plain),
            (row.stage_title.clone(), Tone::Plain),
            (row.grade.clone(), Tone::Plain),
            (row.owner.clone().unwrap_or_default(), Tone::Plain),
            (due, if late { Tone::Warning } else { Tone::Plain }),
        ]);
    }
    if table.is_empty() {
        say("No cases yet. `mail import DIR` takes mails in, `serve` watches the mailboxes.")?;
    } else {
        say(table.text(Paint::for_stdout()).trim_end())?;
    }
    Ok(())
}

/// The inbox ledger.
///
/// # Errors
/// The store's; the terminal's.
pub async fn mail_list(app: &App, json: bool) -> anyhow::Result<()> {
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

/// The outbox: what is to be sent, and what could not be.
///
/// # Errors
/// The store's; the terminal's.
pub async fn mail_queue(app: &App, json: bool) -> anyhow::Result<()> {
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
    let mut table = Table::new(&["letter", "case", "to", "state", "tries", "why"]);
    for row in &rows {
        table.row([
            row.letter.to_string(),
            reference(row).unwrap_or_default(),
            row.role.as_ref().map(ToString::to_string).unwrap_or_default(),
            row.state.as_str().to_owned(),
            row.attempts.to_string(),
            row.reason.clone().unwrap_or_default(),
        ]);
    }
    if table.is_empty() { Ok(say("Nothing waits to be sent.")?) } else { Ok(say(table.text(Paint::for_stdout()).trim_end())?) }
}
