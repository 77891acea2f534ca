//! Gathered reminders → one mail a person. A single one goes as it is.

use std::collections::BTreeMap;

use crate::domain::ids::{LetterId, LetterName, RoleName};
use crate::domain::letter::{Context, DigestLine};
use crate::domain::personal::Personal;
use crate::domain::time::{Date, Instant};
use crate::engine::roster::Relation;
use crate::engine::{Engine, EngineError};
use crate::store::{Commit, GatheringLetter, NewLetter, StoreError, TaskFilter};

/// Lines of one digest; beyond it the rest is counted, for nobody reads more.
const LINES_MAX: usize = 60;
/// Digests written in one commit.
const DIGESTS_TOGETHER: usize = 50;

/// What stands open for one person.
struct Worklist {
    /// The role they answer for.
    role: RoleName,
    open: usize,
    late: usize,
    first_due_on: Date,
}

impl Worklist {
    fn new(role: RoleName, first_due_on: Date) -> Self {
        Self { role, open: 0, late: 0, first_due_on }
    }
    fn says(&self) -> String {
        let things = if self.open == 1 { "1 thing is".to_owned() } else { format!("{} things are", self.open) };
        let late = if self.late > 0 { format!(", {} late", self.late) } else { String::new() };
        format!("{things} asked of you{late}")
    }
}

impl Engine {
    /// Makes one mail of everything that waits for each person. Returns how many people get one.
    ///
    /// # Errors
    /// The store's, or a template's.
    pub async fn send_digests(&self) -> Result<usize, EngineError> {
        let now = self.ambient.now();
        let mut people: BTreeMap<String, Vec<GatheringLetter>> = BTreeMap::new();
        let waiting = self.store.reminders_to_gather(now).await?;
        let cases = self.cases_of(waiting.iter().filter_map(|row| row.case)).await?;
        for row in waiting {
            // Days may have passed since it was called: what is not theirs any more is no line of their digest.
            let about = (&row.letter, row.role.as_ref(), &row.recipient);
            if let Some(reason) = self.no_longer_with(row.case, &cases, about).await? {
                self.store.discard_letter(row.id, now, &reason).await?;
                continue;
            }
            people.entry(row.recipient.as_text().to_owned()).or_default().push(row);
        }
        let mut worklists = self.worklists().await?;
        let mut count = people.len();
        let mut digests: Vec<(Vec<LetterId>, NewLetter)> = Vec::new();
        for (address, rows) in people {
            let worklist = worklists.remove(&address).filter(|worklist| worklist.late > 0 || rows.len() > 1);
            match (rows.as_slice(), worklist) {
                ([one], None) => {
                    self.store.send_alone(one.id, now).await?;
                }
                (many, worklist) => {
                    let to = (many[0].recipient.clone(), many[0].role.clone());
                    let digest = self.digest(to, many, worklist.as_ref())?;
                    digests.push((many.iter().map(|row| row.id).collect(), digest));
                }
            }
        }
        for some in digests.chunks(DIGESTS_TOGETHER) {
            self.gather(some, now).await?;
        }
        // Whoever has let something go late hears of it every day, also when nothing else is gathered for them.
        let mut late = Vec::new();
        for (address, worklist) in worklists.into_iter().filter(|(_, worklist)| worklist.late > 0) {
            let to = (Personal::new(address), Some(worklist.role.clone()));
            let mut digest = self.digest(to, &[], Some(&worklist))?;
            digest.key = format!("digest:{}:{}", self.ambient.today(), self.address_mark(&digest.recipient));
            late.push(digest);
        }
        while !late.is_empty() {
            let rest = late.split_off(late.len().min(DIGESTS_TOGETHER));
            let letters = std::mem::replace(&mut late, rest);
            count += letters.len();
            let done = self.store.commit(Commit { letters, ..Commit::at(now) }).await?;
            count -= done.duplicate_letters.len();
        }
        Ok(count)
    }

