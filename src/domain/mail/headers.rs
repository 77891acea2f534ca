//! Headers → [`Message`]: what the sender says of itself, kept as said, made safe to show.

use mail_parser::{HeaderName, HeaderValue, MimeHeaders};

use super::answered::{CALENDAR_CHARACTERS_MAX, answer_in};
use super::{Address, AutomaticSign, Message, dates, sender};
use crate::domain::document::words::{folded, shown_name};

/// Characters kept of a display name, and of a file name.
pub(super) const NAME_CHARS_MAX: usize = 300;
pub(super) const SUBJECT_CHARS_MAX: usize = 1_000;
/// Parts made of parts whose end is looked for.
const MULTIPARTS_MAX: usize = 8;
/// Addresses and references kept of one mail; the pre-scan allows more, but nobody reads them.
const LIST_MAX: usize = 200;

/// The headers of `parsed`; attachments and notes are the caller's.
pub(super) fn message(parsed: &mail_parser::Message<'_>) -> Message {
    let raw: Vec<(String, String)> =
        parsed.headers_raw().map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned())).collect();
    let first = |wanted: &str| raw.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.as_str());
    let from = mailboxes(parsed, &[HeaderName::From]);
    let subject = shown_name(parsed.subject().unwrap_or_default(), SUBJECT_CHARS_MAX);
    let reply_to = mailboxes(parsed, &[HeaderName::ReplyTo]);
    let group = parsed.headers().iter().any(|header| {
        header.name == HeaderName::From && matches!(&header.value, HeaderValue::Address(mail_parser::Address::Group(_)))
    });
    let sender_signs = sender::signs(&from, group, &mailboxes(parsed, &[HeaderName::Sender]), &reply_to);
    let mut notes = Vec::new();
    if raw.iter().filter(|(name, _)| name == "from").count() > 1 {
        notes.push("the mail has more than one From header, so its sender is not certain".to_owned());
    }
    if ends_in_the_middle(parsed) {
        notes.push(ENDS_IN_THE_MIDDLE.to_owned());
    }
    Message {
        message_id: parsed.message_id().map(|id| format!("<{}>", folded(id).trim())),
        reply_to,
        sender_signs,
        returned: None,
        recipients: mailboxes(parsed, &[HeaderName::To, HeaderName::Cc]),
        date: first("date").and_then(dates::parse),
        received: first("received").and_then(|value| value.rsplit(';').next()).and_then(dates::parse),
        references: references(parsed),
        automatic: automatic_signs(parsed, &raw, &from, &subject),
        calendar_answer: calendars(parsed).find_map(|part| answer_in(part.text_contents()?)),
        authentication_results: raw
            .iter()
            .filter(|(name, _)| name == "authentication-results")
            .map(|(_, value)| folded(value))
            .take(LIST_MAX)
            .collect(),
        from,
        subject,
        attachments: Vec::new(),
        notes,
    }
}

/// What is told of a mail that something on the way let the end of go.
pub const ENDS_IN_THE_MIDDLE: &str = "the mail ends in the middle, so more may have been sent; ask the sender to send it again";

/// Whether a part made of parts has no end (`--boundary--`, RFC 2046 section 5.1.1): something on the way let the rest of it go.
fn ends_in_the_middle(parsed: &mail_parser::Message<'_>) -> bool {
    let raw = parsed.raw_message();
    let boundaries = parsed.parts.iter().filter_map(|part| part.content_type()).filter(|kind| kind.ctype() == "multipart");
    boundaries
        .filter_map(|kind| kind.attribute("boundary"))
        .take(MULTIPARTS_MAX)
        .any(|boundary| memchr::memmem::rfind(raw, format!("--{boundary}--").as_bytes()).is_none())
}

/// Every mailbox of every header of these names, groups opened, in order.
fn mailboxes(parsed: &mail_parser::Message<'_>, names: &[HeaderName<'_>]) -> Vec<Address> {
    let mut out = Vec::new();
    for name in names {
        for header in parsed.headers().iter().filter(|header| header.name == *name) {
            let HeaderValue::Address(list) = &header.value else { continue };
            for mailbox in list.iter() {
                let Some(address) = mailbox.address() else { continue };
                if out.len() < LIST_MAX {
                    let shown = mailbox.name().map(|name| shown_name(name, NAME_CHARS_MAX)).filter(|name| !name.is_empty());
                    out.push(Address { name: shown, address: bare_address(address) });
                }
            }
        }
    }
    out
}

