//! What `mail explain` does: one file, the programme and the sandboxed reader. Stores and sends nothing.

use std::borrow::Cow;
use std::path::Path;

use crate::config::own;
use crate::daemon::app::{StartError, load_programme, programme_of};
use crate::domain::document::shown::{Mark, has_pages};
use crate::domain::document::{self, Format};
use crate::domain::ids::PackName;
use crate::domain::mail;
use crate::domain::nomination::{Reading, Vocabulary};
use crate::domain::time::Date;
use crate::domain::workflow::Programme;
use crate::engine::becomes::{Sender, may_be_answered, would, would_unread};
use crate::engine::judge::{Judged, judge, understand};
use crate::engine::requests::sender_of_unread;
use crate::engine::sender::proof_by;
use crate::explain::{Detail, answers};
use crate::reader::protocol::PagesWanted;
use crate::reader::{ReadFailure, Reader};
use crate::scan::{Scanner, may_open};

/// What `mail explain` needs: nothing but the file, the programme and the sandboxed reader.
pub struct Explained {
    /// The published answer.
    pub json: serde_json::Value,
    /// The same for people.
    pub text: String,
    /// Why nothing could be made of a form that came without a mail, and what to do; a mail ends with a person and is none.
    pub unusable: Option<String>,
}

/// What `mail explain` says where the letters depend on whether the sender is proven, which a file alone does not show.
const IF_UNPROVEN: &str = "if this sender is not proven, only a bare receipt goes to it";

/// Why a mail cannot be explained.
#[derive(Debug, thiserror::Error)]
pub enum ExplainError {
    /// The file.
    #[error("cannot read `{path}`")]
    File {
        /// Which.
        path: String,
        /// Why.
        #[source]
        cause: std::io::Error,
    },
    /// The folder for pictures.
    #[error("cannot write the pictures of pages into `{path}`")]
    Pictures {
        /// Which.
        path: String,
        /// Why.
        #[source]
        cause: std::io::Error,
    },
    /// The programme.
    #[error(transparent)]
    Start(#[from] StartError),
}

/// How a mail is explained.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// Judged as if received on this day; else on the mail's own.
    pub as_of: Option<Date>,
    /// A folder for pictures of its pages.
    pub pages: Option<&'a Path>,
    /// The mailbox it came by, whose trust counts; the first of the settings for a file.
    pub mailbox: Option<&'a str>,
    /// For a mail without a date.
    pub today: Date,
    /// How much about persons is told.
    pub detail: Detail,
    /// The programme at hand; without one that of the settings is read.
    pub programme: Option<&'a Programme>,
}

/// Reads, judges and explains one mail, or a form that came without one. Stores and sends nothing.
///
/// # Errors
/// [`ExplainError`]; a mail that cannot be read is explained, not an error.
pub async fn explain(
    file: &Path,
    settings: Option<&crate::config::Settings>,
    asked: Asked<'_>,
) -> Result<Explained, ExplainError> {
    let bytes = std::fs::read(file).map_err(|cause| ExplainError::File { path: file.display().to_string(), cause })?;
    let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    // Told by the first bytes, and only where no mail begins so; everything else is read as a mail.
    let is_form = matches!(
        document::sniff("", "", &bytes),
        Format::Pdf
            | Format::Docx
            | Format::Doc
            | Format::Odt
            | Format::Rtf
            | Format::Xlsx
            | Format::Zip
            | Format::Image
            | Format::Msg
    );
    let raw = if is_form { mail::carrying(&name, &bytes) } else { bytes };
    let Some(scan) = settings.and_then(|settings| settings.scan.as_ref()) else {
        let explained = Box::pin(explain_raw(&raw, settings, asked)).await?;
        return Ok(if is_form { explained.of_form(&name) } else { explained });
    };
    let scanned = Scanner::new(scan).scan(&raw).await;
    let says = scanned.says();
    let stays_closed = !may_open(&scanned, scan);
    let mut explained = if stays_closed { closed(&says) } else { Box::pin(explain_raw(&raw, settings, asked)).await? };
    if let Some(answer) = explained.json.as_object_mut() {
        answer.insert("scan".to_owned(), serde_json::json!({"result": scanned.as_str(), "says": says}));
    }
    if !stays_closed {
        explained.text = format!("viruses   {says}\n{}", explained.text);
    }
    Ok(if is_form { explained.of_form(&name) } else { explained })
}

