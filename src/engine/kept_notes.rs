//! Notes that several tasks and machines change: what one of them wrote meanwhile is read again and kept.

use crate::engine::{Engine, EngineError};

/// So often a note is read again that somebody else changed meanwhile.
const CHANGES_MAX: u32 = 20;

impl Engine {
    /// Changes the note `name` by what stands there: `change` says the new text and what it found, or `None` when there is nothing to keep.
    ///
    /// # Errors
    /// [`EngineError::BusyNote`] when others change it again and again; the store's; those of `change`.
    pub(crate) async fn change_kept<T>(
        &self,
        name: &str,
        change: impl Fn(Option<&str>) -> Result<Option<(String, T)>, EngineError>,
    ) -> Result<Option<T>, EngineError> {
        for _ in 0..CHANGES_MAX {
            let kept = self.store.get_note(name).await?;
            let Some((text, found)) = change(kept.as_deref())? else { return Ok(None) };
            if kept.as_deref() == Some(text.as_str()) || self.store.change_note(name, kept.as_deref(), &text).await? {
                return Ok(Some(found));
            }
        }
        Err(EngineError::BusyNote { note: name.to_owned(), attempts: CHANGES_MAX })
    }
}
