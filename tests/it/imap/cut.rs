//! Connections that end at every byte, and folders that get new numbers between any two commands.

use focus_family::daemon::remote::take_in_once;
use focus_family::store::MailFilter;

use super::scripted::{EXCHANGE, Faults, Post};
use super::{Office, PLAIN, mail, sorted};
use crate::support::engines::sqlite_house;

const NO_MOVE: &str = "IMAP4rev1 AUTH=PLAIN UIDPLUS";

/// Two mails in INBOX, new for every `round`, a second later than the round before.
fn two(office: &Office, post: &Post, round: usize) -> Vec<Vec<u8>> {
    let first = u32::try_from(round * 2).unwrap();
    let mails = vec![mail(first), mail(first + 1)];
    for mail in &mails {
        post.deliver(mail);
    }
    let now = office.app.engine.ambient.now();
    office.script.set(now.checked_add(jiff::SignedDuration::from_secs(1)).unwrap());
    let mut state = post.state();
    (state.said, state.heard) = (0, 0);
    state.commands.clear();
    mails
}

/// The bytes of this round's mails in the ledger, without copies.
async fn kept(office: &Office) -> Vec<Vec<u8>> {
    let store = &office.app.engine.store;
    let newest = store.mails(&MailFilter { limit: 20, ..MailFilter::default() }).await.unwrap();
    let now = office.app.engine.ambient.now();
    let mut kept = Vec::new();
    for row in newest.into_iter().filter(|row| row.received_at == now && row.same_as.is_none()) {
        kept.push(store.raw_mail(row.mail).await.unwrap().unwrap());
    }
    sorted(kept)
}

/// Looks until a look succeeds; then everything is stored once and lies in `Processed` once.
async fn settles(office: &Office, post: &Post, mails: &[Vec<u8>], when: &str) {
    let mut looks = 0;
    while take_in_once(&office.app, &office.app.servers[0]).await.is_err() {
        looks += 1;
        assert!(looks < 9, "{when}: it does not settle");
    }
    assert_eq!(sorted(post.holds("Processed")), sorted(mails.to_vec()), "{when}: what lies in Processed");
    assert!(post.holds("INBOX").is_empty(), "{when}: INBOX is empty");
    assert_eq!(kept(office).await, sorted(mails.to_vec()), "{when}: every mail is in the ledger, once");
    post.state().folder("Processed").mails.clear();
}

fn at_places(capabilities: &'static str, heard: bool, places: (usize, usize)) {
    let house = sqlite_house();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let post = Post::open(capabilities).await;
        let office = Office::new(house.open().await, post.port, "live", PLAIN);
        // The first round makes the folder `Processed`; the second is the dialogue that is recorded.
        let mut whole = 0;
        for round in 0..2 {
            let mails = two(&office, &post, round);
            settles(&office, &post, &mails, "no cut").await;
            whole = if heard { post.state().heard } else { post.state().said };
        }
        assert!(whole > 300, "a dialogue of {whole} bytes");
        let (first, step) = places;
        for place in (first..whole).step_by(step) {
            let mails = two(&office, &post, place + 2);
            if heard {
                post.state().faults.cut_heard = Some(place);
            } else {
                post.state().faults.cut_said = Some(place);
            }
            let cut = take_in_once(&office.app, &office.app.servers[0]).await;
            // The farewell is the last of it; how it goes changes nothing.
            assert!(cut.is_err() || place + 45 > whole, "cut at {place} of {whole}");
            post.state().faults = Faults::default();
            settles(&office, &post, &mails, &format!("cut at byte {place} of {whole}")).await;
        }
    });
}

#[test]
fn a_connection_that_ends_after_any_byte_of_the_server_loses_and_doubles_nothing() {
    at_places(EXCHANGE, false, (0, 2));
}

#[test]
fn nor_does_one_to_a_server_that_can_only_copy() {
    // The other half of the bytes: most of the dialogue is the same.
    at_places(NO_MOVE, false, (1, 2));
}

#[test]
fn a_server_that_leaves_within_any_command_loses_and_doubles_nothing() {
    at_places(EXCHANGE, true, (0, 5));
}

#[test]
fn new_numbers_between_any_two_commands_lose_and_double_nothing() {
    for capabilities in [EXCHANGE, NO_MOVE] {
        let house = sqlite_house();
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        runtime.block_on(async {
            let post = Post::open(capabilities).await;
            let office = Office::new(house.open().await, post.port, "live", PLAIN);
            let mut commands = 0;
            for round in 0..2 {
                let mails = two(&office, &post, round);
                settles(&office, &post, &mails, "no new numbers").await;
                commands = post.state().commands.len();
            }
            assert!(commands > 8, "only {commands} commands");
            for number in 0..commands {
                let mails = two(&office, &post, number + 2);
                post.state().faults.renumber_before = Some(number);
                // A look that meets the new numbers may give up; the next ones do the rest.
                let _met = take_in_once(&office.app, &office.app.servers[0]).await;
                for _ in 0..2 {
                    take_in_once(&office.app, &office.app.servers[0]).await.unwrap();
                }
                let when = format!("new numbers before command {number}");
                assert!(post.holds("INBOX").is_empty(), "{when}");
                assert_eq!(kept(&office).await, sorted(mails.clone()), "{when}: each is stored, once");
                let processed = post.holds("Processed");
                assert!(mails.iter().all(|mail| processed.contains(mail)), "{when}: each lies in Processed");
                post.state().folder("Processed").mails.clear();
            }
        });
    }
}
