//! What a meeting is asked about a case, in words without personal data.

use crate::domain::case::{Case, World};
use crate::domain::time::Date;
use crate::domain::workflow::{AgendaRule, FactValue, MeetingDef};

/// A case on an agenda.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgendaEntry {
    /// What is asked of the meeting.
    pub asks: String,
    /// Since when it waits for it.
    pub since: Date,
    /// Working days until the meeting.
    pub working_days: i32,
    /// A person has listed it for this day, or an earlier one.
    pub listed: bool,
    /// What other agencies have said so far, in counts; empty when nobody was asked.
    pub checks: String,
    /// How many things the nomination still misses.
    pub missing: usize,
}

/// Why `case` stands on the agenda of `meeting` on `day`; `None` when it does not. `next` is the next meeting there is: whatever
/// waits and is not listed for another day comes to that one.
#[must_use]
pub fn agenda_entry(case: &Case, meeting: &MeetingDef, (day, next): (Date, Date), world: &World<'_>) -> Option<AgendaEntry> {
    let stage = world.lifecycle.stage(&case.stage)?;
    let listed = match case.facts.get(&meeting.listed) {
        Some(FactValue::Date(on)) => Some(*on),
        _ => None,
    };
    let fits = |rule: &&AgendaRule| {
        let runs = rule.timer.as_ref().is_some_and(|timer| case.timers.contains_key(timer));
        rule.stages.contains(&case.stage) || runs
    };
    let rule = meeting.agenda.iter().find(fits)?;
    let comes = match listed {
        // Passed over at an earlier meeting: it comes to the next one.
        Some(on) if on < next => day == next,
        Some(on) => on == day,
        None => day == next,
    };
    if !comes || stage.kind == crate::domain::workflow::StageKind::Final {
        return None;
    }
    let armed = rule.timer.as_ref().and_then(|timer| case.timers.get(timer)).map(|armed| armed.anchor);
    let since = armed.filter(|_| !rule.stages.contains(&case.stage)).unwrap_or(case.stage_entered_on);
    Some(AgendaEntry {
        asks: rule.asks.clone(),
        since,
        working_days: world.calendar.working_days_between(since, day),
        listed: listed.is_some(),
        checks: checks_in_words(case),
        missing: case.missing.len(),
    })
}

/// `4 of 6 agencies have answered`.
fn checks_in_words(case: &Case) -> String {
    let checks = &case.family.checks;
    if checks.is_empty() {
        return String::new();
    }
    let answered = checks.values().filter(|check| check.answer.is_some()).count();
    let known = checks.values().filter(|check| check.answer == Some(crate::domain::case::family::CheckAnswer::Known)).count();
    let knows = match known {
        0 => String::new(),
        1 => ", 1 knows the family".to_owned(),
        many => format!(", {many} know the family"),
    };
    format!("{answered} of {} agencies have answered{knows}", checks.len())
}

impl AgendaEntry {
    /// In one line, for a letter: what is asked, since when, what is known.
    #[must_use]
    pub fn says(&self) -> String {
        let days = match self.working_days {
            1 => "1 working day".to_owned(),
            days => format!("{days} working days"),
        };
        let mut says = format!("{}, waits for {days}", self.asks);
        if !self.checks.is_empty() {
            says.push_str(", ");
            says.push_str(&self.checks);
        }
        match self.missing {
            0 => {}
            1 => says.push_str(", 1 thing is missing"),
            many => says.push_str(&format!(", {many} things are missing")),
        }
        says
    }
}
