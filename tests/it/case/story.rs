//! One case told in lines: `open …`, `record ROLE MOVE key=value … because …`, `mail …`, `on 2026-12-01`.
//!
//! Every step holds what must always hold: the state is the replay of the events, a refusal changes nothing, an effect has a
//! key of its own, a rung carried out twice does nothing the second time, and an open case has an owner and a next date.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use focus_family::domain::case::{
    Actor, ArmedTimer, Case, Command, Contact, Effect, Event, Opened, Verdict, World, decide, effects, evolve, owner_role, replay,
};
use focus_family::domain::ids::{AreaName, AskName, CaseReference, FactName, MailId, MoveName, RoleName};
use focus_family::domain::personal::Personal;
use focus_family::domain::time::{Calendar, Date};
use focus_family::domain::workflow::{FactValue, Geography, Lifecycle, OutcomePlan, StageKind};

/// A case on its way through reviews: the first meeting was held and the next is named.
pub const REVIEWS: &str = "open
    record area_officer accept
    record area_officer record_checks checks=complete
    record area_officer allocate keyworker=\"Keyworker <keyworker@example.org>\"
    record keyworker accept_allocation
    record keyworker plan_taf first_taf_on=2026-12-08
    record keyworker agree_action what=walk who=Nell due_on=2027-12-01
    on 2026-12-08
    record keyworker record_initial_taf held_on=2026-12-08 employment_advisor=attended plan_agreed=yes child_voice=yes next_review_on=2027-01-19";

/// What a decision looks at, as a file of the programme says it.
pub struct Setting {
    pub lifecycle: Lifecycle,
    pub calendar: Calendar,
    pub geography: Geography,
    pub outcomes: OutcomePlan,
}

/// The shipped programme.
pub fn shipped() -> &'static Setting {
    static SETTING: OnceLock<Setting> = OnceLock::new();
    SETTING.get_or_init(|| {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/workflows/focus-family/");
        let text = |name: &str| std::fs::read_to_string(format!("{folder}{name}")).expect("the shipped file is there");
        let calendar: focus_family::domain::time::CalendarFile = serde_saphyr::from_str(&text("calendar.yaml")).expect("reads");
        Setting {
            lifecycle: serde_saphyr::from_str(&text("lifecycle.yaml")).expect("reads"),
            calendar: Calendar::from(calendar),
            geography: serde_saphyr::from_str(&text("areas.yaml")).expect("reads"),
            outcomes: serde_saphyr::from_str(&text("outcomes.yaml")).expect("reads"),
        }
    })
}

impl Setting {
    pub fn world(&self, now: focus_family::domain::time::Instant) -> World<'_> {
        World {
            lifecycle: &self.lifecycle,
            calendar: &self.calendar,
            geography: &self.geography,
            outcomes: &self.outcomes,
            now,
            today: focus_family::domain::time::london_date(now),
        }
    }
}

pub struct Story<'s> {
    pub setting: &'s Setting,
    pub now: focus_family::domain::time::Instant,
    pub case: Option<Case>,
    pub events: Vec<Event>,
    keys: BTreeSet<String>,
    mails: u128,
}

impl<'s> Story<'s> {
    pub fn new(setting: &'s Setting) -> Self {
        let now = setting.calendar.at(jiff::civil::date(2026, 11, 23), 10, 0);
        Self { setting, now, case: None, events: Vec::new(), keys: BTreeSet::new(), mails: 1 }
    }

