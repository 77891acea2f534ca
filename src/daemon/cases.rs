//! `case show`, `case timeline`, `case why`, `case record`: reading one case, and recording a move on it.

use std::collections::BTreeMap;

use crate::cli::print::{self, Paint, Tone, line as say};
use crate::cli::{OneCase, Record};
use crate::daemon::app::App;
use crate::daemon::{commands, history};
use crate::domain::case::{Actor, Case, Command, Event, MoveOffer};
use crate::domain::ids::{AskName, RoleName};
use crate::domain::people::Meant;
use crate::domain::personal::Personal;
use crate::domain::workflow::{AskKind, FactValue, Move, StageKind};
use crate::engine::EngineError;
use crate::engine::judge::OUTSIDE;
use crate::engine::outgoing::Pace;
use crate::engine::roster::Relation;
use crate::engine::sharing::KeptOutEntry;
use crate::store::{AuditEntry, CaseKey, Commit, MailFilter, StoredCase};

/// A fault that is the asker's to mend.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Usage(pub String);

/// Where a case stands, what it needs, what can be recorded now.
///
/// # Errors
/// There is no such case, or the store's, or the terminal's.
pub async fn show(app: &App, asked: &OneCase) -> anyhow::Result<()> {
    let stored = app.engine.case(&asked.reference).await?;
    let case = &stored.case;
    let engine = app.engine.seen_by(case);
    let programme = &engine.programme;
    let owner = crate::domain::case::owner_role(case, &programme.lifecycle);
    let next = crate::domain::case::next_due(case);
    let drift = crate::domain::case::drift::findings(case, &engine.world());
    if asked.reveal {
        record_look(app, &stored).await?;
    }
    if asked.output.json {
        let mut value = serde_json::json!({
            "reference": case.reference, "stage": case.stage, "area": case.area, "grade": case.verdict.grade,
            "stage_title": programme.lifecycle.stage(&case.stage).map(|stage| &stage.title),
            "area_title": case.area.as_ref().map(|area| programme.area_title(area)),
            "grade_title": commands::grade_title(programme, case.verdict.grade.as_str()),
            "owner": owner, "owner_title": owner.and_then(|role| programme.lifecycle.role(role)).map(|role| &role.title),
            "next_due_on": next.map(|(on, _)| on), "next_due": next.map(|(_, timer)| timer),
            "next_due_title": next.and_then(|(_, timer)| programme.lifecycle.timer(timer)).map(|timer| &timer.title),
            "opened_on": case.opened_on, "stage_entered_on": case.stage_entered_on, "facts": case.facts, "missing": case.missing,
            "rule_pack": case.verdict.rule_pack, "rule_pack_version": case.verdict.rule_pack_version,
            "interpretations": case.verdict.interpretations, "counts": case.counts, "version": case.version,
            "drift": drift.iter().map(|finding| finding.says.clone()).collect::<Vec<_>>(),
        });
        value["meetings"] = serde_json::to_value(app.engine.attendance(stored.id, case).await?)?;
        if asked.reveal {
            value["nomination"] = crate::explain::stored(case.nomination.reveal());
            value["holders"] = serde_json::to_value(&case.holders)?;
        }
        return Ok(print::json(&value)?);
    }
    let paint = Paint::for_stdout();
    let stage = programme.lifecycle.stage(&case.stage);
    let line = |name: &str, says: &str| say(&format!("{name:<11}{says}"));
    say(&paint.tint(Tone::Strong, case.reference.as_str()))?;
    line(
        "stage",
        &format!("{} since {}", stage.map_or(case.stage.as_str(), |stage| &stage.title), print::day(case.stage_entered_on)),
    )?;
    line("", stage.map_or("", |stage| &stage.means))?;
    line("area", case.area.as_ref().map_or_else(|| why_no_area(case), |area| programme.area_title(area)))?;
    let owner = owner.and_then(|role| programme.lifecycle.role(role)).map_or("nobody: the case has ended", |role| &role.title);
    line("owner", owner)?;
    if !case.sender_proven {
        line("sender", "not proven: it got a bare receipt only; ring it on a number you know")?;
    }
    if let Some(FactValue::Word(word)) = case.facts.get("consent") {
        line("consent", programme.words.consent.get(word).map_or(word.as_str(), String::as_str))?;
    }
    for entry in app.engine.kept_out_entries(case) {
        line("kept out", &kept_out_words(&entry, asked.reveal))?;
    }
    line("next", &next_words(app, case))?;
    for meeting in app.engine.attendance(stored.id, case).await? {
        line("meeting", &commands::attendance_words(programme, &meeting))?;
    }
    let verdict = &case.verdict;
    let grade = commands::grade_title(programme, verdict.grade.as_str());
    line("grade", &format!("{grade} (by {} {})", verdict.rule_pack, verdict.rule_pack_version))?;
    let missing = commands::missing_words(programme, &case.missing);
    // Nobody is asked for it any more once the case has ended.
    if stage.is_none_or(|stage| stage.kind != StageKind::Final) {
        line("missing", if missing.is_empty() { "nothing" } else { &missing })?;
    }
    let mails =
        app.engine.store.mails(&MailFilter { case: Some(stored.id), oldest_first: true, ..MailFilter::default() }).await?;
    let receipts: Vec<&str> = mails.iter().map(|row| row.receipt.as_str()).collect();
    if !receipts.is_empty() {
        line("mails", &format!("{} (read one: mail show RECEIPT --original)", receipts.join(", ")))?;
    }
    for (other, tie) in &case.family.ties {
        line("known?", &format!("{other}: {}", tie.standing.in_words()))?;
    }
    for finding in drift {
        line("look", &paint.tint(Tone::Warning, &finding.says))?;
    }
    if asked.reveal {
        for (role, holder) in &case.holders {
            line("holder", &format!("{role}: {} <{}>", holder.contact.name.reveal(), holder.contact.address.reveal()))?;
        }
        say(&serde_json::to_string_pretty(&crate::explain::stored(case.nomination.reveal()))?)?;
    }
    let offers = crate::domain::case::offers(case, &engine.world(), None);
    let open: Vec<&str> =
        offers.iter().filter(|offer| offer.closed_because.is_empty()).map(|offer| offer.name.as_str()).collect();
    line("can record", &open.join(", "))?;
    Ok(())
}

