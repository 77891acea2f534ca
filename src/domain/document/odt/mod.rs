//! OpenDocument text (`.odt`) → lines, tables and form controls. Deleted text and comments are not there.

mod controls;

use std::collections::HashMap;

use super::grid::{self, Grid};
use super::xml::{self, Element, Node};
use super::zipped::Archive;
use super::{Block, Control, Document, Inline, Limits, Line, Place, Problem, Style, html, words};

/// A row or cell may say that it is repeated; sheets of paper have few.
const REPEATED_MAX: u16 = 100;

/// Reads the OpenDocument text in `bytes` into `document`.
///
/// # Errors
/// Why it could not be read.
pub fn read(bytes: &[u8], limits: &Limits, document: &mut Document) -> Result<(), Problem> {
    let mut archive = Archive::open(bytes, limits)?;
    if archive.read("META-INF/manifest.xml")?.is_some_and(|list| list.windows(15).any(|word| word == b"encryption-data")) {
        return Err(Problem::Encrypted);
    }
    let content = xml::parse(&archive.read("content.xml")?.ok_or(Problem::Damaged)?)?;
    let common = archive.read("styles.xml")?.and_then(|bytes| xml::parse(&bytes).ok());
    let mut styles = HashMap::new();
    for tree in common.iter().chain([&content]) {
        for list in ["styles", "automatic-styles"].iter().filter_map(|name| tree.child(name)) {
            gather_styles(list, &mut styles);
        }
    }
    let text = content.child("body").and_then(|body| body.child("text")).ok_or(Problem::Unsupported)?;
    let mut controls = HashMap::new();
    controls::gather(text, &mut controls);
    let mut story = Story { styles, controls, pieces: Vec::new(), out: Vec::new(), chars_left: limits.text_chars_max };
    story.blocks(text);
    document.blocks = story.out;
    html::number(&mut document.blocks);
    if archive.names().iter().any(|name| name.starts_with("Basic/") || name.starts_with("Scripts/")) {
        document.notes.push("has macros, not run".to_owned());
    }
    Ok(())
}

/// How a style sets its text off, and the style it builds on.
struct Named {
    style: Style,
    hidden: bool,
    parent: Option<String>,
}

fn gather_styles(list: &Element, styles: &mut HashMap<String, Named>) {
    for style in list.elements().filter(|element| &*element.name == "style") {
        let Some(name) = style.attribute("name") else { continue };
        let text = style.child("text-properties");
        let set = |name: &str| text.and_then(|text| text.attribute(name)).filter(|value| *value != "none");
        let coloured = |name: &str| set(name).is_some_and(|value| !matches!(value, "transparent" | "#ffffff"));
        let named = Named {
            style: Style {
                bold: set("font-weight").is_some_and(|weight| weight == "bold" || weight.parse::<u16>().is_ok_and(|w| w >= 600)),
                underlined: set("text-underline-style").is_some(),
                highlighted: coloured("background-color"),
                struck: set("text-line-through-style").or(set("text-line-through-type")).is_some(),
            },
            hidden: set("display").is_some_and(|display| display == "none"),
            parent: style.attribute("parent-style-name").map(str::to_owned),
        };
        styles.insert(name.to_owned(), named);
    }
}

struct Story {
    styles: HashMap<String, Named>,
    controls: HashMap<String, Control>,
    pieces: Vec<Inline>,
    out: Vec<Block>,
    chars_left: usize,
}

impl Story {
    fn blocks(&mut self, parent: &Element) {
        for element in parent.elements() {
            match &*element.name {
                "p" | "h" => self.paragraph(element),
                "table" => self.table(element),
                "tracked-changes" | "forms" | "sequence-decls" | "annotation" => {}
                _ => self.blocks(element),
            }
        }
    }

    fn paragraph(&mut self, element: &Element) {
        let (style, hidden) = self.style(element, Style::default());
        if !hidden {
            self.inlines(element, Style { bold: false, ..style });
        }
        self.end_line(&*element.name == "h");
        // What is anchored in a paragraph stands after it.
        let mut frames = Vec::new();
        element.outermost("text-box", &mut frames);
        frames.into_iter().for_each(|frame| self.blocks(frame));
    }

