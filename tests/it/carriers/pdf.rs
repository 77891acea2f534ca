//! PDFs, with and without fields.

use focus_family::domain::document::{Method, Problem};

use super::made::{at, mail, page, pdf, read, shape, stream};

fn check(bytes: &[u8], expected: &str) {
    let reading = read(&mail("x", &[("form.pdf", "application/pdf", bytes)]));
    assert_eq!(shape(&reading.documents[0]), expected);
}

#[test]
fn fields_stand_among_the_words_beside_them() {
    let drawing = [at(50, 700, "Post code"), at(300, 700, "Agency"), at(50, 650, "Crime"), at(50, 600, "Last line")].concat();
    check(
        &page(
            &drawing,
            &[
                "<< /Subtype /Widget /FT /Tx /T (agency) /TU (Agency name) /V (Fell\\351) /Rect [340 695 500 712] >>",
                "<< /Subtype /Widget /FT /Tx /T (postcode) /V (CA1 2PG) /Rect [100 695 200 712] >>",
                "<< /Subtype /Widget /FT /Btn /T (crime) /V /Off /AS /Yes /Rect [90 648 100 658] /AP << /N << /Yes 4 0 R >> >> >>",
            ],
        ),
        "Post code {postcode=CA1 2PG}Agency {agency=Fellé}\nCrime {crime=+}\nLast line",
    );
}

#[test]
fn every_kind_of_field_gives_what_its_sender_saw() {
    let widget = |rest: &str, y: u32| format!("<< /Subtype /Widget /Rect [90 {y} 200 {}] {rest} >>", y + 12);
    let fields = [
        widget("/FT /Ch /T (child) /Opt [[(1) (Mother)] [(2) (Father)]] /V (2)", 700),
        widget("/FT /Tx /T (empty) /V ()", 680),
        widget("/FT /Sig /T (signed) /V << /Contents (x) >>", 660),
        widget("/FT /Sig /T (unsigned)", 640),
        widget("/FT /Btn /Ff 65536 /T (push)", 620),
        widget("/FT /Tx /T (hidden) /F 2 /V (secret)", 600),
        widget("/FT /Btn /Ff 32768 /T (consent) /V /Yes /AS /Yes /AP << /N << /Yes 4 0 R /Off 4 0 R >> >>", 580),
        widget("/FT /Btn /Ff 32768 /T (refused) /V /Yes /AS /Off /AP << /N << /No 4 0 R >> >>", 560),
        "<< /FT /Tx /T (nowhere) /V (kept) >>".to_owned(),
    ];
    let fields: Vec<&str> = fields.iter().map(String::as_str).collect();
    check(
        &page("", &fields),
        "{child=[Father]}\n{empty=}\n{signed=signed}\n{unsigned=}\n{consent=[Yes]}\n{refused=-}\nunplaced {hidden=secret}\nunplaced {nowhere=kept}",
    );
}

#[test]
fn names_are_joined_by_dots_and_kids_inherit() {
    let bytes = page(
        "",
        &[
            "<< /T (family) /Kids [7 0 R] /FT /Tx >>",
            "<< /Subtype /Widget /Parent 6 0 R /T (surname) /V (Wren) /Rect [90 700 200 712] >>",
        ],
    );
    check(&bytes, "{family.surname=Wren}");
}

#[test]
fn ruled_tables_have_their_rows_columns_and_spans() {
    let mut drawing = String::from("1 w\n");
    for y in [700, 680, 660] {
        drawing.push_str(&format!("50 {y} m 350 {y} l S\n"));
    }
    drawing.push_str("50 660 m 50 700 l S 350 660 m 350 700 l S 150 660 m 150 700 l S 250 660 m 250 680 l S\n");
    drawing += &[
        at(55, 686, "Name"),
        at(155, 686, "Wide"),
        at(55, 666, "Jo"),
        at(155, 666, "Son"),
        at(255, 666, "Yes"),
        at(50, 740, "Above"),
        at(50, 600, "Below"),
    ]
    .concat();
    check(&page(&drawing, &[]), "Above\n|0:Name|1(2x1):Wide|\n|0:Jo|1:Son|2:Yes|\nBelow");
    let reading = read(&mail("x", &[("t.pdf", "application/pdf", &page(&drawing, &[]))]));
    assert_eq!(reading.documents[0].read_by, Method::Table);
}

