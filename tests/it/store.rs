//! The store, through its own door, on both engines.

#![expect(clippy::unwrap_used, reason = "helpers of tests may panic as tests do")]

mod cases;
mod house;
mod inbox;
mod outbox;
mod samples;
