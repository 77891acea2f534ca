//! What time does to a case: it reminds, calmly and for ever, and decides nothing.

use focus_family::domain::case::{
    Actor, Case, Command, Effect, Event, Migrate, deadline_of_letter, decide, effects, next_due, replay,
};
use focus_family::domain::ids::{AreaName, AskName, LetterName, MailId, MoveName, RoleName, StageName, TimerName};
use focus_family::domain::workflow::{Ladder, Lifecycle, TimerDef};
use jiff::civil::date;

use super::story::{REVIEWS, Setting, Story, check, shipped};

#[test]
fn a_decision_is_due_on_the_third_working_day_and_asked_for_until_it_is_made() {
    check("open", "on 2026-11-25", "nothing");
    check("open", "on 2026-11-26", "2026-11-26 triage: triage_overdue");
    check(
        "open\non 2026-11-26",
        "on 2026-12-04",
        "
        2026-11-30 triage: triage_overdue, manager_escalation
        2026-12-02 triage: triage_overdue, manager_escalation
        2026-12-04 triage: triage_overdue, manager_escalation",
    );
}

#[test]
fn a_review_is_announced_asked_for_and_escalated() {
    check(
        REVIEWS,
        "on 2027-02-02",
        "
        2027-01-05 review: review_due
        2027-01-08 contact: contact_overdue
        2027-01-18 review: review_form
        2027-01-19 review: review_due
        2027-01-20 review: review_overdue, review_form
        2027-01-22 contact: contact_overdue, overdue_escalation
        2027-01-26 review: review_overdue, review_escalation
        2027-02-02 review: review_overdue, review_escalation",
    );
    let reviewed =
        "record keyworker record_review last_contact_on=2027-01-19 change=better child_voice=yes next_review_on=2027-03-02";
    check(
        &format!("{REVIEWS}\non 2027-01-19\n{reviewed}"),
        "on 2027-03-02",
        "
        2027-02-16 contact: contact_overdue
        2027-02-16 review: review_due
        2027-03-01 review: review_form
        2027-03-02 contact: contact_overdue, overdue_escalation
        2027-03-02 review: review_due",
    );
}

#[test]
fn help_wanted_in_a_review_reaches_the_area_officer_the_same_day() {
    let wanted = "record keyworker record_review last_contact_on=2026-12-08 change=worse child_voice=no help_wanted=yes next_review_on=2027-01-19";
    check(&format!("{REVIEWS}\n{wanted}"), "on 2026-12-08", "2026-12-08 help: help_wanted");
}

#[test]
fn a_pause_silences_the_review_and_ends_with_a_reminder() {
    let paused = format!("{REVIEWS}\nrecord keyworker pause paused_until=2027-01-29 because a hospital stay");
    check(
        &paused,
        "on 2027-01-29",
        "
        2027-01-08 contact: contact_overdue
        2027-01-22 contact: contact_overdue, overdue_escalation
        2027-01-29 pause_over: pause_over",
    );
    check(
        &format!("{paused}\non 2027-01-29\nrecord keyworker resume"),
        "on 2027-01-29",
        "2027-01-29 review: review_overdue, review_escalation",
    );
}

#[test]
fn the_initial_taf_is_announced_with_the_employment_advisor() {
    let planned = "open
        record area_officer accept
        record area_officer record_checks checks=complete
        record area_officer allocate keyworker=\"Keyworker <keyworker@example.org>\"";
    let accepted = format!("{planned}\nrecord keyworker accept_allocation");
    check(&accepted, "record keyworker plan_taf first_taf_on=2026-12-08", "taf: taf_invitation, taf_notice");
    check(
        planned,
        "on 2026-12-14",
        "
        2026-11-26 acceptance: allocation_chase
        2026-11-30 acceptance: allocation_chase, overdue_escalation
        2026-12-03 acceptance: allocation_chase, overdue_escalation
        2026-12-07 first_taf: taf_due
        2026-12-08 acceptance: allocation_chase, overdue_escalation
        2026-12-11 acceptance: allocation_chase, overdue_escalation
        2026-12-14 first_taf: taf_due, overdue_escalation
        2026-12-14 taf_held: overdue_escalation",
    );
    let set = format!("{planned}\nrecord keyworker accept_allocation\nrecord keyworker plan_taf first_taf_on=2026-12-08");
    check(
        &set,
        "on 2026-12-09",
        "
        2026-12-01 employment_advisor: employment_advisor_due
        2026-12-03 taf_day: taf_due
        2026-12-07 employment_advisor: employment_advisor_due
        2026-12-09 taf_day: taf_due",
    );
}

