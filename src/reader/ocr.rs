//! Words off pictures of pages: by the program `tesseract`, started for one picture in a jail of its own.
//!
//! The picture comes from a reading child and the words go back to it, both unread: this process parses neither. The picture goes in by
//! standard input and the words come out by standard output; nothing of either is ever in a file.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::Command;
use tokio::time::{Instant, timeout_at};

use super::protocol::{PICTURE_FAILED, PICTURE_NOBODY};
use super::{ReaderSettings, Sandbox};
use crate::domain::document::Limits;

/// Pixels of a picture given to the program.
const PIXELS_MAX: usize = 20_000_000;
/// Bytes of words taken from the program for one picture.
const WORDS_BYTES_MAX: usize = 2 << 20;
/// A page is tried in up to four turns.
const TURNS_MAX: u32 = 4;

/// The program's numbers for how a page is divided before it is read: lines of one column, and words wherever they are.
const COLUMNS: &str = "4";
const SCATTERED: &str = "11";

/// Who reads words off pictures.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Ocr {
    /// `tesseract`, when it is found on the `PATH`.
    #[default]
    OnPath,
    /// This program, which must take tesseract's arguments.
    Program(PathBuf),
    /// Nobody: scans wait for a person.
    Off,
}

/// How pictures are read, and for how long.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OcrLimits {
    /// Wall-clock time for one picture.
    pub time_limit: Duration,
    /// Wall-clock time for all pictures of a mail, so that one long scan holds up no other mail; pages beyond it are for a person.
    pub mail_time_limit: Duration,
    /// Processor seconds for one picture.
    pub processor_seconds: u64,
    /// Memory of the program, in bytes.
    pub memory_bytes_max: u64,
    /// The languages looked for, as tesseract names them, joined by `+`.
    pub languages: String,
}

impl Default for OcrLimits {
    /// Five times what a page of A4 takes, 20 s of processor and 1 GiB; for a mail about ten pages.
    fn default() -> Self {
        let longest = Duration::from_secs(22);
        let languages = "eng".to_owned();
        Self { time_limit: longest, mail_time_limit: longest, processor_seconds: 20, memory_bytes_max: 1 << 30, languages }
    }
}

/// The program in `ocr`, if it is there.
#[must_use]
pub fn program(ocr: &Ocr) -> Option<PathBuf> {
    match ocr {
        Ocr::Off => None,
        Ocr::Program(path) => path.is_file().then(|| path.clone()),
        Ocr::OnPath => {
            let folders = std::env::var_os("PATH")?;
            std::env::split_paths(&folders).filter(|folder| folder.is_absolute()).find_map(|folder| {
                let path = folder.join("tesseract");
                path.is_file().then_some(path)
            })
        }
    }
}

/// What came of trying the program in its jail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Probed {
    /// The settings say that nobody reads scans.
    Off,
    /// There is no such program.
    Absent,
    /// It read a picture.
    Works(PathBuf),
    /// It is there and could not read one: its jail cannot be made, or it lacks the data of a language.
    Fails(PathBuf),
}

/// Has a blank picture read, as a mail's would be.
pub async fn probe(settings: &ReaderSettings) -> Probed {
    const SIDE: u32 = 200;
    let Some(found) = program(&settings.ocr) else {
        return if settings.ocr == Ocr::Off { Probed::Off } else { Probed::Absent };
    };
    let mut picture = [SIDE.to_be_bytes(), SIDE.to_be_bytes()].concat();
    picture.resize(8 + (SIDE * SIDE) as usize, 255);
    let answer = settings.looker().look(&picture).await;
    let failed = [PICTURE_NOBODY, PICTURE_FAILED].iter().any(|number| answer == number.to_be_bytes());
    if failed { Probed::Fails(found) } else { Probed::Works(found) }
}

/// Reads the pictures of one mail.
#[derive(Debug)]
pub struct Looker {
    ours: PathBuf,
    program: Option<PathBuf>,
    sandbox: Sandbox,
    limits: OcrLimits,
    left: u32,
    /// When this mail has had its time; known from its first picture on.
    end_of_mail: Option<Instant>,
}

impl Looker {
    /// For one mail; `ours` is this very program, whose `ocr-worker` command makes the jail.
    #[must_use]
    pub fn new(ours: PathBuf, ocr: &Ocr, sandbox: Sandbox, limits: OcrLimits, of_mail: &Limits) -> Self {
        Self { ours, program: program(ocr), sandbox, limits, left: of_mail.pictures_max * TURNS_MAX, end_of_mail: None }
    }

