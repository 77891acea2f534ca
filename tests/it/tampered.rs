//! Whoever can write the database and has not the key is found out: `check` and `audit verify` tell of each change.

use focus_family::daemon::app::App;
use focus_family::daemon::commands::invariants;
use focus_family::daemon::round::settle;
use focus_family::daemon::{generation, head};
use focus_family::domain::personal::Personal;
use focus_family::engine::settle::Settler;
use sha2::{Digest, Sha256};
use sqlx::{ConnectOptions as _, Connection as _, Row as _};

use crate::support::daemon::{County, all_is_well, nomination};
use crate::support::engines::{House, drop_triggers, for_each_house, sqlite_house, tamper};

async fn with_cases<'a>(house: &'a House, county: &County<'a>) -> App {
    let app = county.start_captured().await;
    std::fs::write(&app.settings.master_key_file, "not the key of this store").unwrap();
    for number in 1..=2 {
        county.deliver(&format!("mail-{number}"), &nomination(number));
    }
    settle(&app).await.unwrap();
    assert!(!county.captured.take().is_empty());
    all_is_well(&app, "before anything was changed").await;
    assert!(!house.engine.is_empty());
    app
}

#[test]
fn a_row_of_a_case_or_a_timer_that_was_changed_by_hand_is_told_with_what_it_should_be() {
    for_each_house(async |house| {
        let county = County::new(house).await;
        let app = with_cases(house, &county).await;
        let year_us = 31_536_000_000_000_i64;
        for (change, undo, told) in [
            ("UPDATE cases SET next_due_on = '2031-01-01'".to_owned(), None, "next due 2031-01-01 instead of 2026-"),
            (
                "UPDATE cases SET area = 'carlisle'".to_owned(),
                Some("UPDATE cases SET area = 'copeland'".to_owned()),
                "area carlisle instead of copeland",
            ),
            ("UPDATE cases SET owner_role = 'team'".to_owned(), None, "owner team instead of"),
            ("UPDATE cases SET stage = 'reviews'".to_owned(), None, "stage reviews instead of"),
            (
                "UPDATE cases SET closed = 1".to_owned(),
                Some("UPDATE cases SET closed = 0".to_owned()),
                "closed true instead of false",
            ),
            (
                format!("UPDATE timers SET due_at_us = due_at_us + {year_us}, wake_at_us = wake_at_us + {year_us}"),
                Some(format!("UPDATE timers SET due_at_us = due_at_us - {year_us}, wake_at_us = wake_at_us - {year_us}")),
                "the timers that run are not those of its events",
            ),
            ("DELETE FROM timers".to_owned(), None, "the timers that run are not those of its events"),
        ] {
            tamper(house, &change).await;
            let broken = invariants(&app).await.unwrap();
            assert!(broken.iter().filter(|says| says.contains(told)).count() == 2, "{change}: {broken:?}");
            if let Some(undo) = undo {
                tamper(house, &undo).await;
            }
        }
    });
}

#[test]
fn a_chain_made_anew_without_the_key_is_found_also_when_every_hash_fits() {
    let house = sqlite_house();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let county = County::new(&house).await;
        let app = with_cases(&house, &county).await;
        head::keep(&app).await.unwrap();
        app.engine.store.close().await;
        tamper(&house, drop_triggers(&house)).await;
        made_anew(&house, "").await;
        let app = county.start_captured().await;
        assert_eq!(app.engine.store.verify_chain().await.unwrap().first_bad, Some(1));
        assert!(head::differs(&app).await.unwrap().unwrap().contains("another hash"));
        // Whoever also says that links are not keyed yet is told by what this machine saw.
        app.engine.store.close().await;
        made_anew(&house, "UPDATE chain_end SET keyed_from = NULL, keyed_mark = NULL").await;
        let app = county.start_captured().await;
        assert!(head::differs(&app).await.unwrap().unwrap().contains("another hash"));
        // A number of their own choice is not proven.
        app.engine.store.close().await;
        made_anew(&house, "UPDATE chain_end SET keyed_from = 100000").await;
        let app = county.start_captured().await;
        assert_eq!(app.engine.store.verify_chain().await.unwrap().first_bad, Some(1));
    });
}

