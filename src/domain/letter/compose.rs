//! Loading and rendering of letter templates.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use handlebars::Handlebars;
use sha2::{Digest, Sha256};

use super::{Context, Letter, data, lint, parts, places, samples, words};
use crate::domain::ids::LetterName;

/// Characters of a subject; phones show about forty, mail servers fold at 78, more than this is no subject.
pub(super) const SUBJECT_CHARACTERS_MAX: usize = 120;

/// Written where a template asks for a text that is empty: a letter with a gap is held, not sent.
const GAP: char = '\u{fffd}';

/// A file of the folder of letters: `decision/body.txt`, or `_parts/footer.html` for what all letters share.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplateFile {
    /// Path with `/`; only the last two parts count, so it may be given from any folder above.
    pub path: String,
    /// What it holds.
    pub text: String,
}

/// Something wrong with a template, to be put right by whoever edits the folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplateDefect {
    /// The file, or the folder of a letter.
    pub path: String,
    /// The line, when it is known.
    pub line: Option<usize>,
    /// What is wrong and what to do.
    pub says: String,
}

impl TemplateDefect {
    pub(super) fn new(path: &str, says: impl Into<String>) -> Self {
        Self { path: path.to_owned(), line: None, says: says.into() }
    }
}

impl fmt::Display for TemplateDefect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "{}:{line}: {}", self.path, self.says),
            None => write!(f, "{}: {}", self.path, self.says),
        }
    }
}

/// Why a letter cannot be written. It is held for the operator; nothing is sent with a gap.
#[derive(Debug, thiserror::Error)]
pub enum ComposeError {
    /// There is no template of that name.
    #[error(
        "there is no template for the letter `{letter}`; add `templates/mail/{letter}/` with subject.txt, body.txt and body.html"
    )]
    NoTemplate {
        /// The letter asked for.
        letter: LetterName,
    },
    /// A template asks for what the context does not have.
    #[error("cannot render `{file}`")]
    Render {
        /// The file.
        file: String,
        /// Where and why.
        #[source]
        cause: Box<handlebars::RenderError>,
    },
    /// A text the template shows is empty.
    #[error("`{file}` would show an empty place; guard it with `{{{{#if …}}}}` or fill it")]
    Gap {
        /// The file.
        file: String,
    },
    /// The link is no web address.
    #[error("the link of the letter `{letter}` is no web address; set the address of the pages in the settings")]
    BadLink {
        /// The letter.
        letter: LetterName,
    },
}

const FILES: [&str; 3] = ["subject.txt", "body.txt", "body.html"];
const PARTS: &str = "_parts";

/// Checked templates of all letters: one registry that escapes for HTML, one that leaves text alone.
pub struct Templates {
    text: Handlebars<'static>,
    html: Handlebars<'static>,
    digests: BTreeMap<LetterName, String>,
}

impl fmt::Debug for Templates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Templates").field("letters", &self.digests.len()).finish_non_exhaustive()
    }
}

impl Templates {
    /// Reads `files` and tries every letter with its samples.
    ///
    /// # Errors
    /// Every defect found, not the first.
    pub fn load(files: &[TemplateFile]) -> Result<Self, Vec<TemplateDefect>> {
        let sorted = Sorted::of(files);
        let mut defects = sorted.defects.clone();
        let mut templates = Self { text: registry(), html: registry(), digests: BTreeMap::new() };
        templates.text.register_escape_fn(text_or_gap);
        templates.html.register_escape_fn(html_or_gap);
        for (short, file) in &sorted.files {
            lint::source(file, &mut defects);
            if let Err(cause) = templates.registry_of(short).register_template_string(&registered_name(short), &file.text) {
                // Who reads to the end in vain tells of the end.
                let line = places::left_open(&file.text).or(cause.pos().map(|(line, _)| line));
                defects.push(TemplateDefect {
                    path: file.path.clone(),
                    line,
                    says: format!("cannot be read: {}", cause.reason()),
                });
            }
        }
        for letter in &sorted.letters {
            let digest = sorted_digest(&sorted.files, letter);
            templates.digests.insert(letter.clone(), digest);
        }
        if defects.is_empty() {
            for letter in templates.digests.keys() {
                templates.try_samples(letter, &sorted.files, &mut defects);
            }
        }
        if !defects.is_empty() {
            return Err(defects);
        }
        // Not before: a defect is told with the file it stands in.
        parts::put_in_place(&mut templates.text);
        parts::put_in_place(&mut templates.html);
        Ok(templates)
    }

