//! The hash chain over what happened: each link holds the hash of the one before, so that nothing in between can be
//! changed, removed or put in without every later hash telling. Links are keyed: who has the database and not the key can make none.

use hmac::{Hmac, KeyInit as _, Mac};
use sha2::{Digest, Sha256};

use super::Vault;

/// What one link covers. Bodies are covered as stored, sealed: the chain can be verified without any key.
#[derive(Debug, Clone, Copy)]
pub struct ChainLink<'a> {
    /// Hash of the link before; 32 zero bytes before the first.
    pub previous: &'a [u8],
    /// Position, from 1, without gaps.
    pub seq: i64,
    /// Case, or empty.
    pub case: &'a str,
    /// Version of the case, or 0.
    pub version: i64,
    /// Kind of the event, or `audit`.
    pub kind: &'a str,
    /// Microseconds since 1970.
    pub at_us: i64,
    /// The sealed body.
    pub body: &'a [u8],
}

impl ChainLink<'_> {
    fn parts(&self, mut add: impl FnMut(&[u8])) {
        let (seq, version, at) = (self.seq.to_be_bytes(), self.version.to_be_bytes(), self.at_us.to_be_bytes());
        for part in [self.previous, &seq, self.case.as_bytes(), &version, self.kind.as_bytes(), &at, self.body] {
            add(&(part.len() as u64).to_be_bytes());
            add(part);
        }
    }
}

/// The hash of a link of the first days, without a key: SHA-256 over its parts, each with its length before it.
#[must_use]
pub fn plain_link_hash(link: &ChainLink) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(b"focus-family chain 1");
    link.parts(|part| hash.update(part));
    hash.finalize().into()
}

impl Vault {
    /// The hash of `link`: HMAC-SHA-256 over its parts, each with its length before it. The key follows from the oldest key of the
    /// file, so that rotation does not change it.
    #[must_use]
    pub fn link_hash(&self, link: &ChainLink) -> [u8; 32] {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.chain.bytes).expect("any length of key will do");
        mac.update(b"focus-family chain 2");
        link.parts(|part| mac.update(part));
        mac.finalize().into_bytes().into()
    }
}
