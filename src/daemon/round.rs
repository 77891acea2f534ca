//! Once through everything that waits: mail in, forms read, timers fired, digests gathered, letters out.
//!
//! Every step is safe to stop and to run again. [`settle`] repeats rounds until nothing waits: what tests, imports and the
//! scripted demonstration call. The running daemon calls the same steps from tasks of their own.

use crate::config::Mode;
use crate::daemon::app::{App, Watched};
use crate::daemon::generation;
use crate::daemon::moved::take_in_moved;
use crate::daemon::remote::take_in_once;
use crate::daemon::sending;
use crate::daemon::summary;
use crate::delivery::Delivery;
use crate::domain::time::{Instant, london_date};
use crate::engine::EngineError;
use crate::engine::firing::Fired;
use crate::engine::intake::Ended;
use crate::engine::send::Sent;
use crate::mailbox::RemoteError;
use crate::mailbox::maildir::{Found, MaildirError, Reading};
use crate::store::{Answered, Arrival, Fate};

/// Mails taken from a mailbox in one durable commit.
pub(super) const ARRIVALS_MAX: usize = 16;
/// Bytes of mails after which no further one is taken in the same commit, for all of them lie in memory meanwhile.
pub(super) const ARRIVALS_BYTES_MAX: u64 = 8 << 20;
/// Mails processed in one go.
const BATCH: u32 = 16;
/// Letters sent in one go.
const LETTERS: u32 = 16;
/// How long the making of digests is ours.
const DIGEST_LEASE_SECONDS: u32 = 300;
/// Bytes of a mail kept in the store: as many as are read, for each of them lies in memory four times while it is sealed and written.
/// What is longer stays whole in the mailbox, and its head is kept.
pub(super) const STORED_BYTES_MAX: u64 = 50 << 20;
/// The note that holds the instant of the last digest.
const LAST_DIGEST: &str = "last_digest_us";

/// What one round did.
#[derive(Debug, Default)]
pub struct Round {
    /// Mails stored.
    pub arrived: usize,
    /// Mails brought to their end.
    pub ended: Vec<Ended>,
    /// Timers carried out.
    pub fired: Vec<Fired>,
    /// People who get a digest.
    pub digests: usize,
    /// Letters that left, or did not.
    pub sent: Vec<Sent>,
}

impl Round {
    /// Whether it found nothing to do.
    #[must_use]
    pub fn is_quiet(&self) -> bool {
        self.arrived == 0 && self.ended.is_empty() && self.fired.is_empty() && self.digests == 0 && self.sent.is_empty()
    }

    fn add(&mut self, other: Self) {
        self.arrived += other.arrived;
        self.ended.extend(other.ended);
        self.fired.extend(other.fired);
        self.digests += other.digests;
        self.sent.extend(other.sent);
    }
}

