//! `case outcomes`, `case plan`: every need of every member with its evidence, and the one plan of a family.

use serde_json::{Value, json};

use crate::cli::print::{self, Paint, Tone, line as say};
use crate::cli::{Outcomes, Plan};
use crate::daemon::app::{App, load_programme};
use crate::daemon::cases::record_look;
use crate::domain::case::Case;
use crate::domain::case::family::{
    Action, Family, FamilyMember, LedgerLine, Matrix, MatrixCell, changes_by_plan, exit_closed_because, matrix,
};
use crate::domain::ids::MemberKey;
use crate::domain::personal::Personal;
use crate::domain::time::Date;

/// The matrix of a case: every member, every need, where it stands, what it still wants, and on what it rests.
///
/// # Errors
/// There is no such case, or the store's, or the terminal's.
pub async fn outcomes(app: &App, asked: &Outcomes) -> anyhow::Result<()> {
    let Some(reference) = &asked.reference else { return crate::daemon::watches::run(app, asked.output).await };
    let stored = app.engine.case(reference).await?;
    let watch = crate::daemon::watches::of_case(app, &stored).await?;
    let engine = app.engine.seen_by(&stored.case);
    let world = engine.world();
    let matrix = matrix(&stored.case, &world);
    if asked.reveal {
        record_look(app, &stored).await?;
    }
    let family = &stored.case.family;
    if asked.output.json {
        let mut value = as_json(&stored.case.reference.to_string(), family, &matrix, asked.reveal);
        value["watch"] = json!(watch);
        return Ok(print::json(&value)?);
    }
    let paint = Paint::for_stdout();
    let plan = &app.engine.programme.outcomes;
    say(&format!("{}   {} {}", paint.tint(Tone::Strong, reference.as_str()), plan.title, plan.version))?;
    let open = matrix.cells.iter().filter(|cell| cell.open).count();
    let exit = match (matrix.cells.is_empty(), open) {
        (true, _) => "no need is recorded; the exit with outcomes met is closed".to_owned(),
        (false, 0) => paint.tint(Tone::Good, "every need is met or waived; the exit with outcomes met is open"),
        (false, open) => {
            let told =
                format!("{open} of {} open; the exit with outcomes met is closed", print::count(matrix.cells.len(), "need"));
            paint.tint(Tone::Warning, &told)
        }
    };
    say(&exit)?;
    if let Some(watch) = watch {
        say(&format!(
            "watch since {}: after 6 months {}, after 12 months {}",
            print::day(watch.since),
            watch.six_months.in_words(),
            watch.twelve_months.in_words()
        ))?;
    }
    for member in &family.members {
        say(&format!("\n{}", paint.tint(Tone::Strong, &member_words(member, asked.reveal))))?;
        show_cells(&matrix, Some(&member.key), asked.reveal, paint)?;
    }
    if matrix.cells.iter().any(|cell| cell.member.is_none()) {
        say(&format!("\n{}", paint.tint(Tone::Strong, "of nobody in particular")))?;
        show_cells(&matrix, None, asked.reveal, paint)?;
    }
    if !asked.reveal {
        say(&paint.tint(Tone::Faint, "\nNames, measures and words are left out; --reveal shows them, and the look is recorded."))?;
    }
    Ok(())
}

fn show_cells(matrix: &Matrix, member: Option<&MemberKey>, reveal: bool, paint: Paint) -> anyhow::Result<()> {
    let mut cells = matrix.cells.iter().filter(|cell| cell.member.as_ref() == member).peekable();
    if cells.peek().is_none() {
        say("  no need is recorded")?;
    }
    for cell in cells {
        let name = cell.indicator.as_ref().map_or_else(|| cell.theme.to_string(), ToString::to_string);
        let tone = if cell.open { Tone::Warning } else { Tone::Good };
        say(&format!("  {}  {}  {}", paint.tint(Tone::Strong, &name), paint.tint(tone, &state_words(cell)), cell.title))?;
        for wanted in &cell.wants {
            say(&format!("      wanted: {wanted}"))?;
        }
        if let Some(day) = cell.lasts_on.filter(|_| cell.open) {
            say(&format!("      complete on {} if it holds", print::day(day)))?;
        }
        if !cell.possible.is_empty() {
            let names: Vec<&str> = cell.possible.iter().map(|name| name.as_str()).collect();
            say(&format!("      it may be: {}", names.join(", ")))?;
        }
        for line in &cell.evidence {
            say(&paint.tint(Tone::Faint, &format!("      {}", evidence_words(line, reveal))))?;
        }
    }
    Ok(())
}

