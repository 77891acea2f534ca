//! Files of older and other word processors and of spreadsheets, feature by feature.

use focus_family::domain::document::{Limits, Problem, read};
use proptest::prelude::*;

use super::made::{shape, zipped};

const DOC: &[u8] = include_bytes!("../../data/files/form.doc");
const ODT: &[u8] = include_bytes!("../../data/files/form.odt");

fn shaped(name: &str, bytes: &[u8]) -> String {
    let document = read(name, "application/octet-stream", bytes, &Limits::default());
    assert_eq!(document.problem, None, "{name}");
    shape(&document)
}

const FORM: &str = "Nomination form\n|0:Name|1:Date of birth|2:School|\n|0:Robin Sample|1:14/03/2011|2:Harrowfell Academy|\n\
    |0(2x1):Family agrees|2:Yes|\nReferred by ~Pat~ Alex Example";

#[test]
fn the_same_form_is_the_same_document_from_word_97_and_opendocument() {
    for (name, bytes) in [("form.doc", DOC), ("form.odt", ODT)] {
        assert_eq!(shaped(name, bytes).replace('*', ""), FORM, "{name}");
    }
}

#[test]
fn rich_text_keeps_tables_fields_and_letters_of_every_spelling() {
    for (written, expected) in [
        (r"Caf\'e9 \u8211? na\u239\'efve\par next", "Café – naïve\nnext"),
        (r"{\b Yes} {\strike No}{\v hidden}{\deleted gone}", "*Yes *~No~"),
        (r"{\fonttbl{\f0 Arial;}{\f1\fcharset2 Wingdings;}}{\f1\'fe} Yes {\f1\'a8} No", "<+> Yes <-> No"),
        (r"{\field{\*\fldinst HYPERLINK x}{\fldrslt shown}} after", "shown after"),
        (
            r"{\field{\*\fldinst FORMCHECKBOX {\*\formfield{\fftype1\ffres1{\*\ffname crime}}}}{\fldrslt}} Crime",
            "{crime=+} Crime",
        ),
        (
            r"{\field{\*\fldinst FORMDROPDOWN {\*\formfield{\fftype2\ffres1{\*\ffname who}{\*\ffl Mother}{\*\ffl Father}}}}{\fldrslt}}",
            "{who=[Father]}",
        ),
        (r"{\field{\*\fldinst FORMTEXT {\*\formfield{\fftype0{\*\ffname n}}}}{\fldrslt Jo}}", "{n=Jo}"),
        (
            r"\trowd\cellx2000\cellx4000\intbl Name\cell Jo\cell\row\trowd\cellx4000\intbl wide\cell\row\pard after",
            "|0:Name|1:Jo|\n|0(2x1):wide|\nafter",
        ),
        (r"{\pict\bin4 {{}}text}{\*\generator x}seen", "seen"),
    ] {
        assert_eq!(shaped("form.rtf", format!("{{\\rtf1\\ansi\\ansicpg1252 {written}}}").as_bytes()), expected, "{written}");
    }
}

#[test]
fn opendocument_controls_hold_their_values() {
    let content = r#"<office:document-content xmlns:office="o" xmlns:text="t" xmlns:form="f" xmlns:draw="d"><office:body><office:text>
        <office:forms><form:form><form:checkbox form:id="c1" form:name="agree" form:current-state="checked"/>
        <form:textarea form:id="c2" form:name="name" form:current-value="Jo"/></form:form></office:forms>
        <text:tracked-changes><text:p>deleted</text:p></text:tracked-changes>
        <text:p>Agreed <draw:control draw:control="c1"/></text:p><text:p>Name:<text:s/><draw:control draw:control="c2"/></text:p>
        </office:text></office:body></office:document-content>"#;
    let odt = zipped(&[("mimetype", b"application/vnd.oasis.opendocument.text"), ("content.xml", content.as_bytes())]);
    assert_eq!(shaped("form.odt", &odt), "Agreed {agree=+}\nName: {name=Jo}");
}