/// Why a round stopped early. The daemon waits and tries again.
#[derive(Debug, thiserror::Error)]
pub enum RoundError {
    /// The engine or its store.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// A mailbox.
    #[error("cannot read a mailbox")]
    Mailbox(#[from] MaildirError),
    /// A mailbox on a server.
    #[error(transparent)]
    Remote(#[from] RemoteError),
    /// A backup was put back.
    #[error(transparent)]
    Restored(#[from] generation::Restored),
    /// The number beside the master key: while it cannot be read nobody knows whether a backup was put back, and nothing leaves.
    #[error("cannot read or write how many times letters have left, beside the master key; see that file and folder may be")]
    Generation(#[source] std::io::Error),
    /// The end of the chain beside the master key.
    #[error("cannot write the end of the chain of events beside the master key; see that its folder may be written")]
    Head(#[source] std::io::Error),
}

impl From<crate::store::StoreError> for RoundError {
    fn from(error: crate::store::StoreError) -> Self {
        Self::Engine(EngineError::Store(error))
    }
}

/// Repeats rounds until one finds nothing.
///
/// # Errors
/// The first [`RoundError`].
pub async fn settle(app: &App) -> Result<Round, RoundError> {
    let mut all = Round::default();
    loop {
        let round = Box::pin(round(app)).await?;
        if round.is_quiet() {
            return Ok(all);
        }
        all.add(round);
    }
}

/// Once through everything.
///
/// # Errors
/// The first [`RoundError`]; what was done before it stays done.
pub async fn round(app: &App) -> Result<Round, RoundError> {
    let mut round = Round::default();
    for watched in &app.mailboxes {
        round.arrived += take_in(app, watched).await?;
    }
    for server in &app.servers {
        round.arrived += take_in_once(app, server).await?;
    }
    round.ended = app.engine.take_next_mails(BATCH).await?;
    round.fired = app.engine.fire_due_timers().await?;
    app.engine.climb_alerts().await?;
    round.digests = digest_if_due(app).await?;
    round.sent = send(app).await?;
    Ok(round)
}

/// New files of one mailbox → the ledger, then → `cur/`. Returns how many were new.
/// Two daemons may watch one folder: the key of the ledger keeps the second from storing what the first has.
///
/// # Errors
/// [`RoundError`]; a file that was stored but not moved is recognised next time.
pub async fn take_in(app: &App, watched: &Watched) -> Result<usize, RoundError> {
    let found = watched.maildir.scan_new(usize::MAX)?;
    let new = if found.is_empty() { 0 } else { take(app, watched, found).await? };
    Ok(new + take_in_moved(app, watched).await?)
}

/// These files → the ledger in one durable commit, then → `cur/`; the oldest first, as many as are taken at once. Returns how many
/// were new.
///
/// # Errors
/// [`RoundError`]. A file that cannot be read is told after the others were taken in, and holds up none of them.
pub async fn take(app: &App, watched: &Watched, found: Vec<Found>) -> Result<usize, RoundError> {
    let uid_validity = i64::from(watched.maildir.uid_validity());
    let mut arrivals = Vec::with_capacity(found.len());
    let mut files = Vec::with_capacity(found.len());
    let (mut bytes, mut unreadable) = (0, None);
    for file in found {
        // A large one comes alone: all of a batch lie in memory meanwhile.
        let too_much = !files.is_empty() && bytes + file.bytes_len > ARRIVALS_BYTES_MAX;
        if files.len() == ARRIVALS_MAX || bytes >= ARRIVALS_BYTES_MAX || too_much {
            break;
        }
        match watched.maildir.read(&file, STORED_BYTES_MAX) {
            Ok(read) => {
                let (raw, bytes_total) = match read {
                    Reading::Whole(bytes) => (bytes, file.bytes_len),
                    Reading::TooLarge { head, bytes_len } => (head, bytes_len),
                };
                arrivals.push(Arrival {
                    account: watched.name.clone(),
                    mailbox: "INBOX".to_owned(),
                    uid_validity,
                    uid: file.unique.clone(),
                    received_at: app.engine.ambient.received_at(file.modified),
                    bytes_total: bytes_total.max(raw.len() as u64),
                    raw,
                });
                bytes += file.bytes_len;
                files.push(file);
            }
            // Taken out by a person, or by the other daemon, since it was listed.
            Err(MaildirError::Gone { .. }) => {}
            Err(error) => unreadable = Some(error),
        }
    }
    let taken = if arrivals.is_empty() { Vec::new() } else { app.engine.store.take_in(arrivals, &app.engine.ambient).await? };
    if !files.is_empty() {
        watched.maildir.move_all_to_cur(&files)?;
    }
    if let Some(error) = unreadable {
        return Err(error.into());
    }
    Ok(taken.iter().filter(|one| one.fate != Fate::SameSlot).count())
}

/// Sends what is due. With no delivery set, everything stays queued.
///
/// # Errors
/// [`RoundError`].
pub async fn send(app: &App) -> Result<Vec<Sent>, RoundError> {
    let nowhere;
    let delivery = match &app.delivery {
        Some(delivery) => delivery,
        // Each letter written while observing is settled as held back, also where no way out is set yet: otherwise all of them
        // would leave on the day the mode turns live. The mode stops them before they reach this folder.
        None if app.settings.mail.mode == Mode::Observe => {
            nowhere = Delivery::Maildir { path: app.settings.folder.join("observed") };
            &nowhere
        }
        None => return Ok(Vec::new()),
    };
    // An answer that waits may be let go by the same call that sends.
    let (store, now) = (&app.engine.store, app.engine.ambient.now());
    // The time in which other machines are waited for runs from the start, also while no letter is due.
    app.first_look.get_or_init(|| now);
    if store.is_letter_due(now).await?
        || store.answers_wait(Answered::Proven, now).await?
        || store.answers_wait(Answered::Unproven, now).await?
    {
        if !generation::before_letters_leave(app).await? {
            return Ok(Vec::new());
        }
    } else if store.engine() == "postgres" {
        // Other machines may have sent since the last look.
        let _may_leave = generation::look(app).await?;
    }
    let sent = app.engine.send_letters(delivery, LETTERS).await?;
    sending::note(app, &sent).await?;
    Ok(sent)
}

/// Gathers what waits, when the schedule's time has come since the last digest. One daemon of many does it.
///
/// # Errors
/// [`RoundError`].
pub async fn digest_if_due(app: &App) -> Result<usize, RoundError> {
    let store = &app.engine.store;
    let now = app.engine.ambient.now();
    let last = store.get_note(LAST_DIGEST).await?.and_then(|text| text.parse::<i64>().ok());
    let Some(last) = last.and_then(|last| Instant::from_microsecond(last).ok()) else {
        store.set_note(LAST_DIGEST, &now.as_microsecond().to_string()).await?;
        return Ok(0);
    };
    if app.digests.next_after(last).is_none_or(|due| due > now) || !app.engine.programme.calendar.is_working_day(london_date(now))
    {
        return Ok(0);
    }
    if store.acquire_lease("digest", &app.engine.worker, now, DIGEST_LEASE_SECONDS).await?.is_none() {
        return Ok(0);
    }
    // Agendas of meetings that are near go with the digests: once a working day, to each member once.
    if let Err(error) = app.engine.send_agendas().await {
        tracing::error!(%error, "cannot send the agenda of a meeting");
    }
    let people = app.engine.send_digests().await?;
    // A summary that cannot be written (a template of the council's own is missing) holds up no digest.
    if !app.servers.is_empty()
        && let Err(error) = summary::send(app, last).await
    {
        tracing::error!(%error, "cannot write the summary of what came in");
    }
    store.set_note(LAST_DIGEST, &now.as_microsecond().to_string()).await?;
    Ok(people)
}
