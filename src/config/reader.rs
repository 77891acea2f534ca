//! Takes settings out of the tree one by one, each checked as it is taken, and remembers every defect and every value taken.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::defect::{ConfigDefect, Place, nearest, one_of};
use super::keys;
use super::tree::{Node, Value};

/// One effective setting, for `config show`.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Shown {
    /// Dotted: `mail.mode`.
    pub key: String,
    /// As text; what is about a person is a dot.
    pub value: String,
    /// `focus-family.toml:12`, `environment variable …` or `default`.
    pub origin: String,
}

/// What was found so far. A section is opened on it, read, and closed.
#[derive(Debug)]
pub struct Reader {
    /// The file as a whole, for what is absent.
    pub whole: Place,
    /// Relative paths count from here: the folder of the settings file.
    pub folder: PathBuf,
    /// Everything wrong.
    pub defects: Vec<ConfigDefect>,
    /// Everything taken.
    pub shown: Vec<Shown>,
}

impl Reader {
    /// Remembers a defect.
    pub fn wrong(&mut self, place: &Place, key: &str, problem: impl Into<String>, fix: impl Into<String>) {
        self.defects.push(ConfigDefect { place: place.clone(), key: key.to_owned(), problem: problem.into(), fix: fix.into() });
    }

    /// Opens a section written once. Absent is the same as empty.
    pub fn section(&mut self, tree: &mut BTreeMap<String, Node>, name: &'static str) -> Open<'_> {
        let (table, place) = match tree.remove(name) {
            None => (BTreeMap::new(), self.whole.clone()),
            Some(Node { value: Value::Table(table), place }) => (table, place),
            Some(Node { place, .. }) => {
                self.wrong(&place, name, format!("`{name}` is no section"), format!("write [{name}] on a line of its own"));
                (BTreeMap::new(), place)
            }
        };
        Open { reader: self, label: name.to_owned(), section: name, table, place, kind: None, unkind: false }
    }

    /// The tables of a section that may be written several times.
    pub fn tables(&mut self, tree: &mut BTreeMap<String, Node>, name: &'static str) -> Vec<(BTreeMap<String, Node>, Place)> {
        let fix = format!("write [[{name}]], with two brackets, once for each");
        let nodes = match tree.remove(name) {
            None => Vec::new(),
            Some(Node { value: Value::List(list), .. }) => list,
            Some(Node { place, .. }) => {
                self.wrong(&place, name, format!("`{name}` is no list of sections"), fix.clone());
                Vec::new()
            }
        };
        let mut tables = Vec::new();
        for Node { value, place } in nodes {
            match value {
                Value::Table(table) => tables.push((table, place)),
                _ => self.wrong(&place, name, format!("`{name}` holds something that is no section"), fix.clone()),
            }
        }
        tables
    }

    /// Refuses sections nobody asked for.
    pub fn close(&mut self, tree: &BTreeMap<String, Node>) {
        let names: Vec<&str> = keys::SECTIONS.iter().map(|(name, _)| *name).collect();
        for (name, node) in tree {
            let owner = keys::SECTIONS.iter().find(|(_, keys)| keys.contains(&name.as_str()));
            let fix = match (nearest(name, names.iter().copied()), owner) {
                (Some(near), _) => format!("did you mean [{near}]?"),
                (None, Some((section, _))) => format!("it belongs under [{section}]"),
                (None, None) => format!("the sections are {}", one_of(&names)),
            };
            self.wrong(&node.place, name, format!("unknown section `{}`", short(name)), fix);
        }
    }
}

/// A section being read.
#[derive(Debug)]
pub struct Open<'r> {
    reader: &'r mut Reader,
    /// For people: `people[2]`.
    label: String,
    section: &'static str,
    table: BTreeMap<String, Node>,
    /// Where the section begins.
    pub place: Place,
    /// The kind chosen, for the complaint about keys of other kinds.
    kind: Option<(&'static str, &'static str)>,
    /// No kind could be made out: what the other keys mean is not known before it is put right.
    unkind: bool,
}

impl<'r> Open<'r> {
    /// One of several tables of `section`, counted from 0.
    pub fn one(
        reader: &'r mut Reader,
        section: &'static str,
        index: usize,
        (table, place): (BTreeMap<String, Node>, Place),
    ) -> Self {
        Open { reader, label: format!("{section}[{index}]"), section, table, place, kind: None, unkind: false }
    }

