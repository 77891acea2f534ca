//! Who nominates, as strangers write it: the job behind the name, the telephone in the next row, the agency in the letterhead; and
//! people in rows, columns and cells that no head explains.

use focus_family::domain::nomination::{Answer, Intake};

use super::reading::{member_line, understood};

const FAMILY: &str = "<table><tr><th>Name</th><th>DOB</th><th>Relationship</th></tr><tr><td>Ada Bell</td><td>3/4/1985</td><td>Mother</td></tr>\
    <tr><td>Tom Bell</td><td>5/6/2012</td><td>Son</td></tr></table>";

fn of_html(text: &str) -> Intake {
    understood("Focus Family nomination", "html", &format!("<html><body>{text}</body></html>"))
}

fn text(answer: &Option<Answer<String>>) -> String {
    answer.as_ref().map_or_else(|| "-".to_owned(), |answer| answer.value.reveal().clone())
}

fn referrer(intake: &Intake) -> String {
    let Some(nomination) = &intake.nomination else { return "nothing".to_owned() };
    let referrer = &nomination.referrer;
    [&referrer.name, &referrer.role, &referrer.organisation, &referrer.phone].map(text).join(" | ")
}

/// `given family day relationship school` of each member.
fn people(intake: &Intake) -> Vec<String> {
    let Some(nomination) = &intake.nomination else { return Vec::new() };
    let of = |member| {
        let line = member_line(member);
        line.split('|').take(3).collect::<Vec<_>>().join(" ")
    };
    let members = nomination.members.iter();
    members.map(|member| format!("{} {} {}", of(member), text(&member.relationship), text(&member.school))).collect()
}

