//! `case why`: rule, clause, members, evidence, and what would change it.

use crate::cli::OneCase;
use crate::cli::print::{self, line as say};
use crate::daemon::app::App;
use crate::domain::case::Case;
use crate::domain::eligibility::{Assessment, Evidence};
use crate::domain::nomination::Source;
use crate::domain::rules::Trace;
use crate::domain::workflow::{Interpretation, RulePack};

/// Places shown of one piece of evidence; `--json` with `case show --reveal` has them all.
const PLACES_MAX: usize = 3;

/// Why a case stands where it stands.
///
/// # Errors
/// There is no such case, or the store's, or the terminal's.
pub async fn run(app: &App, asked: &OneCase) -> anyhow::Result<()> {
    let stored = app.engine.case(&asked.reference).await?;
    let case = &stored.case;
    if asked.reveal {
        crate::daemon::cases::record_look(app, &stored).await?;
    }
    let mut says = Vec::new();
    let assessment = case.nomination.reveal().get("assessment").cloned();
    if let Some(assessment) = assessment.and_then(|kept| serde_json::from_value::<Assessment>(kept).ok()) {
        let pack = app.engine.programme.packs.iter().find(|pack| pack.name == assessment.rule_pack);
        says.extend(of_criteria(pack, case, &assessment, asked.reveal));
    }
    says.push(format!(
        "judged by rule pack {} {}, life-cycle {}",
        case.verdict.rule_pack, case.verdict.rule_pack_version, case.lifecycle_version
    ));
    // The clause and the evidence are what people come for: where the case stands, and what can be done with it, comes after.
    says.extend(crate::domain::case::why(case, &app.engine.seen_by(case).world()));
    if asked.output.json {
        return Ok(print::json(&says)?);
    }
    for line in says {
        say(&line)?;
    }
    Ok(())
}

/// Every reading, also those that do not count: its answer, its clause, and what of the family it rests on.
fn of_criteria(pack: Option<&RulePack>, case: &Case, assessment: &Assessment, reveal: bool) -> Vec<String> {
    let mut says = Vec::new();
    // The reading that counted when the case was judged: the settings may name another now.
    let named = case.verdict.rule_pack_version.split_once('/').map(|(_, reading)| reading.to_owned());
    let counted = named.or_else(|| pack?.interpretations.first().map(|reading| reading.name.to_string()));
    for ((name, trace), reason) in assessment.traces.iter().zip(&assessment.reasons) {
        let counts = if counted.as_deref() == Some(name.as_str()) { " [the reading that counts]" } else { "" };
        says.push(format!("criteria: {reason}{counts}"));
        let reading: Option<&Interpretation> = pack.and_then(|pack| pack.interpretations.iter().find(|one| one.name == *name));
        says.extend(reading.map(|reading| format!("  clause: {}", reading.clause.trim())));
        let mut shown: Vec<String> = Vec::new();
        evidence(trace, &mut |one| {
            let line = format!("  evidence: {}", piece(one, reveal));
            if !shown.contains(&line) {
                shown.push(line);
            }
        });
        says.extend(shown);
    }
    says.extend(assessment.would_change.iter().map(|one| format!("would change the grade: {one}")));
    says
}

fn evidence(trace: &Trace<Evidence>, tell: &mut impl FnMut(&Evidence)) {
    trace.evidence.iter().for_each(&mut *tell);
    for part in &trace.parts {
        evidence(part, tell);
    }
}

/// `member 2, health: page 1, row 4 of a table`. A document's name and its words may name somebody: only with `--reveal`.
fn piece(one: &Evidence, reveal: bool) -> String {
    let who = one.member.map_or_else(|| "nobody in particular".to_owned(), |at| format!("member {}", at + 1));
    let what = one.theme.as_ref().map(|theme| format!(", {}", theme.replace('_', " "))).unwrap_or_default();
    let place = |source: &Source| {
        let plain = format!("page {}, {}", source.page, source.place);
        if reveal {
            print::harmless(&format!("{} {plain}: {}", source.document.as_text(), source.quote.as_text()))
        } else {
            plain
        }
    };
    let places: Vec<String> = one.sources.iter().take(PLACES_MAX).map(place).collect();
    format!("{who}{what}: {}", if places.is_empty() { "no place is kept".to_owned() } else { places.join("; ") })
}
