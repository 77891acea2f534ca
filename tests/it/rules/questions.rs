//! Questions to a checked programme: where a family belongs, what the picture shows, what another version changes.

use focus_family::domain::ids::{AreaName, PackName, StageName};
use focus_family::domain::workflow::{check, diff, load, picture};
use jiff::civil::date;

use super::folder::{with, with_small};
use super::shipped;

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

// Pictures and differences ---------------------------------------------------------------------------------------------

#[test]
fn the_picture_shows_every_stage_and_where_the_case_is() {
    let lifecycle = load(&shipped()).unwrap().lifecycle;
    let here = StageName::new("triage").unwrap();
    let svg = picture::svg(&lifecycle, Some(&here));
    let mut reader = quick_xml::Reader::from_str(&svg);
    loop {
        if reader.read_event().unwrap() == quick_xml::events::Event::Eof {
            break;
        }
    }
    assert!(lifecycle.stages.iter().all(|stage| svg.contains(&format!(">{}</text>", stage.title))));
    assert_eq!(svg.matches("stage here").count(), 1);
    assert!(svg.contains("The case is in the stage To be triaged."));
    assert!(!svg.contains("style"), "a page that forbids styles in attributes must show it");
    let without = picture::svg(&lifecycle, None);
    assert!(!without.contains("stage here"));
    let mut sharp = lifecycle;
    sharp.stages[0].title = "<script>&\"".to_owned();
    assert!(picture::svg(&sharp, None).contains("&lt;script&gt;&amp;&quot;"));
}

#[test]
fn the_outline_tells_moves_guards_and_reminders_in_words() {
    let outline = picture::outline(&load(&with_small("", "")).unwrap().lifecycle);
    let says = |line: &str| assert!(outline.contains(line), "no {line:?} in\n{outline}");
    says("A new case begins in\n  first otherwise\n");
    says("First (first), owner: Officer\n  At the beginning.\n");
    says("  move go_on → second: Go on, when \"State\" is complete\n");
    says("  by itself → second: it was seen, when \"Seen\" is at least 3\n");
    says("  reminder Wait: due after 5 working days, then every 5 working days; counted from the day the stage was entered\n");
    says("Moves from every open stage\n  stop → end: Stop\n");
}

#[test]
fn every_open_stage_is_watched_and_the_check_says_by_what() {
    let lifecycle = load(&shipped()).unwrap().lifecycle;
    let open = lifecycle.stages.iter().filter(|stage| stage.owner.is_some()).count();
    assert_eq!(check::watched_stages(&lifecycle).len(), open);
}

#[test]
fn a_difference_is_told_in_words_with_what_it_does_to_running_cases() {
    let before = load(&shipped()).unwrap();
    assert_eq!(diff(&before, &before), Vec::<String>::new());
    let check = |path: &str, old: &str, new: &str, expected: &[&str]| {
        let after = load(&with(path, old, new)).unwrap_or_else(|defects| panic!("{defects:#?}"));
        assert_eq!(diff(&before, &after), expected);
    };
    check(
        "words.yaml",
        "the postcode",
        "the full postcode",
        &["words.missing.address.postcode: was \"the postcode\", now \"the full postcode\""],
    );
    check("areas.yaml", "Caldbeck, ", "", &["areas.districts.Allerdale.towns: without \"Caldbeck\""]);
    check(
        "calendar.yaml",
        "closures: []",
        "closures: [{on: 2026-12-29, name: Closed}]",
        &[
            "calendar: 2026-12-29 becomes a day on which nobody works",
            "calendar: days differ under the same version; give it a new one, so that moved deadlines can say why",
        ],
    );
    check(
        "rules/cumbria-2015.yaml",
        "{members: 2, themes_each: 2}",
        "{members: 2, themes_each: 3}",
        &[
            "the rule pack `cumbria-2015` is changed under the same version 1: a pack that has judged a family is never edited; end it with `until` and add another",
            "rules.cumbria-2015.interpretations.members_each_two.condition.members_each.themes_each: was 2, now 3",
        ],
    );
    let small = load(&with_small("", "")).unwrap();
    let later = load(&with_small("{name: due, working_days: 5,", "{name: due, working_days: 7,")).unwrap();
    assert_eq!(diff(&small, &later), ["lifecycle.timers.wait.ladder.rungs.due.working_days: was 5, now 7"]);
    let stages = diff(&before, &small);
    assert!(stages.iter().any(|line| line.starts_with("the stage `triage` is gone: cases in it stay")));
    assert!(stages.contains(&"lifecycle.stages.second: new".to_owned()));
}
