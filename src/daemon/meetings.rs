//! What `meeting list`, `agenda`, `invite`, `pack` and `record` print and write.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

use crate::cli::print::{self, Paint, Table, Tone, line as say};
use crate::cli::{By, Json, Meeting, OneMeeting, Record};
use crate::config::own;
use crate::daemon::app::App;
use crate::daemon::cases::{self, Usage};
use crate::daemon::mails::settler;
use crate::domain::case::{AgendaEntry, Case, Refusal};
use crate::domain::ids::{AskName, CaseReference, MoveName};
use crate::domain::personal::Personal;
use crate::domain::rules::Truth;
use crate::domain::time::Date;
use crate::domain::workflow::{AskKind, MeetingDef, Sees};
use crate::engine::meetings::Agenda;
use crate::engine::roster::Recipient;
use crate::store::{AuditEntry, Commit, StoredCase};

/// Runs one of the commands.
///
/// # Errors
/// What the engine refuses; the store's; the terminal's; a folder that cannot be written.
pub async fn run(app: &App, asked: &Meeting) -> anyhow::Result<()> {
    match asked {
        Meeting::List { output } => list(app, *output).await,
        Meeting::Agenda(one) => agenda(app, one).await,
        Meeting::Invite(one) => invite(app, one).await,
        Meeting::Pack { meeting, dir } => packs(app, meeting, dir).await,
        Meeting::CallOff { meeting, by } => call_off(app, meeting, by).await,
        Meeting::Record(asked) => record(app, asked).await,
    }
}

async fn list(app: &App, output: Json) -> anyhow::Result<()> {
    let engine = &app.engine;
    let today = engine.ambient.today();
    let mut rows = Vec::new();
    for meeting in &engine.programme.lifecycle.meetings {
        for area in &engine.programme.geography.areas {
            let Some(day) = engine.meeting_held(meeting, &area.name, today).await? else { continue };
            let agenda = engine.agenda(meeting, &area.name, day).await?;
            let line = meeting.day_of(&area.name);
            let place = line.and_then(|line| line.place.clone());
            rows.push((day, line.map(|line| line.at.clone()), meeting, area, agenda.entries.len(), place));
        }
    }
    rows.sort_by(|a, b| (a.0, &a.3.name).cmp(&(b.0, &b.3.name)));
    if output.json {
        let list: Vec<_> = rows
            .iter()
            .map(|(day, at, meeting, area, cases, place)| {
                serde_json::json!({"meeting": meeting.name, "area": area.name, "day": day, "at": at, "place": place, "cases": cases})
            })
            .collect();
        return Ok(print::json(&list)?);
    }
    let mut table = Table::new(&["day", "at", "area", "meeting", "cases", "place"]);
    for (day, at, meeting, area, cases, place) in rows {
        table.toned([
            (print::day(day), Tone::Strong),
            (at.unwrap_or_default(), Tone::Plain),
            (area.title.clone(), Tone::Plain),
            (meeting.title.clone(), Tone::Plain),
            (cases.to_string(), Tone::Plain),
            (place.unwrap_or_default(), Tone::Plain),
        ]);
    }
    Ok(say(table.text(Paint::for_stdout()).trim_end())?)
}

/// The meeting asked for and its agenda.
async fn asked<'a>(app: &'a App, one: &OneMeeting) -> anyhow::Result<(&'a MeetingDef, Agenda)> {
    let engine = &app.engine;
    let meeting = engine.meeting(one.meeting.as_deref())?;
    let area = engine.area(&one.area)?;
    let day = match one.day {
        Some(day) => day,
        None => engine.next_meeting(meeting, area, engine.ambient.today()).await?,
    };
    Ok((meeting, engine.agenda(meeting, area, day).await?))
}

fn heading(app: &App, meeting: &MeetingDef, agenda: &Agenda) -> String {
    let line = meeting.day_of(&agenda.area);
    let at = line.map(|line| format!(" at {}", line.at)).unwrap_or_default();
    let place = line.and_then(|line| line.place.as_ref()).map(|place| format!(", {place}")).unwrap_or_default();
    let day = crate::domain::time::long_date(agenda.day);
    format!("{}, {}, {day}{at}{place}", meeting.title, app.engine.programme.area_title(&agenda.area))
}

