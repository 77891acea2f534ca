//! Any life of a case under the shipped life cycle, beside the same life by the tables of [`by_hand`](super::by_hand): stage, facts, who
//! holds what, which moves are open, and which deadlines run from which day are the same after every step.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use focus_family::domain::case::{offers, owner_role};
use focus_family::domain::time::Date;
use focus_family::domain::workflow::FactValue;
use jiff::ToSpan as _;
use jiff::civil::Weekday;
use proptest::prelude::*;
use proptest::test_runner::{RngAlgorithm, TestCaseError, TestRng, TestRunner};

use super::by_hand::{MOVES, Move, OWNERS};
use super::by_itself::{AUTOMATIC, ENDING, ENDS, NAMES, OF_THE_FAMILY, TIMERS};
use super::story::{Story, shipped};

/// Bank holidays of the years a life here can last; a day that falls on one is a day later.
const HOLIDAYS: &str = "2026-12-25 2026-12-28 2027-01-01 2027-03-26 2027-03-29 2027-05-03 2027-05-31 2027-08-30 2027-12-27 2027-12-28 \
    2028-01-03 2028-04-14 2028-04-17 2028-05-01 2028-05-29 2028-08-28 2028-12-25 2028-12-26";
/// Days one life may last: the calendar is known for so long.
const DAYS_MAX: i64 = 700;
const AGENCIES: [&str; 4] = ["police", "education", "health", "social_care"];

/// How the nomination was: the line of the story, and its facts, what is missing, whether the area is known.
const OPENINGS: [(&str, &str, &str, bool); 5] = [
    ("open", "consent=given assessment=complete sender_proven=yes", "", true),
    (
        "open consent=asserted assessment=started missing=members[0].date_of_birth",
        "consent=asserted assessment=started sender_proven=yes",
        "members[0].date_of_birth",
        true,
    ),
    (
        "open consent=not_shown assessment=none missing=consent,assessment area=none unproven",
        "consent=not_shown assessment=none sender_proven=no",
        "consent assessment",
        false,
    ),
    ("open danger_words=yes area=none", "consent=given assessment=complete danger_words=yes sender_proven=yes", "", false),
    (
        "open consent=refused missing=address.postcode",
        "consent=refused assessment=complete sender_proven=yes",
        "address.postcode",
        true,
    ),
];
/// What a mail can say, by fact, and the words that go further than those before them.
const MAILS: [(&str, &str, &str); 6] = [
    ("consent", "given", "not_shown asserted given partial refused withdrawn"),
    ("consent", "refused", "not_shown asserted given partial refused withdrawn"),
    ("consent", "withdrawn", "not_shown asserted given partial refused withdrawn"),
    ("assessment", "complete", "none started complete"),
    ("danger_words", "yes", ""),
    ("withdrawal_said_on", "today", ""),
];

/// The second telling.
struct Model {
    stage: String,
    entered: Date,
    acted: Date,
    opened: Date,
    today: Date,
    facts: BTreeMap<String, String>,
    /// What a person has said, which no mail changes.
    said: BTreeSet<String>,
    missing: BTreeSet<String>,
    held: BTreeSet<String>,
    area: bool,
    /// Agencies asked: until when, and whether they have answered.
    checks: BTreeMap<&'static str, (Date, bool)>,
}

fn working_days_after(day: Date, count: usize) -> Date {
    let off = |day: Date| matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday) || HOLIDAYS.contains(&day.to_string());
    (0..count).fold(day, |day, _| {
        let mut next = day.tomorrow().unwrap();
        while off(next) {
            next = next.tomorrow().unwrap();
        }
        next
    })
}

