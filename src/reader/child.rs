//! The daemon's side: a worker, and the child it forks for one mail.

use std::io::{IoSlice, Read};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream as StdStream;
use std::process::Stdio;
use std::time::Duration;

use rustix::net::{SendAncillaryBuffer, SendAncillaryMessage, SendFlags, sendmsg};
use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt, Interest};
use tokio::net::UnixStream;
use tokio::process::Command;
use tokio::time::timeout;

use super::ocr::Looker;
use super::protocol::{self, Answer, RequestHead};
use super::worker::NOT_SANDBOXED;
use super::{PageShown, ReadFailure, ReaderSettings, Sandbox};
use crate::domain::document::Problem;

/// How long the end of a child is waited for that has nothing left to do.
const PATIENCE: Duration = Duration::from_secs(2);

/// How the reading of a mail ended without an answer.
#[derive(Debug)]
pub enum Ended {
    /// Before a child was asked for: nothing was read.
    BeforeWork,
    /// Worker or child refused to work without its sandbox.
    NotSandboxed,
    /// While the child read this file.
    InFile(u32, Problem),
    /// Out of time, outside any file.
    TimeLimit,
    /// Out of memory, outside any file.
    MemoryLimit,
    /// Otherwise, outside any file.
    Crashed,
    /// The child answered too much or nonsense.
    BadAnswer,
}

/// A running worker. Dropping it kills it, and the child it may have.
#[derive(Debug)]
pub struct Worker {
    process: tokio::process::Child,
    /// The worker's standard input.
    control: UnixStream,
    greeted: bool,
}

/// What the worker told of its child.
#[derive(Debug, Default, Clone, Copy)]
struct End {
    code: u8,
    signal: u8,
}

impl Worker {
    /// Starts a worker with an empty environment; it warms up, locks itself in and waits.
    pub fn start(settings: &ReaderSettings) -> Result<Self, ReadFailure> {
        // This very program, also when another has been put in its place on the disk: the two must understand each other.
        let program = settings.program.clone().unwrap_or_else(|| "/proc/self/exe".into());
        let failed = |cause| ReadFailure::NotStarted { program: program.display().to_string(), cause };
        let sandbox = match settings.sandbox {
            Sandbox::Required => "required",
            Sandbox::Weakened => "weakened",
        };
        let (ours, theirs) = StdStream::pair().map_err(failed)?;
        ours.set_nonblocking(true).map_err(failed)?;
        let process = Command::new(&program)
            .arg("read-worker")
            .args([settings.processor_seconds.to_string(), settings.memory_bytes_max.to_string()])
            .arg(sandbox)
            .env_clear()
            .current_dir("/")
            .stdin(Stdio::from(OwnedFd::from(theirs)))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .kill_on_drop(true)
            .spawn()
            .map_err(failed)?;
        Ok(Self { process, control: UnixStream::from_std(ours).map_err(failed)?, greeted: false })
    }

    /// Has a child read one mail; pictures of pages, when they are wanted, go to `pages`. After an error, or when the child did not end well, the worker is not to be used again: the second
    /// part of the answer tells.
    pub async fn read(
        &mut self,
        head: &RequestHead,
        raw: &[u8],
        settings: &ReaderSettings,
        pages: &mut Vec<PageShown>,
    ) -> Result<(Box<Answer>, Reusable), Ended> {
        let looker = settings.looker();
        let whole_time = settings.time_limit + looker.patience();
        let mut talk = Talk { head, raw, pages, file: None, last_words: None, looker, own_time: settings.time_limit };
        let talked = timeout(whole_time, talk.with(self)).await;
        let end = match talked {
            Ok(Ok(answer)) => return Ok((answer, self.settled().await)),
            Ok(Err(end)) => end,
            Err(_) => Ended::TimeLimit,
        };
        let end = match end {
            Ended::Crashed => cause_of_death(self.end_of_child(false).await, talk.last_words),
            Ended::TimeLimit => {
                self.end_of_child(true).await;
                Ended::TimeLimit
            }
            other => other,
        };
        Err(match (talk.file, end) {
            (Some(number), Ended::TimeLimit) => Ended::InFile(number, Problem::TimeLimit),
            (Some(number), Ended::MemoryLimit) => Ended::InFile(number, Problem::MemoryLimit),
            (Some(number), Ended::Crashed) => Ended::InFile(number, Problem::Damaged),
            (_, end) => end,
        })
    }

