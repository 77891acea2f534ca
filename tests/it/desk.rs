//! The desk: letters that do not arrive, deadlines that move, nights, and what a county trusts its own people with.

use std::sync::Arc;

use focus_family::ambient::{Ambient, Script};
use focus_family::config::Settings;
use focus_family::daemon::app::App;
use focus_family::daemon::housekeeping;
use focus_family::daemon::round::settle;
use focus_family::delivery::smtp::Patience;
use focus_family::delivery::{Delivery, Smtp, Tls};
use focus_family::domain::case::Event;
use focus_family::domain::ids::LetterName;
use focus_family::domain::personal::Personal;
use focus_family::engine::settle::Settler;
use focus_family::store::{LetterFilter, LetterState, TaskFilter};

use crate::support::daemon::{County, all_is_well, history, nomination, sample};
use crate::support::engines::{for_each_house, sqlite_house};

async fn tasks(app: &App) -> Vec<String> {
    let open = app.engine.store.tasks(&TaskFilter::default()).await.unwrap();
    open.iter().map(|task| format!("{} by {}: {}", task.role, task.due_on, task.says)).collect()
}

async fn states(app: &App) -> Vec<(LetterState, u32)> {
    let rows = app.engine.store.letters(&LetterFilter::default()).await.unwrap();
    rows.iter().map(|row| (row.state, row.attempts)).collect()
}

fn nobody_listens() -> Delivery {
    let socket = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = socket.local_addr().unwrap().port();
    drop(socket);
    let patience = Patience { connect_seconds: 2, command_seconds: 2, letter_seconds: 2 };
    Delivery::Smtp(Box::new(Smtp {
        host: "127.0.0.1".into(),
        port,
        tls: Tls::PlaintextLoopbackOnly,
        login: None,
        ca_file: None,
        hello_name: "council.example.org".into(),
        patience,
    }))
}

#[test]
fn a_mail_server_that_cannot_be_reached_uses_up_no_try_and_a_person_knows_after_four_hours() {
    for_each_house(async |house| {
        let county = County::new(house).await;
        let mut app = county.start().await;
        let good = app.delivery.replace(nobody_listens());
        county.deliver("one", &nomination(1));
        settle(&app).await.unwrap();
        let queued = states(&app).await;
        assert!(!queued.is_empty() && queued.iter().all(|state| *state == (LetterState::Queued, 0)), "{queued:?}");
        assert!(!tasks(&app).await.iter().any(|task| task.contains("has not left")), "nobody is told at once");
        county.pass_seconds(5 * 3_600);
        settle(&app).await.unwrap();
        let told = tasks(&app).await;
        let late: Vec<_> = told.iter().filter(|task| task.contains("has not left for 4 hours (connect failed)")).collect();
        assert_eq!(late.len(), queued.len(), "{told:?}");
        // Who cannot be written to is not the one who is asked about it.
        let asked =
            |task: &str| if task.contains("to Area Officer has") { "team by 2026-09-08" } else { "area_officer by 2026-09-08" };
        assert!(late.iter().all(|task| task.starts_with(asked(task))), "{late:?}");
        // Three weeks without a server: nothing is given up.
        for _ in 0..3 {
            county.pass_seconds(7 * 24 * 3_600);
            app.engine.send_letters(app.delivery.as_ref().unwrap(), 50).await.unwrap();
        }
        assert!(states(&app).await.iter().all(|state| *state == (LetterState::Queued, 0)));
        app.delivery = good;
        county.pass_seconds(600);
        settle(&app).await.unwrap();
        assert!(!tasks(&app).await.iter().any(|task| task.contains("has not left")), "what has left at last is done");
        all_is_well(&app, "after the server came back").await;
    });
}

