//! A mailbox at Microsoft 365, by Microsoft Graph: for councils that have switched IMAP off. The program signs in as itself, without
//! a user, and an administrator has limited it to this one mailbox.
//!
//! Mails are named by immutable ids, which stay the same when a mail is moved within the mailbox
//! (<https://learn.microsoft.com/graph/outlook-immutable-id>). What changed is asked with delta queries
//! (<https://learn.microsoft.com/graph/api/message-delta>), bytes come as they were received
//! (<https://learn.microsoft.com/graph/outlook-get-mime-message>). Every connection begins with a whole list, so that a lost
//! bookmark loses no mail.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use hyper::{Method, StatusCode};
use serde::Deserialize;

use super::http::{Answer, Ask, Http};
use super::token::{Tokens, escaped};
use super::{Doubt, Fetched, Glance, Look, Remote, RemoteError, traceable};
use crate::ambient::Ambient;
use crate::config::GraphSettings;
use crate::domain::time::Instant;

/// Bytes of one page of a list.
const PAGE_BYTES_MAX: u64 = 8 << 20;
/// Bytes kept of a mail that is too large.
const HEAD_BYTES: usize = 64 << 10;
/// Pages of one list; a server may say for ever that there is another.
const PAGES_MAX: u32 = 10_000;
/// What is attempted when a letter is handed over: only then it may have arrived although the answer is lost.
pub const SENDING: &str = "send a letter";
/// What may be done with the token.
const SCOPE: &str = "https://graph.microsoft.com/.default";
/// Folders that have a name of their own in every language.
const WELL_KNOWN: &[&str] = &["inbox", "junkemail", "archive", "deleteditems", "sentitems", "drafts"];

/// A mailbox, asked when needed.
pub struct Graph {
    settings: GraphSettings,
    ambient: Ambient,
    tokens: Tokens,
    http: Http,
    /// Ids of folders by their names in the settings.
    folders: HashMap<String, String>,
    listed: HashMap<String, Listed>,
    opened: String,
}

/// What is known of a folder since this connection began.
#[derive(Default)]
struct Listed {
    /// Ids, and when each was received.
    present: BTreeMap<String, Option<Instant>>,
    /// Where to ask for what changed since.
    delta: String,
}

/// What one round of a delta query says.
#[derive(Default)]
struct Changes {
    there: Vec<(String, Option<Instant>)>,
    removed: Vec<String>,
    delta: String,
}

#[derive(Deserialize)]
struct Page {
    value: Vec<Item>,
    #[serde(rename = "@odata.nextLink")]
    next: Option<String>,
    #[serde(rename = "@odata.deltaLink")]
    delta: Option<String>,
}

#[derive(Deserialize)]
struct Item {
    id: String,
    #[serde(rename = "receivedDateTime")]
    received: Option<String>,
    #[serde(rename = "@removed")]
    removed: Option<serde_json::Value>,
}

#[derive(Deserialize)]
struct Named {
    id: String,
}

#[derive(Deserialize)]
struct Found {
    value: Vec<Named>,
}

#[derive(Deserialize)]
struct Counted {
    #[serde(rename = "totalItemCount")]
    count: u64,
}

impl Graph {
    /// A mailbox; nothing is asked yet. No exchange takes longer than `patience`.
    ///
    /// # Errors
    /// [`RemoteError::Connect`] when the settings name no address.
    pub fn new(settings: GraphSettings, ambient: Ambient, patience: Duration) -> Result<Self, RemoteError> {
        let tokens = Tokens::new(settings.registration.clone(), SCOPE, patience)?;
        let http = Http::new(&settings.endpoint, settings.registration.ca_file.clone(), patience)?;
        Ok(Self { settings, ambient, tokens, http, folders: HashMap::new(), listed: HashMap::new(), opened: String::new() })
    }

    /// Gets a token and does nothing with it.
    ///
    /// # Errors
    /// [`RemoteError`]: why there is none.
    pub async fn sign_in(&mut self) -> Result<(), RemoteError> {
        self.tokens.bearer(&self.ambient).await.map(drop)
    }

