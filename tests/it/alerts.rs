//! Alerts of danger: first, whatever else waits; told again while nobody answers; and never held up in silence.

use focus_family::daemon::app::App;
use focus_family::daemon::round::{round, send, settle};
use focus_family::domain::personal::Personal;
use focus_family::domain::workflow::RequestKind;
use focus_family::engine::settle::{Settlement, Settler};
use focus_family::store::{LetterState, MailFilter, TaskFilter};

use crate::sending::{alert, alerts, asked};
use crate::support::daemon::{County, all_is_well, mail_with, nomination, record};
use crate::support::engines::{for_each_house, sqlite_house};

/// The nomination of [`nomination`] with words of danger in the mail's own text.
fn nomination_in_danger(number: u32) -> Vec<u8> {
    let mail = String::from_utf8(nomination(number)).unwrap();
    mail.replace(
        "Please find a nomination from us.",
        "Please find a nomination from us. He has a knife and says he will kill her tonight.",
    )
    .into_bytes()
}

/// `recipient: subject` of what left since the last look, of alerts only.
fn left(county: &County<'_>) -> Vec<String> {
    let mut told = Vec::new();
    for letter in county.captured.take() {
        let parsed = mail_parser::MessageParser::default().parse(&letter.message).unwrap();
        let subject = parsed.subject().unwrap().to_owned();
        if subject.contains("alert") {
            // Reference and receipt numbers are drawn.
            let subject = subject.split_once(": ").map_or(subject.clone(), |(_, rest)| rest.to_owned());
            told.push(format!("{}: {subject}", letter.to.as_str().split('@').next().unwrap()));
        }
    }
    told.sort();
    told
}

async fn settle_answered(app: &App) {
    let by = Settler {
        by: Personal::new("omar.dixon@council.example.org".to_owned()),
        because: Some(Personal::new("rung".to_owned())),
    };
    for row in app.engine.store.mails(&MailFilter::default()).await.unwrap() {
        if row.kind.as_deref() == Some(RequestKind::SafeguardingAlert.as_str()) {
            app.engine.settle_mail(&row.receipt, &Settlement::Answered, &by).await.unwrap();
        }
    }
}

#[test]
fn alerts_go_first_and_whatever_the_hour_allows() {
    for_each_house(async |house| {
        let county = County::with(house, |text| text.replace("sender_name =", "hourly_max = 2\nsender_name =")).await;
        let app = county.start_captured().await;
        for number in 1..=3 {
            county.deliver(&format!("n{number}"), &nomination(number));
        }
        settle(&app).await.unwrap();
        assert_eq!(county.captured.take().len(), 2, "the hour's letters are out");
        county.deliver("alert", &alert(1));
        settle(&app).await.unwrap();
        assert_eq!(left(&county), ["omar.dixon: alert, read first, today"]);
        // The alert took nothing of the next hour's letters.
        county.pass_seconds(3_601);
        send(&app).await.unwrap();
        let next = county.captured.take().len();
        assert!(next >= 2, "{next}");
    });
}

#[test]
fn a_flood_of_alerts_is_one_letter_a_minute_that_names_each_and_a_few_go_one_by_one() {
    for_each_house(async |house| {
        let county = County::with(house, |text| text.replace("sender_name =", "hourly_max = 4\nsender_name =")).await;
        let app = county.start_captured().await;
        for number in 1..=3 {
            county.deliver(&format!("a{number}"), &alert(number));
        }
        settle(&app).await.unwrap();
        assert_eq!(left(&county).len(), 3, "a few are told one by one");
        for number in 10..40 {
            county.deliver(&format!("a{number}"), &alert(number));
        }
        // All of them are in before anything leaves, as after an hour without a mail server.
        while round_without_letters(&app).await {}
        send(&app).await.unwrap();
        let letters = county.captured.take();
        let flood: Vec<&_> = letters.iter().filter(|letter| letter.to.as_str().starts_with("omar.dixon")).collect();
        assert_eq!(flood.len(), 1, "one letter");
        let parsed = mail_parser::MessageParser::default().parse(&flood[0].message).unwrap();
        assert_eq!(parsed.subject(), Some("30 alerts: read first, today"));
        let text = parsed.body_text(0).unwrap();
        let rows = app.engine.store.mails(&MailFilter::default()).await.unwrap();
        for row in rows.iter().filter(|row| row.uid.len() == 3) {
            assert!(text.contains(&row.receipt), "{} is not in\n{text}", row.receipt);
        }
        // Two more within the hour: one goes, for there is room for one by itself, and the other goes a minute later.
        county.deliver("a50", &alert(50));
        settle(&app).await.unwrap();
        assert_eq!(left(&county), ["omar.dixon: alert, read first, today"]);
        county.deliver("a51", &alert(51));
        settle(&app).await.unwrap();
        assert!(left(&county).is_empty());
        county.pass_seconds(61);
        settle(&app).await.unwrap();
        assert_eq!(left(&county), ["omar.dixon: alert, read first, today"]);
        assert!(alerts(&app).await.iter().all(|row| matches!(row.state, LetterState::Sent | LetterState::Gathered)));
        all_is_well(&app, "after the flood").await;
    });
}

