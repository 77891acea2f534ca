//! Pages being drawn: words, lines, fields, and what each is to somebody who hears the page instead of seeing it.
//!
//! Every field has an appearance of its own, so that it looks the same in every reader and needs none to draw it anew. A field placed
//! twice is one field shown twice: what is typed in one place stands in the other.

use super::letters::{lines, width};
use super::saved;
use lopdf::Document;

/// A4, points.
pub const WIDTH: f32 = 595.0;
/// A4, points.
pub const HEIGHT: f32 = 842.0;

/// Red, green, blue, each from 0 to 1.
pub type Ink = [f32; 3];
/// White.
pub const WHITE: Ink = [1.0; 3];
/// Nearly black.
pub const DARK: Ink = [0.1; 3];
/// For remarks: dark enough to read on white (contrast above 4.5 to 1).
pub const SOFT: Ink = [0.33; 3];

/// What a field is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// One line of text.
    Line,
    /// Several lines of text.
    Paragraph,
    /// A box; any value but the empty one ticks it.
    Tick,
    /// One of a list; where it is open, other words can be typed.
    Choice {
        /// What can be chosen.
        options: Vec<String>,
        /// Other words can be typed.
        open: bool,
    },
}

/// A field placed on a page.
#[derive(Debug, Clone)]
pub(super) struct Field {
    pub name: String,
    pub label: String,
    pub page: usize,
    /// Left, bottom, right, top.
    pub place: [f32; 4],
    pub kind: Kind,
    pub value: String,
    /// Its node among [`Sheet::nodes`].
    pub node: usize,
}

/// A part of the page as a screen reader knows it.
#[derive(Debug, Clone)]
pub(super) struct Node {
    /// `H1`, `P`, `Table`, `TH` and so on, of ISO 32000-1, 14.8.4.
    pub tag: &'static str,
    pub kids: Vec<Kid>,
}

/// What a part holds.
#[derive(Debug, Clone, Copy)]
pub(super) enum Kid {
    Node(usize),
    /// Words on a page by their number there.
    Words {
        page: usize,
        number: usize,
    },
    /// A field.
    Field(usize),
}

/// A sheet being drawn, page by page. The origin is bottom left.
#[derive(Debug)]
pub struct Sheet {
    pub(super) pages: Vec<String>,
    pub(super) fields: Vec<Field>,
    /// The first is the whole document.
    pub(super) nodes: Vec<Node>,
    /// Of each page: the node of each of its numbered words.
    pub(super) words: Vec<Vec<usize>>,
    open: Vec<usize>,
}

impl Default for Sheet {
    fn default() -> Self {
        let whole = Node { tag: "Document", kids: Vec::new() };
        Self { pages: Vec::new(), fields: Vec::new(), nodes: vec![whole], words: Vec::new(), open: vec![0] }
    }
}

