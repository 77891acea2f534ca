//! Criteria as strangers set them: columns of answers, codes and keys, lists without a heading, what is said beside a name.

use focus_family::domain::nomination::Intake;

use super::carriers::made;
use super::reading::{member_line, understood, understood_mail};
use super::support::daemon::mail_with;

/// Two members whose rows come before what is tried.
const PEOPLE: &str = "<table><tr><th>Name</th><th>DOB</th><th>Relationship</th></tr>\
    <tr><td>Ada Bell</td><td>3/4/1985</td><td>Mother</td></tr><tr><td>Tom Bell</td><td>5/6/2012</td><td>Son</td></tr></table>";

/// `given: theme, theme` of each member who shows any, and `nobody: theme` of those that are nobody's.
fn themes(text: &str) -> Vec<String> {
    themes_of(&understood("Focus Family nomination", "html", &format!("<html><body>{text}</body></html>")))
}

pub fn themes_of(intake: &Intake) -> Vec<String> {
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

pub fn table(rows: &[&[&str]]) -> String {
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

/// What else makes a nomination of [`PEOPLE`].
const HOME: &str = "<p>Address: 4 Mill Row, Workington CA14 2ZZ</p><p>Consent: Yes</p>";

#[track_caller]
fn all_show(cases: Vec<(&str, String, Vec<&str>)>) {
    let wrong: Vec<String> = cases
        .into_iter()
        .filter_map(|(case, text, expected)| {
            let found = themes(&text);
            (found != expected).then(|| format!("{case}\n    found    {found:?}\n    expected {expected:?}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn each_name_with_a_mark_of_its_own_is_marked_alone() {
    let both = vec!["Ada: work_finance", "Tom: crime_asb, education"];
    all_show(vec![
        (
            "stars in brackets behind the names",
            format!(
                "{PEOPLE}{HOME}<p>(*) means yes</p><p>Police / nuisance: Ada ( ) Tom (*)</p><p>Missing lessons: Tom (*)</p><p>Jobs, benefits &amp; bills: Ada (*) Tom ( )</p><p>Abuse between adults: Ada ( )</p>"
            ),
            both.clone(),
        ),
        (
            "boxes before the names",
            format!(
                "{PEOPLE}{HOME}{}",
                table(&[
                    &["Theme", "Who?"],
                    &["Arrests or nuisance", "☐ Ada ☒ Tom"],
                    &["Not in school", "☐ Ada ☒ Tom"],
                    &["Out of work or in debt", "☒ Ada ☐ Tom"],
                    &["Domestic abuse", "☐ Ada ☐ Tom"],
                ])
            ),
            both.clone(),
        ),
        (
            "full dots under the names",
            format!(
                "{PEOPLE}{HOME}{}<p>● = yes for that person</p>",
                table(&[
                    &["", "Ada", "Tom"],
                    &["Breaking the law", "", "●"],
                    &["Missing lessons", "", "●"],
                    &["Out of a job / owing money", "●", ""],
                    &["Hurt or frightened at home", "", ""],
                ])
            ),
            both.clone(),
        ),
        (
            "the unwanted answer struck out",
            format!(
                "{PEOPLE}{HOME}{}",
                table(&[
                    &["ASB / crime", "<s>None</s> / Some concern: Tom"],
                    &["School attendance", "<s>None</s> / Some concern: Tom"],
                    &["Rent / work", "<s>None</s> / Some concern: Ada"],
                    &["Domestic abuse", "None / <s>Some concern</s>:"],
                    &["Health", "<s>None</s> / Some concern: Ada and Tom"],
                ])
            ),
            vec!["Ada: work_finance, health", "Tom: crime_asb, education, health"],
        ),
    ]);
}

#[test]
fn people_are_meant_by_the_number_they_stand_under() {
    let outcomes = |tom: &str, ada: &str, both: &str| {
        table(&[
            &["Outcome area", "Need?", "Who (number)"],
            &["Getting a good education", "Yes", tom],
            &["Good early years", "No", ""],
            &["Improved mental and physical health", "Yes", ada],
            &["Financial stability", "Yes", both],
        ])
    };
    let people = |one: &str, two: &str| table(&[&[one, "Ada Bell", "mother", "3/4/1985"], &[two, "Tom Bell", "son", "5/6/2012"]]);
    let shown = vec!["Ada: health, work_finance", "Tom: education, work_finance"];
    all_show(vec![
        ("circled figures", format!("{}{}{HOME}", people("①", "②"), outcomes("②", "①", "① ②")), shown.clone()),
        ("plain figures", format!("{}{}{HOME}", people("1", "2"), outcomes("2", "1", "1, 2")), shown),
    ]);
}

#[test]
fn what_is_asked_again_of_each_person_is_about_that_person() {
    let shown = vec!["Ada: work_finance, health", "Tom: crime_asb, education"];
    let pairs = |label: &str| {
        format!(
            "<h3>Parent/carer</h3><dl><dt>Name</dt><dd>Ada Bell</dd><dt>DOB</dt><dd>3/4/1985</dd><dt>{label}</dt><dd>Out of work; depression</dd></dl>\
             <h3>Young person</h3><dl><dt>Name</dt><dd>Tom Bell</dd><dt>DOB</dt><dd>5/6/2012</dd><dt>{label}</dt><dd>Offence proven in May; persistent absentee</dd></dl>{HOME}"
        )
    };
    let asked = |ada: &str, tom: &str| {
        format!(
            "{PEOPLE}{HOME}<div>{ada}</div><div>Money, debt or being out of work, Health (of body or mind)</div><div>{tom}</div><div>Crime or anti-social behaviour, Missing school or excluded</div>"
        )
    };
    all_show(vec![
        ("a list of terms", pairs("Indicators"), shown.clone()),
        ("a list of criteria", pairs("Criteria met"), shown.clone()),
        (
            "questions by name",
            asked("What are the issues for Ada? (tick all that apply)", "What are the issues for Tom? (tick all that apply)"),
            shown.clone(),
        ),
        (
            "questions by number",
            asked("Which concerns affect Adult 1? (tick all that apply)", "Which concerns affect Child 1? (tick all that apply)"),
            shown,
        ),
    ]);
}

#[test]
fn printed_answers_nobody_chose_and_answers_of_no_are_no_finding() {
    all_show(vec![
        (
            "yes and no in cells of their own, both as printed",
            format!("{PEOPLE}{HOME}{}", table(&[&["Crime", "Y", "N"], &["Domestic abuse", "Y", "N"], &["Health", "Yes", "No"]])),
            vec![],
        ),
        (
            "one of them in bold",
            format!(
                "<p>Name: Ada Bell</p><p>Date of birth: 3/4/1985</p>{HOME}{}",
                table(&[&["Crime", "Y", "<b>N</b>"], &["Domestic abuse", "Y", "<b>N</b>"], &["Health", "<b>Y</b>", "N"]])
            ),
            vec!["nobody: health"],
        ),
        (
            "not applicable",
            format!(
                "{PEOPLE}{HOME}<p>Health - Ada (asthma) and Tom</p><p>Not in work - Ada</p><p>School - n/a, attending well</p><p>Offending - n/a</p><p>DV - no</p>"
            ),
            vec!["Ada: health, work_finance", "Tom: health"],
        ),
        (
            "words over a wide gap",
            format!(
                "{PEOPLE}{HOME}<p>Offending / ASB\u{2003}None</p><p>School\u{2003}Tom</p><p>Work and money\u{2003}Ada</p><p>Children's needs\u{2003}Tom</p><p>DV\u{2003}None</p>"
            ),
            vec!["Ada: work_finance", "Tom: education, child_help"],
        ),
    ]);
}

#[test]
fn what_is_written_beside_a_theme_is_said_of_whom_it_names_and_a_key_of_nobody() {
    let themed = |of_tom: &str| {
        format!(
            "{PEOPLE}<p>Address: 4 Mill Row, Workington CA14 2ZZ</p><p>{of_tom}</p><p>Work: Ada lost her job in May.</p><p>Domestic abuse: none known.</p><p>Health: Ada is waiting for a hip operation.</p><p>Consent: Yes</p>"
        )
    };
    all_show(vec![
        (
            "a sentence each",
            themed("Crime: Tom was cautioned for shoplifting in October."),
            vec!["Ada: work_finance, health", "Tom: crime_asb"],
        ),
        ("a sentence that denies", themed("Crime: Tom has never been in trouble."), vec!["Ada: work_finance, health"]),
        (
            "a key below the table",
            format!(
                "{}<p>CR = crime/ASB, ED = education, HL = health, DA = domestic abuse</p>{HOME}",
                table(&[
                    &["Name", "DOB", "Relationship", "CR", "ED", "HL", "DA"],
                    &["Ada Bell", "3/4/1985", "Mother", "", "", "Y", ""],
                    &["Tom Bell", "5/6/2012", "Son", "Y", "Y", "", ""],
                ])
            ),
            vec!["Ada: health", "Tom: crime_asb, education"],
        ),
        (
            "a head merged over two rows",
            format!(
                "{PEOPLE}{HOME}<table><tr><td rowspan=2>Why? (each person it applies to)</td><td colspan=2>Applies to</td></tr><tr><td>Mother</td><td>Son</td></tr><tr><td>Truancy or exclusion</td><td></td><td>✓</td></tr><tr><td>Trouble with the law</td><td></td><td>✓</td></tr><tr><td>Debt or risk of eviction</td><td>✓</td><td></td></tr></table>"
            ),
            vec!["Ada: work_finance", "Tom: education, crime_asb"],
        ),
    ]);
}

#[test]
fn a_fragment_goes_on_about_the_one_spoken_of_and_an_absent_father_is_nobody_here() {
    let told = |text: &str| format!("{PEOPLE}<h3>Reason</h3><p>{text}</p>{HOME}");
    all_show(vec![
        ("behind a semicolon", told("Tom is rarely there before eleven; attendance 66%."), vec!["Tom: education"]),
        (
            "two subjects",
            told("Tom's attendance stands at 58% and he was excluded from his previous school."),
            vec!["Tom: education"],
        ),
        (
            "a denial behind it",
            told("Tom does have epilepsy, for which he is under Dr Marsh at the hospital (no relation)."),
            vec!["Tom: health"],
        ),
        (
            "who was there",
            told("Ada was assaulted by her ex-partner in May. Tom saw the last incident."),
            vec!["Ada: domestic_abuse", "Tom: domestic_abuse"],
        ),
        ("who was there, of nothing told", told("Tom saw the last incident."), vec![]),
        (
            "who was not there",
            told("Ada was assaulted by her ex-partner in May. Tom did not see it."),
            vec!["Ada: domestic_abuse"],
        ),
    ]);
}

#[test]
fn people_down_or_across_are_read_where_a_boy_is_m_and_a_tick_is_x() {
    let side = table(&[
        &["", "Member 1", "Member 2"],
        &["Name", "Ada Bell", "Tom Bell"],
        &["Date of birth", "3/4/1985", "5/6/2012"],
        &["Gender", "F", "M"],
        &["Role in family", "Mother", "Son"],
        &["Crime / ASB", "", "x"],
        &["Not attending school", "", "x"],
        &["Worklessness", "x", ""],
        &["Health problems", "x", "x"],
    ]);
    assert_eq!(themes(&side), ["Ada: work_finance, health", "Tom: crime_asb, education, health"]);
    let (yes, no) = ("Yes / <s>No</s>", "<s>Yes</s> / No");
    let struck = table(&[
        &["", "Ada", "Tom"],
        &["Crime / anti-social behaviour", no, yes],
        &["Poor school attendance", no, yes],
        &["Out of work / debt", yes, no],
        &["Health", no, no],
    ]);
    assert_eq!(themes(&format!("{PEOPLE}{struck}")), ["Ada: work_finance", "Tom: crime_asb, education"]);
}

#[test]
fn fields_with_frames_of_their_own_stand_in_the_row_under_their_labels() {
    // Each field is framed on the page: rectangles that stand 2 points apart are no table.
    let (mut drawing, mut fields) = (String::new(), Vec::new());
    for (x, label) in [(40, "No."), (70, "First name"), (150, "Last name"), (230, "Born"), (310, "M/F"), (350, "Who they are")] {
        drawing.push_str(&made::at(x, 700, label));
    }
    let people = [["Ada", "Bell", "03/04/1985", "F", "Mother"], ["Tom", "Bell", "05/06/2012", "M", "Son"], ["", "", "", "", ""]];
    for (row, values) in people.iter().enumerate() {
        let y = 675 - 20 * row;
        drawing.push_str(&made::at(45, u32::try_from(y + 4).unwrap(), &format!("{}", row + 1)));
        for (column, (value, (left, right))) in
            values.iter().zip([(70, 148), (150, 228), (230, 306), (310, 346), (350, 440)]).enumerate()
        {
            drawing.push_str(&format!("{left}.25 {y}.25 {}.5 14.5 re S\n", right - left - 1));
            fields.push(format!(
                "<< /Type /Annot /Subtype /Widget /FT /Tx /T (p{row}c{column}) /V ({value}) /Rect [{left} {y} {right} {}] /F 4 >>",
                y + 15
            ));
        }
    }
    for (column, x) in [300, 360, 420].into_iter().enumerate() {
        drawing.push_str(&made::at(x, 560, &format!("Person {}", column + 1)));
    }
    let ticks =
        [("Missing school or at risk of exclusion", "010"), ("Not working, or money problems", "100"), ("Domestic abuse", "100")];
    for (row, (criterion, marks)) in ticks.iter().enumerate() {
        let y = 535 - 20 * row;
        drawing.push_str(&made::at(40, u32::try_from(y + 2).unwrap(), criterion));
        for (column, (mark, x)) in marks.chars().zip([315, 375, 435]).enumerate() {
            let state = if mark == '1' { "Yes" } else { "Off" };
            fields.push(format!(
                "<< /Type /Annot /Subtype /Widget /FT /Btn /T (b{row}c{column}) /V /{state} /AS /{state} /Rect [{x} {y} {} {}] /F 4 >>",
                x + 11,
                y + 11
            ));
        }
    }
    let fields: Vec<&str> = fields.iter().map(String::as_str).collect();
    let mail = mail_with(1, &[("nomination.pdf", "application/pdf", &made::page(&drawing, &fields))]);
    assert_eq!(themes_of(&understood_mail(&mail)), ["Ada: work_finance, domestic_abuse", "Tom: education"]);
}
