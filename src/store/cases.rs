//! Reading cases: one with its state, its history, and lists.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::chain::{event_name, event_place};
use super::commit::state_place;
use super::database::Row;
use super::error::StoreError;
use super::statement::Statement;
use super::{Store, count, instant, named, optional_date, parsed, unreadable};
use crate::domain::case::{Case, Event};
use crate::domain::ids::{AreaName, CaseId, CaseReference, GradeName, RoleName, StageName, TimerName};
use crate::domain::time::{Date, Instant};

/// How to find a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CaseKey {
    /// By its id.
    Id(CaseId),
    /// By the reference people use.
    Reference(CaseReference),
}

impl std::fmt::Display for CaseKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Id(id) => id.fmt(f),
            Self::Reference(reference) => reference.fmt(f),
        }
    }
}

/// A case as it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredCase {
    /// Its id.
    pub id: CaseId,
    /// Its state, at `case.version`.
    pub case: Case,
    /// When it was opened.
    pub opened_at: Instant,
    /// When it was last written.
    pub changed_at: Instant,
}

/// Something that happened to a case.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredEvent {
    /// From 1, without gaps.
    pub version: u64,
    /// When it was stored.
    pub at: Instant,
    /// What.
    pub event: Event,
}

/// A case in a list, without personal data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseRow {
    /// Its id.
    pub id: CaseId,
    /// Its reference.
    pub reference: CaseReference,
    /// Events so far.
    pub version: u64,
    /// Where it is.
    pub stage: StageName,
    /// Its area, once known.
    pub area: Option<AreaName>,
    /// The grade of the automatic check.
    pub grade: GradeName,
    /// Who must act next.
    pub owner_role: Option<RoleName>,
    /// Until when.
    pub next_due_on: Option<Date>,
    /// The timer that is due then.
    pub next_due_what: Option<TimerName>,
    /// Nothing is expected any more.
    pub closed: bool,
    /// The version of the life-cycle it lives by; none when it was last written before versions were kept.
    pub lifecycle_version: Option<String>,
    /// When it was opened.
    pub opened_at: Instant,
    /// When it was last written.
    pub changed_at: Instant,
}

/// Which cases to list, the next due first; the default is all, open and closed.
#[derive(Debug, Clone, Default)]
pub struct CaseFilter {
    /// Only open ones, or only closed ones.
    pub closed: Option<bool>,
    /// Only those in this stage.
    pub stage: Option<StageName>,
    /// Only those of this area.
    pub area: Option<AreaName>,
    /// Only those this role must act on.
    pub owner_role: Option<RoleName>,
    /// At most so many; all when there is none.
    pub limit: Option<u32>,
}

const ROW: &str = "SELECT id, reference, version, stage, area, grade, owner_role, next_due_on, next_due_what, closed, opened_at_us, \
     changed_at_us, lifecycle_version FROM cases WHERE ";

