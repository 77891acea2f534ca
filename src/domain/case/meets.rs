//! Meetings of a case that stand in calendars: which letter is owed when one goes away, moves, stands again or gets another reader.

use crate::domain::case::{Case, World, guard};
use crate::domain::ids::{LetterName, RoleName};
use crate::domain::personal::Personal;
use crate::domain::time::Date;
use crate::domain::time::{Calendar, Instant, time_of_day};
use crate::domain::workflow::{FactValue, LetterDef, Lifecycle, MeetingOfCase, StageKind};

/// A meeting as the readers of its invitation have it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Meets {
    /// The day.
    pub day: Date,
    /// The time of day, when one is said.
    pub at: Option<String>,
    /// Which of several meetings of this kind.
    pub number: i64,
    /// Who of the case is invited, by role.
    readers: Vec<(RoleName, Personal<String>)>,
}

impl Meets {
    /// The same meeting on the same day and at the same time, whoever is invited.
    #[must_use]
    pub fn is_unmoved(&self, other: &Self) -> bool {
        (self.day, &self.at, self.number) == (other.day, &other.at, other.number)
    }

    /// It begins after `now`; without a time, on a later day.
    fn is_to_come(&self, calendar: &Calendar, now: Instant, today: Date) -> bool {
        match self.at.as_deref().and_then(time_of_day) {
            Some((hour, minute)) => calendar.at(self.day, hour, minute) > now,
            None => self.day > today,
        }
    }
}

/// The meeting that `letter` invites to, while it stands for `case`; `None` for a letter that invites to none.
#[must_use]
pub fn meets(case: &Case, lifecycle: &Lifecycle, letter: &LetterDef) -> Option<Meets> {
    let meeting = letter.calendar.as_ref().filter(|meeting| !meeting.called_off)?;
    let open = lifecycle.stage(&case.stage).is_some_and(|stage| stage.kind == StageKind::Open);
    let here = meeting.stages.is_empty() || meeting.stages.contains(&case.stage);
    if !open || !here || !guard::holds(case, letter.only_if.as_ref()) {
        return None;
    }
    let Some(FactValue::Date(day)) = case.facts.get(&meeting.day) else { return None };
    let at = meeting.at.as_ref().and_then(|fact| match case.facts.get(fact) {
        Some(FactValue::Word(at)) => Some(at.clone()),
        Some(FactValue::YesNo(_) | FactValue::Count(_) | FactValue::Date(_)) | None => None,
    });
    let readers = letter.to.iter().filter_map(|role| Some((role.clone(), case.holders.get(role)?.contact.address.clone())));
    Some(Meets { day: *day, at, number: number(case, meeting), readers: readers.collect() })
}

fn number(case: &Case, meeting: &MeetingOfCase) -> i64 {
    match meeting.number.as_ref().and_then(|fact| case.facts.get(fact)) {
        Some(FactValue::Count(number)) => *number,
        Some(FactValue::YesNo(_) | FactValue::Date(_) | FactValue::Word(_)) | None => 0,
    }
}

/// Every meeting that a letter can take back, with how it stands.
pub(super) fn standing(case: &Case, lifecycle: &Lifecycle) -> Vec<Option<Meets>> {
    taken_back(lifecycle).map(|(letter, _)| meets(case, lifecycle, letter)).collect()
}

fn taken_back(lifecycle: &Lifecycle) -> impl Iterator<Item = (&LetterDef, &LetterName)> {
    lifecycle.letters.iter().filter_map(|letter| Some((letter, letter.calendar.as_ref()?.taken_back_by.as_ref()?)))
}

/// Letters owed because meetings stand otherwise than `before`. A meeting that has begun is history: nobody takes it out of a calendar.
pub(super) fn letters_owed(before: &[Option<Meets>], case: &Case, world: &World<'_>) -> Vec<LetterName> {
    let to_come = |meets: &Meets| meets.is_to_come(world.calendar, world.now, world.today);
    let mut owed = Vec::new();
    for ((letter, takes_back), before) in taken_back(world.lifecycle).zip(before) {
        let after = meets(case, world.lifecycle, letter);
        let invites = match (before.as_ref().filter(|before| to_come(before)), after.as_ref().filter(|after| to_come(after))) {
            (Some(before), Some(after)) if before.number == after.number => {
                let others = before.readers.iter().any(|reader| !after.readers.contains(reader));
                owed.extend(others.then(|| takes_back.clone()));
                before != after
            }
            (Some(_), after) => {
                owed.push(takes_back.clone());
                after.is_some()
            }
            (None, after) => after.is_some(),
        };
        owed.extend(invites.then(|| letter.name.clone()));
    }
    owed
}
