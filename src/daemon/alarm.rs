//! A mailbox that nobody can read is told to the administrator after a quarter of an hour, and told again when it is read again.
//! One letter each: what is said is kept as a note, and the key of the letter holds since when.

use jiff::SignedDuration;

use crate::daemon::app::App;
use crate::daemon::remote::account_state;
use crate::daemon::round::RoundError;
use crate::daemon::{canary, flood, scanner, sending};
use crate::domain::time::{Instant, london_time_of_day};

/// So long a mailbox may be silent before somebody is told.
pub const SILENT: SignedDuration = SignedDuration::from_mins(15);

/// Tells of each mailbox that has fallen silent, or is back, since the last look. `running_since` is when this daemon began: what
/// nobody looked at before that is no silence of its own.
///
/// # Errors
/// [`RoundError`]; the next look tries again.
pub async fn look(app: &App, running_since: Instant) -> Result<(), RoundError> {
    let servers = app.servers.iter().map(|server| (&server.name, true));
    for (name, on_server) in app.mailboxes.iter().map(|watched| (&watched.name, false)).chain(servers) {
        let state = account_state(app, name).await?;
        // A Maildir notes only that it fails; a server also when it was looked at last.
        let looked_at = state.looked_at.filter(|_| on_server).map(|at| at.max(running_since));
        let since = state.failing_since.or(looked_at);
        let now = app.engine.ambient.now();
        let silent = since.filter(|since| now.duration_since(*since) >= SILENT);
        tell(
            app,
            &Silence { name, what: &format!("The mailbox `{name}`"), was_not: "been read", is_again: "is read again" },
            silent,
        )
        .await?;
    }
    sending::look(app).await?;
    canary::look(app).await?;
    flood::look(app).await?;
    scanner::look(app).await
}

/// Something that has fallen silent: the name of its notes, and its sentences.
pub(super) struct Silence<'a> {
    pub name: &'a str,
    pub what: &'a str,
    pub was_not: &'a str,
    pub is_again: &'a str,
}

/// Tells once that something is silent since an instant, and once that it is back.
pub(super) async fn tell(app: &App, of: &Silence<'_>, silent: Option<Instant>) -> Result<(), RoundError> {
    let Silence { name, what, was_not, is_again } = of;
    let store = &app.engine.store;
    let note = format!("alarm:{name}");
    let told = store.get_note(&note).await?.and_then(|text| text.parse::<i64>().ok());
    let told = told.and_then(|told| Instant::from_microsecond(told).ok());
    match (silent, told) {
        (Some(since), None) => {
            let notice = format!("{what} has not {was_not} since {}.", london_time_of_day(since));
            let advice = "Run `focus-family check` on the server. It says what to put right.".to_owned();
            let key = format!("alarm:{name}:{}", since.as_microsecond());
            tracing::error!(what = name, "silent for too long; the administrator is told");
            app.engine.send_alarm("system_alert", &key, notice, Some(advice)).await?;
            store.set_note(&note, &since.as_microsecond().to_string()).await?;
        }
        (None, Some(since)) => {
            let now = app.engine.ambient.now();
            let notice = format!(
                "{what} {is_again} since {}. It had not {was_not} since {}.",
                london_time_of_day(now),
                london_time_of_day(since)
            );
            app.engine
                .send_alarm("system_recovered", &format!("recovered:{name}:{}", since.as_microsecond()), notice, None)
                .await?;
            store.set_note(&note, "").await?;
        }
        (Some(_), Some(_)) | (None, None) => {}
    }
    Ok(())
}
