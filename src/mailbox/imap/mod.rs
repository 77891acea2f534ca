//! A mailbox on an IMAP server (RFC 3501), used by people at the same time.
//!
//! Mails are named by UIDVALIDITY and UID alone: sequence numbers shift under us, flags are what colleagues click, and dates are
//! what senders claim. Nothing is ever removed but a mail that stands in the target folder as well: `MOVE` (RFC 6851) where the server
//! has it, otherwise a copy, the mark `\Deleted` and `UID EXPUNGE` (RFC 4315). Where neither is offered the marked mail stays: a bare
//! `EXPUNGE` would also remove what a colleague has marked. Start at [`Imap::connect`].

mod dial;
pub mod name;
pub mod sign_in;
pub mod wire;

use std::collections::HashSet;
use std::time::Duration;

use imap_proto::{AttributeValue, MailboxDatum, Response, ResponseCode, StatusAttribute};

use crate::config::ImapSettings;
use crate::domain::time::Instant;
use crate::mailbox::secure::Connection;
use crate::mailbox::{Doubt, Fetched, Glance, Look, Remote, RemoteError};
use name::quoted;
use wire::{Ended, Wire};

/// Bytes asked for at once: on a slow line a part still arrives within the patience.
const PART_BYTES: usize = 1 << 20;
/// Bytes kept of a mail that is too large: enough for its headers, so that a person sees what it is.
const HEAD_BYTES: usize = 64 << 10;
/// Bytes of two mails that are compared.
const COMPARED_BYTES_MAX: u64 = 128 << 20;
/// Names that vanished and are told one by one at most; a server may claim any number.
const VANISHED_MAX: u32 = 10_000;
/// Mails named in one command; some servers refuse long lines.
const NAMES_MAX: usize = 100;

/// A connection, signed in.
pub struct Imap {
    wire: Wire<Connection>,
    capabilities: HashSet<String>,
    opened: Option<Opened>,
    /// Mails that certainly have no copy in another folder by our hand: fetched on this connection and not yet set aside.
    fresh: HashSet<Named>,
    /// Copied and marked on this connection where the server cannot remove one mail alone.
    left_marked: HashSet<Named>,
}

/// Folder, UIDVALIDITY, UID.
type Named = (String, u32, u32);

/// The folder that is open.
#[derive(Debug, Clone)]
struct Opened {
    folder: String,
    validity: u32,
    uid_next: Option<u32>,
    count: u32,
}

impl Imap {
    /// Connects and signs in with `secret`: the password, or the access token. No exchange takes longer than `patience`.
    ///
    /// # Errors
    /// [`RemoteError::Connect`], [`RemoteError::SignIn`], [`RemoteError::Busy`] or [`RemoteError::Lost`].
    pub async fn connect(settings: &ImapSettings, secret: &str, patience: Duration) -> Result<Self, RemoteError> {
        let (wire, told) = dial::dial(settings, patience).await?;
        let mut imap = Self { wire, capabilities: told, opened: None, fresh: HashSet::new(), left_marked: HashSet::new() };
        if imap.capabilities.is_empty() {
            imap.learn_capabilities().await?;
        }
        sign_in::sign_in(&mut imap.wire, &imap.capabilities, settings, secret).await?;
        imap.learn_capabilities().await?;
        Ok(imap)
    }