    async fn greet(&mut self) -> Result<(), Ended> {
        if self.greeted {
            return Ok(());
        }
        let (greeting, _) = frame(&mut self.control, 0)
            .await
            .map_err(|end| if matches!(end, Ended::Crashed) { Ended::BeforeWork } else { end })?;
        match greeting {
            protocol::SANDBOXED | protocol::WEAKENED => {
                self.greeted = true;
                Ok(())
            }
            protocol::REFUSES => Err(Ended::NotSandboxed),
            _ => Err(Ended::BadAnswer),
        }
    }

    /// Gives the worker the child's ends: of the socket for the mail, and of the pipe for last words.
    async fn hand_over(&self, mail: OwnedFd, errors: OwnedFd) -> Result<(), Ended> {
        let ends = [mail.as_fd(), errors.as_fd()];
        let sent = self.control.async_io(Interest::WRITABLE, || {
            let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(2))];
            let mut rights = SendAncillaryBuffer::new(&mut space);
            rights.push(SendAncillaryMessage::ScmRights(&ends));
            Ok(sendmsg(&self.control, &[IoSlice::new(&[protocol::MAIL])], &mut rights, SendFlags::NOSIGNAL)?)
        });
        match sent.await {
            Ok(1) => Ok(()),
            _ => Err(Ended::BeforeWork),
        }
    }

    /// Whether the child that answered has ended as it should: then no trace of its mail is left, and the worker is as before.
    async fn settled(&mut self) -> Reusable {
        match self.end_of_child(false).await {
            Some(End { code: 0, signal: 0 }) => Reusable::Yes,
            _ => Reusable::No,
        }
    }

    /// How the child ended, by the worker's word; with `kill` it is ended first. None when the worker does not tell in time.
    async fn end_of_child(&mut self, kill: bool) -> Option<End> {
        let told = async {
            loop {
                match frame(&mut self.control, 4).await.ok()? {
                    (protocol::BEGUN, process) if process.len() == 4 => {
                        let process = Pid::from_raw(i32::from_be_bytes(process.try_into().ok()?))?;
                        if kill {
                            // It is the worker's child and not waited for yet: nobody else has its number.
                            let _ended_already = kill_process(process, Signal::KILL);
                        }
                    }
                    (protocol::ENDED, end) => {
                        let [code, signal] = end.try_into().ok()?;
                        return Some(End { code, signal });
                    }
                    _ => return None,
                }
            }
        };
        timeout(PATIENCE, told).await.ok().flatten()
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        // Its own end takes its child along; the group is ended as well, should that not have come to pass.
        if let Some(process) = self.process.id().and_then(|id| Pid::from_raw(i32::try_from(id).ok()?)) {
            let _gone_already = kill_process_group(process, Signal::KILL);
        }
    }
}

/// Whether a worker may serve another mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reusable {
    /// Its child answered and ended well.
    Yes,
    /// Something was odd: it is replaced.
    No,
}

/// One mail and its child.
struct Talk<'m> {
    head: &'m RequestHead,
    raw: &'m [u8],
    /// The pages shown so far.
    pages: &'m mut Vec<PageShown>,
    /// The file the child said it was about to read.
    file: Option<u32>,
    last_words: Option<std::io::PipeReader>,
    /// Reads the words of pictures for the child.
    looker: Looker,
    /// How long the child may be silent: the time of others is not its own.
    own_time: Duration,
}

