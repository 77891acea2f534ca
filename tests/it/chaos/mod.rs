//! The program itself, run as an operator runs it, and ended as power, kernel and operators end programs: at any instant.
//!
//! Most of these runs take minutes, so they are ignored by `cargo test` and have a command of their own:
//! `./test chaos` plays them short, `FOCUS_FAMILY_CHAOS=full ./test chaos` in full. What needs root says NOT RUN without it.

mod bombs;
mod calls;
mod killed;
mod large;
mod logs;
pub mod place;
mod power;

/// How long the runs are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Length {
    /// To see that the runs themselves work.
    Glance,
    /// With every test of the suite.
    Short,
    /// Once a release.
    Full,
}

/// As asked for by `FOCUS_FAMILY_CHAOS`: `glance`, `short` or `full`.
fn length() -> Length {
    match std::env::var("FOCUS_FAMILY_CHAOS").as_deref() {
        Ok("glance") => Length::Glance,
        Ok("full") => Length::Full,
        Ok("short") | Err(_) => Length::Short,
        Ok(other) => panic!("FOCUS_FAMILY_CHAOS is `{other}`: write `glance`, `short` or `full`"),
    }
}

/// Numbers that follow from a seed: xorshift64* (Vigna 2014), so that a run can be played again.
struct Dice(u64);

impl Dice {
    /// A seed of the environment's, or this one; says which.
    fn new(usual: u64) -> Self {
        let seed = std::env::var("FOCUS_FAMILY_CHAOS_SEED").ok().and_then(|text| text.parse().ok()).unwrap_or(usual);
        eprintln!("play again with FOCUS_FAMILY_CHAOS_SEED={seed}");
        Self(seed.max(1))
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) % limit
    }
}
