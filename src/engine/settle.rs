//! A person says what becomes of a mail that waits, was taken for a request, or was filed. Named, recorded, and by the same code
//! that opens and joins cases by itself.

use crate::domain::case::{Actor, Command, Refusal};
use crate::domain::ids::{CaseReference, RoleName, TaskId};
use crate::domain::nomination::Reading;
use crate::domain::personal::Personal;
use crate::domain::time::london_date;
use crate::domain::workflow::RequestKind;
use crate::engine::intake::{Ended, Mail, ended};
use crate::engine::judge::{Judged, judge_nominated, understand};
use crate::engine::outgoing::Pace;
use crate::engine::requests::sender_of_unread;
use crate::engine::{Engine, EngineError};
use crate::reader::ReadFailure;
use crate::store::{AuditEntry, CaseKey, ClaimedMail, Commit, EndState, MailEnd, MailRow, StoreError, TaskFilter};

/// What a person says a mail is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Settlement {
    /// A nomination: it opens a case.
    Nomination {
        /// The family itself wrote it: its sender gets the bare receipt and nothing of the case, and somebody rings them.
        from_family: bool,
    },
    /// It belongs to this case and joins it.
    Case(CaseReference),
    /// A request of this kind: it gets its clock and those who answer it.
    Request(RequestKind),
    /// The request has been answered: its worklist items are done.
    Answered,
    /// Nothing for us: it is filed.
    Nothing,
    /// It does not belong to the case it joined: it waits again.
    Detached,
}

impl Settlement {
    fn as_str(&self) -> &'static str {
        match self {
            Self::Nomination { from_family: true } => "nomination of the family itself",
            Self::Nomination { from_family: false } => "nomination",
            Self::Case(_) => "case",
            Self::Request(_) => "request",
            Self::Answered => "answered",
            Self::Nothing => "nothing",
            Self::Detached => "detached",
        }
    }
    /// What ends something without an answer is said with its reason.
    fn needs_reason(&self) -> bool {
        match self {
            Self::Answered | Self::Nothing | Self::Detached => true,
            Self::Nomination { .. } | Self::Case(_) | Self::Request(_) => false,
        }
    }
}

/// Who settles a mail, and why.
#[derive(Debug, Clone)]
pub struct Settler {
    /// Address of a person of the settings.
    pub by: Personal<String>,
    /// In their own words.
    pub because: Option<Personal<String>>,
}

impl Settler {
    /// Their reason.
    ///
    /// # Errors
    /// [`Refusal`] when they gave none.
    pub(crate) fn reason(&self) -> Result<&Personal<String>, Refusal> {
        let given = self.because.as_ref().filter(|because| !because.as_text().trim().is_empty());
        given.ok_or_else(|| Refusal::because("say why with `--because \"…\"`: whoever looks later has nothing else"))
    }
}

/// What goes into the commit that settles a mail.
pub(crate) struct Settled {
    /// Who did it.
    audit: AuditEntry,
    /// The worklist items that are done by it.
    done: Vec<TaskId>,
    /// The duty officer was told of its words of danger when it came.
    pub alerted: bool,
    /// The same mail once more, waiting with it.
    copies: Vec<MailRow>,
}

/// Adds who settled the mail, and what is done by it.
pub(crate) fn note(settled: Option<&Settled>, commit: &mut Commit) {
    if let Some(settled) = settled {
        commit.audit.push(settled.audit.clone());
        commit.done.extend_from_slice(&settled.done);
        if let Some(end) = &commit.mail {
            commit.copies.extend(settled.copies.iter().map(|copy| end_of_copy(copy, end)));
        }
    }
}

/// What a copy ends as when the first of the two ends so: as a copy that comes later does.
fn end_of_copy(copy: &MailRow, first: &MailEnd) -> MailEnd {
    MailEnd {
        mail: copy.mail,
        epoch: copy.epoch,
        end: if first.end == EndState::CaseOpened { EndState::Attached } else { first.end },
        kind: first.kind.clone(),
        reason: copy.reason.clone(),
        case: first.case,
        intake: None,
        marks: None,
        leaves_case: false,
    }
}

/// The smallest mail there is: what is left of one that cannot be read.
const UNREAD: &[u8] = b"Subject: (not read)\r\n\r\n.\r\n";

