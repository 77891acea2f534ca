//! SQLite asked on the thread that wants to know, for who is alone with a database and throws it away. A driver that keeps a thread of
//! its own for each connection sends it a message for every statement; where nothing waits for a disk, that costs more than the work.
//! SQL, SQLite and what is stored are the same.

use std::borrow::Cow;
use std::path::Path;
use std::sync::Arc;

use rusqlite::types::{ToSqlOutput, Value, ValueRef};
use rusqlite::{Connection, ToSql};
use sqlx::error::{BoxDynError, DatabaseError, ErrorKind};
use sqlx::{Executor as _, SqliteConnection};

use super::database::{Answer, Row, run_lite};
use super::statement::{Cell, Statement};

/// Statements kept prepared: inserts of many rows have a text for each number of them.
const STATEMENTS_KEPT: usize = 400;
/// A text made for more cells is hardly asked twice, and ready statements take memory.
const KEPT_CELLS_MAX: usize = 256;

/// A connection to SQLite.
pub(super) enum Hand {
    /// With a thread of its own, which waits for the disk.
    Threaded(SqliteConnection),
    /// For a database that is thrown away, whose disk nobody waits for.
    Direct(Direct),
}

impl Hand {
    pub async fn execute(&mut self, text: &'static str) -> Result<(), sqlx::Error> {
        match self {
            Self::Threaded(connection) => connection.execute(text).await.map(drop),
            Self::Direct(connection) => connection.execute(text),
        }
    }
    pub async fn run(
        &mut self,
        before: &'static str,
        statements: Vec<Statement>,
        after: &'static str,
    ) -> Result<Vec<Answer>, sqlx::Error> {
        match self {
            Self::Threaded(connection) => run_lite(connection, before, statements, after).await,
            Self::Direct(connection) => connection.run(before, &statements, after),
        }
    }
}

/// A connection without a thread.
pub(super) struct Direct(Connection);

/// A row, taken out of the database.
pub(super) struct DirectRow {
    columns: Arc<[String]>,
    values: Vec<Value>,
}

/// What a column may be read as.
pub(super) trait OfValue: Sized {
    /// None where `value` is of another type.
    fn of(value: &Value) -> Option<Self>;
}

impl OfValue for i64 {
    fn of(value: &Value) -> Option<Self> {
        if let Value::Integer(number) = value { Some(*number) } else { None }
    }
}
impl OfValue for String {
    fn of(value: &Value) -> Option<Self> {
        if let Value::Text(text) = value { Some(text.clone()) } else { None }
    }
}
impl OfValue for Vec<u8> {
    fn of(value: &Value) -> Option<Self> {
        if let Value::Blob(bytes) = value { Some(bytes.clone()) } else { None }
    }
}
impl<T: OfValue> OfValue for Option<T> {
    fn of(value: &Value) -> Option<Self> {
        if *value == Value::Null { Some(None) } else { T::of(value).map(Some) }
    }
}

impl DirectRow {
    /// The value of `column`.
    pub fn get<T: OfValue>(&self, column: &'static str) -> Result<T, sqlx::Error> {
        let place = self.columns.iter().position(|name| name == column);
        let value = place.and_then(|place| self.values.get(place)).ok_or_else(|| sqlx::Error::ColumnNotFound(column.into()))?;
        T::of(value).ok_or_else(|| sqlx::Error::ColumnDecode {
            index: column.into(),
            source: format!("a value of type {} was not looked for", value.data_type()).into(),
        })
    }
}

impl ToSql for Cell {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Number(Some(number)) => ValueRef::Integer(*number),
            Self::Text(Some(text)) => ValueRef::Text(text.as_bytes()),
            Self::Bytes(Some(bytes)) => ValueRef::Blob(bytes),
            Self::Number(None) | Self::Text(None) | Self::Bytes(None) => ValueRef::Null,
        }))
    }
}

impl Direct {
    /// Opens the file at `path` and sets `pragmas`.
    pub fn open(path: &Path, pragmas: &str) -> Result<Self, sqlx::Error> {
        let opened = Connection::open(path).and_then(|connection| {
            connection.set_prepared_statement_cache_capacity(STATEMENTS_KEPT);
            connection.execute_batch(pragmas)?;
            Ok(Self(connection))
        });
        opened.map_err(refused)
    }

