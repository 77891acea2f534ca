//! The worklist: what people are asked to do, who may say that it is done, and what is done by itself when its cause has gone.

use std::borrow::Cow;

use crate::domain::case::{Actor, Case, Command, Event, Refusal};
use crate::domain::ids::{AreaName, CaseId, RoleName, TaskId, TimerName};
use crate::domain::mail::sender::Proof;
use crate::domain::personal::Personal;
use crate::domain::time::{Instant, london_date, long_date};
use crate::domain::workflow::RoleScope;
use crate::engine::intake::Mail;
use crate::engine::outgoing::Pace;
use crate::engine::requests::ACKNOWLEDGE;
use crate::engine::roster::Relation;
use crate::engine::settle::Settler;
use crate::engine::{Engine, EngineError};
use crate::store::{AuditEntry, CaseKey, NewTask, TaskFilter, TaskRow};

/// Digits of an id that people type.
pub const SHORT_ID: usize = 8;

/// The last digits of an id, for lists and commands: the first ones tell the moment and are those of its neighbours.
#[must_use]
pub fn short(id: &str) -> &str {
    id.len().checked_sub(SHORT_ID).and_then(|from| id.get(from..)).unwrap_or(id)
}

/// Which of `all` a person means by `typed`: a whole id, its end, or the beginning of the id or of what lists show of it. What is
/// written out is meant before what only begins or ends so.
pub(crate) fn meant<T>(all: Vec<T>, id: impl Fn(&T) -> String, typed: &str) -> Vec<T> {
    let typed = typed.trim().to_lowercase();
    if typed.is_empty() {
        return Vec::new();
    }
    let (written_out, rest): (Vec<T>, Vec<T>) = all.into_iter().partition(|one| {
        let id = id(one);
        id == typed || short(&id) == typed
    });
    if !written_out.is_empty() {
        return written_out;
    }
    let fits = |one: &T| {
        let id = id(one);
        id.ends_with(&typed) || id.starts_with(&typed) || short(&id).starts_with(&typed)
    };
    rest.into_iter().filter(fits).collect()
}

/// Names of one refusal.
const NAMED_MAX: usize = 5;

/// That `typed` may mean each of `named`.
pub(crate) fn unclear(typed: &str, named: &[String]) -> Refusal {
    let rest = named.len().saturating_sub(NAMED_MAX);
    let more = if rest > 0 { format!(" and {rest} more") } else { String::new() };
    let named = named[..named.len() - rest].join(", ");
    Refusal::because(format!("`{typed}` may mean {named}{more}; write more of the one you mean"))
}

impl Engine {
    /// What was not read, or can be read in two ways, is a worklist item of whoever answers for the case.
    pub(crate) fn doubts_of(&self, mail: &Mail<'_>, id: CaseId, case: &Case) -> Option<NewTask> {
        let mut doubts = mail.judged.intake.doubts.clone();
        if matches!(mail.proof, Proof::Resembles(..) | Proof::NotPassed | Proof::OtherDomain) {
            doubts.push(format!("its sender is {}", mail.proof.says()));
        }
        let lifecycle = &self.programme.lifecycle;
        let role = crate::domain::case::owner_role(case, lifecycle).filter(|_| !doubts.is_empty())?;
        let says = format!("look at the mail: {}", doubts.join("; "));
        let due_on = self.programme.desk.waiting.due.on(mail.received_on, &self.programme.calendar);
        let task = self.task_of_mail(mail.claimed, "doubts", role, &says, due_on);
        Some(NewTask { case: Some(id), ..task })
    }

    /// A family that came forward itself hears nothing of its case by mail: somebody rings.
    pub(crate) fn call_of_family(&self, mail: &Mail<'_>, id: CaseId, case: &Case) -> Option<NewTask> {
        let role = crate::domain::case::owner_role(case, &self.programme.lifecycle).filter(|_| mail.judged.own_request)?;
        let step = &self.programme.desk.from_family;
        let due_on = step.due.on(mail.received_on, &self.programme.calendar);
        Some(NewTask { case: Some(id), ..self.task_of_mail(mail.claimed, "from_family", role, &step.says, due_on) })
    }

