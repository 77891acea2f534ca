//! Meetings of the areas: who is told of the agenda, who hears what of it has changed, and which of several meetings has decided.

use std::sync::Arc;

use focus_family::daemon::app::App;
use focus_family::daemon::meetings::deciding;
use focus_family::daemon::round::{send, settle};
use focus_family::domain::ids::{CaseReference, RoleName};
use focus_family::domain::workflow::{FactValue, RoleScope};
use focus_family::engine::roster::Relation;
use focus_family::engine::settle::Settler;
use focus_family::store::MailFilter;

use crate::support::daemon::{County, all_is_well, nomination, record};
use crate::support::engines::for_each_house;

/// A case that waits for the meeting on Thursday, 10 September.
async fn waiting(county: &County<'_>, app: &App, number: u32) -> CaseReference {
    let uid = format!("nomination-{number}");
    county.deliver(&uid, &nomination(number));
    settle(app).await.unwrap();
    let rows = app.engine.store.mails(&MailFilter::default()).await.unwrap();
    let case = rows.into_iter().find(|row| row.uid == uid).unwrap().reference.unwrap();
    record(app, &case, "accept", "area_officer", &[]).await.unwrap();
    record(app, &case, "record_checks", "area_officer", &["checks=complete"]).await.unwrap();
    settle(app).await.unwrap();
    drop(county.captured.take());
    case
}

/// What the members of the meeting are told now, each text once: how many letters, and the lines about cases.
async fn told(county: &County<'_>, app: &App) -> (usize, Vec<String>) {
    let queued = app.engine.send_agendas().await.unwrap();
    send(app).await.unwrap();
    let mut lines = Vec::new();
    let letters = county.captured.take();
    for letter in &letters {
        let parsed = mail_parser::MessageParser::default().parse(&letter.message).unwrap();
        let text = parsed.body_text(0).unwrap().replace("\r\n", "\n");
        let about =
            text.lines().filter(|line| line.starts_with("- FF-") || line.contains("is now asked") || line.contains("any more."));
        let about: Vec<&str> = about.map(|line| line.split(" http").next().unwrap_or(line)).collect();
        lines.push(about.join("\n"));
    }
    lines.dedup();
    assert_eq!(letters.len(), queued);
    (queued, lines)
}

#[test]
fn whoever_has_an_agenda_hears_only_what_has_changed_of_it_and_nothing_while_nothing_has() {
    for_each_house(async |house| {
        let county = County::new(house).await;
        let app = county.start_captured().await;
        let first = waiting(&county, &app, 1).await;
        let (letters, lines) = told(&county, &app).await;
        assert!(letters >= 2, "every member is called");
        assert_eq!(
            lines,
            [format!("- {first}: a lead agency and a keyworker, waits for 3 working days, 0 of 4 agencies have answered")]
        );
        assert_eq!(told(&county, &app).await, (0, Vec::new()), "once");
        county.pass_seconds(86_400);
        assert_eq!(told(&county, &app).await, (0, Vec::new()), "that it waits a day less is no change");

        let second = waiting(&county, &app, 2).await;
        let (again, lines) = told(&county, &app).await;
        assert_eq!(again, letters, "each of them");
        assert_eq!(
            lines,
            [format!("- {second}: new on the agenda, a lead agency and a keyworker\nThe meeting is now asked about 2 cases.")]
        );
        assert_eq!(told(&county, &app).await, (0, Vec::new()));

        for case in [&first, &second] {
            record(&app, case, "decline", "area_officer", &["ground=other"]).await.unwrap();
        }
        settle(&app).await.unwrap();
        drop(county.captured.take());
        let (again, lines) = told(&county, &app).await;
        assert_eq!(again, letters);
        let mut gone: Vec<&str> = lines[0].lines().collect();
        gone.sort_unstable();
        let mut expected = [&first, &second].map(|case| format!("- {case}: not on the agenda any more")).to_vec();
        expected
            .push("Nothing is asked of this meeting any more. It takes place unless the team tells you otherwise.".to_owned());
        expected.sort_unstable();
        assert_eq!((lines.len(), gone), (1, expected.iter().map(String::as_str).collect::<Vec<_>>()));
        // By hand it is the same: whoever knows is not told again.
        let (meeting, area) = (app.engine.meeting(None).unwrap(), app.engine.area("copeland").unwrap());
        let day = app.engine.next_meeting(meeting, area, county.today()).await.unwrap();
        assert_eq!(app.engine.invite(meeting, area, day).await.unwrap(), 0);
        all_is_well(&app, "after the agendas").await;
    });
}

