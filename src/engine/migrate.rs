//! Open cases come under another version of the life-cycle, or back under the one before. Tried first, case by case, without a write.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::domain::case::{Actor, Case, Command, Event, Migrate, Refusal, TimersBefore};
use crate::domain::ids::{CaseReference, StageName, TimerName};
use crate::domain::personal::Personal;
use crate::domain::time::Date;
use crate::engine::outgoing::Pace;
use crate::engine::{Engine, EngineError};
use crate::store::{CaseFilter, CaseKey, StoredCase};

/// What a migration is to do.
#[derive(Debug, Clone)]
pub struct Migration {
    /// What takes the place of stages that the version does not have.
    pub stages: BTreeMap<StageName, StageName>,
    /// Who says so.
    pub by: Actor,
    /// Why.
    pub reason: Personal<String>,
    /// Each case goes back to the stage and the version it came from.
    pub back: bool,
    /// Only this case, also when it has ended.
    pub only: Option<CaseReference>,
    /// Write it; otherwise nothing is changed.
    pub apply: bool,
}

/// What a migration does to one case.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Migrated {
    /// The case.
    pub reference: CaseReference,
    /// The version it is under.
    pub version: String,
    /// The version it comes under.
    pub to: String,
    /// Its stage before and after, where it changes.
    pub stage: Option<(StageName, StageName)>,
    /// Deadlines that change: before and after; none where there is none.
    pub timers: BTreeMap<TimerName, (Option<Date>, Option<Date>)>,
    /// Letters that are called for.
    pub letters: Vec<String>,
    /// Why it cannot be moved; then nothing of it was.
    pub refused: Option<String>,
}

impl Engine {
    /// Moves open cases to the version of this engine, or back to the one each came from; or tells what that would do. Cases under it
    /// already are left out.
    ///
    /// # Errors
    /// The store's. A case that refuses, or cannot be opened, is told among the others and holds up none.
    pub async fn migrate(&self, wish: &Migration) -> Result<Vec<Migrated>, EngineError> {
        let mut all = Vec::new();
        let mut rows = self.store.cases(&CaseFilter { closed: Some(false), ..CaseFilter::default() }).await?;
        if let Some(only) = &wish.only {
            rows.retain(|row| row.reference == *only);
            if rows.is_empty() {
                return Err(Refusal::because(format!("there is no open case `{only}`; `case list` shows those there are")).into());
            }
        }
        for row in rows {
            let stored = match self.store.load_case(&CaseKey::Id(row.id)).await {
                Ok(Some(stored)) => stored,
                Ok(None) => continue,
                Err(error) if error.is_of_one_row() => {
                    all.push(Migrated {
                        reference: row.reference,
                        version: String::new(),
                        to: String::new(),
                        stage: None,
                        timers: BTreeMap::new(),
                        letters: Vec::new(),
                        refused: Some("it cannot be opened; `check` tells why".to_owned()),
                    });
                    continue;
                }
                Err(error) => return Err(error.into()),
            };
            // A version from before they were kept is the one that stands for it.
            let version = &stored.case.lifecycle_version;
            let meant = self.store.version_meant(version).unwrap_or_else(|| version.clone());
            if wish.back || meant != self.programme.lifecycle.version {
                all.extend(self.migrate_one(stored, wish).await?);
            }
        }
        Ok(all)
    }

    async fn migrate_one(&self, stored: StoredCase, wish: &Migration) -> Result<Option<Migrated>, EngineError> {
        let (id, before) = (stored.id, stored.case.clone());
        let mut stages = wish.stages.clone();
        let mut earlier = None;
        let mut target = Cow::Borrowed(self);
        if wish.back {
            let history: Vec<Event> = self.store.history(id).await?.into_iter().map(|stored| stored.event).collect();
            let last = history.iter().enumerate().rev().find_map(|(at, event)| match event {
                Event::Migrated { from, stage, .. } => Some((at, from.clone(), stage.clone())),
                _ => None,
            });
            // One that was never moved has nowhere to go back to.
            let Some((at, from, stage)) = last else { return Ok(None) };
            let left = crate::domain::case::replay(None, &history[..at])?;
            earlier = Some(TimersBefore::of(&left, &history[at..]));
            stages.extend(stage.map(|(earlier, now)| (now, earlier)));
            self.store.know_version(&from).await?;
            target = match self.under_version(&from) {
                Ok(target) => target,
                Err(error) => {
                    let refused = Some(error.to_string());
                    return Ok(Some(Migrated { refused, ..difference(&before, &before) }));
                }
            };
        }
        let command = Command::Migrate(Migrate { stages, by: wish.by.clone(), reason: wish.reason.clone(), earlier });
        let done = if wish.apply {
            target.perform(&CaseKey::Id(id), &command, Pace::CatchingUp).await
        } else {
            target.decided(stored, &command, Pace::CatchingUp).map(|(done, _)| done)
        };
        match done {
            Ok(done) => Ok(Some(Migrated { letters: done.letters, ..difference(&before, &done.case) })),
            Err(EngineError::Refused(refusal)) => {
                Ok(Some(Migrated { refused: Some(refusal.to_string()), ..difference(&before, &before) }))
            }
            Err(error) => Err(error),
        }
    }
}

/// What is another between the two.
fn difference(before: &Case, after: &Case) -> Migrated {
    let due = |case: &Case, timer: &TimerName| case.timers.get(timer).map(|armed| armed.due_on);
    let names = before.timers.keys().chain(after.timers.keys());
    let days = names.map(|timer| (timer.clone(), (due(before, timer), due(after, timer))));
    Migrated {
        reference: before.reference.clone(),
        version: before.lifecycle_version.clone(),
        to: after.lifecycle_version.clone(),
        stage: (before.stage != after.stage).then(|| (before.stage.clone(), after.stage.clone())),
        timers: days.filter(|(_, (before, after))| before != after).collect(),
        letters: Vec::new(),
        refused: None,
    }
}
