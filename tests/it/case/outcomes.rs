//! Needs, progress and the exit: every relevant outcome of every member, needs found later included.

use focus_family::domain::case::family::{exit_closed_because, matrix};
use focus_family::domain::workflow::Window;
use proptest::prelude::*;

use super::story::{Story, check};

/// A mother with two themes and a daughter with one, at the first meeting and after it.
const FAMILY: &str = "open family=adult:work_finance+health,child:education
    record area_officer accept
    record area_officer record_checks checks=complete
    record area_officer allocate keyworker=\"Keyworker <keyworker@example.org>\"
    record keyworker record_initial_taf held_on=2026-11-23 employment_advisor=attended plan_agreed=no child_voice=yes next_review_on=2026-12-15";

fn need(member: &str, indicator: &str) -> String {
    format!(
        "record keyworker record_need member={member} indicator={indicator} said_by=\"Iris Example\" said_on=2025-06-20 source=school measure=\"71 in 100\" words=\"told at the meeting\""
    )
}

fn progress(member: &str, indicator: &str, how: &str) -> String {
    format!(
        "record keyworker record_progress member={member} indicator={indicator} {how} said_by=\"Iris Example\" said_on=2026-11-23 source=school measure=\"94 in 100\" words=\"she says school is fine\""
    )
}

/// All three themes made needs.
fn needs() -> String {
    let needs = [("m1", "out_of_work_other"), ("m1", "mental_health"), ("m2", "persistent_absence")];
    let lines: Vec<String> = needs.iter().map(|(member, indicator)| need(member, indicator)).collect();
    format!("{FAMILY}\n{}", lines.join("\n"))
}

fn open_because(story: &Story<'_>) -> Vec<String> {
    exit_closed_because(&matrix(story.case(), &story.world()))
}

const EXIT: &str = "record keyworker propose_exit exit_reason=outcomes_met";
const CLOSED: &str = "refused: not every need of every member is met or waived, or none is recorded: `case outcomes` shows which; \
     record progress with `record_progress`, decide with `accept_progress`, or waive with `waive_need`";

#[test]
fn a_theme_of_the_nomination_holds_the_exit_until_a_person_says_what_it_is() {
    check(FAMILY, EXIT, CLOSED);
    let story = Story::told(FAMILY);
    assert_eq!(
        open_because(&story),
        [
            "m1 work finance: not looked into; wanted: say which need it is, or that it is none of m1",
            "m1 health: not looked into; wanted: say which need it is, or that it is none of m1",
            "m2 education: not looked into; wanted: say which need it is, or that it is none of m2",
        ]
    );
    let ruled_out = "record keyworker rule_out_theme member=m1 theme=health because the doctor says she is well";
    let story = Story::told(&format!("{FAMILY}\n{ruled_out}"));
    assert_eq!(open_because(&story).len(), 2);
    check(
        &format!("{FAMILY}\n{ruled_out}"),
        ruled_out,
        "refused: `health` of m1 does not wait for a look; a recorded need is waived with `waive_need` instead",
    );
}

#[test]
fn a_family_of_which_no_need_is_recorded_does_not_leave_with_its_outcomes_met() {
    check(super::story::REVIEWS, EXIT, CLOSED);
}

#[test]
fn a_need_is_only_that_of_whom_it_can_be() {
    check(
        FAMILY,
        &need("m1", "persistent_absence"),
        "refused: `persistent_absence` is a need of a child, and m1 is not; choose another indicator",
    );
    check(
        FAMILY,
        &need("m2", "persistant_absence"),
        "refused: `indicator` is one of youth_offending, anti_social_behaviour, adult_offending, prison_release, risk_of_offending, persistent_absence, exclusions, not_on_roll, alternative_provision, education_concern, out_of_work_seeking, out_of_work_other, risk_of_worklessness, financial_exclusion, cp_plan, cin_or_early_help, cse_risk, young_carer, equal_concern, abuse_experienced, abuse_committed, police_called, mental_health, substance_misuse, new_mother, health_concern; did you mean `persistent_absence`?",
    );
    check(FAMILY, &need("m3", "cp_plan"), "refused: `member` is one of m1, m2, or a first name");
    check(FAMILY, &need("planted2", "persistent_absence"), "reviews");
    let twice = format!("{FAMILY}\n{}", need("m2", "persistent_absence"));
    check(&twice, &need("m2", "persistent_absence"), "refused: the need `persistent_absence` of m2 is recorded already");
}

