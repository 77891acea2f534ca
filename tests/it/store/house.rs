//! The house itself: migrations, refusals at the door, what lies in the files, damage that is found.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use focus_family::ambient::Ambient;
use focus_family::store::{Commit, EndState, Store, StoreError, StoreSettings, migration_files};
use focus_family::vault::{MasterKey, Vault};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Executor as _};

use super::samples::{CANARIES, at, claimed, draw, ended, letter, moved, opened, opening, task};
use crate::support::engines::{House, drop_triggers, for_each_house, tamper};

fn migrations(engine: &str) -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations").join(engine);
    let mut files: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| (path.file_name().unwrap().to_str().unwrap().to_owned(), fs::read_to_string(&path).unwrap()))
        .collect();
    files.sort();
    files
}

#[test]
fn both_engines_have_the_same_migrations_with_the_same_tables() {
    let (sqlite, postgres) = (migrations("sqlite"), migrations("postgres"));
    let names = |files: &[(String, String)]| files.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
    assert_eq!(names(&sqlite), migration_files());
    assert_eq!(names(&postgres), migration_files());
    // Triggers are the one thing each engine words in its own way.
    let tables = |text: &str| text.split("-- What happened is never changed").next().unwrap().to_owned();
    for ((name, lite), (_, post)) in sqlite.iter().zip(&postgres) {
        let words = [
            ("INTEGER", "BIGINT"),
            ("BLOB", "BYTEA"),
            (") STRICT, WITHOUT ROWID;", ");"),
            (") STRICT;", ");"),
            ("x'00", "'\\x00"),
        ];
        let translated = words.iter().fold(tables(lite), |text, (from, to)| text.replace(from, to));
        assert_eq!(translated, tables(post), "{name}");
    }
}

#[test]
fn a_store_made_by_a_newer_program_is_refused_and_an_unmade_one_asks_for_its_migration() {
    for_each_house(async |house| {
        let vault = || Vault::new(house.master.clone());
        let unmigrated = match house.settings.clone() {
            StoreSettings::Sqlite { path, durability, .. } => StoreSettings::Sqlite { path, durability, migrate: false },
            StoreSettings::Postgres { url, schema, connections, .. } => {
                StoreSettings::Postgres { url, schema, connections, migrate: false }
            }
            StoreSettings::Scratch { .. } => unreachable!("no house is thrown away"),
        };
        let refusal = Store::open(&unmigrated, vault()).await.unwrap_err();
        assert!(matches!(refusal, StoreError::OlderSchema { found: 0, .. }), "{refusal}");
        house.open().await.close().await;
        Store::open(&unmigrated, vault()).await.unwrap().close().await;
        let insert = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) VALUES (9999, 'later', TRUE, ";
        let checksum = if house.engine == "sqlite" { "x'00', 0)" } else { "'\\x00', 0)" };
        tamper(house, &format!("{insert}{checksum}")).await;
        for settings in [&unmigrated, &house.settings] {
            let refusal = Store::open(settings, vault()).await.unwrap_err();
            assert!(matches!(refusal, StoreError::NewerSchema { found: 9999, .. }), "{refusal}");
            assert!(refusal.to_string().contains("install the newer program"));
        }
    });
}

#[test]
fn another_key_file_is_refused_at_the_door() {
    for_each_house(async |house| {
        house.open().await.close().await;
        let other = Vault::new(MasterKey::in_memory(&Ambient::Real));
        let refusal = Store::open(&house.settings, other).await.unwrap_err();
        let told = std::error::Error::source(&refusal).unwrap().to_string();
        assert!(matches!(refusal, StoreError::Sealed(_)) && told.contains("check the key file"), "{told}");
    });
}