/// The address without blanks and controls, its domain in lower case.
pub(super) fn bare_address(address: &str) -> String {
    let kept: String = folded(address).chars().filter(|c| !c.is_whitespace() && !matches!(c, '<' | '>')).take(320).collect();
    match kept.rsplit_once('@') {
        Some((local, domain)) => format!("{local}@{}", domain.to_lowercase()),
        None => kept,
    }
}

fn references(parsed: &mail_parser::Message<'_>) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for value in [parsed.in_reply_to(), parsed.references()] {
        let ids: Vec<&str> = match value {
            HeaderValue::Text(id) => vec![id.as_ref()],
            HeaderValue::TextList(list) => list.iter().map(AsRef::as_ref).collect(),
            _ => Vec::new(),
        };
        for id in ids {
            // Programs that fold at 78 characters write a longer id as encoded words, which no header of ids should hold (RFC 2047, section 5).
            match id.contains("=?") {
                true => decoded(id).split(['<', '>', ' ']).filter(|id| id.contains('@')).for_each(|id| note_id(&mut out, id)),
                false => note_id(&mut out, id),
            }
        }
    }
    out
}

/// `text` with its encoded words decoded.
fn decoded(text: &str) -> String {
    let header = format!("Subject: {}\r\n\r\n", text.split_whitespace().collect::<Vec<_>>().join(" "));
    let parsed = mail_parser::MessageParser::default().parse(header.as_bytes());
    parsed.and_then(|parsed| parsed.subject().map(str::to_owned)).unwrap_or_default()
}

fn note_id(out: &mut Vec<String>, id: &str) {
    let id = format!("<{}>", folded(id).trim().trim_matches(['<', '>']));
    if out.len() < LIST_MAX && !out.contains(&id) {
        out.push(id);
    }
}

/// Beginnings of subjects that programs write for people who are away.
const AWAY_SUBJECTS: [&str; 10] = [
    "automatic reply",
    "auto reply",
    "auto-reply",
    "autoreply",
    "auto response",
    "auto:",
    "out of office",
    "out of the office",
    "away from the office",
    "away from my desk",
];

/// Beginnings of subjects of mails that could not be delivered.
const BOUNCE_SUBJECTS: [&str; 11] = [
    "undeliverable",
    "undelivered mail",
    "delivery status notification",
    "mail delivery failed",
    "mail delivery failure",
    "mail delivery system",
    "delivery failure",
    "delivery has failed",
    "returned mail",
    "failure notice",
    "message not delivered",
];

/// The part before the `@` of mail servers that write by themselves.
pub(super) fn is_mail_system(local: &str) -> bool {
    let local = local.to_ascii_lowercase();
    [
        "mailer-daemon",
        "mailerdaemon",
        "mail-daemon",
        "postmaster",
        "post_master",
        "mailsystem",
        "mail-system",
        "microsoftexchange",
    ]
    .iter()
    .any(|name| local.starts_with(name))
}

/// `<>`, or a name some servers write in its place.
fn is_null_path(value: &str) -> bool {
    let bare = value.trim().trim_matches(['<', '>', ' ']).to_ascii_lowercase();
    bare.is_empty() || bare.starts_with("mailer-daemon")
}

/// Whether a calendar's part says that it answers: in its header, or in its text.
fn answers_invitation(part: &mail_parser::MessagePart<'_>) -> bool {
    let answers = |method: &str| ["reply", "counter"].iter().any(|answer| method.trim().eq_ignore_ascii_case(answer));
    let told = part.content_type().and_then(|kind| kind.attribute("method"));
    told.is_some_and(answers)
        || part.text_contents().is_some_and(|text| {
            text.lines()
                .filter_map(|line| line.split_once(':'))
                .any(|(name, value)| name.trim().eq_ignore_ascii_case("method") && answers(value))
        })
}

