//! Handing a letter to a mail server. Step by step, because what a failure means depends on the step it happens at: before the
//! recipient was named it is about us, at the recipient it is about the address, after the last dot nobody can tell.

use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, Certificate, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::ClientId;
use lettre::transport::smtp::response::Response;

use super::{AddressChecked, Delivered, ReturnPath};
use crate::ambient::Ambient;
use crate::mailbox::token::Tokens;

/// A mail server and how to speak with it.
#[derive(Debug, Clone)]
pub struct Smtp {
    /// Its name; the certificate must be for it.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is protected.
    pub tls: Tls,
    /// Who we are to it; nobody when absent.
    pub login: Option<Login>,
    /// Certificates to trust besides the machine's, PEM. Read at each connection, so that it can be renewed.
    pub ca_file: Option<PathBuf>,
    /// How we call ourselves, a domain; usually that of the programme's address.
    pub hello_name: String,
    /// How long to wait.
    pub patience: Patience,
}

/// How a connection is protected. There is no "if the server offers it".
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tls {
    /// From the first byte, usually port 465.
    Implicit,
    /// After `STARTTLS`, usually port 587; a server that does not offer it gets nothing.
    StartTls,
    /// Not at all, and then only to this machine itself.
    PlaintextLoopbackOnly,
}

/// A login at a mail server.
#[derive(Debug, Clone)]
pub struct Login {
    /// The user.
    pub username: String,
    /// How the user is proven.
    pub proof: LoginProof,
}

/// How a user is proven. Files are read at each connection, so that they can be changed while we run.
#[derive(Debug, Clone)]
pub enum LoginProof {
    /// By a password: a file holds it on its first line.
    Password(PathBuf),
    /// By an access token that another program keeps fresh in a file (`XOAUTH2`).
    TokenFile(PathBuf),
    /// By access tokens that the program gets itself (`XOAUTH2`).
    Tokens(TokenSource),
}

/// Where access tokens come from. Clones share the newest.
#[derive(Clone)]
pub struct TokenSource(Arc<tokio::sync::Mutex<Tokens>>, Ambient);

impl TokenSource {
    /// Tokens of this source, good by this clock.
    #[must_use]
    pub fn new(tokens: Tokens, ambient: Ambient) -> Self {
        Self(Arc::new(tokio::sync::Mutex::new(tokens)), ambient)
    }
}

impl std::fmt::Debug for TokenSource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TokenSource(●)")
    }
}

/// Seconds to wait for a server at each step; RFC 5321, section 4.5.3.2, asks for about these.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// For the connection and the server's greeting.
    pub connect_seconds: u16,
    /// For each command.
    pub command_seconds: u16,
    /// For the answer to a whole letter: servers search it for viruses before they answer.
    pub letter_seconds: u16,
}

impl Default for Patience {
    fn default() -> Self {
        Self { connect_seconds: 60, command_seconds: 120, letter_seconds: 600 }
    }
}

/// How long a probe of the way out may take: somebody waits for it at a terminal.
const PROBE_PATIENCE: Duration = Duration::from_secs(20);

/// A step that did not go well, before the letter itself was sent.
enum Stop {
    Later(String),
    Unreached(String),
    Refused(String),
}

impl Smtp {
    pub(super) async fn send(&self, from: &ReturnPath, to: &AddressChecked, message: &[u8]) -> Delivered {
        let mut connection = match self.ready(from, to).await {
            Ok(connection) => connection,
            Err(Stop::Later(code)) => return Delivered::Later { code },
            Err(Stop::Unreached(code)) => return Delivered::Unreached { code },
            Err(Stop::Refused(code)) => return Delivered::Refused { code },
        };
        let delivered = self.letter(&mut connection, message).await;
        // The server has the letter or not; how the farewell goes changes nothing.
        let farewell = async {
            match delivered {
                Delivered::Accepted { .. } => drop(connection.quit().await),
                Delivered::Later { .. } | Delivered::Unreached { .. } | Delivered::Refused { .. } | Delivered::Unsure { .. } => {
                    connection.abort().await
                }
            }
        };
        drop(tokio::time::timeout(seconds(self.patience.connect_seconds), farewell).await);
        delivered
    }

