//! Thousands of random steps through the shipped life-cycle: what is open is recorded, time passes, mails come, machines
//! stand still. [`Story`] holds after every step what must always hold.

use std::collections::BTreeSet;

use focus_family::domain::case::{Case, Command, Event, decide, offers, replay};
use focus_family::domain::ids::{AskName, MailId, MoveName};
use focus_family::domain::workflow::{Ask, AskKind, FactValue, Move, Records, StageKind};
use jiff::ToSpan;

use super::story::{REVIEWS, Story, actor, shipped};

/// Numbers that follow from a seed (SplitMix64).
pub struct Numbers(pub u64);

impl Numbers {
    pub fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((mixed ^ (mixed >> 31)) % limit as u64).unwrap()
    }
    pub fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }
}

/// What the walks have met.
#[derive(Default)]
struct Met {
    stages: BTreeSet<String>,
    moves: BTreeSet<String>,
    rungs: BTreeSet<String>,
    letters: BTreeSet<String>,
    steps: usize,
}

impl Met {
    fn note(&mut self, events: &[Event]) {
        for event in events {
            match event {
                Event::StageEntered { to, .. } => self.stages.insert(to.to_string()),
                Event::MoveRecorded { name, .. } => self.moves.insert(name.to_string()),
                Event::TimerFired { timer, name, .. } => self.rungs.insert(format!("{timer} {name}")),
                Event::LetterCalled { letter, .. } => self.letters.insert(letter.to_string()),
                _ => false,
            };
        }
    }
}

#[test]
fn every_walk_through_the_shipped_life_cycle_keeps_every_promise_and_meets_all_of_it() {
    let mut met = Met::default();
    for seed in 0..160 {
        walk(seed, &mut met);
    }
    met.note(&Story::told(&super::outcomes::met()).events);
    met.note(&watched("").events);
    met.note(&watched("record area_officer record_six_month_check six_month_check=sustained\nrecord area_officer record_twelve_month_check twelve_month_check=sustained").events);
    met.note(&Story::told(&super::outcomes::worse_and_left_so()).events);
    met.note(&Story::told(&format!("{REVIEWS}\n{HELP}\nrecord area_officer help_given")).events);
    met.note(&Story::told(&format!("{REVIEWS}\n{RISING}")).events);
    met.note(&Story::told(&format!("{PLANNED}\nrecord keyworker call_off_taf because the family is away")).events);
    met.note(&Story::told(&format!("{PLANNED}\non 2026-12-10")).events);
    met.note(
        &Story::told(
            "open missing=members[0].date_of_birth\nrecord area_officer accept\non 2027-02-01\nrecord area_officer record_check agency=police answer=known",
        )
        .events,
    );
    met.note(
        &Story::told(
            "open\nrecord area_officer settle_kept_out person=idris.penny@example.org kept_out=no because another Penny",
        )
        .events,
    );
    met.note(&Story::told("open\nalike FF-2024-1000\non 2026-12-15").events);
    met.note(
        &Story::told(&format!(
            "{REVIEWS}\nrecord keyworker record_review last_contact_on=2026-12-08 change=same child_voice=no next_review_on=2027-01-19\non 2027-01-18"
        ))
        .events,
    );
    for life in super::whole::lives() {
        met.note(&Story::told(&life).events);
    }
    assert!(met.steps > 5_000, "{} steps", met.steps);
    let life = &shipped().lifecycle;
    let never =
        |wanted: Vec<String>, met: &BTreeSet<String>| wanted.into_iter().filter(|name| !met.contains(name)).collect::<Vec<_>>();
    assert_eq!(
        never(life.stages.iter().map(|stage| stage.name.to_string()).collect(), &met.stages),
        [""; 0],
        "stages never entered"
    );
    assert_eq!(
        never(life.moves.iter().map(|definition| definition.name.to_string()).collect(), &met.moves),
        [""; 0],
        "moves never made"
    );
    assert_eq!(
        never(
            // Letters of meetings, of the programme, and those that answer a mail, are called by no case.
            life.letters
                .iter()
                .filter(|letter| !["draft_received", "outcome_plan_changed"].contains(&letter.name.as_str())
                    && life.meetings.iter().all(|meeting| {
                        let own = [Some(&meeting.letter), meeting.changed_letter.as_ref(), meeting.called_off_letter.as_ref()];
                        !own.contains(&Some(&letter.name))
                    }))
                .map(|letter| letter.name.to_string())
                .collect(),
            &met.letters
        ),
        [""; 0],
        "letters never called"
    );
    let rungs = life.timers.iter().flat_map(|timer| {
        let rungs = timer.ladder.rungs.iter().chain(&timer.ladder.again);
        rungs.map(|rung| format!("{} {}", timer.name, rung.name))
    });
    assert_eq!(never(rungs.collect(), &met.rungs), [""; 0], "rungs never carried out");
}

