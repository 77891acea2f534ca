//! `check` of the mailboxes: can each be read, and what is missing between the server, the ledger and the store.

use std::path::Path;

use crate::cli::print;
use crate::cli::report::{Finding, Findings};
use crate::config::{Mailbox, MailboxKind, Mode, nearest};
use crate::daemon::app::App;
use crate::daemon::remote::{Server, Way, account_state, connect_imap, folder_state};
use crate::domain::time::Instant;
use crate::mailbox::graph::Graph;
use crate::mailbox::imap::Imap;
use crate::mailbox::maildir::Maildir;
use crate::mailbox::state::{AccountState, FolderState};
use crate::mailbox::{Remote, RemoteError};
use crate::store::StoreError;

/// A mailbox that nobody could look at for so long is a fault.
const SILENT_SECONDS: i64 = 15 * 60;
/// A stored mail that its server does not move for so long is told.
const LINGERING_SECONDS: i64 = 60 * 60;

/// Whether the folder of a Maildir is there; nothing of a mailbox on a server. Makes nothing.
#[must_use]
pub fn about_folder_of(mailbox: &Mailbox) -> Option<Finding> {
    let MailboxKind::Maildir { path } = &mailbox.kind else { return None };
    let shown = format!("{}: {}", mailbox.name, path.display());
    if Maildir::is_there(path) {
        return Some(Finding::ok("mailbox", shown));
    }
    if path.exists() {
        let fix = "name the folder that holds `new`, `cur` and `tmp` as `path`, or let `focus-family init` make them there";
        return Some(Finding::failed("mailbox", format!("{shown} is no Maildir: it does not hold `new`, `cur` and `tmp`"), fix));
    }
    let near = beside(path).map(|near| format!("did you mean `{near}` as `path`? ")).unwrap_or_default();
    let fix = format!(
        "{near}Put `path` right, or make the mailbox: `focus-family init`, or `mkdir -p -m 700 {}/{{new,cur,tmp}}`",
        path.display()
    );
    Some(Finding::failed("mailbox", format!("{shown} is not there; nothing is taken in from it"), fix))
}

/// The folder beside `path` whose name is most like it.
fn beside(path: &Path) -> Option<String> {
    let wanted = path.file_name()?.to_string_lossy().into_owned();
    let folders = std::fs::read_dir(path.parent()?).ok()?.filter_map(Result::ok).filter(|entry| entry.path().is_dir());
    let names: Vec<String> = folders.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    nearest(&wanted, names.iter().map(String::as_str)).map(|near| path.with_file_name(near).display().to_string())
}

/// Everything about mailboxes on servers, and whether every mail that came is accounted for.
pub async fn check(app: &App, findings: &mut Findings) {
    match app.engine.store.balance(None).await {
        Ok(balance) => findings.checks.push(Finding::ok("mails", format!("ever: {balance}"))),
        Err(error) => findings.checks.push(Finding::failed("mails", error.to_string(), "look at the store")),
    }
    for server in &app.servers {
        match reached(app, server).await {
            Ok(says) => findings.checks.push(Finding::ok("mailbox", format!("{}: {says}", server.name))),
            Err(error) => {
                let fix = fix(&error);
                let says = format!("{}: {:#}", server.name, anyhow::Error::new(error));
                findings.checks.push(Finding::failed("mailbox", says, fix));
            }
        }
        if let Err(error) = remembered(app, server, findings).await {
            findings.checks.push(Finding::failed("mailbox", error.to_string(), "look at the store"));
        }
    }
}

/// What a connection of now finds.
async fn reached(app: &App, server: &Server) -> Result<String, RemoteError> {
    match &server.way {
        Way::Imap(settings) => {
            let mut imap = connect_imap(settings, &app.engine.ambient, server.patience).await?;
            let found = imap_folders(app, server, &mut imap).await;
            imap.leave().await;
            found
        }
        Way::Graph(settings) => {
            let mut graph = Graph::new(settings.clone(), app.engine.ambient.clone(), server.patience)?;
            folders(server, &mut graph).await
        }
    }
}

async fn imap_folders(app: &App, server: &Server, imap: &mut Imap) -> Result<String, RemoteError> {
    let counts = folders(server, imap).await?;
    let then = match app.settings.mail.mode {
        Mode::Observe => "nothing is moved while observing",
        Mode::Live => imap.way_aside(),
    };
    Ok(format!("{counts}; stored mails: {then}"))
}

