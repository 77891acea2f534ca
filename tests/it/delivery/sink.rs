//! A small mail server for tests, on loopback, that does what it is told, also what no server should do.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// What the server does with one connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Does {
    /// Takes the letter.
    Accepts,
    /// Answers this at a step: `rcpt`, `letter`, `mail`, `data`, `auth` or `greeting`.
    Answers(&'static str, &'static str),
    /// Answers this to every recipient whose address holds the first word, and takes all others.
    Refuses(&'static str, &'static str),
    /// Closes when the letter has begun.
    DropsInTheLetter,
    /// Reads the whole letter and closes without a word.
    DropsAfterTheDot,
}

/// How the server protects its connections, with which certificate of `tests/data/tls`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protects {
    No,
    StartTls(&'static str),
    Implicit(&'static str),
}

/// One letter that reached the server, whether or not it said so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heard {
    pub mail_from: String,
    pub rcpt_to: Vec<String>,
    pub message: String,
}

pub struct Sink {
    pub port: u16,
    heard: Arc<Mutex<Vec<Heard>>>,
    commands: Arc<Mutex<Vec<String>>>,
}

pub fn tls_file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/tls").join(name)
}

impl Sink {
    /// Serves one connection for each of `does`, then no more.
    pub fn start(protects: Protects, does: &[Does]) -> Self {
        Self::serve(protects, Vec::from(does).into_iter())
    }

    /// Does the same with every connection.
    pub fn always(protects: Protects, does: Does) -> Self {
        Self::serve(protects, std::iter::repeat(does))
    }

    /// Takes every letter of every connection.
    pub fn endless(protects: Protects) -> Self {
        Self::serve(protects, std::iter::repeat(Does::Accepts))
    }

    fn serve(protects: Protects, does: impl Iterator<Item = Does> + Send + 'static) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a loopback port");
        let port = listener.local_addr().expect("bound").port();
        let sink = Self { port, heard: Arc::default(), commands: Arc::default() };
        let (heard, commands) = (Arc::clone(&sink.heard), Arc::clone(&sink.commands));
        std::thread::spawn(move || {
            for does in does {
                let Ok((stream, _)) = listener.accept() else { return };
                let talk = Talk { does, heard: &heard, commands: &commands };
                // A connection that breaks is what many of these tests are about.
                drop(talk.begin(stream, protects));
            }
        });
        sink
    }
    pub fn heard(&self) -> Vec<Heard> {
        self.heard.lock().expect("no test thread panics").clone()
    }
    pub fn commands(&self) -> String {
        self.commands.lock().expect("no test thread panics").join("\n")
    }
}

trait Wire: Read + Write {}
impl<T: Read + Write> Wire for T {}

struct Talk<'a> {
    does: Does,
    heard: &'a Mutex<Vec<Heard>>,
    commands: &'a Mutex<Vec<String>>,
}