impl Sheet {
    /// Begins a page.
    pub fn page(&mut self) {
        self.pages.push(String::new());
        self.words.push(Vec::new());
    }
    /// What `draw` draws is one part: a heading `H1`, a paragraph `P`, a `Table`, its rows `TR` and cells `TH` and `TD`.
    pub fn part(&mut self, tag: &'static str, draw: impl FnOnce(&mut Self)) {
        let node = self.node(tag);
        self.open.push(node);
        draw(self);
        self.open.pop();
    }
    fn node(&mut self, tag: &'static str) -> usize {
        let node = self.nodes.len();
        self.nodes.push(Node { tag, kids: Vec::new() });
        let parent = *self.open.last().expect("the document is never closed");
        self.nodes[parent].kids.push(Kid::Node(node));
        node
    }
    fn draw(&mut self, operators: &str) {
        let page = self.pages.last_mut().expect("a page is begun before it is drawn on");
        page.push_str(operators);
        page.push('\n');
    }
    /// Drawn for the eye alone.
    fn ornament(&mut self, operators: &str) {
        self.draw(&format!("/Artifact BMC {operators} EMC"));
    }
    /// A filled box.
    pub fn fill(&mut self, [left, bottom, right, top]: [f32; 4], [red, green, blue]: Ink) {
        self.ornament(&format!("{red} {green} {blue} rg {left} {bottom} {} {} re f", right - left, top - bottom));
    }
    /// A cell of a table: a thin frame, tinted for labels. Cells that share an edge draw it twice at the same place.
    pub fn cell(&mut self, place: [f32; 4], tint: Option<Ink>) {
        if let Some(tint) = tint {
            self.fill(place, tint);
        }
        let [left, bottom, right, top] = place;
        self.ornament(&format!("0.6 G 0.7 w {left} {bottom} {} {} re S", right - left, top - bottom));
    }
    /// Text with its baseline's left end at (`x`, `y`), as a piece of the part being drawn.
    pub fn text(&mut self, x: f32, y: f32, size: f32, bold: bool, ink: Ink, text: &str) {
        let page = self.pages.len().saturating_sub(1);
        let node = *self.open.last().expect("the document is never closed");
        let number = self.words[page].len();
        self.words[page].push(node);
        self.nodes[node].kids.push(Kid::Words { page, number });
        let tag = self.nodes[node].tag;
        let shown = shown(x, y, size, bold, ink, text);
        self.draw(&format!("/{tag} <</MCID {number}>> BDC {shown} EMC"));
    }
    /// Text for the eye alone: a page's number.
    pub(super) fn remark(&mut self, page: usize, x: f32, y: f32, text: &str) {
        let shown = shown(x, y, 8.0, false, SOFT, text);
        self.pages[page].push_str(&format!("/Artifact BMC {shown} EMC\n"));
    }
    /// Text in lines no wider than `room`, as one paragraph; returns the baseline after the last.
    pub fn paragraph(&mut self, x: f32, mut y: f32, size: f32, room: f32, ink: Ink, text: &str) -> f32 {
        self.part("P", |sheet| {
            for line in lines(text, size, false, room) {
                sheet.text(x, y, size, false, ink, &line);
                y -= size * 1.35;
            }
        });
        y
    }
    /// A label in a cell, upright in the middle, in as many lines as it takes; smaller where it has little room.
    pub fn label(&mut self, [left, bottom, right, top]: [f32; 4], text: &str) {
        let room = right - left - 7.0;
        let fits = |size: f32| {
            let lines = lines(text, size, true, room);
            #[expect(clippy::cast_precision_loss, reason = "a label has a few lines")]
            let height = lines.len() as f32 * size * 1.15;
            (height <= top - bottom - 2.0 && lines.iter().all(|line| width(line, size, true) <= room)).then_some((size, lines))
        };
        let (size, lines) = [8.5, 8.0, 7.5, 7.0, 6.5].into_iter().find_map(fits).unwrap_or((6.0, lines(text, 6.0, true, room)));
        #[expect(clippy::cast_precision_loss, reason = "a label has a few lines")]
        let mut y = (top + bottom) / 2.0 + (lines.len() as f32 - 1.0) * size * 1.15 / 2.0 - size * 0.35;
        for line in lines {
            self.text(left + 4.0, y, size, true, DARK, &line);
            y -= size * 1.15;
        }
    }
    /// A field, in a cell; a tick draws a box of its own. `name` is its name in the file, `label` what a screen reader says.
    pub fn field(&mut self, name: &str, label: &str, place: [f32; 4], kind: Kind, value: &str) {
        let page = self.pages.len().saturating_sub(1);
        let [left, bottom, right, top] = place;
        if kind == Kind::Tick {
            self.ornament(&format!("1 g 0.3 G 0.9 w {left} {bottom} {} {} re B", right - left, top - bottom));
        }
        let node = self.node("Form");
        self.nodes[node].kids.push(Kid::Field(self.fields.len()));
        let (name, label, value) = (name.to_owned(), label.to_owned(), value.to_owned());
        self.fields.push(Field { name, label, page, place, kind, value, node });
    }

    /// The document. The same sheet gives the same bytes.
    #[must_use]
    pub fn document(&self, title: &str) -> Document {
        saved::document(self, title)
    }
}

fn shown(x: f32, y: f32, size: f32, bold: bool, [red, green, blue]: Ink, text: &str) -> String {
    let font = if bold { "HeBo" } else { "Helv" };
    format!("BT {red} {green} {blue} rg /{font} {size} Tf {x} {y} Td {} Tj ET", literal(text))
}

/// `text` as a string of a content stream.
pub(super) fn literal(text: &str) -> String {
    format!("({})", text.replace('\\', "\\\\").replace('(', "\\(").replace(')', "\\)").replace(['\r', '\n'], " "))
}
