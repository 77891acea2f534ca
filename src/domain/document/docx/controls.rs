//! Content controls (`w:sdt`) and legacy form fields (`w:ffData`): what they are called and what they hold.

use crate::domain::document::xml::{Element, Node};
use crate::domain::document::{Control, ControlValue, Place, Tick, words};

/// The control of an `sdt`, or `None` when it only groups other content (tables, other controls, generated parts).
pub fn of(sdt: &Element) -> Option<Control> {
    let properties = sdt.child("sdtPr");
    let property = |name| properties.and_then(|properties| properties.child(name));
    let value = |name| properties.and_then(|properties| properties.child_value(name));
    let content = sdt.child("sdtContent");
    let groups = [
        "docPartObj",
        "docPartList",
        "group",
        "picture",
        "repeatingSection",
        "repeatingSectionItem",
        "equation",
        "bibliography",
        "citation",
    ]
    .iter()
    .any(|name| property(name).is_some());
    if groups || content.is_some_and(|content| content.contains("sdt") || content.contains("tbl") || content.contains("ffData")) {
        return None;
    }
    // Cells and rows wrapped in a control are taken apart by the reader of tables.
    if content.is_some_and(|content| content.child("tc").is_some() || content.child("tr").is_some()) {
        return None;
    }
    Some(Control {
        name: value("tag").unwrap_or_default().trim().to_owned(),
        title: value("alias").map(|title| title.trim().to_owned()).filter(|title| !title.is_empty()),
        value: held(properties, content),
        place: Place { page: 1, path: place_name(value("tag").or(value("alias"))), bounds: None },
    })
}

/// The control of a cell that is wrapped in one: only what the cell itself shows is known then.
pub fn of_cell(sdt: &Element, cell: &Element) -> Option<Control> {
    let properties = sdt.child("sdtPr");
    if cell.contains("sdt") || cell.contains("tbl") || cell.contains("ffData") {
        return None;
    }
    let value = |name| properties.and_then(|properties| properties.child_value(name));
    Some(Control {
        name: value("tag").unwrap_or_default().trim().to_owned(),
        title: value("alias").map(|title| title.trim().to_owned()).filter(|title| !title.is_empty()),
        value: held(properties, Some(cell)),
        place: Place { page: 1, path: place_name(value("tag").or(value("alias"))), bounds: None },
    })
}

fn place_name(name: Option<&str>) -> String {
    match name {
        Some(name) if !name.trim().is_empty() => format!("field {}", name.trim()),
        _ => "field".to_owned(),
    }
}

fn held(properties: Option<&Element>, content: Option<&Element>) -> ControlValue {
    let property = |name| properties.and_then(|properties: &Element| properties.child(name));
    let text = content.map(shown_text).unwrap_or_default();
    if let Some(checkbox) = property("checkbox") {
        let checked = match checkbox.child("checked") {
            Some(_) => checkbox.switched_on("checked"),
            None => text.chars().find_map(words::tick_of_glyph) == Some(Tick::Marked),
        };
        return ControlValue::Tick(if checked { Tick::Marked } else { Tick::Empty });
    }
    let placeholder = properties.is_some_and(|properties| properties.switched_on("showingPlcHdr"));
    if placeholder || text.is_empty() || words::is_placeholder(&text) || is_in_placeholder_style(content) {
        return ControlValue::Empty;
    }
    if property("dropDownList").is_some() {
        return ControlValue::Choice(vec![text]);
    }
    // A plain control that holds one box glyph is a box somebody made by hand.
    let mut chars = text.chars();
    match (chars.next().and_then(words::tick_of_glyph), chars.next()) {
        (Some(tick), None) => ControlValue::Tick(tick),
        _ => ControlValue::Text(text),
    }
}

fn is_in_placeholder_style(content: Option<&Element>) -> bool {
    let mut runs = Vec::new();
    if let Some(content) = content {
        content.outermost("r", &mut runs);
    }
    let with_text: Vec<&&Element> = runs.iter().filter(|run| run.child("t").is_some()).collect();
    let placeholder = |run: &&&Element| run.child("rPr").and_then(|style| style.child_value("rStyle")) == Some("PlaceholderText");
    !with_text.is_empty() && with_text.iter().all(placeholder)
}

/// The text of everything inside, paragraphs as lines; deleted and hidden text left out.
fn shown_text(content: &Element) -> String {
    let mut out = String::new();
    gather(content, &mut out);
    let lines: Vec<String> = out.lines().map(|line| words::folded(line).trim().to_owned()).collect();
    lines.join("\n").trim().to_owned()
}

fn gather(element: &Element, out: &mut String) {
    for node in &element.children {
        let Node::Element(inner) = node else { continue };
        match &*inner.name {
            "t" => out.push_str(&inner.text()),
            "tab" => out.push(' '),
            "br" | "cr" => out.push('\n'),
            "noBreakHyphen" => out.push('-'),
            "del" | "moveFrom" | "rPr" | "pPr" | "instrText" | "sdtPr" => {}
            "r" if inner.child("rPr").is_some_and(|style| style.switched_on("vanish")) => {}
            "sym" => gather_symbol(inner, out),
            "p" => {
                gather(inner, out);
                out.push('\n');
            }
            _ => gather(inner, out),
        }
    }
}

fn gather_symbol(symbol: &Element, out: &mut String) {
    use crate::domain::document::Inline;
    match symbol_of(symbol) {
        Inline::Tick(Tick::Marked) => out.push('☒'),
        Inline::Tick(Tick::Empty) => out.push('☐'),
        Inline::Text { text, .. } => out.push_str(&text),
        Inline::Control(_) => {}
    }
}

/// What a `w:sym` draws.
pub fn symbol_of(symbol: &Element) -> crate::domain::document::Inline {
    let code = symbol.attribute("char").and_then(|hex| u32::from_str_radix(hex, 16).ok()).unwrap_or(0);
    words::symbol(symbol.attribute("font").unwrap_or_default(), code)
}

/// The control of a legacy field's `ffData`, with the text its result shows.
pub fn legacy(data: &Element, result: &str) -> Control {
    let name = data.child_value("name").unwrap_or_default().trim().to_owned();
    let title = data.child_value("statusText").or(data.child_value("helpText")).map(|text| text.trim().to_owned());
    let result = words::folded(result).trim().to_owned();
    let value = if let Some(checkbox) = data.child("checkBox") {
        let marked = match checkbox.child("checked") {
            Some(_) => checkbox.switched_on("checked"),
            None => checkbox.switched_on("default"),
        };
        ControlValue::Tick(if marked { Tick::Marked } else { Tick::Empty })
    } else if let Some(list) = data.child("ddList") {
        let index: usize =
            list.child_value("result").or(list.child_value("default")).and_then(|text| text.parse().ok()).unwrap_or(0);
        let entry =
            list.elements().filter(|entry| &*entry.name == "listEntry").nth(index).and_then(|entry| entry.attribute("val"));
        match entry.map(str::trim) {
            Some(text) if !text.is_empty() && !words::is_placeholder(text) => ControlValue::Choice(vec![text.to_owned()]),
            _ => ControlValue::Empty,
        }
    } else if result.is_empty() || words::is_placeholder(&result) {
        ControlValue::Empty
    } else {
        ControlValue::Text(result)
    };
    let place = Place { page: 1, path: place_name(Some(&name)), bounds: None };
    Control { name, title: title.filter(|title| !title.is_empty()), value, place }
}
