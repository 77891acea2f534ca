//! What a command would change, as facts to append. Decides only: reads no clock, sends nothing.
//!
//! Every decision ends the same way: automatic transitions until none applies, letters, timers computed anew, and
//! the check that an open case has an owner and a next dated action. A decision that fails it is refused whole.

use std::collections::BTreeMap;

use crate::domain::case::evolve::{apply, begun};
use crate::domain::case::{
    Actor, Case, Command, Event, Meets, Opened, Refusal, World, draft, family, guard, meets, migrate, offers, record, timers,
};
use crate::domain::ids::{FactName, LetterName, MailId, RoleName, StageName, TimerName};
use crate::domain::personal::Personal;
use crate::domain::time::Date;
use crate::domain::workflow::{Automatic, FactDef, FactKind, FactValue, Set, SetTo, StageKind};

/// More automatic transitions than this in one decision are a loop in the workflow file.
const AUTOMATIC_MAX: usize = 16;
/// Working days a person has to read a mail that came for a case.
const MAIL_LOOK_WORKING_DAYS: i32 = 2;

/// The kind of a mail that answers the numbered lines of a letter and becomes a draft.
pub const ANSWER: &str = "answer";

/// What `command` would change, as facts to append; empty when it changes nothing (a timer that has been carried out, a mail
/// that is already there). `case` is `None` only for [`Command::Open`].
///
/// # Errors
/// [`Refusal`] with everything that is wrong at once, and what to do about each.
pub fn decide(case: Option<&Case>, command: &Command, world: &World<'_>) -> Result<Vec<Event>, Refusal> {
    match (case, command) {
        (None, Command::Open(opened)) => open(opened, world),
        (Some(case), Command::Open(_)) => Err(Refusal::because(format!("case {} is already open", case.reference))),
        (None, _) => Err(Refusal::because("there is no such case; a nomination has to open it first")),
        (Some(case), Command::Record { name, by, answers, reason }) => {
            let wish = record::Wish { name, by, answers, reason: reason.as_deref() };
            record::record(Decision::with_family(case, world, name)?, &wish)
        }
        (Some(case), Command::Fire { timer, arming, rung }) => fire(Decision::on(case, world), timer, *arming, *rung),
        (Some(case), Command::Attach { mail, kind, facts, by_person, written_by }) => {
            attach(Decision::on(case, world), (*mail, kind), facts, *by_person, written_by)
        }
        (Some(case), Command::Draft { draft, confirmed_by }) => draft::receive(Decision::on(case, world), draft, confirmed_by),
        (Some(case), Command::SettleDraft { draft, fate, by, answers, reason }) => {
            let records = draft::wanted(case, draft.as_deref())?.records.clone();
            let decision = Decision::with_family(case, world, &records)?;
            draft::settle(decision, (draft.as_deref(), *fate), by, answers, reason.as_deref())
        }
        (Some(case), Command::Propose { found }) => propose(Decision::on(case, world), found),
        (Some(case), Command::Detach { mail, by, reason }) => detach(Decision::on(case, world), *mail, by, reason),
        (Some(case), Command::Migrate(wish)) => migrate::migrate(Decision::on(case, world), wish),
        (Some(case), Command::Acknowledge { timer, role }) => {
            let mut decision = Decision::on(case, world);
            timers::acknowledge(&mut decision, timer, role)?;
            decision.finished()
        }
        (Some(case), Command::Recalculate { because }) => {
            let mut decision = Decision::on(case, world);
            timers::recalculate(&mut decision, because)?;
            decision.finished()
        }
    }
}

/// A decision being made: the case as it would be, and the events that make it so.
pub(super) struct Decision<'w> {
    pub(super) world: World<'w>,
    pub(super) case: Case,
    events: Vec<Event>,
    letters: Vec<LetterName>,
    /// Meetings as they stood before the decision.
    meetings: Vec<Option<Meets>>,
}

