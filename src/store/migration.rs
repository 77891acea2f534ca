//! Migrations: forward only, the same names for both engines, a checksum of each kept in the database.

use sqlx::SqlSafeStr as _;
use sqlx::migrate::{Migration, MigrationType, Migrator};

/// Version, name, SQL for SQLite, SQL for PostgreSQL. Once released, a line is never edited: add one.
const MIGRATIONS: &[(i64, &str, &str, &str)] = &[
    (
        1,
        "house",
        include_str!("../../migrations/sqlite/0001_house.sql"),
        include_str!("../../migrations/postgres/0001_house.sql"),
    ),
    (
        2,
        "correspondents",
        include_str!("../../migrations/sqlite/0002_correspondents.sql"),
        include_str!("../../migrations/postgres/0002_correspondents.sql"),
    ),
    (
        3,
        "letters_found",
        include_str!("../../migrations/sqlite/0003_letters_found.sql"),
        include_str!("../../migrations/postgres/0003_letters_found.sql"),
    ),
    (
        4,
        "people",
        include_str!("../../migrations/sqlite/0004_people.sql"),
        include_str!("../../migrations/postgres/0004_people.sql"),
    ),
    (
        5,
        "mail_threads",
        include_str!("../../migrations/sqlite/0005_mail_threads.sql"),
        include_str!("../../migrations/postgres/0005_mail_threads.sql"),
    ),
    (
        6,
        "scans",
        include_str!("../../migrations/sqlite/0006_scans.sql"),
        include_str!("../../migrations/postgres/0006_scans.sql"),
    ),
    (
        7,
        "family_marks",
        include_str!("../../migrations/sqlite/0007_family_marks.sql"),
        include_str!("../../migrations/postgres/0007_family_marks.sql"),
    ),
    (
        8,
        "versions",
        include_str!("../../migrations/sqlite/0008_versions.sql"),
        include_str!("../../migrations/postgres/0008_versions.sql"),
    ),
    (
        9,
        "keyed_chain",
        include_str!("../../migrations/sqlite/0009_keyed_chain.sql"),
        include_str!("../../migrations/postgres/0009_keyed_chain.sql"),
    ),
];

/// The schema version this program needs.
pub(super) fn newest_version() -> i64 {
    MIGRATIONS.last().map_or(0, |(version, ..)| *version)
}

/// File names of the migrations, in order, the same in both folders.
#[must_use]
pub fn migration_files() -> Vec<String> {
    MIGRATIONS.iter().map(|(version, name, ..)| format!("{version:04}_{name}.sql")).collect()
}

pub(super) fn migrator(postgres: bool) -> Migrator {
    let migrations = MIGRATIONS.iter().map(|&(version, name, lite, post)| {
        let text = if postgres { post } else { lite };
        Migration::new(version, name.into(), MigrationType::Simple, text.into_sql_str(), false)
    });
    Migrator::with_migrations(migrations.collect())
}
