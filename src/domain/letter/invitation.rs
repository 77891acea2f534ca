//! A meeting as mail programs keep it (iCalendar, RFC 5545; sent as RFC 5546 says): asked to, moved, called off.
//!
//! What stands in it is read from telephones and shared calendars: a reference, a day, a time and where to open the case. No name, no
//! place. One meeting keeps its UID for ever; each later word about it has a higher SEQUENCE.

use jiff::civil::DateTime;

use crate::domain::time::{Date, Instant};

/// Octets of a line before it is folded (RFC 5545, 3.1).
const LINE_OCTETS_MAX: usize = 75;

/// Europe/London for ever: last Sundays of March and October. Rules from 1970 on, because Outlook knows no zone by its name alone.
const ZONE: &str = "BEGIN:VTIMEZONE\r\nTZID:Europe/London\r\n\
    BEGIN:DAYLIGHT\r\nDTSTART:19700329T010000\r\nRRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU\r\nTZNAME:BST\r\nTZOFFSETFROM:+0000\r\n\
    TZOFFSETTO:+0100\r\nEND:DAYLIGHT\r\n\
    BEGIN:STANDARD\r\nDTSTART:19701025T020000\r\nRRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU\r\nTZNAME:GMT\r\nTZOFFSETFROM:+0100\r\n\
    TZOFFSETTO:+0000\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n";

/// What the mail asks a calendar to do (RFC 5546, 3.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// Put the meeting in, or change it.
    Request,
    /// Take it out.
    Cancel,
}

impl Method {
    /// As the header and the text name it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Request => "REQUEST",
            Self::Cancel => "CANCEL",
        }
    }
}

/// A finished calendar part of a letter.
#[derive(Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct CalendarPart {
    /// What it asks for.
    pub method: Method,
    /// The whole `VCALENDAR`, lines ended by CRLF.
    pub text: String,
}

/// One meeting for one recipient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invitation {
    /// What is asked.
    pub method: Method,
    /// The same for every letter about this meeting, to anybody.
    pub uid: String,
    /// Higher with every change.
    pub sequence: u64,
    /// When this was written.
    pub written_at: Instant,
    /// The day.
    pub day: Date,
    /// Hour and minute in London; none for the whole day.
    pub at: Option<(i8, i8)>,
    /// How long it takes.
    pub minutes: u32,
    /// Purpose and reference.
    pub summary: String,
    /// Where to open the case, and what to do.
    pub description: String,
    /// The room or the address of a call; of the council, never of a family.
    pub place: Option<String>,
    /// The programme's name and address.
    pub organiser: (String, String),
    /// Who is invited, by address alone.
    pub attendee: String,
}

impl Invitation {
    /// The calendar part. The same invitation always gives the same text.
    #[must_use]
    pub fn part(&self) -> CalendarPart {
        let mut text = String::new();
        let mut line = |content: String| folded(&content, &mut text);
        line("BEGIN:VCALENDAR".to_owned());
        line("PRODID:-//focus-family//focus-family//EN".to_owned());
        line("VERSION:2.0".to_owned());
        line("CALSCALE:GREGORIAN".to_owned());
        line(format!("METHOD:{}", self.method.as_str()));
        let mut event = vec![
            "BEGIN:VEVENT".to_owned(),
            format!("UID:{}", escaped(&self.uid)),
            format!("SEQUENCE:{}", self.sequence),
            format!("DTSTAMP:{}", self.written_at.strftime("%Y%m%dT%H%M%SZ")),
        ];
        event.extend(self.times());
        event.extend([
            format!("SUMMARY:{}", escaped(&self.summary)),
            format!("DESCRIPTION:{}", escaped(&self.description)),
            format!("ORGANIZER;CN=\"{}\":mailto:{}", parameter(&self.organiser.0), self.organiser.1),
            match self.method {
                Method::Request => format!(
                    "ATTENDEE;CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:mailto:{}",
                    self.attendee
                ),
                Method::Cancel => format!("ATTENDEE;CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT:mailto:{}", self.attendee),
            },
            format!("STATUS:{}", if self.method == Method::Cancel { "CANCELLED" } else { "CONFIRMED" }),
            "CLASS:PRIVATE".to_owned(),
            format!("TRANSP:{}", if self.method == Method::Cancel { "TRANSPARENT" } else { "OPAQUE" }),
            "END:VEVENT".to_owned(),
        ]);
        if let Some(place) = &self.place {
            event.insert(event.len() - 1, format!("LOCATION:{}", escaped(place)));
        }
        if self.at.is_some() {
            text.push_str(ZONE);
        }
        event.iter().for_each(|content| folded(content, &mut text));
        folded("END:VCALENDAR", &mut text);
        CalendarPart { method: self.method, text }
    }

