//! The whole programme, checked: what every other module gets to see of `workflows/<name>/`.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::domain::ids::{AreaName, GradeName, InterpretationName, PackName, ThemeKey};
use crate::domain::rules::Condition;
use crate::domain::time::{Calendar, Date};
use crate::domain::workflow::blank::BlankForm;
use crate::domain::workflow::desk::Desk;
use crate::domain::workflow::lifecycle::Lifecycle;
use crate::domain::workflow::outcomes::OutcomePlan;
use crate::domain::workflow::people::PeopleRules;

/// A theme of the programme.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Theme {
    /// Its stable key.
    pub key: ThemeKey,
    /// For people.
    pub title: String,
    /// Number in the outcome plan: a hint for people only, never a key.
    #[serde(default)]
    pub number: Option<u8>,
    /// A current child protection plan shows this theme of the child: where it is answered No, there is no plan.
    #[serde(default)]
    pub shown_by_child_protection_plan: bool,
}

/// A leaf of an eligibility rule. The counting words know members and themes, nothing else.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum CriterionTest {
    /// At least `members` members each show at least `themes_each` distinct themes.
    MembersEach {
        /// How many members.
        members: usize,
        /// How many themes each.
        themes_each: usize,
    },
    /// The family shows at least `count` distinct themes, whoever has them, themes of nobody in particular included.
    FamilyThemes {
        /// How many.
        count: usize,
        /// These do not count.
        #[serde(default)]
        other_than: Vec<ThemeKey>,
    },
    /// At least `count` members show at least one theme.
    MembersContributing {
        /// How many.
        count: usize,
    },
    /// A child, or an unborn child, is on a current child protection plan.
    CurrentChildProtectionPlan,
}

/// One named reading of the published criteria.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Interpretation {
    /// Its name.
    pub name: InterpretationName,
    /// For people: `two members with two themes each`.
    pub title: String,
    /// The published clause, in our own words, with its reference.
    pub clause: String,
    /// The condition.
    pub condition: Condition<CriterionTest>,
}

/// A grade, given when one of its interpretations is met; the last of the list has none and is what remains.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Grade {
    /// Its name.
    pub name: GradeName,
    /// For people.
    pub title: String,
    /// Any of these met gives it.
    #[serde(default)]
    pub any_of: Vec<InterpretationName>,
    /// What the summary suggests, in plain words.
    pub suggestion: String,
}

/// A rule pack: never edited once used, only superseded.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RulePack {
    /// Its name.
    pub name: PackName,
    /// The file's own number.
    pub version: String,
    /// In force from this day.
    pub from: Date,
    /// In force up to and including this day; open when absent.
    #[serde(default)]
    pub until: Option<Date>,
    /// The pack that judges what is received later.
    #[serde(default)]
    pub superseded_by: Option<PackName>,
    /// The readings, in the order of the published text.
    pub interpretations: Vec<Interpretation>,
    /// The grades, best first.
    pub grades: Vec<Grade>,
    /// `version` and a digest of the file's text without its end (`until`, `superseded_by`), which may be added later; filled by the
    /// loader.
    #[serde(skip)]
    pub stamp: String,
    /// Its file, below the programme's folder; filled by the loader.
    #[serde(skip)]
    pub path: String,
    /// The programme's themes, so that what was never asked can be told; filled by the loader.
    #[serde(skip)]
    pub themes: Vec<Theme>,
}

impl RulePack {
    /// The reading of the criteria that gives the best grade: the first that grade names.
    #[must_use]
    pub fn reading_that_counts(&self) -> Option<&InterpretationName> {
        self.grades.first().and_then(|best| best.any_of.first())
    }
    /// Lets another reading of the published criteria give the best grade, in place of the first that grade names. Other ways to that
    /// grade stay; the reading's own lesser grade goes. Verdicts say so: `/family_two` stands behind the version. Nothing changes
    /// where the pack has no such reading.
    pub fn read_as(&mut self, reading: &InterpretationName) {
        let known = self.interpretations.iter().any(|one| one.name == *reading);
        if !known || self.reading_that_counts() == Some(reading) {
            return;
        }
        for grade in &mut self.grades {
            grade.any_of.retain(|name| name != reading);
        }
        let Some(best) = self.grades.first_mut() else { return };
        match best.any_of.first_mut() {
            Some(first) => first.clone_from(reading),
            None => best.any_of.push(reading.clone()),
        }
        self.stamp = format!("{}/{reading}", self.stamp);
    }
    /// Whether a verdict with this version was given by this very text, whichever reading counted.
    #[must_use]
    pub fn gave(&self, version: &str) -> bool {
        let text = |stamp: &str| stamp.split('/').next().unwrap_or_default().to_owned();
        text(&self.stamp) == text(version)
    }
}

