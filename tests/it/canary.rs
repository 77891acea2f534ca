//! The test mail to ourselves: through the outbox and the mailbox and back, told when it is missing, nobody's mail, and not to be forged.

use focus_family::cli::report::{Findings, Outcome};
use focus_family::daemon::app::App;
use focus_family::daemon::canary;
use focus_family::daemon::round::{send, settle};
use focus_family::store::{EndState, MailFilter};

use crate::support::daemon::{County, all_is_well, nomination};
use crate::support::engines::{House, for_each_house};
use crate::support::told::named;

const OURS: &str = "focusfamily@council.example.org";
const ADMINISTRATOR: &str = "it@council.example.org";

async fn county<'a>(house: &'a House) -> County<'a> {
    let change = |text: String| {
        let text = text.replace("[contact]", "[contact]\nadministrator = \"it@council.example.org\"");
        // Also where the first weeks' letters go to few people.
        let text = text.replace("sender_name =", "only_to = [\"it@council.example.org\"]\nsender_name =");
        format!("{text}\n[canary]\nevery_minutes = 60\nlate_minutes = 15\n")
    };
    County::with(house, change).await
}

/// What left since the last look, to this address.
async fn left(county: &County<'_>, app: &App, to: &str) -> Vec<Vec<u8>> {
    canary::look(app).await.unwrap();
    send(app).await.unwrap();
    county.captured.take().into_iter().filter(|letter| letter.to.as_str() == to).map(|letter| letter.message).collect()
}

async fn checked(app: &App) -> (Outcome, String) {
    let mut findings = Findings::default();
    canary::check(app, &mut findings).await;
    let one = findings.checks.remove(0);
    (one.outcome, one.seen)
}

#[test]
fn a_test_mail_goes_out_each_hour_and_its_return_names_the_time_and_is_nobodys_mail() {
    for_each_house(async |house| {
        let county = county(house).await;
        let app = county.start_captured().await;
        let sent = left(&county, &app, OURS).await;
        assert_eq!(sent.len(), 1);
        assert!(left(&county, &app, OURS).await.is_empty(), "one an hour");
        county.pass_seconds(42);
        county.deliver("canary", &sent[0]);
        settle(&app).await.unwrap();
        assert!(county.captured.take().is_empty(), "nobody answers it, nobody is told");
        assert_eq!(checked(&app).await, (Outcome::Ok, "the last came back after 42 seconds".to_owned()));
        let store = &app.engine.store;
        assert!(store.mails(&MailFilter::default()).await.unwrap().is_empty(), "it is in no list");
        let rows = store.mails(&MailFilter { kind: Some("canary".to_owned()), ..MailFilter::default() }).await.unwrap();
        assert_eq!(rows[0].end, Some(EndState::Automatic));
        assert_eq!(rows[0].reason.as_deref(), Some("our own test mail: it took 42 seconds"));
        assert_eq!(store.balance(None).await.unwrap().received, 0, "it counts as nobody's mail");
        // The same bytes once more follow the first.
        county.deliver("canary-again", &sent[0]);
        settle(&app).await.unwrap();
        assert_eq!(store.balance(None).await.unwrap().received, 0);
        county.pass_seconds(3_600);
        assert_eq!(left(&county, &app, OURS).await.len(), 1, "the next hour's");
        all_is_well(&app, "after the test mail").await;
    });
}

#[test]
fn a_test_mail_that_is_missing_is_told_once_to_the_administrator_and_so_is_the_next_that_comes_back() {
    for_each_house(async |house| {
        let county = county(house).await;
        let app = county.start_captured().await;
        let first = left(&county, &app, OURS).await;
        county.pass_seconds(14 * 60);
        assert!(left(&county, &app, ADMINISTRATOR).await.is_empty(), "not yet");
        county.pass_seconds(60);
        let told = left(&county, &app, ADMINISTRATOR).await;
        let says = |letter: &[u8]| String::from_utf8_lossy(letter).replace("\r\n", " ").replace("=20", "");
        assert!(
            told.len() == 1 && says(&told[0]).contains("A test mail to ourselves has not come back since"),
            "{:?}",
            told.len()
        );
        assert_eq!(checked(&app).await.0, Outcome::Failed);
        county.pass_seconds(3_600);
        assert!(left(&county, &app, ADMINISTRATOR).await.is_empty(), "once is enough");
        county.pass_seconds(3_600);
        let second = left(&county, &app, OURS).await;
        assert_eq!(second.len(), 1);
        county.deliver("second", &second[0]);
        settle(&app).await.unwrap();
        let told = left(&county, &app, ADMINISTRATOR).await;
        assert!(told.len() == 1 && says(&told[0]).contains("comes back again since"), "{:?}", told.len());
        // The lost one arrives after all: filed like the others.
        county.deliver("first", &first[0]);
        settle(&app).await.unwrap();
        assert!(app.engine.store.mails(&MailFilter::default()).await.unwrap().is_empty());
    });
}

