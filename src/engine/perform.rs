//! A wish → load, decide, compose, commit. Tried again when somebody else was quicker.

use std::borrow::Cow;

use crate::domain::case::{Case, Command, Event};
use crate::domain::ids::CaseId;
use crate::engine::outgoing::{Outgoing, Pace};
use crate::engine::{Engine, EngineError};
use crate::store::{CaseKey, Commit, StoreError, StoredCase};

/// What a command did.
#[derive(Debug, Clone)]
pub struct Performed {
    /// The case.
    pub id: CaseId,
    /// As it stands now.
    pub case: Case,
    /// What happened; empty when the command had nothing to do.
    pub events: Vec<Event>,
    /// Letters queued, by name.
    pub letters: Vec<String>,
}

/// Attempts at a commit that meets another writer.
const ATTEMPTS_MAX: u32 = 5;
impl Engine {
    /// Performs `command` on the case.
    ///
    /// # Errors
    /// [`EngineError::Refused`] with everything that is wrong, [`EngineError::NoSuchCase`], or the store's.
    pub async fn perform(&self, key: &CaseKey, command: &Command, pace: Pace) -> Result<Performed, EngineError> {
        for _ in 0..ATTEMPTS_MAX {
            match Box::pin(self.try_perform(key, command, pace)).await {
                Err(EngineError::Store(StoreError::Conflict { .. })) => {}
                done => return done,
            }
        }
        Err(EngineError::Busy { reference: key.to_string(), attempts: ATTEMPTS_MAX })
    }

    async fn try_perform(&self, key: &CaseKey, command: &Command, pace: Pace) -> Result<Performed, EngineError> {
        let stored = self.store.load_case(key).await?;
        let stored = stored.ok_or_else(|| EngineError::NoSuchCase { reference: key.to_string() })?;
        let before = matches!(command, Command::Record { .. } | Command::SettleDraft { .. }).then(|| stored.case.clone());
        let (id, was) = (stored.id, stored.case);
        // Whoever moves a case to another version asks the engine of that one.
        let moves = matches!(command, Command::Migrate(_));
        let engine = if moves { Cow::Borrowed(self) } else { self.under(&was)? };
        let mut events = crate::domain::case::decide(Some(&was), command, &engine.world())?;
        let after = crate::domain::case::replay(Some(was.clone()), &events)?;
        let after = engine.with_proposals(&mut events, after).await?;
        let (stops, rung) = engine.told_agencies(id, (&was, &after), &events, pace).await?;
        let (mut done, commit) = engine.composed(id, was, after, events, pace)?;
        let Some(mut commit) = commit else { return Ok(done) };
        done.letters.extend(crate::engine::intake::names(&stops));
        commit.letters.extend(stops);
        commit.tasks.extend(rung);
        if let Some(before) = before {
            commit.done = engine.overtaken(done.id, &before, &done.case).await?;
            commit.tasks.extend(engine.news_of_ties(&done.case, &done.events).await?);
        }
        if moves {
            self.keep_used(None).await?;
        }
        self.store.commit(commit).await?;
        Ok(done)
    }

    /// What `command` does, by the life-cycle of this engine, to a case that was loaded, and the commit that writes it; none when it has nothing to do.
    pub(crate) fn decided(
        &self,
        stored: StoredCase,
        command: &Command,
        pace: Pace,
    ) -> Result<(Performed, Option<Commit>), EngineError> {
        let (id, before) = (stored.id, stored.case);
        let events = crate::domain::case::decide(Some(&before), command, &self.world())?;
        let after = crate::domain::case::replay(Some(before.clone()), &events)?;
        self.composed(id, before, after, events, pace)
    }

    /// The commit alone of what [`Engine::decided`] decides.
    pub(crate) fn commit_of(&self, stored: StoredCase, command: &Command, pace: Pace) -> Result<Option<Commit>, EngineError> {
        let (id, before) = (stored.id, stored.case);
        let events = crate::domain::case::decide(Some(&before), command, &self.world())?;
        if events.is_empty() {
            return Ok(None);
        }
        let after = crate::domain::case::replay(Some(before.clone()), &events)?;
        self.written(id, &before, after, events, pace).map(Some)
    }

    /// The commit of `events`, which made `after` of `before`, and what it does.
    fn composed(
        &self,
        id: CaseId,
        before: Case,
        after: Case,
        events: Vec<Event>,
        pace: Pace,
    ) -> Result<(Performed, Option<Commit>), EngineError> {
        if events.is_empty() {
            return Ok((Performed { id, case: before, events, letters: Vec::new() }, None));
        }
        let commit = self.written(id, &before, after.clone(), events.clone(), pace)?;
        let letters = crate::engine::intake::names(&commit.letters);
        Ok((Performed { id, case: after, events, letters }, Some(commit)))
    }

    fn written(&self, id: CaseId, before: &Case, after: Case, events: Vec<Event>, pace: Pace) -> Result<Commit, EngineError> {
        let mut outgoing = self.outgoing(id, Some(before), &after, &events, pace)?;
        let write = self.case_write(id, before.version, events, after, &mut outgoing);
        let Outgoing { letters, tasks, .. } = outgoing;
        Ok(Commit { letters, tasks, ..Commit::of_case(self.ambient.now(), write) })
    }
}
