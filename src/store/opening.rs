//! Opening a store: settings, checks before anything is touched, migrations, the key of the house.

use std::fs;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::str::FromStr as _;
use std::sync::Arc;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, Executor as _, PgPool, SqliteConnection};

use super::chain::{Head, keyed_from};
use super::database::Database;
use super::direct::Direct;
use super::error::StoreError;
use super::fresh::FreshMails;
use super::keys::Keys;
use super::migration::{migrator, newest_version};
use super::statement::Statement;
use super::states::States;
use super::versions::Versions;
use super::watch::Eye;
use super::{Inner, Store};
use crate::vault::{Context, Key, Vault};

/// How long a statement waits for another process that writes.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);
/// Reading connections beside the writer: pages and lists do not wait for each other.
const SQLITE_READERS: usize = 3;
/// Pages of the file kept in memory by the connection that writes, as SQLite writes it: 4 MiB. Its own 2 MiB hold less than a day's
/// work; with every commit that splits a page SQLite walks over all that is kept, so that 16 MiB cost more than they save.
const PAGE_CACHE: &str = "-4096";
/// The same of a connection that reads: 1 MiB. What it reads lies in the kernel's cache as well.
const READER_PAGE_CACHE: &str = "-1024";
/// How a database is kept that is thrown away: 16 MiB of its pages in memory.
const SCRATCH: &str = "PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF; \
    PRAGMA foreign_keys = ON; PRAGMA cache_size = -16384; PRAGMA temp_store = MEMORY; PRAGMA secure_delete = OFF; \
    PRAGMA trusted_schema = OFF";
/// Statements kept prepared, by connection.
const STATEMENTS_KEPT: usize = 120;
/// Rows the thread of a connection may be ahead of who takes them: with few it stops and is woken again and again.
const ROWS_AHEAD: usize = 1000;

/// Whether SQLite waits for the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// Every commit is on disk before it returns.
    Full,
    /// The disk is not waited for: a power cut may lose everything. For tests and the simulator.
    Off,
}

/// Where the store is.
#[derive(Debug, Clone)]
pub enum StoreSettings {
    /// One file; enough for a county.
    Sqlite {
        /// The file; its folder is made when missing, for its owner alone.
        path: PathBuf,
        /// Whether to wait for the disk.
        durability: Durability,
        /// Bring the schema up to date; otherwise an older one is refused.
        migrate: bool,
    },
    /// A server, for several daemons.
    Postgres {
        /// `postgres://…`.
        url: String,
        /// Schema, `public` when none is named. Made when missing, with `migrate`.
        schema: Option<String>,
        /// Connections at most.
        connections: u32,
        /// Bring the schema up to date; otherwise an older one is refused.
        migrate: bool,
    },
    /// SQLite in a file for who is alone with it and throws it away: one connection, no journal on the disk, nothing is waited for. For
    /// the simulator.
    Scratch {
        /// The file, which is not there yet.
        path: PathBuf,
    },
}

impl Store {
    /// Opens the store, after checking that engine, schema and key file are fit for each other.
    ///
    /// # Errors
    /// [`StoreError`]; nothing is changed when the schema is newer than the program.
    pub async fn open(settings: &StoreSettings, vault: Vault) -> Result<Self, StoreError> {
        if let StoreSettings::Sqlite { path, migrate: false, .. } = settings
            && !path.exists()
        {
            return Err(StoreError::OlderSchema { found: 0, needed: newest_version() });
        }
        let (database, migrate) = match settings {
            StoreSettings::Sqlite { path, durability, migrate } => (open_sqlite(path, *durability, *migrate).await?, *migrate),
            StoreSettings::Postgres { url, schema, connections, migrate } => {
                (open_postgres(url, schema.as_deref(), *connections, *migrate).await?, *migrate)
            }
            StoreSettings::Scratch { path } => (open_scratch(path).await?, true),
        };
        if !migrate {
            let found = schema_version(&database).await?;
            if found < newest_version() {
                return Err(StoreError::OlderSchema { found, needed: newest_version() });
            }
        }
        let house = house_key(&database, &vault).await?;
        let keyed_from = keyed_from(&database, &vault).await?;
        let (keys, fresh, eye, states, versions, head) = <(Keys, FreshMails, Eye, States, Versions, Head)>::default();
        Ok(Self { inner: Arc::new(Inner { database, vault, house, keys, fresh, eye, states, versions, head, keyed_from }) })
    }
}

/// A new file, with one connection that reads and writes on the thread of who asks.
async fn open_scratch(path: &Path) -> Result<Database, StoreError> {
    prepare_folder(path)?;
    let options = sqlite_options(SqliteConnectOptions::new().filename(path), Durability::Off);
    let mut connection = connect(&options).await?;
    check_version(&mut connection).await?;
    migrator(false).run(&mut connection).await.map_err(|cause| StoreError::Migration { cause })?;
    let failed = |cause| StoreError::from_driver("open the database file", cause);
    connection.close().await.map_err(failed)?;
    Direct::open(path, SCRATCH).map(Database::direct).map_err(failed)
}

