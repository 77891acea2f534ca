//! Mails that open no case: requests with a clock, mails that wait for a person, and the bare receipt.

use std::collections::BTreeSet;

use crate::domain::case::{Case, Command, Event};
use crate::domain::ids::{CaseId, MailId, RoleName, TaskId};
use crate::domain::letter::Context;
use crate::domain::nomination::{Answer, MailKind, Member, Nomination};
use crate::domain::personal::Personal;
use crate::domain::time::london_date;
use crate::engine::intake::{Ended, Mail, ended, names, only_sender};
use crate::engine::judge::facts_shown_later;
use crate::engine::outgoing::Pace;
use crate::engine::roster::{Recipient, Relation};
use crate::engine::{Engine, EngineError};
use crate::reader::ReadFailure;
use crate::store::{CaseKey, ClaimedMail, Commit, EndState, MailEnd, NewLetter, NewTask, StoreError};

/// Who answers a request, in which letter, within how many working days, and what the worklist says.
/// 20 working days: Freedom of Information Act 2000 s10. One calendar month for subject access (UK GDPR Art. 12(3)) is kept as 20 working days,
/// which is never later. An Area Officer's call after a request for advice: the programme's own promise.
fn request(kind: MailKind) -> Request {
    let of = |role, letter, working_days, called, says| Request { role, letter, working_days, called, says };
    let announcement = "request_announcement";
    match kind {
        MailKind::FoiRequest => {
            let says = "a freedom-of-information request: answer within 20 working days";
            of("information_governance", announcement, 20, "a freedom of information request", says)
        }
        MailKind::SubjectAccessRequest => of(
            "information_governance",
            announcement,
            20,
            "a subject access request",
            "a subject-access request: answer within one month",
        ),
        MailKind::SafeguardingAlert => {
            let says = "words of immediate danger: read the mail now and ring the Safeguarding Hub";
            of("duty", "danger_alert", 0, "a mail that may tell of danger", says)
        }
        MailKind::AdviceRequest
        | MailKind::Nomination
        | MailKind::Update
        | MailKind::AutoReply
        | MailKind::Bounce
        | MailKind::Other => {
            let says = "somebody asks for advice: an Area Officer rings or writes within 5 working days";
            of("team", announcement, 5, "a question about the programme", says)
        }
    }
}

/// What a request asks of whom.
struct Request {
    role: &'static str,
    letter: &'static str,
    working_days: u32,
    /// For the letter, with its article.
    called: &'static str,
    /// For the worklist.
    says: &'static str,
}

/// Attempts at a commit that meets another writer.
const ATTEMPTS_MAX: u32 = 5;

/// The one person who sent a mail that could not be read, as far as its head could be.
pub(crate) fn sender_of(failure: &ReadFailure) -> Option<Personal<String>> {
    let ReadFailure::Mail(problem) = failure else { return None };
    let message = problem.message.as_ref().filter(|message| message.automatic.is_empty())?;
    match message.from.as_slice() {
        [one] if !one.address.is_empty() => Some(Personal::new(one.address.to_lowercase())),
        _ => None,
    }
}

/// People answer old mails to nominate somebody new: who shares no name and no birthday with the case is another family.
fn is_of_other_family(case: &Case, sent: &Nomination) -> bool {
    let known = case.nomination.reveal().get("nomination").cloned();
    let Some(known) = known.and_then(|value| serde_json::from_value::<Nomination>(value).ok()) else { return false };
    let marks = |nomination: &Nomination| -> BTreeSet<String> {
        let name = |member: &Member| {
            let part = |answer: &Option<Answer<String>>| answer.as_ref().map(|answer| answer.value.as_text().to_lowercase());
            Some(format!("{} {}", part(&member.given_name)?, part(&member.family_name)?))
        };
        let born = |member: &Member| member.date_of_birth.as_ref().map(|born| born.value.reveal().to_string());
        nomination.members.iter().flat_map(|member| [name(member), born(member)]).flatten().collect()
    };
    let (known, sent) = (marks(&known), marks(sent));
    !known.is_empty() && !sent.is_empty() && known.is_disjoint(&sent)
}

