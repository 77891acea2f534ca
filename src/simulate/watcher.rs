//! Looks at the store after every step and holds it to the rules. What it knows of a case it has from the events in the chain,
//! applied here in its own way: neither the engine's state nor its decisions are asked.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use crate::delivery::CapturedLetter;
use crate::domain::case::Event;
use crate::domain::ids::{AreaName, CaseId, CaseReference, LetterId, LetterName, PackName, RoleName, StageName, TimerName};
use crate::domain::time::{Calendar, Instant, london_date};
use crate::domain::workflow::{FactValue, Lifecycle, RoleScope, ToAgencies};
use crate::engine::roster::Roster;
use crate::simulate::Violation;
use crate::simulate::tally::Tally;
use crate::store::{Appended, CaseFilter, Follower, LetterRow, Store, StoreError};

/// What events have told of a case.
#[derive(Debug, Clone)]
pub struct Seen {
    /// Its reference.
    pub reference: CaseReference,
    /// Where it is.
    pub stage: StageName,
    /// Since.
    pub stage_since: Instant,
    /// Its area.
    pub area: Option<AreaName>,
    /// Addresses of the holders of its own roles.
    pub holders: BTreeMap<RoleName, String>,
    version: u64,
    consent: Option<String>,
    timers: BTreeMap<TimerName, Running>,
    carried_out: BTreeMap<TimerName, (u32, u32)>,
}

#[derive(Debug, Clone, Copy)]
struct Running {
    arming: u32,
    rung: u32,
    due_at: Instant,
}

/// The eye on the store.
#[derive(Debug)]
pub struct Watcher {
    follower: Follower,
    /// Every case there is.
    pub cases: BTreeMap<CaseId, Seen>,
    /// What happened, counted.
    pub tally: Tally,
    /// What must never be, and was.
    pub violations: Vec<Violation>,
    /// The pack that judges nominations now.
    pub rule_pack: PackName,
    /// Letters that rest on consent: those whose condition asks for it.
    on_consent: BTreeSet<LetterName>,
    sent: HashSet<LetterId>,
    /// Cases whose deadlines have moved since the last look at the days they stand on.
    moved: BTreeSet<CaseId>,
    /// The calendar of that look.
    calendar: String,
}

/// Whether a letter is made of others that wait for it.
fn stands_for_several(row: &LetterRow) -> bool {
    ["digest", crate::engine::answers::GATHERED].contains(&row.letter.as_str())
}

/// The fact that tells what the family agreed to.
const CONSENT: &str = "consent";

impl Watcher {
    /// An eye on a store that is still empty, under `lifecycle`.
    #[must_use]
    pub fn new(lifecycle: &Lifecycle, rule_pack: PackName) -> Self {
        let rests = |condition: &crate::domain::rules::Condition<crate::domain::workflow::FactTest>| {
            condition.terms().iter().any(|test| test.fact.as_ref().is_some_and(|fact| fact.as_str() == CONSENT))
        };
        let on_consent = lifecycle.letters.iter().filter(|letter| letter.only_if.as_ref().is_some_and(rests));
        Self {
            follower: Follower::default(),
            cases: BTreeMap::new(),
            tally: Tally::default(),
            violations: Vec::new(),
            rule_pack,
            on_consent: on_consent.map(|letter| letter.name.clone()).collect(),
            sent: HashSet::new(),
            moved: BTreeSet::new(),
            calendar: String::new(),
        }
    }

    /// Looks at everything that was written since the last look. Returns the cases to which more happened than a reminder.
    ///
    /// # Errors
    /// The store's, when it cannot be read.
    pub async fn look(&mut self, store: &Store) -> Result<BTreeSet<CaseId>, StoreError> {
        let mut moved = BTreeSet::new();
        let appended = match store.follow(&mut self.follower).await {
            Err(error) if error.is_of_one_row() => {
                let at = self.tally.last_at.unwrap_or(Instant::MIN);
                self.accuse("the store", at, "chain", error.to_string());
                return Ok(moved);
            }
            appended => appended?,
        };
        for row in &appended {
            self.apply(row);
            if !matches!(
                row.event,
                Event::TimerArmed { .. } | Event::TimerFired { .. } | Event::TimerCleared { .. } | Event::TaskCalled { .. }
            ) && !matches!(row.event, Event::LetterCalled { .. })
            {
                moved.insert(row.case);
            }
        }
        for seen in store.witnessed() {
            let says = "a transaction left it open without an owner or a next dated action".to_owned();
            self.accuse(seen.reference.as_str(), seen.at, "open_case_adrift", says);
        }
        Ok(moved)
    }