/// A plan, and a need that rises: everybody is told, an urgent meeting is called and put off, and somebody talks with the parent late.
const RISING: &str = "record keyworker agree_action what=walk
    record keyworker agree_action what=talk who=Nell due_on=2026-12-20
    record keyworker change_action action=a2 who=Nell due_on=2026-12-20
    record keyworker agree_plan
    record keyworker end_action action=a2 how=done outcome=good
    record keyworker escalate_need because it rises
    record keyworker call_urgent_taf urgent_taf_on=2026-12-10 because it rises
    on 2027-01-11
    record keyworker move_urgent_taf urgent_taf_on=2027-01-13 because nobody came
    record keyworker record_urgent_taf held=yes child_voice=yes words=agreed
    record area_officer no_parent_talk because it would not be safe
    record keyworker record_parent_talk talked_on=2027-01-11
    record area_officer escalation_handled because all is said";

/// The first meeting is set: then it is called off, or its day passes.
const PLANNED: &str = "open
    record area_officer accept
    record area_officer record_checks checks=complete
    record area_officer allocate keyworker=\"Keyworker <keyworker@example.org>\"
    record keyworker accept_allocation
    record keyworker plan_taf first_taf_on=2026-12-08";

/// A keyworker asks for help, and nobody gives it.
const HELP: &str = "record keyworker record_review last_contact_on=2026-11-23 change=worse child_voice=yes help_wanted=yes next_review_on=2027-01-19\non 2027-01-12";

/// The watch after an exit takes longer than most walks: one that nobody looks at, and one that ends as it should.
fn watched(end: &str) -> Story<'static> {
    Story::told(&format!(
        "{REVIEWS}\nrecord keyworker propose_exit exit_reason=single_agency_support\nrecord area_officer confirm_exit\non 2028-06-01\n{end}"
    ))
}

fn walk(seed: u64, met: &mut Met) {
    let mut numbers = Numbers(seed);
    let mut story = Story::new(shipped());
    let opening: &str = OPENINGS[numbers.below(OPENINGS.len())];
    story.tell(opening);
    if seed.is_multiple_of(4) {
        story.tell("alike FF-2024-1000 FF-2024-2000");
    }
    met.note(&story.events);
    for _ in 0..100 {
        met.steps += 1;
        let before = story.events.len();
        match numbers.below(11) {
            0..=4 => record(&mut story, &mut numbers, false),
            10 => record(&mut story, &mut numbers, true),
            5 => mail(&mut story, &mut numbers, seed),
            6 => stand_still(&mut story, &mut numbers),
            _ => {
                let days = *numbers.pick(&[1, 1, 3, 3, 7, 7, 30, 100]);
                let day = story.world().today.checked_add(days.days()).unwrap();
                story.go_on_to(day);
            }
        }
        met.note(&story.events[before..]);
        can_be_ended(&story);
    }
}

const OPENINGS: [&str; 6] = [
    "open",
    "open consent=asserted assessment=started missing=members[0].date_of_birth",
    "open consent=not_shown assessment=none missing=consent,assessment area=none unproven nomination_kind=self",
    "open danger_words=yes area=none",
    "open unproven received=2025-05-03 family=adult:work_finance+health,child:education,unborn:child_help",
    "open consent=refused missing=referrer.name,address.postcode",
];

