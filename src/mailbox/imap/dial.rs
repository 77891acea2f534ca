//! From the settings to a connection on which a secret may be said.

use std::collections::HashSet;
use std::time::Duration;

use imap_proto::Response;

use super::done;
use super::wire::{self, Wire};
use crate::config::{ImapSettings, Tls};
use crate::mailbox::RemoteError;
use crate::mailbox::secure::{self, Connection};

/// Connects as the settings say, within `patience`; also what the server said it can do, where it said so unasked.
pub(super) async fn dial(
    settings: &ImapSettings,
    patience: Duration,
) -> Result<(Wire<Connection>, HashSet<String>), RemoteError> {
    let late = || std::io::Error::new(std::io::ErrorKind::TimedOut, "the server took too long");
    let lost = |_| Err(RemoteError::Lost { doing: "connect", cause: late() });
    tokio::time::timeout(patience, reach(settings, patience)).await.unwrap_or_else(lost)
}

/// An encrypted connection after its greeting, with the capabilities the greeting tells.
async fn reach(settings: &ImapSettings, patience: Duration) -> Result<(Wire<Connection>, HashSet<String>), RemoteError> {
    let stream = secure::reach(&settings.host, settings.port).await?;
    let ca_file = settings.ca_file.as_deref();
    match settings.tls {
        Tls::None => {
            secure::only_this_machine(&stream, &settings.host)?;
            greeted(Connection::Plain(stream), patience).await
        }
        Tls::Implicit => {
            let stream = secure::encrypt(stream, &settings.host, ca_file).await?;
            greeted(Connection::Tls(Box::new(stream)), patience).await
        }
        Tls::StartTls => {
            let (mut wire, _) = greeted(stream, patience).await?;
            done("encrypt the connection", wire.exchange("encrypt the connection", "STARTTLS", |_| {}).await?)?;
            let injected = || std::io::Error::new(std::io::ErrorKind::InvalidData, "words before the encryption began");
            let stream =
                wire.into_stream().ok_or_else(|| RemoteError::Lost { doing: "encrypt the connection", cause: injected() })?;
            let stream = secure::encrypt(stream, &settings.host, ca_file).await?;
            Ok((Wire::new(Connection::Tls(Box::new(stream)), patience), HashSet::new()))
        }
    }
}

async fn greeted<S>(stream: S, patience: Duration) -> Result<(Wire<S>, HashSet<String>), RemoteError>
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + Send,
{
    const DOING: &str = "hear the server's greeting";
    let mut wire = Wire::new(stream, patience);
    let greeting = wire.next(DOING).await?;
    if !greeting.get(..4).is_some_and(|start| start.eq_ignore_ascii_case(b"* OK")) {
        return Err(RemoteError::Busy { seconds: 60 });
    }
    let told = Response::parse(&greeting).ok().and_then(|(_, response)| wire::capabilities(&response));
    Ok((wire, told.unwrap_or_default().into_iter().collect()))
}