#[test]
fn progress_is_significant_when_the_plan_says_so_and_never_by_a_word_alone() {
    check(
        &needs(),
        &progress("m2", "persistent_absence", "progress=significant"),
        "refused: not significant yet: not shown so far are `attendance_90` (attendance is at or above 90 in 100); \
         name in `criteria` what is shown",
    );
    let carer = format!("{FAMILY}\n{}", need("m2", "young_carer"));
    let half = format!("{carer}\n{}", progress("m2", "young_carer", "progress=some criteria=settled_home"));
    let whole = progress("m2", "young_carer", "progress=significant criteria=attendance_above_90");
    check(
        &carer,
        &whole,
        "refused: not significant yet: not shown so far are `settled_home` (the child says that home is settled and healthy); name in `criteria` what is shown",
    );
    check(&half, &whole, "reviews");
    let worse = format!("{half}\n{}", progress("m2", "young_carer", "progress=worse"));
    check(
        &worse,
        &whole,
        "refused: not significant yet: not shown so far are `settled_home` (the child says that home is settled and healthy); name in `criteria` what is shown",
    );
    check(
        &needs(),
        &progress("m2", "persistent_absence", "progress=significant criteria=attendence_90"),
        "refused: `persistent_absence` has no criterion `attendence_90`; did you mean `attendance_90`?; \
         not significant yet: not shown so far are `attendance_90` (attendance is at or above 90 in 100); name in `criteria` what is shown",
    );
}

#[test]
fn any_one_of_a_list_is_enough_where_the_plan_lists_ways() {
    let committed = format!("{FAMILY}\n{}", need("m1", "abuse_committed"));
    check(&committed, &progress("m1", "abuse_committed", "progress=significant criteria=risk_acceptable,court_order"), "reviews");
    check(
        &committed,
        &progress("m1", "abuse_committed", "progress=significant criteria=court_order,prosecution"),
        "refused: not significant yet: not shown so far are `risk_acceptable` (the family reports a level of risk it can live with afterwards), \
         `programme_completed` (a programme for perpetrators was completed); name in `criteria` what is shown",
    );
}

#[test]
fn progress_is_sustained_only_when_its_whole_window_has_passed() {
    let significant =
        format!("{}\n{}", needs(), progress("m2", "persistent_absence", "progress=significant criteria=attendance_90"));
    let sustained = progress("m2", "persistent_absence", "progress=sustained");
    check(
        &significant,
        &sustained,
        "refused: not sustained yet: the plan asks for three terms one after the other; counted from 2026-11-23 it is complete on 2027-12-17",
    );
    let worker = "progress=significant criteria=in_work since=2026-09-01";
    let working = format!("{}\n{}", needs(), progress("m1", "out_of_work_other", worker));
    check(
        &working,
        &progress("m1", "out_of_work_other", "progress=sustained"),
        "refused: not sustained yet: the plan asks for 13 weeks in work one after the other; counted from 2026-09-01 it is complete on 2026-12-01",
    );
    check(&format!("{working}\non 2026-12-01"), &progress("m1", "out_of_work_other", "progress=sustained"), "reviews");
}

#[test]
fn weeks_in_work_are_counted_by_whoever_confirms_them() {
    let seeking = format!("{FAMILY}\n{}", need("m1", "out_of_work_seeking"));
    let say = |rest: &str| {
        progress("m1", "out_of_work_seeking", &format!("progress=sustained criteria=in_work since=2026-04-20 {rest}"))
    };
    check(
        &seeking,
        &say(""),
        "refused: not sustained yet: the plan asks for 26 of the last 30 weeks in work; say with `weeks` how many of the last 30 weeks are confirmed",
    );
    check(
        &seeking,
        &say("weeks=25"),
        "refused: not sustained yet: the plan asks for 26 of the last 30 weeks in work; 25 of 26 weeks are confirmed",
    );
    check(&seeking, &say("weeks=27"), "reviews");
}

