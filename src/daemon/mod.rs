//! Wiring, supervision, shutdown. Sees everything; only `main` sees it. Decides nothing.
//!
//! [`app::App`] is the opened installation. [`round`] goes once through everything that waits and is what tests and the
//! scripted demonstration call; [`serve`] runs the same steps as tasks beside each other until it is told to stop.

pub mod alarm;
pub mod app;
pub mod canary;
pub mod cases;
pub mod check;
pub mod commands;
pub mod demo;
mod drafts;
mod drift;
pub mod explain;
pub mod files;
pub mod flood;
pub mod folder;
mod forms;
pub mod generation;
pub mod head;
pub mod history;
pub mod housekeeping;
pub mod init;
mod kept;
pub mod last_good;
mod learn;
pub mod listen;
mod machines;
mod made_up;
pub mod mailboxes;
pub mod mails;
mod matches;
pub mod meetings;
pub mod microsoft365;
mod migrate;
pub mod moved;
mod outcomes;
mod pack;
pub mod pages;
pub mod remote;
pub mod round;
pub mod run;
pub mod scanner;
mod scans;
pub mod sending;
pub mod serve;
mod shared;
pub mod simulate;
pub mod summary;
pub mod tasks;
pub mod watches;
mod why;
