//! Automatic answers: the first goes at once, at most one mail an hour and five a day to one address, every reference in exactly one.

use std::collections::BTreeMap;

use focus_family::daemon::app::App;
use focus_family::daemon::round::{send, settle};
use focus_family::store::{LetterFilter, LetterState, MailFilter, TaskFilter};

use crate::support::daemon::{County, all_is_well, nomination, referrer};
use crate::support::engines::{for_each_house, sqlite_house};

const SCHOOL: &str = "head@westbeck.example.org";

/// A nomination of another family by the same school.
fn by_school(number: u32) -> Vec<u8> {
    let text = String::from_utf8(nomination(number)).unwrap();
    text.replace(&referrer(number), SCHOOL).into_bytes()
}

/// A mail the program can make nothing of: it is answered with a receipt.
fn chatter(number: u32, from: &str, subject: &str) -> Vec<u8> {
    format!("From: {from}\r\nTo: focusfamily@council.example.org\r\nSubject: {subject}\r\nMessage-ID: <{number}@x.example.org>\r\n\r\nWord {number}.\r\n")
        .into_bytes()
}

/// Texts of the mails that left for `address` since the last look.
fn mails_to(county: &County<'_>, address: &str) -> Vec<String> {
    let sent = county.captured.take().into_iter().filter(|letter| letter.to.as_str() == address);
    sent.map(|letter| {
        let message = mail_parser::MessageParser::default().parse(&letter.message).unwrap();
        format!("{}\n{}", message.subject().unwrap(), message.body_text(0).unwrap())
    })
    .collect()
}

/// How often each reference of a case is told in these mails, as a line of its own or in the subject.
async fn told(app: &App, mails: &[String]) -> Vec<usize> {
    let rows = app.engine.store.mails(&MailFilter { limit: 1_000, oldest_first: true, ..MailFilter::default() }).await.unwrap();
    let mut references: BTreeMap<String, usize> = BTreeMap::new();
    for row in rows {
        let number = row.reference.map_or(row.receipt, |reference| reference.to_string());
        let count = mails.iter().filter(|mail| mail.contains(&number)).count();
        references.insert(number, count);
    }
    references.into_values().collect()
}

#[test]
fn three_nominations_at_once_get_one_mail_that_names_three_references() {
    for_each_house(async |house| {
        let county = County::new(house).await;
        let app = county.start_captured().await;
        for number in 1..=3 {
            county.deliver(&format!("mail-{number}"), &by_school(number));
        }
        settle(&app).await.unwrap();
        let mails = mails_to(&county, SCHOOL);
        assert_eq!(mails.len(), 1, "{mails:?}");
        assert_eq!(told(&app, &mails).await, [1, 1, 1], "{mails:?}");
        all_is_well(&app, "after the answer").await;
    });
}

#[test]
fn the_first_answer_goes_at_once_and_those_within_the_hour_go_together_after_it() {
    for_each_house(async |house| {
        let county = County::new(house).await;
        let app = county.start_captured().await;
        let mut all = Vec::new();
        for (number, expected) in [(1, 1), (2, 0), (3, 0)] {
            county.deliver(&format!("mail-{number}"), &by_school(number));
            settle(&app).await.unwrap();
            let mails = mails_to(&county, SCHOOL);
            assert_eq!(mails.len(), expected, "after mail {number}");
            all.extend(mails);
            county.pass_seconds(1_000);
        }
        county.pass_seconds(700);
        // Several daemons look at the same moment: one of them sends.
        let others = [county.start_captured().await, county.start_captured().await];
        let (one, two, three) = tokio::join!(send(&app), send(&others[0]), send(&others[1]));
        drop((one.unwrap(), two.unwrap(), three.unwrap()));
        settle(&app).await.unwrap();
        let later = mails_to(&county, SCHOOL);
        assert_eq!(later.len(), 1, "{later:?}");
        assert!(later[0].contains("We received your emails: 2 numbers"), "{later:?}");
        all.extend(later);
        assert_eq!(told(&app, &all).await, [1, 1, 1], "{all:?}");
        all_is_well(&app, "after the answers").await;
    });
}

