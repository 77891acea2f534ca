//! The outcome plan as data (`outcomes.yaml`): what can be a need, what counts as progress, and for how long it must hold.
//!
//! What the published plan leaves open stays open here: the program then asks for a named person's decision and invents nothing.

use serde::{Deserialize, Serialize};

use crate::domain::ids::{AreaName, CriterionName, IndicatorName, ThemeKey};
use crate::domain::rules::Condition;
use crate::domain::time::{Calendar, Date, Term};

/// The whole plan. A programme without one measures nothing.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OutcomePlan {
    /// The file's own version, for people; kept with every judgement.
    pub version: String,
    /// For people: `Family Outcome Plan`.
    pub title: String,
    /// Everything that can be a need, in the order of the plan.
    pub indicators: Vec<Indicator>,
}

/// Whose need an indicator can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AppliesTo {
    /// Under 18 when the need of the family was identified, and for ever after in this case.
    Child,
    /// Not born yet.
    Unborn,
    /// 18 or older then.
    Adult,
}

/// How sure it is that the published text says this.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CellConfidence {
    /// It says so.
    High,
    /// It very likely says so: a neighbouring plan, or the national scheme, does.
    Medium,
    /// The text was lost or never written.
    Low,
}

/// One thing that shows progress.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Criterion {
    /// Its name, as recorded.
    pub name: CriterionName,
    /// For people.
    pub says: String,
}

/// A row of the plan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Indicator {
    /// Its name.
    pub name: IndicatorName,
    /// The theme it belongs to.
    pub theme: ThemeKey,
    /// For people.
    pub title: String,
    /// Whose need it can be.
    pub applies_to: Vec<AppliesTo>,
    /// What can show progress.
    #[serde(default)]
    pub criteria: Vec<Criterion>,
    /// When progress is significant; absent where the plan does not say.
    #[serde(default)]
    pub significant: Option<Condition<CriterionName>>,
    /// When it is sustained; absent where the plan does not say.
    #[serde(default)]
    pub sustained: Option<Sustained>,
    /// What is not defined and waits for a decision of a person, in plain words.
    #[serde(default)]
    pub needs_decision: Option<String>,
    /// How sure the rows above are.
    pub confidence: CellConfidence,
    /// Where it is published.
    pub source: String,
}

/// When progress is sustained.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sustained {
    /// How long.
    pub window: Window,
    /// The published words, told again.
    pub says: String,
}

/// How long progress must hold. Counted from the day since which it is significant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Window {
    /// The last so many months of the work with the family.
    HeldMonths(u32),
    /// No return to the service for so many months: most of it lies after the exit, so the exit does not wait for it.
    NoReturnMonths(u32),
    /// So many whole stretches of school (half terms, as the calendar lists them) one after the other.
    SchoolStretches(u32),
    /// So many whole terms of school one after the other, whether the calendar lists terms or their halves.
    SchoolTerms(u32),
    /// So many weeks one after the other.
    ConsecutiveWeeks(u32),
    /// So many weeks of the last so many, counted by whoever confirms them.
    WeeksWithin {
        /// Weeks needed.
        weeks: u32,
        /// Of the last so many.
        of: u32,
    },
    /// Every other need of the family is met.
    AllOtherOutcomes,
}

impl Window {
    /// The exit waits for it; what ends after the exit is looked at in the watch.
    #[must_use]
    pub fn ends_before_exit(self) -> bool {
        !matches!(self, Window::NoReturnMonths(_))
    }

    /// The first day on which progress that holds since `since` is sustained; `None` when the calendar does not reach so far, or
    /// when no day decides it. Schools of `area` may have terms of their own.
    #[must_use]
    pub fn complete_on(self, since: Date, calendar: &Calendar, area: Option<&AreaName>) -> Option<Date> {
        let weeks = |weeks: u32| since.checked_add(jiff::Span::new().try_weeks(i64::from(weeks)).ok()?).ok();
        let months = |months: u32| i32::try_from(months).ok().map(|months| calendar.add_months_clamped(since, months));
        match self {
            Window::HeldMonths(count) | Window::NoReturnMonths(count) => months(count),
            Window::ConsecutiveWeeks(count) => weeks(count),
            Window::WeeksWithin { weeks: count, .. } => weeks(count),
            Window::SchoolStretches(count) => whole_stretches(calendar.terms_in(area), count, since),
            Window::SchoolTerms(count) => whole_stretches(&calendar.whole_terms_in(area), count, since),
            Window::AllOtherOutcomes => None,
        }
    }
}

/// The last day of the `count`th stretch that begins on `since` or later. A stretch before the first one listed may be missing: then
/// nothing can be said.
fn whole_stretches(stretches: &[Term], count: u32, since: Date) -> Option<Date> {
    let known = stretches.first().is_some_and(|first| first.from <= since);
    let whole = stretches.iter().filter(|stretch| stretch.from >= since);
    let last = usize::try_from(count.checked_sub(1)?).ok()?;
    whole.map(|stretch| stretch.until).nth(last).filter(|_| known)
}

impl OutcomePlan {
    /// The indicator called `name`.
    #[must_use]
    pub fn indicator(&self, name: &IndicatorName) -> Option<&Indicator> {
        self.indicators.iter().find(|indicator| indicator.name == *name)
    }
}

impl Indicator {
    /// The words of a criterion, or its name.
    #[must_use]
    pub fn criterion_says<'a>(&'a self, name: &'a CriterionName) -> &'a str {
        self.criteria.iter().find(|criterion| criterion.name == *name).map_or(name.as_str(), |criterion| criterion.says.as_str())
    }
}

/// What a move writes into the family's record, beyond facts. Each has questions of its own that the move must ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Records {
    /// Somebody belongs to the family, or is linked to it.
    MemberJoins,
    /// What is known of a member changes.
    MemberChanges,
    /// Somebody does not live with the family any more.
    MemberLeaves,
    /// A member has a need.
    Need,
    /// A theme of the nomination turns out to be no need.
    NoNeed,
    /// Progress, or the opposite, on a need.
    Progress,
    /// A named person decides that a need counts as met where the plan leaves it open, or by equal progress.
    ProgressAccepted,
    /// A named person waives a need.
    NeedWaived,
    /// An action of the family's plan.
    Action,
    /// Who does an action, or by when, changes.
    ActionChanges,
    /// An action is over.
    ActionEnds,
    /// The plan as it stands is agreed: a new version of it.
    PlanAgreed,
    /// What another case is to this one: the same family, or not.
    Tie,
    /// Every agency that is asked about this family and was not yet, is asked.
    Checks,
    /// An agency has said what it knows.
    CheckAnswer,
    /// Nobody is asked any more.
    ChecksStop,
    /// The family does not want an agency told.
    AgencyExcluded,
    /// Whether the family keeps somebody out who would be written to.
    PersonKeptOut,
}

/// A condition on one answer of a question: other answers are not bound by it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gate {
    /// Must be met. *Not shown* closes it as *not met* does.
    pub guard: Condition<crate::domain::workflow::FactTest>,
    /// What to do when it is closed, for people.
    pub otherwise: String,
    /// And closed before this day, whatever else is so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_before: Option<MonthsAfter>,
}

/// A day counted from one that a fact holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MonthsAfter {
    /// The fact, of kind `date`. While it holds no day, nothing is closed by it.
    pub fact: crate::domain::ids::FactName,
    /// Months after it, clamped to the month's end.
    pub months: i32,
}