#[test]
fn nothing_fires_early_and_a_timer_armed_anew_does_not_know_its_old_rung() {
    let mut story = Story::told("open");
    let due = story.case().timers["triage"].clone();
    let fire = |rung: u32| Command::Fire { timer: due.timer.clone(), arming: due.arming, rung };
    assert_eq!(story.perform(&fire(0)), Ok(Vec::new()), "the day has not come");
    story.tell("record area_officer ask_for_more wanted=other");
    story.tell("record area_officer proceed_without because it came by telephone");
    assert_eq!(story.case().timers["triage"].arming, 2);
    story.now = shipped().calendar.at(date(2026, 12, 24), 10, 0);
    assert_eq!(story.perform(&fire(0)), Ok(Vec::new()), "that arming was cleared");
    assert_eq!(story.perform(&fire(7)), Ok(Vec::new()), "no such rung waits");
}

#[test]
fn after_months_of_downtime_only_the_latest_rung_speaks_and_counting_goes_on_from_today() {
    let mut story = Story::told("open");
    story.now = shipped().calendar.at(date(2027, 3, 1), 10, 0);
    let fired = story.go_on_to(date(2027, 3, 3));
    let expected = [
        "2027-03-01 triage: triage_overdue",
        "2027-03-01 triage: triage_overdue, manager_escalation",
        "2027-03-03 triage: triage_overdue, manager_escalation",
    ];
    assert_eq!(fired, expected, "the rung that was waited for, the latest one over, then the repeat");
}

#[test]
fn a_nomination_of_years_ago_is_asked_about_once_and_not_for_every_rung_missed() {
    let accepted = "open received=2016-02-01\nrecord area_officer accept";
    check(accepted, "on 2026-11-23", "2026-11-23 case_age: age_review");
}

#[test]
fn a_new_closing_day_moves_running_deadlines_and_says_why() {
    let before = Story::told("open");
    let mut calendar = shipped().calendar.clone();
    calendar.version = "2026.2".to_owned();
    calendar.closed.insert(date(2026, 11, 25));
    let setting = Setting {
        lifecycle: shipped().lifecycle.clone(),
        calendar,
        geography: shipped().geography.clone(),
        outcomes: shipped().outcomes.clone(),
    };
    let recalculate = Command::Recalculate { because: "25 November is a closing day now".to_owned() };
    let events = decide(Some(before.case()), &recalculate, &setting.world(before.now)).unwrap();
    let armed = events.iter().find_map(|event| match event {
        Event::TimerArmed { timer, due_on, calendar, because, .. } if timer.as_str() == "triage" => {
            Some((due_on.to_string(), calendar.as_str(), because.as_str()))
        }
        _ => None,
    });
    assert_eq!(armed, Some(("2026-11-27".to_owned(), "2026.2", "25 November is a closing day now")));
    assert_eq!(decide(Some(before.case()), &recalculate, &before.world()), Ok(Vec::new()), "the same calendar moves nothing");
}

#[test]
fn a_timer_armed_and_cleared_in_one_decision_never_reaches_the_store() {
    let mut story = Story::told("open");
    let before = story.case().clone();
    let attach = Command::Attach {
        mail: MailId::from_random(9),
        kind: "update".to_owned(),
        facts: [("danger_words", true)]
            .map(|(name, yes)| (name.to_owned().try_into().unwrap(), focus_family::domain::workflow::FactValue::YesNo(yes)))
            .into(),
        by_person: true,
        written_by: Vec::new(),
    };
    let events = story.perform(&attach).unwrap();
    let timers: Vec<String> = effects(Some(&before), story.case(), &events)
        .into_iter()
        .filter_map(|effect| match effect {
            Effect::Arm(armed) => Some(format!("arm {}", armed.timer)),
            Effect::Disarm { timer, .. } => Some(format!("disarm {timer}")),
            Effect::Letter { .. } | Effect::Task { .. } => None,
        })
        .collect();
    assert_eq!(timers, ["disarm triage", "arm safeguarding_look"]);
    assert_eq!(story.perform(&attach), Ok(Vec::new()), "the same mail a second time changes nothing");
}

