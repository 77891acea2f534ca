//! `winmail.dat` ([MS-OXTNEF]): Outlook's own wrapping of a mail's text and files, which other programs see as one odd file.
//!
//! A row of attributes, each with its length; two of them hold MAPI properties. What breaks off is read as far as it goes.

use super::properties::{Properties, Value, id};
use crate::domain::document::Limits;
use crate::domain::mail::open::{Opened, Part, PartKind, Refused};

/// How it begins: the signature 0x223e9f78, its low byte first.
pub const MAGIC: &[u8] = &[0x78, 0x9f, 0x3e, 0x22];

const LEVEL_FILE: u8 = 2;
const SUBJECT: u32 = 0x0001_8004;
const FILE_TITLE: u32 = 0x0001_8010;
const BODY: u32 = 0x0002_800c;
const FILE_DATA: u32 = 0x0006_800f;
const FILE_BEGINS: u32 = 0x0006_9002;
const MAPI_PROPERTIES: u32 = 0x0006_9003;
const FILE_PROPERTIES: u32 = 0x0006_9005;
const CODE_PAGE: u32 = 0x0006_9007;

/// Properties read of one mail or file.
const PROPERTIES_MAX: u32 = 10_000;
/// Before an object within stands what kind of object it is; a mail is this kind, and written as `winmail.dat` again.
const KIND_BYTES: usize = 16;

/// Opens the TNEF stream in `bytes`.
///
/// # Errors
/// `NotAMail` when it is none, `TooManyParts` with more files than parts are allowed.
pub fn open(bytes: &[u8], limits: &Limits) -> Result<Opened, Refused> {
    let mut rest = Cut(bytes.strip_prefix(MAGIC).ok_or(Refused::NotAMail)?);
    rest.take(2).ok_or(Refused::NotAMail)?;
    let mut mail = Properties::default();
    let mut files: Vec<File> = Vec::new();
    while let Some(attribute) = rest.attribute() {
        if attribute.level == LEVEL_FILE {
            if attribute.number == FILE_BEGINS || files.is_empty() {
                if files.len() >= limits.parts_max {
                    return Err(Refused::TooManyParts);
                }
                files.push(File::default());
            }
            let file = files.last_mut().expect("one was begun");
            match attribute.number {
                FILE_TITLE => file.title = Some(attribute.data),
                FILE_DATA => file.data = attribute.data,
                FILE_PROPERTIES => file.properties = properties(Cut(attribute.data)),
                _ => {}
            }
            continue;
        }
        match attribute.number {
            CODE_PAGE => {
                let page = attribute.data.first_chunk().map_or(0, |page| u32::from_le_bytes(*page));
                mail.put(id::MESSAGE_CODEPAGE, Value::Number(i64::from(page)));
            }
            SUBJECT => mail.put(id::SUBJECT, Value::Narrow(attribute.data.to_vec())),
            BODY => mail.put(id::BODY, Value::Narrow(attribute.data.to_vec())),
            MAPI_PROPERTIES => mail.take_over(properties(Cut(attribute.data))),
            _ => {}
        }
    }
    let page = mail.number(id::MESSAGE_CODEPAGE);
    let mut message = mail.message();
    let read = files.into_iter().take(limits.attachments_max).enumerate();
    let parts: Vec<Part> = read.filter_map(|(index, file)| file.part(index + 1, page)).collect();
    message.attachments = parts.iter().map(|part| part.head.clone()).collect();
    Ok(Opened { message, body: vec![mail.body(limits)], parts })
}

/// A file in the making.
#[derive(Default)]
struct File<'a> {
    title: Option<&'a [u8]>,
    data: &'a [u8],
    properties: Properties,
}

