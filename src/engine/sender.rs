//! Who sent a mail, by the settings of its mailbox and the agencies they name.

use crate::config::{Settings, Trust};
use crate::domain::mail::sender::{Border, Proof, domain_of, prove};
use crate::domain::nomination::Reading;
use crate::engine::Engine;
use crate::engine::intake::{Mail, only_sender};
use crate::store::ClaimedMail;

impl Engine {
    /// Whether the sender of `reading`, which came as `claimed`, is proven. Only then anything but the bare receipt goes out.
    pub(crate) fn proof_of_sender(&self, claimed: &ClaimedMail, reading: &Reading) -> Proof {
        proof_by(&self.settings, &claimed.account, reading)
    }

    /// What people call the known agency a proven sender writes from.
    pub(crate) fn agency_of(&self, mail: &Mail<'_>) -> Option<&str> {
        let sender = only_sender(mail.reading).filter(|_| mail.proof.is_proven())?;
        let agency = self.settings.known_agencies.iter().find(|agency| agency.domain.holds(sender.as_text()))?;
        Some(agency.title.as_deref().unwrap_or(agency.domain.as_str()))
    }
}

/// Whether the sender of a mail of this mailbox is proven, by the settings.
#[must_use]
pub fn proof_by(settings: &Settings, account: &str, reading: &Reading) -> Proof {
    let mailbox = settings.mailboxes.iter().find(|mailbox| mailbox.name == account);
    let border = match mailbox.map(|mailbox| &mailbox.trust) {
        Some(Trust::BorderChecked) => Border::AlreadyChecked,
        Some(Trust::Results { servers }) => Border::Writes(servers),
        Some(Trust::Unproven) | None => Border::Nobody,
    };
    match prove(&reading.message, border, known_domains(settings)) {
        Proof::NotChecked if mailbox.is_none() => Proof::NoMailbox,
        proof => proof,
    }
}

/// Domains somebody may pretend to be: the programme's own and those of known agencies.
fn known_domains(settings: &Settings) -> impl Iterator<Item = &str> {
    let agencies = settings.known_agencies.iter().map(|agency| agency.domain.as_str());
    std::iter::once(domain_of(&settings.mail.address)).chain(agencies)
}
