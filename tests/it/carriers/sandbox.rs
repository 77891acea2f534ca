//! The reading child: what it cannot do, and how its parent takes its end.

use std::process::{Command, Stdio};
use std::time::Duration;

use focus_family::domain::document::{Limits, Problem};
use focus_family::reader::{ReadFailure, Reader, ReaderSettings};

use super::made::{mail, shape};

pub const PROGRAM: &str = env!("CARGO_BIN_EXE_focus-family");

pub fn settings() -> ReaderSettings {
    ReaderSettings { program: Some(PROGRAM.into()), ..ReaderSettings::default() }
}

/// Has `reader` read `raw` on a small runtime.
pub fn read(reader: &Reader, raw: &[u8]) -> Result<focus_family::domain::nomination::Reading, ReadFailure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime starts");
    runtime.block_on(reader.read(raw))
}

fn rehearse(part: &str) -> std::process::Output {
    Command::new(PROGRAM)
        .args(["read-worker", "1", "268435456", "required", part])
        .env_clear()
        .stdin(Stdio::null())
        .output()
        .expect("the program starts")
}

#[test]
fn a_taken_over_child_gets_out_by_no_door() {
    let output = rehearse("escape");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(said.lines().count(), 11, "{said}");
    assert!(said.lines().all(|line| line.ends_with(": refused")), "{said}");
}

#[test]
fn hoarding_and_spinning_end_at_their_limits() {
    use std::os::unix::process::ExitStatusExt;
    let hoarded = rehearse("memory");
    assert!(String::from_utf8_lossy(&hoarded.stderr).contains("memory allocation"), "{:?}", hoarded.status);
    let spun = rehearse("spin");
    assert!(matches!(spun.status.signal(), Some(9 | 24)), "{:?}", spun.status);
}

#[test]
fn a_child_reads_one_mail_after_another() {
    let reader = Reader::new(settings());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime starts");
    for text in ["first", "second", "third"] {
        let reading = runtime.block_on(reader.read(&mail(text, &[("a.txt", "text/plain", b"file")]))).expect("it is read");
        assert_eq!((shape(&reading.body).as_str(), shape(&reading.documents[0]).as_str()), (text, "file"));
    }
}

#[test]
fn a_mail_that_ends_before_its_last_boundary_says_so_and_a_whole_one_does_not() {
    let whole = mail("Please find the form.", &[("a.txt", "text/plain", &b"word ".repeat(500))]);
    let whole_text = String::from_utf8(whole.clone()).expect("it is text");
    let end = whole_text.trim_end().len();
    let doubt = "the mail ends in the middle, so more may have been sent; ask the sender to send it again";
    let reader = Reader::new(settings());
    for (what, raw, cut) in [
        ("whole", whole.as_slice(), false),
        ("without its last line break", &whole[..end], false),
        ("without the end of its last boundary", &whole[..end - 1], true),
        ("half of it", &whole[..end / 2], true),
        ("one part only", b"From: pat@example.org\r\nSubject: x\r\n\r\nHello", false),
    ] {
        let reading = read(&reader, raw).expect("it is read");
        assert_eq!(reading.message.notes.iter().any(|note| note == doubt), cut, "{what}: {:?}", reading.message.notes);
    }
}

#[test]
fn a_mail_over_its_size_is_refused_with_its_headers() {
    let limits = Limits { mail_bytes_max: 2_000, ..Limits::default() };
    let reader = Reader::new(ReaderSettings { limits, ..settings() });
    match read(&reader, &mail(&"x".repeat(200_000), &[])) {
        Err(ReadFailure::Mail(problem)) => {
            assert_eq!(problem.message.expect("its headers are read").from[0].address, "pat@example.org");
        }
        other => panic!("it was {other:?}"),
    }
}