impl Store {
    /// A case with its state; none when there is no such case.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn load_case(&self, key: &CaseKey) -> Result<Option<StoredCase>, StoreError> {
        if let Some(kept) = self.inner.states.case(key) {
            return Ok(Some(kept));
        }
        let select = Statement::new(
            "SELECT id, version, wrapped_key, sealed, opened_at_us, changed_at_us, lifecycle_version FROM cases WHERE ",
        );
        let statement = match key {
            CaseKey::Id(id) => select.and("id = $$", id.to_text()),
            CaseKey::Reference(reference) => select.and("reference = $$", reference.as_str()),
        };
        let rows = self.inner.database.read("load a case", statement).await?;
        let Some(row) = rows.first() else { return Ok(None) };
        let stored = self.stored_case(row)?;
        self.know_version(&stored.case.lifecycle_version).await?;
        Ok(Some(stored))
    }
    /// These cases with their states, in one trip. One that is not there, or cannot be opened, is left out: loading it alone says why.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn load_cases(&self, ids: &[CaseId]) -> Result<BTreeMap<CaseId, Arc<StoredCase>>, StoreError> {
        let (mut cases, ids) = self.inner.states.cases(ids);
        if ids.is_empty() {
            return Ok(cases);
        }
        let select =
            Statement::new("SELECT id, version, wrapped_key, sealed, opened_at_us, changed_at_us FROM cases WHERE id IN ");
        let statement = select.list(ids.iter().map(|id| id.to_text().into()));
        let rows = self.inner.database.read("load cases", statement).await?;
        for stored in rows.iter().filter_map(|row| self.stored_case(row).ok()) {
            self.know_version(&stored.case.lifecycle_version).await?;
            cases.insert(stored.id, Arc::new(stored));
        }
        Ok(cases)
    }
    fn stored_case(&self, row: &Row) -> Result<StoredCase, StoreError> {
        let id: String = row.get("id")?;
        let case_id: CaseId = parsed("cases", "id", &id, &id)?;
        let key = self.case_key_in(case_id, &row.get::<Vec<u8>>("wrapped_key")?)?;
        let opened = self.inner.vault.open(&key, &state_place(&id), row.get("sealed")?)?;
        let case: Case =
            serde_json::from_slice(&opened).map_err(|_| unreadable("cases", "sealed", &id, "it is no state of a case"))?;
        if case.version != count(row.get("version")?) {
            return Err(unreadable("cases", "sealed", &id, "its version is not the row's"));
        }
        let (opened_at, changed_at) = (instant("cases", "opened_at_us", &id, row)?, instant("cases", "changed_at_us", &id, row)?);
        Ok(StoredCase { id: case_id, case, opened_at, changed_at })
    }
    /// Everything that happened to a case, oldest first; empty when there is no such case.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn history(&self, case: CaseId) -> Result<Vec<StoredEvent>, StoreError> {
        let id = case.to_text();
        let statement = Statement::new(
            "SELECT version, at_us, sealed FROM events WHERE case_id = $1 AND version IS NOT NULL ORDER BY version",
        )
        .with(id.as_str());
        let rows = self.inner.database.read("read the history of a case", statement).await?;
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        let key = self.case_key(case).await?;
        let mut events = Vec::with_capacity(rows.len());
        for row in rows {
            let version = count(row.get("version")?);
            let name = event_name(case, version);
            let opened = self.inner.vault.open(&key, &event_place(&name), row.get("sealed")?)?;
            let event = serde_json::from_slice(&opened).map_err(|_| unreadable("events", "sealed", &name, "it is no event"))?;
            events.push(StoredEvent { version, at: instant("events", "at_us", &name, &row)?, event });
        }
        Ok(events)
    }
    /// Cases for a list.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn cases(&self, filter: &CaseFilter) -> Result<Vec<CaseRow>, StoreError> {
        let statement = Statement::new(ROW)
            .then("1 = 1")
            .and_if(" AND closed = $$", filter.closed)
            .and_if(" AND stage = $$", filter.stage.as_ref().map(StageName::as_str))
            .and_if(" AND area = $$", filter.area.as_ref().map(AreaName::as_str))
            .and_if(" AND owner_role = $$", filter.owner_role.as_ref().map(RoleName::as_str))
            .then(" ORDER BY closed, COALESCE(next_due_on, '9999-12-31'), opened_at_us, id")
            .and_if(" LIMIT $$", filter.limit);
        self.inner.database.read("list cases", statement).await?.iter().map(case_row).collect()
    }
    pub(super) async fn case_row_of(&self, id: CaseId) -> Result<Option<CaseRow>, StoreError> {
        let statement = Statement::new(ROW).and("id = $$", id.to_text());
        self.inner.database.read("list a case", statement).await?.first().map(case_row).transpose()
    }
    /// Whether a case has this reference.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn reference_exists(&self, reference: &CaseReference) -> Result<bool, StoreError> {
        self.case_with(reference).await.map(|case| case.is_some())
    }
    pub(super) async fn case_with(&self, reference: &CaseReference) -> Result<Option<CaseId>, StoreError> {
        let statement = Statement::new("SELECT id FROM cases WHERE reference = $1").with(reference.as_str());
        let rows = self.inner.database.read("look a reference up", statement).await?;
        let id: Option<String> = rows.first().map(|row| row.get("id")).transpose()?;
        id.map(|id| parsed("cases", "id", &id, &id)).transpose()
    }
}

fn case_row(row: &Row) -> Result<CaseRow, StoreError> {
    let id: String = row.get("id")?;
    let area: Option<String> = row.get("area")?;
    let owner_role: Option<String> = row.get("owner_role")?;
    let next_due_what: Option<String> = row.get("next_due_what")?;
    Ok(CaseRow {
        id: parsed("cases", "id", &id, &id)?,
        reference: named("cases", "reference", &id, row.get("reference")?)?,
        version: count(row.get("version")?),
        stage: named("cases", "stage", &id, row.get("stage")?)?,
        area: area.map(|area| named("cases", "area", &id, area)).transpose()?,
        grade: named("cases", "grade", &id, row.get("grade")?)?,
        owner_role: owner_role.map(|role| named("cases", "owner_role", &id, role)).transpose()?,
        next_due_on: optional_date("cases", "next_due_on", &id, row)?,
        next_due_what: next_due_what.map(|timer| named("cases", "next_due_what", &id, timer)).transpose()?,
        closed: row.get::<i64>("closed")? != 0,
        lifecycle_version: row.get("lifecycle_version")?,
        opened_at: instant("cases", "opened_at_us", &id, row)?,
        changed_at: instant("cases", "changed_at_us", &id, row)?,
    })
}