/// One of those who must not know, and who is meant by it.
fn kept_out_words(entry: &KeptOutEntry, reveal: bool) -> String {
    let who = |meant: Meant| {
        let names: Vec<&str> = entry.people.iter().filter(|(_, how)| *how == meant).map(|(name, _)| name.as_str()).collect();
        if reveal { names.join(", ") } else { print::count(names.len(), "person") }
    };
    let any = |meant: Meant| entry.people.iter().any(|(_, how)| *how == meant);
    let mut says = Vec::new();
    for (meant, words) in [
        (Meant::Surely, "gets no letter of this case"),
        (Meant::Perhaps, "may be meant and gets none until somebody has said so"),
        (Meant::No, "is said not to be meant"),
    ] {
        if any(meant) {
            says.push(format!("{} {words}", who(meant)));
        }
    }
    if entry.agency {
        says.push("an agency, which is not told".to_owned());
    }
    if says.is_empty() {
        says.push("nobody who gets letters of this case is called so; ask the family who it is".to_owned());
    }
    let words = if reveal { print::harmless(&entry.words) } else { "somebody the family names".to_owned() };
    format!("{words}: {}", says.join("; "))
}

/// Why nobody knows yet where the family belongs.
fn why_no_area(case: &Case) -> &'static str {
    let doubts = case.nomination.reveal()["doubts"].as_array();
    let outside = doubts.is_some_and(|doubts| doubts.iter().any(|doubt| doubt == OUTSIDE));
    if outside { "not known: the postcode of the nomination lies outside the programme's county" } else { "not known" }
}