#[test]
fn two_machines_that_answer_each_other_end_after_five_mails_a_day() {
    let house = sqlite_house();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let county = County::new(&house).await;
        let app = county.start_captured().await;
        let robot = "helpdesk@robot.example.org";
        county.deliver("robot-0", &chatter(0, robot, "Ticket opened"));
        let mut mails = Vec::new();
        // It answers each of our mails at once, and asks again every half hour, with nothing that says it is a machine.
        for number in 1..48_u32 {
            settle(&app).await.unwrap();
            let new = mails_to(&county, robot);
            for (part, _) in new.iter().enumerate() {
                county.deliver(&format!("robot-{number}-{part}"), &chatter(1_000 + number, robot, "Your mail was received"));
            }
            mails.extend(new);
            county.deliver(&format!("robot-{number}"), &chatter(number, robot, "Is there any news"));
            county.pass_seconds(1_790);
        }
        assert_eq!(mails.len(), 5, "{mails:?}");
        let waiting = LetterFilter { state: Some(LetterState::Gathering), limit: 1_000, ..LetterFilter::default() };
        assert!(!app.engine.store.letters(&waiting).await.unwrap().is_empty(), "what is not answered yet is not lost");
        county.pass_seconds(3_700);
        settle(&app).await.unwrap();
        mails.extend(mails_to(&county, robot));
        assert!(told(&app, &mails).await.into_iter().all(|count| count <= 1), "each number once");
    });
}

#[test]
fn a_flood_of_senders_is_answered_fifty_an_hour_and_a_person_is_told() {
    let house = sqlite_house();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let county = County::new(&house).await;
        let app = county.start_captured().await;
        for number in 0..60 {
            county.deliver(&format!("mail-{number}"), &chatter(number, &format!("x{number}@flood.example.org"), "hello"));
        }
        settle(&app).await.unwrap();
        let receipts = |letters: Vec<focus_family::delivery::CapturedLetter>| {
            letters.iter().filter(|letter| letter.to.as_str().ends_with("@flood.example.org")).count()
        };
        let first = receipts(county.captured.take());
        let tasks = app.engine.store.tasks(&TaskFilter::default()).await.unwrap();
        let said = tasks.iter().filter(|task| task.says.contains("automatic answers left within an hour")).count();
        assert_eq!((first, said), (50, 1));
        county.pass_seconds(3_601);
        settle(&app).await.unwrap();
        assert_eq!(receipts(county.captured.take()), 10, "nothing is lost");
    });
}

#[test]
fn mails_in_the_names_of_others_hold_back_no_answer_to_a_proven_sender() {
    let house = sqlite_house();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let county =
            County::with_trust(&house, "trust = \"border_results\"\nborder_servers = [\"mx.council.example.org\"]").await;
        let app = county.start_captured().await;
        // More than an hour's letters are made of them: a receipt and a word to the team each, and some open cases.
        for number in 0..70 {
            county.deliver(&format!("a-{number}"), &chatter(number, &format!("a{number}@forged.example.org"), "hello"));
        }
        for number in 30..50 {
            county.deliver(&format!("b-{number}"), &nomination(number));
        }
        settle(&app).await.unwrap();
        let proven = |number: u32| {
            let pass = "Authentication-Results: mx.council.example.org; dmarc=pass header.from=lakefoot-families.example.org\r\n";
            [pass.as_bytes(), &nomination(number)].concat()
        };
        for number in 1..=20 {
            county.deliver(&format!("z-{number}"), &proven(number));
        }
        settle(&app).await.unwrap();
        let letters = county.captured.take();
        let to = |who: &dyn Fn(&str) -> bool| letters.iter().filter(|letter| who(letter.to.as_str())).count();
        let acknowledged = (1..=20).filter(|&number| to(&|to| to == referrer(number)) == 1).count();
        assert_eq!(acknowledged, 20, "every proven sender has an answer within the hour");
        let receipts = to(&|to| to.ends_with("@forged.example.org"))
            + (30..50).map(|number| to(&|to| to == referrer(number))).sum::<usize>();
        assert!((1..=25).contains(&receipts), "the others share a budget of their own: {receipts}");
        assert!(letters.len() <= 120, "{}", letters.len());
    });
}
