//! The two engines behind one door: run statements in a transaction, run one alone, read.
//!
//! SQLite has one writer connection; its transactions begin with the write lock, because a transaction that reads first
//! and writes later fails under load. Statements that belong together go in one trip: the trip costs more than the work.
//! PostgreSQL runs the same statements one by one in a transaction of its own.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use futures_core::Stream;
use sqlx::postgres::{PgArguments, PgRow};
use sqlx::sqlite::{SqliteArguments, SqliteRow};
use sqlx::{
    Arguments, AssertSqlSafe, Decode, Either, Executor, PgPool, Postgres, Row as _, Sqlite, SqliteConnection, Transaction, Type,
};
use tokio::sync::{Mutex, OwnedMutexGuard, OwnedSemaphorePermit, Semaphore, watch};

use super::direct::{Direct, DirectRow, Hand, OfValue};
use super::error::StoreError;
use super::statement::{Cell, Statement, join_for_sqlite};
use super::stop::Door;

/// What one statement came to.
#[derive(Default)]
pub(super) struct Answer {
    pub rows: Vec<Row>,
    /// Rows inserted, updated or deleted. Meaningless for a `SELECT`.
    pub changed: u64,
}

impl Answer {
    pub fn first(self) -> Option<Row> {
        self.rows.into_iter().next()
    }
}

/// A row of either engine.
pub(super) enum Row {
    Lite(SqliteRow),
    Direct(DirectRow),
    Post(PgRow),
}

