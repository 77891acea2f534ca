//! Keys, and the sealing and opening of personal data at rest. It knows nothing of tables beyond their names.
//!
//! A master key in a file outside the database wraps data keys; a data key seals values. What is sealed is bound to the
//! table, row and column it was written to, so that nothing can be moved about unseen. Start at [`Vault::seal`].
//! Errors name table, row and column, and never hold data.

mod chain;
mod master;

pub use chain::{ChainLink, plain_link_hash};
pub use master::MasterKey;

use std::path::PathBuf;
use std::sync::Arc;

use chacha20poly1305::aead::AeadInOut;
use chacha20poly1305::{KeyInit, Tag, XChaCha20Poly1305, XNonce};
use hkdf::Hkdf;
use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::ambient::Ambient;

/// First byte of everything sealed. Another byte means another way of sealing.
const FORMAT: u8 = 1;
const KEY_ID_BYTES: usize = 4;
const NONCE_BYTES: usize = 24;
const TAG_BYTES: usize = 16;
const HEAD_BYTES: usize = 1 + KEY_ID_BYTES + NONCE_BYTES;

/// A key of 32 bytes, wiped when dropped.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct Key {
    bytes: [u8; 32],
    id: [u8; KEY_ID_BYTES],
}
crate::redacted_debug!(Key, Vault);

impl Key {
    fn new(bytes: [u8; 32]) -> Self {
        let mut hash = Sha256::new();
        hash.update(b"focus-family key id");
        hash.update(bytes);
        let digest: [u8; 32] = hash.finalize().into();
        let mut id = [0; KEY_ID_BYTES];
        id.copy_from_slice(&digest[..KEY_ID_BYTES]);
        Self { bytes, id }
    }
}

/// Where a sealed value lives. It opens nowhere else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Context<'a> {
    /// Table.
    pub table: &'static str,
    /// Primary key of the row.
    pub row: &'a str,
    /// Column.
    pub column: &'static str,
}

impl Context<'_> {
    /// Length-prefixed, so that no two places have the same bytes.
    fn associated_data(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(1 + 24 + self.table.len() + self.row.len() + self.column.len());
        bytes.push(FORMAT);
        for part in [self.table, self.row, self.column] {
            bytes.extend_from_slice(&(part.len() as u64).to_be_bytes());
            bytes.extend_from_slice(part.as_bytes());
        }
        bytes
    }
}

/// Why the vault has no key, or something sealed does not open. For the operator.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// There is no key file at that place.
    #[error("there is no key file `{}`; a new database gets a new one, an old database needs its own back", path.display())]
    Missing {
        /// The path.
        path: PathBuf,
    },
    /// A key file was to be made where one is.
    #[error("key file `{}` is already there; it is never overwritten, because what it sealed would be lost", path.display())]
    AlreadyThere {
        /// The path.
        path: PathBuf,
    },
    /// Others than its owner may read the key file.
    #[error("key file `{}` can be read by others (mode {mode:04o}); run `chmod 600 {}`", path.display(), path.display())]
    Exposed {
        /// The path.
        path: PathBuf,
        /// Permission bits.
        mode: u32,
    },
    /// A line of the key file is no key.
    #[error("line {line} of key file `{}` is no key: a key is 32 bytes in base64", path.display())]
    NoKey {
        /// The path.
        path: PathBuf,
        /// From 1; 0 when the file holds no line at all.
        line: usize,
    },
    /// The file system said no.
    #[error("cannot {attempted} key file `{}`", path.display())]
    KeyFile {
        /// `read`, `write`.
        attempted: &'static str,
        /// The path.
        path: PathBuf,
        /// What it said.
        #[source]
        cause: std::io::Error,
    },
    /// The bytes were changed, cut, or belong to another place.
    #[error("cannot open `{table}.{column}` of row `{row}`: its bytes are not what was sealed there")]
    Damaged {
        /// Table.
        table: &'static str,
        /// Row.
        row: String,
        /// Column.
        column: &'static str,
    },
    /// It was sealed under a key that is not the one at hand.
    #[error(
        "cannot open `{table}.{column}` of row `{row}`: it was sealed under key `{key_id}`, which is not at hand; check the key file"
    )]
    OtherKey {
        /// Table.
        table: &'static str,
        /// Row.
        row: String,
        /// Column.
        column: &'static str,
        /// Eight hexadecimal digits.
        key_id: String,
    },
}

/// Seals, opens, wraps keys and makes fingerprints. Cheap to clone.
#[derive(Clone)]
pub struct Vault {
    master: Arc<MasterKey>,
    fingerprints: Key,
    chain: Key,
}

