//! Is this a family we know? Looked for on every way in, proposed to a person, never acted upon.

use crate::domain::case::family::{Alike, FamilyChange, Standing};
use crate::domain::case::{Case, Command, Event, household, owner_role};
use crate::domain::ids::{CaseReference, RoleName, TaskId};
use crate::domain::nomination::Nomination;
use crate::domain::people::{Band, Household, Likeness};
use crate::domain::time::{Date, london_date};
use crate::domain::workflow::FactValue;
use crate::engine::{Engine, EngineError};
use crate::store::{CaseKey, HouseholdWrite, LikelyCase, NewTask, StoredCase};

/// Cases compared with one family: the rare marks they share, a number first of all, put the right one among the first.
const COMPARED_MAX: u32 = 20;
/// Cases proposed for one family; more would not be looked at.
const PROPOSED_MAX: usize = 5;
/// Cases whose families are written in one step after an upgrade.
const WRITTEN_TOGETHER: u32 = 100;
/// Working days to look at another nomination of a family that is being helped.
const NEWS_WORKING_DAYS: i32 = 2;
/// Months after the end of a case in which a family that comes back has come back into the service (the outcome plan's 12 months).
const RE_ENTRY_MONTHS: i32 = 12;

/// A case that may be of the same family, with everything seen.
#[derive(Debug, Clone)]
pub struct Found {
    /// The other case.
    pub reference: CaseReference,
    /// Nothing is expected of it any more.
    pub closed: bool,
    /// How alike.
    pub likeness: Likeness,
    /// How sure.
    pub band: Band,
    /// Its family.
    pub household: Household,
}

impl Engine {
    /// Cases whose families may be this one, the surest first.
    ///
    /// # Errors
    /// The store's.
    pub async fn families_like(&self, family: &Household, except: Option<&CaseReference>) -> Result<Vec<Found>, EngineError> {
        self.looked_for(family, except).await.map(|(found, _)| found)
    }

    /// As [`Engine::families_like`], and how many events the store held at that moment.
    async fn looked_for(
        &self,
        family: &Household,
        except: Option<&CaseReference>,
    ) -> Result<(Vec<Found>, Option<u64>), EngineError> {
        let keys = self.people.asked(family);
        let likely = self.store.cases_like(&keys, except, COMPARED_MAX).await?;
        let mut found: Vec<Found> = likely.cases.into_iter().filter_map(|likely| self.found(family, likely)).collect();
        // Who shares a number stands first: no number of families that are more alike hides them.
        let by_number = |found: &Found| found.likeness.people.iter().any(|pair| pair.by_number > 0.0);
        found.sort_by(|a, b| by_number(b).cmp(&by_number(a)).then(b.likeness.bits.total_cmp(&a.likeness.bits)));
        found.truncate(PROPOSED_MAX);
        Ok((found, likely.after))
    }

    fn found(&self, family: &Household, likely: LikelyCase) -> Option<Found> {
        // A card of another shape is written anew by the next sweep.
        let household: Household = serde_json::from_slice(&likely.household).ok()?;
        let likeness = self.people.compare(family, &household);
        let band = likeness.band?;
        Some(Found { reference: likely.reference, closed: likely.closed, likeness, band, household })
    }

    /// What a person is asked about: families like this one, without those that a person has parted from it for the same facts.
    async fn proposals(&self, family: &Household, own: &CaseReference) -> Result<(Vec<Alike>, Option<u64>), EngineError> {
        let (found, after) = self.looked_for(family, Some(own)).await?;
        let alike: Vec<Alike> = found.iter().map(|found| self.alike(family, found)).collect();
        let facts: Vec<String> = alike.iter().map(|alike| alike.facts.clone()).collect();
        let refused = self.store.facts_refused(&facts).await?;
        Ok((alike.into_iter().filter(|alike| !refused.contains(&alike.facts)).collect(), after))
    }

    fn alike(&self, family: &Household, found: &Found) -> Alike {
        let facts = self.store.facts_digest(&found.likeness.facts(family, &found.household));
        #[expect(clippy::cast_possible_truncation, reason = "a few hundred bits at most")]
        let bits = found.likeness.bits.round() as i32;
        Alike { other: found.reference.clone(), band: found.band, bits, says: reasons(&found.likeness), facts }
    }

    /// The nomination's family, as it is compared.
    pub(crate) fn family_of(&self, nomination: &Nomination, on: Date) -> Household {
        self.people.household(nomination, on)
    }

    /// The family of a case as it is to be written, when `events` have changed it.
    pub(crate) fn household_written(&self, case: &Case, events: &[Event]) -> Option<HouseholdWrite> {
        name_somebody(events).then(|| self.household_write(&household(case, &self.people)))
    }

    fn household_write(&self, family: &Household) -> HouseholdWrite {
        HouseholdWrite {
            stamp: self.people.stamp().to_owned(),
            keys: self.people.keys(family),
            household: serde_json::to_vec(family).expect("names and dates are always JSON"),
        }
    }

    /// Adds to `events`, which made `case`, the question whether its family is known, when they have changed who it is.
    pub(crate) async fn with_proposals(&self, events: &mut Vec<Event>, case: Case) -> Result<Case, EngineError> {
        if !name_somebody(events) {
            return Ok(case);
        }
        let family = household(&case, &self.people);
        self.with_proposals_for(&family, events, case).await.map(|(case, _)| case)
    }