#[test]
fn a_new_folder_and_its_files_are_their_owners_alone() {
    for_each_house(async |house| {
        let StoreSettings::Sqlite { durability, .. } = house.settings else { return };
        let folder = house.folder.path().join("made/by/us");
        let path = folder.join("focus-family.db");
        let settings = StoreSettings::Sqlite { path: path.clone(), durability, migrate: true };
        let store = Store::open(&settings, Vault::new(house.master.clone())).await.unwrap();
        opened(&store, "FF-2027-0001").await;
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&folder), 0o700);
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            assert_eq!(mode(&path), 0o600, "{}", path.display());
        }
    });
}

#[test]
fn no_personal_word_lies_readable_in_any_file_of_the_database() {
    for_each_house(async |house| {
        let store = house.open().await;
        fill(&store).await;
        let held = match &house.settings {
            StoreSettings::Postgres { .. } => dump(house).await,
            _ => fs::read_dir(house.folder.path()).unwrap().flat_map(|entry| fs::read(entry.unwrap().path()).unwrap()).collect(),
        };
        assert!(held.len() > 10_000);
        for canary in CANARIES {
            assert!(!contains(&held, canary.as_bytes()), "{canary} can be read in the files of {}", house.engine);
        }
        assert!(contains(&held, b"FF-2027-0001"), "this test looks in the wrong place");
    });
}

/// A bit of everything that can be stored.
async fn fill(store: &Store) {
    let mail = claimed(store, "1").await;
    let id = focus_family::domain::ids::CaseId::from_random(draw());
    let commit = Commit {
        letters: vec![letter("ack", Some(id), None), letter("receipt", None, Some(mail.mail)), letter("digest", None, None)],
        tasks: vec![task("look", Some(id), None)],
        mail: Some(ended(&mail, EndState::CaseOpened, Some(id))),
        ..Commit::of_case(at(2), opening(id, "FF-2027-0001"))
    };
    store.commit(commit).await.unwrap();
    let open = store.tasks(&focus_family::store::TaskFilter::default()).await.unwrap();
    store.close_task(open[0].id, CANARIES[0].into(), Some(CANARIES[3].into()), at(3)).await.unwrap();
    let sent = store.claim_letters("w", at(4), 60, 1).await.unwrap().remove(0);
    store.letter_sent(sent.id, sent.epoch, at(5), CANARIES[2]).await.unwrap();
}

/// Every value of every table, as PostgreSQL would give it to anybody with the password.
async fn dump(house: &House) -> Vec<u8> {
    let StoreSettings::Postgres { url, schema, .. } = &house.settings else { return Vec::new() };
    let options: sqlx::postgres::PgConnectOptions = url.parse().unwrap();
    let mut connection = options.connect().await.unwrap();
    let schema = schema.as_deref().unwrap();
    let tables: Vec<String> =
        sqlx::query_scalar("SELECT table_name::text FROM information_schema.tables WHERE table_schema = $1")
            .bind(schema)
            .fetch_all(&mut connection)
            .await
            .unwrap();
    let mut held = Vec::new();
    for table in tables {
        let sql = format!(
            "SELECT COALESCE(string_agg(encode(convert_to(t::text, 'UTF8'), 'escape'), ' '), '') FROM {schema}.{table} t"
        );
        let text: String = sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(&mut connection).await.unwrap();
        // Bytes are shown in hexadecimal digits: look at what they stand for as well.
        held.extend(text.bytes());
        held.extend(unhexed(&text));
    }
    held
}

fn unhexed(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.bytes().filter(u8::is_ascii_hexdigit).collect();
    let both = [&digits[..], digits.get(1..).unwrap_or_default()];
    both.iter()
        .flat_map(|digits| digits.chunks_exact(2))
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect()
}

fn contains(held: &[u8], word: &[u8]) -> bool {
    held.windows(word.len()).any(|window| window == word)
}

