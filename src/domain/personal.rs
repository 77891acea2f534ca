//! Types that carry what may never be printed: there is no `Display`, and `Debug` shows a dot.
//!
//! Whoever needs the value writes `.reveal()`, which a reader and a search can find.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A value about a person. Serialised only into sealed rows and into the answer of `mail explain`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Personal<T>(T);

impl<T> Personal<T> {
    /// Wraps `value`.
    pub fn new(value: T) -> Self {
        Self(value)
    }
    /// The value itself, for matching, sealing and showing to somebody entitled.
    pub fn reveal(&self) -> &T {
        &self.0
    }
    /// The value itself, consumed.
    pub fn into_revealed(self) -> T {
        self.0
    }
}

/// A long value that is never changed: copies of it are one.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Shared<T>(Arc<T>);

impl<T> From<T> for Shared<T> {
    fn from(value: T) -> Self {
        Self(Arc::new(value))
    }
}
impl<T> Deref for Shared<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.0
    }
}
impl<T: Serialize> Serialize for Shared<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}
impl<'de, T: Deserialize<'de>> Deserialize<'de> for Shared<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::deserialize(deserializer).map(Self::from)
    }
}

impl Personal<String> {
    /// The text as a slice.
    #[must_use]
    pub fn as_text(&self) -> &str {
        &self.0
    }
}

impl<T> fmt::Debug for Personal<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("●")
    }
}
impl From<&str> for Personal<String> {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}
impl From<String> for Personal<String> {
    fn from(text: String) -> Self {
        Self(text)
    }
}

/// Gives each type a `Debug` that names the type and nothing it holds.
#[macro_export]
macro_rules! redacted_debug {
    ($($name:ty),* $(,)?) => {$(
        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(concat!(stringify!($name), "(●)"))
            }
        }
    )*};
}
