//! Effects → rows: who gets which letter, composed now, with nothing left to choose.

use std::collections::{BTreeMap, BTreeSet};

use crate::config::Person;
use crate::domain::case::ArmedTimer;
use crate::domain::case::family::{Check, CheckAnswer, Excluded};
use crate::domain::case::{Case, Contact, Effect, Event, Holder};
use crate::domain::ids::{CaseId, LetterName, MailId, RoleName, TaskId, TimerName};
use crate::domain::letter::{Context, DigestLine};
use crate::domain::personal::Personal;
use crate::domain::rules::Truth;
use crate::domain::workflow::{AgencyDef, AlsoTo, LetterDef, Lifecycle, RoleScope, ToAgencies};
use crate::engine::roster::{Recipient, Relation, Roster};
use crate::engine::sharing::{Apart, has_name_of_family, names_of_family};
use crate::engine::{Engine, EngineError};
use crate::store::{CaseSummary, CaseWrite, NewLetter, NewTask};

/// Working days in which an agency without a contact is rung.
const TELEPHONE_WORKING_DAYS: i32 = 3;

/// Everything one decision adds besides its events.
#[derive(Default)]
pub struct Outgoing {
    /// Letters, composed.
    pub letters: Vec<NewLetter>,
    /// Worklist items.
    pub tasks: Vec<NewTask>,
    /// Timers to run.
    pub arm: Vec<ArmedTimer>,
    /// Timers to forget.
    pub disarm: Vec<(TimerName, u32)>,
}

/// Letters that catch up after downtime are gathered, whatever the workflow file says: one digest a person, not one mail a reminder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    /// As the workflow file says.
    Usual,
    /// Gather everything.
    CatchingUp,
}

impl Engine {
    /// Rows for the effects of `events`, which made `after` of `before`.
    ///
    /// # Errors
    /// [`EngineError::Compose`] when a template cannot be filled.
    pub fn outgoing(
        &self,
        id: CaseId,
        before: Option<&Case>,
        after: &Case,
        events: &[Event],
        pace: Pace,
    ) -> Result<Outgoing, EngineError> {
        let mut outgoing = Outgoing::default();
        let mut written_to = BTreeSet::new();
        for effect in crate::domain::case::effects(before, after, events) {
            match effect {
                Effect::Letter { letter, key } => {
                    written_to
                        .extend(self.programme.lifecycle.letter(&letter).into_iter().flat_map(|letter| &letter.to).cloned());
                    let rows = self.letters_of_case(id, (before, after), &letter, &key, pace)?;
                    outgoing.letters.extend(rows);
                    outgoing.tasks.extend(self.asked_by_telephone(id, after, &letter, &key));
                }
                Effect::Arm(timer) => outgoing.arm.push(timer),
                Effect::Disarm { timer, arming } => outgoing.disarm.push((timer, arming)),
                Effect::Task { key, role, says, due_on } => outgoing.tasks.push(NewTask {
                    id: TaskId::from_random(self.ambient.id()),
                    key: format!("case:{id}:{key}"),
                    case: Some(id),
                    mail: None,
                    role,
                    says,
                    due_on,
                }),
            }
        }
        outgoing.tasks.extend(self.passed_over(id, after, &written_to));
        outgoing.tasks.extend(self.asked_who_is_meant(id, after));
        Ok(outgoing)
    }

    pub(crate) fn letters_of_case(
        &self,
        id: CaseId,
        (before, case): (Option<&Case>, &Case),
        letter: &LetterName,
        key: &str,
        pace: Pace,
    ) -> Result<Vec<NewLetter>, EngineError> {
        let lifecycle = &self.programme.lifecycle;
        let Some(definition) = lifecycle.letter(letter) else { return Ok(Vec::new()) };
        if !self.may_go(case, letter) {
            return Ok(Vec::new());
        }
        self.letters_to(id, (before, case), definition, (key, pace), self.readers_of(before, case, definition))
    }

