//! Text strings of PDF dictionaries: UTF-16 and UTF-8 by their marks, else PDFDocEncoding.

/// The text of `bytes`, line ends as `\n`, blanks at both ends taken off.
#[must_use]
pub fn text(bytes: &[u8]) -> String {
    let raw = if let Some(rest) = bytes.strip_prefix(&[0xfe, 0xff]) {
        encoding_rs::UTF_16BE.decode_without_bom_handling(rest).0.into_owned()
    } else if let Some(rest) = bytes.strip_prefix(&[0xff, 0xfe]) {
        encoding_rs::UTF_16LE.decode_without_bom_handling(rest).0.into_owned()
    } else if let Some(rest) = bytes.strip_prefix(b"\xef\xbb\xbf") {
        String::from_utf8_lossy(rest).into_owned()
    } else {
        bytes.iter().map(|byte| doc_char(*byte)).collect()
    };
    let lines = raw.replace("\r\n", "\n").replace('\r', "\n");
    let kept: String = lines.chars().filter(|c| *c == '\n' || *c == '\t' || !c.is_control()).collect();
    kept.trim().to_owned()
}

/// The bytes of a name used as a value (`/Yes`), which programs write in any charset.
#[must_use]
pub fn name(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.trim().to_owned(),
        Err(_) => text(bytes),
    }
}

/// PDFDocEncoding: Latin-1 but for two ranges.
fn doc_char(byte: u8) -> char {
    const LOW: [char; 8] = ['˘', 'ˇ', 'ˆ', '˙', '˝', '˛', '˚', '˜'];
    const HIGH: [char; 33] = [
        '•', '†', '‡', '…', '—', '–', 'ƒ', '⁄', '‹', '›', '−', '‰', '„', '“', '”', '‘', '’', '‚', '™', 'ﬁ', 'ﬂ', 'Ł', 'Œ', 'Š',
        'Ÿ', 'Ž', 'ı', 'ł', 'œ', 'š', 'ž', '\u{fffd}', '€',
    ];
    match byte {
        0x18..=0x1f => LOW[usize::from(byte - 0x18)],
        0x80..=0xa0 => HIGH[usize::from(byte - 0x80)],
        _ => char::from(byte),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn field_texts_keep_their_letters() {
        for (bytes, expected) in [
            (&b"\xfe\xff\x01\x59\x00a"[..], "řa"),
            (b"caf\xe9 \x80\xa0", "café •€"),
            (b"\xef\xbb\xbfsi\xc3\xa2n", "siân"),
            (b" one\rtwo\r\n", "one\ntwo"),
        ] {
            assert_eq!(super::text(bytes), expected);
        }
    }
}
