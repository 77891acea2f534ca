//! Reading of forms beside other programs, on the same files in the same run: fields and words of PDFs, words of Word documents.
//!
//!     benches/peers/install.sh && cargo bench --bench peers -- [--rounds R] [--files N]
//!
//! Files are made first (the sample county's form with a letterhead of about 100 KB, and its Word form) and held in memory by every
//! program. What is counted is processor time a file, the median of the rounds; our rounds are taken before and after each peer's, so that
//! a machine that slows down slows both. A peer that is not installed is NOT RUN.

#![expect(clippy::unwrap_used, reason = "a measurement stops where it stands when something is wrong")]

use std::path::Path;
use std::process::Command;

use focus_family::ambient::{Ambient, Script};
use focus_family::demo;
use focus_family::domain::document::{self, Document, Limits, words_in};

/// A goal: our task, the peer, and how many times slower the peer has to be (below 1: how much faster it may be).
const GOALS: [(Task, &str, f64); 6] = [
    (Task::Fields, "lopdf", 1.0 / 1.25),
    (Task::Fields, "pikepdf", 1.0),
    (Task::Fields, "pypdf", 8.0),
    (Task::PdfWords, "pypdfium2", 2.5),
    (Task::DocxWords, "docx2txt", 5.0),
    (Task::DocxWords, "python-docx", 50.0),
];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Task {
    Fields,
    PdfWords,
    DocxWords,
}

impl Task {
    fn says(self) -> &'static str {
        match self {
            Self::Fields => "fields of a PDF",
            Self::PdfWords => "words of a PDF",
            Self::DocxWords => "words of a Word file",
        }
    }
    fn ending(self) -> &'static str {
        if self == Self::DocxWords { "docx" } else { "pdf" }
    }
    /// How much was found, so that nobody is fast by finding nothing.
    fn ours(self, bytes: &[u8]) -> usize {
        let limits = Limits::default();
        let words = |document: Document| document.blocks.iter().map(words_in).sum();
        match self {
            Self::Fields => document::form_fields(bytes, &limits).unwrap().len(),
            Self::PdfWords => words(document::read("form.pdf", "", bytes, &limits)),
            Self::DocxWords => words(document::read("form.docx", "", bytes, &limits)),
        }
    }
}

fn main() {
    let number = |name: &str, otherwise: usize| {
        let mut words = std::env::args().skip_while(|word| word != name);
        words.nth(1).and_then(|word| word.parse().ok()).unwrap_or(otherwise)
    };
    let (rounds, files) = (number("--rounds", 9), number("--files", 20));
    let folder = Path::new("target/peers/files");
    make(folder, files);
    println!("{:<22}{:<14}{:>12}{:>12}{:>9}{:>9}", "what", "beside", "ours µs", "peer µs", "ratio", "goal");
    let mut missed = false;
    for (task, peer, goal) in GOALS {
        let files = read(&folder.join(task.ending()));
        let before = measured(rounds, &files, |bytes| task.ours(bytes));
        let beside =
            if peer == "lopdf" { Some(measured(rounds, &files, bare)) } else { other(peer, &folder.join(task.ending()), rounds) };
        let after = measured(rounds, &files, |bytes| task.ours(bytes));
        let Some((peer_time, peer_found)) = beside else {
            println!("{:<22}{peer:<14} NOT RUN: benches/peers/install.sh installs it", task.says());
            continue;
        };
        let ours = f64::midpoint(before.0, after.0);
        let ratio = peer_time / ours;
        missed |= ratio < goal;
        let says = if ratio < goal { "missed" } else { "met" };
        println!(
            "{:<22}{peer:<14}{ours:>12.0}{peer_time:>12.0}{ratio:>8.2}x{goal:>8.2}x  {says}; found {} and {peer_found}",
            task.says(),
            before.1
        );
    }
    std::process::exit(i32::from(missed));
}

/// The files: a family each, the same every time.
fn make(folder: &Path, count: usize) {
    let limits = Limits::default();
    for ending in ["pdf", "docx"] {
        let _none_yet = std::fs::remove_dir_all(folder.join(ending));
        std::fs::create_dir_all(folder.join(ending)).unwrap();
    }
    for index in 0..count {
        let mail = demo::bench_mail(index, 46 << 10);
        let form = focus_family::domain::mail::open(&mail, &limits).unwrap().parts.remove(0).bytes;
        std::fs::write(folder.join(format!("pdf/{index:03}.pdf")), form).unwrap();
        let start = "2026-01-05T09:00:00Z".parse().unwrap();
        let family = demo::county::drawn(jiff::civil::date(2026, 1, 5), &Ambient::Scripted(Script::new(start, index as u64)));
        std::fs::write(folder.join(format!("docx/{index:03}.docx")), demo::forms::nomination_docx(&family)).unwrap();
    }
}

fn read(folder: &Path) -> Vec<Vec<u8>> {
    let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.into_iter().map(|path| std::fs::read(path).unwrap()).collect()
}

/// Processor microseconds a file, the median of the rounds, and how much was found in all files.
fn measured(rounds: usize, files: &[Vec<u8>], read: impl Fn(&[u8]) -> usize) -> (f64, usize) {
    let found = files.iter().map(|bytes| read(bytes)).sum();
    let mut times: Vec<f64> = (0..rounds)
        .map(|_| {
            let before = processor_microseconds();
            for bytes in files {
                std::hint::black_box(read(bytes));
            }
            (processor_microseconds() - before) / files.len() as f64
        })
        .collect();
    (median(&mut times), found)
}

fn median(times: &mut [f64]) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

/// Processor time of this process, which has one thread: the kernel counts it in nanoseconds.
fn processor_microseconds() -> f64 {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").expect("Linux");
    told.split(' ').next().and_then(|time| time.parse::<f64>().ok()).expect("a number of nanoseconds") / 1e3
}

/// The least a program can do: load the file, walk the fields, take name and value.
fn bare(bytes: &[u8]) -> usize {
    let document = lopdf::Document::load_mem_with_options(bytes, lopdf::LoadOptions::default()).unwrap();
    let form = document.catalog().unwrap().get(b"AcroForm").unwrap();
    let (_, form) = document.dereference(form).unwrap();
    let mut open: Vec<lopdf::Object> = form.as_dict().unwrap().get(b"Fields").unwrap().as_array().unwrap().clone();
    let mut found = 0;
    while let Some(field) = open.pop() {
        let (_, field) = document.dereference(&field).unwrap();
        let field = field.as_dict().unwrap();
        std::hint::black_box((field.get(b"T").ok().cloned(), field.get(b"V").ok().cloned()));
        found += 1;
        if let Ok(kids) = field.get(b"Kids").and_then(lopdf::Object::as_array) {
            let named = |kid: &&lopdf::Object| {
                document.dereference(kid).is_ok_and(|(_, kid)| kid.as_dict().is_ok_and(|kid| kid.has(b"T")))
            };
            open.extend(kids.iter().filter(named).cloned());
        }
    }
    found
}

/// A peer's median and what it found; none when it is not installed.
fn other(peer: &str, folder: &Path, rounds: usize) -> Option<(f64, usize)> {
    let python = Path::new("target/peers/venv/bin/python");
    let run = Command::new(python).arg("benches/peers/peer.py").arg(peer).arg(folder).arg(rounds.to_string()).output().ok()?;
    let told: serde_json::Value = serde_json::from_slice(&run.stdout).ok()?;
    let mut times: Vec<f64> = told["microseconds"].as_array()?.iter().filter_map(serde_json::Value::as_f64).collect();
    Some((median(&mut times), usize::try_from(told["found"].as_u64()?).ok()?))
}
