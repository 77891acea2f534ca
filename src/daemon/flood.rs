//! More letters than leave in an hour: a mistake that queues thousands is told at once, while the rest waits for its turn.

use crate::daemon::alarm::{Silence, tell};
use crate::daemon::app::App;
use crate::daemon::round::RoundError;
use crate::domain::time::Instant;
use crate::store::StoreError;

/// The note that holds since when.
const SINCE: &str = "outbox_behind_since_us";

/// How many letters are due, when they are more than leave in an hour.
///
/// # Errors
/// The store's.
pub async fn behind(app: &App) -> Result<Option<u64>, StoreError> {
    let due = app.engine.store.count_due_letters(app.engine.ambient.now()).await?;
    Ok((due > u64::from(app.settings.mail.hourly_max)).then_some(due))
}

/// Tells the administrator of an outbox that has fallen behind, and when it keeps up again.
///
/// # Errors
/// [`RoundError`]; the next look tries again.
pub async fn look(app: &App) -> Result<(), RoundError> {
    let store = &app.engine.store;
    let noted = store.get_note(SINCE).await?.and_then(|text| text.parse::<i64>().ok());
    let noted = noted.and_then(|since| Instant::from_microsecond(since).ok());
    let since = match (behind(app).await?, noted) {
        (Some(_), Some(since)) => Some(since),
        (Some(_), None) => {
            let now = app.engine.ambient.now();
            store.set_note(SINCE, &now.as_microsecond().to_string()).await?;
            Some(now)
        }
        (None, Some(_)) => {
            store.set_note(SINCE, "").await?;
            None
        }
        (None, None) => None,
    };
    let of = Silence { name: "outbox", what: "The outbox", was_not: "kept up", is_again: "keeps up again" };
    tell(app, &of, since).await
}
