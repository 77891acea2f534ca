//! Every name is given once, and every name used is one that is given.

use std::collections::BTreeSet;

use super::{Finding, duplicates, finding, unknown};
use crate::domain::ids::{FactName, LetterName, RoleName, StageName};
use crate::domain::rules::Condition;
use crate::domain::workflow::LetterDef;
use crate::domain::workflow::lifecycle::{AskKind, FactTest, Lifecycle, Move, RoleDef, RoleScope, SetTo, StageKind, TimerFrom};

pub(super) fn findings(lifecycle: &Lifecycle) -> Vec<Finding> {
    let known = Known::of(lifecycle);
    let mut found = known.duplicates(lifecycle);
    known.roles_and_stages(lifecycle, &mut found);
    for (at, mv) in lifecycle.moves.iter().enumerate() {
        known.one_move(&format!("moves[{at}]"), mv, lifecycle, &mut found);
    }
    for (list, steps) in [("begins", &lifecycle.begins), ("automatic", &lifecycle.automatic)] {
        for (at, step) in steps.iter().enumerate() {
            let place = format!("{list}[{at}]");
            for (which, stage) in step.from.iter().enumerate() {
                known.stage(&format!("{place}.from[{which}]"), stage, &mut found);
            }
            known.stage(&format!("{place}.to"), &step.to, &mut found);
            known.letters(&place, &step.letters, &mut found);
            known.condition(&format!("{place}.when"), step.when.as_ref(), &mut found);
        }
    }
    known.timers(lifecycle, &mut found);
    found.extend(meeting_findings(&known, lifecycle));
    found.extend(duplicates("drift", "name", "sign of drift", lifecycle.drift.iter().map(|sign| sign.name.as_str())));
    for (at, sign) in lifecycle.drift.iter().enumerate() {
        let place = format!("drift[{at}]");
        for (which, stage) in sign.stages.iter().enumerate() {
            known.stage(&format!("{place}.stages[{which}]"), stage, &mut found);
        }
        known.condition(&format!("{place}.when"), Some(&sign.when), &mut found);
        for (key, facts) in [("since", &sign.since), ("or_since", &sign.or_since), ("times", &sign.times)] {
            facts.iter().for_each(|fact| known.fact(&format!("{place}.{key}"), fact, &mut found));
        }
    }
    for (at, letter) in lifecycle.letters.iter().enumerate() {
        known.roles(&format!("letters[{at}].to"), &letter.to, &mut found);
        for (which, also) in letter.also.iter().enumerate() {
            known.role(&format!("letters[{at}].also[{which}].role"), &also.role, &mut found);
            known.condition(&format!("letters[{at}].also[{which}].when"), Some(&also.when), &mut found);
        }
        if let Some(role) = letter.answer.as_ref().and_then(|answer| answer.confirmed_by.as_ref()) {
            known.role(&format!("letters[{at}].answer.confirmed_by"), role, &mut found);
        }
        found.extend(answer_findings(&format!("letters[{at}].answer"), letter, lifecycle));
        if letter.to.is_empty() && letter.also.is_empty() && letter.agencies.is_none() {
            found.push(finding(format!("letters[{at}]"), format!("`{}` goes to nobody; name a role under `to`", letter.name)));
        }
        known.condition(&format!("letters[{at}].only_if"), letter.only_if.as_ref(), &mut found);
        let instead = letter.instead.as_ref();
        known.condition(&format!("letters[{at}].instead.when"), instead.map(|instead| &instead.when), &mut found);
        if instead.is_some() && letter.only_if.is_none() {
            let says =
                format!("`{}` always goes, so nothing is done `instead`; write `only_if`, or take `instead` away", letter.name);
            found.push(finding(format!("letters[{at}].instead"), says));
        }
        known.condition(&format!("letters[{at}].agencies_if"), letter.agencies_if.as_ref(), &mut found);
    }
    found
}

/// A reply records a move that there is, by questions it asks.
fn answer_findings(place: &str, letter: &LetterDef, lifecycle: &Lifecycle) -> Vec<Finding> {
    let Some(answer) = &letter.answer else { return Vec::new() };
    let Some(definition) = lifecycle.find_move(&answer.records) else {
        let moves = lifecycle.moves.iter().map(|definition| definition.name.as_str());
        return vec![finding(format!("{place}.records"), unknown("move", answer.records.as_str(), moves))];
    };
    let asks = || definition.asks.iter().map(|ask| ask.name.as_str());
    let named =
        answer.lines.iter().flat_map(|line| std::iter::once(&line.ask).chain(line.means.keys())).chain(answer.answers.keys());
    let strange = named.filter(|name| asks().all(|ask| ask != name.as_str()));
    strange.map(|name| finding(format!("{place}.lines"), unknown("question of the move", name.as_str(), asks()))).collect()
}

