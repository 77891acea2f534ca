//! The programme's folder: what is wrong in it is told at once, with its line.

use focus_family::domain::ids::PackName;
use focus_family::domain::workflow::{SourceFile, diff, load};

use super::shipped;

fn defects(files: &[SourceFile]) -> Vec<String> {
    load(files).err().unwrap_or_default().iter().map(ToString::to_string).collect()
}

#[test]
fn the_shipped_programme_has_no_defect() {
    assert_eq!(defects(&shipped()), Vec::<String>::new());
}

/// Replaces `old` (once, it must be there) in a shipped file.
pub(super) fn with(path: &str, old: &str, new: &str) -> Vec<SourceFile> {
    let mut files = shipped();
    let file = files.iter_mut().find(|file| file.path == path).unwrap_or_else(|| panic!("{path} is shipped"));
    assert!(file.text.contains(old), "{path} has no {old:?}");
    file.text = file.text.replacen(old, new, 1);
    files
}

/// The one defect that a change causes begins with file and line of that change, and says this.
fn refuses(path: &str, old: &str, new: &str, says: &str) {
    let found = defects(&with(path, old, new));
    assert!(found.iter().any(|defect| defect.contains(says)), "{new:?}: wanted {says:?}, found {found:#?}");
    assert!(found.iter().all(|defect| defect.starts_with(path)), "{found:#?}");
}

const SMALL: &str = r#"
version: "1"
roles:
  [{name: team, title: Team, scope: programme},
  {name: officer, title: Officer, scope: area, falls_back_to: team},
  {name: worker, title: Worker, scope: case}, {name: referrer, title: Referrer, scope: case}]
facts:
  [{name: known, title: Known, kind: yes_no},
  {name: state, title: State, kind: {choice: [started, complete]}},
  {name: seen, title: Seen, kind: count}, WHAT THE PROGRAM SETS
  {name: day, title: Day, kind: date}]
begins:
  - {to: first, because: it begins}
stages:
  - {name: first, title: First, owner: officer, means: "At the beginning."}
  - {name: second, title: Second, owner: officer, means: "In the middle."}
  - {name: end, title: End, kind: final, means: "At the end."}
moves:
  - name: go_on
    title: Go on
    from: [first]
    to: second
    by: [officer]
    guard: {fact: state, is: complete}
    otherwise: wait until it is complete
    asks:
      - {name: who, title: Who, kind: {person: worker}}
      - {name: on, title: When, kind: date}
    sets:
      - {fact: day, to: {answer: on}}
  - {name: stop, title: Stop, to: end, by: [officer]}
automatic:
  - {from: [first], when: {fact: seen, at_least: 3}, to: second, because: it was seen}
timers:
  - name: wait
    title: Wait
    stages: [first, second]
    from: stage_entered
    ladder:
      rungs:
        - {name: due, working_days: 5, letters: [reminder]}
      again: {name: again, working_days: 5, letters: [reminder]}
letters:
  - {name: reminder, title: Reminder, to: [officer]}
  - {name: notice, title: Notice, to: [worker]}
"#;

pub(super) fn with_small(old: &str, new: &str) -> Vec<SourceFile> {
    let mut files = shipped();
    assert!(SMALL.contains(old), "no {old:?}");
    let sets = "{name: sender_proven, title: P, kind: yes_no}, {name: danger_words, title: D, kind: yes_no}, \
         {name: area_known, title: A, kind: yes_no}, {name: missing_items, title: M, kind: count}, \
         {name: nomination_kind, title: N, kind: {choice: [professional, self]}}, \
         {name: consent, title: C, kind: {choice: [not_shown, asserted, given, refused]}}, \
         {name: assessment, title: E, kind: {choice: [none, started, complete]}},";
    let small = SMALL.replacen(old, new, 1).replace("WHAT THE PROGRAM SETS", sets);
    files.iter_mut().find(|file| file.path == "lifecycle.yaml").unwrap().text = small;
    let desk = files.iter_mut().find(|file| file.path == "desk.yaml").unwrap();
    for role in ["information_governance", "duty", "manager"] {
        desk.text = desk.text.replace(&format!("role: {role}"), "role: team");
    }
    desk.text = desk.text.replace("tell: [duty, manager]", "tell: [team]");
    files
}

