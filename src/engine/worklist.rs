//! The worklist: what people are asked to do, who may say that it is done, and what is done by itself when its cause has gone.

use std::borrow::Cow;

use crate::domain::case::{Case, Command, Refusal};
use crate::domain::ids::{CaseId, RoleName, TaskId, TimerName};
use crate::domain::mail::sender::Proof;
use crate::domain::personal::Personal;
use crate::engine::intake::Mail;
use crate::engine::outgoing::Pace;
use crate::engine::requests::ACKNOWLEDGE;
use crate::engine::roster::Relation;
use crate::engine::settle::Settler;
use crate::engine::{Engine, EngineError};
use crate::store::{CaseKey, NewTask, TaskFilter, TaskRow};

/// Digits of an id that people type.
pub const SHORT_ID: usize = 8;

/// The last digits of an id, for lists and commands: the first ones tell the moment and are those of its neighbours.
#[must_use]
pub fn short(id: &str) -> &str {
    id.len().checked_sub(SHORT_ID).and_then(|from| id.get(from..)).unwrap_or(id)
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

    /// A person says that an item of the worklist is done. `item` is the end of its id.
    ///
    /// # Errors
    /// [`EngineError::Refused`] when it is not theirs, [`EngineError::NoSuchTask`], or the store's.
    pub async fn finish_task(&self, item: &str, settler: &Settler) -> Result<TaskRow, EngineError> {
        let open = self.store.tasks(&TaskFilter::default()).await?;
        let wanted = item.to_lowercase();
        let mut found = open.into_iter().filter(|task| !wanted.is_empty() && task.id.to_text().ends_with(&wanted));
        let task = found.next().ok_or_else(|| EngineError::NoSuchTask { item: item.to_owned() })?;
        if found.next().is_some() {
            return Err(
                Refusal::because(format!("several items end with `{item}`; write more digits of the one you mean")).into()
            );
        }
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
            let answering = self.roster.answer_for(lifecycle, role, relation);
            answering.iter().any(|one| one.address.as_text().eq_ignore_ascii_case(address.as_text().trim()))
        };
        roles.iter().chain([desk]).find(answers).cloned().ok_or_else(|| {
            let mut titles: Vec<&str> = Vec::new();
            for role in roles.iter().chain([desk]) {
                let title = lifecycle.role(role).map_or(role.as_str(), |role| role.title.as_str());
                if !titles.contains(&title) {
                    titles.push(title);
                }
            }
            Refusal::because(format!(
                "this address may not: it is for {}, by the [[people]] of the settings",
                titles.join(" or ")
            ))
            .into()
        })
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