    /// The story after `lines`, none of which may be refused.
    pub fn told(lines: &str) -> Story<'static> {
        let mut story = Story::new(shipped());
        for line in lines.lines().map(str::trim).filter(|line| !line.is_empty()) {
            let outcome = story.tell(line);
            assert!(!outcome.starts_with("refused"), "{line}\n  {outcome}");
        }
        story
    }

    pub fn case(&self) -> &Case {
        self.case.as_ref().expect("the story has opened a case")
    }

    pub fn world(&self) -> World<'s> {
        self.setting.world(self.now)
    }

    /// One line, and what came of it: the stage and the letters called, or the refusal.
    pub fn tell(&mut self, line: &str) -> String {
        let mut words = line.split_whitespace();
        match words.next() {
            Some("on") => {
                let day: Date = words.next().unwrap().parse().unwrap();
                let fired = self.go_on_to(day);
                if fired.is_empty() { "nothing".to_owned() } else { fired.join("\n") }
            }
            Some("open") => {
                let opened = opened(words, self.setting, self.world().today);
                self.outcome(&Command::Open(Box::new(opened)))
            }
            Some("alike") => self.outcome(&Command::Propose { found: words.map(alike).collect() }),
            Some("record") => self.outcome(&recorded(line)),
            Some("mail") => {
                self.mails += 1;
                let facts = words.map(fact).collect();
                let mail = MailId::from_random(self.mails);
                self.outcome(&Command::Attach { mail, kind: "update".to_owned(), facts, by_person: true, written_by: Vec::new() })
            }
            other => panic!("a line begins with open, record, mail or on, not {other:?}"),
        }
    }

    fn outcome(&mut self, command: &Command) -> String {
        match self.perform(command) {
            Err(refusal) => format!("refused: {refusal}"),
            Ok(events) => {
                let letters: Vec<String> = letters(&events);
                let letters = if letters.is_empty() { String::new() } else { format!(": {}", letters.join(", ")) };
                format!("{}{letters}", self.case().stage)
            }
        }
    }

    /// Fires every rung that falls due until ten o'clock on `day`, at its own moment, as a daemon that is up does.
    pub fn go_on_to(&mut self, day: Date) -> Vec<String> {
        let until = self.setting.calendar.at(day, 10, 0);
        let mut fired = Vec::new();
        while let Some(due) = self.earliest().filter(|armed| armed.due_at <= until) {
            self.now = self.now.max(due.due_at);
            fired.push(self.fire(&due));
        }
        self.now = until;
        fired
    }

    fn earliest(&self) -> Option<ArmedTimer> {
        self.case().timers.values().min_by_key(|armed| (armed.due_at, &armed.timer)).cloned()
    }

    pub fn fire(&mut self, due: &ArmedTimer) -> String {
        let command = Command::Fire { timer: due.timer.clone(), arming: due.arming, rung: due.rung };
        let events = self.perform(&command).expect("a due rung is never refused");
        assert!(!events.is_empty(), "a due rung does something");
        assert_eq!(self.perform(&command).unwrap(), [], "a rung carried out twice does nothing the second time");
        format!("{} {}: {}", self.world().today, due.timer, letters(&events).join(", "))
    }

    /// Decides, applies and checks everything that must always hold.
    pub fn perform(&mut self, command: &Command) -> Result<Vec<Event>, focus_family::domain::case::Refusal> {
        let before = self.case.clone();
        let decided = decide(before.as_ref(), command, &self.world());
        assert_eq!(decided, decide(before.as_ref(), command, &self.world()), "the same question has the same answer");
        let events = decided?;
        for event in &events {
            self.case = Some(evolve(self.case.take(), event).expect("a decision makes only events that apply"));
        }
        self.events.extend(events.iter().cloned());
        // A whole replay costs as much as the life is long: a long life is replayed now and then.
        let after = self.case();
        if self.events.len() < 100 || self.events.len() % 50 < events.len() {
            assert_eq!(replay(None, &self.events).as_ref(), Ok(after), "the state is the replay of the events");
        }
        assert_eq!(after.version, self.events.len() as u64, "the version counts the events");
        self.check_effects(before.as_ref(), &events);
        self.check_no_drift();
        Ok(events)
    }

    fn check_effects(&mut self, before: Option<&Case>, events: &[Event]) {
        for effect in effects(before, self.case.as_ref().unwrap(), events) {
            match effect {
                Effect::Letter { key, .. } | Effect::Task { key, .. } => {
                    assert!(self.keys.insert(key.clone()), "the key {key} is used twice");
                }
                Effect::Arm(armed) => assert!(armed.due_at >= self.now, "nothing is armed in the past"),
                Effect::Disarm { .. } => {}
            }
        }
    }

    fn check_no_drift(&self) {
        let (case, lifecycle) = (self.case(), &self.setting.lifecycle);
        let stage = lifecycle.stage(&case.stage).expect("the stage is in the file");
        match stage.kind {
            StageKind::Open => {
                assert!(!case.timers.is_empty(), "an open case has a next date, in `{}` too", case.stage);
                assert!(owner_role(case, lifecycle).is_some(), "an open case has an owner, in `{}` too", case.stage);
            }
            StageKind::Final => assert!(case.timers.is_empty(), "a closed case waits for nothing"),
        }
    }
}

pub fn letters(events: &[Event]) -> Vec<String> {
    let called = |event: &Event| if let Event::LetterCalled { letter, .. } = event { Some(letter.to_string()) } else { None };
    events.iter().filter_map(called).collect()
}

/// After `before`, `line` comes to `expected`.
pub fn check(before: &str, line: &str, expected: &str) {
    let mut story = Story::told(before);
    let said = story.tell(line);
    let expected: Vec<&str> = expected.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    assert_eq!(said, expected.join("\n"), "after {before}\n{line}");
}

fn fact(word: &str) -> (FactName, FactValue) {
    let (name, value) = word.split_once('=').unwrap();
    let value = match value {
        "yes" => FactValue::YesNo(true),
        "no" => FactValue::YesNo(false),
        word => word.parse().map_or_else(|_| FactValue::Word(word.to_owned()), FactValue::Date),
    };
    (FactName::new(name).unwrap(), value)
}

