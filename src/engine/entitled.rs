//! Whether a letter may still go to whom it was queued for: roles, holders and conditions as they are now, not as they were.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::domain::case::Case;
use crate::domain::ids::{CaseId, CaseReference, LetterName, RoleName};
use crate::domain::personal::Personal;
use crate::domain::rules::Truth;
use crate::domain::workflow::{LetterDef, StageKind};
use crate::engine::roster::{Recipient, Relation};
use crate::engine::{Engine, EngineError};
use crate::store::{CaseKey, ClaimedLetter, LetterFilter, LetterState, StoredCase};

/// Letters that stand for several.
const TOGETHER: [&str; 2] = ["digest", crate::engine::answers::GATHERED];
/// Cases loaded in one trip.
const CASES_AT_ONCE: usize = 100;
/// Invitations to the meetings of one case that are looked through for those of one reader.
const INVITATIONS_MAX: u32 = 200;

impl Engine {
    /// Why `letter` must not go to its recipient any more; `None` when it may. A digest may go only when each of its lines may.
    pub(crate) async fn no_longer_entitled(&self, letter: &ClaimedLetter) -> Result<Option<String>, EngineError> {
        if let (None, Some(area), Some(role)) = (letter.case, Self::area_of_key(&letter.key), letter.role.as_ref()) {
            if !self.is_member_now(role, &area, letter.recipient.as_text()) {
                return Ok(Some(format!("the address is not asked to meetings of {area} as {role} any more")));
            }
            return self.no_longer_all(letter, role).await;
        }
        if let Some(reason) = self.no_longer_partner(&letter.key, &letter.recipient).await? {
            return Ok(Some(reason));
        }
        if !TOGETHER.contains(&letter.letter.as_str()) {
            let reason = self.no_longer_for(letter.case, (&letter.letter, letter.role.as_ref(), &letter.recipient)).await?;
            return Ok(match reason {
                Some(_) if self.takes_back_what_they_have(letter).await? => None,
                reason => reason,
            });
        }
        let rows = self.store.gathered_into(&[letter.id]).await?;
        // One of nothing but the worklist goes to people of the settings only.
        if rows.is_empty() && self.roster.person(letter.recipient.as_text()).is_none() {
            return Ok(Some("the address is nobody's of the settings any more".to_owned()));
        }
        let cases = self.cases_of(rows.iter().filter_map(|row| row.case)).await?;
        for row in &rows {
            let about = (&row.letter, row.role.as_ref(), &letter.recipient);
            if let Some(reason) = self.no_longer_with(row.case, &cases, about).await? {
                return Ok(Some(format!("one of its lines: {reason}")));
            }
        }
        Ok(None)
    }