/// Whether an answer to an invitation says anything but yes: another state than accepted, a proposal, or a word of its writer.
fn is_no_plain_yes(part: &mail_parser::MessagePart<'_>) -> bool {
    let text: String = part.text_contents().unwrap_or_default().chars().take(CALENDAR_CHARACTERS_MAX).collect();
    let text = text.replace("\r\n", "\n").replace("\n ", "").replace("\n\t", "").to_ascii_uppercase();
    text.lines().any(|line| {
        let name = line.split([';', ':']).next().unwrap_or_default().trim();
        let value = || line.split_once(':').map_or("", |(_, value)| value.trim());
        match name {
            "METHOD" => value() == "COUNTER",
            "ATTENDEE" => ["DECLINED", "TENTATIVE"].iter().any(|state| line.contains(&format!("PARTSTAT={state}"))),
            "COMMENT" => !value().is_empty(),
            _ => false,
        }
    })
}

/// The parts of a mail that a calendar reads.
fn calendars<'m, 'x>(parsed: &'m mail_parser::Message<'x>) -> impl Iterator<Item = &'m mail_parser::MessagePart<'x>> {
    let is_calendar = |kind: &mail_parser::ContentType<'_>| kind.ctype() == "text" && kind.subtype() == Some("calendar");
    parsed.parts.iter().filter(move |part| part.content_type().is_some_and(is_calendar))
}

fn automatic_signs(
    parsed: &mail_parser::Message<'_>,
    raw: &[(String, String)],
    from: &[Address],
    subject: &str,
) -> Vec<AutomaticSign> {
    let value_of = |wanted: &str| raw.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.to_ascii_lowercase());
    let has = |wanted: &[&str]| raw.iter().any(|(name, _)| wanted.contains(&name.as_str()));
    let lower = subject.to_lowercase();
    let begins = |list: &[&str]| list.iter().any(|start| lower.starts_with(start));
    let content_type = parsed.content_type();
    let report = content_type.filter(|kind| kind.subtype() == Some("report")).and_then(|kind| kind.attribute("report-type"));
    let daemon = from.iter().any(|sender| {
        let local = sender.address.split('@').next().unwrap_or_default().to_ascii_lowercase();
        is_mail_system(&local)
    });
    let calendars = || calendars(parsed);
    let bounce = report.is_some_and(|kind| kind.eq_ignore_ascii_case("delivery-status"))
        || has(&["x-failed-recipients"])
        || report.is_some_and(|kind| kind.eq_ignore_ascii_case("feedback-report"))
        || (daemon && begins(&BOUNCE_SUBJECTS));
    [
        (AutomaticSign::AutoSubmitted, value_of("auto-submitted").is_some_and(|value| !value.trim().starts_with("no"))),
        (AutomaticSign::AutoReplied, value_of("auto-submitted").is_some_and(|value| value.trim().starts_with("auto-replied"))),
        (
            AutomaticSign::Precedence,
            value_of("precedence").is_some_and(|value| ["bulk", "junk", "list", "auto_reply"].contains(&value.trim())),
        ),
        (AutomaticSign::List, has(&["list-id", "list-unsubscribe"])),
        (
            AutomaticSign::Newsletter,
            has(&["list-unsubscribe"]) && value_of("list-post").is_none_or(|value| value.trim().starts_with("no")),
        ),
        (
            AutomaticSign::VendorHeader,
            has(&["x-autoreply", "x-autorespond", "x-autoresponder", "x-auto-reply-from", "x-mail-autoreply"])
                || value_of("x-ms-exchange-generated-message-source").is_some_and(|value| value.contains("oof")),
        ),
        (AutomaticSign::NoAnswer, has(&["x-auto-response-suppress"])),
        (AutomaticSign::Subject, begins(&AWAY_SUBJECTS)),
        (AutomaticSign::DeliveryReport, bounce),
        (AutomaticSign::ReadReceipt, report.is_some_and(|kind| kind.eq_ignore_ascii_case("disposition-notification"))),
        (AutomaticSign::Calendar, calendars().next().is_some()),
        (AutomaticSign::CalendarAnswer, calendars().any(answers_invitation)),
        (AutomaticSign::CalendarDoubt, calendars().any(|part| answers_invitation(part) && is_no_plain_yes(part))),
        (AutomaticSign::NullReturnPath, value_of("return-path").is_some_and(|value| is_null_path(&value))),
    ]
    .into_iter()
    .filter_map(|(sign, shown)| shown.then_some(sign))
    .collect()
}