impl Vault {
    /// A vault under `master`. Keys and nonces are always of the machine's own randomness, also where time is scripted.
    #[must_use]
    pub fn new(master: MasterKey) -> Self {
        let derived = |purpose: &[u8]| {
            let mut bytes = [0; 32];
            Hkdf::<Sha256>::new(None, &master.oldest().bytes)
                .expand(purpose, &mut bytes)
                .expect("32 bytes are within the limit of the derivation");
            Key::new(bytes)
        };
        let (fingerprints, chain) = (derived(b"focus-family fingerprints 1"), derived(b"focus-family chain 2"));
        Self { master: Arc::new(master), fingerprints, chain }
    }
    /// A fresh data key.
    #[must_use]
    pub fn new_key(&self) -> Key {
        let mut bytes = [0; 32];
        Ambient::Real.fill(&mut bytes);
        Key::new(bytes)
    }
    /// `key` wrapped under the newest master key.
    #[must_use]
    pub fn wrap(&self, key: &Key, context: &Context) -> Vec<u8> {
        self.seal(self.master.newest(), context, &key.bytes)
    }
    /// The key in `wrapped`, whichever master key of the file wrapped it.
    ///
    /// # Errors
    /// [`VaultError`].
    pub fn unwrap(&self, context: &Context, wrapped: &[u8]) -> Result<Key, VaultError> {
        let master = sealed_under(wrapped).and_then(|id| self.master.by_id(id)).ok_or_else(|| other_key(context, wrapped))?;
        self.unwrap_under(master, context, wrapped)
    }
    /// `key` wrapped under another data key: a mail's key under its case's.
    #[must_use]
    pub fn wrap_under(&self, outer: &Key, key: &Key, context: &Context) -> Vec<u8> {
        self.seal(outer, context, &key.bytes)
    }
    /// The key in `wrapped`, which `outer` wrapped.
    ///
    /// # Errors
    /// [`VaultError`].
    pub fn unwrap_under(&self, outer: &Key, context: &Context, wrapped: &[u8]) -> Result<Key, VaultError> {
        let mut opened = self.open(outer, context, wrapped.to_vec())?;
        let bytes = <[u8; 32]>::try_from(opened.as_slice()).map_err(|_| damaged(context))?;
        opened.zeroize();
        Ok(Key::new(bytes))
    }
    /// Whether `wrapped` is under the newest master key; if not, wrap it again.
    #[must_use]
    pub fn is_under_newest(&self, wrapped: &[u8]) -> bool {
        sealed_under(wrapped) == Some(self.master.newest().id)
    }
    /// Seals `plain` with XChaCha20-Poly1305: version byte, key id, nonce, sealed bytes, tag.
    #[must_use]
    pub fn seal(&self, key: &Key, context: &Context, plain: &[u8]) -> Vec<u8> {
        let mut nonce = [0; NONCE_BYTES];
        Ambient::Real.fill(&mut nonce);
        let mut sealed = Vec::with_capacity(HEAD_BYTES + plain.len() + TAG_BYTES);
        sealed.push(FORMAT);
        sealed.extend_from_slice(&key.id);
        sealed.extend_from_slice(&nonce);
        sealed.extend_from_slice(plain);
        let tag = XChaCha20Poly1305::new(&key.bytes.into())
            .encrypt_inout_detached(&XNonce::from(nonce), &context.associated_data(), (&mut sealed[HEAD_BYTES..]).into())
            .expect("a value is far below the cipher's limit of 256 GiB");
        sealed.extend_from_slice(&tag);
        sealed
    }
    /// What [`Vault::seal`] sealed under `key` at `context`.
    ///
    /// # Errors
    /// [`VaultError`].
    pub fn open(&self, key: &Key, context: &Context, mut sealed: Vec<u8>) -> Result<Vec<u8>, VaultError> {
        if sealed_under(&sealed).is_some_and(|id| id != key.id) {
            return Err(other_key(context, &sealed));
        }
        if sealed.len() < HEAD_BYTES + TAG_BYTES || sealed[0] != FORMAT {
            return Err(damaged(context));
        }
        let tag = Tag::try_from(&sealed[sealed.len() - TAG_BYTES..]).map_err(|_| damaged(context))?;
        sealed.truncate(sealed.len() - TAG_BYTES);
        let nonce = XNonce::try_from(&sealed[1 + KEY_ID_BYTES..HEAD_BYTES]).map_err(|_| damaged(context))?;
        XChaCha20Poly1305::new(&key.bytes.into())
            .decrypt_inout_detached(&nonce, &context.associated_data(), (&mut sealed[HEAD_BYTES..]).into(), &tag)
            .map_err(|_| damaged(context))?;
        sealed.drain(..HEAD_BYTES);
        Ok(sealed)
    }
    /// A keyed fingerprint of `bytes`, the same for the same `purpose`: found by equality, guessed by nobody without the
    /// key file. It is made with the oldest key of the file, so that rotation does not change it.
    #[must_use]
    pub fn fingerprint(&self, purpose: &str, bytes: impl AsRef<[u8]>) -> [u8; 32] {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.fingerprints.bytes).expect("any length of key will do");
        mac.update(&(purpose.len() as u64).to_be_bytes());
        mac.update(purpose.as_bytes());
        mac.update(bytes.as_ref());
        mac.finalize().into_bytes().into()
    }
}

