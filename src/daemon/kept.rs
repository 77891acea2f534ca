//! Versions of the programme that were used: `workflow kept`, and what `check` says of those that open cases live by.

use std::process::ExitCode;

use crate::cli::print::{self, line as say};
use crate::cli::report::{Finding, Findings};
use crate::daemon::app::App;
use crate::daemon::cases::Usage;
use crate::domain::time::london_date;
use crate::domain::workflow::Programme;
use crate::store::{KeptVersion, VersionKind};

/// The versions that were used, or the text of the one called `name`: a version of the life-cycle or the outcome plan, or a rule pack.
///
/// # Errors
/// There is no such version, or several; the store's; the terminal's.
pub async fn kept(app: &App, name: Option<&str>, version: Option<&str>, json: bool) -> anyhow::Result<ExitCode> {
    let store = &app.engine.store;
    let mut all: Vec<(VersionKind, KeptVersion)> = Vec::new();
    for kind in [VersionKind::Lifecycle, VersionKind::RulePack, VersionKind::OutcomePlan] {
        all.extend(store.kept_versions(kind).await?.into_iter().map(|kept| (kind, kept)));
    }
    let Some(name) = name else { return list(app, &all, json).await };
    let fits = |kept: &KeptVersion| match version {
        Some(version) => kept.name == name && kept.version.starts_with(version),
        None => kept.name == name || (kept.name.is_empty() && kept.version.starts_with(name)),
    };
    let found: Vec<_> = all.iter().filter(|(_, kept)| fits(kept)).collect();
    let [(kind, one)] = found.as_slice() else {
        let says = if found.is_empty() { "no version is kept under that name" } else { "several versions are called so" };
        return Err(Usage(format!("{says}; `workflow kept` lists them")).into());
    };
    let files = store.version_files(*kind, (&one.name, &one.version)).await?.unwrap_or_default();
    if json {
        print::json(&files)?;
    } else {
        // The words of its letters are for `--json`: one text is what goes back into a file.
        files.iter().filter(|(path, _)| path.ends_with(".yaml")).try_for_each(|(_, text)| say(text.trim_end()))?;
    }
    Ok(ExitCode::SUCCESS)
}

async fn list(app: &App, all: &[(VersionKind, KeptVersion)], json: bool) -> anyhow::Result<ExitCode> {
    let first = all.iter().find(|(kind, _)| *kind == VersionKind::Lifecycle).map_or("", |(_, kept)| kept.version.as_str());
    let open = app.engine.store.open_cases_under(first).await?;
    let folder = &app.engine.programme.lifecycle.version;
    let cases = |kind: VersionKind, kept: &KeptVersion| {
        (kind == VersionKind::Lifecycle).then(|| open.get(&kept.version).copied().unwrap_or(0))
    };
    if json {
        let list: Vec<_> = all
            .iter()
            .map(|(kind, kept)| {
                serde_json::json!({"kind": kind.as_str(), "name": kept.name, "version": kept.version,
                    "first_used_on": london_date(kept.first_used_at), "open_cases": cases(*kind, kept),
                    "of_the_folder": *kind == VersionKind::Lifecycle && kept.version == *folder})
            })
            .collect();
        print::json(&list)?;
        return Ok(ExitCode::SUCCESS);
    }
    for (kind, kept) in all {
        let what = match kind {
            VersionKind::Lifecycle => "life-cycle",
            VersionKind::RulePack => "rule pack",
            VersionKind::OutcomePlan => "outcome plan",
        };
        let name = if kept.name.is_empty() { kept.version.clone() } else { format!("{} {}", kept.name, kept.version) };
        let since = print::day(london_date(kept.first_used_at));
        let count = |open: u64| print::count(usize::try_from(open).unwrap_or(usize::MAX), "open case");
        let open = cases(*kind, kept).map(|open| format!(", {}", count(open))).unwrap_or_default();
        let own = if *kind == VersionKind::Lifecycle && kept.version == *folder { ", of the folder" } else { "" };
        say(&format!("{what:<13} {name}, first used on {since}{open}{own}"))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Whether every open case can live by its version, and whether somebody answers for it there.
pub async fn check(app: &App, findings: &mut Findings) {
    let fix = "move its cases with `focus-family workflow migrate`, or put a backup of the database back";
    let in_use = match app.engine.versions_in_use().await {
        Ok(in_use) => in_use,
        Err(error) => return findings.checks.push(Finding::failed("versions", error.to_string(), "look at the store")),
    };
    let mut well = Vec::new();
    for (engine, cases) in in_use {
        let cases = print::count(usize::try_from(cases).unwrap_or(usize::MAX), "open case");
        match engine {
            Err(error) => findings.checks.push(Finding::failed("versions", format!("{cases}: {error}"), fix)),
            Ok(engine) => {
                let programme: &Programme = &engine.programme;
                for role in app.settings.owners_missing(&programme.lifecycle) {
                    let version = &programme.lifecycle.version;
                    let says = format!("nobody holds the role `{role}`, which answers for {cases} under version {version}");
                    findings.checks.push(Finding::failed("versions", says, fix));
                }
                well.push(format!("{cases} under {}", programme.lifecycle.version));
            }
        }
    }
    if !well.is_empty() {
        findings.checks.push(Finding::ok("versions", well.join(", ")));
    }
}
