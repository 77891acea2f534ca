//! What `check` says of reading: what one mail may cost, and whether words can be read off scans.

use crate::cli::report::Finding;
use crate::reader::ocr::Probed;
use crate::reader::{self, ReaderSettings};

/// What reading one mail may cost.
pub(super) fn limits_of(settings: &crate::config::ReaderSettings) -> String {
    let own = crate::config::ReaderSettings::default();
    let figures = |of: &crate::config::ReaderSettings| (of.worker_memory_mb, of.cpu_seconds, of.wall_seconds);
    let (memory, cpu, wall) = figures(settings);
    let set = if figures(settings) == figures(&own) { "" } else { ", by the settings" };
    format!(
        "a mail may take {memory} MiB, {cpu} s of processor and {wall} s, its scans {} s more{set}",
        settings.ocr.mail_seconds
    )
}

/// Whether words can be read off scans and photos of pages.
pub(super) async fn about(reader: &ReaderSettings, languages: &str) -> Finding {
    let name = "scans";
    match reader::ocr::probe(reader).await {
        Probed::Works(program) => {
            Finding::ok(name, format!("a probe was read by {}, in its jail, for {languages}", program.display()))
        }
        Probed::Off => Finding::ok(name, "scans wait for a person: ocr.kind = \"off\""),
        Probed::Absent => Finding::warning(
            name,
            "no program is there that reads scans and photos of forms; they wait for a person",
            "install tesseract (`apt-get install tesseract-ocr`), or set ocr.kind = \"off\" when that is meant",
        ),
        Probed::Fails(program) => Finding::warning(
            name,
            format!("{} could not read a probe; scans and photos of forms wait for a person", program.display()),
            format!(
                "see that `tesseract --list-langs` shows {}, and that the kernel has Landlock",
                languages.replace('+', " and ")
            ),
        ),
    }
}
