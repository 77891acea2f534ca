//! The texts of a programme's folder → one checked [`Programme`], or every defect at once.
//!
//! Touches no file system: the caller brings the texts. Start at [`load`].

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::check;
use super::desk::Desk;
use super::lifecycle::Lifecycle;
use super::outcomes::OutcomePlan;
use super::people::PeopleRules;
use super::pinned::LIFECYCLE_FILE;
use super::places::Places;
use super::programme::{FormWords, Geography, Programme, RulePack, Theme, Words};
use super::space::Explored;
use crate::domain::ids::LetterName;
use crate::domain::time::{Calendar, CalendarFile};

/// One file of a programme's folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceFile {
    /// Relative to the folder, with `/`: `rules/cumbria-2015.yaml`.
    pub path: String,
    /// Its text.
    pub text: String,
}

/// Something wrong in a programme's folder. Shown as `lifecycle.yaml:12: no role is called …`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Defect {
    /// Which file.
    pub path: String,
    /// Line, from 1; none when it is about the whole file.
    pub line: Option<u32>,
    /// Column, from 1.
    pub column: Option<u32>,
    /// What is wrong and what to do, for people.
    pub says: String,
}

impl fmt::Display for Defect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "{}:{line}: {}", self.path, self.says),
            None => write!(f, "{}: {}", self.path, self.says),
        }
    }
}

/// The names and themes of a programme: `programme.yaml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ProgrammeFile {
    title: String,
    themes: Vec<Theme>,
}

/// What can be a need; a programme that measures nothing has none.
pub const OUTCOMES_FILE: &str = "outcomes.yaml";

/// Files every programme has; rule packs and forms come from their folders.
const SINGLE_FILES: [&str; 7] =
    ["programme.yaml", "areas.yaml", "words.yaml", "calendar.yaml", "lifecycle.yaml", "desk.yaml", "people.yaml"];

/// Reads and checks a whole programme.
///
/// Files that are no YAML are left alone (a README, say), but count in the digest.
///
/// # Errors
/// Every defect found, in order of file and line. A file that cannot be read at all hides only the checks that need it.
pub fn load(files: &[SourceFile]) -> Result<Programme, Vec<Defect>> {
    let mut reading = Reading { files, defects: Vec::new() };
    reading.stray_files();
    let head: Option<ProgrammeFile> = reading.single("programme.yaml");
    let geography: Option<Geography> = reading.single("areas.yaml");
    let words: Option<Words> = reading.single("words.yaml");
    let calendar: Option<CalendarFile> = reading.single("calendar.yaml");
    let lifecycle: Option<Lifecycle> = reading.lifecycle();
    let outcomes: Option<OutcomePlan> = reading.optional(OUTCOMES_FILE);
    let desk: Option<Desk> = reading.single("desk.yaml");
    let people: Option<PeopleRules> = reading.single("people.yaml");
    let mut packs = reading.folder::<RulePack>("rules/");
    let forms = reading.folder::<FormWords>("forms/");

    let themes = head.as_ref().map(|head| head.themes.clone()).unwrap_or_default();
    for (file, pack) in &mut packs {
        pack.path.clone_from(&file.path);
        pack.stamp = format!("{}+{}", pack.version, digest_of(std::iter::once(&without_end(file))));
        pack.themes.clone_from(&themes);
    }
    if let Some(head) = &head {
        reading.note("programme.yaml", check::theme_findings(&head.themes));
        for (file, pack) in &packs {
            reading.note(&file.path, check::pack_findings(pack, &head.themes));
        }
        for (file, form) in &forms {
            reading.note(&file.path, check::form_findings(form, &head.themes));
        }
    }
    reading.twin_packs(&packs);
    reading.heirs(&packs);
    if let Some(geography) = &geography {
        reading.note("areas.yaml", check::geography_findings(geography));
    }
    if let Some(lifecycle) = &lifecycle {
        reading.note("lifecycle.yaml", check::lifecycle_defects(lifecycle));
        reading.note("lifecycle.yaml", check::program_findings(lifecycle));
        if let Some(geography) = &geography {
            reading.note("lifecycle.yaml", check::area_findings(lifecycle, geography));
        }
        if let Some(desk) = &desk {
            reading.note("desk.yaml", check::desk_findings(desk, lifecycle));
        }
    }
    if let (Some(plan), Some(head)) = (&outcomes, &head) {
        reading.note(OUTCOMES_FILE, check::outcome_findings(plan, &head.themes));
    }
    if let Some(people) = &people {
        reading.note("people.yaml", check::people_findings(people));
    }
    reading.forms_wanted(forms.iter().map(|(_, form)| form), &themes);
    let merged_forms = merged(forms.iter().map(|(_, form)| form.clone()));
    for (file, form) in &forms {
        reading.note(&file.path, check::blank_findings(&form.blanks, &merged_forms, &themes));
    }
    reading.twin_blanks(&forms);
    let calendar = calendar.map(|file| {
        reading.note("calendar.yaml", check::calendar_findings(&file, geography.as_ref()));
        Calendar::from(file)
    });
    reading.finish(|| {
        Some(Programme {
            title: head.as_ref()?.title.clone(),
            digest: digest_of(files.iter()),
            themes,
            packs: packs.into_iter().map(|(_, pack)| pack).collect(),
            lifecycle: lifecycle?,
            outcomes: outcomes.unwrap_or_default(),
            desk: desk?,
            people: people?,
            geography: geography?,
            calendar: calendar?,
            words: words?,
            forms: Arc::new(merged_forms),
            sources: Arc::new(
                files.iter().filter(|file| is_kept(file)).map(|file| (file.path.clone(), file.text.clone())).collect(),
            ),
        })
    })
}

