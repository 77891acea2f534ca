//! Who may do something alone for a while: watch a mailbox, send the digests, sweep.

use super::error::StoreError;
use super::statement::Statement;
use super::{Store, after_us};
use crate::domain::time::Instant;

/// Grows each time something is claimed. Whoever writes under an older one is refused.
pub type Epoch = i64;

impl Store {
    /// The lease `name` for `worker`, for `seconds`; none while somebody else holds it.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn acquire_lease(&self, name: &str, worker: &str, now: Instant, seconds: u32) -> Result<Option<Epoch>, StoreError> {
        let statement = Statement::new(
            "INSERT INTO leases (name, worker, epoch, until_us) VALUES ($1, $2, 1, $3) \
             ON CONFLICT (name) DO UPDATE SET worker = excluded.worker, epoch = leases.epoch + 1, until_us = excluded.until_us \
             WHERE leases.until_us <= $4 OR leases.worker = excluded.worker RETURNING epoch",
        )
        .with(name)
        .with(worker)
        .with(after_us(now, seconds))
        .with(now);
        let answer = self.inner.database.write("acquire a lease", statement).await?;
        answer.first().map(|row| row.get("epoch")).transpose()
    }
    /// Holds the lease for `seconds` more.
    ///
    /// # Errors
    /// [`StoreError::Fenced`] when somebody else took it over.
    pub async fn renew_lease(&self, name: &str, epoch: Epoch, now: Instant, seconds: u32) -> Result<(), StoreError> {
        let statement = Statement::new("UPDATE leases SET until_us = $1 WHERE name = $2 AND epoch = $3")
            .with(after_us(now, seconds))
            .with(name)
            .with(epoch);
        let answer = self.inner.database.write("renew a lease", statement).await?;
        if answer.changed == 0 { Err(StoreError::Fenced { what: format!("lease {name}"), epoch }) } else { Ok(()) }
    }
    /// Lets go of the lease. Nothing happens when somebody else took it over.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn release_lease(&self, name: &str, epoch: Epoch) -> Result<(), StoreError> {
        let statement = Statement::new("UPDATE leases SET until_us = 0 WHERE name = $1 AND epoch = $2").with(name).with(epoch);
        self.inner.database.write("release a lease", statement).await.map(drop)
    }
    /// A small durable mark: the last sweep, the last digest.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn get_note(&self, name: &str) -> Result<Option<String>, StoreError> {
        let statement = Statement::new("SELECT value FROM notes WHERE name = $1").with(name);
        self.inner.database.read("read a note", statement).await?.first().map(|row| row.get("value")).transpose()
    }
    /// The marks of these names, in their order, all as they were at one moment: one trip instead of one for each.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn get_notes<const N: usize>(&self, names: [&str; N]) -> Result<[Option<String>; N], StoreError> {
        let statement =
            Statement::new("SELECT name, value FROM notes WHERE name IN ").list(names.iter().map(|name| (*name).into()));
        let mut found = [const { None }; N];
        for row in self.inner.database.read("read notes", statement).await? {
            let name: String = row.get("name")?;
            if let Some(place) = names.iter().position(|known| *known == name) {
                found[place] = row.get("value")?;
            }
        }
        Ok(found)
    }
    /// Sets a mark. Not for personal data: it is stored as it is.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn set_note(&self, name: &str, value: &str) -> Result<(), StoreError> {
        let statement = Statement::new(
            "INSERT INTO notes (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        )
        .with(name)
        .with(value);
        self.inner.database.write("write a note", statement).await.map(drop)
    }
    /// Changes a mark from what was read, `old`, to `new`; whether nobody else had changed it meanwhile. Not for personal data.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn change_note(&self, name: &str, old: Option<&str>, new: &str) -> Result<bool, StoreError> {
        let statement = match old {
            None => Statement::new("INSERT INTO notes (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING")
                .with(name)
                .with(new),
            Some(old) => {
                Statement::new("UPDATE notes SET value = $1 WHERE name = $2 AND value = $3").with(new).with(name).with(old)
            }
        };
        self.inner.database.write("change a note", statement).await.map(|answer| answer.changed == 1)
    }
}
