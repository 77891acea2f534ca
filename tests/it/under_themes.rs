//! What stands under or beside a theme's own words: sentences, answers at the end of dots, a line of boxes for each person.

use focus_family::domain::nomination::{DocumentKind, Intake, MailKind};

use super::carriers::made;
use super::grids::{table, themes_of};
use super::reading::{understood, understood_mail};
use super::support::daemon::mail_with;

const FAMILY: &str = "<h1>Focus Family nomination form</h1><p>Name of referrer: Ian Penny</p><p>Organisation: Fellside School</p>\
    <h2>The family</h2><table><tr><th>Name</th><th>Date of birth</th><th>Relationship</th></tr>\
    <tr><td>Ada Bell</td><td>3/4/1985</td><td>Mother</td></tr><tr><td>Sam Bell</td><td>3/5/1983</td><td>Father</td></tr>\
    <tr><td>Tom Bell</td><td>5/6/2012</td><td>Son</td></tr><tr><td>Joe Bell</td><td>5/6/2015</td><td>Son</td></tr></table>";

fn read(text: &str) -> Intake {
    understood("Focus Family nomination", "html", &format!("<html><body>{FAMILY}{text}</body></html>"))
}

#[test]
fn what_is_said_of_somebody_under_a_theme_is_a_finding_unless_all_is_well() {
    let cases: Vec<(&str, String, Vec<&str>)> = vec![
        (
            "sentences in a table of evidence",
            table(&[
                &["Area", "Evidence"],
                &["Offending", "Not a concern"],
                &["Learning", "Tom is on a part-time timetable and attends 40% of the week"],
                &["Employment and money", "Ada was made redundant in March and has £6,000 of loans she cannot pay"],
                &["Health and wellbeing", "Sam: heart failure, tires very quickly"],
            ]),
            vec!["Ada: work_finance", "Sam: health", "Tom: education"],
        ),
        (
            "titles on the line of what they head",
            "<p><b>Health.</b> Ada has bipolar disorder and was an in-patient in July.</p>\
             <p><b>Work and money.</b> Sam has been unemployed since the quarry closed. Ada is on leave on full pay, so money is not a \
             worry.</p><p><b>Education.</b> Tom has missed 31% of this school year. His brother Joe has missed one day.</p>\
             <p><b>Crime and anti-social behaviour.</b> None.</p><p><b>Domestic abuse.</b> None disclosed when asked alone.</p>"
                .to_owned(),
            vec!["Ada: health", "Sam: work_finance", "Tom: education"],
        ),
        (
            "words nobody listed, below the heading of a theme",
            "<h2>Work and money</h2><p>Ada gets by on what her sister lends her.</p>\
             <h2>Health</h2><p>Tom is well and enjoys his football.</p><h2>Education</h2><p>Joe has 97% attendance.</p>\
             <h2>Domestic abuse</h2><p>Sam has never raised his voice at home.</p>"
                .to_owned(),
            vec!["Ada: work_finance"],
        ),
        (
            "answers at the end of dots",
            "<h2>What applies, and to whom</h2><p>Crime or anti-social behaviour ................. No</p>\
             <p>School attendance ........................ Yes - Tom (63%)</p><p>Unemployment or debt ……… Yes - Ada (let go in April)</p>\
             <p>Child in need of help .................... Yes - Joe (young carer)</p><p>Domestic abuse .................... No</p>\
             <p>Health, drugs, alcohol .................. Yes - Ada (lupus), Tom (self-harm)</p>"
                .to_owned(),
            vec!["Ada: work_finance, health", "Tom: education, health", "Joe: child_help"],
        ),
        (
            "boxes for everything in the row of each person",
            "<table><tr><th>Name</th><th>Born</th><th>Relationship</th><th>Tick all that apply</th></tr>\
             <tr><td>Ada Bell</td><td>3/4/1985</td><td>Mother</td><td>☐ ASB/crime ☐<br>attendance ☐<br>work/money ☑<br>health</td></tr>\
             <tr><td>Tom Bell</td><td>5/6/2012</td><td>Son</td><td>☐ ASB/crime ☑<br>attendance ☐<br>work/money ☐<br>health</td></tr>\
             <tr><td>Joe Bell</td><td>5/6/2015</td><td>Son</td><td>☐ ASB/crime ☐<br>attendance ☐<br>work/money ☐<br>health</td></tr></table>"
                .to_owned(),
            vec!["Ada: health", "Tom: education"],
        ),
        (
            "a question that only uses a short word of a theme, and the name of who sends the form",
            "<h2>Adult Mental Health: Focus Family nomination</h2>\
             <p>If anyone lives elsewhere, are they to be part of the work with the family?</p>\
             <p>Yes. Sam has the boys from Friday to Monday.</p>"
                .to_owned(),
            vec![],
        ),
    ];
    let wrong: Vec<String> = cases
        .into_iter()
        .filter_map(|(title, text, wanted)| {
            let found = themes_of(&read(&text));
            (found != wanted).then(|| format!("{title}: {found:?}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_line_of_boxes_for_each_person_stands_under_the_themes_above_it() {
    let mut drawing = String::new();
    for (row, line) in
        ["Focus Family nomination", "Your name: Ian Penny", "Organisation: Fellside School"].into_iter().enumerate()
    {
        drawing.push_str(&made::at(40, 760 - 15 * u32::try_from(row).unwrap(), line));
    }
    let people = [["First name", "Surname", "Date of birth"], ["Ada", "Bell", "3/4/1985"], ["Tom", "Bell", "5/6/2012"]];
    for (row, cells) in people.iter().enumerate() {
        for (column, cell) in cells.iter().enumerate() {
            let (x, y) = (40 + 150 * u32::try_from(column).unwrap(), 690 - 15 * u32::try_from(row).unwrap());
            drawing.push_str(&made::at(x, y, cell));
        }
    }
    drawing.push_str(&made::at(40, 630, "Which criteria does each person meet? (same order as above)"));
    let heads = ["Crime/ASB", "Education", "Work/money", "Child help", "Dom. abuse", "Health"];
    for (column, head) in heads.iter().enumerate() {
        drawing.push_str(&made::at(110 + 75 * u32::try_from(column).unwrap(), 610, head));
    }
    let mut fields = Vec::new();
    for (row, marks) in ["001001", "010000", "000000"].iter().enumerate() {
        let y = 590 - 20 * u32::try_from(row).unwrap();
        drawing.push_str(&made::at(40, y, &format!("Person {}", row + 1)));
        for (column, mark) in marks.chars().enumerate() {
            let (x, state) = (125 + 75 * u32::try_from(column).unwrap(), if mark == '1' { "Yes" } else { "Off" });
            fields.push(format!(
                "<< /Type /Annot /Subtype /Widget /FT /Btn /T (Check Box{row}{column}) /V /{state} /AS /{state} /Rect [{x} {y} {} {}] /F 4 >>",
                x + 11,
                y + 11
            ));
        }
    }
    let fields: Vec<&str> = fields.iter().map(String::as_str).collect();
    let mail = mail_with(1, &[("nomination.pdf", "application/pdf", &made::page(&drawing, &fields))]);
    assert_eq!(themes_of(&understood_mail(&mail)), ["Ada: work_finance, health", "Tom: education"]);
}

#[test]
fn a_family_that_tells_everybodys_birthday_asks_for_more_than_advice() {
    let letter = "Hello\n\nThe lady at the library told me a family can ask by itself, so here goes.\n\n\
        I'm Dan Oakley (born 21/8/83) and I live at 38 Smithy Fold, Dalton-in-Furness, LA15 8TQ with my wife Carrie Oakley, born 3 Feb \
        1986, and our two lads. Jude Oakley was born on 12 January 2013; Rob Oakley was born on 1st April 2018.\n\n\
        I lost my job in March. Could you tell me what happens next?\n\nYou can ring me on 07700 900324.\n\nDan Oakley\n";
    let intake = understood("asking for help", "plain", letter);
    assert_eq!(intake.kind, MailKind::Nomination);
    assert_eq!(intake.nomination.map(|nomination| nomination.members.len()), Some(4));
    let question =
        understood("asking for help", "plain", "Hello\n\nCould you tell me how a family can ask by itself?\n\nDan Oakley\n");
    assert_eq!(question.kind, MailKind::AdviceRequest);
}

#[test]
fn a_letter_that_nominates_is_read_though_it_comes_as_a_file_and_minutes_with_people_are_none() {
    let drawn = |lines: &[&str]| {
        let line = |(row, line): (usize, &&str)| made::at(40, 780 - 15 * u32::try_from(row).unwrap(), line);
        made::page(&lines.iter().enumerate().map(line).collect::<String>(), &[])
    };
    let kind = |lines: &[&str]| {
        let intake = understood_mail(&mail_with(1, &[("L0093.pdf", "application/pdf", &drawn(lines))]));
        intake.documents.first().map(|file| file.kind)
    };
    let letter = [
        "Kentmere Hospitals NHS Trust",
        "Re: the Bell family, 7 Mill Lane, Cleator Moor, CA25 5QN",
        "I would be grateful if you would accept this letter as a nomination.",
        "The household is Mrs Ada Bell (born 3 June 1982), mother, and Tom Bell, son (born 5 January 2012).",
        "Mrs Bell agrees to this nomination.",
        "Yours sincerely",
        "Dr Ina Farrow",
    ];
    assert_eq!(kind(&letter), Some(DocumentKind::NominationForm));
    let minutes = [
        "Focus Family",
        "Minutes of the Team Around the Family meeting for the Bell family, 7 Mill Lane, Cleator Moor, CA25 5QN",
        "Present: Mrs Ada Bell (born 3 June 1982), mother, and Tom Bell, son (born 5 January 2012).",
        "Tom has been in school every day since the nomination.",
    ];
    assert_eq!(kind(&minutes), Some(DocumentKind::Other));
}
