//! A small HTTPS client for the two places Microsoft is asked at: one origin, one connection at a time, bodies of limited size,
//! redirections not followed.

use std::path::PathBuf;
use std::time::Duration;

use http_body_util::{BodyExt as _, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::header::{CONTENT_LENGTH, CONTENT_TYPE, HOST, HeaderMap};
use hyper::{Method, Request, StatusCode};
use hyper_util::rt::TokioIo;

use super::RemoteError;
use super::secure::{self, ConnectError, Connection};

/// Where to ask.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    encrypted: bool,
    host: String,
    port: u16,
}

impl Origin {
    /// `https://host`, `https://host:port`, and `http://` for this machine only.
    #[must_use]
    pub fn parse(url: &str) -> Option<Self> {
        let (encrypted, rest) = match (url.strip_prefix("https://"), url.strip_prefix("http://")) {
            (Some(rest), _) => (true, rest),
            (None, Some(rest)) => (false, rest),
            (None, None) => return None,
        };
        let authority = rest.split('/').next().unwrap_or_default();
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) => (host, port.parse().ok()?),
            None => (authority, if encrypted { 443 } else { 80 }),
        };
        let good = !host.is_empty() && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-".contains(&byte));
        let near = encrypted || ["localhost", "127.0.0.1"].contains(&host);
        (good && near).then(|| Self { encrypted, host: host.to_owned(), port })
    }

    /// What follows this origin in `url`; none when it is of another one.
    #[must_use]
    pub fn path_of<'u>(&self, url: &'u str) -> Option<&'u str> {
        if Self::parse(url)? != *self {
            return None;
        }
        let start = url.find("://")? + 3;
        Some(url[start..].find('/').map_or("/", |slash| &url[start + slash..]))
    }

    fn authority(&self) -> String {
        match (self.encrypted, self.port) {
            (true, 443) | (false, 80) => self.host.clone(),
            (_, port) => format!("{}:{port}", self.host),
        }
    }
}

/// A client of one origin.
pub struct Http {
    origin: Origin,
    ca_file: Option<PathBuf>,
    patience: Duration,
    sender: Option<SendRequest<Full<Bytes>>>,
}

