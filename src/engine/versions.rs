//! A case lives by the version of the life-cycle it was opened under, or moved to, until somebody moves it. Versions that were used are
//! kept in the store; those that cases still live by are read once and stay at hand.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use crate::config::files::templates;
use crate::domain::case::{Case, Verdict};
use crate::domain::letter::{TemplateFile, Templates};
use crate::domain::time::{london_date, long_date};
use crate::domain::workflow::pinned::{LIFECYCLE_FILE, lifecycle_kept, number_of};
use crate::domain::workflow::{Programme, RulePack};
use crate::engine::{Engine, EngineError};
use crate::store::{CaseFilter, CaseKey, KeptVersion, StoreError, VersionFiles, VersionKind};

/// Where the templates of the letters stand among the kept texts.
const TEMPLATES: &str = "templates/";

/// The version a case lives by cannot be had.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "cannot go on with a case under version {version} of the life-cycle: {why}; move its cases to the version of the folder with \
     `focus-family workflow migrate`, or put a backup of the database back"
)]
pub struct NoVersion {
    /// The version.
    pub version: String,
    /// What is wrong with what is kept.
    pub why: String,
}

/// Versions at hand. Shared by all clones of an engine.
#[derive(Default)]
pub struct Versions {
    earlier: RwLock<BTreeMap<String, Earlier>>,
    /// Kept for certain: kind and name with version.
    kept: Mutex<BTreeSet<(&'static str, String)>>,
}

/// The programme with an earlier life-cycle in place of its own.
#[derive(Clone)]
struct Earlier {
    /// The programme of the folder, of which it was made.
    of: Arc<Programme>,
    made: Result<(Arc<Programme>, Arc<Templates>), NoVersion>,
}

/// What the folder says, for an engine of an earlier version.
#[derive(Clone)]
pub struct Current {
    programme: Arc<Programme>,
    templates: Arc<Templates>,
}

impl Engine {
    /// The engine by whose life-cycle `case` lives: everything that is decided of it is asked of that one.
    ///
    /// # Errors
    /// [`EngineError::NoVersion`] when that version is not kept or cannot be read.
    pub fn under(&self, case: &Case) -> Result<Cow<'_, Self>, EngineError> {
        Ok(self.under_version(&case.lifecycle_version)?)
    }