impl Engine {
    pub(crate) async fn open_request(&self, mail: &Mail<'_>, kind: MailKind) -> Result<Ended, EngineError> {
        let Request { role, letter, working_days, called, says } = request(kind);
        let end = self.mail_end(mail, EndState::Request, None, Some(says.to_owned()))?;
        let mut commit = Commit { mail: Some(end), ..Commit::at(self.ambient.now()) };
        commit.tasks.push(self.task_of_mail(mail.claimed.mail, &mail.claimed.receipt, role, says, working_days));
        commit.letters.extend(self.announce(mail.claimed, role, letter, working_days, Some(called))?);
        commit.letters.extend(self.receipt(mail)?);
        let letters = names(&commit.letters);
        self.store.commit(commit).await?;
        Ok(Ended { end: EndState::Request, reason: Some(says.to_owned()), letters, ..self.told(mail) })
    }

    /// Ends a mail that could not be read at all: the original is kept, a person opens it.
    pub(crate) async fn end_unread(&self, claimed: &ClaimedMail, failure: &ReadFailure) -> Result<Ended, EngineError> {
        self.end_waiting(claimed, "unread", &failure.to_string(), sender_of(failure)).await
    }

    pub(crate) async fn end_waiting(
        &self,
        claimed: &ClaimedMail,
        kind: &str,
        reason: &str,
        sender: Option<Personal<String>>,
    ) -> Result<Ended, EngineError> {
        let end = MailEnd {
            mail: claimed.mail,
            epoch: claimed.epoch,
            end: EndState::Waiting,
            kind: kind.to_owned(),
            reason: Some(reason.to_owned()),
            case: None,
            intake: None,
        };
        let mut commit = Commit { mail: Some(end), ..Commit::at(self.ambient.now()) };
        commit.tasks.push(self.task_of_mail(claimed.mail, &claimed.receipt, "team", reason, 1));
        commit.letters.extend(self.announce(claimed, "team", "mail_waiting", 1, None)?);
        let ours = |address: &Personal<String>| address.as_text().eq_ignore_ascii_case(&self.settings.mail.address);
        if let Some(address) = sender.filter(|address| !ours(address))
            && self.below_cap(&address).await?
        {
            commit.letters.push(self.receipt_to(claimed, address, None)?);
        }
        let letters = names(&commit.letters);
        self.store.commit(commit).await?;
        Ok(Ended { kind: kind.to_owned(), reason: Some(reason.to_owned()), letters, ..ended(claimed) })
    }

    pub(crate) fn task_of_mail(&self, mail: MailId, receipt: &str, role: &str, says: &str, working_days: u32) -> NewTask {
        let days = i32::try_from(working_days).unwrap_or(i32::MAX);
        NewTask {
            id: TaskId::from_random(self.ambient.bits()),
            key: format!("mail:{mail}"),
            case: None,
            mail: Some(mail),
            role: RoleName::new(role).expect("a fixed name is a name"),
            says: format!("{receipt}: {says}"),
            due_on: self.programme.calendar.add_working_days(self.ambient.today(), days),
        }
    }

    /// Tells those who answer for `role` that something waits for them, by link.
    pub(crate) fn announce(
        &self,
        claimed: &ClaimedMail,
        role: &str,
        letter: &str,
        working_days: u32,
        called: Option<&str>,
    ) -> Result<Vec<NewLetter>, EngineError> {
        let role = RoleName::new(role).expect("a fixed name is a name");
        let days = i32::try_from(working_days).unwrap_or(i32::MAX);
        let due_on = self.programme.calendar.add_working_days(self.ambient.today(), days);
        let recipients = self.roster.answer_for(&self.programme.lifecycle, &role, Relation::default());
        recipients
            .iter()
            .map(|recipient| {
                let context = Context {
                    due_on: Some(due_on),
                    request: called.map(str::to_owned),
                    link: format!("{}/inbox/{}", self.settings.web.public_url, claimed.receipt),
                    ..self.mail_context(claimed, &recipient.role)
                };
                self.letter_of_mail(claimed.mail, letter, recipient, &context, None)
            })
            .collect()
    }

    /// The bare receipt, where one may go: one sender, a person, not ourselves (RFC 3834 §2).
    pub(crate) fn receipt(&self, mail: &Mail<'_>) -> Result<Option<NewLetter>, EngineError> {
        let Some(sender) = only_sender(mail.reading).filter(|_| mail.answerable) else { return Ok(None) };
        self.receipt_to(mail.claimed, sender, mail.reading.message.message_id.clone()).map(Some)
    }