#[test]
fn what_the_plan_leaves_open_waits_for_a_named_persons_decision() {
    let owing = format!("{FAMILY}\n{}", need("m1", "financial_exclusion"));
    let sustained = progress("m1", "financial_exclusion", "progress=sustained");
    check(
        &owing,
        &sustained,
        "refused: significant progress on `financial_exclusion` is not defined in the plan: needs decision \
         (what shows that debts are managed (a kept plan, no notice of eviction), and for how long); a named person decides with `accept_progress`",
    );
    let decide = "record area_officer accept_progress member=m1 indicator=financial_exclusion because the plan with the landlord was kept for five months";
    check(&owing, decide, "refused: no progress on it is recorded; record what has changed first with `record_progress`");
    let better = format!("{owing}\n{}", progress("m1", "financial_exclusion", "progress=some"));
    check(&better, decide, "reviews");
    check(
        &better,
        "record keyworker accept_progress member=m1 indicator=financial_exclusion because it is enough",
        "refused: `accept_progress` is not for `keyworker`; ask `area_officer` or `manager` to record it",
    );
}

/// Every need met, by the plan where time allows it and else by a decision or a waiver.
pub fn met() -> String {
    let by = |what: &str, member: &str, indicator: &str, why: &str| {
        format!("record area_officer {what} member={member} indicator={indicator} because {why}")
    };
    [
        needs(),
        progress("m2", "persistent_absence", "progress=significant criteria=attendance_90"),
        by("accept_progress", "m2", "persistent_absence", "the school confirms two terms and the family moves up"),
        progress("m1", "out_of_work_other", "progress=sustained criteria=in_work since=2026-08-01"),
        by("waive_need", "m1", "mental_health", "she asks to leave it to her doctor"),
    ]
    .join("\n")
}

/// A need that is worse, and three weeks in which nobody does anything about it.
pub fn worse_and_left_so() -> String {
    [needs(), progress("m2", "persistent_absence", "progress=worse"), "on 2026-12-23".to_owned()].join("\n")
}

#[test]
fn the_exit_opens_when_every_need_is_met_or_waived_and_shuts_again_with_a_new_one() {
    check(&met(), EXIT, "exit_proposed");
    let proposed = format!("{}\n{EXIT}", met());
    check(&proposed, "record area_officer confirm_exit", "watch: exit_confirmed");
    let later = format!("{proposed}\n{}", need("m2", "young_carer"));
    let shut = "refused: the watch follows an exit with every need of every member met or waived (`case outcomes` shows which are open), \
         or with the support of one agency; for other reasons use `close`";
    check(&later, "record area_officer confirm_exit", shut);
    check(&format!("{}\n{}", met(), progress("m2", "persistent_absence", "progress=worse")), EXIT, CLOSED);
    // Somebody who joins brings nothing by joining, but what is found of them counts.
    let joined = "record keyworker add_member given_name=Planted3 born_on=2016-02-01 household=yes";
    check(&format!("{}\n{joined}", met()), EXIT, "exit_proposed");
    check(&format!("{}\n{joined}\n{}", met(), need("m3", "exclusions")), EXIT, CLOSED);
}

#[test]
fn no_return_to_the_service_is_looked_at_after_the_exit_and_not_waited_for() {
    let plan = format!("{FAMILY}\n{}", need("m2", "cp_plan"));
    let stepped = progress("m2", "cp_plan", "progress=significant criteria=stepped_down,not_looked_after,safe_environment");
    let mut story = Story::told(&format!("{plan}\n{stepped}"));
    assert!(story.case().family.cells[0].met);
    let twelve = progress("m2", "cp_plan", "progress=sustained");
    assert_eq!(
        story.tell(&twelve),
        "refused: not sustained yet: the plan asks for no return to the service within 12 months; counted from 2026-11-23 it is complete on 2027-11-23"
    );
}

#[test]
fn two_young_carers_do_not_wait_for_each_other_for_ever() {
    let carers = "open family=child:child_help,child:child_help
        record area_officer accept
        record area_officer record_checks checks=complete
        record area_officer allocate keyworker=\"Keyworker <keyworker@example.org>\"";
    let both = "progress=significant criteria=attendance_above_90,settled_home";
    let lines = [need("m1", "young_carer"), need("m2", "young_carer"), progress("m1", "young_carer", both)].join("\n");
    let first = progress("m1", "young_carer", "progress=sustained");
    check(
        &format!("{carers}\n{lines}"),
        &first,
        "refused: not sustained yet: the plan asks for the family keeps a safe environment, shown by meeting every other outcome; open needs of the family: 1",
    );
    check(&format!("{carers}\n{lines}\n{}", progress("m2", "young_carer", both)), &first, "allocated");
}

