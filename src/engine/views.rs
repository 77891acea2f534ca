//! What the terminal and the pages show: read models, made of rows and of the folded case. Nothing here changes anything.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::domain::case::Case;
use crate::domain::ids::{CaseId, CaseReference};
use crate::domain::time::Date;
use crate::engine::roster::Relation;
use crate::engine::{Engine, EngineError};
use crate::store::{CaseFilter, CaseKey, CaseRow, StoredCase};

/// A row of `case list`. The names are published.
#[derive(Debug, Clone, Serialize)]
pub struct CaseListRow {
    /// `FF-2026-7142`.
    pub reference: CaseReference,
    /// Stage by its name in the workflow file.
    pub stage: String,
    /// Title of the stage.
    pub stage_title: String,
    /// Area by its name, `null` while it is not known.
    pub area: Option<String>,
    /// Title of the area.
    pub area_title: Option<String>,
    /// Grade by its name.
    pub grade: String,
    /// Title of the grade.
    pub grade_title: String,
    /// The role that answers for the case now, by its name; `null` once it has ended.
    pub owner: Option<String>,
    /// Title of that role.
    pub owner_title: Option<String>,
    /// The next dated action.
    pub next_due_on: Option<Date>,
    /// What is due then: the timer by its name.
    pub next_due: Option<String>,
    /// Title of that timer.
    pub next_due_title: Option<String>,
    /// It has ended.
    pub closed: bool,
}

/// Every case, those due first.
///
/// # Errors
/// The store's.
pub async fn case_list(engine: &Engine) -> Result<Vec<CaseListRow>, EngineError> {
    let rows = engine.store.cases(&CaseFilter::default()).await?;
    for version in rows.iter().map(|row| row.lifecycle_version.as_deref().unwrap_or_default()).collect::<BTreeSet<_>>() {
        engine.store.know_version(version).await?;
    }
    let under = |row: &CaseRow| engine.under_version(row.lifecycle_version.as_deref().unwrap_or_default());
    Ok(rows.iter().map(|row| list_row(&under(row).unwrap_or(Cow::Borrowed(engine)), row)).collect())
}

/// References of all cases by id, for lists of letters.
///
/// # Errors
/// The store's.
pub async fn references(engine: &Engine) -> Result<BTreeMap<CaseId, CaseReference>, EngineError> {
    let rows = engine.store.cases(&CaseFilter::default()).await?;
    Ok(rows.into_iter().map(|row| (row.id, row.reference)).collect())
}

fn list_row(engine: &Engine, row: &CaseRow) -> CaseListRow {
    let programme = &engine.programme;
    let lifecycle = &programme.lifecycle;
    let owner = row.owner_role.as_ref().filter(|_| !row.closed);
    let owner_title = owner.and_then(|role| lifecycle.role(role)).map(|role| role.title.clone());
    let timer = row.next_due_what.as_ref().filter(|_| !row.closed);
    let grade = programme.packs.iter().flat_map(|pack| &pack.grades).find(|grade| grade.name == row.grade);
    CaseListRow {
        reference: row.reference.clone(),
        stage: row.stage.to_string(),
        stage_title: lifecycle.stage(&row.stage).map_or_else(|| row.stage.to_string(), |stage| stage.title.clone()),
        area: row.area.as_ref().map(ToString::to_string),
        area_title: row.area.as_ref().map(|area| programme.area_title(area).to_owned()),
        grade: row.grade.to_string(),
        grade_title: grade.map_or_else(|| row.grade.to_string(), |grade| grade.title.clone()),
        owner: owner.map(ToString::to_string),
        owner_title,
        next_due_on: row.next_due_on.filter(|_| !row.closed),
        next_due: timer.map(ToString::to_string),
        next_due_title: timer.and_then(|name| lifecycle.timer(name)).map(|timer| timer.title.clone()),
        closed: row.closed,
    }
}

impl Engine {
    /// The case called `reference`.
    ///
    /// # Errors
    /// [`EngineError::NoSuchCase`], or the store's.
    pub async fn case(&self, reference: &CaseReference) -> Result<StoredCase, EngineError> {
        let stored = self.store.load_case(&CaseKey::Reference(reference.clone())).await?;
        stored.ok_or_else(|| EngineError::NoSuchCase { reference: reference.to_string() })
    }

    /// The names and addresses of those who answer for the owner's role of `case` now.
    #[must_use]
    pub fn owners(&self, case: &Case) -> Vec<crate::engine::roster::Recipient> {
        let engine = self.seen_by(case);
        let lifecycle = &engine.programme.lifecycle;
        let relation = Relation { area: case.area.as_ref(), holders: Some(&case.holders) };
        crate::domain::case::owner_role(case, lifecycle)
            .map_or_else(Vec::new, |role| self.roster.answer_for(lifecycle, role, relation))
    }
}
