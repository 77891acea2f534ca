//! A real server: Dovecot, with encryption, access tokens and IDLE.

use std::sync::Arc;

use focus_family::daemon::remote::take_in_once;
use focus_family::daemon::round::RoundError;
use focus_family::daemon::serve::serve;
use focus_family::mailbox::RemoteError;
use focus_family::store::EndState;

use super::{Office, PLAIN, mail, sorted};
use crate::support::daemon::nomination;
use crate::support::dovecot::{Colleague, Dovecot};
use crate::support::engines::{for_each_engine, sqlite_house};

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

#[test]
fn mails_of_several_folders_are_stored_as_they_are_and_then_moved_whoever_has_read_them() {
    for_each_engine(async |store| {
        let (server, user) = (Dovecot::get(), Dovecot::get().user());
        let more = format!("{PLAIN}username = \"{user}\"\nfolders = [\"INBOX\", \"Ŵest & South\"]\n");
        let office = Office::new(store, server.plain, "live", &more);
        let mut colleague = Colleague::new(server.plain, &user).await;
        colleague.run("CREATE \"&AXQ-est &- South\"").await;
        let mut large = mail(1);
        large.resize((3 << 20) + 5, b'x');
        let mails = [large, mail(2), mail(3)];
        colleague.append("INBOX", &mails[0]).await;
        colleague.append("INBOX", &mails[1]).await;
        colleague.append("&AXQ-est &- South", &mails[2]).await;
        colleague.uids("INBOX").await;
        colleague.run("UID STORE 1:* +FLAGS (\\Seen \\Flagged Mine)").await;
        assert_eq!(take_in_once(&office.app, &office.app.servers[0]).await.unwrap(), 3);
        assert_eq!(office.stored().await, sorted(mails.to_vec()));
        assert_eq!(colleague.uids("Processed").await.len(), 3);
        assert!(colleague.uids("INBOX").await.is_empty());
        assert_eq!(take_in_once(&office.app, &office.app.servers[0]).await.unwrap(), 0);
    });
}

#[test]
fn the_line_is_encrypted_and_a_certificate_nobody_knows_gets_no_password() {
    runtime().block_on(async {
        let server = Dovecot::get();
        let known = format!("ca_file = \"{}\"\n", server.certificate().display());
        let ways = [(server.tls, "tls = \"implicit\"\n"), (server.plain, "tls = \"starttls\"\n")];
        for (port, tls) in ways {
            let user = format!("username = \"{}\"\n", server.user());
            let office = Office::new(sqlite_house().open().await, port, "live", &format!("{user}{tls}{known}"));
            assert_eq!(take_in_once(&office.app, &office.app.servers[0]).await.unwrap(), 0, "{tls}");
            let office = Office::new(sqlite_house().open().await, port, "live", &format!("{user}{tls}"));
            let refused = take_in_once(&office.app, &office.app.servers[0]).await;
            assert!(matches!(refused, Err(RoundError::Remote(RemoteError::Connect(_)))), "{tls}: {refused:?}");
        }
    });
}

#[test]
fn an_access_token_signs_in_and_a_bad_one_is_told_without_repeating_it() {
    runtime().block_on(async {
        let server = Dovecot::get();
        let tokens = tempfile::tempdir().unwrap();
        let file = tokens.path().join("token.txt");
        let login = format!("{PLAIN}login = \"token_file\"\ntoken_file = \"{}\"\n", file.display());
        let office = Office::new(sqlite_house().open().await, server.plain, "live", &login);
        std::fs::write(&file, "tok-good\n").unwrap();
        take_in_once(&office.app, &office.app.servers[0]).await.unwrap();
        std::fs::write(&file, "tok-worn-out\n").unwrap();
        let refused = take_in_once(&office.app, &office.app.servers[0]).await.unwrap_err();
        assert!(matches!(refused, RoundError::Remote(RemoteError::SignIn { .. })), "{refused:?}");
        assert!(!format!("{refused:?} {refused}").contains("worn"), "{refused:?}");
    });
}

#[test]
fn a_mail_wakes_the_daemon_and_a_killed_session_is_made_again() {
    runtime().block_on(async {
        let (server, user) = (Dovecot::get(), Dovecot::get().user());
        let more = format!("{PLAIN}username = \"{user}\"\nlook_seconds = 1500\n");
        let office = Office::new(sqlite_house().open().await, server.plain, "live", &more);
        let app = Arc::new(office.app);
        let (ended, mut told) = tokio::sync::mpsc::unbounded_channel();
        let (stop, stopped) = tokio::sync::watch::channel(false);
        let daemon = tokio::spawn(serve(app.clone(), stopped, move |one| drop(ended.send((one.end, one.kind.clone())))));
        let mut colleague = Colleague::new(server.plain, &user).await;
        for number in 1..4 {
            let raw = if number == 1 { nomination(number) } else { mail(number) };
            colleague.append("INBOX", &raw).await;
            let (end, kind) = told.recv().await.unwrap();
            assert_eq!(end == EndState::CaseOpened, number == 1, "{kind}");
            // Idle or between two commands: either way the daemon finds its connection gone.
            server.kill_sessions(&user);
            colleague = Colleague::new(server.plain, &user).await;
        }
        stop.send_replace(true);
        daemon.await.unwrap().unwrap();
        assert_eq!(colleague.uids("Processed").await.len(), 3);
        let rows = app.engine.store.mails(&Default::default()).await.unwrap();
        assert_eq!(rows.len(), 3);
    });
}
