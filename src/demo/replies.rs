//! An answer to a letter with numbered lines, as a mail program makes it: the answers above, the letter quoted below.

use std::fmt::Write;

use super::county::MAILBOX;
use crate::domain::time::Instant;

/// What somebody replies.
pub struct Reply<'a> {
    /// Who writes.
    pub from: &'a str,
    /// The Message-ID of the letter, with its brackets.
    pub answers: &'a str,
    /// Its subject.
    pub subject: &'a str,
    /// Its text.
    pub text: &'a str,
    /// When.
    pub at: Instant,
    /// What stands behind each number.
    pub lines: &'a [String],
}

impl Reply<'_> {
    /// The mail as the council's server hands it over.
    #[must_use]
    pub fn mail(&self) -> Vec<u8> {
        let domain = self.from.rsplit_once('@').map_or("example.org", |(_, domain)| domain);
        let date = self.at.strftime("%a, %d %b %Y %H:%M:%S +0000");
        let mut mail = format!(
            "Authentication-Results: mx.council.example.org; spf=pass smtp.mailfrom={domain}; dkim=pass header.d={domain}; dmarc=pass header.from={domain}\n\
             From: {}\nTo: {MAILBOX}\nSubject: RE: {}\nDate: {date}\nMessage-ID: <reply-{}@{domain}>\nIn-Reply-To: {}\nReferences: {}\n\
             MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n",
            self.from,
            self.subject,
            self.at.as_second(),
            self.answers,
            self.answers,
        );
        for (index, line) in self.lines.iter().enumerate() {
            writeln!(mail, "{}. {line}", index + 1).expect("a text takes everything");
        }
        write!(mail, "\nKind regards\n\nOn {date}, Focus Family <{MAILBOX}> wrote:\n").expect("a text takes everything");
        for line in self.text.lines() {
            writeln!(mail, "> {line}").expect("a text takes everything");
        }
        mail.replace('\n', "\r\n").into_bytes()
    }
}
