//! Access tokens for a program without a user: the client credentials grant of Microsoft Entra.
//!
//! <https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow>, and for the certificate
//! <https://learn.microsoft.com/entra/identity-platform/certificate-credentials>.

use std::path::Path;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hyper::Method;
use ring::signature::{RSA_PSS_SHA256, RsaKeyPair};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use serde::Deserialize;
use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::http::{Answer, Ask, Http};
use super::{RemoteError, secret_in, traceable};
use crate::ambient::Ambient;
use crate::config::{Proof, Registration};
use crate::domain::time::Instant;

/// Seconds before its end at which a token is no longer used.
const SPARE_SECONDS: i64 = 300;
/// Seconds an assertion is good for: Microsoft asks for no more than ten minutes.
const ASSERTION_SECONDS: i64 = 300;
const DOING: &str = "get an access token";

/// Gets tokens and keeps the newest.
pub struct Tokens {
    registration: Registration,
    scope: &'static str,
    http: Http,
    newest: Option<(String, Instant)>,
}

#[derive(Deserialize)]
struct Granted {
    access_token: String,
    expires_in: i64,
}

#[derive(Deserialize)]
struct Denied {
    error: String,
    #[serde(default)]
    error_codes: Vec<u64>,
}

impl Tokens {
    /// For `scope`: `https://graph.microsoft.com/.default`. Secrets are read when a token is needed.
    ///
    /// # Errors
    /// [`RemoteError::Connect`] when the authority is no address.
    pub fn new(registration: Registration, scope: &'static str, patience: Duration) -> Result<Self, RemoteError> {
        let http = Http::new(&registration.authority, registration.ca_file.clone(), patience)?;
        Ok(Self { http, registration, scope, newest: None })
    }

    /// A token that is good for some minutes yet.
    ///
    /// # Errors
    /// [`RemoteError::SignIn`] with Microsoft's own number of the reason, [`RemoteError::File`] or those of the connection.
    pub async fn bearer(&mut self, ambient: &Ambient) -> Result<String, RemoteError> {
        let now = ambient.now();
        if let Some((token, _)) = self.newest.as_ref().filter(|(_, until)| *until > now) {
            return Ok(token.clone());
        }
        let body = self.form(ambient)?;
        let path = format!("/{}/oauth2/v2.0/token", self.registration.tenant);
        let ask = Ask {
            method: Method::POST,
            path,
            headers: vec![("accept", "application/json".to_owned())],
            body: Some(("application/x-www-form-urlencoded", body.into_bytes())),
            bytes_max: 64 << 10,
        };
        let answer = self.http.ask(DOING, &ask).await?;
        let granted = granted(&answer)?;
        let seconds = (granted.expires_in - SPARE_SECONDS).max(0);
        let until = now.checked_add(jiff::SignedDuration::from_secs(seconds)).unwrap_or(now);
        self.newest = Some((granted.access_token.clone(), until));
        Ok(granted.access_token)
    }

    /// Forgets the newest token: somebody refused it.
    pub fn forget(&mut self) {
        self.newest = None;
    }

    fn form(&self, ambient: &Ambient) -> Result<String, RemoteError> {
        let registration = &self.registration;
        let mut fields = vec![
            ("grant_type", "client_credentials".to_owned()),
            ("client_id", registration.client_id.clone()),
            ("scope", self.scope.to_owned()),
        ];
        match &registration.proof {
            Proof::Secret { file } => fields.push(("client_secret", secret_in(file)?)),
            Proof::Certificate { certificate_file, key_file } => {
                let kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
                fields.push(("client_assertion_type", kind.to_owned()));
                fields.push(("client_assertion", self.assertion(certificate_file, key_file, ambient)?));
            }
        }
        Ok(fields.iter().map(|(name, value)| format!("{name}={}", escaped(value))).collect::<Vec<_>>().join("&"))
    }

    /// A signed statement of who we are, instead of a secret (RFC 7523).
    fn assertion(&self, certificate: &Path, key: &Path, ambient: &Ambient) -> Result<String, RemoteError> {
        let wrong = |path: &Path, problem: String| RemoteError::File { path: path.to_owned(), problem };
        let der = CertificateDer::from_pem_file(certificate).map_err(|error| wrong(certificate, error.to_string()))?;
        let pair = PrivateKeyDer::from_pem_file(key).map_err(|error| wrong(key, error.to_string()))?;
        let pair = match &pair {
            PrivateKeyDer::Pkcs8(der) => RsaKeyPair::from_pkcs8(der.secret_pkcs8_der()),
            PrivateKeyDer::Pkcs1(der) => RsaKeyPair::from_der(der.secret_pkcs1_der()),
            _ => return Err(wrong(key, "it is no RSA key".to_owned())),
        };
        let pair = pair.map_err(|error| wrong(key, format!("it is no RSA key of 2048 bits or more: {error}")))?;
        let now = ambient.now().as_second();
        let audience = format!("{}/{}/oauth2/v2.0/token", self.registration.authority, self.registration.tenant);
        let thumbprint = URL_SAFE_NO_PAD.encode(Sha256::digest(&der));
        let header = json!({"alg": "PS256", "typ": "JWT", "x5t#S256": thumbprint});
        let claims = json!({
            "aud": audience,
            "iss": self.registration.client_id,
            "sub": self.registration.client_id,
            "jti": format!("{:032x}", ambient.bits()),
            "nbf": now,
            "exp": now + ASSERTION_SECONDS,
        });
        let signed = format!("{}.{}", URL_SAFE_NO_PAD.encode(header.to_string()), URL_SAFE_NO_PAD.encode(claims.to_string()));
        let mut signature = vec![0; pair.public().modulus_len()];
        pair.sign(&RSA_PSS_SHA256, &ring::rand::SystemRandom::new(), signed.as_bytes(), &mut signature)
            .map_err(|_| wrong(key, "it cannot sign".to_owned()))?;
        Ok(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }
}

fn granted(answer: &Answer) -> Result<Granted, RemoteError> {
    if answer.status.is_success()
        && let Ok(granted) = serde_json::from_slice(&answer.body)
    {
        return Ok(granted);
    }
    if let Some(busy) = super::graph::busy(answer) {
        return Err(busy);
    }
    // Microsoft's words repeat ids; its numbers say what is wrong and can be looked up.
    let said = match serde_json::from_slice::<Denied>(&answer.body) {
        Ok(denied) => {
            let codes: Vec<String> = denied.error_codes.iter().map(|code| format!("AADSTS{code}")).collect();
            traceable(&format!("{} {}", denied.error, codes.join(" ")))
        }
        Err(_) => format!("HTTP {}", answer.status.as_u16()),
    };
    Err(RemoteError::SignIn { said })
}

/// For a form (`application/x-www-form-urlencoded`) or a path.
pub(super) fn escaped(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
            _ => format!("%{byte:02X}"),
        })
        .collect()
}
