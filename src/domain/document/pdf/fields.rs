//! Fields of a form: every widget on a page with its field's name and value, and the fields without a widget.
//!
//! For buttons `/AS` is read before `/V`: what is drawn is what the sender saw. Names are `/T` joined by dots.

use std::collections::{HashMap, HashSet};

use lopdf::{Dictionary, LoadOptions, Object, ObjectId};

use super::strings;
use crate::domain::document::{Control, ControlValue, Limits, Place, Problem, Tick, words};

/// Bytes one stream may inflate to while the file is opened, and one page's drawing.
const STREAM_BYTES_MAX: usize = 32 << 20;
/// Parents climbed, kids descended.
const DEPTH_MAX: usize = 32;
const WIDGETS_MAX: usize = 20_000;

const FLAG_HIDDEN: i64 = 1 << 1;
const FLAG_NO_VIEW: i64 = 1 << 5;
const FIELD_RADIO: i64 = 1 << 15;
const FIELD_PUSH: i64 = 1 << 16;

/// A field's box on a page. `rectangle` is in the page's own points: left, bottom, right, top.
pub struct Widget {
    /// The field.
    pub control: Control,
    /// Where its box is.
    pub rectangle: [f32; 4],
}

/// The form of a file.
#[derive(Default)]
pub struct Form {
    pages: HashMap<usize, Vec<Widget>>,
    unplaced: Vec<Control>,
    /// What a person should know.
    pub notes: Vec<String>,
    /// Whether fields were found, so that their drawn appearances need not be read as text.
    pub readable: bool,
}

impl Form {
    /// The widgets of page `index`, from 0.
    pub fn take_page(&mut self, index: usize) -> Vec<Widget> {
        self.pages.remove(&index).unwrap_or_default()
    }
    /// Fields without a place; those of pages never taken too.
    pub fn unplaced(&mut self) -> Vec<Control> {
        let mut out = std::mem::take(&mut self.unplaced);
        let mut left: Vec<(usize, Vec<Widget>)> = self.pages.drain().collect();
        left.sort_by_key(|(index, _)| *index);
        out.extend(left.into_iter().flat_map(|(_, widgets)| widgets).map(|widget| widget.control));
        out
    }
}

/// Reads the form in `bytes`; a file this parser cannot open has no fields but may still have pages.
///
/// # Errors
/// `Encrypted` when a password is needed, `TooLarge` when a page inflates beyond the limit.
pub fn read(bytes: &[u8], limits: &Limits) -> Result<Form, Problem> {
    let options = LoadOptions::with_max_decompressed_size(STREAM_BYTES_MAX);
    let Ok(document) = lopdf::Document::load_mem_with_options(bytes, options) else {
        return Ok(Form::default());
    };
    if document.is_encrypted() && !document.was_encrypted() {
        // The other parser has the last word on whether the empty password opens it.
        return Ok(Form::default());
    }
    let pages: Vec<ObjectId> = document.page_iter().take(usize::try_from(limits.pages_max).unwrap_or(usize::MAX)).collect();
    refuse_bombs(&document, &pages)?;
    let mut reader = FormReader { document: &document, form: Form::default(), seen: HashSet::new() };
    for (index, page) in pages.iter().enumerate() {
        reader.page(index, *page);
    }
    reader.tree();
    reader.remarks();
    let mut form = reader.form;
    form.readable = !form.pages.is_empty() || !form.unplaced.is_empty();
    Ok(form)
}

/// The drawing of a page, and of forms drawn on it, must inflate within the limit before anything interprets it.
fn refuse_bombs(document: &lopdf::Document, pages: &[ObjectId]) -> Result<(), Problem> {
    let mut left = 2 * STREAM_BYTES_MAX;
    let mut harmless = 2 * STREAM_BYTES_MAX;
    let mut count = |stream: &lopdf::Stream| -> Result<(), Problem> {
        // A form draws each of its fields in a small stream of its own: what cannot grow far need not be inflated to know.
        if let Some(grown) = size_at_most(stream)
            && grown <= harmless
        {
            harmless -= grown;
            return Ok(());
        }
        let mut counted = Counted::default();
        match stream.decompress_to_writer(&mut counted, left) {
            Ok(_) => {
                left = left.saturating_sub(counted.bytes);
                if left == 0 { Err(Problem::TooLarge) } else { Ok(()) }
            }
            Err(lopdf::Error::Decompress(lopdf::DecompressError::MemoryLimitExceeded { .. })) => Err(Problem::TooLarge),
            Err(_) => Ok(()),
        }
    };
    for page in pages {
        for id in document.get_page_contents(*page) {
            if let Ok(Object::Stream(stream)) = document.get_object(id) {
                count(stream)?;
            }
        }
    }
    for object in document.objects.values() {
        if let Object::Stream(stream) = object
            && stream.dict.get(b"Subtype").and_then(Object::as_name).is_ok_and(|name| name == b"Form")
        {
            count(stream)?;
        }
    }
    Ok(())
}

