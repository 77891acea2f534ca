//! One row of the inbox ledger → one of the five end states. Here a mail becomes a case.
//!
//! The attempt was counted and committed when the row was claimed; whatever happens here, a third death hands the mail to a person.

use crate::domain::case::{Command, Opened, household};
use crate::domain::document::Problem;
use crate::domain::ids::{CaseId, CaseReference, MailId};
use crate::domain::mail::AutomaticSign;
use crate::domain::mail::sender::Proof;
use crate::domain::nomination::{Intake, MailKind, Reading};
use crate::domain::personal::Personal;
use crate::domain::time::{Date, Instant, london_date};
use crate::domain::workflow::RequestKind;
use crate::engine::becomes::{Becomes, becomes, hears_of_case, may_be_answered, unplaced};
use crate::engine::judge::{Judged, Opening, judge, opened};
use crate::engine::outgoing::{Outgoing, Pace};
use crate::engine::requests::request_of_law;
use crate::engine::scanned::Looked;
use crate::engine::settle::{Settled, note};
use crate::engine::turn::Turn;
use crate::engine::{Engine, EngineError};
use crate::store::{ClaimedMail, Commit, EndState, MailEnd, NewLetter, StoreError};

/// The folder in the ledger of mails that came by `mail import`.
pub const IMPORTED: &str = "import";

/// What became of a mail, for the terminal and the log: no personal data.
#[derive(Debug, Clone, PartialEq)]
pub struct Ended {
    /// The mail.
    pub mail: MailId,
    /// Its receipt number.
    pub receipt: String,
    /// Where it ended.
    pub end: EndState,
    /// Its kind, by the published name; `unread` when nothing could be read.
    pub kind: String,
    /// The case it opened or joined.
    pub reference: Option<CaseReference>,
    /// Why, for a person.
    pub reason: Option<String>,
    /// The grade, when it was judged.
    pub grade: Option<String>,
    /// What is missing, by the published names.
    pub missing: Vec<String>,
    /// Members read, and documents read of those attached.
    pub read: (usize, usize, usize),
    /// Why files could not be read, by the published names, each once.
    pub unread: Vec<String>,
    /// Letters queued.
    pub letters: Vec<String>,
}

/// How often a new reference is drawn before the engine gives up.
const DRAWS_MAX: u32 = 8;
/// Mails of one address in 24 hours that are answered at all; a program sends so many, or somebody in its name.
const ANSWERS_A_DAY_MAX: u64 = 60;
/// Receipts for one address in 24 hours whose mails nobody has proven to be theirs.
const RECEIPTS_A_DAY_MAX: u64 = 3;
/// How long a claimed mail is ours, besides the time of a virus scanner.
pub(crate) const MAIL_LEASE_SECONDS: u32 = 60;

/// A mail on its way: what every step of intake needs of it.
pub(crate) struct Mail<'a> {
    pub claimed: &'a ClaimedMail,
    pub reading: &'a Reading,
    pub judged: &'a Judged,
    pub received_on: Date,
    pub proof: Proof,
    /// The sender may be answered by a program.
    pub answerable: bool,
    /// A person says what becomes of it.
    pub settled: Option<&'a Settled>,
    /// Its turn among the mails that wait; none when a person settles it.
    pub turn: Option<&'a Turn>,
}

/// What the worklist says of a mail that claims to be ours.
const FROM_OURSELVES: &str = "says that it is from our own address: somebody uses our name, it was put into the mailbox by hand, or it \
     came back in a loop. Nothing was opened and nobody answered";

impl Engine {
    /// Brings up to `limit` mails to their end states, each claimed when its turn comes: a process that dies over one mail costs no
    /// other mail a try, and no lease runs before its work begins. Returns what became of them; empty when nothing waits.
    ///
    /// # Errors
    /// [`EngineError`] when the store fails. A mail whose own row cannot be opened is logged, stays without an end, and holds up no other.
    pub async fn take_next_mails(&self, limit: u32) -> Result<Vec<Ended>, EngineError> {
        let mut all = self.end_poisoned().await?;
        let mut next = None;
        for taken in 1..=limit {
            let claimed = match next {
                Some(claimed) => claimed,
                None => match self.store.claim_mails(&self.worker, self.ambient.now(), self.mail_lease_seconds(), 1).await?.pop()
                {
                    Some(claimed) => claimed,
                    None => break,
                },
            };
            let turn = Turn::new(taken < limit);
            let ended = match Box::pin(self.take_mail(&claimed, &turn)).await {
                Err(error @ (EngineError::Store(_) | EngineError::RulePack(_) | EngineError::Reader(_))) => Err(error),
                Err(error) => self.end_waiting(&claimed, "unread", &format!("could not be processed: {error}"), None).await,
                ended => ended,
            };
            all.extend(unless_frozen(&claimed, ended)?);
            next = turn.next();
        }
        Ok(all)
    }