    /// As [`Engine::under`], for what only looks: where the version cannot be had, the folder's stands for it.
    #[must_use]
    pub fn seen_by(&self, case: &Case) -> Cow<'_, Self> {
        self.under_version(&case.lifecycle_version).unwrap_or(Cow::Borrowed(self))
    }

    pub(crate) fn under_version(&self, version: &str) -> Result<Cow<'_, Self>, NoVersion> {
        if version == self.programme.lifecycle.version {
            return Ok(Cow::Borrowed(self));
        }
        let current = self.current.as_deref();
        let (folder, words) =
            current.map_or((&self.programme, &self.templates), |current| (&current.programme, &current.templates));
        // Of a version from before they were kept, while none is: the folder's is the first that was seen.
        let meant = self.store.version_meant(version);
        let meant = meant.as_deref().unwrap_or(if version.contains('+') { version } else { &folder.lifecycle.version });
        if meant == self.programme.lifecycle.version {
            return Ok(Cow::Borrowed(self));
        }
        if meant == folder.lifecycle.version {
            return Ok(Cow::Owned(Self { programme: folder.clone(), templates: words.clone(), current: None, ..self.clone() }));
        }
        let (programme, templates) = self.earlier(version, meant, folder, words)?;
        let current = Some(Arc::new(Current { programme: folder.clone(), templates: words.clone() }));
        Ok(Cow::Owned(Self { programme, templates, current, ..self.clone() }))
    }

    fn earlier(
        &self,
        version: &str,
        meant: &str,
        folder: &Arc<Programme>,
        words: &Arc<Templates>,
    ) -> Result<(Arc<Programme>, Arc<Templates>), NoVersion> {
        let at_hand = self.versions.earlier.read().unwrap_or_else(PoisonError::into_inner).get(meant).cloned();
        if let Some(earlier) = at_hand.filter(|earlier| Arc::ptr_eq(&earlier.of, folder)) {
            return earlier.made;
        }
        let made = match self.store.lifecycle_kept(version) {
            Ok(Some(files)) => read(&files, meant, folder, words),
            Ok(None) => Err("it is not kept in the database".to_owned()),
            Err(error) => Err(error.to_string()),
        };
        let made = made.map_err(|why| NoVersion { version: meant.to_owned(), why });
        let earlier = Earlier { of: folder.clone(), made: made.clone() };
        self.versions.earlier.write().unwrap_or_else(PoisonError::into_inner).insert(meant.to_owned(), earlier);
        made
    }

    /// The engine of the version called so, which may be given by the beginning of its name; for `workflow migrate --to`.
    ///
    /// # Errors
    /// [`EngineError::NoVersion`]; the store's.
    pub async fn version_called(&self, version: &str) -> Result<Cow<'_, Self>, EngineError> {
        let kept = self.store.kept_versions(VersionKind::Lifecycle).await?;
        let named = || kept.iter().map(|kept| &kept.version).chain([&self.programme.lifecycle.version]);
        let exact = named().find(|known| *known == version);
        let begun: BTreeSet<&String> = named().filter(|known| known.starts_with(version)).collect();
        let found = exact.or_else(|| begun.first().copied().filter(|_| begun.len() == 1));
        let Some(found) = found else {
            let all: BTreeSet<&String> = named().collect();
            let all = all.into_iter().map(String::as_str).collect::<Vec<_>>().join(", ");
            return Err(NoVersion { version: version.to_owned(), why: format!("it is not one of those kept: {all}") }.into());
        };
        self.store.know_version(found).await?;
        Ok(self.under_version(found)?)
    }

    /// Keeps the version of the life-cycle at hand, and the rules of `verdict`, before something is written that names them.
    ///
    /// # Errors
    /// The store's.
    pub(crate) async fn keep_used(&self, verdict: Option<&Verdict>) -> Result<(), EngineError> {
        let version = &self.programme.lifecycle.version;
        if self.is_unkept("lifecycle", version) {
            let mut files = self.text_of(LIFECYCLE_FILE);
            // A letter that a later version has no more keeps the words it had.
            if let Ok(own) = templates(self.settings.programme.templates.as_deref()) {
                files.extend(own.into_iter().map(|(path, text)| (format!("{TEMPLATES}{path}"), text)));
            }
            let at = self.ambient.now();
            self.store.keep_version(VersionKind::Lifecycle, ("", version), &files, at).await?;
            self.is_kept("lifecycle", version);
        }
        let pack = verdict.and_then(|verdict| {
            let packs = &self.programme.packs;
            packs.iter().find(|pack| pack.name == verdict.rule_pack && pack.gave(&verdict.rule_pack_version))
        });
        match pack {
            Some(pack) => self.keep_pack(pack).await,
            None => Ok(()),
        }
    }

    async fn keep_pack(&self, pack: &RulePack) -> Result<(), EngineError> {
        let (name, version) = (pack.name.as_str(), stamp(pack));
        let both = format!("{name} {version}");
        if self.is_unkept("rule_pack", &both) {
            let at = self.ambient.now();
            self.store.keep_version(VersionKind::RulePack, (name, version), &self.text_of(&pack.path), at).await?;
            self.is_kept("rule_pack", &both);
        }
        Ok(())
    }

    /// Keeps the outcome plan in force.
    ///
    /// # Errors
    /// The store's.
    pub(crate) async fn keep_outcome_plan(&self) -> Result<(), EngineError> {
        let version = &self.programme.outcomes.version;
        let files = self.text_of(crate::domain::workflow::load::OUTCOMES_FILE);
        if !files.is_empty() && self.is_unkept("outcome_plan", version) {
            self.store.keep_version(VersionKind::OutcomePlan, ("", version), &files, self.ambient.now()).await?;
            self.is_kept("outcome_plan", version);
        }
        Ok(())
    }

    fn text_of(&self, path: &str) -> VersionFiles {
        self.programme.sources.get_key_value(path).map(|(path, text)| (path.clone(), text.clone())).into_iter().collect()
    }

    fn is_unkept(&self, kind: &'static str, version: &str) -> bool {
        !self.versions.kept.lock().unwrap_or_else(PoisonError::into_inner).contains(&(kind, version.to_owned()))
    }

    fn is_kept(&self, kind: &'static str, version: &str) {
        self.versions.kept.lock().unwrap_or_else(PoisonError::into_inner).insert((kind, version.to_owned()));
    }

    /// `programme` under the version by which cases name its life-cycle: where only comments differ from one that was used under the same
    /// number, it is that one.
    ///
    /// # Errors
    /// The store's.
    pub async fn pinned(&self, programme: Programme) -> Result<Programme, EngineError> {
        let mut programme = programme.pinned();
        let kept = self.store.kept_versions(VersionKind::Lifecycle).await?;
        let version = &programme.lifecycle.version;
        if kept.iter().any(|kept| kept.version == *version) {
            return Ok(programme);
        }
        let same_number = |kept: &&KeptVersion| number_of(&kept.version) == number_of(version);
        for kept in kept.iter().rev().filter(same_number) {
            let files = self.store.version_files(VersionKind::Lifecycle, ("", &kept.version)).await;
            let Ok(Some(files)) = files else { continue };
            let Some(Ok(mut lifecycle)) = files.get(LIFECYCLE_FILE).map(|text| lifecycle_kept(text, &kept.version)) else {
                continue;
            };
            lifecycle.version.clone_from(version);
            if lifecycle == programme.lifecycle {
                programme.lifecycle.version.clone_from(&kept.version);
                return Ok(programme);
            }
        }
        Ok(programme)
    }

    /// What an operator must know of the versions when the program starts, in sentences; keeps the version of the folder.
    ///
    /// # Errors
    /// The store's.
    pub async fn versions_found(&self) -> Result<Vec<String>, EngineError> {
        let own = &self.programme.lifecycle.version;
        let kept = self.store.kept_versions(VersionKind::Lifecycle).await?;
        let is_new = !kept.is_empty() && kept.iter().all(|kept| kept.version != *own);
        self.keep_used(None).await?;
        let first = kept.first().map_or(own, |first| &first.version);
        let mut others = self.store.open_cases_under(first).await?;
        others.remove(own);
        let mut says = Vec::new();
        if is_new {
            says.push(format!("version {own} of the life-cycle is new: cases that are opened from now on live by it"));
        }
        for (version, cases) in &others {
            let stay = if *cases == 1 { "1 open case stays".to_owned() } else { format!("{cases} open cases stay") };
            says.push(format!("{stay} under version {version}, not {own}"));
        }
        if !others.is_empty() {
            says.push(
                "`focus-family workflow migrate` tells what moving them would do to each; `--apply --by … --because …` moves them"
                    .to_owned(),
            );
        }
        Ok(says)
    }

    /// Versions that open cases live by, each with how many, and why it cannot be had where it cannot.
    ///
    /// # Errors
    /// The store's.
    pub async fn versions_in_use(&self) -> Result<Vec<(Result<Cow<'_, Self>, NoVersion>, u64)>, EngineError> {
        let mut all: Vec<(Result<Cow<'_, Self>, NoVersion>, u64)> = Vec::new();
        for (version, cases) in self.store.open_cases_by_version().await? {
            let version = version.unwrap_or_default();
            self.store.know_version(&version).await?;
            all.push((self.under_version(&version), cases));
        }
        Ok(all)
    }

    /// Engines of the other versions that open cases live by. While one version alone was ever used, the cases are not asked.
    pub(crate) async fn other_versions_in_use(&self) -> Result<Vec<Self>, EngineError> {
        if self.store.kept_versions(VersionKind::Lifecycle).await?.len() < 2 {
            return Ok(Vec::new());
        }
        let in_use = self.versions_in_use().await?.into_iter().filter_map(|(engine, _)| engine.ok());
        let others = in_use.filter(|engine| engine.programme.lifecycle.version != self.programme.lifecycle.version);
        Ok(others.map(Cow::into_owned).collect())
    }

    /// Rule packs that judged families and are not in the folder as they were: nothing may be judged before they are put back.
    ///
    /// # Errors
    /// The store's.
    pub async fn packs_edited(&self) -> Result<Vec<String>, EngineError> {
        let kept = self.store.kept_versions(VersionKind::RulePack).await?;
        if kept.is_empty() {
            self.keep_packs_used_before().await?;
            return Ok(Vec::new());
        }
        let is_there = |kept: &KeptVersion| {
            self.programme.packs.iter().any(|pack| pack.name.as_str() == kept.name && stamp(pack) == kept.version)
        };
        let gone = kept.iter().filter(|kept| !is_there(kept));
        let says = |kept: &KeptVersion| {
            let number = number_of(&kept.version);
            let twin = self.programme.packs.iter().find(|pack| pack.name.as_str() == kept.name);
            let found = twin.map_or_else(
                || "it is not in the programme's folder any more".to_owned(),
                |pack| format!("`{}` says something else now", pack.path),
            );
            format!(
                "the rule pack `{}` {number} has judged families since {}, and {found}. A pack that was used is never edited: put its \
                 text back (`focus-family workflow kept {} {}` prints it), end it there with `until`, and write the new rules as a pack \
                 of their own that begins the day after",
                kept.name,
                long_date(london_date(kept.first_used_at)),
                kept.name,
                kept.version
            )
        };
        Ok(gone.map(says).collect())
    }

    /// Of a database from before versions were kept: the packs of the folder that judged a family.
    async fn keep_packs_used_before(&self) -> Result<(), EngineError> {
        for row in self.store.cases(&CaseFilter::default()).await? {
            match self.store.load_case(&CaseKey::Id(row.id)).await {
                Ok(Some(stored)) => self.keep_used(Some(&stored.case.verdict)).await?,
                Ok(None) => {}
                Err(error) if error.is_of_one_row() => {}
                Err(error) => return Err(StoreError::into(error)),
            }
        }
        Ok(())
    }
}