#[test]
fn a_label_of_two_lines_is_one_label() {
    let label = [at(50, 706, "Home address"), at(50, 695, "with postcode"), at(50, 600, "End")].concat();
    for y in [692, 695, 698] {
        let field = format!("<< /Subtype /Widget /FT /Tx /T (a) /V (here) /Rect [130 {y} 250 {}] >>", y + 16);
        let reading = read(&mail("x", &[("f.pdf", "application/pdf", &page(&label, &[&field]))]));
        assert!(
            shape(&reading.documents[0]).starts_with("Home address with postcode {a=here}"),
            "{y}: {}",
            shape(&reading.documents[0])
        );
    }
}

#[test]
fn words_and_fields_under_a_heading_row_are_a_table_without_any_lines() {
    let mut drawing = [at(50, 700, "Name"), at(200, 700, "Relationship"), at(350, 700, "Date of birth")].concat();
    drawing += &[at(50, 685, "Jo Wren"), at(200, 685, "Son"), at(350, 685, "1 May 2016")].concat();
    drawing += &[at(50, 670, "Ann Wren"), at(350, 670, "2 May 1990"), at(350, 660, "or 1991"), at(50, 600, "Thank you")].concat();
    check(
        &page(&drawing, &[]),
        "|0:Name|1:Relationship|2:Date of birth|\n|0:Jo Wren|1:Son|2:1 May 2016|\n|0:Ann Wren|1:|2:2 May 1990/or 1991|\nThank you",
    );
    let heading = [at(50, 700, "Name"), at(200, 700, "Crime"), at(350, 700, "Health")].concat();
    let fields = [
        "<< /Subtype /Widget /FT /Tx /T (n) /V (Jo) /Rect [50 680 150 692] >>",
        "<< /Subtype /Widget /FT /Btn /T (c) /AS /Yes /Rect [205 680 215 690] >>",
        "<< /Subtype /Widget /FT /Btn /T (h) /AS /Off /Rect [355 680 365 690] >>",
    ];
    check(&page(&heading, &fields), "|0:Name|1:Crime|2:Health|\n|0:{n=Jo}|1:{c=+}|2:{h=-}|");
}

#[test]
fn boxes_drawn_by_hand_are_ticks() {
    let drawing = [
        "50 700 10 10 re S 52 702 m 58 708 l S 52 708 m 58 702 l S\n".to_owned(),
        at(65, 701, "Crime"),
        "50 680 10 10 re S\n".to_owned(),
        at(65, 681, "Health"),
    ]
    .concat();
    check(&page(&drawing, &[]), "<+>Crime\n<->Health");
}

#[test]
fn white_words_on_white_are_not_there_and_white_words_on_a_bar_are() {
    let drawing =
        ["1 g\n".to_owned(), at(50, 700, "secret"), "0 g 40 640 300 20 re f 1 g\n".to_owned(), at(50, 645, "Heading")].concat();
    check(&page(&drawing, &[]), "Heading");
}

#[test]
fn a_locked_broken_or_pictured_file_says_so() {
    let problem = |bytes: &[u8]| read(&mail("x", &[("f.pdf", "application/pdf", bytes)])).documents[0].problem;
    let picture = [
        b"<< /Type /Catalog /Pages 2 0 R >>".to_vec(),
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_vec(),
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents 4 0 R /Resources << /XObject << /I 5 0 R >> >> >>"
            .to_vec(),
        stream("", b"q 600 0 0 800 0 0 cm /I Do Q"),
        stream(
            "/Type /XObject /Subtype /Image /Width 2 /Height 2 /BitsPerComponent 8 /ColorSpace /DeviceGray",
            b"\0\x40\x80\xff",
        ),
    ];
    assert_eq!(problem(&pdf(&picture, "")), Some(Problem::NeedsOcr));
    let lock = "/Encrypt << /Filter /Standard /V 1 /R 2 /P -4 /O <0101010101010101010101010101010101010101010101010101010101010101> \
                /U <0202020202020202020202020202020202020202020202020202020202020202> >> /ID [(a) (a)]";
    assert_eq!(problem(&pdf(&picture, lock)), Some(Problem::Encrypted));
    assert_eq!(problem(b"%PDF-1.4\nnothing of the kind"), Some(Problem::Damaged));
    let mut cut = page(&at(50, 700, "Hello"), &[]);
    cut.truncate(cut.len() / 2);
    assert!(matches!(problem(&cut), None | Some(Problem::Damaged | Problem::Empty)));
}
