//! `decide` and `evolve` against a second, smaller telling of the same rules, over a life-cycle small enough to hold in the head.

use std::collections::BTreeMap;

use focus_family::domain::case::{Command, next_due};
use focus_family::domain::ids::MailId;
use focus_family::domain::time::{Calendar, CalendarFile, Date};
use focus_family::domain::workflow::Geography;
use jiff::ToSpan;
use jiff::civil::Weekday;
use proptest::prelude::*;

use super::story::{Setting, Story};

const TINY: &str = r#"
version: tiny
roles:
  - {name: desk, title: Desk, scope: programme}
  - {name: worker, title: Worker, scope: case, falls_back_to: desk}
facts:
  - {name: go, title: Go, kind: yes_no}
  - {name: due, title: Due, kind: date}
  - {name: tries, title: Tries, kind: count}
begins: [{to: wait, because: it begins}]
stages:
  - {name: wait, title: Wait, owner: desk, means: waits}
  - {name: work, title: Work, owner: worker, means: works}
  - {name: done, title: Done, kind: final, means: over}
moves:
  - {name: let_go, title: Go, by: [desk], sets: [{fact: go, to: {value: true}}]}
  - {name: stop, title: Stop, by: [desk], sets: [{fact: go, to: nothing}]}
  - {name: begin, title: Begin, from: [wait], to: work, by: [desk], guard: {fact: go, is: true}, otherwise: let it go first}
  - {name: again, title: Try, from: [wait], by: [desk], sets: [{fact: tries, to: {add: 1}}]}
  - name: plan
    title: Plan
    by: [desk]
    asks: [{name: due, title: Day, kind: date, required: true, not_past: true}]
    sets: [{fact: due, to: {answer: due}}]
  - {name: finish, title: Finish, from: [work], to: done, by: [desk]}
automatic:
  - {from: [wait], when: {fact: tries, at_least: 3}, to: work, because: tried enough}
timers:
  - name: waiting
    title: Waiting
    stages: [wait]
    from: stage_entered
    ladder:
      rungs: [{name: due, working_days: 2}, {name: late, working_days: 4}]
      again: {name: again, working_days: 3}
  - {name: silence, title: Silence, stages: [work], from: last_activity, ladder: {rungs: [{name: due, working_days: 5}], again: {name: again, working_days: 5}}}
  - {name: plan, title: Plan, stages: [wait, work], from: {fact: due}, ladder: {rungs: [{name: warn, working_days: -1}, {name: due, working_days: 0}]}}
letters: []
"#;

/// The second telling. A running timer is (day counted from, next rung, day it is due), a silent one has no day.
#[derive(Debug, Clone, Default, PartialEq)]
struct Model {
    stage: &'static str,
    entered: Date,
    acted: Date,
    today: Date,
    go: bool,
    due: Option<Date>,
    tries: i64,
    timers: BTreeMap<&'static str, (Date, usize, Option<Date>)>,
}

fn workday(mut day: Date, step: i64) -> Date {
    while matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday) {
        day = day.checked_add(step.days()).unwrap();
    }
    day
}
fn after(day: Date, count: i64) -> Date {
    let step = if count < 0 { -1 } else { 1 };
    (0..count.abs())
        .fold(if count == 0 { workday(day, 1) } else { day }, |day, _| workday(day.checked_add(step.days()).unwrap(), step))
}

impl Model {
    /// Rungs and repeat by timer, and whether a rung only warns.
    fn ladder(timer: &str) -> (&'static [i64], Option<i64>) {
        match timer {
            "waiting" => (&[2, 4], Some(3)),
            "silence" => (&[5], Some(5)),
            _ => (&[-1, 0], None),
        }
    }
    fn wait_for(&mut self, timer: &'static str, anchor: Date, from: usize, last: Date) {
        let (rungs, again) = Self::ladder(timer);
        let days: Vec<(usize, Date)> =
            rungs.iter().enumerate().skip(from).map(|(rung, count)| (rung, after(anchor, *count))).collect();
        let over = days.iter().rev().find(|(rung, day)| *day <= self.today && rungs[*rung] >= 0);
        let coming = days.iter().find(|(rung, day)| *day > self.today || (*day == self.today && rungs[*rung] < 0));
        let next = over.or(coming).copied().or(again.map(|count| (from.max(rungs.len()), after(last.max(self.today), count))));
        let (rung, day) = next.map_or((from, None), |(rung, day)| (rung, Some(day)));
        self.timers.insert(timer, (anchor, rung, day));
    }
    fn settle(&mut self) {
        if self.stage == "wait" && self.tries >= 3 {
            (self.stage, self.entered) = ("work", self.today);
        }
        let wanted: BTreeMap<&'static str, Date> = match self.stage {
            "wait" => [("waiting", self.entered)].into_iter().chain(self.due.map(|due| ("plan", due))).collect(),
            "work" => [("silence", self.acted)].into_iter().chain(self.due.map(|due| ("plan", due))).collect(),
            _ => BTreeMap::new(),
        };
        self.timers.retain(|timer, (anchor, ..)| wanted.get(timer) == Some(anchor));
        for (timer, anchor) in wanted {
            if !self.timers.contains_key(timer) {
                self.wait_for(timer, anchor, 0, anchor);
            }
        }
    }
    fn record(&mut self, name: &str, day: Date) -> bool {
        let enters = |to| Some(to);
        let to = match (name, self.stage) {
            (_, "done") => return false,
            ("begin", "wait") if self.go => enters("work"),
            ("finish", "work") => enters("done"),
            ("begin" | "finish", _) => return false,
            ("again", "wait") => {
                self.tries += 1;
                None
            }
            ("again", _) => return false,
            ("let_go", _) => {
                self.go = true;
                None
            }
            ("stop", _) => {
                self.go = false;
                None
            }
            _ => {
                self.due = Some(day);
                None
            }
        };
        self.acted = self.today;
        if let Some(to) = to {
            (self.stage, self.entered) = (to, self.today);
        }
        self.settle();
        true
    }
    /// Carries out what is due until the end of `day`, each at its own day, earliest first.
    fn go_on_to(&mut self, day: Date) {
        while let Some((due, timer)) =
            self.timers.iter().filter_map(|(timer, (.., due))| Some(((*due)?, *timer))).filter(|(due, _)| *due <= day).min()
        {
            self.today = self.today.max(due);
            let (anchor, rung, _) = self.timers[timer];
            self.wait_for(timer, anchor, rung + 1, due);
        }
        self.today = day;
    }
}

