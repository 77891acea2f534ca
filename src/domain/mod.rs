//! The pure core: values in, values out. No clock, no randomness, no files, no network, no async.
//!
//! Modules stand in the order data flows; a module imports only those listed before it.
//! A test (`tests/it/architecture.rs`) holds that order.

pub mod ids;
pub mod personal;
pub mod time;

pub mod rules;
pub mod workflow;

pub mod document;
pub mod mail;
pub mod nomination;

pub mod eligibility;

pub mod people;

pub mod case;
pub mod letter;
