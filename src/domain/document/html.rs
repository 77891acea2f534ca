//! HTML → lines and tables, as a person sees it: hidden text, scripts and styles are not there.
//!
//! Nothing is fetched and nothing is run. Depth of nesting is bounded, so that a page of open tags costs nothing.

use std::ops::Range;

use scraper::{ElementRef, Html, Node};

use super::grid::{self, Grid};
use super::shallow::shallow;
use super::{Block, Control, ControlValue, Inline, Limits, Line, Place, Style, Table, Tick, words};

/// Nesting followed; below it only text is taken, without structure.
const DEPTH_MAX: usize = 150;

/// A page, read.
#[derive(Default)]
pub struct Page {
    /// What stands on it.
    pub blocks: Vec<Block>,
    /// Ranges of blocks the page itself marks as quoted from an earlier mail.
    pub quoted: Vec<Range<usize>>,
}

/// Reads `html`.
#[must_use]
pub fn read(html: &str, limits: &Limits) -> Page {
    let page = Html::parse_document(&shallow(html));
    let mut walk = Walk { chars_left: limits.text_chars_max, ..Walk::default() };
    walk.children(page.root_element(), Style::default(), 0);
    walk.end_line(false);
    let mut blocks = walk.blocks;
    number(&mut blocks);
    Page { blocks, quoted: walk.quoted }
}

/// Writes where each block stands.
pub fn number(blocks: &mut [Block]) {
    let (mut lines, mut tables) = (0, 0);
    for block in blocks {
        match block {
            Block::Line(line) => {
                lines += 1;
                line.place = Place { page: 1, path: format!("line {lines}"), bounds: None };
            }
            Block::Table(table) => {
                tables += 1;
                table.place = Place { page: 1, path: format!("table {tables}"), bounds: None };
                grid::place_cells(table);
            }
        }
    }
}

#[derive(Default)]
struct Walk {
    blocks: Vec<Block>,
    pieces: Vec<Inline>,
    quoted: Vec<Range<usize>>,
    chars_left: usize,
    preformatted: bool,
}

impl Walk {
    fn children(&mut self, element: ElementRef<'_>, style: Style, depth: usize) {
        for child in element.children() {
            match child.value() {
                Node::Text(text) => self.text(text, style),
                Node::Element(_) => {
                    if let Some(inner) = ElementRef::wrap(child) {
                        self.element(inner, style, depth + 1);
                    }
                }
                _ => {}
            }
        }
    }

    fn text(&mut self, text: &str, style: Style) {
        self.chars_left = self.chars_left.saturating_sub(text.len());
        if self.chars_left == 0 {
            return;
        }
        if !self.preformatted {
            words::append(&mut self.pieces, text, style, true);
            return;
        }
        for (index, line) in text.split('\n').enumerate() {
            if index > 0 {
                self.end_line(false);
            }
            words::append(&mut self.pieces, line, style, true);
        }
    }

    fn end_line(&mut self, heading: bool) {
        let mut pieces = std::mem::take(&mut self.pieces);
        words::trim(&mut pieces);
        if !pieces.is_empty() {
            self.blocks.push(Block::Line(Line { pieces, place: Place::default(), heading, confidence: 1.0 }));
        }
    }

    fn element(&mut self, element: ElementRef<'_>, style: Style, depth: usize) {
        let name = element.value().name();
        if matches!(name, "script" | "style" | "head" | "template" | "title" | "noscript" | "svg" | "object" | "iframe")
            || is_hidden(element)
        {
            return;
        }
        if depth > DEPTH_MAX {
            let text: String = element.text().take(10_000).collect();
            return self.text(&text, style);
        }
        let style = styled(element, style);
        match name {
            "br" => self.end_line(false),
            "table" => self.table(element, style, depth),
            "input" | "select" | "textarea" => self.control(element),
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => {
                self.end_line(false);
                self.children(element, style, depth);
                self.end_line(true);
            }
            "pre" => {
                self.end_line(false);
                let before = std::mem::replace(&mut self.preformatted, true);
                self.children(element, style, depth);
                self.preformatted = before;
                self.end_line(false);
            }
            _ if is_block(name) => self.block(element, style, depth),
            _ => self.children(element, style, depth),
        }
    }

