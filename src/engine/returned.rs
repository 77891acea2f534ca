//! Mails of machines: filed, tied to the letter they are about, and never more than that. They change no case and move no date. A letter
//! of ours that did not arrive is asked about once, on the worklist of whoever answers for its case.

use crate::domain::ids::{CaseId, TaskId};
use crate::domain::mail::sender::domain_of;
use crate::domain::mail::thread::SignedReference;
use crate::domain::mail::{AutomaticSign, Returned, ReturnedFate};
use crate::domain::nomination::{MailKind, Reading};
use crate::domain::time::Instant;
use crate::engine::alerts::is_of_alert;
use crate::engine::intake::{Ended, Mail, only_sender};
use crate::engine::letterbox::letter_mark;
use crate::engine::worklist::short;
use crate::engine::{Engine, EngineError};
use crate::store::{CaseKey, Commit, EndState, LetterFilter, LetterRow, LetterState, NewTask, TaskFilter};

/// Letters of one case looked through for the one that came back.
const LETTERS_MAX: u32 = 200;
/// So long after an alert a note that somebody is away is taken for its answer.
const ABSENCE_ANSWERS: jiff::SignedDuration = jiff::SignedDuration::from_hours(24);
/// Why a mail of a list is filed.
const SENT_TO_MANY: &str = "a list server sent it to many people, and it brings no form, names no case and asks nothing";

impl Engine {
    /// Files a mail no person wrote.
    pub(crate) async fn file_automatic(&self, mail: &Mail<'_>) -> Result<Ended, EngineError> {
        let about = if mail.judged.intake.kind == MailKind::Bounce {
            self.letter_returned(mail).await?
        } else {
            self.letter_answered(mail).await?
        };
        let tied: Option<CaseId> = about.as_ref().and_then(|letter| letter.case);
        let reason = mail.judged.intake.circular.then(|| SENT_TO_MANY.to_owned());
        let end = self.mail_end(mail, EndState::Automatic, tied, reason.clone())?;
        let mut commit = Commit { mail: Some(end), ..Commit::at(self.ambient.now()) };
        if let (Some(letter), Some(returned)) = (&about, &mail.reading.message.returned)
            && mail.judged.intake.kind == MailKind::Bounce
            && returned.fate == ReturnedFate::Failed
        {
            commit.tasks.push(self.ask_about_returned(mail, letter, returned).await?);
        }
        if about.is_none() && mail.judged.intake.kind == MailKind::Bounce {
            commit.tasks.extend(self.ask_about_recipients(mail).await?);
        }
        if mail.judged.intake.kind == MailKind::AutoReply {
            commit.tasks.extend(self.ask_about_absence(mail, about.as_ref()).await?);
        }
        self.end_turn(mail.turn, commit).await?;
        Ok(Ended { end: EndState::Automatic, reason, ..self.told(mail) })
    }

    /// A report that quotes no letter at all names whom it could not reach. When we have written to them lately a person is asked, once a
    /// recipient and day: no letter is tied to it, for anybody can write such a report.
    async fn ask_about_recipients(&self, mail: &Mail<'_>) -> Result<Vec<NewTask>, EngineError> {
        let Some(returned) = &mail.reading.message.returned else { return Ok(Vec::new()) };
        if returned.fate != ReturnedFate::Failed || returned.names_others || !returned.message_ids.is_empty() {
            return Ok(Vec::new());
        }
        let now = self.ambient.now();
        let days = i64::from(self.programme.desk.undelivered.given_up_after_days);
        let since = now.checked_sub(jiff::SignedDuration::from_hours(24 * days)).unwrap_or(Instant::MIN);
        let mut tasks = Vec::new();
        for recipient in &returned.recipients {
            let rows = self.store.letters_to(&self.store.recipient_fingerprint(recipient), since, 1).await?;
            let Some(letter) = rows.into_iter().next() else { continue };
            let to = letter.role.as_ref().map_or_else(|| "somebody".to_owned(), |role| self.title_there(role, None));
            let code = returned.status.as_ref().map(|status| format!(" ({status})")).unwrap_or_default();
            let receipt = &mail.claimed.receipt;
            tasks.push(NewTask {
                id: TaskId::from_random(self.ambient.id()),
                key: format!("unreached:{}:{}", self.address_mark(recipient), self.ambient.today()),
                case: None,
                mail: None,
                role: self.asked_besides(None, recipient).await?,
                says: format!(
                    "{receipt}: a mail server says that mail to {to} does not arrive{code}, and not which: read it, ask them, and put the \
                     address right (the newest letter to them is {})",
                    short(&letter.id.to_text())
                ),
                due_on: self.programme.desk.undelivered.due.on(self.ambient.today(), &self.programme.calendar),
            });
        }
        Ok(tasks)
    }

