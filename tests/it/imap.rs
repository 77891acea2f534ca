//! A mailbox on an IMAP server: whatever the server, the line and colleagues do, no mail is lost and none is taken in twice.

mod balance;
mod cut;
mod dovecot;
mod odd;
mod people;
mod scripted;

use std::sync::Arc;

use focus_family::ambient::{Ambient, Script};
use focus_family::config::Settings;
use focus_family::daemon::app::App;
use focus_family::store::{MailFilter, MailRow, Store};
use tempfile::TempDir;

/// A program whose mailbox `post` is on a server of this machine.
pub struct Office {
    pub app: App,
    pub script: Arc<Script>,
    pub folder: TempDir,
}

impl Office {
    /// `mailbox` is what stands in the settings besides name, kind, host and password; `mode` is of `[mail]`.
    pub fn new(store: Store, port: u16, mode: &str, mailbox: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("password.txt"), "secret\n").unwrap();
        let start = "2026-09-07T08:00:00Z".parse().unwrap();
        let maildir = "kind = \"maildir\"\npath = \"mailbox\"\ntrust = \"border_checked\"\n";
        let imap = format!(
            "kind = \"imap\"\nhost = \"localhost\"\nport = {port}\ntrust = \"border_checked\"\n{}{}{mailbox}",
            if mailbox.contains("username") { "" } else { "username = \"post@example.org\"\n" },
            if mailbox.contains("login") { "" } else { "password_file = \"password.txt\"\n" }
        );
        let settings = focus_family::demo::settings_toml(folder.path(), 0, Some((start, 7)))
            .replace(maildir, &imap)
            .replace("name = \"nominations\"", "name = \"post\"")
            .replace("mode = \"live\"", &format!("mode = \"{mode}\""));
        let settings = Settings::from_text(&settings, &folder.path().join("focus-family.toml"), std::iter::empty()).unwrap();
        let script = Script::new(start, 7);
        let mut app = App::assemble(settings, store, Ambient::Scripted(script.clone())).unwrap();
        app.use_reader_program(env!("CARGO_BIN_EXE_focus-family").into());
        Self { app, script, folder }
    }

    /// Every row of the ledger.
    pub async fn ledger(&self) -> Vec<MailRow> {
        let filter = MailFilter { oldest_first: true, limit: 100_000, ..MailFilter::default() };
        self.app.engine.store.mails(&filter).await.unwrap()
    }

    /// The bytes of every mail of the ledger that is no copy of another, sorted.
    pub async fn stored(&self) -> Vec<Vec<u8>> {
        let mut stored = Vec::new();
        for row in self.ledger().await.into_iter().filter(|row| row.same_as.is_none()) {
            stored.push(self.app.engine.store.raw_mail(row.mail).await.unwrap().unwrap());
        }
        stored.sort();
        stored
    }
}

/// The plain connection to this machine that tests use.
pub const PLAIN: &str = "tls = \"none\"\n";

/// A mail of a number: a question, so that nothing about it takes long.
pub fn mail(number: u32) -> Vec<u8> {
    format!(
        "From: Frances Tolson <frances.tolson@lakefoot-families.example.org>\r\nTo: focusfamily@council.example.org\r\n\
         Subject: Question {number}\r\nDate: Mon, 7 Sep 2026 08:28:02 +0100\r\n\
         Message-ID: <question-{number}@lakefoot-families.example.org>\r\n\r\nMay I ask question {number}?\r\n"
    )
    .into_bytes()
}

pub fn sorted(mut mails: Vec<Vec<u8>>) -> Vec<Vec<u8>> {
    mails.sort();
    mails
}
