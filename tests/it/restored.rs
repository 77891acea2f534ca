//! A backup that was put back does not send again what had left since it was made.

use focus_family::cli::report::{Findings, Outcome};
use focus_family::daemon::app::App;
use focus_family::daemon::round::{RoundError, send, settle, take_in};
use focus_family::daemon::{check, generation};
use focus_family::domain::personal::Personal;
use focus_family::engine::settle::Settler;
use focus_family::store::{LetterFilter, LetterState};

use crate::support::daemon::{County, all_is_well, nomination, record};
use crate::support::engines::{for_each_house, sqlite_house};
use crate::support::told::named;

fn settler(app: &App, because: Option<&str>) -> Settler {
    let because = because.map(|because| Personal::new(because.to_owned()));
    Settler { by: app.settings.people[0].address.clone(), because }
}

async fn letters(app: &App, state: LetterState) -> usize {
    app.engine.store.letters(&LetterFilter { state: Some(state), limit: 1_000, ..LetterFilter::default() }).await.unwrap().len()
}

/// A key file beside which the number is kept: the program's own key is in memory.
fn key(county: &County<'_>, app: &App) {
    std::fs::create_dir_all(county.folder.path()).unwrap();
    std::fs::write(&app.settings.master_key_file, "not the key of this store").unwrap();
}

#[test]
fn a_backup_put_back_sends_nothing_again_until_a_person_has_said_so() {
    let house = sqlite_house();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let county = County::new(&house).await;
        let database = house.folder.path().join("focus-family.db");
        let app = county.start_captured().await;
        key(&county, &app);
        county.deliver("one", &nomination(1));
        // Taken in and judged, its letters queued: then the backup is made, and they leave.
        take_in(&app, &app.mailboxes[0]).await.unwrap();
        app.engine.take_next_mails(16).await.unwrap();
        let queued = letters(&app, LetterState::Queued).await;
        assert!(queued >= 1);
        let backup = county.folder.path().join("backup.db");
        app.engine.store.close().await;
        std::fs::copy(&database, &backup).unwrap();
        let app = county.start_captured().await;
        settle(&app).await.unwrap();
        assert!(!county.captured.take().is_empty());
        app.engine.store.close().await;
        for more in ["-wal", "-shm"] {
            let _absent = std::fs::remove_file(house.folder.path().join(format!("focus-family.db{more}")));
        }
        std::fs::copy(&backup, &database).unwrap();

        let app = county.start_captured().await;
        assert_eq!(letters(&app, LetterState::Queued).await, queued, "the backup calls them unsent");
        county.deliver("two", &nomination(2));
        let stopped = settle(&app).await.unwrap_err();
        assert!(matches!(stopped, RoundError::Restored(_)), "{stopped}");
        assert!(named(&app, "two").await.end.is_some(), "mail is taken in all the same");
        assert!(county.captured.take().is_empty(), "nothing leaves");
        let mut findings = Findings::default();
        check::about_work(&app, &mut findings).await.unwrap();
        let failed: Vec<_> = findings.checks.iter().filter(|one| one.outcome == Outcome::Failed).collect();
        assert!(failed.len() == 1 && failed[0].seen.contains("a backup was put back"), "{failed:?}");

        let refused = generation::acknowledge(&app, &settler(&app, None)).await.unwrap_err();
        assert!(refused.to_string().contains("say why"), "{refused}");
        let waiting = letters(&app, LetterState::Queued).await + letters(&app, LetterState::Gathering).await;
        let held = generation::acknowledge(&app, &settler(&app, Some("the disk was replaced"))).await.unwrap();
        assert_eq!(held, Some(waiting as u64));
        settle(&app).await.unwrap();
        assert!(county.captured.take().is_empty(), "what the backup brought back stays held");
        assert_eq!(generation::acknowledge(&app, &settler(&app, Some("again"))).await.unwrap(), None);
        // One by one, by a person; and what is new leaves.
        let rows =
            app.engine.store.letters(&LetterFilter { state: Some(LetterState::Held), ..LetterFilter::default() }).await.unwrap();
        app.engine.release(&rows[0].id.to_text(), &settler(&app, None)).await.unwrap();
        let case = named(&app, "two").await.reference.unwrap();
        record(&app, &case, "escalate_need", "area_officer", &[]).await.unwrap();
        settle(&app).await.unwrap();
        let left = county.captured.take();
        assert!(left.len() >= 2, "the released one and the new ones: {}", left.len());
        all_is_well(&app, "after the restore").await;
    });
}

#[test]
fn a_number_beside_the_key_that_is_ahead_of_the_database_stops_letters_on_both_engines() {
    for_each_house(async |house| {
        let county = County::new(house).await;
        let app = county.start_captured().await;
        key(&county, &app);
        county.deliver("one", &nomination(1));
        settle(&app).await.unwrap();
        assert!(!county.captured.take().is_empty());
        let file = app
            .settings
            .master_key_file
            .with_file_name(format!("{}.generation", app.settings.master_key_file.file_name().unwrap().to_str().unwrap()));
        let number: i64 = std::fs::read_to_string(&file).unwrap().trim().parse().unwrap();
        assert!(number >= 1);
        assert!(!generation::is_restored(&app).await.unwrap());
        // A daemon that died between the two writes has sent nothing: the database is ahead, and that is well.
        app.engine.store.count_up("outbox_generation").await.unwrap();
        assert!(!generation::is_restored(&app).await.unwrap());
        std::fs::write(&file, format!("{}\n", number + 2)).unwrap();
        assert!(generation::is_restored(&app).await.unwrap());
        county.deliver("two", &nomination(2));
        assert!(matches!(settle(&app).await, Err(RoundError::Restored(_))));
        assert!(send(&app).await.is_err() && county.captured.take().is_empty());
    });
}
