//! What kind of file bytes are, told by the bytes. The name and the declared type only break ties between texts.

use super::Format;

/// 7z, RAR, gzip, a cabinet.
const ARCHIVES: [&[u8]; 4] = [b"7z\xbc\xaf\x27\x1c", b"Rar!\x1a\x07", b"\x1f\x8b\x08", b"MSCF\0\0\0\0"];

/// The format of `bytes`; `name` and `declared_type` are what the mail says.
#[must_use]
pub fn format(name: &str, declared_type: &str, bytes: &[u8]) -> Format {
    let start = &bytes[..bytes.len().min(1024)];
    let has = |magic: &[u8]| start.starts_with(magic);
    if start.windows(5).any(|window| window == b"%PDF-") {
        return Format::Pdf;
    }
    if super::sealed::recognised(name, declared_type, bytes).is_some() {
        return Format::Sealed;
    }
    // The second is the mark of an archive in one piece of several.
    if has(b"PK\x03\x04") || has(b"PK\x05\x06") || has(b"PK\x07\x08PK\x03\x04") {
        return Format::Zip;
    }
    if ARCHIVES.iter().any(|magic| has(magic)) {
        return Format::Archive;
    }
    if has(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1") {
        return compound(&name.to_ascii_lowercase(), bytes);
    }
    if has(b"{\\rtf") {
        return Format::Rtf;
    }
    if has(&[0x78, 0x9f, 0x3e, 0x22]) {
        return Format::Tnef;
    }
    if is_apple_photo(start) {
        return Format::Heic;
    }
    if is_image(start) {
        return Format::Image;
    }
    let lower = name.to_ascii_lowercase();
    let markup = start.trim_ascii_start().to_ascii_lowercase();
    let markup = markup.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&markup).to_vec();
    if markup.starts_with(b"<!doctype html") || markup.windows(5).any(|window| window == b"<html") {
        return Format::Html;
    }
    if declared_type == "message/rfc822" || lower.ends_with(".eml") {
        return Format::Mail;
    }
    if !is_text(start) {
        return Format::Unknown;
    }
    if begins_as_mail(start) {
        return Format::Mail;
    }
    match declared_type {
        "text/html" => Format::Html,
        _ if lower.ends_with(".html") || lower.ends_with(".htm") => Format::Html,
        _ => Format::Text,
    }
}

/// What an OLE compound file holds, by the names of its streams (UTF-16); `name` is lower case.
fn compound(name: &str, bytes: &[u8]) -> Format {
    let holds = |name: &str| {
        let wide: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
        bytes.windows(wide.len()).any(|window| window == wide.as_slice())
    };
    if holds("EncryptedPackage") {
        // An Office file of today under a password.
        Format::Docx
    } else if holds("__substg1.0_") {
        Format::Msg
    } else if holds("WordDocument") {
        Format::Doc
    } else {
        // Its directory broke off; the name is all that is left.
        match name.rsplit('.').next() {
            Some("msg") => Format::Msg,
            Some("doc" | "dot") => Format::Doc,
            _ => Format::Unknown,
        }
    }
}

fn is_apple_photo(start: &[u8]) -> bool {
    let brands = [b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1", b"avif"];
    start.get(4..8) == Some(b"ftyp") && start.get(8..12).is_some_and(|brand| brands.iter().any(|known| *known == brand))
}

fn is_image(start: &[u8]) -> bool {
    let riff = start.starts_with(b"RIFF") && start.get(8..12) == Some(b"WEBP");
    let plain: [&[u8]; 6] = [b"\x89PNG\r\n", b"\xff\xd8\xff", b"GIF8", b"II*\0", b"MM\0*", b"BM"];
    riff || plain.iter().any(|magic| start.starts_with(magic))
}

/// Text has no NUL (unless it says it is UTF-16) and hardly any control characters.
fn is_text(start: &[u8]) -> bool {
    if encoding_rs::Encoding::for_bom(start).is_some() {
        return true;
    }
    let controls = start.iter().filter(|b| **b < 0x20 && !matches!(b, b'\t' | b'\n' | b'\r' | 0x0c | 0x1b)).count();
    !start.contains(&0) && controls * 50 <= start.len()
}

/// Whether a text begins as a mail saved as a file does: headers from the first line on, among them ones that mail servers write, then
/// an empty line. A letter that quotes `From:` and `Sent:` has none of these.
fn begins_as_mail(start: &[u8]) -> bool {
    const BY_PROGRAMS: [&str; 7] =
        ["received", "return-path", "message-id", "mime-version", "x-mailer", "delivered-to", "content-transfer-encoding"];
    let text = String::from_utf8_lossy(start);
    let mut names = Vec::new();
    for line in text.lines() {
        if line.is_empty() {
            break;
        }
        if line.starts_with([' ', '\t']) && !names.is_empty() {
            continue;
        }
        let name = line.split_once(':').map(|(name, _)| name.to_ascii_lowercase());
        match name.filter(|name| !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')) {
            Some(name) => names.push(name),
            None => return false,
        }
    }
    let has = |name: &str| names.iter().any(|found| found == name);
    (has("from") || has("received") || has("return-path")) && BY_PROGRAMS.into_iter().any(has) && names.len() >= 3
}
