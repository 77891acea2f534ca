//! Connections to mail servers and to Microsoft: encrypted, with the certificate checked; plain only to this machine itself.

use std::io;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// Why there is no connection. The server was told nothing yet.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// Nobody answers there.
    #[error("cannot reach `{host}:{port}`; is the name right, and may this machine go there?")]
    Unreachable {
        /// The server.
        host: String,
        /// Its port.
        port: u16,
        /// The system's reason.
        #[source]
        cause: io::Error,
    },
    /// Its certificate or its TLS is not good.
    #[error("`{host}` cannot be trusted; when its certificate is the council's own, name it as `ca_file`")]
    Untrusted {
        /// The server.
        host: String,
        /// What TLS said.
        #[source]
        cause: io::Error,
    },
    /// An unencrypted connection to another machine.
    #[error("`{host}` is another machine, and nothing is sent there unencrypted; write tls = \"implicit\"")]
    PlainElsewhere {
        /// The server.
        host: String,
    },
    /// What the settings name is no address that is asked.
    #[error("`{url}` is no address to ask: write https://… (http:// for this machine only)")]
    NoAddress {
        /// As written.
        url: String,
    },
    /// The file with certificates cannot be used.
    #[error("cannot use the certificates in `{}`", path.display())]
    CaFile {
        /// The file.
        path: PathBuf,
        /// Why not.
        #[source]
        cause: io::Error,
    },
}

/// A connection.
pub enum Connection {
    /// Unencrypted, to this machine itself.
    Plain(TcpStream),
    /// Encrypted.
    Tls(Box<TlsStream<TcpStream>>),
}

/// Connects without encryption yet.
///
/// # Errors
/// [`ConnectError::Unreachable`].
pub async fn reach(host: &str, port: u16) -> Result<TcpStream, ConnectError> {
    let unreachable = |cause| ConnectError::Unreachable { host: host.to_owned(), port, cause };
    let stream = TcpStream::connect((host, port)).await.map_err(unreachable)?;
    stream.set_nodelay(true).map_err(unreachable)?;
    Ok(stream)
}

/// Refuses a plain connection to another machine.
///
/// # Errors
/// [`ConnectError::PlainElsewhere`].
pub fn only_this_machine(stream: &TcpStream, host: &str) -> Result<(), ConnectError> {
    match stream.peer_addr() {
        Ok(address) if address.ip().is_loopback() => Ok(()),
        Ok(_) | Err(_) => Err(ConnectError::PlainElsewhere { host: host.to_owned() }),
    }
}

/// Encrypts `stream`. The certificate must be for `host`, and known to this machine or to `ca_file` (PEM).
///
/// # Errors
/// [`ConnectError`].
pub async fn encrypt(stream: TcpStream, host: &str, ca_file: Option<&Path>) -> Result<TlsStream<TcpStream>, ConnectError> {
    let untrusted = |cause: io::Error| ConnectError::Untrusted { host: host.to_owned(), cause };
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let more = match ca_file {
        Some(path) => certificates(path)?,
        None => Vec::new(),
    };
    let verifier = rustls_platform_verifier::Verifier::new_with_extra_roots(more, provider.clone())
        .map_err(io::Error::other)
        .map_err(untrusted)?;
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(io::Error::other)
        .map_err(untrusted)?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    let name = ServerName::try_from(host.to_owned()).map_err(io::Error::other).map_err(untrusted)?;
    TlsConnector::from(Arc::new(config)).connect(name, stream).await.map_err(untrusted)
}

/// Every certificate of a PEM file.
///
/// # Errors
/// [`ConnectError::CaFile`].
pub fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, ConnectError> {
    let wrong = |cause| ConnectError::CaFile { path: path.to_owned(), cause };
    let read = |error| wrong(io::Error::other(error));
    let found: Vec<_> = CertificateDer::pem_file_iter(path).map_err(read)?.collect::<Result<_, _>>().map_err(read)?;
    if found.is_empty() { Err(wrong(io::Error::other("it holds no PEM certificate"))) } else { Ok(found) }
}

impl AsyncRead for Connection {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_read(cx, buffer),
            Self::Tls(stream) => Pin::new(stream).poll_read(cx, buffer),
        }
    }
}

impl AsyncWrite for Connection {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_write(cx, bytes),
            Self::Tls(stream) => Pin::new(stream).poll_write(cx, bytes),
        }
    }
    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_flush(cx),
            Self::Tls(stream) => Pin::new(stream).poll_flush(cx),
        }
    }
    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_shutdown(cx),
            Self::Tls(stream) => Pin::new(stream).poll_shutdown(cx),
        }
    }
}
