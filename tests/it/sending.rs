//! The way letters leave: when it stands still somebody knows, alerts of danger above all, and nothing is given up that is not the address's
//! fault.

use focus_family::cli::report::{Findings, Outcome};
use focus_family::daemon::app::App;
use focus_family::daemon::round::{send, settle};
use focus_family::daemon::{alarm, sending};
use focus_family::delivery::smtp::Patience;
use focus_family::delivery::{Delivery, Smtp, Tls};
use focus_family::domain::personal::Personal;
use focus_family::store::{LetterFilter, LetterRow, LetterState, MailFilter, TaskFilter};

use crate::delivery::sink::{Does, Protects, Sink};
use crate::support::daemon::{County, all_is_well, nomination};
use crate::support::engines::{for_each_house, sqlite_house};

/// A mail of no family we know that tells of danger now.
pub fn alert(number: u32) -> Vec<u8> {
    format!(
        "From: Gwen Park <g.park{number}@school.example.org>\r\nTo: focusfamily@council.example.org\r\nSubject: Please read\r\n\
         Date: Mon, 07 Sep 2026 09:00:00 +0100\r\nMessage-ID: <alert{number}@school.example.org>\r\n\r\n\
         The child at number {number} is in immediate danger and wants to die tonight.\r\n"
    )
    .into_bytes()
}