/// The chain as somebody with the file and without the key could make it: every link by the hash of the first days.
async fn made_anew(house: &House, more: &str) {
    let focus_family::store::StoreSettings::Sqlite { path, .. } = &house.settings else { unreachable!("it is a file") };
    let mut connection = sqlx::sqlite::SqliteConnectOptions::new().filename(path).foreign_keys(false).connect().await.unwrap();
    let rows = sqlx::query("SELECT seq, case_id, version, kind, at_us, sealed FROM events ORDER BY seq")
        .fetch_all(&mut connection)
        .await
        .unwrap();
    let mut previous = vec![0_u8; 32];
    for row in rows {
        let (seq, at): (i64, i64) = (row.get("seq"), row.get("at_us"));
        let (case, version): (Option<String>, Option<i64>) = (row.get("case_id"), row.get("version"));
        let (kind, sealed): (String, Vec<u8>) = (row.get("kind"), row.get("sealed"));
        let mut hash = Sha256::new();
        hash.update(b"focus-family chain 1");
        let (case, version) = (case.unwrap_or_default(), version.unwrap_or_default().to_be_bytes());
        for part in [&previous[..], &seq.to_be_bytes(), case.as_bytes(), &version, kind.as_bytes(), &at.to_be_bytes(), &sealed] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        let hash = hash.finalize().to_vec();
        let update = "UPDATE events SET previous_hash = ?, hash = ? WHERE seq = ?";
        sqlx::query(update).bind(&previous).bind(&hash).bind(seq).execute(&mut connection).await.unwrap();
        sqlx::query("UPDATE chain_end SET seq = ?, hash = ?").bind(seq).bind(&hash).execute(&mut connection).await.unwrap();
        previous = hash;
    }
    connection.close().await.unwrap();
    if !more.is_empty() {
        tamper(house, more).await;
    }
}

#[test]
fn links_of_the_days_before_they_were_keyed_still_verify_and_new_ones_are_keyed() {
    let house = sqlite_house();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let county = County::new(&house).await;
        let app = with_cases(&house, &county).await;
        app.engine.store.close().await;
        tamper(&house, drop_triggers(&house)).await;
        // As the version before left it.
        made_anew(&house, "UPDATE chain_end SET keyed_from = NULL, keyed_mark = NULL").await;
        let app = county.start_captured().await;
        let before = app.engine.store.verify_chain().await.unwrap();
        assert_eq!(before.first_bad, None);
        county.deliver("mail-3", &nomination(3));
        settle(&app).await.unwrap();
        let after = app.engine.store.verify_chain().await.unwrap();
        assert!(after.first_bad.is_none() && after.events > before.events);
        // What has come since cannot be made anew.
        app.engine.store.close().await;
        made_anew(&house, "").await;
        let app = county.start_captured().await;
        assert_eq!(app.engine.store.verify_chain().await.unwrap().first_bad, Some(before.events + 1));
    });
}

#[test]
fn a_chain_that_is_shorter_than_a_machine_saw_is_told_until_a_person_says_that_a_backup_was_put_back() {
    for_each_house(async |house| {
        let county = County::new(house).await;
        let app = with_cases(house, &county).await;
        assert_eq!(head::look_if_due(&app).await.unwrap(), None);
        let file = format!("{}.head", app.settings.master_key_file.display());
        let kept = std::fs::read_to_string(&file).unwrap();
        let events: u64 = kept.split(' ').next().unwrap().parse().unwrap();
        assert_eq!(events, app.engine.store.verify_chain().await.unwrap().events);
        assert!(head::says(&app).await.unwrap().starts_with(&format!("{events} events")));

        // Cut off whole, with an end that fits: nothing but what the machine saw can tell.
        tamper(house, drop_triggers(house)).await;
        tamper(house, &format!("DELETE FROM events WHERE seq = {events} AND case_id IS NULL")).await;
        tamper(
            house,
            &format!(
                "UPDATE chain_end SET seq = (SELECT MAX(seq) FROM events WHERE seq < {events}), \
                 hash = (SELECT hash FROM events WHERE seq = {})",
                events - 1
            ),
        )
        .await;
        tamper(house, &format!("DELETE FROM events WHERE seq >= {events}")).await;
        let app = county.start_captured().await;
        assert_eq!(app.engine.store.verify_chain().await.unwrap().first_bad, None);
        assert!(head::differs(&app).await.unwrap().unwrap().contains("is shorter now"));
        // It goes on being told, also when the chain has grown past it.
        county.deliver("mail-4", &nomination(4));
        settle(&app).await.unwrap();
        county.pass_seconds(100_000);
        assert!(head::look_if_due(&app).await.unwrap().unwrap().contains("another hash"));
        assert_eq!(std::fs::read_to_string(&file).unwrap().split(' ').next(), Some(events.to_string().as_str()));

        let because = Some(Personal::new("the disk was replaced".to_owned()));
        let settler = Settler { by: app.settings.people[0].address.clone(), because };
        // Another machine that saw the same hears it from the chain.
        let other = std::fs::read_to_string(&file).unwrap();
        assert!(generation::acknowledge(&app, &settler).await.unwrap().is_some());
        assert_eq!(head::differs(&app).await.unwrap(), None);
        std::fs::write(&file, other).unwrap();
        assert_eq!(head::differs(&app).await.unwrap(), None, "answered for every machine");
    });
}