    /// The letter of this definition, one for each of `recipients`.
    pub(crate) fn letters_to(
        &self,
        id: CaseId,
        (before, case): (Option<&Case>, &Case),
        definition: &LetterDef,
        (key, pace): (&str, Pace),
        recipients: Vec<Recipient>,
    ) -> Result<Vec<NewLetter>, EngineError> {
        let (lifecycle, letter) = (&self.programme.lifecycle, &definition.name);
        let mut rows = Vec::new();
        let told = self.titles_of(&recipients);
        for recipient in recipients {
            let mut context = Context { told: told.clone(), ..self.case_context(case, letter, &recipient.role) };
            if definition.tells_holders {
                // Whoever was asked a moment ago is not waited for any more, and holds the question all the same.
                context.holders = self.holders(before.unwrap_or(case));
            }
            if definition.details && self.is_trusted_with_details(&recipient.address) {
                context.details = self.details(case);
            }
            let mut content = self.templates.compose(letter, &context)?;
            content.line = Some(DigestLine {
                reference: context.reference.clone(),
                purpose: definition.title.clone(),
                due_on: context.due_on,
                late: false,
                link: context.link.clone(),
            });
            // Who can record nothing works with no list of ours: a digest would not help, so the letter goes as it is.
            let works = lifecycle.moves.iter().any(|known| known.by.contains(&recipient.role));
            let gathered = works && (definition.gathered || pace == Pace::CatchingUp);
            content.calendar = definition.calendar.as_ref().and_then(|meeting| {
                // A letter that calls a meeting off tells of the day it had.
                let of = if meeting.called_off { before.unwrap_or(case) } else { case };
                self.invitation(id, (of, case.version), meeting, &recipient)
            });
            // Nobody's calendar reads a digest, and nobody can write behind its lines.
            let gathered = gathered && content.calendar.is_none() && definition.answer.is_none();
            let mark = self.address_mark(&recipient.address);
            let to = (Some(recipient.role.clone()), recipient.address.clone());
            let message_id = |engine: &Self| engine.message_id_about(id, &case.reference, &recipient);
            rows.push(NewLetter {
                key: format!("case:{id}:{key}:{}:{mark}", recipient.role),
                case: Some(id),
                gathered,
                ..self.letter_to(letter, to, message_id, content)
            });
        }
        Ok(rows)
    }

    /// Whether the condition of the letter's definition is met for the case as it stands.
    #[must_use]
    pub fn may_go(&self, case: &Case, letter: &LetterName) -> bool {
        let engine = self.seen_by(case);
        let condition = engine.programme.lifecycle.letter(letter).and_then(|definition| definition.only_if.as_ref());
        condition.is_none_or(|condition| crate::domain::case::test(case, condition).truth == Truth::Met)
    }

    /// Titles of the roles in which these get a letter, each once.
    pub(crate) fn titles_of(&self, recipients: &[Recipient]) -> Vec<String> {
        let mut titles: Vec<String> = Vec::new();
        for title in recipients.iter().filter_map(|one| self.programme.lifecycle.role(&one.role)).map(|role| &role.title) {
            if !titles.contains(title) {
                titles.push(title.clone());
            }
        }
        titles
    }

    /// Everybody a letter of this definition goes to now.
    fn recipients_of(&self, case: &Case, definition: &LetterDef) -> Vec<Recipient> {
        let lifecycle = &self.programme.lifecycle;
        let met = |also: &&AlsoTo| crate::domain::case::test(case, &also.when).truth == Truth::Met;
        let also: Vec<RoleName> = definition.also.iter().filter(met).map(|also| also.role.clone()).collect();
        let to: Vec<RoleName> = definition.to.iter().chain(&also).cloned().collect();
        let mut found = self.recipients(case, &to);
        if definition.holders_only {
            let holders = self.holders_written_to(case, &Apart::of(case, lifecycle));
            let relation = Relation { area: case.area.as_ref(), holders: Some(&holders) };
            let held = |role: &&RoleName| {
                lifecycle.role(role).is_some_and(|role| !self.roster.holders(role.scope, &role.name, relation).is_empty())
            };
            let held: Vec<RoleName> = to.iter().filter(held).cloned().collect();
            found = self.recipients(case, &held);
        }
        for contact in self.agencies_told(case, definition).map(|which| self.contacts(case, which)).unwrap_or_default() {
            if !found.iter().any(|have| have.address == contact.address) {
                found.push(contact);
            }
        }
        found
    }

