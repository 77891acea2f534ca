//! What the answer of a calendar to an invitation says (`METHOD:REPLY` and `METHOD:COUNTER`, RFC 5546 sections 3.2.3 and 3.2.7): to
//! which meeting, who, whether they come, and which other time they propose. Nothing is taken from a calendar that says anything else.

use serde::{Deserialize, Serialize};

use crate::domain::personal::Personal;
use crate::domain::time::Date;

/// Characters of a calendar's part that are looked at: an answer of any program has fewer.
pub(super) const CALENDAR_CHARACTERS_MAX: usize = 64 * 1024;
/// Characters of a UID (RFC 7986 section 5.3 recommends at most 255 octets).
const UID_CHARACTERS_MAX: usize = 255;

/// Whether somebody comes (`PARTSTAT`, RFC 5545 section 3.2.12).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Coming {
    /// They come.
    Accepted,
    /// They do not.
    Declined,
    /// Perhaps.
    Tentative,
    /// They propose another time.
    OtherTime,
}

impl Coming {
    /// As people say it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Declined => "declined",
            Self::Tentative => "tentative",
            Self::OtherTime => "proposed another time",
        }
    }
}

/// One answer.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CalendarAnswer {
    /// The UID of the meeting it answers, as it was sent.
    pub uid: String,
    /// The address it answers for, lower case.
    pub attendee: Personal<String>,
    /// What it says.
    pub coming: Coming,
    /// The day the meeting had when it was answered, where the answer says it.
    pub day: Option<Date>,
    /// The other time they propose: its day, and the time of day in London where it is known.
    #[serde(default)]
    pub proposed: Option<(Date, Option<String>)>,
    /// What stands in the calendar: `TAF review FF-2026-0142`.
    pub summary: String,
}

crate::redacted_debug!(CalendarAnswer);

/// The answer in the text of a calendar's part; none when it is no reply, or does not say to what, who and whether.
pub(super) fn answer_in(text: &str) -> Option<CalendarAnswer> {
    let text: String = text.chars().take(CALENDAR_CHARACTERS_MAX).collect();
    let text = text.replace("\r\n", "\n").replace("\n ", "").replace("\n\t", "");
    // Times of a zone stand beside those of the meeting: only what is inside the event counts.
    let event = text.split("BEGIN:VEVENT").nth(1)?.split("END:VEVENT").next()?;
    let value = |of: &str, name: &str| {
        of.lines().find_map(|line| {
            let (head, value) = line.split_once(':')?;
            let called = head.split(';').next().unwrap_or_default().trim();
            called.eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
        })
    };
    let method = value(&text, "METHOD")?.to_ascii_lowercase();
    if !matches!(method.as_str(), "reply" | "counter") {
        return None;
    }
    let uid = value(event, "UID").filter(|uid| !uid.is_empty() && uid.chars().count() <= UID_CHARACTERS_MAX)?;
    let mut attendees = event.lines().filter(|line| line.get(..8).is_some_and(|name| name.eq_ignore_ascii_case("ATTENDEE")));
    let (attendee, None) = (attendees.next()?, attendees.next()) else { return None };
    let lower = attendee.to_ascii_lowercase();
    let address =
        lower.rsplit_once("mailto:").map(|(_, address)| address.trim().to_owned()).filter(|address| address.contains('@'))?;
    let stated = lower.split(';').find_map(|part| {
        let state = part.trim().strip_prefix("partstat=")?.split(':').next()?.trim_matches('"');
        match state {
            "accepted" => Some(Coming::Accepted),
            "declined" => Some(Coming::Declined),
            "tentative" => Some(Coming::Tentative),
            _ => None,
        }
    });
    // A proposal holds the proposed time where others hold the meeting's; Outlook tells that one beside it.
    let proposed = if method == "counter" { Some(time_in_london(event)?) } else { None };
    let coming = if proposed.is_some() { Coming::OtherTime } else { stated? };
    let before = value(event, if proposed.is_some() { "X-MS-OLK-ORIGINALSTART" } else { "DTSTART" });
    let day = before.and_then(|start| day_of(&start));
    let summary = value(event, "SUMMARY").unwrap_or_default().chars().take(UID_CHARACTERS_MAX).collect();
    Some(CalendarAnswer { uid, attendee: Personal::new(address), coming, day, proposed, summary })
}

/// `20270118T110000` → its day.
fn day_of(start: &str) -> Option<Date> {
    let digits = start.get(..8)?;
    format!("{}-{}-{}", digits.get(..4)?, digits.get(4..6)?, digits.get(6..8)?).parse().ok()
}

