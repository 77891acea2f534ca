//! Meetings of an area: the agenda made of cases, and the letter that brings it to whoever is asked to come.
//!
//! The letter has references, dates and counts. What a member may see besides is in the pack that whoever prepares the meeting hands out.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::domain::case::{AgendaEntry, Case, Refusal, agenda_entry};
use crate::domain::ids::{AreaName, CaseId, RoleName};
use crate::domain::letter::{Context, DigestLine, Method};
use crate::domain::time::Date;
use crate::domain::workflow::{AgendaRule, FactValue, MeetingDef, RoleScope};
use crate::engine::roster::{Recipient, Relation};
use crate::engine::{Engine, EngineError};
use crate::store::{CaseFilter, Commit, NewLetter, StoredCase};

/// Lines of one letter; the rest is counted.
const LINES_MAX: usize = 60;
/// Keys of letters about meetings begin so; the area stands in them.
const KEY: &str = "meeting:";

/// Who was told what of a meeting: by the mark of their address the cases and what is asked of each. Nothing of a person.
#[derive(Debug, Default, Serialize, Deserialize)]
struct AgendaKnown {
    day: Option<Date>,
    /// How often letters of this meeting went.
    times: u32,
    members: BTreeMap<String, BTreeMap<String, String>>,
}

fn told_note(meeting: &MeetingDef, area: &AreaName) -> String {
    format!("agenda:{}:{area}", meeting.name)
}