    /// Queues digests in place of what they gather, together.
    async fn gather(&self, digests: &[(Vec<LetterId>, NewLetter)], now: Instant) -> Result<(), EngineError> {
        match self.store.gather_all(digests, now).await {
            // Another daemon has gathered some of them meanwhile: each by itself, and what is left waits for the next digest.
            Err(StoreError::Fenced { .. }) => {}
            done => return Ok(done?),
        }
        for (rows, digest) in digests {
            match self.store.gather(rows, digest.clone(), now).await {
                Err(StoreError::Fenced { .. }) => {}
                done => done?,
            }
        }
        Ok(())
    }

    /// What stands open on the worklist for each person of the settings, by address.
    async fn worklists(&self) -> Result<BTreeMap<String, Worklist>, EngineError> {
        let today = self.ambient.today();
        let mut all: BTreeMap<String, Worklist> = BTreeMap::new();
        let tasks = self.store.tasks(&TaskFilter::default()).await?;
        // A case that cannot be opened is told by `check`.
        let cases = self.cases_of(tasks.iter().filter_map(|task| task.case)).await?;
        for task in tasks {
            let answering = match task.case.and_then(|id| cases.get(&id)) {
                Some(stored) => self.asked_of(&stored.case, &task.role),
                None => self.roster.asked(&self.programme.lifecycle, &task.role, Relation::default()),
            };
            for recipient in answering {
                let address = recipient.address.as_text();
                if self.roster.person(address).is_none() {
                    continue;
                }
                let of = all.entry(address.to_owned()).or_insert_with(|| Worklist::new(recipient.role.clone(), task.due_on));
                of.open += 1;
                of.late += usize::from(task.due_on < today);
                of.first_due_on = of.first_due_on.min(task.due_on);
            }
        }
        Ok(all)
    }

    fn digest(
        &self,
        (recipient, role): (Personal<String>, Option<RoleName>),
        rows: &[GatheringLetter],
        worklist: Option<&Worklist>,
    ) -> Result<NewLetter, EngineError> {
        let today = self.ambient.today();
        let mut lines: Vec<DigestLine> = Vec::new();
        // Several rungs of one ladder may have been missed: the newest says all of it.
        for line in rows.iter().rev().filter_map(|row| row.content.line.clone()) {
            if !lines.iter().any(|have| have.reference == line.reference && have.purpose == line.purpose) {
                lines.push(DigestLine { late: line.due_on.is_some_and(|due| due < today), ..line });
            }
        }
        lines.extend(worklist.map(|worklist| DigestLine {
            reference: "Worklist".to_owned(),
            purpose: worklist.says(),
            due_on: Some(worklist.first_due_on),
            late: worklist.late > 0,
            link: self.settings.web.page("/worklist"),
        }));
        lines.sort_by(|a, b| (!a.late, a.due_on, &a.reference).cmp(&(!b.late, b.due_on, &b.reference)));
        let mut context = Context {
            reference: today.to_string(),
            role: role.as_ref().and_then(|role| self.programme.lifecycle.role(role)).map(|role| role.title.clone()),
            due_on: Some(today),
            look: role.as_ref().map(|role| self.look(role, || "task list".to_owned())).unwrap_or_default(),
            ..self.base_context()
        };
        context.counts.insert("lines".to_owned(), u32::try_from(lines.len()).unwrap_or(u32::MAX));
        context
            .counts
            .insert("late".to_owned(), u32::try_from(lines.iter().filter(|line| line.late).count()).unwrap_or(u32::MAX));
        lines.truncate(LINES_MAX);
        context.lines = lines;
        let letter = LetterName::new("digest").expect("a fixed name is a name");
        let content = self.templates.compose(&letter, &context)?;
        // What is gathered is marked in the same commit, and only what waits is: no second digest can hold it.
        Ok(self.letter_to(&letter, (role, recipient), Self::new_message_id, content))
    }
}