    /// Which agencies a letter of this definition goes to, while they may be told. Who has been told is known to the outbox alone:
    /// [`Engine::told_agencies`].
    fn agencies_told(&self, case: &Case, definition: &LetterDef) -> Option<ToAgencies> {
        let may = |condition| crate::domain::case::test(case, condition).truth == Truth::Met;
        let which = definition.agencies.filter(|which| *which != ToAgencies::Told);
        which.filter(|_| definition.agencies_if.as_ref().is_none_or(may))
    }

    /// Contacts of these agencies in the area of the case; nobody answers in their place. Of those that were told, in every area.
    pub(crate) fn contacts(&self, case: &Case, which: ToAgencies) -> Vec<Recipient> {
        let engine = self.seen_by(case);
        let relation = Relation { area: case.area.as_ref(), holders: Some(&case.holders) };
        let apart = Apart::of(case, &engine.programme.lifecycle);
        let name = |address: &str| self.roster.person(address).map_or("", |person| person.name.as_text());
        let held = |agency: &AgencyDef| match which {
            ToAgencies::Asked | ToAgencies::InContact => self.roster.holders(RoleScope::Area, &agency.contact, relation),
            ToAgencies::Told => self.roster.holders(RoleScope::Programme, &agency.contact, relation),
        };
        let found = engine.agencies_of(case, which).into_iter().flat_map(held);
        found
            .filter(|one| {
                let address = one.address.as_text();
                !apart.holds(name(address), address) && !self.is_ours(address)
            })
            .collect()
    }

    fn agencies_of(&self, case: &Case, which: ToAgencies) -> Vec<&AgencyDef> {
        let excluded = Excluded::of(case);
        let checked = |agency: &AgencyDef, fits: fn(&Check) -> bool| {
            case.family.checks.get(&agency.name).is_some_and(fits) && !excluded.holds(agency)
        };
        let fits = |agency: &&AgencyDef| match which {
            ToAgencies::Asked => checked(agency, |check| check.answer.is_none()),
            ToAgencies::InContact => checked(agency, |check| check.answer == Some(CheckAnswer::Known)),
            // Whoever holds something is told to stop, also when the family keeps them out since.
            ToAgencies::Told => true,
        };
        self.programme.lifecycle.agencies.iter().filter(fits).collect()
    }

    /// Agencies that a letter should reach and that have no contact in the area: whoever owns the case rings them.
    fn asked_by_telephone(&self, id: CaseId, case: &Case, letter: &LetterName, key: &str) -> Option<NewTask> {
        let lifecycle = &self.programme.lifecycle;
        let definition = lifecycle.letter(letter).filter(|_| self.may_go(case, letter))?;
        let which = self.agencies_told(case, definition)?;
        let told = self.contacts(case, which);
        let silent = |agency: &&&AgencyDef| !told.iter().any(|contact| contact.role == agency.contact);
        let agencies = self.agencies_of(case, which);
        let titles: Vec<&str> = agencies.iter().filter(silent).map(|agency| agency.title.as_str()).collect();
        let role = crate::domain::case::owner_role(case, lifecycle).filter(|_| !titles.is_empty())?;
        let title = lifecycle.letter(letter).map_or(letter.as_str(), |definition| definition.title.as_str());
        Some(NewTask {
            id: TaskId::from_random(self.ambient.id()),
            key: format!("case:{id}:{key}:telephone"),
            case: Some(id),
            mail: None,
            role: role.clone(),
            says: format!(
                "nobody of the settings is contact for {} here; ring them (\"{title}\") and record what they say",
                titles.join(", ")
            ),
            due_on: self.programme.calendar.add_working_days(self.ambient.today(), TELEPHONE_WORKING_DAYS),
        })
    }