/// A list of people as a spreadsheet keeps it: shared and own texts, a date.
pub fn book() -> Vec<u8> {
    let workbook = r#"<workbook xmlns:r="r"><sheets><sheet name="Families" sheetId="1" r:id="rId1"/></sheets></workbook>"#;
    let relations = r#"<Relationships><Relationship Id="rId1" Target="worksheets/sheet1.xml"/></Relationships>"#;
    let styles = r#"<styleSheet><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>"#;
    let shared = "<sst><si><t>Name</t></si><si><r><t>Date of </t></r><r><t>birth</t></r></si></sst>";
    let sheet = r#"<worksheet><sheetData><row><c r="A1" t="s"><v>0</v></c><c r="C1" t="s"><v>1</v></c></row>
        <row><c r="A2" t="inlineStr"><is><t>Jo</t></is></c><c r="C2" s="1"><v>40616</v></c></row></sheetData></worksheet>"#;
    zipped(&[
        ("[Content_Types].xml", b"<Types/>"),
        ("xl/workbook.xml", workbook.as_bytes()),
        ("xl/_rels/workbook.xml.rels", relations.as_bytes()),
        ("xl/styles.xml", styles.as_bytes()),
        ("xl/sharedStrings.xml", shared.as_bytes()),
        ("xl/worksheets/sheet1.xml", sheet.as_bytes()),
    ])
}

#[test]
fn lists_of_a_spreadsheet_are_tables_with_dates_as_people_write_them() {
    assert_eq!(shaped("list.xlsx", &book()), "|0:Name|2:Date of birth|\n|0:Jo|2:14/03/2011|");
}

#[test]
fn the_empty_corner_of_a_sheet_is_a_cell() {
    let cell = |place: &str, text: &str| format!("<c r=\"{place}\" t=\"inlineStr\"><is><t>{text}</t></is></c>");
    let sheet = format!(
        "<worksheet><sheetData><row>{}{}</row><row>{}{}</row><row>{}</row></sheetData></worksheet>",
        cell("B1", "Ada"),
        cell("C1", "Tom"),
        cell("A2", "Health"),
        cell("C2", "x"),
        cell("B3", "alone"),
    );
    let workbook = r#"<workbook xmlns:r="r"><sheets><sheet name="Themes" sheetId="1" r:id="rId1"/></sheets></workbook>"#;
    let relations = r#"<Relationships><Relationship Id="rId1" Target="worksheets/sheet1.xml"/></Relationships>"#;
    let book = zipped(&[
        ("[Content_Types].xml", b"<Types/>"),
        ("xl/workbook.xml", workbook.as_bytes()),
        ("xl/_rels/workbook.xml.rels", relations.as_bytes()),
        ("xl/worksheets/sheet1.xml", sheet.as_bytes()),
    ]);
    assert_eq!(shaped("list.xlsx", &book), "|0:|1:Ada|2:Tom|\n|0:Health|2:x|\n|1:alone|");
}

#[test]
fn files_made_to_hurt_are_named() {
    let problem = |bytes: &[u8]| read("form", "application/octet-stream", bytes, &Limits::default()).problem;
    assert_eq!(problem(&[b"{\\rtf1 ".to_vec(), b"{".repeat(100_000)].concat()), Some(Problem::TooDeep));
    let mut locked = DOC.to_vec();
    let header = locked.windows(2).position(|bytes| bytes == [0xec, 0xa5]).expect("a Word header");
    locked[header + 11] |= 1;
    assert_eq!(problem(&locked), Some(Problem::Encrypted));
    assert!(matches!(problem(&DOC[..2_000]), Some(Problem::Damaged | Problem::Unsupported)), "cut off");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn no_change_of_bytes_brings_a_reader_down(
        which in 0_usize..3,
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..24),
        cut in proptest::option::of(any::<prop::sample::Index>()),
    ) {
        let rtf: &[u8] = br"{\rtf1\ansi{\fonttbl{\f0 Arial;}}\trowd\cellx2000\cellx-4000\intbl a\cell\'e9\u8211?\cell\row\pard{\field{\*\fldinst FORMCHECKBOX {\*\formfield{\fftype1\ffres1}}}{\fldrslt}}}";
        let mut bytes = [DOC, ODT, rtf][which].to_vec();
        for (place, byte) in changes {
            let place = place.index(bytes.len());
            bytes[place] = byte;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        let document = read("form", "application/octet-stream", &bytes, &Limits::default());
        prop_assert!(document.blocks.len() < 10_000);
    }
}