    /// Runs a text without cells and without an answer.
    pub fn execute(&self, text: &str) -> Result<(), sqlx::Error> {
        self.one(&Statement { text: Cow::Owned(text.to_owned()), cells: Vec::new() }).map(drop).map_err(refused)
    }

    /// Runs `before`, `statements` and `after`; an answer for each of `statements`.
    pub fn run(&self, before: &str, statements: &[Statement], after: &str) -> Result<Vec<Answer>, sqlx::Error> {
        if !before.is_empty() {
            self.execute(before)?;
        }
        let answers = statements.iter().map(|statement| self.one(statement)).collect::<rusqlite::Result<Vec<_>>>();
        let answers = answers.map_err(refused)?;
        if !after.is_empty() {
            self.execute(after)?;
        }
        Ok(answers)
    }

    fn one(&self, statement: &Statement) -> rusqlite::Result<Answer> {
        // `$1` is a name to SQLite, `?1` a number.
        let text = statement.text.replace('$', "?");
        if statement.cells.len() > KEPT_CELLS_MAX {
            return self.answer(&mut self.0.prepare(&text)?, &statement.cells);
        }
        let mut ready = self.0.prepare_cached(&text)?;
        self.answer(&mut ready, &statement.cells)
    }

    fn answer(&self, ready: &mut rusqlite::Statement<'_>, cells: &[Cell]) -> rusqlite::Result<Answer> {
        for (place, cell) in (1..=ready.parameter_count()).zip(cells) {
            ready.raw_bind_parameter(place, cell)?;
        }
        let width = ready.column_count();
        if width == 0 {
            let changed = ready.raw_execute()? as u64;
            return Ok(Answer { rows: Vec::new(), changed });
        }
        let columns: Arc<[String]> = ready.column_names().into_iter().map(str::to_owned).collect();
        let mut rows = Vec::new();
        let mut found = ready.raw_query();
        while let Some(row) = found.next()? {
            let values = (0..width).map(|place| row.get_ref(place).map(Value::try_from)).collect::<rusqlite::Result<Vec<_>>>()?;
            let values = values.into_iter().collect::<Result<Vec<_>, _>>()?;
            rows.push(Row::Direct(DirectRow { columns: Arc::clone(&columns), values }));
        }
        drop(found);
        Ok(Answer { rows, changed: self.0.changes() })
    }
}

/// A refusal of SQLite, as the other driver tells it.
#[derive(Debug, thiserror::Error)]
#[error("(code: {code}) {message}")]
struct Refused {
    /// SQLite's extended code.
    code: i32,
    message: String,
}

impl DatabaseError for Refused {
    fn message(&self) -> &str {
        &self.message
    }
    fn code(&self) -> Option<Cow<'_, str>> {
        Some(self.code.to_string().into())
    }
    fn as_error(&self) -> &(dyn std::error::Error + Send + Sync + 'static) {
        self
    }
    fn as_error_mut(&mut self) -> &mut (dyn std::error::Error + Send + Sync + 'static) {
        self
    }
    fn into_error(self: Box<Self>) -> BoxDynError {
        self
    }
    fn kind(&self) -> ErrorKind {
        match self.code {
            // SQLITE_CONSTRAINT_PRIMARYKEY, _UNIQUE, _ROWID.
            1555 | 2067 | 2579 => ErrorKind::UniqueViolation,
            787 => ErrorKind::ForeignKeyViolation,
            1299 => ErrorKind::NotNullViolation,
            275 => ErrorKind::CheckViolation,
            _ => ErrorKind::Other,
        }
    }
}

fn refused(cause: rusqlite::Error) -> sqlx::Error {
    match cause {
        rusqlite::Error::SqliteFailure(failure, message) => sqlx::Error::Database(Box::new(Refused {
            code: failure.extended_code,
            message: message.unwrap_or_else(|| failure.to_string()),
        })),
        other => sqlx::Error::Protocol(other.to_string()),
    }
}
