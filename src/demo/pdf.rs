//! A form as a PDF with fields: text, paragraphs, ticks and drop-downs, each with an appearance of its own,
//! so that it looks the same in every reader and needs none to draw it anew.

use std::fmt::Write;

use lopdf::{Dictionary, Document, Object, ObjectId, Stream, dictionary, text_string};

/// A4, points.
pub const WIDTH: f32 = 595.0;
/// A4, points.
pub const HEIGHT: f32 = 842.0;

/// What a field is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// One line of text.
    Line,
    /// Several lines of text.
    Paragraph,
    /// A box; any value but the empty one ticks it.
    Tick,
    /// One of a list.
    Choice(&'static [&'static str]),
}

/// A field placed on a page.
#[derive(Debug, Clone)]
struct Field {
    name: String,
    label: String,
    page: usize,
    /// Left, bottom, right, top.
    place: [f32; 4],
    kind: Kind,
    value: String,
}

/// A sheet being drawn, page by page. The origin is bottom left.
#[derive(Debug, Default)]
pub struct Sheet {
    pages: Vec<String>,
    fields: Vec<Field>,
}

impl Sheet {
    /// Begins a page.
    pub fn page(&mut self) {
        self.pages.push(String::new());
    }
    fn draw(&mut self, operators: &str) {
        if let Some(page) = self.pages.last_mut() {
            page.push_str(operators);
            page.push('\n');
        }
    }
    /// A filled box; `grey` is 0 for black to 1 for white.
    pub fn fill(&mut self, [left, bottom, right, top]: [f32; 4], grey: f32) {
        self.draw(&format!("{grey} g {left} {bottom} {} {} re f", right - left, top - bottom));
    }
    /// A thin frame.
    fn frame(&mut self, [left, bottom, right, top]: [f32; 4]) {
        self.draw(&format!("0.55 G 0.7 w {left} {bottom} {} {} re S", right - left, top - bottom));
    }
    /// A cell of a table: a thin frame, shaded for labels. Cells that share an edge draw it twice at the same place.
    pub fn cell(&mut self, place: [f32; 4], shaded: bool) {
        if shaded {
            self.fill(place, 0.92);
        }
        self.frame(place);
    }
    /// Text with its baseline's left end at (`x`, `y`).
    pub fn text(&mut self, x: f32, y: f32, size: f32, bold: bool, grey: f32, text: &str) {
        let font = if bold { "HeBo" } else { "Helv" };
        self.draw(&format!("BT {grey} g /{font} {size} Tf {x} {y} Td {} Tj ET", literal(text)));
    }
    /// Text in lines no wider than `width`; returns the baseline after the last.
    pub fn paragraph(&mut self, x: f32, mut y: f32, size: f32, width: f32, text: &str) -> f32 {
        for line in lines(text, size, width) {
            self.text(x, y, size, false, 0.15, &line);
            y -= size * 1.3;
        }
        y
    }
    /// A field, in a cell; a tick draws a box of its own. `name` is its name in the file, `label` what a screen reader says.
    pub fn field(&mut self, name: &str, label: &str, place: [f32; 4], kind: Kind, value: &str) {
        let page = self.pages.len().saturating_sub(1);
        let [left, bottom, right, top] = place;
        if kind == Kind::Tick {
            self.draw(&format!("1 g 0.35 G 0.8 w {left} {bottom} {} {} re B", right - left, top - bottom));
        }
        self.fields.push(Field { name: name.to_owned(), label: label.to_owned(), page, place, kind, value: value.to_owned() });
    }