    /// How mails are set aside here, for people.
    #[must_use]
    pub fn way_aside(&self) -> &'static str {
        match (self.has("MOVE"), self.has("UIDPLUS")) {
            (true, _) => "moved",
            (false, true) => "copied and removed one by one",
            (false, false) => "copied and marked as deleted, for the server cannot remove one mail alone",
        }
    }

    /// Says goodbye. The connection is closed either way.
    pub async fn leave(mut self) {
        // How the farewell goes changes nothing.
        drop(self.wire.exchange("leave", "LOGOUT", |_| {}).await);
    }

    fn has(&self, capability: &str) -> bool {
        self.capabilities.contains(capability)
    }

    async fn learn_capabilities(&mut self) -> Result<(), RemoteError> {
        let mut found = HashSet::new();
        let take = |response: &Response<'_>| found.extend(wire::capabilities(response).unwrap_or_default());
        let ended = self.wire.exchange("ask what the server can do", "CAPABILITY", take).await?;
        self.capabilities = found;
        done("ask what the server can do", ended)
    }

    /// Opens a folder anew: its numbers are then those of now. A refused opening leaves none open.
    async fn open(&mut self, verb: &str, folder: &str) -> Result<Opened, RemoteError> {
        const DOING: &str = "open a folder";
        self.opened = None;
        let (mut validity, mut uid_next, mut count) = (None, None, 0);
        let take = |response: &Response<'_>| match response {
            Response::Data { outcome, .. } => match outcome.code {
                Some(ResponseCode::UidValidity(number)) => validity = Some(number),
                Some(ResponseCode::UidNext(number)) => uid_next = Some(number),
                Some(_) | None => {}
            },
            Response::MailboxData(MailboxDatum::Exists(number)) => count = *number,
            _ => {}
        };
        let ended = self.wire.exchange(DOING, &format!("{verb} {}", quoted(folder)), take).await?;
        done(DOING, ended)?;
        let Some(validity) = validity else {
            return Err(RemoteError::Refused { doing: DOING, said: "it has no UIDVALIDITY".to_owned() });
        };
        let opened = Opened { folder: folder.to_owned(), validity, uid_next, count };
        self.opened = Some(opened.clone());
        Ok(opened)
    }

    /// Numbers found by `criteria` in the open folder, ascending.
    async fn search(&mut self, criteria: &str) -> Result<Vec<u32>, RemoteError> {
        const DOING: &str = "list a folder";
        let mut found: Option<Vec<u32>> = None;
        let take = |response: &Response<'_>| {
            if let Response::MailboxData(MailboxDatum::Search(numbers)) = response {
                found.get_or_insert_default().extend(numbers);
            }
        };
        let ended = self.wire.exchange(DOING, &format!("UID SEARCH {criteria}"), take).await?;
        done(DOING, ended)?;
        // No answer at all is not the answer that nothing was found.
        let missing = || std::io::Error::new(std::io::ErrorKind::InvalidData, "the server did not answer the search");
        let mut found = found.ok_or_else(|| RemoteError::Lost { doing: DOING, cause: missing() })?;
        found.sort_unstable();
        found.dedup();
        Ok(found)
    }

    /// Bytes of a mail from `offset` on, with what else `items` asks.
    async fn part(&mut self, uid: u32, offset: usize, items: &str) -> Result<Option<Part>, RemoteError> {
        const DOING: &str = "fetch a mail";
        let mut part: Option<Part> = None;
        let take = |response: &Response<'_>| {
            let Response::Fetch(_, values) = response else { return };
            if !values.contains(&AttributeValue::Uid(uid)) {
                return;
            }
            let part = part.get_or_insert_default();
            for value in values {
                match value {
                    AttributeValue::BodySection { section: None, data, .. } => {
                        part.bytes = data.as_ref().map(|data| data.to_vec())
                    }
                    AttributeValue::Rfc822Size(size) => part.claimed = Some(u64::from(*size)),
                    AttributeValue::InternalDate(text) => part.received_at = internal_date(text),
                    _ => {}
                }
            }
        };
        let command = format!("UID FETCH {uid} (UID {items}BODY.PEEK[]<{offset}.{PART_BYTES}>)");
        match self.wire.exchange(DOING, &command, take).await? {
            Ended::Ok => Ok(part.filter(|part| part.bytes.is_some() || part.claimed.is_some())),
            Ended::Refused { said } => match refusal(DOING, said) {
                RemoteError::Refused { said, .. } => Err(RemoteError::Unreadable { said }),
                other => Err(other),
            },
        }
    }

    async fn command(&mut self, doing: &'static str, command: &str) -> Result<(), RemoteError> {
        let ended = self.wire.exchange(doing, command, |_| {}).await?;
        done(doing, ended)
    }

    /// The numbers of `target`, which is made when it is not there; another folder stays open.
    async fn target(&mut self, target: &str) -> Result<(u32, u32), RemoteError> {
        match self.status(target).await {
            Err(RemoteError::Refused { .. }) => {
                self.command("make a folder", &format!("CREATE {}", quoted(target))).await?;
                self.status(target).await
            }
            other => other,
        }
    }

    async fn status(&mut self, folder: &str) -> Result<(u32, u32), RemoteError> {
        const DOING: &str = "ask for the numbers of a folder";
        let (mut validity, mut uid_next) = (None, None);
        let take = |response: &Response<'_>| {
            if let Response::MailboxData(MailboxDatum::Status { status, .. }) = response {
                for attribute in status {
                    match attribute {
                        StatusAttribute::UidValidity(number) => validity = Some(*number),
                        StatusAttribute::UidNext(number) => uid_next = Some(*number),
                        _ => {}
                    }
                }
            }
        };
        let command = format!("STATUS {} (UIDVALIDITY UIDNEXT)", quoted(folder));
        let ended = self.wire.exchange(DOING, &command, take).await?;
        done(DOING, ended)?;
        let silent = || std::io::Error::new(std::io::ErrorKind::InvalidData, "the server did not answer");
        validity.zip(uid_next).ok_or_else(|| RemoteError::Lost { doing: DOING, cause: silent() })
    }

    /// After the open folder turned out to have new numbers: what came into `target` since it had these.
    async fn doubt(&mut self, target: &str, (validity, uid_next): (u32, u32)) -> Result<Doubt, RemoteError> {
        let opened = self.open("EXAMINE", target).await?;
        let from = if opened.validity == validity { uid_next } else { 1 };
        // `n:*` always names the last mail, also when its number is below n.
        let found = self.search(&format!("UID {from}:*")).await?;
        let uids = found.into_iter().filter(|uid| *uid >= from).map(|uid| uid.to_string()).collect();
        Ok(Doubt { validity: i64::from(opened.validity), uids })
    }

    /// Which of `uids` stand in `target` already, byte by byte: a connection broke between a copy and the removal.
    async fn copied_before(&mut self, folder: &str, uids: &[u32], target: &str) -> Result<Vec<u32>, RemoteError> {
        let mut copied = Vec::new();
        for uid in uids {
            let claimed = self.part(*uid, 0, "RFC822.SIZE ").await?.and_then(|part| part.claimed);
            let Some((claimed, mail)) = claimed.zip(self.read(*uid, COMPARED_BYTES_MAX).await?) else { continue };
            match self.open("EXAMINE", target).await {
                Ok(_) => {}
                Err(RemoteError::Refused { .. }) => break,
                Err(other) => return Err(other),
            }
            // Servers count sizes each in its own way, but in the same way for both.
            let same_size = format!("LARGER {} SMALLER {}", claimed.saturating_sub(1), claimed + 1);
            for candidate in self.search(&same_size).await? {
                if self.read(candidate, COMPARED_BYTES_MAX).await?.is_some_and(|there| there.raw == mail.raw) {
                    copied.push(*uid);
                    break;
                }
            }
            self.open("SELECT", folder).await?;
        }
        self.open("SELECT", folder).await?;
        Ok(copied)
    }

    async fn copy_and_remove(&mut self, looked: &Opened, uids: &[u32], target: &str) -> Result<(), RemoteError> {
        let named = |uid: &u32| (looked.folder.clone(), looked.validity, *uid);
        let old: Vec<u32> = uids.iter().copied().filter(|uid| !self.fresh.contains(&named(uid))).collect();
        let copied = if old.is_empty() { Vec::new() } else { self.copied_before(&looked.folder, &old, target).await? };
        let missing: Vec<u32> = uids.iter().copied().filter(|uid| !copied.contains(uid)).collect();
        if !missing.is_empty() {
            let command = format!("UID COPY {} {}", set(&missing), quoted(target));
            // Even when the answer is lost there may be copies now.
            self.fresh.retain(|(folder, validity, uid)| {
                (folder, *validity) != (&looked.folder, looked.validity) || !missing.contains(uid)
            });
            self.command("copy mails", &command).await?;
        }
        self.command("mark copied mails", &format!("UID STORE {} +FLAGS.SILENT (\\Deleted)", set(uids))).await?;
        if self.has("UIDPLUS") {
            self.command("remove copied mails", &format!("UID EXPUNGE {}", set(uids))).await?;
        } else {
            self.left_marked.extend(uids.iter().map(named));
        }
        Ok(())
    }

    /// One mail of the open folder, part by part.
    async fn read(&mut self, uid: u32, bytes_max: u64) -> Result<Option<Fetched>, RemoteError> {
        let first = match self.part(uid, 0, "INTERNALDATE RFC822.SIZE ").await? {
            Some(first) => first,
            // Gone, or an odd date or size that spoils the whole answer.
            None => match self.part(uid, 0, "").await? {
                Some(first) => first,
                None if self.search(&format!("UID {uid}")).await?.contains(&uid) => return Err(unreadable("no answer")),
                None => return Ok(None),
            },
        };
        let claimed = first.claimed.unwrap_or(0);
        let mut raw = first.bytes.unwrap_or_default();
        if raw.is_empty() && claimed > 0 {
            return Err(unreadable("an empty answer"));
        }
        // What the server claims decides nothing: a mail ends where the server has no more of it. A part that is shorter than asked for is
        // the last one only when the claim agrees; else it is asked on until there is none.
        let mut part_bytes = raw.len();
        while part_bytes >= PART_BYTES || (part_bytes > 0 && claimed > raw.len() as u64) {
            if part_bytes > PART_BYTES {
                return Err(unreadable("more than was asked for"));
            }
            if claimed.max(raw.len() as u64) > bytes_max {
                break;
            }
            let Some(next) = self.part(uid, raw.len(), "").await? else {
                // Behind the end some servers say nothing at all.
                if part_bytes < PART_BYTES {
                    break;
                }
                return Ok(None);
            };
            let bytes = next.bytes.unwrap_or_default();
            part_bytes = bytes.len();
            raw.extend(bytes);
        }
        let too_large = part_bytes >= PART_BYTES || raw.len() as u64 > bytes_max;
        let bytes_total = if too_large { claimed.max(raw.len() as u64) } else { raw.len() as u64 };
        if too_large {
            raw.truncate(HEAD_BYTES);
        }
        Ok(Some(Fetched { received_at: first.received_at, raw, bytes_total }))
    }
}

