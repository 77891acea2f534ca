//! Members told on lines: after a label, numbered, several on one line, one to a paragraph; with what is said of each, or without.

use super::dice::Dice;
use super::family::{Family, Person};
use super::layout::{Piece, Style};

/// What people write of somebody in a line, by theme.
const SAID: &[(&str, &[&str])] = &[
    ("crime_asb", &["arrested for shoplifting in May", "on a community order", "cautioned for criminal damage"]),
    ("education", &["attendance 71%", "excluded twice this term", "poor attendance", "on a reduced timetable"]),
    ("work_finance", &["out of work", "in rent arrears", "unemployed and in debt", "claims benefits"]),
    ("child_help", &["young carer", "child in need plan", "goes missing at night"]),
    ("domestic_abuse", &["victim of domestic abuse", "known to MARAC", "has a non-molestation order"]),
    ("health", &["depression", "self-harms", "ADHD", "drinks heavily"]),
];
/// What says nothing, or denies.
const HOLLOW: &[&str] =
    &["no concerns", "no police involvement", "doing well", "no domestic abuse, crime or debt", "enjoys football"];

fn said(dice: &mut Dice, person: &Person) -> Vec<String> {
    let mut said: Vec<String> = Vec::new();
    for theme in &person.themes {
        let (_, phrases) = SAID.iter().find(|(key, _)| key == theme).unwrap();
        said.push(dice.say(phrases));
    }
    if dice.chance(30) && person.due.is_none() {
        let hollow = dice.say(HOLLOW);
        if dice.chance(50) { said.push(hollow) } else { said.insert(0, hollow) }
    }
    said
}

fn born(dice: &mut Dice, style: &Style, person: &Person) -> String {
    let born = style.born(person);
    match (person.born, person.age) {
        (Some(_), _) => format!("{}{born}", dice.pick(&["", "", "DOB ", "born ", "D.O.B. ", "date of birth "])),
        (None, Some(age)) => dice.pick(&["aged ", "age "]).to_string() + &age.to_string(),
        _ => born,
    }
}

/// `Name (born)` or `Name, born`, then the rest behind commas, semicolons or dashes.
fn line(dice: &mut Dice, style: &Style, person: &Person, kin: bool, divider: &str) -> String {
    let mut details = Vec::new();
    if kin {
        details.push(person.relationship.to_lowercase());
    }
    let day = born(dice, style, person);
    if !day.is_empty() {
        details.insert(dice.below(details.len() + 1), day);
    }
    let mut line = person.full();
    if dice.chance(50) && !details.is_empty() {
        line.push_str(&format!(" ({})", details.join(", ")));
        details.clear();
    }
    details.extend(person.school.map(|school| match dice.below(3) {
        0 => format!("attends {school}"),
        _ => school.to_owned(),
    }));
    if style.criteria == "own words" {
        details.extend(said(dice, person));
    }
    for detail in details {
        line.push_str(divider);
        line.push_str(&detail);
    }
    line
}

/// The household on lines of its own.
pub fn household(dice: &mut Dice, style: &Style, family: &Family, form: &mut Vec<Piece>) {
    let divider = *dice.pick(&[", ", ", ", " - ", " \u{2013} ", "; "]);
    let people = &family.people;
    match style.household {
        "labelled" => {
            let broad = dice.chance(50);
            for person in people {
                let label = match (broad && person.due.is_none(), person.child) {
                    (true, true) => "Child",
                    (true, false) => "Adult",
                    (false, _) => person.relationship,
                };
                let said = line(dice, style, person, broad, divider);
                form.push(Piece::Text(format!("{label}: {said}")));
            }
        }
        "numbered" => {
            let bullets = dice.chance(40);
            for (index, person) in people.iter().enumerate() {
                let mark = if bullets { "-".to_owned() } else { format!("{}.", index + 1) };
                let said = line(dice, style, person, true, divider);
                form.push(Piece::Text(format!("{mark} {said}")));
            }
        }
        "paragraphs" => {
            for person in people {
                let day = born(dice, style, person);
                let mut text = format!("{} ({}", person.full(), person.relationship.to_lowercase());
                text.push_str(&if day.is_empty() { ").".to_owned() } else { format!(", {day}).") });
                if let Some(school) = person.school {
                    text.push_str(&format!(" {} attends {school}.", person.given));
                }
                let said = if style.criteria == "own words" { said(dice, person) } else { Vec::new() };
                if !said.is_empty() {
                    text.push_str(&format!(" Concerns: {}.", said.join(", ")));
                }
                form.push(Piece::Text(text));
            }
        }
        "household" => {
            let told: Vec<String> = people
                .iter()
                .map(|person| {
                    let rest = line(dice, style, person, false, ", ");
                    format!("{} {rest}", person.relationship.to_lowercase())
                })
                .collect();
            let label = dice.say(&["Household", "Family members", "Who lives at home", "Members of the household"]);
            form.push(Piece::Text(format!("{label}: {}", told.join("; "))));
        }
        _ => {
            for (label, child) in [("Adults", false), ("Children", true)] {
                let told: Vec<String> = people
                    .iter()
                    .filter(|person| person.child == child)
                    .map(|person| match (person.born, person.age) {
                        (None, Some(age)) => format!("{} ({age})", person.full()),
                        (None, None) if person.due.is_none() => person.full(),
                        _ => format!("{} ({})", person.full(), style.born(person)),
                    })
                    .collect();
                let last = told.len() - 1;
                let list = if last > 0 && dice.chance(60) {
                    format!("{} and {}", told[..last].join(", "), told[last])
                } else {
                    told.join(", ")
                };
                form.push(Piece::Text(format!("{label}: {list}")));
                if style.criteria == "own words" {
                    for person in people.iter().filter(|person| person.child == child && person.due.is_none()) {
                        let said = said(dice, person);
                        if !said.is_empty() {
                            form.push(Piece::Text(format!("{}: {}", person.given, said.join(", "))));
                        }
                    }
                }
            }
        }
    }
}
