//! S/MIME as one file: the bytes are `smime.p7m` in a mail that is whole.
#![no_main]

use focus_family::domain::document::Limits;
use focus_family::domain::nomination::reading::read_mail;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let head = b"From: ann@example.org\r\nSubject: signed\r\nMIME-Version: 1.0\r\n\
        Content-Type: application/pkcs7-mime; smime-type=signed-data; name=smime.p7m\r\nContent-Transfer-Encoding: binary\r\n\r\n";
    let _reading = read_mail(&[head.as_slice(), bytes].concat(), &Limits::default());
});
