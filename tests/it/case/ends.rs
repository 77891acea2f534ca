//! Ways out of a case, pauses on its way and meetings that do not come: what each needs, who hears of it, and what time does to it.

use focus_family::domain::case::drift::findings;
use focus_family::domain::case::{Event, kept_until};
use focus_family::domain::ids::TimerName;

use super::story::{REVIEWS, Story, check, shipped};

const ALLOCATED: &str = "open
    record area_officer accept
    record area_officer record_checks checks=complete
    record area_officer allocate keyworker=\"Keyworker <keyworker@example.org>\"
    record keyworker accept_allocation";

fn said(before: &str) -> Vec<String> {
    let story = Story::told(before);
    findings(story.case(), &story.world()).into_iter().map(|found| found.says).collect()
}

fn due(before: &str, timer: &str) -> Option<String> {
    let name = TimerName::new(timer).unwrap();
    Story::told(before).case().timers.get(&name).map(|armed| armed.due_on.to_string())
}

#[test]
fn what_is_promised_waits_as_long_as_the_work_does_and_no_longer_than_was_said() {
    // 15 working days after the allocation.
    assert_eq!(due(ALLOCATED, "taf_held").as_deref(), Some("2026-12-14"));
    let paused = format!("{ALLOCATED}\non 2026-11-30\nrecord keyworker pause paused_until=2026-12-11 because ill");
    assert_eq!(due(&paused, "taf_held"), None);
    // Nine working days of pause: counted from 4 December. Who takes the work up late has paused no longer for it.
    for day in ["2026-12-11", "2026-12-18"] {
        let resumed = format!("{paused}\non {day}\nrecord keyworker resume");
        assert_eq!(due(&resumed, "taf_held").as_deref(), Some("2026-12-29"), "{day}");
    }
    // Taken up sooner, it waits the days it was paused; paused again, both count.
    let sooner = format!("{paused}\non 2026-12-02\nrecord keyworker resume");
    assert_eq!(due(&sooner, "taf_held").as_deref(), Some("2026-12-16"));
    let again =
        format!("{sooner}\nrecord keyworker pause paused_until=2026-12-04 because ill\non 2026-12-04\nrecord keyworker resume");
    assert_eq!(due(&again, "taf_held").as_deref(), Some("2026-12-18"));
    let longer = format!(
        "{paused}\non 2026-12-02\nrecord keyworker pause paused_until=2026-12-04 because ill\non 2026-12-04\nrecord keyworker resume"
    );
    assert_eq!(due(&longer, "taf_held").as_deref(), Some("2026-12-18"), "a pause made anew is one pause");
    // The next meeting of the team begins the days anew.
    let held = format!("{REVIEWS}\nrecord keyworker pause paused_until=2026-12-18 because ill\non 2026-12-18");
    assert_eq!(due(&format!("{held}\nrecord keyworker resume"), "review_held").as_deref(), Some("2027-03-19"));
    let reviewed =
        "record keyworker record_review last_contact_on=2026-12-18 change=better child_voice=yes next_review_on=2027-02-02";
    assert_eq!(due(&format!("{held}\non 2026-12-21\n{reviewed}"), "review_held").as_deref(), Some("2027-03-22"));
}

#[test]
fn a_pause_that_is_over_is_told_asked_about_and_seen_as_drift() {
    let paused = format!("{REVIEWS}\nrecord keyworker pause paused_until=2026-12-18 because ill");
    let mut story = Story::told(&paused);
    story.tell("on 2026-12-18");
    let asked = story.events.iter().rev().find_map(|event| match event {
        Event::TaskCalled { role, says, .. } => Some((role.to_string(), says.clone())),
        _ => None,
    });
    let (role, says) = asked.expect("somebody is asked");
    assert!(role == "keyworker" && says.starts_with("The pause is over"), "{role}: {says}");
    let over = "Work to be taken up after a pause is overdue by 1 working day";
    assert!(!said(&format!("{paused}\non 2026-12-18")).iter().any(|says| says == over));
    let late = said(&format!("{paused}\non 2026-12-21"));
    assert!(late.iter().any(|says| says == over), "{late:?}");
    let twice = format!("{paused}\nrecord keyworker resume\nrecord keyworker pause paused_until=2026-12-18 because ill");
    assert!(said(&twice).contains(&"the work was paused: 2 times".to_owned()));
}

#[test]
fn a_family_that_moves_away_leaves_when_the_new_place_was_told_or_it_is_said_why_not() {
    let refused = "refused: nobody has said whether the new area or council was told of the family: record it with `record_new_place`, and \
        with whom or why not; a family that moves within the county goes on with `hand_over_area`";
    let propose = "record keyworker propose_exit exit_reason=moved_away";
    check(REVIEWS, propose, refused);
    check(
        &format!("{REVIEWS}\nrecord area_officer record_risk_view risk_view=no_concern because seen"),
        "record area_officer close close_reason=moved_away because moved",
        refused,
    );
    let mut story = Story::told(REVIEWS);
    assert!(story.tell("record keyworker record_new_place move_told=not_told").starts_with("refused"), "it is said why");
    for told in ["told", "not_told"] {
        check(&format!("{REVIEWS}\nrecord keyworker record_new_place move_told={told} because so"), propose, "exit_proposed");
    }
    let back = format!(
        "{REVIEWS}\nrecord keyworker record_new_place move_told=told because so\n{propose}\n\
         record area_officer return_to_reviews next_review_on=2027-01-12 because they stay"
    );
    check(&back, propose, refused);
}

