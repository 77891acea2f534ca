//! What a decision hands to the store, and what it gets back.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::Epoch;
use super::claims::ClaimedMail;
use super::mails::EndState;
use crate::domain::case::{ArmedTimer, Case, Event};
use crate::domain::ids::{AreaName, CaseId, GradeName, LetterId, LetterName, MailId, RoleName, StageName, TaskId, TimerName};
use crate::domain::letter::Letter;
use crate::domain::personal::Personal;
use crate::domain::time::{Date, Instant};

/// Everything of one decision.
#[derive(Debug, Clone)]
pub struct Commit {
    /// The moment of the decision.
    pub at: Instant,
    /// What becomes of a case.
    pub case: Option<CaseWrite>,
    /// Letters to queue.
    pub letters: Vec<NewLetter>,
    /// Worklist items to open.
    pub tasks: Vec<NewTask>,
    /// Worklist items that are done by it; those closed already stay as they are.
    pub done: Vec<TaskId>,
    /// What a claimed mail ends as.
    pub mail: Option<MailEnd>,
    /// What copies of that mail end as, each with the right of its own epoch.
    pub copies: Vec<MailEnd>,
    /// Who looked, or did something that changes no case.
    pub audit: Vec<AuditEntry>,
    /// Who goes on with the next mail at once: it is claimed with this.
    pub claim: Option<NextClaim>,
}

impl Commit {
    /// Nothing yet, decided at `at`.
    #[must_use]
    pub fn at(at: Instant) -> Self {
        Self {
            at,
            case: None,
            letters: Vec::new(),
            tasks: Vec::new(),
            done: Vec::new(),
            mail: None,
            copies: Vec::new(),
            audit: Vec::new(),
            claim: None,
        }
    }
    /// What becomes of a case, decided at `at`.
    #[must_use]
    pub fn of_case(at: Instant, case: CaseWrite) -> Self {
        Self { case: Some(case), ..Self::at(at) }
    }
    /// What a mail ends as, decided at `at`.
    #[must_use]
    pub fn of_mail(at: Instant, mail: MailEnd) -> Self {
        Self { mail: Some(mail), ..Self::at(at) }
    }
}

/// The claim on one more mail, as by [`super::Store::claim_mails`], in the transaction that ends another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NextClaim {
    /// Who claims it.
    pub worker: String,
    /// For how long.
    pub lease_seconds: u32,
}

/// A case after new events.
#[derive(Debug, Clone)]
pub struct CaseWrite {
    /// The case.
    pub id: CaseId,
    /// The version decided upon; 0 for a new case.
    pub expected_version: u64,
    /// What happened, oldest first.
    pub events: Vec<Event>,
    /// The case after them.
    pub state: Case,
    /// For lists.
    pub summary: CaseSummary,
    /// Timers to run. One that runs already is replaced.
    pub arm: Vec<ArmedTimer>,
    /// Timers to forget, by name and arming.
    pub disarm: Vec<(TimerName, u32)>,
    /// The family as it is found again, where it has changed.
    pub household: Option<HouseholdWrite>,
}

/// A family as it is found again.
#[derive(Clone)]
pub struct HouseholdWrite {
    /// The rules it was made by.
    pub stamp: String,
    /// Its keys in plain words; only their keyed digests are stored.
    pub keys: BTreeSet<String>,
    /// What is compared, as JSON. Sealed.
    pub household: Vec<u8>,
}
crate::redacted_debug!(HouseholdWrite);

/// A case in a list, without personal data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseSummary {
    /// Where it is.
    pub stage: StageName,
    /// Its area, once known.
    pub area: Option<AreaName>,
    /// The grade of the automatic check.
    pub grade: GradeName,
    /// Who must act next.
    pub owner_role: Option<RoleName>,
    /// Until when.
    pub next_due_on: Option<Date>,
    /// The timer that is due then.
    pub next_due_what: Option<TimerName>,
    /// Nothing is expected any more.
    pub closed: bool,
}