/// A mail server on loopback.
fn server(port: u16) -> Delivery {
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

fn nobody_listens() -> Delivery {
    server(std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port())
}

/// Letters that tell of danger.
pub async fn alerts(app: &App) -> Vec<LetterRow> {
    let rows = app.engine.store.letters(&LetterFilter::default()).await.unwrap();
    rows.into_iter().filter(|row| row.letter.as_str() == "danger_alert").collect()
}

async fn states(app: &App) -> Vec<(LetterState, u32)> {
    alerts(app).await.iter().map(|row| (row.state, row.attempts)).collect()
}

/// `role by day: what` of the open worklist that names this.
pub async fn asked(app: &App, what: &str) -> Vec<String> {
    let tasks = app.engine.store.tasks(&TaskFilter::default()).await.unwrap();
    let told = tasks.iter().filter(|task| task.says.contains(what));
    let mut told: Vec<String> = told.map(|task| format!("{} by {}", task.role, task.due_on)).collect();
    told.sort();
    told
}

/// What `check` fails of the way out.
async fn failed(app: &App) -> Vec<String> {
    let mut findings = Findings::default();
    sending::check(app, &mut findings).await;
    findings.checks.into_iter().filter(|one| one.outcome == Outcome::Failed).map(|one| one.seen).collect()
}

/// Each of these servers takes nothing, and none of it is about an address.
#[test]
fn a_relay_that_refuses_everything_keeps_every_letter_and_people_know() {
    let refusing = ["554 5.7.1 Relay access denied", "530 5.7.57 Client not authenticated", "535 5.7.8 no"];
    for_each_house(async |house| {
        let county = County::new(house).await;
        let mut app = county.start().await;
        let good = app.delivery.take();
        county.deliver("alert", &alert(1));
        settle(&app).await.unwrap();
        let sinks: Vec<Sink> = refusing.iter().map(|answer| Sink::always(Protects::No, Does::Answers("rcpt", answer))).collect();
        for sink in &sinks {
            app.delivery = Some(server(sink.port));
            assert!(!send(&app).await.unwrap().is_empty());
            let rows = app.engine.store.letters(&LetterFilter::default()).await.unwrap();
            let waits = |row: &LetterRow| row.state == LetterState::Queued && row.attempts == 0;
            assert!(!rows.is_empty() && rows.iter().all(waits), "{rows:?}");
            county.pass_seconds(301);
        }
        // Five minutes are too long for an alert: both who answer for it are asked, the same day, and `check` fails.
        assert_eq!(asked(&app, "an alert of danger has not reached").await, ["duty by 2026-09-07", "manager by 2026-09-07"]);
        let found = failed(&app).await.join("\n");
        assert!(found.contains("1 alert of danger has not left, the oldest since 09:00"), "{found}");
        assert!(found.contains("no letter has left since 09:00") && found.contains("5.7."), "{found}");
        alarm::look(&app, app.engine.ambient.now()).await.unwrap();
        assert_eq!(asked(&app, "no letter has left since").await, ["team by 2026-09-07"], "a worklist needs no mail");
        let rows = app.engine.store.letters(&LetterFilter::default()).await.unwrap();
        assert_eq!(rows.iter().filter(|row| row.letter.as_str() == "system_alert").count(), 1);
        // The relay is put right: everything leaves by itself, and nobody is asked any more.
        app.delivery = good;
        county.pass_seconds(301);
        settle(&app).await.unwrap();
        alarm::look(&app, app.engine.ambient.now()).await.unwrap();
        assert!(alerts(&app).await.iter().all(|row| row.state == LetterState::Sent));
        assert_eq!(asked(&app, "danger has not reached").await.len() + asked(&app, "no letter has left").await.len(), 0);
        assert_eq!(failed(&app).await, [""; 0]);
        all_is_well(&app, "after the relay was put right").await;
    });
}

/// A refusal by a rule of the server (5.7.x) says mostly that nothing may leave; while others leave it is about this one.
#[test]
fn a_letter_refused_while_others_leave_is_given_to_a_person_and_not_tried_for_ever() {
    for refusal in ["554 5.7.1 Message rejected by policy", "550 5.7.1 recipient may not be written to", "554 no"] {
        for_each_house(async |house| {
            let county = County::new(house).await;
            let mut app = county.start().await;
            let sink = Sink::always(Protects::No, Does::Refuses("tolson1@", refusal));
            app.delivery = Some(server(sink.port));
            let refused = async || {
                let rows = app.engine.store.letters(&LetterFilter { limit: 1_000, ..LetterFilter::default() }).await.unwrap();
                assert!(rows.iter().filter(|row| row.state != LetterState::Sent).count() <= 1, "{rows:?}");
                rows.into_iter().find(|row| row.state != LetterState::Sent).map(|row| (row.state, row.attempts))
            };
            // Nothing else leaves after the first round: it waits, and no try is counted after that.
            county.deliver("n-1", &nomination(1));
            settle(&app).await.unwrap();
            for _ in 0..12 {
                county.pass_seconds(301);
                send(&app).await.unwrap();
            }
            let (state, tries) = refused().await.unwrap();
            assert!(state == LetterState::Queued && tries <= 3, "{state:?} after {tries} tries");
            for number in 2..9 {
                county.deliver(&format!("n-{number}"), &nomination(number));
                settle(&app).await.unwrap();
                county.pass_seconds(301);
                send(&app).await.unwrap();
            }
            assert_eq!(refused().await.unwrap().0, LetterState::Failed, "{refusal}");
            assert_eq!(asked(&app, "was given up").await.len(), 1, "{refusal}");
            let found = failed(&app).await.join("\n");
            assert!(!found.contains("no letter"), "the way out is open: {found}");
        });
    }
}

#[test]
fn check_sees_a_relay_that_refuses_only_the_recipient() {
    let house = sqlite_house();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let county = County::new(&house).await;
        let mut app = county.start().await;
        for (answer, expected) in [
            ("554 5.7.1 Relay access denied", "no letter can leave: "),
            ("554 no", "no letter can leave: "),
            ("550 5.1.1 unknown", ""),
            ("450 4.2.0 greylisted", ""),
            ("250 2.1.5 yes", ""),
        ] {
            let sink = Sink::always(Protects::No, Does::Answers("rcpt", answer));
            app.delivery = Some(server(sink.port));
            let found = failed(&app).await.join("\n");
            assert_eq!(found.contains("no letter can leave: "), !expected.is_empty(), "{answer}: {found}");
            assert!(sink.heard().is_empty(), "a probe hands over nothing");
        }
    });
}

