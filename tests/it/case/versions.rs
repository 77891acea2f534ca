//! A case goes to another version of the life-cycle and comes back: with the timers it left with, whatever the other version says.

use focus_family::domain::case::{Actor, Case, Command, Event, Migrate, TimersBefore, decide, replay};
use focus_family::domain::ids::{RoleName, TimerName};
use focus_family::domain::workflow::{TimerDef, TimerFrom};
use jiff::ToSpan;

use super::story::{REVIEWS, Setting, Story, shipped};

/// The shipped life-cycle as another version, in which every timer is changed so.
fn version(change: impl Fn(&mut TimerDef)) -> Setting {
    let shipped = shipped();
    let mut lifecycle = shipped.lifecycle.clone();
    lifecycle.version = "2027.1".to_owned();
    lifecycle.timers.iter_mut().for_each(change);
    Setting {
        lifecycle,
        calendar: shipped.calendar.clone(),
        geography: shipped.geography.clone(),
        outcomes: shipped.outcomes.clone(),
    }
}

fn versions() -> Vec<Setting> {
    let mut without = version(|_| {});
    without.lifecycle.timers.retain(|timer| timer.when.is_none());
    vec![
        // Nothing but the number.
        version(|_| {}),
        // Every rung later: what had run out has rungs to come again.
        version(|timer| {
            for rung in &mut timer.ladder.rungs {
                rung.working_days = rung.working_days.map(|days| days + 7);
                rung.days = rung.days.map(|days| days + 7);
            }
        }),
        // Every rung of another name: none is found by it.
        version(|timer| timer.ladder.rungs.iter_mut().for_each(|rung| rung.name.push_str("_so"))),
        // Ladders that ask once and then fall silent, beside some that go on.
        version(|timer| {
            if timer.when.is_some() {
                timer.ladder.rungs.truncate(1);
                timer.ladder.again = None;
            }
        }),
        // Counted from another day.
        version(|timer| {
            if timer.when.is_some() {
                timer.from = TimerFrom::Opened;
            }
        }),
        without,
    ]
}

fn migrate(earlier: Option<TimersBefore>) -> Command {
    let by = Actor::Person { name: "M".into(), address: "m@example.org".into(), role: RoleName::new("manager").unwrap() };
    Command::Migrate(Migrate { stages: std::collections::BTreeMap::new(), by, reason: "tried".into(), earlier })
}

/// What the timers of a case are: which rung is next, counted from and due when, and which have run out.
fn timers(case: &Case) -> String {
    let running = case.timers.values().map(|armed| {
        let name = armed.name.as_deref().unwrap_or("?");
        format!("{} {} {name} from {} due {} {}", armed.timer, armed.rung, armed.anchor, armed.due_on, armed.due_at)
    });
    let ended = case.finished.iter().map(|(timer, anchor)| format!("{timer} ended from {anchor}"));
    running.chain(ended).collect::<Vec<_>>().join("\n")
}

/// Takes `story` to `other` and back at the same moment; whether it was another there. None where `other` refuses it.
fn there_and_back(story: &Story<'_>, other: &Setting) -> Option<bool> {
    let left = story.case();
    // A version in which the case would drift does not take it.
    let there = decide(Some(left), &migrate(None), &other.world(story.now)).ok()?;
    let was_moved = there.iter().any(|event| matches!(event, Event::StageEntered { .. }));
    let case = replay(Some(left.clone()), &there).unwrap();
    let earlier = Some(TimersBefore::of(left, &there));
    let back = decide(Some(&case), &migrate(earlier), &story.world()).unwrap();
    assert!(
        !was_moved && !back.iter().any(|event| matches!(event, Event::LetterCalled { .. } | Event::TimerFired { .. })),
        "{back:?}"
    );
    let came = replay(Some(case.clone()), &back).unwrap();
    assert_eq!(timers(&came), timers(left), "in {} on {}", left.stage, story.now);
    // Of two rows of one timer the later arming counts: none is used twice.
    for (timer, armed) in &came.timers {
        let same = left.timers.get(timer).is_some_and(|before| before.arming == armed.arming);
        assert!(same || armed.arming > left.armings.get(timer).copied().unwrap_or(0), "{timer}");
    }
    Some(timers(&case) != timers(left))
}

#[test]
fn whatever_the_other_version_says_a_case_that_comes_back_has_the_timers_it_left_with() {
    let versions = versions();
    let (mut tried, mut other) = (0, 0);
    let mut look = |story: &Story<'_>| {
        for moved in versions.iter().filter_map(|version| there_and_back(story, version)) {
            tried += 1;
            other += usize::from(moved);
        }
    };
    let short = [REVIEWS, "open\non 2027-02-01", "open consent=\"refused\"\non 2027-01-04"];
    for life in super::whole::lives().iter().map(String::as_str).chain(short) {
        let mut story = Story::new(shipped());
        for line in life.lines().map(str::trim).filter(|line| !line.is_empty()) {
            if let Some(until) = line.strip_prefix("on ").map(|day| day.parse::<jiff::civil::Date>().unwrap()) {
                // Long times are looked at on the way.
                while story.world().today + 9.days() < until {
                    story.go_on_to(story.world().today + 9.days());
                    look(&story);
                }
            }
            story.tell(line);
            look(&story);
        }
    }
    assert!(tried > 300 && other > 100, "{tried} {other}");
}

#[test]
fn what_was_told_under_the_other_version_is_not_told_again_on_the_way_back() {
    let mut story = Story::told("open");
    let later = version(|_| {});
    let left = story.case().clone();
    let mut since = decide(Some(&left), &migrate(None), &later.world(story.now)).unwrap();
    let mut there = replay(Some(left.clone()), &since).unwrap();
    // Three working days later the decision is due, and somebody is told.
    let triage = TimerName::new("triage").unwrap();
    story.now = there.timers[&triage].due_at;
    let armed = there.timers[&triage].clone();
    let fire = Command::Fire { timer: triage.clone(), arming: armed.arming, rung: armed.rung };
    let fired = decide(Some(&there), &fire, &later.world(story.now)).unwrap();
    assert!(fired.iter().any(|event| matches!(event, Event::LetterCalled { .. })));
    there = replay(Some(there), &fired).unwrap();
    since.extend(fired);
    let back = decide(Some(&there), &migrate(Some(TimersBefore::of(&left, &since))), &story.world()).unwrap();
    let came = replay(Some(there.clone()), &back).unwrap();
    assert_eq!(came.timers[&triage].rung, armed.rung + 1);
    assert_eq!(came.timers[&triage].due_on, there.timers[&triage].due_on);
}