/// Every role, stage, timer, letter and move of a meeting, and every area, is one that there is.
fn meeting_findings(known: &Known<'_>, lifecycle: &Lifecycle) -> Vec<Finding> {
    let mut found = duplicates("meetings", "name", "meeting", lifecycle.meetings.iter().map(|meeting| meeting.name.as_str()));
    found.extend(duplicates("agencies", "name", "agency", lifecycle.agencies.iter().map(|agency| agency.name.as_str())));
    for (at, agency) in lifecycle.agencies.iter().enumerate() {
        let place = format!("agencies[{at}].contact");
        known.role(&place, &agency.contact, &mut found);
        if lifecycle.role(&agency.contact).is_some_and(|role| role.scope != RoleScope::Area) {
            found.push(finding(place, format!("`{}` answers for an agency in an area; its scope is `area`", agency.contact)));
        }
    }
    for (at, meeting) in lifecycle.meetings.iter().enumerate() {
        let place = format!("meetings[{at}]");
        for (which, member) in meeting.members.iter().enumerate() {
            known.role(&format!("{place}.members[{which}].role"), &member.role, &mut found);
        }
        for (which, rule) in meeting.agenda.iter().enumerate() {
            let place = format!("{place}.agenda[{which}]");
            rule.stages.iter().for_each(|stage| known.stage(&place, stage, &mut found));
            let timer = rule.timer.iter().filter(|timer| lifecycle.timer(timer).is_none());
            found.extend(timer.map(|timer| {
                finding(&place, unknown("timer", timer.as_str(), lifecycle.timers.iter().map(|timer| timer.name.as_str())))
            }));
        }
        known.fact(&format!("{place}.listed"), &meeting.listed, &mut found);
        known.letters(&place, std::slice::from_ref(&meeting.letter), &mut found);
        known.letters(&place, meeting.changed_letter.as_slice(), &mut found);
        known.letters(&place, meeting.called_off_letter.as_slice(), &mut found);
        for (which, outcome) in meeting.outcomes.iter().enumerate() {
            if lifecycle.find_move(&outcome.records).is_none() {
                let moves = lifecycle.moves.iter().map(|definition| definition.name.as_str());
                found.push(finding(format!("{place}.outcomes[{which}].move"), unknown("move", outcome.records.as_str(), moves)));
            }
        }
        for (which, day) in meeting.days.iter().enumerate() {
            let place = format!("{place}.days[{which}]");
            if day.time().is_none() {
                found.push(finding(format!("{place}.at"), format!("`{}` is no time of day; write 10:00", day.at)));
            }
            if day.every_weeks == 0 || (day.every_weeks > 1 && day.first.is_none()) {
                found.push(finding(&place, "say under `first` on which day there was a meeting, and every how many weeks"));
            }
        }
    }
    found
}

/// The names a life-cycle gives.
struct Known<'a> {
    roles: Vec<&'a str>,
    facts: Vec<&'a str>,
    stages: Vec<&'a str>,
    letters: Vec<&'a str>,
}

impl<'a> Known<'a> {
    fn of(lifecycle: &'a Lifecycle) -> Self {
        Self {
            roles: lifecycle.roles.iter().map(|role| role.name.as_str()).collect(),
            facts: lifecycle.facts.iter().map(|fact| fact.name.as_str()).collect(),
            stages: lifecycle.stages.iter().map(|stage| stage.name.as_str()).collect(),
            letters: lifecycle.letters.iter().map(|letter| letter.name.as_str()).collect(),
        }
    }

    fn duplicates(&self, lifecycle: &Lifecycle) -> Vec<Finding> {
        let moves = lifecycle.moves.iter().map(|mv| mv.name.as_str());
        let timers = lifecycle.timers.iter().map(|timer| timer.name.as_str());
        let mut found = duplicates("roles", "name", "role", self.roles.iter().copied());
        found.extend(duplicates("facts", "name", "fact", self.facts.iter().copied()));
        found.extend(duplicates("stages", "name", "stage", self.stages.iter().copied()));
        found.extend(duplicates("letters", "name", "letter", self.letters.iter().copied()));
        found.extend(duplicates("moves", "name", "move", moves));
        found.extend(duplicates("timers", "name", "timer", timers));
        found
    }