    fn times(&self) -> Vec<String> {
        let Some((hour, minute)) = self.at else {
            let next = self.day.tomorrow().unwrap_or(self.day);
            let day = |day: Date| day.strftime("%Y%m%d").to_string();
            return vec![format!("DTSTART;VALUE=DATE:{}", day(self.day)), format!("DTEND;VALUE=DATE:{}", day(next))];
        };
        let begins = self.day.at(hour, minute, 0, 0);
        let ends = begins.checked_add(jiff::Span::new().minutes(i64::from(self.minutes))).unwrap_or(begins);
        let local = |time: DateTime| format!(";TZID=Europe/London:{}", time.strftime("%Y%m%dT%H%M%S"));
        vec![format!("DTSTART{}", local(begins)), format!("DTEND{}", local(ends))]
    }
}

/// TEXT (RFC 5545, 3.3.11).
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' | ';' | ',' => safe.extend(['\\', c]),
            '\n' => safe.push_str("\\n"),
            c if c.is_control() => {}
            c => safe.push(c),
        }
    }
    safe
}

/// A quoted parameter value holds no quote and no control (RFC 5545, 3.2).
fn parameter(text: &str) -> String {
    text.chars().filter(|c| !c.is_control() && *c != '"').collect()
}

/// One content line, folded by octets without cutting a character.
fn folded(line: &str, text: &mut String) {
    let mut octets = 0;
    for c in line.chars() {
        if octets + c.len_utf8() > LINE_OCTETS_MAX {
            text.push_str("\r\n ");
            octets = 1;
        }
        text.push(c);
        octets += c.len_utf8();
    }
    text.push_str("\r\n");
}

crate::redacted_debug!(CalendarPart);

#[cfg(test)]
mod tests {
    use super::*;

    fn invitation(method: Method, at: Option<(i8, i8)>) -> Invitation {
        Invitation {
            method,
            uid: "taf-1-0a1b@council.example.org".to_owned(),
            sequence: 12,
            written_at: "2026-11-23T10:15:00Z".parse().expect("an instant"),
            day: jiff::civil::date(2026, 12, 8),
            at,
            minutes: 90,
            summary: "TAF meeting FF-2026-7142".to_owned(),
            description: "Open the case (you need to sign in); the keyworker tells the place, not this mail:\nhttps://ff.example/cases/FF-2026-7142"
                .to_owned(),
            place: None,
            organiser: ("Focus \"Family\"".to_owned(), "focusfamily@council.example.org".to_owned()),
            attendee: "n.byrne@example.org".to_owned(),
        }
    }

    #[test]
    fn an_invitation_is_folded_escaped_and_timed_in_london() {
        let part = invitation(Method::Request, Some((10, 30))).part();
        assert!(part.text.split("\r\n").all(|line| line.len() <= LINE_OCTETS_MAX && !line.contains('\n')), "{}", part.text);
        let unfolded = part.text.replace("\r\n ", "");
        for wanted in [
            "METHOD:REQUEST\r\n",
            "TZID:Europe/London\r\n",
            "SEQUENCE:12\r\n",
            "DTSTART;TZID=Europe/London:20261208T103000\r\n",
            "DTEND;TZID=Europe/London:20261208T120000\r\n",
            "DTSTAMP:20261123T101500Z\r\n",
            "DESCRIPTION:Open the case (you need to sign in)\\; the keyworker tells the place\\, not this mail:\\nhttps://",
            "ORGANIZER;CN=\"Focus Family\":mailto:focusfamily@council.example.org\r\n",
            "STATUS:CONFIRMED\r\n",
        ] {
            assert!(unfolded.contains(wanted), "{wanted:?} is not in {unfolded}");
        }
    }

