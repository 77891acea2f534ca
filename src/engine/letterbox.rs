//! Letters as people handle them: one is read before it goes, released when it was held or given up, or dropped.

use crate::config::Mode;
use crate::domain::case::Refusal;
use crate::domain::ids::{CaseId, LetterId, LetterName, RoleName};
use crate::domain::personal::Personal;
use crate::domain::workflow::RequestKind;
use crate::engine::roster::Relation;
use crate::engine::settle::Settler;
use crate::engine::worklist::{meant, short, unclear};
use crate::engine::{Engine, EngineError};
use crate::store::{AuditEntry, CaseKey, Commit, LetterFilter, LetterRow, LetterState, QueuedLetter, TaskFilter};

/// Letters looked through for the end of an id.
const LOOKED_THROUGH_MAX: u32 = 100_000;

impl Engine {
    /// The letter whose id begins or ends so.
    ///
    /// # Errors
    /// [`EngineError::NoSuchLetter`], [`EngineError::Refused`] when several do, or the store's.
    pub async fn letter_called(&self, letter: &str) -> Result<QueuedLetter, EngineError> {
        let rows = self.store.letters(&LetterFilter { limit: LOOKED_THROUGH_MAX, ..LetterFilter::default() }).await?;
        let unknown = || EngineError::NoSuchLetter { letter: letter.to_owned() };
        let found = meant(rows, |row| row.id.to_text(), letter);
        match &found[..] {
            [] => Err(unknown()),
            [row] => self.store.letter(row.id).await?.ok_or_else(unknown),
            several => {
                let named = |row: &LetterRow| {
                    format!("{} ({}, {})", short(&row.id.to_text()), row.letter.as_str().replace('_', " "), row.state.as_str())
                };
                Err(unclear(letter, &several.iter().map(named).collect::<Vec<_>>()).into())
            }
        }
    }

    /// Lets a letter go that is held, waits for a digest or was given up; its tries begin anew.
    ///
    /// # Errors
    /// [`EngineError::Refused`] when it cannot go or the person may not say so; the store's.
    pub async fn release(&self, letter: &str, settler: &Settler) -> Result<LetterRow, EngineError> {
        let row = self.letter_called(letter).await?.row;
        self.letters_may_leave()?;
        self.handle(&row, "released_letter", settler).await?;
        if self.store.release_letter(row.id, self.ambient.now()).await? {
            Ok(row)
        } else {
            let says = format!(
                "it is {}: only a letter that is held, failed, or waits for a digest can be released",
                row.state.as_str()
            );
            Err(Refusal::because(says).into())
        }
    }

    /// Drops a letter that has not gone out.
    ///
    /// # Errors
    /// [`EngineError::Refused`] when it has gone, the person may not say so or gives no reason; the store's.
    pub async fn discard(&self, letter: &str, settler: &Settler) -> Result<LetterRow, EngineError> {
        let row = self.letter_called(letter).await?.row;
        settler.reason()?;
        self.handle(&row, "discarded_letter", settler).await?;
        if self.store.discard_letter(row.id, self.ambient.now(), "a person dropped it").await? {
            Ok(row)
        } else {
            Err(Refusal::because(format!("it is {}: there is nothing left to drop", row.state.as_str())).into())
        }
    }

    /// Every letter of this name that has not left: released when it is held, or dropped. Returns how many.
    ///
    /// # Errors
    /// [`EngineError::Refused`] when the person may not say so or gives no reason; [`EngineError::NoSuchLetter`]; the store's.
    pub async fn handle_every(&self, letter: &LetterName, go: bool, settler: &Settler) -> Result<usize, EngineError> {
        self.may_answer_for_letters(settler).await?;
        if go {
            self.letters_may_leave()?;
        }
        let rows = self.store.letters(&LetterFilter { limit: u32::MAX, ..LetterFilter::default() }).await?;
        let open = |row: &&LetterRow| match row.state {
            LetterState::Held => true,
            LetterState::Queued | LetterState::Gathering | LetterState::Unsure | LetterState::Failed => !go,
            LetterState::Sending | LetterState::Sent | LetterState::Dropped | LetterState::Gathered => false,
        };
        let rows: Vec<&LetterRow> = rows.iter().filter(|row| row.letter == *letter).filter(open).collect();
        if rows.is_empty() {
            return Err(EngineError::NoSuchLetter { letter: letter.to_string() });
        }
        let entry = AuditEntry {
            by: settler.by.clone(),
            action: if go { "released_letters" } else { "discarded_letters" }.to_owned(),
            case: None,
            mail: None,
            detail: serde_json::json!({"letter": letter, "letters": rows.len(), "because": settler.because}),
        };
        let now = self.ambient.now();
        let marks: Vec<String> = rows.iter().map(|row| letter_mark(row.id)).collect();
        let tasks = self.store.tasks(&TaskFilter::default()).await?;
        let asked = tasks.iter().filter(|task| marks.iter().any(|mark| task.key.starts_with(mark)));
        let done = asked.map(|task| task.id).collect();
        self.store.commit(Commit { audit: vec![entry], done, ..Commit::at(now) }).await?;
        let mut handled = 0;
        for row in rows {
            let done = match go {
                true => self.store.release_letter(row.id, now).await?,
                false => self.store.discard_letter(row.id, now, "a person dropped all of its kind").await?,
            };
            handled += usize::from(done);
        }
        Ok(handled)
    }