#[test]
fn who_turns_eighteen_stays_a_child_of_the_case_and_a_child_born_stays_one() {
    let joined = format!("{FAMILY}\nrecord keyworker add_member given_name=Planted3 born_on=2008-12-01 household=yes");
    check(&format!("{joined}\non 2026-12-14"), &need("m3", "youth_offending"), "reviews");
    check(
        &format!("{joined}\nrecord keyworker change_member member=m3 born_on=2008-11-01\non 2026-12-14"),
        &need("m3", "youth_offending"),
        "refused: `youth_offending` is a need of a child, and m3 is not; choose another indicator",
    );
    let unborn = format!("{FAMILY}\nrecord keyworker add_member expected_on=2026-12-01 household=yes\non 2026-12-14");
    check(
        &unborn,
        &need("m3", "youth_offending"),
        "refused: `youth_offending` is a need of a child, and m3 is not; choose another indicator",
    );
    check(
        &format!("{unborn}\nrecord keyworker change_member member=m3 given_name=Planted3 born_on=2026-12-03"),
        &need("m3", "cse_risk"),
        "reviews",
    );
}

#[test]
fn somebody_outside_the_household_counts_only_when_a_person_says_so() {
    check(
        FAMILY,
        "record keyworker add_member given_name=Planted3 household=no",
        "refused: somebody outside the household is linked and counts only when a person says so: answer `counted` with yes or no",
    );
    let linked = format!("{FAMILY}\nrecord keyworker add_member given_name=Planted3 child=no household=no counted=no");
    check(
        &linked,
        &need("m3", "police_called"),
        "refused: m3 is linked and not counted; say first that they count with `change_member`",
    );
    check(&format!("{linked}\nrecord keyworker change_member member=m3 counted=yes"), &need("m3", "police_called"), "reviews");
    check(
        FAMILY,
        "record keyworker change_member member=m2 household=yes counted=no",
        "refused: everybody of the household counts; answer `household` with no, or `counted` with yes",
    );
    // What was found while they counted is waived by a named person, or met; it does not end with the count.
    let left = "record keyworker member_left member=m1 left_on=2026-11-22 counted=no because she moved to Carlisle";
    let story = Story::told(&format!("{}\n{left}", needs()));
    assert_eq!(story.case().family.open_cells().count(), 3, "needs that were found hold the exit");
    assert_eq!(story.case().family.cells.len(), 3, "nothing is taken away");
}

#[test]
fn every_other_way_out_has_a_gate_of_its_own() {
    let propose = |reason: &str| format!("record keyworker propose_exit exit_reason={reason}");
    check(
        FAMILY,
        &propose("moved_to_social_care"),
        "refused: social care has not accepted the family yet; record with `statutory_leads` that its plan leads",
    );
    let led = format!("{FAMILY}\nrecord keyworker statutory_leads statutory_kind=child_protection");
    check(&led, &propose("moved_to_social_care"), "exit_proposed");
    check(
        FAMILY,
        &propose("disengaged"),
        "refused: a family that does not take part may be at risk: record a safeguarding view first with `record_risk_view`",
    );
    let viewed = format!("{FAMILY}\nrecord keyworker record_risk_view risk_view=no_concern because seen at school");
    check(&viewed, &propose("disengaged"), "exit_proposed");
    check(FAMILY, &propose("single_agency_support"), "exit_proposed");
    let told = format!("{FAMILY}\nrecord keyworker record_new_place move_told=not_told because \"nobody knows where\"");
    check(&told, &propose("moved_away"), "exit_proposed");
    let close = |reason: &str| format!("record area_officer close close_reason={reason} because so");
    check(
        &viewed,
        &close("duplicate"),
        "refused: nobody has said that the family has an open case elsewhere; record it with `record_match`",
    );
    check(&viewed, &close("consent_withdrawn"), "refused: no withdrawal is recorded; record it with `withdraw_consent`");
}

