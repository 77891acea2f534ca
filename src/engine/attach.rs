//! A mail joins a case: because it answers a letter of ours, or because a person says so. The same code either way.

use crate::domain::case::{ANSWER, Case, Command, Event, household};
use crate::domain::ids::{CaseId, RoleName, TaskId};
use crate::domain::nomination::Nomination;
use crate::domain::time::Date;
use crate::domain::workflow::RequestKind;
use crate::engine::intake::{Ended, Mail, names, only_sender};
use crate::engine::judge::facts_shown_later;
use crate::engine::outgoing::{Outgoing, Pace};
use crate::engine::replied::Replied;
use crate::engine::roster::Relation;
use crate::engine::settle::note;
use crate::engine::{Engine, EngineError};
use crate::store::{CaseKey, Commit, EndState, NewLetter, NewTask, StoreError, StoredCase};

/// Attempts at a commit that meets another writer.
const ATTEMPTS_MAX: u32 = 5;
/// Working days until somebody has read an answer that no program understood: as long as for any other mail of a case.
const ANSWER_LOOK_WORKING_DAYS: i32 = 2;

impl Engine {
    /// People answer old mails to nominate somebody new: who is in no way like the people of the case is another family.
    pub(crate) fn is_of_other_family(&self, case: &Case, sent: &Nomination, received_on: Date) -> bool {
        self.people.are_strangers(&household(case, &self.people), &self.family_of(sent, received_on))
    }

    /// Words of danger reach the duty officer from every mail and whatever the stage of its case: also when the case has ended, or
    /// stands in the stage of danger already. A mail that came as an alert has been told.
    fn alert_of_danger(&self, mail: &Mail<'_>, id: CaseId, case: &Case, outgoing: &mut Outgoing) -> Result<(), EngineError> {
        let told = mail.settled.is_some_and(|settled| settled.alerted);
        if mail.judged.intake.danger.is_empty() || told {
            return Ok(());
        }
        let asked = self.asked(RequestKind::SafeguardingAlert, mail.received_on);
        let task = self.task_of_mail(mail.claimed, RequestKind::SafeguardingAlert.as_str(), asked.role, asked.says, asked.due_on);
        outgoing.tasks.push(NewTask { case: Some(id), ..task });
        if !outgoing.letters.iter().any(|letter| letter.letter == *asked.letter) {
            let key = format!("mail:{}:{}", mail.claimed.mail, asked.letter);
            outgoing.letters.extend(self.letters_of_case(id, (None, case), asked.letter, &key, Pace::Usual)?);
        }
        Ok(())
    }

    /// The mail that opened the case came from nobody proven, and the same mail has come from a sender who is: whoever owns the case says
    /// that it is theirs, and then they are answered.
    fn same_from_proven_sender(&self, mail: &Mail<'_>, id: CaseId, case: &Case) -> Option<NewTask> {
        let first = mail.claimed.same_as.filter(|_| mail.settled.is_none() && !case.sender_proven && mail.proof.is_proven())?;
        let role = crate::domain::case::owner_role(case, &self.programme.lifecycle)?;
        let says = "the mail that opened this case came from nobody proven; now the same mail has come from a sender who is. If it is theirs, \
             say so (`confirm_sender`) and they are answered; look for what differs, for one of the two may be doctored";
        Some(NewTask {
            id: TaskId::from_random(self.ambient.id()),
            key: format!("case:{id}:same_mail:{first}"),
            case: Some(id),
            mail: Some(mail.claimed.mail),
            role: role.clone(),
            says: says.to_owned(),
            due_on: self.programme.calendar.add_working_days(mail.received_on, 1),
        })
    }

    /// Who answers a letter in their own words believes that it is done: somebody reads them.
    fn unread_answer(&self, mail: &Mail<'_>, id: CaseId, role: &RoleName) -> NewTask {
        NewTask {
            id: TaskId::from_random(self.ambient.id()),
            key: format!("case:{id}:unread_answer:{}", mail.claimed.mail),
            case: Some(id),
            mail: Some(mail.claimed.mail),
            role: role.clone(),
            says: "an answer to our letter follows none of its numbered lines: read it and record what it brings".to_owned(),
            due_on: self.programme.calendar.add_working_days(mail.received_on, ANSWER_LOOK_WORKING_DAYS),
        }
    }