    /// Whoever owns the case hears, once a role, that its letters go to somebody else: the holder has an address or a name of the family.
    /// Otherwise a slip in an address would be silent for ever.
    fn passed_over(&self, id: CaseId, case: &Case, roles: &BTreeSet<RoleName>) -> Vec<NewTask> {
        let lifecycle = &self.programme.lifecycle;
        let held: Vec<&RoleName> = roles.iter().filter(|role| case.holders.contains_key(*role)).collect();
        if held.is_empty() {
            return Vec::new();
        }
        let apart = Apart::of(case, lifecycle);
        let written_to = self.holders_written_to(case, &apart);
        // That the family keeps somebody out stands on the case, and that who came forward is rung has a task of its own.
        let comes_forward = crate::engine::sharing::nominates_itself(case);
        let known = |role: &RoleName| {
            let Holder { contact, .. } = &case.holders[role];
            let organisation = contact.organisation.as_ref().map(Personal::as_text);
            apart.kept_out.holds(contact.name.as_text(), organisation, contact.address.as_text())
                || (comes_forward && role.as_str() == "referrer")
        };
        let passed_over = held.into_iter().filter(|role| !written_to.contains_key(*role) && !known(role));
        let owner = crate::domain::case::owner_role(case, lifecycle);
        let task = |(role, owner): (&RoleName, &RoleName)| NewTask {
            id: TaskId::from_random(self.ambient.id()),
            key: format!("case:{id}:passed_over:{role}"),
            case: Some(id),
            mail: None,
            role: owner.clone(),
            says: format!(
                "letters to the {} of this case go to somebody else: the address or name recorded is one of the family's. Look at it, and \
                 record whoever it is anew if that is wrong",
                lifecycle.role(role).map_or(role.as_str(), |role| role.title.as_str())
            ),
            due_on: self.programme.calendar.add_working_days(self.ambient.today(), TELEPHONE_WORKING_DAYS),
        };
        passed_over.filter_map(|role| Some((role, owner?))).map(task).collect()
    }

    /// Everybody who answers for these roles now, each address once.
    #[must_use]
    pub fn recipients(&self, case: &Case, roles: &[RoleName]) -> Vec<Recipient> {
        self.found_by(case, roles, Roster::answer_for)
    }

    /// Everybody on whose list stands what is asked of `role` about `case`.
    pub(crate) fn asked_of(&self, case: &Case, role: &RoleName) -> Vec<Recipient> {
        self.found_by(case, std::slice::from_ref(role), Roster::asked)
    }