async fn open_sqlite(path: &Path, durability: Durability, migrate: bool) -> Result<Database, StoreError> {
    prepare_folder(path)?;
    let options = sqlite_options(SqliteConnectOptions::new().filename(path), durability);
    let mut writer = connect(&options.clone().journal_mode(SqliteJournalMode::Wal)).await?;
    check_version(&mut writer).await?;
    let alone = Database::sqlite(writer, Vec::new());
    refuse_newer(&alone).await?;
    drop(alone);
    let mut writer = connect(&options.clone().journal_mode(SqliteJournalMode::Wal)).await?;
    if migrate {
        migrate_sqlite(&options, &mut writer).await?;
    }
    let mut readers = Vec::with_capacity(SQLITE_READERS);
    for _ in 0..SQLITE_READERS {
        readers.push(connect(&options.clone().read_only(true).pragma("cache_size", READER_PAGE_CACHE)).await?);
    }
    Ok(Database::sqlite(writer, readers))
}

/// Another process may migrate at the same time: then this one finds the work done, and looks again whether all is as it must be.
async fn migrate_sqlite(options: &SqliteConnectOptions, writer: &mut SqliteConnection) -> Result<(), StoreError> {
    let version = async || schema_version(&Database::sqlite(connect(options).await?, Vec::new())).await;
    let mut before = version().await?;
    loop {
        let Err(cause) = migrator(false).run(&mut *writer).await else { return Ok(()) };
        let after = version().await?;
        if after <= before {
            return Err(StoreError::Migration { cause });
        }
        before = after;
    }
}

fn sqlite_options(options: SqliteConnectOptions, durability: Durability) -> SqliteConnectOptions {
    let synchronous = match durability {
        Durability::Full => SqliteSynchronous::Full,
        Durability::Off => SqliteSynchronous::Off,
    };
    options
        .synchronous(synchronous)
        .pragma("wal_autocheckpoint", "0")
        .foreign_keys(true)
        .busy_timeout(BUSY_TIMEOUT)
        .statement_cache_capacity(STATEMENTS_KEPT)
        .row_buffer_size(ROWS_AHEAD)
        .pragma("cache_size", PAGE_CACHE)
        // What a statement would undo of itself is kept in memory: otherwise a file is made and removed for it with every decision.
        .pragma("temp_store", "MEMORY")
        .pragma("secure_delete", "ON")
        .pragma("trusted_schema", "OFF")
        .disable_statement_logging()
}

async fn connect(options: &SqliteConnectOptions) -> Result<SqliteConnection, StoreError> {
    options.connect().await.map_err(|cause| StoreError::from_driver("open the database file", cause))
}

/// SQLite 3.51.3 is the first release in which two connections cannot lose each other's commits (the WAL-reset race).
async fn check_version(connection: &mut SqliteConnection) -> Result<(), StoreError> {
    let found: String = sqlx::query_scalar("SELECT sqlite_version()")
        .fetch_one(connection)
        .await
        .map_err(|cause| StoreError::from_driver("ask SQLite for its version", cause))?;
    let number = found.split('.').fold(0_u32, |number, part| number * 1000 + part.parse::<u32>().unwrap_or(0));
    if number < 3_051_003 { Err(StoreError::OldSqlite { found }) } else { Ok(()) }
}

/// A new folder and a new file are their owner's alone; a network disk is refused, for its locks cannot be trusted.
fn prepare_folder(path: &Path) -> Result<(), StoreError> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let unfit = |why: String| StoreError::Folder { folder: folder.to_owned(), why };
    if !folder.is_dir() {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(|cause| unfit(cause.to_string()))?;
    }
    let absolute = folder.canonicalize().map_err(|cause| unfit(cause.to_string()))?;
    if let Some(kind) = network_disk(&absolute, &fs::read_to_string("/proc/self/mounts").unwrap_or_default()) {
        return Err(unfit(format!("it is on a network disk ({kind}); use a local disk, or PostgreSQL")));
    }
    // Only a file that is not there is touched: closing one that SQLite has open in this process would drop SQLite's locks.
    match fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
        Err(cause) if cause.kind() != std::io::ErrorKind::AlreadyExists => Err(unfit(cause.to_string())),
        _ => Ok(()),
    }
}

/// The kind of network disk `folder` lies on, if it does, by the table of mounts.
fn network_disk(folder: &Path, mounts: &str) -> Option<String> {
    let mounted = mounts.lines().filter_map(|line| {
        let mut words = line.split(' ').skip(1);
        Some((words.next()?, words.next()?))
    });
    let (_, kind) = mounted.filter(|(place, _)| folder.starts_with(place)).max_by_key(|(place, _)| place.len())?;
    ["nfs", "nfs4", "cifs", "smb3", "smbfs", "fuse.sshfs"].contains(&kind).then(|| kind.to_owned())
}

