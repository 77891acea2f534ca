//! What may not go wrong in the life of a whole case: needs that vanish, looks that nobody had, meetings that stay in calendars.

use focus_family::domain::case::Event;
use focus_family::domain::case::drift::findings;
use focus_family::domain::case::watch::{Look, watch};

use super::story::{REVIEWS, Story, check};

fn need(of: &str, said_on: &str) -> String {
    format!(
        "record keyworker record_need {of} said_by=\"Iris Example\" said_on={said_on} source=school measure=\"71 in 100\" words=\"told at the meeting\""
    )
}

/// In reviews, with a child whose need is open.
fn with_need() -> String {
    format!(
        "{}\nrecord keyworker add_member given_name=Ash child=yes household=yes\n{}",
        REVIEWS,
        need("member=m1 indicator=persistent_absence", "2026-12-01")
    )
}

/// In the watch since 2026-12-08.
fn watched() -> String {
    format!(
        "{}\nrecord area_officer waive_need member=m1 indicator=persistent_absence because settled
        record keyworker propose_exit exit_reason=outcomes_met
        record area_officer confirm_exit",
        with_need()
    )
}

/// Whole lives in which everything here happens.
pub fn lives() -> Vec<String> {
    let timed =
        format!("{REVIEWS}\nrecord keyworker change_review_date next_review_on=2027-01-20 next_review_at=14:00 because school");
    let six = "on 2027-06-08\nrecord area_officer record_six_month_check six_month_check=not_sustained\non 2027-07-12";
    vec![
        format!("{timed}\nrecord keyworker pause paused_until=2027-02-01 because ill"),
        format!(
            "{REVIEWS}\nrecord keyworker call_urgent_taf urgent_taf_on=2026-12-11 because fire\nrecord area_officer call_off_urgent_taf because hospital"
        ),
        format!(
            "{REVIEWS}\nmail withdrawal_said_on=2026-12-08\non 2026-12-21\nrecord area_officer no_withdrawal because of the trip"
        ),
        format!(
            "{}\n{}\non 2027-01-11\nrecord area_officer keep_in_watch because one agency helps",
            watched(),
            need("member=m1 indicator=exclusions", "2026-12-08")
        ),
        format!("{}\n{six}", watched()),
        format!("{REVIEWS}\non 2027-05-03"),
        format!("{PLANNED}\non 2027-02-15"),
    ]
}

const PLANNED: &str = "open
    record area_officer accept
    record area_officer record_checks checks=complete
    record area_officer allocate keyworker=\"Keyworker <keyworker@example.org>\"
    record keyworker accept_allocation
    record keyworker plan_taf first_taf_on=2026-12-08";

#[test]
fn a_need_does_not_end_by_taking_its_member_out_of_the_count() {
    let exit = "record keyworker propose_exit exit_reason=outcomes_met";
    let gone = format!("{}\nrecord keyworker change_member member=m1 household=no counted=no", with_need());
    let left = format!("{}\nrecord keyworker member_left member=m1 left_on=2026-12-02 counted=no because moved", with_need());
    for before in [gone, left] {
        let mut story = Story::told(&before);
        assert!(story.tell(exit).starts_with("refused: not every need"), "after {before}");
        story.tell("record area_officer waive_need member=m1 indicator=persistent_absence because lives-elsewhere");
        assert_eq!(story.tell(exit), "exit_proposed", "after {before}");
    }
}

#[test]
fn nobody_has_stayed_out_for_twelve_months_before_twelve_months_have_passed() {
    let six = "record area_officer record_six_month_check six_month_check=sustained";
    check(
        &watched(),
        six,
        "refused: `six-month-check` can be sustained from 2027-06-08 on, 6 months after 2026-12-08, and not before",
    );
    check(&format!("{}\non 2027-06-08", watched()), six, "watch");
    let twelve = "record area_officer record_twelve_month_check twelve_month_check=sustained";
    let looked = format!("{}\non 2027-06-08\n{six}", watched());
    check(
        &looked,
        twelve,
        "refused: `twelve-month-check` can be sustained from 2027-12-08 on, 12 months after 2026-12-08, and not before",
    );
    check(&format!("{looked}\non 2027-12-08"), twelve, "closed: closure, closure_to_referrer");
    // What was recorded early under an older file is told as what it is.
    let mut story = Story::told(&looked);
    let case = story.case.as_mut().unwrap();
    let early =
        |fact: &str| (fact.to_owned().try_into().unwrap(), focus_family::domain::workflow::FactValue::Word("sustained".into()));
    case.facts.extend([early("twelve_month_check")]);
    let told = watch(story.case(), &[], &story.setting.calendar, jiff::civil::date(2027, 6, 8)).unwrap();
    assert_eq!((told.six_months, told.twelve_months), (Look::StayedOut, Look::NotYet));
}

