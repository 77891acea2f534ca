//! Answers that contradict themselves or each other: both are kept, nothing rests on either, and a person is told.

use focus_family::domain::document::Problem;
use focus_family::domain::nomination::{ConsentEvidence, Intake};

use super::reading::{member_line, understood, understood_mail};

const PEOPLE: &str = "<table><tr><th>Name</th><th>DOB</th><th>Relationship</th></tr>\
    <tr><td>Ada Bell</td><td>3/4/1985</td><td>Mother</td></tr><tr><td>Tom Bell</td><td>5/6/2012</td><td>Son</td></tr></table>";

fn html(text: &str) -> Intake {
    understood("Focus Family nomination", "html", &format!("<html><body>{PEOPLE}{text}</body></html>"))
}

/// What each member and nobody shows of domestic abuse, with its standing; and whether somebody is told of two answers.
fn abuse(intake: &Intake) -> (Vec<String>, bool) {
    let nomination = intake.nomination.as_ref().expect("a nomination");
    let of = |member| {
        let line = member_line(member);
        let parts: Vec<String> = line.split('|').map(str::to_owned).collect();
        let themes = parts[8].split(", ").find(|theme| theme.starts_with("domestic_abuse")).map(str::to_owned);
        themes.map(|theme| format!("{}: {theme}", parts[0]))
    };
    let mut shown: Vec<String> = nomination.members.iter().filter_map(of).collect();
    let nobody = nomination.themes_of_nobody.iter().filter(|shown| shown.theme.as_str() == "domestic_abuse");
    shown.extend(nobody.map(|shown| format!("nobody: {:?}", shown.standing)));
    (shown, intake.doubts.iter().any(|doubt| doubt.contains("a theme is answered both Yes and No")))
}

