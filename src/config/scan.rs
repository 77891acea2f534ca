//! `[scan]`: which virus scanner looks at each mail before it is read.

use std::net::SocketAddr;
use std::path::PathBuf;

use super::defect::Place;
use super::reader::{Open, Reader};
use super::sections::Tree;

/// A virus scanner and its limits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScanSettings {
    /// Where clamd listens.
    pub clamd: ScannerAddress,
    /// What becomes of a mail that could not be scanned.
    pub unscanned: UnscannedMail,
    /// Time for one mail, seconds.
    pub seconds: u64,
    /// Largest mail given to it, MiB.
    pub largest_mb: u64,
}

/// Where clamd listens: on this machine only, for it hears whole mails in clear text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ScannerAddress {
    /// A socket in a folder.
    Unix(PathBuf),
    /// A loopback address and port.
    Tcp(SocketAddr),
}

impl std::fmt::Display for ScannerAddress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
            Self::Tcp(address) => write!(f, "tcp:{address}"),
        }
    }
}

/// What becomes of a mail that could not be scanned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnscannedMail {
    /// It is read, in the sandbox like every mail, and marked.
    Read,
    /// It waits for a person, unread.
    Wait,
}

/// The keys that mean something only beside `clamd`.
const BESIDE: [&str; 3] = ["unscanned", "seconds", "largest_mb"];

pub(super) fn scan(reader: &mut Reader, tree: &mut Tree) -> Option<ScanSettings> {
    let mut open = reader.section(tree, "scan");
    if !open.has("clamd") {
        let written: Vec<&str> = BESIDE.into_iter().filter(|key| open.has(key)).collect();
        for key in written {
            let place = open.place_of(key);
            let fix = "write clamd = \"unix:/run/clamav/clamd.ctl\" beside it, or take it out";
            open.wrong(&place, key, format!("`{key}` has no meaning without `clamd` in [scan]"), fix);
        }
    }
    let clamd = open.text("clamd").and_then(|(text, place)| address(&mut open, &text, &place));
    let unscanned = match open.word("unscanned", &["read", "wait"], Some("read")) {
        Some("wait") => UnscannedMail::Wait,
        _ => UnscannedMail::Read,
    };
    let seconds = open.number("seconds", (1, 300), 30).unwrap_or(30);
    let largest_mb = open.number("largest_mb", (1, 50), 25).unwrap_or(25);
    open.close();
    Some(ScanSettings { clamd: clamd?, unscanned, seconds, largest_mb })
}

fn address(open: &mut Open<'_>, text: &str, place: &Place) -> Option<ScannerAddress> {
    if let Some(path) = text.strip_prefix("unix:").filter(|path| !path.is_empty()) {
        return Some(ScannerAddress::Unix(open.beside_the_file(path)));
    }
    let fix = "write \"unix:/run/clamav/clamd.ctl\" or \"tcp:127.0.0.1:3310\"";
    match text.strip_prefix("tcp:").map(str::parse::<SocketAddr>) {
        Some(Ok(address)) if address.ip().is_loopback() => return Some(ScannerAddress::Tcp(address)),
        Some(Ok(_)) => {
            open.wrong(place, "clamd", "`clamd` is on another machine, and would get whole mails in clear text", fix);
        }
        Some(Err(_)) | None => open.wrong(place, "clamd", "`clamd` is no address of a scanner", fix),
    }
    None
}
