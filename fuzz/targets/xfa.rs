//! XFA forms: the bytes are the template, a NUL, the data; the PDF around them is whole.
#![no_main]

use focus_family::domain::document::{self, Limits};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let mut packets = bytes.splitn(2, |byte| *byte == 0);
    let (template, data) = (packets.next().unwrap_or_default(), packets.next().unwrap_or_default());
    let mut out = b"%PDF-1.7\n".to_vec();
    let mut offsets = Vec::new();
    let mut object = |out: &mut Vec<u8>, body: &[u8]| {
        offsets.push(out.len());
        out.extend(format!("{} 0 obj\n", offsets.len()).bytes());
        out.extend(body);
        out.extend(b"\nendobj\n");
    };
    let stream = |packet: &[u8]| {
        [format!("<< /Length {} >>\nstream\n", packet.len()).as_bytes(), packet, b"\nendstream"].concat()
    };
    object(&mut out, b"<< /Type /Catalog /Pages 2 0 R /AcroForm << /Fields [] /XFA [(template) 4 0 R (datasets) 5 0 R] >> >>");
    object(&mut out, b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>");
    object(&mut out, b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] >>");
    object(&mut out, &stream(template));
    object(&mut out, &stream(data));
    let start = out.len();
    out.extend(b"xref\n0 6\n0000000000 65535 f \n");
    for offset in offsets {
        out.extend(format!("{offset:010} 00000 n \n").bytes());
    }
    out.extend(format!("trailer\n<< /Size 6 /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n").bytes());
    let _document = document::read("form.pdf", "", &out, &Limits::default());
});