    fn roles_and_stages(&self, lifecycle: &Lifecycle, found: &mut Vec<Finding>) {
        for (at, role) in lifecycle.roles.iter().enumerate() {
            if let Some(next) = &role.falls_back_to {
                self.role(&format!("roles[{at}].falls_back_to"), next, found);
            }
            found.extend(family_finding(role).map(|says| finding(format!("roles[{at}]"), says)));
            found.extend(fallback_finding(lifecycle, &role.name).map(|says| finding(format!("roles[{at}]"), says)));
        }
        for (at, stage) in lifecycle.stages.iter().enumerate() {
            match (&stage.owner, stage.kind) {
                (Some(owner), _) => self.role(&format!("stages[{at}].owner"), owner, found),
                (None, StageKind::Open) => {
                    let says = format!("open stage `{}` has no owner; somebody must answer for a case in it", stage.name);
                    found.push(finding(format!("stages[{at}]"), says));
                }
                (None, StageKind::Final) => {}
            }
        }
    }

    fn one_move(&self, place: &str, mv: &Move, lifecycle: &Lifecycle, found: &mut Vec<Finding>) {
        for (which, stage) in mv.from.iter().enumerate() {
            self.stage(&format!("{place}.from[{which}]"), stage, found);
        }
        if let Some(to) = &mv.to {
            self.stage(&format!("{place}.to"), to, found);
        }
        self.roles(&format!("{place}.by"), &mv.by, found);
        self.letters(place, &mv.letters, found);
        self.condition(&format!("{place}.guard"), mv.guard.as_ref(), found);
        if mv.by.is_empty() {
            found.push(finding(place, format!("nobody may make the move `{}`; name a role under `by`", mv.name)));
        }
        if mv.guard.is_some() && mv.otherwise.is_none() {
            let says = format!("the move `{}` has a guard; say under `otherwise` what to do when it is closed", mv.name);
            found.push(finding(place, says));
        }
        found.extend(duplicates(&format!("{place}.asks"), "name", "question", mv.asks.iter().map(|ask| ask.name.as_str())));
        for (which, ask) in mv.asks.iter().enumerate() {
            if let AskKind::Person(role) = &ask.kind {
                self.case_role(&format!("{place}.asks[{which}].kind"), role, lifecycle, found);
            }
        }
        found.extend(super::outcomes::move_findings(place, mv));
        for (which, ask) in mv.asks.iter().enumerate() {
            for gate in ask.gates.values() {
                self.condition(&format!("{place}.asks[{which}].gates"), Some(&gate.guard), found);
                let after = gate.not_before.iter().map(|after| &after.fact);
                after.for_each(|fact| self.fact(&format!("{place}.asks[{which}].gates"), fact, found));
            }
        }
        for (which, role) in mv.ends_roles.iter().enumerate() {
            self.case_role(&format!("{place}.ends_roles[{which}]"), role, lifecycle, found);
        }
        for (which, set) in mv.sets.iter().enumerate() {
            self.fact(&format!("{place}.sets[{which}].fact"), &set.fact, found);
            if let SetTo::Answer(answer) | SetTo::Later(answer) | SetTo::Streak { answer, .. } = &set.to
                && mv.asks.iter().all(|ask| ask.name != *answer)
            {
                let asks = mv.asks.iter().map(|ask| ask.name.as_str());
                found.push(finding(format!("{place}.sets[{which}].to"), unknown("question of this move", answer.as_str(), asks)));
            }
        }
    }

