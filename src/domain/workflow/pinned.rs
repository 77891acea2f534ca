//! The version of a life-cycle by which cases name it for ever: the number the file gives itself, and a digest of its text.

use super::lifecycle::Lifecycle;
use super::load::{self, SourceFile};
use super::programme::Programme;

/// The file whose versions cases live by.
pub const LIFECYCLE_FILE: &str = "lifecycle.yaml";

impl Programme {
    /// Gives the life-cycle the version by which cases name it, `2026.1+0123456789ab`: an edit under the same number is another one.
    #[must_use]
    pub fn pinned(mut self) -> Self {
        if let Some(text) = self.sources.get(LIFECYCLE_FILE).filter(|_| !self.lifecycle.version.contains('+')) {
            let digest = load::digest_of_text(LIFECYCLE_FILE, text);
            self.lifecycle.version = format!("{}+{digest}", self.lifecycle.version);
        }
        self
    }
}

/// The number the file gives itself.
#[must_use]
pub fn number_of(version: &str) -> &str {
    version.split('+').next().unwrap_or(version)
}

/// A life-cycle that was in use once, out of its kept text, under the version by which it is kept.
///
/// # Errors
/// Why this program does not understand the text.
pub fn lifecycle_kept(text: &str, version: &str) -> Result<Lifecycle, String> {
    if let Some((_, digest)) = version.split_once('+')
        && load::digest_of_text(LIFECYCLE_FILE, text) != digest
    {
        return Err("its text is not the one it was named for".to_owned());
    }
    let file = SourceFile { path: LIFECYCLE_FILE.to_owned(), text: text.to_owned() };
    let mut lifecycle: Lifecycle = load::parse(&file).map_err(|defect| defect.to_string())?;
    version.clone_into(&mut lifecycle.version);
    Ok(lifecycle)
}