#[test]
fn a_letter_names_the_day_of_the_timer_that_calls_it() {
    let story = Story::told(REVIEWS);
    let (life, calendar) = (&shipped().lifecycle, &shipped().calendar);
    let day =
        |letter: &str| deadline_of_letter(story.case(), life, calendar, &LetterName::new(letter).unwrap()).unwrap().to_string();
    assert_eq!(["review_overdue", "contact_overdue", "age_review"].map(day), ["2027-01-19", "2027-01-08", "2027-05-24"]);
    let (on, timer) = next_due(story.case()).unwrap();
    assert_eq!((on.to_string().as_str(), timer.as_str()), ("2027-01-08", "contact"));
    let triage = Story::told("open");
    assert_eq!(
        deadline_of_letter(triage.case(), life, calendar, &LetterName::new("triage_summary").unwrap()),
        Some(date(2026, 11, 26))
    );
}

/// The shipped programme with another life-cycle.
fn with(change: impl FnOnce(&mut Lifecycle)) -> Setting {
    let mut lifecycle = shipped().lifecycle.clone();
    change(&mut lifecycle);
    Setting {
        lifecycle,
        calendar: shipped().calendar.clone(),
        geography: shipped().geography.clone(),
        outcomes: shipped().outcomes.clone(),
    }
}

/// A decision is due seven working days after the stage was entered, and not three.
fn seven_days(lifecycle: &Lifecycle) -> Ladder {
    let triage = lifecycle.timers.iter().find(|timer| timer.name.as_str() == "triage").unwrap();
    let mut ladder = triage.ladder.clone();
    (ladder.rungs[0].working_days, ladder.rungs[1].working_days) = (Some(7), Some(9));
    ladder
}

fn timer<'l>(lifecycle: &'l mut Lifecycle, name: &str) -> &'l mut TimerDef {
    lifecycle.timers.iter_mut().find(|timer| timer.name.as_str() == name).unwrap()
}

/// The day the decision is due on after `events`.
fn triage_due(case: &Case, events: &[Event]) -> Option<String> {
    let after = replay(Some(case.clone()), events).unwrap();
    after.timers.get("triage").map(|armed| armed.due_on.to_string())
}

#[test]
fn a_ladder_of_an_area_counts_for_the_cases_of_that_area_alone() {
    let story = Story::told("open");
    let recalculate = Command::Recalculate { because: "tried".to_owned() };
    let due = |area: &str| {
        let setting = with(|lifecycle| {
            let ladder = seven_days(lifecycle);
            timer(lifecycle, "triage").areas.insert(AreaName::new(area).unwrap(), ladder);
        });
        triage_due(story.case(), &decide(Some(story.case()), &recalculate, &setting.world(story.now)).unwrap())
    };
    assert_eq!(story.case().area.as_ref().map(AreaName::as_str), Some("allerdale"));
    assert_eq!(due("allerdale").as_deref(), Some("2026-12-02"));
    assert_eq!(due("copeland").as_deref(), Some("2026-11-26"));
    // A case that moves to the area counts by its ladder from there on.
    let setting = with(|lifecycle| {
        let ladder = seven_days(lifecycle);
        timer(lifecycle, "triage").areas.insert(AreaName::new("copeland").unwrap(), ladder);
    });
    let by = Actor::Person { name: "A".into(), address: "a@example.org".into(), role: RoleName::new("area_officer").unwrap() };
    let answers = [(AskName::new("area").unwrap(), "copeland".to_owned())].into();
    let hand_over =
        Command::Record { name: MoveName::new("hand_over_area").unwrap(), by, answers, reason: Some("they moved".to_owned()) };
    let events = decide(Some(story.case()), &hand_over, &setting.world(story.now)).unwrap();
    assert_eq!(triage_due(story.case(), &events).as_deref(), Some("2026-12-02"));
}

