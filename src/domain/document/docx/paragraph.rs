//! Paragraphs: runs with their styles, controls and legacy fields in the line, text boxes after it.

use super::{Story, controls, plain_line};
use crate::domain::document::xml::Element;
use crate::domain::document::{Block, Inline, Style, words};

/// Where we are in complex fields; they may nest and may run over paragraphs.
#[derive(Default)]
pub struct FieldState {
    open: Vec<OpenField>,
}

struct OpenField {
    /// Between *begin* and *separate* stands code, not text.
    in_code: bool,
    /// Of a form field: its data, copied, and its result so far.
    form: Option<FormField>,
}

struct FormField {
    data: Element,
    result: String,
}

/// A line in the making.
#[derive(Default)]
struct Making {
    pieces: Vec<Inline>,
    lines: Vec<Vec<Inline>>,
    boxes: Vec<Block>,
}

impl Story {
    /// Appends the lines of `paragraph`, then what its text boxes hold.
    pub(super) fn paragraph(&mut self, paragraph: &Element, out: &mut Vec<Block>) {
        let properties = paragraph.child("pPr");
        let style_name =
            properties.and_then(|properties| properties.child_value("pStyle")).unwrap_or_default().to_ascii_lowercase();
        let heading = style_name.starts_with("heading")
            || style_name == "title"
            || properties.is_some_and(|properties| properties.child("outlineLvl").is_some());
        let mut making = Making::default();
        self.inlines(paragraph, &mut making);
        let last = std::mem::take(&mut making.pieces);
        making.lines.push(last);
        for pieces in making.lines {
            let mut line = plain_line(pieces);
            line.heading = heading;
            if !line.pieces.is_empty() {
                out.push(Block::Line(line));
            }
        }
        out.append(&mut making.boxes);
    }

    fn inlines(&mut self, parent: &Element, making: &mut Making) {
        for element in parent.elements() {
            match &*element.name {
                "r" => self.run(element, making),
                "sdt" => match controls::of(element) {
                    Some(control) => making.pieces.push(Inline::Control(control)),
                    None => {
                        if let Some(content) = element.child("sdtContent") {
                            self.inlines(content, making);
                        }
                    }
                },
                "ins" | "moveTo" | "hyperlink" | "smartTag" | "customXml" | "fldSimple" | "bdo" | "dir" => {
                    self.inlines(element, making)
                }
                "AlternateContent" => {
                    if let Some(chosen) = element.child("Choice").or_else(|| element.child("Fallback")) {
                        self.inlines(chosen, making);
                    }
                }
                // A paragraph inside an inline control: a line of its own.
                "p" => {
                    self.inlines(element, making);
                    making.lines.push(std::mem::take(&mut making.pieces));
                }
                _ => {}
            }
        }
    }

    fn run(&mut self, run: &Element, making: &mut Making) {
        let properties = run.child("rPr");
        if properties.is_some_and(|properties| properties.switched_on("vanish")) {
            return;
        }
        let style = properties.map(run_style).unwrap_or_default();
        self.run_content(run, style, making);
    }

    fn run_content(&mut self, run: &Element, style: Style, making: &mut Making) {
        for element in run.elements() {
            match &*element.name {
                "t" => self.text(&element.text(), style, making),
                "tab" | "ptab" => self.text("\u{2003}", style, making),
                "noBreakHyphen" => self.text("-", style, making),
                "br" | "cr" => {
                    if self.field.open.is_empty() {
                        making.lines.push(std::mem::take(&mut making.pieces));
                    } else {
                        self.text(" ", style, making);
                    }
                }
                "sym" => making.pieces.push(controls::symbol_of(element)),
                "fldChar" => self.field_mark(element, making),
                "drawing" | "pict" | "object" => self.drawn(element, making),
                "AlternateContent" => {
                    if let Some(chosen) = element.child("Choice").or_else(|| element.child("Fallback")) {
                        self.run_content(chosen, style, making);
                    }
                }
                _ => {}
            }
        }
    }

    fn text(&mut self, text: &str, style: Style, making: &mut Making) {
        self.chars_left = self.chars_left.saturating_sub(text.len());
        if self.chars_left == 0 || self.field.open.iter().any(|field| field.in_code) {
            return;
        }
        match self.field.open.iter_mut().rev().find_map(|field| field.form.as_mut()) {
            Some(form) => form.result.push_str(text),
            None => words::append(&mut making.pieces, text, style, true),
        }
    }

    fn field_mark(&mut self, mark: &Element, making: &mut Making) {
        match mark.attribute("fldCharType") {
            Some("begin") => {
                let form = mark.child("ffData").map(|data| FormField { data: data.copied(), result: String::new() });
                if self.field.open.len() < 50 {
                    self.field.open.push(OpenField { in_code: true, form });
                }
            }
            Some("separate") => {
                if let Some(field) = self.field.open.last_mut() {
                    field.in_code = false;
                }
            }
            _ => {
                if let Some(FormField { data, result }) = self.field.open.pop().and_then(|field| field.form) {
                    making.pieces.push(Inline::Control(controls::legacy(&data, &result)));
                }
            }
        }
    }

    /// Text boxes stand after the paragraph that anchors them; pictures and objects are only noted.
    fn drawn(&mut self, drawing: &Element, making: &mut Making) {
        let mut boxes = Vec::new();
        text_boxes(drawing, &mut boxes);
        for content in boxes {
            let mut blocks = self.blocks(content);
            making.boxes.append(&mut blocks);
        }
    }
}

/// The text boxes of a drawing; of a part written twice, for new and old programs, only one.
fn text_boxes<'e>(drawing: &'e Element, found: &mut Vec<&'e Element>) {
    for element in drawing.elements() {
        match &*element.name {
            "txbxContent" => found.push(element),
            "AlternateContent" => {
                if let Some(chosen) = element.child("Choice").or_else(|| element.child("Fallback")) {
                    text_boxes(chosen, found);
                }
            }
            _ => text_boxes(element, found),
        }
    }
}

fn run_style(properties: &Element) -> Style {
    let shade = properties.child("shd").and_then(|shade| shade.attribute("fill"));
    let shaded = shade.is_some_and(|fill| !matches!(fill.to_ascii_lowercase().as_str(), "auto" | "ffffff" | ""));
    Style {
        bold: properties.switched_on("b"),
        underlined: properties.switched_on("u"),
        highlighted: properties.switched_on("highlight") || shaded,
        struck: properties.switched_on("strike") || properties.switched_on("dstrike"),
    }
}
