//! Archives: what is taken out, and how much.
#![no_main]

use focus_family::domain::document::{Limits, packed};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let limits = Limits { inflated_bytes_max: 16 << 20, ..Limits::default() };
    if let Ok((files, _)) = packed::files(bytes, &limits) {
        let taken: usize = files.iter().map(|file| file.bytes.len()).sum();
        assert!(taken as u64 <= limits.inflated_bytes_max);
    }
});