    /// What the proven writer of the mail is to the case now.
    fn roles_of_writer(&self, mail: &Mail<'_>, case: &Case) -> Vec<RoleName> {
        let Some(writer) = only_sender(mail.reading).filter(|_| mail.proof.is_proven()) else { return Vec::new() };
        let relation = Relation { area: case.area.as_ref(), holders: Some(&case.holders) };
        self.roster.roles_of(&self.programme.lifecycle, writer.as_text(), relation)
    }

    /// Joins the mail to its case and lets what it shows count.
    pub(crate) async fn attach(&self, mail: &Mail<'_>, id: CaseId) -> Result<Ended, EngineError> {
        for _ in 0..ATTEMPTS_MAX {
            match Box::pin(self.try_attach(mail, id)).await {
                Err(EngineError::Store(StoreError::Conflict { .. })) => {}
                Err(EngineError::Refused(_)) if mail.settled.is_none() => {
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
        let engine = self.under(&stored.case)?;
        Box::pin(engine.attach_loaded(mail, stored)).await
    }

    /// By the life-cycle of this engine, which is that of the case.
    async fn attach_loaded(&self, mail: &Mail<'_>, stored: StoredCase) -> Result<Ended, EngineError> {
        let id = stored.id;
        let replied = self.replied(mail, id, &stored.case).await?;
        let kind = if replied.as_ref().is_some_and(Replied::is_draft) { ANSWER } else { "update" };
        let command = Command::Attach {
            mail: mail.claimed.mail,
            kind: kind.to_owned(),
            facts: facts_shown_later(&self.words, mail.judged, mail.reading, mail.received_on),
            by_person: true,
            written_by: self.roles_of_writer(mail, &stored.case),
        };
        let version = stored.case.version;
        let before = stored.case;
        let strangers = self.told_strangers(mail, &before);
        let mut events: Vec<Event> = crate::domain::case::decide(Some(&before), &command, &self.world())?;
        let mut after = crate::domain::case::replay(Some(before.clone()), &events)?;
        if let Some(command) = replied.as_ref().and_then(|replied| replied.command.as_ref()) {
            // What the case does not allow is no reason to lose the mail: it stands there for people to read.
            let more = crate::domain::case::decide(Some(&after), command, &self.world()).unwrap_or_default();
            after = crate::domain::case::replay(Some(after), &more)?;
            events.extend(more);
        }
        let mut outgoing = self.outgoing(id, Some(&before), &after, &events, Pace::Usual)?;
        if let Some(writer) = only_sender(mail.reading) {
            // That there is news is none to whoever wrote it.
            let tells = |letter: &NewLetter| self.programme.lifecycle.mail_letters.contains(&letter.letter);
            outgoing
                .letters
                .retain(|letter| !(tells(letter) && letter.recipient.as_text().eq_ignore_ascii_case(writer.as_text())));
        }
        if let Some(replied) = &replied {
            outgoing.letters.extend(self.what_was_understood(mail, id, &after, replied)?);
            outgoing.tasks.extend(replied.unread_by().map(|role| self.unread_answer(mail, id, role)));
        }
        self.alert_of_danger(mail, id, &after, &mut outgoing)?;
        let (tasks, announced) = self.request_beside(mail, id)?;
        outgoing.tasks.extend(tasks);
        outgoing.letters.extend(announced);
        outgoing.tasks.extend(self.same_from_proven_sender(mail, id, &after));
        let (stops, rung) = self.told_agencies(id, (&before, &after), &events, Pace::Usual).await?;
        outgoing.letters.extend(stops);
        outgoing.tasks.extend(rung);
        let letters = names(&outgoing.letters);
        let reference = after.reference.clone();
        let overtaken = self.overtaken(id, &before, &after).await?;
        let write = self.case_write(id, version, events, after, &mut outgoing);
        let mut end = self.mail_end(mail, EndState::Attached, Some(id), strangers)?;
        end.kind = "update".to_owned();
        let mut commit = Commit { mail: Some(end), ..Commit::at(self.ambient.now()) };
        commit.case = Some(write);
        commit.letters = outgoing.letters;
        commit.tasks = outgoing.tasks;
        commit.done = overtaken;
        note(mail.settled, &mut commit);
        self.end_turn(mail.turn, commit).await?;
        Ok(Ended { end: EndState::Attached, kind: "update".to_owned(), reference: Some(reference), letters, ..self.told(mail) })
    }
}