/// Tries everything that the life-cycle of `files`, which are a programme without a defect, lets happen: what came of it, and what is
/// wrong with file and line.
#[must_use]
pub fn explored(files: &[SourceFile], lifecycle: &Lifecycle) -> (Explored, Vec<Defect>) {
    let explored = super::space::explore(lifecycle);
    let mut reading = Reading { files, defects: Vec::new() };
    reading.note("lifecycle.yaml", explored.defects.clone());
    reading.defects.sort();
    (explored, reading.defects)
}

/// Every place in `files`, which are `programme`, that names a letter which is not among those `written`, with file and line.
#[must_use]
pub fn unwritten(files: &[SourceFile], programme: &Programme, written: &BTreeSet<LetterName>) -> Vec<Defect> {
    let mut reading = Reading { files, defects: Vec::new() };
    reading.note(LIFECYCLE_FILE, check::unwritten(&programme.lifecycle, written));
    reading.note("desk.yaml", check::unwritten_of_desk(&programme.desk, written));
    reading.defects.sort();
    reading.defects
}

struct Reading<'a> {
    files: &'a [SourceFile],
    defects: Vec<Defect>,
}

impl<'a> Reading<'a> {
    fn single<T: DeserializeOwned>(&mut self, path: &str) -> Option<T> {
        let file = self.find(path)?;
        self.parse(file)
    }

    /// A file that a programme may do without.
    fn optional<T: DeserializeOwned>(&mut self, path: &str) -> Option<T> {
        let file = self.files.iter().find(|file| file.path == path)?;
        self.parse(file)
    }

