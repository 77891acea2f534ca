//! The child: sandboxes itself, reads one mail, answers, ends. No threads, no runtime, no logging.

use std::io::{self, Read, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;

use super::protocol::{self, Answer, RequestHead};
use super::sandbox::{self, Enforced};
use crate::domain::document::scan::{Picture, Seen};
use crate::domain::document::{self, Document, Problem};
use crate::domain::mail::Part;
use crate::domain::nomination::reading::read_mail_with;

/// Exit code of a child that would not work without its sandbox.
const NOT_SANDBOXED: u8 = 3;

/// The whole life of a reading child. `main` calls it before anything else when the first argument is `read-worker`;
/// the arguments after it are processor seconds, memory bytes, and `required` or `weakened`.
#[must_use]
pub fn worker_main() -> ExitCode {
    // A panic's text could hold words of the mail.
    std::panic::set_hook(Box::new(|_| {}));
    let arguments: Vec<String> = std::env::args().skip(2).collect();
    let number = |index: usize, default: u64| arguments.get(index).and_then(|text| text.parse().ok()).unwrap_or(default);
    let enforced = sandbox::enter(number(1, 256 << 20), number(0, 5));
    let weakened = arguments.get(2).is_some_and(|word| word == "weakened");
    let greeting = match enforced {
        Enforced::Fully => protocol::SANDBOXED,
        Enforced::NotFully if weakened => protocol::WEAKENED,
        Enforced::NotFully => protocol::REFUSES,
    };
    let mut output = io::stdout().lock();
    if protocol::write_frame(&mut output, greeting, &[]).is_err() || greeting == protocol::REFUSES {
        return ExitCode::from(NOT_SANDBOXED);
    }
    #[cfg(debug_assertions)]
    if let Some(part) = arguments.get(3) {
        return super::rehearsal::play(part, &mut output);
    }
    match serve(&mut io::stdin().lock(), &mut output) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

fn serve(input: &mut impl Read, output: &mut impl Write) -> io::Result<()> {
    let (head, raw) = protocol::read_request(input)?;
    let mut number = 0_u32;
    let mut answer = read_mail_with(&raw, &head.limits, &mut |part| {
        number += 1;
        one_file(part, number - 1, &head, input, output)
    });
    drop(raw);
    let json = within(&mut answer, head.limits.answer_bytes_max)?;
    protocol::write_frame(output, protocol::ANSWER, &json)
}

/// Reads one file, after telling the parent which, so that it knows whose fault our end would be.
fn one_file(part: &Part, number: u32, head: &RequestHead, input: &mut impl Read, output: &mut impl Write) -> Document {
    let skipped = head.skip.iter().find(|(skipped, _)| *skipped == number).map(|(_, problem)| *problem);
    if let Some(problem) = skipped.or(head.skip_all) {
        return unread(part, problem);
    }
    if protocol::write_frame(output, protocol::FILE, &number.to_be_bytes()).is_err() {
        return unread(part, Problem::TimeLimit);
    }
    let mut eyes = |picture: &Picture| protocol::words_of(picture, input, output).unwrap_or(Seen::Failed);
    let head_of = &part.head;
    catch_unwind(AssertUnwindSafe(|| {
        document::read_with(&head_of.name, &head_of.declared_type, &part.bytes, &head.limits, &mut eyes)
    }))
    .unwrap_or_else(|_| unread(part, Problem::Damaged))
}

fn unread(part: &Part, problem: Problem) -> Document {
    let format = document::sniff(&part.head.name, &part.head.declared_type, &part.bytes);
    let mut document = Document::empty(&part.head.name, format);
    document.problem = Some(problem);
    document
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
