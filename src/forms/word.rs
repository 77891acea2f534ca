//! Word documents: headings, paragraphs, bordered tables and content controls, in the few parts every word processor opens.

use std::io::{Cursor, Write};

use zip::write::SimpleFileOptions;

/// Empty and ticked boxes as Word's check-box symbols.
pub const BOXES: [&str; 2] = ["☐", "☒"];

/// A Word document being written.
#[derive(Debug)]
pub struct Word {
    body: String,
    title: String,
    landscape: bool,
    /// Colour of headings, six hexadecimal digits.
    colour: String,
    /// Controls so far: each has a number of its own.
    controls: u32,
}

impl Default for Word {
    fn default() -> Self {
        let colour = "1F4E4A".to_owned();
        Self { body: String::new(), title: String::new(), landscape: false, colour, controls: 0 }
    }
}

/// Something to fill in.
#[derive(Debug, Clone, Copy)]
pub struct Control<'a> {
    /// What programs know it by.
    pub tag: &'a str,
    /// What people and screen readers know it by.
    pub title: &'a str,
    /// How it is filled in.
    pub kind: ControlKind<'a>,
    /// What is in it; a tick is `x`.
    pub value: &'a str,
}

/// How a control is filled in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ControlKind<'a> {
    /// A line of text.
    Line,
    /// Several lines.
    Lines,
    /// A day, by a calendar or typed.
    Date,
    /// One of a list.
    Choice(&'a [String]),
    /// One of a list, or other words.
    OpenChoice(&'a [String]),
    /// A box.
    Tick,
}

impl Word {
    /// A document on paper laid across, with a title of its own.
    #[must_use]
    pub fn across(title: &str, colour: &str) -> Self {
        Self { title: title.to_owned(), landscape: true, colour: colour.to_owned(), ..Self::default() }
    }
    /// Width between the margins, twentieths of a point.
    #[must_use]
    pub fn width(&self) -> u32 {
        if self.landscape { 14_838 } else { 9_906 }
    }
    /// A heading; level 1 is the title.
    pub fn heading(&mut self, level: u8, text: &str) {
        self.body.push_str(&format!("<w:p><w:pPr><w:pStyle w:val=\"Heading{level}\"/></w:pPr>{}</w:p>", run(text, false)));
    }
    /// A paragraph.
    pub fn paragraph(&mut self, text: &str) {
        self.body.push_str(&format!("<w:p>{}</w:p>", run(text, false)));
    }
    /// A paragraph of pieces made by [`Self::control`] and [`words()`].
    pub fn line(&mut self, pieces: &str) {
        self.body.push_str(&format!("<w:p>{pieces}</w:p>"));
    }
    /// A table of words; `widths` are in twentieths of a point, and with `headed` the first row is a heading.
    pub fn table(&mut self, widths: &[u32], headed: bool, rows: &[Vec<String>]) {
        self.begin_table(widths);
        for (index, row) in rows.iter().enumerate() {
            let heading = headed && index == 0;
            let cells: String = row
                .iter()
                .zip(widths)
                .enumerate()
                .map(|(column, (text, width))| {
                    let label = heading || (!headed && column % 2 == 0);
                    let lines: String = text.split('\n').map(|line| format!("<w:p>{}</w:p>", run(line, label))).collect();
                    cell(*width, label, &lines)
                })
                .collect();
            self.body.push_str(&table_row(heading, &cells));
        }
        self.end_table();
    }
    /// A table of labels and controls side by side: of each pair the label stands first.
    pub fn pairs(&mut self, widths: &[u32], rows: &[Vec<String>]) {
        self.begin_table(widths);
        for row in rows {
            // A pair alone in its row goes over the whole width.
            let last = if row.len() < widths.len() { widths[row.len() - 1..].iter().sum() } else { widths[row.len() - 1] };
            let cells: String = row
                .iter()
                .enumerate()
                .map(|(column, pieces)| {
                    let ends = column + 1 == row.len();
                    let content = format!("<w:p>{pieces}</w:p>");
                    spanned(
                        if ends { last } else { widths[column] },
                        if ends { widths.len() - column } else { 1 },
                        column % 2 == 0,
                        &content,
                    )
                })
                .collect();
            self.body.push_str(&table_row(false, &cells));
        }
        self.end_table();
    }
    /// A table with a head whose rows of controls can be repeated by whoever fills it in; `item` names what a row is of.
    pub fn repeated(&mut self, widths: &[u32], head: &[&str], item: (&str, &str), rows: &[Vec<String>]) {
        self.begin_table(widths);
        let cells = |row: &[String], label: bool| -> String {
            row.iter().zip(widths).map(|(pieces, width)| cell(*width, label, &format!("<w:p>{pieces}</w:p>"))).collect()
        };
        let head: Vec<String> = head.iter().map(|title| small(title)).collect();
        self.body.push_str(&table_row(true, &cells(&head, true)));
        let (tag, title) = item;
        let id = self.number();
        self.body.push_str(&format!(
            "<w:sdt><w:sdtPr><w:alias w:val=\"{title}\"/><w:tag w:val=\"{tag}\"/><w:id w:val=\"{id}\"/><w15:repeatingSection>\
             <w15:sectionTitle w15:val=\"{title}\"/></w15:repeatingSection></w:sdtPr><w:sdtContent>",
            title = escaped(title),
            tag = escaped(tag)
        ));
        for row in rows {
            let id = self.number();
            let row = table_row(false, &cells(row, false));
            self.body.push_str(&format!(
                "<w:sdt><w:sdtPr><w:id w:val=\"{id}\"/><w15:repeatingSectionItem/></w:sdtPr><w:sdtContent>{row}</w:sdtContent></w:sdt>"
            ));
        }
        self.body.push_str("</w:sdtContent></w:sdt>");
        self.end_table();
    }
    fn begin_table(&mut self, widths: &[u32]) {
        let total: u32 = widths.iter().sum();
        self.body.push_str(&format!(
            "<w:tbl><w:tblPr><w:tblStyle w:val=\"TableGrid\"/><w:tblW w:w=\"{total}\" w:type=\"dxa\"/>\
             <w:tblLayout w:type=\"fixed\"/></w:tblPr><w:tblGrid>"
        ));
        for width in widths {
            self.body.push_str(&format!("<w:gridCol w:w=\"{width}\"/>"));
        }
        self.body.push_str("</w:tblGrid>");
    }
    fn end_table(&mut self) {
        // Two tables in a row would grow together without a paragraph between.
        self.body.push_str("</w:tbl><w:p/>");
    }
    fn number(&mut self) -> u32 {
        self.controls += 1;
        self.controls
    }
    /// A control as a piece of a paragraph.
    pub fn control(&mut self, control: Control<'_>) -> String {
        let id = self.number();
        let ticked = !control.value.is_empty();
        let empty = control.value.is_empty() && control.kind != ControlKind::Tick;
        let list = |options: &[String]| -> String {
            options.iter().map(|word| format!("<w:listItem w:displayText=\"{0}\" w:value=\"{0}\"/>", escaped(word))).collect()
        };
        let (kind, prompt) = match control.kind {
            ControlKind::Line => ("<w:text/>".to_owned(), "Enter text"),
            ControlKind::Lines => ("<w:text w:multiLine=\"1\"/>".to_owned(), "Enter text"),
            ControlKind::Date => (
                "<w:date><w:dateFormat w:val=\"dd/MM/yyyy\"/><w:lid w:val=\"en-GB\"/><w:storeMappedDataAs w:val=\"dateTime\"/>\
                 <w:calendar w:val=\"gregorian\"/></w:date>"
                    .to_owned(),
                "dd/mm/yyyy",
            ),
            ControlKind::Choice(options) => (format!("<w:dropDownList>{}</w:dropDownList>", list(options)), "Choose an item"),
            ControlKind::OpenChoice(options) => (format!("<w:comboBox>{}</w:comboBox>", list(options)), "Choose an item"),
            ControlKind::Tick => (
                format!(
                    "<w14:checkbox><w14:checked w14:val=\"{}\"/><w14:checkedState w14:val=\"2612\" w14:font=\"MS Gothic\"/>\
                     <w14:uncheckedState w14:val=\"2610\" w14:font=\"MS Gothic\"/></w14:checkbox>",
                    u8::from(ticked)
                ),
                "",
            ),
        };
        let shown = match control.kind {
            ControlKind::Tick => run(BOXES[usize::from(ticked)], false),
            _ if empty => format!("<w:r><w:rPr><w:rStyle w:val=\"PlaceholderText\"/></w:rPr><w:t>{prompt}</w:t></w:r>"),
            _ => control.value.split('\n').map(|line| run(line, false)).collect::<Vec<_>>().join("<w:r><w:br/></w:r>"),
        };
        format!(
            "<w:sdt><w:sdtPr><w:alias w:val=\"{}\"/><w:tag w:val=\"{}\"/><w:id w:val=\"{id}\"/>{}{kind}</w:sdtPr>\
             <w:sdtContent>{shown}</w:sdtContent></w:sdt>",
            escaped(control.title),
            escaped(control.tag),
            if empty { "<w:showingPlcHdr/>" } else { "" },
        )
    }

    /// The file. The same document gives the same bytes.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        let paper =
            if self.landscape { "w:w=\"16838\" w:h=\"11906\" w:orient=\"landscape\"" } else { "w:w=\"11906\" w:h=\"16838\"" };
        let document = format!(
            "{XML}<w:document xmlns:w=\"{W}\" xmlns:w14=\"{W14}\" xmlns:w15=\"{W15}\" xmlns:mc=\"{MC}\" mc:Ignorable=\"w14 w15\">\
             <w:body>{}<w:sectPr><w:pgSz {paper}/>\
             <w:pgMar w:top=\"1000\" w:right=\"1000\" w:bottom=\"1000\" w:left=\"1000\" w:header=\"500\" w:footer=\"500\" w:gutter=\"0\"/>\
             </w:sectPr></w:body></w:document>",
            self.body
        );
        let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
        let options = SimpleFileOptions::default().last_modified_time(zip::DateTime::default());
        for (name, text) in [
            ("[Content_Types].xml", CONTENT_TYPES.to_owned()),
            ("_rels/.rels", package_relations()),
            ("docProps/core.xml", core_properties(&self.title)),
            ("word/document.xml", document),
            ("word/_rels/document.xml.rels", relations(&[("styles", "styles.xml")])),
            ("word/styles.xml", styles(&self.colour)),
        ] {
            archive.start_file(name, options).expect("the names differ");
            archive.write_all(text.as_bytes()).expect("a list of bytes takes everything");
        }
        archive.finish().expect("a list of bytes takes everything").into_inner()
    }
}