#[track_caller]
fn all_hold<T: PartialEq + std::fmt::Debug>(cases: Vec<(&str, T, T)>) {
    let wrong: Vec<String> = cases
        .into_iter()
        .filter(|(_, found, expected)| found != expected)
        .map(|(case, found, expected)| format!("{case}\n    found    {found:?}\n    expected {expected:?}"))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_stands_beside_the_name_of_who_nominates_is_said_of_them() {
    let of = |below: &str| referrer(&of_html(&format!("{FAMILY}{below}")));
    let full = "Jo Church | Family Befriender | Harbour Hub | 01632 960 150".to_owned();
    let cases = vec![
        (
            "in one cell",
            of(
                "<table><tr><td>Sent in by</td><td>Jo Church, Family Befriender, Harbour Hub</td></tr><tr><td>Ring</td><td>01632 960 150</td></tr></table>",
            ),
            full.clone(),
        ),
        ("in a bracket", of("<p>Made by: Jo Church (Family Befriender, Harbour Hub). Telephone 01632 960 150</p>"), full.clone()),
        (
            "label by label",
            of(
                "<table><tr><td>Form filled in for the hub by</td><td>Jo Church</td></tr><tr><td>Job title</td><td>Family Befriender</td></tr><tr><td>Who for?</td><td>Harbour Hub</td></tr><tr><td>Direct dial</td><td>01632 960 150</td></tr></table>",
            ),
            full.clone(),
        ),
        (
            "labels above",
            of(
                "<table><tr><th>Raised by</th><th>What do you do?</th><th>Employer</th><th>Number we can ring</th></tr><tr><td>Jo Church</td><td>Family Befriender</td><td>Harbour Hub</td><td>01632 960 150</td></tr></table>",
            ),
            full,
        ),
        (
            "the force beside the department",
            of(
                "<table><tr><td>Submitted by</td><td>PC 2214 Jo Church</td></tr><tr><td>Department</td><td>Problem Solving</td></tr><tr><td>Force</td><td>Fellshire Constabulary</td></tr></table>",
            ),
            "PC 2214 Jo Church | - | Fellshire Constabulary | -".to_owned(),
        ),
        (
            "boxes are no job",
            of("<p>Nominating worker: Jo Church</p><p>Jobs, benefits and bills: Ada ( ) Tom (*)</p>"),
            "Jo Church | - | - | -".to_owned(),
        ),
        (
            "another's number",
            of(
                "<p>Made by: Jo Church</p><h3>Agencies involved</h3><table><tr><th>Organisation</th><th>Contact</th></tr><tr><td>Hill Clinic</td><td>Jo Church, 01632 960 151</td></tr></table>",
            ),
            "Jo Church | - | - | -".to_owned(),
        ),
    ];
    all_hold(cases);
}

#[test]
fn people_are_read_from_rows_and_cells_that_no_head_explains() {
    let of = |table: &str| people(&of_html(&format!("<p>Nominated by: Jo Church</p><h3>The family</h3><table>{table}</table>")));
    let pair = |ada: &str, tom: &str| vec![ada.to_owned(), tom.to_owned()];
    let both = pair("Ada Bell 1985-04-03 Mother -", "Tom Bell 2012-06-05 Son Hill Academy");
    let cases = vec![
        (
            "no head",
            of(
                "<tr><td>①</td><td>Ada Bell</td><td>Mother</td><td>3/4/1985</td></tr><tr><td>②</td><td>Tom Bell</td><td>Son</td><td>5/6/2012</td></tr>",
            ),
            pair("Ada Bell 1985-04-03 Mother -", "Tom Bell 2012-06-05 Son -"),
        ),
        (
            "merged groups",
            of(
                "<tr><td rowspan=2>Parent(s) / carer(s)</td><td>1</td><td>Ada Bell</td><td>Mother</td><td>3/4/1985</td></tr><tr><td>2</td><td>none</td><td></td><td></td></tr><tr><td rowspan=2>Brothers and sisters at home</td><td>1</td><td>Tom Bell</td><td>Son</td><td>5/6/2012</td></tr><tr><td>2</td><td></td><td></td><td></td></tr>",
            ),
            pair("Ada Bell 1985-04-03 Mother -", "Tom Bell 2012-06-05 Son -"),
        ),
        (
            "kinship across",
            of(
                "<tr><td></td><td>Mother</td><td>Son</td></tr><tr><td>Called</td><td>Ada Bell</td><td>Tom Bell</td></tr><tr><td>Birthday</td><td>3/4/1985</td><td>5/6/2012</td></tr><tr><td>Setting</td><td></td><td>Hill Academy</td></tr>",
            ),
            both.clone(),
        ),
        (
            "two in a row",
            of(
                "<tr><th>Child(ren)</th><th>Birth date</th><th>At</th><th>Mum / dad etc</th><th>Birth date</th></tr><tr><td>Tom Bell</td><td>5/6/2012</td><td>Hill Academy</td><td>Ada Bell (mother)</td><td>3/4/1985</td></tr>",
            ),
            pair("Tom Bell 2012-06-05 - Hill Academy", "Ada Bell 1985-04-03 mother -"),
        ),
        (
            "one family a row",
            of(
                "<tr><td>Nominated by</td><td>Family address</td><td>Parent 1</td><td>P1 DOB</td><td>Child 1</td><td>C1 DOB</td><td>C1 school</td></tr><tr><td>EXAMPLE</td><td>1 Sample Street</td><td>Jane Sample</td><td>1/1/1980</td><td>Joe Sample</td><td>3/3/2010</td><td>Sample School</td></tr><tr><td>Jo Church</td><td>2 Row</td><td>Ada Bell</td><td>3/4/1985</td><td>Tom Bell</td><td>5/6/2012</td><td>Hill Academy</td></tr>",
            ),
            pair("Ada Bell 1985-04-03 - -", "Tom Bell 2012-06-05 - Hill Academy"),
        ),
        (
            "lists in cells",
            of(
                "<tr><td>Tenant(s)</td><td>Ada Bell, born 3.4.1985 (mother)</td></tr><tr><td>Children at the property</td><td>Tom Bell, 5.6.2012, Hill Academy</td></tr><tr><td>Not at the property</td><td>Tom's half-sister Kay Marsh, 17, in Leeds</td></tr>",
            ),
            pair("Ada Bell 1985-04-03 Mother -", "Tom Bell 2012-06-05 - Hill Academy"),
        ),
        (
            "a column says who lives here",
            of(
                "<tr><th>Name</th><th>Relationship</th><th>Date of birth</th><th>Same address</th></tr><tr><td>Ada Bell</td><td>Mother</td><td>3/4/1985</td><td>Yes</td></tr><tr><td>Kay Bell</td><td>Mother</td><td>2/2/1960</td><td>No</td></tr><tr><td>Tom Bell</td><td>Son</td><td>5/6/2012</td><td>Yes</td></tr>",
            ),
            pair("Ada Bell 1985-04-03 Mother -", "Tom Bell 2012-06-05 Son -"),
        ),
        (
            "a heading inside the table",
            of(
                "<tr><td>Who lives in the home</td><td></td><td></td></tr><tr><td>Full name</td><td>Date of birth</td><td>Relation to the children</td></tr><tr><td>Ada Bell</td><td>3/4/1985</td><td>Mother</td></tr><tr><td>Tom Bell</td><td>5/6/2012</td><td>Son</td></tr></table><table><tr><td>Family who do NOT live in the home</td><td></td><td></td></tr><tr><td>Full name</td><td>Date of birth</td><td>Relation to the children</td></tr><tr><td>Lee Marsh</td><td>1/2/1984</td><td>Father</td></tr>",
            ),
            pair("Ada Bell 1985-04-03 Mother -", "Tom Bell 2012-06-05 Son -"),
        ),
        (
            "a column of roles",
            of(
                "<tr><th>Person</th><th>Born</th><th>Role</th></tr><tr><td>Ada Bell</td><td>3/4/1985</td><td>Mother</td></tr><tr><td>Tom Bell</td><td>5/6/2012</td><td>Son</td></tr>",
            ),
            pair("Ada Bell 1985-04-03 Mother -", "Tom Bell 2012-06-05 Son -"),
        ),
    ];
    all_hold(cases);
}

/// `given, by whom, when` of the consent a mail with `line` below the family shows.
fn consent(line: &str) -> String {
    let intake = of_html(&format!("{FAMILY}<p>Address: 4 Mill Row, Workington CA14 2ZZ</p>{line}"));
    let Some(nomination) = &intake.nomination else { return "nothing".to_owned() };
    let consent = &nomination.consent;
    let given = consent.given.as_ref().map_or("-", |given| if *given.value.reveal() { "yes" } else { "no" });
    let day = consent.signed_on.as_ref().map_or_else(|| "-".to_owned(), |day| day.value.reveal().to_string());
    [given.to_owned(), text(&consent.signed_by), day].join(" | ")
}

#[test]
fn consent_is_told_in_a_cell_a_bracket_and_a_sentence_before_the_signature() {
    let row = |label: &str, value: &str| consent(&format!("<table><tr><td>{label}</td><td>{value}</td></tr></table>"));
    let line = |text: &str| consent(&format!("<p>{text}</p>"));
    let ada = "yes | Ada Bell | 2026-10-03".to_owned();
    all_hold(vec![
        ("a name and a day", row("Parent / carer agreement", "Ada Bell 3/10/26"), ada.clone()),
        ("a name and a day on a line", line("Parent/carer agreement: Ada Bell, 3.10.2026"), ada.clone()),
        ("how it was given", line("OK to share?: Yes – Ada, in writing, 3/10/2026"), ada.clone()),
        ("where it is kept", line("Signed consent: held on file, 3/10/26"), "yes | - | 2026-10-03".to_owned()),
        ("a question with a remark", line("Consent? (name and date): Yes – Ada Bell, 3/10/26"), ada.clone()),
        ("a question and its answer", line("Does the family agree? Yes"), "yes | - | -".to_owned()),
        ("the same of a tenant", line("Does the tenant agree? Yes, they agree"), "yes | - | -".to_owned()),
        ("a sentence with a bracket", line("Mum has now said yes (she signed our agreement form on 3 October 2026)."), ada),
        ("somebody else's surname", line("Consent: Given – signed by Mrs Marsh 3/10/26"), "yes | - | 2026-10-03".to_owned()),
        ("a day to come", line("Parent agreement: to be signed 3/12/26"), "- | - | -".to_owned()),
        ("nobody asked yet", line("Parent/carer agreement: Jo to ask 3/12/26"), "- | - | -".to_owned()),
        ("a refusal", line("Does the family agree? No, Ada has refused"), "no | - | -".to_owned()),
    ]);
}

#[test]
fn a_plan_told_in_a_sentence_is_the_assessment_and_one_that_is_over_is_not() {
    let of = |sentence: &str| {
        let intake = of_html(&format!("{FAMILY}<p>Address: 4 Mill Row, Workington CA14 2ZZ</p><p>{sentence}</p>"));
        intake.nomination.map_or_else(String::new, |nomination| {
            nomination
                .assessment
                .kind
                .map_or_else(|| "-".to_owned(), |kind| format!("{kind:?} {:?}", nomination.assessment.state))
        })
    };
    let plan = "ChildProtectionPlan Complete".to_owned();
    all_hold(vec![
        ("since when", of("Tom has been on a child protection plan since 14 July 2026."), plan.clone()),
        ("made subject to", of("Tom has been made subject to a child protection plan (conference of 31 March 2026)."), plan),
        ("over", of("Tom was on a child protection plan until 2019."), "-".to_owned()),
        ("denied", of("Tom is not on a child protection plan."), "-".to_owned()),
        ("supposed", of("If this goes on Tom may need a child protection plan."), "-".to_owned()),
        (
            "begun and not yet finished",
            of("An Early Help Assessment was started on 24 June 2026 and is not yet finished."),
            "EarlyHelpAssessment Started".to_owned(),
        ),
        ("never begun", of("An Early Help Assessment has not been started."), "-".to_owned()),
    ]);
}
