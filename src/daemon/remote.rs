//! Mails from a mailbox on a server → the ledger, then → the folder for what is stored.
//!
//! The same order as with a Maildir: bytes and ledger row are durable before anything is moved. While observing nothing is moved.
//! What becomes of each folder is kept as a note, so that `check` and the summary can tell what is missing.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::ambient::Ambient;
use crate::config::{Folders, GraphSettings, ImapLogin, ImapSettings, Mode};
use crate::daemon::app::App;
use crate::daemon::round::{ARRIVALS_BYTES_MAX, ARRIVALS_MAX, RoundError, STORED_BYTES_MAX};
use crate::domain::time::Instant;
use crate::mailbox::graph::Graph;
use crate::mailbox::imap::Imap;
use crate::mailbox::state::{AccountState, FolderState, Outcome};
use crate::mailbox::token::Tokens;
use crate::mailbox::{Fetched, Look, Remote, RemoteError, secret_in};
use crate::store::{Arrival, Fate, StoreError};

/// A mail at which the connection broke so often is passed over until the program starts again.
const TRIES_MAX: u32 = 3;
/// How long one pass over a mailbox is ours alone.
const LEASE_SECONDS: u32 = 300;
/// What a token of Microsoft's is for when IMAP or SMTP is spoken.
pub(super) const EXCHANGE_SCOPE: &str = "https://outlook.office365.com/.default";
/// No exchange with a server takes longer: a silent one is left.
pub const PATIENCE: Duration = Duration::from_secs(120);

/// A mailbox on a server that is watched.
pub struct Server {
    /// Its name in the settings: the account in the ledger.
    pub name: String,
    /// How to reach it.
    pub way: Way,
    /// No exchange takes longer.
    pub patience: Duration,
    tries: Mutex<HashMap<Place, u32>>,
}

/// How to reach a mailbox on a server.
#[derive(Debug, Clone)]
pub enum Way {
    /// By IMAP.
    Imap(ImapSettings),
    /// By Microsoft Graph.
    Graph(GraphSettings),
}

/// Folder, UIDVALIDITY, UID.
type Place = (String, i64, String);

impl Server {
    /// A mailbox that nobody has looked at yet.
    #[must_use]
    pub fn new(name: String, way: Way) -> Self {
        Self { name, way, patience: PATIENCE, tries: Mutex::default() }
    }
    /// What is watched there.
    #[must_use]
    pub fn folders(&self) -> &Folders {
        match &self.way {
            Way::Imap(settings) => &settings.folders,
            Way::Graph(settings) => &settings.folders,
        }
    }
    fn tries(&self, place: &Place) -> u32 {
        self.tries.lock().unwrap_or_else(PoisonError::into_inner).get(place).copied().unwrap_or(0)
    }
    fn begin(&self, place: &Place) {
        *self.tries.lock().unwrap_or_else(PoisonError::into_inner).entry(place.clone()).or_default() += 1;
    }
    fn finish(&self, place: &Place) {
        self.tries.lock().unwrap_or_else(PoisonError::into_inner).remove(place);
    }
}

/// Connects, looks at every folder once, and leaves. Returns how many mails were new.
///
/// # Errors
/// [`RoundError`]; what was stored stays stored.
pub async fn take_in_once(app: &App, server: &Server) -> Result<usize, RoundError> {
    match &server.way {
        Way::Imap(settings) => {
            let mut imap = connect_imap(settings, &app.engine.ambient, server.patience).await?;
            let taken = pass(app, server, &mut imap).await;
            imap.leave().await;
            taken
        }
        Way::Graph(settings) => {
            let mut graph = Graph::new(settings.clone(), app.engine.ambient.clone(), server.patience)?;
            pass(app, server, &mut graph).await
        }
    }
}

/// Connects and signs in.
///
/// # Errors
/// [`RemoteError`].
pub async fn connect_imap(settings: &ImapSettings, ambient: &Ambient, patience: Duration) -> Result<Imap, RemoteError> {
    let secret = match &settings.login {
        ImapLogin::Password { file } | ImapLogin::TokenFile { file } => secret_in(file)?,
        ImapLogin::Microsoft(registration) => {
            Tokens::new(registration.clone(), EXCHANGE_SCOPE, patience)?.bearer(ambient).await?
        }
    };
    Imap::connect(settings, &secret, patience).await
}

