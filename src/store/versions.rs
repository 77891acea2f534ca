//! Versions of the programme's files that were used, for ever: the life-cycle a case was opened under, the rules that gave a verdict.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::sync::{Arc, PoisonError, RwLock};

use flate2::Compression;
use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;
use sha2::{Digest as _, Sha256};

use super::database::Row;
use super::error::StoreError;
use super::statement::Statement;
use super::{Store, count, instant, unreadable};
use crate::domain::time::Instant;

/// What a kept version is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VersionKind {
    /// The life of a case, and the words of its letters.
    Lifecycle,
    /// One rule pack.
    RulePack,
    /// What can be a need.
    OutcomePlan,
}

impl VersionKind {
    /// As it is stored.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Lifecycle => "lifecycle",
            Self::RulePack => "rule_pack",
            Self::OutcomePlan => "outcome_plan",
        }
    }
}

/// Texts by their paths below the programme's folder.
pub type VersionFiles = BTreeMap<String, String>;

/// A version that was used, without its texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptVersion {
    /// Of which of its kind: a rule pack's name; empty for others.
    pub name: String,
    /// `2026.1+0123456789ab`.
    pub version: String,
    /// When it was first used.
    pub first_used_at: Instant,
}

/// No folder of a programme is larger: what inflates to more was not stored by us.
const FILES_BYTES_MAX: u64 = 64 << 20;

/// Life-cycles that loaded cases live by, as the database has them, by the version that the case names; none where it has none.
#[derive(Default)]
pub(super) struct Versions(RwLock<BTreeMap<String, Option<Arc<Lifecycle>>>>);

/// A kept life-cycle, deflated: most are never asked for.
struct Lifecycle {
    version: String,
    digest: Vec<u8>,
    files: Vec<u8>,
}

