//! The forms of the sample county, filled in: nomination and consent as PDF and as Word, and the Early Help Assessment.

use super::county::{Nomination, THEMES};
use super::docx::{BOXES, Word};
use super::pdf::{HEIGHT, Kind, Sheet, WIDTH};

const LEFT: f32 = 40.0;
const RIGHT: f32 = WIDTH - 40.0;
/// Height of a row of a table.
const ROW: f32 = 22.0;
/// People the PDF form has room for.
const PEOPLE: usize = 6;
/// What each column of the criteria table says, in the order of [`THEMES`]: two lines.
const CRITERIA: [[&str; 2]; 6] = [
    ["Crime or", "anti-social"],
    ["Not attending", "school"],
    ["Out of work", "or in debt"],
    ["Child who", "needs help"],
    ["Domestic", "abuse"],
    ["Health", "problems"],
];

/// The nomination and consent form as a PDF with fields, two pages.
#[must_use]
pub fn nomination_pdf(nomination: &Nomination) -> lopdf::Document {
    let mut sheet = Sheet::default();
    first_page(&mut sheet, nomination);
    second_page(&mut sheet, nomination);
    sheet.document("Focus Family nomination and consent form")
}

fn first_page(sheet: &mut Sheet, nomination: &Nomination) {
    sheet.page();
    sheet.fill([0.0, HEIGHT - 74.0, WIDTH, HEIGHT], 0.16);
    sheet.text(LEFT, HEIGHT - 40.0, 20.0, true, 1.0, "Focus Family");
    sheet.text(LEFT, HEIGHT - 60.0, 12.0, false, 1.0, "Nomination and consent form");
    let notes = "Please talk with the family first. Fill in what you know; nothing has to be found out for this form. \
                 If somebody is in danger now, ring 999; do not send a form.";
    sheet.paragraph(LEFT, HEIGHT - 94.0, 9.0, RIGHT - LEFT, notes);

    let referrer = &nomination.referrer;
    let mut y = heading(sheet, HEIGHT - 138.0, "1  Person making this nomination");
    for pair in [
        [("referrer_name", "Name", &referrer.name), ("referrer_role", "Job title", &referrer.role)],
        [("referrer_organisation", "Organisation", &referrer.organisation), ("referrer_telephone", "Telephone", &referrer.phone)],
    ] {
        y = two(sheet, y, pair);
    }
    y = one(sheet, y, "referrer_email", "Email address", &referrer.email);

    y = heading(sheet, y - 24.0, "2  Where the family lives");
    y = one(sheet, y, "home_address", "Home address", &nomination.address);
    let tenures = &["Not known", "Council or social housing", "Private landlord", "Owner"];
    let tenure = tenures[usize::from(!nomination.address.is_empty())].to_owned();
    for (x, name, label, value, kind) in [
        (LEFT, "postcode", "Postcode", &nomination.postcode, Kind::Line),
        (MIDDLE, "accommodation", "Accommodation", &tenure, Kind::Choice(tenures)),
    ] {
        labelled(sheet, x, y, name, label, value, kind);
    }

    y = heading(sheet, y - ROW - 24.0, "3  Everybody who lives in the household");
    household(sheet, y, nomination);
    sheet.text(LEFT, 30.0, 8.0, false, 0.4, "Page 1 of 2");
}

fn household(sheet: &mut Sheet, top: f32, nomination: &Nomination) {
    let columns = [
        ("first_name", "First name", 82.0),
        ("surname", "Surname", 86.0),
        ("date_of_birth", "Date of birth", 70.0),
        ("gender", "Gender", 48.0),
        ("relationship", "Relationship", 86.0),
        ("school", "School or nursery", 143.0),
    ];
    let mut x = LEFT;
    for (key, title, width) in columns {
        sheet.cell([x, top - ROW, x + width, top], true);
        sheet.text(x + 4.0, top - 14.0, 8.5, true, 0.1, title);
        let mut bottom = top - ROW;
        for person in 0..PEOPLE {
            bottom -= ROW;
            let value = nomination.members.get(person).map_or("", |member| match key {
                "first_name" => &member.given,
                "surname" => &member.family,
                "date_of_birth" => &member.born,
                "gender" => &member.gender,
                "relationship" => &member.relationship,
                _ => &member.school,
            });
            let (name, label) = (format!("person_{}_{key}", person + 1), format!("Person {}: {title}", person + 1));
            sheet.cell([x, bottom, x + width, bottom + ROW], false);
            sheet.field(&name, &label, [x + 1.0, bottom + 2.0, x + width - 1.0, bottom + ROW - 2.0], Kind::Line, value);
        }
        x += width;
    }
}

