//! A backup that was put back does not send again what had left since it was made.

use std::sync::Arc;

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
        let text = std::fs::read_to_string(&file).unwrap();
        let (number, line) = text.trim().split_once(' ').expect("a number, its line and a moment");
        let number: i64 = number.parse().unwrap();
        assert!(number >= 1);
        assert!(!generation::is_restored(&app).await.unwrap());
        // A daemon that died between the two writes has sent nothing: the database is ahead, and that is well.
        app.engine.store.set_note("outbox_generation", &(number + 1).to_string()).await.unwrap();
        assert!(!generation::is_restored(&app).await.unwrap());
        std::fs::write(&file, format!("{} {line}\n", number + 2)).unwrap();
        assert!(generation::is_restored(&app).await.unwrap());
        county.deliver("two", &nomination(2));
        assert!(matches!(settle(&app).await, Err(RoundError::Restored(_))));
        assert!(send(&app).await.is_err() && county.captured.take().is_empty());
    });
}

#[test]
fn a_number_beside_the_key_that_was_lost_stops_letters_unless_the_database_is_proven_to_be_no_older() {
    for_each_house(async |house| {
        let county = County::new(house).await;
        let app = county.start_captured().await;
        key(&county, &app);
        county.deliver("one", &nomination(1));
        settle(&app).await.unwrap();
        assert!(!county.captured.take().is_empty());
        let file = format!("{}.generation", app.settings.master_key_file.display());
        // A process died between making the file and writing it.
        std::fs::write(&file, "").unwrap();
        county.deliver("two", &nomination(2));
        let stopped = settle(&app).await.unwrap_err();
        assert!(matches!(stopped, RoundError::Generation(_)), "{stopped}");
        let says = std::error::Error::source(&stopped).unwrap().to_string();
        assert!(says.contains("holds no number") && says.contains("mail restored"), "{says}");
        assert!(county.captured.take().is_empty());
        // The end of the chain, seen by this machine since, proves that nothing was put back. Files have the machine's own clock.
        let since = std::fs::File::options().write(true).open(&file).unwrap();
        since.set_modified(std::time::SystemTime::UNIX_EPOCH).unwrap();
        focus_family::daemon::head::keep(&app).await.unwrap();
        settle(&app).await.unwrap();
        assert!(!county.captured.take().is_empty());
        assert!(number_of(&app).unwrap() >= 1);
        // Without that a person answers.
        std::fs::write(&file, "nonsense").unwrap();
        std::fs::remove_file(format!("{}.head", app.settings.master_key_file.display())).unwrap();
        assert!(generation::look(&app).await.is_err());
        assert!(generation::acknowledge(&app, &settler(&app, Some("the disk was full"))).await.unwrap().is_some());
        generation::look(&app).await.unwrap();
        assert!(number_of(&app).unwrap() >= 1);
    });
}

/// The same program on another machine: one database, a key file and a number of its own.
fn machine(app: &App, county: &County<'_>, name: &str) -> App {
    let key = county.folder.path().join(format!("{name}.key"));
    std::fs::write(&key, "not the key of this store").unwrap();
    let mut settings = (*app.settings).clone();
    settings.master_key_file = key;
    let settings = Arc::new(settings);
    let mut app = county.captured_on(app.engine.store.clone());
    app.engine.settings = settings.clone();
    app.settings = settings;
    app
}

/// What its file says.
fn number_of(app: &App) -> Option<i64> {
    let text = std::fs::read_to_string(format!("{}.generation", app.settings.master_key_file.display())).ok()?;
    text.split_whitespace().next()?.parse().ok()
}

