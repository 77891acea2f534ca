//! The command `simulate`: from words to what is printed.

use std::io::{IsTerminal, Write};
use std::process::ExitCode;

use crate::cli::Simulate;
use crate::cli::print::{self, Paint, Table, Tone, line as say};
use crate::daemon::simulate::{Asked, FIRST_DAY, SimulateError, parts_of, simulate};
use crate::simulate::{Outcome, picture};

/// Violations shown to people; all of them stand in the JSON.
const SHOWN_MAX: usize = 20;

/// Simulates what was asked and tells what came of it.
///
/// # Errors
/// A simulation that could not go on; the terminal's or the picture's.
pub async fn run(asked: &Simulate) -> anyhow::Result<ExitCode> {
    let years = i16::try_from(asked.years)?;
    let last = FIRST_DAY.checked_add(jiff::Span::new().try_years(years)?)?;
    let days = i64::from((last - FIRST_DAY).get_days());
    for number in 0..asked.runs {
        let seed = asked.seed.wrapping_add(number);
        let one = Asked {
            families: asked.families,
            from: FIRST_DAY,
            days,
            seed,
            parts: parts_of(asked.families),
            reader_program: None,
        };
        let outcome = match simulate(one, progress(asked)).await {
            Ok(outcome) => outcome,
            Err(error) => return Err(stopped(asked, seed, error)),
        };
        if let Some(file) = &asked.picture {
            let svg = file.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("svg"));
            let text = if svg { picture::svg(&outcome) } else { picture::page(&outcome) };
            std::fs::write(file, text).map_err(|error| anyhow::anyhow!("cannot write `{}`: {error}", file.display()))?;
        }
        let broken = !outcome.violations.is_empty();
        if asked.output.json && (asked.runs == 1 || broken) {
            print::json(&outcome)?;
        } else if asked.runs == 1 || broken {
            tell(&outcome)?;
        }
        if broken {
            eprintln!("to see it again: {}", again(asked, seed));
            return Ok(ExitCode::FAILURE);
        }
    }
    if asked.runs > 1 {
        let told = serde_json::json!({"runs": asked.runs, "first_seed": asked.seed, "violations": []});
        let words = format!("{} simulations, seeds from {}: every rule held at every instant", asked.runs, asked.seed);
        if asked.output.json { print::json(&told)? } else { say(&words)? }
    }
    Ok(ExitCode::SUCCESS)
}

fn again(asked: &Simulate, seed: u64) -> String {
    format!("focus-family simulate --families {} --years {} --seed {seed}", asked.families, asked.years)
}

fn stopped(asked: &Simulate, seed: u64, error: SimulateError) -> anyhow::Error {
    anyhow::Error::new(error).context(format!("the simulation stopped; to see it again: {}", again(asked, seed)))
}

/// Months that pass, on one line of a terminal.
fn progress(asked: &Simulate) -> impl Fn(crate::domain::time::Date, usize) + use<> {
    let shown = std::io::stderr().is_terminal() && asked.runs == 1;
    move |day, cases| {
        if shown {
            // A terminal that went away is no reason to stop.
            let _gone = write!(std::io::stderr(), "\r{}  {cases} cases", print::day(day));
        }
    }
}

fn tell(outcome: &Outcome) -> anyhow::Result<()> {
    let paint = Paint::for_stdout();
    if std::io::stderr().is_terminal() {
        eprintln!();
    }
    say(&paint.tint(
        Tone::Strong,
        &format!("{} families, {} to {}, seed {}", outcome.families, outcome.from, outcome.until, outcome.seed),
    ))?;
    say(&format!(
        "{} cases, {} events, {} moves, {} timers, {} letters\n",
        outcome.cases, outcome.events, outcome.moves, outcome.timers_fired, outcome.letters
    ))?;
    let mut table = Table::new(&["stage", "came there", "there now", "half left within", "nine in ten", "longest"]);
    for line in &outcome.funnel {
        let stay = outcome.times_in_stage.iter().find(|stay| stay.stage == line.stage);
        let days =
            |days: fn(&crate::simulate::tally::Stay) -> u32| stay.map_or_else(String::new, |stay| format!("{} days", days(stay)));
        table.row([
            line.title.clone(),
            line.cases.to_string(),
            line.now.to_string(),
            days(|stay| stay.median_days),
            days(|stay| stay.nine_in_ten_days),
            days(|stay| stay.longest_days),
        ]);
    }
    say(table.text(paint).trim_end())?;
    say(&format!("\nmails: {}", counted(&outcome.mails)))?;
    say(&format!("faults on purpose: {}", counted(&outcome.faults)))?;
    if outcome.violations.is_empty() {
        let rules = outcome.rules.len();
        return Ok(say(&format!("\n{rules} rules were held to the store after every step: none was ever broken."))?);
    }
    say(&paint.tint(Tone::Warning, &format!("\n{} violations:", outcome.violations.len())))?;
    for violation in outcome.violations.iter().take(SHOWN_MAX) {
        say(&format!("  {}  {}  {}: {}", violation.reference, violation.at, violation.rule, violation.says))?;
    }
    Ok(())
}

fn counted<K: std::fmt::Display>(counts: &std::collections::BTreeMap<K, u64>) -> String {
    let words: Vec<String> =
        counts.iter().map(|(what, count)| format!("{} {count}", what.to_string().replace('_', " "))).collect();
    words.join(", ")
}
