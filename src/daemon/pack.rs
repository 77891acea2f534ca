//! `case pack`: everything an auditor asks for of one family, in one folder: a page, tables, JSON, and the hashes of them all.

use std::fmt::Write as _;
use std::path::Path;

use serde_json::json;
use sha2::{Digest, Sha256};

use crate::cli::Pack;
use crate::cli::print::{self, line as say};
use crate::config::own;
use crate::daemon::app::App;
use crate::daemon::cases::record_look;
use crate::daemon::{history, outcomes};
use crate::domain::case::family::{Family, matrix};
use crate::domain::personal::Personal;
use crate::store::StoredCase;

/// A table: its heading, then its rows.
struct Sheet {
    name: &'static str,
    title: &'static str,
    heading: &'static [&'static str],
    rows: Vec<Vec<String>>,
}

/// Writes the pack of a case into a new folder. It holds names and words of persons; the look is recorded.
///
/// # Errors
/// There is no such case, the folder is not empty or cannot be written, or the store's.
pub async fn run(app: &App, asked: &Pack) -> anyhow::Result<()> {
    let stored = app.engine.case(&asked.reference).await?;
    let history = app.engine.store.history(stored.id).await?;
    let occupied = std::fs::read_dir(&asked.dir).is_ok_and(|mut entries| entries.next().is_some());
    if occupied {
        anyhow::bail!("`{}` is not empty; name a new folder", asked.dir.display());
    }
    record_look(app, &stored).await?;
    let engine = app.engine.seen_by(&stored.case);
    let world = engine.world();
    let mut sheets = of_family(&stored.case.family);
    let events: Vec<_> = history.iter().map(|stored| stored.event.clone()).collect();
    let lines = crate::domain::case::timeline(&events);
    let mut rows = Vec::new();
    for (line, stored) in lines.iter().zip(&history).filter(|(line, _)| !line.minor) {
        let on = crate::domain::time::london_date(stored.at);
        let detail = line.detail.as_ref().map_or_else(String::new, |detail| detail.reveal().clone());
        rows.push((stored.at, vec![on.to_string(), history::says(&engine.programme, &stored.event, line), detail]));
    }
    for (at, told) in app.engine.calendar_answers(stored.id).await? {
        let on = crate::domain::time::london_date(at);
        rows.push((at, vec![on.to_string(), history::answered(&engine.programme, &told), String::new()]));
    }
    rows.sort_by_key(|(at, _)| *at);
    let rows = rows.into_iter().map(|(_, row)| row).collect();
    sheets.push(Sheet { name: "history", title: "What happened", heading: &["day", "what", "details"], rows });
    let matrix = matrix(&stored.case, &world);
    let reference = asked.reference.to_string();
    let whole = json!({
        "made_on": world.today, "reference": reference, "programme": app.engine.programme.title, "programme_digest": app.engine.programme.digest,
        "lifecycle_version": stored.case.lifecycle_version, "eligibility": stored.case.verdict, "nomination": crate::explain::stored(stored.case.nomination.reveal()), "facts": stored.case.facts,
        "holders": stored.case.holders, "outcomes": outcomes::as_json(&reference, &stored.case.family, &matrix, true),
        "family": stored.case.family, "events": events,
    });
    let mut files = vec![("index.html".to_owned(), page(app, &stored, &sheets))];
    files.extend(sheets.iter().map(|sheet| (format!("{}.csv", sheet.name), csv(sheet))));
    files.push(("case.json".to_owned(), serde_json::to_string_pretty(&whole)?));
    write(&asked.dir, &files)?;
    if asked.output.json {
        let names: Vec<&str> = files.iter().map(|(name, _)| name.as_str()).chain(["SHA256SUMS"]).collect();
        return Ok(print::json(&json!({"reference": reference, "dir": asked.dir, "files": names}))?);
    }
    say(&format!(
        "{} written to {}; it names persons, keep it as you keep the case",
        print::count(files.len() + 1, "file"),
        asked.dir.display()
    ))?;
    Ok(())
}

