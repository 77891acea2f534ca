//! Mails that open no case: requests with a clock, mails that wait for a person, and the bare receipt. Who is asked, by when
//! and in which words stands in the programme's `desk.yaml`.

use crate::domain::ids::{CaseId, LetterName, RoleName, TaskId};
use crate::domain::letter::Context;
use crate::domain::nomination::{Intake, MailKind, Reading, interpret, subject_tells_of_danger};
use crate::domain::personal::Personal;
use crate::domain::time::{Date, london_date};
use crate::domain::workflow::RequestKind;
use crate::engine::intake::{Ended, Mail, ended, names, only_sender};
use crate::engine::roster::{Recipient, Relation};
use crate::engine::{Engine, EngineError};
use crate::reader::ReadFailure;
use crate::store::{ClaimedMail, Commit, EndState, MailEnd, NewLetter, NewTask};

/// The kind of request that a mail of this kind is.
pub(crate) fn request_kind(kind: MailKind) -> Option<RequestKind> {
    match kind {
        MailKind::AdviceRequest => Some(RequestKind::AdviceRequest),
        MailKind::FoiRequest => Some(RequestKind::FoiRequest),
        MailKind::SubjectAccessRequest => Some(RequestKind::SubjectAccessRequest),
        MailKind::Complaint => Some(RequestKind::Complaint),
        MailKind::SafeguardingAlert => Some(RequestKind::SafeguardingAlert),
        MailKind::Nomination | MailKind::Update | MailKind::AutoReply | MailKind::Bounce | MailKind::Other => None,
    }
}

/// The request under the law of freedom of information or of data protection that a mail makes, whatever else it is for.
pub(crate) fn request_of_law(intake: &Intake) -> Option<RequestKind> {
    let of_law = |kind: &MailKind| matches!(kind, MailKind::FoiRequest | MailKind::SubjectAccessRequest);
    Some(intake.kind).filter(of_law).or(intake.also.filter(of_law)).and_then(request_kind)
}

/// How the key of the item ends that asks for an acknowledgement.
pub(crate) const ACKNOWLEDGE: &str = ":acknowledge";

/// What a person is asked about a mail.
pub(crate) struct Asked<'a> {
    /// Who.
    pub role: &'a RoleName,
    /// The letter that tells them.
    pub letter: &'a LetterName,
    /// Until when.
    pub due_on: Date,
    /// What the letter calls it, with its article.
    pub called: Option<&'a str>,
    /// What the worklist says.
    pub says: &'a str,
}

/// The one person who sent a mail that could not be read, as far as its head could be.
#[must_use]
pub fn sender_of_unread(failure: &ReadFailure) -> Option<Personal<String>> {
    let ReadFailure::Mail(problem) = failure else { return None };
    let message = problem.message.as_ref().filter(|message| message.automatic.is_empty())?;
    match message.from.as_slice() {
        [one] if !one.address.is_empty() => Some(Personal::new(one.address.to_lowercase())),
        _ => None,
    }
}

impl Engine {
    /// A worklist item with its own clock. A request that also tells of danger keeps its clock, and the duty officer is told besides.
    pub(crate) async fn open_request(&self, mail: &Mail<'_>, kind: RequestKind) -> Result<Ended, EngineError> {
        let asked = self.asked(kind, mail.received_on);
        let mut end = self.mail_end(mail, EndState::Request, None, Some(asked.says.to_owned()))?;
        kind.as_str().clone_into(&mut end.kind);
        let mut commit = Commit { mail: Some(end), ..Commit::at(self.ambient.now()) };
        self.ask_about(mail.claimed, kind.as_str(), &asked, &mut commit)?;
        commit.tasks.extend(self.acknowledgement_of(mail.claimed, kind, mail.received_on));
        if !mail.judged.intake.danger.is_empty() && kind != RequestKind::SafeguardingAlert {
            let alert = self.asked(RequestKind::SafeguardingAlert, mail.received_on);
            self.ask_about(mail.claimed, RequestKind::SafeguardingAlert.as_str(), &alert, &mut commit)?;
        }
        commit.letters.extend(self.receipt(mail)?);
        let (letters, reason) = (names(&commit.letters), asked.says.to_owned());
        self.end_turn(mail.turn, commit).await?;
        let kind = kind.as_str().to_owned();
        Ok(Ended { end: EndState::Request, kind, reason: Some(reason), letters, ..self.told(mail) })
    }

