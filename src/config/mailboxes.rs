//! Where mail comes from: a folder on this machine, or a mailbox on a server.

use std::path::PathBuf;

use super::reader::{Open, Reader};
use super::sections::Tree;
use super::senders;
use super::settings::{Tls, Trust};

/// Where mail comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mailbox {
    /// Name in the ledger; the key of a mail begins with it, so it never changes.
    pub name: String,
    /// What it is.
    pub kind: MailboxKind,
    /// Whether senders are proven before mail gets here.
    pub trust: Trust,
}

/// What a mailbox is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MailboxKind {
    /// A Maildir folder.
    Maildir {
        /// The folder that holds `new`, `cur` and `tmp`.
        path: PathBuf,
    },
    /// A mailbox on an IMAP server.
    Imap(Box<ImapSettings>),
    /// A mailbox at Microsoft 365, by Microsoft Graph.
    Graph(Box<GraphSettings>),
}

/// A mailbox at Microsoft 365.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GraphSettings {
    /// Its address.
    pub user: String,
    /// Where Graph is asked: `https://graph.microsoft.com`.
    pub endpoint: String,
    /// How the program signs in.
    pub registration: Registration,
    /// What is watched there.
    pub folders: Folders,
}

/// The program's registration at Microsoft Entra.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registration {
    /// The directory: its id or a domain of it.
    pub tenant: String,
    /// The program's id there.
    pub client_id: String,
    /// How the program is proven.
    pub proof: Proof,
    /// Where tokens are asked for: `https://login.microsoftonline.com`.
    pub authority: String,
    /// Certificates to trust besides the machine's, PEM.
    pub ca_file: Option<PathBuf>,
}

/// How the program is proven to Microsoft Entra. Files are read when a token is needed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Proof {
    /// By a secret.
    Secret {
        /// Holds it on its first line.
        file: PathBuf,
    },
    /// By a certificate, whose key never leaves this machine.
    Certificate {
        /// The certificate, PEM.
        certificate_file: PathBuf,
        /// Its RSA key, PEM.
        key_file: PathBuf,
    },
}

/// A mailbox on an IMAP server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImapSettings {
    /// The server; its certificate must be for this name.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is protected.
    pub tls: Tls,
    /// Certificates to trust besides the machine's, PEM.
    pub ca_file: Option<PathBuf>,
    /// The user.
    pub username: String,
    /// How the user is proven.
    pub login: ImapLogin,
    /// What is watched there.
    pub folders: Folders,
}

/// How a user is proven to an IMAP server. Secrets are read at each connection, so that they can be changed while we run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ImapLogin {
    /// By a password.
    Password {
        /// Holds it on its first line.
        file: PathBuf,
    },
    /// By an access token that another program keeps fresh (`XOAUTH2`).
    TokenFile {
        /// Holds it on its first line.
        file: PathBuf,
    },
    /// By access tokens that the program gets from Microsoft Entra itself (`XOAUTH2`).
    Microsoft(Registration),
}

/// What is watched in a mailbox on a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folders {
    /// Every mail in these is taken in; the first is listened to, the others are looked at in turn.
    pub watched: Vec<String>,
    /// Where mails go once they are stored.
    pub processed: String,
    /// Counted and never opened: a nomination that landed there is a person's to find.
    pub junk: Option<String>,
    /// Seconds between two looks when nothing is heard.
    pub look_seconds: u64,
}

pub(super) fn mailboxes(reader: &mut Reader, tree: &mut Tree) -> Vec<Mailbox> {
    let mut mailboxes: Vec<Mailbox> = Vec::new();
    for (index, table) in reader.tables(tree, "mailboxes").into_iter().enumerate() {
        let mut open = Open::one(reader, "mailboxes", index, table);
        let name = open.required("name", "\"nominations\"");
        let kind = match open.kind("kind", &["maildir", "imap", "graph"], None) {
            Some("maildir") => open.required_path("path", "\"/var/mail/nominations\"").map(|path| MailboxKind::Maildir { path }),
            Some("graph") => graph(&mut open).map(|settings| MailboxKind::Graph(Box::new(settings))),
            Some(_) => imap(&mut open).map(|settings| MailboxKind::Imap(Box::new(settings))),
            None => None,
        };
        let trust = senders::trust(&mut open);
        if let Some((name, place)) = &name
            && mailboxes.iter().any(|mailbox| mailbox.name == *name)
        {
            open.wrong(
                place,
                "name",
                format!("two mailboxes are called `{name}`"),
                "give each a name of its own and keep it for ever",
            );
        }
        if let (Some((name, _)), Some(kind)) = (name, kind) {
            mailboxes.push(Mailbox { name, kind, trust });
        }
        open.close();
    }
    mailboxes
}