#[test]
fn what_one_machine_knows_of_a_backup_put_back_holds_for_all_and_a_number_that_lags_says_nothing() {
    for_each_house(async |house| {
        let county = County::new(house).await;
        let app = county.start_captured().await;
        let [first, second, third] = ["first", "second", "third"].map(|name| machine(&app, &county, name));
        for (number, uid) in ["one", "two", "three"].into_iter().enumerate() {
            county.deliver(uid, &nomination(1 + u32::try_from(number).unwrap()));
            settle(&first).await.unwrap();
        }
        assert!(!county.captured.take().is_empty());
        let sent = number_of(&first).unwrap();
        assert!(sent >= 3);
        // The second has sent nothing, and knows all the same; the third was switched off.
        generation::look(&second).await.unwrap();
        assert_eq!((number_of(&second), number_of(&third)), (Some(sent), None));
        let store = &app.engine.store;
        store.set_note("outbox_generation", &(sent - 1).to_string()).await.unwrap();
        assert!(!generation::is_restored(&third).await.unwrap(), "it cannot know");
        assert!(matches!(generation::look(&second).await, Err(RoundError::Restored(_))));
        // From then on nothing leaves from any of them, and nobody counts the number up until it fits.
        county.deliver("four", &nomination(4));
        for one in [&third, &first, &second] {
            assert!(generation::is_restored(one).await.unwrap());
            assert!(matches!(settle(one).await, Err(RoundError::Restored(_))));
        }
        assert_eq!(store.get_note("outbox_generation").await.unwrap(), Some((sent - 1).to_string()));
        // A person says so on the machine that could not know; no other machine's number stops the letters again.
        let held = generation::acknowledge(&third, &settler(&third, Some("the disk was replaced"))).await.unwrap();
        assert!(held.is_some_and(|held| held >= 1), "{held:?}");
        for one in [&first, &second, &third] {
            assert!(!generation::is_restored(one).await.unwrap());
            assert_eq!(generation::acknowledge(one, &settler(one, Some("again"))).await.unwrap(), None);
        }
        let case = named(&app, "four").await.reference.unwrap();
        record(&app, &case, "escalate_need", "area_officer", &[]).await.unwrap();
        settle(&second).await.unwrap();
        assert!(!county.captured.take().is_empty(), "what is new leaves");
        // A backup from before that word is one more.
        let lines = store.get_note("outbox_lines").await.unwrap().unwrap();
        store.set_note("outbox_lines", lines.split(' ').next().unwrap()).await.unwrap();
        store.set_note("outbox_restored_answered", "").await.unwrap();
        assert!(generation::is_restored(&second).await.unwrap());
        assert!(generation::is_restored(&third).await.unwrap());
        assert!(generation::is_restored(&first).await.unwrap(), "the number fits, and its mark is of other letters");
        // That one word is enough for all, though the files of the others name a line that this database never had.
        assert!(matches!(generation::look(&second).await, Err(RoundError::Restored(_))));
        assert!(generation::acknowledge(&second, &settler(&second, Some("once more"))).await.unwrap().is_some());
        for one in [&third, &first, &second] {
            assert!(!generation::is_restored(one).await.unwrap());
            generation::look(one).await.unwrap();
        }
    });
}

#[test]
fn a_database_put_back_that_has_counted_on_is_still_told_from_the_one_the_file_knows() {
    for_each_house(async |house| {
        let county = County::new(house).await;
        let app = county.start_captured().await;
        let [first, second] = ["first", "second"].map(|name| machine(&app, &county, name));
        county.deliver("one", &nomination(1));
        settle(&first).await.unwrap();
        generation::look(&second).await.unwrap();
        let store = &app.engine.store;
        let backup = store.get_note("outbox_generation").await.unwrap().unwrap();
        county.deliver("two", &nomination(2));
        settle(&first).await.unwrap();
        // Put back at once: the second has not looked since, and sends as many batches as were lost.
        store.set_note("outbox_generation", &backup).await.unwrap();
        let mut family = 3;
        while number_of(&second) < number_of(&first) {
            county.deliver(&format!("mail-{family}"), &nomination(family));
            settle(&second).await.unwrap();
            family += 1;
        }
        assert_eq!(number_of(&second), number_of(&first));
        assert!(generation::is_restored(&first).await.unwrap());
        assert!(matches!(generation::look(&first).await, Err(RoundError::Restored(_))));
        assert!(!county.captured.take().is_empty());
        county.deliver("last", &nomination(family));
        assert!(matches!(settle(&second).await, Err(RoundError::Restored(_))));
        assert!(county.captured.take().is_empty());
    });
}

