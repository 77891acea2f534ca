//! What a letter is taken to mean: the bytes are the text of a mail, read with the words of the programme.
#![no_main]

use std::sync::LazyLock;

use focus_family::config::files;
use focus_family::domain::document::Limits;
use focus_family::domain::nomination::reading::read_mail;
use focus_family::domain::nomination::{Vocabulary, interpret, nominated, shown};
use focus_family::domain::time::Date;
use focus_family::domain::workflow::{SourceFile, load};

static WORDS: LazyLock<Vocabulary> = LazyLock::new(|| {
    let files = files::programme(None).expect("the programme is inside the program");
    let files: Vec<SourceFile> = files.into_iter().map(|(path, text)| SourceFile { path, text }).collect();
    let programme = load(&files).unwrap_or_else(|_| panic!("the programme inside the program has no defects"));
    Vocabulary::new(&programme.forms)
});

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let head = b"From: Ann Bell <ann@example.org>\r\nSubject: Nomination\r\nMIME-Version: 1.0\r\n\
        Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n";
    let Ok(reading) = read_mail(&[head.as_slice(), bytes].concat(), &Limits::default()) else { return };
    let day: Date = "2026-11-09".parse().expect("a day");
    let _intake = interpret(&reading, &WORDS, day);
    let _intake = nominated(&reading, &WORDS, day);
    let _nomination = shown(&reading, &WORDS, day);
});
