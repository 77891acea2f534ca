//! One exchange with an IMAP server (RFC 3501): a command, the lines that answer it, and its tagged end.
//!
//! The grammar of answers is the work of `imap-proto`. The exchange is ours, because it must know three things for certain: that an
//! answer came to its end, that the end was OK, and how much memory the other side may take. A connection that ends early is never
//! taken for an answer that is empty.

use std::io;
use std::time::Duration;

use imap_proto::{Capability, Outcome, Response, Status};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};

use crate::mailbox::{RemoteError, traceable};

/// Bytes of one answer with its literals: a list of a million numbers fits.
const ANSWER_BYTES_MAX: usize = 12 << 20;
/// Bytes of one literal: a part of a mail, and something for servers that count otherwise.
pub const LITERAL_BYTES_MAX: u64 = (1 << 20) + (64 << 10);

/// A connection that speaks in lines and literals.
pub struct Wire<S> {
    stream: S,
    /// Read and not yet used.
    buffer: Vec<u8>,
    /// Where the line begins that is looked at, behind the literals before it.
    line_start: usize,
    /// Up to here there is no end of a line.
    searched: usize,
    tag: u32,
    patience: Duration,
}

/// How the server ended an exchange.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ended {
    /// Done.
    Ok,
    /// Not done; the connection is good.
    Refused {
        /// What it said, without addresses.
        said: String,
    },
}

impl<S: AsyncRead + AsyncWrite + Unpin + Send> Wire<S> {
    /// On a fresh connection. No exchange takes longer than `patience`.
    pub fn new(stream: S, patience: Duration) -> Self {
        Self { stream, buffer: Vec::new(), line_start: 0, searched: 0, tag: 0, patience }
    }

    /// The connection, for its encryption after `STARTTLS`; none when the server said more than it was asked: somebody between us
    /// may have put it there (RFC 9051, section 11.1).
    pub fn into_stream(self) -> Option<S> {
        self.buffer.is_empty().then_some(self.stream)
    }

    /// Sends `command`, gives every answer on the way to `take`, and returns how it ended.
    ///
    /// # Errors
    /// [`RemoteError::Lost`] when the connection broke, took too long, or said what cannot be; then it must not be used again.
    pub async fn exchange(
        &mut self,
        doing: &'static str,
        command: &str,
        mut take: impl FnMut(&Response<'_>) + Send,
    ) -> Result<Ended, RemoteError> {
        let tag = self.start(doing, command).await?;
        let patience = self.patience;
        let all = async {
            loop {
                let answer = self.answer().await?;
                if let Some(ended) = end_of(&answer, &tag)? {
                    return Ok(ended);
                }
                // A line this grammar does not know is no answer to anything that was asked.
                if let Ok((_, response)) = Response::parse(&answer) {
                    take(&response);
                }
            }
        };
        in_time(doing, patience, all).await
    }

    /// Sends `command` under a tag of its own and returns the tag.
    ///
    /// # Errors
    /// [`RemoteError::Lost`].
    pub async fn start(&mut self, doing: &'static str, command: &str) -> Result<String, RemoteError> {
        self.tag += 1;
        let tag = format!("F{}", self.tag);
        self.line(doing, &format!("{tag} {command}")).await?;
        Ok(tag)
    }

    /// Sends a line as it is.
    ///
    /// # Errors
    /// [`RemoteError::Lost`].
    pub async fn line(&mut self, doing: &'static str, line: &str) -> Result<(), RemoteError> {
        let patience = self.patience;
        let write = async {
            self.stream.write_all(format!("{line}\r\n").as_bytes()).await?;
            self.stream.flush().await
        };
        in_time(doing, patience, write).await
    }

    /// The next answer within the patience.
    ///
    /// # Errors
    /// [`RemoteError::Lost`].
    pub async fn next(&mut self, doing: &'static str) -> Result<Vec<u8>, RemoteError> {
        let patience = self.patience;
        in_time(doing, patience, self.answer()).await
    }

    /// The next answer, however long it takes. May be dropped and called again: what was read stays.
    ///
    /// # Errors
    /// The connection's; what was too large or no answer at all.
    pub async fn answer(&mut self) -> io::Result<Vec<u8>> {
        loop {
            if let Some(length) = self.whole()? {
                let rest = self.buffer.split_off(length);
                (self.line_start, self.searched) = (0, 0);
                return Ok(std::mem::replace(&mut self.buffer, rest));
            }
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the server ended the connection"));
            }
        }
    }