    fn find(&mut self, path: &str) -> Option<&'a SourceFile> {
        let files = self.files;
        let found = files.iter().find(|file| file.path == path);
        if found.is_none() {
            self.whole_file(path, "this file is missing; every programme has one".to_owned());
        }
        found
    }

    /// The life-cycle; when it cannot be read, each of its items is tried alone, so that one mistake hides no other.
    fn lifecycle(&mut self) -> Option<Lifecycle> {
        let file = self.find("lifecycle.yaml")?;
        match parse(file) {
            Ok(lifecycle) => Some(lifecycle),
            Err(first) => {
                let mut all = super::items::item_defects(file);
                if !all.contains(&first) {
                    all.push(first);
                }
                self.defects.append(&mut all);
                None
            }
        }
    }

    fn folder<T: DeserializeOwned>(&mut self, prefix: &str) -> Vec<(&'a SourceFile, T)> {
        let files = self.files;
        let inside: Vec<&SourceFile> = files.iter().filter(|file| is_yaml(file) && file.path.starts_with(prefix)).collect();
        if inside.is_empty() {
            self.whole_file(prefix, "this folder has no `.yaml` file; every programme has at least one in it".to_owned());
        }
        inside.into_iter().filter_map(|file| Some((file, self.parse(file)?))).collect()
    }

    fn parse<T: DeserializeOwned>(&mut self, file: &SourceFile) -> Option<T> {
        parse(file).map_err(|defect| self.defects.push(defect)).ok()
    }

    fn stray_files(&mut self) {
        let files = self.files;
        for file in files.iter().filter(|file| is_yaml(file)) {
            if file.path == OUTCOMES_FILE
                || SINGLE_FILES.contains(&file.path.as_str())
                || file.path.starts_with("rules/")
                || file.path.starts_with("forms/")
            {
                continue;
            }
            let hint =
                check::nearest(&file.path, SINGLE_FILES).map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
            self.whole_file(&file.path, format!("no part of a programme is called so{hint}"));
        }
    }

    fn twin_packs(&mut self, packs: &[(&SourceFile, RulePack)]) {
        for (index, (file, pack)) in packs.iter().enumerate() {
            let overlap = |other: &RulePack| {
                other.name == pack.name
                    && other.until.is_none_or(|until| until >= pack.from)
                    && pack.until.is_none_or(|until| until >= other.from)
            };
            if let Some((twin, _)) = packs[..index].iter().find(|(_, other)| overlap(other)) {
                let says =
                    format!("`{}` is in force on the same days in `{}`; end one before the other begins", pack.name, twin.path);
                self.whole_file(&file.path, says);
            }
        }
    }

    /// What the reading of forms asks for by name, wherever in the folder it stands.
    fn forms_wanted<'f>(&mut self, forms: impl Iterator<Item = &'f FormWords>, themes: &[Theme]) {
        for says in check::missing_words(&forms.collect::<Vec<_>>(), themes) {
            self.whole_file("forms/", says);
        }
    }

    /// Each form handed out has a name of its own.
    fn twin_blanks(&mut self, forms: &[(&SourceFile, FormWords)]) {
        let mut names = BTreeSet::new();
        for (file, form) in forms {
            for blank in form.blanks.iter().filter(|blank| !names.insert(blank.name.as_str())) {
                self.whole_file(
                    &file.path,
                    format!("two forms handed out are called `{}`; each needs a name of its own", blank.name),
                );
            }
        }
    }

    /// A pack is superseded by one that is there; one that cannot be read has a defect of its own.
    fn heirs(&mut self, packs: &[(&SourceFile, RulePack)]) {
        let files = self.files.iter().filter(|file| is_yaml(file) && file.path.starts_with("rules/"));
        if files.count() != packs.len() {
            return;
        }
        for (file, pack) in packs {
            let heir = pack.superseded_by.as_ref().filter(|heir| packs.iter().all(|(_, other)| other.name != **heir));
            if let Some(heir) = heir {
                let finding =
                    check::Finding { place: "superseded_by".to_owned(), says: format!("no rule pack is called `{heir}`") };
                self.note(&file.path, vec![finding]);
            }
        }
    }

    fn whole_file(&mut self, path: &str, says: String) {
        self.defects.push(Defect { path: path.to_owned(), line: None, column: None, says });
    }

    /// Gives findings their lines.
    fn note(&mut self, path: &str, findings: Vec<check::Finding>) {
        if findings.is_empty() {
            return;
        }
        let text = self.files.iter().find(|file| file.path == path).map_or("", |file| file.text.as_str());
        let places = Places::of(text);
        self.defects.extend(findings.into_iter().map(|finding| {
            let found = places.find(&finding.place);
            Defect { path: path.to_owned(), line: found.map(|at| at.0), column: found.map(|at| at.1), says: finding.says }
        }));
    }

    fn finish(mut self, programme: impl FnOnce() -> Option<Programme>) -> Result<Programme, Vec<Defect>> {
        if self.defects.is_empty() {
            return Ok(programme().expect("a part that is not there has left a defect"));
        }
        self.defects.sort();
        self.defects.dedup();
        Err(self.defects)
    }
}

/// Whether the file's text is kept once it is used.
fn is_kept(file: &SourceFile) -> bool {
    file.path == LIFECYCLE_FILE || file.path == OUTCOMES_FILE || (is_yaml(file) && file.path.starts_with("rules/"))
}

fn is_yaml(file: &SourceFile) -> bool {
    file.path.ends_with(".yaml") || file.path.ends_with(".yml")
}

/// One file as `T`.
pub(super) fn parse<T: DeserializeOwned>(file: &SourceFile) -> Result<T, Defect> {
    serde_saphyr::from_str(&file.text).map_err(|error| defect_of(&file.path, &error))
}