/// When the event begins (`DTSTART`, RFC 5545 section 3.3.5). A time of a zone that is not London's is left out: a person reads it.
fn time_in_london(event: &str) -> Option<(Date, Option<String>)> {
    let (head, start) = event
        .lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(head, _)| head.split(';').next().is_some_and(|name| name.trim().eq_ignore_ascii_case("DTSTART")))?;
    let start = start.trim();
    if let Some(utc) = start.strip_suffix('Z') {
        let clock = jiff::civil::DateTime::strptime("%Y%m%dT%H%M%S", utc).ok()?;
        let there = clock.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp();
        let clock = crate::domain::time::london_clock(there);
        return Some((clock.date(), Some(clock.strftime("%H:%M").to_string())));
    }
    let zone = head.to_ascii_lowercase().replace('"', "");
    let zone = zone.split(';').find_map(|part| part.trim().strip_prefix("tzid="));
    let is_ours = zone.is_none_or(|zone| matches!(zone.trim_start_matches('/'), "europe/london" | "gmt standard time"));
    let at = jiff::civil::DateTime::strptime("%Y%m%dT%H%M%S", start).ok().filter(|_| is_ours);
    Some((day_of(start)?, at.map(|at| at.strftime("%H:%M").to_string())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(event: &str) -> String {
        format!(
            "BEGIN:VCALENDAR\r\nMETHOD:REPLY\r\nBEGIN:VTIMEZONE\r\nDTSTART:19700329T010000\r\nEND:VTIMEZONE\r\nBEGIN:VEVENT\r\n{event}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
        )
    }

    #[test]
    fn an_answer_says_to_what_who_and_whether_or_it_is_none() {
        let says = |text: &str| {
            answer_in(text).map(|found| {
                let day = found.day.map(|day| day.to_string()).unwrap_or_default();
                format!("{} {} {} {day} {}", found.uid, found.attendee.as_text(), found.coming.as_str(), found.summary)
            })
        };
        let outlook = reply(
            "ATTENDEE;PARTSTAT=ACCEPTED;CN=Iris:mailto:I.Black\r\n adder@school.example.org\r\nUID:taf-review-0a@council.example.org\r\n\
             SUMMARY;LANGUAGE=en-gb:Accepted: TAF review\r\nDTSTART;TZID=GMT Standard Time:20270118T110000",
        );
        assert_eq!(
            says(&outlook).as_deref(),
            Some("taf-review-0a@council.example.org i.blackadder@school.example.org accepted 2027-01-18 Accepted: TAF review")
        );
        let google = reply(
            "UID:u@x.example.org\r\nDTSTART:20270118T110000Z\r\nATTENDEE;CUTYPE=INDIVIDUAL;PARTSTAT=\"TENTATIVE\";X-NUM-GUESTS=0:mailto:a@b.example.org",
        );
        assert_eq!(says(&google).as_deref(), Some("u@x.example.org a@b.example.org tentative 2027-01-18 "));
        let whole = "UID:u@x\r\nATTENDEE;PARTSTAT=DECLINED:mailto:a@b.example.org";
        assert_eq!(says(&reply(whole)).as_deref(), Some("u@x a@b.example.org declined  "));
        for (from, to) in [
            ("PARTSTAT=DECLINED", "PARTSTAT=NEEDS-ACTION"),
            ("PARTSTAT=DECLINED", "ROLE=CHAIR"),
            ("UID:u@x", "UID:"),
            ("mailto:a@b.example.org", "urn:uuid:1"),
            ("UID:u@x", "UID:u@x\r\nATTENDEE;PARTSTAT=ACCEPTED:mailto:c@b.example.org"),
        ] {
            assert_eq!(says(&reply(&whole.replace(from, to))), None, "{to}");
        }
        assert_eq!(says(&reply(whole).replace("METHOD:REPLY", "METHOD:COUNTER")), None, "a proposal of no time");
        for (start, expected) in [
            (";TZID=GMT Standard Time:20270118T110000", "2027-01-18 11:00"),
            (";TZID=\"Europe/London\":20270118T110000", "2027-01-18 11:00"),
            (":20270718T110000Z", "2027-07-18 12:00"),
            (";TZID=Romance Standard Time:20270118T110000", "2027-01-18 ?"),
            (";VALUE=DATE:20270118", "2027-01-18 ?"),
            (":20279918T110000", "none"),
        ] {
            let text = format!(
                "UID:u@x\r\nATTENDEE;PARTSTAT=TENTATIVE:mailto:a@b.example.org\r\nDTSTART{start}\r\nX-MS-OLK-ORIGINALSTART;TZID=x:20270111T110000"
            );
            let found = answer_in(&reply(&text).replace("METHOD:REPLY", "METHOD:COUNTER"));
            let told = found.map(|found| {
                assert_eq!(found.coming, Coming::OtherTime);
                assert_eq!(found.day.map(|day| day.to_string()).as_deref(), Some("2027-01-11"));
                let (day, at) = found.proposed.unwrap();
                format!("{day} {}", at.as_deref().unwrap_or("?"))
            });
            assert_eq!(told.as_deref().unwrap_or("none"), expected, "{start}");
        }
        assert_eq!(says(&reply(whole).replace("BEGIN:VEVENT", "BEGIN:VTODO")), None);
        assert_eq!(says(""), None);
    }
}