    /// Whoever an alert of danger went to is away: somebody else reads it today. Programs that write such notes do not always say which
    /// letter they answer; then it is the newest alert to that address of the settings.
    async fn ask_about_absence(&self, mail: &Mail<'_>, about: Option<&LetterRow>) -> Result<Vec<NewTask>, EngineError> {
        let signs = &mail.reading.message.automatic;
        // A receipt says that it was opened, the answer of a calendar that somebody looked.
        if [AutomaticSign::ReadReceipt, AutomaticSign::CalendarAnswer].iter().any(|sign| signs.contains(sign)) {
            return Ok(Vec::new());
        }
        let now = self.ambient.now();
        let newest = match (about, only_sender(mail.reading)) {
            (Some(_), _) | (None, None) => None,
            (None, Some(sender)) if self.roster.person(sender.as_text()).is_none() => None,
            (None, Some(sender)) => {
                let since = now.checked_sub(ABSENCE_ANSWERS).unwrap_or(Instant::MIN);
                let rows = self.store.letters_to(&self.store.recipient_fingerprint(&sender), since, LETTERS_MAX).await?;
                rows.into_iter().find(|row| self.is_alert(&row.letter))
            }
        };
        let Some(letter) = about.or(newest.as_ref()).filter(|letter| self.is_alert(&letter.letter)) else {
            return Ok(Vec::new());
        };
        if let (Some(of), None) = (letter.mail, letter.case) {
            let open = self.store.tasks(&TaskFilter { mail: Some(of), ..TaskFilter::default() }).await?;
            if !open.iter().any(is_of_alert) {
                return Ok(Vec::new());
            }
        }
        let to = letter.role.as_ref().map_or_else(|| "whoever".to_owned(), |role| self.title_there(role, None));
        let says = format!(
            "{}: {to} got an alert of danger, and a note came back that they are away: see that somebody reads it now (letter {})",
            mail.claimed.receipt,
            short(&letter.id.to_text())
        );
        Ok(self.tasks_beyond((letter.id, letter.case, letter.mail), "away", &says, now))
    }

    /// Whether it answers a mail of ours, about a case or not, or one that opened or joined a case.
    pub(crate) async fn answers_us(&self, reading: &Reading) -> Result<bool, EngineError> {
        let references = &reading.message.references;
        let own = domain_of(&self.settings.mail.address);
        let by_us = |id: &String| domain_of(id.trim_end_matches('>')).eq_ignore_ascii_case(own);
        Ok(references.iter().any(by_us) || !self.store.cases_of_mails(references).await?.is_empty())
    }

    /// The letter a report is about: one that left, named by its Message-ID, or by the signed return path it went out with.
    async fn letter_returned(&self, mail: &Mail<'_>) -> Result<Option<LetterRow>, EngineError> {
        let message = &mail.reading.message;
        let quoted = message.returned.iter().flat_map(|returned| &returned.message_ids);
        for id in quoted.chain(&message.references) {
            if let Some(row) = self.store.letter_with_message_id(id).await?.filter(has_left) {
                return Ok(Some(row));
            }
        }
        let own = &self.settings.mail.address;
        for signed in message.recipients.iter().filter_map(|to| SignedReference::in_address(&to.address, own)) {
            if let Some(row) = self.letter_signed(&signed).await? {
                return Ok(Some(row));
            }
        }
        Ok(None)
    }

    /// The newest letter that left with this signed return path.
    async fn letter_signed(&self, signed: &SignedReference) -> Result<Option<LetterRow>, EngineError> {
        let Some(stored) = self.store.load_case(&CaseKey::Reference(signed.case.clone())).await? else { return Ok(None) };
        let filter = LetterFilter { case: Some(stored.id), limit: LETTERS_MAX, ..LetterFilter::default() };
        for row in self.store.letters(&filter).await?.into_iter().filter(has_left) {
            let Some(letter) = self.store.letter(row.id).await? else { continue };
            let Some(role) = &row.role else { continue };
            if self.thread_mark(stored.id, &letter.recipient, role) == signed.mark {
                return Ok(Some(row));
            }
        }
        Ok(None)
    }

    /// The letter an absence note or a receipt answers: by whom it went to, and by nobody else.
    async fn letter_answered(&self, mail: &Mail<'_>) -> Result<Option<LetterRow>, EngineError> {
        let Some(sender) = only_sender(mail.reading) else { return Ok(None) };
        for id in &mail.reading.message.references {
            let Some(row) = self.store.letter_with_message_id(id).await?.filter(has_left) else { continue };
            let to = self.store.letter(row.id).await?.map(|letter| letter.recipient);
            if to.is_some_and(|to| to.as_text().eq_ignore_ascii_case(sender.as_text())) {
                return Ok(Some(row));
            }
        }
        Ok(None)
    }

    /// One worklist item a letter, however many reports come.
    async fn ask_about_returned(&self, mail: &Mail<'_>, letter: &LetterRow, said: &Returned) -> Result<NewTask, EngineError> {
        let lifecycle = &self.programme.lifecycle;
        let title = lifecycle.letter(&letter.letter).map_or(letter.letter.as_str(), |definition| definition.title.as_str());
        let to = letter.role.as_ref().and_then(|role| lifecycle.role(role)).map_or("its recipient", |role| &role.title);
        let code = said.status.as_ref().map(|status| format!(" ({status})")).unwrap_or_default();
        let receipt = &mail.claimed.receipt;
        let role = match self.store.letter(letter.id).await? {
            Some(whole) => self.asked_besides(letter.case, &whole.recipient).await?,
            None => self.asked_about_letters(letter.case).await?,
        };
        Ok(NewTask {
            id: TaskId::from_random(self.ambient.id()),
            key: format!("{}returned", letter_mark(letter.id)),
            case: letter.case,
            mail: Some(mail.claimed.mail),
            role,
            says: format!("{receipt}: `{title}` to {to} came back{code}: put the address right, or tell them another way"),
            due_on: self.programme.desk.undelivered.due.on(self.ambient.today(), &self.programme.calendar),
        })
    }
}

/// What never left cannot come back.
fn has_left(row: &LetterRow) -> bool {
    matches!(row.state, LetterState::Sent | LetterState::Unsure | LetterState::Sending | LetterState::Failed)
}
