//! What others of the machine may open, and should not.

use std::path::{Path, PathBuf};

use crate::cli::report::{Finding, Findings};
use crate::config::{Delivery, MailboxKind, Settings, StoreSettings, own};

/// Tells of each folder and file about families that others than its owner may open, with the command that mends it.
pub fn check(settings: &Settings, findings: &mut Findings) {
    let mut folders: Vec<PathBuf> = Vec::new();
    let mut files: Vec<PathBuf> = Vec::new();
    if let StoreSettings::Sqlite { path } = &settings.store {
        folders.extend(path.parent().map(Path::to_owned));
        files.push(path.clone());
    }
    if let Delivery::Maildir { path } = &settings.delivery {
        folders.push(path.clone());
    }
    for mailbox in &settings.mailboxes {
        if let MailboxKind::Maildir { path } = &mailbox.kind {
            folders.push(path.clone());
        }
    }
    for what in ["generation", "head"] {
        files.push(beside(&settings.master_key_file, what));
    }
    // Inside a folder that is shut nobody gets at anything.
    let shut = |path: &PathBuf| {
        path.ancestors()
            .skip(1)
            .any(|above| !above.as_os_str().is_empty() && above.is_dir() && own::open_to_others(above).is_none())
    };
    folders.dedup();
    let open = folders.iter().map(|path| (path, "700", "-R go-rwx")).chain(files.iter().map(|path| (path, "600", "600")));
    let mut all_shut = true;
    for (path, wanted, how) in open {
        let Some(mode) = own::open_to_others(path).filter(|_| !shut(path)) else { continue };
        all_shut = false;
        let says = format!("`{}` is open to others of this machine (mode {mode:04o}, should be 0{wanted})", path.display());
        findings.checks.push(Finding::warning("files", says, format!("chmod {how} {}", path.display())));
    }
    if all_shut {
        findings.checks.push(Finding::ok("files", "nobody else of this machine may open what is about families"));
    }
}

fn beside(key: &Path, what: &str) -> PathBuf {
    let name = key.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    key.with_file_name(format!("{name}.{what}"))
}