    fn block(&mut self, element: ElementRef<'_>, style: Style, depth: usize) {
        self.end_line(false);
        let start = self.blocks.len();
        self.children(element, style, depth);
        self.end_line(false);
        match quoting(element) {
            Quoting::None => {}
            Quoting::Inside if self.blocks.len() > start => self.quoted.push(start..self.blocks.len()),
            Quoting::Inside => {}
            Quoting::FromHere => self.quoted.push(start..usize::MAX),
        }
    }

    fn table(&mut self, element: ElementRef<'_>, style: Style, depth: usize) {
        self.end_line(false);
        let mut grid = Grid::default();
        let mut flat: Vec<Block> = Vec::new();
        for row in rows_of(element) {
            grid.row();
            for cell in row.children().filter_map(ElementRef::wrap) {
                if !matches!(cell.value().name(), "td" | "th") || is_hidden(cell) {
                    continue;
                }
                let mut inner = Self { chars_left: self.chars_left, ..Self::default() };
                inner.children(cell, styled(cell, style), depth + 3);
                inner.end_line(false);
                self.chars_left = inner.chars_left;
                flat.extend(inner.blocks.iter().cloned());
                let (lines, tables) = apart(inner.blocks);
                let span = |name| cell.value().attr(name).and_then(|digits| digits.trim().parse().ok()).unwrap_or(1);
                grid.cell(span("colspan"), span("rowspan"), cell.value().name() == "th", lines, tables);
            }
        }
        let table = grid.finish("", 1);
        if is_layout(&table) {
            self.blocks.extend(flat);
        } else {
            self.blocks.push(Block::Table(table));
        }
    }

    fn control(&mut self, element: ElementRef<'_>) {
        let attribute = |name| element.value().attr(name).unwrap_or_default();
        let value = match (element.value().name(), attribute("type").to_ascii_lowercase().as_str()) {
            ("input", "checkbox" | "radio") => {
                let marked = element.value().attr("checked").is_some();
                self.pieces.push(Inline::Tick(if marked { Tick::Marked } else { Tick::Empty }));
                return;
            }
            ("input", "hidden" | "submit" | "button" | "image" | "reset" | "password" | "file") => return,
            ("input", _) => text_value(attribute("value")),
            ("textarea", _) => text_value(&element.text().collect::<String>()),
            _ => chosen(element),
        };
        let title = Some(attribute("title")).filter(|title| !title.is_empty()).map(str::to_owned);
        let name = attribute("name").to_owned();
        let place = Place { page: 1, path: format!("field {name}"), bounds: None };
        self.pieces.push(Inline::Control(Control { name, title, value, place }));
    }
}

fn text_value(text: &str) -> ControlValue {
    let text = text.trim();
    if text.is_empty() { ControlValue::Empty } else { ControlValue::Text(text.to_owned()) }
}

fn chosen(select: ElementRef<'_>) -> ControlValue {
    let options = select.descendants().filter_map(ElementRef::wrap).filter(|option| option.value().name() == "option");
    let chosen: Vec<String> = options
        .filter(|option| option.value().attr("selected").is_some())
        .map(|option| words::folded(&option.text().collect::<String>()).trim().to_owned())
        .filter(|text| !text.is_empty())
        .collect();
    if chosen.is_empty() { ControlValue::Empty } else { ControlValue::Choice(chosen) }
}