/// How the keys of letters about this meeting begin.
pub(crate) fn about(meeting: &MeetingDef, agenda: &Agenda) -> String {
    format!("{KEY}{}:{}:{}", meeting.name, agenda.area, agenda.day)
}

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

    /// The meetings that are asked about this case now: on whose next agenda, or on one it is listed for, it stands.
    #[must_use]
    pub fn meetings_about(&self, case: &Case) -> Vec<MeetingDef> {
        let engine = self.seen_by(case);
        let world = engine.world();
        let asked = |meeting: &&MeetingDef| {
            let next = case.area.as_ref().and_then(|area| meeting.next(area, world.today, world.calendar));
            let listed = match case.facts.get(&meeting.listed) {
                Some(FactValue::Date(on)) => Some(*on),
                _ => None,
            };
            next.is_some_and(|next| {
                [Some(next), listed].into_iter().flatten().any(|day| agenda_entry(case, meeting, (day, next), &world).is_some())
            })
        };
        engine.programme.lifecycle.meetings.iter().filter(asked).cloned().collect()
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

    /// The next meeting of `area` on `from` or later; one that is called off is none.
    ///
    /// # Errors
    /// A refusal when no line of the programme's file is for the area; the store's.
    pub async fn next_meeting(&self, meeting: &MeetingDef, area: &AreaName, from: Date) -> Result<Date, EngineError> {
        self.meeting_held(meeting, area, from).await?.ok_or_else(|| {
            let says = format!("no day is set for meetings of {area}: add one under `meetings` in lifecycle.yaml");
            Refusal::because(says).into()
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
        let next = self.next_meeting(meeting, area, world.today).await?;
        let mut ids: BTreeSet<CaseId> = BTreeSet::new();
        // Cases under earlier versions come by the rules of these.
        let mut rules: Vec<AgendaRule> = meeting.agenda.clone();
        for engine in self.other_versions_in_use().await? {
            let same = engine.programme.lifecycle.meetings.iter().filter(|known| known.name == meeting.name);
            rules.extend(same.flat_map(|known| &known.agenda).filter(|rule| !meeting.agenda.contains(rule)).cloned());
        }
        for rule in &rules {
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
            let engine = self.seen_by(&stored.case);
            let own = engine.programme.lifecycle.meetings.iter().find(|known| known.name == meeting.name).unwrap_or(meeting);
            if let Some(entry) = agenda_entry(&stored.case, own, (day, next), &engine.world()) {
                entries.push((stored, entry));
            }
        }
        entries.sort_by(|(a, one), (b, other)| (one.since, &a.case.reference).cmp(&(other.since, &b.case.reference)));
        Ok(Agenda { area: area.clone(), day, entries })
    }

    /// Queues the letter with the agenda for each member; whoever has one of this meeting gets what changed since, if anything did.
    /// Returns how many letters are new.
    ///
    /// # Errors
    /// The store's, a template's, or a refusal as [`Engine::next_meeting`].
    pub async fn invite(&self, meeting: &MeetingDef, area: &AreaName, day: Date) -> Result<usize, EngineError> {
        let agenda = self.agenda(meeting, area, day).await?;
        let told = self.told_of(meeting, area, day).await?;
        self.send_agenda(meeting, &agenda, told).await
    }

    /// Who knows what of the meeting of `area` on `day`.
    async fn told_of(&self, meeting: &MeetingDef, area: &AreaName, day: Date) -> Result<AgendaKnown, EngineError> {
        let note = self.store.get_note(&told_note(meeting, area)).await?;
        let told: Option<AgendaKnown> = note.and_then(|text| serde_json::from_str(&text).ok());
        Ok(told.filter(|told| told.day == Some(day)).unwrap_or(AgendaKnown { day: Some(day), ..AgendaKnown::default() }))
    }

    /// The marks of who has the agenda of the meeting of `area` on `day`.
    pub(crate) async fn marks_told(
        &self,
        meeting: &MeetingDef,
        area: &AreaName,
        day: Date,
    ) -> Result<BTreeSet<String>, EngineError> {
        Ok(self.told_of(meeting, area, day).await?.members.into_keys().collect())
    }

    async fn send_agenda(&self, meeting: &MeetingDef, agenda: &Agenda, mut told: AgendaKnown) -> Result<usize, EngineError> {
        let mut letters = Vec::new();
        for member in self.members_of(meeting, &agenda.area) {
            let shown: Vec<_> =
                agenda.entries.iter().filter(|(stored, _)| !self.is_excluded_from(&stored.case, &member)).collect();
            let lines: BTreeMap<String, String> =
                shown.iter().map(|(stored, entry)| (stored.case.reference.to_string(), entry.asks.clone())).collect();
            let mark = self.address_mark(&member.address);
            match told.members.get(&mark) {
                // A meeting that has nothing for somebody does not call them.
                None if shown.is_empty() && !agenda.entries.is_empty() => continue,
                None => letters.push(self.agenda_letter(meeting, agenda, &shown, member)?),
                Some(before) if *before == lines => continue,
                Some(before) => {
                    // That a case is kept from somebody now is not theirs to know: it has not left the agenda.
                    let hidden = agenda.entries.iter().filter(|(stored, _)| self.is_excluded_from(&stored.case, &member));
                    let hidden: BTreeSet<String> = hidden.map(|(stored, _)| stored.case.reference.to_string()).collect();
                    let known = before.iter().filter(|(reference, _)| !hidden.contains(*reference));
                    let known = known.map(|(reference, asks)| (reference.clone(), asks.clone())).collect();
                    let changes = self.changes_of(&known, &lines);
                    if changes.is_empty() {
                        told.members.insert(mark, lines);
                        continue;
                    }
                    letters.extend(self.changed_letter(meeting, agenda, (&changes, &lines, told.times), member)?);
                }
            }
            told.members.insert(mark, lines);
        }
        if letters.is_empty() {
            return Ok(0);
        }
        let asked = letters.len();
        let done = self.store.commit(Commit { letters, ..Commit::at(self.ambient.now()) }).await?;
        // Noted after the letters: a stop in between makes the same ones again under the same keys, or others when more has changed.
        told.times += 1;
        self.store.set_note(&told_note(meeting, &agenda.area), &serde_json::to_string(&told)?).await?;
        Ok(asked - done.duplicate_letters.len())
    }

    /// Invites to every meeting whose time has come, and tells whoever was invited what has changed since. Running it twice tells nobody
    /// twice.
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
                let next = self.meeting_held(meeting, &area.name, today).await?;
                let Some(day) = next.filter(|day| *day <= last) else { continue };
                let told = self.told_of(meeting, &area.name, day).await?;
                let agenda = self.agenda(meeting, &area.name, day).await?;
                // A meeting that is asked nothing calls nobody; what comes up until its day still does.
                if !agenda.entries.is_empty() || !told.members.is_empty() {
                    count += self.send_agenda(meeting, &agenda, told).await?;
                }
            }
        }
        Ok(count)
    }

    /// What stands on an agenda and did not before, what is asked otherwise, and what stands there no more.
    fn changes_of(&self, before: &BTreeMap<String, String>, now: &BTreeMap<String, String>) -> Vec<DigestLine> {
        let line = |reference: &String, purpose: String| DigestLine {
            reference: reference.clone(),
            purpose,
            due_on: None,
            late: false,
            link: self.settings.web.page(&format!("/cases/{reference}")),
        };
        let new = now.iter().filter_map(|(reference, asks)| match before.get(reference) {
            None => Some(line(reference, format!("new on the agenda, {asks}"))),
            Some(known) if known != asks => Some(line(reference, format!("now asked for {asks}"))),
            Some(_) => None,
        });
        let gone = before.keys().filter(|reference| !now.contains_key(*reference));
        let gone = gone.map(|reference| line(reference, "not on the agenda any more".to_owned()));
        new.chain(gone).collect()
    }

    /// The letter that says what changed; none where the programme has none.
    fn changed_letter(
        &self,
        meeting: &MeetingDef,
        agenda: &Agenda,
        (changes, now, times): (&[DigestLine], &BTreeMap<String, String>, u32),
        to: Recipient,
    ) -> Result<Option<NewLetter>, EngineError> {
        let Some(letter) = &meeting.changed_letter else { return Ok(None) };
        let mut context = self.meeting_context(meeting, agenda, &to);
        context.counts.insert("cases".to_owned(), u32::try_from(now.len()).unwrap_or(u32::MAX));
        context.lines = changes.iter().take(LINES_MAX).cloned().collect();
        let content = self.templates.compose(letter, &context)?;
        let state = hex::encode(&self.store.vault().fingerprint("agenda", serde_json::to_string(now)?)[..8]);
        Ok(Some(NewLetter {
            key: format!("{}:{}:{times}:{state}", about(meeting, agenda), self.address_mark(&to.address)),
            ..self.letter_to(letter, (Some(to.role), to.address), Self::new_message_id, content)
        }))
    }

    pub(crate) fn meeting_context(&self, meeting: &MeetingDef, agenda: &Agenda, to: &Recipient) -> Context {
        Context {
            reference: meeting.title.clone(),
            area: Some(self.programme.area_title(&agenda.area).to_owned()),
            role: self.programme.lifecycle.role(&to.role).map(|role| role.title.clone()),
            due_on: Some(agenda.day),
            at: meeting.day_of(&agenda.area).map(|line| line.at.clone()),
            ..self.base_context()
        }
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
        let mut lines: Vec<DigestLine> = shown
            .iter()
            .map(|(stored, entry)| DigestLine {
                reference: stored.case.reference.to_string(),
                purpose: entry.says(),
                due_on: None,
                late: false,
                link: self.settings.web.page(&format!("/cases/{}", stored.case.reference)),
            })
            .collect();
        let mut context = self.meeting_context(meeting, agenda, &to);
        context.counts.insert("lines".to_owned(), u32::try_from(lines.len()).unwrap_or(u32::MAX));
        lines.truncate(LINES_MAX);
        context.lines = lines;
        let mut content = self.templates.compose(&meeting.letter, &context)?;
        let mark = self.address_mark(&to.address);
        let about = about(meeting, agenda);
        content.calendar = Some(self.meeting_invitation(meeting, agenda, &to, Method::Request).part());
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
