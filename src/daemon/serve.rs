//! The running daemon: the steps of a round as tasks beside each other, until it is told to stop.
//!
//! A task that fails says so once, waits, and tries again; the others go on. Waking is only speed: every task also looks by itself.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Notify, watch};

use crate::daemon::alarm;
use crate::daemon::app::App;
use crate::daemon::listen::listen;
use crate::daemon::remote::update_account;
use crate::daemon::round::{RoundError, digest_if_due, send, take_in};
use crate::engine::intake::Ended;
use crate::mailbox::state::AccountState;
use crate::store::StoreError;

/// How often a Maildir is looked at.
const LOOK: Duration = Duration::from_millis(500);
/// How long a task sleeps when nothing waits.
const IDLE: Duration = Duration::from_secs(2);
/// Longest sleep of the timers, so that a changed clock is seen.
const TIMERS_LOOK: Duration = Duration::from_secs(30);
/// How often it is asked whether a mailbox is silent.
const ALARMS_LOOK: Duration = Duration::from_secs(60);
/// Wait after the first failure; doubles up to a minute.
const BACK_OFF: Duration = Duration::from_secs(1);

/// Wakes the other tasks.
#[derive(Default)]
struct Bells {
    mail: Notify,
    letters: Notify,
    timers: Notify,
}

/// The disk under the database failed: nothing that was done since its last good answer can be relied upon.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "the disk of the database failed, so the program stopped at once; see that the disk is sound, then start it again: nothing that was \
     acknowledged is lost"
)]
pub struct DiskFailed;

/// Runs until `stop` turns true, then lets each task finish its step. `tell` hears of every mail brought to its end.
///
/// # Errors
/// [`DiskFailed`], at once: the caller ends the process without touching the store again, for only a restart knows what is on it.
pub async fn serve(
    app: Arc<App>,
    stop: watch::Receiver<bool>,
    tell: impl Fn(&Ended) + Send + Sync + 'static,
) -> Result<(), DiskFailed> {
    let bells = Arc::new(Bells::default());
    let tell = Arc::new(tell);
    if let Err(error) = app.engine.write_missing_households().await {
        tracing::error!(error = %error, "families could not be made ready to be found again; the nightly look tries once more");
    }
    let mut tasks = tokio::task::JoinSet::new();
    for index in 0..app.mailboxes.len() {
        tasks.spawn(watch_mailbox(app.clone(), bells.clone(), stop.clone(), index));
    }
    for index in 0..app.servers.len() {
        let woken = bells.clone();
        tasks.spawn(listen(app.clone(), index, stop.clone(), move || woken.mail.notify_one()));
    }
    tasks.spawn(process_mail(app.clone(), bells.clone(), stop.clone(), tell));
    tasks.spawn(fire_timers(app.clone(), bells.clone(), stop.clone()));
    tasks.spawn(keep_house(app.clone(), stop.clone()));
    tasks.spawn(send_letters(app.clone(), bells.clone(), stop.clone()));
    tasks.spawn(sound_alarms(app.clone(), stop.clone()));
    loop {
        tokio::select! {
            ended = tasks.join_next() => match ended {
                None => return Ok(()),
                Some(Err(error)) => tracing::error!(error = %error, "a task of the daemon died; stop and start the program"),
                Some(Ok(())) => {}
            },
            () = app.engine.store.disk_failure() => return Err(DiskFailed),
        }
    }
}

/// Sleeps `delay`, or until `bell` rings, or until told to stop: then `true`.
pub(super) async fn pause(delay: Duration, bell: Option<&Notify>, stop: &mut watch::Receiver<bool>) -> bool {
    let rung = async {
        match bell {
            Some(bell) => bell.notified().await,
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        () = tokio::time::sleep(delay) => {}
        () = rung => {}
        _ = stop.changed() => {}
    }
    *stop.borrow()
}

/// Counts failures in a row and says how long to wait after the newest.
#[derive(Default)]
struct Failures(u32);

impl Failures {
    fn after(&mut self, what: &str, error: &RoundError) -> Duration {
        tracing::error!(error = %chain(error), what, "will be tried again");
        self.0 = (self.0 + 1).min(6);
        BACK_OFF * 2_u32.pow(self.0 - 1)
    }
}

pub(super) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}

async fn watch_mailbox(app: Arc<App>, bells: Arc<Bells>, mut stop: watch::Receiver<bool>, index: usize) {
    let mut failures = Failures::default();
    // What an earlier run may have noted is put right by the first look that succeeds.
    let mut noted = true;
    loop {
        let name = &app.mailboxes[index].name;
        let now = app.engine.ambient.now();
        let delay = match take_in(&app, &app.mailboxes[index]).await {
            Ok(new) => {
                if noted {
                    noted = note(&app, name, |state| state.succeeded(0, now)).await.is_err();
                }
                if new == 0 {
                    LOOK
                } else {
                    bells.mail.notify_one();
                    Duration::ZERO
                }
            }
            Err(error) => {
                noted = true;
                // The store may be what is at fault; then nothing can be noted, and the log says so.
                let _noted = note(&app, name, |state| state.failed(chain(&error), now)).await;
                failures.after("reading a mailbox", &error)
            }
        };
        if delay <= LOOK {
            failures = Failures::default();
        }
        if pause(delay, None, &mut stop).await {
            return;
        }
    }
}