fn small_refuses(old: &str, new: &str, says: &str) {
    let found = defects(&with_small(old, new));
    assert!(found.iter().any(|defect| defect.contains(says)), "{new:?}: wanted {says:?}, found {found:#?}");
}

#[test]
fn a_small_life_cycle_has_no_defect() {
    assert_eq!(defects(&with_small("", "")), Vec::<String>::new());
}

#[test]
fn a_wrong_name_is_told_with_its_line_and_the_name_that_was_meant() {
    assert_eq!(
        defects(&with_small("    to: second", "    to: secnd")),
        ["lifecycle.yaml:22: no stage is called `secnd`; did you mean `second`?"]
    );
    small_refuses("by: [officer]", "by: [oficer]", "lifecycle.yaml:23: no role is called `oficer`; did you mean `officer`?");
    small_refuses("{fact: state, is: complete}", "{fact: stat, is: complete}", "lifecycle.yaml:24: no fact is called `stat`");
    small_refuses("letters: [reminder]", "letters: [remainder]", "no letter is called `remainder`; did you mean `reminder`?");
    small_refuses("{answer: on}", "{answer: off}", "lifecycle.yaml:30: no question of this move is called `off`");
    small_refuses("owner: officer", "owner: offcer", "lifecycle.yaml:15: no role is called `offcer`");
    small_refuses("name: second,", "name: first,", "lifecycle.yaml:16: two stages are called `first`");
}

#[test]
fn a_wrong_key_is_told_with_its_line_and_hides_no_other_mistake() {
    small_refuses(
        "    otherwise:",
        "    othrewise:",
        "lifecycle.yaml:25: no key `othrewise` is known here; did you mean `otherwise`?",
    );
    small_refuses("kind: yes_no", "kind: yesno", "no word `yesno` is known here; did you mean `yes_no`?");
    small_refuses("{fact: state, is: complete}", "{fact: state, iss: complete}", "lifecycle.yaml:24: no key `iss` is known here");
    small_refuses("    title: Go on\n", "", "`title` is missing here");
    small_refuses("{name: team,", "{name: Team!,", "`Team!` is no role name");
    let mut files = with_small("    otherwise:", "    othrewise:");
    for (path, old, new) in
        [("lifecycle.yaml", "working_days: 5, letters", "workng_days: 5, letters"), ("areas.yaml", "area: eden", "area: edn")]
    {
        let file = files.iter_mut().find(|file| file.path == path).unwrap();
        file.text = file.text.replacen(old, new, 1);
    }
    let found = defects(&files);
    assert_eq!(found.len(), 3, "{found:#?}");
}

#[test]
fn what_the_program_itself_names_must_be_in_the_folder() {
    refuses(
        "lifecycle.yaml",
        "  - {name: danger_words, title: Words of immediate danger, kind: yes_no}\n",
        "",
        "the program sets the fact `danger_words`",
    );
    refuses(
        "lifecycle.yaml",
        "title: Who nominates, kind: {choice: [professional, self]}",
        "title: Who nominates, kind: yes_no",
        "it needs `kind: choice` and the words `professional` and `self`",
    );
    refuses(
        "desk.yaml",
        "role: information_governance",
        "role: information_goverance",
        "desk.yaml:19: no role is called `information_goverance`; did you mean `information_governance`?",
    );
    refuses("desk.yaml", "waiting: {role: team", "waiting: {role: area_officer", "`area_officer` is a role of scope `area`");
    refuses("desk.yaml", "kind: foi_request", "kind: advice_request", "two kinds are called `advice_request`");
    refuses("desk.yaml", "kind: foi_request", "kind: advice_request", "no entry says what is asked about a `foi_request`");
    refuses("desk.yaml", "working_days: 20", "working_days: many", "desk.yaml:21: a whole number is wanted here");
    for (gone, says) in [
        ("forms/labels.yaml", "forms are read by `labels` that no file here has: `full_name`"),
        ("forms/lists.yaml", "forms are read by `lists` that no file here has"),
        ("forms/maps.yaml", "forms are read by `maps` that no file here has"),
        ("forms/criteria.yaml", "no form's words name the theme `crime_asb`"),
        ("desk.yaml", "this file is missing"),
    ] {
        let mut files = shipped();
        files.retain(|file| file.path != gone);
        let found = defects(&files);
        assert!(found.iter().any(|defect| defect.contains(says)), "{gone}: {found:#?}");
    }
}