    async fn end_poisoned(&self) -> Result<Vec<Ended>, EngineError> {
        let mut all = Vec::new();
        for claimed in self.store.poisoned_mails(&self.worker, self.ambient.now(), self.mail_lease_seconds()).await? {
            let reason = "stopped the program three times while it was read; open the original by hand";
            let ended = self.end_waiting(&claimed, "unread", reason, None).await;
            all.extend(unless_frozen(&claimed, ended)?);
        }
        Ok(all)
    }

    async fn take_mail(&self, claimed: &ClaimedMail, turn: &Turn) -> Result<Ended, EngineError> {
        if let Some(first) = claimed.same_as
            && let Some(ended) = self.follow_first(claimed, first).await?
        {
            return Ok(ended);
        }
        let Some(raw) = self.store.raw_mail(claimed.mail).await? else {
            return self.end_waiting(claimed, "unread", "its bytes are missing in the store; look in the mailbox", None).await;
        };
        let looked = self.look_before_opening(claimed, &raw).await?;
        if let Some(reason) = looked.why_closed() {
            return self.end_waiting(claimed, "unread", &reason, None).await;
        }
        let read = self.reader.read(&raw).await;
        if claimed.cut {
            let sender = match &read {
                Ok(reading) => only_sender(reading),
                Err(failure) => crate::engine::requests::sender_of_unread(failure),
            };
            let reason = if claimed.mailbox == IMPORTED {
                "it is larger than the program takes: its head is kept here, the whole of it is the file that was imported; keep that \
                 file, and open it there"
            } else {
                "it is larger than the program takes: its head is kept here, the whole of it in the mailbox; open it there"
            };
            let danger = read.as_ref().is_ok_and(|reading| self.tells_of_danger(claimed, reading))
                || read.as_ref().is_err_and(|failure| self.head_tells_of_danger(claimed, failure));
            return self.end_unjudged(claimed, ("unread", reason), sender, danger).await;
        }
        match read {
            // The machine is at fault, not the mail: it waits for a machine that can.
            Err(failure) if failure.problem().is_none() => {
                self.store.give_back_mail(claimed.mail, claimed.epoch).await?;
                Err(EngineError::Reader(failure))
            }
            Err(failure) => self.end_unread(claimed, &failure).await,
            Ok(reading) => Box::pin(self.take_reading(claimed, &reading, looked, turn)).await,
        }
    }