impl Engine {
    /// Brings a mail to the end a person names, and closes what was open about it.
    ///
    /// # Errors
    /// [`EngineError::Refused`] with what to do instead, [`EngineError::NoSuchMail`], [`EngineError::NoSuchCase`], or the store's.
    pub async fn settle_mail(&self, receipt: &str, wish: &Settlement, settler: &Settler) -> Result<Ended, EngineError> {
        let row = self.store.mail_by_receipt(receipt).await?;
        let row = row.ok_or_else(|| EngineError::NoSuchMail { receipt: receipt.to_owned() })?;
        let open = self.store.tasks(&TaskFilter { mail: Some(row.mail), ..TaskFilter::default() }).await?;
        let mut roles: Vec<RoleName> = open.iter().map(|task| task.role.clone()).collect();
        let kind = RequestKind::ALL.into_iter().find(|kind| row.kind.as_deref() == Some(kind.as_str()));
        roles.extend(kind.map(|kind| self.programme.desk.request(kind).role.clone()));
        if let Some(case) = row.case.filter(|_| *wish == Settlement::Detached) {
            roles.push(self.asked_about_letters(Some(case)).await?);
        }
        let role = self.may_act(&settler.by, &roles, row.case).await?;
        may_end(&row, wish, !open.is_empty())?;
        if let Some(first) = self.waiting_first(&row).await? {
            return Err(
                Refusal::because(format!("it is the same mail as {first}, which waits: settle that one, and both end")).into()
            );
        }
        if wish.needs_reason() {
            settler.reason()?;
        }
        let detail = serde_json::json!({
            "as": wish.as_str(), "was": row.end.map(EndState::as_str), "kind": row.kind, "role": role, "because": settler.because,
            "kept_as": match wish { Settlement::Request(kind) => Some(kind.as_str()), _ => None },
        });
        let settled = Settled {
            audit: AuditEntry {
                by: settler.by.clone(),
                action: "settled_mail".to_owned(),
                case: None,
                mail: Some(row.mail),
                detail,
            },
            done: open.iter().map(|task| task.id).collect(),
            copies: if row.end == Some(EndState::Waiting) { self.store.waiting_copies(row.mail).await? } else { Vec::new() },
            alerted: row.kind.as_deref() == Some(RequestKind::SafeguardingAlert.as_str()),
        };
        let claimed = claimed(&row);
        let done = match wish {
            Settlement::Nomination { .. } | Settlement::Case(_) => {
                Box::pin(self.settle_into_case(&claimed, &row, wish, &settled)).await
            }
            Settlement::Request(kind) => self.settle_as_request(&claimed, *kind, &settled).await,
            Settlement::Answered => self.settle_as_answered(&row, &settled).await,
            Settlement::Nothing => self.settle_as_nothing(&row, &settled).await,
            Settlement::Detached => self.settle_as_detached(&row, settler, &role, &settled).await,
        };
        match done {
            Err(EngineError::Store(StoreError::Fenced { .. })) => {
                Err(Refusal::because("somebody else has just settled this mail; look at it with `mail show`").into())
            }
            done => done,
        }
    }

    /// The receipt of the mail this one is a copy of, while that one waits.
    async fn waiting_first(&self, row: &MailRow) -> Result<Option<String>, EngineError> {
        let Some(first) = row.same_as.filter(|_| row.end == Some(EndState::Waiting)) else { return Ok(None) };
        let first = self.store.mail(first).await?.filter(|first| first.end == Some(EndState::Waiting));
        Ok(first.map(|first| first.receipt))
    }

    async fn settle_into_case(
        &self,
        claimed: &ClaimedMail,
        row: &MailRow,
        wish: &Settlement,
        settled: &Settled,
    ) -> Result<Ended, EngineError> {
        let received_on = london_date(claimed.received_at);
        let reading = self.read_again(row).await?;
        let pack = &self.settings.programme.rule_pack;
        let judged: Judged = match wish {
            Settlement::Nomination { from_family } => {
                let mut judged = judge_nominated(&self.programme, &self.words, pack, &reading, received_on)?;
                judged.own_request |= *from_family;
                judged
            }
            Settlement::Case(_) | Settlement::Request(_) | Settlement::Answered | Settlement::Nothing | Settlement::Detached => {
                understand(&self.programme, &self.words, &reading, received_on)
            }
        };
        let proof = self.proof_of_sender(claimed, &reading);
        let mail = Mail {
            claimed,
            reading: &reading,
            judged: &judged,
            received_on,
            answerable: self.answerable(&reading, &proof).await?,
            proof,
            settled: Some(settled),
            turn: None,
        };
        let Settlement::Case(reference) = wish else { return self.open_case(&mail).await };
        let key = CaseKey::Reference(reference.clone());
        let stored = self.store.load_case(&key).await?;
        let stored = stored.ok_or_else(|| EngineError::NoSuchCase { reference: reference.to_string() })?;
        self.attach(&mail, stored.id).await
    }

