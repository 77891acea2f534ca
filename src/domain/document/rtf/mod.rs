//! Rich Text Format → lines, tables and controls. Pictures, objects and everything marked as ignorable stay closed.

mod inside;
mod packed;
mod tokens;

pub use inside::html_inside;
pub use packed::unpacked;

use std::collections::HashMap;

use encoding_rs::{Encoding, WINDOWS_1252};

use super::edges::{self, CellShape};
use super::{Block, Control, ControlValue, Inline, Limits, Line, Place, Problem, Style, Tick, grid, html, text, words};
use tokens::Token;

/// Groups in groups.
const DEPTH_MAX: usize = 400;

/// The blocks of an RTF text.
///
/// # Errors
/// `Damaged` when it is none, `TooDeep` with too many groups inside each other.
pub fn read(bytes: &[u8], limits: &Limits) -> Result<Vec<Block>, Problem> {
    if !bytes.trim_ascii_start().starts_with(b"{\\rtf") {
        return Err(Problem::Damaged);
    }
    let mut reader = Reader::new(limits.text_chars_max);
    for token in tokens::tokens(bytes) {
        reader.token(token)?;
        if reader.chars_left == 0 {
            break;
        }
    }
    Ok(reader.finish())
}

/// Where the words of a group go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Target {
    /// Into the document.
    #[default]
    Text,
    /// Nowhere.
    Nothing,
    /// The table of fonts.
    Fonts,
    /// The code of a field.
    FieldCode,
    /// The data of a form field, and its parts.
    FormField,
    /// Its name.
    FormName,
    /// An entry of its list.
    FormEntry,
}

/// What a group sets and its end takes back.
#[derive(Clone, Default)]
struct Group {
    target: Target,
    style: Style,
    hidden: bool,
    font: i32,
    fallback_letters: usize,
    /// The group came right after `\*`.
    opens_field: bool,
}

/// A field that is open.
#[derive(Default)]
struct Field {
    depth: usize,
    form: Option<Form>,
    result: String,
}

#[derive(Default)]
struct Form {
    kind: i32,
    result: Option<i32>,
    default: i32,
    name: String,
    entries: Vec<String>,
}

/// The definition of a row in the making.
#[derive(Default, Clone)]
struct Row {
    shapes: Vec<CellShape>,
    goes_on_left: bool,
    goes_on_above: bool,
    edge: i16,
}

struct Reader {
    groups: Vec<Group>,
    encoding: &'static Encoding,
    fonts: HashMap<i32, String>,
    font_entry: (i32, String),
    bytes: Vec<u8>,
    skip_letters: usize,
    high_half: Option<u16>,
    fields: Vec<Field>,
    text: String,
    style: Style,
    pieces: Vec<Inline>,
    out: Vec<Block>,
    row: Row,
    in_table: bool,
    rows: Vec<(Vec<Vec<Block>>, Vec<CellShape>)>,
    cells: Vec<Vec<Block>>,
    cell: Vec<Block>,
    chars_left: usize,
}

impl Reader {
    fn new(chars_left: usize) -> Self {
        Self {
            groups: vec![Group { fallback_letters: 1, ..Group::default() }],
            encoding: WINDOWS_1252,
            fonts: HashMap::new(),
            font_entry: (0, String::new()),
            bytes: Vec::new(),
            skip_letters: 0,
            high_half: None,
            fields: Vec::new(),
            text: String::new(),
            style: Style::default(),
            pieces: Vec::new(),
            out: Vec::new(),
            row: Row::default(),
            in_table: false,
            rows: Vec::new(),
            cells: Vec::new(),
            cell: Vec::new(),
            chars_left,
        }
    }

    fn group(&mut self) -> &mut Group {
        self.groups.last_mut().expect("the outermost group stays")
    }

    fn token(&mut self, token: Token<'_>) -> Result<(), Problem> {
        if let Token::Byte(byte) = token {
            if self.skip_letters > 0 {
                self.skip_letters -= 1;
            } else {
                self.bytes.push(byte);
            }
            return Ok(());
        }
        self.end_bytes();
        match token {
            Token::Open => {
                if self.groups.len() >= DEPTH_MAX {
                    return Err(Problem::TooDeep);
                }
                let inner = self.group().clone();
                self.groups.push(inner);
            }
            Token::Close => self.close(),
            Token::Symbol(b'*') => self.group().opens_field = true,
            Token::Symbol(symbol) => match symbol {
                b'~' => self.say("\u{a0}"),
                b'_' => self.say("-"),
                b'\\' | b'{' | b'}' => self.say(char::from(symbol).encode_utf8(&mut [0; 4])),
                _ => {}
            },
            Token::Word(word, number) => self.word(word, number),
            Token::Byte(_) => {}
        }
        Ok(())
    }

    fn close(&mut self) {
        let ends = self.group().target;
        if ends == Target::Fonts {
            self.end_font();
        }
        if self.groups.len() > 1 {
            self.groups.pop();
        }
        let depth = self.groups.len();
        if self.fields.last().is_some_and(|field| field.depth > depth) {
            self.end_field();
        }
    }