    fn found_by(
        &self,
        case: &Case,
        roles: &[RoleName],
        answering: impl Fn(&Roster, &Lifecycle, &RoleName, Relation<'_>) -> Vec<Recipient>,
    ) -> Vec<Recipient> {
        let engine = self.seen_by(case);
        let lifecycle = &engine.programme.lifecycle;
        let apart = Apart::of(case, lifecycle);
        let holders = self.holders_written_to(case, &apart);
        // Somebody of the staff may be of the family too: then others read what the role would.
        let of_staff = |person: &Person| !apart.holds(person.name.as_text(), person.address.as_text());
        let fewer = (!apart.is_empty()).then(|| self.roster.keeping(of_staff));
        let roster = fewer.as_ref().unwrap_or(&self.roster);
        let relation = Relation { area: case.area.as_ref(), holders: Some(&holders) };
        let mut found: Vec<Recipient> = Vec::new();
        for role in roles {
            for recipient in answering(roster, lifecycle, role, relation) {
                let ours = self.is_ours(recipient.address.as_text());
                if !ours && !found.iter().any(|have| have.address == recipient.address) {
                    found.push(recipient);
                }
            }
        }
        found
    }

    /// Who gets `definition`. What calls a meeting off goes to whoever had the invitation and has it no more; an invitation to a meeting
    /// that has not moved goes to whoever did not have it.
    fn readers_of(&self, before: Option<&Case>, case: &Case, definition: &LetterDef) -> Vec<Recipient> {
        let now = || self.recipients_of(case, definition);
        let (Some(before), Some(meeting)) = (before, &definition.calendar) else { return now() };
        let lifecycle = &self.programme.lifecycle;
        let unmoved = |invitation: &LetterDef| {
            let stood = crate::domain::case::meets(before, lifecycle, invitation);
            let stands = crate::domain::case::meets(case, lifecycle, invitation);
            matches!((stood, stands), (Some(stood), Some(stands)) if stood.is_unmoved(&stands))
        };
        let (mut readers, others) = if meeting.called_off {
            let takes_back = |one: &&LetterDef| {
                one.calendar.as_ref().is_some_and(|meeting| meeting.taken_back_by.as_ref() == Some(&definition.name))
            };
            let stands = lifecycle.letters.iter().filter(takes_back).any(unmoved);
            (self.recipients_of(before, definition), if stands { now() } else { Vec::new() })
        } else {
            let had = if unmoved(definition) { self.recipients_of(before, definition) } else { Vec::new() };
            (now(), had)
        };
        readers.retain(|reader| !others.iter().any(|other| other.address == reader.address));
        readers
    }

    /// The holders of roles of `case` who may be written to. Whom the family keeps out holds nothing as far as letters go: the role
    /// falls to who stands behind it.
    fn holders_written_to(&self, case: &Case, apart: &Apart) -> BTreeMap<RoleName, Holder> {
        // Nobody of the family is written to but in the role that stands for a safe contact.
        let engine = self.seen_by(case);
        let lifecycle = &engine.programme.lifecycle;
        let people = std::cell::OnceCell::new();
        let has_a_name_of_family = |contact: &Contact| {
            let people = people.get_or_init(|| names_of_family(case));
            has_name_of_family(people, &self.programme.people, contact.name.as_text(), contact.address.as_text())
        };
        let mut holders = case.holders.clone();
        holders.retain(|role, Holder { contact, .. }| {
            let organisation = contact.organisation.as_ref().map(Personal::as_text);
            let address = contact.address.as_text().to_lowercase();
            let is_family = lifecycle.role(role).is_some_and(|role| role.of_family);
            // The family's own safe contact has the surname of whom they keep out more often than not.
            let name = contact.name.as_text();
            let held = if is_family {
                apart.kept_out.surely_holds(name, organisation, &address)
            } else {
                apart.kept_out.holds(name, organisation, &address)
            };
            if held {
                return false;
            }
            is_family || !(apart.addresses.contains(&address) || !self.is_vouched_for(contact) && has_a_name_of_family(contact))
        });
        holders
    }

    /// Whether the settings know somebody's address, or that of their agency: then a name of the family is chance.
    fn is_vouched_for(&self, contact: &Contact) -> bool {
        let address = contact.address.as_text();
        self.roster.person(address).is_some() || self.settings.known_agencies.iter().any(|agency| agency.domain.holds(address))
    }

    /// A letter that belongs to a mail, not to a case: a receipt, an announcement of a request.
    ///
    /// # Errors
    /// [`EngineError::Compose`] when the template cannot be filled.
    pub fn letter_of_mail(
        &self,
        mail: MailId,
        letter: &str,
        recipient: &Recipient,
        context: &Context,
        answers: Option<String>,
    ) -> Result<NewLetter, EngineError> {
        let letter = LetterName::new(letter).expect("a fixed name is a name");
        let content = self.templates.compose(&letter, context)?;
        let to = (Some(recipient.role.clone()), recipient.address.clone());
        Ok(NewLetter {
            key: format!("mail:{mail}:{letter}:{}", self.address_mark(&recipient.address)),
            mail: Some(mail),
            automatic_answer: answers.is_some(),
            in_reply_to: answers,
            ..self.letter_to(&letter, to, Self::new_message_id, content)
        })
    }

    /// A short mark of an address for effect keys: the same for the same address, telling nothing.
    #[must_use]
    pub fn address_mark(&self, address: &Personal<String>) -> String {
        hex::encode(&self.store.vault().fingerprint("letter key", address.as_text().to_lowercase())[..8])
    }

    /// The row of the case as a whole.
    #[must_use]
    pub fn case_write(
        &self,
        id: CaseId,
        expected_version: u64,
        events: Vec<Event>,
        state: Case,
        outgoing: &mut Outgoing,
    ) -> CaseWrite {
        let summary = self.summary_of(&state);
        let household = self.household_written(&state, &events);
        CaseWrite {
            id,
            expected_version,
            events,
            state,
            summary,
            arm: std::mem::take(&mut outgoing.arm),
            disarm: std::mem::take(&mut outgoing.disarm),
            household,
        }
    }

    /// What lists show of a case in this state.
    #[must_use]
    pub fn summary_of(&self, state: &Case) -> CaseSummary {
        let lifecycle = &self.programme.lifecycle;
        let closed = lifecycle.stage(&state.stage).is_some_and(|stage| stage.kind == crate::domain::workflow::StageKind::Final);
        let next = crate::domain::case::next_due(state);
        CaseSummary {
            stage: state.stage.clone(),
            area: state.area.clone(),
            grade: state.verdict.grade.clone(),
            owner_role: crate::domain::case::owner_role(state, lifecycle).cloned(),
            next_due_on: next.map(|(on, _)| on),
            next_due_what: next.map(|(_, timer)| timer.clone()),
            closed,
        }
    }
}
