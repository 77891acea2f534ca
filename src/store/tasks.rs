//! The worklist.

use super::chain::{Link, chain_statements};
use super::database::Row;
use super::decision::AuditEntry;
use super::error::StoreError;
use super::statement::Statement;
use super::{Store, instant, named, optional_id, optional_instant, parsed};
use crate::domain::ids::{AreaName, CaseId, CaseReference, MailId, RoleName, TaskId};
use crate::domain::personal::Personal;
use crate::domain::time::{Date, Instant};

/// A worklist item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskRow {
    /// Its row.
    pub id: TaskId,
    /// Its effect key.
    pub key: String,
    /// The case it is about.
    pub case: Option<CaseId>,
    /// That case's reference.
    pub reference: Option<CaseReference>,
    /// The area that case belongs to now, once known.
    pub area: Option<AreaName>,
    /// The mail it is about.
    pub mail: Option<MailId>,
    /// For whom.
    pub role: RoleName,
    /// In plain words.
    pub says: String,
    /// Until when.
    pub due_on: Date,
    /// Since when.
    pub opened_at: Instant,
    /// When it was done; who did it and why is in the audit rows.
    pub closed_at: Option<Instant>,
}

/// Which items to list, the next due first; the default is all open ones.
#[derive(Debug, Clone, Default)]
pub struct TaskFilter {
    /// Closed ones as well.
    pub closed_too: bool,
    /// Only those about this case.
    pub case: Option<CaseId>,
    /// Only those about this mail.
    pub mail: Option<MailId>,
    /// Only those for this role.
    pub role: Option<RoleName>,
    /// At most so many; all when there is none.
    pub limit: Option<u32>,
}

const SELECT: &str = "SELECT t.id, t.effect_key, t.case_id, t.mail_id, t.role, t.says, t.due_on, t.opened_at_us, t.closed_at_us, \
     c.reference, c.area FROM tasks t LEFT JOIN cases c ON c.id = t.case_id WHERE ";

impl Store {
    /// Whether an item with this effect key was ever put on the worklist.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn task_was_asked(&self, key: &str) -> Result<bool, StoreError> {
        let statement = Statement::new("SELECT 1 AS known FROM tasks WHERE effect_key = $1").with(key);
        Ok(!self.inner.database.read("look for a task", statement).await?.is_empty())
    }

    /// Worklist items for a list.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn tasks(&self, filter: &TaskFilter) -> Result<Vec<TaskRow>, StoreError> {
        let statement = Statement::new(SELECT)
            .then(if filter.closed_too { "1 = 1" } else { "t.closed_at_us IS NULL" })
            .and_if(" AND t.case_id = $$", filter.case.map(CaseId::to_text))
            .and_if(" AND t.mail_id = $$", filter.mail.map(MailId::to_text))
            .and_if(" AND t.role = $$", filter.role.as_ref().map(RoleName::as_str))
            .then(" ORDER BY t.due_on, t.opened_at_us, t.id")
            .and_if(" LIMIT $$", filter.limit);
        self.inner.database.read("list the worklist", statement).await?.iter().map(task_row).collect()
    }
    /// One worklist item.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn task(&self, id: TaskId) -> Result<Option<TaskRow>, StoreError> {
        let statement = Statement::new(SELECT).and("t.id = $$", id.to_text());
        self.inner.database.read("read a worklist item", statement).await?.first().map(task_row).transpose()
    }
    /// Gives an open item another date: its clock is counted by a changed calendar.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn move_task(&self, id: TaskId, due_on: Date) -> Result<(), StoreError> {
        let statement = Statement::new("UPDATE tasks SET due_on = $1 WHERE id = $2 AND closed_at_us IS NULL")
            .with(due_on.to_string())
            .with(id.to_text());
        self.inner.database.write("move a worklist item", statement).await.map(drop)
    }
    /// Closes an open item, with an audit row that says who did it and why. Whether it was open.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn close_task(
        &self,
        id: TaskId,
        by: Personal<String>,
        reason: Option<Personal<String>>,
        at: Instant,
    ) -> Result<bool, StoreError> {
        let attempted = "close a worklist item";
        let Some(task) = self.task(id).await? else { return Ok(false) };
        let detail = serde_json::json!({ "task": id, "reason": reason });
        let entry = AuditEntry { by, action: "closed_task".to_owned(), case: task.case, mail: task.mail, detail };
        let audit = self.audit_row(&entry)?;
        let close = Statement::new("UPDATE tasks SET closed_at_us = $1 WHERE id = $2 AND closed_at_us IS NULL")
            .with(at)
            .with(id.to_text());
        let head =
            Statement::new(self.inner.database.either(
                "SELECT seq, hash FROM chain_end WHERE id = 1",
                "SELECT seq, hash FROM chain_end WHERE id = 1 FOR UPDATE",
            ));
        let mut tx = self.inner.database.begin(attempted).await?;
        let mut answers = tx.run(attempted, vec![close, head]).await?;
        let head = answers.pop().unwrap_or_default();
        if answers.pop().is_none_or(|closed| closed.changed == 0) {
            tx.undo().await;
            return Ok(false);
        }
        let (statements, last) = chain_statements(&self.inner.vault, Link::told(head)?, vec![audit], at);
        tx.commit(attempted, statements).await?;
        self.inner.head.set(Some(last));
        Ok(true)
    }
}

fn task_row(row: &Row) -> Result<TaskRow, StoreError> {
    let id: String = row.get("id")?;
    Ok(TaskRow {
        id: parsed("tasks", "id", &id, &id)?,
        key: row.get("effect_key")?,
        case: optional_id(row, "tasks", "case_id", &id)?,
        reference: optional_id(row, "cases", "reference", &id)?,
        area: row.get::<Option<String>>("area")?.map(|area| named("cases", "area", &id, area)).transpose()?,
        mail: optional_id(row, "tasks", "mail_id", &id)?,
        role: named("tasks", "role", &id, row.get("role")?)?,
        says: row.get("says")?,
        due_on: parsed("tasks", "due_on", &id, &row.get::<String>("due_on")?)?,
        opened_at: instant("tasks", "opened_at_us", &id, row)?,
        closed_at: optional_instant("tasks", "closed_at_us", &id, row)?,
    })
}
