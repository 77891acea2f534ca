//! Numbers that follow from a seed and from what they are for, never from the order they are asked in.

use std::fmt::Display;

use sha2::{Digest, Sha256};

/// Dice of one seed.
#[derive(Debug, Clone, Copy)]
pub struct Dice {
    seed: u64,
}

impl Dice {
    /// Dice that always fall the same way for `seed`.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self { seed }
    }
    /// The number for `what`: the same whenever it is asked.
    #[must_use]
    pub fn number(&self, what: impl Display) -> u64 {
        let mut hash = Sha256::new();
        hash.update(format!("{}|{what}", self.seed));
        let bytes: [u8; 32] = hash.finalize().into();
        u64::from_be_bytes(bytes[..8].try_into().expect("eight of thirty-two bytes"))
    }
    /// A number below `limit` for `what`; 0 when the limit is 0.
    #[must_use]
    pub fn below(&self, what: impl Display, limit: u64) -> u64 {
        self.number(what) % limit.max(1)
    }
    /// Whether `what` is among the `share` of a hundred.
    #[must_use]
    pub fn falls(&self, what: impl Display, share: u64) -> bool {
        self.below(what, 100) < share
    }
    /// One of `list` for `what`.
    ///
    /// # Panics
    /// When the list is empty.
    #[must_use]
    pub fn pick<'l, T>(&self, what: impl Display, list: &'l [T]) -> &'l T {
        let index = self.below(what, u64::try_from(list.len()).expect("a list fits memory"));
        &list[usize::try_from(index).expect("below a length")]
    }
}
