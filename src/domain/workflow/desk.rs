//! What comes by mail and is no case, and letters that do not arrive: who is asked, by when, in which words (`desk.yaml`).

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::domain::ids::{LetterName, RoleName};
use crate::domain::time::{Calendar, Date};

/// The whole file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Desk {
    /// One entry a kind of request; each kind has exactly one.
    pub requests: Vec<RequestDef>,
    /// Mails the program could not place.
    pub waiting: WaitingDef,
    /// Letters of ours that do not arrive.
    pub undelivered: UndeliveredDef,
    /// A family that came forward itself: whoever owns the case is asked to ring it.
    #[serde(default = "ring_the_family")]
    pub from_family: StepDef,
    /// Domains of private mailboxes: who nominates from one and tells neither agency nor job is taken for one of the family.
    #[serde(default)]
    pub private_mail: BTreeSet<String>,
}

impl Desk {
    /// Whether this address is of a private mailbox.
    #[must_use]
    pub fn is_private(&self, address: &str) -> bool {
        address.rsplit_once('@').is_some_and(|(_, domain)| self.private_mail.contains(&domain.to_lowercase()))
    }
}

/// What a folder from before `from_family` asks.
fn ring_the_family() -> StepDef {
    StepDef {
        due: Due::WorkingDays(5),
        says: "a family came forward itself: ring them, by mail they get the bare receipt only".to_owned(),
    }
}

/// A mail that is answered without a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RequestKind {
    /// Somebody asks for advice.
    AdviceRequest,
    /// A request under the Freedom of Information Act 2000.
    FoiRequest,
    /// A request for access under UK GDPR Art. 15.
    SubjectAccessRequest,
    /// Somebody is not content with the service.
    Complaint,
    /// Words of immediate danger.
    SafeguardingAlert,
}

impl RequestKind {
    /// Every kind, in the order of the published names.
    pub const ALL: [Self; 5] =
        [Self::AdviceRequest, Self::FoiRequest, Self::SubjectAccessRequest, Self::Complaint, Self::SafeguardingAlert];

    /// The published name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AdviceRequest => "advice_request",
            Self::FoiRequest => "foi_request",
            Self::SubjectAccessRequest => "subject_access_request",
            Self::Complaint => "complaint",
            Self::SafeguardingAlert => "safeguarding_alert",
        }
    }
}

/// Until when, counted from the day of receipt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Due {
    /// The day of receipt itself, whatever day it is.
    SameDay,
    /// So many working days after the day of receipt, which itself is not counted (FOIA 2000 s10(1)).
    WorkingDays(u16),
    /// The corresponding day so many months later, or the last day of that month; the next working day where that is none
    /// (UK GDPR Art. 12(3); Regulation No 1182/71 Art. 3).
    Months(u16),
}

/// A kind of request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RequestDef {
    /// Which.
    pub kind: RequestKind,
    /// Who answers it: a role of scope programme.
    pub role: RoleName,
    /// The letter that tells them.
    pub letter: LetterName,
    /// Until when.
    pub due: Due,
    /// The law sets the date: days on which only the council is closed count as working days (FOIA 2000 s10(6)).
    #[serde(default)]
    pub statutory: bool,
    /// What letters call it, with its article.
    pub called: String,
    /// What the worklist says.
    pub says: String,
    /// What is due before the answer: the sender is told who looks into it.
    #[serde(default)]
    pub acknowledge: Option<StepDef>,
    /// Who is told while nobody has answered, and when.
    #[serde(default)]
    pub unanswered: Option<UnansweredDef>,
}

/// A ladder in hours: for what cannot wait until the next working day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UnansweredDef {
    /// So many hours after it was asked, at any hour of any day, everybody is told once more. Each number is a rung.
    pub after_hours: BTreeSet<u16>,
    /// Who is told: roles of scope programme.
    pub tell: Vec<RoleName>,
}

/// Something else that is asked of those who answer, with a date of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StepDef {
    /// Until when.
    pub due: Due,
    /// What the worklist says.
    pub says: String,
}

/// Mails the program could not place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WaitingDef {
    /// Who looks at them: a role of scope programme.
    pub role: RoleName,
    /// The letter that tells them.
    pub letter: LetterName,
    /// Until when.
    pub due: Due,
}

/// Letters that do not arrive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UndeliveredDef {
    /// Who is asked about a letter of no case, a role of scope programme; otherwise the owner of the case.
    pub role: RoleName,
    /// Until when, counted from the day it is noticed.
    pub due: Due,
    /// So long a letter is tried before a person is told.
    pub told_after_hours: u16,
    /// So long it is tried at all. RFC 5321 s4.5.4.1: at least 4 to 5 days.
    pub given_up_after_days: u16,
}

