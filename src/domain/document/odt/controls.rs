//! What somebody fills in: form controls, which stand beside the text and are called from it, and fields inside the text, which is what
//! LibreOffice makes of the content controls and form fields of a Word document.

use std::collections::HashMap;

use crate::domain::document::xml::{Element, Node};
use crate::domain::document::{Control, ControlValue, Place, Tick, words};

/// The form's controls by the name the text calls them by.
pub fn gather(element: &Element, controls: &mut HashMap<String, Control>) {
    for inner in element.elements() {
        if let Some((id, control)) = control(inner) {
            controls.insert(id, control);
        }
        if matches!(&*inner.name, "forms" | "form") {
            gather(inner, controls);
        }
    }
}

fn control(element: &Element) -> Option<(String, Control)> {
    let current = element.attribute("current-value").or(element.attribute("value")).unwrap_or_default();
    let text = || {
        let inner: Vec<String> = element.elements().filter(|part| &*part.name == "p").map(Element::text).collect();
        let text = if current.is_empty() { inner.join("\n") } else { current.to_owned() };
        let text = text.trim().to_owned();
        if text.is_empty() || words::is_placeholder(&text) { ControlValue::Empty } else { ControlValue::Text(text) }
    };
    let value = match &*element.name {
        "checkbox" | "radio" => {
            let marked = match element.attribute("current-state").or(element.attribute("current-selected")) {
                Some(state) => matches!(state, "checked" | "true"),
                None => matches!(element.attribute("state").or(element.attribute("selected")), Some("checked" | "true")),
            };
            ControlValue::Tick(if marked { Tick::Marked } else { Tick::Empty })
        }
        "listbox" => {
            let chosen = element.elements().filter(|option| option.attribute("current-selected") == Some("true"));
            let chosen: Vec<String> = chosen.filter_map(|option| option.attribute("label").map(str::to_owned)).collect();
            if chosen.is_empty() { ControlValue::Empty } else { ControlValue::Choice(chosen) }
        }
        "text" | "textarea" | "combobox" | "date" | "time" | "number" | "formatted-text" => text(),
        _ => return None,
    };
    let id = element.attribute("id")?.to_owned();
    let name = element.attribute("name").unwrap_or_default().trim().to_owned();
    let title = element.attribute("title").or(element.attribute("label")).map(|title| title.trim().to_owned());
    let place = Place { page: 1, path: format!("field {name}"), bounds: None };
    Some((id, Control { name, title: title.filter(|title| !title.is_empty()), value, place }))
}

/// The control that `element` inside a line is: a field to type in, a content control, a list; `None` when it only holds other content.
pub fn in_text(element: &Element) -> Option<Control> {
    let shown = shown_text(element);
    let value = match &*element.name {
        "text-input" => typed(shown, element.attribute("description")),
        "content-control" => of_content_control(element, shown)?,
        "drop-down" => {
            let chosen = element.elements().find(|label| label.attribute("current-selected") == Some("true"));
            chosen_one(chosen.and_then(|label| label.attribute("value")).unwrap_or(&shown))
        }
        _ => of_field_mark(element)?,
    };
    let name = ["tag", "name"].iter().find_map(|name| element.attribute(name)).unwrap_or_default().trim().to_owned();
    let title = element.attribute("alias").map(|title| title.trim().to_owned()).filter(|title| !title.is_empty());
    let path = if name.is_empty() { "field".to_owned() } else { format!("field {name}") };
    Some(Control { name, title, value, place: Place { page: 1, path, bounds: None } })
}

/// What was typed; the words that asked for it are no answer.
fn typed(text: String, asks: Option<&str>) -> ControlValue {
    let asked = asks.is_some_and(|asks| !asks.trim().is_empty() && asks.trim() == text);
    if text.is_empty() || asked || words::is_placeholder(&text) { ControlValue::Empty } else { ControlValue::Text(text) }
}

fn chosen_one(text: &str) -> ControlValue {
    let text = text.trim();
    if text.is_empty() || words::is_placeholder(text) { ControlValue::Empty } else { ControlValue::Choice(vec![text.to_owned()]) }
}

fn of_content_control(element: &Element, shown: String) -> Option<ControlValue> {
    let says = |name: &str| element.attribute(name) == Some("true");
    if says("checkbox") {
        return Some(ControlValue::Tick(if says("checked") { Tick::Marked } else { Tick::Empty }));
    }
    if ["content-control", "control", "text-input", "picture"].iter().any(|inner| element.contains(inner)) || says("picture") {
        return None;
    }
    if says("showing-place-holder") {
        return Some(ControlValue::Empty);
    }
    let is_list = element.child("list-item").is_some() && !says("combobox");
    Some(if is_list { chosen_one(&shown) } else { typed(shown, None) })
}

/// A check box or list of Word's older forms; of one to type in the text between its marks is read like any other.
fn of_field_mark(element: &Element) -> Option<ControlValue> {
    let parameter = |name: &str| {
        let mut found = element.elements().filter(|inner| &*inner.name == "param");
        found.find(|inner| inner.attribute("name") == Some(name)).and_then(|inner| inner.attribute("value"))
    };
    let kind = element.attribute("type")?.to_ascii_uppercase();
    if kind.ends_with("FORMCHECKBOX") {
        return Some(ControlValue::Tick(if parameter("Checkbox_Checked") == Some("true") { Tick::Marked } else { Tick::Empty }));
    }
    if !kind.ends_with("FORMDROPDOWN") {
        return None;
    }
    let mut entries = element.elements().filter(|inner| inner.attribute("name") == Some("Dropdown_ListEntry"));
    let chosen = parameter("Dropdown_Selected").and_then(|index| index.parse().ok());
    let entry = chosen.and_then(|index: usize| entries.nth(index)).and_then(|inner| inner.attribute("value"));
    Some(chosen_one(entry.unwrap_or_default()))
}

/// The text inside as it is seen, lines kept.
fn shown_text(element: &Element) -> String {
    let mut out = String::new();
    gather_text(element, &mut out);
    let lines: Vec<String> = out.lines().map(|line| words::folded(line).trim().to_owned()).collect();
    lines.join("\n").trim().to_owned()
}

fn gather_text(element: &Element, out: &mut String) {
    for node in &element.children {
        match node {
            Node::Text(text) => out.push_str(text),
            Node::Element(inner) => match &*inner.name {
                "line-break" => out.push('\n'),
                "s" | "tab" => out.push(' '),
                "annotation" | "list-item" | "label" | "param" => {}
                _ => gather_text(inner, out),
            },
        }
    }
}
