//! A reply to a letter with numbered lines → what it records, or the draft it becomes, and the letter that says which lines were understood.

use std::collections::BTreeMap;

use crate::domain::case::{Actor, Case, Command, Draft, Reply, reply};
use crate::domain::ids::{AskName, CaseId, LetterName, RoleName};
use crate::domain::letter::Context;
use crate::domain::mail::AutomaticSign;
use crate::domain::mail::numbered::heard;
use crate::domain::personal::Personal;
use crate::domain::workflow::{AnswerDef, LetterDef};
use crate::engine::intake::{Mail, only_sender};
use crate::engine::roster::{Recipient, Relation};
use crate::engine::{Engine, EngineError};
use crate::store::{LetterFilter, LetterState, NewLetter, QueuedLetter};

/// The letter that says which lines were understood.
const UNDERSTOOD: &str = "draft_received";
/// Letters of one case looked through for the one that is answered.
const LETTERS_MAX: u32 = 200;

/// What a reply comes to.
pub(crate) struct Replied {
    /// `None` when no line was understood: then somebody is asked to read the mail.
    pub command: Option<Command>,
    reply: Reply,
    answer: AnswerDef,
    from: Recipient,
}

impl Replied {
    /// A person has to confirm it.
    pub fn is_draft(&self) -> bool {
        self.answer.confirmed_by.is_some()
    }

    /// Who reads what was not understood: whoever would have confirmed it.
    pub fn unread_by(&self) -> Option<&RoleName> {
        self.answer.confirmed_by.as_ref().filter(|_| self.command.is_none())
    }
}

impl Engine {
    /// What `mail` answers to a letter of ours about the case, when its proven sender is who got that letter and still is what they were;
    /// `None` when nothing of it was plain and nobody was to confirm it. A machine's answer never comes here.
    pub(crate) async fn replied(&self, mail: &Mail<'_>, id: CaseId, case: &Case) -> Result<Option<Replied>, EngineError> {
        let Some(sender) = only_sender(mail.reading).filter(|_| mail.proof.is_proven()) else { return Ok(None) };
        // That no program is to answer says nothing of who wrote it.
        let by_machine = mail.reading.message.automatic.iter().any(|sign| *sign != AutomaticSign::NoAnswer);
        if mail.reading.lines.is_empty() || by_machine {
            return Ok(None);
        }
        let Some((letter, definition)) = self.letter_replied_to(mail, id, &sender).await? else { return Ok(None) };
        let (Some(answer), Some(role)) = (definition.answer.as_ref(), letter.row.role.clone()) else { return Ok(None) };
        let relation = Relation { area: case.area.as_ref(), holders: Some(&case.holders) };
        let lifecycle = &self.programme.lifecycle;
        let still = self.roster.roles_of(lifecycle, sender.as_text(), relation).contains(&role);
        let Some(moved) = lifecycle.find_move(&answer.records).filter(|_| still) else { return Ok(None) };
        let titles: Vec<&str> = answer.lines.iter().map(|line| line.title.as_str()).collect();
        let heard = heard(&mail.reading.lines, &letter.content.text, &titles);
        // `Yesterday` is the day before it was sent, however long the mail waited for a person.
        let reply = reply(answer, moved, &heard, mail.received_on);
        let nothing = reply.understood.is_empty();
        if nothing && answer.confirmed_by.is_none() {
            return Ok(None);
        }
        let holder = case.holders.get(&role).map(|holder| holder.contact.name.clone());
        let name = holder.or_else(|| self.roster.person(sender.as_text()).map(|person| person.name.clone()));
        let by = Actor::Person { name: name.unwrap_or_else(|| sender.clone()), address: sender.clone(), role: role.clone() };
        let mut answers = self.known_answers(answer, &role);
        answers.extend(reply.answers.clone());
        let command = match &answer.confirmed_by {
            Some(confirmed_by) => Command::Draft {
                draft: Box::new(Draft {
                    key: String::new(),
                    mail: mail.claimed.mail,
                    letter: definition.name.clone(),
                    records: answer.records.clone(),
                    answers,
                    unclear: reply.unclear.iter().filter_map(|number| u32::try_from(*number).ok()).collect(),
                    written: reply.written.clone(),
                    by,
                    on: mail.received_on,
                }),
                confirmed_by: confirmed_by.clone(),
            },
            None => Command::Record {
                name: answer.records.clone(),
                by,
                answers: answers.into_iter().map(|(ask, text)| (ask, text.as_text().to_owned())).collect(),
                reason: None,
            },
        };
        let command = (!nothing).then_some(command);
        Ok(Some(Replied { command, reply, answer: answer.clone(), from: Recipient { role, address: sender } }))
    }

