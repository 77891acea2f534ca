//! Sentences of the kind referrers write: what each surely says, and of whom. The file of held-out sentences was written before the
//! programme's words were looked at; it measures, and no word is added for its sake.

use focus_family::domain::nomination::Standing;

use super::reading::understood;

const FAMILY: &str = "About you\nName: Ann Bell\nRole: Teacher\nOrganisation: Fell School\n\nFamily members\nName: Dawn Holme\nDOB: 3/2/1985\n\
    Relationship: Mother\nName: Gary Holme\nDOB: 3/2/1982\nRelationship: Father\nName: Ruby Holme\nDOB: 1/5/2012\nRelationship: Daughter\n\
    Name: Max Holme\nDOB: 1/5/2015\nRelationship: Son\n\nReason for nomination\n";

/// What the sentence surely shows: `Ruby education, Max health`, or `none`.
fn surely(sentence: &str) -> String {
    let intake = understood("Focus Family nomination", "plain", &format!("{FAMILY}{sentence}\n"));
    let mut found = Vec::new();
    for member in &intake.nomination.unwrap().members {
        let name = member.given_name.as_ref().map(|name| name.value.reveal().clone()).unwrap_or_default();
        let sure = member.themes.iter().filter(|shown| shown.standing > Standing::Possible);
        found.extend(sure.map(|shown| format!("{name} {}", shown.theme)));
    }
    if found.is_empty() { "none".to_owned() } else { found.join(", ") }
}

#[test]
fn held_out_sentences_are_understood_and_no_denial_is_taken_for_a_finding() {
    let (mut asked, mut right, mut invented) = (0, 0, 0);
    for line in include_str!("../data/sentences/heldout.txt").lines().filter(|line| !line.starts_with('#')) {
        let (expected, sentence) = line.split_once(" | ").unwrap();
        let expected = if expected == "possible" { "none" } else { expected };
        let read = surely(sentence);
        asked += 1;
        if read == expected {
            right += 1;
        } else {
            println!("{sentence}\n  wanted {expected}, read {read}");
            invented += usize::from(read != "none");
        }
    }
    println!("{right} of {asked} right, {invented} invented or of another");
    assert!(right >= 33, "{right} of {asked}");
    assert!(invented <= 1, "{invented} invented or of another");
}
