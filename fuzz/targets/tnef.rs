//! `winmail.dat`: the bytes stand behind its mark.
#![no_main]

use focus_family::domain::document::Limits;
use focus_family::domain::nomination::reading::read_mail;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let _reading = read_mail(&[b"\x78\x9f\x3e\x22", bytes].concat(), &Limits::default());
});