#[test]
fn a_case_moves_to_another_version_with_its_deadlines_and_back_again() {
    let story = Story::told("open");
    let migrate = |case: &Case, setting: &Setting, stages: &[(&str, &str)]| {
        let stages = stages.iter().map(|(old, new)| (StageName::new(old).unwrap(), StageName::new(new).unwrap())).collect();
        let by = Actor::Person { name: "M".into(), address: "m@example.org".into(), role: RoleName::new("manager").unwrap() };
        let wish = Migrate { stages, by, reason: "tried".into(), earlier: None };
        decide(Some(case), &Command::Migrate(wish), &setting.world(story.now))
    };
    let later = with(|lifecycle| {
        lifecycle.version = "2027.1".to_owned();
        let ladder = seven_days(lifecycle);
        timer(lifecycle, "triage").ladder = ladder;
    });
    let events = migrate(story.case(), &later, &[]).unwrap();
    let moved = replay(Some(story.case().clone()), &events).unwrap();
    assert_eq!((moved.lifecycle_version.as_str(), triage_due(&moved, &[]).as_deref()), ("2027.1", Some("2026-12-02")));
    assert_eq!(migrate(&moved, &later, &[]), Ok(Vec::new()), "a case is moved once");
    let back = replay(Some(moved.clone()), &migrate(&moved, shipped(), &[]).unwrap()).unwrap();
    assert_eq!((back.lifecycle_version.as_str(), triage_due(&back, &[]).as_deref()), ("2026.1", Some("2026-11-26")));
    // A ladder with one rung more: what runs is the rung of its name, there and back.
    let longer = with(|lifecycle| {
        lifecycle.version = "2027.2".to_owned();
        let rungs = &mut timer(lifecycle, "triage").ladder.rungs;
        let early = serde_json::from_value(serde_json::json!({"name": "early", "working_days": 1})).unwrap();
        rungs.insert(0, early);
    });
    let running = |case: &Case| {
        case.timers.get(&TimerName::new("triage").unwrap()).map(|armed| (armed.rung, armed.name.clone(), armed.due_on))
    };
    let (rung, name, due_on) = running(story.case()).unwrap();
    assert!(name.is_some());
    let moved = replay(Some(story.case().clone()), &migrate(story.case(), &longer, &[]).unwrap()).unwrap();
    assert_eq!(running(&moved), Some((rung + 1, name.clone(), due_on)));
    let back = replay(Some(moved.clone()), &migrate(&moved, shipped(), &[]).unwrap()).unwrap();
    assert_eq!(running(&back), Some((rung, name, due_on)));
    // A ladder that has run out goes on where the new one has rungs to come, and not with what has passed.
    let mut ended = story.case().clone();
    let armed = ended.timers.remove("triage").unwrap();
    ended.finished.insert(armed.timer.clone(), armed.anchor);
    let resumed = replay(Some(ended.clone()), &migrate(&ended, &later, &[]).unwrap()).unwrap();
    assert_eq!(triage_due(&resumed, &[]).as_deref(), Some("2026-12-02"));
    assert_eq!((resumed.timers["triage"].arming, resumed.finished.get("triage")), (armed.arming + 1, None));
    let over = with(|lifecycle| {
        lifecycle.version = "2027.3".to_owned();
        let ladder = &mut timer(lifecycle, "triage").ladder;
        ladder.rungs.truncate(1);
        (ladder.rungs[0].working_days, ladder.again) = (Some(0), None);
    });
    let refused = migrate(&ended, &over, &[]).unwrap_err().to_string();
    assert!(refused.contains("without a next dated action"), "what has passed is not begun again, and no case drifts: {refused}");
    // A stage that is gone needs one that takes its place; its days count on.
    let renamed = with(|lifecycle| {
        lifecycle.version = "2027.1".to_owned();
        let weighing = StageName::new("weighing").unwrap();
        lifecycle.stages.iter_mut().find(|stage| stage.name.as_str() == "triage").unwrap().name = weighing.clone();
        timer(lifecycle, "triage").stages = vec![weighing];
    });
    let refused = migrate(story.case(), &renamed, &[]).unwrap_err().to_string();
    assert_eq!(refused, "version 2027.1 has no stage `triage`: say which stage takes its place");
    let moved = migrate(story.case(), &renamed, &[("triage", "weighing")]).unwrap();
    let moved = replay(Some(story.case().clone()), &moved).unwrap();
    assert_eq!((moved.stage.as_str(), triage_due(&moved, &[]).as_deref()), ("weighing", Some("2026-11-26")));
    assert_eq!(moved.stage_entered_on, story.case().stage_entered_on);
}

