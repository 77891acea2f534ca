//! The published criteria, judged; the programme's folder, checked; London's days.

use std::path::{Path, PathBuf};

use focus_family::domain::eligibility::{Assessment, assess};
use focus_family::domain::ids::{AreaName, PackName, ThemeKey};
use focus_family::domain::nomination::{Member, Nomination, Standing, ThemeShown};
use focus_family::domain::rules::Truth;
use focus_family::domain::time::{Date, Schedule, london_date};
use focus_family::domain::workflow::{RulePack, SourceFile, Theme, load};
use jiff::civil::date;
use serde_json::Value;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("workflows/focus-family")
}

fn text(path: &str) -> String {
    std::fs::read_to_string(folder().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn pack() -> RulePack {
    #[derive(serde::Deserialize)]
    struct Head {
        themes: Vec<Theme>,
    }
    let head: Head = serde_saphyr::from_str(&text("programme.yaml")).unwrap();
    let mut pack: RulePack = serde_saphyr::from_str(&text("rules/cumbria-2015.yaml")).unwrap();
    pack.themes = head.themes;
    pack
}

fn theme(name: &str) -> ThemeKey {
    let key = match name {
        "crime" => "crime_asb",
        "school" => "education",
        "work" => "work_finance",
        "help" => "child_help",
        "abuse" => "domestic_abuse",
        other => other,
    };
    ThemeKey::new(key).unwrap()
}

fn shown(theme: ThemeKey, standing: Standing) -> ThemeShown {
    ThemeShown { theme, standing, sources: Vec::new() }
}

/// `mum: work+health; son: school?, -crime, plan`: a `?` is possible, a `-` is a No, `all: -crime` is a No of the whole family,
/// `nobody: crime` a theme without a person. People with one of the words mum, mother, dad, father are adults.
fn family(text: &str) -> Nomination {
    let mut nomination = Nomination::default();
    for part in text.split(';').map(str::trim).filter(|part| !part.is_empty()) {
        let (who, what) = part.split_once(':').unwrap();
        let mut member = Member { is_child: Some(!["mum", "mother", "dad", "father"].contains(&who)), ..Member::default() };
        for word in what.split([',', '+']).map(str::trim).filter(|word| !word.is_empty()) {
            match (word.strip_prefix('-'), word.strip_suffix('?')) {
                (Some(no), _) => member.denied.push(theme(no)),
                (None, Some(perhaps)) => member.themes.push(shown(theme(perhaps), Standing::Possible)),
                (None, None) if word == "plan" => member.child_protection_plan = Some(Vec::new()),
                (None, None) => member.themes.push(shown(theme(word), Standing::Ticked)),
            }
        }
        match who {
            "all" => nomination.denied = member.denied,
            "nobody" => nomination.themes_of_nobody = member.themes,
            _ => nomination.members.push(member),
        }
    }
    nomination
}

fn judged(text: &str) -> Assessment {
    assess(&pack(), &family(text), date(2016, 2, 1))
}

/// `yes`, `no` (not met) or `?` (not shown) for each reading in the order of the pack, then the grade.
fn check(family: &str, expected: &str) {
    let assessment = judged(family);
    let word = |truth: &Truth| match truth {
        Truth::Met => "yes",
        Truth::NotMet => "no",
        Truth::NotShown => "?",
    };
    let words: Vec<&str> = assessment.traces.iter().map(|(_, trace)| word(&trace.truth)).collect();
    assert_eq!(format!("{} {}", words.join(" "), assessment.grade), expected, "{family}\n{:#?}", assessment.reasons);
}

#[test]
fn the_published_criteria_are_read_in_four_ways_and_none_refuses() {
    check("mum: work+health; son: school+crime", "yes yes yes ? meets");
    check("mum: work; son: school", "? yes yes ? likely");
    check("mum: work+health; child:", "? ? yes ? national_minimum");
    check("child: plan, school", "? ? yes yes meets");
    check("child: plan; other: help", "? ? ? ? not_shown");
    check("mother: abuse; father: abuse", "? ? ? ? not_shown");
    check("mum: work+health; dad: health; son: school", "? yes yes ? likely");
    check("", "? ? ? ? not_shown");
    check("nobody: crime+health; mum:", "? ? yes ? national_minimum");
    check("mum: plan, work; son:", "? ? ? ? not_shown");
}

#[test]
fn a_reading_is_not_met_only_where_every_theme_that_matters_was_answered_no() {
    check("mum: work; son:; all: -crime, -school, -help, -abuse, -health", "no no no no not_shown");
    check("mum: work+health; son:; all: -crime, -school, -help, -abuse", "no no yes no national_minimum");
    check("mum: work; son:; all: -crime, -school, -help, -abuse", "? ? ? no not_shown");
    check("mum: work; son:; all: -crime", "? ? ? ? not_shown");
    check("mum: work+health; all: -crime, -school, -help, -abuse, -health", "? ? yes no national_minimum");
    check(
        "mum: -crime, -school, -work, -help, -abuse, -health; son: school, -crime, -work, -help, -abuse, -health",
        "no no no no not_shown",
    );
    check("mum: work; son: -help", "? ? ? no not_shown");
    check("all: -crime, -school, -work, -help, -abuse, -health", "no no no no not_shown");
}

#[test]
fn a_possible_theme_never_makes_a_reading_met_and_keeps_it_open() {
    check("mum: work+health; son: school, crime?", "? yes yes ? likely");
    check("mum: work; son: crime?; all: -school, -help, -abuse, -health", "? ? ? no not_shown");
}

#[test]
fn what_would_change_the_grade_names_nobody_and_is_a_single_piece_of_evidence() {
    let changes = judged("mum: work+health; son: school, crime?").would_change;
    assert_eq!(
        changes[0],
        "\"Crime or anti-social behaviour\" of member 2, a child, which a person has to look at, made sure: meets the published criteria"
    );
    assert!(changes[1].starts_with("one more theme shown of member 2, a child: meets"), "{changes:#?}");
    let changes = judged("mum: work+health; son:; daughter:").would_change;
    assert!(
        changes.contains(
            &"a current child protection plan of member 2, a child, or member 3, a child: meets the published criteria"
                .to_owned()
        ),
        "{changes:#?}"
    );
    assert!(
        changes.contains(
            &"one more theme shown of member 2, a child, or member 3, a child: likely, for the Area Officer to confirm"
                .to_owned()
        ),
        "{changes:#?}"
    );
    assert!(judged("mum: work+health; son: school+crime").would_change.is_empty());
    assert_eq!(
        judged("mum:; son:").would_change,
        ["no single piece of evidence changes the grade; at least two more are needed"]
    );
}

#[test]
fn reasons_count_and_name_nobody() {
    let reasons = judged("mum: work+health; son: school+crime").reasons;
    assert_eq!(reasons[0], "two members with two themes each: met (2 members show at least 2 themes; the rule asks for 2)");
    assert_eq!(reasons.len(), 4);
}

#[test]
fn evidence_that_is_added_never_lowers_a_reading() {
    let themes = ["crime", "school", "work", "help", "abuse", "health"];
    let some =
        |bits: usize| -> String { (0..6).filter(|at| bits & (1 << at) != 0).map(|at| themes[at]).collect::<Vec<_>>().join("+") };
    let pack = pack();
    for mum in 0..64 {
        for son in [0, 1, 3, 8, 9, 63] {
            let less = assess(&pack, &family(&format!("mum: {}; son: {}", some(mum), some(son))), date(2016, 2, 1));
            for extra in 0..6 {
                let more =
                    assess(&pack, &family(&format!("mum: {}; son: {}", some(mum | 1 << extra), some(son))), date(2016, 2, 1));
                for (name, truth) in &less.interpretations {
                    assert!(more.interpretations[name] >= *truth, "{mum:b} {son:b} {extra} {name}");
                }
            }
        }
    }
}

/// A nomination as a careful person reads it, where such answers lie beside the repository.
fn nomination_of(truth: &Value) -> Option<Nomination> {
    let given = truth["nomination"].as_object()?;
    let mut nomination = Nomination::default();
    for person in given["members"].as_array()? {
        let mut member = Member { is_child: person["is_child"].as_bool(), ..Member::default() };
        for one in person["themes"].as_array()? {
            let standing = serde_json::from_value(one["standing"].clone()).unwrap();
            member.themes.push(shown(ThemeKey::new(one["theme"].as_str()?).unwrap(), standing));
        }
        nomination.members.push(member);
    }
    if given["assessment"]["kind"] == "child_protection_plan" {
        let child =
            nomination.members.iter_mut().find(|member| member.themes.iter().any(|one| one.theme.as_str() == "child_help"));
        child?.child_protection_plan = Some(Vec::new());
    }
    Some(nomination)
}

#[test]
fn careful_readings_of_whole_mails_get_their_grade() {
    let shared = std::env::var_os("FOCUS_FAMILY_SHARED")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared"), PathBuf::from);
    let Ok(entries) = std::fs::read_dir(shared.join("nominations")) else { return };
    let mut judged = 0;
    for path in entries.map(|entry| entry.unwrap().path()).filter(|path| path.to_string_lossy().ends_with(".truth.json")) {
        let truth: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
        let Some(nomination) = nomination_of(&truth) else { continue };
        let Some(expected) = truth["eligibility"]["interpretations"].as_object() else { continue };
        let assessment = assess(&pack(), &nomination, date(2016, 2, 1));
        let found = serde_json::to_value(&assessment.interpretations).unwrap();
        assert_eq!(found.as_object().unwrap(), expected, "{}", path.display());
        assert_eq!(truth["eligibility"]["grade"], assessment.grade.as_str(), "{}", path.display());
        judged += 1;
    }
    assert!(judged > 0, "{} holds no answers", shared.display());
}

// The programme's folder -----------------------------------------------------------------------------------------------

/// The shipped folder; with an empty form where none is shipped.
fn shipped() -> Vec<SourceFile> {
    let mut files = Vec::new();
    let mut folders = vec![folder()];
    while let Some(current) = folders.pop() {
        for path in std::fs::read_dir(current).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(folder()).unwrap().to_string_lossy().replace('\\', "/");
                files.push(SourceFile { path: name, text: std::fs::read_to_string(&path).unwrap() });
            }
        }
    }
    if !files.iter().any(|file| file.path.starts_with("forms/")) {
        files.push(SourceFile { path: "forms/none.yaml".to_owned(), text: "{labels: {}, criteria: {}}".to_owned() });
    }
    files
}

