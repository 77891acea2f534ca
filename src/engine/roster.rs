//! Who holds which role now: people of the settings for roles of the programme and of areas, holders of a case for its own.
//!
//! Read anew whenever somebody is to be written to or asks to do something; nothing here is remembered.

use std::collections::BTreeMap;

use crate::config::Person;
use crate::domain::case::Holder;
use crate::domain::ids::{AreaName, RoleName};
use crate::domain::personal::Personal;
use crate::domain::workflow::{Lifecycle, RoleScope};

/// Somebody a letter goes to, and the role that entitles to it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Recipient {
    /// The role held: the one asked for, or the one it falls back to.
    pub role: RoleName,
    /// Mail address, lower case.
    pub address: Personal<String>,
}

/// The relation of one case to roles: its area and who holds its own roles.
#[derive(Debug, Clone, Copy, Default)]
pub struct Relation<'a> {
    /// The area of the case, once known.
    pub area: Option<&'a AreaName>,
    /// Holders of roles of the case.
    pub holders: Option<&'a BTreeMap<RoleName, Holder>>,
}

/// The people of the settings.
#[derive(Debug, Clone, Default)]
pub struct Roster {
    people: Vec<Person>,
}

impl Roster {
    /// A roster of the people of the settings.
    #[must_use]
    pub fn new(people: Vec<Person>) -> Self {
        Self { people }
    }

    /// The roster of those people alone of whom `kept` is true.
    #[must_use]
    pub fn keeping(&self, kept: impl Fn(&Person) -> bool) -> Self {
        Self { people: self.people.iter().filter(|person| kept(person)).cloned().collect() }
    }

    /// Everybody who answers for `role`, following the fallbacks of the workflow file; empty only when the whole chain is empty.
    #[must_use]
    pub fn answer_for(&self, lifecycle: &Lifecycle, role: &RoleName, relation: Relation<'_>) -> Vec<Recipient> {
        let mut role = Some(role);
        for _ in 0..=lifecycle.roles.len() {
            let Some(definition) = role.and_then(|name| lifecycle.role(name)) else { return Vec::new() };
            let found = self.holders(definition.scope, &definition.name, relation);
            if !found.is_empty() {
                return found;
            }
            role = definition.falls_back_to.as_ref();
        }
        Vec::new()
    }

    /// Everybody on whose list stands what is asked of `role`: who answers for it and, while none of them is of the settings and so works
    /// with no list of ours, the first people of the settings behind them.
    #[must_use]
    pub fn asked(&self, lifecycle: &Lifecycle, role: &RoleName, relation: Relation<'_>) -> Vec<Recipient> {
        let mut found = self.answer_for(lifecycle, role, relation);
        let is_listed = |found: &[Recipient]| found.iter().any(|one| self.person(one.address.as_text()).is_some());
        for _ in 0..=lifecycle.roles.len() {
            if is_listed(&found) {
                break;
            }
            let Some(last) = found.last().map_or(Some(role), |last| Some(&last.role)).and_then(|name| lifecycle.role(name))
            else {
                break;
            };
            let Some(behind) = last.falls_back_to.as_ref() else { break };
            let more = self.answer_for(lifecycle, behind, relation);
            if more.is_empty() {
                break;
            }
            found.extend(more);
        }
        found
    }

    /// Those who hold exactly this role, no fallback.
    #[must_use]
    pub fn holders(&self, scope: RoleScope, role: &RoleName, relation: Relation<'_>) -> Vec<Recipient> {
        match scope {
            RoleScope::Programme => self.staff(|person| person.roles.contains(role), role),
            RoleScope::Area => relation.area.map_or_else(Vec::new, |area| {
                self.staff(|person| person.roles.contains(role) && person.areas.contains(area), role)
            }),
            RoleScope::Case => relation
                .holders
                .and_then(|holders| holders.get(role))
                .map(|holder| Recipient { role: role.clone(), address: holder.contact.address.clone() })
                .into_iter()
                .collect(),
        }
    }

    fn staff(&self, holds: impl Fn(&Person) -> bool, role: &RoleName) -> Vec<Recipient> {
        let mut found: Vec<Recipient> = self
            .people
            .iter()
            .filter(|person| holds(person))
            .map(|person| Recipient { role: role.clone(), address: person.address.clone() })
            .collect();
        found.sort_by(|a, b| a.address.cmp(&b.address));
        found.dedup_by(|a, b| a.address == b.address);
        found
    }

    /// The person of the settings with this address.
    #[must_use]
    pub fn person(&self, address: &str) -> Option<&Person> {
        self.people.iter().find(|person| person.address.as_text().eq_ignore_ascii_case(address.trim()))
    }

    /// Everybody of the settings.
    #[must_use]
    pub fn people(&self) -> &[Person] {
        &self.people
    }

    /// Every role this address holds for a case, most specific scope first: what `case record --as` may name.
    #[must_use]
    pub fn roles_of(&self, lifecycle: &Lifecycle, address: &str, relation: Relation<'_>) -> Vec<RoleName> {
        let address = address.trim();
        let mut roles = Vec::new();
        for scope in [RoleScope::Case, RoleScope::Area, RoleScope::Programme] {
            for role in lifecycle.roles.iter().filter(|role| role.scope == scope) {
                let holds = self
                    .holders(scope, &role.name, relation)
                    .iter()
                    .any(|recipient| recipient.address.as_text().eq_ignore_ascii_case(address));
                if holds {
                    roles.push(role.name.clone());
                }
            }
        }
        roles
    }
}