#[test]
fn a_long_answer_is_shortened_by_its_longest_document() {
    let limits = Limits { answer_bytes_max: 20_000, ..Limits::default() };
    let reader = Reader::new(ReaderSettings { limits, ..settings() });
    let long = "word ".repeat(200).trim().to_owned() + "\n";
    let reading = read(
        &reader,
        &mail("short body", &[("long.txt", "text/plain", long.repeat(100).as_bytes()), ("short.txt", "text/plain", b"kept")]),
    )
    .expect("it is read");
    assert_eq!(shape(&reading.body), "short body");
    assert_eq!(reading.documents[0].problem, Some(Problem::TooLarge));
    assert_eq!(shape(&reading.documents[1]), "kept");
}

/// A program in the place of the worker.
fn impostor(script: &str, time_limit: Duration) -> Result<focus_family::domain::nomination::Reading, ReadFailure> {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().expect("a folder can be made");
    let program = folder.path().join("impostor");
    std::fs::write(&program, format!("#!/bin/sh\n{script}\n")).expect("a file can be written");
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).expect("it can be made a program");
    let reader = Reader::new(ReaderSettings { program: Some(program), time_limit, ..ReaderSettings::default() });
    read(&reader, b"From: a@example.org\n\nx")
}

#[test]
fn a_worker_that_misbehaves_is_never_believed() {
    let patient = Duration::from_secs(5);
    let greeting = "printf 'S\\0\\0\\0\\0' >&0";
    assert!(matches!(
        impostor(&format!("{greeting}; while :; do :; done"), Duration::from_millis(300)),
        Err(ReadFailure::TimeLimit)
    ));
    assert!(matches!(impostor("printf 'N\\0\\0\\0\\0' >&0; exit 3", patient), Err(ReadFailure::NotSandboxed)));
    assert!(matches!(impostor("printf 'S\\377\\377\\377\\377' >&0; exec cat", patient), Err(ReadFailure::BadAnswer)));
    assert!(matches!(impostor(&format!("{greeting}; exit 1"), patient), Err(ReadFailure::Crashed)));
    let missing = Reader::new(ReaderSettings { program: Some("/no/such/program".into()), ..ReaderSettings::default() });
    assert!(matches!(read(&missing, b"x"), Err(ReadFailure::NotStarted { .. })));
}

#[test]
fn a_child_that_misbehaves_is_never_believed() {
    let child = |part: &str, time_limit| impostor(&format!("exec {PROGRAM} read-worker 1 268435456 required {part}"), time_limit);
    let patient = Duration::from_secs(9);
    assert!(matches!(child("nonsense", patient), Err(ReadFailure::BadAnswer)));
    assert!(matches!(child("too_much", patient), Err(ReadFailure::BadAnswer)));
    assert!(matches!(child("exit", patient), Err(ReadFailure::Crashed)));
    assert!(matches!(child("hoard", patient), Err(ReadFailure::MemoryLimit)));
    // Its processor time ends it; before that, the clock on the wall.
    assert!(matches!(child("silence", patient), Err(ReadFailure::TimeLimit)));
    assert!(matches!(child("silence", Duration::from_millis(300)), Err(ReadFailure::TimeLimit)));
}

/// Processes whose command line holds `mark`.
fn running(mark: &str) -> usize {
    let processes = std::fs::read_dir("/proc").expect("Linux").flatten();
    processes.filter(|process| std::fs::read(process.path().join("cmdline")).is_ok_and(|line| contains(&line, mark))).count()
}

fn contains(line: &[u8], mark: &str) -> bool {
    line.windows(mark.len()).any(|window| window == mark.as_bytes())
}

#[test]
fn no_worker_and_no_child_is_left_when_the_reader_is_gone() {
    // A figure of its own tells the processes of this test from all others.
    let mark = "268436480";
    let settings = ReaderSettings { memory_bytes_max: 268_436_480, ..settings() };
    let reader = Reader::new(settings);
    read(&reader, &mail("first", &[])).expect("it is read");
    assert_eq!(running(mark), 1, "the worker waits, its child has ended");
    drop(reader);
    assert!((0..2_000).any(|_| running(mark) == 0), "the worker ends with its reader");
}