const XML: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>";
const W: &str = "http://schemas.openxmlformats.org/wordprocessingml/2006/main";
const W14: &str = "http://schemas.microsoft.com/office/word/2010/wordml";
const W15: &str = "http://schemas.microsoft.com/office/word/2012/wordml";
const MC: &str = "http://schemas.openxmlformats.org/markup-compatibility/2006";
const CONTENT_TYPES: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\
<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\">\
<Default Extension=\"rels\" ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/>\
<Default Extension=\"xml\" ContentType=\"application/xml\"/>\
<Override PartName=\"/word/document.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml\"/>\
<Override PartName=\"/docProps/core.xml\" ContentType=\"application/vnd.openxmlformats-package.core-properties+xml\"/>\
<Override PartName=\"/word/styles.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.wordprocessingml.styles+xml\"/>\
</Types>";

fn package_relations() -> String {
    format!(
        "{XML}<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">\
         <Relationship Id=\"rId1\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument\" Target=\"word/document.xml\"/>\
         <Relationship Id=\"rId2\" Type=\"http://schemas.openxmlformats.org/package/2006/relationships/metadata/core-properties\" Target=\"docProps/core.xml\"/>\
         </Relationships>"
    )
}

/// Title and language, which screen readers say first.
fn core_properties(title: &str) -> String {
    format!(
        "{XML}<cp:coreProperties xmlns:cp=\"http://schemas.openxmlformats.org/package/2006/metadata/core-properties\" \
         xmlns:dc=\"http://purl.org/dc/elements/1.1/\"><dc:title>{}</dc:title><dc:language>en-GB</dc:language></cp:coreProperties>",
        escaped(title)
    )
}