    /// A strict reader of what RFC 5545 allows here: lines, folding, names, parameters, and blocks that close in order.
    fn strictly_read(text: &str) -> Vec<(String, String)> {
        assert!(text.ends_with("\r\n"), "the last line ends too");
        let mut lines: Vec<String> = Vec::new();
        for line in text.strip_suffix("\r\n").expect("it ends so").split("\r\n") {
            assert!(line.len() <= LINE_OCTETS_MAX && !line.contains(['\r', '\n']), "{line:?}");
            match line.strip_prefix(' ') {
                Some(rest) => lines.last_mut().expect("nothing is folded before the first line").push_str(rest),
                None => lines.push(line.to_owned()),
            }
        }
        let mut open: Vec<String> = Vec::new();
        let mut found = Vec::new();
        for line in lines {
            let quoted_until = line.rfind('"').map_or(0, |at| at + 1);
            let colon = line[quoted_until..]
                .find(':')
                .or_else(|| line.find(':'))
                .map(|at| if line[quoted_until..].contains(':') { at + quoted_until } else { at });
            let colon = colon.expect("a line has a value");
            let (left, value) = (&line[..colon], &line[colon + 1..]);
            let name = left.split(';').next().expect("there is a first part");
            assert!(name.chars().all(|c| c.is_ascii_uppercase() || c == '-'), "{line}");
            match name {
                "BEGIN" => open.push(value.to_owned()),
                "END" => assert_eq!(open.pop().as_deref(), Some(value), "blocks close in order"),
                _ => found.push((format!("{}/{name}", open.join("/")), value.to_owned())),
            }
        }
        assert!(open.is_empty(), "every block is closed");
        found
    }

    #[test]
    fn a_strict_reader_finds_every_property_once_and_the_zone_before_the_meeting() {
        for method in [Method::Request, Method::Cancel] {
            for at in [None, Some((9, 5)), Some((23, 30))] {
                let long = Invitation { place: Some("Committee room; and by video, é".repeat(5)), ..invitation(method, at) };
                let found = strictly_read(&long.part().text);
                for wanted in ["METHOD", "VERSION", "PRODID"] {
                    assert_eq!(found.iter().filter(|(name, _)| *name == format!("VCALENDAR/{wanted}")).count(), 1, "{wanted}");
                }
                for wanted in
                    ["UID", "SEQUENCE", "DTSTAMP", "DTSTART", "DTEND", "SUMMARY", "ORGANIZER", "ATTENDEE", "STATUS", "LOCATION"]
                {
                    assert_eq!(
                        found.iter().filter(|(name, _)| *name == format!("VCALENDAR/VEVENT/{wanted}")).count(),
                        1,
                        "{wanted}"
                    );
                }
                let zone = found.iter().position(|(name, _)| name == "VCALENDAR/VTIMEZONE/TZID");
                assert_eq!(zone.is_some(), at.is_some(), "a zone stands where a time needs it");
                assert!(zone < found.iter().position(|(name, _)| name.starts_with("VCALENDAR/VEVENT")), "and before it");
            }
        }
    }

    #[test]
    fn without_a_time_the_whole_day_is_taken_and_a_meeting_called_off_is_cancelled() {
        let text = invitation(Method::Cancel, None).part().text.replace("\r\n ", "");
        for wanted in
            ["METHOD:CANCEL\r\n", "STATUS:CANCELLED\r\n", "DTSTART;VALUE=DATE:20261208\r\n", "DTEND;VALUE=DATE:20261209\r\n"]
        {
            assert!(text.contains(wanted), "{wanted:?} is not in {text}");
        }
        assert!(!text.contains("VTIMEZONE") && !text.contains("RSVP"), "{text}");
    }
}
