//! A copy of the shipped folder with one slip in it is refused by `workflow check`, with file, line and what to do.

use std::path::Path;

use focus_family::daemon::folder::check;

/// A slip: in which file (those of letters begin with `templates/`), what stood there, what stands there now; then a text of the line
/// that is told, and what is said of it.
type Slip = (&'static str, &'static str, &'static str, &'static str, &'static str, &'static str);

const LIFE: &str = "lifecycle.yaml";
const DESK: &str = "desk.yaml";
/// Stands for an item of a list that begins so, up to the next one.
const ITEM: &str = "<item>";
/// Stands for what stood there before.
const SAME: &str = "<same>";

#[rustfmt::skip]
const SLIPS: &[Slip] = &[
    // Stages.
    ("a stage without a way out", LIFE, "  - {name: closed, title: Closed, kind: final,",
     "  - {name: limbo, title: Limbo, owner: team,\n     means: \"Nothing leads from here.\"}\n<same>", "{name: limbo", "a case never ends from the open stage `limbo`"),
    ("a stage that nothing leads to", LIFE, "  - {name: closed, title: Closed, kind: final,",
     "  - {name: limbo, title: Limbo, owner: team,\n     means: \"Nothing leads to it.\"}\n<same>", "{name: limbo", "no case ever gets to the stage `limbo`"),
    ("a stage without an owner", LIFE, "title: Checks with other agencies, owner: area_officer,", "title: Checks with other agencies,", "{name: checks, title: Checks with other agencies,\n", "open stage `checks` has no owner"),
    ("an owner nobody knows", LIFE, "title: Allocated, owner: area_officer", "title: Allocated, owner: area_oficer", "owner: area_oficer", "did you mean `area_officer`?"),
    ("a stage twice", LIFE, "{name: allocated, title: Allocated", "{name: triage, title: Allocated", "{name: triage, title: Allocated", "two stages are called `triage`"),
    ("no final stage", LIFE, "title: Closed, kind: final,", "title: Closed, owner: team,", "{name: awaiting_information, title", "no stage is final"),
    // Timers.
    ("the one timer of a stage dropped", LIFE, "  - name: triage\n    title: Decision on the nomination<item>", "", "{name: triage, title", "a case could wait in `triage` for ever"),
    ("a timer that ends in silence", LIFE, "      again: {name: again, working_days: 2, letters: [triage_overdue, manager_escalation]}\n  - name: checks", "  - name: checks", "rungs:\n        - {name: due, working_days: 3, letters: [triage_overdue]}", "nothing comes after it; give the ladder an `again`"),
    ("a timer of a pause dropped", LIFE, "  - name: pause_over\n    title: Work to be taken up after a pause<item>", "", "{fact: paused_until, to: {answer: paused_until}}", "give `paused_until` a timer with `again`"),
    ("a timer an agenda names dropped", LIFE, "  - name: meeting\n    title: Allocations meeting<item>", "", "{timer: meeting, asks", "no timer is called `meeting`"),
    ("a rung that does nothing", LIFE, "{name: chase, working_days: 10, letters: [missing_chase]}", "{name: chase, working_days: 10}", "{name: chase, working_days: 10}", "`chase` does nothing"),
    ("rungs out of order", LIFE, "{name: chase, working_days: 10, letters: [missing_chase]}", "{name: chase, working_days: 1, letters: [missing_chase]}", "{name: chase, working_days: 1,", "write rungs in order of time"),
    ("a rung twice", LIFE, "{name: chase, working_days: 10, letters: [missing_chase]}", "{name: due, working_days: 10, letters: [missing_chase]}", "{name: due, working_days: 10, letters: [missing_chase]}", "two rungs are called `due`"),
    ("a rung in two units", LIFE, "{name: warn, days: -14, letters: [review_due]}", "{name: warn, days: -14, months: 1, letters: [review_due]}", "{name: warn, days: -14, months", "a rung needs exactly one of"),
    ("a timer from a fact that is no day", LIFE, "from: {fact: first_taf_on}", "from: {fact: first_taf_moves}", "from: {fact: first_taf_moves}", "holds no date"),
    ("a timer in a stage nobody knows", LIFE, "stages: [exit_proposed]\n    from: stage_entered", "stages: [exit_propose]\n    from: stage_entered", "stages: [exit_propose]", "did you mean `exit_proposed`?"),
    ("a timer that its own day silences", LIFE, "    when: {fact: paused_until, known: true}\n    from: {fact: paused_until}", "    when: {fact: paused_until, known: false}\n    from: {fact: paused_until}", "when: {fact: paused_until, known: false}\n    from: {fact: paused_until}", "the timer `pause_over` never runs"),
    ("a timer twice", LIFE, "timers:\n", "timers:\n  - name: twin\n    title: Twin\n    stages: [watch]\n    from: stage_entered\n    ladder:\n      rungs:\n        - {name: due, months: 13, letters: [overdue_escalation], task: \"The watch has lasted long enough: record the last look.\"}\n      again: {name: again, working_days: 20, letters: [overdue_escalation, manager_escalation]}\n", "- name: watch_over", "`twin` and `watch_over` remind of the same"),
    // Budgets.
    ("a ladder of 240 years", LIFE, "{name: due, months: 6, letters: [watch_check_due]", "{name: due, months: 2880, letters: [watch_check_due]", "months: 2880", "comes more than two years later"),
    ("a rung of thousands of working days", LIFE, "{name: breach, working_days: 15, letters: [overdue_escalation],", "{name: breach, working_days: 15000, letters: [overdue_escalation],", "working_days: 15000", "comes more than two years later"),
    ("a repeat every few years", LIFE, "again: {name: again, working_days: 60, letters: [age_review]}", "again: {name: again, months: 40, letters: [age_review]}", "months: 40", "would repeat only after more than half a year"),
    ("a warning years before", LIFE, "{name: warn, days: -14, letters: [review_due]}", "{name: warn, days: -1400, letters: [review_due]}", "days: -1400", "more than half a year before its day"),
    ("an acknowledgement nobody waits for", LIFE, "within_working_days: 5, holds_working_days: 10", "within_working_days: 5, holds_working_days: 1000", "holds_working_days: 1000", "waits 1005 working days"),
    ("a review without a bound", LIFE, "{name: next_review_on, title: Day of the next review, kind: date, required: true, not_past: true, day_off: day_off, within_days: 84}", "{name: next_review_on, title: Day of the next review, kind: date, required: true, not_past: true, day_off: day_off}", "not_past: true, day_off: day_off}", "counts from `next_review_on`, which may be any day"),
    ("a review in a century", LIFE, "not_past: true, day_off: day_off, within_days: 84}", "not_past: true, day_off: day_off, within_days: 36500}", "within_days: 36500", "`first_taf_on` may be more than two years away"),
    ("an agency with years to answer", LIFE, "contact: police_contact, asked: always, answers_within_working_days: 5", "contact: police_contact, asked: always, answers_within_working_days: 5000", "{name: police, title", "has 5000 working days to answer"),
    ("a promise of years", DESK, "due: {working_days: 5}\n    called: a question", "due: {months: 50}\n    called: a question", "due: {months: 50}", "due only after more than half a year"),
    ("a danger told of after months", DESK, "after_hours: [1, 4, 12, 24, 48, 72]", "after_hours: [1, 4, 12, 24, 48, 7200]", "after_hours", "nobody waits more than 336 hours"),
    ("a letter given up before it is told", DESK, "told_after_hours: 4", "told_after_hours: 400", "told_after_hours: 400", "tell them before"),
    // Guards.
    ("a guard nobody can pass", LIFE, "    guard: {fact: missing_items, at_least: 1}", "    guard: {all: [{fact: missing_items, at_least: 2}, {fact: missing_items, is: 0}]}", "at_least: 2}, {fact", "this can never be met"),
    ("a guard without advice", LIFE, "    otherwise: nothing is missing; record other news with `note`\n    asks:", "    asks:", "name: supply_missing", "say under `otherwise`"),
    ("a fact nobody knows", LIFE, "guard: {fact: withdrawal_said_on, known: true}", "guard: {fact: withdrawal_said, known: true}", "guard: {fact: withdrawal_said,", "did you mean `withdrawal_said_on`?"),
    ("a word no fact has", LIFE, "{fact: consent, is: withdrawn}\n    to: consent_withdrawn", "{fact: consent, is: withdrew}\n    to: consent_withdrawn", "is: withdrew", "did you mean `withdrawn`?"),
    ("an answer the guard shuts out", LIFE, "            guard: {fact: watch_started_on, known: true}\n            not_before: {fact: watch_started_on, months: 12}", "            guard: {fact: six_month_check, known: false}\n            not_before: {fact: watch_started_on, months: 12}", "sustained:\n            guard:\n              any:\n                - {fact: needs_open, known: false}\n                - {fact: needs_open, is: 0}\n                - {fact: exit_reason, is: single_agency_support}\n            not_before: {fact: watch_started_on, months: 12}", "contradicts the guard of `record_twelve_month_check`"),
    ("a condition of an answer that is never given", LIFE, "          moved_to_social_care:\n", "          moved_to_social_car:\n", "outcomes_met:\n            guard:", "is never answered with `moved_to_social_car`"),
    ("two transitions with the same guard", LIFE, "automatic:\n", "automatic:\n  - from: [triage]\n    when: {fact: danger_words, is: true}\n    to: closed\n    because: a slip\n", "from: [awaiting_information, triage, checks, awaiting_allocation, allocated, taf, reviews, exit_proposed, watch, consent_withdrawn]\n    when: {fact: danger_words, is: true}\n    to: safeguarding_hold", "from `triage` this is never taken"),
    ("two moves with the same guard", LIFE, "  - name: confirm_handover\n", "  - name: take_over\n    title: Taken over\n    by: [team]\n    guard: {fact: handed_over_on, known: true}\n    otherwise: no hand-over is open\n    sets:\n      - {fact: handed_over_on, to: nothing}\n<same>", "- name: confirm_handover", "`take_over` and `confirm_handover` have the same guard"),
    ("a beginning that those before it take", LIFE, "  - to: awaiting_information\n    because: consent or", "  - when: {all: [{fact: danger_words, is: true}, {fact: consent, is: refused}]}\n    to: awaiting_information\n    because: a slip\n<same>", "when: {all: [{fact: danger_words, is: true}, {fact: consent, is: refused}]}", "no nomination ever begins"),
    ("a nomination that begins nowhere", LIFE, "  - to: awaiting_information\n    because", "  - when: {fact: consent, is: refused}\n    to: awaiting_information\n    because", "- when: {fact: danger_words, is: true}\n    to: safeguarding_hold", "a new case has nowhere to begin"),
    ("transitions in a circle", LIFE, "    to: reviews\n    because: the family already works to its plan", "<same>\n  - from: [reviews]\n    when: {fact: initial_taf_held, is: true}\n    to: triage\n    because: a slip", "- from: [awaiting_information, triage, checks, awaiting_allocation, allocated, taf, reviews, exit_proposed, watch, consent_withdrawn]\n    when: {fact: danger_words, is: true}\n    to: safeguarding_hold", "these go round in a circle"),
    ("a fact set twice", LIFE, "      - {fact: statutory_led, to: {value: true}}", "<same>\n      - {fact: statutory_led, to: {value: false}}", "{fact: statutory_led, to: {value: false}}\n      - {fact: statutory_led_on, to: today}", "sets `statutory_led` twice"),
    ("an answer set that is not asked", LIFE, "{fact: paused_until, to: {answer: paused_until}}", "{fact: paused_until, to: {answer: pause_until}}", "pause_until}}", "did you mean `paused_until`?"),
    // Roles.
    ("a role nobody can hold", LIFE, "roles:\n", "roles:\n  - {name: mentor, title: Mentor, scope: case, falls_back_to: team}\n", "{name: mentor", "nobody ever is `mentor`, only `team` in their place"),
    ("a move that nobody may make", LIFE, "    by: [area_officer, team]\n    guard: {fact: missing_items", "    by: []\n    guard: {fact: missing_items", "name: supply_missing", "nobody may make the move `supply_missing`"),
    ("a role that falls back to itself", LIFE, "scope: area, falls_back_to: team}\n  - {name: employment", "scope: area, falls_back_to: area_officer}\n  - {name: employment", "{name: area_officer", "comes back to `area_officer`"),
    ("an owner nobody stands behind", LIFE, "title: Keyworker, scope: case, falls_back_to: area_officer}", "title: Keyworker, scope: case}", "title: Keyworker, scope", "nobody may answer for `keyworker`"),
    ("a role of the desk nobody knows", DESK, "role: information_governance", "role: information_goverance", "role: information_goverance", "did you mean `information_governance`?"),
    // Letters.
    ("a letter nobody defines", LIFE, "letters: [taf_called_off]", "letters: [taf_call_off]", "letters: [taf_call_off]", "did you mean `taf_called_off`?"),
    ("a letter of a move without template", LIFE, "{name: handover, title: Hand-over between areas, to: [area_officer, keyworker]}", "{name: hand_over_again, title: Hand-over between areas, to: [area_officer, keyworker]}\n  - {name: handover, title: Hand-over, to: [team]}", "{name: hand_over_again", "the letter `hand_over_again` has no template"),
    ("a letter of a desk without template", DESK, "waiting: {role: team, letter: mail_waiting", "waiting: {role: team, letter: mail_waits", "letter: mail_waits", "the letter `mail_waits` has no template"),
    ("a timer's letter whose template is gone", "templates/age_review/", "", "", "{name: age_review, title", "the letter `age_review` has no template"),
    ("a move's letter whose template is gone", "templates/handover/", "", "", "letters: [handover]", "the letter `handover` has no template"),
    ("a letter of the program itself that is gone", "templates/digest/", "", "", "", "templates/digest: "),
    ("a letter without HTML", "templates/age_review/body.html", "", "", "", "`body.html` is missing; a letter has all three files"),
    ("a letter to nobody", LIFE, "{name: update_notice, title: News on a case, to: [keyworker]}", "{name: update_notice, title: News on a case, to: []}", "{name: update_notice", "goes to nobody"),
    ("a letter to the family without a safe contact", LIFE, "to: [family], only_if: {fact: safe_contact, is: true}}", "to: [family]}", "{name: family_thanks", "goes to the family: to nobody else, and with `only_if`"),
    ("a letter that goes and is told as well", LIFE, "      when: {fact: sender_proven, is: false}\n", "      when: {fact: sender_proven, is: true}\n", "when: {fact: sender_proven, is: true}\n", "`instead` must be shut while `only_if` is met"),
    ("a template with a field nobody knows", "templates/age_review/body.txt", "{{reference}}", "{{refrence}}", "{{refrence}}", "`refrence` is no name a letter can use"),
    ("a template with a field this letter never has", "templates/age_review/body.txt", "{{reference}}", "{{reference}}{{#if outcome}} {{outcome}}{{/if}}", "{{outcome}}", "`outcome` is never known to `age_review`"),
    ("a template that shows what may be empty", "templates/age_review/body.txt", "{{reference}}", "{{reference}} {{outcome}}", "{{outcome}}", "would show an empty place"),
    ("a template that cannot be read", "templates/age_review/body.txt", "{{reference}}", "{{reference", "{{reference", "cannot be read"),
    ("a block without its end", "templates/age_review/body.txt", "{{#if received_on}}\nNomination received: {{long_date received_on}}\n{{/if}}", "{{#if received_on}}\nNomination received: {{long_date received_on}}", "{{#if received_on}}", "cannot be read"),
    ("a block of a part without its end", "templates/_parts/footer.txt", "{{#if role}}\nYou get this email because of your role: {{role}}.\n{{/if}}", "{{#if role}}\nYou get this email because of your role: {{role}}.", "{{#if role}}", "cannot be read"),
    ("a block that another word ends", "templates/age_review/body.txt", "{{/if}}\n\n{{> open_case}}", "{{/unless}}\n\n{{> open_case}}", "{{/unless}}", "cannot be read"),
    ("a part with a field nobody knows", "templates/_parts/footer.txt", "your role: {{role}}", "your role: {{rol}}", "{{rol}}", "`rol` is no name a letter can use"),
    ("a field nobody knows inside a helper", "templates/age_review/body.txt", "{{long_date received_on}}", "{{long_date (or recieved_on received_on)}}", "recieved_on", "`recieved_on` is no name a letter can use"),
    ("a field nobody knows on the next line of a helper", "templates/age_review/body.txt", "{{long_date received_on}}", "{{long_date\n  recieved_on}}", "recieved_on", "`recieved_on` is no name a letter can use"),
    ("a part that shows what may be empty", "templates/_parts/footer.txt", "{{#if role}}\nYou get this email because of your role: {{role}}.\n{{/if}}", "You get this email because of your role: {{role}}.", "You get this email", "would show an empty place"),
    ("a part that nobody has", "templates/age_review/body.txt", "{{> lateness}}", "{{> latenes}}", "{{> latenes}}", "latenes"),
    ("a helper of a part with nothing to say it of", "templates/_parts/lateness.txt", "{{plural late_by", "{{plural nothing_known", "nothing_known", "`nothing_known` is no name a letter can use"),
    ("a helper without its words", "templates/age_review/body.txt", "{{long_date received_on}}", "{{long_date}}", "{{long_date}}", "does not go together with the samples"),
    ("a helper of a part without its words", "templates/_parts/footer.txt", "your role: {{role}}", "your role: {{long_date}}", "{{long_date}}", "does not go together with the samples"),
    ("a letter that loses its outcome", LIFE, "to: [keyworker, lead_agency], outcome_from: close_reason}", "to: [keyworker, lead_agency]}", "", "`outcome` is never known to `closure`"),
    ("a line of a reply that the letter does not ask", LIFE, "title: \"Date of the next meeting\"}", "title: \"Day of the next meeting\"}", "", "a reply to `review_form` is read by the line `4. Day of the next meeting`"),
    // The other files, and typos of keys.
    ("a key nobody knows", LIFE, "    reason_required: true\n    letters: [danger_alert]", "    reason_requird: true\n    letters: [danger_alert]", "reason_requird", "did you mean `reason_required`?"),
    ("a move of a meeting nobody knows", LIFE, "move: defer_allocation}", "move: defer_alocation}", "move: defer_alocation", "did you mean `defer_allocation`?"),
    ("a question of a reply nobody asks", LIFE, "{ask: help_wanted, title: \"Do you need", "{ask: help_want, title: \"Do you need", "{ask: last_contact_on, title", "did you mean `help_wanted`?"),
    ("an area nobody knows", "areas.yaml", "area: eden", "area: edn", "area: edn", "no area is called `edn`"),
    ("a theme nobody knows", "outcomes.yaml", "theme: education", "theme: eduction", "theme: eduction", "did you mean `education`?"),
];

