//! Letters as files in a folder: the demo's way, and a council's way to look before anything is sent.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::config::own;

use super::{AddressChecked, Delivered, ReturnPath};

/// Writes `message` into `folder` as one `.eml` file, durably. The name follows from the message, so that doing it twice leaves one.
pub(super) async fn send(folder: PathBuf, from: ReturnPath, to: AddressChecked, message: Vec<u8>) -> Delivered {
    let written = tokio::task::spawn_blocking(move || write(&folder, &from, &to, &message)).await;
    match written {
        Ok(Ok(name)) => Delivered::Accepted { reply: format!("file {name}") },
        Ok(Err(error)) => Delivered::Later { code: format!("folder {}", error.kind()) },
        Err(_) => Delivered::Later { code: "folder writer stopped".to_owned() },
    }
}

fn write(folder: &Path, from: &ReturnPath, to: &AddressChecked, message: &[u8]) -> io::Result<String> {
    own::folder(folder)?;
    let name = name_of(to, message);
    let temporary = folder.join(format!(".{name}.tmp"));
    let mut file = own::create(&temporary)?;
    // The envelope, as a mail server writes it when it puts a mail into a box.
    let return_path = match from {
        ReturnPath::Null => "",
        ReturnPath::Address(address) => address.as_str(),
    };
    write!(file, "Return-Path: <{return_path}>\r\nDelivered-To: {}\r\n", to.as_str())?;
    file.write_all(message)?;
    file.sync_all()?;
    drop(file);
    fs::rename(&temporary, folder.join(&name))?;
    File::open(folder)?.sync_all()?;
    Ok(name)
}

/// `2026-11-23T101400Z-FF-2026-7142-triage_summary-1f0c2ab4.eml`: in the order of sending, with nothing a subject would not say.
fn name_of(to: &AddressChecked, message: &[u8]) -> String {
    let digest = Sha256::new().chain_update(to.as_str()).chain_update([0]).chain_update(message).finalize();
    let digest = hex::encode(&digest[..4]);
    let stamp = header(message, "Date:").and_then(|date| jiff::fmt::rfc2822::parse(&date).ok());
    let stamp = stamp.map(|date| date.timestamp().strftime("%Y-%m-%dT%H%M%SZ").to_string());
    let template = header(message, "X-FF-Template:").and_then(|value| value.split('/').next().map(str::to_owned));
    let parts = [stamp, header(message, "X-FF-Case:"), template, Some(digest)];
    let safe = |part: &String| part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
    parts.into_iter().flatten().filter(safe).collect::<Vec<_>>().join("-") + ".eml"
}

/// The value of a header that stands on one line, as ours do.
fn header(message: &[u8], name: &str) -> Option<String> {
    let head = message.split(|byte| *byte == b'\n').take_while(|line| !line.is_empty() && *line != b"\r");
    let found = head.filter_map(|line| std::str::from_utf8(line).ok()).find_map(|line| line.strip_prefix(name));
    found.map(|value| value.trim().to_owned())
}