async fn folders(server: &Server, remote: &mut impl Remote) -> Result<String, RemoteError> {
    let watched = server.folders();
    let mut told = Vec::new();
    for folder in watched.watched.iter().chain(&watched.junk) {
        let count = remote.glance(folder).await?.count;
        told.push(format!("{folder} holds {}", print::count(usize::try_from(count).unwrap_or(usize::MAX), "mail")));
    }
    Ok(told.join(", "))
}

fn fix(error: &RemoteError) -> &'static str {
    match error {
        RemoteError::Connect(_) => "put right host, port, tls or ca_file of the mailbox, or let the firewall pass it",
        RemoteError::SignIn { .. } => {
            "put right the user name and the file with the secret; Microsoft: does the registration have the right, and for this mailbox?"
        }
        RemoteError::File { .. } => "write the file, readable for the program's user only",
        RemoteError::Busy { .. } => "wait; the daemon comes back by itself",
        RemoteError::Refused { .. } => "do the folders of the settings exist, spelled so, and may this user open them?",
        RemoteError::Lost { .. } | RemoteError::Unreadable { .. } => "try again; when it stays, look at the mail server",
    }
}

/// What the daemon noted at its looks.
async fn remembered(app: &App, server: &Server, findings: &mut Findings) -> Result<(), StoreError> {
    let now = app.engine.ambient.now();
    let account = account_state(app, &server.name).await?;
    about_account(&server.name, &account, now, findings);
    for folder in &server.folders().watched {
        let state = folder_state(app, &server.name, folder).await?;
        about_folder(&format!("{}/{folder}", server.name), &state, now, findings);
    }
    Ok(())
}

fn about_account(name: &str, account: &AccountState, now: Instant, findings: &mut Findings) {
    let silent = account.looked_at.filter(|at| now.duration_since(*at).as_secs() > SILENT_SECONDS);
    if let Some(at) = silent {
        let why = account.failure.as_deref().unwrap_or("the daemon does not run");
        let says = format!("{name}: not looked at since {at:.0}: {why}");
        findings.checks.push(Finding::failed("mailbox", says, "is `focus-family serve` running? then put right what is named"));
    }
    if let Some(junk) = account.junk {
        let says = format!("{name}: the junk folder holds {} since {:.0}", mails(junk.count), junk.at);
        let fix = "look in Outlook whether a nomination is among them, and move it to the inbox";
        findings.checks.push(Finding::warning("mailbox", says, fix));
    }
}

fn about_folder(name: &str, state: &FolderState, now: Instant, findings: &mut Findings) {
    let mut warn = |says, fix: &str| findings.checks.push(Finding::warning("mailbox", says, fix));
    if let Some(newest) = state.missed.last() {
        let says = format!(
            "{name}: {} gone before they could be taken in, the newest noticed {:.0} (UID {})",
            were(state.missed_total),
            newest.noticed_at,
            newest.uid
        );
        warn(says, "ask who works in the mailbox: a mail that was moved away is taken in when it is moved back");
    }
    if !state.unreadable.is_empty() {
        let says =
            format!("{name}: {} cannot be fetched (UID {})", mails(state.unreadable.len() as u64), state.unreadable.join(", "));
        warn(says, "open them in Outlook, save each as .eml and take it in with `mail import`");
    }
    if let Some(lingering) = state.lingering.filter(|since| now.duration_since(since.at).as_secs() > LINGERING_SECONDS) {
        let says = format!("{name}: {} stored and not moved since {:.0}", mails(lingering.count), lingering.at);
        warn(says, "is the mailbox full, or may its user not move mails? they are safe in the store");
    }
    if state.renumbered > 0 {
        let says = format!("{name}: the server gave all mails new numbers, {}", print::count(state.renumbered as usize, "time"));
        warn(says, "nothing to do: the bytes tell which mails were there before; a mail removed just then is not noticed");
    }
}

fn mails(count: u64) -> String {
    print::count(usize::try_from(count).unwrap_or(usize::MAX), "mail")
}

fn were(count: u64) -> String {
    format!("{} {}", mails(count), if count == 1 { "was" } else { "were" })
}