/// Rows of this table itself, not of tables inside it.
fn rows_of(table: ElementRef<'_>) -> Vec<ElementRef<'_>> {
    let mut rows = Vec::new();
    for child in table.children().filter_map(ElementRef::wrap).filter(|child| !is_hidden(*child)) {
        match child.value().name() {
            "tr" => rows.push(child),
            "thead" | "tbody" | "tfoot" => {
                let inner = child.children().filter_map(ElementRef::wrap);
                rows.extend(inner.filter(|row| row.value().name() == "tr" && !is_hidden(*row)));
            }
            _ => {}
        }
    }
    rows
}

/// Lines and tables of a cell apart, the order inside each kept.
pub fn apart(blocks: Vec<Block>) -> (Vec<Line>, Vec<Table>) {
    let (mut lines, mut tables) = (Vec::new(), Vec::new());
    for block in blocks {
        match block {
            Block::Line(line) => lines.push(line),
            Block::Table(table) => tables.push(table),
        }
    }
    (lines, tables)
}

/// A table that only arranges the page: one column, or one row that holds tables.
fn is_layout(table: &Table) -> bool {
    let holds_tables = || table.rows.iter().flatten().any(|cell| !cell.tables.is_empty());
    grid::width(table) <= 1 || (table.rows.len() == 1 && holds_tables())
}

fn is_block(name: &str) -> bool {
    matches!(
        name,
        "p" | "div"
            | "li"
            | "ul"
            | "ol"
            | "dl"
            | "dt"
            | "dd"
            | "hr"
            | "blockquote"
            | "section"
            | "article"
            | "header"
            | "footer"
            | "main"
            | "nav"
            | "aside"
            | "address"
            | "center"
            | "form"
            | "fieldset"
            | "legend"
            | "figure"
            | "body"
            | "tr"
            | "td"
            | "th"
            | "caption"
            | "option"
            | "details"
            | "summary"
    )
}

enum Quoting {
    None,
    Inside,
    FromHere,
}

/// What mail programs write where they quote.
fn quoting(element: ElementRef<'_>) -> Quoting {
    let value = element.value();
    let class = value.attr("class").unwrap_or_default();
    let id = value.attr("id").unwrap_or_default();
    if matches!(id, "divRplyFwdMsg" | "appendonsend" | "OLK_SRC_BODY_SECTION" | "reply-intro") {
        return Quoting::FromHere;
    }
    let quote_class = class.split_whitespace().any(|name| {
        matches!(name, "gmail_quote" | "gmail_quote_container" | "yahoo_quoted" | "moz-cite-prefix" | "protonmail_quote")
    });
    let cited = value.name() == "blockquote" && (value.attr("type") == Some("cite") || value.attr("cite").is_some());
    let outlook_bar = value.name() == "div" && is_outlook_bar(&style_of(element)) && {
        let text: String = element.text().take(20).collect();
        text.trim_start().starts_with("From:")
    };
    if outlook_bar {
        Quoting::FromHere
    } else if quote_class || cited {
        Quoting::Inside
    } else {
        Quoting::None
    }
}

/// Outlook draws a thin line above the headers of the mail it quotes.
fn is_outlook_bar(style: &str) -> bool {
    style.contains("border-top:solid") && style.contains("border:none")
}

/// The style attribute, lower case, without blanks.
fn style_of(element: ElementRef<'_>) -> String {
    let style = element.value().attr("style").unwrap_or_default();
    style.chars().take(2_000).filter(|c| !c.is_whitespace()).collect::<String>().to_ascii_lowercase()
}

fn is_hidden(element: ElementRef<'_>) -> bool {
    if element.value().attr("hidden").is_some() {
        return true;
    }
    if element.value().attr("style").is_none() {
        return false;
    }
    let style = style_of(element);
    ["display:none", "visibility:hidden", "mso-hide:all"].iter().any(|hidden| style.contains(hidden))
        || style.split(';').any(|rule| {
            matches!(rule, "font-size:0" | "font-size:0px" | "font-size:0pt" | "opacity:0" | "max-height:0" | "max-height:0px")
        })
}

fn styled(element: ElementRef<'_>, mut style: Style) -> Style {
    match element.value().name() {
        "b" | "strong" | "th" => style.bold = true,
        "u" | "ins" => style.underlined = true,
        "s" | "strike" | "del" => style.struck = true,
        "mark" => style.highlighted = true,
        _ => {}
    }
    if element.value().attr("style").is_none() {
        return style;
    }
    let css = style_of(element);
    for rule in css.split(';') {
        let Some((property, value)) = rule.split_once(':') else { continue };
        match property {
            "font-weight" => style.bold = matches!(value, "bold" | "bolder" | "600" | "700" | "800" | "900"),
            "text-decoration" | "text-decoration-line" => {
                style.underlined |= value.contains("underline");
                style.struck |= value.contains("line-through");
            }
            "background" | "background-color" | "mso-highlight" => {
                let inline = matches!(element.value().name(), "span" | "font" | "b" | "i" | "u" | "em" | "strong" | "a");
                style.highlighted |=
                    inline && !matches!(value, "white" | "#fff" | "#ffffff" | "transparent" | "none" | "inherit" | "initial");
            }
            _ => {}
        }
    }
    style
}
