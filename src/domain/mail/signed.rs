//! S/MIME (RFC 8551) as one file, `smime.p7m`: what is only signed is opened, for its content stands in it as it was written.
//!
//! No signature is checked: who sent a mail is told by the mail server, not here.

/// Wrappings inside each other: the message, its parts, pieces of a text.
const DEPTH_MAX: usize = 16;
/// Object identifiers of CMS (RFC 5652), encoded.
const SIGNED_DATA: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02";

const SEQUENCE: u8 = 0x30;
const IDENTIFIER: u8 = 0x06;
const OCTETS: u8 = 0x04;
const OCTETS_IN_PIECES: u8 = 0x24;
const CONTENT: u8 = 0xa0;

/// The signed content of `bytes`, a mail's part with its headers; `None` when they are anything but a signed message.
#[must_use]
pub fn content(bytes: &[u8]) -> Option<Vec<u8>> {
    let message = expect(bytes, SEQUENCE)?;
    let (kind, rest) = element(message.content, 0)?;
    if kind.tag != IDENTIFIER || kind.content != SIGNED_DATA {
        return None;
    }
    let signed = expect(expect(rest, CONTENT)?.content, SEQUENCE)?;
    // A version and the algorithms stand before the content.
    let (_version, rest) = element(signed.content, 0)?;
    let (_algorithms, rest) = element(rest, 0)?;
    let (_kind, rest) = element(expect(rest, SEQUENCE)?.content, 0)?;
    let (content, _) = element(expect(rest, CONTENT)?.content, 0)?;
    let mut out = Vec::new();
    octets(&content, 0, &mut out)?;
    (!out.is_empty()).then_some(out)
}

struct Element<'a> {
    tag: u8,
    content: &'a [u8],
}

fn expect(bytes: &[u8], tag: u8) -> Option<Element<'_>> {
    element(bytes, 0).map(|(element, _)| element).filter(|element| element.tag == tag)
}

/// A text of bytes, whole or in pieces.
fn octets(element: &Element<'_>, depth: usize, out: &mut Vec<u8>) -> Option<()> {
    match element.tag {
        OCTETS => out.extend_from_slice(element.content),
        OCTETS_IN_PIECES if depth < DEPTH_MAX => {
            let mut rest = element.content;
            while !rest.is_empty() {
                let (piece, after) = self::element(rest, 0)?;
                octets(&piece, depth + 1, out)?;
                rest = after;
            }
        }
        _ => return None,
    }
    Some(())
}

/// The element at the beginning of `bytes`, and what follows it. Its length may be told, or ended by two noughts (BER).
fn element(bytes: &[u8], depth: usize) -> Option<(Element<'_>, &[u8])> {
    let (&tag, rest) = bytes.split_first()?;
    if tag & 0x1f == 0x1f || depth > DEPTH_MAX {
        return None;
    }
    let (&first, rest) = rest.split_first()?;
    match first {
        0x80 => {
            let mut after = rest;
            while !after.starts_with(&[0, 0]) {
                (_, after) = element(after, depth + 1)?;
            }
            Some((Element { tag, content: &rest[..rest.len() - after.len()] }, &after[2..]))
        }
        0..=0x7f => cut(tag, usize::from(first), rest),
        _ => {
            let (digits, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
            let length =
                digits.iter().try_fold(0_usize, |length, digit| length.checked_mul(256)?.checked_add(usize::from(*digit)));
            cut(tag, length?, rest)
        }
    }
}

fn cut(tag: u8, length: usize, rest: &[u8]) -> Option<(Element<'_>, &[u8])> {
    let (content, after) = rest.split_at_checked(length)?;
    Some((Element { tag, content }, after))
}

#[cfg(test)]
mod tests {
    use super::content;

    fn wrapped(tag: u8, inner: &[u8]) -> Vec<u8> {
        let length = u32::try_from(inner.len()).expect("it is short").to_be_bytes();
        [&[tag, 0x84][..], &length, inner].concat()
    }

    #[test]
    fn signed_content_is_found_whole_or_in_pieces_and_nothing_else_is() {
        let data = wrapped(0x06, b"\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01");
        let message = |kind: u8, octets: Vec<u8>| {
            let inner = wrapped(0x30, &[data.clone(), wrapped(0xa0, &octets)].concat());
            let body = [wrapped(0x02, &[1]), wrapped(0x31, &[]), inner, wrapped(0x31, &[])].concat();
            let oid = [b"\x2a\x86\x48\x86\xf7\x0d\x01\x07".to_vec(), vec![kind]].concat();
            wrapped(0x30, &[wrapped(0x06, &oid), wrapped(0xa0, &wrapped(0x30, &body))].concat())
        };
        let hello = wrapped(0x04, b"hello");
        assert_eq!(content(&message(2, hello.clone())).as_deref(), Some(&b"hello"[..]));
        let pieces = [&[0x24, 0x80][..], &wrapped(0x04, b"hel"), &wrapped(0x04, b"lo"), &[0, 0]].concat();
        assert_eq!(content(&message(2, pieces)).as_deref(), Some(&b"hello"[..]));
        assert_eq!(content(&message(3, hello)), None);
        assert_eq!(content(&[0x30, 0x80].repeat(100_000)), None);
        assert_eq!(content(b"0\x84\xff\xff\xff\xff"), None);
    }
}
