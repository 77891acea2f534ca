//! Nomination forms of websites, printed or sent on: questions over answers, `Change` behind each, questions about everybody with `Who?`
//! below, and what a letter says of two people in one sentence.

use focus_family::domain::nomination::Intake;

use super::grids::table;
use super::reading::{member_line, understood};

const HEAD: &str = "<h1>Focus Family nomination</h1><h2>About you</h2><p><b>Your name</b></p><p>Ian Penny</p>\
                    <p><b>Where do you work?</b></p><p>Fellside School</p><h2>The family</h2>";

fn read(text: &str) -> Intake {
    understood("Focus Family nomination", "html", &format!("<html><body>{HEAD}{text}</body></html>"))
}

/// `given|family|born|relationship|themes` of each member.
fn members(intake: &Intake) -> Vec<String> {
    let of = |line: String| {
        let parts: Vec<&str> = line.split('|').collect();
        [parts[0], parts[1], parts[2], parts[5], &parts[8].replace(" ticked", "").replace(" stated", "")].join("|")
    };
    let nomination = intake.nomination.iter().flat_map(|nomination| &nomination.members);
    nomination.map(|member| of(member_line(member))).collect()
}

/// Questions in bold, each with its answer on the line below.
fn asked(pairs: &[(&str, &str)]) -> String {
    pairs.iter().map(|(question, answer)| format!("<p><b>{question}</b></p><p>{answer}</p>")).collect()
}

#[test]
fn people_and_their_themes_are_read_from_pages_of_questions() {
    let ada = [("Name", "Ada Bell"), ("Date of birth", "3 April 1985"), ("Relationship to the children", "Mother")];
    let tom = [("Name", "Tom Bell"), ("Date of birth", "5 June 2012"), ("Relationship to the children", "Son")];
    let page = |needs: &str, of_ada: &str, of_tom: &str| {
        format!(
            "<h3>Person 1</h3>{}{}<h3>Person 2</h3>{}{}",
            asked(&ada),
            asked(&[(needs, of_ada)]),
            asked(&tom),
            asked(&[(needs, of_tom)])
        )
    };
    let change = |rows: &[(&str, &str)]| {
        let rows: Vec<[&str; 3]> = rows.iter().map(|(question, answer)| [*question, *answer, "Change"]).collect();
        let rows: Vec<&[&str]> = rows.iter().map(|row| row.as_slice()).collect();
        table(&rows)
    };
    let wrong: Vec<String> = [
        (
            "several themes, a line each",
            page(
                "Which of these apply to this person?",
                "Out of work or in debt</p><p>Physical or mental health",
                "None of these",
            ),
            vec!["Ada|Bell|1985-04-03|Mother|work_finance, health", "Tom|Bell|2012-06-05|Son|"],
        ),
        (
            "a link behind each answer",
            format!("<h3>Person 1</h3>{}<h3>Person 2</h3>{}", change(&ada), change(&tom)),
            vec!["Ada|Bell|1985-04-03|Mother|", "Tom|Bell|2012-06-05|Son|"],
        ),
        (
            "a question about work whose No tells of it",
            page("In work?", "No - Universal Credit, looking for work", "No - at school"),
            vec!["Ada|Bell|1985-04-03|Mother|work_finance", "Tom|Bell|2012-06-05|Son|"],
        ),
        (
            "the number of the person before each question, and questions about everybody",
            asked(&[
                ("Person 1: what is their name?", "Ada Bell"),
                ("Person 1: date of birth", "3 April 1985"),
                ("Person 1: relationship to the children", "Mother"),
                ("Person 2: what is their name?", "Tom Bell"),
                ("Person 2: date of birth", "5 June 2012"),
                ("Person 2: relationship to the children", "Son"),
            ]) + "<h2>About their needs</h2>"
                + &asked(&[
                    ("Is anyone involved in crime or anti-social behaviour?", "No"),
                    ("Is a child missing school?", "Yes"),
                    ("Who?", "Tom"),
                    ("Is anyone out of work or struggling with money?", "Yes"),
                    ("Who?", "Ada and Tom"),
                ]),
            vec!["Ada|Bell|1985-04-03|Mother|work_finance", "Tom|Bell|2012-06-05|Son|education, work_finance"],
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
fn an_agreement_is_only_what_answers_the_question_for_it() {
    let consent = |text: &str| {
        let people = asked(&[("Name", "Ada Bell"), ("Date of birth", "3 April 1985"), ("Relationship", "Mother")]);
        let intake = read(&format!("<h3>Person 1</h3>{people}<h2>Consent</h2>{text}"));
        intake.nomination.and_then(|nomination| nomination.consent.given).map(|given| *given.value.reveal())
    };
    let knows = ("Does the family know you are sending this?", "Yes");
    for (text, wanted) in [
        (asked(&[knows, ("Has a parent agreed to it?", "Not answered"), ("Date parent agreed", "Not answered")]), None),
        (asked(&[knows, ("Has a parent agreed to it?", "Yes"), ("Date parent agreed", "12 October 2026")]), Some(true)),
        (asked(&[knows, ("Has a parent agreed to it?", "No")]), Some(false)),
        ("<p>Ada has given her consent to this nomination. She does not want the police.</p>".to_owned(), Some(true)),
    ] {
        assert_eq!(consent(&text), wanted, "{text}");
    }
}

#[test]
fn a_sentence_about_two_people_is_told_of_the_right_one() {
    let people = table(&[
        &["Name", "Date of birth", "Gender", "Relationship"],
        &["Ada Bell", "3/4/1985", "F", "Mother"],
        &["Sam Bell", "5/6/1983", "M", "Father"],
        &["Tom Bell", "5/6/2012", "M", "Son"],
        &["Isla Bell", "2/2/2015", "F", "Daughter"],
    ]);
    let wrong: Vec<String> = [
        // Theme 5 counts the one who harms and the one who is harmed.
        (
            "Sam has hit Ada on several occasions this year, and Tom and Isla both saw it.",
            "Ada domestic_abuse, Sam domestic_abuse, Tom domestic_abuse, Isla domestic_abuse",
        ),
        ("Ada is afraid of Sam.", "Ada domestic_abuse"),
        ("Ada has high blood pressure. She gave up paid work to look after the children.", "Ada health, work_finance"),
        ("Sam: charged with common assault on Ada in August.", "Ada domestic_abuse, Sam crime_asb, domestic_abuse"),
    ]
    .into_iter()
    .filter_map(|(sentence, wanted)| {
        let intake = read(&format!("{people}<h2>Reason for nomination</h2><p>{sentence}</p>"));
        let of = |line: &String| {
            let parts: Vec<&str> = line.split('|').collect();
            (!parts[4].is_empty()).then(|| format!("{} {}", parts[0], parts[4]))
        };
        let found = members(&intake).iter().filter_map(of).collect::<Vec<_>>().join(", ");
        (found != wanted).then(|| format!("{sentence} {found}"))
    })
    .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
