//! The published criteria, judged. The programme's folder and London's days have modules of their own.

#![expect(clippy::unwrap_used, reason = "helpers of tests may panic as tests do")]

mod days;
mod folder;
mod mutations;
mod questions;
mod space;

use std::path::{Path, PathBuf};

use focus_family::domain::eligibility::{Assessment, assess};
use focus_family::domain::ids::ThemeKey;
use focus_family::domain::nomination::{Member, Nomination, Standing, ThemeShown};
use focus_family::domain::rules::Truth;
use focus_family::domain::workflow::{RulePack, SourceFile, Theme};
use jiff::civil::date;
use serde_json::Value;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("workflows/focus-family")
}

/// The shipped folder.
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
    files
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

#[test]
fn the_reading_the_settings_name_gives_the_best_grade_and_the_verdict_says_so() {
    use focus_family::domain::ids::InterpretationName;
    let spread = family("mum: crime_asb; son: education");
    let plan_only = |pack: &_| assess(pack, &spread, date(2016, 2, 1));
    let shipped = pack();
    assert_eq!(plan_only(&shipped).grade.as_str(), "likely");
    let mut read = pack();
    read.read_as(&InterpretationName::new("family_two_spread").unwrap());
    let judged = plan_only(&read);
    assert_eq!(judged.grade.as_str(), "meets");
    assert_eq!(judged.rule_pack_version, format!("{}/family_two_spread", shipped.stamp));
    assert_eq!(judged.interpretations, plan_only(&shipped).interpretations, "every reading is judged as before");
    assert!(shipped.gave(&judged.rule_pack_version) && read.gave(&shipped.stamp), "it is the same text");
    assert!(judged.would_change.is_empty(), "nothing is better than the best");
    let mut same = pack();
    for name in ["members_each_two", "no_such_reading"] {
        same.read_as(&InterpretationName::new(name).unwrap());
        assert_eq!(same, shipped, "{name} changes nothing");
    }
}
