//! What daemon, worker and child say to each other. Every length is checked before memory is taken for it.
//!
//! The daemon and its worker share one socket for as long as the worker lives: a greeting, then for each mail the handing over of
//! two descriptors, and what the worker alone can know of the child it forked: its process, and how it ended. The daemon and
//! a child share a socket of their own for one mail: one request, a note before each file, one answer. So nothing a child says
//! can be taken for the word of its worker, or of another child.

use std::io::{self, Read, Write};

use serde::{Deserialize, Serialize};

use crate::domain::document::scan::{self, Picture, Seen};
use crate::domain::document::shown::Mark;
use crate::domain::document::{Limits, Problem};
use crate::domain::mail::MailProblem;
use crate::domain::nomination::Reading;

/// The worker's greeting: it is sandboxed.
pub const SANDBOXED: u8 = b'S';
/// The worker's greeting: it could not be sandboxed fully and was told to go on.
pub const WEAKENED: u8 = b'W';
/// The worker's greeting: it could not be sandboxed fully, and ends.
pub const REFUSES: u8 = b'N';
/// To the worker: a mail. With it go the child's end of a socket, and the writing end of a pipe for its last words.
pub const MAIL: u8 = b'M';
/// The worker: a child was forked; its process id follows, four bytes.
pub const BEGUN: u8 = b'B';
/// The worker: the child has ended; its exit code and the signal that ended it follow, a byte each, one of them 0.
pub const ENDED: u8 = b'E';
/// The child: a file is about to be read; its number follows.
pub const FILE: u8 = b'F';
/// The child: the answer follows.
pub const ANSWER: u8 = b'A';
/// The child: it asks for the words on a picture: width and height, four bytes each, then its grey pixels. The daemon answers with a length
/// of four bytes and as many bytes of words, or with one of the two numbers below instead of a length.
pub const PICTURE: u8 = b'P';
/// The child: a page drawn, as [`ShownPage`] in JSON with its length before it, then the bytes of a PNG.
pub const PAGE: u8 = b'D';
/// Nobody is there who could read a picture.
pub const PICTURE_NOBODY: u32 = u32::MAX;
/// The picture could not be read in time.
pub const PICTURE_FAILED: u32 = u32::MAX - 1;
/// Bytes of a picture.
pub const PICTURE_BYTES_MAX: usize = (20 << 20) + 8;

/// What comes before the raw mail.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RequestHead {
    /// Limits of reading.
    pub limits: Limits,
    /// Files not to be read again, by number, and why.
    pub skip: Vec<(u32, Problem)>,
    /// When every file is to be passed over: why.
    pub skip_all: Option<Problem>,
    /// Pictures of pages, when they are wanted.
    pub pages: Option<PagesWanted>,
}

/// Which pages are to be drawn, and what is marked on them.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PagesWanted {
    /// So many pages of a document.
    pub pages_max: u32,
    /// Pixels of the longer side of a picture.
    pub long_side_max: u16,
    /// Bytes of one picture, and of all.
    pub bytes_max: usize,
    /// What to mark.
    pub marks: Vec<Mark>,
}

impl PagesWanted {
    /// Twenty pages of a document, a screen and a half high, 5 MB each and 60 MB in all at most.
    #[must_use]
    pub fn with(marks: Vec<Mark>) -> Self {
        Self { pages_max: 20, long_side_max: 1_400, bytes_max: 60 << 20, marks }
    }
    /// Bytes of one picture: a page of noise is no bigger.
    #[must_use]
    pub fn picture_bytes_max(&self) -> usize {
        4 * usize::from(self.long_side_max) * usize::from(self.long_side_max)
    }
}

/// What comes before a page's picture.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShownPage {
    /// Name of the document.
    pub document: String,
    /// Number of the file, from 0, in the order read.
    pub file: u32,
    /// Page, from 1.
    pub page: u32,
}

/// The payload of a page.
///
/// # Panics
/// Never: the head is plain data.
#[must_use]
pub fn page_payload(head: &ShownPage, png: &[u8]) -> Vec<u8> {
    let json = serde_json::to_vec(head).expect("numbers are plain data");
    let mut payload = Vec::with_capacity(json.len() + png.len() + 4);
    payload.extend_from_slice(&u32::try_from(json.len()).expect("a name is short").to_be_bytes());
    payload.extend_from_slice(&json);
    payload.extend_from_slice(png);
    payload
}

