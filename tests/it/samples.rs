//! Every mail of the sample county is understood as it was meant.

use focus_family::ambient::{Ambient, Script};
use focus_family::demo;
use focus_family::domain::document::Limits;
use focus_family::domain::nomination::reading::read_mail;
use focus_family::domain::nomination::{Vocabulary, interpret};

const DAY: jiff::civil::Date = jiff::civil::date(2026, 11, 23);

/// File, kind, people, how many of them with a day of birth, themes in all, postcode.
const MEANT: &[(&str, &str, usize, usize, usize, &str)] = &[
    ("01-school-form", "nomination", 3, 3, 6, "CA28 7XX"),
    ("02-health-word-form", "nomination", 2, 2, 3, "LA14 2XX"),
    ("03-police-lines", "nomination", 2, 2, 2, "LA18 4XX"),
    ("04-housing-table", "nomination", 2, 1, 2, "CA4 8XX"),
    ("05-own-nomination", "nomination", 2, 2, 4, "CA15 6XX"),
    ("06-danger", "nomination", 2, 2, 4, "CA11 8XX"),
    ("07-no-address", "nomination", 2, 2, 3, "-"),
    ("08-assessment-follows", "nomination", 1, 0, 0, "-"),
    ("09-second-agency", "nomination", 2, 2, 4, "CA28 7XX"),
    ("10-unproven-sender", "nomination", 3, 3, 6, "LA9 5XX"),
    ("11-blank-form", "other", 0, 0, 0, "-"),
    ("12-locked-form", "nomination", 0, 0, 0, "-"),
    ("13-damaged-form", "nomination", 0, 0, 0, "-"),
    ("14-out-of-office", "auto_reply", 0, 0, 0, "-"),
    ("15-advice", "advice_request", 0, 0, 0, "-"),
    ("16-freedom-of-information", "foi_request", 0, 0, 0, "-"),
    ("17-subject-access", "subject_access_request", 0, 0, 0, "-"),
    ("18-empty", "other", 0, 0, 0, "-"),
    ("19-bounce", "bounce", 0, 0, 0, "-"),
];

#[test]
fn every_mail_of_the_sample_county_is_understood_as_it_was_meant() {
    let start = "2026-11-23T06:00:00Z".parse().unwrap();
    let words = Vocabulary::new(&super::reading::programme().forms);
    let mails = demo::mails(DAY, &Ambient::Scripted(Script::new(start, 7)), MEANT.len());
    let mut wrong = Vec::new();
    for (mail, (name, kind, people, born, themes, postcode)) in mails.iter().zip(MEANT) {
        let intake = interpret(&read_mail(&mail.raw, &Limits::default()).unwrap(), &words, DAY);
        let read = serde_json::to_value(intake.kind).unwrap();
        let nomination = intake.nomination.unwrap_or_default();
        let shown: usize = nomination.members.iter().map(|member| member.themes.len()).sum();
        let dated = nomination.members.iter().filter(|member| member.date_of_birth.is_some()).count();
        let code = nomination.address.postcode.map_or("-".to_owned(), |code| code.value.into_revealed());
        let found = (read.as_str().unwrap(), nomination.members.len(), dated, shown, code.as_str());
        if found != (*kind, *people, *born, *themes, *postcode) {
            wrong.push(format!("{name}: {found:?}"));
        }
        assert!(mail.file_name.starts_with(name), "{}", mail.file_name);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