/// Once over every folder. Returns how many mails were new; none while another daemon is at it.
///
/// # Errors
/// [`RoundError`]; what was stored stays stored.
pub async fn pass(app: &App, server: &Server, remote: &mut impl Remote) -> Result<usize, RoundError> {
    let store = &app.engine.store;
    let lease = format!("mailbox:{}", server.name);
    let Some(epoch) = store.acquire_lease(&lease, &app.engine.worker, app.engine.ambient.now(), LEASE_SECONDS).await? else {
        return Ok(0);
    };
    let done = folders(app, server, remote).await;
    store.release_lease(&lease, epoch).await?;
    done
}

async fn folders(app: &App, server: &Server, remote: &mut impl Remote) -> Result<usize, RoundError> {
    let watched = server.folders();
    let mut new = 0;
    for folder in &watched.watched {
        new += Folder { app, server, folder }.take_in(remote).await?;
    }
    let junk = match &watched.junk {
        Some(junk) => remote.glance(junk).await?.count,
        None => 0,
    };
    let now = app.engine.ambient.now();
    update_account(app, &server.name, |state| state.succeeded(junk, now)).await?;
    Ok(new)
}

/// What is kept of a mailbox between two looks.
///
/// # Errors
/// The store's.
pub async fn account_state(app: &App, name: &str) -> Result<AccountState, StoreError> {
    let note = app.engine.store.get_note(&format!("mailbox:{name}")).await?;
    Ok(note.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default())
}

/// Changes what is kept of a mailbox.
///
/// # Errors
/// The store's.
pub async fn update_account(app: &App, name: &str, change: impl FnOnce(AccountState) -> AccountState) -> Result<(), StoreError> {
    let state = change(account_state(app, name).await?);
    let text = serde_json::to_string(&state).expect("numbers and texts are JSON");
    app.engine.store.set_note(&format!("mailbox:{name}"), &text).await
}

/// What is kept of a folder between two looks.
///
/// # Errors
/// The store's.
pub async fn folder_state(app: &App, name: &str, folder: &str) -> Result<FolderState, StoreError> {
    let note = app.engine.store.get_note(&format!("mailbox:{name}:{folder}")).await?;
    // A damaged note costs the memory of gaps, never a mail: what is in the folder is compared with the ledger.
    Ok(note.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default())
}

/// One watched folder.
struct Folder<'a> {
    app: &'a App,
    server: &'a Server,
    folder: &'a str,
}

/// What a pass over one folder has done so far.
#[derive(Default)]
struct Progress {
    new: usize,
    outcome: Outcome,
    /// Names whose mails the server refuses to move; the newest refusal.
    refused: Option<RemoteError>,
}

