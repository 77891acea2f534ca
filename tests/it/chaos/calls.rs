//! Death at the first, second, third… call of a kind the program makes to the kernel, until a run is untouched.

use std::time::{Duration, Instant};

use focus_family::store::EndState;

use super::place::{Place, in_hand, processes_of, rows};
use super::{Length, length};
use crate::support::daemon::{all_is_well, nomination};

/// Kinds of call, and which share of their places is tried when time is short: one in so many.
const CALLS: [(&str, usize); 5] =
    [("fsync,fdatasync", 1), ("rename,renameat,renameat2", 1), ("connect", 1), ("pwrite64", 7), ("sendto", 5)];

#[test]
#[ignore = "starts the daemon some hundred times under strace: `./test chaos`"]
fn a_daemon_that_dies_at_any_call_to_the_kernel_loses_and_doubles_nothing() {
    if std::process::Command::new("strace").arg("-V").output().is_err() {
        eprintln!("NOT RUN: strace is not installed");
        return;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        for (calls, share) in CALLS {
            let step = match length() {
                Length::Glance => share * 12,
                Length::Short => share,
                Length::Full => 1,
            };
            let places = Box::pin(run_everywhere(calls, "signal=SIGKILL", step)).await;
            eprintln!("{calls}: killed at {places} places (every {step}.), 0 lost, 0 doubled");
        }
    });
}

#[test]
#[ignore = "starts the daemon some ten times under strace: `./test chaos`"]
fn a_daemon_whose_disk_fails_stops_at_once_and_nothing_acknowledged_is_lost() {
    if std::process::Command::new("strace").arg("-V").output().is_err() {
        eprintln!("NOT RUN: strace is not installed");
        return;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let places = Box::pin(run_everywhere("fsync,fdatasync", "error=EIO", 1)).await;
        eprintln!("fsync failed at {places} places: the daemon stopped at each, 0 lost, 0 doubled");
    });
}

/// Lets `fault` happen at each `step`th call until the daemon gets through untouched; returns at how many places it ended.
async fn run_everywhere(calls: &str, fault: &str, step: usize) -> usize {
    let folder = tempfile::tempdir().unwrap();
    let mut place = Place::new(folder.path(), &[]);
    // The first life makes the store, so that the places are those of a mail's way.
    drop(Box::pin(place.settle(0)).await);
    let (mut died, mut unheard) = (0, 0);
    for (number, at) in (1..).step_by(step).enumerate() {
        let number = u32::try_from(number).unwrap() + 1;
        deliver(&place, number);
        let inject = format!("--inject={calls}:{fault}:when={at}");
        let log = folder.path().join("calls.log");
        let (log_word, trace) = (log.to_str().unwrap(), format!("--trace={calls}"));
        let strace = ["strace", "-f", "-qqq", "--seccomp-bpf", "-o", log_word, &trace, &inject];
        let mut life = place.live(&strace.map(str::to_owned));
        let since = Instant::now();
        let mut beside = None;
        let through = loop {
            if !life.lives() {
                break false;
            }
            std::thread::sleep(Duration::from_millis(30));
            let app = match beside.take() {
                Some(app) => app,
                None if life.told().contains("ready:") => place.open().await,
                None => continue,
            };
            let stored = rows(&app).await;
            let ended = stored.len() == number as usize && stored.iter().all(|row| row.end.is_some());
            let left = ended && in_hand(&app).await == 0;
            beside = Some(app);
            if left {
                break true;
            }
            assert!(since.elapsed() < Duration::from_secs(60), "{calls} {at}: {}", life.told());
        };
        drop(life);
        let app = place.settle(number as usize).await;
        let stored = rows(&app).await;
        assert_eq!(stored.len(), number as usize, "{calls} {at}");
        assert!(stored.iter().all(|row| row.end == Some(EndState::CaseOpened)), "{calls} {at}: {stored:?}");
        all_is_well(&app, calls).await;
        let heard = place.heard();
        let twice = heard.values().filter(|copies| copies.len() > 1).count();
        assert!(twice <= number as usize, "{calls} {at}: {twice} letters went twice");
        app.engine.store.close().await;
        match (through, std::fs::read_to_string(&log).unwrap().contains("INJECTED")) {
            (true, false) => break,
            // Only where the file is opened and closed before anything is at work: SQLite folds the journal then and says nothing.
            (true, true) => unheard += 1,
            (false, _) => died += 1,
        }
    }
    assert!(unheard <= 2, "{calls}: {fault} went unheard at {unheard} places");
    assert_eq!(processes_of(folder.path()), 0, "no child outlives its daemon");
    died
}

fn deliver(place: &Place, number: u32) {
    let new = place.folder.join("mailbox/new");
    std::fs::create_dir_all(&new).unwrap();
    std::fs::write(new.join(format!("mail-{number:04}")), nomination(number)).unwrap();
}