fn write(dir: &Path, files: &[(String, String)]) -> anyhow::Result<()> {
    let cannot = |path: &Path| format!("cannot write `{}`", path.display());
    own::folder(dir).map_err(|error| anyhow::Error::new(error).context(cannot(dir)))?;
    let mut sums = String::new();
    for (name, text) in files {
        let hash = hex::encode(Sha256::digest(text.as_bytes()));
        // The form that `sha256sum --check` reads.
        sums.push_str(&format!("{hash}  {name}\n"));
    }
    for (name, text) in files.iter().map(|(name, text)| (name.as_str(), text)).chain([("SHA256SUMS", &sums)]) {
        let path = dir.join(name);
        own::write(&path, text).map_err(|error| anyhow::Error::new(error).context(cannot(&path)))?;
    }
    Ok(())
}

fn text(words: Option<&Personal<String>>) -> String {
    words.map_or_else(String::new, |words| words.reveal().clone())
}

fn or_nothing(value: Option<impl ToString>) -> String {
    value.map_or_else(String::new, |value| value.to_string())
}

fn yes_no(value: Option<bool>) -> String {
    or_nothing(value.map(|yes| if yes { "yes" } else { "no" }))
}

fn of_family(family: &Family) -> Vec<Sheet> {
    let members = family.members.iter().map(|member| {
        let person = &member.person;
        let name = [text(person.given_name.as_ref()), text(person.family_name.as_ref())].join(" ");
        vec![
            member.key.to_string(),
            name.trim().to_owned(),
            text(person.relationship.as_ref()),
            or_nothing(person.born_on.as_ref().or(person.expected_on.as_ref()).map(Personal::reveal)),
            yes_no(person.child),
            yes_no(person.household),
            yes_no(Some(person.counted)),
            member.identified_on.to_string(),
            or_nothing(member.left_on),
        ]
    });
    let needs = family.cells.iter().map(|cell| {
        let shown: Vec<&str> = cell.shown.iter().map(|name| name.as_str()).collect();
        vec![
            cell.member.to_string(),
            cell.theme.to_string(),
            cell.indicator.to_string(),
            cell.found_on.to_string(),
            cell.state.in_words().to_owned(),
            cell.state_on.to_string(),
            or_nothing(cell.held_since),
            yes_no(Some(cell.met)),
            yes_no(Some(cell.decided)),
            shown.join(" "),
        ]
    });
    let evidence = family.ledger.iter().map(|line| {
        let said = &line.evidence;
        let by = match &said.recorded_by {
            crate::domain::case::Actor::Person { name, role, .. } => format!("{} ({role})", name.reveal()),
            crate::domain::case::Actor::Programme => "the program".to_owned(),
        };
        vec![
            line.on.to_string(),
            line.member.to_string(),
            line.indicator.to_string(),
            line.state.in_words().to_owned(),
            text(said.said_by.as_ref()),
            said.said_on.to_string(),
            or_nothing(said.source.clone()),
            text(said.document.as_ref()),
            text(said.measure.as_ref()),
            text(said.words.as_ref()),
            by,
            line.plan.clone(),
        ]
    });
    let actions = family.actions.iter().map(|action| {
        let (of_member, of_indicator) = action.of.as_ref().map_or_else(Default::default, |(m, i)| (m.to_string(), i.to_string()));
        let end = action.ended.as_ref();
        vec![
            action.key.to_string(),
            action.since_version.to_string(),
            of_member,
            of_indicator,
            action.what.reveal().clone(),
            text(action.who.as_ref()),
            or_nothing(action.due_on),
            action.agreed_on.to_string(),
            or_nothing(end.map(|end| end.on)),
            or_nothing(end.map(|end| if end.done { "done" } else { "dropped" })),
            text(end.and_then(|end| end.outcome.as_ref())),
        ]
    });
    vec![
        Sheet {
            name: "members",
            title: "Members",
            heading: &[
                "member",
                "name",
                "relationship",
                "born or expected on",
                "child",
                "household",
                "counted",
                "identified on",
                "left on",
            ],
            rows: members.collect(),
        },
        Sheet {
            name: "needs",
            title: "Needs",
            heading: &[
                "member",
                "theme",
                "indicator",
                "found on",
                "state",
                "since",
                "held since",
                "met",
                "decided by a person",
                "shown",
            ],
            rows: needs.collect(),
        },
        Sheet {
            name: "evidence",
            title: "Evidence",
            heading: &[
                "recorded on",
                "member",
                "indicator",
                "state",
                "said by",
                "said on",
                "source",
                "document",
                "in numbers",
                "in words",
                "recorded by",
                "outcome plan",
            ],
            rows: evidence.collect(),
        },
        Sheet {
            name: "plan",
            title: "The one plan",
            heading: &[
                "action",
                "plan version",
                "member",
                "indicator",
                "what",
                "who",
                "by",
                "agreed on",
                "ended on",
                "how",
                "outcome",
            ],
            rows: actions.collect(),
        },
    ]
}

