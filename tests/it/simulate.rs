//! Small programmes with many seeds, on the same engine, store and letters as in production. A seed that breaks a rule says how to
//! see it again: `FOCUS_FAMILY_SEED=17` runs that one alone. `FOCUS_FAMILY_SEEDS=2000` runs so many.

use focus_family::daemon::simulate::{Asked, FIRST_DAY, simulate};
use focus_family::simulate::Outcome;

/// A small programme: long enough for a family to come as far as the reviews. Each seed begins in another season.
const DAYS: i64 = 75;
const FAMILIES: u32 = 3;
const SEEDS: u64 = 50;
/// A test is not the program whose child reads mails.
const READER: Option<&str> = Some(env!("CARGO_BIN_EXE_focus-family"));

/// What is simulated for a seed.
fn asked(seed: u64) -> Asked {
    let later = jiff::Span::new().days(i64::try_from(seed * 37 % 1_300).unwrap());
    Asked { families: FAMILIES, from: FIRST_DAY.checked_add(later).unwrap(), days: DAYS, seed, parts: 1, reader_program: READER }
}

fn run(asked: Asked) -> Outcome {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(simulate(asked, |_, _| {})).unwrap()
}

#[test]
fn no_seed_breaks_a_rule() {
    let seeds = std::env::var("FOCUS_FAMILY_SEEDS").ok().and_then(|text| text.parse().ok()).unwrap_or(SEEDS);
    let only = std::env::var("FOCUS_FAMILY_SEED").ok().and_then(|text| text.parse::<u64>().ok());
    let (first, seeds) = only.map_or((1, seeds), |only| (only, only));
    let next = std::sync::atomic::AtomicU64::new(first);
    let broken = std::sync::Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
                    if seed > seeds {
                        break;
                    }
                    let violations = run(asked(seed)).violations;
                    if !violations.is_empty() {
                        broken.lock().unwrap().push((seed, violations));
                    }
                }
            });
        }
    });
    let broken = broken.into_inner().unwrap();
    let shown: String = broken
        .iter()
        .map(|(seed, violations)| {
            let lines: String = violations.iter().take(5).map(|violation| format!("    {violation:?}\n")).collect();
            format!("seed {seed}: FOCUS_FAMILY_SEED={seed} cargo test --test it simulate\n{lines}")
        })
        .collect();
    assert!(broken.is_empty(), "{} of {seeds} seeds break a rule\n{shown}", broken.len());
}

#[test]
fn the_same_seed_tells_the_same_story_and_another_seed_another() {
    let story = |seed| serde_json::to_string(&run(asked(seed))).unwrap();
    assert_eq!(story(3), story(3));
    assert_ne!(story(3), story(4));
}

#[test]
fn a_county_in_parts_tells_one_story_however_its_parts_take_turns_and_loses_no_family() {
    let told = |parts| run(Asked { families: 8, parts, ..asked(5) });
    let parted = told(3);
    assert_eq!(serde_json::to_string(&parted).unwrap(), serde_json::to_string(&told(3)).unwrap());
    assert_eq!(parted.violations, []);
    let whole = told(1);
    assert_eq!((parted.cases, parted.until), (whole.cases, whole.until));
    let ends = |outcome: &Outcome| outcome.mails.get("case_opened").copied();
    assert_eq!(ends(&parted), ends(&whole));
    assert!(parted.cases >= 8, "{parted:?}");
    let open: usize = parted.stages.values().sum();
    assert_eq!(open, parted.cases, "every case is in a stage");
}

#[test]
fn every_kind_of_weather_comes_and_a_year_of_it_breaks_no_rule() {
    let year = run(Asked { families: 12, from: FIRST_DAY, days: 366, seed: 7, parts: 1, reader_program: READER });
    assert_eq!(year.violations, []);
    for fault in
        ["days_down", "clock_changes", "clock_behind", "keyworkers_left", "officers_left", "calendar_changes", "rule_changes"]
    {
        assert!(year.faults.contains_key(fault), "{fault} is missing in {:?}", year.faults);
    }
    assert!(year.cases >= 12 && year.timers_fired > 100 && year.letters > 100, "{year:?}");
    let page = focus_family::simulate::picture::page(&year);
    assert!(page.contains("Working to the plan") && !page.contains("<script"), "the picture tells the stages and runs nothing");
}
