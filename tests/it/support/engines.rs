//! Every test of the store runs on both engines: SQLite in a folder of its own, PostgreSQL in a schema of its own.
//!
//! The PostgreSQL server is private to the test process, listens on a socket only, and goes with the process.
//! `FOCUS_FAMILY_TEST_ENGINES=sqlite` leaves PostgreSQL out, and says so.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use focus_family::ambient::Ambient;
use focus_family::store::{Durability, Store, StoreSettings};
use focus_family::vault::{MasterKey, Vault};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, Executor as _};
use tempfile::TempDir;

/// A place for a store: an engine, empty at first, and a master key.
pub struct House {
    /// `sqlite` or `postgres`.
    pub engine: &'static str,
    /// How to open it.
    pub settings: StoreSettings,
    /// Its key.
    pub master: MasterKey,
    /// Where the SQLite file is; an empty folder with PostgreSQL.
    pub folder: TempDir,
}

impl House {
    /// Opens the store, as one more daemon would.
    pub async fn open(&self) -> Store {
        Store::open(&self.settings, Vault::new(self.master.clone())).await.expect("an empty place for a store can be opened")
    }
    fn sqlite() -> Self {
        let folder = tempfile::tempdir().expect("a folder for a test");
        let settings =
            StoreSettings::Sqlite { path: folder.path().join("focus-family.db"), durability: Durability::Off, migrate: true };
        Self { engine: "sqlite", settings, master: MasterKey::in_memory(&Ambient::Real), folder }
    }
    fn postgres(server: &Server) -> Self {
        static SCHEMAS: AtomicU32 = AtomicU32::new(0);
        let schema = format!("test_{}", SCHEMAS.fetch_add(1, Ordering::SeqCst));
        let settings = StoreSettings::Postgres { url: server.url.clone(), schema: Some(schema), connections: 8, migrate: true };
        let folder = tempfile::tempdir().expect("a folder for a test");
        Self { engine: "postgres", settings, master: MasterKey::in_memory(&Ambient::Real), folder }
    }
}

/// Runs `test` on an empty, opened store of each engine.
pub fn for_each_engine(test: impl AsyncFn(Store)) {
    for_each_house(async |house| test(house.open().await).await);
}

/// Runs `test` on an empty place of each engine, for tests that open it more than once.
pub fn for_each_house(test: impl AsyncFn(&House)) {
    for house in houses() {
        eprintln!("on {}", house.engine);
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime starts");
        runtime.block_on(test(&house));
    }
}

/// An empty place on SQLite, for the few tests that cost too much to run twice.
pub fn sqlite_house() -> House {
    House::sqlite()
}

/// The address of an empty database of the private PostgreSQL server, for a program of its own.
pub fn postgres_database() -> String {
    static DATABASES: AtomicU32 = AtomicU32::new(0);
    let server = Server::get();
    let name = format!("program_{}", DATABASES.fetch_add(1, Ordering::SeqCst));
    let made = Command::new(programs().expect("the server runs").join("createdb"))
        .args(["--maintenance-db", &server.url, &name])
        .status();
    assert!(made.is_ok_and(|status| status.success()), "a database is made");
    server.url.replace("/postgres?", &format!("/{name}?"))
}

/// Runs SQL beside the program, as somebody with the database's password or file could.
pub async fn tamper(house: &House, sql: &str) {
    match &house.settings {
        StoreSettings::Sqlite { path, .. } => {
            let mut connection =
                sqlx::sqlite::SqliteConnectOptions::new().filename(path).foreign_keys(false).connect().await.unwrap();
            connection.execute(AssertSqlSafe(sql.to_owned())).await.unwrap();
            connection.close().await.unwrap();
        }
        StoreSettings::Postgres { url, schema, .. } => {
            let options: sqlx::postgres::PgConnectOptions = url.parse().unwrap();
            let schema = schema.clone().unwrap();
            let mut connection = options.options([("search_path", schema)]).connect().await.unwrap();
            connection.execute(AssertSqlSafe(sql.to_owned())).await.unwrap();
            connection.close().await.unwrap();
        }
        StoreSettings::Scratch { .. } => unreachable!("no house is thrown away"),
    }
}

