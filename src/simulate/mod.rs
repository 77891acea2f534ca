//! A whole programme on a scripted clock: what comes from outside, and what must hold whatever comes.
//!
//! Families, people and faults are drawn from a seed ([`families`], [`weather`]); engine, workflow file, store and letters are the
//! real ones, run by `daemon::simulate`. [`watcher`] keeps an eye on the store after every step and knows nothing of the engine's
//! state but what the store holds; [`tally`] counts what happened, [`picture`] draws it.

pub mod families;
pub mod picture;
pub mod tally;
pub mod watcher;
pub mod weather;

use std::collections::BTreeMap;

use serde::Serialize;

use crate::domain::time::{Date, Instant};
use crate::simulate::tally::{Month, Reached, Stay};

/// Something that must never be, and was.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Violation {
    /// The case by its reference, the mail by its receipt, or the store.
    pub reference: String,
    /// When.
    pub at: Instant,
    /// Which rule: `timer_early`.
    pub rule: &'static str,
    /// What was seen.
    pub says: String,
}

/// The rules that are held at every instant, with what each means.
pub const RULES: &[(&str, &str)] = &[
    ("open_case_adrift", "every open case has an owner and a next dated action, after every transaction"),
    ("owner_unheld", "somebody of the roster answers for the owner of every open case"),
    ("timer_early", "no timer is carried out before it is due"),
    ("timer_missed", "no timer that is due is left when the program has looked"),
    ("timer_double", "no rung of an arming is carried out twice"),
    ("due_on_closed_day", "no deadline stands on a day on which nobody works, however the calendar changed"),
    ("letter_without_role", "no letter goes to somebody who does not answer for its role at that moment"),
    ("letter_after_withdrawal", "no letter that rests on consent goes once the consent is withdrawn or refused"),
    ("letter_twice", "no letter goes twice"),
    ("mail_without_end", "every mail is in exactly one end state when the program has looked"),
    ("nomination_without_case", "every nomination opens a case, or joins the one it opened before"),
    ("rule_pack", "every nomination is judged by the rule pack of its day, for ever"),
    ("chain", "the hash chain is whole, and the events of a case have no gap"),
    ("state", "the stored state of every case is what its events make"),
];

/// What came of it. Everything follows from what was asked; no time of the machine is in it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Outcome {
    /// Families nominated.
    pub families: u32,
    /// First day.
    pub from: Date,
    /// Last day.
    pub until: Date,
    /// The seed.
    pub seed: u64,
    /// Cases opened.
    pub cases: usize,
    /// Events of cases.
    pub events: u64,
    /// Moves recorded by people.
    pub moves: u64,
    /// Moves that people tried and the engine refused.
    pub refused: u64,
    /// Timers carried out.
    pub timers_fired: u64,
    /// Letters that left, digests counted as one.
    pub letters: u64,
    /// By name.
    pub letters_by_name: BTreeMap<String, u64>,
    /// Mails by the end state they came to.
    pub mails: BTreeMap<String, u64>,
    /// Cases by the stage they are in at the end.
    pub stages: BTreeMap<String, usize>,
    /// Stages in order, with how many cases came there.
    pub funnel: Vec<Reached>,
    /// How long they stayed.
    pub times_in_stage: Vec<Stay>,
    /// How cases ended.
    pub ended_by: BTreeMap<String, u64>,
    /// Open cases at the end of each month.
    pub caseload: Vec<Month>,
    /// What went wrong outside on purpose, by kind.
    pub faults: BTreeMap<&'static str, u64>,
    /// The rules that were held.
    pub rules: Vec<&'static str>,
    /// What was broken; empty when all rules held at every instant.
    pub violations: Vec<Violation>,
}
