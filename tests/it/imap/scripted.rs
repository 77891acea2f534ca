//! A mail server in memory that does to us what real ones do: it cuts connections, lies about sizes, gives new numbers, asks for
//! pauses, and knows no more commands than it is told to.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;

/// The server; clones share it.
#[derive(Clone)]
pub struct Post {
    state: Arc<Mutex<State>>,
    news: Arc<Notify>,
    pub port: u16,
}

pub struct State {
    pub folders: BTreeMap<String, Folder>,
    pub capabilities: &'static str,
    pub faults: Faults,
    /// Bytes said to clients, and heard from them, since this was last set to 0.
    pub said: usize,
    pub heard: usize,
    /// Commands since this was last emptied, without their tags.
    pub commands: Vec<String>,
    /// Clients that wait in IDLE.
    pub idling: usize,
}

#[derive(Default, Clone)]
pub struct Folder {
    pub validity: u32,
    pub next: u32,
    pub mails: Vec<Mail>,
}

#[derive(Clone)]
pub struct Mail {
    pub uid: u32,
    pub raw: Vec<u8>,
    pub deleted: bool,
}

/// What goes wrong; each but the lies happens once.
#[derive(Default)]
pub struct Faults {
    /// The connection ends when so many bytes were said.
    pub cut_said: Option<usize>,
    /// The connection ends when so many bytes were heard.
    pub cut_heard: Option<usize>,
    /// Before this command, counted in `commands`, INBOX gets new numbers.
    pub renumber_before: Option<usize>,
    /// This answer instead of the one to this command.
    pub instead: Option<(usize, &'static str)>,
    /// Claimed of every mail instead of its size.
    pub size: Option<u64>,
    /// Announced for the literal of this mail instead of its length.
    pub literal: Option<(u32, u64)>,
    /// At most so many bytes of a mail in one answer, however many are asked for.
    pub short: Option<usize>,
    /// Answered to every `UID MOVE`.
    pub refuse_move: Option<&'static str>,
}

/// Exchange Online as it introduces itself.
pub const EXCHANGE: &str =
    "IMAP4 IMAP4rev1 AUTH=PLAIN AUTH=XOAUTH2 SASL-IR UIDPLUS MOVE ID UNSELECT CHILDREN IDLE NAMESPACE LITERAL+";

impl Post {
    pub async fn open(capabilities: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let inbox = Folder { validity: 14, next: 1, mails: Vec::new() };
        let state = State {
            folders: BTreeMap::from([("INBOX".to_owned(), inbox)]),
            capabilities,
            faults: Faults::default(),
            said: 0,
            heard: 0,
            commands: Vec::new(),
            idling: 0,
        };
        let post = Self { state: Arc::new(Mutex::new(state)), news: Arc::default(), port };
        let server = post.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let session = Session { post: server.clone(), stream: BufReader::new(stream), folder: None };
                tokio::spawn(session.run());
            }
        });
        post
    }

    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// A mail arrives.
    pub fn deliver(&self, raw: &[u8]) -> u32 {
        let uid = self.state().folder("INBOX").append(raw.to_vec());
        self.news.notify_waiters();
        uid
    }

    /// The bytes in a folder, in its order.
    pub fn holds(&self, folder: &str) -> Vec<Vec<u8>> {
        self.state().folder(folder).mails.iter().filter(|mail| !mail.deleted).map(|mail| mail.raw.clone()).collect()
    }
}

impl State {
    pub fn folder(&mut self, name: &str) -> &mut Folder {
        self.folders.entry(name.to_owned()).or_insert(Folder { validity: 77, next: 1, mails: Vec::new() })
    }
}

impl Folder {
    pub fn append(&mut self, raw: Vec<u8>) -> u32 {
        let uid = self.next;
        self.next += 1;
        self.mails.push(Mail { uid, raw, deleted: false });
        uid
    }
    /// New numbers, so that each names another mail than before.
    pub fn renumber(&mut self) {
        self.validity += 1;
        self.mails.reverse();
        for (mail, uid) in self.mails.iter_mut().zip(1..) {
            mail.uid = uid;
        }
        self.next = u32::try_from(self.mails.len()).unwrap() + 1;
    }
}

struct Session {
    post: Post,
    stream: BufReader<TcpStream>,
    folder: Option<String>,
}

/// The connection is over.
struct Over;

impl Session {
    async fn run(mut self) {
        let greeting = format!("* OK [CAPABILITY {}] ready\r\n", self.post.state().capabilities);
        if self.say(greeting.as_bytes()).await.is_ok() {
            while self.command().await.is_ok() {}
        }
    }

