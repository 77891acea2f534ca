//! Message + documents → [`Intake`]: what kind of mail it is, and, for a nomination, each answer with its source.
//!
//! The program invents nothing: a value that is not there is absent. Two answers that disagree are both kept.
//! What labels and criteria are called is data (`workflows/<programme>/forms/`).

mod agencies;
mod asked;
mod assessment;
mod assessment_asked;
mod beside;
mod cells;
mod consent;
mod consent_asked;
mod criteria;
mod crosses;
mod danger;
mod dates;
mod denials;
mod disagree;
mod dressing;
mod each;
mod entry;
mod figures;
mod form;
mod harm;
mod header;
mod headings;
mod home;
mod interpret;
mod introduction;
mod key;
mod learnt;
mod letter;
mod lines;
mod links;
mod mail_kind;
mod marks;
mod members;
mod names;
pub mod numbers;
mod only_place;
mod others;
mod over;
mod pairs;
mod papers;
mod paragraphs;
mod pattern;
mod people;
mod phrases;
mod postcode;
mod prose;
pub mod reading;
mod referrer;
mod refs;
mod roll;
mod rows;
mod schooling;
mod several;
mod shapes;
mod sharing;
mod sheet;
mod slot;
mod subject;
mod tables;
mod text;
mod theme_rows;
mod themes;
mod unlabelled;
mod who;
mod words;

pub use interpret::{NOTHING_ATTACHED, interpret, nominated, shown, subject_tells_of_danger};
pub use learnt::{Learnt, UnknownLabel, learn};
pub use words::Vocabulary;

use serde::{Deserialize, Serialize};

use crate::domain::document::{Document, Format, Method, Problem};
use crate::domain::ids::ThemeKey;
use crate::domain::mail::Message;
use crate::domain::personal::Personal;
use crate::domain::time::Date;

/// A mail, read: the message, its own text as a document named `body`, and one document an attached file.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Reading {
    /// The mail.
    pub message: Message,
    /// The mail's own newest text (plain preferred, else HTML).
    pub body: Document,
    /// Earlier mails quoted below it, or the inline part of a forward; empty when there are none.
    pub quoted: Vec<Document>,
    /// The whole text of a reply line by line, in its order, quoted lines with their marks; empty when it answers nothing.
    #[serde(default)]
    pub lines: Vec<String>,
    /// The same text in its other shape, when that shape says something else: some programs show their reader this one.
    #[serde(default)]
    pub other_shape: Option<Document>,
    /// One entry an attached file, in order; documents inside attached mails follow the mail's own entry.
    pub documents: Vec<Document>,
}

/// What a mail is for. The names are those of the published answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MailKind {
    /// A nomination of a family.
    Nomination,
    /// News about a case we may know.
    Update,
    /// Somebody asks for advice.
    AdviceRequest,
    /// A freedom-of-information request.
    FoiRequest,
    /// A subject-access request.
    SubjectAccessRequest,
    /// Somebody is not content with the service.
    Complaint,
    /// Words of immediate danger.
    SafeguardingAlert,
    /// Out-of-office, read receipt, list, calendar.
    AutoReply,
    /// A delivery report.
    Bounce,
    /// Anything else.
    Other,
}

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DocumentKind {
    /// A nomination form.
    NominationForm,
    /// A consent form.
    ConsentForm,
    /// Both in one.
    NominationAndConsentForm,
    /// An Early Help Assessment.
    EarlyHelpAssessment,
    /// A statutory assessment or plan.
    StatutoryAssessment,
    /// Anything else.
    Other,
}

/// What is said of one file.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct DocumentHead {
    /// Attachment name.
    pub name: Personal<String>,
    /// What it is.
    pub kind: DocumentKind,
    /// What the bytes are.
    pub format: Format,
    /// How it was read; `None` when it was not.
    pub read_by: Option<Method>,
    /// Why it could not be used.
    pub problem: Option<Problem>,
}

/// Where an answer comes from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Source {
    /// Attachment name, or `body`.
    pub document: Personal<String>,
    /// Page, from 1.
    pub page: u32,
    /// Where on it, for a person.
    pub place: String,
    /// The words themselves.
    pub quote: Personal<String>,
    /// How it was read.
    pub method: Method,
    /// 0 to 1.
    pub confidence: f32,
}

/// An answer with its sources. `others` holds differing answers found elsewhere: a person chooses.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Answer<T> {
    /// The value.
    pub value: Personal<T>,
    /// Where it stands.
    pub sources: Vec<Source>,
    /// Other readings of the same question, each with its sources.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub others: Vec<(Personal<T>, Vec<Source>)>,
}

/// Who sends the family to us.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Referrer {
    /// Name.
    pub name: Option<Answer<String>>,
    /// Job title.
    pub role: Option<Answer<String>>,
    /// Agency.
    pub organisation: Option<Answer<String>>,
    /// Mail address.
    pub email: Option<Answer<String>>,
    /// Telephone as written.
    pub phone: Option<Answer<String>>,
}

/// The main address.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct HomeAddress {
    /// As written, without the postcode.
    pub text: Option<Answer<String>>,
    /// `CA28 7XX`: upper case, one blank.
    pub postcode: Option<Answer<String>>,
}

/// How strongly a theme is shown of a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Needs a person's look; never enough by itself.
    Possible,
    /// Only an attached assessment or plan shows it.
    Documented,
    /// A sentence says it of that person.
    Stated,
    /// A box, a yes, a row or a named person on a form.
    Ticked,
}

/// A theme shown of one member.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ThemeShown {
    /// Which.
    pub theme: ThemeKey,
    /// How strongly.
    pub standing: Standing,
    /// Where.
    pub sources: Vec<Source>,
}

