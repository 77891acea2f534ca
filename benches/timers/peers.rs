//! The same beside others, where they are installed: Restate's server for timers, DBOS on PostgreSQL for one durable step.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::{Fired, Options, line};

/// Goals: how many times more timers a second, how many times less CPU a step.
const RATE_MIN: f64 = 5.0;
const CPU_MIN: f64 = 20.0;

const RESTATE: &str = "target/peers/restate";
const PYTHON: &str = "target/peers/venv/bin/python";

/// What a script prints last: one JSON value.
fn answer(command: &mut Command) -> Option<serde_json::Value> {
    let output = command.stderr(Stdio::inherit()).output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let value = text.lines().last().and_then(|line| serde_json::from_str(line).ok());
    value.filter(|_| output.status.success())
}

/// As many delayed calls, as many at once. The handler does nothing: of ours, letters are composed and the next rung is armed.
pub async fn restate(options: &Options, ours: &Fired) {
    println!();
    if !Path::new(RESTATE).join("node_modules/.bin/restate-server").exists() {
        return println!("Restate NOT RUN: benches/peers/install.sh installs it");
    }
    let script = std::fs::canonicalize("benches/peers/restate.mjs").unwrap();
    // Beside its modules, where node looks for them.
    std::fs::copy(script, Path::new(RESTATE).join("bench.mjs")).unwrap();
    let mut command = Command::new("node");
    command
        .env("RESTATE_LOGGING", "ERROR")
        .arg("bench.mjs")
        .args([options.pending.to_string(), options.due.to_string()])
        .current_dir(RESTATE);
    let Some(told) = answer(&mut command) else { return println!("Restate NOT RUN: its script failed, see above") };
    let number = |name: &str| told[name].as_f64().unwrap_or(f64::NAN);
    println!("Restate's server {}, {} calls pending, {} due at once", told["version"], told["pending"], options.due);
    line("fired a second", format!("{:.0}", number("rate")), "", true);
    line("99 in 100 fired after", format!("{:.2} s", number("late_p99")), "", true);
    line("CPU a timer, server alone", format!("{:.2} ms", number("cpu_ms")), "", true);
    line("CPU while nothing is due", format!("{:.1} %", number("idle") * 100.0), "", true);
    line("resident at the most", format!("{:.0} MB", number("resident_mb")), "", true);
    let ratio = ours.rate() / number("rate");
    line("ours fire as many times more a second", format!("{ratio:.1} ×"), "5 ×", ratio >= RATE_MIN);
}

/// A workflow of one step that writes nothing of its own.
pub fn dbos(options: &Options, ours_ms: f64) {
    let mut command = Command::new(PYTHON);
    command.arg("benches/peers/dbos_step.py").arg(options.moves.to_string());
    let Some(told) = answer(&mut command) else {
        return println!("DBOS NOT RUN: benches/peers/install.sh installs it; it also needs PostgreSQL (`./test` does)");
    };
    let number = |name: &str| told[name].as_f64().unwrap_or(f64::NAN);
    let (own, both) = (number("own_ms"), number("own_ms") + number("postgres_ms"));
    let ratio = both / ours_ms;
    let value = format!("{both:.1} ms, {ratio:.1} ×");
    line(&format!("a step of DBOS {} ({own:.1} ms without PostgreSQL)", told["version"]), value, "20 ×", ratio >= CPU_MIN);
}