    async fn say(&mut self, bytes: &[u8]) -> Result<(), Over> {
        let (allowed, cut) = {
            let mut state = self.post.state();
            let left = state.faults.cut_said.map_or(usize::MAX, |cut| cut.saturating_sub(state.said));
            let allowed = bytes.len().min(left);
            state.said += allowed;
            let cut = allowed < bytes.len();
            if cut {
                state.faults.cut_said = None;
            }
            (allowed, cut)
        };
        let written = self.stream.get_mut().write_all(&bytes[..allowed]).await;
        if written.is_err() || cut { Err(Over) } else { Ok(()) }
    }

    async fn hear(&mut self) -> Result<String, Over> {
        let mut line = String::new();
        match self.stream.read_line(&mut line).await {
            Ok(length) if length > 0 => {}
            _ => return Err(Over),
        }
        let mut state = self.post.state();
        state.heard += line.len();
        let heard = state.heard;
        if state.faults.cut_heard.take_if(|cut| *cut < heard).is_some() {
            return Err(Over);
        }
        Ok(line.trim_end().to_owned())
    }

    async fn command(&mut self) -> Result<(), Over> {
        let line = self.hear().await?;
        let (tag, command) = line.split_once(' ').unwrap_or((&line, ""));
        let (tag, command) = (tag.to_owned(), command.to_owned());
        let instead = {
            let mut state = self.post.state();
            let number = state.commands.len();
            state.commands.push(command.clone());
            if state.faults.renumber_before == Some(number) {
                state.faults.renumber_before = None;
                state.folder("INBOX").renumber();
            }
            state.faults.instead.take_if(|(at, _)| *at == number).map(|(_, answer)| answer)
        };
        if let Some(answer) = instead {
            self.say(answer.replace("TAG", &tag).as_bytes()).await?;
            return if answer.contains("BYE") { Err(Over) } else { Ok(()) };
        }
        if command.starts_with("AUTHENTICATE") {
            self.say(b"+ \r\n").await?;
            self.hear().await?;
            return self.say(format!("{tag} OK authenticated\r\n").as_bytes()).await;
        }
        if command == "IDLE" {
            return self.idle(&tag).await;
        }
        let (mut answer, end) = self.answer(&command);
        answer.extend(format!("{tag} {end}\r\n").as_bytes());
        self.say(&answer).await?;
        if command == "LOGOUT" { Err(Over) } else { Ok(()) }
    }

    async fn idle(&mut self, tag: &str) -> Result<(), Over> {
        let news = self.post.news.clone();
        let mut told = std::pin::pin!(news.notified());
        told.as_mut().enable();
        self.say(b"+ idling\r\n").await?;
        self.post.state().idling += 1;
        tokio::select! {
            () = &mut told => {
                let count = self.post.state().folder("INBOX").mails.len();
                self.say(format!("* {count} EXISTS\r\n").as_bytes()).await?;
                self.hear().await?;
            }
            heard = self.hear() => drop(heard?),
        }
        self.post.state().idling -= 1;
        self.say(format!("{tag} OK idled\r\n").as_bytes()).await
    }

    fn answer(&mut self, command: &str) -> (Vec<u8>, String) {
        let post = self.post.clone();
        let mut state = post.state();
        let ok = |answer: String| (answer.into_bytes(), "OK done".to_owned());
        let no = |why: &str| (Vec::new(), format!("NO {why}"));
        let mut words = command.splitn(2, ' ');
        let (verb, rest) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        match verb {
            "CAPABILITY" => ok(format!("* CAPABILITY {}\r\n", state.capabilities)),
            "LOGIN" | "NOOP" => ok(String::new()),
            "LOGOUT" => ok("* BYE so long\r\n".to_owned()),
            "CREATE" => {
                state.folder(unquoted(rest));
                ok(String::new())
            }
            "SELECT" | "EXAMINE" => {
                let name = unquoted(rest);
                let Some(folder) = state.folders.get(name) else { return no("[NONEXISTENT] no such folder") };
                self.folder = Some(name.to_owned());
                let (count, validity, next) = (folder.mails.len(), folder.validity, folder.next);
                ok(format!(
                    "* {count} EXISTS\r\n* 0 RECENT\r\n* FLAGS (\\Seen \\Answered \\Flagged \\Deleted \\Draft $MDNSent)\r\n\
                     * OK [PERMANENTFLAGS (\\Seen \\Answered \\Flagged \\Deleted \\Draft $MDNSent)] Permanent flags\r\n\
                     * OK [UIDVALIDITY {validity}] UIDVALIDITY value\r\n* OK [UIDNEXT {next}] The next unique identifier value\r\n"
                ))
            }
            "STATUS" => {
                let (name, _) = rest.split_once(" (").unwrap();
                let Some(folder) = state.folders.get(unquoted(name)) else { return no("no such folder") };
                ok(format!("* STATUS {name} (UIDVALIDITY {} UIDNEXT {})\r\n", folder.validity, folder.next))
            }
            "UID" => match &self.folder {
                Some(folder) => with_uids(&mut state, &folder.clone(), rest),
                None => (Vec::new(), "BAD no folder is open".to_owned()),
            },
            _ => (Vec::new(), "BAD Command Argument Error. 11".to_owned()),
        }
    }
}

