//! A colleague opens the mailbox with another program first: nothing is hidden from us, and nothing old is dug up.

use std::sync::Arc;

use focus_family::ambient::{Ambient, Script};
use focus_family::config::Settings;
use focus_family::daemon::app::App;
use focus_family::daemon::round::settle;
use focus_family::domain::time::Instant;
use focus_family::store::Store;

use crate::support::engines::for_each_engine;

const MAIL: &str = include_str!("../mails/foi.eml");

/// An installation in `folder` whose scripted clock stands at the start told.
fn installed(folder: &std::path::Path, store: Store) -> (App, Arc<Script>, Instant) {
    let start = "2026-09-07T08:00:00Z".parse().unwrap();
    let script = Script::new(start, 7);
    let settings = focus_family::demo::settings_toml(folder, 0, Some((start, 7)));
    let settings = Settings::from_text(&settings, &folder.join("focus-family.toml"), std::iter::empty()).unwrap();
    let mut app = App::assemble(settings, store, Ambient::Scripted(script.clone())).unwrap();
    app.use_reader_program(env!("CARGO_BIN_EXE_focus-family").into());
    (app, script, start)
}

#[test]
fn a_mail_that_another_program_moved_first_is_taken_in_once_and_an_old_one_never() {
    for_each_engine(async |store| {
        let folder = tempfile::tempdir().unwrap();
        let (app, script, start) = installed(folder.path(), store);
        let cur = folder.path().join("mailbox/cur");
        let old = cur.join("old.mail:2,S");
        std::fs::write(&old, MAIL).unwrap();
        let years_ago = std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1_400_000_000);
        std::fs::File::options().write(true).open(&old).unwrap().set_modified(years_ago).unwrap();
        settle(&app).await.unwrap();

        std::fs::write(cur.join("opened.first:2,S"), MAIL.replace("foi-1@", "foi-2@")).unwrap();
        let mut ended = 0;
        for minutes in [2, 4, 6] {
            script.set(start + jiff::SignedDuration::from_mins(minutes));
            ended += settle(&app).await.unwrap().ended.len();
        }
        assert_eq!(ended, 1, "the mail opened by a colleague, once");
        assert!(cur.join("opened.first:2,S").exists(), "its flags are the colleague's");
    });
}

#[test]
fn a_folder_in_which_nothing_changed_is_not_listed_again() {
    for_each_engine(async |store| {
        let folder = tempfile::tempdir().unwrap();
        let (app, script, start) = installed(folder.path(), store);
        settle(&app).await.unwrap();
        let cur = folder.path().join("mailbox/cur");
        let changed_at = |seconds: u64| {
            // What the file system itself takes for now.
            let clock = folder.path().join("clock");
            std::fs::write(&clock, b"").unwrap();
            let time = std::fs::metadata(&clock).unwrap().modified().unwrap() - std::time::Duration::from_secs(seconds);
            std::fs::File::open(&cur).unwrap().set_modified(time).unwrap();
        };
        let look = async |minutes: i64| {
            script.set(start + jiff::SignedDuration::from_mins(minutes));
            settle(&app).await.unwrap().ended.len()
        };
        changed_at(3_600);
        let before = std::fs::metadata(&cur).unwrap().modified().unwrap();
        assert_eq!(look(2).await, 0);
        std::fs::write(cur.join("opened.first:2,S"), MAIL).unwrap();
        std::fs::File::open(&cur).unwrap().set_modified(before).unwrap();
        assert_eq!(look(4).await, 0, "by its time of change the folder is as it was");
        changed_at(1_800);
        assert_eq!(look(6).await, 1, "a change is seen");
        assert_eq!(look(8).await, 0);
        // A change that may have happened in the very moment of the look is looked at again.
        changed_at(0);
        assert_eq!(look(10).await, 0);
        std::fs::write(cur.join("opened.next:2,S"), MAIL.replace("foi-1@", "foi-2@")).unwrap();
        assert_eq!(look(12).await, 1);
    });
}
