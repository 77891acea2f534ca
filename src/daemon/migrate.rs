//! `workflow migrate`, and what `workflow diff` tells of open cases.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use crate::cli::print::{self, line as say};
use crate::daemon::app::App;
use crate::domain::case::{Actor, Refusal};
use crate::domain::ids::{CaseReference, StageName};
use crate::domain::personal::Personal;
use crate::domain::workflow::Programme;
use crate::engine::Engine;
use crate::engine::migrate::{Migrated, Migration};
use crate::engine::settle::Settler;

/// What was asked.
pub struct Asked<'a> {
    /// `OLD=NEW`, as typed.
    pub stages: &'a [String],
    /// Who.
    pub by: Option<&'a str>,
    /// Why.
    pub because: Option<&'a str>,
    /// Back to the version before.
    pub back: bool,
    /// To this version, instead of that of the folder.
    pub to: Option<&'a str>,
    /// Only this case.
    pub only: Option<&'a CaseReference>,
    /// Write it.
    pub apply: bool,
    /// As JSON.
    pub json: bool,
}

/// Moves open cases, or tells what that would do.
///
/// # Errors
/// Words that are no stages, somebody who is not in the settings; the store's; the terminal's.
pub async fn migrate(app: &App, asked: &Asked<'_>) -> anyhow::Result<()> {
    let engine = &app.engine;
    let mut stages = BTreeMap::new();
    for pair in asked.stages {
        let names = pair.split_once('=').and_then(|(old, new)| Some((StageName::new(old).ok()?, StageName::new(new).ok()?)));
        let Some((old, new)) = names else {
            return Err(Refusal::because(format!("`{pair}` is no pair of stages; write --stage OLD=NEW")).into());
        };
        stages.insert(old, new);
    }
    let by = match asked.by {
        None => Actor::Programme,
        Some(address) => {
            let person = engine.roster.person(address).filter(|person| !person.roles.is_empty());
            let person = person.ok_or_else(|| Refusal::because(format!("`{address}` is nobody of the settings with a role")))?;
            let because = asked.because.map(|because| Personal::new(because.to_owned()));
            engine.may_answer_for_letters(&Settler { by: person.address.clone(), because }).await?;
            Actor::Person { name: person.name.clone(), address: person.address.clone(), role: person.roles[0].clone() }
        }
    };
    let reason = Personal::new(asked.because.unwrap_or_default().to_owned());
    let wish = Migration { stages, by, reason, back: asked.back, only: asked.only.cloned(), apply: asked.apply };
    let target = match asked.to {
        Some(version) => engine.version_called(version).await?,
        None => Cow::Borrowed(engine),
    };
    let all = target.migrate(&wish).await?;
    if asked.json {
        return Ok(print::json(&all)?);
    }
    tell(&all)?;
    if all.is_empty() {
        let which = if asked.only.is_some() { "the case" } else { "every open case" };
        let says = match asked.back {
            true => "no open case was moved from another version".to_owned(),
            false => format!("{which} is under version {}", target.programme.lifecycle.version),
        };
        return Ok(say(&says)?);
    }
    let refused = all.iter().filter(|one| one.refused.is_some()).count();
    let moved = print::count(all.len() - refused, "case");
    let words = if asked.apply {
        format!("{moved} moved")
    } else {
        format!("{moved} would move; `--apply --by … --because …` does it")
    };
    Ok(say(&format!("{words}, {refused} not"))?)
}

/// What `then` would do to every open case of `app`, one line a case.
///
/// # Errors
/// The store's; the terminal's.
pub async fn would(app: &App, then: Programme) -> anyhow::Result<()> {
    let then = Arc::new(app.engine.pinned(then).await?);
    let engine = Engine { programme: then, current: None, versions: Arc::default(), ..app.engine.clone() };
    let wish = Migration {
        stages: BTreeMap::new(),
        by: Actor::Programme,
        reason: Personal::new(String::new()),
        back: false,
        only: None,
        apply: false,
    };
    tell(&engine.migrate(&wish).await?)
}

fn tell(all: &[Migrated]) -> anyhow::Result<()> {
    for one in all {
        let mut says = Vec::new();
        says.extend(one.refused.iter().cloned());
        says.extend(one.stage.iter().map(|(before, after)| format!("{before} → {after}")));
        says.extend(one.timers.iter().map(|(timer, days)| match days {
            (Some(before), Some(after)) => format!("{timer} {before} → {after}"),
            (Some(_), None) => format!("{timer} ends"),
            (None, Some(after)) => format!("{timer} begins, {after}"),
            (None, None) => timer.to_string(),
        }));
        says.extend(one.letters.iter().map(|letter| format!("letter {letter}")));
        let says = if says.is_empty() { "nothing changes but the version".to_owned() } else { says.join("; ") };
        say(&format!("{} (version {} → {}): {says}", one.reference, one.version, one.to))?;
    }
    Ok(())
}