    /// A control word. Unknown ones mean nothing, and an unknown ignorable group is ignored.
    fn word(&mut self, word: &str, number: Option<i32>) {
        let on = number != Some(0);
        let ignorable = std::mem::take(&mut self.group().opens_field);
        if ignorable && !matches!(word, "fldinst" | "formfield" | "ffname" | "ffl" | "shptxt" | "shpinst" | "shprslt") {
            self.group().target = Target::Nothing;
            return;
        }
        match word {
            "par" | "line" | "sect" | "page" | "softline" => self.end_line(),
            "tab" | "emspace" | "enspace" => self.say(" "),
            "emdash" => self.say("—"),
            "endash" => self.say("–"),
            "bullet" => self.say("•"),
            "lquote" | "rquote" => self.say("'"),
            "ldblquote" | "rdblquote" => self.say("\""),
            "u" => self.unit(number.unwrap_or(0)),
            "uc" => self.group().fallback_letters = usize::try_from(number.unwrap_or(1)).unwrap_or(1).min(8),
            "ansicpg" => self.encoding = text::code_page(u32::try_from(number.unwrap_or(1252)).unwrap_or(1252)),
            "f" => self.font(number.unwrap_or(0)),
            "b" => self.group().style.bold = on,
            "ul" | "uldb" | "ulw" => self.group().style.underlined = on,
            "ulnone" => self.group().style.underlined = false,
            "strike" | "striked" => self.group().style.struck = on,
            "highlight" => self.group().style.highlighted = on,
            "v" | "deleted" => self.group().hidden = on,
            "plain" => {
                let group = self.group();
                (group.style, group.hidden) = (Style::default(), false);
            }
            "fonttbl" => self.group().target = Target::Fonts,
            "colortbl" | "stylesheet" | "info" | "pict" | "object" | "nonshppict" | "sp" | "revtbl" | "listtable"
            | "listoverridetable" | "generator" | "datafield" | "themedata" | "xe" | "tc" => {
                self.group().target = Target::Nothing
            }
            "shptxt" | "shprslt" => self.group().target = Target::Text,
            _ => self.table_or_field_word(word, number),
        }
    }

    fn table_or_field_word(&mut self, word: &str, number: Option<i32>) {
        match word {
            "field" => {
                let depth = self.groups.len();
                self.fields.push(Field { depth, ..Field::default() });
            }
            "fldinst" => self.group().target = Target::FieldCode,
            "fldrslt" => self.group().target = Target::Text,
            "formfield" => {
                self.group().target = Target::FormField;
                if let Some(field) = self.fields.last_mut() {
                    field.form = Some(Form::default());
                }
            }
            "ffname" => self.group().target = Target::FormName,
            "ffl" => self.group().target = Target::FormEntry,
            "fftype" | "ffres" | "ffdefres" => self.form_number(word, number.unwrap_or(0)),
            "trowd" => self.row = Row::default(),
            "clmrg" => self.row.goes_on_left = true,
            "clvmrg" => self.row.goes_on_above = true,
            "cellx" => self.edge(number.unwrap_or(0)),
            "intbl" => self.in_table = true,
            "pard" => self.in_table = false,
            "cell" => {
                self.in_table = true;
                self.end_line();
                let cell = std::mem::take(&mut self.cell);
                self.cells.push(cell);
            }
            "nestcell" => self.end_line(),
            "row" => {
                let cells = std::mem::take(&mut self.cells);
                self.rows.push((cells, self.row.shapes.clone()));
            }
            _ => {}
        }
    }

    fn form_number(&mut self, word: &str, number: i32) {
        let Some(form) = self.fields.last_mut().and_then(|field| field.form.as_mut()) else { return };
        match word {
            "fftype" => form.kind = number,
            "ffres" => form.result = (number != 25).then_some(number),
            _ => form.default = number,
        }
    }

    fn edge(&mut self, right: i32) {
        const CELLS_MAX: usize = 256;
        let right = i16::try_from(right).unwrap_or(i16::MAX);
        let row = &mut self.row;
        if row.shapes.len() < CELLS_MAX {
            let (goes_on_left, goes_on_above) = (row.goes_on_left, row.goes_on_above);
            row.shapes.push(CellShape { left: row.edge, right, goes_on_left, goes_on_above });
        }
        (row.edge, row.goes_on_left, row.goes_on_above) = (right, false, false);
    }

    fn font(&mut self, number: i32) {
        if self.group().target == Target::Fonts {
            self.end_font();
            self.font_entry = (number, String::new());
        } else {
            self.group().font = number;
        }
    }

    fn end_font(&mut self) {
        let (number, name) = std::mem::take(&mut self.font_entry);
        let name = name.trim().trim_end_matches(';').to_owned();
        if !name.is_empty() && self.fonts.len() < 4_096 {
            self.fonts.insert(number, name);
        }
    }

