//! Who sent a mail, by the settings of its mailbox and the agencies they name.

use crate::config::Trust;
use crate::domain::mail::sender::{Border, Proof, domain_of, prove};
use crate::domain::nomination::Reading;
use crate::engine::Engine;
use crate::engine::intake::{Mail, only_sender};
use crate::store::ClaimedMail;

impl Engine {
    /// Whether the sender of `reading`, which came as `claimed`, is proven. Only then anything but the bare receipt goes out.
    pub(crate) fn proof_of_sender(&self, claimed: &ClaimedMail, reading: &Reading) -> Proof {
        let mailbox = self.settings.mailboxes.iter().find(|mailbox| mailbox.name == claimed.account);
        let border = match mailbox.map(|mailbox| &mailbox.trust) {
            Some(Trust::BorderChecked) => Border::AlreadyChecked,
            Some(Trust::Results { servers }) => Border::Writes(servers),
            Some(Trust::Unproven) | None => Border::Nobody,
        };
        prove(&reading.message, border, self.known_domains())
    }

    /// Domains somebody may pretend to be: the programme's own and those of known agencies.
    fn known_domains(&self) -> impl Iterator<Item = &str> {
        let agencies = self.settings.known_agencies.iter().map(|agency| agency.domain.as_str());
        std::iter::once(domain_of(&self.settings.mail.address)).chain(agencies)
    }

    /// What people call the known agency a proven sender writes from.
    pub(crate) fn agency_of(&self, mail: &Mail<'_>) -> Option<&str> {
        let sender = only_sender(mail.reading).filter(|_| mail.proof.is_proven())?;
        let agency = self.settings.known_agencies.iter().find(|agency| agency.domain.holds(sender.as_text()))?;
        Some(agency.title.as_deref().unwrap_or(agency.domain.as_str()))
    }
}
