//! What happened, counted: how far cases came, how long they stayed, how many were open. Only numbers and names of the workflow file.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::domain::ids::{CaseId, StageName};
use crate::domain::time::{Date, Instant, london_date};
use crate::domain::workflow::{Lifecycle, StageKind};
use crate::simulate::watcher::Seen;

/// Counts of a simulation that runs.
#[derive(Debug, Default)]
pub struct Tally {
    /// Events of cases.
    pub events: u64,
    /// When the last of them was stored.
    pub last_at: Option<Instant>,
    /// Timers carried out.
    pub timers_fired: u64,
    /// Seconds the latest of them was late; downtime is the only cause.
    pub latest_seconds: i64,
    /// Letters that left, by name.
    pub letters: BTreeMap<String, u64>,
    /// Moves recorded, by name.
    pub moves: BTreeMap<String, u64>,
    /// Mails by the end state they came to.
    pub mails: BTreeMap<String, u64>,
    /// Open cases at the end of each month.
    pub months: Vec<Month>,
    reached: BTreeMap<StageName, BTreeSet<CaseId>>,
    stays: BTreeMap<StageName, Vec<u32>>,
    ended_by: BTreeMap<String, u64>,
}

/// Open cases at the end of a month.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Month {
    /// The day.
    pub on: Date,
    /// All open cases.
    pub open: usize,
    /// By stage, in the order of the workflow file; stages without one are left out.
    pub by_stage: BTreeMap<String, usize>,
    /// By area; `none` while it is not known.
    pub by_area: BTreeMap<String, usize>,
    /// People outside the council who own a stage, and the most cases one of them has.
    pub keyworkers: usize,
    /// See above.
    pub most_for_one: usize,
}

/// A line of the funnel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reached {
    /// The stage.
    pub stage: StageName,
    /// Its title.
    pub title: String,
    /// Cases that came there at least once.
    pub cases: usize,
    /// Cases that are there at the end.
    pub now: usize,
}

/// How long cases stay in a stage, in days; of those that have left it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Stay {
    /// The stage.
    pub stage: StageName,
    /// Its title.
    pub title: String,
    /// Stays that have ended.
    pub stays: usize,
    /// Half are shorter.
    pub median_days: u32,
    /// One in ten is longer.
    pub nine_in_ten_days: u32,
    /// The longest.
    pub longest_days: u32,
}

impl Month {
    /// The same month of another part of the county, which has keyworkers of its own.
    fn join(&mut self, other: Self) {
        self.open += other.open;
        for (stage, cases) in other.by_stage {
            *self.by_stage.entry(stage).or_default() += cases;
        }
        for (area, cases) in other.by_area {
            *self.by_area.entry(area).or_default() += cases;
        }
        self.keyworkers += other.keyworkers;
        self.most_for_one = self.most_for_one.max(other.most_for_one);
    }
}

impl Tally {
    pub(super) fn event(&mut self, at: Instant) {
        self.events += 1;
        self.last_at = Some(at);
    }
    pub(super) fn letter(&mut self, name: &str) {
        *self.letters.entry(name.to_owned()).or_default() += 1;
    }
    pub(super) fn recorded(&mut self, name: &str) {
        *self.moves.entry(name.to_owned()).or_default() += 1;
    }
    pub(super) fn fired(&mut self, late_seconds: i64) {
        self.timers_fired += 1;
        self.latest_seconds = self.latest_seconds.max(late_seconds);
    }
    /// A mail has come to an end.
    pub fn mail(&mut self, end: &str) {
        *self.mails.entry(end.to_owned()).or_default() += 1;
    }
    pub(super) fn stage(
        &mut self,
        case: CaseId,
        from: Option<(&StageName, Instant)>,
        to: &StageName,
        because: &str,
        at: Instant,
    ) {
        if let Some((stage, since)) = from {
            let days = (london_date(at) - london_date(since)).get_days();
            self.stays.entry(stage.clone()).or_default().push(u32::try_from(days).unwrap_or(0));
        }
        self.reached.entry(to.clone()).or_default().insert(case);
        *self.ended_by.entry(format!("{to}: {because}")).or_default() += 1;
    }