fn imap(open: &mut Open<'_>) -> Option<ImapSettings> {
    let host = open.required("host", "\"outlook.office365.com\"");
    let tls_place = open.place_of("tls");
    let tls = match open.word("tls", &["implicit", "starttls", "none"], Some("implicit")) {
        Some("starttls") => Tls::StartTls,
        Some("none") => Tls::None,
        _ => Tls::Implicit,
    };
    let port = open.number("port", (1, 65_535), if tls == Tls::Implicit { 993 } else { 143 });
    let ca_file = open.path("ca_file");
    if !open.has("username") {
        open.missing("username", "\"focusfamily@council.example.org\"");
    }
    let username = open.personal("username");
    const LOGINS: &[&str] = &["password", "token_file", "client_secret", "client_certificate"];
    let login = match open.word("login", LOGINS, Some("password")) {
        Some("password") => open.required_path("password_file", "\"imap-password.txt\"").map(|file| ImapLogin::Password { file }),
        Some("token_file") => open.required_path("token_file", "\"imap-token.txt\"").map(|file| ImapLogin::TokenFile { file }),
        Some(word) => registration(open, word, ca_file.clone()).map(ImapLogin::Microsoft),
        None => None,
    };
    let folders = folders(open, "INBOX");
    let (host, _) = host?;
    if tls == Tls::None && !["localhost", "127.0.0.1", "::1"].contains(&host.as_str()) {
        open.wrong(
            &tls_place,
            "tls",
            "tls = \"none\" to another machine would send the password and every mail in the clear",
            "write tls = \"implicit\" or \"starttls\"",
        );
        return None;
    }
    let port = u16::try_from(port?).expect("at most 65535");
    Some(ImapSettings { host, port, tls, ca_file, username: username?.0, login: login?, folders: folders? })
}

fn graph(open: &mut Open<'_>) -> Option<GraphSettings> {
    let account = graph_sender(open);
    let folders = folders(open, "inbox");
    Some(GraphSettings { folders: folders?, ..account? })
}

/// A mailbox of which nothing is watched.
pub(super) fn graph_sender(open: &mut Open<'_>) -> Option<GraphSettings> {
    if !open.has("user") {
        open.missing("user", "\"focusfamily@council.example.org\"");
    }
    let user = open.personal("user");
    let login = open.word("login", &["client_secret", "client_certificate"], Some("client_certificate"));
    let ca_file = open.path("ca_file");
    let registration = login.and_then(|word| registration(open, word, ca_file));
    let endpoint = address(open, "endpoint", "https://graph.microsoft.com");
    let folders = Folders { watched: Vec::new(), processed: String::new(), junk: None, look_seconds: 60 };
    Some(GraphSettings { user: user?.0, endpoint: endpoint?, registration: registration?, folders })
}

pub(super) fn registration(open: &mut Open<'_>, login: &str, ca_file: Option<PathBuf>) -> Option<Registration> {
    let tenant = open.required("tenant", "\"council.example.org\"");
    let client_id = open.required("client_id", "\"6731de76-14a6-49ae-97bc-6eba6914391e\"");
    let proof = if login == "client_secret" {
        open.required_path("client_secret_file", "\"client-secret.txt\"").map(|file| Proof::Secret { file })
    } else {
        let certificate_file = open.required_path("certificate_file", "\"focus-family-app.pem\"");
        let key_file = open.required_path("key_file", "\"focus-family-app.key\"");
        certificate_file.zip(key_file).map(|(certificate_file, key_file)| Proof::Certificate { certificate_file, key_file })
    };
    let authority = address(open, "authority", "https://login.microsoftonline.com");
    let (tenant, place) = tenant?;
    if !tenant.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-".contains(&byte)) {
        open.wrong(&place, "tenant", "`tenant` is no directory", "write its id, or a domain of it: \"council.example.org\"");
        return None;
    }
    Some(Registration { tenant, client_id: client_id?.0, proof: proof?, authority: authority?, ca_file })
}

/// Where Microsoft is asked: national clouds have addresses of their own.
fn address(open: &mut Open<'_>, key: &'static str, own: &str) -> Option<String> {
    let Some((url, place)) = open.text(key) else {
        open.default_shown(key, &format!("{own:?}"));
        return Some(own.to_owned());
    };
    let good = ["https://", "http://127.0.0.1", "http://localhost"].iter().any(|start| url.starts_with(start));
    if !good {
        let fix = format!("write {key} = \"{own}\"; unencrypted is accepted for this machine only");
        open.wrong(&place, key, format!("`{key}` is no encrypted address"), fix);
    }
    good.then(|| url.trim_end_matches('/').to_owned())
}

fn folders(open: &mut Open<'_>, inbox: &str) -> Option<Folders> {
    let place = open.place_of("folders");
    if !open.has("folders") {
        open.default_shown("folders", &format!("[{inbox:?}]"));
    }
    let listed = open.list("folders").map(|list| list.into_iter().map(|(name, _)| name).collect());
    let watched: Vec<String> = listed.unwrap_or_else(|| vec![inbox.to_owned()]);
    if !open.has("processed") {
        open.default_shown("processed", "\"Processed\"");
    }
    let processed_place = open.place_of("processed");
    let processed = open.text("processed").map_or_else(|| "Processed".to_owned(), |(name, _)| name);
    let junk_place = open.place_of("junk");
    let junk = open.text("junk").map(|(name, _)| name);
    let look_seconds = open.number("look_seconds", (5, 1_500), 60);
    if watched.is_empty() {
        open.wrong(&place, "folders", "an empty `folders` would watch nothing", format!("write folders = [{inbox:?}]"));
    }
    if watched.contains(&processed) {
        let fix = "name another folder: mails go there once they are stored";
        open.wrong(&processed_place, "processed", "`processed` is one of the folders that are watched", fix);
    } else if junk.as_ref().is_some_and(|junk| *junk == processed || watched.contains(junk)) {
        let fix = "leave it out of `folders` and `processed`: it is counted and never opened";
        open.wrong(&junk_place, "junk", "`junk` is also watched, or is where stored mails go", fix);
    }
    let good = !watched.is_empty() && !watched.contains(&processed);
    good.then_some(())?;
    Some(Folders { watched, processed, junk, look_seconds: look_seconds? })
}