/// The small life-cycle, with `from` replaced by `to`.
fn tiny(from: &str, to: &str) -> Setting {
    assert!(TINY.contains(from), "the small life-cycle holds {from}");
    let none = CalendarFile {
        version: "0".to_owned(),
        known_until: Date::MAX,
        bank_holidays: vec![],
        closures: vec![],
        school_terms: vec![],
        area_school_terms: std::collections::BTreeMap::new(),
    };
    Setting {
        lifecycle: serde_saphyr::from_str(&TINY.replace(from, to)).unwrap(),
        calendar: Calendar::from(none),
        geography: Geography::default(),
        outcomes: focus_family::domain::workflow::OutcomePlan::default(),
    }
}

fn same(story: &Story<'_>, model: &Model) {
    let case = story.case();
    assert_eq!((case.stage.as_str(), case.stage_entered_on, case.last_activity_on), (model.stage, model.entered, model.acted));
    let running: BTreeMap<&str, (Date, usize, Date)> =
        case.timers.iter().map(|(name, armed)| (name.as_str(), (armed.anchor, armed.rung as usize, armed.due_on))).collect();
    let expected =
        model.timers.iter().filter_map(|(name, (anchor, rung, due))| Some((*name, (*anchor, *rung, (*due)?)))).collect();
    assert_eq!(running, expected);
    assert_eq!(next_due(case).is_some(), model.stage != "done");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn a_case_does_what_the_small_model_does(steps in proptest::collection::vec((0_u8..10, 0_i64..25), 1..60)) {
        let setting = tiny("", "");
        let mut story = Story::new(&setting);
        story.tell("open");
        let today = story.world().today;
        let mut model = Model { stage: "wait", entered: today, acted: today, today, ..Model::default() };
        model.settle();
        for (number, (step, days)) in steps.into_iter().enumerate() {
            let day = model.today.checked_add(days.days()).unwrap();
            match step {
                0..=5 => {
                    let name = ["let_go", "stop", "begin", "again", "plan", "finish"][usize::from(step)];
                    let answer = if name == "plan" { format!(" due={day}") } else { String::new() };
                    let refused = story.tell(&format!("record desk {name}{answer}")).starts_with("refused");
                    prop_assert_eq!(refused, !model.record(name, day));
                }
                6 => {
                    let command = Command::Attach { mail: MailId::from_random(number as u128 + 9), kind: "update".to_owned(), facts: BTreeMap::new(), by_person: days > 9, written_by: Vec::new() };
                    story.perform(&command).unwrap();
                    model.acted = if days > 9 { model.today } else { model.acted };
                    model.settle();
                }
                _ => {
                    story.go_on_to(day);
                    model.go_on_to(day);
                }
            }
            same(&story, &model);
        }
    }
}

#[test]
fn a_decision_that_would_let_a_case_drift_is_refused_whole() {
    let check = |from: &str, to: &str, lines: &[&str], expected: &str| {
        let setting = tiny(from, to);
        let mut story = Story::new(&setting);
        let said = lines.iter().fold(String::new(), |_, line| story.tell(line));
        assert_eq!(said, format!("refused: {expected}"));
    };
    let working = ["open", "record desk let_go", "record desk begin"];
    let stages = "stages: [work], from: last_activity";
    let nothing = "in stage `Work` the case would be without a next dated action; an operator has to mend the workflow file";
    check(stages, "stages: [wait], from: last_activity", &working, nothing);
    check(
        "falls_back_to: desk",
        "falls_back_to: worker",
        &working,
        "in stage `Work` the case would be without an owner; an operator has to mend the workflow file",
    );
    let round = "  - {from: [wait], when: {fact: go, is: true}, to: work, because: on}\n  - {from: [work], to: wait, because: back}\ntimers:";
    check(
        "timers:",
        round,
        &["open", "record desk let_go"],
        "the workflow file sends the case round for ever (wait → work → wait → work → wait → work → wait → work → wait → work → wait → work → wait → work → wait → work → wait); an operator has to mend its automatic transitions",
    );
    check(
        "begins: [{to: wait, because: it begins}]",
        "begins: [{to: wait, when: {fact: go, is: true}, because: it begins}]",
        &["open"],
        "the workflow file names no stage for such a nomination; its last `begins` needs no condition",
    );
}