#[test]
fn a_letter_that_comes_back_is_a_task_of_the_cases_owner_and_can_be_dropped_by_name() {
    for_each_house(async |house| {
        let county = County::new(house).await;
        let app = county.start().await;
        county.deliver("one", &nomination(1));
        settle(&app).await.unwrap();
        let rows = app.engine.store.letters(&LetterFilter::default()).await.unwrap();
        let summary = rows.iter().find(|row| row.letter.as_str() == "triage_summary").unwrap();
        let bounce = format!(
            "From: MAILER-DAEMON@council.example.org\r\nTo: focusfamily@council.example.org\r\nSubject: Undelivered\r\n\
             Date: Mon, 7 Sep 2026 12:00:00 +0100\r\nMessage-ID: <b1@council.example.org>\r\nMIME-Version: 1.0\r\n\
             Content-Type: multipart/report; report-type=delivery-status; boundary=\"b\"\r\n\r\n--b\r\n\
             Content-Type: text/plain\r\n\r\nIt did not arrive.\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n\
             Reporting-MTA: dns; council.example.org\r\n\r\nFinal-Recipient: rfc822; x@council.example.org\r\nAction: failed\r\n\
             Status: 5.1.1\r\n\r\n--b\r\nContent-Type: text/rfc822-headers\r\n\r\nSubject: x\r\nMessage-ID: {}\r\n\r\n--b--\r\n",
            summary.message_id
        );
        county.deliver("bounce", bounce.as_bytes());
        for _ in 0..2 {
            settle(&app).await.unwrap();
        }
        let told = tasks(&app).await;
        let back: Vec<_> = told.iter().filter(|task| task.contains("came back")).collect();
        assert_eq!(back.len(), 1, "{told:?}");
        assert!(back[0].starts_with("team by ") && back[0].contains("Nomination to be triaged"), "{back:?}");
        let settler = |by: &str| Settler { by: by.into(), because: Some("their address is gone".into()) };
        let id = summary.id.to_text();
        let stranger = app.engine.discard(&id[24..], &settler("omar.dixon@council.example.org")).await;
        assert!(stranger.unwrap_err().to_string().contains("this address may not"));
        let gone = app.engine.discard(&id[24..], &settler("beth.salkeld@council.example.org")).await;
        assert!(gone.unwrap_err().to_string().contains("it is sent"), "what has gone cannot be dropped");
    });
}

#[test]
fn a_changed_calendar_moves_what_runs_and_each_says_why() {
    for_each_house(async |house| {
        let county = County::new(house).await;
        let mut app = county.start().await;
        county.deliver("one", &nomination(1));
        county.deliver("two", sample("foi").as_bytes());
        settle(&app).await.unwrap();
        assert_eq!(app.engine.recalculate_if_changed().await.unwrap(), 0, "the first time is remembered");
        let reference = app.engine.store.cases(&Default::default()).await.unwrap()[0].reference.clone();
        let due = |events: &[Event]| {
            events.iter().rev().find_map(|event| match event {
                Event::TimerArmed { timer, due_on, because, .. } if timer.as_str() == "triage" => {
                    Some((*due_on, because.clone()))
                }
                _ => None,
            })
        };
        let before = due(&history(&app, &reference).await).unwrap();
        let mut programme = (*app.engine.programme).clone();
        programme.calendar.closed.insert("2026-09-10".parse().unwrap());
        app.engine.programme = Arc::new(programme.clone());
        assert!(app.engine.recalculate_if_changed().await.unwrap() > 0);
        let after = due(&history(&app, &reference).await).unwrap();
        assert_eq!(app.engine.programme.calendar.working_days_between(before.0, after.0), 1, "{before:?} {after:?}");
        assert!(after.1.contains("Thursday 10 September 2026 is a day off now"), "{after:?}");
        assert!(tasks(&app).await.iter().any(|task| task.contains("by 2026-10-05")), "a closed office does not stop the law");
        assert_eq!(app.engine.recalculate_if_changed().await.unwrap(), 0, "once");
        programme.calendar.bank_holidays.insert("2026-09-11".parse().unwrap());
        programme.calendar.closed.insert("2026-09-11".parse().unwrap());
        app.engine.programme = Arc::new(programme);
        assert!(app.engine.recalculate_if_changed().await.unwrap() > 0);
        assert!(tasks(&app).await.iter().any(|task| task.contains("by 2026-10-06")), "a bank holiday does");
        all_is_well(&app, "after the calendar changed").await;
    });
}

