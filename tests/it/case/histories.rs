//! Stored histories still replay: what was written once is read for ever. A file under `tests/histories` is never edited;
//! a new kind of event comes with a new file.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use focus_family::domain::case::{Case, Event, replay};

fn folder() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/histories"))
}

fn stored() -> BTreeMap<String, Vec<Event>> {
    let files = std::fs::read_dir(folder()).expect("the folder is there").map(|entry| entry.unwrap().path());
    let read = |path: PathBuf| {
        let text = std::fs::read_to_string(&path).unwrap();
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let event = |(number, line): (usize, &str)| {
            serde_json::from_str(line).unwrap_or_else(|error| panic!("{name}, line {}: {error}", number + 1))
        };
        (name.clone(), text.lines().enumerate().map(event).collect())
    };
    files.filter(|path| path.extension().is_some_and(|end| end == "jsonl")).map(read).collect()
}

/// Where a history has to end: stage, version, area, a fact or two.
fn end(case: &Case) -> String {
    let facts = ["consent", "reviews_held", "decision", "close_reason", "twelve_month_check"];
    let facts =
        facts.iter().filter_map(|name| Some(format!("{name}={}", serde_json::to_string(case.facts.get(*name)?).unwrap())));
    let area = case.area.as_ref().map_or("none", |area| area.as_str());
    format!("{} {} area={area} {}", case.stage, case.version, facts.collect::<Vec<_>>().join(" "))
}

#[test]
fn every_stored_history_replays_to_the_end_it_had() {
    let ends: Vec<(String, String)> =
        stored().into_iter().map(|(name, events)| (name, end(&replay(None, &events).unwrap()))).collect();
    let ends: Vec<String> = ends.iter().map(|(name, end)| format!("{name}: {end}")).collect();
    let expected = [
        r#"a_whole_life: closed 243 area=copeland consent="given" reviews_held=2 decision="accepted" close_reason="watch_ended" twelve_month_check="sustained""#,
        r#"answered_by_mail: triage 17 area=allerdale consent="given""#,
        r#"consent_withdrawn: closed 64 area=allerdale consent="withdrawn" reviews_held=0 decision="accepted" close_reason="consent_withdrawn""#,
        r#"declined: closed 13 area=allerdale consent="given" decision="declined""#,
        r#"handed_over: reviews 104 area=copeland consent="given" reviews_held=0 decision="accepted""#,
        r#"mail_taken_off: awaiting_information 26 area=copeland consent="asserted""#,
        r#"migrated: triage 8 area=allerdale consent="given""#,
        r#"needs_and_exit: watch 90 area=allerdale consent="given" reviews_held=0 decision="accepted""#,
    ];
    assert_eq!(ends, expected);
}

#[test]
fn every_kind_of_event_has_a_stored_history() {
    let kinds = [
        "opened",
        "stage_entered",
        "move_recorded",
        "fact_set",
        "missing_supplied",
        "role_given",
        "role_ended",
        "area_set",
        "timer_armed",
        "timer_cleared",
        "timer_fired",
        "letter_called",
        "task_called",
        "family_changed",
        "mail_attached",
        "mail_detached",
        "migrated",
        "draft_received",
        "draft_settled",
    ];
    let met: BTreeSet<&str> = stored().values().flatten().map(Event::kind).collect();
    assert_eq!(met, kinds.into_iter().collect());
}

#[test]
fn an_event_read_and_written_again_is_the_same_text() {
    for (name, events) in stored() {
        let text = std::fs::read_to_string(folder().join(format!("{name}.jsonl"))).unwrap();
        let again: Vec<String> = events.iter().map(|event| serde_json::to_string(event).unwrap()).collect();
        assert_eq!(again.join("\n") + "\n", text, "{name}");
    }
}

#[test]
fn a_history_with_a_line_lost_or_doubled_is_broken_and_says_where() {
    let events = &stored()["a_whole_life"];
    let without_first = replay(None, &events[1..]).unwrap_err().to_string();
    assert_eq!(without_first, "cannot apply event 1 `stage_entered` to case (new): the case has not been opened");
    let broken = |events: Vec<Event>| replay(None, &events).err().map(|broken| broken.why);
    let twice = events[..1].iter().chain(events).cloned().collect();
    assert_eq!(broken(twice).as_deref(), Some("the case is already open"));
    let stage = events.iter().position(|event| matches!(event, Event::StageEntered { from: Some(_), .. })).unwrap();
    let mut lost = events.clone();
    lost.remove(stage);
    assert_eq!(broken(lost).as_deref(), Some("it leaves a stage the case is not in"));
    let fired = events.iter().position(|event| matches!(event, Event::TimerFired { .. })).unwrap();
    let mut doubled = events.clone();
    doubled.insert(fired, events[fired].clone());
    assert!(broken(doubled).unwrap().starts_with("the timer does not run"));
}