    /// What must hold when the program has looked at everything: nothing due is left, every mail has its end.
    ///
    /// # Errors
    /// The store's.
    pub async fn after_round(&mut self, store: &Store, now: Instant) -> Result<(), StoreError> {
        if store.next_timer_due_at().await?.is_some_and(|due| due <= now) {
            for due in store.due_timers(now, 20).await? {
                let reference = self.reference(due.case);
                self.accuse(&reference, now, "timer_missed", format!("{} was due at {} and is left", due.timer, due.due_at));
            }
        }
        for receipt in store.mails_without_end().await? {
            self.accuse(&receipt, now, "mail_without_end", "the program has looked, and it has no end state".to_owned());
        }
        Ok(())
    }

    /// Asks of all open cases at once what every transaction was asked of its own, and whether somebody answers for each.
    ///
    /// # Errors
    /// The store's.
    pub async fn ask_all(&mut self, store: &Store, who: (&Lifecycle, &Roster), now: Instant) -> Result<(), StoreError> {
        for reference in store.adrift().await? {
            self.accuse(reference.as_str(), now, "open_case_adrift", "no owner, or no next dated action".to_owned());
        }
        let open = store.cases(&CaseFilter { closed: Some(false), ..CaseFilter::default() }).await?;
        for row in &open {
            let Some(seen) = self.cases.get(&row.id) else { continue };
            let mut role = row.owner_role.as_ref();
            let mut answered = false;
            for _ in 0..=who.0.roles.len() {
                let Some(definition) = role.and_then(|role| who.0.role(role)) else { break };
                if !addresses(seen, who, &definition.name).is_empty() {
                    answered = true;
                    break;
                }
                role = definition.falls_back_to.as_ref();
            }
            if !answered {
                self.accuse(row.reference.as_str(), now, "owner_unheld", "nobody of the roster answers for it".to_owned());
            }
        }
        Ok(())
    }

    /// No deadline to come stands on a day on which nobody works. Asked of the deadlines that have moved since, and of all of them when
    /// the calendar has changed.
    pub fn ask_days(&mut self, calendar: &Calendar, now: Instant) {
        let mut wrong = Vec::new();
        let moved = std::mem::take(&mut self.moved);
        let all = self.calendar != calendar.version;
        self.calendar.clone_from(&calendar.version);
        for seen in self.cases.iter().filter(|(id, _)| all || moved.contains(id)).map(|(_, seen)| seen) {
            let running = seen.timers.iter().filter(|(_, running)| running.due_at > now);
            let closed = running.filter(|(_, running)| !calendar.is_working_day(london_date(running.due_at)));
            wrong.extend(
                closed.map(|(timer, running)| (seen.reference.to_string(), format!("{timer} is due at {}", running.due_at))),
            );
        }
        for (reference, says) in wrong {
            self.accuse(&reference, now, "due_on_closed_day", says);
        }
    }

    /// Looks at letters that have just left, while nothing else has been written since. Returns each with its row.
    ///
    /// # Errors
    /// The store's.
    pub async fn letters(
        &mut self,
        store: &Store,
        who: (&Lifecycle, &Roster),
        sent: &[CapturedLetter],
        now: Instant,
    ) -> Result<Vec<(LetterRow, String)>, StoreError> {
        let mut to: BTreeMap<String, String> = BTreeMap::new();
        for letter in sent {
            let id = header(&letter.message, "message-id:").unwrap_or_default();
            to.insert(id, letter.to.as_str().to_owned());
        }
        let ids: Vec<String> = to.keys().cloned().collect();
        let mut found = Vec::new();
        for page in ids.chunks(64) {
            found.extend(store.letters_with_message_ids(page).await?);
        }
        found.sort_by(|a, b| a.message_id.cmp(&b.message_id));
        if found.len() != sent.len() {
            let says = format!("{} left, and {} of them are in the outbox", sent.len(), found.len());
            self.accuse("the store", now, "letter_twice", says);
        }
        let together: Vec<LetterId> = found.iter().filter(|row| stands_for_several(row)).map(|row| row.id).collect();
        let mut lines: BTreeMap<LetterId, Vec<LetterRow>> = BTreeMap::new();
        for page in together.chunks(64) {
            for line in store.gathered_into(page).await? {
                lines.entry(line.gathered_into.unwrap_or(line.id)).or_default().push(line);
            }
        }
        let mut all = Vec::with_capacity(found.len());
        for row in found {
            let address = to.remove(&row.message_id).unwrap_or_default();
            self.tally.letter(row.letter.as_str());
            if !self.sent.insert(row.id) {
                let says = format!("{} left before", row.letter);
                self.accuse(
                    row.case.map(|case| self.reference(case)).as_deref().unwrap_or("the store"),
                    now,
                    "letter_twice",
                    says,
                );
            }
            if stands_for_several(&row) {
                for line in lines.remove(&row.id).unwrap_or_default() {
                    self.entitled(who, &line, &address, now);
                }
            } else {
                self.entitled(who, &row, &address, now);
            }
            all.push((row, address));
        }
        Ok(all)
    }

