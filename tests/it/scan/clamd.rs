//! A scripted clamd, and clamd itself with one signature of our own.

use std::io::Write as _;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use focus_family::config::ScannerAddress;
use focus_family::scan::Scanner;
use tempfile::TempDir;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, UnixListener};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

/// What it does with whoever comes.
#[derive(Clone)]
pub enum Act {
    /// Hears a whole stream, says these bytes, hangs up.
    Answer(Vec<u8>),
    /// Hears so many bytes of content, says this, hangs up.
    HangUpAfter(usize, Vec<u8>),
    /// Hears a whole stream and says nothing.
    Stall,
    /// Answers what the mail's header `X-Answer` says, else that it is clean.
    AsAsked,
    /// Knows the test file and locked archives, as clamd does.
    Scanning,
}

#[derive(Default)]
struct Mood {
    away: AtomicBool,
    blind: AtomicBool,
}

/// A scripted clamd. Stops when it is dropped.
pub struct Clamd {
    pub at: ScannerAddress,
    heard: mpsc::UnboundedReceiver<Vec<u8>>,
    mood: Arc<Mood>,
    task: JoinHandle<()>,
    _folder: TempDir,
}

impl Drop for Clamd {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Clamd {
    pub async fn start(over_tcp: bool, act: Act) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (tell, heard) = mpsc::unbounded_channel();
        let mood = Arc::new(Mood::default());
        let its_mood = mood.clone();
        let (at, task) = if over_tcp {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let at = ScannerAddress::Tcp(listener.local_addr().unwrap());
            let serve = async move {
                while let Ok((line, _)) = listener.accept().await {
                    tokio::spawn(speak(line, act.clone(), tell.clone(), its_mood.clone()));
                }
            };
            (at, tokio::spawn(serve))
        } else {
            let path = folder.path().join("clamd.ctl");
            let listener = UnixListener::bind(&path).unwrap();
            let serve = async move {
                while let Ok((line, _)) = listener.accept().await {
                    tokio::spawn(speak(line, act.clone(), tell.clone(), its_mood.clone()));
                }
            };
            (ScannerAddress::Unix(path), tokio::spawn(serve))
        };
        Self { at, heard, mood, task, _folder: folder }
    }

    /// The mails it heard to their ends.
    pub async fn heard(mut self) -> Vec<Vec<u8>> {
        let mut all = Vec::new();
        while let Ok(one) = self.heard.try_recv() {
            all.push(one);
        }
        all
    }
    pub async fn stop(self) {
        self.task.abort();
    }
    pub fn away(&self, away: bool) {
        self.mood.away.store(away, Ordering::SeqCst);
    }
    /// From now on everything is clean.
    pub fn blind(&self) {
        self.mood.blind.store(true, Ordering::SeqCst);
    }
}

async fn speak(mut line: impl AsyncRead + AsyncWrite + Unpin, act: Act, tell: mpsc::UnboundedSender<Vec<u8>>, mood: Arc<Mood>) {
    if mood.away.load(Ordering::SeqCst) {
        return;
    }
    let mut command = Vec::new();
    while command.last() != Some(&0) {
        let Ok(byte) = line.read_u8().await else { return };
        command.push(byte);
    }
    let simple = match command.as_slice() {
        b"zPING\0" => Some(&b"PONG\0"[..]),
        b"zVERSION\0" => Some(&b"ClamAV 1.4.6/27500/Mon Sep  7 06:26:02 2026\0"[..]),
        b"zINSTREAM\0" => None,
        other => panic!("unknown command {other:?}"),
    };
    if let Some(answer) = simple {
        line.write_all(answer).await.ok();
        return;
    }
    let limit = if let Act::HangUpAfter(bytes, _) = act { bytes } else { usize::MAX };
    let Some(mail) = hear(&mut line, limit).await else { return };
    let answer = match act {
        Act::Answer(answer) | Act::HangUpAfter(_, answer) => answer,
        Act::Stall => return std::future::pending().await,
        Act::AsAsked => {
            let text = String::from_utf8_lossy(&mail);
            let asked = text.lines().find_map(|line| line.strip_prefix("X-Answer: ")).unwrap_or("stream: OK");
            format!("{asked}\0").into_bytes()
        }
        Act::Scanning => answer_of_a_scan(&mail, mood.blind.load(Ordering::SeqCst)).to_vec(),
    };
    tell.send(mail).ok();
    line.write_all(&answer).await.ok();
    line.shutdown().await.ok();
}

/// The content of a stream to its end, or to more than `limit` bytes of it.
async fn hear(line: &mut (impl AsyncRead + Unpin), limit: usize) -> Option<Vec<u8>> {
    let mut mail = Vec::new();
    loop {
        let length = line.read_u32().await.ok()?;
        if length == 0 || mail.len() > limit {
            return Some(mail);
        }
        let from = mail.len();
        mail.resize(from + length as usize, 0);
        line.read_exact(&mut mail[from..]).await.ok()?;
    }
}

fn answer_of_a_scan(mail: &[u8], blind: bool) -> &'static [u8] {
    let holds = |what: &[u8]| mail.windows(what.len()).any(|window| window == what);
    match () {
        () if blind => b"stream: OK\0",
        () if holds(b"EICAR-STANDARD-ANTIVIRUS") => b"stream: Eicar-Test-Signature FOUND\0",
        () if holds(b"PK\x03\x04\x14\x00\x01") => b"stream: Heuristics.Encrypted.Zip FOUND\0",
        () => b"stream: OK\0",
    }
}

/// clamd itself, private to the test, with one signature: the test file's.
pub struct Real {
    pub at: ScannerAddress,
    child: Child,
    _folder: TempDir,
}

impl Drop for Real {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

impl Real {
    /// None where it is not installed.
    pub async fn start() -> Option<Self> {
        let program = std::path::Path::new("/usr/sbin/clamd");
        if !program.exists() {
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path().join("clamd.ctl");
        std::fs::create_dir(folder.path().join("db")).unwrap();
        let file = [r"X5O!P%@AP[4\PZX54(P^)7CC)7}", "$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"].concat();
        std::fs::write(folder.path().join("db/own.ndb"), format!("Test.EICAR-own:0:0:{}\n", hex::encode(file))).unwrap();
        let mut settings = std::fs::File::create(folder.path().join("clamd.conf")).unwrap();
        write!(
            settings,
            "Foreground yes\nLocalSocket {}\nDatabaseDirectory {}\nAlertEncrypted yes\nAlertExceedsMax yes\n\
             AlertOLE2Macros yes\nStreamMaxLength 1M\n",
            at.display(),
            folder.path().join("db").display()
        )
        .unwrap();
        let mut command = Command::new(program);
        command.arg("-c").arg(folder.path().join("clamd.conf")).stdout(Stdio::null()).stderr(Stdio::null());
        let real = Self { at: ScannerAddress::Unix(at), child: command.spawn().unwrap(), _folder: folder };
        let scanner = Scanner::new(&super::settings(&real.at));
        for _ in 0..600 {
            if scanner.ask("PING").await.is_ok_and(|answer| answer == "PONG") {
                return Some(real);
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        panic!("clamd does not start");
    }
}