#[test]
fn progress_holds_no_longer_than_the_need_is_known() {
    let progress = |since: &str| {
        format!(
            "record keyworker record_progress member=m1 indicator=persistent_absence progress=significant criteria=attendance_90 since={since} said_by=\"Iris Example\" said_on=2026-12-08 source=school measure=\"94 in 100\" words=\"she says so\""
        )
    };
    let mut story = Story::told(&with_need());
    let said = story.tell(&progress("2025-01-01"));
    assert!(said.contains("the need was found, or found worse, on 2026-12-01"), "{said}");
}

#[test]
fn a_need_in_the_watch_is_asked_about_until_somebody_says_what_follows() {
    let found = need("member=m1 indicator=exclusions", "2026-12-08");
    let mut story = Story::told(&format!("{}\n{found}", watched()));
    story.go_on_to(jiff::civil::date(2026, 12, 10));
    let asked = |story: &Story<'_>| {
        story
            .events
            .iter()
            .filter(|event| matches!(event, Event::TaskCalled { says, .. } if says.contains("in the watch")))
            .count()
    };
    assert_eq!(asked(&story), 1, "somebody is asked");
    let says =
        |story: &Story<'_>| findings(story.case(), &story.world()).iter().any(|one| one.says.contains("open in the watch"));
    assert!(says(&story), "it is a fact of the drift view");
    let six = "record area_officer record_six_month_check six_month_check=sustained";
    story.go_on_to(jiff::civil::date(2027, 6, 8));
    assert!(story.tell(six).starts_with("refused: a need of the family is open"));
    assert_eq!(story.tell("record area_officer record_six_month_check six_month_check=not_sustained"), "watch");
    assert!(findings(story.case(), &story.world()).iter().any(|one| one.says == "the progress has not lasted"));
    assert_eq!(story.tell("record area_officer keep_in_watch because one-agency-helps"), "watch");
    assert!(
        !story.case().timers.keys().any(|timer| timer.as_str().starts_with("watch_n")),
        "what was answered is not asked again"
    );
}

#[test]
fn a_meeting_that_goes_away_or_loses_its_time_is_taken_out_of_calendars() {
    let timed = format!(
        "{REVIEWS}\nrecord keyworker change_review_date next_review_on=2027-01-20 next_review_at=14:00 because school-play"
    );
    let taken = "reviews: review_called_off";
    check(&timed, "record keyworker change_review_date next_review_on=2027-01-27 because school-trip", taken);
    check(
        &timed,
        "record keyworker change_review_date next_review_on=2027-01-27 next_review_at=14:00 because trip",
        "reviews: review_invitation",
    );
    check(&timed, "record keyworker pause paused_until=2027-02-01 because ill", taken);
    check(
        &format!("{timed}\nrecord keyworker pause paused_until=2027-02-01 because ill"),
        "record keyworker resume",
        "reviews: review_invitation",
    );
    check(&timed, "record keyworker statutory_leads statutory_kind=child_in_need", taken);
    check(&timed, "record area_officer hold because danger", "safeguarding_hold: danger_alert, review_called_off");
    check(
        &timed,
        "record area_officer record_consent consent=refused evidence=verbal consented_on=2026-12-08",
        "consent_withdrawn: consent_withdrawn, sharing_stops, agencies_stop, review_called_off",
    );
    // What has begun is history.
    check(
        &format!("{timed}\non 2027-01-21"),
        "record keyworker record_review last_contact_on=2027-01-20 change=same child_voice=yes next_review_on=2027-03-01",
        "reviews",
    );
}

