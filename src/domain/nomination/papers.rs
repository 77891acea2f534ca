//! The papers of a mail: its own text, what is quoted in it, its files; each read as a form and told what it is.

use super::form::Form;
use super::sheet::{Node, nodes};
use super::slot::Slot;
use super::text::{fold, has_phrase};
use super::words::Lexicon;
use crate::domain::document::{Document, Format, Method, Problem};
use crate::domain::nomination::{DocumentHead, DocumentKind, Reading};
use crate::domain::personal::Personal;

/// Where a paper comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    /// The mail's newest text.
    Body,
    /// An earlier mail below it.
    Quoted,
    /// The text of a mail attached to it.
    Inner,
    /// A file.
    File,
}

/// One paper.
pub(super) struct Paper<'r> {
    /// Attachment name or `body`.
    pub name: &'r str,
    /// Where it comes from.
    pub origin: Origin,
    /// As decoded.
    pub document: &'r Document,
    /// All its lines and tables, in reading order.
    pub nodes: Vec<Node>,
    /// As a form; up to where another family begins.
    pub form: Form,
    /// What it is.
    pub kind: DocumentKind,
    /// All its words, folded, lines kept apart.
    pub words: String,
    /// It goes on with another family, which was set apart and not read.
    pub more_families: bool,
}

impl Paper<'_> {
    /// A nomination form, or a mail text that holds one.
    pub(super) fn is_nomination(&self) -> bool {
        matches!(self.kind, DocumentKind::NominationForm | DocumentKind::NominationAndConsentForm)
    }

    /// An assessment or a plan.
    pub(super) fn is_assessment(&self) -> bool {
        matches!(self.kind, DocumentKind::EarlyHelpAssessment | DocumentKind::StatutoryAssessment)
    }

    /// Somebody wrote something on it: a person, an address, a name.
    pub(super) fn is_filled(&self, lexicon: &Lexicon<'_>) -> bool {
        // Of a form with fields, only what stands in a field was written by somebody; a drop-down left alone says nothing.
        let fields = self.document.read_by == Method::FormFields;
        let written = |slot: &Slot| !slot.is_blank(lexicon) && (!fields || slot.typed || slot.has_mark() || slot.is_signed());
        let person = self.form.people.iter().any(|draft| draft.fields.iter().any(|(_, slot)| written(slot)));
        let answers = self.form.answers.iter().filter(|answer| written(&answer.slot)).count();
        let listed = self.form.listing.iter().any(|(_, slot)| super::people::lists_somebody(&slot.text(), lexicon));
        person || listed && !fields || answers >= 3 || self.form.marks.iter().any(|mark| mark.yes)
    }

    /// Whether nothing of it could be read.
    pub(super) fn is_unreadable(&self) -> bool {
        self.document.blocks.is_empty() && self.document.unplaced.is_empty()
    }
}

/// All papers of `reading`, own text first, then files, then what is quoted.
pub(super) fn papers<'r>(reading: &'r Reading, lexicon: &Lexicon<'_>) -> Vec<Paper<'r>> {
    let mut papers = vec![paper(&reading.body, "body", Origin::Body, lexicon)];
    for document in &reading.documents {
        let origin = if matches!(document.format, Format::Mail | Format::Msg) { Origin::Inner } else { Origin::File };
        papers.push(paper(document, &document.name, origin, lexicon));
    }
    papers.extend(reading.quoted.iter().map(|document| paper(document, "body", Origin::Quoted, lexicon)));
    guess_unreadable(&mut papers, &reading.message.subject, lexicon);
    papers
}

