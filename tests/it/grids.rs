//! Criteria as strangers set them: columns of answers, codes and keys, lists without a heading, what is said beside a name.

use focus_family::domain::nomination::Intake;

use super::reading::{member_line, understood};

/// Two members whose rows come before what is tried.
const PEOPLE: &str = "<table><tr><th>Name</th><th>DOB</th><th>Relationship</th></tr>\
    <tr><td>Ada Bell</td><td>3/4/1985</td><td>Mother</td></tr><tr><td>Tom Bell</td><td>5/6/2012</td><td>Son</td></tr></table>";

/// `given: theme, theme` of each member who shows any, and `nobody: theme` of those that are nobody's.
fn themes(text: &str) -> Vec<String> {
    let intake: Intake = understood("Focus Family nomination", "html", &format!("<html><body>{text}</body></html>"));
    let Some(nomination) = &intake.nomination else { return vec!["no nomination".to_owned()] };
    let of = |member| {
        let line = member_line(member);
        let parts: Vec<&str> = line.split('|').collect();
        (!parts[8].is_empty()).then(|| format!("{}: {}", parts[0], parts[8].replace(" ticked", "").replace(" stated", "")))
    };
    let mut all: Vec<String> = nomination.members.iter().filter_map(of).collect();
    all.extend(nomination.themes_of_nobody.iter().map(|shown| format!("nobody: {}", shown.theme)));
    all
}

fn table(rows: &[&[&str]]) -> String {
    let row = |cells: &&[&str]| format!("<tr>{}</tr>", cells.iter().map(|cell| format!("<td>{cell}</td>")).collect::<String>());
    format!("<table>{}</table>", rows.iter().map(row).collect::<String>())
}

#[test]
fn marks_count_by_the_column_and_the_key_they_stand_under() {
    let wrong: Vec<String> = [
        (
            "a page for each person with a tick under yes or no",
            format!(
                "<h2>Page for person 1</h2>{}{}<h2>Page for person 2</h2>{}{}",
                table(&[&["Given name(s)", "Ada"], &["Family name", "Bell"], &["Date of birth", "3/4/1985"]]),
                table(&[
                    &["This person …", "Y", "N", "DK"],
                    &["has been arrested or reported for nuisance", "", "✓", ""],
                    &["is out of work or behind with bills", "✓", "", ""],
                    &["has suffered or used domestic abuse", "", "", "✓"],
                    &["has a health need", "", "✓", ""],
                ]),
                table(&[&["Given name(s)", "Tom"], &["Family name", "Bell"], &["Date of birth", "5/6/2012"]]),
                table(&[
                    &["This person …", "Y", "N", "DK"],
                    &["has been arrested or reported for nuisance", "✓", "", ""],
                    &["is out of work or behind with bills", "", "✓", ""],
                    &["has suffered or used domestic abuse", "", "✓", ""],
                    &["has a health need", "", "✓", ""],
                ]),
            ),
            vec!["Ada: work_finance", "Tom: crime_asb"],
        ),
        (
            "ones and noughts",
            table(&[
                &["First name", "Surname", "DOB", "Crime", "Educ", "Work", "Health"],
                &["Ada", "Bell", "3/4/1985", "0", "0", "1", "0"],
                &["Tom", "Bell", "5/6/2012", "0", "1", "0", "1"],
            ]),
            vec!["Ada: work_finance", "Tom: education, health"],
        ),
        (
            "codes of the form's own key",
            format!(
                "<p>Need codes: 1 child attendance / exclusion; 2 offending, gangs or ASB; 3 violence between adults; 4 debt or housing risk</p>{}",
                table(&[
                    &["First name", "Surname", "Born", "Codes"],
                    &["Ada", "Bell", "3/4/1985", "3, 4"],
                    &["Tom", "Bell", "5/6/2012", "1"],
                ])
            ),
            vec!["Ada: domestic_abuse, work_finance", "Tom: education"],
        ),
        (
            "flags with a legend",
            format!(
                "{}<p>Flag legend: ASB crime / anti-social behaviour, EDU school attendance or exclusion, WRK out of work, HLT health</p>",
                table(&[
                    &["Name", "Born", "Relationship", "Flags"],
                    &["Ada Bell", "3/4/1985", "Mother", "WRK, HLT"],
                    &["Tom Bell", "5/6/2012", "Son", "ASB"],
                ])
            ),
            vec!["Ada: work_finance, health", "Tom: crime_asb"],
        ),
        (
            "evidence that says whose it is, in a table headed otherwise",
            format!(
                "{PEOPLE}{}",
                table(&[
                    &["What we know", "Evidence and who"],
                    &["Youth crime / ASB", "Tom: caution in May. Ada: warned in June."],
                    &["Truancy / exclusion", "Tom: 64% attendance."],
                    &["Worklessness", "Ada: on benefits."],
                    &["Domestic violence", "Nil."],
                    &["Health", "Mrs Bell"],
                ])
            ),
            vec!["Ada: crime_asb, work_finance, health", "Tom: crime_asb, education"],
        ),
        (
            "lines one below the other",
            format!(
                "{PEOPLE}<p>School: Tom</p><p>Health: Ada</p><p>DV: none</p><p>Offending / ASB: none</p><p>Work and money: Ada</p>"
            ),
            vec!["Ada: health, work_finance", "Tom: education"],
        ),
        (
            "what is said of one person stays with that person",
            "<p>Name: Ada Bell</p><p>Date of birth: 3/4/1985</p><p>Name: Tom Bell</p><p>Date of birth: 5/6/2012</p><p>School: Hill Academy</p>"
                .to_owned(),
            vec![],
        ),
        (
            "sentences beside a name",
            format!(
                "{}<p>Family address: 4 Mill Row, Workington CA14 2ZZ</p><p>Consent given: Yes</p><p>Early Help Assessment: started</p>",
                table(&[
                &["Name", "Date of birth", "What are we worried about?", "What is going well?"],
                &["Ada Bell", "3/4/1985", "Ada has been unemployed since 2023.", "No problems with drink."],
                &["Tom Bell", "5/6/2012", "Nothing at present.", "Attends school every day."],
            ])
            ),
            vec!["Ada: work_finance"],
        ),
    ]
    .into_iter()
    .filter_map(|(case, text, expected)| {
        let found = themes(&text);
        (found != expected).then(|| format!("{case}\n    found    {found:?}\n    expected {expected:?}"))
    })
    .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