    fn receipt_to(
        &self,
        claimed: &ClaimedMail,
        address: Personal<String>,
        answers: Option<String>,
    ) -> Result<NewLetter, EngineError> {
        let role = RoleName::new("sender").expect("a fixed name is a name");
        let recipient = Recipient { role: role.clone(), address };
        let mut letter = self.letter_of_mail(claimed.mail, "receipt", &recipient, &self.mail_context(claimed, &role), answers)?;
        letter.automatic_answer = true;
        Ok(letter)
    }

    /// The case this mail answers: it quotes a Message-ID of ours *and* its sender is of that case now, in a proven mail. Never by subject alone.
    pub(crate) async fn case_answered(&self, mail: &Mail<'_>) -> Result<Option<CaseId>, EngineError> {
        let automatic = matches!(mail.judged.intake.kind, MailKind::AutoReply | MailKind::Bounce);
        let Some(sender) = only_sender(mail.reading).filter(|_| mail.proof.is_proven() && !automatic) else { return Ok(None) };
        let Some(id) = self.case_of_references(&mail.reading.message.references).await? else { return Ok(None) };
        let Some(stored) = self.store.load_case(&CaseKey::Id(id)).await? else { return Ok(None) };
        let relation = Relation { area: stored.case.area.as_ref(), holders: Some(&stored.case.holders) };
        let roles = self.roster.roles_of(&self.programme.lifecycle, sender.as_text(), relation);
        let other_family = mail.judged.intake.nomination.as_ref().is_some_and(|sent| is_of_other_family(&stored.case, sent));
        Ok((!roles.is_empty() && !other_family).then_some(id))
    }

    pub(crate) async fn case_of_references(&self, references: &[String]) -> Result<Option<CaseId>, EngineError> {
        Ok(self.store.case_of_message_ids(references).await?)
    }

    /// Joins the mail to its case and lets what it shows count.
    pub(crate) async fn attach(&self, mail: &Mail<'_>, id: CaseId) -> Result<Ended, EngineError> {
        for _ in 0..ATTEMPTS_MAX {
            match self.try_attach(mail, id).await {
                Err(EngineError::Store(StoreError::Conflict { .. })) => {}
                Err(EngineError::Refused(_)) => {
                    return self.end_for_person(mail, "belongs to a case that has ended; a person decides what follows").await;
                }
                done => return done,
            }
        }
        Err(EngineError::Busy { reference: id.to_string(), attempts: ATTEMPTS_MAX })
    }

    async fn try_attach(&self, mail: &Mail<'_>, id: CaseId) -> Result<Ended, EngineError> {
        let stored = self.store.load_case(&CaseKey::Id(id)).await?;
        let stored = stored.ok_or_else(|| EngineError::NoSuchCase { reference: id.to_string() })?;
        let command = Command::Attach {
            mail: mail.claimed.mail,
            kind: "update".to_owned(),
            facts: facts_shown_later(&self.words, mail.judged, mail.reading, mail.received_on),
            by_person: true,
        };
        let version = stored.case.version;
        let before = stored.case;
        let events: Vec<Event> = crate::domain::case::decide(Some(&before), &command, &self.world())?;
        let after = crate::domain::case::replay(Some(before.clone()), &events)?;
        let mut outgoing = self.outgoing(id, Some(&before), &after, &events, Pace::Usual)?;
        let letters = names(&outgoing.letters);
        let reference = after.reference.clone();
        let write = self.case_write(id, version, events, after, &mut outgoing);
        let mut end = self.mail_end(mail, EndState::Attached, Some(id), None)?;
        end.kind = "update".to_owned();
        let mut commit = Commit { mail: Some(end), ..Commit::at(self.ambient.now()) };
        commit.case = Some(write);
        commit.letters = outgoing.letters;
        commit.tasks = outgoing.tasks;
        self.store.commit(commit).await?;
        Ok(Ended { end: EndState::Attached, kind: "update".to_owned(), reference: Some(reference), letters, ..self.told(mail) })
    }

    pub(crate) fn mail_context(&self, claimed: &ClaimedMail, role: &RoleName) -> Context {
        Context {
            reference: claimed.receipt.clone(),
            role: self.programme.lifecycle.role(role).map(|role| role.title.clone()),
            received_on: Some(london_date(claimed.received_at)),
            ..self.base_context()
        }
    }
}
