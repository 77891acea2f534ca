//! What other agencies are asked about the family once its consent stands, and what they have said.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::domain::case::family::change::FamilyChange;
use crate::domain::case::family::judge::About;
use crate::domain::case::{Actor, Case};
use crate::domain::ids::AgencyName;
use crate::domain::personal::Personal;
use crate::domain::time::Date;
use crate::domain::workflow::{AgencyDef, Lifecycle, WhenAsked};

/// What an agency said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CheckAnswer {
    /// It knows the family.
    Known,
    /// It does not.
    NotKnown,
    /// It has said nothing, and is not waited for.
    NoAnswer,
}

impl CheckAnswer {
    fn of(word: &str) -> Option<Self> {
        match word {
            "known" => Some(Self::Known),
            "not_known" => Some(Self::NotKnown),
            "no_answer" => Some(Self::NoAnswer),
            _ => None,
        }
    }
    /// For people.
    #[must_use]
    pub fn in_words(self) -> &'static str {
        match self {
            Self::Known => "knows the family",
            Self::NotKnown => "does not know the family",
            Self::NoAnswer => "has not answered",
        }
    }
}

/// One agency, asked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Check {
    /// When.
    pub asked_on: Date,
    /// Until when.
    pub due_on: Date,
    /// The nomination names it.
    pub named: bool,
    /// What it said.
    pub answer: Option<CheckAnswer>,
    /// When.
    pub answered_on: Option<Date>,
    /// In its words.
    pub words: Option<Personal<String>>,
}

/// Checks of a family, by agency.
pub type Checks = BTreeMap<AgencyName, Check>;

/// Texts in a list of the stored nomination: agencies named, agencies excluded.
fn named(case: &Case, path: &[&str], field: &[&str]) -> Vec<String> {
    let mut at = case.nomination.reveal().bare().get("nomination");
    for key in path {
        at = at.and_then(|value| value.get(key));
    }
    let items = at.and_then(|value| value.as_array()).into_iter().flatten();
    let text = |item: &serde_json::Value| {
        let mut value = Some(item);
        for key in field {
            value = value.and_then(|value| value.get(key));
        }
        value.and_then(|value| value.as_str()).map(str::to_owned)
    };
    items.filter_map(text).collect()
}

/// Agencies as the family wrote that it does not want told; among those who must not know stands an agency as well as a person.
fn excluded_words(case: &Case) -> Vec<String> {
    let lists = ["excluded_agencies", "hidden_from"];
    lists.into_iter().flat_map(|list| named(case, &["consent", list], &["value"])).collect()
}

/// Agencies that the family of one case does not want told: by the form, or by what a person has recorded since.
pub struct Excluded<'c> {
    case: &'c Case,
    words: Vec<String>,
}

impl<'c> Excluded<'c> {
    /// Of `case`; its nomination is looked through once.
    #[must_use]
    pub fn of(case: &'c Case) -> Self {
        Self { case, words: excluded_words(case) }
    }
    /// Whether `agency` is one of them.
    #[must_use]
    pub fn holds(&self, agency: &AgencyDef) -> bool {
        self.case.family.excluded.contains(&agency.name) || self.words.iter().any(|name| agency.is_meant_by(name))
    }
    /// As the family wrote them.
    #[must_use]
    pub fn words(&self) -> &[String] {
        &self.words
    }
}

/// Whom to ask: every agency of the programme that is asked about this family, is not excluded and was not asked before.
pub(super) fn asked(about: &About<'_>) -> Vec<FamilyChange> {
    let (case, world) = (about.case, about.world);
    let names = named(case, &["agencies"], &["name", "value"]);
    let excluded = Excluded::of(case);
    let change = |agency: &AgencyDef| {
        let by_form = names.iter().any(|name| agency.is_meant_by(name));
        let wanted = by_form || agency.asked == WhenAsked::Always;
        let days = i32::try_from(agency.answers_within_working_days).unwrap_or(i32::MAX);
        (wanted && !excluded.holds(agency) && !case.family.checks.contains_key(&agency.name)).then(|| FamilyChange::CheckAsked {
            agency: agency.name.clone(),
            named: by_form,
            due_on: world.calendar.add_working_days(world.today, days),
        })
    };
    world.lifecycle.agencies.iter().filter_map(change).collect()
}

pub(super) fn answered(about: &About<'_>) -> Result<FamilyChange, String> {
    let agency = agency(about)?;
    if !about.case.family.checks.contains_key(&agency) {
        return Err(format!("`{agency}` was not asked about this family"));
    }
    let excluded = Excluded::of(about.case);
    if about.world.lifecycle.agencies.iter().any(|known| known.name == agency && excluded.holds(known)) {
        return Err(format!("the family does not want `{agency}` told: nothing of it is recorded"));
    }
    let answer = about.word("answer").and_then(CheckAnswer::of).ok_or("say with `answer` what the agency said")?;
    Ok(FamilyChange::CheckAnswered { agency, answer, words: about.words("words") })
}

pub(super) fn excluded(about: &About<'_>) -> Result<FamilyChange, String> {
    agency(about).map(|agency| FamilyChange::AgencyExcluded { agency })
}

/// Whether the family keeps somebody out, by their address; nobody says of themselves that they are not meant.
pub(super) fn kept_out(about: &About<'_>) -> Result<FamilyChange, String> {
    let given = about.words("person").map(|words| words.as_text().trim().to_lowercase()).unwrap_or_default();
    let address = given.rsplit_once('<').map_or(given.as_str(), |(_, behind)| behind.trim_end_matches('>').trim());
    if !address.contains('@') || address.contains(char::is_whitespace) {
        return Err("`person` is the mail address of whom you mean".to_owned());
    }
    let kept_out = about.yes("kept_out").ok_or("say with `kept-out` yes or no")?;
    if let Actor::Person { address: own, .. } = about.by()
        && !kept_out
        && own.as_text().eq_ignore_ascii_case(address)
    {
        return Err("whether the family means you is for somebody else to say".to_owned());
    }
    Ok(FamilyChange::PersonKeptOut { address: Personal::new(address.to_owned()), kept_out })
}

fn agency(about: &About<'_>) -> Result<AgencyName, String> {
    about.word("agency").and_then(|word| AgencyName::new(word).ok()).ok_or_else(|| "say which agency with `agency`".to_owned())
}

/// Agencies of `lifecycle` whose check fits, in the file's order.
pub fn agencies_with<'a>(
    case: &'a Case,
    lifecycle: &'a Lifecycle,
    fits: impl Fn(&Check) -> bool + 'a,
) -> impl Iterator<Item = (&'a AgencyDef, &'a Check)> {
    let excluded = Excluded::of(case);
    lifecycle.agencies.iter().filter_map(move |agency| {
        let check = case.family.checks.get(&agency.name).filter(|check| fits(check))?;
        (!excluded.holds(agency)).then_some((agency, check))
    })
}
