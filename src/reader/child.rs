//! The parent's side of one child.

use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::process::{ChildStderr, ChildStdin, ChildStdout, Command};
use tokio::time::timeout;

use super::ocr::Looker;
use super::protocol::{self, Answer, RequestHead};
use super::{ReadFailure, ReaderSettings, Sandbox};
use crate::domain::document::Problem;

/// How a child ended without an answer.
#[derive(Debug)]
pub enum Ended {
    /// Before it greeted: nothing was read.
    BeforeWork,
    /// It refused to work without its sandbox.
    NotSandboxed,
    /// While it read this file.
    InFile(u32, Problem),
    /// Out of time, outside any file.
    TimeLimit,
    /// Out of memory, outside any file.
    MemoryLimit,
    /// Otherwise, outside any file.
    Crashed,
    /// It answered too much or nonsense.
    BadAnswer,
}

/// A running child. Dropping it kills it.
#[derive(Debug)]
pub struct Child {
    process: tokio::process::Child,
    input: ChildStdin,
    output: ChildStdout,
    errors: ChildStderr,
}

impl Child {
    /// Starts a child with an empty environment; it sandboxes itself and waits.
    pub fn start(settings: &ReaderSettings) -> Result<Self, ReadFailure> {
        let program = match &settings.program {
            Some(program) => Ok(program.clone()),
            None => std::env::current_exe(),
        };
        let shown = program.as_ref().map_or_else(|_| "focus-family".to_owned(), |path| path.display().to_string());
        let failed = |cause| ReadFailure::NotStarted { program: shown.clone(), cause };
        let sandbox = match settings.sandbox {
            Sandbox::Required => "required",
            Sandbox::Weakened => "weakened",
        };
        let mut process = Command::new(program.map_err(failed)?)
            .arg("read-worker")
            .args([settings.processor_seconds.to_string(), settings.memory_bytes_max.to_string()])
            .arg(sandbox)
            .env_clear()
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(failed)?;
        let (Some(input), Some(output), Some(errors)) = (process.stdin.take(), process.stdout.take(), process.stderr.take())
        else {
            return Err(failed(std::io::Error::other("its pipes are missing")));
        };
        Ok(Self { process, input, output, errors })
    }

    /// Has the child read one mail. Afterwards the child is used up.
    pub async fn read(&mut self, head: &RequestHead, raw: &[u8], settings: &ReaderSettings) -> Result<Box<Answer>, Ended> {
        let mut file = None;
        let mut looker = settings.looker();
        let own_time = settings.time_limit;
        let talking = talk(&mut self.input, &mut self.output, head, raw, &mut file, &mut looker, own_time);
        let talked = timeout(own_time + settings.looker().patience(), talking).await;
        let end = match talked {
            Ok(Ok(answer)) => return Ok(answer),
            Ok(Err(end)) => end,
            Err(_) => Ended::TimeLimit,
        };
        if matches!(end, Ended::NotSandboxed) {
            return Err(end);
        }
        let end = if matches!(end, Ended::Crashed) { self.cause_of_death().await } else { end };
        Err(match (file, end) {
            (Some(number), Ended::TimeLimit) => Ended::InFile(number, Problem::TimeLimit),
            (Some(number), Ended::MemoryLimit) => Ended::InFile(number, Problem::MemoryLimit),
            (Some(number), Ended::Crashed) => Ended::InFile(number, Problem::Damaged),
            (_, end) => end,
        })
    }

    /// Why the child died, from its exit and from the runtime's own words (never the mail's: panics are silent).
    async fn cause_of_death(&mut self) -> Ended {
        const PATIENCE: std::time::Duration = std::time::Duration::from_secs(2);
        const WORDS_MAX: u64 = 4 << 10;
        let mut words = Vec::new();
        let mut errors = (&mut self.errors).take(WORDS_MAX);
        let said = timeout(PATIENCE, errors.read_to_end(&mut words)).await.is_ok();
        let Ok(Ok(status)) = timeout(PATIENCE, self.process.wait()).await else { return Ended::TimeLimit };
        let out_of_memory = said && words.windows(17).any(|window| window == b"memory allocation");
        if out_of_memory {
            Ended::MemoryLimit
        } else if was_out_of_time(status) {
            Ended::TimeLimit
        } else {
            Ended::Crashed
        }
    }
}

/// The kernel ends a child that has used up its processor time by SIGXCPU, then SIGKILL.
fn was_out_of_time(status: ExitStatus) -> bool {
    use std::os::unix::process::ExitStatusExt;
    const KILLED: i32 = 9;
    const PROCESSOR_TIME: i32 = 24;
    matches!(status.signal(), Some(KILLED | PROCESSOR_TIME))
}

/// Greeting, request, notes, answer. A child may end at any point; what it says is checked before it is believed.
async fn talk(
    input: &mut ChildStdin,
    output: &mut ChildStdout,
    head: &RequestHead,
    raw: &[u8],
    file: &mut Option<u32>,
    looker: &mut Looker,
    own_time: Duration,
) -> Result<Box<Answer>, Ended> {
    let (greeting, _) =
        frame(output, 0).await.map_err(|end| if matches!(end, Ended::Crashed) { Ended::BeforeWork } else { end })?;
    match greeting {
        protocol::SANDBOXED | protocol::WEAKENED => {}
        protocol::REFUSES => return Err(Ended::NotSandboxed),
        _ => return Err(Ended::BadAnswer),
    }
    let request = protocol::request(head, raw.len());
    let sent = async {
        input.write_all(&request).await?;
        input.write_all(raw).await?;
        input.flush().await
    };
    // A child may answer without reading to the end (a mail over its limit): writing and listening go together.
    let mut said = {
        let listened = listen(output, head.limits.answer_bytes_max, file, own_time);
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
            Said::Picture(picture) => {
                let words = looker.look(&picture).await;
                input.write_all(&words).await.map_err(|_| Ended::Crashed)?;
                input.flush().await.map_err(|_| Ended::Crashed)?;
            }
        }
        said = listen(output, head.limits.answer_bytes_max, file, own_time).await;
    }
}

/// What a child says that is more than a note.
enum Said {
    Answer(Box<Answer>),
    Picture(Vec<u8>),
}

/// The next thing that is more than a note; a child may be silent no longer than `own_time`.
async fn listen(
    output: &mut ChildStdout,
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