#[test]
fn an_alert_whose_address_is_refused_is_asked_of_two_the_same_day_and_tried_on_for_days() {
    for_each_house(async |house| {
        let county = County::new(house).await;
        let mut app = county.start().await;
        let good = app.delivery.take();
        county.deliver("alert", &alert(1));
        settle(&app).await.unwrap();
        let sink = Sink::always(Protects::No, Does::Answers("rcpt", "550 5.1.1 nobody of that name"));
        app.delivery = Some(server(sink.port));
        send(&app).await.unwrap();
        assert_eq!(states(&app).await, [(LetterState::Queued, 1)]);
        assert_eq!(asked(&app, "an alert of danger has not reached").await, ["duty by 2026-09-07", "manager by 2026-09-07"]);
        // Nothing is wrong with the way out.
        assert_eq!(failed(&app).await, [""; 0]);
        county.pass_seconds(1_801);
        send(&app).await.unwrap();
        assert_eq!(states(&app).await, [(LetterState::Queued, 2)]);
        assert_eq!(asked(&app, "an alert of danger has not reached").await.len(), 2, "asked once");
        for _ in 0..15 {
            county.pass_seconds(12 * 3_600);
            send(&app).await.unwrap();
        }
        assert_eq!(states(&app).await[0].0, LetterState::Failed, "after days somebody has to say what is meant");
        let found = failed(&app).await.join("\n");
        assert!(found.contains("1 alert of danger has not left"), "{found}");
        // Another one, whose address is put right in the meantime, still arrives.
        county.deliver("second", &alert(2));
        settle(&app).await.unwrap();
        app.delivery = good;
        county.pass_seconds(1_801);
        settle(&app).await.unwrap();
        let rows = app.engine.store.mails(&MailFilter::default()).await.unwrap();
        let second = rows.iter().find(|row| row.uid == "second").unwrap().mail;
        let of_second: Vec<LetterRow> = alerts(&app).await.into_iter().filter(|row| row.mail == Some(second)).collect();
        assert_eq!(of_second.iter().map(|row| row.state).collect::<Vec<_>>(), [LetterState::Sent]);
        let now = app.engine.ambient.now();
        for row in app.engine.store.letters(&LetterFilter::default()).await.unwrap() {
            // Those that failed for good, and receipts to an address that is refused.
            app.engine.store.discard_letter(row.id, now, "made up").await.unwrap();
        }
        all_is_well(&app, "after refused alerts").await;
    });
}

#[test]
fn sending_that_stands_still_is_noted_at_once_and_told_within_a_quarter_of_an_hour() {
    for_each_house(async |house| {
        let county = County::new(house).await;
        let mut app = county.start().await;
        let good = app.delivery.replace(nobody_listens());
        county.deliver("alert", &alert(1));
        settle(&app).await.unwrap();
        let since = app.engine.ambient.now();
        let state = sending::state(&app).await.unwrap();
        assert_eq!((state.failing_since, state.failure.as_deref()), (Some(since), Some("connect failed")));
        let found = failed(&app).await;
        assert!(found[0].starts_with("no letter can leave: 127.0.0.1:") && found[0].ends_with("connect failed"), "{found:?}");
        alarm::look(&app, since).await.unwrap();
        assert!(asked(&app, "no letter has left").await.is_empty(), "not yet");
        for _ in 0..3 {
            county.pass_seconds(300);
            send(&app).await.unwrap();
            alarm::look(&app, since).await.unwrap();
        }
        assert_eq!(asked(&app, "no letter has left since 09:00").await, ["team by 2026-09-07"]);
        app.delivery = good;
        county.pass_seconds(301);
        settle(&app).await.unwrap();
        let now = app.engine.ambient.now();
        let state = sending::state(&app).await.unwrap();
        assert_eq!((state.failing_since, state.looked_at), (None, Some(now)));
        alarm::look(&app, since).await.unwrap();
        settle(&app).await.unwrap();
        let rows = app.engine.store.letters(&LetterFilter::default()).await.unwrap();
        assert_eq!(rows.iter().filter(|row| row.letter.as_str() == "system_recovered").count(), 1);
        assert!(asked(&app, "no letter has left").await.is_empty());
    });
}

