//! The limits of a mail, held before any parser sees it: one pass over the lines, no recursion, no decoding.
//!
//! A mail built to exhaust a parser (thirty thousand mails inside each other, a million headers) ends here with a
//! plain sentence instead of in a stack overflow.

use super::open::Refused;
use crate::domain::document::Limits;

/// Pieces of one parameter (`name*0`, `name*1` …, RFC 2231); their joining costs the square of their number.
const PARAMETER_PIECES_MAX: usize = 64;
/// All headers of one part together, in bytes.
const HEADERS_BYTES_MAX: usize = 1 << 20;
/// Mailboxes in one header.
const MAILBOXES_MAX: usize = 5_000;

/// One open multipart, or the mail inside a mail.
enum Level {
    Multipart(Vec<u8>),
    Mail,
}

/// What a block of headers says about what follows it.
enum Follows {
    Body,
    Multipart(Vec<u8>),
    Mail,
}

/// Refuses `raw` when it breaks a limit. Line ends must already be normal.
///
/// # Errors
/// The first limit broken.
pub fn check(raw: &[u8], limits: &Limits) -> Result<(), Refused> {
    let mut levels: Vec<Level> = Vec::new();
    let mut parts = 1;
    let mut at = headers(raw, 0, limits, &mut levels)?;
    while levels.len() <= limits.depth_max && at < raw.len() {
        let (line, next) = line_at(raw, at);
        at = next;
        let Some(rest) = line.strip_prefix(b"--") else { continue };
        let rest = rest.trim_ascii_end();
        let Some((depth, closing)) = boundary(&levels, rest) else { continue };
        if closing {
            levels.truncate(depth);
            continue;
        }
        levels.truncate(depth + 1);
        parts += 1;
        if parts > limits.parts_max {
            return Err(Refused::TooManyParts);
        }
        at = headers(raw, at, limits, &mut levels)?;
    }
    if levels.len() > limits.depth_max { Err(Refused::TooDeep) } else { Ok(()) }
}

/// The innermost level whose boundary `rest` is, and whether it closes it.
fn boundary(levels: &[Level], rest: &[u8]) -> Option<(usize, bool)> {
    levels.iter().enumerate().rev().find_map(|(depth, level)| match level {
        Level::Multipart(boundary) if rest == boundary.as_slice() => Some((depth, false)),
        Level::Multipart(boundary) if rest.strip_suffix(b"--") == Some(boundary.as_slice()) => Some((depth, true)),
        Level::Multipart(_) | Level::Mail => None,
    })
}

/// Passes the block of headers at `at` and those of mails directly inside it; pushes what they open.
/// Returns where the body begins.
fn headers(raw: &[u8], mut at: usize, limits: &Limits, levels: &mut Vec<Level>) -> Result<usize, Refused> {
    while levels.len() <= limits.depth_max {
        let (follows, next) = header_block(raw, at, limits)?;
        at = next;
        match follows {
            Follows::Body => return Ok(at),
            Follows::Multipart(boundary) => {
                levels.push(Level::Multipart(boundary));
                return Ok(at);
            }
            Follows::Mail => levels.push(Level::Mail),
        }
    }
    Ok(at)
}

fn header_block(raw: &[u8], mut at: usize, limits: &Limits) -> Result<(Follows, usize), Refused> {
    let start = at;
    let mut follows = Follows::Body;
    let mut count = 0;
    let mut header = at..at;
    loop {
        let (line, next) = line_at(raw, at);
        let ends = at >= raw.len() || line.is_empty();
        let continued = !ends && matches!(line[0], b' ' | b'\t');
        if !continued {
            if !header.is_empty() {
                check_header(&raw[header.clone()], limits, &mut follows)?;
            }
            count += 1;
            header = at..at;
        }
        if ends {
            return Ok((follows, next));
        }
        if count > limits.headers_max || at - start > HEADERS_BYTES_MAX {
            return Err(Refused::HeadersOverLimit);
        }
        header.end = next;
        at = next;
    }
}

fn check_header(header: &[u8], limits: &Limits, follows: &mut Follows) -> Result<(), Refused> {
    if header.len() > limits.header_bytes_max {
        return Err(Refused::HeadersOverLimit);
    }
    if header.iter().filter(|b| **b == b'@').count() > MAILBOXES_MAX {
        return Err(Refused::HeadersOverLimit);
    }
    let Some(colon) = header.iter().position(|b| *b == b':') else { return Ok(()) };
    let (name, value) = (header[..colon].trim_ascii(), &header[colon + 1..]);
    let starred = value.windows(2).filter(|pair| pair[0] == b'*' && pair[1].is_ascii_digit()).count();
    if name.len() >= 8 && name[..8].eq_ignore_ascii_case(b"content-") && starred > PARAMETER_PIECES_MAX {
        return Err(Refused::HeadersOverLimit);
    }
    if name.eq_ignore_ascii_case(b"content-type") {
        let value = value.trim_ascii_start();
        if starts_with_ignoring_case(value, b"message/rfc822") || starts_with_ignoring_case(value, b"message/global") {
            *follows = Follows::Mail;
        } else if starts_with_ignoring_case(value, b"multipart/")
            && let Some(boundary) = boundary_parameter(value)
        {
            *follows = Follows::Multipart(boundary);
        }
    }
    Ok(())
}

fn starts_with_ignoring_case(text: &[u8], prefix: &[u8]) -> bool {
    text.len() >= prefix.len() && text[..prefix.len()].eq_ignore_ascii_case(prefix)
}

/// The value of `boundary=` in a Content-Type, unquoted.
pub(super) fn boundary_parameter(value: &[u8]) -> Option<Vec<u8>> {
    let at = value.windows(8).position(|window| window.eq_ignore_ascii_case(b"boundary"))?;
    let rest = value[at + 8..].trim_ascii_start();
    let rest = rest.strip_prefix(b"*0").or(rest.strip_prefix(b"*")).unwrap_or(rest).trim_ascii_start();
    let rest = rest.strip_prefix(b"=")?.trim_ascii_start();
    let found: Vec<u8> = match rest.strip_prefix(b"\"") {
        Some(quoted) => quoted.iter().copied().take_while(|b| *b != b'"').filter(|b| *b != b'\\').collect(),
        None => rest.iter().copied().take_while(|b| !b.is_ascii_whitespace() && *b != b';').collect(),
    };
    let found = found.trim_ascii_end().to_vec();
    if found.is_empty() { None } else { Some(found) }
}

/// The line at `at` without its end, and where the next begins.
fn line_at(raw: &[u8], at: usize) -> (&[u8], usize) {
    let rest = &raw[at.min(raw.len())..];
    let (line, next) = match memchr::memchr(b'\n', rest) {
        Some(end) => (&rest[..end], at + end + 1),
        None => (rest, raw.len()),
    };
    (line.strip_suffix(b"\r").unwrap_or(line), next)
}