#[test]
fn a_decision_names_its_meeting_where_several_are_asked_about_the_case() {
    for_each_house(async |house| {
        let county = County::new(house).await;
        let mut app = county.start_captured().await;
        let case = waiting(&county, &app, 1).await;
        assert_eq!(deciding(&app, &case, None).await.unwrap().name, "allocations");
        let mut programme = (*app.engine.programme).clone();
        let mut panel = programme.lifecycle.meetings[0].clone();
        panel.name = "panel".to_owned();
        // It is asked about rising needs alone.
        panel.agenda.retain(|rule| rule.stages.is_empty());
        programme.lifecycle.meetings.push(panel.clone());
        app.engine.programme = Arc::new(programme.clone());
        assert_eq!(deciding(&app, &case, None).await.unwrap().name, "allocations", "the other is not asked about this case");
        programme.lifecycle.meetings[1].agenda = programme.lifecycle.meetings[0].agenda.clone();
        app.engine.programme = Arc::new(programme);
        let asked = deciding(&app, &case, None).await.unwrap_err().to_string();
        assert!(asked.contains("several meetings") && asked.contains("--meeting allocations|panel"), "{asked}");
        assert_eq!(deciding(&app, &case, Some("panel")).await.unwrap().name, "panel");
        let unknown = deciding(&app, &case, Some("board")).await.unwrap_err().to_string();
        assert!(unknown.contains("it has: allocations, panel"), "{unknown}");
    });
}

#[test]
fn a_meeting_that_is_called_off_leaves_calendars_and_what_it_was_asked_comes_to_the_next() {
    for_each_house(async |house| {
        let county = County::new(house).await;
        let app = county.start_captured().await;
        let (first, listed) = (waiting(&county, &app, 1).await, waiting(&county, &app, 2).await);
        record(&app, &listed, "list_for_meeting", "area_officer", &["meeting_on=2026-09-10"]).await.unwrap();
        let (engine, area) = (&app.engine, app.engine.area("copeland").unwrap());
        let meeting = engine.meeting(None).unwrap();
        let on = |day: &str| day.parse().unwrap();
        let by = |address: &str| Settler { by: address.into(), because: Some("the hall is shut".into()) };
        let officer = engine.roster.holders(
            RoleScope::Area,
            &RoleName::new("area_officer").unwrap(),
            Relation { area: Some(area), holders: None },
        );
        let officer = by(officer[0].address.as_text());
        // Two officers at once: neither loses what the other said.
        let (one, other) = tokio::join!(
            engine.call_off_meeting(meeting, (area, on("2026-11-05")), &officer),
            engine.call_off_meeting(meeting, (area, on("2026-11-12")), &officer)
        );
        one.unwrap();
        other.unwrap();
        assert_eq!(engine.meeting_held(meeting, area, on("2026-11-05")).await.unwrap(), Some(on("2026-11-19")));
        // Who has no agenda yet need not hear.
        let later = engine.call_off_meeting(meeting, (area, on("2026-09-24")), &officer).await.unwrap();
        assert_eq!((later.letters, later.cases, later.next), (0, 0, on("2026-10-01")));
        let (invited, _) = told(&county, &app).await;
        for (day, who, expected) in [
            ("2026-09-11", &officer, "has no allocations meeting on 2026-09-11"),
            ("2026-09-03", &officer, "has no allocations meeting on 2026-09-03"),
            ("2026-09-10", &by("x@evil.example"), "this address may not: it is for Area Officer of Copeland"),
        ] {
            let refused = engine.call_off_meeting(meeting, (area, on(day)), who).await.unwrap_err().to_string();
            assert!(refused.contains(expected), "{refused}");
        }
        let done = engine.call_off_meeting(meeting, (area, on("2026-09-10")), &officer).await.unwrap();
        assert_eq!((done.letters, done.cases, done.next), (invited, 1, on("2026-09-17")));
        send(&app).await.unwrap();
        let letters = county.captured.take();
        assert_eq!(letters.len(), invited);
        for letter in &letters {
            let text = String::from_utf8_lossy(&letter.message).replace("=\r\n", "");
            assert!(text.contains("METHOD:CANCEL") && text.contains("is called off"), "{text}");
        }
        let again = engine.call_off_meeting(meeting, (area, on("2026-09-10")), &officer).await.unwrap();
        assert_eq!((again.letters, again.cases), (0, 0), "once");
        assert_eq!(engine.next_meeting(meeting, area, county.today()).await.unwrap(), on("2026-09-17"));
        assert_eq!(told(&county, &app).await, (0, Vec::new()), "the next one is some days away");
        let facts = engine.case(&listed).await.unwrap().case.facts;
        assert_eq!(facts.get("meeting_on"), Some(&FactValue::Date(on("2026-09-17"))));
        county.pass_until(on("2026-09-14"), 10, 0);
        let (count, lines) = told(&county, &app).await;
        assert_eq!(count, invited);
        assert!(lines[0].contains(first.as_str()) && lines[0].contains(listed.as_str()), "{lines:?}");
        settle(&app).await.unwrap();
        all_is_well(&app, "after the meeting was called off").await;
    });
}
