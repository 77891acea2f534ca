//! A file that came without a mail, as the mail it would have come with: everything that reads mails then reads files.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// A mail of nobody, without a text of its own, that carries `file` as `name`.
#[must_use]
pub fn carrying(name: &str, file: &[u8]) -> Vec<u8> {
    const LINE: usize = 76;
    // RFC 2231: a name of any letters, each byte that is not plain written as %XX.
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
    let name: String =
        name.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect();
    let mut mail = format!(
        "MIME-Version: 1.0\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n\
         Content-Disposition: attachment; filename*=UTF-8''{name}\r\n\r\n"
    )
    .into_bytes();
    let text = STANDARD.encode(file);
    mail.reserve(text.len() + text.len() / LINE * 2 + 2);
    for line in text.as_bytes().chunks(LINE) {
        mail.extend_from_slice(line);
        mail.extend_from_slice(b"\r\n");
    }
    mail
}