async fn note(app: &App, name: &str, change: impl FnOnce(AccountState) -> AccountState) -> Result<(), StoreError> {
    let noted = update_account(app, name, change).await;
    if let Err(error) = &noted {
        tracing::error!(error = %chain(error), "cannot note how a mailbox is");
    }
    noted
}

async fn sound_alarms(app: Arc<App>, mut stop: watch::Receiver<bool>) {
    let since = app.engine.ambient.now();
    loop {
        if pause(ALARMS_LOOK, None, &mut stop).await {
            return;
        }
        if let Err(error) = alarm::look(&app, since).await {
            tracing::error!(error = %chain(&error), "cannot tell whether a mailbox is silent");
        }
    }
}

async fn process_mail(
    app: Arc<App>,
    bells: Arc<Bells>,
    mut stop: watch::Receiver<bool>,
    tell: Arc<impl Fn(&Ended) + Send + Sync + 'static>,
) {
    let mut failures = Failures::default();
    loop {
        let delay = match app.engine.take_next_mails(4).await {
            Ok(ended) if ended.is_empty() => IDLE,
            Ok(ended) => {
                ended.iter().for_each(|one| tell(one));
                bells.letters.notify_one();
                bells.timers.notify_one();
                failures = Failures::default();
                Duration::ZERO
            }
            Err(error) => failures.after("processing mail", &error.into()),
        };
        if pause(delay, Some(&bells.mail), &mut stop).await {
            return;
        }
    }
}

async fn fire_timers(app: Arc<App>, bells: Arc<Bells>, mut stop: watch::Receiver<bool>) {
    let mut failures = Failures::default();
    loop {
        let delay = match fire_once(&app).await {
            Ok(delay) => {
                bells.letters.notify_one();
                failures = Failures::default();
                delay
            }
            Err(error) => failures.after("firing timers", &error),
        };
        if pause(delay, Some(&bells.timers), &mut stop).await {
            return;
        }
    }
}

/// The nightly look, beside the timers: of a hundred thousand it takes a while, and none of them may be late for it.
async fn keep_house(app: Arc<App>, mut stop: watch::Receiver<bool>) {
    let mut failures = Failures::default();
    loop {
        let delay = match crate::daemon::housekeeping::if_due(&app).await {
            Ok(_) => {
                failures = Failures::default();
                TIMERS_LOOK
            }
            Err(error) => failures.after("the nightly look", &error),
        };
        if pause(delay, None, &mut stop).await {
            return;
        }
    }
}

/// Fires what is due and says how long nothing will be.
async fn fire_once(app: &App) -> Result<Duration, RoundError> {
    app.engine.fire_due_timers().await?;
    app.engine.climb_alerts().await?;
    digest_if_due(app).await?;
    let now = app.engine.ambient.now();
    let next = app.engine.store.next_timer_due_at().await?;
    let until = next.map_or(TIMERS_LOOK, |next| {
        Duration::try_from(next.duration_since(now)).unwrap_or(Duration::from_millis(10)).min(TIMERS_LOOK)
    });
    Ok(until.max(Duration::from_millis(10)))
}

async fn send_letters(app: Arc<App>, bells: Arc<Bells>, mut stop: watch::Receiver<bool>) {
    let mut failures = Failures::default();
    loop {
        let delay = match send(&app).await {
            Ok(sent) if sent.is_empty() => IDLE,
            Ok(_) => {
                failures = Failures::default();
                Duration::ZERO
            }
            Err(error) => failures.after("sending letters", &error),
        };
        if pause(delay, Some(&bells.letters), &mut stop).await {
            return;
        }
    }
}

/// Serves the pages of a demonstration until told to stop.
pub async fn pages(app: Arc<App>, listener: tokio::net::TcpListener, mut stop: watch::Receiver<bool>, demonstration: bool) {
    let site = crate::daemon::pages::site(&app.settings, &app.engine.programme.title, demonstration);
    let stopped = async move {
        // A sender that is gone means the same.
        let _told = stop.wait_for(|stop| *stop).await;
    };
    let views = Arc::new(crate::daemon::pages::Shown(app));
    if let Err(error) = crate::web::serve(listener, site, views, stopped).await {
        tracing::error!(%error, "the pages stopped; the daemon goes on without them");
    }
}