/// Two machines; the second was switched off when the first sent what a backup knows nothing of. A family is waiting for its letters.
async fn switched_off(county: &County<'_>, app: &App) -> (App, App) {
    let [first, second] = ["first", "second"].map(|name| machine(app, county, name));
    county.deliver("one", &nomination(1));
    settle(&first).await.unwrap();
    generation::look(&second).await.unwrap();
    assert!(!county.captured.take().is_empty());
    county.pass_seconds(600);
    county.deliver("two", &nomination(2));
    (first, machine(app, county, "second"))
}

#[test]
fn a_machine_that_starts_lets_those_look_first_who_may_know_of_a_backup() {
    for_each_house(async |house| {
        let county = County::new(house).await;
        let app = county.start_captured().await;
        let store = &app.engine.store;
        let (first, second) = switched_off(&county, &app).await;
        let backup = store.get_note("outbox_generation").await.unwrap().unwrap();
        generation::before_letters_leave(&first).await.unwrap();
        store.set_note("outbox_generation", &backup).await.unwrap();
        county.pass_seconds(600);
        let second = machine(&second, &county, "second");
        settle(&second).await.unwrap();
        assert!(county.captured.take().is_empty(), "nothing leaves before the first has looked");
        assert!(matches!(generation::look(&first).await, Err(RoundError::Restored(_))));
        assert!(matches!(settle(&second).await, Err(RoundError::Restored(_))));
        assert!(county.captured.take().is_empty());
    });
}

#[test]
fn after_a_night_without_any_machine_letters_leave_when_all_have_looked() {
    for_each_house(async |house| {
        let county = County::new(house).await;
        let app = county.start_captured().await;
        let (first, second) = switched_off(&county, &app).await;
        settle(&second).await.unwrap();
        assert!(county.captured.take().is_empty());
        assert!(generation::look(&machine(&first, &county, "first")).await.unwrap(), "the second was looking just now");
        settle(&second).await.unwrap();
        assert!(!county.captured.take().is_empty());
    });
}

#[test]
fn a_machine_that_was_taken_away_holds_letters_up_for_five_minutes() {
    for_each_house(async |house| {
        let county = County::new(house).await;
        let app = county.start_captured().await;
        let (_, second) = switched_off(&county, &app).await;
        settle(&second).await.unwrap();
        assert!(county.captured.take().is_empty());
        county.pass_seconds(301);
        settle(&second).await.unwrap();
        assert!(!county.captured.take().is_empty());
    });
}

#[test]
fn a_server_without_a_file_on_a_database_that_has_sent_letters_asks_a_person_unless_another_is_at_work() {
    for_each_house(async |house| {
        let county = County::new(house).await;
        let app = county.start_captured().await;
        let first = machine(&app, &county, "first");
        county.deliver("one", &nomination(1));
        settle(&first).await.unwrap();
        let beside = machine(&app, &county, "beside");
        assert!(generation::look(&beside).await.unwrap(), "one more machine");
        assert!(!county.captured.take().is_empty());
        county.pass_seconds(600);
        let alone = machine(&app, &county, "alone");
        county.deliver("two", &nomination(2));
        assert!(matches!(settle(&alone).await, Err(RoundError::Restored(_))));
        assert!(county.captured.take().is_empty());
        generation::acknowledge(&alone, &settler(&alone, Some("the server is new"))).await.unwrap();
        county.pass_seconds(301);
        settle(&alone).await.unwrap();
        let case = named(&app, "two").await.reference.unwrap();
        record(&app, &case, "escalate_need", "area_officer", &[]).await.unwrap();
        county.pass_seconds(301);
        settle(&alone).await.unwrap();
        assert!(!county.captured.take().is_empty(), "what is new leaves");
    });
}