impl Model {
    fn open(facts: &str, missing: &str, area: bool, today: Date) -> Self {
        let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<BTreeSet<String>>();
        let pair = |fact: &String| fact.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned())).unwrap();
        let mut model = Self {
            stage: String::new(),
            entered: today,
            acted: today,
            opened: today,
            today,
            facts: words(facts).iter().map(pair).collect(),
            said: BTreeSet::new(),
            missing: words(missing),
            held: ["referrer".to_owned()].into(),
            area,
            checks: BTreeMap::new(),
        };
        model.know();
        let stage = match () {
            () if model.holds("danger_words=yes") => "safeguarding_hold",
            () if model.holds("consent=asserted|given|partial assessment=started|complete") => "triage",
            () => "awaiting_information",
        };
        model.enter(stage);
        model.settle();
        model
    }

    fn enter(&mut self, stage: &str) {
        (self.stage, self.entered) = (stage.to_owned(), self.today);
    }

    /// What the case counts of itself.
    fn know(&mut self) {
        let yes_no = |yes: bool| if yes { "yes" } else { "no" }.to_owned();
        self.facts.insert("area_known".to_owned(), yes_no(self.area));
        self.facts.insert("missing_items".to_owned(), self.missing.len().to_string());
        let open: Vec<Date> = self.checks.values().filter(|(_, answered)| !answered).map(|(due, _)| *due).collect();
        self.facts.insert("checks_asked".to_owned(), self.checks.len().to_string());
        self.facts.insert("checks_open".to_owned(), open.len().to_string());
        match open.iter().min() {
            Some(due) => self.facts.insert("checks_due_on".to_owned(), due.to_string()),
            None => self.facts.remove("checks_due_on"),
        };
    }

    /// A condition in the words of the tables.
    fn holds(&self, condition: &str) -> bool {
        let count = |fact: &str| self.facts.get(fact).and_then(|value| value.parse::<i64>().ok()).unwrap_or(0);
        let day = |fact: &str| self.facts.get(fact).and_then(|value| value.parse::<Date>().ok());
        let leaf = |test: &str| match test {
            "meeting_on<=today" => day("meeting_on").is_none_or(|day| day <= self.today),
            "watch_started_on+6" => day("watch_started_on").is_none_or(|day| day.saturating_add(6.months()) <= self.today),
            "watch_started_on+12" => day("watch_started_on").is_none_or(|day| day.saturating_add(12.months()) <= self.today),
            test => {
                if let Some(role) = test.strip_prefix("!@") {
                    !self.held.contains(role)
                } else if let Some(role) = test.strip_prefix('@') {
                    self.held.contains(role)
                } else if let Some(fact) = test.strip_prefix('!') {
                    !self.facts.contains_key(fact)
                } else if let Some(fact) = test.strip_suffix('?') {
                    self.facts.contains_key(fact)
                } else if let Some(fact) = test.strip_suffix("++") {
                    count(fact) >= 2
                } else if let Some(fact) = test.strip_suffix('+') {
                    count(fact) >= 1
                } else {
                    let (fact, words) = test.split_once('=').expect("a test of the tables");
                    self.facts.get(fact).is_some_and(|value| words.split('|').any(|word| word == value))
                }
            }
        };
        condition.split(" / ").any(|all| all.split_whitespace().all(leaf))
    }

    fn set(&mut self, name: &str, value: &str, day: Date, by_person: bool) {
        let value = match value {
            "today" => self.today.to_string(),
            "day" => day.to_string(),
            "+pause" => {
                let before = self.facts.get(name).map_or(0, |count| count.parse::<usize>().unwrap());
                let day = |fact: &str| self.facts.get(fact).and_then(|value| value.parse::<Date>().ok());
                let Some(since) = day("paused_on") else { return };
                let until = day("paused_until").map_or(self.today, |until| until.min(self.today));
                let days = (0..).take_while(|days| working_days_after(since, days + 1) <= until).count();
                (before + days).to_string()
            }
            "+1" => (self.facts.get(name).map_or(0, |count| count.parse::<i64>().unwrap()) + 1).to_string(),
            value => value.to_owned(),
        };
        if by_person && !value.is_empty() {
            self.said.insert(name.to_owned());
        } else {
            self.said.remove(name);
        }
        let comes = matches!((name, &*value), ("consent", "given" | "partial") | ("assessment", "started" | "complete"));
        if comes {
            self.missing.remove(name);
        }
        if value.is_empty() {
            self.facts.remove(name)
        } else {
            self.facts.insert(name.to_owned(), value)
        };
    }

    fn settle(&mut self) {
        self.know();
        let next = |model: &Self| {
            let row = AUTOMATIC.iter().find(|(from, when, _)| has(from, &model.stage) && model.holds(when));
            row.map(|(.., to)| *to)
        };
        while let Some(to) = next(self) {
            self.enter(to);
        }
    }

    fn is_open(&self, (_, from, _, _, guard, _): &Move) -> bool {
        has(from, &self.stage) && self.holds(guard)
    }

    /// Whether the move is made; then it is.
    fn record(&mut self, known: &Move, way: usize, role: &str, day: Date) -> bool {
        let (name, _, to, by, _, ways) = known;
        let (answers, needs, sets) = ways[way];
        let of_case = ["referrer", "lead_agency", "keyworker", "family"].contains(&role);
        let entitled = has(by, role) && (!of_case || self.held.contains(role));
        let asked = answers.strip_prefix("agency=").and_then(|rest| rest.split_once(' ')).map(|(agency, _)| agency);
        let asked = asked.is_none_or(|agency| *name != "record_check" || self.checks.contains_key(agency));
        if !self.is_open(known) || !entitled || !self.holds(needs) || !asked {
            return false;
        }
        self.acted = self.acted.max(self.today);
        match *name {
            "accept" => {
                let due = working_days_after(self.today, 5);
                for agency in AGENCIES {
                    self.checks.entry(agency).or_insert((due, false));
                }
            }
            "record_check" => {
                let agency = AGENCIES.iter().find(|agency| answers.contains(**agency)).unwrap();
                self.checks.get_mut(agency).unwrap().1 = true;
            }
            "withdraw_consent" => self.checks.retain(|_, (_, answered)| *answered),
            "supply_missing" => {
                let item = self.missing.first().cloned().unwrap();
                self.missing.remove(&item);
            }
            "set_area" => self.area = true,
            _ => {}
        }
        self.held.extend(NAMES.iter().filter(|(of, _)| of == name).map(|(_, role)| (*role).to_owned()));
        if answers.contains("lead_agency=") {
            self.held.insert("lead_agency".to_owned());
        }
        for set in sets.split_whitespace() {
            let (fact, value) = set.split_once('=').unwrap();
            self.set(fact, value, day, true);
        }
        for (_, roles) in ENDS.iter().filter(|(of, _)| of == name) {
            self.held.retain(|role| !has(roles, role));
        }
        if !to.is_empty() {
            self.enter(to);
        }
        self.settle();
        true
    }

    fn mail(&mut self, (fact, value, order): (&str, &str, &str)) {
        self.acted = self.acted.max(self.today);
        let place = |word: &str| order.split(' ').position(|known| known == word);
        let new = if value == "today" { self.today.to_string() } else { value.to_owned() };
        let further = match self.facts.get(fact) {
            Some(before) if order.is_empty() => *before != new,
            Some(before) => place(before) < place(&new),
            None => true,
        };
        let settled = ["consent", "assessment"].contains(&fact) && self.said.contains(fact);
        if further && !settled {
            self.set(fact, &new, self.today, false);
        }
        self.settle();
    }

    /// Timers that are wanted, with the day each counts from.
    fn timers(&self) -> BTreeMap<&'static str, String> {
        let day = |from: &str| match from {
            "entered" => Some(self.entered.to_string()),
            "opened" => Some(self.opened.to_string()),
            "acted" => Some(self.acted.to_string()),
            fact => {
                let (fact, later_by) = fact.split_once('~').unwrap_or((fact, ""));
                let days = self.facts.get(later_by).map_or(0, |count| count.parse::<usize>().unwrap());
                self.facts.get(fact).map(|day| working_days_after(day.parse().unwrap(), days).to_string())
            }
        };
        let runs = TIMERS.iter().filter(|(_, stages, when, _)| has(stages, &self.stage) && self.holds(when));
        runs.filter_map(|(name, _, _, from)| Some((*name, day(from)?))).collect()
    }

    fn owner(&self) -> Option<&'static str> {
        let owner = OWNERS.iter().find(|(stage, _)| *stage == self.stage)?.1;
        let office = if self.area { "area_officer" } else { "team" };
        Some(match owner {
            "keyworker" if !self.held.contains("keyworker") => office,
            "area_officer" => office,
            owner => owner,
        })
    }
}