/// What a stream inflates to at most, where its filters tell.
fn size_at_most(stream: &lopdf::Stream) -> Option<usize> {
    /// Deflate's best: 258 bytes out of two bits.
    const DEFLATE_GROWTH_MAX: usize = 1032;
    let filters = if stream.dict.has(b"Filter") { stream.filters().ok()? } else { Vec::new() };
    match filters.as_slice() {
        [] => Some(stream.content.len()),
        [only] if *only == b"FlateDecode" => stream.content.len().checked_mul(DEFLATE_GROWTH_MAX),
        _ => None,
    }
}

/// Counts what is written and keeps nothing.
#[derive(Default)]
struct Counted {
    bytes: usize,
}

impl std::io::Write for Counted {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.bytes += bytes.len();
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

struct FormReader<'d> {
    document: &'d lopdf::Document,
    form: Form,
    /// Fields and widgets met on pages.
    seen: HashSet<ObjectId>,
}

/// What a widget takes from its parents.
#[derive(Default)]
struct Inherited<'d> {
    names: Vec<String>,
    kind: Option<&'d [u8]>,
    flags: Option<i64>,
    value: Option<&'d Object>,
    title: Option<String>,
    options: Option<&'d [Object]>,
}

impl<'d> FormReader<'d> {
    fn page(&mut self, index: usize, page: ObjectId) {
        let Ok(dictionary) = self.document.get_dictionary(page) else { return };
        let Some(Object::Array(annotations)) = self.get(dictionary, b"Annots") else { return };
        for entry in annotations.iter().take(WIDGETS_MAX) {
            let id = entry.as_reference().ok();
            let Some(Object::Dictionary(widget)) = self.resolved(entry) else { continue };
            let is_widget = self.name(widget, b"Subtype").is_some_and(|kind| kind == b"Widget");
            if !is_widget || id.is_some_and(|id| !self.seen.insert(id)) {
                continue;
            }
            let Some(control) = self.control(widget, true) else { continue };
            let flags = self.integer(widget, b"F").unwrap_or(0);
            match self.rectangle(widget) {
                Some(rectangle) if flags & (FLAG_HIDDEN | FLAG_NO_VIEW) == 0 => {
                    self.form.pages.entry(index).or_default().push(Widget { control, rectangle });
                }
                _ => {
                    let mut hidden = control;
                    hidden.place.path.push_str(" (not shown on the page)");
                    self.form.unplaced.push(hidden);
                }
            }
        }
    }

    /// Fields of the tree that no page shows.
    fn tree(&mut self) {
        let Some(form) = self.acro_form() else { return };
        let Some(Object::Array(fields)) = self.get(form, b"Fields") else { return };
        let mut open: Vec<(&Object, usize)> = fields.iter().rev().map(|field| (field, 0)).collect();
        let mut met: HashSet<ObjectId> = HashSet::new();
        while let Some((entry, depth)) = open.pop() {
            let id = entry.as_reference().ok();
            if depth > DEPTH_MAX || id.is_some_and(|id| !met.insert(id)) || met.len() > WIDGETS_MAX {
                continue;
            }
            let Some(Object::Dictionary(field)) = self.resolved(entry) else { continue };
            if id.is_some_and(|id| self.seen.contains(&id)) {
                continue;
            }
            match self.get(field, b"Kids") {
                Some(Object::Array(kids)) if !kids.is_empty() => open.extend(kids.iter().rev().map(|kid| (kid, depth + 1))),
                _ => self.form.unplaced.extend(self.control(field, false)),
            }
        }
    }