fn second_page(sheet: &mut Sheet, nomination: &Nomination) {
    sheet.page();
    let mut y = heading(sheet, HEIGHT - 56.0, "4  Which criteria does each person meet?");
    y = criteria(sheet, y, nomination);

    y = heading(sheet, y - 24.0, "5  Agencies that work with the family");
    for index in 0..3 {
        let (agency, contact) = nomination.agencies.get(index).cloned().unwrap_or_default();
        let number = index + 1;
        let names = [format!("agency_{number}_name"), format!("agency_{number}_contact")];
        y = two(sheet, y, [(&names[0], "Agency", &agency), (&names[1], "Contact", &contact)]);
    }

    y = heading(sheet, y - 24.0, "6  Assessment and reason");
    let pair = [
        ("early_help_assessment", "Early Help Assessment", &nomination.assessment),
        ("statutory_plan", "Statutory plan", &nomination.plan),
    ];
    y = two(sheet, y, pair);
    let place = [LEFT + LABEL, y - 72.0, RIGHT, y];
    sheet.cell([LEFT, y - 72.0, LEFT + LABEL, y], true);
    sheet.text(LEFT + 4.0, y - 14.0, 8.5, true, 0.1, "Reason for");
    sheet.text(LEFT + 4.0, y - 25.0, 8.5, true, 0.1, "nomination");
    sheet.cell(place, false);
    let inside = [place[0] + 1.0, place[1] + 2.0, place[2] - 1.0, place[3] - 2.0];
    sheet.field("reason_for_nomination", "Reason for nomination", inside, Kind::Paragraph, &nomination.reason);

    y = heading(sheet, y - 72.0 - 24.0, "7  Consent of the family");
    let words = "We agree that Focus Family may ask the agencies named above what they know about us, and may share this form \
                 with them, so that we get one plan. We can take this back at any time.";
    y = sheet.paragraph(LEFT, y - 10.0, 9.0, RIGHT - LEFT, words) - 10.0;
    let (signed_by, signed_on) = nomination.consent.clone().unwrap_or_default();
    sheet.text(LEFT, y, 9.0, true, 0.1, "Does the family agree?");
    let agreed = if signed_by.is_empty() { "" } else { "x" };
    for (x, name, word, value) in [(170.0, "consent_yes", "Yes", agreed), (230.0, "consent_no", "No", "")] {
        sheet.field(name, &format!("Does the family agree? {word}"), [x, y - 3.0, x + 13.0, y + 10.0], Kind::Tick, value);
        sheet.text(x + 18.0, y, 9.0, false, 0.1, word);
    }
    two(sheet, y - 16.0, [("consent_signed_by", "Signed (parent or carer)", &signed_by), ("consent_date", "Date", &signed_on)]);
    sheet.text(LEFT, 30.0, 8.0, false, 0.4, "Page 2 of 2");
}

