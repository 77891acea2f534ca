//! Letters by Microsoft Graph: the programme's own mailbox sends them, one recipient each, as the finished bytes they are.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Mutex;

use super::Delivered;
use crate::ambient::Ambient;
use crate::config::GraphSettings;
use crate::domain::time::Instant;
use crate::mailbox::RemoteError;
use crate::mailbox::graph::{Graph, SENDING};

/// Errors of Graph that are about the recipient or the letter itself: trying again changes nothing.
/// (<https://learn.microsoft.com/graph/errors>, and the codes of Exchange Web Services behind it.)
const FOR_GOOD: [&str; 3] = ["ErrorInvalidRecipients", "ErrorMessageSizeExceeded", "HTTP 413"];

/// A mailbox that sends. Clones share it.
#[derive(Clone)]
pub struct GraphSender {
    mailbox: Arc<Mutex<Graph>>,
    ambient: Ambient,
    /// The server asked us not to come back before.
    wait_until: Arc<Mutex<Option<Instant>>>,
}

impl std::fmt::Debug for GraphSender {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("GraphSender")
    }
}

impl GraphSender {
    /// The mailbox of `settings`; nothing is asked yet. No exchange takes longer than `patience`.
    ///
    /// # Errors
    /// [`RemoteError::Connect`] when the settings name no address.
    pub fn new(settings: GraphSettings, ambient: Ambient, patience: Duration) -> Result<Self, RemoteError> {
        let mailbox = Graph::new(settings, ambient.clone(), patience)?;
        Ok(Self { mailbox: Arc::new(Mutex::new(mailbox)), ambient, wait_until: Arc::default() })
    }

    /// Whether it can sign in. Nothing else can be tried without sending.
    pub(super) async fn probe(&self) -> Result<String, String> {
        match self.mailbox.lock().await.sign_in().await {
            Ok(()) => Ok("Microsoft 365 signs us in; whether we may send shows with `mail test --to`".to_owned()),
            Err(error) => Err(match delivered(Err(error)) {
                Delivered::Accepted { reply: code }
                | Delivered::Later { code }
                | Delivered::Unreached { code }
                | Delivered::Refused { code }
                | Delivered::Unsure { code } => code,
            }),
        }
    }

    /// One attempt. Its recipient is the one of the message's headers.
    pub(super) async fn send(&self, message: &[u8]) -> Delivered {
        let mut wait_until = self.wait_until.lock().await;
        let now = self.ambient.now();
        if wait_until.is_some_and(|until| now < until) {
            return Delivered::Unreached { code: "graph asked to wait".to_owned() };
        }
        *wait_until = None;
        let sent = self.mailbox.lock().await.send(message).await;
        if let Err(RemoteError::Busy { seconds }) = &sent {
            let pause = jiff::SignedDuration::from_secs(i64::try_from(*seconds).unwrap_or(i64::MAX));
            *wait_until = now.checked_add(pause).ok();
        }
        delivered(sent)
    }
}

/// What became of the letter, by what Graph answered.
fn delivered(sent: Result<(), RemoteError>) -> Delivered {
    match sent {
        Ok(()) => Delivered::Accepted { reply: "graph 202".to_owned() },
        Err(RemoteError::Busy { seconds }) => Delivered::Unreached { code: format!("graph asks to wait {seconds} s") },
        Err(RemoteError::Refused { said, .. }) if FOR_GOOD.iter().any(|code| said.contains(code)) => {
            Delivered::Refused { code: format!("graph {said}") }
        }
        Err(RemoteError::Refused { said, .. } | RemoteError::Unreadable { said }) => {
            Delivered::Later { code: format!("graph {said}") }
        }
        // Until the letter itself was asked for, nothing of it can have arrived.
        Err(RemoteError::Lost { doing, .. }) if doing == SENDING => {
            Delivered::Unsure { code: "no answer to the letter".to_owned() }
        }
        Err(RemoteError::Lost { .. }) => Delivered::Unreached { code: "graph connection lost".to_owned() },
        Err(RemoteError::SignIn { said }) => Delivered::Unreached { code: format!("graph sign-in {said}") },
        Err(RemoteError::Connect(_)) => Delivered::Unreached { code: "graph connect failed".to_owned() },
        Err(RemoteError::File { .. }) => Delivered::Unreached { code: "graph secret unreadable".to_owned() },
    }
}
