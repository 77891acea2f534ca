//! Asks the virus scanner of this machine, clamd, about the bytes of a mail: one connection a mail, the whole mail in one stream, for
//! clamd takes mails apart itself. Decides nothing; an answer that is not clear is no answer. Start at [`Scanner::scan`].

use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpStream, UnixStream};

use crate::config::{ScanSettings, ScannerAddress, UnscannedMail};
use crate::domain::mail::scanned::{Scanned, Unscanned};

/// Bytes of a mail sent behind one length.
const CHUNK_BYTES: usize = 64 << 10;
/// Longest answer that is read.
const ANSWER_BYTES_MAX: usize = 4 << 10;
/// A scanner that is there says so within this time.
const GREETING_SECONDS: u64 = 5;

/// clamd, as the settings name it. Holds no connection.
#[derive(Debug, Clone)]
pub struct Scanner {
    at: ScannerAddress,
    time_limit: Duration,
    bytes_max: u64,
}

/// Why a command other than a scan had no answer.
#[derive(Debug, thiserror::Error)]
pub enum ScannerError {
    /// No connection, or it broke.
    #[error("cannot reach the virus scanner at {at}")]
    Unreached {
        /// Where.
        at: String,
        /// Why.
        #[source]
        cause: std::io::Error,
    },
    /// It took the line and said nothing in time.
    #[error("the virus scanner at {at} does not answer")]
    Silent {
        /// Where.
        at: String,
    },
}

trait Line: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Line for T {}

/// The one rule for all who would open a mail: whether it may be, after the scanner said `scanned`.
#[must_use]
pub fn may_open(scanned: &Scanned, settings: &ScanSettings) -> bool {
    match scanned {
        Scanned::Clean => true,
        Scanned::Infected(_) => false,
        Scanned::Unscanned(_) => settings.unscanned == UnscannedMail::Read,
    }
}

impl Scanner {
    /// The scanner of these settings.
    #[must_use]
    pub fn new(settings: &ScanSettings) -> Self {
        Self {
            at: settings.clamd.clone(),
            time_limit: Duration::from_secs(settings.seconds),
            bytes_max: settings.largest_mb << 20,
        }
    }

    /// What the scanner says of `raw`. Never an error: what could not be scanned is just that.
    pub async fn scan(&self, raw: &[u8]) -> Scanned {
        if raw.len() as u64 > self.bytes_max {
            return Scanned::Unscanned(Unscanned::TooLarge);
        }
        match tokio::time::timeout(self.time_limit, self.stream(raw)).await {
            Err(_) => Scanned::Unscanned(Unscanned::TimeLimit),
            Ok(Err(error)) => {
                tracing::error!(error = %error, "the virus scanner could not be reached");
                Scanned::Unscanned(Unscanned::Unreached)
            }
            Ok(Ok(answer)) => {
                let scanned = Scanned::of_answer(answer.as_deref());
                if scanned == Scanned::Unscanned(Unscanned::NoAnswer) {
                    tracing::error!(words = answer.is_some(), "the virus scanner gave no clear answer");
                }
                scanned
            }
        }
    }

    /// One command without data, `PING` or `VERSION`, and its answer.
    ///
    /// # Errors
    /// [`ScannerError`].
    pub async fn ask(&self, command: &str) -> Result<String, ScannerError> {
        let asked = async {
            let mut line = self.connect().await?;
            line.write_all(format!("z{command}\0").as_bytes()).await?;
            answer(&mut line).await
        };
        match tokio::time::timeout(Duration::from_secs(GREETING_SECONDS), asked).await {
            Err(_) | Ok(Ok(None)) => Err(ScannerError::Silent { at: self.at.to_string() }),
            Ok(Ok(Some(answer))) => Ok(answer),
            Ok(Err(cause)) => Err(ScannerError::Unreached { at: self.at.to_string(), cause }),
        }
    }

    async fn connect(&self) -> std::io::Result<Box<dyn Line>> {
        Ok(match &self.at {
            ScannerAddress::Unix(path) => Box::new(UnixStream::connect(path).await?),
            ScannerAddress::Tcp(address) => Box::new(TcpStream::connect(address).await?),
        })
    }

    /// `INSTREAM` of clamd(8): each piece behind its length, a length of nought at the end.
    async fn stream(&self, raw: &[u8]) -> std::io::Result<Option<String>> {
        let mut line = self.connect().await?;
        match send(&mut line, raw).await {
            Ok(()) => answer(&mut line).await,
            // Whoever has heard enough says why and hangs up while we still speak.
            Err(error) => match answer(&mut line).await {
                // What was not heard to its end is not clean, whatever the answer.
                Ok(Some(told)) if !told.trim_end().ends_with(": OK") => Ok(Some(told)),
                Ok(_) | Err(_) => Err(error),
            },
        }
    }
}

async fn send(line: &mut (impl AsyncWrite + Unpin + ?Sized), raw: &[u8]) -> std::io::Result<()> {
    line.write_all(b"zINSTREAM\0").await?;
    for chunk in raw.chunks(CHUNK_BYTES) {
        let length = u32::try_from(chunk.len()).expect("a chunk is small");
        line.write_all(&length.to_be_bytes()).await?;
        line.write_all(chunk).await?;
    }
    line.write_all(&0_u32.to_be_bytes()).await?;
    line.flush().await
}

/// What stands before the NUL that ends an answer; none when the line ended before it.
async fn answer(line: &mut (impl AsyncRead + Unpin + ?Sized)) -> std::io::Result<Option<String>> {
    let mut told = Vec::new();
    let mut buffer = [0; 512];
    while told.len() < ANSWER_BYTES_MAX {
        let read = line.read(&mut buffer).await?;
        if read == 0 {
            return Ok(None);
        }
        told.extend_from_slice(&buffer[..read]);
        if let Some(end) = told.iter().position(|byte| *byte == 0) {
            told.truncate(end);
            return Ok(Some(String::from_utf8_lossy(&told).into_owned()));
        }
    }
    Ok(None)
}
