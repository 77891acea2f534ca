//! A case lives by the version of the life-cycle it was opened under until somebody moves it; rules that judged a family stay as they were.

use std::collections::BTreeMap;

use focus_family::config::files;
use focus_family::daemon::app::App;
use focus_family::daemon::round::settle;
use focus_family::domain::case::Actor;
use focus_family::domain::ids::{CaseReference, RoleName};
use focus_family::domain::letter::{TemplateFile, Templates};
use focus_family::domain::workflow::{Programme, SourceFile, load};
use focus_family::engine::migrate::{Migrated, Migration};
use focus_family::store::{MailFilter, TaskFilter, VersionKind};

use crate::support::daemon::{County, all_is_well, nomination, record};
use crate::support::engines::for_each_house;

/// The shipped programme whose life-cycle was edited in these places.
fn edited(edits: &[(&str, &str)]) -> Programme {
    edited_in("lifecycle.yaml", edits)
}

fn edited_in(path: &str, edits: &[(&str, &str)]) -> Programme {
    let files = files::programme(None).unwrap().into_iter().map(|(name, mut text)| {
        for (from, to) in edits.iter().filter(|_| name == path) {
            assert!(text.contains(from), "`{from}` is in {path}");
            text = text.replace(from, to);
        }
        SourceFile { path: name, text }
    });
    load(&files.collect::<Vec<_>>()).unwrap()
}

/// A programme in which a decision may wait a day longer, is asked for by another letter, and the letter of before is gone.
fn later() -> Programme {
    edited(&[
        ("version: \"2026.1\"", "version: \"2027.1\""),
        ("  - {name: triage_overdue, title: Decision on the nomination is due, to: [area_officer], gathered: true}\n", ""),
        ("{name: due, working_days: 3, letters: [triage_overdue]}", "{name: due, working_days: 4, letters: [advice_due]}"),
        ("letters: [triage_overdue, manager_escalation]", "letters: [advice_due, manager_escalation]"),
    ])
}

/// The shipped words of letters, without that letter.
fn words(without: &str) -> Templates {
    let files = files::templates(None).unwrap().into_iter().filter(|(path, _)| !path.starts_with(without));
    Templates::load(&files.map(|(path, text)| TemplateFile { path, text }).collect::<Vec<_>>()).unwrap()
}

async fn opened(county: &County<'_>, app: &App, number: u32) -> CaseReference {
    let uid = format!("nomination-{number}");
    county.deliver(&uid, &nomination(number));
    Box::pin(settle(app)).await.unwrap();
    let rows = app.engine.store.mails(&MailFilter::default()).await.unwrap();
    rows.into_iter().find(|row| row.uid == uid).unwrap().reference.unwrap()
}

/// What fell due by noon of that day in September: case, rung, letters.
async fn fired(county: &County<'_>, app: &App, day: i8) -> Vec<(CaseReference, String, String)> {
    county.pass_until(jiff::civil::date(2026, 9, day), 12, 0);
    let fired = Box::pin(app.engine.fire_due_timers()).await.unwrap();
    let triage = fired.into_iter().filter(|fired| fired.timer == "triage");
    triage.map(|fired| (fired.reference, fired.rung, fired.letters.join(" "))).collect()
}

async fn moved(app: &App, only: &CaseReference, back: bool, apply: bool) -> Migrated {
    let by = Actor::Person { name: "M".into(), address: "m@example.org".into(), role: RoleName::new("manager").unwrap() };
    let wish = Migration { stages: BTreeMap::new(), by, reason: "tried".into(), back, only: Some(only.clone()), apply };
    Box::pin(app.engine.migrate(&wish)).await.unwrap().pop().unwrap()
}