#[test]
fn events_cannot_be_changed_or_removed_and_a_change_by_force_is_found() {
    for_each_house(async |house| {
        let store = house.open().await;
        let id = opened(&store, "FF-2027-0001").await;
        store.commit(Commit::of_case(at(3), moved(id, "FF-2027-0001", 2, "allocated"))).await.unwrap();
        let before = store.verify_chain().await.unwrap();
        assert_eq!((before.events, before.first_bad, before.head.len()), (3, None, 64));
        for sql in ["UPDATE events SET at_us = 0", "DELETE FROM events WHERE seq = 3"] {
            let forced = tokio::spawn(tamper_owned(house.settings.clone(), sql)).await.unwrap();
            assert!(forced.contains("events are never"), "{forced}");
        }
        assert_eq!(store.verify_chain().await.unwrap(), before);
        tamper(house, drop_triggers(house)).await;
        let flip = match house.engine {
            "sqlite" => {
                "UPDATE events SET sealed = CAST(substr(sealed, 1, 40) || x'00' || substr(sealed, 42) AS BLOB) WHERE seq = 2"
            }
            _ => "UPDATE events SET sealed = set_byte(sealed, 40, 255 - get_byte(sealed, 40)) WHERE seq = 2",
        };
        tamper(house, flip).await;
        assert_eq!(store.verify_chain().await.unwrap().first_bad, Some(2));
        let found = store.check(at(5)).await.unwrap();
        assert!(found.iter().any(|finding| finding.check == "chain" && finding.subject == "event 2"), "{found:?}");
        assert!(matches!(store.history(id).await, Err(StoreError::Sealed(_))));
    });
}

async fn tamper_owned(settings: StoreSettings, sql: &'static str) -> String {
    match settings {
        StoreSettings::Sqlite { path, .. } => {
            let mut connection = sqlx::sqlite::SqliteConnectOptions::new().filename(path).connect().await.unwrap();
            connection.execute(sql).await.unwrap_err().to_string()
        }
        StoreSettings::Postgres { url, schema, .. } => {
            let options: sqlx::postgres::PgConnectOptions = url.parse().unwrap();
            let mut connection = options.options([("search_path", schema.unwrap())]).connect().await.unwrap();
            connection.execute(sql).await.unwrap_err().to_string()
        }
        StoreSettings::Scratch { .. } => unreachable!("no house is thrown away"),
    }
}

#[test]
fn an_event_cut_off_the_end_or_taken_out_of_the_middle_is_missed() {
    for_each_house(async |house| {
        let store = house.open().await;
        let id = opened(&store, "FF-2027-0001").await;
        store.commit(Commit::of_case(at(3), moved(id, "FF-2027-0001", 2, "allocated"))).await.unwrap();
        tamper(house, drop_triggers(house)).await;
        tamper(house, "DELETE FROM events WHERE seq = 3").await;
        assert_eq!(store.verify_chain().await.unwrap().first_bad, Some(3));
        tamper(house, "DELETE FROM events WHERE seq = 1").await;
        assert_eq!(store.verify_chain().await.unwrap().first_bad, Some(1));
        let checks: Vec<_> = store.check(at(5)).await.unwrap().into_iter().map(|finding| finding.check).collect();
        assert!(checks.contains(&"event_versions"), "{checks:?}");
    });
}

#[test]
fn a_flipped_byte_in_a_mail_or_a_case_is_noticed_with_its_place() {
    for_each_house(async |house| {
        let store = house.open().await;
        let mail = claimed(&store, "1").await;
        let id = opened(&store, "FF-2027-0001").await;
        let flip = |table: &str| match house.engine {
            "sqlite" => {
                format!("UPDATE {table} SET sealed = CAST(substr(sealed, 1, 60) || x'0102' || substr(sealed, 63) AS BLOB)")
            }
            _ => format!("UPDATE {table} SET sealed = set_byte(sealed, 60, 255 - get_byte(sealed, 60))"),
        };
        tamper(house, &flip("mail_bytes")).await;
        tamper(house, &flip("cases")).await;
        // The first reading still has the bytes at hand.
        assert!(store.raw_mail(mail.mail).await.unwrap().is_some());
        let told = |error: StoreError| std::error::Error::source(&error).unwrap().to_string();
        let mail_says = told(store.raw_mail(mail.mail).await.unwrap_err());
        assert!(mail_says.contains(&format!("`mail_bytes.sealed` of row `{}`", mail.mail)), "{mail_says}");
        let case_says = told(store.load_case(&focus_family::store::CaseKey::Id(id)).await.unwrap_err());
        assert!(case_says.contains(&format!("`cases.sealed` of row `{id}`")), "{case_says}");
        let found = store.replay_all(|_, _, _| Vec::new()).await.unwrap();
        assert_eq!(
            found.iter().map(|finding| (finding.check, finding.subject.as_str())).collect::<Vec<_>>(),
            [("case_unreadable", "FF-2027-0001")]
        );
    });
}