#[test]
fn a_criterion_ticked_both_yes_and_no_is_shown_by_nobody_and_told_to_a_person() {
    let columns = |yes: &str, no: &str| {
        format!(
            "<table><tr><th>Criterion</th><th>Yes</th><th>No</th><th>Who</th></tr>\
             <tr><td>Crime or anti-social behaviour</td><td></td><td>X</td><td></td></tr>\
             <tr><td>Domestic abuse</td><td>{yes}</td><td>{no}</td><td>Ada</td></tr>\
             <tr><td>Health problems</td><td></td><td>X</td><td></td></tr></table>"
        )
    };
    let people = |ada: &str| {
        format!(
            "<table><tr><th>Criterion</th><th>Ada Bell</th><th>Tom Bell</th></tr>\
             <tr><td>Domestic abuse</td><td>{ada}</td><td>☐ Yes ☒ No</td></tr>\
             <tr><td>Health problems</td><td>☐ Yes ☒ No</td><td>☐ Yes ☒ No</td></tr>\
             <tr><td>Not in school</td><td>☐ Yes ☒ No</td><td>☐ Yes ☒ No</td></tr></table>"
        )
    };
    let wrong: Vec<String> = [
        ("two columns, both ticked", columns("X", "X"), "Ada: domestic_abuse possible", true),
        ("two columns, Yes", columns("X", ""), "Ada: domestic_abuse ticked", false),
        ("two columns, No", columns("", "X"), "", false),
        ("a column a person, both", people("☒ Yes ☒ No"), "Ada: domestic_abuse possible", true),
        ("a column a person, Yes", people("☒ Yes ☐ No"), "Ada: domestic_abuse ticked", false),
        (
            "a line, both",
            "<p>Domestic abuse: Ada ☒ Yes ☒ No</p><p>Health: ☐ Yes ☒ No</p>".to_owned(),
            "Ada: domestic_abuse possible",
            true,
        ),
        (
            "a line, Yes",
            "<p>Domestic abuse: Ada ☒ Yes ☐ No</p><p>Health: ☐ Yes ☒ No</p>".to_owned(),
            "Ada: domestic_abuse ticked",
            false,
        ),
    ]
    .into_iter()
    .filter_map(|(what, text, shown, told)| {
        let found = abuse(&html(&text));
        (found != (Some(shown).filter(|shown| !shown.is_empty()).map(str::to_owned).into_iter().collect(), told))
            .then(|| format!("{what}: {found:?}"))
    })
    .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn words_that_refuse_beside_a_form_that_agrees_leave_consent_to_a_person() {
    let form = "<table><tr><td>Do you agree to this nomination?</td><td>☒ Yes ☐ No</td></tr>\
                <tr><td>Signature of parent</td><td>Ada Bell</td></tr><tr><td>Date signed</td><td>1/11/2026</td></tr></table>";
    let wrong: Vec<String> = [
        ("The family has withdrawn consent since signing.", true),
        ("Mum has refused consent.", true),
        ("Please note the family do not agree to this referral.", true),
        ("Mrs Bell has changed her mind and no longer consents.", true),
        ("Consent was not given.", true),
        ("Ada agrees, but her partner refuses to take part.", true),
        ("Form attached, with many thanks.", false),
        ("She can withdraw her consent at any time.", false),
        ("Mum has not refused consent for anything so far.", false),
        ("Tom has refused to go to school since May.", false),
        ("Ada does not want the nomination shared with her ex-partner.", false),
        ("The college refused a place.", false),
    ]
    .into_iter()
    .filter(|(words, doubted)| {
        let intake =
            understood("Focus Family nomination", "html", &format!("<html><body><p>{words}</p>{PEOPLE}{form}</body></html>"));
        let consent = &intake.nomination.as_ref().expect("a nomination").consent;
        let told = intake.doubts.iter().any(|doubt| doubt == "consent is answered both Yes and No");
        (consent.is_contradicted(), told) != (*doubted, *doubted)
    })
    .map(|(words, _)| words.to_owned())
    .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_signature_of_the_referrer_or_of_a_day_to_come_is_doubted() {
    let signed = |by: &str, on: &str| {
        let intake = html(&format!(
            "<table><tr><td>Name of referrer</td><td>Idris Penny</td></tr><tr><td>Agency</td><td>Hill School</td></tr></table>\
             <h2>Consent</h2><table><tr><td>Do you agree to this nomination?</td><td>☒ Yes ☐ No</td></tr>\
             <tr><td>Signature of parent</td><td>{by}</td></tr><tr><td>Date signed</td><td>{on}</td></tr></table>"
        ));
        let consent = intake.nomination.as_ref().expect("a nomination").consent.clone();
        let doubts: Vec<String> = intake.doubts.iter().filter(|doubt| doubt.starts_with("consent bears")).cloned().collect();
        (consent.evidence, doubts)
    };
    assert_eq!(signed("Ada Bell", "1/11/2026"), (Some(ConsentEvidence::TypedName), Vec::new()));
    let (evidence, doubts) = signed("Idris Penny", "1/11/2026");
    assert_eq!((evidence, doubts.len()), (Some(ConsentEvidence::AssertedByReferrer), 1), "{doubts:?}");
    let (_, doubts) = signed("Ada Bell", "1/9/2031");
    assert_eq!(doubts, ["consent bears a date that is still to come"]);
}

#[test]
fn a_pdf_that_was_cut_off_on_its_way_is_said_to_be_damaged_and_still_read() {
    let whole = focus_family::demo::bench_mail(1, 0);
    let problems = |mail: &[u8]| -> Vec<Option<Problem>> {
        understood_mail(mail).documents.iter().map(|document| document.problem).collect()
    };
    assert_eq!(problems(&whole), [None]);
    let text = String::from_utf8(whole).expect("base64");
    let end = text.rfind("\r\n--").expect("a closing boundary");
    let begin = text.rfind("\r\n\r\n").filter(|begin| *begin < end).expect("a file");
    for share in [50, 90, 99] {
        let kept = begin + (end - begin) * share / 100;
        let cut = format!("{}{}", &text[..kept], &text[end..]);
        assert_eq!(problems(cut.as_bytes()), [Some(Problem::Damaged)], "{share} %");
    }
}
