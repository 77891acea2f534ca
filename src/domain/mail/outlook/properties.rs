//! MAPI properties ([MS-OXPROPS]): numbered values of which `.msg` and `winmail.dat` both consist, and what a mail takes from them.

use std::collections::HashMap;

use mail_parser::MessageParser;

use crate::domain::document::Problem;
use crate::domain::document::text::{code_page, decoded};
use crate::domain::document::words::shown_name;
use crate::domain::document::{Limits, rtf};
use crate::domain::mail::open::{BodyText, Part, PartKind};
use crate::domain::mail::{Address, AttachmentHead, Message, headers};
use crate::domain::time::Instant;

/// Numbers of properties, each named as [MS-OXPROPS] names it, without its `PidTag`.
pub mod id {
    pub const SUBJECT: u16 = 0x0037;
    pub const CLIENT_SUBMIT_TIME: u16 = 0x0039;
    pub const SENT_REPRESENTING_NAME: u16 = 0x0042;
    pub const SENT_REPRESENTING_ADDRESS: u16 = 0x0065;
    pub const TRANSPORT_MESSAGE_HEADERS: u16 = 0x007d;
    pub const SENDER_NAME: u16 = 0x0c1a;
    pub const SENDER_ADDRESS: u16 = 0x0c1f;
    pub const MESSAGE_DELIVERY_TIME: u16 = 0x0e06;
    pub const BODY: u16 = 0x1000;
    pub const RTF_COMPRESSED: u16 = 0x1009;
    pub const HTML: u16 = 0x1013;
    pub const INTERNET_MESSAGE_ID: u16 = 0x1035;
    pub const DISPLAY_NAME: u16 = 0x3001;
    pub const ATTACH_DATA: u16 = 0x3701;
    pub const ATTACH_FILENAME: u16 = 0x3704;
    pub const ATTACH_LONG_FILENAME: u16 = 0x3707;
    pub const ATTACH_MIME_TAG: u16 = 0x370e;
    pub const ATTACH_CONTENT_ID: u16 = 0x3712;
    pub const INTERNET_CODEPAGE: u16 = 0x3fde;
    pub const MESSAGE_CODEPAGE: u16 = 0x3ffd;
    pub const SENDER_SMTP_ADDRESS: u16 = 0x5d01;
    pub const SENT_REPRESENTING_SMTP_ADDRESS: u16 = 0x5d02;
    pub const ATTACHMENT_HIDDEN: u16 = 0x7ffe;
}

/// A value.
#[derive(Clone, PartialEq)]
pub enum Value {
    /// UTF-16, decoded.
    Text(String),
    /// A text of bytes, whose code page another property tells.
    Narrow(Vec<u8>),
    /// Bytes.
    Bytes(Vec<u8>),
    /// A number, a yes or no, a moment in units of 100 nanoseconds since 1601.
    Number(i64),
}

/// The properties of a mail or of one of its files.
#[derive(Clone, Default, PartialEq)]
pub struct Properties {
    values: HashMap<u16, Value>,
}

crate::redacted_debug!(Value, Properties);

impl Properties {
    /// Keeps `value`; the first of a number stays.
    pub fn put(&mut self, id: u16, value: Value) {
        self.values.entry(id).or_insert(value);
    }

    /// Keeps all of `others`, also in place of what is here.
    pub fn take_over(&mut self, others: Self) {
        self.values.extend(others.values);
    }

    /// A text that is not blank.
    #[must_use]
    pub fn text(&self, id: u16) -> Option<String> {
        let text = match self.values.get(&id)? {
            Value::Text(text) => text.clone(),
            Value::Narrow(bytes) => match std::str::from_utf8(bytes) {
                Ok(text) => text.to_owned(),
                Err(_) => code_page(self.page(id::MESSAGE_CODEPAGE)).decode_without_bom_handling(bytes).0.into_owned(),
            },
            Value::Bytes(_) | Value::Number(_) => return None,
        };
        let text = text.trim_end_matches('\0');
        (!text.trim().is_empty()).then(|| text.to_owned())
    }

    /// Bytes.
    #[must_use]
    pub fn bytes(&self, id: u16) -> Option<&[u8]> {
        match self.values.get(&id)? {
            Value::Bytes(bytes) | Value::Narrow(bytes) => Some(bytes),
            Value::Text(_) | Value::Number(_) => None,
        }
    }

    /// A number.
    #[must_use]
    pub fn number(&self, id: u16) -> Option<i64> {
        match self.values.get(&id)? {
            Value::Number(number) => Some(*number),
            Value::Text(_) | Value::Narrow(_) | Value::Bytes(_) => None,
        }
    }

    fn page(&self, id: u16) -> u32 {
        self.number(id).and_then(|number| u32::try_from(number).ok()).unwrap_or(1252)
    }

