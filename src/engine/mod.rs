//! Load → decide → compose → commit. The only room that changes a case; everybody else asks it.
//!
//! Start at [`Engine::take_next_mails`] for a mail, [`Engine::perform`] for a wish or a due timer, [`Engine::send_letters`] for
//! what leaves. Each of them may be stopped between any two steps and run again: what was committed is not done twice.

mod alarm;
mod alerts;
pub(crate) mod answers;
mod attach;
pub mod becomes;
pub mod called_off;
pub mod canary;
pub mod comes;
pub mod context;
mod copies;
pub mod digest;
mod entitled;
pub mod firing;
pub mod intake;
mod invitation;
pub mod judge;
mod kept_notes;
pub mod letterbox;
pub mod meetings;
pub mod migrate;
mod newplan;
pub mod outgoing;
pub mod people;
pub mod perform;
pub mod recalculate;
mod replied;
pub mod requests;
mod returned;
pub mod roster;
pub mod scanned;
pub mod send;
pub mod sender;
pub mod settle;
pub mod shared;
pub(crate) mod sharing;
mod thread;
mod told_agencies;
mod turn;
mod undelivered;
pub mod versions;
pub mod views;
pub mod worklist;

use std::sync::Arc;

use crate::ambient::Ambient;
use crate::config::Settings;
use crate::domain::case::{BrokenHistory, Refusal, World};
use crate::domain::ids::{LetterId, LetterName, RoleName};
use crate::domain::letter::{ComposeError, Letter, Templates};
use crate::domain::nomination::Vocabulary;
use crate::domain::people::Matcher;
use crate::domain::personal::Personal;
use crate::domain::workflow::Programme;
use crate::engine::judge::NoRulePack;
use crate::engine::roster::Roster;
use crate::engine::versions::{Current, NoVersion, Versions};
use crate::reader::Reader;
use crate::store::{NewLetter, Store, StoreError};

/// The engine. Cheap to clone; several may run on one store, on one machine or many.
#[derive(Clone)]
pub struct Engine {
    /// What the programme's folder says; the life-cycle is that of the version by which this engine decides ([`Engine::under`]).
    pub programme: Arc<Programme>,
    /// What the folder says, where `programme` is of an earlier version.
    pub current: Option<Arc<Current>>,
    /// Earlier versions at hand.
    pub versions: Arc<Versions>,
    /// The words of its forms, ready for reading.
    pub words: Arc<Vocabulary>,
    /// When two families may be one.
    pub people: Arc<Matcher>,
    /// The letters' templates.
    pub templates: Arc<Templates>,
    /// Everything that lasts.
    pub store: Store,
    /// Time and randomness.
    pub ambient: Ambient,
    /// Who holds which role.
    pub roster: Arc<Roster>,
    /// The settings.
    pub settings: Arc<Settings>,
    /// The sandboxed reader.
    pub reader: Arc<Reader>,
    /// This worker's name in leases: unique per process.
    pub worker: Arc<str>,
}

/// Why the engine could not do what was asked. One variant a reaction.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The person who asked must do something else.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// There is no such case.
    #[error("there is no case `{reference}`; `case list` shows those there are")]
    NoSuchCase {
        /// As asked.
        reference: String,
    },
    /// There is no such mail.
    #[error("there is no mail `{receipt}`; `mail list` shows those there are")]
    NoSuchMail {
        /// As asked.
        receipt: String,
    },
    /// There is no such worklist item.
    #[error("no item of the worklist is called `{item}`; `task list` shows those there are")]
    NoSuchTask {
        /// As asked.
        item: String,
    },
    /// There is no such letter.
    #[error("no letter of the outbox is called `{letter}`; `mail queue --all` shows those there are")]
    NoSuchLetter {
        /// As asked.
        letter: String,
    },
    /// The operator must look at one case, which freezes meanwhile.
    #[error(transparent)]
    Broken(#[from] BrokenHistory),
    /// The store could not; its own message says whether to try again.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A template could not be filled: nothing is sent with a gap.
    #[error("cannot compose a letter")]
    Compose(#[from] ComposeError),
    /// This machine cannot read mails now; they wait.
    #[error("mails cannot be read on this machine")]
    Reader(#[source] crate::reader::ReadFailure),
    /// The version a case lives by cannot be had.
    #[error(transparent)]
    NoVersion(#[from] NoVersion),
    /// Settings and programme disagree.
    #[error(transparent)]
    RulePack(#[from] NoRulePack),
    /// Somebody else changed a note again and again.
    #[error("the note `{note}` changed {attempts} times while it was written; try again")]
    BusyNote {
        /// The note.
        note: String,
        /// How often it was tried.
        attempts: u32,
    },
    /// Somebody else changed the case again and again.
    #[error("case {reference} changed {attempts} times while this was decided; try again")]
    Busy {
        /// The case.
        reference: String,
        /// How often it was tried.
        attempts: u32,
    },
    /// The settings' own address or sender name cannot stand in a header.
    #[error("`mail.address` or `mail.sender_name` cannot stand in a header; run `focus-family config check`")]
    Sender,
    /// A test letter cannot be made.
    #[error("cannot write a test letter; is the address one plain address?")]
    Test,
    /// What was read could not be kept as JSON; a fault of the program.
    #[error("cannot write down what was read")]
    Unwritable(#[from] serde_json::Error),
}

impl Engine {
    /// The world as a decision may see it now.
    #[must_use]
    pub fn world(&self) -> World<'_> {
        let now = self.ambient.now();
        World {
            lifecycle: &self.programme.lifecycle,
            calendar: &self.programme.calendar,
            geography: &self.programme.geography,
            outcomes: &self.programme.outcomes,
            now,
            today: crate::domain::time::london_date(now),
        }
    }

    /// A new Message-ID of ours, with its brackets: made when a letter is queued, kept on every try.
    #[must_use]
    pub fn new_message_id(&self) -> String {
        // Half of the bits: with the mark of a case the whole stays below the 78 characters of a line (RFC 5322, section 2.1.1), beyond
        // which programs fold or encode what they repeat.
        format!("<ff.{:016x}@{}>", self.ambient.bits() >> 64, self.own_domain())
    }

    /// The domain our letters, calls to meetings and their marks are of.
    pub(crate) fn own_domain(&self) -> &str {
        self.settings.mail.address.rsplit_once('@').map_or("focus-family.invalid", |(_, domain)| domain)
    }

    /// A letter as most are: by itself, at once, of no case, an answer to nothing, under a key that no other has. Whoever asks for it
    /// sets what differs.
    pub(crate) fn letter_to(
        &self,
        letter: &LetterName,
        (role, recipient): (Option<RoleName>, Personal<String>),
        message_id: impl FnOnce(&Self) -> String,
        content: Letter,
    ) -> NewLetter {
        let id = LetterId::from_random(self.ambient.id());
        let message_id = message_id(self);
        NewLetter {
            id,
            key: format!("{letter}:{id}"),
            case: None,
            mail: None,
            letter: letter.clone(),
            role,
            recipient,
            message_id,
            in_reply_to: None,
            content,
            gathered: false,
            not_before: None,
            automatic_answer: false,
        }
    }
}
