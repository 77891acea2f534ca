//! XFA forms, static and dynamic, made here.

use focus_family::domain::document::{Method, Problem};

use super::made::{at, mail, pdf, read, shape, stream};

const TEMPLATE: &str = r#"<template xmlns="http://www.xfa.org/schema/xfa-template/3.0/"><subform name="form1" layout="tb">
<pageSet><pageArea><draw><value><text>Focus Family nomination form</text></value></draw></pageArea></pageSet>
<subform name="Page1" layout="position">
 <field name="Referrer" y="40mm" x="60mm"><ui><textEdit/></ui></field>
 <draw y="40mm" x="10mm"><value><text>Your name</text></value></draw>
 <draw y="10mm" x="10mm"><value><exData contentType="text/html"><body><p>About <span>you</span></p></body></exData></value></draw>
 <field name="Hidden" presence="hidden"><ui><textEdit/></ui></field>
 <field name="Send" y="90mm"><ui><button/></ui><caption><value><text>Send</text></value></caption></field>
</subform>
<subform name="Child" layout="tb"><occur min="0" max="-1"/>
 <field name="Name"><ui><textEdit/></ui><caption><value><text>Child's name</text></value></caption></field>
 <field name="Born"><ui><dateTimeEdit/></ui><caption><value><text>Date of birth</text></value></caption></field>
 <field name="Kin"><ui><choiceList/></ui><caption><value><text>Relationship</text></value></caption>
  <items><text>Son</text><text>Daughter</text></items><items save="1"><text>S</text><text>D</text></items></field>
 <field name="School"><ui><checkButton/></ui><caption placement="right"><value><text>Misses school</text></value></caption>
  <items><integer>1</integer><integer>0</integer></items></field>
</subform>
<exclGroup name="Consent"><caption><value><text>Does the family agree?</text></value></caption>
 <field><ui><checkButton shape="round"/></ui><caption><value><text>Yes</text></value></caption><items><text>Y</text></items></field>
 <field><ui><checkButton shape="round"/></ui><caption><value><text>No</text></value></caption><items><text>N</text></items></field>
</exclGroup>
<subform name="Grid" layout="table">
 <subform layout="row"><draw><value><text>Agency</text></value></draw><draw><value><text>Contact</text></value></draw></subform>
 <subform name="Row" layout="row"><occur max="-1"/><field name="Agency"/><field name="Contact"/></subform>
</subform>
</subform></template>"#;

const DATA: &str = r#"<xfa:datasets xmlns:xfa="http://www.xfa.org/schema/xfa-data/1.0/"><xfa:data><form1>
<Page1><Referrer>Pat Example</Referrer><Hidden>secret</Hidden></Page1>
<Child><Name>Jo Sample</Name><Born>2010-05-01</Born><Kin>D</Kin><School>1</School></Child>
<Child><Name>Al Sample</Name><Born/><Kin/><School>0</School></Child>
<Consent>Y</Consent>
<Grid><Row><Agency>Health visitor</Agency><Contact>01632 960001</Contact></Row><Row><Agency>School nurse</Agency></Row></Grid>
</form1></xfa:data></xfa:datasets>"#;

/// A PDF with one page, this XFA form, and these plain fields as objects from number 8 on.
fn form(drawing: &str, template: &str, data: &str, fields: &[&str]) -> Vec<u8> {
    let numbers: Vec<String> = (0..fields.len()).map(|index| format!("{} 0 R", index + 8)).collect();
    let numbers = numbers.join(" ");
    let mut objects = vec![
        format!("<< /Type /Catalog /Pages 2 0 R /AcroForm << /Fields [{numbers}] /XFA [(template) 6 0 R (datasets) 7 0 R] >> >>")
            .into_bytes(),
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_vec(),
        format!(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents 4 0 R /Annots [{numbers}] \
             /Resources << /Font << /F 5 0 R >> >> >>"
        )
        .into_bytes(),
        stream("", drawing.as_bytes()),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>".to_vec(),
        stream("", template.as_bytes()),
        stream("", data.as_bytes()),
    ];
    objects.extend(fields.iter().map(|field| field.as_bytes().to_vec()));
    pdf(&objects, "")
}

fn please_wait() -> String {
    [
        at(50, 700, "Please wait..."),
        at(50, 680, "If this message is not eventually replaced with the proper contents of the document, your PDF"),
        at(50, 660, "viewer may not be able to display this type of document."),
    ]
    .concat()
}

/// A dynamic form, filled in.
pub fn sample() -> Vec<u8> {
    form(&please_wait(), TEMPLATE, DATA, &[])
}