    fn timers(&self, lifecycle: &Lifecycle, found: &mut Vec<Finding>) {
        for (at, timer) in lifecycle.timers.iter().enumerate() {
            let place = format!("timers[{at}]");
            for (which, stage) in timer.stages.iter().enumerate() {
                self.stage(&format!("{place}.stages[{which}]"), stage, found);
            }
            self.condition(&format!("{place}.when"), timer.when.as_ref(), found);
            if let TimerFrom::Fact(fact) = &timer.from {
                self.fact(&format!("{place}.from"), fact, found);
            }
            for (ladder, what) in timer.ladders() {
                if what.again.is_none() && what.rungs.last().is_some_and(|last| last.acknowledge.is_some()) {
                    let says = "the last rung waits to be acknowledged and nothing comes after it; give the ladder an `again`";
                    found.push(finding(format!("{place}.{ladder}"), says));
                }
            }
            let rungs = timer.ladders().flat_map(|(ladder, what)| what.placed(&format!("{place}.{ladder}")).collect::<Vec<_>>());
            for (place, rung) in rungs {
                self.letters(&place, &rung.letters, found);
                if let Some(expected) = &rung.acknowledge {
                    self.role(&format!("{place}.acknowledge.by"), &expected.by, found);
                }
                let offsets = [rung.working_days.is_some(), rung.days.is_some(), rung.months.is_some()];
                if offsets.iter().filter(|given| **given).count() != 1 {
                    found.push(finding(place, "a rung needs exactly one of `working_days`, `days` and `months`"));
                }
            }
        }
    }

    fn condition(&self, place: &str, condition: Option<&Condition<FactTest>>, found: &mut Vec<Finding>) {
        for term in condition.map(Condition::terms).unwrap_or_default() {
            if let Some(fact) = &term.fact {
                self.fact(place, fact, found);
            }
            if let Some(role) = &term.held {
                self.role(place, role, found);
            }
        }
    }

    fn stage(&self, place: &str, stage: &StageName, found: &mut Vec<Finding>) {
        found.extend(missing(place, "stage", stage.as_str(), &self.stages));
    }
    fn fact(&self, place: &str, fact: &FactName, found: &mut Vec<Finding>) {
        found.extend(missing(place, "fact", fact.as_str(), &self.facts));
    }
    fn role(&self, place: &str, role: &RoleName, found: &mut Vec<Finding>) {
        found.extend(missing(place, "role", role.as_str(), &self.roles));
    }
    fn roles(&self, place: &str, roles: &[RoleName], found: &mut Vec<Finding>) {
        for (which, role) in roles.iter().enumerate() {
            self.role(&format!("{place}[{which}]"), role, found);
        }
    }
    fn letters(&self, place: &str, letters: &[LetterName], found: &mut Vec<Finding>) {
        for (which, letter) in letters.iter().enumerate() {
            found.extend(missing(&format!("{place}.letters[{which}]"), "letter", letter.as_str(), &self.letters));
        }
    }
    /// A role that people come to hold by a move must belong to one case.
    fn case_role(&self, place: &str, role: &RoleName, lifecycle: &Lifecycle, found: &mut Vec<Finding>) {
        match lifecycle.role(role) {
            None => self.role(place, role, found),
            Some(def) if def.scope != RoleScope::Case => {
                let says =
                    format!("`{role}` is held by the settings, not by a case; only a role of scope `case` can change here");
                found.push(finding(place, says));
            }
            Some(_) => {}
        }
    }
}

/// A role of the family is held in one case by one person, and by nobody in their place.
fn family_finding(role: &RoleDef) -> Option<String> {
    let wrong = role.of_family && (role.scope != RoleScope::Case || role.falls_back_to.is_some());
    wrong.then(|| format!("`{}` is of the family: it must have scope `case`, and nobody answers in its place", role.name))
}

fn missing(place: &str, kind: &str, name: &str, known: &[&str]) -> Option<Finding> {
    (!known.contains(&name)).then(|| finding(place, unknown(kind, name, known.iter().copied())))
}

/// What is wrong with who answers when nobody holds `role`: no chain may come back to itself, and that of an owner of cases
/// or of a role of an area must end at a role the settings always fill.
fn fallback_finding(lifecycle: &Lifecycle, role: &RoleName) -> Option<String> {
    let owns_a_stage = lifecycle.stages.iter().any(|stage| stage.owner.as_ref() == Some(role));
    let must_end_well = owns_a_stage || lifecycle.role(role)?.scope == RoleScope::Area;
    let mut seen = BTreeSet::new();
    let mut current = role;
    loop {
        if !seen.insert(current) {
            return Some(format!("nobody answers for `{role}`: its chain of `falls_back_to` comes back to `{current}`"));
        }
        let def = lifecycle.role(current)?;
        match &def.falls_back_to {
            Some(next) => current = next,
            None if def.scope == RoleScope::Programme || !must_end_well => return None,
            None => {
                return Some(format!(
                    "nobody may answer for `{role}`: its chain of `falls_back_to` ends at `{current}`; end it at a role of scope `programme`"
                ));
            }
        }
    }
}
