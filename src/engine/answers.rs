//! Automatic answers → at most one mail an hour to one address. The first goes at once; what comes within the hour goes together
//! after it, each reference once. Two machines that answer each other end here (RFC 3834 §2), and so does a mistake of ours.

use crate::domain::ids::{LetterId, LetterName, RoleName, TaskId};
use crate::domain::letter::{Context, DigestLine};
use crate::domain::time::Instant;
use crate::engine::{Engine, EngineError};
use crate::store::{AnswerPace, Answered, CaseKey, Commit, GatheringLetter, NewLetter, NewTask, StoreError};

/// Several answers to one address in one letter.
pub(crate) const GATHERED: &str = "gathered_acknowledgement";
/// Mails with automatic answers to one address in 24 hours.
const MAILS_A_DAY_MAX: u64 = 5;
/// Automatic answers to proven senders in an hour: more is a flood, or a mistake of ours, and a person is told.
const TO_PROVEN_AN_HOUR_MAX: u64 = 50;
/// Bare receipts in an hour to senders nobody has proven. A budget of their own: whoever writes in the names of others delays only these.
const TO_UNPROVEN_AN_HOUR_MAX: u64 = 25;
/// Answers that go as one letter; what is more waits for the next.
const TOGETHER_MAX: u32 = 500;
/// References named in one letter; a person does not read more, and the rest is counted.
const LINES_MAX: usize = 60;

impl Engine {
    /// Lets those automatic answers go whose time has come. Of several daemons that do so at once only one takes each of them:
    /// whoever lists later either sees an answer wait, or sees that it went.
    pub(crate) async fn release_answers(&self, now: Instant) -> Result<(), EngineError> {
        self.release_answers_to(Answered::Proven, TO_PROVEN_AN_HOUR_MAX, now).await?;
        self.release_answers_to(Answered::Unproven, TO_UNPROVEN_AN_HOUR_MAX, now).await
    }

    async fn release_answers_to(&self, whom: Answered, an_hour_max: u64, now: Instant) -> Result<(), EngineError> {
        if !self.store.answers_wait(whom, now).await? {
            return Ok(());
        }
        let since = |hours| now.checked_sub(jiff::SignedDuration::from_hours(hours)).unwrap_or(Instant::MIN);
        // Asked before anything that waits is looked at: after a flood it is asked with every mail, and thousands wait.
        let left = an_hour_max.saturating_sub(self.store.count_answers_sent_to(whom, since(1)).await?);
        if left == 0 {
            return self.tell_of_flood(whom, an_hour_max, now).await;
        }
        let pace = AnswerPace { none_since: since(1), fewer_since: since(24), most: MAILS_A_DAY_MAX };
        for mark in self.store.addresses_to_answer(whom, now, pace, left).await? {
            let rows = self.store.answers_to(&mark, whom, now, TOGETHER_MAX).await?;
            // Asked again after the rows were listed: another daemon may have answered meanwhile.
            if self.store.count_answers_sent(&mark, since(1)).await? == 0 {
                self.release_rows(rows, now).await?;
            }
        }
        Ok(())
    }

    async fn release_rows(&self, rows: Vec<GatheringLetter>, now: Instant) -> Result<(), EngineError> {
        let mut still = Vec::new();
        for row in rows {
            match self.no_longer_for(row.case, (&row.letter, row.role.as_ref(), &row.recipient)).await? {
                Some(reason) => drop(self.store.discard_letter(row.id, now, &reason).await?),
                None => still.push(row),
            }
        }
        match still.as_slice() {
            [] => {}
            [one] => drop(self.store.send_alone(one.id, now).await?),
            many => {
                let letter = self.gathered_answer(many).await?;
                let ids: Vec<LetterId> = many.iter().map(|row| row.id).collect();
                match self.store.gather(&ids, letter, now).await {
                    // Another daemon was quicker.
                    Err(StoreError::Fenced { .. }) => {}
                    done => done?,
                }
            }
        }
        Ok(())
    }

    async fn gathered_answer(&self, rows: &[GatheringLetter]) -> Result<NewLetter, EngineError> {
        let mut lines: Vec<DigestLine> = Vec::new();
        for row in rows {
            let line = self.line_of_answer(row).await?;
            if !lines.iter().any(|have| have.reference == line.reference) {
                lines.push(line);
            }
        }
        let newest = rows.last().expect("a gathered answer is of several rows");
        let role = RoleName::new("sender").expect("a fixed name is a name");
        let mut context = Context {
            // Only a proven sender has answers about cases.
            sender_proven: rows.iter().any(|row| row.case.is_some()),
            ..self.base_context()
        };
        context.counts.insert("lines".to_owned(), u32::try_from(lines.len()).unwrap_or(u32::MAX));
        lines.truncate(LINES_MAX);
        context.lines = lines;
        let letter = LetterName::new(GATHERED).expect("a fixed name is a name");
        let content = self.templates.compose(&letter, &context)?;
        // What is gathered is marked in the same commit, and only what waits is: no second letter can hold it.
        Ok(NewLetter {
            mail: newest.mail,
            in_reply_to: newest.in_reply_to.clone(),
            automatic_answer: true,
            ..self.letter_to(&letter, (Some(role), newest.recipient.clone()), Self::new_message_id, content)
        })
    }

    /// What a gathered answer says instead of the letter of `row`: of a case what is missing now, of a mail its receipt number.
    async fn line_of_answer(&self, row: &GatheringLetter) -> Result<DigestLine, EngineError> {
        let plain = |reference: String| DigestLine {
            reference,
            purpose: "received".to_owned(),
            due_on: None,
            late: false,
            link: String::new(),
        };
        if let (Some(case), Some(role)) = (row.case, &row.role)
            && let Some(stored) = self.store.load_case(&CaseKey::Id(case)).await?
        {
            let context = self.case_context(&stored.case, &row.letter, role);
            let line = plain(context.reference);
            if context.missing.is_empty() {
                return Ok(line);
            }
            let purpose = format!("received, we still need {}", context.missing.join(", "));
            return Ok(DigestLine { purpose, due_on: context.due_on, ..line });
        }
        let mail = match row.mail {
            Some(mail) => self.store.mail(mail).await?,
            None => None,
        };
        Ok(plain(mail.map_or_else(|| "your mail".to_owned(), |mail| mail.receipt)))
    }

    /// The worklist says once an hour that answers wait; none is lost.
    async fn tell_of_flood(&self, whom: Answered, an_hour_max: u64, now: Instant) -> Result<(), EngineError> {
        let desk = &self.programme.desk.undelivered;
        let (mark, senders) = match whom {
            Answered::Proven => ("", "proven senders"),
            Answered::Unproven => (":unproven", "senders nobody has proven"),
        };
        let key = format!("answers:{}{mark}", now.as_second() / 3_600);
        // It is asked every second while they wait.
        if self.store.task_was_asked(&key).await? {
            return Ok(());
        }
        let task = NewTask {
            id: TaskId::from_random(self.ambient.id()),
            key,
            case: None,
            mail: None,
            role: desk.role.clone(),
            says: format!(
                "{an_hour_max} automatic answers left within an hour to {senders}: the rest of theirs waits. See with `mail list` what came, \
                 and with `mail queue` what waits"
            ),
            due_on: self.ambient.today(),
        };
        tracing::warn!("more automatic answers than the program sends in an hour; the rest waits");
        self.store.commit(Commit { tasks: vec![task], ..Commit::at(now) }).await?;
        Ok(())
    }
}