    async fn take_reading(
        &self,
        claimed: &ClaimedMail,
        reading: &Reading,
        looked: Looked,
        turn: &Turn,
    ) -> Result<Ended, EngineError> {
        let received_on = london_date(claimed.received_at);
        let mut judged = match judge(&self.programme, &self.words, &self.settings.programme.rule_pack, reading, received_on) {
            Ok(judged) => judged,
            // Only this mail's day is at fault: it waits, the others go on.
            Err(none) => {
                let danger = self.tells_of_danger(claimed, reading);
                return self.end_unjudged(claimed, ("nomination", &none.to_string()), only_sender(reading), danger).await;
            }
        };
        // What only the reader found locked is told with its document.
        let doubt = looked.doubt();
        let looked = self.look_after_reading(claimed, looked, &judged.intake).await?;
        let stays_closed = looked.why_closed();
        if let Some(reason) = stays_closed.as_ref().filter(|_| judged.intake.danger.is_empty()) {
            return self.end_waiting(claimed, "unread", reason, only_sender(reading)).await;
        }
        judged.intake.doubts.extend(doubt);
        if let Some(id) = &reading.message.message_id
            && let Some(other) = self.store.other_mail_with(id, claimed.mail).await?
        {
            judged
                .intake
                .doubts
                .push(format!("{other} has the same Message-ID and other content: one of them may not be genuine"));
        }
        let proof = self.proof_of_sender(claimed, reading);
        let answerable = self.answerable(reading, &proof).await?;
        let mail = Mail { claimed, reading, judged: &judged, received_on, proof, answerable, settled: None, turn: Some(turn) };
        if let Some(ended) = self.canary_back(&mail).await? {
            return Ok(ended);
        }
        if let Some(ended) = self.copy_of_first(&mail).await? {
            return Ok(ended);
        }
        self.note_calendar_answer(&mail).await?;
        // Words of danger beside a file that nobody could scan: nothing of the file is used, and the duty officer is told at once.
        if stays_closed.is_some() {
            return self.open_request(&mail, RequestKind::SafeguardingAlert).await;
        }
        // A complaint is for the manager alone, also when it stands below a letter of ours; a request under the law joins the case it
        // answers and is opened besides. Words of danger join the case they are about, and the duty officer is told either way.
        let joins = matches!(
            judged.intake.kind,
            MailKind::Nomination | MailKind::Update | MailKind::Other | MailKind::AdviceRequest | MailKind::SafeguardingAlert
        ) || request_of_law(&judged.intake).is_some();
        if joins && let Some(case) = self.case_answered(&mail).await? {
            return self.attach(&mail, case).await;
        }
        let becomes = becomes(&judged.intake, &reading.message);
        let to_file = becomes == Becomes::Filed;
        // A letter of ours that a loop brings back asks nobody: what asks would be a letter again.
        let of_program = reading.message.automatic.contains(&AutomaticSign::AutoSubmitted);
        if of_program && becomes == Becomes::Waits && judged.intake.documents.is_empty() && self.names_us(reading) {
            return self.file_automatic(&mail).await;
        }
        if !to_file && self.names_us(reading) {
            return match judged.intake.danger.is_empty() {
                true => self.end_for_person(&mail, FROM_OURSELVES).await,
                false => self.open_request(&mail, RequestKind::SafeguardingAlert).await,
            };
        }
        match becomes {
            Becomes::Request(kind) => self.open_request(&mail, kind).await,
            Becomes::Case => match self.second_about_a_case(&mail).await? {
                Some(reason) => {
                    let guesses = self.guesses(&mail).await?;
                    self.end_for_person(&mail, &format!("{reason}{guesses}")).await
                }
                None => self.open_case(&mail).await,
            },
            Becomes::Filed
                if !judged.intake.circular || (self.agency_of(&mail).is_none() && !self.answers_us(reading).await?) =>
            {
                self.file_automatic(&mail).await
            }
            Becomes::News => {
                let guesses = self.guesses(&mail).await?;
                let reason = "seems to be news on a case, but it answers no letter of ours from somebody of that case";
                self.end_for_person(&mail, &format!("{reason}{guesses}")).await
            }
            Becomes::Filed | Becomes::Waits => {
                let (guesses, files) = (self.guesses(&mail).await?, doubts_of_files(&mail));
                let why = unplaced(reading, &judged.intake);
                self.end_for_person(&mail, &format!("{why}{files}{guesses}")).await
            }
        }
    }

    pub(crate) async fn open_case(&self, mail: &Mail<'_>) -> Result<Ended, EngineError> {
        for draw in 0..DRAWS_MAX {
            let reference = self.draw_reference(mail.received_on, draw);
            if self.store.reference_exists(&reference).await? {
                continue;
            }
            match Box::pin(self.try_open(mail, reference)).await {
                Err(EngineError::Store(StoreError::ReferenceTaken { .. })) => {}
                done => return done,
            }
        }
        Err(EngineError::Busy { reference: "(new)".to_owned(), attempts: DRAWS_MAX })
    }

    /// Four digits while a year has few cases, more once draws begin to meet.
    fn draw_reference(&self, day: Date, draw: u32) -> CaseReference {
        let floor = 10_u64.pow(3 + draw / 2);
        let number = floor + self.ambient.below(floor * 9);
        CaseReference::new(day.year(), u32::try_from(number).expect("seven digits fit"))
    }

