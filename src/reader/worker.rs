//! The worker: a process that is loaded, warm and locked in, and reads no mail itself. For each mail it forks a child, waits until
//! that has ended, and says how. No threads, no runtime, no logging: a fork of one thread is a whole process.

use std::io::{self, IoSliceMut};
use std::mem::MaybeUninit;
use std::os::fd::OwnedFd;
use std::process::ExitCode;

use fork::{Fork, fork};
use rustix::net::{RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, recvmsg};
use rustix::process::{Pid, WaitOptions, WaitStatus, getpid, waitpid};
use rustix::stdio::{dup2_stderr, dup2_stdin, dup2_stdout, stdin};

use super::protocol;
use super::sandbox::Enforced;
use super::{one_mail, sandbox};
use crate::domain::document::Limits;

/// Exit code of a worker or child that would not work without its sandbox.
pub const NOT_SANDBOXED: u8 = 3;

/// The whole life of a worker, and of the children it forks. `main` calls it before anything else when the first argument is
/// `read-worker`; the arguments after it are processor seconds, memory bytes, and `required` or `weakened`. Standard input is a Unix
/// socket to the daemon.
#[must_use]
pub fn worker_main() -> ExitCode {
    // A panic's text could hold words of the mail.
    std::panic::set_hook(Box::new(|_| {}));
    let arguments: Vec<String> = std::env::args().skip(2).collect();
    let number = |index: usize, default: u64| arguments.get(index).and_then(|text| text.parse().ok()).unwrap_or(default);
    let weakened = arguments.get(2).is_some_and(|word| word == "weakened");
    warm_up();
    let (enforced, locks) = sandbox::enter(number(1, 256 << 20), number(0, 5));
    let greeting = match enforced {
        Enforced::Fully => protocol::SANDBOXED,
        Enforced::NotFully if weakened => protocol::WEAKENED,
        Enforced::NotFully => protocol::REFUSES,
    };
    #[cfg(debug_assertions)]
    if let Some(part) = arguments.get(3)
        && super::rehearsal::is_played_alone(part)
    {
        return if locks.enter() == Enforced::Fully { super::rehearsal::play(part) } else { ExitCode::from(NOT_SANDBOXED) };
    }
    if say(greeting, &[]).is_err() || greeting == protocol::REFUSES {
        return ExitCode::from(NOT_SANDBOXED);
    }
    let worker = getpid();
    loop {
        let Ok(Some([mail, errors])) = next_mail() else { return ExitCode::SUCCESS };
        match fork() {
            Ok(Fork::Child) => {
                if become_child(worker, mail, errors).is_err() || (locks.enter() == Enforced::NotFully && !weakened) {
                    return ExitCode::from(NOT_SANDBOXED);
                }
                #[cfg(debug_assertions)]
                if let Some(part) = arguments.get(3) {
                    return super::rehearsal::play(part);
                }
                return one_mail::serve();
            }
            Ok(Fork::Parent(process)) => {
                drop((mail, errors));
                if attend(process).is_err() {
                    return ExitCode::FAILURE;
                }
            }
            Err(_) => return ExitCode::FAILURE,
        }
    }
}

/// Tables that are made once, at their first use, are made here, so that no child has to: a mail of nobody is read.
fn warm_up() {
    let _nobody = crate::domain::nomination::reading::read_mail(WARMING_MAIL, &Limits::default());
}

/// Waits for the daemon to hand over the two ends of one mail: where it is read and answered, and where a dying child's last words go.
/// `None` when there will be no more.
fn next_mail() -> io::Result<Option<[OwnedFd; 2]>> {
    let mut tag = [0; 1];
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(2))];
    let mut received = RecvAncillaryBuffer::new(&mut space);
    let message = recvmsg(stdin(), &mut [IoSliceMut::new(&mut tag)], &mut received, RecvFlags::CMSG_CLOEXEC)?;
    if message.bytes == 0 || tag[0] != protocol::MAIL {
        return Ok(None);
    }
    let mut ends = Vec::new();
    for part in received.drain() {
        if let RecvAncillaryMessage::ScmRights(descriptors) = part {
            ends.extend(descriptors);
        }
    }
    Ok(ends.try_into().ok())
}

/// In the child: the mail is its input and output, and nothing else is open. The way to the daemon stays with the worker.
fn become_child(worker: Pid, mail: OwnedFd, errors: OwnedFd) -> io::Result<()> {
    sandbox::end_with(worker)?;
    dup2_stdin(&mail)?;
    dup2_stdout(&mail)?;
    dup2_stderr(&errors)?;
    Ok(())
}

/// Tells that the child `process` has begun, waits for its end, and tells how that was.
fn attend(process: i32) -> io::Result<()> {
    say(protocol::BEGUN, &process.to_be_bytes())?;
    let (_, status) = waitpid(Pid::from_raw(process), WaitOptions::empty())?.ok_or_else(|| io::Error::other("no child ended"))?;
    say(protocol::ENDED, &ending(status))
}

/// Exit code and signal of an end; one of them is 0.
fn ending(status: WaitStatus) -> [u8; 2] {
    let small = |number: Option<i32>| number.and_then(|number| u8::try_from(number).ok()).unwrap_or(0);
    [small(status.exit_status()), small(status.terminating_signal())]
}

/// One frame to the daemon.
fn say(tag: u8, payload: &[u8]) -> io::Result<()> {
    let frame = protocol::frame(tag, payload)?;
    let written = rustix::io::write(stdin(), &frame)?;
    if written == frame.len() { Ok(()) } else { Err(io::ErrorKind::WriteZero.into()) }
}

/// Every kind of reading that makes tables: headers, plain text, HTML, a form of one field.
const WARMING_MAIL: &[u8] = include_bytes!("warming.eml");
