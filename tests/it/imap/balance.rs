//! The sum must come out: received = cases + attached + requests + automatic + waiting, and what is missing is told every day.

use focus_family::daemon::remote::take_in_once;
use focus_family::daemon::round::settle;
use focus_family::store::Balance;

use super::scripted::{EXCHANGE, Post};
use super::{Office, PLAIN, mail};
use crate::support::daemon::nomination;
use crate::support::engines::for_each_engine;

const BOUNCE: &[u8] = b"From: MAILER-DAEMON@mail.example.org\r\nTo: focusfamily@council.example.org\r\nSubject: Undelivered\r\n\
    Auto-Submitted: auto-replied\r\nReturn-Path: <>\r\nMessage-ID: <b1@mail.example.org>\r\n\r\nIt did not arrive.\r\n";

#[test]
fn every_mail_received_stands_in_the_sum_and_the_day_after_a_person_is_told_what_is_missing() {
    for_each_engine(async |store| {
        let post = Post::open(EXCHANGE).await;
        let office = Office::new(store, post.port, "live", PLAIN);
        for raw in [nomination(1), nomination(1), mail(2), BOUNCE.to_vec()] {
            post.deliver(&raw);
        }
        settle(&office.app).await.unwrap();
        post.deliver(&mail(3));
        post.state().folder("INBOX").mails.clear();
        take_in_once(&office.app, &office.app.servers[0]).await.unwrap();

        let balance = office.app.engine.store.balance(None).await.unwrap();
        let Balance { received, cases, attached, requests, automatic, waiting, unended } = balance;
        assert_eq!(received, cases + attached + requests + automatic + waiting + unended);
        assert_eq!((received, cases, attached, automatic, unended), (4, 1, 1, 1, 0), "{balance}");
        assert!(balance.to_string().starts_with("received 4 = cases 1 + attached 1 + requests "), "{balance}");
        let later = office.app.engine.ambient.now();
        let tomorrow = later.checked_add(jiff::SignedDuration::from_hours(24)).unwrap();
        assert_eq!(office.app.engine.store.balance(Some(tomorrow)).await.unwrap(), Balance::default());

        office.script.set(tomorrow);
        settle(&office.app).await.unwrap();
        let outbox = office.folder.path().join("outbox");
        let letters: Vec<String> = std::fs::read_dir(outbox)
            .unwrap()
            .map(|entry| std::fs::read_to_string(entry.unwrap().path()).unwrap().replace("=\r\n", "").replace("=3D", "="))
            .filter(|text| text.contains("Please look: "))
            .collect();
        assert_eq!(letters.len(), 1, "one summary, to the team");
        assert!(letters[0].contains("received 4 = cases 1 + attached 1"), "{}", letters[0]);
        assert!(letters[0].contains("in INBOX, 1 email left before the program had read it"), "{}", letters[0]);
    });
}
