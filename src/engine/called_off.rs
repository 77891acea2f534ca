//! A meeting of an area that is not held: who had its agenda hears, their calendars take it out, and what it was asked comes to the next.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::case::{Actor, Command, Refusal};
use crate::domain::ids::{AreaName, AskName};
use crate::domain::letter::{Invitation, Method};
use crate::domain::time::Date;
use crate::domain::workflow::{AskKind, MeetingDef, Move, SetTo};
use crate::engine::meetings::Agenda;
use crate::engine::outgoing::Pace;
use crate::engine::roster::{Recipient, Relation};
use crate::engine::settle::Settler;
use crate::engine::{Engine, EngineError};
use crate::store::{AuditEntry, CaseKey, Commit, NewLetter};

/// What calling a meeting off did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CalledOff {
    /// The meeting that comes next.
    pub next: Date,
    /// Letters that are new.
    pub letters: usize,
    /// Cases that were listed for it, and are listed for the next.
    pub cases: usize,
}

fn note_of(meeting: &MeetingDef, area: &AreaName) -> String {
    format!("meeting_called_off:{}:{area}", meeting.name)
}

impl Engine {
    /// Days on which `area` would meet and does not.
    pub(crate) async fn days_called_off(&self, meeting: &MeetingDef, area: &AreaName) -> Result<BTreeSet<Date>, EngineError> {
        let note = self.store.get_note(&note_of(meeting, area)).await?;
        Ok(note.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default())
    }

    /// The next meeting of `area` on `from` or later that is held; none where no line of the programme's file is for the area.
    ///
    /// # Errors
    /// The store's.
    pub async fn meeting_held(&self, meeting: &MeetingDef, area: &AreaName, from: Date) -> Result<Option<Date>, EngineError> {
        let off = self.days_called_off(meeting, area).await?;
        let mut from = from;
        loop {
            let next = meeting.next(area, from, &self.programme.calendar);
            match next.filter(|day| off.contains(day)).and_then(|day| day.tomorrow().ok()) {
                Some(later) => from = later,
                None => return Ok(next),
            }
        }
    }

    /// Calls the meeting of `area` on `day` off. Done twice it tells nobody twice; stopped in between, a second time does the rest.
    ///
    /// # Errors
    /// A refusal for a day without a meeting, one that is over, or somebody who may not; the store's; a template's.
    pub async fn call_off_meeting(
        &self,
        meeting: &MeetingDef,
        (area, day): (&AreaName, Date),
        settler: &Settler,
    ) -> Result<CalledOff, EngineError> {
        let because = settler.reason()?.as_text().to_owned();
        let by = self.who_calls_off(meeting, area, settler)?;
        let (today, calendar) = (self.ambient.today(), &self.programme.calendar);
        if day < today || meeting.next(area, day, calendar) != Some(day) {
            let title = self.programme.area_title(area);
            let says = format!(
                "{title} has no {} on {day} that could be called off; `meeting list` shows them",
                meeting.title.to_lowercase()
            );
            return Err(Refusal::because(says).into());
        }
        // Kept first: from here on nobody is asked to it any more.
        let keep = |kept: Option<&str>| {
            let mut off: BTreeSet<Date> = kept.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
            off.insert(day);
            off.retain(|kept| *kept >= today);
            Ok(Some((serde_json::to_string(&off)?, ())))
        };
        self.change_kept(&note_of(meeting, area), keep).await?;
        let next = self.next_meeting(meeting, area, day).await?;
        let agenda = self.agenda(meeting, area, next).await?;
        let cases = self.list_again(meeting, &agenda, (day, next), &by, &because).await?;
        let letters = self.letters_of_called_off(meeting, (area, day), next).await?;
        let count = letters.len();
        let audit = AuditEntry {
            by: settler.by.clone(),
            action: "called_off_meeting".to_owned(),
            case: None,
            mail: None,
            detail: serde_json::json!({"meeting": meeting.name, "area": area, "day": day, "next": next, "because": settler.because}),
        };
        let commit = Commit { letters, audit: vec![audit], ..Commit::at(self.ambient.now()) };
        let done = self.store.commit(commit).await?;
        Ok(CalledOff { next, letters: count - done.duplicate_letters.len(), cases })
    }