fn state_words(cell: &MatrixCell) -> String {
    let state = cell.state.map_or("not looked into yet", |state| state.in_words());
    let since = cell.state_on.map_or_else(String::new, |on| format!(" since {}", print::day(on)));
    let decided = if cell.decided { ", decided by a person" } else { "" };
    format!("{state}{since}{decided}")
}

fn evidence_words(line: &LedgerLine, reveal: bool) -> String {
    let source =
        line.evidence.source.as_deref().map_or_else(String::new, |source| format!(", source {}", source.replace('_', " ")));
    let mut words = format!("{} {} (plan {}{source})", print::day(line.evidence.said_on), line.state.in_words(), line.plan);
    if reveal {
        let parts = [&line.evidence.said_by, &line.evidence.measure, &line.evidence.words, &line.evidence.document];
        let said: Vec<String> = parts.into_iter().flatten().map(|part| print::harmless(part.as_text())).collect();
        words = format!("{words}: {}", said.join(" · "));
    }
    words
}

/// `m2  child of the household`.
fn member_words(member: &FamilyMember, reveal: bool) -> String {
    let person = &member.person;
    let kind = match (person.expected_on.is_some(), person.child) {
        (true, _) => "child not born yet",
        (false, Some(true)) => "child",
        (false, Some(false)) => "adult",
        (false, None) => "age not known",
    };
    let place = match (member.left_on, person.household, person.counted) {
        (Some(_), _, true) => ", lives elsewhere and counts",
        (Some(_), _, false) => ", lives elsewhere",
        (None, Some(true), _) => ", of the household",
        (None, Some(false), true) => ", linked and counted",
        (None, Some(false), false) => ", linked, not counted",
        (None, None, _) => ", as nominated",
    };
    let name =
        [&person.given_name, &person.family_name].into_iter().flatten().map(Personal::as_text).collect::<Vec<_>>().join(" ");
    let name = if reveal { format!("  {}", print::harmless(&name)) } else { String::new() };
    format!("{}{name}  {kind}{place}", member.key)
}

/// The matrix as one JSON value; what is about persons only with `reveal`.
pub(crate) fn as_json(reference: &str, family: &Family, matrix: &Matrix, reveal: bool) -> Value {
    let because = exit_closed_because(matrix);
    let cells: Vec<Value> = matrix
        .cells
        .iter()
        .map(|cell| {
            let mut value = json!(cell);
            value["evidence"] = cell.evidence.iter().map(|line| evidence_json(line, reveal)).collect();
            value
        })
        .collect();
    let members: Vec<Value> = family.members.iter().map(|member| member_json(member, reveal)).collect();
    json!({
        "reference": reference, "plan": matrix.plan, "exit": {"open": because.is_empty(), "because": because},
        "members": members, "cells": cells, "without_need": matrix.without_need, "not_counted": matrix.not_counted,
    })
}

fn evidence_json(line: &LedgerLine, reveal: bool) -> Value {
    if reveal {
        return json!(line);
    }
    json!({"state": line.state, "criteria": line.criteria, "on": line.on, "said_on": line.evidence.said_on,
           "source": line.evidence.source, "plan": line.plan})
}

fn member_json(member: &FamilyMember, reveal: bool) -> Value {
    if reveal {
        return json!(member);
    }
    json!({"key": member.key, "child": member.person.child, "unborn": member.person.expected_on.is_some(),
           "household": member.person.household, "counted": member.person.counted,
           "identified_on": member.identified_on, "left_on": member.left_on})
}

