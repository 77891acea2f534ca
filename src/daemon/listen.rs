//! A mailbox on a server, listened to for as long as the program runs: connect, look, wait to be woken, look again.
//!
//! A connection that breaks is made again after a pause that doubles, with chance in it, so that many programs do not come back at
//! the same moment. A refused sign-in waits longer, for servers lock accounts that knock too often.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use crate::ambient::Ambient;
use crate::daemon::app::App;
use crate::daemon::remote::{Server, Way, connect_imap, pass, update_account};
use crate::daemon::round::RoundError;
use crate::daemon::serve::{chain, pause};
use crate::mailbox::graph::Graph;
use crate::mailbox::{Remote, RemoteError};

/// Pause after the first broken connection; doubles.
const FIRST: Duration = Duration::from_secs(1);
/// Longest pause after a broken connection.
const LONGEST: Duration = Duration::from_secs(300);
/// Pause after the first refused sign-in; doubles.
const SIGN_IN_FIRST: Duration = Duration::from_secs(60);
/// Longest pause after a refused sign-in.
const SIGN_IN_LONGEST: Duration = Duration::from_secs(3600);

/// Listens to the mailbox `index` until told to stop. `new_mail` is called when mails were taken in.
pub async fn listen(app: Arc<App>, index: usize, mut stop: watch::Receiver<bool>, new_mail: impl Fn() + Send) {
    let server = &app.servers[index];
    let mut failures = 0;
    loop {
        let (ended, looked) = session(&app, server, &mut stop, &new_mail).await;
        let Err(error) = ended else { return };
        failures = if looked { 1 } else { failures + 1 };
        tracing::error!(error = %chain(&error), mailbox = %server.name, "will be tried again");
        let now = app.engine.ambient.now();
        if let Err(error) = update_account(&app, &server.name, |state| state.failed(chain(&error), now)).await {
            tracing::error!(error = %chain(&error), "cannot note that a mailbox cannot be read");
        }
        if pause(delay(&error, failures, &app.engine.ambient), None, &mut stop).await {
            return;
        }
    }
}

/// One connection, from its beginning to its end; also whether a look succeeded on it.
async fn session(
    app: &App,
    server: &Server,
    stop: &mut watch::Receiver<bool>,
    new_mail: &(impl Fn() + Send),
) -> (Result<(), RoundError>, bool) {
    let mut looked = false;
    let ended = match &server.way {
        Way::Imap(settings) => {
            let connected = tokio::select! {
                connected = connect_imap(settings, &app.engine.ambient, server.patience) => connected,
                () = told(stop) => return (Ok(()), false),
            };
            match connected {
                Ok(mut imap) => rounds(app, server, &mut imap, stop, new_mail, &mut looked).await,
                Err(error) => Err(error.into()),
            }
        }
        Way::Graph(settings) => match Graph::new(settings.clone(), app.engine.ambient.clone(), server.patience) {
            Ok(mut graph) => rounds(app, server, &mut graph, stop, new_mail, &mut looked).await,
            Err(error) => Err(error.into()),
        },
    };
    (ended, looked)
}

async fn rounds(
    app: &App,
    server: &Server,
    remote: &mut impl Remote,
    stop: &mut watch::Receiver<bool>,
    new_mail: &(impl Fn() + Send),
    looked: &mut bool,
) -> Result<(), RoundError> {
    loop {
        // Not cut short by a stop: what is fetched is stored, and what is stored is moved.
        if pass(app, server, remote).await? > 0 {
            new_mail();
        }
        *looked = true;
        if *stop.borrow() {
            return Ok(());
        }
        let folders = server.folders();
        let first = folders.watched.first().map_or("INBOX", String::as_str);
        tokio::select! {
            waited = remote.wait(first, folders.look_seconds) => waited?,
            () = told(stop) => return Ok(()),
        }
    }
}

async fn told(stop: &mut watch::Receiver<bool>) {
    // A sender that is gone means the same.
    let _told = stop.wait_for(|stop| *stop).await;
}

/// How long to wait after the `failures`-th failure in a row: between half of the pause and all of it.
fn delay(error: &RoundError, failures: u32, ambient: &Ambient) -> Duration {
    let (first, longest) = match error {
        RoundError::Remote(RemoteError::Busy { seconds }) => {
            let asked = Duration::from_secs(*seconds);
            (asked, LONGEST.max(asked))
        }
        RoundError::Remote(RemoteError::SignIn { .. }) => (SIGN_IN_FIRST, SIGN_IN_LONGEST),
        _ => (FIRST, LONGEST),
    };
    let whole = first.saturating_mul(2_u32.saturating_pow(failures.saturating_sub(1))).min(longest);
    let half = whole / 2;
    // What a server asks for is the least.
    let least = if matches!(error, RoundError::Remote(RemoteError::Busy { .. })) { whole } else { half };
    let chance = ambient.below(u64::try_from(half.as_millis()).unwrap_or(u64::MAX).max(1));
    least + Duration::from_millis(chance)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ambient::Script;
    use crate::domain::time::Instant;

    #[test]
    fn pauses_double_have_chance_in_them_and_never_fall_below_what_the_server_asks() {
        let ambient = Ambient::Scripted(Script::new(Instant::UNIX_EPOCH, 7));
        let lost = || RoundError::Remote(RemoteError::Refused { doing: "look", said: String::new() });
        let mut seen = std::collections::BTreeSet::new();
        for _ in 0..50 {
            let fourth = delay(&lost(), 4, &ambient);
            assert!((Duration::from_secs(4)..=Duration::from_secs(8)).contains(&fourth), "{fourth:?}");
            seen.insert(fourth);
        }
        assert!(seen.len() > 40, "the pauses differ");
        assert!(delay(&lost(), 99, &ambient) <= LONGEST);
        let sign_in = RoundError::Remote(RemoteError::SignIn { said: String::new() });
        assert!(delay(&sign_in, 1, &ambient) >= SIGN_IN_FIRST / 2);
        let busy = RoundError::Remote(RemoteError::Busy { seconds: 93 });
        assert!(delay(&busy, 1, &ambient) >= Duration::from_secs(93));
    }
}