#[test]
fn a_plan_is_agreed_with_an_action_that_has_somebody_and_a_day() {
    let refused = "refused: a plan that is agreed has at least one action, each with somebody to do it and a day: agree one with \
        `agree_action`; where one has nobody or no day, `case plan` shows which, and `change_action` puts it right";
    let held = "record keyworker record_initial_taf held_on=2026-11-23 employment_advisor=attended plan_agreed=yes child_voice=yes \
        next_review_on=2027-01-12";
    let agree = |rest: &str| format!("{ALLOCATED}\nrecord keyworker agree_action what=walk{rest}");
    for before in [ALLOCATED.to_owned(), agree(""), agree(" who=Nell"), agree(" due_on=2026-12-01")] {
        check(&before, held, refused);
        check(&before, "record keyworker agree_plan", refused);
    }
    let whole = agree(" who=Nell due_on=2026-12-01");
    check(&whole, held, "reviews");
    check(&whole, "record keyworker agree_plan", "allocated");
    // A plan that was agreed still stands when all of it is done.
    let review = "record keyworker record_review last_contact_on=2026-11-23 change=better child_voice=yes plan_agreed=yes \
        next_review_on=2027-01-12";
    let done = |agreed: &str| format!("{whole}{agreed}\n{held}\nrecord keyworker end_action action=a1 how=done outcome=walks");
    check(&done("\nrecord keyworker agree_plan"), review, "reviews");
    let refusal = Story::told(&done("")).tell(review);
    assert!(refusal.starts_with("refused: a plan that stands has at least one action"), "{refusal}");
}

#[test]
fn whoever_works_with_a_family_hears_at_once_that_its_consent_is_taken_back() {
    check(
        REVIEWS,
        "record keyworker withdraw_consent withdrawn_on=2026-12-08",
        "consent_withdrawn: consent_withdrawn, sharing_stops, agencies_stop",
    );
    check(
        "open",
        "record area_officer withdraw_consent withdrawn_on=2026-11-23",
        "consent_withdrawn: consent_withdrawn, sharing_stops, agencies_stop",
    );
    let one_agency = format!("{REVIEWS}\nrecord keyworker propose_exit exit_reason=single_agency_support");
    check(&one_agency, "record area_officer confirm_exit", "watch: exit_confirmed");
}

#[test]
fn a_case_that_no_meeting_decides_on_is_seen_and_asked_about() {
    let waiting = "open\nrecord area_officer accept\nrecord area_officer record_checks checks=complete";
    check(waiting, "on 2026-12-01", "2026-11-30 check_answers: check_chase\n2026-12-01 meeting_day: meeting_due");
    let late = said(&format!("{waiting}\non 2026-12-01"));
    assert!(late.contains(&"no day of an allocations meeting is set for 6 working days, more than 5".to_owned()), "{late:?}");
    // Listed, it is asked about from the day after the meeting on.
    let listed = format!("{waiting}\nrecord area_officer list_for_meeting meeting_on=2026-11-26");
    assert!(said(&listed).is_empty());
    assert_eq!(due(&listed, "meeting_day"), None);
    let late = said(&format!("{listed}\non 2026-11-30"));
    assert!(late.contains(&"Allocations meeting is overdue by 1 working day".to_owned()), "{late:?}");
    let mut story = Story::told(&listed);
    let told = story.tell("on 2026-12-03");
    assert!(
        told.contains("2026-11-27 meeting: meeting_due") && told.contains("2026-12-03 meeting: meeting_due, manager_escalation"),
        "{told}"
    );
}

#[test]
fn the_record_of_a_closed_case_is_kept_as_long_as_the_folders_rule_says() {
    let kept = |rule: Option<(u16, Option<u16>)>, before: &str| {
        let mut lifecycle = shipped().lifecycle.clone();
        assert_eq!(lifecycle.retention, None, "no rule of the county is known");
        lifecycle.retention = rule.map(|(years, until_child_is)| focus_family::domain::workflow::retention::Retention {
            source: "a rule".to_owned(),
            years,
            until_child_is,
        });
        kept_until(Story::told(before).case(), &lifecycle).map(|day| day.to_string())
    };
    let closed =
        |family: &str, more: &str| format!("open {family}{more}\nrecord area_officer decline ground=other because outside");
    let nobody = closed("", "");
    assert_eq!(kept(None, &nobody), None);
    assert_eq!(kept(Some((6, None)), "open"), None, "it is open");
    assert_eq!(kept(Some((6, None)), &nobody).as_deref(), Some("2032-11-23"));
    assert_eq!(kept(Some((6, Some(25))), &nobody), None, "of nobody it is known how old they are");
    let child = |born: &str| {
        let one = format!("\nrecord area_officer add_member given_name=Ash child=yes household=yes{born}");
        closed("", &one)
    };
    assert_eq!(kept(Some((6, Some(25))), &child("")), None, "a birthday is not known");
    assert_eq!(kept(Some((6, Some(25))), &child(" born_on=2014-03-05")).as_deref(), Some("2039-03-05"));
    assert_eq!(kept(Some((20, Some(25))), &child(" born_on=2014-03-05")).as_deref(), Some("2046-11-23"));
}
