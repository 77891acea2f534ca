//! PDFs whose tables go on over the end of a page.

use focus_family::domain::nomination::{Vocabulary, interpret};

use super::made::{at, mail, pdf, read, shape, stream};

/// Left edges of the columns, and the right edge of the last.
const EDGES: [u32; 5] = [50, 180, 290, 400, 550];

/// A ruled table from `top` down, a row of 40 points each; lines of a cell parted by `/`.
fn table(top: u32, rows: &[&str]) -> String {
    let foot = top - 40 * u32::try_from(rows.len()).unwrap();
    let mut drawing = String::from("1 w\n");
    for index in 0..=u32::try_from(rows.len()).unwrap() {
        let y = top - 40 * index;
        drawing.push_str(&format!("{} {y} m {} {y} l S\n", EDGES[0], EDGES[4]));
    }
    for x in EDGES {
        drawing.push_str(&format!("{x} {foot} m {x} {top} l S\n"));
    }
    for (row, cells) in (0..).zip(rows) {
        for (column, cell) in cells.split('|').enumerate() {
            for (line, words) in (0..).zip(cell.split('/').filter(|words| !words.is_empty())) {
                drawing.push_str(&at(EDGES[column] + 4, top - 40 * row - 14 - 13 * line, words));
            }
        }
    }
    drawing
}

/// A PDF with a page for each drawing.
fn pages(drawings: &[String]) -> Vec<u8> {
    let kids: Vec<String> = (0..drawings.len()).map(|index| format!("{} 0 R", 4 + 2 * index)).collect();
    let mut objects = vec![
        b"<< /Type /Catalog /Pages 2 0 R >>".to_vec(),
        format!("<< /Type /Pages /Kids [{}] /Count {} >>", kids.join(" "), drawings.len()).into_bytes(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>".to_vec(),
    ];
    for (index, drawing) in drawings.iter().enumerate() {
        objects.push(
            format!(
                "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents {} 0 R /Resources << /Font << /F 3 0 R >> >> >>",
                5 + 2 * index
            )
            .into_bytes(),
        );
        objects.push(stream("", drawing.as_bytes()));
    }
    pdf(&objects, "")
}

const HEAD: &str = "Name|Date of birth|Relationship|School";

/// A form of two pages: rows below the head on the first, rows on the second.
fn form(first: &[&str], second: &[&str]) -> Vec<u8> {
    let opening = [at(50, 790, "Focus Family nomination form"), at(50, 740, "About you"), at(50, 725, "Name: Ann Bell")].concat()
        + &at(50, 710, "Role: Teacher")
        + &at(50, 695, "Organisation: Fell School")
        + &at(50, 400, "Family members");
    let rows: Vec<&str> = std::iter::once(HEAD).chain(first.iter().copied()).collect();
    let top = 100 + 40 * u32::try_from(rows.len()).unwrap();
    let foot = |number: u32| at(280, 30, &format!("Page {number} of 2"));
    pages(&[
        opening + &table(top, &rows) + &foot(1),
        at(50, 815, "Focus Family nomination form") + &table(780, second) + &at(50, 300, "Post code: CA28 7XX") + &foot(2),
    ])
}

fn people(bytes: &[u8]) -> Vec<String> {
    let reading = read(&mail("x", &[("form.pdf", "application/pdf", bytes)]));
    let words = Vocabulary::new(&crate::reading::programme().forms);
    let nomination = interpret(&reading, &words, jiff::civil::date(2026, 11, 9)).nomination.unwrap();
    nomination.members.iter().map(crate::reading::member_line).collect()
}

#[test]
fn a_table_over_two_pages_is_one_with_its_head_once_and_its_broken_row_whole() {
    let whole = ["Dawn Holme|03/02/1985|Mother|", "Ruby Holme|01/05/2012|Daughter|Fell Community/School"];
    let more = ["Max Holme|01/05/2015|Son|Fell Infants", "Joe Holme|02/07/2017|Son|"];
    let wanted = ["Dawn|Holme|1985-02-03", "Ruby|Holme|2012-05-01", "Max|Holme|2015-05-01", "Joe|Holme|2017-07-02"];
    let school = "|Fell Community School|";
    for (says, bytes) in [
        ("no head again", form(&whole, &more)),
        ("the head again", form(&whole, &[HEAD, more[0], more[1]])),
        (
            "a row broken by the page",
            form(&[whole[0], "Ruby Holme|01/05/2012|Daughter|Fell Community"], &["|||School", more[0], more[1]]),
        ),
        (
            "a row broken below the head again",
            form(&[whole[0], "Ruby Holme|01/05/2012|Daughter|Fell Community"], &[HEAD, "|||School", more[0], more[1]]),
        ),
    ] {
        let read = people(&bytes);
        assert_eq!(read.len(), wanted.len(), "{says}: {read:?}");
        for (line, wanted) in read.iter().zip(wanted) {
            assert!(line.starts_with(wanted), "{says}: {read:?}");
        }
        assert!(read[1].contains(school), "{says}: {read:?}");
        let shown = shape(&read_one(&bytes));
        assert_eq!(shown.matches("0:Name").count(), 1, "{says}: {shown}");
    }
}

fn read_one(bytes: &[u8]) -> focus_family::domain::document::Document {
    read(&mail("x", &[("form.pdf", "application/pdf", bytes)])).documents.remove(0)
}

#[test]
fn a_table_that_only_looks_alike_stays_one_of_its_own() {
    // It does not begin where a page begins; the one before does not end where a page ends; words stand between.
    let rows = ["Dawn Holme|03/02/1985|Mother|", "Max Holme|01/05/2015|Son|Fell School"];
    let low = table(220, &[HEAD, rows[0]]);
    for (says, first, second) in [
        ("begins low", low.clone(), table(300, &["|||Yes", rows[1]])),
        ("ended high", table(780, &[HEAD, rows[0]]), table(780, &["|||Yes", rows[1]])),
        ("words between", low + &at(50, 100, "Criteria met by the family"), table(780, &["|||Yes", rows[1]])),
    ] {
        let shown = shape(&read_one(&pages(&[first, second])));
        assert!(shown.contains("|0:|1:|2:|3:Yes|"), "{says}: {shown}");
    }
}
