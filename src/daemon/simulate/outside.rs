//! What happens to the programme from outside: people come and go, the calendar and the rules change.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::config::Person;
use crate::daemon::simulate::{KEYWORKERS_LEFT, Run, SimulateError};
use crate::demo::actors::Doing;
use crate::domain::ids::{CaseId, MoveName, PackName, RoleName};
use crate::domain::time::Date;
use crate::domain::workflow::StageKind;
use crate::engine::roster::Roster;
use crate::simulate::families::keyworker;
use crate::simulate::weather::Happening;
use crate::store::CaseKey;

impl Run {
    pub(super) async fn happen(&mut self, day: Date, happening: Happening) -> Result<(), SimulateError> {
        match happening {
            Happening::ClockBehind => *self.faults.entry("clock_behind").or_default() += 1,
            Happening::OfficerLeaves(area) => {
                *self.faults.entry("officers_left").or_default() += 1;
                let leaving = self.officers[area].address.clone();
                self.set_people(|people| people.retain(|person| person.address != leaving));
                self.ask_all().await?;
            }
            Happening::OfficerBegins(area) => {
                self.people_made += 1;
                let new = keyworker(self.people_made).replace("fellside-family", "council");
                let (name, address) = new.split_once(" <").expect("a name and an address");
                let officer = &mut self.officers[area];
                officer.name = name.into();
                officer.address = address.trim_end_matches('>').into();
                let officer = officer.clone();
                let areas = officer.areas.clone();
                self.set_people(|people| {
                    people.retain(|person| person.roles != officer.roles || person.areas != areas);
                    people.push(officer);
                });
            }
            // Of the whole county's keyworkers one leaves: of one of its parts.
            Happening::KeyworkerLeaves(number) if number / 7 % u64::from(self.part.of) == u64::from(self.part.number) => {
                self.keyworker_leaves(number).await?;
            }
            Happening::KeyworkerLeaves(_) => {}
            Happening::NewClosure(closed) => {
                *self.faults.entry("calendar_changes").or_default() += 1;
                let programme = Arc::make_mut(&mut self.app.engine.programme);
                programme.calendar.closed.insert(closed);
                programme.calendar.version = format!("{} with {closed} since {day}", programme.calendar.version);
            }
            Happening::NewRules => {
                *self.faults.entry("rule_changes").or_default() += 1;
                let pack = PackName::new("simulated-later").expect("a fixed name is a name");
                let settings = Arc::make_mut(&mut self.app.engine.settings);
                settings.programme.rule_pack = pack.clone();
                self.app.settings = self.app.engine.settings.clone();
                self.watcher.rule_pack = pack;
            }
        }
        Ok(())
    }

    fn set_people(&mut self, change: impl FnOnce(&mut Vec<Person>)) {
        let settings = Arc::make_mut(&mut self.app.engine.settings);
        change(&mut settings.people);
        self.app.engine.roster = Arc::new(Roster::new(settings.people.clone()));
        self.app.settings = self.app.engine.settings.clone();
    }

    /// A keyworker leaves the agency: the team records it for each of their families, and somebody new begins.
    async fn keyworker_leaves(&mut self, number: u64) -> Result<(), SimulateError> {
        let keyworkers = &mut self.actors.cast_mut().keyworkers;
        let place = usize::try_from(number % keyworkers.len() as u64).expect("below a length");
        self.people_made += 1;
        let leaving = std::mem::replace(&mut keyworkers[place], keyworker(self.people_made));
        let address = leaving.split_once('<').map_or("", |(_, address)| address.trim_end_matches('>')).to_owned();
        *self.faults.entry(KEYWORKERS_LEFT).or_default() += 1;
        let lifecycle = &self.app.engine.programme.lifecycle;
        let open = |stage| lifecycle.stage(stage).is_some_and(|stage| stage.kind == StageKind::Open);
        let theirs =
            self.watcher.cases.iter().filter(|(_, seen)| open(&seen.stage) && seen.holders.values().any(|held| *held == address));
        let theirs: Vec<CaseId> = theirs.map(|(id, _)| *id).collect();
        for id in theirs {
            let Some(stored) = self.app.engine.store.load_case(&CaseKey::Id(id)).await? else { continue };
            let name = MoveName::new("keyworker_left").expect("a fixed name is a name");
            let role = RoleName::new("team").expect("a fixed name is a name");
            self.record(id, &stored.case, Doing { name, role, answers: BTreeMap::new(), because: None }).await?;
        }
        self.look().await
    }
}