impl Explained {
    /// The same of a form alone: there is nothing else to go by when it could not be used.
    fn of_form(self, name: &str) -> Self {
        let problems = self.json["documents"].as_array().into_iter().flatten();
        let problems: Vec<Option<&str>> = problems.map(|document| document["problem"].as_str()).collect();
        let closed = self.json["problem"].as_str().map(str::to_owned);
        let unusable = closed.or_else(|| {
            let none_read = !problems.is_empty() && problems.iter().all(Option::is_some);
            let doubts = || self.json["doubts"].as_array().into_iter().flatten().find_map(|doubt| doubt.as_str());
            none_read.then(|| doubts().unwrap_or("nothing in it could be read").to_owned())
        });
        let unusable = unusable.map(|says| format!("`{name}` could not be used: {says}"));
        Self { unusable, ..self }
    }
}

/// What is told of a mail that stays closed because of what the virus scanner said.
#[must_use]
pub fn closed(says: &str) -> Explained {
    let would = ["wait for a person".to_owned()];
    Explained { json: not_read(None, says, &would), text: not_read_text(says, &would), unusable: None }
}

/// As [`explain`], of a mail that is read already.
///
/// # Errors
/// [`ExplainError`].
pub async fn explain_raw(
    raw: &[u8],
    settings: Option<&crate::config::Settings>,
    asked: Asked<'_>,
) -> Result<Explained, ExplainError> {
    let default_reader = crate::config::ReaderSettings::default();
    let reader = Reader::new(crate::daemon::app::reader_settings(settings.map_or(&default_reader, |s| &s.reader)));
    let programme = match asked.programme {
        Some(programme) => Cow::Borrowed(programme),
        None => Cow::Owned(settings.map_or_else(|| load_programme(None), programme_of)?),
    };
    let pack = settings.map_or_else(|| crate::config::ProgrammeSettings::default().rule_pack, |s| s.programme.rule_pack.clone());
    match reader.read(raw).await {
        Ok(reading) => {
            let received = reading.message.date.or(reading.message.received);
            let day = asked.as_of.or_else(|| received.map(crate::domain::time::london_date)).unwrap_or(asked.today);
            let sender = sender_of(settings, asked.mailbox, &reading);
            let (judged, would, would_if_unproven) = judged_or_not(&programme, &pack, &reading, day, sender);
            let (assessment, routing) = (judged.assessment.as_ref(), judged.routing.as_ref());
            let unproven = (would != would_if_unproven).then_some(IF_UNPROVEN);
            let mut text = crate::explain::report(&reading, &judged.intake, assessment, routing, &would, unproven, asked.detail);
            if let Some(folder) = asked.pages {
                text.push_str(&pictures(&reader, raw, &reading, &judged, folder).await?);
            }
            let json = crate::explain::explanation(&reading, &judged.intake, assessment, routing, &would, &would_if_unproven);
            Ok(Explained { json, text, unusable: None })
        }
        Err(failure) => {
            let says = failure.to_string();
            let would = would_unread(&programme, sender_of_unread(&failure).is_some());
            Ok(Explained { json: unread(&failure, &would), text: not_read_text(&says, &would), unusable: None })
        }
    }
}