/// The next dated action, as people say it.
fn next_words(app: &App, case: &Case) -> String {
    crate::domain::case::next_due(case).map_or_else(
        || "nothing: the case has ended".to_owned(),
        |(on, timer)| {
            let engine = app.engine.seen_by(case);
            let title = engine.programme.lifecycle.timer(timer).map_or(timer.as_str(), |timer| &timer.title);
            format!("{title} by {}", print::day(on))
        },
    )
}

/// Everything that happened to a case.
///
/// # Errors
/// There is no such case, or the store's, or the terminal's.
pub async fn timeline(app: &App, asked: &OneCase) -> anyhow::Result<()> {
    let stored = app.engine.case(&asked.reference).await?;
    let history = app.engine.store.history(stored.id).await?;
    if asked.reveal {
        record_look(app, &stored).await?;
    }
    let events: Vec<_> = history.iter().map(|stored| stored.event.clone()).collect();
    let lines = crate::domain::case::timeline(&events);
    let engine = app.engine.seen_by(&stored.case);
    let mut rows = Vec::new();
    // Bookkeeping is left out for people and kept for programs.
    for line in lines.iter().filter(|line| asked.output.json || !line.minor) {
        let Some(stored) = history.iter().find(|stored| stored.version == line.version) else { continue };
        let on = crate::domain::time::london_date(stored.at);
        let detail = line.detail.as_ref().filter(|_| asked.reveal).map(|detail| detail.reveal().clone());
        rows.push((on, stored.at, history::says(&engine.programme, &stored.event, line), detail));
    }
    for (at, told) in app.engine.calendar_answers(stored.id).await? {
        rows.push((crate::domain::time::london_date(at), at, history::answered(&engine.programme, &told), None));
    }
    rows.sort_by_key(|(_, at, ..)| *at);
    if asked.output.json {
        let list: Vec<_> = rows
            .iter()
            .map(|(on, at, says, detail)| serde_json::json!({"on": on, "at": at, "says": says, "detail": detail}))
            .collect();
        return Ok(print::json(&list)?);
    }
    for (on, _, says, detail) in rows {
        say(&format!("{:<15}  {says}", print::day(on)))?;
        if let Some(detail) = detail {
            say(&format!("{:17}{}", "", print::harmless(&detail)))?;
        }
    }
    if !asked.reveal {
        say(&Paint::for_stdout()
            .tint(Tone::Faint, "Names and free words are left out; --reveal shows them, and the look is recorded."))?;
    }
    Ok(())
}

/// A look at what is about persons is a fact of its own.
pub(crate) async fn record_look(app: &App, stored: &StoredCase) -> Result<(), EngineError> {
    let entry = AuditEntry {
        by: Personal::new(format!("operator {}", print::user())),
        action: "looked at personal data by the command line".to_owned(),
        case: Some(stored.id),
        mail: None,
        detail: serde_json::Value::Null,
    };
    app.engine.store.commit(Commit { audit: vec![entry], ..Commit::at(app.engine.ambient.now()) }).await?;
    Ok(())
}

/// Records a move, or lists the moves.
///
/// # Errors
/// [`Usage`] when it does not say who; [`EngineError::Refused`] with everything that is wrong.
pub async fn record(app: &App, asked: &Record) -> anyhow::Result<()> {
    let stored = app.engine.case(&asked.reference).await?;
    let Some(name) = &asked.chosen else { return list_moves(app, &stored, asked) };
    // A slip in its name is told before who may make it: nobody may make a move that is none.
    crate::domain::case::known_move(name, &app.engine.seen_by(&stored.case).programme.lifecycle).map_err(EngineError::from)?;
    let by = actor(app, &stored, asked)?;
    let mut answers: BTreeMap<AskName, String> = BTreeMap::new();
    for (ask, answer) in &asked.answers {
        if answers.insert(ask.clone(), answer.reveal().clone()).is_some() {
            return Err(Usage(format!("`{ask}` is answered twice; answer it once")).into());
        }
    }
    let reason = asked.because.as_ref().map(|because| because.reveal().clone());
    let command = Command::Record { name: name.clone(), by, answers, reason };
    let done = app.engine.perform(&CaseKey::Id(stored.id), &command, Pace::Usual).await?;
    if asked.output.json {
        return Ok(print::json(&serde_json::json!({
            "reference": done.case.reference, "stage": done.case.stage, "version": done.case.version, "letters": done.letters,
        }))?);
    }
    let engine = app.engine.seen_by(&done.case);
    let stage = engine.programme.lifecycle.stage(&done.case.stage).map_or(done.case.stage.as_str(), |stage| &stage.title);
    say(&format!("recorded. {} is now: {stage}", done.case.reference))?;
    if !done.letters.is_empty() {
        say(&format!("letters queued: {}", commands::counted(&done.letters)))?;
    }
    // What is asked in the same breath is mostly for whoever has just recorded it.
    for event in &done.events {
        if let Event::TaskCalled { role, says, .. } = event {
            let title = engine.programme.lifecycle.role(role).map_or(role.as_str(), |role| role.title.as_str());
            say(&format!("now for {title}: {says}"))?;
        }
    }
    say(&format!("next: {}", next_words(app, &done.case)))?;
    Ok(())
}

