//! Colleagues use the mailbox at the same time: five hundred things they do at random, on a real server.

use std::collections::BTreeSet;

use focus_family::ambient::{Ambient, Script};
use focus_family::daemon::remote::{folder_state, take_in_once};
use focus_family::domain::time::Instant;

use super::{Office, PLAIN, mail, sorted};
use crate::support::dovecot::{Colleague, Dovecot};
use crate::support::engines::sqlite_house;

const ACTIONS: u32 = 500;

/// What people did and what must follow from it.
#[derive(Default)]
struct Story {
    delivered: u32,
    /// Numbers in INBOX that no look has met.
    unmet: BTreeSet<u32>,
    /// Numbers that were gone before a look met them.
    missed: u64,
    validity: u32,
}

#[test]
fn whatever_colleagues_do_each_mail_is_stored_once_or_told_as_gone() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let (server, user) = (Dovecot::get(), Dovecot::get().user());
        let office = Office::new(sqlite_house().open().await, server.plain, "live", &format!("{PLAIN}username = \"{user}\"\n"));
        let mut colleague = Colleague::new(server.plain, &user).await;
        colleague.run("CREATE Elsewhere").await;
        colleague.run("CREATE Processed").await;
        let chance = Ambient::Scripted(Script::new(Instant::UNIX_EPOCH, 20_261_122));
        let mut story = Story { validity: 1_000, ..Story::default() };
        look(&office, &mut story).await;
        for _ in 0..ACTIONS {
            act(&office, &mut colleague, &user, &chance, &mut story).await;
        }
        // Everything comes back to INBOX in the end, also from Processed: nothing may be taken for new.
        for folder in ["Elsewhere", "Processed"] {
            if !colleague.uids(folder).await.is_empty() {
                colleague.run("UID MOVE 1:* INBOX").await;
            }
        }
        look(&office, &mut story).await;
        look(&office, &mut story).await;
        assert!(colleague.uids("INBOX").await.is_empty());
        assert!(story.delivered > 60 && story.missed > 10, "{} delivered, {} missed", story.delivered, story.missed);
        assert_eq!(office.stored().await, sorted((0..story.delivered).map(mail).collect()), "each is stored, once");
        let state = folder_state(&office.app, "post", "INBOX").await.unwrap();
        assert_eq!(state.missed_total, story.missed, "what was gone before a look is told, no more and no less");
        assert!(state.renumbered > 5, "{} renumberings", state.renumbered);
    });
}

async fn look(office: &Office, story: &mut Story) {
    take_in_once(&office.app, &office.app.servers[0]).await.unwrap();
    story.unmet.clear();
}

async fn act(office: &Office, colleague: &mut Colleague, user: &str, chance: &Ambient, story: &mut Story) {
    let action = chance.below(20);
    let folder = if chance.below(2) == 0 { "Elsewhere" } else { "Processed" };
    let uids = colleague.uids(if matches!(action, 12..=14) { folder } else { "INBOX" }).await;
    let index = usize::try_from(chance.below(1_000)).unwrap();
    let one = uids.get(index % uids.len().max(1)).copied();
    let before: BTreeSet<u32> = colleague.uids("INBOX").await.into_iter().collect();
    match (action, one) {
        (0..=5, _) => {
            colleague.append("INBOX", &mail(story.delivered)).await;
            story.delivered += 1;
        }
        (6, Some(uid)) => colleague.run(&format!("UID STORE {uid} +FLAGS (\\Seen)")).await,
        (7, Some(uid)) => colleague.run(&format!("UID STORE {uid} +FLAGS (\\Flagged $Label1)")).await,
        (8..=10, Some(uid)) => colleague.run(&format!("UID MOVE {uid} Elsewhere")).await,
        // Thrown away, with a copy kept: the story must be able to bring everything back.
        (11, Some(uid)) => {
            colleague.run(&format!("UID COPY {uid} Elsewhere")).await;
            colleague.run(&format!("UID STORE {uid} +FLAGS (\\Deleted)")).await;
            colleague.run("EXPUNGE").await;
        }
        (12 | 13, Some(uid)) => {
            colleague.uids(folder).await;
            colleague.run(&format!("UID MOVE {uid} INBOX")).await;
        }
        (14, Some(uid)) => {
            colleague.uids(folder).await;
            colleague.run(&format!("UID COPY {uid} INBOX")).await;
        }
        (15, Some(uid)) => colleague.run(&format!("UID COPY {uid} INBOX")).await,
        (16, _) => {
            look(office, story).await;
            story.validity += 1;
            Dovecot::get().renumber(user, "INBOX", story.validity);
            look(office, story).await;
            return;
        }
        (17.., _) => return look(office, story).await,
        (_, None) => return,
    }
    let after: BTreeSet<u32> = colleague.uids("INBOX").await.into_iter().collect();
    story.missed += before.difference(&after).filter(|uid| story.unmet.contains(uid)).count() as u64;
    story.unmet.extend(after.difference(&before));
    story.unmet.retain(|uid| after.contains(uid));
}