impl<'w> Decision<'w> {
    fn on(case: &Case, world: &World<'w>) -> Self {
        let meetings = meets::standing(case, world.lifecycle);
        Self { world: *world, case: case.clone(), events: Vec::new(), letters: Vec::new(), meetings }
    }

    /// As [`Decision::on`]; a case from before its family was kept comes to know it with the first move about it.
    fn with_family(case: &Case, world: &World<'w>, name: &crate::domain::ids::MoveName) -> Result<Self, Refusal> {
        let mut decision = Self::on(case, world);
        let about_family = world.lifecycle.find_move(name).is_some_and(|known| known.records.is_some());
        if about_family && case.family.members.is_empty() && case.family.themes.is_empty() {
            decision.identify(case.nomination.reveal(), case.opened_on)?;
        }
        Ok(decision)
    }

    /// Takes the members and themes of a stored nomination into the family's record, as they were on `on`.
    fn identify(&mut self, nomination: &serde_json::Value, on: Date) -> Result<(), Refusal> {
        for change in family::identified(nomination) {
            self.push(Event::FamilyChanged { change, on })?;
        }
        Ok(())
    }

    /// Adds an event and applies it to the draft.
    pub(super) fn push(&mut self, event: Event) -> Result<(), Refusal> {
        apply(&mut self.case, &event).map_err(|broken| Refusal::because(broken.to_string()))?;
        self.events.push(event);
        Ok(())
    }

    /// Remembers letters to call at the end, each once a decision.
    pub(super) fn call(&mut self, letters: &[LetterName]) {
        for letter in letters {
            if !self.letters.contains(letter) {
                self.letters.push(letter.clone());
            }
        }
    }

    /// Enters a stage.
    pub(super) fn enter(&mut self, from: Option<StageName>, to: &StageName, because: &str) -> Result<(), Refusal> {
        let on = self.world.today;
        self.push(Event::StageEntered { from, to: to.clone(), because: because.to_owned(), on })
    }

    /// Sets a fact, and ends the gap of the nomination that it supplies. Setting what is so already changes nothing.
    pub(super) fn set(&mut self, fact: &FactName, value: Option<FactValue>, by_person: bool) -> Result<(), Refusal> {
        let settled = !by_person || value.is_none() || self.case.settled.contains(fact);
        if self.case.facts.get(fact) == value.as_ref() && settled {
            return Ok(());
        }
        self.push(Event::FactSet { fact: fact.clone(), value: value.clone(), by_person })?;
        let definition = self.world.lifecycle.facts.iter().find(|definition| definition.name == *fact);
        let Some(supplies) = definition.and_then(|definition| definition.supplies.as_ref()) else { return Ok(()) };
        let ends = value.is_some_and(|value| supplies.when.contains(&value)) && self.case.missing.contains(&supplies.missing);
        if ends { self.push(Event::MissingSupplied { items: vec![supplies.missing.clone()] }) } else { Ok(()) }
    }

    /// Sets the facts of a move.
    pub(super) fn set_all(
        &mut self,
        sets: &[Set],
        answer: impl Fn(&crate::domain::ids::AskName) -> Option<FactValue>,
    ) -> Result<(), Refusal> {
        for Set { fact, to } in sets {
            let value = match to {
                SetTo::Value(value) => Some(value.clone()),
                SetTo::Answer(ask) => match answer(ask) {
                    Some(value) => Some(value),
                    None => continue,
                },
                SetTo::Later(ask) => match (answer(ask), self.case.facts.get(fact)) {
                    (Some(FactValue::Date(said)), Some(FactValue::Date(known))) if *known > said => continue,
                    (Some(value), _) => Some(value),
                    (None, _) => continue,
                },
                SetTo::Add(step) => Some(FactValue::Count(self.counted(fact).saturating_add(*step))),
                SetTo::Streak { answer: ask, of } => match answer(ask) {
                    Some(value) if of.contains(&value) => Some(FactValue::Count(self.counted(fact).saturating_add(1))),
                    Some(_) => Some(FactValue::Count(0)),
                    None => continue,
                },
                SetTo::AddWorkingDays { since, until } => {
                    let day = |fact: &FactName| match self.case.facts.get(fact) {
                        Some(FactValue::Date(date)) => Some(*date),
                        Some(FactValue::YesNo(_) | FactValue::Count(_) | FactValue::Word(_)) | None => None,
                    };
                    let Some(since) = day(since) else { continue };
                    let until = until.as_ref().and_then(day).map_or(self.world.today, |until| until.min(self.world.today));
                    let days = self.world.calendar.working_days_between(since, until).max(0);
                    Some(FactValue::Count(self.counted(fact).saturating_add(days.into())))
                }
                SetTo::Today => Some(FactValue::Date(self.world.today)),
                SetTo::Nothing => None,
            };
            self.set(fact, value, true)?;
        }
        Ok(())
    }