async fn agenda(app: &App, one: &OneMeeting) -> anyhow::Result<()> {
    let (meeting, agenda) = asked(app, one).await?;
    let members = app.engine.members_of(meeting, &agenda.area);
    if one.output.json {
        let cases: Vec<_> = agenda
            .entries
            .iter()
            .map(|(stored, entry)| {
                serde_json::json!({"reference": stored.case.reference, "stage": stored.case.stage, "grade": stored.case.verdict.grade,
                    "asks": entry.asks, "since": entry.since, "working_days": entry.working_days, "listed": entry.listed,
                    "checks": entry.checks, "missing": entry.missing})
            })
            .collect();
        let roles: Vec<_> = members.iter().map(|member| &member.role).collect();
        let value = serde_json::json!({"meeting": meeting.name, "area": agenda.area, "day": agenda.day, "members": roles, "cases": cases});
        return Ok(print::json(&value)?);
    }
    let paint = Paint::for_stdout();
    say(&paint.tint(Tone::Strong, &heading(app, meeting, &agenda)))?;
    if agenda.entries.is_empty() {
        say("Nothing is asked of this meeting.")?;
    }
    for (at, (stored, entry)) in agenda.entries.iter().enumerate() {
        say(&format!("{:>3}. {}  {}", at + 1, paint.tint(Tone::Strong, stored.case.reference.as_str()), entry.says()))?;
        say(&paint.tint(Tone::Faint, &format!("     since {}; {}", print::day(entry.since), summary(app, &stored.case))))?;
    }
    say(&format!("Asked to come: {}", print::count(members.len(), "person")))?;
    let outcomes: Vec<&str> = meeting.outcomes.iter().map(|outcome| outcome.name.as_str()).collect();
    Ok(say(&format!("Decided? `meeting record REF {} --by ADDRESS …`", outcomes.join("|")))?)
}

/// Grade, consent and counts of a case.
fn summary(app: &App, case: &Case) -> String {
    let programme = &app.engine.programme;
    let grade = crate::daemon::commands::grade_title(programme, case.verdict.grade.as_str());
    let members = case.counts.get("members").copied().unwrap_or(0);
    format!("{grade}; {}; {}", print::count(usize::try_from(members).unwrap_or(0), "member"), app.engine.basis(case))
}

async fn invite(app: &App, one: &OneMeeting) -> anyhow::Result<()> {
    let engine = &app.engine;
    let meeting = engine.meeting(one.meeting.as_deref())?;
    let area = engine.area(&one.area)?;
    let day = match one.day {
        Some(day) => day,
        None => engine.next_meeting(meeting, area, engine.ambient.today()).await?,
    };
    let queued = engine.invite(meeting, area, day).await?;
    let members = engine.members_of(meeting, area).len();
    if one.output.json {
        return Ok(print::json(&serde_json::json!({"day": day, "members": members, "letters": queued}))?);
    }
    let had = members - queued.min(members);
    say(&format!("{} queued; {had} had theirs already", print::count(queued, "letter")))?;
    Ok(())
}

async fn call_off(app: &App, one: &OneMeeting, by: &By) -> anyhow::Result<()> {
    let engine = &app.engine;
    let meeting = engine.meeting(one.meeting.as_deref())?;
    let area = engine.area(&one.area)?;
    let day = one.day.ok_or_else(|| Usage("say which day is called off: meeting call-off AREA DATE".to_owned()))?;
    let done = engine.call_off_meeting(meeting, (area, day), &settler(by)?).await?;
    if one.output.json {
        let value = serde_json::json!({"day": day, "next": done.next, "letters": done.letters, "cases": done.cases});
        return Ok(print::json(&value)?);
    }
    let (letters, cases) = (print::count(done.letters, "letter"), print::count(done.cases, "case"));
    Ok(say(&format!("called off; {letters} queued, {cases} listed for the next meeting on {}", print::day(done.next)))?)
}

/// What a meeting's paper may tell `member`: an entry that is not for them leaves no gap behind.
fn shown_to<'a>(app: &App, agenda: &'a Agenda, member: &Recipient) -> Vec<&'a (Arc<StoredCase>, AgendaEntry)> {
    agenda.entries.iter().filter(|(stored, _)| !app.engine.is_excluded_from(&stored.case, member)).collect()
}

