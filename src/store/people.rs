//! Families as they are found again, and what cases are to each other.
//!
//! What is looked for are keyed digests of two or more things together; the names themselves stand only under the keys of their cases.

use std::collections::BTreeSet;

use super::decision::{CaseWrite, Commit, HouseholdWrite};
use super::error::StoreError;
use super::statement::Statement;
use super::{Store, count, named, parsed};
use crate::domain::case::Event;
use crate::domain::case::family::{FamilyChange, Standing};
use crate::domain::ids::{CaseId, CaseReference};
use crate::vault::{Context, Key};

/// Bytes of a digest that are kept: 2 to the 64th are enough to tell a county's families apart.
const MARK_BYTES: usize = 8;

fn household_place(id: &str) -> Context<'_> {
    Context { table: "households", row: id, column: "sealed" }
}

/// A case whose family shares marks with one that is looked for.
#[derive(Clone)]
pub struct LikelyCase {
    /// Its id.
    pub id: CaseId,
    /// Its reference.
    pub reference: CaseReference,
    /// Nothing is expected of it any more.
    pub closed: bool,
    /// The family, as JSON.
    pub household: Vec<u8>,
}
crate::redacted_debug!(LikelyCase);

/// What was found of a family.
#[derive(Default)]
pub struct Likely {
    /// The cases, those that share the rarest marks first.
    pub cases: Vec<LikelyCase>,
    /// Events of the whole store at that moment; none when there was nothing to look for.
    pub after: Option<u64>,
}

/// What one case is to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TieRow {
    /// The case that asks, or was asked about.
    pub reference: CaseReference,
    /// The other one.
    pub other: CaseReference,
    /// What it is.
    pub standing: String,
}

impl Store {
    /// The marks of `keys` as one JSON list of hexadecimal texts. One cell, whatever their number: with a place for each mark every
    /// family would have a statement of its own, and each connection keeps hundreds of statements ready.
    fn marks(&self, keys: &BTreeSet<String>) -> String {
        let mark = |key: &String| hex::encode(&self.inner.vault.fingerprint("household key", key)[..MARK_BYTES]);
        serde_json::Value::from_iter(keys.iter().map(mark)).to_string()
    }

    /// A keyed digest of facts found alike: the same for the same facts.
    #[must_use]
    pub fn facts_digest(&self, facts: &str) -> String {
        hex::encode(&self.inner.vault.fingerprint("facts of a likeness", facts)[..2 * MARK_BYTES])
    }