/// A row for each person, a box for each criterion.
fn criteria(sheet: &mut Sheet, top: f32, nomination: &Nomination) -> f32 {
    let (named, width) = (131.0, 64.0);
    let header = 30.0;
    sheet.cell([LEFT, top - header, LEFT + named, top], true);
    sheet.text(LEFT + 4.0, top - 18.0, 8.5, true, 0.1, "Family member");
    let mut x = LEFT + named;
    for lines in CRITERIA {
        sheet.cell([x, top - header, x + width, top], true);
        sheet.text(x + 4.0, top - 12.0, 8.0, true, 0.1, lines[0]);
        sheet.text(x + 4.0, top - 22.0, 8.0, true, 0.1, lines[1]);
        x += width;
    }
    let mut bottom = top - header;
    for person in 0..PEOPLE {
        bottom -= ROW;
        let member = nomination.members.get(person);
        let number = person + 1;
        sheet.cell([LEFT, bottom, LEFT + named, bottom + ROW], false);
        let place = [LEFT + 1.0, bottom + 2.0, LEFT + named - 1.0, bottom + ROW - 2.0];
        let name = member.map(super::county::Member::name).unwrap_or_default();
        sheet.field(&format!("criteria_{number}_name"), &format!("Family member {number}"), place, Kind::Line, &name);
        let mut x = LEFT + named;
        for (key, title) in THEMES {
            let ticked = member.is_some_and(|member| member.themes.contains(key));
            sheet.cell([x, bottom, x + width, bottom + ROW], false);
            let place = [x + 25.0, bottom + 4.5, x + 38.0, bottom + 17.5];
            let label = format!("Family member {number}: {title}");
            sheet.field(&format!("criteria_{number}_{key}"), &label, place, Kind::Tick, if ticked { "x" } else { "" });
            x += width;
        }
    }
    bottom
}

/// Width of a cell that holds a label.
const LABEL: f32 = 92.0;
/// Where the second label of a row stands.
const MIDDLE: f32 = 300.0;

fn heading(sheet: &mut Sheet, y: f32, text: &str) -> f32 {
    sheet.text(LEFT, y, 12.0, true, 0.1, text);
    y - 9.0
}

/// A label and its field, as two cells below `top`. The left pair ends where the right one begins.
fn labelled(sheet: &mut Sheet, x: f32, top: f32, name: &str, label: &str, value: &str, kind: Kind) {
    let right = if x < MIDDLE { MIDDLE } else { RIGHT };
    wide(sheet, [x, top - ROW, right, top], name, label, value, kind);
}

fn wide(sheet: &mut Sheet, [left, bottom, right, top]: [f32; 4], name: &str, label: &str, value: &str, kind: Kind) {
    sheet.cell([left, bottom, left + LABEL, top], true);
    sheet.cell([left + LABEL, bottom, right, top], false);
    // A long label takes two lines, so that it never runs out of its cell.
    match label.split_once(" (").map(|(first, rest)| (first, format!("({rest}"))) {
        Some((first, rest)) => two_lines(sheet, left, bottom, [first, &rest]),
        None if label.len() > 18 => {
            let (first, rest) = label.rsplit_once(' ').unwrap_or((label, ""));
            two_lines(sheet, left, bottom, [first, rest]);
        }
        None => sheet.text(left + 4.0, bottom + 8.0, 8.5, true, 0.1, label),
    }
    sheet.field(name, label, [left + LABEL + 1.0, bottom + 2.0, right - 1.0, top - 2.0], kind, value);
}

fn two_lines(sheet: &mut Sheet, left: f32, bottom: f32, [first, rest]: [&str; 2]) {
    sheet.text(left + 4.0, bottom + 12.5, 7.5, true, 0.1, first);
    sheet.text(left + 4.0, bottom + 4.0, 7.5, true, 0.1, rest);
}

/// One label with a field over the whole width.
fn one(sheet: &mut Sheet, top: f32, name: &str, label: &str, value: &str) -> f32 {
    wide(sheet, [LEFT, top - ROW, RIGHT, top], name, label, value, Kind::Line);
    top - ROW
}

/// Two labels with their fields side by side: name, label, value.
fn two(sheet: &mut Sheet, top: f32, pair: [(&str, &str, &String); 2]) -> f32 {
    for ((name, label, value), x) in pair.into_iter().zip([LEFT, MIDDLE]) {
        labelled(sheet, x, top, name, label, value, Kind::Line);
    }
    top - ROW
}