/// The one plan of a family.
///
/// # Errors
/// There is no such case, or the store's, or the terminal's.
pub async fn plan(app: &App, asked: &Plan) -> anyhow::Result<()> {
    let against = asked.against.as_deref();
    let asked = &asked.case;
    let stored = app.engine.case(&asked.reference).await?;
    // Against a folder: what it would change. Else what the plan in force has changed since the one before it.
    let changes = match against {
        Some(folder) => {
            let then = load_programme(Some(folder))?.outcomes;
            let changes = changes_by_plan(&stored.case, &app.engine.seen_by(&stored.case).world(), &then);
            Some((format!("under outcome plan {}", then.version), changes))
        }
        None => app.engine.changed_by_new_plan(&stored.case).await?.map(|(version, changes)| {
            (format!("under outcome plan {}, against {version}", app.engine.programme.outcomes.version), changes)
        }),
    };
    if asked.reveal {
        record_look(app, &stored).await?;
    }
    let family = &stored.case.family;
    if asked.output.json {
        let changes = changes.map(|(which, changes)| json!({"which": which, "changes": changes}));
        return Ok(print::json(&plan_json(&stored.case, asked.reveal, changes))?);
    }
    let paint = Paint::for_stdout();
    let agreed = family.plan_agreed_on.map_or_else(|| "not agreed yet".to_owned(), |on| format!("agreed on {}", print::day(on)));
    say(&format!(
        "{}   plan, version {}, {agreed}",
        paint.tint(Tone::Strong, &asked.reference.to_string()),
        family.plan_version
    ))?;
    let table = action_table(&family.actions, app.engine.ambient.today(), asked.reveal);
    if table.is_empty() {
        say("no action is agreed")?
    } else {
        say(table.text(paint).trim_end())?
    }
    for cell in family.cells_without_action() {
        say(&paint.tint(Tone::Warning, &format!("no action serves {} {}", cell.member, cell.indicator)))?;
    }
    if let Some((which, changes)) = changes {
        say(&format!("\n{}", paint.tint(Tone::Strong, &which)))?;
        if changes.is_empty() {
            say("  nothing changes for this family")?;
        }
        changes.iter().try_for_each(|change| say(&format!("  {change}")))?;
    }
    Ok(())
}

fn plan_json(case: &Case, reveal: bool, changes: Option<Value>) -> Value {
    let family = &case.family;
    let actions: Vec<Value> =
        family.actions.iter().map(|action| if reveal { json!(action) } else { bare_action(action) }).collect();
    let unserved: Vec<Value> = family.cells_without_action().map(|cell| json!([cell.member, cell.indicator])).collect();
    json!({"reference": case.reference, "version": family.plan_version, "agreed_on": family.plan_agreed_on, "actions": actions,
        "needs_without_action": unserved, "outcome_plan": changes})
}

/// Each action in a row; what is said in free words only where it is to be shown.
fn action_table(actions: &[Action], today: Date, reveal: bool) -> print::Table {
    let mut table = print::Table::new(&["action", "serves", "by", "stands", if reveal { "what, who, outcome" } else { "" }]);
    for action in actions {
        let serves = action.of.as_ref().map_or_else(String::new, |(member, indicator)| format!("{member} {indicator}"));
        let by = action.due_on.map_or_else(|| "no day".to_owned(), print::day);
        let stands = match &action.ended {
            Some(end) if end.done => format!("done on {}", print::day(end.on)),
            Some(end) => format!("dropped on {}", print::day(end.on)),
            None if action.due_on.is_some_and(|due| due < today) => "overdue".to_owned(),
            None if action.who.is_none() => "open, nobody named".to_owned(),
            None => "open".to_owned(),
        };
        let outcome = action.ended.as_ref().and_then(|end| end.outcome.as_ref());
        let said = [Some(&action.what), action.who.as_ref(), outcome].into_iter().flatten().map(Personal::as_text);
        let said = if reveal { said.collect::<Vec<_>>().join(" · ") } else { String::new() };
        table.row([action.key.to_string(), serves, by, stands, said]);
    }
    table
}

fn bare_action(action: &Action) -> Value {
    json!({"key": action.key, "of": action.of, "named": action.who.is_some(), "due_on": action.due_on,
           "agreed_on": action.agreed_on, "since_version": action.since_version,
           "ended_on": action.ended.as_ref().map(|end| end.on), "done": action.ended.as_ref().map(|end| end.done)})
}
