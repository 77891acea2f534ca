//! Forms as drawn pages lay them out: the question in small print over its answer in one cell, cards side by side, people who are
//! called by a code, one column a person.

use focus_family::domain::nomination::Intake;

use super::grids::table;
use super::reading::{member_line, understood};

/// Who nominates, so that it is a nomination.
const HEAD: &str = "<h1>Focus Family nomination form</h1><p>Name of referrer: Ian Penny</p><p>Organisation: Fellside School</p>\
                    <h2>The family</h2>";

fn read(text: &str) -> Intake {
    understood("Focus Family nomination", "html", &format!("<html><body>{HEAD}{text}</body></html>"))
}

/// `given|family|born|themes` of each member.
fn members(intake: &Intake) -> Vec<String> {
    let of = |line: String| {
        let parts: Vec<&str> = line.split('|').collect();
        [parts[0], parts[1], parts[2], &parts[8].replace(" ticked", "").replace(" stated", "")].join("|")
    };
    let nomination = intake.nomination.iter().flat_map(|nomination| &nomination.members);
    nomination.map(|member| of(member_line(member))).collect()
}

const CODED: &[&[&str]] = &[
    &["Ref", "Name", "Date of birth", "Relationship"],
    &["A1", "Ada Bell", "3/4/1985", "Mother"],
    &["A2", "Sam Bell", "5/6/1983", "Father"],
    &["C1", "Tom Bell", "5/6/2012", "Son"],
];