#[test]
fn every_night_is_looked_after_once_and_what_was_found_is_kept() {
    for_each_house(async |house| {
        let county = County::new(house).await;
        let app = county.start().await;
        let first = housekeeping::if_due(&app).await.unwrap().expect("nobody has ever looked");
        assert_eq!((first.broken.len(), first.late), (0, 0));
        assert_eq!(housekeeping::if_due(&app).await.unwrap(), None, "not twice a night");
        county.deliver("two", sample("foi").as_bytes());
        settle(&app).await.unwrap();
        county.pass_until("2026-10-07".parse().unwrap(), 2, 31);
        let night = housekeeping::if_due(&app).await.unwrap().expect("its time has come");
        assert_eq!(night.late, 1);
        assert_eq!(housekeeping::last(&app).await.unwrap(), Some(night));
    });
}

#[test]
fn a_summary_says_initials_and_themes_only_to_a_domain_the_settings_trust() {
    let told = |detail: &str| {
        let house = sqlite_house();
        let detail = detail.to_owned();
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        runtime.block_on(async move {
            let folder = tempfile::tempdir().unwrap();
            let start = "2026-09-07T08:00:00Z".parse().unwrap();
            let text = focus_family::demo::settings_toml(folder.path(), 0, Some((start, 7)));
            let text = text.replace("detail = \"minimal\"", &detail);
            let settings = Settings::from_text(&text, &folder.path().join("focus-family.toml"), std::iter::empty()).unwrap();
            let script = Script::new(start, 7);
            let mut app = App::assemble(settings, house.open().await, Ambient::Scripted(script)).unwrap();
            app.use_reader_program(env!("CARGO_BIN_EXE_focus-family").into());
            app.mailboxes[0].maildir.deliver(&nomination(1), "one").unwrap();
            settle(&app).await.unwrap();
            let rows = app.engine.store.letters(&LetterFilter::default()).await.unwrap();
            let name = LetterName::new("triage_summary").unwrap();
            let id = rows.iter().find(|row| row.letter == name).unwrap().id;
            app.engine.store.letter(id).await.unwrap().unwrap().content.text
        })
    };
    let trusted = told("detail = \"trusted\"\ntrusted_domains = [\"council.example.org\"]");
    assert!(trusted.contains("W. T., adult: ") && trusted.contains("Health needs"), "{trusted}");
    for name in ["Wilf", "Odette", "Tranter", "Westbeck", "1985"] {
        assert!(!trusted.contains(name), "{trusted}");
    }
    for others in [told("detail = \"minimal\""), told("detail = \"trusted\"\ntrusted_domains = [\"other.example.org\"]")] {
        assert!(!others.contains("W. T.") && !others.contains("Health"), "{others}");
    }
}

#[test]
fn whoever_was_told_that_something_is_late_says_so_by_ending_what_they_were_asked() {
    for_each_house(async |house| {
        let county = County::new(house).await;
        let app = county.start_captured().await;
        county.deliver("one", &nomination(1));
        settle(&app).await.unwrap();
        for day in 8..=14 {
            county.pass_until(jiff::civil::date(2026, 9, day), 9, 0);
            settle(&app).await.unwrap();
        }
        let asked = app.engine.store.tasks(&TaskFilter::default()).await.unwrap();
        let task = asked.iter().find(|task| task.role.as_str() == "manager").expect("the manager is asked");
        assert_eq!(
            task.says,
            "Decision on the nomination is late. Say what is done about it and until when: `task done` with --because."
        );
        let reference = task.reference.clone().unwrap();
        let due_on = async || {
            let case = app.engine.case(&reference).await.unwrap().case;
            case.timers.values().find(|armed| armed.timer.as_str() == "triage").unwrap().due_on.to_string()
        };
        assert_eq!(due_on().await, "2026-09-16");
        let manager =
            app.settings.people.iter().find(|person| person.roles.iter().any(|role| role.as_str() == "manager")).unwrap();
        let settler = Settler { by: manager.address.clone(), because: Some(Personal::from("Beth decides on Friday")) };
        app.engine.finish_task(&task.id.to_text(), &settler).await.unwrap();
        assert_eq!(due_on().await, "2026-09-21", "five working days in which nobody is reminded");
        let open = app.engine.store.tasks(&TaskFilter::default()).await.unwrap();
        assert!(open.iter().any(|task| task.says == "Decide on the nomination."), "what is to be done stands open");
        all_is_well(&app, "after the manager said so").await;
    });
}