    /// Names of all letters there are.
    pub fn letters(&self) -> impl Iterator<Item = &LetterName> {
        self.digests.keys()
    }

    /// One defect for each of `letters` without a template.
    pub fn missing<'a>(&self, letters: impl IntoIterator<Item = &'a LetterName>) -> Vec<TemplateDefect> {
        let absent = letters.into_iter().filter(|letter| !self.digests.contains_key(*letter));
        absent
            .map(|letter| TemplateDefect::new(letter.as_str(), "the life-cycle names this letter, but it has no template"))
            .collect()
    }

    /// Finished letter from `letter`'s template and `context`. Pure: the same two give the same letter.
    ///
    /// # Errors
    /// [`ComposeError`]; the letter is then held for the operator.
    pub fn compose(&self, letter: &LetterName, context: &Context) -> Result<Letter, ComposeError> {
        let digest = self.digests.get(letter).ok_or_else(|| ComposeError::NoTemplate { letter: letter.clone() })?;
        if !context.link.is_empty() && !is_web_address(&context.link)
            || context.lines.iter().any(|line| !line.link.is_empty() && !is_web_address(&line.link))
        {
            return Err(ComposeError::BadLink { letter: letter.clone() });
        }
        // The three files are filled from the same values, made ready once.
        let data = handlebars::Context::wraps(data::of(context))
            .map_err(|cause| ComposeError::Render { file: letter.to_string(), cause: Box::new(cause) })?;
        let subject = render(&self.text, letter, "subject.txt", &data)?;
        Ok(Letter {
            subject: data::cut(&data::one_line(&subject), SUBJECT_CHARACTERS_MAX),
            text: tidy_text(&render(&self.text, letter, "body.txt", &data)?),
            html: tidy_html(&render(&self.html, letter, "body.html", &data)?),
            template: format!("{letter}/{digest}"),
            line: None,
            calendar: None,
        })
    }

    fn try_samples(&self, letter: &LetterName, files: &BTreeMap<String, &TemplateFile>, defects: &mut Vec<TemplateDefect>) {
        let mut found = Vec::new();
        for context in samples(letter) {
            match self.compose(letter, &context) {
                Ok(finished) => lint::finished(letter, &finished, &mut found),
                Err(ComposeError::Gap { file }) => found.push(gap_of(&file, files, &context)),
                Err(error) => found.push(defect_of(letter, &error)),
            }
        }
        // A part that many letters share is told once.
        for defect in found {
            if !defects.contains(&defect) {
                defects.push(defect);
            }
        }
    }

    fn registry_of(&mut self, short: &str) -> &mut Handlebars<'static> {
        if short.ends_with(".html") { &mut self.html } else { &mut self.text }
    }
}

/// Files by `folder/name`, the letters among them, and what is missing or too much.
struct Sorted<'a> {
    files: BTreeMap<String, &'a TemplateFile>,
    letters: BTreeSet<LetterName>,
    defects: Vec<TemplateDefect>,
}

impl<'a> Sorted<'a> {
    fn of(files: &'a [TemplateFile]) -> Self {
        let mut sorted = Self { files: BTreeMap::new(), letters: BTreeSet::new(), defects: Vec::new() };
        for file in files {
            sorted.take(file);
        }
        for letter in &sorted.letters {
            for name in FILES.iter().filter(|name| !sorted.files.contains_key(&format!("{letter}/{name}"))) {
                sorted
                    .defects
                    .push(TemplateDefect::new(letter.as_str(), format!("`{name}` is missing; a letter has all three files")));
            }
        }
        sorted
    }

    fn take(&mut self, file: &'a TemplateFile) {
        let mut parts = file.path.rsplit('/');
        let (name, folder) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        if folder == PARTS {
            self.files.insert(format!("{folder}/{name}"), file);
        } else if !FILES.contains(&name) {
            self.defects.push(TemplateDefect::new(&file.path, "no letter has a file of this name; take it away or rename it"));
        } else {
            match LetterName::new(folder) {
                Ok(letter) => {
                    self.files.insert(format!("{letter}/{name}"), file);
                    self.letters.insert(letter);
                }
                Err(error) => self.defects.push(TemplateDefect::new(&file.path, error.to_string())),
            }
        }
    }
}