    /// What a person should know of the file beyond its fields.
    fn remarks(&mut self) {
        let Ok(catalog) = self.document.catalog() else { return };
        let names = self.get(catalog, b"Names").and_then(|names| names.as_dict().ok());
        let has = |key: &[u8]| names.is_some_and(|names| names.has(key));
        let script_on_open =
            self.get(catalog, b"OpenAction").and_then(|action| action.as_dict().ok()).is_some_and(|action| action.has(b"JS"));
        if has(b"JavaScript") || script_on_open {
            self.form.notes.push("has JavaScript, not run".to_owned());
        }
        if has(b"EmbeddedFiles") || catalog.has(b"Collection") {
            self.form.notes.push("has embedded files, not opened".to_owned());
        }
        if self.acro_form().is_some_and(|form| form.has(b"XFA")) {
            self.form.notes.push("has an XFA form; its plain fields were read".to_owned());
        }
    }

    fn acro_form(&self) -> Option<&'d Dictionary> {
        let catalog = self.document.catalog().ok()?;
        self.get(catalog, b"AcroForm")?.as_dict().ok()
    }

    /// The control of a widget or field; `None` for push buttons and for what is no field at all.
    fn control(&self, field: &'d Dictionary, placed: bool) -> Option<Control> {
        let inherited = self.inherited(field);
        let flags = inherited.flags.unwrap_or(0);
        let value = match inherited.kind? {
            b"Btn" if flags & FIELD_PUSH != 0 => return None,
            b"Btn" => self.button(field, &inherited, flags & FIELD_RADIO != 0, placed),
            b"Ch" => self.choice(&inherited),
            b"Sig" => match inherited.value {
                Some(Object::Dictionary(signature)) if signature.has(b"Contents") || signature.has(b"ByteRange") => {
                    ControlValue::Signed
                }
                _ => ControlValue::Empty,
            },
            _ => self.typed(inherited.value),
        };
        let name = inherited.names.join(".");
        let place = Place { page: 1, path: format!("field {name}"), bounds: None };
        Some(Control { name, title: inherited.title.filter(|title| !title.is_empty()), value, place })
    }

    /// Climbs from a widget to the root of its field.
    fn inherited(&self, field: &'d Dictionary) -> Inherited<'d> {
        let mut out = Inherited::default();
        let mut at = field;
        for _ in 0..DEPTH_MAX {
            if let Some(Object::String(name, _)) = self.get(at, b"T") {
                out.names.insert(0, strings::text(name));
            }
            out.kind = out.kind.or_else(|| self.name(at, b"FT"));
            out.flags = out.flags.or_else(|| self.integer(at, b"Ff"));
            out.value = out.value.or_else(|| self.get(at, b"V"));
            if out.title.is_none()
                && let Some(Object::String(title, _)) = self.get(at, b"TU")
            {
                out.title = Some(strings::text(title));
            }
            if out.options.is_none()
                && let Some(Object::Array(options)) = self.get(at, b"Opt")
            {
                out.options = Some(options);
            }
            match self.get(at, b"Parent") {
                Some(Object::Dictionary(parent)) => at = parent,
                _ => break,
            }
        }
        out
    }

    /// A check box is a tick. Of a radio group, the chosen button holds the choice, the others an empty tick.
    fn button(&self, field: &'d Dictionary, inherited: &Inherited<'d>, radio: bool, placed: bool) -> ControlValue {
        let state = match (self.name(field, b"AS"), inherited.value) {
            (Some(state), _) => strings::name(state),
            (None, Some(Object::Name(value))) => strings::name(value),
            (None, Some(Object::String(value, _))) => strings::text(value),
            (None, _) => String::new(),
        };
        let own_state = self.on_state(field);
        // Without /AS, a radio button is on when the group's value is its own state.
        let other = self.name(field, b"AS").is_none() && placed && own_state.as_ref().is_some_and(|own| *own != state);
        let on = !state.is_empty() && state != "Off" && !other;
        match (on, radio) {
            (true, true) => ControlValue::Choice(vec![self.export_value(&state, inherited)]),
            (true, false) => ControlValue::Tick(Tick::Marked),
            (false, true) if !placed => ControlValue::Empty,
            (false, _) => ControlValue::Tick(Tick::Empty),
        }
    }

    /// The name of the state that means *on*, from the appearances.
    fn on_state(&self, field: &'d Dictionary) -> Option<String> {
        let appearances = self.get(field, b"AP")?.as_dict().ok()?;
        let normal = self.get(appearances, b"N")?.as_dict().ok()?;
        normal.iter().map(|(name, _)| name).find(|name| name.as_slice() != b"Off").map(|name| strings::name(name))
    }

    /// `/Opt` names the buttons of a group whose states are only numbers.
    fn export_value(&self, state: &str, inherited: &Inherited<'d>) -> String {
        let named = inherited.options.zip(state.parse::<usize>().ok()).and_then(|(options, index)| options.get(index));
        match named.and_then(|option| self.resolved(option)) {
            Some(Object::String(text, _)) => strings::text(text),
            _ => state.to_owned(),
        }
    }

    fn typed(&self, value: Option<&'d Object>) -> ControlValue {
        let text = match value {
            Some(Object::String(text, _)) => strings::text(text),
            Some(Object::Name(name)) => strings::name(name),
            Some(Object::Stream(stream)) => {
                stream.get_plain_content_with_limit(1 << 20).map(|text| strings::text(&text)).unwrap_or_default()
            }
            _ => String::new(),
        };
        if text.is_empty() || words::is_placeholder(&text) { ControlValue::Empty } else { ControlValue::Text(text) }
    }

    /// The options chosen, in the words the list shows.
    fn choice(&self, inherited: &Inherited<'d>) -> ControlValue {
        let values: Vec<&Object> = match inherited.value {
            Some(Object::Array(values)) => values.iter().collect(),
            Some(value) => vec![value],
            None => Vec::new(),
        };
        let chosen: Vec<String> = values
            .into_iter()
            .filter_map(|value| match self.resolved(value) {
                Some(Object::String(text, _)) => Some(self.shown_option(text, inherited.options)),
                Some(Object::Name(name)) => Some(strings::name(name)),
                _ => None,
            })
            .filter(|text| !text.is_empty() && !words::is_placeholder(text))
            .collect();
        if chosen.is_empty() { ControlValue::Empty } else { ControlValue::Choice(chosen) }
    }

    fn shown_option(&self, value: &[u8], options: Option<&'d [Object]>) -> String {
        let shown = options.into_iter().flatten().find_map(|option| match self.resolved(option) {
            Some(Object::Array(pair)) => match (self.resolved(pair.first()?), self.resolved(pair.get(1)?)) {
                (Some(Object::String(export, _)), Some(Object::String(shown, _))) if export == value => {
                    Some(strings::text(shown))
                }
                _ => None,
            },
            _ => None,
        });
        shown.unwrap_or_else(|| strings::text(value))
    }

    fn rectangle(&self, widget: &'d Dictionary) -> Option<[f32; 4]> {
        let Some(Object::Array(numbers)) = self.get(widget, b"Rect") else { return None };
        let numbers: Vec<f32> = numbers.iter().filter_map(|number| self.resolved(number)?.as_float().ok()).collect();
        let [a, b, c, d] = numbers[..] else { return None };
        let rectangle = [a.min(c), b.min(d), a.max(c), b.max(d)];
        let drawn = rectangle[2] - rectangle[0] > 0.5 && rectangle[3] - rectangle[1] > 0.5;
        (drawn && rectangle.iter().all(|number| number.is_finite())).then_some(rectangle)
    }

    fn get(&self, dictionary: &'d Dictionary, key: &[u8]) -> Option<&'d Object> {
        self.resolved(dictionary.get(key).ok()?)
    }
    fn resolved(&self, object: &'d Object) -> Option<&'d Object> {
        self.document.dereference(object).ok().map(|(_, object)| object)
    }
    fn name(&self, dictionary: &'d Dictionary, key: &[u8]) -> Option<&'d [u8]> {
        self.get(dictionary, key)?.as_name().ok()
    }
    fn integer(&self, dictionary: &'d Dictionary, key: &[u8]) -> Option<i64> {
        self.get(dictionary, key)?.as_i64().ok()
    }
}