    /// Adds what was counted of another part of the county.
    pub fn join(&mut self, other: Self) {
        fn add<K: Ord>(to: &mut BTreeMap<K, u64>, from: BTreeMap<K, u64>) {
            for (what, count) in from {
                *to.entry(what).or_default() += count;
            }
        }
        self.events += other.events;
        self.last_at = self.last_at.max(other.last_at);
        self.timers_fired += other.timers_fired;
        self.latest_seconds = self.latest_seconds.max(other.latest_seconds);
        add(&mut self.letters, other.letters);
        add(&mut self.moves, other.moves);
        add(&mut self.mails, other.mails);
        add(&mut self.ended_by, other.ended_by);
        for (stage, cases) in other.reached {
            self.reached.entry(stage).or_default().extend(cases);
        }
        for (stage, days) in other.stays {
            self.stays.entry(stage).or_default().extend(days);
        }
        for (month, more) in self.months.iter_mut().zip(other.months) {
            month.join(more);
        }
    }

    /// Counts the open cases on the last day of a month.
    pub fn month(&mut self, on: Date, lifecycle: &Lifecycle, cases: &BTreeMap<CaseId, Seen>) {
        let is_open = |seen: &&Seen| lifecycle.stage(&seen.stage).is_some_and(|stage| stage.kind == StageKind::Open);
        let mut month =
            Month { on, open: 0, by_stage: BTreeMap::new(), by_area: BTreeMap::new(), keyworkers: 0, most_for_one: 0 };
        let mut holders: BTreeMap<&str, usize> = BTreeMap::new();
        let own = |role: &crate::domain::ids::RoleName| lifecycle.stages.iter().any(|stage| stage.owner.as_ref() == Some(role));
        for seen in cases.values().filter(is_open) {
            month.open += 1;
            *month.by_stage.entry(seen.stage.to_string()).or_default() += 1;
            let area = seen.area.as_ref().map_or("none", |area| area.as_str());
            *month.by_area.entry(area.to_owned()).or_default() += 1;
            for (_, address) in seen.holders.iter().filter(|(role, _)| own(role)) {
                *holders.entry(address).or_default() += 1;
            }
        }
        (month.keyworkers, month.most_for_one) = (holders.len(), holders.values().copied().max().unwrap_or(0));
        self.months.push(month);
    }

    /// Every stage in the order of the workflow file, with how many cases came there and how many are there.
    #[must_use]
    pub fn funnel(&self, lifecycle: &Lifecycle, cases: &BTreeMap<CaseId, Seen>) -> Vec<Reached> {
        let line = |stage: &crate::domain::workflow::Stage| Reached {
            stage: stage.name.clone(),
            title: stage.title.clone(),
            cases: self.reached.get(&stage.name).map_or(0, BTreeSet::len),
            now: cases.values().filter(|seen| seen.stage == stage.name).count(),
        };
        lifecycle.stages.iter().map(line).collect()
    }

    /// Every stage in the order of the workflow file that some case has left, with how long they stayed.
    #[must_use]
    pub fn stays(&self, lifecycle: &Lifecycle) -> Vec<Stay> {
        let line = |stage: &crate::domain::workflow::Stage| {
            let mut days = self.stays.get(&stage.name)?.clone();
            days.sort_unstable();
            let at = |tenths: usize| days.get((days.len() - 1) * tenths / 10).copied().unwrap_or(0);
            Some(Stay {
                stage: stage.name.clone(),
                title: stage.title.clone(),
                stays: days.len(),
                median_days: at(5),
                nine_in_ten_days: at(9),
                longest_days: at(10),
            })
        };
        lifecycle.stages.iter().filter_map(line).collect()
    }

    /// By which moves and rules cases came to a final stage.
    #[must_use]
    pub fn ended_by(&self, lifecycle: &Lifecycle) -> BTreeMap<String, u64> {
        let last =
            |name: &str| lifecycle.stages.iter().any(|stage| stage.kind == StageKind::Final && stage.name.as_str() == name);
        let line = |(way, count): (&String, &u64)| {
            let (to, because) = way.split_once(": ")?;
            last(to).then(|| (because.to_owned(), *count))
        };
        self.ended_by.iter().filter_map(line).collect()
    }
}
