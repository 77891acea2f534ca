//! `case outcomes` without a case: how many families stayed out after their exit, and how many came back.

use std::collections::BTreeMap;

use crate::cli::Json;
use crate::cli::print::{self, Paint, Table, Tone, line as say};
use crate::daemon::app::App;
use crate::domain::case::family::Standing;
use crate::domain::case::watch::{Look, Watch, watch};
use crate::domain::ids::CaseReference;
use crate::domain::time::Date;
use crate::engine::EngineError;
use crate::store::{CaseFilter, CaseKey, StoredCase};

/// What a person has said of another case of the same family.
const SAME: [Standing; 2] = [Standing::KnownBefore, Standing::OpenElsewhere];

/// How the watches of all cases stand.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Watches {
    /// Families that left with an exit.
    pub families: usize,
    /// What the look after 6 months showed.
    pub six_months: BTreeMap<Look, usize>,
    /// What the look after 12 months showed.
    pub twelve_months: BTreeMap<Look, usize>,
}

/// The watch of one case.
///
/// # Errors
/// The store's.
pub async fn of_case(app: &App, stored: &StoredCase) -> Result<Option<Watch>, EngineError> {
    let own = &stored.case.reference;
    let mut days = Vec::new();
    for tie in app.engine.store.ties_of(own).await?.iter().filter(|tie| SAME.iter().any(|same| same.as_str() == tie.standing)) {
        let other = if tie.reference == *own { &tie.other } else { &tie.reference };
        let other = app.engine.store.load_case(&CaseKey::Reference(other.clone())).await?;
        days.extend(other.map(|other| other.case.opened_on));
    }
    Ok(watch_of(app, stored, &days))
}

/// Counts the watches of all cases.
///
/// # Errors
/// The store's.
pub async fn count(app: &App) -> Result<Watches, EngineError> {
    let ids: Vec<_> = app.engine.store.cases(&CaseFilter::default()).await?.into_iter().map(|row| row.id).collect();
    let cases = app.engine.cases_of(ids.into_iter()).await?;
    let opened: BTreeMap<&CaseReference, Date> =
        cases.values().map(|stored| (&stored.case.reference, stored.case.opened_on)).collect();
    let mut returns: BTreeMap<&CaseReference, Vec<Date>> = BTreeMap::new();
    for (case, stored) in cases.values().map(|stored| (&stored.case.reference, stored)) {
        for (other, _) in stored.case.family.ties.iter().filter(|(_, tie)| SAME.contains(&tie.standing)) {
            returns.entry(other).or_default().push(stored.case.opened_on);
            returns.entry(case).or_default().extend(opened.get(other));
        }
    }
    let mut watches = Watches::default();
    for stored in cases.values() {
        let days = returns.get(&stored.case.reference).map(Vec::as_slice).unwrap_or_default();
        let Some(watch) = watch_of(app, stored, days) else { continue };
        watches.families += 1;
        *watches.six_months.entry(watch.six_months).or_default() += 1;
        *watches.twelve_months.entry(watch.twelve_months).or_default() += 1;
    }
    Ok(watches)
}

fn watch_of(app: &App, stored: &StoredCase, nominated_again_on: &[Date]) -> Option<Watch> {
    watch(&stored.case, nominated_again_on, &app.engine.programme.calendar, app.engine.ambient.today())
}

/// `case outcomes`.
///
/// # Errors
/// The store's; the terminal's.
pub async fn run(app: &App, output: Json) -> anyhow::Result<()> {
    let watches = count(app).await?;
    if output.json {
        return Ok(print::json(&serde_json::json!({
            "watches": watches.families, "six_months": watches.six_months, "twelve_months": watches.twelve_months,
        }))?);
    }
    if watches.families == 0 {
        return Ok(say("No family has left with an exit yet.")?);
    }
    say(&format!(
        "{} left with an exit",
        if watches.families == 1 { "1 family".to_owned() } else { format!("{} families", watches.families) }
    ))?;
    let mut table = Table::new(&["", "after 6 months", "after 12 months"]);
    for look in Look::ALL {
        let of = |counted: &BTreeMap<Look, usize>| (counted.get(&look).copied().unwrap_or(0).to_string(), Tone::Plain);
        table.toned([(look.in_words().to_owned(), Tone::Strong), of(&watches.six_months), of(&watches.twelve_months)]);
    }
    Ok(say(table.text(Paint::for_stdout()).trim_end())?)
}
