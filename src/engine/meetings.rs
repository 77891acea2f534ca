//! Meetings of an area: the agenda made of cases, and the letter that brings it to whoever is asked to come.
//!
//! The letter has references, dates and counts. What a member may see besides is in the pack that whoever prepares the meeting hands out.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::domain::case::{AgendaEntry, Refusal, agenda_entry};
use crate::domain::ids::{AreaName, CaseId, RoleName};
use crate::domain::letter::{Context, DigestLine, Invitation, Method};
use crate::domain::time::Date;
use crate::domain::workflow::{MeetingDef, RoleScope};
use crate::engine::roster::{Recipient, Relation};
use crate::engine::{Engine, EngineError};
use crate::store::{CaseFilter, Commit, NewLetter, StoredCase};

/// Lines of one letter; the rest is counted.
const LINES_MAX: usize = 60;
/// Keys of letters about meetings begin so; the area stands in them.
const KEY: &str = "meeting:";

/// What a meeting is asked on a day.
pub struct Agenda {
    /// The area.
    pub area: AreaName,
    /// The day.
    pub day: Date,
    /// The cases, the longest waiting first.
    pub entries: Vec<(Arc<StoredCase>, AgendaEntry)>,
}

impl Engine {
    /// The meeting called `name`, or the first of the programme.
    ///
    /// # Errors
    /// A refusal that names those there are.
    pub fn meeting(&self, name: Option<&str>) -> Result<&MeetingDef, Refusal> {
        let all = &self.programme.lifecycle.meetings;
        let found = match name {
            Some(name) => all.iter().find(|meeting| meeting.name == name),
            None => all.first(),
        };
        found.ok_or_else(|| {
            let names: Vec<&str> = all.iter().map(|meeting| meeting.name.as_str()).collect();
            Refusal::because(format!("the programme has no such meeting; it has: {}", names.join(", ")))
        })
    }

    /// The area called so, by name or title.
    ///
    /// # Errors
    /// A refusal that names those there are.
    pub fn area(&self, text: &str) -> Result<&AreaName, Refusal> {
        let areas = &self.programme.geography.areas;
        let same = |text: &str, wanted: &str| text.eq_ignore_ascii_case(&wanted.replace(['-', ' '], "_"));
        let found = areas.iter().find(|area| same(area.name.as_str(), text) || area.title.eq_ignore_ascii_case(text));
        found.map(|area| &area.name).ok_or_else(|| {
            let names: Vec<&str> = areas.iter().map(|area| area.name.as_str()).collect();
            Refusal::because(format!("there is no area `{text}`; there are: {}", names.join(", ")))
        })
    }

    /// The next meeting of `area` on `from` or later.
    ///
    /// # Errors
    /// A refusal when no line of the programme's file is for the area.
    pub fn next_meeting(&self, meeting: &MeetingDef, area: &AreaName, from: Date) -> Result<Date, Refusal> {
        meeting.next(area, from, &self.programme.calendar).ok_or_else(|| {
            Refusal::because(format!("no day is set for meetings of {area}: add one under `meetings` in lifecycle.yaml"))
        })
    }

    /// Everybody who is asked to a meeting of `area`, each once, with the role that entitles to it. Nobody comes in another's place.
    #[must_use]
    pub fn members_of(&self, meeting: &MeetingDef, area: &AreaName) -> Vec<Recipient> {
        let relation = Relation { area: Some(area), holders: None };
        let mut found: Vec<Recipient> = Vec::new();
        for member in &meeting.members {
            let scope = self.programme.lifecycle.role(&member.role).map_or(RoleScope::Case, |role| role.scope);
            for holder in self.roster.holders(scope, &member.role, relation) {
                if !self.is_ours(holder.address.as_text()) && !found.iter().any(|have| have.address == holder.address) {
                    found.push(holder);
                }
            }
        }
        found
    }

    /// The agenda of `meeting` of `area` on `day`.
    ///
    /// # Errors
    /// The store's, or a refusal as [`Engine::next_meeting`].
    pub async fn agenda(&self, meeting: &MeetingDef, area: &AreaName, day: Date) -> Result<Agenda, EngineError> {
        let world = self.world();
        let next = self.next_meeting(meeting, area, world.today)?;
        let mut ids: BTreeSet<CaseId> = BTreeSet::new();
        for rule in &meeting.agenda {
            for stage in &rule.stages {
                let here = CaseFilter {
                    closed: Some(false),
                    stage: Some(stage.clone()),
                    area: Some(area.clone()),
                    ..CaseFilter::default()
                };
                ids.extend(self.store.cases(&here).await?.iter().map(|row| row.id));
            }
            if let Some(timer) = &rule.timer {
                ids.extend(self.store.cases_with_timer(timer, area).await?);
            }
        }
        let mut entries: Vec<(Arc<StoredCase>, AgendaEntry)> = Vec::new();
        for (_, stored) in self.cases_of(ids.into_iter()).await? {
            if let Some(entry) = agenda_entry(&stored.case, meeting, (day, next), &world) {
                entries.push((stored, entry));
            }
        }
        entries.sort_by(|(a, one), (b, other)| (one.since, &a.case.reference).cmp(&(other.since, &b.case.reference)));
        Ok(Agenda { area: area.clone(), day, entries })
    }

