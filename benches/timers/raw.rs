//! The floor: the same rows and bytes by bare inserts into the same tables, one durable transaction for each transition.

use std::path::Path;

use focus_family::ambient::Ambient;
use focus_family::store::{Durability, Store, StoreSettings};
use focus_family::vault::{MasterKey, Vault};
use sqlx::ConnectOptions;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqliteSynchronous};

use crate::cpu_ms;
use crate::pending::{Cell, Written};

/// An empty house and a bare connection to it.
pub struct Floor {
    database: SqliteConnection,
    begun: u64,
}

impl Floor {
    /// Makes one in `dir`.
    pub async fn open(dir: &Path) -> Self {
        let path = dir.join("floor.db");
        let place = StoreSettings::Sqlite { path: path.clone(), durability: Durability::Off, migrate: true };
        Store::open(&place, Vault::new(MasterKey::in_memory(&Ambient::Real))).await.unwrap().close().await;
        let database = SqliteConnectOptions::new()
            .filename(path)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(false)
            .pragma("wal_autocheckpoint", "0")
            .connect()
            .await
            .unwrap();
        Self { database, begun: 0 }
    }

    /// CPU milliseconds a transition for inserting what each wrote, and updating the row of its case and the head of the chain.
    pub async fn insert(&mut self, transitions: &[Vec<Written>]) -> f64 {
        // The cases were there before, with other states.
        for written in transitions.iter().flatten().filter(|written| written.table == "cases") {
            self.run(&insert(written), &written.values).await;
        }
        let cpu = cpu_ms();
        for written in transitions {
            sqlx::raw_sql("BEGIN IMMEDIATE").execute(&mut self.database).await.unwrap();
            for row in written {
                if row.table == "cases" {
                    let (id, values) = row.values.split_first().expect("a case has an id");
                    let columns: Vec<String> = row.columns[1..].iter().map(|name| format!("{name} = ?")).collect();
                    let update = format!("UPDATE cases SET {} WHERE id = ?", columns.join(", "));
                    let values: Vec<Cell> = values.iter().chain([id]).cloned().collect();
                    self.run(&update, &values).await;
                    continue;
                }
                let mut row = row.clone();
                if row.table == "events" {
                    // Numbered on, as they come.
                    self.begun += 1;
                    let seq = row.columns.iter().position(|name| name == "seq").expect("a number");
                    row.values[seq] = Cell::Number(i64::try_from(self.begun).unwrap());
                }
                self.run(&insert(&row), &row.values).await;
            }
            let head = [Cell::Number(i64::try_from(self.begun).unwrap()), Cell::Bytes(vec![7; 32])];
            self.run("UPDATE chain_end SET seq = ?, hash = ? WHERE id = 1", &head).await;
            sqlx::raw_sql("COMMIT").execute(&mut self.database).await.unwrap();
        }
        (cpu_ms() - cpu) / transitions.len() as f64
    }

    async fn run(&mut self, text: &str, values: &[Cell]) {
        let mut query = sqlx::query(sqlx::AssertSqlSafe(text.to_owned()));
        for value in values {
            query = match value {
                Cell::Null => query.bind(None::<i64>),
                Cell::Number(number) => query.bind(*number),
                Cell::Text(text) => query.bind(text.clone()),
                Cell::Bytes(bytes) => query.bind(bytes.clone()),
            };
        }
        query.execute(&mut self.database).await.unwrap();
    }
}

fn insert(written: &Written) -> String {
    let places = vec!["?"; written.columns.len()].join(",");
    format!("INSERT INTO {} ({}) VALUES ({places})", written.table, written.columns.join(","))
}