fn defect_of(path: &str, error: &serde_saphyr::Error) -> Defect {
    use serde_saphyr::Error;
    let plain = error.without_snippet();
    let says = match plain {
        Error::SerdeUnknownField { field, expected, .. } => unknown("key", field, expected),
        Error::SerdeUnknownVariant { variant, expected, .. } => unknown("word", variant, expected),
        Error::SerdeMissingField { field, .. } => format!("`{field}` is missing here"),
        Error::DuplicateMappingKey { key: Some(key), .. } => format!("the key `{key}` stands here twice"),
        Error::NullIntoString { .. } => "a word is missing here".to_owned(),
        Error::InvalidBooleanStrict { .. } => wanted("bool"),
        Error::InvalidScalar { ty, .. } => wanted(ty),
        Error::Unexpected { expected, .. } => wanted(expected),
        Error::SerdeInvalidType { unexpected, expected, .. } => format!("{}, not {unexpected}", wanted(expected)),
        other => without_place(&other.to_string()),
    };
    // A key may run over lines when a file is damaged; a defect is one line.
    let says = says.split_whitespace().collect::<Vec<_>>().join(" ");
    let at = plain.location();
    let number = |value: u64| u32::try_from(value).ok().filter(|value| *value > 0);
    Defect {
        path: path.to_owned(),
        line: at.and_then(|at| number(at.line())),
        column: at.and_then(|at| number(at.column())),
        says,
    }
}

/// What should stand in a place, in words for people who write no programs.
fn wanted(kind: &str) -> String {
    let words = match kind {
        "i8" | "i16" | "i32" | "i64" | "isize" | "u8" | "u16" | "u32" | "u64" | "usize" => "a whole number",
        "bool" | "boolean" => "`true` or `false`",
        "string scalar" | "a string" => "a word",
        "mapping start" => "a group of keys",
        "sequence start" | "a sequence" => "a list",
        other if other.starts_with("struct ") => "a group of keys",
        other => other,
    };
    format!("{words} is wanted here")
}

fn unknown(what: &str, found: &str, expected: &[&str]) -> String {
    match check::nearest(found, expected.iter().copied()) {
        Some(near) => format!("no {what} `{found}` is known here; did you mean `{near}`?"),
        None => format!("no {what} `{found}` is known here; known are {}", check::list(expected.iter().copied())),
    }
}

/// The message without `at line 3, column 5`, which stands before it already.
fn without_place(message: &str) -> String {
    let cut = message.rfind(" at line ").filter(|at| message[*at..].contains("column")).unwrap_or(message.len());
    message[..cut].to_owned()
}

/// A rule pack's text without its end: to end a pack does not edit it.
fn without_end(file: &SourceFile) -> SourceFile {
    let kept = |line: &&str| !line.starts_with("until:") && !line.starts_with("superseded_by:");
    let text = file.text.split_inclusive('\n').filter(kept).collect();
    SourceFile { path: file.path.clone(), text }
}

/// As [`digest_of`], of one text.
pub(super) fn digest_of_text(path: &str, text: &str) -> String {
    digest_of(std::iter::once(&SourceFile { path: path.to_owned(), text: text.to_owned() }))
}

/// Twelve hexadecimal digits over paths and texts, in order of path, each with its length before it.
fn digest_of<'a>(files: impl Iterator<Item = &'a SourceFile>) -> String {
    let mut files: Vec<&SourceFile> = files.collect();
    files.sort_by(|a, b| a.path.cmp(&b.path));
    let mut hash = Sha256::new();
    for part in files.iter().flat_map(|file| [&file.path, &file.text]) {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    hash.finalize().iter().take(6).map(|byte| format!("{byte:02x}")).collect()
}

/// All forms as one: lists of the same name are joined, in order of file.
fn merged(forms: impl Iterator<Item = FormWords>) -> FormWords {
    let mut all = FormWords::default();
    for form in forms {
        for (into, from) in [(&mut all.labels, form.labels), (&mut all.criteria, form.criteria), (&mut all.lists, form.lists)] {
            for (key, words) in from {
                let list = into.entry(key).or_default();
                for word in words {
                    if !list.contains(&word) {
                        list.push(word);
                    }
                }
            }
        }
        for (key, map) in form.maps {
            all.maps.entry(key).or_default().extend(map);
        }
        all.blanks.extend(form.blanks);
        all.learnt.extend(form.learnt);
    }
    all
}