    /// Everything up to the server's word on the sender and on the one recipient that is surely ours, and no letter: some relays let
    /// anybody say who they are, and refuse what they would have to pass on.
    pub(super) async fn probe(&self, from: &AddressChecked) -> Result<String, String> {
        let talk = async {
            let mut connection = self.connect().await?;
            self.sign_in(&mut connection).await?;
            self.step("mail", connection.command(Mail::new(Some(from.to_lettre()), vec![]))).await?;
            let own = self.step("rcpt", connection.command(Rcpt::new(from.to_lettre(), vec![]))).await;
            drop(connection.quit().await);
            // A server that puts off one recipient takes them later; one that knows no such mailbox takes others.
            if let Err(Stop::Unreached(_)) = &own { own } else { Ok(()) }
        };
        let host = format!("{}:{}", self.host, self.port);
        match tokio::time::timeout(PROBE_PATIENCE, talk).await {
            Ok(Ok(())) => {
                let signed_in = if self.login.is_some() { ", signs us in" } else { "" };
                Ok(format!("{host} answers{signed_in} and takes letters from {}", from.as_str()))
            }
            Ok(Err(Stop::Later(code) | Stop::Unreached(code) | Stop::Refused(code))) => Err(format!("{host}: {code}")),
            Err(_) => Err(format!("{host}: no answer for {} s", PROBE_PATIENCE.as_secs())),
        }
    }

    /// Everything up to the server's word that it waits for the letter.
    async fn ready(&self, from: &ReturnPath, to: &AddressChecked) -> Result<AsyncSmtpConnection, Stop> {
        let connect = tokio::time::timeout(seconds(self.patience.connect_seconds), self.connect()).await;
        let mut connection = connect.map_err(|_| Stop::Unreached("connect timed out".to_owned()))??;
        self.sign_in(&mut connection).await?;
        let sender = match from {
            ReturnPath::Null => None,
            ReturnPath::Address(address) => Some(address.to_lettre()),
        };
        // A server that refuses the sender refuses us, not the recipient: that is a setting to put right, and the letter waits.
        self.step("mail", connection.command(Mail::new(sender, vec![]))).await.map_err(waits)?;
        self.step("rcpt", connection.command(Rcpt::new(to.to_lettre(), vec![]))).await?;
        self.step("data", connection.command(Data)).await?;
        Ok(connection)
    }

    async fn connect(&self) -> Result<AsyncSmtpConnection, Stop> {
        let hello = ClientId::Domain(self.hello_name.clone());
        let encrypted = match self.tls {
            Tls::Implicit => Some(self.tls_parameters().await?),
            Tls::StartTls => None,
            Tls::PlaintextLoopbackOnly => {
                self.only_this_machine().await?;
                None
            }
        };
        let server = (self.host.as_str(), self.port);
        let patience = Some(seconds(self.patience.connect_seconds));
        let mut connection = AsyncSmtpConnection::connect_tokio1(server, patience, &hello, encrypted, None)
            .await
            .map_err(|error| failed("connect", &error))
            .map_err(waits)?;
        if self.tls == Tls::StartTls {
            if !connection.can_starttls() {
                connection.abort().await;
                return Err(Stop::Unreached("starttls missing".to_owned()));
            }
            let parameters = self.tls_parameters().await?;
            connection.starttls(parameters, &hello).await.map_err(|error| failed("starttls", &error)).map_err(waits)?;
        }
        Ok(connection)
    }