impl File<'_> {
    fn part(self, number: usize, page: Option<i64>) -> Option<Part> {
        let Self { title, data, mut properties } = self;
        if let Some(page) = page {
            properties.put(id::MESSAGE_CODEPAGE, Value::Number(page));
        }
        if let Some(title) = title {
            properties.put(id::ATTACH_FILENAME, Value::Narrow(title.to_vec()));
        }
        let object = properties.bytes(id::ATTACH_DATA).unwrap_or_default();
        match object.get(KIND_BYTES..).filter(|inner| inner.starts_with(MAGIC)) {
            Some(inner) => properties.part(inner.to_vec(), PartKind::Mail, number),
            None if data.is_empty() => properties.part(object.to_vec(), PartKind::File, number),
            None => properties.part(data.to_vec(), PartKind::File, number),
        }
    }
}

/// Bytes not yet read. Every length is checked before it is believed.
#[derive(Clone, Copy)]
struct Cut<'a>(&'a [u8]);

struct Attribute<'a> {
    level: u8,
    number: u32,
    data: &'a [u8],
}

impl<'a> Cut<'a> {
    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    fn u16(&mut self) -> Option<u16> {
        Some(u16::from_le_bytes(self.take(2)?.try_into().ok()?))
    }

    fn u32(&mut self) -> Option<u32> {
        Some(u32::from_le_bytes(self.take(4)?.try_into().ok()?))
    }

    fn attribute(&mut self) -> Option<Attribute<'a>> {
        let level = *self.take(1)?.first()?;
        let number = self.u32()?;
        let length = self.u32()? as usize;
        let data = self.take(length.min(self.0.len()))?;
        // A checksum; what has none broke off, and is used as far as it goes.
        let _sum = self.u16();
        matches!(level, 1 | LEVEL_FILE).then_some(Attribute { level, number, data })
    }

    /// `length` bytes and what fills them up to a multiple of four.
    fn padded(&mut self, length: usize) -> Option<&'a [u8]> {
        let taken = self.take(length)?;
        let fill = length.next_multiple_of(4) - length;
        let _fill = self.take(fill.min(self.0.len()));
        Some(taken)
    }
}

/// The properties in `data`, up to the first that makes no sense.
fn properties(mut data: Cut<'_>) -> Properties {
    let mut out = Properties::default();
    let count = data.u32().unwrap_or(0).min(PROPERTIES_MAX);
    for _ in 0..count {
        if property(&mut data, &mut out).is_none() {
            break;
        }
    }
    out
}

fn property(data: &mut Cut<'_>, out: &mut Properties) -> Option<()> {
    const SEVERAL: u16 = 0x1000;
    let kind = data.u16()?;
    let number = data.u16()?;
    if number >= 0x8000 {
        // A name in place of a number: whose, then a number or words.
        data.take(16)?;
        if data.u32()? == 0 {
            data.u32()?;
        } else {
            let length = data.u32()? as usize;
            data.padded(length)?;
        }
    }
    let variable = matches!(kind & !SEVERAL, 0x000d | 0x001e | 0x001f | 0x0102);
    let values = if variable || kind & SEVERAL != 0 { data.u32()? } else { 1 };
    for index in 0..values {
        let value = if variable {
            let length = data.u32()? as usize;
            let bytes = data.padded(length)?;
            match kind & !SEVERAL {
                0x001f => Value::Text(encoding_rs::UTF_16LE.decode_without_bom_handling(bytes).0.into()),
                0x001e => Value::Narrow(bytes.to_vec()),
                _ => Value::Bytes(bytes.to_vec()),
            }
        } else {
            fixed(data, kind & !SEVERAL)?
        };
        if index == 0 && kind & SEVERAL == 0 && number < 0x8000 {
            out.put(number, value);
        }
    }
    Some(())
}

/// A value of fixed length; shorter ones are filled up to four bytes.
fn fixed(data: &mut Cut<'_>, kind: u16) -> Option<Value> {
    let number = match kind {
        0x0002 => i64::from(data.u32()? & 0xffff),
        0x0003 | 0x0004 | 0x000a => i64::from(data.u32()?),
        0x000b => i64::from(data.u32()? & 1),
        0x0005..=0x0007 | 0x0014 | 0x0040 => i64::from_le_bytes(data.take(8)?.try_into().ok()?),
        0x0048 => {
            data.take(16)?;
            0
        }
        _ => return None,
    };
    Some(Value::Number(number))
}