#[test]
fn the_check_finds_drift_and_says_what_to_do() {
    for_each_house(async |house| {
        let store = house.open().await;
        assert_eq!(store.check(at(0)).await.unwrap(), []);
        fill(&store).await;
        assert_eq!(store.check(at(10)).await.unwrap(), []);
        assert_eq!(store.replay_all(|_, _, _| Vec::new()).await.unwrap(), []);
        let kept = store
            .replay_all(|_, case, history| vec![format!("{} events, version {}", history.len(), case.case.version)])
            .await
            .unwrap();
        assert_eq!(kept[0].says, "2 events, version 2");
        for (sql, check) in [
            ("UPDATE cases SET owner_role = NULL", "open_case_without_owner"),
            ("DELETE FROM timers", "open_case_without_timer"),
            ("UPDATE letters SET state = 'queued'", "letter_stuck"),
            ("UPDATE letters SET state = 'failed'", "letter_failed"),
            ("DELETE FROM mail_bytes", "mail_without_bytes"),
            ("UPDATE mails SET end_state = NULL", "mail_without_end"),
        ] {
            tamper(house, sql).await;
            let found = store.check(at(100_000)).await.unwrap();
            assert!(found.iter().any(|finding| finding.check == check && finding.says.len() > 20), "{check}: {found:?}");
        }
        let found = store.replay_all(|_, _, _| Vec::new()).await.unwrap();
        assert_eq!(found.iter().map(|finding| finding.check).collect::<Vec<_>>(), ["timers_differ"]);
    });
}

#[test]
fn after_a_rotation_everything_opens_under_the_new_key() {
    for_each_house(async |house| {
        let store = house.open().await;
        fill(&store).await;
        let waiting = claimed(&store, "2").await;
        store.close().await;
        let rotated =
            House { master: house.master.with_newer(&Ambient::Real), folder: tempfile::tempdir().unwrap(), ..copy(house) };
        let store = rotated.open().await;
        // House, case, one mail of no case, one letter of nobody.
        assert_eq!(store.rewrap_keys().await.unwrap(), 4);
        assert_eq!(store.rewrap_keys().await.unwrap(), 0);
        let again = rotated.open().await;
        assert!(again.raw_mail(waiting.mail).await.unwrap().is_some());
        assert_eq!(again.claim_letters("w", at(90), 60, 10).await.unwrap().len(), 2);
        assert_eq!(again.replay_all(|_, _, _| Vec::new()).await.unwrap(), []);
        assert_eq!(again.audit(at(0)).await.unwrap().len(), 1);
    });
}

fn copy(house: &House) -> House {
    House {
        engine: house.engine,
        settings: house.settings.clone(),
        master: house.master.clone(),
        folder: tempfile::tempdir().unwrap(),
    }
}

#[test]
fn two_processes_that_open_an_empty_place_at_once_make_one_house() {
    for_each_house(async |house| {
        let (one, two) = tokio::join!(house.open(), house.open());
        let id = opened(&one, "FF-2027-0001").await;
        assert!(two.load_case(&focus_family::store::CaseKey::Id(id)).await.unwrap().is_some());
    });
}
