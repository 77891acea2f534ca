//! The only clock and the only randomness of the program: real, or scripted for tests, the demo and the simulator.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use sha2::{Digest, Sha256};

use crate::domain::time::{Date, Instant};

/// Bits of an id that nobody can guess; those above them are the moment it was made.
const RANDOM_BITS: u32 = 80;

/// Asks the machine for time and randomness, or a script.
#[derive(Debug, Clone)]
pub enum Ambient {
    /// The machine's clock and the kernel's randomness.
    Real,
    /// A clock that moves only when told, and numbers that follow from a seed.
    Scripted(Arc<Script>),
}

/// A scripted world. Share it with [`Ambient::Scripted`].
#[derive(Debug)]
pub struct Script {
    now_microseconds: AtomicI64,
    seed: u64,
    drawn: AtomicU64,
}

impl Script {
    /// A clock standing at `now`, numbers following from `seed`.
    #[must_use]
    pub fn new(now: Instant, seed: u64) -> Arc<Self> {
        Arc::new(Self { now_microseconds: AtomicI64::new(now.as_microsecond()), seed, drawn: AtomicU64::new(0) })
    }
    /// Puts the clock at `now`; it may also go back, as real clocks do.
    pub fn set(&self, now: Instant) {
        self.now_microseconds.store(now.as_microsecond(), Ordering::SeqCst);
    }
    /// How many numbers have been drawn; a stored script goes on from here with [`Script::skip_to`].
    #[must_use]
    pub fn drawn(&self) -> u64 {
        self.drawn.load(Ordering::SeqCst)
    }
    /// Continues the numbers of an earlier run, so that ids never repeat.
    pub fn skip_to(&self, drawn: u64) {
        self.drawn.store(drawn, Ordering::SeqCst);
    }

    fn block(&self) -> [u8; 32] {
        let index = self.drawn.fetch_add(1, Ordering::SeqCst);
        let mut hash = Sha256::new();
        hash.update(b"focus-family script");
        hash.update(self.seed.to_be_bytes());
        hash.update(index.to_be_bytes());
        hash.finalize().into()
    }
}

impl Ambient {
    /// The moment now.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "this file is the one place that asks the machine")]
    pub fn now(&self) -> Instant {
        match self {
            Self::Real => Instant::now(),
            Self::Scripted(script) => Instant::from_microsecond(script.now_microseconds.load(Ordering::SeqCst))
                .expect("a script is only ever set to an instant"),
        }
    }
    /// When a mail was received whose file was written at `modified`: never in the future, and a script knows nothing of files' times.
    #[must_use]
    pub fn received_at(&self, modified: Instant) -> Instant {
        match self {
            Self::Real => modified.min(self.now()),
            Self::Scripted(_) => self.now(),
        }
    }
    /// Today's civil date in London.
    #[must_use]
    pub fn today(&self) -> Date {
        crate::domain::time::london_date(self.now())
    }

    /// Fills `bytes` with randomness fit for keys.
    #[expect(clippy::disallowed_methods, reason = "this file is the one place that asks the machine")]
    pub fn fill(&self, bytes: &mut [u8]) {
        match self {
            Self::Real => getrandom::fill(bytes).expect("the kernel gives randomness once it has booted"),
            Self::Scripted(script) => {
                for chunk in bytes.chunks_mut(32) {
                    let block = script.block();
                    chunk.copy_from_slice(&block[..chunk.len()]);
                }
            }
        }
    }
    /// 128 bits for an id: the moment in milliseconds, then 80 random ones (the order of RFC 9562, version 7). Ids made after one another
    /// stand beside one another, so that a new row of a large table goes to its end and not to any place of it.
    #[must_use]
    pub fn id(&self) -> u128 {
        let moment = u128::try_from(self.now().as_millisecond()).unwrap_or_default();
        (moment << RANDOM_BITS) | (self.bits() >> (u128::BITS - RANDOM_BITS))
    }
    /// 128 random bits.
    #[must_use]
    pub fn bits(&self) -> u128 {
        let mut bytes = [0; 16];
        self.fill(&mut bytes);
        u128::from_be_bytes(bytes)
    }
    /// A number below `limit`, which is above zero. For references and jitter; the bias is below 2^-64.
    #[must_use]
    pub fn below(&self, limit: u64) -> u64 {
        u64::try_from(self.bits() % u128::from(limit)).expect("below a 64-bit limit")
    }
}