impl Talk<'_> {
    fn begin(&self, stream: TcpStream, protects: Protects) -> std::io::Result<()> {
        match protects {
            Protects::No => self.talk(Box::new(stream), None, true),
            Protects::StartTls(certificate) => {
                let clear = stream.try_clone()?;
                self.talk(Box::new(clear), Some((stream, certificate)), true)
            }
            Protects::Implicit(certificate) => self.talk(Box::new(encrypted(stream, certificate)), None, true),
        }
    }

    fn talk(&self, wire: Box<dyn Wire>, mut upgrade: Option<(TcpStream, &'static str)>, greets: bool) -> std::io::Result<()> {
        let mut wire = BufReader::new(wire);
        if greets {
            say(&mut wire, self.answer("greeting", "220 sink.example.org"))?;
        }
        let mut letter = Heard { mail_from: String::new(), rcpt_to: Vec::new(), message: String::new() };
        loop {
            let mut line = String::new();
            if wire.read_line(&mut line)? == 0 {
                return Ok(());
            }
            let line = line.trim_end().to_owned();
            self.commands.lock().expect("no test thread panics").push(line.clone());
            let verb = line.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase();
            match verb.as_str() {
                "EHLO" if upgrade.is_some() => say(&mut wire, "250-sink.example.org\r\n250 STARTTLS")?,
                "EHLO" => say(&mut wire, "250-sink.example.org\r\n250-8BITMIME\r\n250 AUTH PLAIN LOGIN XOAUTH2")?,
                "STARTTLS" => {
                    let Some((stream, certificate)) = upgrade.take() else { return say(&mut wire, "502 no") };
                    say(&mut wire, "220 go on")?;
                    return self.talk(Box::new(encrypted(stream, certificate)), None, false);
                }
                "AUTH" => say(&mut wire, self.answer("auth", "235 2.7.0 welcome"))?,
                "MAIL" => {
                    letter.mail_from = line;
                    say(&mut wire, self.answer("mail", "250 2.1.0 yes"))?;
                }
                "RCPT" => {
                    let usual = match self.does {
                        Does::Refuses(who, answer) if line.contains(who) => answer,
                        _ => "250 2.1.5 yes",
                    };
                    letter.rcpt_to.push(line);
                    say(&mut wire, self.answer("rcpt", usual))?;
                }
                "DATA" => {
                    say(&mut wire, self.answer("data", "354 go on"))?;
                    if !self.letter(&mut wire, &mut letter)? {
                        return Ok(());
                    }
                }
                "QUIT" => return say(&mut wire, "221 bye"),
                _ => say(&mut wire, "502 what")?,
            }
        }
    }

    /// Reads the letter; false when the connection shall end here.
    fn letter(&self, wire: &mut BufReader<Box<dyn Wire>>, letter: &mut Heard) -> std::io::Result<bool> {
        if matches!(self.does, Does::Answers("data", _)) {
            return Ok(true);
        }
        loop {
            let mut line = String::new();
            if wire.read_line(&mut line)? == 0 || self.does == Does::DropsInTheLetter {
                return Ok(false);
            }
            if line == ".\r\n" {
                break;
            }
            letter.message += line.strip_prefix('.').unwrap_or(&line);
        }
        let taken = !matches!(self.does, Does::Answers("letter", _));
        if taken {
            self.heard.lock().expect("no test thread panics").push(letter.clone());
        }
        if self.does == Does::DropsAfterTheDot {
            return Ok(false);
        }
        say(wire, self.answer("letter", "250 2.0.0 queued as 4F5A for <somebody@example.org>"))?;
        Ok(true)
    }

    fn answer(&self, step: &str, usual: &'static str) -> &'static str {
        match self.does {
            Does::Answers(at, answer) if at == step => answer,
            Does::Answers(..) | Does::Refuses(..) | Does::Accepts | Does::DropsInTheLetter | Does::DropsAfterTheDot => usual,
        }
    }
}

fn say(wire: &mut BufReader<Box<dyn Wire>>, line: &str) -> std::io::Result<()> {
    let wire = wire.get_mut();
    // In one piece: two would wait for each other on the way.
    wire.write_all(format!("{line}\r\n").as_bytes())?;
    wire.flush()
}

fn encrypted(stream: TcpStream, certificate: &str) -> rustls::StreamOwned<rustls::ServerConnection, TcpStream> {
    let chain: Vec<_> =
        CertificateDer::pem_file_iter(tls_file(certificate)).expect("a file").map(|each| each.expect("a certificate")).collect();
    let key = PrivateKeyDer::from_pem_file(tls_file("server.key")).expect("a key");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = rustls::ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().expect("versions");
    let config = builder.with_no_client_auth().with_single_cert(chain, key).expect("the key fits the certificate");
    rustls::StreamOwned::new(rustls::ServerConnection::new(Arc::new(config)).expect("a configuration"), stream)
}
