//! Nominations written in the mail itself: as `Label: value` lines, and as an HTML mail with tables.

use super::county::{Nomination, THEMES};

fn titles(themes: &[&str]) -> String {
    let titles: Vec<&str> = THEMES.iter().filter(|(key, _)| themes.contains(key)).map(|(_, title)| *title).collect();
    titles.join("; ")
}

/// `Label: value` lines; what is not known is left out, as people do.
#[must_use]
pub fn labelled(nomination: &Nomination) -> String {
    let mut lines: Vec<(String, String)> = Vec::new();
    let mut add = |label: &str, value: &str| {
        if !value.is_empty() {
            lines.push((label.to_owned(), value.to_owned()));
        }
    };
    let referrer = &nomination.referrer;
    add("Referrer name", &referrer.name);
    add("Job title", &referrer.role);
    add("Organisation", &referrer.organisation);
    add("Email", &referrer.email);
    add("Telephone", &referrer.phone);
    add("Home address", &nomination.address);
    add("Postcode", &nomination.postcode);
    for (index, member) in nomination.members.iter().enumerate() {
        add("", "\n");
        add(&format!("Family member {}", index + 1), &member.name());
        add("Date of birth", &member.born);
        add("Gender", &member.gender);
        add("Relationship", &member.relationship);
        add("School", &member.school);
        add("Criteria met", &titles(&member.themes));
    }
    add("", "\n");
    for (agency, contact) in &nomination.agencies {
        add("Agency involved", &format!("{agency} - {contact}"));
    }
    add("Early Help Assessment", &nomination.assessment);
    add("Child protection plan", &nomination.plan);
    add("Reason for nomination", &nomination.reason);
    if let Some((signed_by, signed_on)) = &nomination.consent {
        add("Consent given", "Yes");
        add("Signed", signed_by);
        add("Date signed", signed_on);
    }
    let line = |(label, value): (String, String)| if label.is_empty() { value } else { format!("{label}: {value}\n") };
    lines.into_iter().map(line).collect()
}

/// An HTML mail: the household as a table, the criteria as questions with yes, no and who.
#[must_use]
pub fn html(nomination: &Nomination, greeting: &str) -> String {
    let cells = |kind: &str, values: &[&str]| {
        let cell = |value: &&str| format!("<{kind} style=\"border:1px solid #999;padding:4px\">{}</{kind}>", escaped(value));
        format!("<tr>{}</tr>", values.iter().map(cell).collect::<String>())
    };
    let table = |rows: String| format!("<table style=\"border-collapse:collapse\">{rows}</table>");
    let referrer = &nomination.referrer;
    let mut about = String::new();
    for (label, value) in [
        ("Nominated by", &referrer.name),
        ("Position", &referrer.role),
        ("Agency", &referrer.organisation),
        ("Contact number", &referrer.phone),
        ("Family address", &nomination.address),
        ("Post code", &nomination.postcode),
        ("Early Help Assessment", &nomination.assessment),
    ] {
        if !value.is_empty() {
            about.push_str(&cells("td", &[label, value]));
        }
    }
    let mut household = cells("th", &["Full name", "D.O.B.", "Gender", "Relationship to child", "Education provider/employer"]);
    for member in &nomination.members {
        household.push_str(&cells("td", &[&member.name(), &member.born, &member.gender, &member.relationship, &member.school]));
    }
    let mut criteria = cells("th", &["Criterion", "Yes / No", "Who in the family?"]);
    for (key, title) in THEMES {
        let who: Vec<&str> =
            nomination.members.iter().filter(|member| member.themes.contains(key)).map(|member| member.given.as_str()).collect();
        criteria.push_str(&cells("td", &[title, if who.is_empty() { "No" } else { "Yes" }, &who.join(", ")]));
    }
    let consent = nomination.consent.as_ref().map_or_else(String::new, |(signed_by, signed_on)| {
        format!("<p>Has the family consented to this referral? Yes. Signed: {}, {}</p>", escaped(signed_by), escaped(signed_on))
    });
    format!(
        "<!DOCTYPE html><html><body style=\"font-family:Arial,sans-serif\"><p>{}</p>{}<h3>Who lives there</h3>{}<h3>Criteria</h3>{}\
         <p>Reason for referral: {}</p>{consent}<p>{}<br>{}</p></body></html>",
        escaped(greeting),
        table(about),
        table(household),
        table(criteria),
        escaped(&nomination.reason),
        escaped(&referrer.name),
        escaped(&referrer.organisation),
    )
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