#[test]
fn a_value_of_the_wrong_kind_is_told_in_plain_words() {
    small_refuses("working_days: 5, letters", "working_days: five, letters", "lifecycle.yaml:41: a whole number is wanted here");
    small_refuses("{fact: seen, at_least: 3}", "{at_least: 3, fact: seen}", "write `fact` before `at_least` is wanted here");
    small_refuses("{fact: seen, at_least: 3}", "{all: [], any: []}", "`all` and `any` side by side");
    small_refuses("{fact: seen, at_least: 3}", "{}", "an empty condition");
    small_refuses("{fact: seen, at_least: 3}", "seen", "a group of keys is wanted here");
    small_refuses("- {to: first,", "- {to: ,", "a word is missing here");
    small_refuses("version: \"1\"", "version: \"1\"\nversion: \"2\"", "lifecycle.yaml:3: the key `version` stands here twice");
}

#[test]
fn a_case_can_never_be_lost() {
    small_refuses("- {name: stop, title: Stop, to: end, by: [officer]}", "", "a case never ends from the open stage `first`");
    small_refuses(
        "  - {name: end,",
        "  - {name: lost, title: Lost, owner: team, means: Nowhere.}\n  - {name: end,",
        "no case ever gets to the stage `lost`",
    );
    small_refuses("title: First, owner: officer", "title: First", "open stage `first` has no owner");
    small_refuses(
        "- {to: first, because",
        "- {to: first, when: {fact: known, is: true}, because",
        "nowhere to begin when `known` has no value",
    );
    small_refuses("falls_back_to: team", "falls_back_to: officer", "its chain of `falls_back_to` comes back to `officer`");
    small_refuses(", falls_back_to: team", "", "nobody may answer for `officer`");
    small_refuses(
        "because: it was seen}",
        "because: it was seen}\n  - {from: [second], when: {fact: seen, at_least: 2}, to: first, because: back}",
        "these go round in a circle, `first` and `second`, when `seen` is 3",
    );
}

#[test]
fn a_stage_in_which_a_case_could_wait_for_ever_is_refused() {
    small_refuses("stages: [first, second]", "stages: [first]", "a case could wait in `second` for ever");
    small_refuses(
        "      again: {name: again, working_days: 5, letters: [reminder]}\n",
        "",
        "a case could wait in `first` for ever: no timer keeps reminding when always",
    );
    small_refuses(
        "    from: stage_entered",
        "    from: {fact: day}",
        "for ever: no timer keeps reminding when `day` has no value",
    );
    small_refuses(
        "    from: stage_entered",
        "    when: {fact: known, is: false}\n    from: stage_entered",
        "no timer keeps reminding when `known` has no value",
    );
    small_refuses(
        "title: Reminder, to: [officer]}",
        "title: Reminder, to: [officer], only_if: {fact: known, is: true}}",
        "a case could wait in `first` for ever",
    );
    small_refuses("title: Reminder, to: [officer]}", "title: Reminder, to: [worker]}", "a case could wait in `first` for ever");
    let both = with_small(
        "    from: stage_entered",
        "    when: {fact: known, known: true}\n    from: stage_entered\n    ladder: {rungs: [{name: due, days: 1, task: Look.}], again: {name: again, days: 7, task: Look.}}\n  - name: other\n    title: Other\n    stages: [first, second]\n    when: {fact: known, known: false}\n    from: stage_entered",
    );
    assert_eq!(defects(&both), Vec::<String>::new(), "two timers that cover everything together are enough");
}