fn has(words: &str, word: &str) -> bool {
    words.split_whitespace().any(|one| one == word)
}

/// Everything both can say, as lines; what differs stands in the difference of the two.
fn told_by_model(model: &Model) -> BTreeSet<String> {
    let mut told: BTreeSet<String> = [format!("in {} since {}", model.stage, model.entered)].into();
    told.insert(format!("answers {}", model.owner().unwrap_or("nobody")));
    told.insert(format!("acted {}", model.acted));
    told.extend(model.held.iter().map(|role| format!("holds {role}")));
    told.extend(model.facts.iter().filter(|(_, value)| *value != "0").map(|(name, value)| format!("fact {name}={value}")));
    told.extend(MOVES.iter().filter(|known| model.is_open(known)).map(|(name, ..)| format!("open {name}")));
    told.extend(model.timers().iter().map(|(name, from)| format!("timer {name} from {from}")));
    told
}

fn told_by_case(story: &Story<'_>) -> BTreeSet<String> {
    let (case, world) = (story.case(), story.world());
    let mut told: BTreeSet<String> = [format!("in {} since {}", case.stage, case.stage_entered_on)].into();
    let owner = owner_role(case, world.lifecycle).map_or("nobody", |role| role.as_str());
    told.insert(format!("answers {owner}"));
    told.insert(format!("acted {}", case.last_activity_on));
    told.extend(case.holders.keys().map(|role| format!("holds {role}")));
    let of_family = ["needs_", "actions_incomplete", "next_action_on", "plan_version"];
    for (name, value) in case.facts.iter().filter(|(name, _)| !of_family.iter().any(|of| name.as_str().starts_with(of))) {
        let value = match value {
            FactValue::YesNo(yes) => if *yes { "yes" } else { "no" }.to_owned(),
            FactValue::Count(count) => count.to_string(),
            FactValue::Date(date) => date.to_string(),
            FactValue::Word(word) => word.clone(),
        };
        if value != "0" {
            told.insert(format!("fact {name}={value}"));
        }
    }
    let open = offers(case, &world, None).into_iter().filter(|offer| offer.closed_because.is_empty());
    let open = open.filter(|offer| !OF_THE_FAMILY.contains(&offer.name.as_str()));
    told.extend(open.map(|offer| format!("open {}", offer.name)));
    let counted = case.timers.values().map(|armed| (&armed.timer, armed.anchor));
    let counted = counted.chain(case.finished.iter().map(|(timer, anchor)| (timer, *anchor)));
    told.extend(counted.map(|(timer, anchor)| format!("timer {timer} from {anchor}")));
    told
}