impl Store {
    /// Keeps a version that is about to be used; whether it is new. Running it twice keeps one.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn keep_version(
        &self,
        kind: VersionKind,
        (name, version): (&str, &str),
        files: &VersionFiles,
        at: Instant,
    ) -> Result<bool, StoreError> {
        let text = serde_json::to_vec(files).expect("texts are always JSON");
        let statement = Statement::new(
            "INSERT INTO versions (kind, name, version, first_used_at_us, digest, files) VALUES ($1, $2, $3, $4, $5, $6) \
             ON CONFLICT DO NOTHING",
        )
        .with(kind.as_str())
        .with(name)
        .with(version)
        .with(at)
        .with(Sha256::digest(&text).to_vec())
        .with(deflated(&text));
        let answer = self.inner.database.write("keep a version of the programme", statement).await?;
        // Others may have been sought in vain, or stood for the first of all.
        self.inner.versions.0.write().unwrap_or_else(PoisonError::into_inner).retain(|_, found| found.is_some());
        Ok(answer.changed > 0)
    }

    /// Versions that were used, the first one first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn kept_versions(&self, kind: VersionKind) -> Result<Vec<KeptVersion>, StoreError> {
        let statement = Statement::new(
            "SELECT name, version, first_used_at_us FROM versions WHERE kind = $1 ORDER BY first_used_at_us, name, version",
        )
        .with(kind.as_str());
        let rows = self.inner.database.read("list versions of the programme", statement).await?;
        let kept = |row: &Row| {
            let version: String = row.get("version")?;
            let first_used_at = instant("versions", "first_used_at_us", &version, row)?;
            Ok(KeptVersion { name: row.get("name")?, first_used_at, version })
        };
        rows.iter().map(kept).collect()
    }

    /// The texts of a kept version; none when it is not kept.
    ///
    /// # Errors
    /// [`StoreError::Unreadable`] when what is kept is not what was stored; another.
    pub async fn version_files(
        &self,
        kind: VersionKind,
        (name, version): (&str, &str),
    ) -> Result<Option<VersionFiles>, StoreError> {
        let statement = Statement::new("SELECT digest, files FROM versions WHERE kind = $1 AND name = $2 AND version = $3")
            .with(kind.as_str())
            .with(name)
            .with(version);
        let rows = self.inner.database.read("read a version of the programme", statement).await?;
        let Some(row) = rows.first() else { return Ok(None) };
        inflated(version, &row.get::<Vec<u8>>("digest")?, &row.get::<Vec<u8>>("files")?).map(Some)
    }

    /// How many open cases live by each version of the life-cycle; none stands for those last written before versions were kept.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn open_cases_by_version(&self) -> Result<BTreeMap<Option<String>, u64>, StoreError> {
        let statement =
            Statement::new("SELECT lifecycle_version, COUNT(*) AS cases FROM cases WHERE closed = 0 GROUP BY lifecycle_version");
        let rows = self.inner.database.read("count cases by version", statement).await?;
        rows.iter().map(|row| Ok((row.get("lifecycle_version")?, count(row.get("cases")?)))).collect()
    }

    /// As [`Store::open_cases_by_version`]; the version `first`, the first that was kept, stands for those of before.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn open_cases_under(&self, first: &str) -> Result<BTreeMap<String, u64>, StoreError> {
        let mut open = BTreeMap::new();
        for (version, cases) in self.open_cases_by_version().await? {
            let version = version.filter(|version| version.contains('+')).unwrap_or_else(|| first.to_owned());
            *open.entry(version).or_default() += cases;
        }
        Ok(open)
    }

    /// Learns which life-cycle stands for the version that a case names, so that [`Store::lifecycle_kept`] can tell. A version from
    /// before they were kept carries no digest: the first that was kept stands for it.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn know_version(&self, version: &str) -> Result<(), StoreError> {
        if self.inner.versions.0.read().unwrap_or_else(PoisonError::into_inner).contains_key(version) {
            return Ok(());
        }
        let select = Statement::new("SELECT version, digest, files FROM versions WHERE kind = 'lifecycle'");
        let statement = if version.contains('+') {
            select.and(" AND version = $$", version)
        } else {
            select.then(" ORDER BY first_used_at_us, version LIMIT 1")
        };
        let rows = self.inner.database.read("read a version of the programme", statement).await?;
        let kept = |row: &Row| {
            Ok::<_, StoreError>(Lifecycle { version: row.get("version")?, digest: row.get("digest")?, files: row.get("files")? })
        };
        let found = rows.first().map(kept).transpose()?.map(Arc::new);
        self.inner.versions.0.write().unwrap_or_else(PoisonError::into_inner).insert(version.to_owned(), found);
        Ok(())
    }

    /// The version of the life-cycle that stands for the one a loaded case names; none when none is kept.
    #[must_use]
    pub fn version_meant(&self, version: &str) -> Option<String> {
        Some(self.inner.versions.0.read().unwrap_or_else(PoisonError::into_inner).get(version)?.as_ref()?.version.clone())
    }

    /// The texts of the life-cycle a loaded case names; none when none is kept.
    ///
    /// # Errors
    /// [`StoreError::Unreadable`] when what is kept is not what was stored.
    pub fn lifecycle_kept(&self, version: &str) -> Result<Option<VersionFiles>, StoreError> {
        let kept = self.inner.versions.0.read().unwrap_or_else(PoisonError::into_inner).get(version).cloned().flatten();
        kept.map(|kept| inflated(&kept.version, &kept.digest, &kept.files)).transpose()
    }
}

fn deflated(text: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text).expect("memory takes every write");
    encoder.finish().expect("memory takes every write")
}

fn inflated(version: &str, digest: &[u8], files: &[u8]) -> Result<VersionFiles, StoreError> {
    let bad = |why| unreadable("versions", "files", version, why);
    let mut text = Vec::new();
    ZlibDecoder::new(files).take(FILES_BYTES_MAX).read_to_end(&mut text).map_err(|_| bad("it does not inflate"))?;
    if Sha256::digest(&text).as_slice() != digest {
        return Err(bad("it is not what was stored: its digest differs"));
    }
    serde_json::from_slice(&text).map_err(|_| bad("it holds no texts"))
}