#[test]
fn what_is_late_waits_for_whoever_was_told_and_goes_one_rung_further_when_they_say_nothing() {
    let due_on = |story: &Story<'_>| {
        story.case().timers.iter().find(|(name, _)| name.as_str() == "triage").map(|(_, armed)| armed.due_on.to_string())
    };
    let acknowledge = |story: &mut Story<'_>, role: &str| {
        let (timer, role) = ("triage".to_owned().try_into().unwrap(), role.to_owned().try_into().unwrap());
        story.perform(&Command::Acknowledge { timer, role }).unwrap().len()
    };
    // Due on 26 November; breached on the 30th, of which the manager is told.
    let early = &mut Story::told("open\non 2026-11-26");
    assert_eq!((acknowledge(early, "manager"), due_on(early).as_deref()), (0, Some("2026-11-30")), "nobody was asked yet");
    for (role, expected) in [("manager", "2026-12-07"), ("area_officer", "2026-12-02"), ("duty", "2026-12-02")] {
        let mut story = Story::told("open\non 2026-11-30");
        assert_eq!(due_on(&story).as_deref(), Some("2026-12-02"), "two working days to say so");
        acknowledge(&mut story, role);
        assert_eq!(due_on(&story).as_deref(), Some(expected), "{role}");
        assert_eq!(acknowledge(&mut story, role), if role == "manager" { 2 } else { 0 }, "{role}");
    }
    let further = |acknowledged: bool| {
        let mut story = Story::told("open\non 2026-11-30");
        if acknowledged {
            acknowledge(&mut story, "manager");
        }
        story.tell("on 2026-12-04")
    };
    assert!(further(false).contains("triage"), "nobody said anything: {}", further(false));
    assert!(!further(true).contains("triage"), "the manager knows: {}", further(true));
}

#[test]
fn any_rung_may_wait_for_whoever_was_told_and_the_ladder_goes_on_by_its_own_days() {
    let setting = with(|lifecycle| {
        let expected = serde_json::json!({"by": "area_officer", "within_working_days": 1, "holds_working_days": 3});
        timer(lifecycle, "triage").ladder.rungs[0].acknowledge = Some(serde_json::from_value(expected).unwrap());
    });
    let due_on = |story: &Story<'_>| story.case().timers["triage"].due_on.to_string();
    let told = |lines: &[&str]| {
        let mut story = Story::new(&setting);
        lines.iter().for_each(|line| drop(story.tell(line)));
        story
    };
    // Due on Thursday 26 November, the breach on Monday the 30th: who says nothing by Friday hears of it then.
    let mut story = told(&["open", "on 2026-11-26"]);
    assert_eq!(due_on(&story), "2026-11-27");
    let (timer, role) = ("triage".to_owned().try_into().unwrap(), "area_officer".to_owned().try_into().unwrap());
    story.perform(&Command::Acknowledge { timer, role }).unwrap();
    assert_eq!(due_on(&story), "2026-12-01", "three working days of rest");
    // A changed calendar does not take back what somebody's word has put off.
    let events = decide(Some(story.case()), &Command::Recalculate { because: "tried".to_owned() }, &story.world()).unwrap();
    assert_eq!(events, []);
    let silent = told(&["open", "on 2026-11-26", "on 2026-11-27"]);
    assert_eq!(due_on(&silent), "2026-12-01", "the breach has its own two days for the manager");
}