/// Version and digest of the pack's text, whichever reading counts.
fn stamp(pack: &RulePack) -> &str {
    pack.stamp.split('/').next().unwrap_or(&pack.stamp)
}

/// The folder's programme with the kept life-cycle in place of its own, and the templates for its letters.
fn read(
    files: &VersionFiles,
    version: &str,
    folder: &Arc<Programme>,
    words: &Arc<Templates>,
) -> Result<(Arc<Programme>, Arc<Templates>), String> {
    let text = files.get(LIFECYCLE_FILE).ok_or("it was kept without its text")?;
    let lifecycle = lifecycle_kept(text, version).map_err(|why| format!("this program does not understand it: {why}"))?;
    let programme = Programme { lifecycle, ..Programme::clone(folder) };
    // The words of a letter are those in force. Letters that are gone keep theirs.
    if words.missing(&programme.letters_sent()).is_empty() {
        return Ok((Arc::new(programme), words.clone()));
    }
    let kept = files.iter().filter_map(|(path, text)| {
        let path = path.strip_prefix(TEMPLATES)?.to_owned();
        Some(TemplateFile { path, text: text.clone() })
    });
    let defects = |defects: Vec<crate::domain::letter::TemplateDefect>| {
        let first = defects.first().map(ToString::to_string).unwrap_or_default();
        format!("the words of its letters cannot be read: {first}")
    };
    let templates = Templates::load(&kept.collect::<Vec<_>>()).map_err(defects)?;
    Ok((Arc::new(programme), Arc::new(templates)))
}
