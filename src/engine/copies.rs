//! The same mail twice: by another way, once more, or doctored by somebody who had a copy.

use crate::domain::ids::MailId;
use crate::engine::intake::{Ended, Mail, ended};
use crate::engine::sharing::nominates_itself;
use crate::engine::{Engine, EngineError};
use crate::store::{CaseKey, ClaimedMail, Commit, EndState, MailEnd, MailRow};

impl Engine {
    /// The same mail by another way, or once more, ends as the first did and opens nothing. None when it must be read for itself: the
    /// lines that servers write on the way are no part of what makes two mails the same, yet they tell a machine from a person and who
    /// is proven, and anybody who was copied in can send a doctored copy first.
    pub(crate) async fn follow_first(&self, claimed: &ClaimedMail, first: MailId) -> Result<Option<Ended>, EngineError> {
        let Some(row) = self.store.mail(first).await? else { return Ok(None) };
        // A test mail of our own is known by an id that counts once: what comes with it again is nobody's.
        let automatic = row.end == Some(EndState::Automatic) && row.kind.as_deref() != Some(crate::engine::canary::KIND);
        if automatic || self.may_prove(&row).await? {
            return Ok(None);
        }
        self.end_as_first(claimed, row).await
    }

    /// Whether a copy of the mail of this row could prove the sender of its case.
    async fn may_prove(&self, row: &MailRow) -> Result<bool, EngineError> {
        let Some(case) = row.case.filter(|_| row.end == Some(EndState::CaseOpened)) else { return Ok(false) };
        let stored = self.store.load_case(&CaseKey::Id(case)).await?;
        // Who comes forward for the own family is rung, not proven.
        Ok(stored.is_some_and(|stored| !stored.case.sender_proven && !nominates_itself(&stored.case)))
    }

    /// A mail that is the same as one whose sender is not proven. Where this one's is, it joins the case and whoever owns that is asked
    /// to look; otherwise it ends as the first did. None when it is a mail for itself.
    pub(crate) async fn copy_of_first(&self, mail: &Mail<'_>) -> Result<Option<Ended>, EngineError> {
        let Some(first) = mail.claimed.same_as else { return Ok(None) };
        let Some(row) = self.store.mail(first).await? else { return Ok(None) };
        match row.case {
            Some(case) if mail.proof.is_proven() => self.attach(mail, case).await.map(Some),
            Some(_) => self.end_as_first(mail.claimed, row).await,
            None => Ok(None),
        }
    }

    async fn end_as_first(&self, claimed: &ClaimedMail, row: MailRow) -> Result<Option<Ended>, EngineError> {
        let Some(end) = row.end else { return Ok(None) };
        let end = if end == EndState::CaseOpened { EndState::Attached } else { end };
        let reason = format!("the same mail as {}", row.receipt);
        if let Some((scan, says)) = &row.scan {
            self.store.note_scan(claimed.mail, claimed.epoch, scan, says).await?;
        }
        let mail = MailEnd {
            mail: claimed.mail,
            epoch: claimed.epoch,
            end,
            kind: row.kind.clone().unwrap_or_else(|| "other".to_owned()),
            reason: Some(reason.clone()),
            case: row.case,
            intake: None,
            marks: None,
            leaves_case: false,
        };
        self.store.commit(Commit { mail: Some(mail), ..Commit::at(self.ambient.now()) }).await?;
        Ok(Some(Ended {
            end,
            kind: row.kind.unwrap_or_default(),
            reference: row.reference,
            reason: Some(reason),
            ..ended(claimed)
        }))
    }
}