    /// The document. The same sheet gives the same bytes.
    #[must_use]
    pub fn document(&self, title: &str) -> Document {
        let mut document = Document::with_version("1.7");
        let font = |base: &str| {
            dictionary! { "Type" => "Font", "Subtype" => "Type1", "BaseFont" => base, "Encoding" => "WinAnsiEncoding" }
        };
        let regular = document.add_object(font("Helvetica"));
        let bold = document.add_object(font("Helvetica-Bold"));
        let dingbats = document.add_object(dictionary! { "Type" => "Font", "Subtype" => "Type1", "BaseFont" => "ZapfDingbats" });
        let resources = dictionary! { "Font" => dictionary! { "Helv" => regular, "HeBo" => bold, "ZaDb" => dingbats } };
        let tree = document.new_object_id();
        let page_ids: Vec<ObjectId> = self.pages.iter().map(|_| document.new_object_id()).collect();
        let field_ids: Vec<ObjectId> =
            self.fields.iter().map(|field| add_field(&mut document, field, page_ids[field.page], &resources)).collect();
        for (index, content) in self.pages.iter().enumerate() {
            let content = document.add_object(Stream::new(Dictionary::new(), win_ansi(content)));
            let annotations: Vec<Object> =
                self.fields.iter().zip(&field_ids).filter(|(field, _)| field.page == index).map(|(_, id)| (*id).into()).collect();
            document.objects.insert(
                page_ids[index],
                dictionary! {
                    "Type" => "Page", "Parent" => tree, "MediaBox" => vec![0.into(), 0.into(), WIDTH.into(), HEIGHT.into()],
                    "Resources" => resources.clone(), "Contents" => content, "Annots" => annotations, "Tabs" => "S",
                }
                .into(),
            );
        }
        let kids: Vec<Object> = page_ids.iter().map(|id| (*id).into()).collect();
        let count = i64::try_from(kids.len()).expect("a form has a few pages");
        document.objects.insert(tree, dictionary! { "Type" => "Pages", "Kids" => kids, "Count" => count }.into());
        let fields: Vec<Object> = field_ids.into_iter().map(Object::from).collect();
        let form = document.add_object(dictionary! {
            "Fields" => fields, "NeedAppearances" => false, "DR" => resources, "DA" => Object::string_literal("/Helv 9 Tf 0 g"),
        });
        let root = document.add_object(dictionary! {
            "Type" => "Catalog", "Pages" => tree, "AcroForm" => form, "Lang" => text_string("en-GB"),
            "ViewerPreferences" => dictionary! { "DisplayDocTitle" => true },
        });
        let info = document.add_object(dictionary! { "Title" => text_string(title), "Creator" => text_string("Sample county") });
        document.trailer.set("Root", root);
        document.trailer.set("Info", info);
        document
    }
}

/// The bytes of `document`.
#[must_use]
pub fn bytes(mut document: Document) -> Vec<u8> {
    document.compress();
    let mut bytes = Vec::new();
    document.save_to(&mut bytes).expect("a list of bytes takes everything");
    bytes
}

/// `document` under a password. The oldest scheme, the one without a random part: a sample guards nothing, it only has to stay shut.
#[must_use]
pub fn locked(mut document: Document, password: &str) -> Vec<u8> {
    let id = Object::string_literal("sample county 01");
    document.trailer.set("ID", vec![id.clone(), id]);
    let state = lopdf::EncryptionState::try_from(lopdf::EncryptionVersion::V1 {
        document: &document,
        owner_password: password,
        user_password: password,
        permissions: lopdf::Permissions::all(),
    })
    .expect("the document has an id");
    document.encrypt(&state).expect("a fresh document is not encrypted yet");
    let mut bytes = Vec::new();
    document.save_to(&mut bytes).expect("a list of bytes takes everything");
    bytes
}

