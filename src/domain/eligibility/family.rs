//! What a nomination shows, leaves open and denies, as small sets of themes: the ground every counting word stands on.

use super::Evidence;
use crate::domain::ids::ThemeKey;
use crate::domain::nomination::{Member, Nomination, Source, Standing, ThemeShown};
use crate::domain::rules::Truth;
use crate::domain::workflow::{CriterionTest, RulePack};

/// A set of themes: one bit a theme, in the programme's order.
pub(super) type Themes = u64;

/// One person. What is neither shown nor denied is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(super) struct Person {
    pub(super) shown: Themes,
    /// A person should look: never enough by itself, and never a No.
    pub(super) possible: Themes,
    pub(super) denied: Themes,
    /// Certainly grown up: no plan protects them.
    pub(super) adult: bool,
    pub(super) plan: bool,
}

/// The family as the rules see it.
#[derive(Debug, Clone)]
pub(super) struct Family {
    pub(super) keys: Vec<ThemeKey>,
    pub(super) people: Vec<Person>,
    /// Shown on the form, nobody knows of whom.
    pub(super) of_nobody: Themes,
    /// Perhaps shown, of nobody in particular.
    possible_of_nobody: Themes,
    /// Asked of the whole family and answered No.
    denied: Themes,
    /// Themes of which a child protection plan is part.
    protection: Themes,
}

impl Family {
    pub(super) fn of(pack: &RulePack, nomination: &Nomination) -> Self {
        let keys: Vec<ThemeKey> = pack.themes.iter().take(64).map(|theme| theme.key.clone()).collect();
        let set = |themes: &mut dyn Iterator<Item = &ThemeKey>| {
            themes.filter_map(|theme| keys.iter().position(|key| key == theme)).fold(0, |set, at| set | 1_u64 << at)
        };
        let shown =
            |themes: &[ThemeShown]| set(&mut themes.iter().filter(|one| one.standing > Standing::Possible).map(|one| &one.theme));
        let possible = |themes: &[ThemeShown]| {
            set(&mut themes.iter().filter(|one| one.standing == Standing::Possible).map(|one| &one.theme))
        };
        let protection =
            set(&mut pack.themes.iter().filter(|theme| theme.shown_by_child_protection_plan).map(|theme| &theme.key));
        let mut family = Family {
            people: nomination.members.iter().map(|member| person(member, protection, &shown, &possible, &set)).collect(),
            of_nobody: shown(&nomination.themes_of_nobody),
            possible_of_nobody: possible(&nomination.themes_of_nobody),
            denied: set(&mut nomination.denied.iter()),
            protection,
            keys,
        };
        family.settle_denials();
        family
    }

    /// A No to the whole family that is contradicted anywhere is none. And where a form asks for every theme and each is
    /// answered, either with No or by naming who shows it, those who are not named are answered for too.
    fn settle_denials(&mut self) {
        let mentioned =
            self.people.iter().fold(self.of_nobody | self.possible_of_nobody, |set, one| set | one.shown | one.possible);
        let contradicted = self.denied & mentioned;
        self.denied &= !mentioned;
        let of_somebody = self.people.iter().fold(0, |set, one| set | one.shown);
        let possible = self.people.iter().fold(self.possible_of_nobody, |set, one| set | one.possible);
        let unsure = self.of_nobody | possible | contradicted;
        let every_theme_answered = self.denied != 0 && (of_somebody & !unsure) | self.denied == self.universe();
        if every_theme_answered {
            self.denied |= of_somebody;
        }
        for person in &mut self.people {
            person.denied = (person.denied | self.denied) & !person.shown & !person.possible;
        }
    }

    /// Themes of which a child protection plan is part.
    pub(super) fn protection(&self) -> Themes {
        self.protection
    }

    /// Themes nobody has said anything about, for this person.
    pub(super) fn open_themes(&self, person: &Person) -> Themes {
        self.universe() & !person.shown & !person.possible & !person.denied
    }

    fn universe(&self) -> Themes {
        self.keys.iter().enumerate().fold(0, |set, (at, _)| set | 1 << at)
    }

    /// Themes this person shows or may yet be shown to.
    fn reach(&self, person: &Person) -> Themes {
        self.universe() & !person.denied
    }

    /// Themes the family shows, whoever has them.
    fn shown(&self) -> Themes {
        self.people.iter().fold(self.of_nobody, |set, one| set | one.shown)
    }

    /// What the test comes to: what is shown decides for it, what could still be shown keeps it open.
    pub(super) fn truth(&self, test: &CriterionTest) -> Truth {
        match test {
            CriterionTest::MembersEach { members, themes_each } => {
                let enough = |themes: Themes| themes.count_ones() as usize >= *themes_each;
                let now = self.people.iter().filter(|one| enough(one.shown)).count();
                between(now, self.at_most(*members, enough), *members)
            }
            CriterionTest::MembersContributing { count } => {
                let now = self.people.iter().filter(|one| one.shown != 0).count();
                between(now, self.at_most(*count, |themes| themes != 0), *count)
            }
            CriterionTest::FamilyThemes { count, other_than } => {
                let counted = self.universe() & !self.set(other_than);
                // A theme is closed by a No to the whole family, or by a No for every one of its members.
                let everybody_denied =
                    self.denied | self.people.iter().map(|one| one.denied).reduce(|all, one| all & one).unwrap_or(0);
                let open = counted & !everybody_denied;
                let now = (self.shown() & counted).count_ones() as usize;
                between(now, (open | self.shown() & counted).count_ones() as usize, *count)
            }
            CriterionTest::CurrentChildProtectionPlan => {
                if self.people.iter().any(|one| one.plan) {
                    Truth::Met
                } else if self.protection != 0 && self.everybody_young_denies(self.protection) {
                    Truth::NotMet
                } else {
                    Truth::NotShown
                }
            }
        }
    }

