//! Applies changes of a family. Chooses nothing.

use std::collections::BTreeSet;

use crate::domain::case::family::change::{Evidence, FamilyChange, Progress};
use crate::domain::case::family::{
    Action, ActionEnd, Cell, CellState, Check, Family, FamilyMember, KeptOutSaid, LedgerLine, Standing, ThemeSeen, Tie,
};
use crate::domain::ids::{CriterionName, IndicatorName, MemberKey};
use crate::domain::time::Date;

/// `family` after `change`, in place.
///
/// # Errors
/// What is impossible; the family is then left as it was.
pub(crate) fn apply(family: &mut Family, change: &FamilyChange, on: Date) -> Result<(), &'static str> {
    match change {
        FamilyChange::MemberNamed { member, person } => match family.members.iter_mut().find(|known| known.key == *member) {
            Some(known) => known.person.clone_from(person),
            None => family.members.push(FamilyMember {
                key: member.clone(),
                person: person.clone(),
                identified_on: on,
                left_on: None,
            }),
        },
        FamilyChange::MemberLeft { member, left_on, counted } => {
            let known = family.members.iter_mut().find(|known| known.key == *member).ok_or("no such member is known")?;
            known.left_on = Some(*left_on);
            known.person.counted = *counted;
            known.person.household = Some(false);
        }
        FamilyChange::ThemeShown { member, theme } => {
            family.themes.push(ThemeSeen { member: member.clone(), theme: theme.clone(), ruled_out: false });
        }
        FamilyChange::ThemeRuledOut { member, theme } => {
            let seen = family.themes.iter_mut().find(|seen| seen.member == *member && seen.theme == *theme);
            seen.ok_or("no such theme was shown")?.ruled_out = true;
        }
        FamilyChange::NeedRecorded { member, indicator, theme, evidence, plan } => {
            let fresh = Cell {
                member: member.clone(),
                indicator: indicator.clone(),
                theme: theme.clone(),
                state: CellState::Need,
                met: false,
                decided: false,
                found_on: on,
                state_on: on,
                held_since: None,
                shown: BTreeSet::new(),
            };
            match cell(family, member, indicator) {
                Some(known) => *known = Cell { found_on: known.found_on, ..fresh },
                None => family.cells.push(fresh),
            }
            note(family, (member, indicator), (CellState::Need, &BTreeSet::new()), evidence, (on, plan));
        }
        FamilyChange::ProgressRecorded {
            member,
            indicator,
            progress,
            criteria,
            held_since,
            met,
            decided,
            evidence,
            plan,
            ..
        } => {
            let known = cell(family, member, indicator).ok_or("no such need is recorded")?;
            known.state = state(*progress);
            (known.met, known.decided, known.held_since, known.state_on) = (*met, *decided, *held_since, on);
            if *progress == Progress::Worse {
                known.shown.clear();
            } else {
                known.shown.extend(criteria.iter().cloned());
            }
            note(family, (member, indicator), (state(*progress), criteria), evidence, (on, plan));
        }
        FamilyChange::NeedWaived { member, indicator, evidence, plan } => {
            let known = cell(family, member, indicator).ok_or("no such need is recorded")?;
            (known.state, known.met, known.decided, known.state_on) = (CellState::Waived, false, true, on);
            note(family, (member, indicator), (CellState::Waived, &BTreeSet::new()), evidence, (on, plan));
        }
        FamilyChange::ActionAgreed { .. } | FamilyChange::ActionEnded { .. } | FamilyChange::PlanAgreed { .. } => {
            return apply_to_plan(family, change, on);
        }
        FamilyChange::CheckAsked { .. }
        | FamilyChange::CheckAnswered { .. }
        | FamilyChange::ChecksStopped
        | FamilyChange::AgencyExcluded { .. }
        | FamilyChange::PersonKeptOut { .. } => return apply_to_checks(family, change, on),
        FamilyChange::TieProposed { alike } => {
            family.ties.insert(alike.other.clone(), Tie { standing: Standing::Proposed, on, found: Some(alike.clone()) });
        }
        FamilyChange::TieJudged { other, standing } => {
            let found = family.ties.get(other).and_then(|tie| tie.found.clone());
            family.ties.insert(other.clone(), Tie { standing: *standing, on, found });
        }
    }
    Ok(())
}