    /// A letter by its number; the letters after it are for readers who cannot.
    fn unit(&mut self, number: i32) {
        self.skip_letters = self.group().fallback_letters;
        let unit = u16::try_from(number)
            .unwrap_or_else(|_| number.cast_unsigned().to_le_bytes().first_chunk().map_or(0, |b| u16::from_le_bytes(*b)));
        match (self.high_half.take(), unit) {
            (_, 0xd800..=0xdbff) => self.high_half = Some(unit),
            (Some(high), 0xdc00..=0xdfff) => {
                let both = String::from_utf16_lossy(&[high, unit]);
                self.say(&both);
            }
            _ => {
                let letter = char::from_u32(u32::from(unit)).unwrap_or('\u{fffd}');
                self.say(letter.encode_utf8(&mut [0; 4]));
            }
        }
    }

    /// The bytes so far as text: of a symbol font each by what it draws, else by the code page.
    fn end_bytes(&mut self) {
        if self.bytes.is_empty() {
            return;
        }
        let bytes = std::mem::take(&mut self.bytes);
        let font = self.group().font;
        let name = self.fonts.get(&font).filter(|name| name.to_ascii_lowercase().contains("dings")).cloned();
        match name {
            Some(name) if self.group().target == Target::Text => {
                for byte in bytes {
                    self.symbol(&words::symbol(&name, u32::from(byte)));
                }
            }
            _ => {
                let text = self.encoding.decode_without_bom_handling(&bytes).0.into_owned();
                self.say(&text);
            }
        }
    }

    fn symbol(&mut self, symbol: &Inline) {
        match symbol {
            Inline::Text { text, .. } => self.say(text),
            tick => {
                if !self.group().hidden {
                    self.end_text();
                    self.pieces.push(tick.clone());
                }
            }
        }
    }

    fn say(&mut self, text: &str) {
        let Group { target, style, hidden, .. } = self.group().clone();
        match target {
            Target::Text if hidden => {}
            Target::Text => {
                self.chars_left = self.chars_left.saturating_sub(text.chars().count());
                if let Some(field) = self.fields.iter_mut().rev().find(|field| field.form.is_some()) {
                    field.result.push_str(text);
                    return;
                }
                if style != self.style {
                    self.end_text();
                    self.style = style;
                }
                self.text.push_str(text);
            }
            Target::Fonts => self.font_entry.1.push_str(text),
            Target::FormName | Target::FormEntry => {
                if let Some(form) = self.fields.last_mut().and_then(|field| field.form.as_mut()) {
                    match target {
                        Target::FormName => form.name.push_str(text),
                        _ => form.entries.push(text.to_owned()),
                    }
                }
            }
            Target::Nothing | Target::FieldCode | Target::FormField => {}
        }
    }

    fn end_text(&mut self) {
        let text = std::mem::take(&mut self.text);
        words::append(&mut self.pieces, &text, self.style, true);
    }

    fn end_field(&mut self) {
        let Some(Field { form: Some(form), result, .. }) = self.fields.pop() else { return };
        let chosen = form.result.unwrap_or(form.default);
        let text = |text: &str| words::folded(text).trim().to_owned();
        let value = match form.kind {
            1 => ControlValue::Tick(if chosen == 0 { Tick::Empty } else { Tick::Marked }),
            2 => match form.entries.get(usize::try_from(chosen).unwrap_or(usize::MAX)).map(|entry| text(entry)) {
                Some(entry) if !entry.is_empty() && !words::is_placeholder(&entry) => ControlValue::Choice(vec![entry]),
                _ => ControlValue::Empty,
            },
            _ if text(&result).is_empty() || words::is_placeholder(&result) => ControlValue::Empty,
            _ => ControlValue::Text(text(&result)),
        };
        let name = text(&form.name);
        let path = if name.is_empty() { "field".to_owned() } else { format!("field {name}") };
        self.end_text();
        self.pieces.push(Inline::Control(Control { name, title: None, value, place: Place { page: 1, path, bounds: None } }));
    }

    fn end_line(&mut self) {
        self.end_text();
        let mut pieces = std::mem::take(&mut self.pieces);
        words::trim(&mut pieces);
        if !self.in_table {
            self.end_table();
        }
        if pieces.is_empty() {
            return;
        }
        let line = Line { pieces, place: Place { page: 1, ..Place::default() }, heading: false, confidence: 1.0 };
        if self.in_table { self.cell.push(Block::Line(line)) } else { self.out.push(Block::Line(line)) }
    }

    fn end_table(&mut self) {
        if !self.rows.is_empty() {
            let table = edges::table(std::mem::take(&mut self.rows));
            if grid::width(&table) <= 1 {
                self.out.extend(table.rows.into_iter().flatten().flat_map(|cell| cell.lines).map(Block::Line));
            } else {
                self.out.push(Block::Table(table));
            }
        }
        let loose = std::mem::take(&mut self.cells).into_iter().flatten();
        self.out.extend(loose);
        self.out.append(&mut self.cell);
    }

    fn finish(mut self) -> Vec<Block> {
        self.end_bytes();
        self.in_table = false;
        self.end_line();
        self.end_table();
        html::number(&mut self.out);
        self.out
    }
}