/// A letter to queue.
#[derive(Debug, Clone)]
pub struct NewLetter {
    /// Its row.
    pub id: LetterId,
    /// Unique for ever: case, letter, cause, recipient. A second letter with the same key is not queued, and reported.
    pub key: String,
    /// The case it is about.
    pub case: Option<CaseId>,
    /// The mail it answers.
    pub mail: Option<MailId>,
    /// Which letter.
    pub letter: LetterName,
    /// The role its recipient holds.
    pub role: Option<RoleName>,
    /// The one address it goes to.
    pub recipient: Personal<String>,
    /// Made now, kept on every try. Unique.
    pub message_id: String,
    /// `Message-ID` of the mail it answers.
    pub in_reply_to: Option<String>,
    /// Finished text.
    pub content: Letter,
    /// It waits for the recipient's digest instead of going out by itself.
    pub gathered: bool,
    /// Not before this moment; at once when there is none.
    pub not_before: Option<Instant>,
    /// No person asked for it: counted against the caps of its recipient.
    pub automatic_answer: bool,
}

/// A worklist item to open. A second one with the same key is not opened.
#[derive(Debug, Clone)]
pub struct NewTask {
    /// Its row.
    pub id: TaskId,
    /// Unique for ever.
    pub key: String,
    /// The case it is about.
    pub case: Option<CaseId>,
    /// The mail it is about.
    pub mail: Option<MailId>,
    /// For whom.
    pub role: RoleName,
    /// In plain words, no personal data.
    pub says: String,
    /// Until when.
    pub due_on: Date,
}

/// What a mail ends as. A waiting mail may end again, by a person.
#[derive(Debug, Clone)]
pub struct MailEnd {
    /// The mail.
    pub mail: MailId,
    /// Epoch of the claim, or of the row a person looked at.
    pub epoch: Epoch,
    /// What it ends as.
    pub end: EndState,
    /// A kind of the published answer.
    pub kind: String,
    /// Why it waits, without personal data.
    pub reason: Option<String>,
    /// The case it opened or joined: its key is wrapped again under the case's.
    pub case: Option<CaseId>,
    /// What was read, for people, as JSON. Sealed; what was stored before stays when there is none.
    pub intake: Option<Vec<u8>>,
    /// By what later mails of its thread are told; what was stored before stays when there is none.
    pub marks: Option<MailMarks>,
    /// It leaves the case it had joined by mistake: its key is wrapped under the master key again. Only a mail that had joined one.
    pub leaves_case: bool,
}

/// By what an answer to a mail is told, as keyed fingerprints.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MailMarks {
    /// Of its Message-ID, when it has one.
    pub message: Option<[u8; 32]>,
    /// Of the address that sent it, when that was proven.
    pub sender: Option<[u8; 32]>,
}

/// Somebody looked at something, or did something that changes no case. In the same chain as events, sealed under the key
/// of the house, so that it outlives the case.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AuditEntry {
    /// Who: a name or an address, or `programme`.
    pub by: Personal<String>,
    /// What was done: `viewed_case`, `released_letter`.
    pub action: String,
    /// To which case.
    pub case: Option<CaseId>,
    /// To which mail.
    pub mail: Option<MailId>,
    /// More, ids rather than content.
    pub detail: serde_json::Value,
}

/// What came of a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Committed {
    /// Version of the case now; 0 when there was none.
    pub version: u64,
    /// Keys of letters that had been queued before.
    pub duplicate_letters: Vec<String>,
    /// The mail claimed with it; none when none waits, or none was asked for.
    pub claimed: Option<ClaimedMail>,
    /// Events of the whole store before its own; none when it has none of its own.
    pub after: Option<u64>,
}

/// The sealed part of a letter's row.
#[derive(Serialize, Deserialize)]
pub(super) struct LetterBody {
    pub recipient: Personal<String>,
    pub in_reply_to: Option<String>,
    pub content: Letter,
}