    /// Queues the letter with the agenda for each member. Whoever has one of this meeting gets no second. Returns how many are new.
    ///
    /// # Errors
    /// The store's, a template's, or a refusal as [`Engine::next_meeting`].
    pub async fn invite(&self, meeting: &MeetingDef, area: &AreaName, day: Date) -> Result<usize, EngineError> {
        let agenda = self.agenda(meeting, area, day).await?;
        self.send_agenda(meeting, &agenda).await
    }

    async fn send_agenda(&self, meeting: &MeetingDef, agenda: &Agenda) -> Result<usize, EngineError> {
        let mut letters = Vec::new();
        for member in self.members_of(meeting, &agenda.area) {
            let shown: Vec<_> =
                agenda.entries.iter().filter(|(stored, _)| !self.is_excluded_from(&stored.case, &member)).collect();
            // A meeting that has nothing for somebody does not call them.
            if !shown.is_empty() || agenda.entries.is_empty() {
                letters.push(self.agenda_letter(meeting, agenda, &shown, member)?);
            }
        }
        let asked = letters.len();
        let done = self.store.commit(Commit { letters, ..Commit::at(self.ambient.now()) }).await?;
        Ok(asked - done.duplicate_letters.len())
    }

    /// Invites to every meeting whose time has come. Running it twice invites nobody twice.
    ///
    /// # Errors
    /// As [`Engine::invite`].
    pub async fn send_agendas(&self) -> Result<usize, EngineError> {
        let (calendar, today) = (&self.programme.calendar, self.ambient.today());
        let mut count = 0;
        for meeting in &self.programme.lifecycle.meetings {
            let days = i32::try_from(meeting.sent_working_days_before).unwrap_or(0);
            let last = calendar.add_working_days(today, days);
            for area in &self.programme.geography.areas {
                let next = meeting.next(&area.name, today, calendar);
                let Some(day) = next.filter(|day| *day <= last) else { continue };
                let (note, told) = (format!("agenda:{}:{}", meeting.name, area.name), day.to_string());
                if self.store.get_note(&note).await?.as_deref() == Some(told.as_str()) {
                    continue;
                }
                // A meeting that is asked nothing calls nobody; what comes up until its day still does.
                let agenda = self.agenda(meeting, &area.name, day).await?;
                if !agenda.entries.is_empty() {
                    count += self.send_agenda(meeting, &agenda).await?;
                    self.store.set_note(&note, &told).await?;
                }
            }
        }
        Ok(count)
    }

    /// The area of the meeting a letter of no case is about.
    pub(crate) fn area_of_key(key: &str) -> Option<AreaName> {
        AreaName::new(key.strip_prefix(KEY)?.split(':').nth(1)?).ok()
    }

    fn agenda_letter(
        &self,
        meeting: &MeetingDef,
        agenda: &Agenda,
        shown: &[&(Arc<StoredCase>, AgendaEntry)],
        to: Recipient,
    ) -> Result<NewLetter, EngineError> {
        let line = meeting.day_of(&agenda.area);
        let base = self.base_context();
        let mut lines: Vec<DigestLine> = shown
            .iter()
            .map(|(stored, entry)| DigestLine {
                reference: stored.case.reference.to_string(),
                purpose: entry.says(),
                due_on: None,
                late: false,
                link: format!("{}/cases/{}", self.settings.web.public_url, stored.case.reference),
            })
            .collect();
        let mut context = Context {
            reference: meeting.title.clone(),
            area: Some(self.programme.area_title(&agenda.area).to_owned()),
            role: self.programme.lifecycle.role(&to.role).map(|role| role.title.clone()),
            due_on: Some(agenda.day),
            at: line.map(|line| line.at.clone()),
            link: base.link.clone(),
            ..base
        };
        context.counts.insert("lines".to_owned(), u32::try_from(lines.len()).unwrap_or(u32::MAX));
        lines.truncate(LINES_MAX);
        context.lines = lines;
        let mut content = self.templates.compose(&meeting.letter, &context)?;
        let mark = self.address_mark(&to.address);
        let about = format!("{KEY}{}:{}:{}", meeting.name, agenda.area, agenda.day);
        let own = &self.settings.mail;
        content.calendar = Some(
            Invitation {
                method: Method::Request,
                uid: format!("{}@{}", about.replace(':', "-"), self.own_domain()),
                // A meeting of an area keeps its day; who cannot come is told by people.
                sequence: 0,
                written_at: self.ambient.now(),
                day: agenda.day,
                at: line.and_then(|line| line.time()),
                minutes: meeting.minutes,
                summary: format!("{}, {}", meeting.title, self.programme.area_title(&agenda.area)),
                description: "The agenda is in the email that brought this invitation.".to_owned(),
                place: line.and_then(|line| line.place.clone()),
                organiser: (own.sender_name.clone(), own.address.clone()),
                attendee: to.address.as_text().to_owned(),
            }
            .part(),
        );
        Ok(NewLetter {
            key: format!("{about}:{mark}"),
            ..self.letter_to(&meeting.letter, (Some(to.role), to.address), Self::new_message_id, content)
        })
    }

    /// Whether somebody of the settings is asked to meetings of `area` in this role.
    pub(crate) fn is_member_now(&self, role: &RoleName, area: &AreaName, address: &str) -> bool {
        let meetings = &self.programme.lifecycle.meetings;
        meetings.iter().any(|meeting| {
            let members = self.members_of(meeting, area);
            members.iter().any(|member| member.role == *role && member.address.as_text().eq_ignore_ascii_case(address))
        })
    }
}
