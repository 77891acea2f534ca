//! A hundred mails made to hurt among a thousand good ones, all at once: the good ones are taken in all the same, and the daemon stays small.

use std::time::{Duration, Instant as Moment};

use focus_family::store::EndState;

use super::Dice;
use super::place::{Place, rows};
use crate::inputs;

/// A good mail has its end within this time, of 95 in 100 of them.
const WITHIN: Duration = Duration::from_secs(60);
/// Memory of the daemon at its most, kilobytes.
const MEMORY_KB: u64 = 300 << 10;

/// What `/proc/PID/status` says under `name`, in kilobytes.
pub fn kilobytes(process: u32, name: &str) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with(name)).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|number| number.parse().ok()).unwrap_or_default()
}

/// Memory of the processes that `parent` started and that still run, kilobytes.
fn children_of(parent: u32) -> u64 {
    let processes = std::fs::read_dir("/proc").expect("Linux").flatten();
    let numbers = processes.filter_map(|process| process.file_name().to_str()?.parse::<u32>().ok());
    let ours = |process: &u32| {
        let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
        status.lines().any(|line| line.strip_prefix("PPid:").is_some_and(|number| number.trim() == parent.to_string()))
    };
    numbers.filter(ours).map(|process| kilobytes(process, "VmRSS")).sum()
}

#[test]
#[ignore = "a thousand mails: `./test bombs`"]
fn a_hundred_bombs_hold_up_none_of_a_thousand_good_mails_and_the_daemon_stays_small() {
    run(1_000, 100);
}

#[test]
#[ignore = "takes half a minute: `./test bombs`"]
fn ten_bombs_hold_up_none_of_a_hundred_good_mails() {
    run(100, 10);
}

fn run(good: usize, bombs: usize) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let folder = tempfile::tempdir().unwrap();
        let mut place = Place::new(folder.path(), &[]);
        let hostile = inputs::hostile_mails();
        let mut dice = Dice::new(20_261_122);
        let new = folder.path().join("mailbox/new");
        for name in ["new", "cur", "tmp"] {
            std::fs::create_dir_all(folder.path().join("mailbox").join(name)).unwrap();
        }
        // The bombs lie anywhere among the good ones: what came first is read first.
        let mut kinds: Vec<bool> = vec![true; bombs];
        kinds.resize(good + bombs, false);
        for at in (1..kinds.len()).rev() {
            kinds.swap(at, usize::try_from(dice.below(at as u64 + 1)).unwrap());
        }
        let (mut bomb, mut number) = (0, 0);
        for (at, is_bomb) in kinds.iter().enumerate() {
            let (name, raw) = if *is_bomb {
                bomb += 1;
                (format!("{at:05}-bomb"), hostile[bomb * hostile.len() / (bombs + 1)].clone())
            } else {
                number += 1;
                (format!("{at:05}-good"), focus_family::demo::bench_mail(number, 0))
            };
            std::fs::write(new.join(name), raw).unwrap();
        }
        let since = Moment::now();
        let life = place.live(&[]);
        life.ready();
        let app = place.open().await;
        let mut ends: Vec<Duration> = Vec::new();
        let mut children_kb = 0;
        loop {
            let all = rows(&app).await;
            let is_good = |uid: &str| uid.ends_with("-good");
            let ended = all.iter().filter(|row| is_good(&row.uid) && row.end.is_some()).count();
            ends.resize(ended, since.elapsed());
            children_kb = children_kb.max(children_of(life.process()));
            if all.len() >= good + bombs && all.iter().all(|row| row.end.is_some()) {
                assert!(all.iter().filter(|row| is_good(&row.uid)).all(|row| row.end == Some(EndState::CaseOpened)), "each good mail is a case");
                break;
            }
            assert!(since.elapsed() < Duration::from_secs(1_800), "{} of {} mails ended", all.iter().filter(|row| row.end.is_some()).count(), good + bombs);
            // Seldom: looking costs the same two cores.
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        let memory_kb = kilobytes(life.process(), "VmHWM");
        life.kill();
        let at = |share: usize| ends[(ends.len() * share / 100).min(ends.len() - 1)].as_secs_f64();
        eprintln!(
            "{good} good mails and {bombs} bombs at once: a good mail ended after {:.1} s at p50, {:.1} s at p95, the last after {:.1} s; all \
             after {:.1} s; daemon at most {} MiB, its readers at most {} MiB",
            at(50),
            at(95),
            at(100),
            since.elapsed().as_secs_f64(),
            memory_kb >> 10,
            children_kb >> 10
        );
        assert!(memory_kb <= MEMORY_KB, "{memory_kb} KB");
        assert!(at(95) <= WITHIN.as_secs_f64(), "{:.1} s", at(95));
    });
}