#[test]
fn a_dynamic_form_is_its_captions_and_what_was_filled_in() {
    let reading = read(&mail("x", &[("form.pdf", "application/pdf", &sample())]));
    let document = &reading.documents[0];
    assert_eq!((document.problem, document.read_by), (None, Method::FormFields));
    assert_eq!(
        shape(document).replace('\u{2003}', " "),
        "Focus Family nomination form\n\
         About you\n\
         Your name {form1[0].Page1[0].Referrer[0]=Pat Example}\n\
         Child's name {form1[0].Child[0].Name[0]=Jo Sample}\n\
         Date of birth {form1[0].Child[0].Born[0]=2010-05-01}\n\
         Relationship {form1[0].Child[0].Kin[0]=[Daughter]}\n\
         {form1[0].Child[0].School[0]=+}Misses school\n\
         Child's name {form1[0].Child[1].Name[0]=Al Sample}\n\
         Date of birth {form1[0].Child[1].Born[0]=}\n\
         Relationship {form1[0].Child[1].Kin[0]=}\n\
         {form1[0].Child[1].School[0]=-}Misses school\n\
         Does the family agree? {form1[0].Consent[0]=[Yes]}Yes {form1[0].Consent[1]=-}No\n\
         |0:Agency|1:Contact|\n\
         |0:{form1[0].Grid[0].Row[0].Agency[0]=Health visitor}|1:{form1[0].Grid[0].Row[0].Contact[0]=01632 960001}|\n\
         |0:{form1[0].Grid[0].Row[1].Agency[0]=School nurse}|1:{form1[0].Grid[0].Row[1].Contact[0]=}|"
    );
}

#[test]
fn the_page_that_asks_to_wait_is_never_an_answer() {
    for (what, template) in [("no template", "<template/>"), ("a broken one", "<template><subform>")] {
        let reading = read(&mail("x", &[("form.pdf", "application/pdf", &form(&please_wait(), template, DATA, &[]))]));
        assert_eq!(
            (reading.documents[0].problem, shape(&reading.documents[0]).as_str()),
            (Some(Problem::Unsupported), ""),
            "{what}"
        );
    }
}

#[test]
fn plain_fields_and_their_xfa_data_are_brought_together() {
    let field = |name: &str, y: u32, rest: &str| {
        format!("<< /Type /Annot /Subtype /Widget /T ({name}) /Rect [200 {y} 400 {}] {rest} >>", y + 15)
    };
    let template = r#"<template><subform name="f" layout="tb"><field name="same"/><field name="empty"/><field name="date"/>
        <field name="other"/><field name="alone"/><field name="tick"><ui><checkButton/></ui><items><text>1</text></items></field>
        </subform></template>"#;
    let data = "<datasets><data><f><same>Jo</same><empty>Hill School</empty><date>2016-02-01</date><other>Ann</other>\
        <alone>by itself</alone><tick>1</tick></f></data></datasets>";
    let fields = [
        field("f[0].same[0]", 700, "/FT /Tx /V (Jo)"),
        field("f[0].empty[0]", 680, "/FT /Tx"),
        field("f[0].date[0]", 660, "/FT /Tx /V (01/02/2016)"),
        field("f[0].other[0]", 640, "/FT /Tx /V (Anne)"),
        field("f[0].tick[0]", 620, "/FT /Btn /AS /Off /V /1"),
    ];
    let fields: Vec<&str> = fields.iter().map(String::as_str).collect();
    let bytes = form(&at(50, 705, "Name"), template, data, &fields);
    let reading = read(&mail("x", &[("form.pdf", "application/pdf", &bytes)]));
    let said = shape(&reading.documents[0]);
    for expected in [
        "Name {f[0].same[0]=Jo}",
        "{f[0].empty[0]=Hill School}",
        "{f[0].date[0]=01/02/2016}",
        "{f[0].other[0]=Anne}",
        "unplaced {f[0].other[0]=Ann}",
        "unplaced {f[0].alone[0]=by itself}",
        "{f[0].tick[0]=-}",
    ] {
        assert!(said.replace('\u{2003}', " ").contains(expected), "{expected} is not in\n{said}");
    }
    assert_eq!(said.matches("unplaced").count(), 2, "{said}");
}

#[test]
fn an_xfa_form_made_to_hurt_ends_at_a_limit() {
    let deep = format!("<template>{}</template>", "<subform name=\"a\">".repeat(190) + &"</subform>".repeat(190));
    let many = "<subform name=\"r\"><occur max=\"-1\"/><field name=\"x\"/></subform>";
    let wide = format!("<template><subform name=\"f\">{many}</subform></template>");
    let rows = format!("<datasets><data><f>{}</f></data></datasets>", "<r><x>1</x></r>".repeat(100_000));
    for (what, template, data) in [("deep", deep.as_str(), DATA), ("wide", &wide, &rows)] {
        let reading = read(&mail("x", &[("form.pdf", "application/pdf", &form(&at(50, 700, "words"), template, data, &[]))]));
        assert!(shape(&reading.documents[0]).starts_with("words"), "{what}");
        assert!(reading.documents[0].unplaced.len() <= 20_000, "{what}");
    }
}
