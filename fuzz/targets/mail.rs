//! A whole mail with everything in it, as it comes from the mailbox.
#![no_main]

use focus_family::domain::document::Limits;
use focus_family::domain::nomination::reading::read_mail;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let _reading = read_mail(bytes, &Limits::default());
});
