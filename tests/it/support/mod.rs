//! What several rooms' tests need.

pub mod engines;
pub mod daemon;