/// Mails in, and nothing out; whether there was one.
async fn round_without_letters(app: &App) -> bool {
    for watched in &app.mailboxes {
        focus_family::daemon::round::take_in(app, watched).await.unwrap();
    }
    !app.engine.take_next_mails(16).await.unwrap().is_empty()
}

#[test]
fn an_alert_that_nobody_answers_is_told_again_to_more_people_at_any_hour() {
    for_each_house(async |house| {
        let county = County::new(house).await;
        let app = county.start_captured().await;
        // A Saturday night.
        county.pass_until("2026-09-12".parse().unwrap(), 22, 0);
        county.deliver("alert", &alert(1));
        settle(&app).await.unwrap();
        assert_eq!(left(&county), ["omar.dixon: alert, read first, today"]);
        let again =
            |hours: &str| ["omar.dixon", "ruth.fallowfield"].map(|to| format!("{to}: alert, not answered for {hours}")).to_vec();
        let steps =
            [(3_500, vec![]), (101, again("1 hour")), (7_200, vec![]), (3_600, again("4 hours")), (90_000, again("24 hours"))];
        for (seconds, told) in steps {
            county.pass_seconds(seconds);
            settle(&app).await.unwrap();
            assert_eq!(left(&county), told, "{seconds} seconds later");
        }
        settle_answered(&app).await;
        county.pass_seconds(80 * 3_600);
        settle(&app).await.unwrap();
        assert!(left(&county).is_empty(), "answered is answered");
        all_is_well(&app, "after the ladder").await;
    });
}

#[test]
fn a_family_in_danger_is_told_of_again_until_somebody_has_moved_its_case() {
    for_each_house(async |house| {
        let county = County::new(house).await;
        let app = county.start_captured().await;
        county.pass_until("2026-09-11".parse().unwrap(), 17, 30);
        county.deliver("nomination", &nomination_in_danger(1));
        settle(&app).await.unwrap();
        assert!(left(&county).contains(&"omar.dixon: alert, read first, today".to_owned()));
        county.pass_seconds(3_601);
        round(&app).await.unwrap();
        settle(&app).await.unwrap();
        let again = ["omar.dixon: alert, not answered for 1 hour", "ruth.fallowfield: alert, not answered for 1 hour"];
        assert_eq!(left(&county), again);
        county.pass_seconds(600);
        settle(&app).await.unwrap();
        assert!(left(&county).is_empty(), "each rung once");
        let rows = app.engine.store.cases(&Default::default()).await.unwrap();
        assert_eq!(rows[0].stage.as_str(), "safeguarding_hold");
        record(&app, &rows[0].reference, "release_hold", "duty", &["outcome=told_the_hub"]).await.unwrap();
        county.pass_seconds(4 * 3_600);
        settle(&app).await.unwrap();
        assert!(left(&county).is_empty(), "somebody has looked");
        all_is_well(&app, "after the move").await;
    });
}

