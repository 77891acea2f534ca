//! What each command does, once the words are understood. Reading and printing; everything that changes a case goes to the engine.

use crate::cli::print::{self, Paint, Table, Tone, line as say};
use crate::daemon::app::App;
use crate::domain::workflow::Programme;
use crate::engine::comes::Attendance;
use crate::engine::intake::Ended;
use crate::engine::{Engine, EngineError};
use crate::store::{CaseRow, EndState, StoredCase, StoredEvent};

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

/// `TAF review on 18 January 2027 at 11:00: Keyworker accepted, Referrer declined`.
#[must_use]
pub fn attendance_words(programme: &Programme, meeting: &Attendance) -> String {
    let at = meeting.at.as_ref().map(|at| format!(" at {at}")).unwrap_or_default();
    let answers = meeting.answers.iter().map(|(role, coming, then)| {
        let title = programme.lifecycle.role(role).map_or(role.as_str(), |role| role.title.as_str());
        let then = then.map(|day| format!(" for {}, its day before", print::day(day))).unwrap_or_default();
        format!("{title} {}{then}", coming.as_str())
    });
    let answers: Vec<String> = answers.collect();
    let answers = if answers.is_empty() { "no calendar has answered".to_owned() } else { answers.join(", ") };
    format!("{} on {}{at}: {answers}", meeting.title, print::day(meeting.day))
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
    invariants_but(app, &[]).await
}

/// The same without what is told elsewhere: questions of the store by their names.
///
/// # Errors
/// The store's.
pub async fn invariants_but(app: &App, told: &[&str]) -> Result<Vec<String>, EngineError> {
    let engine = &app.engine;
    let findings = engine.store.check(engine.ambient.now()).await?;
    let findings = findings.iter().filter(|finding| !told.contains(&finding.check));
    let mut broken: Vec<String> = findings.map(|finding| format!("{}: {}", finding.subject, finding.says)).collect();
    let replayed = engine.store.replay_all(|row, stored, history| says_of_case(engine, row, stored, history)).await?;
    broken.extend(replayed.iter().map(|finding| format!("{}: {}", finding.subject, finding.says)));
    Ok(broken)
}

/// What of a case's row and state does not follow from its events. Lists, letters and timers go by the row.
fn says_of_case(engine: &Engine, row: &CaseRow, stored: &StoredCase, history: &[StoredEvent]) -> Vec<String> {
    let events: Vec<_> = history.iter().map(|stored| stored.event.clone()).collect();
    let replayed = match crate::domain::case::replay(None, &events) {
        Ok(replayed) => replayed,
        Err(fault) => return vec![fault.to_string()],
    };
    let mut broken = Vec::new();
    if stored.case != replayed {
        broken.push("its stored state is not what its events make; restore it from them".to_owned());
    }
    let engine = engine.seen_by(&replayed);
    let owner = crate::domain::case::owner_role(&replayed, &engine.programme.lifecycle);
    if !row.closed && (owner.is_none() || replayed.timers.is_empty()) {
        broken.push("it has no owner or no next dated action".to_owned());
    }
    let made = engine.summary_of(&replayed);
    let mut differs: Vec<String> = Vec::new();
    let mut compare = |what: &str, is: Option<String>, by_events: Option<String>| {
        if is != by_events {
            let or_none = |value: Option<String>| value.unwrap_or_else(|| "none".to_owned());
            differs.push(format!("{what} {} instead of {}", or_none(is), or_none(by_events)));
        }
    };
    let text = |value: &dyn ToString| Some(value.to_string());
    compare("stage", text(&row.stage), text(&made.stage));
    compare("area", row.area.as_ref().and_then(|area| text(area)), made.area.as_ref().and_then(|area| text(area)));
    compare("grade", text(&row.grade), text(&made.grade));
    compare("owner", row.owner_role.as_ref().and_then(|role| text(role)), made.owner_role.as_ref().and_then(|role| text(role)));
    compare("next due", row.next_due_on.and_then(|on| text(&on)), made.next_due_on.and_then(|on| text(&on)));
    compare(
        "timer due",
        row.next_due_what.as_ref().and_then(|what| text(what)),
        made.next_due_what.as_ref().and_then(|what| text(what)),
    );
    compare("closed", text(&row.closed), text(&made.closed));
    if !differs.is_empty() {
        broken.push(format!(
            "its row in the database is not what its events make ({}): it was changed by hand, or the workflow file was since the case was \
             last written; put the last backup beside it",
            differs.join(", ")
        ));
    }
    broken
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