/// One person of the family.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Member {
    /// First names.
    pub given_name: Option<Answer<String>>,
    /// Surname.
    pub family_name: Option<Answer<String>>,
    /// Date of birth, when written in full.
    pub date_of_birth: Option<Answer<Date>>,
    /// Age in years as written, when no date is.
    pub age_years: Option<Answer<u8>>,
    /// Expected date of delivery of an unborn child.
    pub expected_on: Option<Answer<Date>>,
    /// Gender, lower case, as understood.
    pub gender: Option<Answer<String>>,
    /// Relationship as written.
    pub relationship: Option<Answer<String>>,
    /// School, nursery or college.
    pub school: Option<Answer<String>>,
    /// Under 18 on the day of receipt, unborn, or told so by relationship; `None` when nothing tells.
    pub is_child: Option<bool>,
    /// NHS number as typed; [`numbers::Number::is_valid`] tells whether it passes its check.
    pub nhs_number: Option<Answer<String>>,
    /// National Insurance number as typed.
    pub ni_number: Option<Answer<String>>,
    /// Unique pupil number as typed.
    pub upn: Option<Answer<String>>,
    /// On a current child protection plan, shown by a source.
    pub child_protection_plan: Option<Vec<Source>>,
    /// Themes shown, at most one entry a theme.
    pub themes: Vec<ThemeShown>,
    /// Themes asked about and answered No for this person.
    pub denied: Vec<ThemeKey>,
}

/// An agency already with the family.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Agency {
    /// Its name.
    pub name: Answer<String>,
    /// Person, telephone or address, as written.
    pub contact: Option<Answer<String>>,
}

/// How consent is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConsentEvidence {
    /// Wet signature seen.
    Signature,
    /// A typed name.
    TypedName,
    /// A signed signature field.
    ElectronicSignature,
    /// Said, with a witness.
    Verbal,
    /// The referrer says so.
    AssertedByReferrer,
}

/// Whether the family agreed to be nominated and to share.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Consent {
    /// `None`: not shown.
    pub given: Option<Answer<bool>>,
    /// Who signed.
    pub signed_by: Option<Answer<String>>,
    /// When.
    pub signed_on: Option<Answer<Date>>,
    /// Which evidence.
    pub evidence: Option<ConsentEvidence>,
    /// Who witnessed what was only said.
    #[serde(default)]
    pub witnessed_by: Option<Answer<String>>,
    /// Kinds of agency the family agrees to share with, as written; empty when nothing is said of it.
    #[serde(default)]
    pub shared_with: Vec<Answer<String>>,
    /// What the family agrees to share for, as written; empty when nothing is said of it.
    #[serde(default)]
    pub purposes: Vec<Answer<String>>,
    /// Agencies that must not be told, as written.
    #[serde(default)]
    pub excluded_agencies: Vec<Answer<String>>,
    /// People who must not know, as written.
    #[serde(default)]
    pub hidden_from: Vec<Answer<String>>,
}

impl Consent {
    /// Yes and No both stand there: a person chooses, not the first that was read.
    #[must_use]
    pub fn is_contradicted(&self) -> bool {
        self.given.as_ref().is_some_and(|answer| !answer.others.is_empty())
    }
}

/// Which assessment is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AssessmentKind {
    /// Early Help Assessment.
    EarlyHelpAssessment,
    /// Child protection plan.
    ChildProtectionPlan,
    /// Child in need plan.
    ChildInNeedPlan,
    /// Youth justice assessment.
    YouthJusticeAssessment,
    /// Another statutory one.
    OtherStatutory,
}

/// How far it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AssessmentState {
    /// None is shown.
    #[default]
    None,
    /// Begun.
    Started,
    /// Finished, or attached.
    Complete,
}

/// The assessment that comes with a nomination.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct AssessmentShown {
    /// Which.
    pub kind: Option<AssessmentKind>,
    /// How far.
    pub state: AssessmentState,
    /// Where it is said.
    pub sources: Vec<Source>,
}

/// What a careful reader takes from a nomination.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Nomination {
    /// Who sends it.
    pub referrer: Referrer,
    /// Where the family lives.
    pub address: HomeAddress,
    /// The people.
    pub members: Vec<Member>,
    /// Who works with them.
    pub agencies: Vec<Agency>,
    /// Whether they agreed.
    pub consent: Consent,
    /// Which assessment comes along.
    pub assessment: AssessmentShown,
    /// Themes asked of the whole family and answered No.
    pub denied: Vec<ThemeKey>,
    /// Themes shown on the form without saying of whom.
    pub themes_of_nobody: Vec<ThemeShown>,
}

/// The whole understanding of one mail.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Intake {
    /// What the mail is for.
    pub kind: MailKind,
    /// Where words of immediate danger stand; shown to people only, first of all.
    pub danger: Vec<Source>,
    /// One entry an attached file.
    pub documents: Vec<DocumentHead>,
    /// Present exactly when the kind is `Nomination`; where nothing else could be read it holds who sent it and no more.
    pub nomination: Option<Nomination>,
    /// What is missing: `consent`, `assessment`, `members[2].date_of_birth`, `address.postcode`, `referrer.name`.
    pub missing: Vec<String>,
    /// What a person should look at, in plain words without personal data.
    pub doubts: Vec<String>,
    /// The mail's own words are those of somebody who tells of their own home and children.
    #[serde(skip)]
    pub of_own_family: bool,
    /// A list server sent it to many, and nothing in it is for us.
    #[serde(skip)]
    pub circular: bool,
    /// Where words stand that the family does not agree any more; shown to people only.
    #[serde(skip)]
    pub withdrawal: Vec<Source>,
    /// A request with a clock of the law that the same mail makes.
    #[serde(skip)]
    pub also: Option<MailKind>,
}

crate::redacted_debug!(Reading, DocumentHead, Intake);
