//! Headers that decide: who sent a mail, when, and what came back undelivered.
#![no_main]

use focus_family::domain::mail::{authentication, dates, returned};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let text = String::from_utf8_lossy(bytes);
    let _proof = authentication::parse(&text);
    let _at = dates::parse(&text);
    let _returned = returned::returned("Undelivered", std::iter::once(text.as_ref()));
});
