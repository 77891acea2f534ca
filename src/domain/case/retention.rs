//! Until when the record of a closed case is kept, by the rule of the programme's folder.

use jiff::ToSpan;

use crate::domain::case::Case;
use crate::domain::time::Date;
use crate::domain::workflow::{Lifecycle, StageKind};

/// The last day, inclusive, on which the record of `case` is kept; `None` while it is open, where the folder names no rule, and where the
/// rule asks for birthdays that nobody knows: then a person decides.
#[must_use]
pub fn kept_until(case: &Case, lifecycle: &Lifecycle) -> Option<Date> {
    let rule = lifecycle.retention.as_ref()?;
    lifecycle.stage(&case.stage).filter(|stage| stage.kind == StageKind::Final)?;
    let closing = case.stage_entered_on.checked_add(i64::from(rule.years).years()).ok()?;
    let Some(age) = rule.until_child_is else { return Some(closing) };
    // Nobody's youngest child can be told from a family of which nothing is known.
    let members = &case.family.members;
    if members.is_empty() {
        return None;
    }
    let mut last = closing;
    for person in members.iter().map(|member| &member.person).filter(|person| person.child != Some(false)) {
        let born = person.born_on.as_ref().or(person.expected_on.as_ref())?;
        last = last.max(born.reveal().checked_add(i64::from(age).years()).ok()?);
    }
    Some(last)
}