#[test]
fn people_are_found_however_the_page_lays_them_out() {
    let wrong: Vec<String> = [
        (
            "label over value in one cell",
            format!(
                "<h3>Adult 1</h3>{}<h3>Child 1</h3>{}",
                table(&[&["Full name<br>Ada Bell", "Date of birth<br>3/4/1985", "Relationship to the children<br>Mother"]]),
                table(&[&["Full name<br>Tom Bell", "Date of birth<br>5/6/2012", "Boy or girl<br>Boy"]]),
            ),
            vec!["Ada|Bell|1985-04-03|", "Tom|Bell|2012-06-05|"],
        ),
        (
            "one column for each person, themes below",
            table(&[
                &["", "Parent 1", "Child A"],
                &["First name(s)", "Ada", "Tom"],
                &["Surname", "Bell", "Bell"],
                &["Date of birth", "3/4/1985", "5/6/2012"],
                &["Relationship", "Mother", "Son"],
                &["Crime / ASB", "No", "No"],
                &["Missing school", "n/a", "Yes"],
                &["Out of work / debt", "Yes", "n/a"],
                &["Domestic abuse", "No", "No"],
                &["Health", "Yes", "Yes"],
            ]),
            vec!["Ada|Bell|1985-04-03|work_finance, health", "Tom|Bell|2012-06-05|education, health"],
        ),
        (
            "a column for each of many, numbered, names in two rows",
            table(&[
                &["", "Adult 1", "Adult 2", "Child 1", "Child 2", "Child 3"],
                &["Forename", "Ada", "Sam", "Tom", "Isla", "Finn"],
                &["Surname", "Bell", "Tyson", "Bell", "Bell-Tyson", "Bell-Tyson"],
                &["Date of birth", "3-4-85", "5-6-83", "5-6-12", "2-2-19", "28-11-21"],
                &["Relationship", "Mum", "Stepdad", "Son", "Daughter", "Son"],
                &["School", "", "", "Hill Academy", "Dale Primary", "Dale Nursery"],
                &["Crime / ASB", "", "Y", "N", "N", "N"],
                &["Domestic abuse", "N", "N", "N", "N", "N"],
                &["Health, drink, drugs", "Y", "N", "N", "N", "N"],
            ]),
            vec![
                "Ada|Bell|1985-04-03|health",
                "Sam|Tyson|1983-06-05|crime_asb",
                "Tom|Bell|2012-06-05|",
                "Isla|Bell-Tyson|2019-02-02|",
                "Finn|Bell-Tyson|2021-11-28|",
            ],
        ),
        (
            "people in one cell, each after initials, and criteria answered with them",
            table(&[&[
                "Who lives there",
                "AB: Ada Bell, dob 3 Apr 1985, mother<br>SB: Sam Bell, dob 5 Jun 1983, father<br>TB: Tom Bell, dob 5 Jun 2012, son, Hill School",
            ]]) + "<h3>Criteria (initials of everyone it applies to)</h3>"
                + &table(&[&["Crime / anti-social behaviour", "TB"], &["Education", "none"], &["Health", "AB, SB"]]),
            vec!["Ada|Bell|1985-04-03|health", "Sam|Bell|1983-06-05|health", "Tom|Bell|2012-06-05|crime_asb"],
        ),
        (
            "the father of a child not born yet has a birthday of his own, and a column of plans",
            table(&[
                &["Full name", "DOB or due date", "Relationship", "Plan", "Criteria met (write in)"],
                &["Ada Bell", "03/04/1985", "Mother", "", "mental health"],
                &["Sam Bell", "05/06/1983", "Father of the unborn baby", "", "Crime; drugs"],
                &["Tom Bell", "05/06/2012", "Son", "Child protection", ""],
            ]),
            vec!["Ada|Bell|1985-04-03|health", "Sam|Bell|1983-06-05|crime_asb, health", "Tom|Bell|2012-06-05|child_help"],
        ),
        (
            "lines that begin with the name of somebody and a dash, and schools under a head that names a theme",
            table(&[
                &["Who", "Date of birth", "Where they are in education"],
                &["Ada Bell (mother)", "3 April 1985", "-"],
                &["Tom Bell (son)", "5 June 2012", "Hill College, Year 9"],
            ]) + "<p>Ada – had a stroke two years ago and has not worked since.</p><p>Tom – no concerns.</p>",
            vec!["Ada|Bell|1985-04-03|health, work_finance", "Tom|Bell|2012-06-05|"],
        ),
        (
            "who and what, asked on the line below a question that is answered on its own",
            table(&[&["Name", "Date of birth", "Relationship"], &["Ada Bell", "3/4/1985", "Mother"], &["Tom Bell", "5/6/2012", "Son"]])
                + "<p>1. Is anyone in the household involved in crime or ASB? Yes</p><p>Who and what: Tom – caution in May</p>\
                   <p>2. Is any child in need of help or on a plan? No</p><p>Who and what: Not open to social care</p>\
                   <p>3. Is the family affected by domestic abuse? Yes</p>\
                   <p>Who and what: Ada (victim, 5/11/26). Tom (present both times)</p>",
            vec!["Ada|Bell|1985-04-03|domestic_abuse", "Tom|Bell|2012-06-05|crime_asb, domestic_abuse"],
        ),
        (
            "what is beside a question that was answered No for everybody",
            table(&[&["Name", "Date of birth", "Relationship"], &["Ada Bell", "3/4/1985", "Mother"], &["Tom Bell", "5/6/2012", "Son"]])
                + &table(&[
                    &["Criteria", "Ada", "Tom", "Detail"],
                    &["Not attending school", "N/A", "Yes", "Attendance 66%"],
                    &["Out of work", "No", "No", "Ada is a teaching assistant"],
                    &["Health", "No", "No", ""],
                ]),
            vec!["Ada|Bell|1985-04-03|", "Tom|Bell|2012-06-05|education"],
        ),
        (
            "people below other questions in one table, and sentences under a head nobody listed",
            table(&[
                &["School", "Fellside School", "", ""],
                &["Who we are telling you about", "The Bells", "", ""],
                &["Surname", "Forename", "DOB", "Relationship", "What is going on for them?"],
                &["Bell", "Ada", "3/4/1985", "Mother", "Claiming Universal Credit, rent arrears of about £1,900"],
                &["Bell", "Tom", "5/6/2012", "Son", "Suspended twice this term for fighting in school"],
            ]),
            vec!["Ada|Bell|1985-04-03|work_finance", "Tom|Bell|2012-06-05|education"],
        ),
        (
            "two cards side by side",
            table(&[
                &["Name:", "Ada Bell", "Name:", "Tom Bell"],
                &["Born:", "3 Apr 1985", "Born:", "5 Jun 2012"],
                &["Relationship:", "Mother", "Relationship:", "Son"],
            ]),
            vec!["Ada|Bell|1985-04-03|", "Tom|Bell|2012-06-05|"],
        ),
        (
            "somebody who does not live there",
            table(&[
                &["Person", "Date of birth", "Relationship", "Lives here?"],
                &["Ada Bell", "3/4/1985", "Mother", "Y"],
                &["Tom Bell", "5/6/2012", "Son", "Y"],
                &["Carl Dobson", "9/3/2003", "Tom's uncle", "N - with his parents in Dalton"],
            ]),
            vec!["Ada|Bell|1985-04-03|", "Tom|Bell|2012-06-05|"],
        ),
        (
            "name over kinship in one cell",
            table(&[&["Who", "Born"], &["Ada Bell<br>Mum", "3 April 1985"], &["Tom Bell<br>Son", "5 June 2012"]]),
            vec!["Ada|Bell|1985-04-03|", "Tom|Bell|2012-06-05|"],
        ),
        (
            "days in words in a row whose words name themes",
            table(&[
                &["Who", "Born", "At school", "What is going on"],
                &["Ada Bell<br>Mum", "3 April 1985", "", "Panic attacks"],
                &["Tom Bell<br>Son", "5 June 2012", "Hill High School", "Self-harm, known to us since April. Has only been in school for three days this term"],
            ]),
            vec!["Ada|Bell|1985-04-03|health", "Tom|Bell|2012-06-05|health, education"],
        ),
        (
            "who lives there, and questions of the form below the people in the same table",
            table(&[
                &["Who lives there", "Date of birth", "Relationship", "Goes to"],
                &["Ada Bell", "3 April 1985", "Mother", ""],
                &["Tom Bell", "5 June 2012", "Son", "Hill High School"],
                &["Early Help Assessment", "Complete, 26/10/2016", "", ""],
                &["Agencies", "Jobcentre Plus - Dee Hallam", "", ""],
            ]),
            vec!["Ada|Bell|1985-04-03|", "Tom|Bell|2012-06-05|"],
        ),
        (
            "an example before the table",
            format!(
                "<p>Fill in the table. One row for each person.</p><p>Concerns we look for: crime and ASB, mental health, debt.</p>\
                 <p>Example: Jo Bloggs, mother, depression and rent arrears.</p>{}",
                table(&[&["Name", "Date of birth", "Relationship"], &["Ada Bell", "3/4/1985", "Mother"], &["Tom Bell", "5/6/2012", "Son"]])
            ),
            vec!["Ada|Bell|1985-04-03|", "Tom|Bell|2012-06-05|"],
        ),
    ]
    .into_iter()
    .filter_map(|(title, text, wanted)| {
        let found = members(&read(&text));
        (found != wanted).then(|| format!("{title}: {found:?}"))
    })
    .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_forms_own_codes_tell_whom_a_criterion_is_about() {
    let people = table(CODED);
    let initials = table(&[
        &["Family member", "Initials", "Date of birth", "Who they are"],
        &["Ada Bell", "AB", "3/4/1985", "Mother"],
        &["Sam Bell", "SB", "5/6/1983", "Father"],
        &["Tom Bell", "TB", "5/6/2012", "Son"],
    ]);
    let wrong: Vec<String> = [
        (
            "a grid with a column for each code",
            people.clone()
                + &table(&[
                    &["", "A1", "A2", "C1"],
                    &["Offending / ASB", "", "", "X"],
                    &["Attendance or exclusion", "", "", "X"],
                    &["Out of work / debt", "X", "X", ""],
                    &["Domestic abuse", "", "", ""],
                ]),
            vec!["work_finance", "work_finance", "crime_asb, education"],
        ),
        (
            "initials straight behind the criterion",
            initials
                + "<p>☐ Crime or anti-social behaviour</p><p>☒ Attendance TB (46 sessions missed)</p>\
                   <p>☒ Health AB (waiting for a bed), TB (diabetes)</p>",
            vec!["health", "", "education, health"],
        ),
        (
            "a question before the names",
            people + "<p>☐ Involved in offending - who?</p><p>☒ Affected by domestic abuse - who? Ada Bell and Tom Bell</p>",
            vec!["domestic_abuse", "", "domestic_abuse"],
        ),
    ]
    .into_iter()
    .filter_map(|(title, text, wanted)| {
        let found: Vec<String> =
            members(&read(&text)).iter().map(|line| line.rsplit('|').next().unwrap_or_default().to_owned()).collect();
        (found != wanted).then(|| format!("{title}: {found:?}"))
    })
    .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_home_beside_the_familys_name_and_answers_in_drawn_boxes_are_read() {
    let people = "<p>Ada Bell, mother, born 3/4/1985</p><p>Tom Bell, son, born 5/6/2012</p>";
    let of = |intake: &Intake| {
        let nomination = intake.nomination.as_ref();
        let code = nomination.and_then(|one| one.address.postcode.as_ref()).map(|code| code.value.reveal().clone());
        let given = nomination.and_then(|one| one.consent.given.as_ref()).map(|given| *given.value.reveal());
        (code, given)
    };
    let letter = format!("<p>Dear all,</p><p>I nominate the Bell family, 3 Mill Brow, Wigton, CA7 9XB.</p>{people}");
    assert_eq!(of(&read(&letter)).0.as_deref(), Some("CA7 9XB"));
    let boxed = format!(
        "<h3>Who lives there?</h3>{people}<p><b>Where does the family live?</b></p>{}<p><b>Has the family agreed to this nomination?</b></p>{}",
        table(&[&["9 Hawse Terrace, Seascale, CA20 1PF"]]),
        table(&[&["Yes, verbal consent from Ada Bell on 29/09/2016"]]),
    );
    assert_eq!(of(&read(&boxed)), (Some("CA20 1PF".to_owned()), Some(true)));
}

#[test]
fn what_is_denied_of_somebody_is_no_criterion_of_theirs() {
    let people =
        "<h3>Family members</h3><p>Adults: Ada Bell (3/4/1985) and Sam Bell (5/6/1983)</p><p>Children: Tom Bell (5/6/2012)</p>";
    let wrong: Vec<String> = [
        ("Ada: no domestic abuse, crime or debt", "Ada|Bell|1985-04-03|"),
        ("Ada: no domestic abuse, crime or debt - arrested for shoplifting in May", "Ada|Bell|1985-04-03|crime_asb"),
        ("Ada: crime, domestic abuse", "Ada|Bell|1985-04-03|crime_asb, domestic_abuse"),
        ("Ada: on a methadone script. Crime - three restorative outcomes this year", "Ada|Bell|1985-04-03|health, crime_asb"),
    ]
    .into_iter()
    .filter_map(|(line, wanted)| {
        let found = members(&read(&format!("{people}<p>{line}</p>")));
        (found.first().map(String::as_str) != Some(wanted)).then(|| format!("{line}: {found:?}"))
    })
    .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