    /// What is opened beside a case that the same mail opens or joins: a request with a clock of the law. A person who settles a mail has
    /// said what it is.
    pub(crate) fn request_beside(&self, mail: &Mail<'_>, case: CaseId) -> Result<(Vec<NewTask>, Vec<NewLetter>), EngineError> {
        let Some(kind) = request_of_law(&mail.judged.intake).filter(|_| mail.settled.is_none()) else {
            return Ok((Vec::new(), Vec::new()));
        };
        let asked = self.asked(kind, mail.received_on);
        let task = self.task_of_mail(mail.claimed, kind.as_str(), asked.role, asked.says, asked.due_on);
        let tasks = std::iter::once(task).chain(self.acknowledgement_of(mail.claimed, kind, mail.received_on));
        let tasks = tasks.map(|task| NewTask { case: Some(case), ..task }).collect();
        Ok((tasks, self.announce(mail.claimed, &asked)?))
    }

    /// What the desk asks about a request of `kind` received on that day.
    pub(crate) fn asked(&self, kind: RequestKind, received_on: Date) -> Asked<'_> {
        let request = self.programme.desk.request(kind);
        Asked {
            role: &request.role,
            letter: &request.letter,
            due_on: request.due_on(received_on, &self.programme.calendar),
            called: Some(&request.called),
            says: &request.says,
        }
    }

    /// What is due before the answer to a request of this kind.
    pub(crate) fn acknowledgement_of(&self, claimed: &ClaimedMail, kind: RequestKind, received_on: Date) -> Option<NewTask> {
        let request = self.programme.desk.request(kind);
        let step = request.acknowledge.as_ref()?;
        let due_on = request.acknowledge_on(received_on, &self.programme.calendar)?;
        Some(self.task_of_mail(claimed, &format!("{}{ACKNOWLEDGE}", kind.as_str()), &request.role, &step.says, due_on))
    }

    /// What the desk asks about a mail that waits for a person.
    pub(crate) fn asked_to_look<'a>(&'a self, received_on: Date, says: &'a str) -> Asked<'a> {
        let waiting = &self.programme.desk.waiting;
        let due_on = waiting.due.on(received_on, &self.programme.calendar);
        Asked { role: &waiting.role, letter: &waiting.letter, due_on, called: None, says }
    }

    /// Puts the item on the worklist and tells whoever answers for the role.
    pub(crate) fn ask_about(
        &self,
        claimed: &ClaimedMail,
        what: &str,
        asked: &Asked<'_>,
        commit: &mut Commit,
    ) -> Result<(), EngineError> {
        commit.tasks.push(self.task_of_mail(claimed, what, asked.role, asked.says, asked.due_on));
        commit.letters.extend(self.announce(claimed, asked)?);
        Ok(())
    }

    /// Ends a mail that could not be read at all: the original is kept, a person opens it.
    pub(crate) async fn end_unread(&self, claimed: &ClaimedMail, failure: &ReadFailure) -> Result<Ended, EngineError> {
        let danger = self.head_tells_of_danger(claimed, failure);
        self.end_unjudged(claimed, ("unread", &failure.to_string()), sender_of_unread(failure), danger).await
    }

    /// Whether what could be read of a mail that is not judged has words of danger.
    pub(crate) fn tells_of_danger(&self, claimed: &ClaimedMail, reading: &Reading) -> bool {
        !interpret(reading, &self.words, london_date(claimed.received_at)).danger.is_empty()
    }

    /// As [`Engine::tells_of_danger`], of a mail of which no more than the head is known: its subject.
    pub(crate) fn head_tells_of_danger(&self, claimed: &ClaimedMail, failure: &ReadFailure) -> bool {
        let ReadFailure::Mail(problem) = failure else { return false };
        let message = problem.message.as_ref();
        message.is_some_and(|message| subject_tells_of_danger(message, &self.words, london_date(claimed.received_at)))
    }

    pub(crate) async fn end_waiting(
        &self,
        claimed: &ClaimedMail,
        kind: &str,
        reason: &str,
        sender: Option<Personal<String>>,
    ) -> Result<Ended, EngineError> {
        self.end_unjudged(claimed, (kind, reason), sender, false).await
    }

    /// A mail that a person opens. Where what was read of it tells of danger the duty officer is told at once besides.
    pub(crate) async fn end_unjudged(
        &self,
        claimed: &ClaimedMail,
        (kind, reason): (&str, &str),
        sender: Option<Personal<String>>,
        danger: bool,
    ) -> Result<Ended, EngineError> {
        let end = MailEnd {
            mail: claimed.mail,
            epoch: claimed.epoch,
            end: EndState::Waiting,
            kind: kind.to_owned(),
            reason: Some(reason.to_owned()),
            case: None,
            intake: None,
            marks: None,
            leaves_case: false,
        };
        let mut commit = Commit { mail: Some(end), ..Commit::at(self.ambient.now()) };
        self.ask_about(claimed, "waiting", &self.asked_to_look(london_date(claimed.received_at), reason), &mut commit)?;
        if danger {
            let alert = self.asked(RequestKind::SafeguardingAlert, london_date(claimed.received_at));
            self.ask_about(claimed, RequestKind::SafeguardingAlert.as_str(), &alert, &mut commit)?;
        }
        if let Some(address) = sender.filter(|address| !self.is_ours(address.as_text()))
            && self.below_cap(&address, false).await?
        {
            commit.letters.push(self.receipt_to(claimed, address, None)?);
        }
        let letters = names(&commit.letters);
        self.store.commit(commit).await?;
        Ok(Ended { kind: kind.to_owned(), reason: Some(reason.to_owned()), letters, ..ended(claimed) })
    }

    /// A worklist item about a mail. A mail that a person ends anew gets new ones: its epoch has grown.
    pub(crate) fn task_of_mail(&self, claimed: &ClaimedMail, what: &str, role: &RoleName, says: &str, due_on: Date) -> NewTask {
        NewTask {
            id: TaskId::from_random(self.ambient.id()),
            key: format!("mail:{}:{}:{what}", claimed.mail, claimed.epoch),
            case: None,
            mail: Some(claimed.mail),
            role: role.clone(),
            says: format!("{}: {says}", claimed.receipt),
            due_on,
        }
    }

    /// Tells those who answer for the role that something waits for them, by link.
    fn announce(&self, claimed: &ClaimedMail, asked: &Asked<'_>) -> Result<Vec<NewLetter>, EngineError> {
        let recipients = self.roster.answer_for(&self.programme.lifecycle, asked.role, Relation::default());
        let told = self.titles_of(&recipients);
        recipients
            .iter()
            .map(|recipient| {
                let context = Context {
                    due_on: Some(asked.due_on),
                    told: told.clone(),
                    request: asked.called.map(str::to_owned),
                    link: self.settings.web.page(&format!("/inbox/{}", claimed.receipt)),
                    ..self.mail_context(claimed, &recipient.role)
                };
                self.letter_of_mail(claimed.mail, asked.letter.as_str(), recipient, &context, None)
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
        letter.gathered = true;
        Ok(letter)
    }

    pub(crate) fn mail_context(&self, claimed: &ClaimedMail, role: &RoleName) -> Context {
        Context {
            reference: claimed.receipt.clone(),
            role: self.programme.lifecycle.role(role).map(|role| role.title.clone()),
            received_on: Some(london_date(claimed.received_at)),
            look: self.look(role, || format!("mail show {} --original", claimed.receipt)),
            ..self.base_context()
        }
    }
}
