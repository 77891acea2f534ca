//! People at their desks: whoever would record something today does so, through the same door as `case record`.

use crate::daemon::simulate::{Run, SimulateError};
use crate::demo::actors::Doing;
use crate::domain::case::{Actor, Case, Command};
use crate::domain::ids::{CaseId, RoleName};
use crate::domain::time::Date;
use crate::domain::workflow::Lifecycle;
use crate::engine::EngineError;
use crate::engine::outgoing::Pace;
use crate::engine::roster::{Relation, Roster};
use crate::store::CaseKey;

/// Moves recorded on one case in one day at most.
const MOVES_A_DAY: usize = 3;

impl Run {
    /// Everybody records what they would record today.
    pub(super) async fn people(&mut self, day: Date) -> Result<(), SimulateError> {
        if !self.app.engine.programme.calendar.is_working_day(day) {
            return Ok(());
        }
        let due: Vec<CaseId> = self.agenda.iter().take_while(|(on, _)| *on <= day).map(|(_, case)| *case).collect();
        for case in due {
            let next = self.work(case).await?;
            self.plan(case, next);
        }
        // What people did themselves does not bring their cases back to their desks.
        self.watcher.look(&self.app.engine.store).await?;
        Ok(())
    }

    async fn work(&mut self, id: CaseId) -> Result<Option<Date>, SimulateError> {
        let Some(stored) = self.app.engine.store.load_case(&CaseKey::Id(id)).await? else { return Ok(None) };
        let mut case = stored.case;
        for _ in 0..MOVES_A_DAY {
            let wishes = self.actors.wishes(&case, &self.app.engine.world());
            let mut done = None;
            for doing in wishes {
                done = self.record(id, &case, doing).await?;
                if done.is_some() {
                    break;
                }
            }
            match done {
                Some(after) => case = after,
                None => break,
            }
        }
        Ok(self.actors.next_look(&case, &self.app.engine.world()))
    }

    /// The case after the move; `None` when it was refused.
    pub(super) async fn record(&mut self, id: CaseId, case: &Case, doing: Doing) -> Result<Option<Case>, SimulateError> {
        let engine = &self.app.engine;
        let Some(by) = who(&engine.roster, &engine.programme.lifecycle, case, &doing.role) else { return Ok(None) };
        let command = Command::Record { name: doing.name, by, answers: doing.answers, reason: doing.because };
        match engine.perform(&CaseKey::Id(id), &command, Pace::Usual).await {
            Ok(done) => Ok(Some(done.case)),
            Err(EngineError::Refused(_)) => {
                self.refused += 1;
                Ok(None)
            }
            Err(error) => Err(error.into()),
        }
    }
}

/// The person who would act for `role` on `case`, by name and address.
pub(crate) fn who(roster: &Roster, lifecycle: &Lifecycle, case: &Case, role: &RoleName) -> Option<Actor> {
    let relation = Relation { area: case.area.as_ref(), holders: Some(&case.holders) };
    let held = roster.answer_for(lifecycle, role, relation).into_iter().next()?;
    let holder = case.holders.get(&held.role).map(|holder| holder.contact.name.clone());
    let name = holder.or_else(|| roster.person(held.address.as_text()).map(|person| person.name.clone()))?;
    Some(Actor::Person { name, address: held.address, role: held.role })
}
