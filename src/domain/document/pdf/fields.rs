//! Fields of a form: every widget on a page with its field's name and value, and the fields without a widget.
//!
//! For buttons `/AS` is read before `/V`: what is drawn is what the sender saw. Names are `/T` joined by dots.

use std::collections::{HashMap, HashSet};

use hayro_syntax::Pdf;
use hayro_syntax::object::{Array, Dict, Name, Object, ObjectIdentifier};
use hayro_syntax::xref::XRef;

use super::objects::{entries, unknown_entries, values};
use super::xfa::{self, Xfa};
use super::{bounded, strings};
use crate::domain::document::{Control, ControlValue, Limits, NOT_SHOWN, Place, Tick, words};

/// Parents climbed, kids descended.
const DEPTH_MAX: usize = 32;
const WIDGETS_MAX: usize = 20_000;
/// Bytes of a typed value that is kept in a stream of its own.
const VALUE_BYTES_MAX: usize = 1 << 20;

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
    /// The same form once more, or the only one, as Adobe's XML.
    pub xfa: Option<Xfa>,
    /// There is such a form, read or not.
    pub has_xfa: bool,
    /// There are fields other than signatures.
    pub has_plain_fields: bool,
}

impl Form {
    /// The widgets of page `index`, from 0.
    pub fn take_page(&mut self, index: usize) -> Vec<Widget> {
        self.pages.remove(&index).unwrap_or_default()
    }
    /// Every field, those on pages first.
    pub fn controls_mut(&mut self) -> impl Iterator<Item = &mut Control> {
        self.pages.values_mut().flatten().map(|widget| &mut widget.control).chain(&mut self.unplaced)
    }
    /// Adds fields that stand nowhere.
    pub fn add_unplaced(&mut self, controls: Vec<Control>) {
        self.unplaced.extend(controls);
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

/// Reads the form of `pdf`.
#[must_use]
pub fn read(pdf: &Pdf, limits: &Limits) -> Form {
    let xref = pdf.xref();
    let catalog = xref.get(xref.root_id()).unwrap_or_default();
    let mut reader = FormReader { xref, catalog, form: Form::default(), seen: HashSet::new() };
    for (index, page) in pdf.pages().iter().take(usize::try_from(limits.pages_max).unwrap_or(usize::MAX)).enumerate() {
        reader.page(index, page.raw());
    }
    reader.tree();
    reader.remarks();
    let with_xfa = reader.acro_form().filter(|form| form.contains_key(b"XFA"));
    let mut form = reader.form;
    form.readable = !form.pages.is_empty() || !form.unplaced.is_empty();
    if let Some(acro_form) = with_xfa {
        form.has_xfa = true;
        form.xfa = xfa::read(xref, &acro_form, limits);
    }
    form
}

struct FormReader<'d> {
    xref: &'d XRef,
    catalog: Dict<'d>,
    form: Form,
    /// Fields and widgets met on pages.
    seen: HashSet<ObjectIdentifier>,
}

/// What a widget takes from its parents.
#[derive(Default)]
struct Inherited<'d> {
    names: Vec<String>,
    kind: Option<Name<'d>>,
    flags: Option<i64>,
    value: Option<Object<'d>>,
    title: Option<String>,
    options: Option<Array<'d>>,
}

impl<'d> FormReader<'d> {
    fn page(&mut self, index: usize, page: &Dict<'d>) {
        let Some(annotations) = page.get::<Array<'_>>(b"Annots") else { return };
        for (id, widget) in entries(self.xref, &annotations).take(WIDGETS_MAX) {
            let Some(widget) = widget.into_dict() else { continue };
            let is_widget = widget.get::<Name<'_>>(b"Subtype").is_some_and(|kind| *kind == *b"Widget");
            if !is_widget || id.is_some_and(|id| !self.seen.insert(id)) {
                continue;
            }
            let Some(control) = control(self.xref, &widget, true) else { continue };
            self.form.has_plain_fields = self.form.has_plain_fields || !is_signature(&widget);
            let flags = integer(&widget, b"F").unwrap_or(0);
            match rectangle(self.xref, &widget) {
                Some(rectangle) if flags & (FLAG_HIDDEN | FLAG_NO_VIEW) == 0 => {
                    self.form.pages.entry(index).or_default().push(Widget { control, rectangle });
                }
                _ => {
                    let mut hidden = control;
                    hidden.place.path.push_str(NOT_SHOWN);
                    self.form.unplaced.push(hidden);
                }
            }
        }
    }