fn sealed_under(sealed: &[u8]) -> Option<[u8; KEY_ID_BYTES]> {
    sealed.get(1..=KEY_ID_BYTES)?.try_into().ok()
}

fn damaged(context: &Context) -> VaultError {
    VaultError::Damaged { table: context.table, row: context.row.to_owned(), column: context.column }
}

fn other_key(context: &Context, sealed: &[u8]) -> VaultError {
    let key_id = hex::encode(sealed_under(sealed).unwrap_or_default());
    VaultError::OtherKey { table: context.table, row: context.row.to_owned(), column: context.column, key_id }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ambient::Script;
    use crate::domain::time::Instant;

    const PLACE: Context = Context { table: "mails", row: "1", column: "intake" };

    fn vault(seed: u64) -> Vault {
        Vault::new(MasterKey::in_memory(&Ambient::Scripted(Script::new(Instant::UNIX_EPOCH, seed))))
    }

    #[test]
    fn what_was_sealed_opens_where_it_was_sealed_and_nowhere_else() {
        let vault = vault(1);
        let key = vault.new_key();
        let sealed = vault.seal(&key, &PLACE, b"a family");
        assert_eq!(vault.open(&key, &PLACE, sealed.clone()).unwrap(), b"a family");
        for elsewhere in [
            Context { table: "cases", ..PLACE },
            Context { row: "2", ..PLACE },
            Context { column: "raw", ..PLACE },
            Context { table: "mails1", row: "", ..PLACE },
        ] {
            assert!(matches!(vault.open(&key, &elsewhere, sealed.clone()), Err(VaultError::Damaged { .. })));
        }
    }

    #[test]
    fn no_flipped_or_missing_byte_goes_unnoticed() {
        let vault = vault(2);
        let key = vault.new_key();
        let sealed = vault.seal(&key, &PLACE, b"a family of four");
        for place in 0..sealed.len() {
            let mut flipped = sealed.clone();
            flipped[place] ^= 1;
            assert!(vault.open(&key, &PLACE, flipped).is_err(), "byte {place}");
            assert!(vault.open(&key, &PLACE, sealed[..place].to_vec()).is_err(), "cut at {place}");
        }
    }

    #[test]
    fn the_same_words_are_never_sealed_to_the_same_bytes() {
        let vault = vault(3);
        let key = vault.new_key();
        assert_ne!(vault.seal(&key, &PLACE, b"word"), vault.seal(&key, &PLACE, b"word"));
    }

    #[test]
    fn a_key_of_another_house_is_named_as_such() {
        let (ours, theirs) = (vault(4), vault(5));
        let wrapped = theirs.wrap(&theirs.new_key(), &PLACE);
        let error = ours.unwrap(&PLACE, &wrapped).unwrap_err();
        assert!(matches!(error, VaultError::OtherKey { .. }), "{error}");
        assert!(!format!("{error:?}").contains("bytes:"));
    }

    #[test]
    fn after_rotation_old_keys_still_unwrap_and_fingerprints_stay() {
        let ambient = Ambient::Scripted(Script::new(Instant::UNIX_EPOCH, 6));
        let before = MasterKey::in_memory(&ambient);
        let after = before.with_newer(&ambient);
        let (before, after) = (Vault::new(before), Vault::new(after));
        let wrapped = before.wrap(&before.new_key(), &PLACE);
        assert!(before.is_under_newest(&wrapped) && !after.is_under_newest(&wrapped));
        let again = after.wrap(&after.unwrap(&PLACE, &wrapped).unwrap(), &PLACE);
        assert!(after.is_under_newest(&again));
        assert_eq!(before.fingerprint("recipient", "a@example.org"), after.fingerprint("recipient", "a@example.org"));
        assert_ne!(after.fingerprint("recipient", "a@example.org"), after.fingerprint("sender", "a@example.org"));
    }
}
