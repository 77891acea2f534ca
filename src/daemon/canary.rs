//! When the test mail to ourselves goes out, and who hears that it is missing.

use jiff::SignedDuration;

use crate::cli::print;
use crate::cli::report::{Finding, Findings};
use crate::config::Mode;
use crate::daemon::alarm::{Silence, tell};
use crate::daemon::app::App;
use crate::daemon::round::RoundError;
use crate::domain::time::london_time_of_day;
use crate::engine::canary::missing_since;

/// How long the sending of one is ours.
const LEASE_SECONDS: u32 = 60;

/// Sends one when its time has come, and tells of one that is missing. While nothing may leave there is none.
///
/// # Errors
/// [`RoundError`]; the next look tries again.
pub async fn look(app: &App) -> Result<(), RoundError> {
    let Some(settings) = app.settings.canary.filter(|_| app.settings.mail.mode == Mode::Live && app.delivery.is_some()) else {
        return Ok(());
    };
    let now = app.engine.ambient.now();
    let flights = app.engine.canaries().await?;
    let every = SignedDuration::from_mins(i64::try_from(settings.every_minutes).expect("at most a week"));
    let due = flights.last().is_none_or(|last| now.duration_since(last.left) >= every);
    if due && app.engine.store.acquire_lease("canary", &app.engine.worker, now, LEASE_SECONDS).await?.is_some() {
        app.engine.send_canary().await?;
    }
    let silent = missing_since(&app.engine.canaries().await?, settings.late_minutes, now);
    let of = Silence { name: "canary", what: "A test mail to ourselves", was_not: "come back", is_again: "comes back again" };
    tell(app, &of, silent).await
}

/// What `check` says of it.
pub async fn check(app: &App, findings: &mut Findings) {
    let name = "test mail";
    let Some(settings) = app.settings.canary else { return };
    let flights = match app.engine.canaries().await {
        Ok(flights) => flights,
        Err(error) => return findings.checks.push(Finding::failed(name, error.to_string(), "look at the store")),
    };
    if let Some(since) = missing_since(&flights, settings.late_minutes, app.engine.ambient.now()) {
        let says = format!("none has come back since {}", london_time_of_day(since));
        let fix =
            "`mail queue` shows whether it left; look for it in the mailbox, its junk folder and the log of the mail server";
        return findings.checks.push(Finding::failed(name, says, fix));
    }
    let last = flights.iter().rev().find_map(|flight| flight.back.map(|back| back.duration_since(flight.left)));
    let says = last.map_or("none has come back yet".to_owned(), |took| {
        let seconds = usize::try_from(took.as_secs()).unwrap_or_default();
        format!("the last came back after {}", print::count(seconds, "second"))
    });
    findings.checks.push(Finding::ok(name, says));
}