#[test]
fn a_guard_nobody_can_pass_and_a_value_no_fact_can_have_are_refused() {
    small_refuses("is: complete}", "is: completed}", "lifecycle.yaml:24: `state` is never `completed`; did you mean `complete`?");
    small_refuses(
        "guard: {fact: state, is: complete}",
        "guard: {all: [{fact: state, is: complete}, {fact: state, is: started}]}",
        "lifecycle.yaml:24: this can never be met",
    );
    small_refuses("    otherwise: wait until it is complete\n", "", "say under `otherwise`");
    small_refuses("{fact: seen, at_least: 3}", "{fact: seen}", "test `seen` with exactly one of");
    small_refuses("{fact: seen, at_least: 3}", "{fact: state, at_least: 3}", "`state` is no count");
    small_refuses(
        "- {fact: day, to: {answer: on}}",
        "- {fact: day, to: {value: soon}}",
        "`day` is a date like 2026-11-26, never `soon`",
    );
    small_refuses(
        "- {fact: day, to: {answer: on}}",
        "- {fact: seen, to: {answer: on}}",
        "an answer to `on` is not of the kind that `seen` holds",
    );
    small_refuses("kind: {person: worker}", "kind: {person: officer}", "`officer` is held by the settings, not by a case");
    small_refuses("      - {name: who, title: Who, kind: {person: worker}}\n", "", "nobody ever is `worker`");
    small_refuses("name: due, working_days: 5, letters: [reminder]}", "name: due, working_days: 5}", "`due` does nothing");
    small_refuses(
        "again: {name: again, working_days: 5",
        "again: {name: again, working_days: 0",
        "repeats must be at least one day apart",
    );
    small_refuses("{name: due, working_days: 5,", "{name: due,", "a rung needs exactly one of");
}

#[test]
fn the_other_files_are_checked_too() {
    // A theme that goes is missed by the forms that know its words.
    let found = defects(&with("programme.yaml", "key: education", "key: crime_asb"));
    assert!(found.iter().any(|defect| defect.starts_with("programme.yaml:9: two themes are called `crime_asb`")), "{found:#?}");
    assert!(found.iter().any(|defect| defect.starts_with("forms/criteria.yaml:")), "{found:#?}");
    refuses("rules/cumbria-2015.yaml", "other_than: [child_help]", "other_than: [child_halp]", "did you mean `child_help`?");
    refuses("rules/cumbria-2015.yaml", "any_of: [family_two]", "any_of: [family_too]", "did you mean `family_two`?");
    refuses("rules/cumbria-2015.yaml", "    any_of: [family_two]\n", "", "or those after it are never given");
    refuses("rules/cumbria-2015.yaml", "members_each: {", "member_each: {", "did you mean `members_each`?");
    refuses("areas.yaml", "districts: [Eden], split", "districts: [Edn], split", "no district is called `Edn`");
    refuses("calendar.yaml", "2015-05-04", "2015-05-40", "calendar.yaml:");
    refuses("calendar.yaml", "known_until: 2028-12-31", "known_until: 2028-06-30", "is later than `known_until`");
    let mut files = shipped();
    files.retain(|file| file.path != "words.yaml");
    files.push(SourceFile { path: "word.yaml".to_owned(), text: String::new() });
    assert_eq!(
        defects(&files),
        [
            "word.yaml: no part of a programme is called so; did you mean `words.yaml`?",
            "words.yaml: this file is missing; every programme has one"
        ]
    );
    let mut files = shipped();
    let pack = files.iter().find(|file| file.path.starts_with("rules/")).unwrap().clone();
    files.push(SourceFile { path: "rules/twin.yaml".to_owned(), text: pack.text });
    assert!(defects(&files)[0].contains("is in force on the same days in"));
}