    fn counted(&self, fact: &FactName) -> i64 {
        match self.case.facts.get(fact) {
            Some(FactValue::Count(count)) => *count,
            Some(FactValue::YesNo(_) | FactValue::Date(_) | FactValue::Word(_)) | None => 0,
        }
    }

    /// Asks the owner of the stage, or whoever answers for `role`, for something. What a timer asks for is known by its key: it is done
    /// when the timer stops or counts anew.
    pub(super) fn ask(
        &mut self,
        timer: Option<&TimerName>,
        role: Option<&RoleName>,
        says: &str,
        due_on: Date,
    ) -> Result<(), Refusal> {
        let lifecycle = self.world.lifecycle;
        let asked = match role {
            Some(role) => offers::answering(&self.case, lifecycle, role),
            None => offers::owner_role(&self.case, lifecycle),
        };
        let Some(role) = asked.or_else(|| offers::desk_role(lifecycle)) else {
            return Err(Refusal::because("the workflow file names no role of the programme that could be asked"));
        };
        let asked_by = timer.map(|timer| format!(":{timer}")).unwrap_or_default();
        let key = format!("case-task:{}{asked_by}", self.case.version + 1);
        self.push(Event::TaskCalled { key, role: role.clone(), says: says.to_owned(), due_on })
    }

    /// Calls the remembered letters whose condition is met now that everything else is decided. Whoever recorded what calls one that may
    /// not go is asked to tell its reader another way, where the workflow file says so.
    pub(super) fn send_called(&mut self) -> Result<(), Refusal> {
        for letter in std::mem::take(&mut self.letters) {
            let Some(definition) = self.world.lifecycle.letter(&letter) else { continue };
            if guard::holds(&self.case, definition.only_if.as_ref()) {
                let key = format!("case-letter:{letter}:{}", self.case.version + 1);
                self.push(Event::LetterCalled { letter, key })?;
            } else if let Some(instead) =
                definition.instead.as_ref().filter(|instead| guard::holds(&self.case, Some(&instead.when)))
            {
                let today = self.world.calendar.working_day_on_or_after(self.world.today);
                self.ask(None, self.recorded_by().as_ref(), &instead.task, today)?;
            }
        }
        Ok(())
    }

    /// The role of the person whose move this decision carries out; none where time or a mail decided.
    fn recorded_by(&self) -> Option<RoleName> {
        self.events.iter().rev().find_map(|event| {
            let Event::MoveRecorded { by: Actor::Person { role, .. }, .. } = event else { return None };
            Some(role.clone())
        })
    }

    /// Takes automatic transitions until none applies.
    fn run_on(&mut self) -> Result<(), Refusal> {
        let mut way = vec![self.case.stage.clone()];
        while let Some(next) = self.next_automatic() {
            self.enter(Some(self.case.stage.clone()), &next.to, &next.because)?;
            self.call(&next.letters);
            way.push(next.to.clone());
            if way.len() > AUTOMATIC_MAX {
                let way: Vec<&str> = way.iter().map(StageName::as_str).collect();
                return Err(Refusal::because(format!(
                    "the workflow file sends the case round for ever ({}); an operator has to mend its automatic transitions",
                    way.join(" → ")
                )));
            }
        }
        Ok(())
    }