/// Who records: a person of the settings or a holder of the case, in a role the move allows.
pub(crate) fn actor(app: &App, stored: &StoredCase, asked: &Record) -> Result<Actor, Usage> {
    let engine = app.engine.seen_by(&stored.case);
    let lifecycle = &engine.programme.lifecycle;
    let example = "say who records it: --by name@council.example.org";
    let address = asked.by.as_ref().ok_or_else(|| Usage(example.to_owned()))?;
    let relation = Relation { area: stored.case.area.as_ref(), holders: Some(&stored.case.holders) };
    let held = engine.roster.roles_of(lifecycle, address.as_text(), relation);
    if held.is_empty() {
        return Err(Usage(match (engine.areas_held(address.as_text()), &stored.case.area) {
            (Some(held), Some(area)) => {
                let area = engine.programme.area_title(area);
                format!("this address is {held}, and {} belongs to {area}; ask whoever answers there", stored.case.reference)
            }
            (Some(held), None) => format!(
                "this address is {held}, and it is not known yet which area {} belongs to; ask the team",
                stored.case.reference
            ),
            (None, _) => "this address holds no role for this case, neither in the settings nor in the case".to_owned(),
        }));
    }
    let allowed = |role: &RoleName| {
        asked.chosen.as_ref().and_then(|name| lifecycle.find_move(name)).is_none_or(|known| known.by.contains(role))
    };
    let role = match &asked.role {
        Some(role) if held.contains(role) => role.clone(),
        Some(role) => {
            let held: Vec<&str> = held.iter().map(RoleName::as_str).collect();
            return Err(Usage(format!("this address is not {role} for this case; it is {}", held.join(", "))));
        }
        None => held.iter().find(|role| allowed(role)).unwrap_or(&held[0]).clone(),
    };
    let of_case = stored.case.holders.get(&role).map(|holder| holder.contact.name.clone());
    let name = of_case.or_else(|| engine.roster.person(address.as_text()).map(|person| person.name.clone()));
    Ok(Actor::Person {
        name: name.unwrap_or_else(|| address.clone()),
        address: Personal::new(address.as_text().trim().to_lowercase()),
        role,
    })
}

