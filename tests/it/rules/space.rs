//! The whole space of what a case can be: every combination of stage and side states is tried when the folder is checked.

use std::collections::BTreeSet;

use focus_family::domain::workflow::{Lifecycle, SourceFile, explored, load, space};

use super::shipped;

/// The shipped folder after these changes to its life-cycle, each of a text that stands there.
fn changed(changes: &[(&str, &str)]) -> Vec<SourceFile> {
    let mut files = shipped();
    let file = files.iter_mut().find(|file| file.path == "lifecycle.yaml").unwrap();
    for (old, new) in changes {
        assert!(file.text.contains(old), "lifecycle.yaml has no {old:?}");
        file.text = file.text.replacen(old, new, 1);
    }
    files
}

/// What trying everything finds then, although nothing else does.
fn found(changes: &[(&str, &str)]) -> Vec<String> {
    let files = changed(changes);
    let programme = load(&files).unwrap_or_else(|defects| panic!("{defects:#?}"));
    explored(&files, &programme.lifecycle).1.iter().map(ToString::to_string).collect()
}

/// Each defect begins with the line of its text, and says so.
fn finds(changes: &[(&str, &str)], expected: &[(&str, &str)]) {
    let files = changed(changes);
    let text = &files.iter().find(|file| file.path == "lifecycle.yaml").unwrap().text;
    let found = found(changes);
    for (at, says) in expected {
        let line = text.lines().position(|line| line.contains(at)).unwrap_or_else(|| panic!("no line has {at:?}")) + 1;
        let told = found.iter().any(|defect| defect.starts_with(&format!("lifecycle.yaml:{line}:")) && defect.contains(says));
        assert!(told, "wanted line {line}: {says}\nfound {found:#?}");
    }
}

fn lifecycle() -> Lifecycle {
    load(&shipped()).unwrap().lifecycle
}

/// The shipped life-cycle with no other moves than these: a small space.
fn with_only(moves: &[&str]) -> Lifecycle {
    let mut life = lifecycle();
    life.moves.retain(|known| moves.contains(&known.name.as_str()));
    life
}

fn defects(lifecycle: &Lifecycle) -> Vec<String> {
    space::explore(lifecycle).defects.into_iter().map(|defect| format!("{}: {}", defect.place, defect.says)).collect()
}

#[test]
fn everything_that_can_become_of_a_case_is_tried_and_none_is_lost() {
    let explored = space::explore(&lifecycle());
    assert_eq!(explored.defects, []);
    assert!(explored.combinations > 1_000_000 && explored.side_states > 20, "{explored:?}");
}

#[test]
#[cfg_attr(debug_assertions, ignore = "a minute without optimisation: `cargo test --release --test it space`")]
fn what_is_written_and_can_never_be_is_refused_at_its_line() {
    let changes = [
        ("{fact: paused_until, to: {answer: paused_until}}", "{fact: paused_until, to: nothing}"),
        ("{fact: exit_reason, is: single_agency_support}\n        - all", "{fact: watch_started_on, known: true}\n        - all"),
        ("{fact: exit_reason, is: outcomes_met}\n", "{fact: six_month_check, known: true}\n"),
        ("{fact: statutory_led, to: {value: true}}", "{fact: statutory_led, to: {value: false}}"),
    ];
    finds(
        &changes,
        &[
            ("- name: resume", "`resume` is never possible"),
            ("- name: pause_over", "the timer `pause_over` never runs"),
            ("- {name: watch, title", "no case ever gets to the stage `watch`"),
            // An answer with a condition of its own, too.
            ("            guard: {fact: statutory_led, is: true}", "(exit_reason moved_to_social_care)` is never possible"),
        ],
    );
}

#[test]
#[cfg_attr(debug_assertions, ignore = "a minute without optimisation: `cargo test --release --test it space`")]
fn a_case_that_could_never_end_is_refused_with_the_way_it_comes_to_be_so() {
    // A view can be recorded only while the family agrees, and who has withdrawn cannot agree again.
    let changes = [
        (
            "    by: [area_officer, team, manager, duty, keyworker]\n    reason_required: true\n    asks:\n      - {name: risk_view",
            "    by: [area_officer, team, manager, duty, keyworker]\n    guard: {fact: consent, is: given}\n    otherwise: ask first\n    reason_required: true\n    asks:\n      - {name: risk_view",
        ),
        (
            "    title: Record what the family agreed to\n",
            "    title: Record what the family agreed to\n    guard: {not: {fact: consent, is: withdrawn}}\n    otherwise: it is over\n",
        ),
    ];
    let stuck = "a case in `consent_withdrawn` can never come to an end when";
    finds(
        &changes,
        &[("- {name: consent_withdrawn, title", stuck), ("- {name: consent_withdrawn, title", "by withdraw_consent")],
    );
}

#[test]
fn a_case_that_nobody_answers_for_is_found_with_the_way_it_comes_to_be_so() {
    let mut life =
        with_only(&["accept", "record_checks", "allocate", "record_initial_taf", "keyworker_left", "record_risk_view", "close"]);
    let keyworker = life.roles.iter_mut().find(|role| role.name.as_str() == "keyworker").unwrap();
    keyworker.falls_back_to = None;
    let found = defects(&life);
    assert!(
        found.iter().any(|says| says.contains("nobody answers for a case in `reviews` when `keyworker_left_on` has a value")),
        "{found:#?}"
    );
    assert!(found.iter().any(|says| says.contains("allocate → keyworker_left")), "{found:#?}");
}

#[test]
fn a_stage_that_could_wait_for_ever_in_some_combination_is_found_and_the_combination_told() {
    let mut life = with_only(&[
        "accept",
        "record_checks",
        "allocate",
        "plan_taf",
        "record_initial_taf",
        "pause",
        "record_risk_view",
        "close",
    ]);
    // Only while paused nothing reminds.
    life.timers.retain(|timer| !["contact", "pause_over", "case_age", "action", "need_worse"].contains(&timer.name.as_str()));
    let stages: BTreeSet<String> = defects(&life)
        .iter()
        .filter(|says| says.contains("for ever: no timer keeps reminding when") && says.contains("`paused_until` has a value"))
        .filter_map(|says| says.split('`').nth(1).map(str::to_owned))
        .collect();
    // Elsewhere the keyworker is asked to accept, or one is to be named.
    assert_eq!(stages.into_iter().collect::<Vec<_>>(), ["reviews"]);
}