/// One step: what kind, and three numbers it is chosen by.
type Step = (u8, u8, u8, u8);

/// Has the move made with its first way to answer, by the office.
fn make(story: &mut Story<'_>, model: &mut Model, name: &str) {
    let known = MOVES.iter().find(|known| known.0 == name).unwrap();
    let today = model.today.to_string();
    let said = story.tell(&format!("record team {name} {}", known.5[0].0.replace("{today}", &today).replace("{day}", &today)));
    assert!(model.record(known, 0, "team", model.today) && !said.starts_with("refused"), "{name}: {said}");
}

/// Does `step` to both; the line of the story, for whoever has to read a failure.
fn take(story: &mut Story<'_>, model: &mut Model, (kind, which, way, who): Step) -> Result<String, TestCaseError> {
    let day = model.today.saturating_add(i64::from(who % 14).days());
    match kind {
        0 => {
            let said = MAILS[usize::from(which) % MAILS.len()];
            let value = if said.1 == "today" { model.today.to_string() } else { said.1.to_owned() };
            let line = format!("mail {}={value}", said.0);
            story.tell(&line);
            model.mail(said);
            Ok(line)
        }
        1 | 2 => {
            let last = model.opened.saturating_add(DAYS_MAX.days());
            let days = [1, 3, 7, 30, 100, 190][usize::from(which) % 6];
            model.today = model.today.saturating_add(i64::from(days).days()).min(last);
            let line = format!("on {}", model.today);
            story.tell(&line);
            Ok(line)
        }
        3 => {
            story.tell("alike FF-2024-1000");
            if !model.facts.contains_key("match_possible") {
                model.facts.insert("match_possible".to_owned(), "yes".to_owned());
                model.facts.insert("match_asked_on".to_owned(), model.today.to_string());
            }
            model.settle();
            Ok("alike".to_owned())
        }
        _ => {
            // Mostly an open move by somebody who may, often one that leads on: else no walk gets far.
            let open: Vec<&Move> = MOVES.iter().filter(|known| model.is_open(known) && !known.5.is_empty()).collect();
            let on: Vec<&Move> = open
                .iter()
                .copied()
                .filter(|known| !known.2.is_empty() && !["closed", "safeguarding_hold"].contains(&known.2))
                .collect();
            let all: Vec<&Move> = MOVES.iter().filter(|known| !known.5.is_empty()).collect();
            let from = if kind == 4 {
                &all
            } else if kind < 9 && !on.is_empty() {
                &on
            } else {
                &open
            };
            let known = from[usize::from(which) % from.len()];
            let by: Vec<&str> = known.3.split_whitespace().filter(|role| kind > 5 && !role.ends_with("agency")).collect();
            let by = if by.is_empty() { vec!["team", "area_officer", "manager", "keyworker", "duty", "lead_agency"] } else { by };
            let (role, way) = (by[usize::from(who) % by.len()], usize::from(way) % known.5.len());
            let answers = known.5[way].0.replace("{today}", &model.today.to_string()).replace("{day}", &day.to_string());
            let answers = answers.replace("{missing}", model.missing.first().map_or("consent", String::as_str));
            let line = format!("record {role} {} {answers} because it was so", known.0);
            let said = story.tell(&line);
            let done = model.record(known, way, role, day);
            prop_assert_eq!(!said.starts_with("refused"), done, "{}: {}", line, said);
            Ok(line)
        }
    }
}

