//! Forms as strangers make them: boxes behind an introduction, crosses that mean No, columns of blanks, keys, blocks without labels.

use focus_family::domain::nomination::{Answer, Intake, MailKind};

use super::reading::{member_line, understood};

/// Two members whose rows come before what is tried.
const PEOPLE: &str = "<table><tr><th>Name</th><th>DOB</th><th>Relationship</th></tr>\
    <tr><td>Ada Bell</td><td>3/4/1985</td><td>Mother</td></tr><tr><td>Tom Bell</td><td>5/6/2012</td><td>Son</td></tr></table>";

fn of_html(text: &str) -> Intake {
    understood("Focus Family nomination", "html", &format!("<html><body>{text}</body></html>"))
}

/// `given: theme, theme` of each member with a theme that is ticked or stated.
fn themes(intake: &Intake) -> Vec<String> {
    let Some(nomination) = &intake.nomination else { return Vec::new() };
    let of = |member| {
        let line = member_line(member);
        let parts: Vec<&str> = line.split('|').collect();
        (!parts[8].is_empty()).then(|| format!("{}: {}", parts[0], parts[8].replace(" ticked", "")))
    };
    nomination.members.iter().filter_map(of).collect()
}

fn names(intake: &Intake) -> Vec<String> {
    let Some(nomination) = &intake.nomination else { return Vec::new() };
    nomination.members.iter().map(|member| member_line(member).splitn(3, '|').take(2).collect::<Vec<_>>().join(" ")).collect()
}

fn text(answer: &Option<Answer<String>>) -> String {
    answer.as_ref().map_or_else(|| "-".to_owned(), |answer| answer.value.reveal().clone())
}

