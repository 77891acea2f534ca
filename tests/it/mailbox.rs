//! The Maildir: nothing lost, nothing taken twice, nothing followed that leads elsewhere.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::Path;

use focus_family::ambient::{Ambient, Script};
use focus_family::domain::time::Instant;
use focus_family::mailbox::maildir::{Found, Maildir, MaildirError, Reading};

fn ambient(seed: u64) -> Ambient {
    Ambient::Scripted(Script::new(Instant::UNIX_EPOCH, seed))
}
fn open(path: &Path) -> Maildir {
    Maildir::open(path, &ambient(1)).expect("a folder")
}
fn uniques(found: &[Found]) -> Vec<&str> {
    found.iter().map(|mail| mail.unique.as_str()).collect()
}
fn age(path: &Path, seconds: u64) {
    let time = std::time::UNIX_EPOCH + std::time::Duration::from_secs(1_700_000_000 + seconds);
    fs::File::options().write(true).open(path).expect("a file").set_modified(time).expect("a time");
}

#[test]
fn a_new_folder_is_made_for_its_owner_only_and_keeps_its_number() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mail");
    let first = open(&path);
    for name in ["tmp", "new", "cur"] {
        assert_eq!(fs::metadata(path.join(name)).unwrap().permissions().mode() & 0o777, 0o700);
    }
    assert_eq!(Maildir::open(&path, &ambient(2)).unwrap().uid_validity(), first.uid_validity());
    let other = Maildir::open(&folder.path().join("other"), &ambient(2)).unwrap();
    assert_ne!(other.uid_validity(), first.uid_validity());
    assert_eq!(fs::read_dir(&path).unwrap().count(), 4, "three folders and the number, nothing left over");
}

#[test]
fn a_damaged_number_is_told_and_not_replaced() {
    let folder = tempfile::tempdir().unwrap();
    open(folder.path());
    fs::write(folder.path().join(".focus-family-uidvalidity"), "").unwrap();
    assert!(matches!(Maildir::open(folder.path(), &ambient(1)), Err(MaildirError::BadUidValidity { .. })));
}

#[test]
fn mails_are_found_oldest_first_and_only_plain_files_count() {
    let folder = tempfile::tempdir().unwrap();
    let maildir = open(folder.path());
    let new = folder.path().join("new");
    for (name, seconds) in [("3.third", 30), ("1.first:2,S", 10), ("2.second", 20), ("2.also-second", 20)] {
        fs::write(new.join(name), "x").unwrap();
        age(&new.join(name), seconds);
    }
    fs::write(new.join(".hidden"), "x").unwrap();
    fs::create_dir(new.join("folder")).unwrap();
    fs::write(folder.path().join("elsewhere"), "secret").unwrap();
    symlink(folder.path().join("elsewhere"), new.join("link")).unwrap();
    assert_eq!(uniques(&maildir.scan_new(10).unwrap()), ["1.first", "2.also-second", "2.second", "3.third"]);
    assert_eq!(uniques(&maildir.scan_new(2).unwrap()), ["1.first", "2.also-second"]);
}

#[test]
fn two_names_never_become_one() {
    use std::os::unix::ffi::OsStrExt;
    let folder = tempfile::tempdir().unwrap();
    let maildir = open(folder.path());
    for name in [b"a\xe4".as_slice(), b"a\xf6", b"a%e4", b"a b"] {
        fs::write(folder.path().join("new").join(std::ffi::OsStr::from_bytes(name)), "x").unwrap();
    }
    let mut found = maildir.scan_new(10).unwrap();
    found.sort_by(|a, b| a.unique.cmp(&b.unique));
    assert_eq!(uniques(&found), ["a%20b", "a%25e4", "a%e4", "a%f6"]);
}

#[test]
fn the_bytes_come_as_they_are_and_of_a_huge_mail_only_its_head() {
    let folder = tempfile::tempdir().unwrap();
    let maildir = open(folder.path());
    let bytes: Vec<u8> = (0..=255).cycle().take(100_000).collect();
    let found = maildir.deliver(&bytes, "1.host").unwrap();
    assert_eq!(found.bytes_len, 100_000);
    assert!(maildir.read(&found, 100_000).unwrap() == Reading::Whole(bytes.clone()));
    let Reading::TooLarge { head, bytes_len } = maildir.read(&found, 99_999).unwrap() else { panic!("too large") };
    assert_eq!((head.as_slice(), bytes_len), (&bytes[..64 * 1024], 100_000));
    let Reading::TooLarge { head, .. } = maildir.read(&found, 10).unwrap() else { panic!("too large") };
    assert_eq!(head, &bytes[..10]);
}

#[test]
fn a_mail_that_was_replaced_by_a_link_is_not_read() {
    let folder = tempfile::tempdir().unwrap();
    let maildir = open(folder.path());
    let found = maildir.deliver(b"x", "1.host").unwrap();
    fs::write(folder.path().join("elsewhere"), "secret").unwrap();
    fs::remove_file(&found.path).unwrap();
    symlink(folder.path().join("elsewhere"), &found.path).unwrap();
    assert!(matches!(maildir.read(&found, 100), Err(MaildirError::Unusable { .. })));
}