    fn style(&self, element: &Element, around: Style) -> (Style, bool) {
        const PARENTS_MAX: usize = 12;
        let (mut style, mut hidden) = (around, false);
        let mut next = element.attribute("style-name").map(str::to_owned);
        for _ in 0..PARENTS_MAX {
            let Some(named) = next.as_ref().and_then(|name| self.styles.get(name)) else { break };
            style.bold |= named.style.bold;
            style.underlined |= named.style.underlined;
            style.highlighted |= named.style.highlighted;
            style.struck |= named.style.struck;
            hidden |= named.hidden;
            next = named.parent.clone();
        }
        (style, hidden)
    }

    fn say(&mut self, text: &str, style: Style) {
        self.chars_left = self.chars_left.saturating_sub(text.chars().count());
        if self.chars_left > 0 {
            words::append(&mut self.pieces, text, style, true);
        }
    }

    fn inlines(&mut self, parent: &Element, style: Style) {
        for node in &parent.children {
            let element = match node {
                Node::Text(text) => {
                    self.say(text, style);
                    continue;
                }
                Node::Element(element) => element,
            };
            let field = matches!(&*element.name, "text-input" | "content-control" | "drop-down" | "fieldmark");
            if let Some(control) = field.then(|| controls::in_text(element)).flatten() {
                self.pieces.push(Inline::Control(control));
                continue;
            }
            match &*element.name {
                "s" | "tab" => self.say(" ", style),
                "line-break" => self.end_line(false),
                "control" => {
                    if let Some(control) = element.attribute("control").and_then(|id| self.controls.get(id)) {
                        self.pieces.push(Inline::Control(control.clone()));
                    }
                }
                "span" => {
                    let (style, hidden) = self.style(element, style);
                    if !hidden {
                        self.inlines(element, style);
                    }
                }
                "annotation" | "note-citation" | "text-box" | "tracked-changes" => {}
                _ => self.inlines(element, style),
            }
        }
    }

    fn end_line(&mut self, heading: bool) {
        let mut pieces = std::mem::take(&mut self.pieces);
        words::trim(&mut pieces);
        if !pieces.is_empty() {
            let place = Place { page: 1, ..Place::default() };
            self.out.push(Block::Line(Line { pieces, place, heading, confidence: 1.0 }));
        }
    }

    fn table(&mut self, table: &Element) {
        let mut grid = Grid::default();
        let mut flat = Vec::new();
        self.rows(table, false, &mut grid, &mut flat);
        let table = grid.finish("table", 1);
        if grid::width(&table) <= 1 { self.out.append(&mut flat) } else { self.out.push(Block::Table(table)) }
    }

    fn rows(&mut self, parent: &Element, header: bool, grid: &mut Grid, flat: &mut Vec<Block>) {
        for element in parent.elements() {
            match &*element.name {
                "table-header-rows" => self.rows(element, true, grid, flat),
                "table-rows" | "table-row-group" => self.rows(element, header, grid, flat),
                "table-row" => {
                    grid.row();
                    for cell in element.elements().filter(|cell| &*cell.name == "table-cell") {
                        self.cell(cell, header, grid, flat);
                    }
                }
                _ => {}
            }
        }
    }

    fn cell(&mut self, cell: &Element, header: bool, grid: &mut Grid, flat: &mut Vec<Block>) {
        let number = |name: &str| cell.attribute(name).and_then(|text| text.parse::<u16>().ok()).unwrap_or(1);
        let before = std::mem::take(&mut self.out);
        self.blocks(cell);
        let blocks = std::mem::replace(&mut self.out, before);
        flat.extend(blocks.iter().cloned());
        let (lines, tables) = html::apart(blocks);
        for _ in 0..number("number-columns-repeated").clamp(1, REPEATED_MAX) {
            let (columns, rows) = (number("number-columns-spanned"), number("number-rows-spanned"));
            grid.cell(columns, rows, header, lines.clone(), tables.clone());
        }
    }
}
