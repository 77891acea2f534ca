//! Who comes to a meeting of a case: what calendars have answered to our invitations, by the UID of the meeting.
//!
//! An answer decides nothing and moves nothing. It is told in the trail and the timeline of its case, and another time that somebody
//! proposes is an item of the worklist of whoever looks after the case. Its mail goes the way of every mail besides, so that a person
//! reads what is no plain yes.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::domain::case::Case;
use crate::domain::ids::{CaseId, RoleName, TaskId};
use crate::domain::mail::answered::{CalendarAnswer, Coming};
use crate::domain::personal::Personal;
use crate::domain::time::{Date, Instant};
use crate::domain::workflow::{FactValue, MeetingOfCase};
use crate::engine::intake::Mail;
use crate::engine::roster::Relation;
use crate::engine::{Engine, EngineError};
use crate::store::{AuditEntry, CaseKey, Commit, NewTask};

/// Cases one answer may be of, by what it quotes.
const CASES_MAX: usize = 8;

/// What somebody answered. Nothing of a person: who it is stands under the mark of their address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Kept {
    role: RoleName,
    coming: Coming,
    /// The day the meeting had then.
    day: Option<Date>,
    /// When the answer came, in microseconds: an older mail that is read later takes nothing back.
    at_us: i64,
}

/// A meeting of a case that is to come, and what was answered to the invitation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Attendance {
    /// What stands in calendars before the reference: `TAF review`.
    pub title: String,
    /// The day.
    pub day: Date,
    /// The time of day; none while it has none.
    pub at: Option<String>,
    /// Role, whether they come, and the day they were answering for where the meeting has another one now.
    pub answers: Vec<(RoleName, Coming, Option<Date>)>,
}

/// What the trail says of one answer. Nothing of a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answered {
    /// What stands in calendars before the reference: `TAF review`.
    pub meeting: String,
    /// The day the meeting had when the answer came.
    pub day: Option<Date>,
    /// Who answered.
    pub role: RoleName,
    /// What.
    pub coming: Coming,
    /// The day they were answering for, where the meeting had another by then.
    pub answered_for: Option<Date>,
    /// The other time they propose, in London.
    pub proposed: Option<(Date, Option<String>)>,
}

/// The action of such a row of the trail.
const CALENDAR_ANSWERED: &str = "calendar_answered";

fn note_of(uid: &str) -> String {
    format!("comes:{uid}")
}

impl Engine {
    /// Notes what the calendar of whoever wrote this mail answers, when it answers an invitation of a case they are of: by the UID, which
    /// nobody else can know. Anything else changes nothing. Twice is the same as once.
    ///
    /// # Errors
    /// The store's.
    pub(crate) async fn note_calendar_answer(&self, mail: &Mail<'_>) -> Result<(), EngineError> {
        let Some(answer) = mail.reading.message.calendar_answer.as_ref() else { return Ok(()) };
        let sender = crate::engine::intake::only_sender(mail.reading).filter(|_| mail.proof.is_proven());
        let Some(sender) = sender.filter(|sender| sender.as_text().eq_ignore_ascii_case(answer.attendee.as_text())) else {
            return Ok(());
        };
        for id in self.cases_meant(mail, answer).await? {
            let Some(stored) = self.store.load_case(&CaseKey::Id(id)).await? else { continue };
            let engine = self.seen_by(&stored.case);
            let meant = engine
                .meetings_to_come(&stored.case)
                .find(|meeting| engine.meeting_uid(id, &stored.case, meeting).eq_ignore_ascii_case(&answer.uid));
            let relation = Relation { area: stored.case.area.as_ref(), holders: Some(&stored.case.holders) };
            let roles = self.roster.roles_of(&engine.programme.lifecycle, sender.as_text(), relation);
            let (Some(meeting), Some(role)) = (meant, roles.into_iter().next()) else { continue };
            let at_us = mail.claimed.received_at.as_microsecond();
            let kept = Kept { role, coming: answer.coming, day: answer.day, at_us };
            let uid = answer.uid.to_ascii_lowercase();
            let before = self.answers_to(&uid).await?;
            if before.get(&self.address_mark(&sender)).is_none_or(|before| before.at_us < at_us) {
                self.tell_of_answer(mail, answer, &kept, (id, &stored.case, meeting)).await?;
            }
            self.keep_answer(&uid, &sender, kept).await?;
        }
        Ok(())
    }