#[test]
fn a_programme_is_known_by_a_digest_of_its_whole_folder() {
    let first = load(&shipped()).unwrap();
    let mut turned = shipped();
    turned.reverse();
    assert_eq!(first.digest, load(&turned).unwrap().digest);
    let other = load(&with("words.yaml", "the postcode", "the whole postcode")).unwrap();
    assert_ne!(first.digest, other.digest);
    assert_eq!(first.packs[0].stamp, other.packs[0].stamp);
    assert_eq!(first.digest.len(), 12);
}

#[test]
fn no_text_makes_the_loader_panic() {
    for text in [
        "",
        "\u{0}",
        "- - - -",
        "{",
        "a: &a [*a, *a]",
        "version: [",
        "moves: []\nmoves: []",
        "\t",
        "%YAML 9.9\n---\n",
        "stages:\n- \n-\n  - {",
    ] {
        let mut files = shipped();
        files.iter_mut().for_each(|file| text.clone_into(&mut file.text));
        assert!(!defects(&files).is_empty(), "{text:?}");
    }
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(64))]
    #[test]
    fn a_damaged_file_never_makes_the_loader_panic(at in 0..SMALL.len(), length in 0_usize..40, put in "[-:{}, a\\n\"&*#|>]{0,6}") {
        let damaged = format!("{}{put}{}", &SMALL[..at], &SMALL[(at + length).min(SMALL.len())..]);
        let mut files = with_small("", "");
        files.iter_mut().find(|file| file.path == "lifecycle.yaml").unwrap().text = damaged;
        let lines = files.iter().map(|file| file.text.lines().count()).max().unwrap_or_default();
        for defect in load(&files).err().unwrap_or_default() {
            proptest::prop_assert!(defect.line.is_none_or(|line| line as usize <= lines + 1), "{}", defect);
            proptest::prop_assert!(!defect.says.is_empty() && !defect.says.contains('\n'), "{:?}", defect);
        }
    }
}

const PACK: &str = "rules/cumbria-2015.yaml";

#[test]
fn a_rule_pack_is_tried_on_every_small_family_and_what_is_wrong_is_told_with_its_line() {
    let one_theme = "    condition: {family_themes: {count: 2}}";
    refuses(
        PACK,
        one_theme,
        "    condition: {all: [{family_themes: {count: 2}}, {not: {family_themes: {count: 1}}}]}",
        "`family_two` contradicts itself: no family can ever meet it",
    );
    refuses(
        PACK,
        one_theme,
        "    condition: {any: [{family_themes: {count: 0}}, {family_themes: {count: 2}}]}",
        "is met by a family that shows nothing",
    );
    refuses(
        PACK,
        one_theme,
        "    condition: {all: [{family_themes: {count: 2}}, {members_contributing: {count: 2}}]}",
        "`family_two_spread` and `family_two` come to the same for every family; leave one out",
    );
    refuses(PACK, "any_of: [family_two]", "any_of: [members_each_two]", "the grade `national_minimum` is never given");
    refuses(
        PACK,
        one_theme,
        "    condition: {all: [{family_themes: {count: 2}}, {not: {family_themes: {count: 3}}}]}",
        "one more theme shown makes the grade `national_minimum` worse; evidence may only help a family",
    );
    refuses(PACK, "version: \"1\"", "version: \"1\"\nsuperseded_by: nobody", "no rule pack is called `nobody`");
}