/// What [`page_payload`] made; `None` when it makes no sense, or is no PNG.
#[must_use]
pub fn page_of(payload: &[u8]) -> Option<(ShownPage, &[u8])> {
    let (length, rest) = payload.split_at_checked(4)?;
    let length = u32::from_be_bytes(length.try_into().ok()?);
    let (json, png) = rest.split_at_checked(usize::try_from(length).ok()?)?;
    let head = serde_json::from_slice(json).ok()?;
    png.starts_with(b"\x89PNG\r\n\x1a\n").then_some((head, png))
}

/// What the child found.
pub type Answer = Result<Reading, MailProblem>;

/// The bytes of a request, all but the raw mail itself: head, then the mail's length.
///
/// # Panics
/// Never: the head is plain data.
#[must_use]
pub fn request(head: &RequestHead, raw_length: usize) -> Vec<u8> {
    let json = serde_json::to_vec(head).expect("limits and problems are plain data");
    let mut out = Vec::with_capacity(json.len() + 12);
    out.extend_from_slice(&u32::try_from(json.len()).expect("a head is short").to_be_bytes());
    out.extend_from_slice(&json);
    out.extend_from_slice(&(raw_length as u64).to_be_bytes());
    out
}

/// Reads a request.
///
/// # Errors
/// When the pipe ends, or lengths make no sense.
pub fn read_request(input: &mut impl Read) -> io::Result<(RequestHead, Vec<u8>)> {
    const HEAD_BYTES_MAX: usize = 1 << 20;
    let mut length = [0; 4];
    input.read_exact(&mut length)?;
    let length = u32::from_be_bytes(length) as usize;
    if length > HEAD_BYTES_MAX {
        return Err(io::Error::other("the head of the request is too long"));
    }
    let mut json = vec![0; length];
    input.read_exact(&mut json)?;
    let head: RequestHead = serde_json::from_slice(&json)?;
    let mut length = [0; 8];
    input.read_exact(&mut length)?;
    let length = u64::from_be_bytes(length);
    // One byte more than the limit is let through, so that the mail is refused for its size with its headers shown.
    let allowed = head.limits.mail_bytes_max.saturating_add(1);
    let mut raw = Vec::with_capacity(usize::try_from(length.min(allowed)).unwrap_or(0));
    input.take(length.min(allowed)).read_to_end(&mut raw)?;
    Ok((head, raw))
}

/// A frame: tag, length, payload.
///
/// # Errors
/// When the payload is over 4 GiB.
pub fn frame(tag: u8, payload: &[u8]) -> io::Result<Vec<u8>> {
    let length = u32::try_from(payload.len()).map_err(io::Error::other)?;
    let mut frame = Vec::with_capacity(payload.len() + 5);
    frame.push(tag);
    frame.extend_from_slice(&length.to_be_bytes());
    frame.extend_from_slice(payload);
    Ok(frame)
}

/// Asks for the words of a picture, and waits for them.
///
/// # Errors
/// When nobody listens any more.
pub fn words_of(picture: &Picture, input: &mut impl Read, output: &mut impl Write) -> io::Result<Seen> {
    const WORDS_BYTES_MAX: u32 = 4 << 20;
    let mut payload = Vec::with_capacity(picture.pixels.len() + 8);
    payload.extend_from_slice(&picture.width.to_be_bytes());
    payload.extend_from_slice(&picture.height.to_be_bytes());
    payload.extend_from_slice(&picture.pixels);
    if payload.len() > PICTURE_BYTES_MAX {
        return Ok(Seen::Failed);
    }
    write_frame(output, PICTURE, &payload)?;
    let mut length = [0; 4];
    input.read_exact(&mut length)?;
    match u32::from_be_bytes(length) {
        PICTURE_NOBODY => Ok(Seen::Nobody),
        length if length <= WORDS_BYTES_MAX => {
            let mut words = vec![0; length as usize];
            input.read_exact(&mut words)?;
            Ok(Seen::Words(scan::words_of(&String::from_utf8_lossy(&words))))
        }
        _ => Ok(Seen::Failed),
    }
}

/// Writes a frame.
///
/// # Errors
/// When nobody listens any more.
pub fn write_frame(output: &mut impl Write, tag: u8, payload: &[u8]) -> io::Result<()> {
    output.write_all(&frame(tag, payload)?)?;
    output.flush()
}
