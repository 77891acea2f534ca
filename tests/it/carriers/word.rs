//! Word files, feature by feature.

use focus_family::domain::document::Problem;

use super::made::{mail, read, shape, word, zipped};

fn check(body: &str, expected: &str) {
    let reading = read(&mail("x", &[("form.docx", "application/octet-stream", &word(body))]));
    assert_eq!(shape(&reading.documents[0]), expected, "{body}");
}

#[test]
fn runs_keep_their_style_and_what_was_taken_out_is_gone() {
    check(
        "<w:p><w:r><w:t>Yes </w:t></w:r><w:r><w:rPr><w:strike/></w:rPr><w:t>No</w:t></w:r><w:r><w:rPr><w:vanish/></w:rPr><w:t>hidden</w:t></w:r>\
         <w:del><w:r><w:delText>gone</w:delText></w:r></w:del><w:ins><w:r><w:t> added &amp; kept</w:t></w:r></w:ins></w:p>",
        "Yes ~No~ added & kept",
    );
    check(
        "<w:p><w:r><w:rPr><w:b w:val=\"0\"/></w:rPr><w:t>a</w:t><w:br/><w:t>b</w:t></w:r><w:r><w:sym w:font=\"Wingdings\" w:char=\"F0FE\"/>\
         <w:sym w:font=\"Wingdings\" w:char=\"F0A8\"/></w:r></w:p>",
        "a\nb<+><->",
    );
}

#[test]
fn content_controls_hold_what_was_filled_in_and_placeholders_are_empty() {
    let control = |properties: &str, text: &str| {
        format!(
            "<w:p><w:sdt><w:sdtPr>{properties}</w:sdtPr><w:sdtContent><w:r><w:t>{text}</w:t></w:r></w:sdtContent></w:sdt></w:p>"
        )
    };
    for (properties, text, expected) in [
        ("<w:tag w:val=\"dob\"/><w:date/>", "1 May 2016", "{dob=1 May 2016}"),
        ("<w:tag w:val=\"a\"/><w:showingPlcHdr/>", "Write here", "{a=}"),
        ("<w:tag w:val=\"a\"/>", "Click or tap here to enter text.", "{a=}"),
        ("<w:tag w:val=\"d\"/><w:dropDownList/>", "Mother", "{d=[Mother]}"),
        ("<w:tag w:val=\"d\"/><w:dropDownList/>", "Choose an item.", "{d=}"),
        ("<w14:checkbox><w14:checked w14:val=\"1\"/></w14:checkbox>", "☒", "{=+}"),
        ("<w14:checkbox><w14:checked w14:val=\"0\"/></w14:checkbox>", "☐", "{=-}"),
    ] {
        check(&control(properties, text), expected);
    }
}

#[test]
fn legacy_fields_are_controls_too() {
    let field = |data: &str, result: &str| {
        format!(
            "<w:p><w:r><w:fldChar w:fldCharType=\"begin\"><w:ffData><w:name w:val=\"n\"/>{data}</w:ffData></w:fldChar></w:r>\
             <w:r><w:instrText> FORMTEXT </w:instrText></w:r><w:r><w:fldChar w:fldCharType=\"separate\"/></w:r>\
             <w:r><w:t>{result}</w:t></w:r><w:r><w:fldChar w:fldCharType=\"end\"/></w:r></w:p>"
        )
    };
    for (data, result, expected) in [
        ("<w:textInput/>", "Jo", "{n=Jo}"),
        ("<w:textInput/>", "\u{2002}\u{2002}\u{2002}\u{2002}\u{2002}", "{n=}"),
        ("<w:checkBox><w:default w:val=\"0\"/><w:checked/></w:checkBox>", "", "{n=+}"),
        ("<w:checkBox><w:default w:val=\"1\"/></w:checkBox>", "", "{n=+}"),
        ("<w:checkBox><w:default w:val=\"0\"/></w:checkBox>", "", "{n=-}"),
        (
            "<w:ddList><w:result w:val=\"1\"/><w:listEntry w:val=\"Select\"/><w:listEntry w:val=\"Son\"/></w:ddList>",
            "",
            "{n=[Son]}",
        ),
        ("<w:ddList><w:listEntry w:val=\"Select\"/></w:ddList>", "", "{n=}"),
    ] {
        check(&field(data, result), expected);
    }
}

#[test]
fn tables_keep_their_columns_under_every_kind_of_span() {
    let cell = |properties: &str, text: &str| {
        format!("<w:tc><w:tcPr>{properties}</w:tcPr><w:p><w:r><w:t>{text}</w:t></w:r></w:p></w:tc>")
    };
    let rows = [
        [cell("<w:gridSpan w:val=\"2\"/>", "head"), cell("", "c")].concat(),
        [cell("<w:vMerge w:val=\"restart\"/>", "tall"), cell("", "b"), cell("", "c")].concat(),
        [cell("<w:vMerge/>", ""), cell("", "d"), cell("", "e")].concat(),
    ];
    let table: String = rows.iter().map(|row| format!("<w:tr>{row}</w:tr>")).collect();
    check(&format!("<w:tbl>{table}</w:tbl>"), "|0(2x1):head|2:c|\n|0(1x2):tall|1:b|2:c|\n|1:d|2:e|");
    check(&format!("<w:tbl><w:tr>{}</w:tr><w:tr>{}</w:tr></w:tbl>", cell("", "one"), cell("", "two")), "one\ntwo");
    let wrapped = format!(
        "<w:tbl><w:tr>{}<w:sdt><w:sdtPr><w:tag w:val=\"t\"/></w:sdtPr><w:sdtContent>{}</w:sdtContent></w:sdt></w:tr></w:tbl>",
        cell("", "Name"),
        cell("", "Jo")
    );
    check(&wrapped, "|0:Name|1:{t=Jo}|");
}