#[test]
fn a_stored_mail_moves_aside_without_flags_and_may_be_moved_twice() {
    let folder = tempfile::tempdir().unwrap();
    let maildir = open(folder.path());
    let found = maildir.deliver(b"x", "1.host").unwrap();
    let inode = fs::metadata(&found.path).unwrap().ino();
    let there = maildir.move_to_cur(&found).unwrap();
    assert_eq!(there, folder.path().join("cur/1.host:2,"));
    assert_eq!(maildir.move_to_cur(&found).unwrap(), there, "the second time finds it where it is");
    assert_eq!(fs::metadata(&there).unwrap().ino(), inode);
    assert!(maildir.scan_new(10).unwrap().is_empty());
    fs::remove_file(&there).unwrap();
    assert!(matches!(maildir.move_to_cur(&found), Err(MaildirError::Gone { .. })));
    assert!(matches!(maildir.read(&found, 10), Err(MaildirError::Gone { .. })));
}

#[test]
fn a_mail_another_program_moved_or_flagged_is_still_found_and_read() {
    let folder = tempfile::tempdir().unwrap();
    let maildir = open(folder.path());
    let found = maildir.deliver(b"x", "1.host").unwrap();
    fs::rename(&found.path, folder.path().join("cur/1.host:2,RS")).unwrap();
    assert!(maildir.read(&found, 10).unwrap() == Reading::Whole(b"x".to_vec()));
    assert_eq!(uniques(&maildir.scan_cur(10, |_| false).unwrap()), ["1.host"]);
    assert_eq!(uniques(&maildir.scan_cur(10, |unique| unique == "1.host").unwrap()), Vec::<&str>::new());
    assert_eq!(maildir.move_to_cur(&found).unwrap(), folder.path().join("cur/1.host:2,RS"), "its flags stay");
}

#[test]
fn many_mails_are_moved_at_once_and_one_that_somebody_took_away_holds_up_none() {
    let folder = tempfile::tempdir().unwrap();
    let maildir = open(folder.path());
    let found: Vec<_> = (1..=4).map(|number| maildir.deliver(b"x", &format!("{number}.host")).unwrap()).collect();
    fs::remove_file(&found[1].path).unwrap();
    fs::rename(&found[2].path, folder.path().join("cur/3.host:2,S")).unwrap();
    for _ in 0..2 {
        maildir.move_all_to_cur(&found).unwrap();
        assert!(maildir.scan_new(10).unwrap().is_empty());
        let moved = maildir.scan_cur(10, |_| false).unwrap();
        let mut there = uniques(&moved);
        there.sort_unstable();
        assert_eq!(there, ["1.host", "3.host", "4.host"]);
    }
}

/// The shell's loop with a ledger that lives through crashes; `crash_after` counts steps of storing and moving.
fn take_all(maildir: &Maildir, ledger: &mut Vec<(String, Vec<u8>)>, crash_after: usize) {
    let mut steps = 0;
    let mut crashed = || {
        steps += 1;
        steps > crash_after
    };
    for found in maildir.scan_new(100).expect("a list") {
        if !ledger.iter().any(|(unique, _)| *unique == found.unique) {
            let Reading::Whole(bytes) = maildir.read(&found, 1_000).expect("a mail") else { panic!("a small mail") };
            if crashed() {
                return;
            }
            ledger.push((found.unique.clone(), bytes));
        }
        if crashed() {
            return;
        }
        maildir.move_to_cur(&found).expect("moved");
    }
}

#[test]
fn a_crash_between_any_two_steps_loses_no_mail_and_takes_none_twice() {
    for crash_after in 0..12 {
        let folder = tempfile::tempdir().unwrap();
        let maildir = open(folder.path());
        for number in 0..5 {
            maildir.deliver(format!("mail {number}").as_bytes(), &format!("{number}.host")).unwrap();
        }
        let mut ledger = Vec::new();
        take_all(&maildir, &mut ledger, crash_after);
        take_all(&open(folder.path()), &mut ledger, usize::MAX);
        ledger.sort();
        let expected: Vec<_> = (0..5).map(|number| (format!("{number}.host"), format!("mail {number}").into_bytes())).collect();
        assert_eq!(ledger, expected, "crash after {crash_after}");
        assert!(maildir.scan_new(10).unwrap().is_empty());
        assert_eq!(fs::read_dir(folder.path().join("cur")).unwrap().count(), 5);
    }
}

#[test]
fn delivering_twice_leaves_one_also_after_it_was_taken() {
    let folder = tempfile::tempdir().unwrap();
    let maildir = open(folder.path());
    let found = maildir.deliver(b"first", "1.host").unwrap();
    maildir.deliver(b"second", "1.host").unwrap();
    maildir.move_to_cur(&found).unwrap();
    let again = maildir.deliver(b"third", "1.host").unwrap();
    assert!(maildir.read(&again, 10).unwrap() == Reading::Whole(b"first".to_vec()));
    assert!(maildir.scan_new(10).unwrap().is_empty());
    assert_eq!(fs::read_dir(folder.path().join("tmp")).unwrap().count(), 0);
}

#[test]
fn a_name_that_leads_elsewhere_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let maildir = open(folder.path());
    for name in ["", ".hidden", "../x", "a/b", "a:2,S", "a b", "ŵ", &"n".repeat(201)] {
        assert!(matches!(maildir.deliver(b"x", name), Err(MaildirError::BadName { .. })), "{name}");
    }
}