#[track_caller]
fn all_hold(found: Vec<(&str, Vec<String>, Vec<&str>)>) {
    let wrong: Vec<String> = found
        .into_iter()
        .filter(|(_, found, expected)| found != expected)
        .map(|(case, found, expected)| format!("{case}\n    found    {found:?}\n    expected {expected:?}"))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_cross_beside_ticks_or_with_a_key_is_a_no() {
    let grid = |ada: &str, tom: &str| {
        format!(
            "<table><tr><td>Family member</td><td>Crime</td><td>Work</td><td>Health</td></tr><tr><td>Ada</td>{ada}</tr><tr><td>Tom</td>{tom}</tr></table>"
        )
    };
    let cases = [
        (
            "both stand",
            grid("<td>✗</td><td>✓</td><td>✗</td>", "<td>✓</td><td>✘</td><td>✗</td>"),
            vec!["Ada: work_finance", "Tom: crime_asb"],
        ),
        (
            "a key says so",
            grid("<td>✗</td><td>✗</td><td>✗</td>", "<td></td><td></td><td>✗</td>") + "<p>✗ = does not apply</p>",
            vec![],
        ),
        (
            "crosses alone are marks",
            grid("<td></td><td>✗</td><td></td>", "<td>✗</td><td></td><td></td>"),
            vec!["Ada: work_finance", "Tom: crime_asb"],
        ),
    ];
    all_hold(
        cases
            .iter()
            .map(|(case, grid, expected)| (*case, themes(&of_html(&format!("{PEOPLE}{grid}"))), expected.clone()))
            .collect(),
    );
}

#[test]
fn words_before_the_first_box_introduce_the_boxes() {
    let person = |line: &str| {
        format!(
            "<h2>Person 1</h2><p>Name: Ada Bell</p><p>Date of birth: 3/4/1985</p><p>Relationship: Mother</p><p>{line}</p><p>Postcode: CA22 2XX</p>"
        )
    };
    let cases = [
        ("introduced", "Needs: ☐ Offending ☒ Out of work ☐ Domestic abuse ☒ Health", vec!["Ada: work_finance, health"]),
        ("box before", "☐ Offending ☒ Out of work ☐ Domestic abuse ☒ Health", vec!["Ada: work_finance, health"]),
        ("box behind", "Offending ☐ Out of work ☒ Domestic abuse ☐ Health ☒", vec!["Ada: work_finance, health"]),
    ];
    all_hold(cases.iter().map(|(case, line, expected)| (*case, themes(&of_html(&person(line))), expected.clone())).collect());
}

#[test]
fn consent_is_read_with_full_and_empty_squares_on_either_side() {
    let form = |line: &str| of_html(&format!("{PEOPLE}<p>{line}</p>"));
    let given = |intake: Intake| {
        let nomination = intake.nomination.unwrap();
        nomination.consent.given.map_or_else(|| "-".to_owned(), |given| given.value.reveal().to_string())
    };
    let cases = [
        ("Parental agreement: ■ yes □ no", vec!["true"]),
        ("Parental agreement: □ yes ■ no", vec!["false"]),
        ("Consent given: Yes ■ No □", vec!["true"]),
        ("Consent given: ☐ Yes ☒ No", vec!["false"]),
        ("■ Consent given: □ Yes □ No", vec!["-"]),
        ("Has the parent agreed? Yes", vec!["true"]),
        ("Does the tenant agree? Y", vec!["true"]),
    ];
    all_hold(cases.iter().map(|(line, expected)| (*line, vec![given(form(line))], expected.clone())).collect());
}

#[test]
fn agencies_to_share_with_are_no_criteria_and_limits_are_kept() {
    let intake = of_html(&format!(
        "{PEOPLE}<p>I agree to you sharing information with: [x] School [x] Health [ ] Police. I do NOT agree to sharing with the Police.</p>"
    ));
    assert_eq!(themes(&intake), Vec::<String>::new());
    let consent = intake.nomination.unwrap().consent;
    let said = |answers: &[Answer<String>]| answers.iter().map(|answer| answer.value.reveal().clone()).collect::<Vec<_>>();
    assert_eq!(said(&consent.excluded_agencies), ["Police"]);
    assert_eq!(said(&consent.shared_with), ["School", "Health"]);
}

#[test]
fn a_column_of_schools_among_themes_is_no_theme() {
    let table = "<table><tr><th>Forename</th><th>Surname</th><th>DOB</th><th>Relationship</th><th>School</th><th>Crime/ASB</th><th>Attendance</th>\
        <th>Worklessness</th><th>Domestic abuse</th><th>Health</th></tr>\
        <tr><td>Ada</td><td>Bell</td><td>3/4/1985</td><td>Mother</td><td></td><td></td><td></td><td>✓</td><td></td><td></td></tr>\
        <tr><td>Tom</td><td>Bell</td><td>5/6/2012</td><td>Son</td><td>Fell Primary</td><td></td><td>✓</td><td></td><td></td><td></td></tr>\
        <tr><td>Consent given by family (Y/N)</td><td>Y</td></tr><tr><td>Referred by</td><td>Jo Reed, Deputy Head, Fell Primary School</td></tr></table>";
    let intake = of_html(table);
    let nomination = intake.nomination.as_ref().unwrap();
    let lines: Vec<String> = nomination.members.iter().map(member_line).collect();
    assert_eq!(
        lines,
        [
            "Ada|Bell|1985-04-03|-|female|Mother|-|adult|work_finance ticked|",
            "Tom|Bell|2012-06-05|-|male|Son|Fell Primary|child|education ticked|"
        ]
    );
    assert_eq!(nomination.consent.given.as_ref().map(|given| *given.value.reveal()), Some(true));
    let referrer = &nomination.referrer;
    assert_eq!(
        [text(&referrer.name), text(&referrer.role), text(&referrer.organisation)],
        ["Jo Reed", "Deputy Head", "Fell Primary School"]
    );
}

#[test]
fn headings_labels_schools_and_people_elsewhere_are_no_members() {
    let rows = |rows: &str| {
        format!(
            "<table><tr><th>Name</th><th>DOB</th><th>Relationship</th><th>School</th></tr><tr><td>Tom Bell</td><td>5/6/2012</td><td>Son</td><td>Fell Primary</td></tr>{rows}</table><p>Consent given: Yes</p><p>Postcode: CA22 2XX</p>"
        )
    };
    let cases = [
        ("a heading", rows("<tr><td>Which of these Apply</td><td></td><td></td><td></td></tr>"), vec!["Tom Bell"]),
        ("a letter", rows("<tr><td>B</td><td></td><td></td><td></td></tr>"), vec!["Tom Bell"]),
        ("a school", rows("<tr><td>Fell Primary</td><td></td><td></td><td></td></tr>"), vec!["Tom Bell"]),
        (
            "somebody elsewhere",
            rows("") + "<h3>Significant people who do not live in the household</h3><table><tr><th>Name</th><th>Relationship</th><th>Comments</th></tr><tr><td>Ian Bell</td><td>Father</td><td>In Leeds</td></tr></table>",
            vec!["Tom Bell"],
        ),
        (
            "sheets of four cells below who completed the form",
            "<table><tr><td>Completed by</td><td>Jo Reed</td></tr><tr><td>Organisation</td><td>Fell Homes</td></tr></table><table><tr><td>First name(s)</td><td>Tom</td><td>Surname</td><td>Bell</td></tr>\
             <tr><td>Date of birth</td><td>5/6/2012</td><td>Sex</td><td>Male</td></tr></table>"
                .to_owned(),
            vec!["Tom Bell"],
        ),
        (
            "one person a row, in lines",
            "<table><tr><td>Who</td><td>Details</td><td>Is there an issue?</td></tr><tr><td>Parent 1</td><td>Ada Bell<br>DOB 3/4/1985<br>Mother</td><td>Crime: Yes <b>No</b><br>Health: <b>Yes</b> No</td></tr>\
             <tr><td>Child A</td><td>Tom Bell<br>DOB 5/6/2012<br>Son</td><td>Crime: Yes <b>No</b></td></tr></table><p>Consent given: Yes</p>"
                .to_owned(),
            vec!["Ada Bell", "Tom Bell"],
        ),
    ];
    all_hold(cases.iter().map(|(case, form, expected)| (*case, names(&of_html(form)), expected.clone())).collect());
}

#[test]
fn questions_in_a_nomination_do_not_make_it_a_request_for_advice() {
    let household = "FAMILY - all at 4 Mill Row, Egremont, CA22 2XX\n- Ada Bell, mother, dob 03.04.1985\n- Tom Bell, son, dob 05.06.2012\n\n\
                     CRITERIA\n- Crime/ASB: none\n- School attendance: Tom 70%\n- Health: Ada - depression\n\nCONSENT\n- Ada has given consent (routine enquiry asked?)\n";
    let forwarded = "Hi, can somebody pick this up please?\n\nFrom: Jo Reed <jo.reed@fell.example.org>\nSent: 6 November 2026 10:00\nTo: Hub <hub@fell.example.org>\nSubject: Family\n\n\
         I'd like to nominate this family. Mum has agreed to this.\n\nFamily at 4 Mill Row, Egremont, CA22 2XX\n * Ada Bell (mum, 3/4/1985)\n * Tom Bell (son, 5/6/2012)\n";
    let mut wrong = Vec::new();
    for (case, subject, text) in [("questions", "Nomination", household), ("a forwarder asks", "FW: Family", forwarded)] {
        let intake = understood(subject, "plain", text);
        if intake.kind != MailKind::Nomination || case == "questions" && names(&intake) != ["Ada Bell", "Tom Bell"] {
            wrong.push(format!("{case}: {:?} {:?}", intake.kind, names(&intake)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn columns_set_apart_by_blanks_are_read_as_tables() {
    let text = "Referrer      Jo Reed\nRole          Housing Officer\nOrganisation  Fell Homes\n\nAddress   4 Mill Row, Egremont\nPostcode  CA22 2XX\n\n\
                Name         DOB          Relationship   School\nAda Bell     03/04/1985   Mother\nTom Bell     05/06/2012   Son            Fell Primary\n\n\
                \u{20}                Ada    Tom\nCrime / ASB       N      Y\nSchool            N      N\nHealth            Y      N\n\nAny assessment?    No\nConsent            Not yet obtained.\n";
    let intake = understood("Focus Family nomination", "plain", text);
    assert_eq!(intake.kind, MailKind::Nomination);
    let nomination = intake.nomination.as_ref().unwrap();
    let lines: Vec<String> =
        nomination.members.iter().map(member_line).map(|line| line.rsplit_once('|').unwrap().0.to_owned()).collect();
    assert_eq!(
        lines,
        [
            "Ada|Bell|1985-04-03|-|female|Mother|-|adult|health ticked",
            "Tom|Bell|2012-06-05|-|male|Son|Fell Primary|child|crime_asb ticked"
        ]
    );
    assert_eq!(text_of_home(&intake), "CA22 2XX");
}

fn text_of_home(intake: &Intake) -> String {
    text(&intake.nomination.as_ref().unwrap().address.postcode)
}

#[test]
fn heads_stand_for_people_by_number_initials_and_group() {
    let table = |rows: &str| format!("{PEOPLE}<table><tr><td>Theme</td><td>Met?</td><td>To whom</td></tr>{rows}</table>");
    let cases = [
        ("numbers", table("<tr><td>Crime</td><td>Yes</td><td>Subject 1 (victim), Subject 2</td></tr>"), vec!["Ada: crime_asb", "Tom: crime_asb"]),
        ("initials", table("<tr><td>Health</td><td>Yes</td><td>AB and TB</td></tr>"), vec!["Ada: health", "Tom: health"]),
        ("a group", table("<tr><td>Health</td><td>Yes</td><td>Boys</td></tr>"), vec!["Tom: health"]),
        (
            "a key of numbers",
            "<table><tr><td>Name</td><td>DOB</td><td>Relationship</td><td>1</td><td>2</td><td>3</td></tr>\
             <tr><td>Ada Bell</td><td>3/4/1985</td><td>Mother</td><td></td><td></td><td>☒</td></tr><tr><td>Tom Bell</td><td>5/6/2012</td><td>Son</td><td>☒</td><td></td><td></td></tr></table>\
             <p>Key to columns: 1 = Crime; 2 = Not attending school; 3 = Health problems</p>"
                .to_owned(),
            vec!["Ada: health", "Tom: crime_asb"],
        ),
        (
            "questions answered on the next line",
            format!("{PEOPLE}<p>Is any child missing school?</p><p>Yes – Tom (attendance 61%)</p><p>Is any adult out of work?</p><p>No</p>"),
            vec!["Tom: education"],
        ),
    ];
    all_hold(cases.iter().map(|(case, form, expected)| (*case, themes(&of_html(form)), expected.clone())).collect());
}

#[test]
fn who_nominates_is_told_by_blocks_and_runs_as_well() {
    let with = |block: &str| of_html(&format!("{PEOPLE}<p>Consent given: Yes</p>{block}"));
    let cases = [
        (
            "a run",
            "<p>Nominated by: Jo Reed, Neighbourhood Housing Officer, Fell Tenants Association, 01632 960100</p>",
            vec!["Jo Reed", "Neighbourhood Housing Officer", "Fell Tenants Association", "01632 960100"],
        ),
        (
            "a bracket",
            "<p>Identified by: Jo Reed (Youth Justice Worker), Fell Youth Justice Service, 01632 960100</p>",
            vec!["Jo Reed", "Youth Justice Worker", "Fell Youth Justice Service", "01632 960100"],
        ),
        (
            "a block without labels",
            "<h2>Request made by</h2><table><tr><td>Jo Reed</td><td>SENDCo</td></tr><tr><td>Fell Infants</td><td>01632 960100</td></tr></table>",
            vec!["Jo Reed", "SENDCo", "Fell Infants", "01632 960100"],
        ),
        (
            "cells with labels of their own",
            "<table><tr><td>Referrer: Jo Reed</td><td>Role: Outreach Worker</td></tr><tr><td>Agency: Haven House</td><td>Tel: 01632 960100</td></tr></table>",
            vec!["Jo Reed", "Outreach Worker", "Haven House", "01632 960100"],
        ),
        (
            "a rank and a number",
            "<table><tr><td>Submitting officer</td><td>PC 4471 Jo Reed</td></tr><tr><td>Role</td><td>Early Intervention Officer</td></tr><tr><td>Force</td><td>Fell Constabulary</td></tr><tr><td>Contact</td><td>01632 960100</td></tr></table>",
            vec!["PC 4471 Jo Reed", "Early Intervention Officer", "Fell Constabulary", "01632 960100"],
        ),
    ];
    let told = |intake: Intake| {
        let referrer = intake.nomination.unwrap().referrer;
        vec![text(&referrer.name), text(&referrer.role), text(&referrer.organisation), text(&referrer.phone)]
    };
    all_hold(cases.iter().map(|(case, block, expected)| (*case, told(with(block)), expected.clone())).collect());
}