    /// A person says that an item of the worklist is done. `item` is the beginning or the end of its id.
    ///
    /// # Errors
    /// [`EngineError::Refused`] when it is not theirs, [`EngineError::NoSuchTask`], or the store's.
    pub async fn finish_task(&self, item: &str, settler: &Settler) -> Result<TaskRow, EngineError> {
        let task = self.open_task(item).await?;
        self.may_act(&settler.by, std::slice::from_ref(&task.role), task.case).await?;
        let about_mail = task.mail.filter(|_| task.case.is_none() && !task.key.ends_with(ACKNOWLEDGE));
        if let Some(mail) = about_mail {
            let receipt = self.store.mail(mail).await?.map(|row| row.receipt).unwrap_or_default();
            let says = format!("this is about a mail; say what becomes of it: `mail settle {receipt} …`");
            return Err(Refusal::because(says).into());
        }
        let closed = self.store.close_task(task.id, settler.by.clone(), settler.because.clone(), self.ambient.now()).await?;
        if !closed {
            return Err(Refusal::because("somebody else has just closed this item").into());
        }
        // Who was told that something is late has said that they know.
        if let (Some(case), Some(timer)) = (task.case, asked_by_timer(&task.key)) {
            let command = Command::Acknowledge { timer, role: task.role.clone() };
            self.perform(&CaseKey::Id(case), &command, Pace::Usual).await?;
        }
        Ok(task)
    }

    /// The open item that a person means.
    async fn open_task(&self, item: &str) -> Result<TaskRow, EngineError> {
        let id = |task: &TaskRow| task.id.to_text();
        let named = |task: &TaskRow| {
            let about = task.reference.as_ref().map(|reference| format!("{reference}, ")).unwrap_or_default();
            format!("{} ({about}until {})", short(&id(task)), task.due_on)
        };
        let mut open = meant(self.store.tasks(&TaskFilter::default()).await?, id, item);
        if let (Some(task), true) = (open.pop(), open.is_empty()) {
            return Ok(task);
        }
        let all = self.store.tasks(&TaskFilter { closed_too: true, ..TaskFilter::default() }).await?;
        let found = meant(all, id, item);
        let open: Vec<String> = found.iter().filter(|task| task.closed_at.is_none()).map(named).collect();
        match (&found[..], open.len()) {
            ([], _) => Err(EngineError::NoSuchTask { item: item.to_owned() }),
            ([done], 0) => Err(self.done_already(done).await?.into()),
            (_, 0) => Err(unclear(item, &found.iter().map(named).collect::<Vec<_>>()).into()),
            (_, _) => Err(unclear(item, &open).into()),
        }
    }

    /// Who said that this item is done, and when.
    async fn done_already(&self, task: &TaskRow) -> Result<Refusal, EngineError> {
        let Some(at) = task.closed_at else { return Ok(Refusal::because("it is open")) };
        let entries = self.store.audit_at(at).await?;
        let its_own = |entry: &&AuditEntry| entry.detail["task"] == serde_json::json!(task.id);
        let about = |entry: &&AuditEntry| {
            (task.mail.is_some() && entry.mail == task.mail) || (task.case.is_some() && entry.case == task.case)
        };
        let said = entries.iter().find(its_own).or_else(|| entries.iter().find(about)).map(|entry| entry.by.clone());
        let who = match (said, task.case) {
            (None, Some(case)) => self.who_moved(case, at).await?,
            (said, _) => said,
        };
        let name = |address: &Personal<String>| {
            let person = self.roster.person(address.as_text());
            person.map_or_else(|| address.as_text().to_owned(), |person| person.name.as_text().to_owned())
        };
        let who =
            who.map_or_else(|| "the program, because nothing was left to do".to_owned(), |who| format!("by {}", name(&who)));
        let on = long_date(london_date(at));
        Ok(Refusal::because(format!("this was ended already on {on}: {who}")))
    }

    /// Who recorded a move on the case at this instant.
    async fn who_moved(&self, case: CaseId, at: Instant) -> Result<Option<Personal<String>>, EngineError> {
        let history = self.store.history(case).await?;
        Ok(history.into_iter().filter(|stored| stored.at == at).find_map(|stored| {
            if let Event::MoveRecorded { by: Actor::Person { address, .. }, .. } = stored.event { Some(address) } else { None }
        }))
    }