/// An open move with good answers, mostly one that leads on; sometimes one that is closed, which changes nothing.
fn record(story: &mut Story<'_>, numbers: &mut Numbers, family: bool) {
    let world = story.world();
    let open: Vec<&Move> = offers(story.case(), &world, None)
        .iter()
        .filter(|offer| offer.closed_because.is_empty())
        .map(|offer| world.lifecycle.find_move(&offer.name).unwrap())
        .filter(|definition| definition.records.is_some() == family)
        .collect();
    if open.is_empty() {
        return;
    }
    let any = numbers.below(8) == 0;
    // Ends and ways back are rare, so that walks go far.
    let back = ["closed", "safeguarding_hold", "consent_withdrawn", "awaiting_information"];
    let ends = |definition: &Move| {
        definition.to.as_ref().is_some_and(|to| back.contains(&to.as_str())) && story.case().stage.as_str() != "watch"
    };
    let going: Vec<&Move> = open.iter().copied().filter(|definition| !ends(definition)).collect();
    let leading: Vec<&Move> = going.iter().copied().filter(|definition| definition.to.is_some()).collect();
    let choices = match numbers.below(16) {
        _ if any => world.lifecycle.moves.iter().collect(),
        0 => open,
        1..=7 if !leading.is_empty() => leading,
        _ => going,
    };
    let definition = *numbers.pick(&choices);
    let mut answers: std::collections::BTreeMap<AskName, String> = std::collections::BTreeMap::new();
    for ask in &definition.asks {
        if ask.required || numbers.below(2) == 0 {
            answers.insert(ask.name.clone(), answer(ask, story, numbers));
        }
    }
    about_a_need(definition, &mut answers, story, numbers);
    let entitled = |role: &&focus_family::domain::ids::RoleName| {
        let holder = story.case().holders.get(*role);
        !["keyworker", "lead_agency"].contains(&role.as_str()) || holder.is_some()
    };
    let roles: Vec<_> = definition.by.iter().filter(entitled).collect();
    let command = Command::Record {
        name: definition.name.clone(),
        by: actor(numbers.pick(&roles).as_str()),
        answers,
        reason: Some("it was so".to_owned()),
    };
    let before = story.case().clone();
    match story.perform(&command) {
        Ok(events) => assert!(!events.is_empty(), "a move leaves a trace"),
        Err(refusal) => {
            // What is written into a family's record, or bound to an answer, is judged by its answers too.
            let by_answers = definition.records.is_some()
                || definition.asks.iter().any(|ask| !ask.gates.is_empty() || ask.not_before.is_some() || ask.day_off.is_some());
            assert!(any || by_answers, "`{}` was offered and refused: {refusal}", definition.name);
            assert_eq!(*story.case(), before, "a refusal changes nothing");
        }
    }
}

/// Mostly about a need that is there, with everything the plan asks for.
fn about_a_need(
    definition: &Move,
    answers: &mut std::collections::BTreeMap<AskName, String>,
    story: &Story<'_>,
    numbers: &mut Numbers,
) {
    let cells = &story.case().family.cells;
    let asked = definition.records.is_some_and(|records| records != Records::Need);
    if !asked || cells.is_empty() || numbers.below(8) == 0 {
        return;
    }
    let cell = numbers.pick(cells);
    let criteria =
        story.setting.outcomes.indicator(&cell.indicator).map(|one| keys(&one.criteria, |one| one.name.to_string(), ""));
    for ask in &definition.asks {
        let answer = match ask.kind {
            AskKind::Member => cell.member.to_string(),
            AskKind::Indicator => cell.indicator.to_string(),
            AskKind::Criteria => criteria.clone().unwrap_or_default().join(","),
            _ => continue,
        };
        answers.insert(ask.name.clone(), answer);
    }
}

