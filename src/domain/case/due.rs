//! Which day a case, or a letter of it, is about.

use crate::domain::case::timers::rung_due_on;
use crate::domain::case::{ArmedTimer, Case};
use crate::domain::ids::{LetterName, TimerName};
use crate::domain::time::{Calendar, Date};
use crate::domain::workflow::{Lifecycle, Rung, TimerDef};

/// The next dated action of the case and the timer it belongs to. While a timer only warns, its action is the day warned of.
#[must_use]
pub fn next_due(case: &Case) -> Option<(Date, &TimerName)> {
    let day = |armed: &ArmedTimer| armed.due_on.max(armed.anchor);
    case.timers.values().map(|armed| (day(armed), &armed.timer)).min()
}

/// The day by which the main duty of the case is to be done: of the first timer of the workflow file that runs. It stays
/// where it is when it has passed.
#[must_use]
pub fn deadline(case: &Case, lifecycle: &Lifecycle, calendar: &Calendar) -> Option<Date> {
    running(case, lifecycle).next().map(|(definition, armed)| deadline_of(case, definition, armed.anchor, calendar))
}

/// The day a letter of the case is about: the deadline of the timer that calls it, or else that of the case.
#[must_use]
pub fn deadline_of_letter(case: &Case, lifecycle: &Lifecycle, calendar: &Calendar, letter: &LetterName) -> Option<Date> {
    running(case, lifecycle)
        .filter(|(definition, _)| calls(case, definition, letter))
        .map(|(definition, armed)| deadline_of(case, definition, armed.anchor, calendar))
        .min()
        .or_else(|| deadline(case, lifecycle, calendar))
}

/// The day of the next step of the timers that call a letter of the case.
#[must_use]
pub fn next_rung_of_letter(case: &Case, lifecycle: &Lifecycle, letter: &LetterName) -> Option<Date> {
    let calling = running(case, lifecycle).filter(|(definition, _)| calls(case, definition, letter));
    calling.map(|(_, armed)| armed.due_on).min()
}

fn calls(case: &Case, definition: &TimerDef, letter: &LetterName) -> bool {
    let ladder = definition.ladder_in(case.area.as_ref());
    let rungs = ladder.rungs.iter().chain(&ladder.again);
    rungs.flat_map(|rung| &rung.letters).any(|called| called == letter)
}

/// Running timers in the order of the workflow file.
pub(super) fn running<'a>(case: &'a Case, lifecycle: &'a Lifecycle) -> impl Iterator<Item = (&'a TimerDef, &'a ArmedTimer)> {
    lifecycle.timers.iter().filter_map(|definition| Some((definition, case.timers.get(&definition.name)?)))
}

/// The day of the rung called `due`; without one, of the first rung that is no warning; else the day counted from.
pub(super) fn deadline_of(case: &Case, definition: &TimerDef, anchor: Date, calendar: &Calendar) -> Date {
    let rungs = &definition.ladder_in(case.area.as_ref()).rungs;
    let named = |rung: &&Rung| rung.name == "due" && !is_warning(rung);
    let rung = rungs.iter().find(named).or_else(|| rungs.iter().find(|rung| !is_warning(rung)));
    rung.map_or(anchor, |rung| rung_due_on(rung, anchor, calendar))
}

/// A rung before the day counted from.
pub(super) fn is_warning(rung: &Rung) -> bool {
    [rung.working_days, rung.days, rung.months].into_iter().flatten().any(|count| count < 0)
}
