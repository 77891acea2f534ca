//! A new outcome plan: partners are told once, and the plan before it is kept, so that each open case can say what changes for it.

use std::collections::BTreeSet;

use crate::domain::case::family::changes_by_plan;
use crate::domain::case::{Case, World};
use crate::domain::ids::{LetterName, RoleName};
use crate::domain::letter::Context;
use crate::domain::personal::Personal;
use crate::domain::workflow::OutcomePlan;
use crate::engine::{Engine, EngineError};
use crate::store::{CaseFilter, Commit, NewLetter};

/// The note that holds the plan in force.
const PLAN: &str = "outcome_plan";
/// The note that holds the plan before it.
const BEFORE: &str = "outcome_plan_before";
/// Keys of these letters begin so.
const KEY: &str = "outcome_plan:";
/// The note that holds the versions told of.
const TOLD: &str = "outcome_plans_told";
/// The letter that tells of a new one.
const LETTER: &str = "outcome_plan_changed";

impl Engine {
    /// Tells partners when the outcome plan has another version than at the last look. Returns how many letters are new.
    ///
    /// # Errors
    /// The store's, or the template's; then it is tried again whole, which tells nobody twice.
    pub async fn tell_of_new_plan(&self) -> Result<usize, EngineError> {
        let plan = &self.programme.outcomes;
        let kept: Option<OutcomePlan> = self.plan_noted(PLAN).await?;
        let text = serde_json::to_string(plan)?;
        let Some(before) = kept else {
            self.keep_outcome_plan().await?;
            self.store.set_note(PLAN, &text).await?;
            return Ok(0);
        };
        if before == *plan {
            return Ok(0);
        }
        self.keep_outcome_plan().await?;
        // A slip put right under the same version is no new plan, nor is one that came before: a machine that still has it, or a change
        // taken back.
        let known = self.store.get_note(TOLD).await?.unwrap_or_default();
        let mut versions: Vec<&str> = known.split_whitespace().chain([before.version.as_str()]).collect();
        let is_new = !versions.contains(&plan.version.as_str());
        let told = if is_new { self.send_plan_letters(&before).await? } else { 0 };
        if is_new {
            versions.push(&plan.version);
            self.store.set_note(TOLD, &versions.join(" ")).await?;
            self.store.set_note(BEFORE, &serde_json::to_string(&before)?).await?;
        }
        if is_new || before.version == plan.version {
            self.store.set_note(PLAN, &text).await?;
        }
        Ok(told)
    }

    async fn plan_noted(&self, note: &str) -> Result<Option<OutcomePlan>, EngineError> {
        let kept = self.store.get_note(note).await?;
        Ok(kept.and_then(|text| serde_json::from_str(&text).ok()))
    }

    async fn send_plan_letters(&self, before: &OutcomePlan) -> Result<usize, EngineError> {
        let letter = LetterName::new(LETTER).expect("a fixed name is a name");
        let Some(definition) = self.programme.lifecycle.letter(&letter) else { return Ok(0) };
        let plan = &self.programme.outcomes;
        let mut letters = Vec::new();
        for (role, address) in self.partners(&definition.to).await? {
            let context = Context {
                reference: plan.title.clone(),
                role: self.programme.lifecycle.role(&role).map(|role| role.title.clone()),
                notice: Some(notice(before, plan)),
                ..self.base_context()
            };
            let content = self.templates.compose(&letter, &context)?;
            letters.push(NewLetter {
                key: format!("{KEY}{}:{}", plan.version, self.address_mark(&address)),
                ..self.letter_to(&letter, (None, address), Self::new_message_id, content)
            });
        }
        let asked = letters.len();
        let done = self.store.commit(Commit { letters, ..Commit::at(self.ambient.now()) }).await?;
        Ok(asked - done.duplicate_letters.len())
    }

    /// Why the letter of a new plan must not go to `address` any more; `None` when it may, or when `key` is of another letter.
    pub(crate) async fn no_longer_partner(&self, key: &str, address: &Personal<String>) -> Result<Option<String>, EngineError> {
        let letter = LetterName::new(LETTER).expect("a fixed name is a name");
        let Some(definition) = self.programme.lifecycle.letter(&letter).filter(|_| key.starts_with(KEY)) else { return Ok(None) };
        let of_settings = self.roster.person(address.as_text());
        if of_settings.is_some_and(|person| person.roles.iter().any(|role| definition.to.contains(role))) {
            return Ok(None);
        }
        let stands = self.partners(&definition.to).await?.iter().any(|(_, partner)| partner == address);
        Ok((!stands).then(|| "the address works with no open case any more".to_owned()))
    }

    /// Everybody of the settings with one of these roles, and whoever holds one of an open case, each address once.
    async fn partners(&self, roles: &[RoleName]) -> Result<Vec<(RoleName, Personal<String>)>, EngineError> {
        let mut seen = BTreeSet::new();
        let mut partners = Vec::new();
        let mut add = |role: &RoleName, address: &Personal<String>| {
            if !self.is_ours(address.as_text()) && seen.insert(address.as_text().to_lowercase()) {
                partners.push((role.clone(), address.clone()));
            }
        };
        for person in self.roster.people() {
            if let Some(role) = person.roles.iter().find(|role| roles.contains(role)) {
                add(role, &person.address);
            }
        }
        let open = CaseFilter { closed: Some(false), ..CaseFilter::default() };
        let ids = self.store.cases(&open).await?.into_iter().map(|row| row.id);
        for (_, stored) in self.cases_of(ids).await? {
            for recipient in self.recipients(&stored.case, roles) {
                add(&recipient.role, &recipient.address);
            }
        }
        Ok(partners)
    }

    /// What the plan in force changes for the family of `case`, against the one before it; `None` when there was none while it was open.
    ///
    /// # Errors
    /// The store's.
    pub async fn changed_by_new_plan(&self, case: &Case) -> Result<Option<(String, Vec<String>)>, EngineError> {
        let Some(before) = self.plan_noted(BEFORE).await? else { return Ok(None) };
        let engine = self.seen_by(case);
        let world = engine.world();
        let changes = changes_by_plan(case, &World { outcomes: &before, ..world }, world.outcomes);
        Ok(Some((before.version, changes)))
    }
}

/// `The Family Outcome Plan is now 2027.1. Before it was 2015.1.`
fn notice(before: &OutcomePlan, plan: &OutcomePlan) -> String {
    format!("The {} is now {}. Before it was {}.", plan.title, plan.version, before.version)
}
