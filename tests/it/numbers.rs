//! NHS, National Insurance and unique pupil numbers: found behind their labels, checked, kept as typed.

use focus_family::domain::nomination::numbers::Number;

use super::reading::understood;

#[test]
fn a_number_passes_only_its_own_check() {
    for (number, typed, valid) in [
        (Number::Nhs, "999 000 0018", true),
        (Number::Nhs, "999-456-7896", true),
        (Number::Nhs, "999 000 0019", false),
        (Number::Nhs, "999 123 4560", false),
        (Number::Nhs, "999 000 001", false),
        (Number::NationalInsurance, "AB 00 00 00 A", true),
        (Number::NationalInsurance, "ab000000d", true),
        (Number::NationalInsurance, "AB 00 00 00 E", false),
        (Number::NationalInsurance, "QQ 12 34 56 C", false),
        (Number::NationalInsurance, "GB 00 00 00 A", false),
        (Number::NationalInsurance, "AO 00 00 00 A", false),
        (Number::NationalInsurance, "AB 00 00 00", false),
        (Number::Pupil, "Z909999000001", true),
        (Number::Pupil, "y90999900001a", true),
        (Number::Pupil, "A909999000001", false),
        (Number::Pupil, "Z909999000010", false),
        (Number::Pupil, "Z90999900001I", false),
        (Number::Pupil, "", false),
    ] {
        assert_eq!(number.is_valid(typed), valid, "{} {typed}", number.title());
    }
}

/// `NHS | NI | UPN` of each member, a number that fails its check with `!`.
fn numbers(kind: &str, text: &str) -> Vec<String> {
    let intake = understood("Focus Family nomination", kind, text);
    let members = intake.nomination.unwrap().members;
    let told = members.iter().map(|member| {
        let one = |number: Number| {
            let typed = number.of(member).map(|answer| answer.value.reveal().clone());
            typed.map_or("-".to_owned(), |typed| format!("{typed}{}", if number.is_valid(&typed) { "" } else { "!" }))
        };
        Number::ALL.map(one).join(" | ")
    });
    told.collect()
}

const REFERRER: &str =
    "About you\nName: Ann Bell\nRole: Teacher\nOrganisation: Fell School\nTelephone: 01632 960123\n\nFamily members\n";

#[test]
fn numbers_are_found_behind_their_labels_and_kept_as_typed() {
    for (text, expected) in [
        (
            "Name: Tamsin Airey\nDOB: 3/4/1985\nRelationship: Mother\nNI number: QQ 12 34 56 C\nNHS no: 999 000 0018\n\
             Name: Robin Airey\nDOB: 12/05/2011\nRelationship: Son\nNHS number: 9990000019\nUPN: Z909999000001\n",
            vec!["999 000 0018 | QQ 12 34 56 C! | -", "9990000019! | - | Z909999000001"],
        ),
        (
            "Mother: Tamsin Airey, 3/4/1985, NI no QQ123456C, out of work\nChild: Robin Airey, 12/05/2011, NHS No. 999 000 0018, UPN Z909999000001\n",
            vec!["- | QQ123456C! | -", "999 000 0018 | - | Z909999000001"],
        ),
        (
            "Name: Robin Airey\nDOB: 12/05/2011\nRelationship: Son\nTelephone: 07700 900123\n\nReason for nomination\n\
             Robin's NHS number is 999 000 0018 and he is often at the surgery.\n",
            vec!["999 000 0018 | - | -"],
        ),
        ("Name: Robin Airey\nDOB: 12/05/2011\nRelationship: Son\nNHS number:\nUPN: not known\n", vec!["- | - | -"]),
    ] {
        assert_eq!(numbers("plain", &format!("{REFERRER}{text}")), expected, "{text}");
    }
    let table = "<h2>Focus Family nomination form</h2><h2>Family members</h2><table><tr><th>Name</th><th>DOB</th><th>Relationship</th><th>NHS number</th><th>UPN</th></tr>\
        <tr><td>Tamsin Airey</td><td>3/4/1985</td><td>Mother</td><td>999 000 0018</td><td></td></tr>\
        <tr><td>Robin Airey</td><td>12/05/2011</td><td>Son</td><td></td><td>A909999000001</td></tr></table><p>Consent: yes</p>";
    assert_eq!(numbers("html", table), ["999 000 0018 | - | -", "- | - | A909999000001!"]);
}

#[test]
fn a_number_that_fails_its_check_is_asked_about_without_being_told() {
    let text = format!(
        "{REFERRER}Name: Robin Airey\nDOB: 12/05/2011\nRelationship: Son\nNHS number: 999 000 0019\nUPN: Z909999000001\n"
    );
    let intake = understood("Focus Family nomination", "plain", &text);
    assert!(intake.doubts.iter().any(|doubt| doubt == "member 1: the NHS number fails its check; ask for it again"));
    assert!(!intake.doubts.iter().any(|doubt| doubt.contains("pupil") || doubt.contains("999")));
    assert!(!format!("{intake:?}{:?}", intake.nomination).contains("0019"), "a number can be logged");
}
