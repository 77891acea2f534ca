//! A rule pack tried on every small family: rules that contradict each other, can never be met, or are never asked.
//!
//! Three-valued: of each family, what is shown is tried once with everything else open and once with everything else denied.

use super::{Finding, finding};
use crate::domain::ids::InterpretationName;
use crate::domain::rules::{Condition, Truth};
use crate::domain::workflow::programme::{CriterionTest, RulePack, Theme};

/// Beyond this many families nothing is tried: the numbers in the pack are too large to explore.
const FAMILIES_MAX: usize = 300_000;

/// A family as the counting words see it: which themes each member shows, whether a plan is there, whether the rest was denied.
struct Family<'a> {
    members: Vec<u32>,
    plan: bool,
    denied: bool,
    keys: &'a [Theme],
}

impl Family<'_> {
    fn truth(&self, test: &CriterionTest) -> Truth {
        let between = |now: usize, asked: usize| match (now >= asked, self.denied) {
            (true, _) => Truth::Met,
            (false, false) => Truth::NotShown,
            (false, true) => Truth::NotMet,
        };
        match test {
            CriterionTest::MembersEach { members, themes_each } => {
                between(self.members.iter().filter(|shown| shown.count_ones() as usize >= *themes_each).count(), *members)
            }
            CriterionTest::MembersContributing { count } => {
                between(self.members.iter().filter(|shown| **shown != 0).count(), *count)
            }
            CriterionTest::FamilyThemes { count, other_than } => {
                let counted = |at: usize| self.keys.get(at).is_none_or(|theme| !other_than.contains(&theme.key));
                let all = self.members.iter().fold(0, |all, shown| all | shown);
                between((0..self.keys.len()).filter(|at| all & (1 << at) != 0 && counted(*at)).count(), *count)
            }
            CriterionTest::CurrentChildProtectionPlan => between(usize::from(self.plan), 1),
        }
    }
    fn truths(&self, pack: &RulePack) -> Vec<Truth> {
        pack.interpretations.iter().map(|reading| reading.condition.truth(&|test| self.truth(test))).collect()
    }
}

/// The grade by its rank: the first one of whose readings is met, or the last.
fn rank(pack: &RulePack, truths: &[Truth]) -> usize {
    let met = |name: &InterpretationName| {
        pack.interpretations.iter().zip(truths).any(|(reading, truth)| reading.name == *name && *truth == Truth::Met)
    };
    let last = pack.grades.len().saturating_sub(1);
    pack.grades.iter().position(|grade| grade.any_of.iter().any(met)).unwrap_or(last)
}

pub(super) fn findings(pack: &RulePack, themes: &[Theme]) -> Vec<Finding> {
    if pack.interpretations.is_empty() || pack.grades.is_empty() || themes.is_empty() {
        return Vec::new();
    }
    let tests = || pack.interpretations.iter().flat_map(|reading| reading.condition.terms());
    let most = tests().map(|test| match test {
        CriterionTest::MembersEach { members, .. } => *members,
        CriterionTest::MembersContributing { count } => *count,
        CriterionTest::FamilyThemes { .. } | CriterionTest::CurrentChildProtectionPlan => 1,
    });
    let members = most.max().unwrap_or(1).max(1);
    let bits = members.saturating_mul(themes.len());
    let families = 1_usize.checked_shl(u32::try_from(bits).unwrap_or(u32::MAX)).filter(|all| *all <= FAMILIES_MAX);
    let Some(families) = families else {
        let says =
            format!("`{}` asks for so many members and themes that it cannot be tried on every family; ask for fewer", pack.name);
        return vec![finding("interpretations", says)];
    };
    let mut tried = Tried::new(pack);
    for number in 0..families {
        let shown: Vec<u32> = (0..members).map(|at| mask(number, at, themes.len())).collect();
        // Members are alike: only one order of them is tried.
        if shown.windows(2).any(|pair| pair[0] < pair[1]) {
            continue;
        }
        for (plan, denied) in [(false, false), (false, true), (true, false), (true, true)] {
            tried.note(pack, &Family { members: shown.clone(), plan, denied, keys: themes });
        }
    }
    tried.findings(pack)
}

fn mask(number: usize, member: usize, themes: usize) -> u32 {
    u32::try_from(number >> (member * themes) & ((1 << themes) - 1)).unwrap_or(0)
}

fn turns(condition: &Condition<CriterionTest>) -> bool {
    match condition {
        Condition::Not(_) => true,
        Condition::All(parts) | Condition::Any(parts) | Condition::AtLeast { of: parts, .. } => parts.iter().any(turns),
        Condition::Term(_) => false,
    }
}

struct Tried {
    met: Vec<bool>,
    always: Vec<bool>,
    given: Vec<bool>,
    /// Of each pair of readings: they have differed.
    differ: Vec<Vec<bool>>,
    /// Some condition asks for the opposite of something: only then can more evidence be worse.
    turns: bool,
    /// A grade that got worse when one theme more was shown.
    worse: Option<usize>,
}

impl Tried {
    fn new(pack: &RulePack) -> Self {
        let readings = pack.interpretations.len();
        Self {
            met: vec![false; readings],
            always: vec![true; readings],
            given: vec![false; pack.grades.len()],
            differ: vec![vec![false; readings]; readings],
            turns: pack.interpretations.iter().any(|reading| turns(&reading.condition)),
            worse: None,
        }
    }

    fn note(&mut self, pack: &RulePack, family: &Family<'_>) {
        let truths = family.truths(pack);
        for (at, truth) in truths.iter().enumerate() {
            self.met[at] |= *truth == Truth::Met;
            self.always[at] &= *truth == Truth::Met;
            for (other, twin) in truths.iter().enumerate().skip(at + 1) {
                self.differ[at][other] |= truth != twin;
            }
        }
        let now = rank(pack, &truths);
        self.given[now] = true;
        if self.turns && self.worse.is_none() {
            self.worse = (0..family.keys.len()).find_map(|theme| {
                let mut members = family.members.clone();
                members[0] |= 1 << theme;
                let more = Family { members, ..*family };
                (rank(pack, &more.truths(pack)) > now).then_some(now)
            });
        }
    }

    fn findings(self, pack: &RulePack) -> Vec<Finding> {
        let mut found = Vec::new();
        for (at, reading) in pack.interpretations.iter().enumerate() {
            let place = format!("interpretations[{at}].condition");
            if !self.met[at] {
                found.push(finding(&place, format!("`{}` contradicts itself: no family can ever meet it", reading.name)));
            } else if self.always[at] {
                found.push(finding(&place, format!("`{}` is met by a family that shows nothing", reading.name)));
            }
            for (other, twin) in
                pack.interpretations.iter().enumerate().skip(at + 1).filter(|(other, _)| !self.differ[at][*other])
            {
                let says = format!("`{}` and `{}` come to the same for every family; leave one out", reading.name, twin.name);
                found.push(finding(format!("interpretations[{other}].condition"), says));
            }
        }
        for (at, grade) in pack.grades.iter().enumerate().filter(|(at, _)| !self.given[*at]) {
            let says =
                format!("the grade `{}` is never given: whoever meets it gets a better one, or nobody meets it", grade.name);
            found.push(finding(format!("grades[{at}]"), says));
        }
        if let Some(at) = self.worse {
            let says =
                format!("one more theme shown makes the grade `{}` worse; evidence may only help a family", pack.grades[at].name);
            found.push(finding(format!("grades[{at}]"), says));
        }
        found
    }
}
