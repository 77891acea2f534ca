//! `case drift`: what shows that cases stand still, each fact with its day and where it is taken from.

use crate::cli::Drift;
use crate::cli::print::{self, Paint, Tone, line as say};
use crate::daemon::app::App;
use crate::domain::case::drift::findings;
use crate::domain::ids::CaseReference;
use crate::store::CaseFilter;

/// The signs of one case, or of every open case that shows any.
///
/// # Errors
/// There is no such case, or the store's, or the terminal's.
pub async fn run(app: &App, asked: &Drift) -> anyhow::Result<()> {
    let references: Vec<CaseReference> = match &asked.reference {
        Some(reference) => vec![reference.clone()],
        None => {
            let open = CaseFilter { closed: Some(false), ..CaseFilter::default() };
            app.engine.store.cases(&open).await?.into_iter().map(|row| row.reference).collect()
        }
    };
    let paint = Paint::for_stdout();
    let mut all = Vec::new();
    for reference in references {
        let stored = app.engine.case(&reference).await?;
        let found = findings(&stored.case, &app.engine.seen_by(&stored.case).world());
        if found.is_empty() && asked.reference.is_none() {
            continue;
        }
        if asked.output.json {
            let facts: Vec<_> =
                found.iter().map(|one| serde_json::json!({"since": one.since, "says": one.says, "source": one.source})).collect();
            all.push(serde_json::json!({"reference": reference, "stage": stored.case.stage, "facts": facts}));
            continue;
        }
        say(&paint.tint(Tone::Strong, reference.as_str()))?;
        for one in &found {
            let source = paint.tint(Tone::Faint, &format!("({})", one.source));
            say(&format!("  since {}  {}  {source}", print::day(one.since), one.says))?;
        }
        all.push(serde_json::Value::Null);
    }
    match (asked.output.json, all.is_empty()) {
        (true, _) => print::json(&all)?,
        (false, true) => say("no open case shows a sign of standing still")?,
        (false, false) => {}
    }
    Ok(())
}