    /// Whether the letter calls off a meeting that stands in its recipient's calendar, for they were sent the invitation: it goes to whoever
    /// holds the role no more, too. Whom the family keeps out gets not even that.
    async fn takes_back_what_they_have(&self, letter: &ClaimedLetter) -> Result<bool, EngineError> {
        let Some(case) = letter.case else { return Ok(false) };
        let Some(stored) = self.store.load_case(&CaseKey::Id(case)).await? else { return Ok(false) };
        let engine = self.seen_by(&stored.case);
        let calls_off = |definition: &LetterDef| definition.calendar.as_ref().is_some_and(|meeting| meeting.called_off);
        if !engine.programme.lifecycle.letter(&letter.letter).is_some_and(calls_off) {
            return Ok(false);
        }
        let Some(role) = letter.role.clone() else { return Ok(false) };
        let recipient = Recipient { role, address: letter.recipient.clone() };
        if engine.is_excluded_from(&stored.case, &recipient) {
            return Ok(false);
        }
        let takes_back = |definition: &&LetterDef| {
            definition.calendar.as_ref().is_some_and(|meeting| meeting.taken_back_by.as_ref() == Some(&letter.letter))
        };
        for invitation in engine.programme.lifecycle.letters.iter().filter(takes_back) {
            let filter = LetterFilter {
                case: Some(case),
                letter: Some(invitation.name.clone()),
                limit: INVITATIONS_MAX,
                ..LetterFilter::default()
            };
            for row in self.store.letters(&filter).await? {
                let left = matches!(row.state, LetterState::Sent | LetterState::Unsure);
                let had = if left { self.store.letter(row.id).await? } else { None };
                if had.is_some_and(|had| had.recipient.as_text().eq_ignore_ascii_case(letter.recipient.as_text())) {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    /// Why a letter about several cases must not go: one that it names is kept from its recipient now. The next look writes it anew.
    async fn no_longer_all(&self, letter: &ClaimedLetter, role: &RoleName) -> Result<Option<String>, EngineError> {
        let words = letter.content.text.split(|c: char| !c.is_ascii_alphanumeric() && c != '-');
        let named: BTreeSet<CaseReference> = words.filter_map(|word| word.parse().ok()).collect();
        let recipient = Recipient { role: role.clone(), address: letter.recipient.clone() };
        for reference in named {
            let Some(stored) = self.store.load_case(&CaseKey::Reference(reference)).await? else { continue };
            if self.is_excluded_from(&stored.case, &recipient) {
                return Ok(Some("one of its cases is not for this address any more".to_owned()));
            }
        }
        Ok(None)
    }

    /// The cases with these ids, each loaded once and all in few trips. One that cannot be opened is left out.
    pub async fn cases_of(&self, ids: impl Iterator<Item = CaseId>) -> Result<BTreeMap<CaseId, Arc<StoredCase>>, EngineError> {
        let ids: BTreeSet<CaseId> = ids.collect();
        let ids: Vec<CaseId> = ids.into_iter().collect();
        let mut cases = BTreeMap::new();
        for page in ids.chunks(CASES_AT_ONCE) {
            cases.extend(self.store.load_cases(page).await?);
        }
        Ok(cases)
    }

    /// As [`Engine::no_longer_for`], of a case among `cases` when it is there.
    pub(crate) async fn no_longer_with(
        &self,
        case: Option<CaseId>,
        cases: &BTreeMap<CaseId, Arc<StoredCase>>,
        about: (&LetterName, Option<&RoleName>, &Personal<String>),
    ) -> Result<Option<String>, EngineError> {
        match (case.and_then(|case| cases.get(&case)), about.1) {
            (Some(stored), Some(role)) => Ok(self.no_longer_of(&stored.case, about.0, role, about.2)),
            _ => self.no_longer_for(case, about).await,
        }
    }

    /// The same for one letter by itself: which, in which role, to which address.
    pub(crate) async fn no_longer_for(
        &self,
        case: Option<CaseId>,
        (letter, role, recipient): (&LetterName, Option<&RoleName>, &Personal<String>),
    ) -> Result<Option<String>, EngineError> {
        let Some(role) = role else { return Ok(None) };
        let Some(case) = case else { return Ok(self.no_longer_staff(role, recipient)) };
        let Some(stored) = self.store.load_case(&CaseKey::Id(case)).await? else {
            return Ok(Some("its case is gone".to_owned()));
        };
        Ok(self.no_longer_of(&stored.case, letter, role, recipient))
    }

    fn no_longer_of(&self, case: &Case, letter: &LetterName, role: &RoleName, recipient: &Personal<String>) -> Option<String> {
        let engine = self.seen_by(case);
        let lifecycle = &engine.programme.lifecycle;
        let agencies = lifecycle.letter(letter).and_then(|definition| definition.agencies);
        let is_contact = |one: &crate::engine::roster::Recipient| one.role == *role && one.address == *recipient;
        let asked = agencies.is_some_and(|which| engine.contacts(case, which).iter().any(is_contact));
        let is_agency = lifecycle.agencies.iter().any(|agency| agency.contact == *role);
        let now_holds = engine.recipients(case, std::slice::from_ref(role));
        if is_agency && agencies.is_some() && !asked {
            return Some(format!("{role} of this case is not asked any more"));
        }
        if !asked && !now_holds.iter().any(|holder| holder.address == *recipient) {
            return Some(format!("the address does not answer for {role} of this case any more"));
        }
        let definition = lifecycle.letter(letter)?;
        let also = definition.also.iter().find(|also| also.role == *role && !definition.to.contains(role));
        if also.is_some_and(|also| crate::domain::case::test(case, &also.when).truth != Truth::Met) {
            return Some(format!("the condition under which {role} gets it is not met any more"));
        }
        if !engine.may_go(case, letter) {
            return Some("its condition is not met any more".to_owned());
        }
        let ended = lifecycle.stage(&case.stage).is_some_and(|stage| stage.kind == StageKind::Final);
        (ended && definition.gathered).then(|| "a reminder of a case that has ended".to_owned())
    }

    /// For what belongs to no case: somebody must hold the role in the programme. Who wrote a mail that is answered holds none.
    fn no_longer_staff(&self, role: &RoleName, recipient: &Personal<String>) -> Option<String> {
        let lifecycle = &self.programme.lifecycle;
        lifecycle.role(role)?;
        let now_holds = self.roster.answer_for(lifecycle, role, Relation::default());
        let holds = now_holds.iter().any(|holder| holder.address == *recipient);
        (!holds).then(|| format!("the address does not answer for {role} any more"))
    }
}