    async fn only_this_machine(&self) -> Result<(), Stop> {
        let found = tokio::net::lookup_host((self.host.as_str(), self.port)).await;
        let mut addresses =
            found.map_err(|_| Stop::Unreached("name not found".to_owned()))?.map(|address| address.ip()).peekable();
        if addresses.peek().is_some() && addresses.all(|address: IpAddr| address.is_loopback()) {
            Ok(())
        } else {
            Err(Stop::Unreached("plaintext to another machine".to_owned()))
        }
    }

    async fn tls_parameters(&self) -> Result<TlsParameters, Stop> {
        let mut builder = TlsParameters::builder(self.host.clone());
        if let Some(path) = &self.ca_file {
            let unreadable = || Stop::Unreached("ca_file unreadable".to_owned());
            let pem = tokio::fs::read(path).await.map_err(|_| unreadable())?;
            builder = builder.add_root_certificate(Certificate::from_pem(&pem).map_err(|_| unreadable())?);
        }
        builder.build_rustls().map_err(|_| Stop::Unreached("tls parameters".to_owned()))
    }

    async fn sign_in(&self, connection: &mut AsyncSmtpConnection) -> Result<(), Stop> {
        let Some(login) = &self.login else { return Ok(()) };
        let (secret, mechanisms): (String, &[Mechanism]) = match &login.proof {
            LoginProof::Password(file) => (first_line(file, "password_file").await?, &[Mechanism::Plain, Mechanism::Login]),
            LoginProof::TokenFile(file) => (first_line(file, "token_file").await?, &[Mechanism::Xoauth2]),
            LoginProof::Tokens(source) => {
                let token = source.0.lock().await.bearer(&source.1).await;
                (token.map_err(|_| Stop::Unreached("no access token".to_owned()))?, &[Mechanism::Xoauth2])
            }
        };
        let credentials = Credentials::new(login.username.clone(), secret);
        // A wrong secret is a setting to put right: the letter waits.
        let answer = self.step("auth", connection.auth(mechanisms, &credentials)).await.map_err(waits);
        if let (Err(_), LoginProof::Tokens(source)) = (&answer, &login.proof) {
            source.0.lock().await.forget();
        }
        answer
    }

    async fn step(
        &self,
        name: &str,
        answer: impl Future<Output = Result<Response, lettre::transport::smtp::Error>>,
    ) -> Result<(), Stop> {
        match tokio::time::timeout(seconds(self.patience.command_seconds), answer).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(failed(name, &error)),
            Err(_) => Err(Stop::Later(format!("{name} timed out"))),
        }
    }

    /// The letter and its last dot.
    async fn letter(&self, connection: &mut AsyncSmtpConnection, message: &[u8]) -> Delivered {
        // The client asks for the next piece only after it has written the one before: when it asks for a second, all is written
        // but the dot. Until then the server cannot have taken the letter.
        let mut all_written = false;
        let pieces = std::iter::once(message).chain(std::iter::from_fn(|| {
            all_written = true;
            None
        }));
        let answer = tokio::time::timeout(seconds(self.patience.letter_seconds), connection.message_iter(pieces)).await;
        match answer {
            Ok(Ok(response)) => Delivered::Accepted { reply: traceable(&response) },
            Ok(Err(error)) if error.status().is_some() => match failed("letter", &error) {
                Stop::Later(code) => Delivered::Later { code },
                Stop::Unreached(code) => Delivered::Unreached { code },
                Stop::Refused(code) => Delivered::Refused { code },
            },
            Ok(Err(_)) | Err(_) if !all_written => Delivered::Later { code: "connection lost in the letter".to_owned() },
            Ok(Err(_)) => Delivered::Unsure { code: "connection lost after the letter".to_owned() },
            Err(_) => Delivered::Unsure { code: "no answer to the letter".to_owned() },
        }
    }
}

/// The secret of a file, which the settings call `name`.
async fn first_line(file: &Path, name: &str) -> Result<String, Stop> {
    let text = tokio::fs::read_to_string(file).await.map_err(|_| Stop::Unreached(format!("{name} unreadable")))?;
    Ok(text.lines().next().unwrap_or_default().to_owned())
}