/// Parts are called by their bare name, `{{> footer}}`, in text and in HTML alike.
fn registered_name(short: &str) -> String {
    match short.strip_prefix("_parts/") {
        Some(part) => part.split('.').next().unwrap_or(part).to_owned(),
        None => short.to_owned(),
    }
}

fn sorted_digest(files: &BTreeMap<String, &TemplateFile>, letter: &LetterName) -> String {
    let mut hash = Sha256::new();
    let own = format!("{letter}/");
    for (short, file) in files.iter().filter(|(short, _)| short.starts_with(&own) || short.starts_with(PARTS)) {
        hash.update(short.as_bytes());
        hash.update([0]);
        hash.update(file.text.as_bytes());
        hash.update([0]);
    }
    hex::encode(&hash.finalize()[..6])
}

fn registry() -> Handlebars<'static> {
    let mut registry = Handlebars::new();
    registry.set_strict_mode(true);
    // Templates write letters only; this one would write to the program's log.
    registry.unregister_helper("log");
    words::register(&mut registry);
    registry
}

fn text_or_gap(text: &str) -> String {
    if text.is_empty() { GAP.to_string() } else { text.to_owned() }
}
fn html_or_gap(text: &str) -> String {
    if text.is_empty() { GAP.to_string() } else { handlebars::html_escape(text) }
}

fn render(
    registry: &Handlebars<'_>,
    letter: &LetterName,
    file: &str,
    data: &handlebars::Context,
) -> Result<String, ComposeError> {
    let file = format!("{letter}/{file}");
    let text = registry
        .render_with_context(&file, data)
        .map_err(|cause| ComposeError::Render { file: file.clone(), cause: Box::new(cause) })?;
    if text.contains(GAP) { Err(ComposeError::Gap { file }) } else { Ok(text) }
}

fn is_web_address(link: &str) -> bool {
    let rest = link.strip_prefix("https://").or_else(|| link.strip_prefix("http://"));
    rest.is_some_and(|rest| {
        !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_graphic() && !b"\"'<>\\`{}".contains(&byte))
    })
}

/// No blank at a line's end, no more than one empty line in a row, one line feed at the end.
fn tidy_text(text: &str) -> String {
    let mut tidy = String::with_capacity(text.len());
    let mut empty_lines = 0;
    for line in text.lines().map(str::trim_end) {
        empty_lines = if line.is_empty() { empty_lines + 1 } else { 0 };
        if empty_lines <= 1 && !(tidy.is_empty() && line.is_empty()) {
            tidy.push_str(line);
            tidy.push('\n');
        }
    }
    tidy.truncate(tidy.trim_end().len());
    tidy.push('\n');
    tidy
}

fn tidy_html(html: &str) -> String {
    let lines: Vec<&str> = html.lines().map(str::trim_end).filter(|line| !line.trim().is_empty()).collect();
    lines.join("\n") + "\n"
}

/// Where a letter, or a part of it, would show an empty place: the first line that shows a value this sample does not have.
fn gap_of(file: &str, files: &BTreeMap<String, &TemplateFile>, context: &Context) -> TemplateDefect {
    let data = data::of(context);
    let (_, kind) = file.rsplit_once('.').unwrap_or_default();
    let parts = files.iter().filter(|(short, _)| short.starts_with(PARTS) && short.ends_with(kind));
    let (path, line) = files
        .get_key_value(file)
        .into_iter()
        .chain(parts)
        .find_map(|(short, file)| Some((short.clone(), Some(places::empty_place(&file.text, &data)?))))
        .unwrap_or_else(|| (file.to_owned(), None));
    let says = ComposeError::Gap { file: path.clone() }.to_string();
    TemplateDefect { path, line, says }
}

fn defect_of(letter: &LetterName, error: &ComposeError) -> TemplateDefect {
    match error {
        ComposeError::Render { file, cause } => {
            let (_, kind) = file.rsplit_once('.').unwrap_or_default();
            let path = match &cause.template_name {
                // A part is called by its bare name.
                Some(name) if !name.contains('/') => format!("{PARTS}/{name}.{kind}"),
                Some(name) => name.clone(),
                None => file.clone(),
            };
            TemplateDefect {
                path,
                line: cause.line_no,
                says: format!("does not go together with the samples: {}", cause.reason()),
            }
        }
        ComposeError::NoTemplate { .. } | ComposeError::Gap { .. } | ComposeError::BadLink { .. } => {
            TemplateDefect::new(letter.as_str(), error.to_string())
        }
    }
}
