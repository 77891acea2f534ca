//! What the program that reads scans answers: any table ends in words that are laid out on the page.
#![no_main]

use focus_family::domain::document::scan::{self, Picture, Seen};

/// A page wide enough for the words that a table may place on it.
const SIDE: u32 = 400;
/// A4, in points.
const PAGE: (f64, f64) = (595.0, 842.0);

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let words = scan::words_of(&String::from_utf8_lossy(bytes));
    let picture = Picture::white(SIDE, SIDE).expect("a small picture");
    let mut blocks = Vec::new();
    let _outcome = scan::read(picture, PAGE, None, 1, &mut |_| Seen::Words(words.clone()), &mut blocks);
});