    /// How long the first whole answer in the buffer is.
    fn whole(&mut self) -> io::Result<Option<usize>> {
        while self.searched < self.buffer.len() {
            let Some(end) = self.buffer[self.searched..].iter().position(|byte| *byte == b'\n') else {
                self.searched = self.buffer.len();
                break;
            };
            let end = self.searched + end + 1;
            let Some(literal) = literal_bytes(&self.buffer[self.line_start..end])? else { return Ok(Some(end)) };
            self.line_start = end + literal;
            self.searched = self.line_start;
        }
        if self.buffer.len() > ANSWER_BYTES_MAX {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "the server sends an answer without an end"));
        }
        Ok(None)
    }
}

/// The bytes that follow this line, when it ends in `{123}`.
fn literal_bytes(line: &[u8]) -> io::Result<Option<usize>> {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let Some(inner) = line.strip_suffix(b"}") else { return Ok(None) };
    let digits = inner.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
    let (before, number) = inner.split_at(inner.len() - digits);
    if digits == 0 || before.last() != Some(&b'{') {
        return Ok(None);
    }
    let number = std::str::from_utf8(number).ok().and_then(|text| text.parse::<u64>().ok());
    match number {
        Some(number) if number <= LITERAL_BYTES_MAX => Ok(Some(usize::try_from(number).expect("a literal below the limit"))),
        Some(_) | None => Err(io::Error::new(io::ErrorKind::InvalidData, "the server announces more than it was asked for")),
    }
}

/// Whether `answer` ends the exchange `tag`.
fn end_of(answer: &[u8], tag: &str) -> io::Result<Option<Ended>> {
    let of_tag = answer.strip_prefix(tag.as_bytes()).and_then(|rest| rest.strip_prefix(b" "));
    let bye = answer.get(..5).is_some_and(|start| start.eq_ignore_ascii_case(b"* BYE"));
    match of_tag {
        None if bye => Err(io::Error::new(io::ErrorKind::ConnectionAborted, said(answer.get(5..).unwrap_or_default()))),
        None => Ok(None),
        Some(rest) if rest.get(..2).is_some_and(|word| word.eq_ignore_ascii_case(b"OK")) => Ok(Some(Ended::Ok)),
        Some(rest) => Ok(Some(Ended::Refused { said: said(rest) })),
    }
}

/// A server's line for a log.
pub fn said(line: &[u8]) -> String {
    traceable(&String::from_utf8_lossy(line))
}

async fn in_time<T>(
    doing: &'static str,
    patience: Duration,
    work: impl Future<Output = io::Result<T>>,
) -> Result<T, RemoteError> {
    let late = || io::Error::new(io::ErrorKind::TimedOut, "the server took too long");
    let done = tokio::time::timeout(patience, work).await.unwrap_or_else(|_| Err(late()));
    done.map_err(|cause| RemoteError::Lost { doing, cause })
}

/// The names of capabilities in an answer or in the code of one, upper case; none when it holds none.
#[must_use]
pub fn capabilities(response: &Response<'_>) -> Option<Vec<String>> {
    let of_code = |outcome: &Outcome<'_>| match &outcome.code {
        Some(imap_proto::ResponseCode::Capabilities(list)) => Some(names(list)),
        Some(_) | None => None,
    };
    match response {
        Response::Capabilities(list) => Some(names(list)),
        Response::Data { status: Status::Ok, outcome } => of_code(outcome),
        _ => None,
    }
}

fn names(list: &[Capability<'_>]) -> Vec<String> {
    let name = |capability: &Capability<'_>| match capability {
        Capability::Imap4rev1 => "IMAP4REV1".to_owned(),
        Capability::Auth(name) => format!("AUTH={}", name.to_ascii_uppercase()),
        Capability::Atom(name) => name.to_ascii_uppercase(),
    };
    list.iter().map(name).collect()
}
