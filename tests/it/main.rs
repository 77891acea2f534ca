//! Everything that needs more than one module: one test program, one module a room.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so at once; helpers of tests are outside `#[test]`")]

mod answers;
mod architecture;
mod badmail;
mod carriers;
mod case;
mod chaos;
mod config;
mod crash;
mod delivery;
mod desk;
mod entries;
mod explain;
mod forms;
mod graph;
mod imap;
mod inputs;
mod journeys;
mod letters;
mod mailbox;
mod moved;
mod reading;
mod recipients;
mod returned;
mod rules;
mod samples;
mod simulate;
mod store;
mod support;
mod terminal;
mod threads;
mod trust;
mod unseen;
mod web;
mod wordings;