#[test]
fn an_initial_taf_that_is_not_to_be_is_called_off_whatever_ends_it() {
    let planned = PLANNED;
    check(
        planned,
        "record area_officer record_consent consent=refused evidence=verbal consented_on=2026-11-23",
        "consent_withdrawn: consent_withdrawn, sharing_stops, agencies_stop, taf_called_off",
    );
    check(
        &format!("{planned}\nrecord area_officer record_risk_view risk_view=no_concern because seen"),
        "record area_officer close close_reason=disengaged because moved",
        "closed: closure, closure_to_referrer, taf_called_off",
    );
    // Who comes is invited, and it is taken back from who goes.
    check(
        planned,
        "record area_officer change_keyworker keyworker=\"Other <other@example.org>\"",
        "taf: allocation_notice, taf_called_off, taf_invitation",
    );
}

#[test]
fn an_urgent_taf_that_was_not_held_is_still_owed() {
    let called = format!("{REVIEWS}\nrecord keyworker call_urgent_taf urgent_taf_on=2026-12-11 because fire");
    let mut story = Story::told(&called);
    let said = story.tell("record keyworker record_urgent_taf held=no child_voice=no words=none");
    assert!(said.starts_with("refused"), "{said}");
    assert!(story.case().timers.keys().any(|timer| timer.as_str() == "urgent_taf"), "it is asked about until it is held");
    check(&called, "record area_officer call_off_urgent_taf because hospital", "reviews: urgent_taf_called_off");
    check(
        &called,
        "record keyworker call_off_urgent_taf because hospital",
        "refused: `call_off_urgent_taf` is not for `keyworker`; ask `area_officer`, `team` or `manager` to record it",
    );
}

#[test]
fn what_is_put_off_is_told_and_does_not_begin_the_days_anew() {
    let said = |before: &str| {
        let story = Story::told(before);
        let found = findings(story.case(), &story.world());
        found.into_iter().map(|found| found.says).collect::<Vec<_>>()
    };
    let moved = |day: &str| format!("record keyworker change_review_date next_review_on={day} because ill");
    let twice = format!("{REVIEWS}\n{}\non 2027-02-01\n{}", moved("2027-02-10"), moved("2027-04-20"));
    assert!(said(&twice).contains(&"the next review was moved: 2 times".to_owned()));
    let late = said(&format!("{twice}\non 2027-03-12"));
    assert!(late.iter().any(|says| says.starts_with("Review to be held is overdue")), "{late:?}");
    let planned = format!(
        "{PLANNED}
        on 2026-12-07
        record keyworker plan_taf first_taf_on=2027-01-20
        record area_officer change_keyworker keyworker=\"Other <other@example.org>\"
        on 2026-12-16"
    );
    let late = said(&planned);
    assert!(late.contains(&"the day of the initial TAF was set: 2 times".to_owned()), "{late:?}");
    assert!(late.iter().any(|says| says.starts_with("Initial TAF to be held is overdue")), "{late:?}");
}

#[test]
fn a_family_is_with_social_care_only_once_social_care_has_said_so() {
    let before = format!(
        "{REVIEWS}\nrecord keyworker keyworker_left\nrecord area_officer record_risk_view risk_view=no_concern because seen"
    );
    let close = "record area_officer close close_reason=moved_to_social_care because referred-today";
    let mut story = Story::told(&before);
    assert!(story.tell(close).starts_with("refused: social care has not accepted the family yet"));
    check(
        "open\nrecord area_officer record_risk_view risk_view=no_concern because seen",
        "record area_officer statutory_leads statutory_kind=child_protection",
        "triage",
    );
}

#[test]
fn words_of_withdrawal_are_read_by_the_area_officer_at_once_and_decide_nothing() {
    let mailed = format!("{REVIEWS}\nmail withdrawal_said_on=2026-12-08");
    let mut story = Story::told(&mailed);
    story.go_on_to(jiff::civil::date(2026, 12, 8));
    assert_eq!(story.case().stage.as_str(), "reviews", "a person decides");
    let asked = |event: &Event| matches!(event, Event::TaskCalled { role, says, .. } if role.as_str() == "area_officer" && says.contains("withdraws"));
    assert!(story.events.iter().any(asked), "the Area Officer is asked");
    assert!(super::story::letters(&story.events).contains(&"withdrawal_said".to_owned()));
    assert_eq!(story.tell("record area_officer no_withdrawal because of-the-school-trip"), "reviews");
    assert!(!story.case().timers.keys().any(|timer| timer.as_str() == "withdrawal_said"));
}