    /// Cases whose families share the rarest of `keys`, at most `limit`; without the case `except`.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn cases_like(
        &self,
        keys: &BTreeSet<String>,
        except: Option<&CaseReference>,
        limit: u32,
    ) -> Result<Likely, StoreError> {
        if keys.is_empty() {
            return Ok(Likely::default());
        }
        // A mark that few families have tells more than one of many.
        let statement = Statement::new("SELECT l.*, head.seq FROM chain_end head LEFT JOIN (").then(
            "SELECT c.id, c.reference, c.closed, c.wrapped_key, h.sealed, m.weight FROM (SELECT case_id, SUM(1.0 / families) AS weight \
             FROM (SELECT case_id, COUNT(*) OVER (PARTITION BY mark) AS families FROM household_marks WHERE mark IN ",
        )
        .then(self.inner.database.either(
            "(SELECT unhex(value) FROM json_each($1))",
            "(SELECT decode(value, 'hex') FROM json_array_elements_text($1::json))",
        ))
        .then(") shared GROUP BY case_id ORDER BY weight DESC, case_id")
        .with(self.marks(keys))
        .and(" LIMIT $$", limit)
        .then(") m JOIN cases c ON c.id = m.case_id JOIN households h ON h.case_id = m.case_id WHERE 1 = 1")
        .and_if(" AND c.reference <> $$", except.map(CaseReference::as_str))
        .then(") l ON 1 = 1 WHERE head.id = 1 ORDER BY l.weight DESC, l.id");
        let rows = self.inner.database.read("look for a family", statement).await?;
        let mut found = Likely::default();
        for row in rows {
            found.after = Some(count(row.get("seq")?));
            let Some(id) = row.get::<Option<String>>("id")? else { continue };
            let case = parsed("cases", "id", &id, &id)?;
            let key = self.case_key_in(case, &row.get::<Vec<u8>>("wrapped_key")?)?;
            found.cases.push(LikelyCase {
                id: case,
                reference: named("cases", "reference", &id, row.get("reference")?)?,
                closed: row.get::<i64>("closed")? != 0,
                household: self.inner.vault.open(&key, &household_place(&id), row.get("sealed")?)?,
            });
        }
        Ok(found)
    }

    /// Cases whose families are not written, or by other rules than those of `stamp`.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn cases_without_household(&self, stamp: &str, limit: u32) -> Result<Vec<CaseId>, StoreError> {
        let statement = Statement::new(
            "SELECT c.id FROM cases c LEFT JOIN households h ON h.case_id = c.id WHERE h.stamp IS NULL OR h.stamp <> $1 ORDER BY c.id \
             LIMIT $2",
        )
        .with(stamp)
        .with(limit);
        let rows = self.inner.database.read("look for families to write", statement).await?;
        rows.iter().map(|row| row.get::<String>("id").and_then(|id| parsed("cases", "id", &id, &id))).collect()
    }

    /// Writes the family of a case that is there already.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn write_household(&self, case: CaseId, household: &HouseholdWrite) -> Result<(), StoreError> {
        let key = self.case_key(case).await?;
        let attempted = "write a family";
        let tx = self.inner.database.begin(attempted).await?;
        tx.commit(attempted, self.household_statements(case, household, &key, true)).await.map(drop)
    }

    fn household_statements(&self, case: CaseId, written: &HouseholdWrite, key: &Key, again: bool) -> Vec<Statement> {
        let id = case.to_text();
        let sealed = self.inner.vault.seal(key, &household_place(&id), &written.household);
        let mut statements = Vec::new();
        if again {
            // The old marks are found by themselves: an index by case would cost every new family as much as the marks do.
            let delete = self.inner.database.either(
                "DELETE FROM household_marks WHERE case_id = $1 AND mark IN (SELECT unhex(value) FROM \
                 json_each((SELECT marks FROM households WHERE case_id = $1)))",
                "DELETE FROM household_marks WHERE case_id = $1 AND mark IN (SELECT decode(value, 'hex') FROM \
                 json_array_elements_text((SELECT marks FROM households WHERE case_id = $1)::json))",
            );
            statements.push(Statement::new(delete).with(id.as_str()));
        }
        let insert = "INSERT INTO households (case_id, stamp, sealed, marks) VALUES ($1, $2, $3, $4) \
                      ON CONFLICT (case_id) DO UPDATE SET stamp = excluded.stamp, sealed = excluded.sealed, marks = excluded.marks";
        let marks = self.marks(&written.keys);
        statements.push(Statement::new(insert).with(id.as_str()).with(written.stamp.as_str()).with(sealed).with(marks.as_str()));
        let insert = self.inner.database.either(
            "INSERT INTO household_marks (mark, case_id) SELECT unhex(value), $1 FROM json_each($2) WHERE true ON CONFLICT DO NOTHING",
            "INSERT INTO household_marks (mark, case_id) SELECT decode(value, 'hex'), $1 FROM json_array_elements_text($2::json) \
             ON CONFLICT DO NOTHING",
        );
        statements.push(Statement::new(insert).with(id).with(marks));
        statements
    }

    /// What a decision writes of the family and of its ties.
    pub(super) fn people_statements(&self, commit: &Commit, key: Option<&Key>) -> Vec<Statement> {
        let (Some(case), Some(key)) = (&commit.case, key) else { return Vec::new() };
        let mut statements = match &case.household {
            Some(household) => self.household_statements(case.id, household, key, case.expected_version > 0),
            None => Vec::new(),
        };
        statements.extend(tie_statements(case));
        statements
    }

    /// What this case is to others, and others to it.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn ties_of(&self, reference: &CaseReference) -> Result<Vec<TieRow>, StoreError> {
        let statement = Statement::new(
            "SELECT reference, other, standing FROM case_ties WHERE reference = $1 OR other = $1 ORDER BY reference, other",
        )
        .with(reference.as_str());
        let rows = self.inner.database.read("read the ties of a case", statement).await?;
        let tie = |row: &super::database::Row| {
            Ok(TieRow {
                reference: named("case_ties", "reference", reference.as_str(), row.get("reference")?)?,
                other: named("case_ties", "other", reference.as_str(), row.get("other")?)?,
                standing: row.get("standing")?,
            })
        };
        rows.iter().map(tie).collect()
    }

    /// Which of these facts a person has said to be of different families, in whichever cases.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn facts_refused(&self, facts: &[String]) -> Result<BTreeSet<String>, StoreError> {
        if facts.is_empty() {
            return Ok(BTreeSet::new());
        }
        let statement = Statement::new("SELECT DISTINCT facts FROM case_ties WHERE standing = 'not_known' AND facts IN ")
            .list(facts.iter().map(|facts| facts.as_str().into()));
        let rows = self.inner.database.read("look for answers", statement).await?;
        rows.iter().map(|row| row.get("facts")).collect()
    }
}

fn tie_statements(case: &CaseWrite) -> Vec<Statement> {
    let ties = case.events.iter().filter_map(|event| match event {
        Event::FamilyChanged { change: FamilyChange::TieProposed { alike }, .. } => {
            Some((&alike.other, Standing::Proposed, Some(alike.facts.as_str())))
        }
        Event::FamilyChanged { change: FamilyChange::TieJudged { other, standing }, .. } => Some((other, *standing, None)),
        _ => None,
    });
    let insert = "INSERT INTO case_ties (reference, other, standing, facts) VALUES ($1, $2, $3, $4) ON CONFLICT (reference, other) \
                  DO UPDATE SET standing = excluded.standing, facts = COALESCE(excluded.facts, case_ties.facts)";
    let row = |(other, standing, facts): (&CaseReference, Standing, Option<&str>)| {
        Statement::new(insert).with(case.state.reference.as_str()).with(other.as_str()).with(standing.as_str()).with(facts)
    };
    ties.map(row).collect()
}