fn add_field(document: &mut Document, field: &Field, page: ObjectId, resources: &Dictionary) -> ObjectId {
    let [left, bottom, right, top] = field.place;
    let (width, height) = (right - left, top - bottom);
    let mut appearance = |content: String| {
        let header = dictionary! {
            "Type" => "XObject", "Subtype" => "Form", "BBox" => vec![0.into(), 0.into(), width.into(), height.into()],
            "Resources" => resources.clone(),
        };
        document.add_object(Stream::new(header, win_ansi(&content)))
    };
    let mut widget = dictionary! {
        "Type" => "Annot", "Subtype" => "Widget", "F" => 4, "P" => page,
        "Rect" => vec![left.into(), bottom.into(), right.into(), top.into()],
        "T" => text_string(&field.name), "TU" => text_string(&field.label),
    };
    match field.kind {
        Kind::Tick => {
            let size = height * 0.95;
            let tick = format!("q BT 0 g /ZaDb {size} Tf {} {} Td (4) Tj ET Q", width * 0.1, height * 0.16);
            let (on, off) = (appearance(tick), appearance("q Q".to_owned()));
            let state = Object::Name(if field.value.is_empty() { b"Off".to_vec() } else { b"Yes".to_vec() });
            widget.set("FT", "Btn");
            widget.set("V", state.clone());
            widget.set("AS", state);
            widget.set("AP", dictionary! { "N" => dictionary! { "Yes" => on, "Off" => off } });
            widget.set("MK", dictionary! { "CA" => Object::string_literal("4") });
            widget.set("DA", Object::string_literal("/ZaDb 0 Tf 0 g"));
        }
        Kind::Line | Kind::Paragraph | Kind::Choice(_) => {
            let size: f32 = 9.0;
            let rows = match field.kind {
                Kind::Paragraph => lines(&field.value, size, width - 6.0),
                _ => vec![field.value.clone()],
            };
            let mut content =
                format!("/Tx BMC q 1 1 {} {} re W n BT 0 g /Helv {size} Tf {} TL", width - 2.0, height - 2.0, size * 1.25);
            let first = if field.kind == Kind::Paragraph { height - size - 3.0 } else { (height - size) / 2.0 + 1.8 };
            write!(content, " 3 {first} Td").expect("a text takes everything");
            for row in &rows {
                write!(content, " {} Tj T*", literal(row)).expect("a text takes everything");
            }
            content.push_str(" ET Q EMC");
            let normal = appearance(content);
            widget.set("AP", dictionary! { "N" => normal });
            widget.set("V", text_string(&field.value));
            widget.set("DA", Object::string_literal("/Helv 9 Tf 0 g"));
            match field.kind {
                Kind::Choice(words) => {
                    let options: Vec<Object> = words.iter().map(|word| text_string(word)).collect();
                    widget.set("FT", "Ch");
                    widget.set("Ff", 1 << 17);
                    widget.set("Opt", options);
                }
                Kind::Line | Kind::Paragraph | Kind::Tick => {
                    widget.set("FT", "Tx");
                    widget.set("Ff", if field.kind == Kind::Paragraph { 1 << 12 } else { 0 });
                }
            }
        }
    }
    document.add_object(widget)
}

/// `text` as a string of a content stream.
fn literal(text: &str) -> String {
    format!("({})", text.replace('\\', "\\\\").replace('(', "\\(").replace(')', "\\)"))
}

/// The bytes of the fonts' encoding; what it does not have becomes a question mark. Made-up names stay within it.
fn win_ansi(text: &str) -> Vec<u8> {
    encoding_rs::WINDOWS_1252.encode(text).0.into_owned()
}

/// `text` in lines that fit `width`.
fn lines(text: &str, size: f32, width: f32) -> Vec<String> {
    let mut lines = Vec::new();
    for paragraph in text.lines() {
        let mut line = String::new();
        for word in paragraph.split_whitespace() {
            if !line.is_empty() && text_width(&line, size) + text_width(word, size) + 0.28 * size > width {
                lines.push(std::mem::take(&mut line));
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
        lines.push(line);
    }
    lines
}

/// About the width of `text` in Helvetica, points: near enough to break lines.
fn text_width(text: &str, size: f32) -> f32 {
    let units = |c: char| match c {
        'i' | 'j' | 'l' | '\'' | '.' | ',' | ' ' | 't' | 'f' | 'I' => 0.28,
        'm' | 'w' | 'M' | 'W' => 0.85,
        c if c.is_uppercase() => 0.7,
        _ => 0.55,
    };
    text.chars().map(units).sum::<f32>() * size
}
