//! The largest mails there are: what they cost the running daemon in memory.

use std::time::{Duration, Instant as Moment};

use focus_family::store::EndState;

use super::bombs::kilobytes;
use super::place::{Place, rows};
use crate::support::daemon::mail_with;
use crate::support::dovecot::{Colleague, Dovecot};

/// Memory of the daemon at its most, kilobytes.
const MEMORY_KB: u64 = 300 << 10;

/// A mail of about `megabytes` with one file that nothing makes smaller.
fn mail(number: u32, megabytes: usize) -> Vec<u8> {
    let mut state = 0x2026_1122_u64;
    let bytes: Vec<u8> = (0..(megabytes << 20) / 4 * 3 / 102 * 100)
        .map(|_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (state >> 33) as u8
        })
        .collect();
    mail_with(number, &[("photographs.bin", "application/octet-stream", &bytes)])
}

async fn until_ended(place: &Place, mails: usize) -> Vec<EndState> {
    let app = place.open().await;
    let since = Moment::now();
    loop {
        let ends: Vec<EndState> = rows(&app).await.iter().filter_map(|row| row.end).collect();
        if ends.len() == mails {
            return ends;
        }
        assert!(since.elapsed() < Duration::from_secs(300), "{} of {mails} mails ended", ends.len());
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

fn told(what: &str, kb: u64) {
    eprintln!("{what}: daemon at most {} MiB", kb >> 10);
    assert!(kb <= MEMORY_KB, "{what}: {kb} KB");
}

#[test]
#[ignore = "takes memory: `./test bombs`"]
fn a_mail_just_below_the_limit_and_one_above_it_leave_the_daemon_small_in_a_folder() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        for megabytes in [49, 60] {
            let folder = tempfile::tempdir().unwrap();
            let mut place = Place::new(folder.path(), &[]);
            let life = place.live(&[]);
            life.ready();
            let (raw, name) = (mail(1, megabytes), format!("mail-{megabytes}"));
            assert_eq!(raw.len() < 50 << 20, megabytes == 49, "{}", raw.len());
            std::fs::write(folder.path().join("mailbox/tmp").join(&name), &raw).unwrap();
            std::fs::rename(folder.path().join("mailbox/tmp").join(&name), folder.path().join("mailbox/new").join(&name))
                .unwrap();
            let ends = until_ended(&place, 1).await;
            let kb = kilobytes(life.process(), "VmHWM");
            life.kill();
            told(&format!("a mail of {} MB in a folder ({})", raw.len() >> 20, ends[0].as_str()), kb);
        }
    });
}

#[test]
#[ignore = "takes memory: `./test bombs`"]
fn a_mail_just_below_the_limit_and_one_above_it_leave_the_daemon_small_over_imap() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        for megabytes in [49, 60] {
            let server = Dovecot::get();
            let user = server.user();
            let folder = tempfile::tempdir().unwrap();
            let imap = server.as_mailbox(folder.path(), &user);
            let mut place = Place::new(folder.path(), &[("kind = \"maildir\"\npath = \"mailbox\"\n", &imap)]);
            let raw = mail(1, megabytes);
            Colleague::new(server.plain, &user).await.append("INBOX", &raw).await;
            let life = place.live(&[]);
            life.ready();
            let ends = until_ended(&place, 1).await;
            let kb = kilobytes(life.process(), "VmHWM");
            life.kill();
            told(&format!("a mail of {} MB over IMAP ({})", raw.len() >> 20, ends[0].as_str()), kb);
        }
    });
}