/// Draws the pages of the mail's files into `folder`, the places of its answers marked with their numbers; says what is there.
async fn pictures(
    reader: &Reader,
    raw: &[u8],
    reading: &Reading,
    judged: &Judged,
    folder: &Path,
) -> Result<String, ExplainError> {
    let failed = |cause| ExplainError::Pictures { path: folder.display().to_string(), cause };
    let told = judged.intake.nomination.as_ref().map(answers).unwrap_or_default();
    let marks = told.iter().flat_map(|told| {
        told.sources.iter().map(|source| Mark {
            document: source.document.as_text().to_owned(),
            page: source.page,
            place: source.place.clone(),
            number: u32::try_from(told.number).unwrap_or(u32::MAX),
        })
    });
    let pages = match reader.pages(raw, PagesWanted::with(marks.collect())).await {
        Ok(pages) => pages,
        Err(failure) => return Ok(format!("pictures  none: {failure}\n")),
    };
    own::folder(folder).map_err(failed)?;
    let mut says = String::new();
    let line =
        |says: &mut String, text: &str| says.push_str(&format!("{:<10}{text}\n", if says.is_empty() { "pictures" } else { "" }));
    for page in &pages {
        let path = folder.join(format!("document-{}-page-{}.png", page.file + 1, page.page));
        own::write(&path, &page.png).map_err(failed)?;
        line(&mut says, &format!("{}  {}, page {}", path.display(), page.document, page.page));
    }
    for document in reading.documents.iter().filter(|document| pages.iter().all(|page| page.document != document.name)) {
        let why = if has_pages(document.format) { "could not be drawn" } else { "has no pages of its own to draw" };
        line(&mut says, &format!("none  {} {why}", document.name));
    }
    if says.is_empty() {
        line(&mut says, "none  the mail carries no file");
    }
    Ok(says)
}

/// Who sent it, by the settings. Without settings it counts as checked by whoever handed it over: what its topmost result says of DMARC
/// holds, and without one its sender counts as proven.
fn sender_of(settings: Option<&crate::config::Settings>, mailbox: Option<&str>, reading: &Reading) -> Sender {
    let answerable = may_be_answered(&reading.message);
    let Some(settings) = settings else {
        let proof = mail::sender::prove(&reading.message, mail::sender::Border::AlreadyChecked, []);
        return Sender { proven: proof.is_proven(), answerable };
    };
    let own = |from: &mail::Address| mail::thread::is_own_address(&from.address, &settings.mail.address);
    let first = settings.mailboxes.first().map_or("", |mailbox| &mailbox.name);
    Sender {
        proven: proof_by(settings, mailbox.unwrap_or(first), reading).is_proven(),
        answerable: answerable && !reading.message.from.iter().any(own),
    }
}

/// What is made of the mail and what it would cause, as its sender is and were it not proven. A nomination of a day without a rule pack is
/// told all the same, unjudged.
fn judged_or_not(
    programme: &Programme,
    pack: &PackName,
    reading: &Reading,
    day: Date,
    sender: Sender,
) -> (Judged, Vec<String>, Vec<String>) {
    let words = Vocabulary::new(&programme.forms);
    match judge(programme, &words, pack, reading, day) {
        Ok(judged) => {
            let told = would(programme, &judged, sender, &reading.message);
            let unproven = would(programme, &judged, Sender { proven: false, ..sender }, &reading.message);
            (judged, told, unproven)
        }
        Err(no_pack) => {
            let mut judged = understand(programme, &words, reading, day);
            judged.intake.doubts.push(format!("not judged: {no_pack}"));
            let waits = vec!["wait until the settings name a rule pack of that day".to_owned()];
            (judged, waits.clone(), waits)
        }
    }
}

/// The published answer for a mail that could not be read: what its head says, and why.
fn unread(failure: &ReadFailure, would: &[String]) -> serde_json::Value {
    let message = match failure {
        ReadFailure::Mail(problem) => problem.message.as_deref(),
        ReadFailure::NotSandboxed
        | ReadFailure::TimeLimit
        | ReadFailure::MemoryLimit
        | ReadFailure::Crashed
        | ReadFailure::BadAnswer
        | ReadFailure::NotStarted { .. } => None,
    };
    not_read(message, &failure.to_string(), would)
}

fn not_read_text(says: &str, would: &[String]) -> String {
    let would = would.join("\n          ");
    format!("kind      other\nproblem   {says}\nwould     {would}\nnothing was stored or sent\n")
}

fn not_read(message: Option<&mail::Message>, says: &str, would: &[String]) -> serde_json::Value {
    serde_json::json!({
        "message": {
            "message_id": message.and_then(|message| message.message_id.clone()),
            "from": message.and_then(|message| message.from.first()).map(|from| from.address.clone()),
            "subject": message.map(|message| message.subject.clone()),
            "kind": "other",
        },
        "problem": says, "documents": [], "nomination": null, "eligibility": null, "missing": [], "area": null,
        "would": would, "would_if_unproven": would,
    })
}