    fn key(&self, key: &str) -> String {
        format!("{}.{key}", self.label)
    }
    fn show(&mut self, key: &str, value: String, origin: &Place) {
        let key = self.key(key);
        self.reader.shown.push(Shown { key, value, origin: origin.to_string() });
    }
    /// Remembers a defect of `key`.
    pub fn wrong(&mut self, place: &Place, key: &str, problem: impl Into<String>, fix: impl Into<String>) {
        let key = self.key(key);
        self.reader.wrong(place, &key, problem, fix);
    }
    /// Where `key` is written, or where its section is.
    #[must_use]
    pub fn place_of(&self, key: &str) -> Place {
        self.table.get(key).map_or_else(|| self.place.clone(), |node| node.place.clone())
    }
    /// Is `key` written?
    #[must_use]
    pub fn has(&self, key: &str) -> bool {
        self.table.contains_key(key)
    }
    /// Says that `key` must be written.
    pub fn missing(&mut self, key: &str, example: &str) {
        let place = self.place.clone();
        let section = self.section;
        self.wrong(&place, key, format!("`{key}` is missing in [{section}]"), format!("write {key} = {example}"));
    }

    /// A text, shown as it is. `None` when absent or wrong.
    pub fn text(&mut self, key: &'static str) -> Option<(String, Place)> {
        let (text, place) = self.take_text(key, OPTIONAL)?;
        self.show(key, format!("{text:?}"), &place);
        Some((text, place))
    }
    /// A text about a person: shown as a dot.
    pub fn personal(&mut self, key: &'static str) -> Option<(String, Place)> {
        self.personal_or(key, OPTIONAL)
    }
    /// A text about a person that must be there: shown as a dot.
    pub fn required_personal(&mut self, key: &'static str, example: &str) -> Option<(String, Place)> {
        if !self.has(key) {
            self.missing(key, example);
        }
        self.personal_or(key, &fill_in(key, example))
    }
    fn personal_or(&mut self, key: &'static str, fix: &str) -> Option<(String, Place)> {
        let (text, place) = self.take_text(key, fix)?;
        self.show(key, "●".to_owned(), &place);
        Some((text, place))
    }
    /// A text that must be there.
    pub fn required(&mut self, key: &'static str, example: &str) -> Option<(String, Place)> {
        if !self.has(key) {
            self.missing(key, example);
        }
        let (text, place) = self.take_text(key, &fill_in(key, example))?;
        self.show(key, format!("{text:?}"), &place);
        Some((text, place))
    }
    fn take_text(&mut self, key: &'static str, fix: &str) -> Option<(String, Place)> {
        let Node { value, place } = self.table.remove(key)?;
        match value {
            Value::Text(text) | Value::Raw(text) if !text.trim().is_empty() && !text.contains(['\n', '\r', '\0']) => {
                Some((text.trim().to_owned(), place))
            }
            Value::Text(_) | Value::Raw(_) => {
                self.wrong(&place, key, format!("`{key}` is empty or has several lines"), fix);
                None
            }
            _ => {
                self.wrong(&place, key, format!("`{key}` must be a text"), format!("write {key} = \"…\", in quotes"));
                None
            }
        }
    }

    /// A path, made absolute from the settings file's folder.
    pub fn path(&mut self, key: &'static str) -> Option<PathBuf> {
        let (text, _) = self.text(key)?;
        Some(self.reader.folder.join(Path::new(&text)))
    }
    /// `path` of a text that holds more than it, made absolute from the settings file's folder.
    #[must_use]
    pub fn beside_the_file(&self, path: &str) -> PathBuf {
        self.reader.folder.join(Path::new(path))
    }
    /// A path that must be there.
    pub fn required_path(&mut self, key: &'static str, example: &str) -> Option<PathBuf> {
        let (text, _) = self.required(key, example)?;
        Some(self.reader.folder.join(Path::new(&text)))
    }

    /// One word of a closed list, `otherwise` when absent. `None` when wrong, or absent without an `otherwise`.
    pub fn word(&mut self, key: &'static str, words: &[&'static str], otherwise: Option<&'static str>) -> Option<&'static str> {
        if !self.has(key) {
            match otherwise {
                Some(word) => self.show(key, format!("{word:?}"), &Place::Default),
                None => self.missing(key, &one_of(words).replace('`', "\"")),
            }
            return otherwise;
        }
        let fix = match otherwise {
            Some(_) => OPTIONAL.to_owned(),
            None => fill_in(key, &one_of(words).replace('`', "\"")),
        };
        let (text, place) = self.take_text(key, &fix)?;
        if let Some(word) = words.iter().find(|word| **word == text) {
            self.show(key, format!("{word:?}"), &place);
            return Some(word);
        }
        // The value itself is named only when it is a slip of a known word: anything else may be a secret in a wrong place.
        let (problem, fix) = match nearest(&text, words.iter().copied()) {
            Some(near) => (format!("`{key}` cannot be `{text}`"), format!("did you mean `{near}`?")),
            None => (format!("`{key}` is none of the known words"), format!("choose {}", one_of(words))),
        };
        self.wrong(&place, key, problem, fix);
        None
    }
    /// As [`Open::word`], for the key that decides which others have a meaning.
    pub fn kind(&mut self, key: &'static str, words: &[&'static str], otherwise: Option<&'static str>) -> Option<&'static str> {
        let word = self.word(key, words, otherwise);
        self.kind = word.map(|word| (key, word));
        self.unkind = word.is_none();
        word
    }