    fn entitled(&mut self, who: (&Lifecycle, &Roster), row: &LetterRow, address: &str, now: Instant) {
        let Some(seen) = row.case.and_then(|case| self.cases.get(&case)) else {
            let staff = row.role.as_ref().filter(|role| who.0.role(role).is_some());
            let held = staff.is_none_or(|role| who.1.people().iter().any(|person| holds(person, role, None, address)));
            if !held {
                let says = format!("{} went to somebody who is not its role", row.letter);
                self.accuse("the store", now, "letter_without_role", says);
            }
            return;
        };
        let reference = seen.reference.to_string();
        let withdrawn = matches!(seen.consent.as_deref(), Some("withdrawn" | "refused"));
        let held =
            row.role.as_ref().is_none_or(|role| addresses(seen, who, role).iter().any(|held| held.eq_ignore_ascii_case(address)));
        // What takes a meeting out of a calendar goes to whoever had its invitation.
        let calls_off =
            |one: &crate::domain::workflow::LetterDef| one.calendar.as_ref().is_some_and(|meeting| meeting.called_off);
        // That sharing stops goes to the contact who was told, whatever the case's area is since.
        let was_told = |one: &crate::domain::workflow::LetterDef| {
            one.agencies == Some(ToAgencies::Told)
                && row.role.as_ref().is_some_and(|role| who.1.people().iter().any(|person| holds(person, role, None, address)))
        };
        if !held && !who.0.letter(&row.letter).is_some_and(|one| calls_off(one) || was_told(one)) {
            let role = row.role.as_ref().map_or("nobody", RoleName::as_str);
            self.accuse(&reference, now, "letter_without_role", format!("{} went to somebody who is not {role}", row.letter));
        }
        if withdrawn && self.on_consent.contains(&row.letter) {
            let says = format!("{} rests on a consent that does not stand", row.letter);
            self.accuse(&reference, now, "letter_after_withdrawal", says);
        }
    }

    /// Notes something that must never be.
    pub fn accuse(&mut self, reference: &str, at: Instant, rule: &'static str, says: String) {
        let violation = Violation { reference: reference.to_owned(), at, rule, says };
        if !self.violations.contains(&violation) {
            self.violations.push(violation);
        }
    }

    /// The reference of a case seen; its id when none was.
    #[must_use]
    pub fn reference(&self, case: CaseId) -> String {
        self.cases.get(&case).map_or_else(|| case.to_string(), |seen| seen.reference.to_string())
    }

    /// Events of cases and audit rows seen.
    #[must_use]
    pub fn rows_seen(&self) -> u64 {
        self.follower.rows_seen()
    }

    fn apply(&mut self, row: &Appended) {
        self.tally.event(row.at);
        if let Event::Opened(opened) = &row.event {
            if opened.verdict.rule_pack != self.rule_pack || london_date(row.at) < opened.received_on {
                let says = format!("judged by {}, in force is {}", opened.verdict.rule_pack, self.rule_pack);
                self.accuse(opened.reference.as_str(), row.at, "rule_pack", says);
            }
            let stage = StageName::new("opening").expect("a fixed name is a name");
            let word = |value: &FactValue| if let FactValue::Word(word) = value { Some(word.clone()) } else { None };
            self.cases.insert(
                row.case,
                Seen {
                    reference: opened.reference.clone(),
                    stage,
                    stage_since: row.at,
                    area: opened.area.clone(),
                    holders: opened
                        .holders
                        .iter()
                        .map(|(role, contact)| (role.clone(), contact.address.as_text().to_owned()))
                        .collect(),
                    version: 0,
                    consent: opened.facts.get(CONSENT).and_then(word),
                    timers: BTreeMap::new(),
                    carried_out: BTreeMap::new(),
                },
            );
        }
        let Some(mut seen) = self.cases.remove(&row.case) else {
            return self.accuse(&row.case.to_string(), row.at, "chain", "an event of a case that was never opened".to_owned());
        };
        if row.version != seen.version + 1 {
            let says = format!("event {} follows event {}", row.version, seen.version);
            self.accuse(seen.reference.as_str(), row.at, "chain", says);
        }
        seen.version = row.version;
        self.apply_to(&mut seen, row);
        self.cases.insert(row.case, seen);
    }