/// The nomination and consent form as a Word document: tables, and a grid with a box for each person and criterion.
#[must_use]
pub fn nomination_docx(nomination: &Nomination) -> Vec<u8> {
    let mut word = Word::default();
    let row = |cells: &[&str]| cells.iter().map(|cell| (*cell).to_owned()).collect::<Vec<_>>();
    word.heading(1, "Focus Family: nomination and consent form");
    word.paragraph("Please talk with the family first. If somebody is in danger now, ring 999; do not send a form.");
    let referrer = &nomination.referrer;
    word.heading(2, "Nominated by");
    word.table(
        &[1900, 3050, 1700, 3250],
        false,
        &[
            row(&["Name", &referrer.name, "Job title", &referrer.role]),
            row(&["Organisation", &referrer.organisation, "Telephone", &referrer.phone]),
            row(&["Email", &referrer.email, "Postcode", &nomination.postcode]),
            row(&["Home address", &nomination.address, "", ""]),
        ],
    );
    word.heading(2, "Household composition");
    let mut rows = vec![row(&["Forename", "Surname", "DOB", "M/F", "Relationship", "School/Nursery/College"])];
    rows.extend(nomination.members.iter().map(|m| row(&[&m.given, &m.family, &m.born, &m.gender, &m.relationship, &m.school])));
    word.table(&[1500, 1700, 1500, 800, 1700, 2700], true, &rows);
    word.heading(2, "Criteria: please mark each one a person meets");
    let mut rows = vec![row(&["Criterion"])];
    rows[0].extend(nomination.members.iter().map(|member| member.given.clone()));
    for (key, title) in THEMES {
        let mut cells = row(&[title]);
        cells.extend(nomination.members.iter().map(|m| BOXES[usize::from(m.themes.contains(key))].to_owned()));
        rows.push(cells);
    }
    let mut widths = vec![4300];
    widths.extend(nomination.members.iter().map(|_| 1100));
    word.table(&widths, true, &rows);
    word.heading(2, "Professionals involved");
    let mut rows = vec![row(&["Agency", "Name and contact details"])];
    rows.extend(nomination.agencies.iter().map(|(agency, contact)| row(&[agency, contact])));
    word.table(&[4000, 5900], true, &rows);
    word.heading(2, "Reason for referral");
    word.paragraph(&nomination.reason);
    word.heading(2, "Assessment and consent");
    let (signed_by, signed_on) = nomination.consent.clone().unwrap_or_default();
    let [no, yes] = BOXES;
    let agreed = if signed_by.is_empty() { format!("Yes {no}   No {no}") } else { format!("Yes {yes}   No {no}") };
    word.table(
        &[4000, 5900],
        false,
        &[
            row(&["Early Help Assessment", &nomination.assessment]),
            row(&["Statutory plan", &nomination.plan]),
            row(&["Has the family consented to this referral?", &agreed]),
            row(&["Signed (parent/carer)", &signed_by]),
            row(&["Date", &signed_on]),
        ],
    );
    word.bytes()
}

/// An Early Help Assessment of the youngest child of `nomination`, completed on `completed_on`.
#[must_use]
pub fn early_help_assessment(nomination: &Nomination, completed_on: &str) -> Vec<u8> {
    let mut word = Word::default();
    let row = |cells: &[&str]| cells.iter().map(|cell| (*cell).to_owned()).collect::<Vec<_>>();
    let Some(child) = nomination.members.last() else { return word.bytes() };
    word.heading(1, "Early Help Assessment");
    word.table(
        &[2600, 2350, 2200, 2750],
        false,
        &[
            row(&["Child/Young Person's full name", &child.name(), "Date of birth", &child.born]),
            row(&["Home address", &nomination.address, "Postcode", &nomination.postcode]),
            row(&["Assessment completed by", &nomination.referrer.name, "Date completed", completed_on]),
        ],
    );
    for (title, text) in [
        ("What is working well?", "Mornings are calmer since breakfast club began. Grandparents help on two evenings a week."),
        (
            "What are we worried about?",
            "Appointments are missed, and letters are not opened. The family says that things pile up.",
        ),
        ("Wellbeing goals", "To be in class every day this half term. To have one person to ring."),
        ("Child's views", "I like art. I want somebody to sort out the damp in my room."),
        ("Parent/carer views", "We want one plan instead of six phone calls."),
    ] {
        word.heading(2, title);
        word.paragraph(text);
    }
    word.heading(2, "Plan");
    word.table(
        &[4600, 2700, 2600],
        true,
        &[
            row(&["Action", "Who", "By when"]),
            row(&["Meet the school about mornings", "Family and school", "In two weeks"]),
            row(&["Report the damp again, in writing", "Housing officer", "This week"]),
        ],
    );
    word.bytes()
}