#[test]
fn a_note_that_the_reader_of_an_alert_is_away_asks_somebody_else_today() {
    for_each_house(async |house| {
        let county = County::new(house).await;
        let app = county.start_captured().await;
        county.deliver("alert", &alert(1));
        settle(&app).await.unwrap();
        let letters = county.captured.take();
        let letter = letters.iter().find(|letter| letter.to.as_str() == "omar.dixon@council.example.org").unwrap();
        let parsed = mail_parser::MessageParser::default().parse(&letter.message).unwrap();
        let answers = format!("In-Reply-To: <{}>\r\n", parsed.message_id().unwrap());
        let note = |from: &str, head: &str, number: u32| {
            format!(
                "From: {from}\r\nTo: focusfamily@council.example.org\r\nSubject: Automatic reply: read first\r\n\
                 Auto-Submitted: auto-replied\r\nMessage-ID: <away{number}@council.example.org>\r\n{head}\r\nI am away until Monday.\r\n"
            )
            .into_bytes()
        };
        let away = async || asked(&app, "a note came back that they are away").await;
        county.deliver("of-another", &note("beth.salkeld@council.example.org", "", 1));
        county.deliver("of-a-stranger", &note("x@evil.example", &answers, 2));
        settle(&app).await.unwrap();
        assert!(away().await.is_empty(), "neither got the alert");
        county.deliver("away", &note("omar.dixon@council.example.org", &answers, 3));
        settle(&app).await.unwrap();
        let both = ["duty by 2026-09-07", "manager by 2026-09-07"];
        assert_eq!(away().await, both);
        settle_answered(&app).await;
        assert!(away().await.is_empty(), "what was asked is done with the alert");
        county.deliver("late", &note("omar.dixon@council.example.org", &answers, 4));
        settle(&app).await.unwrap();
        assert!(away().await.is_empty(), "the alert is answered");
        // A program that does not say which letter it answers.
        county.deliver("second", &alert(2));
        settle(&app).await.unwrap();
        county.deliver("away-again", &note("omar.dixon@council.example.org", "", 5));
        settle(&app).await.unwrap();
        assert_eq!(away().await, both);
        all_is_well(&app, "after the notes").await;
    });
}

#[test]
fn an_alert_that_only_to_holds_is_asked_about_today_and_leaves_when_the_setting_is_changed() {
    for_each_house(async |house| {
        let only = |text: String| text.replace("sender_name =", "only_to = [\"*@elsewhere.example.org\"]\nsender_name =");
        let county = County::with(house, only).await;
        let app = county.start_captured().await;
        county.deliver("alert", &alert(1));
        settle(&app).await.unwrap();
        assert!(county.captured.take().is_empty());
        assert_eq!(alerts(&app).await[0].state, LetterState::Held);
        assert_eq!(asked(&app, "an alert of danger has not reached").await, ["duty by 2026-09-07", "manager by 2026-09-07"]);
        county.pass_seconds(600);
        settle(&app).await.unwrap();
        assert_eq!(alerts(&app).await[0].state, LetterState::Held, "nothing has changed");
        let mut open = county.start_captured().await;
        let mut settings = (*open.engine.settings).clone();
        settings.mail.only_to = focus_family::config::Recipients::Everybody;
        open.engine.settings = std::sync::Arc::new(settings);
        settle(&open).await.unwrap();
        assert_eq!(left(&county), ["omar.dixon: alert, read first, today"]);
        let tasks = open.engine.store.tasks(&TaskFilter::default()).await.unwrap();
        assert!(tasks.iter().any(|task| task.says.contains("words of immediate danger")), "it still has to be read");
        all_is_well(&open, "after the setting was changed").await;
    });
}

#[tokio::test]
async fn while_observing_no_alert_leaves_and_nobody_is_asked_why() {
    let house = sqlite_house();
    let county = County::with(&house, |text| text.replace("mode = \"live\"", "mode = \"observe\"")).await;
    let app = county.start_captured().await;
    county.deliver("alert", &alert(1));
    county.deliver("empty", &mail_with(3, &[]));
    settle(&app).await.unwrap();
    county.pass_seconds(2 * 3_600);
    settle(&app).await.unwrap();
    assert!(county.captured.take().is_empty());
    assert!(asked(&app, "an alert of danger has not reached").await.is_empty());
}
