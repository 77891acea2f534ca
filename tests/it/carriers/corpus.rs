//! Files of other people's test suites, where they are there: every one is read in the child, none brings down the parent.

use std::path::PathBuf;

use focus_family::reader::ocr::Ocr;
use focus_family::reader::{ReadFailure, Reader, ReaderSettings};

use super::made::mail;
use super::sandbox::settings;

fn shared() -> Option<PathBuf> {
    let named = std::env::var_os("FOCUS_FAMILY_SHARED").map(PathBuf::from);
    let beside = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared");
    [named, Some(beside)].into_iter().flatten().find(|folder| folder.join("corpus").is_dir())
}

#[test]
fn every_file_of_the_corpus_is_read_or_says_why_not() {
    let Some(shared) = shared() else { return };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime starts");
    let reader = Reader::new(ReaderSettings { ocr: Ocr::Off, ..settings() });
    for kind in ["eml", "pdf", "docx", "html", "doc", "rtf", "odt", "scan", "msg", "tnef", "zip"] {
        let mut files: Vec<PathBuf> = std::fs::read_dir(shared.join("corpus").join(kind))
            .map(|entries| {
                entries.filter_map(|entry| entry.ok().map(|entry| entry.path())).filter(|path| path.is_file()).collect()
            })
            .unwrap_or_default();
        files.sort();
        let mut ends: std::collections::BTreeMap<String, Vec<String>> = std::collections::BTreeMap::new();
        for file in &files {
            let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            let bytes = std::fs::read(file).expect("a file of the corpus can be read");
            let raw = if kind == "eml" { bytes } else { mail("x", &[(&name, "application/octet-stream", &bytes)]) };
            let end = match runtime.block_on(reader.read(&raw)) {
                Ok(reading) if kind == "eml" => {
                    if reading.body.blocks.is_empty() {
                        "no text".to_owned()
                    } else {
                        "read".to_owned()
                    }
                }
                Ok(reading) => reading.documents[0].problem.map_or("read".to_owned(), |problem| format!("{problem:?}")),
                Err(ReadFailure::Mail(problem)) => format!("refused: {:?}", problem.reason),
                Err(failure) => panic!("{name}: {failure}"),
            };
            ends.entry(end).or_default().push(name);
        }
        for (end, names) in &ends {
            println!("{kind}: {} {end} {}", names.len(), if end == "read" { String::new() } else { names.join(" ") });
        }
    }
}
