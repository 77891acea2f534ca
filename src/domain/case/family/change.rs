//! What happens to a family's record. Stored inside the case's sealed events: read for ever, never rewritten.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::domain::case::event::Actor;
use crate::domain::case::family::checks::CheckAnswer;
use crate::domain::case::family::ties::{Alike, Standing};
use crate::domain::ids::{ActionKey, AgencyName, CaseReference, CriterionName, IndicatorName, MemberKey, ThemeKey};
use crate::domain::personal::Personal;
use crate::domain::time::Date;

/// A person of the family, as the case knows them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Person {
    /// First names.
    pub given_name: Option<Personal<String>>,
    /// Surname.
    pub family_name: Option<Personal<String>>,
    /// How they belong to the family, as written.
    pub relationship: Option<Personal<String>>,
    /// Date of birth.
    pub born_on: Option<Personal<Date>>,
    /// Expected date of delivery of an unborn child.
    pub expected_on: Option<Personal<Date>>,
    /// Under 18, or unborn, on the day the case came to know them; frozen. `None`: nothing tells.
    pub child: Option<bool>,
    /// Shares the accommodation, or one meal a day, and has the address as only or main residence. `None`: nobody has said.
    pub household: Option<bool>,
    /// Their needs count for the exit.
    pub counted: bool,
}

/// How a need has changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Progress {
    /// Better, not yet enough.
    Some,
    /// What the plan calls significant.
    Significant,
    /// And it has lasted.
    Sustained,
    /// Worse than it was.
    Worse,
}

/// Who said what about a need, and where it stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// Who said or measured it.
    pub said_by: Option<Personal<String>>,
    /// When.
    pub said_on: Date,
    /// From which kind of source, a word of the workflow file's list.
    pub source: Option<String>,
    /// Which document.
    pub document: Option<Personal<String>>,
    /// In numbers.
    pub measure: Option<Personal<String>>,
    /// In words.
    pub words: Option<Personal<String>>,
    /// Who recorded it.
    pub recorded_by: Actor,
}

/// One change.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "change", rename_all = "snake_case")]
pub enum FamilyChange {
    /// Somebody is named, or what is known of them changes.
    MemberNamed {
        /// Key of the case.
        member: MemberKey,
        /// All that is known.
        person: Person,
    },
    /// Somebody lives elsewhere now.
    MemberLeft {
        /// Who.
        member: MemberKey,
        /// Since.
        left_on: Date,
        /// Their needs still count.
        counted: bool,
    },
    /// The nomination shows a theme.
    ThemeShown {
        /// Of whom, when it says so.
        member: Option<MemberKey>,
        /// Which.
        theme: ThemeKey,
    },
    /// A person looked into a theme, and it is no need.
    ThemeRuledOut {
        /// Of whom.
        member: Option<MemberKey>,
        /// Which.
        theme: ThemeKey,
    },
    /// A need is there, or there again.
    NeedRecorded {
        /// Whose.
        member: MemberKey,
        /// Which.
        indicator: IndicatorName,
        /// The indicator's theme.
        theme: ThemeKey,
        /// What shows it.
        evidence: Evidence,
        /// Version of the outcome plan.
        plan: String,
    },
    /// Progress, or the opposite.
    ProgressRecorded {
        /// Whose.
        member: MemberKey,
        /// Which.
        indicator: IndicatorName,
        /// How it has changed.
        progress: Progress,
        /// What is shown by it.
        criteria: BTreeSet<CriterionName>,
        /// Since when progress holds; `None` below significant progress.
        held_since: Option<Date>,
        /// Judged to be enough for the exit.
        met: bool,
        /// A named person decided so; otherwise the plan's own words did.
        decided: bool,
        /// What shows it.
        evidence: Evidence,
        /// Version of the outcome plan that judged.
        plan: String,
    },
    /// A named person waived a need.
    NeedWaived {
        /// Whose.
        member: MemberKey,
        /// Which.
        indicator: IndicatorName,
        /// Who, and why.
        evidence: Evidence,
        /// Version of the outcome plan.
        plan: String,
    },
    /// An action is agreed, or who does it or by when changes.
    ActionAgreed {
        /// Key of the case.
        action: ActionKey,
        /// The need it serves.
        of: Option<(MemberKey, IndicatorName)>,
        /// What is to be done.
        what: Personal<String>,
        /// Who does it.
        who: Option<Personal<String>>,
        /// By when.
        due_on: Option<Date>,
    },
    /// An action is over.
    ActionEnded {
        /// Which.
        action: ActionKey,
        /// It was done; otherwise it was dropped.
        done: bool,
        /// What came of it.
        outcome: Option<Personal<String>>,
    },
    /// The plan as it stands was agreed with the family.
    PlanAgreed {
        /// Counts up.
        version: u32,
    },
    /// The program found another case that may be of the same family.
    TieProposed {
        /// Which, and why.
        alike: Alike,
    },
    /// An agency is asked what it knows of the family.
    CheckAsked {
        /// Which.
        agency: AgencyName,
        /// The nomination names it.
        named: bool,
        /// Until when.
        due_on: Date,
    },
    /// An agency has said what it knows.
    CheckAnswered {
        /// Which.
        agency: AgencyName,
        /// What.
        answer: CheckAnswer,
        /// In its words.
        words: Option<Personal<String>>,
    },
    /// Agencies that have not answered are not asked any more.
    ChecksStopped,
    /// The family does not want an agency told.
    AgencyExcluded {
        /// Which.
        agency: AgencyName,
    },
    /// A person said whether the family keeps somebody out.
    PersonKeptOut {
        /// Their address, lower case.
        address: Personal<String>,
        /// They are; otherwise somebody else was meant.
        kept_out: bool,
    },
    /// A named person said what another case is to this one.
    TieJudged {
        /// Which.
        other: CaseReference,
        /// What it is.
        standing: Standing,
    },
}

