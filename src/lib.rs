//! Focus Family: from an emailed nomination to the watch after exit.
//!
//! # What flows
//!
//! ```text
//! mailbox ──raw bytes──► inbox ──► documents ──► nomination ──► assessment of eligibility
//!                                                                     │
//! letters out ◄── outbox ◄──┐                                         ▼
//! reminders   ◄── timers ◄──┴──────────── events ◄── decide(case, command, now)
//!                                            │
//! pages, reports, exports ◄── projections ◄──┘
//! ```
//!
//! # The way of one mail
//!
//! 1. [`mailbox`] finds a file in the Maildir's `new/`, or a mail on a server. [`daemon`] hands its bytes to [`store`], which writes
//!    the sealed bytes and a row of the inbox ledger in one durable commit. Only then the file moves to `cur/`, the mail to `Processed`.
//! 2. [`engine`] claims the row (the attempt is counted before anything is parsed) and gives the bytes to [`reader`]: a child process
//!    that can do nothing but answer. In it [`domain::mail`] takes the mail apart and [`domain::document`] reads each file.
//! 3. [`domain::nomination`] makes answers of it, each with its source. [`domain::eligibility`] judges them by the rule pack that the
//!    settings name for the day of receipt. **Here a mail becomes a case**: `engine::intake` asks [`domain::case::decide`] to open one.
//! 4. What was decided is a list of events. [`domain::case::effects`] says what follows: letters, timers, tasks. The engine composes
//!    the letters with [`domain::letter`] and gives everything to `store::commit`: events, state, timers, outbox, worklist and the
//!    mail's end state are one transaction, or nothing is.
//! 5. [`delivery`] takes rows of the outbox, asks again who holds the role now and whether the letter may still go, and sends.
//! 6. Time passes in `daemon::serve`: it sleeps until the next row of the timers is due and wakes `engine::perform`, which makes a
//!    command of the row. The way begins again at step 4.
//!
//! A person's wish (`case record`) goes the same way from step 4. Nothing else changes a case.
//!
//! # The other rooms
//!
//! | room | what it is for |
//! | --- | --- |
//! | [`config`] | the settings: one file, read key by key, each mistake with the nearest right key |
//! | [`ambient`], [`vault`] | the clock and chance of this machine, or a script's; the keys that seal what is kept |
//! | [`scan`] | asks a virus scanner about files, where one is named |
//! | [`forms`] | our forms: made empty, filled for tests, saved, and proven to be read back |
//! | [`explain`] | what was read and judged, for people and for programs |
//! | [`cli`], [`web`] | the words of the command line; the pages on loopback |
//! | [`demo`] | a made-up county with its mails, for trying everything out |
//! | [`simulate`] | years of made-up families through the same engine, watched for what must never happen |
//!
//! # Words
//!
//! | word | here it means |
//! | --- | --- |
//! | mail | what arrives; its raw bytes are kept as they came |
//! | message | a mail, decoded |
//! | document | one file of a mail, read: lines, tables, controls, each with its place |
//! | answer | a value with the places it was read from |
//! | nomination | what a careful person takes from a mail that puts a family forward |
//! | assessment | the result of judging a nomination by a rule pack (an Early Help Assessment is always written out) |
//! | case | a family's way through the programme; the fold of its events |
//! | stage, move, guard, timer | a state, a transition a person makes, its condition, and a deadline with a ladder of rungs |
//! | fact | something guards may test: yes or no, a word of a closed list, a count, a date; never free text |
//! | role, holder | what somebody is to a case, and who is it now |
//! | blank | a form we hand out, empty; its one definition also fills, proves and reads it |
//! | letter | what we send; a mail only once delivery has made one of it |
//! | outbox, worklist | letters not yet sent; what a person has to look at |
//! | end state | what became of a mail: one of five, and there is no sixth |
//! | seal, vault | encrypt under a key of a case or mail; the keeper of those keys |
//! | lease, fence | the right to work on a row for a while; the refusal of a worker whose lease has passed to another |
//!
//! # What is not here
//!
//! No decision about a family: the program grades, explains, asks and reminds. No clock and no randomness outside [`ambient`]. No SQL
//! outside [`store`]. No stage, timer or letter of any one programme outside `workflows/`. No home-made cluster: several machines share
//! one PostgreSQL. `tests/it/architecture.rs` holds the map of who may import whom.

pub mod domain;

pub mod explain;

pub mod forms;

pub mod ambient;
pub mod vault;

pub mod store;

pub mod reader;

pub mod config;

pub mod scan;

pub mod mailbox;

pub mod delivery;

pub mod cli;

pub mod demo;

pub mod web;

pub mod engine;

pub mod simulate;

pub mod daemon;
