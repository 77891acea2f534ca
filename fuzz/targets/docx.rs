//! Word 2007 and later: any bytes end in a document or a named problem.
#![no_main]

use focus_family::domain::document::{self, Limits};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let _document = document::read("form.docx", "", bytes, &Limits::default());
});