/// What is asked.
#[derive(Clone)]
pub struct Ask {
    /// How.
    pub method: Method,
    /// Path and query.
    pub path: String,
    /// Besides the usual: name and value.
    pub headers: Vec<(&'static str, String)>,
    /// Kind and bytes of the body.
    pub body: Option<(&'static str, Vec<u8>)>,
    /// Bytes of the answer that are read at most.
    pub bytes_max: u64,
}
crate::redacted_debug!(Ask);

/// What was answered.
pub struct Answer {
    /// Its number.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its first bytes.
    pub body: Vec<u8>,
    /// There were more.
    pub cut: bool,
}
crate::redacted_debug!(Answer);

impl Http {
    /// A client of the origin of `url`; it connects when it is first asked something.
    ///
    /// # Errors
    /// [`ConnectError::NoAddress`].
    pub fn new(url: &str, ca_file: Option<PathBuf>, patience: Duration) -> Result<Self, ConnectError> {
        let origin = Origin::parse(url).ok_or_else(|| ConnectError::NoAddress { url: url.to_owned() })?;
        Ok(Self { origin, ca_file, patience, sender: None })
    }

    /// Where it asks.
    #[must_use]
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// The next question goes over a new connection.
    pub fn hang_up(&mut self) {
        self.sender = None;
    }

    /// Asks and reads the answer, whatever its number.
    ///
    /// # Errors
    /// [`RemoteError::Connect`] or [`RemoteError::Lost`]; whether the question arrived is then not known.
    pub async fn ask(&mut self, doing: &'static str, ask: &Ask) -> Result<Answer, RemoteError> {
        let patience = self.patience;
        let lost = |cause| RemoteError::Lost { doing, cause };
        let late = |_| lost(std::io::Error::new(std::io::ErrorKind::TimedOut, "the server took too long"));
        let answered = tokio::time::timeout(patience, self.asked(doing, ask)).await.map_err(late).flatten();
        if !matches!(&answered, Ok(answer) if !answer.cut) {
            // What is left of the answer would be taken for the next one.
            self.sender = None;
        }
        answered
    }

    async fn asked(&mut self, doing: &'static str, ask: &Ask) -> Result<Answer, RemoteError> {
        let broken = |cause: hyper::Error| RemoteError::Lost { doing, cause: std::io::Error::other(cause) };
        let request = self.request(ask).map_err(|cause| RemoteError::Lost { doing, cause: std::io::Error::other(cause) })?;
        let mut sender = match self.sender.take().filter(|sender| !sender.is_closed()) {
            Some(sender) => sender,
            None => self.connect(doing).await?,
        };
        if sender.ready().await.is_err() {
            sender = self.connect(doing).await?;
        }
        let response = sender.send_request(request).await.map_err(broken)?;
        let (parts, mut body) = response.into_parts();
        let mut bytes = Vec::new();
        let mut cut = false;
        while let Some(frame) = body.frame().await {
            let Ok(data) = frame.map_err(broken)?.into_data() else { continue };
            let room = usize::try_from(ask.bytes_max.saturating_sub(bytes.len() as u64)).unwrap_or(usize::MAX);
            bytes.extend_from_slice(&data[..data.len().min(room)]);
            if data.len() > room {
                cut = true;
                break;
            }
        }
        let announced = parts.headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
        if !cut && announced.is_some_and(|announced| announced != bytes.len() as u64) {
            return Err(RemoteError::Lost { doing, cause: std::io::Error::other("the answer ends early") });
        }
        self.sender = Some(sender);
        Ok(Answer { status: parts.status, headers: parts.headers, body: bytes, cut })
    }

    fn request(&self, ask: &Ask) -> hyper::http::Result<Request<Full<Bytes>>> {
        let mut request = Request::builder().method(ask.method.clone()).uri(&ask.path).header(HOST, self.origin.authority());
        request = request.header("user-agent", concat!("focus-family/", env!("CARGO_PKG_VERSION")));
        for (name, value) in &ask.headers {
            request = request.header(*name, value);
        }
        match &ask.body {
            Some((kind, bytes)) => request.header(CONTENT_TYPE, *kind).body(Full::from(bytes.clone())),
            None => request.body(Full::default()),
        }
    }

    async fn connect(&self, doing: &'static str) -> Result<SendRequest<Full<Bytes>>, RemoteError> {
        let stream = secure::reach(&self.origin.host, self.origin.port).await?;
        let connection = if self.origin.encrypted {
            Connection::Tls(Box::new(secure::encrypt(stream, &self.origin.host, self.ca_file.as_deref()).await?))
        } else {
            secure::only_this_machine(&stream, &self.origin.host)?;
            Connection::Plain(stream)
        };
        let untrusted = |cause| ConnectError::Untrusted { host: self.origin.host.clone(), cause: std::io::Error::other(cause) };
        let (sender, driver) = handshake(TokioIo::new(connection)).await.map_err(untrusted)?;
        tokio::spawn(async move {
            if let Err(error) = driver.await {
                tracing::debug!(%error, doing, "a connection ended");
            }
        });
        Ok(sender)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_encrypted_or_on_this_machine() {
        for good in
            ["https://graph.microsoft.com", "https://graph.microsoft.com:8443/v1.0", "http://127.0.0.1:9/", "http://localhost"]
        {
            assert!(Origin::parse(good).is_some(), "{good}");
        }
        for bad in
            ["http://graph.microsoft.com", "ftp://x", "https://", "https://user@host", "https://a b", "graph.microsoft.com"]
        {
            assert!(Origin::parse(bad).is_none(), "{bad}");
        }
        let origin = Origin::parse("https://graph.microsoft.com").unwrap();
        assert_eq!(origin.path_of("https://graph.microsoft.com/v1.0/x?$y=1"), Some("/v1.0/x?$y=1"));
        assert_eq!(origin.path_of("https://graph.microsoft.com.example.org/v1.0/x"), None);
    }
}