    /// The role in which the person at `address` may act on what is asked of one of `roles`: one of these, with those who answer in
    /// their place, or the role that looks at mails.
    ///
    /// # Errors
    /// [`EngineError::Refused`] when they answer for none of them; the store's.
    pub(crate) async fn may_act(
        &self,
        address: &Personal<String>,
        roles: &[RoleName],
        case: Option<CaseId>,
    ) -> Result<RoleName, EngineError> {
        let stored = match case {
            Some(case) => self.store.load_case(&CaseKey::Id(case)).await?,
            None => None,
        };
        let engine = stored.as_ref().map_or(Cow::Borrowed(self), |stored| self.seen_by(&stored.case));
        let lifecycle = &engine.programme.lifecycle;
        let relation = stored.as_ref().map_or_else(Relation::default, |stored| Relation {
            area: stored.case.area.as_ref(),
            holders: Some(&stored.case.holders),
        });
        let desk = &self.programme.desk.waiting.role;
        let answers = |role: &&RoleName| {
            let answering = self.roster.asked(lifecycle, role, relation);
            answering.iter().any(|one| one.address.as_text().eq_ignore_ascii_case(address.as_text().trim()))
        };
        roles.iter().chain([desk]).find(answers).cloned().ok_or_else(|| {
            let mut titles: Vec<String> = Vec::new();
            for role in roles.iter().chain([desk]) {
                let title = self.title_there(role, relation.area);
                if !titles.contains(&title) {
                    titles.push(title);
                }
            }
            let held = self.areas_held(address.as_text()).map(|held| format!("; it is {held}")).unwrap_or_default();
            Refusal::because(format!(
                "this address may not: it is for {}, by the [[people]] of the settings{held}",
                titles.join(" or ")
            ))
            .into()
        })
    }

    /// `Area Officer of Copeland`: the title of a role, with the area where the role belongs to one.
    #[must_use]
    pub fn title_there(&self, role: &RoleName, area: Option<&AreaName>) -> String {
        let Some(known) = self.programme.lifecycle.role(role) else { return role.to_string() };
        match (known.scope, area) {
            (RoleScope::Area, Some(area)) => format!("{} of {}", known.title, self.programme.area_title(area)),
            (RoleScope::Area | RoleScope::Programme | RoleScope::Case, _) => known.title.clone(),
        }
    }

    /// What the person at `address` is in areas by the settings, `Area Officer of Allerdale and Eden`; nothing when in none.
    #[must_use]
    pub fn areas_held(&self, address: &str) -> Option<String> {
        let person = self.roster.person(address)?;
        let in_areas = |role: &&RoleName| self.programme.lifecycle.role(role).is_some_and(|role| role.scope == RoleScope::Area);
        let roles: Vec<String> = person.roles.iter().filter(in_areas).map(|role| self.title_there(role, None)).collect();
        let areas: Vec<&str> = person.areas.iter().map(|area| self.programme.area_title(area)).collect();
        (!roles.is_empty() && !areas.is_empty()).then(|| format!("{} of {}", roles.join(" and "), areas.join(" and ")))
    }

    /// Items a timer has asked for and that a person's act has overtaken: the timer has stopped, or counts anew.
    ///
    /// # Errors
    /// The store's.
    pub(crate) async fn overtaken(&self, id: CaseId, before: &Case, after: &Case) -> Result<Vec<TaskId>, EngineError> {
        let settled = before.drafts.iter().filter(|draft| after.drafts.iter().all(|now| now.key != draft.key));
        let settled = settled.map(|draft| format!(":{}", crate::domain::case::task_name(&draft.key)));
        let gone: Vec<_> = before
            .timers
            .values()
            .filter(|armed| after.timers.get(&armed.timer).is_none_or(|now| now.arming != armed.arming))
            .map(|armed| format!(":{}", armed.timer))
            .chain(settled)
            .collect();
        if gone.is_empty() {
            return Ok(Vec::new());
        }
        let open = self.store.tasks(&TaskFilter { case: Some(id), ..TaskFilter::default() }).await?;
        let asked_by = |task: &&TaskRow| task.key.contains(":case-task:") && gone.iter().any(|timer| task.key.ends_with(timer));
        Ok(open.iter().filter(asked_by).map(|task| task.id).collect())
    }
}

/// The timer that asked for an item, by the item's key.
fn asked_by_timer(key: &str) -> Option<TimerName> {
    let (_, asked) = key.split_once(":case-task:")?;
    TimerName::new(asked.split_once(':')?.1).ok()
}
