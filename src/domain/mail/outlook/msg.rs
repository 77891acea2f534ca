//! `.msg` ([MS-OXMSG]): a compound file whose streams are the mail's properties, with a storage for each file.

use std::io::{Cursor, Read};
use std::path::{Path, PathBuf};

use super::properties::{Properties, Value, id};
use crate::domain::document::{Limits, Problem};
use crate::domain::mail::AttachmentHead;
use crate::domain::mail::open::{Opened, Part, PartKind, Refused};

/// How a compound file begins.
pub const MAGIC: &[u8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1";

type Compound<'a> = cfb::CompoundFile<Cursor<&'a [u8]>>;

/// Bytes before the entries of the stream of fixed properties: of a mail of its own, of a mail within one, of a file.
const HEAD_OF_MAIL: usize = 32;
const HEAD_OF_INNER_MAIL: usize = 24;
const HEAD_OF_FILE: usize = 8;
const FIXED_PROPERTIES: &str = "__properties_version1.0";
/// The file that is itself a mail, or an object of another program.
const INNER_STORAGE: &str = "__substg1.0_3701000D";

/// Kinds of values ([MS-OXCDATA]).
const KIND_NARROW: u16 = 0x001e;
const KIND_TEXT: u16 = 0x001f;
const KIND_BINARY: u16 = 0x0102;

/// Opens the `.msg` in `bytes`.
///
/// # Errors
/// `NotAMail` when it is none, `TooLarge` and `TooManyParts` over the limits.
pub fn open(bytes: &[u8], limits: &Limits) -> Result<Opened, Refused> {
    let mut file = Compound::open(Cursor::new(bytes)).map_err(|_| Refused::NotAMail)?;
    let mut reading = Reading { file: &mut file, bytes_left: limits.inflated_bytes_max };
    if !reading.file.is_stream(Path::new("/").join(FIXED_PROPERTIES)) {
        return Err(Refused::NotAMail);
    }
    let properties = reading.properties(Path::new("/"), HEAD_OF_MAIL, limits)?;
    let mut message = properties.message();
    let mut parts = Vec::new();
    let files = reading.files(limits)?;
    if files.len() > limits.attachments_max {
        let more = files.len() - limits.attachments_max;
        message.notes.push(format!("{more} more attachments than this programme reads; see the original"));
    }
    for (index, storage) in files.iter().take(limits.attachments_max).enumerate() {
        parts.extend(reading.part(storage, index + 1, limits)?);
    }
    message.attachments = parts.iter().map(|part: &Part| part.head.clone()).collect();
    Ok(Opened { message, body: vec![properties.body(limits)], parts })
}

struct Reading<'f, 'a> {
    file: &'f mut Compound<'a>,
    bytes_left: u64,
}

impl Reading<'_, '_> {
    /// The storages of the files, in the order of their numbers.
    fn files(&mut self, limits: &Limits) -> Result<Vec<PathBuf>, Refused> {
        let entries = self.file.read_root_storage().take(limits.zip_entries_max + 1);
        let mut storages: Vec<PathBuf> = entries
            .filter(|entry| entry.is_storage() && entry.name().starts_with("__attach_version1.0_"))
            .map(|entry| entry.path().to_owned())
            .collect();
        if storages.len() > limits.zip_entries_max {
            return Err(Refused::TooManyParts);
        }
        storages.sort();
        Ok(storages)
    }

    /// The properties of `storage`: those of fixed length stand in one stream behind `head` bytes, each other in a stream of its own.
    fn properties(&mut self, storage: &Path, head: usize, limits: &Limits) -> Result<Properties, Refused> {
        let mut properties = Properties::default();
        let fixed = self.stream(&storage.join(FIXED_PROPERTIES))?.unwrap_or_default();
        for entry in fixed.get(head..).unwrap_or_default().chunks_exact(16) {
            let (tag, value) = (&entry[..4], &entry[8..]);
            let (kind, number) = (u16::from_le_bytes([tag[0], tag[1]]), u16::from_le_bytes([tag[2], tag[3]]));
            let wide = i64::from_le_bytes(value.try_into().expect("the entry has sixteen bytes"));
            match kind {
                0x0002 => properties.put(number, Value::Number(wide & 0xffff)),
                0x0003 => properties.put(number, Value::Number(wide & 0xffff_ffff)),
                0x000b => properties.put(number, Value::Number(wide & 1)),
                0x0014 | 0x0040 => properties.put(number, Value::Number(wide)),
                _ => {}
            }
        }
        let entries = self.file.read_storage(storage).map_err(|_| Refused::NotAMail)?.take(limits.zip_entries_max);
        let streams: Vec<(PathBuf, u16, u16)> = entries
            .filter(|entry| entry.is_stream())
            .filter_map(|entry| {
                let tag = entry.name().strip_prefix("__substg1.0_").filter(|tag| tag.len() == 8)?;
                let number = u16::from_str_radix(tag.get(..4)?, 16).ok()?;
                Some((entry.path().to_owned(), number, u16::from_str_radix(tag.get(4..)?, 16).ok()?))
            })
            .filter(|(_, number, _)| is_wanted(*number))
            .collect();
        for (path, number, kind) in streams {
            let Some(bytes) = self.stream(&path)? else { continue };
            match kind {
                KIND_TEXT => {
                    properties.put(number, Value::Text(encoding_rs::UTF_16LE.decode_without_bom_handling(&bytes).0.into()))
                }
                KIND_NARROW => properties.put(number, Value::Narrow(bytes)),
                KIND_BINARY => properties.put(number, Value::Bytes(bytes)),
                _ => {}
            }
        }
        Ok(properties)
    }

    fn part(&mut self, storage: &Path, number: usize, limits: &Limits) -> Result<Option<Part>, Refused> {
        let properties = self.properties(storage, HEAD_OF_FILE, limits)?;
        let inner = storage.join(INNER_STORAGE);
        if !self.file.is_storage(&inner) {
            let bytes = properties.bytes(id::ATTACH_DATA).unwrap_or_default().to_vec();
            // A signed mail is kept whole, as the one file of an empty one.
            let signed = properties.text(id::ATTACH_MIME_TAG).is_some_and(|kind| kind.eq_ignore_ascii_case("multipart/signed"));
            let kind = if signed { PartKind::Mail } else { PartKind::File };
            return Ok(properties.part(bytes, kind, number));
        }
        if self.file.is_stream(inner.join(FIXED_PROPERTIES)) {
            let bytes = self.mail_of_its_own(&inner)?;
            return Ok(properties.part(bytes, PartKind::Mail, number));
        }
        // A drawing, a sheet or the like of another program, set into the text.
        let name = properties.text(id::DISPLAY_NAME).unwrap_or_else(|| format!("part {number}"));
        let head = AttachmentHead { name, declared_type: "application/x-oleobject".to_owned(), bytes: 0 };
        Ok(Some(Part { head, kind: PartKind::File, bytes: Vec::new(), problem: Some(Problem::Unsupported) }))
    }

    /// The mail in the storage `inner` as a file of its own.
    fn mail_of_its_own(&mut self, inner: &Path) -> Result<Vec<u8>, Refused> {
        const ENTRIES_MAX: usize = 10_000;
        let damaged = |_| Refused::NotAMail;
        let entries: Vec<(PathBuf, bool)> = self
            .file
            .walk_storage(inner)
            .map_err(damaged)?
            .take(ENTRIES_MAX)
            .skip(1)
            .map(|entry| (entry.path().to_owned(), entry.is_stream()))
            .collect();
        let mut copy = cfb::CompoundFile::create(Cursor::new(Vec::new())).map_err(damaged)?;
        for (path, is_stream) in entries {
            let Ok(below) = path.strip_prefix(inner) else { continue };
            let target = Path::new("/").join(below);
            if !is_stream {
                copy.create_storage(&target).map_err(damaged)?;
                continue;
            }
            let Some(mut bytes) = self.stream(&path)? else { continue };
            if below == Path::new(FIXED_PROPERTIES) && bytes.len() >= HEAD_OF_INNER_MAIL {
                bytes.splice(HEAD_OF_INNER_MAIL..HEAD_OF_INNER_MAIL, [0; HEAD_OF_MAIL - HEAD_OF_INNER_MAIL]);
            }
            let mut stream = copy.create_stream(&target).map_err(damaged)?;
            std::io::Write::write_all(&mut stream, &bytes).map_err(damaged)?;
        }
        copy.flush().map_err(damaged)?;
        Ok(copy.into_inner().into_inner())
    }

    /// A stream as far as it can be read; `None` when there is none.
    fn stream(&mut self, path: &Path) -> Result<Option<Vec<u8>>, Refused> {
        if !self.file.is_stream(path) {
            return Ok(None);
        }
        let opened = self.file.open_stream(path).map_err(|_| Refused::NotAMail)?;
        if opened.len() > self.bytes_left {
            return Err(Refused::TooLarge);
        }
        let mut out = Vec::new();
        let _broken_off = opened.take(self.bytes_left).read_to_end(&mut out);
        self.bytes_left -= out.len() as u64;
        Ok(Some(out))
    }
}

/// The properties that are read; a mail has hundreds more.
fn is_wanted(number: u16) -> bool {
    [
        id::SUBJECT,
        id::SENT_REPRESENTING_NAME,
        id::SENT_REPRESENTING_ADDRESS,
        id::TRANSPORT_MESSAGE_HEADERS,
        id::SENDER_NAME,
        id::SENDER_ADDRESS,
        id::BODY,
        id::RTF_COMPRESSED,
        id::HTML,
        id::INTERNET_MESSAGE_ID,
        id::DISPLAY_NAME,
        id::ATTACH_DATA,
        id::ATTACH_FILENAME,
        id::ATTACH_LONG_FILENAME,
        id::ATTACH_MIME_TAG,
        id::ATTACH_CONTENT_ID,
        id::SENDER_SMTP_ADDRESS,
        id::SENT_REPRESENTING_SMTP_ADDRESS,
    ]
    .contains(&number)
}