async fn open_postgres(url: &str, schema: Option<&str>, connections: u32, migrate: bool) -> Result<Database, StoreError> {
    let failed = |cause| StoreError::from_driver("connect to PostgreSQL", cause);
    let mut options = PgConnectOptions::from_str(url)
        .map_err(failed)?
        .application_name("focus-family")
        .statement_cache_capacity(STATEMENTS_KEPT)
        .disable_statement_logging();
    if let Some(schema) = schema {
        let good =
            !schema.is_empty() && schema.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
        if !good {
            let why = format!("`{schema}` is no schema name: use a-z, 0-9 and _");
            return Err(StoreError::Folder { folder: PathBuf::from("postgres"), why });
        }
        options = options.options([("search_path", schema)]);
    }
    let pool = PgPoolOptions::new()
        .max_connections(connections.max(1))
        .acquire_timeout(BUSY_TIMEOUT)
        .connect_with(options)
        .await
        .map_err(failed)?;
    if migrate {
        migrate_postgres(&pool, schema).await?;
    } else {
        refuse_newer(&Database::postgres(pool.clone())).await?;
    }
    Ok(Database::postgres(pool))
}

async fn migrate_postgres(pool: &PgPool, schema: Option<&str>) -> Result<(), StoreError> {
    if let Some(schema) = schema {
        // The name was checked to be letters, digits and underscores.
        let create = format!("CREATE SCHEMA IF NOT EXISTS \"{schema}\"");
        // Of two daemons that make it at once the slower is told it exists, in spite of `IF NOT EXISTS`: asked again, it is content.
        if pool.execute(AssertSqlSafe(create.clone())).await.is_err() {
            pool.execute(AssertSqlSafe(create)).await.map_err(|cause| StoreError::from_driver("make the schema", cause))?;
        }
    }
    refuse_newer(&Database::postgres(pool.clone())).await?;
    migrator(true).run(pool).await.map_err(|cause| StoreError::Migration { cause })
}

async fn refuse_newer(database: &Database) -> Result<(), StoreError> {
    let (found, known) = (schema_version(database).await?, newest_version());
    if found > known { Err(StoreError::NewerSchema { found, known }) } else { Ok(()) }
}

/// The highest migration applied; 0 in an empty database.
async fn schema_version(database: &Database) -> Result<i64, StoreError> {
    let attempted = "read the schema version";
    let table = database.either(
        "SELECT COUNT(*) AS tables FROM sqlite_master WHERE name = '_sqlx_migrations'",
        "SELECT COUNT(to_regclass('_sqlx_migrations')) AS tables",
    );
    let rows = database.read(attempted, Statement::new(table)).await?;
    if rows.first().map(|row| row.get::<i64>("tables")).transpose()?.unwrap_or(0) == 0 {
        return Ok(0);
    }
    let newest = Statement::new("SELECT COALESCE(MAX(version), 0) AS version FROM _sqlx_migrations");
    let rows = database.read(attempted, newest).await?;
    rows.first().map_or(Ok(0), |row| row.get("version"))
}

pub(super) const HOUSE: Context = Context { table: "house", row: "1", column: "wrapped_key" };

/// The key for what belongs to no case and no mail; made with the database.
async fn house_key(database: &Database, vault: &Vault) -> Result<Key, StoreError> {
    let attempted = "read the key of the house";
    let stored = || Statement::new("SELECT wrapped_key FROM house WHERE id = 1");
    let mut rows = database.read(attempted, stored()).await?;
    if rows.is_empty() {
        let wrapped = vault.wrap(&vault.new_key(), &HOUSE);
        let insert = Statement::new("INSERT INTO house (id, wrapped_key) VALUES (1, $1) ON CONFLICT DO NOTHING").with(wrapped);
        database.write("make the key of the house", insert).await?;
        // Another daemon may have been first; whatever is stored now counts.
        rows = database.read(attempted, stored()).await?;
    }
    let wrapped: Vec<u8> = rows.first().map(|row| row.get("wrapped_key")).transpose()?.unwrap_or_default();
    Ok(vault.unwrap(&HOUSE, &wrapped)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_disk_is_known_by_the_longest_mount_above_the_folder() {
        let mounts = "/dev/vda / ext4 rw 0 0\nserver:/x /srv nfs4 rw 0 0\n/dev/vdb /srv/local ext4 rw 0 0\n";
        assert_eq!(network_disk(Path::new("/srv/data"), mounts).as_deref(), Some("nfs4"));
        assert_eq!(network_disk(Path::new("/srv/local/data"), mounts), None);
        assert_eq!(network_disk(Path::new("/var/lib"), mounts), None);
    }
}