    /// A whole number between `least` and `most`, `otherwise` when absent.
    pub fn number(&mut self, key: &'static str, (least, most): (u64, u64), otherwise: u64) -> Option<u64> {
        let Some(Node { value, place }) = self.table.remove(key) else {
            self.show(key, otherwise.to_string(), &Place::Default);
            return Some(otherwise);
        };
        let number = match value {
            Value::Number(number) => u64::try_from(number).ok(),
            Value::Raw(text) => text.trim().parse().ok(),
            Value::Text(_) | Value::Other | Value::List(_) | Value::Table(_) => None,
        };
        match number.filter(|number| (least..=most).contains(number)) {
            Some(number) => {
                self.show(key, number.to_string(), &place);
                Some(number)
            }
            None => {
                let fix = format!("write {key} = {otherwise}, without quotes, or another number in that range");
                self.wrong(&place, key, format!("`{key}` must be a whole number from {least} to {most}"), fix);
                None
            }
        }
    }

    /// A list of texts, each with its place; a variable separates them by commas. `None` when absent or wrong.
    pub fn list(&mut self, key: &'static str) -> Option<Vec<(String, Place)>> {
        let Node { value, place } = self.table.remove(key)?;
        let mut texts = Vec::new();
        match value {
            Value::List(nodes) => {
                for Node { value, place } in nodes {
                    match value {
                        Value::Text(text) | Value::Raw(text) => texts.push((text.trim().to_owned(), place)),
                        _ => self.wrong(&place, key, format!("`{key}` must hold texts only"), "put each in quotes"),
                    }
                }
            }
            Value::Raw(text) => {
                texts.extend(
                    text.split(',').map(str::trim).filter(|text| !text.is_empty()).map(|text| (text.to_owned(), place.clone())),
                );
            }
            _ => {
                self.wrong(&place, key, format!("`{key}` must be a list"), format!("write {key} = [\"…\"]"));
                return None;
            }
        }
        let shown: Vec<&str> = texts.iter().map(|(text, _)| text.as_str()).collect();
        let shown = format!("{shown:?}");
        self.show(key, shown, &place);
        Some(texts)
    }

    /// Shows a value that is the program's own.
    pub fn default_shown(&mut self, key: &str, value: &str) {
        self.show(key, value.to_owned(), &Place::Default);
    }

    /// Ends the section: what is left in it is unknown, or of another kind.
    pub fn close(mut self) {
        let known = keys::of(self.section).unwrap_or_default();
        for (key, node) in std::mem::take(&mut self.table) {
            let section = self.section;
            let (problem, fix) = if known.contains(&key.as_str()) {
                if self.unkind {
                    continue;
                }
                let (kind_key, kind) = self.kind.unwrap_or(("kind", ""));
                (
                    format!("`{key}` has no meaning with {kind_key} = \"{kind}\" in [{section}]"),
                    format!("take it out, or change `{kind_key}`"),
                )
            } else {
                let fix = match (nearest(&key, known.iter().copied()), elsewhere(&key, section)) {
                    (Some(near), _) => format!("did you mean `{near}`?"),
                    (None, Some(other)) => format!("it belongs under [{other}]"),
                    (None, None) => format!("[{section}] knows {}", one_of(known)),
                };
                (format!("unknown key `{}` in [{section}]", short(&key)), fix)
            };
            self.wrong(&node.place, &key, problem, fix);
        }
    }
}

fn elsewhere(key: &str, section: &str) -> Option<&'static str> {
    if ["kind", "path", "name"].contains(&key) {
        return None;
    }
    keys::SECTIONS.iter().find(|(name, keys)| *name != section && keys.contains(&key)).map(|(name, _)| *name)
}

/// What to do about an empty key that may be left out.
const OPTIONAL: &str = "write it on one line, or leave the key out";

/// What to do about an empty key that must be there.
fn fill_in(key: &str, example: &str) -> String {
    format!("fill it in, on one line: {key} = {example}")
}

/// A name as written, short enough for one line.
fn short(name: &str) -> String {
    name.chars().filter(|c| !c.is_control()).take(40).collect()
}
