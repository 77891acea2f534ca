//! Transfer encodings read leniently: a second try for parts a strict parser gives up on.

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

/// Forgives missing padding and stray bits at the end; the alphabet is filtered before.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent).with_decode_allow_trailing_bits(true),
);

/// The bytes a part meant, by the name of its Content-Transfer-Encoding.
#[must_use]
pub fn decoded(encoding: &str, body: &[u8]) -> Vec<u8> {
    match encoding.trim().to_ascii_lowercase().trim_end_matches(';') {
        "base64" => base64_leniently(body),
        "quoted-printable" => quoted_printable(body),
        "x-uuencode" | "uuencode" | "x-uue" | "uue" => uuencoded(body).unwrap_or_else(|| body.to_vec()),
        _ => body.to_vec(),
    }
}

/// Everything before a byte that is no base64 is used; foreign bytes inside are skipped.
fn base64_leniently(body: &[u8]) -> Vec<u8> {
    let mut clean: Vec<u8> = Vec::with_capacity(body.len());
    for line in body.split(|b| *b == b'\n') {
        clean.extend(line.iter().filter(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/')));
        if line.trim_ascii_end().ends_with(b"=") {
            break;
        }
    }
    if clean.len() % 4 == 1 {
        clean.pop();
    }
    LENIENT.decode(&clean).unwrap_or_default()
}

fn quoted_printable(body: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(body.len());
    let mut at = 0;
    while at < body.len() {
        let byte = body[at];
        at += 1;
        if byte != b'=' {
            out.push(byte);
            continue;
        }
        let rest = &body[at..];
        let hex =
            rest.get(..2).and_then(|pair| std::str::from_utf8(pair).ok()).and_then(|pair| u8::from_str_radix(pair, 16).ok());
        if let Some(value) = hex {
            out.push(value);
            at += 2;
        } else if rest.starts_with(b"\r\n") {
            at += 2;
        } else if rest.starts_with(b"\n") {
            at += 1;
        } else {
            out.push(b'=');
        }
    }
    out
}

fn uuencoded(body: &[u8]) -> Option<Vec<u8>> {
    let mut lines = body.split(|b| *b == b'\n').skip_while(|line| !line.starts_with(b"begin "));
    lines.next()?;
    let mut out = Vec::with_capacity(body.len() / 4 * 3);
    for line in lines {
        let line = line.trim_ascii_end();
        if line == b"end" {
            break;
        }
        let value = |byte: u8| byte.wrapping_sub(32) & 63;
        let Some((count, groups)) = line.split_first() else { continue };
        let wanted = out.len() + usize::from(value(*count));
        for group in groups.chunks(4) {
            let six = |index: usize| u32::from(group.get(index).copied().map_or(0, value));
            let word = six(0) << 18 | six(1) << 12 | six(2) << 6 | six(3);
            out.extend_from_slice(&word.to_be_bytes()[1..]);
        }
        out.truncate(wanted);
    }
    Some(out)
}

/// `bytes` as text of the named charset; without a known name: UTF-8, else Windows-1252. Never UTF-7.
#[must_use]
pub fn text(bytes: &[u8], charset: Option<&str>) -> String {
    match charset.and_then(|label| encoding_rs::Encoding::for_label(label.trim().as_bytes())) {
        Some(encoding) if encoding != encoding_rs::UTF_8 => encoding.decode(bytes).0.into_owned(),
        _ => crate::domain::document::text::decoded(bytes),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn broken_transfer_encodings_still_give_their_bytes() {
        for (encoding, body, expected) in [
            ("BASE64", &b"aGVs\r\nbG8"[..], &b"hello"[..]),
            ("base64;", b"aGVs!!bG8=\njunk after the end", b"hello"),
            ("quoted-printable", b"caf=C3=A9 =\r\nnoir =ZZ", "caf\u{e9} noir =ZZ".as_bytes()),
            ("x-uuencode", b"begin 644 a.txt\n%:&5L;&\\\n`\nend\n", b"hello"),
            ("8bit", b"as it is", b"as it is"),
        ] {
            assert_eq!(decoded(encoding, body), expected, "{encoding}");
        }
    }

    #[test]
    fn a_charset_that_lies_still_gives_letters() {
        assert_eq!(text(b"caf\xe9", None), "café");
        assert_eq!(text("café".as_bytes(), Some("no-such")), "café");
        assert_eq!(text(b"+AGE-", Some("utf-7")), "+AGE-");
    }
}