/// `text` after the slip.
fn slipped(text: &str, was: &str, now: &str) -> String {
    let begin = was.trim_end_matches(ITEM);
    let at = text.find(begin).unwrap_or_else(|| panic!("nothing begins with {begin:?}"));
    let until = if was.ends_with(ITEM) {
        let next = text[at + 4..].find("\n  - ").map(|next| at + 4 + next + 1);
        next.unwrap_or(text.len())
    } else {
        at + begin.len()
    };
    format!("{}{}{}", &text[..at], now.replace(SAME, &text[at..until]), &text[until..])
}

/// Copies both folders, makes the slip, and returns what is told and where the line stands that should be.
fn told(slip: &Slip, to: &Path) -> (Vec<String>, Option<String>) {
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (programme, templates) = (to.join("programme"), to.join("templates"));
    crate::badmail::copy(&shipped.join("workflows/focus-family"), &programme);
    crate::badmail::copy(&shipped.join("templates/mail"), &templates);
    let (what, file, was, now, at, _) = slip;
    let path = if file.starts_with("templates/") { to.join(file) } else { programme.join(file) };
    if was.is_empty() {
        if path.is_dir() { std::fs::remove_dir_all(&path) } else { std::fs::remove_file(&path) }.unwrap();
    } else {
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.contains(was.trim_end_matches(ITEM)), "{what}: {file} has no {was:?}");
        std::fs::write(&path, slipped(&text, was, now)).unwrap();
    }
    let named = if was.is_empty() { LIFE } else { file };
    let text = std::fs::read_to_string(if was.is_empty() { programme.join(LIFE) } else { path }).unwrap();
    let line = (!at.is_empty()).then(|| {
        let found = text.find(at).unwrap_or_else(|| panic!("{what}: nothing has {at:?}"));
        format!("{named}:{}:", text[..found].lines().count().max(1) + usize::from(text[..found].ends_with('\n')))
    });
    (check(Some(&programme), Some(&templates)).err().unwrap_or_default(), line)
}

#[test]
fn every_slip_in_a_copy_of_the_shipped_folder_is_refused_with_file_and_line() {
    assert!(SLIPS.len() >= 40);
    let mut wrong = Vec::new();
    for slip in SLIPS {
        let folder = tempfile::tempdir().unwrap();
        let (found, line) = told(slip, folder.path());
        let fits =
            |defect: &&String| defect.contains(slip.5) && line.as_ref().is_none_or(|line| defect.starts_with(line.as_str()));
        if !found.iter().any(|defect| fits(&defect)) {
            wrong.push(format!("{}: wanted {line:?} {:?}, found {found:#?}", slip.0, slip.5));
        }
    }
    assert!(wrong.is_empty(), "{} slips pass or are told otherwise:\n{}", wrong.len(), wrong.join("\n"));
}
