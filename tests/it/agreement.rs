//! Where the family lives and what it agreed to, when a letter says so in sentences.

use super::reading::understood;

const FAMILY: &str = "Please accept this nomination for Focus Family.\n\nMother: Tamsin Airey, 3/4/1985, out of work\nChild: Robin Airey, 12/05/2011, attendance 71%\n";

/// `given by, on, evidence, witness; shared with; excluded; hidden from`.
fn agreed(text: &str) -> String {
    let intake = understood("Nomination", "plain", &format!("{FAMILY}{text}\n"));
    let consent = intake.nomination.unwrap().consent;
    let given = consent.given.map_or("-".to_owned(), |given| given.value.reveal().to_string());
    let name = |answer: Option<focus_family::domain::nomination::Answer<String>>| {
        answer.map_or("-".to_owned(), |answer| answer.value.reveal().clone())
    };
    let on = consent.signed_on.map_or("-".to_owned(), |on| on.value.reveal().to_string());
    let list = |answers: Vec<focus_family::domain::nomination::Answer<String>>| {
        answers.iter().map(|answer| answer.value.reveal().clone()).collect::<Vec<_>>().join(", ")
    };
    let evidence = consent.evidence.map_or("-".to_owned(), |evidence| format!("{evidence:?}"));
    format!(
        "{given} {} {on} {evidence} {}; {}; {}; {}",
        name(consent.signed_by),
        name(consent.witnessed_by),
        list(consent.shared_with),
        list(consent.excluded_agencies),
        list(consent.hidden_from)
    )
}

#[test]
fn an_agreement_told_in_a_sentence_keeps_who_when_how_and_with_whom() {
    let mut wrong = Vec::new();
    for (text, expected) in [
        ("Consent signed 2 November 2026.", "true - 2026-11-02 AssertedByReferrer -; ; ; "),
        (
            "Consent given verbally on 1 November 2026 by Tamsin Airey, witnessed by Ann Bell.",
            "true Tamsin Airey 2026-11-01 Verbal Ann Bell; ; ; ",
        ),
        ("I confirm the family has agreed to this nomination.", "true - - AssertedByReferrer -; ; ; "),
        (
            "Consent\nThe consent form was signed by Tamsin Airey on 2 November 2026.",
            "true Tamsin Airey 2026-11-02 AssertedByReferrer -; ; ; ",
        ),
        ("Consent will be signed on 12 November 2026.", "- - - - -; ; ; "),
        ("If the family agrees we can share more.", "- - - - -; ; ; "),
        (
            "Mum has agreed to this. Please do not share with the police or Harbour Homes.",
            "true - - AssertedByReferrer -; ; police, Harbour Homes; ",
        ),
        ("Mum has agreed to this. Her ex-partner must not know.", "true - - AssertedByReferrer -; ; ; ex-partner"),
        ("Mum has agreed to this. Robin's father is not aware of this nomination.", "true - - AssertedByReferrer -; ; ; father"),
        ("Mum has agreed to this. Please don't tell her ex-husband.", "true - - AssertedByReferrer -; ; ; ex-husband"),
        (
            "Mum is happy to share with school and health visitor, but not yet with anybody else.",
            "- - - - -; school, health visitor; ; ",
        ),
        (
            "Consent: yes\nDo not share with: GP, Harbour Homes\nWho must not know: her ex-husband",
            "true - - AssertedByReferrer -; ; GP, Harbour Homes; ex-husband",
        ),
        (
            "Consent: yes\nAgencies you do not want us to share with: none\nAnyone who must not see this:",
            "true - - AssertedByReferrer -; ; ; ",
        ),
        (
            "Consent: yes\nPlease do not share this form with anyone.\nPlease tell us if you do not want us to share with any agency.",
            "true - - AssertedByReferrer -; ; ; ",
        ),
        ("Mum is not aware of this nomination.", "false - - - -; ; ; mum"),
    ] {
        let read = agreed(text);
        if read.to_lowercase() != expected.to_lowercase() {
            wrong.push(format!("{text}\n  wanted {expected}\n  read   {read}"));
        }
    }
    assert!(wrong.is_empty(), "{} wrong\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn an_address_in_a_sentence_is_read_with_its_postcode() {
    for (text, street, postcode) in [
        ("They live at 14 Example Row, Whitehaven CA28 1AA. Dad works away.", "14 Example Row, Whitehaven", "CA28 1AA"),
        ("The family lives at 14 Example Row, Whitehaven, ca28 1aa, with their dog.", "14 Example Row, Whitehaven", "CA28 1AA"),
        ("Address: 14 Example Row, Whitehaven CA28 1AA", "14 Example Row, Whitehaven", "CA28 1AA"),
    ] {
        let home = understood("Nomination", "plain", &format!("{FAMILY}{text}\nConsent: yes\n")).nomination.unwrap().address;
        assert_eq!(home.postcode.map(|code| code.value.reveal().clone()).as_deref(), Some(postcode), "{text}");
        assert_eq!(home.text.map(|text| text.value.reveal().clone()).as_deref(), Some(street), "{text}");
    }
}