fn answer(ask: &Ask, story: &Story<'_>, numbers: &mut Numbers) -> String {
    let today = story.world().today;
    match &ask.kind {
        AskKind::Text => "words of a person".to_owned(),
        AskKind::YesNo => (*numbers.pick(&["yes", "no"])).to_owned(),
        AskKind::Choice(words) => numbers.pick(words).clone(),
        AskKind::Count => "3".to_owned(),
        AskKind::Agency => keys(&story.setting.lifecycle.agencies, |agency| agency.name.to_string(), "police").remove(0),
        AskKind::Time => (*numbers.pick(&["9.30", "2pm", "14:30"])).to_owned(),
        AskKind::Date if ask.not_future => {
            today.checked_sub(i64::try_from(numbers.below(20)).unwrap().days()).unwrap().to_string()
        }
        AskKind::Date if ask.working_day => {
            let day = today.checked_add(i64::try_from(numbers.below(40)).unwrap().days()).unwrap();
            story.world().calendar.working_day_on_or_after(day).to_string()
        }
        AskKind::Date => {
            let days = numbers.below(ask.within_days.map_or(50, |days| days as usize).min(50));
            today.checked_add(i64::try_from(days).unwrap().days()).unwrap().to_string()
        }
        AskKind::Person(role) => format!("Somebody <{role}@example.org>"),
        AskKind::Area => numbers.pick(&story.setting.geography.areas).name.to_string(),
        AskKind::Member => numbers.pick(&keys(&story.case().family.members, |member| member.key.to_string(), "m1")).clone(),
        AskKind::Theme => numbers.pick(&keys(&story.case().family.themes, |seen| seen.theme.to_string(), "health")).clone(),
        AskKind::Indicator => {
            // Mostly one that is a need already, so that progress has something to be about.
            let needs = keys(&story.case().family.cells, |cell| cell.indicator.to_string(), "cp_plan");
            let all = keys(&story.setting.outcomes.indicators, |one| one.name.to_string(), "cp_plan");
            let known = numbers.below(3) > 0;
            numbers.pick(if known { &needs } else { &all }).clone()
        }
        AskKind::Case => story.case().family.ties.keys().next().map_or("FF-2024-1000".to_owned(), ToString::to_string),
        AskKind::Criteria => {
            let all = story.setting.outcomes.indicators.iter().flat_map(|one| &one.criteria);
            let all: Vec<String> = all.map(|criterion| criterion.name.to_string()).collect();
            numbers.pick(&all).clone()
        }
        AskKind::Action => numbers.pick(&keys(&story.case().family.actions, |action| action.key.to_string(), "a1")).clone(),
        AskKind::Missing => story.case().missing.first().cloned().unwrap_or_default(),
    }
}

fn keys<T>(items: &[T], key: impl Fn(&T) -> String, otherwise: &str) -> Vec<String> {
    if items.is_empty() { vec![otherwise.to_owned()] } else { items.iter().map(key).collect() }
}

fn mail(story: &mut Story<'_>, numbers: &mut Numbers, seed: u64) {
    let facts = [("consent", "given"), ("consent", "refused"), ("assessment", "complete"), ("danger_words", "")];
    let (name, word) = *numbers.pick(&facts);
    let value = if word.is_empty() { FactValue::YesNo(true) } else { FactValue::Word(word.to_owned()) };
    let said = numbers.below(3) == 0;
    let command = Command::Attach {
        mail: MailId::from_random(u128::from(seed) << 64 | u128::from(numbers.0)),
        kind: "update".to_owned(),
        facts: if said { [(name.to_owned().try_into().unwrap(), value)].into() } else { Default::default() },
        by_person: numbers.below(3) > 0,
        written_by: Vec::new(),
    };
    story.perform(&command).expect("a mail is never refused");
}

/// The machine stands still: everything that fell due meanwhile is carried out late, at one moment.
fn stand_still(story: &mut Story<'_>, numbers: &mut Numbers) {
    let days = *numbers.pick(&[2, 14, 60, 200]);
    let day = story.world().today.checked_add(days.days()).unwrap();
    story.now = story.setting.calendar.at(day, 10, 0);
    let fired = story.go_on_to(day);
    assert!(fired.len() <= 3 * story.setting.lifecycle.timers.len(), "a calm morning after downtime: {fired:#?}");
}

/// From everywhere a person can end the case, whatever its facts are.
fn can_be_ended(story: &Story<'_>) {
    let life = &story.setting.lifecycle;
    if life.stage(&story.case().stage).unwrap().kind == StageKind::Final {
        return;
    }
    let recorded = |case: &Case, name: &str, question: &str, answer: &str| {
        let answers = [(AskName::new(question).unwrap(), answer.to_owned())].into();
        let by = actor("area_officer");
        let command = Command::Record { name: MoveName::new(name).unwrap(), by, answers, reason: Some("it was so".to_owned()) };
        let events =
            decide(Some(case), &command, &story.world()).unwrap_or_else(|refusal| panic!("in {}: {refusal}", case.stage));
        replay(Some(case.clone()), &events).unwrap()
    };
    let viewed = recorded(story.case(), "record_risk_view", "risk_view", "no_concern");
    assert_eq!(recorded(&viewed, "close", "close_reason", "disengaged").stage.as_str(), "closed");
}