    fn apply_to(&mut self, seen: &mut Seen, row: &Appended) {
        match &row.event {
            Event::StageEntered { from, to, because, .. } => {
                self.tally.stage(row.case, from.as_ref().map(|from| (from, seen.stage_since)), to, because, row.at);
                (seen.stage, seen.stage_since) = (to.clone(), row.at);
            }
            Event::FactSet { fact, value, .. } if fact.as_str() == CONSENT => {
                seen.consent =
                    value.as_ref().and_then(|value| if let FactValue::Word(word) = value { Some(word.clone()) } else { None });
            }
            Event::RoleGiven { role, to, .. } => {
                seen.holders.insert(role.clone(), to.address.as_text().to_owned());
            }
            Event::RoleEnded { role, .. } => {
                seen.holders.remove(role);
            }
            Event::AreaSet { area, .. } => seen.area = Some(area.clone()),
            Event::TimerArmed { timer, arming, rung, due_at, .. } => {
                self.moved.insert(row.case);
                seen.timers.insert(timer.clone(), Running { arming: *arming, rung: *rung, due_at: *due_at });
            }
            Event::TimerCleared { timer, .. } => {
                seen.timers.remove(timer);
            }
            Event::TimerFired { timer, arming, rung, .. } => self.fired(seen, row.at, (timer, *arming, *rung)),
            Event::MoveRecorded { name, .. } => self.tally.recorded(name.as_str()),
            Event::Opened(_)
            | Event::FactSet { .. }
            | Event::MissingSupplied { .. }
            | Event::LetterCalled { .. }
            | Event::TaskCalled { .. }
            | Event::FamilyChanged { .. }
            | Event::DraftReceived(_)
            | Event::DraftSettled { .. }
            | Event::MailDetached { .. }
            | Event::Migrated { .. }
            | Event::MailAttached { .. } => {}
        }
    }

    fn fired(&mut self, seen: &mut Seen, at: Instant, (timer, arming, rung): (&TimerName, u32, u32)) {
        let reference = seen.reference.to_string();
        match seen.timers.remove(timer) {
            Some(running) if (running.arming, running.rung) == (arming, rung) => {
                if at < running.due_at {
                    self.accuse(&reference, at, "timer_early", format!("{timer} was due at {}", running.due_at));
                }
                self.tally.fired(at.duration_since(running.due_at).as_secs());
            }
            _ => self.accuse(&reference, at, "timer_double", format!("{timer}, arming {arming}, rung {rung} did not run")),
        }
        if seen.carried_out.get(timer).is_some_and(|done| *done >= (arming, rung)) {
            self.accuse(&reference, at, "timer_double", format!("{timer}, arming {arming}, rung {rung} was carried out before"));
        }
        seen.carried_out.insert(timer.clone(), (arming, rung));
    }
}

/// Addresses of those who hold exactly this role for the case now.
fn addresses(seen: &Seen, (lifecycle, roster): (&Lifecycle, &Roster), role: &RoleName) -> Vec<String> {
    let staff = |area: Option<&AreaName>| {
        let held = roster
            .people()
            .iter()
            .filter(|person| person.roles.contains(role) && area.is_none_or(|area| person.areas.contains(area)));
        held.map(|person| person.address.as_text().to_owned()).collect()
    };
    match lifecycle.role(role).map(|role| role.scope) {
        Some(RoleScope::Programme) => staff(None),
        Some(RoleScope::Area) => seen.area.as_ref().map_or_else(Vec::new, |area| staff(Some(area))),
        Some(RoleScope::Case) | None => seen.holders.get(role).cloned().into_iter().collect(),
    }
}

fn holds(person: &crate::config::Person, role: &RoleName, area: Option<&AreaName>, address: &str) -> bool {
    person.roles.contains(role)
        && area.is_none_or(|area| person.areas.contains(area))
        && person.address.as_text().eq_ignore_ascii_case(address)
}

/// The value of a header on one line, its name in lower case.
fn header(message: &[u8], name: &str) -> Option<String> {
    let head = message.split(|byte| *byte == b'\n').take_while(|line| !line.is_empty() && *line != b"\r");
    head.filter_map(|line| std::str::from_utf8(line).ok())
        .find(|line| line.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name)))
        .map(|line| line[name.len()..].trim().to_owned())
}
