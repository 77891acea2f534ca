//! People of a made-up county: who records what, and when. Data in files under `assets/`, drawn by [`Dice`]; the moves go through the
//! same door as `case record`. The program itself never acts for anybody.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::demo::dice::Dice;
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
/// Days looked ahead for an allocations meeting: they are on Thursdays.
const MEETING_DAYS: i64 = 14;

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

/// Who can be named for a family, each as `Name <address>`.
#[derive(Debug, Clone)]
pub struct Cast {
    /// Keyworkers.
    pub keyworkers: Vec<String>,
    /// Contacts of lead agencies.
    pub lead_agencies: Vec<String>,
}

/// Everybody of the county.
#[derive(Debug, Clone)]
pub struct Actors {
    habits: Vec<Habit>,
    dice: Dice,
    cast: Cast,
}

impl Actors {
    /// The people of the shipped file, drawing from `seed`.
    #[must_use]
    pub fn shipped(seed: u64) -> Self {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        Self::of(SHIPPED, seed, Cast { keyworkers: owned(KEYWORKERS), lead_agencies: owned(LEAD_AGENCIES) })
    }

    /// The people of another file of the same form.
    ///
    /// # Panics
    /// When `habits` has another form; it is a file of the program.
    #[must_use]
    pub fn of(habits: &str, seed: u64, cast: Cast) -> Self {
        let habits = serde_saphyr::from_str(habits).expect("the file is tested to parse");
        Self { habits, dice: Dice::new(seed), cast }
    }

    /// Who can be named; who joins or leaves is put in or taken out here.
    pub fn cast_mut(&mut self) -> &mut Cast {
        &mut self.cast
    }

    /// Everything anybody would record on `case` today, likeliest first. The first that is not refused happens.
    #[must_use]
    pub fn wishes(&self, case: &Case, world: &World<'_>) -> Vec<Doing> {
        let today = |habit: &Habit, due: Date| if habit.only_that_day { due == world.today } else { due <= world.today };
        self.due(case, world)
            .filter(|(habit, due)| today(habit, *due) && self.knows_whom(habit, case, world))
            .map(|(habit, _)| Doing {
                name: habit.name.clone(),
                role: habit.role.clone(),
                answers: habit.answers.iter().map(|(ask, text)| (ask.clone(), self.answer(text, case, world))).collect(),
                because: habit.because.clone(),
            })
            .collect()
    }

    /// Whether what the answers point at is there: nobody agrees an action for a need that the case has not.
    fn knows_whom(&self, habit: &Habit, case: &Case, world: &World<'_>) -> bool {
        let points = |text: &&String| text.starts_with('@') && (text.ends_with(".member") || !text.contains('.'));
        habit.answers.values().filter(points).all(|text| !self.answer(text, case, world).is_empty())
    }

    /// The next day after today on which somebody would record something on `case`, should nothing else happen to it.
    #[must_use]
    pub fn next_look(&self, case: &Case, world: &World<'_>) -> Option<Date> {
        let tomorrow = world.today.tomorrow().ok()?;
        let later = |(habit, due): (&Habit, Date)| {
            if habit.only_that_day { Some(due).filter(|due| *due >= tomorrow) } else { Some(due.max(tomorrow)) }
        };
        self.due(case, world).filter_map(later).min()
    }

    /// Habits that bear on `case` as it stands, with the day each is acted on.
    fn due<'s>(&'s self, case: &'s Case, world: &'s World<'_>) -> impl Iterator<Item = (&'s Habit, Date)> {
        self.habits.iter().enumerate().filter_map(move |(index, habit)| Some((habit, self.due_of(index, habit, case, world)?)))
    }

    fn due_of(&self, index: usize, habit: &Habit, case: &Case, world: &World<'_>) -> Option<Date> {
        let here = habit.stage.as_ref().is_none_or(|stage| *stage == case.stage);
        let definition = world.lifecycle.find_move(&habit.name)?;
        if !here || !(definition.from.is_empty() || definition.from.contains(&case.stage)) {
            return None;
        }
        let anchor = since(&habit.since, case)?;
        let met = |condition: &Condition<FactTest>| crate::domain::case::truth(case, condition) == Truth::Met;
        if !habit.when.as_ref().is_none_or(met) || !definition.guard.as_ref().is_none_or(met) {
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
        Some(world.calendar.add_working_days(anchor, days))
    }

    fn answer(&self, text: &str, case: &Case, world: &World<'_>) -> String {
        let filled = super::needs::filled(text, case, world);
        let (text, today) = (filled.as_str(), world.today);
        let pick = |list: &[String], on: Date, what: &str| {
            let index = self.draw(case, 0, on, what) % u64::try_from(list.len()).unwrap_or(1).max(1);
            list.get(usize::try_from(index).unwrap_or(0)).cloned().unwrap_or_default()
        };
        match text {
            "a_keyworker" => pick(&self.cast.keyworkers, case.opened_on, "keyworker"),
            "another_keyworker" => pick(&self.cast.keyworkers, today, "keyworker"),
            "a_lead_agency" => pick(&self.cast.lead_agencies, case.opened_on, "lead agency"),
            "an_area" => {
                let others = world.geography.areas.iter().filter(|area| Some(&area.name) != case.area.as_ref());
                let others: Vec<String> = others.map(|area| area.name.to_string()).collect();
                pick(&others, today, "area")
            }
            "first_missing" => case.missing.first().cloned().unwrap_or_default(),
            "next_meeting" => next_meeting(world).to_string(),
            "today" => today.to_string(),
            dated => dated
                .strip_prefix("today+")
                .and_then(|days| days.parse::<i64>().ok())
                .and_then(|days| today.checked_add(jiff::Span::new().days(days)).ok())
                .map_or_else(|| dated.to_owned(), |date| date.to_string()),
        }
    }

    fn draw(&self, case: &Case, index: usize, anchor: Date, what: &str) -> u64 {
        self.dice.number(format_args!("{}|{index}|{anchor}|{what}", case.reference))
    }
}

/// The next Thursday on which people work.
fn next_meeting(world: &World<'_>) -> Date {
    let day = |ahead: i64| world.today.checked_add(jiff::Span::new().days(ahead)).unwrap_or(world.today);
    let meets = |day: &Date| day.weekday() == jiff::civil::Weekday::Thursday && world.calendar.is_working_day(*day);
    (1..=MEETING_DAYS).map(day).find(meets).unwrap_or_else(|| world.calendar.add_working_days(world.today, 5))
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