#[tokio::test]
async fn a_test_letter_goes_to_people_of_the_settings_and_to_nobody_else() {
    let house = sqlite_house();
    let county =
        County::with(&house, |text| text.replace("[contact]", "[contact]\nadministrator = \"it@council.example.org\"")).await;
    let app = county.start_captured().await;
    let test = async |app: &App, to: Option<&str>| {
        let to = to.map(|to| Personal::new(to.to_owned()));
        let ended = sending::test(app, to.as_ref()).await.map(|code| code == std::process::ExitCode::SUCCESS);
        let sent: Vec<String> = county.captured.take().iter().map(|letter| letter.to.as_str().to_owned()).collect();
        (ended.map_err(|error| error.to_string()), sent)
    };
    assert_eq!(test(&app, None).await, (Ok(true), vec![]));
    for own in ["omar.dixon@council.example.org", "it@council.example.org"] {
        assert_eq!(test(&app, Some(own)).await, (Ok(true), vec![own.to_owned()]));
    }
    let (refused, sent) = test(&app, Some("sam@agency.example.org")).await;
    assert!(refused.is_err_and(|says| says.contains("nobody's of [[people]]")) && sent.is_empty());
    assert!(app.engine.store.letters(&LetterFilter::default()).await.unwrap().is_empty(), "a test is in no list");
    // Where nothing may leave, no test does.
    for (line, instead) in [
        ("mode = \"live\"", "mode = \"observe\""),
        ("detail = \"minimal\"", "detail = \"minimal\"\nonly_to = [\"*@elsewhere.example.org\"]"),
    ] {
        let house = sqlite_house();
        let county = County::with(&house, |text| text.replace(line, instead)).await;
        let app = county.start_captured().await;
        let own = app.engine.roster.people()[0].address.clone();
        assert!(sending::test(&app, Some(&own)).await.is_ok_and(|code| code != std::process::ExitCode::SUCCESS));
        assert!(county.captured.take().is_empty(), "{instead}");
    }
}

#[tokio::test]
async fn check_fails_while_only_to_keeps_somebody_from_alerts() {
    for (only_to, kept) in [("*@elsewhere.example.org", true), ("everybody", false)] {
        let house = sqlite_house();
        let county = County::with(&house, |text| match only_to {
            "everybody" => text,
            only => text.replace("sender_name =", &format!("only_to = [\"{only}\"]\nsender_name =")),
        })
        .await;
        let app = county.start_captured().await;
        let found = failed(&app).await.join("\n");
        assert_eq!(
            found.contains("mail.only_to keeps letters, alerts of danger among them, from: Safeguarding duty officer"),
            kept,
            "{found}"
        );
    }
}

/// A server that puts everything off: the pauses grow, and end where somebody in danger cannot wait any longer.
#[test]
fn pauses_between_tries_of_an_alert_end_at_ten_minutes_and_of_others_at_an_hour() {
    for_each_house(async |house| {
        let county = County::new(house).await;
        let mut app = county.start().await;
        app.delivery = Some(server(Sink::always(Protects::No, Does::Answers("letter", "451 4.3.0 later")).port));
        county.deliver("alert", &alert(1));
        county.deliver("nomination", &crate::support::daemon::nomination(1));
        let (mut of_alert, mut of_others) = (Vec::new(), Vec::new());
        for _ in 0..40 {
            settle(&app).await.unwrap();
            let now = app.engine.ambient.now();
            for row in app.engine.store.letters(&LetterFilter::default()).await.unwrap() {
                let pause = row.due_at.duration_since(now).as_secs();
                match row.letter.as_str() {
                    "danger_alert" => of_alert.push(pause),
                    "receipt" | "triage_summary" => of_others.push(pause),
                    _ => {}
                }
            }
            county.pass_seconds(600);
        }
        assert_eq!((of_alert.iter().max(), of_others.iter().max()), (Some(&600), Some(&3_600)), "{of_alert:?} {of_others:?}");
        assert!(of_alert.contains(&60) && of_others.contains(&60), "they begin short");
    });
}