    /// What is read in a mail that ended before. One that cannot be read is an empty one with its head: a person has read it. One
    /// that may not be opened is not opened now either.
    async fn read_again(&self, row: &MailRow) -> Result<Reading, EngineError> {
        let raw = self.store.raw_mail(row.mail).await?;
        let raw = raw.ok_or_else(|| Refusal::because("the original of this mail is not kept any more"))?;
        let looked = self.look_before_opening(row, &raw).await?;
        if looked.closed_for_now() {
            let says = looked.says().unwrap_or_default();
            return Err(Refusal::because(format!("{says}; try again when `focus-family check` finds the scanner well")).into());
        }
        if !looked.may_open {
            return self.reader.read(UNREAD).await.map_err(EngineError::Reader);
        }
        let failure = match self.reader.read(&raw).await {
            Ok(reading) => return Ok(reading),
            Err(failure) if failure.problem().is_none() => return Err(EngineError::Reader(failure)),
            Err(failure) => failure,
        };
        let mut reading = self.reader.read(UNREAD).await.map_err(EngineError::Reader)?;
        if sender_of_unread(&failure).is_some()
            && let ReadFailure::Mail(problem) = failure
            && let Some(message) = problem.message
        {
            reading.message = *message;
        }
        Ok(reading)
    }

    async fn settle_as_request(&self, claimed: &ClaimedMail, kind: RequestKind, settled: &Settled) -> Result<Ended, EngineError> {
        let asked = self.asked(kind, london_date(claimed.received_at));
        let end = MailEnd {
            mail: claimed.mail,
            epoch: claimed.epoch,
            end: EndState::Request,
            kind: kind.as_str().to_owned(),
            reason: Some(asked.says.to_owned()),
            case: None,
            intake: None,
            marks: None,
            leaves_case: false,
        };
        let mut commit = Commit::of_mail(self.ambient.now(), end);
        self.ask_about(claimed, kind.as_str(), &asked, &mut commit)?;
        commit.tasks.extend(self.acknowledgement_of(claimed, kind, london_date(claimed.received_at)));
        note(Some(settled), &mut commit);
        let letters = crate::engine::intake::names(&commit.letters);
        let reason = Some(asked.says.to_owned());
        self.store.commit(commit).await?;
        Ok(Ended { end: EndState::Request, kind: kind.as_str().to_owned(), reason, letters, ..ended(claimed) })
    }

    async fn settle_as_answered(&self, row: &MailRow, settled: &Settled) -> Result<Ended, EngineError> {
        let mut commit = Commit::at(self.ambient.now());
        note(Some(settled), &mut commit);
        self.store.commit(commit).await?;
        let kind = row.kind.clone().unwrap_or_default();
        Ok(Ended { end: EndState::Request, kind, reason: Some("answered".to_owned()), ..ended(&claimed(row)) })
    }

    /// The mail leaves its case and waits again; the case tells who took it off, and its owner looks at what it had changed.
    async fn settle_as_detached(
        &self,
        row: &MailRow,
        settler: &Settler,
        role: &RoleName,
        settled: &Settled,
    ) -> Result<Ended, EngineError> {
        let Some(case) = row.case else { return Err(Refusal::because("this mail is of no case").into()) };
        let stored = self.store.load_case(&CaseKey::Id(case)).await?;
        let stored = stored.ok_or_else(|| EngineError::NoSuchCase { reference: case.to_string() })?;
        let name = self.roster.person(settler.by.as_text()).map_or_else(|| settler.by.clone(), |person| person.name.clone());
        let by = Actor::Person { name, address: settler.by.clone(), role: role.clone() };
        let command = Command::Detach { mail: row.mail, by, reason: settler.reason()?.clone() };
        let engine = self.under(&stored.case)?.into_owned();
        let commit = engine.commit_of(stored, &command, Pace::Usual)?;
        let reason = "a person took it off the case it had joined; say where it belongs";
        let kind = "other".to_owned();
        let end = MailEnd {
            mail: row.mail,
            epoch: row.epoch,
            end: EndState::Waiting,
            kind: kind.clone(),
            reason: Some(reason.to_owned()),
            case: None,
            intake: None,
            marks: None,
            leaves_case: true,
        };
        let mut commit = Commit { mail: Some(end), ..commit.unwrap_or_else(|| Commit::at(self.ambient.now())) };
        let claimed = claimed(row);
        let look = self.asked_to_look(self.ambient.today(), reason);
        commit.tasks.push(self.task_of_mail(&claimed, "detached", look.role, look.says, look.due_on));
        note(Some(settled), &mut commit);
        self.store.commit(commit).await?;
        Ok(Ended { end: EndState::Waiting, kind, reason: Some(reason.to_owned()), ..ended(&claimed) })
    }