#[test]
fn cases_run_by_the_ladders_and_letters_of_their_own_version_until_somebody_moves_them_there_and_back() {
    for_each_house(async |house| {
        let county = County::new(house).await;
        let app = county.start().await;
        let first = opened(&county, &app, 1).await;
        let (stays, own) = (opened(&county, &app, 2).await, app.engine.programme.lifecycle.version.clone());
        // An editor changes the file; the daemon starts again.
        let app = Box::pin(county.start_under(later(), words("triage_overdue/"))).await;
        let new = app.engine.programme.lifecycle.version.clone();
        let found = app.engine.versions_found().await.unwrap().join("\n");
        assert!(found.contains(&format!("version {new} of the life-cycle is new")), "{found}");
        assert!(found.contains(&format!("2 open cases stay under version {own}, not {new}")), "{found}");
        let second = opened(&county, &app, 3).await;
        let version = async |case: &CaseReference| app.engine.case(case).await.unwrap().case.lifecycle_version;
        assert_eq!((version(&first).await, version(&second).await), (own.clone(), new.clone()));
        // Each by its own ladder, with its own letter: that of before has its words still.
        let told = fired(&county, &app, 10).await;
        let due = |case: &CaseReference, letter: &str| (case.clone(), "due".to_owned(), letter.to_owned());
        let expected = |mut all: Vec<_>| {
            all.sort();
            all
        };
        assert_eq!(expected(told), expected(vec![due(&first, "triage_overdue"), due(&stays, "triage_overdue")]));
        assert_eq!(fired(&county, &app, 11).await, [due(&second, "advice_due")]);
        // Tried: nothing is written. Then one is moved, and the other stays.
        let would = moved(&app, &first, false, false).await;
        assert_eq!((would.version, would.to, version(&first).await), (own.clone(), new.clone(), own.clone()));
        let done = moved(&app, &first, false, true).await;
        assert_eq!((done.refused, version(&first).await, version(&stays).await), (None, new.clone(), own.clone()));
        let letters = |told: Vec<(CaseReference, String, String)>, case: &CaseReference| {
            told.into_iter().find(|(of, ..)| of == case).map(|(.., letters)| letters)
        };
        let told = fired(&county, &app, 14).await;
        assert_eq!(letters(told.clone(), &first).as_deref(), Some("advice_due manager_escalation"));
        assert_eq!(letters(told, &stays).as_deref(), Some("triage_overdue manager_escalation"));
        // And back, though the folder has the new file still.
        let done = moved(&app, &first, true, true).await;
        assert_eq!((done.refused, done.to, version(&first).await), (None, own.clone(), own.clone()));
        // What people are asked stays asked there and after the way back: of the same role, until the same day.
        let asked = async || {
            let case = Some(app.engine.case(&stays).await.unwrap().id);
            app.engine.store.tasks(&TaskFilter { case, ..TaskFilter::default() }).await.unwrap()
        };
        let before = asked().await;
        assert!(before.iter().any(|task| task.says == "Decide on the nomination."), "{before:?}");
        for back in [false, true] {
            assert_eq!(moved(&app, &stays, back, true).await.refused, None);
            assert_eq!(asked().await, before, "back: {back}");
        }
        assert_eq!(version(&stays).await, own);
        let told = fired(&county, &app, 30).await;
        assert!(letters(told, &first).is_some_and(|letters| letters.contains("triage_overdue")));
        Box::pin(settle(&app)).await.unwrap();
        Box::pin(all_is_well(&app, "after moves there and back")).await;
        // A daemon that still has the old file serves both as well, and so does one that starts with nothing at hand.
        let app = county.start().await;
        Box::pin(record(&app, &second, "accept", "area_officer", &[])).await.unwrap();
        assert_eq!(app.engine.case(&second).await.unwrap().case.lifecycle_version, new);
        Box::pin(settle(&app)).await.unwrap();
        Box::pin(all_is_well(&app, "with the file of before")).await;
    });
}

#[test]
fn another_comment_is_no_other_version_and_another_word_is() {
    for_each_house(async |house| {
        let county = County::new(house).await;
        let app = county.start().await;
        opened(&county, &app, 1).await;
        let own = app.engine.programme.lifecycle.version.clone();
        let version = async |edits: &[(&str, &str)]| {
            let app = county.start_under(edited(edits), words("none")).await;
            (app.engine.programme.lifecycle.version.clone(), app.engine.versions_found().await.unwrap())
        };
        let comment = ("  - {name: triage_overdue", "  # Said of late decisions.\n  - {name: triage_overdue");
        assert_eq!(version(&[comment]).await, (own.clone(), Vec::new()));
        let (changed, says) = version(&[("title: Decision on the nomination\n", "title: Decision\n")]).await;
        assert_ne!(changed, own, "under the same number, and yet another version");
        assert!(says.iter().any(|line| line.contains("1 open case stays under version")), "{says:?}");
    });
}

#[test]
fn a_rule_pack_that_judged_a_family_is_refused_when_it_was_edited_and_may_be_ended() {
    for_each_house(async |house| {
        let county = County::new(house).await;
        let app = county.start().await;
        opened(&county, &app, 1).await;
        let kept = app.engine.store.kept_versions(VersionKind::RulePack).await.unwrap();
        assert_eq!(kept.iter().map(|kept| kept.name.as_str()).collect::<Vec<_>>(), ["cumbria-2015"]);
        let text = app.engine.store.version_files(VersionKind::RulePack, (&kept[0].name, &kept[0].version)).await.unwrap();
        let shipped = files::programme(None).unwrap().into_iter().find(|(path, _)| path == "rules/cumbria-2015.yaml").unwrap();
        assert_eq!(text.unwrap().get(&shipped.0), Some(&shipped.1), "the very text is kept");
        let says = async |edits: &[(&str, &str)]| {
            let app = county.start_under(edited_in("rules/cumbria-2015.yaml", edits), words("none")).await;
            app.engine.packs_edited().await.unwrap().join("\n")
        };
        assert_eq!(says(&[]).await, "");
        let title = shipped.1.lines().find(|line| line.trim_start().starts_with("title:")).unwrap();
        let refused = says(&[(title, &format!("{title} "))]).await;
        assert!(refused.contains("has judged families since Monday 7 September 2026"), "{refused}");
        assert!(refused.contains("`workflow kept cumbria-2015") || refused.contains("workflow kept cumbria-2015"), "{refused}");
        let from = shipped.1.lines().find(|line| line.starts_with("from:")).unwrap();
        assert_eq!(says(&[(from, &format!("{from}\nuntil: 2030-12-31"))]).await, "", "to end a pack is no edit");
    });
}