fn with_uids(state: &mut State, folder: &str, command: &str) -> (Vec<u8>, String) {
    let ok = |answer: Vec<u8>| (answer, "OK done".to_owned());
    let (verb, rest) = command.split_once(' ').unwrap();
    let (set, rest) = rest.split_once(' ').unwrap_or((rest, ""));
    let offered = |word: &str| state.capabilities.split(' ').any(|offered| offered == word);
    if verb == "MOVE" && !offered("MOVE") || verb == "EXPUNGE" && !offered("UIDPLUS") {
        return (Vec::new(), "BAD unknown command".to_owned());
    }
    match verb {
        "SEARCH" => {
            let size = state.faults.size;
            let mails = &state.folder(folder).mails;
            let found: Vec<String> =
                mails.iter().filter(|mail| searched(mail, command, size)).map(|m| m.uid.to_string()).collect();
            ok(format!("* SEARCH {}\r\n", found.join(" ")).replace("SEARCH \r", "SEARCH\r").into_bytes())
        }
        "FETCH" => fetched(state, folder, set.parse().unwrap(), rest),
        "COPY" | "MOVE" => {
            if let Some(why) = state.faults.refuse_move {
                return (Vec::new(), why.to_owned());
            }
            let mails: Vec<Mail> = state.folder(folder).mails.iter().filter(|mail| in_set(mail.uid, set)).cloned().collect();
            if !state.folders.contains_key(unquoted(rest)) {
                return (Vec::new(), "NO [TRYCREATE] no such folder".to_owned());
            }
            for mail in mails {
                state.folder(unquoted(rest)).append(mail.raw);
            }
            if verb == "MOVE" {
                state.folder(folder).mails.retain(|mail| !in_set(mail.uid, set));
            }
            ok(Vec::new())
        }
        "STORE" => {
            for mail in state.folder(folder).mails.iter_mut().filter(|mail| in_set(mail.uid, set)) {
                mail.deleted = true;
            }
            ok(Vec::new())
        }
        "EXPUNGE" => {
            state.folder(folder).mails.retain(|mail| !(mail.deleted && in_set(mail.uid, set)));
            ok(Vec::new())
        }
        _ => (Vec::new(), "BAD unknown command".to_owned()),
    }
}

fn searched(mail: &Mail, command: &str, size: Option<u64>) -> bool {
    let after = |word: &str| command.split_once(word).and_then(|(_, rest)| rest.split(' ').next());
    let size = size.unwrap_or(mail.raw.len() as u64);
    if let Some(set) = after(" UID ") {
        return in_set(mail.uid, set);
    }
    after("LARGER ").is_none_or(|least| size > least.parse().unwrap())
        && after("SMALLER ").is_none_or(|most| size < most.parse().unwrap())
}

fn fetched(state: &mut State, folder: &str, uid: u32, items: &str) -> (Vec<u8>, String) {
    let (size, literal, short) = (state.faults.size, state.faults.literal, state.faults.short);
    let mails = &state.folder(folder).mails;
    let Some(place) = mails.iter().position(|mail| mail.uid == uid) else { return (Vec::new(), "OK nothing".to_owned()) };
    let raw = &mails[place].raw;
    assert!(items.contains("BODY.PEEK[]<"), "mails are fetched in parts and without marking them read: {items}");
    let (offset, length) = items.split_once('<').unwrap().1.split_once('>').unwrap().0.split_once('.').unwrap();
    let (offset, length): (usize, usize) = (offset.parse().unwrap(), length.parse().unwrap());
    let length = length.min(short.unwrap_or(length));
    let part = &raw[offset.min(raw.len())..(offset + length).min(raw.len())];
    let mut answer = format!("* {} FETCH (FLAGS (\\Seen))\r\n* {} FETCH (UID {uid}", place + 1, place + 1);
    if items.contains("RFC822.SIZE") {
        let size = size.unwrap_or(raw.len() as u64);
        answer += &format!(" INTERNALDATE \" 7-Sep-2026 08:00:00 +0100\" RFC822.SIZE {size}");
    }
    let announced = literal.filter(|(of, _)| *of == uid).map_or(part.len() as u64, |(_, announced)| announced);
    answer += &format!(" BODY[]<{offset}> {{{announced}}}\r\n");
    let mut answer = answer.into_bytes();
    answer.extend(part);
    answer.extend(b")\r\n");
    (answer, "OK fetched".to_owned())
}

fn in_set(uid: u32, set: &str) -> bool {
    set.split(',').any(|run| {
        let (first, last) = run.split_once(':').unwrap_or((run, run));
        let last = if last == "*" { u32::MAX } else { last.parse().unwrap() };
        (first.parse().unwrap()..=last).contains(&uid)
    })
}

fn unquoted(name: &str) -> &str {
    name.trim_matches('"')
}