    /// While the program observes, a letter that is let go would be held again at once: nothing is recorded, for nothing happens.
    fn letters_may_leave(&self) -> Result<(), Refusal> {
        if self.settings.mail.mode == Mode::Live {
            return Ok(());
        }
        let says =
            "nothing leaves while mail.mode is `observe` in the settings: it stays held; release it when the mode is `live`";
        Err(Refusal::because(says))
    }

    /// Whether this person may say what becomes of letters of no case, and gives a reason.
    ///
    /// # Errors
    /// [`EngineError::Refused`]; the store's.
    pub async fn may_answer_for_letters(&self, settler: &Settler) -> Result<(), EngineError> {
        settler.reason()?;
        let role = self.programme.desk.undelivered.role.clone();
        self.may_act(&settler.by, &[role], None).await.map(drop)
    }

    /// Who may, and that they did: recorded before it is done, together with the end of what was asked about it.
    async fn handle(&self, row: &LetterRow, action: &str, settler: &Settler) -> Result<(), EngineError> {
        let role = self.asked_about_letters(row.case).await?;
        let role = self.may_act(&settler.by, &[role], row.case).await?;
        let tasks = self.store.tasks(&TaskFilter { case: row.case, ..TaskFilter::default() }).await?;
        let mark = letter_mark(row.id);
        let mut commit = Commit::at(self.ambient.now());
        commit.done = tasks.iter().filter(|task| task.key.starts_with(&mark)).map(|task| task.id).collect();
        commit.audit.push(AuditEntry {
            by: settler.by.clone(),
            action: action.to_owned(),
            case: row.case,
            mail: row.mail,
            detail: serde_json::json!({"letter": row.id, "state": row.state.as_str(), "role": role, "because": settler.because}),
        });
        self.store.commit(commit).await?;
        Ok(())
    }

    /// Who is asked about a letter that does not arrive: the owner of its case, or the role of the desk.
    pub(crate) async fn asked_about_letters(&self, case: Option<CaseId>) -> Result<RoleName, EngineError> {
        let desk = &self.programme.desk.undelivered.role;
        let Some(case) = case else { return Ok(desk.clone()) };
        let stored = self.store.load_case(&CaseKey::Id(case)).await?;
        let owner = stored.and_then(|stored| {
            crate::domain::case::owner_role(&stored.case, &self.seen_by(&stored.case).programme.lifecycle).cloned()
        });
        Ok(owner.unwrap_or_else(|| desk.clone()))
    }
}

impl Engine {
    /// As [`Engine::asked_about_letters`], of a letter that did not reach `recipient`: somebody else is asked, for whoever cannot be
    /// written to would hear of it by a letter.
    pub(crate) async fn asked_besides(
        &self,
        case: Option<CaseId>,
        recipient: &Personal<String>,
    ) -> Result<RoleName, EngineError> {
        let usual = self.asked_about_letters(case).await?;
        let stored = match case {
            Some(case) => self.store.load_case(&CaseKey::Id(case)).await?,
            None => None,
        };
        let relation = stored.as_ref().map_or_else(Relation::default, |stored| Relation {
            area: stored.case.area.as_ref(),
            holders: Some(&stored.case.holders),
        });
        let desk = &self.programme.desk;
        let beyond = desk.request(RequestKind::SafeguardingAlert).told_beyond();
        let others = std::iter::once(&desk.undelivered.role).chain(beyond.iter().rev());
        let is_another = |role: &&RoleName| {
            let asked = self.roster.answer_for(&self.programme.lifecycle, role, relation);
            asked.iter().any(|one| !one.address.as_text().eq_ignore_ascii_case(recipient.as_text()))
        };
        Ok(std::iter::once(&usual).chain(others).find(is_another).unwrap_or(&usual).clone())
    }
}

/// How the keys of worklist items about this letter begin.
pub(crate) fn letter_mark(letter: LetterId) -> String {
    format!("letter:{letter}:")
}