async fn packs(app: &App, one: &OneMeeting, dir: &Path) -> anyhow::Result<()> {
    let (meeting, agenda) = asked(app, one).await?;
    if std::fs::read_dir(dir).is_ok_and(|mut entries| entries.next().is_some()) {
        anyhow::bail!("`{}` is not empty; name a new folder", dir.display());
    }
    let cannot = |path: &Path| format!("cannot write `{}`", path.display());
    own::folder(dir).map_err(|error| anyhow::Error::new(error).context(cannot(dir)))?;
    let members = app.engine.members_of(meeting, &agenda.area);
    let (mut audit, mut files, mut papers) = (Vec::new(), Vec::new(), Vec::new());
    for (at, member) in members.iter().enumerate() {
        let name = format!("{:02}-{}.html", at + 1, member.role);
        let sees = meeting.sees(std::slice::from_ref(&member.role)).unwrap_or(Sees::References);
        let shown = shown_to(app, &agenda, member);
        papers.push((dir.join(&name), paper(app, meeting, (&agenda, &shown), (member, sees))));
        for (stored, _) in &shown {
            let sees = sees_of(meeting, &stored.case, sees);
            audit.push(AuditEntry {
                by: Personal::new(format!("operator {}", print::user())),
                action: crate::engine::shared::SHARED.to_owned(),
                case: Some(stored.id),
                mail: None,
                detail: serde_json::json!({"to": member.address.as_text(), "role": member.role, "sees": sees,
                    "what": format!("paper for the {} of {}", meeting.title.to_lowercase(), agenda.day), "basis": app.engine.basis(&stored.case)}),
            });
        }
        files.push((name, member.address.as_text().to_owned(), agenda.entries.len() - shown.len()));
    }
    // Recorded first: no paper exists that nobody knows of.
    app.engine.store.commit(Commit { audit, ..Commit::at(app.engine.ambient.now()) }).await?;
    for (path, paper) in papers {
        own::write(&path, paper).map_err(|error| anyhow::Error::new(error).context(cannot(&path)))?;
    }
    if one.output.json {
        let list: Vec<_> =
            files.iter().map(|(file, to, kept)| serde_json::json!({"file": file, "to": to, "withheld": kept})).collect();
        return Ok(print::json(&serde_json::json!({"dir": dir, "day": agenda.day, "files": list}))?);
    }
    for (file, to, kept) in &files {
        let without =
            if *kept == 0 { String::new() } else { format!(", without {} they may not see", print::count(*kept, "case")) };
        say(&format!("{file:<32} for {to}{without}"))?;
    }
    Ok(say(&format!("{} in {}; hand each to nobody else", print::count(files.len(), "paper"), dir.display()))?)
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// What one member is given: every case of the agenda with as much of the family as they may see. Addresses and schools are in none.
fn paper(
    app: &App,
    meeting: &MeetingDef,
    (agenda, shown): (&Agenda, &[&(Arc<StoredCase>, AgendaEntry)]),
    (member, sees): (&Recipient, Sees),
) -> String {
    let title = escaped(&heading(app, meeting, agenda));
    let role = app.engine.programme.lifecycle.role(&member.role).map_or(member.role.as_str(), |role| &role.title);
    let mut html = format!(
        "<!DOCTYPE html>\n<html lang=\"en-GB\"><meta charset=\"utf-8\"><title>{title}</title>\n\
         <style>body{{font:16px/1.5 Helvetica,Arial,sans-serif;max-width:48rem;margin:2rem auto;padding:0 1rem}}section{{break-inside:avoid;border-top:2px solid #505a5f;margin-top:1.5rem}}</style>\n\
         <h1>{title}</h1><p>For you as {}. Keep it as you keep a family's record, and give it to nobody.</p>\n",
        escaped(role)
    );
    for (at, (stored, entry)) in shown.iter().enumerate() {
        let _written = write!(html, "<section><h2>{}. {}</h2>", at + 1, stored.case.reference);
        of_case(app, &stored.case, entry, sees_of(meeting, &stored.case, sees), &mut html);
        html.push_str("</section>\n");
    }
    html
}

/// How much of this family is shown to whoever usually sees `sees`.
fn sees_of(meeting: &MeetingDef, case: &Case, sees: Sees) -> Sees {
    let may = |condition| crate::domain::case::test(case, condition).truth == Truth::Met;
    if sees == Sees::Names || meeting.shown_if.as_ref().is_none_or(may) { sees } else { Sees::References }
}

fn of_case(app: &App, case: &Case, entry: &AgendaEntry, sees: Sees, html: &mut String) {
    let mut lines = vec![format!("Asked: {}", entry.says()), summary(app, case)];
    if sees > Sees::References {
        lines.extend(app.engine.checks_said(case));
    }
    match sees {
        Sees::References => {}
        Sees::Initials => lines.extend(app.engine.details(case)),
        Sees::Names => lines.extend(case.family.members.iter().map(|member| {
            let part = |text: &Option<Personal<String>>| text.as_ref().map(|text| text.as_text().to_owned());
            let name: Vec<String> =
                [&member.person.given_name, &member.person.family_name].into_iter().filter_map(part).collect();
            let whose: BTreeSet<&str> = case
                .family
                .themes
                .iter()
                .filter(|seen| seen.member.as_ref() == Some(&member.key))
                .map(|seen| app.engine.programme.theme(&seen.theme).map_or(seen.theme.as_str(), |theme| &theme.title))
                .collect();
            let age = match member.person.child {
                Some(true) => ", child",
                Some(false) => ", adult",
                None => "",
            };
            let themes: Vec<&str> = whose.into_iter().collect();
            format!("{}{age}: {}", name.join(" "), themes.join("; "))
        })),
    }
    for line in lines {
        let _written = write!(html, "<p>{}</p>", escaped(&line));
    }
}

/// The meeting whose decision on a case is recorded: the one that is named, or the only one that is asked about it.
///
/// # Errors
/// A refusal that names those there are; [`Usage`] when several are asked and none is named; there is no such case; the store's.
pub async fn deciding(app: &App, case: &CaseReference, named: Option<&str>) -> anyhow::Result<MeetingDef> {
    let stored = app.engine.case(case).await?;
    let engine = app.engine.seen_by(&stored.case);
    if named.is_some() {
        return Ok(engine.meeting(named)?.clone());
    }
    match engine.meetings_about(&stored.case).as_slice() {
        [] => Ok(engine.meeting(None)?.clone()),
        [only] => Ok(only.clone()),
        several => {
            let names: Vec<&str> = several.iter().map(|meeting| meeting.name.as_str()).collect();
            let says = format!("several meetings are asked about {case}; say which one decided: --meeting {}", names.join("|"));
            Err(Usage(says).into())
        }
    }
}

/// An outcome is a move of the case: the same door, the same guards.
async fn record(app: &App, asked: &Record) -> anyhow::Result<()> {
    let mut asked = asked.clone();
    let named = asked.answers.iter().position(|(name, _)| name.as_str() == "meeting").map(|at| asked.answers.remove(at).1);
    let meeting = deciding(app, &asked.reference, named.as_ref().map(Personal::as_text)).await?;
    let Some(chosen) = &asked.chosen else {
        for outcome in &meeting.outcomes {
            say(&format!("  {:<12}{} (the move `{}`)", outcome.name, outcome.title, outcome.records))?;
        }
        return Ok(());
    };
    let known: Vec<&str> = meeting.outcomes.iter().map(|outcome| outcome.name.as_str()).collect();
    let outcome = meeting.outcome(chosen.as_str()).ok_or_else(|| {
        Usage(format!("a meeting decides one of {}; other moves are recorded with `case record`", known.join(", ")))
    })?;
    asked.chosen = Some(outcome.records.clone());
    if let Some(answer) = next_day(app, &meeting, &outcome.records, &asked).await? {
        asked.answers.push((answer.0, Personal::new(answer.1.to_string())));
    }
    cases::record(app, &asked).await
}

/// A case that is put off comes to the next meeting, unless another day is named: the answer to the question that sets the listed day.
async fn next_day(app: &App, meeting: &MeetingDef, name: &MoveName, asked: &Record) -> anyhow::Result<Option<(AskName, Date)>> {
    let stored = app.engine.case(&asked.reference).await?;
    let engine = app.engine.seen_by(&stored.case);
    let Some(definition) = engine.programme.lifecycle.find_move(name) else { return Ok(None) };
    let ask = definition.asks.iter().find(|ask| ask.kind == AskKind::Date && ask.name.as_str() == meeting.listed.as_str());
    let Some(ask) = ask.filter(|ask| asked.answers.iter().all(|(name, _)| *name != ask.name)) else { return Ok(None) };
    let area = stored
        .case
        .area
        .as_ref()
        .ok_or_else(|| Refusal::because("the area of this case is not known; say it with `set_area`"))?;
    let tomorrow = app.engine.ambient.today().tomorrow()?;
    Ok(Some((ask.name.clone(), app.engine.next_meeting(meeting, area, tomorrow).await?)))
}
