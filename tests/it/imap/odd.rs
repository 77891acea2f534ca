//! Servers that lie, ask for pauses, refuse and fall silent.

use focus_family::daemon::remote::{folder_state, take_in_once};
use focus_family::daemon::round::RoundError;
use focus_family::mailbox::RemoteError;

use super::scripted::{EXCHANGE, Folder, Post};
use super::{Office, PLAIN, mail, sorted};
use crate::support::engines::{for_each_engine, sqlite_house};

/// Runs `test` with an Exchange and a program that watches it.
fn with_exchange(mode: &str, more: &str, test: impl AsyncFn(&Office, &Post)) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let post = Post::open(EXCHANGE).await;
        let office = Office::new(sqlite_house().open().await, post.port, mode, &format!("{PLAIN}{more}"));
        test(&office, &post).await;
    });
}

async fn look(office: &Office) -> Result<usize, RoundError> {
    take_in_once(&office.app, &office.app.servers[0]).await
}

/// How many commands a look at one mail takes, once `Processed` is there.
async fn commands(office: &Office, post: &Post) -> usize {
    for number in [1, 2] {
        post.state().commands.clear();
        post.deliver(&mail(number));
        look(office).await.unwrap();
    }
    post.state().commands.len()
}

#[test]
fn a_large_mail_comes_whole_whatever_size_the_server_claims() {
    with_exchange("live", "", async |office, post| {
        let mut mails = Vec::new();
        for (number, claimed) in [(1, Some(1)), (2, Some(9_000_000_000)), (3, Some(4_000_000_000)), (4, None), (5, Some(0))] {
            let mut large = mail(number);
            // More than two parts, and one that ends exactly where a part ends.
            let wanted = if number == 4 { 2 << 20 } else { (2 << 20) + 77 };
            large.resize(wanted, b'x');
            post.state().faults.size = claimed;
            post.deliver(&large);
            mails.push(large);
            assert_eq!(look(office).await.unwrap(), 1);
        }
        // Claimed to be larger than anything that is kept, yet it ends: only its head is kept, and it is told as cut.
        let ledger = office.ledger().await;
        let cut: Vec<bool> = ledger.iter().map(|row| row.cut).collect();
        assert_eq!(cut.iter().filter(|cut| **cut).count(), 1, "{cut:?}: only the one whose claim can be read as too large");
        assert_eq!(post.holds("Processed").len(), mails.len());
    });
}

#[test]
fn a_server_that_gives_less_than_was_asked_for_is_asked_on_until_the_mail_is_whole() {
    with_exchange("live", "", async |office, post| {
        let mut mails = Vec::new();
        for (number, bytes, short) in [(1, 100_000, 30_000), (2, (1 << 20) + 9, 300_000), (3, 2_000, 2_000), (4, 90_000, 30_000)]
        {
            let mut large = mail(number);
            large.resize(bytes, b'x');
            post.state().faults.short = Some(short);
            post.deliver(&large);
            mails.push(large);
            assert_eq!(look(office).await.unwrap(), 1);
        }
        assert_eq!(office.stored().await, sorted(mails));
        assert!(office.ledger().await.iter().all(|row| !row.cut));
    });
}

#[test]
fn a_literal_that_lies_costs_no_memory_and_holds_up_no_other_mail() {
    for announced in [4_294_967_296, 600_000_000, u64::MAX] {
        with_exchange("live", "", async |office, post| {
            let bad = post.deliver(&mail(1));
            let good: Vec<_> = (2..5).map(mail).collect();
            for mail in &good {
                post.deliver(mail);
            }
            post.state().faults.literal = Some((bad, announced));
            for _ in 0..3 {
                assert!(look(office).await.is_err(), "the connection is useless after it");
            }
            assert_eq!(look(office).await.unwrap(), 0, "then it is passed over");
            assert_eq!(office.stored().await, sorted(good.clone()));
            let state = folder_state(&office.app, "post", "INBOX").await.unwrap();
            assert_eq!((state.unreadable, state.pending), (vec![bad.to_string()], vec![bad.to_string()]), "and told");
        });
    }
}

#[test]
fn a_throttled_request_waits_as_long_as_the_server_asks_and_nothing_is_lost() {
    with_exchange("live", "", async |office, post| {
        let commands = commands(office, post).await;
        for number in 2..commands {
            post.deliver(&mail(100 + u32::try_from(number).unwrap()));
            post.state().commands.clear();
            post.state().faults.instead =
                Some((number, "TAG BAD Request is throttled. Suggested Backoff Time: 92415 milliseconds\r\n"));
            let asked = look(office).await;
            assert!(
                matches!(asked, Err(RoundError::Remote(RemoteError::Busy { seconds: 93 }))) || number + 1 == commands,
                "{asked:?}"
            );
            post.state().faults.instead = None;
            look(office).await.unwrap();
            assert!(post.holds("INBOX").is_empty());
        }
        assert_eq!(office.stored().await, sorted(post.holds("Processed")));
    });
}