    /// Sends a finished mail (<https://learn.microsoft.com/graph/api/user-sendmail>). Its recipients are those of its headers.
    ///
    /// # Errors
    /// [`RemoteError::Lost`] when nobody can tell whether it was sent; any other: it was not.
    pub async fn send(&mut self, mime: &[u8]) -> Result<(), RemoteError> {
        use base64::Engine as _;
        let body = base64::engine::general_purpose::STANDARD.encode(mime).into_bytes();
        // One that was left open may be gone without our knowing: then nobody could tell whether the letter arrived.
        self.http.hang_up();
        let answer = self.ask(SENDING, Method::POST, &self.path("sendMail"), Some(("text/plain", body)), 64 << 10).await?;
        expect(SENDING, &answer)
    }

    fn path(&self, rest: &str) -> String {
        format!("/v1.0/users/{}/{rest}", escaped(&self.settings.user))
    }

    async fn ask(
        &mut self,
        doing: &'static str,
        method: Method,
        path: &str,
        body: Option<(&'static str, Vec<u8>)>,
        bytes_max: u64,
    ) -> Result<Answer, RemoteError> {
        let token = self.tokens.bearer(&self.ambient).await?;
        let headers = vec![
            ("authorization", format!("Bearer {token}")),
            ("prefer", "IdType=\"ImmutableId\", odata.maxpagesize=200".to_owned()),
        ];
        let ask = Ask { method, path: path.to_owned(), headers, body, bytes_max };
        let answer = self.http.ask(doing, &ask).await?;
        // A gateway that gave up waiting for Exchange does not know whether that has sent the letter.
        let in_doubt = doing == SENDING && answer.status == StatusCode::GATEWAY_TIMEOUT;
        if let Some(busy) = busy(&answer).filter(|_| !in_doubt) {
            return Err(busy);
        }
        match answer.status {
            StatusCode::UNAUTHORIZED => {
                self.tokens.forget();
                Err(RemoteError::SignIn { said: reason(&answer) })
            }
            StatusCode::FORBIDDEN => Err(RemoteError::SignIn { said: reason(&answer) }),
            status if status.is_server_error() => {
                Err(RemoteError::Lost { doing, cause: std::io::Error::other(format!("HTTP {}", status.as_u16())) })
            }
            _ => Ok(answer),
        }
    }

    /// The id of a folder; none when there is no such folder at the top of the mailbox.
    async fn find(&mut self, folder: &str) -> Result<Option<String>, RemoteError> {
        const DOING: &str = "find a folder";
        let lower = folder.to_ascii_lowercase();
        if WELL_KNOWN.contains(&lower.as_str()) {
            return Ok(Some(lower));
        }
        if let Some(id) = self.folders.get(folder) {
            return Ok(Some(id.clone()));
        }
        let filter = escaped(&format!("displayName eq '{}'", folder.replace('\'', "''")));
        let path = self.path(&format!("mailFolders?$filter={filter}&$select=id"));
        let answer = self.ask(DOING, Method::GET, &path, None, PAGE_BYTES_MAX).await?;
        expect(DOING, &answer)?;
        let found: Found = parsed(DOING, &answer)?;
        let Some(first) = found.value.into_iter().next() else { return Ok(None) };
        self.folders.insert(folder.to_owned(), first.id.clone());
        Ok(Some(first.id))
    }

    async fn existing(&mut self, folder: &str) -> Result<String, RemoteError> {
        let missing = || RemoteError::Refused { doing: "open a folder", said: format!("there is no folder `{folder}`") };
        self.find(folder).await?.ok_or_else(missing)
    }

    async fn made(&mut self, folder: &str) -> Result<String, RemoteError> {
        const DOING: &str = "make a folder";
        if let Some(id) = self.find(folder).await? {
            return Ok(id);
        }
        let body = serde_json::json!({"displayName": folder}).to_string().into_bytes();
        let path = self.path("mailFolders");
        let answer = self.ask(DOING, Method::POST, &path, Some(("application/json", body)), 64 << 10).await?;
        expect(DOING, &answer)?;
        let made: Named = parsed(DOING, &answer)?;
        self.folders.insert(folder.to_owned(), made.id.clone());
        Ok(made.id)
    }

    /// Everything that changed since `link`, page by page; none when the server does not know that any more.
    async fn changes(&mut self, link: &str) -> Result<Option<Changes>, RemoteError> {
        const DOING: &str = "list a folder";
        let mut changes = Changes::default();
        let mut path = link.to_owned();
        for _ in 0..PAGES_MAX {
            let answer = self.ask(DOING, Method::GET, &path, None, PAGE_BYTES_MAX).await?;
            if answer.status == StatusCode::GONE {
                return Ok(None);
            }
            expect(DOING, &answer)?;
            let page: Page = parsed(DOING, &answer)?;
            for item in page.value {
                match item.removed {
                    Some(_) => changes.removed.push(item.id),
                    None => changes.there.push((item.id, item.received.and_then(|text| text.parse().ok()))),
                }
            }
            // A link to somewhere else would carry the token there.
            let own = |link: &String| self.http.origin().path_of(link).map(str::to_owned);
            match (page.next, page.delta) {
                (Some(next), _) => path = own(&next).ok_or_else(|| foreign(DOING))?,
                (None, Some(delta)) => {
                    changes.delta = own(&delta).ok_or_else(|| foreign(DOING))?;
                    return Ok(Some(changes));
                }
                (None, None) => break,
            }
        }
        Err(RemoteError::Lost { doing: DOING, cause: std::io::Error::other("the list has no end") })
    }

    /// Whether this mail is in the folder with this id.
    async fn is_in(&mut self, folder_id: &str, uid: &str) -> Result<bool, RemoteError> {
        const DOING: &str = "look for a mail";
        let path = self.path(&format!("mailFolders/{}/messages/{}?$select=id", escaped(folder_id), escaped(uid)));
        let answer = self.ask(DOING, Method::GET, &path, None, 64 << 10).await?;
        if answer.status == StatusCode::NOT_FOUND {
            return Ok(false);
        }
        expect(DOING, &answer).map(|()| true)
    }

    /// The whole folder.
    async fn list(&mut self, folder_id: &str) -> Result<Listed, RemoteError> {
        let path = self.path(&format!("mailFolders/{}/messages/delta?$select=id,receivedDateTime", escaped(folder_id)));
        let all = self.changes(&path).await?;
        let gone = || RemoteError::Lost { doing: "list a folder", cause: std::io::Error::other("HTTP 410") };
        let all = all.ok_or_else(gone)?;
        let mut listed = Listed { present: all.there.into_iter().collect(), delta: all.delta };
        for id in all.removed {
            listed.present.remove(&id);
        }
        Ok(listed)
    }
}

impl Remote for Graph {
    async fn look(&mut self, folder: &str, bookmark: Option<&str>) -> Result<Look, RemoteError> {
        let id = self.existing(folder).await?;
        self.opened = folder.to_owned();
        let mut vanished = Vec::new();
        match self.listed.remove(folder) {
            Some(mut listed) => match self.changes(&listed.delta).await? {
                Some(changes) => {
                    listed.present.extend(changes.there);
                    listed.present.retain(|id, _| !changes.removed.contains(id));
                    listed.delta = changes.delta;
                    vanished = changes.removed;
                    self.listed.insert(folder.to_owned(), listed);
                }
                None => {
                    let anew = self.list(&id).await?;
                    self.listed.insert(folder.to_owned(), anew);
                }
            },
            None => {
                // What went while nobody was connected. It is asked before the list, so that nothing falls between the two.
                if let Some(bookmark) = bookmark
                    && let Some(changes) = self.changes(bookmark).await?
                {
                    vanished = changes.removed;
                }
                let listed = self.list(&id).await?;
                vanished.retain(|id| !listed.present.contains_key(id));
                self.listed.insert(folder.to_owned(), listed);
            }
        }
        let listed = &self.listed[folder];
        let mut present: Vec<(&Option<Instant>, &String)> = listed.present.iter().map(|(id, at)| (at, id)).collect();
        present.sort();
        let present = present.into_iter().map(|(_, id)| id.clone()).collect();
        Ok(Look { validity: 0, present, vanished, bookmark: listed.delta.clone() })
    }