impl Remote for Imap {
    async fn look(&mut self, folder: &str, bookmark: Option<&str>) -> Result<Look, RemoteError> {
        // Opened again each time: that is how the server tells what its numbers are now.
        let opened = self.open("SELECT", folder).await?;
        let present = if opened.count == 0 { Vec::new() } else { self.search("ALL").await? };
        let uid_next = opened.uid_next.unwrap_or_else(|| present.last().map_or(1, |last| last.saturating_add(1)));
        let before = bookmark.and_then(|text| {
            let (validity, uid_next) = text.split_once(' ')?;
            Some((validity.parse::<u32>().ok()?, uid_next.parse::<u32>().ok()?))
        });
        let first = match before {
            Some((validity, next)) if validity == opened.validity => next.max(uid_next.saturating_sub(VANISHED_MAX)),
            Some(_) | None => uid_next,
        };
        let vanished = (first..uid_next).filter(|uid| present.binary_search(uid).is_err()).map(|uid| uid.to_string()).collect();
        Ok(Look {
            validity: i64::from(opened.validity),
            present: present.iter().map(u32::to_string).collect(),
            vanished,
            bookmark: format!("{} {uid_next}", opened.validity),
        })
    }

    async fn fetch(&mut self, uid: &str, bytes_max: u64) -> Result<Option<Fetched>, RemoteError> {
        let Ok(uid) = uid.parse::<u32>() else { return Ok(None) };
        let fetched = self.read(uid, bytes_max).await?;
        if let Some(opened) = &self.opened {
            self.fresh.insert((opened.folder.clone(), opened.validity, uid));
        }
        Ok(fetched)
    }

