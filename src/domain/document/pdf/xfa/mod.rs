//! XFA forms (Adobe's XML forms inside a PDF): the captions of the template with the values of the data.
//!
//! A static one has plain fields beside it, and both are brought together: what is drawn is what the sender saw. Of a dynamic one
//! the pages only say *Please wait*; what was filled in stands in the data alone. No script in it is ever run.

mod merge;
mod template;

use std::collections::HashMap;

use hayro_syntax::object::{Array, Dict, Object};
use hayro_syntax::xref::XRef;

use super::fields::Form;
use super::{bounded, objects};
use crate::domain::document::words::words;
use crate::domain::document::xml::{self, Element};
use crate::domain::document::{Block, Control, ControlValue, Limits};

/// Bytes of one packet, unpacked.
const PACKET_BYTES_MAX: usize = 8 << 20;

/// An XFA form, read.
pub struct Xfa {
    /// Its captions and values in the order of the template.
    pub blocks: Vec<Block>,
    /// Its fields, in the same order.
    pub controls: Vec<Control>,
}

/// The form in the `XFA` entry of a form's dictionary; `None` when there is none, or it cannot be read.
pub fn read<'d>(xref: &'d XRef, acro_form: &Dict<'d>, limits: &Limits) -> Option<Xfa> {
    let (template, datasets) = match acro_form.get::<Object<'_>>(b"XFA")? {
        Object::Stream(whole) => {
            let whole = xml::parse(&bounded::decoded(&whole, PACKET_BYTES_MAX)?).ok()?;
            (whole.child("template").map(Element::copied), whole.child("datasets").map(Element::copied))
        }
        Object::Array(packets) => (packet(xref, &packets, b"template"), packet(xref, &packets, b"datasets")),
        _ => return None,
    };
    let read = merge::merged(&template?, datasets.as_ref(), limits);
    (!read.controls.is_empty()).then_some(read)
}

/// The packet of this name: names and streams take turns in the array.
fn packet<'d>(xref: &'d XRef, packets: &Array<'d>, wanted: &[u8]) -> Option<Element> {
    let mut entries = objects::values(xref, packets);
    while let (Some(name), Some(stream)) = (entries.next(), entries.next()) {
        if matches!(&name, Object::String(name) if **name == *wanted) {
            return xml::parse(&bounded::decoded(&stream.into_stream()?, PACKET_BYTES_MAX)?).ok();
        }
    }
    None
}

/// Whether the pages of a form without plain fields only ask the reader to open it elsewhere.
pub fn is_please_wait(blocks: &[Block]) -> bool {
    /// The longest such page has about six hundred letters.
    const CHARS_MAX: usize = 2_000;
    let mut text = String::new();
    for block in blocks {
        let Block::Line(line) = block else { return false };
        text.push_str(&words(&line.pieces).to_lowercase());
        text.push(' ');
        if text.len() > CHARS_MAX {
            return false;
        }
    }
    ["please wait", "adobe reader", "acrobat reader", "adobe acrobat"].iter().any(|words| text.contains(words))
}

/// Brings the plain fields of `form` and the XFA data together: an empty field takes the value of the data, a field that differs keeps
/// what is drawn and has the data's value beside it, and a value without a plain field stands alone.
pub fn reconcile(form: &mut Form, xfa: Xfa) {
    let mut plain: HashMap<String, &mut Control> = HashMap::new();
    for control in form.controls_mut() {
        plain.entry(key(&control.name)).or_insert(control);
    }
    let mut beside = Vec::new();
    for mut control in xfa.controls {
        if matches!(control.value, ControlValue::Empty | ControlValue::Tick(_)) {
            continue;
        }
        control.place.path.push_str(" (in the XFA data)");
        match plain.get_mut(&key(&control.name)) {
            Some(drawn) if drawn.value == ControlValue::Empty => drawn.value = control.value,
            Some(drawn) if says_the_same(&drawn.value, &control.value) => {}
            Some(_) | None => beside.push(control),
        }
    }
    form.add_unplaced(beside);
}

/// A field's name without the parts that programs make up (`#subform[0]`).
fn key(name: &str) -> String {
    name.split('.').filter(|part| !part.starts_with('#')).collect::<Vec<&str>>().join(".").to_lowercase()
}

/// The same words, numbers in any order and any writing: `2016-02-01` is drawn as `1/2/2016`.
fn says_the_same(drawn: &ControlValue, data: &ControlValue) -> bool {
    let sorted = |value: &ControlValue| -> Option<Vec<String>> {
        let text = match value {
            ControlValue::Text(text) => text.to_lowercase(),
            ControlValue::Choice(chosen) => chosen.join(" ").to_lowercase(),
            ControlValue::Empty | ControlValue::Tick(_) | ControlValue::Signed => return None,
        };
        let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
        let mut words: Vec<String> = words.map(|word| word.trim_start_matches('0').to_owned()).collect();
        words.sort();
        Some(words)
    };
    match (drawn, data) {
        // What a button is called and what it stores need not be one word.
        (ControlValue::Tick(_) | ControlValue::Signed, _) | (ControlValue::Choice(_), _) => true,
        (_, data) => sorted(drawn) == sorted(data),
    }
}