    async fn fetch(&mut self, uid: &str, bytes_max: u64) -> Result<Option<Fetched>, RemoteError> {
        const DOING: &str = "fetch a mail";
        let folder = self.opened.clone();
        let id = self.existing(&folder).await?;
        let path = self.path(&format!("mailFolders/{}/messages/{}/$value", escaped(&id), escaped(uid)));
        let answer = self.ask(DOING, Method::GET, &path, None, bytes_max).await?;
        if answer.status == StatusCode::NOT_FOUND {
            return Ok(None);
        }
        if !answer.status.is_success() {
            return Err(RemoteError::Unreadable { said: reason(&answer) });
        }
        if answer.body.is_empty() {
            return Err(RemoteError::Unreadable { said: "an empty answer".to_owned() });
        }
        let received_at = self.listed.get(&folder).and_then(|listed| listed.present.get(uid).copied().flatten());
        let mut raw = answer.body;
        let mut bytes_total = raw.len() as u64;
        if answer.cut {
            raw.truncate(HEAD_BYTES);
            bytes_total += 1;
        }
        Ok(Some(Fetched { received_at, raw, bytes_total }))
    }

    async fn set_aside(&mut self, uids: &[String], target: &str) -> Result<Option<Doubt>, RemoteError> {
        const DOING: &str = "move mails";
        let folder = self.opened.clone();
        let (from, mut to) = (self.existing(&folder).await?, self.made(target).await?);
        for uid in uids {
            // Out of this folder only: a colleague may have put the mail where it belongs meanwhile.
            let path = self.path(&format!("mailFolders/{}/messages/{}/move", escaped(&from), escaped(uid)));
            let move_to =
                |to: &str| Some(("application/json", serde_json::json!({"destinationId": to}).to_string().into_bytes()));
            let mut answer = self.ask(DOING, Method::POST, &path, move_to(&to), 1 << 20).await?;
            // The same is said when it is the target that somebody has deleted: then the mail is where it was.
            if answer.status == StatusCode::NOT_FOUND && self.is_in(&from, uid).await? {
                self.folders.remove(target);
                to = self.made(target).await?;
                answer = self.ask(DOING, Method::POST, &path, move_to(&to), 1 << 20).await?;
                expect(DOING, &answer)?;
            }
            if answer.status != StatusCode::NOT_FOUND {
                expect(DOING, &answer)?;
            }
            if let Some(listed) = self.listed.get_mut(&folder) {
                listed.present.remove(uid);
            }
        }
        Ok(None)
    }