impl Talk<'_> {
    /// Greeting, handing over, request, notes, answer. A child may end at any point; what it says is checked before it is believed.
    async fn with(&mut self, worker: &mut Worker) -> Result<Box<Answer>, Ended> {
        worker.greet().await?;
        let machine = |_| Ended::BeforeWork;
        let (ours, theirs) = StdStream::pair().map_err(machine)?;
        ours.set_nonblocking(true).map_err(machine)?;
        let (last_words, errors) = std::io::pipe().map_err(machine)?;
        self.last_words = Some(last_words);
        worker.hand_over(theirs.into(), errors.into()).await?;
        let mut ours = UnixStream::from_std(ours).map_err(machine)?;
        let (mut output, mut input) = ours.split();
        let request = protocol::request(self.head, self.raw.len());
        let raw = self.raw;
        let sent = async {
            input.write_all(&request).await?;
            input.write_all(raw).await
        };
        // A child may answer without reading to the end (a mail over its limit): writing and listening go together.
        let answer_bytes_max = self.head.limits.answer_bytes_max;
        let mut said = {
            let listened = listen(&mut output, answer_bytes_max, &mut self.file, self.own_time);
            tokio::pin!(sent, listened);
            tokio::select! {
                biased;
                said = &mut listened => said,
                _ = &mut sent => listened.await,
            }
        };
        // Pictures come only once the whole mail is there: the way back is free.
        loop {
            match said? {
                Said::Answer(answer) => return Ok(answer),
                Said::Page(payload) => self.keep(&payload)?,
                Said::Picture(picture) => {
                    let words = self.looker.look(&picture).await;
                    input.write_all(&words).await.map_err(|_| Ended::Crashed)?;
                }
            }
            said = listen(&mut output, answer_bytes_max, &mut self.file, self.own_time).await;
        }
    }

    /// Keeps a page, when it was asked for and all together are not too much.
    fn keep(&mut self, payload: &[u8]) -> Result<(), Ended> {
        let wanted = self.head.pages.as_ref().ok_or(Ended::BadAnswer)?;
        let (head, png) = protocol::page_of(payload).ok_or(Ended::BadAnswer)?;
        let held: usize = self.pages.iter().map(|page| page.png.len()).sum();
        let fits = png.len() <= wanted.picture_bytes_max() && held + png.len() <= wanted.bytes_max;
        if fits && head.page <= wanted.pages_max {
            self.pages.push(PageShown { document: head.document, file: head.file, page: head.page, png: png.to_vec() });
        }
        Ok(())
    }
}

/// What a child says that is more than a note.
enum Said {
    Answer(Box<Answer>),
    Picture(Vec<u8>),
    Page(Vec<u8>),
}

/// Why the child died, from its end and from the runtime's own words (never the mail's: panics are silent).
fn cause_of_death(end: Option<End>, last_words: Option<std::io::PipeReader>) -> Ended {
    const WORDS_MAX: u64 = 4 << 10;
    // The kernel ends a child that has used up its processor time by SIGXCPU, then SIGKILL.
    const KILLED: u8 = 9;
    const PROCESSOR_TIME: u8 = 24;
    let Some(end) = end else { return Ended::Crashed };
    if end.signal == 0 && end.code == NOT_SANDBOXED {
        return Ended::NotSandboxed;
    }
    let mut words = Vec::new();
    // The child is gone and was alone with its end of the pipe: what it wrote is there, and nothing more will come.
    let said = last_words.is_some_and(|pipe| pipe.take(WORDS_MAX).read_to_end(&mut words).is_ok());
    if said && words.windows(17).any(|window| window == b"memory allocation") {
        Ended::MemoryLimit
    } else if matches!(end.signal, KILLED | PROCESSOR_TIME) {
        Ended::TimeLimit
    } else {
        Ended::Crashed
    }
}

/// The next thing that is more than a note; a child may be silent no longer than `own_time`.
async fn listen(
    output: &mut (impl AsyncRead + Unpin),
    answer_bytes_max: usize,
    file: &mut Option<u32>,
    own_time: Duration,
) -> Result<Said, Ended> {
    let bytes_max = answer_bytes_max.max(protocol::PICTURE_BYTES_MAX);
    loop {
        let (tag, payload) = timeout(own_time, frame(output, bytes_max)).await.map_err(|_| Ended::TimeLimit)??;
        match tag {
            protocol::FILE => {
                let number: [u8; 4] = payload.as_slice().try_into().map_err(|_| Ended::BadAnswer)?;
                *file = Some(u32::from_be_bytes(number));
            }
            protocol::ANSWER if payload.len() <= answer_bytes_max => {
                let answer: Answer = serde_json::from_slice(&payload).map_err(|_| Ended::BadAnswer)?;
                return Ok(Said::Answer(Box::new(answer)));
            }
            protocol::PICTURE => return Ok(Said::Picture(payload)),
            protocol::PAGE => return Ok(Said::Page(payload)),
            _ => return Err(Ended::BadAnswer),
        }
    }
}

/// The next frame, its length checked before memory is taken for it.
async fn frame(output: &mut (impl AsyncRead + Unpin), bytes_max: usize) -> Result<(u8, Vec<u8>), Ended> {
    let mut start = [0; 5];
    output.read_exact(&mut start).await.map_err(|_| Ended::Crashed)?;
    let [tag, length @ ..] = start;
    let length = u32::from_be_bytes(length) as usize;
    if length > bytes_max {
        return Err(Ended::BadAnswer);
    }
    let mut payload = vec![0; length];
    output.read_exact(&mut payload).await.map_err(|_| Ended::Crashed)?;
    Ok((tag, payload))
}
