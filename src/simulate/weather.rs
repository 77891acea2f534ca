//! What happens to a programme from outside on a day: the program is down, a clock goes wrong, people come and go, the calendar or
//! the rules change. Drawn from the seed alone, so that the same seed meets the same weather.

use crate::demo::dice::Dice;
use crate::domain::time::{Calendar, Date};

/// The weather of one simulation.
#[derive(Debug, Clone)]
pub struct Weather {
    dice: Dice,
    first: Date,
    days: i64,
    /// Days on which the program does not run.
    down: Vec<bool>,
}

/// Something that happens on a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Happening {
    /// The machine's clock stands an hour behind for some hours.
    ClockBehind,
    /// An Area Officer leaves; the area (counted from 0) has none until the next begins.
    OfficerLeaves(usize),
    /// A new Area Officer begins.
    OfficerBegins(usize),
    /// A keyworker leaves their agency with all their families.
    KeyworkerLeaves(u64),
    /// The council says that it is closed on a day to come: the calendar changes.
    NewClosure(Date),
    /// Another rule pack is in force from today.
    NewRules,
}

/// Days an Area Officer's place stays empty.
const PLACE_EMPTY_DAYS: u64 = 25;
/// Longest time the program is down, in days.
const DOWN_DAYS_MAX: u64 = 5;

impl Weather {
    /// The weather of `days` days from `first`.
    #[must_use]
    pub fn new(dice: Dice, first: Date, days: i64) -> Self {
        let mut weather = Self { dice, first, days, down: Vec::new() };
        weather.down = weather.outages();
        weather
    }

    /// Three outages a year, each of one to five days; never on the first days, never on the last.
    fn outages(&self) -> Vec<bool> {
        let length = usize::try_from(self.days).unwrap_or(0);
        let mut down = vec![false; length];
        for number in 0..self.years() * 3 {
            let begin = 20 + self.dice.below(format_args!("outage|{number}"), self.span());
            let lasts = 1 + self.dice.below(format_args!("outage lasts|{number}"), DOWN_DAYS_MAX);
            for day in begin..begin + lasts {
                let day = usize::try_from(day).unwrap_or(usize::MAX);
                if day + 3 < length {
                    down[day] = true;
                }
            }
        }
        down
    }

    fn years(&self) -> u64 {
        u64::try_from(self.days / 365).unwrap_or(0).max(1)
    }
    fn span(&self) -> u64 {
        u64::try_from(self.days).unwrap_or(1).max(1)
    }
    fn number(&self, day: Date) -> i64 {
        i64::from((day - self.first).get_days())
    }

    /// Whether the program is down on `day`.
    #[must_use]
    pub fn is_down(&self, day: Date) -> bool {
        usize::try_from(self.number(day)).ok().and_then(|number| self.down.get(number)).copied().unwrap_or(false)
    }

    /// What happens on `day`, with `areas` areas and under `calendar`.
    #[must_use]
    pub fn on(&self, day: Date, areas: usize, calendar: &Calendar) -> Vec<Happening> {
        let number = self.number(day);
        let mut all = Vec::new();
        if number == self.days / 2 {
            all.push(Happening::NewRules);
        }
        if self.dice.below(format_args!("clock|{day}"), 180) == 0 {
            all.push(Happening::ClockBehind);
        }
        for area in 0..areas {
            if self.leaves(area, number) {
                all.push(Happening::OfficerLeaves(area));
            }
            let empty = 1 + self.dice.below(format_args!("place empty|{area}"), PLACE_EMPTY_DAYS);
            if self.leaves(area, number - i64::try_from(empty).unwrap_or(1)) {
                all.push(Happening::OfficerBegins(area));
            }
        }
        if calendar.is_working_day(day) {
            if self.dice.below(format_args!("keyworker|{day}"), 30) == 0 {
                all.push(Happening::KeyworkerLeaves(self.dice.number(format_args!("which keyworker|{day}"))));
            }
            if self.dice.below(format_args!("closure|{day}"), 150) == 0 {
                let ahead = 10 + i64::try_from(self.dice.below(format_args!("closure ahead|{day}"), 40)).unwrap_or(0);
                let closed = day.checked_add(jiff::Span::new().days(ahead)).unwrap_or(day);
                if calendar.is_working_day(closed) {
                    all.push(Happening::NewClosure(closed));
                }
            }
        }
        all
    }

    /// About once in two years in each area.
    fn leaves(&self, area: usize, number: i64) -> bool {
        number > 10 && number < self.days - 40 && self.dice.below(format_args!("officer|{area}|{number}"), 700) == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_meets_the_same_weather_and_nothing_is_down_at_the_end() {
        let first = jiff::civil::date(2015, 4, 1);
        let weather = |seed| Weather::new(Dice::new(seed), first, 365);
        let days: Vec<Date> = (0..365).map(|day| first.checked_add(jiff::Span::new().days(day)).unwrap()).collect();
        let told = |weather: &Weather| -> Vec<_> {
            days.iter().map(|day| (weather.is_down(*day), weather.on(*day, 6, &Calendar::default()))).collect()
        };
        assert_eq!(told(&weather(7)), told(&weather(7)));
        assert_ne!(told(&weather(7)), told(&weather(8)));
        for seed in 0..50 {
            let weather = weather(seed);
            assert!(days.iter().any(|day| weather.is_down(*day)), "seed {seed}: it is down some day");
            assert!(days.iter().rev().take(3).all(|day| !weather.is_down(*day)), "seed {seed}: it is up at the end");
        }
    }
}
