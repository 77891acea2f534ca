//! Settings against the programme: names that must exist there, and roles somebody must hold.

use crate::domain::ids::{InterpretationName, RoleName};
use crate::domain::workflow::{Lifecycle, Programme, RoleScope};

use super::defect::{ConfigDefect, Place, nearest};
use super::mailboxes::Mailbox;
use super::settings::{Person, ProgrammeSettings, Settings};

/// What settings name that has to be somewhere else: in the programme's folder, on this machine. Known also of settings that have
/// mistakes, so that every mistake can be told at once.
#[derive(Debug, Clone)]
pub struct Named {
    /// The programme.
    pub programme: ProgrammeSettings,
    /// The file with the key, when it is named.
    pub master_key_file: Option<std::path::PathBuf>,
    /// The mailboxes that could be understood.
    pub mailboxes: Vec<Mailbox>,
    pub(super) pack_place: Place,
    pub(super) reading: Option<InterpretationName>,
    pub(super) reading_place: Place,
    pub(super) people: Vec<Person>,
    /// Every entry of `people` could be understood.
    pub(super) people_known: bool,
    pub(super) whole: Place,
    /// All of the settings, where nothing that is wrong keeps them from being whole: a key that is not known, a number out of range.
    pub settings: Option<Box<Settings>>,
}

impl Settings {
    /// What these settings and `programme` do not agree on: unknown roles, areas or rule packs, and owners nobody would be.
    #[must_use]
    pub fn defects_against(&self, programme: &Programme) -> Vec<ConfigDefect> {
        self.named().defects_against(programme)
    }

    /// Roles that answer for a case of this life-cycle when nobody else does, and that nobody of the settings holds.
    #[must_use]
    pub fn owners_missing<'a>(&self, lifecycle: &'a Lifecycle) -> Vec<&'a RoleName> {
        self.named().owners_missing(lifecycle)
    }

    /// What they name.
    #[must_use]
    pub fn named(&self) -> Named {
        Named {
            programme: self.programme.clone(),
            master_key_file: Some(self.master_key_file.clone()),
            mailboxes: self.mailboxes.clone(),
            pack_place: self.pack_place.clone(),
            reading: self.reading.clone(),
            reading_place: self.reading_place.clone(),
            people: self.people.clone(),
            people_known: true,
            whole: self.whole.clone(),
            settings: None,
        }
    }
}

impl Named {
    /// Whether every entry of `people` could be understood: before that nobody knows which roles are held.
    #[must_use]
    pub fn are_people_known(&self) -> bool {
        self.people_known
    }

    /// As [`Settings::defects_against`].
    #[must_use]
    pub fn defects_against(&self, programme: &Programme) -> Vec<ConfigDefect> {
        let mut defects = Vec::new();
        let packs: Vec<&str> = programme.packs.iter().map(|pack| pack.name.as_str()).collect();
        let roles: Vec<&str> = programme.lifecycle.roles.iter().map(|role| role.name.as_str()).collect();
        let areas: Vec<&str> = programme.geography.areas.iter().map(|area| area.name.as_str()).collect();
        let mut unknown = |place: &Place, key: &str, what: &str, name: &str, known: &[&str]| {
            if !known.contains(&name) {
                defects.push(ConfigDefect {
                    place: place.clone(),
                    key: key.to_owned(),
                    problem: format!("the programme has no {what} `{name}`"),
                    fix: match nearest(name, known.iter().copied()) {
                        Some(near) => format!("did you mean `{near}`?"),
                        None => format!("it knows {}", known.join(", ")),
                    },
                });
            }
        };
        unknown(&self.pack_place, "programme.rule_pack", "rule pack", self.programme.rule_pack.as_str(), &packs);
        let readings: Vec<&str> = programme
            .packs
            .iter()
            .filter(|pack| pack.name == self.programme.rule_pack)
            .flat_map(|pack| pack.interpretations.iter().map(|reading| reading.name.as_str()))
            .collect();
        // The readings are those of the pack: of one that is not there nothing is known.
        if let Some(reading) = self.reading.as_ref().filter(|_| packs.contains(&self.programme.rule_pack.as_str())) {
            unknown(&self.reading_place, "criteria.reading", "reading of the criteria", reading.as_str(), &readings);
        }
        for person in &self.people {
            for role in &person.roles {
                unknown(&person.place, "people.roles", "role", role.as_str(), &roles);
            }
            for area in &person.areas {
                unknown(&person.place, "people.areas", "area", area.as_str(), &areas);
            }
        }
        for role in self.owners_missing(&programme.lifecycle) {
            defects.push(ConfigDefect {
                place: self.whole.clone(),
                key: "people".to_owned(),
                problem: format!("nobody holds the role `{role}`, which answers for a case when nobody else does"),
                fix: format!("add a [[people]] with roles = [\"{role}\"]"),
            });
        }
        defects
    }

    /// Roles that answer for a case of this life-cycle when nobody else does, and that nobody of the settings holds. While an entry of
    /// `people` is not understood nobody knows, and none is told.
    fn owners_missing<'a>(&self, lifecycle: &'a Lifecycle) -> Vec<&'a RoleName> {
        let known: Vec<&str> = lifecycle.roles.iter().map(|role| role.name.as_str()).collect();
        let held = |role: &RoleName| self.people.iter().any(|person| holds_or_means(person, role, &known));
        last_owners(lifecycle).into_iter().filter(|role| self.people_known && !held(role)).collect()
    }
}

/// Whether `person` holds `role`, or a misspelt one that is most like it: that is told already, and is not also nobody.
#[must_use]
pub fn holds_or_means(person: &Person, role: &RoleName, known: &[&str]) -> bool {
    let means = |written: &RoleName| {
        !known.contains(&written.as_str()) && nearest(written.as_str(), known.iter().copied()) == Some(role.as_str())
    };
    person.roles.iter().any(|written| written == role || means(written))
}

/// The roles at the end of the chains that begin at an owner of a stage.
fn last_owners(lifecycle: &Lifecycle) -> std::collections::BTreeSet<&RoleName> {
    let mut last = std::collections::BTreeSet::new();
    for owner in lifecycle.stages.iter().filter_map(|stage| stage.owner.as_ref()) {
        let mut role = lifecycle.role(owner);
        // A chain longer than the list of roles runs in a circle; the workflow's own check reports it.
        for _ in 0..lifecycle.roles.len() {
            role = match role {
                Some(found) if found.falls_back_to.is_some() => {
                    found.falls_back_to.as_ref().and_then(|next| lifecycle.role(next))
                }
                other => other,
            };
        }
        last.extend(role.filter(|role| role.scope == RoleScope::Programme).map(|role| &role.name));
    }
    last
}
