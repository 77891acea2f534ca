//! What each command does, once the words are understood. Reading and printing; everything that changes a case goes to the engine.

use crate::cli::print::{self, Paint, Table, Tone, line as say};
use crate::daemon::app::App;
use crate::domain::workflow::Programme;
use crate::engine::EngineError;
use crate::engine::intake::Ended;
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
        let why =
            if ended.unread.is_empty() { String::new() } else { format!(" ({})", ended.unread.join(", ").replace('_', " ")) };
        parts.push(format!("{read} of {} read{why}", print::count(documents, "file")));
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

/// The same with the receipt number by which `mail show` and `mail settle` know it.
#[must_use]
pub fn received_line(programme: &Programme, ended: &Ended) -> String {
    format!("{}: {}", ended.receipt, mail_line(programme, ended))
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
                let under = engine.seen_by(&replayed);
                let owner = crate::domain::case::owner_role(&replayed, &under.programme.lifecycle);
                if !row.closed && (owner.is_none() || replayed.timers.is_empty()) {
                    broken.push(format!("{}: it has no owner or no next dated action", row.reference));
                }
            }
        }
    }
    Ok(broken)
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