/// What is said of each file.
pub(super) fn heads(papers: &[Paper<'_>]) -> Vec<DocumentHead> {
    let files = papers.iter().filter(|paper| matches!(paper.origin, Origin::File | Origin::Inner));
    files
        .map(|paper| DocumentHead {
            name: Personal::from(paper.name),
            kind: if paper.origin == Origin::Inner { DocumentKind::Other } else { paper.kind },
            format: paper.document.format,
            read_by: (!paper.is_unreadable()).then_some(paper.document.read_by),
            problem: paper.document.problem,
        })
        .collect()
}

fn paper<'r>(document: &'r Document, name: &'r str, origin: Origin, lexicon: &Lexicon<'_>) -> Paper<'r> {
    let nodes = nodes(document, lexicon);
    let second = second_family(&nodes, lexicon);
    let own = &nodes[..second.unwrap_or(nodes.len())];
    let form = Form::read(own, lexicon);
    let more_families = second.is_some() || form.more_families;
    let words = words_of(own);
    let kind = match origin {
        Origin::File => file_kind(document, &form, &words, lexicon),
        Origin::Body | Origin::Quoted | Origin::Inner => text_kind(&form, lexicon),
    };
    Paper { name, origin, document, nodes, form, kind, words, more_families }
}

/// Where a second family begins: `Family 2`, `Second family`, `Nomination B`, after the first was announced alike.
fn second_family(nodes: &[Node], lexicon: &Lexicon<'_>) -> Option<usize> {
    let mut first = None;
    for (index, node) in nodes.iter().enumerate() {
        let Node::Line(slot) = node else { continue };
        let text = fold(&slot.text());
        let head = text.split([':', ',', '-', '(']).next().unwrap_or_default().trim();
        if head.split(' ').count() > 4 {
            continue;
        }
        match lexicon.mapped_whole("family_counts", head) {
            Some("first") => first = first.or(Some(index)),
            Some(_) if first.is_some() => return Some(index),
            Some(_) | None => {}
        }
    }
    None
}

fn words_of(nodes: &[Node]) -> String {
    let mut words = String::new();
    for node in nodes {
        match node {
            Node::Line(slot) => words.push_str(&fold(&slot.text())),
            Node::Grid(grid) => grid.words().for_each(|cell| {
                words.push_str(&cell);
                words.push('\n');
            }),
        }
        words.push('\n');
    }
    words
}

/// A mail's own text is a nomination form when people and answers stand in it as on a form.
fn text_kind(form: &Form, lexicon: &Lexicon<'_>) -> DocumentKind {
    let named = form.named(lexicon);
    let answered = form.answers.iter().filter(|answer| !answer.slot.is_blank(lexicon)).count();
    if named + form.listing.len() == 0 || form.labels < 3 || answered + form.marks.len() < 1 {
        return DocumentKind::Other;
    }
    nomination_kind(form)
}

/// One form may be both: it is when it asks for the family's consent.
fn nomination_kind(form: &Form) -> DocumentKind {
    let asks = form
        .answers
        .iter()
        .any(|answer| matches!(answer.field.as_str(), "consent" | "signature") && answer.section != "referrer");
    if asks { DocumentKind::NominationAndConsentForm } else { DocumentKind::NominationForm }
}

fn file_kind(document: &Document, form: &Form, words: &str, lexicon: &Lexicon<'_>) -> DocumentKind {
    // What was opened speaks through the files within.
    if matches!(document.format, Format::Zip | Format::Tnef) && document.problem.is_none() {
        return DocumentKind::Other;
    }
    if matches!(document.format, Format::Image) && words.trim().is_empty() && !looks_scanned(&document.name, lexicon) {
        return DocumentKind::Other;
    }
    if words.trim().is_empty() {
        return kind_word(lexicon.mapped("document_names", &spaced(&document.name)));
    }
    let forward = || puts_forward(form, words, lexicon).then_some("nomination");
    match title(words, lexicon).or_else(forward).or_else(|| told_by_content(form)) {
        Some("nomination") => nomination_kind(form),
        Some("consent") if form.criteria >= 3 => nomination_kind(form),
        Some(word) => kind_word(Some(word)),
        None => kind_word(lexicon.mapped("document_names", &spaced(&document.name)).filter(|_| form.labels > 0)),
    }
}

