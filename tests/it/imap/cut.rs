//! Connections that end at every byte, and folders that get new numbers between any two commands.

use focus_family::daemon::remote::take_in_once;

use super::scripted::{EXCHANGE, Post};
use super::{Office, PLAIN, mail, sorted};
use crate::support::engines::sqlite_house;

const NO_MOVE: &str = "IMAP4rev1 AUTH=PLAIN UIDPLUS";

/// Three mails in INBOX, new for every `round`.
fn three(post: &Post, round: u32) -> Vec<Vec<u8>> {
    let mails: Vec<_> = (0..3).map(|index| mail(round * 3 + index)).collect();
    mails.iter().for_each(|mail| drop(post.deliver(mail)));
    let mut state = post.state();
    (state.said, state.heard) = (0, 0);
    state.commands.clear();
    mails
}

/// Looks until a look succeeds twice; then everything is stored once and lies in `Processed` once.
async fn settles(office: &Office, post: &Post, mails: &[Vec<u8>], before: usize, when: &str) {
    let mut good = 0;
    for _ in 0..12 {
        good += usize::from(take_in_once(&office.app, &office.app.servers[0]).await.is_ok());
        if good == 2 {
            break;
        }
    }
    assert_eq!(good, 2, "{when}: it does not settle");
    assert_eq!(sorted(post.holds("Processed")), sorted(mails.to_vec()), "{when}: what lies in Processed");
    assert!(post.holds("INBOX").is_empty(), "{when}: INBOX is empty");
    let firsts: Vec<_> = office.ledger().await.into_iter().filter(|row| row.same_as.is_none()).collect();
    assert_eq!(firsts.len() - before, mails.len(), "{when}: every mail is in the ledger, once");
    post.state().folder("Processed").mails.clear();
}

fn at_every_place(capabilities: &'static str, heard: bool) -> usize {
    let house = sqlite_house();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let post = Post::open(capabilities).await;
        let office = Office::new(house.open().await, post.port, "live", PLAIN);
        let mails = three(&post, 0);
        take_in_once(&office.app, &office.app.servers[0]).await.unwrap();
        let whole = if heard { post.state().heard } else { post.state().said };
        assert!(whole > 500, "a dialogue of {whole} bytes");
        settles(&office, &post, &mails, 0, "no cut").await;
        for place in 0..whole {
            let round = u32::try_from(place).unwrap() + 1;
            let before = office.ledger().await.len();
            let mails = three(&post, round);
            let at = Some(place);
            if heard {
                post.state().faults.cut_heard = at;
            } else {
                post.state().faults.cut_said = at;
            }
            assert!(take_in_once(&office.app, &office.app.servers[0]).await.is_err() || place + 40 > whole, "cut at {place}");
            post.state().faults = super::scripted::Faults::default();
            settles(&office, &post, &mails, before, &format!("cut at byte {place} of {whole}")).await;
        }
        whole
    })
}

#[test]
fn a_connection_that_ends_after_any_byte_of_the_server_loses_and_doubles_nothing() {
    at_every_place(EXCHANGE, false);
}

#[test]
fn nor_does_one_to_a_server_that_can_only_copy() {
    at_every_place(NO_MOVE, false);
}

#[test]
fn a_server_that_leaves_within_any_command_loses_and_doubles_nothing() {
    at_every_place(EXCHANGE, true);
}

#[test]
fn new_numbers_between_any_two_commands_lose_and_double_nothing() {
    for capabilities in [EXCHANGE, NO_MOVE] {
        let house = sqlite_house();
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        runtime.block_on(async {
            let post = Post::open(capabilities).await;
            let office = Office::new(house.open().await, post.port, "live", PLAIN);
            three(&post, 0);
            take_in_once(&office.app, &office.app.servers[0]).await.unwrap();
            let commands = post.state().commands.len();
            assert!(commands > 8, "only {commands} commands");
            post.state().folder("Processed").mails.clear();
            for number in 0..commands {
                let firsts = office.stored().await;
                let mails = three(&post, u32::try_from(number).unwrap() + 1);
                post.state().faults.renumber_before = Some(number);
                // A look that meets the new numbers may give up; the next ones do the rest.
                let _met = take_in_once(&office.app, &office.app.servers[0]).await;
                for _ in 0..4 {
                    take_in_once(&office.app, &office.app.servers[0]).await.unwrap();
                }
                let when = format!("new numbers before command {number}");
                assert!(post.holds("INBOX").is_empty(), "{when}");
                let kept: Vec<_> = office.stored().await.into_iter().filter(|raw| !firsts.contains(raw)).collect();
                assert_eq!(sorted(kept), sorted(mails.clone()), "{when}: each is stored, once");
                let processed = post.holds("Processed");
                assert!(mails.iter().all(|mail| processed.contains(mail)), "{when}: each lies in Processed");
                post.state().folder("Processed").mails.clear();
            }
        });
    }
}
