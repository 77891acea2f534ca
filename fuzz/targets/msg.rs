//! Outlook's `.msg`: the bytes stand behind its mark.
#![no_main]

use focus_family::domain::document::Limits;
use focus_family::domain::nomination::reading::read_mail;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let _reading = read_mail(&[b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", bytes].concat(), &Limits::default());
});
