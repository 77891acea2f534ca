//! A letter to the agencies that hold something of a case: that sharing has stopped, say. Who they are is read from the outbox.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::case::{Case, Effect, Event};
use crate::domain::ids::{CaseId, RoleName, TaskId};
use crate::domain::workflow::{AgencyDef, LetterDef, ToAgencies};
use crate::engine::outgoing::Pace;
use crate::engine::roster::Recipient;
use crate::engine::{Engine, EngineError};
use crate::store::{LetterFilter, LetterRow, LetterState, NewLetter, NewTask};

/// Letters of one case that are looked through.
const LETTERS_MAX: u32 = 10_000;
/// Working days in which whoever cannot be written to is rung.
const RUNG_WORKING_DAYS: i32 = 1;

/// What the outbox says of one agency.
#[derive(Default)]
struct Reached {
    /// Addresses a letter has reached, or may have, each with whether that was this very letter and nothing since.
    at: BTreeMap<Recipient, bool>,
    /// Letters of the case that never arrived.
    failed: bool,
    /// Letters that were never sent.
    stayed: bool,
}

impl Engine {
    /// The rows of letters that `events` call for and that go to agencies that hold something of the case; and for the agencies which no
    /// letter can reach, an item for whoever owns the case. Nothing for an agency whose letters never left: it learns nothing by this.
    ///
    /// # Errors
    /// [`EngineError::Compose`] when a template cannot be filled; the store's.
    pub(crate) async fn told_agencies(
        &self,
        id: CaseId,
        (before, after): (&Case, &Case),
        events: &[Event],
        pace: Pace,
    ) -> Result<(Vec<NewLetter>, Vec<NewTask>), EngineError> {
        let (mut letters, mut tasks) = (Vec::new(), Vec::new());
        for effect in crate::domain::case::effects(Some(before), after, events) {
            let Effect::Letter { letter, key } = effect else { continue };
            let definition = self.programme.lifecycle.letter(&letter);
            let Some(definition) = definition.filter(|definition| definition.agencies == Some(ToAgencies::Told)) else {
                continue;
            };
            let may = |condition| crate::domain::case::test(after, condition).truth == crate::domain::rules::Truth::Met;
            if !self.may_go(after, &letter) || !definition.agencies_if.as_ref().is_none_or(may) {
                continue;
            }
            let reached = self.reached(id, definition).await?;
            let may_be_written_to: BTreeSet<Recipient> = self.contacts(after, ToAgencies::Told).into_iter().collect();
            let mut recipients: BTreeMap<_, Recipient> = BTreeMap::new();
            let mut unreached = Vec::new();
            for agency in &self.programme.lifecycle.agencies {
                let reached = reached.get(&agency.contact);
                let has = reached.into_iter().flat_map(|reached| &reached.at);
                let (written, left): (Vec<_>, Vec<_>) = has.partition(|(one, _)| may_be_written_to.contains(*one));
                let nobody_has_it = written.is_empty() && is_rung((before, after), agency, reached);
                if nobody_has_it || left.iter().any(|(_, is_told)| !**is_told) {
                    unreached.push(agency.title.as_str());
                }
                for (one, _) in written.into_iter().filter(|(_, is_told)| !**is_told) {
                    recipients.entry(one.address.as_text().to_lowercase()).or_insert_with(|| one.clone());
                }
            }
            letters.extend(self.letters_to(
                id,
                (Some(before), after),
                definition,
                (&key, pace),
                recipients.into_values().collect(),
            )?);
            tasks.extend(self.ring(id, after, definition, &key, &unreached));
        }
        Ok((letters, tasks))
    }

    /// By the role of its contact, what each agency was sent of the case.
    async fn reached(&self, id: CaseId, definition: &LetterDef) -> Result<BTreeMap<RoleName, Reached>, EngineError> {
        let filter = LetterFilter { case: Some(id), limit: LETTERS_MAX, ..LetterFilter::default() };
        let mut rows: Vec<LetterRow> = self.store.letters(&filter).await?;
        rows.sort_by_key(|row| (row.settled_at.unwrap_or(row.queued_at), row.id));
        let mut all: BTreeMap<RoleName, Reached> = BTreeMap::new();
        for row in rows {
            let is_contact = |role: &&RoleName| self.programme.lifecycle.agencies.iter().any(|agency| agency.contact == **role);
            let Some(role) = row.role.clone().filter(|role| is_contact(&role)) else { continue };
            let of = all.entry(role.clone()).or_default();
            let carried = match row.gathered_into {
                Some(digest) => self.store.letter(digest).await?.map(|digest| digest.row.state),
                None => None,
            };
            match carried.unwrap_or(row.state) {
                // One that is on its way, or may have arrived, counts as arrived.
                LetterState::Sent | LetterState::Unsure | LetterState::Sending => {
                    if let Some(letter) = self.store.letter(row.id).await? {
                        of.at.insert(Recipient { role, address: letter.recipient }, row.letter == definition.name);
                    }
                }
                LetterState::Failed => of.failed = true,
                LetterState::Queued
                | LetterState::Gathering
                | LetterState::Gathered
                | LetterState::Held
                | LetterState::Dropped => {
                    of.stayed = true;
                }
            }
        }
        Ok(all)
    }

    fn ring(&self, id: CaseId, case: &Case, definition: &LetterDef, key: &str, agencies: &[&str]) -> Option<NewTask> {
        let role = crate::domain::case::owner_role(case, &self.programme.lifecycle).filter(|_| !agencies.is_empty())?;
        Some(NewTask {
            id: TaskId::from_random(self.ambient.id()),
            key: format!("case:{id}:{key}:ring"),
            case: Some(id),
            mail: None,
            role: role.clone(),
            says: format!("no letter can tell {} (\"{}\"): ring them and tell them today", agencies.join(", "), definition.title),
            due_on: self.programme.calendar.add_working_days(self.ambient.today(), RUNG_WORKING_DAYS),
        })
    }
}

/// Whether an agency that no letter has reached holds something all the same: somebody rang it.
fn is_rung((before, after): (&Case, &Case), agency: &AgencyDef, reached: Option<&Reached>) -> bool {
    // Whoever was asked a moment ago is not waited for any more, and holds the question all the same.
    let check = before.family.checks.get(&agency.name).or_else(|| after.family.checks.get(&agency.name));
    let written_alone = reached.is_some_and(|reached| reached.at.is_empty() && reached.stayed && !reached.failed);
    reached.is_none_or(|reached| reached.at.is_empty()) && check.is_some_and(|check| check.answer.is_some() || !written_alone)
}