    /// The same for a case of `family`, and how many events the store held when it was looked for.
    pub(crate) async fn with_proposals_for(
        &self,
        family: &Household,
        events: &mut Vec<Event>,
        case: Case,
    ) -> Result<(Case, Option<u64>), EngineError> {
        let (found, looked_after) = self.proposals(family, &case.reference).await?;
        let asked = crate::domain::case::decide(Some(&case), &Command::Propose { found }, &self.world())?;
        let case = crate::domain::case::replay(Some(case), &asked)?;
        events.extend(asked);
        Ok((case, looked_after))
    }

    /// Whoever works with a family hears that it was nominated again, once a person has said that it is the same.
    pub(crate) async fn news_of_ties(&self, case: &Case, events: &[Event]) -> Result<Vec<NewTask>, EngineError> {
        let mut tasks = Vec::new();
        for event in events {
            let Event::FamilyChanged { change: FamilyChange::TieJudged { other, standing }, on } = event else { continue };
            let Some(stored) = self.store.load_case(&CaseKey::Reference(other.clone())).await? else { continue };
            let Some((role, says)) = self.news_for(&stored, *standing, case, *on) else { continue };
            tasks.push(NewTask {
                id: TaskId::from_random(self.ambient.id()),
                key: format!("case:{}:tie:{}:{}", stored.id, case.reference, case.version),
                case: Some(stored.id),
                mail: None,
                role,
                says,
                due_on: self.programme.calendar.add_working_days(*on, NEWS_WORKING_DAYS),
            });
        }
        Ok(tasks)
    }

    /// Who of the other case hears that its family was nominated again, and how. A family that comes back while its progress is watched,
    /// or within a year of its case's end, has come back into the service: the look after 6 or 12 months has to say so.
    fn news_for(&self, other: &StoredCase, standing: Standing, new: &Case, on: Date) -> Option<(RoleName, String)> {
        let same_family = matches!(standing, Standing::OpenElsewhere | Standing::KnownBefore);
        let watched = matches!(other.case.facts.get("watch_started_on"), Some(FactValue::Date(_)));
        let owner = owner_role(&other.case, &self.seen_by(&other.case).programme.lifecycle).cloned();
        let reference = &new.reference;
        match owner {
            Some(role) if same_family && watched => Some((
                role,
                format!(
                    "this family was nominated again as {reference} while its progress is watched: that is a re-entry. Take it up again \
                     with return_from_watch, or let the new case go on and record the look as not_sustained"
                ),
            )),
            Some(role) if standing == Standing::OpenElsewhere => {
                Some((role, format!("this family was nominated again as {reference}: read what it brings")))
            }
            None if same_family
                && self.programme.calendar.add_months_clamped(london_date(other.changed_at), RE_ENTRY_MONTHS) >= on =>
            {
                let role = self.programme.desk.waiting.role.clone();
                let says = format!(
                    "this family came back as {reference} within {RE_ENTRY_MONTHS} months of the end of its case: that is a re-entry; \
                     look what the end rested on"
                );
                Some((role, says))
            }
            Some(_) | None => None,
        }
    }

    /// Asks, when another program took the same family in at the same moment and neither saw the other. `family` is of the new
    /// case `own`, which was opened with questions about the cases `asked`.
    pub(crate) async fn look_again(
        &self,
        own: &CaseReference,
        family: &Household,
        asked: &[CaseReference],
    ) -> Result<(), EngineError> {
        let (found, _) = self.proposals(family, own).await?;
        if found.iter().any(|alike| !asked.contains(&alike.other)) {
            let key = CaseKey::Reference(own.clone());
            self.perform(&key, &Command::Propose { found }, crate::engine::outgoing::Pace::Usual).await?;
        }
        Ok(())
    }

    /// Writes the families of cases from before they were kept, or by rules that have changed since. How many.
    ///
    /// # Errors
    /// The store's. A case that cannot be opened is left out: `check` shows it.
    pub async fn write_missing_households(&self) -> Result<usize, EngineError> {
        let mut written = 0;
        loop {
            let ids = self.store.cases_without_household(self.people.stamp(), WRITTEN_TOGETHER).await?;
            let cases = self.store.load_cases(&ids).await?;
            for (id, stored) in &cases {
                self.store.write_household(*id, &self.household_write(&household(&stored.case, &self.people))).await?;
            }
            written += cases.len();
            if ids.len() < usize::try_from(WRITTEN_TOGETHER).unwrap_or(usize::MAX) || cases.is_empty() {
                return Ok(written);
            }
        }
    }
}

/// Whether `events` say who is of the family.
fn name_somebody(events: &[Event]) -> bool {
    let names =
        |event: &Event| matches!(event, Event::Opened(_) | Event::FamilyChanged { change: FamilyChange::MemberNamed { .. }, .. });
    events.iter().any(names)
}

/// Every reason in one line each, for people and without personal data.
fn reasons(likeness: &Likeness) -> Vec<String> {
    let one = |seen: &[crate::domain::people::Seen]| seen.iter().map(|seen| seen.says.as_str()).collect::<Vec<_>>().join(", ");
    let mut says: Vec<String> = likeness.people.iter().map(|pair| format!("somebody with {}", one(&pair.seen))).collect();
    says.push(one(&likeness.family));
    if likeness.shares_only_some() {
        says.push("rather one person in both families than one family".to_owned());
    }
    says.retain(|line| !line.is_empty());
    says
}
