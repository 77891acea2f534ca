//! Word documents: headings, paragraphs and bordered tables, in the few parts every word processor opens.

use std::io::{Cursor, Write};

use zip::write::SimpleFileOptions;

/// Empty and ticked boxes as Word's check-box symbols.
pub const BOXES: [&str; 2] = ["☐", "☒"];

/// A Word document being written.
#[derive(Debug, Default)]
pub struct Word {
    body: String,
}

impl Word {
    /// A heading; level 1 is the title.
    pub fn heading(&mut self, level: u8, text: &str) {
        self.body.push_str(&format!("<w:p><w:pPr><w:pStyle w:val=\"Heading{level}\"/></w:pPr>{}</w:p>", run(text, false)));
    }
    /// A paragraph.
    pub fn paragraph(&mut self, text: &str) {
        self.body.push_str(&format!("<w:p>{}</w:p>", run(text, false)));
    }
    /// A table; `widths` are in twentieths of a point, and with `headed` the first row is a heading.
    pub fn table(&mut self, widths: &[u32], headed: bool, rows: &[Vec<String>]) {
        let total: u32 = widths.iter().sum();
        self.body.push_str(&format!(
            "<w:tbl><w:tblPr><w:tblStyle w:val=\"TableGrid\"/><w:tblW w:w=\"{total}\" w:type=\"dxa\"/>\
             <w:tblLayout w:type=\"fixed\"/></w:tblPr><w:tblGrid>"
        ));
        for width in widths {
            self.body.push_str(&format!("<w:gridCol w:w=\"{width}\"/>"));
        }
        self.body.push_str("</w:tblGrid>");
        for (index, row) in rows.iter().enumerate() {
            let heading = headed && index == 0;
            self.body.push_str("<w:tr>");
            if heading {
                self.body.push_str("<w:trPr><w:tblHeader/></w:trPr>");
            }
            for (column, (cell, width)) in row.iter().zip(widths).enumerate() {
                let label = heading || (!headed && column % 2 == 0);
                let shade = if label { "<w:shd w:val=\"clear\" w:color=\"auto\" w:fill=\"E7ECEF\"/>" } else { "" };
                self.body.push_str(&format!("<w:tc><w:tcPr><w:tcW w:w=\"{width}\" w:type=\"dxa\"/>{shade}</w:tcPr>"));
                for line in cell.split('\n') {
                    self.body.push_str(&format!("<w:p>{}</w:p>", run(line, label)));
                }
                self.body.push_str("</w:tc>");
            }
            self.body.push_str("</w:tr>");
        }
        // Two tables in a row would grow together without a paragraph between.
        self.body.push_str("</w:tbl><w:p/>");
    }

    /// The file. The same document gives the same bytes.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        let document = format!(
            "{XML}<w:document xmlns:w=\"{W}\"><w:body>{}<w:sectPr><w:pgSz w:w=\"11906\" w:h=\"16838\"/>\
             <w:pgMar w:top=\"1000\" w:right=\"1000\" w:bottom=\"1000\" w:left=\"1000\" w:header=\"500\" w:footer=\"500\" w:gutter=\"0\"/>\
             </w:sectPr></w:body></w:document>",
            self.body
        );
        let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
        let options = SimpleFileOptions::default().last_modified_time(zip::DateTime::default());
        for (name, text) in [
            ("[Content_Types].xml", CONTENT_TYPES.to_owned()),
            ("_rels/.rels", relations(&[("officeDocument", "word/document.xml")])),
            ("word/document.xml", document),
            ("word/_rels/document.xml.rels", relations(&[("styles", "styles.xml")])),
            ("word/styles.xml", styles()),
        ] {
            archive.start_file(name, options).expect("the names differ");
            archive.write_all(text.as_bytes()).expect("a list of bytes takes everything");
        }
        archive.finish().expect("a list of bytes takes everything").into_inner()
    }
}

const XML: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>";
const W: &str = "http://schemas.openxmlformats.org/wordprocessingml/2006/main";
const CONTENT_TYPES: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\
<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\">\
<Default Extension=\"rels\" ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/>\
<Default Extension=\"xml\" ContentType=\"application/xml\"/>\
<Override PartName=\"/word/document.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml\"/>\
<Override PartName=\"/word/styles.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.wordprocessingml.styles+xml\"/>\
</Types>";

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

fn styles() -> String {
    let border = |side: &str| format!("<w:{side} w:val=\"single\" w:sz=\"4\" w:space=\"0\" w:color=\"8A8A8A\"/>");
    let borders: String = ["top", "left", "bottom", "right", "insideH", "insideV"].into_iter().map(border).collect();
    let heading = |level: u8, size: u8| {
        format!(
            "<w:style w:type=\"paragraph\" w:styleId=\"Heading{level}\"><w:name w:val=\"heading {level}\"/><w:basedOn w:val=\"Normal\"/>\
             <w:next w:val=\"Normal\"/><w:pPr><w:keepNext/><w:spacing w:before=\"200\" w:after=\"80\"/><w:outlineLvl w:val=\"{}\"/></w:pPr>\
             <w:rPr><w:b/><w:color w:val=\"1F4E4A\"/><w:sz w:val=\"{size}\"/></w:rPr></w:style>",
            level - 1
        )
    };
    format!(
        "{XML}<w:styles xmlns:w=\"{W}\"><w:docDefaults><w:rPrDefault><w:rPr><w:rFonts w:ascii=\"Arial\" w:hAnsi=\"Arial\" w:cs=\"Arial\"/>\
         <w:sz w:val=\"20\"/><w:lang w:val=\"en-GB\"/></w:rPr></w:rPrDefault></w:docDefaults>\
         <w:style w:type=\"paragraph\" w:default=\"1\" w:styleId=\"Normal\"><w:name w:val=\"Normal\"/>\
         <w:pPr><w:spacing w:before=\"30\" w:after=\"30\"/></w:pPr></w:style>{}{}\
         <w:style w:type=\"table\" w:styleId=\"TableGrid\"><w:name w:val=\"Table Grid\"/><w:tblPr><w:tblBorders>{borders}</w:tblBorders></w:tblPr></w:style>\
         </w:styles>",
        heading(1, 36),
        heading(2, 24),
    )
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
    let escaped = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    format!("<w:r><w:rPr>{font}{weight}</w:rPr><w:t xml:space=\"preserve\">{escaped}</w:t></w:r>")
}