impl FamilyChange {
    /// The serialised tag in words, for a timeline without personal data.
    #[must_use]
    pub fn says(&self) -> String {
        let whose = |member: &Option<MemberKey>| member.as_ref().map_or("nobody in particular".to_owned(), MemberKey::to_string);
        match self {
            Self::MemberNamed { member, .. } => format!("{member} belongs to the family"),
            Self::MemberLeft { member, left_on, .. } => format!("{member} lives elsewhere since {left_on}"),
            Self::ThemeShown { member, theme } => format!("{} is shown of {}", plain(theme.as_str()), whose(member)),
            Self::ThemeRuledOut { member, theme } => format!("{} is no need of {}", plain(theme.as_str()), whose(member)),
            Self::NeedRecorded { member, indicator, .. } => format!("need of {member}: {}", plain(indicator.as_str())),
            Self::ProgressRecorded { member, indicator, progress, met, .. } => {
                let progress = match progress {
                    Progress::Some => "some progress",
                    Progress::Significant => "significant progress",
                    Progress::Sustained => "sustained progress",
                    Progress::Worse => "worse",
                };
                let met = if *met { ", which is enough" } else { "" };
                format!("{progress} of {member}: {}{met}", plain(indicator.as_str()))
            }
            Self::NeedWaived { member, indicator, .. } => format!("waived for {member}: {}", plain(indicator.as_str())),
            Self::ActionAgreed { action, due_on, .. } => {
                let by = due_on.map_or_else(|| "without a day".to_owned(), |day| format!("by {day}"));
                format!("action {action} {by}")
            }
            Self::ActionEnded { action, done, .. } => {
                format!("action {action} {}", if *done { "is done" } else { "is dropped" })
            }
            Self::TieProposed { alike } => format!("may be the family of {}", alike.other),
            Self::TieJudged { other, standing } => format!("{other}: {}", standing.in_words()),
            Self::CheckAsked { agency, due_on, .. } => format!("{} is asked until {due_on}", plain(agency.as_str())),
            Self::CheckAnswered { agency, answer, .. } => format!("{} {}", plain(agency.as_str()), answer.in_words()),
            Self::ChecksStopped => "no agency is asked any more".to_owned(),
            Self::AgencyExcluded { agency } => format!("the family does not want {} told", plain(agency.as_str())),
            Self::PersonKeptOut { kept_out: true, .. } => "somebody is kept out: they get no letter of this case".to_owned(),
            Self::PersonKeptOut { kept_out: false, .. } => "somebody is not whom the family keeps out".to_owned(),
            Self::PlanAgreed { version } => format!("version {version} of the plan is agreed with the family"),
        }
    }
}

fn plain(name: &str) -> String {
    name.replace('_', " ")
}