    /// Answers that stand in the file: `@agency` is the one whose contact has replied.
    fn known_answers(&self, answer: &AnswerDef, role: &RoleName) -> BTreeMap<AskName, Personal<String>> {
        let agency = self.programme.lifecycle.agencies.iter().find(|agency| agency.contact == *role);
        let filled = |text: &String| match (text.as_str(), agency) {
            ("@agency", Some(agency)) => agency.name.to_string(),
            (text, _) => text.to_owned(),
        };
        answer.answers.iter().map(|(ask, text)| (ask.clone(), Personal::new(filled(text)))).collect()
    }

    /// The letter to this sender that the mail answers: the one it names by its Message-ID, or else the newest that can be answered.
    async fn letter_replied_to(
        &self,
        mail: &Mail<'_>,
        id: CaseId,
        sender: &Personal<String>,
    ) -> Result<Option<(QueuedLetter, &LetterDef)>, EngineError> {
        let filter = LetterFilter { case: Some(id), limit: LETTERS_MAX, ..LetterFilter::default() };
        let mut rows = self.store.letters(&filter).await?;
        let named = |message_id: &String| mail.reading.message.references.contains(message_id);
        rows.retain(|row| matches!(row.state, LetterState::Sent | LetterState::Unsure));
        rows.sort_by_key(|row| !named(&row.message_id));
        for row in rows {
            let definition = self.programme.lifecycle.letter(&row.letter).filter(|definition| definition.answer.is_some());
            let is_named = named(&row.message_id);
            if definition.is_none() && !is_named {
                continue;
            }
            let Some(letter) = self.store.letter(row.id).await? else { continue };
            if letter.recipient.as_text().eq_ignore_ascii_case(sender.as_text().trim()) {
                // Whoever answers a letter of another kind answers no earlier one, whatever numbers their lines have.
                return Ok(definition.map(|definition| (letter, definition)));
            }
        }
        Ok(None)
    }

    /// The letter that says which lines were understood, and never what they say.
    pub(crate) fn what_was_understood(
        &self,
        mail: &Mail<'_>,
        id: CaseId,
        case: &Case,
        replied: &Replied,
    ) -> Result<Option<NewLetter>, EngineError> {
        let letter = LetterName::new(UNDERSTOOD).expect("a fixed name is a name");
        let known = self.programme.lifecycle.letter(&letter).is_some();
        if !known || !replied.is_draft() || !mail.answerable || !self.may_go(case, &letter) {
            return Ok(None);
        }
        let title = |number: &usize| {
            let line = replied.answer.lines.get(number - 1);
            format!("{number}. {}", line.map_or("", |line| line.title.as_str()))
        };
        let answered = |number: &usize| replied.reply.understood.contains(number);
        let context = Context {
            understood: replied.reply.understood.iter().map(title).collect(),
            not_understood: (1..=replied.answer.lines.len())
                .filter(|number| !answered(number))
                .map(|number| title(&number))
                .collect(),
            ..self.case_context(case, &letter, &replied.from.role)
        };
        let content = self.templates.compose(&letter, &context)?;
        let message_id = |engine: &Self| engine.message_id_about(id, &case.reference, &replied.from);
        let to = (Some(replied.from.role.clone()), replied.from.address.clone());
        Ok(Some(NewLetter {
            key: format!("case:{id}:answer:{}", mail.claimed.mail),
            case: Some(id),
            in_reply_to: mail.reading.message.message_id.clone(),
            ..self.letter_to(&letter, to, message_id, content)
        }))
    }
}