fn list_moves(app: &App, stored: &StoredCase, asked: &Record) -> anyhow::Result<()> {
    let engine = app.engine.seen_by(&stored.case);
    let lifecycle = &engine.programme.lifecycle;
    let role = match (&asked.by, &asked.role) {
        (_, Some(role)) => Some(role.clone()),
        (Some(_), None) => match actor(app, stored, asked)? {
            Actor::Person { role, .. } => Some(role),
            Actor::Programme => None,
        },
        (None, None) => None,
    };
    let offers = crate::domain::case::offers(&stored.case, &engine.world(), role.as_ref());
    if asked.output.json {
        let list: Vec<_> = offers
            .iter()
            .map(|offer| serde_json::json!({"move": offer.name, "title": offer.title, "closed_because": offer.closed_because}))
            .collect();
        return Ok(print::json(&list)?);
    }
    let paint = Paint::for_stdout();
    let (open, closed): (Vec<&MoveOffer>, Vec<&MoveOffer>) = offers.iter().partition(|offer| offer.closed_because.is_empty());
    say(&paint.tint(Tone::Strong, "Open now"))?;
    for offer in open {
        say(&format!("  {:<26}{}", offer.name, offer.title))?;
        for line in lifecycle.find_move(&offer.name).map(|known| questions(app, stored, known)).unwrap_or_default() {
            say(&paint.tint(Tone::Faint, &format!("      {line}")))?;
        }
    }
    // Most are of another stage: said once for each place where they are open. What else they would ask for is asked there.
    let elsewhere = |offer: &&MoveOffer| {
        lifecycle.find_move(&offer.name).is_some_and(|known| !known.from.is_empty() && !known.from.contains(&stored.case.stage))
    };
    let (elsewhere, here): (Vec<&MoveOffer>, Vec<&MoveOffer>) = closed.into_iter().partition(elsewhere);
    if !here.is_empty() {
        say(&paint.tint(Tone::Strong, "\nNot open"))?;
    }
    for offer in here {
        say(&format!("  {:<26}{}", offer.name, offer.closed_because.join("; ")))?;
    }
    if !elsewhere.is_empty() {
        say(&paint.tint(Tone::Strong, "\nOpen in other stages"))?;
    }
    for stage in &lifecycle.stages {
        let first =
            |offer: &&&MoveOffer| lifecycle.find_move(&offer.name).is_some_and(|known| known.from.first() == Some(&stage.name));
        let names: Vec<&str> = elsewhere.iter().filter(first).map(|offer| offer.name.as_str()).collect();
        if !names.is_empty() {
            say(&format!("  from {:<33}{}", format!("`{}`:", stage.title), names.join(", ")))?;
        }
    }
    Ok(())
}

fn members(stored: &StoredCase) -> String {
    let keys: Vec<&str> = stored.case.family.members.iter().map(|member| member.key.as_str()).collect();
    if keys.is_empty() { "m1 | m2 …".to_owned() } else { keys.join(" | ") }
}

fn questions(app: &App, stored: &StoredCase, known: &Move) -> Vec<String> {
    let areas: Vec<&str> = app.engine.programme.geography.areas.iter().map(|area| area.name.as_str()).collect();
    let engine = app.engine.seen_by(&stored.case);
    let agencies: Vec<&str> = engine.programme.lifecycle.agencies.iter().map(|agency| agency.name.as_str()).collect();
    let mut lines: Vec<String> = known
        .asks
        .iter()
        .map(|ask| {
            let kind = match &ask.kind {
                AskKind::Text => "words".to_owned(),
                AskKind::YesNo => "yes or no".to_owned(),
                AskKind::Choice(words) => words.join(" | "),
                AskKind::Count => "a number".to_owned(),
                AskKind::Date => format!("a date, {}", app.engine.ambient.today()),
                AskKind::Time => "a time of day, 14:30".to_owned(),
                AskKind::Person(_) => "\"Name <address>\"".to_owned(),
                AskKind::Area => areas.join(" | "),
                AskKind::Member => members(stored),
                AskKind::Theme => "a theme the nomination shows".to_owned(),
                AskKind::Indicator => "an indicator; `case outcomes` shows those that fit".to_owned(),
                AskKind::Criteria => "criteria of the indicator, with commas".to_owned(),
                AskKind::Action => "an open action, a1, a2 …".to_owned(),
                AskKind::Agency => agencies.join(" | "),
                AskKind::Case => "the reference of the other case".to_owned(),
                AskKind::Missing => stored.case.missing.join(" | "),
            };
            let must = if ask.required { "" } else { " (may be left out)" };
            format!("--{} {kind}   {}{must}", ask.name.as_str().replace('_', "-"), ask.title)
        })
        .collect();
    if known.reason_required {
        lines.push("--because WORDS   why".to_owned());
    }
    lines
}