fn apply_to_plan(family: &mut Family, change: &FamilyChange, on: Date) -> Result<(), &'static str> {
    match change {
        FamilyChange::ActionAgreed { action, of, what, who, due_on } => {
            let fresh = Action {
                key: action.clone(),
                of: of.clone(),
                what: what.clone(),
                who: who.clone(),
                due_on: *due_on,
                agreed_on: on,
                since_version: family.plan_version + 1,
                ended: None,
            };
            match family.actions.iter_mut().find(|known| known.key == *action) {
                Some(known) => {
                    *known = Action { agreed_on: known.agreed_on, since_version: known.since_version, ..fresh };
                }
                None => family.actions.push(fresh),
            }
        }
        FamilyChange::ActionEnded { action, done, outcome } => {
            let known = family.actions.iter_mut().find(|known| known.key == *action).ok_or("no such action is agreed")?;
            known.ended = Some(ActionEnd { on, done: *done, outcome: outcome.clone() });
        }
        FamilyChange::PlanAgreed { version } => {
            (family.plan_version, family.plan_agreed_on) = (*version, Some(on));
        }
        FamilyChange::MemberNamed { .. }
        | FamilyChange::MemberLeft { .. }
        | FamilyChange::ThemeShown { .. }
        | FamilyChange::ThemeRuledOut { .. }
        | FamilyChange::NeedRecorded { .. }
        | FamilyChange::ProgressRecorded { .. }
        | FamilyChange::NeedWaived { .. }
        | FamilyChange::CheckAsked { .. }
        | FamilyChange::CheckAnswered { .. }
        | FamilyChange::ChecksStopped
        | FamilyChange::AgencyExcluded { .. }
        | FamilyChange::PersonKeptOut { .. }
        | FamilyChange::TieProposed { .. }
        | FamilyChange::TieJudged { .. } => {}
    }
    Ok(())
}

fn apply_to_checks(family: &mut Family, change: &FamilyChange, on: Date) -> Result<(), &'static str> {
    match change {
        FamilyChange::CheckAsked { agency, named, due_on } => {
            let fresh = Check { asked_on: on, due_on: *due_on, named: *named, answer: None, answered_on: None, words: None };
            family.checks.insert(agency.clone(), fresh);
        }
        FamilyChange::CheckAnswered { agency, answer, words } => {
            let known = family.checks.get_mut(agency).ok_or("the agency was not asked")?;
            (known.answer, known.answered_on) = (Some(*answer), Some(on));
            // An answer without words takes no earlier words back.
            if words.is_some() {
                known.words.clone_from(words);
            }
        }
        FamilyChange::ChecksStopped => family.checks.retain(|_, check| check.answer.is_some()),
        FamilyChange::AgencyExcluded { agency } => {
            if family.checks.get(agency).is_some_and(|check| check.answer.is_none()) {
                family.checks.remove(agency);
            }
            family.excluded.insert(agency.clone());
        }
        FamilyChange::PersonKeptOut { address, kept_out } => {
            family.kept_out.retain(|said| said.address != *address);
            family.kept_out.push(KeptOutSaid { address: address.clone(), kept_out: *kept_out });
        }
        FamilyChange::MemberNamed { .. }
        | FamilyChange::MemberLeft { .. }
        | FamilyChange::ThemeShown { .. }
        | FamilyChange::ThemeRuledOut { .. }
        | FamilyChange::NeedRecorded { .. }
        | FamilyChange::ProgressRecorded { .. }
        | FamilyChange::NeedWaived { .. }
        | FamilyChange::ActionAgreed { .. }
        | FamilyChange::ActionEnded { .. }
        | FamilyChange::PlanAgreed { .. }
        | FamilyChange::TieProposed { .. }
        | FamilyChange::TieJudged { .. } => {}
    }
    Ok(())
}

fn cell<'a>(family: &'a mut Family, member: &MemberKey, indicator: &IndicatorName) -> Option<&'a mut Cell> {
    family.cells.iter_mut().find(|cell| cell.member == *member && cell.indicator == *indicator)
}

fn state(progress: Progress) -> CellState {
    match progress {
        Progress::Some => CellState::Some,
        Progress::Significant => CellState::Significant,
        Progress::Sustained => CellState::Sustained,
        Progress::Worse => CellState::Worse,
    }
}

fn note(
    family: &mut Family,
    (member, indicator): (&MemberKey, &IndicatorName),
    (state, criteria): (CellState, &BTreeSet<CriterionName>),
    evidence: &Evidence,
    (on, plan): (Date, &String),
) {
    family.ledger.push(LedgerLine {
        member: member.clone(),
        indicator: indicator.clone(),
        state,
        criteria: criteria.clone(),
        evidence: evidence.clone(),
        on,
        plan: plan.clone(),
    });
}
