//! The hash chain over what happened: each link holds the hash of the one before, so that nothing in between can be
//! changed, removed or put in without every later hash telling.

use sha2::{Digest, Sha256};

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

/// The hash of `link`: SHA-256 over its parts, each with its length before it.
#[must_use]
pub fn link_hash(link: &ChainLink) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(b"focus-family chain 1");
    let (seq, version, at) = (link.seq.to_be_bytes(), link.version.to_be_bytes(), link.at_us.to_be_bytes());
    for part in [link.previous, &seq, link.case.as_bytes(), &version, link.kind.as_bytes(), &at, link.body] {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}