#[test]
fn a_forged_a_replayed_and_a_filled_test_mail_are_ordinary_mails() {
    for_each_house(async |house| {
        let county = county(house).await;
        let app = county.start_captured().await;
        let sent = String::from_utf8(left(&county, &app, OURS).await.remove(0)).unwrap();
        let id = sent.lines().find_map(|line| line.strip_prefix("Message-ID: ")).unwrap().to_owned();
        let other = format!("<ff.{}@council.example.org>", "0123456789abcdef".repeat(2));
        county.deliver("forged", sent.replace(&id, &other).as_bytes());
        // The right number on a mail that holds something for people: a nomination, and one of another's.
        let nomination = String::from_utf8(nomination(1)).unwrap();
        let as_ours = |text: &str| {
            let from = text.lines().find(|line| line.starts_with("From: ")).unwrap();
            let theirs = text.lines().find(|line| line.starts_with("Message-ID: ")).unwrap();
            text.replace(from, &format!("From: {OURS}")).replace(theirs, &format!("Message-ID: {id}"))
        };
        county.deliver("filled", as_ours(&nomination).as_bytes());
        let from = sent.lines().find(|line| line.starts_with("From: ")).unwrap();
        county.deliver("not-ours", sent.replace(from, "From: pat@agency.example.org").as_bytes());
        settle(&app).await.unwrap();
        for uid in ["forged", "filled", "not-ours"] {
            let row = named(&app, uid).await;
            assert_ne!(row.kind.as_deref(), Some("canary"), "{uid}");
        }
        assert_eq!(named(&app, "filled").await.end, Some(EndState::Waiting), "a person looks at it");
        county.deliver("genuine", sent.as_bytes());
        settle(&app).await.unwrap();
        // Its number counts once: with other words under it, it is a mail like any other.
        let more = sent.replacen("Nobody has to do anything", "Somebody has to do something", 1);
        assert_ne!(more, sent);
        county.deliver("replayed", more.as_bytes());
        settle(&app).await.unwrap();
        assert_ne!(named(&app, "replayed").await.kind.as_deref(), Some("canary"));
        assert_eq!(app.engine.store.balance(None).await.unwrap().received, 4);
        all_is_well(&app, "after the forged test mails").await;
    });
}

#[test]
fn what_several_tasks_note_of_the_test_mails_at_once_is_all_kept() {
    for_each_house(async |house| {
        let county = county(house).await;
        let apps = [county.start_captured().await, county.start_captured().await];
        let engines = apps.iter().cycle().take(8).map(|app| app.engine.clone());
        let tasks: Vec<_> = engines.map(|engine| tokio::spawn(async move { engine.send_canary().await })).collect();
        for task in tasks {
            task.await.unwrap().unwrap();
        }
        assert_eq!(apps[0].engine.canaries().await.unwrap().len(), 8);
        send(&apps[0]).await.unwrap();
        for (number, letter) in county.captured.take().iter().enumerate() {
            county.deliver(&format!("canary-{number}"), &letter.message);
        }
        focus_family::daemon::round::take_in(&apps[0], &apps[0].mailboxes[0]).await.unwrap();
        let engines = apps.iter().cycle().take(4).map(|app| app.engine.clone());
        let tasks: Vec<_> = engines.map(|engine| tokio::spawn(async move { engine.take_next_mails(16).await })).collect();
        for task in tasks {
            task.await.unwrap().unwrap();
        }
        let back = apps[1].engine.canaries().await.unwrap().iter().filter(|flight| flight.back.is_some()).count();
        assert_eq!(back, 8);
        let filter = MailFilter { kind: Some("canary".to_owned()), ..MailFilter::default() };
        assert_eq!(apps[0].engine.store.mails(&filter).await.unwrap().len(), 8);
    });
}