    /// The longest that all pictures of a mail may take.
    #[must_use]
    pub fn patience(&self) -> Duration {
        if self.program.is_some() { self.limits.mail_time_limit * 2 } else { Duration::ZERO }
    }

    /// The bytes to answer a child's picture with: a length, then as many bytes of words.
    pub async fn look(&mut self, picture: &[u8]) -> Vec<u8> {
        let Some(program) = self.program.clone().filter(|_| self.left > 0) else { return PICTURE_NOBODY.to_be_bytes().to_vec() };
        self.left -= 1;
        let now = Instant::now();
        let end_of_mail = *self.end_of_mail.get_or_insert(now + self.limits.mail_time_limit);
        let until = end_of_mail.min(now + self.limits.time_limit);
        let both = async {
            let mut words = self.words(&program, picture, COLUMNS).await?;
            // What one way of dividing a page overlooks, the other often sees.
            words.extend(self.words(&program, picture, SCATTERED).await?);
            Ok(words)
        };
        match timeout_at(until, both).await {
            Ok(Ok(words)) => {
                let length = u32::try_from(words.len()).unwrap_or(PICTURE_FAILED);
                [&length.to_be_bytes(), words.as_slice()].concat()
            }
            Ok(Err(Trouble::NoJail)) => {
                tracing::warn!("the program that reads scans cannot be locked in here; scans wait for a person");
                self.program = None;
                PICTURE_NOBODY.to_be_bytes().to_vec()
            }
            Ok(Err(Trouble::Failed)) | Err(_) => PICTURE_FAILED.to_be_bytes().to_vec(),
        }
    }

    async fn words(&self, program: &Path, picture: &[u8], division: &str) -> Result<Vec<u8>, Trouble> {
        let (width, height, pixels) = parts(picture).ok_or(Trouble::Failed)?;
        let dots = dots_per_inch(width.max(height));
        let mut command = Command::new(&self.ours);
        command
            .arg("ocr-worker")
            .args([self.limits.processor_seconds.to_string(), self.limits.memory_bytes_max.to_string()])
            .arg(if self.sandbox == Sandbox::Weakened { "weakened" } else { "required" })
            .arg(program)
            .args([dots.to_string().as_str(), division, &self.limits.languages])
            .env_clear()
            .env("OMP_THREAD_LIMIT", "1")
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true);
        if let Some(folder) = std::env::var_os("TESSDATA_PREFIX") {
            command.env("TESSDATA_PREFIX", folder);
        }
        let mut process = command.spawn().map_err(|_| Trouble::NoJail)?;
        let (Some(mut input), Some(output)) = (process.stdin.take(), process.stdout.take()) else { return Err(Trouble::Failed) };
        let head = format!("P5\n{width} {height}\n255\n");
        let sent = async move {
            input.write_all(head.as_bytes()).await?;
            input.write_all(pixels).await?;
            input.shutdown().await
        };
        let mut words = Vec::new();
        let mut output = output.take(WORDS_BYTES_MAX as u64 + 1);
        // A program that ends early leaves the pipe; its exit code tells.
        let (_sent, got) = tokio::join!(sent, output.read_to_end(&mut words));
        let status = process.wait().await.map_err(|_| Trouble::Failed)?;
        if status.code() == Some(i32::from(super::jail::NO_JAIL)) {
            return Err(Trouble::NoJail);
        }
        let usable = got.is_ok() && status.success() && words.len() <= WORDS_BYTES_MAX;
        if usable { Ok(words) } else { Err(Trouble::Failed) }
    }
}

enum Trouble {
    NoJail,
    Failed,
}

/// Width, height and pixels of a picture as a child sends it; what does not fit together is none.
fn parts(picture: &[u8]) -> Option<(u32, u32, &[u8])> {
    let (head, pixels) = picture.split_at_checked(8)?;
    let width = u32::from_be_bytes(head[..4].try_into().ok()?);
    let height = u32::from_be_bytes(head[4..].try_into().ok()?);
    let count = usize::try_from(u64::from(width) * u64::from(height)).ok()?;
    (count == pixels.len() && count > 0 && count <= PIXELS_MAX).then_some((width, height, pixels))
}

/// What the long side of a page tells, for a program that guesses badly.
fn dots_per_inch(long_side: u32) -> u32 {
    (long_side * 2 / 23).clamp(70, 600)
}