/// A letter, or a paper without a title, that tells of people with their days and says that it nominates, or is headed by the
/// programme's name over people and answers.
fn puts_forward(form: &Form, words: &str, lexicon: &Lexicon<'_>) -> bool {
    const HEAD_LINES: usize = 8;
    const LABELS_MIN: usize = 4;
    let named = form.named(lexicon);
    let days = words.matches("born ").count() + words.matches("dob ").count() + words.matches("date of birth").count();
    let nominates = lexicon.mentions("nominating_words", words).is_some() && days.max(named) >= 2;
    // Minutes of a meeting have people as well, and ask nobody for consent.
    let asks = form.criteria > 0
        || form.answers.iter().any(|answer| matches!(answer.field.as_str(), "consent" | "signature" | "assessment_eha"));
    let headed = words.lines().take(HEAD_LINES).any(|line| lexicon.mentions("programme_names", line).is_some());
    nominates && super::postcode::postcode(words).is_some() || headed && asks && named >= 2 && form.labels >= LABELS_MIN
}

/// What the first lines call the paper; the earliest line that names a kind decides.
fn title<'a>(words: &str, lexicon: &Lexicon<'a>) -> Option<&'a str> {
    const TITLE_WORDS_MAX: usize = 16;
    let mut lines = words.lines().filter(|line| !line.trim().is_empty()).take(8);
    lines.find_map(|line| {
        if line.split(' ').count() <= TITLE_WORDS_MAX {
            return lexicon.mapped("document_titles", line);
        }
        // `Minutes of the Team Around the Family meeting for …` says at once what it is.
        let begins = line.split(' ').take(3).collect::<Vec<_>>().join(" ");
        lexicon.mapped("document_titles", &begins).filter(|word| *word == "other")
    })
}

fn told_by_content(form: &Form) -> Option<&'static str> {
    let consent = form.answers.iter().filter(|answer| matches!(answer.field.as_str(), "consent" | "signature")).count();
    if form.criteria >= 3 && form.labels >= 5 {
        Some("nomination")
    } else if form.sections.contains("worries") {
        Some("early_help_assessment")
    } else if consent > 0 && form.people.len() <= 2 {
        Some("consent")
    } else if form.people.len() > 1 && form.sections.contains("referrer") {
        Some("nomination")
    } else {
        None
    }
}

fn kind_word(word: Option<&str>) -> DocumentKind {
    match word {
        Some("nomination") => DocumentKind::NominationAndConsentForm,
        Some("consent") => DocumentKind::ConsentForm,
        Some("early_help_assessment") => DocumentKind::EarlyHelpAssessment,
        Some("statutory") => DocumentKind::StatutoryAssessment,
        _ => DocumentKind::Other,
    }
}

fn spaced(name: &str) -> String {
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    fold(&stem.replace(|c: char| !c.is_alphanumeric() && c != '\'', " "))
}

fn looks_scanned(name: &str, lexicon: &Lexicon<'_>) -> bool {
    let name = spaced(name);
    lexicon.list("scan_names").iter().any(|word| name.starts_with(word.as_str()) || has_phrase(&name, word))
}

/// A lone scan in a mail that says it brings a nomination is that nomination.
fn guess_unreadable(papers: &mut [Paper<'_>], subject: &str, lexicon: &Lexicon<'_>) {
    if papers.iter().any(|paper| paper.origin == Origin::File && paper.is_nomination()) {
        return;
    }
    let text = papers.iter().find(|paper| paper.origin == Origin::Body).map(|paper| paper.words.clone()).unwrap_or_default();
    if lexicon.mentions("nomination_words", subject).is_none() && lexicon.mentions("nomination_words", &text).is_none() {
        return;
    }
    let is_candidate = |paper: &Paper<'_>| {
        paper.origin == Origin::File
            && paper.kind == DocumentKind::Other
            && matches!(paper.document.problem, Some(Problem::NeedsOcr | Problem::Unsupported | Problem::TimeLimit))
            && looks_scanned(paper.name, lexicon)
    };
    let mut candidates = papers.iter_mut().filter(|paper| is_candidate(paper));
    if let (Some(only), None) = (candidates.next(), candidates.next()) {
        only.kind = DocumentKind::NominationAndConsentForm;
    }
}
