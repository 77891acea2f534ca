//! The people of the sample county: what each records, and when. Data (`assets/demo/actors.yaml`), drawn by a seed.
//!
//! Pure. They see a case as anybody with their role sees it and answer with a move, which then goes through the same door as
//! `case record`. The program itself never acts for anybody.

use std::collections::BTreeMap;

use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::domain::case::{Case, World};
use crate::domain::ids::{AskName, FactName, MoveName, RoleName, StageName};
use crate::domain::rules::{Condition, Truth};
use crate::domain::time::Date;
use crate::domain::workflow::{FactTest, FactValue};

const SHIPPED: &str = include_str!("../../assets/demo/actors.yaml");

/// Keyworkers and lead agencies of the sample county; every one made up.
const KEYWORKERS: &[&str] = &[
    "Bryony Threlkeld <b.threlkeld@fellside-family.example.org>",
    "Callum Nixon <c.nixon@harbour-schools.example.org>",
    "Deepa Varma <d.varma@beck-health.example.org>",
    "Ewan Mossop <e.mossop@solway-homes.example.org>",
];
const LEAD_AGENCIES: &[&str] = &[
    "Freya Oyelaran <f.oyelaran@fellside-family.example.org>",
    "Gareth Hodgson <g.hodgson@harbour-schools.example.org>",
    "Hana Birkett <h.birkett@solway-homes.example.org>",
];

/// One line of the file.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Habit {
    #[serde(default)]
    stage: Option<StageName>,
    #[serde(rename = "move")]
    name: MoveName,
    #[serde(rename = "as")]
    role: RoleName,
    since: String,
    after: (i32, i32),
    share: u64,
    #[serde(default)]
    slow: u64,
    #[serde(default)]
    slow_days: i32,
    #[serde(default)]
    only_that_day: bool,
    #[serde(default)]
    when: Option<Condition<FactTest>>,
    #[serde(default)]
    because: Option<String>,
    #[serde(default)]
    answers: BTreeMap<AskName, String>,
}

/// A move somebody is about to record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Doing {
    /// Which.
    pub name: MoveName,
    /// In which role.
    pub role: RoleName,
    /// Answers, as typed.
    pub answers: BTreeMap<AskName, String>,
    /// Why, where the move asks.
    pub because: Option<String>,
}

/// Everybody of the county.
#[derive(Debug, Clone)]
pub struct Actors {
    habits: Vec<Habit>,
    seed: u64,
}

impl Actors {
    /// The people of the shipped file, drawing from `seed`.
    #[must_use]
    pub fn shipped(seed: u64) -> Self {
        let habits = serde_saphyr::from_str(SHIPPED).expect("the shipped file is tested to parse");
        Self { habits, seed }
    }

    /// Everything anybody would record on `case` today, likeliest first. The first that is not refused happens.
    #[must_use]
    pub fn wishes(&self, case: &Case, world: &World<'_>) -> Vec<Doing> {
        self.habits.iter().enumerate().filter_map(|(index, habit)| self.wish(index, habit, case, world)).collect()
    }

    fn wish(&self, index: usize, habit: &Habit, case: &Case, world: &World<'_>) -> Option<Doing> {
        let here = habit.stage.as_ref().is_none_or(|stage| *stage == case.stage);
        let wanted = habit.when.as_ref().is_none_or(|when| crate::domain::case::test(case, when).truth == Truth::Met);
        let anchor = since(&habit.since, case)?;
        if !here || !wanted {
            return None;
        }
        let draw = |what: &str| self.draw(case, index, anchor, what);
        if draw("share") % 100 >= habit.share {
            return None;
        }
        let (least, most) = habit.after;
        let spread = u64::try_from(most - least + 1).unwrap_or(1);
        let mut days = least + i32::try_from(draw("days") % spread).unwrap_or(0);
        if draw("slow") % 100 < habit.slow {
            days += habit.slow_days;
        }
        let due = world.calendar.add_working_days(anchor, days);
        let now = if habit.only_that_day { world.today == due } else { world.today >= due };
        now.then(|| Doing {
            name: habit.name.clone(),
            role: habit.role.clone(),
            answers: habit
                .answers
                .iter()
                .map(|(ask, text)| (ask.clone(), self.answer(&super::needs::filled(text, case, world), case, world.today)))
                .collect(),
            because: habit.because.clone(),
        })
    }

    fn answer(&self, text: &str, case: &Case, today: Date) -> String {
        let pick = |list: &[&str], what: &str| {
            let index = self.draw(case, 0, case.opened_on, what) % u64::try_from(list.len()).unwrap_or(1);
            list[usize::try_from(index).unwrap_or(0)].to_owned()
        };
        match text {
            "a_keyworker" => pick(KEYWORKERS, "keyworker"),
            "a_lead_agency" => pick(LEAD_AGENCIES, "lead agency"),
            "first_missing" => case.missing.first().cloned().unwrap_or_default(),
            "today" => today.to_string(),
            dated => dated
                .strip_prefix("today+")
                .and_then(|days| days.parse::<i64>().ok())
                .and_then(|days| today.checked_add(jiff::Span::new().days(days)).ok())
                .map_or_else(|| dated.to_owned(), |date| date.to_string()),
        }
    }

    fn draw(&self, case: &Case, index: usize, anchor: Date, what: &str) -> u64 {
        let mut hash = Sha256::new();
        hash.update(format!("{}|{}|{index}|{anchor}|{what}", self.seed, case.reference));
        let bytes: [u8; 32] = hash.finalize().into();
        u64::from_be_bytes(bytes[..8].try_into().expect("eight of thirty-two bytes"))
    }
}

fn since(what: &str, case: &Case) -> Option<Date> {
    if what == "stage" {
        return Some(case.stage_entered_on);
    }
    match case.facts.get(&FactName::new(what).ok()?) {
        Some(FactValue::Date(date)) => Some(*date),
        _ => None,
    }
}