    async fn try_open(&self, mail: &Mail<'_>, reference: CaseReference) -> Result<Ended, EngineError> {
        let opening = Opening {
            lifecycle_version: self.programme.lifecycle.version.clone(),
            mail: mail.claimed.mail,
            received_on: mail.received_on,
            sender_proven: hears_of_case(mail.judged, mail.proof.is_proven()),
            sender: only_sender(mail.reading),
        };
        let opened: Opened = opened(mail.judged, opening, reference.clone()).expect("a nomination is always judged");
        self.keep_used(Some(&opened.verdict)).await?;
        let id = CaseId::from_random(self.ambient.id());
        let mut events = crate::domain::case::decide(None, &Command::Open(Box::new(opened)), &self.world())?;
        let case = crate::domain::case::replay(None, &events)?;
        let family = household(&case, &self.people);
        let (case, looked_after) = self.with_proposals_for(&family, &mut events, case).await?;
        let asked: Vec<CaseReference> = case.family.ties.keys().cloned().collect();
        let mut outgoing = self.outgoing(id, None, &case, &events, Pace::Usual)?;
        self.answer_to_sender(mail, &mut outgoing)?;
        let letters = names(&outgoing.letters);
        outgoing.tasks.extend(self.doubts_of(mail, id, &case));
        outgoing.tasks.extend(self.call_of_family(mail, id, &case));
        let (tasks, announced) = self.request_beside(mail, id)?;
        outgoing.tasks.extend(tasks);
        outgoing.letters.extend(announced);
        let write = self.case_write(id, 0, events, case, &mut outgoing);
        let end = self.mail_end(mail, EndState::CaseOpened, Some(id), None)?;
        let Outgoing { letters: rows, tasks, .. } = outgoing;
        let mut commit = Commit { case: Some(write), letters: rows, tasks, mail: Some(end), ..Commit::at(self.ambient.now()) };
        note(mail.settled, &mut commit);
        let written_after = self.end_turn(mail.turn, commit).await?;
        // Whoever wrote in between may have opened a case of the same family.
        if looked_after != written_after {
            self.look_again(&reference, &family, &asked).await?;
        }
        Ok(Ended { end: EndState::CaseOpened, reference: Some(reference), letters, ..self.told(mail) })
    }

    /// The acknowledgement threads with the mail it answers; who is not proven, or writes of the own family, gets the bare receipt.
    fn answer_to_sender(&self, mail: &Mail<'_>, outgoing: &mut Outgoing) -> Result<(), EngineError> {
        let answered = mail.reading.message.message_id.clone();
        let mut acknowledged = false;
        if !mail.answerable {
            outgoing.letters.retain(|letter| letter.role.as_ref().is_none_or(|role| role.as_str() != "referrer"));
        }
        for letter in
            outgoing.letters.iter_mut().filter(|letter| letter.role.as_ref().is_some_and(|role| role.as_str() == "referrer"))
        {
            letter.automatic_answer = true;
            letter.gathered = true;
            letter.in_reply_to = answered.clone();
            letter.mail = Some(mail.claimed.mail);
            acknowledged = true;
        }
        if !acknowledged {
            outgoing.letters.extend(self.receipt(mail)?);
        }
        Ok(())
    }

    /// Ends a mail in the worklist of the team, with the bare receipt for its sender.
    pub(crate) async fn end_for_person(&self, mail: &Mail<'_>, reason: &str) -> Result<Ended, EngineError> {
        let end = self.mail_end(mail, EndState::Waiting, None, Some(reason.to_owned()))?;
        let mut commit = Commit { mail: Some(end), ..Commit::at(self.ambient.now()) };
        commit.letters.extend(self.receipt(mail)?);
        self.ask_about(mail.claimed, "waiting", &self.asked_to_look(mail.received_on, reason), &mut commit)?;
        let letters = names(&commit.letters);
        self.end_turn(mail.turn, commit).await?;
        Ok(Ended { end: EndState::Waiting, reason: Some(reason.to_owned()), letters, ..self.told(mail) })
    }

    /// The end of `mail`, with what was read kept beside it for people.
    pub(crate) fn mail_end(
        &self,
        mail: &Mail<'_>,
        end: EndState,
        case: Option<CaseId>,
        reason: Option<String>,
    ) -> Result<MailEnd, EngineError> {
        Ok(MailEnd {
            mail: mail.claimed.mail,
            epoch: mail.claimed.epoch,
            end,
            kind: kind_name(mail.judged.intake.kind).to_owned(),
            reason,
            case,
            intake: Some(self.kept_of(mail)?),
            marks: Some(self.marks_of(mail)),
            leaves_case: false,
        })
    }

