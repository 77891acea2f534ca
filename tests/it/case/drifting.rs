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
    record keyworker agree_action what=walk who=Nell due_on=2027-12-01
    record keyworker record_initial_taf held_on=2026-11-23 employment_advisor=attended plan_agreed=yes child_voice=yes next_review_on=2026-12-15";

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
            "2026-11-23 no contact with the family for 23 working days, more than 20",
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

#[test]
fn each_sign_of_standing_still_is_a_fact_with_its_day_and_where_it_is_taken_from() {
    let review = |day: &str, rest: &str| {
        format!(
            "on {day}\nrecord keyworker record_review last_contact_on={day} change=same child_voice=no key_agencies=one_missing next_review_on=2027-02-01{rest}"
        )
    };
    let story = Story::told(&format!("{REVIEWS}\n{}\n{}", review("2026-12-07", ""), review("2026-12-14", "")));
    let found: Vec<String> = findings(story.case(), &story.world())
        .into_iter()
        .map(|found| format!("{} {} ({})", found.since, found.says, found.source))
        .collect();
    assert_eq!(
        found,
        [
            "2026-12-14 a key agency was missing at two reviews in a row (sign key_agency_absent)",
            "2026-12-14 no need of any member is recorded (sign no_need_recorded)",
            "2026-12-14 nothing has become better at two reviews in a row (sign unchanged)",
            "2026-12-14 the child was not heard at the last review (sign no_child_voice)",
        ]
    );
    let mut better = story;
    better.tell("record keyworker record_review last_contact_on=2026-12-14 change=better child_voice=yes key_agencies=all_came next_review_on=2027-02-01");
    better.tell("record keyworker agree_action what=\"ring the landlord\" who=Somebody due_on=2026-12-14");
    better.tell("on 2026-12-17");
    let found: Vec<String> =
        findings(better.case(), &better.world()).into_iter().map(|found| format!("{} ({})", found.says, found.source)).collect();
    assert_eq!(
        found,
        [
            "Action of the plan is overdue by 3 working days (timer action)",
            "action a2 is overdue by 3 working days (plan a2)",
            "no need of any member is recorded (sign no_need_recorded)",
        ]
    );
}

#[test]
fn no_contact_counts_what_was_seen_or_said_with_the_family_and_nothing_else() {
    // An action, a word of the team, a need: much is recorded and nobody has met the family.
    let busy = format!(
        "{REVIEWS}
        on 2026-12-21
        record keyworker agree_action what=\"ring the landlord\" who=Somebody due_on=2027-03-01
        record keyworker record_review last_contact_on=2026-11-23 change=better child_voice=yes key_agencies=all_came next_review_on=2027-02-01"
    );
    let silent = |told: &str| {
        let story = Story::told(&format!("{busy}\n{told}"));
        let found = findings(story.case(), &story.world());
        let of_contact = found.into_iter().filter(|one| one.source == "sign no_contact");
        of_contact.map(|one| format!("{} {}", one.since, one.says)).collect::<Vec<_>>()
    };
    assert_eq!(silent(""), ["2026-11-23 no contact with the family for 20 working days, more than 20"]);
    assert_eq!(silent("on 2027-01-08"), ["2026-11-23 no contact with the family for 31 working days, more than 30"]);
    assert_eq!(silent("record keyworker record_contact contact_on=2026-12-18"), Vec::<String>::new());
    // What is written down late takes nothing back.
    let late = "record keyworker record_contact contact_on=2026-12-18\nrecord keyworker record_contact contact_on=2026-11-26";
    assert_eq!(silent(late), Vec::<String>::new());
}

#[test]
fn another_keyworker_is_a_sign_from_the_first_change() {
    let named = |day: &str| {
        format!("on {day}\nrecord area_officer change_keyworker keyworker=\"Another {day} <k{day}@example.org>\" because moved")
    };
    let signs = |told: String| {
        let story = Story::told(&format!("{REVIEWS}\n{told}"));
        let found = findings(story.case(), &story.world());
        let changed = found.into_iter().filter(|one| one.source.starts_with("sign keyworker"));
        changed.map(|one| format!("{} {}", one.since, one.says)).collect::<Vec<_>>()
    };
    assert_eq!(signs(String::new()), Vec::<String>::new());
    assert_eq!(signs(named("2026-11-25")), ["2026-11-25 the keyworker has changed"]);
    let twice = format!("{}\n{}", named("2026-11-25"), named("2026-11-26"));
    assert_eq!(signs(twice), ["2026-11-26 the keyworker has changed more than once"]);
}