#[test]
fn a_goodbye_at_any_command_is_no_answer() {
    with_exchange("live", "", async |office, post| {
        let commands = commands(office, post).await;
        for number in 0..commands - 1 {
            post.deliver(&mail(100 + u32::try_from(number).unwrap()));
            post.state().commands.clear();
            post.state().faults.instead = Some((number, "* BYE Session invalidated - AccessTokenExpired\r\n"));
            assert!(look(office).await.is_err(), "at command {number}");
            look(office).await.unwrap();
            assert!(post.holds("INBOX").is_empty());
        }
        assert_eq!(office.stored().await, sorted(post.holds("Processed")));
    });
}

#[test]
fn a_refused_move_leaves_the_mail_in_place_and_known_and_is_told_after_an_hour() {
    with_exchange("live", "", async |office, post| {
        post.deliver(&mail(1));
        post.state().faults.refuse_move = Some("NO [OVERQUOTA] the mailbox is full");
        assert_eq!(look(office).await.unwrap(), 1);
        assert_eq!(look(office).await.unwrap(), 0, "not taken in again");
        let state = folder_state(&office.app, "post", "INBOX").await.unwrap();
        assert_eq!(state.lingering.map(|since| since.count), Some(1));
        post.state().faults.refuse_move = None;
        look(office).await.unwrap();
        assert_eq!((post.holds("INBOX").len(), post.holds("Processed").len()), (0, 1));
        assert_eq!(folder_state(&office.app, "post", "INBOX").await.unwrap().lingering, None);
    });
}

#[test]
fn without_any_way_to_remove_one_mail_nothing_is_removed_at_all() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let post = Post::open("IMAP4rev1").await;
        let office = Office::new(sqlite_house().open().await, post.port, "live", PLAIN);
        post.deliver(&mail(1));
        let marked = post.deliver(&mail(2));
        look(&office).await.unwrap();
        post.state().folder("INBOX").append(mail(3));
        look(&office).await.unwrap();
        look(&office).await.unwrap();
        assert!(post.state().commands.iter().all(|command| !command.contains("EXPUNGE")), "a colleague's marks stay theirs");
        assert_eq!(post.state().folder("INBOX").mails.len(), 3, "the marked ones stay");
        assert!(post.state().folder("INBOX").mails.iter().any(|mail| mail.uid == marked && mail.deleted));
        assert_eq!(post.holds("Processed").len(), 3, "and each was copied once");
        assert_eq!(office.stored().await.len(), 3);
    });
}

#[test]
fn while_observing_nothing_in_the_mailbox_changes() {
    with_exchange("observe", "junk = \"Junk Email\"\n", async |office, post| {
        post.state().folders.insert("Junk Email".to_owned(), Folder { validity: 5, next: 1, mails: Vec::new() });
        post.state().folder("Junk Email").append(mail(9));
        post.deliver(&mail(1));
        assert_eq!(look(office).await.unwrap(), 1);
        assert_eq!(look(office).await.unwrap(), 0);
        assert_eq!(post.holds("INBOX").len(), 1);
        for verb in ["MOVE", "COPY", "STORE", "EXPUNGE", "CREATE", "APPEND", "CLOSE"] {
            assert!(post.state().commands.iter().all(|command| !command.contains(verb)), "{verb}");
        }
        assert_eq!(office.stored().await.len(), 1, "junk is not opened");
        let account = focus_family::daemon::remote::account_state(&office.app, "post").await.unwrap();
        assert_eq!(account.junk.map(|junk| junk.count), Some(1), "and counted");
    });
}

#[test]
fn a_mail_that_was_gone_before_it_could_be_taken_in_is_told() {
    for_each_engine(async |store| {
        let post = Post::open(EXCHANGE).await;
        let office = Office::new(store, post.port, "live", PLAIN);
        post.deliver(&mail(1));
        look(&office).await.unwrap();
        let gone = post.deliver(&mail(2));
        post.state().folder("INBOX").mails.clear();
        post.deliver(&mail(3));
        look(&office).await.unwrap();
        look(&office).await.unwrap();
        let state = folder_state(&office.app, "post", "INBOX").await.unwrap();
        let missed: Vec<&str> = state.missed.iter().map(|missed| missed.uid.as_str()).collect();
        assert_eq!((missed, state.missed_total), (vec![gone.to_string().as_str()], 1), "once");
        // Moved back by the colleague, it has a new number and is taken in.
        post.deliver(&mail(2));
        assert_eq!(look(&office).await.unwrap(), 1);
        assert_eq!(office.stored().await.len(), 3);
    });
}