    /// Before the answer is kept: what dies between the two tells it again, and the reader of the trail counts a mail once.
    async fn tell_of_answer(
        &self,
        mail: &Mail<'_>,
        answer: &CalendarAnswer,
        kept: &Kept,
        (id, case, meeting): (CaseId, &Case, &MeetingOfCase),
    ) -> Result<(), EngineError> {
        let engine = self.seen_by(case);
        let day = match case.facts.get(&meeting.day) {
            Some(FactValue::Date(day)) => Some(*day),
            _ => None,
        };
        let told = Answered {
            meeting: meeting.title.clone(),
            day,
            role: kept.role.clone(),
            coming: kept.coming,
            answered_for: kept.day.filter(|then| Some(*then) != day),
            proposed: answer.proposed.clone(),
        };
        let mut commit = Commit::at(self.ambient.now());
        let owner = crate::domain::case::owner_role(case, &engine.programme.lifecycle);
        if let (Some((on, at)), Some(owner)) = (&answer.proposed, owner) {
            let at = at.as_ref().map_or_else(|| " (the time stands in the mail)".to_owned(), |at| format!(" at {at}"));
            let moves =
                engine.programme.lifecycle.moves.iter().filter(|known| known.sets.iter().any(|set| set.fact == meeting.day));
            let moves = moves.filter(|known| !known.asks.is_empty()).map(|known| format!("`{}`", known.name)).collect::<Vec<_>>();
            commit.tasks.push(NewTask {
                id: TaskId::from_random(self.ambient.id()),
                key: format!("case:{id}:other_time:{}", mail.claimed.mail),
                case: Some(id),
                mail: Some(mail.claimed.mail),
                role: owner.clone(),
                says: format!(
                    "{} asks to hold the {} on {}{at}{}: agree on a time with everybody who comes, then record it ({})",
                    self.title_there(&kept.role, case.area.as_ref()),
                    meeting.title,
                    crate::domain::time::short_date(*on),
                    day.map(|day| format!(", not on {}", crate::domain::time::short_date(day))).unwrap_or_default(),
                    moves.join(" or "),
                ),
                due_on: self.programme.calendar.add_working_days(mail.received_on, 1),
            });
        }
        commit.audit.push(AuditEntry {
            by: Personal::new("programme".to_owned()),
            action: CALENDAR_ANSWERED.to_owned(),
            case: Some(id),
            mail: Some(mail.claimed.mail),
            detail: serde_json::to_value(&told)?,
        });
        self.store.commit(commit).await?;
        Ok(())
    }

    /// What calendars have answered about meetings of the case, and when: each mail once, oldest first.
    ///
    /// # Errors
    /// The store's.
    pub async fn calendar_answers(&self, id: CaseId) -> Result<Vec<(Instant, Answered)>, EngineError> {
        let mut mails = BTreeSet::new();
        let entries = self.store.audit_of(id).await?.into_iter().filter(|(_, entry)| entry.action == CALENDAR_ANSWERED);
        let once = entries.filter(|(_, entry)| mails.insert(entry.mail.map(|mail| mail.to_text())));
        once.map(|(at, entry)| Ok((at, serde_json::from_value(entry.detail)?))).collect()
    }

    async fn keep_answer(&self, uid: &str, of: &Personal<String>, answer: Kept) -> Result<(), EngineError> {
        let mark = self.address_mark(of);
        // Two who answer at once come through two tasks or machines.
        let keep = |kept: Option<&str>| {
            let mut all: BTreeMap<String, Kept> = kept.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
            if all.get(&mark).is_some_and(|before| before.at_us >= answer.at_us) {
                return Ok(None);
            }
            all.insert(mark.clone(), answer.clone());
            Ok(Some((serde_json::to_string(&all)?, ())))
        };
        self.change_kept(&note_of(uid), keep).await.map(drop)
    }

    async fn answers_to(&self, uid: &str) -> Result<BTreeMap<String, Kept>, EngineError> {
        let note = self.store.get_note(&note_of(uid)).await?;
        Ok(note.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default())
    }

    /// Cases this answer may be of: those whose letters it quotes, and those it names. The UID decides which.
    async fn cases_meant(&self, mail: &Mail<'_>, answer: &CalendarAnswer) -> Result<BTreeSet<CaseId>, EngineError> {
        let message = &mail.reading.message;
        let mut found: BTreeSet<CaseId> = self.store.cases_of_message_ids(&message.references).await?.into_iter().collect();
        let mut named = crate::engine::thread::cases_named(&message.subject);
        named.extend(crate::engine::thread::cases_named(&answer.summary));
        for reference in named.into_iter().take(CASES_MAX) {
            found.extend(self.store.load_case(&CaseKey::Reference(reference)).await?.map(|stored| stored.id));
        }
        Ok(found.into_iter().take(CASES_MAX).collect())
    }

    /// Meetings of the case that stand: their day is known, and the case is where they are held.
    fn meetings_to_come<'c>(&'c self, case: &'c Case) -> impl Iterator<Item = &'c MeetingOfCase> {
        let mut seen = BTreeSet::new();
        let all = self.programme.lifecycle.letters.iter().filter_map(|letter| letter.calendar.as_ref());
        all.filter(move |meeting| {
            let stands = !meeting.called_off && (meeting.stages.is_empty() || meeting.stages.contains(&case.stage));
            stands && matches!(case.facts.get(&meeting.day), Some(FactValue::Date(_))) && seen.insert(meeting.meeting.as_str())
        })
    }

    /// The meetings of the case to come, each with what calendars have answered.
    ///
    /// # Errors
    /// The store's.
    pub async fn attendance(&self, id: CaseId, case: &Case) -> Result<Vec<Attendance>, EngineError> {
        let engine = self.seen_by(case);
        let today = self.ambient.today();
        let mut all = Vec::new();
        for meeting in engine.meetings_to_come(case) {
            let Some(FactValue::Date(day)) = case.facts.get(&meeting.day) else { continue };
            if *day < today {
                continue;
            }
            let at = meeting.at.as_ref().and_then(|fact| match case.facts.get(fact) {
                Some(FactValue::Word(at)) => Some(at.clone()),
                _ => None,
            });
            let kept = self.answers_to(&engine.meeting_uid(id, case, meeting).to_ascii_lowercase()).await?;
            let answers = kept.into_values().map(|kept| (kept.role, kept.coming, kept.day.filter(|then| then != day)));
            let mut answers: Vec<_> = answers.collect();
            answers.sort_by(|one, other| one.0.cmp(&other.0));
            all.push(Attendance { title: meeting.title.clone(), day: *day, at, answers });
        }
        Ok(all)
    }
}