    /// Fields of the tree that no page shows.
    fn tree(&mut self) {
        let Some(fields) = self.acro_form().and_then(|form| form.get::<Array<'_>>(b"Fields")) else { return };
        let mut open: Vec<(Option<ObjectIdentifier>, Object<'d>, usize)> = Vec::new();
        let (xref, seen) = (self.xref, &self.seen);
        let push = |open: &mut Vec<_>, array: &Array<'d>, depth: usize| {
            let from = open.len();
            open.extend(unknown_entries(xref, array, seen, WIDGETS_MAX).map(|(id, field)| (id, field, depth)));
            open[from..].reverse();
        };
        push(&mut open, &fields, 0);
        let mut met: HashSet<ObjectIdentifier> = HashSet::new();
        while let Some((id, field, depth)) = open.pop() {
            if depth > DEPTH_MAX || id.is_some_and(|id| !met.insert(id)) || met.len() > WIDGETS_MAX {
                continue;
            }
            let Some(field) = field.into_dict() else { continue };
            match field.get::<Array<'_>>(b"Kids") {
                Some(kids) if kids.raw_iter().next().is_some() => push(&mut open, &kids, depth + 1),
                _ => {
                    self.form.has_plain_fields = self.form.has_plain_fields || !is_signature(&field);
                    self.form.unplaced.extend(control(xref, &field, false));
                }
            }
        }
    }

    /// What a person should know of the file beyond its fields.
    fn remarks(&mut self) {
        let names = self.catalog.get::<Dict<'_>>(b"Names");
        let has = |key: &[u8]| names.as_ref().is_some_and(|names| names.contains_key(key));
        let script_on_open = self.catalog.get::<Dict<'_>>(b"OpenAction").is_some_and(|action| action.contains_key(b"JS"));
        if has(b"JavaScript") || script_on_open {
            self.form.notes.push("has JavaScript, not run".to_owned());
        }
        if has(b"EmbeddedFiles") || self.catalog.contains_key(b"Collection") {
            self.form.notes.push("has embedded files, not opened".to_owned());
        }
    }

    fn acro_form(&self) -> Option<Dict<'d>> {
        self.catalog.get(b"AcroForm")
    }
}

/// The control of a widget or field; `None` for push buttons and for what is no field at all.
fn control<'d>(xref: &'d XRef, field: &Dict<'d>, placed: bool) -> Option<Control> {
    let inherited = inherited(field);
    let flags = inherited.flags.unwrap_or(0);
    let value = match inherited.kind.as_deref()? {
        b"Btn" if flags & FIELD_PUSH != 0 => return None,
        b"Btn" => button(xref, field, &inherited, flags & FIELD_RADIO != 0, placed),
        b"Ch" => choice(xref, &inherited),
        b"Sig" => match &inherited.value {
            Some(Object::Dict(signature)) if signature.contains_key(b"Contents") || signature.contains_key(b"ByteRange") => {
                ControlValue::Signed
            }
            _ => ControlValue::Empty,
        },
        _ => typed(inherited.value.as_ref()),
    };
    let name = inherited.names.join(".");
    let place = Place { page: 1, path: format!("field {name}"), bounds: None };
    Some(Control { name, title: inherited.title.filter(|title| !title.is_empty()), value, place })
}

fn is_signature(field: &Dict<'_>) -> bool {
    inherited(field).kind.as_deref().is_none_or(|kind| kind == b"Sig")
}

/// Climbs from a widget to the root of its field.
fn inherited<'d>(field: &Dict<'d>) -> Inherited<'d> {
    let mut out = Inherited::default();
    let mut at = field.clone();
    for _ in 0..DEPTH_MAX {
        if let Some(Object::String(name)) = at.get(b"T") {
            out.names.insert(0, strings::text(&name));
        }
        out.kind = out.kind.or_else(|| at.get(b"FT"));
        out.flags = out.flags.or_else(|| integer(&at, b"Ff"));
        out.value = out.value.or_else(|| at.get(b"V"));
        if out.title.is_none()
            && let Some(Object::String(title)) = at.get(b"TU")
        {
            out.title = Some(strings::text(&title));
        }
        out.options = out.options.or_else(|| at.get(b"Opt"));
        match at.get::<Dict<'_>>(b"Parent") {
            Some(parent) => at = parent,
            None => break,
        }
    }
    out
}

