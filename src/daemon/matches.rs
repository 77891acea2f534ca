//! `case matches`: other cases that may be of the same family, with every reason, and what people have said of them.

use crate::cli::OneCase;
use crate::cli::print::{self, Paint, Tone, line as say};
use crate::daemon::app::App;
use crate::domain::case::family::{Standing, Tie};
use crate::domain::ids::CaseReference;
use crate::domain::people::{Household, Person};
use crate::store::{CaseKey, StoredCase};

/// What is known of other cases, and which cases ask about this one.
///
/// # Errors
/// There is no such case, or the store's, or the terminal's.
pub async fn run(app: &App, asked: &OneCase) -> anyhow::Result<()> {
    let stored = app.engine.case(&asked.reference).await?;
    let ties = &stored.case.family.ties;
    let rows = app.engine.store.ties_of(&stored.case.reference).await?;
    let asked_by: Vec<_> = rows.into_iter().filter(|row| row.other == stored.case.reference).collect();
    if asked.reveal {
        crate::daemon::cases::record_look(app, &stored).await?;
    }
    if asked.output.json {
        let matches: Vec<_> = ties
            .iter()
            .map(|(other, tie)| {
                let found = tie.found.as_ref();
                serde_json::json!({
                    "reference": other, "standing": tie.standing, "on": tie.on, "likeness": found.map(|found| found.band),
                    "bits": found.map(|found| found.bits), "reasons": found.map(|found| &found.says),
                })
            })
            .collect();
        let asked_by: Vec<_> =
            asked_by.iter().map(|row| serde_json::json!({"reference": row.reference, "standing": row.standing})).collect();
        return Ok(print::json(
            &serde_json::json!({"reference": stored.case.reference, "matches": matches, "asked_by": asked_by}),
        )?);
    }
    if ties.is_empty() && asked_by.is_empty() {
        return Ok(say("no other case is known that may be of this family")?);
    }
    for (other, tie) in ties {
        tell(app, &stored, other, tie, asked.reveal).await?;
    }
    for row in &asked_by {
        let standing = Standing::answered(&row.standing).unwrap_or(Standing::Proposed);
        say(&format!("{}  asks about this case: {}", row.reference, standing.in_words()))?;
    }
    let open = ties.iter().find(|(_, tie)| tie.standing == Standing::Proposed);
    if let Some((other, _)) = open {
        say(&format!(
            "\nSay what it is: focus-family case record {} record_match --case {other} \\\n  \
             --outcome open_elsewhere|known_before|related|not_known --by you@council.example.org",
            stored.case.reference
        ))?;
    }
    Ok(())
}

async fn tell(app: &App, stored: &StoredCase, other: &CaseReference, tie: &Tie, reveal: bool) -> anyhow::Result<()> {
    let paint = Paint::for_stdout();
    let theirs = app.engine.store.load_case(&CaseKey::Reference(other.clone())).await?;
    let title = |theirs: &StoredCase| {
        let engine = app.engine.seen_by(&theirs.case);
        engine.programme.lifecycle.stage(&theirs.case.stage).map(|stage| stage.title.clone())
    };
    let stage = theirs.as_ref().and_then(title).unwrap_or_else(|| "not kept here any more".to_owned());
    say(&format!("{}  {}", paint.tint(Tone::Strong, other.as_str()), tie.standing.in_words()))?;
    say(&format!("  stands in   {stage}"))?;
    let Some(found) = &tie.found else {
        return Ok(say(&format!("  named by    a person, on {}", print::day(tie.on)))?);
    };
    let sure = match found.band {
        crate::domain::people::Band::Likely => "likely",
        crate::domain::people::Band::Possible => "possible",
    };
    say(&format!("  how sure    {sure}: {} bits, each of which doubles the odds", found.bits))?;
    for (at, line) in found.says.iter().enumerate() {
        say(&format!("  {:<10}  {line}", if at == 0 { "why" } else { "" }))?;
    }
    if let Some(theirs) = theirs.filter(|_| reveal) {
        people(app, stored, &theirs)?;
    }
    Ok(())
}

/// The people who may be one, as they are compared now.
fn people(app: &App, stored: &StoredCase, theirs: &StoredCase) -> anyhow::Result<()> {
    let matcher = &app.engine.people;
    let (ours, others): (Household, Household) =
        (crate::domain::case::household(&stored.case, matcher), crate::domain::case::household(&theirs.case, matcher));
    let shown = |person: &Person| {
        let born = person.born_on.map_or_else(|| "no date of birth".to_owned(), print::day);
        print::harmless(&format!("{} {}, {born}", person.given.join(" "), person.family.join(" ")))
    };
    let likeness = matcher.compare(&ours, &others);
    for pair in likeness.people {
        say(&format!("    {}  |  {}", shown(&ours.people[pair.ours]), shown(&others.people[pair.theirs])))?;
        for seen in pair.seen {
            say(&format!("      {:+5.1}  {}", seen.bits, seen.says))?;
        }
    }
    for seen in likeness.family {
        say(&format!("      {:+5.1}  {}", seen.bits, seen.says))?;
    }
    Ok(())
}