/// How sure an area is told by an outward code.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Outcode {
    /// `CA28`.
    pub outcode: String,
    /// Districts it lies in, main one first, ours only.
    pub districts: Vec<String>,
    /// More than one authority or district: a person, or the full postcode, must decide.
    #[serde(default)]
    pub split: bool,
}

/// A district and the area it belongs to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct District {
    /// `Copeland`.
    pub title: String,
    /// The area with its own officer and meeting.
    pub area: AreaName,
    /// Post towns that lie in it, for addresses without a usable postcode.
    #[serde(default)]
    pub towns: Vec<String>,
}

/// An area.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Area {
    /// Its name.
    pub name: AreaName,
    /// For people.
    pub title: String,
}

/// Geography: `areas.yaml`.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Geography {
    /// The areas.
    pub areas: Vec<Area>,
    /// The districts.
    pub districts: Vec<District>,
    /// The outward codes.
    pub outcodes: Vec<Outcode>,
}

/// Where a family belongs, and which step decided: `outcode`, `post_town`, or nothing did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Routing {
    /// District title, `None` when a person must decide.
    pub district: Option<String>,
    /// Its area.
    pub area: Option<AreaName>,
    /// `outcode`, `post_town`, `split`, `outside`, `unknown`.
    pub decided_by: String,
}

/// Words the letters and reports use: `words.yaml`.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Words {
    /// `consent` → `the signed consent form`: kinds of things missing, by the published name without indexes.
    pub missing: BTreeMap<String, String>,
    /// `consent` fact word → plain words for the summary.
    pub consent: BTreeMap<String, String>,
    /// `consent` fact word → what is suggested to who decides, whatever the criteria show.
    #[serde(default)]
    pub suggestions: BTreeMap<String, String>,
    /// Outcome words of decisions and closures → plain words.
    pub outcomes: BTreeMap<String, String>,
}

/// A form as people send it: labels, variants, criteria words. `forms/*.yaml`. The reading of nominations owns its meaning.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FormWords {
    /// Canonical field → label variants, lower case: `date_of_birth: [dob, d.o.b., date of birth]`.
    #[serde(default)]
    pub labels: BTreeMap<String, Vec<String>>,
    /// Theme key → phrases that name the criterion on a form.
    #[serde(default)]
    pub criteria: BTreeMap<String, Vec<String>>,
    /// Other word lists the reader of forms needs, by list name: placeholders, headings, relationships, negations…
    #[serde(default)]
    pub lists: BTreeMap<String, Vec<String>>,
    /// Maps from variant to canonical word, by map name: `relationship: {mum: Mother}`.
    #[serde(default)]
    pub maps: BTreeMap<String, BTreeMap<String, String>>,
    /// The forms handed out.
    #[serde(default)]
    pub blanks: Vec<BlankForm>,
    /// Blank forms of others, as fingerprints: their text is nobody's answer.
    #[serde(default)]
    pub learnt: Vec<LearntForm>,
}

/// A blank form the programme was shown: `forms/learnt/*.yaml`, written by `forms learn`.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LearntForm {
    /// What it is called here.
    pub name: String,
    /// Fingerprints of its fixed lines, 16 hexadecimal digits each; nothing of the form can be read in them.
    pub lines: Vec<String>,
}

/// The checked programme.
#[derive(Debug, Clone, PartialEq)]
pub struct Programme {
    /// `Focus Family`.
    pub title: String,
    /// Digest of the whole folder, 12 hexadecimal digits: two programmes with the same digest are the same.
    pub digest: String,
    /// The themes.
    pub themes: Vec<Theme>,
    /// The rule packs.
    pub packs: Vec<RulePack>,
    /// The life of a case.
    pub lifecycle: Lifecycle,
    /// What can be a need, and what counts as progress; empty where the folder has no outcome plan.
    pub outcomes: OutcomePlan,
    /// Mails that open no case, and letters that do not arrive.
    pub desk: Desk,
    /// When two families may be one.
    pub people: PeopleRules,
    /// Geography.
    pub geography: Geography,
    /// Working days.
    pub calendar: Calendar,
    /// Words for letters.
    pub words: Words,
    /// All form words merged.
    pub forms: Arc<FormWords>,
    /// Texts that are kept once they are used, by their paths: the life-cycle, the outcome plan, the rule packs.
    pub sources: Arc<BTreeMap<String, String>>,
}