fn same(story: &Story<'_>, model: &Model, lines: &[String]) -> Result<(), TestCaseError> {
    let (mut by_model, by_case) = (told_by_model(model), told_by_case(story));
    let may_be_over = |line: &String| ENDING.iter().any(|timer| line.starts_with(&format!("timer {timer} ")));
    by_model.retain(|line| by_case.contains(line) || !may_be_over(line));
    prop_assert!(
        by_model == by_case,
        "after\n  {}\nonly the tables: {:?}\nonly the case: {:?}",
        lines.join("\n  "),
        by_model.difference(&by_case).collect::<Vec<_>>(),
        by_case.difference(&by_model).collect::<Vec<_>>()
    );
    Ok(())
}

#[test]
fn every_row_of_the_life_cycle_is_told_a_second_time() {
    let life = &shipped().lifecycle;
    let sorted = |names: Vec<String>| names.into_iter().collect::<BTreeSet<String>>();
    let moves = sorted(life.moves.iter().map(|known| known.name.to_string()).collect());
    let told = MOVES.iter().map(|known| known.0).chain(OF_THE_FAMILY).map(str::to_owned).collect();
    assert_eq!(moves, sorted(told), "moves: tell a new one in `by_hand` too");
    let timers = sorted(life.timers.iter().map(|timer| timer.name.to_string()).collect());
    assert_eq!(
        timers,
        sorted(TIMERS.iter().map(|timer| timer.0.to_owned()).collect()),
        "timers: tell a new one in `by_hand` too"
    );
    let stages = sorted(life.stages.iter().map(|stage| stage.name.to_string()).collect());
    let told = OWNERS.iter().map(|(stage, _)| *stage).chain(["closed"]).map(str::to_owned).collect();
    assert_eq!(stages, sorted(told), "stages: tell a new one in `by_hand` too");
}

#[test]
fn a_case_lives_as_the_tables_by_hand_say() {
    let met = RefCell::new(BTreeSet::new());
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|text| text.parse().ok()).unwrap_or(160);
    let config = ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let steps = proptest::collection::vec((0_u8..14, any::<u8>(), any::<u8>(), any::<u8>()), 1..70);
    // Two lives in five begin where a keyworker has taken the work on, or where it has ended.
    let begins = (0..OPENINGS.len(), 0_u8..5);
    let outcome = runner.run(&(begins, steps), |((opening, ahead), steps)| {
        let (line, facts, missing, area) = OPENINGS[if ahead < 2 { 0 } else { opening }];
        let mut story = Story::new(shipped());
        story.tell(line);
        let mut model = Model::open(facts, missing, area, story.world().today);
        let mut lines = vec![line.to_owned()];
        let way =
            ["accept", "record_checks", "allocate", "accept_allocation", "record_initial_taf", "propose_exit", "confirm_exit"];
        for name in &way[..[4, 7, 0, 0, 0][usize::from(ahead)]] {
            make(&mut story, &mut model, name);
            lines.push((*name).to_owned());
        }
        same(&story, &model, &lines)?;
        for step in steps {
            lines.push(take(&mut story, &mut model, step)?);
            same(&story, &model, &lines)?;
            met.borrow_mut().insert(model.stage.clone());
            met.borrow_mut().extend(model.timers().into_keys().map(str::to_owned));
        }
        Ok(())
    });
    if let Err(failure) = outcome {
        panic!("{failure}");
    }
    let met = met.into_inner();
    let never = |name: &&str| !met.contains(*name);
    let stages: Vec<&str> = OWNERS.iter().map(|(stage, _)| *stage).filter(never).collect();
    assert!(stages.is_empty(), "stages no life came to: {stages:?}");
    let timers = TIMERS.iter().filter(|(_, _, when, _)| *when != "never=so").map(|(name, ..)| *name).filter(never);
    let timers: Vec<&str> = timers.collect();
    assert!(timers.is_empty(), "deadlines no life met: {timers:?}");
}
