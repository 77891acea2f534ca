//! Case + template → finished text, its HTML twin, one subject line. Only what [`Context`] can hold can be said,
//! and it can hold no name, no date of birth, no address, no school, no free words and no kind of trouble.

//!
//! Start at [`Templates::load`] and [`Templates::compose`]. A council may replace the templates: loading them finds every defect
//! at once, by rendering each letter with [`samples()`] and comparing the HTML with the text.

mod compose;
mod data;
mod fields;
mod invitation;
mod lint;
mod parts;
mod places;
mod samples;
mod words;

pub use compose::{ComposeError, TemplateDefect, TemplateFile, Templates};
pub use fields::never_given;
pub use invitation::{CalendarPart, Invitation, Method};
pub use samples::samples;

use serde::{Deserialize, Serialize};

use crate::domain::time::Date;

/// A finished letter. One envelope recipient; the body is complete as text.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Letter {
    /// One line: reference, purpose, date.
    pub subject: String,
    /// Plain text, complete.
    pub text: String,
    /// The HTML twin.
    pub html: String,
    /// Name and digest of the template it was made with: `decision/1f0c2ab4d5e6`.
    #[serde(default)]
    pub template: String,
    /// What a digest says of it instead, in one line; reminders have one.
    #[serde(default)]
    pub line: Option<DigestLine>,
    /// The meeting it invites to, or calls off, for the reader's calendar.
    #[serde(default)]
    pub calendar: Option<CalendarPart>,
}

/// A row of a digest: one reminder in one line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DigestLine {
    /// Case reference.
    pub reference: String,
    /// What is to do, from the letter's title.
    pub purpose: String,
    /// Until when.
    pub due_on: Option<Date>,
    /// It is late.
    pub late: bool,
    /// Page of the case.
    pub link: String,
}

/// Everything a letter may say. Flat, typed, nothing free: texts come from the programme's folder or are references, dates, counts.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Context {
    /// `FF-2026-7142`, or a receipt number of a mail.
    pub reference: String,
    /// Title of the area, `area not known yet` when there is none.
    pub area: Option<String>,
    /// Title of the stage the case is in.
    pub stage: Option<String>,
    /// Title of the role this goes to: `You get this because you are {role}`.
    pub role: Option<String>,
    /// The date that matters in this letter.
    pub due_on: Option<Date>,
    /// The day by which something is asked for, never past: the date that matters, or once that is here the next step of the ladder.
    #[serde(default)]
    pub asked_by: Option<Date>,
    /// Time of day of a meeting, `10:30`.
    #[serde(default)]
    pub at: Option<String>,
    /// Working days over it, when late.
    pub late_by: Option<u32>,
    /// The day the mail was received.
    pub received_on: Option<Date>,
    /// Kinds of things missing, in plain words of the programme's folder: `the consent form`.
    pub missing: Vec<String>,
    /// What is begun and will be asked for: `the Early Help Assessment (started)`.
    pub to_chase: Vec<String>,
    /// Title of the grade, `meets the published criteria`.
    pub grade: Option<String>,
    /// The readings of the rule in plain words: title and `met`, `not met`, `not shown`.
    pub readings: Vec<(String, String)>,
    /// Counts: `members`, `members_two`, `themes_ticked`, `themes_stated`, `themes_documented`, `themes_possible`, `attachments`.
    pub counts: std::collections::BTreeMap<String, u32>,
    /// Members by initials with their themes; only where the settings trust the recipient's domain with them.
    #[serde(default)]
    pub details: Vec<String>,
    /// Consent state in plain words.
    pub consent: Option<String>,
    /// The sender is proven.
    pub sender_proven: bool,
    /// A family like this may be known.
    pub match_possible: bool,
    /// A suggestion in plain words from the programme's folder.
    pub suggestion: Option<String>,
    /// Rule pack and version.
    pub rule_pack: Option<String>,
    /// Page of the case or of the worklist item.
    pub link: String,
    /// The command that shows it on the server, for who works there; empty for everybody else.
    #[serde(default)]
    pub look: String,
    /// Who opens a page has to sign in; otherwise the pages open only where the program runs, or inside a closed network.
    #[serde(default)]
    pub sign_in: bool,
    /// Titles of the roles that get this same letter, for letters that say so.
    #[serde(default)]
    pub told: Vec<String>,
    /// Outcome word of a decision or closure, from the workflow's closed list.
    pub outcome: Option<String>,
    /// The last day on which the record of a closed case is kept; none where a person decides.
    #[serde(default)]
    pub kept_until: Option<Date>,
    /// The rule that says so.
    #[serde(default)]
    pub kept_by: Option<String>,
    /// Who holds something of the family already, by role and agency, in words.
    #[serde(default)]
    pub holders: Vec<String>,
    /// A meeting date.
    pub meeting_on: Option<Date>,
    /// What can be recorded next, `case record` lines for people without the pages.
    pub moves: Vec<String>,
    /// Lines of a digest.
    pub lines: Vec<DigestLine>,
    /// The team's telephone, from the settings.
    pub team_phone: String,
    /// The Safeguarding Hub's telephone, from the settings.
    pub hub_phone: String,
    /// The emergency duty team's telephone, for nights and weekends, from the settings.
    #[serde(default)]
    pub out_of_hours_phone: Option<String>,
    /// So many hours nobody has answered what this letter tells of.
    #[serde(default)]
    pub unanswered_hours: Option<u32>,
    /// The programme's title.
    pub programme: String,
    /// Several cases named in one acknowledgement.
    pub references: Vec<String>,
    /// Kind of a request for information in plain words, from a closed list: `a question about the programme`.
    pub request: Option<String>,
    /// Numbered lines of a reply that were understood, by their titles; never what they say.
    #[serde(default)]
    pub understood: Vec<String>,
    /// Those that were not.
    #[serde(default)]
    pub not_understood: Vec<String>,
    /// What the program has to say about itself, one of its own fixed sentences: `The mailbox has not been read since 09:12.`
    pub notice: Option<String>,
    /// What to do about it, one of the program's own fixed sentences.
    pub advice: Option<String>,
}

crate::redacted_debug!(Letter);