    async fn settle_as_nothing(&self, row: &MailRow, settled: &Settled) -> Result<Ended, EngineError> {
        let reason = Some("a person looked at it and filed it".to_owned());
        let kind = row.kind.clone().unwrap_or_else(|| "other".to_owned());
        let end = MailEnd {
            mail: row.mail,
            epoch: row.epoch,
            end: EndState::Automatic,
            kind: kind.clone(),
            reason: reason.clone(),
            case: None,
            intake: None,
            marks: None,
            leaves_case: false,
        };
        let mut commit = Commit::of_mail(self.ambient.now(), end);
        note(Some(settled), &mut commit);
        self.store.commit(commit).await?;
        Ok(Ended { end: EndState::Automatic, kind, reason, ..ended(&claimed(row)) })
    }
}

/// Whether a mail that ended so may end as wished; the refusal says what to do instead.
fn may_end(row: &MailRow, wish: &Settlement, open: bool) -> Result<(), Refusal> {
    let receipt = &row.receipt;
    let says = match (row.end, wish) {
        (None, _) => "it is still being read; try again in a moment".to_owned(),
        (Some(EndState::Attached), Settlement::Detached) if row.same_as.is_none() => return Ok(()),
        (Some(EndState::Attached), Settlement::Detached) => {
            "it is a second copy of a mail, which was attached by itself; take that one off".to_owned()
        }
        (Some(EndState::CaseOpened), Settlement::Detached) => {
            "it opened its case and cannot be taken off it; decide on the case instead".to_owned()
        }
        (Some(EndState::Waiting | EndState::Request | EndState::Automatic), Settlement::Detached) => {
            "it has joined no case".to_owned()
        }
        (Some(EndState::CaseOpened | EndState::Attached), _) => {
            let reference = row.reference.as_ref().map_or("a case", |reference| reference.as_str());
            let mistaken = match row.end {
                Some(EndState::Attached) => format!("; did it join by mistake? `mail settle {receipt} detach`"),
                _ => String::new(),
            };
            format!("it belongs to {reference} already; what follows is recorded there with `case record {reference}`{mistaken}")
        }
        (Some(EndState::Request), Settlement::Answered) if open => return Ok(()),
        (Some(EndState::Request), Settlement::Answered) => "it was answered before; nothing is open about it".to_owned(),
        (Some(EndState::Waiting | EndState::Automatic), Settlement::Answered) => {
            format!(
                "it is no request; say first what it is, for example `mail settle {receipt} request advice_request`, or `nothing`"
            )
        }
        (Some(EndState::Request), Settlement::Request(kind)) if open && row.kind.as_deref() == Some(kind.as_str()) => {
            format!("it is a {} already; when it is answered: `mail settle {receipt} answered`", kind.as_str().replace('_', " "))
        }
        (Some(EndState::Automatic), Settlement::Nothing) => "it is filed already".to_owned(),
        (Some(EndState::Waiting | EndState::Request | EndState::Automatic), _) => return Ok(()),
    };
    Err(Refusal::because(says))
}

/// A mail that a person looks at, as if it had been claimed: its epoch keeps two people from settling it twice.
fn claimed(row: &MailRow) -> ClaimedMail {
    ClaimedMail {
        mail: row.mail,
        receipt: row.receipt.clone(),
        account: row.account.clone(),
        mailbox: row.mailbox.clone(),
        received_at: row.received_at,
        size_bytes: row.size_bytes,
        cut: row.cut,
        same_as: row.same_as,
        scan: row.scan.clone(),
        attempts: row.attempts,
        epoch: row.epoch,
    }
}
