//! A virus scanner looks at a mail before the program does. What it found is never opened here; what it could not look at is marked,
//! and read or kept closed as the settings say.

use crate::config::UnscannedMail;
use crate::domain::document::Problem;
use crate::domain::mail::scanned::{Scanned, Unscanned};
use crate::domain::nomination::Intake;
use crate::engine::intake::MAIL_LEASE_SECONDS;
use crate::engine::{Engine, EngineError};
use crate::scan::Scanner;
use crate::store::ClaimedMail;

/// What the scan means for the reading of a mail.
#[derive(Default)]
pub(crate) struct Looked {
    /// It is not opened; a person is told this.
    pub stays_closed: Option<String>,
    /// It is read, and whoever looks at the case is told this.
    pub doubt: Option<String>,
    /// The scanner calls all of it clean.
    pub clean: bool,
}

impl Engine {
    /// Has a mail scanned, when a scanner is set, and notes durably what it said before anything of the mail is read.
    ///
    /// # Errors
    /// The store's.
    pub(crate) async fn scan_first(&self, claimed: &ClaimedMail, raw: &[u8]) -> Result<Looked, EngineError> {
        let Some(settings) = &self.settings.scan else { return Ok(Looked::default()) };
        let scanned = match claimed.cut {
            true => Scanned::Unscanned(Unscanned::TooLarge),
            false => Scanner::new(settings).scan(raw).await,
        };
        self.store.note_scan(claimed.mail, claimed.epoch, scanned.as_str(), &scanned.says()).await?;
        Ok(meaning(&scanned, settings.unscanned))
    }

    /// A file with a password is called clean by a scanner that cannot open it: what the reader found locked was not scanned.
    pub(crate) async fn doubt_scan(&self, claimed: &ClaimedMail, looked: &Looked, intake: &Intake) -> Result<(), EngineError> {
        let locked = intake.documents.iter().any(|document| document.problem == Some(Problem::Encrypted));
        if looked.clean && locked {
            let scanned = Scanned::Unscanned(Unscanned::Locked);
            self.store.note_scan(claimed.mail, claimed.epoch, scanned.as_str(), &scanned.says()).await?;
        }
        Ok(())
    }

    /// How long a claimed mail is ours.
    pub(crate) fn mail_lease_seconds(&self) -> u32 {
        let scan = self.settings.scan.as_ref().map_or(0, |scan| u32::try_from(scan.seconds).expect("at most 300"));
        MAIL_LEASE_SECONDS + scan
    }
}

fn meaning(scanned: &Scanned, unscanned: UnscannedMail) -> Looked {
    let says = scanned.says();
    match scanned {
        Scanned::Clean => Looked { clean: true, ..Looked::default() },
        Scanned::Infected(_) => Looked {
            stays_closed: Some(format!(
                "{says}: it was not opened and nobody answered. Ask your IT desk before anybody opens it"
            )),
            ..Looked::default()
        },
        Scanned::Unscanned(_) if unscanned == UnscannedMail::Wait => {
            Looked { stays_closed: Some(format!("{says}; it was not opened")), ..Looked::default() }
        }
        // That the scanner is away is told once to whoever looks after it, not with each mail.
        Scanned::Unscanned(why) => Looked { doubt: why.is_of_the_mail().then_some(says), ..Looked::default() },
    }
}
