//! The child: reads one mail from its input, answers, ends. It was forked for this mail and sees no other.

use std::io::{self, Read, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;

use super::protocol::{self, Answer, PagesWanted, RequestHead, ShownPage};
use crate::domain::document::scan::{Picture, Seen};
use crate::domain::document::shown::{self, Shown};
use crate::domain::document::{Document, Problem};
use crate::domain::mail::{Part, PartKind};
use crate::domain::nomination::reading::{Unpacked, read_mail_with, unpack};

/// The child's whole work, after it is locked in.
#[must_use]
pub fn serve() -> ExitCode {
    match answer(&mut io::stdin().lock(), &mut io::stdout().lock()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

fn answer(input: &mut impl Read, output: &mut impl Write) -> io::Result<()> {
    let (head, raw) = protocol::read_request(input)?;
    let mut number = 0_u32;
    let mut answer = read_mail_with(&raw, &head.limits, &mut |part, bytes_left| {
        number += 1;
        one_file(part, bytes_left, number - 1, &head, input, output)
    });
    drop(raw);
    let json = within(&mut answer, head.limits.answer_bytes_max)?;
    protocol::write_frame(output, protocol::ANSWER, &json)
}

/// Reads one file, after telling the parent which, so that it knows whose fault our end would be.
fn one_file(
    part: &Part,
    bytes_left: u64,
    number: u32,
    head: &RequestHead,
    input: &mut impl Read,
    output: &mut impl Write,
) -> Unpacked {
    let skipped = head.skip.iter().find(|(skipped, _)| *skipped == number).map(|(_, problem)| *problem);
    // A mail in the mail is opened as the mail itself was, also when no file is.
    let skip_all = head.skip_all.filter(|_| part.kind == PartKind::File);
    if let Some(problem) = skipped.or(skip_all) {
        return Unpacked::unread(part, problem);
    }
    if protocol::write_frame(output, protocol::FILE, &number.to_be_bytes()).is_err() {
        return Unpacked::unread(part, Problem::TimeLimit);
    }
    let mut eyes = |picture: &Picture| protocol::words_of(picture, input, output).unwrap_or(Seen::Failed);
    let unpacked = catch_unwind(AssertUnwindSafe(|| unpack(part, &head.limits, bytes_left, &mut eyes)))
        .unwrap_or_else(|_| Unpacked::unread(part, Problem::Damaged));
    if let Some(wanted) = &head.pages {
        // A page that cannot be drawn is missing among the pictures; the report says which came.
        let _panicked = catch_unwind(AssertUnwindSafe(|| show(part, number, &unpacked.document, head, wanted, output)));
    }
    unpacked
}

/// Draws the pages of a file and sends them.
fn show(part: &Part, file: u32, document: &Document, head: &RequestHead, wanted: &PagesWanted, output: &mut impl Write) {
    let shown = Shown { pages_max: wanted.pages_max, long_side_max: wanted.long_side_max, marks: &wanted.marks };
    let mut each = |page: u32, png: Vec<u8>| {
        if png.len() <= wanted.picture_bytes_max() {
            let head = ShownPage { document: document.name.clone(), file, page };
            let payload = protocol::page_payload(&head, &png);
            // Nobody listens any more: the answer's own writing will find out.
            let _unheard = protocol::write_frame(output, protocol::PAGE, &payload);
        }
    };
    // Why a file has no pictures is what its reading says already.
    let _without = shown::pictures(&part.bytes, &head.limits, document, &shown, &mut each);
}

/// The answer as JSON, the longest documents emptied until it is short enough.
fn within(answer: &mut Answer, bytes_max: usize) -> io::Result<Vec<u8>> {
    loop {
        let json = serde_json::to_vec(answer)?;
        if json.len() <= bytes_max {
            return Ok(json);
        }
        let Ok(reading) = answer else { return Ok(json) };
        let size = |document: &Document| serde_json::to_vec(document).map_or(0, |json| json.len());
        let all = std::iter::once(&mut reading.body).chain(&mut reading.quoted).chain(&mut reading.documents);
        let Some(longest) = all
            .filter(|document| !document.blocks.is_empty() || !document.unplaced.is_empty())
            .max_by_key(|document| size(document))
        else {
            return Ok(json);
        };
        longest.blocks = Vec::new();
        longest.unplaced = Vec::new();
        longest.problem = Some(Problem::TooLarge);
    }
}
