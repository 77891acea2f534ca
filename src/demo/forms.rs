//! The forms of the sample county, filled in: nomination and consent as PDF and as Word, and the Early Help Assessment.

use super::county::{Nomination, THEMES};
use super::docx::{BOXES, Word};
use super::pdf::{HEIGHT, Kind, Sheet, WIDTH};

const LEFT: f32 = 40.0;
const RIGHT: f32 = WIDTH - 40.0;
/// Rows of the household on the PDF form.
const ROWS: usize = 6;

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
    y = line(sheet, y, "referrer_email", "Email address", &referrer.email);

    y = heading(sheet, y - 12.0, "2  Where the family lives");
    y = line(sheet, y, "home_address", "Home address", &nomination.address);
    labelled(sheet, LEFT, y, "Postcode");
    sheet.field("postcode", "Postcode", [LEFT + 95.0, y - 5.0, LEFT + 195.0, y + 12.0], Kind::Line, &nomination.postcode);
    labelled(sheet, 315.0, y, "Accommodation");
    let tenures = &["Not known", "Council or social housing", "Private landlord", "Owner"];
    sheet.field(
        "accommodation",
        "Type of accommodation",
        [400.0, y - 5.0, RIGHT, y + 12.0],
        Kind::Choice(tenures),
        tenures[usize::from(!nomination.address.is_empty())],
    );

    y = heading(sheet, y - 36.0, "3  Everybody who lives in the household");
    household(sheet, y, nomination);
    sheet.text(LEFT, 30.0, 8.0, false, 0.4, "Page 1 of 2");
}

fn household(sheet: &mut Sheet, top: f32, nomination: &Nomination) {
    let columns = [
        ("first_name", "First name", 78.0),
        ("surname", "Surname", 82.0),
        ("date_of_birth", "Date of birth", 68.0),
        ("gender", "Gender", 46.0),
        ("relationship", "Relationship", 82.0),
        ("school", "School or nursery", 137.0),
    ];
    let mut x = LEFT + 22.0;
    sheet.fill([LEFT, top - 6.0, RIGHT, top + 12.0], 0.88);
    for (_, title, width) in columns {
        sheet.text(x + 3.0, top, 8.5, true, 0.1, title);
        x += width;
    }
    for row in 0..ROWS {
        let bottom = top - 28.0 - 22.0 * f32::from(u8::try_from(row).expect("a few rows"));
        sheet.text(LEFT + 6.0, bottom + 6.0, 9.0, true, 0.1, &(row + 1).to_string());
        let member = nomination.members.get(row);
        let values = member.map_or([""; 6], |m| [&*m.given, &*m.family, &*m.born, &*m.gender, &*m.relationship, &*m.school]);
        let mut x = LEFT + 22.0;
        for ((key, title, width), value) in columns.into_iter().zip(values) {
            let name = format!("person_{}_{key}", row + 1);
            let label = format!("Person {}: {title}", row + 1);
            sheet.field(&name, &label, [x, bottom, x + width - 2.0, bottom + 18.0], Kind::Line, value);
            x += width;
        }
    }
}

fn second_page(sheet: &mut Sheet, nomination: &Nomination) {
    sheet.page();
    let mut y = heading(sheet, HEIGHT - 56.0, "4  Which criteria does each person meet?");
    sheet.text(LEFT, y, 8.5, false, 0.25, "Tick under the person. The numbers are those of section 3.");
    y -= 22.0;
    y = criteria(sheet, y, nomination);

    y = heading(sheet, y - 14.0, "5  Agencies that work with the family");
    for index in 0..3 {
        let (agency, contact) = nomination.agencies.get(index).cloned().unwrap_or_default();
        let number = index + 1;
        let names = [format!("agency_{number}_name"), format!("agency_{number}_contact")];
        y = two(sheet, y, [(&names[0], "Agency", &agency), (&names[1], "Contact", &contact)]);
    }

    y = heading(sheet, y - 12.0, "6  Assessment and reason");
    let pair = [
        ("early_help_assessment", "Early Help Assessment", &nomination.assessment),
        ("statutory_plan", "Statutory plan", &nomination.plan),
    ];
    y = two(sheet, y, pair);
    labelled(sheet, LEFT, y, "Reason for");
    labelled(sheet, LEFT, y - 11.0, "nomination");
    let place = [LEFT + 95.0, y - 62.0, RIGHT, y + 12.0];
    sheet.field("reason_for_nomination", "Reason for nomination", place, Kind::Paragraph, &nomination.reason);

    y = heading(sheet, y - 92.0, "7  Consent of the family");
    let words = "We agree that Focus Family may ask the agencies named above what they know about us, and may share this form \
                 with them, so that we get one plan. We can take this back at any time.";
    y = sheet.paragraph(LEFT, y, 9.0, RIGHT - LEFT, words) - 8.0;
    let (signed_by, signed_on) = nomination.consent.clone().unwrap_or_default();
    labelled(sheet, LEFT, y, "Does the family agree?");
    for (x, name, word, value) in
        [(170.0, "consent_yes", "Yes", if signed_by.is_empty() { "" } else { "x" }), (230.0, "consent_no", "No", "")]
    {
        sheet.field(name, &format!("Does the family agree? {word}"), [x, y - 3.0, x + 13.0, y + 10.0], Kind::Tick, value);
        sheet.text(x + 18.0, y, 9.0, false, 0.1, word);
    }
    y -= 26.0;
    two(sheet, y, [("consent_signed_by", "Signed (parent or carer)", &signed_by), ("consent_date", "Date", &signed_on)]);
    sheet.text(LEFT, 30.0, 8.0, false, 0.4, "Page 2 of 2");
}

