//! What kind of file bytes are, told by the bytes. The name and the declared type only break ties between texts.

use super::Format;

/// The format of `bytes`; `name` and `declared_type` are what the mail says.
#[must_use]
pub fn format(name: &str, declared_type: &str, bytes: &[u8]) -> Format {
    let start = &bytes[..bytes.len().min(1024)];
    let has = |magic: &[u8]| start.starts_with(magic);
    if start.windows(5).any(|window| window == b"%PDF-") {
        return Format::Pdf;
    }
    if has(b"PK\x03\x04") || has(b"PK\x05\x06") {
        return Format::Zip;
    }
    if has(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1") {
        return compound(bytes);
    }
    if has(b"{\\rtf") {
        return Format::Rtf;
    }
    if has(&[0x78, 0x9f, 0x3e, 0x22]) {
        return Format::Tnef;
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
    match declared_type {
        "text/html" => Format::Html,
        _ if lower.ends_with(".html") || lower.ends_with(".htm") => Format::Html,
        _ => Format::Text,
    }
}

/// What an OLE compound file holds, by the names of its streams (UTF-16).
fn compound(bytes: &[u8]) -> Format {
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
        Format::Unknown
    }
}

fn is_image(start: &[u8]) -> bool {
    let heic =
        start.get(4..8) == Some(b"ftyp") && matches!(start.get(8..12), Some(b"heic" | b"heix" | b"mif1" | b"msf1" | b"avif"));
    let riff = start.starts_with(b"RIFF") && start.get(8..12) == Some(b"WEBP");
    let plain: [&[u8]; 6] = [b"\x89PNG\r\n", b"\xff\xd8\xff", b"GIF8", b"II*\0", b"MM\0*", b"BM"];
    heic || riff || plain.iter().any(|magic| start.starts_with(magic))
}

/// Text has no NUL (unless it says it is UTF-16) and hardly any control characters.
fn is_text(start: &[u8]) -> bool {
    if encoding_rs::Encoding::for_bom(start).is_some() {
        return true;
    }
    let controls = start.iter().filter(|b| **b < 0x20 && !matches!(b, b'\t' | b'\n' | b'\r' | 0x0c | 0x1b)).count();
    !start.contains(&0) && controls * 50 <= start.len()
}