impl Folder<'_> {
    async fn take_in(&self, remote: &mut impl Remote) -> Result<usize, RoundError> {
        let store = &self.app.engine.store;
        let state = folder_state(self.app, &self.server.name, self.folder).await?;
        let look = remote.look(self.folder, state.bookmark.as_deref()).await?;
        let asked = state.in_question(&look);
        let known = store.known_uids(&self.server.name, self.folder, look.validity, &asked).await?;
        let known: BTreeSet<String> = known.into_iter().collect();
        // Stored before and still here: the connection broke in between, or the server refused to move them.
        let stored: Vec<String> = look.present.iter().filter(|uid| known.contains(*uid)).cloned().collect();
        let mut unknown: Vec<String> = look.present.iter().filter(|uid| !known.contains(*uid)).cloned().collect();
        // A mail at which the connection broke comes after all others, so that it holds up none of them.
        unknown.sort_by_cached_key(|uid| self.server.tries(&self.place(&look, uid)));
        let mut progress = Progress { outcome: Outcome { known, ..Outcome::default() }, ..Progress::default() };
        self.set_aside(remote, &stored, &mut progress).await?;
        let mut rest = unknown.as_slice();
        while !rest.is_empty() {
            rest = self.batch(remote, &look, rest, &mut progress).await?;
        }
        let now = self.app.engine.ambient.now();
        let state = state.after(&look, progress.outcome, now);
        let text = serde_json::to_string(&state).expect("numbers and texts are JSON");
        store.set_note(&format!("mailbox:{}:{}", self.server.name, self.folder), &text).await?;
        if let Some(error) = progress.refused {
            tracing::warn!(error = %error, mailbox = %self.server.name, "mails are stored and stay where they are for now");
        }
        Ok(progress.new)
    }

    fn place(&self, look: &Look, uid: &str) -> Place {
        (self.folder.to_owned(), look.validity, uid.to_owned())
    }

    /// Fetches, stores and sets aside as many of `uids` as go into one commit; gives back the others.
    async fn batch<'u>(
        &self,
        remote: &mut impl Remote,
        look: &Look,
        uids: &'u [String],
        progress: &mut Progress,
    ) -> Result<&'u [String], RoundError> {
        let (mut arrivals, mut bytes, mut used) = (Vec::new(), 0, 0);
        let mut broken = None;
        for uid in uids {
            if arrivals.len() == ARRIVALS_MAX || bytes >= ARRIVALS_BYTES_MAX {
                break;
            }
            used += 1;
            let place = self.place(look, uid);
            if self.server.tries(&place) >= TRIES_MAX {
                progress.outcome.unreadable.push(uid.clone());
                continue;
            }
            self.server.begin(&place);
            match remote.fetch(uid, STORED_BYTES_MAX).await {
                Ok(Some(mail)) => {
                    bytes += mail.raw.len() as u64;
                    arrivals.push(self.arrival(self.folder, look.validity, uid, mail));
                }
                // Taken out by a person since the look. The next look tells.
                Ok(None) => {}
                Err(RemoteError::Unreadable { said }) => {
                    tracing::warn!(said, uid, mailbox = %self.server.name, "a mail cannot be fetched and will be tried again");
                    progress.outcome.unreadable.push(uid.clone());
                }
                Err(error) => {
                    // A pause the server asks for says nothing about this mail.
                    if matches!(error, RemoteError::Busy { .. }) {
                        self.server.finish(&place);
                    }
                    broken = Some(error);
                    break;
                }
            }
            self.server.finish(&place);
        }
        let stored: Vec<String> = arrivals.iter().map(|arrival| arrival.uid.clone()).collect();
        // What was fetched is stored also when the connection broke after it.
        progress.new += self.store(arrivals).await?;
        if let Some(error) = broken {
            return Err(error.into());
        }
        progress.outcome.known.extend(stored.iter().cloned());
        self.set_aside(remote, &stored, progress).await?;
        Ok(&uids[used..])
    }

    async fn store(&self, arrivals: Vec<Arrival>) -> Result<usize, RoundError> {
        if arrivals.is_empty() {
            return Ok(0);
        }
        let taken = self.app.engine.store.take_in(arrivals, &self.app.engine.ambient).await?;
        Ok(taken.iter().filter(|one| one.fate != Fate::SameSlot).count())
    }

    fn arrival(&self, mailbox: &str, uid_validity: i64, uid: &str, mail: Fetched) -> Arrival {
        let ambient = &self.app.engine.ambient;
        Arrival {
            account: self.server.name.clone(),
            mailbox: mailbox.to_owned(),
            uid_validity,
            uid: uid.to_owned(),
            received_at: ambient.received_at(mail.received_at.unwrap_or(Instant::MAX)),
            raw: mail.raw,
            bytes_total: mail.bytes_total,
        }
    }

    /// Moves what is stored out of the way. A refusal is kept for `check`; the mails stay, and are known.
    async fn set_aside(&self, remote: &mut impl Remote, stored: &[String], progress: &mut Progress) -> Result<(), RoundError> {
        if stored.is_empty() || self.app.settings.mail.mode == Mode::Observe {
            return Ok(());
        }
        let target = &self.server.folders().processed;
        let doubt = match remote.set_aside(stored, target).await {
            Ok(doubt) => doubt,
            Err(error @ RemoteError::Refused { .. }) => {
                progress.outcome.lingering += stored.len() as u64;
                progress.refused = Some(error);
                return Ok(());
            }
            Err(error) => return Err(error.into()),
        };
        let Some(doubt) = doubt else { return Ok(()) };
        tracing::warn!(mailbox = %self.server.name, "the folder got new numbers while mails were moved; what was moved is stored again");
        for uid in doubt.uids {
            if let Some(mail) = remote.fetch(&uid, STORED_BYTES_MAX).await? {
                progress.new += self.store(vec![self.arrival(target, doubt.validity, &uid, mail)]).await?;
            }
        }
        // The look at the folder means nothing any more: the next one begins anew.
        Err(RemoteError::Lost { doing: "move mails", cause: std::io::Error::other("the folder got new numbers") }.into())
    }
}
