//! Names of folders as they go over the wire: modified UTF-7 (RFC 3501, section 5.1.3), in quotes.

use base64::Engine as _;

/// `Processed` → `"Processed"`, `Entwürfe` → `"Entw&APw-rfe"`.
#[must_use]
pub fn quoted(folder: &str) -> String {
    let escaped = encoded(folder).replace('\\', "\\\\").replace('"', "\\\"");
    format!("\"{escaped}\"")
}

fn encoded(folder: &str) -> String {
    let mut out = String::new();
    let mut odd: Vec<u16> = Vec::new();
    for c in folder.chars() {
        if (' '..='~').contains(&c) {
            flush(&mut odd, &mut out);
            out.push(c);
            if c == '&' {
                out.push('-');
            }
        } else {
            odd.extend(c.encode_utf16(&mut [0; 2]).iter());
        }
    }
    flush(&mut odd, &mut out);
    out
}

fn flush(odd: &mut Vec<u16>, out: &mut String) {
    if odd.is_empty() {
        return;
    }
    let bytes: Vec<u8> = odd.drain(..).flat_map(u16::to_be_bytes).collect();
    let coded = base64::engine::general_purpose::STANDARD_NO_PAD.encode(bytes).replace('/', ",");
    out.push_str(&format!("&{coded}-"));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_goes_over_the_wire_as_rfc_3501_says() {
        assert_eq!(quoted("INBOX"), "\"INBOX\"");
        assert_eq!(quoted("Tom & \"Jo\\"), "\"Tom &- \\\"Jo\\\\\"");
        // The example of RFC 3501, section 5.1.3, and one beyond the basic plane.
        assert_eq!(quoted("~peter/mail/台北/日本語"), "\"~peter/mail/&U,BTFw-/&ZeVnLIqe-\"");
        assert_eq!(quoted("ŵ😀"), "\"&AXXYPd4A-\"");
    }
}
