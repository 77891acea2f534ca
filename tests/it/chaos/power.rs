//! Power cuts: the file system forgets at once whatever was not made durable, as a machine without current does.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use focus_family::daemon::commands::invariants;

use super::place::{Place, rows};
use super::{Dice, Length, length};
use crate::support::daemon::all_is_well;
use crate::support::dovecot::{Colleague, Dovecot};

/// A file system of its own in a file, whose current can be cut. Needs root.
struct Disk {
    image: PathBuf,
    mount: PathBuf,
}

impl Disk {
    /// None when this machine gives no such disk: then the reason was said.
    fn new(folder: &Path) -> Option<Self> {
        let disk = Self { image: folder.join("disk.img"), mount: folder.join("disk") };
        std::fs::create_dir(&disk.mount).unwrap();
        let image = std::fs::File::create(&disk.image).unwrap();
        image.set_len(192 << 20).unwrap();
        let made = quiet(Command::new("mkfs.ext4").args(["-q", "-F"]).arg(&disk.image));
        if !made || !disk.mount() {
            eprintln!("NOT RUN: a power cut needs root, mkfs.ext4 and a loop device");
            return None;
        }
        Some(disk)
    }

    fn mount(&self) -> bool {
        quiet(Command::new("mount").args(["-o", "loop"]).arg(&self.image).arg(&self.mount))
    }

    /// `EXT4_IOC_SHUTDOWN` without a flush of the log: what was not synced is gone, every call from now on fails.
    fn cut(&self) {
        let script =
            "import fcntl,os,struct,sys; fcntl.ioctl(os.open(sys.argv[1], os.O_RDONLY), 0x8004587d, struct.pack('I', 2))";
        assert!(quiet(Command::new("python3").args(["-c", script]).arg(&self.mount)), "the current can be cut");
    }

    /// Current again: the journal is replayed.
    fn restore(&self) {
        let since = Instant::now();
        while !quiet(Command::new("umount").arg(&self.mount)) {
            // The killed daemon's children end when they notice.
            assert!(since.elapsed() < Duration::from_secs(10), "nobody holds the disk");
            std::thread::sleep(Duration::from_millis(20));
        }
        assert!(self.mount(), "it mounts again");
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        quiet(Command::new("umount").arg("-l").arg(&self.mount));
    }
}

fn quiet(command: &mut Command) -> bool {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
}

#[test]
#[ignore = "mounts a disk and cuts its current: `./test chaos`"]
fn what_was_acknowledged_survives_a_power_cut() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let folder = tempfile::tempdir().unwrap();
        let Some(disk) = Disk::new(folder.path()) else { return };
        let rounds = match length() {
            Length::Glance => 4,
            Length::Short => 20,
            Length::Full => 200,
        };
        let server = Dovecot::get();
        let user = server.user();
        let imap = server.as_mailbox(&disk.mount, &user);
        let mut place = Place::new(&disk.mount, &[("kind = \"maildir\"\npath = \"mailbox\"\n", &imap)]);
        // The key and the settings were written long before any mail came.
        assert!(quiet(Command::new("sync").arg("-f").arg(&disk.mount)));
        let mut sender = Colleague::new(server.plain, &user).await;
        sender.run("CREATE Processed").await;
        let mut dice = Dice::new(5);
        let mut sent = 0;
        for round in 1..=rounds {
            for _ in 0..8 {
                sender.append("INBOX", &focus_family::demo::bench_mail(sent, 0)).await;
                sent += 1;
            }
            let life = place.live(&[]);
            life.ready();
            std::thread::sleep(Duration::from_millis(20 + dice.below(1_200)));
            disk.cut();
            life.kill();
            disk.restore();
            // What was moved on the server was acknowledged, and so was every letter the other server took.
            let (moved, heard) = (sender.uids("Processed").await.len(), place.heard());
            if !disk.mount.join("focus-family.db").exists() {
                assert_eq!((moved, heard.len()), (0, 0), "round {round}");
                continue;
            }
            let app = place.open().await;
            let stored = rows(&app).await.len();
            assert!(stored >= moved, "round {round}: {moved} mails were moved, {stored} survived the cut");
            for id in heard.keys() {
                let row = app.engine.store.letter_with_message_id(id).await.unwrap();
                assert!(row.is_some(), "round {round}: {id} left and nobody knows of it");
            }
            let broken = invariants(&app).await.unwrap();
            // An hour passes between two lives, so what was in hand at one cut and at the next is late, which is right:
            // that everything ends and leaves is asked when the current stays.
            let late = |says: &String| says.contains("has not ended") || says.contains("has not gone out");
            let broken: Vec<_> = broken.iter().filter(|says| !late(says)).collect();
            assert!(broken.is_empty(), "round {round}: {broken:?}");
            assert_eq!(app.engine.store.verify_chain().await.unwrap().first_bad, None, "round {round}");
            app.engine.store.close().await;
        }
        let app = place.settle(sent).await;
        assert_eq!(rows(&app).await.len(), sent);
        assert!(sender.uids("INBOX").await.is_empty());
        all_is_well(&app, "after all power cuts").await;
        app.engine.store.close().await;
        drop(app);
        eprintln!("{rounds} power cuts, {sent} mails: 0 acknowledged facts lost, the store opened {rounds} of {rounds} times");
    });
}
