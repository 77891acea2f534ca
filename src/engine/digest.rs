//! Gathered reminders → one mail a person. A single one goes as it is.

use std::collections::BTreeMap;

use crate::domain::ids::{LetterId, LetterName};
use crate::domain::letter::{Context, DigestLine};
use crate::engine::{Engine, EngineError};
use crate::store::{Gathering, GatheringLetter, NewLetter, StoreError};

/// Lines of one digest; beyond it the rest is counted, for nobody reads more.
const LINES_MAX: usize = 60;

impl Engine {
    /// Makes one mail of everything that waits for each person. Returns how many people get one.
    ///
    /// # Errors
    /// The store's, or a template's.
    pub async fn send_digests(&self) -> Result<usize, EngineError> {
        let now = self.ambient.now();
        let mut people: BTreeMap<String, Vec<GatheringLetter>> = BTreeMap::new();
        let waiting = self.store.gathering_letters(Gathering::Reminders, now).await?;
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
        let count = people.len();
        for rows in people.into_values() {
            match rows.as_slice() {
                [one] => {
                    self.store.release_letter(one.id, now).await?;
                }
                many => {
                    let digest = self.digest(many)?;
                    let ids: Vec<LetterId> = many.iter().map(|row| row.id).collect();
                    match self.store.gather(&ids, digest, now).await {
                        // Another daemon has gathered some of them meanwhile; what is left waits for the next digest.
                        Err(StoreError::Fenced { .. }) => {}
                        done => done?,
                    }
                }
            }
        }
        Ok(count)
    }

    fn digest(&self, rows: &[GatheringLetter]) -> Result<NewLetter, EngineError> {
        let today = self.ambient.today();
        let mut lines: Vec<DigestLine> = Vec::new();
        // Several rungs of one ladder may have been missed: the newest says all of it.
        for line in rows.iter().rev().filter_map(|row| row.content.line.clone()) {
            if !lines.iter().any(|have| have.reference == line.reference && have.purpose == line.purpose) {
                lines.push(DigestLine { late: line.due_on.is_some_and(|due| due < today), ..line });
            }
        }
        lines.sort_by(|a, b| (!a.late, a.due_on, &a.reference).cmp(&(!b.late, b.due_on, &b.reference)));
        let first = rows.first().expect("a digest is of several rows");
        let mut context = Context {
            reference: today.to_string(),
            role: first.role.as_ref().and_then(|role| self.programme.lifecycle.role(role)).map(|role| role.title.clone()),
            due_on: Some(today),
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
        let id = LetterId::from_random(self.ambient.bits());
        Ok(NewLetter {
            // What is gathered is marked in the same commit, and only what waits is: no second digest can hold it.
            key: format!("digest:{id}"),
            id,
            case: None,
            mail: None,
            letter,
            role: first.role.clone(),
            recipient: first.recipient.clone(),
            message_id: self.new_message_id(),
            in_reply_to: None,
            content,
            gathered: false,
            not_before: None,
            automatic_answer: false,
        })
    }
}
