//! Wrappers of secure-mail services: known by how they are built, never opened. A person opens them where they were made for.

/// Who can open it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seal {
    /// Microsoft Purview, also as Office 365 Message Encryption and Azure Rights Management.
    Purview,
    /// Egress.
    Egress,
    /// Cisco Secure Email.
    Cisco,
    /// Proofpoint.
    Proofpoint,
    /// Galaxkey.
    Galaxkey,
    /// OpenText Voltage.
    Voltage,
    /// Zix.
    Zix,
    /// S/MIME: a certificate of the reader's own.
    Smime,
    /// OpenPGP: a key of the reader's own.
    OpenPgp,
}

impl Seal {
    /// Its name, as a sentence for a person goes on with it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Purview => "Microsoft Purview",
            Self::Egress => "Egress",
            Self::Cisco => "Cisco Secure Email",
            Self::Proofpoint => "Proofpoint",
            Self::Galaxkey => "Galaxkey",
            Self::Voltage => "Voltage SecureMail",
            Self::Zix => "Zix",
            Self::Smime => "S/MIME",
            Self::OpenPgp => "OpenPGP",
        }
    }
}

/// How a file of Azure Rights Management begins.
const RPMSG: &[u8] = b"\x76\xe8\x04\x60\xc4\x11\xe3\x86";
/// Object identifiers of CMS: enveloped data; authenticated and enveloped data (RFC 5652, 5083).
const ENVELOPED: [&[u8]; 2] =
    [b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x03", b"\x06\x0b\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x01\x17"];
/// The object identifier stands in the first bytes, after two lengths.
const CMS_HEAD_BYTES: usize = 24;
/// Bytes of a page looked at; the sealed letter itself stands in it as one long value.
const PAGE_BYTES: usize = 256 << 10;
/// What stands in the page of a service and in no letter: where its form is sent, the names of its scripts.
const PAGES: [(Seal, &[&str]); 7] = [
    (Seal::Cisco, &["res.cisco.com/", "/websafe/", "postx.com", "name=\"pxsf", "cisco registered envelope"]),
    (Seal::Proofpoint, &["formpostdir/securereader", "proofpoint encryption", "securereader/init.jsp"]),
    (
        Seal::Purview,
        &["outlook.office365.com/encryption", "outlook.office.com/encryption", "/encryption/retrieve.ashx", "name=\"rpmsg\""],
    ),
    (Seal::Egress, &["switch.egress.com", "reader.egress.com", "egress-switch", "egress secure email"]),
    (Seal::Galaxkey, &["galaxkey.com", "gxksecure"]),
    (Seal::Voltage, &["voltage-pp-", "zdmstyle", "voltage securemail"]),
    (Seal::Zix, &["zixmessagecenter.com", "zixport", "zixmail"]),
];

/// Who sealed the file `bytes`; `None` when nobody did.
#[must_use]
pub fn recognised(name: &str, declared_type: &str, bytes: &[u8]) -> Option<Seal> {
    let name = name.to_ascii_lowercase();
    let ends = |endings: &[&str]| endings.iter().any(|ending| name.ends_with(ending));
    if bytes.starts_with(RPMSG) || declared_type == "application/x-microsoft-rpmsg-message" || ends(&[".rpmsg"]) {
        return Some(Seal::Purview);
    }
    let head = &bytes[..bytes.len().min(CMS_HEAD_BYTES)];
    if head.starts_with(b"0") && ENVELOPED.iter().any(|kind| head.windows(kind.len()).any(|window| window == *kind)) {
        return Some(Seal::Smime);
    }
    if is_pgp(bytes, declared_type) || (ends(&[".pgp", ".gpg"]) && bytes.first().is_some_and(|byte| byte & 0x80 != 0)) {
        return Some(Seal::OpenPgp);
    }
    if ends(&[".switch"]) {
        return Some(Seal::Egress);
    }
    if ends(&[".gxk", ".gxkx"]) {
        return Some(Seal::Galaxkey);
    }
    page(bytes)
}

fn is_pgp(bytes: &[u8], declared_type: &str) -> bool {
    declared_type == "application/pgp-encrypted" || has_pgp_block(&bytes[..bytes.len().min(4_096)])
}

/// Whether a text holds a letter under OpenPGP.
#[must_use]
pub fn has_pgp_block(text: &[u8]) -> bool {
    const OPENING: &[u8] = b"-----BEGIN PGP MESSAGE-----";
    text.split(|byte| *byte == b'\n').any(|line| line.trim_ascii_start().starts_with(OPENING))
}

/// The page of a service: it has a form to send or a script to run, and words that only the service writes.
fn page(bytes: &[u8]) -> Option<Seal> {
    let start = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    if !start[..start.len().min(1024)].trim_ascii_start().starts_with(b"<") {
        return None;
    }
    let text = String::from_utf8_lossy(&bytes[..bytes.len().min(PAGE_BYTES)]).to_ascii_lowercase();
    if !text.contains("<html") && !text.contains("<form") && !text.contains("<!doctype html") {
        return None;
    }
    if !text.contains("<form") && !text.contains("<script") {
        return None;
    }
    PAGES.into_iter().find(|(_, marks)| marks.iter().any(|mark| text.contains(mark))).map(|(seal, _)| seal)
}

#[cfg(test)]
mod tests {
    use super::{Seal, recognised};

    #[test]
    fn each_service_is_known_by_what_it_sends_and_a_letter_about_it_is_not() {
        for (name, kind, bytes, expected) in [
            ("message_v2.rpmsg", "application/octet-stream", &b"\x76\xe8\x04\x60\xc4\x11\xe3\x86data"[..], Some(Seal::Purview)),
            ("x.bin", "", b"\x76\xe8\x04\x60\xc4\x11\xe3\x86data", Some(Seal::Purview)),
            (
                "message.html",
                "text/html",
                b"<html><form action=\"https://outlook.office365.com/Encryption/store.ashx\"><input name=\"rpmsg\">",
                Some(Seal::Purview),
            ),
            (
                "securedoc.html",
                "text/html",
                b"<!DOCTYPE html><script>var a='https://res.cisco.com/websafe/help'</script>",
                Some(Seal::Cisco),
            ),
            (
                "SecureMessageAtt.html",
                "text/html",
                b"<html><form action='https://secure.example.org/formpostdir/securereader'>",
                Some(Seal::Proofpoint),
            ),
            ("letter.switch", "", b"anything", Some(Seal::Egress)),
            ("Secure Message.html", "", b"<html><script src=\"https://switch.egress.com/ui/x.js\">", Some(Seal::Egress)),
            ("letter.gxk", "", b"anything", Some(Seal::Galaxkey)),
            (
                "smime.p7m",
                "application/pkcs7-mime",
                b"0\x82\x05\x00\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x03\xa0\x82",
                Some(Seal::Smime),
            ),
            ("encrypted.asc", "application/octet-stream", b"-----BEGIN PGP MESSAGE-----\nVersion: 1\n\nhQ", Some(Seal::OpenPgp)),
            ("letter.gpg", "", b"\x85\x01\x0c\x03", Some(Seal::OpenPgp)),
            ("notes.txt", "text/plain", b"We use Egress: https://switch.egress.com/ and galaxkey.com", None),
            ("page.html", "text/html", b"<html><p>Sent by Egress, switch.egress.com</p></html>", None),
            ("form.html", "text/html", b"<html><form action=x><input name=child></form></html>", None),
        ] {
            assert_eq!(recognised(name, kind, bytes), expected, "{name}");
        }
    }
}
