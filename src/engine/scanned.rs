//! A virus scanner looks at a mail before the program does. What it found is never opened here; what it could not look at is marked,
//! and read or kept closed as the settings say. Whoever opens a mail of the ledger asks [`Engine::look_before_opening`] first: intake,
//! `mail show`, `mail settle`.

use crate::domain::document::Problem;
use crate::domain::ids::MailId;
use crate::domain::mail::scanned::{Scanned, Unscanned};
use crate::domain::nomination::Intake;
use crate::engine::intake::MAIL_LEASE_SECONDS;
use crate::engine::{Engine, EngineError};
use crate::scan::{Scanner, may_open};
use crate::store::{ClaimedMail, Epoch, MailRow};

/// A mail somebody would open.
pub struct ToOpen<'a> {
    mail: MailId,
    epoch: Epoch,
    /// Its end is missing here.
    cut: bool,
    /// What was noted of it before.
    noted: Option<&'a (String, String)>,
}

impl<'a> From<&'a MailRow> for ToOpen<'a> {
    fn from(row: &'a MailRow) -> Self {
        Self { mail: row.mail, epoch: row.epoch, cut: row.cut, noted: row.scan.as_ref() }
    }
}

impl From<&ClaimedMail> for ToOpen<'_> {
    fn from(claimed: &ClaimedMail) -> Self {
        Self { mail: claimed.mail, epoch: claimed.epoch, cut: claimed.cut, noted: None }
    }
}

/// What the scan means for the reading of a mail.
#[derive(Default)]
pub struct Looked {
    /// What is known of it; none when nobody was asked.
    pub scanned: Option<Scanned>,
    /// It may be opened.
    pub may_open: bool,
}

impl Looked {
    /// A sentence for people, without an end; none when nobody was asked.
    #[must_use]
    pub fn says(&self) -> Option<String> {
        self.scanned.as_ref().map(Scanned::says)
    }

    /// Why it is not opened, for whoever has to look at it.
    pub(crate) fn why_closed(&self) -> Option<String> {
        let scanned = self.scanned.as_ref().filter(|_| !self.may_open)?;
        let says = scanned.says();
        Some(match scanned {
            Scanned::Infected(_) => {
                format!("{says}: it was not opened and nobody answered. Ask your IT desk before anybody opens it")
            }
            Scanned::Clean | Scanned::Unscanned(_) => format!("{says}; it was not opened"),
        })
    }

    /// Not opened only because the scanner is away or fails: later it may be.
    pub(crate) fn closed_for_now(&self) -> bool {
        !self.may_open && matches!(&self.scanned, Some(Scanned::Unscanned(why)) if !why.is_of_the_mail())
    }

    /// What whoever looks at the case of an opened mail is told. That the scanner is away is told once to whoever looks after it, not
    /// with each mail.
    pub(crate) fn doubt(&self) -> Option<String> {
        match &self.scanned {
            Some(Scanned::Unscanned(why)) if self.may_open && why.is_of_the_mail() => self.says(),
            Some(Scanned::Unscanned(_) | Scanned::Clean | Scanned::Infected(_)) | None => None,
        }
    }
}

impl Engine {
    /// Asks whether a mail may be opened, and notes durably what the scanner said before anything of the mail is read. What is known
    /// for good is not asked again: a find, nothing found, or something of the mail that no scanner can look into.
    ///
    /// # Errors
    /// The store's.
    pub async fn look_before_opening(&self, mail: impl Into<ToOpen<'_>>, raw: &[u8]) -> Result<Looked, EngineError> {
        let mail = mail.into();
        let noted = mail.noted.map(|(word, says)| Scanned::remembered(word, says));
        let known = noted.filter(|noted| match noted {
            Scanned::Clean | Scanned::Infected(_) => true,
            Scanned::Unscanned(why) => why.is_of_the_mail(),
        });
        let Some(settings) = &self.settings.scan else {
            // A find stays one after the scanner was taken out of the settings.
            let may_open = !matches!(known, Some(Scanned::Infected(_)));
            return Ok(Looked { scanned: known, may_open });
        };
        let scanned = match known {
            Some(known) => known,
            None => {
                let scanned = match mail.cut {
                    true => Scanned::Unscanned(Unscanned::TooLarge),
                    false => Scanner::new(settings).scan(raw).await,
                };
                self.store.note_scan(mail.mail, mail.epoch, scanned.as_str(), &scanned.says()).await?;
                scanned
            }
        };
        Ok(Looked { may_open: may_open(&scanned, settings), scanned: Some(scanned) })
    }

    /// A file with a password is called clean by a scanner that cannot open it: what the reader found locked was not scanned, and
    /// waits where such mails wait.
    pub(crate) async fn look_after_reading(
        &self,
        claimed: &ClaimedMail,
        looked: Looked,
        intake: &Intake,
    ) -> Result<Looked, EngineError> {
        let locked = intake.documents.iter().any(|document| document.problem == Some(Problem::Encrypted));
        let Some(settings) = self.settings.scan.as_ref().filter(|_| locked && looked.scanned == Some(Scanned::Clean)) else {
            return Ok(looked);
        };
        let scanned = Scanned::Unscanned(Unscanned::Locked);
        self.store.note_scan(claimed.mail, claimed.epoch, scanned.as_str(), &scanned.says()).await?;
        Ok(Looked { may_open: may_open(&scanned, settings), scanned: Some(scanned) })
    }

    /// How long a claimed mail is ours.
    pub(crate) fn mail_lease_seconds(&self) -> u32 {
        let scan = self.settings.scan.as_ref().map_or(0, |scan| u32::try_from(scan.seconds).expect("at most 300"));
        MAIL_LEASE_SECONDS + scan
    }
}