/// RFC 4180, with a leading apostrophe where a spreadsheet would take a cell for a formula.
fn csv(sheet: &Sheet) -> String {
    let cell = |text: &str| {
        let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
        let text = if formula { format!("'{text}") } else { text.to_owned() };
        if text.contains(['"', ',', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
    };
    let line = |cells: Vec<String>| cells.join(",") + "\r\n";
    let heading = line(sheet.heading.iter().map(|name| cell(name)).collect());
    heading + &sheet.rows.iter().map(|row| line(row.iter().map(|text| cell(text)).collect())).collect::<String>()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

fn page(app: &App, stored: &StoredCase, sheets: &[Sheet]) -> String {
    let case = &stored.case;
    let engine = app.engine.seen_by(case);
    let programme = &engine.programme;
    let verdict = &case.verdict;
    let stage = programme.lifecycle.stage(&case.stage).map_or(case.stage.as_str(), |stage| &stage.title);
    let readings: Vec<String> =
        verdict.interpretations.iter().map(|(name, truth)| format!("{name}: {}", truth.in_words())).collect();
    let facts = [
        ("Reference", case.reference.to_string()),
        ("Stage", format!("{stage} since {}", case.stage_entered_on)),
        ("Nomination received", case.opened_on.to_string()),
        ("Eligibility", format!("{} by {} {}", verdict.grade, verdict.rule_pack, verdict.rule_pack_version)),
        ("Readings of the rule", readings.join("; ")),
        ("Outcome plan in force", programme.outcomes.version.clone()),
        ("Plan of the family", format!("version {}", case.family.plan_version)),
        ("Made on", app.engine.ambient.today().to_string()),
    ];
    let mut html = String::from(
        "<!doctype html><html lang=\"en-GB\"><meta charset=\"utf-8\"><title>Evidence of one family</title><style>body{font:16px/1.5 sans-serif;margin:2rem;max-width:80rem}table{border-collapse:collapse;width:100%}th,td{border:1px solid #999;padding:.3rem .5rem;text-align:left;vertical-align:top}th{background:#eee}</style><h1>Evidence of one family</h1><table>",
    );
    for (name, value) in facts {
        let _written = write!(html, "<tr><th scope=\"row\">{}<td>{}", escaped(name), escaped(&value));
    }
    html.push_str("</table>");
    for sheet in sheets {
        let _written = write!(html, "<h2>{}</h2><table><tr>", escaped(sheet.title));
        sheet.heading.iter().for_each(|name| {
            let _written = write!(html, "<th scope=\"col\">{}", escaped(name));
        });
        for row in &sheet.rows {
            html.push_str("<tr>");
            row.iter().for_each(|cell| {
                let _written = write!(html, "<td>{}", escaped(cell));
            });
        }
        html.push_str("</table>");
    }
    html
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_never_a_formula_and_never_breaks_its_row() {
        let rows = vec![vec!["=1+1".to_owned(), "a \"b\", c\nd".to_owned(), "plain".to_owned()]];
        let sheet = Sheet { name: "x", title: "x", heading: &["one", "two", "three"], rows };
        assert_eq!(csv(&sheet), "one,two,three\r\n'=1+1,\"a \"\"b\"\", c\nd\",plain\r\n");
    }
}