    fn next_automatic(&self) -> Option<&'w Automatic> {
        let lifecycle = self.world.lifecycle;
        let applies = |row: &&Automatic| row.from.contains(&self.case.stage) && guard::holds(&self.case, row.when.as_ref());
        lifecycle.automatic.iter().find(applies)
    }

    /// What every decision ends with.
    pub(super) fn finished(mut self) -> Result<Vec<Event>, Refusal> {
        self.run_on()?;
        let owed = meets::letters_owed(&self.meetings, &self.case, &self.world);
        self.call(&owed);
        self.send_called()?;
        if self.events.iter().any(|event| matches!(event, Event::AreaSet { .. })) {
            timers::recalculate(&mut self, "the case belongs to another area")?;
        }
        timers::bring_up_to_date(&mut self)?;
        if let Some(why) = would_drift(&self.case, &self.world) {
            return Err(Refusal::because(why));
        }
        Ok(self.events)
    }
}

/// Why the case may not be left like this: an open case has an owner and a next dated action.
fn would_drift(case: &Case, world: &World<'_>) -> Option<String> {
    let Some(stage) = world.lifecycle.stage(&case.stage) else {
        return Some(format!("stage `{}` is not in the workflow file; an operator has to migrate the case", case.stage));
    };
    let wants = match (stage.kind, offers::owner_role(case, world.lifecycle), case.timers.is_empty()) {
        (StageKind::Final, _, _) | (StageKind::Open, Some(_), false) => return None,
        (StageKind::Open, None, _) => "an owner",
        (StageKind::Open, Some(_), true) => "a next dated action",
    };
    Some(format!("in stage `{}` the case would be without {wants}; an operator has to mend the workflow file", stage.title))
}

fn open(opened: &Opened, world: &World<'_>) -> Result<Vec<Event>, Refusal> {
    let mut decision = Decision {
        world: *world,
        case: begun(opened),
        events: vec![Event::Opened(Box::new(opened.clone()))],
        letters: Vec::new(),
        meetings: Vec::new(),
    };
    let first = world.lifecycle.begins.iter().find(|row| guard::holds(&decision.case, row.when.as_ref()));
    let Some(first) = first else {
        return Err(Refusal::because(
            "the workflow file names no stage for such a nomination; its last `begins` needs no condition",
        ));
    };
    decision.enter(None, &first.to, &first.because)?;
    decision.identify(opened.nomination.reveal(), opened.received_on)?;
    decision.call(&first.letters);
    decision.finished()
}

/// A person is asked about each likeness that is new; whoever was parted, linked or asked about before is left alone.
fn propose(mut decision: Decision<'_>, found: &[family::Alike]) -> Result<Vec<Event>, Refusal> {
    let changes = family::proposed(&decision.case.family.ties, found);
    if changes.is_empty() {
        return Ok(Vec::new());
    }
    let on = decision.world.today;
    for change in changes {
        decision.push(Event::FamilyChanged { change, on })?;
    }
    decision.finished()
}

/// A rung that has been carried out, or a timer that was cleared or armed anew, changes nothing: a second firing is harmless.
fn fire(mut decision: Decision<'_>, timer: &TimerName, arming: u32, rung: u32) -> Result<Vec<Event>, Refusal> {
    let armed = decision.case.timers.get(timer).filter(|armed| armed.arming == arming && armed.rung == rung);
    let Some(armed) = armed.filter(|armed| armed.due_at <= decision.world.now).cloned() else { return Ok(Vec::new()) };
    if let Some(definition) = decision.world.lifecycle.timer(timer) {
        timers::carry_out(&mut decision, definition, &armed)?;
    }
    decision.finished()
}