    /// The move by which a case is listed for a day of this meeting, with the question for the day.
    fn lists<'e>(&'e self, meeting: &MeetingDef) -> Option<(&'e Move, &'e AskName)> {
        self.programme.lifecycle.moves.iter().find_map(|known| {
            let ask = known.sets.iter().find_map(|set| match &set.to {
                SetTo::Answer(ask) if set.fact == meeting.listed => Some(ask),
                _ => None,
            })?;
            let dated = known.asks.iter().any(|one| one.name == *ask && one.kind == AskKind::Date);
            (dated && known.to.is_none()).then_some((known, ask))
        })
    }

    /// Who may list cases for a meeting of the area may say that it is not held.
    fn who_calls_off(&self, meeting: &MeetingDef, area: &AreaName, settler: &Settler) -> Result<Actor, EngineError> {
        let lifecycle = &self.programme.lifecycle;
        let relation = Relation { area: Some(area), holders: None };
        let may = self.lists(meeting).map(|(known, _)| known.by.as_slice()).unwrap_or_default();
        let held = self.roster.roles_of(lifecycle, settler.by.as_text(), relation);
        let (Some(role), Some(person)) = (may.iter().find(|role| held.contains(role)), self.roster.person(settler.by.as_text()))
        else {
            let titles: Vec<String> = may.iter().map(|role| self.title_there(role, Some(area))).collect();
            let says = format!("this address may not: it is for {}, by the [[people]] of the settings", titles.join(" or "));
            return Err(Refusal::because(says).into());
        };
        Ok(Actor::Person { name: person.name.clone(), address: person.address.clone(), role: role.clone() })
    }

    /// Lists for the next meeting what was listed for the one that is called off, so that its days count to that.
    async fn list_again(
        &self,
        meeting: &MeetingDef,
        agenda: &Agenda,
        (day, next): (Date, Date),
        by: &Actor,
        because: &str,
    ) -> Result<usize, EngineError> {
        let mut count = 0;
        for (stored, _) in &agenda.entries {
            let listed = stored.case.facts.get(&meeting.listed) == Some(&crate::domain::workflow::FactValue::Date(day));
            let engine = self.seen_by(&stored.case);
            let Some((known, ask)) = engine.lists(meeting).filter(|_| listed) else { continue };
            let answers = BTreeMap::from([(ask.clone(), next.to_string())]);
            let reason = Some(because.to_owned());
            let command = Command::Record { name: known.name.clone(), by: by.clone(), answers, reason };
            match self.perform(&CaseKey::Id(stored.id), &command, Pace::Usual).await {
                Ok(_) => count += 1,
                // One that is where nothing is listed comes to the next meeting all the same.
                Err(EngineError::Refused(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(count)
    }

    /// To each member who has the agenda: it is taken out of their calendar.
    async fn letters_of_called_off(
        &self,
        meeting: &MeetingDef,
        (area, day): (&AreaName, Date),
        next: Date,
    ) -> Result<Vec<NewLetter>, EngineError> {
        let Some(letter) = &meeting.called_off_letter else { return Ok(Vec::new()) };
        let told = self.marks_told(meeting, area, day).await?;
        let agenda = Agenda { area: area.clone(), day, entries: Vec::new() };
        let mut letters = Vec::new();
        for member in self.members_of(meeting, area) {
            let mark = self.address_mark(&member.address);
            if !told.contains(&mark) {
                continue;
            }
            let mut context = self.meeting_context(meeting, &agenda, &member);
            context.meeting_on = Some(next);
            let mut content = self.templates.compose(letter, &context)?;
            content.calendar = Some(self.meeting_invitation(meeting, &agenda, &member, Method::Cancel).part());
            let key = format!("{}:off:{mark}", crate::engine::meetings::about(meeting, &agenda));
            let Recipient { role, address, .. } = member;
            letters.push(NewLetter { key, ..self.letter_to(letter, (Some(role), address), Self::new_message_id, content) });
        }
        Ok(letters)
    }

    /// The invitation to a meeting of an area, or what takes it back.
    pub(crate) fn meeting_invitation(&self, meeting: &MeetingDef, agenda: &Agenda, to: &Recipient, method: Method) -> Invitation {
        let line = meeting.day_of(&agenda.area);
        let own = &self.settings.mail;
        let about = crate::engine::meetings::about(meeting, agenda);
        let called_off = method == Method::Cancel;
        Invitation {
            method,
            uid: format!("{}@{}", about.replace(':', "-"), self.own_domain()),
            // A meeting of an area keeps its day, until it is called off.
            sequence: u64::from(called_off),
            written_at: self.ambient.now(),
            day: agenda.day,
            at: line.and_then(|line| line.time()),
            minutes: meeting.minutes,
            summary: format!("{}, {}", meeting.title, self.programme.area_title(&agenda.area)),
            description: if called_off {
                "This meeting is called off.".to_owned()
            } else {
                "The agenda is in the email that brought this invitation.".to_owned()
            },
            place: line.and_then(|line| line.place.clone()),
            organiser: (own.sender_name.clone(), own.address.clone()),
            attendee: to.address.as_text().to_owned(),
        }
    }
}
