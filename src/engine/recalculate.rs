//! A changed calendar moves the deadlines that run, and each says why. A case that cannot be moved holds up no other.

use std::collections::BTreeSet;

use crate::domain::case::{Command, Event};
use crate::domain::time::{Date, london_date, long_date};
use crate::domain::workflow::RequestKind;
use crate::engine::outgoing::Pace;
use crate::engine::requests::ACKNOWLEDGE;
use crate::engine::{Engine, EngineError};
use crate::store::{CaseFilter, CaseKey, TaskFilter};

/// The note that holds the days off by which the deadlines were counted last.
const CALENDAR: &str = "calendar_days_off";
/// Days named in a sentence; more are counted.
const NAMED_MAX: usize = 3;

impl Engine {
    /// Counts running deadlines anew when the calendar's days off are not those of the last time. Returns how many moved.
    ///
    /// # Errors
    /// The store's; then it is tried again whole, which moves nothing twice.
    pub async fn recalculate_if_changed(&self) -> Result<usize, EngineError> {
        let calendar = &self.programme.calendar;
        let kept = self.store.get_note(CALENDAR).await?;
        let before = kept.as_deref().and_then(|text| serde_json::from_str::<BTreeSet<Date>>(text).ok());
        let text = serde_json::to_string(&calendar.closed)?;
        let Some(before) = before else {
            self.store.set_note(CALENDAR, &text).await?;
            return Ok(0);
        };
        if before == calendar.closed {
            return Ok(0);
        }
        let because = what_changed(&before, &calendar.closed, &calendar.version);
        let mut moved = 0;
        for row in self.store.cases(&CaseFilter::default()).await?.into_iter().filter(|row| !row.closed) {
            let command = Command::Recalculate { because: because.clone() };
            match self.perform(&CaseKey::Id(row.id), &command, Pace::Usual).await {
                Ok(done) => moved += done.events.iter().filter(|event| matches!(event, Event::TimerArmed { .. })).count(),
                Err(EngineError::Store(error)) if !error.is_of_one_row() => return Err(error.into()),
                Err(error) => tracing::error!(case = %row.reference, error = %error, "its deadlines could not be counted anew"),
            }
        }
        moved += self.recalculate_requests().await?;
        self.store.set_note(CALENDAR, &text).await?;
        tracing::info!(moved, because, "deadlines counted anew");
        Ok(moved)
    }

    /// Requests have their clock on the worklist.
    async fn recalculate_requests(&self) -> Result<usize, EngineError> {
        let mut moved = 0;
        for task in self.store.tasks(&TaskFilter::default()).await? {
            let Some(mail) = task.mail.filter(|_| task.case.is_none()) else { continue };
            let (key, acknowledges) =
                task.key.strip_suffix(ACKNOWLEDGE).map_or((task.key.as_str(), false), |request| (request, true));
            let Some(kind) = RequestKind::ALL.into_iter().find(|kind| key.ends_with(&format!(":{}", kind.as_str()))) else {
                continue;
            };
            let Some(row) = self.store.mail(mail).await? else { continue };
            let (request, received_on) = (self.programme.desk.request(kind), london_date(row.received_at));
            let due_on = if acknowledges {
                request.acknowledge_on(received_on, &self.programme.calendar).unwrap_or(task.due_on)
            } else {
                request.due_on(received_on, &self.programme.calendar)
            };
            if due_on != task.due_on {
                self.store.move_task(task.id, due_on).await?;
                moved += 1;
            }
        }
        Ok(moved)
    }
}

/// `the calendar changed (2026.2): Tuesday 29 December 2026 is a day off now`.
fn what_changed(before: &BTreeSet<Date>, now: &BTreeSet<Date>, version: &str) -> String {
    let says = |days: Vec<&Date>, one: &str, many: &str| {
        let named: Vec<String> = days.iter().take(NAMED_MAX).map(|day| long_date(**day)).collect();
        match days.len() {
            0 => None,
            1 => Some(format!("{} {one}", named.join(", "))),
            count if count > NAMED_MAX => Some(format!("{} and {} more {many}", named.join(", "), count - NAMED_MAX)),
            _ => Some(format!("{} {many}", named.join(", "))),
        }
    };
    let parts = [
        says(now.difference(before).collect(), "is a day off now", "are days off now"),
        says(before.difference(now).collect(), "is a working day again", "are working days again"),
    ];
    format!("the calendar changed ({version}): {}", parts.into_iter().flatten().collect::<Vec<_>>().join("; "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_changed_names_the_days() {
        let days = |list: &[&str]| list.iter().map(|day| day.parse().unwrap()).collect::<BTreeSet<Date>>();
        let check = |before: &[&str], now: &[&str], expected: &str| {
            assert_eq!(what_changed(&days(before), &days(now), "2"), format!("the calendar changed (2): {expected}"));
        };
        check(&[], &["2026-12-29"], "Tuesday 29 December 2026 is a day off now");
        check(&["2026-12-29"], &[], "Tuesday 29 December 2026 is a working day again");
        let week = ["2026-12-28", "2026-12-29", "2026-12-30", "2026-12-31"];
        check(
            &[],
            &week,
            "Monday 28 December 2026, Tuesday 29 December 2026, Wednesday 30 December 2026 and 1 more are days off now",
        );
    }
}