    async fn set_aside(&mut self, uids: &[String], target: &str) -> Result<Option<Doubt>, RemoteError> {
        let Some(looked) = self.opened.clone() else { return Ok(None) };
        let left = |uid: &u32| self.left_marked.contains(&(looked.folder.clone(), looked.validity, *uid));
        let numbers: Vec<u32> = uids.iter().filter_map(|uid| uid.parse().ok()).filter(|uid| !left(uid)).collect();
        for numbers in numbers.chunks(NAMES_MAX) {
            let before = self.target(target).await?;
            // Opened again: had the folder got new numbers since the look, these would name mails that nobody has stored.
            if self.open("SELECT", &looked.folder).await?.validity != looked.validity {
                return Ok(None);
            }
            if self.has("MOVE") {
                self.command("move mails", &format!("UID MOVE {} {}", set(numbers), quoted(target))).await?;
            } else {
                self.copy_and_remove(&looked, numbers, target).await?;
            }
            // And once more: no server may give new numbers within a session, and some have.
            if self.open("SELECT", &looked.folder).await?.validity != looked.validity {
                return self.doubt(target, before).await.map(Some);
            }
        }
        Ok(None)
    }

    async fn glance(&mut self, folder: &str) -> Result<Glance, RemoteError> {
        let opened = self.open("EXAMINE", folder).await?;
        Ok(Glance { count: u64::from(opened.count) })
    }