impl Due {
    /// The day, for what was received on `received_on`.
    #[must_use]
    pub fn on(self, received_on: Date, calendar: &Calendar) -> Date {
        match self {
            Self::SameDay => received_on,
            Self::WorkingDays(days) => calendar.add_working_days(received_on, i32::from(days)),
            Self::Months(months) => calendar.working_day_on_or_after(calendar.add_months_clamped(received_on, i32::from(months))),
        }
    }
}

impl RequestDef {
    /// Everybody who must know when the ordinary way does not reach whoever answers for it.
    #[must_use]
    pub fn told_beyond(&self) -> Vec<RoleName> {
        let mut roles = vec![self.role.clone()];
        for role in self.unanswered.iter().flat_map(|unanswered| &unanswered.tell).filter(|role| **role != self.role) {
            roles.push(role.clone());
        }
        roles
    }
    /// The day by which a request received on `received_on` is acknowledged, when it is to be.
    #[must_use]
    pub fn acknowledge_on(&self, received_on: Date, calendar: &Calendar) -> Option<Date> {
        self.acknowledge.as_ref().map(|step| step.due.on(received_on, calendar))
    }
    /// The day by which a request received on `received_on` is answered.
    #[must_use]
    pub fn due_on(&self, received_on: Date, calendar: &Calendar) -> Date {
        if self.statutory { self.due.on(received_on, &calendar.statutory()) } else { self.due.on(received_on, calendar) }
    }
}

impl Desk {
    /// What is asked about a request of this kind.
    ///
    /// # Panics
    /// Never for a checked programme: every kind has its entry.
    #[must_use]
    pub fn request(&self, kind: RequestKind) -> &RequestDef {
        self.requests.iter().find(|request| request.kind == kind).expect("a checked programme has every kind of request")
    }
    /// Every letter the desk sends.
    pub fn letters(&self) -> impl Iterator<Item = &LetterName> {
        self.requests.iter().map(|request| &request.letter).chain(std::iter::once(&self.waiting.letter))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::CalendarFile;

    fn check(due: Due, statutory: bool, received_on: &str, expected: &str) {
        let text = "version: t\nknown_until: 2027-12-31\nbank_holidays:\n\
             - {on: 2026-12-25, name: Christmas Day}\n- {on: 2026-12-28, name: Boxing Day}\n- {on: 2027-01-01, name: New Year}\n\
             closures:\n- {on: 2026-12-29, name: closed}\n- {on: 2026-12-30, name: closed}\n";
        let calendar = Calendar::from(serde_saphyr::from_str::<CalendarFile>(text).unwrap());
        let text = format!(
            "kind: foi_request\nrole: team\nletter: l\ndue: same_day\nstatutory: {statutory}\ncalled: a request\nsays: answer it\n"
        );
        let request = RequestDef { due, ..serde_saphyr::from_str(&text).unwrap() };
        assert_eq!(request.due_on(received_on.parse().unwrap(), &calendar).to_string(), expected, "{due:?} {received_on}");
    }

    #[test]
    fn a_month_ends_on_the_corresponding_day_or_the_last_of_the_month_and_never_on_a_day_off() {
        check(Due::Months(1), true, "2026-09-03", "2026-10-05"); // The 3rd is a Saturday.
        check(Due::Months(1), true, "2026-09-02", "2026-10-02");
        check(Due::Months(1), true, "2026-08-31", "2026-09-30"); // September has no 31st.
        check(Due::Months(1), true, "2027-01-31", "2027-03-01"); // 28 February 2027 is a Sunday.
        check(Due::Months(1), true, "2026-11-25", "2026-12-29"); // Christmas, a weekend, Boxing Day; the offices being closed is no excuse.
    }

    #[test]
    fn twenty_working_days_are_counted_after_the_day_of_receipt_and_closed_offices_do_not_stop_the_law() {
        check(Due::WorkingDays(20), true, "2026-09-07", "2026-10-05");
        check(Due::WorkingDays(20), true, "2026-09-05", "2026-10-02"); // Received on a Saturday: Monday is the first day.
        check(Due::WorkingDays(20), true, "2026-12-11", "2027-01-13");
        check(Due::WorkingDays(20), false, "2026-12-11", "2027-01-15");
        check(Due::SameDay, false, "2026-09-05", "2026-09-05");
    }
}