/// A check box is a tick. Of a radio group, the chosen button holds the choice, the others an empty tick.
fn button<'d>(xref: &'d XRef, field: &Dict<'d>, inherited: &Inherited<'d>, radio: bool, placed: bool) -> ControlValue {
    let shown = field.get::<Name<'_>>(b"AS");
    let state = match (&shown, &inherited.value) {
        (Some(state), _) => strings::name(state),
        (None, Some(Object::Name(value))) => strings::name(value),
        (None, Some(Object::String(value))) => strings::text(value),
        (None, _) => String::new(),
    };
    let own_state = on_state(field);
    // Without /AS, a radio button is on when the group's value is its own state.
    let other = shown.is_none() && placed && own_state.as_ref().is_some_and(|own| *own != state);
    let on = !state.is_empty() && state != "Off" && !other;
    match (on, radio) {
        (true, true) => ControlValue::Choice(vec![export_value(xref, &state, inherited)]),
        (true, false) => ControlValue::Tick(Tick::Marked),
        (false, true) if !placed => ControlValue::Empty,
        (false, _) => ControlValue::Tick(Tick::Empty),
    }
}

/// The name of the state that means *on*, from the appearances.
fn on_state(field: &Dict<'_>) -> Option<String> {
    let normal = field.get::<Dict<'_>>(b"AP")?.get::<Dict<'_>>(b"N")?;
    let mut states: Vec<Name<'_>> = normal.keys().filter(|name| **name != *b"Off").collect();
    states.sort_unstable();
    states.first().map(|name| strings::name(name))
}

/// `/Opt` names the buttons of a group whose states are only numbers.
fn export_value<'d>(xref: &'d XRef, state: &str, inherited: &Inherited<'d>) -> String {
    let named = inherited.options.as_ref().zip(state.parse::<usize>().ok());
    match named.and_then(|(options, index)| values(xref, options).nth(index)) {
        Some(Object::String(text)) => strings::text(&text),
        _ => state.to_owned(),
    }
}

fn typed(value: Option<&Object<'_>>) -> ControlValue {
    let text = match value {
        Some(Object::String(text)) => strings::text(text),
        Some(Object::Name(name)) => strings::name(name),
        Some(Object::Stream(stream)) => {
            let bytes = bounded::decoded(stream, VALUE_BYTES_MAX).unwrap_or_default();
            strings::text(&bytes)
        }
        _ => String::new(),
    };
    if text.is_empty() || words::is_placeholder(&text) { ControlValue::Empty } else { ControlValue::Text(text) }
}

/// The options chosen, in the words the list shows.
fn choice<'d>(xref: &'d XRef, inherited: &Inherited<'d>) -> ControlValue {
    let chosen: Vec<Object<'_>> = match &inherited.value {
        Some(Object::Array(chosen)) => values(xref, chosen).collect(),
        Some(value) => vec![value.clone()],
        None => Vec::new(),
    };
    let chosen: Vec<String> = chosen
        .into_iter()
        .filter_map(|value| match value {
            Object::String(text) => Some(shown_option(xref, &text, inherited.options.as_ref())),
            Object::Name(name) => Some(strings::name(&name)),
            _ => None,
        })
        .filter(|text| !text.is_empty() && !words::is_placeholder(text))
        .collect();
    if chosen.is_empty() { ControlValue::Empty } else { ControlValue::Choice(chosen) }
}

fn shown_option<'d>(xref: &'d XRef, value: &[u8], options: Option<&Array<'d>>) -> String {
    let shown = options.into_iter().flat_map(|options| values(xref, options)).find_map(|option| match option {
        Object::Array(pair) => {
            let mut pair = values(xref, &pair);
            match (pair.next()?, pair.next()?) {
                (Object::String(export), Object::String(shown)) if *export == *value => Some(strings::text(&shown)),
                _ => None,
            }
        }
        _ => None,
    });
    shown.unwrap_or_else(|| strings::text(value))
}

fn rectangle<'d>(xref: &'d XRef, widget: &Dict<'d>) -> Option<[f32; 4]> {
    let numbers: Vec<f32> = values(xref, &widget.get::<Array<'_>>(b"Rect")?).filter_map(Object::into_f32).collect();
    let [a, b, c, d] = numbers[..] else { return None };
    let rectangle = [a.min(c), b.min(d), a.max(c), b.max(d)];
    let drawn = rectangle[2] - rectangle[0] > 0.5 && rectangle[3] - rectangle[1] > 0.5;
    (drawn && rectangle.iter().all(|number| number.is_finite())).then_some(rectangle)
}

fn integer(dictionary: &Dict<'_>, key: &[u8]) -> Option<i64> {
    dictionary.get::<Object<'_>>(key)?.into_number().map(|number| number.as_i64())
}