    async fn wait(&mut self, folder: &str, seconds: u64) -> Result<(), RemoteError> {
        const DOING: &str = "wait for mail";
        let pause = Duration::from_secs(seconds);
        if !self.has("IDLE") {
            tokio::time::sleep(pause).await;
            return Ok(());
        }
        if self.opened.as_ref().is_none_or(|opened| opened.folder != folder) {
            self.open("SELECT", folder).await?;
        }
        let tag = self.wire.start(DOING, "IDLE").await?;
        let mut news = false;
        loop {
            let answer = self.wire.next(DOING).await?;
            if answer.starts_with(b"+") {
                break;
            }
            if answer.starts_with(tag.as_bytes()) {
                return Err(RemoteError::Refused { doing: DOING, said: wire::said(&answer[tag.len()..]) });
            }
            news |= tells_of_mail(&answer);
        }
        // The wait itself: RFC 2177 asks to come back within 29 minutes, and a poll follows it anyway.
        let heard = async {
            while !news {
                news = tells_of_mail(&self.wire.answer().await?);
            }
            Ok(())
        };
        if let Ok(ended) = tokio::time::timeout(pause, heard).await {
            ended.map_err(|cause| RemoteError::Lost { doing: DOING, cause })?;
        }
        self.wire.line(DOING, "DONE").await?;
        while !self.wire.next(DOING).await?.starts_with(tag.as_bytes()) {}
        Ok(())
    }
}

/// What one `FETCH` brought.
#[derive(Default)]
struct Part {
    bytes: Option<Vec<u8>>,
    claimed: Option<u64>,
    received_at: Option<Instant>,
}

fn unreadable(said: &str) -> RemoteError {
    RemoteError::Unreadable { said: said.to_owned() }
}

fn done(doing: &'static str, ended: Ended) -> Result<(), RemoteError> {
    match ended {
        Ended::Ok => Ok(()),
        Ended::Refused { said } => Err(refusal(doing, said)),
    }
}

/// A refusal that asks for a pause is no refusal: Exchange says `BAD Request is throttled. Suggested Backoff Time: 92415 milliseconds`.
fn refusal(doing: &'static str, said: String) -> RemoteError {
    const OTHERWISE_SECONDS: u64 = 60;
    let upper = said.to_ascii_uppercase();
    if !["THROTTLE", "[UNAVAILABLE]", "[INUSE]", "BACKOFF"].iter().any(|word| upper.contains(word)) {
        return RemoteError::Refused { doing, said };
    }
    let number = upper.split_once("BACKOFF TIME:").and_then(|(_, rest)| rest.split_whitespace().next()?.parse::<u64>().ok());
    RemoteError::Busy { seconds: number.map_or(OTHERWISE_SECONDS, |milliseconds| milliseconds.div_ceil(1000)).min(3600) }
}

/// `* 7 EXISTS`.
fn tells_of_mail(answer: &[u8]) -> bool {
    matches!(Response::parse(answer), Ok((_, Response::MailboxData(MailboxDatum::Exists(_)))))
}

/// `17-Jul-1996 02:44:25 -0700`; a day below ten may stand behind a space.
fn internal_date(text: &str) -> Option<Instant> {
    let parsed = jiff::fmt::strtime::parse("%d-%b-%Y %H:%M:%S %z", text.trim()).ok()?;
    parsed.to_timestamp().ok()
}

/// `4,7:9` for ascending numbers.
fn set(uids: &[u32]) -> String {
    let mut runs: Vec<(u32, u32)> = Vec::new();
    for &uid in uids {
        match runs.last_mut() {
            Some((_, last)) if *last + 1 == uid => *last = uid,
            Some(_) | None => runs.push((uid, uid)),
        }
    }
    let text = |&(first, last): &(u32, u32)| if first == last { first.to_string() } else { format!("{first}:{last}") };
    runs.iter().map(text).collect::<Vec<_>>().join(",")
}