#[test]
fn the_ledger_only_grows_and_keeps_who_said_what() {
    let mut story = Story::told(&needs());
    let steps = [
        progress("m2", "persistent_absence", "progress=some"),
        progress("m2", "persistent_absence", "progress=significant criteria=attendance_90"),
        progress("m2", "persistent_absence", "progress=worse"),
        "record area_officer waive_need member=m2 indicator=persistent_absence because taught at home now".to_owned(),
        need("m2", "persistent_absence"),
    ];
    let mut before = story.case().family.ledger.clone();
    for step in steps {
        assert_eq!(story.tell(&step), "reviews", "{step}");
        let now = &story.case().family.ledger;
        assert_eq!(now[..before.len()], before[..], "what was recorded stays as it was");
        assert_eq!(now.len(), before.len() + 1);
        before.clone_from(now);
    }
    let line = before.last().unwrap();
    assert_eq!(line.evidence.said_by.as_ref().map(|by| by.as_text().to_owned()).as_deref(), Some("Iris Example"));
    assert_eq!(line.plan, "2015.1");
    let waived = &before[before.len() - 2];
    assert_eq!(waived.evidence.words.as_ref().map(|why| why.as_text().to_owned()).as_deref(), Some("taught at home now"));
}

#[test]
fn an_action_has_a_name_and_a_day_or_shows_the_gap() {
    let agreed = "record keyworker agree_action member=m2 indicator=persistent_absence what=\"breakfast club\" who=\"Iris Example\" due_on=2026-12-01";
    let story = Story::told(&format!("{}\n{agreed}", needs()));
    let fact = |story: &Story<'_>, name: &str| serde_json::to_string(&story.case().facts[name]).unwrap();
    assert_eq!(fact(&story, "next_action_on"), "\"2026-12-01\"");
    assert_eq!(fact(&story, "needs_without_action"), "2");
    assert_eq!(fact(&story, "actions_incomplete"), "0");
    let gap = Story::told(&format!("{}\n{agreed}\nrecord keyworker agree_action what=\"ring the landlord\"", needs()));
    assert_eq!(fact(&gap, "actions_incomplete"), "1");
    let late = format!("{}\n{agreed}", needs());
    check(&late, "on 2026-12-01", "2026-12-01 action: action_due\n2026-12-01 review: review_due");
    let done = format!("{late}\nrecord keyworker end_action action=a1 how=done outcome=\"she goes each morning\"");
    check(&done, "on 2026-12-01", "2026-12-01 review: review_due");
    check(
        &done,
        "record keyworker end_action action=a1 how=done outcome=again",
        "refused: the plan has no open action; agree one first with `agree_action`; `action` names an open action, and none is open",
    );
    let version = Story::told(&format!("{late}\nrecord keyworker agree_plan"));
    assert_eq!((version.case().family.plan_version, fact(&version, "plan_version")), (1, "1".to_owned()));
}