#[test]
fn what_others_of_the_machine_may_open_is_told_with_what_mends_it_and_nothing_is_made_so() {
    use std::os::unix::fs::PermissionsExt as _;
    let outer = tempfile::tempdir().unwrap();
    std::fs::set_permissions(outer.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
    let dir = outer.path().join("programme");
    let program = env!("CARGO_BIN_EXE_focus-family");
    let made = std::process::Command::new(program).arg("init").arg(&dir).output().unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let settings = focus_family::config::Settings::load(Some(&dir.join("focus-family.toml")), std::iter::empty()).unwrap();
    let told = || {
        let mut findings = focus_family::cli::report::Findings::default();
        focus_family::daemon::files::check(&settings, &mut findings);
        findings.checks.into_iter().map(|one| format!("{:?} {} {:?}", one.outcome, one.seen, one.fix)).collect::<Vec<_>>()
    };
    assert!(matches!(told().as_slice(), [one] if one.starts_with("Ok")), "{:?}", told());
    let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&dir), mode(&dir.join("focus-family.toml"))), (0o700, 0o600));
    std::fs::set_permissions(&dir, std::fs::Permissions::from_mode(0o755)).unwrap();
    let generation = format!("{}.generation", settings.master_key_file.display());
    std::fs::write(&generation, "1").unwrap();
    std::fs::set_permissions(&generation, std::fs::Permissions::from_mode(0o644)).unwrap();
    let found = told().join("\n");
    assert!(found.contains(&format!("chmod -R go-rwx {}", dir.display())), "{found}");
    assert!(found.contains(&format!("chmod 600 {generation}")), "{found}");
}

#[test]
fn a_mail_a_worklist_item_or_a_letter_that_was_changed_or_deleted_by_hand_is_told() {
    for_each_house(async |house| {
        let county = County::new(house).await;
        let app = with_cases(house, &county).await;
        let alarm = "Mum has a knife and says she will kill the children tonight. They are in immediate danger.";
        for (name, text) in [("alarm", alarm), ("question", "Could somebody please ring me about the forms?")] {
            let mail = format!(
                "From: Jo Moss <jo.moss@example.org>\r\nTo: focusfamily@council.example.org\r\nSubject: please read\r\n\
                 Date: Mon, 7 Sep 2026 09:00:00 +0100\r\nMessage-ID: <{name}@example.org>\r\n\r\n{text}\r\n"
            );
            county.deliver(name, mail.as_bytes());
        }
        settle(&app).await.unwrap();
        assert!(!county.captured.take().is_empty());
        all_is_well(&app, "before anything was changed").await;
        let kept = ["mails", "tasks", "letters"];
        for table in kept {
            tamper(house, &format!("CREATE TABLE kept_{table} AS SELECT * FROM {table}")).await;
        }
        for (change, told) in [
            (
                "UPDATE mails SET end_state = 'automatic', kind = 'bounce' WHERE kind = 'safeguarding_alert'",
                "is not what was recorded",
            ),
            (
                "UPDATE mails SET case_id = (SELECT MIN(id) FROM cases), end_state = 'attached' WHERE case_id IS NULL",
                "is not what was recorded",
            ),
            ("UPDATE mails SET case_id = (SELECT MIN(id) FROM cases) WHERE case_id IS NULL", "is not what was recorded"),
            ("DELETE FROM tasks", "of the worklist: were deleted"),
            ("UPDATE tasks SET closed_at_us = opened_at_us", "whether it is done is not what was recorded"),
            ("UPDATE tasks SET says = 'all well'", "what it asks, or of whom, is not what was recorded"),
            ("DELETE FROM letters WHERE state = 'sent'", "of the outbox: were deleted"),
            ("UPDATE letters SET state = 'sent', sealed_reply = NULL", "no mail server's answer proves it"),
            ("UPDATE letters SET state = 'dropped'", "neither the program nor a person dropped it"),
        ] {
            // Whoever owns the database asks no foreign key.
            let unasked = if house.engine == "sqlite" { "" } else { "SET session_replication_role = replica; " };
            tamper(house, &format!("{unasked}{change}")).await;
            let broken = invariants(&app).await.unwrap();
            assert!(broken.iter().any(|says| says.contains(told)), "{change}: {broken:?}");
            let table = kept.into_iter().find(|table| change.split(' ').any(|word| word == *table)).unwrap();
            tamper(house, &format!("{unasked}DELETE FROM {table}; INSERT INTO {table} SELECT * FROM kept_{table}")).await;
            all_is_well(&app, "put back").await;
        }
    });
}
