//! What each command does, once the words are understood. Reading and printing; everything that changes a case goes to the engine.

use std::path::Path;

use crate::cli::print::{self, Paint, Table, Tone, line as say};
use crate::daemon::app::{App, load_programme, programme_of};
use crate::domain::ids::PackName;
use crate::domain::nomination::{Reading, Vocabulary};
use crate::domain::time::Date;
use crate::domain::workflow::Programme;
use crate::engine::EngineError;
use crate::engine::intake::Ended;
use crate::engine::judge::{Judged, judge, understand, would};
use crate::reader::ReadFailure;
use crate::store::{CaseFilter, EndState};

/// What became of a mail, in one line for the terminal: kind, what was read, grade, what is missing, reference, letters.
#[must_use]
pub fn mail_line(programme: &Programme, ended: &Ended) -> String {
    let mut parts = vec![ended.kind.replace('_', " ")];
    let (members, read, documents) = ended.read;
    if members > 0 {
        parts.push(print::count(members, "person"));
    }
    if documents > 0 {
        parts.push(format!("{read} of {} read", print::count(documents, "file")));
    }
    let mut says = parts.join(", ");
    if let Some(grade) = &ended.grade {
        says.push_str(&format!("; {}", grade_title(programme, grade)));
    }
    if !ended.missing.is_empty() {
        says.push_str(&format!("; still needed: {}", missing_words(programme, &ended.missing)));
    }
    let end = match (ended.end, &ended.reference) {
        (EndState::CaseOpened, Some(reference)) => format!("case {reference}"),
        (EndState::Attached, Some(reference)) => format!("joined {reference}"),
        (end, _) => end.as_str().replace('_', " "),
    };
    let reason = ended.reason.as_deref().map(|reason| format!(" ({reason})")).unwrap_or_default();
    let letters = if ended.letters.is_empty() { "no letter".to_owned() } else { format!("letters: {}", counted(&ended.letters)) };
    format!("{says} → {end}{reason}; {letters}")
}

/// The grade as people read it: `meets the published criteria`.
#[must_use]
pub fn grade_title(programme: &Programme, grade: &str) -> String {
    let known = programme.packs.iter().flat_map(|pack| &pack.grades).find(|known| known.name.as_str() == grade);
    known.map_or_else(|| grade.replace('_', " "), |known| known.title.clone())
}

/// The kinds of things missing, each once, in plain words.
#[must_use]
pub fn missing_words(programme: &Programme, missing: &[String]) -> String {
    let mut words: Vec<&str> = Vec::new();
    for name in missing {
        let kind = programme.missing_words(name);
        if !words.contains(&kind) {
            words.push(kind);
        }
    }
    words.join(", ")
}

/// `triage summary, danger alert ×3`: each letter once, in the order queued.
#[must_use]
pub fn counted(letters: &[String]) -> String {
    let mut counts: Vec<(&str, usize)> = Vec::new();
    for letter in letters {
        match counts.iter_mut().find(|(name, _)| name == letter) {
            Some((_, count)) => *count += 1,
            None => counts.push((letter, 1)),
        }
    }
    let shown = |(name, count): &(&str, usize)| {
        let name = name.replace('_', " ");
        if *count > 1 { format!("{name} ×{count}") } else { name }
    };
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
    explain_raw(&raw, as_of, settings, today).await
}

/// As [`explain`], of bytes that are read already.
///
/// # Errors
/// [`ExplainError::Start`].
pub async fn explain_raw(
    raw: &[u8],
    as_of: Option<Date>,
    settings: Option<&crate::config::Settings>,
    today: Date,
) -> Result<Explained, ExplainError> {
    let default_reader = crate::config::ReaderSettings::default();
    let reader = crate::reader::Reader::new(crate::daemon::app::reader_settings(settings.map_or(&default_reader, |s| &s.reader)));
    let programme = settings.map_or_else(|| load_programme(None), programme_of)?;
    let pack = settings.map_or_else(|| crate::config::ProgrammeSettings::default().rule_pack, |s| s.programme.rule_pack.clone());
    match reader.read(raw).await {
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
            (row.area_title.clone().unwrap_or_else(|| "not known".to_owned()), Tone::Plain),
            (row.stage_title.clone(), Tone::Plain),
            (row.grade_title.clone(), Tone::Plain),
            (row.owner_title.clone().unwrap_or_default(), Tone::Plain),
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