    async fn glance(&mut self, folder: &str) -> Result<Glance, RemoteError> {
        const DOING: &str = "count a folder";
        let id = self.existing(folder).await?;
        let path = self.path(&format!("mailFolders/{}?$select=totalItemCount", escaped(&id)));
        let answer = self.ask(DOING, Method::GET, &path, None, PAGE_BYTES_MAX).await?;
        expect(DOING, &answer)?;
        Ok(Glance { count: parsed::<Counted>(DOING, &answer)?.count })
    }

    async fn wait(&mut self, _folder: &str, seconds: u64) -> Result<(), RemoteError> {
        tokio::time::sleep(Duration::from_secs(seconds)).await;
        Ok(())
    }
}

/// Whether the server asks for a pause (<https://learn.microsoft.com/graph/throttling>), and for how long.
pub(super) fn busy(answer: &Answer) -> Option<RemoteError> {
    const OTHERWISE_SECONDS: u64 = 30;
    let wait = [StatusCode::TOO_MANY_REQUESTS, StatusCode::SERVICE_UNAVAILABLE, StatusCode::GATEWAY_TIMEOUT];
    if !wait.contains(&answer.status) {
        return None;
    }
    let seconds = answer.headers.get("retry-after").and_then(|value| value.to_str().ok()?.trim().parse::<u64>().ok());
    Some(RemoteError::Busy { seconds: seconds.unwrap_or(OTHERWISE_SECONDS).min(3600) })
}

fn foreign(doing: &'static str) -> RemoteError {
    RemoteError::Lost { doing, cause: std::io::Error::other("the server sends us elsewhere") }
}

fn expect(doing: &'static str, answer: &Answer) -> Result<(), RemoteError> {
    if answer.status.is_success() { Ok(()) } else { Err(RemoteError::Refused { doing, said: reason(answer) }) }
}

fn parsed<T: serde::de::DeserializeOwned>(doing: &'static str, answer: &Answer) -> Result<T, RemoteError> {
    serde_json::from_slice(&answer.body).map_err(|cause| RemoteError::Lost { doing, cause: std::io::Error::other(cause) })
}

/// The code of an error, which is a fixed word; its message may quote addresses.
fn reason(answer: &Answer) -> String {
    let body = serde_json::from_slice::<serde_json::Value>(&answer.body).unwrap_or_default();
    let code = body["error"]["code"].as_str().unwrap_or_default();
    traceable(format!("HTTP {} {code}", answer.status.as_u16()).trim())
}
