//! Letters that do not arrive become worklist items: of whoever owns the case, or of the desk.

use crate::domain::ids::{CaseId, LetterId, LetterName, RoleName, TaskId};
use crate::domain::personal::Personal;
use crate::domain::time::{Date, Instant, london_date, london_time_of_day};
use crate::engine::letterbox::letter_mark;
use crate::engine::worklist::short;
use crate::engine::{Engine, EngineError};
use crate::store::{ClaimedLetter, Commit, NewTask, TaskFilter};

/// So long an alert of danger may be on its way before people are asked to reach its reader otherwise.
const ALERT_TOLD_AFTER: jiff::SignedDuration = jiff::SignedDuration::from_mins(5);
/// How the keys of items begin that ask why no letter leaves.
const SENDING_MARK: &str = "delivery:";

/// What an item is about.
struct About<'a> {
    id: LetterId,
    case: Option<CaseId>,
    letter: &'a LetterName,
    role: Option<&'a RoleName>,
    recipient: &'a Personal<String>,
}

impl<'a> From<&'a ClaimedLetter> for About<'a> {
    fn from(letter: &'a ClaimedLetter) -> Self {
        Self {
            id: letter.id,
            case: letter.case,
            letter: &letter.letter,
            role: letter.role.as_ref(),
            recipient: &letter.recipient,
        }
    }
}

impl Engine {
    /// That no letter leaves is asked about on the worklist, which needs no mail to be read.
    ///
    /// # Errors
    /// The store's.
    pub async fn ask_about_sending(&self, since: Instant, code: &str) -> Result<(), EngineError> {
        let now = self.ambient.now();
        let says = format!(
            "no letter has left since {} ({code}): alerts of danger do not leave either, so ring whoever is on this list for them; whoever              runs the program puts [delivery] right, `focus-family check` says what is wrong",
            london_time_of_day(since)
        );
        let task = NewTask {
            id: TaskId::from_random(self.ambient.id()),
            key: format!("{SENDING_MARK}{}", since.as_microsecond()),
            case: None,
            mail: None,
            role: self.programme.desk.undelivered.role.clone(),
            says,
            due_on: london_date(now),
        };
        self.store.commit(Commit { tasks: vec![task], ..Commit::at(now) }).await?;
        Ok(())
    }

    /// Letters leave again: nobody has to be asked why not.
    ///
    /// # Errors
    /// The store's.
    pub async fn sending_works_again(&self) -> Result<(), EngineError> {
        let open = self.store.tasks(&TaskFilter::default()).await?;
        let done: Vec<TaskId> = open.iter().filter(|task| task.key.starts_with(SENDING_MARK)).map(|task| task.id).collect();
        if !done.is_empty() {
            self.store.commit(Commit { done, ..Commit::at(self.ambient.now()) }).await?;
        }
        Ok(())
    }

    /// The letter is given up: a person is asked, and only then it is marked. A stop in between asks once.
    pub(crate) async fn given_up(
        &self,
        letter: &ClaimedLetter,
        now: Instant,
        code: &str,
    ) -> Result<(&'static str, Option<String>), EngineError> {
        if self.is_alert(&letter.letter) {
            self.ask_about_alert(letter, "failed", code, now).await?;
        }
        let says = format!("was given up ({code}): tell them another way, put their address right, then release or discard it");
        self.ask_about_letter(&letter.into(), "failed", &says, now).await?;
        self.store.letter_failed(letter.id, letter.epoch, now, code).await?;
        Ok(("failed", Some(code.to_owned())))
    }

    /// The letter is still tried, and has been for so long that a person should know.
    pub(crate) async fn warn_of_late(&self, letter: &ClaimedLetter, now: Instant, code: &str) -> Result<(), EngineError> {
        if !self.is_late(letter, now) {
            return Ok(());
        }
        if self.is_alert(&letter.letter) {
            return self.ask_about_alert(letter, "late", code, now).await;
        }
        let hours = self.programme.desk.undelivered.told_after_hours;
        let says = format!("has not left for {hours} hours ({code}); it is still tried: does it have to reach them another way?");
        self.ask_about_letter(&letter.into(), "late", &says, now).await
    }

    /// A letter that left after all needs nobody any more.
    pub(crate) async fn arrived_at_last(&self, letter: &ClaimedLetter, now: Instant) -> Result<(), EngineError> {
        if !self.is_late(letter, now) {
            return Ok(());
        }
        let open = self.store.tasks(&TaskFilter { case: letter.case, ..TaskFilter::default() }).await?;
        let mark = letter_mark(letter.id);
        let done: Vec<TaskId> = open.iter().filter(|task| task.key.starts_with(&mark)).map(|task| task.id).collect();
        if !done.is_empty() {
            self.store.commit(Commit { done, ..Commit::at(now) }).await?;
        }
        Ok(())
    }

    fn is_late(&self, letter: &ClaimedLetter, now: Instant) -> bool {
        let hours = i64::from(self.programme.desk.undelivered.told_after_hours);
        let told_after = jiff::SignedDuration::from_hours(hours);
        let told_after = if self.is_alert(&letter.letter) { told_after.min(ALERT_TOLD_AFTER) } else { told_after };
        now.duration_since(letter.queued_at) >= told_after
    }

    async fn ask_about_letter(&self, about: &About<'_>, what: &str, says: &str, now: Instant) -> Result<(), EngineError> {
        // A case that cannot be opened must not keep its letter from being told of.
        let role = match self.asked_besides(about.case, about.recipient).await {
            Err(EngineError::Store(error)) if error.is_of_one_row() => self.programme.desk.undelivered.role.clone(),
            role => role?,
        };
        let lifecycle = &self.programme.lifecycle;
        let title =
            lifecycle.letter(about.letter).map_or_else(|| about.letter.as_str().replace('_', " "), |known| known.title.clone());
        let to = about.role.and_then(|role| lifecycle.role(role)).map_or("the sender", |role| role.title.as_str());
        let task = NewTask {
            id: TaskId::from_random(self.ambient.id()),
            key: format!("{}{what}", letter_mark(about.id)),
            case: about.case,
            mail: None,
            role,
            says: format!("letter {} \"{title}\" to {to} {says}", short(&about.id.to_text())),
            due_on: self.undelivered_due_on(london_date(now)),
        };
        self.store.commit(Commit { tasks: vec![task], ..Commit::at(now) }).await?;
        Ok(())
    }

    fn undelivered_due_on(&self, noticed_on: Date) -> Date {
        self.programme.desk.undelivered.due.on(noticed_on, &self.programme.calendar)
    }
}