fn criteria(sheet: &mut Sheet, top: f32, nomination: &Nomination) -> f32 {
    let column = |person: usize| 296.0 + 46.0 * f32::from(u8::try_from(person).expect("a few people"));
    sheet.fill([LEFT, top - 6.0, RIGHT, top + 12.0], 0.88);
    sheet.text(LEFT + 4.0, top, 8.5, true, 0.1, "Criterion");
    for person in 0..ROWS {
        sheet.text(column(person) - 12.0, top, 8.5, true, 0.1, &format!("Person {}", person + 1));
    }
    let mut y = top - 24.0;
    for (key, title) in THEMES {
        sheet.text(LEFT + 4.0, y, 9.0, false, 0.1, title);
        for person in 0..ROWS {
            let ticked = nomination.members.get(person).is_some_and(|member| member.themes.contains(key));
            let x = column(person);
            let name = format!("person_{}_{key}", person + 1);
            let label = format!("Person {}: {title}", person + 1);
            sheet.field(&name, &label, [x, y - 3.0, x + 13.0, y + 10.0], Kind::Tick, if ticked { "x" } else { "" });
        }
        sheet.fill([LEFT, y - 7.5, RIGHT, y - 7.0], 0.8);
        y -= 22.0;
    }
    y
}

fn heading(sheet: &mut Sheet, y: f32, text: &str) -> f32 {
    sheet.text(LEFT, y, 12.0, true, 0.1, text);
    sheet.fill([LEFT, y - 6.0, RIGHT, y - 5.0], 0.3);
    y - 26.0
}

fn labelled(sheet: &mut Sheet, x: f32, y: f32, label: &str) {
    sheet.text(x, y, 9.0, false, 0.1, label);
}

fn line(sheet: &mut Sheet, y: f32, name: &str, label: &str, value: &str) -> f32 {
    labelled(sheet, LEFT, y, label);
    sheet.field(name, label, [LEFT + 95.0, y - 5.0, RIGHT, y + 12.0], Kind::Line, value);
    y - 24.0
}

/// Two labelled fields side by side: name, label, value.
fn two(sheet: &mut Sheet, y: f32, pair: [(&str, &str, &String); 2]) -> f32 {
    for ((name, label, value), (x, field_x, right)) in pair.into_iter().zip([(LEFT, LEFT + 95.0, 305.0), (315.0, 400.0, RIGHT)]) {
        let words: Vec<&str> = label.splitn(2, " (").collect();
        // A long label takes two lines, so that it never runs into its field.
        if let [first, rest] = words[..] {
            labelled(sheet, x, y + 5.0, first);
            labelled(sheet, x, y - 6.0, &format!("({rest}"));
        } else if label.len() > 18 {
            let (first, rest) = label.rsplit_once(' ').unwrap_or((label, ""));
            labelled(sheet, x, y + 5.0, first);
            labelled(sheet, x, y - 6.0, rest);
        } else {
            labelled(sheet, x, y, label);
        }
        sheet.field(name, label, [field_x, y - 5.0, right, y + 12.0], Kind::Line, value);
    }
    y - 24.0
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
