//! What daemon and reading child say to each other: a child taken over by a hostile file may say anything.
#![no_main]

use std::io::Cursor;

use focus_family::domain::document::scan::Picture;
use focus_family::domain::nomination::Reading;
use focus_family::reader::protocol;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let _page = protocol::page_of(bytes);
    let _request = protocol::read_request(&mut Cursor::new(bytes));
    let picture = Picture::white(8, 8).expect("a small picture");
    let _seen = protocol::words_of(&picture, &mut Cursor::new(bytes), &mut std::io::sink());
    let _answer = serde_json::from_slice::<Reading>(bytes);
});
