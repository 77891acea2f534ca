//! Small programmes with many seeds, on the same engine, store and letters as in production. A seed that breaks a rule says how to
//! see it again. `FOCUS_FAMILY_SEEDS=2000` runs so many.

use focus_family::daemon::simulate::{Asked, simulate};
use focus_family::simulate::Outcome;

/// Days of a small programme: long enough for a family to come as far as the reviews, and for both changes of the clock.
const DAYS: i64 = 366;
const FAMILIES: u32 = 12;
const SEEDS: u64 = 50;

fn run(seed: u64) -> Outcome {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(simulate(Asked { families: FAMILIES, days: DAYS, seed }, |_, _| {})).unwrap()
}

#[test]
fn no_seed_breaks_a_rule() {
    let seeds = std::env::var("FOCUS_FAMILY_SEEDS").ok().and_then(|text| text.parse().ok()).unwrap_or(SEEDS);
    let next = std::sync::atomic::AtomicU64::new(1);
    let broken = std::sync::Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
                    if seed > seeds {
                        break;
                    }
                    let violations = run(seed).violations;
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
            format!("seed {seed}: focus-family simulate --families {FAMILIES} --years 1 --seed {seed}\n{lines}")
        })
        .collect();
    assert!(broken.is_empty(), "{} of {seeds} seeds break a rule\n{shown}", broken.len());
}

#[test]
fn the_same_seed_tells_the_same_story_and_another_seed_another() {
    let story = |seed| serde_json::to_string(&run(seed)).unwrap();
    assert_eq!(story(3), story(3));
    assert_ne!(story(3), story(4));
}
