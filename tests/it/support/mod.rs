//! What several rooms' tests need.

pub mod daemon;
pub mod dovecot;
pub mod engines;
pub mod told;