    fn instant(&self, id: u16) -> Option<Instant> {
        /// Seconds from 1601 to 1970.
        const TO_1970: i64 = 11_644_473_600;
        let units = self.number(id).filter(|units| *units > 0)?;
        Instant::from_second(units / 10_000_000 - TO_1970).ok()
    }

    /// Who sent it, about what and when: from the headers it came with, where they were kept, else from what Outlook noted.
    #[must_use]
    pub fn message(&self) -> Message {
        let kept = self.text(id::TRANSPORT_MESSAGE_HEADERS).map(|text| format!("{}\r\n\r\n", text.trim()));
        let parsed = kept.as_deref().and_then(|text| MessageParser::default().parse_headers(text.as_bytes()));
        let mut message = parsed.as_ref().map_or_else(Message::default, headers::message);
        if message.from.is_empty() {
            message.from.extend(self.sender());
        }
        if let Some(subject) = self.text(id::SUBJECT) {
            message.subject = shown_name(&subject, headers::SUBJECT_CHARS_MAX);
        }
        message.date =
            message.date.or_else(|| self.instant(id::CLIENT_SUBMIT_TIME)).or_else(|| self.instant(id::MESSAGE_DELIVERY_TIME));
        message.message_id = message.message_id.or_else(|| self.text(id::INTERNET_MESSAGE_ID).map(|id| shown_name(&id, 998)));
        message
    }

    /// On whose behalf it was sent, else who sent it. An address within Exchange (`/o=…`) is none that outsiders can use.
    fn sender(&self) -> Option<Address> {
        let address = |ids: [u16; 2]| ids.into_iter().filter_map(|id| self.text(id)).find(|text| text.contains('@'));
        let name = self.text(id::SENT_REPRESENTING_NAME).or_else(|| self.text(id::SENDER_NAME));
        let address = address([id::SENT_REPRESENTING_SMTP_ADDRESS, id::SENT_REPRESENTING_ADDRESS])
            .or_else(|| address([id::SENDER_SMTP_ADDRESS, id::SENDER_ADDRESS]));
        if name.is_none() && address.is_none() {
            return None;
        }
        let name = name.map(|name| shown_name(&name, headers::NAME_CHARS_MAX)).filter(|name| !name.is_empty());
        Some(Address { name, address: address.map(|address| headers::bare_address(&address)).unwrap_or_default() })
    }

    /// The mail's own text in the shapes that are there.
    #[must_use]
    pub fn body(&self, limits: &Limits) -> BodyText {
        let html = self.text(id::HTML).or_else(|| self.bytes(id::HTML).map(|bytes| self.html_text(bytes)));
        let packed = self.bytes(id::RTF_COMPRESSED).filter(|_| html.is_none());
        // No honest letter is longer; the rest of it would not be kept.
        let bytes_max = limits.text_chars_max.saturating_mul(8);
        let rtf = packed.and_then(|packed| rtf::unpacked(packed, bytes_max).ok());
        let html = html.or_else(|| rtf.as_deref().and_then(|rtf| rtf::html_inside(rtf, bytes_max)));
        BodyText { plain: self.text(id::BODY), rtf: rtf.filter(|_| html.is_none()), html }
    }

    fn html_text(&self, bytes: &[u8]) -> String {
        if encoding_rs::Encoding::for_bom(bytes).is_some() || std::str::from_utf8(bytes).is_ok() {
            return decoded(bytes);
        }
        code_page(self.page(id::INTERNET_CODEPAGE)).decode_without_bom_handling(bytes).0.into_owned()
    }

    /// The file these properties describe, `bytes` in it; `None` for what Outlook itself hides, such as pictures of a signature.
    #[must_use]
    pub fn part(&self, bytes: Vec<u8>, kind: PartKind, number: usize) -> Option<Part> {
        let names = [id::ATTACH_LONG_FILENAME, id::ATTACH_FILENAME, id::DISPLAY_NAME];
        let name = names.into_iter().filter_map(|id| self.text(id)).map(|name| shown_name(&name, headers::NAME_CHARS_MAX));
        let name = name.into_iter().find(|name| !name.is_empty()).unwrap_or_else(|| format!("part {number}"));
        let declared_type = self.text(id::ATTACH_MIME_TAG).unwrap_or_default().trim().to_ascii_lowercase();
        let hidden = self.number(id::ATTACHMENT_HIDDEN).is_some_and(|hidden| hidden != 0);
        let decoration = (hidden || self.text(id::ATTACH_CONTENT_ID).is_some())
            && crate::domain::mail::open::is_decoration(&name, &declared_type, &bytes);
        let problem = bytes.is_empty().then_some(Problem::Empty);
        let head = AttachmentHead { name, declared_type, bytes: bytes.len() as u64 };
        (!decoration).then_some(Part { head, kind, bytes, problem })
    }
}
