//! Signing in: SASL PLAIN (RFC 4616) or `LOGIN` with a password, `XOAUTH2` with an access token.
//!
//! A secret goes over the line only once the connection is what the settings ask for, and never into an error or a log.

use std::collections::HashSet;

use base64::Engine as _;
use tokio::io::{AsyncRead, AsyncWrite};

use super::wire::{self, Ended, Wire};
use crate::config::{ImapLogin, ImapSettings};
use crate::mailbox::RemoteError;

const DOING: &str = "sign in";

/// Signs in with `secret`: the password or the access token, as the settings say.
///
/// # Errors
/// [`RemoteError::SignIn`] when the server does not accept it, [`RemoteError::Busy`] when it cannot say now.
pub async fn sign_in<S: AsyncRead + AsyncWrite + Unpin + Send>(
    wire: &mut Wire<S>,
    capabilities: &HashSet<String>,
    settings: &ImapSettings,
    secret: &str,
) -> Result<(), RemoteError> {
    let user = &settings.username;
    let ended = match settings.login {
        ImapLogin::Password { .. } if capabilities.contains("AUTH=PLAIN") => {
            sasl(wire, "PLAIN", &format!("\0{user}\0{secret}")).await?
        }
        ImapLogin::Password { .. } if capabilities.contains("LOGINDISABLED") => {
            return Err(RemoteError::SignIn { said: "the server takes no password; use another login".to_owned() });
        }
        ImapLogin::Password { .. } => {
            let Some((user, secret)) = plain(user).zip(plain(secret)) else {
                return Err(RemoteError::SignIn { said: "the password holds characters this server cannot take".to_owned() });
            };
            wire.exchange(DOING, &format!("LOGIN {user} {secret}"), |_| {}).await?
        }
        ImapLogin::TokenFile { .. } | ImapLogin::Microsoft(_) => {
            // https://learn.microsoft.com/exchange/client-developer/legacy-protocols/how-to-authenticate-an-imap-pop-smtp-application-by-using-oauth
            sasl(wire, "XOAUTH2", &format!("user={user}\x01auth=Bearer {secret}\x01\x01")).await?
        }
    };
    match ended {
        Ended::Ok => Ok(()),
        Ended::Refused { said } => Err(match super::refusal(DOING, said) {
            RemoteError::Refused { said, .. } => RemoteError::SignIn { said },
            other => other,
        }),
    }
}

async fn sasl<S: AsyncRead + AsyncWrite + Unpin + Send>(
    wire: &mut Wire<S>,
    mechanism: &str,
    response: &str,
) -> Result<Ended, RemoteError> {
    let tag = wire.start(DOING, &format!("AUTHENTICATE {mechanism}")).await?;
    let mut response = Some(base64::engine::general_purpose::STANDARD.encode(response));
    loop {
        let answer = wire.next(DOING).await?;
        if answer.starts_with(b"+") {
            // A second question is the server's explanation of its refusal; it wants an empty line before it ends.
            wire.line(DOING, &response.take().unwrap_or_default()).await?;
        } else if let Some(rest) = answer.strip_prefix(tag.as_bytes()) {
            let ok = rest.get(..3).is_some_and(|word| word.eq_ignore_ascii_case(b" OK"));
            return Ok(if ok { Ended::Ok } else { Ended::Refused { said: wire::said(rest) } });
        }
    }
}

/// In quotes, when it can be.
fn plain(text: &str) -> Option<String> {
    let fits = text.bytes().all(|byte| (b' '..=b'~').contains(&byte));
    fits.then(|| format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")))
}