/// `open consent=given assessment=complete area=allerdale missing=consent,assessment unproven`: a whole nomination unless said otherwise.
fn opened<'a>(words: impl Iterator<Item = &'a str>, setting: &Setting, received_on: Date) -> Opened {
    let mut opened = Opened {
        reference: "FF-2026-7142".parse::<CaseReference>().unwrap(),
        lifecycle_version: setting.lifecycle.version.clone(),
        mail: MailId::from_random(1),
        area: setting.geography.areas.first().map(|area| area.name.clone()),
        received_on,
        verdict: verdict(),
        facts: ["consent=given", "assessment=complete"].into_iter().map(fact).collect(),
        missing: Vec::new(),
        holders: BTreeMap::from([(RoleName::new("referrer").unwrap(), contact("referrer"))]),
        nomination: Personal::new(serde_json::json!({"members": 3}).into()),
        sender_proven: true,
        counts: BTreeMap::from([("members".to_owned(), 3)]),
    };
    for word in words {
        match word.split_once('=') {
            None if word == "unproven" => opened.sender_proven = false,
            Some(("family", members)) => opened.nomination = family(members),
            Some(("area", "none")) => opened.area = None,
            Some(("area", name)) => opened.area = Some(AreaName::new(name).unwrap()),
            Some(("received", day)) => opened.received_on = day.parse().unwrap(),
            Some(("missing", items)) => opened.missing = items.split(',').map(str::to_owned).collect(),
            _ => {
                let (name, value) = fact(word);
                opened.facts.insert(name, value);
            }
        }
    }
    opened
}

/// `adult:work_finance+health,child:education`: members with the themes the nomination shows of them.
fn family(members: &str) -> Personal<focus_family::domain::personal::Written> {
    use focus_family::domain::ids::ThemeKey;
    use focus_family::domain::nomination::{Answer, Member, Nomination, Standing, ThemeShown};
    let shown = |theme: &str| ThemeShown { theme: ThemeKey::new(theme).unwrap(), standing: Standing::Ticked, sources: vec![] };
    let member = |(index, text): (usize, &str)| {
        let (kind, themes) = text.split_once(':').unwrap();
        let day = jiff::civil::date(2027, 3, 1);
        Member {
            given_name: Some(Answer { value: Personal::new(format!("Planted{}", index + 1)), sources: vec![], others: vec![] }),
            is_child: Some(kind != "adult"),
            expected_on: (kind == "unborn").then(|| Answer { value: Personal::new(day), sources: vec![], others: vec![] }),
            themes: themes.split('+').filter(|theme| !theme.is_empty()).map(shown).collect(),
            ..Member::default()
        }
    };
    let nomination = Nomination { members: members.split(',').enumerate().map(member).collect(), ..Nomination::default() };
    Personal::new(serde_json::json!({ "nomination": nomination }).into())
}

/// `FF-2024-1000` or `FF-2024-1000=facts`: another case that may be of the same family.
fn alike(word: &str) -> focus_family::domain::case::family::Alike {
    let (other, facts) = word.split_once('=').unwrap_or((word, "the same"));
    focus_family::domain::case::family::Alike {
        other: other.parse().unwrap(),
        band: focus_family::domain::people::Band::Likely,
        bits: i32::try_from(20 + facts.len()).unwrap(),
        says: vec!["the same surname".to_owned()],
        facts: facts.to_owned(),
    }
}

fn verdict() -> Verdict {
    serde_json::from_value(serde_json::json!({
        "grade": "meets", "rule_pack": "cumbria-2015", "rule_pack_version": "1", "interpretations": {"members_each_two": "met"}
    }))
    .unwrap()
}

/// A made-up person of each role: `Keyworker <keyworker@example.org>`.
pub fn contact(role: &str) -> Contact {
    let name = Personal::new(role.replace('_', " "));
    Contact { name, address: Personal::new(format!("{role}@example.org")), organisation: None }
}

pub fn actor(role: &str) -> Actor {
    let Contact { name, address, .. } = contact(role);
    Actor::Person { name, address, role: RoleName::new(role).unwrap() }
}

/// `record ROLE MOVE key=value key="two words" because a reason to the end of the line`.
fn recorded(line: &str) -> Command {
    let (head, reason) = line.split_once(" because ").map_or((line, None), |(head, reason)| (head, Some(reason.to_owned())));
    let mut words = head.splitn(4, ' ').skip(1);
    let (role, name) = (words.next().unwrap(), words.next().unwrap());
    let mut answers = BTreeMap::new();
    let mut rest = words.next().unwrap_or("");
    while let Some((key, after)) = rest.trim_start().split_once('=') {
        let (value, left) = match after.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"').unwrap(),
            None => after.split_once(' ').unwrap_or((after, "")),
        };
        answers.insert(AskName::new(key).unwrap(), value.to_owned());
        rest = left;
    }
    Command::Record { name: MoveName::new(name).unwrap(), by: actor(role), answers, reason }
}