/// Takes away what keeps events from being changed.
pub fn drop_triggers(house: &House) -> &'static str {
    match house.engine {
        "sqlite" => "DROP TRIGGER events_never_change; DROP TRIGGER events_never_go;",
        _ => "DROP TRIGGER events_never_change ON events; DROP TRIGGER events_never_go ON events;",
    }
}

fn houses() -> Vec<House> {
    let mut houses = vec![House::sqlite()];
    if std::env::var("FOCUS_FAMILY_TEST_ENGINES").is_ok_and(|engines| engines == "sqlite") {
        eprintln!("NOT RUN on postgres: FOCUS_FAMILY_TEST_ENGINES=sqlite");
    } else {
        houses.push(House::postgres(Server::get()));
    }
    houses
}

/// A private PostgreSQL server.
struct Server {
    url: String,
    /// Stops the server and removes its folder when its input closes, however this process ends.
    _guard: Child,
}

impl Server {
    fn get() -> &'static Self {
        static SERVER: OnceLock<Server> = OnceLock::new();
        SERVER.get_or_init(|| match programs() {
            Some(programs) => Self::start(&programs),
            None => panic!(
                "there is no PostgreSQL server under /usr/lib/postgresql: run `apt-get install postgresql`, \
                 or set FOCUS_FAMILY_TEST_ENGINES=sqlite to leave it out"
            ),
        })
    }
    fn start(programs: &Path) -> Self {
        let folder = tempfile::Builder::new().prefix("ff-pg-").tempdir().expect("a folder for the server").keep();
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o755)).expect("the folder is ours");
        let data = folder.join("data");
        if is_root() {
            run(Command::new("chown").arg("postgres").arg(&folder));
        }
        run(as_postgres(&programs.join("initdb")).arg("-D").arg(&data).args([
            "-U",
            "postgres",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--locale=C",
            "--no-sync",
        ]));
        let options =
            format!("-k {} -c listen_addresses='' -c fsync=off -c max_connections=300 -c shared_buffers=32MB", folder.display());
        run(as_postgres(&programs.join("pg_ctl"))
            .arg("-D")
            .arg(&data)
            .args(["-w", "-o", &options, "-l"])
            .arg(folder.join("log"))
            .arg("start"));
        let guard = guard(programs, &data, &folder);
        Self { url: format!("postgres://postgres@localhost/postgres?host={}", folder.display()), _guard: guard }
    }
}

/// The newest installed server's programs.
fn programs() -> Option<PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql").ok()?.filter_map(Result::ok).map(|entry| entry.path());
    let number = |path: &PathBuf| path.file_name()?.to_str()?.parse::<u32>().ok();
    versions.filter(|path| path.join("bin/initdb").exists()).max_by_key(number).map(|path| path.join("bin"))
}

fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|meta| std::os::unix::fs::MetadataExt::uid(&meta) == 0)
}

/// The server refuses to run as root.
fn as_postgres(program: &Path) -> Command {
    let mut command = if is_root() {
        let mut command = Command::new("runuser");
        command.args(["-u", "postgres", "--"]).arg(program);
        command
    } else {
        Command::new(program)
    };
    command.current_dir("/");
    command
}

fn run(command: &mut Command) {
    let done = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
    assert!(done.as_ref().is_ok_and(std::process::ExitStatus::success), "cannot start PostgreSQL: {command:?}: {done:?}");
}

fn guard(programs: &Path, data: &Path, folder: &Path) -> Child {
    let stop = as_postgres(&programs.join("pg_ctl"));
    let stop: Vec<String> = std::iter::once(stop.get_program())
        .chain(stop.get_args())
        .map(|word| format!("'{}'", word.to_str().expect("our paths are plain")))
        .collect();
    let script =
        format!("cat >/dev/null; {} -D '{}' -m immediate stop; rm -rf '{}'", stop.join(" "), data.display(), folder.display());
    Command::new("sh")
        .args(["-c", &script])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .current_dir("/")
        .process_group(0)
        .spawn()
        .expect("a shell starts")
}