#[test]
fn a_case_from_before_its_family_was_kept_comes_to_know_it_with_the_first_move_about_it() {
    let mut story = Story::told(FAMILY);
    let case = story.case.as_mut().unwrap();
    case.family = focus_family::domain::case::family::Family::default();
    let old = case.clone();
    let command = focus_family::domain::case::Command::Record {
        name: "record_need".to_owned().try_into().unwrap(),
        by: super::story::actor("keyworker"),
        answers: [
            ("member", "m2"),
            ("indicator", "exclusions"),
            ("said_by", "x"),
            ("said_on", "2026-11-20"),
            ("source", "school"),
            ("words", "y"),
        ]
        .into_iter()
        .map(|(name, answer)| (name.to_owned().try_into().unwrap(), answer.to_owned()))
        .collect(),
        reason: None,
    };
    let events = focus_family::domain::case::decide(Some(&old), &command, &story.world()).unwrap();
    let case = focus_family::domain::case::replay(Some(old), &events).unwrap();
    assert_eq!((case.family.members.len(), case.family.themes.len(), case.family.cells.len()), (2, 3, 1));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    /// The gate against a second telling of it: whatever is recorded in whatever order, the exit is open exactly when each theme was
    /// looked into, a need is there, and each need of somebody who counts is met or waived.
    #[test]
    fn the_exit_is_open_exactly_when_nothing_is_open(steps in proptest::collection::vec((0_u8..7, 0_usize..4), 0..25)) {
        let mut story = Story::told(FAMILY);
        let pairs = [("m1", "out_of_work_other", "in_work"), ("m1", "mental_health", "engaged,improved"), ("m2", "persistent_absence", "attendance_90"), ("m2", "financial_exclusion", "")];
        for (step, at) in steps {
            let (member, indicator, criteria) = pairs[at];
            let line = match step {
                0 => need(member, indicator),
                1 => progress(member, indicator, "progress=some"),
                2 => progress(member, indicator, &format!("progress=sustained criteria={criteria} since=2025-09-01")),
                3 => progress(member, indicator, "progress=worse"),
                4 => format!("record area_officer waive_need member={member} indicator={indicator} because so"),
                5 => format!("record area_officer accept_progress member={member} indicator={indicator} because so"),
                _ => format!("record keyworker rule_out_theme member={member} theme={} because so", ["work_finance", "health", "education", "health"][at]),
            };
            story.tell(&line);
            let family = &story.case().family;
            let themes_done = family.themes.iter().all(|seen| {
                seen.ruled_out || family.cells.iter().any(|cell| Some(&cell.member) == seen.member.as_ref() && cell.theme == seen.theme)
            });
            let cells_done = family.cells.iter().all(|cell| cell.met || format!("{:?}", cell.state) == "Waived");
            let open = !family.cells.is_empty() && themes_done && cells_done;
            let world = story.world();
            let said = matrix(story.case(), &world);
            prop_assert_eq!(exit_closed_because(&said).is_empty(), open, "{:?}", exit_closed_because(&said));
            prop_assert_eq!(decide_exit(&story), open);
        }
    }

    /// A window is complete on one day: not the day before, and on every day after.
    #[test]
    fn a_window_is_complete_once_and_for_all(since in 0_i64..300, months in 1_u32..24, weeks in 1_u32..60) {
        let calendar = &super::story::shipped().calendar;
        let since = jiff::civil::date(2025, 9, 10).checked_add(jiff::Span::new().days(since)).unwrap();
        for window in [Window::HeldMonths(months), Window::NoReturnMonths(months), Window::ConsecutiveWeeks(weeks), Window::SchoolStretches(weeks % 7 + 1), Window::SchoolTerms(weeks % 4 + 1)] {
            let day = window.complete_on(since, calendar, None);
            prop_assert!(day.is_none_or(|day| day > since));
            let later = since.tomorrow().unwrap();
            prop_assert!(window.complete_on(later, calendar, None) >= day, "{:?}: a later beginning never ends earlier", window);
        }
    }
}

fn decide_exit(story: &Story<'_>) -> bool {
    let command = focus_family::domain::case::Command::Record {
        name: "propose_exit".to_owned().try_into().unwrap(),
        by: super::story::actor("keyworker"),
        answers: [("exit_reason".to_owned().try_into().unwrap(), "outcomes_met".to_owned())].into(),
        reason: None,
    };
    focus_family::domain::case::decide(Some(story.case()), &command, &story.world()).is_ok()
}

/// An area whose schools have terms of their own counts by these.
#[test]
fn school_windows_count_the_terms_of_the_area_of_the_case() {
    let mut calendar = super::story::shipped().calendar.clone();
    let usual = calendar.terms.clone();
    let late = |term: &focus_family::domain::time::Term| focus_family::domain::time::Term {
        from: term.from.checked_add(jiff::Span::new().days(7)).unwrap(),
        until: term.until.checked_add(jiff::Span::new().days(7)).unwrap(),
    };
    let area = |name: &str| focus_family::domain::ids::AreaName::new(name).unwrap();
    calendar.area_terms.insert(area("eden"), usual.iter().map(late).collect());
    let since = usual[1].from;
    let window = Window::SchoolStretches(6);
    let day = |area: Option<focus_family::domain::ids::AreaName>| window.complete_on(since, &calendar, area.as_ref());
    assert_eq!((day(None), day(Some(area("copeland")))), (Some(usual[6].until), Some(usual[6].until)));
    assert_eq!(day(Some(area("eden"))), Some(late(&usual[6]).until));
}

/// Three terms are three terms, whether a council lists them whole or as halves.
#[test]
fn school_terms_are_counted_whole_however_the_calendar_lists_them() {
    let halves = super::story::shipped().calendar.clone();
    let mut whole = halves.clone();
    whole.terms = halves.whole_terms_in(None);
    assert_eq!(whole.whole_terms_in(None), whole.terms);
    assert_eq!((halves.terms.len(), whole.terms.len()), (18, 9));
    let window = Window::SchoolTerms(3);
    for (since, until) in [("2026-01-05", "2026-12-18"), ("2026-02-23", "2027-03-25")] {
        let since = since.parse().unwrap();
        for calendar in [&halves, &whole] {
            assert_eq!(window.complete_on(since, calendar, None).map(|day| day.to_string()).as_deref(), Some(until));
        }
    }
}