fn defects(files: &[SourceFile]) -> Vec<String> {
    load(files).err().unwrap_or_default().iter().map(ToString::to_string).collect()
}

#[test]
fn the_shipped_programme_has_no_defect() {
    assert_eq!(defects(&shipped()), Vec::<String>::new());
}

/// Replaces `old` (once, it must be there) in a shipped file.
fn with(path: &str, old: &str, new: &str) -> Vec<SourceFile> {
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
  - {name: team, title: Team, scope: programme}
  - {name: officer, title: Officer, scope: area, falls_back_to: team}
  - {name: worker, title: Worker, scope: case}
facts:
  - {name: known, title: Known, kind: yes_no}
  - {name: state, title: State, kind: {choice: [started, complete]}}
  - {name: seen, title: Seen, kind: count}
  - {name: day, title: Day, kind: date}
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

fn with_small(old: &str, new: &str) -> Vec<SourceFile> {
    let mut files = shipped();
    assert!(SMALL.contains(old), "no {old:?}");
    files.iter_mut().find(|file| file.path == "lifecycle.yaml").unwrap().text = SMALL.replacen(old, new, 1);
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
    small_refuses("- {name: team,", "- {name: Team!,", "`Team!` is no role name");
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
    refuses("programme.yaml", "key: education", "key: crime_asb", "two themes are called `crime_asb`");
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

// Geography ------------------------------------------------------------------------------------------------------------

#[test]
fn a_family_is_routed_by_outward_code_then_by_town_and_else_by_a_person() {
    let programme = load(&shipped()).unwrap();
    let check = |postcode: Option<&str>, address: Option<&str>, expected: &str| {
        let routing = programme.geography.route(postcode, address);
        let found = format!("{} {}", routing.district.as_deref().unwrap_or("nobody"), routing.decided_by);
        assert_eq!(found, expected, "{postcode:?} {address:?}");
        assert_eq!(routing.district.is_some(), routing.area.is_some());
    };
    check(Some("CA28 7XX"), None, "Copeland outcode");
    check(Some("ca287xx"), None, "Copeland outcode");
    check(Some("LA18 5EB"), None, "Copeland outcode");
    check(Some("CA28"), None, "Copeland outcode");
    check(Some("CA10 5PH"), Some("26 Low Tarn Court, Shap"), "Eden outcode");
    check(Some("CA14 6RU"), Some("43 Sandlands Close, Workington"), "Allerdale post_town");
    check(Some("CA14 6RU"), Some("43 Sandlands Close, Distington"), "Copeland post_town");
    check(Some("CA14 6RU"), Some("43 Kendal Road"), "nobody split");
    check(Some("CA14 6RU"), None, "nobody split");
    check(None, Some("36 St Bridget's Lane, Askam-in-Furness"), "Barrow-in-Furness post_town");
    check(None, Some("5 Carlisle Road\nCleator Moor\nCumbria"), "Copeland post_town");
    check(None, Some("5 Carlisle Road"), "nobody unknown");
    check(None, Some("48 Beckside Terrace Penrith CA11"), "Eden post_town");
    check(None, None, "nobody unknown");
    check(Some("not known"), None, "nobody unknown");
    check(Some("CA99 1AA"), None, "nobody unknown");
    check(Some("M1 1AA"), None, "nobody outside");
    check(Some("LA1 1AA"), None, "nobody outside");
    check(Some("LA5 9XX"), Some("Arnside"), "South Lakeland post_town");
    check(Some("💥"), Some("💥, ß"), "nobody unknown");
}

#[test]
fn small_questions_to_a_programme_are_answered() {
    let programme = load(&shipped()).unwrap();
    let pack = PackName::new("cumbria-2015").unwrap();
    assert!(programme.pack_for(&pack, date(2026, 11, 26)).is_some());
    assert!(programme.pack_for(&pack, date(2015, 4, 1)).is_some());
    assert!(programme.pack_for(&pack, date(2015, 3, 31)).is_none());
    assert_eq!(programme.missing_words("members[2].date_of_birth"), "a date of birth");
    assert_eq!(programme.missing_words("consent"), "the signed consent form");
    assert_eq!(programme.missing_words("who[0]]].knows"), "something else");
    assert_eq!(programme.area_title(&AreaName::new("barrow").unwrap()), "Barrow-in-Furness");
}

// Time -----------------------------------------------------------------------------------------------------------------

#[test]
fn working_days_are_those_of_england() {
    let calendar = load(&shipped()).unwrap().calendar;
    let check =
        |from: Date, days: i32, expected: Date| assert_eq!(calendar.add_working_days(from, days), expected, "{from} {days}");
    check(date(2026, 11, 26), 0, date(2026, 11, 26));
    check(date(2026, 11, 28), 0, date(2026, 11, 30));
    check(date(2026, 11, 26), 5, date(2026, 12, 3));
    check(date(2026, 12, 24), 1, date(2026, 12, 29)); // Christmas Day, a weekend, the substitute for Boxing Day
    check(date(2022, 6, 1), 1, date(2022, 6, 6)); // Spring bank holiday moved, and the jubilee
    check(date(2022, 5, 27), 1, date(2022, 5, 30)); // so the last Monday of May was worked
    check(date(2022, 9, 16), 1, date(2022, 9, 20));
    check(date(2023, 5, 5), 1, date(2023, 5, 9));
    check(date(2020, 5, 4), 0, date(2020, 5, 4));
    check(date(2020, 5, 7), 1, date(2020, 5, 11));
    check(date(2021, 12, 24), 1, date(2021, 12, 29));
    check(date(2026, 12, 29), -1, date(2026, 12, 24));
    check(date(2026, 11, 28), -1, date(2026, 11, 27));
    check(date(2040, 1, 6), 1, date(2040, 1, 9)); // beyond the table only weekends are known
    assert_eq!(calendar.working_days_between(date(2026, 11, 26), date(2026, 12, 3)), 5);
    assert_eq!(calendar.working_days_between(date(2026, 12, 3), date(2026, 11, 26)), -5);
    assert_eq!(calendar.working_days_between(date(2026, 11, 28), date(2026, 11, 29)), 0);
    let table = (2015..=2028).map(|year| calendar.closed.iter().filter(|day| day.year() == year).count());
    assert_eq!(table.collect::<Vec<_>>(), [8, 8, 8, 8, 8, 8, 8, 10, 9, 8, 8, 8, 8, 8]);
    assert!(
        calendar.closed.iter().all(|day| !matches!(day.weekday(), jiff::civil::Weekday::Saturday | jiff::civil::Weekday::Sunday))
    );
    for day in every_day(2015, 2028) {
        for days in [-21, -1, 1, 2, 21] {
            let there = calendar.add_working_days(day, days);
            assert!(calendar.is_working_day(there));
            assert_eq!(calendar.working_days_between(day, there), days, "{day} {days}");
        }
    }
}

#[test]
fn months_are_clamped_to_their_end() {
    let calendar = load(&shipped()).unwrap().calendar;
    assert_eq!(calendar.add_months_clamped(date(2024, 2, 29), 12), date(2025, 2, 28));
    assert_eq!(calendar.add_months_clamped(date(2026, 1, 31), 1), date(2026, 2, 28));
    assert_eq!(calendar.add_months_clamped(date(2026, 8, 31), 6), date(2027, 2, 28));
    assert_eq!(calendar.add_months_clamped(date(2026, 12, 31), 2), date(2027, 2, 28));
    assert_eq!(calendar.add_months_clamped(date(2026, 3, 31), -1), date(2026, 2, 28));
}

#[test]
fn moments_of_a_day_are_those_of_a_clock_in_london() {
    let calendar = load(&shipped()).unwrap().calendar;
    let check =
        |day: Date, hour: i8, minute: i8, expected: &str| assert_eq!(calendar.at(day, hour, minute).to_string(), expected);
    check(date(2026, 11, 26), 9, 0, "2026-11-26T09:00:00Z");
    check(date(2026, 7, 1), 9, 0, "2026-07-01T08:00:00Z");
    check(date(2026, 3, 29), 1, 30, "2026-03-29T01:00:00Z"); // does not exist: the moment of the jump
    check(date(2026, 3, 29), 2, 0, "2026-03-29T01:00:00Z");
    check(date(2026, 10, 25), 1, 30, "2026-10-25T00:30:00Z"); // exists twice: the first
    assert_eq!(calendar.start_of_day(date(2026, 7, 1)).to_string(), "2026-06-30T23:00:00Z");
    for day in every_day(2024, 2035) {
        assert_eq!(london_date(calendar.start_of_day(day)), day);
        assert_eq!(london_date(calendar.at(day, 23, 59)), day);
    }
}

#[test]
fn school_days_are_told_only_where_terms_are_known() {
    let calendar = load(&shipped()).unwrap().calendar;
    assert_eq!(calendar.is_school_day(date(2026, 11, 26)), Some(true));
    assert_eq!(calendar.is_school_day(date(2026, 12, 25)), Some(false));
    assert_eq!(calendar.is_school_day(date(2026, 11, 28)), Some(false));
    assert_eq!(calendar.is_school_day(date(2014, 1, 1)), None);
    assert_eq!(calendar.is_school_day(date(2040, 1, 1)), None);
}

fn every_day(first_year: i16, last_year: i16) -> impl Iterator<Item = Date> {
    date(first_year, 1, 1).series(jiff::ToSpan::day(1)).take_while(move |day| day.year() <= last_year)
}

#[test]
fn a_daily_schedule_neither_skips_nor_doubles_a_day_whatever_the_clock_does() {
    let calendar = load(&shipped()).unwrap().calendar;
    for (text, hour, minute) in [
        ("30 1 * * *", 1, 30),
        ("0 1 * * *", 1, 0),
        ("30 7 * * *", 7, 30),
        ("0 2 * * *", 2, 0),
        ("59 23 * * *", 23, 59),
        ("0 0 * * *", 0, 0),
    ] {
        let schedule = Schedule::parse(text).unwrap();
        let mut now = calendar.at(date(2023, 12, 31), 23, 59);
        for day in every_day(2024, 2035) {
            now = schedule.next_after(now).unwrap();
            assert_eq!(now, calendar.at(day, hour, minute), "{text} on {day}");
        }
    }
}

#[test]
fn a_schedule_is_strictly_later_also_when_asked_in_the_doubled_hour() {
    let schedule = Schedule::parse("30 1 * * *").unwrap();
    let check = |after: &str, expected: &str| {
        assert_eq!(schedule.next_after(after.parse().unwrap()).unwrap().to_string(), expected, "{after}")
    };
    check("2026-10-25T00:29:59Z", "2026-10-25T00:30:00Z");
    check("2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z");
    check("2026-10-25T01:10:00Z", "2026-10-26T01:30:00Z");
    check("2026-03-29T00:59:00Z", "2026-03-29T01:00:00Z");
    check("2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z");
    let half_hours = Schedule::parse("*/30 * * * *").unwrap();
    let mut now: focus_family::domain::time::Instant = "2026-03-28T23:50:00Z".parse().unwrap();
    let mut last = now;
    for _ in 0..200 {
        now = half_hours.next_after(now).unwrap();
        assert!(now > last);
        last = now;
    }
    let digest = Schedule::parse("30 7 * * Mon-Fri").unwrap();
    assert_eq!(digest.next_after("2026-11-27T12:00:00Z".parse().unwrap()).unwrap().to_string(), "2026-11-30T07:30:00Z");
    assert_eq!(Schedule::parse("0 0 30 2 *").unwrap().next_after(now), None);
}

#[test]
fn a_schedule_that_could_be_misread_is_refused_with_what_to_write() {
    let refusal = |text: &str| Schedule::parse(text).unwrap_err().to_string();
    assert!(refusal("30 7 * * 1-5").contains("write names: Mon-Fri"));
    assert!(refusal("0 30 7 * * Mon").contains("has 6 fields; write five"));
    assert!(refusal("").contains("has 0 fields"));
    assert!(refusal("99 7 * * *").contains("is no schedule"));
    assert!(refusal("30 7 * * Mo").contains("is no schedule"));
}