    /// How many people could yet fulfil `enough`; where fewer are listed than asked for, unlisted ones count.
    fn at_most(&self, asked: usize, enough: impl Fn(Themes) -> bool) -> usize {
        let listed = self.people.iter().filter(|one| enough(self.reach(one))).count();
        let unlisted = asked.saturating_sub(self.people.len());
        if enough(self.universe() & !self.denied) { listed + unlisted } else { listed }
    }

    fn everybody_young_denies(&self, themes: Themes) -> bool {
        let mut young = self.people.iter().filter(|one| !one.adult).peekable();
        self.denied & themes == themes || (young.peek().is_some() && young.all(|one| one.denied & themes == themes))
    }

    fn set(&self, themes: &[ThemeKey]) -> Themes {
        themes.iter().filter_map(|theme| self.keys.iter().position(|key| key == theme)).fold(0, |set, at| set | 1 << at)
    }

    /// The test with its numbers, without names.
    pub(super) fn says(&self, test: &CriterionTest) -> String {
        match test {
            CriterionTest::MembersEach { members, themes_each } => {
                let now = self.people.iter().filter(|one| one.shown.count_ones() as usize >= *themes_each).count();
                let (people, show) = some(now, "member", "members", "shows", "show");
                format!("{people} {show} at least {themes_each} themes; the rule asks for {members}")
            }
            CriterionTest::MembersContributing { count } => {
                let now = self.people.iter().filter(|one| one.shown != 0).count();
                let (people, show) = some(now, "member", "members", "shows", "show");
                format!("{people} {show} a theme; the rule asks for {count}")
            }
            CriterionTest::FamilyThemes { count, other_than } => {
                let now = (self.shown() & !self.set(other_than)).count_ones() as usize;
                let (themes, _) = some(now, "theme", "themes", "", "");
                let other = if other_than.is_empty() { "" } else { " besides those of the plan itself" };
                format!("the family shows {themes}{other}; the rule asks for {count}")
            }
            CriterionTest::CurrentChildProtectionPlan => match self.truth(test) {
                Truth::Met => "a child is on a current child protection plan".to_owned(),
                Truth::NotShown => "no current child protection plan is shown".to_owned(),
                Truth::NotMet => "no child is on a child protection plan, by the form's own answer".to_owned(),
            },
        }
    }

    /// What the answer rests on: all that counts, and what only a person can settle.
    pub(super) fn evidence(&self, test: &CriterionTest, nomination: &Nomination) -> Vec<Evidence> {
        let of_members = nomination.members.iter().enumerate();
        match test {
            CriterionTest::CurrentChildProtectionPlan => of_members
                .zip(&self.people)
                .filter(|(_, person)| person.plan)
                .map(|((at, member), _)| evidence(Some(at), None, member.child_protection_plan.as_deref().unwrap_or_default()))
                .collect(),
            CriterionTest::FamilyThemes { other_than, .. } => {
                let of_nobody = nomination.themes_of_nobody.iter().map(|one| (None, one));
                let themes = of_members.flat_map(|(at, member)| member.themes.iter().map(move |one| (Some(at), one)));
                let counted = themes.chain(of_nobody).filter(|(_, one)| !other_than.contains(&one.theme));
                counted.map(|(at, one)| evidence(at, Some(&one.theme), &one.sources)).collect()
            }
            CriterionTest::MembersEach { .. } | CriterionTest::MembersContributing { .. } => of_members
                .flat_map(|(at, member)| member.themes.iter().map(move |one| evidence(Some(at), Some(&one.theme), &one.sources)))
                .collect(),
        }
    }
}

fn person(
    member: &Member,
    protection: Themes,
    shown: &impl Fn(&[ThemeShown]) -> Themes,
    possible: &impl Fn(&[ThemeShown]) -> Themes,
    set: &impl Fn(&mut dyn Iterator<Item = &ThemeKey>) -> Themes,
) -> Person {
    let adult = member.is_child == Some(false);
    let plan = member.child_protection_plan.is_some() && !adult;
    let shown = shown(&member.themes) | if plan { protection } else { 0 };
    Person { shown, possible: possible(&member.themes) & !shown, denied: set(&mut member.denied.iter()), adult, plan }
}

fn evidence(member: Option<usize>, theme: Option<&ThemeKey>, sources: &[Source]) -> Evidence {
    Evidence { member, theme: theme.map(|key| key.as_str().to_owned()), sources: sources.to_vec() }
}

fn between(now: usize, at_most: usize, asked: usize) -> Truth {
    if now >= asked {
        Truth::Met
    } else if at_most >= asked {
        Truth::NotShown
    } else {
        Truth::NotMet
    }
}

fn some(count: usize, one: &str, many: &str, verb_one: &'static str, verb_many: &'static str) -> (String, &'static str) {
    match count {
        0 => (format!("no {one}"), verb_one),
        1 => (format!("1 {one}"), verb_one),
        _ => (format!("{count} {many}"), verb_many),
    }
}