#[test]
fn text_boxes_are_read_once() {
    let content = "<w:txbxContent><w:p><w:r><w:t>boxed</w:t></w:r></w:p></w:txbxContent>";
    check(
        &format!(
            "<w:p><w:r><w:t>before</w:t><mc:AlternateContent><mc:Choice><w:drawing>{content}</w:drawing></mc:Choice><mc:Fallback><w:pict>{content}</w:pict></mc:Fallback></mc:AlternateContent></w:r></w:p>"
        ),
        "before\nboxed",
    );
}

#[test]
fn word_files_made_to_hurt_are_refused() {
    let problem_of =
        |bytes: &[u8]| read(&mail("body stays", &[("form.docx", "application/octet-stream", bytes)])).documents[0].problem;
    let inside = |xml: &[u8]| zipped(&[("[Content_Types].xml", b"<Types/>"), ("word/document.xml", xml)]);
    assert_eq!(problem_of(&inside(&vec![b' '; 60 << 20])), Some(Problem::TooLarge), "sixty megabytes of blanks");
    let laughs =
        b"<!DOCTYPE d [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;&a;\">]><w:document xmlns:w=\"w\"><w:body>&b;</w:body></w:document>";
    assert_eq!(problem_of(&inside(laughs)), Some(Problem::Unsupported), "a document type definition");
    let deep = "<w:p>".repeat(5_000);
    assert_eq!(problem_of(&inside(deep.as_bytes())), Some(Problem::TooDeep), "five thousand levels");
    let wide: String = (0..800_000).map(|index| format!(" a{index}=\"\"")).collect();
    assert_eq!(problem_of(&inside(format!("<w:p{wide}/>").as_bytes())), Some(Problem::TooLarge), "attributes");
    assert_eq!(problem_of(&inside(b"<w:document><w:body>")), Some(Problem::Damaged), "cut off");
    let many: Vec<String> = (0..1_500).map(|index| format!("word/{index}")).collect();
    let entries: Vec<(&str, &[u8])> = many.iter().map(|name| (name.as_str(), &b"x"[..])).collect();
    assert_eq!(problem_of(&zipped(&entries)), Some(Problem::TooLarge), "entries");
}

#[test]
fn a_part_in_another_format_notes_and_comments_are_read() {
    let body = "<w:document xmlns:w=\"w\" xmlns:r=\"r\"><w:body><w:p><w:r><w:t>first</w:t></w:r></w:p><w:altChunk r:id=\"rId1\"/>\
        <w:altChunk r:id=\"rId9\"/></w:body></w:document>";
    let relations =
        "<Relationships><Relationship Id=\"rId1\" Type=\"http://example.org/aFChunk\" Target=\"part.html\"/></Relationships>";
    let notes = "<w:footnotes xmlns:w=\"w\"><w:footnote w:type=\"separator\"><w:p><w:r><w:separator/></w:r></w:p></w:footnote>\
        <w:footnote><w:p><w:r><w:t>a note</w:t></w:r></w:p></w:footnote></w:footnotes>";
    let comments = "<w:comments xmlns:w=\"w\"><w:comment><w:p><w:r><w:t>a comment</w:t></w:r></w:p></w:comment></w:comments>";
    let file = zipped(&[
        ("[Content_Types].xml", b"<Types/>"),
        ("word/document.xml", body.as_bytes()),
        ("word/_rels/document.xml.rels", relations.as_bytes()),
        ("word/part.html", b"<html><p>Name: <b>Jo</b></p></html>"),
        ("word/footnotes.xml", notes.as_bytes()),
        ("word/comments.xml", comments.as_bytes()),
        ("word/header1.xml", b"<w:hdr xmlns:w=\"w\"><w:p><w:r><w:t>Confidential</w:t></w:r></w:p></w:hdr>"),
    ]);
    let reading = read(&mail("x", &[("form.docx", "application/octet-stream", &file)]));
    let document = &reading.documents[0];
    assert_eq!(shape(document), "first\nName: *Jo*\nConfidential\na note\na comment");
    assert_eq!(document.notes, ["has a part in another format, not read"], "the second part is not there");
}

#[test]
fn what_was_added_moved_and_taken_out_counts_as_the_last_person_left_it() {
    check(
        "<w:p><w:moveFrom><w:r><w:t>moved away</w:t></w:r></w:moveFrom><w:ins><w:r><w:t>added</w:t></w:r></w:ins></w:p>\
         <w:moveTo><w:p><w:r><w:t>moved here</w:t></w:r></w:p></w:moveTo>\
         <w:tbl><w:tr><w:tc><w:p><w:r><w:t>a</w:t></w:r></w:p></w:tc><w:tc><w:p><w:r><w:t>b</w:t></w:r></w:p></w:tc></w:tr>\
         <w:tr><w:trPr><w:del/></w:trPr><w:tc><w:p><w:r><w:t>gone</w:t></w:r></w:p></w:tc><w:tc/></w:tr></w:tbl>",
        "added\nmoved here\n|0:a|1:b|",
    );
    let boxed = "<w:txbxContent><w:p><w:r><w:t>boxed</w:t></w:r></w:p></w:txbxContent>";
    check(
        &format!(
            "<w:p><w:r><w:drawing><g><mc:AlternateContent><mc:Choice>{boxed}</mc:Choice><mc:Fallback>{boxed}</mc:Fallback>\
             </mc:AlternateContent></g></w:drawing></w:r></w:p>"
        ),
        "boxed",
    );
}
