//! What the template of an XFA form says of one thing in it: its caption, its kind, where it stands.

use crate::domain::document::xml::{Element, Node};
use crate::domain::document::{ControlValue, Tick, words};

/// What somebody does with a field.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Writes.
    Text,
    /// Ticks.
    Check,
    /// Chooses.
    Choice,
    /// Signs.
    Signature,
    /// Nothing: a button, a picture, a bar code.
    None,
}

pub fn kind(field: &Element) -> Kind {
    let Some(ui) = field.child("ui") else { return Kind::Text };
    let has = |name| ui.child(name).is_some();
    if has("checkButton") {
        Kind::Check
    } else if has("choiceList") {
        Kind::Choice
    } else if has("signature") {
        Kind::Signature
    } else if has("button") || has("imageEdit") || has("barcode") || has("passwordEdit") {
        Kind::None
    } else {
        Kind::Text
    }
}

/// Whether the sender saw it.
pub fn is_shown(element: &Element) -> bool {
    !matches!(element.attribute("presence"), Some("hidden" | "inactive" | "invisible"))
}

/// The words of a caption or of a fixed text.
pub fn words_of(holder: &Element) -> String {
    let text = holder.child("value").map(plain_text).unwrap_or_default();
    words::folded(&text).trim().to_owned()
}

/// A field's or group's caption.
pub fn caption(field: &Element) -> String {
    field.child("caption").filter(|caption| is_shown(caption)).map(words_of).unwrap_or_default()
}

/// What help says of a field, where it has no caption.
pub fn title(field: &Element) -> Option<String> {
    let assist = field.child("assist")?;
    let said =
        ["toolTip", "speak"].into_iter().filter_map(|name| assist.child(name)).map(|said| words::folded(&plain_text(said)));
    said.map(|text| text.trim().to_owned()).find(|text| !text.is_empty())
}

/// All text in `element`, paragraphs as lines.
pub fn plain_text(element: &Element) -> String {
    let mut out = String::new();
    gather(element, &mut out);
    out
}

fn gather(element: &Element, out: &mut String) {
    for node in &element.children {
        match node {
            Node::Text(text) => out.push_str(text),
            // A picture is written in letters too.
            Node::Element(inner) if &*inner.name == "image" => {}
            Node::Element(inner) => {
                let paragraph = matches!(&*inner.name, "p" | "br" | "div" | "li");
                if paragraph && !out.is_empty() && !out.ends_with('\n') {
                    out.push('\n');
                }
                gather(inner, out);
            }
        }
    }
}

/// The lists of a field: what is shown, and what is stored where that differs.
fn items(field: &Element) -> (Vec<String>, Vec<String>) {
    let (mut shown, mut stored) = (Vec::new(), Vec::new());
    for list in field.elements().filter(|element| &*element.name == "items") {
        let entries = list.elements().map(|entry| plain_text(entry).trim().to_owned()).collect();
        if list.attribute("save") == Some("1") && stored.is_empty() {
            stored = entries;
        } else if shown.is_empty() {
            shown = entries;
        }
    }
    if shown.is_empty() {
        shown.clone_from(&stored);
    }
    (shown, stored)
}

/// The value that means *on*.
pub fn on_value(field: &Element) -> String {
    items(field).0.into_iter().next().filter(|value| !value.is_empty()).unwrap_or_else(|| "1".to_owned())
}

/// What a field of `kind` holds when the data says `raw`, several values each for itself.
pub fn value(field: &Element, kind: Kind, raw: &[String]) -> ControlValue {
    let first = raw.first().map(|text| text.trim()).unwrap_or_default();
    match kind {
        Kind::Check => {
            let on = !first.is_empty() && first == on_value(field);
            ControlValue::Tick(if on { Tick::Marked } else { Tick::Empty })
        }
        Kind::Choice => {
            let (shown, stored) = items(field);
            let show = |value: &String| {
                let at = stored.iter().position(|stored| stored == value.trim());
                at.and_then(|at| shown.get(at)).cloned().unwrap_or_else(|| value.trim().to_owned())
            };
            let chosen: Vec<String> =
                raw.iter().map(show).filter(|text| !text.is_empty() && !words::is_placeholder(text)).collect();
            if chosen.is_empty() { ControlValue::Empty } else { ControlValue::Choice(chosen) }
        }
        Kind::Signature if !first.is_empty() => ControlValue::Signed,
        Kind::Signature | Kind::None => ControlValue::Empty,
        Kind::Text => {
            let lines: Vec<String> = first.lines().map(|line| words::folded(line).trim().to_owned()).collect();
            let text = lines.join("\n").trim().to_owned();
            if text.is_empty() || words::is_placeholder(&text) { ControlValue::Empty } else { ControlValue::Text(text) }
        }
    }
}

/// How far down and how far right it stands, in points; `None` where the form flows.
pub fn position(element: &Element) -> Option<(f64, f64)> {
    let y = element.attribute("y").map(points);
    let x = element.attribute("x").map(points);
    (x.is_some() || y.is_some()).then(|| (y.unwrap_or(0.0), x.unwrap_or(0.0)))
}

/// A measure of the template (`12.7mm`, `0.5in`) in points.
fn points(measure: &str) -> f64 {
    let measure = measure.trim();
    let end = measure.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(measure.len());
    let number: f64 = measure[..end].trim().parse().unwrap_or(0.0);
    let unit = match &measure[end..] {
        "mm" => 72.0 / 25.4,
        "cm" => 72.0 / 2.54,
        "pt" => 1.0,
        "em" => 12.0,
        _ => 72.0,
    };
    if number.is_finite() { number * unit } else { 0.0 }
}