#[test]
fn the_pack_that_the_settings_name_and_its_heirs_judge_each_by_their_own_days() {
    let programme = load(&shipped()).unwrap();
    let judges = |name: &str, day: &str| {
        let pack = programme.pack_for(&PackName::new(name).unwrap(), day.parse().unwrap());
        pack.map(|pack| pack.name.to_string())
    };
    assert_eq!(judges("legacy-2012", "2012-03-31"), None);
    assert_eq!(judges("legacy-2012", "2015-03-31").as_deref(), Some("legacy-2012"));
    assert_eq!(judges("legacy-2012", "2015-04-01").as_deref(), Some("cumbria-2015"));
    assert_eq!(judges("cumbria-2015", "2015-03-31"), None);
    assert_eq!(judges("cumbria-2015", "2026-11-23").as_deref(), Some("cumbria-2015"));
    assert_eq!(judges("national-2022", "2022-10-03").as_deref(), Some("national-2022"));
    assert_eq!(judges("national-2022", "2025-04-01"), None);
}

#[test]
fn to_end_a_pack_does_not_edit_it_and_any_other_change_does() {
    let stamp = |files: &[SourceFile]| {
        let programme = load(files).unwrap();
        programme.packs.iter().find(|pack| pack.name.as_str() == "cumbria-2015").unwrap().stamp.clone()
    };
    let now = stamp(&shipped());
    let ended = with(PACK, "from: 2015-04-01\n", "from: 2015-04-01\nuntil: 2022-03-31\nsuperseded_by: national-2022\n");
    assert_eq!(stamp(&ended), now);
    assert_ne!(stamp(&with(PACK, "members: 2, themes_each: 2", "members: 2, themes_each: 3")), now);
}

#[test]
fn a_mistake_in_the_outcome_plan_is_told_with_its_line() {
    let plan = "outcomes.yaml";
    refuses(plan, "theme: education", "theme: eduction", "no theme is called `eduction`; did you mean `education`?");
    refuses(plan, "significant: attendance_90", "significant: attendance_95", "did you mean `attendance_90`?");
    refuses(plan, "    applies_to: [child]\n", "    applies_to: []\n", "can be nobody's need");
    refuses(
        plan,
        "    needs_decision: what shows that the risk is lower, and for how long\n",
        "",
        "say under `needs_decision` what a person decides",
    );
    refuses(plan, "held_months: 6", "held_moths: 6", "did you mean `held_months`?");
}

#[test]
fn another_outcome_plan_tells_what_it_does_to_open_needs() {
    let now = load(&shipped()).unwrap();
    let said = |old: &str, new: &str| diff(&now, &load(&with("outcomes.yaml", old, new)).unwrap()).join("\n");
    let same_version = said("school_stretches: 6", "school_stretches: 3");
    assert!(same_version.contains("progress on `persistent_absence` is judged in another way"), "{same_version}");
    assert!(same_version.contains("changed under the same version 2015.1"), "{same_version}");
    let gone = said("name: persistent_absence", "name: absence");
    assert!(gone.contains("the indicator `persistent_absence` is gone: open needs under it stay open"), "{gone}");
}

#[test]
fn terms_of_an_area_nobody_knows_and_an_acknowledgement_nothing_follows_are_told_with_their_line() {
    let calendar = "calendar.yaml";
    let own = |area: &str| format!("area_school_terms: {{{area}: [{{from: 2026-09-09, until: 2026-10-16}}]}}\nschool_terms:");
    refuses(calendar, "school_terms:", &own("edn"), "no area is called `edn`; did you mean `eden`?");
    assert!(load(&with(calendar, "school_terms:", &own("eden"))).is_ok());
    let life = "lifecycle.yaml";
    refuses(life, "acknowledge: {by: manager,", "acknowledge: {by: manger,", "did you mean `manager`?");
    let early = "{name: due, working_days: 3, letters: [triage_overdue], acknowledge: {by: manager, within_working_days: 1, holds_working_days: 1}}";
    assert!(load(&with(life, "{name: due, working_days: 3, letters: [triage_overdue]}", early)).is_ok(), "any rung may wait");
    let again = "      again: {name: again, working_days: 2, letters: [triage_overdue, manager_escalation]}\n";
    refuses(life, again, "", "give the ladder an `again`");
}
