//! What shows that a case drifts.

use focus_family::domain::case::drift::findings;

use super::story::Story;

fn check(before: &str, expected: &[&str]) {
    let story = Story::told(before);
    let found: Vec<String> =
        findings(story.case(), &story.world()).into_iter().map(|found| format!("{} {}", found.since, found.says)).collect();
    assert_eq!(found, expected, "after {before}");
}

const REVIEWS: &str = "open
    record area_officer accept
    record area_officer record_checks checks=complete
    record area_officer allocate keyworker=\"Keyworker <keyworker@example.org>\"
    record keyworker record_initial_taf held_on=2026-11-23 employment_advisor=apologies plan_agreed=yes child_voice=yes next_review_on=2026-12-15";

#[test]
fn a_case_that_moves_as_planned_shows_nothing() {
    check("open", &[]);
    check("open\non 2026-11-26", &[]);
    check(REVIEWS, &[]);
    check("open\nrecord area_officer decline ground=other because outside\non 2027-11-23", &[]);
}

#[test]
fn what_is_late_is_told_with_its_day() {
    check(
        "open\non 2026-12-04",
        &[
            "2026-11-26 Decision on the nomination is overdue by 6 working days",
            "2026-11-26 Decision on the nomination: reminded 2 times more without an answer",
        ],
    );
    check(
        &format!("{REVIEWS}\non 2026-12-24"),
        &[
            "2026-11-23 nothing was recorded for 23 working days, more than 20",
            "2026-12-15 Review is overdue by 7 working days",
            "2026-12-21 News of the family is overdue by 3 working days",
        ],
    );
}

#[test]
fn a_keyworker_who_left_is_told_with_who_answers_instead() {
    check(
        &format!("{REVIEWS}\nrecord keyworker keyworker_left"),
        &["2026-11-23 nobody is keyworker; area officer answers instead"],
    );
    check("open area=none", &["2026-11-23 nobody is area officer; team answers instead"]);
}