fn seconds(number: u16) -> Duration {
    Duration::from_secs(u64::from(number))
}

/// Our fault or the server's, never the recipient's: again later, whatever the number.
fn waits(stop: Stop) -> Stop {
    match stop {
        Stop::Later(code) | Stop::Unreached(code) | Stop::Refused(code) => Stop::Unreached(code),
    }
}

fn failed(step: &str, error: &lettre::transport::smtp::Error) -> Stop {
    match error.status() {
        Some(code) if error.is_permanent() => {
            let said = said_by(error);
            let told = format!("{step} {}", with_detail(&code.to_string(), &said));
            if is_about_the_address(&code.to_string(), &said) { Stop::Refused(told) } else { Stop::Unreached(told) }
        }
        Some(code) => Stop::Later(format!("{step} {}", with_detail(&code.to_string(), &said_by(error)))),
        None => match tls_error(error) {
            Some(rustls::Error::InvalidCertificate(_)) => Stop::Later(format!("{step} certificate not trusted")),
            Some(_) => Stop::Later(format!("{step} tls failed")),
            None => Stop::Later(format!("{step} failed")),
        },
    }
}

/// The server's own words.
fn said_by(error: &lettre::transport::smtp::Error) -> String {
    std::error::Error::source(error).map(ToString::to_string).unwrap_or_default()
}

/// The detailed number (RFC 3463) with which the server's words begin.
fn detail_of(said: &str) -> Option<&str> {
    said.split_whitespace().next().filter(|word| is_detail(word))
}

/// `550 5.1.1` when the server's words begin with such a detailed number. Its other words may repeat an address.
fn with_detail(code: &str, said: &str) -> String {
    detail_of(said).map_or_else(|| code.to_owned(), |detail| format!("{code} {detail}"))
}

/// Whether a refusal for good is about the one address the letter goes to. Everything else is about us, our login or what the server lets
/// us pass on (RFC 3463, section 3.8; `530` and `535` of RFC 4954): a setting to put right, on which every letter waits.
fn is_about_the_address(code: &str, said: &str) -> bool {
    // X.1.7 and X.1.8 are about the sender, which is the programme's own address.
    const OF_THE_SENDER: [&str; 2] = ["5.1.7", "5.1.8"];
    let detail = detail_of(said).unwrap_or_default();
    if OF_THE_SENDER.contains(&detail) || detail.starts_with("5.7.") {
        return false;
    }
    if detail.starts_with("5.1.") || detail.starts_with("5.2.") {
        return true;
    }
    let words = said.to_lowercase();
    let about_relaying = words.contains("relay") && !words.contains("unknown");
    matches!(code, "550" | "551" | "552" | "553") && !about_relaying && !words.contains("authenticat")
}

fn is_detail(word: &str) -> bool {
    let numbers: Vec<&str> = word.split('.').collect();
    numbers.len() == 3
        && numbers.iter().all(|number| (1..=3).contains(&number.len()) && number.bytes().all(|byte| byte.is_ascii_digit()))
}

fn tls_error(error: &lettre::transport::smtp::Error) -> Option<&rustls::Error> {
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        let inner = cause.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        let found = cause.downcast_ref().or_else(|| inner.and_then(|inner| inner.downcast_ref()));
        if found.is_some() {
            return found;
        }
        source = cause.source();
    }
    None
}

/// The server's answer for its log's sake, without words that could be addresses, in one line.
fn traceable(response: &Response) -> String {
    const CHARACTERS_MAX: usize = 120;
    let said = response.first_line().unwrap_or_default();
    let words = said.split_whitespace().filter(|word| !word.contains('@'));
    let line = std::iter::once(response.code().to_string()).chain(words.map(str::to_owned)).collect::<Vec<_>>().join(" ");
    line.chars().filter(|c| !c.is_control()).take(CHARACTERS_MAX).collect()
}