fn relations(targets: &[(&str, &str)]) -> String {
    let mut text = format!("{XML}<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">");
    for (index, (kind, target)) in targets.iter().enumerate() {
        text.push_str(&format!(
            "<Relationship Id=\"rId{}\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/{kind}\" Target=\"{target}\"/>",
            index + 1
        ));
    }
    text + "</Relationships>"
}

fn styles(colour: &str) -> String {
    let border = |side: &str| format!("<w:{side} w:val=\"single\" w:sz=\"4\" w:space=\"0\" w:color=\"8A8A8A\"/>");
    let borders: String = ["top", "left", "bottom", "right", "insideH", "insideV"].into_iter().map(border).collect();
    let heading = |level: u8, size: u8| {
        format!(
            "<w:style w:type=\"paragraph\" w:styleId=\"Heading{level}\"><w:name w:val=\"heading {level}\"/><w:basedOn w:val=\"Normal\"/>\
             <w:next w:val=\"Normal\"/><w:pPr><w:keepNext/><w:spacing w:before=\"200\" w:after=\"80\"/><w:outlineLvl w:val=\"{}\"/></w:pPr>\
             <w:rPr><w:b/><w:color w:val=\"{colour}\"/><w:sz w:val=\"{size}\"/></w:rPr></w:style>",
            level - 1
        )
    };
    format!(
        "{XML}<w:styles xmlns:w=\"{W}\"><w:docDefaults><w:rPrDefault><w:rPr><w:rFonts w:ascii=\"Arial\" w:hAnsi=\"Arial\" w:cs=\"Arial\"/>\
         <w:sz w:val=\"20\"/><w:lang w:val=\"en-GB\"/></w:rPr></w:rPrDefault></w:docDefaults>\
         <w:style w:type=\"paragraph\" w:default=\"1\" w:styleId=\"Normal\"><w:name w:val=\"Normal\"/>\
         <w:pPr><w:spacing w:before=\"30\" w:after=\"30\"/></w:pPr></w:style>{}{}\
         <w:style w:type=\"character\" w:styleId=\"PlaceholderText\"><w:name w:val=\"Placeholder Text\"/>\
         <w:rPr><w:color w:val=\"595959\"/></w:rPr></w:style>\
         <w:style w:type=\"table\" w:styleId=\"TableGrid\"><w:name w:val=\"Table Grid\"/><w:tblPr><w:tblBorders>{borders}</w:tblBorders></w:tblPr></w:style>\
         </w:styles>",
        heading(1, 36),
        heading(2, 24),
    )
}

fn cell(width: u32, label: bool, content: &str) -> String {
    spanned(width, 1, label, content)
}

/// A cell over `columns` columns; a label's is tinted.
fn spanned(width: u32, columns: usize, label: bool, content: &str) -> String {
    let span = if columns > 1 { format!("<w:gridSpan w:val=\"{columns}\"/>") } else { String::new() };
    let shade = if label { "<w:shd w:val=\"clear\" w:color=\"auto\" w:fill=\"E7ECEF\"/>" } else { "" };
    format!("<w:tc><w:tcPr><w:tcW w:w=\"{width}\" w:type=\"dxa\"/>{span}{shade}</w:tcPr>{content}</w:tc>")
}

fn table_row(heading: bool, cells: &str) -> String {
    let head = if heading { "<w:trPr><w:cantSplit/><w:tblHeader/></w:trPr>" } else { "<w:trPr><w:cantSplit/></w:trPr>" };
    format!("<w:tr>{head}{cells}</w:tr>")
}

/// Bold words for the head of a narrow column.
fn small(text: &str) -> String {
    format!("<w:r><w:rPr><w:b/><w:sz w:val=\"16\"/></w:rPr><w:t xml:space=\"preserve\">{}</w:t></w:r>", escaped(text))
}

/// Words as a piece of a paragraph.
#[must_use]
pub fn words(text: &str, bold: bool) -> String {
    run(text, bold)
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// A run of text. Box symbols get the font Word gives them.
fn run(text: &str, bold: bool) -> String {
    let symbol = text.contains(BOXES[0]) || text.contains(BOXES[1]);
    let font = if symbol {
        "<w:rFonts w:ascii=\"MS Gothic\" w:eastAsia=\"MS Gothic\" w:hAnsi=\"MS Gothic\" w:hint=\"eastAsia\"/>"
    } else {
        ""
    };
    let weight = if bold { "<w:b/>" } else { "" };
    format!("<w:r><w:rPr>{font}{weight}</w:rPr><w:t xml:space=\"preserve\">{}</w:t></w:r>", escaped(text))
}
