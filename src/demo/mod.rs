//! A sample county: made-up families and agencies, and real documents and mails about them.
//!
//! Everything follows from the day and the numbers given, so a scripted run gives the same bytes. All mail domains end in
//! `example.org`, all telephone numbers are of the ranges kept for fiction. Start at [`mails()`] and [`settings_toml`].

pub mod actors;
mod bench;
pub mod county;
pub mod dice;
pub mod forms;
mod letters;
pub mod mails;
mod needs;
pub mod replies;
mod story;

pub use bench::bench_mail;
pub use county::settings_toml;
pub use letters::labelled;
pub use mails::{DemoMail, PlainMail, mails, plain_mail};