    /// What was read, and what is known of who sent it.
    fn kept_of(&self, mail: &Mail<'_>) -> Result<Vec<u8>, EngineError> {
        #[derive(serde::Serialize)]
        struct Kept<'k> {
            #[serde(flatten)]
            intake: &'k Intake,
            sender: serde_json::Value,
        }
        let sender = serde_json::json!({ "proof": mail.proof.says(), "agency": self.agency_of(mail) });
        Ok(serde_json::to_vec(&Kept { intake: &mail.judged.intake, sender })?)
    }

    pub(crate) fn told(&self, mail: &Mail<'_>) -> Ended {
        let intake = &mail.judged.intake;
        Ended {
            kind: kind_name(intake.kind).to_owned(),
            grade: mail.judged.assessment.as_ref().map(|assessment| assessment.grade.to_string()),
            missing: intake.missing.clone(),
            unread: problems_of(intake),
            read: (
                intake.nomination.as_ref().map_or(0, |nomination| nomination.members.len()),
                intake.documents.iter().filter(|document| document.problem.is_none()).count(),
                intake.documents.len(),
            ),
            ..ended(mail.claimed)
        }
    }

    /// Whether one of its senders is the programme's own address.
    pub(crate) fn names_us(&self, reading: &Reading) -> bool {
        reading.message.from.iter().any(|from| self.is_ours(&from.address))
    }

    /// A program answers a person who is not us (RFC 3834 §2). How many mails that makes is decided when the answers leave.
    pub(crate) async fn answerable(&self, reading: &Reading, proof: &Proof) -> Result<bool, EngineError> {
        let Some(sender) = only_sender(reading).filter(|_| may_be_answered(&reading.message)) else { return Ok(false) };
        if self.is_ours(sender.as_text()) {
            return Ok(false);
        }
        self.below_cap(&sender, proof.is_proven()).await
    }

    /// Whether one more answer may be made for this address today. What somebody sends in another's name leaves room for theirs.
    pub(crate) async fn below_cap(&self, sender: &Personal<String>, proven: bool) -> Result<bool, EngineError> {
        let day_ago = self.ambient.now().checked_sub(jiff::SignedDuration::from_hours(24)).unwrap_or(Instant::MIN);
        let mark = self.store.recipient_fingerprint(sender);
        Ok(self.store.count_automatic_answers(&mark, day_ago).await?
            < if proven { ANSWERS_A_DAY_MAX } else { RECEIPTS_A_DAY_MAX })
    }
}

/// Nothing when the mail went to another worker, or when its own row is damaged: `check` shows it, the others go on.
fn unless_frozen(claimed: &ClaimedMail, ended: Result<Ended, EngineError>) -> Result<Option<Ended>, EngineError> {
    match ended {
        Ok(ended) => Ok(Some(ended)),
        Err(EngineError::Store(StoreError::Fenced { .. })) => Ok(None),
        Err(EngineError::Store(error)) if error.is_of_one_row() => {
            tracing::error!(mail = %claimed.receipt, error = %error, "a mail cannot be opened in the store; restore it from a backup");
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

/// The one address of `From`; a mail with several senders has none that could be answered.
pub(crate) fn only_sender(reading: &Reading) -> Option<Personal<String>> {
    match reading.message.from.as_slice() {
        [one] if !one.address.is_empty() => Some(Personal::new(one.address.to_lowercase())),
        _ => None,
    }
}

/// What a person has to know of the files of a mail that waits, a sealed letter above all; the mail itself is looked at anyway.
fn doubts_of_files(mail: &Mail<'_>) -> String {
    let of_sender: Vec<&str> = mail.reading.message.sender_signs.iter().map(|sign| sign.says()).collect();
    let doubts = mail.judged.intake.doubts.iter().filter(|doubt| !of_sender.contains(&doubt.as_str()));
    doubts.map(|doubt| format!("; {doubt}")).collect()
}

/// Why files of the mail could not be read, each reason once.
fn problems_of(intake: &Intake) -> Vec<String> {
    let mut problems: Vec<String> = Vec::new();
    for problem in intake.documents.iter().filter_map(|document| document.problem).map(Problem::as_str) {
        if !problems.iter().any(|known| known == problem) {
            problems.push(problem.to_owned());
        }
    }
    problems
}

pub(crate) fn names(letters: &[NewLetter]) -> Vec<String> {
    letters.iter().map(|letter| letter.letter.to_string()).collect()
}

/// The published name of a kind of mail.
#[must_use]
pub fn kind_name(kind: MailKind) -> &'static str {
    match kind {
        MailKind::Nomination => "nomination",
        MailKind::Update => "update",
        MailKind::AdviceRequest => "advice_request",
        MailKind::FoiRequest => "foi_request",
        MailKind::SubjectAccessRequest => "subject_access_request",
        MailKind::Complaint => "complaint",
        MailKind::SafeguardingAlert => "safeguarding_alert",
        MailKind::AutoReply => "auto_reply",
        MailKind::Bounce => "bounce",
        MailKind::Other => "other",
    }
}

pub(crate) fn ended(claimed: &ClaimedMail) -> Ended {
    Ended {
        mail: claimed.mail,
        receipt: claimed.receipt.clone(),
        end: EndState::Waiting,
        kind: "unread".to_owned(),
        reference: None,
        reason: None,
        grade: None,
        missing: Vec::new(),
        unread: Vec::new(),
        read: (0, 0, 0),
        letters: Vec::new(),
    }
}