fn attach(
    mut decision: Decision<'_>,
    (mail, kind): (MailId, &str),
    facts: &BTreeMap<FactName, FactValue>,
    by_person: bool,
    written_by: &[RoleName],
) -> Result<Vec<Event>, Refusal> {
    if decision.case.mails.contains(&mail) {
        return Ok(Vec::new());
    }
    let (on, lifecycle) = (decision.world.today, decision.world.lifecycle);
    decision.push(Event::MailAttached { mail, kind: kind.to_owned(), by_person, on })?;
    let look_by = decision.world.calendar.add_working_days(on, MAIL_LOOK_WORKING_DAYS);
    let mut says_otherwise = Vec::new();
    for definition in &lifecycle.facts {
        let Some(value) = facts.get(&definition.name) else { continue };
        if !goes_further(definition, decision.case.facts.get(&definition.name), value) {
            continue;
        }
        if definition.settled_by_people && decision.case.settled.contains(&definition.name) {
            let says =
                format!("a mail says otherwise of `{}` than was recorded; read it and record what is so", definition.title);
            says_otherwise.push(says);
        } else {
            decision.set(&definition.name, Some(value.clone()), false)?;
        }
    }
    // Whoever owns the case after the mail is asked: after words of danger that is somebody else.
    decision.run_on()?;
    // Nobody is asked to read what they wrote themselves: whoever stands behind them is.
    let reader = offers::reader(&decision.case, lifecycle, written_by).cloned();
    for says in says_otherwise {
        decision.ask(None, reader.as_ref(), &says, look_by)?;
    }
    // An answer to a letter that asks for answers is asked about as the draft it becomes.
    if by_person && kind != ANSWER {
        decision.ask(None, reader.as_ref(), "a mail has come for this case; read it and record what it brings", look_by)?;
        decision.call(&lifecycle.mail_letters);
    }
    decision.finished()
}

/// The mail leaves; what it had set stays until a person has looked, for nothing tells what else has been built on it.
fn detach(mut decision: Decision<'_>, mail: MailId, by: &Actor, reason: &Personal<String>) -> Result<Vec<Event>, Refusal> {
    if decision.case.mails.first() == Some(&mail) {
        return Err(Refusal::because("this mail opened the case and cannot be taken off it; decide on the case instead"));
    }
    if !decision.case.mails.contains(&mail) {
        return Err(Refusal::because("this mail is not of the case"));
    }
    let on = decision.world.today;
    decision.push(Event::MailDetached { mail, by: by.clone(), reason: reason.clone(), on })?;
    let look_by = decision.world.calendar.add_working_days(on, MAIL_LOOK_WORKING_DAYS);
    let says =
        "a mail was taken off this case: look at what it had changed (consent, assessment, what is missing) and put it right";
    decision.ask(None, None, says, look_by)?;
    decision.finished()
}

/// A mail takes nothing back: a choice moves only down its list, and what the case knows of itself is not a mail's to say.
fn goes_further(definition: &FactDef, before: Option<&FactValue>, value: &FactValue) -> bool {
    if crate::domain::case::Known::of(&definition.name).is_some() || before == Some(value) {
        return false;
    }
    match (&definition.kind, value) {
        (FactKind::Choice(words), FactValue::Word(word)) => {
            let place = |wanted: &str| words.iter().position(|word| word == wanted);
            let before = before.and_then(|before| match before {
                FactValue::Word(word) => place(word),
                FactValue::YesNo(_) | FactValue::Count(_) | FactValue::Date(_) => None,
            });
            place(word).is_some_and(|after| before.is_none_or(|before| before < after))
        }
        (FactKind::YesNo, FactValue::YesNo(_))
        | (FactKind::Count, FactValue::Count(_))
        | (FactKind::Date, FactValue::Date(_))
        | (FactKind::Time, FactValue::Word(_)) => true,
        (FactKind::Choice(_) | FactKind::YesNo | FactKind::Count | FactKind::Date | FactKind::Time, _) => false,
    }
}