impl Row {
    /// The value of `column`. A wrong name or type is a defect of the statement.
    pub fn get<T>(&self, column: &'static str) -> Result<T, StoreError>
    where
        T: for<'r> Decode<'r, Sqlite> + Type<Sqlite> + for<'r> Decode<'r, Postgres> + Type<Postgres> + OfValue,
    {
        match self {
            Self::Lite(row) => row.try_get(column),
            Self::Direct(row) => row.get(column),
            Self::Post(row) => row.try_get(column),
        }
        .map_err(|cause| StoreError::Sql { attempted: "read a row", cause })
    }
}

/// The database. Cheap to clone.
#[derive(Clone)]
pub(super) struct Database {
    engine: Engine,
    door: Arc<Door>,
}

#[derive(Clone)]
enum Engine {
    Lite(Arc<Lite>),
    Post(PgPool),
}

/// SQLite: one connection that writes, some that read. Who is alone with a database has only the one.
struct Lite {
    writer: Arc<Mutex<Writer>>,
    readers: Option<Readers>,
    /// The disk failed once: nothing more is attempted, for only a restart knows what is on it.
    disk_failed: watch::Sender<bool>,
}

struct Writer {
    connection: Hand,
    /// A transaction was begun and its end is not known: it is rolled back before the next.
    open: bool,
    /// Transactions since the journal was last folded into the file.
    unfolded: u32,
}

/// Transactions after which the journal is folded into the file: a few megabytes.
const FOLD_AFTER: u32 = 200;

/// Bytes of a text of statements that is kept ready; a longer one only when it is constant.
const KEPT_TEXT_BYTES_MAX: usize = 8192;

/// Looks for an answer of SQLite's thread before sleeping, and the processor's pauses between two of them: some twenty microseconds
/// together, as long as a usual statement takes.
const LOOKS: u32 = 48;
const PAUSES: u32 = 8;

struct Readers {
    idle: std::sync::Mutex<VecDeque<SqliteConnection>>,
    permits: Arc<Semaphore>,
}

impl Writer {
    /// Ends a transaction whose end is not known: of a caller that failed or went away. When it had ended after all, there
    /// is nothing to roll back and the engine says so; the next `BEGIN` is the proof that all is well.
    async fn roll_back(&mut self) {
        if self.open {
            let _nothing_open = self.connection.execute("ROLLBACK").await;
            self.open = false;
        }
    }
}

/// A transaction. Dropped without [`Tx::commit`], nothing of it happened.
pub(super) struct Tx {
    begun: Begun,
    door: Arc<Door>,
}

enum Begun {
    Lite { lite: Arc<Lite>, writer: OwnedMutexGuard<Writer>, begun: bool },
    Post(Transaction<'static, Postgres>),
}

impl Database {
    pub fn sqlite(writer: SqliteConnection, readers: Vec<SqliteConnection>) -> Self {
        let permits = Arc::new(Semaphore::new(readers.len()));
        let readers = (!readers.is_empty()).then(|| Readers { idle: std::sync::Mutex::new(readers.into()), permits });
        Self::of(Engine::Lite(Arc::new(Lite::new(Hand::Threaded(writer), readers))))
    }
    /// A file for who is alone with it and throws it away.
    pub fn direct(connection: Direct) -> Self {
        Self::of(Engine::Lite(Arc::new(Lite::new(Hand::Direct(connection), None))))
    }
    pub fn postgres(pool: PgPool) -> Self {
        Self::of(Engine::Post(pool))
    }
    fn of(engine: Engine) -> Self {
        Self { engine, door: Arc::default() }
    }
    /// Where a test stops it.
    pub fn door(&self) -> &Door {
        &self.door
    }
    /// Whether this is PostgreSQL; for the few texts that must differ.
    pub fn is_postgres(&self) -> bool {
        matches!(self.engine, Engine::Post(_))
    }
    /// `lite` on SQLite, `post` on PostgreSQL.
    pub fn either(&self, lite: &'static str, post: &'static str) -> &'static str {
        if self.is_postgres() { post } else { lite }
    }
    pub async fn begin(&self, attempted: &'static str) -> Result<Tx, StoreError> {
        self.door.pass()?;
        let begun = match &self.engine {
            Engine::Lite(lite) => Begun::Lite { lite: Arc::clone(lite), writer: lite.writer(attempted).await?, begun: false },
            Engine::Post(pool) => {
                Begun::Post(Box::pin(pool.begin()).await.map_err(|cause| StoreError::from_driver(attempted, cause))?)
            }
        };
        Ok(Tx { begun, door: Arc::clone(&self.door) })
    }
    /// One statement that changes something, committed by itself.
    pub async fn write(&self, attempted: &'static str, statement: Statement) -> Result<Answer, StoreError> {
        let number = self.door.before_write()?;
        let answer = self.alone(attempted, statement).await?;
        self.door.after_write(number)?;
        Ok(answer)
    }
    /// One statement that only reads.
    pub async fn read(&self, attempted: &'static str, statement: Statement) -> Result<Vec<Row>, StoreError> {
        self.door.pass()?;
        let Engine::Lite(lite) = &self.engine else { return self.alone(attempted, statement).await.map(|answer| answer.rows) };
        let Some(readers) = &lite.readers else { return self.alone(attempted, statement).await.map(|answer| answer.rows) };
        let mut reader = readers.take(attempted).await?;
        let answers = run_lite(reader.connection(), "", vec![statement], "").await;
        answers.map(|answers| last(answers).rows).map_err(|cause| lite.failed(attempted, cause))
    }
    async fn alone(&self, attempted: &'static str, statement: Statement) -> Result<Answer, StoreError> {
        match &self.engine {
            Engine::Lite(lite) => {
                let mut writer = lite.writer(attempted).await?;
                let answers = writer.connection.run("", vec![statement], "").await;
                answers.map(last).map_err(|cause| lite.failed(attempted, cause))
            }
            Engine::Post(pool) => {
                let mut connection = Box::pin(pool.acquire()).await.map_err(|cause| StoreError::from_driver(attempted, cause))?;
                run_post(&mut connection, statement).await.map_err(|cause| StoreError::from_driver(attempted, cause))
            }
        }
    }
    /// Returns once the disk under the database has failed; never with PostgreSQL, which stops its own server then.
    pub async fn disk_failure(&self) {
        match &self.engine {
            Engine::Lite(lite) => {
                let mut failed = lite.disk_failed.subscribe();
                // The sender lives as long as this borrow.
                let _told = failed.wait_for(|failed| *failed).await;
            }
            Engine::Post(_) => std::future::pending().await,
        }
    }
    /// Lets go of every connection. Later calls fail or wait for nobody.
    pub async fn close(&self) {
        match &self.engine {
            Engine::Lite(lite) => lite.close().await,
            Engine::Post(pool) => pool.close().await,
        }
    }
}

impl Lite {
    fn new(connection: Hand, readers: Option<Readers>) -> Self {
        let writer = Arc::new(Mutex::new(Writer { connection, open: false, unfolded: 0 }));
        Self { writer, readers, disk_failed: watch::Sender::new(false) }
    }
    async fn writer(self: &Arc<Self>, attempted: &'static str) -> Result<OwnedMutexGuard<Writer>, StoreError> {
        let mut writer = Arc::clone(&self.writer).lock_owned().await;
        if *self.disk_failed.borrow() {
            return Err(StoreError::DiskFailed { attempted });
        }
        writer.roll_back().await;
        // Not left to SQLite, which does not tell when the disk fails while it folds by itself: the kernel may then take lost pages
        // for written ones, and the next try would throw the journal away.
        writer.unfolded += 1;
        if writer.unfolded >= FOLD_AFTER {
            writer.unfolded = 0;
            let folded = writer.connection.execute("PRAGMA wal_checkpoint(PASSIVE)").await;
            folded.map_err(|cause| self.failed("fold the journal into the database", cause))?;
        }
        Ok(writer)
    }
    /// One trip of a transaction; what fails is undone at once.
    async fn run(
        &self,
        writer: &mut Writer,
        attempted: &'static str,
        before: &'static str,
        statements: Vec<Statement>,
        after: &'static str,
    ) -> Result<Vec<Answer>, StoreError> {
        writer.open = true;
        match writer.connection.run(before, statements, after).await {
            Ok(answers) => Ok(answers),
            Err(cause) => {
                writer.roll_back().await;
                Err(self.failed(attempted, cause))
            }
        }
    }
    fn failed(&self, attempted: &'static str, cause: sqlx::Error) -> StoreError {
        let error = StoreError::from_driver(attempted, cause);
        if matches!(error, StoreError::DiskFailed { .. }) {
            self.disk_failed.send_replace(true);
        }
        error
    }
    async fn close(&self) {
        if let Some(readers) = &self.readers {
            readers.permits.close();
            readers.idle.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clear();
        }
        let mut writer = self.writer.lock().await;
        let _already_gone = writer.connection.execute("PRAGMA wal_checkpoint(PASSIVE)").await;
    }
}

impl Tx {
    /// Runs `statements` in order; an answer for each. After an error the transaction is gone.
    pub async fn run(&mut self, attempted: &'static str, statements: Vec<Statement>) -> Result<Vec<Answer>, StoreError> {
        match &mut self.begun {
            Begun::Lite { lite, writer, begun } => {
                let begin = if *begun { "" } else { "BEGIN IMMEDIATE;" };
                *begun = true;
                lite.run(writer, attempted, begin, statements, "").await
            }
            Begun::Post(transaction) => run_all_post(transaction, attempted, statements).await,
        }
    }
    /// Runs `statements` and commits, in one trip where the engine can.
    pub async fn commit(self, attempted: &'static str, statements: Vec<Statement>) -> Result<Vec<Answer>, StoreError> {
        let door = Arc::clone(&self.door);
        let number = match door.before_write() {
            Ok(number) => number,
            Err(stopped) => {
                self.undo().await;
                return Err(stopped);
            }
        };
        let answers = match self.begun {
            Begun::Lite { lite, mut writer, begun } => {
                let begin = if begun { "" } else { "BEGIN IMMEDIATE;" };
                let answers = lite.run(&mut writer, attempted, begin, statements, "COMMIT").await?;
                writer.open = false;
                answers
            }
            Begun::Post(mut transaction) => {
                let answers = run_all_post(&mut transaction, attempted, statements).await?;
                transaction.commit().await.map_err(|cause| StoreError::from_driver(attempted, cause))?;
                answers
            }
        };
        door.after_write(number)?;
        Ok(answers)
    }
    /// Undoes everything now, so that nobody waits for locks.
    pub async fn undo(self) {
        match self.begun {
            Begun::Lite { mut writer, .. } => writer.roll_back().await,
            // Dropping it rolls back as well; a connection that is gone has done so already.
            Begun::Post(transaction) => drop(transaction.rollback().await),
        }
    }
}

fn last(mut answers: Vec<Answer>) -> Answer {
    answers.pop().unwrap_or_default()
}

/// Runs `before`, `statements` and `after` in one trip; an answer for each of `statements`.
pub(super) async fn run_lite(
    connection: &mut SqliteConnection,
    before: &'static str,
    statements: Vec<Statement>,
    after: &'static str,
) -> Result<Vec<Answer>, sqlx::Error> {
    let wanted = statements.len();
    let constant = statements.iter().all(|statement| matches!(statement.text, std::borrow::Cow::Borrowed(_)));
    let (joined, cells) = join_for_sqlite(statements);
    // A long text made for many rows is hardly asked twice, and ready statements take memory.
    let kept = constant || joined.len() < KEPT_TEXT_BYTES_MAX;
    let mut arguments = SqliteArguments::default();
    arguments.reserve(cells.len(), 0);
    for cell in cells {
        add(&mut arguments, cell)?;
    }
    let text = format!("{before}{joined}{after}");
    let query = sqlx::query_with(AssertSqlSafe(text), arguments).persistent(kept);
    let skipped = usize::from(!before.is_empty());
    let patience = Patience { looks: LOOKS, answers: skipped + wanted + usize::from(!after.is_empty()) };
    let answers = collect(connection.fetch_many(query), Row::Lite, patience).await?;
    Ok(answers.into_iter().skip(skipped).take(wanted).collect())
}

async fn run_post(connection: &mut sqlx::PgConnection, statement: Statement) -> Result<Answer, sqlx::Error> {
    let mut arguments = PgArguments::default();
    for cell in statement.cells {
        add(&mut arguments, cell)?;
    }
    let query = match statement.text {
        std::borrow::Cow::Borrowed(text) => sqlx::query_with(text, arguments),
        std::borrow::Cow::Owned(text) => sqlx::query_with(AssertSqlSafe(text), arguments),
    };
    collect(connection.fetch_many(query), Row::Post, Patience { looks: 0, answers: usize::MAX }).await.map(last)
}

async fn run_all_post(
    transaction: &mut Transaction<'static, Postgres>,
    attempted: &'static str,
    statements: Vec<Statement>,
) -> Result<Vec<Answer>, StoreError> {
    let mut answers = Vec::with_capacity(statements.len());
    for statement in statements {
        answers.push(run_post(transaction, statement).await.map_err(|cause| StoreError::from_driver(attempted, cause))?);
    }
    Ok(answers)
}

fn add<A: Arguments>(arguments: &mut A, cell: Cell) -> Result<(), sqlx::Error>
where
    Option<i64>: for<'q> sqlx::Encode<'q, A::Database> + Type<A::Database>,
    Option<String>: for<'q> sqlx::Encode<'q, A::Database> + Type<A::Database>,
    Option<Vec<u8>>: for<'q> sqlx::Encode<'q, A::Database> + Type<A::Database>,
{
    match cell {
        Cell::Number(value) => arguments.add(value),
        Cell::Text(value) => arguments.add(value),
        Cell::Bytes(value) => arguments.add(value),
    }
    .map_err(sqlx::Error::Encode)
}

type Answers<'a, D, R> = Pin<Box<dyn Stream<Item = Result<Either<D, R>, sqlx::Error>> + Send + 'a>>;

/// How answers are waited for.
#[derive(Clone, Copy)]
struct Patience {
    /// Looks for each next piece before the task sleeps until it is woken.
    looks: u32,
    /// After so many answers there is nothing more to wait for.
    answers: usize,
}

/// An answer for each statement of a stream: its rows, then how many it changed.
async fn collect<D: Changed, R>(
    mut stream: Answers<'_, D, R>,
    row: fn(R) -> Row,
    patience: Patience,
) -> Result<Vec<Answer>, sqlx::Error> {
    let mut answers = Vec::new();
    let mut rows = Vec::new();
    // The end of the stream is a message as well, and whoever has all answers is not woken for it.
    while answers.len() < patience.answers {
        let Some(item) = std::future::poll_fn(|context| next_piece(&mut stream, context, patience.looks)).await else { break };
        match item? {
            Either::Right(found) => rows.push(row(found)),
            Either::Left(done) => answers.push(Answer { rows: std::mem::take(&mut rows), changed: done.changed() }),
        }
    }
    Ok(answers)
}

/// The next piece of `stream`, looked for `looks` times before the task is put to sleep: the thread of the database is at work on it, and
/// most statements take less time than falling asleep and being woken.
fn next_piece<D, R>(
    stream: &mut Answers<'_, D, R>,
    context: &mut Context<'_>,
    looks: u32,
) -> Poll<Option<Result<Either<D, R>, sqlx::Error>>> {
    let mut nobody = Context::from_waker(Waker::noop());
    for _ in 0..looks {
        if let piece @ Poll::Ready(_) = stream.as_mut().poll_next(&mut nobody) {
            return piece;
        }
        for _ in 0..PAUSES {
            std::hint::spin_loop();
        }
    }
    stream.as_mut().poll_next(context)
}

trait Changed {
    fn changed(&self) -> u64;
}
impl Changed for sqlx::sqlite::SqliteQueryResult {
    fn changed(&self) -> u64 {
        self.rows_affected()
    }
}
impl Changed for sqlx::postgres::PgQueryResult {
    fn changed(&self) -> u64 {
        self.rows_affected()
    }
}

impl Readers {
    async fn take(&self, attempted: &'static str) -> Result<Reader<'_>, StoreError> {
        let closed = |_| StoreError::Unavailable { attempted, cause: sqlx::Error::PoolClosed };
        let permit = Arc::clone(&self.permits).acquire_owned().await.map_err(closed)?;
        let connection = self.idle.lock().unwrap_or_else(std::sync::PoisonError::into_inner).pop_front();
        Ok(Reader { readers: self, connection, _permit: permit })
    }
}

/// A reading connection on loan.
struct Reader<'a> {
    readers: &'a Readers,
    connection: Option<SqliteConnection>,
    _permit: OwnedSemaphorePermit,
}

impl Reader<'_> {
    fn connection(&mut self) -> &mut SqliteConnection {
        self.connection.as_mut().expect("a permit stands for an idle connection")
    }
}

impl Drop for Reader<'_> {
    fn drop(&mut self) {
        if let Some(connection) = self.connection.take() {
            self.readers.idle.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push_front(connection);
        }
    }
}
