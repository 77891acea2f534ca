//! The meeting of a case as the reader's calendar keeps it. References, days and times only.

use crate::domain::case::Case;
use crate::domain::ids::CaseId;
use crate::domain::letter::{CalendarPart, Invitation, Method};
use crate::domain::time::time_of_day;
use crate::domain::workflow::{FactValue, MeetingOfCase};
use crate::engine::Engine;
use crate::engine::roster::Recipient;

impl Engine {
    /// The calendar part for `to` of `meeting`, as `case` has it; none while the meeting has no day. `sequence` is the version of the
    /// case that says so: it only ever grows, so that of two letters the later one counts.
    pub(crate) fn invitation(
        &self,
        id: CaseId,
        (case, sequence): (&Case, u64),
        meeting: &MeetingOfCase,
        to: &Recipient,
    ) -> Option<CalendarPart> {
        let Some(FactValue::Date(day)) = case.facts.get(&meeting.day) else { return None };
        let at = meeting.at.as_ref().and_then(|fact| match case.facts.get(fact) {
            Some(FactValue::Word(at)) => time_of_day(at),
            _ => None,
        });
        let own = &self.settings.mail;
        let link = self.settings.web.page(&format!("/cases/{}", case.reference));
        let sign_in = if self.base_context().sign_in { " (you need to sign in)" } else { "" };
        let look = if link.is_empty() { String::new() } else { format!("Open the case{sign_in}:\n{link}\n\n") };
        let invitation = Invitation {
            method: if meeting.called_off { Method::Cancel } else { Method::Request },
            uid: self.meeting_uid(id, case, meeting),
            sequence,
            written_at: self.ambient.now(),
            day: *day,
            at,
            minutes: meeting.minutes,
            summary: format!("{} {}", meeting.title, case.reference),
            description: format!("{look}The place is not in this invitation, to keep it safe."),
            place: None,
            organiser: (own.sender_name.clone(), own.address.clone()),
            attendee: to.address.as_text().to_owned(),
        };
        Some(invitation.part())
    }

    /// The UID of the meeting, for ever: the same to everybody, and to nobody else.
    pub(crate) fn meeting_uid(&self, id: CaseId, case: &Case, meeting: &MeetingOfCase) -> String {
        let number = match meeting.number.as_ref().and_then(|fact| case.facts.get(fact)) {
            Some(FactValue::Count(number)) => number,
            _ => &0,
        };
        // The case's own id stays inside: whoever sees the invitation could otherwise tell which of two belong together.
        let bound = format!("{}\0{}\0{number}", id.to_text(), meeting.meeting);
        let mark = hex::encode(&self.store.vault().fingerprint("meeting of a case", bound)[..12]);
        format!("{}-{mark}@{}", meeting.meeting, self.own_domain())
    }
}
